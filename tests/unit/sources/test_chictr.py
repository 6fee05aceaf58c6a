"""The reader of ChiCTR: its XML, and the page of a project."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.sources import chictr
from pipelines.sources.readers import identify
from pipelines.sources.records import Reason, Record
from tests.unit.sources.registers import check_places, interventions, outcomes, rejects, studies, trial

XML = """<?xml version="1.0" encoding="UTF-8"?>
<trials subjects="1"><Triall>
  <main><UTRN/><trial_id>ChiCTR2100099901</trial_id><date_registration>2021-02-03</date_registration>
    <primary_sponsor>Hospital of the Hill</primary_sponsor><public_title>Maplinib for cough</public_title>
    <scientific_title>Maplinib for cough: a trial</scientific_title><date_enrolment>2021-03-01</date_enrolment>
    <target_size>A:30;B:20;</target_size><recruitment_status>Completed</recruitment_status>
    <study_type>Interventional study</study_type><study_design>Single arm</study_design><phase>0</phase>
    <hc_freetext>Cough</hc_freetext><i_freetext>A:Maplinib;B:N/A;</i_freetext></main>
  <countries><country2>China</country2></countries>
  <criteria><inclusion_criteria>Cough</inclusion_criteria><agemin>18</agemin><agemax/><gender>Both</gender>
    <exclusion_criteria>Smoking</exclusion_criteria></criteria>
  <primary_outcome><prim_outcome>Coughs;</prim_outcome><prim_outcome>Sleep;</prim_outcome></primary_outcome>
  <secondary_ids><secondary_id><sec_id>NCT02481632</sec_id></secondary_id></secondary_ids>
</Triall><Triall><main><trial_id/><public_title>Not yet</public_title></main></Triall></trials>
"""

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="UTF-8" /><title>register</title></head><body><table>
<tr><td><p class="cn">注册号：</p><p class="en">Registration number：</p></td><td>ChiCTR2100099901&nbsp;</td></tr>
<tr><td><p>最近更新日期：</p><p>Date of Last Refreshed on：</p></td><td>2021-05-28 08:56:14</td></tr>
<tr><td>注册题目：</td><td>枫替尼治疗咳嗽</td></tr><tr><td>Public title：</td><td>Maplinib for cough</td></tr>
<tr><td>研究课题的正式科学名称：</td><td>枫替尼治疗咳嗽的试验</td></tr><tr><td>Scientific title：</td><td></td></tr>
<tr><td>研究疾病：</td><td>咳嗽</td></tr><tr><td>Target disease：</td><td>Cough</td></tr>
<tr><td>研究设计：</td><td>随机平行对照</td></tr><tr><td>Study design：</td><td>Parallel</td></tr>
<tr><td>研究所处阶段：</td><td>III期临床试验</td></tr><tr><td>Study phase：</td><td>3</td></tr>
<tr><td>Inclusion criteria</td><td>1. Cough<br/>2. Age</td></tr><tr><td>Exclusion criteria：</td><td>Smoking</td></tr>
<tr><td>研究实施时间：<p>Study execute time：</p></td><td>从 From 2021-06-01 00:00:00至 To 2023-10-01 00:00:00</td>
  <td>征募观察对象时间：<p>Recruiting time：</p></td><td>从 From 2021-07-01 00:00:00 至 To 2022-06-01 00:00:00</td></tr>
<tr><td>干预措施：<p>Interventions：</p></td><td><table>
  <tr><td>组别：</td><td>试验组</td><td>样本量：</td><td>30</td></tr><tr><td>Group：</td><td>Test</td><td>Sample size：</td></tr>
  <tr><td>干预措施：</td><td>枫替尼</td><td>干预措施代码：</td><td></td></tr>
  <tr><td>Intervention：</td><td>Maplinib 50 mg</td><td>Intervention code：</td></tr>
  <tr><td>组别：</td><td>对照组</td><td>样本量：</td><td>20</td></tr><tr><td>Group：</td><td></td><td>Sample size：</td></tr>
  <tr><td>干预措施：</td><td>茶</td><td>干预措施代码：</td><td></td></tr></table></td></tr>
<tr><td>研究实施地点：</td><td><table>
  <tr><td>Country：</td><td>China</td><td>Province：</td><td>Hill</td><td>City：</td><td></td></tr>
  <tr><td>Institution hospital：</td><td>Hospital of the Hill</td><td>Level of the institution：</td><td>A</td></tr>
  <tr><td>Country：</td><td>China</td><td>Province：</td><td>Hill</td><td>City：</td><td></td></tr>
  <tr><td>Institution hospital：</td><td>Hospital of the Hill</td><td>Level of the institution：</td><td>A</td></tr></table></td></tr>
<tr><td>测量指标：</td><td><table>
  <tr><td>指标中文名：</td><td>咳嗽次数</td><td>指标类型：</td><td>主要指标</td></tr>
  <tr><td>Outcome：</td><td>Coughs an hour</td><td>Type：</td><td>Primary indicator</td></tr>
  <tr><td>测量时间点：</td><td>第6周</td><td>测量方法：</td><td>计数</td></tr>
  <tr><td>Measure time point of outcome：</td><td>Week 6</td><td>Measure method：</td><td>Counting</td></tr>
  <tr><td>指标中文名：</td><td>睡眠</td><td>指标类型：</td><td>次要指标</td></tr>
  <tr><td>Outcome：</td><td></td><td>Type：</td><td>Secondary indicator</td></tr></table></td></tr>
<tr><td>征募研究对象情况：<p>Recruiting status：</p></td><td>尚未开始<p>Not yet
    recruiting</p></td>
  <td>年龄范围：</td><td><table><tr><td>最小 Min age</td><td>18</td><td>岁 years</td></tr>
  <tr><td>最大 Max age</td><td></td><td>岁 years</td></tr></table></td></tr>
<tr><td>性别：</td><td>女性</td><td>Gender：</td><td>Female</td></tr>
<tr><td>盲法：</td><td>双盲</td></tr><tr><td>Blinding：</td><td>Double blinded</td></tr>
</table></body></html>
"""


