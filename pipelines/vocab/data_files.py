"""Reads the vocabularies' data files: tab-separated, UTF-8, comment lines that start with "#", then a header line.

Here belongs the file format, and where files lie: the project's own, and those of a user's folder (`TRIALHOUSE_VOCABULARY`), which are read
on top of the files of the same names. What the columns mean belongs to the module that owns the file.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

DATA = Path(__file__).parent / "data"
VARIABLE = "TRIALHOUSE_VOCABULARY"
EXTENSIBLE = (
    "drugs_overlay.tsv",
    "drugs_chinese.tsv",
    "drugs_not.tsv",
    "drugs_not_in_prose.tsv",
    "regimen_words.tsv",
    "treatment_classes.tsv",
)
"""Files that a user's folder may hold, with the columns of the project's own."""


def own_folder(environment: Mapping[str, str] | None = None) -> Path | None:
    """The user's folder of vocabularies, where one is named. The environment carries it to the processes that extract."""
    named = (os.environ if environment is None else environment).get(VARIABLE)
    return Path(named) if named else None


def vocabulary_paths(name: str) -> Iterator[Path]:
    """Files of this name in the order in which they are to be read: what stands in an earlier one counts."""
    own = own_folder()
    if own is not None and (own / name).is_file():
        yield own / name
    yield DATA / name


def check_own(folder: Path) -> None:
    """Raises ValueError, which names file and line, for a folder that is not there, holds no file that is read, or one that is broken."""
    if not folder.is_dir():
        raise ValueError(f"{VARIABLE}: {folder} is no folder")
    found = [name for name in EXTENSIBLE if (folder / name).is_file()]
    if not found:
        raise ValueError(f"{VARIABLE}: {folder} holds none of {', '.join(EXTENSIBLE)}")
    for name in found:
        expected = list(next(read_rows(DATA / name)))
        for row in read_rows(folder / name):
            if list(row) != expected:
                raise ValueError(f"{folder / name}: the columns must be {', '.join(expected)}, not {', '.join(row)}")


def read_rows(path: Path) -> Iterator[dict[str, str]]:
    """One dict per line, by the header's column names; missing trailing columns are empty.

    Raises ValueError for a line with more cells than columns.
    """
    header: list[str] | None = None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split("\t")
        if header is None:
            header = cells
            continue
        if len(cells) > len(header):
            raise ValueError(f"{path}, line {number}: {len(cells)} cells under {len(header)} columns")
        yield dict(zip(header, [*cells, *[""] * (len(header) - len(cells))], strict=True))
