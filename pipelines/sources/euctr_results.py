"""Posted results of the EU register, as the package `ctrdata` adds them to a record: arms, participants, outcomes, adverse events.

Belongs here: the members of the register's results and what its codes mean. Not here: the protocol (`euctr`), what values mean
(`pipelines/extract`).

Lists of one member stand without a list; empty ones as empty texts. The form asks for a number where there is none to give: a number of
nines then stands for it, and the description of the outcome says so.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pipelines.shapes import (
    Achievement,
    AdverseEvent,
    AdverseEventsModule,
    Analysis,
    ArmGroup,
    Category,
    Denom,
    DenomCount,
    EventGroup,
    EventStats,
    MeasureClass,
    Measurement,
    Milestone,
    Origin,
    OutcomeMeasure,
    OutcomeMeasuresModule,
    ParticipantFlowModule,
    Period,
    ResultGroup,
    ResultsSection,
    Study,
)
from pipelines.sources import register_words
from pipelines.sources.json_records import Json, listed, member, span, text
from pipelines.sources.places import Places
from pipelines.sources.register_words import date_struct

CARRIED = (
    *("arms", "endpoint_results", "safety", "trials.has_results", "trials.n_arms", "trials.start_date", "trials.start_date_precision"),
)

_TYPES = {
    "ENDPOINT_TYPE.primary": "PRIMARY",
    "ENDPOINT_TYPE.secondary": "SECONDARY",
    "ENDPOINT_TYPE.otherPreSpecified": "OTHER_PRE_SPECIFIED",
    "ENDPOINT_TYPE.postHoc": "POST_HOC",
}
_MEASURES = {
    "MEASURE_TYPE.arithmetic": "Mean",
    "MEASURE_TYPE.median": "Median",
    "MEASURE_TYPE.leastSquares": "Least Squares Mean",
    "MEASURE_TYPE.geometric": "Geometric Mean",
    "MEASURE_TYPE.log": "Log Mean",
    "MEASURE_TYPE.number": "Number",
}
_DISPERSIONS = {
    "ENDPOINT_DISPERSION.standardDeviation": "Standard Deviation",
    "ENDPOINT_DISPERSION.standardError": "Standard Error",
    "ENDPOINT_DISPERSION.fullRange": "Full Range",
    "ENDPOINT_DISPERSION.interQuartile": "Inter-Quartile Range",
    "ENDPOINT_DISPERSION.interQuartileRange": "Inter-Quartile Range",
    "ENDPOINT_DISPERSION.geometricCoefficient": "Geometric Coefficient of Variation",
}
_ARM_TYPES = {
    "ARM_TYPE.experimental": "EXPERIMENTAL",
    "ARM_TYPE.activeComparator": "ACTIVE_COMPARATOR",
    "ARM_TYPE.placebo": "PLACEBO_COMPARATOR",
    "ARM_TYPE.placeboComparator": "PLACEBO_COMPARATOR",
    "ARM_TYPE.shamComparator": "SHAM_COMPARATOR",
    "ARM_TYPE.noIntervention": "NO_INTERVENTION",
    "ARM_TYPE.other": "OTHER",
}
_VARIABILITY = {
    "VAR_ESTIMATE_TYPE.standardError": "Standard Error of the Mean",
    "VAR_ESTIMATE_TYPE.standardDeviation": "Standard Deviation",
}

_ORGAN_SYSTEMS = {
    "100000004848": "Investigations",
    "100000004849": "Cardiac disorders",
    "100000004850": "Congenital, familial and genetic disorders",
    "100000004851": "Blood and lymphatic system disorders",
    "100000004852": "Nervous system disorders",
    "100000004853": "Eye disorders",
    "100000004854": "Ear and labyrinth disorders",
    "100000004855": "Respiratory, thoracic and mediastinal disorders",
    "100000004856": "Gastrointestinal disorders",
    "100000004857": "Renal and urinary disorders",
    "100000004858": "Skin and subcutaneous tissue disorders",
    "100000004859": "Musculoskeletal and connective tissue disorders",
    "100000004860": "Endocrine disorders",
    "100000004861": "Metabolism and nutrition disorders",
    "100000004862": "Infections and infestations",
    "100000004863": "Injury, poisoning and procedural complications",
    "100000004864": "Neoplasms benign, malignant and unspecified (incl cysts and polyps)",
    "100000004865": "Surgical and medical procedures",
    "100000004866": "Vascular disorders",
    "100000004867": "General disorders and administration site conditions",
    "100000004868": "Pregnancy, puerperium and perinatal conditions",
    "100000004869": "Social circumstances",
    "100000004870": "Immune system disorders",
    "100000004871": "Hepatobiliary disorders",
    "100000004872": "Reproductive system and breast disorders",
    "100000004873": "Psychiatric disorders",
    "100000167503": "Product issues",
}
"""System organ classes by the EU's own numbers for terms, as the events in posted results show them."""

