"""A refresh as Dagster runs it, over a tiny raw folder: what is published, what is not, and who holds the warehouse meanwhile."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

import assets.checks
import assets.workspace
from assets import alerts
from assets.definitions import defs
from assets.sources import retried_io
from assets.workspace import Workspace
from pipelines.build import BUILT_TABLES
from pipelines.engine.progress import in_tenths
from pipelines.lock import warehouse_lock
from pipelines.quality.results import CheckResult
from pipelines.settings import Settings
from tests import refreshing


@dataclass(frozen=True)
class Run:
    """A run that is over. `said` is what a person on the command line would have read, `holders` who took the warehouse's lock."""

    result: dg.ExecuteInProcessResult
    said: list[str]
    holders: list[str]

    @property
    def failures(self) -> str:
        """As an alert gives them."""
        return alerts.reasons(event for event in self.result.all_events if event.is_failure)

    @property
    def materialized(self) -> set[str]:
        """Names of the assets that were materialised."""
        return {event.asset_key.to_user_string() for event in self.result.get_asset_materialization_events() if event.asset_key}

    def shown(self, asset: str) -> dict[str, object]:
        """What the materialisation of an asset shows in the UI."""
        (event,) = (e for e in self.result.get_asset_materialization_events() if e.asset_key == dg.AssetKey(asset))
        return {label: value.value for label, value in event.step_materialization_data.materialization.metadata.items()}


def run_refresh(settings: Settings, *, only: Sequence[str] = ()) -> Run:
    """Run the refresh job in this process, or only some of its assets with their checks, as the UI does."""
    said: list[str] = []
    holders: list[str] = []

    @contextmanager
    def noted(*given: Settings, holder: str, **named: object) -> Iterator[None]:
        holders.append(holder)
        with warehouse_lock(*given, holder=holder, **named):
            yield

    # Dagster takes another resource for a whole job only; what the UI launches is configured.
    config = {"raw": str(settings.raw), "warehouse": str(settings.warehouse), "workers": 1, "wait_seconds": 0.5}
    listening = {"workspace": Workspace(**config).reporting(said.append, in_tenths(said.append))}
    with dg.DagsterInstance.ephemeral() as instance, pytest.MonkeyPatch.context() as patch:
        patch.setattr(assets.workspace, "warehouse_lock", noted)
        result = defs.resolve_job_def("refresh").execute_in_process(
            run_config={
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
                "resources": {"workspace": {"config": config}} if only else {},
            },
            instance=instance,
            raise_on_error=False,
            resources=None if only else listening,
            asset_selection=[dg.AssetKey(name) for name in only] or None,
        )
    return Run(result, said, holders)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Run]:
    """A warehouse made by one run of the job, and that run. Tests that change it take a copy."""
    folder = tmp_path_factory.mktemp("published")
    settings = Settings(raw=folder / "raw", warehouse=folder / "warehouse")
    refreshing.fill(settings.raw, {"one.json": refreshing.as_json(1), "both.json": refreshing.as_json(1, 2), "notes.xyz": b"\0\1\2\3"})
    return settings, run_refresh(settings)


@pytest.fixture
def settings(published: tuple[Settings, Run], tmp_path: Path) -> Settings:
    """A copy of the published warehouse with its raw folder."""
    original, _ = published
    shutil.copytree(original.warehouse.parent, tmp_path / "copy", symlinks=True)
    return Settings(raw=tmp_path / "copy" / "raw", warehouse=tmp_path / "copy" / "warehouse")


def test_one_run_makes_every_asset_and_publishes(published: tuple[Settings, Run]) -> None:
    """The job is the whole way from raw files to the database."""
    settings, run = published
    assert run.result.success, run.failures
    assert run.materialized == {key.to_user_string() for key in defs.resolve_all_asset_keys()}
    assert run.shown("warehouse")["outcome"] == "published"
    assert refreshing.query(settings, "SELECT count(*) FROM trials") == [(2,)]


def test_every_declared_check_is_recorded(published: tuple[Settings, Run]) -> None:
    """In the run's events, where the UI finds them, and in the published table."""
    settings, run = published
    declared = set(defs.get_repository_def().asset_checks_defs_by_key)
    evaluated = run.result.get_asset_check_evaluations()
    assert {evaluation.asset_check_key for evaluation in evaluated} == declared
    read_back = {(check.table_name, check.check_name, check.severity, check.passed) for check in map(assets.checks.read_back, evaluated)}
    columns = "table_name, check_name, severity, passed"
    assert read_back == set(refreshing.query(settings, f"SELECT {columns} FROM check_results"))


def test_counts_are_numbers_so_that_they_are_plotted(published: tuple[Settings, Run]) -> None:
    """Rows, bytes, trials, and the rows of each status or reason."""
    _, run = published
    for name in BUILT_TABLES:
        shown = run.shown(name)
        assert isinstance(shown["dagster/row_count"], int)
        assert isinstance(shown["dagster/size_bytes"], int)
    assert run.shown("documents")["duplicate"] == 1
    assert run.shown("conditions")["trials"] == 2
    assert run.shown("quarantine")["binary"] == 1
    assert run.shown("duplicates")["exact_duplicates"] == 1


