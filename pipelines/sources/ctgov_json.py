"""ClinicalTrials.gov API v2 JSON: one study, an array, `{"studies": […]}`, or one study per line.

Records are decoded one by one into `Study`, so one bad record costs itself only. The older API and the XML rendered as JSON
belong to `ctgov_classic`; which of them a file holds is told by its first bytes.
"""

import json
import re
from collections.abc import Iterator

import msgspec
import numpy as np

from pipelines.shapes import Study
from pipelines.sources.records import MAX_RECORD_BYTES, Reason, Record, Reject, Slice, excerpt, runs
from pipelines.sources.study_record import study_record
from pipelines.text.encoding import decode

FORMAT = "ctgov_json"

_MARK = re.compile(rb'"(?:protocolSection|studies)"\s*:')
_CLASSIC = re.compile(rb'"(?:FullStudies|FullStudiesResponse|ProtocolSection)"\s*:')
_STUDY_START = re.compile(rb'\{\s*"(?:protocolSection|resultsSection|derivedSection|hasResults)"\s*:')
_IN_ARRAY = b"["
"""`Slice.header` of a run of array elements, which stand between commas."""
_DAMAGED = b"?"
"""`Slice.header` of a stretch of damaged JSON."""

_study = msgspec.json.Decoder(Study, strict=False)
_raw = msgspec.json.Decoder(msgspec.Raw)
_raws = msgspec.json.Decoder(list[msgspec.Raw])


class _Page(msgspec.Struct):
    """A page of the API: its studies, undecoded; None for a single study."""

    studies: list[msgspec.Raw] | None = None


_page = msgspec.json.Decoder(_Page)


def sniff(head: bytes) -> bool:
    """Does JSON of the current API begin here? `protocolSection` may stand after a large other section."""
    head = head.replace(b"\0", b"")  # UTF-16 reads as ASCII without them, where it is ASCII
    start = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return start[:1] in (b"{", b"[") and bool(_MARK.search(head)) and not _CLASSIC.search(head)


def read(data: bytes, *, first_index: int = 0, header: bytes = b"") -> Iterator[Record | Reject]:
    """All studies of a file or slice, in order."""
    data = _as_utf8(data)
    if header == _IN_ARRAY:
        data = b"[" + data + b"]"
    index = first_index
    for item in _salvage(data, "damaged") if header == _DAMAGED else _elements(data):
        if isinstance(item, Reject):
            item.index = index
            yield item
        else:
            yield _record(item, index)
        index += 1


def slices(data: bytes, *, target_bytes: int) -> list[Slice] | None:
    """Cut a large array, page or line file into runs of about `target_bytes`; None when no study is found or it is a single one.

    Damaged JSON is cut where studies begin. `data` may be a memory map; it is never copied as a whole.
    """
    try:
        elements = _split(data)
    except (msgspec.DecodeError, RecursionError):
        starts = [match.start() for match in _STUDY_START.finditer(data)]
        return runs(list(zip(starts, [*starts[1:], len(data)], strict=True)), target_bytes=target_bytes, header=_DAMAGED)
    if elements is None:
        return None
    base = np.frombuffer(data, dtype=np.uint8).ctypes.data
    places = [np.frombuffer(memoryview(element), dtype=np.uint8) for element in elements]
    spans = [(view.ctypes.data - base, view.ctypes.data - base + len(view)) for view in places]
    return runs(spans, target_bytes=target_bytes, header=_IN_ARRAY)


def _as_utf8(data: bytes) -> bytes:
    """JSON is UTF-8; anything else is decoded as well as it can be, so that one bad byte does not cost the file."""
    if data[:3] == b"\xef\xbb\xbf":
        data = data[3:]
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return decode(data).text.encode("utf-8")
    return decode(data).text.encode("utf-8") if b"\0" in data[:64] else data


def _split(data: bytes) -> list[msgspec.Raw] | None:
    """The elements of an array or page; None for anything else. Raises `msgspec.DecodeError` on damaged JSON."""
    start = data[:64].lstrip()[:1]
    if start == b"[":
        return _raws.decode(data)
    return _page.decode(data).studies


