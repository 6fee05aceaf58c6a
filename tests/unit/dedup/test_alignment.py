"""Edits between two sequences of tokens."""

import random
from difflib import SequenceMatcher

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.dedup import alignment
from pipelines.dedup.alignment import Edit, Kind, edits


def values(numbers) -> np.ndarray:
    """Tokens."""
    return np.array(list(numbers), np.uint32)


def rest(n: int, spans: list[tuple[int, int]]) -> list[int]:
    """Places that no span covers."""
    taken = {place for start, end in spans for place in range(start, end)}
    return [place for place in range(n) if place not in taken]


TOKENS = st.lists(st.integers(1, 6), max_size=60)
PIECES = st.lists(st.sampled_from([list(range(k, k + 20)) for k in range(100, 400, 20)] + [[k] for k in range(5)]), max_size=12)


@pytest.mark.parametrize("at_once", [0, 30, alignment._AT_ONCE])
@given(data=st.data())
def test_what_no_edit_touches_is_the_same_in_both(at_once: int, data: st.DataObject) -> None:
    """Whichever way the sequences are taken apart, and whatever was moved or repeated."""
    one, other = (data.draw(st.one_of(TOKENS, PIECES.map(lambda some: [token for piece in some for token in piece]))) for _ in "ab")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alignment, "_AT_ONCE", at_once)
        found = edits(values(one), values(other))
    left = rest(len(one), [(edit.start, edit.end) for edit in found])
    other_left = rest(len(other), [(edit.other_start, edit.other_end) for edit in found])
    assert [one[place] for place in left] == [other[place] for place in other_left]


@given(TOKENS, TOKENS)
def test_edits_lie_within_the_sequences_in_order(one: list[int], other: list[int]) -> None:
    """And each does something."""
    found = edits(values(one), values(other))
    assert [edit.start for edit in found] == sorted(edit.start for edit in found)
    for edit in found:
        assert 0 <= edit.start <= edit.end <= len(one)
        assert 0 <= edit.other_start <= edit.other_end <= len(other)
        assert edit.end > edit.start or edit.other_end > edit.other_start


@given(TOKENS)
def test_a_sequence_does_not_differ_from_itself(one: list[int]) -> None:
    """There is nothing to say."""
    assert edits(values(one), values(one)) == []


@given(PIECES)
def test_an_edit_of_a_moved_stretch_is_the_same_on_both_sides_but_for_the_edits_in_it(some: list[list[int]]) -> None:
    """The second half before the first."""
    half = len(some) // 2
    one, other = ([token for piece in order for token in piece] for order in (some, some[half:] + some[:half]))
    found = edits(values(one), values(other))
    for moved in (edit for edit in found if edit.kind == Kind.MOVED):
        within = [edit for edit in found if edit.kind != Kind.MOVED and moved.start <= edit.start <= moved.end]
        spans = rest(len(one), [(edit.start, edit.end) for edit in within])
        other_spans = rest(len(other), [(edit.other_start, edit.other_end) for edit in within])
        mine = [one[place] for place in spans if moved.start <= place < moved.end]
        assert mine == [other[place] for place in other_spans if moved.other_start <= place < moved.other_end]


def test_a_token_that_is_replaced_is_one_edit() -> None:
    """At its place in either."""
    assert edits(values([1, 2, 3, 4, 5]), values([1, 2, 9, 9, 4, 5])) == [Edit(2, 3, 2, 4)]


def test_next_to_nothing_between_two_edits_joins_them() -> None:
    """One word in common between two sentences that are others."""
    one, other = values([1, 2, 3, 4, 50, 5, 6, 7, 8]), values([1, 12, 13, 14, 50, 15, 16, 17, 8])
    assert edits(one, other) == [Edit(1, 8, 1, 8)]


def test_a_stretch_that_moved_is_neither_removed_nor_added() -> None:
    """With the one token in it that was changed."""
    a, b, c = list(range(100, 130)), list(range(200, 260)), list(range(300, 330))
    changed = [*a[:15], 7, *a[16:]]
    assert edits(values([*a, *b, *c]), values([*b, *changed, *c])) == [
        Edit(0, 30, 60, 90, Kind.MOVED),
        Edit(15, 16, 75, 76),
    ]


def test_a_stretch_that_is_said_twice_is_no_addition() -> None:
    """In whichever of the two."""
    body, more = list(range(100, 160)), list(range(300, 330))
    once, twice = values([*body, *more]), values([*body, *more, *body])
    assert edits(once, twice) == [Edit(90, 90, 90, 150, Kind.REPEATED)]
    assert edits(twice, once) == [Edit(90, 150, 90, 90, Kind.REPEATED)]


def test_a_body_that_stands_twice_in_both_is_aligned() -> None:
    """Though no shingle of it stands once."""
    rng = random.Random(3)
    body = [rng.randrange(5_000) for _ in range(2_000)]
    one = body * 2
    other = [token if place % 50 else 9_999 for place, token in enumerate(one)]
    found = edits(values(one), values(other))
    assert {edit.kind for edit in found} == {Kind.CHANGED}
    assert sum(edit.end - edit.start for edit in found) == 80


def test_the_work_grows_with_the_texts_and_not_with_their_square(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 60,000 tokens one in ten differs: few pairs of tokens are looked at one by one."""
    looked_at: list[int] = []

    class Counted(SequenceMatcher):
        def __init__(self, junk, a, b, **options) -> None:
            looked_at.append(len(a) * len(b))
            super().__init__(junk, a, b, **options)

    monkeypatch.setattr(alignment, "SequenceMatcher", Counted)
    rng = random.Random(5)
    one = [rng.randrange(4_000) for _ in range(60_000)]
    other = [rng.randrange(4_000) if rng.random() < 0.1 else token for token in one]
    assert 4_000 < len(edits(values(one), values(other))) < 6_500
    assert sum(looked_at) < 20 * len(one)


def test_sequences_with_nothing_in_common_are_one_edit() -> None:
    """However long they are."""
    assert edits(values(range(1, 3_001)), values(range(5_000, 9_000))) == [Edit(0, 3_000, 0, 4_000)]
