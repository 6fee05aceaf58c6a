"""Whole articles in both languages: the rows of results and safety, the trials and arms that they stand under, and where each was read."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.extract import articles
from pipelines.extract.report_passages import reported
from pipelines.extract.row_flags import flags_of
from pipelines.extract.subject import Row, Subject
from pipelines.grammar.report import parsed_report
from pipelines.shapes import Article, Paragraph
from pipelines.sources import article
from pipelines.sources.records import Record
from pipelines.text.folding import simplified

OWN = Subject("x-0123456789abcdef", "c0ffee" * 10, "none", "en")
Tables = dict[str, list[Row]]

ENGLISH = """Zanotinib or docetaxel after platinum: results of the LARCH-2 trial

Lung cancer is common. In the BIRCH-7 trial, docetaxel gave a median overall survival of 9.1 months.

In this randomised, open-label phase 3 study, 204 patients were randomly assigned to zanotinib (n = 102) or docetaxel (n = 102).

Median progression-free survival was 6.8 months in the zanotinib group and 4.1 months in the docetaxel group (HR, 0.62; 95% CI, 0.48-0.80;
P < .001). The objective response rate was 35% (36 of 102) versus 14% (14 of 102), respectively.

Grade 3 or higher treatment-related adverse events occurred in 31 patients (30%) in the zanotinib group and 46 (45%) in the docetaxel group.
No radiation pneumonitis was reported.

| Group | Median OS (months) | Stage |
|---|---|---|
| Zanotinib | 14.2 (95% CI 11.0-17.1) | IV |
| Docetaxel | not reached | IV |
""".replace(";\nP", "; P").replace(".\nNo", ". No")
CHINESE = """贊諾替尼對比多西他賽二線治療晚期肺癌的III期隨機研究

肺癌發病率高。既往研究顯示多西他賽的中位OS為9.1個月。

本研究為多中心、開放、隨機III期臨床研究，共入組204例患者，隨機分為試驗組（n=102）和對照組（n=102）。

試驗組和對照組的中位P(guān)FS分別為６.８個月和4.1個月（HR=0.62，95%CI 0.48～0.80，P<0.001）。試驗組1年OS率為58.0%，對照組為49.0%。

試驗組31例（30.4%）發生≥3級治療相關不良事件。未發生間質性肺炎。
"""
DIGEST = """Lung cancer at the congress

LARCH-2 (phase 3): median PFS was 6.8 months.

ASPEN-7 (phase 2): the ORR was 41% (25 of 61).

NCT01234567 study: the ORR was 22%.
"""
ZANOTINIB, DOCETAXEL = f"{OWN.trial_id}/c0ffeec0ffee-arm-1", f"{OWN.trial_id}/c0ffeec0ffee-arm-2"


def _read(text: str) -> Article:
    (record,) = article.read(text.encode())
    assert isinstance(record, Record)
    assert record.article is not None
    return record.article


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    """The grammar and its words, read before hypothesis times the first example."""
    parsed_report("中位生存期")


@pytest.fixture
def told() -> Callable[..., Tables]:
    """A function from a text to the tables of the article that it is."""
    return lambda text, subject=OWN, **options: articles.tables(_read(text), subject, **options)


def _of(rows: list[Row], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row.get(name) for name in names) for row in rows]


def test_results_of_an_english_article_stand_under_their_arms(told: Callable[..., Tables]) -> None:
    """Prose and table; the other trial's figure makes none."""
    assert _of(told(ENGLISH)["endpoint_results"], "concept", "statistic", "value", "is_not_reached", "arm_id") == [
        ("PFS", "hazard_ratio", 0.62, None, None),
        ("PFS", "median", 6.8, None, ZANOTINIB),
        ("PFS", "median", 4.1, None, DOCETAXEL),
        ("ORR", "rate", 35, None, ZANOTINIB),
        ("ORR", "rate", 14, None, DOCETAXEL),
        ("OS", "median", 14.2, None, ZANOTINIB),
        ("OS", "median", None, True, DOCETAXEL),
    ]


def test_results_of_a_chinese_article_are_read_through_its_damage(told: Callable[..., Tables]) -> None:
    """Traditional characters, full-width digits, a note of pinyin inside a word."""
    assert _of(told(CHINESE)["endpoint_results"], "concept", "statistic", "value", "landmark_months", "group_raw") == [
        ("PFS", "hazard_ratio", 0.62, None, None),
        ("PFS", "median", 6.8, None, "试验组"),
        ("PFS", "median", 4.1, None, "对照组"),
        ("OS", "rate", 58, 12, "试验组"),
        ("OS", "rate", 49, 12, "对照组"),
    ]


