"""`trials`: one row per document from the modules that say what a trial is; `pipelines.link.merge` makes one row of several."""

import re

from pipelines.extract.subject import Row, Subject, coded
from pipelines.schema import vocabularies as v
from pipelines.shapes import DateStruct, DesignInfo, MaskingInfo, Study
from pipelines.text.ages import age_years
from pipelines.text.dates import parse_date
from pipelines.text.numbers import parse_count
from pipelines.text.registry_ids import NCT_ID
from pipelines.text.repair import repaired_text
from pipelines.vocab.oncology import is_neoplasm

_NEOPLASMS = re.compile(r"D0*9369")
"""MeSH id of "Neoplasms" (D009369), an ancestor of every tumour; some records pad it with zeros."""

_MASKING = re.compile(r"[A-Za-z][A-Za-z -]*")

_DOSE_ESCALATION_DESIGNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("3+3+3", r"\b3 ?\+ ?3 ?\+ ?3\b"),
        ("i3+3", r"\bi3 ?\+ ?3\b"),
        ("3+3", r"(?<![i\d+.])(?<!\+ )3 ?\+ ?3\b(?! ?\+)"),
        ("rolling six", r"\brolling[ -](?:six|6)\b"),
        ("TITE-BOIN", r"\bTITE-BOIN\b"),
        ("BOIN", r"(?<!TITE-)\bBOIN\b|(?<!time-to-event )\bbayesian optimal interval\b"),
        ("mTPI-2", r"\bmTPI-?2\b|\bmodified toxicity probability interval[ -]2\b"),
        ("mTPI", r"\bmTPI\b(?!-?2)|\bmodified toxicity probability interval\b(?![ -]2)"),
        ("Keyboard", r"\bkeyboard design\b"),
        ("TITE-CRM", r"\bTITE-CRM\b"),
        ("CRM", r"(?<!TITE-)\bCRM design\b|(?<!time-to-event )\bcontinual reassessment method\b"),
        ("BLRM", r"\bBLRM\b|\bbayesian logistic regression model\b"),
        ("accelerated titration", r"\baccelerated titration\b"),
    )
)


def row(study: Study, subject: Subject) -> Row:
    """The `trials` row as this document states it."""
    protocol = study.protocol_section
    identification, status = protocol.identification_module, protocol.status_module
    design, eligibility = protocol.design_module, protocol.eligibility_module
    info = design.design_info or DesignInfo()
    sponsor = protocol.sponsor_collaborators_module.lead_sponsor
    enrollment = design.enrollment_info
    found: Row = {
        "trial_id": subject.trial_id,
        "registry": subject.registry,
        "nct_id": identification.nct_id if NCT_ID.fullmatch(identification.nct_id or "") else None,
        "other_ids": _other_ids(study),
        "acronym": _text(identification.acronym),
        "brief_title": _text(identification.brief_title),
        "official_title": _text(identification.official_title),
        "brief_summary": _text(protocol.description_module.brief_summary),
        "detailed_description": _text(protocol.description_module.detailed_description),
        **_study_type(design.study_type),
        **coded("phase", v.PHASE, "|".join(design.phases)),
        **coded("allocation", v.ALLOCATION, info.allocation),
        **coded("intervention_model", v.INTERVENTION_MODEL, info.intervention_model),
        **_masking(info.masking_info),
        **coded("primary_purpose", v.PRIMARY_PURPOSE, info.primary_purpose),
        **coded("overall_status", v.OVERALL_STATUS, status.overall_status),
        "why_stopped": _text(status.why_stopped),
        "enrollment": parse_count(enrollment.count) if enrollment else None,
        **coded("enrollment_type", v.ENROLLMENT_TYPE, enrollment.type if enrollment else None),
        **_sites(study),
        **coded("sex", v.SEX, eligibility.sex),
        "minimum_age_years": age_years(eligibility.minimum_age),
        "maximum_age_years": age_years(eligibility.maximum_age),
        "eligibility_criteria": _text(eligibility.eligibility_criteria),
        **_partial_date("start", status.start_date_struct),
        **_partial_date("primary_completion", status.primary_completion_date_struct),
        **_partial_date("completion", status.completion_date_struct),
        "first_posted_date": _date(status.study_first_post_date_struct),
        "last_update_date": _date(status.last_update_post_date_struct),
        "has_results": study.has_results if study.has_results is not None else (study.results_section is not None or None),
        "lead_sponsor": _text(sponsor.name) if sponsor else None,
        **coded("sponsor_class", v.SPONSOR_CLASS, sponsor.class_ if sponsor else None),
        "dose_escalation_design": _dose_escalation_design(study),
        "is_oncology": is_oncology(study),
        "language": subject.language,
    }
    n_arms = parse_count(design.number_of_arms) or len(protocol.arms_interventions_module.arm_groups) or None
    found["n_arms"] = n_arms
    found["is_single_arm"] = _is_single_arm(found.get("study_type"), n_arms, found.get("intervention_model"), found.get("allocation"))
    found["is_randomized"] = (found["allocation"] == "RANDOMIZED") if found.get("allocation") else None
    found["is_open_label"] = (found["masking"] == "NONE") if found.get("masking") else None
    return found


