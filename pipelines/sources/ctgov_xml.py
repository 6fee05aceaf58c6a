"""Reader of ClinicalTrials.gov's legacy XML (`<clinical_study>`), which the registry served until June 2024.

Belongs here: cutting a file into study elements, parsing them safely, and mapping the element tree to a `Study`
(`study_of`, which `ctgov_classic` shares for the JSON rendering of the same tree). Not here: the meaning of words,
dates and numbers.

An element is addressed by its dotted path with indices where the element may be repeated, such as
`clinical_study.primary_outcome[0].measure`.
"""

import re
from collections.abc import Iterable, Iterator

from lxml import etree
from lxml.etree import _Element as Element  # pyright: ignore[reportPrivateUsage] - the name that lxml gives the type

from pipelines.shapes import (
    Achievement,
    AdverseEvent,
    AdverseEventsModule,
    Analysis,
    ArmGroup,
    ArmsInterventionsModule,
    BrowseModule,
    Category,
    ConditionsModule,
    ContactsLocationsModule,
    DateStruct,
    Denom,
    DenomCount,
    DerivedSection,
    DescriptionModule,
    DesignInfo,
    DesignModule,
    EligibilityModule,
    EnrollmentInfo,
    EventGroup,
    EventStats,
    IdentificationModule,
    IdInfo,
    Intervention,
    Location,
    MaskingInfo,
    MeasureClass,
    Measurement,
    MeshTerm,
    Milestone,
    MiscInfoModule,
    Organization,
    Origin,
    Outcome,
    OutcomeMeasure,
    OutcomeMeasuresModule,
    OutcomesModule,
    ParticipantFlowModule,
    Period,
    ProtocolSection,
    ResultGroup,
    ResultsSection,
    Sponsor,
    SponsorCollaboratorsModule,
    StatusModule,
    Study,
)
from pipelines.sources.records import MAX_RECORD_BYTES, Reason, Record, Reject, excerpt, sha256
from pipelines.sources.study_record import needed_repairs
from pipelines.text.dates import parse_date
from pipelines.text.encoding import Decoded, decode

FORMAT = "ctgov_xml"

_XML_SPACE = " \t\r\n"
_STUDY_START = re.compile(r"<clinical_study(?=[\s/>])")
_STUDY_END = "</clinical_study>"
_ENTITY_DECLARATION = re.compile(r"<!ENTITY\b")
_DECLARED_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_BEFORE_ROOT = re.compile(rb"(?:\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>)*", re.DOTALL)
_ROOT_NAME = re.compile(rb"<([A-Za-z_][\w.:-]*)")
_BEFORE_TEXT = b"\xef\xbb\xbf\xff\xfe" + _XML_SPACE.encode()
"""Byte order marks and white space."""

# Only a study's own element ever reaches the parser (see `read`), so there is no document type to be wary of; the
# options are a second lock.
_PARSER = etree.XMLParser(
    encoding="utf-8",
    resolve_entities=False,
    no_network=True,
    remove_blank_text=True,
    remove_comments=True,
    remove_pis=True,
)

# Labels of the one-string `study_design` in files produced before 2017, e.g.
# "Allocation: Randomized, Intervention Model: Parallel Assignment, Masking: Double Blind (Subject, Investigator)".
_DESIGN_LABELS = {
    "Allocation": "allocation",
    "Intervention Model": "intervention_model",
    "Masking": "masking",
    "Primary Purpose": "primary_purpose",
    "Observational Model": "observational_model",
    "Time Perspective": "time_perspective",
    "Endpoint Classification": "endpoint_classification",  # dropped by the registry in 2017
}
_DESIGN_LABEL = re.compile(rf"(?:^|,\s*)({'|'.join(_DESIGN_LABELS)}):\s*")
_MASKED_ROLES = frozenset({"Participant", "Subject", "Care Provider", "Caregiver", "Investigator", "Outcomes Assessor"})
_MASKING = re.compile(r"(.*?)\s*\(([^()]*)\)")

_NUMBER_OF_PARTICIPANTS = "Number of Participants"
_TOTALS = {
    "Total, all-cause mortality": ("deaths_num_affected", "deaths_num_at_risk"),
    "Total, serious adverse events": ("serious_num_affected", "serious_num_at_risk"),
    "Total, other adverse events": ("other_num_affected", "other_num_at_risk"),
}


