"""Rows that a rule stops: kept outside, told with their words, and taken back in when the file is corrected or a person says so."""

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.decisions import DecisionsError
from pipelines.quarantine import read_decisions
from pipelines.settings import Settings
from tests import refreshing

RIGHT, SLIPPED = "Vincristine 1.4 mg/m2 iv on day 1 of each 21-day cycle", "Vincristine 1.4 g/m2 iv on day 1 of each 21-day cycle"


def record(words: str) -> bytes:
    study = refreshing.study(1)
    arms = study["protocolSection"]["armsInterventionsModule"]
    arms["interventions"] = [{"type": "DRUG", "name": "Vincristine", "description": words, "armGroupLabels": ["Both drugs"]}]
    arms["armGroups"][0]["interventionNames"] = ["Drug: Vincristine"]
    return json.dumps(study).encode()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A warehouse of which one dose cannot be right."""
    refreshing.fill(tmp_path / "raw", {"slipped.json": record(SLIPPED), "torn.json": b'{"protocolSection": {"identif'})
    settings = Settings(tmp_path / "raw", tmp_path / "warehouse")
    refreshing.refresh(settings)
    return settings


def decide(settings: Settings, *lines: str) -> None:
    settings.quarantine_decisions.parent.mkdir(parents=True, exist_ok=True)
    settings.quarantine_decisions.write_text("\n".join(["entry,decision,note", *lines]) + "\n", encoding="utf-8")


def doses(settings: Settings) -> list[tuple]:
    return refreshing.query(settings, "SELECT dose_low, dose_unit, flags FROM regimens WHERE dose_low IS NOT NULL")


def entries(settings: Settings) -> dict[str, tuple]:
    """Of each reason its entry and whether it is dismissed."""
    found = refreshing.query(settings, "SELECT coalesce(check_name, reason), entry, is_dismissed FROM quarantine")
    return {reason: rest for reason, *rest in found}


def listed(settings: Settings, *options: str) -> str:
    result = CliRunner().invoke(app, ["quarantine", "--warehouse", str(settings.warehouse), *options])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_row_that_cannot_be_right_stays_outside_with_its_words(settings: Settings) -> None:
    """The table has no dose; quarantine has the row, the rule, the reason and the words that it was made from."""
    assert doses(settings) == []
    ((table, check, why, excerpt, row, document),) = refreshing.query(
        settings, "SELECT table_name, check_name, reason_text, excerpt, row_json, document_id FROM quarantine WHERE stage = 'check'"
    )
    assert (table, check) == ("regimens", "dose_is_possible")
    assert why.startswith("Twenty times the most")
    assert "1.4 g/m2" in excerpt
    assert json.loads(row)["dose_unit"] == "g/m2"
    assert refreshing.query(settings, f"SELECT status FROM documents WHERE document_id = '{document}'") == [("kept",)]
    assert refreshing.query(settings, "SELECT count(*) FROM evidence WHERE table_name = 'regimens'") == [(0,)]


def test_a_corrected_file_is_read_again(settings: Settings) -> None:
    refreshing.fill(settings.raw, {"slipped.json": record(RIGHT)})
    assert refreshing.refresh(settings).outcome == "published"
    assert doses(settings) == [(1.4, "mg/m2", [])]
    assert "dose_is_possible" not in entries(settings)


def test_a_person_may_publish_the_row_all_the_same(settings: Settings) -> None:
    """It has a flag then, and is in quarantine no longer; without the decision it goes back."""
    entry, _ = entries(settings)["dose_is_possible"]
    decide(settings, f"{entry},publish,asked the sponsor")
    assert refreshing.refresh(settings).outcome == "published"
    ((dose, unit, flags),) = doses(settings)
    assert (dose, unit) == (1.4, "g/m2")
    assert "breaks_dose_is_possible" in flags
    assert "dose_is_possible" not in entries(settings)
    settings.quarantine_decisions.unlink()
    refreshing.refresh(settings)
    assert entries(settings)["dose_is_possible"][0] == entry


def test_a_dismissed_entry_is_kept_but_no_longer_listed(settings: Settings) -> None:
    before = entries(settings)
    torn = next(reason for reason in before if reason != "dose_is_possible")
    assert "torn.json" in listed(settings)
    decide(settings, f"{before[torn][0]},dismiss,known")
    refreshing.refresh(settings)
    assert entries(settings)[torn] == [before[torn][0], True]
    assert "torn.json" not in listed(settings)
    assert "torn.json" in listed(settings, "--dismissed")


def test_entries_are_listed_by_reason_and_as_a_file_to_fill_in(settings: Settings) -> None:
    """What `--csv` prints is a file of decisions, once the decisions are written into it."""
    assert "dose_is_possible  1 entry" in listed(settings)
    assert "torn.json" not in listed(settings, "--reason", "dose_is_possible")
    rows = list(csv.DictReader(io.StringIO(listed(settings, "--csv"))))
    assert {row["why"] for row in rows} == set(entries(settings))
    rows = [{**row, "decision": "dismiss"} for row in rows]
    with (settings.raw.parent / "filled.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert read_decisions(settings.raw.parent / "filled.csv") == {row["entry"]: "dismiss" for row in rows}
    assert {row["entry"] for row in json.loads(listed(settings, "--json"))} == {row["entry"] for row in rows}


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["abc,forget,"], "line 2: 'forget' is neither"),
        (["abc,publish,", "abc,dismiss,"], "line 3: an earlier line says otherwise of abc"),
    ],
)
def test_a_file_of_decisions_that_cannot_be_followed_is_named(settings: Settings, lines: list[str], message: str) -> None:
    decide(settings, *lines)
    with pytest.raises(DecisionsError, match=message):
        refreshing.refresh(settings)
