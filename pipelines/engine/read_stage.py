"""Reading: a task's raw content to one Arrow file of records and one of what could not be read.

A pure function of the task but for the files it reads and the folder it writes, which is complete or absent. Nothing that needs
to see all records belongs here.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.engine.read_plan import AactSet, Piece, ReadTask
from pipelines.engine.state import digest, written_once
from pipelines.link.registrations import stated_keys
from pipelines.shapes import Article, Study
from pipelines.sources import aact, containers
from pipelines.sources.readers import identify, reader_of
from pipelines.sources.records import SNIFF_BYTES, Reason, Record, Reject, excerpt
from pipelines.text.registry_ids import NCT_ID, find_ids

RECORDS = "records.parquet"
REJECTS = "rejects.parquet"

RECORD_SCHEMA = pa.schema(
    [
        ("document_id", pa.string()),
        ("source_path", pa.string()),
        ("record_index", pa.int64()),
        ("source_format", pa.string()),
        ("kind", pa.string()),
        ("encoding", pa.string()),
        ("language", pa.string()),
        ("title", pa.string()),
        ("content_sha256", pa.string()),
        ("n_chars", pa.int64()),
        ("repairs", pa.list_(pa.string())),
        ("version_date", pa.string()),
        ("download_date", pa.string()),
        ("trial_id", pa.string()),
        ("registry", pa.string()),
        ("aliases", pa.list_(pa.string())),
        ("stated_ids", pa.list_(pa.string())),
        ("other_registrations", pa.list_(pa.string())),
        ("has_results", pa.bool_()),
        ("carried", pa.list_(pa.string())),
        ("payload", pa.binary()),
    ]
)
"""One row per record: what later steps decide by, and the `Study` or `Article` itself as MessagePack."""

REJECT_SCHEMA = pa.schema(
    [
        ("source_path", pa.string()),
        ("record_index", pa.int64()),
        ("source_format", pa.string()),
        ("stage", pa.string()),
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("excerpt", pa.string()),
    ]
)

_encoder = msgspec.msgpack.Encoder()


class ReadResult(msgspec.Struct):
    """Where a task's result lies and how much it holds."""

    key: str
    folder: str
    n_records: int
    n_rejects: int


def run(task: ReadTask) -> ReadResult:
    """Read everything that the task names."""
    records: list[dict[str, object]] = []
    rejects: list[dict[str, object]] = []
    for source_path, item in _contents(task):
        row = _record_row(source_path, item) if isinstance(item, Record) else item
        if isinstance(row, Reject):
            rejects.append(reject_row(source_path, row))
        else:
            records.append(row)
    folder = Path(task.folder) / task.key
    with written_once(folder) as target:
        pq.write_table(pa.Table.from_pylist(records, RECORD_SCHEMA), target / RECORDS, compression="zstd", compression_level=1)
        pq.write_table(pa.Table.from_pylist(rejects, REJECT_SCHEMA), target / REJECTS, compression="zstd")
    return ReadResult(task.key, str(folder), len(records), len(rejects))


def finished(task: ReadTask) -> ReadResult | None:
    """The result of a task whose work was done before, unless a file could not be read then: a network drive may be back."""
    folder = Path(task.folder) / task.key
    try:
        n_records = pq.read_metadata(folder / RECORDS).num_rows
        reasons = pq.read_table(folder / REJECTS, columns=["reason"])["reason"].to_pylist()
    except (OSError, pa.ArrowInvalid):
        return None
    if Reason.UNREADABLE_FILE in reasons:
        return None
    return ReadResult(task.key, str(folder), n_records, len(reasons))


def document_id(source_path: str, record_index: int) -> str:
    """Identity of a record: where it stands."""
    return hashlib.sha256(f"{source_path}\n{record_index}".encode()).hexdigest()[:20]


def reject_row(source_path: str, reject: Reject) -> dict[str, object]:
    """A row of `REJECT_SCHEMA`."""
    return {
        "source_path": source_path,
        "record_index": reject.index,
        "source_format": reject.format,
        "stage": reject.stage,
        "reason": reject.reason.value,
        "detail": reject.detail[:1000],
        "excerpt": reject.excerpt[:200],
    }


def _contents(task: ReadTask) -> Iterator[tuple[str, Record | Reject]]:
    if task.aact_set is not None:
        yield from _aact(task.aact_set)
    for piece in task.pieces:
        if piece.members is not None:
            yield from _members(piece, piece.members)
        else:
            yield from _file(piece)


def _aact(source: AactSet) -> Iterator[tuple[str, Record | Reject]]:
    tables = {table: Path(path) for table, path in source.tables.items()}
    found = aact.read_set(tables, bucket=source.bucket, n_buckets=source.n_buckets)
    yield from ((source.source_path, item) for item in _guarded(found, b"", aact.FORMAT))


def _members(piece: Piece, members: list[containers.Member]) -> Iterator[tuple[str, Record | Reject]]:
    try:
        for member, content in containers.read_members(Path(piece.path), members):
            source_path = f"{piece.source_path}!/{member.name}"
            if isinstance(content, bytes):
                yield from _leaves(source_path, content)
            else:
                yield source_path, _file_reject(content.reason, content.detail)
    except containers.ContainerError as error:
        yield piece.source_path, _file_reject(error.reason, error.detail)


