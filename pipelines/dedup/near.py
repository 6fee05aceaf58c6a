"""Copies of a document that are not the same to the letter: edited, moved about, cut short, or standing inside a larger one.

Belongs here: the way from signatures to clusters, with what many documents share set aside. Not here: the parts of it (`postings`,
`pairs`, `verdict`, `clusters`), and what becomes of a copy.

Documents are compared twice. First as they are. Then it is known which of them are different texts: a stretch that stands in several of
them is set aside, and so is what certainly says nothing of a trial where two documents share a good part. Two articles under one
disclaimer are then no longer alike, and two copies of one article under different disclaimers are.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.dedup import pairs as measuring
from pipelines.dedup.clusters import ALL_PAIRS, COPIES, clusters, components
from pipelines.dedup.postings import band_pairs
from pipelines.dedup.signatures import Corpus
from pipelines.dedup.sketches import N_BANDS, WINDOW, band_keys
from pipelines.dedup.stretches import Anchored, find_stretches
from pipelines.dedup.tokens import BREAK, Tokens, mix
from pipelines.dedup.verdict import (
    ARTICLES,
    ARTICLES_OF_A_GROUP,
    MISSING,
    NEAR,
    Facts,
    Rule,
    Verdict,
    floors,
    have_other_ids,
    judge_all,
    similarity,
    worth_judging,
)

_SEVERAL_TEXTS = 3
"""A stretch that stands in so many different texts is set aside."""
_MANY_TEXTS = 10
"""So many it takes where what two documents share is the greater part of one: an article may well stand in three digests."""
_GREATER_PART = 0.5
_OWN_PART = 0.2
_OWN_TOKENS = 40
"""A document counts as a text of its own when it has so much that stands nowhere else: a copy has not."""
_NOT_IN_DETAIL = 1.01
"""A floor that no pair reaches."""
_GOOD_PART = 0.25
"""Share of a document in another from which on it matters what of it is boilerplate."""
_LEAST_LEFT = 20
"""From a document of which fewer tokens would be left nothing is set aside."""
_SHARED_ANCHORS = 0.2
"""Least share of a document's anchors in another for the two to be candidates of one inside the other: 10% of words edited leave .25."""
_LEAST_ANCHORS = 3
_GROUP = 8
_CODES_AT_ONCE = 1 << 24
_HALF = np.uint64(32)


@dataclass(frozen=True)
class Copy:
    """A document that is dropped for another, by number; `similarity` as in `verdict.similarity`.

    `repeated_share` is the share of all the dropped one's shingles, boilerplate included, that the kept one has.
    """

    dropped: int
    kept: int
    verdict: Verdict
    similarity: float
    repeated_share: float


@dataclass(frozen=True)
class Found:
    """The copies, and pairs that looked like copies and were told apart, with the reason."""

    copies: list[Copy]
    told_apart: list[tuple[int, int, Verdict, float]]


@dataclass(frozen=True)
class Described:
    """What is known of the documents of a corpus beside their text, by number.

    `order` ranks them, lower is preferred, where they are equally complete. `takes_part` says which are compared at all; those that
    were found to be exact copies, and registry records with an id, are not.
    """

    ids: Sequence[frozenset[str]]
    titles: Sequence[str | None]
    heads: Sequence[str]
    """How each text begins, in 200 characters or so."""
    order: NDArray[np.int64]
    takes_part: NDArray[np.bool_]
    rule: Rule = ARTICLES
    """How alike two of them have to be."""


Boilerplate = Callable[[NDArray[np.int64]], Iterable[tuple[int, int, int]]]
"""Of documents by number: (document, first token, end) of stretches that certainly say nothing of a trial; tokens from its beginning."""


