"""The shape check finds every kind of departure from the declaration."""

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.quality.results import CheckResult
from pipelines.quality.shape import check_shape
from pipelines.schema.arrow import arrow_schema
from pipelines.schema.tables import TABLES

SAFETY = TABLES["safety"]
ROWS = [
    {
        "safety_id": "NCT1-1",
        "trial_id": "NCT1",
        "kind": "event",
        "grade_min": 3,
        "grade_max": 5,
        "percent": 12.5,
        "flags": [],
    },
    {"safety_id": "NCT1-2", "trial_id": "NCT1", "kind": "death"},
]


def shape_of(table: pa.Table, folder: Path) -> CheckResult:
    """The check of one part that holds this table."""
    pq.write_table(table, folder / "part-0.parquet")
    return check_shape(SAFETY, [folder / "part-0.parquet"])


def loosened(table: pa.Table) -> pa.Table:
    """The table as a writer leaves it that knows nothing of required columns."""
    return table.cast(pa.schema([field.with_nullable(True) for field in table.schema]))


def test_a_table_as_declared_passes(write_table: Any) -> None:
    """Rows that keep the declaration give no finding, and are counted."""
    result = check_shape(SAFETY, write_table("safety", ROWS))
    assert result.passed
    assert result.error is None
    assert (result.element_count, result.unexpected_count, result.findings) == (2, 0, [])


@pytest.mark.parametrize("name", TABLES)
def test_an_empty_table_passes(name: str, write_table: Any) -> None:
    """A part without rows has the shape of its table."""
    result = check_shape(TABLES[name], write_table(name, []))
    assert result.passed, result


def test_a_table_without_parts_fails() -> None:
    """No file is not the same as no rows."""
    result = check_shape(SAFETY, [])
    assert not result.passed
    assert result.blocks
    assert "no part" in result.findings[0]


def test_a_missing_column_is_named(write_table: Any, tmp_path: Path) -> None:
    """A part without a declared column fails."""
    table = pq.read_table(write_table("safety", ROWS)[0]).drop_columns(["percent"])
    result = shape_of(table, tmp_path)
    assert not result.passed
    assert "column `percent` is missing (1 of 1 parts, first in part-0.parquet)" in result.findings


def test_an_undeclared_column_is_named(write_table: Any, tmp_path: Path) -> None:
    """A part with a column too many fails."""
    table = pq.read_table(write_table("safety", ROWS)[0]).append_column("mood", pa.array(["good", "bad"]))
    assert "column `mood` is not declared" in shape_of(table, tmp_path).findings[0]


def test_another_order_of_columns_fails(write_table: Any, tmp_path: Path) -> None:
    """Columns are in the declared order in every part."""
    table = pq.read_table(write_table("safety", ROWS)[0])
    result = shape_of(table.select(list(reversed(table.column_names))), tmp_path)
    assert "another order" in result.findings[0]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("n_affected", pa.array([1, 2], pa.int32())),
        ("percent", pa.array(["1", "2"])),
        ("term_raw", pa.array(["a", "b"], pa.large_string())),
        ("flags", pa.array([[1], [2]], pa.list_(pa.int64()))),
    ],
)
def test_another_type_fails(column: str, values: pa.Array, write_table: Any, tmp_path: Path) -> None:
    """Types are exactly the declared ones, width included."""
    table = pq.read_table(write_table("safety", ROWS)[0])
    table = table.set_column(table.column_names.index(column), column, values)
    (finding,) = shape_of(table, tmp_path).findings
    assert finding.startswith(f"column `{column}` is ")
    assert f", declared as {arrow_schema(SAFETY).field(column).type} (1 of 1 parts" in finding


def test_one_part_of_many_is_enough(write_table: Any, tmp_path: Path) -> None:
    """Every part is looked at, and the finding says which one differs."""
    (good,) = write_table("safety", ROWS)
    bad = tmp_path / "part-1.parquet"
    pq.write_table(pq.read_table(good).drop_columns(["percent"]), bad)
    result = check_shape(SAFETY, [good, bad])
    assert (result.unexpected_count, result.findings) == (
        1,
        ["column `percent` is missing (1 of 2 parts, first in part-1.parquet)"],
    )


@pytest.mark.parametrize("column", ["trial_id", "safety_id", "kind"])
def test_a_null_in_a_required_column_fails(column: str, write_table: Any, tmp_path: Path) -> None:
    """Required columns and the primary key hold no NULL, whatever the part's own schema allows."""
    table = loosened(pq.read_table(write_table("safety", ROWS)[0]))
    table = table.set_column(table.column_names.index(column), column, pa.array(["event", None]))
    result = shape_of(table, tmp_path)
    assert not result.passed
    assert f"`{column}` is NULL: 1 row" in result.findings


@pytest.mark.parametrize(
    ("values", "finding"),
    [
        ({"kind": "mishap"}, "`kind` is not in the vocabulary safety_kind: 1 row"),
        ({"grade_min": 0}, "`grade_min` is below 1: 1 row"),
        ({"grade_max": 6}, "`grade_max` is above 5: 1 row"),
        ({"window_days": -0.5}, "`window_days` is below 0: 1 row"),
        ({"percent": float("nan")}, "`percent` is not a finite number: 1 row"),
        ({"window_days": float("inf")}, "`window_days` is not a finite number: 1 row"),
        ({"safety_id": "NCT1-1"}, "primary key (safety_id) repeats: 1 row too many"),
    ],
)
def test_a_value_outside_the_declaration_fails(values: dict[str, Any], finding: str, write_table: Any) -> None:
    """Vocabularies, bounds and the key hold in every row, and the result shows the row."""
    broken = {"safety_id": "NCT2-1", "trial_id": "NCT2", "kind": "event", "document_id": "d", "field": "f"} | values
    result = check_shape(SAFETY, write_table("safety", [*ROWS, broken]))
    assert (result.passed, result.blocks, result.unexpected_count, result.element_count) == (False, True, 1, 3)
    assert result.findings == [finding]
    assert result.examples[0]["safety_id"] == broken["safety_id"]


def test_a_key_of_several_columns_is_compared_as_a_whole(write_table: Any) -> None:
    """Rows that share a part of the key are different rows."""
    rows = [{"trial_id": trial, "ordinal": place, "condition_raw": "c"} for trial in ("a", "b") for place in (1, 2)]
    assert check_shape(TABLES["conditions"], write_table("conditions", rows)).passed
    assert check_shape(TABLES["conditions"], write_table("conditions", [*rows, *rows[:3]])).unexpected_count == 3


def test_examples_are_few_and_show_every_kind_of_damage(write_table: Any) -> None:
    """Many faults give at most five examples, of more than one kind."""
    rows = [{"safety_id": f"s{n}", "kind": "mishap", "grade_min": 9} for n in range(20)]
    result = check_shape(SAFETY, write_table("safety", rows))
    assert len(result.examples) <= 5
    assert len({row["problem"] for row in result.examples}) == 2
    assert result.unexpected_count == 40


def test_an_unreadable_part_is_an_error_of_the_check(tmp_path: Path) -> None:
    """What is no Parquet file cannot be judged."""
    (tmp_path / "part-0.parquet").write_bytes(b"not parquet")
    result = check_shape(SAFETY, [tmp_path / "part-0.parquet"])
    assert not result.passed
    assert result.error is not None
    assert not result.findings


def test_a_given_connection_stays_open(write_table: Any) -> None:
    """A caller's connection serves several checks."""
    with duckdb.connect() as connected:
        for _ in range(2):
            assert check_shape(SAFETY, write_table("safety", ROWS), connection=connected).passed
