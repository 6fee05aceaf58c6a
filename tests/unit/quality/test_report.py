"""Results survive JSON, and the page shows them without the net."""

import datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pipelines.quality.report import write_report
from pipelines.quality.results import CheckResult, example, message, read_results

RESULTS = [
    CheckResult(
        table_name="safety",
        check_name="shape",
        severity="error",
        description="As `declared`.",
        passed=False,
        unexpected_count=1234,
        element_count=5678,
        findings=["`kind` is not in the vocabulary: 1 rows"],
        examples=[{"safety_id": "<b>s1</b>", "flags": ["a"], "percent": None}],
    ),
    CheckResult(table_name="safety", check_name="ci", severity="warning", description="Why.", passed=False, error="It <broke>"),
    CheckResult(table_name="arms", check_name="label", severity="error", description="Why.", passed=True, element_count=3),
]


def test_results_survive_json(tmp_path: Path) -> None:
    """What is written can be read back as it was."""
    write_report(RESULTS, tmp_path / "quality")
    assert read_results(tmp_path / "quality" / "results.json") == RESULTS


def test_only_errors_that_did_not_pass_block() -> None:
    """A warning never holds back publication."""
    assert [result.blocks for result in RESULTS] == [True, False, False]


def test_the_page_shows_every_check_and_needs_no_net(tmp_path: Path) -> None:
    """Names, counts, findings, examples and errors are on the page; markup in data is shown, not obeyed."""
    write_report(RESULTS, tmp_path, title="Checks of <one>", about="refresh-1")
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    for shown in (
        "Checks of &lt;one&gt;",
        "refresh-1",
        "shape",
        "label",
        "1,234",
        "5,678 rows",
        "&lt;b&gt;s1&lt;/b&gt;",
        "It &lt;broke&gt;",
        "NULL",
    ):
        assert shown in page
    assert "<b>s1</b>" not in page
    assert "http" not in page
    assert "src=" not in page
    assert "@import" not in page


def test_the_page_links_to_data_docs_where_they_are(tmp_path: Path) -> None:
    """No link leads nowhere."""
    write_report(RESULTS, tmp_path)
    assert "data_docs/index.html" not in (tmp_path / "index.html").read_text()
    (tmp_path / "data_docs").mkdir()
    (tmp_path / "data_docs" / "index.html").touch()
    write_report(RESULTS, tmp_path)
    assert "data_docs/index.html" in (tmp_path / "index.html").read_text()


def test_no_results_make_a_page(tmp_path: Path) -> None:
    """A refresh without checks still has a page."""
    write_report([], tmp_path)
    assert read_results(tmp_path / "results.json") == []
    assert (tmp_path / "index.html").is_file()


def test_examples_hold_what_tables_hold() -> None:
    """Dates, maps, lists and numbers that JSON lacks become what JSON has; long texts are cut."""
    row = {
        "day": datetime.date(2024, 1, 2),
        "at": datetime.datetime(2024, 1, 2, 3),  # noqa: DTZ001 - as DuckDB gives a TIMESTAMP
        "ids": {"atc": "L01"},
        "days": [1, 8],
        "nan": float("nan"),
        "text": "面" * 300,
        "raw": b"x",
    }
    shown = example(row)
    assert shown | {"text": ""} == {
        "day": "2024-01-02",
        "at": "2024-01-02T03:00:00",
        "ids": {"atc": "L01"},
        "days": [1, 8],
        "nan": "nan",
        "text": "",
        "raw": "b'x'",
    }
    assert len(shown["text"]) == 200
    assert shown["text"].endswith("…")


@given(st.text())
def test_a_message_is_one_line(words: str) -> None:
    """Errors fit a log line and a table cell."""
    assert len(message(ValueError(words)).splitlines()) == 1
