"""Rows of `endpoint_results` that Chinese articles make: whose a value is, when it was measured, and of what."""

import pytest

from pipelines.extract import articles
from pipelines.extract.subject import Row, Subject
from pipelines.sources import article

PAIR = "患者随机分为热疗组和常规组，热疗组40例，常规组40例。"
THREE = "患者随机分为A组、B组和C组。"
LETTERS = "比較三種來源，TOX 30位、MIR 40位、LUN 35位，"


def _said(text: str) -> list[Row]:
    """The rows of `endpoint_results` of an article."""
    (record,) = article.read(f"# 新药\n\n{text}\n".encode())
    assert record.article is not None
    return articles.tables(record.article, Subject("x-1", "d" * 16, "none", "zh-Hans")).get("endpoint_results", [])


def _figures(text: str, *names: str) -> list[tuple[object, ...]]:
    """These columns of the rows."""
    return [tuple(row.get(name) for name in names) for row in _said(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PAIR + "热疗组客观缓解率为52.5%，高于常规组的30.0%。", [(52.5, "热疗组"), (30, "常规组")]),
        (PAIR + "与常规组相比，热疗组中位OS显著延长（17.3 vs 12.9个月）。", [(17.3, "热疗组"), (12.9, "常规组")]),
        (PAIR + "热疗组较常规组ORR更高（61% vs 43%）。", [(61, "热疗组"), (43, "常规组")]),
        (PAIR + "热疗组显著提高DFS率（5年DFS率：71%vs.58%）。", [(71, "热疗组"), (58, "常规组")]),
        (PAIR + "两组的疾病控制率分别为85%和70%。", [(85, "热疗组"), (70, "常规组")]),
        (THREE + "A组、B组和C组的中位PFS分别为9.1、11.4和13.0个月。", [(9.1, "A组"), (11.4, "B组"), (13.0, "C组")]),
        (THREE + "A组的ORR为31%，B组为44%，C组为52%。", [(31, "A组"), (44, "B组"), (52, "C组")]),
        (
            PAIR + "热疗组ORR和DCR分别为45%和81%，常规组分别为30%和66%。",
            [(45, "热疗组"), (81, "热疗组"), (30, "常规组"), (66, "常规组")],
        ),
        (
            LETTERS + "2年OS：71% (TOX)、63% (MIR)、59% (LUN) (TOX vs. MIR/LUN 無差異)，2年DFS：51%、47%、43%。",
            [(71, "TOX"), (63, "MIR"), (59, "LUN"), (51, "TOX"), (47, "MIR"), (43, "LUN")],
        ),
    ],
)
def test_every_value_is_of_its_own_group(text: str, expected: list[tuple[object, ...]]) -> None:
    """What a group is held against comes last; the order that was told once holds for what follows."""
    assert _figures(text, "value", "group_raw") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("与既往方案不同，本方案（4年DFS率：81%），OS率更高。", [("DFS", 81, 48)]),
        (PAIR + "热疗组提高DFS率（4年DFS率：81%vs.70%）。", [("DFS", 81, 48), ("DFS", 70, 48)]),
        ("结果良好（6年LRFS：88%）。", [(None, 88, 72)]),
        (
            "入组60例，8周时疾病控制率为61%，20周时为44%。",
            [("DCR", 61, 1.84), ("DCR", 44, 4.6)],
        ),
        (
            PAIR + "热疗组1、2、3年生存率分别为80%、60%、40%，常规组分别为70%、50%、30%。",
            [("OS", 80, 12), ("OS", 60, 24), ("OS", 40, 36), ("OS", 70, 12), ("OS", 50, 24), ("OS", 30, 36)],
        ),
    ],
)
def test_a_rate_is_of_its_time(text: str, expected: list[tuple[object, ...]]) -> None:
    """Also where the measure is named again in brackets, or has a name that no vocabulary knows."""
    assert _figures(text, "concept", "value", "landmark_months") == expected


