"""From a consistent build to a published snapshot: DuckDB file, Parquet, quality results, description; one rename switches.

A reader that has the old snapshot open keeps it. A publication that is killed leaves at most a `.partial-` folder, which the next one
removes. Computing rows, and deciding whether a build may be published, do not belong here.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import msgspec
import pyarrow.parquet as pq

from pipelines import history
from pipelines.build_folder import Stamp, table_files
from pipelines.changing import CHANGED, CHANGES, PRESENCE, VERSIONS_SEEN
from pipelines.engine.extract_stage import write_parquet
from pipelines.extract.subject import Row
from pipelines.published import PACKAGE, Published, current
from pipelines.quality.measures import Measure
from pipelines.quality.results import CheckResult
from pipelines.quality.scan import parts, rows_of
from pipelines.schema.arrow import empty
from pipelines.schema.columns import Table
from pipelines.schema.ddl import comments, create_table, quoted
from pipelines.schema.tables import TABLES
from pipelines.schema.views import VIEWS
from pipelines.settings import Settings

KEPT_SNAPSHOTS = 5
YOUNG = timedelta(hours=24)
"""Snapshots younger than this are never removed: whoever resolved `current` once can finish."""

_SNAPSHOT = re.compile(r"\d{8}T\d{6}-[0-9a-f]+")
_DATAPACKAGE_TYPES = {
    "VARCHAR": "string",
    "BIGINT": "integer",
    "DOUBLE": "number",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "datetime",
    "VARCHAR[]": "array",
    "INTEGER[]": "array",
    "MAP(VARCHAR, VARCHAR)": "object",
}


def publish(
    settings: Settings,
    *,
    refresh: str,
    started_at: datetime,
    stamp: Stamp,
    built: Sequence[str],
    checks: Sequence[CheckResult],
    measures: Sequence[Measure] = (),
) -> Published:
    """Make a snapshot of the built tables and switch to it.

    `built` are the tables of the build folder; the others are published without rows, but for history. `measures` are what the next
    refreshes are held against.
    """
    settings.snapshots.mkdir(parents=True, exist_ok=True)
    for remains in settings.snapshots.glob(".partial-*"):
        _remove(remains)
    partial = settings.snapshots / f".partial-{refresh}"
    parquet = partial / "parquet"
    parquet.mkdir(parents=True)
    for name, table in TABLES.items():
        if not table.history:
            _place(table, table_files(settings, name) if name in built else [], parquet / name)
    rows = {name: _count(parquet / name) for name, table in TABLES.items() if not table.history}
    summary = refresh_row(parquet, refresh=refresh, started_at=started_at, outcome="published", stamp=stamp, rows=rows)
    new_history: dict[str, Sequence[Row]] = {
        "check_results": check_rows(refresh, checks),
        "quality_measures": [{"refresh_id": refresh, **msgspec.structs.asdict(measure)} for measure in measures],
        "refreshes": [summary],
    }
    for name, new_rows in new_history.items():
        (parquet / name).mkdir()
        write_parquet(history.table(settings, name, new_rows), parquet / name / "part-00000.parquet")
    for name in CHANGED:
        _place_changes(settings, refresh, name, parquet / name)
    shutil.copyfile(settings.build / VERSIONS_SEEN, partial / VERSIONS_SEEN)
    _database(parquet, partial / "trials.duckdb", spill=settings.build / "spill")
    if (settings.build / "quality").is_dir():
        shutil.copytree(settings.build / "quality", partial / "quality")
    _describe(partial, refresh=refresh, stamp=stamp, started_at=started_at)
    _read_only(partial)
    _switch(settings, partial, refresh)
    # `refreshes` comes last: once it knows the refresh, all of its history is written.
    for name in CHANGED:
        history.append_from(settings, refresh, name, parts(settings.current / "parquet" / name))
    history.append(settings, refresh, new_history)
    _prune(settings, refresh, started_at)
    found = current(settings)
    if found is None:
        raise RuntimeError(f"the snapshot {refresh} was published but cannot be read back")
    return found


def restore_history(settings: Settings) -> None:
    """Write into history what a publication that was killed right after its switch could not."""
    published = current(settings)
    if published is None or history.has(settings, published.refresh_id):
        return
    for name in sorted(history.HISTORY_TABLES, key=lambda name: name == "refreshes"):
        history.append_from(settings, published.refresh_id, name, parts(settings.current / "parquet" / name))


def refresh_row(
    parquet: Path | None,
    *,
    refresh: str,
    started_at: datetime,
    outcome: str,
    stamp: Stamp | None,
    rows: dict[str, int],
    message: str | None = None,
) -> Row:
    """A row of `refreshes`; counts are taken from the tables in `parquet`."""
    row: Row = {
        "refresh_id": refresh,
        "started_at": started_at,
        "finished_at": history.now(),
        "outcome": outcome,
        "code_version": stamp.code if stamp else None,
        "raw_fingerprint": stamp.raw_fingerprint if stamp else None,
        "rows_by_table": [(name, str(count)) for name, count in rows.items()] or None,
        "message": message,
    }
    if parquet is not None:
        row |= _counts(parquet)
    return row


def check_rows(refresh: str, checks: Sequence[CheckResult]) -> list[Row]:
    """Rows of `check_results`."""
    return [
        {
            "refresh_id": refresh,
            "table_name": check.table_name,
            "check_name": check.check_name,
            "severity": check.severity,
            "passed": check.passed,
            "unexpected_count": check.unexpected_count,
            "element_count": check.element_count,
        }
        for check in checks
    ]


def _place(table: Table, files: Sequence[Path], folder: Path) -> None:
    folder.mkdir()
    if not files:
        write_parquet(empty(table), folder / "part-00000.parquet")
    for file in files:
        try:
            os.link(file, folder / file.name)
        except OSError:
            shutil.copyfile(file, folder / file.name)


def _place_changes(settings: Settings, refresh: str, name: str, folder: Path) -> None:
    """What history knows of changes, or of what came and went, and what it does not know yet, under this refresh."""
    folder.mkdir()
    known, new = folder / "part-00000.parquet", folder / "part-00001.parquet"
    write_parquet(empty(TABLES[name]), known)
    with duckdb.connect() as connection:
        connection.execute("SET memory_limit = '512MB'")
        connection.execute(f"SET temp_directory = {quoted(str(settings.build / 'spill'))}")
        if files := history.files(settings, name):
            _copy(connection, f"SELECT * FROM {rows_of(files)}", known)
        found = _NEW[name].format(built=rows_of(table_files(settings, name)), known=rows_of([known]))
        _copy(connection, f"SELECT built.* REPLACE ({quoted(refresh)} AS refresh_id) FROM {found}", new)


_SAME_CHANGE = ("trial_id", "field", "version_date", "value_before", "value_after")
_NEW = {
    # Files that were renamed, or that state the same version in another format, show no new change; without a date a record may change
    # back and forth.
    CHANGES: "{built} AS built ANTI JOIN {known} AS known ON built.version_date IS NOT NULL AND "
    + " AND ".join(f"known.{name} IS NOT DISTINCT FROM built.{name}" for name in _SAME_CHANGE)
    + " ORDER BY trial_id, version_date, field",
    # What was published twice from one build has not come twice.
    PRESENCE: "{built} AS built ANTI JOIN (SELECT registration, arg_max(event, refresh_id) AS event FROM {known} GROUP BY registration) "
    "AS known USING (registration, event) ORDER BY registration",
}


def _copy(connection: duckdb.DuckDBPyConnection, rows: str, path: Path) -> None:
    connection.execute(f"COPY ({rows}) TO {quoted(str(path))} (FORMAT parquet, COMPRESSION zstd)")


def _count(folder: Path) -> int:
    return sum(pq.read_metadata(file).num_rows for file in folder.glob("*.parquet"))


def _counts(parquet: Path) -> Row:
    with duckdb.connect() as connection:
        by_status = dict(
            connection.execute(
                f"SELECT status, count(*) FROM read_parquet({quoted(str(parquet / 'documents' / '*.parquet'))}) GROUP BY ALL"
            ).fetchall()
        )
    return {
        "n_files": _count(parquet / "raw_files"),
        "n_records": sum(by_status.values()),
        "n_kept": by_status.get("kept", 0),
        "n_duplicate": by_status.get("duplicate", 0),
        "n_superseded": by_status.get("superseded", 0),
        "n_quarantined": _count(parquet / "quarantine"),
    }


def _database(parquet: Path, path: Path, *, spill: Path) -> None:
    """A self-contained DuckDB file of all tables and views, with comments."""
    with duckdb.connect(str(path)) as connection:
        # With twice as much it is no faster.
        connection.execute("SET memory_limit = '512MB'")
        connection.execute(f"SET temp_directory = {quoted(str(spill))}")
        for name, table in TABLES.items():
            connection.execute(create_table(table))
            files = quoted(str(parquet / name / "*.parquet"))
            connection.execute(f'INSERT INTO "{name}" SELECT * FROM read_parquet({files})')
            for comment in comments(table):
                connection.execute(comment)
        for view in VIEWS:
            connection.execute(f'CREATE VIEW "{view.name}" AS {view.sql}')
            connection.execute(f'COMMENT ON VIEW "{view.name}" IS {quoted(view.description)}')
        connection.execute("CHECKPOINT")


def _describe(folder: Path, *, refresh: str, stamp: Stamp, started_at: datetime) -> None:
    """`datapackage.json`: every file with its digest and size, every table with its columns."""
    resources: list[dict[str, object]] = []
    for name, table in TABLES.items():
        files = sorted((folder / "parquet" / name).glob("*.parquet"))
        resources.append(
            {
                "name": name,
                "title": table.grain,
                "description": table.description,
                "format": "parquet",
                "path": [file.relative_to(folder).as_posix() for file in files],
                "files": [_file(folder, file) for file in files],
                "bytes": sum(file.stat().st_size for file in files),
                "rows": _count(folder / "parquet" / name),
                "schema": {
                    "fields": [
                        {
                            "name": c.name,
                            "type": _DATAPACKAGE_TYPES[c.type.value],
                            "description": c.description,
                            "constraints": {"required": c.required},
                        }
                        for c in table.columns
                    ],
                    "primaryKey": list(table.primary_key),
                },
            }
        )
    database = folder / "trials.duckdb"
    resources.append({"name": "database", "format": "duckdb", **_file(folder, database)})
    resources.append({"name": "versions_seen", "format": "parquet", **_file(folder, folder / VERSIONS_SEEN)})
    package = {
        "name": "trialhouse",
        "id": refresh,
        "version": stamp.code,
        "created": f"{history.now().isoformat(timespec='seconds')}Z",
        "raw_fingerprint": stamp.raw_fingerprint,
        "started": f"{started_at.isoformat(timespec='seconds')}Z",
        "resources": resources,
    }
    (folder / PACKAGE).write_text(json.dumps(package, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _file(folder: Path, path: Path) -> dict[str, object]:
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return {"path": path.relative_to(folder).as_posix(), "hash": f"sha256:{digest}", "bytes": path.stat().st_size}


def _read_only(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(0o444)


def _switch(settings: Settings, partial: Path, refresh: str) -> None:
    """Give the snapshot its name, then point `current` at it: the one moment at which readers change over."""
    partial.rename(settings.snapshots / refresh)
    # Before the first publication these lead nowhere; after the switch there is nothing left to do that could be missed.
    for name in ("trials.duckdb", "parquet", "quality"):
        link = settings.warehouse / name
        target = Path("current") / name
        if not (link.is_symlink() and link.readlink() == target):
            _link(link, target)
    _link(settings.current, Path("snapshots") / refresh)


def _link(link: Path, target: Path) -> None:
    temporary = link.with_name(f".{link.name}.partial")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    temporary.replace(link)


def _prune(settings: Settings, refresh: str, now: datetime) -> None:
    """Remove snapshots beyond the last few that are older than a day."""
    found = sorted(path for path in settings.snapshots.iterdir() if _SNAPSHOT.fullmatch(path.name))
    for path in found[:-KEPT_SNAPSHOTS]:
        made = datetime.strptime(f"{path.name[:15]}+0000", "%Y%m%dT%H%M%S%z").replace(tzinfo=None)
        if path.name != refresh and now - made > YOUNG:
            _remove(path)


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
