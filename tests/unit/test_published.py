"""What is published, and how a refresh that finds nothing to do is told and recorded."""

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from pipelines import history
from pipelines.engine.scan import fingerprint, scan
from pipelines.engine.state import build_digest
from pipelines.published import current, nothing_to_do, record_unchanged
from pipelines.settings import Settings

KNOWN = "20260301T023000-aaaaaa"
STARTED = datetime.fromisoformat("2026-03-01T02:30")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A raw folder with one file, and a warehouse that was published from it by the present code."""
    made = Settings(raw=tmp_path / "raw", warehouse=tmp_path / "warehouse")
    made.raw.mkdir()
    (made.raw / "a.json").write_text("{}")
    content = fingerprint(scan(made.raw, memory=made.state / "scan.msgpack"))
    package = {
        "id": KNOWN,
        "version": build_digest(),
        "raw_fingerprint": content,
        "resources": [{"name": "trials", "rows": 3}, {"name": "database"}],
    }
    made.current.mkdir(parents=True)
    (made.current / "datapackage.json").write_text(json.dumps(package))
    row = {
        "refresh_id": KNOWN,
        "started_at": STARTED,
        "finished_at": STARTED,
        "outcome": "published",
        "code_version": build_digest(),
        "raw_fingerprint": content,
        "rows_by_table": [("trials", "3")],
        "n_files": 1,
        "n_records": 3,
    }
    history.append(made, KNOWN, {"refreshes": [row]})
    return made


def test_a_refresh_with_nothing_to_do_imports_no_arrow_no_polars_and_no_dagster() -> None:
    """Importing is what such a refresh costs; one import too many at the top of a module would undo it."""
    script = "import pipelines.cli, pipelines.published, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    heavy = {
        "pyarrow",
        "polars",
        "pandas",
        "numpy",
        "dagster",
        "great_expectations",
        "lxml",
        "rich.console",
        "pipelines.sources.ctgov_json",
    }
    assert not heavy & set(loaded)


def test_nothing_is_to_be_done_while_folder_and_code_are_those_of_the_snapshot(settings: Settings) -> None:
    """The published snapshot is given back, until a file changes."""
    assert nothing_to_do(settings) == current(settings)
    assert current(settings) is not None
    (settings.raw / "b.json").write_text("{}")
    assert nothing_to_do(settings) is None


def test_what_a_person_decides_makes_work(settings: Settings) -> None:
    """The raw folder has not changed; the decision counts at the next refresh all the same."""
    settings.decisions.parent.mkdir()
    settings.decisions.write_text("content_sha256,trial_id,decision\n")
    assert nothing_to_do(settings) is None


def test_other_code_makes_work(settings: Settings) -> None:
    """A snapshot that other code made is not what the present code would make."""
    file = settings.current / "datapackage.json"
    file.write_text(file.read_text().replace(build_digest(), "0" * 16))
    assert nothing_to_do(settings) is None


def test_a_snapshot_that_history_does_not_know_is_to_be_finished(settings: Settings) -> None:
    """A publication that was killed after its switch is completed by a whole refresh."""
    (settings.history / "refreshes" / f"{KNOWN}.parquet").unlink()
    assert nothing_to_do(settings) is None


def test_an_unchanged_refresh_is_recorded_with_the_counts_of_the_published_one(settings: Settings) -> None:
    """Only name, times and outcome differ, and the published row stays as it is."""
    published = current(settings)
    assert published is not None
    later, started = "20260302T023000-bbbbbb", datetime.fromisoformat("2026-03-02T02:30")
    record_unchanged(settings, refresh=later, started_at=started, published=published)
    (before,) = history.of_refresh(settings, "refreshes", KNOWN)
    (row,) = history.of_refresh(settings, "refreshes", later)
    assert (row["refresh_id"], row["outcome"], row["started_at"]) == (later, "unchanged", started)
    assert row["finished_at"] > started
    same = row.keys() - {"refresh_id", "outcome", "started_at", "finished_at"}
    assert {name: row[name] for name in same} == {name: before[name] for name in same}
    assert history.table(settings, "refreshes")["refresh_id"].to_pylist() == [KNOWN, later]


def test_a_refresh_without_rows_in_a_table_has_none(settings: Settings) -> None:
    """No file is no error: an unchanged refresh runs no checks."""
    assert history.of_refresh(settings, "check_results", KNOWN) == []
