"""Unknown values of coded columns are counted and shown."""

from pathlib import Path

from pipelines.engine.extract_stage import to_arrow, write_parquet
from pipelines.quality.known_values import check_known_values, coded_columns
from pipelines.schema.tables import TABLES


def arms(tmp_path: Path, *types: tuple[str | None, str | None]) -> Path:
    rows = [
        {"arm_id": f"t/arm-{n}", "trial_id": "t", "ordinal": n, "arm_type": member, "arm_type_raw": words}
        for n, (member, words) in enumerate(types, start=1)
    ]
    path = tmp_path / "arms.parquet"
    write_parquet(to_arrow(rows, TABLES["arms"]), path)
    return path


def test_known_and_missing_values_pass(tmp_path: Path) -> None:
    """A value that its vocabulary knows, and one that the source does not state."""
    result = check_known_values(TABLES["arms"], [arms(tmp_path, ("EXPERIMENTAL", "Experimental"), (None, None))])
    assert result.passed
    assert result.element_count == 1


def test_an_unknown_value_is_a_warning_with_its_words(tmp_path: Path) -> None:
    """The words that no member stands for are counted and shown, the most frequent first."""
    path = arms(tmp_path, (None, "Run-in"), (None, "Extension"), (None, "Run-in"), ("OTHER", "Other"))
    result = check_known_values(TABLES["arms"], [path])
    assert not result.passed
    assert not result.blocks
    assert (result.unexpected_count, result.element_count) == (3, 4)
    assert result.findings == ["`arm_type`: 3 values unknown, most often “Run-in”, “Extension”"]
    assert result.examples[0]["arm_type_raw"] == "Run-in"


def test_every_coded_column_of_trials_is_looked_at() -> None:
    """All columns with words beside them, and only those."""
    names = {column.name for column in coded_columns(TABLES["trials"])}
    assert {"phase", "overall_status", "sponsor_class"} <= names
    assert "start_date_precision" not in names
