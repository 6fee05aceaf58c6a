"""What planned outcomes say that a protocol will look for."""

from collections.abc import Callable
from typing import Any

import pytest

from pipelines.extract import planned_safety
from pipelines.extract.subject import Row, Subject
from pipelines.shapes import Study

Make = Callable[..., Study]


@pytest.fixture
def rows_of(make_study: Make, subject: Subject) -> Callable[..., list[Row]]:
    """A function from the title of one primary outcome, its description and other modules to rows."""

    def rows(measure: str, description: str | None = None, time_frame: str | None = None, **modules: Any) -> list[Row]:
        outcome = {"measure": measure, "description": description, "timeFrame": time_frame}
        return list(planned_safety.rows(make_study(outcomesModule={"primaryOutcomes": [outcome]}, **modules), subject))

    return rows


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        ("Adverse Event", "Adverse Event"),
        ("Incidence of adverse events", "adverse events"),
        ("Number of participants with treatment-related adverse events as assessed by CTCAE v4.0", "treatment-related adverse events"),
        ("Complications within 30 days post-surgery", "Complications within 30 days post-surgery"),
        ("Part 2: Number of participants experiencing AEs", "AEs"),
        ("Number, severity and duration of adverse events (AEs) according to CTCAE v5.", "adverse events (AEs)"),
        ("Percentage of Participants Who Experience at Least One Adverse Event (AE)", "Adverse Event (AE)"),
        ("To explore the safety of the tablet as measured by the occurrence of adverse events", "adverse events"),
        ("Safety：Incidence and severity of adverse events", "adverse events"),
        ("Safety and tolerability", "Safety and tolerability"),
        ("Toxicity: NCI-CTCAE", "Toxicity: NCI-CTCAE"),
        ("Serious complications", "Serious complications"),
        ("Long term adverse events associated with the valve", "Long term adverse events associated with the valve"),
    ],
)
def test_the_words_are_what_is_looked_for(measure: str, words: str, rows_of: Callable[..., list[Row]]) -> None:
    """Not how often, in whom, and by which criteria."""
    (row,) = rows_of(measure)
    assert (row["kind"], row["term_raw"]) == ("planned_assessment", words)


@pytest.mark.parametrize(
    "measure",
    [
        "Overall survival",
        "Non-relapse mortality",
        "Quality of life",
        "Adjustment of the systematic follow-up of diabetic complications",
        "Safety and efficacy assessed by the change in score",
        "Correlation of PD-L1 with adverse events",
        "Changes in the score in the absence of severe adverse events",
        "Anti-tumour activity at the RP2D",
        "Safety of the cells at the MTD/RP2D",
        "Use of a mobile app to send data to the care team and to read about the course of irAEs",
    ],
)
def test_outcomes_on_something_else_make_no_row(measure: str, rows_of: Callable[..., list[Row]]) -> None:
    """However much their descriptions speak of safety."""
    assert rows_of(measure, "Adverse events including nausea, vomiting and rash are graded by CTCAE 5.0") == []


def test_a_row_has_criteria_window_and_the_place_of_its_measure(rows_of: Callable[..., list[Row]]) -> None:
    """The criteria may stand in the description; the window is the time frame's words."""
    (row,) = rows_of("Incidence of adverse events", "Evaluated based on NCI-CTCAE V5.0", "28 days")
    assert row["safety_id"] == "NCT00000001/planned-primary-1.01"
    assert (row["criteria"], row["window_raw"], row["window_days"]) == ("CTCAE 5.0", "28 days", 28)
    assert (row["field"], row["method"], row["rule"]) == ("outcomesModule.primaryOutcomes[0].measure", "structured", "planned_outcome")


@pytest.mark.parametrize(
    ("measure", "attribution"),
    [
        ("Treatment-emergent adverse events", "treatment_emergent"),
        ("Number of participants with TRAEs", "treatment_related"),
        ("Adverse events related to the study drug", "treatment_related"),
        ("Incidence of irAEs", "immune_related"),
        ("TEAEs and treatment-related adverse events", None),
        ("Adverse events", None),
    ],
)
def test_an_attribution_is_the_only_one_of_the_title(measure: str, attribution: str | None, rows_of: Callable[..., list[Row]]) -> None:
    """Two that differ are none."""
    (row,) = rows_of(measure)
    assert row["attribution"] == attribution


def test_grades_and_seriousness_are_those_of_the_title(rows_of: Callable[..., list[Row]]) -> None:
    """Grade 3 or higher is 3 to 5; serious events alone are serious."""
    (row,) = rows_of("Number of participants with a grade 3 or higher adverse event")
    assert (row["grade_min"], row["grade_max"], row["is_serious"]) == (3, 5, None)
    (row,) = rows_of("Serious adverse events", "Grade 3 events are reported")
    assert (row.get("grade_min"), row["is_serious"]) == (None, True)


