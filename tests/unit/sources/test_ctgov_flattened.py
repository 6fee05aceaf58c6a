"""The reader of records flattened into four sections of lines, in English and translated."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.extract import endpoint_results, safety
from pipelines.extract.subject import Row, Subject
from pipelines.shapes import Study
from pipelines.sources import ctgov_flattened
from pipelines.sources.readers import identify
from pipelines.sources.records import Reason, Record, Reject

ENGLISH = {
    "Clinical Trial ID": "NCT00000017",
    "Intervention": [
        "INTERVENTION 1: ",
        "  Arm A: Maplinib",
        "  Maplinib 50 mg by mouth once daily",
        "  until progression.",
        "INTERVENTION 2: ",
        "  Placebo",
    ],
    "Eligibility": ["Inclusion:", "  Age 18 or over"],
    "Results": [
        "Outcome Measurement: ",
        "  Progression-free Survival",
        "  Time from randomization to progression.",
        "  Time frame: up to 2 years",
        "Results 1: ",
        "  Arm/Group Title: Maplinib",
        "  Arm/Group Description: 50 mg daily",
        "  Overall Number of Participants Analyzed: 41",
        "  Median (95% Confidence Interval)",
        "  Unit of Measure: months  9.3        (4.1 to NA)",
        "Results 2: ",
        "  Arm/Group Title: Placebo",
        "  Arm/Group Description: [Not Specified]",
        "  Overall Number of Participants Analyzed: 40",
        "  Median (95% Confidence Interval)",
        "  Unit of Measure: months  5.0        (3.2 to 6.8)",
    ],
    "Adverse Events": [
        "Adverse Events 1:",
        "  Total: 12/41 (29.27%)",
        "  Neutropenia * 217/41 (41.46%)",
        "  Nausea  [1]2/41 (4.88%)",
        "Adverse Events 2:",
        "  Total: 3/40 (7.50%)",
        "  Neutropenia * 0/40 (0.00%)",
        "  Nausea  [1]3/40 (7.50%)",
    ],
}

CHINESE = {
    "Clinical Trial ID": "NCT00000017",
    "Intervention": ["干预一:", "A组:枫替尼", "枫替尼50毫克,每天一次", "干预2:", "安慰剂"],
    "Eligibility": ["年龄18岁以上"],
    "Results": [
        "测量结果:",
        "无进展生存期",
        "时间框架:最多2年",
        "结果一:",
        "手臂/组名称:枫替尼",
        "分析的参与者总数:41人",
        "平均(95%的信任间隔)",
        "测量单位: 9.3 个月(4.1 到 NA)",
        "结果二:",
        "手臂/组名称:安慰剂",
        "参与者分析总数:40人",
        "平均(95%的信任间隔)",
        "测量单位: 5 个月(3.2 到 6.8)",
    ],
    "Adverse Events": [
        "意外事件一:",
        "总数: 12/41 (29.27%)",
        "中性粒细胞减少 17/41 (41,46%)",
        "3/41 (7.32%)",
        "不利事件二:",
        "恶心 3/40 (7.50%)",
    ],
}


def study_of(document: dict[str, Any]) -> Study:
    (record,) = ctgov_flattened.read(json.dumps(document).encode())
    assert isinstance(record, Record)
    assert record.study is not None
    return record.study


def result_rows(document: dict[str, Any]) -> list[Row]:
    return list(endpoint_results.rows(study_of(document), SUBJECT))


def safety_rows(document: dict[str, Any]) -> list[Row]:
    return list(safety.rows(study_of(document), SUBJECT))


SUBJECT = Subject("NCT00000017", "d" * 64, "ClinicalTrials.gov", "en")


def test_the_file_is_told_by_its_first_bytes() -> None:
    """By the id and a section; not by a name, and not another JSON with the same id."""
    assert identify(json.dumps(ENGLISH, indent=4).encode()) is ctgov_flattened
    assert identify(json.dumps(CHINESE, ensure_ascii=False).encode()) is ctgov_flattened
    assert not ctgov_flattened.sniff(b'{"Clinical Trial ID": "NCT00000017", "Title": "A trial"}')
    assert not ctgov_flattened.sniff(b'{"protocolSection": {"Results": []}}')


def test_arms_are_labels_with_their_descriptions() -> None:
    """The first line under an opening is the label; places point into the section's lines."""
    study = study_of(ENGLISH)
    arms = study.protocol_section.arms_interventions_module.arm_groups
    assert [(arm.label, arm.description) for arm in arms] == [
        ("Arm A: Maplinib", "Maplinib 50 mg by mouth once daily\n  until progression."),
        ("Placebo", None),
    ]
    assert study.source_texts is not None
    place = study.origin("armsInterventionsModule.armGroups[0].description")
    assert study.source_texts[place.field][place.start : place.end] == arms[0].description


def test_results_have_their_group_value_interval_and_number_analysed() -> None:
    """An upper limit that was not reached stays without a number."""
    rows = result_rows(ENGLISH)
    assert [(row["group_raw"], row["value"], row["unit"], row["n_total"]) for row in rows] == [
        ("Maplinib", 9.3, "mo", 41),
        ("Placebo", 5.0, "mo", 40),
    ]
    assert [(row["statistic"], row["ci_level_pct"], row["ci_low"], row["ci_high"]) for row in rows] == [
        ("median", 95.0, 4.1, None),
        ("median", 95.0, 3.2, 6.8),
    ]
    assert {(row["concept"], row["time_frame_raw"], row["role"]) for row in rows} == {("PFS", "up to 2 years", None)}


