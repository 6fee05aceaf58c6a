"""Where each field stands in the raw records of each format, as data: what the census counts.

A format that is not here has no labels to count by: articles, label-less text, pages. A field that a format's mapping leaves out is not
compared for it: the source does not have it, or not in a form of its own. What is left out although the source has it is in `NOT_COUNTED`.
"""

from typing import Literal, NamedTuple

from pipelines.quality.census.tree import Path
from pipelines.quality.census.values import AGE_FROM, AGE_TO, DAY_FIRST, STATED

Places = dict[str, "Path | str | list[Path | str]"]
"""Field (a name of `FIELDS`) → its place, or its places."""


class Mapping(NamedTuple):
    """One shape of files."""

    name: str
    format: str
    """`source_format` of its records in `documents`."""
    container: Literal["json", "xml", "table"]
    marks: tuple[str, ...]
    """What a file of this shape holds near its beginning: words, or columns of a table; all of them."""
    places: Places
    record: str = ""
    """XML: the element of a record. JSON: paths of lists of records, between blanks."""
    key: str = ""
    """Rows of one record share the value of this column."""
    of_set: str = ""
    """The set of tables that a table belongs to; its rows are known by `key`."""
    part_of_set: bool = False
    """A table that only adds to the records of another one of its set."""
    file: str = ""
    """A word in the file's name, where two tables of a set have the same columns."""
    columns: tuple[str, ...] = ()
    """Columns of a table without a header."""
    line_break: str = ""
    """What stands for a line break in a cell."""
    nothing: str = ""
    """What this source writes in a field of which it says nothing, as a regular expression; such fields are left out."""


_TREATMENTS = ("drug", "biological", "radiation", "dietary_supplement", "dietary supplement", "combination_product")


def _interventions(unit: str, kind: str) -> list[Path | str]:
    return [Path(unit, (kind,), only=(kind, word), kinds=(STATED,)) for word in _TREATMENTS[:3]]


# ---- ClinicalTrials.gov, API v2 ---------------------------------------------------------------------------------------

_EVENT = ("^organSystem", "^term", "groupId", "numAffected", "numAtRisk", "numEvents")
_API_RESULTS: Places = {
    "endpoint_results: measurements": Path(
        "outcomeMeasuresModule.outcomeMeasures[].classes[].categories[].measurements[]",
        ("^^^title", "^^^paramType", "^^^unitOfMeasure", "^^title", "^title", "groupId", "value"),
    ),
    "endpoint_results: spread and limits of measurements": Path(
        "outcomeMeasuresModule.outcomeMeasures[].classes[].categories[].measurements[]", ("groupId", "spread", "lowerLimit", "upperLimit")
    ),
    "endpoint_results.comment_raw": "outcomeMeasuresModule.outcomeMeasures[].classes[].categories[].measurements[].comment",
    "endpoint_results: analyses": Path(
        "outcomeMeasuresModule.outcomeMeasures[].analyses[]", ("^title", "paramType", "paramValue", "ciLowerLimit", "ciUpperLimit")
    ),
    "endpoint_results.p_value": "outcomeMeasuresModule.outcomeMeasures[].analyses[].pValue",
    "safety: serious events": Path("adverseEventsModule.seriousEvents[].stats[]", _EVENT),
    "safety: other events": Path("adverseEventsModule.otherEvents[].stats[]", _EVENT),
    "safety: deaths": Path("adverseEventsModule.eventGroups[]", ("id", "deathsNumAffected", "deathsNumAtRisk"), unless_bare=True),
    "safety: totals of serious events": Path(
        "adverseEventsModule.eventGroups[]", ("id", "seriousNumAffected", "seriousNumAtRisk"), unless_bare=True
    ),
    "safety: totals of other events": Path(
        "adverseEventsModule.eventGroups[]", ("id", "otherNumAffected", "otherNumAtRisk"), unless_bare=True
    ),
}
_API_PROTOCOL: Places = {
    "trials.nct_id": "identificationModule.nctId",
    "trials.acronym": "identificationModule.acronym",
    "trials.brief_title": "identificationModule.briefTitle",
    "trials.official_title": "identificationModule.officialTitle",
    "trials.other_ids": [
        "identificationModule.orgStudyIdInfo.id",
        "identificationModule.secondaryIdInfos[].id",
        "identificationModule.nctIdAliases[]",
    ],
    "trials.overall_status_raw": "statusModule.overallStatus",
    "trials.why_stopped": "statusModule.whyStopped",
    "trials.start_date": "statusModule.startDateStruct.date",
    "trials.primary_completion_date": "statusModule.primaryCompletionDateStruct.date",
    "trials.completion_date": "statusModule.completionDateStruct.date",
    "trials.first_posted_date": "statusModule.studyFirstPostDateStruct.date",
    "trials.last_update_date": "statusModule.lastUpdatePostDateStruct.date",
    "trials.lead_sponsor": "sponsorCollaboratorsModule.leadSponsor.name",
    "trials.sponsor_class_raw": "sponsorCollaboratorsModule.leadSponsor.class",
    "trials.brief_summary": "descriptionModule.briefSummary",
    "trials.detailed_description": "descriptionModule.detailedDescription",
    "trials.study_type_raw": "designModule.studyType",
    "trials.phase_raw": "designModule.+phases",
    "trials.allocation_raw": "designModule.designInfo.allocation",
    "trials.intervention_model_raw": "designModule.designInfo.interventionModel",
    "trials.primary_purpose_raw": "designModule.designInfo.primaryPurpose",
    "trials.masking_raw": "designModule.designInfo.maskingInfo.masking",
    "trials.enrollment": "designModule.enrollmentInfo.count",
    "trials.enrollment_type_raw": "designModule.enrollmentInfo.type",
    "trials.sex_raw": "eligibilityModule.sex",
    "trials.minimum_age_years": "eligibilityModule.minimumAge",
    "trials.maximum_age_years": "eligibilityModule.maximumAge",
    "trials.eligibility_criteria": "eligibilityModule.eligibilityCriteria",
    "trials.n_sites": "contactsLocationsModule.#locations",
    "trials.countries": "contactsLocationsModule.locations[].country",
    "conditions.condition_raw": "conditionsModule.conditions[]",
    "arms.label": "armsInterventionsModule.armGroups[].label",
    "arms.arm_type_raw": "armsInterventionsModule.armGroups[].type",
    "arms.description": "armsInterventionsModule.armGroups[].description",
    "regimens": _interventions("armsInterventionsModule.interventions[]", "type"),
    "endpoints.measure (PRIMARY)": "outcomesModule.primaryOutcomes[].measure",
    "endpoints.description (PRIMARY)": "outcomesModule.primaryOutcomes[].description",
    "endpoints.time_frame_raw (PRIMARY)": "outcomesModule.primaryOutcomes[].timeFrame",
    "endpoints.measure (SECONDARY)": "outcomesModule.secondaryOutcomes[].measure",
    "endpoints.description (SECONDARY)": "outcomesModule.secondaryOutcomes[].description",
    "endpoints.time_frame_raw (SECONDARY)": "outcomesModule.secondaryOutcomes[].timeFrame",
    "endpoints.measure (OTHER)": "outcomesModule.otherOutcomes[].measure",
    "endpoints.description (OTHER)": "outcomesModule.otherOutcomes[].description",
    "endpoints.time_frame_raw (OTHER)": "outcomesModule.otherOutcomes[].timeFrame",
}


