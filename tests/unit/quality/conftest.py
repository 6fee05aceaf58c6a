"""Small tables for the tests of checks: rows are dicts, columns that a test does not name get a harmless value."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.schema.arrow import arrow_schema
from pipelines.schema.columns import Column, Type
from pipelines.schema.tables import TABLES

Rows = Sequence[Mapping[str, Any]]
WriteTable = Callable[[str, Rows], list[Path]]

_HARMLESS = {
    Type.TEXT: "x",
    Type.COUNT: 0,
    Type.NUMBER: 0.0,
    Type.FLAG: False,
    Type.TIMESTAMP: datetime.datetime(2024, 1, 1),  # noqa: DTZ001 - timestamps of tables are UTC without saying so
}


def _harmless(column: Column) -> Any:
    if not column.required:
        return None
    return next(iter(column.vocabulary.members)) if column.vocabulary else _HARMLESS[column.type]


def _arrow_table(name: str, rows: Rows) -> pa.Table:
    """The rows with every declared column."""
    table = TABLES[name]
    unknown = {column for row in rows for column in row} - set(table.column_names)
    if unknown:
        raise KeyError(f"{name} has no columns {sorted(unknown)}")
    complete = [{column.name: row.get(column.name, _harmless(column)) for column in table.columns} for row in rows]
    return pa.Table.from_pylist(complete, schema=arrow_schema(table))


@pytest.fixture(scope="session")
def write_table_below() -> Callable[[Path, str, Rows], list[Path]]:
    """Writes rows as the only part of a table below a folder; gives the parts."""

    def write(folder: Path, name: str, rows: Rows) -> list[Path]:
        (folder / name).mkdir(parents=True, exist_ok=True)
        pq.write_table(_arrow_table(name, rows), folder / name / "part-0.parquet")
        return [folder / name / "part-0.parquet"]

    return write


@pytest.fixture
def write_table(tmp_path: Path, write_table_below: Callable[[Path, str, Rows], list[Path]]) -> WriteTable:
    """The same below `tmp_path`."""
    return partial(write_table_below, tmp_path)
