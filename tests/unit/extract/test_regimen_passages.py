"""Which passages of a record are read, of whom they speak, and what in them is about something else."""

from collections.abc import Callable, Sequence
from typing import Literal

import pytest

from pipelines.extract.regimen_passages import Said, passages, radiation_route, said, said_in_article
from pipelines.extract.regimen_treatments import Treatments
from pipelines.extract.subject import Subject
from pipelines.shapes import Article, Paragraph, Study

Make = Callable[..., Study]
Doses = list[tuple[str | None, float | None]]


def _doses(found: Sequence[Said]) -> Doses:
    """Name and dose of each statement that tells more than a name."""
    return [
        (one.treatment.name or one.treatment.raw, one.statement.dose.low if one.statement.dose else None)
        for one in found
        if one.statement.says_something()
    ]


@pytest.fixture
def read(make_record: Make, subject: Subject) -> Callable[..., list[Said]]:
    """A function from what `make_record` takes to the statements of the record."""

    def read(*interventions: object, **others: object) -> list[Said]:
        study = make_record(*interventions, **others)
        return said(study, Treatments(study, subject))

    return read


# --- what is read --------------------------------------------------------------------------------------------------------


def test_arms_come_before_interventions_and_these_before_the_descriptions(make_record: Make) -> None:
    """Empty fields are no passages; each has its path and its place."""
    study = make_record(
        {"name": "Metformin", "description": "500 mg"},
        {"name": "Insulin"},
        arms=[{"description": "Both"}, {"label": "Blue"}],
        summary="Short",
        detailed="Long",
    )
    module = "armsInterventionsModule"
    assert [(one.kind, one.path, one.place) for one in passages(study)] == [
        ("arm", f"{module}.armGroups[0].description", 0),
        ("arm", f"{module}.armGroups[1].label", 1),
        ("intervention", f"{module}.interventions[0].name", 0),
        ("intervention", f"{module}.interventions[0].description", 0),
        ("intervention", f"{module}.interventions[1].name", 1),
        ("description", "descriptionModule.briefSummary", -1),
        ("description", "descriptionModule.detailedDescription", -1),
    ]


def test_a_record_without_arms_and_descriptions_says_nothing(read: Callable[..., list[Said]]) -> None:
    """As many older ones do."""
    assert read() == []


# --- of whom a passage speaks --------------------------------------------------------------------------------------------


def test_the_description_of_an_intervention_speaks_of_it(read: Callable[..., list[Said]]) -> None:
    """In the arms that receive it; a drug that it names beside that has the same arms."""
    found = read(
        {"name": "Metformin", "description": "500 mg orally twice daily", "armGroupLabels": ["Blue"]},
        {"name": "Insulin glargine", "description": "10 units at bedtime"},
        arms=[{"label": "Amber"}, {"label": "Blue"}],
    )
    assert _doses(found) == [("metformin", 500.0), ("insulin glargine", 10.0)]
    assert [one.arms for one in found if one.statement.dose] == [(1,), ()]


def test_the_description_of_an_arm_speaks_of_its_one_treatment(read: Callable[..., list[Said]]) -> None:
    """Of two it speaks of the one that it names, and where it names none of neither."""
    one = {"name": "Metformin", "armGroupLabels": ["Amber"]}
    two = {"name": "Insulin glargine", "armGroupLabels": ["Amber"]}
    assert _doses(read(one, arms=[{"label": "Amber", "description": "500 mg twice daily"}])) == [("metformin", 500.0)]
    assert _doses(read(one, two, arms=[{"label": "Amber", "description": "500 mg twice daily"}])) == []
    named = [{"label": "Amber", "description": "Metformin 500 mg twice daily and insulin glargine 10 units daily"}]
    assert _doses(read(one, two, arms=named)) == [("metformin", 500.0), ("insulin glargine", 10.0)]