def _below(section: str, places: Places) -> Places:
    """The same places, each below a member of the record."""

    def moved(place: Path | str) -> Path | str:
        return f"{section}.{place}" if isinstance(place, str) else place._replace(unit=f"{section}.{place.unit}")

    return {name: [moved(place) for place in places_of(where)] for name, where in places.items()}


def places_of(where: "Path | str | list[Path | str]") -> "list[Path | str]":
    """One place or several as a list."""
    return where if isinstance(where, list) else [where]


_CTGOV_JSON = Mapping(
    name="ctgov_json",
    format="ctgov_json",
    container="json",
    marks=('"protocolSection"',),
    record="studies",
    places={
        **_below("protocolSection", _API_PROTOCOL),
        **_below("resultsSection", _API_RESULTS),
        "trials.has_results": "hasResults",
    },
)


def _in_columns(places: Places) -> Places:
    """API v2 flattened into columns: `identificationModule.briefTitle` in `identification_briefTitle`, lists as JSON in a cell."""

    def moved(place: Path | str) -> Path | str:
        unit = place if isinstance(place, str) else place.unit
        steps, rest = unit.split("."), ""
        for number, step in enumerate(steps):
            if step.endswith("[]") or step[0] == "#":
                steps, rest = steps[: number + 1], "".join(f".{one}" for one in steps[number + 1 :])
                break
        sign = "#" if steps[-1][0] == "#" else "+" if steps[-1][0] == "+" else ""
        name = sign + "".join(step.removesuffix("Module").removesuffix("[]").strip("#+") for step in steps).casefold()
        name += "[]" if steps[-1].endswith("[]") else ""
        return name + rest if isinstance(place, str) else place._replace(unit=name + rest)

    return {name: [moved(place) for place in places_of(where)] for name, where in places.items()}


_FLAT = _in_columns({**_API_PROTOCOL, **_API_RESULTS})
_CTGOV_FLAT = Mapping(
    name="ctgov_csv of API v2 in columns",
    format="ctgov_csv",
    container="table",
    marks=("identificationnctid", "identificationbrieftitle"),
    places={**_FLAT, "trials.has_results": "hasresults"},
)

# ---- ClinicalTrials.gov, classic API -----------------------------------------------------------------------------------


