"""Which documents have a key in common: pairs from band keys, groups from anchors.

Belongs here: grouping of 64-bit keys in compiled code, in memory bounded by the caller, who brings one band or one range of keys at a
time. Not here: what a key means, and files.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

NEIGHBOURS = 32
"""In a group of documents with one band key, each is paired with so many before it, and with the first: a thousand copies of one text
give thousands of pairs, not a million."""

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


def band_pairs(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Pairs of documents with the same key in one band, as `earlier << 32 | later`. `keys` has one key per document; 0 is none."""
    table, shift = _table(len(keys))
    before, first = np.full(len(keys), -1, np.int32), np.full(len(keys), -1, np.int32)
    n = _chain(keys, table, shift, before, first)
    pairs = np.empty(n, np.uint64)
    _emit(before, first, pairs)
    return pairs


def repeated(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """For each key the number of its group, or -1 when no other is equal; groups are numbered from 0 in order of second appearance."""
    table, shift = _table(len(keys))
    groups = np.empty(len(keys), np.int64)
    _group(keys, table, shift, groups)
    return groups


def _table(n: int) -> tuple[NDArray[np.int64], np.uint64]:
    """An empty hash table of at least twice the size, and the shift that brings a hash into it."""
    bits = max(4, (2 * n).bit_length())
    return np.full(1 << bits, -1, np.int64), np.uint64(64 - bits)


@njit(cache=True, nogil=True)
def _chain(
    keys: NDArray[np.uint64], table: NDArray[np.int64], shift: np.uint64, before: NDArray[np.int32], first: NDArray[np.int32]
) -> int:
    """Link every document to the last one before it with the same key, and to the first; returns the number of pairs to come."""
    mask, n_pairs = len(table) - 1, 0
    size = np.zeros(len(keys), np.int32)
    for i in range(len(keys)):
        key = keys[i]
        if key == 0:
            continue
        slot = np.int64((key * _MULTIPLIER) >> shift)
        while table[slot] >= 0 and keys[table[slot]] != key:
            slot = (slot + 1) & mask
        last = table[slot]
        if last >= 0:
            before[i] = last
            first[i] = first[last] if first[last] >= 0 else last
            size[i] = size[last] + 1
            n_pairs += size[i] if size[i] <= NEIGHBOURS else NEIGHBOURS + 1
        table[slot] = i
    return n_pairs


@njit(cache=True, nogil=True)
def _emit(before: NDArray[np.int32], first: NDArray[np.int32], pairs: NDArray[np.uint64]) -> None:
    n = 0
    for i in range(len(before)):
        other, taken = before[i], 0
        while other >= 0 and taken < NEIGHBOURS:
            pairs[n] = (np.uint64(other) << _HALF) | np.uint64(i)
            n += 1
            taken += 1
            other = before[other]
        if other >= 0:
            pairs[n] = (np.uint64(first[i]) << _HALF) | np.uint64(i)
            n += 1


@njit(cache=True, nogil=True)
def _group(keys: NDArray[np.uint64], table: NDArray[np.int64], shift: np.uint64, groups: NDArray[np.int64]) -> None:
    mask, n_groups = len(table) - 1, 0
    for i in range(len(keys)):
        key = keys[i]
        slot = np.int64((key * _MULTIPLIER) >> shift)
        while table[slot] >= 0 and keys[table[slot]] != key:
            slot = (slot + 1) & mask
        first = table[slot]
        if first < 0:
            table[slot] = i
            groups[i] = -1
            continue
        if groups[first] < 0:
            groups[first] = n_groups
            n_groups += 1
        groups[i] = groups[first]
