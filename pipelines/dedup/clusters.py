"""From pairs to decisions: which document is kept for which.

Belongs here: grouping and the choice of the one that is kept. Not here: finding and judging pairs.

Pairs are joined by union-find into components, and a component is not yet a cluster: when a is like b and b like c, a and c are
compared too. Around the member that is like most others its likes form a cluster, unless two of them must not be one; the kept one is the
first in the stated order among those that are like every other member. A group of which every member stands whole in a larger document is
dropped for that; where one member has a section of its own, the group stays, and loses nothing. So each dropped document was compared
with the very one that is kept for it, and found to be its copy.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.dedup.verdict import Verdict

ALL_PAIRS = 64
"""A component of at most so many members is compared in full; in a larger one a centre is compared with the likes of its likes."""

COPIES = frozenset((Verdict.NEAR, Verdict.CONTAINED))
_APART = frozenset((Verdict.OTHER_TITLE, Verdict.OTHER_NUMBERS, Verdict.OTHER_NAMES))
_SOME = 0.1
"""A document that is told apart from no more than this share of a group may still be one with it: edits make a name or a number of their
own now and then. Other registry ids, once, are enough.
"""

Judge = Callable[[Sequence[tuple[int, int]]], list[Verdict]]
"""Verdicts on pairs of documents (lower number first)."""
HaveOtherIds = Callable[[int, int], bool]
"""Whether two documents name different registrations: known of every pair at once."""


def components(n: int, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each of `n` documents the lowest number in its component; `pairs` is n × 2."""
    return _components(n, pairs)


def clusters(
    members: Sequence[int], verdicts: dict[tuple[int, int], Verdict], judge: Judge, have_other_ids: HaveOtherIds = lambda one, other: False
) -> list[tuple[int, list[int]]]:
    """(kept, dropped) for each cluster of a component.

    `members` stand in the order in which they are preferred, the longest first. `verdicts` has what is known, under (lower, higher)
    number, and `judge` is asked for the rest.
    """
    component = _Component(members, verdicts, judge, have_other_ids)
    if len(members) <= ALL_PAIRS:
        component.learn([(a, b) for i, a in enumerate(members) for b in members[i + 1 :]])
    rank = component.rank.__getitem__
    found: list[tuple[int, list[int]]] = []
    # The largest first: what swallows others is swallowed by nothing smaller.
    for kept, group in sorted(component.groups(), key=lambda one: rank(one[0])):
        swallowing = next((others for larger, others in found if component.swallows(larger, group, others)), None)
        if swallowing is None:
            found.append((kept, group))
        else:
            swallowing.extend(group)
    return [(kept, sorted((member for member in group if member != kept), key=rank)) for kept, group in found if len(group) > 1]


class _Component:
    """Documents that some chain of pairs joins, and what is known of each pair."""

    def __init__(
        self, members: Sequence[int], verdicts: dict[tuple[int, int], Verdict], judge: Judge, have_other_ids: HaveOtherIds
    ) -> None:
        self.rank = {member: place for place, member in enumerate(members)}
        self._verdicts = verdicts
        self._judge = judge
        self._have_other_ids = have_other_ids
        self._like: dict[int, set[int]] = {member: set() for member in members}
        self._note(verdicts)

    def learn(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Have the pairs judged that are not known."""
        unknown = [key for a, b in pairs if (key := _key(a, b)) not in self._verdicts]
        if unknown:
            found = dict(zip(unknown, self._judge(unknown), strict=True))
            self._verdicts.update(found)
            self._note(found)

    def groups(self) -> list[tuple[int, list[int]]]:
        """All members in groups of likes, each with the one that is kept."""
        found: list[tuple[int, list[int]]] = []
        left = set(self.rank)
        while left:
            centre = max(left, key=lambda member: (len(self._like[member] & left), -self.rank[member]))
            group = self._around(centre, left)
            left -= set(group)
            found.append((self._preferred(group, centre), group))
        return found

    def swallows(self, larger: int, group: Sequence[int], others: Sequence[int]) -> bool:
        """Whether all of the group stand whole in the larger document, and may be one with those dropped for it already."""
        if any(self.rank[larger] > self.rank[member] for member in group):
            return False
        if len(self.rank) > ALL_PAIRS and not any(_key(larger, member) in self._verdicts for member in group):
            return False
        self.learn([(larger, member) for member in group])
        return all(self._verdicts[_key(larger, member)] in COPIES and self._may_be_one(member, others) for member in group)

    def _around(self, centre: int, left: set[int]) -> list[int]:
        """The centre, and those of its likes that may be one with all taken before: those first that are like most of them."""
        if len(self.rank) > ALL_PAIRS:
            asked = {centre}
            while near := (set[int]().union(*(self._like[other] for other in self._like[centre])) & left) - asked:
                self.learn([(centre, other) for other in sorted(near)])
                asked |= near
        group = [centre]
        likes = self._like[centre] & left
        for member in sorted(likes, key=lambda one: (-len(self._like[one] & likes), self.rank[one])):
            if self._may_be_one(member, group):
                group.append(member)
        return group

    def _preferred(self, group: Sequence[int], centre: int) -> int:
        """The most preferred member that is like all others; the centre is."""
        for member in sorted(group, key=self.rank.__getitem__):
            if member == centre:
                break
            self.learn([(member, other) for other in group if other != member])
            if all(other in self._like[member] for other in group if other != member):
                return member
        return centre

    def _may_be_one(self, member: int, group: Sequence[int]) -> bool:
        verdicts = [self._verdicts.get(_key(member, other)) for other in group]
        if Verdict.OTHER_IDS in verdicts or any(self._have_other_ids(member, other) for other in group):
            return False
        return sum(verdict in _APART for verdict in verdicts) <= _SOME * len(group)

    def _note(self, verdicts: dict[tuple[int, int], Verdict]) -> None:
        for (a, b), verdict in verdicts.items():
            if verdict == Verdict.NEAR and a in self.rank and b in self.rank:
                self._like[a].add(b)
                self._like[b].add(a)


def _key(a: int, b: int) -> tuple[int, int]:
    return (a, b) if a < b else (b, a)


@njit(cache=True, nogil=True)
def _components(n: int, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    parent = np.arange(n)
    for i in range(len(pairs)):
        a, b = pairs[i, 0], pairs[i, 1]
        while parent[a] != a:
            parent[a] = parent[parent[a]]
            a = parent[a]
        while parent[b] != b:
            parent[b] = parent[parent[b]]
            b = parent[b]
        if a < b:
            parent[b] = a
        elif b < a:
            parent[a] = b
    for i in range(n):
        root = i
        while parent[root] != root:
            root = parent[root]
        parent[i] = root
    return parent
