"""Outcomes in one text: items of lists, their times."""

import pytest

from pipelines.sources.outcome_lists import listed, time_in_words, times_of
from pipelines.sources.places import Span


def span(text: str) -> Span:
    return Span("field", text, 0, len(text))


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("1. Weight<br>2. Height<br>2.1. sitting<br>3. Mood", ["Weight", "Height<br>2.1. sitting", "Mood"]),
        ("The following:\n1) Weight\n2) Height", ["Weight", "Height"]),
        ("• Weight\n• Height", ["Weight", "Height"]),
        ("- Weight\n  - Height", ["Weight", "Height"]),
        ("Weight at 1. January\nHeight", ["Weight at 1. January\nHeight"]),
        ("1. Weight", ["1. Weight"]),
        ("Weight, height", ["Weight, height"]),
    ],
)
def test_a_list_is_told_from_a_text_with_numbers(text: str, items: list[str]) -> None:
    """Numbers count up from one, each at the beginning of a line; bullets begin the text."""
    assert [one.text for one in listed(span(text))] == items


@pytest.mark.parametrize(
    ("text", "n", "times"),
    [
        ("week 12", 3, ["week 12"] * 3),
        ("1-2. week 12\n3. week 48", 3, ["week 12", "week 12", "week 48"]),
        ("1. week 12\n3. week 48", 3, [None] * 3),
        ("week 12; week 48", 2, ["week 12", "week 48"]),
        ("week 12; week 48", 3, ["week 12; week 48"] * 3),
        ("1. week 12", 1, ["1. week 12"]),
    ],
)
def test_times_go_to_the_items_that_they_number(text: str, n: int, times: list[str | None]) -> None:
    """Where the numbers leave an item out, nothing is guessed."""
    assert [one.text if one else None for one in times_of(span(text), n)] == times


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("Pain is measured with a scale at baseline and 6 weeks.", "at baseline and 6 weeks"),
        ("Deaths recorded up to 2 years of age", "up to 2 years of age"),
        ("Pain at rest", None),
        ("Pain, measured by nurses:\n1. at 6 weeks", None),
    ],
)
def test_the_time_is_said_after_how_it_is_measured(text: str, time: str | None) -> None:
    """One line that says both; anything else is left."""
    found = time_in_words(span(text))
    assert (found.text if found else None) == time
