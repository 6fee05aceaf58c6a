"""What a person has decided about near misses of linking: a small file, keyed by what a document says, that counts for ever.

Here belongs the file's form. Who is asked about what belongs to `matching.py`.

The file is CSV with the columns `content_sha256` (of `documents`), `trial_id`, `decision` (`same` or `different`) and, for people, `note`.
It holds for the same content wherever it lies and whatever its file is called.
"""

import csv
from pathlib import Path

from pipelines.schema import vocabularies as v

SAME, DIFFERENT = "same", "different"
_COLUMNS = ("content_sha256", "trial_id", "decision")


class DecisionsError(ValueError):
    """The file of decisions cannot be read: it is named, with the line and the reason."""


def read_decisions(path: Path) -> dict[tuple[str, str], str]:
    """(content hash, trial id) → decision; empty when there is no file.

    Raises `DecisionsError` for a column that is missing, a word that is no decision, and two decisions on one pair that contradict.
    """
    if not path.is_file():
        return {}
    found: dict[tuple[str, str], str] = {}
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = csv.DictReader(stream)
        missing = [name for name in _COLUMNS if name not in (rows.fieldnames or ())]
        if missing:
            raise DecisionsError(f"{path}: the first line lacks {', '.join(missing)}")
        for row in rows:
            pair = ((row["content_sha256"] or "").strip(), (row["trial_id"] or "").strip())
            decision = (row["decision"] or "").strip()
            if decision not in v.DECISION.members:
                raise DecisionsError(f"{path}, line {rows.line_num}: {decision!r} is neither {SAME!r} nor {DIFFERENT!r}")
            if found.setdefault(pair, decision) != decision:
                raise DecisionsError(f"{path}, line {rows.line_num}: an earlier line says the opposite")
    return found
