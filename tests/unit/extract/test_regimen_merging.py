"""How what several passages say of one treatment becomes rows."""

from collections.abc import Callable

import pytest

from pipelines.extract import regimens
from pipelines.extract.subject import Row, Subject
from pipelines.shapes import Study

Told = Callable[..., list[tuple[object, ...]]]

AMBER = {"label": "Amber", "type": "EXPERIMENTAL"}
BLUE = {"label": "Blue", "type": "ACTIVE_COMPARATOR"}
BOTH = ["Amber", "Blue"]


@pytest.fixture
def rows_of(make_record: Callable[..., Study], subject: Subject) -> Callable[..., list[Row]]:
    """A function from what `make_record` takes to rows."""
    return lambda *interventions, **others: list(regimens.rows(make_record(*interventions, **others), subject))


@pytest.fixture
def told(rows_of: Callable[..., list[Row]]) -> Told:
    """The same, of each row the number of its arm, name, dose, route and frequency."""

    def told(*interventions: object, **others: object) -> list[tuple[object, ...]]:
        return [
            (row["arm_id"] and row["arm_id"][-1], row["drug_name"], row["dose_low"], row["route"], row["frequency"])
            for row in rows_of(*interventions, **others)
        ]

    return told


# --- which passage counts ------------------------------------------------------------------------------------------------


def test_the_words_of_an_arm_come_before_those_of_the_intervention(told: Told) -> None:
    """An arm that says nothing has what the intervention says."""
    everolimus = {"name": "Everolimus", "description": "10 mg orally once daily", "armGroupLabels": BOTH}
    found = told(everolimus, arms=[AMBER | {"description": "Everolimus 5 mg twice daily"}, BLUE])
    assert found == [("1", "everolimus", 5.0, None, "BID"), ("2", "everolimus", 10.0, "oral", "QD")]


def test_what_one_passage_leaves_open_the_next_fills(told: Told) -> None:
    """The dose of the arm, the route of the intervention, the times of the trial's description."""
    everolimus = {"name": "Everolimus", "description": "By mouth", "armGroupLabels": ["Amber"]}
    arms = [AMBER | {"description": "Everolimus 5 mg"}]
    found = told(everolimus, arms=arms, detailed="Participants receive everolimus once daily.")
    assert found == [("1", "everolimus", 5.0, "oral", "QD")]


@pytest.mark.parametrize(
    ("text", "frequency"),
    [
        ("Participants receive everolimus 10 mg once daily.", "QD"),
        ("Participants receive everolimus 5 mg once daily.", None),
        ("Participants receive everolimus intravenously once daily.", None),
    ],
)
def test_a_passage_that_contradicts_fills_nothing(text: str, frequency: str | None, told: Told) -> None:
    """Of another dose or another route it says when that is given, not this."""
    everolimus = {"name": "Everolimus", "description": "10 mg orally", "armGroupLabels": ["Amber"]}
    found = told(everolimus, arms=[AMBER], detailed=text)
    assert found[0] == ("1", "everolimus", 10.0, "oral", frequency)


def test_another_dose_in_the_description_of_the_trial_is_a_row_without_an_arm(told: Told) -> None:
    """Nobody says who receives it."""
    everolimus = {"name": "Everolimus", "description": "10 mg once daily", "armGroupLabels": ["Amber"]}
    found = told(everolimus, arms=[AMBER], detailed="Participants receive everolimus 5 mg once daily.")
    assert found == [("1", "everolimus", 10.0, None, "QD"), (None, "everolimus", 5.0, None, "QD")]


def test_what_is_said_again_makes_no_second_row(rows_of: Callable[..., list[Row]]) -> None:
    """In the same words, in others, as the total of a day; what adds nothing is no source."""
    prednisone = {"name": "Prednisone", "description": "40 mg/day by mouth. Prednisone 40 mg daily.", "armGroupLabels": ["Amber"]}
    (row,) = rows_of(
        prednisone, arms=[AMBER | {"description": "Prednisone 40 mg once daily"}], detailed="Patients receive prednisone 40 mg daily."
    )
    assert (row["dose_low"], row["dose_unit"], row["route"], row["frequency"]) == (40.0, "mg", "oral", "QD")


# --- several doses -------------------------------------------------------------------------------------------------------


def test_two_doses_are_two_rows(told: Told) -> None:
    """In each arm that receives both."""
    ofatumumab = {"name": "Ofatumumab", "description": "300 mg IV on day 1, then 1000 mg IV monthly", "armGroupLabels": BOTH}
    found = told(ofatumumab, arms=[AMBER, BLUE])
    assert [(arm, dose) for arm, _, dose, _, _ in found] == [("1", 300.0), ("1", 1000.0), ("2", 300.0), ("2", 1000.0)]


def test_arms_that_tell_their_doses_have_each_their_own(told: Told) -> None:
    """What the intervention adds holds for both."""
    everolimus = {
        "name": "Everolimus",
        "description": "Tablets by mouth once daily",
        "armGroupLabels": ["Everolimus 5 mg", "Everolimus 10 mg"],
    }
    found = told(everolimus, arms=[{"label": "Everolimus 5 mg"}, {"label": "Everolimus 10 mg"}])
    assert found == [("1", "everolimus", 5.0, "oral", "QD"), ("2", "everolimus", 10.0, "oral", "QD")]


