"""How a declared table becomes an asset: its description, columns, group and owners, and what a materialisation shows.

The one place for this policy; the assets themselves are in the modules beside this one.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dagster as dg
import pyarrow.parquet as pq

from assets.preview import preview
from pipelines.build_folder import table_files
from pipelines.quality.scan import connection, rows_of
from pipelines.schema.columns import Table
from pipelines.schema.tables import TABLES
from pipelines.settings import Settings

OWNERS = ["team:data-engineering"]


def table_asset(name: str, *, deps: Sequence[str]) -> Callable[[Callable[..., dg.MaterializeResult[Any]]], dg.AssetsDefinition]:
    """Decorator of the function that builds the table of this name."""
    return dg.asset(**table_attributes(name, deps=deps))


def table_attributes(name: str, *, deps: Sequence[str]) -> dict[str, Any]:
    """Arguments of `AssetSpec` or `@asset` for the table of this name."""
    table = TABLES[name]
    return {
        "key": dg.AssetKey(name),
        "deps": [dg.AssetKey(dep) for dep in deps],
        "group_name": table.group,
        "kinds": {"python", "parquet"},
        "owners": OWNERS,
        "description": description(table),
        "metadata": {"dagster/column_schema": column_schema(table)},
    }


def description(table: Table) -> str:
    """Grain, purpose, source and caveat, for the reader in the UI.

    The first line is plain text: the catalog shows it as it is, without rendering Markdown.
    """
    lines = [f"{table.grain[:1].upper()}{table.grain[1:]}. {table.description}"]
    if table.source:
        lines.append(f"*Source:* {table.source}")
    if table.caveat:
        lines.append(f"*Beware:* {table.caveat}")
    lines.append(f"*Key:* {', '.join(f'`{column}`' for column in table.primary_key)}.")
    return "\n\n".join(lines)


def column_schema(table: Table) -> dg.TableSchema:
    """The Columns tab: types, NOT NULL, keys, meaning."""
    tags: dict[str, dict[str, str]] = {name: {"primary key": ""} for name in table.primary_key}
    for key in table.foreign_keys:
        for column in key.columns:
            tags.setdefault(column, {})["refers to"] = key.references
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name,
                column.type.value,
                column.description + _values(column.vocabulary.members if column.vocabulary else ()),
                constraints=dg.TableColumnConstraints(nullable=not column.required, unique=table.primary_key == (column.name,)),
                tags=tags.get(column.name, {}),
            )
            for column in table.columns
        ]
    )


def _values(members: Sequence[str] | Any) -> str:
    return f" One of: {', '.join(members)}." if members else ""


def table_metadata(settings: Settings, name: str, *, by: str | None = None) -> dict[str, Any]:
    """Numbers that are plotted over time, and the first rows.

    Rows, bytes, the trials that the rows speak of, and, where `by` names a column, the rows of each of its values; those of its
    vocabulary are there when there are none of them, so that a line in a plot has no gap.
    """
    table, files = TABLES[name], table_files(settings, name)
    numbers = {
        "dagster/row_count": sum(pq.read_metadata(file).num_rows for file in files),
        "dagster/size_bytes": sum(file.stat().st_size for file in files),
    }
    with connection() as connected:
        if "trial_id" in table.by_name and table.primary_key != ("trial_id",):
            ((numbers["trials"],),) = connected.execute(f"SELECT count(DISTINCT trial_id) FROM {rows_of(files)}").fetchall()
        if by:
            numbers |= dict.fromkeys(vocabulary.members if (vocabulary := table.by_name[by].vocabulary) else (), 0)
            numbers |= connected.execute(f'SELECT "{by}", count(*) FROM {rows_of(files)} GROUP BY 1 ORDER BY 1').fetchall()
    return {**numbers, "preview": dg.MetadataValue.md(preview(table, files))}


def counts_table(rows: Mapping[str, int], *, of: str = "table") -> str:
    """Row counts as a Markdown table; what has no rows is left out."""
    return "\n".join([f"| {of} | rows |", "| --- | ---: |", *(f"| {name} | {count:,} |" for name, count in rows.items() if count)])
