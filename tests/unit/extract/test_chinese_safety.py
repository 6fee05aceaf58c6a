"""Rows of `safety` that Chinese articles make: events, their grades and groups, ends of treatment."""

import pytest

from pipelines.extract import articles
from pipelines.extract.subject import Row, Subject
from pipelines.sources import article

PAIR = "入组80例患者，随机分为观察组和对照组。"


def _said(text: str) -> list[Row]:
    """The rows of `safety` of an article."""
    (record,) = article.read(f"# 新药\n\n{PAIR}{text}\n".encode())
    assert record.article is not None
    return articles.tables(record.article, Subject("x-1", "d" * 16, "none", "zh-Hans")).get("safety", [])


def _figures(text: str, *names: str) -> list[tuple[object, ...]]:
    """These columns of the rows."""
    return [tuple(row.get(name) for name in names) for row in _said(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "对照组发生恶心11例(27.5%)、呕吐7例(17.5%)，观察组发生恶心4例(10.0%)、呕吐2例(5.0%)。",
            [("Nausea", 11, "对照组"), ("Vomiting", 7, "对照组"), ("Nausea", 4, "观察组"), ("Vomiting", 2, "观察组")],
        ),
        (
            "4级不良反应：肺炎 2、贫血 1（皆在观察组）；对照组腹泻与发热各 1。",
            [("Lung infection", 2, "观察组"), ("Anemia", 1, "观察组"), ("Diarrhea", 1, "对照组"), ("Fever", 1, "对照组")],
        ),
    ],
)
def test_a_group_heads_a_list_or_ends_it(text: str, expected: list[tuple[object, ...]]) -> None:
    """Until the next group is named."""
    assert _figures(text, "term", "n_affected", "group_raw") == expected


def test_the_trial_group_is_the_treatment_that_a_placebo_is_compared_with() -> None:
    """Where the text names it so before."""
    (record,) = article.read("# 新药\n\n随机分为来曲唑 40 例、安慰剂 40 例。ORR 40% vs 20%。3级不良反应：贫血 2（皆在试验组）。\n".encode())
    assert record.article is not None
    rows = articles.tables(record.article, Subject("x-1", "d" * 16, "none", "zh-Hans"))["safety"]
    assert [row.get("group_raw") for row in rows] == ["来曲唑"]


def test_the_rate_of_another_group_is_of_the_event_before() -> None:
    """The sentence about that group names the rate alone."""
    text = "观察组有8.5%患者观察到皮疹。在对照组中发生率为3.1%患者。"
    assert _figures(text, "term", "percent", "group_raw") == [("Rash", 8.5, "观察组"), ("Rash", 3.1, "对照组")]


def test_the_sentence_after_goes_on_in_order() -> None:
    """It names nothing but the other group."""
    text = "观察组恶心、腹泻发生率分别为21%、26%。对照组分别为43%、51%。"
    expected = [("Nausea", 21, "观察组"), ("Diarrhea", 26, "观察组"), ("Nausea", 43, "对照组"), ("Diarrhea", 51, "对照组")]
    assert _figures(text, "term", "percent", "group_raw") == expected


def test_a_grade_holds_in_its_clause_and_its_brackets() -> None:
    """It is said of no end of treatment behind a comma."""
    text = "≥3级TRAE为17%，导致停药的TRAE为4%。不良反应有贫血（26%，其中3~4级9%）。"
    expected = [("any_event", None, 17, 3), ("discontinuation", None, 4, None), ("event", "Anemia", 26, None), ("event", "Anemia", 9, 3)]
    assert _figures(text, "kind", "term", "percent", "grade_min") == expected


def test_a_part_of_another_grade_is_told_behind_a_comma() -> None:
    """What is named after it has no grade."""
    text = "免疫相关不良事件发生率34%，其中3-4级7%，最常见为甲状腺功能减退（12%）。"
    assert _figures(text, "term", "percent", "grade_min") == [(None, 34, None), (None, 7, 3), ("Hypothyroidism", 12, None)]


def test_why_patients_stopped_is_no_event_of_its_own() -> None:
    """A percentage that begins a clause is of what its patients did."""
    text = "51%受试者发生导致减量的不良事件，3%受试者因血液学不良事件退出治疗。"
    assert _figures(text, "kind", "percent") == [("discontinuation", 3)]


def test_severe_is_not_serious() -> None:
    """Of an event 严重 tells how bad it was, of adverse events as a whole that they were serious."""
    text = "不良反应有严重腹泻（12%）。严重的治疗相关不良事件为9%。不良反应有三度房室传导阻滞（2%）。"
    expected = [("Diarrhea", None, None), (None, True, None), ("Atrioventricular block complete", None, None)]
    assert _figures(text, "term", "is_serious", "grade_min") == expected


def test_a_death_may_be_judged_related_behind_its_cause() -> None:
    """Those of whom something else is told are not counted as dead."""
    text = "观察组有1例（2.5%）死亡（脑血管意外）被判定与试验药有关。"
    assert _figures(text, "kind", "n_affected", "attribution") == [("death", 1, "treatment_related")]
    assert not _said("随访期间死亡的31名病人中，21名病人与该病有关。")


def test_none_is_no_one() -> None:
    """无一例 counts nobody."""
    assert _figures("无一例发生治疗相关死亡。", "kind", "n_affected", "is_absent") == [("death", 0, True)]
