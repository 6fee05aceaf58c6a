"""Posted measurements and analyses as rows."""

from collections.abc import Callable
from typing import Any

import pytest

from pipelines.extract import endpoint_results
from pipelines.extract.subject import Row, Subject
from pipelines.shapes import Study

Make = Callable[..., Study]
Json = dict[str, Any]


@pytest.fixture
def rows_of(make_study: Make, subject: Subject) -> Callable[..., list[Row]]:
    """A function from one posted outcome (and other modules) to its rows."""

    def rows(outcome: Json, **modules: Json) -> list[Row]:
        study = make_study(outcomeMeasuresModule={"outcomeMeasures": [outcome]}, **modules)
        return list(endpoint_results.rows(study, subject))

    return rows


def posted(*measurements: Json, **more: Any) -> Json:
    """An outcome with one class and category; groups are OG000 "Amber" and OG001 "Blue"."""
    return {
        "type": "PRIMARY",
        "title": "Walking speed",
        "groups": [{"id": "OG000", "title": "Amber"}, {"id": "OG001", "title": "Blue"}],
        "classes": [{"categories": [{"measurements": list(measurements)}]}],
        **more,
    }


def value(words: Any = "1.5", group: str = "OG000", **more: Any) -> Json:
    return {"groupId": group, "value": words, **more}


def test_a_record_without_results_has_no_rows(make_study: Make, subject: Subject) -> None:
    """What is planned is no result."""
    assert list(endpoint_results.rows(make_study(outcomesModule={"primaryOutcomes": [{"measure": "Sleep"}]}), subject)) == []


@pytest.mark.parametrize(
    ("words", "number"),
    [("1,234.5", 1234.5), (".23", 0.23), ("-4", -4.0), (" 7 ", 7.0), (3, 3.0), ("NA", None), ("<0.1", None), ("1,23", None), (None, None)],
)
def test_a_value_is_a_plain_number_or_its_words_alone(words: Any, number: float | None, rows_of: Callable[..., list[Row]]) -> None:
    """What is no number keeps `value_raw` with `value` NULL."""
    (row,) = rows_of(posted(value(words)))
    assert (row["value"], row["value_raw"]) == (number, None if words is None else str(words))


def test_an_interval_of_confidence_is_told_from_other_spreads(rows_of: Callable[..., list[Row]]) -> None:
    """Limits of a confidence interval are `ci_`, of a range `dispersion_`; never both."""
    limits = value("5", lowerLimit="3", upperLimit="9")
    (interval,) = rows_of(posted(limits, dispersionType="90% Confidence Interval"))
    (span,) = rows_of(posted(limits, dispersionType="Full Range"))
    (deviation,) = rows_of(posted(value("5", spread="1.2"), dispersionType="Standard Deviation"))
    assert (interval["ci_level_pct"], interval["ci_low"], interval["ci_high"]) == (90.0, 3.0, 9.0)
    assert interval.get("dispersion_low") is interval.get("dispersion_high") is None
    assert (span["dispersion_type"], span["dispersion_low"], span["dispersion_high"]) == ("Full Range", 3.0, 9.0)
    assert span.get("ci_low") is span.get("ci_level_pct") is None
    assert (deviation["dispersion"], deviation.get("ci_low"), deviation.get("dispersion_low")) == (1.2, None, None)


def test_a_limit_that_is_not_available_is_said_to_be_so(rows_of: Callable[..., list[Row]]) -> None:
    """An upper limit "NA" is stated; no limit at all is not."""
    (stated,) = rows_of(posted(value("8.1", lowerLimit="6", upperLimit="NA"), dispersionType="95% Confidence Interval"))
    (silent,) = rows_of(posted(value("8.1", lowerLimit="6"), dispersionType="95% Confidence Interval"))
    assert (stated["ci_low"], stated["ci_high"], stated["ci_high_not_reached"]) == (6.0, None, True)
    assert (silent["ci_high"], silent["ci_high_not_reached"]) == (None, False)


@pytest.mark.parametrize(
    ("words", "comment", "expected"),
    [
        ("NA", "Median was not reached", True),
        ("NA", "NR", True),
        ("NA", "Too few events", False),
        ("NA", None, False),
        ("8.1", "The upper limit was not reached", False),
    ],
)
def test_not_reached_is_said_by_the_comment_of_a_missing_value(
    words: str, comment: str | None, expected: bool, rows_of: Callable[..., list[Row]]
) -> None:
    """A value that is there was reached; "NA" alone may mean anything."""
    (row,) = rows_of(posted(value(words, **({"comment": comment} if comment else {}))))
    assert row["is_not_reached"] is expected
    assert row["comment_raw"] == comment


