"""Rows of a delimited text (comma, semicolon, tab, pipe), one at a time, with every row that does not fit put aside.

Belongs here: where a row begins and ends, quoting, and where to go on after a damaged row. Not here: what any column
means.

Positions are code points of the text given, so that a caller who decodes as Latin-1 gets byte positions.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipelines.sources.records import MAX_RECORD_BYTES, Reason, Slice


class Row(NamedTuple):
    """A row that has a cell for each named column of the header; `text[start:end]` with its line end."""

    start: int
    end: int
    cells: list[str]


class BadRow(NamedTuple):
    """A stretch of text that is no row of this table."""

    start: int
    end: int
    reason: Reason
    detail: str


def header_cells(line: str, delimiter: str) -> list[str]:
    """Column names of a header line."""
    empty: list[str] = []
    return next(csv.reader([line], delimiter=delimiter), empty)


def _n_named(header: Sequence[str]) -> int:
    """How many cells a row must have: columns without a name at the end ("Locations,Study Documents,,,,") may be left
    out.
    """
    return max((number for number, name in enumerate(header, start=1) if name.strip()), default=0)


def first_line(text: str) -> tuple[int, int]:
    """Start and end (line end excluded) of the first line that is not blank; equal when there is none."""
    match = re.compile(r"[^\r\n]*[^\s\ufeff][^\r\n]*").search(text)
    if match is None:
        return len(text), len(text)
    start, end = match.span()
    if text.startswith("\ufeff", start):
        start += 1
    return start, end


class Header(NamedTuple):
    """What the first line of a table says: the sign between cells, the names, the line itself, and where the rows begin."""

    delimiter: str
    names: list[str]
    line: str
    end: int


def header_of(text: str) -> Header | None:
    """The header of a table; None where the first line has no cells."""
    start, end = first_line(text)
    line = text[start:end]
    delimiter = max(",\t;", key=line.count)
    if delimiter not in line:
        return None
    try:
        names = header_cells(line, delimiter)
    except StopIteration:
        return None
    return Header(delimiter, names, line, end + (2 if text.startswith("\r\n", end) else 1))


def rows(
    text: str,
    *,
    start: int,
    header: Sequence[str],
    delimiter: str,
    quoted: bool = True,
    record_start: re.Pattern[str] | None = None,
    final: bool = True,
) -> Iterator[Row | BadRow]:
    """Rows of `text` from `start` on, in order. Blank rows and repetitions of the header are no rows.

    `quoted=False` is for tab-separated exports that do not quote: the registry's own writes `Gut Microbiota, "Spark
    and Flame"` bare. `record_start` matches where a row begins and lets reading go on inside the text that a stray
    quote has swallowed. With `final=False` the text is known to be cut: a row that reaches its end
    unfinished, or damage whose end is not in it, is not given.
    """
    # The limit is one setting of the csv module for the whole process, so it is only ever raised.
    if csv.field_size_limit() < MAX_RECORD_BYTES:
        csv.field_size_limit(MAX_RECORD_BYTES)
    if not quoted:
        yield from _bare_rows(text, start=start, header=header, delimiter=delimiter)
        return
    buffer = io.StringIO(text, newline="")
    names = list(header)
    begin = start
    while begin < len(text):
        # A reader that has met an error cannot go on: each stretch of good rows has its own.
        buffer.seek(begin)
        reader = csv.reader(buffer, delimiter=delimiter, strict=True)
        damage: _Damage | None = None
        try:
            for cells in reader:
                end = buffer.tell()
                row = _judged(text, begin, end, cells, names)
                if isinstance(row, Row):
                    yield row
                elif row is not None:
                    damage = row
                    break
                begin = end
        except csv.Error as error:
            damage = _damaged(text, begin, buffer.tell(), str(error))
        if damage is None:
            return
        bad = _bounded(text, damage, record_start)
        if not final and bad.end == len(text):
            return
        yield bad
        begin = bad.end


def row_slices(
    data: bytes,
    *,
    start: int,
    header: Sequence[str],
    delimiter: str,
    quoted: bool = True,
    record_start: re.Pattern[str] | None = None,
    target_bytes: int,
) -> list[Slice]:
    """Runs of whole rows of about `target_bytes`, from byte `start` on; what stands before it is the header of each.

    Rows are found in the bytes read as Latin-1, so that positions are bytes; only a window of the file is decoded at a
    time. A row that is larger than a record may be is a slice of its own, to the line in which the next row can begin.
    """
    head = bytes(data[:start])
    found: list[Slice] = []
    index = first_index = 0
    position, window = start, target_bytes
    while position < len(data):
        text = bytes(data[position : position + window]).decode("latin-1")
        final = position + window >= len(data)
        reached = 0
        for row in rows(text, start=0, header=header, delimiter=delimiter, quoted=quoted, record_start=record_start, final=final):
            if not final and row.end == len(text):
                break
            index += 1
            reached = row.end
            if position + reached - start >= target_bytes:
                found.append(Slice(start, position + reached, first_index, head))
                start, first_index = position + reached, index
        if final:
            break
        position += reached
        if reached:
            window = target_bytes
        elif window < MAX_RECORD_BYTES:
            window *= 2
        else:
            following = _next_line(data, position + window)
            found += [Slice(start, position, first_index, head), Slice(position, following, index, head)]
            index += 1
            start, position, first_index, window = following, following, index, target_bytes
    if start < len(data):
        found.append(Slice(start, len(data), first_index, head))
    return [one for one in found if one.start < one.end]


def _next_line(data: bytes, position: int) -> int:
    """Where the first line after `position` begins. Looked for in pieces: a memory map has `find`, but would be read whole."""
    while position < len(data):
        piece = data[position : position + 2**20]
        if (end := piece.find(b"\n")) >= 0:
            return position + end + 1
        position += len(piece)
    return len(data)


class _Damage(NamedTuple):
    """A `BadRow`, and how far to look for the beginning of another row that it has swallowed."""

    start: int
    end: int
    reason: Reason
    detail: str
    search_end: int


def _judged(text: str, start: int, end: int, cells: list[str], header: Sequence[str]) -> Row | _Damage | None:
    """A row if the cells fit the header, None if they say nothing."""
    width, enough = len(header), _n_named(header)
    if len(cells) > width and not any(cells[width:]):
        del cells[width:]
    if enough <= len(cells) <= width:
        if cells == header or not any(cells):
            return None
        return Row(start, end, cells) if end - start <= MAX_RECORD_BYTES else _Damage(*_too_large(start, end), start)
    if not any(cell and not cell.isspace() for cell in cells):
        return None
    cut = len(cells) < enough and end == len(text) and not text.endswith(("\n", "\r"))
    reason = Reason.TRUNCATED if cut else Reason.INVALID_CSV
    return _Damage(start, end, reason, f"{len(cells)} cells under a header of {width}", end)


def _damaged(text: str, start: int, end: int, error: str) -> _Damage:
    if "field larger" in error:
        return _Damage(*_too_large(start, end), len(text))
    if "unexpected end" in error:
        return _Damage(start, end, Reason.TRUNCATED, "the text ends inside a quoted cell", len(text))
    return _Damage(start, end, Reason.INVALID_CSV, error, len(text))


def _bounded(text: str, damage: _Damage, record_start: re.Pattern[str] | None) -> BadRow:
    """How far a damaged row reaches: to the beginning of another one in it, if there is any."""
    start, end, reason, detail, search_end = damage
    if record_start is None:
        return BadRow(start, end, reason, detail)
    if match := record_start.search(text, start + 1, search_end):
        return BadRow(start, match.start(), Reason.INVALID_CSV if reason is Reason.TRUNCATED else reason, detail)
    # Where nothing begins like a row any more, all the rest is one piece, however a file is cut into slices.
    return BadRow(start, max(end, search_end), reason, detail)


def _too_large(start: int, end: int) -> BadRow:
    return BadRow(start, end, Reason.TOO_LARGE, f"{end - start} characters, at most {MAX_RECORD_BYTES} in a record")


def _bare_rows(text: str, *, start: int, header: Sequence[str], delimiter: str) -> Iterator[Row | BadRow]:
    """One row per line. A line that is no row by itself may begin a quoted one with line breaks (as pandas writes
    them).
    """
    names = list(header)
    begin = start
    while begin < len(text):
        end = text.find("\n", begin) + 1 or len(text)
        cells = text[begin:end].rstrip("\r\n").split(delimiter)
        row = _judged(text, begin, end, cells, names)
        if isinstance(row, Row):
            row = Row(begin, end, [_unquoted(cell) if '""' in cell else cell for cell in cells])
        elif row is not None and any(cell.startswith('"') for cell in cells) and (whole := _quoted_row(text, begin, delimiter)):
            quoted = _judged(text, begin, whole[0], whole[1], names)
            row = quoted if isinstance(quoted, Row) else row
            end = row.end
        if isinstance(row, Row):
            yield row
        elif row is not None:
            yield BadRow(*row[:4])
        begin = end


def _quoted_row(text: str, begin: int, delimiter: str) -> tuple[int, list[str]] | None:
    """The one row that begins at `begin` when read with quotes, and its end; None when it cannot be read so."""
    end = begin

    def lines() -> Iterator[str]:
        nonlocal end
        while end < len(text):
            line_start, end = end, text.find("\n", end) + 1 or len(text)
            yield text[line_start:end]

    try:
        cells = next(csv.reader(lines(), delimiter=delimiter, strict=True), None)
    except csv.Error:
        return None
    return (end, cells) if cells else None


def _unquoted(cell: str) -> str:
    """A quoted cell with doubled quotes inside, read as such; any other cell as it is."""
    inner = cell[1:-1]
    if len(cell) > 2 and cell[0] == cell[-1] == '"' and '"' not in inner.replace('""', ""):
        return inner.replace('""', '"')
    return cell
