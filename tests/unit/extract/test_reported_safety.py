"""Rows of `safety` that articles make: events, their grades and groups, totals, deaths."""

import pytest

from pipelines.extract import articles
from pipelines.extract.subject import Row, Subject
from pipelines.sources import article

ARMS = "Patients were randomly assigned to arm A or arm B. "


def _said(text: str) -> list[Row]:
    """The rows of `safety` of an article."""
    (record,) = article.read(f"# A study of new drugs\n\n{text}\n".encode())
    assert record.article is not None
    return articles.tables(record.article, Subject("x-1", "d" * 16, "none", "en")).get("safety", [])


def _figures(text: str, *names: str) -> list[tuple[object, ...]]:
    """These columns of the rows; `figure` for the percentage or, without one, the number affected."""
    rows = [row | {"figure": row.get("n_affected") if row.get("percent") is None else row["percent"]} for row in _said(text)]
    return [tuple(row.get(name) for name in names) for row in rows]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Grade 3 adverse events were rash (9%) and fever (7%) in arm A and rash (4%), cough (3%) and fever (2%) in arm B.",
            [("Rash", 9, "arm A"), ("Fever", 7, "arm A"), ("Rash", 4, "arm B"), ("Cough", 3, "arm B"), ("Fever", 2, "arm B")],
        ),
        (
            "Toxicity: more fatigue (arm A, 46%; arm B, 62%) and bone pain (arm A, 11%; arm B, 23%).",
            [("Fatigue", 46, "arm A"), ("Fatigue", 62, "arm B"), ("Bone pain", 11, "arm A"), ("Bone pain", 23, "arm B")],
        ),
        (
            "Adverse events: rash (35% versus 5% with arm A) was more common with arm B, fever (19% versus 6% with arm B) with arm A.",
            [("Rash", 35, "arm B"), ("Rash", 5, "arm A"), ("Fever", 19, "arm A"), ("Fever", 6, "arm B")],
        ),
        ("Adverse events: rash in 9% (arm A) and 4% (arm B).", [("Rash", 9, "arm A"), ("Rash", 4, "arm B")]),
        ("Toxicity such as rash was most common in arm B (9% versus 4% arm A).", [("Rash", 9, "arm B"), ("Rash", 4, "arm A")]),
        ("In women who received arm B, toxicity such as rash was rarer in the old (9% v 4%).", [("Rash", 9, None), ("Rash", 4, None)]),
        ("Of adverse events, rash (9% versus 4%) was more common with arm A.", [("Rash", 9, "arm A"), ("Rash", 4, "arm B")]),
        ("Of adverse events, rash was more frequent in arm B (9% v 4%).", [("Rash", 9, "arm B"), ("Rash", 4, "arm A")]),
        ("Compared with arm A, arm B had more toxicity such as rash (20% vs 10%).", [("Rash", 20, "arm B"), ("Rash", 10, "arm A")]),
    ],
)
def test_every_percentage_is_of_its_own_arm(text: str, expected: list[tuple[object, ...]]) -> None:
    """Groups stand before their events, after them, or beside one of two values that are compared."""
    assert _figures(ARMS + text, "term", "figure", "group_raw") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Two patients (5%) died of sepsis and one (2%) from stroke.", [("Sepsis", 5, None), ("Stroke", 2, None)]),
        ("Two patients died of sepsis related to early letrozole use.", [("Sepsis", 2, "treatment_related")]),
        ("Most patients did well, one stopped early and one died at home.", [(None, 1, None)]),
        ("At a median follow-up of 40 months, 24 patients had died.", [(None, 24, None)]),
        ("There was one toxic death.", [(None, 1, "treatment_related")]),
        ("20 patients died, 6 were considered treatment-related.", [(None, 20, None), (None, 6, "treatment_related")]),
        ("入组后治疗期间 20 例死亡，6 例与药物有关。", [(None, 20, None), (None, 6, "treatment_related")]),
        ("There were 50 transplants, and 1 death was related to the procedure (2%).", [(None, 2, None)]),
        ("The phase 1/2 study of an inhibitor of death 1 went on.", []),
    ],
)
def test_deaths_are_counted_with_what_they_were_of(text: str, expected: list[tuple[object, ...]]) -> None:
    """The cause is the term, and the number stands before or after."""
    assert _figures(text, "term", "figure", "attribution") == expected
    assert {row["kind"] for row in _said(text)} <= {"death"}


