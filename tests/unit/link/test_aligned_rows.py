"""Rows of several sources that say the same become one; what contradicts is told."""

from typing import Any

import pytest

from pipelines.link.alignment import ARTICLES, ROW_ID, Aligned, align
from pipelines.link.discrepancies import Statement, left_out, of_rows, of_trial
from pipelines.link.same_arms import SameArms, drugs_of

Row = dict[str, Any]
SOURCES = {"nct": 0, "isrctn": 1, "article": ARTICLES, "note": ARTICLES + 1}
ARMS = [
    {"arm_id": "A", "label": "Arm A: olaparib + bevacizumab", "arm_type": "EXPERIMENTAL", "document_id": "nct"},
    {"arm_id": "B", "label": "Arm B: placebo", "arm_type": "PLACEBO_COMPARATOR", "document_id": "nct"},
]


def row(table: str, document: str, number: int = 1, **values: Any) -> Row:
    """A row of a table as a document gives it."""
    place = {"document_id": document, "field": "text", "start_char": 10 * number, "end_char": 10 * number + 5, "rule": "value"}
    return {"trial_id": "NCT1", ROW_ID[table]: f"{document}-{table}-{number}", **place, **values}


def result(document: str, number: int = 1, **values: Any) -> Row:
    return row("endpoint_results", document, number, **{"concept": "PFS", "statistic": "median", "value": 8.3, "unit": "mo", **values})


def event(document: str, number: int = 1, **values: Any) -> Row:
    return row("safety", document, number, **{"kind": "event", "term": "Neutrophil count decreased", "n_affected": 12, **values})


def component(document: str, number: int = 1, **values: Any) -> Row:
    return row("regimens", document, number, **{"drug_name": "olaparib", **values})


def endpoint(document: str, number: int = 1, **values: Any) -> Row:
    given = {"role": "PRIMARY", "measure": "Progression-free survival", "concept": "PFS", "time_frame_days": 730.0}
    return row("endpoints", document, number, **{**given, **values})


def aligned(**rows: list[Row]) -> Aligned:
    copies = {name: [dict(one) for one in some] for name, some in rows.items()}
    return align({"arms": [dict(arm) for arm in ARMS], **copies}, {}, SOURCES)


def ids(found: Aligned, table: str) -> list[str]:
    return [one[ROW_ID[table]] for one in found.tables.get(table, [])]


# --- results and safety ----------------------------------------------------------------------------------------------------


def test_a_value_that_two_articles_state_is_one_row_with_both_places() -> None:
    found = aligned(endpoint_results=[result("article", arm_id="A"), result("note", group_raw="Arm A", ci_low=6.1, ci_high=10.2)])
    (kept,) = found.tables["endpoint_results"]
    assert (kept["document_id"], kept["ci_low"]) == ("article", 6.1)
    places = [(place["row_id"], place["ordinal"], place["document_id"]) for place in found.tables["evidence"]]
    assert places == [(kept["result_id"], 1, "article"), (kept["result_id"], 2, "note")]


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        ({"value": 8.3}, {"value": 8.31}, 1),
        ({"value": 8.0}, {"value": 8.3}, 1),
        ({"value": 8.3}, {"value": 8.5}, 2),
        ({"unit": "Months"}, {"unit": "mo"}, 1),
        ({"landmark_months": 12.0}, {"landmark_months": 24.0}, 2),
        ({"subgroup_raw": "BRCA-mutated"}, {}, 2),
        ({"arm_id": "A"}, {"arm_id": "B"}, 2),
        ({"arm_id": "A"}, {}, 2),
        ({"concept": None, "measure_raw": "Pain score"}, {"concept": None, "measure_raw": "pain  score"}, 1),
        ({"is_not_reached": True, "value": None}, {"is_not_reached": True, "value": None}, 1),
    ],
)
def test_what_is_the_same_result(one: Row, other: Row, count: int) -> None:
    """The same measure, statistic, unit, time, group and, as far as both say it, value."""
    assert len(ids(aligned(endpoint_results=[result("article", **one), result("note", **other)]), "endpoint_results")) == count


def test_rows_of_one_source_stay_apart() -> None:
    assert len(ids(aligned(endpoint_results=[result("article", 1), result("article", 2)]), "endpoint_results")) == 2