def sniff(head: bytes) -> bool:
    """Does a file that begins with these bytes hold `<clinical_study>` elements, as its root or under another root?"""
    # Without its zero bytes UTF-16 reads as ASCII where it is ASCII, as all markup is.
    head = head.replace(b"\x00", b"").lstrip(_BEFORE_TEXT)
    root = _ROOT_NAME.match(head, _BEFORE_ROOT.match(head).end())  # pyright: ignore[reportOptionalMemberAccess]
    if root is None:
        return False
    if root[1] == b"clinical_study":
        return True
    return root[1].lower() != b"html" and re.search(rb"<clinical_study[\s>]", head) is not None


def read(data: bytes, *, first_index: int = 0, header: bytes = b"") -> Iterator[Record | Reject]:
    """Records of all `<clinical_study>` elements of a file, each parsed alone: a damaged one costs only itself.

    Only the text of the element reaches the parser: no document type, hence no entity but XML's own five, and no
    request to anywhere.
    """
    decoded = _decoded(header + data)
    text = decoded.text
    starts = [match.start() for match in _STUDY_START.finditer(text)]
    prolog = text[: starts[0]] if starts else text[:4096]
    if _ENTITY_DECLARATION.search(prolog):
        yield _reject(first_index, Reason.UNSAFE_XML, "The document type declares entities.", text)
        return
    if not starts:
        yield _reject(first_index, Reason.NOT_A_TRIAL, "There is no clinical_study element.", text)
        return
    for number, (start, limit) in enumerate(zip(starts, [*starts[1:], len(text)], strict=True)):
        end = text.rfind(_STUDY_END, start, limit)
        is_complete = end >= 0
        source = text[start : end + len(_STUDY_END)] if is_complete else text[start:limit]
        record = _record(source, index=first_index + number, is_complete=is_complete)
        if isinstance(record, Record):
            record.encoding = decoded.encoding
            record.repairs = sorted({*decoded.repairs, *record.repairs})
        yield record


def _decoded(data: bytes) -> Decoded:
    """Text of a file in the encoding that its XML declaration names, where that is possible; else as its bytes say."""
    declared = _DECLARED_ENCODING.match(data[:400])
    encoding = declared[1].decode("ascii").lower() if declared else "utf-8"
    if not encoding.startswith("utf"):
        try:
            return Decoded(data.decode(encoding), encoding)
        except (LookupError, UnicodeError):
            pass  # a wrong declaration is common where a file was converted, and harms nobody
    return decode(data)


def _reject(index: int, reason: Reason, detail: str, text: str) -> Reject:
    return Reject(index=index, format=FORMAT, reason=reason, detail=detail, excerpt=excerpt(text))


def _record(source: str, *, index: int, is_complete: bool) -> Record | Reject:
    if len(source) > MAX_RECORD_BYTES:
        return _reject(index, Reason.TOO_LARGE, f"The study has {len(source):,} characters.", source)
    try:
        root = etree.fromstring(source.encode("utf-8", "surrogatepass"), _PARSER)
    except etree.XMLSyntaxError as error:
        reason = Reason.INVALID_XML if is_complete else Reason.TRUNCATED
        return _reject(index, reason, str(error.msg), source)
    if len(root) == 0:
        return _reject(index, Reason.EMPTY_RECORD, "The clinical_study element is empty.", source)
    study = study_of(root)
    protocol = study.protocol_section
    if protocol == ProtocolSection():
        return _reject(index, Reason.NOT_A_TRIAL, "The clinical_study element has no member of a study.", source)
    return Record(
        language="en",
        index=index,
        format=FORMAT,
        content_sha256=content_sha256(root),
        n_chars=len(source),
        study=study,
        title=protocol.identification_module.brief_title,
        version_date=version_date(root),
        download_date=study.derived_section.misc_info_module.version_holder,
        repairs=sorted(needed_repairs(study)),
    )


def content_sha256(root: Element) -> str:
    """Hash of the canonical XML without what differs between two downloads of one version. Changes `root`."""
    root.attrib.pop("rank", "")  # the place in the search result that the file was downloaded with
    for download in root.findall("required_header"):
        root.remove(download)
    return sha256(etree.tostring(root, method="c14n"))


def version_date(root: Element) -> str | None:
    """ISO date of the record's last update; files produced before 2017 state only when it was last changed."""
    return iso_day(root.findtext("last_update_posted")) or iso_day(root.findtext("lastchanged_date"))


