"""Dates: every form that registers use, and the precision of each."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.text.dates import PartialDate, Precision, parse_date


@pytest.mark.parametrize(
    ("text", "date", "precision"),
    [
        ("2021-05-03", (2021, 5, 3), "day"),
        ("2021-05", (2021, 5, 1), "month"),
        ("2021", (2021, 1, 1), "year"),
        ("May 3, 2021", (2021, 5, 3), "day"),
        ("May 2021", (2021, 5, 1), "month"),
        ("Sept. 2018", (2018, 9, 1), "month"),
        ("October 2018", (2018, 10, 1), "month"),
        ("3 May 2021", (2021, 5, 3), "day"),
        ("1st of May 2021", (2021, 5, 1), "day"),
        ("03-Mar-2021", (2021, 3, 3), "day"),
        ("2023-11-30T00:00:00.000", (2023, 11, 30), "day"),
        ("2019-04-05T13:05", (2019, 4, 5), "day"),
        ("2020/02/03", (2020, 2, 3), "day"),
        ("20200203", (2020, 2, 3), "day"),
        ("12/2020", (2020, 12, 1), "month"),
        (" 2021-05-03 ", (2021, 5, 3), "day"),
        ("2025年5月27日", (2025, 5, 27), "day"),
        ("2025 年 5 月", (2025, 5, 1), "month"),
        ("2025年", (2025, 1, 1), "year"),
        ("26/03/2020", (2020, 3, 26), "day"),
        ("3/26/2020 5:08:08 PM", (2020, 3, 26), "day"),
        ("03/03/2020", (2020, 3, 3), "day"),
    ],
)
def test_each_form_is_read_with_its_precision(text: str, date: tuple[int, int, int], precision: Precision) -> None:
    """The date is the first day of what the source states, and the precision says how much that is."""
    assert parse_date(text) == PartialDate(datetime.date(*date), precision)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "N/A",
        "soon",
        "2021-02-30",
        "29 February 2021",
        "2021-13",
        "2021-00-01",
        "0021",
        "20201301",
        "May 32, 2021",
        "3 May",
        "12/05/20",
        "202005",
    ],
)
def test_what_is_no_date_is_none(text: str | None) -> None:
    """Impossible, incomplete and foreign texts are refused, not bent."""
    assert parse_date(text) is None


def test_an_ambiguous_date_needs_to_be_told_its_order() -> None:
    """`03/02/2020` is two dates until the source's habit is known."""
    assert parse_date("03/02/2020") is None
    assert parse_date("03/02/2020", day_first=True) == PartialDate(datetime.date(2020, 2, 3), "day")
    assert parse_date("03/02/2020", day_first=False) == PartialDate(datetime.date(2020, 3, 2), "day")


def test_a_date_against_the_order_of_its_source_is_none() -> None:
    """Where the day comes first there is no month 26."""
    assert parse_date("03/26/2020", day_first=True) is None


@given(st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 12, 31)))
def test_every_day_is_read_in_every_form(date: datetime.date) -> None:
    """Seven ways to write a day give that day."""
    forms = ("%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%B %d, %Y", "%d %b %Y", "%Y年%m月%d日", "%Y-%m-%dT10:20:30Z")
    assert {parse_date(date.strftime(form)) for form in forms} == {PartialDate(date, "day")}


@given(st.text(st.sampled_from("0123456789-/ 年月日May,.T:"), max_size=14))
def test_a_date_is_never_more_precise_than_its_text(text: str) -> None:
    """A day or a month that the text does not spell out is the first of its period."""
    if parsed := parse_date(text):
        assert str(parsed.date.year) in text
        if parsed.precision != "day":
            assert parsed.date.day == 1
        if parsed.precision == "year":
            assert parsed.date.month == 1
