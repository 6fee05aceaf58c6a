"""How checks read a table's Parquet parts: a DuckDB connection of bounded memory, and the SQL that names the parts.

No check belongs here.
"""

import tempfile
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from pipelines.quality.results import MAX_EXAMPLES, example
from pipelines.schema.columns import Table
from pipelines.schema.ddl import quoted

DEFAULT_MEMORY = "1GB"


@contextmanager
def connection(*, memory_limit: str = DEFAULT_MEMORY) -> Generator[duckdb.DuckDBPyConnection]:
    """An in-memory DuckDB that spills to a folder of its own and never goes to the network for extensions."""
    with tempfile.TemporaryDirectory(prefix="trialhouse-checks-") as spill:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory_limit,
            "temp_directory": spill,
            # Insertion order would make DuckDB hold back whole row groups; no check needs it.
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        with duckdb.connect(":memory:", config=settings) as connected:
            yield connected


def parts(folder: Path) -> list[Path]:
    """The Parquet files of a table's folder, in the order of their names."""
    return sorted(folder.glob("*.parquet"))


def rows_of(files: Sequence[Path], *, with_name: bool = False) -> str:
    """SQL for the rows of these files; it stands where a table's name would. `with_name` adds the column `filename`."""
    listed = ", ".join(quoted(str(file)) for file in files)
    return f"read_parquet([{listed}], filename=true)" if with_name else f"read_parquet([{listed}])"


def example_columns(table: Table, columns: Iterable[str]) -> list[str]:
    """Columns that an example shows: the primary key, `columns`, and the main evidence where the table has it."""
    wanted = dict.fromkeys((*table.primary_key, *columns, "document_id", "field"))
    return [name for name in wanted if name in table.by_name]


def named(columns: Iterable[str], *, of: str = "") -> str:
    """Column names as SQL, each prefixed with the alias `of`."""
    return ", ".join(f'{of}."{name}"' if of else f'"{name}"' for name in columns)


def examples(connected: duckdb.DuckDBPyConnection, query: str, *, limit: int = MAX_EXAMPLES) -> list[dict[str, Any]]:
    """The first rows of `query` in the order of its columns, so that the same data shows the same examples."""
    found = connected.execute(f"SELECT * FROM ({query}) ORDER BY ALL LIMIT {limit}")
    names = [column[0] for column in found.description or ()]
    return [example(dict(zip(names, row, strict=True))) for row in found.fetchall()]
