"""Time frames of outcome measures: horizon, repetition, form, anchor, and the reason where there is no horizon."""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.grammar.time_frame_rules import STAGES
from pipelines.grammar.time_frame_values import TimeAnchor, TimeKind
from pipelines.grammar.time_frame_words import parsed
from pipelines.grammar.time_frames import NoHorizon, TimeFrame, read_time_frame
from pipelines.grammar.tokens import Token
from pipelines.schema import vocabularies as v

HORIZONS: list[tuple[str, str, float, str]] = [
    ("18 months", "at", 548, "P18M"),
    ("3 year", "at", 1096, "P3Y"),
    ("one year", "at", 365, "P1Y"),
    ("a year", "at", 365, "P1Y"),
    ("four yrs", "at", 1461, "P4Y"),
    ("9-month", "at", 274, "P9M"),
    ("18mo", "at", 548, "P18M"),
    ("W16", "at", 112, "P16W"),
    ("D21", "at", 21, "P21D"),
    ("Month-9", "at", 274, "P9M"),
    ("Day +60", "at", 60, "P60D"),
    ("day0", "at", 0, "P0D"),
    ("third month", "at", 91, "P3M"),
    ("at 2, 4, 8 and 26 weeks", "at", 182, "P26W"),
    ("4,8 and 16 weeks", "at", 112, "P16W"),
    ("1/3/6 months", "at", 183, "P6M"),
    ("30,60,90,120 minutes", "at", 0.0833, "PT120M"),
    ("Weeks 2, 6, 10 and 14", "at", 98, "P14W"),
    ("2 weeks, 3 months, 1 year", "at", 365, "P1Y"),
    ("1, 2, 4, 8 h on day 1 and day 8", "at", 8, "P8D"),
    ("2 years, 7 months", "at", 944, "P2Y7M"),
    ("12 weeks and 3 days", "at", 87, "P87D"),
    ("one and a half years", "at", 548, "P1.5Y"),
    ("half a year", "at", 183, "P0.5Y"),
    ("2,5 years", "at", 913, "P2.5Y"),
    ("0,3 months", "at", 91, "P3M"),
    ("36 hours", "at", 1.5, "PT36H"),
    ("day 5 + 48 hours", "at", 7, "P7D"),
    ("1,000 days", "at", 1000, "P1000D"),
    ("Week 8 (± 3 days)", "at", 56, "P8W"),
    ("28 ± 3 days", "at", 28, "P28D"),
    ("up to approximately 4 years", "up_to", 1461, "P4Y"),
    ("Up to ~ 30 months", "up_to", 913, "P30M"),
    ("through Week 48", "up_to", 336, "P48W"),
    ("within the first 6 weeks", "up_to", 42, "P6W"),
    ("36 months maximum", "up_to", 1096, "P36M"),
    ("18 months of follow-up", "up_to", 548, "P18M"),
    ("up to 2 years on therapy, then for an additional 3 years", "up_to", 1826, "P5Y"),
    ("until progression or cut-off on June 16, 2022, up to 20 months", "up_to", 609, "P20M"),
    ("2-4 months", "range", 122, "P4M"),
    ("2 to 4 weeks", "range", 28, "P4W"),
    ("Day 1 to Day 21", "range", 21, "P21D"),
    ("day -3 through day 90", "range", 90, "P90D"),
    ("10 days to 6 months", "range", 183, "P6M"),
    ("average of 3 months", "average", 91, "P3M"),
    ("through study completion, an average of 1 year", "average", 365, "P1Y"),
    ("median follow-up of 30 months for one arm and 31 months for the other", "average", 944, "P31M"),
    ("第16周", "at", 112, "P16W"),
    ("给药后24h", "at", 1, "PT24H"),
    ("最长36个月", "up_to", 1096, "P36M"),
]


