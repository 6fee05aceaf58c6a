"""ClinicalTrials.gov tables: the CSV export of today, the one before 2023, its TSV form, and API v2 flattened into
columns.

Belongs here: which columns there are, what a row says as a `Study`, and what such a file is able to state. Not here:
the grammar inside a cell (`ctgov_cells`), rows and quoting (`delimited`), enum normalisation.
"""

import ast
import json
import re
import types
import typing
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal, NamedTuple

import msgspec

from pipelines.shapes import (
    DateStruct,
    DerivedSection,
    EnrollmentInfo,
    IdInfo,
    Location,
    Origin,
    ProtocolSection,
    ResultsSection,
    Shape,
    Sponsor,
    Study,
)
from pipelines.sources import ctgov_cells
from pipelines.sources.delimited import BadRow, header_of, row_slices, rows
from pipelines.sources.records import Reason, Record, Reject, Slice, excerpt, sha256
from pipelines.sources.study_record import study_record
from pipelines.text.encoding import decode

FORMAT = "ctgov_csv"

COLUMNS = {
    "nct number": "nct_id",
    "study title": "brief_title",
    "acronym": "acronym",
    "study status": "overall_status",
    "brief summary": "brief_summary",
    "study results": "has_results",
    "conditions": "conditions",
    "interventions": "interventions",
    "primary outcome measures": "primary_outcomes",
    "secondary outcome measures": "secondary_outcomes",
    "other outcome measures": "other_outcomes",
    "sponsor": "sponsor",
    "collaborators": "collaborators",
    "sex": "sex",
    "age": "age",
    "phases": "phases",
    "enrollment": "enrollment",
    "funder type": "funder",
    "study type": "study_type",
    "study design": "design",
    "other ids": "other_ids",
    "start date": "start_date",
    "primary completion date": "primary_completion_date",
    "completion date": "completion_date",
    "first posted": "first_posted",
    "results first posted": "results_first_posted",
    "last update posted": "last_update_posted",
    "locations": "locations",
    "study documents": "documents",
}
"""Columns of the present export, in lower case with signs as spaces (R writes "NCT.Number")."""

LEGACY_COLUMNS = {
    "title": "brief_title",
    "status": "overall_status",
    "outcome measures": "outcomes_without_role",
    "sponsor collaborators": "sponsors",
    "gender": "sex",
    "funded bys": "funders",
    "study designs": "design",
}
"""Columns that only the export before 2023 has; the others are named as in the present one."""

CARRIED = {
    "nct_id": ("trials.nct_id", "trials.registry"),
    "brief_title": ("trials.brief_title",),
    "acronym": ("trials.acronym",),
    "overall_status": ("trials.overall_status",),
    "brief_summary": ("trials.brief_summary",),
    "has_results": ("trials.has_results",),
    "conditions": ("conditions", "trials.is_oncology"),
    "interventions": ("regimens",),
    "sponsor": ("trials.lead_sponsor",),
    "sponsors": ("trials.lead_sponsor",),
    "sex": ("trials.sex",),
    "legacy_age": ("trials.minimum_age_years", "trials.maximum_age_years"),
    "phases": ("trials.phase",),
    "enrollment": ("trials.enrollment",),
    "funder": ("trials.sponsor_class",),
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
    "other_ids": ("trials.other_ids",),
    "start_date": ("trials.start_date", "trials.start_date_precision"),
    "primary_completion_date": ("trials.primary_completion_date", "trials.primary_completion_date_precision"),
    "completion_date": ("trials.completion_date", "trials.completion_date_precision"),
    "first_posted": ("trials.first_posted_date",),
    "last_update_posted": ("trials.last_update_date",),
    "locations": ("trials.countries", "trials.n_sites", "trials.is_multicenter"),
}
"""What a column lets a record state. Endpoints take all three outcome columns: with fewer, a missing role would look
like none, so that such a record gives its part of them only where no other document of the trial has them all.
"""

