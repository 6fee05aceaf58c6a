"""What cannot be read in a line of a user's vocabulary.

Here belongs what the cells of each file may hold, told from its columns and from the project's own file of that name. Reading files belongs
to `data_files.py`.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from pipelines.schema import vocabularies as v
from pipelines.vocab.word_values import word_value

Row = Mapping[str, str]
_CONCEPT = re.compile(r"-|[A-Z][A-Z0-9_]*")


def wrong_in(name: str, row: Row, known: Sequence[Row]) -> str | None:
    """What cannot be read in a line of a file of this name; None where all can. `known`: the rows of the project's own."""
    needed = next((column for column in ("name", "term") if not row.get(column, "-").strip()), None)
    if needed is not None:
        return f"the {needed} is missing"
    if not _has_words(row):
        return "words are missing"
    for column, allowed in _FLAGS.items():
        if row.get(column, "") not in allowed:
            return f"{column} must be {' or '.join(one or 'empty' for one in allowed)}, not {row[column]!r}"
    check = _CHECKS.get(name)
    return check(row, known) if check is not None else None


_FLAGS = {"is_component": ("y", ""), "is_adverse": ("y", ""), "is_ctcae": ("y", "n", "")}


def _has_words(row: Row) -> bool:
    """Whether there are words, in one of the languages that have a column, and none is empty."""
    cells = [row[column] for column in ("words", "chinese") if column in row]
    stated = [cell for cell in cells if cell.strip()]
    return (not cells or bool(stated)) and all(word.strip() for cell in stated for word in cell.split("|"))


def _one_of(column: str, row: Row, allowed: Sequence[str]) -> str | None:
    """The message for a cell that is none of these."""
    return None if row[column] in allowed else f"the {column} must be one of {', '.join(filter(None, allowed))}, not {row[column]!r}"


def _used(column: str, known: Sequence[Row]) -> list[str]:
    """What the project's own rows have in a column."""
    return list(dict.fromkeys(row[column] for row in known))


def _wrong_in_overlay(row: Row, known: Sequence[Row]) -> str | None:
    return _one_of("kind", row, _used("kind", known))


def _wrong_in_kind(row: Row, known: Sequence[Row]) -> str | None:
    return None if row["kind"] in _used("kind", known) else f"there is no kind {row['kind']!r}"


def _wrong_in_regimen(row: Row, known: Sequence[Row]) -> str | None:
    try:
        word_value(row["kind"], row["value"])
    except ValueError as error:
        return _wrong_in_kind(row, known) or str(error)
    return _wrong_in_kind(row, known)


def _wrong_in_valued(row: Row, known: Sequence[Row]) -> str | None:
    """A kind of the project's, with a value like those that the project gives to the kind: a number, an anchor, or one of a few words."""
    if (wrong := _wrong_in_kind(row, known)) is not None:
        return wrong
    kind, value = row["kind"], row["value"]
    used = _used("value", [one for one in known if one["kind"] == kind])
    if all(map(_is_number, used)):
        return None if _is_number(value) else f"the value of {kind} must be a number, not {value!r}"
    allowed = list(v.TIME_ANCHOR.members) if set(used) <= set(v.TIME_ANCHOR.members) else used
    if allowed == [""] and value:
        return f"{kind} has no value, so not {value!r}"
    return None if value in allowed else f"the value of {kind} must be one of {', '.join(filter(None, allowed))}, not {value!r}"


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"\d+(?:\.\d+)?", cell) is not None


def _wrong_in_outcome(row: Row, known: Sequence[Row]) -> str | None:
    if not _CONCEPT.fullmatch(row["concept"]):
        return f"the concept must be a code such as OS, or -, not {row['concept']!r}"
    return _one_of("endpoint_class", row, list(v.ENDPOINT_CLASS.members)) or _one_of("form", row, _used("form", known))


def _wrong_in_criteria(row: Row, known: Sequence[Row]) -> str | None:
    for column in ("pattern", "unless"):
        try:
            n_groups = re.compile(row[column]).groups
        except re.error as error:
            return f"the {column} {row[column]!r} cannot be read: {error}"
        if n_groups:
            return f"the {column} {row[column]!r} has a group of its own: write (?:...)"
    missing = next((column for column in ("needs", "pattern") if not row[column].strip()), None)
    if missing is not None:
        return f"the {missing} is missing"
    return _one_of("use", row, _used("use", known)) or _one_of("letters", row, _used("letters", known))


_CHECKS: Mapping[str, Callable[[Row, Sequence[Row]], str | None]] = {
    "assessment_criteria.tsv": _wrong_in_criteria,
    "drugs_overlay.tsv": _wrong_in_overlay,
    "outcome_words.tsv": _wrong_in_outcome,
    "regimen_words.tsv": _wrong_in_regimen,
    "report_words.tsv": _wrong_in_valued,
    "time_words.tsv": _wrong_in_valued,
}
