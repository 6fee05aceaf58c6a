"""What time frames are made of: times, times told in cycles, what they count from, and their forms.

Here belong these values and what they come to in days. The words that say them belong to `time_frame_rules.py`.
"""

from dataclasses import dataclass
from enum import StrEnum

from pipelines.grammar.tokens import Token

_LONGEST = 36525.0
"""A hundred years; a longer time is another number."""
_USUAL_CYCLE = 28.0


class TimeKind(StrEnum):
    """Form of a time frame: `schema.vocabularies.TIME_FRAME_KIND` says what each is."""

    UP_TO = "up_to"
    AT = "at"
    EVERY = "every"
    RANGE = "range"
    AVERAGE = "average"


class TimeAnchor(StrEnum):
    """What a time counts from: `schema.vocabularies.TIME_ANCHOR` says what each is."""

    BASELINE = "baseline"
    ENROLLMENT = "enrollment"
    RANDOMIZATION = "randomization"
    FIRST_DOSE = "first_dose"
    DOSE = "dose"
    LAST_DOSE = "last_dose"
    TREATMENT = "treatment"
    END_OF_TREATMENT = "end_of_treatment"
    SURGERY = "surgery"
    TRANSPLANT = "transplant"
    VACCINATION = "vaccination"
    START_OF_RADIOTHERAPY = "start_of_radiotherapy"
    END_OF_RADIOTHERAPY = "end_of_radiotherapy"
    RESPONSE = "response"
    DIAGNOSIS = "diagnosis"
    ADMISSION = "admission"
    DISCHARGE = "discharge"
    BIRTH = "birth"
    GESTATION = "gestation"
    END_OF_STUDY = "end_of_study"
    END_OF_ENROLLMENT = "end_of_enrollment"


@dataclass(frozen=True, slots=True)
class Time:
    """A time in days, and as the ISO 8601 duration that its own units make."""

    days: float
    iso: str
    kind: TimeKind = TimeKind.AT
    anchor: TimeAnchor | None = None
    is_long: bool = True
    """Whether it is told in weeks or longer units, or lasts as long as most cycles: no day or hour of some cycle."""

    def whole_days(self) -> float:
        """Days; months and years, which have no whole number of them, are rounded."""
        return float(round(self.days)) if self.iso[-1] in "MY" and "T" not in self.iso else round(self.days, 4)

    def plus(self, other: "Time") -> "Time":
        """Both one after the other."""
        total = self.days + other.days
        if "M" in (self.iso[-1], other.iso[-1]) or "Y" in (self.iso[-1], other.iso[-1]):
            total = float(round(total))
        return Time(total, _added(self.iso, other.iso) or iso_duration(total), self.kind, other.anchor or self.anchor, self.is_long)


@dataclass(frozen=True, slots=True)
class CycleTime:
    """A time told in cycles: the end of the `last`, or a `day` in it; or a number of them (`is_number`)."""

    last: int
    day: int | None = None
    is_number: bool = False

    def in_days(self, length: float | None) -> float | None:
        """Days from the first day of the first cycle; None where the length of a cycle is needed and not known."""
        if self.day is not None and self.last <= 1:
            return float(self.day)
        if length is None:
            return None
        return self.last * length if self.day is None else (self.last - 1) * length + self.day


def written(number: float) -> str:
    """A number as durations write it: 3, 1.5."""
    return f"{number:.6f}".rstrip("0").rstrip(".")


def iso_duration(days: float) -> str:
    """ISO 8601 duration of so many days."""
    return f"P{written(days)}D"


UNIT_LETTERS = {"DAY": "D", "WEEK": "W", "MONTH": "M", "YEAR": "Y", "HOUR": "H", "MINUTE": "M", "SECOND": "S"}
_CLOCK = frozenset({"HOUR", "MINUTE", "SECOND"})


def time_of(number: float, unit: Token, kind: TimeKind = TimeKind.AT) -> Time | None:
    """So many of a unit; None for more than a lifetime."""
    # "Day -0" is day 0.
    number += 0.0
    days = number * unit.value
    if days > _LONGEST:
        return None
    iso = f"P{'T' if unit.kind in _CLOCK else ''}{written(number)}{UNIT_LETTERS[unit.kind]}"
    return Time(days, iso, kind, is_long=unit.kind in ("WEEK", "MONTH", "YEAR") or days >= _USUAL_CYCLE)


def _added(first: str, second: str) -> str:
    """Two durations in one unit, added: P2Y and P3Y are P5Y. Empty for other ones."""
    number, other = first[1:-1], second[1:-1]
    is_number = number.replace(".", "").isdigit() and other.replace(".", "").isdigit()
    return f"P{written(float(number) + float(other))}{first[-1]}" if is_number and first[-1] == second[-1] else ""
