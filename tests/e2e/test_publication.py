"""Publish or do not: one switch, readers undisturbed, and a warehouse that stays whole whatever happens to a refresh."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from pipelines import build, history, publish
from pipelines.build_folder import InconsistentBuildError, MissingStepError, table_files
from pipelines.published import current, nothing_to_do, record_unchanged
from pipelines.quality import store
from pipelines.quality.results import CheckResult
from pipelines.refresh import BlockedError, finish
from pipelines.schema.tables import TABLES
from pipelines.settings import PROJECT, Settings
from tests.refreshing import as_json, build_all, check_tables, fill, published, query, refresh


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A raw folder with three trials, one of them twice, and a warehouse that is not there yet."""
    files = {"a.json": as_json(1, 2), "b.json": as_json(3), "copy.json": as_json(3), "bad.json": b'{"protocolSection":'}
    raw = fill(tmp_path / "raw", files)
    return Settings(raw=raw, warehouse=tmp_path / "warehouse")


def n_trials(settings: Settings) -> int:
    """Trials that a new reader sees."""
    return query(settings, "SELECT count(*) FROM trials")[0][0]


def snapshots(settings: Settings) -> list[str]:
    """Names of all snapshots, remains of killed ones included."""
    return sorted(path.name for path in settings.snapshots.iterdir())


def outcomes(settings: Settings) -> list[str]:
    """Outcomes of all refreshes in order."""
    return history.table(settings, "refreshes")["outcome"].to_pylist()


def assert_whole(settings: Settings) -> None:
    """Every file is as `datapackage.json` says, the database opens, and both hold the stated rows."""
    folder = settings.current.resolve()
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    with duckdb.connect(str(settings.database), read_only=True) as connection:
        for resource in package["resources"]:
            for file in resource.get("files", [resource]):
                content = (folder / file["path"]).read_bytes()
                assert f"sha256:{hashlib.sha256(content).hexdigest()}" == file["hash"], file["path"]
                assert len(content) == file["bytes"]
            if "rows" in resource:
                counted = connection.execute(f'SELECT count(*) FROM "{resource["name"]}"').fetchall()[0][0]
                in_parquet = sum(pq.read_metadata(folder / path).num_rows for path in resource["path"])
                assert (counted, in_parquet) == (resource["rows"], resource["rows"]), resource["name"]
        refreshes = connection.execute("SELECT refresh_id FROM refreshes").fetchall()
    assert len(refreshes) == len(set(refreshes))
    assert (package["id"],) in refreshes


# --- what is published -----------------------------------------------------------------------------------------------


def test_a_snapshot_says_of_itself_what_it_holds(settings: Settings) -> None:
    """Every table is there with its columns, their meaning, its rows, and the digest of every file."""
    done = refresh(settings)
    assert done.outcome == "published"
    assert_whole(settings)
    package = json.loads((settings.current / "datapackage.json").read_text(encoding="utf-8"))
    assert package["id"] == done.refresh_id == settings.current.resolve().name
    resources = {resource["name"]: resource for resource in package["resources"]}
    assert set(resources) == {*TABLES, "database", "versions_seen"}
    for name, table in TABLES.items():
        fields = resources[name]["schema"]["fields"]
        assert [(f["name"], f["description"]) for f in fields] == [(c.name, c.description) for c in table.columns]
    assert resources["trials"]["rows"] == 3
    files = {path.relative_to(settings.current.resolve()).as_posix() for path in settings.current.resolve().rglob("*") if path.is_file()}
    described = {file["path"] for resource in package["resources"] for file in resource.get("files", [resource])}
    assert {path for path in files if not path.startswith("quality/")} == {*described, "datapackage.json"}


def test_published_files_can_be_read_but_not_written(settings: Settings) -> None:
    """An analyst who opens the database the usual way must not edit the snapshot or lock others out."""
    refresh(settings)
    modes = {oct(path.stat().st_mode & 0o777) for path in settings.current.resolve().rglob("*") if path.is_file()}
    assert modes == {"0o444"}