def find_copies(corpus: Corpus, described: Described, boilerplate: Boilerplate | None = None) -> Found:
    """All copies among the documents that take part. `boilerplate` is asked of the few that share a good part and no more."""
    tokens = corpus.tokens()
    stands_for = _same_tokens(tokens, described)
    represented = np.flatnonzero(stands_for != np.arange(len(corpus)))
    described = replace(described, takes_part=described.takes_part & (stands_for == np.arange(len(corpus))))
    anchored = corpus.anchored(described.takes_part)
    sharing = _sharing(tokens, anchored, described)
    likely = np.union1d(_alike(corpus, described, None), sharing)
    measures = _measured(tokens, likely, described.rule)
    texts = components(len(corpus), _pairs_of(likely[measures["jaccard"] >= NEAR]))
    changed = np.zeros(len(corpus), np.bool_)
    # Looked for before anything is set aside: of a notice that is known in part the rest would be too short.
    stretches = _across(tokens, anchored, described)
    if boilerplate:
        changed |= _set_aside(tokens, boilerplate(_in_doubt(likely, measures)))
    texts = np.where(_are_many_reports(texts, likely, measures), len(corpus) + np.arange(len(corpus)), texts)
    changed |= _set_aside_shared(tokens, stretches, texts)
    if changed.any():
        again = _alike(corpus, described, (np.flatnonzero(changed), tokens))
        again = np.union1d(again, sharing)
        again = again[changed[_pairs_of(again)].any(axis=1)]
        same = ~changed[_pairs_of(likely)].any(axis=1)
        likely = np.concatenate([likely[same], again])
        measures = np.concatenate([measures[same], _measured(tokens, again, described.rule)])
    found = _decided(tokens, _pairs_of(likely), measures, described)
    found = replace(found, copies=_with_shares(corpus.tokens(), found.copies))
    return _with_represented(found, [(int(one), int(stands_for[one])) for one in represented])


def _same_tokens(tokens: Tokens, described: Described) -> NDArray[np.int64]:
    """For each document the one that stands for it: the first in order of those with the very same tokens, title and ids, or itself."""
    numbers = np.flatnonzero(described.takes_part)
    numbers = numbers[np.argsort(described.order[numbers], kind="stable")]
    stands_for = np.arange(len(tokens))
    first: dict[object, int] = {}
    for number, key in zip(numbers.tolist(), _token_keys(tokens.values, tokens.ends)[numbers].tolist(), strict=True):
        if key:
            stands_for[number] = first.setdefault((key, described.titles[number], described.ids[number]), number)
    return stands_for


def _with_shares(whole: Tokens, copies: Sequence[Copy]) -> list[Copy]:
    """The copies with the share of each that is repeated, nothing set aside."""
    pairs = np.array([(one.dropped, one.kept) for one in copies], np.int64).reshape(-1, 2)
    shares = measuring.measure(whole, pairs, floor=_NOT_IN_DETAIL, floor_contained=_NOT_IN_DETAIL)["first_in_second"]
    return [replace(one, repeated_share=float(share)) for one, share in zip(copies, shares, strict=True)]


def _with_represented(found: Found, represented: Sequence[tuple[int, int]]) -> Found:
    """Add the documents that another stood for; they share its fate."""
    fates = {copy.dropped: copy for copy in found.copies}
    more = [
        replace(fate, dropped=one) if (fate := fates.get(other)) else Copy(one, other, Verdict.NEAR, 1.0, 1.0) for one, other in represented
    ]
    return Found(sorted([*found.copies, *more], key=lambda copy: copy.dropped), found.told_apart)


@njit(cache=True, nogil=True)
def _token_keys(values: NDArray[np.uint32], ends: NDArray[np.int64]) -> NDArray[np.uint64]:
    """A key of all tokens of each document but the breaks; 0 for none."""
    keys = np.zeros(len(ends) - 1, np.uint64)
    for d in range(len(keys)):
        for i in range(ends[d], ends[d + 1]):
            if values[i] != BREAK:
                keys[d] = mix(keys[d] ^ np.uint64(values[i])) + np.uint64(1)
    return keys


# --- candidates --------------------------------------------------------------------------------------------------------