def test_rising_doses_are_a_row_each(told: Told) -> None:
    """All of them in the one arm."""
    found = told(
        {"name": "Everolimus", "armGroupLabels": ["Amber"]}, arms=[AMBER | {"description": "Everolimus 2.5, 5 or 10 mg once daily"}]
    )
    assert found == [("1", "everolimus", dose, None, "QD") for dose in (2.5, 5.0, 10.0)]


def test_cycles_are_counted_of_what_is_given_less_often_than_daily(rows_of: Callable[..., list[Row]]) -> None:
    """A number of doses of a daily drug counts none."""
    (row,) = rows_of({"name": "Rituximab", "description": "375 mg/m2 IV weekly for 4 doses"})
    assert row["n_cycles"] == 4
    (row,) = rows_of({"name": "Rituximab", "description": "375 mg/m2 IV daily for 4 doses"})
    assert row["n_cycles"] is None


# --- which arm -----------------------------------------------------------------------------------------------------------


def test_an_arm_that_names_a_treatment_with_its_dose_receives_it(told: Told) -> None:
    """Also where the record forgot to tie it."""
    cisplatin = {"name": "Cisplatin", "description": "75 mg/m2 every 3 weeks", "armGroupLabels": ["Amber"]}
    found = told(cisplatin, arms=[AMBER, BLUE | {"description": "Cisplatin 40 mg/m2 weekly"}])
    assert found == [("1", "cisplatin", 75.0, None, "Q3W"), ("2", "cisplatin", 40.0, None, "QW")]


def test_a_treatment_of_the_prose_alone_has_the_arm_that_names_it(told: Told) -> None:
    """And none where only the description of the trial does."""
    cisplatin = {"name": "Cisplatin", "armGroupLabels": BOTH}
    arms = [AMBER | {"description": "Cisplatin and pemetrexed 500 mg/m2 every 3 weeks"}, BLUE]
    found = told(cisplatin, arms=arms, detailed="All participants receive folic acid 400 µg once daily.")
    assert [(arm, name) for arm, name, *_ in found] == [("1", "cisplatin"), ("2", "cisplatin"), ("1", "pemetrexed"), (None, "folic acid")]


def test_as_in_the_other_arm_takes_nothing_from_what_stands_beside_it(told: Told) -> None:
    """The time of the second treatment is not that of the first; what the intervention says still is."""
    carboplatin = {"name": "Carboplatin", "armGroupLabels": ["Blue"]}
    arms = [
        AMBER | {"description": "Docetaxel 75 mg/m2 every 3 weeks"},
        BLUE | {"description": "Docetaxel as in arm A, and carboplatin AUC 2 weekly"},
    ]
    bare = {"name": "Docetaxel", "armGroupLabels": BOTH}
    assert told(bare, carboplatin, arms=arms) == [
        ("1", "docetaxel", 75.0, None, "Q3W"),
        ("2", "docetaxel", None, None, None),
        ("2", "carboplatin", 2.0, None, "QW"),
    ]
    assert told(bare | {"description": "75 mg/m2 every 3 weeks"}, carboplatin, arms=arms)[1] == ("2", "docetaxel", 75.0, None, "Q3W")


# --- bare rows -----------------------------------------------------------------------------------------------------------


def test_prose_takes_the_place_of_the_bare_row(rows_of: Callable[..., list[Row]]) -> None:
    """An arm of which nothing is said keeps its own."""
    found = rows_of(
        {"name": "Everolimus", "armGroupLabels": BOTH},
        arms=[AMBER | {"description": "Everolimus 5 mg once daily"}, BLUE],
        summary="Nothing.",
    )
    assert [(row["arm_id"][-1], row["method"], row["dose_low"]) for row in found] == [("1", "text", 5.0), ("2", "structured", None)]


@pytest.mark.parametrize("name", ["Chemotherapy", "Doublet (cisplatin and pemetrexed)"])
def test_a_treatment_without_a_drug_gives_way_to_the_drugs_that_spell_it_out(name: str, told: Told) -> None:
    """Of its description, or of its arm's."""
    text = "Cisplatin 75 mg/m2 and pemetrexed 500 mg/m2 every 3 weeks"
    spelt = [("cisplatin", 75.0), ("pemetrexed", 500.0)]
    in_its_own = told({"name": name, "description": text, "armGroupLabels": ["Amber"]}, arms=[AMBER])
    assert [(drug, dose) for _, drug, dose, _, _ in in_its_own] == spelt
    in_its_arm = told({"name": name, "armGroupLabels": ["Amber"]}, arms=[AMBER | {"description": text}])
    assert [(drug, dose) for _, drug, dose, _, _ in in_its_arm] == spelt


def test_a_treatment_without_a_drug_stays_where_nothing_spells_it_out(rows_of: Callable[..., list[Row]]) -> None:
    """Another arm's drugs do not, nor does what is said of it itself."""
    chemotherapy = {"name": "Chemotherapy", "armGroupLabels": ["Amber"]}
    found = rows_of(chemotherapy, arms=[AMBER, BLUE | {"description": "Cisplatin 75 mg/m2 every 3 weeks"}])
    assert [row["intervention_raw"] for row in found] == ["Chemotherapy", "Cisplatin"]
    (row,) = rows_of(chemotherapy | {"description": "Every 3 weeks"}, arms=[AMBER])
    assert (row["intervention_raw"], row["drug_name"], row["frequency"]) == ("Chemotherapy", None, "Q3W")
