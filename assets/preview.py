"""The first rows of a table as a person looks at them in the UI: few columns, short texts."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipelines.schema.columns import Table, Type
from pipelines.schema.tables import EVIDENCE

_ROWS = 5
_COLUMNS = 8
"""As many as the UI's dialog shows without scrolling sideways."""
_CHARS = 48
_LONG_COLUMNS = 2
_DIGEST = re.compile(r"[0-9a-f]{16,}")


def preview(table: Table, files: Sequence[Path]) -> str:
    """The first rows as a Markdown table: columns that tell a person something, long texts cut."""
    rows: list[dict[str, Any]] = []
    for file in files:
        with pq.ParquetFile(file) as part:
            batch = next(part.iter_batches(_ROWS - len(rows)), None)
            rows += batch.to_pylist() if batch is not None else []
        if len(rows) == _ROWS:
            break
    if not rows:
        return "*no rows*"
    texts = {name: [_words(row[name]) for row in rows] for name in _own_columns(table)}
    columns = _telling_columns(texts)
    lines = [" | ".join(columns), " | ".join("---" for _ in columns)]
    lines += [" | ".join(_cell(texts[name][number]) for name in columns) for number in range(len(rows))]
    return "\n".join(f"| {line} |" for line in lines)


def _own_columns(table: Table) -> Iterator[str]:
    """Columns that do not only lead to another table, to a vocabulary or to the evidence."""
    leading = {column for key in table.foreign_keys for column in key.columns} - set(table.primary_key)
    evidence = {column.name for column in EVIDENCE}
    if evidence <= set(table.column_names):
        leading |= evidence
    return (column.name for column in table.columns if column.name not in leading and column.type is not Type.IDS)


def _telling_columns(texts: Mapping[str, Sequence[str]]) -> list[str]:
    """Without empty ones, digests, repetitions, long texts beyond the second, and the source's words beside their code (`phase_raw`)."""
    found: dict[tuple[str, ...], str] = {}
    n_long = 0
    for name, values in texts.items():
        stated = [value for value in values if value]
        is_long = any(len(value) > _CHARS for value in stated)
        is_digest = all(_DIGEST.fullmatch(value) for value in stated)
        codes = texts.get(name.removesuffix("_raw"), ()) if name.endswith("_raw") else ()
        is_coded = bool(codes) and all(code for code, value in zip(codes, values, strict=True) if value)
        if stated and not is_digest and not is_coded and tuple(values) not in found and not (is_long and n_long == _LONG_COLUMNS):
            found[tuple(values)] = name
            n_long += is_long
    return list(found.values())[:_COLUMNS]


def _words(value: Any) -> str:
    match value:
        case None:
            return ""
        case float():
            return f"{value:g}"
        case list():
            return ", ".join(map(_words, value))
        case _:
            return " ".join("".join(c if c.isprintable() else " " for c in str(value)).split())


def _cell(text: str) -> str:
    cut = text if len(text) <= _CHARS else text[: _CHARS - 1] + "…"
    return cut.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
