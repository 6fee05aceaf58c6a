"""The `trials` row as one document states it."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from pipelines.extract import trials
from pipelines.extract.subject import Subject
from pipelines.shapes import Study

Make = Callable[..., Study]


def test_a_record_that_says_nothing_has_a_row_of_nulls(make_study: Make, subject: Subject) -> None:
    """Only what identifies the trial is there; nothing is guessed."""
    row = trials.row(make_study(), subject)
    stated = {name: value for name, value in row.items() if value not in (None, [])}
    assert stated == {"trial_id": "NCT00000001", "registry": "ClinicalTrials.gov", "language": "en"}


@pytest.mark.parametrize(
    ("words", "date", "precision"),
    [
        ("2021-03-09", datetime.date(2021, 3, 9), "day"),
        ("2021-03", datetime.date(2021, 3, 1), "month"),
        ("March 2021", datetime.date(2021, 3, 1), "month"),
        ("2021", datetime.date(2021, 1, 1), "year"),
        ("soon", None, None),
    ],
)
def test_a_date_keeps_its_precision(
    words: str, date: datetime.date | None, precision: str | None, make_study: Make, subject: Subject
) -> None:
    """The first day of the stated period, and how much of it was stated."""
    row = trials.row(make_study(statusModule={"startDateStruct": {"date": words}}), subject)
    assert (row.get("start_date"), row.get("start_date_precision")) == (date, precision)


@pytest.mark.parametrize(
    ("module", "column", "words"),
    [
        ({"designModule": {"studyType": "TELEPATHIC"}}, "study_type", "TELEPATHIC"),
        ({"designModule": {"phases": ["PHASE9"]}}, "phase", "PHASE9"),
        ({"designModule": {"designInfo": {"allocation": "BY_MOON"}}}, "allocation", "BY_MOON"),
        ({"designModule": {"designInfo": {"maskingInfo": {"masking": "BLINKING"}}}}, "masking", "BLINKING"),
        ({"statusModule": {"overallStatus": "ON_HOLIDAY"}}, "overall_status", "ON_HOLIDAY"),
        ({"eligibilityModule": {"sex": "SOME"}}, "sex", "SOME"),
        ({"sponsorCollaboratorsModule": {"leadSponsor": {"name": "A", "class": "GUILD"}}}, "sponsor_class", "GUILD"),
    ],
)
def test_an_unknown_member_keeps_its_words_with_null(
    module: dict[str, Any], column: str, words: str, make_study: Make, subject: Subject
) -> None:
    """The closed list does not grow by itself, and the source's words are not lost."""
    row = trials.row(make_study(**module), subject)
    assert (row[column], row[f"{column}_raw"]) == (None, words)


@pytest.mark.parametrize(
    ("phases", "phase"), [(["PHASE1", "PHASE2"], "PHASE1_PHASE2"), (["Phase 2", "Phase 3"], "PHASE2_PHASE3"), (["N/A"], "NA"), ([], None)]
)
def test_two_phases_are_one_value(phases: list[str], phase: str | None, make_study: Make, subject: Subject) -> None:
    """A list of two phases is the combined member."""
    assert trials.row(make_study(designModule={"phases": phases}), subject).get("phase") == phase


@pytest.mark.parametrize(
    ("words", "masking", "is_open_label"),
    [("Double Blind (Subject, Caregiver)", "DOUBLE", False), ("Open Label", "NONE", True), ("QUADRUPLE", "QUADRUPLE", False)],
)
def test_the_words_before_the_bracket_are_the_masking(
    words: str, masking: str, is_open_label: bool, make_study: Make, subject: Subject
) -> None:
    """Older records list the masked roles behind it."""
    row = trials.row(make_study(designModule={"designInfo": {"maskingInfo": {"masking": words}}}), subject)
    assert (row["masking"], row["masking_raw"], row["is_open_label"]) == (masking, words, is_open_label)


@pytest.mark.parametrize(
    ("arms", "model", "allocation", "expected"),
    [
        (1, "PARALLEL", "RANDOMIZED", True),
        (3, "SINGLE_GROUP", "NA", False),
        (0, "SINGLE_GROUP", "NA", True),
        (0, "SINGLE_GROUP", None, True),
        (0, "SINGLE_GROUP", "RANDOMIZED", None),
        (0, "SINGLE_GROUP", "NON_RANDOMIZED", None),
        (0, "PARALLEL", None, False),
        (0, "SEQUENTIAL", "NA", None),
        (0, "SEQUENTIAL", "NON_RANDOMIZED", False),
        (0, None, None, None),
    ],
)
def test_a_single_arm_is_counted_or_told_from_a_design_without_contradiction(
    arms: int, model: str | None, allocation: str | None, expected: bool | None, make_study: Make, subject: Subject
) -> None:
    """The list of arms decides; without it the model does, unless participants are allocated to something."""
    study = make_study(
        designModule={"studyType": "INTERVENTIONAL", "designInfo": {"interventionModel": model, "allocation": allocation}},
        armsInterventionsModule={"armGroups": [{"label": f"Arm {n}"} for n in range(arms)]},
    )
    assert trials.row(study, subject)["is_single_arm"] is expected


def test_an_observational_study_is_no_single_arm_trial(make_study: Make, subject: Subject) -> None:
    """One cohort is no arm."""
    study = make_study(designModule={"studyType": "OBSERVATIONAL"}, armsInterventionsModule={"armGroups": [{"label": "Cohort"}]})
    row = trials.row(study, subject)
    assert (row["n_arms"], row["is_single_arm"]) == (1, None)


