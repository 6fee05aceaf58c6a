"""The reader of the WHO's exports: XML and CSV, and how each register fills their fields."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.sources import ictrp
from pipelines.sources.readers import identify
from pipelines.sources.records import Reason, Record
from pipelines.text.dates import parse_date
from tests.unit.sources.registers import check_places, interventions, outcomes, rejects, studies, trial

XML = """<?xml version='1.0' encoding='UTF-8' ?><Trials_downloaded_from_ICTRP>
  <Trial>
    <TrialID>ChiCTR2100099901</TrialID>
    <Last_Refreshed_on>17 May 2021</Last_Refreshed_on>
    <Public_title>Maplinib for chronic cough   </Public_title>
    <Scientific_title>Maplinib against usual care for chronic cough: a trial</Scientific_title>
    <Primary_sponsor>Hospital of the Hill</Primary_sponsor>
    <Date_registration>03/02/2021</Date_registration>
    <Export_date>5/18/2021 6:53:35 PM</Export_date>
    <Source_Register>ChiCTR</Source_Register>
    <Recruitment_Status>Not Recruiting</Recruitment_Status>
    <Inclusion_agemin>18</Inclusion_agemin>
    <Inclusion_agemax>N/A</Inclusion_agemax>
    <Inclusion_gender>Both</Inclusion_gender>
    <Date_enrollement>February 2021</Date_enrollement>
    <Target_size>Group A:30;Group B: usual:20;</Target_size>
    <Study_type>Interventional study</Study_type>
    <Study_design>Parallel</Study_design>
    <Phase>2-3</Phase>
    <Countries>China;China</Countries>
    <Inclusion_Criteria>Inclusion criteria: cough &gt; 8 weeks;&lt;br&gt;</Inclusion_Criteria>
    <Exclusion_Criteria>Exclusion criteria: smokers</Exclusion_Criteria>
    <Condition>Chronic cough</Condition>
    <Intervention>Group A:Maplinib 50 mg bid; tea;Group B: usual:usual care;</Intervention>
    <Primary_outcome>Coughs an hour;Sleep;</Primary_outcome>
  </Trial>
  <Trial><TrialID>NCT02481632</TrialID><Public_title>Another</Public_title><Source_Register>ClinicalTrials.gov</Source_Register>
    <Intervention>Drug: Maplinib;Drug: Placebo;Drug: Maplinib</Intervention></Trial>
  <Trial><TrialID>to be given</TrialID><Public_title>No id</Public_title></Trial>
  <Trial/>
  <Trial><TrialID>NCT02481633</TrialID><Public_title>Cut
"""

HEADER = [
    "TrialID",
    "Public_title",
    "Source_registry",
    "Date_registration",
    "Date_enrollment",
    "type_enrolment",
    "Study_type",
    "Study_design",
    "Phase",
    "Target_size",
    "Countries",
    "SecondaryIDs",
    "Conditions",
    "Interventions",
    "Primary_Outcome",
    "Secondary_Outcomes",
    "Agemin",
    "Agemax",
    "Gender",
    "Recruitment_status",
]


def table(*rows: dict[str, str]) -> bytes:
    """An export with these rows; what is left out is NULL, as R writes it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    for row in rows:
        writer.writerow([row.get(name, "NULL") for name in HEADER])
    return out.getvalue().encode()


def test_both_forms_are_told_by_their_content() -> None:
    """By the fields' names, not by another table's."""
    assert identify(XML.encode()) is ictrp
    assert identify(table({"TrialID": "NCT02481632"})) is ictrp
    assert not ictrp.sniff(b"TrialID,name\nNCT02481632,x\n")
    assert not ictrp.sniff(b"<html><body>TrialID</body></html>")


def test_a_record_of_a_register_becomes_a_study() -> None:
    """Id and register, dates with their precision, sizes added up, groups as arms."""
    records = [one for one in ictrp.read(XML.encode()) if isinstance(one, Record)]
    record = records[0]
    assert record.study is not None
    check_places(record.study)
    row = trial(record.study)
    assert (row["trial_id"], row["registry"], row["nct_id"]) == ("ChiCTR2100099901", "ChiCTR", None)
    assert (row["enrollment"], row["phase"], row["sex"], row["minimum_age_years"]) == (50, "PHASE2_PHASE3", "ALL", 18.0)
    assert (row["start_date"].isoformat(), row["start_date_precision"]) == ("2021-02-01", "month")
    assert row["first_posted_date"].isoformat() == "2021-02-03"
    assert (row["overall_status"], row["overall_status_raw"]) == (None, "Not Recruiting")
    assert (row["countries"], row.get("n_sites"), row["n_arms"]) == (["China"], None, 2)
    assert interventions(record.study) == [
        (None, "Maplinib 50 mg bid; tea", None, ["Group A"]),
        (None, "usual care", None, ["Group B: usual"]),
    ]
    assert outcomes(record.study, "primary") == [("Coughs an hour", None, None), ("Sleep", None, None)]