def test_a_label_may_tell_a_dose(read: Callable[..., list[Said]]) -> None:
    """It is often the only place where two arms differ."""
    arms = [{"label": "Everolimus 5 mg"}, {"label": "Everolimus 10 mg"}]
    found = read({"name": "Everolimus", "armGroupLabels": ["Everolimus 5 mg", "Everolimus 10 mg"]}, arms=arms)
    assert [(one.arms, one.statement.dose.low) for one in found if one.statement.dose] == [((0,), 5.0), ((1,), 10.0)]


def test_a_second_name_in_the_record_speaks_of_the_same_treatment(read: Callable[..., list[Said]]) -> None:
    """An other name, an abbreviation that the title defines, the name in another language."""
    qx = {"name": "Zyxomab", "otherNames": ["QX-1881"]}
    assert _doses(read(qx, {"name": "Cisplatin"}, detailed="QX-1881 300 mg is given every 4 weeks.")) == [("Zyxomab", 300.0)]
    sago = {"name": "Sacituzumab govitecan"}
    title = "Sacituzumab govitecan (SaGo) in adults"
    assert _doses(read(sago, title=title, detailed="SaGo 10 mg/kg is given on days 1 and 8.")) == [("sacituzumab govitecan", 10.0)]
    assert _doses(read({"name": "Capecitabine"}, {"name": "Oxaliplatin"}, detailed="口服卡培他滨1000mg/m2，每日两次")) == [
        ("capecitabine", 1000.0)
    ]


def test_what_an_arm_names_beside_its_interventions_is_given_too(read: Callable[..., list[Said]]) -> None:
    """Where more than its name is said."""
    arms = [{"label": "Amber", "description": "Cisplatin 75 mg/m2 and pemetrexed 500 mg/m2 every 3 weeks, then docetaxel."}]
    found = read({"name": "Cisplatin", "armGroupLabels": ["Amber"]}, arms=arms)
    assert _doses(found) == [("cisplatin", 75.0), ("pemetrexed", 500.0)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("15 mg once a week, with folic acid", [("methotrexate", 15.0)]),
        ("15 mg orally once a week with folic acid 5 mg daily", [("methotrexate", 15.0), ("folic acid", 5.0)]),
        ("Unchanged dose of 15 mg once a week, plus folic acid 5 mg", [("methotrexate", 15.0), ("folic acid", 5.0)]),
        ("每次15mg，每周一次，联合叶酸", [("methotrexate", 15.0)]),
        ("15 mg of methotrexate once a week", [("methotrexate", 15.0)]),
        ("With food; 5 mg of folic acid daily", [("folic acid", 5.0)]),
    ],
)
def test_a_dose_before_what_is_given_with_it_is_that_of_the_intervention(text: str, found: Doses, read: Callable[..., list[Said]]) -> None:
    """Its description need not name it."""
    assert _doses(read({"name": "Methotrexate", "description": text})) == found


@pytest.mark.parametrize("name", ["Tisagenlecleucel", "CD19 CAR-T cells", "QX-1881 CAR-T cells"])
@pytest.mark.parametrize("words", ["the CAR-T cells 2x10^6 cells/kg", "the cells at 2x10^6 cells/kg", "2x10^6 CAR-T cells/kg"])
def test_cells_are_those_of_the_one_product_of_cells(name: str, words: str, read: Callable[..., list[Said]]) -> None:
    """Whether the vocabulary knows it or not."""
    arms = [{"label": "Amber", "description": f"Fludarabine 30 mg/m2 IV on days 1-3, then {words} IV on day 5"}]
    found = read({"name": name, "armGroupLabels": ["Amber"]}, {"name": "Fludarabine", "armGroupLabels": ["Amber"]}, arms=arms)
    dosed = [one.statement for one in found if one.statement.dose]
    assert [(one.dose.low if one.dose else None, one.schedule.days) for one in dosed] == [(30.0, (1, 2, 3)), (2e6, (5,))]
    assert len({one.treatment.name for one in dosed}) == 2


