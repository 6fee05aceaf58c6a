"""Rows of a record's treatments: those of its structured part and their ties to arms, what its prose says of them, and where."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.extract import regimens
from pipelines.extract.subject import Row, Subject
from pipelines.grammar.treatment import parsed
from pipelines.shapes import ArmGroup, ArmsInterventionsModule, DescriptionModule, Intervention, Origin, ProtocolSection, Study

Make = Callable[..., Study]


@pytest.fixture
def rows_of(make_study: Make, subject: Subject) -> Callable[..., list[Row]]:
    """A function from interventions and arms to rows."""

    def rows(*interventions: dict[str, Any], arms: list[dict[str, Any]] | None = None) -> list[Row]:
        study = make_study(armsInterventionsModule={"interventions": list(interventions), "armGroups": arms or []})
        return list(regimens.rows(study, subject))

    return rows


TREATMENTS = ("DRUG", "BIOLOGICAL", "RADIATION", "DIETARY_SUPPLEMENT", "GENETIC", "COMBINATION_PRODUCT", "Drug", "Biological/Vaccine")


@pytest.mark.parametrize("kind", TREATMENTS)
def test_treatments_make_regimens_whatever_their_name(kind: str, rows_of: Callable[..., list[Row]]) -> None:
    """A name that no vocabulary knows has no drug name, and is a row all the same."""
    (row,) = rows_of({"type": kind, "name": "Zzyx-0 mixture"})
    assert row["intervention_raw"] == "Zzyx-0 mixture"
    assert row["drug_name"] == ("radiotherapy" if kind == "RADIATION" else None)


@pytest.mark.parametrize("kind", ["PROCEDURE", "DEVICE", "BEHAVIORAL", "DIAGNOSTIC_TEST", "Procedure"])
def test_procedures_devices_and_tests_make_none(kind: str, rows_of: Callable[..., list[Row]]) -> None:
    """Not even where the name is a drug's."""
    assert rows_of({"type": kind, "name": "Cisplatin"}) == []


@pytest.mark.parametrize(("name", "drug"), [("Metformin", "metformin"), ("Placebo", "placebo"), ("Waiting list", None)])
def test_other_is_a_treatment_only_by_its_name(name: str, drug: str | None, rows_of: Callable[..., list[Row]]) -> None:
    """A drug's or a placebo's; no type at all is treated alike."""
    for kind in ("OTHER", None):
        assert [row["drug_name"] for row in rows_of({"type": kind, "name": name})] == ([drug] if drug else [])


def test_an_unknown_type_keeps_its_words_with_null(rows_of: Callable[..., list[Row]]) -> None:
    """The type is not guessed from the drug."""
    (row,) = rows_of({"type": "ELIXIR", "name": "Metformin"}) or [{}]
    assert (row.get("intervention_type"), row.get("intervention_type_raw")) == (None, "ELIXIR")


def test_without_arms_a_treatment_is_one_row_tied_to_none(rows_of: Callable[..., list[Row]]) -> None:
    """The source does not say who receives it, nor in what role."""
    (row,) = rows_of({"type": "DRUG", "name": "Metformin", "armGroupLabels": ["Amber"]})
    assert (row["arm_id"], row["component_role"], row["is_fully_specified"]) == (None, None, False)


ARMS = [{"label": "Amber", "type": "EXPERIMENTAL"}, {"label": "Blue", "type": "PLACEBO_COMPARATOR"}]


def test_one_row_per_arm_that_lists_the_treatment(rows_of: Callable[..., list[Row]]) -> None:
    """By label, whatever its case; rows are numbered on through the trial."""
    found = rows_of(
        {"type": "DRUG", "name": "Metformin", "armGroupLabels": ["amber", "Blue"]},
        {"type": "DRUG", "name": "Insulin", "armGroupLabels": ["Amber"]},
        arms=ARMS,
    )
    assert [(row["regimen_id"], row["arm_id"]) for row in found] == [
        ("NCT00000001/regimen-1", "NCT00000001/arm-1"),
        ("NCT00000001/regimen-2", "NCT00000001/arm-2"),
        ("NCT00000001/regimen-3", "NCT00000001/arm-1"),
    ]


