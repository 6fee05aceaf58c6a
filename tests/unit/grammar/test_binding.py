"""Which dose, route and time of a passage is said of which treatment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.grammar.binding import CLASS, bound, sentences
from pipelines.grammar.lexicon import DRUG
from pipelines.grammar.schedules import resolved
from pipelines.grammar.statements import Statement
from pipelines.grammar.tokens import Token
from pipelines.grammar.treatment import parsed
from pipelines.vocab.drugs import Drug


@dataclass(eq=False, slots=True)
class Treatment:
    """As little of a record's treatment as binding asks for."""

    name: str | None
    drug: Drug | None = None


def _statements(text: str, *defaults: Treatment) -> list[Statement]:
    """The statements of a text; a drug of the vocabulary is one treatment, or the default of its name."""
    treatments = {one.name: one for one in defaults}

    def resolve(tokens: Iterable[Token]) -> None:
        for token in tokens:
            if token.kind == DRUG:
                drug = token.value
                token.value = treatments.setdefault(drug.name, Treatment(drug.name, drug))
            resolve(token.parts)

    found = parsed(text)
    resolve(found)
    return bound(found, text, defaults)


def _doses(found: Sequence[Statement]) -> list[tuple[str | None, float | None, str | None]]:
    return [(one.treatment.name, one.dose.low if one.dose else None, one.dose.unit if one.dose else None) for one in found]


def _times(found: Sequence[Statement]) -> list[tuple[str | None, str | None, tuple[int, ...] | None, float | None]]:
    """Name, frequency, days, cycle length."""
    columns = [(one.treatment.name, resolved(one.schedule)) for one in found]
    return [(name, time.frequency, time.cycle_days, time.cycle_length_days) for name, time in columns]


# --- one treatment -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Cisplatin 75 mg/m2 IV every 3 weeks.",
        "Cisplatin (IV, 75 mg/m2, q3w)",
        "Cisplatin: 75 mg/m2 given intravenously every 21 days.",
        "Every 3 weeks patients receive cisplatin 75 mg/m2 intravenously.",
        "Intravenous cisplatin 75 mg/m2 every 3 weeks.",
        "顺铂75mg/m²静脉滴注，每3周一次。",
        "每3周静脉滴注顺铂75mg/m2",
    ],
)
def test_what_stands_around_a_name_is_said_of_it(text: str) -> None:
    """Before it, after it, in brackets; in English and Chinese."""
    (one,) = _statements(text)
    assert _doses([one]) == [("cisplatin", 75.0, "mg/m2")]
    assert (one.route, resolved(one.schedule).frequency) == ("intravenous", "Q3W")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Rifampicin 600 mg", "after_name"),
        ("600 mg of rifampicin", "before_name"),
        ("A single oral dose of 600 mg rifampicin", "before_name"),
    ],
)
def test_the_rule_tells_on_which_side_of_the_name_the_dose_stands(text: str, rule: str) -> None:
    """It is kept as the method of the row."""
    (one,) = _statements(text)
    assert _doses([one]) == [("rifampicin", 600.0, "mg")]
    assert one.rule == rule


def test_parts_are_the_tokens_that_a_statement_was_made_from() -> None:
    """With the role of each; their places lead back to the text."""
    text = "Oral letrozole 2.5 mg, once daily for 6 months."
    (one,) = _statements(text)
    assert sorted((role, text[token.start : token.end]) for role, token in one.parts) == [
        ("dose", "2.5 mg"),
        ("drug", "letrozole"),
        ("route", "Oral"),
        ("schedule", "for 6 months"),
        ("schedule", "once daily"),
    ]


@pytest.mark.parametrize(
    "text", ["Docetaxel (Taxotere) 35 mg/m2 weekly", "Docetaxel: docetaxel 35 mg/m2 weekly", "多西他赛(docetaxel) 35mg/m2 每周一次"]
)
def test_a_second_name_of_the_same_treatment_begins_no_second_statement(text: str) -> None:
    """In brackets, after a colon, in the other language."""
    (one,) = _statements(text)
    assert _doses([one]) == [("docetaxel", 35.0, "mg/m2")]
    assert [role for role, _ in one.parts].count("drug") == 2


def test_a_run_of_days_and_a_longer_interval_are_one_schedule() -> None:
    """Twice a day for two weeks out of three."""
    (one,) = _statements("Capecitabine 1000 mg/m2 BID on days 1-14 every 3 weeks.")
    assert _times([one]) == [("capecitabine", "BID", tuple(range(1, 15)), 21.0)]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Letrozole 2.5 mg daily, starting on day 3.", None),
        ("Letrozole 2.5 mg daily from day 3.", None),
        ("Letrozole 2.5 mg daily for 3 days starting on days 1 and 8.", (1, 2, 3, 8, 9, 10)),
        ("Letrozole 2.5 mg daily on day 3.", (3,)),
    ],
)
def test_a_day_on_which_treatment_begins_is_no_day_of_a_cycle(text: str, days: tuple[int, ...] | None) -> None:
    """Unless the run from there on is told."""
    assert [found for _, _, found, _ in _times(_statements(text))] == [days]


