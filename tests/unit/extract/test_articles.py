"""What an article gives: the trials that it reports, their regimens, arms, results and safety, with their places in its text."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.extract import articles
from pipelines.extract.subject import Row, Subject
from pipelines.grammar.report import parsed_report
from pipelines.grammar.treatment import parsed
from pipelines.shapes import Article, Paragraph
from pipelines.sources import article
from pipelines.sources.records import Record

OWN = Subject("x-0123456789abcdef", "c0ffee" * 10, "none", "en")
Tables = dict[str, list[Row]]

ENGLISH = """Everolimus with letrozole after a first relapse: the ALDER trial

Breast cancer often comes back.

In this randomised phase 2 trial 96 women received everolimus 10 mg orally once daily plus letrozole 2.5 mg orally once daily.

Median progression-free survival was 11.0 months.
"""
CHINESE = """紫杉醇周疗联合卡铂治疗晚期宫颈癌：一项II期研究

宫颈癌是常见的妇科恶性肿瘤。

本研究共入组42例患者，均接受紫杉醇80mg/m2静脉滴注，第1、8、15天，卡铂AUC 5静脉滴注，第1天，每21天为一个周期，共6个周期。

中位总生存期为21.4个月。
"""


def _read(text: str) -> Article:
    (record,) = article.read(text.encode())
    assert isinstance(record, Record)
    assert record.article is not None
    return record.article


@pytest.fixture
def told() -> Callable[..., Tables]:
    """A function from a text to the tables of the article that it is."""
    return lambda text, subject=OWN: articles.tables(_read(text), subject)


def _doses(found: Tables) -> list[tuple[Any, ...]]:
    return [(row["drug_name"], row["dose_low"], row["dose_unit"], row["route"], row["frequency"]) for row in found["regimens"]]


def _places(found: Tables, table: str) -> list[Row]:
    return [row for row in found["evidence"] if row["table_name"] == table]


def test_an_english_article_gives_the_regimen_of_its_trial(told: Callable[..., Tables]) -> None:
    """Each component with what is said of it."""
    assert _doses(told(ENGLISH)) == [("everolimus", 10.0, "mg", "oral", "QD"), ("letrozole", 2.5, "mg", "oral", "QD")]


def test_a_chinese_article_gives_the_same_kind_of_rows(told: Callable[..., Tables]) -> None:
    """Names of drugs are the vocabulary's, words the source's."""
    found = told(CHINESE)
    rows = {row["drug_name"]: row for row in found["regimens"]}
    assert set(rows) == {"paclitaxel", "carboplatin"}
    paclitaxel, carboplatin = rows["paclitaxel"], rows["carboplatin"]
    assert (paclitaxel["intervention_raw"], paclitaxel["dose_low"], paclitaxel["dose_unit"]) == ("紫杉醇", 80.0, "mg/m2")
    assert (paclitaxel["route"], paclitaxel["cycle_days"], paclitaxel["cycle_length_days"]) == ("intravenous", [1, 8, 15], 21.0)
    assert (carboplatin["dose_low"], carboplatin["dose_unit"], carboplatin["route"]) == (5.0, "mg.min/mL", "intravenous")


@pytest.mark.parametrize(
    "text",
    [
        "Why sleep matters\n\nPeople who sleep badly are more often ill. Melatonin is sold in every pharmacy.\n",
        "The price of drugs\n\nA trial cost much. Pembrolizumab did too.\n",
        "Sixty men\n\nThey took prednisone 60 mg once daily.\n",
        "为什么要睡好\n\n睡眠不足的人更容易生病，褪黑素在药店有售。\n",
    ],
)
def test_an_article_without_a_regimen_gives_nothing_at_all(text: str, told: Callable[..., Tables]) -> None:
    """No trial either: of no treatment, or of no trial."""
    assert told(text) == {}


@pytest.mark.parametrize(
    "text",
    [
        "Exemestane has been approved by the FDA.",
        "Women with prior exemestane were not enrolled in the trial.",
        "指南推荐依西美坦。",
    ],
)
def test_treatments_of_the_background_are_none_of_its_trial(text: str, told: Callable[..., Tables]) -> None:
    """They stand in the same article, without a dose and a schedule of their own."""
    found = told(ENGLISH.replace("Breast cancer often comes back.", text))
    assert [row["drug_name"] for row in found["regimens"]] == ["everolimus", "letrozole"]


@pytest.mark.parametrize("text", [ENGLISH, CHINESE])
def test_every_place_shows_the_words(text: str, told: Callable[..., Tables]) -> None:
    """In the text that is kept beside the rows."""
    found = told(text)
    (kept,) = found["document_texts"]
    rows = {row["regimen_id"]: row for row in found["regimens"]}
    places = _places(found, "regimens")
    assert {row["row_id"] for row in places} == set(rows)
    for place in places:
        assert (place["document_id"], place["field"]) == (OWN.document_id, kept["field"])
        words = kept["text"][place["start_char"] : place["end_char"]]
        row = rows[place["row_id"]]
        if place["role"] == "drug":
            assert words == row["intervention_raw"]
        elif place["role"] in ("dose", "route"):
            assert words in row[f"{place['role']}_raw"]
        else:
            assert words in kept["text"][row["start_char"] : row["end_char"]] or place["role"] == "schedule"


def test_the_trial_of_an_article_has_its_title_and_no_id(told: Callable[..., Tables]) -> None:
    """Nothing else is known of it; one that a registry knows has the id."""
    (trial,) = told(ENGLISH)["trials"]
    assert (trial["trial_id"], trial["nct_id"]) == (OWN.trial_id, None)
    assert trial["brief_title"] == "Everolimus with letrozole after a first relapse: the ALDER trial"
    (trial,) = told(ENGLISH, Subject("NCT00000001", "d1", "ClinicalTrials.gov", "en"))["trials"]
    assert (trial["trial_id"], trial["nct_id"]) == ("NCT00000001", "NCT00000001")


def test_several_articles_of_one_trial_are_numbered_apart(told: Callable[..., Tables]) -> None:
    """By the document; their evidence follows."""
    first, second = (told(ENGLISH, Subject("NCT00000001", document * 10, "ClinicalTrials.gov", "en")) for document in ("c0ffee", "decade"))
    ids = [{row["regimen_id"] for row in found["regimens"]} for found in (first, second)]
    assert all(len(found) == len(rows["regimens"]) for found, rows in zip(ids, (first, second), strict=True))
    assert ids[0].isdisjoint(ids[1])
    assert [{row["row_id"] for row in _places(found, "regimens")} for found in (first, second)] == ids


def test_a_trial_without_arms_ties_its_regimens_to_none(told: Callable[..., Tables]) -> None:
    """An article's arms are not read."""
    assert {(row["arm_id"], row["component_role"]) for row in told(ENGLISH)["regimens"]} == {(None, None)}