def iso_day(text: str | None) -> str | None:
    """ISO date of a day such as "October 31, 2018", also at the end of "… processed this data on February 03, 2023".

    None where no whole day is stated.
    """
    date = parse_date(text.rpartition(" on ")[2]) if text else None
    return date.date.isoformat() if date and date.precision == "day" else None


class Places:
    """Collects where the prose of a study stood; becomes `Study.origins` and `Study.source_texts`.

    `root` is what the paths of all fields begin with.
    """

    def __init__(self, root: str = "") -> None:
        self.root = root
        self.origins: dict[str, Origin] = {}
        self.texts: dict[str, str] = {}

    def note(self, text: str | None, path: str, field: str) -> str | None:
        """Note that `text`, at `path` in the `Study`, is the whole of the source's `field`; gives the text back."""
        if text:
            field = self.root + field
            self.origins[path] = Origin(field)
            self.texts[field] = text
        return text


def study_of(root: Element) -> Study:
    """Map a `<clinical_study>` element to a `Study`; what is missing stays missing, the unknown is passed over."""
    fields = _members(root)
    places = Places("clinical_study.")
    results = fields.get("clinical_results")
    header = _first(fields, "required_header")
    return Study(
        protocol_section=ProtocolSection(
            identification_module=_identification(fields, places),
            status_module=_status(fields, places),
            sponsor_collaborators_module=_sponsors(fields),
            description_module=DescriptionModule(
                brief_summary=_textblock(fields, "brief_summary", "descriptionModule.briefSummary", places),
                detailed_description=_textblock(fields, "detailed_description", "descriptionModule.detailedDescription", places),
            ),
            conditions_module=ConditionsModule(
                conditions=_prose_list(fields.get("condition", ()), "conditionsModule.conditions", "condition", places),
                keywords=_prose_list(fields.get("keyword", ()), "conditionsModule.keywords", "keyword", places),
            ),
            design_module=_design(fields),
            arms_interventions_module=_arms_and_interventions(fields, places),
            outcomes_module=OutcomesModule(
                primary_outcomes=_outcomes(fields, "primary", places),
                secondary_outcomes=_outcomes(fields, "secondary", places),
                other_outcomes=_outcomes(fields, "other", places),
            ),
            eligibility_module=_eligibility(fields, places),
            contacts_locations_module=ContactsLocationsModule(locations=[_location(e) for e in fields.get("location", ())]),
        ),
        results_section=_results(results[0], places) if results else None,
        derived_section=DerivedSection(
            misc_info_module=MiscInfoModule(version_holder=iso_day(_leaves(header).get("download_date"))),
            condition_browse_module=_browse(fields, "condition_browse"),
            intervention_browse_module=_browse(fields, "intervention_browse"),
        ),
        has_results=bool(results),
        origins=places.origins or None,
        source_texts=places.texts or None,
    )


# Access to elements


def _members(element: Element | None) -> dict[str, list[Element]]:
    """Children of an element by name, each in document order; an empty element is left out."""
    members: dict[str, list[Element]] = {}
    for child in element if element is not None else ():
        if len(child) == 0 and not child.attrib and not child.text:
            continue
        members.setdefault(child.tag, []).append(child)
    return members


def _leaves(element: Element | None) -> dict[str, str]:
    """Texts of an element's children by name, for elements whose children are not repeated."""
    if element is None:
        return {}
    return {child.tag: text for child in element if (text := _text(child))}


def _items(fields: dict[str, list[Element]], tag: str) -> list[Element]:
    """Children of the list element of that name, such as all `group` of `group_list`."""
    return list(fields[tag][0]) if tag in fields else []


def _first(fields: dict[str, list[Element]], tag: str) -> Element | None:
    return fields[tag][0] if tag in fields else None


def _raw_text(element: Element) -> str | None:
    """All text of an element as it stands, None where there is none but white space."""
    text = "".join(element.itertext()) if len(element) else element.text  # type: ignore[arg-type]
    return text if text and text.strip(_XML_SPACE) else None


def _text(element: Element | None) -> str | None:
    """Text of an element without the white space around it, None where nothing is left."""
    text = _raw_text(element) if element is not None else None
    return text.strip(_XML_SPACE) if text else None


def _word(fields: dict[str, list[Element]], tag: str) -> str | None:
    """Text of the first child of that name."""
    return _text(fields[tag][0]) if tag in fields else None


