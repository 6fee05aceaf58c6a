"""Measures of a pair, compared with sets and lists in plain Python."""

import difflib
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.dedup.pairs import MEASURES, Measures, measure
from pipelines.dedup.tokens import BREAK, Tokens, tokenize

SHINGLE, GAP, SECTION, HEAD = 3, 3, 40, 30


def tokens_of(documents: Sequence[Sequence[int]]) -> Tokens:
    """Documents of these tokens; odd ones are numbers."""
    values = np.array([value for document in documents for value in document], np.uint32)
    return Tokens(values, np.cumsum([0, *map(len, documents)], dtype=np.int64))


def measured(one: Sequence[int], other: Sequence[int], *, floor: float = 0.0, batch: int = 2_048) -> Measures:
    pairs = np.array([[0, 1]])
    return Measures(*measure(tokens_of([one, other]), pairs, floor=floor, floor_contained=2.0, batch=batch)[0].tolist())


# --- the same in plain Python --------------------------------------------------------------------------------------------


Shingle = tuple[int | str, ...]


def shingles_by_place(document: Sequence[int]) -> dict[int, Shingle]:
    """The run of three that begins at each place; a text without any is one as a whole."""
    found: dict[int, Shingle] = {i: tuple(document[i : i + SHINGLE]) for i in range(len(document) - SHINGLE + 1)}
    found = {i: run for i, run in found.items() if BREAK not in run}
    whole = tuple(value for value in document if value != BREAK)
    return found or ({0: ("whole", *whole)} if whole else {})


def shingles(document: Sequence[int]) -> set[Shingle]:
    return set(shingles_by_place(document).values())


def unmatched(one: Sequence[int], other: Sequence[int]) -> list[int]:
    """Places of tokens of `one` that no shingle in common covers."""
    common = shingles(one) & shingles(other)
    covered = {i + k for i, run in shingles_by_place(one).items() if run in common for k in range(SHINGLE)}
    return [i for i, value in enumerate(one) if value != BREAK and i not in covered]


def runs(places: Sequence[int]) -> list[list[int]]:
    """Places with gaps of at most three others between them, together."""
    found: list[list[int]] = []
    for place in places:
        if found and place - found[-1][-1] <= GAP + 1:
            found[-1].append(place)
        else:
            found.append([place])
    return found


def extra(one: Sequence[int], places: Sequence[int], there: Counter[int]) -> list[int]:
    """Places whose token does not stand there as often; of one that is there too seldom, the last ones."""
    left, found = Counter(there), []
    for place in places:
        if left[one[place]] > 0:
            left[one[place]] -= 1
        else:
            found.append(place)
    return found


def own_names(one: Sequence[int], places: Sequence[int], other: Sequence[int]) -> dict[int, int]:
    """Words at the places that come again there and that the other document never uses, and how often they stand there."""
    counts = Counter(one[place] for place in places)
    return {value: n for value, n in counts.items() if n > 1 and value % 2 == 0 and value not in other}


def contexts(one: Sequence[int], places: Sequence[int], names: dict[int, int]) -> Counter[tuple[int, int]]:
    """What stands around each run of consecutive places that holds a name."""
    found: Counter[tuple[int, int]] = Counter()
    for _, numbered in groupby(enumerate(places), key=lambda item: item[1] - item[0]):
        run = [place for _, place in numbered]
        if any(one[place] in names for place in run):
            before, after = ([BREAK, *one][run[0]], [*one, BREAK][run[-1] + 1])
            found[before, after] += 1
    return found