def test_a_number_of_cells_is_no_dose_of_a_drug_that_is_none(read: Callable[..., list[Said]]) -> None:
    """Nor is the day on which they are given; what is named after it is read again."""
    text = "Fludarabine 30 mg/m2 IV on days 1-3, then infusion of 2x10^6 cells/kg on day 5, and levetiracetam 500 mg twice daily"
    found = read({"name": "Fludarabine", "armGroupLabels": ["Amber"]}, arms=[{"label": "Amber", "description": text}])
    assert _doses(found) == [("fludarabine", 30.0), ("levetiracetam", 500.0)]
    assert [one.statement.schedule.days for one in found if one.statement.dose] == [(1, 2, 3), None]
    counted = read({"name": "BCG vaccine", "description": "2x10^8 cells weekly"})
    assert [dose for _, dose in _doses(counted)] == [2e8]


def test_a_placebo_of_a_drug_is_the_placebo(read: Callable[..., list[Said]]) -> None:
    """On whichever side of the word the drug stands."""
    for words in ("Dapagliflozin placebo", "Placebo matching dapagliflozin", "Placebo for dapagliflozin"):
        found = read({"name": "Dapagliflozin"}, {"name": "Placebo", "description": f"{words}, one tablet once daily"})
        assert _doses(found) == [("placebo", 1.0)]


def test_a_route_that_is_told_once_holds_for_the_next_dose_of_the_passage(read: Callable[..., list[Said]]) -> None:
    """A treatment that goes two ways tells nothing of a third dose."""
    text = "Methylprednisolone 40 mg intravenously on days 1-3. Then methylprednisolone 16 mg daily."
    found = read({"name": "Methylprednisolone", "description": text})
    assert [(one.statement.dose.low, one.statement.route) for one in found if one.statement.dose] == [
        (40.0, "intravenous"),
        (16.0, "intravenous"),
    ]
    text = "Methylprednisolone 40 mg intravenously. Methylprednisolone 16 mg orally. Methylprednisolone 8 mg daily."
    found = read({"name": "Methylprednisolone", "description": text})
    assert [one.statement.route for one in found if one.statement.dose] == ["intravenous", "oral", None]


@pytest.mark.parametrize(
    ("name", "route"),
    [
        ("Whole brain radiotherapy", "external_beam"),
        ("SBRT", "external_beam"),
        ("HDR brachytherapy boost", "brachytherapy"),
        ("Radiotherapy", None),
        ("", None),
    ],
)
def test_the_name_of_a_course_of_radiation_tells_how_it_is_given(name: str, route: str | None) -> None:
    """Where it tells anything."""
    assert radiation_route(name) == route


# --- what is not about this trial ----------------------------------------------------------------------------------------

METFORMIN = {"name": "Metformin", "description": "500 mg orally twice daily"}


@pytest.mark.parametrize(
    "text",
    [
        "In an earlier study exenatide 10 µg twice daily lowered body weight.",
        "Exenatide 10 µg twice daily has been approved for type 2 diabetes.",
        "Guidelines recommend exenatide 10 µg twice daily.",
        "Exenatide helps some patients.",
        "Patients on exenatide are well known to lose weight.",
        "指南推荐艾塞那肽10µg，每日两次。",
        "研究显示艾塞那肽10µg每日两次有效。",
        "既往研究中，艾塞那肽10µg每日两次的有效率为10%。",
        "In another trial, 40 adults received exenatide 10 µg twice daily.",
        "Exenatide 10 µg twice daily is the standard of care.",
    ],
)
def test_background_is_not_given(text: str, read: Callable[..., list[Said]]) -> None:
    """What other studies did, what guidelines say, and names alone."""
    assert _doses(read(METFORMIN, summary=text)) == [("metformin", 500.0)]


def test_the_standard_of_care_may_be_what_the_trial_gives(read: Callable[..., list[Said]]) -> None:
    """Where it is one of its interventions, or the text says that it is given."""
    assert _doses(read({"name": "Metformin"}, detailed="Metformin 500 mg twice daily is the standard of care.")) == [("metformin", 500.0)]
    given = "The others receive exenatide 10 µg twice daily, which is the standard of care."
    assert _doses(read({"name": "Metformin"}, detailed=given)) == [("exenatide", 10.0)]