@pytest.mark.parametrize(("text", "kind", "days", "iso"), HORIZONS)
def test_the_horizon_is_the_latest_time_named(text: str, kind: str, days: float, iso: str) -> None:
    """Its days, its duration in units of the source, and the form of the time frame."""
    frame = read_time_frame(text)
    assert (frame.kind, frame.days, frame.iso, frame.reason) == (kind, days, iso, None)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("up to 18 moths", 548),
        ("5 yearss", 1826),
        ("tow weeks", 14),
        ("12 montsh", 365),
        ("6 wekes", 42),
        ("6 MOTHES", 183),
        ("3 yers", 1096),
    ],
)
def test_a_misspelt_unit_beside_a_number_is_that_unit(text: str, right: float) -> None:
    """One wrong letter, or a slip that the word list knows."""
    assert read_time_frame(text).days == right


ANCHORS: list[tuple[str, str | None, float]] = [
    ("Baseline, Week 16", "baseline", 112),
    ("From enrollment to the end of treatment at 6 weeks", "enrollment", 42),
    ("From the date of randomization until death, assessed up to 60 months", "randomization", 1826),
    ("from initiation of study treatment up to 1 year", "first_dose", 365),
    ("through 28 days after the last dose of study drug", "last_dose", 28),
    ("3 months after completion of chemotherapy", "end_of_treatment", 91),
    ("60 days post-surgery", "surgery", 60),
    ("60 post-operative days", None, 60),
    ("within 14 days of surgery", "surgery", 14),
    ("postoperative day 5", "surgery", 5),
    ("6 months post-prostatectomy", "surgery", 183),
    ("Day 100 post-HSCT", "transplant", 100),
    ("2 hours post-dose", "dose", 0.0833),
    ("4 weeks after vaccination", "vaccination", 28),
    ("6 weeks after the end of radiotherapy", "end_of_radiotherapy", 42),
    ("18 months of age", "birth", 548),
    ("36 weeks gestation", "gestation", 252),
    ("3 months after hospital discharge", "discharge", 91),
    ("1 year after enrollment of the last patient", "end_of_enrollment", 365),
    ("after surgery: 1 month, 3 months", "surgery", 91),
    ("Post-treatment (week 6)", None, 42),
    ("12 months", None, 365),
    ("入组后3年", "enrollment", 1096),
    ("治疗结束后60天内", "end_of_treatment", 60),
    ("末次给药后30天", "last_dose", 30),
    ("术后1个月、6个月", "surgery", 183),
]


@pytest.mark.parametrize(("text", "anchor", "days"), ANCHORS)
def test_a_time_counts_from_what_is_said_with_it(text: str, anchor: str | None, days: float) -> None:
    """What stands beside the horizon comes first, then what the whole starts with."""
    frame = read_time_frame(text)
    assert (frame.anchor, frame.days) == (anchor, days)


REPETITIONS: list[tuple[str, float | None, float | None]] = [
    ("Every 6 weeks until progression, up to 36 months", 42, 1096),
    ("2 years (every 3 months)", 91, 730),
    ("q12w for up to 48 weeks", 84, 336),
    ("3-monthly, up to 1 year", 91, 365),
    ("daily for 60 days", 1, 60),
    ("every other week up to 10 weeks", 14, 70),
    ("twice a week for 4 weeks", 3.5, 28),
    ("every 6 to 8 weeks, up to 1 year", None, 365),
    ("every 3 months for 2 years, then every 6 months for 3 years", 91, 1826),
    ("every 3 months for 2 years, semi-annually for year 3 and annually for years 4 and 5", 91, 1826),
    ("up to 3 years (at screening, then every 8 weeks)", 56, 1096),
    ("at the end of each 21-day cycle, for a maximum of 8 cycles", 21, 168),
    ("每8周评估一次，直至疾病进展，最长36个月", 56, 1096),
]


@pytest.mark.parametrize(("text", "every", "days"), REPETITIONS)
def test_what_repeats_has_its_interval_beside_the_horizon(text: str, every: float | None, days: float) -> None:
    """Of several intervals the first is given, of a range of intervals none."""
    frame = read_time_frame(text)
    assert (frame.kind, frame.every_days, frame.days) == (TimeKind.EVERY, every, days)


