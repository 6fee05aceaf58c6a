"""The blocking check of one table against its declaration: columns, types, NULLs, vocabularies, bounds, primary key.

Everything here is derived from `pipelines.schema`. Rules across columns are in `expectations/`, across tables in
`pipelines.quality.relations`.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.quality.results import MAX_EXAMPLES, CheckResult, message, n_rows_text
from pipelines.quality.scan import connection as own_connection
from pipelines.quality.scan import example_columns, examples, named, rows_of
from pipelines.schema.arrow import arrow_schema
from pipelines.schema.columns import Column, Table, Type
from pipelines.schema.ddl import quoted

CHECK_NAME = "shape"
DESCRIPTION = "Columns, types, NULLs, closed vocabularies, bounds and the primary key are as declared."


@dataclass(frozen=True)
class _Damage:
    """One way in which a row can break the declaration; `broken` is the SQL that is true for such a row."""

    column: str
    what: str
    broken: str


def check_shape(table: Table, files: Sequence[Path], *, connection: duckdb.DuckDBPyConnection | None = None) -> CheckResult:
    """The check named `shape`. `unexpected_count` adds up the findings: a row with two faults counts twice.

    Where the structure of a part is wrong, values are not looked at and `unexpected_count` counts parts. A part that
    cannot be read makes the check an error.
    """
    try:
        schemas, n_rows = _read_footers(files)
        findings, n_parts = _structure_findings(table, schemas)
        if findings:
            return _result(table, passed=False, unexpected_count=n_parts, element_count=n_rows, findings=findings)
        with nullcontext(connection) if connection else own_connection() as connected:
            return _check_values(table, files, schemas, connected, n_rows)
    except (OSError, pa.ArrowException, duckdb.Error) as error:
        return _result(table, passed=False, error=message(error))


def _result(table: Table, **what: Any) -> CheckResult:
    return CheckResult(table_name=table.name, check_name=CHECK_NAME, severity="error", description=DESCRIPTION, **what)


def _read_footers(files: Sequence[Path]) -> tuple[dict[Path, pa.Schema], int]:
    schemas: dict[Path, pa.Schema] = {}
    n_rows = 0
    for file in files:
        with pq.ParquetFile(file) as part:
            schemas[file] = part.schema_arrow
            n_rows += part.metadata.num_rows
    return schemas, n_rows


def _structure_findings(table: Table, schemas: dict[Path, pa.Schema]) -> tuple[list[str], int]:
    """Differences between the parts' columns and the declared ones, each once, and the number of parts that differ."""
    if not schemas:
        return [f"the table has no part; an empty table is a part without rows ({table.name})"], 1
    expected = arrow_schema(table)
    differences: Counter[str] = Counter()
    first_seen: dict[str, str] = {}
    n_parts = 0
    for file, schema in schemas.items():
        found = list(_differences(expected, schema))
        n_parts += bool(found)
        differences.update(found)
        for difference in found:
            first_seen.setdefault(difference, file.name)
    return [
        f"{difference} ({count} of {len(schemas)} parts, first in {first_seen[difference]})" for difference, count in differences.items()
    ], n_parts


def _differences(expected: pa.Schema, found: pa.Schema) -> Iterator[str]:
    for field in expected:
        if field.name not in found.names:
            yield f"column `{field.name}` is missing"
        # Nullability is left out: whether NULLs are there is looked up in the rows.
        elif not (actual := found.field(found.names.index(field.name)).type).equals(field.type):
            yield f"column `{field.name}` is {actual}, declared as {field.type}"
    for name in found.names:
        if name not in expected.names:
            yield f"column `{name}` is not declared"
    if found.names != expected.names and sorted(found.names) == sorted(expected.names):
        yield f"columns are in another order: {', '.join(found.names)}"


