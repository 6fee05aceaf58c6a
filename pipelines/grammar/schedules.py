"""Rules for time: days of a cycle, frequencies, cycle lengths, numbers of cycles, durations, ends.

Here belongs everything that reads when and how long, and what several such statements say together (`schedule_of`). How much belongs to
`doses.py`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from pipelines.grammar.cascade import Rule
from pipelines.grammar.tokens import Token
from pipelines.vocab.word_values import Amount

_LONGEST_LIST = 100
"""A longer run of days is a stretch of time, not days of a cycle: "day -1 to day 180"."""
_LAST_DAY = 400
"""Days of treatment that a list names; a larger number is something else."""

_CODE_BY_DAYS = {
    0.25: "QID",
    0.5: "BID",
    1.0: "QD",
    2.0: "QOD",
    3.5: "BIW",
    7.0: "QW",
    14.0: "Q2W",
    21.0: "Q3W",
    28.0: "Q4W",
    35.0: "Q5W",
    42.0: "Q6W",
    56.0: "Q8W",
    60.875: "Q2M",
    63.0: "Q9W",
    70.0: "Q10W",
    84.0: "Q12W",
    91.3125: "Q3M",
    182.625: "Q6M",
    30.4375: "QM",
    365.25: "QY",
}
_CODE_BY_HOURS = {4: "Q4H", 6: "Q6H", 8: "Q8H", 12: "Q12H", 24: "QD", 48: "QOD"}


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often. `days` between administrations, None where that makes no sense (once, continuous, as needed)."""

    code: str | None
    days: float | None


@dataclass(frozen=True, slots=True)
class Days:
    """Days of a cycle or of the study, in the order of the text, without repetition."""

    days: tuple[int, ...]
    cycle_length: float | None = None
    """Of "5 days on, 2 days off": their sum."""
    is_assumed: bool = False
    """Of "for 14 days": that these are the first days is not said."""


@dataclass(frozen=True, slots=True)
class Cycles:
    """A cycle length in days, a number of cycles, or both."""

    length: float | None = None
    number: int | None = None
    n_doses: int | None = None
    """Doses, not cycles: "for 6 doses"."""


@dataclass(frozen=True, slots=True)
class CycleReference:
    """The cycles that something is said of: "cycle 1", "cycles 2-8"."""

    first: int
    last: int | None


def _integers(found: Iterable[Token]) -> list[int] | None:
    numbers = [token.value for token in found if token.kind == "NUM"]
    return [int(number) for number in numbers] if all(float(number).is_integer() for number in numbers) else None


def _days(found: Sequence[Token]) -> Days | None:
    """Days 1, 8 and 15; D1-D21; day -5 to -3; d1,8,15; 第1-14天; Day+3."""
    numbers: list[int] = []
    is_range = False
    sign = 1
    follows_number = False
    for token in found:
        if token.kind == "NUM":
            if not float(token.value).is_integer() or token.value > _LAST_DAY or not token.text[:1].isdigit():
                return None
            day = sign * int(token.value)
            if is_range and numbers:
                if day <= numbers[-1]:
                    return None
                numbers += range(numbers[-1] + 1, day + 1)
            else:
                numbers.append(day)
            is_range, sign = False, 1
        elif token.kind == "DASH":
            # After a number a dash is "to", elsewhere a minus.
            is_range, sign = (True, sign) if follows_number else (is_range, -1)
        elif token.kind in ("TO", "TILDE"):
            is_range = True
        elif token.kind in ("COMMA", "AND", "OR", "SLASH", "SEMI"):
            is_range, sign = False, 1
        follows_number = token.kind == "NUM"
    days = tuple(dict.fromkeys(numbers))
    return Days(days) if 0 < len(days) <= _LONGEST_LIST else None


def _peptide(found: Sequence[Token]) -> str | None:
    """MART-1:27-35: the first and the last building block of a peptide, close to its name; "Dex:1-5" are days."""
    return _text(found) if found[1].value > _LAST_START else None


_LAST_START = 10
"""The last day that a run of days without the word "day" begins on where it touches the colon."""


