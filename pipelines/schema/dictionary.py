"""The data dictionary, `docs/data-dictionary.md`, rendered from the declared tables.

`python -m pipelines.schema.dictionary` writes it; a test fails when the file and the declaration differ.
"""

from collections.abc import Iterator
from pathlib import Path

from pipelines.schema.columns import Column, Table
from pipelines.schema.tables import TABLES
from pipelines.schema.views import VIEWS

PATH = Path(__file__).resolve().parents[2] / "docs" / "data-dictionary.md"


def _values(column: Column) -> str:
    if column.vocabulary:
        return " Values: " + ", ".join(f"`{member}`" for member in column.vocabulary.members) + "."
    bounds = [f"{sign} {bound:g}" for sign, bound in (("≥", column.minimum), ("≤", column.maximum)) if bound is not None]
    return f" ({', '.join(bounds)})" if bounds else ""


def _table(table: Table) -> Iterator[str]:
    yield f"## {table.name}"
    yield ""
    yield f"{table.grain[:1].upper()}{table.grain[1:]}. {table.description}"
    if table.source:
        yield f"Source: {table.source}"
    if table.caveat:
        yield f"Beware: {table.caveat}"
    yield ""
    yield f"Key: {', '.join(f'`{c}`' for c in table.primary_key)}."
    for key in table.foreign_keys:
        parent = ", ".join(key.parent_columns)
        yield f"`{', '.join(key.columns)}` refers to `{key.references}({parent})`."
    yield ""
    yield "| column | type | required | meaning |"
    yield "|---|---|---|---|"
    for column in table.columns:
        meaning = (column.description + _values(column)).replace("|", "\\|")
        yield f"| `{column.name}` | {column.type.value} | {'yes' if column.required else ''} | {meaning} |"
    yield ""


def render() -> str:
    """The whole dictionary as Markdown."""
    lines = [
        "# Data dictionary",
        "",
        "Rendered from `pipelines/schema/` by `python -m pipelines.schema.dictionary`; do not edit by hand.",
        "NULL means that the source does not say. A column ending in `_raw` keeps the source's own words.",
        "",
    ]
    for table in TABLES.values():
        lines.extend(_table(table))
    lines.extend(["# Views", ""])
    for view in VIEWS:
        lines.extend([f"## {view.name}", "", view.description, ""])
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    PATH.write_text(render(), encoding="utf-8")