def reference(one: Sequence[int], other: Sequence[int]) -> dict[str, Any]:
    a, b = shingles(one), shingles(other)
    if not a or not b:
        return dict.fromkeys(Measures._fields, 0)
    n_numbers = [sum(value % 2 for value in document) for document in (one, other)]
    n_words = [sum(value != BREAK and value % 2 == 0 for value in document) for document in (one, other)]
    found: dict[str, Any] = dict.fromkeys(Measures._fields, 0) | {
        "jaccard": len(a & b) / len(a | b),
        "first_in_second": len(a & b) / len(a),
        "second_in_first": len(a & b) / len(b),
        "numbers": min(n_numbers),
        "words": min(n_words),
    }
    here, there = unmatched(one, other), unmatched(other, one)
    found["first_own_run"], found["second_own_run"] = (max(map(len, runs(places)), default=0) for places in (here, there))
    here, there = ([place for run in runs(places) if len(run) <= SECTION for place in run] for places in (here, there))
    if not here or not there:
        return found
    own = extra(one, here, Counter(other[place] for place in there))
    theirs = extra(other, there, Counter(one[place] for place in here))
    sides = [(one, own), (other, theirs)]
    numbers = [[place for place in places if document[place] % 2] for document, places in sides]
    words = [[place for place in places if document[place] % 2 == 0] for document, places in sides]
    names, names_there = own_names(one, own, other), own_names(other, theirs, one)
    return found | {
        "numbers_changed": min(map(len, numbers)),
        "words_changed": min(map(len, words)),
        "number_places": min(len(runs(places)) for places in numbers),
        "word_places": min(len(runs(places)) for places in words),
        "renamed": min(sum(some.values()) - len(some) for some in (names, names_there)),
        "swapped": (contexts(one, here, names) & contexts(other, there, names_there)).total(),
    }