def test_other_values_of_one_thing_contradict() -> None:
    """Where each source states it once; both rows stay."""
    found = aligned(endpoint_results=[result("nct", arm_id="A"), result("article", arm_id="A", value=9.1)])
    assert ids(found, "endpoint_results") == ["nct-endpoint_results-1", "article-endpoint_results-1"]
    (told,) = of_rows(found.conflicts)
    assert (told["table_name"], told["field"], told["value_a"], told["value_b"], told["kind"]) == (
        "endpoint_results",
        "value",
        "8.3",
        "9.1",
        "conflict",
    )
    assert (told["start_char_b"], told["end_char_b"]) == (10, 15)
    several = [result("nct", arm_id="A"), result("article", 1, arm_id="A", value=9.1), result("article", 2, arm_id="A", value=9.4)]
    assert aligned(endpoint_results=several).conflicts == []


def test_a_later_data_cutoff_is_another_version() -> None:
    dates = [{"data_cutoff_date": f"202{n}-01-01"} for n in (1, 3)]
    found = aligned(endpoint_results=[result("article", **dates[0]), result("note", value=9.1, **dates[1])])
    assert [one["kind"] for one in of_rows(found.conflicts)] == ["changed_version"]


def test_events_are_the_same_by_term_grade_group_and_count() -> None:
    """A percentage and a count of the same patients agree."""
    one = {"grade_min": 3, "grade_max": 5, "arm_id": "A", "n_at_risk": 30, "percent_computed": 40.0}
    found = aligned(safety=[event("nct", **one), event("article", **{**one, "n_affected": None, "n_at_risk": None, "percent": 40.0})])
    assert ids(found, "safety") == ["nct-safety-1"]
    assert found.tables["safety"][0]["percent"] == 40.0
    other = aligned(safety=[event("nct", **one), event("article", **{**one, "n_affected": 14})])
    assert [(one.column, one.other and one.other["n_affected"]) for one in other.conflicts] == [("n_affected", 14)]
    assert len(ids(aligned(safety=[event("nct", **one), event("article", arm_id="A", grade_min=1)]), "safety")) == 2


# --- regimens, endpoints, conditions -----------------------------------------------------------------------------------------


def test_an_article_fills_the_schedule_of_a_registered_component() -> None:
    """Its dose agrees; the route is new."""
    dose = {"dose_low": 300.0, "dose_high": 300.0, "dose_unit": "mg"}
    found = aligned(regimens=[component("nct", arm_id="A", **dose), component("article", route="oral", frequency="BID", **dose)])
    (kept,) = found.tables["regimens"]
    assert (kept["regimen_id"], kept["arm_id"], kept["route"], kept["frequency"]) == ("nct-regimens-1", "A", "oral", "BID")


def test_another_dose_is_a_discrepancy() -> None:
    """Of another register a row of its own; articles tell of other doses than the trial's, too."""
    doses = [{"dose_low": low, "dose_high": low, "dose_unit": "mg", "dose_raw": f"{low:g} mg"} for low in (300.0, 400.0)]
    for document, count in (("isrctn", 2), ("article", 1)):
        found = aligned(regimens=[component("nct", **doses[0]), component(document, **doses[1])])
        assert len(ids(found, "regimens")) == count
        (told,) = of_rows(found.conflicts)
        assert (told["field"], told["value_a"], told["value_b"]) == ("dose_raw", "300 mg", "400 mg")


def test_an_article_alone_says_what_is_given() -> None:
    """Two articles of a trial without a record: what only one tells is a row."""
    found = aligned(regimens=[component("article"), component("note", drug_name="bevacizumab")])
    assert [one["drug_name"] for one in found.tables["regimens"]] == ["olaparib", "bevacizumab"]


def test_a_drug_of_two_arms_is_not_given_the_dose_of_one() -> None:
    """The article does not say of which arm it speaks: its place is kept, and nothing filled."""
    rows = [component("nct", 1, arm_id="A"), component("nct", 2, arm_id="B"), component("article", dose_low=300.0)]
    found = aligned(regimens=rows)
    assert [one.get("dose_low") for one in found.tables["regimens"]] == [None, None]


