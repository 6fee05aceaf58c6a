"""What happened over time: refreshes, changes of trials and check results, kept append-only beside the snapshots.

One Parquet file per table and refresh, written by rename; nothing here is ever changed or deleted. The clock appears in these tables
alone.
"""

# ruff: noqa: PLC0415 - Arrow is imported where it is used: a refresh that finds nothing to do needs none of it

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from pipelines.schema.ddl import quoted
from pipelines.schema.tables import TABLES
from pipelines.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa

    from pipelines.extract.subject import Row

HISTORY_TABLES = tuple(name for name, table in TABLES.items() if table.history)


def refresh_id(started_at: datetime, run_id: str) -> str:
    """Identity of a refresh: when it started (UTC), and the first digits of its run."""
    return f"{started_at:%Y%m%dT%H%M%S}-{run_id.replace('-', '')[:6]}"


def now() -> datetime:
    """The present moment in UTC, without a zone, as the tables hold it."""
    return datetime.now(UTC).replace(tzinfo=None)


def append(settings: Settings, refresh: str, rows: dict[str, Sequence["Row"]]) -> None:
    """Add the rows of one refresh. Said twice, the later word stands."""
    from pipelines.engine.extract_stage import to_arrow, write_parquet

    for name, table_rows in rows.items():
        if table_rows:
            partial = _partial(settings, name, refresh)
            write_parquet(to_arrow(list(table_rows), TABLES[name]), partial)
            partial.rename(_file(settings, name, refresh))


def append_from(settings: Settings, refresh: str, name: str, files: Sequence[Path]) -> None:
    """Add the rows of one refresh to a table from Parquet files that may hold those of others too, in bounded memory."""
    from pipelines.quality.scan import rows_of

    rows = f"SELECT * FROM {rows_of(files)} WHERE refresh_id = {quoted(refresh)}"
    with duckdb.connect() as connection:
        if connection.execute(f"{rows} LIMIT 1").fetchall():
            partial = _partial(settings, name, refresh)
            connection.execute(f"COPY ({rows}) TO {quoted(str(partial))} (FORMAT parquet, COMPRESSION zstd)")
            partial.rename(_file(settings, name, refresh))


def repeat(settings: Settings, known: str, *, refresh: str, started_at: datetime, outcome: str) -> None:
    """Add to `refreshes` the row of a known refresh, under another name, time and outcome."""
    source, partial = _file(settings, "refreshes", known), _partial(settings, "refreshes", refresh)
    with duckdb.connect() as connection:
        # COPY takes no parameters.
        changed = {
            "refresh_id": quoted(refresh),
            "started_at": f"TIMESTAMP {quoted(started_at.isoformat())}",
            "finished_at": f"TIMESTAMP {quoted(now().isoformat())}",
            "outcome": quoted(outcome),
        }
        columns = ", ".join(f"{value} AS {name}" for name, value in changed.items())
        rows = f"SELECT * REPLACE ({columns}) FROM read_parquet({quoted(str(source))})"
        connection.execute(f"COPY ({rows}) TO {quoted(str(partial))} (FORMAT parquet, COMPRESSION zstd)")
    partial.rename(_file(settings, "refreshes", refresh))


def has(settings: Settings, refresh: str) -> bool:
    """Is the refresh in history?"""
    return _file(settings, "refreshes", refresh).is_file()


def files(settings: Settings, name: str) -> list[Path]:
    """The history of one table, in order of time."""
    return sorted((settings.history / name).glob("*.parquet"))


def table(settings: Settings, name: str, extra: Iterable["Row"] = (), *, last: int | None = None) -> "pa.Table":
    """The history of one table, or of its `last` refreshes alone, with rows that are not in it yet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from pipelines.engine.extract_stage import to_arrow
    from pipelines.schema.arrow import arrow_schema

    schema = arrow_schema(TABLES[name])
    parts = [pq.read_table(path).select(schema.names).cast(schema) for path in files(settings, name)[-last if last else None :]]
    return pa.concat_tables([schema.empty_table(), *parts, to_arrow(list(extra), TABLES[name])])


def of_refresh(settings: Settings, name: str, refresh: str) -> list[dict[str, Any]]:
    """The rows of one refresh in a table."""
    file = _file(settings, name, refresh)
    if not file.is_file():
        return []
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT * FROM read_parquet({quoted(str(file))})")
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _partial(settings: Settings, name: str, refresh: str) -> Path:
    """Where rows are written before they get their name."""
    folder = settings.history / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f".{refresh}.partial"


def _file(settings: Settings, name: str, refresh: str) -> Path:
    return settings.history / name / f"{refresh}.parquet"
