"""Is one document a copy of another: what follows from how alike they are and from what they say of themselves."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from pipelines.dedup.pairs import MEASURES, Measures
from pipelines.dedup.verdict import (
    ARTICLES,
    ARTICLES_OF_A_GROUP,
    CONTAINED,
    CONTAINED_WITH_OTHERS,
    LEAST,
    MISSING,
    NEAR,
    NEAR_RECORD,
    RECORDS,
    SIBLINGS,
    Facts,
    Verdict,
    floors,
    judge,
    judge_all,
    similarity,
    worth_judging,
)
from pipelines.schema.vocabularies import LOOKALIKE_REASON

FACTS = Facts(ids=frozenset(), title=None, beginning="Lorimastat slows lymphoma in older adults", n_tokens=500)
ALIKE = Measures(
    jaccard=0.8,
    first_in_second=0.9,
    second_in_first=0.88,
    numbers=40,
    words=460,
    numbers_changed=0,
    words_changed=0,
    number_places=0,
    word_places=0,
    renamed=0,
    swapped=0,
    first_own_run=10,
    second_own_run=60,
)


def titled(title: str | None, *, size: int = 500) -> Facts:
    return replace(FACTS, title=title, n_tokens=size)


def with_ids(*ids: str) -> Facts:
    return replace(FACTS, ids=frozenset(ids))


def turned(measures: Measures) -> Measures:
    """The measures of the pair the other way round."""
    return measures._replace(
        first_in_second=measures.second_in_first,
        second_in_first=measures.first_in_second,
        first_own_run=measures.second_own_run,
        second_own_run=measures.first_own_run,
    )


# --- how alike -----------------------------------------------------------------------------------------------------------


def test_texts_that_agree_in_six_of_ten_places_are_copies() -> None:
    """And those that agree in fewer are not."""
    assert judge(FACTS, FACTS, ALIKE._replace(jaccard=NEAR)) == Verdict.NEAR
    assert judge(FACTS, FACTS, ALIKE._replace(jaccard=0.59, first_in_second=0.74, second_in_first=0.74)) == Verdict.UNLIKE


@pytest.mark.parametrize(
    ("contained", "own_run", "verdict"),
    [
        (CONTAINED, MISSING - 1, Verdict.CONTAINED),
        (CONTAINED - 0.01, 0, Verdict.UNLIKE),
        (1.0, MISSING, Verdict.UNLIKE),
    ],
)
def test_what_stands_in_a_larger_text_is_swallowed_when_nothing_is_lost(contained: float, own_run: int, verdict: Verdict) -> None:
    """Enough of it stands there, and it has no stretch of its own; what the larger one has more does not matter."""
    smaller, larger = replace(FACTS, n_tokens=200), replace(FACTS, n_tokens=2_000)
    part = ALIKE._replace(jaccard=0.1, first_in_second=contained, second_in_first=0.1, first_own_run=own_run, second_own_run=1_700)
    assert judge(smaller, larger, part) == verdict
    assert judge(larger, smaller, turned(part)) == verdict
    whole = ALIKE._replace(jaccard=0.1, first_in_second=0.1, second_in_first=1.0)
    assert judge(smaller, larger, whole) == Verdict.UNLIKE, "the larger one in the smaller one is no copy of it"


def test_a_copy_of_a_swallowed_text_is_swallowed_with_less() -> None:
    """A text with a tenth of its words edited stands to .6 to .75 in the digest that holds the original."""
    smaller, larger = replace(FACTS, n_tokens=200), replace(FACTS, n_tokens=2_000)
    part = ALIKE._replace(jaccard=0.05, first_in_second=CONTAINED_WITH_OTHERS, second_in_first=0.05)
    assert judge(smaller, larger, part, ARTICLES) == Verdict.UNLIKE
    assert judge(smaller, larger, part, ARTICLES_OF_A_GROUP) == Verdict.CONTAINED


def test_a_short_text_is_a_copy_only_of_what_says_the_same_in_all_places() -> None:
    """It stands in many texts, and a sentence is soon alike: it is never swallowed."""
    short, long = replace(FACTS, n_tokens=LEAST - 1), replace(FACTS, n_tokens=2_000)
    assert judge(short, short, ALIKE._replace(jaccard=0.99)) == Verdict.UNLIKE
    assert judge(short, short, ALIKE._replace(jaccard=1.0)) == Verdict.NEAR
    assert judge(short, long, ALIKE._replace(jaccard=0.02, first_in_second=1.0, first_own_run=0)) == Verdict.UNLIKE


def test_records_have_to_be_more_alike_and_are_never_part_of_another() -> None:
    """Trials of one sponsor share most of their words."""
    assert judge(FACTS, FACTS, ALIKE._replace(jaccard=NEAR_RECORD), RECORDS) == Verdict.NEAR
    contained = ALIKE._replace(jaccard=NEAR_RECORD - 0.01, first_in_second=1.0, first_own_run=0)
    assert judge(FACTS, FACTS, contained, RECORDS) == Verdict.UNLIKE
    assert judge(FACTS, FACTS, contained, SIBLINGS) == Verdict.NEAR


# --- what tells texts apart ----------------------------------------------------------------------------------------------


def test_texts_of_different_registrations_are_never_copies() -> None:
    """When each names one that the other does not name; a text that names none, or one more, may be a copy."""
    assert judge(with_ids("NCT00000001"), with_ids("NCT00000002"), ALIKE._replace(jaccard=1.0)) == Verdict.OTHER_IDS
    assert judge(with_ids("a", "b"), with_ids("a", "c"), ALIKE) == Verdict.OTHER_IDS
    assert judge(with_ids("a"), with_ids(), ALIKE) == Verdict.NEAR
    assert judge(with_ids("a"), with_ids("a", "b"), ALIKE) == Verdict.NEAR


TITLE = "Lorimastat in relapsed lymphoma: a phase 2 trial"


@pytest.mark.parametrize(
    "other",
    [
        "Lorimastat in relapsed lymphoma: five-year follow-up of a phase 2 trial",
        "Lorimastat in relapsed lymphoma: follow up of a phase 2 trial",
        "Long-term results of lorimastat in relapsed lymphoma: a phase 2 trial",
        "Lorimastat in relapsed lymphoma: a phase 2 trial. Interim analysis",
        "Updated: Lorimastat in relapsed lymphoma: a phase 2 trial",
        "Lorimastat in relapsed lymphoma: a phase 2 trial - an open-label extension",
        "Erratum: Lorimastat in relapsed lymphoma: a phase 2 trial",
        "Lorimastat in relapsed lymphoma: a phase 3 trial",
        "Lorimastat in relapsed lymphoma: a phase 2 trial (part 2)",
        "Lorimastat in relapsed lymphoma: a phase 2 trial, cohort B",
        "Ｌｏｒｉｍａｓｔａｔ in relapsed lymphoma: FOLLOW-UP of a phase 2 trial",
    ],
)
def test_a_title_that_announces_another_report_makes_another_document(other: str) -> None:
    """A follow-up, an update, another phase, part or cohort, however alike the texts."""
    assert judge(titled(TITLE), titled(other), ALIKE._replace(jaccard=0.99)) == Verdict.OTHER_TITLE
    assert judge(titled(other), titled(TITLE), ALIKE._replace(jaccard=0.99)) == Verdict.OTHER_TITLE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("洛瑞司他治疗淋巴瘤的二期研究", "洛瑞司他治疗淋巴瘤的三期研究"),
        ("洛瑞司他治疗淋巴瘤", "洛瑞司他治疗淋巴瘤：五年随访"),
        ("洛瑞司他治療淋巴瘤", "洛瑞司他治療淋巴瘤：長期結果"),
        ("洛瑞司他治疗淋巴瘤 第1部分", "洛瑞司他治疗淋巴瘤 第2部分"),
        ("Oncology digest, issue 12", "Oncology digest, issue 13"),
        ("洛瑞司他治疗淋巴瘤：队列A", "洛瑞司他治疗淋巴瘤：队列B"),
        ("洛瑞司他治疗淋巴瘤的Ⅱ期研究", "洛瑞司他治疗淋巴瘤的Ⅲ期研究"),
        ("洛瑞司他治疗淋巴瘤的II期研究", "洛瑞司他治疗淋巴瘤的III期研究"),
    ],
)
def test_titles_that_name_different_parts_make_different_documents(one: str, other: str) -> None:
    """Phases and parts in either language, in figures or in words."""
    assert judge(titled(one), titled(other), ALIKE) == Verdict.OTHER_TITLE
    assert judge(titled(other), titled(one), ALIKE) == Verdict.OTHER_TITLE


@pytest.mark.parametrize(
    "other",
    [
        None,
        "",
        "LORIMASTAT IN RELAPSED LYMPHOMA: A PHASE 2 TRIAL",
        "Lorimastat in relapsed lymphoma: a phase 2 trial | Example Oncology Daily",
        "Lorimastat in relapsed lymphoma: a phase 2",
        "A new drug slows lymphoma: what we know of lorimastat",
        "Lorimastat in relapsed lymphoma: a trial of phase 2",
    ],
)
def test_another_wording_of_the_title_makes_no_other_document(other: str | None) -> None:
    """Another case, a site's name behind it, a title that was cut off, or none."""
    assert judge(titled(TITLE), titled(other), ALIKE) == Verdict.NEAR
    assert judge(titled(other), titled(TITLE), ALIKE) == Verdict.NEAR


