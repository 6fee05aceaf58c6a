"""What is kept of a document so that others can be compared with it: band keys for whole-text likeness, anchors for shared stretches.

Belongs here: shingles, sketches, bands and anchors, from tokens to 64-bit keys, in compiled code. Not here: looking keys up
(`postings`), and what follows from a hit (`pairs`, `stretches`): a hit is a candidate, never a verdict.

Two documents of which a share `J` of all 3-token shingles is common have a band in common with probability 1 - (1 - J⁴)⁶⁴: .9998 at
J = .6, .99 at .52, .14 at .22. Two documents that share 28 tokens in a row share an anchor for certain.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.dedup.tokens import BREAK, Tokens, mix

SHINGLE = 3
N_BANDS = 64
ROWS = 4
_BINS = N_BANDS * ROWS
_BIN_SHIFT = np.uint64(64 - 8)

WINDOW = 13
"""Tokens of an anchor."""
_GUARANTEE = 16
"""Of so many windows in a row, the one with the smallest key is an anchor."""

_A = np.uint64(0x9E3779B97F4A7C15)
_B = np.uint64(0xC2B2AE3D27D4EB4F)
_C = np.uint64(0x165667B19E3779F9)
_D = np.uint64(0x2545F4914F6CDD1D)
_D_WINDOW = np.uint64(pow(0x2545F4914F6CDD1D, WINDOW, 1 << 64))
_LAST = np.uint64(0xFFFFFFFFFFFFFFFF)


def band_keys(tokens: Tokens) -> NDArray[np.uint64]:
    """(documents × `N_BANDS`) keys; two documents with an equal key in one band are candidates. All zero for one without tokens."""
    keys = np.zeros((len(tokens), N_BANDS), np.uint64)
    _band_keys(tokens.values, tokens.ends, keys)
    return keys


def anchors(tokens: Tokens) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Keys of some windows of `WINDOW` tokens, and the place in `tokens.values` at which each begins, in order of place."""
    keys = np.empty(len(tokens.values), np.uint64)
    places = np.empty(len(tokens.values), np.int64)
    n = _anchors(tokens.values, tokens.ends, keys, places)
    return keys[:n].copy(), places[:n].copy()


@njit(cache=True, nogil=True)
def _shingle(a: np.uint32, b: np.uint32, c: np.uint32) -> np.uint64:
    return mix(np.uint64(a) * _A + np.uint64(b) * _B + np.uint64(c) * _C)


@njit(cache=True, nogil=True)
def _whole(values: NDArray[np.uint32], start: int, end: int) -> np.uint64:
    """The key of a text that is shorter than a shingle: all of it is one. 0 if it has no tokens."""
    key = np.uint64(0)
    for i in range(start, end):
        if values[i] != BREAK:
            key = mix(key * _D + np.uint64(values[i]))
    return key


@njit(cache=True, nogil=True)
def shingles(values: NDArray[np.uint32], start: int, end: int, out: NDArray[np.uint64]) -> int:
    """Write the keys of all runs of `SHINGLE` tokens without a break to `out`; a text that is shorter than one is one shingle."""
    n = 0
    for i in range(start, end - SHINGLE + 1):
        a, b, c = values[i], values[i + 1], values[i + 2]
        if BREAK not in (a, b, c):
            out[n] = _shingle(a, b, c)
            n += 1
    if n == 0:
        key = _whole(values, start, end)
        if key != 0:
            out[0] = key
            n = 1
    return n


@njit(cache=True, nogil=True)
def shingles_by_place(values: NDArray[np.uint32], start: int, end: int, out: NDArray[np.uint32]) -> None:
    """Write to `out`, for each token, a short key of the shingle that begins there, and 0 where none does.

    Of pairs of documents of 3,000 tokens, one in 200 has two shingles with one short key: a common one too many among thousands.
    """
    n = 0
    for i in range(start, end):
        out[i - start] = 0
        if i + SHINGLE <= end:
            a, b, c = values[i], values[i + 1], values[i + 2]
            if BREAK not in (a, b, c):
                key = _shingle(a, b, c)
                out[i - start] = np.uint32(key >> np.uint64(32)) | np.uint32(1)
                n += 1
    if n == 0 and end > start:
        key = _whole(values, start, end)
        out[0] = np.uint32(key >> np.uint64(32)) | np.uint32(1) if key != 0 else np.uint32(0)