def _check_values(
    table: Table,
    files: Sequence[Path],
    schemas: dict[Path, pa.Schema],
    connected: duckdb.DuckDBPyConnection,
    n_rows: int,
) -> CheckResult:
    rows = rows_of(files)
    damages = list(_damages(table, schemas))
    findings: list[str] = []
    counts: list[int] = []
    offending: list[str] = []
    if damages:
        counting = ", ".join(f"count_if({damage.broken})" for damage in damages)
        totals = connected.execute(f"SELECT {counting} FROM {rows}").fetchall()[0]
        for damage, count in zip(damages, totals, strict=True):
            if count:
                findings.append(f"`{damage.column}` {damage.what}: {n_rows_text(count)}")
                counts.append(count)
                shown = named(example_columns(table, [damage.column]))
                problem = quoted(f"`{damage.column}` {damage.what}")
                offending.append(f"SELECT {problem} AS problem, {shown} FROM {rows} WHERE {damage.broken}")
    n_repeated = _count_repeated_keys(table, rows, connected)
    if n_repeated:
        key = named(table.primary_key)
        findings.append(f"primary key ({', '.join(table.primary_key)}) repeats: {n_rows_text(n_repeated)} too many")
        counts.append(n_repeated)
        problem = quoted("the primary key repeats")
        repeating = f"FROM {rows} GROUP BY {key} HAVING count(*) > 1"
        offending.append(f"SELECT {problem} AS problem, {key}, count(*) AS n_rows {repeating}")
    each = max(1, MAX_EXAMPLES // len(offending)) if offending else 0
    shown_rows = [row for query in offending[:MAX_EXAMPLES] for row in examples(connected, query, limit=each)]
    return _result(
        table,
        passed=not findings,
        unexpected_count=sum(counts),
        element_count=n_rows,
        findings=findings,
        examples=shown_rows[:MAX_EXAMPLES],
    )


def _damages(table: Table, schemas: dict[Path, pa.Schema]) -> Iterator[_Damage]:
    for column in table.columns:
        # A part that declares the column REQUIRED has no place for a NULL: long texts need not be decoded to see that.
        may_be_null = any(schema.field(column.name).nullable for schema in schemas.values())
        if may_be_null and (column.required or column.name in table.primary_key):
            yield _Damage(column.name, "is NULL", f'"{column.name}" IS NULL')
        yield from _value_damages(column)


def _value_damages(column: Column) -> Iterator[_Damage]:
    name = f'"{column.name}"'
    if column.vocabulary is not None:
        members = ", ".join(quoted(member) for member in column.vocabulary.members)
        yield _Damage(column.name, f"is not in the vocabulary {column.vocabulary.name}", f"{name} NOT IN ({members})")
    if column.type is Type.NUMBER:
        # NaN and infinity are no measurements, and NaN would pass or fail bounds by accident (DuckDB sorts it last).
        yield _Damage(column.name, "is not a finite number", f"NOT isfinite({name})")
    if column.minimum is not None:
        yield _Damage(column.name, f"is below {column.minimum:g}", f"{name} < {column.minimum!r}")
    if column.maximum is not None:
        finite = f" AND isfinite({name})" if column.type is Type.NUMBER else ""
        yield _Damage(column.name, f"is above {column.maximum:g}", f"{name} > {column.maximum!r}{finite}")


def _count_repeated_keys(table: Table, rows: str, connected: duckdb.DuckDBPyConnection) -> int:
    """Rows beyond the first of each key.

    Keys are first counted by their 64-bit hash, which takes a fraction of the memory of the keys; only where a hash
    repeats are the keys themselves compared.
    """
    key = named(table.primary_key)
    suspects = f"SELECT hash({key}) AS suspect FROM {rows} GROUP BY suspect HAVING count(*) > 1"
    if not connected.execute(f"SELECT count(*) FROM ({suspects})").fetchall()[0][0]:
        return 0
    repeated = f"SELECT count(*) AS n FROM {rows} WHERE hash({key}) IN ({suspects}) GROUP BY {key} HAVING n > 1"
    return int(connected.execute(f"SELECT coalesce(sum(n - 1), 0) FROM ({repeated})").fetchall()[0][0])
