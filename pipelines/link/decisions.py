"""What a person has decided about near misses of linking: a small file, keyed by what a document says, that counts for ever.

Here belongs the file's form. Who is asked about what belongs to `matching.py`.

The file is CSV with the columns `content_sha256` (of `documents`), `trial_id`, `decision` (`same` or `different`) and, for people, `note`.
It holds for the same content wherever it lies and whatever its file is called.
"""

from pathlib import Path

from pipelines import decisions

SAME, DIFFERENT = "same", "different"


def read_decisions(path: Path) -> dict[tuple[str, str], str]:
    """(content hash, trial id) → decision; empty when there is no file. Raises `decisions.DecisionsError`."""
    found = decisions.read_decisions(path, keys=("content_sha256", "trial_id"), words=(SAME, DIFFERENT), contrary="the opposite")
    return {(content, trial): decision for (content, trial), decision in found.items()}
