"""Records of the EU's Clinical Trials Information System (CTIS) as JSON, of its first public portal and of the one since June 2024.

Belongs here: where the members stand and what the register's codes mean. Not here: what single words mean (`register_words`).

The older form has the application's two parts at the top, the newer one under `authorizedApplication`. Ages are stated as groups ("18-64
years"), which are no limits: a trial for people of 30 to 75 has two of them.
"""

from collections.abc import Iterator

from pipelines.shapes import (
    ArmGroup,
    ArmsInterventionsModule,
    ConditionsModule,
    ContactsLocationsModule,
    DescriptionModule,
    DesignModule,
    EligibilityModule,
    IdentificationModule,
    Intervention,
    Location,
    Outcome,
    OutcomesModule,
    ProtocolSection,
    Sponsor,
    SponsorCollaboratorsModule,
    StatusModule,
    Study,
)
from pipelines.sources import json_records, register_words
from pipelines.sources.json_records import Json, listed, member, span, text
from pipelines.sources.outcome_lists import time_in_words
from pipelines.sources.places import Places, Span, criteria, joined
from pipelines.sources.records import Record, Reject
from pipelines.sources.register_words import date_struct, iso_date, stated, telling
from pipelines.text.registry_ids import Registry

FORMAT = "ctis"

CARRIED: list[str] = sorted(
    (
        *("arms", "conditions", "endpoints", "regimens"),
        *("trials.nct_id", "trials.registry", "trials.other_ids", "trials.brief_title", "trials.official_title"),
        *("trials.detailed_description", "trials.study_type", "trials.phase", "trials.overall_status", "trials.enrollment"),
        *("trials.enrollment_type", "trials.countries", "trials.n_sites", "trials.is_multicenter", "trials.sex", "trials.lead_sponsor"),
        *("trials.sponsor_class", "trials.eligibility_criteria", "trials.start_date", "trials.start_date_precision"),
        *("trials.completion_date", "trials.completion_date_precision", "trials.last_update_date", "trials.is_oncology"),
    )
)

_STATUS = {
    1: "Under evaluation",
    2: "Authorised, recruitment pending",
    3: "Authorised, recruiting",
    4: "Ongoing, recruiting",
    5: "Ongoing, recruitment ended",
    6: "Temporarily halted",
    7: "Suspended",
    8: "Ended",
    9: "Expired",
    10: "Revoked",
    11: "Not authorised",
    12: "Cancelled",
}
"""Public status of a trial, as the portal shows the codes. A trial that has ended may have been stopped early."""