def test_without_a_title_the_first_words_stand_for_it() -> None:
    """Where both begin with the same words but for what they announce; a text that begins with something else says nothing by it."""
    follow_up = replace(FACTS, beginning="Five-year follow-up: lorimastat slows lymphoma in older adults")
    elsewhere = replace(FACTS, beginning="Share this page. Subscribe for the final word every week")
    assert judge(FACTS, follow_up, ALIKE) == Verdict.OTHER_TITLE
    assert judge(FACTS, elsewhere, ALIKE) == Verdict.NEAR


def test_a_swallowed_text_must_not_announce_what_the_larger_one_is_not() -> None:
    """A follow-up within the first report is no part of it; a plain text within a follow-up may well be."""
    part = ALIKE._replace(jaccard=0.2, first_in_second=0.95, second_in_first=0.2)
    follow_up, plain = "Lorimastat: follow-up", "Lorimastat"
    assert judge(titled(follow_up, size=200), titled(plain), part) == Verdict.OTHER_TITLE
    assert judge(titled(plain, size=200), titled(follow_up), part) == Verdict.CONTAINED
    assert judge(titled("Lorimastat, part 1", size=200), titled("Lorimastat, part 2"), part) == Verdict.OTHER_TITLE


def test_a_template_that_was_filled_in_again_is_no_copy() -> None:
    """Where no word differs and a fifth of the numbers do; one number may be a date or a counter."""
    filled = ALIKE._replace(numbers=20, words=200, numbers_changed=4, number_places=1)
    assert judge(FACTS, FACTS, filled) == Verdict.OTHER_NUMBERS
    assert judge(FACTS, FACTS, filled._replace(numbers_changed=3)) == Verdict.NEAR
    assert judge(FACTS, FACTS, filled._replace(numbers=2, numbers_changed=1)) == Verdict.NEAR