def test_a_label_that_two_arms_bear_or_none_ties_nothing(rows_of: Callable[..., list[Row]]) -> None:
    """A wrong arm is the worst error: part of a label is no label."""
    twins = [{"label": "Amber", "type": "EXPERIMENTAL"}, {"label": "amber ", "type": "EXPERIMENTAL"}]
    treatment = {"type": "DRUG", "name": "Metformin", "armGroupLabels": ["Amber"]}
    assert [row["arm_id"] for row in rows_of(treatment, arms=twins)] == [None]
    assert [row["arm_id"] for row in rows_of(treatment, arms=[{"label": "Amber 5 mg"}])] == [None]


@pytest.mark.parametrize(
    ("words", "tied"), [("Drug: Metformin", True), ("metformin", True), ("Drug: Metformin XR", False), ("Metformin: Drug", False)]
)
def test_an_arm_ties_by_the_names_of_its_treatments(words: str, tied: bool, rows_of: Callable[..., list[Row]]) -> None:
    """The whole name, with or without its type before it."""
    (row,) = rows_of({"type": "DRUG", "name": "Metformin"}, arms=[{"label": "Amber", "interventionNames": [words]}])
    assert row["arm_id"] == ("NCT00000001/arm-1" if tied else None)


@pytest.mark.parametrize(
    ("labels", "kinds", "role"),
    [
        (["A"], ["EXPERIMENTAL", "ACTIVE_COMPARATOR"], "investigational"),
        (["B"], ["EXPERIMENTAL", "ACTIVE_COMPARATOR"], "comparator"),
        (["B"], ["EXPERIMENTAL", "SHAM_COMPARATOR"], "comparator"),
        (["A", "B"], ["EXPERIMENTAL", "ACTIVE_COMPARATOR"], "background"),
        (["A", "B"], ["EXPERIMENTAL", "ACTIVE_COMPARATOR", "EXPERIMENTAL"], None),
        (["A", "B"], ["EXPERIMENTAL", "EXPERIMENTAL"], "investigational"),
        (["A"], ["OTHER", "EXPERIMENTAL"], None),
        (["A"], ["UNHEARD_OF", "EXPERIMENTAL"], None),
    ],
)
def test_the_role_follows_from_the_kinds_of_arm(
    labels: list[str], kinds: list[str], role: str | None, rows_of: Callable[..., list[Row]]
) -> None:
    """What all arms receive is background; what some of each kind receive has no sure role."""
    arms = [{"label": label, "type": kind} for label, kind in zip("ABC", kinds, strict=False)]
    found = rows_of({"type": "DRUG", "name": "Metformin", "armGroupLabels": labels}, arms=arms)
    assert {row["component_role"] for row in found} == {role}
    assert len(found) == len(labels)


def test_a_placebo_is_a_placebo_in_whatever_arm(rows_of: Callable[..., list[Row]]) -> None:
    """Experimental arms receive placebos too, where there are two of them."""
    found = rows_of({"type": "DRUG", "name": "Placebo", "armGroupLabels": ["Amber", "Blue"]}, arms=ARMS)
    assert [(row["drug_name"], row["component_role"]) for row in found] == [("placebo", "placebo")] * 2


def test_a_nameless_treatment_is_a_row_tied_by_its_labels_only(rows_of: Callable[..., list[Row]]) -> None:
    """An empty name is not found in an arm's empty list."""
    found = rows_of({"type": "DRUG", "armGroupLabels": ["Blue"]}, arms=[{"label": "Amber", "interventionNames": [""]}, {"label": "Blue"}])
    assert [(row["intervention_raw"], row["arm_id"]) for row in found] == [(None, "NCT00000001/arm-2")]


def test_the_places_of_a_tied_row_are_the_treatment_and_the_arm(make_study: Make, subject: Subject) -> None:
    """Rows without an arm need no second place."""
    study = make_study(
        armsInterventionsModule={
            "interventions": [
                {"type": "DRUG", "name": "Metformin", "armGroupLabels": ["Blue"]},
                {"type": "DRUG", "name": "Insulin"},
            ],
            "armGroups": ARMS,
        }
    )
    found = [(row["row_id"], row["ordinal"], row["role"], row["field"]) for row in regimens.evidence_rows(study, subject)]
    assert found == [
        ("NCT00000001/regimen-1", 1, "drug", "armsInterventionsModule.interventions[0].name"),
        ("NCT00000001/regimen-1", 2, "group", "armsInterventionsModule.armGroups[1].label"),
    ]


