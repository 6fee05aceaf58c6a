"""The reader of ClinicalTrials.gov's classic API and of legacy XML rendered as JSON."""

import json
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.shapes import Study
from pipelines.sources import ctgov_classic, ctgov_xml
from pipelines.sources.records import Reason, Record, Reject

CLASSIC: dict[str, Any] = {
    "ProtocolSection": {
        "IdentificationModule": {
            "NCTId": "NCT09990001",
            "NCTIdAliasList": {"NCTIdAlias": ["NCT09990000"]},
            "OrgStudyIdInfo": {"OrgStudyId": "MAPLE-1"},
            "SecondaryIdInfoList": {"SecondaryIdInfo": [{"SecondaryId": "2020-000001-11", "SecondaryIdType": "EudraCT Number"}]},
            "Organization": {"OrgFullName": "Elm Ltd", "OrgClass": "INDUSTRY"},
            "BriefTitle": "Maplinib in Sarcoma",
        },
        "StatusModule": {
            "OverallStatus": "Not yet recruiting",
            "StartDateStruct": {"StartDate": "May 2021", "StartDateType": "Anticipated"},
            "LastUpdatePostDateStruct": {"LastUpdatePostDate": "January 31, 2021"},
        },
        "ConditionsModule": {"ConditionList": {"Condition": ["Sarcoma", "Fibroma"]}},
        "DesignModule": {
            "PhaseList": {"Phase": ["Phase 1", "Phase 2"]},
            "DesignInfo": {
                "DesignTimePerspectiveList": {"DesignTimePerspective": ["Prospective"]},
                "DesignMaskingInfo": {
                    "DesignMasking": "Double",
                    "DesignWhoMaskedList": {"DesignWhoMasked": ["Participant", "Investigator"]},
                },
            },
            "EnrollmentInfo": {"EnrollmentCount": "40", "EnrollmentType": "Anticipated"},
        },
        "ArmsInterventionsModule": {
            "ArmGroupList": {
                "ArmGroup": [
                    {
                        "ArmGroupLabel": "Arm A",
                        "ArmGroupDescription": "Maplinib daily",
                        "ArmGroupInterventionList": {"ArmGroupInterventionName": ["Drug: Maplinib"]},
                    }
                ]
            },
            "InterventionList": {
                "Intervention": [
                    {
                        "InterventionType": "Drug",
                        "InterventionName": "Maplinib",
                        "InterventionArmGroupLabelList": {"InterventionArmGroupLabel": ["Arm A"]},
                        "InterventionOtherNameList": {"InterventionOtherName": ["ML-7"]},
                    }
                ]
            },
        },
        "OutcomesModule": {
            "PrimaryOutcomeList": {"PrimaryOutcome": [{"PrimaryOutcomeMeasure": "Response", "PrimaryOutcomeTimeFrame": "week 8"}]}
        },
        "EligibilityModule": {"EligibilityCriteria": "Inclusion:\n\nadults", "Gender": "All", "MinimumAge": "18 Years"},
        "ContactsLocationsModule": {
            "LocationList": {"Location": [{"LocationFacility": "Elm Clinic", "LocationCity": "Ulm", "LocationZip": "89073"}]}
        },
    },
    "ResultsSection": {
        "OutcomeMeasuresModule": {
            "OutcomeMeasureList": {
                "OutcomeMeasure": [
                    {
                        "OutcomeMeasureType": "Primary",
                        "OutcomeMeasureTitle": "Response",
                        "OutcomeDenomList": {
                            "OutcomeDenom": [
                                {
                                    "OutcomeDenomUnits": "Participants",
                                    "OutcomeDenomCountList": {
                                        "OutcomeDenomCount": [{"OutcomeDenomCountGroupId": "OG000", "OutcomeDenomCountValue": "12"}]
                                    },
                                }
                            ]
                        },
                        "OutcomeClassList": {
                            "OutcomeClass": [
                                {
                                    "OutcomeCategoryList": {
                                        "OutcomeCategory": [
                                            {
                                                "OutcomeMeasurementList": {
                                                    "OutcomeMeasurement": [
                                                        {
                                                            "OutcomeMeasurementGroupId": "OG000",
                                                            "OutcomeMeasurementValue": "25",
                                                        }
                                                    ]
                                                }
                                            }
                                        ]
                                    }
                                }
                            ]
                        },
                        "OutcomeAnalysisList": {
                            "OutcomeAnalysis": [
                                {
                                    "OutcomeAnalysisGroupIdList": {"OutcomeAnalysisGroupId": ["OG000", "OG001"]},
                                    "OutcomeAnalysisPValue": "<0.01",
                                    "OutcomeAnalysisCIPctValue": "95",
                                }
                            ]
                        },
                    }
                ]
            }
        },
        "AdverseEventsModule": {
            "EventsFrequencyThreshold": "5",
            "EventGroupList": {"EventGroup": [{"EventGroupId": "EG000", "EventGroupSeriousNumAffected": "3"}]},
            "SeriousEventList": {
                "SeriousEvent": [
                    {
                        "SeriousEventTerm": "Angina",
                        "SeriousEventStatsList": {
                            "SeriousEventStats": [{"SeriousEventStatsGroupId": "EG000", "SeriousEventStatsNumAffected": "2"}]
                        },
                    }
                ]
            },
        },
    },
    "DerivedSection": {
        "MiscInfoModule": {"VersionHolder": "March 09, 2021"},
        "ConditionBrowseModule": {"ConditionMeshList": {"ConditionMesh": [{"ConditionMeshId": "D012509", "ConditionMeshTerm": "Sarcoma"}]}},
    },
}

