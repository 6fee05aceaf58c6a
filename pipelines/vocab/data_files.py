"""Reads the vocabularies' data files: tab-separated, UTF-8, comment lines that start with "#", then a header line.

Here belongs the file format. What the columns mean belongs to the module that owns the file.
"""

from collections.abc import Iterator
from pathlib import Path

DATA = Path(__file__).parent / "data"


def vocabulary_paths(name: str) -> Iterator[Path]:
    """Files of this name in the order in which they are to be read: what stands in an earlier one counts."""
    yield DATA / name


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
            raise ValueError(f"{path.name}, line {number}: {len(cells)} cells under {len(header)} columns")
        yield dict(zip(header, [*cells, *[""] * (len(header) - len(cells))], strict=True))