def test_both_forms_are_told_by_their_content() -> None:
    """The page is no article, the XML not the WHO's."""
    assert identify(XML.encode()) is chictr
    assert identify(PAGE.encode()) is chictr
    assert not chictr.sniff(b"<html><body><p>Registration number</p></body></html>")


def test_the_xml_has_the_fields_of_the_who() -> None:
    """Several elements of a field are one list; the register's 0 is no phase."""
    records = [one for one in chictr.read(XML.encode()) if isinstance(one, Record)]
    study = records[0].study
    assert study is not None
    check_places(study)
    row = trial(study)
    assert (row["trial_id"], row["registry"], row["other_ids"]) == ("ChiCTR2100099901", "ChiCTR", ["NCT02481632"])
    assert (row["phase"], row["intervention_model"], row["enrollment"]) == (None, "SINGLE_GROUP", 50)
    assert row["eligibility_criteria"] == "Inclusion criteria:\nCough\n\nExclusion criteria:\nSmoking"
    assert outcomes(study, "primary") == [("Coughs", None, None), ("Sleep", None, None)]
    assert interventions(study) == [(None, "Maplinib", None, ["A"])]
    assert [(one.index, one.reason) for one in rejects(chictr, XML.encode())] == [(1, Reason.NOT_A_TRIAL)]


def test_a_page_is_read_in_english_where_it_has_it() -> None:
    """The Chinese design says more than the English one; a site listed twice is one."""
    (study,) = studies(chictr, PAGE.encode())
    check_places(study)
    row = trial(study)
    assert (row["trial_id"], row["brief_title"], row["official_title"]) == (
        "ChiCTR2100099901",
        "Maplinib for cough",
        "枫替尼治疗咳嗽的试验",
    )
    assert (row["allocation"], row["intervention_model"], row["masking"], row["phase"]) == ("RANDOMIZED", "PARALLEL", "DOUBLE", "PHASE3")
    assert (row["enrollment"], row["overall_status"], row["sex"], row["minimum_age_years"], row["maximum_age_years"]) == (
        *(50, "NOT_YET_RECRUITING", "FEMALE", 18.0, None),
    )
    assert (row["start_date"].isoformat(), row["completion_date"].isoformat()) == ("2021-07-01", "2023-10-01")
    assert (row["n_sites"], row["countries"]) == (1, ["China"])
    assert interventions(study) == [(None, "Maplinib 50 mg", None, ["Test"]), (None, "茶", None, ["对照组"])]
    assert outcomes(study, "primary") == [("Coughs an hour", "Counting", "Week 6")]
    assert outcomes(study, "secondary") == [("睡眠", None, None)]


def test_a_page_without_an_id_is_rejected() -> None:
    """A page of another kind, or a trial whose id is yet to come."""
    assert [one.reason for one in rejects(chictr, PAGE.replace("ChiCTR2100099901", "").encode())] == [Reason.NOT_A_TRIAL]


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 4000))
def test_damage_never_raises(noise: bytes, at: int) -> None:
    """Whatever is between the tags."""
    for data in (XML.encode(), PAGE.encode()):
        list(chictr.read(data[:at] + noise + data[at:]))
