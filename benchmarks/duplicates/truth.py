"""All pairs of texts with at least a given Jaccard similarity, found exactly: what a candidate search is measured against.

Belongs here: the join. It shares no code with the search that it judges, neither its tokens nor its hashes. Not here: truth by
construction, which the corpus carries itself.

A token is a Han character, or a run of other letters and digits, in NFKC and lower case. Two texts are as similar as their sets of
shingles (k tokens in a row; of a shorter text, all its tokens). The join is a prefix filter: with shingles ordered from rare to frequent,
two sets of similarity t or more share one of their first n - ⌈t·n⌉ + 1. No hashing of sets, nothing left to chance but a collision of
two shingles in 64 bits.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

_SEPARATOR, _WORD, _HAN = range(3)
_MOST_COUNTERS = 1 << 26
"""Shingles are counted by so many counters at most; those that share one count as equally frequent, which any order may."""
_SLACK = 1e-9
"""Against a threshold like 0.6 × 5 that rounds up to 3.0000000000000004."""


@dataclass(frozen=True)
class Shingles:
    """Distinct shingles of several texts, ascending in each: those of text `i` are `values[ends[i]:ends[i + 1]]`."""

    values: NDArray[np.uint64]
    ends: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ends) - 1


def exact_pairs(batches: Iterable[pa.Table], *, threshold: float, k: int = 3) -> pl.DataFrame:
    """Pairs with their similarity, of tables of `document_id` and `text`: `document_a`, `document_b` (the later one), `jaccard`.

    Texts without a token are similar to nothing. Raises `ValueError` for a threshold outside (0, 1].
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"a Jaccard similarity of {threshold} is not between 0 and 1")
    ids: list[str] = []
    parts: list[Shingles] = []
    for batch in batches:
        ids += batch["document_id"].to_pylist()
        parts.append(shingles(batch["text"].to_pylist(), k=k))
    everything = _concatenated(parts)
    # At 100,000 documents they are 700 MB.
    del parts
    pairs, similarity = _join(everything, threshold)
    named = pl.Series("document_id", ids, dtype=pl.String)
    return pl.DataFrame(
        {"document_a": named.gather(pairs[:, 0]), "document_b": named.gather(pairs[:, 1]), "jaccard": similarity},
        schema={"document_a": pl.String, "document_b": pl.String, "jaccard": pl.Float64},
    )


def shingles(texts: Iterable[str], *, k: int) -> Shingles:
    """The distinct shingles of each text."""
    values: list[NDArray[np.uint64]] = []
    for text in texts:
        folded = unicodedata.normalize("NFKC", text).lower()
        codes = np.frombuffer(folded.encode("utf-32-le", "surrogatepass"), np.uint32)
        values.append(_distinct(_shingles(codes, _kinds(), k)))
    return Shingles(np.concatenate(values) if values else np.zeros(0, np.uint64), np.cumsum([0, *map(len, values)], dtype=np.int64))


def _distinct(found: NDArray[np.uint64]) -> NDArray[np.uint64]:
    found.sort()
    return found[np.concatenate(([True], found[1:] != found[:-1]))] if len(found) else found


def _concatenated(parts: list[Shingles]) -> Shingles:
    sizes = [np.diff(part.ends) for part in parts]
    values = np.concatenate([part.values for part in parts]) if parts else np.zeros(0, np.uint64)
    return Shingles(values, np.concatenate([np.zeros(1, np.int64), np.cumsum(np.concatenate(sizes))]) if sizes else np.zeros(1, np.int64))


@cache
def _kinds() -> NDArray[np.uint8]:
    """What each code point is: part of a word, a token by itself, or what separates tokens."""
    kinds = np.zeros(0x110000, np.uint8)
    everything = "".join(map(chr, range(0x110000)))
    for found in re.finditer(r"[^\W_]+", everything):
        kinds[found.start() : found.end()] = _WORD
    for first, last in ((0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF)):
        block = kinds[first : last + 1]
        block[block == _WORD] = _HAN
    return kinds


@njit(cache=True)
def _mixed(h: np.uint64) -> np.uint64:
    h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return h ^ (h >> np.uint64(31))


@njit(cache=True)
def _shingles(codes: NDArray[np.uint32], kinds: NDArray[np.uint8], k: int) -> NDArray[np.uint64]:
    """Shingles of a text in order, as hashes."""
    tokens = np.empty(len(codes) + 1, np.uint64)
    n, word, in_word = 0, np.uint64(0), False
    for i in range(len(codes) + 1):
        kind = kinds[codes[i]] if i < len(codes) else np.uint8(_SEPARATOR)
        if kind == _WORD:
            word = _mixed(word + np.uint64(codes[i]) + np.uint64(1))
            in_word = True
            continue
        if in_word:
            tokens[n] = word
            n, word, in_word = n + 1, np.uint64(0), False
        if kind == _HAN:
            tokens[n] = _mixed(np.uint64(codes[i]) + np.uint64(1))
            n += 1
    length = min(k, n)
    out = np.empty(n - length + 1 if n else 0, np.uint64)
    for i in range(len(out)):
        h = np.uint64(length)
        for j in range(length):
            h = _mixed(h ^ tokens[i + j]) + np.uint64(0x9E3779B97F4A7C15)
        out[i] = h
    return out