# --- several treatments --------------------------------------------------------------------------------------------------


def test_each_treatment_has_its_own_dose_and_what_stands_last_is_said_of_all() -> None:
    """What is missing of time and route with the time is taken from the next, not from the one before."""
    found = _statements("Docetaxel 60 mg/m2 and cisplatin 70 mg/m2 IV on day 1 of a 21-day cycle.")
    assert _doses(found) == [("docetaxel", 60.0, "mg/m2"), ("cisplatin", 70.0, "mg/m2")]
    assert _times(found) == [("docetaxel", "Q3W", (1,), 21.0), ("cisplatin", "Q3W", (1,), 21.0)]
    assert [one.route for one in found] == ["intravenous", "intravenous"]


def test_what_has_a_time_of_its_own_takes_none() -> None:
    """Nor does what comes after a time take it."""
    found = _statements("Paclitaxel 80 mg/m2 weekly plus carboplatin AUC 6 every 3 weeks, and bevacizumab.")
    assert _doses(found) == [("paclitaxel", 80.0, "mg/m2"), ("carboplatin", 6.0, "mg.min/mL"), ("bevacizumab", None, None)]
    assert _times(found) == [("paclitaxel", "QW", None, None), ("carboplatin", "Q3W", None, None), ("bevacizumab", None, None, None)]


def test_what_stands_before_the_first_name_is_said_of_all() -> None:
    """But no dose is."""
    found = _statements("On day 1 of each 28-day cycle patients receive rituximab and bendamustine.")
    assert _times(found) == [("rituximab", "Q4W", (1,), 28.0), ("bendamustine", "Q4W", (1,), 28.0)]


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("Methotrexate 15 mg; folic acid 5 mg weekly", None),
        ("Methotrexate 15 mg and folic acid 5 mg weekly", "QW"),
        ("甲氨蝶呤15mg；叶酸5mg，每周一次", None),
    ],
)
def test_a_semicolon_keeps_a_time_from_what_stands_before_it(text: str, second: str | None) -> None:
    """Joined by "and" it is said of both."""
    assert [time for _, time, _, _ in _times(_statements(text))] == [second, "QW"]


def test_doses_before_names_go_to_the_name_after_them() -> None:
    """Where the sentence begins with a dose, all of its doses stand before their names."""
    found = _statements("20 mg/m2 doxorubicin IV; 2 mg vincristine IV and 40 mg prednisone orally")
    assert _doses(found) == [("doxorubicin", 20.0, "mg/m2"), ("vincristine", 2.0, "mg"), ("prednisone", 40.0, "mg")]
    assert [one.route for one in found] == ["intravenous", "intravenous", "oral"]


def test_chinese_components_have_each_their_own() -> None:
    """As in English, with the cycle of the passage for all."""
    found = _statements("卡培他滨1000mg/m2口服，每日两次，第1-14天；奥沙利铂130mg/m2静脉滴注，第1天，21天为一个周期。")
    assert _doses(found) == [("capecitabine", 1000.0, "mg/m2"), ("oxaliplatin", 130.0, "mg/m2")]
    assert _times(found) == [("capecitabine", "BID", tuple(range(1, 15)), 21.0), ("oxaliplatin", "Q3W", (1,), 21.0)]
    assert [one.route for one in found] == ["oral", "intravenous"]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Doxorubicin 60 mg/m2 or epirubicin 90 mg/m2.", [1, 1]),
        ("Anastrozole 1 mg or letrozole 2.5 mg, and lapatinib 1250 mg.", [1, 1, None]),
        ("Anastrozole 1 mg or letrozole 2.5 mg. Goserelin 3.6 mg or leuprorelin 3.75 mg.", [1, 1, 2, 2]),
        ("Anastrozole 1 mg and letrozole 2.5 mg.", [None, None]),
    ],
)
def test_treatments_that_or_joins_are_numbered_as_alternatives(text: str, numbers: list[int | None]) -> None:
    """Pairs of one passage have different numbers."""
    assert [one.alternative for one in _statements(text)] == numbers


@pytest.mark.parametrize(
    ("text", "optional"),
    [
        ("Methotrexate 15 mg weekly with or without prednisolone 5 mg daily.", [False, True]),
        ("Docetaxel 75 mg/m2 ± prednisone 5 mg", [False, True]),
        ("Docetaxel 75 mg/m2 with prednisone 5 mg", [False, False]),
    ],
)
def test_what_may_be_left_out_is_optional(text: str, optional: list[bool]) -> None:
    """After "with or without" and its sign."""
    assert [one.is_optional for one in _statements(text)] == optional


