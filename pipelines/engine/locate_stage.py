"""Locating: stretches of tokens of one batch's documents, as stretches of their published texts.

A pure function of the task. Which stretches repeat which does not belong here.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.engine.read_stage import RECORDS
from pipelines.engine.sign_stage import decoded
from pipelines.shapes import Article

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
_TAIL = re.compile(r"[.,;:!?…%。，、；：！？)）\]】》\"”’*_]*\s*")
_ENDS_SENTENCE = re.compile(r"[。！？；!?;…]|\.[\"'”’)\]]*(?:\s|$)|\n\s*\n|\uffff")


class Request(msgspec.Struct, array_like=True):
    """Tokens `start` to `end` of the document in a row of the record file; `is_judged` asks whether they say nothing of a trial."""

    number: int
    row: int
    start: int
    end: int
    is_judged: bool = False


class LocateTask(msgspec.Struct):
    """Requests to one batch, in order of their rows."""

    records: str
    """Folder of the read stage's result."""
    requests: list[Request]


def boilerplate(work: LocateTask) -> list[tuple[int, int, int]]:
    """(request, first token, end) of each stretch of an article asked of that certainly says nothing of a trial."""
    from pipelines.dedup.boilerplate import boilerplate_spans  # noqa: PLC0415 - compiled code is loaded where it is needed
    from pipelines.dedup.comparable import comparable_text  # noqa: PLC0415
    from pipelines.dedup.tokens import token_places  # noqa: PLC0415

    found: list[tuple[int, int, int]] = []
    for kind, payload, requests in _by_document(work):
        document = decoded(kind, payload)
        text = comparable_text(document)
        if not isinstance(document, Article) or not (spans := boilerplate_spans(text, [(0, len(text))], references=False)):
            continue
        _, starts, ends = token_places(text)
        for start, end, _ in spans:
            # A token that a span cuts through is outside.
            first, last = int(np.searchsorted(starts, start)), int(np.searchsorted(ends, end, side="right"))
            found += [(request.number, first, last) for request in requests if last > first]
    return found


def whole_sentences(work: LocateTask) -> list[tuple[int, int, int]]:
    """For each request (its number, and the tokens from and to which it holds whole sentences); the two are equal where it holds none."""
    from pipelines.dedup.comparable import comparable_text  # noqa: PLC0415 - compiled code is loaded where it is needed
    from pipelines.dedup.tokens import token_places  # noqa: PLC0415

    found: list[tuple[int, int, int]] = []
    for kind, payload, requests in _by_document(work):
        text = comparable_text(decoded(kind, payload))
        _, starts, ends = token_places(text)

        def begins(i: int, text: str = text, starts: Any = starts, ends: Any = ends) -> bool:
            """Whether a sentence begins with token `i`, or the text ends before it."""
            return i in (0, len(starts)) or _is_boundary(text[ends[i - 1] : starts[i]], text[starts[i]])

        for request in requests:
            first = next((i for i in range(request.start, request.end + 1) if begins(i)), request.end)
            last = next((i for i in range(request.end, first, -1) if begins(i)), first)
            found.append((request.number, first, last))
    return found


def _is_boundary(between: str, following: str) -> bool:
    """Whether what stands between two tokens ends a sentence."""
    if _ENDS_SENTENCE.search(between):
        return True
    # A line that was wrapped goes on in small letters; blanks are sometimes missing ("therapy.Next").
    return ("\n" in between or "." in between) and not following.islower()


def run(work: LocateTask) -> tuple[pa.Table, pa.Table]:
    """(`LOCATED`, `TEXTS`) of the batch."""
    located: list[dict[str, object]] = []
    texts: list[dict[str, object]] = []
    for kind, payload, requests in _by_document(work):
        found, text = _of_document(kind, payload, requests)
        located += found
        if text is not None:
            texts.append({"row": requests[0].row, "text": text})
    return pa.Table.from_pylist(located, LOCATED), pa.Table.from_pylist(texts, TEXTS)


def _by_document(work: LocateTask) -> Iterator[tuple[str, pa.Buffer, list[Request]]]:
    """(kind, payload, requests) of each document."""
    batch = pq.read_table(Path(work.records) / RECORDS, columns=["kind", "payload"])
    for row, requests in groupby(work.requests, key=lambda request: request.row):
        yield batch["kind"][row].as_py(), batch["payload"][row].as_buffer(), list(requests)


def _of_document(kind: str, payload: pa.Buffer, requests: Sequence[Request]) -> tuple[list[dict[str, object]], str | None]:
    from pipelines.dedup.boilerplate import says_nothing  # noqa: PLC0415 - compiled code is loaded where it is needed
    from pipelines.dedup.comparable import comparable  # noqa: PLC0415
    from pipelines.dedup.tokens import token_places  # noqa: PLC0415

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
                "says_nothing": says_nothing(compared.text[start:end]) if is_article and request.is_judged else None,
                "under_id": _id_at(ids, start, end),
            }
        )
    return found, document.text if isinstance(document, Article) else None


def _tail(text: str, end: int) -> str:
    """What ends a sentence and the blanks behind it; a bracket or sign that opens what follows is no part of it."""
    found = _TAIL.match(text, end, end + _MAX_TAIL)
    return found[0] if found else ""


def _ids(text: str) -> list[tuple[int, str]]:
    """Where registry ids stand, where a text names more than one."""
    from pipelines.text.registry_ids import find_ids  # noqa: PLC0415

    found = [(one.start, one.id) for one in find_ids(text)]
    return found if len({name for _, name in found}) > 1 else []


def _id_at(ids: Sequence[tuple[int, str]], start: int, end: int) -> str | None:
    """The id in a stretch, or else the last before it."""
    inside = next((name for place, name in ids if start <= place < end), None)
    return inside or next((name for place, name in reversed(ids) if place < start), None)
