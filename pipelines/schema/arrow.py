"""Arrow and Parquet form of the declared tables."""

import pyarrow as pa

from pipelines.schema.columns import Table, Type

ARROW_TYPES: dict[Type, pa.DataType] = {
    Type.TEXT: pa.string(),
    Type.COUNT: pa.int64(),
    Type.NUMBER: pa.float64(),
    Type.FLAG: pa.bool_(),
    Type.DATE: pa.date32(),
    Type.TIMESTAMP: pa.timestamp("us"),
    Type.TEXTS: pa.list_(pa.string()),
    Type.COUNTS: pa.list_(pa.int32()),
    Type.IDS: pa.map_(pa.string(), pa.string()),
}


def arrow_schema(table: Table) -> pa.Schema:
    """The table's Arrow schema; descriptions travel as field metadata."""
    return pa.schema(
        [pa.field(c.name, ARROW_TYPES[c.type], nullable=not c.required, metadata={"description": c.description}) for c in table.columns],
        metadata={"grain": table.grain},
    )


def empty(table: Table) -> pa.Table:
    """The table without rows."""
    return arrow_schema(table).empty_table()
