"""Records of the ISRCTN registry as JSON, with the members of its own XML.

Belongs here: where the members stand and what they mean. Not here: what single words mean (`register_words`).

The register counts whether a trial recruits from its dates and the day on which it is asked, so that a record says nothing of its status
unless somebody has overruled that. The sponsor is an id of another list.
"""

import re
from collections.abc import Iterator

from pipelines.shapes import (
    ArmsInterventionsModule,
    ConditionsModule,
    ContactsLocationsModule,
    DescriptionModule,
    DesignInfo,
    DesignModule,
    EligibilityModule,
    IdentificationModule,
    Intervention,
    Location,
    Outcome,
    OutcomesModule,
    ProtocolSection,
    StatusModule,
    Study,
)
from pipelines.sources import json_records, register_words
from pipelines.sources.json_records import Json, member, span, text
from pipelines.sources.outcome_lists import numbered, time_in_words
from pipelines.sources.places import Places, Span, criteria
from pipelines.sources.records import Record, Reject
from pipelines.sources.register_words import date_struct, stated, telling
from pipelines.text.registry_ids import Registry

FORMAT = "isrctn"

CARRIED: list[str] = sorted(
    (
        *("conditions", "endpoints", "regimens"),
        *("trials.nct_id", "trials.registry", "trials.other_ids", "trials.acronym", "trials.brief_title", "trials.official_title"),
        *("trials.brief_summary", "trials.detailed_description", "trials.study_type", "trials.phase", "trials.allocation"),
        *("trials.intervention_model", "trials.masking", "trials.primary_purpose", "trials.is_randomized", "trials.is_open_label"),
        *("trials.enrollment", "trials.enrollment_type", "trials.countries", "trials.sex", "trials.minimum_age_years"),
        *("trials.maximum_age_years", "trials.eligibility_criteria", "trials.start_date", "trials.start_date_precision"),
        *("trials.completion_date", "trials.completion_date_precision", "trials.is_oncology"),
    )
)

_PARTS_OF_THE_UK = frozenset({"England", "Scotland", "Wales", "Northern Ireland"})