_NINES = re.compile(r"-?9{3,}(?:\.9+)?")
_SURELY_NO_VALUE = re.compile(r"-?9{5,}(?:\.9+)?")


def add(study: Study, document: Json, places: Places) -> None:
    """Add the posted results of a record to its study."""
    if not isinstance(member(document, "endPoints"), dict) and not isinstance(member(document, "adverseEvents"), dict):
        return
    arms = list(_arms(document))
    protocol = study.protocol_section
    protocol.arms_interventions_module.arm_groups = [
        ArmGroup(
            label=places.note(span(document, *path, "title"), f"armsInterventionsModule.armGroups[{n}].label"),
            description=places.note(span(document, *path, "description"), f"armsInterventionsModule.armGroups[{n}].description"),
            type=_ARM_TYPES.get(text(document, *path, "type", "value") or ""),
        )
        for n, (period, path) in enumerate(arms)
        if period == 0
    ]
    information = member(document, "trialInformation")
    status = protocol.status_module
    status.start_date_struct = date_struct(text(information, "recruitmentStartDate"))
    if text(information, "isGlobalEndOfTrialReached") == "true":
        status.completion_date_struct = status.completion_date_struct or date_struct(text(information, "globalEndOfTrialDate"))
        status.overall_status = "Prematurely Ended" if text(information, "globalEndOfTrialPremature") == "true" else "Completed"
    counts = [text(one, "subjects") for one in listed(member(information, "countrySubjectCounts", "countrySubjectCount"))]
    subjects = [int(count) for count in counts if count is not None and count.isdecimal()]
    if subjects and len(subjects) == len(counts):
        protocol.design_module.enrollment_info = register_words.enrollment(None, sum(subjects)) or protocol.design_module.enrollment_info
    titles = {
        identifier: title for _, path in arms if (identifier := text(document, *path, "id")) and (title := text(document, *path, "title"))
    }
    for one in listed(member(document, "subjectAnalysisSets", "subjectAnalysisSet")):
        if (identifier := text(one, "id")) and (title := text(one, "title")):
            titles[identifier] = title
    study.results_section = ResultsSection(
        participant_flow_module=_flow(document, [path for period, path in arms if period == 0]),
        outcome_measures_module=OutcomeMeasuresModule(outcome_measures=list(_measures(document, titles, places))),
        adverse_events_module=_events(document, places),
    )
    study.has_results = True
    study.carried = sorted({*(study.carried or ()), *CARRIED})
    study.origins = places.origins or None
    study.source_texts = places.texts or None


def _paths(document: Json, *path: str | int) -> list[tuple[str | int, ...]]:
    """Paths of the members of a list, or of the one that stands without a list."""
    value = member(document, *path)
    if isinstance(value, list):
        return [(*path, n) for n in range(len(value))]
    return [path] if listed(value) else []


def _arms(document: Json) -> Iterator[tuple[int, tuple[str | int, ...]]]:
    """(number of the period, path) of every arm."""
    for period, path in enumerate(_paths(document, "subjectDisposition", "postAssignmentPeriods", "postAssignmentPeriod")):
        yield from ((period, arm) for arm in _paths(document, *path, "arms", "arm"))


def _flow(document: Json, arms: list[tuple[str | int, ...]]) -> ParticipantFlowModule:
    """Who started the first period."""
    groups = [ResultGroup(id=text(document, *path, "id"), title=text(document, *path, "title")) for path in arms]
    started = [
        Achievement(group_id=text(document, *path, "id"), num_subjects=text(document, *path, "startedMilestoneAchievement", "subjects"))
        for path in arms
    ]
    return ParticipantFlowModule(
        groups=groups, periods=[Period(milestones=[Milestone(type="STARTED", achievements=started)])] if arms else []
    )


# ---- outcomes -------------------------------------------------------------------------------------------------------

_GROUPS = (
    ("armReportingGroups", "armReportingGroup", "armId"),
    ("subjectAnalysisSetReportingGroups", "subjectAnalysisSetReportingGroup", "subjectAnalysisSetId"),
)


class _Group(NamedTuple):
    id: str | None
    title: str | None
    values: Json
    field: str