def test_a_row_has_the_sources_words_for_its_end_and_the_number_of_its_level(rows_of: Callable[..., list[Row]]) -> None:
    """The words as they are written, with all their signs."""
    text = "Dose level 1: 5 mg, dose level 2: 10 mg daily, until disease progression (PD) or unacceptable toxicity."
    found = rows_of({"type": "DRUG", "name": "Everolimus", "description": text})
    assert [(row["dose_low"], row["dose_level"]) for row in found] == [(5.0, 1), (10.0, 2)]
    assert {row["until_raw"] for row in found} == {"until disease progression (PD) or unacceptable toxicity"}


def test_the_words_of_a_part_end_with_their_item_of_a_list(rows_of: Callable[..., list[Row]]) -> None:
    """What another item says of the cycles is read, and not shown as if it stood beside the days."""
    text = "* Induction: 100 mg/m2 on days 1 and 8.\n* Courses repeat every 21 days."
    (row,) = rows_of({"type": "DRUG", "name": "Etoposide", "description": text})
    assert (row["cycle_length_days"], row["schedule_raw"]) == (21.0, "days 1 and 8")


# --- what the prose says -------------------------------------------------------------------------------------------------


def test_a_row_has_the_words_and_what_they_mean(rows_of: Callable[..., list[Row]]) -> None:
    """Each column that the prose fills, with the source's own words beside it."""
    text = "80 mg/m2 intravenously over 1 hour on days 1, 8 and 15 of each 28-day cycle for up to 6 cycles"
    (row,) = rows_of({"type": "DRUG", "name": "Paclitaxel", "description": text})
    assert (row["dose_raw"], row["dose_low"], row["dose_high"], row["dose_unit"]) == ("80 mg/m2", 80.0, 80.0, "mg/m2")
    assert (row["route_raw"], row["route"]) == ("intravenously", "intravenous")
    assert (row["cycle_days"], row["cycle_length_days"], row["n_cycles"]) == ([1, 8, 15], 28.0, 6)
    assert row["schedule_raw"] in text
    assert (row["method"], row["field"]) == ("text", "armsInterventionsModule.interventions[0].description")
    assert (row["start_char"], row["end_char"]) == (0, len(text))


@pytest.mark.parametrize(
    ("text", "is_full"),
    [
        ("10 mg orally once daily", True),
        ("10 mg orally on day 1", True),
        ("10 mg once daily", False),
        ("10 mg orally", False),
        ("Orally once daily", False),
        ("每次10mg，口服，每日一次", True),
    ],
)
def test_a_regimen_is_full_with_drug_dose_route_and_time(text: str, is_full: bool, rows_of: Callable[..., list[Row]]) -> None:
    """Days of a cycle are a time; a treatment that no vocabulary knows is never full."""
    (row,) = rows_of({"type": "DRUG", "name": "Everolimus", "description": text})
    assert row["is_fully_specified"] is is_full
    (row,) = rows_of({"type": "DRUG", "name": "Zzyx mixture", "description": text})
    assert row["is_fully_specified"] is False


def test_alternatives_and_what_may_be_left_out_are_marked(rows_of: Callable[..., list[Row]]) -> None:
    """Of one sentence; a plain list has neither mark."""
    arms = [{"label": "Amber", "description": "Anastrozole 1 mg or letrozole 2.5 mg daily, with or without goserelin 3.6 mg monthly."}]
    found = rows_of(arms=arms)
    assert [(row["drug_name"], row["alternative_group"], row["is_optional"]) for row in found] == [
        ("anastrozole", 1, None),
        ("letrozole", 1, None),
        ("goserelin", None, True),
    ]


