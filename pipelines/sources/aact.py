"""AACT, the Clinical Trials Transformation Initiative's database of ClinicalTrials.gov, as pipe-delimited files.

Belongs here: which table a file is, joining the tables of a set into one `Study` per trial, and single wide tables
made from AACT. Not here: which files form a set (the engine decides), rows and quoting (`delimited`), enum
normalisation.

AACT writes `~` for a line break. `source_texts` keeps it; the `Study` has a line break in its place, so that offsets
hold. Table and column names are those of AACT's schema (ctti-clinicaltrials/aact, db/structure.sql).
"""

import calendar
import contextlib
import datetime
import io
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeVar

import msgspec

from pipelines.shapes import (
    Achievement,
    AdverseEvent,
    AdverseEventsModule,
    Analysis,
    ArmGroup,
    BrowseModule,
    Category,
    DateStruct,
    Denom,
    DenomCount,
    DesignInfo,
    EnrollmentInfo,
    EventGroup,
    EventStats,
    IdInfo,
    Intervention,
    Location,
    MaskingInfo,
    MeasureClass,
    Measurement,
    MeshTerm,
    Milestone,
    Origin,
    Outcome,
    OutcomeMeasure,
    ParticipantFlowModule,
    Period,
    ProtocolSection,
    ResultGroup,
    ResultsSection,
    Sponsor,
    Study,
)
from pipelines.sources import ctgov_cells
from pipelines.sources.delimited import BadRow, first_line, header_cells, rows
from pipelines.sources.records import MAX_RECORD_BYTES, Reason, Record, Reject, excerpt
from pipelines.sources.study_record import study_record
from pipelines.text.encoding import decode

FORMAT = "aact"

TABLES: dict[str, frozenset[str]] = {
    "studies": frozenset({"brief_title", "overall_status", "study_type", "source"}),
    "conditions": frozenset({"name", "downcase_name"}),
    "keywords": frozenset({"name", "downcase_name"}),
    "interventions": frozenset({"intervention_type", "name"}),
    "intervention_other_names": frozenset({"intervention_id", "name"}),
    "design_groups": frozenset({"group_type", "title"}),
    "design_group_interventions": frozenset({"design_group_id", "intervention_id"}),
    "design_outcomes": frozenset({"outcome_type", "measure"}),
    "designs": frozenset({"allocation", "intervention_model", "primary_purpose", "masking"}),
    "outcomes": frozenset({"outcome_type", "title", "param_type"}),
    "outcome_counts": frozenset({"outcome_id", "scope", "count"}),
    "outcome_measurements": frozenset({"outcome_id", "classification", "param_value"}),
    "outcome_analyses": frozenset({"outcome_id", "p_value", "method"}),
    "outcome_analysis_groups": frozenset({"outcome_analysis_id"}),
    "reported_events": frozenset({"adverse_event_term", "subjects_affected"}),
    "reported_event_totals": frozenset({"event_type", "classification", "subjects_affected"}),
    "result_groups": frozenset({"result_type", "ctgov_group_code"}),
    "milestones": frozenset({"result_group_id", "title", "period", "count"}),
    "eligibilities": frozenset({"gender", "minimum_age", "criteria"}),
    "sponsors": frozenset({"agency_class", "lead_or_collaborator"}),
    "id_information": frozenset({"id_value"}),
    "brief_summaries": frozenset({"description"}),
    "detailed_descriptions": frozenset({"description"}),
    "calculated_values": frozenset({"number_of_facilities"}),
    "countries": frozenset({"name", "removed"}),
    "facilities": frozenset({"name", "city", "country"}),
    "browse_conditions": frozenset({"mesh_term", "downcase_mesh_term"}),
    "browse_interventions": frozenset({"mesh_term", "downcase_mesh_term"}),
}
"""The tables that are read, with the columns (besides `nct_id`) that tell them from one another."""

_BARE = {"brief_summaries", "detailed_descriptions"}
"""Tables that have no other column than their signature: "description" alone stands in many tables."""

_CARRIED_BY_TABLE: dict[str, tuple[str, ...]] = {
    "conditions": ("conditions", "trials.is_oncology"),
    "interventions": ("regimens",),
    "design_groups": ("arms", "trials.n_arms"),
    "design_outcomes": ("endpoints",),
    "designs": (
        "trials.allocation",
        "trials.intervention_model",
        "trials.masking",
        "trials.primary_purpose",
        "trials.is_randomized",
        "trials.is_open_label",
        "trials.is_single_arm",
    ),
    "outcome_measurements": ("endpoint_results",),
    "reported_events": ("safety",),
    "eligibilities": (
        "trials.sex",
        "trials.minimum_age_years",
        "trials.maximum_age_years",
        "trials.eligibility_criteria",
    ),
    "sponsors": ("trials.lead_sponsor", "trials.sponsor_class"),
    "id_information": ("trials.other_ids",),
    "brief_summaries": ("trials.brief_summary",),
    "detailed_descriptions": ("trials.detailed_description",),
    "calculated_values": ("trials.has_results",),
    "countries": ("trials.countries",),
    "facilities": ("trials.countries", "trials.n_sites", "trials.is_multicenter"),
}

