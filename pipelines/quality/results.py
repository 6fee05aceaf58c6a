"""What a quality check says: `CheckResult`, the one shape in which shape, relations and rules report, and its JSON.

Running a check, or drawing its result, does not belong here.
"""

import datetime
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

Severity = Literal["error", "warning"]
"""`error` blocks publication; `warning` is shown."""

MAX_EXAMPLES = 5
_MAX_EXAMPLE_CHARS = 200


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """One check of one table.

    `unexpected_count` and `element_count` are rows. `findings` are sentences, where a check looks at several things
    (shape). `examples` are at most five offending rows: the primary key, the columns concerned, and `document_id` and
    `field` where the table has them. `error` says why a check could not run: a fault of the check, not of the data.
    """

    table_name: str
    check_name: str
    severity: Severity
    description: str
    passed: bool
    unexpected_count: int = 0
    element_count: int = 0
    findings: list[str] = []
    examples: list[dict[str, Any]] = []
    error: str | None = None

    @property
    def blocks(self) -> bool:
        """Whether nothing may be published."""
        return self.severity == "error" and not self.passed


def example(row: Mapping[str, Any]) -> dict[str, Any]:
    """An offending row as JSON can hold it; texts are cut at 200 characters."""
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: object) -> object:
    match value:
        case None | bool() | int():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case str():
            return value if len(value) <= _MAX_EXAMPLE_CHARS else value[: _MAX_EXAMPLE_CHARS - 1] + "…"
        case datetime.date() | datetime.time():
            return value.isoformat()
        case Mapping():
            return {str(key): _plain(member) for key, member in value.items()}
        case list() | tuple():
            return [_plain(member) for member in value]
        case _:
            return str(value)


def message(error: BaseException) -> str:
    """An exception as one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())


def n_rows_text(count: int) -> str:
    """A number of rows in words."""
    return f"{count:,} {'row' if count == 1 else 'rows'}"


def write_results(results: Sequence[CheckResult], path: Path) -> None:
    """The results as a JSON array, one object per check; `path`'s folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")


def read_results(path: Path) -> list[CheckResult]:
    """What `write_results` wrote."""
    return msgspec.json.decode(path.read_bytes(), type=list[CheckResult])