@pytest.mark.parametrize("labels", [["Amber"], ["Amber", "Blue"], []])
def test_drugs_that_spell_out_an_intervention_are_given_in_its_arms(labels: list[str], make_study: Make, subject: Subject) -> None:
    """One row for each, as of the intervention itself; the label of the arm speaks for them."""
    chemotherapy = {"type": "DRUG", "name": "Chemotherapy", "description": "Cisplatin 75 mg/m2 every 3 weeks", "armGroupLabels": labels}
    study = make_study(armsInterventionsModule={"interventions": [chemotherapy], "armGroups": ARMS})
    found = list(regimens.rows(study, subject))
    arms = [f"NCT00000001/arm-{number}" for number, _ in enumerate(labels, start=1)]
    assert [row["arm_id"] for row in found] == (arms or [None])
    assert {(row["drug_name"], row["dose_low"]) for row in found} == {("cisplatin", 75.0)}
    assert [row["role"] for row in regimens.evidence_rows(study, subject)].count("group") == len(labels)


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        (("Arm A", "Arm B"), "Arm A: docetaxel 75 mg/m2 IV every 3 weeks. Arm B: docetaxel 35 mg/m2 weekly."),
        (
            ("Three-weekly (Arm A)", "Weekly (Arm B)"),
            "Women are randomised.\n\n* Arm A: docetaxel 75 mg/m2 daily.\n* Arm B: docetaxel 35 mg/m2 daily.",
        ),
        (("1", "2"), "Group 1: docetaxel 75 mg/m2 daily; Group 2: docetaxel 35 mg/m2 daily."),
        (("A组", "B组"), "A组：多西他赛75mg/m2每3周一次。B组：多西他赛35mg/m2每周一次。"),
        (("Arm A", "Arm B"), "Arm A\n\nDocetaxel 75 mg/m2 IV every 3 weeks.\n\nArm B\n\nDocetaxel 35 mg/m2 weekly."),
        (("Arm A", "Arm B"), "Arm A patients receive docetaxel 75 mg/m2 every 3 weeks. Arm B receives docetaxel 35 mg/m2 weekly."),
        (("Standard", "Dense"), "Standard: docetaxel 75 mg/m2 every 3 weeks.\nDense arm: docetaxel 35 mg/m2 weekly."),
    ],
)
def test_what_a_description_says_under_the_heading_of_an_arm_is_of_that_arm(
    labels: tuple[str, str], text: str, make_record: Make, subject: Subject
) -> None:
    """However it names the arm."""
    study = make_record({"name": "Docetaxel", "armGroupLabels": list(labels)}, arms=[{"label": label} for label in labels], detailed=text)
    found = [(row["arm_id"], row["dose_low"]) for row in regimens.rows(study, subject)]
    assert found == [("NCT00000001/arm-1", 75.0), ("NCT00000001/arm-2", 35.0)]


@pytest.mark.parametrize(
    "text",
    [
        "Arm A and Arm B: docetaxel 75 mg/m2 every 3 weeks.",
        "Arm A starts first. All patients receive docetaxel 75 mg/m2 every 3 weeks.",
        "Arm C: docetaxel 75 mg/m2 every 3 weeks.",
        "Patients in arm A or arm B receive docetaxel 75 mg/m2 every 3 weeks.",
        "Docetaxel 75 mg/m2 is given every 3 weeks.",
    ],
)
def test_what_is_said_of_several_arms_or_of_none_is_of_all(text: str, make_record: Make, subject: Subject) -> None:
    """Nor does a label that is a drug's name make a heading of its sentence."""
    labels = ["Arm A", "Arm B", "Docetaxel"]
    study = make_record({"name": "Docetaxel", "armGroupLabels": labels}, arms=[{"label": label} for label in labels], detailed=text)
    assert [row["dose_low"] for row in regimens.rows(study, subject)] == [75.0] * 3


def test_the_places_of_a_row_of_prose_are_its_parts(make_study: Make, subject: Subject) -> None:
    """After the whole of each statement; then the registered name and the arm."""
    text = "Take 500 mg by mouth twice daily."
    study = make_study(
        armsInterventionsModule={
            "interventions": [{"type": "DRUG", "name": "Metformin", "description": text, "armGroupLabels": ["Blue"]}],
            "armGroups": ARMS,
        }
    )
    found = list(regimens.evidence_rows(study, subject))
    assert [row["ordinal"] for row in found] == list(range(1, len(found) + 1))
    shown = [(row["role"], text[row["start_char"] : row["end_char"]]) for row in found if row["field"].endswith("description")]
    assert shown == [
        ("whole", "500 mg by mouth twice daily"),
        ("dose", "500 mg"),
        ("route", "by mouth"),
        ("schedule", "twice daily"),
    ]
    assert [row["role"] for row in found[len(shown) :]] == ["drug", "group"]


def test_places_count_in_the_published_text(make_study: Make, subject: Subject) -> None:
    """Where a record is a stretch of a larger text, the stretch begins where its origin says; signs that are mended keep their places."""
    text = "Dose: &lt;b&gt;10&amp;nbsp;mg&lt;/b&gt; orally, once daily"
    study = make_study(armsInterventionsModule={"interventions": [{"type": "DRUG", "name": "Everolimus", "description": text}]})
    path = "armsInterventionsModule.interventions[0].description"
    study.origins = {path: Origin("text", 9, 9 + len(text))}
    study.source_texts = {"text": f"What now: {text}"[1:]}
    (row,) = regimens.rows(study, subject)
    shown = study.source_texts["text"][row["start_char"] : row["end_char"]]
    assert (row["field"], row["dose_low"]) == ("text", 10.0)
    assert (shown[:2], shown[-10:]) == ("10", "once daily")


