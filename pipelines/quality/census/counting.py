"""The census of one file: how many records it holds, and of each record what it says of each field.

The bytes are read by the plain parsers beside this module, by the paths of `mappings`; no reader of `pipelines.sources` has a hand in it,
so that what a reader loses is missed. Where the bytes come from (folders, archives) is the engine's business.
"""

import io
import mmap
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any, BinaryIO, NamedTuple, cast

from pipelines.quality.census import json_files, table_files, xml_files
from pipelines.quality.census.fields import FIELDS
from pipelines.quality.census.mappings import MAPPINGS, Mapping, places_of
from pipelines.quality.census.tree import Found, Path, Walk, path
from pipelines.text.encoding import decode

FIELD_NAMES = tuple(FIELDS)
"""Fields by their number."""
_HEAD_BYTES = 65_536
_LARGE_BYTES = 32 * 2**20
"""From this size on a file is not decoded as a whole: it is taken to be UTF-8."""


class Counted(NamedTuple):
    """One record: its place among those of the file, the key by which a set knows it, and what it says by the number of the field."""

    number: int
    key: str | None
    found: dict[int, Found]


class Census(NamedTuple):
    """What a file is, and its records; reading them raises `ValueError` where a plain parser cannot go on."""

    mapping: Mapping | None
    """None: a file without labels."""
    records: Iterator[Counted]


def census(data: bytes | mmap.mmap, name: str) -> Census:
    """The census of a file's bytes. `name` tells tables of a set apart."""
    head = bytes(data[:_HEAD_BYTES])
    text = None
    if not _is_utf8(head, whole=len(data) <= _HEAD_BYTES):
        text = decode(bytes(data)).text
        head = text[:_HEAD_BYTES].encode("utf-8", "replace")
    mapping = mapping_of(head, name)
    return Census(mapping, _counted(mapping, data, text) if mapping else iter(()))


def _is_utf8(head: bytes, *, whole: bool) -> bool:
    if b"\0" in head[:1000]:
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # The last character may be cut.
        return not whole and error.start >= len(head) - 3
    return True


def mapping_of(head: bytes, name: str) -> Mapping | None:
    """The shape of a file that begins with these bytes (UTF-8)."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    containers = {b"{": "json", b"[": "json", b"<": "xml"}
    container = containers.get(start[:1], "table")
    text = start.decode("utf-8", "ignore")
    columns = set(table_files.header(text)[1]) if container == "table" else set[str]()
    for mapping in MAPPINGS:
        if mapping.container != container or (mapping.file and not _is_named(name, mapping.file)):
            continue
        if all(mark in (text if mapping.columns or container != "table" else columns) for mark in mapping.marks):
            return mapping
    return None


def _is_named(name: str, table: str) -> bool:
    return name.rsplit("/", 1)[-1].partition(".")[0].casefold() == table


def _counted(mapping: Mapping, data: bytes | mmap.mmap, text: str | None) -> Iterator[Counted]:
    walk = _walk(mapping.name)
    if not mapping.key:
        for index, record in enumerate(_records(mapping, data, text)):
            yield Counted(index, None, walk.found(record))
        return
    if mapping.of_set:
        for index, record in enumerate(_records(mapping, data, text)):
            yield Counted(index, record.get(mapping.key), walk.found(record))
        return
    # Neighbouring rows of one key are one record.
    index, key, found = -1, None, dict[int, Found]()
    for record in _records(mapping, data, text):
        if record.get(mapping.key) != key:
            if index >= 0:
                yield Counted(index, None, found)
            index, key, found = index + 1, record.get(mapping.key), {}
        for field, one in walk.found(record).items():
            whole = found.setdefault(field, Found())
            whole.values += one.values
            whole.left_out += one.left_out
    if index >= 0:
        yield Counted(index, None, found)


def _records(mapping: Mapping, data: bytes | mmap.mmap, text: str | None) -> Iterator[Any]:
    if mapping.container == "json":
        yield from json_files.records(text.encode("utf-8", "replace") if text is not None else data, mapping.record.split())
    elif mapping.container == "xml":
        yield from xml_files.records(_stream(data), mapping.record, _walk(mapping.name).names)
    else:
        if text is None and len(data) < _LARGE_BYTES:
            text = decode(bytes(data)).text
        stream = io.StringIO(text, newline="") if text is not None else io.TextIOWrapper(_stream(data), "utf-8-sig", "replace", newline="")
        yield from table_files.records(stream, columns=mapping.columns or None, line_break=mapping.line_break)


def _stream(data: bytes | mmap.mmap) -> BinaryIO:
    return io.BytesIO(data) if isinstance(data, bytes) else cast("BinaryIO", _Mapped(data))


class _Mapped(io.RawIOBase):
    """A memory map as a stream of its own position."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self._position = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._data[self._position : self._position + len(buffer)]
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)


@cache
def _walk(name: str) -> Walk:
    mapping = next(one for one in MAPPINGS if one.name == name)
    paths: list[tuple[int, Path, list[Any]]] = []
    by_field = defaultdict(list[Path])
    for field, where in mapping.places.items():
        by_field[field] += [path(place) if isinstance(place, str) else place for place in places_of(where)]
    for field, places in by_field.items():
        kinds = [part.kind for part in FIELDS[field].parts]
        paths += [(FIELD_NAMES.index(field), place, kinds) for place in places]
    return Walk(paths, nothing=mapping.nothing)
