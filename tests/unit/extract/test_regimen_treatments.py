"""Which names of a record mean which treatment, and which arms receive it."""

from collections.abc import Callable

import pytest

from pipelines.extract.regimen_treatments import Treatments, product_name
from pipelines.extract.subject import Subject
from pipelines.grammar.lexicon import DRUG, tagged, words
from pipelines.shapes import Study

Make = Callable[..., Study]


def _named(text: str, treatments: Treatments) -> list[str]:
    """The source's words for every treatment that a text names."""
    found = [token for token in tagged(text, (treatments.lexicon, words())) if token.kind == DRUG]
    return [treatments.of(token.value, token.text).raw for token in found]


# --- what the interventions name -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Olaparib", ["olaparib"]),
        ("Olaparib 300 mg tablets", ["olaparib"]),
        ("Rituximab plus bendamustine", ["rituximab", "bendamustine"]),
        ("Gemcitabine, cisplatin and durvalumab", ["gemcitabine", "cisplatin", "durvalumab"]),
        ("紫杉醇联合卡铂", [None]),
        ("吉西他滨+顺铂", ["gemcitabine", "cisplatin"]),
        ("Olaparib dose escalation", ["olaparib"]),
        ("Olaparib-based maintenance", [None]),
        ("Cisplatin plus a good diet", ["cisplatin"]),
        ("Elixir and tonic", [None]),
    ],
)
def test_a_name_is_one_treatment_or_its_parts(name: str, parts: list[str | None], make_record: Make, subject: Subject) -> None:
    """Parts count where each of them is a drug or a product's code; one drug among a few words is that drug."""
    assert [one.name for one in Treatments(make_record({"name": name}), subject).registered] == parts


def test_the_same_drug_in_two_interventions_is_one_treatment(make_record: Make, subject: Subject) -> None:
    """It goes to the arms of both."""
    study = make_record(
        {"name": "Taxol", "armGroupLabels": ["Blue"]},
        {"name": "Paclitaxel 80 mg/m2", "armGroupLabels": ["Amber"]},
        arms=[{"label": "Amber"}, {"label": "Blue"}],
    )
    (one,) = Treatments(study, subject).registered
    assert (one.raw, one.name, one.places, sorted(one.arms)) == ("Taxol", "paclitaxel", [0, 1], [0, 1])


def test_two_courses_of_radiation_are_two_treatments(make_record: Make, subject: Subject) -> None:
    """They are given to different places, whatever they have in common."""
    study = make_record({"type": "RADIATION", "name": "Thoracic radiotherapy"}, {"type": "RADIATION", "name": "Cranial irradiation"})
    found = Treatments(study, subject).registered
    assert [(one.raw, one.name) for one in found] == [("Thoracic radiotherapy", "radiotherapy"), ("Cranial irradiation", "radiotherapy")]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("QX-1881", "qx-1881"),
        ("QX-1881 tablets", "qx-1881"),
        ("Oral QX1881", "qx1881"),
        ("QX-1881, QX-1881-H, Antizyx", "qx-1881"),
        ("QX-1881 cells", "qx-1881"),
        ("Autologous CAR-T cells", "autologous car-t cells"),
        ("Dendritic cell vaccine", "dendritic cell vaccine"),
        ("CAR-T cells and interleukin", None),
        ("Zyxomab", None),
        ("Waiting list", None),
        ("Herbal tea", None),
    ],
)
def test_a_code_and_a_cell_product_have_a_name_of_their_own(raw: str, name: str | None) -> None:
    """Any other unknown words may be a class, a regimen or a slip."""
    assert product_name(raw) == name


@pytest.mark.parametrize(
    ("kind", "name", "count"),
    [
        ("GENETIC", "Gene X vector", 1),
        ("GENETIC", "Gene expression profiling", 0),
        ("PROCEDURE", "Radiotherapy", 1),
        ("PROCEDURE", "Cisplatin", 0),
        ("DEVICE", "Radiotherapy couch", 0),
    ],
)
def test_a_test_of_the_laboratory_is_no_treatment(kind: str, name: str, count: int, make_record: Make, subject: Subject) -> None:
    """Of procedures only radiation is one."""
    assert len(Treatments(make_record({"type": kind, "name": name}), subject).registered) == count


# --- what the prose may call them ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["Zyxomab 5 mg", "zyxomab", "QX-1881 5 mg", "qx 1881", "QX1881"])
def test_other_names_are_names_of_the_record(text: str, make_record: Make, subject: Subject) -> None:
    """In any case, with a hyphen or without; a list of them is cut at its commas."""
    treatments = Treatments(make_record({"name": "Zyxomab", "otherNames": ["QX-1881, QX1881"]}), subject)
    assert _named(text, treatments) == ["Zyxomab"]


