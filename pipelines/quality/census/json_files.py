"""Records of JSON files, for the census: an object, an array, an object with a list of records, or one object a line."""

import mmap
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_list = msgspec.json.Decoder(list[msgspec.Raw])
_value = msgspec.json.Decoder()


def records(data: bytes | mmap.mmap, lists: Sequence[str]) -> Iterator[Any]:
    """Each record as a tree; a `ValueError` where the file is no JSON. `lists`: paths of lists of records (`Response.FullStudies`)."""
    for raw in _raws(data, lists):
        yield _value.decode(raw)


def _raws(data: bytes | mmap.mmap, lists: Sequence[str]) -> Iterator[msgspec.Raw | bytes]:
    start = 3 if data[:3] == b"\xef\xbb\xbf" else 0
    view = memoryview(data)[start:]
    first = data[start : start + 64].lstrip()[:1]
    if first == b"[":
        yield from _list.decode(view)
        return
    try:
        members = _members.decode(view)
    except msgspec.DecodeError as error:
        if "trailing characters" not in str(error):
            raise
        yield from _lines(data, start)
        return
    for path in lists:
        if (found := _listed(members, path)) is not None:
            yield from found
            return
    yield data[start:]


def _listed(members: dict[str, msgspec.Raw], path: str) -> list[msgspec.Raw] | None:
    *way, last = path.split(".")
    for step in way:
        if step not in members:
            return None
        members = _members.decode(members[step])
    return _list.decode(members[last]) if last in members else None


def _lines(data: bytes | mmap.mmap, position: int) -> Iterator[bytes]:
    while position < len(data):
        end = data.find(b"\n", position)
        end = len(data) if end < 0 else end
        if line := data[position:end].strip():
            yield line
        position = end + 1
