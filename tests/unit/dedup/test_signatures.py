"""Signed batches on disk, and many of them as one corpus."""

import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.dedup.signatures import Corpus, save, sign
from pipelines.dedup.sketches import N_BANDS, WINDOW, anchors, band_keys
from pipelines.dedup.tokens import BREAK, tokenize

PIECES = (
    "The nurse weighed every patient on the first day of each cycle and wrote the weight down in kilograms with one decimal.",
    "Nobody was told which of the two tablets was which until the last of them had been seen a year after the first dose.",
    "研究期间所有受试者每四周接受一次影像学评估，由两名医师独立判读结果。",
    "HER2- disease, 5.5 mg",
    "\uffff",
)
TEXTS = st.lists(st.lists(st.sampled_from(PIECES), max_size=4).map(" ".join), max_size=8)


def corpus_of(batches: Sequence[Sequence[str]], folder: Path) -> Corpus:
    """The corpus of these batches of texts, by way of the disk."""
    folders = [folder / f"batch{number}" for number in range(len(batches))]
    for path, texts in zip(folders, batches, strict=True):
        path.mkdir(parents=True)
        save(sign(pa.array(texts, pa.large_string())), path)
    work = folder / "work"
    work.mkdir(parents=True)
    return Corpus(folders, work)


def groups_of(corpus: Corpus, chosen: Sequence[bool], *, at_once: int = 1 << 40) -> list[list[int]]:
    """Places of equal anchors, group by group."""
    found = corpus.anchored(np.array(chosen, np.bool_), at_once=at_once)
    assert (np.diff(found.places) > 0).all()
    assert set(found.groups.tolist()) == set(range(found.n_groups))
    return sorted([found.places[found.groups == group].tolist() for group in range(found.n_groups)])


@settings(deadline=None, max_examples=30)
@given(TEXTS, st.lists(st.integers(0, 8), max_size=3), st.data())
def test_many_batches_are_what_one_batch_of_all_texts_is(texts: list[str], cuts: list[int], data: st.DataObject) -> None:
    """Tokens, documents, bands and anchors, whichever documents are chosen; batches without documents or tokens change nothing."""
    bounds = [0, *sorted(min(cut, len(texts)) for cut in cuts), len(texts)]
    batches = [texts[start:end] for start, end in pairwise(bounds)]
    chosen = data.draw(st.lists(st.booleans(), min_size=len(texts), max_size=len(texts)))
    with tempfile.TemporaryDirectory() as folder:
        one, many = corpus_of([texts], Path(folder) / "one"), corpus_of(batches, Path(folder) / "many")
        expected = tokenize(pa.array(texts, pa.string()))
        for corpus in (one, many):
            tokens = corpus.tokens()
            assert (len(corpus), tokens.values.tolist(), tokens.ends.tolist()) == (
                len(texts),
                expected.values.tolist(),
                expected.ends.tolist(),
            )
            bands = np.stack(list(corpus.bands()), axis=1)
            assert bands.shape == (len(texts), N_BANDS)
            assert (bands == band_keys(expected)).all()
            assert (corpus.band(N_BANDS - 1) == bands[:, N_BANDS - 1]).all()
        assert groups_of(one, chosen) == groups_of(many, chosen)
        assert groups_of(one, chosen, at_once=1) == groups_of(many, chosen, at_once=3) == groups_of(one, chosen)


@settings(deadline=None, max_examples=30)
@given(TEXTS, st.data())
def test_anchored_are_the_anchors_that_chosen_documents_have_several_times(texts: list[str], data: st.DataObject) -> None:
    """By key, in one document or in several; those of documents that are not chosen do not count."""
    chosen = data.draw(st.lists(st.booleans(), min_size=len(texts), max_size=len(texts)))
    tokens = tokenize(pa.array(texts, pa.string()))
    by_window: dict[tuple[int, ...], list[int]] = {}
    for place in anchors(tokens)[1].tolist():
        if chosen[int(np.searchsorted(tokens.ends, place, side="right")) - 1]:
            by_window.setdefault(tuple(tokens.values[place : place + WINDOW].tolist()), []).append(place)
    with tempfile.TemporaryDirectory() as folder:
        assert groups_of(corpus_of([texts], Path(folder) / "one"), chosen) == sorted(
            places for places in by_window.values() if len(places) > 1
        )


def test_breaks_written_into_tokens_stay_in_memory(tmp_path: Path) -> None:
    """The next comparison of the same corpus sees what stands on disk."""
    corpus = corpus_of([["one two three"], ["four"]], tmp_path)
    before = corpus.tokens().values.tolist()
    corpus.tokens().values[:] = BREAK
    assert corpus.tokens().values.tolist() == before


def test_a_corpus_of_nothing_is_empty(tmp_path: Path) -> None:
    """No batch at all, or one without a single token."""
    for number, batches in enumerate(([], [[]], [["", "…"], [""]])):
        corpus = corpus_of(batches, tmp_path / str(number))
        assert len(corpus) == sum(map(len, batches))
        assert len(corpus.tokens().values) == 0
        assert groups_of(corpus, [True] * len(corpus)) == []
        assert [keys.any() for keys in corpus.bands()] == [False] * N_BANDS
