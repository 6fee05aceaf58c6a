"""Changes between versions become history: each once, whatever refreshes come and whatever becomes of them."""

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipelines import build_folder, changing, history
from pipelines.engine import extract_stage, read_plan
from pipelines.engine.executor import executor
from pipelines.quality import store
from pipelines.quality.results import CheckResult
from pipelines.refresh import BlockedError
from pipelines.settings import Settings
from tests.refreshing import build_all, built, check_tables, fill, query, refresh, study, zipped

CHANGES = "SELECT trial_id, field, value_before, value_after, version_date::VARCHAR FROM trial_changes ORDER BY ALL"


def version(number: int, updated: str, *, status: str = "RECRUITING", measure: str = "Survival", time: str = "1 year") -> bytes:
    """A whole registration as JSON."""
    tree: dict[str, Any] = study(number, updated=updated)
    protocol = tree["protocolSection"]
    protocol["statusModule"]["overallStatus"] = status
    protocol["descriptionModule"] = {"briefSummary": "Two drugs together."}
    protocol["sponsorCollaboratorsModule"] = {"leadSponsor": {"name": "Northern Lakes Hospital", "class": "OTHER"}}
    protocol["outcomesModule"] = {"primaryOutcomes": [{"measure": measure, "timeFrame": time}]}
    return json.dumps(tree).encode()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A raw folder with two versions of one trial, a trial with one version, and a warehouse that is not there yet."""
    files = {
        "a/1.json": version(1, "2024-01-10"),
        "b/1.json": version(1, "2024-02-20", status="COMPLETED", time="2 years"),
        "a/2.json": version(2, "2024-01-10"),
    }
    return Settings(raw=fill(tmp_path / "raw", files), warehouse=tmp_path / "warehouse")


FIRST = [
    ("NCT91000001", "endpoints.primary[Survival].time_frame", "1 year", "2 years", "2024-02-20"),
    ("NCT91000001", "last_update_date", "2024-01-10", "2024-02-20", "2024-02-20"),
    ("NCT91000001", "overall_status", "RECRUITING", "COMPLETED", "2024-02-20"),
]


def in_history(settings: Settings) -> list[tuple[Any, ...]]:
    """What the files of history hold, as `CHANGES` shows what is published."""
    names = ("trial_id", "field", "value_before", "value_after", "version_date")
    return sorted(tuple(str(row[name]) for name in names) for row in history.table(settings, "trial_changes").to_pylist())


def test_what_changed_is_published_and_kept(settings: Settings) -> None:
    """Under the refresh that found it, with the documents of both versions."""
    done = refresh(settings)
    assert query(settings, CHANGES) == FIRST == in_history(settings)
    paths = query(
        settings,
        """
        SELECT DISTINCT refresh_id, change, older.source_path, newer.source_path FROM trial_changes
        JOIN documents AS older ON older.document_id = document_id_before JOIN documents AS newer ON newer.document_id = document_id_after
        """,
    )
    assert paths == [(done.refresh_id, "changed", "a/1.json", "b/1.json")]


def test_a_newer_version_adds_its_step_and_nothing_else(settings: Settings) -> None:
    """History grows by what is new; the snapshot shows all of it."""
    first = refresh(settings)
    fill(settings.raw, {"c/1.json": version(1, "2024-03-30", status="COMPLETED", time="3 years")})
    second = refresh(settings, run_id="bbbbbb")
    step = [
        ("NCT91000001", "endpoints.primary[Survival].time_frame", "2 years", "3 years", "2024-03-30"),
        ("NCT91000001", "last_update_date", "2024-02-20", "2024-03-30", "2024-03-30"),
    ]
    assert query(settings, CHANGES) == sorted(FIRST + step) == in_history(settings)
    by_refresh = query(settings, "SELECT refresh_id, count(*) FROM trial_changes GROUP BY ALL ORDER BY 1")
    assert by_refresh == [(first.refresh_id, 3), (second.refresh_id, 2)]


def test_nothing_is_said_twice(settings: Settings) -> None:
    """Whether everything is done again, the state is gone, files have other names, or another format states the same version."""
    refresh(settings)
    refresh(settings, run_id="bbbbbb", force=True)
    shutil.rmtree(settings.state)
    refresh(settings, run_id="cccccc", force=True)
    (settings.raw / "b").rename(settings.raw / "renamed")
    refresh(settings, run_id="dddddd")
    csv = "NCT Number,Study Title,Study Status,Last Update Posted\nNCT91000001,Veliparib Given With Temozolomide,COMPLETED,2024-02-20\n"
    fill(settings.raw, {"export.csv": csv.encode()})
    assert refresh(settings, run_id="eeeeee").outcome == "published"
    assert query(settings, CHANGES) == FIRST == in_history(settings)
    assert len(history.files(settings, "trial_changes")) == 1


def test_what_history_holds_outlives_the_files(settings: Settings) -> None:
    """An older version may leave the raw folder; that it was there once is known."""
    refresh(settings)
    shutil.rmtree(settings.raw / "a")
    refresh(settings, run_id="bbbbbb")
    assert query(settings, "SELECT count(*) FROM documents") == [(1,)]
    assert query(settings, CHANGES) == FIRST


@pytest.mark.parametrize("moment", ["append_from", "append"])
def test_a_refresh_that_is_killed_while_it_writes_history_loses_and_doubles_nothing(settings: Settings, monkeypatch, moment: str) -> None:
    """What was published is written into history by the next one, also when that has nothing else to do."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(history, moment, killed)
        with pytest.raises(KeyboardInterrupt):
            refresh(settings)
    assert query(settings, CHANGES) == FIRST, "the switch was made"
    assert refresh(settings, run_id="bbbbbb").outcome == "unchanged"
    assert in_history(settings) == FIRST
    refresh(settings, run_id="cccccc", force=True)
    assert query(settings, CHANGES) == FIRST == in_history(settings)
    assert query(settings, "SELECT count(*) FROM refreshes") == [(3,)]


