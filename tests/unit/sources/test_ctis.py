"""The reader of CTIS records, of the first public portal and of the present one."""

import json
from typing import Any

import pytest

from pipelines.sources import ctis
from pipelines.sources.readers import identify
from pipelines.sources.records import Reason, Record
from tests.unit.sources.registers import check_places, interventions, outcomes, rejects, studies, trial

PART_ONE: dict[str, Any] = {
    "id": 1,
    "rowSubjectCount": 0,
    "trialDetails": {
        "clinicalTrialIdentifiers": {
            "fullTitle": "Maplinib for cough: a trial",
            "publicTitle": "Cough",
            "shortTitle": "AB-17",
            "secondaryIdentifyingNumbers": {"nctNumber": {"number": "NCT02481632"}, "additionalRegistries": []},
        },
        "trialInformation": {
            "medicalCondition": {"partIMedicalConditions": [{"medicalCondition": "Cough"}]},
            "trialObjective": {"mainObjective": "To see.", "secondaryObjectives": [{"number": 1, "secondaryObjective": "To hear."}]},
            "eligibilityCriteria": {
                "principalInclusionCriteria": [{"principalInclusionCriteria": "Cough"}, {"principalInclusionCriteria": "Age over 18"}],
                "principalExclusionCriteria": [{"principalExclusionCriteria": "Smoking"}],
            },
            "endPoint": {
                "primaryEndPoints": [{"number": 1, "endPoint": "Coughs, counted at week 6"}],
                "secondaryEndPoints": [{"number": 1, "endPoint": "Sleep"}],
            },
            "trialDuration": {"estimatedRecruitmentStartDate": "2023-05-23", "estimatedEndDate": "2026-01-03"},
            "populationOfTrialSubjects": {"isFemaleSubjects": True, "isMaleSubjects": False},
        },
        "protocolInformation": {"studyDesign": {"periodDetails": [{"armDetails": [{"title": "Arm 1", "description": "50 mg"}]}]}},
    },
    "sponsors": [{"primary": True, "organisation": {"name": "Hospital of the Hill", "type": "Pharmaceutical company"}}],
    "products": [
        {"productDictionaryInfo": {"activeSubstanceName": "MAPLINIB"}, "productName": "Maplinib 50", "routes": ["ORAL USE"]},
        {"productDictionaryInfo": {"activeSubstanceName": "Maplinib"}, "routes": ["ORAL USE"]},
    ],
}
PART_TWO = {
    "mscInfo": {"countryName": "Spain"},
    "trialSites": [{"organisationAddressInfo": {"organisation": {"name": "Site 1"}, "address": {"city": "Hill", "countryName": "Spain"}}}],
}
NEW: dict[str, Any] = {
    "ctNumber": "2022-500024-30-01",
    "ctStatus": 4,
    "startDateEU": "29/01/2021",
    "ctPublicStatusCode": 4,
    "authorizedApplication": {"authorizedPartI": PART_ONE, "authorizedPartsII": [PART_TWO], "eudraCt": {"eudraCtCode": "2004-000119-24"}},
    "trialPhase": "Phase II and Phase III (Integrated)",
    "ageGroup": "18-64 years, 65+ years",
    "totalNumberEnrolled": "11",
    "lastUpdated": "03/02/2025",
}
OLD: dict[str, Any] = {
    "ctStatus": "Authorised, not started",
    "authorizationDate": "2024-05-06",
    "ctNumber": "2022-500024-30-00",
    "authorizedPartI": PART_ONE,
    "authorizedPartsII": [PART_TWO],
    "eudraCtInfo": {"eudraCtCode": "2004-000119-24"},
    "trialPhase": "Therapeutic use (Phase IV)",
    "lastUpdated": "2024-05-06",
}


def test_both_forms_are_told_by_their_members() -> None:
    """Pretty or compact, one record or a list."""
    assert identify(json.dumps(NEW, indent=2).encode()) is ctis
    assert identify(json.dumps([OLD]).encode()) is ctis
    assert not ctis.sniff(b'{"ctNumber": "2022-500024-30-01"}')


@pytest.mark.parametrize(("record", "phase", "status"), [(NEW, "PHASE2_PHASE3", "RECRUITING"), (OLD, "PHASE4", "NOT_YET_RECRUITING")])
def test_a_record_becomes_a_study(record: dict[str, Any], phase: str, status: str) -> None:
    """A trial that was submitted again keeps its id; groups of age are no limits."""
    (study,) = studies(ctis, json.dumps(record).encode())
    check_places(study)
    row = trial(study)
    assert (row["trial_id"], row["registry"], row["phase"], row["overall_status"]) == ("2022-500024-30", "CTIS", phase, status)
    assert row["other_ids"] == [record["ctNumber"], "NCT02481632", "2004-000119-24", "AB-17"]
    assert (row["sex"], row["minimum_age_years"], row["sponsor_class"], row["n_sites"]) == ("FEMALE", None, "INDUSTRY", 1)
    assert row["eligibility_criteria"] == "Inclusion criteria:\nCough\nAge over 18\n\nExclusion criteria:\nSmoking"
    assert outcomes(study, "primary") == [("Coughs, counted at week 6", None, None)]
    assert interventions(study) == [("DRUG", "MAPLINIB", "ORAL USE", [])]
    assert study.protocol_section.arms_interventions_module.arm_groups[0].label == "Arm 1"


def test_the_version_is_the_day_of_the_last_update() -> None:
    """Written with the day first, or in ISO form."""
    found = [next(iter(ctis.read(json.dumps(one).encode()))) for one in (NEW, OLD)]
    assert [one.version_date for one in found if isinstance(one, Record)] == ["2025-02-03", "2024-05-06"]


def test_sites_outside_the_eu_are_not_listed() -> None:
    """So that with participants elsewhere the number of sites is not known."""
    part = PART_ONE | {"rowSubjectCount": 40, "rowCountriesInfo": [{"name": "Canada"}]}
    record = NEW | {"authorizedApplication": NEW["authorizedApplication"] | {"authorizedPartI": part}}
    (study,) = studies(ctis, json.dumps(record).encode())
    row = trial(study)
    assert (row["countries"], row.get("n_sites"), row["is_multicenter"]) == (["Spain", "Canada"], None, True)


@pytest.mark.parametrize("record", [NEW | {"ctNumber": "2022-500024-99-01"}, NEW | {"authorizedApplication": []}, {"ctStatus": 1}])
def test_what_is_no_record_is_rejected(record: dict[str, Any]) -> None:
    """A number that fails its check, no application."""
    assert [one.reason for one in rejects(ctis, json.dumps(record).encode())] == [Reason.NOT_A_TRIAL]
