"""DuckDB form of the declared tables: `CREATE TABLE` and `COMMENT ON`.

Keys are not constraints here: they are checked in SQL before publication, and an index over millions of keys would double the
size of a file that nobody writes to.
"""

from collections.abc import Iterator

from pipelines.schema.columns import Table


def quoted(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def create_table(table: Table) -> str:
    """`CREATE TABLE` with types and NOT NULL."""
    columns = ", ".join(f'"{c.name}" {c.type.value}{" NOT NULL" if c.required else ""}' for c in table.columns)
    return f'CREATE TABLE "{table.name}" ({columns})'


def comments(table: Table) -> Iterator[str]:
    """`COMMENT ON` for the table and each of its columns."""
    about = " ".join(filter(None, (f"{table.grain[:1].upper()}{table.grain[1:]}.", table.description, table.caveat)))
    yield f'COMMENT ON TABLE "{table.name}" IS {quoted(about)}'
    for column in table.columns:
        yield f'COMMENT ON COLUMN "{table.name}"."{column.name}" IS {quoted(column.description)}'
