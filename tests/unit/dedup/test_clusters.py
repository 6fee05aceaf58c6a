"""From pairs to decisions: which document is kept for which."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.dedup import clusters as clustering
from pipelines.dedup.clusters import COPIES, clusters, components
from pipelines.dedup.verdict import Verdict

NEAR, CONTAINED, UNLIKE = Verdict.NEAR, Verdict.CONTAINED, Verdict.UNLIKE
FORBIDDEN = (Verdict.OTHER_IDS, Verdict.OTHER_TITLE, Verdict.OTHER_NUMBERS, Verdict.OTHER_NAMES)

Pair = tuple[int, int]


def key(a: int, b: int) -> Pair:
    return (a, b) if a < b else (b, a)


@dataclass
class Judging:
    """Verdicts that are given when asked for: `UNLIKE` where none is stated."""

    verdicts: dict[Pair, Verdict]
    asked: list[Pair] = field(default_factory=list)

    def __call__(self, pairs: Sequence[Pair]) -> list[Verdict]:
        self.asked += pairs
        return [self.of(*pair) for pair in pairs]

    def of(self, a: int, b: int) -> Verdict:
        return self.verdicts.get(key(a, b), UNLIKE)


def decided(members: Sequence[int], verdicts: dict[Pair, Verdict], known: Sequence[Pair] = ()) -> list[tuple[int, list[int]]]:
    """Clusters when of the verdicts some are known before."""
    return clusters(members, {pair: verdicts[pair] for pair in known}, Judging(verdicts))


# --- components ----------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.integers(1, 12), st.data())
def test_components_are_what_chains_of_pairs_join(n: int, data: st.DataObject) -> None:
    """Named by their lowest member, whatever the order of the pairs."""
    number = st.integers(0, n - 1)
    pairs = data.draw(st.lists(st.tuples(number, number), max_size=15))
    expected = list(range(n))
    for _ in range(n):
        for a, b in pairs:
            expected[a] = expected[b] = min(expected[a], expected[b])
    assert components(n, np.array(pairs, np.int64).reshape(-1, 2)).tolist() == expected


# --- single cases --------------------------------------------------------------------------------------------------------


def test_of_copies_the_preferred_one_is_kept() -> None:
    """The first in the stated order, not the lowest number."""
    alike = dict.fromkeys(combinations(range(4), 2), NEAR)
    assert decided([2, 0, 3, 1], alike) == [(2, [0, 3, 1])]


def test_in_a_chain_the_one_in_the_middle_is_kept() -> None:
    """When a is like b and b like c, and a unlike c, nothing that was not compared and found alike is dropped for another."""
    assert decided([0, 1, 2], {(0, 1): NEAR, (1, 2): NEAR, (0, 2): UNLIKE}) == [(1, [0, 2])]


def test_in_a_longer_chain_two_are_kept() -> None:
    """In a ~ b ~ c ~ d, b stands for a and c, and d, which is like c alone, stays."""
    chain = {(0, 1): NEAR, (1, 2): NEAR, (2, 3): NEAR}
    assert decided([0, 1, 2, 3], chain) == [(1, [0, 2])]


@pytest.mark.parametrize("verdict", FORBIDDEN)
def test_two_that_speak_of_different_things_are_not_joined_by_a_third(verdict: Verdict) -> None:
    """A text without an id that is like the reports of two trials is dropped for one of them, and the other report stays."""
    between = {(0, 1): NEAR, (0, 2): NEAR, (1, 2): verdict}
    assert decided([1, 2, 0], between) == [(1, [0])]
    assert decided([0, 1, 2], between) == [(0, [1])]


def test_a_part_is_dropped_for_the_larger_document_and_a_larger_one_never_for_its_part() -> None:
    """The order says which is larger."""
    assert decided([0, 1], {(0, 1): CONTAINED}) == [(0, [1])]
    assert decided([1, 0], {(0, 1): CONTAINED}) == [(1, [0])]


def test_a_group_is_swallowed_whole_or_not_at_all() -> None:
    """Where one of two copies has a section that the larger document lacks, the two stay one of the other."""
    assert decided([0, 1, 2], {(0, 1): CONTAINED, (0, 2): CONTAINED, (1, 2): NEAR}) == [(0, [1, 2])]
    assert decided([0, 1, 2], {(0, 1): UNLIKE, (0, 2): CONTAINED, (1, 2): NEAR}) == [(1, [2])]


def test_a_part_of_a_part_is_dropped_for_the_whole() -> None:
    """What swallows is kept: no document is dropped for one that is dropped itself."""
    assert decided([0, 1, 2], {(0, 1): CONTAINED, (0, 2): CONTAINED, (1, 2): CONTAINED}) == [(0, [1, 2])]
    assert decided([0, 1, 2], {(0, 1): CONTAINED, (0, 2): UNLIKE, (1, 2): CONTAINED}) == [(0, [1])]


def test_two_parts_that_speak_of_different_things_are_not_dropped_for_one_document() -> None:
    """A digest that holds both: each stands in it, and the two have different ids."""
    found = decided([0, 1, 2], {(0, 1): CONTAINED, (0, 2): CONTAINED, (1, 2): Verdict.OTHER_IDS})
    assert found == [(0, [1])]


def test_a_document_that_is_like_none_stays_alone() -> None:
    """No cluster of one."""
    assert decided([0, 1], {(0, 1): UNLIKE}) == []
    assert decided([5], {}) == []


# --- any verdicts --------------------------------------------------------------------------------------------------------


@st.composite
def judged(draw: st.DrawFn, *, most: int = 7) -> tuple[list[int], dict[Pair, Verdict], list[Pair]]:
    """(members in order, a verdict on each pair, the pairs that are known before): as a rule copies."""
    members = draw(st.permutations(range(draw(st.integers(1, most)))))
    verdict = st.sampled_from([NEAR, NEAR, NEAR, CONTAINED, UNLIKE, *FORBIDDEN[:2]])
    pairs = list(combinations(range(len(members)), 2))
    known = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    return members, {pair: draw(verdict) for pair in pairs}, known


@settings(deadline=None, max_examples=150)
@given(judged(), st.booleans())
def test_each_dropped_one_was_compared_with_the_one_that_is_kept_for_it(
    case: tuple[list[int], dict[Pair, Verdict], list[Pair]], is_large: bool
) -> None:
    """And found to be its copy; kept ones are dropped for nothing, a part is never kept for the whole. In components of any size."""
    members, verdicts, known = case
    with pytest.MonkeyPatch.context() as patch:
        if is_large:
            patch.setattr(clustering, "ALL_PAIRS", 1)
        found = decided(members, verdicts, known)
    everyone = [member for kept, dropped in found for member in (kept, *dropped)]
    assert len(set(everyone)) == len(everyone)
    assert all(dropped for _, dropped in found)
    for kept, dropped in found:
        assert all(verdicts[key(kept, one)] in COPIES for one in dropped)
        assert dropped == sorted(dropped, key=members.index)
        assert all(members.index(kept) < members.index(one) for one in dropped if verdicts[key(kept, one)] == CONTAINED)


@settings(deadline=None, max_examples=150)
@given(judged())
def test_nothing_in_a_cluster_speaks_of_something_else(case: tuple[list[int], dict[Pair, Verdict], list[Pair]]) -> None:
    """No two of one cluster were told apart; and two that are left and like each other were kept apart by such a verdict on others."""
    members, verdicts, known = case
    found = decided(members, verdicts, known)
    for kept, dropped in found:
        assert not any(verdicts[key(a, b)] in FORBIDDEN for a, b in combinations([kept, *dropped], 2))
    left = set(members) - {one for _, dropped in found for one in dropped}
    alone = left - {kept for kept, _ in found}
    assert not any(verdicts[key(a, b)] == NEAR for a, b in combinations(alone, 2))


@settings(deadline=None, max_examples=200)
@given(judged(), st.randoms())
def test_numbers_and_what_is_known_do_not_matter(case: tuple[list[int], dict[Pair, Verdict], list[Pair]], random) -> None:
    """Only the stated order and the verdicts do."""
    members, verdicts, known = case
    other = list(range(10, 10 + len(members)))
    random.shuffle(other)
    names = dict(zip(range(len(members)), other, strict=True))
    renamed = {key(names[a], names[b]): verdict for (a, b), verdict in verdicts.items()}
    found = decided([names[member] for member in members], renamed)
    expected = decided(members, verdicts, known)
    assert found == [(names[kept], [names[one] for one in dropped]) for kept, dropped in expected]


@settings(deadline=None)
@given(judged())
def test_no_pair_is_judged_twice(case: tuple[list[int], dict[Pair, Verdict], list[Pair]]) -> None:
    """Nor one that is known, and the lower number always stands first."""
    members, verdicts, known = case
    judge = Judging(verdicts)
    clusters(members, {pair: verdicts[pair] for pair in known}, judge)
    assert len(set(judge.asked)) == len(judge.asked)
    assert not set(judge.asked) & set(known)
    assert all(a < b for a, b in judge.asked)


def test_in_a_large_component_not_all_pairs_are_judged() -> None:
    """Four hundred copies of one text are compared with the one in their middle, not with each other."""
    members = list(range(400))
    verdicts = dict.fromkeys(combinations(members, 2), NEAR)
    judge = Judging(verdicts)
    found = clusters(members, {(a, a + 1): NEAR for a in range(399)}, judge)
    assert found == [(0, members[1:])]
    assert len(judge.asked) <= 2 * len(members)


def test_a_large_component_is_not_joined_across_different_registrations() -> None:
    """Forty reports of one trial, forty of another and a text that names neither and is like all: the reports of one of the two stay."""
    members = list(range(81))
    one, other = members[1:41], members[41:]
    verdicts = dict.fromkeys(combinations(members, 2), NEAR) | {(a, b): Verdict.OTHER_IDS for a in one for b in other}
    known = {(0, member): NEAR for member in members[1:]}
    found = clusters(members, known, Judging(verdicts), lambda a, b: verdicts[key(a, b)] == Verdict.OTHER_IDS)
    for kept, dropped in found:
        assert not any(verdicts[key(a, b)] in FORBIDDEN for a, b in combinations([kept, *dropped], 2))
    assert sorted(len(dropped) for _, dropped in found) == [39, 40]
