"""Posted results of the EU register."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.extract import arms, endpoint_results, safety
from pipelines.extract.subject import Subject
from pipelines.sources import euctr
from tests.unit.sources.registers import check_places, studies, trial

SUBJECT = Subject("2004-000119-24", "d" * 20, "EudraCT", "en")

RECORD: dict[str, Any] = {
    "a2_eudract_number": "2004-000119-24",
    "a3_full_title_of_the_trial": "Maplinib for cough: a trial",
    "e51_primary_end_points": "Coughs an hour",
    "f422_in_the_whole_clinical_trial": "100",
    "trialInformation": {
        "recruitmentStartDate": "2005-03-26T00:00:00+01:00",
        "isGlobalEndOfTrialReached": "true",
        "globalEndOfTrialPremature": "true",
        "globalEndOfTrialDate": "2007-05-30T00:00:00+02:00",
        "countrySubjectCounts": {"countrySubjectCount": [{"subjects": "60"}, {"subjects": "21"}]},
    },
    "subjectDisposition": {
        "postAssignmentPeriods": {
            "postAssignmentPeriod": {
                "arms": {
                    "arm": [
                        {
                            "id": "Arm-1",
                            "title": "Maplinib",
                            "description": "50 mg daily",
                            "type": {"value": "ARM_TYPE.experimental"},
                            "startedMilestoneAchievement": {"subjects": "41"},
                        },
                        {"id": "Arm-2", "title": "Tea", "description": {}, "startedMilestoneAchievement": {"subjects": "40"}},
                    ]
                }
            }
        }
    },
    "endPoints": {
        "endPoint": [
            {
                "title": "Coughs an hour",
                "description": "99999 stands for no value.",
                "countable": "false",
                "unit": "coughs",
                "timeFrame": "Week 6",
                "type": {"value": "ENDPOINT_TYPE.primary"},
                "centralTendencyType": {"value": "MEASURE_TYPE.median"},
                "dispersionType": {"value": "ENDPOINT_DISPERSION.confidenceInterval"},
                "percentage": "95",
                "categories": "",
                "armReportingGroups": {
                    "armReportingGroup": [
                        {
                            "armId": "Arm-1",
                            "id": "Group-1",
                            "tendencyValues": {"tendencyValue": {"value": "4.2"}},
                            "dispersionValues": {"dispersionValue": {"value": "3.1", "highRangeValue": "99999"}},
                            "subjects": "41",
                        },
                        {"armId": "Arm-2", "id": "Group-2", "tendencyValues": {"tendencyValue": {"value": "99999"}}, "subjects": "40"},
                    ]
                },
                "statisticalAnalyses": {
                    "statisticalAnalysis": {
                        "statisticalHypothesisTest": {
                            "value": "0.001",
                            "valueEqualityRelation": "<",
                            "method": {"value": "HYPOTHESIS_METHOD.logrank"},
                        },
                        "parameterEstimate": {
                            "type": {"value": "PARAMETER_TYPE.hazardRatio"},
                            "pointEstimate": "0.6",
                            "confidenceInterval": {"percentage": "95", "lowerLimit": "0.5", "upperLimit": "0.8"},
                        },
                        "armComparisonGroupId": ["Group-1", "Group-2"],
                    }
                },
            },
            {
                "title": "Well after a week",
                "countable": "true",
                "unit": "participants",
                "type": {"value": "ENDPOINT_TYPE.secondary"},
                "categories": {"category": [{"id": "C1", "name": "Day"}, {"id": "C2", "name": "Night"}]},
                "armReportingGroups": {
                    "armReportingGroup": {
                        "armId": "Arm-1",
                        "id": "Group-3",
                        "countableValues": {"countableValue": [{"categoryId": "C2", "value": "7"}, {"categoryId": "C1", "value": "9"}]},
                        "subjects": "41",
                    }
                },
            },
        ]
    },
    "adverseEvents": {
        "timeFrame": "Six weeks",
        "dictionary": {"version": "26.0", "name": {"value": "ADV_EVT_DICTIONARY_NAME.meddra"}},
        "reportingGroups": {
            "reportingGroup": {
                "id": "R-1",
                "title": "Maplinib",
                "subjectsAffectedBySeriousAdverseEvents": "2",
                "subjectsExposed": "41",
                "deathsAllCauses": "1",
            }
        },
        "seriousAdverseEvents": {
            "seriousAdverseEvent": {
                "term": "Sepsis",
                "organSystem": {"eutctId": "100000004862"},
                "values": {"value": {"reportingGroupId": "R-1", "occurrences": "3", "subjectsAffected": "2", "subjectsExposed": "41"}},
            }
        },
        "nonSeriousAdverseEvents": "",
    },
}


def test_values_have_their_groups_categories_and_limits() -> None:
    """A list of one stands without a list; nines that stand for no value are none."""
    (study,) = studies(euctr, json.dumps(RECORD).encode())
    check_places(study)
    rows = list(endpoint_results.rows(study, SUBJECT))
    found = [(row["statistic"], row["group_raw"], row.get("class_raw"), row["value"], row["ci_low"], row["ci_high"]) for row in rows[:3]]
    assert found == [
        ("median", "Maplinib", None, 4.2, 3.1, None),
        ("median", "Tea", None, None, None, None),
        ("hazard_ratio", "Maplinib vs Tea", None, 0.6, 0.5, 0.8),
    ]
    assert rows[0]["ci_high_not_reached"]
    assert (rows[2]["p_operator"], rows[2]["p_value"]) == ("<", 0.001)
    assert [(row["class_raw"], row["n_events"], row["n_total"]) for row in rows[3:]] == [("Day", 9, 41), ("Night", 7, 41)]
    assert rows[0]["arm_id"] == "2004-000119-24/arm-1"
    assert rows[0]["field"] == "endPoints.endPoint[0].armReportingGroups.armReportingGroup[0]"


def test_events_are_counted_by_group() -> None:
    """Organ systems have the EU's own numbers."""
    (study,) = studies(euctr, json.dumps(RECORD).encode())
    rows = list(safety.rows(study, SUBJECT))
    assert [(row["kind"], row["n_affected"], row["n_at_risk"], row.get("system_organ_class")) for row in rows] == [
        ("death", 1, 41, None),
        ("any_event", 2, 41, None),
        ("event", 2, 41, "Infections and infestations"),
    ]


