"""How alike two documents are, exactly, and in what they differ.

Belongs here: the measures of a pair, in compiled code over tokens. Not here: finding pairs (`postings`) and judging them (`verdict`).
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.dedup.sketches import SHINGLE, shingles_by_place
from pipelines.dedup.tokens import BREAK, Tokens


class Measures(NamedTuple):
    """A pair of documents, the first and the second.

    For pairs below the floors that `measure` is given all but the three shares are 0, and far below them these are estimates.
    """

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
    swapped: int
    """Places at which such a word stands where the other has one, between the same words."""
    first_own_run: int
    """Tokens of the longest stretch of the first that the second lacks."""
    second_own_run: int


MEASURES = np.dtype([(name, np.float64 if kind is float else np.int64) for name, kind in Measures.__annotations__.items()])
"""`Measures` as an array holds them."""

_SPREAD = np.uint32(0x9E3779B1)
_SAMPLE = 128
_HOPELESS = 0.7
"""A pair of which a sample of 128 shingles shows less than this part of what it takes is not looked at further: of pairs that have just
what it takes, two in 100,000 show so little.
"""
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
        table_sizes = 1 << np.ceil(np.log2(2 * np.maximum(sizes, 2) + 1)).astype(np.int64)
        texts = _Texts(
            tokens.values,
            tokens.ends[documents],
            tokens.ends[documents + 1],
            np.empty(int(sizes.sum()), np.uint32),
            np.empty(int(sizes.sum()), np.bool_),
            np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]),
            np.zeros(int(table_sizes.sum()), np.uint32),
            np.concatenate([np.zeros(1, np.int64), np.cumsum(table_sizes)]),
            np.zeros(len(documents), np.int64),
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
    shingles: NDArray[np.uint32]
    """The shingle that begins at each token, 0 for none; those of document `k` from `shingle_ends[k]` on."""
    is_first: NDArray[np.bool_]
    """Whether a shingle stands there for the first time."""
    shingle_ends: NDArray[np.int64]
    tables: NDArray[np.uint32]
    """A hash table of the distinct shingles of each document, 0 where empty."""
    table_ends: NDArray[np.int64]
    n_distinct: NDArray[np.int64]
    n_numbers: NDArray[np.int64]
    n_words: NDArray[np.int64]
    """Tokens that are no number and no break."""


@njit(cache=True, nogil=True)
def _prepare(texts: _Texts) -> None:
    """Fill the shingles and tables of all documents."""
    for k in range(len(texts.starts)):
        start, end = texts.starts[k], texts.ends[k]
        first = texts.shingle_ends[k]
        table = texts.tables[texts.table_ends[k] : texts.table_ends[k + 1]]
        for i in range(start, end):
            is_number = texts.values[i] & 1
            texts.n_numbers[k] += is_number
            texts.n_words[k] += texts.values[i] != BREAK and not is_number
        shingles_by_place(texts.values, start, end, texts.shingles[first : texts.shingle_ends[k + 1]])
        mask = np.uint32(len(table) - 1)
        for i in range(first, texts.shingle_ends[k + 1]):
            key = texts.shingles[i]
            texts.is_first[i] = False
            if key == 0:
                continue
            slot = key & mask
            while table[slot] != 0 and table[slot] != key:
                slot = (slot + np.uint32(1)) & mask
            if table[slot] == 0:
                table[slot] = key
                texts.is_first[i] = True
                texts.n_distinct[k] += 1


@njit(cache=True, nogil=True, inline="always")
def _holds(table: NDArray[np.uint32], key: Any) -> bool:
    mask = np.uint32(len(table) - 1)
    slot = key & mask
    while table[slot] != 0:
        if table[slot] == key:
            return True
        slot = (slot + np.uint32(1)) & mask
    return False


@njit(cache=True, nogil=True)
def _measure(texts: _Texts, pairs: NDArray[np.int64], found: NDArray[np.void], floor: float, floor_contained: float) -> None:
    longest = 0
    for k in range(len(texts.starts)):
        longest = max(longest, texts.ends[k] - texts.starts[k])
    here, there = np.empty(longest, np.int64), np.empty(longest, np.int64)
    for p in range(len(pairs)):
        a, b = pairs[p, 0], pairs[p, 1]
        size_a, size_b = texts.n_distinct[a], texts.n_distinct[b]
        if size_a == 0 or size_b == 0:
            continue
        row = found[p]
        likely = _sampled(texts, a, b) if size_a <= size_b else _sampled(texts, b, a)
        if likely < _HOPELESS * min(floor, floor_contained):
            common, n_here = likely * min(size_a, size_b), 0
        else:
            common, n_here = _unmatched(texts, a, b, here)
        row["jaccard"] = common / (size_a + size_b - common)
        row["first_in_second"], row["second_in_first"] = common / size_a, common / size_b
        if row["jaccard"] >= floor or common / min(size_a, size_b) >= floor_contained:
            _, n_there = _unmatched(texts, b, a, there)
            _difference(texts, a, b, here[:n_here], there[:n_there], row)


@njit(cache=True, nogil=True)
def _sampled(texts: _Texts, a: int, b: int) -> float:
    """About what share of the shingles of `a` is in `b`, from every so many of them."""
    table = texts.tables[texts.table_ends[b] : texts.table_ends[b + 1]]
    first, last = texts.shingle_ends[a], texts.shingle_ends[a + 1]
    step = max(1, (last - first) // _SAMPLE)
    n, n_found = 0, 0
    for i in range(first, last, step):
        if texts.is_first[i]:
            n += 1
            n_found += _holds(table, texts.shingles[i])
    return n_found / n if n > 0 else 0.0


@njit(cache=True, nogil=True)
def _unmatched(texts: _Texts, a: int, b: int, places: NDArray[np.int64]) -> tuple[int, int]:
    """(distinct shingles that both have, n): `places[:n]` are the tokens of `a`, from its beginning, of which no shingle is in `b`."""
    first, last, start = texts.shingle_ends[a], texts.shingle_ends[a + 1], texts.starts[a]
    table = texts.tables[texts.table_ends[b] : texts.table_ends[b + 1]]
    common, n, matched_to = 0, 0, 0
    for i in range(last - first):
        key = texts.shingles[first + i]
        if key != 0 and _holds(table, key):
            common += 1 if texts.is_first[first + i] else 0
            # Also the two tokens before, which had been taken for unmatched.
            while n > 0 and places[n - 1] >= i:
                n -= 1
            matched_to = i + SHINGLE
        elif i >= matched_to and texts.values[start + i] != BREAK:
            places[n] = i
            n += 1
    return common, n


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
    """Those of `places` whose token does not stand, as often, at the places `others` of the other document.

    Of a token that stands there twice and here three times, the last one is the extra one.
    """
    size = 4
    while size < 2 * len(others):
        size *= 2
    mask = np.uint32(size - 1)
    keys, counts = np.zeros(size, np.uint32), np.zeros(size, np.int32)
    for place in others:
        slot = (other[place] * _SPREAD) & mask
        while keys[slot] != 0 and keys[slot] != other[place]:
            slot = (slot + np.uint32(1)) & mask
        keys[slot] = other[place]
        counts[slot] += 1
    extra = np.empty(len(places), np.int64)
    n = 0
    for place in places:
        slot = (tokens[place] * _SPREAD) & mask
        while keys[slot] != 0 and keys[slot] != tokens[place]:
            slot = (slot + np.uint32(1)) & mask
        if counts[slot] > 0:
            counts[slot] -= 1
        else:
            extra[n] = place
            n += 1
    return extra[:n]


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
def _own_names(tokens: NDArray[np.uint32], places: NDArray[np.int64], other: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], int]:
    """The words at `places` that come again there and that the other document never uses, sorted; and how often they come again."""
    own = np.sort(tokens[places])
    names = np.empty(len(own), np.uint32)
    n, n_again, i = 0, 0, 0
    while i < len(own):
        end = i
        while end < len(own) and own[end] == own[i]:
            end += 1
        if end - i > 1 and not own[i] & 1 and not np.any(other == own[i]):
            names[n] = own[i]
            n += 1
            n_again += end - i - 1
        i = end
    return names[:n], n_again


@njit(cache=True, nogil=True)
def _name_contexts(tokens: NDArray[np.uint32], unmatched: NDArray[np.int64], names: NDArray[np.uint32]) -> NDArray[np.uint64]:
    """What stands before and after each run of unmatched tokens that holds one of the names, as one value, sorted."""
    contexts = np.empty(len(unmatched), np.uint64)
    n, i = 0, 0
    while i < len(unmatched):
        j, has_name = i, False
        while j < len(unmatched) and unmatched[j] == unmatched[i] + j - i:
            at = np.searchsorted(names, tokens[unmatched[j]])
            has_name |= at < len(names) and names[at] == tokens[unmatched[j]]
            j += 1
        if has_name:
            before = tokens[unmatched[i] - 1] if unmatched[i] > 0 else np.uint32(BREAK)
            after = tokens[unmatched[j - 1] + 1] if unmatched[j - 1] + 1 < len(tokens) else np.uint32(BREAK)
            contexts[n] = (np.uint64(before) << np.uint64(32)) | np.uint64(after)
            n += 1
        i = j
    return np.sort(contexts[:n])


@njit(cache=True, nogil=True)
def _n_common(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> int:
    """How many values two sorted arrays have in common, each as often as both have it."""
    n, i, j = 0, 0, 0
    while i < len(one) and j < len(other):
        n += one[i] == other[j]
        step = one[i] <= other[j]
        j += one[i] >= other[j]
        i += step
    return n


@njit(cache=True, nogil=True)
def _difference(texts: _Texts, a: int, b: int, here: NDArray[np.int64], there: NDArray[np.int64], row: NDArray[np.void]) -> None:
    """Fill in how `a` and `b` differ, given the places of their unmatched tokens."""
    one, other = texts.values[texts.starts[a] : texts.ends[a]], texts.values[texts.starts[b] : texts.ends[b]]
    row["numbers"] = min(texts.n_numbers[a], texts.n_numbers[b])
    row["words"] = min(texts.n_words[a], texts.n_words[b])
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
    names, again = _own_names(one, own, other)
    names_there, again_there = _own_names(other, theirs, one)
    row["renamed"] = min(again, again_there)
    row["swapped"] = _n_common(_name_contexts(one, here, names), _name_contexts(other, there, names_there))
