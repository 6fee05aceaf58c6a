"""What happened over time: refreshes, changes of trials and check results, kept append-only beside the snapshots.

One Parquet file per table and refresh, written by rename; nothing here is ever changed or deleted. The clock appears in these tables
alone.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.engine.extract_stage import to_arrow, write_parquet
from pipelines.extract.subject import Row
from pipelines.schema.arrow import arrow_schema
from pipelines.schema.tables import TABLES
from pipelines.settings import Settings

HISTORY_TABLES = tuple(name for name, table in TABLES.items() if table.history)


def refresh_id(started_at: datetime, run_id: str) -> str:
    """Identity of a refresh: when it started (UTC), and the first digits of its run."""
    return f"{started_at:%Y%m%dT%H%M%S}-{run_id.replace('-', '')[:6]}"


def now() -> datetime:
    """The present moment in UTC, without a zone, as the tables hold it."""
    return datetime.now(UTC).replace(tzinfo=None)


def append(settings: Settings, refresh: str, rows: dict[str, Sequence[Row]]) -> None:
    """Add the rows of one refresh. Said twice, the later word stands."""
    for name, table_rows in rows.items():
        if table_rows:
            folder = settings.history / name
            folder.mkdir(parents=True, exist_ok=True)
            partial = folder / f".{refresh}.partial"
            write_parquet(to_arrow(list(table_rows), TABLES[name]), partial)
            partial.rename(folder / f"{refresh}.parquet")


def has(settings: Settings, refresh: str) -> bool:
    """Is the refresh in history?"""
    return (settings.history / "refreshes" / f"{refresh}.parquet").is_file()


def files(settings: Settings, name: str) -> list[Path]:
    """The history of one table, in order of time."""
    return sorted((settings.history / name).glob("*.parquet"))


def table(settings: Settings, name: str, extra: Iterable[Row] = ()) -> pa.Table:
    """The history of one table, with rows that are not in it yet."""
    schema = arrow_schema(TABLES[name])
    parts = [pq.read_table(path).select(schema.names).cast(schema) for path in files(settings, name)]
    return pa.concat_tables([schema.empty_table(), *parts, to_arrow(list(extra), TABLES[name])])
