"""The command line: what is printed where, and how a command exits."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from pipelines import history
from pipelines.cli import app
from pipelines.lock import warehouse_lock
from pipelines.published import current
from pipelines.quality.results import CheckResult
from pipelines.schema.tables import TABLES
from pipelines.settings import PROJECT, Settings
from tests.refreshing import as_json, fill, refresh


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A published warehouse of three trials, with one file in quarantine whose name looks like markup."""
    folder = tmp_path_factory.mktemp("cli")
    raw = fill(folder / "raw", {"a.json": as_json(1, 2, 3), "[bold]cut.json": as_json(4)[:-50]})
    found = Settings(raw=raw, warehouse=folder / "warehouse")
    refresh(found)
    return found


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the user's own settings, and an instance of Dagster for each test."""
    for name in ("TRIALHOUSE_RAW", "TRIALHOUSE_WAREHOUSE", "TRIALHOUSE_WORKERS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))


def run(*arguments: str | Path) -> Result:
    """A command, run in this process."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def query(settings: Settings, sql: str, *options: str) -> Result:
    """`trialhouse query`."""
    return run("query", sql, "--warehouse", settings.warehouse, *options)


# --- query -----------------------------------------------------------------------------------------------------------


def test_a_query_is_shown_as_a_table(settings: Settings) -> None:
    """Column names above, a row per line, nothing on standard error."""
    found = query(settings, "SELECT trial_id, enrollment FROM trials ORDER BY 1")
    lines = [line.split() for line in found.stdout.splitlines() if "NCT" in line or "trial_id" in line]
    assert lines == [["trial_id", "enrollment"], ["NCT91000001", "41"], ["NCT91000002", "42"], ["NCT91000003", "43"]]
    assert (found.exit_code, found.stderr) == (0, "")


def test_a_table_is_cut_at_its_limit_and_says_so(settings: Settings) -> None:
    """On standard error, so that nobody takes the part for the whole."""
    found = query(settings, "SELECT trial_id FROM trials", "--limit", "2")
    assert found.stdout.count("NCT") == 2
    assert "more than 2 rows" in found.stderr
    assert "more than" not in query(settings, "SELECT trial_id FROM trials", "--limit", "3").stderr


def test_text_that_looks_like_markup_is_shown_as_it_is(settings: Settings) -> None:
    """Names and texts come from strangers."""
    assert "[bold]cut.json" in query(settings, "SELECT source_path FROM quarantine").stdout


def test_csv_is_read_back_as_it_was(settings: Settings) -> None:
    """With a header, quoted where it must be, and all rows whatever the limit."""
    sql = "SELECT trial_id, 'a \"b\",\nc' AS text, NULL AS nothing FROM trials ORDER BY 1"
    rows = list(csv.reader(io.StringIO(query(settings, sql, "--csv", "--limit", "1").stdout)))
    assert rows == [["trial_id", "text", "nothing"], *([f"NCT9100000{n}", 'a "b",\nc', ""] for n in (1, 2, 3))]


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT trial_id, enrollment FROM trials WHERE enrollment > 41 ORDER BY 1", [("NCT91000002", 42), ("NCT91000003", 43)]),
        ("SELECT 'é \"x\"' AS text, DATE '2024-01-02' AS day, [1, 2] AS numbers", [('é "x"', "2024-01-02", [1, 2])]),
        ("SELECT 'nan'::DOUBLE AS a, ['-inf'::DOUBLE] AS b, 1.5 AS c", [(None, [None], 1.5)]),
        ("SELECT trial_id FROM trials WHERE false", []),
    ],
)
def test_json_is_one_array_of_objects(settings: Settings, sql: str, rows: Sequence[tuple]) -> None:
    """Also without rows, and with values that JSON has no word for."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    found = json.loads(query(settings, sql, "--json").stdout, parse_constant=refuse)
    assert [tuple(row.values()) for row in found] == rows


def test_bad_sql_is_explained_in_one_message(settings: Settings) -> None:
    """DuckDB's own words, no traceback, exit 1."""
    found = query(settings, "SELECT tria_id FROM trials")
    assert found.exit_code == 1
    assert found.stdout == ""
    assert found.stderr.startswith("trialhouse: Binder Error")
    assert "trial_id" in found.stderr, "DuckDB proposes the right name"
    assert "Traceback" not in found.stderr


def test_a_query_cannot_change_the_warehouse(settings: Settings) -> None:
    """The database is opened for reading."""
    found = query(settings, "DELETE FROM trials")
    assert found.exit_code == 1
    assert "read-only" in found.stderr
    assert query(settings, "SELECT count(*) AS n FROM trials", "--csv").stdout.splitlines() == ["n", "3"]


def test_a_warehouse_that_is_not_there_is_named(tmp_path: Path) -> None:
    """And what to do."""
    found = run("query", "SELECT 1", "--warehouse", tmp_path / "none")
    assert found.exit_code == 1
    assert str(tmp_path / "none") in found.stderr
    assert "trialhouse refresh" in found.stderr
    assert not (tmp_path / "none").exists()


def test_a_reader_that_goes_away_is_no_error(settings: Settings) -> None:
    """`trialhouse query … --csv | head -1` ends quietly."""
    sql = "SELECT range AS n FROM range(1000000)"
    command = [sys.executable, "-m", "pipelines.cli", "query", sql, "--csv", "--warehouse", str(settings.warehouse)]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "n\n"
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 0


# --- status ----------------------------------------------------------------------------------------------------------


def test_status_shows_refreshes_tables_and_quarantine(settings: Settings) -> None:
    """What was done, what is there, and what could not be read and why."""
    found = run("status", "--warehouse", settings.warehouse)
    assert found.exit_code == 0
    published = current(settings)
    assert published is not None
    assert published.refresh_id in found.stdout
    rows = [line.split() for line in found.stdout.splitlines()]
    assert ["trials", "3"] in rows
    assert any(line.startswith("truncated") and "[bold]cut.json" in line for line in found.stdout.splitlines())


def test_status_before_the_first_refresh_says_what_to_do(tmp_path: Path) -> None:
    """No error: there is just nothing yet."""
    found = run("status", "--warehouse", tmp_path / "none")
    assert found.exit_code == 0
    assert "trialhouse refresh" in found.stdout
    assert not (tmp_path / "none").exists()


# --- explain ---------------------------------------------------------------------------------------------------------

REPORT = (
    "# What [red]forty[/] patients said about their [bold]diary\n\nEach of forty patients at one clinic was asked to write down every "
    "evening how the day had been, in no more than three lines. After a month the nurses sat down with a pot of tea and read all twelve "
    "hundred entries aloud. Most were about sleep, soup and the weather, and quite a few about the neighbour's dog. Nobody had expected "
    "that tiredness would be named on so many mornings but on so few evenings, and so the clinic moved its telephone hour to ten o'clock.\n"
)


@pytest.fixture(scope="module")
def explained(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A published warehouse with a report, an edited copy of it, and a file with three records."""
    folder = tmp_path_factory.mktemp("explained")
    files = {"[b]report.md": REPORT.encode(), "copy.md": REPORT.replace("a pot of tea", "coffee").encode(), "a.json": as_json(1, 2, 3)}
    found = Settings(raw=fill(folder / "raw", files), warehouse=folder / "warehouse")
    refresh(found)
    return found


def explain(settings: Settings, *arguments: str) -> Result:
    """`trialhouse explain`."""
    return run("explain", *arguments, "--raw", settings.raw, "--warehouse", settings.warehouse)


def test_a_document_is_explained_in_words(explained: Settings) -> None:
    """The names of files and the words of texts are shown as they are, and each difference is one line."""
    copy = explain(explained, "copy.md")
    assert (copy.exit_code, copy.stderr) == (0, "")
    lines = copy.stdout.splitlines()
    assert lines[:2] == ["copy.md", "What [red]forty[/] patients said about their [bold]diary"]
    assert any(line.startswith("Dropped: a copy of [b]report.md, with changes.") for line in lines)
    assert "… month the nurses sat down with [-coffee-] {+a pot of tea+} and read all twelve hundred entries …" in lines
    kept = explain(explained, "report.md").stdout.splitlines()
    assert kept[0] == "[b]report.md"
    assert "Kept; 1 other document was dropped for it." in kept
    assert any(line.split()[:2] == ["copy.md", "similar_text"] for line in kept)


def test_an_explanation_is_one_json_object(explained: Settings) -> None:
    """With all that is said in words."""
    found = json.loads(explain(explained, "a.json#2", "--json").stdout)
    assert (found["status"], found["document"]["record_index"], found["trials"][0]["trial_id"]) == ("kept", 2, "NCT91000003")


def test_several_documents_are_listed_with_their_ids(explained: Settings) -> None:
    """Exit 2: the words were too few; nothing on standard output."""
    found = explain(explained, "a.json", "--json")
    assert (found.exit_code, found.stdout) == (2, "")
    assert found.stderr.splitlines()[0] == "trialhouse: 3 documents are meant by 'a.json':"
    ids = query(explained, "SELECT document_id FROM documents WHERE source_path = 'a.json' ORDER BY record_index", "--csv").stdout.split()[
        1:
    ]
    assert [line.split() for line in found.stderr.splitlines()[1:]] == [[name, f"a.json#{n}"] for n, name in enumerate(ids)]


def test_a_document_that_is_not_there_exits_1_with_a_hint(explained: Settings, tmp_path: Path) -> None:
    """Also where nothing is published."""
    found = explain(explained, "copie.md")
    assert (found.exit_code, found.stdout) == (1, "")
    assert "copy.md" in found.stderr
    nowhere = run("explain", "copy.md", "--warehouse", tmp_path / "none")
    assert (nowhere.exit_code, nowhere.stdout) == (1, "")
    assert "trialhouse refresh" in nowhere.stderr


# --- refresh ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["refresh", "--raw", "/no/such/folder"], "no raw folder at /no/such/folder"),
        (["refresh", "--workers", "0"], "at least 1"),
        (["refresh", "--workers", "two"], "Invalid value"),
        (["refresh", "--colour"], "No such option"),
        (["refresh", "--raw", "/tmp", "--warehouse", "/tmp/warehouse"], "lies in the raw folder"),
        (["query"], "Missing argument"),
        (["refrehs"], "No such command"),
    ],
)
def test_wrong_usage_exits_2_with_a_message(arguments: list[str], message: str) -> None:
    """A schedule can tell a typing error from a failed refresh."""
    found = run(*arguments)
    assert found.exit_code == 2
    assert message in found.stderr
    assert found.stdout == ""


def test_a_wrong_number_in_the_environment_is_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the variable."""
    monkeypatch.setenv("TRIALHOUSE_WORKERS", "many")
    found = run("status")
    assert (found.exit_code, found.stdout) == (2, "")
    assert "TRIALHOUSE_WORKERS" in found.stderr


def test_a_refresh_in_which_nothing_changed_exits_0_without_dagster(settings: Settings, tmp_path: Path) -> None:
    """It says so, and leaves no instance of Dagster behind."""
    found = run("refresh", "--raw", settings.raw, "--warehouse", settings.warehouse, "--json")
    assert found.exit_code == 0
    summary = json.loads(found.stdout)
    assert (summary["outcome"], summary["files"], summary["rows"]["trials"]) == ("unchanged", 2, 3)
    assert not (tmp_path / "dagster").exists()
    in_words = run("refresh", "--raw", settings.raw, "--warehouse", settings.warehouse)
    assert in_words.exit_code == 0
    assert "unchanged" in in_words.stdout


def test_a_refresh_publishes_and_prints_exactly_one_json_object(tmp_path: Path) -> None:
    """On standard output; progress and all that libraries say goes to standard error."""
    settings = Settings(raw=fill(tmp_path / "raw", {"a.json": as_json(1, 2)}), warehouse=tmp_path / "it's a warehouse")
    folders = ["--raw", str(settings.raw), "--warehouse", str(settings.warehouse)]
    command = [sys.executable, "-m", "pipelines.cli", "refresh", *folders, "--workers", "1", "--json"]
    done = subprocess.run(command, cwd=PROJECT, env=dict(os.environ), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    summary = json.loads(line)
    published = current(settings)
    assert published is not None
    assert (summary["outcome"], summary["refresh_id"]) == ("published", published.refresh_id)
    assert summary["rows"] == {name: count for name, count in published.rows.items() if not TABLES[name].history}
    assert summary["checks"]["failed"] == 0
    assert summary["checks"]["run"] > 50
    assert summary["rows"]["trials"] == 2
    assert "Warning" not in done.stderr


def test_a_failed_check_exits_1_and_publishes_nothing(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The summary names the check; the warehouse published before is untouched; history remembers."""
    from pipelines import checking

    real = checking.run_relations

    def one_fails(*arguments, **options) -> list[CheckResult]:
        found = real(*arguments, **options)
        fields = {name: getattr(found[0], name) for name in found[0].__struct_fields__}
        return [CheckResult(**{**fields, "passed": False, "severity": "error", "unexpected_count": 7}), *found[1:]]

    monkeypatch.setattr(checking, "run_relations", one_fails)
    before = current(settings)
    found = run("refresh", "--raw", settings.raw, "--warehouse", settings.warehouse, "--workers", "1", "--full", "--json")
    assert found.exit_code == 1
    summary = json.loads(found.stdout)
    assert summary["outcome"] == "failed"
    assert [check["unexpected_count"] for check in summary["failed_checks"] if check["severity"] == "error"] == [7]
    assert current(settings) == before
    assert history.of_refresh(settings, "refreshes", summary["refresh_id"])[0]["outcome"] == "failed"
    assert "failed" in run("status", "--warehouse", settings.warehouse).stdout


def test_a_warehouse_that_is_held_is_waited_for_and_then_given_up_with_the_holders_name(settings: Settings) -> None:
    """Exit 1: nothing is wrong with the usage."""
    before = current(settings)
    with warehouse_lock(settings, holder="the night's run", wait_seconds=0):
        found = run(
            "refresh", "--raw", settings.raw, "--warehouse", settings.warehouse, "--workers", "1", "--full", "--wait", "0.1", "--json"
        )
    assert found.exit_code == 1
    assert "the night's run" in json.loads(found.stdout)["message"]
    assert current(settings) == before


# --- accuracy --------------------------------------------------------------------------------------------------------


def labelled(folder: Path, **changed: str) -> Path:
    """A folder with one labelled article, half of which its label knows."""
    (folder / "kitotinib.md").write_text("Median overall survival was 9.5 months. The objective response rate was 30%.\n")
    result = {"concept": "OS", "statistic": "median", "value": 9.5, "unit": "mo", "quote": "Median overall survival was 9.5 months"}
    label = {"doc": "kitotinib.md", "lang": "en", "results": [result], "safety": [], **changed}
    (folder / "results.jsonl").write_text(json.dumps(label) + "\n")
    return folder


def test_accuracy_is_printed_and_shown_on_a_page(tmp_path: Path) -> None:
    """A row per figure; the page holds the text and the marks."""
    found = run("accuracy", "--gold", labelled(tmp_path), "--report", tmp_path / "errors.html")
    assert found.exit_code == 0, found.stderr
    assert ["value", "0.500", "1.000", "0.667", "1", "1", "2", "1"] in [line.split() for line in found.stdout.splitlines()]
    assert "1 labelled document." in found.stdout
    assert '<mark class="right"' in (tmp_path / "errors.html").read_text()


def test_accuracy_names_documents_that_are_missing_or_changed(tmp_path: Path) -> None:
    """On standard error, with the line of the label; without any document it fails."""
    changed = run("accuracy", "--gold", labelled(tmp_path, text_sha256="0" * 64))
    assert changed.exit_code == 1
    assert "results.jsonl, line 1: kitotinib.md is not the text that was labelled" in changed.stderr
    missing = run("accuracy", "--gold", labelled(tmp_path, doc="lost.md"))
    assert missing.exit_code == 1
    assert "the labelled document lost.md is missing" in missing.stderr


def test_accuracy_without_labels_is_wrong_usage(tmp_path: Path) -> None:
    """And says what a folder of labels is."""
    found = run("accuracy", "--gold", tmp_path)
    assert found.exit_code == 2
    assert "--gold names a folder with *.jsonl" in found.stderr