_PATHS = {
    "nct_id": "identificationModule.nctId",
    "other_ids": "identificationModule.secondaryIdInfos",
    "acronym": "identificationModule.acronym",
    "brief_title": "identificationModule.briefTitle",
    "official_title": "identificationModule.officialTitle",
    "brief_summary": "descriptionModule.briefSummary",
    "detailed_description": "descriptionModule.detailedDescription",
    "study_type": "designModule.studyType",
    "phase": "designModule.phases",
    "allocation": "designModule.designInfo.allocation",
    "intervention_model": "designModule.designInfo.interventionModel",
    "masking": "designModule.designInfo.maskingInfo.masking",
    "primary_purpose": "designModule.designInfo.primaryPurpose",
    "overall_status": "statusModule.overallStatus",
    "why_stopped": "statusModule.whyStopped",
    "enrollment": "designModule.enrollmentInfo.count",
    "enrollment_type": "designModule.enrollmentInfo.type",
    "n_arms": "armsInterventionsModule.armGroups",
    **dict.fromkeys(("n_sites", "is_multicenter", "countries"), "contactsLocationsModule.locations"),
    "sex": "eligibilityModule.sex",
    "minimum_age_years": "eligibilityModule.minimumAge",
    "maximum_age_years": "eligibilityModule.maximumAge",
    "eligibility_criteria": "eligibilityModule.eligibilityCriteria",
    "start_date": "statusModule.startDateStruct.date",
    "primary_completion_date": "statusModule.primaryCompletionDateStruct.date",
    "completion_date": "statusModule.completionDateStruct.date",
    "first_posted_date": "statusModule.studyFirstPostDateStruct.date",
    "last_update_date": "statusModule.lastUpdatePostDateStruct.date",
    "lead_sponsor": "sponsorCollaboratorsModule.leadSponsor.name",
    "sponsor_class": "sponsorCollaboratorsModule.leadSponsor.class",
}
"""Column → where the value stands in a record."""


def places(study: Study, found: Row) -> dict[str, tuple[str, int | None, int | None]]:
    """Column → field and stretch of the source that states it, for the columns of `found` that have a value."""
    stated = ((name, study.origin(path)) for name, path in _PATHS.items() if found.get(name) is not None)
    return {name: (origin.field, origin.start, origin.end) for name, origin in stated}


def _text(words: str | None) -> str | None:
    return repaired_text(words).strip() or None if words else None


def _other_ids(study: Study) -> list[str]:
    identification = study.protocol_section.identification_module
    own = identification.org_study_id_info
    ids = [own.id if own else None, *(info.id for info in identification.secondary_id_infos), *identification.nct_id_aliases]
    return list(dict.fromkeys(text for i in ids if i and (text := repaired_text(i).strip()) and i != identification.nct_id))


def _study_type(words: str | None) -> Row:
    """Older exports write "Expanded Access:Treatment IND/Protocol": the words before the colon are the value."""
    found = coded("study_type", v.STUDY_TYPE, words)
    if words and found["study_type"] is None:
        found["study_type"] = v.STUDY_TYPE.find(words.partition(":")[0])
    return found


def _masking(info: MaskingInfo | None) -> Row:
    """Older records write "Double Blind (Subject, Investigator)": the words before the bracket are the value."""
    if info is None or not info.masking:
        return {}
    found = coded("masking", v.MASKING, info.masking)
    if found["masking"] is None and (words := _MASKING.match(info.masking)):
        found["masking"] = v.MASKING.find(words.group())
    return found


def _sites(study: Study) -> Row:
    """Sites and their countries. Most other registers list countries only: several have several sites, one says nothing of their number."""
    locations = study.protocol_section.contacts_locations_module.locations
    if not locations:
        return {}
    countries = list(dict.fromkeys(repaired_text(location.country) for location in locations if location.country))
    if study.registry is not None and not any(location.facility or location.city for location in locations):
        return {"is_multicenter": True if len(countries) > 1 else None, "countries": countries}
    return {"n_sites": len(locations), "is_multicenter": len(locations) > 1, "countries": countries}


def _is_single_arm(study_type: str | None, n_arms: int | None, model: str | None, allocation: str | None) -> bool | None:
    """By the number of arms; where that is not stated by the model, unless the allocation contradicts it.

    Of 51 API records with a single group to which participants are "allocated", 30 list several arms; of 281 without allocation 2.
    """
    if study_type not in (None, "INTERVENTIONAL"):
        return None
    if n_arms:
        return n_arms == 1
    if model == "SINGLE_GROUP":
        return None if allocation in ("RANDOMIZED", "NON_RANDOMIZED") else True
    return None if model is None or (model == "SEQUENTIAL" and allocation not in ("RANDOMIZED", "NON_RANDOMIZED")) else False


def _date(struct: DateStruct | None) -> object:
    found = parse_date(struct.date) if struct else None
    return found.date if found else None


def _partial_date(name: str, struct: DateStruct | None) -> Row:
    found = parse_date(struct.date) if struct else None
    return {f"{name}_date": found.date, f"{name}_date_precision": found.precision} if found else {}


def _dose_escalation_design(study: Study) -> str | None:
    """A design named in titles or descriptions; None where none or several are named."""
    protocol = study.protocol_section
    texts = (
        protocol.identification_module.official_title,
        protocol.description_module.brief_summary,
        protocol.description_module.detailed_description,
    )
    prose = " ".join(filter(None, texts))
    if "escalat" not in prose.lower():
        return None
    named = [name for name, pattern in _DOSE_ESCALATION_DESIGNS if pattern.search(prose)]
    return named[0] if len(named) == 1 else None


def is_oncology(study: Study) -> bool | None:
    """Whether a condition is a neoplasm: by MeSH terms where the registry derived them, else by the words of the conditions."""
    browse = study.derived_section.condition_browse_module
    if any(_NEOPLASMS.fullmatch(term.id or "") for term in (*browse.ancestors, *browse.meshes)):
        return True
    if is_neoplasm(study.protocol_section.conditions_module.conditions):
        return True
    return False if any(term.id for term in browse.ancestors) else None