def test_paths_of_analysts_are_links_that_move_with_the_warehouse(settings: Settings, tmp_path: Path) -> None:
    """Links are relative: the folder may be moved or mounted elsewhere; the database may be copied away."""
    refresh(settings)
    moved = Settings(raw=settings.raw, warehouse=tmp_path / "elsewhere")
    settings.warehouse.rename(moved.warehouse)
    assert n_trials(moved) == 3
    assert (moved.warehouse / "parquet" / "trials").is_dir()
    assert (moved.warehouse / "quality" / "index.html").is_file()
    copy = shutil.copyfile(moved.database, tmp_path / "copy.duckdb")
    shutil.rmtree(moved.warehouse)
    with duckdb.connect(str(copy), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM trial_overview").fetchall() == [(3,)]


def test_the_clock_is_in_history_alone(settings: Settings, tmp_path: Path) -> None:
    """Two refreshes of the same files at two times publish the same bytes of every other table."""
    digests = []
    for name in ("first", "second"):
        one = Settings(raw=settings.raw, warehouse=tmp_path / name)
        refresh(one, run_id=name)
        package = json.loads((one.current / "datapackage.json").read_text(encoding="utf-8"))
        facts = [r for r in package["resources"] if r["name"] in TABLES and not TABLES[r["name"]].history]
        digests.append({file["path"]: file["hash"] for resource in facts for file in resource["files"]})
    assert digests[0] == digests[1]


# --- readers ---------------------------------------------------------------------------------------------------------

READER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
for _ in sys.stdin:
    print(connection.execute("SELECT count(*), max(length(brief_title)) FROM trials").fetchall()[0][0], flush=True)
"""


@contextmanager
def reader(settings: Settings) -> Iterator[Callable[[], int]]:
    """Another process that has the database open; called, it says how many trials it sees."""
    arguments = [sys.executable, "-c", READER, str(settings.database)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def ask() -> int:
            process.stdin.write("\n")  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
            return int(process.stdout.readline())  # type: ignore[union-attr]

        yield ask
        process.stdin.close()  # type: ignore[union-attr]


def test_a_reader_keeps_what_it_has_open_and_a_new_one_sees_the_new_rows(settings: Settings) -> None:
    """Neither waits for the other, and the refresh does not fail because somebody reads."""
    refresh(settings)
    with reader(settings) as before:
        assert before() == 3
        fill(settings.raw, {"new.json": as_json(4)})
        assert refresh(settings, run_id="bbbbbb").outcome == "published"
        assert before() == 3
        with reader(settings) as after:
            assert (before(), after()) == (3, 4)


def test_there_is_no_moment_without_a_whole_warehouse(settings: Settings) -> None:
    """Whoever opens `current` during refreshes finds the old or the new snapshot, complete."""
    expected = {refresh(settings).refresh_id}
    seen: set[str] = set()
    wrong: list[Exception] = []
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            try:
                seen.add(json.loads((settings.current / "datapackage.json").read_text())["id"])
                assert (settings.warehouse / "trials.duckdb").stat().st_mode & 0o777 == 0o444
            except (OSError, ValueError, AssertionError) as error:
                wrong.append(error)
            time.sleep(0.0005)

    watcher = threading.Thread(target=watch)
    watcher.start()
    for run_id in ("bbbbbb", "cccccc"):
        expected.add(refresh(settings, run_id=run_id, force=True).refresh_id)
    stop.set()
    watcher.join()
    assert wrong == []
    assert seen == expected


# --- nothing new -----------------------------------------------------------------------------------------------------


def test_a_refresh_in_which_nothing_changed_publishes_nothing_new(settings: Settings) -> None:
    """It leaves a row in history, and that is all."""
    first = refresh(settings)
    second = refresh(settings, run_id="bbbbbb")
    assert (first.outcome, second.outcome) == ("published", "unchanged")
    assert snapshots(settings) == [first.refresh_id]
    assert outcomes(settings) == ["published", "unchanged"]
    kept, repeated = history.table(settings, "refreshes").to_pylist()
    assert {name for name in kept if kept[name] != repeated[name]} <= {"refresh_id", "started_at", "finished_at", "outcome"}


def test_that_nothing_changed_is_known_without_building_anything(settings: Settings) -> None:
    """Files are compared by size and time, the code by its digest."""
    assert nothing_to_do(settings) is None
    refresh(settings)
    shutil.rmtree(settings.build)
    found = nothing_to_do(settings)
    assert found is not None
    record_unchanged(settings, refresh="20990101T000000-cccccc", started_at=history.now(), published=found)
    assert outcomes(settings) == ["published", "unchanged"]
    assert not settings.build.exists()
    os.utime(settings.raw / "a.json", (1, 1))
    assert nothing_to_do(settings) is not None, "the same content at another time"
    (settings.raw / "b.json").unlink()
    assert nothing_to_do(settings) is None


def test_what_was_published_counts_only_while_it_is_whole_and_of_this_code(settings: Settings, monkeypatch) -> None:
    """Another program, a raw folder that is away or an unreadable description: not "unchanged"."""
    refresh(settings)
    with monkeypatch.context() as patched:
        patched.setattr("pipelines.published.build_digest", lambda: "another")
        assert nothing_to_do(settings) is None
    settings.raw.rename(settings.raw.with_name("away"))
    assert nothing_to_do(settings) is None
    settings.raw.with_name("away").rename(settings.raw)
    assert nothing_to_do(settings) is not None
    (settings.current / "datapackage.json").unlink()
    assert nothing_to_do(settings) is None


def test_everything_can_be_published_again_on_request(settings: Settings) -> None:
    """`--full` makes a new snapshot of the same rows."""
    first = refresh(settings)
    before = published(settings)
    shutil.rmtree(settings.state)
    second = refresh(settings, run_id="bbbbbb", force=True)
    assert second.outcome == "published"
    assert snapshots(settings) == sorted([first.refresh_id, second.refresh_id])
    assert published(settings) == before


# --- what may not be published ---------------------------------------------------------------------------------------


def spoil(settings: Settings, name: str, change: Callable) -> None:
    """Change the rows of a built table behind the back of whoever built it."""
    (file,) = table_files(settings, name)
    table = change(pq.read_table(file))
    file.unlink()  # it may be linked to the state
    pq.write_table(table, file)


SPOILED: dict[str, tuple[str, Callable, str]] = {
    "a key twice": ("trials", lambda table: table.slice(0, 2).take([0, 0, 1]), "trials.shape"),
    "a column gone": ("endpoints", lambda table: table.drop_columns(["measure"]), "endpoints.shape"),
    "a word of no vocabulary": (
        "raw_files",
        lambda table: table.set_column(table.column_names.index("status"), table.schema.field("status"), [["lost"] * len(table)]),
        "raw_files.shape",
    ),
    "a trial gone": ("trials", lambda table: table.slice(1), "foreign_key_trial_id"),
    "a document gone": ("documents", lambda table: table.slice(1), "records_are_documents"),
    "a reason gone": ("quarantine", lambda table: table.slice(1), "quarantined_has_reason"),
}


@pytest.mark.parametrize("what", SPOILED)
def test_a_table_that_breaks_its_promise_is_not_published(settings: Settings, what: str) -> None:
    """Duplicate keys, lost rows, unknown words: the check says so."""
    name, change, check = SPOILED[what]
    build_all(settings)
    spoil(settings, name, change)
    check_tables(settings)
    with pytest.raises(BlockedError, match=check):
        finish(settings, run_id="bbbbbb", started_at=None, rules={})
    assert current(settings) is None


def test_a_blocked_refresh_leaves_the_warehouse_as_it_was_and_nothing_for_the_next(settings: Settings) -> None:
    """Analysts keep the rows of the last good refresh until a good one replaces them."""
    first = refresh(settings)
    fill(settings.raw, {"new.json": as_json(4)})
    build_all(settings)
    spoil(settings, "trials", lambda table: table.slice(1))
    check_tables(settings)
    with pytest.raises(BlockedError):
        finish(settings, run_id="bbbbbb", started_at=None, rules={})
    assert snapshots(settings) == [first.refresh_id]
    assert n_trials(settings) == 3
    assert outcomes(settings) == ["published"]
    assert refresh(settings, run_id="cccccc").outcome == "published"
    assert n_trials(settings) == 4


def test_a_failed_rule_blocks_and_a_warning_does_not(settings: Settings) -> None:
    """Severity decides."""
    build_all(settings)
    check_tables(settings)
    rule = CheckResult(table_name="trials", check_name="odd", severity="warning", description="x", passed=False, unexpected_count=1)
    store.keep(settings, "trials.rules", [rule])
    done = finish(settings, run_id="aaaaaa", started_at=None, rules={}, force=True)
    assert done.outcome == "published"
    found = query(settings, "SELECT severity, passed FROM check_results WHERE check_name = 'odd'")
    assert found == [("warning", False)]
    store.keep(settings, "trials.rules", [CheckResult(**{**{f: getattr(rule, f) for f in rule.__struct_fields__}, "severity": "error"})])
    with pytest.raises(BlockedError, match=r"trials\.odd"):
        finish(settings, run_id="bbbbbb", started_at=None, rules={}, force=True)


def test_what_was_built_after_its_check_has_to_be_checked_again(settings: Settings) -> None:
    """One asset materialised by hand does not slip through on the check of the table before it."""
    refresh(settings)
    build.write_drugs(settings)
    with pytest.raises(BlockedError, match=r"not checked since they were built: drugs\.shape, relations"):
        finish(settings, run_id="bbbbbb", started_at=None, rules={}, force=True)


def test_tables_of_two_raw_states_are_not_published_together(settings: Settings) -> None:
    """A single table built from newer files does not belong to the others, however well it checks."""
    first = refresh(settings)
    fill(settings.raw, {"new.json": as_json(4)})
    build.scan_raw(settings)
    with pytest.raises(InconsistentBuildError, match="other raw content"):
        finish(settings, run_id="bbbbbb", started_at=None, rules={})
    build_all(settings)
    (settings.raw / "new.json").unlink()
    build.scan_raw(settings)
    build.write_raw_files(settings)
    check_tables(settings)
    with pytest.raises(InconsistentBuildError):
        finish(settings, run_id="cccccc", started_at=None, rules={})
    assert snapshots(settings) == [first.refresh_id]


def test_a_table_that_was_never_built_is_missed_by_name(settings: Settings) -> None:
    """The message says what to do."""
    with pytest.raises(MissingStepError, match="manifest was not built yet"):
        finish(settings, run_id="aaaaaa", started_at=None, rules={})
    build.scan_raw(settings)
    with pytest.raises(MissingStepError, match="raw_files was not built yet; materialise it first"):
        finish(settings, run_id="aaaaaa", started_at=None, rules={})
    assert current(settings) is None


# --- housekeeping ----------------------------------------------------------------------------------------------------


def test_old_snapshots_go_but_the_last_few_and_the_young_stay(settings: Settings) -> None:
    """Whoever resolved `current` can finish within a day; five snapshots can be compared with each other."""
    now = datetime.now(UTC)
    ages = [timedelta(days=days) for days in (9, 8, 7, 3, 2)] + [timedelta(hours=hours) for hours in (23, 5, 4, 3, 2, 1)]
    names = [f"{now - age:%Y%m%dT%H%M%S}-aaaaaa" for age in ages]
    for name in names:
        fill(settings.snapshots / name, {"trials.duckdb": b""})
        (settings.snapshots / name / "trials.duckdb").chmod(0o444)
    fill(settings.snapshots / "kept by hand", {"trials.duckdb": b""})
    fill(settings.snapshots / ".partial-20990101T000000-bbbbbb", {"trials.duckdb": b""})
    done = refresh(settings)
    assert snapshots(settings) == sorted([*names[5:], done.refresh_id, "kept by hand"])


def test_the_last_few_snapshots_stay_however_old(settings: Settings) -> None:
    """A warehouse that is refreshed once a month keeps what it can be compared with."""
    names = [f"2020010{day}T000000-aaaaaa" for day in range(1, 8)]
    for name in names:
        fill(settings.snapshots / name, {"trials.duckdb": b""})
    done = refresh(settings)
    assert snapshots(settings) == [*names[-(publish.KEPT_SNAPSHOTS - 1) :], done.refresh_id]


# --- killed refreshes ------------------------------------------------------------------------------------------------

KILLED = """
import json, os, signal, sys
from pathlib import Path
import great_expectations, polars, duckdb
from pipelines.settings import Settings
from tests.refreshing import refresh

CHANGES = {"os.rename", "os.link", "os.symlink", "os.mkdir", "os.remove", "os.rmdir", "os.chmod", "shutil.rmtree", "shutil.copyfile"}
settings = Settings(raw=Path(sys.argv[1]), warehouse=Path(sys.argv[2]))

def watch(moment):
    def hook(event, arguments):
        writes = event == "open" and isinstance(arguments[1], str) and "w" in arguments[1]
        if event in CHANGES or writes:
            change = event + " " + str(arguments[0]).replace(str(settings.warehouse), "")
            if moment and change.startswith(moment):
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)