XML = """<clinical_study rank="3"><id_info><nct_id>NCT09990001</nct_id></id_info>
<brief_title>Maplinib in Sarcoma</brief_title><condition>Sarcoma</condition><condition>Fibroma</condition>
<why_stopped>slow accrual</why_stopped>
<clinical_results><outcome_list><outcome><title>Response</title>
<group_list><group group_id="O1"><title>A</title></group></group_list><measure>
<analyzed_list><analyzed><units>Participants</units><count_list><count group_id="O1" value="12"/></count_list>
</analyzed></analyzed_list><class_list><class><category_list><category><measurement_list>
<measurement group_id="O1" value="25"/></measurement_list></category></category_list></class></class_list></measure>
<analysis_list><analysis><group_id_list><group_id>O1</group_id></group_id_list></analysis></analysis_list>
</outcome></outcome_list></clinical_results><last_update_posted>January 31, 2021</last_update_posted>
</clinical_study>"""


def rendered(*, attributes: bool) -> dict[str, Any]:
    """`XML` as JSON: attributes under "@attributes", or merged with the children; a single child is no list."""

    def node(children: dict[str, Any], **own: str) -> dict[str, Any]:
        return {"@attributes": own, **children} if attributes else {**own, **children}

    return node(
        {
            "ctrname": "CTGOV",
            "record_last_import": "2024-01-01",
            "id_info": {"nct_id": "NCT09990001", "secondary_id": {}},
            "brief_title": "Maplinib in Sarcoma",
            "condition": ["Sarcoma", "Fibroma"],
            "why_stopped": "slow accrual",
            "keyword": {},
            "clinical_results": {
                "outcome_list": {
                    "outcome": {
                        "title": "Response",
                        "group_list": {"group": node({"title": "A"}, group_id="O1")},
                        "measure": {
                            "analyzed_list": {
                                "analyzed": {
                                    "units": "Participants",
                                    "count_list": {"count": [node({}, group_id="O1", value="12")]},
                                }
                            },
                            "class_list": {
                                "class": {
                                    "category_list": {
                                        "category": {"measurement_list": {"measurement": node({}, group_id="O1", value="25")}}
                                    }
                                }
                            },
                        },
                        "analysis_list": {"analysis": {"group_id_list": {"group_id": "O1"}}},
                    }
                }
            },
            "last_update_posted": "January 31, 2021",
        },
        rank="3",
    )


def read(document: Any) -> list[Record | Reject]:
    """All that the reader finds in a document."""
    return list(ctgov_classic.read(json.dumps(document).encode()))


def record_of(document: Any) -> Record:
    """The one record of a document."""
    (record,) = read(document)
    assert isinstance(record, Record), record
    return record


def study_of(document: Any) -> Study:
    """The one study of a document."""
    study = record_of(document).study
    assert study is not None
    return study


