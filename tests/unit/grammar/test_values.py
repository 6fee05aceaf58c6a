"""Reported values: numbers, shares, times, intervals, estimates, p values, counts and grades, each by the rule that reads it."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.grammar import values
from pipelines.grammar.report import STAGES, parsed_report
from pipelines.grammar.report_lexicon import Outcome
from pipelines.grammar.values import Count, Estimate, Grades, Interval, PValue, Time, with_level

ReportedBy = Callable[[str, str], list[tuple[str, Any]]]

NUMBERS: list[tuple[str, str, Any, str]] = [
    ("forty-two percent", "NUM", 42.0, "number_in_words"),
    ("two hundred and six women", "NUM", 206.0, "number_in_words"),
    ("seven hundred thirty-one patients", "NUM", 731.0, "number_in_words"),
    ("thirty deaths", "NUM", 30.0, "number_in_words"),
    ("the change was -12%", "NUM", -12.0, "negative"),
    ("fell by -12%", "NUM", -12.0, "negative_beside"),
    ("-12% and -3%", "NUM", -3.0, "negative_beside"),
    ("shrank by a median (-31%)", "NUM", -31.0, "negative"),
    ("p = 3e-5", "NUM", 3e-5, "scientific"),
]
SHARES_AND_TIMES: list[tuple[str, str, Any, str]] = [
    ("at 6 and 12 months", "LANDMARKS", [Time(6, "mo"), Time(12, "mo")], "landmarks_at"),
    ("at 1, 2 and 5 years", "LANDMARKS", [Time(1, "a"), Time(2, "a"), Time(5, "a")], "landmarks_at"),
    ("the 1- and 3-year survival rates", "LANDMARKS", [Time(1, "a"), Time(3, "a")], "landmarks_before"),
    ("1、3、5年生存率", "LANDMARKS", [Time(1, "a"), Time(3, "a"), Time(5, "a")], "landmarks_before"),
    ("27.5%", "PCT", 27.5, "percent"),
    ("30 percent", "PCT", 30.0, "percent"),
    ("３２％", "PCT", 32.0, "percent"),
    ("百分之二十", "PCT", 20.0, "percent"),
    ("14.2 months", "TIMEV", Time(14.2, "mo"), "time"),
    ("a 2-year rate", "TIMEV", Time(2, "a"), "time"),
    ("9.6個月", "TIMEV", Time(9.6, "mo"), "time"),
    ("8 weeks", "TIMEV", Time(8, "wk"), "time"),
    ("21天", "TIMEV", Time(21, "d"), "time"),
    ("at month 18", "TIMEV", Time(18, "mo"), "time_numbered"),
    ("at year 4", "TIMEV", Time(4, "a"), "time_numbered"),
    ("at M9", "TIMEV", Time(9, "mo"), "time_numbered"),
    ("p 值 0.004", "PX", PValue("=", 0.004), "p_value"),
    ("P值小于0.05", "PX", PValue("<", 0.05), "p_value"),
    ("mPFS 8.4m", "TIMEV", Time(8.4, "mo"), "time_in_short"),
    ("(n = 48)", "NEQ", Count(48), "number_equal"),
    ("N：52", "NEQ", Count(52), "number_equal"),
]
INTERVALS: list[tuple[str, str, Any, str]] = [
    ("(95% CI, 0.45 to 0.80)", "CIX", Interval(0.45, 0.8, 95), "interval"),
    ("(95% confidence interval [CI]: 3.1-5.2)", "CIX", Interval(3.1, 5.2, 95), "interval"),
    ("80%CI 4.1–9.9个月", "CIX", Interval(4.1, 9.9, 80), "interval"),
    ("95%CI：19.3，NE", "CIX", Interval(19.3, None, 95, high_not_reached=True), "interval"),
    ("(95% CI, 11.0 to not reached)", "CIX", Interval(11, None, 95, high_not_reached=True), "interval"),
    ("CI 99% 0.45 to 0.80", "CIX", Interval(0.45, 0.8, 99), "interval"),
    ("(CI: 22%-41%)", "CIX", Interval(22, 41), "interval"),
    ("95% CI 0·74–1·28", "CIX", Interval(0.74, 1.28, 95), "interval"),
    ("95%置信区间：1.2~3.4", "CIX", Interval(1.2, 3.4, 95), "interval"),
    ("95% CI 5.0 to 3.0", "CIX", Interval(5, 3, 95), "interval"),
    ("(range, 2-14)", "SPREAD", True, "span_ignored"),
    ("范围：3~18", "SPREAD", True, "span_ignored"),
    ("12.4 ± 3.1", "SPREAD", True, "deviation"),
    ("(SD 4.4)", "SPREAD", True, "deviation"),
]
ESTIMATES: list[tuple[str, str, Any, str]] = [
    ("related to early letrozole", "TREL", "treatment_related", "related_to_drug"),
    ("letrozole-related", "TREL", "treatment_related", "related_to_drug"),
    ("40, 67, and 50%", "PCT", 67, "percent_listed"),
    ("one fatal infection", "GRADEX", Grades(5, 5), "fatal"),
    ("grade ��3", "GRADEX", Grades(3, 5), "grade"),
    ("hazard ratio [HR], 0.68", "EST", Estimate("hazard_ratio", 0.68), "estimate"),
    ("HR for death = 0.75", "EST", Estimate("hazard_ratio", 0.75), "estimate"),
    ("a hazard ratio for progression or death of 0·61", "EST", Estimate("hazard_ratio", 0.61), "estimate"),
    ("风险比为0.62", "EST", Estimate("hazard_ratio", 0.62), "estimate"),
    ("OR: 2.1", "EST", Estimate("odds_ratio", 2.1), "estimate"),
    ("relative risk 1.4", "EST", Estimate("risk_ratio", 1.4), "estimate"),
    ("P < .001", "PX", PValue("<", 0.001), "p_value"),
    ("p值=0.0033", "PX", PValue("=", 0.0033), "p_value"),
    ("P均＜0.05", "PX", PValue("<", 0.05), "p_value"),
    ("p less than 0.01", "PX", PValue("<", 0.01), "p_value"),
    ("P > 0.2", "PX", PValue(">", 0.2), "p_value"),
    ("P was 0.04", "PX", PValue("=", 0.04), "p_value"),
]
COUNTS: list[tuple[str, str, Any, str]] = [
    ("31 [36%]", "COUNTX", Count(31), "count_with_percent"),
    ("18 patients (32%)", "COUNTX", Count(18), "count_with_percent"),
    ("11例（27.5%）", "COUNTX", Count(11), "count_with_percent"),
    ("3 of 20", "COUNTX", Count(3, 20), "count_of"),
    ("12/31", "COUNTX", Count(12, 31), "count_of"),
    ("42 of the 45 patients", "COUNTX", Count(42, 45), "count_of"),
    ("17 (40%) of 42 patients", "COUNTX", Count(17, 42), "count_of"),
    ("6例/30例", "COUNTX", Count(6, 30), "count_of"),
    ("7.8-13.5", "SPAN", Interval(7.8, 13.5), "span"),
    ("36 patients", "NPTS", Count(36), "number_of"),
    ("25例患者", "NPTS", Count(25), "number_of"),
    ("two patients", "NPTS", Count(2), "number_of"),
]
GRADES: list[tuple[str, str, Any, str]] = [
    (text, "GRADEX", Grades(low, high), "grade")
    for text, low, high in (
        ("grade 3", 3, 3),
        ("grade 3 or 4", 3, 4),
        ("grades 1-2", 1, 2),
        ("grade 1, 2 and 3", 1, 3),
        ("grade 3 or higher", 3, 5),
        ("grade 3 and above", 3, 5),
        ("grade 3+", 3, 5),
        ("grade III-IV", 3, 4),
        ("Ⅲ～Ⅳ度", 3, 4),
        ("Ⅱ度以上", 2, 5),
        ("grade ≥3", 3, 5),
        ("grade >= 3", 3, 5),
        ("≥grade 2", 2, 5),
        ("grade > 2", 3, 5),
        ("grade <3", 1, 2),
        ("grade <= 2", 1, 2),
        ("≥3级", 3, 5),
        ("3级及以上", 3, 5),
        ("3～4级", 3, 4),
        ("4級", 4, 4),
        ("一级", 1, 1),
    )
]
MEASURES: list[tuple[str, str, Any, str]] = [
    ("five (20%) had SD", "OUTCOME", Outcome(None, "response"), "stable_disease"),
    ("CR 2例，SD 9例", "OUTCOME", Outcome(None, "response"), "other_response"),
    ("objective and complete responses", "HEADLESS", "objective", "headless_outcome"),
    ("3-year QTFS: 81%", "OUTCOME", Outcome(None, "time_to_event"), "unknown_measure"),
]
TABLE = [*NUMBERS, *SHARES_AND_TIMES, *INTERVALS, *ESTIMATES, *COUNTS, *GRADES, *MEASURES]


@pytest.mark.parametrize(("text", "kind", "value", "rule"), TABLE)
def test_a_rule_reads_a_value(text: str, kind: str, value: Any, rule: str, reported_by: ReportedBy) -> None:
    """Each rule of values, by name, makes one token of its kind with this value."""
    assert reported_by(text, rule) == [(kind, value)]


def test_every_rule_of_values_reads_something() -> None:
    """A rule that no text of the table reaches is dead, or untested."""
    known = {name for name, one in vars(values).items() if isinstance(one, tuple) and name.isupper() and not name.startswith("_")}
    rules = {rule.name for name in known for rule in getattr(values, name)}
    assert {rule for *_, rule in TABLE} == rules
    assert rules <= {rule.name for stage in STAGES for rule in stage}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("20 of 12", "count_of"),
        ("0.5 of 20", "count_of"),
        ("1/2/3", "count_of"),
        ("week 12 (20%)", "count_with_percent"),
        ("grade 3 (12%)", "count_with_percent"),
        ("grade 7", "grade"),
        ("grade 0", "grade"),
        ("p = 5", "p_value"),
        ("HR 0", "estimate"),
        ("95% CI NE to NR", "interval"),
        ("30 (95%)", "interval"),
        ("12% 20 patients", "number_in_words"),
        ("2015年", "time"),
        ("5-year 生存: 81%", "unknown_measure"),
    ],
)
def test_a_rule_does_not_read_what_is_no_value_of_its_kind(text: str, rule: str, reported_by: ReportedBy) -> None:
    """More than all, parts of patients, dates of visits, grades that there are not, levels that nobody uses."""
    assert reported_by(text, rule) == []


def test_a_time_is_told_in_months() -> None:
    """Of a mean month."""
    assert [Time(1.5, "mo").months, Time(2, "a").months] == [1.5, 24]
    assert Time(52, "wk").months == pytest.approx(11.96, abs=0.01)
    assert Time(90, "d").months == pytest.approx(2.96, abs=0.01)


def test_a_level_said_once_is_that_of_intervals_without_one() -> None:
    """One of its own stays."""
    assert with_level(Interval(1, 2), 90) == Interval(1, 2, 90)
    assert with_level(Interval(1, 2, 95), 90) == Interval(1, 2, 95)


FIGURES = st.decimals(min_value="0.01", max_value=99, places=2)
DASHES = st.sampled_from(["-", "–", "—", "~", " to ", "至", ", ", "，", "～"])
LEVELS = st.sampled_from([80, 90, 95, 97.5, 99])
HEADS = st.sampled_from(["{}% CI ", "{}%CI：", "{}% confidence interval, ", "{}% CI: ", "{}%置信区间 ", "CI {}%: "])


@given(FIGURES, FIGURES, DASHES, LEVELS, HEADS, st.booleans())
def test_an_interval_is_read_however_it_is_written(low: Any, high: Any, dash: str, level: float, head: str, mid: bool) -> None:
    """Any level, sign and word between, and the decimal point in mid-height."""
    text = f"{head.format(level)}{low}{dash}{high}"
    if mid:
        text = text.replace(".", "·")
    found = [token.value for token in parsed_report(f"({text})") if token.kind == "CIX"]
    assert found == [Interval(float(low), float(high), level)]


@given(st.integers(1, 400), st.integers(1, 999), st.sampled_from(["{}/{}", "{} of {}", "{} of the {} patients", "{} out of {} patients"]))
def test_a_count_is_read_where_it_is_a_part(n: int, total: int, form: str) -> None:
    """Of no more than all."""
    found = [token.value for token in parsed_report(form.format(n, total)) if token.kind == "COUNTX"]
    assert found == ([Count(n, total)] if n <= total else [])


@given(st.decimals(min_value=0, max_value=100, places=1), st.sampled_from(["{}%", "{} %", "{} percent", "{}％", "({}%)"]))
def test_any_percentage_is_the_number_itself(share: Any, form: str) -> None:
    """However its sign is written."""
    found = [token.value for token in parsed_report(form.format(share)) if token.kind == "PCT"]
    assert found == [float(share)]


@given(st.decimals(min_value="0.1", max_value=300, places=1), st.sampled_from(["months", "mo", "个月", "個月", " months"]))
def test_any_number_of_months_is_a_time(number: Any, unit: str) -> None:
    """With and without a blank between."""
    (found,) = [token.value for token in parsed_report(f"{number}{unit}") if token.kind == "TIMEV"]
    assert found == Time(float(number), "mo")