# --- several doses of one treatment --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("Everolimus dose level 1: 5 mg, dose level 2: 10 mg; dose level 3: 20 mg", [1, 2, 3]),
        ("Everolimus 5 mg (DL1), 10 mg (DL2) or 20 mg (DL3)", [1, 2, 3]),
        ("Everolimus, dose levels 1, 2 and 3: 5, 10 and 20 mg", [1, 2, 3]),
        ("Everolimus at dose levels of 5, 10 and 20 mg", [1, 2, 3]),
        ("Everolimus in escalating doses of 5 mg, 10 mg and 20 mg", [1, 2, 3]),
        ("Everolimus dose level -1: 5 mg; dose level 1: 10 mg, dose level 2: 20 mg", [None, 1, 2]),
        ("Everolimus 5, 10 or 20 mg", [None, None, None]),
        ("Dose level 1: everolimus 5 mg.\nDose level 2: everolimus 10 mg.\nDose level 3: everolimus 20 mg.", [1, 2, 3]),
    ],
)
def test_a_dose_of_an_escalation_has_the_number_of_its_level(text: str, levels: list[int | None]) -> None:
    """Before or behind it, one each or for a list; doses among which one is chosen are no levels."""
    found = _statements(text)
    assert _doses(found) == [("everolimus", 5.0, "mg"), ("everolimus", 10.0, "mg"), ("everolimus", 20.0, "mg")]
    assert [one.level for one in found] == levels


def test_another_dose_of_a_treatment_is_another_statement() -> None:
    """With the route of the first, each on its days."""
    found = _statements("Ofatumumab 300 mg IV on day 1 and 1000 mg on day 8.")
    assert _doses(found) == [("ofatumumab", 300.0, "mg"), ("ofatumumab", 1000.0, "mg")]
    assert [days for _, _, days, _ in _times(found)] == [(1,), (8,)]
    assert [one.route for one in found] == ["intravenous", "intravenous"]
    assert [one.rule for one in found] == ["after_name", "repeated_dose"]


def test_levels_of_a_dose_share_what_is_said_once() -> None:
    """One statement each."""
    found = _statements("Everolimus 2.5, 5 or 10 mg orally once daily.")
    assert _doses(found) == [("everolimus", 2.5, "mg"), ("everolimus", 5.0, "mg"), ("everolimus", 10.0, "mg")]
    assert [(one.route, resolved(one.schedule).frequency) for one in found] == [("oral", "QD")] * 3


@pytest.mark.parametrize(
    "text",
    [
        "Sorafenib 400 mg twice daily (800 mg daily).",
        "Sorafenib 400 mg twice daily, up to 800 mg.",
        "Sorafenib 400 mg (400 mg) twice daily.",
        "Sorafenib 400 mg (2 tablets) twice daily.",
        "Sorafenib 400 mg (two 200 mg tablets) twice daily.",
        "Sorafenib two 200 mg tablets twice daily.",
        "Sorafenib 2 tablets (two 200 mg tablets) twice daily.",
        "Sorafenib 2 tablets (400 mg) twice daily.",
        "索拉非尼每次2片（400mg），每日两次",
    ],
)
def test_the_same_dose_told_otherwise_is_no_second_dose(text: str) -> None:
    """The daily total, the most, the number of tablets, what a tablet holds."""
    assert _doses(_statements(text)) == [("sorafenib", 400.0, "mg")]


def test_a_daily_dose_is_per_day() -> None:
    """Where words say so that are not part of the unit."""
    found = _statements("Prednisone at a total daily dose of 40 mg.")
    assert _doses(found) == [("prednisone", 40.0, "mg/d")]
    assert _times(found) == [("prednisone", "QD", None, None)]


@pytest.mark.parametrize(
    ("text", "dose", "n_fractions"),
    [
        ("Radiotherapy 60 Gy in 30 fractions", 60.0, 30),
        ("Radiotherapy: 2 Gy per fraction to a total of 50 Gy", 50.0, 25),
        ("Radiotherapy to a total dose of 45 Gy, 1.8 Gy per fraction", 45.0, 25),
        ("Radiotherapy (50 Gy, 25 fractions)", 50.0, 25),
        ("放疗总剂量60Gy/30次", 60.0, 30),
    ],
)
def test_dose_per_fraction_total_and_number_of_fractions_are_one_course(text: str, dose: float, n_fractions: int) -> None:
    """In any order; the number follows from the two others."""
    (one,) = _statements(text)
    assert _doses([one]) == [("radiotherapy", dose, "Gy")]
    assert one.n_fractions == n_fractions


@pytest.mark.parametrize("text", ["60 Gy in 30 fractions.", "60 Gy / 30 fractions over 6 weeks", "放疗剂量60Gy/30次"])
def test_a_course_alone_is_that_of_the_radiotherapy(text: str) -> None:
    """As in the description of an arm; a volume alone is none."""
    (one,) = _statements(text, Treatment("radiotherapy"))
    assert (_doses([one]), one.n_fractions) == ([("radiotherapy", 60.0, "Gy")], 30)
    assert _statements("5 mL.", Treatment("radiotherapy")) == []