def _alike(corpus: Corpus, described: Described, changed: tuple[NDArray[np.int64], Tokens] | None) -> NDArray[np.uint64]:
    """Pairs with a band in common, as `lower << 32 | higher`, sorted; `changed` documents have new tokens.

    In a large group not all are paired: which are is decided by the stated order, and not by how documents are numbered.
    """
    by_rank = np.argsort(described.order, kind="stable")
    new = np.zeros((0, N_BANDS), np.uint64)
    numbers = np.zeros(0, np.int64)
    if changed is not None:
        numbers, tokens = changed
        new = band_keys(_selected(tokens, numbers))
    codes = np.zeros(0, np.uint64)
    waiting: list[NDArray[np.uint64]] = []
    n_waiting = 0
    for number, keys in enumerate(corpus.bands()):
        keys[~described.takes_part] = 0
        keys[numbers] = new[:, number]
        pairs = by_rank[_pairs_of(band_pairs(keys[by_rank]))]
        found = _codes_of(pairs)
        waiting.append(found)
        n_waiting += len(found)
        if n_waiting > _CODES_AT_ONCE or number == N_BANDS - 1:
            codes = np.unique(np.concatenate([codes, *waiting]))
            waiting, n_waiting = [], 0
    return codes


def _sharing(tokens: Tokens, anchored: Anchored, described: Described) -> NDArray[np.uint64]:
    """Pairs that share a good part of the anchors of one, as `_alike` gives them."""
    documents = np.searchsorted(tokens.ends, anchored.places, side="right") - 1
    order = np.lexsort((described.order[documents], anchored.groups))
    codes = _shared_codes(tokens.values, tokens.ends, anchored.places[order], anchored.groups[order])
    codes = _codes_of(_pairs_of(codes))
    distinct, counts = np.unique(codes, return_counts=True)
    smaller = np.diff(tokens.ends)[_pairs_of(distinct)].min(axis=1, initial=np.iinfo(np.int64).max)
    # Of 17 windows in a row about 2 are anchors.
    return distinct[(counts >= _LEAST_ANCHORS) & (counts >= _SHARED_ANCHORS * smaller * 2 / 17)]


@njit(cache=True, nogil=True)
def _shared_codes(
    values: NDArray[np.uint32], ends: NDArray[np.int64], places: NDArray[np.int64], groups: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """`one << 32 | other` for every two documents with an anchor in common, once per anchor; in a large group each is paired with the
    first and with the one before it.
    """
    codes = np.empty(1024, np.uint64)
    n, i = 0, 0
    documents = np.empty(len(groups), np.int64)
    while i < len(groups):
        j, m = i, 0
        while j < len(groups) and groups[j] == groups[i]:
            place = places[j]
            if values[place] != BREAK and values[place + WINDOW - 1] != BREAK:
                document = np.searchsorted(ends, place, side="right") - 1
                if m == 0 or documents[m - 1] != document:
                    documents[m] = document
                    m += 1
            j += 1
        if n + m * _GROUP > len(codes):
            codes = np.concatenate((codes, np.empty(len(codes) + m * _GROUP, np.uint64)))
        for b in range(1, m):
            nearest = 0 if m <= _GROUP else b - 1
            for a in range(nearest, b):
                codes[n] = (np.uint64(documents[a]) << _HALF) | np.uint64(documents[b])
                n += 1
            if nearest > 0:
                codes[n] = (np.uint64(documents[0]) << _HALF) | np.uint64(documents[b])
                n += 1
        i = j
    return codes[:n]


def _selected(tokens: Tokens, documents: NDArray[np.int64]) -> Tokens:
    sizes = tokens.ends[documents + 1] - tokens.ends[documents]
    values = np.concatenate([np.zeros(0, np.uint32), *(tokens.of(int(d)) for d in documents)])
    return Tokens(values, np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]))


def _codes_of(pairs: NDArray[np.int64]) -> NDArray[np.uint64]:
    return (pairs.min(axis=1) << 32 | pairs.max(axis=1)).astype(np.uint64)


def _pairs_of(codes: NDArray[np.uint64]) -> NDArray[np.int64]:
    return np.stack([codes >> _HALF, codes & np.uint64(0xFFFFFFFF)], axis=1).astype(np.int64)


def _measured(tokens: Tokens, codes: NDArray[np.uint64], rule: Rule) -> NDArray[np.void]:
    """Documents that some chain of pairs joins are measured one after another: what is prepared for one pair serves the next."""
    floor, floor_contained = floors(rule)
    pairs = _pairs_of(codes)
    order = np.argsort(components(len(tokens), pairs)[pairs[:, 0]], kind="stable")
    found = np.empty(len(pairs), measuring.MEASURES)
    found[order] = measuring.measure(tokens, pairs[order], floor=floor, floor_contained=floor_contained)
    return found


