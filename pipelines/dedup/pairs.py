"""How alike two documents are, exactly, and in what they differ.

Belongs here: the measures of a pair, in compiled code over tokens. Not here: finding pairs (`postings`) and judging them (`verdict`).
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.dedup.sketches import SHINGLE, shingles, shingles_by_place
from pipelines.dedup.tokens import BREAK, Tokens


class Measures(NamedTuple):
    """A pair of documents, the first and the second. The last nine are 0 for pairs below the floors that `measure` is given."""

    jaccard: float
    """Share of all 3-token shingles that both have."""
    first_in_second: float
    """Share of the first's shingles that the second has."""
    second_in_first: float
    numbers: int
    """Numbers in the one that has fewer."""
    words: int
    """Other tokens in the one that has fewer."""
    numbers_changed: int
    """Numbers that stand in the place of others."""
    words_changed: int
    number_places: int
    """Separate places at which numbers are changed: "24 of 45 patients (53.3%)" is one."""
    word_places: int
    renamed: int
    """Repetitions of words of the one that the other never uses, while it has as many of its own."""
    renamed_in_head: int
    """Of such words, those among the first that the document begins with."""
    first_own_run: int
    """Tokens of the longest stretch of the first that the second lacks."""
    second_own_run: int


MEASURES = np.dtype([(name, np.float64 if kind is float else np.int64) for name, kind in Measures.__annotations__.items()])
"""`Measures` as an array holds them."""

_HEAD = 30
"""Tokens that a document begins with: its title, as a rule."""
_SECTION = 40
"""A stretch of more tokens that one text lacks is a section of the other, and no change."""
_GAP = 3
"""Changed tokens with at most so many others between them are one place."""


def measure(tokens: Tokens, pairs: NDArray[np.int64], *, floor: float, floor_contained: float, batch: int = 2_048) -> NDArray[np.void]:
    """`MEASURES` of each pair; `pairs` (n × 2) are numbers of documents, best sorted. Memory is that of the documents of `batch` pairs."""
    found = np.zeros(len(pairs), MEASURES)
    for start in range(0, len(pairs), batch):
        part = pairs[start : start + batch]
        documents, places = np.unique(part, return_inverse=True)
        sizes = tokens.ends[documents + 1] - tokens.ends[documents]
        bits = np.ceil(np.log2(2 * np.maximum(sizes, 2) + 1)).astype(np.int64)
        texts = _Texts(
            tokens.values,
            tokens.ends[documents],
            tokens.ends[documents + 1],
            np.zeros(int(sizes.sum()), np.uint64),
            np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]),
            np.zeros(int((1 << bits).sum()), np.uint64),
            np.concatenate([np.zeros(1, np.int64), np.cumsum(1 << bits)]),
            np.zeros(int(sizes.sum()), np.uint64),
            np.zeros(len(documents), np.int64),
            np.zeros(len(documents), np.int64),
        )
        _prepare(texts)
        _measure(texts, places.reshape(-1, 2), found[start : start + batch], floor, floor_contained)
    return found


class _Texts(NamedTuple):
    """Some documents, ready to be compared."""

    values: NDArray[np.uint32]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    shingles: NDArray[np.uint64]
    """The shingle that begins at each token, 0 for none; those of document `k` from `shingle_ends[k]` on."""
    shingle_ends: NDArray[np.int64]
    tables: NDArray[np.uint64]
    """A hash table of the distinct shingles of each document, 0 where empty."""
    table_ends: NDArray[np.int64]
    distinct: NDArray[np.uint64]
    """The distinct shingles of each document, from the same place on as `shingles`."""
    n_distinct: NDArray[np.int64]
    n_numbers: NDArray[np.int64]


