"""How a value of a raw file and the value of a table are made comparable: the same few characters on both sides, hashed alike.

Each kind says it twice, once for a word of the source (Python, written for this and not shared with any reader) and once for a column of
a table (SQL). Which field has which kind is in `fields`; where a field stands in a raw record, in `mappings`.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from hashlib import md5
from math import isfinite
from typing import Any, NamedTuple

from pipelines.schema.ddl import quoted
from pipelines.text.repair import repaired_text

HASHES = 2**64
"""Hashes, and sums of them, are numbers below this."""

_WHITE = [chr(code) for code in range(0x3001) if chr(code).isspace()]


def _without(text: str, signs: Iterable[str]) -> str:
    """SQL for a text without these signs; `replace` is four times as fast as `translate` where most of them are not there."""
    for sign in signs:
        text = f"replace({text}, {quoted(sign)}, '')"
    return text


_ASCII_WHITE = [sign for sign in _WHITE if sign.isascii()]
_WITHOUT_WHITE = (
    f"CASE WHEN strlen({{0}}) = length({{0}}) THEN {_without('{0}', _ASCII_WHITE)} ELSE translate({{0}}, {quoted(''.join(_WHITE))}, '') END"
)


class Kind(NamedTuple):
    """How one kind of value is compared."""

    name: str
    of_source: Callable[[Any], str | None]
    """A value of the source as it is compared; None: this kind cannot read it."""
    of_column: str
    """The same of a column, as SQL with `{0}` (and further ones) for the column."""
    left_out: str
    """What the source may write there that is no such value, and why it is not missed in the table."""


def hashed(value: str) -> int:
    """The hash of a comparable value; DuckDB's `md5_number_upper` is the same."""
    return _hashed_once(value) if len(value) < _SHORT else _hashed(value)