for line in sys.stdin:
    run_id, moment = json.loads(line)
    if (child := os.fork()) == 0:
        watch(moment)
        refresh(settings, run_id=run_id)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""

BEFORE_THE_SWITCH = (
    "open /build/manifest.msgpack",
    "os.rename /state/read/.partial-",
    "os.rename /state/extract/.partial-",
    "os.mkdir /build/quality",
    "os.mkdir /snapshots/.partial-",
    "os.link /build/parquet/drugs",
    "os.chmod /snapshots/.partial-",
    "os.rename /snapshots/.partial-",
    "os.rename /.current.partial",
)
AFTER_THE_SWITCH = "os.mkdir /history/refreshes"
WRITING_HISTORY = ("os.rename /history/check_results/.", "os.rename /history/refreshes/.")
"""Changes of files, in order, right before which a refresh is killed. The history that is written last may also be that of the refresh
killed before, which is written before the switch.
"""


@pytest.fixture
def killed(settings: Settings) -> Iterator[Callable[[str, str | None], None]]:
    """`killed(run_id, moment)` runs a refresh in another process that is killed at that moment; with None it runs to its end.

    The process that forks does no work itself, so its children may.
    """
    arguments = [sys.executable, "-c", KILLED, str(settings.raw), str(settings.warehouse)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROJECT) as process:

        def run(run_id: str, moment: str | None) -> None:
            process.stdin.write(json.dumps([run_id, moment]) + "\n")  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
            status = int(process.stdout.readline())  # type: ignore[union-attr]
            assert status == (-signal.SIGKILL if moment else 0), moment

        yield run
        process.stdin.close()  # type: ignore[union-attr]