_FLAT_CARRIED = {
    "identificationModule.nctId": ("trials.nct_id", "trials.registry"),
    "identificationModule.briefTitle": ("trials.brief_title",),
    "identificationModule.officialTitle": ("trials.official_title",),
    "identificationModule.acronym": ("trials.acronym",),
    "identificationModule.secondaryIdInfos": ("trials.other_ids",),
    "statusModule.overallStatus": ("trials.overall_status",),
    "statusModule.whyStopped": ("trials.why_stopped",),
    "statusModule.startDateStruct.date": CARRIED["start_date"],
    "statusModule.primaryCompletionDateStruct.date": CARRIED["primary_completion_date"],
    "statusModule.completionDateStruct.date": CARRIED["completion_date"],
    "statusModule.studyFirstPostDateStruct.date": ("trials.first_posted_date",),
    "statusModule.lastUpdatePostDateStruct.date": ("trials.last_update_date",),
    "sponsorCollaboratorsModule.leadSponsor.name": ("trials.lead_sponsor",),
    "sponsorCollaboratorsModule.leadSponsor.class": ("trials.sponsor_class",),
    "descriptionModule.briefSummary": ("trials.brief_summary",),
    "descriptionModule.detailedDescription": ("trials.detailed_description",),
    "designModule.studyType": ("trials.study_type",),
    "designModule.phases": ("trials.phase",),
    "designModule.designInfo.allocation": ("trials.allocation", "trials.is_randomized"),
    "designModule.designInfo.interventionModel": ("trials.intervention_model", "trials.is_single_arm"),
    "designModule.designInfo.primaryPurpose": ("trials.primary_purpose",),
    "designModule.designInfo.maskingInfo.masking": ("trials.masking", "trials.is_open_label"),
    "designModule.enrollmentInfo.count": ("trials.enrollment",),
    "designModule.enrollmentInfo.type": ("trials.enrollment_type",),
    "armsInterventionsModule.armGroups": ("arms", "trials.n_arms"),
    "armsInterventionsModule.interventions": ("regimens",),
    "outcomesModule.primaryOutcomes": ("endpoints", "endpoints.primary"),
    "outcomesModule.secondaryOutcomes": ("endpoints.secondary",),
    "outcomesModule.otherOutcomes": ("endpoints.other",),
    "eligibilityModule.eligibilityCriteria": ("trials.eligibility_criteria",),
    "eligibilityModule.sex": ("trials.sex",),
    "eligibilityModule.minimumAge": ("trials.minimum_age_years",),
    "eligibilityModule.maximumAge": ("trials.maximum_age_years",),
    "contactsLocationsModule.locations": CARRIED["locations"],
    "outcomeMeasuresModule.outcomeMeasures": ("endpoint_results",),
    "adverseEventsModule.seriousEvents": ("safety",),
    "hasResults": ("trials.has_results",),
}


class Layout(NamedTuple):
    """What a header line says about its table; `columns` maps our name of a column to its position."""

    kind: Literal["current", "legacy", "flat"]
    delimiter: str
    quoted: bool
    names: list[str]
    columns: dict[str, int]
    flat: list["FlatColumn"]
    carried: list[str]
    end: int
    """Where the header's line ends."""
    record_start: re.Pattern[str] | None


class FlatColumn(NamedTuple):
    """A column of flattened API v2: where its value goes, and how it is written."""

    position: int
    path: tuple[str, ...]
    kind: Literal["text", "flag", "words", "json"]


def sniff(head: bytes) -> bool:
    """Does the first line name columns of one of the tables?"""
    return _layout(_head_text(head)) is not None