def sniff(head: bytes) -> bool:
    """Does a file that begins with these bytes hold such records? JSON objects with the register's number and its description."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return start[:1] in (b"{", b"[") and b'"isrctn"' in head and b'"trialDescription"' in head


slices = json_records.slices


def read(data: bytes, *, first_index: int = 0, header: bytes = b"") -> Iterator[Record | Reject]:
    """All records of the file; one without a number of the register becomes a `Reject`."""
    yield from json_records.read(data, format=FORMAT, first_index=first_index, header=header, study_of=_study_of)


def _study_of(document: dict[str, Json]) -> Study | str:
    number = text(document, "isrctn") or ""
    trial = register_words.own_id(number if number.upper().startswith("ISRCTN") else f"ISRCTN{number}")
    if trial is None or trial.registry is not Registry.ISRCTN or not isinstance(document.get("trialDescription"), dict):
        return f"'isrctn' is {number!r}, no number of the register, or there is no trialDescription"
    return _study(trial.id, document)


def _study(trial_id: str, document: dict[str, Json]) -> Study:
    places = Places()

    def said(*path: str | int) -> Span | None:
        return telling(span(document, *path))

    references = ("eudraCTNumber", "clinicalTrialsGovNumber", "irasNumber", "protocolSerialNumber")
    numbers = json_records.listed(member(document, "externalRefs", "secondaryNumbers", "secondaryNumber"))
    planned = register_words.target_size(text(document, "participants", "targetEnrolment"))
    actual = register_words.target_size(text(document, "participants", "totalFinalEnrolment"))
    hypothesis = said("trialDescription", "studyHypothesis")
    study = Study(
        registry=Registry.ISRCTN.value,
        carried=CARRIED,
        protocol_section=ProtocolSection(
            identification_module=IdentificationModule(
                nct_id=trial_id,
                secondary_id_infos=register_words.secondary_ids(
                    *(text(document, "externalRefs", name) for name in references),
                    *(one if isinstance(one, str) else text(one, "value") for one in numbers),
                    own=trial_id,
                ),
                brief_title=places.note(said("trialDescription", "title"), "identificationModule.briefTitle"),
                official_title=places.note(said("trialDescription", "scientificTitle"), "identificationModule.officialTitle"),
                acronym=places.note(said("trialDescription", "acronym"), "identificationModule.acronym"),
            ),
            status_module=StatusModule(
                overall_status=stated(text(document, "participants", "recruitmentStatusOverride")),
                start_date_struct=date_struct(text(document, "participants", "recruitmentStart")),
                completion_date_struct=date_struct(text(document, "trialDesign", "overallEndDate")),
                last_update_post_date_struct=date_struct(text(document, "lastUpdated") or text(document, "@lastUpdated")),
            ),
            description_module=DescriptionModule(
                brief_summary=places.note(said("trialDescription", "plainEnglishSummary"), "descriptionModule.briefSummary"),
                detailed_description=places.note(hypothesis, "descriptionModule.detailedDescription"),
            ),
            conditions_module=ConditionsModule(
                conditions=places.note_all(
                    [one for path in _each(document, "conditions", "condition") if (one := said(*path, "description"))],
                    "conditionsModule.conditions",
                )
            ),
            design_module=DesignModule(
                study_type=stated(text(document, "trialDesign", "primaryStudyDesign")),
                phases=register_words.phases(text(document, "interventions", "intervention", "phase")),
                design_info=_design(document),
                enrollment_info=register_words.enrollment(planned, actual),
            ),
            arms_interventions_module=ArmsInterventionsModule(interventions=list(_interventions(document, places))),
            outcomes_module=OutcomesModule(
                primary_outcomes=_outcomes(said("trialDescription", "primaryOutcome"), "primary", places),
                secondary_outcomes=_outcomes(said("trialDescription", "secondaryOutcome"), "secondary", places),
            ),
            eligibility_module=EligibilityModule(
                eligibility_criteria=places.note(
                    criteria(said("participants", "inclusion"), said("participants", "exclusion")), "eligibilityModule.eligibilityCriteria"
                ),
                sex=register_words.sex(text(document, "participants", "gender")),
                minimum_age=stated(text(document, "participants", "lowerAgeLimit")),
                maximum_age=stated(text(document, "participants", "upperAgeLimit")),
            ),
            contacts_locations_module=ContactsLocationsModule(locations=_locations(document)),
        ),
    )
    study.origins = places.origins or None
    study.source_texts = places.texts or None
    return study


def _each(document: dict[str, Json], *path: str) -> Iterator[tuple[str | int, ...]]:
    """Paths of the members of a list, which stands without brackets where it has one."""
    value = member(document, *path)
    if isinstance(value, list):
        yield from ((*path, n) for n in range(len(value)))
    elif value:
        yield path


def _design(document: dict[str, Json]) -> DesignInfo | None:
    """The design in words, and what has members of its own."""
    info = register_words.design(text(document, "trialDesign", "studyDesign")) or DesignInfo()
    stated_allocation = register_words.allocation(text(document, "trialDesign", "secondaryStudyDesign"))
    types = json_records.listed(member(document, "trialDesign", "trialTypes", "trialType"))
    info.allocation = info.allocation or (stated_allocation if stated_allocation in _ALLOCATIONS else None)
    if len(types) == 1 and isinstance(types[0], str):
        info.primary_purpose = register_words.primary_purpose(types[0])
    return info if info != DesignInfo() else None


_ALLOCATIONS = frozenset({"Randomised controlled trial", "Non randomised study", "RANDOMIZED", "NON_RANDOMIZED"})
"""The member may also name a design without allocation ("Cohort study")."""

_BETWEEN_NAMES = re.compile(r"\s*(?:[;,]\s+|\n|\band\b(?=\s+[a-z-]+$))\s*")
_NUMBERED_NAME = re.compile(r"^\d+[.)]\s*")


def _interventions(document: dict[str, Json], places: Places) -> Iterator[Intervention]:
    """The drugs by their names, and the text that says what each arm gets, which is the description of none of them alone."""
    number = 0
    for path in _each(document, "interventions", "intervention"):
        root = "armsInterventionsModule.interventions"
        kind = stated(text(document, *path, "interventionType"))
        names = span(document, *path, "drugNames")
        drugs = names.split(_BETWEEN_NAMES) if names is not None and stated(names.text) else []
        what = span(document, *path, "description")
        if len(drugs) == 1 and what is not None:
            yield Intervention(
                type=kind,
                name=places.note(_bare(drugs[0]), f"{root}[{number}].name"),
                description=places.note(what, f"{root}[{number}].description"),
            )
            number += 1
            continue
        for drug in drugs:
            yield Intervention(type=kind, name=places.note(_bare(drug), f"{root}[{number}].name"))
            number += 1
        if what is not None:
            yield Intervention(type=None if drugs else kind, description=places.note(what, f"{root}[{number}].description"))
            number += 1


def _bare(span: Span) -> Span:
    found = _NUMBERED_NAME.match(span.text)
    return span.part(found.end()) if found else span


_MEASURED_AT = re.compile(
    r"\n\s*\n\s*(?:all )?(?:outcomes? )?(?:are |were |will be )?(?:measured|assessed|evaluated)\s+(?P<time>[^\n]+?)\.?\s*$", re.IGNORECASE
)


def _outcomes(words: Span | None, role: str, places: Places) -> list[Outcome]:
    """The items of a numbered list, or the whole; a last line "Measured at 21 days." holds for all of them."""
    if words is None:
        return []
    of_all = _MEASURED_AT.search(words.text)
    time = words.group(of_all, "time") if of_all else None
    body = words.part(0, of_all.start()).stripped() if of_all else words
    found: list[Outcome] = []
    for n, item in enumerate(numbered(body) or [body]):
        path = f"outcomesModule.{role}Outcomes[{n}]"
        when = time or time_in_words(item)
        found.append(Outcome(measure=places.note(item, f"{path}.measure"), time_frame=places.note(when, f"{path}.timeFrame")))
    return found


def _locations(document: dict[str, Json]) -> list[Location]:
    """The centres, where several are listed and cover all countries; else the countries: many trials list their leading centre only."""
    named = [
        one for one in json_records.listed(member(document, "participants", "recruitmentCountries", "country")) if isinstance(one, str)
    ]
    countries = [one for one in dict.fromkeys(named) if one not in _PARTS_OF_THE_UK or "United Kingdom" not in named]
    centres = [
        Location(facility=text(one, "name"), city=text(one, "city"), country=text(one, "country"))
        for one in json_records.listed(member(document, "participants", "trialCentres", "trialCentre"))
    ]
    if len(centres) > 1 and set(countries) <= {one.country for one in centres}:
        return centres
    return [Location(country=country) for country in countries]
