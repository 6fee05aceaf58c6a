"""Files in which people decide: CSV with key columns and `decision`, further columns for people.

What is decided is the business of those who ask.
"""

import csv
from collections.abc import Sequence
from pathlib import Path


class DecisionsError(ValueError):
    """A file of decisions cannot be followed: it is named, with the line and the reason."""


def read_decisions(path: Path, *, keys: Sequence[str], words: tuple[str, str], contrary: str) -> dict[tuple[str, ...], str]:
    """The values of the columns `keys` → one of the two `words`; empty when there is no file.

    `contrary` says what an earlier line does that decides otherwise, with `{}` for the first key.
    Raises `DecisionsError` for a column that is missing, a word that is no decision, and two decisions on one thing that contradict.
    """
    if not path.is_file():
        return {}
    found: dict[tuple[str, ...], str] = {}
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = csv.DictReader(stream)
        if missing := [name for name in (*keys, "decision") if name not in (rows.fieldnames or ())]:
            raise DecisionsError(f"{path}: the first line lacks {', '.join(missing)}")
        for row in rows:
            *key, decision = ((row[name] or "").strip() for name in (*keys, "decision"))
            if decision not in words:
                raise DecisionsError(f"{path}, line {rows.line_num}: {decision!r} is neither {words[0]!r} nor {words[1]!r}")
            if found.setdefault(tuple(key), decision) != decision:
                raise DecisionsError(f"{path}, line {rows.line_num}: an earlier line says {contrary.format(*key)}")
    return found
