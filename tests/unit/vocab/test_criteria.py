"""Claims about `pipelines.vocab.criteria`: the criteria, grading scales and questionnaires that outcomes name."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.vocab.criteria import find_criteria, grading_criteria
from pipelines.vocab.data_files import DATA, read_rows

ROWS = list(read_rows(DATA / "assessment_criteria.tsv"))
WORDS = [row for row in ROWS if row["letters"] == "words"]


def names(*texts: str) -> list[str]:
    return [one.name for one in find_criteria(*texts)]


@pytest.mark.parametrize(
    ("words", "version"),
    [
        ("as assessed by CTCAE v4.0", "4.0"),
        ("NCI CTCAE v. 4.0", "4.0"),
        ("CTCAE V4.03", "4.03"),
        ("CTCAE v4.0.3", "4.03"),
        ("NCI-CTCAE V5.0 assessment", "5.0"),
        ("CTCAEv5.0", "5.0"),
        ("(CTCAE 4.0)", "4.0"),
        ("CTCAE 4", "4.0"),
        ("CTCAE criteria (version 4.03)", "4.03"),
        ("CTCAE Version (v) 5.0", "5.0"),
        ("version 4.0 of the NCI CTCAE", "4.0"),
        ("Common Terminology Criteria for Adverse Events version 5", "5.0"),
        ("National Cancer Institute (NCI) Common Terminology Criteria for Adverse Events (CTCAE), Version 5.0", "5.0"),
        ("NCI Common Toxicity Criteria version 3.0", "3.0"),
        ("根据CTCAE 5.0版评价", "5.0"),
        ("CTCAE（5.0版）", "5.0"),
        ("常见不良事件评价标准（CTCAE）5.0版", "5.0"),
    ],
)
def test_a_version_is_read_in_every_notation(words: str, version: str) -> None:
    """One version, whether it says "v5", "5.0版" or "version 4 of", and not the name alone beside it."""
    assert names(words) == [f"CTCAE {version}"]


@pytest.mark.parametrize("words", ["CTCAE", "CTCAE Grade 3/4 Adverse Events", "CTCAE grade 3-4", "CTCAE 3-5", "CTCAE version 7.0"])
def test_a_grade_or_an_unknown_number_is_no_version(words: str) -> None:
    """What does not exist is not stated."""
    assert names(words) == ["CTCAE"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Response Evaluation Criteria in Solid Tumors (RECIST) version 1.1 and iRECIST", ["RECIST 1.1", "iRECIST"]),
        ("按照RECIST1.1版实体瘤疗效评价标准", ["RECIST 1.1"]),
        ("RECIST v1.0", ["RECIST 1.0"]),
        ("modified RECIST (mRECIST)", ["mRECIST"]),
        ("immune RECIST", ["iRECIST"]),
        ("RANO criteria", ["RANO"]),
        ("RANO 2.0", ["RANO 2.0"]),
        ("Lugano 2014", ["Lugano"]),
        ("Cheson 2007", ["Cheson 2007"]),
        ("International Myeloma Working Group (IMWG) criteria", ["IMWG"]),
        ("2018 iwCLL criteria", ["iwCLL 2018"]),
        ("iwCLL", ["iwCLL"]),
        ("European LeukemiaNet (ELN) 2017", ["ELN 2017"]),
        ("Prostate Cancer Working Group 3 (PCWG3)", ["PCWG3"]),
        ("PERCIST", ["PERCIST"]),
        ("irRC", ["irRC"]),
        ("WHO criteria", ["WHO"]),
        ("WHO grade 4 glioma", []),
        ("Common Toxicity Criteria v2.0", ["NCI-CTC 2.0"]),
        ("circulating tumor cells (CTC) ≥5", []),
        ("the Patient-Reported Outcomes version of the CTCAE (PRO-CTCAE)", ["PRO-CTCAE"]),
        ("ASTCT consensus grading", ["ASTCT"]),
        ("Clavien-Dindo classification", ["Clavien-Dindo"]),
        ("EORTC QLQ-C30 and LC13", ["EORTC QLQ-C30", "EORTC QLQ-LC13"]),
        ("EORTC QLQ C 30", ["EORTC QLQ-C30"]),
        ("Allergic Rhinitis Quality of Life Questionnaire at 4 and 8 months", []),
        ("Functional Assessment of Cancer Therapy - Lung (FACT-L)", ["FACT-L"]),
        ("in fact a general scale", []),
        ("EQ-5D-5L", ["EQ-5D-5L"]),
        ("EuroQol 5-dimension 5-level", ["EQ-5D-5L"]),
        ("SF-36 at 12 weeks", ["SF-36"]),
        ("Mini-Mental State Examination", ["MMSE"]),
        ("简易精神状态检查量表(MMSE)", ["MMSE"]),
        ("视觉模拟评分法", ["VAS"]),
        ("Hamilton Depression Rating Scale", ["HAM-D"]),
        ("ACR20 response", ["ACR20"]),
        ("compromised patients", []),
    ],
)
def test_a_text_gives_the_criteria_that_it_names(words: str, expected: list[str]) -> None:
    """In English and Chinese, by abbreviation and by name; look-alikes give none."""
    assert names(words) == expected


def test_the_texts_of_an_outcome_are_read_together() -> None:
    """A title's bare name and a description's version are one; order is that of first mention."""
    assert names("Events by CTCAE", "Graded by CTCAE v5.0; RECIST 1.1") == ["CTCAE 5.0", "RECIST 1.1"]
    assert names() == []


def test_grading_criteria_are_those_of_events() -> None:
    """What rates a response or a quality of life grades no event."""
    assert grading_criteria("RECIST 1.1", None, "ASTCT, else CTCAE 5.0") == "ASTCT"
    assert grading_criteria("EQ-5D-5L") is None


def test_every_row_can_be_used() -> None:
    """Kinds are known, lower-case patterns hold no capitals, and no pattern has a group of its own."""
    assert {row["letters"] for row in ROWS} == {"words", "caps"}
    assert {row["use"] for row in ROWS} == {"response", "grading", "classification", "questionnaire"}
    for row in ROWS:
        assert re.compile(row["pattern"]).groups == 0, row
        assert row["needs"], row
    for row in WORDS:
        assert row["needs"] == row["needs"].lower(), row


@given(st.data())
def test_every_match_holds_one_of_the_words_that_are_looked_for_first(data: st.DataObject) -> None:
    """The words that choose a row leave out nothing that its pattern would find."""
    row = data.draw(st.sampled_from(WORDS))
    text = data.draw(st.from_regex(re.compile(row["pattern"], re.ASCII), fullmatch=True))
    needs = row["needs"].split("|")
    assert any(need in re.findall("[a-z]+", text) if need.isascii() else need in text for need in needs)


@given(st.lists(st.sampled_from([*(row["needs"].split("|")[0] for row in ROWS), " ", "v5.0", "(", "-", "2014", "C30"]), max_size=12))
def test_any_mixture_of_its_own_words_is_answered(pieces: list[str]) -> None:
    """No text raises, and no name is given twice."""
    found = names("".join(pieces))
    assert len(found) == len(set(found))