def test_an_endpoint_of_two_registers_is_one_row_whose_results_follow() -> None:
    """In other words, under another role, with another time frame: the difference is told."""
    planned = [endpoint("nct"), endpoint("isrctn", measure="PFS", time_frame_days=365.0)]
    found = aligned(endpoints=planned, endpoint_results=[result("isrctn", endpoint_id="isrctn-endpoints-1"), result("article", value=1.0)])
    assert ids(found, "endpoints") == ["nct-endpoints-1"]
    assert {one["endpoint_id"] for one in found.tables["endpoint_results"]} == {"nct-endpoints-1"}
    (told, *_) = of_rows(found.conflicts)
    assert (told["field"], told["value_a"], told["value_b"], told["row_id_b"]) == ("time_frame_days", "730", "365", None)


def test_one_of_two_endpoints_of_a_concept_is_told_by_its_words() -> None:
    """A rate at twelve months is not the survival of the other register, though both are of one concept."""
    planned = [
        endpoint("nct", 1),
        endpoint("nct", 2, measure="12-month PFS rate", time_frame_days=365.0),
        endpoint("isrctn", 1, measure="PFS rate after 12 months"),
        endpoint("isrctn", 2, measure="progression-free survival"),
        endpoint("isrctn", 3, measure="24-month PFS rate"),
    ]
    assert ids(aligned(endpoints=planned), "endpoints") == [
        "nct-endpoints-1",
        "nct-endpoints-2",
        "isrctn-endpoints-1",
        "isrctn-endpoints-3",
    ]


def test_endpoints_of_a_concept_that_trials_have_many_of_are_told_by_their_words() -> None:
    planned = [endpoint("nct", concept="QOL", measure="EQ-5D index"), endpoint("isrctn", concept="QOL", measure="Sleep quality diary")]
    assert len(ids(aligned(endpoints=planned), "endpoints")) == 2


def test_what_may_be_another_thing_is_no_discrepancy() -> None:
    """Events without a grade on one side, and the route of one drug of an article's list."""
    events = [event("nct", arm_id="A", grade_min=None), event("article", arm_id="A", n_affected=4)]
    assert list(of_rows(aligned(safety=events).conflicts)) == []
    routes = [component("nct", route="oral"), component("article", route="intravenous")]
    assert list(of_rows(aligned(regimens=routes).conflicts)) == []
    registers = [component("nct", route="oral"), component("isrctn", route="intravenous", field="interventions")]
    assert [one["field"] for one in of_rows(aligned(regimens=registers).conflicts)] == ["route"]


def test_conditions_are_listed_once() -> None:
    conditions = [
        {"trial_id": "NCT1", "ordinal": 1, "condition_raw": "Ovarian Cancer", "document_id": "nct"},
        {"trial_id": "NCT1", "ordinal": 1, "condition_raw": "ovarian cancer", "document_id": "isrctn"},
        {"trial_id": "NCT1", "ordinal": 2, "condition_raw": "BRCA mutation", "document_id": "isrctn"},
    ]
    found = aligned(conditions=conditions).tables["conditions"]
    assert [(one["ordinal"], one["condition_raw"]) for one in found] == [(1, "Ovarian Cancer"), (2, "BRCA mutation")]


def test_a_trial_of_one_source_is_left_as_it_is() -> None:
    rows = {"safety": [event("article", group_raw="Arm A")]}
    assert align(rows, {}, SOURCES).tables["safety"] == rows["safety"]


# --- arms ------------------------------------------------------------------------------------------------------------------

GIVEN = [{"arm_id": "A", "drug_name": "olaparib"}, {"arm_id": "A", "drug_name": "bevacizumab"}, {"arm_id": "B", "drug_name": "placebo"}]


@pytest.mark.parametrize(
    ("group", "arm"),
    [
        ("Arm A: olaparib + bevacizumab", "A"),
        ("arm B", "B"),
        ("bevacizumab plus olaparib", "A"),
        ("奥拉帕利联合贝伐珠单抗组", "A"),
        ("安慰剂组", "B"),
        ("the control group", "B"),
        ("对照组", "B"),
        ("试验组", "A"),
        ("the combination arm", "A"),
        ("联合组", "A"),
        ("olaparib alone", None),
        ("Arm C", None),
        ("all patients", None),
        (None, None),
    ],
)
def test_the_arm_of_a_group(group: str | None, arm: str | None) -> None:
    assert SameArms(ARMS, GIVEN).find(group) == arm