def test_the_day_of_the_copy_is_no_version_of_the_record() -> None:
    """So that what the WHO copied never stands before what the register itself gave later."""
    record = next(iter(ictrp.read(XML.encode())))
    assert isinstance(record, Record)
    assert (record.version_date, record.download_date) == (None, "2021-05-17")


def test_what_is_no_trial_is_rejected_and_the_rest_goes_on() -> None:
    """An id of no register, an empty element, a cut one."""
    assert [(one.index, one.reason) for one in rejects(ictrp, XML.encode())] == [
        (2, Reason.NOT_A_TRIAL),
        (3, Reason.EMPTY_RECORD),
        (4, Reason.TRUNCATED),
    ]
    assert [one.reason for one in rejects(ictrp, b'<!DOCTYPE a [<!ENTITY x "y">]>' + XML.encode())] == [Reason.UNSAFE_XML]
    assert [one.reason for one in rejects(ictrp, table({"TrialID": "none yet"}))] == [Reason.NOT_A_TRIAL]


def test_a_typed_list_names_each_thing_once() -> None:
    """ClinicalTrials.gov's interventions are listed once for each arm."""
    study = next(one.study for one in ictrp.read(XML.encode()) if isinstance(one, Record) and one.index == 1)
    assert study is not None
    assert [(kind, name) for kind, name, _, _ in interventions(study)] == [("Drug", "Maplinib"), ("Drug", "Placebo")]
    assert study.registry == "ClinicalTrials.gov"


@pytest.mark.parametrize(
    ("trial_id", "primary", "expected"),
    [
        (
            "IRCT20111224008505N47",
            "Pain. Timepoint: day 1 and 2. Method of measurement: Scale.;Sleep. Timepoint: day 7. Method of measurement: Diary.",
            [("Pain", "Scale", "day 1 and 2"), ("Sleep", "Diary", "day 7")],
        ),
        (
            "ACTRN12605000055606",
            "Pain; at rest[Day 1; day 2];Sleep [Day 7]",
            [("Pain; at rest", None, "Day 1; day 2"), ("Sleep", None, "Day 7")],
        ),
        ("CTRI/2021/11/037942", "PainTimepoint: day 1;SleepTimepoint: day 7", [("Pain", None, "day 1"), ("Sleep", None, "day 7")]),
        (
            "EUCTR2004-000119-24-DE",
            "Main Objective: To see.;Primary end point(s): 1. Pain<br>2. Sleep;"
            "Timepoint(s) of evaluation of this end point: 1. day 1<br>2. day 7",
            [("Pain", None, "day 1"), ("Sleep", None, "day 7")],
        ),
        (
            "ISRCTN04310587",
            "1. Pain is measured with a scale at baseline and 1 day<br>2. Sleep",
            [
                ("Pain is measured with a scale at baseline and 1 day", None, "at baseline and 1 day"),
                ("Sleep", None, None),
            ],
        ),
        ("DRKS00031743", "NIL<br>", []),
    ],
)
def test_each_register_writes_outcomes_its_own_way(trial_id: str, primary: str, expected: list[tuple[str, str | None, str | None]]) -> None:
    """Measure, description and time frame are parted where the register parts them."""
    (study,) = studies(ictrp, table({"TrialID": trial_id, "Public_title": "A trial", "Source_registry": "X", "Primary_Outcome": primary}))
    check_places(study)
    assert outcomes(study, "primary") == expected