def _long_run(found: Sequence[Token]) -> str | None:
    """Days 1-400, day -1 to day 180: no days of a cycle, and none of its ends is a day of its own."""
    numbers = [token.value for token in found if token.kind == "NUM"]
    is_run = any(token.kind in ("DASH", "TO", "TILDE") for token in found[1:])
    return _text(found) if is_run and max(numbers) - min(numbers) >= _LONGEST_LIST else None


def _weeks(found: Sequence[Token]) -> Frequency | None:
    """Monday, Wednesday and Friday: so many times a week."""
    n_days = len({token.text[:3] if token.text.isascii() else token.text for token in found if token.kind == "WEEKDAY"})
    if any(token.kind in ("TO", "DASH") for token in found):
        return Frequency(None, None) if n_days == 2 else None
    return _times_a_week(n_days) if n_days > 1 else None


def _times_a_week(number: int) -> Frequency | None:
    codes = {1: Frequency("QW", 7.0), 2: Frequency("BIW", 3.5), 3: Frequency("TIW", 7 / 3), 7: Frequency("QD", 1.0)}
    # Five fractions a week are not evenly spaced: no interval.
    return codes.get(number, Frequency(None, None)) if 0 < number <= 7 else None


def frequency_of(days: float) -> Frequency:
    """The frequency of so many days between administrations."""
    nearest = min(_CODE_BY_DAYS, key=lambda known: abs(known - days))
    return Frequency(_CODE_BY_DAYS[nearest] if abs(nearest - days) < 0.01 else None, days)


def _known_frequency(found: Sequence[Token]) -> Frequency:
    amount: Amount = found[-1].value
    return Frequency(amount.code, amount.number)


def _every(found: Sequence[Token]) -> Frequency | None:
    """Every 3 weeks, q3w, once every 21 days, every 12 hours, every three weeks (of a range the shorter interval is not chosen: NULL)."""
    numbers = [float(token.value) for token in found if token.kind == "NUM"]
    time = next(token for token in found if token.kind in _TIMES)
    number = numbers[0] if numbers else 1.0
    if len(numbers) > 1 and any(token.kind in ("DASH", "TO", "TILDE", "OR") for token in found):
        return Frequency(None, None)
    if any(token.kind == "OTHER" for token in found):
        number *= 2
    if time.kind == "HOUR":
        return Frequency(_CODE_BY_HOURS.get(int(number)), round(number / 24, 4)) if 2 <= number <= 96 else None
    if time.kind in ("MINUTE", "SECOND") or number <= 0:
        return None
    return frequency_of(round(number * float(time.value), 4))


_TIMES = frozenset({"DAY", "WEEK", "MONTH", "YEAR", "HOUR", "MINUTE", "SECOND"})


def _hourly(found: Sequence[Token]) -> Frequency | None:
    """12 hourly, 6-hourly."""
    hours = float(found[0].value)
    return Frequency(_CODE_BY_HOURS.get(int(hours)), round(hours / 24, 4)) if 2 <= hours <= 96 else None


def _either(found: Sequence[Token]) -> tuple[Frequency, ...] | None:
    """Every 2 or 4 weeks; every other month or every 3 months: one or the other."""
    times = [token for token in found if token.kind in _TIMES]
    numbers = [2.0 if token.kind == "OTHER" else float(token.value) for token in found if token.kind in ("NUM", "OTHER")]
    if len(numbers) != 2 or numbers[0] == numbers[1]:
        return None
    days = [float(times[min(place, len(times) - 1)].value) for place in range(2)]
    return tuple(frequency_of(round(number * length, 4)) for number, length in zip(numbers, days, strict=True))


def _n_times(found: Sequence[Token]) -> Frequency | None:
    """Three times a week, twice every day, 每3周2次, 5 days a week."""
    counts = [token for token in found if token.kind in ("ONCE", "TWICE", "THRICE")]
    numbers = [float(token.value) for token in found if token.kind == "NUM"]
    time = next(token for token in found if token.kind in ("DAY", "WEEK", "MONTH", "YEAR"))
    place = found.index(time)
    before = [float(token.value) for token in found[:place] if token.kind == "NUM"]
    after = [float(token.value) for token in found[place:] if token.kind == "NUM"]
    if counts:
        number, per = float(counts[0].value), (before or after or [1.0])[0]
    elif found[0].kind in ("EVERY", "PER") or (after and before):
        number, per = (after or [1.0])[0], (before or [1.0])[0]
    else:
        number, per = numbers[0], 1.0
    days = per * float(time.value)
    if number <= 0 or number > 24 or days <= 0:
        return None
    if time.kind == "WEEK" and per == 1:
        return _times_a_week(int(number))
    return frequency_of(round(days / number, 4))


