"""One `trials` row from several documents of one trial.

The best document's value stands, also where it says nothing, unless its format cannot carry the column: then the next
document that states it fills the gap. Every stated value is kept with its document in `trial_values`.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from pipelines.extract.subject import Row
from pipelines.schema.tables import TRIALS

_TOGETHER = (
    ("start_date", "start_date_precision"),
    ("primary_completion_date", "primary_completion_date_precision"),
    ("completion_date", "completion_date_precision"),
    ("n_sites", "is_multicenter", "countries"),
    *((column.name, f"{column.name}_raw") for column in TRIALS.columns if column.vocabulary and f"{column.name}_raw" in TRIALS.by_name),
)
"""Columns that are one statement and are filled together."""

DERIVED = frozenset({"trial_id", "registry", "language", "is_single_arm", "is_randomized", "is_open_label", "is_oncology"})
"""Columns that identify the row or follow from others: no statements of their own."""

_UNITS: tuple[tuple[str, ...], ...] = (
    *_TOGETHER,
    *((name,) for name in TRIALS.column_names if name not in DERIVED and not any(name in together for together in _TOGETHER)),
)

_FOLLOWS = {"is_randomized": "allocation", "is_open_label": "masking", "is_single_arm": "n_arms", "is_oncology": "conditions"}
"""Derived column → the statement whose document gives it."""


def merge(candidates: Sequence[tuple[str, Row, frozenset[str] | None]]) -> tuple[Row, list[Row]]:
    """The trial's row and its `trial_values` rows.

    `candidates` are (document id, `trials` row, names carried or None for all) of one trial, the best document first.
    """
    best_id, best, _ = candidates[0]
    merged: Row = dict(best)
    giver: dict[str, str] = {}
    for unit in _UNITS:
        lead = unit[0]
        for document_id, row, carried in candidates:
            if _can_state(lead, carried):
                states = not _is_empty(row.get(lead)) or any(not _is_empty(row.get(name)) for name in unit)
                is_best = document_id == best_id
                if states or is_best:
                    merged.update({name: row.get(name) for name in unit})
                    giver.update(dict.fromkeys(unit, document_id))
                    break
    for derived, source in _FOLLOWS.items():
        document = giver.get(source)
        values = [row.get(derived) for document_id, row, _ in candidates if document_id == document]
        if values:
            merged[derived] = values[0]
        elif merged.get(derived) is None:
            merged[derived] = next((v for _, row, _ in candidates if (v := row.get(derived)) is not None), None)
    return merged, list(_values(candidates, giver))


def _can_state(column: str, carried: frozenset[str] | None) -> bool:
    return carried is None or f"trials.{column}" in carried


def _is_empty(value: Any) -> bool:
    return value is None or value == []


def _values(candidates: Sequence[tuple[str, Row, frozenset[str] | None]], giver: dict[str, str]) -> Iterable[Row]:
    for document_id, row, _ in candidates:
        for name in TRIALS.column_names:
            value = row.get(name)
            if name in DERIVED or _is_empty(value):
                continue
            yield {
                "trial_id": row["trial_id"],
                "field": name,
                "value": "; ".join(value) if isinstance(value, list) else str(value),
                "document_id": document_id,
                "field_in_document": None,
                "is_chosen": giver.get(name) == document_id,
            }