@njit(cache=True, nogil=True)
def _fill(found: NDArray[np.uint64], n: int, sketch: NDArray[np.uint64]) -> None:
    """One value per bin: the smallest hash of a shingle that falls into it. Rounds with other hash functions fill bins that stayed empty,
    so that a text of few shingles has as true a sketch as a long one.
    """
    for j in range(_BINS):
        sketch[j] = _LAST
    n_empty = _BINS
    for turn in range(_BINS):
        offset, high = np.uint64(turn) * _B, np.uint64(turn) << np.uint64(32)
        for i in range(n):
            x = found[i] if turn == 0 else mix(found[i] + offset)
            j = np.int64(x >> _BIN_SHIFT)
            value = high | (x & np.uint64(0xFFFFFFFF))
            if value < sketch[j]:
                n_empty -= sketch[j] == _LAST
                sketch[j] = value
        if n_empty == 0:
            return
    for j in range(_BINS):
        if sketch[j] == _LAST:
            for i in range(n):
                sketch[j] = min(sketch[j], mix(found[i] ^ (np.uint64(j + 1) * _C)))


@njit(cache=True, nogil=True)
def _band_keys(values: NDArray[np.uint32], ends: NDArray[np.int64], keys: NDArray[np.uint64]) -> None:
    longest = 0
    for d in range(len(ends) - 1):
        longest = max(longest, ends[d + 1] - ends[d])
    found = np.empty(longest + 1, np.uint64)
    sketch = np.empty(_BINS, np.uint64)
    for d in range(len(ends) - 1):
        n = shingles(values, ends[d], ends[d + 1], found)
        if n == 0:
            continue
        _fill(found, n, sketch)
        for band in range(N_BANDS):
            key = np.uint64(band + 1)
            for row in range(ROWS):
                key = mix(key * _D + sketch[band * ROWS + row])
            keys[d, band] = key


@njit(cache=True, nogil=True)
def _anchors(values: NDArray[np.uint32], ends: NDArray[np.int64], keys: NDArray[np.uint64], places: NDArray[np.int64]) -> int:
    n = 0
    ring = np.empty(_GUARANTEE, np.uint64)
    for d in range(len(ends) - 1):
        start = ends[d]
        rolling, n_tokens = np.uint64(0), 0
        n_windows, smallest, smallest_at, last_at = 0, _LAST, -1, -1
        for i in range(start, ends[d + 1]):
            if values[i] == BREAK:
                rolling, n_tokens, n_windows, smallest_at = np.uint64(0), 0, 0, -1
                continue
            rolling = rolling * _D + np.uint64(values[i])
            n_tokens += 1
            if n_tokens > WINDOW:
                rolling -= np.uint64(values[i - WINDOW]) * _D_WINDOW
            if n_tokens < WINDOW:
                continue
            at, key = i - WINDOW + 1, mix(rolling)
            ring[at % _GUARANTEE] = key
            n_windows += 1
            if smallest_at < 0 or key <= smallest:
                smallest, smallest_at = key, at
            elif smallest_at <= at - _GUARANTEE:
                smallest, smallest_at = ring[(at - _GUARANTEE + 1) % _GUARANTEE], at - _GUARANTEE + 1
                for other in range(at - _GUARANTEE + 2, at + 1):
                    if ring[other % _GUARANTEE] <= smallest:
                        smallest, smallest_at = ring[other % _GUARANTEE], other
            # The first anchor of a short text comes when it ends.
            is_due = n_windows >= _GUARANTEE or i + 1 == ends[d + 1] or values[i + 1] == BREAK
            if is_due and smallest_at != last_at:
                keys[n], places[n] = smallest, smallest_at
                n += 1
                last_at = smallest_at
    return n