@st.composite
def edited(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    """Two documents that have stretches in common, of a few words and numbers and breaks."""
    stretches = draw(st.lists(st.lists(st.integers(2, 40) | st.just(BREAK), max_size=20), min_size=1, max_size=4))
    sections = st.lists(st.integers(41, 60), min_size=30, max_size=60)
    pieces = st.sampled_from(stretches) | st.lists(st.integers(0, 60), max_size=4) | sections
    one, other = (draw(st.lists(pieces, max_size=8)) for _ in range(2))
    return [value for piece in one for value in piece if value != 1], [value for piece in other for value in piece if value != 1]


@settings(deadline=None, max_examples=150)
@given(edited())
def test_measures_are_those_of_plain_python(pair: tuple[list[int], list[int]]) -> None:
    """All of them, for documents with common stretches, own sections, breaks, and for short and empty ones."""
    assert measured(*pair)._asdict() == pytest.approx(reference(*pair))


@settings(deadline=None)
@given(st.lists(edited(), min_size=1, max_size=4), st.integers(1, 3))
def test_a_pair_is_measured_alike_alone_and_among_others_and_either_way_round(pairs: list[tuple[list[int], list[int]]], batch: int) -> None:
    """Neither the batch nor what stands beside a pair nor its order matters."""
    tokens = tokens_of([document for pair in pairs for document in pair])
    numbers = np.arange(2 * len(pairs)).reshape(-1, 2)
    found = measure(tokens, numbers, floor=0.0, floor_contained=2.0, batch=batch)
    turned = measure(tokens, numbers[:, ::-1], floor=0.0, floor_contained=2.0, batch=batch)
    for row, back, (one, other) in zip(found.tolist(), turned.tolist(), pairs, strict=True):
        alone = measured(one, other)
        assert Measures(*row) == alone
        names = {"first_in_second": "second_in_first", "first_own_run": "second_own_run"}
        names |= {second: first for first, second in names.items()}
        assert Measures(*back)._asdict() == {name: getattr(alone, names.get(name, name)) for name in Measures._fields}


def test_below_both_floors_a_pair_is_not_looked_at_further() -> None:
    """Likeness is always told; what differs only of pairs that may be copies, by either floor."""
    one, other = [2, 4, 6, 8, 10, 12, 3, 14, 16], [2, 4, 6, 8, 10, 12, 5, 14, 16, 18, 20, 22, 24]
    tokens, pairs = tokens_of([one, other]), np.array([[0, 1]])
    rows = [measure(tokens, pairs, floor=floor, floor_contained=contained)[0] for floor, contained in ((0.9, 0.9), (0.25, 0.9), (0.9, 0.5))]
    assert [float(row["jaccard"]) for row in rows] == [pytest.approx(4 / 14)] * 3
    assert [int(row["numbers_changed"]) for row in rows] == [0, 1, 1]


def test_of_pairs_far_below_the_floors_likeness_is_estimated() -> None:
    """From a sample: to a tenth or so, and no pair that may be a copy is taken for one of those."""
    chance = np.random.default_rng(0)
    documents: list[list[int]] = []
    shares = [0.05, 0.2, 0.35, 0.75, 0.85, 1.0]
    for share in shares:
        one, other = chance.integers(2, 1 << 32, (2, 2_000), np.uint32)
        documents += [one.tolist(), [*one[: round(2_000 * share)].tolist(), *other.tolist()]]
    tokens, pairs = tokens_of(documents), np.arange(len(documents)).reshape(-1, 2)
    exact = measure(tokens, pairs, floor=0.0, floor_contained=0.0)
    found = measure(tokens, pairs, floor=0.6, floor_contained=0.7)
    assert exact["first_in_second"] == pytest.approx(shares, abs=0.01)
    assert (found[3:] == exact[3:]).all()
    assert found["first_in_second"][:3] == pytest.approx(shares[:3], abs=0.1)
    assert not found["first_own_run"][:3].any()


def test_a_document_without_tokens_is_like_nothing() -> None:
    """Not even like another without any."""
    assert measured([], [])._asdict() == dict.fromkeys(Measures._fields, 0)
    assert measured([BREAK], [2, 4, 6]).jaccard == 0
    assert measure(tokens_of([[2]]), np.zeros((0, 2), np.int64), floor=0, floor_contained=0).dtype == MEASURES


# --- claims with words ---------------------------------------------------------------------------------------------------

TEXT = (
    "We gave lorimastat to 214 adults with relapsed lymphoma at nineteen hospitals. After a median of 31 months, 68 of them were "
    "free of progression, and lorimastat was stopped early by 12. Neutropenia was the commonest harm of grade 3 or worse."
)


def of_texts(one: str, other: str) -> Measures:
    row = measure(tokenize(pa.array([one, other])), np.array([[0, 1]]), floor=0.0, floor_contained=2.0)[0]
    return Measures(*row.tolist())


def test_a_changed_number_is_one_number_at_one_place() -> None:
    """And no word."""
    found = of_texts(TEXT, TEXT.replace("214", "241"))
    assert (found.numbers_changed, found.number_places, found.words_changed, found.word_places) == (1, 1, 0, 0)
    assert (found.numbers, found.words) == (5, len(TEXT.split()) - 5)


def test_a_name_that_is_another_throughout_counts_once_per_repetition() -> None:
    """Twice in the text: it comes again once, and both times the other name stands in its place."""
    found = of_texts(TEXT, TEXT.replace("lorimastat", "veribusol"))
    assert (found.renamed, found.swapped, found.words_changed) == (1, 2, 2)
    assert of_texts(TEXT, TEXT.replace("lorimastat", "veribusol", 1)).renamed == 0


def test_sentences_in_another_order_are_no_change_of_words() -> None:
    """Only the tokens around the seams are no longer in a common run, and those stand in both."""
    sentences = TEXT.split(". ")
    found = of_texts(TEXT, ". ".join(reversed(sentences)))
    assert found.jaccard > 0.7
    assert (found.numbers_changed, found.words_changed, found.renamed) == (0, 0, 0)


def test_a_section_that_one_text_lacks_is_a_run_of_its_own_and_no_change() -> None:
    """However many numbers it holds."""
    section = " ".join(f"Subgroup{chr(97 + i)} had {i + 500} events" for i in range(15)) + ". "
    found = of_texts(TEXT, TEXT.replace("Neutropenia", section + "Neutropenia").replace("214", "215"))
    assert found.first_in_second > 0.8
    assert found.second_own_run == 60
    assert found.numbers_changed == 1


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(2, 500).filter(lambda n: n % 2 == 0), min_size=60, max_size=120, unique=True), st.data())
def test_changed_words_are_those_that_a_comparison_by_lines_finds(words: list[int], data: st.DataObject) -> None:
    """Each word replaced by a new one, ten or more apart, is one word at one place, as `difflib` has it."""
    places = data.draw(st.lists(st.integers(0, (len(words) - 1) // 10), unique=True, min_size=1))
    changed = list(words)
    for place in places:
        changed[place * 10] = 1_000 + 2 * place
    found = measured(words, changed)
    blocks = difflib.SequenceMatcher(None, words, changed, autojunk=False).get_opcodes()
    replaced = [stop - start for tag, start, stop, _, _ in blocks if tag == "replace"]
    assert (found.words_changed, found.word_places) == (sum(replaced), len(replaced))