def _classic(role: str, word: str) -> Places:
    unit = f"OutcomesModule.{word}OutcomeList.{word}Outcome[].{word}Outcome"
    return {
        f"endpoints.measure ({role})": f"{unit}Measure",
        f"endpoints.description ({role})": f"{unit}Description",
        f"endpoints.time_frame_raw ({role})": f"{unit}TimeFrame",
    }


_CLASSIC_PLACES: Places = {
    "trials.nct_id": "IdentificationModule.NCTId",
    "trials.acronym": "IdentificationModule.Acronym",
    "trials.brief_title": "IdentificationModule.BriefTitle",
    "trials.official_title": "IdentificationModule.OfficialTitle",
    "trials.overall_status_raw": "StatusModule.OverallStatus",
    "trials.why_stopped": "StatusModule.WhyStopped",
    "trials.start_date": "StatusModule.StartDateStruct.StartDate",
    "trials.primary_completion_date": "StatusModule.PrimaryCompletionDateStruct.PrimaryCompletionDate",
    "trials.completion_date": "StatusModule.CompletionDateStruct.CompletionDate",
    "trials.first_posted_date": "StatusModule.StudyFirstPostDateStruct.StudyFirstPostDate",
    "trials.last_update_date": "StatusModule.LastUpdatePostDateStruct.LastUpdatePostDate",
    "trials.lead_sponsor": "SponsorCollaboratorsModule.LeadSponsor.LeadSponsorName",
    "trials.sponsor_class_raw": "SponsorCollaboratorsModule.LeadSponsor.LeadSponsorClass",
    "trials.brief_summary": "DescriptionModule.BriefSummary",
    "trials.detailed_description": "DescriptionModule.DetailedDescription",
    "trials.study_type_raw": "DesignModule.StudyType",
    "trials.phase_raw": "DesignModule.PhaseList.+Phase",
    "trials.enrollment": "DesignModule.EnrollmentInfo.EnrollmentCount",
    "trials.sex_raw": "EligibilityModule.Gender",
    "trials.minimum_age_years": "EligibilityModule.MinimumAge",
    "trials.maximum_age_years": "EligibilityModule.MaximumAge",
    "trials.eligibility_criteria": "EligibilityModule.EligibilityCriteria",
    "conditions.condition_raw": "ConditionsModule.ConditionList.Condition[]",
    "arms.label": "ArmsInterventionsModule.ArmGroupList.ArmGroup[].ArmGroupLabel",
    "arms.arm_type_raw": "ArmsInterventionsModule.ArmGroupList.ArmGroup[].ArmGroupType",
    "arms.description": "ArmsInterventionsModule.ArmGroupList.ArmGroup[].ArmGroupDescription",
    "regimens": _interventions("ArmsInterventionsModule.InterventionList.Intervention[]", "InterventionType"),
    "trials.allocation_raw": "DesignModule.DesignInfo.DesignAllocation",
    "trials.intervention_model_raw": "DesignModule.DesignInfo.DesignInterventionModel",
    "trials.primary_purpose_raw": "DesignModule.DesignInfo.DesignPrimaryPurpose",
    "trials.masking_raw": "DesignModule.DesignInfo.DesignMaskingInfo.DesignMasking",
    "trials.enrollment_type_raw": "DesignModule.EnrollmentInfo.EnrollmentType",
    "trials.n_sites": "ContactsLocationsModule.LocationList.#Location",
    "trials.countries": "ContactsLocationsModule.LocationList.Location[].LocationCountry",
    "trials.other_ids": [
        "IdentificationModule.OrgStudyIdInfo.OrgStudyId",
        "IdentificationModule.SecondaryIdInfoList.SecondaryIdInfo[].SecondaryId",
        "IdentificationModule.NCTIdAliasList.NCTIdAlias[]",
    ],
    **_classic("PRIMARY", "Primary"),
    **_classic("SECONDARY", "Secondary"),
    **_classic("OTHER", "Other"),
}


def _classic_events(kind: str) -> Path:
    unit = f"AdverseEventsModule.{kind}EventList.{kind}Event[].{kind}EventStatsList.{kind}EventStats[]"
    counts = (f"{kind}EventStatsGroupId", f"{kind}EventStatsNumAffected", f"{kind}EventStatsNumAtRisk", f"{kind}EventStatsNumEvents")
    return Path(unit, (f"^^{kind}EventOrganSystem", f"^^{kind}EventTerm", *counts))


def _classic_total(kind: str) -> Path:
    counts = (f"EventGroup{kind}NumAffected", f"EventGroup{kind}NumAtRisk")
    return Path("AdverseEventsModule.EventGroupList.EventGroup[]", ("EventGroupId", *counts), unless_bare=True)


