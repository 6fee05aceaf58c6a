"""Values of `regimen_words.tsv`: what the second column says of a phrase, by the phrase's kind.

Here belongs the form of a value. Which phrases there are belongs to the file, what is made of them to `pipelines/grammar`.
"""

import math
from typing import NamedTuple

from pipelines.schema import vocabularies as v


class Amount(NamedTuple):
    """A UCUM unit and how many of it one of the named unit is, or a frequency's code and its days between administrations."""

    code: str
    number: float | None


_NUMBERS = frozenset({"NUM", "MILLION", "DAY", "WEEK", "MONTH", "YEAR", "HOUR", "MINUTE", "SECOND", "ONCE", "TWICE", "THRICE"})
_AMOUNTS = frozenset({"UNIT", "CELLS", "COUNTU", "PERCENT", "FREQ"})
_CODES = {"ROUTE": v.ROUTE, "PHASE": v.CARE_PHASE}
_WORDS = frozenset({"AREA", "KG", "MWF"})
_OPEN = "-"
"""In place of the days of a frequency that has none: "as needed"."""


def word_value(kind: str, cell: str) -> float | Amount | str | None:
    """What the cell says. Raises ValueError where it is not of the form of its kind."""
    if kind in _NUMBERS:
        return _number(cell)
    if kind in _AMOUNTS:
        code, _, number = cell.partition(" ")
        if not code or not number:
            raise ValueError(f"the value of {kind} must be a code and a number, not {cell!r}")
        return Amount(code, None if kind == "FREQ" and number == _OPEN else _number(number))
    known = _CODES.get(kind)
    if known is not None and cell not in known.members:
        raise ValueError(f"the value of {kind} must be one of {', '.join(known.members)}, not {cell!r}")
    if known is None and kind not in _WORDS and cell:
        raise ValueError(f"{kind} has no value, so not {cell!r}")
    return cell or None


def _number(cell: str) -> float:
    try:
        number = float(cell)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or number <= 0:
        raise ValueError(f"{cell!r} is no number above 0")
    return number
