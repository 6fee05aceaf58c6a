"""Differences between raw files and tables that are meant, as data: each with the reason why no value went missing.

A difference that is not here blocks publication. What a kind of value leaves out everywhere (blanks, "N/A") is in `values`.
"""

from typing import NamedTuple


class Exempt(NamedTuple):
    """Fields of a format in which tables may differ from the raw files."""

    source_format: str
    fields: tuple[str, ...]
    why: str
    only: str = "true"
    """SQL over `n_raw`, `n_table`, `left_out` and `is_alone` (the trial has no other document): which differences."""

    @property
    def sql(self) -> str:
        names = ", ".join(f"'{field}'" for field in self.fields)
        return f"field IN ({names}) AND ({self.only})"


EXCEPTIONS: tuple[Exempt, ...] = (
    Exempt(
        "euctr",
        ("trials.overall_status_raw",),
        "Where posted results say that the trial has ended everywhere, they tell its status, not the form of one member state.",
        only="n_raw = n_table",
    ),
)
