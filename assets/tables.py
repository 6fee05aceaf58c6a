"""How a declared table becomes an asset: its description, columns, group and owners, and what a materialisation shows.

The one place for this policy; the assets themselves are in the modules beside this one.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow.parquet as pq

from pipelines.build import table_files
from pipelines.quality.scan import connection, rows_of
from pipelines.schema.columns import Table
from pipelines.schema.tables import TABLES
from pipelines.settings import Settings

OWNERS = ["team:data-engineering"]
PREVIEW_ROWS = 5
_PREVIEW_COLUMNS = 8
"""As many as the UI's dialog shows without scrolling sideways."""
_PREVIEW_CHARS = 48
_DIGEST = re.compile(r"[0-9a-f]{16,}")


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

    Rows, bytes, the trials that the rows speak of, and, where `by` names a column, the rows of each of its values.
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
            numbers |= connected.execute(f'SELECT "{by}", count(*) FROM {rows_of(files)} GROUP BY 1 ORDER BY 1').fetchall()
    return {**numbers, "preview": dg.MetadataValue.md(preview(table, files))}


def preview(table: Table, files: Sequence[Path]) -> str:
    """The first rows as a Markdown table: columns that tell a person something, long texts cut."""
    rows: list[dict[str, Any]] = []
    for file in files:
        batch = next(pq.ParquetFile(file).iter_batches(PREVIEW_ROWS - len(rows)), None)
        rows += batch.to_pylist() if batch is not None else []
        if len(rows) == PREVIEW_ROWS:
            break
    if not rows:
        return "*no rows*"
    columns = [name for name in table.column_names if _tells(name, [row[name] for row in rows])][:_PREVIEW_COLUMNS]
    lines = [" | ".join(columns), " | ".join("---" for _ in columns)]
    lines += [" | ".join(_cell(row[name]) for name in columns) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)


def counts_table(rows: Mapping[str, int]) -> str:
    """Row counts as a Markdown table; what has no rows is left out."""
    return "\n".join(["| table | rows |", "| --- | ---: |", *(f"| {name} | {count:,} |" for name, count in rows.items() if count)])


def _tells(name: str, values: Sequence[Any]) -> bool:
    """Empty columns, digests, and the source's words beside a coded value (`phase_raw`) do not."""
    stated = [value for value in values if value not in (None, [], "")]
    is_digest = all(isinstance(value, str) and _DIGEST.fullmatch(value) for value in stated)
    return bool(stated) and not is_digest and not name.endswith("_raw")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = ", ".join(map(str, value)) if isinstance(value, list) else f"{value:g}" if isinstance(value, float) else str(value)
    text = " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
    return text if len(text) <= _PREVIEW_CHARS else text[: _PREVIEW_CHARS - 1] + "…"