def test_other_ids_are_listed_once_and_without_the_trials_own(make_study: Make, subject: Subject) -> None:
    """Sponsor's, secondary and former ids in their order; a repeated one is one."""
    study = make_study(
        identificationModule={
            "nctId": "NCT00000001",
            "orgStudyIdInfo": {"id": "AB-12"},
            "secondaryIdInfos": [{"id": "2010-000000-10"}, {"id": "AB-12"}, {"id": "NCT00000001"}, {"id": " "}, {"id": "X \\> 1"}],
            "nctIdAliases": ["NCT00000009"],
        }
    )
    assert trials.row(study, subject)["other_ids"] == ["AB-12", "2010-000000-10", "X > 1", "NCT00000009"]


@pytest.mark.parametrize(("words", "years"), [("18 Years", 18.0), ("6 Months", 0.5), ("N/A", None), ("grown", None)])
def test_ages_are_years(words: str, years: float | None, make_study: Make, subject: Subject) -> None:
    """A limit in other units is converted, "N/A" is no limit."""
    assert trials.row(make_study(eligibilityModule={"minimumAge": words}), subject)["minimum_age_years"] == years


def test_sites_are_counted_and_countries_listed_in_order(make_study: Make, subject: Subject) -> None:
    """Countries once each, in the order of their first site; a site without a country counts."""
    places = [{"country": "Peru"}, {"country": "Chile"}, {"country": "Peru"}, {"facility": "A Hospital"}]
    row = trials.row(make_study(contactsLocationsModule={"locations": places}), subject)
    assert (row["n_sites"], row["is_multicenter"], row["countries"]) == (4, True, ["Peru", "Chile"])
    alone = trials.row(make_study(contactsLocationsModule={"locations": [{"country": "Peru"}]}), subject)
    assert (alone["n_sites"], alone["is_multicenter"]) == (1, False)


@pytest.mark.parametrize(("count", "expected"), [(120, 120), ("1,234", 1234), (0, 0), ("many", None), (-1, None)])
def test_enrolment_is_a_count(count: object, expected: int | None, make_study: Make, subject: Subject) -> None:
    """Zero is a number of participants, words are none."""
    row = trials.row(make_study(designModule={"enrollmentInfo": {"count": count, "type": "ESTIMATED"}}), subject)
    assert (row["enrollment"], row["enrollment_type"]) == (expected, "ESTIMATED")


def test_texts_are_repaired_but_for_their_words(make_study: Make, subject: Subject) -> None:
    """Escapes go, quotes, width and case stay."""
    study = make_study(
        identificationModule={"briefTitle": " “Dose” \\> 5 ｍｇ &amp; more ", "acronym": " "},
        descriptionModule={"briefSummary": "First line\r\nSecond line"},
    )
    row = trials.row(study, subject)
    assert (row["brief_title"], row["acronym"], row["brief_summary"]) == ("“Dose” > 5 ｍｇ & more", None, "First line\nSecond line")


@pytest.mark.parametrize(
    ("flag", "posted", "expected"), [(False, False, False), (True, False, True), (None, True, True), (None, False, None)]
)
def test_results_are_there_if_the_record_says_or_has_them(
    flag: bool | None, posted: bool, expected: bool | None, make_study: Make, subject: Subject
) -> None:
    """A format that has no flag tells by the results themselves, and their absence tells nothing."""
    modules = {"outcomeMeasuresModule": {"outcomeMeasures": []}} if posted else {}
    assert trials.row(make_study(has_results=flag, **modules), subject)["has_results"] is expected


@pytest.mark.parametrize(
    ("summary", "design"),
    [
        ("Doses are escalated by a 3+3 design.", "3+3"),
        ("Dose escalation follows a Bayesian optimal interval design.", "BOIN"),
        ("Dose escalation by i3+3 rules.", "i3+3"),
        ("Dose escalation by mTPI-2.", "mTPI-2"),
        ("Dose escalation by 3+3, later by BOIN.", None),
        ("Three visits and 3+3 samples.", None),
        ("Dose escalation.", None),
    ],
)
def test_a_dose_escalation_design_is_named_or_null(summary: str, design: str | None, make_study: Make, subject: Subject) -> None:
    """Only where the text escalates doses, and only one design."""
    assert trials.row(make_study(descriptionModule={"briefSummary": summary}), subject)["dose_escalation_design"] == design


@pytest.mark.parametrize(
    ("conditions", "ancestors", "expected"),
    [
        (["Gastric Cancer"], [], True),
        (["Warts"], ["D009369"], True),
        (["Warts"], ["D000009369"], True),
        (["Warts"], ["D014412"], False),
        (["Warts"], [], None),
    ],
)
def test_oncology_is_told_by_words_or_by_mesh(
    conditions: list[str], ancestors: list[str], expected: bool | None, make_study: Make, subject: Subject
) -> None:
    """That a trial is none is said only by MeSH ancestors without neoplasms."""
    study = make_study(
        conditionsModule={"conditions": conditions}, conditionBrowseModule={"ancestors": [{"id": i, "term": "x"} for i in ancestors]}
    )
    assert trials.row(study, subject)["is_oncology"] is expected


def test_an_id_of_another_register_is_no_nct_id(make_study: Make) -> None:
    """`nct_id` is filled by NCT ids only."""
    row = trials.row(make_study(identificationModule={"nctId": "ISRCTN12345678"}), Subject("ISRCTN12345678", "d", "ISRCTN"))
    assert (row["trial_id"], row["nct_id"], row["registry"]) == ("ISRCTN12345678", None, "ISRCTN")
