"""The declared tables and what is rendered from them."""

import duckdb
import pyarrow as pa
import pytest

from pipelines.schema import dictionary
from pipelines.schema.arrow import arrow_schema, empty
from pipelines.schema.columns import Column, Table, Type
from pipelines.schema.ddl import comments, create_table
from pipelines.schema.tables import TABLES
from pipelines.schema.views import VIEWS


def test_the_data_dictionary_is_not_stale() -> None:
    """`docs/data-dictionary.md` is what the declaration renders; `make docs` writes it."""
    assert dictionary.PATH.read_text(encoding="utf-8") == dictionary.render()


def test_every_foreign_key_names_columns_that_exist() -> None:
    """Both ends of each key are declared, with the same type."""
    for table in TABLES.values():
        for key in table.foreign_keys:
            parent = TABLES[key.references]
            for own, other in zip(key.columns, key.parent_columns, strict=True):
                assert table.by_name[own].type is parent.by_name[other].type, (table.name, key)


def test_key_columns_are_required() -> None:
    """A primary key column can never be NULL, but in history, where an end may be missing."""
    loose = {(t.name, c) for t in TABLES.values() for c in t.primary_key if not t.by_name[c].required}
    assert loose <= {("trial_changes", "document_id_after")}


def test_every_table_can_be_made_with_its_comments() -> None:
    """DuckDB takes the DDL, every comment and every view, and shows what was declared."""
    with duckdb.connect() as connection:
        for table in TABLES.values():
            connection.execute(create_table(table))
            for comment in comments(table):
                connection.execute(comment)
        for view in VIEWS:
            connection.execute(f'CREATE VIEW "{view.name}" AS {view.sql}')
            assert connection.execute(f'SELECT count(*) FROM "{view.name}"').fetchone() == (0,)
        shown = connection.execute("SELECT table_name, column_name, data_type, comment FROM duckdb_columns() WHERE NOT internal").fetchall()
    by_column = {(t, c): (kind, comment) for t, c, kind, comment in shown}
    for table in TABLES.values():
        for column in table.columns:
            assert by_column[table.name, column.name] == (column.type.value, column.description)


def test_units_are_suffixes_and_types_agree_with_names() -> None:
    """`_date` is a DATE, `_at` a TIMESTAMP, `is_` and `has_` flags, `n_` counts, `_days`, `_pct`, `_years` and `_months` numbers."""
    rules = (
        (lambda n: n.endswith("_date"), {Type.DATE}),
        (lambda n: n.endswith("_at"), {Type.TIMESTAMP}),
        (lambda n: n.startswith(("is_", "has_")), {Type.FLAG}),
        (lambda n: n.startswith("n_"), {Type.COUNT}),
        (lambda n: n.endswith(("_days", "_pct", "_years", "_months")) and n != "cycle_days", {Type.NUMBER}),
        (lambda n: n.endswith("_raw"), {Type.TEXT}),
    )
    for table in TABLES.values():
        for column in table.columns:
            for applies, types in rules:
                if applies(column.name):
                    assert column.type in types, f"{table.name}.{column.name}"


def test_every_description_is_a_sentence() -> None:
    """What a reader sees of a table or column says something and ends with a full stop."""
    for table in TABLES.values():
        assert table.description.endswith(".")
        for column in table.columns:
            assert len(column.description) > 5, f"{table.name}.{column.name}"
            assert column.description.endswith((".", "…")), f"{table.name}.{column.name}"


def test_arrow_form_keeps_order_and_nullability() -> None:
    """The Arrow schema has the declared columns in order; required ones are not nullable."""
    table = TABLES["trials"]
    schema = arrow_schema(table)
    assert tuple(schema.names) == table.column_names
    assert [not field.nullable for field in schema] == [column.required for column in table.columns]
    assert empty(table).num_rows == 0
    assert schema.field("countries").type == pa.list_(pa.string())


def test_a_table_that_declares_a_column_twice_is_refused() -> None:
    """A slip in the declaration is found when it is loaded."""
    column = Column("a", Type.TEXT, "A.")
    with pytest.raises(ValueError, match="twice"):
        Table("t", grain="one row", description="T.", columns=(column, column), primary_key=("a",))
    with pytest.raises(ValueError, match="unknown columns"):
        Table("t", grain="one row", description="T.", columns=(column,), primary_key=("b",))