def test_results_say_how_the_trial_went() -> None:
    """Arms with who started, the number enrolled, the end."""
    (study,) = studies(euctr, json.dumps(RECORD).encode())
    row = trial(study)
    assert (row["overall_status"], row["enrollment"], row["enrollment_type"], row["has_results"]) == ("TERMINATED", 81, "ACTUAL", True)
    assert (row["start_date"].isoformat(), row["completion_date"].isoformat()) == ("2005-03-26", "2007-05-30")
    found = [(one["label"], one.get("arm_type"), one["n_participants"]) for one in arms.rows(study, SUBJECT)]
    assert found == [("Maplinib", "EXPERIMENTAL", 41), ("Tea", None, 40)]
    assert "endpoint_results" in (study.carried or ())


def test_a_record_without_results_carries_none() -> None:
    """So that another document of the trial may give them."""
    (study,) = studies(euctr, json.dumps({"a2_eudract_number": "2004-000119-24"}).encode())
    assert study.results_section is None
    assert "endpoint_results" not in (study.carried or ())


JSON = st.recursive(
    st.none() | st.booleans() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                ["endPoint", "arms", "arm", "armReportingGroups", "armReportingGroup", "id", "value", "categories", "category", "title"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(["trialInformation", "subjectDisposition", "endPoints", "adverseEvents", "subjectAnalysisSets"]), JSON)
def test_members_of_any_type_never_raise(name: str, value: Any) -> None:
    """A member that is not what it should be says nothing."""
    list(euctr.read(json.dumps(RECORD | {name: value}).encode()))