@pytest.mark.parametrize(
    "text",
    [
        "Radiotherapy 50 Gy and cisplatin 40 mg/m2 IV weekly",
        "Cisplatin 40 mg/m2 IV weekly during pelvic irradiation 50 Gy",
        "Radiotherapy (50 Gy) with intravenous cisplatin 40 mg/m2, weekly",
        "放疗50Gy，同步顺铂40mg/m2静脉滴注，每周一次",
    ],
)
def test_radiation_has_neither_route_nor_times_of_the_drug_beside_it(text: str) -> None:
    """The drug keeps them."""
    found = {one.treatment.name: one for one in _statements(text)}
    assert (found["radiotherapy"].route, _times([found["radiotherapy"]])) == (None, [("radiotherapy", None, None, None)])
    assert (found["cisplatin"].route, _times([found["cisplatin"]])) == ("intravenous", [("cisplatin", "QW", None, None)])


def test_a_drug_has_the_days_of_the_radiation_after_it() -> None:
    """What stands last is said of all; radiation between two drugs keeps nothing from the first."""
    found = _statements("Fluorouracil IV and concurrent radiotherapy on days 1-5.")
    assert [days for _, _, days, _ in _times(found)] == [(1, 2, 3, 4, 5)] * 2
    found = _statements("Cisplatin, radiotherapy, and fluorouracil on days 1-5.")
    assert [days for _, _, days, _ in _times(found)] == [(1, 2, 3, 4, 5), None, (1, 2, 3, 4, 5)]


def test_a_radioactive_antibody_has_a_route() -> None:
    """Radiation that is infused."""
    antibody = Treatment("radiotherapy")
    (one,) = _statements("Given intravenously on day 8.", antibody)
    assert (one.treatment, one.route) == (antibody, "intravenous")


# --- what is no dose, and no time of treatment ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Aspirin is supplied as tablets containing 100 mg.",
        "Aspirin in doses below 100 mg.",
        "Aspirin 10 mg/mL solution",
        "阿司匹林，规格100mg",
        "Each vial contains 25 mg of aspirin.",
        "Aspirin is available in 500 mg vials.",
        "Aspirin is supplied as 50 mg tablets.",
        "The amount of aspirin per vial is 60 mg.",
        "Aspirin (maximum 100 mg).",
        "Aspirin should not exceed a cumulative dose of 450 mg.",
        "Aspirin (max dose 550 mg).",
    ],
)
def test_strengths_and_limits_are_no_doses(text: str) -> None:
    """The name is noted, and nothing is said of it."""
    assert _doses(_statements(text)) == [("aspirin", None, None)]


@pytest.mark.parametrize(
    "text",
    [
        "Vincristine 1.4 mg/m2 (maximum 2 mg)",
        "Vincristine 1.4 mg/m2 (2 mg max)",
        "Vincristine 1.4 mg/m2, capped at 2 mg",
        "Vincristine 1.4 mg/m2, not to exceed 2 mg",
        "Vincristine 1.4 mg/m2 with a maximum single dose of 2 mg",
    ],
)
def test_a_limit_beside_a_dose_is_no_second_dose(text: str) -> None:
    """In brackets or behind a comma, before or after its word."""
    assert _doses(_statements(text)) == [("vincristine", 1.4, "mg/m2")]


@pytest.mark.parametrize(
    ("text", "doses"),
    [
        ("Filgrastim 10 ug/kg daily until 3 x 10e6 CD34+ cells/kg are collected", [("filgrastim", 10.0, "ug/kg")]),
        ("Busulfan 3.2 mg/kg; at least 2 x 10^6 CD34+ cells/kg are infused", [("busulfan", 3.2, "mg/kg")]),
        ("Cisplatin 5 x 10^8", [("cisplatin", None, None)]),
        ("CD19 CAR-T cells 1-5 x 10^7", [("cd19 car-t cells", 1e7, "{cells}")]),
        ("Tisagenlecleucel 2 x 10^8 cells", [("tisagenlecleucel", 2e8, "{cells}")]),
        ("Donor lymphocytes 1 x 10^7 cells/kg", [("donor lymphocyte infusion", 1e7, "{cells}/kg")]),
    ],
)
def test_cells_are_counted_of_cells_alone(text: str, doses: list[tuple[str, float | None, str | None]]) -> None:
    """A graft is told in cells beside drugs that are none."""
    assert _doses(_statements(text)) == doses


@pytest.mark.parametrize(
    "text",
    [
        "Imatinib 400 mg daily. Blood samples are taken on days 1, 8 and 15.",
        "Imatinib 400 mg daily, scans every 8 weeks.",
        "Imatinib 400 mg daily. Tumour assessments are made every 12 weeks.",
        "伊马替尼400mg每日一次。每8周随访。",
        "Imatinib 400 mg daily. Patients are followed every 3 months.",
    ],
)
def test_times_of_assessments_are_not_of_treatment(text: str) -> None:
    """Neither in the same sentence nor in the next."""
    assert _times(_statements(text)) == [("imatinib", "QD", None, None)]


