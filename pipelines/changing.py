"""The step of a refresh that finds what changed: between the versions in the raw folder, and since the last published refresh.

How two versions are compared is the business of `pipelines.dedup.versions`; what of it is new, and how it becomes history, of
`pipelines.publish`. A published snapshot keeps what every registration said last (`VERSIONS_SEEN`), those that have left the raw folder
among them: the next refresh compares with that.
"""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import msgspec
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.build_folder import MissingStepError, fresh_folder, pass_stamp, path, read
from pipelines.build_records import Extraction
from pipelines.dedup.versions import Version, changes, kind_of_field
from pipelines.engine import extract_stage
from pipelines.engine.extract_stage import to_arrow, write_parquet
from pipelines.extract.subject import Row
from pipelines.quality.scan import rows_of
from pipelines.schema.arrow import empty
from pipelines.schema.ddl import quoted
from pipelines.schema.tables import TABLES
from pipelines.settings import Settings

CHANGES, PRESENCE = "trial_changes", "trial_presence"
CHANGED = (CHANGES, PRESENCE)
"""Tables of history that a refresh adds to."""
VERSIONS_SEEN = "versions_seen.parquet"
"""In a snapshot: what every registration said when it was last there."""

_SEEN_SCHEMA = pa.schema(
    [
        ("registration", pa.string()),
        ("trial_id", pa.string()),
        ("document_id", pa.string()),
        ("version_date", pa.date32()),
        ("overall_status", pa.string()),
        ("is_present", pa.bool_()),
        ("version", pa.binary()),
    ]
)

_decoder = msgspec.msgpack.Decoder(Version)


def find_changes(settings: Settings) -> Counter[str]:
    """`trial_changes` and `trial_presence`, without a refresh: in what versions of a registry record differ, and which came and went.

    Returns rows by field, the most frequent first, members of a list under the list's name (`endpoints.primary[…].time_frame`).
    """
    folders = [Path(folder) for folder in read(settings, "extraction", Extraction).folders]
    if not all((folder / extract_stage.DONE).is_file() for folder in folders):
        raise MissingStepError("trials")
    targets = {name: fresh_folder(settings, name) for name in CHANGED}
    for name, target in targets.items():
        write_parquet(empty(TABLES[name]), target / "part-00000.parquet")
    by_field: Counter[str] = Counter()
    with duckdb.connect() as connection:
        connection.execute("SET memory_limit = '1GB'")
        connection.execute(f"SET temp_directory = {quoted(str(settings.build / 'spill'))}")
        _prepare(connection, settings, folders)
        for number, rows in enumerate(_changes(connection), start=1):
            write_parquet(to_arrow(rows, TABLES[CHANGES]), targets[CHANGES] / f"part-{number:05d}.parquet")
            by_field.update(kind_of_field(row["field"]) for row in rows)
        connection.execute(f"COPY ({_SEEN}) TO {quoted(str(settings.build / VERSIONS_SEEN))} ({_COPIED})")
        came_and_went = connection.sql(_CAME_AND_WENT).to_arrow_table()
        write_parquet(_as_declared(came_and_went), targets[PRESENCE] / "part-00001.parquet")
    for name in CHANGED:
        pass_stamp(settings, name, ["extraction"])
    return Counter(dict(by_field.most_common()))