def test_a_refresh_that_is_killed_leaves_a_whole_warehouse_and_the_next_one_works(settings: Settings, killed) -> None:
    """At whatever moment: readers find the old rows or, after the switch, the new ones, and never anything between.

    Each refresh begins with what the killed one before it left behind.
    """
    refresh(settings)
    seen = {current(settings).refresh_id}  # type: ignore[union-attr]
    trials = n_trials(settings)
    for number, moment in enumerate((*BEFORE_THE_SWITCH, AFTER_THE_SWITCH, *WRITING_HISTORY), start=1):
        fill(settings.raw, {f"new-{number}.json": as_json(100 + number)})
        killed(f"{number:06}", moment)
        assert_whole(settings)
        found = n_trials(settings)
        assert found == trials or (found == 3 + number and moment not in BEFORE_THE_SWITCH), moment
        assert found == 3 + number or moment != AFTER_THE_SWITCH
        trials = found
        seen.add(current(settings).refresh_id)  # type: ignore[union-attr]
    killed("ffffff", None)
    assert_whole(settings)
    assert [name for name in snapshots(settings) if name.startswith(".")] == []
    rows = history.table(settings, "refreshes").to_pylist()
    assert len({row["refresh_id"] for row in rows}) == len(rows)
    assert seen <= {row["refresh_id"] for row in rows}, "what analysts have seen is in history"
    assert nothing_to_do(settings) is not None


