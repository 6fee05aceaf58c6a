"""The same raw files give the same rows, however the work was done; and work that was done is not done again."""

import random
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.engine import extract_stage, read_plan, read_stage, sign_stage
from pipelines.engine.executor import Inline, executor
from pipelines.settings import PROJECT, Settings
from tests.refreshing import as_json, build_all, built, fill

Rows = dict[str, list[str]]


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's own samples, duplicated and damaged ones included, and one large enough to be cut."""
    folder = tmp_path_factory.mktemp("same") / "raw"
    shutil.copytree(PROJECT / "raw", folder)
    return folder


@pytest.fixture(scope="module")
def rows(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """What one process makes of it in an empty warehouse."""
    settings = Settings(raw=raw, warehouse=tmp_path_factory.mktemp("first"))
    build_all(settings)
    found = built(settings)
    assert (
        min(len(found[name]) for name in ("trials", "regimens", "endpoints", "endpoint_results", "safety", "quarantine", "trial_changes"))
        > 0
    )
    return found


@pytest.fixture
def small_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits so low that the samples become many tasks, large files among them."""
    monkeypatch.setattr(read_plan, "TARGET_BYTES", 5_000)
    monkeypatch.setattr(read_plan, "LARGE_BYTES", 20_000)


def test_a_second_build_from_nothing_gives_the_same_rows(raw: Path, rows: Rows, tmp_path: Path) -> None:
    """No clock, no chance and no memory of an earlier refresh is in the rows."""
    settings = Settings(raw=raw, warehouse=tmp_path / "warehouse")
    build_all(settings)
    assert built(settings) == rows


@pytest.mark.usefixtures("small_tasks")
def test_two_processes_give_the_same_rows_as_one(raw: Path, rows: Rows, tmp_path: Path) -> None:
    """Also when the work is cut into many more pieces."""
    settings = Settings(raw=raw, warehouse=tmp_path / "warehouse", workers=2)
    with executor(2) as pool:
        reading = build_all(settings, pool)
    assert len(reading.results) > 10
    assert built(settings) == rows


@pytest.mark.usefixtures("small_tasks")
def test_the_order_in_which_work_is_done_does_not_matter(raw: Path, rows: Rows, tmp_path: Path) -> None:
    """Tasks that end in any order, and files that are listed in any order, give the same rows."""

    class Shuffled(Inline):
        def run(self, function, tasks) -> Iterator:
            order = list(range(len(tasks)))
            random.Random(1).shuffle(order)
            results = {number: function(tasks[number]) for number in order}
            return (results[number] for number in range(len(tasks)))

    settings = Settings(raw=raw, warehouse=tmp_path / "warehouse")
    build_all(settings, Shuffled())
    assert built(settings) == rows


@pytest.mark.parametrize("kept", ["read", "extract", "both"])
def test_work_taken_from_an_earlier_refresh_gives_the_same_rows(raw: Path, rows: Rows, tmp_path: Path, kept: str) -> None:
    """Whichever half of the state is still there."""
    settings = Settings(raw=raw, warehouse=tmp_path / "warehouse")
    build_all(settings)
    for name in ("read", "extract"):
        if kept not in (name, "both"):
            shutil.rmtree(settings.state / name)
    reading = build_all(settings)
    assert (reading.n_reused == len(reading.results)) == (kept != "extract")
    assert built(settings) == rows


def test_a_file_that_came_and_went_leaves_nothing_behind(raw: Path, rows: Rows, tmp_path: Path) -> None:
    """A newer version and a copy of known trials: without them everything is again as before."""
    folder = tmp_path / "raw"
    shutil.copytree(raw, folder)
    settings = Settings(raw=folder, warehouse=tmp_path / "warehouse")
    build_all(settings)
    assert built(settings) == rows
    api = folder / "ctgov" / "api"
    newer = (api / "NCT90000101.json").read_bytes().replace(b"2024-06-13", b"2030-01-01").replace(b"CEDARLINE", b"Changed")
    fill(folder, {"newer.json": newer, "aaa-copy.json": (api / "NCT90000102.json").read_bytes()})
    build_all(settings)
    changed = built(settings)
    assert "Changed" in str(changed["trials"])
    assert all(changed[name] != rows[name] for name in ("raw_files", "documents", "trials", "endpoints"))
    (folder / "newer.json").unlink()
    (folder / "aaa-copy.json").unlink()
    build_all(settings)
    assert built(settings) == rows


def test_other_names_of_the_same_files_change_no_fact(raw: Path, tmp_path: Path) -> None:
    """Where a record stands identifies its document, not its trial: ids and values of all facts are as before."""
    tables = ("trials", "conditions", "arms", "regimens", "endpoints", "endpoint_results", "safety", "drugs")
    found: list[Rows] = []
    for name in ("same", "renamed"):
        folder = tmp_path / name / "raw"
        folder.mkdir(parents=True)
        for number, source in enumerate(sorted((raw / "ctgov" / "api").iterdir())):
            shutil.copyfile(source, folder / (source.name if name == "same" else f"{99 - number}.json"))
        settings = Settings(raw=folder, warehouse=tmp_path / name / "warehouse")
        build_all(settings)
        found.append(built(settings, without=("document_id", "source_path")))
    assert all(found[0][name] == found[1][name] for name in tables)
    assert len(found[0]["trials"]) == 6


def test_a_new_file_among_many_is_the_only_new_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many batches, reading and extraction do those that the new file is in."""
    monkeypatch.setattr(read_plan, "TARGET_BYTES", 3_000)
    raw = fill(tmp_path / "raw", {f"{number:03}.json": as_json(number) for number in range(1, 61)})
    settings = Settings(raw=raw, warehouse=tmp_path / "warehouse")
    first = build_all(settings)
    assert first.n_reused == 0
    assert len(first.results) >= 10
    done = _Counting()
    fill(raw, {"zzz.json": as_json(100)})
    second = build_all(settings, done)
    assert second.n_reused >= len(second.results) - 2
    assert done.tasks[read_stage.run] <= 2
    assert done.tasks[sign_stage.run] <= 2
    assert done.tasks[extract_stage.run] <= 2
    done = _Counting()
    third = build_all(settings, done)
    assert third.n_reused == len(third.results)
    assert done.tasks[read_stage.run] == done.tasks[sign_stage.run] == done.tasks[extract_stage.run] == 0


def test_what_is_no_longer_needed_leaves_the_state(tmp_path: Path) -> None:
    """The state does not grow for ever: it holds what the last refresh used."""
    raw = fill(tmp_path / "raw", {"a.json": as_json(1)})
    settings = Settings(raw=raw, warehouse=tmp_path / "warehouse")
    sizes = []
    for number in range(2, 6):
        fill(raw, {"a.json": as_json(number)})
        build_all(settings)
        sizes.append([len(list((settings.state / name).iterdir())) for name in ("read", "sign", "extract")])
    assert sizes == [[1, 1, 1]] * 4


class _Counting(Inline):
    """Counts the tasks of each stage."""

    def __init__(self) -> None:
        self.tasks: Counter[object] = Counter()

    def run(self, function, tasks):
        self.tasks[function] += len(tasks)
        return super().run(function, tasks)
