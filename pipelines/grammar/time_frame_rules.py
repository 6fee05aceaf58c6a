"""Rules for time frames: points and lengths of time, cycles, intervals, and the events that times count from.

Here belongs a cascade of its own: time frames say little beside times, but say them in more ways than treatments do. The words belong to
`time_frame_words.py`, what a time frame comes to as a whole to `time_frames.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from pipelines.grammar.cascade import Rule
from pipelines.grammar.time_frame_values import UNIT_LETTERS, CycleTime, Time, TimeAnchor, TimeKind, iso_duration, time_of, written
from pipelines.grammar.tokens import Token

_FIRST_YEAR, _LAST_YEAR = 1950, 2100
"""Numbers between these that are years of the calendar where no unit follows."""
_SHORTEST_CYCLE = 7.0

# Dates, tolerances, numbers in words


def _calendar(found: Sequence[Token]) -> bool | None:
    """16 June 2022; 09-2012; 2020年3月; 2015."""
    numbers = [token for token in found if token.kind == "NUM"]
    has_year = any(_FIRST_YEAR <= token.value < _LAST_YEAR + 1 for token in numbers)
    # 8/29/07
    is_short = len(numbers) == 3 and len(numbers[-1].text) == 2 and all(token.value <= 31 for token in numbers[:2])
    return True if has_year or is_short or any(token.kind == "MONTHNAME" for token in found) else None


def _mixed_number(found: Sequence[Token]) -> float | None:
    """One and a half; 2 1/2."""
    numbers = [token.value for token in found if token.kind in ("NUM", "HALF")]
    if len(numbers) == 3:
        return numbers[0] + numbers[1] / numbers[2] if 0 < numbers[1] < numbers[2] else None
    return sum(numbers)


def _value(found: Sequence[Token]) -> Any:
    return found[0].value


def _mark(found: Sequence[Token]) -> bool:
    return bool(found)


# Cycles


def _length(found: Sequence[Token]) -> float | None:
    """Each cycle is 28 days; 21-day cycle."""
    unit = next(token for token in reversed(found) if token.kind in ("DAY", "WEEK", "MONTH"))
    number = next(token.value for token in reversed(found[: found.index(unit)]) if token.kind == "NUM")
    days = number * unit.value
    return days if 4 < days <= 400 else None


def _first_cycle(found: Sequence[Token]) -> CycleTime | None:
    """Cycle 1 (21 days). In "cycle 6 (24 weeks)" the weeks count from the first one."""
    length = _length(found)
    return CycleTime(1, int(length)) if length is not None and found[1].value == 1 else None


def _in_all(found: Sequence[Token]) -> Time | None:
    """12 cycles (24 weeks). In "6 cycles (21 days)" the days are those of each."""
    unit = found[-2]
    time = time_of(next(token.value for token in reversed(found) if token.kind == "NUM"), unit, TimeKind.UP_TO)
    return time if time is not None and time.days >= _SHORTEST_CYCLE * found[0].value else None


def _last_cycle(found: Sequence[Token]) -> CycleTime | None:
    """Cycle 2; cycles 2, 4 and 6; the third cycle; C1."""
    numbers = [token.value for token in found if token.kind in ("NUM", "FIRST", "NTH")]
    last = max(numbers)
    return CycleTime(int(last)) if last <= 200 and float(last).is_integer() else None


def _number_of_cycles(found: Sequence[Token]) -> CycleTime | None:
    known = _last_cycle(found)
    return None if known is None or known.last == 0 else replace(known, is_number=True)


def _every_cycle(found: Sequence[Token]) -> float:
    """Every cycle, every 2 cycles."""
    return next((token.value for token in found if token.kind == "NUM"), 1.0)


def _day_of_cycle(found: Sequence[Token]) -> CycleTime:
    """Cycle 2 day 1; days 1 and 8 of cycles 1 and 2: the last day in the last cycle."""
    cycle = next(token.value for token in found if token.kind == "CYCREF")
    day = max(token.value.days for token in found if token.kind == "DAYPT")
    return CycleTime(cycle.last, int(day))


def _as_cycle_time(found: Sequence[Token]) -> CycleTime:
    return found[-1].value


# How often


def _every(found: Sequence[Token]) -> float | None:
    """Every 6 weeks, q3w, every other month; of "every 8 to 12 weeks" no interval is chosen (0)."""
    unit = next(token for token in reversed(found) if token.kind in UNIT_LETTERS)
    numbers = [token.value for token in found if token.kind in ("NUM", "OTHER", "NTH")]
    if len(numbers) > 1:
        return 0.0
    days = (numbers[0] if numbers else 1.0) * unit.value
    return days if 0 < days <= 3660 else None


def _n_weekly(found: Sequence[Token]) -> float | None:
    """6-weekly, 3 monthly. In D29每天 the number is that of the day."""
    return found[0].value * found[-1].value if found[-1].text.isascii() else None


def _times_per(found: Sequence[Token]) -> float | None:
    """Once per month, 3 times a week, twice every 4 weeks."""
    unit = next(token for token in reversed(found) if token.kind in UNIT_LETTERS)
    per = next((token.value for token in found[1:] if token.kind == "NUM"), 1.0)
    return per * unit.value / found[0].value if found[0].value > 0 else None


# Times


def _numbers(found: Sequence[Token]) -> list[float]:
    """The numbers of a list with their signs: "day -7 to 28" has -7 and 28. A dash after a number is "to"."""
    numbers: list[float] = []
    before = None
    is_minus = False
    for token in found:
        if token.kind == "NUM":
            numbers += _split(token, found) if not is_minus else [-token.value]
            is_minus = False
        elif token.kind == "DASH":
            # "Month-6" is month 6; "day-1" is the day before day 0.
            is_joined = before is not None and before.kind in ("WEEK", "MONTH", "YEAR") and before.end == token.start
            is_minus = before is not None and before.kind not in ("NUM", "TOL") and not is_joined
        before = token
    return numbers


def _split(token: Token, found: Sequence[Token]) -> list[float]:
    """The numbers of a token: in the list "30,60,90,120 minutes" the end is no 90120."""
    parts = token.text.split(",")
    is_list = len(parts) > 1 and len(parts[0]) > 1 and sum(one.kind == "NUM" for one in found) > 1
    return [float(part) for part in parts] if is_list else [token.value]


def _point(found: Sequence[Token]) -> Time | None:
    """Week 12; days 1, 8 and 15; month 0 to month 6: the last."""
    numbers = _numbers(found)
    last = max(numbers)
    return time_of(last, found[0], _form(found, numbers))


def _form(found: Sequence[Token], numbers: Sequence[float]) -> TimeKind:
    """A range where two times stand with "to" between them."""
    is_range = len(numbers) == 2 and numbers[0] < numbers[1] and any(token.kind in ("TO", "DASH", "TILDE") for token in found[1:])
    return TimeKind.RANGE if is_range and not any(token.kind in ("COMMA", "AND", "OR") for token in found) else TimeKind.AT


def _lasting(found: Sequence[Token]) -> Time | None:
    """24 months; 3, 6 and 12 months; 3-6 months; 1,5 years; 第12周."""
    unit = next(token for token in reversed(found) if token.kind in UNIT_LETTERS)
    numbers = [number for token in found if token.kind == "NUM" for number in _split(token, found)]
    kind = _form(found[:-1], numbers)
    decimal = _decimal_comma(found)
    if decimal is not None:
        numbers = [decimal]
    elif found[0].kind == "NUM" and found[0].text.startswith("0,") and unit.kind in ("DAY", "WEEK", "MONTH") and found[0].text[-1] != "5":
        # "0,3 months" is at the start and at 3 months.
        numbers.append(float(found[0].text[2:]))
    return time_of(max(numbers), unit, kind)


def _decimal_comma(found: Sequence[Token]) -> float | None:
    """The number in "1,5 years". "3,6 months" is a list: it rises, and no half follows the comma."""
    first, comma, second = found[:3] if len(found) >= 3 else (None, None, None)
    if first is None or comma is None or second is None or comma.text != "," or first.end != comma.start or comma.end != second.start:
        return None
    if [token.kind for token in found].count("NUM") != 2 or len(second.text) != 1 or not second.text.isdigit():
        return None
    return first.value + second.value / 10 if second.value == 5 or second.value <= first.value else None


def _composite(found: Sequence[Token]) -> Time | None:
    """2 years 6 months; 12 weeks and 3 days; 一年半. "1 year, 18 months" are two times."""
    units = [token for token in found if token.kind in UNIT_LETTERS]
    numbers = [token.value for token in found if token.kind in ("NUM", "HALF")]
    if found[-1].kind == "HALF":
        return time_of(sum(numbers), units[0])
    if numbers[1] * units[1].value >= units[0].value:
        return None
    days = sum(number * unit.value for number, unit in zip(numbers, units, strict=True))
    if units[0].kind == "YEAR":
        return Time(days, f"P{written(numbers[0])}Y{written(numbers[1])}M")
    if units[0].kind == "HOUR":
        return Time(days, f"PT{written(numbers[0])}H{written(numbers[1])}M", is_long=False)
    return Time(days, iso_duration(days))


def _one(found: Sequence[Token]) -> Time | None:
    """A year; an hour."""
    return time_of(1.0, found[-1])


def _range(found: Sequence[Token]) -> Time | None:
    """14 days to 12 months; day 1 up to week 12. "96 hours during week 4" is none."""
    if any(token.kind == "LIMIT" and not token.text.startswith("up") for token in found):
        return None
    first, last = found[0].value, found[-1].value
    latest = max(first, last, key=lambda one: one.days)
    is_range = first.days < last.days
    return replace(latest, kind=TimeKind.RANGE if is_range else latest.kind, is_long=first.is_long or last.is_long)


def _sum(found: Sequence[Token]) -> Time:
    """Day 9 + 48 hours."""
    return found[0].value.plus(found[-1].value)


# Events


def _to_anchor(anchor: TimeAnchor) -> Callable[[Sequence[Token]], TimeAnchor]:
    return lambda found: anchor


def _event(found: Sequence[Token]) -> TimeAnchor:
    """End of surgery; day of transplant."""
    return next(token.value for token in found if token.kind == "EVENT")


def _first_event(found: Sequence[Token]) -> TimeAnchor:
    """First vaccination is the first dose; first response is the response."""
    anchor = _event(found)
    return TimeAnchor.FIRST_DOSE if anchor is TimeAnchor.VACCINATION else anchor


def _last_event(found: Sequence[Token]) -> TimeAnchor | None:
    anchor = _event(found)
    return TimeAnchor.LAST_DOSE if anchor is TimeAnchor.VACCINATION else anchor


def _last_dose(found: Sequence[Token]) -> TimeAnchor:
    """Last dose; discontinuation of study drug. The end of an infusion is that of one dose."""
    is_one = all(token.kind != "LAST" for token in found) and any(token.text in _GIVEN for token in found)
    return TimeAnchor.DOSE if is_one else TimeAnchor.LAST_DOSE


_GIVEN = frozenset({"infusion", "injection", "administration", "inhalation", "application", "dose", "dosing", "输注", "注射", "给药"})


def _end_of_enrollment(found: Sequence[Token]) -> TimeAnchor | None:
    """Enrollment of the last patient; last subject randomized."""
    return TimeAnchor.END_OF_ENROLLMENT if _event(found) in (TimeAnchor.ENROLLMENT, TimeAnchor.RANDOMIZATION) else None


_ANCHOR_OF_KIND: dict[str, TimeAnchor] = {
    "BASE": TimeAnchor.BASELINE,
    "DOSE": TimeAnchor.DOSE,
    "TREAT": TimeAnchor.TREATMENT,
    "RADIO": TimeAnchor.END_OF_RADIOTHERAPY,
}


def _anchor(found: Sequence[Token]) -> TimeAnchor:
    """After surgery; post-dose; 治疗后."""
    event = next(token for token in reversed(found) if token.kind in ("EVENT", "POSTEVENT", "PREEVENT", *_ANCHOR_OF_KIND))
    anchor: TimeAnchor = event.value
    return _ANCHOR_OF_KIND.get(event.kind, anchor)


# Times in their sentence


def _anchored(found: Sequence[Token]) -> Time:
    """30 days after the last dose; postoperative day 30."""
    time = next(token.value for token in found if token.kind == "TIME")
    anchor = next(token.value for token in found if token.kind in ("AFTEREV", "FROMEV", "OFEV"))
    return replace(time, anchor=anchor)


def _anchored_before(found: Sequence[Token]) -> Time | None:
    """After surgery: 6 weeks. In "post-treatment (week 8)" the weeks count from the start."""
    is_week_of_study = found[0].value is TimeAnchor.TREATMENT and found[-1].rule.startswith("point_")
    return None if is_week_of_study else _anchored(found)


def _past(found: Sequence[Token]) -> bool | None:
    """4 weeks before surgery. "Week 52 before dosing" is in week 52."""
    return None if found[0].rule.startswith("point_") or found[0].rule == "day" else True


def _chinese_past(found: Sequence[Token]) -> bool | None:
    """给药前60分钟: in English a time after "predose" is another one."""
    return None if found[0].text.isascii() else True


def _limited(found: Sequence[Token]) -> Time:
    """Up to 24 months; within 30 days; 6 months follow-up. A range stays one: "for 4-6 weeks"."""
    time = next(token.value for token in found if token.kind == "TIME")
    is_explicit = any(token.kind in ("LIMIT", "MAX") for token in found)
    return replace(time, kind=TimeKind.UP_TO) if is_explicit or time.kind is TimeKind.AT else time


def _average(found: Sequence[Token]) -> Time:
    """An average of 1 year; median follow-up of 34 months."""
    return replace(found[-1].value, kind=TimeKind.AVERAGE)


def _as_time(found: Sequence[Token]) -> Time:
    return found[-1].value


def _spells(found: Sequence[Token]) -> Time:
    """Every 3 months for 2 years, then every 6 months for 3 years: 5 years in all."""
    parts = [token for token in found if token.kind == "TIMEFOR"]
    spells = [token.value for token in parts]
    if any(part.rule.startswith("point_") for token in parts for part in token.parts):
        # "For 2 years, then … for years 3 to 5": these count from the start.
        return replace(max(spells, key=lambda one: one.days), kind=TimeKind.UP_TO)
    total = spells[0]
    for spell in spells[1:]:
        total = total.plus(spell)
    return replace(total, kind=TimeKind.UP_TO)


MACROS = {
    "UNIT": "DAY | WEEK | MONTH | YEAR | HOUR | MINUTE | SECOND",
    "DATEUNIT": "DAY | WEEK | MONTH | YEAR",
    "RANGE": "TO | DASH | TILDE",
    "SEP": "COMMA | AND | OR | SLASH | SEMI | TO | DASH | TILDE | THEN",
    "PLUSMINUS": "PM | PLUS SLASH DASH | PLUS DASH",
    "GAP": "W | A | THE | OF | DASH | STUDY | SUBJECT | LPAR",
    "LENGTH": "NUM ((OR | RANGE | SLASH) NUM)? DASH? DATEUNIT",
    "NOUNIT": "(?! DASH? UNIT (?! DASH? NUM) | DASH? UNIT DASH? NUM DASH? UNIT)",
    "HEAD": "EVENT | DOSE | TREAT | RADIO | BASE",
}
"""NOUNIT: a number that has no unit of its own after it. In "week 4 day 1" the 4 has none; in "week 4, 12 hours" the 12 has."""

NUMBERS = (
    Rule(
        "date_words",
        "(NUM ORDEND? (OF | DASH | SLASH)?)? MONTHNAME (DOT | COMMA | DASH | OF)* NUM ORDEND? (COMMA? NUM)? NOUNIT"
        " | NUM ORDEND? OF? MONTHNAME",
        "DATE",
        _calendar,
    ),
    Rule(
        "date_numbers",
        "(?<! UNIT) NUM ((SLASH | DOT) NUM SLASH NUM | DASH NUM (DASH NUM)? | SLASH NUM) NOUNIT",
        "DATE",
        _calendar,
        join=True,
    ),
    Rule("date_chinese", "NUM YEAR (NUM MONTH (NUM DAY)?)?", "DATE", lambda found: _calendar(found[:1])),
    Rule("year", "YEAR? NUM NOUNIT", "DATE", _calendar),
    Rule("tolerance_in_number", "(?<= NUM) (PLUSMINUS NUM | LPAR PLUSMINUS NUM RPAR) (?= DASH? UNIT)", "TOL", _mark),
    Rule("tolerance", "LPAR? PLUSMINUS NUM ((DASH | SLASH) NUM)? DASH? UNIT? RPAR?", "TOL", _mark),
    Rule("mixed_number", "NUM AND? A? HALF (?= DASH? UNIT) | NUM NUM SLASH NUM (?= DASH? UNIT)", "NUM", _mixed_number),
    Rule("half", "A? HALF (?= DASH? UNIT)", "NUM", lambda found: found[-1].value),
    Rule("nth", "(FIRST | NTH) (?= DASH? UNIT)", "NUM", _value),
)

CYCLE_LENGTHS = (
    Rule("one_cycle_is", "NUM CYCLE (IS | COLON) ABOUT? LENGTH", "CYCLELEN", _length),
    Rule("this_cycle_is", "CYCLE NUM (IS | ABOUT)+ LENGTH", "CYCLELEN", _length),
    Rule("each_cycle_is", "EVERY CYCLE (IS | COLON | ABOUT)+ LENGTH", "CYCLELEN", _length),
    Rule("cycles_in_all", "NUM CYCLE LPAR ABOUT? NUM DASH? DATEUNIT RPAR", "TIME", _in_all),
    Rule("cycle_is", "CYCLE (IS | OF | COLON | LPAR | ABOUT | EVERY | A | W)* LENGTH (?! DASH? NUM)", "CYCLELEN", _length),
    Rule("first_cycle_lasts", "CYCLE NUM LPAR ABOUT? LENGTH RPAR", "CYCTIME", _first_cycle),
    Rule("time_per_cycle", "NUM DASH? DATEUNIT (PER | SLASH | IS | A | EVERY | LIMIT | THE | W)+ NUM? CYCLE (?! NUM)", "CYCLELEN", _length),
    Rule("time_cycle", "NUM DASH? DATEUNIT DASH? (W | TREAT){0,2} CYCLE (?! NUM)", "CYCLELEN", _length),
)

CYCLES = (
    Rule("cycles_short", "C NUM", "CYCREF", _last_cycle, join=True),
    Rule(
        "cycles",
        "CYCLE NUM NOUNIT ((COMMA | AND | OR | SLASH | RANGE)+ CYCLE? NUM NOUNIT)*",
        "CYCREF",
        _last_cycle,
    ),
    Rule("nth_cycle", "(FIRST NUM? | NTH | NUM ORDEND | ORD NUM (RANGE ORD? NUM)?) (THE | W)? (CYCLE | CYCLELEN)", "CYCREF", _last_cycle),
    Rule("every_cycle", "EVERY (NUM | TREAT)? (CYCLE | CYCLELEN) NUM?", "EVERYCYC", _every_cycle),
    Rule("number_of_cycles", "NUM (SEP+ NUM)* (ABOUT | DASH)? (CYCLE | CYCLELEN)", "CYCTIME", _number_of_cycles),
)

INTERVALS = (
    Rule(
        "every_n",
        "(EVERY | Q) (ABOUT | LAST)? (OTHER | NTH)? NUM? ORDEND? ((RANGE | OR | AND) NUM)? TOL? DASH? UNIT (?! NUM NOUNIT)",
        "EVERYX",
        _every,
    ),
    Rule("n_weekly", "(?<! UNIT) NUM DASH? RATE", "EVERYX", _n_weekly),
    Rule("times_per", "(ONCE | NUM TIMES) (PER | A | EVERY | SLASH | LIMIT) NUM? DASH? UNIT", "EVERYX", _times_per),
    Rule("part_of_each", "(NUM UNIT)? PER UNIT | NUM UNIT (SLASH | A) UNIT (?! NUM)", "IGNORED", _mark),
    Rule("rate", "RATE", "EVERYX", _value),
)


def _points(unit: str, gives: str) -> Rule:
    """Rule of a unit that stands before its numbers: "weeks 4, 8 and 12", "day 1 to day 28"."""
    pattern = f"{unit} (DASH | PLUS | COLON | RPAR COLON | RPAR | OF | IS)? NUM ORDEND? TOL? NOUNIT"
    return Rule(
        f"point_{unit.lower()}",
        f"{pattern} (SEP+ (LIMIT | THE)? {unit}? (DASH | PLUS)? NUM ORDEND? TOL? NOUNIT)*",
        gives,
        _point,
    )


_LIST = "ORD? NUM ORDEND? TOL? (SEP+ (PLUS | DASH | ORD)? NUM ORDEND? TOL?)* PLUS? DASH? ABOUT?"

TIMES = (
    Rule("years_and_months", "NUM DASH? YEAR (COMMA | AND)? NUM DASH? MONTH | NUM YEAR (AND A?)? HALF", "TIME", _composite),
    Rule("weeks_and_days", "NUM WEEK AND? NUM DAY | NUM HOUR AND? NUM MINUTE", "TIME", _composite),
    _points("DAY", "DAYPT"),
    *(_points(unit, "TIME") for unit in ("WEEK", "MONTH", "YEAR", "HOUR")),
    Rule("nth_day", "ORD NUM (SEP+ ORD? NUM)* DAY", "DAYPT", _lasting),
    # "Visit 2 week 4": the 2 is no number of weeks.
    Rule("lasting_after_name", f"(?<= W | VISIT) {_LIST} UNIT (?! NUM NOUNIT (?! TIMES | CYCLE))", "TIME", _lasting),
    Rule("lasting", f"(?<! W | VISIT) {_LIST} UNIT", "TIME", _lasting),
    Rule("one", "A UNIT (?! NUM)", "TIME", _one),
    # "On the day of surgery" names no time beside that of the surgery.
    Rule("day_of", "DAY OF", "THE", _mark),
)

DAYS_OF_CYCLES = (
    Rule(
        "cycle_day",
        "CYCREF (COMMA | SEMI | LPAR | COLON | SLASH | GAP | LIMIT | BEFORE | PREEVENT | DOSE | AND){0,4} DAYPT (SEP* DAYPT)*"
        " (?! OF CYCREF)",
        "CYCTIME",
        _day_of_cycle,
    ),
    Rule(
        "day_of_cycle",
        "DAYPT (OF | COMMA | SEMI | LPAR | RPAR | LIMIT | GAP | FOR | TREAT | DOSE | PREEVENT){0,3} EVERY? CYCREF",
        "CYCTIME",
        _day_of_cycle,
    ),
    Rule("day_of_every_cycle", "DAYPT (OF | COMMA | LIMIT | FOR | GAP){0,2} (EVERYCYC | CYCLELEN)", "IGNORED", _mark),
    Rule("cycle", "CYCREF", "CYCTIME", _as_cycle_time),
    Rule("day", "DAYPT", "TIME", _as_time),
)

LABELS = (
    # "V3", "visits 3, 4 and 5", "18 sessions", "dose 1": no times.
    Rule("number_of_visit", "VISIT NUM (SEP+ VISIT? NUM)* | NUM VISIT", "VISIT", _mark),
    Rule("number_of_dose", "DOSE NUM (SEP+ DOSE? NUM)*", "DOSE", _mark),
)

EVENTS = (
    Rule(
        "last_enrolled",
        "LAST SUBJECT GAP{0,2} IS? EVENT | LAST EVENT SUBJECT | EVENT GAP{0,3} LAST SUBJECT | END GAP{0,2} EVENT | EVENT END",
        "EVENT",
        _end_of_enrollment,
    ),
    Rule("first_event", "FIRST GAP{0,3} EVENT", "EVENT", _first_event),
    Rule("last_event", "LAST GAP{0,3} EVENT", "EVENT", _last_event),
    Rule("event_itself", "(START | END) GAP{0,2} EVENT | EVENT (START | END)", "EVENT", _event),
    Rule(
        "first_dose",
        "(START | FIRST) (GAP | FIRST | NUM){0,5} (DOSE | TREAT)+ | (DOSE | TREAT) START",
        "EVENT",
        _to_anchor(TimeAnchor.FIRST_DOSE),
    ),
    Rule(
        "last_dose",
        "LAST (GAP | NUM){0,5} (DOSE | TREAT) DOSE? | END (GAP | LAST){0,3} DOSE | DOSE END",
        "EVENT",
        _last_dose,
    ),
    Rule(
        "end_of_treatment",
        "END (GAP | LAST | CYCLE){0,4} TREAT TREAT? | TREAT END | END OF? THE? LAST? CYCLE (?! NUM)",
        "EVENT",
        _to_anchor(TimeAnchor.END_OF_TREATMENT),
    ),
    Rule("start_of_radiotherapy", "START GAP{0,3} RADIO | RADIO START", "EVENT", _to_anchor(TimeAnchor.START_OF_RADIOTHERAPY)),
    Rule("end_of_radiotherapy", "(END | LAST) GAP{0,3} RADIO | RADIO END", "EVENT", _to_anchor(TimeAnchor.END_OF_RADIOTHERAPY)),
    Rule(
        "end_of_study",
        "(END | LAST) (W | THE | OF | A | DASH | CLOSE){0,3} (STUDY | VISIT)+ | STUDY END",
        "EVENT",
        _to_anchor(TimeAnchor.END_OF_STUDY),
    ),
    Rule("start_of_study", "START (W | THE | OF | A){0,3} STUDY | STUDY START", "EVENT", _to_anchor(TimeAnchor.ENROLLMENT)),
)

RELATIONS = (
    Rule("after_event", "AFTER (GAP | FIRST | START){0,4} HEAD | HEAD HOU | POSTEVENT", "AFTEREV", _anchor),
    Rule("from_event", "FROM (GAP | FIRST | START){0,5} HEAD", "FROMEV", _anchor),
    Rule("before_event", "BEFORE (GAP | FIRST | START){0,4} HEAD | HEAD QIAN | PREEVENT", "BEFOREEV", _anchor),
    Rule("of_event", "OF (W | A | THE | OF){0,3} (EVENT | DOSE)", "OFEV", _anchor),
)

RANGES = (
    Rule("time_to_time", "TIME TOL? (TO | DASH | TILDE | LIMIT) (ABOUT | LIMIT | THE | MAX)* TIME", "TIME", _range),
    Rule("time_plus_time", "TIME PLUS TIME", "TIME", _sum),
)

PLACES = (
    Rule("time_before", "TIME CLOSE? (W | OF)? (BEFOREEV | BEFORE) (?! DASH? AND)", "PAST", _past),
    Rule("time_recalled", "(LAST | RECALL) TIME", "PAST", _mark),
    Rule("chinese_before", "BEFOREEV TIME CLOSE?", "PAST", _chinese_past),
    Rule("time_after", "TIME (LPAR | GAP | CLOSE | COMMA | TOL){0,2} (AFTEREV | FROMEV | OFEV)", "TIME", _anchored),
    Rule("after_time", "AFTEREV (COLON | DASH | GAP)? TIME", "TIME", _anchored_before),
)

LIMITS = (
    Rule("average", "AVERAGE (CLOSE | GAP | ABOUT | LIMIT | IS | FOR | TREAT | FROM){0,5} TIME", "TIME", _average),
    Rule("additional", "(FOR | LIMIT | A)* MORE (ABOUT | LIMIT)* TIME", "TIMEMORE", _as_time),
    Rule("time_for", "FOR (ABOUT | FIRST)* TIME", "TIMEFOR", _as_time),
    Rule(
        "limit",
        "(LIMIT | MAX | TO | FIRST | FOR | LESS) (ABOUT | LIMIT | MAX | FOR | TO | FIRST | LESS | TILDE | A | THE)* TIME (MAX | CLOSE)?",
        "TIME",
        _limited,
    ),
    Rule("limit_after", "TIME DASH? W? (MAX | CLOSE)", "TIME", _limited),
)

SPELLS = (
    Rule(
        "spells",
        "EVERYX (GAP | LIMIT){0,2} TIMEFOR ((COMMA | AND | THEN | SEMI | GAP){1,3} EVERYX (GAP | LIMIT){0,2} TIMEFOR)+",
        "TIME",
        _spells,
    ),
    Rule("for", "TIMEFOR", "TIME", lambda found: _limited(found[0].parts)),
)

STAGES = (
    NUMBERS,
    CYCLE_LENGTHS,
    CYCLES,
    INTERVALS,
    TIMES,
    DAYS_OF_CYCLES,
    LABELS,
    EVENTS,
    RELATIONS,
    RANGES,
    PLACES,
    LIMITS,
    SPELLS,
)