def _measures(document: Json, titles: dict[str, str], places: Places) -> Iterator[OutcomeMeasure]:
    for n, path in enumerate(_paths(document, "endPoints", "endPoint")):
        root = f"outcomeMeasuresModule.outcomeMeasures[{n}]"
        one = member(document, *path)
        measure = OutcomeMeasure(
            type=_TYPES.get(text(one, "type", "value") or ""),
            title=places.note(span(document, *path, "title"), f"{root}.title"),
            description=places.note(span(document, *path, "description"), f"{root}.description"),
            time_frame=places.note(span(document, *path, "timeFrame"), f"{root}.timeFrame"),
            param_type=_param_type(one),
            dispersion_type=_dispersion_type(one),
            unit_of_measure=text(one, "unit"),
        )
        groups = list(_groups(document, path, titles))
        measure.groups = [ResultGroup(id=group.id, title=group.title) for group in groups]
        sizes = [DenomCount(group_id=group.id, value=size) for group in groups if (size := text(group.values, "subjects"))]
        measure.denoms = [Denom(units="Participants", counts=sizes)] if sizes else []
        measure.classes = _classes(one, measure, groups, root, places)
        measure.analyses = list(_analyses(document, path, root, places))
        yield measure


def _groups(document: Json, path: tuple[str | int, ...], titles: dict[str, str]) -> Iterator[_Group]:
    """The arms and the analysis sets that an outcome has values of."""
    for outer, inner, of in _GROUPS:
        for found in _paths(document, *path, outer, inner):
            values = member(document, *found)
            yield _Group(text(values, "id"), titles.get(text(values, of) or ""), values, _field(found))


def _param_type(one: Json) -> str | None:
    if text(one, "countable") == "true":
        return "Count of Participants" if re.search(r"participant|subject|patient", text(one, "unit") or "", re.IGNORECASE) else "Number"
    return _MEASURES.get(text(one, "centralTendencyType", "value") or "")


def _dispersion_type(one: Json) -> str | None:
    kind = text(one, "dispersionType", "value") or ""
    if kind == "ENDPOINT_DISPERSION.confidenceInterval" and (level := text(one, "percentage")):
        return f"{level}% Confidence Interval"
    return _DISPERSIONS.get(kind)


def _classes(one: Json, measure: OutcomeMeasure, groups: list[_Group], root: str, places: Places) -> list[MeasureClass]:
    """A class for each category; without categories one class."""
    named = [(text(category, "id"), text(category, "name")) for category in listed(member(one, "categories", "category"))] or [(None, None)]
    about = text(one, "description") or ""
    found: list[MeasureClass] = []
    for category, title in named:
        values: list[Measurement] = []
        for group in groups:
            value, spread = _of_category(group.values, category)
            posted = _number(value, about)
            if posted is None:
                continue
            measurement = Measurement(group_id=group.id, value=posted)
            low, high = _number(text(spread, "value"), about), _number(text(spread, "highRangeValue"), about)
            if high is None and not (measure.dispersion_type or "").endswith("Interval"):
                measurement.spread = low
            else:
                measurement.lower_limit, measurement.upper_limit = low, high
            where = f"{root}.classes[{len(found)}].categories[0].measurements[{len(values)}]"
            places.origins[where] = Origin(group.field)
            values.append(measurement)
        if values:
            found.append(MeasureClass(title=title, categories=[Category(measurements=values)]))
    return found


def _of_category(group: Json, category: str | None) -> tuple[str | None, Json]:
    """The value of a category and its dispersion."""
    values = [*listed(member(group, "tendencyValues", "tendencyValue")), *listed(member(group, "countableValues", "countableValue"))]
    spreads = listed(member(group, "dispersionValues", "dispersionValue"))
    value = next((text(one, "value") for one in values if text(one, "categoryId") == category), None)
    return value, next((one for one in spreads if text(one, "categoryId") == category), None)


def _number(words: str | None, about: str) -> str | None:
    """A posted number, "NA" for one of nines that the form was given in its stead."""
    if words is None:
        return None
    is_none = _SURELY_NO_VALUE.fullmatch(words) or (_NINES.fullmatch(words) and words in about)
    return "NA" if is_none else words