def test_an_estimate_has_its_interval_and_its_p_value(told: Callable[..., Tables]) -> None:
    """In columns of their own."""
    for text in (ENGLISH, CHINESE):
        row = told(text)["endpoint_results"][0]
        assert [row[name] for name in ("ci_level_pct", "ci_low", "ci_high", "p_operator", "p_value")] == [95, 0.48, 0.8, "<", 0.001]


SIZED = """Two schedules of zanotinib in breast cancer: a randomised phase 2 study

We randomly assigned 90 patients to zanotinib weekly or every 3 weeks. The weekly arm had {weekly} assessable patients and the
3-weekly arm had 41 assessable patients. In the weekly arm, the objective response rate was 23% (two CR, eight PR; 95% CI, 11% to 38%).
"""


def test_a_count_is_of_as_many_as_its_group_has(told: Callable[..., Tables]) -> None:
    """Where the text states one size of the group; of two sizes none is taken, nor one that the count exceeds."""

    def counted(text: str) -> list[tuple[Any, ...]]:
        rows = told(text)["endpoint_results"]
        return [(row["n_events"], row.get("n_total")) for row in rows if row.get("n_events") is not None]

    assert counted(SIZED.format(weekly=44)) == [(2, 44), (8, 44)]
    assert counted(SIZED.format(weekly=6)) == [(2, 6), (8, None)]
    assert counted(SIZED.format(weekly=44) + "\nThe weekly arm had 40 evaluable patients at the second analysis.") == [(2, None), (8, None)]


ENROLLED = """Zanotinib in myeloma, with or without docetaxel

Sixty patients enrolled: 32 in arm A and 28 in arm B. In arm B, the response rate was 25% (n = 7).
"""


def test_numbers_of_patients_are_no_names_of_arms(told: Callable[..., Tables]) -> None:
    """What stands before "in arm B" tells its size, and is no second arm beside the first."""
    tables = told(ENROLLED)
    (row,) = tables["endpoint_results"]
    assert (row["group_raw"], row["n_events"], row["n_total"]) == ("arm B", 7, 28)
    assert all("28" not in (arm["label"] or "") for arm in tables["arms"])


def test_counts_stand_beside_their_rate(told: Callable[..., Tables]) -> None:
    """As many as are said."""
    rates = [row for row in told(ENGLISH)["endpoint_results"] if row["concept"] == "ORR"]
    assert _of(rates, "n_events", "n_total", "unit") == [(36, 102, "%"), (14, 102, "%")]


def test_events_have_grade_attribution_and_the_patients_at_risk(told: Callable[..., Tables]) -> None:
    """Of how many is filled in where only one number of patients fits count and percentage."""
    english, chinese = (told(text)["safety"] for text in (ENGLISH, CHINESE))
    names = ("kind", "grade_min", "grade_max", "attribution", "n_affected", "n_at_risk", "percent")
    assert _of(english[:2], *names) == [
        ("any_event", 3, 5, "treatment_related", 31, 102, 30),
        ("any_event", 3, 5, "treatment_related", 46, 102, 45),
    ]
    assert _of(chinese[:1], *names) == [("any_event", 3, 5, "treatment_related", 31, 102, 30.4)]
    assert _of([english[-1], chinese[-1]], "kind", "term", "is_absent", "n_affected") == [("event", "Pneumonitis", True, 0)] * 2
    assert (english[-1]["term_raw"], chinese[-1]["term_raw"]) == ("radiation pneumonitis", "间质性肺炎")


def test_the_trial_of_an_article_has_what_the_article_says_of_it(told: Callable[..., Tables]) -> None:
    """Name, phase, design, how many took part."""
    (trial,) = told(ENGLISH)["trials"]
    assert [trial[name] for name in ("acronym", "phase", "is_randomized", "is_open_label", "enrollment")] == [
        "LARCH-2",
        "PHASE3",
        True,
        True,
        204,
    ]
    assert _of(told(ENGLISH)["arms"], "arm_id", "label") == [(ZANOTINIB, "zanotinib group"), (DOCETAXEL, "docetaxel group")]


def test_of_a_trial_that_has_a_record_an_article_gives_no_arms(told: Callable[..., Tables]) -> None:
    """The record says itself what they are; what the article says of the trial is kept with the words that say so."""
    found = told(ENGLISH, Subject("NCT00000001", "d1", "ClinicalTrials.gov", "en"), has_record=True)
    assert not found.get("arms")
    assert {trial["trial_id"] for trial in found["trials"]} == {"NCT00000001"}
    assert {row["trial_id"] for row in (*found["endpoint_results"], *found["safety"])} == {"NCT00000001"}
    assert all(row.get("arm_id") is None for row in found["endpoint_results"])


