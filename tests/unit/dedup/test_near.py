"""Copies that are not the same to the letter, and documents that look like copies and are none."""

import random
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipelines.dedup.boilerplate import boilerplate_spans
from pipelines.dedup.near import Described, Found, find_copies
from pipelines.dedup.signatures import Corpus, save, sign
from pipelines.dedup.tokens import token_places
from pipelines.dedup.verdict import ARTICLES, RECORDS, Rule, Verdict

ENGLISH = (
    "patients tumour dose weekly scan nurse blood count infusion tablet week month response relapse remission survival toxicity "
    "fever rash nausea biopsy marrow lesion liver lung breast kidney spleen node margin surgeon theatre ward clinic visit diary "
    "question answer letter consent sponsor centre region country hospital physician pharmacist laboratory sample tube freezer "
    "courier report table figure margin placebo control arm group cohort stratum balance chance block list sealed envelope code "
    "blind open label crossover washout baseline change slope mean median range quartile bound interval ratio hazard odds risk "
    "benefit burden cost price budget grant committee member vote minute agenda decision reason doubt signal noise trend peak "
    "trough plateau decline increase growth shrinkage stable mixed partial complete early late first last second third fourth "
    "upper lower left right inner outer large small heavy light long short young old new slow quick mild severe moderate acute "
    "chronic local distant primary secondary third initial common rare usual strange known unknown safe "
)
CHINESE = (
    "患者肿瘤剂量每周扫描护士血液计数输注片剂反应复发缓解生存毒性发热皮疹恶心活检骨髓病灶肝肺乳腺肾脾淋巴结边缘外科手术病房门诊随访日记问答信函"
    "同意赞助中心地区国家医院医师药师实验样本试管冷冻快递报告表格图像安慰剂对照组队列分层平衡机会区组列表密封信封代码盲法开放标签交叉洗脱基线变化"
    "斜率均值中位范围四分界限区间比率风险获益负担费用价格预算基金委员成员投票分钟议程决定理由疑问信号噪声趋势峰谷平台下降增加生长缩小稳定混合部分"
)


@dataclass(frozen=True)
class Text:
    """A document as the comparison is given it."""

    text: str
    title: str | None = None
    ids: frozenset[str] = frozenset()


def english(seed: int, *, words: int = 240) -> str:
    """Sentences of 8 to 20 words and a number now and then, that stand nowhere else."""
    chance = random.Random(seed)
    found: list[str] = []
    while words > 0:
        sentence = [chance.choice(ENGLISH.split()) for _ in range(min(words, chance.randint(8, 20)))]
        words -= len(sentence)
        if chance.random() < 0.4:
            sentence[-1] = f"{chance.randint(2, 999)}"
        found.append(" ".join(sentence).capitalize() + ".")
    return " ".join(found)


def chinese(seed: int, *, characters: int = 300) -> str:
    """The same in Chinese."""
    chance = random.Random(seed)
    found: list[str] = []
    while characters > 0:
        size = min(characters, chance.randint(10, 25))
        characters -= size
        found.append(
            "".join(chance.choice(CHINESE) for _ in range(size)) + (f"{chance.randint(2, 999)}例" if chance.random() < 0.3 else "")
        )
    return "，".join(found) + "。"


def edited(text: str, *, share: float, seed: int = 0) -> str:
    """With this share of its words or characters replaced by others."""
    chance = random.Random(seed)
    is_chinese = re.search("[一-鿿]", text) is not None

    def other(match: re.Match[str]) -> str:
        return match[0] if chance.random() >= share else chance.choice(CHINESE if is_chinese else ENGLISH.split())

    return re.sub("[一-鿿]" if is_chinese else "[A-Za-z]+", other, text)


def lexical(texts: Sequence[str], numbers: NDArray[np.int64]) -> Iterator[tuple[int, int, int]]:
    """Stretches of these documents that certainly say nothing of a trial, as the locating stage gives them."""
    for number in numbers.tolist():
        _, starts, ends = token_places(texts[number])
        for start, end, _ in boilerplate_spans(texts[number], [(0, len(texts[number]))]):
            yield number, int(np.searchsorted(starts, start)), int(np.searchsorted(ends, end, side="right"))


