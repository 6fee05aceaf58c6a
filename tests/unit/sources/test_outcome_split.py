"""The outcome splitter: cells of one record into items, items into measure, description and time frame."""

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.sources.outcome_split import (
    WEIGHTS_FILE,
    OutcomeSpan,
    make_weights,
    read_outcome,
    read_weights,
    readings,
    split_outcome_cells,
    write_weights,
)

Parts = tuple[str, str | None, str | None]


def parts(cell: str, span: OutcomeSpan) -> Parts:
    """The texts of the parts of one outcome."""
    texts = [None if at is None else cell[at[0] : at[1]] for at in span]
    return texts[0] or "", texts[1], texts[2]


def split(*cells: str) -> list[list[Parts]]:
    """The texts of the parts of every outcome of a record."""
    return [[parts(cell, span) for span in spans] for cell, spans in zip(cells, split_outcome_cells(cells), strict=True)]


def test_three_plain_parts_are_found() -> None:
    """A measure, a sentence and a time frame come apart at their two commas."""
    cell = "Overall survival, Time from enrolment to death of any cause., Up to 3 years"
    assert split(cell) == [[("Overall survival", "Time from enrolment to death of any cause.", "Up to 3 years")]]


def test_an_outcome_may_lack_a_description() -> None:
    """Two parts of which the second is a time are measure and time frame."""
    assert split("Body weight, 12 months") == [[("Body weight", None, "12 months")]]


def test_an_outcome_may_lack_a_time_frame() -> None:
    """Where nothing in the record tells a time, a list after a comma belongs to the measure."""
    cell = "Pain, itching and redness of the skin|Mood, sleep and appetite|Cough"
    measures = ["Pain, itching and redness of the skin", "Mood, sleep and appetite", "Cough"]
    assert split(cell) == [[(measure, None, None) for measure in measures]]


def test_a_text_without_a_comma_is_a_measure() -> None:
    """An item without ", " has nothing but a measure, also where a comma stands without a space."""
    assert split("Hospital stay|Blood loss,ml") == [[("Hospital stay", None, None), ("Blood loss,ml", None, None)]]


def test_a_comma_may_stand_inside_the_measure() -> None:
    """A list of three signs stays together as the measure."""
    cell = "Change in weight, height, and waist circumference, Measured in the morning by a nurse., Baseline and week 8"
    assert split(cell) == [
        [
            (
                "Change in weight, height, and waist circumference",
                "Measured in the morning by a nurse.",
                "Baseline and week 8",
            )
        ]
    ]


def test_a_comma_may_stand_inside_the_time_frame() -> None:
    """A list of visits stays together as the time frame."""
    cell = "Joint swelling, Swollen joints are counted by the investigator., Baseline, Week 4, Week 8 and Week 12"
    assert split(cell) == [[("Joint swelling", "Swollen joints are counted by the investigator.", "Baseline, Week 4, Week 8 and Week 12")]]


def test_a_line_break_and_escapes_may_stand_inside() -> None:
    """Line breaks and markdown escapes inside a description move no border."""
    cell = "Fever, Body temperature \\> 38.5 °C:\n\n* morning\n* evening, Day 1 to day 7"
    assert split(cell) == [[("Fever", "Body temperature \\> 38.5 °C:\n\n* morning\n* evening", "Day 1 to day 7")]]


def test_a_time_frame_shared_across_roles_is_recognised() -> None:
    """What is no time by its words is the time frame when every outcome of the record ends with it."""
    odd = "flowering, harvest"
    primary = f"Leaf area, Area of all leaves of the plant, {odd}"
    secondary = f"Root depth, Depth of the longest root, {odd}|Stem girth, Girth just above the soil, {odd}"
    alone = split(primary)[0][0]
    together = [outcome for cell in split(primary, secondary, "") for outcome in cell]
    assert alone[2] != odd, "the example must need the other outcomes"
    assert [time_frame for _, _, time_frame in together] == [odd, odd, odd]


def test_offsets_are_into_the_cell_they_stand_in() -> None:
    """Each cell has its own list and offsets count from the beginning of that cell; blank items are nothing."""
    primary, secondary = split_outcome_cells([" Walking speed, 6 weeks ", "||\n Falls, 1 year| "])
    assert primary == [OutcomeSpan((1, 14), None, (16, 23))]
    assert secondary == [OutcomeSpan((4, 9), None, (11, 17))]