def test_edited_words_excuse_a_few_edited_numbers() -> None:
    """Twelve words and two numbers are what chance gives; two words and eight numbers are not."""
    edited = ALIKE._replace(numbers=40, words=460, words_changed=12, word_places=12, numbers_changed=2, number_places=2)
    assert judge(FACTS, FACTS, edited) == Verdict.NEAR
    other = edited._replace(words_changed=2, word_places=2, numbers_changed=8, number_places=8)
    assert judge(FACTS, FACTS, other) == Verdict.OTHER_NUMBERS


@st.composite
def changes(draw: st.DrawFn) -> Measures:
    """Measures of a near pair with any numbers and words changed."""
    numbers, words = draw(st.integers(0, 200)), draw(st.integers(0, 600))
    numbers_changed, words_changed = draw(st.integers(0, min(numbers, 60))), draw(st.integers(0, min(words, 60)))
    return ALIKE._replace(
        numbers=numbers,
        words=words,
        numbers_changed=numbers_changed,
        words_changed=words_changed,
        number_places=draw(st.integers(min(1, numbers_changed), numbers_changed)),
        word_places=draw(st.integers(min(1, words_changed), words_changed)),
    )


@settings(max_examples=300)
@given(changes())
def test_numbers_differ_when_chance_does_not_explain_it(measures: Measures) -> None:
    """Chance draws the changes from all tokens alike: the tail of the hypergeometric distribution, as SciPy has it."""
    numbers, total = measures.numbers, measures.numbers + measures.words
    by_place = hypergeom.sf(measures.number_places - 1, total, numbers, measures.number_places + measures.word_places)
    by_token = hypergeom.sf(measures.numbers_changed - 1, total, numbers, measures.numbers_changed + measures.words_changed)
    several = measures.number_places >= 2 and measures.numbers_changed >= 0.1 * numbers
    only_numbers = measures.word_places == 0 and measures.numbers_changed >= max(2, 0.2 * numbers)
    differ = only_numbers or (several and (by_place < 3e-4 or by_token < 1e-5))
    assert judge(FACTS, FACTS, measures) == (Verdict.OTHER_NUMBERS if differ else Verdict.NEAR)


