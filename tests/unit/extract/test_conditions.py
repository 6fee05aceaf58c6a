"""Conditions as listed, and their MeSH terms."""

from collections.abc import Callable

import pytest

from pipelines.extract import conditions
from pipelines.extract.subject import Subject
from pipelines.shapes import Study

Make = Callable[..., Study]


def test_conditions_keep_their_order_and_words(make_study: Make, subject: Subject) -> None:
    """One row each from 1, repaired but not rewritten."""
    found = list(conditions.rows(make_study(conditionsModule={"conditions": ["Warts", "Grade \\> 2 Burns"]}), subject))
    assert [(row["ordinal"], row["condition_raw"], row["condition"]) for row in found] == [(1, "Warts", None), (2, "Grade > 2 Burns", None)]


def test_a_mesh_term_is_given_only_to_its_own_words(make_study: Make, subject: Subject) -> None:
    """Case and spaces aside; a term that the register found for something else of the record is nobody's."""
    study = make_study(
        conditionsModule={"conditions": ["heart  failure", "Weak Heart"]},
        conditionBrowseModule={"meshes": [{"id": "D006333", "term": "Heart Failure"}, {"id": "D003920", "term": "Diabetes Mellitus"}]},
    )
    found = [(row["condition"], row["mesh_id"]) for row in conditions.rows(study, subject)]
    assert found == [("heart failure", "D006333"), (None, None)]


@pytest.mark.parametrize(
    ("stated", "mesh_id"),
    [("D000006333", "D006333"), ("D006333", "D006333"), ("D000067877", "D000067877"), ("C531698", "C531698"), (None, None)],
)
def test_padded_mesh_ids_are_the_same_as_bare_ones(stated: str | None, mesh_id: str | None, make_study: Make, subject: Subject) -> None:
    """The API padded six digits to nine for a time; ids that have nine digits of their own stay."""
    study = make_study(conditionsModule={"conditions": ["Warts"]}, conditionBrowseModule={"meshes": [{"id": stated, "term": "Warts"}]})
    (row,) = conditions.rows(study, subject)
    assert row["mesh_id"] == mesh_id
