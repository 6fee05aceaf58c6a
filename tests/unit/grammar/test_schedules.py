"""Times in prose: days, frequencies, cycles, durations, each by the rule that reads it, and the columns that they come to."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.grammar import doses
from pipelines.grammar.schedules import CycleReference, Cycles, Days, Frequency, Resolved, Schedule, frequency_of, resolved
from pipelines.grammar.treatment import STAGES, parsed
from pipelines.schema import vocabularies as v

MadeBy = Callable[[str, str], list[tuple[str, Any]]]


def _to(last: int, first: int = 1) -> tuple[int, ...]:
    return tuple(range(first, last + 1))


CYCLES: list[tuple[str, str, Any, str]] = [
    ("10 days on, 4 days off", "DAYS", Days(_to(10), 14.0), "on_off"),
    ("for 2 weeks followed by a 1-week rest", "DAYS", Days(_to(14), 21.0), "on_off"),
    ("服2周停1周", "DAYS", Days(_to(14), 21.0), "on_off_rest_first"),
    ("连续14天，停药7天", "DAYS", Days(_to(14), 21.0), "on_off_rest_first"),
    ("repeated every 28 days", "CYCLELEN", Cycles(length=28.0), "cycles_repeat"),
    ("repeats at least every 2 weeks", "CYCLELEN", Cycles(length=14.0), "cycles_repeat"),
    ("recycled q 3 weeks", "CYCLELEN", Cycles(length=21.0), "cycles_repeat"),
    ("repeats every 14 days or every 21 days", "CYCLELEN", Cycles(), "cycles_repeat"),
    ("day 3 +/- 1 day", "LEEWAY", "+", "leeway_of_days"),
    ("day 3 (±2 days)", "LEEWAY", "±", "leeway_of_days"),
    ("21 days per cycle", "CYCLELEN", Cycles(length=21.0), "time_per_cycle"),
    ("每21天为一个周期", "CYCLELEN", Cycles(length=21.0), "time_per_cycle"),
    ("21 days for one cycle", "CYCLELEN", Cycles(length=21.0), "time_per_cycle"),
    ("28天一个周期", "CYCLELEN", Cycles(length=28.0), "time_one_cycle"),
    ("each cycle lasts 42 days", "CYCLELEN", Cycles(length=42.0), "cycle_is_time"),
    ("cycle length of 4 weeks", "CYCLELEN", Cycles(length=28.0), "cycle_is_time"),
    ("of a 35-day cycle", "CYCLELEN", Cycles(length=35.0), "time_cycle"),
    ("in 3-week treatment cycles", "CYCLELEN", Cycles(length=21.0), "time_cycle"),
    ("for up to 6 cycles", "NCYC", Cycles(number=6), "number_of_cycles"),
    ("4-8 cycles", "NCYC", Cycles(number=8), "number_of_cycles"),
    ("six 28-day cycles", "NCYC", Cycles(length=28.0, number=6), "number_of_cycles"),
    ("two to thirteen, 28-day cycles", "NCYC", Cycles(length=28.0, number=13), "number_of_cycles"),
    ("for up to 2, 28-day cycles", "NCYC", Cycles(length=28.0, number=2), "number_of_cycles"),
    ("q 3 weeks for 4 cycles", "NCYC", Cycles(number=4), "number_of_cycles"),
    ("day 2 q 21 days 2 cycles", "NCYC", Cycles(number=2), "number_of_cycles"),
    ("共6周期", "NCYC", Cycles(number=6), "number_of_cycles"),
    ("4个疗程", "NCYC", Cycles(number=4), "number_of_cycles"),
    ("for 6 doses", "NCYC", Cycles(n_doses=6), "number_of_doses"),
    ("a total of 3 infusions", "NCYC", Cycles(n_doses=3), "number_of_doses"),
    ("four doses of cisplatin", "NCYC", Cycles(n_doses=4), "doses_of_drug"),
    ("共4次", "NCYC", Cycles(n_doses=4), "times_in_total"),
    ("q3w x 6 cycles", "NCYC", Cycles(number=6), "times_cycles"),
    ("weekly x 4", "NCYC", Cycles(number=4), "times_cycles"),
    ("每周×4次", "NCYC", Cycles(number=4), "times_cycles"),
    ("1 g x 2 doses", "NCYC", Cycles(number=2), "times_cycles"),
    ("number of cycles: 4-6", "NCYC", Cycles(number=6), "cycles_given"),
    ("day 8 of cycle 1", "CYCREF", CycleReference(1, 1), "cycle_reference"),
    ("cycles 2-8", "CYCREF", CycleReference(2, 8), "cycle_reference"),
    ("40 mg in cycle 1 and 80 mg in later cycles", "CYCREF", CycleReference(1, 1), "cycle_reference"),
    ("cycle 3+", "CYCREF", CycleReference(3, None), "cycle_reference"),
    ("周期1", "CYCREF", CycleReference(1, 1), "cycle_reference"),
    ("C2D8", "CYCREF", CycleReference(2, 2), "cycle_reference_short"),
]
DAYS: list[tuple[str, str, Any, str]] = [
    ("days 1, 8 and 15", "DAYS", Days((1, 8, 15)), "days"),
    ("D1-D21", "DAYS", Days(_to(21)), "days"),
    ("d1-d5", "DAYS", Days(_to(5)), "days"),
    ("d1,8,15", "DAYS", Days((1, 8, 15)), "days"),
    ("day 1, day 2 & day 4", "DAYS", Days((1, 2, 4)), "days"),
    ("day -6 to -4", "DAYS", Days((-6, -5, -4)), "days"),
    ("days -3, -2, -1", "DAYS", Days((-3, -2, -1)), "days"),
    ("Day+3", "DAYS", Days((3,)), "days"),
    ("days 1-3 and 8-10", "DAYS", Days((1, 2, 3, 8, 9, 10)), "days"),
    ("days 1, 1 and 2", "DAYS", Days((1, 2)), "days"),
    ("days 1-14, 100 mg", "DAYS", Days(_to(14)), "days"),
    ("on day 1, 3 weeks apart", "DAYS", Days((1,)), "days"),
    ("days 1-200", "LONGRUN", "days", "long_run_of_days"),
    ("day 1 to day 400", "LONGRUN", "day", "long_run_of_days"),
    ("d -1 to d 180", "LONGRUN", "d", "long_run_of_days"),
    ("第1-14天", "DAYS", Days(_to(14)), "days_ordinal"),
    ("第1、8、15天", "DAYS", Days((1, 8, 15)), "days_ordinal"),
    ("cisplatin: 1, 8;", "DAYS", Days((1, 8)), "days_after_colon"),
    ("mercaptopurine: 25-31;", "DAYS", Days(_to(31, 25)), "days_after_colon"),
    ("aldesleukin:27-35,", "PEPTIDE", ":", "peptide_after_name"),
    ("1-4 d;", "DAYS", Days(_to(4)), "days_before_unit"),
    ("1-14天，", "DAYS", Days(_to(14)), "days_before_unit"),
    ("1, 8 and 15 days of each cycle", "DAYS", Days((1, 8, 15)), "days_of_cycle"),
    ("100 mg/m2, 1, 8, 15;", "DAYS", Days((1, 8, 15)), "days_after_dose"),
    ("20 mg daily, 1-14.", "DAYS", Days(_to(14)), "days_after_dose"),
]
FREQUENCIES: list[tuple[str, str, Any, str]] = [
    ("3-weekly", "FREQX", Frequency("Q3W", 21.0), "n_weekly"),
    ("four-weekly", "FREQX", Frequency("Q4W", 28.0), "n_weekly"),
    ("every 3 weeks", "FREQX", Frequency("Q3W", 21.0), "every_n"),
    ("q2w", "FREQX", Frequency("Q2W", 14.0), "every_n"),
    ("Q21D", "FREQX", Frequency("Q3W", 21.0), "every_n"),
    ("once every twelve weeks", "FREQX", Frequency("Q12W", 84.0), "every_n"),
    ("every 6 hours", "FREQX", Frequency("Q6H", 0.25), "every_n"),
    ("q8h", "FREQX", Frequency("Q8H", 0.3333), "every_n"),
    ("every 24 hours", "FREQX", Frequency("QD", 1.0), "every_n"),
    ("every six months", "FREQX", Frequency("Q6M", 182.625), "every_n"),
    ("every 2 months", "FREQX", Frequency("Q2M", 60.875), "every_n"),
    ("every 11 days", "FREQX", Frequency(None, 11.0), "every_n"),
    ("every 3-4 weeks", "FREQX", Frequency(None, None), "every_n"),
    ("每3周一次", "FREQX", Frequency("Q3W", 21.0), "every_n"),
    ("12-hourly", "FREQX", Frequency("Q12H", 0.5), "every_n_hourly"),
    ("every 2 or 4 weeks", "FREQX", (Frequency("Q2W", 14.0), Frequency("Q4W", 28.0)), "either_interval"),
    ("每2或3周", "FREQX", (Frequency("Q2W", 14.0), Frequency("Q3W", 21.0)), "either_interval"),
    ("every 4 weeks or every 3 months", "FREQX", (Frequency("Q4W", 28.0), Frequency("Q3M", 91.3125)), "either_of_two"),
    ("每星期2次", "FREQX", Frequency("BIW", 3.5), "every_n_times"),
    ("per week 3 times", "FREQX", Frequency("TIW", 7 / 3), "every_n_times"),
    ("twice every 3 weeks", "FREQX", Frequency(None, 10.5), "n_times_per"),
    ("5 times per week", "FREQX", Frequency(None, None), "n_times_per"),
    ("6 times a day", "FREQX", Frequency(None, 0.1667), "n_times_per"),
    ("2-3 times a day", "FREQX", Frequency(None, None), "n_to_m_times"),
    ("once or twice daily", "FREQX", Frequency(None, None), "n_to_m_times"),
    ("3 to 5 times per week", "FREQX", Frequency(None, None), "n_to_m_times"),
    ("3周2次", "FREQX", Frequency(None, 10.5), "n_times_in_time"),
    ("2周一次", "FREQX", Frequency("Q2W", 14.0), "n_times_in_time"),
    ("5 days a week", "FREQX", Frequency(None, None), "days_a_week"),
    ("2 days per week", "FREQX", Frequency("BIW", 3.5), "days_a_week"),
    ("Monday, Wednesday and Friday", "FREQX", Frequency("TIW", 7 / 3), "weekdays"),
    ("星期一、星期四", "FREQX", Frequency("BIW", 3.5), "weekdays"),
    ("Monday to Friday", "FREQX", Frequency(None, None), "weekdays"),
    ("every alternate week", "FREQX", Frequency("Q2W", 14.0), "every_other"),
    ("t.i.d.", "FREQX", Frequency("TID", 0.3333333333), "frequency"),
    ("every other day", "FREQX", Frequency("QOD", 2.0), "frequency"),
    ("每日两次", "FREQX", Frequency("BID", 0.5), "frequency"),
    ("as needed", "FREQX", Frequency("PRN", None), "frequency"),
    ("单次给药", "FREQX", Frequency("ONCE", None), "frequency"),
    ("M/W/F", "FREQX", Frequency("TIW", 7 / 3), "mwf"),
]
DURATIONS: list[tuple[str, str, Any, str]] = [
    ("over 30 minutes", "INFTIME", "over", "infusion_time"),
    ("given over 1-2 hours", "INFTIME", "given over", "infusion_time"),
    ("as a 30-minute infusion", "INFTIME", "30", "infusion_time_before"),
    ("46小时", "INFTIME", "46", "clock_time"),
    ("for 12 weeks", "DURATION", 84.0, "duration"),
    ("for up to 2 years", "DURATION", 730.5, "duration"),
    ("for 3 to 5 days", "DURATION", 5.0, "duration"),
    ("持续12周", "DURATION", 84.0, "duration"),
    ("12 weeks", "SPAN", 84.0, "duration_bare"),
    ("qd x 14 days", "SPAN", 14.0, "duration_bare"),
]
ENDS: list[tuple[str, str, Any, str]] = [
    (text, "ENDS", text.replace(".", ""), "end_of_treatment")
    for text in (
        "until progression",
        "until disease progression or unacceptable toxicity.",
        "in the absence of relapse or unacceptable toxicity",
        "till tumour progression",
        "until blood counts recover.",
        "until withdrawal of consent",
        "unless disease progression occurs",
    )
]
ENDS += [
    (
        "until progression, unacceptable toxicity, or death",
        "ENDS",
        "until progression , unacceptable toxicity , or death",
        "end_of_treatment",
    ),
    ("until progression (PD), followed by surgery", "ENDS", "until progression ( pd )", "end_of_treatment"),
    ("until relapse and cisplatin", "ENDS", "until relapse", "end_of_treatment"),
    ("直至疾病进展或不可耐受毒性", "ENDS", "直 至 疾 病 进 展 或 不 可 耐 受 毒 性", "end_of_treatment"),
    ("口服至疾病进展。", "ENDS", "至 疾 病 进 展", "end_of_treatment"),
]
TABLE = [*CYCLES, *DAYS, *FREQUENCIES, *DURATIONS, *ENDS]


@pytest.mark.parametrize(("text", "kind", "value", "rule"), TABLE)
def test_a_rule_reads_a_time(text: str, kind: str, value: Any, rule: str, made_by: MadeBy) -> None:
    """Each rule of times, by name, makes one token of its kind with this value."""
    assert made_by(text, rule) == [(kind, value)]


def test_every_rule_of_times_reads_something() -> None:
    """A rule that no text of the table reaches is dead, or untested; rules that are not of amounts are all of times."""
    rules = {rule.name for stage in STAGES for rule in stage if rule.build.__module__ != doses.__name__}
    assert {rule for *_, rule in TABLE} == rules


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("day 1.5", "days"),
        ("day 500", "days"),
        ("days 15 to 8", "days"),
        ("days 1 to 180", "days"),
        ("day 1 to day 400", "days"),
        ("days 1 to 28", "long_run_of_days"),
        ("day 10 mg", "days"),
        ("cisplatin:1-5;", "peptide_after_name"),
        ("cycle 2 days 1-5", "cycle_is_time"),
        ("7 days of rest", "days_of_cycle"),
        ("cycle 61", "cycle_reference"),
        ("21 days for 4 cycles", "time_per_cycle"),
        ("every 3 weeks (6 cycles)", "time_per_cycle"),
        ("3 weeks 6 cycles", "time_one_cycle"),
        ("AUC 5, 21-day cycles", "number_of_cycles"),
        ("AUC of 5-6, 21-day cycles", "number_of_cycles"),
        ("days 1-14, 21-day cycles", "number_of_cycles"),
        ("days 1, 8, 15 28-day cycle", "number_of_cycles"),
        ("201 cycles", "number_of_cycles"),
        ("1.5 cycles", "number_of_cycles"),
        ("x 5 mg", "times_cycles"),
        ("8 Gy x 3", "times_cycles"),
        ("x 3 weeks", "times_cycles"),
        ("1-day cycle", "time_cycle"),
        ("500-day cycle", "time_cycle"),
        ("every 200 hours", "every_n"),
        ("every 30 minutes", "every_n"),
        ("200-hourly", "every_n_hourly"),
        ("every 3 or 3 weeks", "either_interval"),
        ("every 3 weeks per cycle", "every_n"),
        ("30 times a day", "n_times_per"),
        ("9 times per week", "n_times_per"),
        ("15-weekly", "n_weekly"),
        ("2-daily", "n_weekly"),
        ("3 or weekly", "n_to_m_times"),
        ("on Monday", "weekdays"),
        ("for 20 years", "duration"),
        ("for a 3-week cycle", "duration"),
        ("2.5 days on, 1 day off", "on_off"),
        ("until the target dose of 10 mg", "end_of_treatment"),
        ("until 5 days after surgery", "end_of_treatment"),
        ("until the MTD is determined", "end_of_treatment"),
        ("from randomisation to progression", "end_of_treatment"),
        ("unless contraindicated", "end_of_treatment"),
    ],
)
def test_a_rule_does_not_read_what_is_no_time_of_its_kind(text: str, rule: str, made_by: MadeBy) -> None:
    """Numbers out of all proportion, falling ranges, other units, half days."""
    assert made_by(text, rule) == []


@given(st.lists(st.integers(1, 99), min_size=1, max_size=12, unique=True), st.sampled_from([", ", " and ", "/", "、", ",", "及"]))
def test_any_list_of_days_is_read_in_its_order(days: list[int], sign: str) -> None:
    """Whatever joins them."""
    (token,) = parsed(f"days {sign.join(map(str, days))}")
    assert (token.kind, token.value) == ("DAYS", Days(tuple(days)))


@given(st.integers(-30, 99), st.integers(1, 99), st.sampled_from([" to ", "-", " – ", "~", "至", " through "]))
def test_any_run_of_days_holds_every_day_of_it(first: int, more: int, sign: str) -> None:
    """Also one that begins before day 1; a minus after a dash is one."""
    (token,) = parsed(f"day {first}{sign}{first + more}")
    assert token.value == Days(_to(first + more, first))


@given(st.integers(1, 60), st.sampled_from(["day", "week", "month", "year"]))
def test_every_so_many_is_its_number_of_days(number: int, time: str) -> None:
    """English and shorthand say the same."""
    days = {"day": 1, "week": 7, "month": 30.4375, "year": 365.25}[time] * number
    short = {"day": "d", "week": "w", "month": " months", "year": " years"}[time]
    for text in (f"every {number} {time}s", f"q{number}{short}"):
        (token,) = parsed(text)
        assert token.value == frequency_of(round(days, 4))
        assert token.value.days == pytest.approx(days, abs=1e-3)


def test_every_frequency_that_prose_can_say_has_a_code_of_the_vocabulary() -> None:
    """Or none at all."""
    texts = [f"every {number} {time}" for number in range(1, 101) for time in ("hours", "days", "weeks", "months", "years")]
    texts += [f"{number} times per {time}" for number in range(1, 25) for time in ("day", "week", "month", "year")]
    texts += [f"{number} days a week" for number in range(1, 8)]
    found = {token.value.code for text in texts for token in parsed(text) if token.kind == "FREQX"}
    assert {"Q4H", "Q3W", "Q12W", "Q6M", "QY", "BIW", "TIW"} <= found
    assert found - {None} <= set(v.FREQUENCY.members)


QD, BID, QW, Q2W, Q3W, Q4W = (frequency_of(days) for days in (1.0, 0.5, 7.0, 14.0, 21.0, 28.0))


@pytest.mark.parametrize(
    ("schedule", "columns"),
    [
        (Schedule(), Resolved(None, None, None, None)),
        (Schedule([BID]), Resolved("BID", 0.5, None, None)),
        (Schedule([Frequency("TID", 1 / 3)]), Resolved("TID", 0.3333, None, None)),
        # "Day 1 of each 21-day cycle", "day 1, q3w", "day 8, q4w".
        (Schedule(days=(1,), cycle_length=21.0), Resolved("Q3W", 21.0, (1,), 21.0)),
        (Schedule([Q3W], days=(1,)), Resolved("Q3W", 21.0, (1,), 21.0)),
        (Schedule([Q4W], days=(8,)), Resolved("Q4W", 28.0, (8,), 28.0)),
        # "Day 30 and every week after".
        (Schedule([QW], days=(30,)), Resolved("QW", 7.0, (30,), None)),
        # "Days 1 and 8, q3w": no single interval.
        (Schedule([Q3W], days=(1, 8)), Resolved(None, None, (1, 8), 21.0)),
        (Schedule(days=(1, 8), cycle_length=21.0), Resolved(None, None, (1, 8), 21.0)),
        # "BID on days 1-14, q3w"; "BID q3w".
        (Schedule([BID, Q3W], days=_to(14)), Resolved("BID", 0.5, _to(14), 21.0)),
        (Schedule([BID, Q3W]), Resolved("BID", 0.5, None, 21.0)),
        # "Weekly on days 1, 8 and 15"; "q2w on days 1 and 15".
        (Schedule([QW], days=(1, 8, 15), cycle_length=28.0), Resolved("QW", 7.0, (1, 8, 15), 28.0)),
        (Schedule([Q2W], days=(1, 15)), Resolved("Q2W", 14.0, (1, 15), None)),
        # "Day -1": before the first cycle, not in each.
        (Schedule(days=(-1,), cycle_length=21.0), Resolved(None, None, (-1,), 21.0)),
        # "Weekly ... (day 1, cycle 1 only)": given once.
        (Schedule([QW], days=(1,), is_one_cycle=True), Resolved(None, None, (1,), None)),
        (Schedule(days=(1,), cycle_length=21.0, is_one_cycle=True), Resolved(None, None, (1,), 21.0)),
        # "A single infusion on day 1 of each 14-day cycle"; "a single dose on day 1".
        (Schedule([Frequency("ONCE", None)], days=(1,), cycle_length=14.0), Resolved("Q2W", 14.0, (1,), 14.0)),
        (Schedule([Frequency("ONCE", None)], days=(1,)), Resolved("ONCE", None, (1,), None)),
        (Schedule([Frequency("ONCE", None)], days=(-1,), cycle_length=28.0), Resolved("ONCE", None, (-1,), 28.0)),
        # "100 mg/day"; "100 mg/day, continuous".
        (Schedule(is_per_day=True), Resolved("QD", 1.0, None, None)),
        (Schedule([BID], is_per_day=True), Resolved("BID", 0.5, None, None)),
        (Schedule([Frequency("CONTINUOUS", None)], is_per_day=True), Resolved("QD", 1.0, None, None)),
        (Schedule([Frequency("CONTINUOUS", None)], days=_to(4)), Resolved("CONTINUOUS", None, _to(4), None)),
        (Schedule([Frequency("PRN", None), QD]), Resolved("QD", 1.0, None, None)),
        (Schedule([Frequency(None, None)], cycle_length=28.0), Resolved(None, None, None, 28.0)),
    ],
)
def test_what_is_said_of_a_schedule_comes_to_its_columns(schedule: Schedule, columns: Resolved) -> None:
    """The frequency is that of administrations; a longer one beside days or a shorter one is the length of the cycle."""
    assert resolved(schedule) == columns


@given(
    st.lists(st.sampled_from([QD, BID, QW, Q3W, Q4W, Frequency("ONCE", None), Frequency(None, None)]), max_size=3, unique=True),
    st.none() | st.lists(st.integers(-7, 42), min_size=1, max_size=6, unique=True).map(sorted).map(tuple),
    st.none() | st.sampled_from([14.0, 21.0, 28.0]),
    st.booleans(),
    st.booleans(),
)
def test_columns_contradict_nothing_that_is_said(
    frequencies: list[Frequency], days: tuple[int, ...] | None, length: float | None, is_one: bool, is_per_day: bool
) -> None:
    """Days and the cycle length that the text states stay, and frequency and interval are of one statement."""
    found = resolved(Schedule(frequencies, days=days, cycle_length=length, is_one_cycle=is_one, is_per_day=is_per_day))
    assert found.cycle_days == days
    assert found.cycle_length_days == length or length is None
    if found.interval_days is not None:
        assert found.interval_days > 0
        assert found.frequency == frequency_of(found.interval_days).code