def test_a_refresh_that_fails_publishes_no_changes(settings: Settings) -> None:
    """The next one that succeeds does."""
    build_all(settings)
    check_tables(settings)
    failed = CheckResult(table_name="trials", check_name="x", severity="error", description="x", passed=False)
    store.keep(settings, "trials.x", [failed])
    with pytest.raises(BlockedError):
        refresh_without_checks(settings)
    assert in_history(settings) == []
    store.forget(settings, "trials")
    refresh(settings, run_id="bbbbbb")
    assert query(settings, CHANGES) == FIRST


def refresh_without_checks(settings: Settings) -> None:
    """The end of a refresh, on what was checked before."""
    from pipelines.refresh import finish

    finish(settings, run_id="aaaaaa", started_at=None, rules={})


def test_the_same_changes_are_found_however_the_work_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Versions of a trial in one batch or in many, in one process or two, in an archive or beside each other."""
    members = {
        f"{number}-{month}.json": version(
            number, f"2024-0{month}-01", measure="Survival" if month < 3 else "Response", time=f"{month} years"
        )
        for number in range(1, 9)
        for month in (1, 2, 3)
    }
    settings = Settings(raw=fill(tmp_path / "raw", members), warehouse=tmp_path / "one")
    build_all(settings)
    whole = built(settings)["trial_changes"]
    assert len(whole) == 8 * 5
    monkeypatch.setattr(read_plan, "TARGET_BYTES", 2_000)
    with executor(2) as pool:
        cut = Settings(raw=settings.raw, warehouse=tmp_path / "two", workers=2)
        assert len(build_all(cut, pool).results) > 5
        assert built(cut)["trial_changes"] == whole
    archive = fill(tmp_path / "zipped", {"all.zip": zipped(*((name, members[name]) for name in reversed(members)))})
    archived = Settings(raw=archive, warehouse=tmp_path / "three")
    build_all(archived)
    without = ("document_id_before", "document_id_after")
    assert built(archived, without=without)["trial_changes"] == built(settings, without=without)["trial_changes"]


def test_a_version_that_cannot_be_extracted_is_passed_over(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The versions beside it are compared with each other, and the quarantine says why."""
    fill(settings.raw, {"c/1.json": version(1, "2024-03-30", status="TERMINATED")})
    real = extract_stage.version_of

    def fragile(study, subject, source_format):
        if study.protocol_section.status_module.overall_status == "COMPLETED":
            raise ValueError("a defect")
        return real(study, subject, source_format)

    monkeypatch.setattr(extract_stage, "version_of", fragile)
    refresh(settings)
    assert query(settings, "SELECT value_before, value_after FROM trial_changes WHERE field = 'overall_status'") == [
        ("RECRUITING", "TERMINATED")
    ]
    assert query(settings, "SELECT source_path, stage FROM quarantine") == [("b/1.json", "extract")]


def test_changes_are_not_found_in_work_that_is_gone(settings: Settings) -> None:
    """Without the results of extraction the step asks for them, and does not say that nothing changed."""
    build_all(settings)
    shutil.rmtree(settings.state / "extract")
    with pytest.raises(build_folder.MissingStepError, match="trials was not built yet"):
        changing.find_changes(settings)


def test_fields_are_counted_for_those_who_look_at_the_step(settings: Settings) -> None:
    """Members of a list under the list's name; without versions there is a table without rows."""
    build_all(settings)
    found = changing.find_changes(settings)
    assert found == {"last_update_date": 1, "overall_status": 1, "endpoints.primary[…].time_frame": 1}
    shutil.rmtree(settings.raw / "b")
    build_all(settings)
    assert changing.find_changes(settings) == {}
    assert sum(pq.read_metadata(file).num_rows for file in build_folder.table_files(settings, "trial_changes")) == 0


# --- from refresh to refresh -----------------------------------------------------------------------------------------------