def test_a_preview_shows_words_and_no_digests(published: tuple[Settings, Run]) -> None:
    """A few columns that a person can read, as a Markdown table."""
    _, run = published
    lines = str(run.shown("documents")["preview"]).splitlines()
    header = [cell.strip() for cell in lines[0].strip("|").split("|")]
    assert len({line.count("|") for line in lines}) == 1
    assert {"source_path", "title", "status"} <= set(header)
    assert not {"document_id", "content_sha256"} & set(header)
    assert "Veliparib" in lines[2]
    assert run.shown("trial_aliases")["preview"] == "*no rows*"


def test_a_run_takes_the_lock_once(published: tuple[Settings, Run]) -> None:
    """One process initialises the resource once, so nothing else comes between two steps of a run."""
    _, run = published
    assert run.holders == [f"run {run.result.run_id}"]


def test_long_steps_tell_how_far_they_are(published: tuple[Settings, Run]) -> None:
    """Where somebody listens; the UI shows it in the run's log."""
    _, run = published
    assert "reading: 1 of 1" in run.said
    assert "extracting: 1 of 1" in run.said


def test_a_second_refresh_waits_and_then_says_who_holds_the_warehouse(settings: Settings) -> None:
    """Command line, UI, sensor and schedule take the same lock."""
    with warehouse_lock(settings, holder="the nightly refresh", wait_seconds=0):
        run = run_refresh(settings)
    assert not run.result.success
    assert "waiting for the nightly refresh" in run.said[0]
    assert run.failures.startswith("WarehouseBusyError: ")
    assert "held by the nightly refresh" in run.failures
    assert "wait for it to end" in alerts.next_step(run.failures)


def test_a_single_asset_writes_to_the_build_area_only(settings: Settings) -> None:
    """Analysts see nothing of it until a whole set is published."""
    before = contents(settings)
    run = run_refresh(settings, only=["trials"])
    assert run.result.success, run.failures
    assert run.materialized == {"trials"}
    after = contents(settings)
    changed = {path for path in before | after if before.get(path) != after.get(path)}
    assert changed
    assert {path.parts[0] for path in changed} <= {"build", "state", "refresh.lock"}


def test_tables_of_different_raw_content_are_not_published_together(settings: Settings) -> None:
    """Somebody reads a new file and goes straight to `warehouse`: it says which tables are behind, and what to do."""
    refreshing.fill(settings.raw, {"three.json": refreshing.as_json(3)})
    assert run_refresh(settings, only=["raw_manifest", "records"]).result.success
    before = settings.current.readlink()
    run = run_refresh(settings, only=["warehouse"])
    assert not run.result.success
    assert run.failures.startswith("warehouse: InconsistentBuildError: ")
    assert "trials" in run.failures
    assert "refresh job" in run.failures
    assert settings.current.readlink() == before


def test_a_table_that_was_not_checked_since_it_was_built_is_not_published(settings: Settings) -> None:
    """A single table made anew, then `warehouse`: the checks across tables have not seen it."""
    assert run_refresh(settings, only=["trials"]).result.success
    run = run_refresh(settings, only=["warehouse"])
    assert run.failures.startswith("warehouse: BlockedError: not checked since they were built: ")


def test_a_failed_blocking_check_stops_publication(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was published before stays; the alert names the check and says where to look."""
    check_shape = assets.checks.check_shape

    def fails_for_arms(table: object, files: Sequence[Path]) -> CheckResult:
        found = check_shape(table, files)
        if found.table_name != "arms":
            return found
        return CheckResult(table_name="arms", check_name="shape", severity="error", description="", passed=False, unexpected_count=1)

    monkeypatch.setattr(assets.checks, "check_shape", fails_for_arms)
    refreshing.fill(settings.raw, {"three.json": refreshing.as_json(3)})
    before = settings.current.readlink()
    run = run_refresh(settings)
    assert not run.result.success
    assert not {"table_set", "warehouse"} & run.materialized
    assert settings.current.readlink() == before
    assert "arms" in run.failures
    assert "shape" in run.failures
    assert "failed checks" in alerts.next_step(run.failures)


def test_only_what_reads_files_is_tried_again() -> None:
    """A network drive may come back; a defect of the code fails the same way twice."""
    with pytest.raises(dg.RetryRequested) as retried, retried_io():
        raise FileNotFoundError("the drive is away")
    assert retried.value.max_retries > 0
    with pytest.raises(ValueError, match="a defect"), retried_io():
        raise ValueError("a defect")


def contents(settings: Settings) -> dict[Path, tuple[int, int]]:
    """Every file of a warehouse with what changes when it is written."""
    files = [path for path in settings.warehouse.rglob("*") if path.is_file() and not path.is_symlink()]
    return {path.relative_to(settings.warehouse): (path.stat().st_mtime_ns, path.stat().st_ino) for path in files}