def _days_a_week(found: Sequence[Token]) -> Frequency | None:
    numbers = _integers(found)
    return _times_a_week(numbers[0]) if numbers else None


def _length(found: Sequence[Token]) -> float | None:
    """The first stretch of time in days."""
    times = [token for token in found if token.kind in ("DAY", "WEEK", "MONTH")]
    if not times:
        return None
    numbers = [float(token.value) for token in found[: found.index(times[0])] if token.kind == "NUM"]
    if not numbers:
        return None
    days = numbers[-1] * float(times[0].value)
    return days if 1 < days <= _LAST_DAY else None


def _time_cycle(found: Sequence[Token]) -> Cycles | None:
    """28-day cycles. "A 2-week course of high-dose therapy" is a stretch of treatment."""
    return None if found[-1].text == "course" else _cycle_length(found)


def _cycle_length(found: Sequence[Token]) -> Cycles | None:
    length = _length(found)
    return None if length is None else Cycles(length=length)


def _length_of_repeats(found: Sequence[Token]) -> Cycles | None:
    """Repeats every 21 days; of "every 21 days or every 28 days" neither is the length."""
    return Cycles() if any(token.kind == "OR" for token in found) else _cycle_length(found)


def _length_of_one(found: Sequence[Token]) -> Cycles | None:
    """21 days for each cycle, 28天一个周期. "Every 21 days for 4 cycles" says no more than how often."""
    place = next(place for place, token in enumerate(found) if token.kind in ("DAY", "WEEK"))
    return _cycle_length(found) if all(token.value == 1 for token in found[place:] if token.kind == "NUM") else None


def _number_of_cycles(found: Sequence[Token]) -> Cycles | None:
    """For up to 6 cycles, 4-6 cycles, six 28-day cycles: the most."""
    numbers = _integers(found)
    lengths = [token.value.length for token in found if token.kind == "CYCLELEN"]
    if not numbers or not 1 <= numbers[-1] <= 200:
        return None
    if lengths and numbers[-1] > 1 and found[-1].text.endswith(("cycle", "course")):
        # "Days 1, 8, 15 28-day cycle".
        return None
    return Cycles(length=lengths[0] if lengths else None, number=numbers[-1])


def _number_of_doses(found: Sequence[Token]) -> Cycles | None:
    """For a total of 6 doses, maximum of 14 doses."""
    numbers = _integers(found)
    return Cycles(n_doses=numbers[-1]) if numbers and 1 <= numbers[-1] <= 200 else None


def _reference(found: Sequence[Token]) -> CycleReference | None:
    numbers = _integers(found)
    if not numbers or numbers[0] > 60:
        return None
    is_open = any(token.kind == "PLUS" for token in found)
    return CycleReference(numbers[0], None if is_open else numbers[-1])


def _duration(found: Sequence[Token]) -> float | None:
    """For 12 weeks, for up to 2 years: days, the most."""
    numbers = [float(token.value) for token in found if token.kind == "NUM"]
    time = next(token for token in found if token.kind in _TIMES)
    days = numbers[-1] * float(time.value) if numbers else None
    return days if days is not None and 0 < days <= 4000 else None


def _on_off(found: Sequence[Token]) -> Days | None:
    """14 days on, 7 days off; for 2 weeks followed by a 1-week rest; 服2周停1周."""
    stretches: list[float] = []
    number: float | None = None
    for token in found:
        if token.kind == "NUM":
            number = float(token.value)
        elif token.kind in ("DAY", "WEEK") and number is not None:
            stretches.append(number * float(token.value))
            number = None
    if len(stretches) != 2 or not all(one.is_integer() and 1 <= one <= 100 for one in stretches):
        return None
    return Days(tuple(range(1, int(stretches[0]) + 1)), cycle_length=sum(stretches))