# --- what many documents share -----------------------------------------------------------------------------------------


def _in_doubt(likely: NDArray[np.uint64], measures: NDArray[np.void]) -> NDArray[np.int64]:
    """Documents for which it matters what is boilerplate: those that share a good part with another and are no copies of it, and those
    that look like copies though each has a section of its own.
    """
    contained = np.maximum(measures["first_in_second"], measures["second_in_first"])
    is_near = measures["jaccard"] >= NEAR
    both_have_more = (measures["first_own_run"] >= MISSING) & (measures["second_own_run"] >= MISSING)
    return np.unique(_pairs_of(likely[np.where(is_near, both_have_more, contained >= _GOOD_PART)]))


def _are_many_reports(texts: NDArray[np.int64], likely: NDArray[np.uint64], measures: NDArray[np.void]) -> NDArray[np.bool_]:
    """Which documents look like one text with many others, though each has a section that none of those has: news under a long notice."""
    n_documents = len(texts)
    is_near = measures["jaccard"] >= NEAR
    pairs = _pairs_of(likely[is_near])
    shortest = np.full(n_documents, np.iinfo(np.int64).max)
    np.minimum.at(shortest, pairs[:, 0], measures["first_own_run"][is_near])
    np.minimum.at(shortest, pairs[:, 1], measures["second_own_run"][is_near])
    have_section = (shortest >= MISSING) & (shortest < np.iinfo(np.int64).max)
    n_with_section = np.bincount(texts[have_section], minlength=n_documents)
    return have_section & (n_with_section[texts] >= _MANY_TEXTS)


def _set_aside(tokens: Tokens, aside: Iterable[tuple[int, int, int]]) -> NDArray[np.bool_]:
    """Put breaks in place of boilerplate, but for documents of which too little would be left; returns the documents that this changed."""
    spans = np.array(sorted(aside), np.int64).reshape(-1, 3)
    spans[:, 1:] += tokens.ends[spans[:, :1]]
    return _break(tokens.values, tokens.ends, spans)


def _across(tokens: Tokens, anchored: Anchored, described: Described) -> NDArray[np.void]:
    """Stretches that stand in several documents, sorted by the place that is kept."""
    order = np.flatnonzero(described.takes_part)
    order = order[np.argsort(described.order[order], kind="stable")]
    found = find_stretches(tokens, anchored, order)
    owners = np.searchsorted(tokens.ends, found["start"], side="right") - 1
    keepers = np.searchsorted(tokens.ends, found["kept_start"], side="right") - 1
    return np.sort(found[owners != keepers], order=["kept_start", "start"])


