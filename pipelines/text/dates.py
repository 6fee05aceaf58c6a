"""Dates as registers and articles write them, with the precision that the source gives.

Here belongs reading one date that stands alone in a field. Finding dates in prose and computing with them
(durations, time frames) do not.
"""

import datetime
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Precision = Literal["day", "month", "year"]

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sep sept",
            "october oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = rf"(?P<month_name>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?"
_YEAR = r"(?P<year>\d{4})"
# "2023-11-30T00:00:00.000", "2020-03-18 5:08:08 PM": the time of day is dropped.
_TIME = r"(?:[T\s]\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:[AP]M)?\s*(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?"

_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"{_YEAR}-(?P<month>\d{{1,2}})-(?P<day>\d{{1,2}}){_TIME}",
        rf"{_YEAR}[-/](?P<month>\d{{1,2}})",
        rf"(?P<month>\d{{1,2}})/{_YEAR}",
        _YEAR,
        rf"{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s*,?\s+{_YEAR}{_TIME}",
        rf"{_MONTH}\s*,?\s*{_YEAR}",
        rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s-]+(?:of\s+)?{_MONTH}[\s,-]+{_YEAR}{_TIME}",
        rf"{_YEAR}(?P<separator>[/.])(?P<month>\d{{1,2}})(?P=separator)(?P<day>\d{{1,2}}){_TIME}",
        rf"{_YEAR}(?P<month>\d{{2}})(?P<day>\d{{2}})",
        rf"{_YEAR}\s*年(?:\s*(?P<month>\d{{1,2}})\s*月份?(?:\s*(?P<day>\d{{1,2}})\s*[日号號])?)?",
    )
)
_TWO_NUMBERS_THEN_YEAR = re.compile(rf"(\d{{1,2}})([/.-])(\d{{1,2}})\2{_YEAR}{_TIME}", re.IGNORECASE)

_YEARS = range(1800, 2201)


@dataclass(frozen=True, slots=True)
class PartialDate:
    """The first day of the stated period; `precision` says how much of it the source stated."""

    date: datetime.date
    precision: Precision


def parse_date(text: str | None, *, day_first: bool | None = None) -> PartialDate | None:
    """Read a date, or None for what is not one, is impossible (30 February) or outside the years 1800 to 2200.

    `03/02/2020` can be read in two ways: it is None unless `day_first` says which one holds for the source. Without
    `day_first`, `26/03/2020` and `03/26/2020` can be read in one way only and are.
    """
    return _parse(text, day_first) if text else None


@lru_cache(maxsize=65_536)
def _parse(text: str, day_first: bool | None) -> PartialDate | None:
    text = text.strip()
    if match := _TWO_NUMBERS_THEN_YEAR.fullmatch(text):
        first, second, year = int(match[1]), int(match[3]), int(match["year"])
        readings = {
            reading
            for reading in (
                _day(year, second, first) if day_first is not False else None,
                _day(year, first, second) if day_first is not True else None,
            )
            if reading
        }
        return readings.pop() if len(readings) == 1 else None
    for form in _FORMS:
        if match := form.fullmatch(text):
            parts = match.groupdict()
            name = parts.get("month_name")
            year, month = int(parts["year"]), _MONTHS[name.lower()] if name else int(parts.get("month") or 0)
            if parts.get("day") is not None:
                return _day(year, month, int(parts["day"]))
            if name or parts.get("month") is not None:
                first_day = _day(year, month, 1)
                return PartialDate(first_day.date, "month") if first_day else None
            return PartialDate(datetime.date(year, 1, 1), "year") if year in _YEARS else None
    return None


def _day(year: int, month: int, day: int) -> PartialDate | None:
    try:
        date = datetime.date(year, month, day)
    except ValueError:
        return None
    return PartialDate(date, "day") if year in _YEARS else None