def test_in_a_text_that_is_not_published_as_it_was_read_the_place_is_the_whole_field(make_study: Make, subject: Subject) -> None:
    """A wrong word is worse than none."""
    study = make_study(
        armsInterventionsModule={"interventions": [{"type": "DRUG", "name": "Everolimus", "description": "10 mg once daily"}]}
    )
    study.origins = {"armsInterventionsModule.interventions[0].description": Origin("text", 3, 21)}
    study.source_texts = {"text": "A: Ten mg, once a day."}
    (row,) = regimens.rows(study, subject)
    assert (row["dose_low"], row["start_char"], row["end_char"]) == (10.0, 3, 21)


PIECES = [
    *("cisplatin", "Docetaxel", "顺铂", "Zzyx", "QX-1881", "radiotherapy", "the cells", "placebo", "chemotherapy", "normal saline"),
    *("75 mg/m2", "20 mg", "10-20 mg", "2 Gy", "60 Gy in 30 fractions", "AUC 5", "2 tablets", "10 mL", "5 or 10 mg", "1×10^6 cells/kg"),
    *("day 1", "days 1, 8", "第1天", "every 3 weeks", "每日两次", "bid", "21-day cycle", "for 6 cycles", "for 5 days", "until progression"),
    *("IV", "口服", "HAIC", "and", "or", "then", "plus", "with or without", "+/-", "versus", "before", "without", "same as arm A", "of"),
    *(",", ";", "。", ". ", ":", "(", ")", "/", "-", "\n\n", "&lt;", "&amp;nbsp;", "®", "\u200b", "Ｍg", "\ud7ff", "𝟏", ""),
    *("Patients receive", "In an earlier study", "rescue", "reduced for toxicity", "Arm A", "Arm B", "scans", "neoadjuvant", "maximum"),
]
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=20).map(" ".join)


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    """The grammar and its words, read before hypothesis times the first example."""
    parsed("静脉滴注")


@given(arms=st.tuples(TEXTS, TEXTS), names=st.tuples(TEXTS, TEXTS), others=st.tuples(TEXTS, TEXTS), detailed=TEXTS)
def test_any_record_gives_rows_with_places_in_its_texts(
    arms: tuple[str, str], names: tuple[str, str], others: tuple[str, str], detailed: str
) -> None:
    """Whatever stands in its fields, nothing fails, ids are unique and each place shows words that are there."""
    interventions = [
        Intervention(type="DRUG", name=name, description=other, other_names=[other], arm_group_labels=["Arm A"])
        for name, other in zip(names, others, strict=True)
    ]
    groups = [ArmGroup(label=label, type="EXPERIMENTAL", description=text) for label, text in zip(("Arm A", "Arm B"), arms, strict=True)]
    module = ArmsInterventionsModule(arm_groups=groups, interventions=interventions)
    study = Study(ProtocolSection(arms_interventions_module=module, description_module=DescriptionModule(detailed_description=detailed)))
    subject = Subject("NCT00000001", "d1", "ClinicalTrials.gov", "en")
    texts = {"descriptionModule.detailedDescription": detailed}
    for number in range(2):
        texts[f"armsInterventionsModule.armGroups[{number}].label"] = groups[number].label or ""
        texts[f"armsInterventionsModule.armGroups[{number}].description"] = arms[number]
        texts[f"armsInterventionsModule.interventions[{number}].name"] = names[number]
        texts[f"armsInterventionsModule.interventions[{number}].description"] = others[number]
    rows = list(regimens.rows(study, subject))
    places = list(regimens.evidence_rows(study, subject))
    ids = {row["regimen_id"] for row in rows}
    assert len(ids) == len(rows)
    assert {place["row_id"] for place in places} <= ids
    for row in rows:
        assert row["dose_low"] is None or 0 <= row["dose_low"] <= row["dose_high"]
        assert row["dose_unit"] is None or row["dose_raw"]
    for place in (*rows, *places):
        start, end = place["start_char"], place["end_char"]
        assert (start is None) == (end is None)
        assert start is None or 0 <= start < end <= len(texts[place["field"]])