def test_patients_who_are_spoken_of_are_no_result() -> None:
    """The progression says in whom the new metastases were seen."""
    text = "在20例出现疾病进展的患者中，15例（75%）出现新发转移病灶。"
    assert _figures(text, "concept", "measure_raw", "n_events", "n_total") == [(None, "新发转移病灶", 15, 20)]


def test_two_measures_have_a_rate_each() -> None:
    """Each with its own time."""
    expected = [("DFS", 91.4, 24), ("OS", 96.2, 36)]
    assert _figures("2年DFS率和3年OS率分别为91.4%和96.2%。", "concept", "value", "landmark_months") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PAIR + "与常规组相比，热疗组可以获得更高的ORR（从41%提升至58%）。", [(41, "常规组"), (58, "热疗组")]),
        ("研究显示，来曲唑基础上联合瑞波西利使患者的中位PFS从9个月延长至14个月。", [(9, None), (14, "来曲唑基础上联合瑞波西利")]),
        (PAIR + "热疗组的ORR从41%升至58%。", [(41, None), (58, None)]),
    ],
)
def test_what_a_value_became_is_of_the_one_that_is_held_against_the_other(text: str, expected: list[tuple[object, ...]]) -> None:
    """Where nothing is, it may be a change in one group."""
    assert _figures(text, "value", "group_raw") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("研究显示，与标准方案甲相比，隔周用药可获得更高的缓解率（52%vs.40%）。", [(52, "隔周用药"), (40, "标准方案甲")]),
        ("研究支持双侧照射对比单侧照射患者获得生存获益（8年OS率：61%vs.55%）。", [(61, "双侧照射"), (55, "单侧照射")]),
        ("入组90例。补量提高了局部控制率（局部补量vs.局部不补量：96%vs.91%）。", [(96, "局部补量"), (91, "局部不补量")]),
        (
            "研究显示，采用居家管理模式的患者，生存率明显高于常规门诊随诊的患者，三年生存率分别是66%和51%，五年生存率是48%和40%。",
            [(66, "居家管理模式"), (51, "常规门诊随诊"), (48, "居家管理模式"), (40, "常规门诊随诊")],
        ),
        ("入组80例。瑞波西利联合来曲唑和戈舍瑞林的缓解率为41%，对照组仅为20%。", [(41, "瑞波西利联合来曲唑和戈舍瑞林"), (20, "对照组")]),
        (
            "入组90例。来曲唑、瑞波西利联合化疗，与瑞波西利和化疗相比，有效率更高（60% VS 41%）。",
            [(60, "来曲唑、瑞波西利联合化疗"), (41, "瑞波西利和化疗")],
        ),
        ("入组90例。TH+吡咯替尼方案较TH+安慰剂方案ORR更高（61% vs 44%）。", [(61, "TH+吡咯替尼"), (44, "TH+安慰剂")]),
        ("入组90例。TC与EC-T方案的4年DFS率均达到88%。", [(88, "TC"), (88, "EC-T方案")]),
        (
            "入组90例。研究组（来曲唑加卡培他滨）PFS为18个月，对照组（单用AI）为11个月。",
            [(18, "研究组（来曲唑加卡培他滨）"), (11, "对照组（单用AI）")],
        ),
        ("低危（n=40）、中危（n=51）和高危（n=33）患者的中位OS分别为60、33和12个月。", [(60, "低危"), (33, "中危"), (12, "高危")]),
        ("入组90例。来曲唑和依维莫司治疗后，PFS和OS分别为5和12个月。", [(5, None), (12, None)]),
    ],
)
def test_groups_are_named_in_plain_words_too(text: str, expected: list[tuple[object, ...]]) -> None:
    """By what they got, how they were treated, what was added; two measures in order tell of no two groups."""
    assert _figures(text, "value", "group_raw") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("可评估患者47例，ORR为36.2%（17/47），中位PFS为6.1个月。", [("ORR", 36.2, 47), ("PFS", 6.1, None)]),
        ("最佳疗效：CR 2例，PR 9例，SD 8例，PD 4例。", [("CR_RATE", 2, None), (None, 9, None), (None, 8, None), (None, 4, None)]),
        ("甲药：mPFS 7.9m vs 4.2m，mOS 19m，HR 0.61。", [("PFS", 7.9, None), ("PFS", 4.2, None), ("OS", 19, None), ("OS", 0.61, None)]),
        ("随访9个月，复发率为12%。", [("RECURRENCE", 12, None)]),
        ("中位OS 21.3 vs 17.9 个月，ORR 33% vs 9%。", [("OS", 21.3, None), ("OS", 17.9, None), ("ORR", 33, None), ("ORR", 9, None)]),
        ("23 例患者中有 14 例（60.9%）获得客观缓解。", [("ORR", 60.9, 23)]),
    ],
)
def test_notes_tell_tersely(text: str, expected: list[tuple[object, ...]]) -> None:
    """Months of one letter, counts of responses, of whom; for how long all were followed is no median."""
    assert sorted(_figures("入组60例。" + text, "concept", "value", "n_total"), key=str) == sorted(expected, key=str)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("与常规组相比，热疗组复发率显著降低（23% vs 9%）。", [(23, "常规组"), (9, "热疗组")]),
        ("与常规组相比，热疗组复发率显著降低（9% vs 23%）。", [(9, "热疗组"), (23, "常规组")]),
        ("热疗组较常规组显著降低复发率（23% vs 9%）。", [(23, None), (9, None)]),
        ("热疗组的复发率低于常规组（23% vs 9%）。", [(23, None), (9, None)]),
        ("热疗组较常规组中位OS延长（9个月 vs 14个月）。", [(9, "常规组"), (14, "热疗组")]),
        ("热疗组较常规组显著降低死亡风险（OS 14个月 vs 9个月）。", [(14, "热疗组"), (9, "常规组")]),
    ],
)
def test_values_stand_in_the_order_that_the_words_tell(text: str, expected: list[tuple[object, ...]]) -> None:
    """Who is said to have less has the lesser value; where it is not clear what became less, the values have no group."""
    assert _figures(PAIR + text, "value", "group_raw") == expected


