"""Extraction: the studies of one batch of records to one Parquet file per table.

Which document gives which table is decided before (`pipelines.link.assignment`); how a row is made is each extractor's business.
"""

from collections.abc import Iterable
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.dedup.comparable import clipped
from pipelines.dedup.versions import version_of
from pipelines.engine.read_stage import RECORDS, REJECT_SCHEMA, reject_row
from pipelines.engine.state import code_digest, digest, written_once
from pipelines.extract import EXTRACTORS, articles, endpoints, planned_safety, trials
from pipelines.extract.subject import Row, Subject
from pipelines.schema.arrow import arrow_schema
from pipelines.schema.columns import Table
from pipelines.schema.tables import TABLES
from pipelines.shapes import Article, Study
from pipelines.sources.records import Reason, Reject

CANDIDATES = "trial_candidates"
"""File of `trials` rows of documents that share their trial with others, with `document_id` and `places` (JSON): to be merged."""
VERSIONS = "versions"
"""File of what the versions of a trial say: to be compared."""
PLANNED_SAFETY = "planned_safety"
"""Rows of `safety` that planned outcomes make: given by the document that gives `endpoints`, whether or not it gives `safety`."""
ENDPOINT_EVIDENCE = "endpoint_evidence"
"""Rows of `evidence` for endpoints, by the document that gives those."""
_BESIDE = {PLANNED_SAFETY: ("safety", planned_safety.rows), ENDPOINT_EVIDENCE: ("evidence", endpoints.evidence_rows)}
"""What makes further rows of a table: the table, and the extractor."""
ALIGNED = ("conditions", "arms", "regimens", "endpoints", "endpoint_results", "safety", "evidence")
"""Tables whose rows are aligned where several sources give them."""
_WITHOUT_DOCUMENT = ("conditions", "arms")
"""Tables that do not say whose their rows are: files of shared rows do."""
SHARED = "shared_"
"""What the name of the file of such rows begins with."""
REJECTS = "rejects.parquet"
DONE = "done"

_VERSION_SCHEMA = pa.schema(
    [("trial_id", pa.string()), ("document_id", pa.string()), ("overall_status", pa.string()), ("version", pa.binary())]
)
"""One row per document with its `Version` as MessagePack."""

_decoder = msgspec.msgpack.Decoder(Study)
_article_decoder = msgspec.msgpack.Decoder(Article)
_encoder = msgspec.msgpack.Encoder()


class Assignment(msgspec.Struct):
    """One document of the batch: its row in the record file, its trial, and the tables that it gives."""

    row: int
    document_id: str
    source_path: str
    record_index: int
    source_format: str
    kind: str
    trial_id: str
    registration: str | None
    """The id of its register, of a record whose trial is known by another."""
    registry: str
    language: str | None
    cut: list[tuple[int, int]]
    """Stretches of an article's text that are kept in another document."""
    tables: list[str]
    has_record: bool = False
    """Of an article: is there a record of its trial?"""
    is_shared: bool = False
    """Other sources speak of the trial, too: its facts are aligned with theirs."""


class ExtractTask(msgspec.Struct):
    """Work for one process; its result is the folder `key` below `folder`."""

    key: str
    folder: str
    records: str
    """Folder of the read stage's result."""
    assignments: list[Assignment]


def task(*, folder: Path, records: str, read_key: str, assignments: list[Assignment]) -> ExtractTask:
    """The task, named by what its result depends on."""
    what = msgspec.json.encode(assignments).decode()
    return ExtractTask(digest(("extract", code_digest(), read_key, what)), str(folder), records, assignments)


def run(work: ExtractTask) -> Path:
    """Extract all rows of the batch; a document on which an extractor fails gives no row and is rejected by name."""
    extracted: list[tuple[Assignment, list[tuple[str, list[Row]]]]] = []
    rejects: list[dict[str, object]] = []
    batch = pq.read_table(Path(work.records) / RECORDS, columns=["payload"])["payload"]
    for assignment in work.assignments:
        payload = batch[assignment.row].as_buffer()
        try:
            found = _of_article(payload, assignment) if assignment.kind == "article" else _rows(_decoder.decode(payload), assignment)
            extracted.append((assignment, found))
        except Exception as error:  # noqa: BLE001 - a defect on one record must not cost the others
            rejects.append(_failed(assignment, error))
    try:
        tables = _tables(rows for _, rows in extracted)
    except Exception:  # noqa: BLE001 - a value that Arrow cannot hold: find out whose it is
        sound: list[list[tuple[str, list[Row]]]] = []
        for assignment, rows in extracted:
            try:
                _tables([rows])
            except Exception as error:  # noqa: BLE001 - as above
                rejects.append(_failed(assignment, error))
            else:
                sound.append(rows)
        tables = _tables(sound)
    target = Path(work.folder) / work.key
    with written_once(target) as partial:
        for name, table in tables.items():
            write_parquet(table, partial / f"{name}.parquet")
        if rejects:
            pq.write_table(pa.Table.from_pylist(rejects, REJECT_SCHEMA), partial / REJECTS)
        (partial / DONE).touch()
    return target