def _text(found: Sequence[Token]) -> str:
    return found[0].text


_AGO = "(ABOUT | UPTO | TOTAL | W)?"

REFERENCES = (
    # "Cycle 1 and 500 mg in later cycles": the dose is no cycle.
    Rule(
        "cycle_reference",
        "CYCLE NUM ((RANGE | AND | COMMA) CYCLE? NUM (?! NODAY))* PLUS? (?! DASH? (DAY DASH | WEEK))",
        "CYCREF",
        _reference,
    ),
    Rule("cycle_reference_short", "C NUM", "CYCREF", _reference),
)

NO_DAY = (
    "UNITX | COUNTU | CELLX | MILLION | TIMES | CARET | PERCENT | CYCLE | TIMESW | FRACTION"
    " | DASH? (DAY DASH | WEEK | HOUR | MINUTE | MONTH | YEAR)"
    " | DASH NUM DASH? UNITX | TO NUM UNITX | SLASH (NUM SLASH)? NUM UNITX"
)
"""What follows a number that is no day of a list: "days 1-14, 100 mg"."""

CYCLES = (
    # "Day 4 +/- 2 days": how far off a day may be is no day, and no length.
    Rule("leeway_of_days", "(PLUS SLASH DASH | PM) NUM (RANGE NUM)? DASH? (DAY | WEEK | HOUR)", "LEEWAY", _text),
    Rule(
        "on_off",
        "NUM DASH? (DAY | WEEK) (ON | ON2 | W)? (LPAR | COMMA | SLASH | AND | THEN | WITH | SEMI)* (W | PER)? OFF? (PER | AND)?"
        " NUM DASH? (DAY | WEEK) DASH? (OF? OFF | W OFF)",
        "DAYS",
        _on_off,
    ),
    Rule("on_off_rest_first", "NUM DASH? (DAY | WEEK) COMMA? (THEN | AND | W)? (OFF) NUM DASH? (DAY | WEEK)", "DAYS", _on_off),
    Rule(
        "cycles_repeat",
        "REPEAT ABOUT? (EVERY | Q | ON) PER? NUM (RANGE NUM)? DASH? (DAY | WEEK) (OR (EVERY | Q) NUM DASH? (DAY | WEEK))?",
        "CYCLELEN",
        _length_of_repeats,
    ),
    Rule(
        "time_per_cycle",
        "(EVERY | Q)? NUM DASH? (DAY | WEEK) (PER | IS | AS | COMMA | LPAR | FOR | REPEAT)+ (NUM | EVERY | PER)? W? CYCLE",
        "CYCLELEN",
        _length_of_one,
    ),
    Rule("time_one_cycle", "(EVERY | Q)? NUM DASH? (DAY | WEEK) NUM W? CYCLE", "CYCLELEN", _length_of_one),
    Rule(
        "cycle_is_time",
        "CYCLE (IS | INCLUDES | OF | COLON | LPAR | W | EVERY | PER | FOR | COMMA | ABOUT)* NUM DASH? (DAY | WEEK)"
        " (?! OF | ON2 | NUM | DASH? (DAY | WEEK))",
        "CYCLELEN",
        _cycle_length,
    ),
    Rule("time_cycle", "NUM DASH? (DAY | WEEK) DASH? ((W | DRUG | GIVEN | PHASE){0,3} CYCLE | SCHED)", "CYCLELEN", _time_cycle),
)

