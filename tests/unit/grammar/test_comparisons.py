"""Figures that sentences set side by side: of which group each is, and what was measured where no vocabulary knows it."""

import pytest

from pipelines.extract.report_rows import result_row
from pipelines.grammar.binding import sentences
from pipelines.grammar.findings import findings
from pipelines.grammar.groups import compared_arms
from pipelines.grammar.report import parsed_report
from pipelines.grammar.reported import Context

_ARMS = "Women were randomised to the tablet group (n = 60) or the placebo group (n = 62). "


def _told(text: str) -> list[tuple[object, ...]]:
    """Measure, statistic, value and group of every row about a measure."""
    read = list(sentences(parsed_report(text), text))
    context = Context(arms=compared_arms(read))
    rows = [result_row(one, text) for tokens in read for one in findings(tokens, context, text)]
    return [(row["measure_raw"], row["statistic"], row["value"], row["group_raw"]) for row in rows if row is not None]


@pytest.mark.parametrize(
    ("text", "measure", "statistic", "values"),
    [
        (
            "Nodes were found in 47 women (78.3%) in the tablet group and 43 (69.4%) in the placebo group.",
            "Nodes were found",
            "rate",
            [78.3, 69.4],
        ),
        (
            "The mean sleep score was 7.1 ± 1.2 in the tablet group and 8.2 ± 1.4 in the placebo group.",
            "mean sleep score",
            "mean",
            [7.1, 8.2],
        ),
        ("Sleep scores were 7.1 for the tablet group and 8.2 for the placebo group.", "Sleep scores", "number", [7.1, 8.2]),
        ("Clear nights were more frequent in the tablet group (57%) than in the placebo group (42%).", "Clear nights", "rate", [57, 42]),
        ("There was no difference in clear nights (tablet group: 57%, placebo group: 42%; P = .2).", "clear nights", "rate", [57, 42]),
        ("There were 27 lost nights in the tablet group and 35 in the placebo group.", "lost nights", "count", [27, 35]),
        (
            "Median sleep time was 6.1 and 5.8 days in the tablet and placebo groups, respectively.",
            "Median sleep time",
            "median",
            [6.1, 5.8],
        ),
        ("The rates of waking in the tablet and placebo groups were 21% and 14%, respectively.", "rates of waking", "rate", [21, 14]),
    ],
)
def test_what_no_vocabulary_knows_is_told_where_groups_are_compared(text: str, measure: str, statistic: str, values: list[float]) -> None:
    """The words before the figures are what was measured, and each figure is of the group beside it, or in its order."""
    told = _told(_ARMS + text)
    assert [one[:3] for one in told] == [(measure, statistic, value) for value in values]
    assert ["tablet" in str(one[3]) for one in told] == [True, False]
    assert ["placebo" in str(one[3]) for one in told] == [False, True]


@pytest.mark.parametrize(
    "text",
    [
        "At baseline, 40% of patients in the tablet group and 22% in the placebo group smoked.",
        "Nodes were found in 47 women (68.1%).",
        "There were 40% in the tablet group and 22% in the placebo group.",
        "Tablets were taken for 3 weeks in the tablet group and 6 weeks in the placebo group.",
        "Data of 33 patients in the tablet group and 31 in the placebo group were complete.",
        "Doses were 20 mg in the tablet group and 40 mg in the placebo group.",
    ],
)
def test_what_is_no_result_of_groups_is_not_told(text: str) -> None:
    """Neither what was there before, nor how many there were, how long or how much was given, nor what only one figure tells."""
    assert _told(_ARMS + text) == []


def test_groups_without_a_name_are_told_by_their_words() -> None:
    """Where a document compares no named groups, patients of two kinds are the groups."""
    text = "Median survival was 13.4 months for patients with thrombosis and 11.7 months for patients without it."
    assert [one[2:] for one in _told(text)] == [(13.4, "patients with thrombosis"), (11.7, "patients without it")]


def test_what_is_told_behind_the_figures_is_what_they_count() -> None:
    """Patients of each group, then what became of them."""
    text = _ARMS + "Forty women in the tablet group (67%) and 55 women in the placebo group (89%) had relapsed."
    assert [one[1:] for one in _told(text)] == [("rate", 67.0, "tablet group"), ("rate", 89.0, "placebo group")]


def test_what_changed_by_so_much_is_a_difference() -> None:
    """A share by which a score improved is none of patients, and the median of such shares is a median."""
    text = _ARMS + "Sleep scores improved by 51% in the tablet group and by 22% in the placebo group."
    assert [one[1:3] for one in _told(text)] == [("difference", 51.0), ("difference", 22.0)]
    text = _ARMS + "The median number of lost nights was reduced by 33% in the tablet group and by 80% in the placebo group."
    assert [one[1:3] for one in _told(text)] == [("median", 33.0), ("median", 80.0)]


def test_a_ratio_behind_the_figures_is_of_the_same_measure() -> None:
    """With its interval, and of no group."""
    text = _ARMS + "Tablets reduced the waking rate (4.8%) in the tablet group compared with that in the placebo group [13.7%; RR 0.35]."
    assert _told(text)[-1] == ("waking rate", "risk_ratio", 0.35, None)


def test_figures_in_one_bracket_are_of_the_groups_in_their_order() -> None:
    """Not the first of the group right before the bracket."""
    text = _ARMS + "Waking was less frequent in the placebo group than in the tablet group (41% vs 58%)."
    assert [one[2:] for one in _told(text)] == [(41.0, "placebo group"), (58.0, "tablet group")]


def test_an_item_of_a_list_that_no_vocabulary_knows_is_not_of_the_one_before() -> None:
    """Each pair in brackets is of what stands right before it."""
    text = _ARMS + "Rash was rarer (1% v 17%), with less fever (1% v 14%), and use of antibiotics (2% v 10%) in the tablet group."
    assert [one[:3] for one in _told(text)] == [("use of antibiotics", "rate", 2.0), ("use of antibiotics", "rate", 10.0)]


def test_the_cumulative_incidence_of_an_event_at_some_time_is_a_measure() -> None:
    """It is no count of those who had it."""
    text = "The cumulative incidence of thrombosis was 8.7% at 6 months."
    assert [one[:3] for one in _told(text)] == [("cumulative incidence of thrombosis", "rate", 8.7)]


def test_kinds_of_patients_right_before_brackets_are_groups_where_no_others_are() -> None:
    """Each with the figure in its brackets."""
    text = "The 4-year OS was better in patients with a matched donor (37%) compared to patients without donor (15%)."
    assert [one[2:] for one in _told(text)] == [(37.0, "patients with a matched donor"), (15.0, "patients without donor")]
