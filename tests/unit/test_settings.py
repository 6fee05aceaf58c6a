"""Settings: flags before the environment before defaults, and what is refused."""

from pathlib import Path

import pytest

from pipelines.settings import PROJECT, load


def test_an_argument_counts_before_the_environment(tmp_path: Path) -> None:
    """A flag is nearer to the user than a variable of the shell."""
    environment = {"TRIALHOUSE_RAW": str(tmp_path / "b"), "TRIALHOUSE_WAREHOUSE": str(tmp_path / "c"), "TRIALHOUSE_WORKERS": "7"}
    found = load(raw=tmp_path / "a", workers=3, environment=environment)
    assert (found.raw, found.warehouse, found.workers) == (tmp_path / "a", tmp_path / "c", 3)
    assert load(environment=environment).workers == 7


def test_without_anything_said_the_projects_own_folders_are_used() -> None:
    """`trialhouse refresh` works without a flag."""
    found = load(environment={})
    assert (found.raw, found.warehouse) == (PROJECT / "raw", PROJECT / "warehouse")
    assert found.workers >= 1


def test_relative_folders_count_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes of a pool may stand elsewhere, so paths are made absolute at once."""
    monkeypatch.chdir(tmp_path)
    found = load(raw="in", warehouse="out", environment={})
    assert (found.raw, found.warehouse) == (tmp_path / "in", tmp_path / "out")


@pytest.mark.parametrize("words", ["many", "-1", "1.5", " "])
def test_a_number_of_workers_that_is_none_is_refused_by_name(words: str) -> None:
    """The message says which variable is wrong."""
    with pytest.raises(ValueError, match="TRIALHOUSE_WORKERS"):
        load(environment={"TRIALHOUSE_WORKERS": words})


@pytest.mark.parametrize("workers", [0, -2])
def test_less_than_one_worker_is_refused(workers: int) -> None:
    """Nobody would do the work."""
    with pytest.raises(ValueError, match="at least 1"):
        load(workers=workers, environment={})


@pytest.mark.parametrize("below", ["", "warehouse", "a/b"])
def test_a_warehouse_in_the_raw_folder_is_refused(tmp_path: Path, below: str) -> None:
    """It would read what it wrote, and never find the folder unchanged."""
    with pytest.raises(ValueError, match="lies in the raw folder"):
        load(raw=tmp_path, warehouse=tmp_path / below, environment={})


def test_a_warehouse_beside_a_raw_folder_of_a_similar_name_is_accepted(tmp_path: Path) -> None:
    """`raw-warehouse` only begins like `raw`."""
    assert load(raw=tmp_path / "raw", warehouse=tmp_path / "raw-warehouse", environment={}).warehouse == tmp_path / "raw-warehouse"


@pytest.mark.parametrize("name", ["[2024]", "what?", "all*"])
def test_a_warehouse_below_a_pattern_is_refused(tmp_path: Path, name: str) -> None:
    """DuckDB and polars would look for files that match it."""
    with pytest.raises(ValueError, match="must not hold"):
        load(raw=tmp_path / "raw", warehouse=tmp_path / name / "warehouse", environment={})


def test_a_folder_of_vocabularies_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """Before any work is done; a good one is accepted."""
    environment = {"TRIALHOUSE_VOCABULARY": str(tmp_path)}
    with pytest.raises(ValueError, match=r"TRIALHOUSE_VOCABULARY: .* holds none of"):
        load(environment=environment)
    (tmp_path / "drugs_not.tsv").write_text("name\nzyxomab\n")
    with pytest.raises(ValueError, match=r"drugs_not\.tsv: the columns must be name, reason"):
        load(environment=environment)
    (tmp_path / "drugs_not.tsv").write_text("name\treason\nzyxomab\tnone\n")
    assert load(environment=environment) == load(environment={})


def test_everything_a_refresh_writes_lies_in_the_warehouse(tmp_path: Path) -> None:
    """Deleting the warehouse folder leaves nothing behind."""
    found = load(raw=tmp_path / "raw", warehouse=tmp_path / "w", environment={})
    places = (found.state, found.build_parquet, found.history, found.snapshots, found.current, found.database, found.lock)
    assert all(place.is_relative_to(tmp_path / "w") for place in places)
    assert len(set(places)) == len(places)