def compared(
    documents: Sequence[Text],
    *,
    order: Sequence[int] | None = None,
    batches: Sequence[int] = (),
    rule: Rule = ARTICLES,
    takes_part: Sequence[bool] | None = None,
    with_lexicon: bool = False,
) -> Found:
    """What is found among documents that are signed in batches which end before these numbers, and preferred in this order."""
    texts = [document.text for document in documents]
    described = Described(
        ids=[document.ids for document in documents],
        titles=[document.title for document in documents],
        heads=[" ".join(text[:1_000].split())[:200] for text in texts],
        order=np.array(range(len(documents)) if order is None else order, np.int64),
        takes_part=np.array([True] * len(documents) if takes_part is None else takes_part, np.bool_),
        rule=rule,
    )
    with tempfile.TemporaryDirectory() as folder:
        folders: list[Path] = []
        for start, end in zip([0, *batches], [*batches, len(texts)], strict=True):
            folders.append(Path(folder) / str(len(folders)))
            folders[-1].mkdir()
            save(sign(pa.array(texts[start:end], pa.large_string())), folders[-1])
        corpus = Corpus(folders, Path(folder))
        return find_copies(corpus, described, (lambda numbers: lexical(texts, numbers)) if with_lexicon else None)


def dropped(*documents: Text | str, **options) -> dict[int, int]:
    """Number of each dropped document → number of the one that is kept for it."""
    given_as = [document if isinstance(document, Text) else Text(document) for document in documents]
    return {copy.dropped: copy.kept for copy in compared(given_as, **options).copies}


# --- copies that are found -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [english(1), chinese(1)])
@pytest.mark.parametrize("share", [0.0, 0.02, 0.05])
def test_a_copy_with_edited_words_is_found(text: str, share: float) -> None:
    """In English and in Chinese, up to one word in twenty; what stands for the two is the longer one, or the preferred of equals."""
    assert dropped(text, english(2), edited(text, share=share), chinese(2)) == {2: 0}
    assert dropped(text, edited(text, share=share), order=[1, 0]) == {0: 1}


def test_a_copy_in_another_dress_is_the_same_text() -> None:
    """Case, width, accents, traditional characters, line breaks and punctuation say nothing: all tokens are the same."""
    text = chinese(3) + english(3)
    dressed = text.replace(" ", "\n").replace("。", "．").replace("，", " , ").replace("数", "數").replace("险", "險").upper()
    found = compared([Text(text), Text(dressed)])
    assert [(copy.dropped, copy.kept, copy.similarity, copy.repeated_share) for copy in found.copies] == [(1, 0, 1.0, 1.0)]


def test_paragraphs_in_another_order_are_the_same_text() -> None:
    """Only the seams between them differ."""
    paragraphs = [english(seed, words=60) for seed in range(10, 16)]
    moved = [paragraphs[i] for i in (3, 0, 5, 1, 4, 2)]
    assert dropped("\n\n".join(paragraphs), "\n\n".join(moved)) == {1: 0}


def test_a_document_that_stands_in_a_larger_one_is_dropped_for_that() -> None:
    """Whole, edited a little, at any place, in either language; the share of it that stands there is told."""
    for part, before, after in ((english(20), english(21, words=700), english(22, words=900)), (chinese(20), chinese(21), english(22))):
        found = compared([Text(part), Text(f"{before}\n\n{edited(part, share=0.02)}\n\n{after}")])
        assert [(copy.dropped, copy.kept, copy.verdict) for copy in found.copies] == [(0, 1, Verdict.CONTAINED)]
        assert 0.8 <= found.copies[0].repeated_share <= 1
        assert found.copies[0].similarity == found.copies[0].repeated_share


def test_a_document_with_a_section_of_its_own_is_not_dropped_for_a_larger_one() -> None:
    """Four fifths of it stand there; the rest would be lost."""
    part, own = english(23, words=400), english(24, words=60)
    larger = f"{english(25, words=900)} {part} {english(26, words=900)}"
    assert dropped(f"{part} {own}", larger) == {}
    assert dropped(part, larger) == {0: 1}