@njit(cache=True, nogil=True)
def _prepare(texts: _Texts) -> None:
    """Fill the shingles and tables of all documents."""
    for k in range(len(texts.starts)):
        start, end = texts.starts[k], texts.ends[k]
        own = texts.shingles[texts.shingle_ends[k] : texts.shingle_ends[k + 1]]
        table = texts.tables[texts.table_ends[k] : texts.table_ends[k + 1]]
        mask = np.uint64(len(table) - 1)
        for i in range(start, end):
            texts.n_numbers[k] += texts.values[i] & 1
        if shingles_by_place(texts.values, start, end, own) == 0 and end > start:
            # Shorter than a shingle: all of it is one.
            shingles(texts.values, start, end, own[:1])
        for key in own:
            if key == 0:
                continue
            slot = key & mask
            while table[slot] != 0 and table[slot] != key:
                slot = (slot + np.uint64(1)) & mask
            if table[slot] == 0:
                table[slot] = key
                texts.distinct[texts.shingle_ends[k] + texts.n_distinct[k]] = key
                texts.n_distinct[k] += 1


@njit(cache=True, nogil=True, inline="always")
def _holds(table: NDArray[np.uint64], key: np.uint64) -> bool:
    mask = np.uint64(len(table) - 1)
    slot = key & mask
    while table[slot] != 0:
        if table[slot] == key:
            return True
        slot = (slot + np.uint64(1)) & mask
    return False


@njit(cache=True, nogil=True)
def _measure(texts: _Texts, pairs: NDArray[np.int64], found: NDArray[np.void], floor: float, floor_contained: float) -> None:
    for p in range(len(pairs)):
        a, b = pairs[p, 0], pairs[p, 1]
        size_a, size_b = texts.n_distinct[a], texts.n_distinct[b]
        if size_a == 0 or size_b == 0:
            continue
        common = _common(texts, a, b) if size_a <= size_b else _common(texts, b, a)
        row = found[p]
        row["jaccard"] = common / (size_a + size_b - common)
        row["first_in_second"], row["second_in_first"] = common / size_a, common / size_b
        if row["jaccard"] >= floor or common / min(size_a, size_b) >= floor_contained:
            _difference(texts, a, b, row)


@njit(cache=True, nogil=True)
def _common(texts: _Texts, a: int, b: int) -> int:
    """Distinct shingles that both have; `a` is the one with fewer."""
    table = texts.tables[texts.table_ends[b] : texts.table_ends[b + 1]]
    n = 0
    first = texts.shingle_ends[a]
    for key in texts.distinct[first : first + texts.n_distinct[a]]:
        n += _holds(table, key)
    return n


@njit(cache=True, nogil=True)
def _unmatched(texts: _Texts, a: int, b: int) -> NDArray[np.int64]:
    """Places of tokens of `a` (from its beginning) of which no shingle is in `b`."""
    own = texts.shingles[texts.shingle_ends[a] : texts.shingle_ends[a + 1]]
    table = texts.tables[texts.table_ends[b] : texts.table_ends[b + 1]]
    places = np.empty(len(own), np.int64)
    n, matched_to = 0, 0
    for i in range(len(own)):
        if own[i] != 0 and _holds(table, own[i]):
            matched_to = i + SHINGLE
            # The two tokens before, which had been taken for unmatched.
            while n > 0 and places[n - 1] >= i:
                n -= 1
        if i >= matched_to and texts.values[texts.starts[a] + i] != BREAK:
            places[n] = i
            n += 1
    return places[:n]


@njit(cache=True, nogil=True)
def _longest_run(places: NDArray[np.int64]) -> int:
    """Tokens of the longest run of `places` with gaps of at most `_GAP`."""
    longest, start = 0, 0
    for i in range(len(places)):
        if i > 0 and places[i] - places[i - 1] > _GAP + 1:
            start = i
        longest = max(longest, i + 1 - start)
    return longest