@pytest.mark.parametrize(
    ("measure", "description", "term"),
    [
        ("Toxicity: Cytokine Release Syndrome (CRS)", None, "Cytokine release syndrome"),
        ("Safety TEAE of special interest - headache", None, "Headache"),
        ("Grade 3 or more febrile neutropenia", None, "Febrile neutropenia"),
        ("Incidence of febrile neutropenia", "By CTCAE v5.0", "Febrile neutropenia"),
    ],
)
def test_a_single_event_gives_its_term(measure: str, description: str | None, term: str, rows_of: Callable[..., list[Row]]) -> None:
    """Where it is graded, or called toxic or adverse."""
    (row,) = rows_of(measure, description)
    assert row["term"] == term
    assert row["system_organ_class"]


def test_a_single_event_that_is_the_trials_condition_is_no_safety(rows_of: Callable[..., list[Row]]) -> None:
    """A trial on neutropenia measures what it treats."""
    assert rows_of("Incidence of febrile neutropenia", "By CTCAE v5.0", conditionsModule={"conditions": ["Febrile Neutropenia"]}) == []
    assert rows_of("Incidence of febrile neutropenia") == []
    assert rows_of("Number of patients with stroke") == []


def test_doses_and_dose_limiting_toxicities_have_kinds_of_their_own(rows_of: Callable[..., list[Row]]) -> None:
    """A title may look for several; a dose that is only where something else is measured is none."""

    def found(measure: str, description: str | None = None) -> list[tuple[str, str]]:
        return [(row["kind"], row["term_raw"]) for row in rows_of(measure, description)]

    assert found("Number of Participants With Dose Limiting Toxicities (DLTs)") == [
        ("dose_limiting_toxicity", "Dose Limiting Toxicities (DLTs)")
    ]
    assert found("Maximum tolerated dose (MTD) / Recommended Phase 2 dose (RP2D)") == [
        ("maximum_tolerated_dose", "Maximum tolerated dose (MTD)"),
        ("maximum_tolerated_dose", "Recommended Phase 2 dose (RP2D)"),
    ]
    assert found("Incidence of adverse events (AEs) as per CTCAE v4.03 and dose-limiting toxicities (DLTs)") == [
        ("planned_assessment", "adverse events (AEs)"),
        ("dose_limiting_toxicity", "dose-limiting toxicities (DLTs)"),
    ]


def test_an_abbreviation_alone_is_spelt_out_by_the_description(rows_of: Callable[..., list[Row]]) -> None:
    """The row shows the words where they stand."""
    (row,) = rows_of("MTD", "Maximum tolerated dose (MTD)")
    assert (row["kind"], row["term_raw"]) == ("maximum_tolerated_dose", "Maximum tolerated dose (MTD)")
    assert (row["field"], row["start_char"], row["end_char"]) == ("outcomesModule.primaryOutcomes[0].description", 0, 28)


def test_events_listed_in_the_description_are_rows_of_their_own(rows_of: Callable[..., list[Row]]) -> None:
    """Each with the place of its words, in the published text."""
    description = "Physical symptoms \\> grade 1 (Nausea, vomiting, headache, itching, etc); clinical signs (as usual, twice)"
    main, *listed = rows_of("Number of participants with treatment-related adverse events", description)
    assert main["term"] is None
    assert [(row["term_raw"], row["term"]) for row in listed] == [
        ("Nausea", "Nausea"),
        ("vomiting", "Vomiting"),
        ("headache", "Headache"),
        ("itching", "Pruritus"),
    ]
    assert [description[row["start_char"] : row["end_char"]] for row in listed] == [row["term_raw"] for row in listed]
    assert {(row["method"], row["rule"], row.get("attribution"), row.get("grade_min")) for row in listed} == {
        ("text", "planned_list", None, None)
    }
    assert [row["safety_id"][-3:] for row in (main, *listed)] == [".01", ".02", ".03", ".04", ".05"]


@pytest.mark.parametrize(
    "description",
    [
        "An adverse event is any unfavourable sign (including an abnormal laboratory finding), symptom, or disease",
        "Events of grade 3, except for toxicities such as nausea, vomiting and fatigue",
        "Symptoms of the heart (as seen by the nurse, rash and so forth, then by the doctor)",
        "Patients with hypertension, diarrhea and anemia",
    ],
)
def test_a_list_counts_where_half_of_it_are_events(description: str, rows_of: Callable[..., list[Row]]) -> None:
    """Definitions, exceptions and other lists name nothing that is looked for."""
    assert len(rows_of("Adverse events", description)) == 1