def _join(found: Shingles, threshold: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Pairs of positions (n × 2, each ascending) and their similarity."""
    counts = _counts(found.values, min(_MOST_COUNTERS, 1 << (2 * len(found.values)).bit_length()))
    values, texts = _prefixes(found.values, found.ends, counts, threshold, _SLACK)
    del counts
    order = np.argsort(values, kind="stable")
    values, texts = values[order], texts[order]
    starts = np.flatnonzero(np.concatenate((np.ones(min(1, len(values)), np.bool_), values[1:] != values[:-1])))
    groups = np.append(starts, len(values))
    del values
    # For every entry in the order of the texts: the group that it stands in.
    group_of = np.empty(len(order), np.int64)
    group_of[order] = np.repeat(np.arange(len(starts)), np.diff(groups))
    of_text = np.searchsorted(np.sort(texts), np.arange(len(found) + 1))
    pairs: list[NDArray[np.int64]] = []
    similarity: list[NDArray[np.float64]] = []
    for first, last in _ranges(len(found)):
        two, jaccard = _verified(found.values, found.ends, texts, groups, group_of, of_text, first, last, threshold, _SLACK)
        pairs.append(two)
        similarity.append(jaccard)
    return np.concatenate([np.zeros((0, 2), np.int64), *pairs]), np.concatenate([np.zeros(0), *similarity])


def _ranges(n: int, *, size: int = 4_096) -> Iterator[tuple[int, int]]:
    for first in range(0, n, size):
        yield first, min(n, first + size)


@njit(cache=True)
def _counts(values: NDArray[np.uint64], n_counters: int) -> NDArray[np.uint32]:
    counts = np.zeros(n_counters, np.uint32)
    for value in values:
        counts[value & np.uint64(n_counters - 1)] += 1
    return counts


@njit(cache=True)
def _prefixes(
    values: NDArray[np.uint64], ends: NDArray[np.int64], counts: NDArray[np.uint32], threshold: float, slack: float
) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    """The rarest shingles of each text, but for those that no other text has; and their texts."""
    mask = np.uint64(len(counts) - 1)
    total = 0
    for text in range(len(ends) - 1):
        n = ends[text + 1] - ends[text]
        total += n - np.int64(np.ceil(threshold * n - slack)) + 1 if n else 0
    out, texts = np.empty(total, np.uint64), np.empty(total, np.int32)
    m = 0
    for text in range(len(ends) - 1):
        of_text = values[ends[text] : ends[text + 1]]
        n = len(of_text)
        if n == 0:
            continue
        frequency = np.empty(n, np.uint32)
        for i in range(n):
            frequency[i] = counts[of_text[i] & mask]
        # Stable, so that shingles of one frequency stay in the order of their values.
        order = np.argsort(frequency, kind="mergesort")
        for i in order[: n - np.int64(np.ceil(threshold * n - slack)) + 1]:
            if frequency[i] > 1:
                out[m], texts[m] = of_text[i], text
                m += 1
    return out[:m].copy(), texts[:m].copy()


@njit(cache=True)
def _verified(
    values: NDArray[np.uint64],
    ends: NDArray[np.int64],
    texts: NDArray[np.int32],
    groups: NDArray[np.int64],
    group_of: NDArray[np.int64],
    of_text: NDArray[np.int64],
    first: int,
    last: int,
    threshold: float,
    slack: float,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Pairs of a text in [first, last) with an earlier one, each candidate compared once."""
    pairs, similarity = np.empty((1024, 2), np.int64), np.empty(1024, np.float64)
    n = 0
    seen = np.full(last, -1, np.int64)
    for text in range(first, last):
        size = ends[text + 1] - ends[text]
        for entry in range(of_text[text], of_text[text + 1]):
            group = group_of[entry]
            for i in range(groups[group], groups[group + 1]):
                other = texts[i]
                if other >= text:
                    break
                if seen[other] == text:
                    continue
                seen[other] = text
                other_size = ends[other + 1] - ends[other]
                if min(size, other_size) < threshold * max(size, other_size) - slack:
                    continue
                shared = _n_shared(values[ends[text] : ends[text + 1]], values[ends[other] : ends[other + 1]])
                jaccard = shared / (size + other_size - shared)
                if jaccard < threshold - slack:
                    continue
                if n == len(similarity):
                    more_pairs, more = np.empty((2 * n, 2), np.int64), np.empty(2 * n, np.float64)
                    more_pairs[:n], more[:n] = pairs, similarity
                    pairs, similarity = more_pairs, more
                pairs[n, 0], pairs[n, 1], similarity[n] = other, text, jaccard
                n += 1
    return pairs[:n].copy(), similarity[:n].copy()


@njit(cache=True)
def _n_shared(a: NDArray[np.uint64], b: NDArray[np.uint64]) -> int:
    """How many values two ascending arrays share."""
    i, j, n = 0, 0, 0
    while i < len(a) and j < len(b):
        if a[i] == b[j]:
            i, j, n = i + 1, j + 1, n + 1
        elif a[i] < b[j]:
            i += 1
        else:
            j += 1
    return n
