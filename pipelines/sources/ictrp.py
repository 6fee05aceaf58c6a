"""Exports of the WHO's search portal (ICTRP), XML and CSV, which hold the records of some twenty registers in one table of 40 fields.

Belongs here: the fields of the export under their many names, and how each register packs several things into one of them. Not here: what
single words mean (`register_words`), and the registers' own formats.

The WHO joins the members of a list by `;` without escaping. Further, its fields are as the registers deliver them: an outcome of Iran's is
"X. Timepoint: … Method of measurement: …", one of Australia's "X[at 12 weeks]", one of India's "XTimepoint: …"; a condition of the EU's is
followed by its MedDRA classification; an intervention of China's is "group:what it gets;group:…", with the groups of the target size.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from pipelines.schema import vocabularies as v
from pipelines.shapes import (
    ArmGroup,
    ArmsInterventionsModule,
    ConditionsModule,
    ContactsLocationsModule,
    DateStruct,
    DerivedSection,
    DesignModule,
    EligibilityModule,
    IdentificationModule,
    Intervention,
    Location,
    MiscInfoModule,
    Outcome,
    OutcomesModule,
    ProtocolSection,
    Sponsor,
    SponsorCollaboratorsModule,
    StatusModule,
    Study,
)
from pipelines.sources import register_words, xml_records
from pipelines.sources.ctgov_cells import INTERVENTION
from pipelines.sources.delimited import BadRow, header_of, row_slices, rows
from pipelines.sources.outcome_lists import listed, time_in_words, times_of
from pipelines.sources.places import Places, Span, criteria, span_of, with_ends
from pipelines.sources.records import Reason, Record, Reject, Slice, excerpt
from pipelines.sources.register_words import date_struct, iso_date, stated
from pipelines.sources.study_record import study_record
from pipelines.text.encoding import decode
from pipelines.text.registry_ids import FoundId, Registry

FORMAT = "ictrp"

_FIELDS = {
    "trialid": "id",
    "lastrefreshedon": "refreshed",
    "exportdate": "exported",
    "publictitle": "public_title",
    "scientifictitle": "scientific_title",
    "acronym": "acronym",
    "primarysponsor": "sponsor",
    "secondarysponsor": "collaborators",
    "secondarysponsors": "collaborators",
    "dateregistration": "registered",
    "sourceregister": "register",
    "sourceregistry": "register",
    "recruitmentstatus": "status",
    "inclusionagemin": "minimum_age",
    "agemin": "minimum_age",
    "inclusionagemax": "maximum_age",
    "agemax": "maximum_age",
    "inclusiongender": "sex",
    "gender": "sex",
    "dateenrollement": "started",
    "dateenrollment": "started",
    "dateenrolment": "started",
    "typeenrolment": "started_type",
    "typeenrollment": "started_type",
    "targetsize": "size",
    "studytype": "study_type",
    "studydesign": "design",
    "phase": "phase",
    "countries": "countries",
    "inclusioncriteria": "inclusion",
    "exclusioncriteria": "exclusion",
    "condition": "conditions",
    "conditions": "conditions",
    "intervention": "interventions",
    "interventions": "interventions",
    "primaryoutcome": "primary",
    "primaryoutcomes": "primary",
    "secondaryoutcome": "secondary",
    "secondaryoutcomes": "secondary",
    "secondaryid": "other_ids",
    "secondaryids": "other_ids",
    "childs": "children",
    "bridgingflag": "bridge",
    "resultsactualenrollment": "actual_size",
    "resultsactualenrolment": "actual_size",
    "resultsdatecompleted": "completed",
    "resultsyesno": "has_results",
}
"""Fields by their names without case and signs: XML has `Primary_sponsor`, the CSV export "Primary sponsor", tables made in R either."""

CARRIED = {
    "other_ids": ("trials.other_ids",),
    "acronym": ("trials.acronym",),
    "public_title": ("trials.brief_title",),
    "scientific_title": ("trials.official_title",),
    "sponsor": ("trials.lead_sponsor",),
    "registered": ("trials.first_posted_date",),
    "status": ("trials.overall_status",),
    "minimum_age": ("trials.minimum_age_years",),
    "maximum_age": ("trials.maximum_age_years",),
    "sex": ("trials.sex",),
    "started": ("trials.start_date", "trials.start_date_precision"),
    "size": ("trials.enrollment", "trials.enrollment_type"),
    "study_type": ("trials.study_type",),
    "design": (
        "trials.allocation",
        "trials.intervention_model",
        "trials.masking",
        "trials.primary_purpose",
        "trials.is_randomized",
        "trials.is_open_label",
        "trials.is_single_arm",
    ),
    "phase": ("trials.phase",),
    "countries": ("trials.countries",),
    "inclusion": ("trials.eligibility_criteria",),
    "conditions": ("conditions", "trials.is_oncology"),
    "interventions": ("arms", "regimens", "trials.n_arms"),
    "primary": ("endpoints",),
    "completed": ("trials.completion_date", "trials.completion_date_precision"),
    "has_results": ("trials.has_results",),
}
"""What a field lets a record state."""

_ELEMENT = "Trial"
_ROW = re.compile(
    r'^"?(?:NCT0|EUCTR2|CTIS2|ISRCTN|ChiCTR|ITMCTR|ACTRN|DRKS0|JPRN-|CTRI/2|IRCT\d|KCT0|NTR\d|NL\d|PACTR|RBR-|RPCEC|PER-|SLCTR/|TCTR|LBCTR)'
    r'[^,\t;\n"]*"?[,\t;]',
    re.MULTILINE,
)
"""How a line looks that begins a row, where a stray quotation mark has swallowed others."""
_NEEDED = frozenset({"id", "register", "public_title"})

Fields = Mapping[str, tuple[str, str]]
"""Our name of a field → its name in the source, and its text."""


def sniff(head: bytes) -> bool:
    """Does a file that begins with these bytes hold an export? XML with `<TrialID>` in `<Trial>`, or a table with the fields' names."""
    if (root := xml_records.root_name(head)) is not None:
        start = re.search(rb"<Trial[\s>].{0,4000}?<TrialID[\s/>]", head.replace(b"\x00", b""), re.DOTALL)
        return root in ("Trials_downloaded_from_ICTRP", _ELEMENT) or (start is not None and root.lower() != "html")
    return _layout(decode(head).text) is not None


