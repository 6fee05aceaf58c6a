"""How full, how large and how composed the tables of a refresh are, as numbers that the next refreshes are held against.

Belongs here: counting. What a difference means is the business of `pipelines.quality.drift`.
"""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import msgspec

from pipelines.quality.scan import DEFAULT_MEMORY, connection, parts, rows_of
from pipelines.schema.columns import Table, Type
from pipelines.schema.tables import TABLES

ALL = "all"
"""In place of a source format: rows of any."""

ROWS, COVERAGE, SHARE = "rows", "coverage", "share"
QUARANTINED, UNPARSED, ACCURACY, ACCEPTED = "quarantined", "unparsed", "accuracy", "accepted"


class Measure(msgspec.Struct, frozen=True):
    """One number of one refresh; a row of `quality_measures`.

    `item` is the column, the column and its value, or the labelled figure; `n` is of how many rows the share `value` is, or their number.
    """

    table_name: str
    measure: str
    item: str
    source_format: str
    value: float
    n: int

    @property
    def key(self) -> tuple[str, str, str, str]:
        return (self.table_name, self.measure, self.item, self.source_format)


def measure_tables(parquet_dir: Path, names: Collection[str], *, memory_limit: str = DEFAULT_MEMORY) -> list[Measure]:
    """Rows, coverage of each column by source format, shares of coded values, and what could not be read, of the named tables."""
    with connection(memory_limit=memory_limit) as connected:
        for name in names:
            connected.execute(f'CREATE VIEW "{name}" AS SELECT * FROM {rows_of(parts(parquet_dir / name))}')
        connected.execute(_FORMATS)
        found = [one for name in names for one in _of_table(connected, TABLES[name])]
        return found + [_share(connected, part) for part in _PARTS if part.table_name in names]


_FORMATS = """
    CREATE TEMP TABLE formats_of_trials AS
    SELECT trial_id, min_by(source_format, document_id) AS source_format
    FROM trial_documents JOIN documents USING (document_id) WHERE status = 'kept' GROUP BY trial_id"""


class _Part(NamedTuple):
    """A share that is counted by itself: the SQL of a part and of its whole."""

    table_name: str
    measure: str
    item: str
    part: str
    whole: str


_PARTS = (
    _Part(
        "quarantine",
        QUARANTINED,
        "records",
        part="(SELECT count(*) FROM quarantine WHERE stage <> 'check')",
        whole="(SELECT count(*) FROM documents)",
    ),
    _Part(
        "quarantine",
        QUARANTINED,
        "rows",
        part="(SELECT count(*) FROM quarantine WHERE stage = 'check')",
        whole="(SELECT (SELECT count(*) FROM regimens) + (SELECT count(*) FROM endpoint_results) + (SELECT count(*) FROM safety))",
    ),
    _Part(
        "regimens",
        UNPARSED,
        "dose_low",
        part="(SELECT count(*) FROM regimens WHERE drug_name IS NOT NULL AND dose_low IS NULL)",
        whole="(SELECT count(drug_name) FROM regimens)",
    ),
    _Part(
        "endpoints",
        UNPARSED,
        "time_frame_raw",
        part="(SELECT count(*) FROM endpoints WHERE time_frame_raw IS NOT NULL AND time_frame_days IS NULL)",
        whole="(SELECT count(time_frame_raw) FROM endpoints)",
    ),
)


_FULL = {
    **dict.fromkeys((Type.TEXTS, Type.COUNTS), 'count(*) FILTER (len("{0}") > 0)'),
    Type.IDS: 'count(*) FILTER (cardinality("{0}") > 0)',
}
"""SQL of the number of rows in which a column says something, where an empty list is nothing."""


def _of_table(connected: duckdb.DuckDBPyConnection, table: Table) -> Iterator[Measure]:
    # That fewer rows have a flag is no loss.
    columns = [column for column in table.columns if not column.required and column.name != "flags"]
    full = [_FULL.get(column.type, 'count("{0}")').format(column.name) for column in columns]
    source, grouping = _by_format(table)
    counted = connected.execute(f"SELECT {grouping}, {', '.join(['count(*)', *full])} FROM {source} GROUP BY 1 ORDER BY 1").fetchall()
    total = sum(row[1] for row in counted)
    yield Measure(table.name, ROWS, "", ALL, float(total), total)
    for source_format, n, *counts in counted:
        for column, count in zip(columns, counts, strict=True):
            yield Measure(table.name, COVERAGE, column.name, source_format, count / n, n)
    for column in table.columns:
        if column.vocabulary is not None and total:
            yield from _of_values(connected, table.name, column.name)


def _by_format(table: Table) -> tuple[str, str]:
    """SQL of the rows with the format of their source, as far as it is known, and of that format."""
    name = table.name
    if name == "documents":
        return f'"{name}"', f"coalesce(source_format, '{ALL}')"
    if "document_id" in table.by_name and name != "quarantine":
        formats = "(SELECT document_id, source_format AS of_document FROM documents)"
        return f'"{name}" LEFT JOIN {formats} USING (document_id)', _or_all("of_document")
    if "trial_id" in table.by_name:
        formats = "(SELECT trial_id, source_format AS of_trial FROM formats_of_trials)"
        return f'"{name}" LEFT JOIN {formats} USING (trial_id)', _or_all("of_trial")
    return f'"{name}"', f"'{ALL}'"


def _or_all(column: str) -> str:
    return f"coalesce({column}, '{ALL}')"


def _of_values(connected: duckdb.DuckDBPyConnection, table: str, column: str) -> Iterator[Measure]:
    """Shares of the values of a coded column among the rows that have one."""
    counted: list[tuple[Any, int]] = connected.execute(
        f'SELECT "{column}", count(*) FROM "{table}" WHERE "{column}" IS NOT NULL GROUP BY 1 ORDER BY 1'
    ).fetchall()
    total = sum(count for _, count in counted)
    for value, count in counted:
        yield Measure(table, SHARE, f"{column}={value}", ALL, count / total, total)


def _share(connected: duckdb.DuckDBPyConnection, of: _Part) -> Measure:
    counted, total = connected.execute(f"SELECT {of.part}, {of.whole}").fetchall()[0]
    return Measure(of.table_name, of.measure, of.item, ALL, counted / total if total else 0.0, total)
