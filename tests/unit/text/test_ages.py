"""Ages in years, and age ranges."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.text.ages import age_range, age_years


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("18 Years", 18.0),
        ("1 Year", 1.0),
        ("18", 18.0),
        ("18Y", 18.0),
        ("18 years old", 18.0),
        ("6 Months", 0.5),
        ("4 Weeks", 28 / 365.25),
        ("28 Days", 28 / 365.25),
        ("12 Hours", 0.5 / 365.25),
        ("30 Minutes", 30 / (60 * 24 * 365.25)),
        ("1.5 Years", 1.5),
        ("18岁", 18.0),
        ("18周岁", 18.0),
        ("18歲", 18.0),
        ("6个月", 0.5),
        ("4周", 28 / 365.25),
        ("10分钟", 10 / (60 * 24 * 365.25)),
    ],
)
def test_an_age_is_read_in_years(text: str, years: float) -> None:
    """Every unit of the registries is converted."""
    assert age_years(text) == pytest.approx(years)


@pytest.mark.parametrize("text", [None, "", "N/A", "-", "??", "No limit", "5 M", "Years", "-3 Years", "18 Yearsish", "18 to 65 Years"])
def test_what_is_no_single_age_is_none(text: str | None) -> None:
    """Missing, ambiguous and compound fields are refused."""
    assert age_years(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("18 Years to 65 Years \xa0 (Adult, Older Adult)", (18.0, 65.0)),
        ("18 Years and older   (Adult, Older Adult)", (18.0, None)),
        ("up to 17 Years   (Child)", (None, 17.0)),
        ("6 Months to 5 Years   (Child)", (0.5, 5.0)),
        ("6 to 18 Months", (0.5, 1.5)),
        ("18-65", (18.0, 65.0)),
        ("45岁(最小年龄)至65岁(最大年龄)", (45.0, 65.0)),
        ("18岁(最小年龄)至无上限(最大年龄)", (18.0, None)),
        ("Child, Adult, Older Adult", (None, None)),
        ("ADULT, OLDER_ADULT", (None, None)),
        ("", (None, None)),
        (None, (None, None)),
    ],
)
def test_a_range_is_read_as_its_bounds(text: str | None, expected: tuple[float | None, float | None]) -> None:
    """A bound that is not stated is None; age groups state none."""
    assert age_range(text) == expected


@given(st.integers(0, 120), st.integers(0, 120), st.sampled_from(["Years", "Months", "Weeks", "Days"]))
def test_both_bounds_are_read_like_single_ages(lower: int, upper: int, unit: str) -> None:
    """A range is two ages."""
    expected = (age_years(f"{lower} {unit}"), age_years(f"{upper} {unit}"))
    assert age_range(f"{lower} {unit} to {upper} {unit}") == expected
