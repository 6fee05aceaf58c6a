"""Evidence, coded values and labels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.extract.subject import Subject, coded, evidence, label_key, unique_by_label
from pipelines.schema import vocabularies as v
from pipelines.shapes import Origin, Study

SUBJECT = Subject("NCT00000001", "d1", "ClinicalTrials.gov")


def test_evidence_of_the_api_is_the_whole_field_of_that_path() -> None:
    """API JSON has no other place for it."""
    row = evidence(SUBJECT, Study(), "outcomesModule.primaryOutcomes[0].measure", "a_rule")
    assert row == {
        "document_id": "d1",
        "field": "outcomesModule.primaryOutcomes[0].measure",
        "start_char": None,
        "end_char": None,
        "method": "structured",
        "rule": "a_rule",
    }


def test_evidence_of_a_cell_is_the_span_in_its_column() -> None:
    """Where the reader noted the place, that is the place."""
    study = Study(origins={"a.b": Origin("Primary Outcome Measures", 4, 9)})
    row = evidence(SUBJECT, study, "a.b", "a_rule")
    assert (row["field"], row["start_char"], row["end_char"]) == ("Primary Outcome Measures", 4, 9)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("FEMALE", {"sex": "FEMALE", "sex_raw": "FEMALE"}),
        ("Both", {"sex": "ALL", "sex_raw": "Both"}),
        ("neither", {"sex": None, "sex_raw": "neither"}),
        ("", {}),
        (None, {}),
    ],
)
def test_a_coded_value_has_its_words_beside_it(words: str | None, expected: dict[str, str | None]) -> None:
    """Known words give the member, unknown ones NULL, none nothing."""
    assert coded("sex", v.SEX, words) == expected


@given(st.lists(st.tuples(st.sampled_from(["A", " a ", "B", "b  c", "B C", "", None]), st.text(min_size=1, max_size=3)), max_size=6))
def test_a_label_ties_only_what_bears_it_alone(items: list[tuple[str | None, str]]) -> None:
    """A key is there exactly when one item has it, and gives that item's id."""
    keys = [label_key(label) for label, _ in items]
    expected = {key: identifier for key, (_, identifier) in zip(keys, items, strict=True) if key and keys.count(key) == 1}
    assert unique_by_label(items) == expected