def _wrapped(fields: dict[str, list[Element]], tag: str) -> str | None:
    """Text of the first child of that name; where it has several lines, with its indentation, which tells that they are wrapped."""
    text = _word(fields, tag)
    return _raw_text(fields[tag][0]) if text and "\n" in text else text


def _texts(elements: Iterable[Element]) -> list[str]:
    return [text for element in elements if (text := _text(element))]


def _prose_list(elements: Iterable[Element], path: str, field: str, places: Places) -> list[str]:
    """Texts of repeated elements, each noted as `path[i]` from `field[i]`; both count only elements that hold text."""
    texts = _texts(elements)
    for i, text in enumerate(texts):
        places.note(text, f"{path}[{i}]", f"{field}[{i}]")
    return texts


def _textblock(fields: dict[str, list[Element]], tag: str, path: str, places: Places) -> str | None:
    """Text of `<tag><textblock>`, with its indentation and line breaks as they stand."""
    block = fields[tag][0].find("textblock") if tag in fields else None
    return places.note(_raw_text(block), path, f"{tag}.textblock") if block is not None else None


# The protocol section


def _identification(fields: dict[str, list[Element]], places: Places) -> IdentificationModule:
    ids = _members(_first(fields, "id_info"))
    org_study_id = _word(ids, "org_study_id")
    source = _word(fields, "source")
    return IdentificationModule(
        nct_id=_word(ids, "nct_id"),
        nct_id_aliases=_texts(ids.get("nct_alias", ())),
        org_study_id_info=IdInfo(id=org_study_id) if org_study_id else None,
        secondary_id_infos=[IdInfo(id=text) for text in _texts(ids.get("secondary_id", ()))],
        brief_title=places.note(_word(fields, "brief_title"), "identificationModule.briefTitle", "brief_title"),
        official_title=places.note(_word(fields, "official_title"), "identificationModule.officialTitle", "official_title"),
        acronym=places.note(_word(fields, "acronym"), "identificationModule.acronym", "acronym"),
        organization=Organization(full_name=source) if source else None,
    )


def _date(fields: dict[str, list[Element]], tag: str) -> DateStruct | None:
    element = _first(fields, tag)
    text = _text(element)
    return DateStruct(date=text, type=element.get("type")) if element is not None and text else None


def _status(fields: dict[str, list[Element]], places: Places) -> StatusModule:
    return StatusModule(
        overall_status=_word(fields, "overall_status"),
        last_known_status=_word(fields, "last_known_status"),
        why_stopped=places.note(_wrapped(fields, "why_stopped"), "statusModule.whyStopped", "why_stopped"),
        start_date_struct=_date(fields, "start_date"),
        primary_completion_date_struct=_date(fields, "primary_completion_date"),
        completion_date_struct=_date(fields, "completion_date"),
        study_first_post_date_struct=_date(fields, "study_first_posted"),
        results_first_post_date_struct=_date(fields, "results_first_posted"),
        last_update_post_date_struct=_date(fields, "last_update_posted"),
        # The registry's own note in the files of 2017/18: "lastchanged_date becomes last_update_submitted". Likewise
        # the old firstreceived_date and firstreceived_results_date are days of submission, which no member above is.
        last_update_submit_date=_word(fields, "last_update_submitted") or _word(fields, "lastchanged_date"),
    )


def _sponsor(element: Element) -> Sponsor:
    leaves = _leaves(element)
    return Sponsor(name=leaves.get("agency"), class_=leaves.get("agency_class"))


def _sponsors(fields: dict[str, list[Element]]) -> SponsorCollaboratorsModule:
    sponsors = _members(_first(fields, "sponsors"))
    lead = _first(sponsors, "lead_sponsor")
    return SponsorCollaboratorsModule(
        lead_sponsor=_sponsor(lead) if lead is not None else None,
        collaborators=[s for s in map(_sponsor, sponsors.get("collaborator", ())) if s.name],
    )


def _design(fields: dict[str, list[Element]]) -> DesignModule:
    enrollment = _first(fields, "enrollment")
    count = _text(enrollment)
    phase = _word(fields, "phase")
    return DesignModule(
        study_type=_word(fields, "study_type"),
        phases=[] if phase is None else [phase] if phase == "N/A" else phase.split("/"),
        design_info=_design_info(fields),
        enrollment_info=EnrollmentInfo(count=count, type=enrollment.get("type")) if enrollment is not None and count else None,
        number_of_arms=_word(fields, "number_of_arms") or _word(fields, "number_of_groups"),
    )