@pytest.mark.parametrize("cells", [[], [""], ["", "", ""], [" | ", "\n"]])
def test_blank_cells_have_no_outcomes(cells: list[str]) -> None:
    """One empty list per cell comes back."""
    assert split_outcome_cells(cells) == [[] for _ in cells]


CELLS = st.lists(
    st.lists(
        st.one_of(
            st.sampled_from([", ", ",", "|", "||", " ", "\n", "12 weeks", "Baseline", "(", ")", "İ", "\\>", ". ", "时间", "½"]),
            st.text(max_size=8),
        ),
        max_size=30,
    ).map("".join),
    max_size=4,
)


@given(CELLS)
def test_parts_are_ordered_and_rejoin_to_the_item(cells: list[str]) -> None:
    """Every item of every cell is its parts joined by ", ", in order, without white space at the ends of a part."""
    result = split_outcome_cells(cells)
    assert len(result) == len(cells)
    for cell, spans in zip(cells, result, strict=True):
        items = [item.strip() for item in cell.split("|") if item.strip()]
        present = [[at for at in span if at is not None] for span in spans]
        assert [", ".join(cell[start:end] for start, end in span) for span in present] == items
        edges = [edge for span in present for at in span for edge in at]
        assert edges == sorted(edges)
        assert all(0 <= edge <= len(cell) for edge in edges)
        texts = [cell[start:end] for span in present for start, end in span]
        assert all(text and text == text.strip() for text in texts)


@given(st.integers(min_value=1, max_value=200))
def test_a_number_of_pieces_beyond_the_cap_still_has_readings(pieces: int) -> None:
    """Readings are within bounds, none twice, and no more than the square of the cap allows."""
    found = readings(read_outcome(", ".join(["x"] * pieces)))
    assert len(found) == len(set(found)) <= 65 * 65
    assert all(1 <= a <= b <= pieces for a, b in found)


@pytest.mark.parametrize(
    "cell",
    [
        ", ".join(f"Item {number} (of many" for number in range(500)),
        ", ".join(["ab"] * 12_500),
        "word. Word " * 4_500,
        ", ".join(["One two. Three (four " * 40] * 60),
    ],
    ids=["500 commas", "12,500 pieces", "no comma", "long pieces"],
)
def test_nasty_outcomes_are_split(cell: str) -> None:
    """An outcome of 50,000 characters or 500 commas gives one outcome; trying every pair of borders would not come back."""
    ((span,),) = split_outcome_cells([cell])
    assert span.measure[0] == 0
    assert max(end for part in span if part for end in part) == len(cell.rstrip())


def test_the_same_record_is_split_the_same_way_twice() -> None:
    """Nothing depends on the order of sets or on what was split before."""
    cells = [
        "Grip strength, left, right, Best of three, day 1, day 2|Pinch, Best of three, day 1, day 2",
        "Pain, day 2",
    ]
    first = split_outcome_cells(cells)
    split_outcome_cells(["Something, else, entirely"])
    assert split_outcome_cells(cells) == first


def test_weights_come_back_as_written(tmp_path: Path) -> None:
    """Writing and reading keep names, weights and header, and the same weights give the same bytes."""
    weights = make_weights({"shape=MT": -0.5, "time_frame.first=#": 1.25}, {"alone": 0.9}, {"what": "a test: two models"})
    one, two = tmp_path / "one.tsv.gz", tmp_path / "two.tsv.gz"
    write_weights(one, weights)
    write_weights(two, weights)
    assert one.read_bytes() == two.read_bytes()
    assert read_weights(one) == weights


def test_a_broken_weights_file_names_the_line(tmp_path: Path) -> None:
    """A row of an unknown model is refused with its place."""
    file = tmp_path / "weights.tsv.gz"
    write_weights(file, make_weights({}, {}, {"what": "a header\nnonsense\tx\t1"}))
    with pytest.raises(ValueError, match="line 2"):
        read_weights(file)


def test_the_shipped_weights_say_what_they_are() -> None:
    """The header names source and accuracy, and the file stays small enough to look through."""
    about = read_weights(WEIGHTS_FILE).about
    assert {"what", "made by", "fitted to", "measured", "right, API v2 records"} <= about.keys()
    assert WEIGHTS_FILE.stat().st_size < 1_000_000


def test_splitting_needs_no_training_library() -> None:
    """Neither scikit-learn nor scipy is named by the module that splits."""
    module = sys.modules["pipelines.sources.outcome_split"]
    assert not {"sklearn", "scipy", "numpy"} & vars(module).keys()