@njit(cache=True, nogil=True)
def _in_short_runs(places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Those of `places` that lie in runs of at most `_SECTION` tokens."""
    kept = np.ones(len(places), np.bool_)
    start = 0
    for i in range(1, len(places) + 1):
        if i == len(places) or places[i] - places[i - 1] > _GAP + 1:
            if i - start > _SECTION:
                kept[start:i] = False
            start = i
    return places[kept]


@njit(cache=True, nogil=True)
def _without(
    tokens: NDArray[np.uint32], places: NDArray[np.int64], other: NDArray[np.uint32], others: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Those of `places` whose token does not stand, as often, at the places `others` of the other document."""
    own, theirs = np.sort(tokens[places]), np.sort(other[others])
    extra = np.zeros(len(own), np.bool_)
    i, j = 0, 0
    while i < len(own):
        if j < len(theirs) and theirs[j] < own[i]:
            j += 1
        elif j < len(theirs) and theirs[j] == own[i]:
            i += 1
            j += 1
        else:
            extra[i] = True
            i += 1
    # Of a token that stands there three times and here twice, the last one is the extra one.
    order = np.argsort(tokens[places], kind="mergesort")
    kept = np.sort(order[extra])
    return places[kept]


@njit(cache=True, nogil=True)
def _count(tokens: NDArray[np.uint32], places: NDArray[np.int64]) -> tuple[int, int, int, int]:
    """(numbers, words, places with numbers, places with words) among the tokens at `places`."""
    numbers, words, number_places, word_places = 0, 0, 0, 0
    last_number, last_word = -1_000_000, -1_000_000
    for i in places:
        if tokens[i] & 1:
            numbers += 1
            number_places += i - last_number > _GAP + 1
            last_number = i
        else:
            words += 1
            word_places += i - last_word > _GAP + 1
            last_word = i
    return numbers, words, number_places, word_places


@njit(cache=True, nogil=True)
def _repetitions(tokens: NDArray[np.uint32], places: NDArray[np.int64], other: NDArray[np.uint32]) -> tuple[int, int]:
    """Over all words at `places` that the other document never uses: how often each comes again; and how many of those that do stand in
    the head.
    """
    own = np.sort(tokens[places])
    n, n_in_head, i = 0, 0, 0
    while i < len(own):
        end = i
        while end < len(own) and own[end] == own[i]:
            end += 1
        if end - i > 1 and not own[i] & 1 and not np.any(other == own[i]):
            n += end - i - 1
            n_in_head += int(np.any(tokens[:_HEAD] == own[i]))
        i = end
    return n, n_in_head


@njit(cache=True, nogil=True)
def _difference(texts: _Texts, a: int, b: int, row: NDArray[np.void]) -> None:
    one, other = texts.values[texts.starts[a] : texts.ends[a]], texts.values[texts.starts[b] : texts.ends[b]]
    row["numbers"] = min(texts.n_numbers[a], texts.n_numbers[b])
    row["words"] = min(len(one) - texts.n_numbers[a], len(other) - texts.n_numbers[b])
    here, there = _unmatched(texts, a, b), _unmatched(texts, b, a)
    row["first_own_run"], row["second_own_run"] = _longest_run(here), _longest_run(there)
    # A section that the other lacks is no change of anything in it.
    here, there = _in_short_runs(here), _in_short_runs(there)
    if len(here) == 0 or len(there) == 0:
        return
    own, theirs = _without(one, here, other, there), _without(other, there, one, here)
    numbers_a, words_a, number_places_a, word_places_a = _count(one, own)
    numbers_b, words_b, number_places_b, word_places_b = _count(other, theirs)
    row["numbers_changed"] = min(numbers_a, numbers_b)
    row["words_changed"] = min(words_a, words_b)
    row["number_places"] = min(number_places_a, number_places_b)
    row["word_places"] = min(word_places_a, word_places_b)
    renamed, in_head = _repetitions(one, own, other)
    renamed_there, in_head_there = _repetitions(other, theirs, one)
    row["renamed"], row["renamed_in_head"] = min(renamed, renamed_there), min(in_head, in_head_there)
