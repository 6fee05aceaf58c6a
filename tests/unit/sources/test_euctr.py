"""The reader of the EU register: protocol text and JSON."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.sources import euctr
from pipelines.sources.readers import identify
from pipelines.sources.records import Reason
from tests.unit.sources.registers import check_places, interventions, outcomes, rejects, studies, trial

TEXT = """This file contains the trials that were asked for.

Summary
EudraCT Number: 2004-000119-24
Sponsor's Protocol Code Number: AB-17
Trial Status: Ongoing
Date on which this record was first entered in the EudraCT database: 2005-02-03

A. Protocol Information
A.1 Member State Concerned: Spain - AEMPS
A.2 EudraCT number: 2004-000119-24
A.3 Full title of the trial: Maplinib for cough: a trial
in two lines
A.3 Full title of the trial (es): Maplinib para la tos
A.3.1 Title of the trial for lay people, in easily understood, i.e. non-technical, language: Cough
A.4.1 Sponsor's protocol code number: AB-17
A.5.2 US NCT (ClinicalTrials.gov registry) number: NCT02481632

B. Sponsor Information
Sponsor 1
B.1.1 Name of Sponsor: Hospital of the Hill
B.3.1 and B.3.2	Status of the sponsor: Commercial

D. IMP Identification
D.IMP: 1
D.2.1.1.1 Trade name: Maplix
D.3.1 Product name: Maplinib 50
D.3.7 Routes of administration for this IMP:
Oral use
D.3.8 INN - Proposed INN: MAPLINIB
D.3.11.2 Active substance of biological/ biotechnological origin: No
D.IMP: 2
D.3.1 Product name: Tea cells
D.3.11.2 Active substance of biological/ biotechnological origin: Yes

E. General Information on the Trial
E.1.1 Medical condition(s) being investigated: Cough
E.2.1 Main objective of the trial: To see.
E.2.2 Secondary objectives of the trial: To hear.
E.3 Principal inclusion criteria: 1. Cough
2. Age over 30
E.4 Principal exclusion criteria: Smoking
E.5.1 Primary end point(s): 1. Coughs an hour
2. Sleep
E.5.1.1 Timepoint(s) of evaluation of this end point: 1. Week 6
2. Week 12
E.5.2 Secondary end point(s): Not applicable
E.6.3 Therapy: Yes
E.7.1 Human pharmacology (Phase I): No
E.7.2 Therapeutic exploratory (Phase II): Yes
E.7.3 Therapeutic confirmatory (Phase III): Yes
E.8.1 Controlled: Yes
E.8.1.1 Randomised: Yes
E.8.1.2 Open: No
E.8.1.4 Double blind: Yes
E.8.1.5 Parallel group: Yes
E.8.2.4 Number of treatment arms in the trial: 2
E.8.5 The trial involves multiple Member States: Yes
E.8.6.3 If E.8.6.1 or E.8.6.2 are Yes, specify the regions in which trial sites are planned:
United States
Korea, Republic of

F. Population of Trial Subjects
F.1.2 Adults (18-64 years): Yes
F.2.1 Female: Yes
F.2.2 Male: Yes
F.4.1 In the member state: 5
F.4.2.2 In the whole clinical trial: 120

P. End of Trial
P. End of Trial Status: Prematurely Ended
P. Date of the global end of the trial: 2009-05-20

Summary
EudraCT Number: 2004-000119-24

A. Protocol Information
A.1 Member State Concerned: France - ANSM
A.3 Full title of the trial: Maplinib for cough: a trial