@pytest.mark.parametrize(
    ("text", "every"),
    [
        ("every 8 weeks for the first 48 weeks, then every 12 weeks until progression", 56),
        ("100 days after transplant, then yearly thereafter", 365),
        ("前24周内每6周评估1次，24周后每12周评估1次", 42),
        ("Up to day 28 after the last dose and every 6 months until relapse", 183),
        ("2, 4 and 8 hours after the infusion, every 3 weeks", 21),
        ("45 minutes, three times a week", 7 / 3),
    ],
)
def test_what_goes_on_after_the_last_time_named_has_no_horizon(text: str, every: float) -> None:
    """The end of the first spell is not the end of the whole, nor is a time shorter than what repeats."""
    frame = read_time_frame(text)
    assert (frame.days, frame.iso) == (None, None)
    assert frame.every_days == pytest.approx(every, abs=1e-3)


def test_a_last_visit_after_the_end_is_a_horizon_whatever_repeats_before_it() -> None:
    """It counts from the end, not from where the repetition begins."""
    frame = read_time_frame("Every 12 weeks on treatment and 4 weeks after the end of treatment")
    assert (frame.days, frame.every_days, frame.anchor) == (28, 84, TimeAnchor.END_OF_TREATMENT)


CYCLES: list[tuple[str, float | None, float | None]] = [
    ("Cycle 1 (each cycle is 21 days)", None, 21),
    ("Cycle 1 (28 days)", None, 28),
    ("end of cycle 3 (1 cycle = 4 weeks)", None, 84),
    ("Cycle 2 Day 1 (cycle length 21 days)", None, 22),
    ("Day 1 of Cycles 2, 4 and 6 (each cycle is 21 days)", None, 106),
    ("up to six 28-day cycles", None, 168),
    ("12 cycles (24 weeks)", None, 168),
    ("Cycle 1 Day 15", None, 15),
    ("C1D8", None, 8),
    ("Day 1; Course 1", 28.0, 1),
    ("Course 2; day 3", 28.0, 31),
    ("up to 6 cycles", 21.0, 126),
    ("end of cycle 2", 14.0, 28),
    ("C3D1", 28.0, 57),
    ("Cycle 2 Day 1 (each cycle is 28 days)", 21.0, 29),
    ("end of cycle 2", None, None),
    ("up to 6 cycles", None, None),
    ("2 and 4 hours post-dose on day 8 of cycle 1 and day 1 of cycle 3", None, None),
    ("cycles 1, 3 and 5, and up to 2 years", None, 730),
]


@pytest.mark.parametrize(("text", "known", "days"), CYCLES)
def test_cycles_are_times_where_their_length_is_known(text: str, known: float | None, days: float | None) -> None:
    """From the text itself, or else from what the trial states elsewhere."""
    frame = read_time_frame(text, cycle_days=known)
    assert frame.days == days
    assert known is None or not frame.asks_cycle_length
    assert frame.reason is (NoHorizon.NO_CYCLE_LENGTH if days is None else None)


REASONS: list[tuple[str, NoHorizon]] = [
    ("until disease progression or death", NoHorizon.UNTIL_EVENT),
    ("from day 1 until relapse", NoHorizon.UNTIL_EVENT),
    ("直至疾病进展", NoHorizon.UNTIL_EVENT),
    ("through study completion", NoHorizon.STUDY_PERIOD),
    ("整个试验期间", NoHorizon.STUDY_PERIOD),
    ("end of treatment", NoHorizon.TREATMENT_PERIOD),
    ("intraoperatively", NoHorizon.PERIOPERATIVE),
    ("on the day of surgery", NoHorizon.PERIOPERATIVE),
    ("during hospital stay", NoHorizon.HOSPITAL_STAY),
    ("baseline", NoHorizon.AT_START),
    ("10 minutes before surgery", NoHorizon.AT_START),
    ("筛选前3个月内", NoHorizon.AT_START),
    ("month -2", NoHorizon.AT_START),
    ("every 12 weeks", NoHorizon.NO_END),
    ("each follow-up visit", NoHorizon.VISITS),
    ("visits 2, 3 and 5", NoHorizon.VISITS),
    ("March 2012 to May 2013", NoHorizon.CALENDAR),
    ("2nd of June to 20th of October", NoHorizon.CALENDAR),
    ("11/30/2021", NoHorizon.CALENDAR),
    ("N/A", NoHorizon.NO_TIME),
    ("", NoHorizon.NO_TIME),
    ("baseline, 4 and 8", NoHorizon.UNREADABLE),
]