def _hashed(value: str) -> int:
    return int.from_bytes(md5(value.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()[:8], "little")


_SHORT = 60
"""Shorter values come again and again: groups, units, numbers, terms."""
_hashed_once = lru_cache(maxsize=100_000)(_hashed)


def fingerprint(hashes: Iterable[int]) -> int:
    """One number for a multiset of values, whatever their order."""
    return sum(hashes) % HASHES


HASH_SQL = "md5_number_upper({0})"
"""`hashed` of a comparable value in SQL."""


def words(value: object) -> str:
    """A value of the source as the text that stands there."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


# ---- kinds ----------------------------------------------------------------------------------------------------------


def _text(value: object) -> str | None:
    text = value if isinstance(value, str) else words(value)
    return _short_text(text) if len(text) < _SHORT else _long_text(text)


def _long_text(text: str) -> str | None:
    return "".join(repaired_text(text).split()) or "".join(text.split()) or None


_short_text = lru_cache(maxsize=100_000)(_long_text)


def _prose(value: object) -> str | None:
    # Where lines end is not compared, so that they need not be put in order.
    text = repaired_text(" ".join(words(value).split()))
    return "".join(text.split()).replace("-", "").replace("*", "") or None


def _letters(value: object) -> str | None:
    return "".join(filter(str.isalnum, repaired_text(words(value)))) or None


def _label(value: object) -> str | None:
    text = words(value).partition("(")[0]
    return None if _MASKED.issuperset(text.strip().split(", ")) else _letters(text)


_MASKED = frozenset({"Participant", "Subject", "Care Provider", "Caregiver", "Investigator", "Outcomes Assessor"})


_COUNT = re.compile(r"\+?(\d{1,3}(?:,\d{3})+|\d{1,18})(?:\.0*)?")


def _count(value: object) -> str | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return str(int(value))
    found = _COUNT.fullmatch(words(value).strip())
    return str(int(found[1].replace(",", ""))) if found else None


_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d*)(?:\.\d*)?(?:[eE][+-]?\d{1,3})?")


def _number(value: object) -> str | None:
    text = words(value).strip()
    if not _NUMBER.fullmatch(text) or not any(map(str.isdigit, text)):
        return None
    number = float(text.replace(",", ""))
    return f"{number:.10g}" if isfinite(number) else None


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2}))?)?(?:[T ].*)?")
_BARE = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})")
_SLASHES = re.compile(r"(?P<day>\d{1,2})([/.-])(?P<month>\d{1,2})\2(?P<year>\d{4})")
_NAMED = re.compile(r"(?P<month>[A-Za-z]{3})[a-z]*\.? (?:(?P<day>\d{1,2}),? )?(?P<year>\d{4})")
_NAMED_IN_MIDDLE = re.compile(r"(?P<day>\d{1,2}) (?P<month>[A-Za-z]{3})[a-z]*\.?,? (?P<year>\d{4})")


def _partial_date(value: object) -> str | None:
    """Year, month and day, as far as they are stated: `2018-10-31`, `20181031`, `31/10/2018`, `October 31, 2018`, `October 2018`."""
    text = words(value).strip()
    for form in (_ISO, _BARE, _SLASHES, _NAMED, _NAMED_IN_MIDDLE):
        if found := form.fullmatch(text):
            month = found["month"]
            if form is _SLASHES:
                return _with_slashes(int(found["day"]), int(month), found["year"])
            if month and month.isalpha():
                if month.lower() not in _MONTHS:
                    return None
                month = str(_MONTHS.index(month.lower()) + 1)
            return "-".join(part.zfill(2) for part in (found["year"], month, found["day"]) if part)
    return None


def _with_slashes(first: int, second: int, year: str) -> str | None:
    """Day and month as far as their numbers tell them apart: which comes first is a habit of the country."""
    if first <= 12 and second <= 12 and first != second:
        return None
    day, month = (second, first) if second > 12 else (first, second)
    return f"{year}-{month:02}-{day:02}"


def _day_first(value: object) -> str | None:
    found = _SLASHES.fullmatch(words(value).strip())
    return f"{found['year']}-{found['month'].zfill(2)}-{found['day'].zfill(2)}" if found else _day(value)


def _day(value: object) -> str | None:
    found = _partial_date(value)
    return f"{found}-01-01"[:10] if found and len(found) == 4 else f"{found}-01"[:10] if found else None


_AGE = re.compile(r"(\d+(?:\.\d+)?)(?: ?(year|month|week|day|hour|minute)s?)?", re.IGNORECASE)
_FROM = re.compile(r"(\d+ [A-Za-z]+) (?:to |and older)")
_TO = re.compile(r"(?:up to|[A-Za-z]+ to) (\d+ [A-Za-z]+)")
_IN_YEARS = {"year": 1.0, "month": 1 / 12, "week": 7 / 365.25, "day": 1 / 365.25, "hour": 1 / 8766, "minute": 1 / 525_960}


def _age(value: object) -> str | None:
    found = _AGE.fullmatch(words(value).strip())
    return f"{float(found[1]) * _IN_YEARS[(found[2] or 'year').lower()]:.2g}" if found else None


def _age_from(value: object) -> str | None:
    found = _FROM.match(words(value).strip())
    return _age(found[1]) if found else None


def _age_to(value: object) -> str | None:
    found = _TO.search(words(value))
    return _age(found[1]) if found else None


def _flag(value: object) -> str | None:
    return _FLAGS.get(words(value).strip().casefold())


_FLAGS = {
    **dict.fromkeys(("true", "t", "yes", "1", "has results"), "true"),
    **dict.fromkeys(("false", "f", "no", "0", "no results available"), "false"),
}


def _stated(value: object) -> str | None:
    return "stated" if words(value).strip() else None


def _with_digit(value: object) -> str | None:
    return "stated" if any(map(str.isdigit, words(value))) else None


_NOTHING = "Nothing but a blank is left out: it says nothing."
TEXT = Kind("text", _text, f"nullif({_WITHOUT_WHITE}, '')", _NOTHING)
"""The words after those repairs that are certain, without white space."""
PROSE = Kind("prose", _prose, f"nullif({_without(_WITHOUT_WHITE, '-*')}, '')", _NOTHING)
"""The same without the signs of lists: legacy XML wraps its texts in other lines and lists than the API."""
LETTERS = Kind("letters", _letters, r"nullif(regexp_replace({0}, '[^\p{{L}}\p{{N}}]', '', 'g'), '')", _NOTHING)
"""Letters and digits alone, where formats join the parts of a value by different signs."""
LABEL = Kind(
    "label",
    _label,
    LETTERS.of_column,
    'What stands in brackets belongs to another field; so do roles alone ("Investigator"), which say who is masked, not how.',
)
COUNT = Kind("count", _count, "{0}::VARCHAR", 'Words such as "NA", and fractions of a person, are no count; a count column holds none.')
NUMBER = Kind("number", _number, "printf('%.10g', {0})", 'Words such as "NA" or "<0.1" are no number; they stay in the column of words.')
PARTIAL_DATE = Kind(
    "date",
    _partial_date,
    "left({0}::VARCHAR, CASE {1} WHEN 'day' THEN 10 WHEN 'month' THEN 7 ELSE 4 END)",
    "Words that name no day, month or year are no date; nor is 4/10/2017, in which either number may be the month: nothing is guessed.",
)
DAY = Kind("day", _day, "{0}::VARCHAR", PARTIAL_DATE.left_out)
DAY_FIRST = Kind("day", _day_first, DAY.of_column, DAY.left_out)
AGE = Kind("age", _age, "printf('%.2g', {0})", '"N/A" says that there is no limit, which is NULL.')
AGE_FROM = Kind("age", _age_from, AGE.of_column, 'Words without a limit at this end ("up to 17 Years") leave it open.')
AGE_TO = Kind("age", _age_to, AGE.of_column, 'Words without a limit at this end ("18 Years and older") leave it open.')
"""The ends of "18 Years to 75 Years   (Adult, Older Adult)"."""
FLAG = Kind("flag", _flag, "{0}::VARCHAR", "Words that are neither yes nor no say nothing.")
STATED = Kind("stated", _stated, "CASE WHEN {0} IS NOT NULL THEN 'stated' END", _NOTHING)
"""Whether there is a value at all, where its form is a matter of interpretation."""
WITH_DIGIT = Kind("with a digit", _with_digit, STATED.of_column, 'A p-value without a digit ("NS") is no number.')