def test_a_copy_of_a_part_is_dropped_for_the_larger_document_too() -> None:
    """An original, its edited copy and the digest that holds the original: one is left."""
    part = english(27)
    assert dropped(part, edited(part, share=0.06), f"{english(28, words=600)} {part} {english(29, words=600)}") == {0: 2, 1: 2}


def test_in_a_chain_of_copies_none_is_dropped_for_what_it_is_unlike() -> None:
    """Each link keeps seven tenths of the one before: the two ends have half of their words in common, and the middle stands for both."""
    text = english(30, words=300).split()
    new = english(31, words=300).split()
    one, middle, other = (" ".join([*text[shift:], *new[:shift]]) for shift in (0, 50, 100))
    assert dropped(one, other) == {}
    assert dropped(one, middle, other) == {0: 1, 2: 1}


def test_a_copy_with_some_words_and_a_number_edited_is_found() -> None:
    """Edits fall on numbers and words alike; that is no other report."""
    text = english(32) + " In all 214 patients were seen."
    assert dropped(text, edited(text, share=0.03).replace("214", "241")) == {1: 0}


# --- documents that look like copies and are none ------------------------------------------------------------------------

DISCLAIMER = """
Disclaimer: Example Oncology Daily wants more people to know about new therapies. The content of this page is for information exchange
only and is no substitute for professional medical advice, diagnosis or treatment. The views expressed are not necessarily those of the
publisher, who accepts no responsibility for errors or omissions. Copyright Example Press. All rights reserved. No part of this article may
be reproduced in any form without prior written permission. For reprints, contact the rights department. By using this site you agree to
our terms of use and our privacy policy. We use cookies to personalise content and to analyse our traffic. This material is intended for
healthcare professionals only. Always seek the advice of your physician with any questions you may have regarding a medical condition. Never
disregard professional medical advice because of something you have read here. The publisher makes no warranty, express or implied, as to
the accuracy or completeness of this information and shall not be liable for any loss or damage that arises from its use.
"""
OTHER_DISCLAIMER = """
免责声明：本文仅供医疗卫生专业人士参考，不代表本平台立场，不能取代专业的医疗指导，也不应被视为诊疗建议。如涉及版权问题，请与我们联系，我们将及时删除。
版权声明：本文为原创文章，版权归本公众号所有，未经授权禁止转载。如需转载请联系后台获得书面授权，并注明出处，违者必究。图片来自网络，如有侵权请联系删除。
"""


def test_two_articles_under_one_disclaimer_are_not_copies() -> None:
    """Although three quarters of their words are the same: those say nothing of a trial."""
    articles = [english(seed, words=48) + DISCLAIMER for seed in (40, 41)]
    assert dropped(*articles) == {1: 0}, "without knowing what a disclaimer says they look like copies"
    assert dropped(*articles, with_lexicon=True) == {}


@pytest.mark.parametrize("n", [2, 3, 12])
def test_articles_with_one_stretch_in_common_are_not_copies(n: int) -> None:
    """Whatever it says, and though it is longer than what each says itself."""
    common = english(42, words=250)
    assert dropped(*(f"{english(seed, words=150)}\n\n{common}" for seed in range(43, 43 + n))) == {}


def test_many_articles_that_mostly_say_one_thing_are_not_copies() -> None:
    """Twelve short news under one long notice that no lexicon knows: each has a hundred words that stand nowhere else."""
    common = english(42, words=400)
    assert dropped(*(f"{english(seed, words=100)}\n\n{common}" for seed in range(43, 55))) == {}


def test_two_copies_under_different_notices_are_copies_where_others_stand_under_the_same() -> None:
    """Less than half of what the two say is the same text, until what several texts say is set aside."""
    body, one, other = english(60, words=250), english(61, words=200), english(62, words=200)
    first, second = f"{body}\n\n{one}", f"{body}\n\n{other}"
    assert dropped(first, second) == {}
    others = [f"{english(seed, words=300)}\n\n{notice}" for seed, notice in enumerate((one, one, one, other, other, other), start=63)]
    assert dropped(first, second, *others) in ({0: 1}, {1: 0})


def test_two_copies_under_different_disclaimers_are_copies() -> None:
    """Where it is plain what those are, no other article is needed."""
    body = english(69, words=100)
    first, second = body + DISCLAIMER, body + OTHER_DISCLAIMER
    assert dropped(first, second) == {}
    assert dropped(first, second, with_lexicon=True) in ({0: 1}, {1: 0})