def text_at(sections: Any, path: str) -> Any:
    """The text at a path such as `outcomesModule.primaryOutcomes[0].measure` in `sections`."""
    node: Any = {name: module for section in sections.values() for name, module in section.items()}
    for name in re.findall(r"\w+", path):
        node = node[int(name)] if name.isdigit() else node[name]
    return node


def test_members_take_the_names_and_the_shape_of_api_v2() -> None:
    """Prefixes and list wrappers go, words stay."""
    protocol = study_of({"Study": CLASSIC}).protocol_section
    ids = protocol.identification_module
    assert (ids.nct_id, ids.nct_id_aliases) == ("NCT09990001", ["NCT09990000"])
    assert ids.secondary_id_infos[0].type == "EudraCT Number"
    assert protocol.conditions_module.conditions == ["Sarcoma", "Fibroma"]
    design = protocol.design_module
    assert design.phases == ["Phase 1", "Phase 2"]
    assert design.design_info
    assert design.design_info.masking_info
    assert design.design_info.masking_info.who_masked == ["Participant", "Investigator"]
    assert design.design_info.time_perspective == "Prospective"
    arms = protocol.arms_interventions_module
    assert arms.arm_groups[0].intervention_names == ["Drug: Maplinib"]
    assert (arms.interventions[0].arm_group_labels, arms.interventions[0].other_names) == (["Arm A"], ["ML-7"])
    assert protocol.outcomes_module.primary_outcomes[0].time_frame == "week 8"
    assert protocol.contacts_locations_module.locations[0].facility == "Elm Clinic"


def test_results_and_mesh_terms_arrive() -> None:
    """Down to the single measurement and the single count of an event."""
    study = study_of(CLASSIC)
    assert study.has_results
    assert study.results_section
    (outcome,) = study.results_section.outcome_measures_module.outcome_measures
    assert outcome.denoms[0].counts[0].value == "12"
    assert outcome.classes[0].categories[0].measurements[0].value == "25"
    assert (outcome.analyses[0].group_ids, outcome.analyses[0].p_value) == (["OG000", "OG001"], "<0.01")
    events = study.results_section.adverse_events_module
    assert events.event_groups[0].serious_num_affected == "3"
    assert events.serious_events[0].stats[0].num_affected == "2"
    assert study.derived_section.condition_browse_module.meshes[0].id == "D012509"


@pytest.mark.parametrize(
    "document",
    [
        {"FullStudiesResponse": {"NStudiesFound": 1, "FullStudies": [{"Rank": 1, "Study": CLASSIC}]}},
        {"FullStudies": [{"Rank": 1, "Study": CLASSIC}]},
        [{"Study": CLASSIC}],
        {"Study": CLASSIC},
        CLASSIC,
    ],
)
def test_a_study_is_the_same_record_in_every_container(document: Any) -> None:
    """Whole responses and their parts were saved by people."""
    record, bare = record_of(document), record_of(CLASSIC)
    assert (record.content_sha256, record.n_chars) == (bare.content_sha256, bare.n_chars)
    assert (record.format, record.title) == ("ctgov_classic_json", "Maplinib in Sarcoma")
    assert (record.version_date, record.download_date) == ("2021-01-31", "2021-03-09")


def test_the_day_of_the_download_is_not_content() -> None:
    """The same version downloaded twice has one hash; another word makes another."""
    again = json.loads(json.dumps(CLASSIC).replace("March 09", "April 11"))
    other = json.loads(json.dumps(CLASSIC).replace("Maplinib", "Mapelinib"))
    first = record_of(CLASSIC).content_sha256
    assert first == record_of(again).content_sha256 != record_of(other).content_sha256


def test_every_origin_leads_to_the_same_text_in_the_source() -> None:
    """A field is a real path into the classic record."""
    study = study_of(CLASSIC)
    assert study.origins
    assert study.source_texts
    assert "outcomesModule.primaryOutcomes[0].measure" in study.origins
    sections = msgspec.to_builtins(study)
    converted = {name: sections[name] for name in ("protocolSection", "resultsSection")}
    original = {name: CLASSIC[name] for name in ("ProtocolSection", "ResultsSection")}
    for path, origin in study.origins.items():
        assert study.source_texts[origin.field] == text_at(original, origin.field) == text_at(converted, path)


