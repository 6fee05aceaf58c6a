"""What the documents of one trial say differently: rows of `discrepancies`.

Here belongs which columns of `trials` can contradict each other, what is mere wording or another version, and what an article leaves out.
Which rows of the other tables speak of one thing is told by `alignment.py`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pipelines.extract.subject import Row
from pipelines.link.alignment import ROW_ID, Conflict

CONFLICT, CHANGED_VERSION, MISSING_IN_ARTICLE = "conflict", "changed_version", "missing_in_article"

_COMPARED = (
    *("study_type", "phase", "allocation", "intervention_model", "masking", "primary_purpose", "overall_status", "enrollment", "n_arms"),
    *("sex", "minimum_age_years", "maximum_age_years", "start_date", "primary_completion_date", "completion_date", "is_multicenter"),
)
"""Columns whose values are numbers, dates and codes: another wording is not another value."""
_DAY_PARTS = {"year": 4, "month": 7, "day": 10}
_MASKED = frozenset({"DOUBLE", "TRIPLE", "QUADRUPLE"})
_SAFETY_CONCEPTS = frozenset({"AE", "SAE", "DLT", "MTD", "RP2D", "SURGICAL_COMPLICATION"})
_NOT_REPORTED_BY_NAME = frozenset({"PK", "QOL", "BIOMARKER", "FEASIBILITY", "ADA"})
"""Concepts that an article reports under many names of their own: that it leaves one out cannot be told."""


class Statement(NamedTuple):
    """What one document says of a trial as a whole."""

    document: str
    registration: str | None
    """The id of its register; None for an article."""
    version: str | None
    row: Row
    places: Mapping[str, tuple[str, int | None, int | None]]
    """Column → field and stretch of the document that states it."""


def of_trial(trial_id: str, statements: Sequence[Statement]) -> Iterator[Row]:
    """Rows for the columns of `trials` in which a document contradicts the best one; `statements` are in order of precedence."""
    for column in _COMPARED:
        first = next((one for one in statements if one.row.get(column) is not None), None)
        if first is None:
            continue
        for other in statements:
            if other is first or other.row.get(column) is None or not _differ(column, first, other):
                continue
            if (kind := _kind(column, first, other)) is not None:
                yield {
                    "trial_id": trial_id,
                    "table_name": "trials",
                    "field": column,
                    "kind": kind,
                    **_side("a", first.document, trial_id, _text(first.row[column]), first.places.get(column)),
                    **_side("b", other.document, trial_id, _text(other.row[column]), other.places.get(column)),
                }


def of_rows(conflicts: Iterable[Conflict]) -> Iterator[Row]:
    """Rows for what two documents state of one endpoint, component, result or event."""
    for one in conflicts:
        other, key = one.other, ROW_ID[one.table]
        if other is not None and not _is_sure(one, other):
            continue
        yield {
            "trial_id": one.row["trial_id"],
            "table_name": one.table,
            "field": one.column,
            "kind": _kind_of_rows(one),
            **_of_row("a", one, one.row, key),
            **(_of_row("b", one, other, key) if other is not None else _side("b", one.document, None, None, None)),
        }


def _is_sure(one: Conflict, other: Row) -> bool:
    """Whether it is told well enough that both speak of one thing.

    A register counts events of any grade, an article often those of the grades that its sentence before tells; and an article tells the
    route and the days of some drugs of a list for all of them.
    """
    if one.table == "safety":
        return one.row.get("grade_min") is not None and other.get("grade_min") is not None
    return not (one.table == "regimens" and other["field"] == _ARTICLE and one.column in _LOOSE)


_ARTICLE = "text"
_LOOSE = frozenset({"route", "cycle_days", "care_phase", "n_fractions"})


def left_out(planned: Sequence[Row], reported: Mapping[str, Sequence[Row]]) -> Iterator[Conflict]:
    """Primary endpoints of which an article that reports results says nothing. `reported`: rows of `endpoint_results` by article."""
    for document, results in reported.items():
        concepts = {row.get("concept") for row in results}
        for endpoint in planned:
            concept = endpoint.get("concept")
            if endpoint["role"] != "PRIMARY" or concept is None or concept in concepts:
                continue
            if concept not in _SAFETY_CONCEPTS | _NOT_REPORTED_BY_NAME:
                yield Conflict("endpoints", "measure", endpoint, None, document)


def _kind_of_rows(one: Conflict) -> str:
    if one.other is None:
        return MISSING_IN_ARTICLE
    cutoffs = [row.get("data_cutoff_date") for row in (one.row, one.other)]
    return CHANGED_VERSION if all(cutoffs) and cutoffs[0] != cutoffs[1] else CONFLICT


def _kind(column: str, first: Statement, other: Statement) -> str | None:
    """Two versions of one record may differ; the same version in two formats says the same in other words."""
    if first.registration is not None and first.registration == other.registration:
        return None if first.version == other.version else CHANGED_VERSION
    types = [one.row.get("enrollment_type") for one in (first, other)]
    if column == "enrollment" and all(types) and types[0] != types[1]:
        return CHANGED_VERSION
    return CONFLICT


def _differ(column: str, first: Statement, other: Statement) -> bool:
    one, two = first.row[column], other.row[column]
    if column.endswith("_date"):
        exact = min(_DAY_PARTS[str(side.row.get(f"{column}_precision") or "day")] for side in (first, other))
        return one.isoformat()[:exact] != two.isoformat()[:exact]
    if other.registration is None:
        # An article says "double-blind" of whatever is masked for two or more, and "phase 2" of the second part of a phase 1/2 trial.
        if column == "masking":
            return not {one, two} <= _MASKED and one != two
        if column == "phase":
            return str(two) not in str(one).split("_PHASE") and not str(one).endswith(str(two)) and not str(one).startswith(f"{two}_")
    return one != two


def _side(side: str, document: str, row_id: str | None, value: str | None, place: tuple[str, int | None, int | None] | None) -> Row:
    field, start, end = place or (None, None, None)
    return {
        f"document_id_{side}": document,
        f"row_id_{side}": row_id,
        f"value_{side}": value,
        f"field_{side}": field,
        f"start_char_{side}": start,
        f"end_char_{side}": end,
    }


def _of_row(side: str, conflict: Conflict, row: Row, key: str) -> Row:
    place = (row["field"], row.get("start_char"), row.get("end_char"))
    # An endpoint that two documents state is one row, though they differ in its time frame.
    row_id = None if side == "b" and conflict.table == "endpoints" else row[key]
    return _side(side, row["document_id"], row_id, _text(row.get(conflict.column)), place)


def _text(value: Any) -> str | None:
    match value:
        case None:
            return None
        case float():
            return f"{value:g}"
        case list():
            return ", ".join(map(str, value))
        case _:
            return str(value)