NUMBERS_OF_CYCLES = (
    # "Two to thirteen, 28-day cycles", "up to 2, 28-day cycles"; but "AUC 5, 21-day cycles" and "days 1-14, 21-day cycles" tell no number.
    Rule(
        "number_of_cycles",
        "(?<! AUC) (?<! AUC OF) (?<! AUC IS)"
        " (NUM ((RANGE | OR) NUM)? (W | ABOUT){0,2} CYCLE"
        " | (?<! DAY) (?<! DAY NUM DASH) (?<! DAY NUM TO) NUM ((RANGE | OR) NUM COMMA? | (?<= (UPTO | FOR | TOTAL) NUM) COMMA)?"
        " (W | ABOUT){0,2} CYCLELEN)",
        "NCYC",
        _number_of_cycles,
    ),
    Rule(
        "number_of_doses",
        "(FOR | UPTO | TOTAL | LPAR) (ABOUT|W)? NUM ((RANGE | OR) NUM)? (W | ABOUT | FREQ | ROUTE)? DOSEW",
        "NCYC",
        _number_of_doses,
    ),
    Rule("doses_of_drug", "NUM (W | ABOUT | FREQ | ROUTE)? DOSEW (?= OF DRUG)", "NCYC", _number_of_doses),
    Rule("times_in_total", "TOTAL NUM TIMESW | NUM TIMESW ON TOTAL", "NCYC", _number_of_doses),
    Rule(
        "times_cycles",
        "((?<! UNITX) TIMES NUM TIMESW? | TIMES NUM (CYCLE | DOSEW))"
        " (?! UNITX | COUNTU | DASH? (DAY | WEEK | MONTH) | DASH? (HOUR | MINUTE))",
        "NCYC",
        _number_of_cycles,
    ),
    Rule("cycles_given", "CYCLE (IS | COLON) NUM (RANGE NUM)? (?! NODAY | DAY)", "NCYC", _number_of_cycles),
)

DAYS = (
    Rule(
        "days",
        "DAY LPAR? (DASH | PLUS)? NUM (?! UNITX | COUNTU | MILLION | TIMES | PERCENT)"
        " ((COMMA AND | COMMA OR | COMMA | AND | OR | SLASH | RANGE | SEMI | PLUS)+ (W? ON? DAY)? (DASH | PLUS)? NUM (?! NODAY))*",
        "DAYS",
        _days,
    ),
    Rule("long_run_of_days", "DAY DASH? NUM (W? ON? DAY | RANGE)+ DASH? NUM", "LONGRUN", _long_run),
    Rule("days_ordinal", "ORD NUM ((COMMA | AND | RANGE | OR) ORD? NUM)* DAY", "DAYS", _days),
    Rule("peptide_after_name", "(?<= DRUG) COLON NUM DASH NUM", "PEPTIDE", _peptide, join=True),
    Rule("days_after_colon", "(?<= DRUG COLON) NUM ((COMMA | AND | RANGE)+ NUM)* (?= SEMI | COMMA | DOT)", "DAYS", _days),
    Rule("days_before_unit", "DASH? NUM RANGE DASH? NUM DAY (?= SEMI | COMMA)", "DAYS", _days),
    Rule("days_of_cycle", "NUM ((COMMA | AND | RANGE)+ NUM)+ DAY (?= OF | EVERY | PER)", "DAYS", _days),
)


def _n_weekly(found: Sequence[Token]) -> Frequency | None:
    """3-weekly, four-weekly: every so many weeks."""
    number, known = found[0].value, found[-1].value
    return frequency_of(7.0 * number) if known.code == "QW" and 2 <= number <= 12 else None


_COUNTED = ("2 ", "3 ", "4 ", "two ", "three ", "four ", "twice ", "thrice ")


def _n_to_m_times(found: Sequence[Token]) -> Frequency | None:
    """Once or twice daily, 2-3 times a day: no single frequency. "Every 2 or weekly" is none."""
    is_counted = found[-1].kind != "FREQ" or found[-1].text.startswith(_COUNTED)
    return Frequency(None, None) if is_counted else None


