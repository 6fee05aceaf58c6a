"""Reader of two older JSON forms of ClinicalTrials.gov records: the classic API, and legacy XML rendered as JSON.

Belongs here: the renaming of the classic API's members (`ProtocolSection.IdentificationModule.NCTId`, served until June
2024) to those of API v2, and the way back from a JSON rendering of `<clinical_study>` (R's ctrdata and the like) to its
element tree. Not here: the mapping of that tree (`ctgov_xml`), and API v2 itself (`protocolSection`).

A member of the classic API is addressed by its path from its module on, such as
`OutcomesModule.PrimaryOutcomeList.PrimaryOutcome[0].PrimaryOutcomeMeasure`; a rendering, like the XML.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from lxml import etree
from lxml.etree import _Element as Element  # pyright: ignore[reportPrivateUsage] - the name that lxml gives the type

from pipelines.shapes import ProtocolSection, Study
from pipelines.sources.ctgov_xml import Places, content_sha256, iso_day, study_of, version_date
from pipelines.sources.records import MAX_RECORD_BYTES, Reason, Record, Reject, excerpt, sha256
from pipelines.sources.study_record import needed_repairs
from pipelines.text.encoding import decode

FORMAT = "ctgov_classic_json"

Json = dict[str, Any]

_CLASSIC_KEYS = (b'"ProtocolSection"', b'"FullStudiesResponse"')
_RENDERED_KEYS = (b'"id_info"', b'"nct_id"')
_API_V2_KEY = b'"protocolSection"'

_SECTIONS = {
    "ProtocolSection": "protocolSection",
    "ResultsSection": "resultsSection",
    "DerivedSection": "derivedSection",
}

# Member of the classic API, member of API v2. The classic names are unique in the whole record, so that one flat table
# is enough. A list `ArmGroupList` is an object with one member `ArmGroup`, which is the list itself. Members that are
# not here are not in `Study` either.
_NAMES = {
    "IdentificationModule": "identificationModule",
    "NCTId": "nctId",
    "NCTIdAliasList": "nctIdAliases",
    "OrgStudyIdInfo": "orgStudyIdInfo",
    "OrgStudyId": "id",
    "OrgStudyIdType": "type",
    "OrgStudyIdDomain": "domain",
    "SecondaryIdInfoList": "secondaryIdInfos",
    "SecondaryId": "id",
    "SecondaryIdType": "type",
    "SecondaryIdDomain": "domain",
    "Organization": "organization",
    "OrgFullName": "fullName",
    "OrgClass": "class",
    "BriefTitle": "briefTitle",
    "OfficialTitle": "officialTitle",
    "Acronym": "acronym",
    "StatusModule": "statusModule",
    "OverallStatus": "overallStatus",
    "LastKnownStatus": "lastKnownStatus",
    "WhyStopped": "whyStopped",
    "StartDateStruct": "startDateStruct",
    "StartDate": "date",
    "StartDateType": "type",
    "PrimaryCompletionDateStruct": "primaryCompletionDateStruct",
    "PrimaryCompletionDate": "date",
    "PrimaryCompletionDateType": "type",
    "CompletionDateStruct": "completionDateStruct",
    "CompletionDate": "date",
    "CompletionDateType": "type",
    "StudyFirstPostDateStruct": "studyFirstPostDateStruct",
    "StudyFirstPostDate": "date",
    "StudyFirstPostDateType": "type",
    "ResultsFirstPostDateStruct": "resultsFirstPostDateStruct",
    "ResultsFirstPostDate": "date",
    "ResultsFirstPostDateType": "type",
    "LastUpdateSubmitDate": "lastUpdateSubmitDate",
    "LastUpdatePostDateStruct": "lastUpdatePostDateStruct",
    "LastUpdatePostDate": "date",
    "LastUpdatePostDateType": "type",
    "SponsorCollaboratorsModule": "sponsorCollaboratorsModule",
    "LeadSponsor": "leadSponsor",
    "LeadSponsorName": "name",
    "LeadSponsorClass": "class",
    "CollaboratorList": "collaborators",
    "CollaboratorName": "name",
    "CollaboratorClass": "class",
    "DescriptionModule": "descriptionModule",
    "BriefSummary": "briefSummary",
    "DetailedDescription": "detailedDescription",
    "ConditionsModule": "conditionsModule",
    "ConditionList": "conditions",
    "KeywordList": "keywords",
    "DesignModule": "designModule",
    "StudyType": "studyType",
    "PhaseList": "phases",
    "DesignInfo": "designInfo",
    "DesignAllocation": "allocation",
    "DesignInterventionModel": "interventionModel",
    "DesignInterventionModelDescription": "interventionModelDescription",
    "DesignObservationalModelList": "observationalModel",
    "DesignTimePerspectiveList": "timePerspective",
    "DesignPrimaryPurpose": "primaryPurpose",
    "DesignMaskingInfo": "maskingInfo",
    "DesignMasking": "masking",
    "DesignWhoMaskedList": "whoMasked",
    "EnrollmentInfo": "enrollmentInfo",
    "EnrollmentCount": "count",
    "EnrollmentType": "type",
    "ArmsInterventionsModule": "armsInterventionsModule",
    "ArmGroupList": "armGroups",
    "ArmGroupLabel": "label",
    "ArmGroupType": "type",
    "ArmGroupDescription": "description",
    "ArmGroupInterventionList": "interventionNames",
    "InterventionList": "interventions",
    "InterventionType": "type",
    "InterventionName": "name",
    "InterventionDescription": "description",
    "InterventionArmGroupLabelList": "armGroupLabels",
    "InterventionOtherNameList": "otherNames",
    "OutcomesModule": "outcomesModule",
    "PrimaryOutcomeList": "primaryOutcomes",
    "PrimaryOutcomeMeasure": "measure",
    "PrimaryOutcomeDescription": "description",
    "PrimaryOutcomeTimeFrame": "timeFrame",
    "SecondaryOutcomeList": "secondaryOutcomes",
    "SecondaryOutcomeMeasure": "measure",
    "SecondaryOutcomeDescription": "description",
    "SecondaryOutcomeTimeFrame": "timeFrame",
    "OtherOutcomeList": "otherOutcomes",
    "OtherOutcomeMeasure": "measure",
    "OtherOutcomeDescription": "description",
    "OtherOutcomeTimeFrame": "timeFrame",
    "EligibilityModule": "eligibilityModule",
    "EligibilityCriteria": "eligibilityCriteria",
    "HealthyVolunteers": "healthyVolunteers",
    "Gender": "sex",
    "MinimumAge": "minimumAge",
    "MaximumAge": "maximumAge",
    "ContactsLocationsModule": "contactsLocationsModule",
    "LocationList": "locations",
    "LocationFacility": "facility",
    "LocationCity": "city",
    "LocationCountry": "country",
    "ParticipantFlowModule": "participantFlowModule",
    "FlowGroupList": "groups",
    "FlowGroupId": "id",
    "FlowGroupTitle": "title",
    "FlowGroupDescription": "description",
    "FlowPeriodList": "periods",
    "FlowPeriodTitle": "title",
    "FlowMilestoneList": "milestones",
    "FlowMilestoneType": "type",
    "FlowAchievementList": "achievements",
    "FlowAchievementGroupId": "groupId",
    "FlowAchievementNumSubjects": "numSubjects",
    "OutcomeMeasuresModule": "outcomeMeasuresModule",
    "OutcomeMeasureList": "outcomeMeasures",
    "OutcomeMeasureType": "type",
    "OutcomeMeasureTitle": "title",
    "OutcomeMeasureDescription": "description",
    "OutcomeMeasurePopulationDescription": "populationDescription",
    "OutcomeMeasureReportingStatus": "reportingStatus",
    "OutcomeMeasureParamType": "paramType",
    "OutcomeMeasureDispersionType": "dispersionType",
    "OutcomeMeasureUnitOfMeasure": "unitOfMeasure",
    "OutcomeMeasureTimeFrame": "timeFrame",
    "OutcomeMeasureDenomUnitsSelected": "denomUnitsSelected",
    "OutcomeGroupList": "groups",
    "OutcomeGroupId": "id",
    "OutcomeGroupTitle": "title",
    "OutcomeGroupDescription": "description",
    "OutcomeDenomList": "denoms",
    "OutcomeDenomUnits": "units",
    "OutcomeDenomCountList": "counts",
    "OutcomeDenomCountGroupId": "groupId",
    "OutcomeDenomCountValue": "value",
    "OutcomeClassList": "classes",
    "OutcomeClassTitle": "title",
    "OutcomeClassDenomList": "denoms",
    "OutcomeClassDenomUnits": "units",
    "OutcomeClassDenomCountList": "counts",
    "OutcomeClassDenomCountGroupId": "groupId",
    "OutcomeClassDenomCountValue": "value",
    "OutcomeCategoryList": "categories",
    "OutcomeCategoryTitle": "title",
    "OutcomeMeasurementList": "measurements",
    "OutcomeMeasurementGroupId": "groupId",
    "OutcomeMeasurementValue": "value",
    "OutcomeMeasurementSpread": "spread",
    "OutcomeMeasurementLowerLimit": "lowerLimit",
    "OutcomeMeasurementUpperLimit": "upperLimit",
    "OutcomeMeasurementComment": "comment",
    "OutcomeAnalysisList": "analyses",
    "OutcomeAnalysisGroupIdList": "groupIds",
    "OutcomeAnalysisGroupDescription": "groupDescription",
    "OutcomeAnalysisParamType": "paramType",
    "OutcomeAnalysisParamValue": "paramValue",
    "OutcomeAnalysisPValue": "pValue",
    "OutcomeAnalysisPValueComment": "pValueComment",
    "OutcomeAnalysisCIPctValue": "ciPctValue",
    "OutcomeAnalysisCINumSides": "ciNumSides",
    "OutcomeAnalysisCILowerLimit": "ciLowerLimit",
    "OutcomeAnalysisCIUpperLimit": "ciUpperLimit",
    "OutcomeAnalysisDispersionType": "dispersionType",
    "OutcomeAnalysisDispersionValue": "dispersionValue",
    "OutcomeAnalysisStatisticalMethod": "statisticalMethod",
    "OutcomeAnalysisEstimateComment": "estimateComment",
    "AdverseEventsModule": "adverseEventsModule",
    "EventsFrequencyThreshold": "frequencyThreshold",
    "EventsTimeFrame": "timeFrame",
    "EventsDescription": "description",
    "EventGroupList": "eventGroups",
    "EventGroupId": "id",
    "EventGroupTitle": "title",
    "EventGroupDescription": "description",
    "EventGroupDeathsNumAffected": "deathsNumAffected",
    "EventGroupDeathsNumAtRisk": "deathsNumAtRisk",
    "EventGroupSeriousNumAffected": "seriousNumAffected",
    "EventGroupSeriousNumAtRisk": "seriousNumAtRisk",
    "EventGroupOtherNumAffected": "otherNumAffected",
    "EventGroupOtherNumAtRisk": "otherNumAtRisk",
    "SeriousEventList": "seriousEvents",
    "SeriousEventTerm": "term",
    "SeriousEventOrganSystem": "organSystem",
    "SeriousEventSourceVocabulary": "sourceVocabulary",
    "SeriousEventAssessmentType": "assessmentType",
    "SeriousEventNotes": "notes",
    "SeriousEventStatsList": "stats",
    "SeriousEventStatsGroupId": "groupId",
    "SeriousEventStatsNumEvents": "numEvents",
    "SeriousEventStatsNumAffected": "numAffected",
    "SeriousEventStatsNumAtRisk": "numAtRisk",
    "OtherEventList": "otherEvents",
    "OtherEventTerm": "term",
    "OtherEventOrganSystem": "organSystem",
    "OtherEventSourceVocabulary": "sourceVocabulary",
    "OtherEventAssessmentType": "assessmentType",
    "OtherEventNotes": "notes",
    "OtherEventStatsList": "stats",
    "OtherEventStatsGroupId": "groupId",
    "OtherEventStatsNumEvents": "numEvents",
    "OtherEventStatsNumAffected": "numAffected",
    "OtherEventStatsNumAtRisk": "numAtRisk",
    "MiscInfoModule": "miscInfoModule",
    "VersionHolder": "versionHolder",
    "ConditionBrowseModule": "conditionBrowseModule",
    "ConditionMeshList": "meshes",
    "ConditionMeshId": "id",
    "ConditionMeshTerm": "term",
    "ConditionAncestorList": "ancestors",
    "ConditionAncestorId": "id",
    "ConditionAncestorTerm": "term",
    "InterventionBrowseModule": "interventionBrowseModule",
    "InterventionMeshList": "meshes",
    "InterventionMeshId": "id",
    "InterventionMeshTerm": "term",
    "InterventionAncestorList": "ancestors",
    "InterventionAncestorId": "id",
    "InterventionAncestorTerm": "term",
}

# Lists in the classic API that are a single word in API v2: an observational study has one model and one perspective.
_SINGLE_WORDS = frozenset({"DesignObservationalModelList", "DesignTimePerspectiveList"})

_PROSE = frozenset(
    {
        "BriefTitle",
        "OfficialTitle",
        "Acronym",
        "WhyStopped",
        "BriefSummary",
        "DetailedDescription",
        "Condition",
        "Keyword",
        "EligibilityCriteria",
        "ArmGroupLabel",
        "ArmGroupDescription",
        "ArmGroupInterventionName",
        "InterventionName",
        "InterventionDescription",
        "InterventionOtherName",
        "PrimaryOutcomeMeasure",
        "PrimaryOutcomeDescription",
        "PrimaryOutcomeTimeFrame",
        "SecondaryOutcomeMeasure",
        "SecondaryOutcomeDescription",
        "SecondaryOutcomeTimeFrame",
        "OtherOutcomeMeasure",
        "OtherOutcomeDescription",
        "OtherOutcomeTimeFrame",
        "OutcomeMeasureTitle",
        "OutcomeMeasureDescription",
    }
)
"""Members whose place in the source is noted in `Study.origins`."""

# Attributes of the XML elements that have any; a rendering may have merged them with the element's children.
_ATTRIBUTES: dict[str, frozenset[str]] = {
    "clinical_study": frozenset({"rank"}),
    "group": frozenset({"group_id"}),
    "measurement": frozenset({"group_id", "value", "spread", "lower_limit", "upper_limit"}),
    "count": frozenset({"group_id", "value"}),
    "participants": frozenset({"group_id", "count"}),
    "counts": frozenset({"group_id", "events", "subjects_affected", "subjects_at_risk"}),
    "sub_title": frozenset({"vocab"}),
}
_XML_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
# What ctrdata and MongoDB add, and the places of XML comments.
_NOT_CONTENT = frozenset({"_id", "comment", "ctrname", "record_last_import"})
_TEXT_KEYS = frozenset({"#text", "$t", "_text"})


def sniff(head: bytes) -> bool:
    """Does a file that begins with these bytes hold the classic API or legacy XML as JSON? API v2 is neither."""
    head = head.replace(b"\x00", b"")  # UTF-16 reads as ASCII without them, where it is ASCII
    if head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")[:1] not in (b"{", b"[") or _API_V2_KEY in head:
        return False
    return any(key in head for key in _CLASSIC_KEYS) or all(key in head for key in _RENDERED_KEYS)


def read(data: bytes, *, first_index: int = 0, header: bytes = b"") -> Iterator[Record | Reject]:
    """Records of a response, of an array of studies or of a single study; see `_studies`."""
    decoded = decode(header + data)
    try:
        document = msgspec.json.decode(decoded.text)
    except (msgspec.DecodeError, RecursionError) as error:
        is_truncated = "truncated" in str(error)
        yield _reject(first_index, Reason.TRUNCATED if is_truncated else Reason.INVALID_JSON, str(error), decoded.text)
        return
    for index, study in enumerate(_studies(document), start=first_index):
        try:
            record = _record(study, index=index)
        except RecursionError:
            record = _reject(index, Reason.INVALID_FIELD, "Objects are nested too deeply.", str(type(study)))
        if isinstance(record, Record) and record.study and record.study.protocol_section == ProtocolSection():
            record = _reject(index, Reason.NOT_A_TRIAL, "The record has no member of a study.", str(study))
        if isinstance(record, Record):
            record.encoding = decoded.encoding
            record.repairs = sorted({*decoded.repairs, *record.repairs})
        yield record


def _studies(document: Any) -> Iterator[Any]:
    """The studies of `{"FullStudiesResponse": {"FullStudies": [{"Rank", "Study"}]}}`, or of any part of it."""
    if isinstance(document, list):
        for item in document:
            yield from _studies(item)
        return
    if isinstance(document, dict):
        for wrapper in ("FullStudiesResponse", "Study", "clinical_study"):
            if wrapper in document:
                yield from _studies(document[wrapper])
                return
        if "FullStudies" in document or "NStudiesFound" in document:
            yield from _studies(document.get("FullStudies", []))
            return
    yield document


def _reject(index: int, reason: Reason, detail: str, text: str) -> Reject:
    return Reject(index=index, format=FORMAT, reason=reason, detail=detail, excerpt=excerpt(text))


def _record(study: Any, *, index: int) -> Record | Reject:
    source = msgspec.json.encode(study, order="sorted").decode()
    if not study:
        return _reject(index, Reason.EMPTY_RECORD, "The record holds nothing.", source)
    if len(source) > MAX_RECORD_BYTES:
        return _reject(index, Reason.TOO_LARGE, f"The study has {len(source):,} characters.", source)
    if isinstance(study, dict) and isinstance(study.get("ProtocolSection"), dict):
        return _classic_record(study, source, index=index)
    if isinstance(study, dict) and isinstance(study.get("id_info"), dict):
        return _rendered_record(study, source, index=index)
    return _reject(index, Reason.NOT_A_TRIAL, "The object has neither ProtocolSection nor id_info.", source)


# The classic API


def _classic_record(record: Json, source: str, *, index: int) -> Record | Reject:
    places = Places()
    sections = {
        name: _renamed(record[section], "", "", places) for section, name in _SECTIONS.items() if isinstance(record.get(section), dict)
    }
    try:
        study = msgspec.convert(sections, Study)
    except msgspec.ValidationError as error:
        return _reject(index, Reason.INVALID_FIELD, str(error), source)
    study.has_results = "ResultsSection" in record
    study.origins = places.origins or None
    study.source_texts = places.texts or None
    misc_info = study.derived_section.misc_info_module
    misc_info.version_holder = iso_day(misc_info.version_holder)
    last_update = study.protocol_section.status_module.last_update_post_date_struct
    return Record(
        language="en",
        index=index,
        format=FORMAT,
        content_sha256=_classic_sha256(record),
        n_chars=len(source),
        study=study,
        title=study.protocol_section.identification_module.brief_title,
        version_date=iso_day(last_update.date) if last_update else None,
        download_date=misc_info.version_holder,
        repairs=sorted(needed_repairs(study)),
    )


def _renamed(node: Json, path: str, field: str, places: Places) -> Json:
    """An object of the classic API with the member names of API v2; notes the places of its prose."""
    renamed: Json = {}
    for key, value in node.items():
        name = _NAMES.get(key)
        if name is None:
            continue
        inner_path = f"{path}.{name}" if path else name
        inner_field = f"{field}.{key}" if field else key
        if key.endswith("List") and isinstance(value, dict):
            items = _renamed_list(value, inner_path, inner_field, places)
            renamed[name] = (items or [None])[0] if key in _SINGLE_WORDS else items
        elif isinstance(value, dict):
            renamed[name] = _renamed(value, inner_path, inner_field, places)
        else:
            renamed[name] = _noted(key, value, inner_path, inner_field, places)
    return renamed


def _renamed_list(wrapper: Json, path: str, field: str, places: Places) -> list[Any]:
    """The list inside a wrapper such as `{"ArmGroup": [...]}`."""
    items: list[Any] = []
    for member, value in wrapper.items():
        for i, item in enumerate(value if isinstance(value, list) else [value]):
            inner_path, inner_field = f"{path}[{len(items)}]", f"{field}.{member}[{i}]"
            if isinstance(item, dict):
                items.append(_renamed(item, inner_path, inner_field, places))
            else:
                items.append(_noted(member, item, inner_path, inner_field, places))
    return items


def _noted(key: str, value: Any, path: str, field: str, places: Places) -> Any:
    return places.note(value, path, field) if key in _PROSE and isinstance(value, str) else value


def _classic_sha256(record: Json) -> str:
    """Hash of the record without the day on which it was downloaded."""
    content = dict(record)
    derived = content.get("DerivedSection")
    if isinstance(derived, dict):
        content["DerivedSection"] = {key: value for key, value in derived.items() if key != "MiscInfoModule"}
    return sha256(msgspec.json.encode(content, order="sorted"))


# Legacy XML rendered as JSON


def _rendered_record(record: Json, source: str, *, index: int) -> Record | Reject:
    try:
        root = _element("clinical_study", record)
    except ValueError as error:  # lxml: "All strings must be XML compatible"
        return _reject(index, Reason.INVALID_FIELD, str(error), source)
    study = study_of(root)
    return Record(
        language="en",
        index=index,
        format=FORMAT,
        content_sha256=content_sha256(root),
        n_chars=len(source),
        study=study,
        title=study.protocol_section.identification_module.brief_title,
        version_date=version_date(root),
        download_date=study.derived_section.misc_info_module.version_holder,
        repairs=sorted(needed_repairs(study)),
    )


def _element(tag: str, value: Any) -> Element:
    """The element that a member of a rendering stands for: a list is repeated elements, `@…` is an attribute."""
    element: Element = etree.Element(tag)
    if not isinstance(value, dict):
        element.text = _scalar(value)
        return element
    attributes = _ATTRIBUTES.get(tag, frozenset())
    for key, member in value.items():
        if key == "@attributes" and isinstance(member, dict):
            element.attrib.update({name: _scalar(text) for name, text in member.items()})
        elif key in _TEXT_KEYS:
            element.text = _scalar(member)
        elif key.startswith("@") or (key in attributes and not isinstance(member, (dict, list))):
            element.set(key.removeprefix("@"), _scalar(member))
        elif key not in _NOT_CONTENT and _XML_NAME.fullmatch(key):
            element.extend(_element(key, item) for item in (member if isinstance(member, list) else [member]))
    return element


def _scalar(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else msgspec.json.encode(value).decode()