def read(data: bytes, *, first_index: int = 0, header: bytes = b"") -> Iterator[Record | Reject]:
    """All rows, in order. A row that does not fit its header, or that is neither a number nor a title, becomes a
    `Reject`.
    """
    decoded = decode(header + data)
    text = decoded.text
    layout = _layout(text)
    if layout is None:
        yield Reject(
            index=first_index,
            format=FORMAT,
            reason=Reason.INVALID_CSV,
            detail="the first line names no known columns",
            excerpt=excerpt(text),
        )
        return
    origin = "line" if not header else f"from row {first_index}, line"
    counted, line = 0, 1
    index = first_index
    for row in rows(
        text,
        start=layout.end,
        header=layout.names,
        delimiter=layout.delimiter,
        quoted=layout.quoted,
        record_start=layout.record_start,
    ):
        if isinstance(row, BadRow):
            line += text.count("\n", counted, row.start)
            counted = row.start
            yield Reject(
                index=index,
                format=FORMAT,
                reason=row.reason,
                detail=f"{origin} {line}: {row.detail}",
                excerpt=excerpt(text[row.start : min(row.end, row.start + 1000)]),
            )
        else:
            yield _record(row.cells, layout, index=index, encoding=decoded.encoding, repairs=decoded.repairs)
        index += 1


def slices(data: bytes, *, target_bytes: int) -> list[Slice]:
    """Runs of whole rows of about `target_bytes`. A file in UTF-16 is one slice: its bytes show no line ends."""
    head = bytes(data[:1_000_000])
    layout = None if len(data) <= target_bytes or b"\0" in head[:1000] else _layout(head.decode("latin-1").removeprefix("ï»¿"))
    if layout is None:
        return [Slice(0, len(data), 0)]
    bom = 3 if head.startswith(b"\xef\xbb\xbf") else 0
    return row_slices(
        data,
        start=layout.end + bom,
        header=layout.names,
        delimiter=layout.delimiter,
        quoted=layout.quoted,
        record_start=layout.record_start,
        target_bytes=target_bytes,
    )