@pytest.mark.parametrize(
    "text",
    [
        "Metformin 500 mg is taken one hour before insulin.",
        "Metformin 500 mg, but no insulin.",
        "Metformin 500 mg after the insulin injection.",
        "Metformin 500 mg, no prior insulin 10 units.",
    ],
)
def test_a_name_that_only_tells_when_or_what_is_not_given_has_no_statement(text: str) -> None:
    """It neither takes what follows nor is noted."""
    assert _doses(_statements(text)) == [("metformin", 500.0, "mg")]


@pytest.mark.parametrize(
    "text", ["Dexamethasone 8 mg before docetaxel 75 mg/m2", "Dexamethasone 8 mg one hour before docetaxel (75 mg/m2)"]
)
def test_a_name_with_a_dose_says_more_than_when(text: str) -> None:
    """Premedication and what it precedes."""
    assert _doses(_statements(text)) == [("dexamethasone", 8.0, "mg"), ("docetaxel", 75.0, "mg/m2")]


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("Patients receive imatinib.", "GIVEN"),
        ("Imatinib was approved by the FDA.", "STUDYREF"),
        ("Prior imatinib is excluded.", "NOTGIVEN"),
        ("The dose of imatinib is reduced.", "REDUCED"),
        ("患者接受伊马替尼治疗", "GIVEN"),
    ],
)
def test_cues_of_the_sentence_are_noted(text: str, cue: str) -> None:
    """Whether a statement counts is told from them elsewhere."""
    found = _statements(f"Nilotinib 300 mg. {text}")
    assert cue not in found[0].cues
    assert all(cue in one.cues for one in found[1:])


def test_a_treatment_without_a_name_of_its_own_marks_its_sentence() -> None:
    """As "standard chemotherapy" does, where the record calls an intervention that."""
    text = "Cisplatin 20 mg"
    found = parsed(text)
    found[0].value = Treatment(None)
    assert [one.cues for one in bound(found, text, ())] == [{CLASS}]


# --- from sentence to sentence -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("Iron 5 mg. Zinc 2 mg", ["Iron 5 mg", "Zinc 2 mg"]),
        ("Iron 5 mg p.o. Zinc", ["Iron 5 mg p.o. Zinc"]),
        ("Iron 0.5 mg", ["Iron 0.5 mg"]),
        ("iron approx. daily", ["iron approx. daily"]),
        ("Iron for max. 8 weeks", ["Iron for max. 8 weeks"]),
        ("Iron vs. Zinc", ["Iron vs. Zinc"]),
        ("Salts, e.g. Iron 5 mg b.i.d. or Zinc", ["Salts, e.g. Iron 5 mg b.i.d. or Zinc"]),
        ("1. Iron 5 mg", ["1. Iron 5 mg"]),
        ("Iron 5 mg\nZinc 2 mg", ["Iron 5 mg", "Zinc 2 mg"]),
        ("• Iron • Zinc", ["Iron", "Zinc"]),
        ("铁剂5mg。锌剂", ["铁剂5mg", "锌剂"]),
        ("", []),
    ],
)
def test_a_passage_is_cut_at_the_ends_of_sentences(text: str, cut: list[str]) -> None:
    """Full stops before a capital, Chinese full stops, lines and items of a list; not points within numbers and abbreviations."""
    found = [text[one[0].start : one[-1].end] for one in sentences(parsed(text), text)]
    assert [sentence.rstrip(".") for sentence in found] == [sentence.rstrip(".") for sentence in cut]


def test_a_sentence_without_a_name_goes_on_about_the_one_treatment_before_it() -> None:
    """A time is added to what is said; a dose makes a statement of its own."""
    assert _times(_statements("Anastrozole 1 mg. Given once daily.")) == [("anastrozole", "QD", None, None)]
    found = _statements("Patients receive letrozole. The dose is 2.5 mg daily.")
    assert _doses(found) == [("letrozole", None, None), ("letrozole", 2.5, "mg")]
    assert [(one.rule, one.is_named) for one in found] == [("after_name", True), ("carried_on", False)]


def test_a_single_infusion_may_be_one_in_each_cycle() -> None:
    """In the same sentence or the next."""
    for text in (
        "10 mg/kg as a single infusion on Day 1 in each 14-day cycle.",
        "A single infusion of 10 mg/kg. Day 1 in each 14-day cycle.",
    ):
        (one,) = _statements(text, Treatment("avelumab"))
        assert _doses([one]) == [("avelumab", 10.0, "mg/kg")]
        assert _times([one]) == [("avelumab", "Q2W", (1,), 14.0)]


def test_after_two_treatments_it_is_said_of_none() -> None:
    """A guess between them would be wrong half of the time."""
    found = _statements("Anastrozole 1 mg and exemestane 25 mg. Given once daily.")
    assert [time for _, time, _, _ in _times(found)] == [None, None]