_CLASSIC_MEASUREMENTS = (
    "OutcomeMeasuresModule.OutcomeMeasureList.OutcomeMeasure[].OutcomeClassList.OutcomeClass[]"
    ".OutcomeCategoryList.OutcomeCategory[].OutcomeMeasurementList.OutcomeMeasurement[]"
)
_CLASSIC_RESULTS: Places = {
    "endpoint_results: measurements": Path(
        _CLASSIC_MEASUREMENTS,
        (
            *("^^^^^^OutcomeMeasureTitle", "^^^^^^OutcomeMeasureParamType", "^^^^^^OutcomeMeasureUnitOfMeasure"),
            *("^^^^OutcomeClassTitle", "^^OutcomeCategoryTitle", "OutcomeMeasurementGroupId", "OutcomeMeasurementValue"),
        ),
    ),
    "endpoint_results: spread and limits of measurements": Path(
        _CLASSIC_MEASUREMENTS,
        ("OutcomeMeasurementGroupId", "OutcomeMeasurementSpread", "OutcomeMeasurementLowerLimit", "OutcomeMeasurementUpperLimit"),
    ),
    "safety: serious events": _classic_events("Serious"),
    "safety: other events": _classic_events("Other"),
    "safety: deaths": _classic_total("Deaths"),
    "safety: totals of serious events": _classic_total("Serious"),
    "safety: totals of other events": _classic_total("Other"),
}
_CTGOV_CLASSIC = (
    Mapping(
        name="ctgov_classic_json",
        format="ctgov_classic_json",
        container="json",
        marks=('"FullStudiesResponse"',),
        record="FullStudiesResponse.FullStudies",
        places={**_below("Study.ProtocolSection", _CLASSIC_PLACES), **_below("Study.ResultsSection", _CLASSIC_RESULTS)},
    ),
    Mapping(
        name="ctgov_classic_json, one study",
        format="ctgov_classic_json",
        container="json",
        marks=('"ProtocolSection"',),
        places={**_below("Study.ProtocolSection", _CLASSIC_PLACES), **_below("Study.ResultsSection", _CLASSIC_RESULTS)},
    ),
)

# ---- ClinicalTrials.gov, legacy XML ------------------------------------------------------------------------------------

_COUNTS = ("@group_id", "@subjects_affected", "@subjects_at_risk")


def _xml_events(kind: str) -> Path:
    return Path(
        f"clinical_results.reported_events.{kind}_events.category_list.category[].event_list.event[].counts[]",
        ("^^^title", "^sub_title", *_COUNTS, "@events"),
        only=("^^^title", "!Total"),
    )


def _xml_totals(kind: str, title: str) -> list[Path | str]:
    return [
        Path(
            f"clinical_results.reported_events.{events}_events.category_list.category[].event_list.event[].counts[]",
            _COUNTS,
            only=("^sub_title", title),
            unless_bare=True,
        )
        for events in (kind, "other" if kind == "serious" else "serious")
    ]


def _xml_outcomes(role: str, word: str) -> Places:
    return {
        f"endpoints.measure ({role})": f"{word}_outcome[].measure",
        f"endpoints.description ({role})": f"{word}_outcome[].description",
        f"endpoints.time_frame_raw ({role})": f"{word}_outcome[].time_frame",
    }