def _field(path: tuple[str | int, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def _analyses(document: Json, path: tuple[str | int, ...], root: str, places: Places) -> Iterator[Analysis]:
    for n, where in enumerate(_paths(document, *path, "statisticalAnalyses", "statisticalAnalysis")):
        one = member(document, *where)
        estimate, test = member(one, "parameterEstimate"), member(one, "statisticalHypothesisTest")
        interval, spread = member(estimate, "confidenceInterval"), member(estimate, "variabilityEstimate")
        kind = (text(estimate, "type", "value") or "").rpartition(".")[2]
        operator, p = text(test, "valueEqualityRelation"), text(test, "value")
        groups = [group for name in ("armComparisonGroupId", "subjectAnalysisSetComparisonGroupId") for group in listed(member(one, name))]
        places.origins[f"{root}.analyses[{n}]"] = Origin(_field(where))
        yield Analysis(
            group_ids=[group for group in groups if isinstance(group, str)],
            param_type=text(estimate, "otherType") or _spaced(kind) or None,
            param_value=text(estimate, "pointEstimate"),
            p_value=f"{operator if operator in ('<', '>') else ''}{p}" if p else None,
            ci_pct_value=text(interval, "percentage"),
            ci_lower_limit=text(interval, "lowerLimit"),
            ci_upper_limit=text(interval, "upperLimit"),
            dispersion_type=_VARIABILITY.get(text(spread, "type", "value") or ""),
            dispersion_value=text(spread, "dispersionValue"),
            statistical_method=_spaced((text(test, "method", "value") or "").rpartition(".")[2]) or None,
            estimate_comment=text(test, "comment"),
        )


def _spaced(code: str) -> str:
    """A code such as `hazardRatio` as words."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", code)
    return "" if words == "other" else words[:1].upper() + words[1:].lower() if words else ""


# ---- adverse events -------------------------------------------------------------------------------------------------


def _events(document: Json, places: Places) -> AdverseEventsModule:
    module = member(document, "adverseEvents")
    version = text(module, "dictionary", "version")
    name = (text(module, "dictionary", "name", "value") or "").rpartition(".")[2]
    vocabulary = f"{'MedDRA' if name == 'meddra' else text(module, 'dictionary', 'otherName') or name} {version or ''}".strip() or None
    groups = [_event_group(member(document, *path)) for path in _paths(document, "adverseEvents", "reportingGroups", "reportingGroup")]
    found = AdverseEventsModule(
        frequency_threshold=text(module, "nonSeriousEventFrequencyThreshold"),
        time_frame=places.note(span(document, "adverseEvents", "timeFrame"), "adverseEventsModule.timeFrame"),
        description=places.note(span(document, "adverseEvents", "description"), "adverseEventsModule.description"),
        event_groups=groups,
    )
    for n, path in enumerate(_paths(document, "adverseEvents", "reportingGroups", "reportingGroup")):
        places.origins[f"adverseEventsModule.eventGroups[{n}]"] = Origin(_field(path))
    found.serious_events = list(
        _listed_events(document, "seriousAdverseEvents", "seriousAdverseEvent", "seriousEvents", vocabulary, places)
    )
    found.other_events = list(
        _listed_events(document, "nonSeriousAdverseEvents", "nonSeriousAdverseEvent", "otherEvents", vocabulary, places)
    )
    return found


def _event_group(group: Json) -> EventGroup:
    exposed = text(group, "subjectsExposed")
    deaths, serious, other = (
        text(group, name)
        for name in ("deathsAllCauses", "subjectsAffectedBySeriousAdverseEvents", "subjectsAffectedByNonSeriousAdverseEvents")
    )
    return EventGroup(
        id=text(group, "id"),
        title=text(group, "title"),
        description=text(group, "description"),
        deaths_num_affected=deaths,
        deaths_num_at_risk=exposed if deaths else None,
        serious_num_affected=serious,
        serious_num_at_risk=exposed if serious else None,
        other_num_affected=other,
        other_num_at_risk=exposed if other else None,
    )


def _listed_events(document: Json, outer: str, inner: str, target: str, vocabulary: str | None, places: Places) -> Iterator[AdverseEvent]:
    for n, path in enumerate(_paths(document, "adverseEvents", outer, inner)):
        one = member(document, *path)
        stats: list[EventStats] = []
        for where in _paths(document, *path, "values", "value"):
            value = member(document, *where)
            places.origins[f"adverseEventsModule.{target}[{n}].stats[{len(stats)}]"] = Origin(_field(where))
            stats.append(
                EventStats(
                    group_id=text(value, "reportingGroupId"),
                    num_events=text(value, "occurrences"),
                    num_affected=text(value, "subjectsAffected"),
                    num_at_risk=text(value, "subjectsExposed"),
                )
            )
        yield AdverseEvent(
            term=text(one, "term"),
            organ_system=_ORGAN_SYSTEMS.get(text(one, "organSystem", "eutctId") or ""),
            source_vocabulary=vocabulary,
            assessment_type={"ADV_EVT_ASSESS_TYPE.systematic": "SYSTEMATIC_ASSESSMENT"}.get(
                text(one, "assessmentMethod", "value") or "", "NON_SYSTEMATIC_ASSESSMENT"
            )
            if text(one, "assessmentMethod", "value")
            else None,
            stats=stats,
        )
