"""Numbers, counts and p-values of posted results."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.text.numbers import Operator, parse_count, parse_number, parse_p_value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12.0),
        ("12.3", 12.3),
        (" 1,234", 1234.0),
        ("1,234.5", 1234.5),
        ("12,345,678", 12345678.0),
        (".23", 0.23),
        ("-0.4", -0.4),
        ("−0.4", -0.4),
        ("1.2E-3", 0.0012),
        ("+3", 3.0),
        ("0·97", 0.97),
        ("１２．５", 12.5),
    ],
)
def test_a_number_is_read(text: str, value: float) -> None:
    """Each way in which posted values are written gives its number."""
    assert parse_number(text) == value


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "NA",
        "<0.1",
        ">100",
        "12 (3)",
        "1,23",
        "0,123",
        "1234,567",
        "--",
        ".",
        "5%",
        "1 234",
        "inf",
        "nan",
        "1e999",
        "1_000",
        "0x10",
        "٣",
    ],
)
def test_what_is_no_plain_number_is_none(text: str | None) -> None:
    """Limits, percentages, ambiguous commas and what only Python takes for a number are refused."""
    assert parse_number(text) is None


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_is_read_back(value: float) -> None:
    """What Python prints is a number."""
    assert parse_number(repr(value)) == value


@given(st.integers(0, 10**12))
def test_thousands_separators_do_not_change_a_number(value: int) -> None:
    """The same number with and without commas."""
    assert parse_number(f"{value:,}") == value
    assert parse_count(f"{value:,}") == value


@pytest.mark.parametrize(
    ("value", "count"),
    [("12", 12), ("1,234", 1234), ("12.0", 12), (" 7 ", 7), ("１２", 12), (12, 12), (12.0, 12), ("0", 0)],
)
def test_a_count_is_read(value: str | float, count: int) -> None:
    """Whole numbers in any dress."""
    assert parse_count(value) == count


@pytest.mark.parametrize("value", [None, "", "NA", "12.5", "-1", -1, 12.5, True, float("nan"), float("inf"), "1,23", "~12"])
def test_what_is_no_count_is_none(value: str | float | None) -> None:
    """Fractions, negatives, flags and words are no counts."""
    assert parse_count(value) is None


@pytest.mark.parametrize(
    ("text", "operator", "value"),
    [
        ("<0.001", "<", 0.001),
        ("< .05", "<", 0.05),
        ("0.03", "=", 0.03),
        ("=0.02", "=", 0.02),
        ("P<0.0001", "<", 0.0001),
        ("p-value = .02*", "=", 0.02),
        (">0.99", ">", 0.99),
        ("0.05 (one-sided)", "=", 0.05),
        ("0.04, two-sided", "=", 0.04),
        ("0,03", "=", 0.03),
        ("0·03", "=", 0.03),
        ("≤0.05", "<", 0.05),
        ("≥ 0.05", ">", 0.05),
        ("＜0.05", "<", 0.05),
        ("5.2E-5", "=", 5.2e-5),
        ("<3 x 10^-5", "<", 3e-5),
        ("3.2×10−5", "=", 3.2e-5),
    ],
)
def test_a_p_value_is_read_with_its_operator(text: str, operator: Operator, value: float) -> None:
    """The operator is one of the three that the schema knows."""
    assert parse_p_value(text) == (operator, value)


@pytest.mark.parametrize("text", [None, "", "NS", "p", "5%", "1,23", "1.2", "<<0.1", "0.03 / 0.04", "not calculated", "-0.1"])
def test_what_is_no_p_value_is_none(text: str | None) -> None:
    """Words, percentages and what lies outside 0 to 1 are refused."""
    assert parse_p_value(text) is None


def test_a_number_of_json_is_itself() -> None:
    """A posted value may be 12 as well as "12"; what is no finite number is none."""
    assert [parse_number(number) for number in (12, 0, -1.5, float("inf"))] == [12.0, 0.0, -1.5, None]