def test_a_ratio_with_limits_is_a_result_without_its_outcome() -> None:
    """Each of a list has its own limits."""
    text = "多变量分析的HR (95% CI) 分别为 2.2 (1.5-3.1)、1.8 (1.2-2.6) 和 1.8 (1.2-2.9)。"
    expected = [(None, 2.2, 1.5, 3.1), (None, 1.8, 1.2, 2.6), (None, 1.8, 1.2, 2.9)]
    assert _figures(text, "concept", "value", "ci_low", "ci_high") == expected


def test_a_row_of_a_table_may_tell_its_result_as_a_sentence_would() -> None:
    """The label beside it names the outcome as well."""
    table = "| 项目 | 细节 |\n| --- | --- |\n| 入组 | 120 名 |\n| 中年患者的 OS 结果 | OS, HR，0.81；95%CI，0.70-0.94；p = 0.01 |\n"
    assert _figures(table, "concept", "value", "ci_low", "p_value") == [("OS", 0.81, 0.7, 0.01)]


def test_a_median_and_the_rate_in_its_brackets() -> None:
    """The time in the first brackets is that of the rates in the others; the unit stands at the end."""
    text = "入组90例，中位（5年）存活期分别为 19.5（90%）、6.0（61%）和 3（12%）年。"
    expected = [(19.5, "a", None), (90, "%", 60), (6, "a", None), (61, "%", 60), (3, "a", None), (12, "%", 60)]
    assert _figures(text, "value", "unit", "landmark_months") == expected


def test_a_percentage_may_be_written_in_words() -> None:
    """Tens and units of Chinese numerals."""
    assert _figures("入组60例患者，五年生存率达到百分之五十三。", "value", "landmark_months") == [(53, 60)]