@pytest.mark.parametrize(
    ("words", "unit"),
    [
        ("Months", "mo"),
        ("week(s)", "wk"),
        ("days", "d"),
        ("years", "a"),
        ("percentage of participants", "%"),
        ("Percent change", "%"),
        ("% of cells", "%"),
        ("Percentages", "%"),
        ("proportion of participants", "proportion of participants"),
        ("percentile", "percentile"),
        ("months per visit", "months per visit"),
        ("participants", "participants"),
        (" ", None),
        (None, None),
    ],
)
def test_times_and_percentages_have_one_unit_and_the_rest_its_words(words: str | None, unit: str | None) -> None:
    """A proportion is not multiplied into a percentage; only whole words are units."""
    assert endpoint_results.unit(words) == unit


@pytest.mark.parametrize(
    ("param", "statistic"),
    [("MEDIAN", "median"), ("Count of Participants", "count"), ("GEOMETRIC_MEAN", "geometric_mean"), ("WHIM", None), (None, None)],
)
def test_a_statistic_is_a_known_one_or_its_words(param: str | None, statistic: str | None, rows_of: Callable[..., list[Row]]) -> None:
    """An unknown parameter keeps `statistic_raw` with NULL."""
    (row,) = rows_of(posted(value(), paramType=param))
    assert (row["statistic"], row["statistic_raw"]) == (statistic, param)


@pytest.mark.parametrize(
    ("param", "words", "n_events"), [("COUNT_OF_PARTICIPANTS", "12", 12), ("COUNT_OF_PARTICIPANTS", "NA", None), ("NUMBER", "12", None)]
)
def test_only_counts_are_events(param: str, words: str, n_events: int | None, rows_of: Callable[..., list[Row]]) -> None:
    """A "number" may be a percentage or a mean."""
    (row,) = rows_of(posted(value(words), paramType=param))
    assert row["n_events"] == n_events


def denoms(units: str, *counts: tuple[str, str]) -> list[Json]:
    return [{"units": units, "counts": [{"groupId": group, "value": count} for group, count in counts]}]


def test_participants_are_those_of_the_class_else_of_the_outcome(rows_of: Callable[..., list[Row]]) -> None:
    """Per group; eyes and samples are no participants."""
    outcome = posted(
        denoms=denoms("Participants", ("OG000", "30"), ("OG001", "31")),
        classes=[
            {"denoms": denoms("Participants", ("OG000", "9")), "categories": [{"measurements": [value(), value(group="OG001")]}]},
            {"denoms": denoms("Eyes", ("OG000", "60")), "categories": [{"measurements": [value()]}]},
        ],
    )
    assert [row["n_total"] for row in rows_of(outcome)] == [9, None, 30]
    assert [row["n_total"] for row in rows_of(posted(value(), denoms=denoms("Eyes", ("OG000", "60"))))] == [None]


def test_a_group_is_tied_to_the_arm_of_its_very_label(rows_of: Callable[..., list[Row]]) -> None:
    """Other words are another group, an ambiguous label is nobody's."""
    outcome = posted(value(), value(group="OG001"))
    tied = rows_of(outcome, armsInterventionsModule={"armGroups": [{"label": "AMBER"}, {"label": "Blue 5 mg"}]})
    assert [(row["group_raw"], row["arm_id"]) for row in tied] == [("Amber", "NCT00000001/arm-1"), ("Blue", None)]
    twins = rows_of(outcome, armsInterventionsModule={"armGroups": [{"label": "Amber"}, {"label": "Amber"}, {"label": "Blue"}]})
    assert [row["arm_id"] for row in twins] == [None, "NCT00000001/arm-3"]


def test_a_result_is_of_the_planned_endpoint_of_its_title(rows_of: Callable[..., list[Row]]) -> None:
    """In the same role; a title that no planned one has stays without endpoint."""
    planned = {"primaryOutcomes": [{"measure": "walking  speed"}], "secondaryOutcomes": [{"measure": "Sleep"}]}
    assert [row["endpoint_id"] for row in rows_of(posted(value()), outcomesModule=planned)] == ["NCT00000001/primary-1"]
    assert [row["endpoint_id"] for row in rows_of(posted(value(), type="SECONDARY"), outcomesModule=planned)] == [None]
    assert [row["endpoint_id"] for row in rows_of(posted(value(), title="Speed"), outcomesModule=planned)] == [None]