def test_reports_of_different_registrations_are_never_joined() -> None:
    """Not directly, and not by a third that names none; that one is dropped for one of them."""
    text = english(70)
    first, second = (Text(edited(text, share=0.02, seed=seed), ids=frozenset({f"NCT0000000{seed}"})) for seed in (1, 2))
    assert dropped(first, second) == {}
    found = dropped(first, second, Text(text))
    assert len(found) == 1 and not {0, 1} <= {*found, *found.values()}


def test_documents_with_the_very_same_words_are_told_apart_by_their_ids_and_titles() -> None:
    """The id may stand in the name of the file, and the title beside the text."""
    text = english(71)
    assert dropped(*(Text(text, ids=frozenset({name})) for name in ("NCT00000001", "NCT00000002"))) == {}
    assert dropped(Text(text, title="Lorimastat"), Text(text, title="Lorimastat: five-year follow-up")) == {}
    found = dropped(Text(text), *(Text(text, ids=frozenset({name})) for name in ("NCT00000001", "NCT00000001", "NCT00000002")))
    assert len(found) == 2 and 3 not in found


def test_a_template_filled_in_with_other_numbers_is_never_a_copy() -> None:
    """A table row of another trial in the same sentence, in both languages; the same with a single number edited is one."""
    sentence = "Of {} patients {} responded ({}%) and {} had fever; the median was {} months in centre {}. "
    satz = "{}例患者中{}例缓解（{}%），{}例发热，中位生存期{}个月，第{}中心。"
    for template in (sentence, satz):
        filled = [
            english(72, words=60) + "".join(template.format(*(chance.randint(1, 999) for _ in range(6))) for _ in range(8))
            for chance in (random.Random(1), random.Random(2))
        ]
        assert compared([Text(text) for text in filled]).copies == []
        once = re.sub(r"\d+", "7", filled[0], count=1)
        assert dropped(filled[0], once) == {1: 0}


def test_a_follow_up_is_never_a_copy_of_the_first_report() -> None:
    """Its title says so; where there is none, its first words do."""
    text, changed = english(73), edited(english(73), share=0.03)
    titles = ("Lorimastat in lymphoma", "Lorimastat in lymphoma: five-year follow-up")
    found = compared([Text(text, title=titles[0]), Text(changed, title=titles[1])])
    assert (found.copies, [verdict for _, _, verdict, _ in found.told_apart]) == ([], [Verdict.OTHER_TITLE])
    assert dropped(text, f"Follow-up. {changed}") == {}
    assert dropped(Text(text, title=titles[0]), Text(changed, title=titles[0])) == {1: 0}


def test_a_text_with_another_drug_throughout_is_never_a_copy() -> None:
    """In English, and in Chinese, where a name is several characters."""
    one = "Lorimastat was studied. " + english(74).replace(". ", ". With lorimastat ", 5)
    assert dropped(one, one.replace("orimastat", "enzatinib").replace("Lenz", "Benz")) == {}
    other = "洛瑞司他的研究。" + chinese(74).replace("，", "，洛瑞司他", 5)
    assert dropped(other, other.replace("洛瑞司他", "贝恩替尼")) == {}


def test_records_are_copies_only_when_nearly_all_is_the_same() -> None:
    """Records of one sponsor share most of their words; none is part of another."""
    text = english(75, words=400)
    assert dropped(text, edited(text, share=0.005), rule=RECORDS) == {1: 0}
    assert dropped(text, edited(text, share=0.04), rule=RECORDS) == {}
    assert dropped(text, text + english(76, words=400), rule=RECORDS) == {}


def test_short_texts_are_copies_only_when_all_is_the_same() -> None:
    """A title and a sentence are soon alike, and stand in many texts."""
    short = english(77, words=40)
    assert dropped(short, short.upper()) == {1: 0}
    assert dropped(short, short.rsplit(" ", 1)[0] + " elsewhere.") == {}
    assert dropped(short, f"{english(78)} {short} {english(79)}") == {}


