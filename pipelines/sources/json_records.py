"""JSON files of registers: one record, an array of them, or one a line.

Belongs here: what the readers of such files share, whatever the members mean, and how a record's texts are addressed: by the dotted path
of their place in it, `trialDescription.primaryOutcome`, `products[0].productName`.
"""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import numpy as np

from pipelines.shapes import Study
from pipelines.sources.places import Span, span_of
from pipelines.sources.records import MAX_RECORD_BYTES, Reason, Record, Reject, Slice, excerpt, runs
from pipelines.sources.study_record import study_record
from pipelines.text.encoding import Decoded, decode

Json = Any
"""A value of a JSON text; records of other people's making may have any."""


_IN_ARRAY = b"["
"""`Slice.header` of a run of members of an array, which stand between commas."""

_raws = msgspec.json.Decoder(list[msgspec.Raw])


def slices(data: bytes, *, target_bytes: int) -> list[Slice] | None:
    """Cut a large array or line file into runs of about `target_bytes`; None for what is neither. `data` may be a memory map."""
    if data[:1] == b"[":
        try:
            members = [np.frombuffer(memoryview(one), dtype=np.uint8) for one in _raws.decode(data)]
        except (msgspec.DecodeError, RecursionError):
            return None
        base = np.frombuffer(data, dtype=np.uint8).ctypes.data
        places = [(view.ctypes.data - base, view.ctypes.data - base + len(view)) for view in members]
        return runs(places, target_bytes=target_bytes, header=_IN_ARRAY)
    places = list(_line_places(data))
    return (
        runs(places, target_bytes=target_bytes)
        if len(places) > 1 and data[:1] == b"{" and data[places[1][0] : places[1][0] + 1] == b"{"
        else None
    )


def _line_places(data: bytes) -> Iterator[tuple[int, int]]:
    """Where each line that is not blank begins and ends."""
    position = 0
    while position < len(data):
        end = data.find(b"\n", position)
        end = len(data) if end < 0 else end
        if data[position:end].strip():
            yield position, end
        position = end + 1


def read(
    data: bytes, *, format: str, first_index: int, header: bytes, study_of: Callable[[dict[str, Json]], Study | str]
) -> Iterator[Record | Reject]:
    """All records of the file. `study_of` gives the study of an object, or says why it is none."""
    decoded, found = objects(data, format=format, first_index=first_index, header=header)
    for one in found:
        if isinstance(one, Reject):
            yield one
            continue
        index, document, n_chars = one
        study = study_of(document)
        if isinstance(study, str):
            yield _reject(format, index, Reason.NOT_A_TRIAL, study, str(document)[:1000])
        else:
            yield study_record(study, format=format, index=index, n_chars=n_chars, encoding=decoded.encoding, repairs=decoded.repairs)


def objects(
    data: bytes, *, format: str, first_index: int = 0, header: bytes = b""
) -> tuple[Decoded, Iterator[tuple[int, dict[str, Json], int] | Reject]]:
    """(number, record, its characters) of every object, in order; what is none becomes a `Reject`. `header` is that of a slice."""
    decoded = decode(b"[" + data + b"]" if header == _IN_ARRAY else data)
    return decoded, _objects(decoded.text, format=format, first_index=first_index)


def _objects(text: str, *, format: str, first_index: int) -> Iterator[tuple[int, dict[str, Json], int] | Reject]:
    if len(text) > MAX_RECORD_BYTES:
        yield _reject(format, first_index, Reason.TOO_LARGE, f"{len(text):,} characters", text)
        return
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) > 1 and all(line.lstrip().startswith("{") for line in lines):
            for index, line in enumerate(lines, start=first_index):
                yield from _lines(line, format, index)
            return
        reason = Reason.TRUNCATED if "truncated" in str(error) else Reason.INVALID_JSON
        yield _reject(format, first_index, reason, str(error), text)
        return
    listed = document if isinstance(document, list) else [document]
    for index, one in enumerate(listed, start=first_index):
        if isinstance(one, dict):
            yield index, one, len(text) if len(listed) == 1 else len(msgspec.json.encode(one))
        else:
            yield _reject(format, index, Reason.INVALID_JSON, "The member of the list is no object.", str(one)[:1000])


def _lines(line: str, format: str, index: int) -> Iterator[tuple[int, dict[str, Json], int] | Reject]:
    try:
        found = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError) as error:
        reason = Reason.TRUNCATED if "truncated" in str(error) else Reason.INVALID_JSON
        yield _reject(format, index, reason, str(error), line)
        return
    yield index, found, len(line)


def _reject(format: str, index: int, reason: Reason, detail: str, text: str) -> Reject:
    return Reject(index=index, format=format, reason=reason, detail=detail, excerpt=excerpt(text))


def member(record: Json, *path: str | int) -> Json:
    """The value at a path, None where there is none."""
    for step in path:
        if isinstance(step, str) and isinstance(record, dict):
            record = record.get(step)
        elif isinstance(step, int) and isinstance(record, list) and 0 <= step < len(record):
            record = record[step]
        else:
            return None
    return record


def listed(value: Json) -> list[Json]:
    """The members of a list; a single one may stand without a list, nothing as an empty text or object."""
    if isinstance(value, list):
        return value
    return [] if value is None or value == {} or (isinstance(value, str) and not value.strip()) else [value]


def text(record: Json, *path: str | int) -> str | None:
    """The text or number at a path, without white space around it."""
    value = member(record, *path)
    if isinstance(value, str):
        return value.strip() or None
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def span(record: Json, *path: str | int) -> Span | None:
    """The text at a path with its place."""
    value = member(record, *path)
    return span_of(field(*path), value) if isinstance(value, str) else None


def field(*path: str | int) -> str:
    """How a path is written."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")