@pytest.mark.parametrize(
    ("other", "text"), [("Chemotherapy", "chemotherapy"), ("Placebo", "placebo"), ("5", "5"), ("Cisplatin", "cisplatin")]
)
def test_another_name_that_means_something_else_is_none(other: str, text: str, make_record: Make, subject: Subject) -> None:
    """A common word, a number, another drug."""
    treatments = Treatments(make_record({"name": "Olaparib", "otherNames": [other]}), subject)
    assert "Olaparib" not in _named(text, treatments)


def test_another_name_of_two_treatments_is_a_name_of_neither(make_record: Make, subject: Subject) -> None:
    """Of "A plus B" nobody knows which part it means."""
    treatments = Treatments(make_record({"name": "Rituximab plus bendamustine", "otherNames": ["QX-1881"]}), subject)
    assert _named("QX-1881 5 mg", treatments) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Viazyx Peanut 250 mcg", "Viazyx Peanut is worn every day"),
        ("Capecitabine (Xeloda)", "Xeloda by mouth"),
        ("卡培他滨", "capecitabine by mouth"),
        ("Capecitabine", "口服卡培他滨"),
    ],
)
def test_a_registered_name_is_known_without_its_dose_and_in_other_words(name: str, text: str, make_record: Make, subject: Subject) -> None:
    """What stands in brackets is a name too, and the vocabulary knows the other languages."""
    assert len(_named(text, Treatments(make_record({"name": name}), subject))) == 1
    assert _named(text, Treatments(make_record({"name": name}), subject))[0] in name


def test_an_abbreviation_that_the_record_defines_means_what_it_follows(make_record: Make, subject: Subject) -> None:
    """With two capitals at least; what is a drug's name already keeps its meaning."""
    treatments = Treatments(make_record({"name": "Sacituzumab govitecan"}), subject)
    assert _named("SaGo 10 mg/kg", treatments) == []
    treatments.define_abbreviations("Sacituzumab govitecan (SaGo) after chemotherapy. Olaparib (tablets). Patients (XyZ).")
    assert _named("SaGo 10 mg/kg", treatments) == ["Sacituzumab govitecan"]
    assert _named("tablets, XyZ", treatments) == []


def test_an_abbreviation_of_an_unregistered_drug_is_known_too(make_record: Make, subject: Subject) -> None:
    """It is one treatment by both names."""
    treatments = Treatments(make_record(), subject)
    treatments.define_abbreviations("Patients receive carfilzomib (CfZ).")
    (first,) = _named("carfilzomib", treatments)
    assert _named("CfZ", treatments) == [first]


def test_the_one_cell_product_of_a_record_is_called_the_cells(make_record: Make, subject: Subject) -> None:
    """Of two products nobody knows which."""
    one = Treatments(make_record({"type": "BIOLOGICAL", "name": "Anti-CD7 CAR-T cells"}), subject)
    assert _named("the cells are infused", one) == ["Anti-CD7 CAR-T cells"]
    two = Treatments(
        make_record({"type": "BIOLOGICAL", "name": "Anti-CD7 CAR-T cells"}, {"type": "BIOLOGICAL", "name": "Anti-ZYX CAR-T cells"}), subject
    )
    assert _named("the cells are infused", two) == []


def test_the_name_of_a_group_means_the_one_product_that_is_registered(make_record: Make, subject: Subject) -> None:
    """Filgrastim where filgrastim is given."""
    assert _named("G-CSF 5 ug/kg", Treatments(make_record({"name": "Filgrastim"}), subject)) == ["Filgrastim"]


# --- which arms receive them ---------------------------------------------------------------------------------------------


def test_arms_are_tied_by_their_labels_and_by_the_names_they_list(make_record: Make, subject: Subject) -> None:
    """Both ways of the registry count together."""
    study = make_record(
        {"name": "Metformin", "armGroupLabels": ["Amber"]},
        {"name": "Insulin"},
        arms=[{"label": "Amber", "interventionNames": ["Drug: Insulin"]}, {"label": "Blue", "interventionNames": ["metformin"]}],
    )
    treatments = Treatments(study, subject)
    assert [(one.raw, one.arms) for one in treatments.registered] == [("Metformin", [0, 1]), ("Insulin", [0])]
    assert treatments.arms_by_place == {0: [0, 1], 1: [0]}


def test_all_parts_of_a_name_are_tied_to_its_arms(make_record: Make, subject: Subject) -> None:
    """Who receives "A plus B" receives both."""
    study = make_record({"name": "Rituximab plus bendamustine", "armGroupLabels": ["Blue"]}, arms=[{"label": "Amber"}, {"label": "Blue"}])
    assert [one.arms for one in Treatments(study, subject).registered] == [[1], [1]]


def test_an_intervention_that_is_no_treatment_still_has_its_arms(make_record: Make, subject: Subject) -> None:
    """Its description may name what is injected."""
    study = make_record({"type": "PROCEDURE", "name": "Biopsy", "armGroupLabels": ["Amber"]}, arms=[{"label": "Amber"}])
    treatments = Treatments(study, subject)
    assert (treatments.by_place, treatments.arms_by_place) == ({}, {0: [0]})