@pytest.mark.parametrize(("text", "reason"), REASONS)
def test_a_time_frame_without_horizon_says_why(text: str, reason: NoHorizon) -> None:
    """No number of days is made up for it."""
    frame = read_time_frame(text)
    assert (frame.reason, frame.days, frame.iso) == (reason, None, None)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("week 12 before dosing", 84),
        ("within 6 months before the first dose, up to week 40", 280),
        ("4 weeks before surgery to 12 weeks after surgery", 84),
        ("visit 3 week 8", 56),
        ("28 days after FT123 or 30 days after surgery", 30),
    ],
)
def test_what_lies_before_the_start_and_what_is_a_label_is_no_horizon(text: str, days: float) -> None:
    """Only what follows the start counts, and only numbers that have a unit."""
    assert read_time_frame(text).days == days


def _made(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        yield token.rule
        yield from _made(token.parts)


MORE = (
    "from 3 May 2012 on",
    "2020年3月",
    "since 2011",
    "2 weekdays per week",
    "1 cycle: 21 days",
    "cycle 2 is 28 days",
    "every 3 months",
    "21 days per cycle",
    "third cycle",
    "every 2 cycles",
    "day 1 of each cycle (28 days)",
    "(3 days per week)",
    "hours 0, 2 and 4",
    "year 3",
    "end of the study",
    "study start",
    "first vaccination",
    "last vaccination",
    "start of radiotherapy",
    "end of surgery",
    "in the past 7 days",
    "给药前60分钟",
    "after dose 2",
    "observation 3 years",
    "90 ± 15d",
    "第3天",
    "12 weeks plus 4 weeks",
)


def test_every_rule_has_an_example() -> None:
    """Each rule makes something of one of the phrases in this file."""
    texts = [*(row[0] for rows in (HORIZONS, ANCHORS, REPETITIONS, CYCLES, REASONS) for row in rows), *MORE]
    used = {rule for text in texts for rule in _made(parsed(text))}
    assert {rule.name for stage in STAGES for rule in stage} - used == set()


@pytest.mark.parametrize(("given", "allowed"), [(TimeKind, v.TIME_FRAME_KIND), (TimeAnchor, v.TIME_ANCHOR), (NoHorizon, v.NO_HORIZON)])
def test_what_the_reader_gives_is_what_the_columns_may_hold(given: type[StrEnum], allowed: v.Vocabulary) -> None:
    """Each member of an enum is one of the schema's list, and the other way round."""
    assert [member.value for member in given] == list(allowed.members)


@given(
    number=st.integers(1, 60),
    unit=st.sampled_from(["days", "weeks", "months", "years"]),
    lead=st.sampled_from(["", "up to ", "at ", "within "]),
)
def test_a_plain_time_is_read_whatever_its_number(number: int, unit: str, lead: str) -> None:
    """Its duration repeats the number and the unit of the source."""
    frame = read_time_frame(f"{lead}{number} {unit}")
    assert frame.iso == f"P{number}{unit[0].upper()}"
    assert frame.days is not None and frame.days >= number


@given(text=st.text(alphabet="abc dwmy0123456789-,./()第周月天后至每 ", max_size=40))
def test_any_text_has_either_a_horizon_or_a_reason(text: str) -> None:
    """Never both, never neither, and a duration exactly where there are days."""
    frame: TimeFrame = read_time_frame(text)
    assert (frame.days is None) == (frame.reason is not None) == (frame.iso is None)
    assert frame.days is None or frame.days >= 0
    assert frame.iso is None or re.fullmatch(r"P(T?[\d.]+[YMWDHS]|[\d.]+Y[\d.]+M|T[\d.]+H[\d.]+M)", frame.iso)