def sniff(head: bytes) -> bool:
    """Does a file that begins with these bytes hold such records? JSON objects with the EU CT number and a part of an application."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    names = (b'"authorizedApplication"', b'"authorizedPartI"', b'"publicEvaluation"', b'"ctStatus"', b'"initialApplicationId"')
    return start[:1] in (b"{", b"[") and any(name in head for name in names) and (b'"ctNumber"' in head or b'"ctrname"' in head)


slices = json_records.slices


def read(data: bytes, *, first_index: int = 0, header: bytes = b"") -> Iterator[Record | Reject]:
    """All records of the file; one without a number of the register or without the first part of its application becomes a `Reject`."""
    yield from json_records.read(data, format=FORMAT, first_index=first_index, header=header, study_of=_study_of)


def _study_of(document: dict[str, Json]) -> Study | str:
    number = text(document, "ctNumber")
    trial = register_words.own_id(number)
    root = ("authorizedApplication", "authorizedPartI") if "authorizedApplication" in document else ("authorizedPartI",)
    if trial is None or trial.registry is not Registry.CTIS or not isinstance(member(document, *root), dict):
        return f"'ctNumber' is {number!r}, no number of the register, or there is no first part of an application"
    return _study(trial.key, trial.id, document, root)


def _study(trial_id: str, full_number: str, document: dict[str, Json], root: tuple[str, ...]) -> Study:
    """`trial_id` is the number without its last two digits, which count how often the application was submitted."""
    places = Places()
    details = (*root, "trialDetails")
    ids, about = (*details, "clinicalTrialIdentifiers"), (*details, "trialInformation")
    others = (*ids, "secondaryIdentifyingNumbers")

    def said(*path: str | int) -> Span | None:
        return telling(span(document, *path))

    application = root[:-1]
    started = iso_date(text(document, "startDateEU"))
    sponsor = _sponsor(document, root)
    registries = listed(member(document, *others, "additionalRegistries"))
    study = Study(
        registry=Registry.CTIS.value,
        carried=CARRIED,
        protocol_section=ProtocolSection(
            identification_module=IdentificationModule(
                nct_id=trial_id,
                secondary_id_infos=register_words.secondary_ids(
                    full_number,
                    *(text(document, *others, name, "number") for name in ("nctNumber", "isrctnNumber", "whoUniversalTrialNumber")),
                    *(text(one, "number") for one in registries),
                    text(document, *application, "eudraCt", "eudraCtCode") or text(document, "eudraCtInfo", "eudraCtCode"),
                    text(document, *ids, "shortTitle"),
                    own=trial_id,
                ),
                brief_title=places.note(said(*ids, "publicTitle"), "identificationModule.briefTitle"),
                official_title=places.note(said(*ids, "fullTitle"), "identificationModule.officialTitle"),
            ),
            status_module=StatusModule(
                overall_status=_status(document),
                start_date_struct=date_struct(started, type="ACTUAL")
                or date_struct(text(document, *about, "trialDuration", "estimatedRecruitmentStartDate"), type="ESTIMATED"),
                completion_date_struct=date_struct(text(document, *about, "trialDuration", "estimatedEndDate"), type="ESTIMATED"),
                last_update_post_date_struct=date_struct(text(document, "lastUpdated")),
            ),
            sponsor_collaborators_module=SponsorCollaboratorsModule(lead_sponsor=sponsor),
            description_module=DescriptionModule(
                detailed_description=places.note(
                    joined([said(*about, "trialObjective", "mainObjective"), *_secondary_objectives(document, about)]),
                    "descriptionModule.detailedDescription",
                )
            ),
            conditions_module=ConditionsModule(
                conditions=places.note_all(
                    _texts(document, (*about, "medicalCondition", "partIMedicalConditions"), "medicalCondition"),
                    "conditionsModule.conditions",
                )
            ),
            design_module=DesignModule(
                # The register holds interventional trials of medicinal products only: Regulation (EU) No 536/2014, article 2.
                study_type="INTERVENTIONAL",
                phases=register_words.phases(text(document, "trialPhase")),
                enrollment_info=register_words.enrollment(register_words.target_size(text(document, "totalNumberEnrolled"))),
            ),
            arms_interventions_module=ArmsInterventionsModule(
                arm_groups=list(_arms(document, details, places)), interventions=list(_interventions(document, root, places))
            ),
            outcomes_module=OutcomesModule(
                primary_outcomes=list(_outcomes(document, about, "primary", places)),
                secondary_outcomes=list(_outcomes(document, about, "secondary", places)),
            ),
            eligibility_module=EligibilityModule(
                eligibility_criteria=places.note(
                    criteria(_criteria(document, about, "Inclusion"), _criteria(document, about, "Exclusion")),
                    "eligibilityModule.eligibilityCriteria",
                ),
                sex=_sex(document, about),
            ),
            contacts_locations_module=ContactsLocationsModule(locations=_locations(document, root)),
        ),
    )
    study.origins = places.origins or None
    study.source_texts = places.texts or None
    return study


def _texts(document: Json, path: tuple[str | int, ...], name: str) -> list[Span]:
    """The texts of that name of a list's members."""
    found = (span(document, *path, n, name) for n in range(len(listed(member(document, *path)))))
    return [one for one in found if one is not None and stated(one.text)]


def _status(document: dict[str, Json]) -> str | None:
    """The public status, a code in the newer form; there `ctStatus` is the same, in the older one it has the words."""
    code = member(document, "ctPublicStatusCode")
    if code is None and isinstance(member(document, "ctStatus"), int):
        code = member(document, "ctStatus")
    return _STATUS.get(code) if isinstance(code, int) else stated(text(document, "ctStatus"))


def _sponsor(document: dict[str, Json], root: tuple[str, ...]) -> Sponsor | None:
    sponsors = [one for one in listed(member(document, *root, "sponsors")) if isinstance(one, dict)]
    lead = next((one for one in sponsors if one.get("primary") is True), sponsors[0] if sponsors else None)
    organisation = member(lead, "organisation") or member(lead, "publicContacts", 0, "organisation")
    name = stated(text(organisation, "name"))
    kind = stated(text(organisation, "type")) or stated(text(document, "sponsorType"))
    return Sponsor(name=name, class_=kind) if name else None


def _secondary_objectives(document: dict[str, Json], about: tuple[str, ...]) -> list[Span | None]:
    return list(_texts(document, (*about, "trialObjective", "secondaryObjectives"), "secondaryObjective"))


def _criteria(document: dict[str, Json], about: tuple[str, ...], kind: str) -> Span | None:
    """The criteria of one kind, a line each."""
    name = f"principal{kind}Criteria"
    spans: list[Span | None] = list(_texts(document, (*about, "eligibilityCriteria", name), name))
    found = joined(spans, "\n")
    if found is None or len(spans) < 2:
        return found
    # The fields of fifty criteria would be named one by one.
    return found._replace(field=json_records.field(*about, "eligibilityCriteria", name))


