"""The reader of ISRCTN's records as JSON."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.sources import isrctn
from pipelines.sources.readers import identify
from pipelines.sources.records import Reason
from tests.unit.sources.registers import check_places, interventions, outcomes, rejects, studies, trial

RECORD: dict[str, Any] = {
    "isrctn": "04310587",
    "trialDescription": {
        "title": "Cough and tea",
        "scientificTitle": "Maplinib and tea for cough: a trial",
        "acronym": "TEA",
        "studyHypothesis": "Maplinib helps.",
        "plainEnglishSummary": "Not provided at time of registration",
        "primaryOutcome": "1. Coughs an hour\n2. Sleep\n\nMeasured at 21 days.",
        "secondaryOutcome": "Mood is assessed with a scale at 6 weeks",
    },
    "externalRefs": {
        "eudraCTNumber": "2004-000119-24",
        "clinicalTrialsGovNumber": "Nil known",
        "secondaryNumbers": {"secondaryNumber": ["2004-000119-24", "AB-17"]},
    },
    "trialDesign": {
        "studyDesign": "Single-centre double-blind trial",
        "primaryStudyDesign": "Interventional",
        "secondaryStudyDesign": "Randomised controlled trial",
        "trialTypes": {"trialType": "Prevention"},
        "overallEndDate": "2020-08-01T00:00:00.000Z",
    },
    "participants": {
        "recruitmentCountries": {"country": ["United Kingdom", "England"]},
        "trialCentres": {"trialCentre": {"name": "Hospital of the Hill", "city": "Hill", "country": "United Kingdom"}},
        "inclusion": "Cough",
        "exclusion": "Smoking",
        "gender": "All",
        "lowerAgeLimit": "6 Months",
        "targetEnrolment": "60",
        "totalFinalEnrolment": "58",
        "recruitmentStart": "2016-09-01T00:00:00.000Z",
        "recruitmentStatusOverride": "",
    },
    "conditions": {"condition": [{"description": "Cough"}, {"description": "Cold"}]},
    "interventions": {
        "intervention": {
            "description": "Group 1: maplinib 50 mg\nGroup 2: tea",
            "interventionType": "Drug",
            "phase": "Phase II/III",
            "drugNames": "Maplinib, lindinib",
        }
    },
    "ctrname": "ISRCTN",
}


def test_the_record_is_told_by_its_members() -> None:
    """One record, a list of them, one a line."""
    line = json.dumps(RECORD)
    assert identify(json.dumps(RECORD, indent=1).encode()) is isrctn
    assert len(studies(isrctn, f"[{line},{line}]".encode())) == 2
    assert len(studies(isrctn, f"{line}\n{line}\n".encode())) == 2


def test_a_record_becomes_a_study() -> None:
    """Design from words and members, numbers counted where there are any, ids once."""
    (study,) = studies(isrctn, json.dumps(RECORD).encode())
    check_places(study)
    row = trial(study)
    assert (row["trial_id"], row["registry"], row["other_ids"]) == ("ISRCTN04310587", "ISRCTN", ["2004-000119-24", "AB-17"])
    assert (row["allocation"], row["masking"], row["primary_purpose"], row["phase"]) == (
        "RANDOMIZED",
        "DOUBLE",
        "PREVENTION",
        "PHASE2_PHASE3",
    )
    assert (row["enrollment"], row["enrollment_type"], row["minimum_age_years"], row["brief_summary"]) == (58, "ACTUAL", 0.5, None)
    assert row["eligibility_criteria"] == "Inclusion criteria:\nCough\n\nExclusion criteria:\nSmoking"
    # The one centre listed is the leading one of an unknown number.
    assert (row["countries"], row.get("n_sites"), row.get("overall_status")) == (
        ["United Kingdom"],
        None,
        None,
    )


def test_a_last_line_on_time_holds_for_all_outcomes() -> None:
    """It stands in a paragraph of its own; else the outcome says it itself."""
    (study,) = studies(isrctn, json.dumps(RECORD).encode())
    assert outcomes(study, "primary") == [("Coughs an hour", None, "at 21 days"), ("Sleep", None, "at 21 days")]
    assert outcomes(study, "secondary") == [("Mood is assessed with a scale at 6 weeks", None, "at 6 weeks")]


def test_what_all_arms_get_is_the_description_of_none_of_several_drugs() -> None:
    """With one drug it is that drug's."""
    (study,) = studies(isrctn, json.dumps(RECORD).encode())
    text = RECORD["interventions"]["intervention"]["description"]
    assert interventions(study) == [("Drug", "Maplinib", None, []), ("Drug", "lindinib", None, []), (None, None, text, [])]
    one = RECORD | {"interventions": {"intervention": {"description": "50 mg", "interventionType": "Drug", "drugNames": "1. Maplinib"}}}
    (study,) = studies(isrctn, json.dumps(one).encode())
    assert interventions(study) == [("Drug", "Maplinib", "50 mg", [])]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (json.dumps(RECORD | {"isrctn": "00000000"}).encode(), Reason.NOT_A_TRIAL),
        (json.dumps({"isrctn": "04310587", "trialDescription": "none"}).encode(), Reason.NOT_A_TRIAL),
        (json.dumps(RECORD).encode()[:-30], Reason.TRUNCATED),
        (b'["a"]', Reason.INVALID_JSON),
        (b'{"isrctn": nothing}', Reason.INVALID_JSON),
    ],
)
def test_what_is_no_record_is_rejected(data: bytes, reason: Reason) -> None:
    """With the reason why."""
    assert [one.reason for one in rejects(isrctn, data)] == [reason]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*RECORD, "country", "description", "name"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.sampled_from([key for key in RECORD if key not in ("isrctn", "trialDescription")]), JSON))
def test_members_of_any_type_never_raise(members: dict[str, Any]) -> None:
    """A member that is not what it should be says nothing."""
    list(isrctn.read(json.dumps(RECORD | members).encode()))