def _set_aside_shared(tokens: Tokens, found: NDArray[np.void], texts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Put breaks in place of stretches that stand in several different texts; returns the documents that this changed.

    `texts` numbers the groups of documents that look like one text.
    """
    if not len(found):
        return np.zeros(len(tokens), np.bool_)
    owners = np.searchsorted(tokens.ends, found["start"], side="right") - 1
    keepers = np.searchsorted(tokens.ends, found["kept_start"], side="right") - 1
    is_own_text = _have_own_text(tokens.values, tokens.ends, found)
    spans = _shared_spans(tokens.ends, found, owners, keepers, np.where(is_own_text, texts, -1))
    return _break(tokens.values, tokens.ends, spans[np.argsort(spans[:, 0], kind="stable")])


@njit(cache=True, nogil=True)
def _have_own_text(values: NDArray[np.uint32], ends: NDArray[np.int64], found: NDArray[np.void]) -> NDArray[np.bool_]:
    """Which documents have enough that stands nowhere else, and is not set aside already."""
    shared = np.zeros(ends[-1], np.bool_)
    for r in range(len(found)):
        shared[found[r]["start"] : found[r]["end"]] = True
        shared[found[r]["kept_start"] : found[r]["kept_end"]] = True
    have = np.zeros(len(ends) - 1, np.bool_)
    for d in range(len(have)):
        size, n_own = 0, 0
        for i in range(ends[d], ends[d + 1]):
            size += values[i] != BREAK
            n_own += values[i] != BREAK and not shared[i]
        have[d] = n_own >= max(_OWN_TOKENS, _OWN_PART * size)
    return have


@njit(cache=True, nogil=True)
def _shared_spans(
    ends: NDArray[np.int64],
    found: NDArray[np.void],
    owners: NDArray[np.int64],
    keepers: NDArray[np.int64],
    texts: NDArray[np.int64],
) -> NDArray[np.int64]:
    """(document, start, end) of the stretches to set aside. `found` is sorted by the place that is kept; `texts` is -1 for a document
    that does not count.
    """
    spans = np.empty((2 * len(found) + 1, 3), np.int64)
    lengths = np.empty(len(ends) - 1, np.int64)
    n, i = 0, 0
    while i < len(found):
        keeper = keepers[i]
        j = i
        while j < len(found) and keepers[j] == keeper:
            j += 1
        base, size = ends[keeper], ends[keeper + 1] - ends[keeper]
        is_shared = _is_shared(ends, found[i:j], owners[i:j], texts, keeper, lengths)
        # In the document that has the first place: a run of it ends where a stretch does, so there are no more runs than stretches.
        k = 0
        while k < size:
            start = k
            while k < size and is_shared[k]:
                k += 1
            if k > start:
                spans[n, 0], spans[n, 1], spans[n, 2] = keeper, base + start, base + k
                n += 1
            k += 1
        # In those that repeat it.
        for r in range(i, j):
            if is_shared[(found[r]["kept_start"] + found[r]["kept_end"]) // 2 - base]:
                spans[n, 0], spans[n, 1], spans[n, 2] = owners[r], found[r]["start"], found[r]["end"]
                n += 1
        i = j
    return spans[:n]


@njit(cache=True, nogil=True)
def _is_shared(
    ends: NDArray[np.int64],
    found: NDArray[np.void],
    owners: NDArray[np.int64],
    texts: NDArray[np.int64],
    keeper: int,
    lengths: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """For each token of the keeper, whether it stands in enough different texts. `lengths` has room for one per document."""
    base, size = ends[keeper], ends[keeper + 1] - ends[keeper]
    n_texts = np.zeros(size, np.int64)
    largest = np.zeros(size, np.float64)
    seen = np.full(size, -1, np.int64)
    lengths[owners] = 0
    for r in range(len(found)):
        lengths[owners[r]] += found[r]["end"] - found[r]["start"]
    for r in np.argsort(texts[owners], kind="mergesort"):
        text = texts[owners[r]]
        part = lengths[owners[r]] / min(size, ends[owners[r] + 1] - ends[owners[r]])
        for k in range(found[r]["kept_start"] - base, found[r]["kept_end"] - base):
            largest[k] = max(largest[k], part)
            if text not in (-1, seen[k], texts[keeper]):
                seen[k] = text
                n_texts[k] += 1
    n_texts += texts[keeper] >= 0
    return n_texts >= np.where(largest < _GREATER_PART, _SEVERAL_TEXTS, _MANY_TEXTS)


@njit(cache=True, nogil=True)
def _break(values: NDArray[np.uint32], ends: NDArray[np.int64], spans: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Write the breaks, but for documents of which too little would be left; returns the documents that were changed."""
    changed = np.zeros(len(ends) - 1, np.bool_)
    i = 0
    while i < len(spans):
        document = spans[i, 0]
        j = i
        while j < len(spans) and spans[j, 0] == document:
            j += 1
        begin = ends[document]
        is_left = values[begin : ends[document + 1]] != BREAK
        for r in range(i, j):
            is_left[spans[r, 1] - begin : spans[r, 2] - begin] = False
        if is_left.sum() >= _LEAST_LEFT:
            for r in range(i, j):
                values[spans[r, 1] : spans[r, 2]] = BREAK
            changed[document] = True
        i = j
    return changed


# --- decisions ---------------------------------------------------------------------------------------------------------


def _decided(tokens: Tokens, pairs: NDArray[np.int64], measures: NDArray[np.void], described: Described) -> Found:
    is_worth = worth_judging(measures, described.rule)
    judged = _Judged(tokens, described)
    judged.add([(a, b) for a, b in pairs[is_worth].tolist()], measures[is_worth], described.rule)
    joined = np.array([key for key, verdict in judged.verdicts.items() if verdict in COPIES], np.int64).reshape(-1, 2)
    component = components(len(tokens), joined)
    members: dict[int, list[int]] = {}
    for document in np.unique(joined).tolist():
        members.setdefault(int(component[document]), []).append(document)
    # What is too unlike alone is judged again as one of a group.
    rule = ARTICLES_OF_A_GROUP if described.rule is ARTICLES else described.rule
    judged.verdicts = {key: verdict for key, verdict in judged.verdicts.items() if verdict != Verdict.UNLIKE}
    small = [sorted(documents) for documents in members.values() if len(documents) <= ALL_PAIRS]
    judged.ask([pair for documents in small for pair in combinations(documents, 2) if pair not in judged.verdicts], rule)
    within: dict[int, dict[tuple[int, int], Verdict]] = {root: {} for root in members}
    for key, verdict in judged.verdicts.items():
        root = int(component[key[0]])
        if root in within and root == int(component[key[1]]):
            within[root][key] = verdict
    copies: list[Copy] = []
    for root, documents in members.items():
        preferred = sorted(documents, key=lambda d: (-int(judged.sizes[d]), int(described.order[d])))
        known = within[root]
        for kept, dropped in clusters(preferred, known, lambda some: judged.ask(some, rule), judged.have_other_ids):
            copies.extend(judged.copy(one, kept, known[(min(one, kept), max(one, kept))]) for one in dropped)
    told_apart = [
        (*key, verdict, judged.similarity(key)) for key, verdict in judged.verdicts.items() if verdict not in (*COPIES, Verdict.UNLIKE)
    ]
    return Found(sorted(copies, key=lambda copy: copy.dropped), told_apart)


class _Judged:
    """Verdicts on pairs (lower number first), and what they rest on."""

    def __init__(self, tokens: Tokens, described: Described) -> None:
        self.verdicts: dict[tuple[int, int], Verdict] = {}
        self.sizes = _sizes(tokens.values, tokens.ends)
        self._tokens, self._described = tokens, described
        self._facts: dict[int, Facts] = {}
        self._rows: dict[tuple[int, int], tuple[NDArray[np.void], int]] = {}

    def add(self, pairs: Sequence[tuple[int, int]], measures: NDArray[np.void], rule: Rule) -> list[Verdict]:
        """Judge pairs that are measured."""
        verdicts = judge_all(pairs, measures, self._facts_of, rule)
        self.verdicts.update(zip(pairs, verdicts, strict=True))
        self._rows.update((pair, (measures, at)) for at, pair in enumerate(pairs))
        return verdicts

    def ask(self, pairs: Sequence[tuple[int, int]], rule: Rule) -> list[Verdict]:
        """Measure pairs and judge them."""
        codes = np.array([a << 32 | b for a, b in pairs], np.uint64)
        return self.add(pairs, _measured(self._tokens, codes, rule), rule)

    def have_other_ids(self, one: int, other: int) -> bool:
        return have_other_ids(self._facts_of(one), self._facts_of(other))

    def similarity(self, pair: tuple[int, int]) -> float:
        return similarity(self._measures(pair))

    def copy(self, dropped: int, kept: int, verdict: Verdict) -> Copy:
        measures = self._measures((min(dropped, kept), max(dropped, kept)))
        share = measures.first_in_second if dropped < kept else measures.second_in_first
        return Copy(dropped, kept, verdict, similarity(measures), share)

    def _measures(self, pair: tuple[int, int]) -> measuring.Measures:
        rows, at = self._rows[pair]
        return measuring.Measures(*rows[at].tolist())

    def _facts_of(self, document: int) -> Facts:
        if document not in self._facts:
            described = self._described
            self._facts[document] = Facts(
                described.ids[document], described.titles[document], described.heads[document], int(self.sizes[document])
            )
        return self._facts[document]


@njit(cache=True, nogil=True)
def _sizes(values: NDArray[np.uint32], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """Tokens of each document that are not set aside."""
    sizes = np.zeros(len(ends) - 1, np.int64)
    for d in range(len(sizes)):
        for i in range(ends[d], ends[d + 1]):
            sizes[d] += values[i] != BREAK
    return sizes