FREQUENCIES = (
    Rule(
        "n_to_m_times",
        "(NUM | ONCE | TWICE) (RANGE | OR) (FREQ | (NUM TIMESW | TWICE | THRICE) PERS EVERY? TIME)",
        "FREQX",
        _n_to_m_times,
    ),
    Rule("every_n_hourly", "NUM DASH? HOURLY", "FREQX", _hourly),
    Rule("either_interval", "EVERY NUM OR NUM DASH? (DAY | WEEK | MONTH)", "FREQX", _either),
    Rule("either_of_two", "EVERY (OTHER | NUM) (DAY | WEEK | MONTH) OR EVERY (OTHER | NUM) (DAY | WEEK | MONTH)", "FREQX", _either),
    Rule("n_weekly", "NUM DASH FREQ (?! DOSEW)", "FREQX", _n_weekly),
    Rule(
        "every_n",
        "(ONCE | NUM TIMESW)? COMMA? LPAR? (EVERY | Q) (ABOUT | OTHER)? NUM ((RANGE | OR) NUM)? DASH?"
        " (DAY | WEEK | MONTH | YEAR | HOUR | MINUTE) ONCE? (?! CYCLE)",
        "FREQX",
        _every,
    ),
    Rule("every_n_times", "(EVERY | PER) NUM? (DAY | WEEK | MONTH) (TWICE | THRICE | NUM TIMESW)", "FREQX", _n_times),
    Rule(
        "n_times_per",
        "(ONCE | TWICE | THRICE | NUM TIMESW) DASH? (PER | SLASH | EVERY | ON)+ NUM? (DAY | WEEK | MONTH | YEAR)",
        "FREQX",
        _n_times,
    ),
    Rule("n_times_in_time", "NUM (DAY | WEEK) (NUM TIMESW | ONCE | TWICE | THRICE)", "FREQX", _n_times),
    Rule("days_a_week", "NUM DAY (PER | SLASH | EVERY) WEEK", "FREQX", _days_a_week),
    Rule("weekdays", "WEEKDAY (( COMMA | AND | SLASH | OR | TO | DASH)+ WEEKDAY)+ (EVERY? WEEK | FREQ)?", "FREQX", _weeks),
    Rule("every_other", "EVERY OTHER (DAY | WEEK | MONTH)", "FREQX", _every),
    Rule("frequency", "FREQ", "FREQX", _known_frequency),
    Rule("mwf", "MWF", "FREQX", lambda found: _times_a_week(3)),
)

DAYS_AFTER_DOSES = (
    Rule(
        "days_after_dose",
        "((?<= DOSE COMMA) | (?<= FREQX COMMA)) NUM ((COMMA | AND | RANGE)+ NUM)* (?= SEMI | COMMA DRUG | DOT)",
        "DAYS",
        _days,
    ),
)

DURATIONS = (
    Rule("infusion_time", "OVER (ABOUT | UPTO | W)* NUM ((RANGE | OR) NUM)? DASH? (HOUR | MINUTE | SECOND)", "INFTIME", _text),
    Rule("infusion_time_before", "NUM ((RANGE | OR) NUM)? DASH? (HOUR | MINUTE) DASH? (ROUTE | FREQX)? (DOSEW)", "INFTIME", _text),
    Rule(
        "duration",
        "(FOR | UPTO | TOTAL | OVER)+ (ABOUT | W | UPTO)* NUM ((RANGE | OR) NUM)? DASH? ABOUT? (DAY | WEEK | MONTH | YEAR)"
        " (?! DASH? W? CYCLE)",
        "DURATION",
        _duration,
    ),
    Rule("clock_time", "NUM ((RANGE | OR) NUM)? DASH? (HOUR | MINUTE | SECOND)", "INFTIME", _text),
    Rule("duration_bare", "TIMES? NUM (RANGE NUM)? DASH? ABOUT? (DAY | WEEK | MONTH | YEAR)", "SPAN", _duration),
)


_ENDINGS = ("progress", "relapse", "recurrence", "death", "进 展", "复 发", "死 亡")


def _end(found: Sequence[Token]) -> str | None:
    """Until disease progression or unacceptable toxicity; 至疾病进展. "Unless contraindicated" and "till midnight" end nothing."""
    words = " ".join(token.text for token in found)
    if not {"mtd", "mtds"}.isdisjoint(words.split()) or (found[0].kind == "TO" and found[0].text not in ("till", "up until", "至", "到")):
        return None
    is_sure = found[0].kind == "UNTIL" and found[0].text not in ("unless", "as long as")
    return words if is_sure or any(ending in words for ending in _ENDINGS) or any(token.kind == "TOXIC" for token in found) else None


IN_END = (
    "W | OF | PER | TOXIC | NOTGIVEN | FROM | GIVEN | BEFORE | ASSESS | RESULT | DISEASE | DASH | SLASH | ABOUT | FOR | ON | TO | AS"
    " | IS | OTHER | WITH | CELLX | VERSUS | LPAR W+ RPAR"
)
"""What the words of an end may be."""

