"""The grammar of flat cells: what the export and the label-less text share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.shapes import Origin
from pipelines.sources import ctgov_cells

Parts = tuple[str | None, str | None, str | None]


def outcomes_of(cell: str) -> tuple[list[Parts], dict[str, Origin]]:
    origins: dict[str, Origin] = {}
    module = ctgov_cells.outcomes([cell, "", ""], fields=["Primary", "", ""], bases=[100, 0, 0], origins=origins)
    return [(o.measure, o.description, o.time_frame) for o in module.primary_outcomes], origins


def test_words_written_twice_before_a_time_frame_are_measure_and_description() -> None:
    """Where only the separator between the two copies is lost, each copy has its own place."""
    found, origins = outcomes_of("Graft failure rate Graft failure rate, up to 2 years")
    assert found == [("Graft failure rate", "Graft failure rate", "up to 2 years")]
    path = "outcomesModule.primaryOutcomes[0]"
    assert origins[f"{path}.measure"] == Origin("Primary", 100, 118)
    assert origins[f"{path}.description"] == Origin("Primary", 119, 137)
    assert origins[f"{path}.timeFrame"] == Origin("Primary", 139, 152)


@pytest.mark.parametrize(
    ("cell", "measure"),
    [
        ("Pain Pain, 6 weeks", "Pain Pain"),
        ("Graft failure rate  Graft failure rate, 2 years", "Graft failure rate  Graft failure rate"),
        ("Graft failure rate graft failure rate, 2 years", "Graft failure rate graft failure rate"),
        ("Graft failure rate Graft failure", "Graft failure rate Graft failure"),
        ("Graft failure rate Graft failure rate", "Graft failure rate Graft failure rate"),
    ],
    ids=["one word", "two blanks", "other case", "not all of it", "no time frame"],
)
def test_anything_less_than_an_exact_second_copy_stays_one_measure(cell: str, measure: str) -> None:
    """Two words or more, one blank, the same letters, and a time frame after them: nothing else is taken apart."""
    assert outcomes_of(cell)[0][0][:2] == (measure, None)


def test_a_phrase_twice_with_its_separator_is_no_exception() -> None:
    """A description that repeats the title is read as the grammar says."""
    assert outcomes_of("Graft failure rate, Graft failure rate, 2 years")[0] == [("Graft failure rate", "Graft failure rate", "2 years")]


WORDS = st.lists(st.text(alphabet="abcdefgh", min_size=1, max_size=6), min_size=2, max_size=6).map(" ".join)


@given(WORDS)
def test_spans_of_separated_copies_show_the_copies(words: str) -> None:
    """The noted places cut the very words out of the cell."""
    cell = f"{words} {words}, Day 28"
    found, origins = outcomes_of(cell)
    for name, text in zip(("measure", "description", "timeFrame"), found[0], strict=True):
        if text is not None:
            place = origins[f"outcomesModule.primaryOutcomes[0].{name}"]
            assert cell[(place.start or 0) - 100 : (place.end or 0) - 100] == text
    assert found[0][0] in (words, f"{words} {words}")


def test_a_bar_without_a_type_after_it_belongs_to_the_name() -> None:
    """Interventions begin where a type stands; a colon inside a name is no border."""
    origins: dict[str, Origin] = {}
    found = ctgov_cells.interventions("DRUG: Step 1: amber|violet|DEVICE: Pump", field="Interventions", base=0, origins=origins)
    assert [(i.type, i.name) for i in found] == [("DRUG", "Step 1: amber|violet"), ("DEVICE", "Pump")]


@pytest.mark.parametrize(
    ("location", "country"),
    [
        ("A Hospital, Lyon, 69000, France", "France"),
        ("A Hospital, Seoul, Korea, Republic of", "Korea, Republic of"),
        ("Korea, Republic of", "Korea, Republic of"),
        ("", None),
    ],
)
def test_the_country_is_the_last_part_also_where_its_name_has_a_comma(location: str, country: str | None) -> None:
    """Names with a comma are known by a list."""
    assert ctgov_cells.country(location) == country


@pytest.mark.parametrize(
    ("cell", "limits"),
    [
        ("18 Years and older   (Adult, Older Adult)", ("18 Years", None)),
        ("up to 17 Years   (Child)", (None, "17 Years")),
        ("6 Months to 5 Years   (Child)", ("6 Months", "5 Years")),
        ("ADULT, OLDER_ADULT", (None, None)),
    ],
)
def test_ages_of_the_older_export_are_limits(cell: str, limits: tuple[str | None, str | None]) -> None:
    """Age groups alone state no limit."""
    assert ctgov_cells.age_limits(cell) == limits


def test_a_design_cell_without_values_states_nothing() -> None:
    """The export's own defect "Observational Model: |Time Perspective: p" is no design."""
    assert ctgov_cells.design_info("Observational Model: |Time Perspective: p") is None


def test_masking_keeps_the_roles_apart() -> None:
    """The roles in brackets are who is masked, not the masking."""
    info = ctgov_cells.design_info("Allocation: RANDOMIZED|Masking: DOUBLE (PARTICIPANT, INVESTIGATOR)")
    assert info is not None
    assert info.masking_info is not None
    assert (info.allocation, info.masking_info.masking) == ("RANDOMIZED", "DOUBLE")
    assert info.masking_info.who_masked == ["PARTICIPANT", "INVESTIGATOR"]