@pytest.mark.parametrize("attributes", [True, False])
def test_a_rendering_of_the_xml_reads_as_the_xml(attributes: bool) -> None:
    """Wherever the converter put the attributes."""
    (from_xml,) = ctgov_xml.read(XML.encode())
    assert isinstance(from_xml, Record)
    record = record_of(rendered(attributes=attributes))
    assert (record.format, record.version_date) == ("ctgov_classic_json", "2021-01-31")
    assert record.study == from_xml.study
    assert record.content_sha256 == record_of(rendered(attributes=not attributes)).content_sha256


def test_a_study_that_is_none_costs_only_itself() -> None:
    """The others are counted on."""
    wrong = {"ProtocolSection": {"IdentificationModule": {"NCTId": 7}}}
    found = read({"FullStudies": [{"Study": CLASSIC}, {"Study": wrong}, {"Study": {"Rank": 3}}, {"Study": {}}, {"id_info": {}}]})
    assert [item.index for item in found] == [0, 1, 2, 3, 4]
    assert isinstance(found[0], Record)
    assert [item.reason for item in found[1:] if isinstance(item, Reject)] == [
        Reason.INVALID_FIELD,
        Reason.NOT_A_TRIAL,
        Reason.EMPTY_RECORD,
        Reason.NOT_A_TRIAL,
    ]


def test_objects_nested_too_deeply_are_rejected() -> None:
    """Depth that the JSON parser still accepts does not exhaust the walk either."""
    for depth in (200, 450, 900):
        nested = '{"ArmGroupList":{"ArmGroup":' * depth + "1" + "}}" * depth
        found = list(ctgov_classic.read(f'{{"ProtocolSection":{{"IdentificationModule":{nested}}}}}'.encode()))
        assert [type(item) for item in found] == [Reject]


def test_a_response_that_found_nothing_holds_no_record() -> None:
    """An empty search result is not damage."""
    assert read({"FullStudiesResponse": {"NStudiesFound": 0, "FullStudies": []}}) == []
    assert read({"FullStudiesResponse": {"NStudiesFound": 0}}) == []


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"Study": {"ProtocolSection": {"Ident', Reason.TRUNCATED),
        (b'{"Study": {"ProtocolSection": }}', Reason.INVALID_JSON),
        (b"[" * 100_000, Reason.INVALID_JSON),
        (b'{"id_info": {"nct_id": "NCT0999\\u0000"}}', Reason.INVALID_FIELD),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, reason: Reason) -> None:
    """Each kind of damage has its own reason."""
    (reject,) = ctgov_classic.read(data)
    assert isinstance(reject, Reject)
    assert reject.reason is reason


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b'{"FullStudiesResponse": {"APIVrs": "1.01"', True),
        (b'\xef\xbb\xbf\n [{"Study": {"ProtocolSection": {', True),
        (json.dumps(rendered(attributes=True)).encode(), True),
        (json.dumps(rendered(attributes=True)).encode("utf-16"), True),
        (b'{"protocolSection": {"identificationModule": {"nctId"', False),
        (b'{"text": "\\"ProtocolSection\\" and \\"id_info\\" with \\"nct_id\\""}', False),
        (b'<study>"ProtocolSection"</study>', False),
        (b"", False),
    ],
)
def test_the_format_is_known_by_its_members(head: bytes, expected: bool) -> None:
    """API v2 differs by one capital letter."""
    assert ctgov_classic.sniff(head) is expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "IdentificationModule",
                    "ArmGroupList",
                    "ArmGroup",
                    "PhaseList",
                    "BriefTitle",
                    "id_info",
                    "phase",
                    "@attributes",
                    "#text",
                    "@x",
                    "measurement",
                    "clinical_results",
                    "outcome_list",
                    "not a name",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON, st.sampled_from(["ProtocolSection", "id_info", "FullStudies", "Study"]))
def test_no_json_makes_the_reader_fail(value: Any, key: str) -> None:
    """Known names in the wrong places are rejected or passed over, never raised on."""
    for document in ({key: value}, {"id_info": {}, **value} if isinstance(value, dict) else value):
        assert all(isinstance(found, Record | Reject) for found in read(document))


@given(st.binary())
def test_no_bytes_make_the_reader_fail(data: bytes) -> None:
    """Rubbish is rejected, never raised on."""
    ctgov_classic.sniff(data)
    assert all(isinstance(found, Record | Reject) for found in ctgov_classic.read(data))
