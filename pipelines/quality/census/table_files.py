"""Records of delimited files, for the census: each row as its cells by the name of the column, in small letters without signs.

A cell that holds JSON is the tree that it spells.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

import msgspec

_SIGNS = re.compile(r"[\W_]+")
_LARGEST_CELL = 64 * 2**20


def column(name: str) -> str:
    """A column's name as it is compared: "NCT.Number", "NCT Number" and "nct_number" are one."""
    return _SIGNS.sub("", name).casefold()


def header(text: str, delimiters: str = ",\t;|") -> tuple[str, list[str]]:
    """Delimiter and columns of the first line that is not blank; no columns where it has no delimiter."""
    line = next((line for line in text.splitlines() if line.strip("\ufeff \t\r")), "").strip("\ufeff\r\n")
    delimiter = max(delimiters, key=line.count)
    if delimiter not in line:
        return delimiter, []
    return delimiter, [column(name) for name in next(csv.reader([line], delimiter=delimiter))]


def records(stream: TextIO, *, columns: Sequence[str] | None = None, line_break: str = "") -> Iterator[dict[str, Any]]:
    """Rows that hold anything. `columns` of a file that names none; it is a table with commas. `line_break` stands for one in cells."""
    csv.field_size_limit(max(csv.field_size_limit(), _LARGEST_CELL))
    delimiter = ","
    if columns is None:
        line = _first_line(stream)
        delimiter, columns = header(line)
        if delimiter == "\t" and not line.lstrip("\ufeff").startswith('"'):
            yield from _bare(stream, columns)
            return
    try:
        for cells in csv.reader(stream, delimiter=delimiter, strict=True):
            if any(cells) and [column(cell) for cell in cells[: len(columns)]] != list(columns):
                _fits(cells, columns)
                yield {name: _cell(cell, line_break) for name, cell in zip(columns, cells, strict=False) if cell}
    except csv.Error as error:
        raise ValueError(str(error)) from error


def _first_line(stream: TextIO) -> str:
    for line in stream:
        if line.strip("\ufeff \t\r\n"):
            return line
    return ""


def _bare(stream: TextIO, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Rows of a table that quotes nothing but what begins with a quotation mark."""
    for line in stream:
        cells = line.rstrip("\r\n").split("\t")
        if any(cells):
            _fits(cells, columns)
            yield {name: _unquoted(cell) for name, cell in zip(columns, cells, strict=False) if cell}


def _fits(cells: Sequence[str], columns: Sequence[str]) -> None:
    enough = max((number for number, name in enumerate(columns, start=1) if name), default=0)
    if len(cells) < enough or any(cells[len(columns) :]):
        raise ValueError(f"{len(cells)} cells under a header of {len(columns)}")


def _unquoted(cell: str) -> str:
    inner = cell[1:-1]
    return inner.replace('""', '"') if len(cell) > 2 and cell[0] == cell[-1] == '"' and '""' in inner else cell


def _cell(cell: str, line_break: str) -> Any:
    if line_break:
        return cell.replace(line_break, "\n")
    if cell[0] in "[{":
        try:
            return msgspec.json.decode(cell)
        except msgspec.DecodeError:
            pass
    return cell