_MEASURE = "clinical_results.outcome_list.outcome[].measure"
_MEASUREMENTS = f"{_MEASURE}.class_list.class[].category_list.category[].measurement_list.measurement[]"
_OLD_MEASUREMENTS = "clinical_results.outcome_list.outcome[].measure_list.measure[].category_list.category[].measurement_list.measurement[]"
"""Files before 2017 have two measures, of which one counts the participants, and no classes."""
_XML_PLACES: Places = {
    "trials.nct_id": "id_info.nct_id",
    "trials.acronym": "acronym",
    "trials.brief_title": "brief_title",
    "trials.official_title": "official_title",
    "trials.other_ids": ["id_info.org_study_id", "id_info.secondary_id[]", "id_info.nct_alias[]"],
    "trials.overall_status_raw": "overall_status",
    "trials.why_stopped": "why_stopped",
    "trials.start_date": "start_date",
    "trials.primary_completion_date": "primary_completion_date",
    "trials.completion_date": "completion_date",
    "trials.first_posted_date": "study_first_posted",
    "trials.last_update_date": "last_update_posted",
    "trials.lead_sponsor": "sponsors.lead_sponsor.agency",
    "trials.sponsor_class_raw": "sponsors.lead_sponsor.agency_class",
    "trials.brief_summary": "brief_summary.textblock",
    "trials.detailed_description": "detailed_description.textblock",
    "trials.study_type_raw": "study_type",
    "trials.phase_raw": "phase",
    "trials.allocation_raw": ["study_design_info.allocation", Path("", ("study_design:Allocation",))],
    "trials.intervention_model_raw": ["study_design_info.intervention_model", Path("", ("study_design:Intervention Model",))],
    "trials.primary_purpose_raw": ["study_design_info.primary_purpose", Path("", ("study_design:Primary Purpose",))],
    "trials.masking_raw": ["study_design_info.masking", Path("", ("study_design:Masking",))],
    "trials.enrollment": "enrollment",
    "trials.enrollment_type_raw": "enrollment.@type",
    "trials.sex_raw": "eligibility.gender",
    "trials.minimum_age_years": "eligibility.minimum_age",
    "trials.maximum_age_years": "eligibility.maximum_age",
    "trials.eligibility_criteria": "eligibility.criteria.textblock",
    "trials.n_sites": "#location",
    "trials.countries": Path("location[]", ("facility.address.country",)),
    "conditions.condition_raw": "condition[]",
    "arms.label": "arm_group[].arm_group_label",
    "arms.arm_type_raw": "arm_group[].arm_group_type",
    "arms.description": "arm_group[].description",
    "regimens": _interventions("intervention[]", "intervention_type"),
    **_xml_outcomes("PRIMARY", "primary"),
    **_xml_outcomes("SECONDARY", "secondary"),
    **_xml_outcomes("OTHER", "other"),
    "endpoint_results: measurements": [
        Path(_MEASUREMENTS, ("^^^^^^^title", "^^^^^^param", "^^^^^^units", "^^^^title", "^^title", "@group_id", "@value")),
        Path(
            _OLD_MEASUREMENTS,
            ("^^^^^^title", "^^^^param", "^^^^units", "^^title/sub_title", "-", "@group_id", "@value"),
            only=("^^^^title", "!Number of Participants"),
        ),
    ],
    "endpoint_results: spread and limits of measurements": [
        Path(_MEASUREMENTS, ("@group_id", "@spread", "@lower_limit", "@upper_limit")),
        Path(
            _OLD_MEASUREMENTS,
            ("@group_id", "@spread", "@lower_limit", "@upper_limit"),
            only=("^^^^title", "!Number of Participants"),
        ),
    ],
    "endpoint_results: analyses": Path(
        "clinical_results.outcome_list.outcome[].analysis_list.analysis[]",
        ("^^title", "param_type", "param_value", "ci_lower_limit", "ci_upper_limit"),
    ),
    "endpoint_results.p_value": "clinical_results.outcome_list.outcome[].analysis_list.analysis[].p_value",
    "safety: serious events": _xml_events("serious"),
    "safety: other events": _xml_events("other"),
    "safety: deaths": _xml_totals("serious", "Total, all-cause mortality"),
    "safety: totals of serious events": _xml_totals("serious", "Total, serious adverse events"),
    "safety: totals of other events": _xml_totals("other", "Total, other adverse events"),
}
_CTGOV_XML = Mapping(
    name="ctgov_xml", format="ctgov_xml", container="xml", marks=("<clinical_study",), record="clinical_study", places=_XML_PLACES
)
_CTGOV_RENDERED = Mapping(
    name="ctgov_classic_json, XML rendered as JSON",
    format="ctgov_classic_json",
    container="json",
    marks=('"required_header"', '"id_info"'),
    places=_XML_PLACES,
)

# ---- ClinicalTrials.gov, tables ----------------------------------------------------------------------------------------


def _design(column: str) -> Places:
    return {
        "trials.allocation_raw": Path("", (f"{column}:Allocation",)),
        "trials.intervention_model_raw": Path("", (f"{column}:Intervention Model",)),
        "trials.masking_raw": Path("", (f"{column}:Masking",)),
        "trials.primary_purpose_raw": Path("", (f"{column}:Primary Purpose",)),
    }


_CSV_COMMON: Places = {
    "trials.nct_id": "nctnumber",
    "trials.acronym": "acronym",
    "trials.has_results": "studyresults",
    "conditions.condition_raw": "conditions|",
    "trials.phase_raw": "phases",
    "trials.enrollment": "enrollment",
    "regimens": [Path("", (f"interventions:{word}",), kinds=(STATED,)) for word in ("DRUG", "Drug", "BIOLOGICAL", "Biological")],
    "trials.study_type_raw": "studytype",
    "trials.other_ids": Path("otherids|", unlike="^nctnumber"),
    "trials.n_sites": Path("", ("#locations",)),
    "trials.start_date": "startdate",
    "trials.primary_completion_date": "primarycompletiondate",
    "trials.completion_date": "completiondate",
    "trials.first_posted_date": "firstposted",
    "trials.last_update_date": "lastupdateposted",
}
_CTGOV_CSV = Mapping(
    name="ctgov_csv",
    format="ctgov_csv",
    container="table",
    marks=("nctnumber", "studytitle"),
    places={
        **_CSV_COMMON,
        "trials.brief_title": "studytitle",
        "trials.overall_status_raw": "studystatus",
        "trials.brief_summary": "briefsummary",
        "trials.lead_sponsor": "sponsor",
        "trials.sponsor_class_raw": "fundertype",
        "trials.sex_raw": "sex",
        **_design("studydesign"),
        "endpoints.measure, description, time_frame_raw (PRIMARY)": "primaryoutcomemeasures|",
        "endpoints.measure, description, time_frame_raw (SECONDARY)": "secondaryoutcomemeasures|",
        "endpoints.measure, description, time_frame_raw (OTHER)": "otheroutcomemeasures|",
    },
)
_CTGOV_LEGACY = Mapping(
    name="ctgov_csv before 2023",
    format="ctgov_csv",
    container="table",
    marks=("nctnumber", "title", "status"),
    # The export writes "null" for a date that is missing.
    nothing="null",
    places={
        **_CSV_COMMON,
        "trials.brief_title": "title",
        "trials.overall_status_raw": "status",
        "trials.sex_raw": "gender",
        "trials.lead_sponsor": Path("", ("first(sponsorcollaborators)",)),
        # Of several classes the first need not be the lead sponsor's.
        "trials.sponsor_class_raw": Path("", ("only(fundedbys)",)),
        "trials.minimum_age_years": Path("", ("age",), kinds=(AGE_FROM,)),
        "trials.maximum_age_years": Path("", ("age",), kinds=(AGE_TO,)),
        **_design("studydesigns"),
    },
)