def test_a_digest_gives_rows_for_each_trial_that_it_names(told: Callable[..., Tables]) -> None:
    """Under an id of its own, which is the registry's where the text gives it."""
    found = told(DIGEST)
    assert [trial.get("acronym") for trial in found["trials"]] == ["LARCH-2", "ASPEN-7", None]
    ids = [trial["trial_id"] for trial in found["trials"]]
    assert ids[2] == "NCT01234567"
    assert OWN.trial_id not in ids
    assert len(set(ids)) == 3
    assert _of(found["endpoint_results"], "trial_id", "concept", "value") == list(
        zip(ids, ("PFS", "ORR", "ORR"), (6.8, 41, 22), strict=True)
    )


def test_the_same_name_makes_the_same_trial_however_it_is_written(told: Callable[..., Tables]) -> None:
    """So that two digests speak of one."""
    one, other = (told(text)["trials"][0]["trial_id"] for text in (DIGEST, DIGEST.replace("LARCH-2", "Larch 2")))
    assert one == other


@pytest.mark.parametrize(
    "text",
    [
        "Why sleep matters\n\nOf those who slept badly, 20% were ill for 3 months.\n",
        "A plan\n\nThe trial will enrol 300 patients. The primary end point is overall survival at 2 years.\n",
        "肺癌的预防\n\n戒烟3个月后，20%的人睡得更好。\n",
    ],
)
def test_an_article_that_reports_nothing_makes_no_trial(text: str, told: Callable[..., Tables]) -> None:
    """Figures of life, and plans, are no results."""
    assert told(text) == {}


@pytest.mark.parametrize("text", [ENGLISH, CHINESE, DIGEST])
def test_every_value_is_shown_by_its_evidence(text: str, told: Callable[..., Tables]) -> None:
    """The row's own stretch holds every place, but for what was named before it, and the places hold the words of the row."""
    found = told(text)
    (kept,) = found["document_texts"]
    rows = {row.get("result_id") or row.get("safety_id"): row for row in (*found["endpoint_results"], *found.get("safety", ()))}
    places = [place for place in found["evidence"] if place["table_name"] != "regimens"]
    assert {place["row_id"] for place in places} == set(rows)
    for place in places:
        row, words = rows[place["row_id"]], kept["text"][place["start_char"] : place["end_char"]]
        assert place["start_char"] < place["end_char"] <= row["end_char"]
        assert row["start_char"] <= place["start_char"] or place["role"] in ("term", "measure")
        if place["role"] in ("term", "measure"):
            assert row.get("term_raw", row.get("measure_raw")) in simplified(words).replace("(guān)", "")
        elif place["role"] == "group":
            assert simplified(words) == row["group_raw"]


def test_what_is_said_again_is_one_row(told: Callable[..., Tables]) -> None:
    """The fuller statement of it."""
    text = ENGLISH + "\nMedian progression-free survival was 6.8 months (95% CI, 5.9-7.7) in the zanotinib group.\n"
    rows = [row for row in told(text)["endpoint_results"] if row.get("value") == 6.8 and row.get("ci_low") is not None]
    assert _of(rows, "ci_low", "ci_high") == [(5.9, 7.7)]


@pytest.mark.parametrize(
    ("row", "flags"),
    [
        ({"value": 5.0, "ci_low": 3.0, "ci_high": 7.0}, []),
        ({"value": 5.0, "ci_low": 6.0, "ci_high": 7.0}, ["source_error"]),
        ({"value": 8.0, "ci_low": 6.0, "ci_high": 7.0}, ["source_error"]),
        ({"value": None, "ci_low": 9.0, "ci_high": 7.0}, ["source_error"]),
        ({"value": 5.0, "ci_low": 3.0, "ci_high": None}, []),
        ({"percent": 30.0, "percent_computed": 30.4}, []),
        ({"percent": 30.0, "percent_computed": 33.3}, ["percent_disagrees"]),
    ],
)
def test_what_the_source_got_wrong_is_flagged(row: Row, flags: list[str]) -> None:
    """It is kept as printed."""
    assert flags_of(row) == flags


def test_sentences_without_a_figure_are_kept_for_the_names_of_trials_but_not_taken_apart() -> None:
    """What cannot report anything costs next to nothing."""
    report = reported(_read("# A study\n\nLung cancer is common. It often comes back. Median OS was 14.2 months.\n"))
    (sentences,) = report.sentences.values()
    assert [(one.text, bool(one.tokens)) for one in sentences][-2:] == [("It often comes back", False), ("Median OS was 14.2 months", True)]


PIECES = [
    *("median", "OS", "PFS", "ORR", "中位", "无进展生存期", "follow-up", "neutropenia", "贫血", "TEAE", "deaths", "HR", "LARCH-2 trial"),
    *("8.3", "12", "40%", "12.5 months", "9个月", "3/20", "12 (30%)", "not reached", "95% CI 4-9", "P < .05", "grade 3", "≥3级"),
    *("versus", "and", "和", "respectively", "分别为", "was", "为", "in", "of", "no", "未发生", "arm A", "arm B", "試驗組", "placebo"),
    *("patients", "例", "at 2 years", "1年", "(", ")", ",", "；", ".", "。", "|", "\n", "&nbsp;", "\u200b", "P(guān)FS", "𝟏", ""),
]