def test_a_name_that_is_another_throughout_makes_another_document() -> None:
    """At two places, or at one among many repetitions; the names of two sites stand in frames of their own."""
    assert judge(FACTS, FACTS, ALIKE._replace(renamed=1, swapped=2, words_changed=2)) == Verdict.OTHER_NAMES
    assert judge(FACTS, FACTS, ALIKE._replace(renamed=3, swapped=1, words_changed=6)) == Verdict.OTHER_NAMES
    assert judge(FACTS, FACTS, ALIKE._replace(renamed=3, swapped=0, words_changed=6)) == Verdict.NEAR
    assert judge(FACTS, FACTS, ALIKE._replace(renamed=2, swapped=1, words_changed=6)) == Verdict.NEAR
    assert judge(FACTS, FACTS, ALIKE._replace(renamed=8, swapped=1, words_changed=60)) == Verdict.NEAR


# --- all at once ---------------------------------------------------------------------------------------------------------

SHARES = st.sampled_from([0.0, 0.1, 0.5, 0.55, 0.6, 0.74, 0.8, 0.87, 0.9, 1.0])
COUNTS = st.sampled_from([0, 1, 2, 3, 5, 12])


@st.composite
def documents(draw: st.DrawFn) -> Facts:
    return Facts(
        ids=draw(st.frozensets(st.sampled_from(["NCT1", "NCT2"]))),
        title=draw(st.sampled_from([None, "", "Lorimastat", "Lorimastat: follow-up", "Lorimastat, part 2", "LORIMASTAT"])),
        beginning=draw(st.sampled_from(["", "Lorimastat slows lymphoma", "Update: lorimastat slows lymphoma", "Share this page"])),
        n_tokens=draw(st.sampled_from([0, LEAST - 1, LEAST, 100, 101, 500])),
    )


@st.composite
def any_measures(draw: st.DrawFn) -> Measures:
    numbers, words = draw(st.integers(12, 60)), draw(st.integers(12, 400))
    counts = {name: draw(COUNTS) for name in ("numbers_changed", "words_changed", "renamed", "swapped")}
    shares = {name: draw(SHARES) for name in ("jaccard", "first_in_second", "second_in_first")}
    runs = {name: draw(st.sampled_from([0, 39, 40, 90])) for name in ("first_own_run", "second_own_run")}
    return Measures(
        numbers=numbers,
        words=words,
        number_places=min(1, counts["numbers_changed"]) and draw(st.integers(1, counts["numbers_changed"])),
        word_places=min(1, counts["words_changed"]) and draw(st.integers(1, counts["words_changed"])),
        **counts,
        **shares,
        **runs,
    )


RULES = st.sampled_from([ARTICLES, ARTICLES_OF_A_GROUP, RECORDS, SIBLINGS])


@settings(max_examples=200)
@given(documents(), documents(), any_measures(), RULES)
def test_the_verdict_does_not_depend_on_which_comes_first(one: Facts, other: Facts, measures: Measures, rule) -> None:
    """A pair is a pair. (Of two of one size the first is taken for the smaller one.)"""
    assume(one.n_tokens != other.n_tokens)
    assert judge(one, other, measures, rule) == judge(other, one, turned(measures), rule)


@settings(max_examples=200)
@given(st.lists(documents(), min_size=2, max_size=6), st.data(), RULES)
def test_judging_many_is_judging_each(some: list[Facts], data: st.DataObject, rule) -> None:
    """The short way for plain pairs gives the same verdicts."""
    numbers = st.integers(0, len(some) - 1)
    pairs = data.draw(st.lists(st.tuples(numbers, numbers), max_size=6))
    measures = [data.draw(any_measures()) for _ in pairs]
    rows = np.array([tuple(one) for one in measures], MEASURES)
    expected = [judge(some[a], some[b], row, rule) for (a, b), row in zip(pairs, measures, strict=True)]
    assert judge_all(pairs, rows, some.__getitem__, rule) == expected


@settings(max_examples=200)
@given(documents(), documents(), any_measures(), RULES)
def test_every_copy_is_above_the_floors(one: Facts, other: Facts, measures: Measures, rule) -> None:
    """What is not measured in full, or not judged at all, could not have been a copy."""
    near, contained = floors(rule)
    shares = max(measures.first_in_second, measures.second_in_first)
    is_worth = bool(worth_judging(np.array([tuple(measures)], MEASURES), rule)[0])
    assert not is_worth or measures.jaccard >= near or shares >= contained
    if judge(one, other, measures, rule) in (Verdict.NEAR, Verdict.CONTAINED):
        assert is_worth
        assert similarity(measures) >= min(near, contained)


def test_every_reason_to_keep_both_is_explained() -> None:
    """In one sentence, where the table `lookalikes` declares its reasons."""
    assert set(LOOKALIKE_REASON.members) == set(Verdict) - {Verdict.NEAR, Verdict.CONTAINED, Verdict.UNLIKE}
