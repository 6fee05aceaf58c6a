"""Who has a key in common: pairs from one band, groups from anchors."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipelines.dedup.postings import NEIGHBOURS, band_pairs, repeated

# Few different keys, some of which differ in their highest or lowest bits alone.
KEYS = st.lists(st.sampled_from([0, 1, 2, 3, 1 << 63, (1 << 63) + 1, (1 << 64) - 1]) | st.integers(0, (1 << 64) - 1), max_size=120)


def pairs_of(keys: list[int]) -> list[tuple[int, int]]:
    """Pairs that `band_pairs` gives, as tuples."""
    return [(int(code) >> 32, int(code) & 0xFFFFFFFF) for code in band_pairs(np.array(keys, np.uint64))]


@settings(deadline=None)
@given(KEYS)
def test_each_document_is_paired_with_those_before_it_and_the_first(keys: list[int]) -> None:
    """The last 32 before it with its key, and the first one; 0 is no key."""
    expected: set[tuple[int, int]] = set()
    for i, key in enumerate(keys):
        before = [j for j in range(i) if keys[j] == key and key != 0]
        expected |= {(j, i) for j in (*before[-NEIGHBOURS:], *before[:1])}
    found = pairs_of(keys)
    assert set(found) == expected
    assert len(found) == len(expected), "no pair comes twice"


def test_a_group_of_many_gives_pairs_in_proportion_and_hangs_together() -> None:
    """A thousand copies give thousands of pairs, not half a million, and every one can be reached from the first."""
    pairs = pairs_of([5] * 1_000)
    assert len(pairs) <= (NEIGHBOURS + 1) * 1_000
    assert {later for earlier, later in pairs if earlier == 0} == set(range(1, 1_000))


def test_all_of_a_group_of_33_are_paired_with_all() -> None:
    """Up to that size no pair is left out."""
    n = NEIGHBOURS + 1
    assert len(pairs_of([9] * n)) == n * (n - 1) // 2


@settings(deadline=None)
@given(KEYS)
def test_groups_are_those_of_equal_keys_in_order_of_repetition(keys: list[int]) -> None:
    """That is the second one; -1 for a key that stands once; 0 is a key like any other."""
    second = {key: [i for i, other in enumerate(keys) if other == key][1] for key in keys if keys.count(key) > 1}
    numbers = {key: number for number, key in enumerate(sorted(second, key=second.__getitem__))}
    expected = [numbers.get(key, -1) for key in keys]
    assert repeated(np.array(keys, np.uint64)).tolist() == expected


def test_keys_that_fall_into_one_slot_are_told_apart() -> None:
    """Many keys with equal high bits after mixing: the table is full of neighbours, and no key is taken for another."""
    inverse = pow(0x9E3779B97F4A7C15, -1, 1 << 64)
    keys: NDArray[np.uint64] = np.array([(inverse * (low + 1)) % (1 << 64) for low in range(200)] * 2, np.uint64)
    assert repeated(keys).tolist() == [*range(200)] * 2
    assert pairs_of([int(key) for key in keys]) == [(i, i + 200) for i in range(200)]
