"""Values of the sources that no closed vocabulary knows: counted, with examples, so that a new spelling is noticed.

Such a value is NULL in its column and kept in the `_raw` column beside it; it is no error and blocks nothing. Values that stand in a
coded column without being members are the business of `pipelines.quality.shape`.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from pipelines.quality.results import CheckResult, message
from pipelines.quality.scan import connection, example_columns, examples, named, rows_of
from pipelines.schema.columns import Column, Table

NAME = "known_values"

_FREE_WORDS = frozenset({("endpoint_results", "statistic")})
"""Columns that the registry lets people fill in freely ("LS mean ratio"): not knowing a value is normal there."""


def coded_columns(table: Table) -> list[Column]:
    """Columns of a closed vocabulary that keep the source's words beside them."""
    return [
        column
        for column in table.columns
        if column.vocabulary and f"{column.name}_raw" in table.by_name and (table.name, column.name) not in _FREE_WORDS
    ]


def check_known_values(table: Table, files: Sequence[Path]) -> CheckResult:
    """The check named `known_values`, a warning: one finding per column with the number of unknown values and the most frequent ones.

    `element_count` are the values that the sources state, over all columns.
    """
    unexpected = stated = 0
    findings: list[str] = []
    shown = []
    error = None
    rows = rows_of(files)
    try:
        with connection() as connected:
            for column in coded_columns(table):
                raw = f'"{column.name}_raw"'
                unknown = f'"{column.name}" IS NULL AND {raw} IS NOT NULL'
                count = f"SELECT count(*) FILTER ({unknown}), count({raw}) FROM {rows}"
                ((n_unknown, n_stated),) = connected.execute(count).fetchall()
                stated += n_stated
                if n_unknown:
                    unexpected += n_unknown
                    frequent = f"SELECT {raw} FROM {rows} WHERE {unknown} GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 3"
                    words = ", ".join(f"“{value}”" for (value,) in connected.execute(frequent).fetchall())
                    findings.append(f"`{column.name}`: {n_unknown:,} values unknown, most often {words}")
                    columns = named(example_columns(table, [f"{column.name}_raw"]))
                    shown += examples(connected, f"SELECT {columns} FROM {rows} WHERE {unknown}", limit=2)
    except duckdb.Error as raised:
        error = message(raised)
    return CheckResult(
        table_name=table.name,
        check_name=NAME,
        severity="warning",
        description="Every value that the source states for a coded column is one that its vocabulary knows.",
        passed=error is None and not unexpected,
        unexpected_count=unexpected,
        element_count=stated,
        findings=findings,
        examples=shown[:5],
        error=error,
    )
