"""Claims about `benchmarks.results`: what it measures is what its report says."""

import json
from pathlib import Path

import pytest

from benchmarks import results
from benchmarks.results import accuracy, articles_in, coverage, speed
from pipelines.accuracy import same

TEXT = """# Palotinib in gastric cancer

In this phase 2 study of 30 patients the objective response rate was 40% (12 of 30). Median overall survival was 9.5 months.

Grade 3 adverse events were anemia (10%) and rash (5%). No radiation pneumonitis was reported.
"""
RESULTS = [
    {"concept": "ORR", "statistic": "rate", "value": 40, "unit": "%", "n_events": 12, "n_total": 30},
    {"concept": "OS", "statistic": "median", "value": 9.5, "unit": "mo"},
    {"concept": "PFS", "statistic": "median", "value": 4.5, "unit": "mo"},
    {"concept": "DOR", "statistic": "median", "value": 6.5, "unit": "mo", "optional": True},
]
SAFETY = [
    {"kind": "event", "term": "Anaemia", "accept": {"term": ["Anemia"]}, "percent": 10, "grade_min": 3, "grade_max": 3},
    {"kind": "event", "term": "Pneumonitis", "is_absent": True, "n_affected": 0},
]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder with one article and its labels."""
    (tmp_path / "one.md").write_text(TEXT)
    (tmp_path / "gold.jsonl").write_text(json.dumps({"doc": "one.md", "results": RESULTS, "safety": SAFETY}) + "\n")
    return tmp_path


def test_labels_are_demanded_and_rows_judged(corpus: Path) -> None:
    """What is optional is neither missed nor wrong; a row that no label knows is wrong."""
    figures = accuracy([corpus / "gold.jsonl"], corpus)
    value, event, absent = figures["value"], figures["event"], figures["absent"]
    assert (value.demanded, value.found, value.given, value.right) == (3, 2, 2, 2)
    assert (event.demanded, event.found, event.given, event.right) == (1, 1, 2, 1)
    assert (absent.demanded, absent.found, absent.given, absent.right) == (1, 1, 1, 1)


def test_figures_beside_a_measure_are_counted(corpus: Path) -> None:
    """And rows that have n, N and a percentage."""
    found, examples = coverage(articles_in([corpus / "one.md"]))
    assert (found.counted, found.agreeing) == (1, 1)
    assert found.read == found.figures == 5
    assert examples == []


def test_speed_is_told_for_whole_articles(corpus: Path) -> None:
    """Of all below a folder."""
    assert speed(list(articles_in([corpus]))).startswith("1 articles, 0.0 MB, 5 rows: ")


@pytest.mark.parametrize(
    ("want", "got", "is_same"),
    [("Arm A", "arm a", True), ("zanotinib arm", "zanotinib", True), ("试验组", "试验", True), ("placebo", "docetaxel group", False)],
)
def test_arms_are_the_same_where_they_share_a_word(want: str, got: str, is_same: bool) -> None:
    """However they are called around it."""
    assert same("group", want, got) is is_same


def test_without_anything_to_measure_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """And ends."""
    monkeypatch.setattr("sys.argv", ["results"])
    with pytest.raises(SystemExit):
        results.main()