def _leaves(source_path: str, content: bytes) -> Iterator[tuple[str, Record | Reject]]:
    for leaf in containers.leaves(source_path, content):
        if isinstance(leaf, containers.Rejected):
            yield leaf.name, _file_reject(leaf.reason, leaf.detail)
        else:
            yield from ((leaf.name, item) for item in _read(leaf.data))


def _file(piece: Piece) -> Iterator[tuple[str, Record | Reject]]:
    path = Path(piece.path)
    try:
        if piece.slice is None:
            data = path.read_bytes()
        else:
            with path.open("rb") as stream:
                stream.seek(piece.slice.start)
                data = stream.read(piece.slice.end - piece.slice.start)
    except OSError as error:
        yield piece.source_path, _file_reject(Reason.UNREADABLE_FILE, str(error))
        return
    if piece.slice is not None and piece.source_format is not None:
        reader = reader_of(piece.source_format)
        items = reader.read(data, first_index=piece.slice.first_index, header=piece.slice.header)
        yield from ((piece.source_path, item) for item in _guarded(items, data, reader.FORMAT))
    else:
        yield from ((piece.source_path, item) for item in _read(data))


def _read(data: bytes) -> Iterator[Record | Reject]:
    if not data.strip():
        return
    reader = identify(data[:SNIFF_BYTES])
    if reader is None:
        reason = Reason.BINARY if b"\0" in data[:SNIFF_BYTES] else Reason.UNKNOWN_FORMAT
        yield _file_reject(reason, "no reader knows what this file begins with", data[:800])
        return
    yield from _guarded(reader.read(data), data, reader.FORMAT)


def _guarded(items: Iterator[Record | Reject], data: bytes, source_format: str) -> Iterator[Record | Reject]:
    """Pass items on; a defect of the reader costs the rest of this source and is said, instead of stopping the refresh."""
    index = -1
    try:
        for item in items:
            index = max(index, item.index)
            yield item
    except Exception as error:  # noqa: BLE001 - whatever a reader fails on must not cost the other sources
        detail = f"{type(error).__name__}: {error}"
        yield Reject(
            index=index + 1, format=source_format, reason=Reason.INTERNAL_ERROR, detail=detail, excerpt=excerpt(data), stage="read"
        )


def _file_reject(reason: Reason, detail: str, content: bytes = b"") -> Reject:
    return Reject(index=-1, format=None, reason=reason, detail=detail, excerpt=excerpt(content), stage="read")


def _record_row(source_path: str, record: Record) -> dict[str, object] | Reject:
    """A row of `RECORD_SCHEMA`; a record with a value that no table can hold (an integer of 30 digits, half a character) is rejected."""
    row: dict[str, object] = {
        "document_id": document_id(source_path, record.index),
        "source_path": source_path,
        "record_index": record.index,
        "source_format": record.format,
        "encoding": record.encoding,
        "language": record.language,
        "title": record.title,
        "content_sha256": record.content_sha256,
        "n_chars": record.n_chars,
        "repairs": record.repairs,
        "version_date": record.version_date,
        "download_date": record.download_date,
    }
    try:
        if record.study is not None:
            row |= _study_columns(record.study)
        elif record.article is not None:
            row |= _article_columns(record.article)
    except (OverflowError, UnicodeEncodeError) as error:
        detail = f"{type(error).__name__}: {error}"
        return Reject(
            index=record.index, format=record.format, reason=Reason.INVALID_FIELD, detail=detail, excerpt=excerpt(record.title or "")
        )
    return row


def _study_columns(study: Study) -> dict[str, object]:
    identification = study.protocol_section.identification_module
    stated = (identification.nct_id or "").strip()
    is_nct = NCT_ID.fullmatch(stated) is not None
    return {
        "kind": "study",
        "trial_id": stated or _unregistered_id(study),
        "registry": study.registry or ("ClinicalTrials.gov" if is_nct else "none"),
        "aliases": [alias for alias in identification.nct_id_aliases if alias != stated],
        "other_registrations": stated_keys(study),
        "has_results": study.results_section is not None,
        "carried": study.carried,
        "payload": _encoder.encode(study),
    }


def _article_columns(article: Article) -> dict[str, object]:
    return {
        "kind": "article",
        "stated_ids": sorted(set(NCT_ID.findall(article.text))) or _other_ids(article.text),
        "payload": _encoder.encode(article),
    }


def _other_ids(text: str) -> list[str]:
    """Ids of other registers: an article that states an NCT id is known by that."""
    return sorted({one.id for one in find_ids(text) if one.registry.is_registration})


def _unregistered_id(study: Study) -> str:
    """Id of a trial without any registry id: from its title, conditions and interventions, whatever their case and spacing."""
    protocol = study.protocol_section
    words = (
        protocol.identification_module.brief_title or protocol.identification_module.official_title or "",
        *protocol.conditions_module.conditions,
        *(intervention.name or "" for intervention in protocol.arms_interventions_module.interventions),
    )
    return "x-" + digest(" ".join(part.casefold().split()) for part in words)[:16]