# ---- AACT --------------------------------------------------------------------------------------------------------------


def _aact(table: str, marks: tuple[str, ...], places: Places) -> Mapping:
    return Mapping(
        name=f"aact {table}",
        format="aact",
        container="table",
        marks=("nctid", *marks),
        places=places,
        key="nctid",
        of_set="aact",
        part_of_set=table != "studies",
        line_break="~",
        file=table,
    )


def _aact_outcomes() -> Places:
    return {
        f"endpoints.{column} ({role})": Path("", (name,), only=("outcometype", role))
        for role in ("PRIMARY", "SECONDARY", "OTHER")
        for column, name in (("measure", "measure"), ("description", "description"), ("time_frame_raw", "timeframe"))
    }


_AACT = (
    _aact(
        "studies",
        ("overallstatus", "studytype", "source"),
        {
            "trials.nct_id": "nctid",
            "trials.acronym": "acronym",
            "trials.brief_title": "brieftitle",
            "trials.official_title": "officialtitle",
            "trials.overall_status_raw": "overallstatus",
            "trials.why_stopped": "whystopped",
            "trials.study_type_raw": "studytype",
            "trials.phase_raw": "phase",
            "trials.enrollment": "enrollment",
            "trials.enrollment_type_raw": "enrollmenttype",
            "trials.first_posted_date": "studyfirstposteddate",
            "trials.last_update_date": "lastupdateposteddate",
        },
    ),
    _aact("conditions", ("name", "downcasename"), {"conditions.condition_raw": "name"}),
    _aact("brief_summaries", ("description",), {"trials.brief_summary": "description"}),
    _aact("detailed_descriptions", ("description",), {"trials.detailed_description": "description"}),
    _aact(
        "design_groups",
        ("grouptype", "title"),
        {"arms.label": "title", "arms.arm_type_raw": "grouptype", "arms.description": "description"},
    ),
    _aact("interventions", ("interventiontype", "name"), {"regimens": _interventions("", "interventiontype")}),
    _aact("design_outcomes", ("outcometype", "measure"), _aact_outcomes()),
    _aact(
        "designs",
        ("allocation", "interventionmodel", "primarypurpose", "masking"),
        {
            "trials.allocation_raw": "allocation",
            "trials.intervention_model_raw": "interventionmodel",
            "trials.primary_purpose_raw": "primarypurpose",
            "trials.masking_raw": "masking",
        },
    ),
    _aact(
        "eligibilities",
        ("gender", "minimumage", "criteria"),
        {
            "trials.sex_raw": "gender",
            "trials.minimum_age_years": "minimumage",
            "trials.maximum_age_years": "maximumage",
            "trials.eligibility_criteria": "criteria",
        },
    ),
    _aact(
        "sponsors",
        ("agencyclass", "leadorcollaborator"),
        {
            "trials.lead_sponsor": Path("", ("name",), only=("leadorcollaborator", "lead")),
            "trials.sponsor_class_raw": Path("", ("agencyclass",), only=("leadorcollaborator", "lead")),
        },
    ),
    _aact("facilities", ("name", "city", "country"), {"trials.countries": "country"}),
    _aact("id_information", ("idvalue",), {"trials.other_ids": "idvalue"}),
    _aact(
        "reported_events",
        ("adverseeventterm", "subjectsaffected"),
        {
            f"safety: {kind} events": Path(
                "",
                ("organsystem", "adverseeventterm", "ctgovgroupcode", "subjectsaffected", "subjectsatrisk", "eventcount"),
                only=("eventtype", kind),
            )
            for kind in ("serious", "other")
        },
    ),
    _aact(
        "outcome_measurements",
        ("outcomeid", "classification", "paramvalue"),
        {
            "endpoint_results: measurements": Path(
                "", ("title", "paramtype", "units", "classification", "category", "ctgovgroupcode", "paramvalue")
            )
        },
    ),
)
_AACT_WIDE = Mapping(
    name="aact in one wide table",
    format="aact",
    container="table",
    marks=("nctid", "brieftitle", "recstatus"),
    line_break="~",
    places={
        "trials.nct_id": "nctid",
        "trials.brief_title": "brieftitle",
        "trials.official_title": "officialtitle",
        "trials.brief_summary": "description",
        "trials.overall_status_raw": "recstatus",
        "trials.study_type_raw": "studytype",
        "trials.phase_raw": "phase",
        "trials.enrollment": "enrollment",
        "trials.last_update_date": "lastupdate",
        "trials.allocation_raw": "allocation",
        "trials.intervention_model_raw": "interventionmodel",
        "trials.primary_purpose_raw": "primarypurpose",
        "trials.masking_raw": "maskingdescription",
        "trials.sex_raw": "gender",
        "trials.minimum_age_years": "minimumage",
        "trials.maximum_age_years": "maximumage",
        "trials.eligibility_criteria": "criteria",
        "trials.lead_sponsor": "sponsor",
        "trials.sponsor_class_raw": "sponsortype",
        "trials.other_ids": ["eudractnum", "otherid"],
        "conditions.condition_raw": "conditions|",
    },
)

