"""Which tokens of one text stand for which of another: the edits that make the other of the one.

Belongs here: sequences of numbers. Not here: words, and how a difference is shown (`difference`).

Sequences are anchored first on shingles that stand once in each, and only what lies between two anchors is compared token by token: that
takes a time that grows with the texts and not with their square. A stretch that is left over and stands elsewhere in the other text is
moved, or there already, and neither removed nor added.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from pipelines.dedup.comparable import kept_spans

_SIZES = (12, 5, 2, 1)
"""Lengths of the shingles that sequences are anchored on, tried in turn."""
_AT_ONCE = 250_000
"""Stretches with so many pairs of tokens are compared token by token; larger ones are anchored."""
_MOST_PAIRS = 200_000
"""Pairs of places of shingles that stand more than once: a body that was pasted twice has no other."""
_ELSEWHERE_SIZE = 6
_LEAST_ELSEWHERE = 12
"""A stretch of fewer tokens that stands elsewhere says nothing: there are phrases that everybody uses."""
_MOST_MOVED = 500
_GAP = 12
"""Tokens that may differ in one place within a stretch that stands elsewhere."""
_FACTOR = np.uint64(0x9E3779B97F4A7C15)

Values = NDArray[np.uint32]
Keys = NDArray[np.uint64]
Places = NDArray[np.int64]
Span = tuple[int, int]
Run = tuple[int, int, int]
"""Places in two sequences from which on so many tokens are the same."""
Gap = tuple[int, int, int, int]
"""`[a, b)` of the one and `[c, d)` of the other, as (a, b, c, d)."""


class Kind(StrEnum):
    """What an edit does."""

    CHANGED = "changed"
    MOVED = "moved"
    REPEATED = "repeated"


@dataclass(frozen=True)
class Edit:
    """Tokens `[start, end)` of one sequence, in place of `[other_start, other_end)` of the other.

    What is moved stands in both, at different places. What is repeated stands in one of the two once more than in the other. The edits
    within such a stretch are edits of their own.
    """

    start: int
    end: int
    other_start: int
    other_end: int
    kind: Kind = Kind.CHANGED


def edits(one: Values, other: Values) -> list[Edit]:
    """All edits, in the order of the first sequence."""
    gaps = _gaps(_aligned(one, other), len(one), len(other))
    moved = _moved(one, other, gaps)
    found = [Edit(*block, Kind.MOVED) for block in moved]
    for start, end, other_start, other_end in moved:
        within = _aligned(one[start:end], other[other_start:other_end])
        inner = _readable(_gaps(within, end - start, other_end - other_start))
        found += [Edit(start + a, start + b, other_start + c, other_start + d) for a, b, c, d in inner]
    keys, other_keys = _shingles(one, _ELSEWHERE_SIZE), _shingles(other, _ELSEWHERE_SIZE)
    is_there, is_here = np.isin(keys, other_keys), np.isin(other_keys, keys)
    places, other_places = [(a, b) for a, b, _, _ in moved], sorted((c, d) for _, _, c, d in moved)
    for start, end, other_start, other_end in _readable(gaps):
        again, removed = _set_apart(list(kept_spans(start, end, places)), is_there)
        again_there, added = _set_apart(list(kept_spans(other_start, other_end, other_places)), is_here)
        found += [Edit(a, b, other_start, other_start, Kind.REPEATED) for a, b in again]
        found += [Edit(start, start, c, d, Kind.REPEATED) for c, d in again_there]
        if len(removed) == len(added) == 1:
            found.append(Edit(*removed[0], *added[0]))
        else:
            found += [Edit(a, b, other_start, other_start) for a, b in removed]
            found += [Edit(start, start, c, d) for c, d in added]
    return sorted(found, key=lambda edit: (edit.start, edit.kind == Kind.CHANGED, edit.other_start))


def _gaps(runs: Sequence[Run], n: int, n_other: int) -> list[Gap]:
    """What lies between the runs."""
    found: list[Gap] = []
    start = other_start = 0
    for i, j, length in (*runs, (n, n_other, 0)):
        if i > start or j > other_start:
            found.append((start, i, other_start, j))
        start, other_start = i + length, j + length
    return found


def _readable(gaps: Sequence[Gap]) -> list[Gap]:
    """Gaps with next to nothing between them as one: "the" between two sentences that are others is no common ground."""
    found: list[Gap] = []
    for gap in gaps:
        if found:
            start, end, other_start, other_end = found[-1]
            between = gap[0] - end
            smaller = min(end - start + other_end - other_start, gap[1] - gap[0] + gap[3] - gap[2])
            if between < smaller and (between <= 2 or 4 * between < smaller):
                found[-1] = (start, gap[1], other_start, gap[3])
                continue
        found.append(gap)
    return found


# --- the same order ----------------------------------------------------------------------------------------------------


def _aligned(one: Values, other: Values) -> list[Run]:
    """Runs of tokens that both have in the same order."""
    found: list[Run] = []
    waiting: list[Gap] = [(0, len(one), 0, len(other))]
    while waiting:
        start, end, other_start, other_end = waiting.pop()
        a, b = one[start:end], other[other_start:other_end]
        head = _same(a, b)
        tail = _same(a[head:][::-1], b[head:][::-1])
        found += [(start, other_start, head), (end - tail, other_end - tail, tail)]
        start, other_start = start + head, other_start + head
        a, b = a[head : len(a) - tail], b[head : len(b) - tail]
        if not len(a) or not len(b):
            continue
        if len(a) * len(b) <= _AT_ONCE:
            blocks = SequenceMatcher(None, a.tolist(), b.tolist(), autojunk=False).get_matching_blocks()
            found += [(start + block.a, other_start + block.b, block.size) for block in blocks]
            continue
        anchors = _anchors(a, b)
        found += [(start + i, other_start + j, length) for i, j, length in anchors]
        if anchors:
            gaps = _gaps(anchors, len(a), len(b))
            waiting += [(start + i, start + j, other_start + k, other_start + m) for i, j, k, m in gaps]
    return sorted(run for run in found if run[2])


def _same(one: Values, other: Values) -> int:
    """How many tokens from the first on are the same."""
    n = min(len(one), len(other))
    differing = np.flatnonzero(one[:n] != other[:n])
    return int(differing[0]) if len(differing) else n


def _anchors(one: Values, other: Values) -> list[Run]:
    """Runs in the same order: on shingles that stand once in each, or else on the rarest; on none, where nothing is alike."""
    for size in _SIZES:
        pairs = _once_in_both(_shingles(one, size), _shingles(other, size))
        if len(pairs[0]):
            return _runs(*pairs, size)
    size = _SIZES[0]
    return _runs(*_rare_in_both(_shingles(one, size), _shingles(other, size)), size)


def _runs(places: Places, other_places: Places, size: int) -> list[Run]:
    """The longest ascending row of pairs as runs that do not overlap."""
    found: list[Run] = []
    for k in _ascending(other_places.tolist()):
        i, j = int(places[k]), int(other_places[k])
        if found:
            first, other_first, length = found[-1]
            if i - first == j - other_first and i <= first + length:
                found[-1] = (first, other_first, i + size - first)
                continue
            if i < first + length or j < other_first + length:
                continue
        found.append((i, j, size))
    return found


def _shingles(values: Values, size: int) -> Keys:
    """A key of every `size` values in a row."""
    n = max(0, len(values) - size + 1)
    keys = np.zeros(n, np.uint64)
    for k in range(size):
        keys = (keys ^ values[k : k + n]) * _FACTOR
        keys ^= keys >> np.uint64(32)
    return keys


def _once_in_both(one: Keys, other: Keys) -> tuple[Places, Places]:
    """Places of the keys that stand once in each, in order of the first."""
    keys, places, counts = np.unique(one, return_index=True, return_counts=True)
    other_keys, other_places, other_counts = np.unique(other, return_index=True, return_counts=True)
    keys, places = keys[counts == 1], places[counts == 1]
    other_keys, other_places = other_keys[other_counts == 1], other_places[other_counts == 1]
    _, mine, theirs = np.intersect1d(keys, other_keys, assume_unique=True, return_indices=True)
    order = np.argsort(places[mine])
    return places[mine][order], other_places[theirs][order]


def _rare_in_both(one: Keys, other: Keys) -> tuple[Places, Places]:
    """All pairs of places of the rarest keys, in order of the first and backwards in the other, so that a row holds each place once."""
    order, other_order = np.argsort(one, kind="stable"), np.argsort(other, kind="stable")
    keys, starts, counts = np.unique(one[order], return_index=True, return_counts=True)
    other_keys, other_starts, other_counts = np.unique(other[other_order], return_index=True, return_counts=True)
    _, mine, theirs = np.intersect1d(keys, other_keys, assume_unique=True, return_indices=True)
    n_pairs = counts[mine] * other_counts[theirs]
    rarest = np.argsort(n_pairs, kind="stable")
    rarest = rarest[np.cumsum(n_pairs[rarest]) <= _MOST_PAIRS]
    places, other_places = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for k in rarest.tolist():
        some = order[starts[mine[k]] : starts[mine[k]] + counts[mine[k]]]
        others = other_order[other_starts[theirs[k]] : other_starts[theirs[k]] + other_counts[theirs[k]]]
        places.append(np.repeat(some, len(others)))
        other_places.append(np.tile(others, len(some)))
    all_places, all_other_places = np.concatenate(places), np.concatenate(other_places)
    by_place = np.lexsort((-all_other_places, all_places))
    return all_places[by_place], all_other_places[by_place]


def _ascending(values: Sequence[int]) -> list[int]:
    """Places of the longest strictly ascending row."""
    lasts: list[int] = []
    last_places: list[int] = []
    before = [-1] * len(values)
    for k, value in enumerate(values):
        length = bisect_left(lasts, value)
        before[k] = last_places[length - 1] if length else -1
        lasts[length : length + 1] = [value]
        last_places[length : length + 1] = [k]
    found: list[int] = []
    k = last_places[-1] if last_places else -1
    while k >= 0:
        found.append(k)
        k = before[k]
    return found[::-1]


# --- elsewhere ---------------------------------------------------------------------------------------------------------


@dataclass
class _Block:
    """A stretch that stands in a gap of the one sequence and in another gap of the other."""

    start: int
    end: int
    other_start: int
    other_end: int
    gaps: tuple[int, int]
    n_same: int

    def takes(self, i: int, j: int, gaps: tuple[int, int]) -> bool:
        """Go on up to the shingle at `i` and `j`, if it is near enough."""
        ahead, other_ahead = i + _ELSEWHERE_SIZE - self.end, j + _ELSEWHERE_SIZE - self.other_end
        most = _GAP + _ELSEWHERE_SIZE
        if gaps != self.gaps or not (0 < ahead <= most and 0 < other_ahead <= most):
            return False
        self.end, self.other_end = self.end + ahead, self.other_end + other_ahead
        self.n_same += min(ahead, other_ahead, _ELSEWHERE_SIZE)
        return True

    def is_apart_from(self, gap: Gap) -> bool:
        a, b, c, d = gap
        return (self.end <= a or self.start >= b) and (self.other_end <= c or self.other_start >= d)


def _moved(one: Values, other: Values, gaps: Sequence[Gap]) -> list[Gap]:
    """Stretches that stand in a gap of the one and in another gap of the other, in order; they do not overlap."""
    mine, theirs = _in_gaps(one, [(a, b) for a, b, _, _ in gaps]), _in_gaps(other, [(c, d) for _, _, c, d in gaps])
    pairs = _once_in_both(mine.keys, theirs.keys)
    blocks: list[_Block] = []
    for k, m in zip(*(some.tolist() for some in pairs), strict=True):
        i, j = int(mine.places[k]), int(theirs.places[m])
        of_gaps = (int(mine.gaps[k]), int(theirs.gaps[m]))
        if of_gaps[0] != of_gaps[1] and not (blocks and blocks[-1].takes(i, j, of_gaps)):
            blocks.append(_Block(i, i + _ELSEWHERE_SIZE, j, j + _ELSEWHERE_SIZE, of_gaps, _ELSEWHERE_SIZE))
    chosen: list[Gap] = []
    for block in sorted(blocks, key=lambda block: -block.n_same)[:_MOST_MOVED]:
        if block.n_same >= _LEAST_ELSEWHERE and all(block.is_apart_from(gap) for gap in chosen):
            chosen.append((block.start, block.end, block.other_start, block.other_end))
    return sorted(chosen)


@dataclass(frozen=True)
class _InGaps:
    """Shingles that lie in gaps: their keys, their places, and the number of the gap of each."""

    keys: Keys
    places: Places
    gaps: Places


def _in_gaps(values: Values, gaps: Sequence[Span]) -> _InGaps:
    keys, places, numbers = [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for number, (start, end) in enumerate(gaps):
        if end - start >= _LEAST_ELSEWHERE:
            found = _shingles(values[start:end], _ELSEWHERE_SIZE)
            keys.append(found)
            places.append(start + np.arange(len(found)))
            numbers.append(np.full(len(found), number))
    return _InGaps(np.concatenate(keys), np.concatenate(places), np.concatenate(numbers))


def _set_apart(spans: Sequence[Span], is_there: NDArray[np.bool_]) -> tuple[list[Span], list[Span]]:
    """(stretches of the spans that the other sequence has somewhere, what is left of the spans).

    `is_there` says of each shingle of the sequence whether the other one has it.
    """
    again: list[Span] = []
    left: list[Span] = []
    for start, end in spans:
        if end - start < _LEAST_ELSEWHERE:
            left.append((start, end))
            continue
        found = start + np.flatnonzero(is_there[start : end - _ELSEWHERE_SIZE + 1])
        runs = _joined([(place, place + _ELSEWHERE_SIZE) for place in found.tolist()], 0)
        stretches = [(a, b) for a, b in _joined(runs, _GAP) if b - a >= _LEAST_ELSEWHERE]
        again += stretches
        left += kept_spans(start, end, [run for run in runs if any(a <= run[0] < b for a, b in stretches)])
    return again, left


def _joined(spans: Sequence[Span], gap: int) -> list[Span]:
    """Ascending spans, those with at most `gap` between them as one."""
    found: list[Span] = []
    for start, end in spans:
        if found and start <= found[-1][1] + gap:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found