def _elements(data: bytes) -> Iterator[bytes | msgspec.Raw | Reject]:
    if not data.strip():
        return
    try:
        elements = _split(data)
    except (msgspec.DecodeError, RecursionError) as error:
        if "trailing characters" in str(error):
            yield from _lines(data)
        else:
            yield from _salvage(data, str(error))
        return
    yield from [data.strip()] if elements is None else elements


def _lines(data: bytes) -> Iterator[bytes | Reject]:
    """One study per line; if the first line is no whole object the file is several objects after one another."""
    first, _, _ = data.lstrip().partition(b"\n")
    try:
        _raw.decode(first)
    except msgspec.DecodeError as error:
        yield from _salvage(data, str(error))
        return
    position = 0
    while position < len(data):
        end = data.find(b"\n", position)
        end = len(data) if end < 0 else end
        if end - position > MAX_RECORD_BYTES:
            yield _reject(Reason.TOO_LARGE, f"a line of {end - position:,} bytes", data[position : position + 800])
        elif line := data[position:end].strip():
            yield line
        position = end + 1


def _salvage(data: bytes, error: str) -> Iterator[bytes | Reject]:
    """Studies of damaged JSON: each one that is whole, and a rejection for each that is not.

    A study ends before the next one begins; the standard decoder stops at the end of a value, whatever follows it.
    """
    decoder = json.JSONDecoder()
    starts = [match.start() for match in _STUDY_START.finditer(data)]
    if not starts:
        yield _reject(Reason.INVALID_JSON, error, data[:800])
        return
    for start, end in zip(starts, [*starts[1:], len(data)], strict=True):
        if end - start > MAX_RECORD_BYTES:
            yield _reject(Reason.TOO_LARGE, f"a study of {end - start:,} bytes", data[start : start + 800])
            continue
        text = data[start:end].decode("utf-8", "surrogateescape")
        try:
            _, length = decoder.raw_decode(text)
        except json.JSONDecodeError as problem:
            is_cut = problem.pos >= len(text.rstrip()) - 1 or "Unterminated" in problem.msg
            reason = Reason.TRUNCATED if is_cut and end == len(data) else Reason.INVALID_JSON
            detail = f"{problem.msg.removesuffix(' starting at')} at character {problem.pos} of the study"
            yield _reject(reason, detail, data[start : start + 800])
        except RecursionError:
            yield _reject(Reason.INVALID_JSON, "nested too deeply", data[start : start + 800])
        else:
            yield text[:length].encode("utf-8", "surrogateescape")


def _record(element: bytes | msgspec.Raw, index: int) -> Record | Reject:
    raw = memoryview(element)
    if len(raw) > MAX_RECORD_BYTES:
        return _reject(Reason.TOO_LARGE, f"a study of {len(raw):,} bytes", bytes(raw[:800]), index)
    try:
        study = _study.decode(raw)
    except msgspec.ValidationError as error:
        return _reject(Reason.INVALID_FIELD, str(error), bytes(raw[:800]), index)
    except msgspec.DecodeError as error:
        return _reject(Reason.INVALID_JSON, str(error), bytes(raw[:800]), index)
    except RecursionError:
        return _reject(Reason.INVALID_JSON, "nested too deeply", bytes(raw[:800]), index)
    identification = study.protocol_section.identification_module
    if not (identification.nct_id or identification.brief_title or identification.official_title):
        return _reject(Reason.NOT_A_TRIAL, "no NCT id and no title", bytes(raw[:800]), index)
    try:
        return study_record(study, format=FORMAT, index=index, n_chars=len(str(raw, "utf-8", "replace")))
    except OverflowError as error:
        return _reject(Reason.INVALID_FIELD, str(error), bytes(raw[:800]), index)


def _reject(reason: Reason, detail: str, content: bytes, index: int = -1) -> Reject:
    return Reject(index=index, format=FORMAT, reason=reason, detail=detail, excerpt=excerpt(content))