# ---- other registers ---------------------------------------------------------------------------------------------------


_NOTHING = (
    r"n/?a|n\.a\.?|null|none|nil|nd|tbd|(?:nil|none) known|unknown|not (?:available|applicable|provided|known|yet known|stated)"
    r"|not provided at time of registration|[-./?]+|&nbsp;|无|暂无|未知|不适用|企业选择不公示|(?:登记人)?暂未填写[该此]信息[；;]?"
    r"|nil(?:<br>)*\[nil\]|(?:primary|secondary) end point\(s\): (?:not applicable|n/?a)\b.*"
)
"""What registers have people write into a field that must not be empty; R writes NULL and NA; ISRCTN fills what it did not ask for in
earlier years with a sentence. The tables have NULL.
"""


def _once(place: str) -> Path:
    """Whether there is anything: how many items it has is a matter of interpretation."""
    unit, _, last = place.rpartition(".")
    return Path(unit, (last,), kinds=(STATED,))


_ICTRP_CSV = Mapping(
    name="ictrp",
    format="ictrp",
    container="table",
    marks=("trialid", "publictitle"),
    nothing=_NOTHING,
    places={
        "trials.first_posted_date": Path("", ("dateregistration",), kinds=(DAY_FIRST,)),
        "trials.acronym": "acronym",
        "trials.brief_title": "publictitle",
        "trials.official_title": "scientifictitle",
        "trials.overall_status_raw": "recruitmentstatus",
        "trials.study_type_raw": "studytype",
        "trials.lead_sponsor": "primarysponsor",
        "conditions": [_once("conditions"), _once("condition")],
        "endpoints (PRIMARY)": [_once("primaryoutcome"), _once("primaryoutcomes")],
        "endpoints (SECONDARY)": [_once("secondaryoutcome"), _once("secondaryoutcomes")],
    },
)
_ICTRP_XML = Mapping(
    name="ictrp in XML",
    format="ictrp",
    container="xml",
    marks=("<Trials_downloaded_from_ICTRP", "<Trial>"),
    record="Trial",
    nothing=_NOTHING,
    places={
        "trials.acronym": "Acronym",
        "trials.brief_title": "Public_title",
        "trials.official_title": "Scientific_title",
        "trials.overall_status_raw": "Recruitment_Status",
        "trials.study_type_raw": "Study_type",
        "trials.lead_sponsor": "Primary_sponsor",
        "trials.first_posted_date": Path("", ("Date_registration",), kinds=(DAY_FIRST,)),
        "conditions": _once("Condition"),
        "endpoints (PRIMARY)": _once("Primary_outcome"),
        "endpoints (SECONDARY)": _once("Secondary_outcome"),
    },
)
_ISRCTN = Mapping(
    name="isrctn",
    format="isrctn",
    container="json",
    marks=('"isrctn"', '"trialDescription"'),
    nothing=_NOTHING,
    places={
        "trials.acronym": "trialDescription.acronym",
        "trials.brief_title": "trialDescription.title",
        "trials.official_title": "trialDescription.scientificTitle",
        "trials.brief_summary": "trialDescription.plainEnglishSummary",
        "trials.detailed_description": "trialDescription.studyHypothesis",
        "trials.study_type_raw": "trialDesign.primaryStudyDesign",
        "trials.start_date": "participants.recruitmentStart",
        "trials.completion_date": "trialDesign.overallEndDate",
        "conditions.condition_raw": "conditions.condition[].description",
        "endpoints (PRIMARY)": _once("trialDescription.primaryOutcome"),
        "endpoints (SECONDARY)": _once("trialDescription.secondaryOutcome"),
        "regimens": _once("interventions.intervention.drugNames"),
    },
)


