"""Records of the Chinese Clinical Trial Registry (ChiCTR): the XML that it gives, and the page of a project as HTML.

Belongs here: where the members stand. The XML has the WHO's fields, so that `ictrp` maps them; the page has more of them and has most of
them twice, in Chinese and in English, of which the English is taken, and the Chinese where there is no other.

Not here: what single words mean (`register_words`).
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

import lxml.html
from lxml.etree import ParserError
from lxml.etree import _Element as Element  # pyright: ignore[reportPrivateUsage] - the name that lxml gives the type

from pipelines.shapes import (
    ArmGroup,
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
    Sponsor,
    SponsorCollaboratorsModule,
    StatusModule,
    Study,
)
from pipelines.sources import ictrp, register_words, xml_records
from pipelines.sources.places import Places, Span, criteria, span_of
from pipelines.sources.records import Reason, Record, Reject, Slice, excerpt
from pipelines.sources.register_words import date_struct, stated, telling
from pipelines.sources.study_record import study_record
from pipelines.text.encoding import decode
from pipelines.text.language import detect_language
from pipelines.text.registry_ids import FoundId

FORMAT = "chictr"

_ELEMENTS = ("Triall", "trial")
"""The register writes `Triall`; others that give the same XML write it with one l less."""

_XML_FIELDS = {
    "main/trial_id": "id",
    "main/date_registration": "registered",
    "main/primary_sponsor": "sponsor",
    "main/public_title": "public_title",
    "main/acronym": "acronym",
    "main/scientific_title": "scientific_title",
    "main/date_enrolment": "started",
    "main/type_enrolment": "started_type",
    "main/target_size": "size",
    "main/recruitment_status": "status",
    "main/study_type": "study_type",
    "main/study_design": "design",
    "main/phase": "phase",
    "main/hc_freetext": "conditions",
    "main/i_freetext": "interventions",
    "main/results_actual_enrolment": "actual_size",
    "main/results_date_completed": "completed",
    "countries/country2": "countries",
    "criteria/inclusion_criteria": "inclusion",
    "criteria/exclusion_criteria": "exclusion",
    "criteria/agemin": "minimum_age",
    "criteria/agemax": "maximum_age",
    "criteria/gender": "sex",
    "primary_outcome/prim_outcome": "primary",
    "secondary_outcome/sec_outcome": "secondary",
    "secondary_sponsor/sponsor_name": "collaborators",
    "secondary_ids/secondary_id/sec_id": "other_ids",
}

PAGE_CARRIED: list[str] = sorted(
    (
        *("arms", "conditions", "endpoints", "regimens"),
        *("trials.nct_id", "trials.registry", "trials.other_ids", "trials.acronym", "trials.brief_title", "trials.official_title"),
        *("trials.detailed_description", "trials.study_type", "trials.phase", "trials.overall_status", "trials.allocation"),
        *("trials.intervention_model", "trials.masking", "trials.is_randomized", "trials.is_open_label", "trials.n_arms"),
        *("trials.is_single_arm", "trials.enrollment", "trials.enrollment_type", "trials.countries", "trials.n_sites"),
        *("trials.is_multicenter", "trials.sex", "trials.minimum_age_years", "trials.maximum_age_years", "trials.lead_sponsor"),
        *("trials.eligibility_criteria", "trials.start_date", "trials.start_date_precision", "trials.completion_date"),
        *("trials.completion_date_precision", "trials.first_posted_date", "trials.last_update_date", "trials.is_oncology"),
    )
)

_PAGE_MARKS = tuple(words.encode() for words in ("注册号", "Registration number"))


def sniff(head: bytes) -> bool:
    """Does a file that begins with these bytes hold such records? XML with `<trial_id>` in `<main>`, or a project page."""
    root = xml_records.root_name(head)
    if root is None or root.lower() == "html":
        return b"<html" in head[:2000].lower() and all(mark in head for mark in _PAGE_MARKS)
    return (
        re.search(rb"<Triall?[\s>].{0,400}?<main[\s>].{0,2000}?<trial_id[\s/>]", head.replace(b"\x00", b""), re.DOTALL | re.IGNORECASE)
        is not None
    )


def slices(data: bytes, *, target_bytes: int) -> list[Slice] | None:
    """Runs of whole records of a large XML file."""
    head = bytes(data[:65_536])
    name = next((one for one in _ELEMENTS if f"<{one}>".encode() in head), None)
    return xml_records.slices(data, name, target_bytes=target_bytes) if name else None


def read(data: bytes, *, first_index: int = 0, header: bytes = b"") -> Iterator[Record | Reject]:
    """All records of the file; one without an id of a register becomes a `Reject`."""
    data = header + data
    root = xml_records.root_name(data[:65_536])
    if root is None or root.lower() == "html":
        yield _read_page(data, index=first_index)
        return
    name = next((one for one in _ELEMENTS if f"<{one}>".encode() in data.replace(b"\x00", b"")), _ELEMENTS[0])
    decoded, found = xml_records.elements(data, name, format=FORMAT, first_index=first_index)
    for one in found:
        if isinstance(one, Reject):
            yield one
            continue
        fields = _xml_fields(one.element)
        trial = register_words.own_id(fields.get("id", ("", ""))[1])
        if trial is None:
            yield _no_trial(one.number, fields.get("id", ("", ""))[1], " ".join(text for _, text in fields.values()))
            continue
        yield study_record(
            ictrp.study_of(trial, fields, carries=_XML_FIELDS.values()),
            format=FORMAT,
            index=one.number,
            n_chars=one.n_chars,
            encoding=decoded.encoding,
            language=detect_language(fields["public_title"][1]) if "public_title" in fields else None,
            repairs=decoded.repairs,
        )


def _no_trial(index: int, words: str, about: str) -> Reject:
    detail = f"{words.strip()!r} is no id of a known register"
    return Reject(index=index, format=FORMAT, reason=Reason.NOT_A_TRIAL, detail=detail, excerpt=excerpt(about))


def _xml_fields(element: Element) -> dict[str, tuple[str, str]]:
    """The WHO's fields. Where one has several elements, their texts are joined by `;`, as the WHO's export does."""
    found: dict[str, tuple[str, str]] = {}
    for path, name in _XML_FIELDS.items():
        texts = [xml_records.text_of(one) for one in element.findall(path)]
        texts = [text for text in texts if text.strip(" ;\r\n\t")]
        if texts:
            found[name] = (path.replace("/", "."), ";".join(texts))
    return found


# ---- the page of a project ------------------------------------------------------------------------------------------


class Cell(NamedTuple):
    """A value of the page with its label, in English where the page has it in English."""

    label: str
    text: str


_ENGLISH = re.compile(r"[A-Za-z][A-Za-z ,.'()“”\"/:-]*")
_BLANKS = re.compile(r"[ \t\r\f\v\u00a0]+")
_LINES = re.compile(r" ?\n[ \n]*")
_BLOCKS = frozenset({"p", "div", "br", "li"})


def _read_page(data: bytes, *, index: int) -> Record | Reject:
    decoded = decode(data)
    try:
        page = lxml.html.fromstring(decoded.text.encode("utf-8", "surrogatepass"), parser=lxml.html.HTMLParser(encoding="utf-8"))
    except (ParserError, ValueError) as error:
        return Reject(index=index, format=FORMAT, reason=Reason.NOT_A_TRIAL, detail=str(error), excerpt=excerpt(decoded.text))
    rows = list(_rows(page))
    values: dict[str, str] = {}
    for row in rows:
        for cell in row:
            if cell.text:
                values.setdefault(cell.label, cell.text)
    number = values.get("registration number", "")
    trial = register_words.own_id(number)
    if trial is None:
        return _no_trial(index, number, " ".join(values.values()))
    study = _page_study(trial, rows, values)
    return study_record(
        study,
        format=FORMAT,
        index=index,
        n_chars=sum(len(cell.text) for row in rows for cell in row),
        encoding=decoded.encoding,
        language=detect_language(study.protocol_section.identification_module.official_title or ""),
        repairs=decoded.repairs,
    )


def _rows(page: Element) -> Iterator[list[Cell]]:
    """The rows of all tables: label, value, label, value …; a value that is a table has rows of its own."""
    for row in page.iter("tr"):
        cells = [cell for cell in row if cell.tag in ("td", "th")]
        texts = ["" if cell.find(".//table") is not None else _text(cell) for cell in cells]
        yield [Cell(_label(texts[n]), texts[n + 1] if n + 1 < len(texts) else "") for n in range(0, len(texts), 2)]


def _text(element: Element) -> str:
    """Text with a line break where a block ends, blanks as a browser shows them."""
    parts: list[str] = []
    for node in element.iter():
        if not isinstance(node.tag, str):  # pyright: ignore[reportUnnecessaryIsInstance] - the tag of a comment is a function
            continue
        if node.tag in _BLOCKS:
            parts.append("\n")
        parts.append(node.text or "")
        if node is not element:
            if node.tag in _BLOCKS and node.tag != "br":
                parts.append("\n")
            parts.append(node.tail or "")
    return _LINES.sub("\n", _BLANKS.sub(" ", "".join(parts))).strip()


def _label(words: str) -> str:
    english = " ".join(_ENGLISH.findall(words)).strip(" :") if _ENGLISH.search(words) else ""
    return (english or words.strip(" ：:\n")).casefold()


def _page_study(trial: FoundId, rows: list[list[Cell]], values: dict[str, str]) -> Study:
    places = Places()

    def said(*labels: str) -> Span | None:
        """The first of these that says something: the English one, then the Chinese one."""
        return next((one for label in labels if (one := telling(span_of(label, values.get(label))))), None)

    def words(*labels: str) -> str | None:
        found = said(*labels)
        return found.text if found is not None else None

    groups = list(_groups(rows))
    arms, interventions = _arms(groups, places)
    sizes = [register_words.target_size(group.get("样本量")) for group in groups]
    execution, recruiting = _period(words("study execute time")), _period(words("recruiting time"))
    sponsor = words("primary sponsor", "研究实施负责（组长）单位")
    primary, secondary, other = _outcomes(rows, places)
    study = Study(
        registry=trial.registry.value,
        carried=PAGE_CARRIED,
        protocol_section=ProtocolSection(
            identification_module=IdentificationModule(
                nct_id=trial.id,
                secondary_id_infos=register_words.secondary_ids(
                    words("the registration number of the partner registry or other register"), words("study subject id"), own=trial.id
                ),
                brief_title=places.note(said("public title", "注册题目"), "identificationModule.briefTitle"),
                official_title=places.note(said("scientific title", "研究课题的正式科学名称"), "identificationModule.officialTitle"),
                acronym=places.note(_short(said("english acronym", "注册题目简写")), "identificationModule.acronym"),
            ),
            status_module=StatusModule(
                overall_status=_status(words("recruiting status")),
                start_date_struct=date_struct(recruiting[0]),
                completion_date_struct=date_struct(execution[1]),
                study_first_post_date_struct=date_struct(words("date of registration")),
                last_update_post_date_struct=date_struct(words("date of last refreshed on")),
            ),
            sponsor_collaborators_module=SponsorCollaboratorsModule(lead_sponsor=Sponsor(name=sponsor) if sponsor else None),
            description_module=DescriptionModule(
                detailed_description=places.note(said("objectives of study", "研究目的"), "descriptionModule.detailedDescription")
            ),
            conditions_module=ConditionsModule(
                conditions=places.note_all(
                    [one for one in (said("target disease", "研究疾病"),) if one is not None], "conditionsModule.conditions"
                )
            ),
            design_module=DesignModule(
                study_type=words("study type", "研究类型"),
                phases=register_words.phases(words("study phase", "研究所处阶段")),
                design_info=_design(words("study design"), words("研究设计"), words("blinding", "盲法")),
                enrollment_info=register_words.enrollment(sum(n for n in sizes if n) if sizes and all(sizes) else None),
            ),
            arms_interventions_module=ArmsInterventionsModule(arm_groups=arms, interventions=interventions),
            outcomes_module=OutcomesModule(primary_outcomes=primary, secondary_outcomes=secondary, other_outcomes=other),
            eligibility_module=EligibilityModule(
                eligibility_criteria=places.note(
                    criteria(said("inclusion criteria", "纳入标准"), said("exclusion criteria", "排除标准")),
                    "eligibilityModule.eligibilityCriteria",
                ),
                sex=register_words.sex(words("gender", "性别")),
                minimum_age=_age(rows, "min age"),
                maximum_age=_age(rows, "max age"),
            ),
            contacts_locations_module=ContactsLocationsModule(locations=_locations(rows)),
        ),
    )
    study.origins = places.origins or None
    study.source_texts = places.texts or None
    return study


_LONGEST_ACRONYM_CHARS = 30
_DAY = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")


def _short(span: Span | None) -> Span | None:
    """The field for an acronym often holds a whole title."""
    return span if span is not None and len(span.text) <= _LONGEST_ACRONYM_CHARS else None


def _period(words: str | None) -> tuple[str | None, str | None]:
    """First and last day of "从 From 2024-06-01 00:00:00至 To 2029-10-01 00:00:00"."""
    dates = _DAY.findall(words or "")
    return (dates[0] if dates else None), (dates[1] if len(dates) == 2 else None)


def _status(words: str | None) -> str | None:
    """The English words of "尚未开始 Not yet recruiting"."""
    found = _ENGLISH.search(" ".join((words or "").split()))
    return found[0].strip() if found else words


def _design(english: str | None, chinese: str | None, blinding: str | None) -> DesignInfo | None:
    """The Chinese words say more: "随机平行对照" is "Parallel" in English."""
    info = register_words.design(english) or DesignInfo()
    more = register_words.design(chinese) or DesignInfo()
    info.allocation = info.allocation or more.allocation
    info.intervention_model = info.intervention_model or more.intervention_model
    info.masking_info = register_words.masking(blinding) or info.masking_info or more.masking_info
    return info if info != DesignInfo() else None


def _age(rows: list[list[Cell]], label: str) -> str | None:
    """An age stands between its label and its unit: "最小 Min age", "18", "岁 years"."""
    for row in rows:
        if row and row[0].label == label and stated(row[0].text):
            unit = next((cell.label for cell in row[1:]), "")
            return f"{row[0].text} {unit or 'years'}"
    return None


def _groups(rows: list[list[Cell]]) -> Iterator[dict[str, str]]:
    """The groups with their labels, sizes and interventions."""
    group: dict[str, str] | None = None
    for row in rows:
        if row and row[0].label == "组别":
            if group:
                yield group
            group = {}
        if group is not None and row and row[0].label in ("组别", "group", "干预措施", "intervention"):
            group |= {cell.label: cell.text for cell in row if cell.text and cell.label not in group}
        elif group is not None and row and row[0].label not in ("", "sample size"):
            yield group
            group = None
    if group:
        yield group


def _arms(groups: list[dict[str, str]], places: Places) -> tuple[list[ArmGroup], list[Intervention]]:
    arms: list[ArmGroup] = []
    interventions: list[Intervention] = []
    for n, group in enumerate(groups):
        label = _first(group, f"[{n}]", "group", "组别")
        name = places.note(label, f"armsInterventionsModule.armGroups[{n}].label")
        arms.append(ArmGroup(label=name))
        what = _first(group, f"[{n}]", "intervention", "干预措施")
        if what is not None:
            path = f"armsInterventionsModule.interventions[{len(interventions)}].name"
            interventions.append(Intervention(name=places.note(what, path), arm_group_labels=[name] if name else []))
    return arms, interventions


def _first(cells: dict[str, str], place: str, *labels: str) -> Span | None:
    found = (span_of(f"{label}{place}", cells.get(label)) for label in labels)
    return next((one for one in found if one is not None and stated(one.text)), None)


_ROLES = (("primary", ("primary", "主要")), ("secondary", ("secondary", "次要")), ("other", ("",)))


def _outcomes(rows: list[list[Cell]], places: Places) -> tuple[list[Outcome], list[Outcome], list[Outcome]]:
    """The outcomes by role; a side effect indicator has none of the roles and is an other one."""
    found: dict[str, list[Outcome]] = {"primary": [], "secondary": [], "other": []}
    cells: dict[str, str] = {}
    number = 0
    for row in [*rows, [Cell("指标中文名", "")]]:
        if not row:
            continue
        if row[0].label == "指标中文名":
            if cells:
                _add_outcome(cells, number, found, places)
                number += 1
            cells = {}
        if row[0].label in ("指标中文名", "outcome", "测量时间点", "measure time point of outcome"):
            cells |= {cell.label: cell.text for cell in row if cell.text}
    return found["primary"], found["secondary"], found["other"]


def _add_outcome(cells: dict[str, str], number: int, found: dict[str, list[Outcome]], places: Places) -> None:
    kind = f"{cells.get('type', '')} {cells.get('指标类型', '')}".casefold()
    role = next(role for role, marks in _ROLES if any(mark in kind for mark in marks))
    path = f"outcomesModule.{role}Outcomes[{len(found[role])}]"
    place = f"[{number}]"
    measure = _first(cells, place, "outcome", "指标中文名")
    if measure is None:
        return
    found[role].append(
        Outcome(
            measure=places.note(measure, f"{path}.measure"),
            time_frame=places.note(_first(cells, place, "measure time point of outcome", "测量时间点"), f"{path}.timeFrame"),
            description=places.note(_first(cells, place, "measure method", "测量方法"), f"{path}.description"),
        )
    )


def _locations(rows: list[list[Cell]]) -> list[Location]:
    """The sites, each once: those of the sponsor are listed alike, but without a level."""
    found: dict[tuple[str | None, str | None], Location] = {}
    place: dict[str, str] = {}
    for row in rows:
        labels = [cell.label for cell in row]
        values = {cell.label: cell.text for cell in row if cell.text}
        if labels[:1] == ["country"]:
            place = values
        elif labels[:1] == ["institution hospital"] and "level of the institution" in labels:
            city = stated(place.get("city")) or stated(place.get("province"))
            site = Location(facility=stated(values.get("institution hospital")), city=city, country=stated(place.get("country")))
            found.setdefault((site.facility, site.city), site)
    return list(found.values())