@pytest.mark.parametrize(
    "text",
    [
        "No prior exenatide 10 µg twice daily.",
        "Patients without exenatide 10 µg twice daily.",
        "Exclusion: use of exenatide above 10 µg.",
        "既往未使用艾塞那肽10µg。",
        "Participants receive metformin. Prior exenatide 10 µg twice daily is not allowed.",
        "Participants receive metformin 500 mg twice daily, without exenatide 10 µg twice daily.",
        "Adults taking exenatide more than 10 µg daily are excluded.",
        "Treatment with exenatide 10 µg twice daily is not permitted.",
        "Participants must not have received exenatide 10 µg daily within 4 weeks.",
        "Participants receiving exenatide 10 µg daily are excluded; those on diet alone are enrolled.",
        "Those treated with exenatide 2 mg weekly before enrolment are ineligible.",
        "排除标准：入组前4周内使用艾塞那肽10µg每日两次者。",
    ],
)
def test_what_must_not_have_been_taken_is_not_given(text: str, read: Callable[..., list[Said]]) -> None:
    """Nor is it taken for a dose of the trial's own drug; a whole schedule makes no difference."""
    assert {(name, dose) for name, dose in _doses(read(METFORMIN, detailed=text)) if dose} == {("metformin", 500.0)}


@pytest.mark.parametrize(
    "text",
    [
        "Participants take exenatide 10 µg twice daily without insulin.",
        "Participants previously treated with insulin will receive exenatide 10 µg twice daily.",
        "Participants receive exenatide 10 µg twice daily; insulin is not permitted.",
        "Participants receive exenatide 10 µg twice daily, and dose reductions are not permitted.",
        "Exenatide 10 µg, not insulin, is given twice daily.",
    ],
)
def test_what_is_given_without_something_else_is_given(text: str, read: Callable[..., list[Said]]) -> None:
    """The word that excludes is about the other drug, the participants, or the dose."""
    found = [one.statement for one in read(METFORMIN, detailed=text) if one.treatment.name == "exenatide"]
    assert [(one.dose.low if one.dose else None, one.has_time()) for one in found] == [(10.0, True)]


@pytest.mark.parametrize(
    "text",
    [
        "Rescue medication: glimepiride 1 mg once daily.",
        "In case of toxicity the dose is reduced to 250 mg once daily.",
        "Tablets contain 850 mg.",
        "出现毒性时减量至250mg每日一次。",
    ],
)
def test_rescue_reductions_and_strengths_are_no_doses_of_the_arm(text: str, read: Callable[..., list[Said]]) -> None:
    """They stand in the very description of the treatment."""
    found = read({**METFORMIN, "description": f"500 mg orally twice daily. {text}", "armGroupLabels": ["Amber"]}, arms=[{"label": "Amber"}])
    assert _doses(found) == [("metformin", 500.0)]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Participants receive exenatide 10 µg twice daily.", 1),
        ("All are given exenatide subcutaneously.", 1),
        ("Exenatide 10 µg twice daily for 12 weeks.", 1),
        ("Exenatide 10 µg.", 0),
        ("受试者接受艾塞那肽10µg皮下注射，每日两次。", 1),
    ],
)
def test_a_description_tells_a_treatment_where_it_says_so_or_how_much_and_how_often(
    text: str, count: int, read: Callable[..., list[Said]]
) -> None:
    """A dose alone may be anything."""
    assert len(_doses(read(METFORMIN, detailed=text))) == 1 + count


def test_a_class_makes_a_statement_where_a_dose_or_a_time_is_said_of_it(read: Callable[..., list[Said]]) -> None:
    """Words that stand for no product in particular make none."""
    arms = [
        {"label": "Amber", "description": "An anti-PD-1 monoclonal antibody every 3 weeks. Chemotherapy every 3 weeks. A PD-1 inhibitor."}
    ]
    found = read({"name": "Metformin", "armGroupLabels": ["Amber"]}, arms=arms)
    assert [(one.treatment.name, one.treatment.raw) for one in found if one.treatment.drug and one.treatment.drug.is_class] == [
        (None, "anti-PD-1 monoclonal antibody")
    ]