_CARRIED_BY_COLUMN: dict[str, tuple[str, ...]] = {
    "nct_id": ("trials.nct_id", "trials.registry"),
    "brief_title": ("trials.brief_title",),
    "official_title": ("trials.official_title",),
    "acronym": ("trials.acronym",),
    "overall_status": ("trials.overall_status",),
    "why_stopped": ("trials.why_stopped",),
    "start_date": ("trials.start_date", "trials.start_date_precision"),
    "primary_completion_date": ("trials.primary_completion_date", "trials.primary_completion_date_precision"),
    "completion_date": ("trials.completion_date", "trials.completion_date_precision"),
    "study_first_posted_date": ("trials.first_posted_date",),
    "last_update_posted_date": ("trials.last_update_date",),
    "study_type": ("trials.study_type",),
    "phase": ("trials.phase",),
    "enrollment": ("trials.enrollment",),
    "enrollment_type": ("trials.enrollment_type",),
    "number_of_arms": ("trials.n_arms",),
    "results_first_posted_date": ("trials.has_results",),
    # Columns of wide tables.
    "brief_summary": ("trials.brief_summary",),
    "detailed_description": ("trials.detailed_description",),
    "allocation": ("trials.allocation", "trials.is_randomized"),
    "intervention_model": ("trials.intervention_model", "trials.is_single_arm"),
    "primary_purpose": ("trials.primary_purpose",),
    "masking": ("trials.masking", "trials.is_open_label"),
    "gender": ("trials.sex",),
    "minimum_age": ("trials.minimum_age_years",),
    "maximum_age": ("trials.maximum_age_years",),
    "criteria": ("trials.eligibility_criteria",),
    "sponsor": ("trials.lead_sponsor",),
    "sponsor_type": ("trials.sponsor_class",),
    "conditions": ("conditions", "trials.is_oncology"),
}

_WIDE_NAMES = {
    "rec_status": "overall_status",
    "description": "brief_summary",
    "masking_description": "masking",
    "last_update": "last_update_posted_date",
    "sponsor_class": "sponsor_type",
    "sex": "gender",
}
"""Columns of wide tables that are named otherwise in AACT (the R package ctrialsgov; its masking_description is the
masking).
"""

_WINDOW_BYTES = 8 * 2**20
_RECORD_START = re.compile(r'^(?:"?\d+"?\|)?"?NCT\d{8}"?\|', re.MULTILINE)


_SPLIT = ".rows"


class _Row(NamedTuple):
    """A row of one table: `number` in its file, cells by column."""

    number: int
    cells: list[str]
    columns: dict[str, int]

    def get(self, column: str) -> str | None:
        position = self.columns.get(column)
        return self.cells[position] or None if position is not None and position < len(self.cells) else None


def _header(head: bytes) -> list[str]:
    text = decode(head).text
    start, end = first_line(text)
    line = text[start:end]
    return [name.strip().lower() for name in header_cells(line, "|")] if "|" in line else []


def table_of(head: bytes, *, name: str = "") -> str | None:
    """Which AACT table a file is that begins with `head`; None for any other file, also for a wide table.

    Three pairs of tables have the very same columns (conditions and keywords, brief_summaries and
    detailed_descriptions, browse_conditions and browse_interventions): between the two of a pair, and only there,
    `name` decides.
    """
    names = set(_header(head))
    if "nct_id" not in names:
        return None
    found = [
        table for table, columns in TABLES.items() if columns <= names and not (table in _BARE and names - {"id", "nct_id", "description"})
    ]
    if not found or (_is_wide(names) and "studies" not in found):
        return None
    longest = max(len(TABLES[table]) for table in found)
    found = [table for table in found if len(TABLES[table]) == longest]
    if len(found) == 1:
        return found[0]
    named = [table for table in found if table in name.lower()]
    return named[0] if len(named) == 1 else None


def _is_wide(names: set[str]) -> bool:
    return {"nct_id", "brief_title"} <= names and len(names & {*_CARRIED_BY_COLUMN, *_WIDE_NAMES}) >= 4


def sniff(head: bytes) -> bool:
    """Is this a table of AACT, or a wide table made from it?"""
    names = set(_header(head))
    return "nct_id" in names and (_is_wide(names) or any(columns <= names for columns in TABLES.values()))


def read(data: bytes, *, first_index: int = 0, header: bytes = b"") -> Iterator[Record | Reject]:
    """Trials of a single table with one row per trial. Any other table cannot stand alone: its rows name trials that
    it lacks.
    """
    names = {*_header(header + data[:100_000])}
    if _is_wide(names):
        for row in _table_rows(io.BytesIO(header + data), "", wide=True):
            if isinstance(row, Reject):
                row.index += first_index
                yield row
            else:
                yield _record(row, {}, first_index + row.number, wide=True)
        return
    n_rows = sum(1 for _ in _table_rows(io.BytesIO(header + data), ""))
    yield Reject(
        index=first_index,
        format=FORMAT,
        reason=Reason.MISSING_KEY,
        detail=f"{n_rows} rows of a table without the table of studies",
        excerpt=excerpt(data[:1000]),
    )


