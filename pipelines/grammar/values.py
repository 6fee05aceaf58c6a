"""Rules for reported values: percentages, counts, times, intervals, estimates, p values, grades.

Here belongs everything that reads how much was reported. What a value is of belongs to `findings.py`, whose it is to `runs.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
from msgspec.structs import replace

from pipelines.grammar.cascade import Rule
from pipelines.grammar.report_lexicon import OUTCOME, Outcome
from pipelines.grammar.tokens import Token


class Count(msgspec.Struct, frozen=True):
    """`n` of `total` participants; `total` None where only the number affected is said."""

    n: int
    total: int | None = None


class Time(msgspec.Struct, frozen=True):
    """A stretch of time in the unit written: `mo`, `wk`, `d` or `a`."""

    number: float
    unit: str

    @property
    def months(self) -> float:
        """The same in months."""
        return self.number * _MONTHS[self.unit]


_MONTHS = {"mo": 1.0, "a": 12.0, "wk": 7 / 30.4375, "d": 1 / 30.4375}


class Interval(msgspec.Struct, frozen=True):
    """Limits of an interval; `high` None where it was not reached. `level` in percent, None where it is not said."""

    low: float | None
    high: float | None
    level: float | None = None
    high_not_reached: bool = False


class Estimate(msgspec.Struct, frozen=True):
    """A ratio between groups: `kind` is a member of the vocabulary of `statistic`."""

    kind: str
    value: float


class PValue(msgspec.Struct, frozen=True):
    """A p value with its operator."""

    operator: str
    value: float


@dataclass(frozen=True, slots=True)
class Grades:
    """A band of grades, both ends included."""

    low: int
    high: int
    are_two: bool = field(default=False, compare=False)
    """Named as one and the other: "grade 3 and 4"."""


def with_level(interval: Interval, level: float | None) -> Interval:
    """The interval with a level that was said elsewhere."""
    return interval if interval.level is not None else replace(interval, level=level)


MACROS = {
    "SPELLED": "TEN DASH? NUM | TEN | NUM",
    "RANGE": "DASH | TO | TILDE",
    "TIMEUNIT": "MONTH | YEAR | WEEK | DAY",
    "LISTED": "COMMA | AND | OR | SLASH",
    "NUMBER": "NUM | PCT | TIMEV | NR",
    "GREATER": "ABOUT | GE",
    "BAND": "RANGE | OR | SLASH | AND",
    "DEGREE": "NUM | ROMAN",
}


def _tens(found: Sequence[Token]) -> float | None:
    """Forty-two; eight hundred twenty-nine; two thousand eight hundred sixteen."""
    if any(token.text[0].isdigit() for token in found):
        return None
    total = thousands = 0.0
    for token in found:
        if token.kind == "HUNDRED":
            total *= 100
        elif token.kind == "THOUSAND":
            thousands, total = 1000 * total, 0.0
        elif token.kind in ("NUM", "TEN"):
            total += float(token.value)
    return thousands + total


def _negative(found: Sequence[Token]) -> float:
    return -float(found[1].value)


NUMBERS = (
    Rule(
        "number_in_words",
        "SPELLED THOUSAND AND? (NUM HUNDRED AND?)? SPELLED? | NUM HUNDRED AND? SPELLED? | TEN DASH? NUM | TEN",
        "NUM",
        _tens,
    ),
    # "-5.2% and -3.1%": a minus that touches its number; after a bracket or "was" it may stand off.
    Rule("negative_beside", "(?<= AND | AT | OF | COMMA | ABOUT | OR) DASH NUM (?= PERCENT)", "NUM", _negative, join=True),
    Rule("negative", "(?<= LPAR | TO | IS | VS) DASH NUM (?= PERCENT)", "NUM", _negative),
    Rule("scientific", "NUM E DASH NUM", "NUM", lambda found: float(f"{found[0].value}e-{found[-1].value:.0f}"), join=True),
)


def _whole(token: Token) -> int | None:
    value = float(token.value)
    return int(value) if value.is_integer() and 0 <= value < 1e6 else None


def _percent(found: Sequence[Token]) -> float | None:
    """24.5%, 30 percent, 百分之三十; "%" belongs to the number before it."""
    if found[0].kind == "PERCENT":
        return float(found[1].value) if found[0].text == "百 分 之" else None
    return float(found[0].value)


def _time(found: Sequence[Token]) -> Time | None:
    """18.3 months, 5年; 2015年 is a date."""
    number, unit = float(found[0].value), found[-1].value
    return None if unit == "a" and number >= _FIRST_CALENDAR_YEAR else Time(number, unit)


_FIRST_CALENDAR_YEAR = 1900


def _numbered_time(found: Sequence[Token]) -> Time | None:
    """At month 12, at year 3, at M6; not "at m 6", which is a metre, nor the year of a date."""
    unit, number = found[0], float(found[1].value)
    if unit.kind == "W" and (unit.text != "m" or unit.end != found[1].start):
        return None
    return None if number >= _FIRST_CALENDAR_YEAR else Time(number, unit.value or "mo")


def _count(found: Sequence[Token]) -> Count | None:
    """3 of 20, 12/13, 42 of the 45 patients."""
    numbers = [token for token in found if token.kind == "NUM"]
    n, total = _whole(numbers[0]), _whole(numbers[-1])
    if n is None or total is None or n > total or total == 0 or "." in numbers[0].text:
        return None
    return Count(n, total)


def _known_number(found: Sequence[Token]) -> Count | None:
    """N = 8; 15 such patients, not "patients of 45岁"."""
    if any(token.text == "岁" for token in found):
        return None
    n = _whole(next(token for token in found if token.kind == "NUM"))
    return None if n is None else Count(n)


def _number_of(token: Token) -> float | None:
    match token.value:
        case Time():
            return token.value.number
        case float() | int():
            return float(token.value)
        case _:
            return None


def _interval(found: Sequence[Token]) -> Interval | None:
    """95% CI, 0.45 to 0.80; 80%CI 4.8-12.3; 95%CI：19.3，NE."""
    at = next(place for place, token in enumerate(found) if token.kind == "CI")
    level = next((float(token.value) for token in found[:at] if token.kind == "PCT"), None)
    rest = found[at + 1 :]
    if level is None and rest and rest[0].kind == "PCT":
        # "CI 95% 0.45 to 0.80".
        level, rest = float(rest[0].value), rest[1:]
    return _limits(rest, level)


def _limits(tokens: Sequence[Token], level: float | None) -> Interval | None:
    ends = [token for token in tokens if token.kind in ("NUM", "PCT", "TIMEV", "NR")]
    if len(ends) != 2 or (level is not None and not 50 <= level < 100):
        return None
    low, high = (_number_of(token) for token in ends)
    if low is None and high is None:
        return None
    # One that ends below its beginning was printed so by mistake, or a dash has swallowed two minus signs: kept, for the row to be flagged.
    return Interval(low, high, level, high_not_reached=ends[-1].kind == "NR")


def _estimate(found: Sequence[Token]) -> Estimate | None:
    """Hazard ratio [HR], 0.154; HR for death = 0.75."""
    kind = next(token.value for token in found if token.kind in ("HR", "ODDS", "RISK"))
    value = float(found[-1].value)
    return Estimate(kind, value) if 0 < value < 200 else None


def _p_value(found: Sequence[Token]) -> PValue | None:
    """P < .001, p值=0.0033; "P均<0.05"; p值 0.002; P值小于0.05."""
    value = float(found[-1].value)
    if not 0 <= value <= 1 or (not found[1:-1] and "." not in found[-1].text):
        return None
    text = "".join(token.text for token in found[1:-1])
    operator = next((sign for sign, words in _OPERATORS.items() if any(word in text for word in words)), "=")
    return PValue(operator, value)


_OPERATORS = {"<": ("<", "≤", "less", "小 于", "低 于"), ">": (">", "≥", "greater", "大 于", "高 于")}


def _times(found: Sequence[Token]) -> list[Time]:
    """At 6 and 12 months; 1- and 2-year; 1、3年."""
    unit = found[-1].value
    return [Time(float(token.value), unit) for token in found if token.kind == "NUM"]


def _time_in_short(found: Sequence[Token]) -> Time | None:
    """The 8.3m of "mPFS 8.3m vs 5.1m", 2y: in notes a month or a year is one letter, right behind its number."""
    unit = _LETTERS.get(found[1].text)
    return None if unit is None else Time(float(found[0].value), unit)


_LETTERS = {"m": "mo", "y": "a"}


VALUES = (
    Rule("time_in_short", "(?<= OUTCOME | VS | IS | MEDIAN) NUM W (?! DASH | NUM)", "TIMEV", _time_in_short, join=True),
    Rule("landmarks_at", "AT NUM (LISTED+ NUM)+ DASH? TIMEUNIT", "LANDMARKS", _times),
    # Not of "PET-2, 5-year survival".
    Rule("landmarks_before", "(?<! W DASH) NUM DASH? (LISTED+ NUM DASH?)+ TIMEUNIT (?= W? (OUTCOME | RATE))", "LANDMARKS", _times),
    Rule("percent", "NUM PERCENT | PERCENT NUM", "PCT", _percent),
    Rule("time", "NUM DASH? TIMEUNIT", "TIMEV", _time),
    Rule("time_numbered", "(?<= AT) (MONTH | YEAR | WEEK | W) NUM", "TIMEV", _numbered_time),
    Rule("number_equal", "NSIZE (IS | COLON)? NUM", "NEQ", _known_number),
)


def _nothing(_found: Sequence[Token]) -> bool:
    """A range or deviation of what was measured: "(range, 2-14)", "± 3.1", which is no interval of a value."""
    return True


_LONGEST_MEASURE = 8


def _unknown_measure(found: Sequence[Token]) -> Outcome | None:
    """The "LRFS" of "5-year LRFS: 81%", which no vocabulary knows: something was measured, without a concept."""
    word = found[0].text
    is_abbreviation = word.isascii() and word.isalpha() and 1 < len(word) <= _LONGEST_MEASURE
    return Outcome(None, "time_to_event") if is_abbreviation else None


def _stable_disease(_found: Sequence[Token]) -> Outcome:
    """The SD that patients had, which is a standard deviation elsewhere."""
    return Outcome(None, "response")


def _other_response(found: Sequence[Token]) -> Outcome | None:
    """Stable and progressive disease in a list of best responses: "CR 3例，PR 12例，SD 8例，PD 7例"."""
    return Outcome(None, "response") if found[0].text in ("sd", "pd") else None


HEADLESS = "HEADLESS"
"""Kind of a word whose outcome is named by the next: the first of "overall and complete response rates"."""


def _headless(found: Sequence[Token]) -> str | None:
    """Overall and complete response; objective and complete responses; clinical and pathological complete response."""
    return found[0].text if found[0].text in ("overall", "objective", "complete", "clinical") else None


INTERVALS = (
    Rule("unknown_measure", "(?<= TIMEV) W (?= RATE? COLON PCT)", OUTCOME, _unknown_measure),
    Rule(
        "interval",
        "PCT DASH? W? CI (COMMA | COLON | IS | OF | SEMI | LPAR | CI | RPAR){0,5}"
        " NUMBER (RANGE | COMMA | AND | SLASH | SEMI | W){1,3} NUMBER"
        " | CI LPAR? PCT? RPAR? (COMMA | COLON | IS | OF)? LPAR? NUMBER (RANGE | COMMA | AND | SLASH)+ NUMBER",
        "CIX",
        _interval,
    ),
    Rule("span_ignored", "RANGEW (COMMA | COLON | IS | OF)* NUMBER (RANGE | COMMA | SLASH | AND)+ NUMBER", "SPREAD", _nothing),
    Rule("stable_disease", "(?<= ACHIEVED) SDW (?! IS | COLON | NUM | COMMA NUM)", "OUTCOME", _stable_disease),
    Rule("other_response", "(?<= (PTS | PCT | RPAR) COMMA) (SDW | W) (?= NUM PTS | PCT)", OUTCOME, _other_response),
    Rule("headless_outcome", "W (?= AND THE? OUTCOME)", HEADLESS, _headless),
    Rule("deviation", "(SDW | PM) (COMMA | COLON | IS)* NUMBER", "SPREAD", _nothing),
    Rule(
        "estimate",
        "(HR | ODDS | RISK) (LPAR (HR | ODDS | RISK) RPAR)? (IN | W | OF | DEATH | THE | OUTCOME | AND | OR | DASH){0,6}"
        " (COMMA | COLON | IS | OF){0,2} NUM",
        "EST",
        _estimate,
    ),
    Rule(
        "p_value",
        "PV TIMES? (W | EACH | IN){0,2} (IS | LESS | GE | COLON | ABOUT | COMMA | THAN){1,2} THE? NUM | PV NUM",
        "PX",
        _p_value,
    ),
)


def _count_with_percent(found: Sequence[Token]) -> Count | None:
    """31 [36%], 24 patients (32%); not "8.0 (73%)"."""
    n = None if "." in found[0].text else _whole(found[0])
    return None if n is None else Count(n)


COUNTS = (
    Rule(
        "count_with_percent",
        "(?<! WEEK | MONTH | DAY | YEAR | GROUPW | GRADE | SLASH) NUM PTS? LPAR PCT RPAR (?! OF (THE | W){0,2} NUM)"
        " | (?<= RPAR SLASH) NUM PTS? LPAR PCT RPAR",
        "COUNTX",
        _count_with_percent,
    ),
    Rule(
        "count_of",
        "NUM PTS? LPAR PCT RPAR (OF | IN) (THE | W){0,2} NUM PTS?"
        " | NUM PTS? LPAR PCT RPAR SLASH NUM PTS? (?! LPAR PCT)"
        " | (?<! SLASH) NUM POPULATION? (PTS | OUTCOME | DEATH)? (OF | SLASH) (THE | W){0,2} NUM PTS? (?! SLASH)"
        " | NUM (PTS | DEATH) (IN | OF) (THE | W){0,2} NUM PTS",
        "COUNTX",
        _count,
    ),
    Rule("span", "NUMBER RANGE NUMBER", "SPAN", lambda found: _limits(found, None)),
    Rule("number_of", "NUM W? PTS", "NPTS", _known_number),
)

_HIGHEST_GRADE = 5


def _grades(found: Sequence[Token]) -> Grades | None:
    """Grade 3 or 4; grade ≥3; ≥3级; 3级及以上; grades III-IV; Ⅲ～Ⅳ度; grade 3+."""
    numbers = [_whole(token) for token in found if token.kind in ("NUM", "ROMAN")]
    if any(number is None or not 1 <= number <= _HIGHEST_GRADE for number in numbers):
        return None
    known = [number for number in numbers if number is not None]
    low, high = min(known), max(known)
    if found[0].kind == "GRADELOST":
        # A sign that an encoding has lost: where grades are reported it was "≥", for grade 1 it may have been any.
        return Grades(low, _HIGHEST_GRADE) if low > 1 else None
    kinds = {token.kind for token in found}
    sign = next((token.text for token in found if token.kind == "LESS"), "")
    is_strict = sign in ("<", ">") and kinds.isdisjoint(("IS", "HIGHER"))
    if sign == ">" or not kinds.isdisjoint(("ABOUT", "GE", "HIGHER", "PLUS")):
        low, high = low + is_strict, _HIGHEST_GRADE
    elif sign:
        low, high = 1, high - is_strict
    return Grades(low, high, are_two="AND" in kinds and high == low + 1) if low <= high else None


def _fatal(found: Sequence[Token]) -> Grades | None:
    """Two fatal infections, one fatal adverse event: of grade 5."""
    return Grades(_HIGHEST_GRADE, _HIGHEST_GRADE) if found[0].text == "fatal" else None


GRADES = (
    Rule("fatal", "DEATH (?= (TREL | TEM | SERIOUS){0,2} (EVENT | ANYAE))", "GRADEX", _fatal),
    Rule(
        "grade",
        "GRADE DASH? (GREATER | LESS IS?)? DEGREE ((BAND | COMMA) GRADE? DEGREE (?! LPAR | PTS | PERCENT | PCT | DEATH)"
        " | (OR | RANGE | SLASH) GRADE? DEGREE (?= LPAR PCT | PTS))*"
        " (OR? (HIGHER | GREATER) | PLUS (?! DEGREE | GRADE))?"
        " | (GREATER | LESS IS?) GRADE DEGREE"
        " | (GREATER | LESS IS?) DEGREE DASH? (GRADE | GRADEZH)"
        " | DEGREE (BAND DEGREE)? DASH? GRADE (?! DASH? DEGREE) (OR? HIGHER)?"
        " | DEGREE (BAND DEGREE)? GRADEZH (OR? HIGHER)?"
        " | ROMAN COMMA ROMAN (GRADE | GRADEZH) (OR? HIGHER)?"
        " | GRADELOST NUM",
        "GRADEX",
        _grades,
    ),
    # "In 40, 67, and 50%".
    Rule(
        "percent_listed",
        "(?<= IN | REPORTED | IS | LPAR) NUM (?= (COMMA NUM){1,4} COMMA? AND PCT)"
        " | (?<= NUM COMMA) NUM (?= (COMMA NUM){0,3} COMMA? AND PCT)",
        "PCT",
        lambda found: float(found[0].value),
    ),
    Rule(
        "related_to_drug",
        "RELATED TO (THE | W){0,2} DRUG | DRUG DASH? RELATED",
        "TREL",
        lambda _found: "treatment_related",
    ),
)
