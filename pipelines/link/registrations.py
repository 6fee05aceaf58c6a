"""Registrations of one trial in several registers: joined where they state each other's ids.

Here belongs what a record states of other registrations, and which of these statements join two trials. How ids look belongs to
`pipelines.text.registry_ids`; documents that state no id are linked by `matching.py` and `topics.py`.

A record of one register states the id of another ("EudraCT 2014-004321-10", a WHO number); two may also state the same third. Two ids of
one register are never one trial. A statement that can mean several trials (a record that names two EudraCT numbers, a number that two
NCT records claim, as an extension does with that of its parent) joins only if the other side states the first one back. A statement of
one side alone also needs that nothing contradicts it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from pipelines.link.evidence import OTHER_ENROLMENT, Told, WordWeights, compare_titles, contradictions
from pipelines.shapes import Study
from pipelines.text.registry_ids import FoundId, Registry, find_ids, normalise

_MUTUAL, _ONE_SIDED, _BY_A_THIRD = 1.0, 0.95, 0.9
"""Scores of the ways in which ids join two registrations."""
_ORDER = {register.value: place for place, register in enumerate(Registry)}


class Registration(NamedTuple):
    """A trial as one register has it."""

    trial: str
    register: str
    key: str
    """`register` and what all spellings of its id share, as `stated_keys` gives them."""
    stated: frozenset[str]


class Join(NamedTuple):
    """Two registrations that ids tie together: `trial` is the same as `other`, or (`is_link` False) may be."""

    trial: str
    other: str
    score: float
    is_link: bool
    reasons: list[str]


class _Edge(NamedTuple):
    """A statement: `trial` states `key`, which is the id of `other`, or of nothing that is here."""

    score: float
    trial: str
    key: str
    other: str | None


def own_key(identifier: str) -> str | None:
    """A registry id in the form of `stated_keys`; None where it is no known register's."""
    found = normalise(identifier)
    return _key(found) if found else None


def stated_keys(study: Study) -> list[str]:
    """The ids of other registrations that a record states as its own: "EudraCT 2014-004321-10"."""
    identification = study.protocol_section.identification_module
    own = identification.org_study_id_info
    fields = (own.id if own else None, *(info.id for info in identification.secondary_id_infos))
    found = {_key(one) for field in fields if field for one in find_ids(field)}
    return sorted(found - {own_key(identification.nct_id or "")})


def speaks_against(one: Told, other: Told) -> list[str]:
    """What makes a one-sided statement doubtful: another study type, phase or number of participants, unless the titles are the same.

    Registers write sponsors, numbers, dates and acronyms of their own, so that these say nothing.
    """
    titles = compare_titles(one.titles, other.titles, _EVERY_WORD)
    if titles.sequel:
        return [titles.sequel]
    if titles.likeness is not None and titles.likeness >= _SAME_TITLE:
        return []
    found = min((contradictions(mine, its) for mine in one.facts for its in other.facts), key=len, default=[])
    return [words for words in found if words in _COUNTED]


_EVERY_WORD = WordWeights({}, 1.0)
_SAME_TITLE = 0.75
_COUNTED = frozenset({"another study type", "another phase", OTHER_ENROLMENT})


def _key(found: FoundId) -> str:
    return f"{found.registry.value} {found.key}"


def _register(key: str) -> str:
    return key.rpartition(" ")[0]