def test_a_procedure_that_names_what_is_injected_gives_it(read: Callable[..., list[Said]]) -> None:
    """With a dose; without one it may be what was there before."""
    block = {
        "type": "PROCEDURE",
        "name": "Nerve block",
        "description": "Ropivacaine 75 mg is injected around the nerve. Lidocaine is at hand.",
    }
    assert _doses(read(block)) == [("ropivacaine", 75.0)]


# --- articles ------------------------------------------------------------------------------------------------------------


LETROZOLE: Doses = [("letrozole", 2.5)]


@pytest.fixture
def told(make_record: Make, subject: Subject) -> Callable[..., Doses]:
    """A function from paragraphs to what an article of them says; the first may be of another kind."""

    def told(*texts: str, kind: Literal["paragraph", "heading", "metadata"] = "paragraph") -> Doses:
        starts = [sum(len(text) + 1 for text in texts[:number]) for number in range(len(texts))]
        paragraphs = [
            Paragraph("paragraph" if start else kind, start, start + len(text)) for start, text in zip(starts, texts, strict=True)
        ]
        found = said_in_article(Article("\n".join(texts), paragraphs=paragraphs), Treatments(make_record(), subject))
        return [(one.treatment.name, one.statement.dose.low if one.statement.dose else None) for one in found]

    return told


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("In this trial 60 women received letrozole 2.5 mg once daily.", [("letrozole", 2.5)]),
        ("This phase 2 trial compared letrozole with anastrozole.", [("letrozole", None), ("anastrozole", None)]),
        ("The trial joined letrozole plus palbociclib.", [("letrozole", None), ("palbociclib", None)]),
        ("本研究中60例患者接受来曲唑2.5mg，每日一次。", [("letrozole", 2.5)]),
        ("随机分配至来曲唑联合哌柏西利组。", [("letrozole", None), ("palbociclib", None)]),
        ("Letrozole was shown in other studies to work, at 2.5 mg.", []),
        ("The trial excluded prior letrozole.", []),
        ("Women treated with letrozole 2.5 mg once daily were excluded from the trial.", []),
        ("试验排除标准：正在服用来曲唑2.5mg每日一次者。", []),
        ("Endocrine therapy was given in the trial.", []),
        ("In an earlier study, 40 women received exemestane 25 mg daily. In this trial 90 received letrozole 2.5 mg daily.", LETROZOLE),
        ("既往一项研究中，患者接受依西美坦25mg每日一次。本研究患者接受来曲唑2.5mg每日一次。", LETROZOLE),
        ("This retrospective study reported on women who received letrozole 2.5 mg daily.", LETROZOLE),
    ],
)
def test_an_article_tells_what_its_trial_gave(text: str, found: Doses, told: Callable[..., Doses]) -> None:
    """Where it says that something was given, compares treatments, joins them, or tells how much and how often."""
    assert told(text) == found


def test_a_paragraph_that_speaks_of_no_trial_counts_only_with_dose_and_schedule(told: Callable[..., Doses]) -> None:
    """And only in an article that speaks of one somewhere."""
    trial = "The trial was open to adults."
    assert told(trial, "They were given letrozole.") == []
    assert told(trial, "Letrozole 2.5 mg once daily.") == [("letrozole", 2.5)]
    assert told("Letrozole 2.5 mg once daily.") == []


def test_the_front_matter_of_an_article_is_not_read(told: Callable[..., Doses]) -> None:
    """It lists tags and sources; a heading is read as prose is."""
    text = "Trial of letrozole 2.5 mg once daily"
    assert told(text, "The trial.", kind="metadata") == []
    assert told(text, "The trial.", kind="heading") == [("letrozole", 2.5)]