ENDS = (
    Rule(
        "end_of_treatment",
        "(UNTIL | TO) (?> INEND{1,24} ((COMMA INEND{1,12})* COMMA? OR INEND{1,12})*)"
        " (?= DOT | STOP | NL | BULLET | COMMA | SEMI | COLON | LPAR | RPAR | AND | OR | THEN | $)",
        "ENDS",
        _end,
    ),
)


@dataclass(slots=True)
class Schedule:
    """What is said of one component's time, piece by piece; `resolved` gives the columns."""

    frequencies: list[Frequency] = field(default_factory=list)
    days: tuple[int, ...] | None = None
    cycle_length: float | None = None
    n_cycles: int | None = None
    n_doses: int | None = None
    is_one_cycle: bool = False
    """Said of one cycle only: "on day 8 of cycle 1"."""
    duration: float | None = None
    is_per_day: bool = False


@dataclass(frozen=True, slots=True)
class Resolved:
    """Columns of `regimens`."""

    frequency: str | None
    interval_days: float | None
    cycle_days: tuple[int, ...] | None
    cycle_length_days: float | None


def lie_within(days: Sequence[int] | None, length: float | None) -> bool:
    """Whether these can be days of a cycle of this length; days 29 and 57 are none of three weeks, which are another course's."""
    return not days or length is None or max(days) <= length


_SHORTEST_CYCLE = 7.0


def resolved(schedule: Schedule) -> Resolved:
    """The columns that a schedule comes to.

    "Day 1 of each 21-day cycle" is every three weeks; "days 1 and 8, q3w" has cycles of 21 days and no single interval; "BID on days 1-14
    every 3 weeks" is twice daily in cycles of 21 days. A weekly frequency beside days that are a week apart stays what it is.
    """
    known = [one for one in schedule.frequencies if one.days is not None]
    other = [one for one in schedule.frequencies if one.days is None]
    days, cycle = schedule.days, schedule.cycle_length
    short = [one for one in known if one.days is not None and one.days < _SHORTEST_CYCLE]
    long = [one for one in known if one.days is not None and one.days >= _SHORTEST_CYCLE]
    chosen: Frequency | None = (short or long or other or [None])[0]
    if chosen is not None and chosen.code == "ONCE" and _is_in_each_cycle(schedule, cycle):
        # "A single infusion on day 1 of each 14-day cycle".
        chosen = None
    if schedule.is_one_cycle and days is not None and len(days) == 1:
        # "Weekly trastuzumab 4 mg/kg (day 1, cycle 1 only)": that dose is given once.
        chosen = None
        long = []
    if days and long:
        longest = max(long, key=lambda one: one.days or 0)
        gap = longest.days or 0.0
        fits = len(days) == 1 or _are_apart(days, gap)
        if len(days) > 1 and fits:
            chosen = (short or [longest])[0]
        elif max(days) - min(*days, 1) < gap or len(days) == 1:
            if cycle is None and lie_within(days, gap):
                # "Day 30 and every week after": there is no thirtieth day of a week.
                cycle = gap
            chosen = short[0] if short else (longest if len(days) == 1 else None)
    elif short and long:
        # "BID every 3 weeks": the longer is how often the whole repeats.
        if cycle is None:
            cycle = max(one.days or 0.0 for one in long)
        chosen = short[0]
    if chosen is None and cycle is not None and _is_in_each_cycle(schedule, cycle):
        chosen = frequency_of(cycle)
    if chosen is None and schedule.is_per_day:
        chosen = Frequency("QD", 1.0)
    if chosen is not None and chosen.code == "CONTINUOUS" and schedule.is_per_day:
        chosen = Frequency("QD", 1.0)
    return Resolved(chosen.code if chosen else None, _short(chosen.days) if chosen else None, days, cycle)


def _is_in_each_cycle(schedule: Schedule, cycle: float | None) -> bool:
    """Whether it is given on one day of each cycle."""
    days = schedule.days
    return cycle is not None and days is not None and len(days) == 1 and days[0] > 0 and not schedule.is_one_cycle


def _short(days: float | None) -> float | None:
    return None if days is None else round(days, 4)


def _are_apart(days: Sequence[int], gap: float) -> bool:
    return all(abs((right - left) - gap) < 0.01 for left, right in pairwise(days))
