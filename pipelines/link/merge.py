"""One `trials` row from several documents of one trial.

Of a source the best document's value stands, also where it says nothing, unless its format cannot carry the column: then the next
document that states it fills the gap. What one source leaves open the next one fills. Every stated value is kept with its document in
`trial_values`.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

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


class Candidate(NamedTuple):
    """What one document states of the trial."""

    document: str
    source: int
    """Documents of one register's record have the same; the first source is the best."""
    row: Row
    carried: frozenset[str] | None
    """Names that its format can state; None for all."""
    places: Mapping[str, tuple[str, int | None, int | None]] = {}
    """Column → field and stretch that states it."""
    registration: str | None = None
    """The id under which its register has the trial; None for an article."""


def merge(candidates: Sequence[Candidate]) -> tuple[Row, list[Row]]:
    """The trial's row and its `trial_values` rows. `candidates` are of one trial, the best document of the best source first."""
    merged: Row = dict(candidates[0].row)
    giver: dict[str, str] = {}
    for unit in _UNITS:
        if (best := _best(candidates, unit)) is not None:
            merged.update({name: best.row.get(name) for name in unit})
            giver.update(dict.fromkeys(unit, best.document))
    for derived, source in _FOLLOWS.items():
        document = giver.get(source)
        values = [one.row.get(derived) for one in candidates if one.document == document]
        if values:
            merged[derived] = values[0]
        elif merged.get(derived) is None:
            merged[derived] = next((v for one in candidates if (v := one.row.get(derived)) is not None), None)
    merged["other_ids"] = _other_ids(merged, candidates)
    return merged, list(_values(candidates, giver))


def _best(candidates: Sequence[Candidate], unit: Sequence[str]) -> Candidate | None:
    """The document whose statement stands: of the first source that states something."""
    first: Candidate | None = None
    for _, documents in itertools.groupby(candidates, key=lambda one: one.source):
        found = None
        for number, one in enumerate(documents):
            states = any(not _is_empty(one.row.get(name)) for name in unit)
            # The best document of a record says that there is nothing to say; a poorer one cannot know better.
            if found is None and _can_state(unit[0], one.carried) and (states or number == 0):
                found = one
        if found is not None and any(not _is_empty(found.row.get(name)) for name in unit):
            return found
        first = first or found
    return first


def _other_ids(merged: Row, candidates: Sequence[Candidate]) -> list[str] | None:
    """Beside those of the first source, under which ids other registers have the trial, and which they state."""
    others = [one for one in candidates if one.source != candidates[0].source]
    found = [*(merged.get("other_ids") or ())]
    for one in others:
        found += [one.registration] if one.registration else []
        found += one.row.get("other_ids") or ()
    return [one for one in dict.fromkeys(found) if one != merged["trial_id"]] if others else merged.get("other_ids")


def _can_state(column: str, carried: frozenset[str] | None) -> bool:
    return carried is None or f"trials.{column}" in carried


def _is_empty(value: Any) -> bool:
    return value is None or value == []


def _values(candidates: Sequence[Candidate], giver: dict[str, str]) -> Iterable[Row]:
    for document, _, row, _, places, _ in candidates:
        for name in TRIALS.column_names:
            value = row.get(name)
            if name in DERIVED or _is_empty(value):
                continue
            yield {
                "trial_id": row["trial_id"],
                "field": name,
                "value": "; ".join(value) if isinstance(value, list) else str(value),
                "document_id": document,
                "field_in_document": places[name][0] if name in places else None,
                "is_chosen": giver.get(name) == document,
            }
