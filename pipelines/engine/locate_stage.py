"""Locating: stretches of tokens of one batch's documents, as stretches of their published texts.

A pure function of the task. Which stretches repeat which does not belong here.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.engine.read_stage import RECORDS
from pipelines.engine.sign_stage import decoded

LOCATED = pa.schema(
    [
        ("request", pa.int64()),
        ("field", pa.string()),
        ("start_char", pa.int64()),
        ("end_chars", pa.list_(pa.int64())),
        ("tail", pa.string()),
        ("says_nothing", pa.string()),
        ("under_id", pa.string()),
    ]
)
"""One row per request. `tail` are the blanks and punctuation after the stretch, and `end_chars[k]` is where it ends with `k` of them.
`says_nothing` is the kind of boilerplate that the stretch is, and `under_id` the registry id that it stands under, where a document names
several."""

TEXTS = pa.schema([("row", pa.int64()), ("text", pa.large_string())])
"""Text of each article that a request asks of."""

_MAX_TAIL = 16


class Request(msgspec.Struct, array_like=True):
    """Tokens `start` to `end` of the document in a row of the record file."""

    number: int
    row: int
    start: int
    end: int


class LocateTask(msgspec.Struct):
    """Requests to one batch, in order of their rows."""

    records: str
    """Folder of the read stage's result."""
    requests: list[Request]


def run(work: LocateTask) -> tuple[pa.Table, pa.Table]:
    """(`LOCATED`, `TEXTS`) of the batch."""
    batch = pq.read_table(Path(work.records) / RECORDS, columns=["kind", "payload"])
    located: list[dict[str, object]] = []
    texts: list[dict[str, object]] = []
    begin = 0
    while begin < len(work.requests):
        row = work.requests[begin].row
        end = begin
        while end < len(work.requests) and work.requests[end].row == row:
            end += 1
        kind, payload = batch["kind"][row].as_py(), batch["payload"][row].as_buffer()
        found, text = _of_document(kind, payload, work.requests[begin:end])
        located += found
        if text is not None:
            texts.append({"row": row, "text": text})
        begin = end
    return pa.Table.from_pylist(located, LOCATED), pa.Table.from_pylist(texts, TEXTS)


def _of_document(kind: str, payload: pa.Buffer, requests: Sequence[Request]) -> tuple[list[dict[str, object]], str | None]:
    from pipelines.dedup.boilerplate import says_nothing  # noqa: PLC0415 - compiled code is loaded where it is needed
    from pipelines.dedup.comparable import comparable  # noqa: PLC0415
    from pipelines.dedup.tokens import token_places  # noqa: PLC0415
    from pipelines.shapes import Article  # noqa: PLC0415

    document = decoded(kind, payload)
    compared = comparable(document)
    _, starts, ends = token_places(compared.text)
    is_article = isinstance(document, Article)
    ids = _ids(compared.text) if is_article else []
    found: list[dict[str, object]] = []
    for request in requests:
        start, end = int(starts[request.start]), int(ends[request.end - 1])
        tail = _tail(compared.text, end)
        place = compared.place(start, end)
        ends_with_tail = [compared.place(start, end + k).end for k in range(len(tail) + 1)]
        found.append(
            {
                "request": request.number,
                "field": place.field,
                "start_char": place.start,
                "end_chars": ends_with_tail,
                "tail": tail,
                "says_nothing": says_nothing(compared.text[start:end]) if is_article else None,
                "under_id": _id_at(ids, start, end),
            }
        )
    return found, document.text if isinstance(document, Article) else None


def _tail(text: str, end: int) -> str:
    last = end
    while last < len(text) and last - end < _MAX_TAIL and not text[last].isalnum() and text[last] != "\uffff":
        last += 1
    return text[end:last]


def _ids(text: str) -> list[tuple[int, str]]:
    """Where registry ids stand, where a text names more than one."""
    from pipelines.text.registry_ids import find_ids  # noqa: PLC0415

    found = [(one.start, one.id) for one in find_ids(text)]
    return found if len({name for _, name in found}) > 1 else []


def _id_at(ids: Sequence[tuple[int, str]], start: int, end: int) -> str | None:
    """The id in a stretch, or else the last before it."""
    inside = next((name for place, name in ids if start <= place < end), None)
    return inside or next((name for place, name in reversed(ids) if place < start), None)