def test_a_file_that_was_replaced_shows_what_changed(settings: Settings) -> None:
    """The older version is nowhere but in what the last refresh saw; the same again shows nothing."""
    refresh(settings)
    fill(settings.raw, {"a/2.json": version(2, "2024-04-01", status="WITHDRAWN")})
    refresh(settings, run_id="bbbbbb")
    step = [
        ("NCT91000002", "last_update_date", "2024-01-10", "2024-04-01", "2024-04-01"),
        ("NCT91000002", "overall_status", "RECRUITING", "WITHDRAWN", "2024-04-01"),
    ]
    assert query(settings, CHANGES) == FIRST + step == in_history(settings)
    refresh(settings, run_id="cccccc", force=True)
    fill(settings.raw, {"more.json": version(3, "2024-01-10")})
    refresh(settings, run_id="dddddd")
    assert query(settings, CHANGES) == FIRST + step == in_history(settings)


def test_an_older_file_that_comes_back_changes_nothing(settings: Settings) -> None:
    """What was seen last is the newer version, also when that has left."""
    refresh(settings)
    shutil.rmtree(settings.raw / "b")
    refresh(settings, run_id="bbbbbb")
    assert query(settings, CHANGES) == FIRST


def test_the_order_within_a_record_is_no_change(settings: Settings) -> None:
    """Conditions and arms that stand in another order are the same."""
    two = json.loads(version(2, "2024-01-10"))
    two["protocolSection"]["conditionsModule"]["conditions"] = ["Glioblastoma", "Astrocytoma"]
    fill(settings.raw, {"a/2.json": json.dumps(two).encode()})
    refresh(settings)
    two["protocolSection"]["conditionsModule"]["conditions"].reverse()
    two["protocolSection"]["statusModule"]["lastUpdatePostDateStruct"]["date"] = "2024-04-01"
    fill(settings.raw, {"a/2.json": json.dumps(two).encode()})
    refresh(settings, run_id="bbbbbb")
    assert [row for row in query(settings, CHANGES) if row[0] == "NCT91000002"] == [
        ("NCT91000002", "last_update_date", "2024-01-10", "2024-04-01", "2024-04-01")
    ]


PRESENCE = "SELECT registration, event, overall_status FROM trial_presence ORDER BY refresh_id, registration"


def test_a_trial_that_vanished_is_told_from_one_that_was_withdrawn(settings: Settings) -> None:
    """It may come back; what it said last is known until then."""
    refresh(settings)
    appeared = [("NCT91000001", "appeared", "COMPLETED"), ("NCT91000002", "appeared", "RECRUITING")]
    assert query(settings, PRESENCE) == appeared
    gone = (settings.raw / "a/2.json").read_bytes()
    (settings.raw / "a/2.json").unlink()
    refresh(settings, run_id="bbbbbb")
    vanished = ("NCT91000002", "vanished", "RECRUITING")
    assert query(settings, PRESENCE) == [*appeared, vanished]
    shown = "SELECT registration, is_present, overall_status, times_vanished, first_seen_at < last_seen_at FROM trial_history ORDER BY 1"
    assert query(settings, shown)[1][:4] == ("NCT91000002", False, "RECRUITING", 1)
    fill(settings.raw, {"c/1.json": version(1, "2024-05-01", status="WITHDRAWN")})
    refresh(settings, run_id="cccccc")
    assert query(settings, PRESENCE) == [*appeared, vanished]
    assert query(settings, shown) == [("NCT91000001", True, "WITHDRAWN", 0, True), ("NCT91000002", False, "RECRUITING", 1, False)]
    newer = gone.replace(b"2024-01-10", b"2024-06-01").replace(b"RECRUITING", b"TERMINATED")
    fill(settings.raw, {"a/2.json": newer})
    refresh(settings, run_id="dddddd")
    assert query(settings, PRESENCE) == [*appeared, vanished, ("NCT91000002", "returned", "TERMINATED")]
    assert ("NCT91000002", "overall_status", "RECRUITING", "TERMINATED", "2024-06-01") in query(settings, CHANGES)


def test_a_record_without_a_date_is_compared_with_what_was_seen_last(tmp_path: Path) -> None:
    """It may change and change back."""

    def export(status: str) -> bytes:
        return f"NCT Number,Study Title,Study Status,Conditions\nNCT91000001,Veliparib Given Early,{status},Glioma\n".encode()

    settings = Settings(raw=fill(tmp_path / "raw", {"export.csv": export("RECRUITING")}), warehouse=tmp_path / "warehouse")
    for run, status in zip("abcd", ("RECRUITING", "COMPLETED", "RECRUITING", "COMPLETED"), strict=True):
        fill(settings.raw, {"export.csv": export(status)})
        refresh(settings, run_id=run * 6)
    steps = query(settings, "SELECT value_after FROM trial_changes WHERE field = 'overall_status' ORDER BY refresh_id")
    assert steps == [("COMPLETED",), ("RECRUITING",), ("COMPLETED",)]