def test_ids_are_places_and_all_different(rows_of: Callable[..., list[Row]]) -> None:
    """Outcome, class, category and measurement, or the analysis, each counted from 1."""
    classes = [{"title": c, "categories": [{"title": k, "measurements": [value(), value(group="OG001")]} for k in "xy"]} for c in "ab"]
    found = rows_of(posted(classes=classes, analyses=[{"groupIds": ["OG000", "OG001"]}]))
    ids = [row["result_id"] for row in found]
    assert len(ids) == len(set(ids)) == 9
    assert (ids[1], ids[-1]) == ("NCT00000001/result-001.01.01.02", "NCT00000001/result-001.analysis-01")
    assert (found[7]["class_raw"], found[7]["category_raw"], found[7]["group_raw"]) == ("b", "y", "Blue")
    assert found[7]["field"] == "outcomeMeasuresModule.outcomeMeasures[0].classes[1].categories[1].measurements[1]"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("0.03", ("=", 0.03)),
        ("<0.001", ("<", 0.001)),
        ("≤ .05", ("<", 0.05)),
        (">0.99", (">", 0.99)),
        ("0,04", ("=", 0.04)),
        ("NS", (None, None)),
        ("1.2", (None, None)),
        (None, (None, None)),
    ],
)
def test_a_p_value_has_its_operator(
    words: str | None, expected: tuple[str | None, float | None], rows_of: Callable[..., list[Row]]
) -> None:
    """What is no probability is no p value."""
    (row,) = rows_of(posted(classes=[], analyses=[{"groupIds": ["OG000"], "pValue": words}]))
    assert (row["p_operator"], row["p_value"]) == expected


@pytest.mark.parametrize(
    ("param", "statistic"),
    [
        ("Hazard Ratio (HR)", "hazard_ratio"),
        ("Stratified HR", "hazard_ratio"),
        ("Log hazard ratio", None),
        ("Odds Ratio (OR)", "odds_ratio"),
        ("Difference in LS means", "difference"),
        ("Slope", None),
        (None, None),
    ],
)
def test_an_analysis_names_its_statistic(param: str | None, statistic: str | None, rows_of: Callable[..., list[Row]]) -> None:
    """Freely worded ones are recognised; the logarithm of a ratio is not the ratio."""
    (row,) = rows_of(posted(classes=[], analyses=[{"paramType": param, "paramValue": "0.8"}]))
    assert (row["statistic"], row["statistic_raw"], row["value"]) == (statistic, param, 0.8)


@pytest.mark.parametrize("words", ["STANDARD_ERROR_OF_MEAN", "Standard Error of the Mean"])
def test_the_dispersion_of_an_analysis_has_one_name_in_all_formats(words: str, rows_of: Callable[..., list[Row]]) -> None:
    """The API writes a code where legacy XML writes words."""
    (row,) = rows_of(posted(classes=[], analyses=[{"dispersionType": words, "dispersionValue": "0.4"}]))
    assert (row["dispersion_type"], row["dispersion"]) == ("Standard Error of the Mean", 0.4)


def test_an_analysis_compares_groups_and_is_of_no_arm(rows_of: Callable[..., list[Row]]) -> None:
    """Its interval has a level only where there is one."""
    analysis = {"groupIds": ["OG000", "OG001"], "paramValue": "0.71", "ciPctValue": "95", "ciLowerLimit": "0.5", "ciUpperLimit": "NA"}
    arms = {"armGroups": [{"label": "Amber"}, {"label": "Blue"}]}
    first, second = rows_of(posted(classes=[], analyses=[analysis, {"ciPctValue": "95", "pValue": "0.5"}]), armsInterventionsModule=arms)
    assert (first["group_id"], first["group_raw"], first.get("arm_id")) == ("OG000, OG001", "Amber vs Blue", None)
    assert (first["ci_level_pct"], first["ci_low"], first["ci_high"], first["ci_high_not_reached"]) == (95.0, 0.5, None, True)
    assert (second["ci_level_pct"], second["ci_high_not_reached"]) == (None, None)
