"""Stretches of text that stand at several places, within a document or in several.

Belongs here: finding them, from anchors to maximal runs of equal tokens, in compiled code. Not here: what of it is cut
(`pipelines.deduplication`), and which documents are copies as a whole (`near`).

Documents are read in a stated order, each from its beginning. A run of equal tokens that stood before is a repeat, of the first place at
which it stood; a place that is itself a repeat never counts as the first. So what a repeat points to is always kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.dedup.sketches import WINDOW
from pipelines.dedup.tokens import BREAK, Tokens

LEAST_RUN = 40
"""Tokens of a stretch that counts: two lines of English, two sentences of Chinese."""
_LEAST_PART = WINDOW
"""Tokens of a run that counts beside a longer one, on the same diagonal: a stretch with a word edited in it."""
_GAP = 12
"""Tokens that may lie between two parts of an edited stretch."""

STRETCH = np.dtype([("start", np.int64), ("end", np.int64), ("kept_start", np.int64), ("kept_end", np.int64)])
"""Places in `Tokens.values`: a run of tokens, and the equal run that stood before."""


@dataclass(frozen=True)
class Anchored:
    """Anchors that stand at several places: `places` in `Tokens.values`, ascending, and the group of equal ones that each belongs to."""

    places: NDArray[np.int64]
    groups: NDArray[np.int64]
    n_groups: int


def find_stretches(tokens: Tokens, anchored: Anchored, order: Sequence[int] | NDArray[np.int64]) -> NDArray[np.void]:
    """The `STRETCH`es of the documents named by `order`, which are read in that order; sorted by start."""
    by_document = np.searchsorted(anchored.places, tokens.ends)
    runs = np.empty(len(anchored.places), STRETCH)
    n = _runs(
        tokens.values,
        tokens.ends,
        np.asarray(order, np.int64),
        anchored.places,
        anchored.groups,
        by_document,
        np.full(anchored.n_groups, -1, np.int64),
        np.zeros(len(tokens.values), np.bool_),
        np.zeros(len(tokens.values), np.bool_),
        runs,
    )
    return np.sort(runs[:n], order="start")


@njit(cache=True, nogil=True)
def _runs(
    values: NDArray[np.uint32],
    ends: NDArray[np.int64],
    order: NDArray[np.int64],
    places: NDArray[np.int64],
    groups: NDArray[np.int64],
    by_document: NDArray[np.int64],
    first: NDArray[np.int64],
    is_repeat: NDArray[np.bool_],
    is_kept: NDArray[np.bool_],
    runs: NDArray[np.void],
) -> int:
    n = 0
    for document in order:
        start, end = int(ends[document]), int(ends[document + 1])
        begin = n
        # Where the last run ended, and the last that is long enough to stand alone.
        done, settled = start, start
        for i in range(by_document[document], by_document[document + 1]):
            place, kept = int(places[i]), int(first[groups[i]])
            if kept < 0:
                first[groups[i]] = place
                continue
            if place < settled or (place < done and runs[n - 1]["start"] - runs[n - 1]["kept_start"] == place - kept):
                continue
            left, right = _extended(values, ends, is_repeat, place, kept, settled, end)
            if right - left < _LEAST_PART or (left < done and right - left <= done - runs[n - 1]["start"]):
                continue
            while n > begin and runs[n - 1]["end"] > left:
                # A common phrase before, or at the beginning of, a longer run: it gives way.
                n -= 1
                if runs[n]["start"] < left:
                    runs[n]["kept_end"] -= runs[n]["end"] - left
                    runs[n]["end"] = left
                    n += 1
                    break
            runs[n]["start"], runs[n]["end"] = left, right
            runs[n]["kept_start"], runs[n]["kept_end"] = left + kept - place, right + kept - place
            n += 1
            done = right
            if right - left >= LEAST_RUN:
                # A shorter one may be a phrase in what is kept of a longer one to come: it is a repeat when its document is done.
                _mark(runs[n - 1], is_repeat, is_kept)
                settled = right
        n = _confirmed(runs, begin, n, is_repeat, is_kept)
    return n


@njit(cache=True, nogil=True)
def _extended(
    values: NDArray[np.uint32], ends: NDArray[np.int64], is_repeat: NDArray[np.bool_], place: int, kept: int, settled: int, end: int
) -> tuple[int, int]:
    """The longest run of equal tokens around `place` and `kept`, within both documents, of which the kept part is no repeat itself and,
    in the same document, lies before the other.
    """
    document = np.searchsorted(ends, kept, side="right") - 1
    kept_start, kept_end = ends[document], min(ends[document + 1], place) if kept < place else ends[document + 1]
    distance = place - kept
    left, right = place, place
    while left > settled and left - distance > kept_start:
        token = values[left - 1]
        if token == BREAK or token != values[left - 1 - distance] or is_repeat[left - 1 - distance]:
            break
        left -= 1
    while right < end and right - distance < kept_end:
        token = values[right]
        if token == BREAK or token != values[right - distance] or is_repeat[right - distance]:
            break
        # Within a document the kept run ends before the repeat begins.
        if distance > 0 and right - distance >= left:
            break
        right += 1
    return left, right


@njit(cache=True, nogil=True)
def _mark(run: NDArray[np.void], is_repeat: NDArray[np.bool_], is_kept: NDArray[np.bool_]) -> None:
    is_repeat[run["start"] : run["end"]] = True
    is_kept[run["kept_start"] : run["kept_end"]] = True


@njit(cache=True, nogil=True)
def _confirmed(runs: NDArray[np.void], begin: int, end: int, is_repeat: NDArray[np.bool_], is_kept: NDArray[np.bool_]) -> int:
    """Keep the runs of a document that are long enough, alone or with neighbours on the same diagonal; returns the new end."""
    n = begin
    i = begin
    while i < end:
        j = i + 1
        while j < end and _follows(runs[j - 1], runs[j]):
            j += 1
        total = 0
        for k in range(i, j):
            if _may_be(runs[k], is_repeat, is_kept):
                total += runs[k]["end"] - runs[k]["start"]
        for k in range(i, j):
            if total >= LEAST_RUN and _may_be(runs[k], is_repeat, is_kept):
                _mark(runs[k], is_repeat, is_kept)
                runs[n] = runs[k]
                n += 1
        i = j
    return n


@njit(cache=True, nogil=True)
def _may_be(run: NDArray[np.void], is_repeat: NDArray[np.bool_], is_kept: NDArray[np.bool_]) -> bool:
    """Whether nothing of it is kept for another, and what is kept for it repeats nothing."""
    return not is_kept[run["start"] : run["end"]].any() and not is_repeat[run["kept_start"] : run["kept_end"]].any()


@njit(cache=True, nogil=True)
def _follows(one: Any, other: Any) -> bool:
    """Whether a run goes on where another ended, but for some tokens here and there."""
    gap, kept_gap = other["start"] - one["end"], other["kept_start"] - one["kept_end"]
    return 0 <= gap <= _GAP and 0 <= kept_gap <= _GAP