@pytest.mark.parametrize("text", ["500 mg by mouth, twice daily", "Take 500 mg orally BID.", "口服500mg，每日两次"])
def test_a_passage_without_a_name_speaks_of_its_one_default(text: str) -> None:
    """As the description of an intervention does; of two defaults it speaks of neither."""
    (one,) = _statements(text, Treatment("metformin"))
    assert _doses([one]) == [("metformin", 500.0, "mg")]
    assert (one.route, resolved(one.schedule).frequency, one.is_named) == ("oral", "BID", False)
    assert _statements(text, Treatment("metformin"), Treatment("insulin")) == []
    assert _statements(text) == []


@pytest.mark.parametrize("text", ["Olaparib 300 mg BID. Each cycle lasts 28 days.", "Olaparib 300 mg BID. 每28天为一个周期。"])
def test_a_cycle_length_of_its_own_sentence_is_that_of_all(text: str) -> None:
    """Also of treatments without days."""
    assert _times(_statements(text)) == [("olaparib", "BID", None, 28.0)]


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("Treatment repeats every 21 days for 4 courses.", 21.0),
        ("Treatment continues every 21 days for up to 4 courses.", 21.0),
        ("Treatment repeats every 3 weeks for 4 courses, then every 6 weeks for 6 courses.", 21.0),
    ],
)
def test_how_cycles_follow_one_another_is_said_of_all(text: str, length: float) -> None:
    """In whatever words: how often, with a number of cycles, is no new schedule of the last treatment."""
    found = _statements(f"Etoposide IV on days 1-3 and ifosfamide IV on day 2. {text}")
    assert _times(found) == [("etoposide", None, (1, 2, 3), length), ("ifosfamide", "Q3W", (2,), length)]
    assert [one.schedule.n_cycles for one in found] == [4, 4]


def test_days_within_cycles_that_are_counted_have_their_length() -> None:
    """Every 3 weeks for 4 cycles is a frequency where no days are said, and the length of the cycles where they are."""
    assert _times(_statements("Docetaxel 75 mg/m2 every 3 weeks for 4 cycles.")) == [("docetaxel", "Q3W", None, None)]
    found = _statements("Cisplatin on day 1 and etoposide on days 1-3 every 3 weeks for 4 cycles.")
    assert _times(found) == [("cisplatin", "Q3W", (1,), 21.0), ("etoposide", None, (1, 2, 3), 21.0)]


def test_the_one_cycle_length_of_a_passage_is_that_of_all_with_days_within_it() -> None:
    """Not of what has no days, nor of days that lie outside."""
    text = (
        "Gemcitabine 1000 mg/m2 on days 1, 8 and 15 of a 28-day cycle. Goserelin 3.6 mg. Cisplatin 25 mg/m2 on day 1. Calcitriol on day 35."
    )
    assert [(name, length) for name, _, _, length in _times(_statements(text))] == [
        ("gemcitabine", 28.0),
        ("goserelin", None),
        ("cisplatin", 28.0),
        ("calcitriol", None),
    ]


def test_a_number_of_cycles_stays_with_its_statement() -> None:
    """And one that stands before "A and B" is said of both."""
    (one,) = _statements("Etoposide 100 mg/m2 on days 1-3 for up to 6 cycles.")
    assert one.schedule.n_cycles == 6
    assert [one.schedule.n_cycles for one in _statements("Up to 12 cycles of bevacizumab and temozolomide.")] == [12, 12]


@pytest.mark.parametrize(
    "text",
    [
        "Ribociclib 600 mg and letrozole 2.5 mg daily until disease progression.",
        "Ribociclib 600 mg and letrozole 2.5 mg daily. Treatment continues until disease progression.",
        "Until disease progression, patients receive ribociclib and letrozole.",
    ],
)
def test_the_end_of_treatment_is_said_of_all(text: str) -> None:
    """In the same sentence or in one of its own."""
    found = _statements(text)
    assert [one.treatment.name for one in found] == ["ribociclib", "letrozole"]
    assert [one.until.text if one.until else None for one in found] == ["until disease progression"] * 2


@pytest.mark.parametrize(
    ("text", "phase"),
    [
        ("Neoadjuvant paclitaxel 80 mg/m2 weekly", "neoadjuvant"),
        ("Letrozole 2.5 mg daily as maintenance", "maintenance"),
        ("新辅助紫杉醇80mg/m2每周一次", "neoadjuvant"),
        ("Letrozole 2.5 mg daily", None),
    ],
)
def test_the_phase_of_care_is_said_of_a_treatment(text: str, phase: str | None) -> None:
    """From either side of its name."""
    assert [one.phase for one in _statements(text)] == [phase]


# --- any text ------------------------------------------------------------------------------------------------------------