def _head_text(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[: len(head) // 2 * 2].decode("utf-16", "replace")
    return head.decode("utf-8", "replace")


def _key(name: str) -> str:
    return re.sub(r"[\W_]+", " ", name).strip().casefold()


def _layout(text: str) -> Layout | None:
    """The table that the first line announces; None when it is none of ours."""
    header = header_of(text)
    if header is None:
        return None
    delimiter, names, line, body = header
    keys = [_key(name) for name in names]
    quoted = delimiter != "\t" or line.startswith('"')
    flat = _flat_columns(names)
    if flat:
        nct = next((column.position for column in flat if column.path[-1] == "nctId"), None)
        return Layout(
            kind="flat",
            delimiter=delimiter,
            quoted=quoted,
            names=names,
            columns={},
            flat=flat,
            carried=_flat_carried(flat),
            end=body,
            record_start=_record_start(nct, delimiter),
        )
    legacy = sum(key in LEGACY_COLUMNS for key in keys)
    known = {**COLUMNS, **LEGACY_COLUMNS}
    columns: dict[str, int] = {}
    for position, key in enumerate(keys):
        if key in known:
            columns.setdefault(known[key], position)
    # A header of three words such as "Title, Status, Age" may be anybody's; the number column is nobody else's.
    if not ("nct_id" in columns and len(columns) >= 2) and not ("study title" in keys and len(columns) >= 4):
        return None
    kind = "legacy" if legacy and "study title" not in keys else "current"
    carried = [name for column in columns for name in CARRIED.get(column, ())]
    if kind == "legacy" and "age" in columns:
        carried += CARRIED["legacy_age"]
    if outcomes := columns.keys() & {"primary_outcomes", "secondary_outcomes", "other_outcomes"}:
        carried.append("endpoints" if len(outcomes) == 3 else "endpoints.part")
    return Layout(
        kind=kind,
        delimiter=delimiter,
        quoted=quoted,
        names=names,
        columns=columns,
        flat=[],
        carried=sorted(carried),
        end=body,
        record_start=_record_start(columns.get("nct_id"), delimiter),
    )


def _record_start(column: int | None, delimiter: str) -> re.Pattern[str] | None:
    """How a line looks that begins a row, when the number stands in the first or second column (after Rank)."""
    if column is None or column > 1:
        return None
    before = rf'(?:"\d*"|\d*){delimiter}' if column else ""
    return re.compile(rf'^{before}"?NCT\d{{8}}"?{delimiter}', re.MULTILINE)


def _record(cells: list[str], layout: Layout, *, index: int, encoding: str, repairs: tuple[str, ...]) -> Record | Reject:
    try:
        study = _flat_study(cells, layout) if layout.flat else _study(cells, layout)
    except _UnreadableCellError as error:
        return Reject(
            index=index,
            format=FORMAT,
            reason=error.reason,
            detail=str(error),
            excerpt=excerpt(layout.delimiter.join(cells)[:1000]),
        )
    identification = study.protocol_section.identification_module
    if not (identification.nct_id or identification.brief_title or identification.official_title):
        return Reject(
            index=index,
            format=FORMAT,
            reason=Reason.EMPTY_RECORD,
            detail="neither a registry number nor a title",
            excerpt=excerpt(layout.delimiter.join(cells)[:1000]),
        )
    return study_record(
        study,
        format=FORMAT,
        index=index,
        n_chars=sum(map(len, cells)),
        encoding=encoding,
        repairs=repairs,
        content_sha256=_content_hash(cells, layout),
    )


def _content_hash(cells: list[str], layout: Layout) -> str:
    """Hash of what the row says: independent of the columns' order, of empty ones, of rank, of links and of line
    ends.
    """
    if layout.flat:
        named = sorted((".".join(column.path), cells[column.position]) for column in layout.flat)
    else:
        named = sorted((name, cells[position]) for name, position in layout.columns.items())
    return sha256("\x1e".join(f"{name}\x1f{cell}" for name, cell in named if cell).replace("\r\n", "\n"))


class _Cells:
    """The cells of one row by our names of the columns, and the texts taken out of them."""

    def __init__(self, cells: list[str], layout: Layout) -> None:
        self.cells = cells
        self.layout = layout
        self.origins: dict[str, Origin] = {}
        self.sources: dict[str, str] = {}

    def get(self, column: str) -> str | None:
        position = self.layout.columns.get(column)
        # The pre-2023 export writes "null" for a date that is missing.
        return None if position is None or (value := self.cells[position]) == "null" else value or None

    def name(self, column: str) -> str:
        return self.layout.names[self.layout.columns[column]] if column in self.layout.columns else ""

    def text(self, column: str, path: str | None = None) -> str | None:
        """A cell of prose, kept as source; the whole of it is the text at `path`."""
        value = self.get(column)
        if value is not None:
            self.sources[self.name(column)] = value
            if path is not None:
                self.origins[path] = Origin(self.name(column), 0, len(value))
        return value

    def items(self, column: str) -> list[str]:
        value = self.get(column) or ""
        return [value[start:end].strip() for start, end in ctgov_cells.items(value)]

    def date(self, column: str) -> DateStruct | None:
        value = self.get(column)
        return DateStruct(date=value) if value else None


def _study(cells: list[str], layout: Layout) -> Study:
    row = _Cells(cells, layout)
    protocol = ProtocolSection()
    _fill_identification(protocol, row)
    _fill_status(protocol, row)
    _fill_sponsors(protocol, row)
    _fill_design(protocol, row)
    protocol.description_module.brief_summary = row.text("brief_summary", "descriptionModule.briefSummary")
    if value := row.text("conditions"):
        protocol.conditions_module.conditions = ctgov_cells.texts(
            value, path="conditionsModule.conditions", field=row.name("conditions"), base=0, origins=row.origins
        )
    if value := row.text("interventions"):
        protocol.arms_interventions_module.interventions = ctgov_cells.interventions(
            value, field=row.name("interventions"), base=0, origins=row.origins
        )
    outcome_columns = ("primary_outcomes", "secondary_outcomes", "other_outcomes")
    protocol.outcomes_module = ctgov_cells.outcomes(
        [row.text(column) or "" for column in outcome_columns],
        fields=[row.name(column) for column in outcome_columns],
        bases=(0, 0, 0),
        origins=row.origins,
    )
    # The pre-2023 titles of measures do not say which are primary: they are kept as text, and are no endpoints.
    row.text("outcomes_without_role")
    if value := row.get("locations"):
        protocol.contacts_locations_module.locations = [
            Location(country=ctgov_cells.country(value[start:end])) for start, end in ctgov_cells.items(value)
        ]
    return Study(
        protocol_section=protocol,
        has_results=_HAS_RESULTS.get(row.get("has_results") or ""),
        origins=row.origins,
        source_texts=row.sources,
        carried=layout.carried,
    )


def _fill_identification(protocol: ProtocolSection, row: _Cells) -> None:
    identification = protocol.identification_module
    identification.nct_id = row.get("nct_id")
    identification.brief_title = row.text("brief_title", "identificationModule.briefTitle")
    identification.acronym = row.text("acronym", "identificationModule.acronym")
    if numbers := [IdInfo(id=number) for number in row.items("other_ids")]:
        # The sponsor's own number comes first (in all of 99 rows that are there as JSON too); the others have lost their type.
        identification.org_study_id_info, *identification.secondary_id_infos = numbers


def _fill_status(protocol: ProtocolSection, row: _Cells) -> None:
    status = protocol.status_module
    status.overall_status = row.get("overall_status")
    status.start_date_struct = row.date("start_date")
    status.primary_completion_date_struct = row.date("primary_completion_date")
    status.completion_date_struct = row.date("completion_date")
    status.study_first_post_date_struct = row.date("first_posted")
    status.results_first_post_date_struct = row.date("results_first_posted")
    status.last_update_post_date_struct = row.date("last_update_posted")


def _fill_sponsors(protocol: ProtocolSection, row: _Cells) -> None:
    module = protocol.sponsor_collaborators_module
    name, funder = row.get("sponsor"), row.get("funder")
    if name or funder:
        # An export may have the column of the funder's class alone.
        module.lead_sponsor = Sponsor(name=name, class_=funder)
    module.collaborators = [Sponsor(name=name) for name in row.items("collaborators")]
    if names := row.items("sponsors"):
        # "Funded Bys" lists the classes of all sponsors: the lead's own only if there is but one.
        funders = row.items("funders")
        module.lead_sponsor = Sponsor(name=names[0], class_=funders[0] if len(funders) == 1 else None)
        module.collaborators = [Sponsor(name=name) for name in names[1:]]


def _fill_design(protocol: ProtocolSection, row: _Cells) -> None:
    design = protocol.design_module
    design.study_type = row.get("study_type")
    design.phases = row.items("phases")
    if value := row.get("design"):
        design.design_info = ctgov_cells.design_info(value)
    if value := row.get("enrollment"):
        design.enrollment_info = EnrollmentInfo(count=value)
    eligibility = protocol.eligibility_module
    eligibility.sex = row.get("sex")
    # Today's export has only age groups here ("ADULT, OLDER_ADULT"), which match no range of years.
    if value := row.get("age"):
        eligibility.minimum_age, eligibility.maximum_age = ctgov_cells.age_limits(value)


_HAS_RESULTS = {"YES": True, "NO": False, "Has Results": True, "No Results Available": False}


class _UnreadableCellError(Exception):
    """A cell of a flattened record that cannot be read as what its column holds."""

    def __init__(self, message: str, reason: Reason) -> None:
        super().__init__(message)
        self.reason = reason


@cache
def _modules() -> dict[str, tuple[tuple[str, ...], type[Shape]]]:
    """Module names, with and without "Module", to the path of the module and its shape."""
    found: dict[str, tuple[tuple[str, ...], type[Shape]]] = {}
    for section, shape in (
        ("protocolSection", ProtocolSection),
        ("resultsSection", ResultsSection),
        ("derivedSection", DerivedSection),
    ):
        for field in msgspec.structs.fields(shape):
            entry = ((section, field.encode_name), field.type)
            found[field.encode_name] = found[field.encode_name.removesuffix("Module")] = entry
    return found


_SECTIONS = {"protocolSection", "resultsSection", "derivedSection"}


def _flat_columns(names: list[str]) -> list[FlatColumn]:
    """Columns named by paths: "identification_nctId", "protocolSection.identificationModule.nctId"; [] without an NCT
    id.
    """
    found: dict[tuple[str, ...], FlatColumn] = {}
    for index, column in enumerate(names):
        parts = [part for part in re.split(r"[._]+", column) if part]
        if parts and parts[0] in _SECTIONS:
            parts = parts[1:]
        if parts == ["hasResults"]:
            found.setdefault(("hasResults",), FlatColumn(index, ("hasResults",), "flag"))
        elif len(parts) > 1 and parts[0] in _modules():
            path, shape = _modules()[parts[0]]
            if (target := _target(path, shape, parts[1:])) is not None:
                found.setdefault(target[0], FlatColumn(index, *target))
    if not any(path[-1] == "nctId" for path in found):
        return []
    return list(found.values())


def _target(path: tuple[str, ...], shape: Any, parts: list[str]) -> tuple[tuple[str, ...], Literal["text", "flag", "words", "json"]] | None:
    """Where a column's value goes in the shape; None for what no table needs. "startDate_date" stands for
    startDateStruct.
    """
    for part in parts:
        if not (isinstance(shape, type) and issubclass(shape, Shape)):
            return None
        fields = {field.encode_name: field.type for field in msgspec.structs.fields(shape)}
        key = part if part in fields else f"{part}Struct"
        if key not in fields:
            return None
        path = (*path, key)
        shape = fields[key]
        if isinstance(shape, types.UnionType):
            members = [member for member in typing.get_args(shape) if member is not type(None)]
            shape = members[0] if len(members) == 1 else (bool if bool in members else str)
    if shape is bool:
        return path, "flag"
    if isinstance(shape, type) and not issubclass(shape, Shape):
        return path, "text"
    return path, "words" if typing.get_args(shape) == (str,) else "json"


def _flat_carried(flat: list[FlatColumn]) -> list[str]:
    """What the columns can state. Lists of words joined by ", " are not exact ("Impotence, Arteriogenic"), so no
    conditions.
    """
    paths = (".".join(column.path[1:] or column.path) for column in flat)
    return sorted({name for path in paths for name in _FLAT_CARRIED.get(path, ())})


def _flat_study(cells: list[str], layout: Layout) -> Study:
    tree: dict[str, Any] = {}
    for column in layout.flat:
        cell = cells[column.position]
        if not cell:
            continue
        node = tree
        for part in column.path[:-1]:
            node = node.setdefault(part, {})
        name = layout.names[column.position]
        if column.kind == "flag":
            value: Any = _FLAGS.get(cell, cell)
        elif column.kind == "json" or (column.kind == "words" and cell[0] == "["):
            value = _loads(cell, name)
        elif column.kind == "words":
            value = cell.split(", ")
        else:
            value = cell
        node[column.path[-1]] = value
    if not tree.get("resultsSection"):
        tree.pop("resultsSection", None)
    try:
        study = msgspec.convert(tree, Study)
    except msgspec.ValidationError as error:
        raise _UnreadableCellError(str(error), Reason.INVALID_FIELD) from error
    # As with API v2 itself, every text is its own place: offsets in JSON are not those of its text.
    study.carried = layout.carried
    return study


_FLAGS = {"True": True, "TRUE": True, "true": True, "False": False, "FALSE": False, "false": False}


def _loads(cell: str, name: str) -> Any:
    """A structure written as JSON, or as Python prints it (pandas, without a conversion)."""
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(cell)
    except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
        raise _UnreadableCellError(f"column {name}: {error}", Reason.INVALID_JSON) from error
