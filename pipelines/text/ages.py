"""Ages and age ranges as registers write them, in years.

Here belongs reading an age field. Age limits inside eligibility criteria written as prose do not.
"""

import re
from functools import lru_cache

_DAYS_PER_YEAR = 365.25
_UNITS_PER_YEAR = {
    "year": 1.0,
    "month": 12.0,
    "week": _DAYS_PER_YEAR / 7,
    "day": _DAYS_PER_YEAR,
    "hour": _DAYS_PER_YEAR * 24,
    "minute": _DAYS_PER_YEAR * 24 * 60,
}
_CHINESE_UNITS = {
    "岁": "year",
    "歲": "year",
    "年": "year",
    "月": "month",
    "周": "week",
    "週": "week",
    "天": "day",
    "日": "day",
    "时": "hour",
    "時": "hour",
    "分": "minute",
}
# A bare number is a number of years: ICTRP's age fields have "18" beside "18 Years". "M" alone stays unread: it may
# be months or minutes.
_AGE = (
    r"(?:\d+(?:\.\d+)?)\s*"
    r"(?:(?:years?|yrs?|y|months?|mos?|weeks?|wks?|days?|hours?|hrs?|minutes?|mins?)\b\.?(?:\s*old\b)?"
    r"|[周週]?[岁歲]|年|个?月|個月|[周週]|天|日|小?[时時]|分[钟鐘]?)?"
)
_ONE_AGE = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[^\s\d.]*)(?:\.|\s*old)?")
_AGE_FIELD = re.compile(_AGE, re.IGNORECASE)
_ENGLISH_UNIT_BY_START = {"y": "year", "mo": "month", "w": "week", "d": "day", "h": "hour", "mi": "minute"}

_LOWER_AND_UPPER = re.compile(rf"({_AGE})\s*(?:to|through|and|-|–|~|～|至|到)\s*({_AGE})", re.IGNORECASE)
_LOWER = re.compile(
    rf"({_AGE})\s*(?:and (?:older|over|above|up)|or (?:older|over|above)|及以上|以上|[至到]?[无無]上限)",
    re.IGNORECASE,
)
_UPPER = re.compile(rf"(?:up to|under|younger than|无下限至|無下限至)\s*({_AGE})", re.IGNORECASE)
# "(Adult, Older Adult)" after the range of a pre-2023 export, "(最小年龄)" after the bounds of China's CDE.
_IN_BRACKETS = re.compile(r"[(（][^()（）]*[)）]")
# Longer texts are prose that landed in the wrong field.
_MAX_FIELD_CHARS = 200


@lru_cache(maxsize=16_384)
def age_years(text: str | None) -> float | None:
    """Read one age ("18 Years", "6 Months", "18岁"; a bare "18" is years) in years, None for "N/A" and the like.

    A month is a twelfth of a year, a year has 365.25 days.
    """
    if not text:
        return None
    text = text.strip()
    if not _AGE_FIELD.fullmatch(text):
        return None
    match = _ONE_AGE.match(text)
    if not match:
        return None
    return float(match["number"]) / _UNITS_PER_YEAR[_unit(match["unit"].lower())]


@lru_cache(maxsize=16_384)
def age_range(text: str | None) -> tuple[float | None, float | None]:
    """Read an age range as (lowest, highest) in years; None for a bound that is not stated.

    Forms: "18 Years to 65 Years   (Adult, Older Adult)", "18 Years and older", "up to 17 Years", "18岁(最小年龄)至
    75岁(最大年龄)". Age groups without numbers ("CHILD, ADULT") state no bound. In "18 to 65 Years" the unit
    holds for both.
    """
    if not text or len(text) > _MAX_FIELD_CHARS:
        return None, None
    text = _IN_BRACKETS.sub("", text).strip()
    if match := _LOWER_AND_UPPER.fullmatch(text):
        lower, upper = match[1].strip(), match[2].strip()
        if lower.replace(".", "").isdecimal():
            lower += upper.lstrip("0123456789.")
        return age_years(lower), age_years(upper)
    if match := _LOWER.fullmatch(text):
        return age_years(match[1]), None
    if match := _UPPER.fullmatch(text):
        return None, age_years(match[1])
    return None, None


def _unit(word: str) -> str:
    if not word:
        return "year"
    if word.isascii():
        return next(unit for start, unit in _ENGLISH_UNIT_BY_START.items() if word.startswith(start))
    # "周岁" is a year of life: the character that decides stands last, but in "分钟".
    return _CHINESE_UNITS.get(word[-1]) or _CHINESE_UNITS[word[0]]