def _design_info(fields: dict[str, list[Element]]) -> DesignInfo | None:
    words = _leaves(_first(fields, "study_design_info")) or _design_words(_word(fields, "study_design") or "")
    masking = words.get("masking")
    info = DesignInfo(
        allocation=words.get("allocation"),
        intervention_model=words.get("intervention_model"),
        intervention_model_description=words.get("intervention_model_description"),
        observational_model=words.get("observational_model"),
        time_perspective=words.get("time_perspective"),
        primary_purpose=words.get("primary_purpose"),
        masking_info=_masking_info(masking) if masking else None,
    )
    return info if info != DesignInfo() else None


def _design_words(study_design: str) -> dict[str, str]:
    """Members of the older one-string design, under the names that `study_design_info` has for them."""
    pieces = _DESIGN_LABEL.split(study_design)
    return {_DESIGN_LABELS[label]: words.strip() for label, words in zip(pieces[1::2], pieces[2::2], strict=True)}


def _masking_info(masking: str) -> MaskingInfo:
    """Masking and who is masked, out of "Double (Participant, Investigator)" or "Open Label", or of roles alone."""
    with_roles = _MASKING.fullmatch(masking)
    label, listed = (with_roles[1], with_roles[2]) if with_roles else ("", masking)
    roles = listed.split(", ")
    if _MASKED_ROLES.issuperset(roles):
        return MaskingInfo(masking=label or None, who_masked=roles)
    return MaskingInfo(masking=masking)


def _arms_and_interventions(fields: dict[str, list[Element]], places: Places) -> ArmsInterventionsModule:
    interventions = [_intervention(e, i, places) for i, e in enumerate(fields.get("intervention", ()))]
    names_by_arm: dict[str, list[str]] = {}
    for intervention in interventions:
        for label in intervention.arm_group_labels:
            names_by_arm.setdefault(label, []).append(f"{intervention.type}: {intervention.name}")
    arms: list[ArmGroup] = []
    for i, element in enumerate(fields.get("arm_group", ())):
        leaves = _leaves(element)
        path, field = f"armsInterventionsModule.armGroups[{i}]", f"arm_group[{i}]"
        label = places.note(leaves.get("arm_group_label"), f"{path}.label", f"{field}.arm_group_label")
        arms.append(
            ArmGroup(
                label=label,
                type=leaves.get("arm_group_type"),
                description=places.note(leaves.get("description"), f"{path}.description", f"{field}.description"),
                intervention_names=names_by_arm.get(label, []) if label else [],
            )
        )
    return ArmsInterventionsModule(arm_groups=arms, interventions=interventions)


def _intervention(element: Element, i: int, places: Places) -> Intervention:
    members = _members(element)
    path, field = f"armsInterventionsModule.interventions[{i}]", f"intervention[{i}]"
    return Intervention(
        type=_word(members, "intervention_type"),
        name=places.note(_word(members, "intervention_name"), f"{path}.name", f"{field}.intervention_name"),
        description=places.note(_word(members, "description"), f"{path}.description", f"{field}.description"),
        arm_group_labels=_texts(members.get("arm_group_label", ())),
        other_names=_prose_list(members.get("other_name", ()), f"{path}.otherNames", f"{field}.other_name", places),
    )


def _outcomes(fields: dict[str, list[Element]], role: str, places: Places) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for i, element in enumerate(fields.get(f"{role}_outcome", ())):
        path, field = f"outcomesModule.{role}Outcomes[{i}]", f"{role}_outcome[{i}]"
        leaves = _leaves(element)
        outcomes.append(
            Outcome(
                measure=places.note(leaves.get("measure"), f"{path}.measure", f"{field}.measure"),
                description=places.note(leaves.get("description"), f"{path}.description", f"{field}.description"),
                time_frame=places.note(leaves.get("time_frame"), f"{path}.timeFrame", f"{field}.time_frame"),
            )
        )
    return outcomes


def _eligibility(fields: dict[str, list[Element]], places: Places) -> EligibilityModule:
    members = _members(_first(fields, "eligibility"))
    criteria = _first(members, "criteria")
    block = criteria.find("textblock") if criteria is not None else None
    return EligibilityModule(
        eligibility_criteria=places.note(
            _raw_text(block) if block is not None else None,
            "eligibilityModule.eligibilityCriteria",
            "eligibility.criteria.textblock",
        ),
        healthy_volunteers=_word(members, "healthy_volunteers"),
        sex=_word(members, "gender"),
        minimum_age=_age(members, "minimum_age"),
        maximum_age=_age(members, "maximum_age"),
    )