def _prepare(connection: duckdb.DuckDBPyConnection, settings: Settings, folders: Sequence[Path]) -> None:
    """`here`: the versions in the raw folder; `present`: the registrations there; `known`: what the last snapshot saw of each."""
    files = [part for folder in folders if (part := folder / f"{extract_stage.VERSIONS}.parquet").is_file()]
    columns = ["document_id", "trial_id", "registration", "version_date"]
    studies = pl.read_parquet(path(settings, "studies"), columns=[*columns, "rank_in_registration"])
    older = pl.read_parquet(path(settings, "versions"), columns=columns).join(studies, on="document_id", how="anti")
    told = pl.concat([studies, older], how="diagonal").filter(~pl.col("registration").str.starts_with("x-"))
    told = told.with_columns(
        pl.col("version_date").str.to_date("%Y-%m-%d", strict=False), is_newest=(pl.col("rank_in_registration") == 0).fill_null(value=False)
    )
    connection.register("told", told.to_arrow())
    schema = "document_id VARCHAR, overall_status VARCHAR, version BLOB"
    connection.execute(f"CREATE TEMP TABLE nothing ({schema})")
    rows = f"SELECT document_id, overall_status, version FROM {rows_of(files)}" if files else "FROM nothing"
    # A document on which extraction failed has no version; it is there all the same.
    connection.execute(f"CREATE TEMP VIEW here AS SELECT * FROM told JOIN ({rows}) AS found USING (document_id)")
    connection.execute(
        "CREATE TEMP VIEW present AS SELECT told.*, found.overall_status, found.version "
        f"FROM told LEFT JOIN ({rows}) AS found USING (document_id) WHERE is_newest"
    )
    seen = settings.current / VERSIONS_SEEN
    if not seen.is_file():
        seen = settings.build / f"nothing_{VERSIONS_SEEN}"
        pq.write_table(_SEEN_SCHEMA.empty_table(), seen)
    connection.execute(f"CREATE TEMP VIEW known AS SELECT * FROM {rows_of([seen])}")


_COPIED = "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 4096"
"""A version takes some ten kilobytes: row groups of the usual hundred thousand rows would not fit into memory."""

_SEEN = """
    SELECT registration, p.trial_id, p.document_id, if(p.version IS NULL, k.version_date, p.version_date) AS version_date,
        coalesce(p.overall_status, k.overall_status) AS overall_status, true AS is_present, coalesce(p.version, k.version) AS version
    FROM present AS p LEFT JOIN known AS k USING (registration)
    UNION ALL
    SELECT registration, trial_id, document_id, version_date, overall_status, false, version
    FROM known ANTI JOIN present USING (registration)
    ORDER BY registration"""

_CAME_AND_WENT = """
    SELECT '' AS refresh_id, coalesce(p.trial_id, k.trial_id) AS trial_id, registration,
        CASE WHEN p.document_id IS NULL THEN 'vanished' WHEN k.document_id IS NULL THEN 'appeared' ELSE 'returned' END AS event,
        coalesce(p.overall_status, k.overall_status) AS overall_status,
        coalesce(p.document_id, k.document_id) AS document_id
    FROM present AS p FULL JOIN known AS k USING (registration)
    WHERE coalesce(k.is_present, false) <> (p.document_id IS NOT NULL)
    ORDER BY registration"""

_TO_COMPARE = """
    SELECT trial_id, registration, version_date, false AS is_known, version FROM here
    WHERE registration IN (
        SELECT registration FROM here GROUP BY registration HAVING count(*) > 1
        UNION
        SELECT n.registration FROM here AS n JOIN known AS k USING (registration)
        WHERE n.is_newest AND (n.version_date IS DISTINCT FROM k.version_date OR n.version_date IS NULL)
    )
    UNION ALL
    SELECT n.trial_id, registration, k.version_date, true AS is_known, k.version
    FROM known AS k JOIN here AS n USING (registration)
    WHERE n.is_newest AND (k.version_date < n.version_date OR (k.version_date IS NULL AND n.version_date IS NULL))
        AND NOT EXISTS (SELECT 1 FROM here AS same WHERE same.registration = k.registration AND same.version_date = k.version_date)
    ORDER BY registration, version_date, is_known DESC"""
"""Versions of the registrations that have several, those seen before among them; one without a date only with the one seen last."""


def _changes(connection: duckdb.DuckDBPyConnection) -> Iterator[list[Row]]:
    """Rows of `trial_changes`, in batches of trials. DuckDB brings together what belongs to a registration."""
    reader = connection.sql(_TO_COMPARE).to_arrow_reader(1_000)
    found = (row for batch in reader for row in batch.to_pylist())
    rows: list[Row] = []
    for _, versions in itertools.groupby(found, key=lambda row: row["registration"]):
        first, *others = versions
        compared = [(_decoder.decode(one["version"]), one["version_date"]) for one in (first, *others)]
        rows += ({"refresh_id": "", **row} for row in changes(first["trial_id"], compared))
        if len(rows) >= 5_000:
            yield rows
            rows = []
    if rows:
        yield rows


def _as_declared(found: pa.Table) -> pa.Table:
    return found.select(empty(TABLES[PRESENCE]).schema.names).cast(empty(TABLES[PRESENCE]).schema)