def _sex(document: dict[str, Json], about: tuple[str, ...]) -> str | None:
    population = member(document, *about, "populationOfTrialSubjects")
    female, male = member(population, "isFemaleSubjects"), member(population, "isMaleSubjects")
    if isinstance(female, bool) and isinstance(male, bool):
        return {(True, True): "ALL", (True, False): "FEMALE", (False, True): "MALE"}.get((female, male))
    return register_words.sex(text(document, "gender"))


def _arms(document: dict[str, Json], details: tuple[str, ...], places: Places) -> Iterator[ArmGroup]:
    """Arms of the periods of the design, which most records leave out; an arm of several periods is one."""
    seen: dict[str, int] = {}
    path = (*details, "protocolInformation", "studyDesign", "periodDetails")
    for p in range(len(listed(member(document, *path)))):
        for a in range(len(listed(member(document, *path, p, "armDetails")))):
            title = span(document, *path, p, "armDetails", a, "title") or span(document, *path, p, "armDetails", a, "name")
            if title is None or title.text.casefold() in seen:
                continue
            arm = f"armsInterventionsModule.armGroups[{len(seen)}]"
            seen[title.text.casefold()] = len(seen)
            about = span(document, *path, p, "armDetails", a, "description")
            yield ArmGroup(label=places.note(title, f"{arm}.label"), description=places.note(about, f"{arm}.description"))


def _interventions(document: dict[str, Json], root: tuple[str, ...], places: Places) -> Iterator[Intervention]:
    """The products, each substance once, with the route as description. Greatest doses of a day are no dose of the trial's."""
    seen: set[str] = set()
    lists = [(*root, "products")] if listed(member(document, *root, "products")) else []
    if not lists:
        groups = listed(member(document, *root, "productRoleGroupInfos"))
        lists = [(*root, "productRoleGroupInfos", n, "products") for n in range(len(groups))]
    for path in lists:
        for n in range(len(listed(member(document, *path)))):
            names = [
                one
                for one in (
                    span(document, *path, n, "productDictionaryInfo", "activeSubstanceName"),
                    span(document, *path, n, "productName"),
                    span(document, *path, n, "productDictionaryInfo", "prodName"),
                    span(document, *path, n, "otherMedicinalProduct"),
                )
                if one is not None and stated(one.text)
            ]
            if not names or names[0].text.casefold() in seen:
                continue
            intervention = f"armsInterventionsModule.interventions[{len(seen)}]"
            seen.add(names[0].text.casefold())
            routes = [one for one in listed(member(document, *path, n, "routes")) if isinstance(one, str)]
            route = span(document, *path, n, "routes", 0) if len(routes) == 1 else None
            yield Intervention(
                type="DRUG",
                name=places.note(names[0], f"{intervention}.name"),
                description=places.note(route, f"{intervention}.description"),
                other_names=list(dict.fromkeys(one.text for one in names[1:] if one.text != names[0].text)),
            )


def _outcomes(document: dict[str, Json], about: tuple[str, ...], role: str, places: Places) -> Iterator[Outcome]:
    for n, measure in enumerate(_texts(document, (*about, "endPoint", f"{role}EndPoints"), "endPoint")):
        path = f"outcomesModule.{role}Outcomes[{n}]"
        yield Outcome(measure=places.note(measure, f"{path}.measure"), time_frame=places.note(time_in_words(measure), f"{path}.timeFrame"))


def _locations(document: dict[str, Json], root: tuple[str, ...]) -> list[Location]:
    """The sites of all countries; only the countries where others, outside the EU, take part too."""
    application = root[:-1]
    parts = listed(member(document, *application, "authorizedPartsII"))
    sites = [
        Location(
            facility=text(site, "organisationAddressInfo", "organisation", "name"),
            city=text(site, "organisationAddressInfo", "address", "city"),
            country=text(site, "organisationAddressInfo", "address", "countryName") or text(part, "mscInfo", "countryName"),
        )
        for part in parts
        for site in listed(member(part, "trialSites"))
    ]
    outside = [
        country for one in listed(member(document, *root, "rowCountriesInfo")) if (country := text(one, "name") or text(one, "countryName"))
    ]
    if sites and not outside and member(document, *root, "rowSubjectCount") in (0, None):
        return sites
    countries = [text(part, "mscInfo", "countryName") or text(part, "mscInfo", "mscName") for part in parts]
    return [Location(country=one) for one in dict.fromkeys((*countries, *outside)) if one]