def _age(members: dict[str, list[Element]], tag: str) -> str | None:
    """Age limit; "N/A" says that there is none, which API v2 says by leaving it out."""
    age = _word(members, tag)
    return None if age == "N/A" else age


def _location(element: Element) -> Location:
    facility = _members(_first(_members(element), "facility"))
    address = _leaves(_first(facility, "address"))
    return Location(facility=_word(facility, "name"), city=address.get("city"), country=address.get("country"))


def _browse(fields: dict[str, list[Element]], tag: str) -> BrowseModule:
    terms = _members(_first(fields, tag)).get("mesh_term", [])
    return BrowseModule(meshes=[MeshTerm(term=text) for text in _texts(terms)])


# The results section


def _results(element: Element, places: Places) -> ResultsSection:
    members = _members(element)
    return ResultsSection(
        participant_flow_module=_participant_flow(_members(_first(members, "participant_flow"))),
        outcome_measures_module=OutcomeMeasuresModule(
            outcome_measures=[_outcome_measure(e, i, places) for i, e in enumerate(_items(members, "outcome_list"))]
        ),
        adverse_events_module=_adverse_events(_members(_first(members, "reported_events"))),
    )


def _groups(members: dict[str, list[Element]]) -> list[ResultGroup]:
    return [
        ResultGroup(id=group.get("group_id"), title=leaves.get("title"), description=leaves.get("description"))
        for group in _items(members, "group_list")
        for leaves in [_leaves(group)]
    ]


def _participant_flow(members: dict[str, list[Element]]) -> ParticipantFlowModule:
    periods: list[Period] = []
    for element in _items(members, "period_list"):
        period = _members(element)
        milestones: list[Milestone] = []
        for milestone in map(_members, _items(period, "milestone_list")):
            counts = _items(milestone, "participants_list")
            achievements = [Achievement(group_id=c.get("group_id"), num_subjects=c.get("count")) for c in counts]
            milestones.append(Milestone(type=_word(milestone, "title"), achievements=achievements))
        periods.append(Period(title=_word(period, "title"), milestones=milestones))
    return ParticipantFlowModule(groups=_groups(members), periods=periods)


def _outcome_measure(element: Element, i: int, places: Places) -> OutcomeMeasure:
    members = _members(element)
    path, field = f"outcomeMeasuresModule.outcomeMeasures[{i}]", f"clinical_results.outcome_list.outcome[{i}]"
    measures = members.get("measure") or _items(members, "measure_list")
    # Files before 2017 have two measures: the first, "Number of Participants", has the denominators of the second.
    counted = [m for m in measures if m.findtext("title") == _NUMBER_OF_PARTICIPANTS] if len(measures) > 1 else []
    posted = next((m for m in measures if m not in counted), None)
    measure = _members(posted)
    denoms = _denoms(measure)
    for denominator in counted:
        counts = denominator.iter("measurement")
        denoms.append(
            Denom(
                units="Participants",
                counts=[DenomCount(group_id=c.get("group_id"), value=c.get("value")) for c in counts],
            )
        )
    return OutcomeMeasure(
        type=_word(members, "type"),
        title=places.note(_word(members, "title"), f"{path}.title", f"{field}.title"),
        description=places.note(_word(members, "description"), f"{path}.description", f"{field}.description"),
        population_description=_word(members, "population") or _word(measure, "population"),
        reporting_status="Not Posted" if posted is None else "Posted",
        param_type=_word(measure, "param"),
        dispersion_type=_word(measure, "dispersion"),
        unit_of_measure=_word(measure, "units"),
        time_frame=_word(members, "time_frame"),
        denom_units_selected=_word(measure, "units_analyzed"),
        groups=_groups(members),
        denoms=denoms,
        classes=_classes(measure),
        analyses=[_analysis(e) for e in _items(members, "analysis_list")],
    )


def _denoms(members: dict[str, list[Element]]) -> list[Denom]:
    denoms: list[Denom] = []
    for analyzed in map(_members, _items(members, "analyzed_list")):
        counts = _items(analyzed, "count_list")
        denoms.append(
            Denom(
                units=_word(analyzed, "units"),
                counts=[DenomCount(group_id=c.get("group_id"), value=c.get("value")) for c in counts],
            )
        )
    return denoms