def slices(data: bytes, *, target_bytes: int) -> list[Slice] | None:
    """Runs of whole records of a large export."""
    head = bytes(data[:65_536])
    if xml_records.root_name(head) is not None:
        return xml_records.slices(data, _ELEMENT, target_bytes=target_bytes)
    layout = None if b"\0" in head[:1000] else _layout(head.decode("latin-1").removeprefix("ï»¿"))
    if layout is None:
        return None
    bom = 3 if head.startswith(b"\xef\xbb\xbf") else 0
    return row_slices(
        data,
        start=layout.end + bom,
        header=layout.names,
        delimiter=layout.delimiter,
        record_start=_ROW,
        target_bytes=target_bytes,
    )


def read(data: bytes, *, first_index: int = 0, header: bytes = b"") -> Iterator[Record | Reject]:
    """All records of the export; one without an id of a register becomes a `Reject`."""
    data = header + data
    if xml_records.root_name(data[:65_536]) is not None:
        yield from _read_xml(data, first_index=first_index)
    else:
        yield from _read_table(data, first_index=first_index)


def _read_xml(data: bytes, *, first_index: int) -> Iterator[Record | Reject]:
    decoded, found = xml_records.elements(data, _ELEMENT, format=FORMAT, first_index=first_index)
    for one in found:
        if isinstance(one, Reject):
            yield one
            continue
        fields = {
            name: (str(child.tag), text)
            for child in one.element
            if (name := _FIELDS.get(_key(str(child.tag)))) and (text := xml_records.text_of(child)).strip()
        }
        # An element that says nothing may be left out of the export, so that all are carried.
        yield _record(
            fields,
            carries=_FIELDS.values(),
            index=one.number,
            n_chars=one.n_chars,
            encoding=decoded.encoding,
            repairs=decoded.repairs,
        )


class _Layout(NamedTuple):
    delimiter: str
    names: list[str]
    columns: dict[str, int]
    end: int


def _layout(text: str) -> _Layout | None:
    """What the first line says of its table; None when it is none of the WHO's."""
    header = header_of(text)
    if header is None:
        return None
    columns: dict[str, int] = {}
    for position, name in enumerate(header.names):
        if known := _FIELDS.get(_key(name)):
            columns.setdefault(known, position)
    if not columns.keys() >= _NEEDED:
        return None
    return _Layout(header.delimiter, header.names, columns, header.end)