def test_a_first_refresh_that_is_killed_leaves_nothing_or_all(settings: Settings, killed) -> None:
    """Before the switch nothing is published; from it on everything is, the paths of analysts included."""
    for moment in ("os.rename /snapshots/.partial-", "os.rename /.quality.partial", "os.rename /.current.partial"):
        killed("aaaaaa", moment)
        assert not settings.database.exists(), moment
        assert current(settings) is None
    killed("bbbbbb", AFTER_THE_SWITCH)
    assert_whole(settings)
    assert n_trials(settings) == 3
    assert nothing_to_do(settings) is None, "its history is still to be written"
    killed("cccccc", None)
    assert_whole(settings)
    assert outcomes(settings) == ["published", "unchanged"]


def test_the_command_itself_may_be_killed_while_it_publishes(settings: Settings, tmp_path: Path) -> None:
    """With Dagster and its pool of processes, as an operator or a machine short of memory would."""
    refresh(settings)
    fill(settings.raw, {f"{number}.json": as_json(number) for number in range(10, 20)})
    environment = {**os.environ, "DAGSTER_HOME": str(tmp_path / "dagster")}
    folders = ["--raw", str(settings.raw), "--warehouse", str(settings.warehouse)]
    command = [sys.executable, "-m", "pipelines.cli", "refresh", *folders, "--workers", "2"]
    with subprocess.Popen(command, env=environment, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while not any(settings.snapshots.glob(".partial-*")) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        assert process.poll() is None, "the command ended before it could be killed"
        process.kill()
    assert_whole(settings)
    assert n_trials(settings) == 3
    assert refresh(settings, run_id="bbbbbb").outcome == "published"
    assert n_trials(settings) == 13
    assert_whole(settings)
