"""Stretches that stand at several places: all of them are found, and what they point to is kept."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.dedup.postings import repeated
from pipelines.dedup.sketches import WINDOW, anchors
from pipelines.dedup.stretches import LEAST_RUN, Anchored, find_stretches
from pipelines.dedup.tokens import BREAK, Tokens, tokenize

Stretch = tuple[int, int, int, int]


def tokens_of(documents: Sequence[Sequence[int]]) -> Tokens:
    values = np.array([value for document in documents for value in document], np.uint32)
    return Tokens(values, np.cumsum([0, *map(len, documents)], dtype=np.int64))


def stretches(tokens: Tokens, order: Sequence[int] | None = None) -> list[Stretch]:
    """(start, end, kept start, kept end) of all that is found among the documents named by `order`, or all."""
    keys, places = anchors(tokens)
    groups = repeated(keys)
    several = groups >= 0
    anchored = Anchored(places[several], groups[several], int(groups.max(initial=-1)) + 1)
    return [tuple(row) for row in find_stretches(tokens, anchored, range(len(tokens)) if order is None else order).tolist()]


def places_of(found: Sequence[Stretch]) -> set[int]:
    return {place for start, end, _, _ in found for place in range(start, end)}


def document_of(tokens: Tokens, place: int) -> int:
    return int(np.searchsorted(tokens.ends, place, side="right")) - 1


# --- what is found is right ----------------------------------------------------------------------------------------------


@st.composite
def repetitive(draw: st.DrawFn) -> list[list[int]]:
    """Documents of few different tokens, put together from the same stretches and parts of them."""
    words = st.integers(2, draw(st.sampled_from([2, 3, 5, 1_000])))
    passages = draw(st.lists(st.lists(words, min_size=10, max_size=90), min_size=1, max_size=3))
    parts = st.sampled_from(passages).flatmap(lambda passage: st.slices(len(passage)).map(lambda some: passage[some]))
    pieces = st.sampled_from(passages) | parts | st.lists(words | st.just(BREAK), max_size=4)
    documents = draw(st.lists(st.lists(pieces, max_size=6), min_size=1, max_size=4))
    return [[value for piece in document for value in piece] for document in documents]


@settings(deadline=None, max_examples=200)
@given(repetitive(), st.data())
def test_a_stretch_repeats_equal_tokens_that_stood_before_and_are_kept(documents: list[list[int]], data: st.DataObject) -> None:
    """Within one document, without a break, before it in the order of reading; no two overlap, and none points into another."""
    tokens = tokens_of(documents)
    order = data.draw(st.permutations(range(len(documents)))) if documents else []
    order = order[: data.draw(st.integers(0, len(order)))]
    rank = {document: place for place, document in enumerate(order)}
    found = stretches(tokens, order)
    assert found == sorted(found)
    for start, end, kept_start, kept_end in found:
        assert WINDOW <= end - start == kept_end - kept_start
        assert BREAK not in tokens.values[start:end]
        assert (tokens.values[start:end] == tokens.values[kept_start:kept_end]).all()
        owner, keeper = document_of(tokens, start), document_of(tokens, kept_start)
        assert end <= tokens.ends[owner + 1] and kept_end <= tokens.ends[keeper + 1]
        assert rank[keeper] < rank[owner] or (keeper == owner and kept_end <= start)
    assert len(places_of(found)) == sum(end - start for start, end, _, _ in found)
    assert not places_of(found) & {place for _, _, first, last in found for place in range(first, last)}


# --- everything is found -------------------------------------------------------------------------------------------------


@st.composite
def quoting(draw: st.DrawFn, *, phrase: int = 0) -> tuple[list[list[int]], set[int]]:
    """Documents that quote passages of at least `LEAST_RUN` tokens, and the places of all quotations but the first.

    All passages have one phrase of so many tokens in common, in their middle; everything else stands nowhere else.
    """
    fresh = iter(range(2, 100_000))
    common = [next(fresh) for _ in range(phrase)]
    passages: list[list[int]] = []
    for _ in range(draw(st.integers(1, 4))):
        halves = [[next(fresh) for _ in range(draw(st.integers(LEAST_RUN // (2 - bool(phrase)), 60)))] for _ in range(2)]
        passages.append(halves[0] + common + halves[1])
    documents: list[list[int]] = []
    again: set[int] = set()
    seen: set[int] = set()
    place = 0
    for _ in range(draw(st.integers(1, 4))):
        document: list[int] = []
        for number in draw(st.lists(st.integers(-1, len(passages) - 1), max_size=6)):
            piece = passages[number] if number >= 0 else [next(fresh) for _ in range(draw(st.integers(1, 50)))]
            if number in seen:
                again |= set(range(place + len(document), place + len(document) + len(piece)))
            seen |= {number} - {-1}
            document += piece
        documents.append(document)
        place += len(document)
    return documents, again


@settings(deadline=None, max_examples=150)
@given(quoting())
def test_every_run_of_40_tokens_that_stood_before_is_found_whole(quotations: tuple[list[list[int]], set[int]]) -> None:
    """To the token, within a document and across, wherever in a document it stands."""
    documents, again = quotations
    tokens = tokens_of(documents)
    found = stretches(tokens)
    assert not places_of(found) ^ again
    for start, end, _, _ in found:
        tokens.values[start:end] = BREAK
    assert stretches(tokens) == [], "what is left says nothing twice"


@settings(deadline=None, max_examples=150)
@given(st.integers(1, LEAST_RUN - 1).flatmap(lambda phrase: quoting(phrase=phrase)))
def test_a_phrase_that_stands_in_several_passages_breaks_none_of_them(quotations: tuple[list[list[int]], set[int]]) -> None:
    """It is too short to be a repeat itself, and is part of those it stands in."""
    documents, again = quotations
    assert not places_of(stretches(tokens_of(documents))) ^ again


def test_a_body_that_was_pasted_twice_is_found_whole_although_it_says_something_twice() -> None:
    """A sentence of 25 tokens that the body repeats is no repeat while the body is looked at, or the second body would fall apart."""
    body = [*range(100, 150), *range(2, 27), *range(200, 230), *range(2, 27), *range(300, 330)]
    assert stretches(tokens_of([[*body, *body]])) == [(160, 320, 0, 160)]


def test_the_order_of_reading_decides_what_is_kept() -> None:
    """Of two documents with one passage the one that is read later repeats it."""
    passage = list(range(2, 62))
    tokens = tokens_of([[*passage, 70], [71, *passage]])
    assert stretches(tokens) == [(62, 122, 0, 60)]
    assert stretches(tokens, [1, 0]) == [(0, 60, 62, 122)]
    assert stretches(tokens, [1]) == []


def test_a_run_of_39_tokens_is_no_stretch_alone() -> None:
    """But a passage with a word edited in it is two parts of one."""
    passage = list(range(2, 42))
    assert stretches(tokens_of([passage[:-1], passage[:-1]])) == []
    assert stretches(tokens_of([passage, passage])) == [(40, 80, 0, 40)]
    edited = [*range(2, 32), 90, *range(33, 62)]
    assert stretches(tokens_of([list(range(2, 62)), edited])) == [(60, 90, 0, 30), (91, 120, 31, 60)]
    far_apart = [*range(2, 32), *range(100, 120), *range(32, 62)]
    assert stretches(tokens_of([list(range(2, 62)), far_apart])) == []


def test_nothing_reaches_across_a_break_or_a_document() -> None:
    """What stands in two fields is two stretches, and no longer one when it stands in two documents."""
    passage = list(range(2, 82))
    broken = [*passage[:41], BREAK, *passage[41:]]
    assert stretches(tokens_of([passage, broken])) == [(80, 121, 0, 41), (122, 161, 41, 80)]
    assert stretches(tokens_of([broken, broken])) == [(81, 122, 0, 41), (123, 162, 42, 81)]
    assert stretches(tokens_of([passage, passage[:39], passage[39:78]])) == []


def test_a_document_that_only_quotes_is_a_repeat_whole() -> None:
    """Also when it quotes two others in turn, and when it is quoted itself: then what it quoted is kept."""
    one, other = list(range(2, 62)), list(range(102, 162))
    tokens = tokens_of([one, other, [*other, *one], [*other, *one]])
    assert stretches(tokens) == [(120, 180, 60, 120), (180, 240, 0, 60), (240, 300, 60, 120), (300, 360, 0, 60)]


def test_a_sentence_pair_in_words_is_found_at_its_place() -> None:
    """English and Chinese, with another beginning and end around it."""
    english = (
        "Patients took the tablets twice a day with food until the disease grew or until they wished to stop, and were seen every four "
        "weeks in the first half year and every eight weeks after that by a nurse of the study."
    )
    chinese = "患者每日两次随餐服药，直至疾病进展或自愿退出；前半年每四周随访一次，此后每八周由研究护士随访一次并记录不良反应与合并用药。"
    documents = [f"Methods. {english} {chinese}", f"方法 {chinese} 结果", f"We did the same. {english} Results follow."]
    tokens = tokenize(pa.array(documents))
    sizes = [len(tokenize(pa.array([text])).values) for text in (english, chinese)]
    starts = [int(tokens.ends[1]) + 2, int(tokens.ends[2]) + 4]
    assert stretches(tokens) == [
        (starts[0], starts[0] + sizes[1], 1 + sizes[0], 1 + sizes[0] + sizes[1]),
        (starts[1], starts[1] + sizes[0], 1, 1 + sizes[0]),
    ]