@example(texts=["0|", "|"])
@given(texts=st.lists(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=25).map(" ".join), min_size=1, max_size=4))
def test_any_article_gives_results_with_places_in_its_text(texts: list[str]) -> None:
    """Nothing fails, each place lies in the paragraph that was read, and ids are distinct."""
    starts = [sum(len(text) + 1 for text in texts[:number]) for number in range(len(texts))]
    kinds = ("paragraph", "table_row")
    paragraphs = [Paragraph(kinds["|" in text], start, start + len(text)) for start, text in zip(starts, texts, strict=True)]
    found = articles.tables(Article("\n".join(texts), paragraphs=paragraphs), OWN)
    results, events = found.get("endpoint_results", []), found.get("safety", [])
    for place in (*results, *events, *found.get("evidence", ())):
        assert any(one.start <= place["start_char"] < place["end_char"] <= one.end for one in paragraphs)
    ids = [row["result_id"] for row in results] + [row["safety_id"] for row in events]
    assert len(set(ids)) == len(ids)
    assert {row["arm_id"] for row in (*results, *events) if row.get("arm_id")} <= {arm["arm_id"] for arm in found.get("arms", ())}


def test_an_id_and_no_name_are_one_trial() -> None:
    """What an article says under its own id, and without any name, are rows of one trial with keys of their own."""
    text = (
        "# Maplinib in thymoma\n\nThe trial enrolled 60 patients. The response rate was 35%.\n\n"
        "NCT00000001: Median progression-free survival was 6.2 months.\n\nNCT00000003: the response rate was 20% in 40 patients.\n"
    )
    (record,) = article.read(text.encode())
    assert isinstance(record, Record)
    assert record.article is not None
    found = articles.tables(record.article, Subject("NCT00000001", "c0ffee" * 6, "ClinicalTrials.gov", "en"))
    keys = [row["result_id"] for row in found["endpoint_results"]]
    assert len(set(keys)) == len(keys)
    assert {row["trial_id"] for row in found["endpoint_results"]} >= {"NCT00000001"}
    assert len({row["trial_id"] for row in found["trials"]}) == len(found["trials"])


def test_drugs_of_one_treatment_are_not_set_against_each_other(told: Callable[..., Tables]) -> None:
    """A list of arms with doses: values told by order further down are nobody's rather than the wrong group's."""
    text = """# Letrozole with or without ribociclib

We randomly assigned 120 patients 1:1 to

- letrozole 2.5 mg orally once daily plus ribociclib 600 mg orally for 3 weeks of 4 (n = 60), or
- letrozole 2.5 mg orally once daily (n = 60).

Median OS was 15.9 months versus 13.1 months.
"""
    results = told(text)["endpoint_results"]
    assert [(row["value"], row.get("group_raw")) for row in results] == [(15.9, None), (13.1, None)]


def test_an_event_that_the_sentence_before_names_has_its_words_as_evidence(told: Callable[..., Tables]) -> None:
    """For "in the placebo group it was 3.3%" it is shown where the event is named."""
    text = "一项随机试验纳入86例患者。在ACE研究中，紫杉醇联合组有7.8%的患者观察到QTc间期延长，均为1-2级。在安慰剂组中发生率为3.3%。"
    found = told(text)
    rows = {row["safety_id"]: row for row in found["safety"] if row.get("percent") == 3.3}
    for safety_id, row in rows.items():
        words = [text[place["start_char"] : place["end_char"]] for place in found["evidence"] if place["row_id"] == safety_id]
        assert any(row["term_raw"] in one for one in words)
    assert rows


def test_by_how_much_something_changed_is_a_difference_and_nobodys_share(told: Callable[..., Tables]) -> None:
    """Also where it rose; a circled number is the mark of a list."""
    text = ENGLISH.replace(
        "\n\nGrade", "\n\nThe percent change in PSA was -14.5% in the zanotinib group and 2.1% in the docetaxel group.\n\nGrade"
    )
    rows = [row for row in told(text)["endpoint_results"] if row.get("value") in (-14.5, 2.1)]
    assert _of(rows, "statistic", "value", "arm_id") == [("difference", -14.5, ZANOTINIB), ("difference", 2.1, DOCETAXEL)]
    text = CHINESE + "\n手術適應證：①發生病理性骨折；②患者預期生存超過3個月。\n"
    assert told(text)["endpoint_results"] == told(CHINESE)["endpoint_results"]