def test_what_a_sentence_compares_in_other_words_is_of_no_group_of_another() -> None:
    """The groups are those of the sentence before."""
    text = PAIR + "采用新模式的病人五年存活率明显高于其他病人，分别是66%和52%。"
    assert _figures(text, "value", "group_raw") == [(66, None), (52, None)]


def test_a_page_that_tells_of_no_study_makes_no_rows() -> None:
    """What is generally known of a disease is nobody's result."""
    assert not _said("早期手术后五年生存率接近90%，晚期只有8%。")


def test_a_semicolon_stands_between_the_items_of_a_measure() -> None:
    """Where a colon began them and no other measure follows."""
    text = "中位PFS：全体4.1 vs 2.9个月；表达阳性者6.2 vs 2.7个月；ORR 35%。"
    assert _figures(text, "concept", "value") == [("PFS", 4.1), ("PFS", 2.9), ("PFS", 6.2), ("PFS", 2.7), ("ORR", 35)]


def test_a_mean_of_sizes_is_no_rate() -> None:
    """Nor is a median of them."""
    assert _figures("20例患者的平均肿瘤体积减少41.5%。", "concept", "statistic", "value") == [("TUMOR_SIZE", "mean", 41.5)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("研究显示20例患者的中位OS为10个月。", [("OS", 10, None, None)]),
        ("30例可评估患者中，12例（40%）获得缓解。", [("ORR", 40, 12, 30)]),
    ],
)
def test_of_how_many_something_is_told_is_no_count(text: str, expected: list[tuple[object, ...]]) -> None:
    """It is what the counts to come are of."""
    assert _figures(text, "concept", "value", "n_events", "n_total") == expected


def test_a_benefit_is_a_difference() -> None:
    """Also that of each of two groups."""
    text = PAIR + "热疗组和常规组的DFS绝对获益分别为3个月和5个月。"
    assert _figures(text, "statistic", "value") == [("difference", 3), ("difference", 5)]


def test_a_year_of_the_calendar_is_no_length_of_time() -> None:
    """The follow-up was published in that year."""
    assert _figures("中位随访结果在2009年公布，中位OS为11个月。", "statistic", "value") == [("median", 11)]


def test_a_median_that_was_not_reached_may_be_named_after_that() -> None:
    """The limits in brackets are those of the median."""
    assert _figures("没有达到中位PFS（95%CI：14.2，NE）。", "concept", "is_not_reached", "ci_low") == [("PFS", True, 14.2)]


@pytest.mark.parametrize(
    "text",
    [
        "总生存期中期分析未达到显著性。",
        "可降低31%的死亡风险。",
        "该药降低了患者 44%的疾病进展风险。",
        "该药延长了PFS，其中约45%患者未经内分泌治疗。",
        "无病间期（DFI）>24个月的患者获益更多。",
        "考虑复发风险，可用3年的来曲唑治疗。",
        "若未达到pCR，可予辅助治疗。",
        "OS获益者可首选该药（如3年以上）。",
        "复发多发生在治疗后的2年之内。",
        "该方案使生存时间延长达40%。",
        "本研究中OS有120%的延长。",
        "长期随访发现，8年后总生存率类似。",
        "据了解，该病的5年生存率仅为9%。",
        "该药延长了PFS，其中约48%患者未经内分泌治疗，40%接受过化疗。",
        "以PR25%阳性作为临界值。",
        "全脑放疗在同等疾病控制率的基础上减少28%的认知功能下降。",
        "研究显示5年生存率可提升15%左右。",
        "研究指出5年生存率应达到65%。",
        "完全缓解持续时间少于9个月者预后不佳，入组30例。",
        "该研究在过去二十年中，5年总生存率显著改善。",
    ],
)
def test_what_is_no_value_makes_no_row(text: str) -> None:
    """Significance that was not reached, a risk that was cut, a share of the patients, a limit, the length of a treatment."""
    assert not _said(text)
