"""What happened over time is kept beside the snapshots, and only added to."""

from datetime import datetime
from pathlib import Path

import pytest

from pipelines import history
from pipelines.publish import check_rows, refresh_row
from pipelines.quality.results import CheckResult
from pipelines.schema.tables import TABLES
from pipelines.settings import Settings

NOON = datetime(2026, 3, 4, 12, 0, 0)  # noqa: DTZ001 - as the tables hold it, UTC without a zone


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A warehouse in a folder with a quote in its name."""
    return Settings(raw=tmp_path / "raw", warehouse=tmp_path / "it's a warehouse")


def row(refresh: str, outcome: str = "published", message: str | None = None) -> dict:
    """A row of `refreshes`."""
    rows = {"trials": 3, "arms": 7}
    return refresh_row(None, refresh=refresh, started_at=NOON, outcome=outcome, stamp=None, rows=rows, message=message)


def check(name: str, *, passed: bool) -> CheckResult:
    """The result of a check."""
    return CheckResult(table_name="trials", check_name=name, severity="error", description="x", passed=passed, unexpected_count=2)


def test_the_name_of_a_refresh_sorts_by_time() -> None:
    """Files and snapshots lie in order of time; the run's digits tell two of the same second apart."""
    names = [history.refresh_id(NOON.replace(hour=hour), f"{hour:08x}-0000") for hour in (1, 9, 10, 23)]
    assert names == sorted(names)
    assert names[2] == "20260304T100000-000000"
    assert history.refresh_id(NOON, "abcdef01-2345") == "20260304T120000-abcdef"
    assert history.refresh_id(NOON, "ab-cdef012345") == "20260304T120000-abcdef"


def test_a_warehouse_without_history_has_tables_without_rows(settings: Settings) -> None:
    """`trialhouse status` works before the first refresh."""
    for name in history.HISTORY_TABLES:
        assert history.table(settings, name).num_rows == 0
        assert tuple(history.table(settings, name).column_names) == TABLES[name].column_names
    assert history.of_refresh(settings, "refreshes", "20260304T120000-abcdef") == []
    assert not history.has(settings, "20260304T120000-abcdef")


def test_rows_come_back_in_order_of_time_whatever_the_order_they_were_added_in(settings: Settings) -> None:
    """A publication that was killed is written into history by the next one."""
    for refresh in ("20260305T000000-aaaaaa", "20260304T000000-bbbbbb", "20260306T000000-cccccc"):
        history.append(settings, refresh, {"refreshes": [row(refresh)]})
    found = history.table(settings, "refreshes")["refresh_id"].to_pylist()
    assert found == ["20260304T000000-bbbbbb", "20260305T000000-aaaaaa", "20260306T000000-cccccc"]


def test_rows_that_are_not_written_yet_can_be_seen_with_the_others(settings: Settings) -> None:
    """A snapshot holds the row of the refresh that makes it."""
    history.append(settings, "1", {"refreshes": [row("1")]})
    seen = history.table(settings, "refreshes", [row("2", message="now")])
    assert seen["refresh_id"].to_pylist() == ["1", "2"]
    assert seen["message"].to_pylist() == [None, "now"]
    assert history.table(settings, "refreshes").num_rows == 1


def test_of_two_words_on_one_refresh_the_later_stands(settings: Settings) -> None:
    """Writing history again after a kill does not count a refresh twice."""
    history.append(settings, "1", {"refreshes": [row("1", "published")]})
    history.append(settings, "1", {"refreshes": [row("1", "failed", "why")]})
    (found,) = history.of_refresh(settings, "refreshes", "1")
    assert (found["outcome"], found["message"]) == ("failed", "why")
    assert history.table(settings, "refreshes").num_rows == 1


def test_rows_are_taken_from_a_snapshot_by_their_refresh(settings: Settings, tmp_path: Path) -> None:
    """As they are, maps included; a refresh of which it holds none adds no file."""
    source = Settings(raw=settings.raw, warehouse=tmp_path / "other")
    for refresh in ("1", "2"):
        history.append(source, refresh, {"refreshes": [row(refresh)]})
    files = history.files(source, "refreshes")
    for refresh in ("2", "3"):
        history.append_from(settings, refresh, "refreshes", files)
    assert history.table(settings, "refreshes").to_pylist() == history.table(source, "refreshes").to_pylist()[1:]
    assert len(history.files(settings, "refreshes")) == 1


def test_a_table_without_rows_gets_no_file(settings: Settings) -> None:
    """An unchanged refresh has no check results."""
    history.append(settings, "1", {"refreshes": [row("1")], "check_results": []})
    assert history.has(settings, "1")
    assert history.files(settings, "check_results") == []


def test_check_results_are_those_of_their_refresh(settings: Settings) -> None:
    """Passed or not, with counts: how quality develops can be asked in SQL."""
    history.append(settings, "1", {"check_results": check_rows("1", [check("a", passed=True), check("b", passed=False)])})
    history.append(settings, "2", {"check_results": check_rows("2", [check("a", passed=False)])})
    found = history.of_refresh(settings, "check_results", "1")
    assert [(r["check_name"], r["passed"], r["unexpected_count"]) for r in found] == [("a", True, 2), ("b", False, 2)]
    assert history.table(settings, "check_results").num_rows == 3


def test_an_unchanged_refresh_repeats_the_counts_of_the_one_that_published(settings: Settings) -> None:
    """All but its name, times and outcome."""
    history.append(settings, "1", {"refreshes": [row("1")]})
    history.repeat(settings, "1", refresh="2", started_at=NOON.replace(hour=13), outcome="unchanged")
    first, second = history.table(settings, "refreshes").to_pylist()
    assert (second["refresh_id"], second["outcome"], second["started_at"]) == ("2", "unchanged", NOON.replace(hour=13))
    assert second["finished_at"] > first["finished_at"]
    same = set(first) - {"refresh_id", "outcome", "started_at", "finished_at"}
    assert {name: first[name] for name in same} == {name: second[name] for name in same}
    assert dict(second["rows_by_table"]) == {"trials": "3", "arms": "7"}


def test_remains_of_a_killed_write_are_no_history(settings: Settings) -> None:
    """A file gets its name when it is whole."""
    history.append(settings, "1", {"refreshes": [row("1")]})
    (settings.history / "refreshes" / ".2.partial").write_bytes(b"PAR1")
    assert history.table(settings, "refreshes").num_rows == 1
    history.append(settings, "2", {"refreshes": [row("2")]})
    assert history.table(settings, "refreshes").num_rows == 2
    assert sorted(path.name for path in (settings.history / "refreshes").iterdir()) == ["1.parquet", "2.parquet"]
