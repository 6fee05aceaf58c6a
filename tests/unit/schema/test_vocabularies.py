"""Closed vocabularies find their known spellings and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.schema import vocabularies as v
from pipelines.schema.tables import TABLES

ALL = {c.vocabulary.name: c.vocabulary for t in TABLES.values() for c in t.columns if c.vocabulary}


@pytest.mark.parametrize(
    ("vocabulary", "words", "member"),
    [
        (v.PHASE, "Phase 1/Phase 2", "PHASE1_PHASE2"),
        (v.PHASE, "PHASE2|PHASE3", "PHASE2_PHASE3"),
        (v.PHASE, "Early Phase 1", "EARLY_PHASE1"),
        (v.PHASE, "N/A", "NA"),
        (v.OVERALL_STATUS, "Active, not recruiting", "ACTIVE_NOT_RECRUITING"),
        (v.OVERALL_STATUS, "Unknown status", "UNKNOWN"),
        (v.ARM_TYPE, "Placebo Comparator", "PLACEBO_COMPARATOR"),
        (v.INTERVENTION_TYPE, "Dietary Supplement", "DIETARY_SUPPLEMENT"),
        (v.ENROLLMENT_TYPE, "Anticipated", "ESTIMATED"),
        (v.SEX, "Both", "ALL"),
        (v.ALLOCATION, "Non-Randomized", "NON_RANDOMIZED"),
    ],
)
def test_known_spellings_are_found(vocabulary: v.Vocabulary, words: str, member: str) -> None:
    """Words of the older formats stand for the same member as the current ones."""
    assert vocabulary.find(words) == member


@pytest.mark.parametrize("name", ALL)
def test_every_member_finds_itself(name: str) -> None:
    """A member is its own spelling, in any case."""
    for member in ALL[name].members:
        assert ALL[name].find(member) == member
        assert ALL[name].find(member.upper()) == member


@given(st.text())
def test_unknown_words_are_none_never_passed_through(words: str) -> None:
    """Whatever is found is a member."""
    found = v.OVERALL_STATUS.find(words)
    assert found is None or found in v.OVERALL_STATUS.members


def test_a_variant_of_an_unknown_member_is_refused() -> None:
    """A slip in a list is found when it is loaded."""
    with pytest.raises(ValueError, match="unknown member"):
        v.Vocabulary("x", {"A": ""}, {"b": "B"})