def _ctis(root: str) -> Places:
    about = f"{root}.trialDetails.trialInformation"
    return {
        "trials.brief_title": f"{root}.trialDetails.clinicalTrialIdentifiers.publicTitle",
        "trials.official_title": f"{root}.trialDetails.clinicalTrialIdentifiers.fullTitle",
        "conditions.condition_raw": f"{about}.medicalCondition.partIMedicalConditions[].medicalCondition",
        "endpoints.measure (PRIMARY)": f"{about}.endPoint.primaryEndPoints[].endPoint",
        "endpoints.measure (SECONDARY)": f"{about}.endPoint.secondaryEndPoints[].endPoint",
        "regimens": _once(f"{root}.products[].productName"),
    }


_CTIS = (
    Mapping(
        name="ctis",
        format="ctis",
        container="json",
        marks=('"ctNumber"', '"authorizedApplication"'),
        nothing=_NOTHING,
        places=_ctis("authorizedApplication.authorizedPartI"),
    ),
    Mapping(
        name="ctis of the first portal",
        format="ctis",
        container="json",
        marks=('"ctNumber"', '"authorizedPartI"'),
        nothing=_NOTHING,
        places=_ctis("authorizedPartI"),
    ),
)
_EUCTR = Mapping(
    name="euctr",
    format="euctr",
    container="json",
    marks=('"a2_eudract_number"',),
    nothing=_NOTHING,
    places={
        "trials.official_title": "a3_full_title_of_the_trial",
        "trials.overall_status_raw": Path("", ("p_end_of_trial_status/x5_trial_status",)),
        "trials.first_posted_date": "x6_date_on_which_this_record_was_first_entered_in_the_eudract_database",
        "conditions": _once("e11_medical_conditions_being_investigated"),
        "endpoints (PRIMARY)": _once("e51_primary_end_points"),
        "endpoints (SECONDARY)": _once("e52_secondary_end_points"),
    },
)
_CHICTR = Mapping(
    name="chictr",
    format="chictr",
    container="xml",
    marks=("<Triall>", "<trial_id>"),
    record="Triall",
    nothing=_NOTHING,
    places={
        "trials.acronym": "main.acronym",
        "trials.brief_title": "main.public_title",
        "trials.official_title": "main.scientific_title",
        "trials.lead_sponsor": "main.primary_sponsor",
        "trials.overall_status_raw": "main.recruitment_status",
        "trials.study_type_raw": "main.study_type",
        "trials.first_posted_date": "main.date_registration",
        "conditions": _once("main.hc_freetext"),
    },
)
_CDE = (
    Mapping(
        name="cde trials",
        format="cde",
        container="table",
        marks=("CTR20", "公示"),
        nothing=_NOTHING,
        columns=tuple(f"c{number}" for number in range(43)),
        places={
            "trials.overall_status_raw": "c2",
            "trials.lead_sponsor": "c4",
            "trials.first_posted_date": "c5",
            "trials.official_title": "c27",
            "trials.brief_title": "c28",
            "conditions": _once("c11"),
        },
    ),
    Mapping(
        name="cde endpoints",
        format="cde",
        container="table",
        marks=("CTR20", "终点指标及评价时间"),
        nothing=_NOTHING,
        key="number",
        columns=("number", "role", "measure", "time", "kind"),
        places={
            "endpoints.measure (PRIMARY)": Path("", ("measure",), only=("role", "主要终点指标及评价时间")),
            "endpoints.time_frame_raw (PRIMARY)": Path("", ("time",), only=("role", "主要终点指标及评价时间")),
            "endpoints.measure (SECONDARY)": Path("", ("measure",), only=("role", "次要终点指标及评价时间")),
            "endpoints.time_frame_raw (SECONDARY)": Path("", ("time",), only=("role", "次要终点指标及评价时间")),
        },
    ),
)

MAPPINGS: tuple[Mapping, ...] = (
    *(_CTGOV_JSON, *_CTGOV_CLASSIC, _CTGOV_XML, _CTGOV_RENDERED, _CTGOV_FLAT, _CTGOV_CSV, _CTGOV_LEGACY),
    *(_AACT_WIDE, *_AACT, _ICTRP_CSV, _ICTRP_XML, _ISRCTN, *_CTIS, _EUCTR, _CHICTR, *_CDE),
)
"""The shapes of files, in the order in which a file is asked whether it is one of them."""

FORMATS: tuple[str, ...] = tuple(dict.fromkeys(mapping.format for mapping in MAPPINGS))
"""The formats that are reconciled."""
