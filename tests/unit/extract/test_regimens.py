"""Treatments that the structured part of a record gives, and their ties to arms."""

from collections.abc import Callable
from typing import Any

import pytest

from pipelines.extract import regimens
from pipelines.extract.subject import Row, Subject
from pipelines.shapes import Study

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