def test_counts_in_brackets_are_of_their_groups() -> None:
    """After the total of them."""
    text = ARMS + "Five patients died (arm A: 2; arm B: 3)."
    assert _figures(text, "kind", "figure", "group_raw") == [("death", 5, None), ("death", 2, "arm A"), ("death", 3, "arm B")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Toxicities were seen in 22% (11/51), including 8% (4/51) grade 3.", [(22, None, None), (8, 3, 3)]),
        ("Toxicities were seen in 22% (11/51), 8% (4/51) of them grade ≥ 3.", [(22, None, None), (8, 3, 5)]),
        ("Of the toxicities, 12 (13%) had grade 3 and 67 (73%) grade 4 events.", [(13, 3, 3), (73, 4, 4)]),
        ("Treatment-related events occurred in 85% of patients.", [(85, None, None)]),
        ("There were 3 grade 4 infections.", [(3, 4, 4)]),
        ("Toxicities of grade ��3 were seen in 8%.", [(8, 3, 5)]),
        ("Grade 3 and 4 rash occurred in 9.5% and 0.5%, respectively.", [(9.5, 3, 3), (0.5, 4, 4)]),
        ("Toxicities were 12 (9%) grade 3, 4 (3%) grade 4 and 1 fatal adverse event.", [(9, 3, 3), (3, 4, 4), (1, 5, 5)]),
        ("Grade 5 toxicities: sepsis 2, stroke 1; later rash 1.", [(2, 5, 5), (1, 5, 5), (1, 5, 5)]),
        ("Two fatal infections were seen.", [(2, 5, 5)]),
        ("Grade 3 toxicity: rash in 5%, severe fatigue in 8%.", [(5, 3, 3), (8, None, None)]),
    ],
)
def test_grades_are_of_the_figure_beside_them(text: str, expected: list[tuple[object, ...]]) -> None:
    """Before it, after it, or where a sign was lost."""
    assert _figures(text, "figure", "grade_min", "grade_max") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No dose-limiting toxicities or grade 5 events occurred.", [("dose_limiting_toxicity", None), ("any_event", 5)]),
        ("No deaths or relapses were seen.", [("death", None)]),
        ("No treatment-related deaths occurred.", [("death", None)]),
        ("Grade 3 neutropenia with or without fever, cough and rash were rare.", []),
        ("No new toxicities were seen.", []),
        ("There were no clinically relevant renal adverse events.", []),
        ("No new concerns about toxic effects arose.", []),
    ],
)
def test_absence_is_a_row(text: str, expected: list[tuple[object, ...]]) -> None:
    """Of what did not occur at all; that nothing new occurred says nothing."""
    rows = _said(text)
    assert [(row["kind"], row.get("grade_min")) for row in rows] == expected
    assert all(row["is_absent"] and row["n_affected"] == 0 for row in rows)


def test_a_stop_has_no_grade_of_the_event_before_it() -> None:
    """Only one of its own."""
    text = "Grade 3 rash occurred in five patients (50%), leading to treatment discontinuation in two patients."
    assert _figures(text, "kind", "figure", "grade_min") == [("event", 50, 3), ("discontinuation", 2, None)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The maximum tolerated dose (MTD) was determined to be 200 mg/m2 once daily.", ["200 mg/m2 once daily"]),
        ("A dose of 1.5 mg/kg was established as the MTD.", ["1.5 mg/kg"]),
        ("The MTD and RP2D of letrozole were 10 mg daily.", ["10 mg daily", "10 mg daily"]),
        ("本研究最大耐受剂量为20 mg/m²,选择15 mg/m²作为RP2D。", ["20 mg/m²", "15 mg/m²"]),
        ("The MTD was not reached at 20 mg.", []),
        ("The study was designed to find the MTD; the first dose was 20 mg.", []),
    ],
)
def test_tolerated_doses_are_told_in_the_words_of_the_source(text: str, expected: list[str]) -> None:
    """Only doses that were found."""
    rows = _said(text)
    assert [row["dose_raw"] for row in rows] == expected
    assert {row["kind"] for row in rows} <= {"maximum_tolerated_dose"}


@pytest.mark.parametrize(
    "text",
    [
        "There were 4% more adverse events of the heart.",
        "Pain relief was reached by 73% in spite of toxicity.",
        "Adverse events: pain was reduced by 40%.",
        "Toxicity: weight loss of 5% loss from the start.",
        "There were no adverse events that changed the 0.02% per year of deaths.",
        "Deaths from toxicity: annualized rate, 0.04%.",
    ],
)
def test_what_is_no_share_of_patients_is_no_percentage(text: str) -> None:
    """How much more, by how much less, how much a year."""
    assert [row["percent"] for row in _said(text) if row.get("percent") is not None] == []


def test_groups_in_brackets_are_told_by_one_word() -> None:
    """Of the groups that the document compares."""
    arms = "Patients were randomised to the switched group versus the reference group. "
    text = "Of toxicities, rash was seen in 9% (reference) versus 4% (switched)."
    assert _figures(arms + text, "figure", "group_raw") == [(9, "reference group"), (4, "switched group")]


def test_lists_of_toxicities_name_systems_and_measures() -> None:
    """Which are events nowhere else."""
    systems = "The most common toxicities were haematological (84% in arm A; 82% in arm B) and cardiac (47% and 49%, respectively)."
    assert _figures(ARMS + systems, "term", "figure", "group_raw") == [
        ("Hematotoxicity", 84, "arm A"),
        ("Hematotoxicity", 82, "arm B"),
        ("Cardiotoxicity", 47, "arm A"),
        ("Cardiotoxicity", 49, "arm B"),
    ]
    measures = "Toxicities were elevated levels of creatinine (7%), alanine aminotransferase (5%) and AST (4%). AST was measured in 20%."
    assert _figures(measures, "figure") == [(7,), (5,), (4,)]


