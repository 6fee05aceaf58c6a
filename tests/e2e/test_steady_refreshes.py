"""Refreshes one after another: what must not change unnoticed, and how a person says that it was meant."""

import json
from pathlib import Path

import pytest

from pipelines import accuracy_over_time, checking
from pipelines.build_folder import write
from pipelines.quality.measures import Measure
from pipelines.refresh import BlockedError, finish
from pipelines.settings import Settings, load
from tests import refreshing

N = 240


def fill(settings: Settings, numbers: range) -> None:
    """A raw folder of so many records in two files."""
    half = len(numbers) // 2
    for name, part in (("a.json", numbers[:half]), ("b.json", numbers[half:])):
        refreshing.fill(settings.raw, {name: json.dumps([refreshing.study(number) for number in part]).encode()})


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("drift")
    settings = Settings(folder / "raw", folder / "warehouse")
    fill(settings, range(N))
    refreshing.refresh(settings)
    return settings


def test_a_truncated_export_is_not_published_until_a_person_says_so(settings: Settings) -> None:
    """The tables that analysts use stay as they were; once accepted, the smaller folder is the measure."""
    (settings.raw / "b.json").unlink()
    fill(settings, range(N // 3))
    with pytest.raises(BlockedError, match="rows_steady"):
        refreshing.refresh(settings, run_id="bbbbbb")
    assert refreshing.query(settings, "SELECT count(*) FROM trials") == [(N,)]
    (rows, *others) = checking.check_drift(settings, accepted=True)
    assert (rows.passed, rows.blocks) == (False, False)
    assert any(finding.startswith("`trials`: 80 rows, 240 before (-67%)") for finding in rows.findings)
    assert all(other.passed for other in others)
    finish(settings, run_id="cccccc", started_at=None, rules={})
    assert refreshing.query(settings, "SELECT count(*) FROM trials") == [(N // 3,)]
    refreshing.build_all(settings)
    assert all(result.passed for result in checking.check_drift(settings))


def test_numbers_of_every_refresh_are_published(settings: Settings) -> None:
    found = refreshing.query(
        settings, "SELECT value FROM quality_measures WHERE table_name = 'trials' AND measure = 'rows' ORDER BY refresh_id"
    )
    assert found == [(N,), (N // 3,)]
    ((n_columns,),) = refreshing.query(settings, "SELECT count(DISTINCT item) FROM quality_measures WHERE measure = 'coverage'")
    assert n_columns > 100


def labels(folder: Path, text: str, value: float) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "one.txt").write_text(text, encoding="utf-8")
    label = {"concept": "PFS", "statistic": "median", "value": value, "unit": "mo", "quote": "x"}
    (folder / "labels.jsonl").write_text(json.dumps({"text_file": "one.txt", "results": [label]}) + "\n", encoding="utf-8")


TEXT = "We treated 40 patients with glioblastoma in a phase 2 study. Median progression-free survival was 8.3 months (95% CI 6.1 to 9.9)."


def test_accuracy_is_kept_and_a_loss_on_the_same_labels_blocks(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other labels are another measure; the same ones with a worse result are a regression."""
    labels(tmp_path / "mine", TEXT, 8.3)
    own = load(raw=settings.raw, warehouse=settings.warehouse, workers=1, environment={"TRIALHOUSE_GOLD": str(tmp_path / "mine")})
    monkeypatch.setattr(accuracy_over_time, "OWN_LABELS", tmp_path / "none")
    found = accuracy_over_time.measure_accuracy(own)
    assert accuracy_over_time.check_accuracy(own).passed
    assert [one.value for one in found[0].measures if one.item.endswith("value F1")] == [1.0]
    refreshing.build_all(own)
    refreshing.check_tables(own)
    finish(own, run_id="dddddd", started_at=None, rules={}, force=True)
    assert (own.current / "quality" / "accuracy" / "mine.html").is_file()
    worse = [Measure(*one.key, one.value * 0.8, one.n) for one in found[0].measures]
    write(own, checking.ACCURACY_MEASURES, checking.Measured(worse))
    result = accuracy_over_time.check_accuracy(own)
    assert result.blocks
    assert "100.0% before" in result.findings[0]
    assert not accuracy_over_time.check_accuracy(own, accepted=True).blocks
    labels(tmp_path / "mine", TEXT, 8.4)
    changed = accuracy_over_time.measure_accuracy(own)
    assert [one.value for one in changed[0].measures if one.item.endswith("value F1")] == [0.0]
    assert accuracy_over_time.check_accuracy(own).passed