def read_set(tables: Mapping[str, Path | bytes], *, bucket: int = 0, n_buckets: int = 1) -> Iterator[Record | Reject]:
    """Trials of a set of tables, joined by `nct_id`, in the order of the studies table; `index` is the row number
    there.

    Only trials whose number falls in `bucket` of `n_buckets` are read and held, so memory is that of one bucket. Tables as
    they came are scanned whole for that; those of `split_set` hold the rows of one bucket only. What is wrong in a
    table beside the studies is no record of the set: its `Reject` has
    index -1 and names the table and row. Rows of trials that are not among the studies are one `Reject` per table.
    """
    studies: dict[str, _Row] = {}
    yield from _collect_studies(tables["studies"], studies, bucket=bucket, n_buckets=n_buckets)
    children: dict[str, dict[str, list[_Row]]] = {nct_id: {} for nct_id in studies}
    for table, source in tables.items():
        if table != "studies" and table in TABLES:
            yield from _collect_children(source, table, children, bucket=bucket, n_buckets=n_buckets)
    for nct_id, row in studies.items():
        yield _record(row, children.pop(nct_id), row.number, tables=tables)


def _collect_studies(source: Path | bytes, studies: dict[str, _Row], *, bucket: int, n_buckets: int) -> Iterator[Reject]:
    """Puts this bucket's rows of the studies table into `studies`."""
    for row in _rows_of(source, "studies"):
        if isinstance(row, Reject):
            if row.index % n_buckets == bucket:
                yield row
        elif not (nct_id := row.get("nct_id")):
            if row.number % n_buckets == bucket:
                yield _reject(row, "studies", Reason.MISSING_KEY, "no nct_id")
        elif _bucket(nct_id, n_buckets) == bucket and studies.setdefault(nct_id, row) is not row:
            yield _reject(row, "studies", Reason.MISSING_KEY, f"a second row of {nct_id}")


def _collect_children(
    source: Path | bytes, table: str, children: dict[str, dict[str, list[_Row]]], *, bucket: int, n_buckets: int
) -> Iterator[Reject]:
    """Puts this bucket's rows of another table to their trials in `children`; counts those of no trial."""
    first_lost: _Row | None = None
    n_lost, lost_trials = 0, set[str]()
    for row in _rows_of(source, table):
        if isinstance(row, Reject):
            if row.index % n_buckets == bucket:
                yield msgspec.structs.replace(row, index=-1, detail=f"{row.detail} (row {row.index} of {table})")
            continue
        nct_id = row.get("nct_id") or ""
        if _bucket(nct_id, n_buckets) != bucket:
            continue
        if (trial := children.get(nct_id)) is not None:
            trial.setdefault(table, []).append(row)
        else:
            n_lost += 1
            lost_trials.add(nct_id)
            first_lost = first_lost or row
    if first_lost is not None:
        detail = f"{n_lost} rows of {len(lost_trials)} trials that are not among the studies"
        yield msgspec.structs.replace(
            _reject(first_lost, table, Reason.MISSING_KEY, f"{detail}, from row {first_lost.number} on"), index=-1
        )


def split_set(tables: Mapping[str, Path], folder: Path, n_buckets: int) -> None:
    """Write each table's rows to `folder/<bucket>/<table>.rows`, so that a bucket of a large set is read without the rest.

    One pass per table, in bounded memory. `read_set` over a bucket's files gives what it gives over the tables themselves. At most a few
    hundred buckets: each is an open file.
    """
    for table, path in tables.items():
        with contextlib.ExitStack() as stack:
            files: list[BinaryIO] = []
            for bucket in range(n_buckets):
                place = folder / str(bucket)
                place.mkdir(parents=True, exist_ok=True)
                files.append(stack.enter_context((place / f"{table}{_SPLIT}").open("wb")))
            named: set[int] = set()
            for row in _table_rows(path.open("rb"), table):
                if isinstance(row, Reject):
                    line, bucket = _SplitRow(row.index, reject=row), row.index % n_buckets
                else:
                    nct_id = row.get("nct_id") or ""
                    by_number = table == "studies" and not nct_id
                    bucket = row.number % n_buckets if by_number else _bucket(nct_id, n_buckets)
                    line = _SplitRow(row.number, row.cells, columns={} if bucket in named else row.columns)
                    named.add(bucket)
                files[bucket].write(msgspec.json.encode(line) + b"\n")


class _SplitRow(msgspec.Struct, array_like=True, omit_defaults=True):
    """A line of a split table: a row, or what was wrong with one. The first row of a file names the columns of all."""

    number: int
    cells: list[str] = []
    columns: dict[str, int] = {}
    reject: Reject | None = None


def _rows_of(source: Path | bytes, table: str) -> Iterator[_Row | Reject]:
    if isinstance(source, Path) and source.suffix == _SPLIT:
        decoder = msgspec.json.Decoder(_SplitRow)
        columns: dict[str, int] = {}
        with source.open("rb") as lines:
            for line in map(decoder.decode, lines):
                columns = line.columns or columns
                yield line.reject or _Row(line.number, line.cells, columns)
    else:
        yield from _table_rows(_open(source), table)