PIECES = [
    *(
        "cisplatin",
        "docetaxel",
        "顺铂",
        "radiotherapy",
        "75 mg/m2",
        "20 mg",
        "2 Gy",
        "AUC 5",
        "30 fractions",
        "2 tablets",
        "5 x 10^6 cells/kg",
    ),
    *("day 1", "days 1, 8", "第1天", "every 3 weeks", "weekly", "bid", "once", "21-day cycle", "6 cycles", "cycle 2", "for 5 days", "each"),
    *("IV", "口服", "and", "or", "then", "plus", "with or without", "before", "without", "from", "below", "maximum", "of", "daily dose"),
    *(",", ";", "。", ". ", ":", "(", ")", "/", "\n\n", "Patients receive", "scans", "adjuvant", "is", "normal saline", "same as"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_any_passage_is_bound_to_what_it_names(pieces: list[str]) -> None:
    """No statement is of a treatment that is neither named nor the default, and each part is a token of the text."""
    text = " ".join(pieces)
    default = Treatment("the default")
    for one in _statements(text, default):
        assert one.treatment is default or one.treatment.name in ("cisplatin", "docetaxel", "radiotherapy")
        assert one.dose is None or 0 < one.dose.low <= one.dose.high
        assert one.n_fractions is None or one.n_fractions > 0
        assert all(0 <= token.start < token.end <= len(text) for _, token in one.parts)


def test_a_regimen_of_several_drugs_has_no_dose_of_its_own() -> None:
    """The dose of the drug beside it is not that of the whole; a tablet of two drugs has one."""
    found = _statements("Tazemetostat (800 mg) + R-CHOP")
    assert [(one.treatment.name, one.dose is None) for one in found] == [("tazemetostat", False), ("r-chop", True)]
    (tablet,) = _statements("Sacubitril/valsartan 200 mg twice daily")
    assert tablet.dose is not None


def test_premedication_for_a_drug_is_not_that_drug() -> None:
    """The name only says what the other is given for."""
    paracetamol = Treatment("paracetamol")
    found = _statements("Premedication for rituximab. Given at 650 mg orally.", paracetamol)
    assert _doses(found) == [("paracetamol", 650.0, "mg")]


def test_a_protocol_in_short_keeps_each_drug_with_its_days() -> None:
    """Names with a colon, semicolons between them, the route of another heading not theirs."""
    found = _statements("VCR: 1, 8; CTX: 1 g/m2, 1; Pred: 1-3. IT: d1.")
    times = [(one.treatment.name, one.schedule.days, one.route) for one in found if one.treatment.drug and not one.treatment.drug.is_class]
    assert times == [("vincristine", (1, 8), None), ("cyclophosphamide", (1,), None), ("prednisone", (1, 2, 3), None)]
    assert all(len(one.companions) == 3 for one in found[:3])


# --- routes that are treatments ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "HAIC + sintilimab 200 mg every 3 weeks",
        "Sintilimab 200 mg every 3 weeks plus TACE",
        "Sintilimab 200 mg every 3 weeks combined with HAIC in adults",
        "Hepatic arterial infusion chemotherapy (HAIC) combined with sintilimab 200 mg every 3 weeks",
        "DEB-TACE and sintilimab 200 mg every 3 weeks",
        "TACE联合信迪利单抗200mg每3周一次",
        "肝动脉灌注化疗（HAIC）联合信迪利单抗200mg每3周一次",
        "经肝动脉化疗栓塞术联合信迪利单抗200mg每3周一次",
    ],
)
def test_a_route_that_stands_as_a_treatment_is_not_that_of_its_neighbour(text: str) -> None:
    """Joins make it one: on either side of the drug, written out or short."""
    (one,) = _statements(text)
    assert (_doses([one]), one.route) == ([("sintilimab", 200.0, "mg")], None)


@pytest.mark.parametrize(
    ("text", "routes"),
    [
        ("HAIC with oxaliplatin 85 mg/m2", ["intra-arterial"]),
        ("HAIC of oxaliplatin 85 mg/m2 plus sintilimab 200 mg", ["intra-arterial", None]),
        ("HAIC: oxaliplatin 85 mg/m2", ["intra-arterial"]),
        ("Oxaliplatin 85 mg/m2 HAIC + sintilimab 200 mg", ["intra-arterial", None]),
        ("Sintilimab 200 mg combined with HAIC of oxaliplatin 85 mg/m2", [None, "intra-arterial"]),
        ("IV plus sintilimab 200 mg", ["intravenous"]),
    ],
)
def test_a_route_says_how_what_stands_with_it_is_given(text: str, routes: list[str | None]) -> None:
    """Where the text tells what the infusion is of."""
    assert [one.route for one in _statements(text)] == routes


