"""Whose result a sentence is: the trials of an article by name, what it says of them, and the names of their groups."""

from collections.abc import Sequence
from typing import Any

import pytest

from pipelines.extract.article_trials import facts
from pipelines.extract.report_groups import own_names
from pipelines.extract.report_passages import Sentence
from pipelines.extract.report_trials import Part, as_written, parts
from pipelines.grammar.lexicon import tagged
from pipelines.shapes import Paragraph
from pipelines.text.repair import Repaired

OWN = "The LARCH-2 trial compared zanotinib with docetaxel."
RESULT = "Median OS was 14 months."
OTHER = "In the BIRCH-7 trial median OS was 9 months."


def _told(found: Sequence[Part]) -> list[tuple[str | None, list[int], bool]]:
    return [(one.name, one.sentences, one.is_background) for one in found]


def test_an_article_without_a_name_is_one_part() -> None:
    """Of the trial that it reports."""
    assert _told(parts([RESULT, "The ORR was 30%."], "A new drug")) == [(None, [0, 1], False)]


def test_sentences_that_speak_of_another_trial_alone_are_background() -> None:
    """The others are of the trial of the title."""
    found = parts([OWN, RESULT, OTHER, "LARCH-2 improved on BIRCH-7.", RESULT], "Zanotinib after platinum: the LARCH-2 trial")
    assert _told(found) == [("LARCH 2", [0, 1, 3, 4], False), ("BIRCH 7", [2], True)]


def test_a_registry_id_beside_the_name_is_the_same_trial() -> None:
    """It is one of the ways of naming it."""
    text = "This study is registered as LARCH-2 (NCT01234567) trial."
    assert _told(parts([OWN, text, RESULT], "Zanotinib: the LARCH-2 trial")) == [("LARCH 2", [0, 1, 2], False)]


def test_trials_that_begin_sentences_one_after_the_other_have_a_part_each() -> None:
    """As in notes of a congress; what stands before the first is of none."""
    found = parts(["News of today.", "LARCH-2 (phase 3): ORR 40%.", RESULT, "ASPEN-7 (phase 2): ORR 20%.", "ROWAN-1 研究：ORR 10%。"], None)
    assert _told(found) == [(None, [0], False), ("LARCH 2", [1, 2], False), ("ASPEN 7", [3], False), ("ROWAN 1", [4], False)]


def test_a_registry_id_alone_at_the_head_of_a_sentence_is_another_trial() -> None:
    """As in a list of news."""
    found = parts(["LARCH-2 (phase 3): ORR 40%.", "NCT01234567 (phase 1): ORR 20%."], None)
    assert _told(found) == [("LARCH 2", [0], False), ("NCT01234567", [1], False)]


GUIDELINE = ["LARCH-2 (phase 3): ORR 40%.", "The median OS was 14 months.", "ASPEN-7 (phase 2): ORR 20%.", "ROWAN-1 (phase 2): ORR 10%."]


@pytest.mark.parametrize(
    "text",
    [
        "Another trial compared both drugs.",
        "Subsequently, two studies were published.",
        "A multicenter, open-label phase II trial looked at younger women.",
        "The drug was then given in a single-arm study of 120 women.",
        "Evidence (zanotinib after surgery):",
    ],
)
def test_what_is_told_of_a_trial_ends_where_another_study_is_told(text: str) -> None:
    """What follows is of a trial without a name, until one is named."""
    found = parts([*GUIDELINE, text, RESULT, "LARCH-2 (phase 3): ORR 41%."], None)
    assert _told(found)[-2:] == [(None, [4, 5], False), ("LARCH 2", [6], False)]


@pytest.mark.parametrize("text", ["A phase 3 trial is ongoing.", "In this trial both arms did well.", "A few of them left the study."])
def test_what_is_told_of_a_trial_goes_on_over_other_words(text: str) -> None:
    """The trial itself, one to come, and a part of its patients are no other study."""
    found = parts([*GUIDELINE, text, RESULT], None)
    assert _told(found)[-1] == ("ROWAN 1", [3, 4, 5], False)


@pytest.mark.parametrize(("heading", "numbers"), [("Docetaxel", [3]), ("Efficacy", [3, 4, 5]), ("Adverse events", [3, 4, 5])])
def test_what_is_told_of_a_trial_ends_at_a_heading(heading: str, numbers: list[int]) -> None:
    """Unless it is one of those that every trial has."""
    found = parts([*GUIDELINE, heading, RESULT], None, headings={4})
    assert next(part.sentences for part in found if part.name == "ROWAN 1") == numbers


def test_a_name_that_stood_beside_an_id_is_of_that_trial() -> None:
    """Where the name heads nothing, the id names the part."""
    text = "A large trial ([LARCHES](/trials/NCT01234567) [NCT01234567]) gave zanotinib."
    found = parts([*GUIDELINE, text, RESULT, "The LARCHES trial ended early."], None)
    assert _told(found)[-1] == ("NCT01234567", [4, 5, 6], False)


def test_an_earlier_study_is_background() -> None:
    """Told in passing, though no word of a trial stands right behind its name."""
    found = parts([OWN, RESULT, "In ZANPIL, an earlier pilot study of 26 patients, the ORR was 9%.", OWN], "Zanotinib: the LARCH-2 trial")
    assert _told(found) == [("LARCH 2", [0, 1, 3], False), ("ZANPIL", [2], True)]