def _bucket(nct_id: str, n_buckets: int) -> int:
    return zlib.crc32(nct_id.encode("utf-8", "surrogatepass")) % n_buckets


def _reject(row: _Row, table: str, reason: Reason, detail: str) -> Reject:
    return Reject(
        index=row.number,
        format=FORMAT,
        reason=reason,
        detail=f"{table}: {detail}",
        excerpt=excerpt("|".join(row.cells)[:1000]),
    )


def _open(source: Path | bytes) -> BinaryIO:
    return source.open("rb") if isinstance(source, Path) else io.BytesIO(source)


def _table_rows(file: BinaryIO, table: str, *, wide: bool = False) -> Iterator[_Row | Reject]:
    """Rows of a table file, a window of it at a time; closes the file."""
    number = 0
    header: list[str] = []
    columns: dict[str, int] = {}
    text, pending, final = "", b"", False
    with file:
        while not final:
            chunk = file.read(_WINDOW_BYTES)
            final = not chunk
            pending += chunk
            if len(pending) > MAX_RECORD_BYTES and b"\n" not in pending:
                yield _too_large(table, number, len(text) + len(pending) + _skip_line(file), text or pending)
                text, pending, number = "", b"", number + 1
                continue
            cut = len(pending) if final else pending.rfind(b"\n") + 1
            text, pending = text + decode(pending[:cut]).text, pending[cut:]
            reached = 0
            if not header:
                start, end = first_line(text)
                if start == end:
                    continue
                header = header_cells(text[start:end], "|")
                names = [name.strip().lower() for name in header]
                if wide and "overall_status" not in names:
                    names = [_WIDE_NAMES.get(name, name) for name in names]
                columns = {name: position for position, name in reversed(list(enumerate(names)))}
                reached = min(end + 1, len(text))
            for row in rows(text, start=reached, header=header, delimiter="|", record_start=_RECORD_START, final=final):
                reached = row.end
                if isinstance(row, BadRow):
                    yield Reject(
                        index=number,
                        format=FORMAT,
                        reason=row.reason,
                        detail=f"{table or 'table'} row {number}: {row.detail}",
                        excerpt=excerpt(text[row.start : min(row.end, row.start + 1000)]),
                    )
                else:
                    yield _Row(number, row.cells, columns)
                number += 1
            text = text[reached:]
            if len(text) > MAX_RECORD_BYTES:
                yield _too_large(table, number, len(text), text)
                text, number = "", number + 1


def _skip_line(file: BinaryIO) -> int:
    """Read to the end of the line without keeping it; returns how many bytes that were."""
    n_bytes = 0
    while piece := file.readline(_WINDOW_BYTES):
        n_bytes += len(piece)
        if piece.endswith(b"\n"):
            break
    return n_bytes


def _too_large(table: str, number: int, n_bytes: int, content: bytes | str) -> Reject:
    detail = f"{table or 'table'} row {number}: {n_bytes:,} bytes, at most {MAX_RECORD_BYTES:,} in a record"
    return Reject(index=number, format=FORMAT, reason=Reason.TOO_LARGE, detail=detail, excerpt=excerpt(content[:1000]))


class _Texts:
    """Takes prose texts out of rows: notes where each stood, and turns AACT's `~` into line breaks."""

    def __init__(self) -> None:
        self.origins: dict[str, Origin] = {}
        self.sources: dict[str, str] = {}

    def take(self, row: _Row | None, column: str, path: str, place: str) -> str | None:
        """Text of a column for the study's `path`; `place` is the row in the source, such as "design_outcomes[3]"."""
        raw = row.get(column) if row else None
        if raw is None:
            return None
        field = f"{place}.{column}" if place else column
        self.sources[field] = raw
        self.origins[path] = Origin(field, 0, len(raw))
        return raw.replace("~", "\n")


def _record(
    row: _Row,
    children: dict[str, list[_Row]],
    index: int,
    *,
    tables: Mapping[str, Path | bytes] | None = None,
    wide: bool = False,
) -> Record | Reject:
    if not row.get("nct_id") and not row.get("brief_title"):
        return _reject(row, "studies", Reason.EMPTY_RECORD, "neither nct_id nor title")
    for found in children.values():
        # COPY gives rows in no order; their ids are the order in which the registry lists them.
        found.sort(key=lambda child: int(number) if (number := child.get("id") or "").isdigit() else child.number)
    texts = _Texts()
    protocol = ProtocolSection()
    _fill_study(protocol, row, texts, wide=wide)
    if wide:
        _fill_wide(protocol, row, texts)
    else:
        _fill_protocol(protocol, children, texts)
    study = Study(
        protocol_section=protocol,
        results_section=_results(children),
        has_results=_has_results(row, children, tables),
        origins=texts.origins,
        source_texts=texts.sources,
        carried=_carried(row, tables),
    )
    study.derived_section.condition_browse_module = _browse(children.get("browse_conditions", []))
    study.derived_section.intervention_browse_module = _browse(children.get("browse_interventions", []))
    n_chars = sum(map(len, row.cells)) + sum(sum(map(len, r.cells)) for found in children.values() for r in found)
    return study_record(study, format=FORMAT, index=index, n_chars=n_chars)