PIECES = [
    *("letrozole", "来曲唑", "QX-1881", "placebo", "chemotherapy", "radiotherapy", "2.5 mg", "80mg/m2", "50 Gy in 25 fractions", "AUC 5"),
    *("once daily", "每3周一次", "days 1, 8", "IV", "口服", "for 6 cycles", "plus", "versus", "or", "联合", "randomised trial", "本研究"),
    *("received", "接受", "(", ")", ",", "。", ". ", "\n", "\n\n", "&nbsp;", "\u200b", "𝟏", "prior", "median", "neoadjuvant", ""),
]


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    """The grammars and their words, read before hypothesis times the first example."""
    parsed("静脉滴注")
    parsed_report("中位生存期")


@given(texts=st.lists(st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=20).map(" ".join), min_size=1, max_size=4))
def test_any_article_gives_rows_with_places_in_its_text(texts: list[str]) -> None:
    """Nothing fails, and each place lies in the paragraph that was read."""
    starts = [sum(len(text) + 1 for text in texts[:number]) for number in range(len(texts))]
    paragraphs = [Paragraph("paragraph", start, start + len(text)) for start, text in zip(starts, texts, strict=True)]
    found = articles.tables(Article("\n".join(texts), paragraphs=paragraphs), OWN)
    for place in (*found.get("regimens", ()), *found.get("evidence", ())):
        assert any(one.start <= place["start_char"] < place["end_char"] <= one.end for one in paragraphs)
