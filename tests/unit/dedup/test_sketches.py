"""Shingles, bands and anchors: how likely two documents are to meet, and that a long enough stretch always meets itself."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipelines.dedup.sketches import N_BANDS, ROWS, SHINGLE, WINDOW, anchors, band_keys, shingles, shingles_by_place
from pipelines.dedup.tokens import BREAK, Tokens

LONG_ENOUGH = 28
"""Tokens in a row that share an anchor for certain."""


def tokens_of(*documents: Sequence[int]) -> Tokens:
    """Documents of these tokens."""
    values = np.array([value for document in documents for value in document], np.uint32)
    return Tokens(values, np.cumsum([0, *map(len, documents)], dtype=np.int64))


DOCUMENTS = st.lists(st.lists(st.sampled_from([BREAK, 2, 3, 4, 6]), max_size=60), min_size=1, max_size=4)
WORDS = st.integers(2, 5)


# --- shingles ------------------------------------------------------------------------------------------------------------


def runs_of(document: Sequence[int], size: int) -> list[tuple[int, tuple[int, ...]]]:
    """(place, tokens) of all runs of so many tokens without a break."""
    found = [(i, tuple(document[i : i + size])) for i in range(len(document) - size + 1)]
    return [(i, run) for i, run in found if BREAK not in run]


@settings(deadline=None)
@given(DOCUMENTS)
def test_shingles_are_all_runs_of_three_tokens_without_a_break(documents: list[list[int]]) -> None:
    """Equal keys for equal runs and only for those, long keys and short ones; a text that has none is one shingle, if it has a token."""
    tokens = tokens_of(*documents)
    runs_by_key: dict[int, tuple[int, ...]] = {}
    runs_by_short_key: dict[int, tuple[int, ...]] = {}
    for i, document in enumerate(documents):
        expected = runs_of(document, SHINGLE)
        found, by_place = np.zeros(len(document) + 1, np.uint64), np.full(len(document), 7, np.uint32)
        n = shingles(tokens.values, tokens.ends[i], tokens.ends[i + 1], found)
        shingles_by_place(tokens.values, tokens.ends[i], tokens.ends[i + 1], by_place)
        expected = expected or [(0, (BREAK, *filter(None, document)))] * any(document)
        assert np.flatnonzero(by_place).tolist() == [place for place, _ in expected]
        for key, short, (_, run) in zip(found[:n].tolist(), by_place[by_place != 0].tolist(), expected, strict=True):
            assert runs_by_key.setdefault(key, run) == run
            assert runs_by_short_key.setdefault(short, run) == run
    assert len(set(runs_by_key.values())) == len(runs_by_key) == len(runs_by_short_key)


# --- bands ---------------------------------------------------------------------------------------------------------------


def pairs_alike(jaccard: float, *, n: int, size: int, seed: int = 0) -> Tokens:
    """`n` pairs of documents (2 i and 2 i + 1) of `size` runs of 3 tokens each, of which this share of all is common."""
    chance = np.random.default_rng(seed)
    n_common = round(2 * size * jaccard / (1 + jaccard))
    documents: list[list[int]] = []
    for _ in range(n):
        triples = chance.integers(2, 1 << 32, (2 * size - n_common, SHINGLE), np.uint32)
        apart = np.zeros((len(triples), 1), np.uint32)
        separated = np.hstack([triples, apart])
        documents += [separated[:size].ravel().tolist(), separated[-size:].ravel().tolist()]
    return tokens_of(*documents)


def equal_bands(tokens: Tokens) -> NDArray[np.int64]:
    """Number of bands that each pair has in common."""
    keys = band_keys(tokens)
    return (keys[::2] == keys[1::2]).sum(axis=1)


@pytest.mark.parametrize("size", [8, 60, 700])
@pytest.mark.parametrize("jaccard", [0.22, 0.4, 0.6, 0.8])
def test_documents_meet_in_a_band_as_often_as_their_likeness_says(jaccard: float, size: int) -> None:
    """With J⁴ in each band, whatever their length, and with 1 - (1 - J⁴)⁶⁴ in any; within four standard deviations of 300 pairs."""
    n = 300
    n_common = round(2 * size * jaccard / (1 + jaccard))
    exact = n_common / (2 * size - n_common)
    in_one = exact**ROWS
    in_any = 1 - (1 - in_one) ** N_BANDS
    bands = equal_bands(pairs_alike(jaccard, n=n, size=size))
    # The bands of a short text are not independent: they are drawn from few shingles.
    spread = bands.std() / np.sqrt(n)
    assert abs(bands.mean() - N_BANDS * in_one) <= 4 * spread
    if size > 8:
        assert abs((bands > 0).mean() - in_any) <= 4 * np.sqrt(in_any * (1 - in_any) / n) + 0.02


def test_of_documents_that_are_copies_hardly_any_pair_is_missed() -> None:
    """At the least likeness of copies, .6, one of 5,000 pairs is lost; of 1,000 at most two here."""
    assert (equal_bands(pairs_alike(0.6, n=1_000, size=120, seed=1)) == 0).sum() <= 2


@settings(deadline=None)
@given(DOCUMENTS, st.randoms())
def test_band_keys_depend_on_nothing_but_the_shingles_of_a_document(documents: list[list[int]], random) -> None:
    """Not on chance, on the documents beside it, or on how often and in what order its runs stand."""
    keys = band_keys(tokens_of(*documents))
    assert keys.shape == (len(documents), N_BANDS)
    assert (keys.any(axis=1) == [any(value != BREAK for value in document) for document in documents]).all()
    shuffled = list(enumerate(documents))
    random.shuffle(shuffled)
    again = band_keys(tokens_of(*(document for _, document in shuffled)))
    assert all((again[place] == keys[i]).all() for place, (i, _) in enumerate(shuffled))
    runs = [sorted({run for _, run in runs_of(document, SHINGLE)}) for document in documents]
    rebuilt = [[value for run in some for value in (*run, BREAK)] for some in runs]
    has_runs = [bool(some) for some in runs]
    assert (band_keys(tokens_of(*rebuilt))[has_runs] == keys[has_runs]).all()


def test_bands_of_one_document_differ() -> None:
    """A key says which band it is of, so that keys of all bands may lie in one table."""
    keys = band_keys(tokens_of([2, 4, 6], range(2, 400)))
    assert [len(set(row.tolist())) for row in keys] == [N_BANDS, N_BANDS]


# --- anchors -------------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(DOCUMENTS)
def test_an_anchor_is_a_window_of_one_document_without_a_break(documents: list[list[int]]) -> None:
    """Places ascend, windows never cross a break or the end of a document, and equal keys are equal windows."""
    tokens = tokens_of(*documents)
    keys, places = anchors(tokens)
    assert (np.diff(places) > 0).all()
    windows: dict[int, tuple[int, ...]] = {}
    for key, place in zip(keys.tolist(), places.tolist(), strict=True):
        document = int(np.searchsorted(tokens.ends, place, side="right")) - 1
        window = tuple(tokens.values[place : place + WINDOW].tolist())
        assert place + WINDOW <= tokens.ends[document + 1] and BREAK not in window
        assert windows.setdefault(key, window) == window
    assert len(set(windows.values())) == len(windows)


@settings(deadline=None)
@given(
    st.lists(WORDS, min_size=LONG_ENOUGH, max_size=60),
    st.lists(st.lists(st.sampled_from([BREAK, 2, 3, 4, 5]), max_size=40), min_size=4, max_size=4),
)
def test_documents_with_28_tokens_in_a_row_in_common_share_an_anchor_there(common: list[int], around: list[list[int]]) -> None:
    """Wherever the stretch stands in either, and whatever stands before and after it."""
    one, other = around[0] + common + around[1], around[2] + common + around[3]
    tokens = tokens_of(one, other)
    keys, places = anchors(tokens)
    first, second = len(around[0]), len(one) + len(around[2])
    here, there = (
        {int(place) - start: int(key) for key, place in zip(keys, places, strict=True) if start <= place <= start + len(common) - WINDOW}
        for start in (first, second)
    )
    assert here.items() & there.items()


@settings(deadline=None)
@given(st.lists(WORDS, min_size=WINDOW, max_size=LONG_ENOUGH - 1), st.booleans())
def test_a_short_text_has_an_anchor_when_it_has_a_window(document: list[int], ends_at_a_break: bool) -> None:
    """Its smallest one alone: so two copies of a short text share it."""
    keys, _ = anchors(tokens_of([*document, BREAK] if ends_at_a_break else document))
    assert len(keys) == 1
    assert len(anchors(tokens_of(document[: WINDOW - 1]))[0]) == 0


def test_anchors_are_few() -> None:
    """Of 17 windows in a row about 2."""
    values = np.random.default_rng(0).integers(2, 1 << 32, 50_000, np.uint32)
    keys, _ = anchors(Tokens(values, np.array([0, len(values)])))
    assert len(keys) == pytest.approx(len(values) * 2 / 17, rel=0.03)