def _carried(row: _Row, tables: Mapping[str, Path | bytes] | None) -> list[str]:
    found = {name for column in row.columns for name in _CARRIED_BY_COLUMN.get(column, ())}
    found.update(name for table in tables or () for name in _CARRIED_BY_TABLE.get(table, ()))
    if tables and not {"outcomes", "result_groups"} <= tables.keys():
        found.discard("endpoint_results")
    return sorted(found)


def _has_results(row: _Row, children: dict[str, list[_Row]], tables: Mapping[str, Path | bytes] | None) -> bool | None:
    for calculated in children.get("calculated_values", []):
        if (flag := calculated.get("were_results_reported")) is not None:
            return flag.lower() in ("t", "true", "1")
    if "results_first_posted_date" in row.columns:
        return row.get("results_first_posted_date") is not None
    return bool(children.get("outcomes")) if tables and "outcomes" in tables else None


def _date(row: _Row, name: str) -> DateStruct | None:
    """A date as the registry states it. AACT turns a month into its last day, but keeps the words beside it.

    Where the words are not there, the last day of a month may be such a month or a real day: what both say is the
    month.
    """
    words, date = row.get(f"{name}_month_year"), row.get(f"{name}_date")
    if date:
        date = date.partition("T")[0]
    if words is None and date and name in ("start", "completion", "primary_completion"):
        try:
            day = datetime.date.fromisoformat(date)
        except ValueError:
            pass
        else:
            if day.day == calendar.monthrange(day.year, day.month)[1]:
                date = date[:7]
    stated = words or date
    return DateStruct(date=stated, type=row.get(f"{name}_date_type")) if stated else None


def _fill_study(protocol: ProtocolSection, row: _Row, texts: _Texts, *, wide: bool) -> None:
    place = "" if wide else "studies"
    identification = protocol.identification_module
    identification.nct_id = row.get("nct_id")
    identification.brief_title = texts.take(row, "brief_title", "identificationModule.briefTitle", place)
    identification.official_title = texts.take(row, "official_title", "identificationModule.officialTitle", place)
    identification.acronym = texts.take(row, "acronym", "identificationModule.acronym", place)
    status = protocol.status_module
    status.overall_status = row.get("overall_status")
    status.last_known_status = row.get("last_known_status")
    status.why_stopped = texts.take(row, "why_stopped", "statusModule.whyStopped", place)
    status.start_date_struct = _date(row, "start")
    status.primary_completion_date_struct = _date(row, "primary_completion")
    status.completion_date_struct = _date(row, "completion")
    status.study_first_post_date_struct = _date(row, "study_first_posted")
    status.results_first_post_date_struct = _date(row, "results_first_posted")
    status.last_update_post_date_struct = _date(row, "last_update_posted")
    status.last_update_submit_date = row.get("last_update_submitted_date")
    design = protocol.design_module
    design.study_type = row.get("study_type")
    if phase := row.get("phase"):
        design.phases = [phase] if phase in ("N/A", "NA") else phase.split("/")
    if enrollment := row.get("enrollment"):
        design.enrollment_info = EnrollmentInfo(count=enrollment.removesuffix(".0"), type=row.get("enrollment_type"))
    design.number_of_arms = row.get("number_of_arms")


def _fill_wide(protocol: ProtocolSection, row: _Row, texts: _Texts) -> None:
    description = protocol.description_module
    for column, path in (("brief_summary", "briefSummary"), ("detailed_description", "detailedDescription")):
        setattr(description, column, texts.take(row, column, f"descriptionModule.{path}", ""))
    if (cell := row.get("conditions")) is not None:
        texts.sources["conditions"] = cell
        protocol.conditions_module.conditions = ctgov_cells.texts(
            cell, path="conditionsModule.conditions", field="conditions", base=0, origins=texts.origins
        )
    _fill_design(protocol, row)
    _fill_eligibility(protocol, row, texts, "")
    eligibility = protocol.eligibility_module
    eligibility.minimum_age = _years(eligibility.minimum_age)
    eligibility.maximum_age = _years(eligibility.maximum_age)
    if name := row.get("sponsor"):
        protocol.sponsor_collaborators_module.lead_sponsor = Sponsor(name=name, class_=row.get("sponsor_type"))
    ids = [row.get(column) for column in ("eudract_num", "other_id")]
    protocol.identification_module.secondary_id_infos = [IdInfo(id=number) for number in ids if number]


def _years(age: str | None) -> str | None:
    """Wide tables give ages as numbers of years ("18.0")."""
    return f"{age.removesuffix('.0')} Years" if age and re.fullmatch(r"\d+(?:\.\d+)?", age) else age


def _first(children: dict[str, list[_Row]], table: str) -> _Row | None:
    found = children.get(table)
    return found[0] if found else None