def _classes(measure: dict[str, list[Element]]) -> list[MeasureClass]:
    if "class_list" in measure:
        return [
            MeasureClass(
                title=_word(members, "title"),
                denoms=_denoms(members),
                categories=[_category(c) for c in _items(members, "category_list")],
            )
            for members in map(_members, _items(measure, "class_list"))
        ]
    # Files before 2017 have categories without classes. The registry turned each into a class of one category: "Gender"
    # of NCT01499303 has the classes Female and Male in a file of 2018.
    classes: list[MeasureClass] = []
    for element in _items(measure, "category_list"):
        category = _category(element)
        classes.append(MeasureClass(title=category.title, categories=[Category(measurements=category.measurements)]))
    return classes


def _category(element: Element) -> Category:
    members = _members(element)
    return Category(
        title=_word(members, "title") or _word(members, "sub_title"),
        measurements=[
            Measurement(
                group_id=m.get("group_id"),
                value=m.get("value"),
                spread=m.get("spread"),
                lower_limit=m.get("lower_limit"),
                upper_limit=m.get("upper_limit"),
                comment=_text(m),
            )
            for m in _items(members, "measurement_list")
        ],
    )


def _analysis(element: Element) -> Analysis:
    leaves = _leaves(element)
    return Analysis(
        group_ids=_texts(element.iterfind("group_id_list/group_id")),
        group_description=leaves.get("groups_desc"),
        param_type=leaves.get("param_type"),
        param_value=leaves.get("param_value"),
        p_value=leaves.get("p_value"),
        p_value_comment=leaves.get("p_value_desc"),
        ci_pct_value=leaves.get("ci_percent"),
        ci_num_sides=leaves.get("ci_n_sides"),
        ci_lower_limit=leaves.get("ci_lower_limit"),
        ci_upper_limit=leaves.get("ci_upper_limit"),
        dispersion_type=leaves.get("dispersion_type"),
        dispersion_value=leaves.get("dispersion_value"),
        statistical_method=leaves.get("method"),
        estimate_comment=leaves.get("estimate_desc"),
    )


def _adverse_events(members: dict[str, list[Element]]) -> AdverseEventsModule:
    groups = [EventGroup(id=g.id, title=g.title, description=g.description) for g in _groups(members)]
    by_id = {group.id: group for group in groups}
    other = _members(_first(members, "other_events"))
    return AdverseEventsModule(
        frequency_threshold=_word(other, "frequency_threshold"),
        time_frame=_word(members, "time_frame"),
        description=_word(members, "desc"),
        event_groups=groups,
        serious_events=_events(_members(_first(members, "serious_events")), by_id),
        other_events=_events(other, by_id),
    )


def _events(members: dict[str, list[Element]], groups: dict[str | None, EventGroup]) -> list[AdverseEvent]:
    """Events of one kind. The category "Total" holds sums, not events: they go to `groups`, as in API v2."""
    events: list[AdverseEvent] = []
    vocabulary, assessment = _word(members, "default_vocab"), _word(members, "default_assessment")
    for category in map(_members, _items(members, "category_list")):
        system = _word(category, "title")
        for event in map(_members, _items(category, "event_list")):
            name = _first(event, "sub_title")
            term = _text(name)
            if term in _TOTALS and system == "Total":
                _add_totals(event.get("counts", []), _TOTALS[term], groups)
                continue
            events.append(
                AdverseEvent(
                    term=term,
                    organ_system=system,
                    source_vocabulary=(name.get("vocab") if name is not None else None) or vocabulary,
                    assessment_type=_word(event, "assessment") or assessment,
                    notes=_word(event, "description"),
                    stats=[
                        EventStats(
                            group_id=c.get("group_id"),
                            num_events=c.get("events"),
                            num_affected=c.get("subjects_affected"),
                            num_at_risk=c.get("subjects_at_risk"),
                        )
                        for c in event.get("counts", ())
                    ],
                )
            )
    return events


def _add_totals(counts: list[Element], members: tuple[str, str], groups: dict[str | None, EventGroup]) -> None:
    for count in counts:
        group = groups.get(count.get("group_id"))
        if group is not None:
            setattr(group, members[0], count.get("subjects_affected"))
            setattr(group, members[1], count.get("subjects_at_risk"))