def finished(work: ExtractTask) -> Path | None:
    """The result of a task whose work was done before."""
    folder = Path(work.folder) / work.key
    return folder if (folder / DONE).is_file() else None


def _of_article(payload: pa.Buffer, assignment: Assignment) -> list[tuple[str, list[Row]]]:
    subject = _subject(assignment)
    found = articles.tables(clipped(_article_decoder.decode(payload), assignment.cut), subject, has_record=assignment.has_record)
    for name in _WITHOUT_DOCUMENT:
        found[name] = [{**row, "document_id": assignment.document_id} for row in found.get(name, ())]
    found[CANDIDATES] = [_candidate(row, row["places"], assignment) for row in found.pop("trials", [])]
    return [(_file(name, assignment), found[name]) for name in assignment.tables if found.get(name)]


def _rows(study: Study, assignment: Assignment) -> list[tuple[str, list[Row]]]:
    subject = _subject(assignment)
    found: list[tuple[str, list[Row]]] = []
    for name in assignment.tables:
        if name == VERSIONS:
            rows = [_version(study, subject, assignment.source_format)]
        elif name in _BESIDE:
            rows = list(_BESIDE[name][1](study, subject))
        else:
            rows = list(EXTRACTORS["trials" if name == CANDIDATES else name](study, subject))
        if name == CANDIDATES:
            rows = [_candidate(row, trials.places(study, row), assignment) for row in rows]
        elif name in _WITHOUT_DOCUMENT and assignment.is_shared:
            rows = [{**row, "document_id": assignment.document_id} for row in rows]
        if rows:
            found.append((_file(_BESIDE[name][0] if name in _BESIDE else name, assignment), rows))
    return found


def _version(study: Study, subject: Subject, source_format: str) -> Row:
    version = version_of(study, subject, source_format)
    told = {"trial_id": subject.trial_id, "document_id": subject.document_id, "overall_status": version.values.get("overall_status")}
    return {**told, "version": _encoder.encode(version)}


def _candidate(row: Row, places: dict[str, tuple[str, int | None, int | None]], assignment: Assignment) -> Row:
    return {**row, "document_id": assignment.document_id, "places": msgspec.json.encode(places).decode()}


def _subject(assignment: Assignment) -> Subject:
    registration = assignment.registration if assignment.registration != assignment.trial_id else None
    return Subject(assignment.trial_id, assignment.document_id, assignment.registry, assignment.language, registration)


def _file(table: str, assignment: Assignment) -> str:
    return f"{SHARED}{table}" if assignment.is_shared and table in ALIGNED else table


def _tables(extracted: Iterable[list[tuple[str, list[Row]]]]) -> dict[str, pa.Table]:
    """File name → table of the rows of several documents."""
    rows: dict[str, list[Row]] = {}
    for found in extracted:
        for name, some in found:
            rows.setdefault(name, []).extend(some)
    return {name: _table(name, some) for name, some in rows.items()}


def _table(name: str, rows: list[Row]) -> pa.Table:
    if name == VERSIONS:
        return pa.Table.from_pylist(rows, _VERSION_SCHEMA)
    if name == CANDIDATES:
        return to_arrow(rows, TABLES["trials"], keep=("document_id", "places"))
    table = name.removeprefix(SHARED)
    return to_arrow(rows, TABLES[table], keep=("document_id",) if table != name and table in _WITHOUT_DOCUMENT else ())


def _failed(assignment: Assignment, error: Exception) -> dict[str, object]:
    reject = Reject(
        index=assignment.record_index,
        format=assignment.source_format,
        reason=Reason.INTERNAL_ERROR,
        detail=f"{type(error).__name__}: {error}",
        stage="extract",
    )
    return reject_row(assignment.source_path, reject)


def to_arrow(rows: list[Row], table: Table, *, keep: Iterable[str] = ()) -> pa.Table:
    """Rows as an Arrow table in the declared form; `keep` names text columns to keep beside it.

    An extractor that gives a column which the table does not declare, or a wrong type, raises.
    """
    schema = arrow_schema(table)
    given = set[str]().union(*rows)
    if unknown := given - set(schema.names) - set(keep):
        raise ValueError(f"table {table.name} has no column {sorted(unknown)}")
    columns = [
        _column(rows, field) if field.name in given or field.name == "flags" else pa.nulls(len(rows), field.type) for field in schema
    ]
    found = pa.Table.from_arrays(columns, schema=schema)
    for name in keep:
        found = found.append_column(name, pa.array([row[name] for row in rows], pa.string()))
    return found


def _column(rows: list[Row], field: pa.Field) -> pa.Array:
    name = field.name
    if name == "flags":
        return pa.array([row.get(name, ()) for row in rows], field.type)
    return pa.array([row.get(name) for row in rows], field.type)


def write_parquet(table: pa.Table, path: Path) -> None:
    """Parquet as it is published."""
    pq.write_table(table, path, compression="zstd", compression_level=3)
