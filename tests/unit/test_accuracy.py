"""Accuracy: how rows are counted against labels, what the page shows, and that the project's own labels are read as well as before."""

from pathlib import Path
from typing import Any

import pytest

from pipelines.accuracy import Accuracy, allowed, label_files, measure, same, score
from pipelines.accuracy_report import page
from pipelines.settings import PROJECT

TEXT = "Median PFS was 6.5 months with <zanotinib> & 4.0 months with placebo. Rash occurred in 12%."


def result(value: float, group: str, **more: Any) -> dict[str, Any]:
    """A median of PFS, as a label or as a row."""
    return {"concept": "PFS", "statistic": "median", "value": value, "unit": "mo", "group": group, **more}


@pytest.fixture
def scored() -> Accuracy:
    """A document with one row that is right, one of the wrong arm, and an event that is missed."""
    labels = {
        "results": [result(6.5, "zanotinib"), result(4.0, "placebo", quote="4.0 months with placebo")],
        "safety": [{"kind": "event", "term": "Rash", "percent": 12, "quote": "Rash occurred in 12%"}],
    }
    rows = [
        result(6.5, "zanotinib arm", field="text", start_char=0, end_char=25),
        result(4.0, "zanotinib arm", field="text", start_char=45, end_char=55),
    ]
    found = Accuracy()
    found.documents.append(score("one.md", {"text": TEXT}, labels, {"endpoint_results": rows}, found.figures))
    return found


def test_right_missed_and_wrong_are_counted(scored: Accuracy) -> None:
    """A value in the wrong arm is right as a value, and wrong as a value of an arm."""
    value, with_arm = scored.figures["endpoint_results"]["value"], scored.figures["endpoint_results"]["value with arm"]
    assert (value.precision, value.recall, value.f1) == (1, 1, 1)
    assert (with_arm.precision, with_arm.recall, with_arm.f1) == (0.5, 0.5, 0.5)
    event = scored.figures["safety"]["event"]
    assert (event.demanded, event.found, event.given) == (1, 0, 0)
    assert event.f1 == 0


def test_a_table_without_labels_is_not_judged(scored: Accuracy) -> None:
    """Rows of treatment in a document whose results alone are labelled are no errors."""
    assert all(not one.given for one in scored.figures["regimens"].values())


def test_what_is_optional_is_neither_missed_nor_wrong() -> None:
    """Whether it is found or not."""
    label = {"results": [result(6.5, "zanotinib", optional=True)]}
    for rows in ([], [result(6.5, "zanotinib")]):
        found = Accuracy()
        document = score("one.md", {}, label, {"endpoint_results": rows}, found.figures)
        assert not [one for one in (*document.labels, *document.rows) if one.faults]


@pytest.mark.parametrize(
    ("key", "want", "got", "is_same"),
    [
        ("value", 8.3, 8.3001, True),
        ("value", 8.3, 8.4, False),
        ("landmark_months", 12, 12.2, True),
        ("term", "Hand-foot syndrome", ["Palmar syndrome", "hand foot syndrome"], True),
        ("cycle_days", [1, 8], [1, 8], True),
        ("cycle_days", [1, 8], [1], False),
        ("route", "*", None, True),
        ("route", None, "oral", False),
    ],
)
def test_values_are_the_same(key: str, want: object, got: object, is_same: bool) -> None:
    """Numbers within rounding, words but for case and hyphens."""
    assert same(key, want, got) is is_same


def test_labels_may_allow_several_values() -> None:
    """Beside the field, or under `accept`."""
    assert allowed({"ci_level_pct": None, "ci_level_alt": [95]}, "ci_level_pct") == [None, 95]
    assert allowed({"drug": ["a", "b"], "accept": {"drug": ["c"]}}, "drug") == ["a", "b", "c"]
    assert allowed({"p_value": 0.01, "p_optional": True}, "p_value") == [0.01, None]


def test_lines_that_label_nothing_are_told(tmp_path: Path) -> None:
    """With their number; the others are measured."""
    (tmp_path / "labels.jsonl").write_text('{"doc": "a"}\n\nno json\n')
    found = measure(label_files(tmp_path))
    assert [one.split(":")[0] for one in found.problems] == ["labels.jsonl, line 1", "labels.jsonl, line 3"]


def test_the_page_holds_the_text_with_its_marks(scored: Accuracy) -> None:
    """Right, missed and wrong, foreign text escaped, nothing from the net."""
    scored.problems.append("<lost> is missing")
    found = page(scored)
    assert '<mark class="right" title="right: PFS median 6.5 mo, in zanotinib arm">Median PFS was 6.5 months' in found
    assert '<mark class="wrong" title="wrong: PFS median 4 mo, in zanotinib arm; missed: PFS median 4 mo, in placebo">' in found
    assert '<mark class="missed" title="missed: Rash 12%">Rash occurred in 12%</mark>' in found
    assert "&lt;zanotinib&gt; &amp; " in found
    assert "&lt;lost&gt; is missing" in found
    assert "http" not in found


FLOORS = {
    "regimens": {
        "drug": 0.98,
        "dose": 0.90,
        "route": 0.91,
        "interval": 0.93,
        "cycle_days": 0.98,
        "cycle_length": 0.98,
        "n_cycles": 0.98,
        "whole": 0.84,
    },
    "endpoint_results": {
        "value": 0.90,
        "value with concept": 0.90,
        "value with arm": 0.78,
        "interval": 0.98,
        "counts": 0.58,
        "landmark": 0.58,
        "p value": 0.98,
        "not reached": 0.98,
    },
    "safety": {"event": 0.86, "event with grade": 0.86, "event with arm": 0.55, "summary": 0.70},
}
"""F1 that the project's own labels must not fall below: slightly less than what was measured last."""


def test_the_own_labels_are_read_as_well_as_before() -> None:
    """Every document is there and unchanged, quotes are its words, and no figure falls below its floor."""
    found = measure(label_files(PROJECT / "tests" / "gold"))
    assert not found.problems
    assert len(found.documents) == 15
    for document in found.documents:
        for label in document.labels:
            assert label.row.get("quote", "") in "".join(document.passages.values())
    below = {
        f"{table}, {name}": figure
        for table, floors in FLOORS.items()
        for name, floor in floors.items()
        if (figure := found.figures[table][name].f1) < floor
    }
    assert not below


def test_nothing_is_read_where_nothing_is_reported() -> None:
    """A plan has assumptions, not results."""
    found = measure(label_files(PROJECT / "tests" / "gold"))
    plan = next(one for one in found.documents if one.name == "negative.md")
    assert plan.rows == []
