"""How a declared table becomes an asset: its description, columns, group and owners, and what a materialisation shows.

The one place for this policy; the assets themselves are in the modules beside this one.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow.parquet as pq

from pipelines.build import table_files
from pipelines.schema.columns import Table
from pipelines.schema.tables import TABLES
from pipelines.settings import Settings

OWNERS = ["team:data-engineering"]
PREVIEW_ROWS = 5
_PREVIEW_COLUMNS = 10
_PREVIEW_CHARS = 60


def table_attributes(name: str, *, deps: Sequence[str], kinds: set[str] | None = None) -> dict[str, Any]:
    """Arguments of `AssetSpec` or `@asset` for the table of this name."""
    table = TABLES[name]
    return {
        "key": dg.AssetKey(name),
        "deps": [dg.AssetKey(dep) for dep in deps],
        "group_name": table.group,
        "kinds": kinds or {"python", "parquet"},
        "owners": OWNERS,
        "description": description(table),
        "metadata": {"dagster/column_schema": column_schema(table)},
    }


def description(table: Table) -> str:
    """Grain, purpose, source and caveat, for the reader in the UI."""
    lines = [f"**{table.grain[:1].upper()}{table.grain[1:]}.** {table.description}"]
    if table.source:
        lines.append(f"*Source:* {table.source}")
    if table.caveat:
        lines.append(f"*Beware:* {table.caveat}")
    lines.append(f"*Key:* {', '.join(f'`{column}`' for column in table.primary_key)}.")
    return "\n\n".join(lines)


def column_schema(table: Table) -> dg.TableSchema:
    """The Columns tab: types, NOT NULL, keys, meaning."""
    tags = {column: "foreign key" for key in table.foreign_keys for column in key.columns}
    tags |= dict.fromkeys(table.primary_key, "primary key")
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name,
                column.type.value,
                column.description + _values(column.vocabulary.members if column.vocabulary else ()),
                constraints=dg.TableColumnConstraints(nullable=not column.required, unique=table.primary_key == (column.name,)),
                tags={tags[column.name]: ""} if column.name in tags else {},
            )
            for column in table.columns
        ]
    )


def _values(members: Sequence[str] | Any) -> str:
    return f" One of: {', '.join(members)}." if members else ""


def table_metadata(settings: Settings, name: str, **numbers: float) -> dict[str, Any]:
    """Row count and other numbers (plotted over time), size, and the first rows."""
    files = table_files(settings, name)
    return {
        "dagster/row_count": sum(pq.read_metadata(file).num_rows for file in files),
        "size_bytes": sum(file.stat().st_size for file in files),
        **numbers,
        "preview": dg.MetadataValue.md(preview(TABLES[name], files)),
    }


def preview(table: Table, files: Sequence[Path]) -> str:
    """The first rows as a Markdown table: columns that say something, long texts cut."""
    rows: list[dict[str, Any]] = []
    for file in files:
        batch = next(pq.ParquetFile(file).iter_batches(PREVIEW_ROWS - len(rows)), None)
        rows += batch.to_pylist() if batch is not None else []
        if len(rows) == PREVIEW_ROWS:
            break
    if not rows:
        return "*no rows*"
    columns = [name for name in table.column_names if any(row[name] not in (None, [], "") for row in rows)]
    columns = columns[:_PREVIEW_COLUMNS]
    lines = [" | ".join(columns), " | ".join("---" for _ in columns)]
    lines += [" | ".join(_cell(row[name]) for name in columns) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = ", ".join(map(str, value)) if isinstance(value, list) else f"{value:g}" if isinstance(value, float) else str(value)
    text = " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
    return text if len(text) <= _PREVIEW_CHARS else text[: _PREVIEW_CHARS - 1] + "…"