def test_a_group_that_may_be_two_arms_is_none() -> None:
    """Two dose levels of one drug."""
    arms = [{"arm_id": str(n), "label": f"Olaparib {n}00 mg", "arm_type": "EXPERIMENTAL"} for n in (1, 2)]
    found = SameArms(arms, [{"arm_id": str(n), "drug_name": "olaparib"} for n in (1, 2)])
    assert [found.find(group) for group in ("olaparib", "olaparib 200 mg", "the experimental arm")] == [None, "2", None]


def test_a_register_says_what_the_arms_are() -> None:
    """A group of an article is one of them, or stays a name."""
    named = [
        {"arm_id": "one", "label": "placebo", "document_id": "article"},
        {"arm_id": "two", "label": "BRCA-mutated patients", "document_id": "article"},
    ]
    results = [result("article", n, arm_id=arm, group_raw=arm) for n, arm in enumerate(("one", "two"), start=1)]
    found = aligned(arms=[*ARMS, *named], endpoint_results=results)
    assert [arm["arm_id"] for arm in found.tables["arms"]] == ["A", "B"]
    assert [row["arm_id"] for row in found.tables["endpoint_results"]] == ["B", None]


def test_a_name_with_a_part_that_is_no_drug_has_no_drugs() -> None:
    assert drugs_of("olaparib plus usual care") == frozenset()


# --- the trial as a whole --------------------------------------------------------------------------------------------------


def statement(document: str, registration: str | None = None, version: str | None = None, **values: Any) -> Statement:
    return Statement(document, registration, version, values, {name: (f"module.{name}", 1, 2) for name in values})


def told(*statements: Statement) -> list[tuple[str, str, str, str]]:
    return [(one["field"], one["value_a"], one["value_b"], one["kind"]) for one in of_trial("NCT1", statements)]


def test_numbers_dates_and_codes_of_a_trial_may_contradict() -> None:
    """Titles may not: another wording is not another title."""
    nct = statement("nct", "NCT1", enrollment=40, phase="PHASE2", brief_title="A")
    assert told(nct, statement("isrctn", "ISRCTN1", enrollment=60, phase="PHASE2", brief_title="B")) == [
        ("enrollment", "40", "60", "conflict")
    ]


def test_planned_and_actual_numbers_are_two_versions() -> None:
    nct = statement("nct", "NCT1", enrollment=40, enrollment_type="ACTUAL")
    other = statement("isrctn", "ISRCTN1", enrollment=60, enrollment_type="ESTIMATED")
    assert told(nct, other) == [("enrollment", "40", "60", "changed_version")]


def test_another_version_of_the_record_and_another_format_of_the_same() -> None:
    """A format may write one version in other codes."""
    nct = statement("json", "NCT1", "2024-01-01", enrollment=40)
    assert told(nct, statement("csv", "NCT1", "2024-01-01", enrollment=41)) == []
    assert told(nct, statement("text", "NCT1", None, enrollment=41)) == [("enrollment", "40", "41", "changed_version")]


def test_an_article_is_not_held_to_finer_words_than_it_has() -> None:
    """It says "double-blind" of whatever is masked for two or more, "phase 2" of the second part of a phase 1/2 trial."""
    nct = statement("nct", "NCT1", masking="QUADRUPLE", phase="PHASE1_PHASE2")
    assert told(nct, statement("article", None, masking="DOUBLE", phase="PHASE2")) == []
    assert told(nct, statement("article", None, masking="NONE", phase="PHASE3")) == [
        ("phase", "PHASE1_PHASE2", "PHASE3", "conflict"),
        ("masking", "QUADRUPLE", "NONE", "conflict"),
    ]


def test_a_primary_endpoint_of_which_an_article_says_nothing() -> None:
    """Safety is reported under other names, and secondary endpoints are often left for another article."""
    planned = [endpoint("nct", 1, concept="OS"), endpoint("nct", 2), endpoint("nct", 3, concept="AE")]
    planned.append(endpoint("nct", 4, concept="ORR", role="SECONDARY"))
    (one,) = of_rows(left_out(planned, {"article": [result("article")]}))
    assert (one["kind"], one["row_id_a"], one["document_id_b"], one["value_b"]) == (
        "missing_in_article",
        "nct-endpoints-1",
        "article",
        None,
    )