def joins(
    registrations: Iterable[Registration],
    against: Callable[[str, str], Sequence[str]],
    decided: Mapping[tuple[str, str], bool] | None = None,
) -> list[Join]:
    """Each registration that is joined to another, with the one that the trial is known by, and those that were nearly joined.

    `against` gives what speaks against two trials being one, in words. `decided` says of two trials whether a person holds them for one.
    The trial is known by its id of the first register in the order of `Registry`. Does not depend on the order of `registrations`.
    """
    known = {one.trial: one for one in sorted(registrations)}
    groups = _Groups(known)
    near: dict[tuple[str, str], Join] = {}
    decided = decided or {}
    for pair, is_same in sorted(decided.items()):
        if is_same and all(trial in known for trial in pair):
            groups.unite(*pair, _MUTUAL, "a person's decision")
    for edge in sorted(_edges(known), key=lambda edge: (-edge.score, edge.trial, edge.key)):
        sides = [(edge.trial, edge.other)] if edge.other else [(edge.trial, one) for one in groups.stating(edge.key)]
        for trial, other in sides:
            reason = _REASONS[edge.score].format(key=edge.key, trial=trial, other=other)
            if decided.get((trial, other), decided.get((other, trial), True)) is False:
                continue
            doubts = [] if edge.score == _MUTUAL else list(against(trial, other))
            if doubts or not groups.unite(trial, other, edge.score, reason):
                near[trial, other] = Join(trial, other, 0.5, is_link=False, reasons=[reason, *(doubts or [_TWO_OF_ONE])])
        if not edge.other:
            groups.state(edge.trial, edge.key)
    found = groups.joins()
    together = {(one.trial, one.other) for one in found}
    return found + [one for pair, one in sorted(near.items()) if pair not in together and pair[::-1] not in together]


_REASONS = {
    _MUTUAL: "each states the id of the other",
    _ONE_SIDED: "{trial} states {key}",
    _BY_A_THIRD: "both state {key}",
}
_TWO_OF_ONE = "they would join two ids of one register"


def _edges(known: Mapping[str, Registration]) -> Iterable[_Edge]:
    """What can join; statements that can mean several trials only where the other side says the same."""
    by_key: dict[str, list[str]] = {}
    stating: dict[str, list[Registration]] = {}
    for one in known.values():
        by_key.setdefault(one.key, []).append(one.trial)
        for key in one.stated:
            stating.setdefault(key, []).append(one)
    for same in by_key.values():
        # One registration in two spellings of its id.
        yield from (_Edge(_MUTUAL, trial, known[trial].key, same[0]) for trial in same[1:])
    for one in known.values():
        registers = [_register(key) for key in one.stated]
        for key in one.stated:
            others = by_key.get(key, [])
            is_mutual = any(one.key in known[other].stated for other in others)
            is_clear = registers.count(_register(key)) == 1 and sum(claims.register == one.register for claims in stating[key]) == 1
            if _register(key) == one.register or not (is_mutual or is_clear):
                continue
            if not others:
                yield _Edge(_BY_A_THIRD, one.trial, key, None)
            yield from (_Edge(_MUTUAL if is_mutual else _ONE_SIDED, one.trial, key, other) for other in others)


class _Groups:
    """Registrations that are one trial so far."""

    def __init__(self, known: Mapping[str, Registration]) -> None:
        self._known = known
        self._group = {trial: [trial] for trial in known}
        self._why: dict[str, tuple[float, str]] = {}
        self._stating: dict[str, list[str]] = {}

    def unite(self, one: str, other: str, score: float, reason: str) -> bool:
        """Make one group of two, unless it would have two ids of one register."""
        some, others = self._group[one], self._group[other]
        if some is others:
            return True
        keys = {self._known[trial].key for trial in (*some, *others)}
        if len({self._known[trial].register for trial in (*some, *others)}) < len(keys):
            return False
        some.extend(others)
        for trial in others:
            self._group[trial] = some
        for trial in (one, other):
            self._why[trial] = max(self._why.get(trial, (0.0, "")), (score, reason))
        return True

    def stating(self, key: str) -> Sequence[str]:
        """The registrations so far that state an id which no record here has."""
        return tuple(self._stating.get(key, ()))

    def state(self, trial: str, key: str) -> None:
        self._stating.setdefault(key, []).append(trial)

    def joins(self) -> list[Join]:
        """Every registration of a group but the one that the trial is known by, in order."""
        found: list[Join] = []
        for group in {id(group): group for group in self._group.values()}.values():
            main, *rest = sorted(group, key=lambda trial: (_ORDER.get(self._known[trial].register, len(_ORDER)), trial))
            for trial in rest:
                score, reason = self._why.get(trial, (_BY_A_THIRD, ""))
                found.append(Join(trial, main, score, is_link=True, reasons=[reason]))
        return sorted(found)