def _read_table(data: bytes, *, first_index: int) -> Iterator[Record | Reject]:
    decoded = decode(data)
    text = decoded.text
    layout = _layout(text)
    if layout is None:
        detail = "the first line names no known fields"
        yield Reject(index=first_index, format=FORMAT, reason=Reason.INVALID_CSV, detail=detail, excerpt=excerpt(text))
        return
    found = rows(text, start=layout.end, header=layout.names, delimiter=layout.delimiter, record_start=_ROW)
    for index, row in enumerate(found, start=first_index):
        if isinstance(row, BadRow):
            bad = excerpt(text[row.start : min(row.end, row.start + 1000)])
            yield Reject(index=index, format=FORMAT, reason=row.reason, detail=row.detail, excerpt=bad)
            continue
        fields = {
            name: (layout.names[position], row.cells[position])
            for name, position in layout.columns.items()
            if position < len(row.cells) and row.cells[position].strip() not in _MISSING
        }
        yield _record(
            fields,
            carries=layout.columns,
            index=index,
            n_chars=sum(map(len, row.cells)),
            encoding=decoded.encoding,
            repairs=decoded.repairs,
        )


_MISSING = frozenset({"", "NULL", "NA"})
"""What R writes for nothing."""


def _key(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def _record(
    fields: Fields, *, carries: Iterable[str], index: int, n_chars: int, encoding: str, repairs: tuple[str, ...]
) -> Record | Reject:
    words = fields.get("id", ("", ""))[1]
    trial = register_words.own_id(words)
    if trial is None:
        reason = Reason.NOT_A_TRIAL if fields else Reason.EMPTY_RECORD
        about = " ".join(text for _, text in fields.values())
        detail = f"{words.strip()!r} is no id of a known register"
        return Reject(index=index, format=FORMAT, reason=reason, detail=detail, excerpt=excerpt(about))
    return study_record(
        study_of(trial, fields, carries=carries),
        format=FORMAT,
        index=index,
        n_chars=n_chars,
        encoding=encoding,
        repairs=repairs,
    )


def study_of(trial: FoundId, fields: Fields, *, carries: Iterable[str]) -> Study:
    """The study of a record with the WHO's fields, whoever's file they come from. `carries` are the fields that the file can state."""
    places = Places()
    carried = sorted({name for field in set(carries) for name in CARRIED.get(field, ())})

    def raw(name: str) -> str | None:
        return fields[name][1].strip() if name in fields else None

    def span(name: str) -> Span | None:
        found = span_of(*fields[name]) if name in fields else None
        return found if found is not None and stated(found.text) else None

    registry = trial.registry
    member_state = _member_state(raw("id")) if registry in (Registry.EUCTR, Registry.CTIS) else None
    sponsor = stated(raw("sponsor"))
    minimum, maximum = _age(raw("minimum_age")), _age(raw("maximum_age"))
    planned = register_words.target_size(raw("size"))
    actual = register_words.target_size(raw("actual_size"))
    phase = raw("phase")
    study = Study(
        registry=registry.value,
        carried=[*carried, *([f"member_state.{member_state}"] if member_state else ["trials.nct_id", "trials.registry"])],
        has_results=True if (raw("has_results") or "").casefold() == "yes" else None,
        protocol_section=ProtocolSection(
            identification_module=IdentificationModule(
                nct_id=trial.id,
                secondary_id_infos=register_words.secondary_ids(raw("other_ids"), raw("bridge"), raw("children"), own=trial.id),
                brief_title=places.note(span("public_title"), "identificationModule.briefTitle"),
                official_title=places.note(span("scientific_title"), "identificationModule.officialTitle"),
                acronym=places.note(span("acronym"), "identificationModule.acronym"),
            ),
            status_module=StatusModule(
                overall_status=stated(raw("status")),
                start_date_struct=_start(raw("started"), raw("started_type"), registry),
                completion_date_struct=date_struct(raw("completed")),
                study_first_post_date_struct=date_struct(raw("registered")),
            ),
            sponsor_collaborators_module=SponsorCollaboratorsModule(
                lead_sponsor=Sponsor(name=sponsor) if sponsor else None,
                collaborators=[Sponsor(name=name) for part in (raw("collaborators") or "").split(";") if (name := stated(part))],
            ),
            conditions_module=ConditionsModule(
                conditions=places.note_all(_once(_conditions(span("conditions"), registry)), "conditionsModule.conditions")
            ),
            design_module=DesignModule(
                study_type=stated(raw("study_type")),
                phases=register_words.phases(phase),
                design_info=register_words.design(raw("design")),
                enrollment_info=register_words.enrollment(planned, actual),
                number_of_arms=register_words.n_arms_of(raw("design")),
            ),
            arms_interventions_module=_arms_and_interventions(span("interventions"), raw("size"), registry, places),
            outcomes_module=OutcomesModule(
                primary_outcomes=list(_outcomes(span("primary"), "primary", registry, places)),
                secondary_outcomes=list(_outcomes(span("secondary"), "secondary", registry, places)),
            ),
            eligibility_module=EligibilityModule(
                eligibility_criteria=places.note(criteria(span("inclusion"), span("exclusion")), "eligibilityModule.eligibilityCriteria"),
                sex=register_words.sex(raw("sex")),
                minimum_age=minimum,
                maximum_age=maximum,
            ),
            contacts_locations_module=ContactsLocationsModule(locations=[Location(country=one) for one in _countries(raw("countries"))]),
        ),
        # The day on which the WHO took the record from its register. It is not the day of the record's last change, so that it
        # says nothing about which of two formats has the newer version.
        derived_section=DerivedSection(
            misc_info_module=MiscInfoModule(version_holder=iso_date(raw("refreshed")) or iso_date(raw("exported"), day_first=False))
        ),
    )
    if not study.protocol_section.arms_interventions_module.arm_groups:
        # Most registers' records have no arms in the export: another document may tell them, and tie results to them.
        unknown = ("arms",) if study.protocol_section.design_module.number_of_arms else ("arms", "trials.n_arms")
        study.carried = [name for name in study.carried or () if name not in unknown]
    study.origins = places.origins or None
    study.source_texts = places.texts or None
    return study


_MEMBER_STATE = re.compile(r"-([A-Z]{2}|Outside-EU/EEA|3rd)$")


def _member_state(words: str | None) -> str | None:
    """The country of "EUCTR2018-003012-51-DK": the EU's register has one record for each country of a trial, which differ."""
    found = _MEMBER_STATE.search(words or "")
    return found[1] if found else None


def _start(date: str | None, kind: str | None, registry: Registry) -> DateStruct | None:
    """The first enrolment. Of the EU's records the field holds the day on which the trial was authorised."""
    if registry is Registry.EUCTR or (kind or "").casefold().startswith("date trial authori"):
        return None
    type_ = v.ENROLLMENT_TYPE.find(kind)
    return date_struct(date, type=type_)


_AGE_WORDS = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*[-(]?\s*(?:(?P<unit>years?|months?|weeks?|days?|hours?|y|age)\b)?", re.IGNORECASE)
_NO_AGE = re.compile(r"no (?:limit|maximum|minimum)", re.IGNORECASE)


def _age(words: str | None) -> str | None:
    """Of "18 Years", "19(Year)", "20years-old", ">= 20age old", "18" number and unit, years where there is none."""
    words = stated(words)
    if words is None or _NO_AGE.search(words) or not (found := _AGE_WORDS.search(words)):
        return None
    unit = (found["unit"] or "years").lower()
    return f"{found['number']} {'years' if unit in ('y', 'age') else unit}"


def _countries(words: str | None) -> list[str]:
    return list(dict.fromkeys(name for part in (words or "").split(";") if (name := stated(part))))


# ---- conditions -----------------------------------------------------------------------------------------------------

_SEMICOLON = re.compile(r"\s*;\s*(?:<br\s*/?\s*>)?\s*")
_CODED_CONDITIONS = re.compile(r"\s*;?\s*(?:<br\s*/?\s*>\s*|\s*MedDRA version:|;\s*Therapeutic area:)", re.IGNORECASE)
_NUMBERED_CONDITION = re.compile(r"(?:^|(?<=\S)\s*)(?:Health )?Condition \d+:\s*(?:[A-Z]\d{2,4}\s*-\s*)?")


def _conditions(span: Span | None, registry: Registry) -> Iterator[Span]:
    """The conditions in the register's own words, without the classifications that follow them after `<br>` or the last `;`."""
    if span is None:
        return
    if _NUMBERED_CONDITION.match(span.text):
        head = _head(span)
        yield from (one.stripped(" .;") for one in head.split(_NUMBERED_CONDITION))
        return
    head = _head(span)
    if not head.text:
        # Some registers deliver classifications only: ";Neoplasms".
        head = span.stripped(" ;")
    if registry is Registry.IRCT:
        yield head.part(0, len(head.text.partition(";")[0])).stripped(" .")
        return
    yield from (one.stripped(" ;") for one in head.split(_SEMICOLON) if one.text.strip(" ;"))


def _once(spans: Iterator[Span]) -> list[Span]:
    """Each of the same words once: some registers state a condition and its keyword."""
    found: dict[str, Span] = {}
    for span in spans:
        found.setdefault(span.text.casefold(), span)
    return list(found.values())


def _head(span: Span) -> Span:
    """What stands before the first classification."""
    found = _CODED_CONDITIONS.search(span.text)
    head = span.part(0, found.start()) if found else span
    return head.stripped(" ;\t\r\n")


# ---- arms and interventions -----------------------------------------------------------------------------------------

_BREAKS = r"(?:<br\s*/?\s*>|\s)*"
_TYPED = re.compile(rf"(?:^|;)\s*(?={INTERVENTION.pattern})")
_KIND = re.compile(r"(?P<kind>Drug|Biological|Device|Procedure|Behavioral|Radiation|Dietary Supplement|Genetic)\s+:\s+")
"""How Korea's register begins an intervention, of which it may have one."""
_NUMBERED_ARM = re.compile(rf"(?:^|(?<=[.\s>;])){_BREAKS}(?P<control>Control )?Intervention ?\d+\s*:\s*")
_PRODUCT = re.compile(rf"{_BREAKS}(?:Trade Name|Product Name|Product Code|Pharmaceutical Form)\s*:\s*", re.IGNORECASE)
_PRODUCT_FIELD = re.compile(r"(?P<key>[A-Z][\w /]{2,60}?)\s*:\s*(?P<value>[^<]*)")
_EMPTY_LINE = re.compile(r"-?\s*(?:<br\s*/?\s*>\s*){2,}|\n\s*\n")
_LONGEST_NAME_CHARS = 150
_LONGEST_LABEL_CHARS = 80


def _arms_and_interventions(span: Span | None, size: str | None, registry: Registry, places: Places) -> ArmsInterventionsModule:
    """Arms and interventions of the one field that has both, as its register writes it."""
    if span is None:
        return ArmsInterventionsModule()
    if _TYPED.match(span.text):
        return _typed(span, places)
    if kind := _KIND.match(span.text):
        return ArmsInterventionsModule(interventions=[_intervention(span.part(kind.end()), 0, places, kind=kind["kind"])])
    if registry in (Registry.EUCTR, Registry.CTIS) and _PRODUCT.match(span.text):
        return _products(span, places)
    if registry in (Registry.CHICTR, Registry.ITMCTR):
        return _groups(span, [label for label, _ in register_words.group_sizes(size)], places)
    if _NUMBERED_ARM.match(span.text):
        return _numbered_arms(span, places)
    return ArmsInterventionsModule(interventions=[_intervention(span, 0, places)])


_OUTER_BREAKS = re.compile(r"(?:<br\s*/?\s*>|[\s;])*(?P<inner>.*?)(?:<br\s*/?\s*>|[\s;])*", re.DOTALL)


def _intervention(span: Span, n: int, places: Places, *, kind: str | None = None, arms: list[str] | None = None) -> Intervention:
    """An intervention of a text that is a name where it is short and of one line, else a description."""
    path = f"armsInterventionsModule.interventions[{n}]"
    if inner := _OUTER_BREAKS.fullmatch(span.text):
        span = span.part(*inner.span("inner"))
    is_name = len(span.text) <= _LONGEST_NAME_CHARS and "<br" not in span.text and "\n" not in span.text
    found = Intervention(type=kind, arm_group_labels=arms or [])
    if is_name:
        found.name = places.note(span, f"{path}.name")
    else:
        found.description = places.note(span, f"{path}.description")
    return found


def _typed(span: Span, places: Places) -> ArmsInterventionsModule:
    """Interventions of "Drug: A;Biological: B", each thing once."""
    module = ArmsInterventionsModule()
    seen: set[tuple[str, str]] = set()
    for one in span.split(_TYPED):
        found = INTERVENTION.match(one.text)
        if found is None:
            continue
        name = one.part(found.end()).stripped(" ;")
        if (found["type"], name.text) in seen or not name.text:
            continue
        seen.add((found["type"], name.text))
        path = f"armsInterventionsModule.interventions[{len(module.interventions)}].name"
        module.interventions.append(Intervention(type=found["type"], name=places.note(name, path)))
    return module


def _products(span: Span, places: Places) -> ArmsInterventionsModule:
    """Products of the EU's register, of which each has a block of lines; the same substance in two strengths is one intervention."""
    module = ArmsInterventionsModule()
    seen: set[str] = set()
    for block in span.split(_EMPTY_LINE):
        fields = {match["key"].casefold(): block.group(match, "value") for match in _PRODUCT_FIELD.finditer(block.text)}
        names = ("inn or proposed inn", "product name", "trade name", "product code", "other descriptive name")
        name = next((one for key in names if (one := fields.get(key)) is not None and stated(one.text.strip("-"))), None)
        if name is None or name.text.casefold() in seen:
            continue
        seen.add(name.text.casefold())
        path = f"armsInterventionsModule.interventions[{len(module.interventions)}].name"
        others = [one.text for key in names if (one := fields.get(key)) is not None and one.text != name.text and stated(one.text)]
        module.interventions.append(Intervention(type="DRUG", name=places.note(name, path), other_names=list(dict.fromkeys(others))))
    return module


_LABELLED = re.compile(r"(?:^|;)\s*(?P<label>[^:：;]{1,80}?)\s*[:：]")


def _groups(span: Span, labels: list[str], places: Places) -> ArmsInterventionsModule:
    """Arms of "group A:what it gets;group B:…". A group begins where one of the target size is named, and without those after every `;`."""
    text = span.text
    starts: list[re.Match[str]] = []
    for label in labels:
        found = re.compile(rf"(?:^|;)\s*(?P<label>{re.escape(label)})\s*[:：]", re.IGNORECASE).search(
            text, starts[-1].end() if starts else 0
        )
        if label and found:
            starts.append(found)
    if len(starts) != len(labels) or not labels:
        starts = list(_LABELLED.finditer(text))
    if not starts or starts[0].start() > 0:
        return ArmsInterventionsModule(interventions=[_intervention(span.stripped(" ;"), 0, places)])
    module = ArmsInterventionsModule()
    for n, (match, end) in enumerate(with_ends(starts, len(text))):
        what = span.part(match.end(), end).stripped(" ;\t\r\n")
        label = span.group(match, "label")
        name = places.note(label, f"armsInterventionsModule.armGroups[{n}].label")
        module.arm_groups.append(ArmGroup(label=name))
        if stated(what.text) is not None:
            arms = [name] if name else []
            module.interventions.append(_intervention(what, len(module.interventions), places, arms=arms))
    return module


_ARM_NAME = re.compile(r"(?P<label>[^:：.<]{2,80})\s*[:：]\s*(?=\S)")


def _numbered_arms(span: Span, places: Places) -> ArmsInterventionsModule:
    """Arms of "Intervention 1: Intervention group: … Intervention 2: Control group: …" (Iran), "Intervention1: …" (India)."""
    module = ArmsInterventionsModule()
    for one in span.split(_NUMBERED_ARM):
        text = one.stripped(" ;")
        if stated(_TAGS.sub("", text.text).rpartition(":")[2]) is None:
            continue
        found = _ARM_NAME.match(text.text)
        labels: list[str] = []
        if found is not None:
            path = f"armsInterventionsModule.armGroups[{len(module.arm_groups)}].label"
            if label := places.note(text.group(found, "label"), path):
                module.arm_groups.append(ArmGroup(label=label))
                labels = [label]
            text = text.part(found.end())
            if labels and text.text.startswith(f"{labels[0]}:"):
                text = text.part(len(labels[0]) + 1)
        if text.text.strip():
            module.interventions.append(_intervention(text.stripped(), len(module.interventions), places, arms=labels))
    return module


# ---- outcomes -------------------------------------------------------------------------------------------------------

_EU_ITEM = re.compile(
    rf"(?:^|;){_BREAKS}(?P<key>Main Objective|Secondary Objective|Primary end point\(s\)|Secondary end point\(s\)"
    r"|Timepoint\(s\) of evaluation of this end point)\s*:"
)
_IRAN = re.compile(r"(?P<measure>.+?)\.?\s*Timepoint:\s*(?P<time>.*?)\.?(?:\s*Method of measurement:\s*(?P<about>.*?)\.?)?", re.DOTALL)
_AUSTRALIA = re.compile(r"(?P<measure>.+?)\s*\[(?P<time>[^\[\]]*)\]\s*", re.DOTALL)
_THAILAND = re.compile(r"(?P<measure>.+?)\s*\[Timeframe\s*(?P<time>[^\[\]]*)\]\s*", re.DOTALL)
_INDIA = re.compile(r"(?P<measure>.+?)\s*Timepoint:\s*(?P<time>.*)", re.DOTALL)
_AFTER_BRACKET = re.compile(r"(?<=\])\s*;\s*")
_BEFORE_TIMED = re.compile(r"\s*;\s*(?=[^;]*Timepoint:)")
_AFTER_METHOD = re.compile(r"(?<=\.)\s*;\s*(?=\S)")
_MARKS = " ;,\t\r\n"

_FORMS: dict[Registry, tuple[re.Pattern[str], re.Pattern[str]]] = {
    Registry.IRCT: (_IRAN, _AFTER_METHOD),
    Registry.ANZCTR: (_AUSTRALIA, _AFTER_BRACKET),
    Registry.TCTR: (_THAILAND, _AFTER_BRACKET),
    Registry.CTRI: (_INDIA, _BEFORE_TIMED),
}
"""How a register writes an outcome, and what stands between two of them."""


def _outcomes(span: Span | None, role: str, registry: Registry, places: Places) -> Iterator[Outcome]:
    path = f"outcomesModule.{role}Outcomes"
    if span is None:
        return
    if registry in (Registry.EUCTR, Registry.CTIS):
        yield from _eu_outcome(span, role, path, places)
        return
    form, between = _FORMS.get(registry, (None, _SEMICOLON))
    items = span.split(between)
    if form is None and len(items) == 1:
        items = listed(items[0])
    seen = 0
    for item in items:
        one = item.stripped(_MARKS)
        if stated(re.sub(r"<br\s*/?\s*>|\[NIL\]", "", one.text)) is None:
            continue
        found = form.fullmatch(one.text) if form is not None else None
        yield _outcome(one, found, f"{path}[{seen}]", places)
        seen += 1


def _outcome(span: Span, found: re.Match[str] | None, path: str, places: Places) -> Outcome:
    if found is None:
        return Outcome(
            measure=places.note(span, f"{path}.measure"),
            time_frame=places.note(time_in_words(span), f"{path}.timeFrame"),
        )
    groups = found.groupdict()
    return Outcome(
        measure=places.note(span.group(found, "measure"), f"{path}.measure"),
        description=places.note(span.group(found, "about"), f"{path}.description") if "about" in groups else None,
        time_frame=places.note(span.group(found, "time"), f"{path}.timeFrame"),
    )


def _eu_outcome(span: Span, role: str, path: str, places: Places) -> Iterator[Outcome]:
    """The EU's register has the objectives, the end points of a role and their times, each as one text."""
    starts = list(_EU_ITEM.finditer(span.text))
    parts = {match["key"].casefold(): span.part(match.end(), end).stripped(" ;\t\r\n") for match, end in with_ends(starts, len(span.text))}
    measure = parts.get(f"{role} end point(s)")
    if not starts and role == "primary":
        measure = span
    if measure is None or stated(_TAGS.sub("", measure.text)) is None:
        return
    time = parts.get("timepoint(s) of evaluation of this end point")
    items = listed(measure.stripped())
    times = times_of(time if time is not None and stated(time.text) else None, len(items))
    for n, (item, when) in enumerate(zip(items, times, strict=True)):
        yield Outcome(measure=places.note(item, f"{path}[{n}].measure"), time_frame=places.note(when, f"{path}[{n}].timeFrame"))


_TAGS = re.compile(r"<br\s*/?\s*>")