# --- cycles that are told once -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("Cisplatin 75 mg/m2 IV on day 1 and pemetrexed 500 mg/m2 IV on day 1, every 21 days", [("Q3W", (1,), 21.0), ("Q3W", (1,), 21.0)]),
        ("顺铂75mg/m2第1天，培美曲塞500mg/m2第1天，每3周一次", [("Q3W", (1,), 21.0), ("Q3W", (1,), 21.0)]),
        ("Gemcitabine 1 g/m2 on days 1 and 8 and cisplatin 75 mg/m2 on day 1, every 3 weeks", [(None, (1, 8), 21.0), ("Q3W", (1,), 21.0)]),
        ("Etoposide 100 mg/m2 on days 1-3; cisplatin 75 mg/m2 on day 1 every 3 weeks", [(None, (1, 2, 3), None), ("Q3W", (1,), 21.0)]),
        ("Cisplatin 75 mg/m2 on day 1 and cetuximab 250 mg/m2 weekly", [(None, (1,), None), ("QW", None, None)]),
        ("Cisplatin 75 mg/m2 on day 22 and docetaxel 75 mg/m2 on day 1, every 3 weeks", [(None, (22,), None), ("Q3W", (1,), 21.0)]),
    ],
)
def test_a_cycle_after_the_last_of_several_is_that_of_all_with_days(
    text: str, times: list[tuple[str | None, tuple[int, ...] | None, float | None]]
) -> None:
    """Where their days lie in it; a semicolon ends what is told together."""
    assert [time[1:] for time in _times(_statements(text))] == times


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        # The length is that of the course told last.
        ("Induction: cisplatin IV on days 1, 22 and 43. Consolidation: docetaxel IV on day 1. Courses repeat every 21 days.", [None, 21.0]),
        ("Induction: cisplatin IV on days 1 and 8. Consolidation: docetaxel IV on day 1. Courses repeat every 21 days.", [21.0, 21.0]),
        ("Either (1) capecitabine PO on days 1 to 21, or (2) four 14-day cycles of FLOT", [None, 14.0]),
        # What stands directly before the length is given in it, whatever the source's slip.
        ("Patients receive everolimus PO on days 1-28. Courses repeat every 21 days.", [21.0]),
        ("Patients receive everolimus PO on days 1-21. Courses repeat every 21 days or every 28 days.", [None]),
    ],
)
def test_the_length_of_a_later_course_is_not_that_of_days_beyond_it(text: str, lengths: list[float | None]) -> None:
    """Days counted through an earlier course lie in no cycle of the later one."""
    assert [resolved(one.schedule).cycle_length_days for one in _statements(text)] == lengths


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Everolimus 5 mg every 2 weeks till day 57", None),
        ("After day 85 patients receive cisplatin 40 mg/m2", None),
        ("Cisplatin 40 mg/m2 on day 3 +/- 2 days and day 10 +/- 2 days (odd courses)", (3, 10)),
        ("Topotecan 1 mg/m2 IP on day 6, and 177Lu-labelled antibody IP on day 8", (6, 8)),
    ],
)
def test_ends_leeways_and_mass_numbers_are_no_days_of_treatment(text: str, days: tuple[int, ...] | None) -> None:
    """Only the days on which something is given are."""
    assert [one.schedule.days for one in _statements(text)] == [days]


@pytest.mark.parametrize(
    "text",
    [
        "Infants with a birth weight of 600 to 1400 grams receive ibuprofen",
        "Ibuprofen for infants weighing 600-1400 g",
        "Treatment goes on up to a cumulative doxorubicin dose of 400 mg/m2",
        "Topotecan is held for a bilirubin above normal or 2 mg/dL",
        "Topotecan A-7 and AS3-1 capsules",
        "The dose of topotecan received in schedule B will be 40 mg/m2 over 20 weeks",
    ],
)
def test_weights_sums_and_blood_values_are_no_doses(text: str) -> None:
    """Nor are figures in a name."""
    assert [one.dose for one in _statements(text)] == [None]


@pytest.mark.parametrize(
    ("text", "doses", "fractions"),
    [
        ("50 Gy/25 Fx concurrent with gefitinib 250 mg", [("gefitinib", 250.0, "mg")], [None]),
        (
            "6 fractions of radiotherapy, followed by melphalan 140 mg/m2",
            [("radiotherapy", None, None), ("melphalan", 140.0, "mg/m2")],
            [6, None],
        ),
    ],
)
def test_grays_and_fractions_before_a_name_are_not_those_of_a_drug(
    text: str, doses: list[tuple[str, float, str]], fractions: list[int | None]
) -> None:
    """They belong to the radiation, or to nobody."""
    found = _statements(text)
    assert (_doses(found), [one.n_fractions for one in found]) == (doses, fractions)


def test_an_amount_behind_an_unknown_name_is_not_that_of_the_drug_before_it() -> None:
    """A short name, joined to what stands before it."""
    assert _doses(_statements("Oxaliplatin (85 mg/m2) plus XY (400 mg/m2), then weekly")) == [("oxaliplatin", 85.0, "mg/m2")]


def test_an_amount_a_day_over_weeks_is_no_sum() -> None:
    """A pump gives it every day."""
    assert _doses(_statements("Blinatumomab IV at 15 ug/m2/day over 28 days")) == [("blinatumomab", 15.0, "ug/m2/d")]