def _fill_protocol(protocol: ProtocolSection, children: dict[str, list[_Row]], texts: _Texts) -> None:
    description = protocol.description_module
    description.brief_summary = texts.take(
        _first(children, "brief_summaries"), "description", "descriptionModule.briefSummary", "brief_summaries"
    )
    description.detailed_description = texts.take(
        _first(children, "detailed_descriptions"),
        "description",
        "descriptionModule.detailedDescription",
        "detailed_descriptions",
    )
    conditions = protocol.conditions_module
    for table, target in (("conditions", conditions.conditions), ("keywords", conditions.keywords)):
        for number, row in enumerate(children.get(table, [])):
            path = f"conditionsModule.{table}[{len(target)}]"
            if (name := texts.take(row, "name", path, f"{table}[{number}]")) is not None:
                target.append(name)
    if row := _first(children, "designs"):
        _fill_design(protocol, row)
    if row := _first(children, "eligibilities"):
        _fill_eligibility(protocol, row, texts, "eligibilities")
    _fill_arms(protocol, children, texts)
    _fill_outcomes(protocol, children, texts)
    _fill_sponsors(protocol, children)
    _fill_ids(protocol, children)
    protocol.contacts_locations_module.locations = _locations(children)


def _fill_sponsors(protocol: ProtocolSection, children: dict[str, list[_Row]]) -> None:
    module = protocol.sponsor_collaborators_module
    for row in children.get("sponsors", []):
        sponsor = Sponsor(name=row.get("name"), class_=row.get("agency_class"))
        if (row.get("lead_or_collaborator") or "").lower() == "lead" and module.lead_sponsor is None:
            module.lead_sponsor = sponsor
        else:
            module.collaborators.append(sponsor)


def _fill_ids(protocol: ProtocolSection, children: dict[str, list[_Row]]) -> None:
    """Numbers by their source, which older files write into `id_type`."""
    identification = protocol.identification_module
    for row in children.get("id_information", []):
        source = row.get("id_source") or row.get("id_type") or ""
        if not (number := row.get("id_value")):
            continue
        if source == "nct_alias":
            identification.nct_id_aliases.append(number)
        elif source == "org_study_id" and identification.org_study_id_info is None:
            identification.org_study_id_info = IdInfo(id=number)
        else:
            kind = row.get("id_type") if "id_source" in row.columns else None
            identification.secondary_id_infos.append(IdInfo(id=number, type=kind, domain=row.get("id_type_description")))


def _locations(children: dict[str, list[_Row]]) -> list[Location]:
    """Sites; where only the table of countries is there, one place per country (the number of sites is then not carried)."""
    if "facilities" in children:
        return [Location(facility=row.get("name"), city=row.get("city"), country=row.get("country")) for row in children["facilities"]]
    return [
        Location(country=row.get("name"))
        for row in children.get("countries", [])
        if (row.get("removed") or "f").lower() not in ("t", "true")
    ]


def _fill_design(protocol: ProtocolSection, row: _Row) -> None:
    masked = (
        ("subject_masked", "PARTICIPANT"),
        ("caregiver_masked", "CARE_PROVIDER"),
        ("investigator_masked", "INVESTIGATOR"),
        ("outcomes_assessor_masked", "OUTCOMES_ASSESSOR"),
    )
    masking = row.get("masking")
    who = [role for column, role in masked if (row.get(column) or "").lower() in ("t", "true")]
    protocol.design_module.design_info = DesignInfo(
        allocation=row.get("allocation"),
        intervention_model=row.get("intervention_model"),
        intervention_model_description=_lines(row.get("intervention_model_description")),
        observational_model=row.get("observational_model"),
        time_perspective=row.get("time_perspective"),
        primary_purpose=row.get("primary_purpose"),
        masking_info=MaskingInfo(masking=masking, who_masked=who) if masking or who else None,
    )


def _lines(text: str | None) -> str | None:
    return text.replace("~", "\n") if text else None


def _fill_eligibility(protocol: ProtocolSection, row: _Row, texts: _Texts, place: str) -> None:
    eligibility = protocol.eligibility_module
    eligibility.eligibility_criteria = texts.take(row, "criteria", "eligibilityModule.eligibilityCriteria", place)
    eligibility.healthy_volunteers = row.get("healthy_volunteers")
    eligibility.sex = row.get("gender")
    eligibility.minimum_age = _no_age(row.get("minimum_age"))
    eligibility.maximum_age = _no_age(row.get("maximum_age"))


def _no_age(age: str | None) -> str | None:
    return None if age == "N/A" else age