@pytest.mark.parametrize(
    ("trial_id", "conditions", "expected"),
    [
        ("EUCTR2004-000119-24-DE", "Cough <br>MedDRA version: 20.0 Level: PT;Therapeutic area: Diseases [C]", ["Cough"]),
        ("IRCT20111224008505N47", "Condition 1: Cough. Condition 2: Cold. <br>Common cold;J00", ["Cough", "Cold"]),
        ("CTRI/2021/11/037942", "Health Condition 1: R05- CoughHealth Condition 2: J00- Cold", ["Cough", "Cold"]),
        ("KCT0008933", ";Diseases of the respiratory system", ["Diseases of the respiratory system"]),
        ("NCT02481632", "Cough;Cold;cough", ["Cough", "Cold"]),
    ],
)
def test_conditions_are_in_the_words_of_the_register(trial_id: str, conditions: str, expected: list[str]) -> None:
    """Without the classification behind them, unless there is nothing else."""
    (study,) = studies(ictrp, table({"TrialID": trial_id, "Public_title": "A trial", "Source_registry": "X", "Conditions": conditions}))
    check_places(study)
    assert study.protocol_section.conditions_module.conditions == expected


@pytest.mark.parametrize(
    ("trial_id", "words", "expected"),
    [
        (
            "IRCT20111224008505N47",
            "Intervention 1: Intervention group: Maplinib 50 mg. Intervention 2: Control group: placebo.",
            [(None, "Maplinib 50 mg.", None, ["Intervention group"]), (None, "placebo.", None, ["Control group"])],
        ),
        (
            "CTRI/2021/11/037942",
            "Intervention1: Maplinib: 50 mg daily<br>Control Intervention1: Not Applicable: Not Applicable",
            [(None, "50 mg daily", None, ["Maplinib"])],
        ),
        ("KCT0008933", "Drug : Maplinib 50 mg", [("Drug", "Maplinib 50 mg", None, [])]),
        (
            "EUCTR2004-000119-24-DE",
            "<br>Product Name: Maplinib 50<br>INN or Proposed INN: MAPLINIB<br>Concentration number: 50-<br><br>Product Name: x<br>"
            "INN or Proposed INN: Maplinib<br>",
            [("DRUG", "MAPLINIB", None, [])],
        ),
        ("DRKS00031743", "Patients get<br>maplinib", [(None, None, "Patients get<br>maplinib", [])]),
    ],
)
def test_each_register_writes_interventions_its_own_way(
    trial_id: str, words: str, expected: list[tuple[str | None, str | None, str | None, list[str]]]
) -> None:
    """Short texts of one line are names, others describe."""
    (study,) = studies(ictrp, table({"TrialID": trial_id, "Public_title": "A trial", "Source_registry": "X", "Interventions": words}))
    check_places(study)
    assert interventions(study) == expected


def test_records_of_two_countries_are_no_copies_of_each_other() -> None:
    """The EU's register has one for each; their one number is the trial's, and the day of authorisation is no start."""
    row = {"Public_title": "A trial", "Source_registry": "EUCTR", "Date_enrollment": "15/05/2019", "SecondaryIDs": "AB-1;NCT02481632"}
    found = studies(ictrp, table({"TrialID": "EUCTR2004-000119-24-DE", **row}, {"TrialID": "EUCTR2004-000119-24-FR", **row}))
    assert [one.protocol_section.identification_module.nct_id for one in found] == ["2004-000119-24"] * 2
    assert found[0].carried != found[1].carried
    assert trial(found[0])["other_ids"] == ["AB-1", "NCT02481632"]
    assert trial(found[0]).get("start_date") is None


@pytest.mark.parametrize(
    ("words", "years"),
    [("18 Years", 18.0), ("19(Year)", 19.0), (">= 20age old", 20.0), ("20years-old", 20.0), ("6 Months", 0.5), ("No limit", None)],
)
def test_ages_are_read_in_all_spellings(words: str, years: float | None) -> None:
    """A number without a unit is one of years."""
    (study,) = studies(ictrp, table({"TrialID": "KCT0008933", "Public_title": "A trial", "Source_registry": "X", "Agemin": words}))
    assert trial(study)["minimum_age_years"] == years


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 1500))
def test_damage_never_raises(noise: bytes, at: int) -> None:
    """Whatever is between the bytes of an export, the reader gives records and rejects."""
    for data in (XML.encode(), table({"TrialID": "NCT02481632", "Public_title": "A"})):
        list(ictrp.read(data[:at] + noise + data[at:]))


def test_dates_are_what_the_table_can_read() -> None:
    """Every date of a study is in ISO form, whatever the source wrote."""
    row = {"TrialID": "CTRI/2021/11/037942", "Public_title": "A", "Source_registry": "X", "Date_enrollment": "12-02-2019"}
    (study,) = studies(ictrp, table(row))
    struct = study.protocol_section.status_module.start_date_struct
    assert struct is not None
    found = parse_date(struct.date)
    assert found is not None
    assert found.date.isoformat() == "2019-02-12"