def test_a_translation_gives_the_same_numbers_and_claims_no_statistic() -> None:
    """A machine writes the same word for a mean and a median."""
    same = [(row["value"], row["ci_level_pct"], row["ci_low"], row["ci_high"], row["n_total"]) for row in result_rows(ENGLISH)]
    rows = result_rows(CHINESE)
    assert [(row["value"], row["ci_level_pct"], row["ci_low"], row["ci_high"], row["n_total"]) for row in rows] == same
    assert {(row["statistic"], row["statistic_raw"]) for row in rows} == {(None, "平均")}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["Unit of Measure: participants  Grade 2: 3", "Grade 3: 1  2.4%"], [("Grade 2", 3.0, None), ("Grade 3", 1.0, "2.4%")]),
        (
            ["Unit of Measure: score  Before: 12 participants", ".325  (.343)", "After: 10 participants", "0.5"],
            [("Before", 0.325, None), ("After", 0.5, None)],
        ),
        (["测量单位:12名参与者"], [(None, 12.0, None)]),
        (["测量单位:参与者的百分比 级别3: 7"], [("参与者的百分比 级别3", 7.0, None)]),
        (["Unit of Measure: points  NA"], []),
        (["测量单位: 分 -3,314(2.1)"], []),
        (["测量单位: 分 092(525)"], []),
    ],
)
def test_values_stand_behind_the_unit_and_on_the_lines_after_it(
    lines: list[str], expected: list[tuple[str | None, float, str | None]]
) -> None:
    """With the title of their class, which may stand on the line before; what could be two numbers is none."""
    results = ["Outcome Measurement: ", "Anything", "Results 1: ", "Arm/Group Title: A", *lines]
    rows = result_rows({**ENGLISH, "Results": results})
    assert [(row["class_raw"], row["value"], row["comment_raw"]) for row in rows] == expected


def test_events_have_their_group_and_counts() -> None:
    """A footnote's digit glued to a count shows in the percentage, and is taken away; nothing is said of seriousness."""
    rows = safety_rows(ENGLISH)
    assert [
        (row["kind"], row.get("term_raw"), row["group_raw"], row["n_affected"], row["n_at_risk"], row.get("percent")) for row in rows
    ] == [
        ("any_event", None, "Maplinib", 12, 41, None),
        ("any_event", None, "Placebo", 3, 40, None),
        ("event", "Neutropenia", "Maplinib", 17, 41, 41.46),
        ("event", "Neutropenia", "Placebo", 0, 40, 0.0),
        ("event", "Nausea", "Maplinib", 2, 41, 4.88),
        ("event", "Nausea", "Placebo", 3, 40, 7.5),
    ]
    assert all(row.get("is_serious") is None and not row.get("flags") for row in rows)
    text = (study_of(ENGLISH).source_texts or {})["Adverse Events"]
    assert text[rows[2]["start_char"] : rows[2]["end_char"]] == "Neutropenia * 217/41 (41.46%)"


def test_a_count_that_its_percentage_contradicts_is_flagged() -> None:
    """No digit to take away makes the two agree."""
    rows = safety_rows({**ENGLISH, "Adverse Events": ["Adverse Events 1:", "Rash 9/41 (4.88%)"]})
    assert [(row["n_affected"], row["flags"]) for row in rows] == [(9, ["percent_disagrees"])]


def test_an_event_whose_name_is_lost_keeps_its_counts() -> None:
    """A translation may drop the words of a line."""
    rows = safety_rows(CHINESE)
    assert [(row["kind"], row.get("term_raw"), row["n_affected"], row["n_at_risk"]) for row in rows] == [
        ("any_event", None, 12, 41),
        ("event", "中性粒细胞减少", 17, 41),
        ("event", None, 3, 41),
        ("event", "恶心", 3, 40),
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"Clinical Trial ID": "NCT00000017", "Results": [', Reason.TRUNCATED),
        (b'{"Clinical Trial ID": "17", "Results": []}', Reason.NOT_A_TRIAL),
        (b'{"Clinical Trial ID": "NCT00000017", "Results": "none"}', Reason.INVALID_FIELD),
        (b'{"Clinical Trial ID": "NCT00000017", "Results": [1]}', Reason.INVALID_FIELD),
        (b'{"Clinical Trial ID" "NCT00000017", "Results": []}', Reason.INVALID_JSON),
    ],
)
def test_what_cannot_be_read_is_rejected_with_its_reason(data: bytes, reason: Reason) -> None:
    """The reader never raises."""
    (reject,) = ctgov_flattened.read(data, first_index=3)
    assert isinstance(reject, Reject)
    assert (reject.reason, reject.index) == (reason, 3)


@settings(deadline=None)
@given(st.lists(st.text(max_size=30) | st.sampled_from(ENGLISH["Results"] + CHINESE["Results"] + ENGLISH["Adverse Events"]), max_size=12))
def test_any_lines_are_read_without_an_exception(lines: list[str]) -> None:
    """Whatever stands in the sections."""
    document = {"Clinical Trial ID": "NCT00000017", "Intervention": lines, "Results": lines, "Adverse Events": lines}
    assert all(row["field"] in document for row in [*result_rows(document), *safety_rows(document)] if row["start_char"] is not None)