def _fill_arms(protocol: ProtocolSection, children: dict[str, list[_Row]], texts: _Texts) -> None:
    module = protocol.arms_interventions_module
    arms: dict[str, ArmGroup] = {}
    treatments: dict[str, Intervention] = {}
    for number, row in enumerate(children.get("design_groups", [])):
        path, place = f"armsInterventionsModule.armGroups[{number}]", f"design_groups[{number}]"
        arm = ArmGroup(
            label=texts.take(row, "title", f"{path}.label", place),
            type=row.get("group_type"),
            description=texts.take(row, "description", f"{path}.description", place),
        )
        module.arm_groups.append(arm)
        arms[row.get("id") or ""] = arm
    for number, row in enumerate(children.get("interventions", [])):
        path, place = f"armsInterventionsModule.interventions[{number}]", f"interventions[{number}]"
        treatment = Intervention(
            type=row.get("intervention_type"),
            name=texts.take(row, "name", f"{path}.name", place),
            description=texts.take(row, "description", f"{path}.description", place),
        )
        module.interventions.append(treatment)
        treatments[row.get("id") or ""] = treatment
    for row in children.get("intervention_other_names", []):
        treatment = treatments.get(row.get("intervention_id") or "")
        if treatment and (name := row.get("name")):
            treatment.other_names.append(name)
    for row in children.get("design_group_interventions", []):
        arm = arms.get(row.get("design_group_id") or "")
        treatment = treatments.get(row.get("intervention_id") or "")
        if arm and treatment:
            # API v2 writes the type in words here: "Dietary Supplement: Akkermansia".
            words = (treatment.type or "").replace("_", " ").title()
            arm.intervention_names.append(f"{words}: {treatment.name or ''}")
            if arm.label:
                treatment.arm_group_labels.append(arm.label)


def _fill_outcomes(protocol: ProtocolSection, children: dict[str, list[_Row]], texts: _Texts) -> None:
    module = protocol.outcomes_module
    targets = {
        "primary": ("primaryOutcomes", module.primary_outcomes),
        "secondary": ("secondaryOutcomes", module.secondary_outcomes),
    }
    for number, row in enumerate(children.get("design_outcomes", [])):
        role = (row.get("outcome_type") or "").lower()
        name, target = targets.get(role, ("otherOutcomes", module.other_outcomes))
        path, place = f"outcomesModule.{name}[{len(target)}]", f"design_outcomes[{number}]"
        target.append(
            Outcome(
                measure=texts.take(row, "measure", f"{path}.measure", place),
                description=texts.take(row, "description", f"{path}.description", place),
                time_frame=texts.take(row, "time_frame", f"{path}.timeFrame", place),
            )
        )


def _browse(found: Sequence[_Row]) -> BrowseModule:
    module = BrowseModule()
    for row in found:
        target = module.ancestors if row.get("mesh_type") == "mesh-ancestor" else module.meshes
        target.append(MeshTerm(term=row.get("mesh_term")))
    return module


def _results(children: dict[str, list[_Row]]) -> ResultsSection | None:
    if not any(table in children for table in ("outcomes", "reported_events", "reported_event_totals", "milestones")):
        return None
    groups = {
        row.get("id") or "": ResultGroup(
            id=row.get("ctgov_group_code") or row.get("id"),
            title=_lines(row.get("title")),
            description=_lines(row.get("description")),
        )
        for row in children.get("result_groups", [])
    }
    results = ResultsSection()
    results.outcome_measures_module.outcome_measures = _measures(children, groups)
    results.adverse_events_module = _adverse_events(children, groups)
    results.participant_flow_module = _participant_flow(children, groups)
    return results


def _group_id(row: _Row, groups: Mapping[str, ResultGroup]) -> str | None:
    group = groups.get(row.get("result_group_id") or "")
    return group.id if group else row.get("ctgov_group_code")


_Key = TypeVar("_Key")


def _by(found: Sequence[_Row], key: Callable[[_Row], _Key]) -> dict[_Key, list[_Row]]:
    """Rows in runs of one key, keys in order of their first row."""
    sorted_out: dict[_Key, list[_Row]] = {}
    for row in found:
        sorted_out.setdefault(key(row), []).append(row)
    return sorted_out


def _measures(children: dict[str, list[_Row]], groups: Mapping[str, ResultGroup]) -> list[OutcomeMeasure]:
    def outcome_id(row: _Row) -> str:
        return row.get("outcome_id") or ""

    counts = _by(children.get("outcome_counts", []), outcome_id)
    values = _by(children.get("outcome_measurements", []), outcome_id)
    analyses = _by(children.get("outcome_analyses", []), outcome_id)
    compared = _by(children.get("outcome_analysis_groups", []), lambda row: row.get("outcome_analysis_id") or "")
    found: list[OutcomeMeasure] = []
    for row in children.get("outcomes", []):
        key = row.get("id") or ""
        used = dict.fromkeys(r.get("result_group_id") or "" for r in (*counts.get(key, []), *values.get(key, [])))
        found.append(
            OutcomeMeasure(
                type=row.get("outcome_type"),
                title=_lines(row.get("title")),
                description=_lines(row.get("description")),
                population_description=_lines(row.get("population")),
                param_type=row.get("param_type"),
                dispersion_type=row.get("dispersion_type"),
                unit_of_measure=row.get("units"),
                time_frame=_lines(row.get("time_frame")),
                denom_units_selected=row.get("units_analyzed"),
                groups=[groups[group] for group in used if group in groups],
                denoms=[
                    Denom(
                        units=units,
                        counts=[DenomCount(group_id=_group_id(r, groups), value=r.get("count")) for r in same],
                    )
                    for units, same in _by(counts.get(key, []), lambda r: r.get("units")).items()
                ],
                classes=[
                    MeasureClass(
                        title=title,
                        categories=[
                            Category(title=category, measurements=[_measurement(r, groups) for r in cell])
                            for category, cell in _by(same, lambda r: r.get("category")).items()
                        ],
                    )
                    for title, same in _by(values.get(key, []), lambda r: r.get("classification")).items()
                ],
                analyses=[_analysis(r, compared.get(r.get("id") or "", []), groups) for r in analyses.get(key, [])],
            )
        )
    return found


