"""Posted adverse events, totals and deaths as rows."""

from collections.abc import Callable
from typing import Any

import pytest

from pipelines.extract import safety
from pipelines.extract.subject import Row, Subject
from pipelines.shapes import Study

Make = Callable[..., Study]
Json = dict[str, Any]

GROUP = {"id": "EG000", "title": "Amber"}


@pytest.fixture
def rows_of(make_study: Make, subject: Subject) -> Callable[..., list[Row]]:
    """A function from the adverse-events module (and others) to rows."""

    def rows(module: Json, **modules: Json) -> list[Row]:
        return list(safety.rows(make_study(adverseEventsModule={"eventGroups": [GROUP], **module}, **modules), subject))

    return rows


def event(term: str | None = "Headache", *stats: Json, **more: Any) -> Json:
    return {"term": term, "stats": list(stats) or [{"groupId": "EG000", "numAffected": 2, "numAtRisk": 8, "numEvents": 3}], **more}


def test_a_record_without_results_has_no_rows(make_study: Make, subject: Subject) -> None:
    """Nothing is said of safety before results are posted."""
    assert list(safety.rows(make_study(), subject)) == []


def test_an_event_is_a_row_per_group_with_its_counts(rows_of: Callable[..., list[Row]]) -> None:
    """Serious events come before the others; the percentage is computed, none is reported."""
    found = rows_of(
        {
            "timeFrame": "6 weeks",
            "otherEvents": [event("Itching")],
            "seriousEvents": [event("Headache", organSystem="Nervous system disorders", assessmentType="SYSTEMATIC_ASSESSMENT")],
        }
    )
    assert [(r["safety_id"], r["is_serious"], r["term_raw"]) for r in found] == [
        ("NCT00000001/serious-0001.01", True, "Headache"),
        ("NCT00000001/other-0001.01", False, "Itching"),
    ]
    row = found[0]
    assert (row["kind"], row["group_raw"], row["window_raw"], row["window_days"]) == ("event", "Amber", "6 weeks", 42)
    assert (row["n_affected"], row["n_at_risk"], row["n_events"], row["percent_computed"], row.get("percent")) == (2, 8, 3, 25.0, None)
    assert (row["system_organ_class"], row["assessment_type"]) == ("Nervous system disorders", "SYSTEMATIC_ASSESSMENT")
    assert row["field"] == "adverseEventsModule.seriousEvents[0].stats[0]"


@pytest.mark.parametrize(
    ("affected", "at_risk", "expected"),
    [
        (0, 10, (0, 10, 0.0)),
        (0, 0, (0, 0, None)),
        (3, None, (3, None, None)),
        (None, 10, (None, 10, None)),
        ("1,002", "2,004", (1002, 2004, 50.0)),
        ("few", 10, (None, 10, None)),
    ],
)
def test_no_percentage_without_both_counts(
    affected: Any, at_risk: Any, expected: tuple[Any, ...], rows_of: Callable[..., list[Row]]
) -> None:
    """Nothing is divided by nothing, and what is not stated is not zero."""
    (row,) = rows_of({"otherEvents": [event("Itching", {"groupId": "EG000", "numAffected": affected, "numAtRisk": at_risk})]})
    assert (row["n_affected"], row["n_at_risk"], row["percent_computed"]) == expected


@pytest.mark.parametrize(
    ("term", "grades"),
    [
        ("Rash (Grade 3-4)", (3, 4)),
        ("Rash, grade ≥3", (3, 5)),
        ("Rash Grade 2", (2, 2)),
        ("Rash", (None, None)),
        ("Upgraded catheter", (None, None)),
        (None, (None, None)),
    ],
)
def test_a_grade_in_the_term_is_a_band(term: str | None, grades: tuple[int | None, int | None], rows_of: Callable[..., list[Row]]) -> None:
    """The term keeps its words."""
    (row,) = rows_of({"otherEvents": [event(term)]})
    assert (row.get("grade_min"), row.get("grade_max"), row["term_raw"]) == (*grades, term)


@pytest.mark.parametrize(
    ("posted", "organ_system", "expected"),
    [
        ("Anaemia", "Blood disorders", ("Anemia", "Blood disorders")),
        ("Anaemia", None, ("Anemia", "Blood and lymphatic system disorders")),
        ("Device kinked on day 3", None, (None, None)),
    ],
)
def test_a_term_is_that_of_the_vocabulary(
    posted: str, organ_system: str | None, expected: tuple[str | None, str | None], rows_of: Callable[..., list[Row]]
) -> None:
    """By the very words; the class is the posted one, and the vocabulary's where none is posted."""
    (row,) = rows_of({"otherEvents": [event(posted, organSystem=organ_system)]})
    assert (row["term_raw"], row["term"], row["system_organ_class"]) == (posted, *expected)


@pytest.mark.parametrize(
    ("vocabulary", "criteria"), [("CTCAE (4.0)", "CTCAE 4.0"), ("CTCAE (Unspecified)", "CTCAE"), ("MedDRA 21.0", None), (None, None)]
)
def test_a_vocabulary_that_grades_is_the_criteria(vocabulary: str | None, criteria: str | None, rows_of: Callable[..., list[Row]]) -> None:
    """MedDRA names events and grades none."""
    (row,) = rows_of({"otherEvents": [event(sourceVocabulary=vocabulary)]})
    assert (row["source_vocabulary"], row["criteria"]) == (vocabulary, criteria)


def test_totals_and_deaths_are_rows_where_they_are_stated(rows_of: Callable[..., list[Row]]) -> None:
    """Zero is stated; deaths are neither serious nor not."""
    group = {**GROUP, "deathsNumAffected": 0, "deathsNumAtRisk": 8, "otherNumAffected": 5, "otherNumAtRisk": 8}
    found = rows_of({"eventGroups": [group]})
    assert [(r["safety_id"], r["kind"], r.get("is_serious"), r["n_affected"], r["percent_computed"]) for r in found] == [
        ("NCT00000001/all-cause-death-01", "death", None, 0, 0.0),
        ("NCT00000001/any-other-01", "any_event", False, 5, 62.5),
    ]


def test_a_group_is_tied_to_the_arm_of_its_very_label(rows_of: Callable[..., list[Row]]) -> None:
    """A part or an extension of a label is another group; an ambiguous one is nobody's."""
    module = {"otherEvents": [event()]}
    for labels, arm in ((["Control", "amber"], "NCT00000001/arm-2"), (["Amber group"], None), (["Amber", "Amber"], None)):
        (row,) = rows_of(module, armsInterventionsModule={"armGroups": [{"label": label} for label in labels]})
        assert row["arm_id"] == arm


def test_counts_of_an_unknown_group_keep_their_row(rows_of: Callable[..., list[Row]]) -> None:
    """The number is not lost, and not given to another group."""
    (row,) = rows_of({"otherEvents": [event("Itching", {"groupId": "EG999", "numAffected": 1, "numAtRisk": 4})]})
    assert (row.get("group_raw"), row.get("arm_id"), row["n_affected"]) == (None, None, 1)


def test_an_unknown_way_of_asking_keeps_its_words_with_null(rows_of: Callable[..., list[Row]]) -> None:
    """The closed list does not grow by itself."""
    (row,) = rows_of({"otherEvents": [event("Itching", assessmentType="BY_TELEPHONE")]})
    assert (row["assessment_type"], row["assessment_type_raw"]) == (None, "BY_TELEPHONE")