def test_a_list_of_drugs_is_one_group_where_one_figure_is_of_it() -> None:
    """Not the first of its drugs, which the other group may take too."""
    text = "Toxicity: rash (9% with letrozole, metformin, and aspirin; 4% with letrozole, insulin, and warfarin)."
    assert _figures("Letrozole versus warfarin was studied. " + text, "figure", "group_raw") == [
        (9, "letrozole, metformin, and aspirin"),
        (4, "letrozole, insulin, and warfarin"),
    ]


def test_a_group_that_two_figures_claim_is_nobodys() -> None:
    """Of one event in one sentence."""
    text = "Toxicity: rash (9% with letrozole; 4% with letrozole)."
    assert _figures("Letrozole versus warfarin was studied. " + text, "figure", "group_raw") == [(9, None), (4, None)]


COUGHS = [("Cough", 2.5), ("Cough", 1), ("Cough", 3.5)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Toxicity: hepatic events occurred in 9 (7%), infections in 6 (5%).", [("Hepatotoxicity", 7), ("Infection", 5)]),
        ("Toxicity: urgent events occurred in 9 (7%), infections in 6 (5%).", [("Infection", 5)]),
        ("Cardiac events in 6 (5%) (1 heart failure) led to toxicity.", [("Heart failure", 1), ("Cardiac events", 5)]),
        ("Of adverse events, rash was seen in 9%. Their times are shown. Cough was seen in 7%.", [("Rash", 9), ("Cough", 7)]),
        ("Adverse events made 9% stop, with rash being the main reason (80%).", []),
        ("Toxicity: rash in less than 3%.", []),
        ("Toxicity: rash in 40, 67, and 50%, cough in 2.5, 1, and 3.5%.", [("Rash", 40), ("Rash", 67), ("Rash", 50), *COUGHS]),
        ("Toxicity: rash occurred in 7 (6%) vs 0.", [("Rash", 6), ("Rash", 0)]),
        ("Grade 5 events were rash (n = 2), stroke and sepsis (one each).", [("Rash", 2), ("Stroke", 1), ("Sepsis", 1)]),
        ("Toxicity was mild and the probability of death from infection was 6%.", []),
    ],
)
def test_figures_are_of_the_event_that_they_are_told_of(text: str, expected: list[tuple[object, ...]]) -> None:
    """Not of the next one, of a reason or of a limit."""
    assert [(term, figure) for term, figure, kind in _figures(text, "term", "figure", "kind") if kind == "event"] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Of 283 patients, 37 (13.1%) developed thrombosis.", [("Thromboembolic event", 13.1)]),
        ("Rash (9% vs 4%) and the incidence of fever (12%) were told.", [("Rash", 9), ("Rash", 4), ("Fever", 12)]),
        ("No cardiac arrhythmias were observed.", [("Arrhythmia", 0)]),
        ("Hot flashes disappeared in 5 patients (15%).", []),
        ("Clinicians ease pain, and 24% of them measure it.", []),
        ("The rate of fever-related visits was 12%.", []),
    ],
)
def test_events_are_told_without_a_word_of_safety_where_they_are_said_to_occur(text: str, expected: list[tuple[object, ...]]) -> None:
    """Not where they ended, or are only spoken of."""
    assert _figures(text, "term", "figure") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "The most common grade 3 toxicities were rash (9%) and fever (8%); fatigue (6%); and cough (5%).",
            [("Rash", 9, 3), ("Fever", 8, 3), ("Fatigue", 6, 3), ("Cough", 5, 3)],
        ),
        ("Grade 3 toxicities were fever (five patients), cough (3), and rash (1).", [("Fever", 5, 3), ("Cough", 3, 3), ("Rash", 1, 3)]),
        ("Adverse events were nausea (24%), and discolouration of the nails (21%).", [("Nausea", 24, None), (None, 21, None)]),
        ("Rash was seen in 12 (40%), and three patients had grade 3 adverse events.", [("Rash", 40, None), (None, 3, 3)]),
    ],
)
def test_lists_of_events_are_told_to_their_end(text: str, expected: list[tuple[object, ...]]) -> None:
    """What heads a list holds for all of it, and each figure is of its own item."""
    assert _figures(text, "term", "figure", "grade_min") == expected


def test_words_that_no_vocabulary_knows_are_the_term_of_their_own_figure() -> None:
    """They are not lost, nor is their figure that of the event before them."""
    rows = _said("Adverse events were nausea (24%), and discolouration of the nails (21%).")
    assert [(row["term_raw"], row["percent"]) for row in rows] == [("nausea", 24), ("discolouration of the nails", 21)]