def test_texts_without_a_word_are_copies_of_nothing() -> None:
    """Not of each other either; and a corpus of such, or of nothing, gives nothing."""
    assert dropped("", "…", "\n", "\uffff\uffff", english(80)) == {}
    assert dropped("") == dropped() == {}


def test_documents_that_do_not_take_part_change_nothing() -> None:
    """Neither as copies nor as what is kept."""
    text = english(81)
    assert dropped(text, text, edited(text, share=0.02), takes_part=[False, True, True]) == {2: 1}
    assert dropped(text, text, takes_part=[False, True]) == {}


# --- order, batches, again -----------------------------------------------------------------------------------------------


def collection() -> list[Text]:
    """Some of everything: copies of several kinds, look-alikes, and texts that are like no other."""
    text, part, common = english(90), english(91, words=120), english(92, words=120)
    return [
        Text(text),
        Text(edited(text, share=0.03, seed=1)),
        Text(edited(text, share=0.03, seed=2), ids=frozenset({"NCT00000001"})),
        Text(edited(text, share=0.03, seed=3), ids=frozenset({"NCT00000002"})),
        Text(text.upper()),
        Text(part),
        Text(f"{english(93)} {part} {english(94)}"),
        *(Text(f"{english(seed, words=130)} {common}") for seed in range(95, 99)),
        Text(chinese(99), title="洛瑞司他治疗淋巴瘤"),
        Text(edited(chinese(99), share=0.03), title="洛瑞司他治疗淋巴瘤：五年随访"),
        Text(edited(chinese(99), share=0.02), title="洛瑞司他治疗淋巴瘤"),
        Text(""),
        Text(english(100, words=20)),
    ]


DOCUMENTS = collection()


@settings(deadline=None, max_examples=10)
@given(st.permutations(range(len(DOCUMENTS))), st.lists(st.integers(0, len(DOCUMENTS)), max_size=3))
def test_neither_the_order_of_files_nor_that_of_batches_matters(places: list[int], cuts: list[int]) -> None:
    """The same documents are dropped for the same ones, with the same verdicts, however they are numbered."""
    expected = compared(DOCUMENTS)
    assert len(expected.copies) >= 5 and len(expected.told_apart) >= 2, "or this shows nothing"
    found = compared([DOCUMENTS[place] for place in places], order=places, batches=sorted(cuts))
    copies = {(places[one.dropped], places[one.kept], one.verdict, one.similarity, one.repeated_share) for one in found.copies}
    assert copies == {(one.dropped, one.kept, one.verdict, one.similarity, one.repeated_share) for one in expected.copies}
    apart = {(*sorted((places[a], places[b])), verdict) for a, b, verdict, _ in found.told_apart}
    assert apart == {(a, b, verdict) for a, b, verdict, _ in expected.told_apart}


@settings(deadline=None, max_examples=10)
@given(st.permutations(range(9)))
def test_a_part_of_many_documents_is_dropped_for_the_same_one_in_any_order(places: list[int]) -> None:
    """Of eight digests that hold it not all are compared with it; which are does not depend on how documents are numbered."""
    part = english(110, words=150)
    documents = [Text(part), *(Text(f"{english(seed, words=5 * seed)} {part}") for seed in range(111, 119))]
    found = compared([documents[place] for place in places], order=places)
    assert [(places[one.dropped], places[one.kept]) for one in found.copies] == [(0, 8)]


@settings(deadline=None, max_examples=10)
@given(st.permutations(range(len(DOCUMENTS))))
def test_among_the_kept_ones_nothing_more_is_found(order: list[int]) -> None:
    """Doing it twice changes nothing, but for a text that two reports of different trials are copies of: one of those may be gone then."""
    documents = [replace(document, ids=frozenset()) for document in DOCUMENTS]
    gone = dropped(*documents, order=order)
    left = [number for number in range(len(documents)) if number not in gone]
    assert dropped(*(documents[number] for number in left), order=[order[number] for number in left]) == {}
    assert not set(gone) & set(gone.values())


def test_eighty_copies_of_one_text_are_dropped_for_one() -> None:
    """More than are paired with each other, or compared each with each; all edited at other places."""
    text = english(102)
    found = dropped(text, *(edited(text, share=0.02, seed=seed) for seed in range(80)))
    assert len(found) == 80 and len(set(found.values())) == 1
