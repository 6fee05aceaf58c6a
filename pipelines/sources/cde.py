"""Tables of China's registration platform for drug trials (CDE, chinadrugtrials.org.cn), CSV without a header, in Chinese.

Belongs here: which column says what. Not here: what single words mean (`register_words`).

One table has a row of 43 cells for each trial, the other a row for each endpoint: trial, role, measure, time, kind of measure. A trial's
rows of the second are one record, which carries endpoints only; both belong to the trial by its number.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from pipelines.shapes import (
    ArmsInterventionsModule,
    ConditionsModule,
    ContactsLocationsModule,
    DescriptionModule,
    DesignInfo,
    DesignModule,
    EligibilityModule,
    IdentificationModule,
    IdInfo,
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
from pipelines.sources import register_words
from pipelines.sources.delimited import BadRow, Row, first_line, rows
from pipelines.sources.places import CHINESE, Places, Span, criteria, span_of, with_ends
from pipelines.sources.records import Reason, Record, Reject, excerpt
from pipelines.sources.register_words import date_struct, stated, telling
from pipelines.sources.study_record import study_record
from pipelines.text.ages import age_range
from pipelines.text.encoding import decode
from pipelines.text.registry_ids import Registry

FORMAT = "cde"
_LANGUAGE = "zh-Hans"

_TRIAL_COLUMNS = (
    *("registration_number", "status_group", "status", "contact", "sponsor", "first_published", "related_numbers", "drug_name"),
    *("former_name", "drug_type", "acceptance_number", "indication", "phase", "phase_remark", "purpose", "scope", "age", "sex"),
    *("target_size", "enrolled", "actual_size", "inclusion", "exclusion", "first_consent", "first_enrolment", "completion"),
    *("objective", "professional_title", "common_title", "trial_drugs", "control_drugs", "protocol_number", "column_33", "column_34"),
    *("protocol_date", "column_36", "design", "randomisation", "blinding", "monitoring_board", "insurance", "column_42", "column_43"),
)
_ENDPOINT_COLUMNS = ("registration_number", "role", "measure", "time", "kind")

TRIAL_CARRIED: list[str] = sorted(
    (
        *("conditions", "regimens"),
        *("trials.nct_id", "trials.registry", "trials.other_ids", "trials.brief_title", "trials.official_title", "trials.brief_summary"),
        *("trials.study_type", "trials.phase", "trials.overall_status", "trials.allocation", "trials.intervention_model"),
        *("trials.masking", "trials.is_randomized", "trials.is_open_label", "trials.is_single_arm", "trials.enrollment"),
        *(
            "trials.n_arms",
            "trials.countries",
            "trials.enrollment_type",
            "trials.sex",
            "trials.minimum_age_years",
            "trials.maximum_age_years",
            "trials.lead_sponsor",
        ),
        *("trials.eligibility_criteria", "trials.start_date", "trials.start_date_precision", "trials.completion_date"),
        *("trials.completion_date_precision", "trials.first_posted_date", "trials.is_oncology"),
    )
)
ENDPOINT_CARRIED = ["endpoints"]

_ROW = re.compile(r'^"?CTR\d{8}"?,', re.MULTILINE)
_ROLES = (("primary", "主要终点"), ("secondary", "次要终点"))


class _Table(NamedTuple):
    columns: tuple[str, ...]
    is_of_endpoints: bool


def sniff(head: bytes) -> bool:
    """Does the first line begin with a number of the platform and have as many cells as one of the tables?"""
    return _table(head.decode("utf-8-sig", "ignore") if not head.startswith((b"\xff\xfe", b"\xfe\xff")) else decode(head).text) is not None


def _table(text: str) -> _Table | None:
    start, end = first_line(text)
    line = text[start:end]
    if not _ROW.match(line):
        return None
    if any(f",{mark}" in line or f',"{mark}' in line for _, mark in _ROLES):
        return _Table(_ENDPOINT_COLUMNS, is_of_endpoints=True)
    # A row of trials may have line breaks in its cells: its first line has some of them only.
    return _Table(_TRIAL_COLUMNS, is_of_endpoints=False) if line.count(",") >= len(_ENDPOINT_COLUMNS) else None


def read(data: bytes, *, first_index: int = 0, header: bytes = b"") -> Iterator[Record | Reject]:
    """All trials of the table, or of each trial the endpoints; a row that does not fit becomes a `Reject`."""
    decoded = decode(header + data)
    text = decoded.text
    table = _table(text)
    if table is None:
        detail = "the first line is no row of one of the tables"
        yield Reject(index=first_index, format=FORMAT, reason=Reason.INVALID_CSV, detail=detail, excerpt=excerpt(text))
        return
    start, _ = first_line(text)
    index = first_index
    for group in _grouped(rows(text, start=start, header=table.columns, delimiter=",", record_start=_ROW), table):
        if isinstance(group, BadRow):
            bad = excerpt(text[group.start : min(group.end, group.start + 1000)])
            yield Reject(index=index, format=FORMAT, reason=group.reason, detail=group.detail, excerpt=bad)
        else:
            yield _record(group, table, index=index, encoding=decoded.encoding, repairs=decoded.repairs)
        index += 1


def _grouped(found: Iterator[Row | BadRow], table: _Table) -> Iterator[list[Row] | BadRow]:
    """The rows one by one, or the endpoints of a trial together."""
    group: list[Row] = []
    for row in found:
        if group and (isinstance(row, BadRow) or not table.is_of_endpoints or row.cells[0] != group[0].cells[0]):
            yield group
            group = []
        if isinstance(row, BadRow):
            yield row
        else:
            group.append(row)
    if group:
        yield group


def _record(group: list[Row], table: _Table, *, index: int, encoding: str, repairs: tuple[str, ...]) -> Record | Reject:
    number = group[0].cells[0]
    trial = register_words.own_id(number)
    if trial is None or trial.registry is not Registry.CDE:
        detail = f"{number!r} is no number of the platform"
        about = excerpt(",".join(group[0].cells)[:1000])
        return Reject(index=index, format=FORMAT, reason=Reason.NOT_A_TRIAL, detail=detail, excerpt=about)
    return study_record(
        _endpoints(trial.id, group) if table.is_of_endpoints else _trial(trial.id, group[0].cells),
        format=FORMAT,
        index=index,
        n_chars=sum(len(cell) for row in group for cell in row.cells),
        encoding=encoding,
        language=_LANGUAGE,
        repairs=repairs,
    )


def _endpoints(trial_id: str, group: list[Row]) -> Study:
    places = Places()
    found: dict[str, list[Outcome]] = {"primary": [], "secondary": [], "other": []}
    for n, row in enumerate(group):
        _, role_words, measure, time, _ = row.cells
        if stated(measure) is None:
            continue
        role = next((role for role, mark in _ROLES if mark in role_words), "other")
        path = f"outcomesModule.{role}Outcomes[{len(found[role])}]"
        when = span_of(f"time[{n}]", time) if stated(time) else None
        found[role].append(
            Outcome(
                measure=places.note(span_of(f"measure[{n}]", measure), f"{path}.measure"),
                time_frame=places.note(when, f"{path}.timeFrame"),
            )
        )
    return Study(
        registry=Registry.CDE.value,
        carried=ENDPOINT_CARRIED,
        protocol_section=ProtocolSection(
            identification_module=IdentificationModule(nct_id=trial_id),
            outcomes_module=OutcomesModule(
                primary_outcomes=found["primary"], secondary_outcomes=found["secondary"], other_outcomes=found["other"]
            ),
        ),
        origins=places.origins or None,
        source_texts=places.texts or None,
    )


def _trial(trial_id: str, cells: list[str]) -> Study:
    places = Places()
    fields = dict(zip(_TRIAL_COLUMNS, cells, strict=False))

    def said(name: str) -> Span | None:
        return telling(span_of(name, fields.get(name)))

    lowest, highest = age_range(fields.get("age"))
    sponsor = stated(fields.get("sponsor"))
    study = Study(
        registry=Registry.CDE.value,
        carried=TRIAL_CARRIED,
        protocol_section=ProtocolSection(
            identification_module=IdentificationModule(
                nct_id=trial_id,
                org_study_id_info=IdInfo(id=number) if (number := stated(fields.get("protocol_number"))) else None,
                secondary_id_infos=register_words.secondary_ids(_separated(fields.get("related_numbers")), own=trial_id),
                brief_title=places.note(said("common_title"), "identificationModule.briefTitle"),
                official_title=places.note(said("professional_title"), "identificationModule.officialTitle"),
            ),
            status_module=StatusModule(
                overall_status=stated(fields.get("status")) or stated(fields.get("status_group")),
                start_date_struct=date_struct(_earliest(fields.get("first_enrolment"))),
                completion_date_struct=date_struct(_only_date(fields.get("completion"))),
                study_first_post_date_struct=date_struct(fields.get("first_published")),
            ),
            sponsor_collaborators_module=SponsorCollaboratorsModule(lead_sponsor=Sponsor(name=sponsor) if sponsor else None),
            description_module=DescriptionModule(brief_summary=places.note(said("objective"), "descriptionModule.briefSummary")),
            conditions_module=ConditionsModule(
                conditions=places.note_all([one for one in (said("indication"),) if one is not None], "conditionsModule.conditions")
            ),
            design_module=DesignModule(
                # The platform registers trials in which a drug is given under a protocol, for its approval or after it.
                study_type="INTERVENTIONAL",
                phases=register_words.phases(stated(fields.get("phase"))),
                design_info=_design(fields),
                enrollment_info=register_words.enrollment(_size(fields.get("target_size")), _size(fields.get("actual_size"))),
                number_of_arms=1 if (fields.get("design") or "").strip() == _SINGLE_ARM else None,
            ),
            arms_interventions_module=ArmsInterventionsModule(interventions=list(_interventions(said, fields.get("drug_type"), places))),
            eligibility_module=EligibilityModule(
                eligibility_criteria=places.note(
                    criteria(said("inclusion"), said("exclusion"), CHINESE), "eligibilityModule.eligibilityCriteria"
                ),
                sex=register_words.sex(fields.get("sex")),
                minimum_age=f"{lowest:g} years" if lowest is not None else None,
                maximum_age=f"{highest:g} years" if highest is not None else None,
            ),
            contacts_locations_module=ContactsLocationsModule(
                locations=[Location(country="China")] if (fields.get("scope") or "").strip() == _IN_CHINA else []
            ),
        ),
    )
    study.origins = places.origins or None
    study.source_texts = places.texts or None
    return study


def _separated(words: str | None) -> str | None:
    """Several related numbers, with one sign between."""
    return re.sub(r"[\s,，、;；/]+", ";", words) if words else None


def _design(fields: dict[str, str]) -> DesignInfo | None:
    info = DesignInfo(
        allocation=register_words.allocation(fields.get("randomisation")),
        intervention_model=register_words.intervention_model(fields.get("design")),
        masking_info=register_words.masking(fields.get("blinding")),
    )
    return info if info != DesignInfo() else None


_SIZES = re.compile(r"(?P<where>国内|国际)\s*[:：]\s*(?P<n>\d+)")
_DATES = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")


def _size(words: str | None) -> int | None:
    """The size of "国内:45；". Of one for China and one of all countries, which may hold the other, neither is taken."""
    found = {match["where"]: int(match["n"]) for match in _SIZES.finditer(words or "")}
    return next(iter(found.values())) or None if len(found) == 1 else None


def _earliest(words: str | None) -> str | None:
    """The first of the days of enrolment in China and elsewhere."""
    return min(_DATES.findall(words or ""), default=None)


def _only_date(words: str | None) -> str | None:
    return max(_DATES.findall(words or ""), default=None)


_DRUG = re.compile(r"(?:^|(?<=[^\d.]))(?P<number>\d{1,2})\s*中文通用名\s*[:：]")
_DRUG_FIELD = re.compile(r"(?P<key>英文通用名|商品名?|剂型|规格|用量|用法用量|用药时程)\s*[:：]")
_SINGLE_ARM, _IN_CHINA = "单臂试验", "国内试验"
_TYPES = {"化学药物": "DRUG", "中药/天然药物": "DRUG", "生物制品": "BIOLOGICAL"}


def _interventions(said: Callable[[str], Span | None], drug_type: str | None, places: Places) -> Iterator[Intervention]:
    """The drugs of trial and control; the same drug in two strengths, or in both, is one, with all that is said of its use."""
    number = 0
    for column in ("trial_drugs", "control_drugs"):
        cell = said(column)
        if cell is None:
            continue
        for match, end in with_ends(list(_DRUG.finditer(cell.text)), len(cell.text)):
            drug = cell.part(match.end(), end)
            fields, name = _drug_fields(drug)
            if stated(name.text) is None:
                continue
            path = f"armsInterventionsModule.interventions[{number}]"
            english = fields.get("英文通用名")
            use = fields.get("用量") or fields.get("用法用量")
            if use is not None:
                use = use._replace(end=drug.stripped().end)
            number += 1
            yield Intervention(
                type=_TYPES.get((drug_type or "").strip()),
                name=places.note(name, f"{path}.name"),
                description=places.note(use if use is not None and stated(use.text) else None, f"{path}.description"),
                other_names=[english.text] if english is not None and stated(english.text) else [],
            )


def _drug_fields(drug: Span) -> tuple[dict[str, Span], Span]:
    """What is said of a drug by its labels, and its name, which stands before the first of them."""
    labels = list(_DRUG_FIELD.finditer(drug.text))
    found = {match["key"]: drug.part(match.end(), end).stripped() for match, end in with_ends(labels, len(drug.text))}
    return found, drug.part(0, labels[0].start() if labels else None).stripped()