Summary
EudraCT Number: 2004-000119-25
"""

JSON: dict[str, Any] = {
    "x5_trial_status": "Completed",
    "a1_member_state_concerned": "Spain - AEMPS",
    "a2_eudract_number": "2004-000119-24",
    "a3_full_title_of_the_trial": "Maplinib for cough: a trial",
    "a3_full_title_of_the_trial_es": "Maplinib para la tos",
    "b1_sponsor": [{"b11_name_of_sponsor": "Hospital of the Hill", "b31_and_b32_status_of_the_sponsor": "Non-Commercial"}],
    "dimp": [
        {"d37_routes_of_administration_for_this_imp": "Oral use", "d38_imp_identification_details": [{"d38_inn__proposed_inn": "MAPLINIB"}]}
    ],
    "e11_medical_conditions_being_investigated": "Cough",
    "e51_primary_end_points": "Coughs an hour",
    "e511_timepoints_of_evaluation_of_this_end_point": "Week 6",
    "e71_human_pharmacology_phase_i": "Yes",
    "e72_therapeutic_exploratory_phase_ii": "No",
    "e81_controlled": "No",
    "e811_randomised": "No",
    "e863_trial_sites_planned_in": "Argentina Korea, Republic of Latvia United States",
    "f21_female": "No",
    "f22_male": "Yes",
    "f41_in_the_member_state": "5",
    "p_end_of_trial_status": "Completed",
    "e12_meddra_classification": [{"e12_term": "Cough"}],
}


def test_both_forms_are_told_by_their_content() -> None:
    """By numbers of questions, not by any text that has a EudraCT number."""
    assert identify(TEXT.encode()) is euctr
    assert identify(TEXT.replace("\n", "\r\n").encode()) is euctr
    assert identify(json.dumps(JSON).encode()) is euctr
    assert not euctr.sniff(b"A report.\nEudraCT Number: unknown\n")


@pytest.mark.parametrize("text", [TEXT, TEXT.replace("\n", "\r\n")])
def test_a_protocol_text_becomes_a_study_for_each_country(text: str) -> None:
    """All texts stand in the one field of the record, each in its place; other languages are left out."""
    found = [one for one in euctr.read(text.encode()) if hasattr(one, "study")]
    study = found[0].study  # pyright: ignore[reportAttributeAccessIssue]
    check_places(study)
    row = trial(study)
    assert (row["trial_id"], row["registry"], row["other_ids"]) == ("2004-000119-24", "EudraCT", ["AB-17", "NCT02481632"])
    assert row["official_title"].split() == ["Maplinib", "for", "cough:", "a", "trial", "in", "two", "lines"]
    assert (row["phase"], row["allocation"], row["intervention_model"], row["masking"]) == (
        "PHASE2_PHASE3",
        "RANDOMIZED",
        "PARALLEL",
        "DOUBLE",
    )
    assert (row["primary_purpose"], row["n_arms"], row["enrollment"], row["sex"]) == ("TREATMENT", 2, 120, "ALL")
    assert (row["overall_status"], row["completion_date"].isoformat(), row["first_posted_date"].isoformat()) == (
        "TERMINATED",
        "2009-05-20",
        "2005-02-03",
    )
    assert (row["countries"], row.get("n_sites"), row["sponsor_class"]) == (
        ["Spain", "United States", "Korea, Republic of"],
        None,
        "INDUSTRY",
    )
    assert row["minimum_age_years"] is None  # groups of age are no limits
    assert outcomes(study, "primary") == [("Coughs an hour", None, "Week 6"), ("Sleep", None, "Week 12")]
    assert outcomes(study, "secondary") == []
    assert interventions(study) == [("DRUG", "MAPLINIB", "Oral use", []), ("BIOLOGICAL", "Tea cells", None, [])]
    carried = [one.study.carried for one in found]  # pyright: ignore[reportAttributeAccessIssue]
    assert carried[0] != carried[1]


def test_a_number_that_fails_its_check_is_rejected() -> None:
    """The rest of the file goes on."""
    assert [(one.index, one.reason) for one in rejects(euctr, TEXT.encode())] == [(2, Reason.NOT_A_TRIAL)]


def test_json_has_the_same_questions() -> None:
    """By the numbers that their names begin with."""
    (study,) = studies(euctr, json.dumps(JSON).encode())
    check_places(study)
    row = trial(study)
    assert (row["phase"], row["allocation"], row["overall_status"], row["sex"]) == ("PHASE1", "NON_RANDOMIZED", "COMPLETED", "MALE")
    assert row["countries"] == ["Spain", "Argentina", "Korea, Republic of", "Latvia", "United States"]
    # The one member state is the whole trial.
    assert (row["enrollment"], row["sponsor_class"], row["sponsor_class_raw"]) == (5, None, "Non-Commercial")
    assert outcomes(study, "primary") == [("Coughs an hour", None, "Week 6")]
    assert interventions(study) == [("DRUG", "MAPLINIB", "Oral use", [])]
    assert study.origins is not None
    assert study.origins["armsInterventionsModule.interventions[0].name"].field == (
        "dimp[0].d38_imp_identification_details[0].d38_inn__proposed_inn"
    )


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.integers(0, len(TEXT)))
def test_damage_never_raises(noise: str, at: int) -> None:
    """Whatever is between the lines."""
    list(euctr.read((TEXT[:at] + noise + TEXT[at:]).encode("utf-8", "replace")))
