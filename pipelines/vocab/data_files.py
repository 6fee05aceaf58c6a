"""Reads the vocabularies' data files: tab-separated, UTF-8, comment lines that start with "#", then a header line.

Here belongs the file format, and where files lie: the project's own, and those of a user's folder (`TRIALHOUSE_VOCABULARY`), which are read
on top of the files of the same names. What the columns mean belongs to the module that owns the file.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pipelines.vocab.line_checks import wrong_in

DATA = Path(__file__).parent / "data"
VARIABLE = "TRIALHOUSE_VOCABULARY"
EXTENSIBLE = (
    "adverse_events.tsv",
    "assessment_criteria.tsv",
    "drugs_overlay.tsv",
    "drugs_chinese.tsv",
    "drugs_not.tsv",
    "drugs_not_in_prose.tsv",
    "outcome_words.tsv",
    "regimen_words.tsv",
    "report_words.tsv",
    "time_words.tsv",
    "treatment_classes.tsv",
)
"""Files that a user's folder may hold, with the columns of the project's own."""
MEDDRA = ("llt.asc", "pt.asc", "soc.asc")
"""Files of MedDRA that a user's folder may hold, as its subscribers get them; the project ships none of it."""


def own_folder(environment: Mapping[str, str] | None = None) -> Path | None:
    """The user's folder of vocabularies, where one is named. The environment carries it to the processes that extract."""
    named = (os.environ if environment is None else environment).get(VARIABLE)
    return Path(named) if named else None


def own_path(name: str) -> Path | None:
    """A user's own file of this name, where there is one."""
    own = own_folder()
    return own / name if own is not None and (own / name).is_file() else None


def vocabulary_paths(name: str) -> Iterator[Path]:
    """Files of this name in the order in which they are to be read: what stands in an earlier one counts."""
    own = own_path(name)
    if own is not None:
        yield own
    yield DATA / name


def meddra_folder() -> Path | None:
    """Where the user's MedDRA lies: in the folder of vocabularies itself, or in `meddra/` below it."""
    own = own_folder()
    return None if own is None else next((one for one in (own, own / "meddra") if any((one / name).is_file() for name in MEDDRA)), None)


def own_files() -> list[Path]:
    """All files of the user that are read, in the order of their names."""
    own, meddra = own_folder(), meddra_folder()
    found = [] if own is None else [own / name for name in EXTENSIBLE]
    found += [] if meddra is None else [meddra / name for name in MEDDRA]
    return sorted(path for path in found if path.is_file())


def check_own(folder: Path) -> None:
    """Raises ValueError, which names file and line, for a folder that is not there, holds no file that is read, or one that is broken."""
    if not folder.is_dir():
        raise ValueError(f"{VARIABLE}: {folder} is no folder")
    found = [name for name in EXTENSIBLE if (folder / name).is_file()]
    meddra = [one / name for one in (folder, folder / "meddra") for name in MEDDRA if (one / name).is_file()]
    if not found and not meddra:
        raise ValueError(f"{VARIABLE}: {folder} holds none of {', '.join(EXTENSIBLE)}, nor MedDRA ({', '.join(MEDDRA)})")
    if meddra and [path.name for path in meddra] != list(MEDDRA):
        raise ValueError(f"{VARIABLE}: MedDRA is {', '.join(MEDDRA)} in one folder, and here is {', '.join(map(str, meddra))}")
    for name in found:
        known = list(read_rows(DATA / name))
        expected = list(known[0])
        path = folder / name
        n_rows = 0
        for number, row in _numbered(path, expected):
            n_rows += 1
            if (wrong := wrong_in(name, row, known)) is not None:
                raise ValueError(f"{path}, line {number}: {wrong}")
        if not n_rows:
            raise ValueError(f"{path}: there is no line under the header {', '.join(expected)}")


def read_rows(path: Path) -> Iterator[dict[str, str]]:
    """One dict per line, by the header's column names; missing trailing columns are empty.

    Raises ValueError for a line with more cells than columns, and for a file that is not UTF-8.
    """
    for _, row in _numbered(path):
        yield row


def _numbered(path: Path, columns: Sequence[str] | None = None) -> Iterator[tuple[int, dict[str, str]]]:
    """The same with the number of each line. `columns`: what the header must be; ValueError where it is not, or where there is none."""
    header: list[str] | None = None
    for number, line in enumerate(_text(path).splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split("\t")
        if header is None:
            header = cells
            if columns is not None and header != list(columns):
                raise ValueError(f"{path}: the columns must be {', '.join(columns)}, not {', '.join(header)}")
            continue
        if len(cells) > len(header):
            raise ValueError(f"{path}, line {number}: {len(cells)} cells under {len(header)} columns")
        yield number, dict(zip(header, [*cells, *[""] * (len(header) - len(cells))], strict=True))


def _text(path: Path) -> str:
    """The file's text, without the mark of byte order that spreadsheets write before it."""
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"{path}, line {line}: the file is not UTF-8") from error
