"""The reader of the tables of China's registration platform."""

import csv
import io

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.sources import cde
from pipelines.sources.readers import identify
from pipelines.sources.records import Reason, Record
from tests.unit.sources.registers import check_places, interventions, outcomes, rejects, studies, trial

FILLED = {
    0: "CTR20219901",
    1: "进行中",
    2: "进行中（招募中）",
    4: "山医院",
    5: "2021-02-03",
    6: "CTR20219902、CTR20219903",
    9: "化学药物",
    10: "企业选择不公示",
    11: "慢性咳嗽",
    12: "其它其他说明:I/IIa期",
    15: "国内试验",
    16: "18岁(最小年龄)至无上限(最大年龄)",
    17: "男+女",
    18: "国内:45；",
    20: "国内:登记人暂未填写该信息；",
    21: "1咳嗽；",
    22: "1吸烟；",
    24: "国内：2021-06-02；国际：2021-05-01；",
    26: "看枫替尼是否有效。",
    27: "枫替尼治疗咳嗽的试验",
    28: "枫替尼试验",
    29: "1中文通用名:枫替尼片英文通用名:MaplinibTablets商品:NA剂型:片剂规格:50mg用量:口服，每次50mg，每日2次用药时程:连续12周",
    30: "1中文通用名:枫替尼片模拟剂英文通用名:NA商品:NA剂型:片剂规格:0mg用量:口服，每日2次用药时程:连续12周",
    31: "AB-17",
    36: "单臂试验",
    37: "非随机化",
    38: "开放",
}
ENDPOINTS = (
    "CTR20219901,主要终点指标及评价时间,咳嗽次数,第6周,有效性指标\n"
    "CTR20219901,次要终点指标及评价时间,,,\n"
    "CTR20219901,次要终点指标及评价时间,不良事件,12周,安全性指标\n"
    "CTR20219902,主要终点指标及评价时间,睡眠,第6周,有效性指标\n"
)


def row_of(filled: dict[int, str]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow([filled.get(n, "") for n in range(43)])
    return out.getvalue().encode()


def test_both_tables_are_told_by_their_first_row() -> None:
    """There is no header: by the number and the number of cells."""
    assert identify(row_of(FILLED)) is cde
    assert identify(ENDPOINTS.encode()) is cde
    assert not cde.sniff(b"CTR20219901,a,b\n")
    assert not cde.sniff(b"registration,CTR20219901\n")


def test_a_row_becomes_a_study() -> None:
    """What has not been filled in is not said; the first day of enrolment is that of the first country."""
    (study,) = studies(cde, row_of(FILLED))
    check_places(study)
    row = trial(study)
    assert (row["trial_id"], row["registry"], row["other_ids"]) == ("CTR20219901", "CDE", ["AB-17", "CTR20219902", "CTR20219903"])
    assert (row["phase"], row["overall_status"], row["sex"], row["enrollment"]) == ("PHASE1_PHASE2", "RECRUITING", "ALL", 45)
    assert (row["minimum_age_years"], row["maximum_age_years"], row["countries"]) == (18.0, None, ["China"])
    assert (row["intervention_model"], row["allocation"], row["masking"], row["is_single_arm"]) == (
        "SINGLE_GROUP",
        "NON_RANDOMIZED",
        "NONE",
        True,
    )
    assert (row["start_date"].isoformat(), row["first_posted_date"].isoformat()) == ("2021-05-01", "2021-02-03")
    assert row["eligibility_criteria"] == "入选标准：\n1咳嗽；\n\n排除标准：\n1吸烟；"
    assert interventions(study) == [
        ("DRUG", "枫替尼片", "口服，每次50mg，每日2次用药时程:连续12周", []),
        ("DRUG", "枫替尼片模拟剂", "口服，每日2次用药时程:连续12周", []),
    ]
    assert study.protocol_section.arms_interventions_module.interventions[0].other_names == ["MaplinibTablets"]


def test_a_number_for_china_and_one_for_all_countries_are_not_one_size() -> None:
    """Whether the second holds the first is not said."""
    (study,) = studies(cde, row_of(FILLED | {18: "国内:45；国际:300；"}))
    assert trial(study)["enrollment"] is None


def test_the_endpoints_of_a_trial_are_one_record() -> None:
    """It can state nothing else; empty rows are none."""
    found = studies(cde, ENDPOINTS.encode())
    assert [one.protocol_section.identification_module.nct_id for one in found] == ["CTR20219901", "CTR20219902"]
    check_places(found[0])
    assert outcomes(found[0], "primary") == [("咳嗽次数", None, "第6周")]
    assert outcomes(found[0], "secondary") == [("不良事件", None, "12周")]
    assert found[0].carried == ["endpoints"]


def test_rows_that_do_not_fit_are_rejected_and_the_rest_goes_on() -> None:
    """A short row, a row of another table, a number of nobody's."""
    data = row_of(FILLED) + b"CTR20219902,x,y\n" + row_of(FILLED | {0: "CTR20219903"}) + row_of(FILLED | {0: "CTR00000000"})
    assert [(one.index, one.reason) for one in rejects(cde, data)] == [(1, Reason.INVALID_CSV), (3, Reason.NOT_A_TRIAL)]
    assert [one.index for one in cde.read(data) if isinstance(one, Record)] == [0, 2]


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=80), st.integers(0, 1200))
def test_damage_never_raises(noise: bytes, at: int) -> None:
    """Whatever is between the cells."""
    for data in (row_of(FILLED), ENDPOINTS.encode()):
        list(cde.read(data[:at] + noise + data[at:]))