def _measurement(row: _Row, groups: Mapping[str, ResultGroup]) -> Measurement:
    return Measurement(
        group_id=_group_id(row, groups),
        value=row.get("param_value"),
        spread=row.get("dispersion_value"),
        lower_limit=row.get("dispersion_lower_limit"),
        upper_limit=row.get("dispersion_upper_limit"),
        comment=_lines(row.get("explanation_of_na")),
    )


def _analysis(row: _Row, compared: Sequence[_Row], groups: Mapping[str, ResultGroup]) -> Analysis:
    p_value, modifier = row.get("p_value"), row.get("p_value_modifier") or ""
    if p_value and modifier and modifier != "=":
        p_value = f"{modifier}{p_value}"
    return Analysis(
        group_ids=[code for r in compared if (code := _group_id(r, groups))],
        group_description=_lines(row.get("groups_description")),
        param_type=row.get("param_type"),
        param_value=row.get("param_value"),
        p_value=p_value,
        p_value_comment=_lines(row.get("p_value_description")),
        ci_pct_value=row.get("ci_percent"),
        ci_num_sides=row.get("ci_n_sides"),
        ci_lower_limit=row.get("ci_lower_limit"),
        ci_upper_limit=row.get("ci_upper_limit"),
        dispersion_type=row.get("dispersion_type"),
        dispersion_value=row.get("dispersion_value"),
        statistical_method=row.get("method"),
        estimate_comment=_lines(row.get("estimate_description")),
    )


def _adverse_events(children: dict[str, list[_Row]], groups: Mapping[str, ResultGroup]) -> AdverseEventsModule:
    module = AdverseEventsModule()
    events = children.get("reported_events", [])
    totals = children.get("reported_event_totals", [])
    if not events and not totals:
        return module
    if events:
        module.frequency_threshold = events[0].get("frequency_threshold")
        module.time_frame = _lines(events[0].get("time_frame"))
        module.description = _lines(events[0].get("description"))
    stated = {group.id: group for group in groups.values()}
    by_group: dict[str, EventGroup] = {}
    for row in (*totals, *events):
        code = _group_id(row, groups)
        if code and code not in by_group:
            group = stated.get(code, ResultGroup())
            by_group[code] = EventGroup(id=code, title=group.title, description=group.description)
    for row in totals:
        if (group := by_group.get(_group_id(row, groups) or "")) is not None:
            _fill_total(group, row)
    module.event_groups = list(by_group.values())

    def event(row: _Row) -> tuple[str | None, ...]:
        columns = ("event_type", "organ_system", "adverse_event_term", "vocab", "assessment")
        return tuple(row.get(column) for column in columns)

    for (kind, organ_system, term, vocabulary, assessment), same in _by(events, event).items():
        found = AdverseEvent(
            term=term,
            organ_system=organ_system,
            source_vocabulary=vocabulary or same[0].get("default_vocab"),
            assessment_type=assessment or same[0].get("default_assessment"),
            stats=[
                EventStats(
                    group_id=_group_id(row, groups),
                    num_events=row.get("event_count"),
                    num_affected=row.get("subjects_affected"),
                    num_at_risk=row.get("subjects_at_risk"),
                )
                for row in same
            ],
        )
        serious = (kind or "").lower() == "serious"
        (module.serious_events if serious else module.other_events).append(found)
    return module


def _fill_total(group: EventGroup, row: _Row) -> None:
    """Affected and at risk of one of the three totals: deaths, serious events, other events."""
    kind = f"{row.get('event_type')} {row.get('classification')}".lower()
    affected, at_risk = row.get("subjects_affected"), row.get("subjects_at_risk")
    if "death" in kind or "mortality" in kind:
        group.deaths_num_affected, group.deaths_num_at_risk = affected, at_risk
    elif "serious" in kind:
        group.serious_num_affected, group.serious_num_at_risk = affected, at_risk
    elif "other" in kind:
        group.other_num_affected, group.other_num_at_risk = affected, at_risk


def _participant_flow(children: dict[str, list[_Row]], groups: Mapping[str, ResultGroup]) -> ParticipantFlowModule:
    milestones = children.get("milestones", [])
    used = dict.fromkeys(row.get("result_group_id") or "" for row in milestones)
    return ParticipantFlowModule(
        groups=[groups[group] for group in used if group in groups],
        periods=[
            Period(
                title=title,
                milestones=[
                    Milestone(
                        type=kind,
                        achievements=[Achievement(group_id=_group_id(row, groups), num_subjects=row.get("count")) for row in rows_of_kind],
                    )
                    for kind, rows_of_kind in _by(same, lambda row: row.get("title")).items()
                ],
            )
            for title, same in _by(milestones, lambda row: row.get("period")).items()
        ],
    )