@pytest.mark.parametrize(
    "text",
    [
        "Chronic lymphocytic leukaemia (CLL) trials are many. CLL trials were reviewed.",
        "PHASE 3 trials, RECIST 1.1 studies and TABLE 2 trials are no names.",
        "本研究为II期研究，PFS研究终点已达到。",
    ],
)
def test_short_forms_and_common_words_are_no_names_of_trials(text: str) -> None:
    """Nor are phases, criteria and measures."""
    assert _told(parts([text, RESULT], None)) == [(None, [0, 1], False)]


def test_a_name_is_shown_as_the_text_writes_it() -> None:
    """Hyphens and blanks make no other trial of it."""
    text = "Larches (LARCH-2) were larger than Larch 2."
    assert as_written(["LARCH 2", "ASPEN 7"], text) == {"LARCH 2": "LARCH-2", "ASPEN 7": "ASPEN 7"}


# --- what is said of a trial ---------------------------------------------------------------------------------------------


def _facts(text: str, name: str | None = None) -> dict[str, Any]:
    return facts([Sentence((), text, 0, Paragraph("paragraph", 0, len(text)), Repaired(text))], name)[0]


@pytest.mark.parametrize(
    ("text", "phase"),
    [
        ("In this phase 3 trial", "PHASE3"),
        ("a Phase II study", "PHASE2"),
        ("a phase 1/2 study", "PHASE1_PHASE2"),
        ("a phase IIb trial", "PHASE2"),
        ("这项III期临床研究", "PHASE3"),
        ("二期研究", "PHASE2"),
        ("stage III disease", None),
        ("III期肺癌患者", None),
        ("phase 3/4", None),
        ("two phase 3 trials were done before", None),
    ],
)
def test_the_phase_is_read(text: str, phase: str | None) -> None:
    """A stage of disease is none."""
    assert _facts(text).get("phase") == phase


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("204 patients were randomly assigned", 204),
        ("1,040 women were enrolled", 1040),
        ("We enrolled 61 adult patients", 61),
        ("共入组204例患者", 204),
        ("纳入了 86 名", 86),
        ("204 hospitals took part", None),
    ],
)
def test_how_many_took_part_is_read(text: str, n: int | None) -> None:
    """In either language."""
    assert _facts(text).get("enrollment") == n


def test_the_design_is_read() -> None:
    """What is not said stays open."""
    found = _facts("A randomised, double-blind, multicentre trial", "LARCH-2")
    assert found == {
        "acronym": "LARCH-2",
        "allocation": "RANDOMIZED",
        "is_randomized": True,
        "masking": "DOUBLE",
        "is_open_label": False,
    } | {"is_multicenter": True}
    assert _facts("单臂、开放、多中心研究") == {"is_single_arm": True, "masking": "NONE", "is_open_label": True, "is_multicenter": True}
    assert _facts("A study", "NCT01234567") == {}
    assert _facts("a non-randomised study") == _facts("非随机研究") == {}


def test_a_fact_names_the_words_that_state_it() -> None:
    """Of several sentences too, without what stands between them."""
    texts = ("An open-label trial", "After that 61 patients were enrolled")
    whole = " | ".join(texts)
    sentences = [
        Sentence((), text, 0, Paragraph("paragraph", whole.index(text), whole.index(text) + len(text)), Repaired(text)) for text in texts
    ]
    _, places = facts(sentences, None)
    assert {name: whole[slice(*place)] for name, place in places.items()} == {
        "masking": "open-label",
        "enrollment": "61 patients were enrolled",
    }


# --- names of groups -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("The mZQR arm did better.", "mZQR"),
        ("ZQ-cel (n = 40) was given.", "ZQ-cel"),
        ("ZQRX versus placebo", "ZQRX"),
        ("PHZAQ组的中位OS更长", "PHZAQ"),
        ("Patients were split between ZQA-A*2402 carriers and others.", None),
        ("Sleep was better in group H2 than before.", "H2"),
        ("The new arm did better.", None),
    ],
)
def test_names_that_no_vocabulary_knows_are_found_beside_their_size_versus_or_group(text: str, name: str | None) -> None:
    """Written as no ordinary word is."""
    found = [token for token in tagged(text, (own_names(text),)) if token.kind == "ARMNAME"]
    assert [text[token.start : token.end] for token in found] == ([] if name is None else [name])


def test_a_long_text_is_searched_for_names_in_time_that_grows_with_it() -> None:
    """Long words of letters and hyphens do not make it stall."""
    own_names("a-" * 20_000 + "A" * 20_000 + " (n")


@pytest.mark.parametrize(
    ("sentences", "names"),
    [
        (["OAK-024", "甲药 vs 化疗", "OAK-042", "乙药 vs 化疗"], ["OAK 024", "OAK 042"]),
        (["近期，OAK-407研究公布。", "中位OS为17个月。", "此外，ELM 307研究显示PFS为7个月。"], ["OAK 407", "ELM 307"]),
        (["OAK-11研究：ORR为50%。", "一项前瞻性研究提示，缓解率为80%。", "ELM-12研究：ORR为30%。"], ["OAK 11", None, "ELM 12"]),
        (["AB1635研究显示疗效相似。", "ELMREC研究中位随访40个月。", "AB1631研究显示无差异。"], ["AB1635", "ELMREC", "AB1631"]),
    ],
)
def test_chinese_digests_name_their_trials(sentences: list[str], names: list[str | None]) -> None:
    """In headings, behind a word like 此外, of two letters; a study without a name is none of those before."""
    assert [part.name for part in parts(sentences, None)] == names
