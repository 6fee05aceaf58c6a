"""Sharing: what is said once for several treatments, or for several doses of one.

Here belongs giving to a statement what stands with another of its sentence or passage. What a sentence says of each belongs to
`binding.py`.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from pipelines.grammar.attaching import attached, is_of_beams
from pipelines.grammar.schedules import lie_within
from pipelines.grammar.statements import CLONE, Sentence, Statement
from pipelines.grammar.tokens import Token

_JOINS = frozenset({"COMMA", "AND", "OR", "PLUS", "WITH", "PM", "SLASH", "SEMI", "THEN", CLONE})
_WEEK_DAYS = 7


def give_lead(sentence: Sentence, lead: Sequence[Token]) -> None:
    """What stands before the first name is said of all: "On day 1 of each 21-day cycle patients receive A and B"."""
    statements = list(sentence.statements)
    had_time = {id(statement) for statement in statements if statement.has_time()}
    for token in lead:
        if token.kind in ("DOSE", "DOSES", "COURSE"):
            if len({id(one.treatment) for one in statements}) == 1 and statements[0].dose is None:
                attached(statements[0], token, sentence)
            continue
        for statement in statements:
            is_timed = token.kind in ("DAYS", "FREQX") and (statement.joined_by == CLONE or id(statement) in had_time)
            if not is_timed:
                attached(statement, token, sentence)


def complete_clones(statements: Sequence[Statement]) -> None:
    """Several doses of one treatment in a sentence: what is said of one is said of those that say nothing else."""
    for chain in _chains(statements):
        for mine, following in reversed(list(pairwise(chain))):
            _fill_time(mine, following)
            _take_end(mine, following)
            schedule, later = mine.schedule, following.schedule
            if later.is_one_cycle and schedule.days is not None and mine.cycle_reference is None and schedule.n_cycles is None:
                # "300 mg on day 1 and 1000 mg on day 8 of cycle 1".
                schedule.is_one_cycle, schedule.n_cycles = True, later.n_cycles
        for earlier, mine in pairwise(chain):
            _fill_time(mine, earlier)
        route = next((one for one in chain if one.route is not None), None)
        for one in chain:
            if one.route is None and route is not None:
                one.route = route.route
                one.parts += [part for part in route.parts if part[0] == "route"]


def _chains(statements: Iterable[Statement]) -> list[list[Statement]]:
    chains: list[list[Statement]] = []
    for statement in statements:
        if statement.joined_by == CLONE and chains:
            chains[-1].append(statement)
        else:
            chains.append([statement])
    return [chain for chain in chains if len(chain) > 1]


def _fill_time(statement: Statement, other: Statement) -> None:
    """Take from another dose of the same treatment what is not said of this one."""
    mine, theirs = statement.schedule, other.schedule
    if not mine.frequencies and mine.days is not None and not mine.is_per_day:
        # "100 mg on day 1, 200 mg on day 2, 400 mg on days 3-28 once daily"; "weekly ... 4 mg/kg and 2 mg/kg on days 1, 8, 15".
        days = mine.days
        mine.frequencies = [
            one for one in theirs.frequencies if one.days is not None and (one.days < _WEEK_DAYS or are_apart(days, one.days))
        ]
    if mine.days is None and mine.frequencies and statement.dose == other.dose:
        mine.days = theirs.days
    if not statement.has_time() and other.has_time() and not mine.is_per_day:
        mine.frequencies = list(theirs.frequencies)
        mine.days = theirs.days
        mine.n_cycles = mine.n_cycles or theirs.n_cycles
        statement.parts += [part for part in other.parts if part[0] == "schedule"]
    mine.cycle_length = mine.cycle_length or theirs.cycle_length
    mine.n_doses = mine.n_doses or theirs.n_doses


def are_apart(days: Sequence[int], gap: float) -> bool:
    """Whether several days follow one another at this distance."""
    return len(days) > 1 and all(right - left == gap for left, right in pairwise(days))


def share_in_groups(statements: Sequence[Statement]) -> None:
    """What stands after the last of several joined treatments is said of all of them that say nothing of the kind themselves."""
    group: list[Statement] = []
    for statement in statements:
        if group and statement.joined_by not in _JOINS:
            _share(group)
            group = []
        group.append(statement)
    _share(group)


def _share(group: list[Statement]) -> None:
    for statement in group:
        statement.companions = group
    _pair_doses(group)
    # Radiation has neither the route nor the times of the drug beside it.
    for mine, following in reversed(list(pairwise(one for one in group if one.has_time() or not is_of_beams(one)))):
        is_later = (
            mine.is_told_elsewhere
            or following.joined_by == "SEMI"
            or (following.joined_by == "THEN" and (following.phase is not None or is_of_beams(following)))
        )
        is_other_kind = is_of_beams(mine) and not is_of_beams(following)
        if mine.treatment is not following.treatment and not is_later and not is_other_kind:
            _take_from_next(mine, following)
    for mine, following in pairwise(group):
        # "Up to 12 cycles of bevacizumab and temozolomide".
        is_bare = following.joined_by in ("AND", "PLUS", "WITH") and not following.says_something() and not is_of_beams(following)
        if mine.treatment is not following.treatment and is_bare:
            following.schedule.n_cycles = mine.schedule.n_cycles
            following.schedule.cycle_length = mine.schedule.cycle_length


def _pair_doses(group: list[Statement]) -> None:
    """As many doses as names, one for each: "cytarabine and etoposide 1 g/m2 and 100 mg/m2", "darunavir/ritonavir 600/100 mg"."""
    clones = [one for one in group if one.joined_by == CLONE]
    named = [one for one in group if one.joined_by != CLONE]
    is_after = len(clones) > 0 and group[len(named) :] == clones
    if not is_after or len(named) != len(clones) + 1 or any(one.dose is not None for one in named[:-1]) or named[-1].dose is None:
        return
    doses = [named[-1], *clones]
    values = [(one.dose, [part for part in one.parts if part[0] == "dose"]) for one in doses]
    for one, (dose, parts) in zip(named, values, strict=True):
        one.dose = dose
        one.parts = [part for part in one.parts if part[0] != "dose"] + parts
        if one.schedule is not named[-1].schedule and not one.has_time():
            one.schedule.is_per_day = named[-1].schedule.is_per_day
    for clone in clones:
        clone.is_paired = True


def _take_from_next(mine: Statement, following: Statement) -> None:
    schedule, theirs = mine.schedule, following.schedule
    has_own = schedule.duration is not None or schedule.cycle_length is not None or schedule.n_cycles is not None
    if not mine.has_time() and following.has_time() and not has_own:
        schedule.frequencies = list(theirs.frequencies)
        schedule.days = theirs.days
        mine.parts += [part for part in following.parts if part[0] == "schedule"]
        if mine.route is None and following.route is not None:
            mine.route = following.route
            mine.parts += [part for part in following.parts if part[0] == "route"]
    _take_cycle(mine, following)
    if lie_within(schedule.days, theirs.cycle_length):
        if schedule.cycle_length is None:
            schedule.cycle_length = theirs.cycle_length
        if schedule.n_cycles is None:
            schedule.n_cycles = theirs.n_cycles
    _take_end(mine, following)


def _take_end(mine: Statement, following: Statement) -> None:
    """The end that stands last is that of all: "A and B until progression"."""
    if mine.until is None and following.until is not None:
        mine.until = following.until
        mine.parts += [part for part in following.parts if part[0] == "until"]


_SHORTEST_CYCLE_DAYS = 14


def _take_cycle(mine: Statement, following: Statement) -> None:
    """Days of a cycle that is told once: "cisplatin on day 1 and pemetrexed on day 1, every 21 days"."""
    schedule, theirs = mine.schedule, following.schedule
    if schedule.days is None or theirs.days is None or schedule.frequencies or schedule.cycle_length is not None:
        return
    cycles = [one for one in theirs.frequencies if one.days is not None and one.days >= _SHORTEST_CYCLE_DAYS]
    if cycles and max(schedule.days) <= (cycles[0].days or 0) and min(schedule.days) > 0:
        schedule.frequencies = cycles
        mine.parts += [part for part in following.parts if part[0] == "schedule" and part[1].kind == "FREQX"]


def number_alternatives(statements: Sequence[Statement], n_before: int) -> int:
    """Number treatments that "or" joins, which replace one another, from `n_before` + 1 on; returns the last number."""
    for left, right in pairwise(statements):
        if right.joined_by == "OR" and left.treatment is not right.treatment:
            if left.alternative is None:
                n_before += 1
                left.alternative = n_before
            right.alternative = left.alternative
    return n_before


def share_with_members(statements: Sequence[Statement]) -> None:
    """What is said of a class or a named combination is said of the parts and examples that the passage names of it."""
    timed = {id(one.treatment): one for one in reversed(statements) if one.has_time()}
    for statement in statements:
        above = statement.member_of
        while above is not None and not statement.has_time():
            told = timed.get(id(above.treatment))
            if told is not None:
                statement.schedule.frequencies = list(told.schedule.frequencies)
                statement.schedule.days = told.schedule.days
                statement.parts += [part for part in told.parts if part[0] == "schedule"]
            above = above.member_of


def share_cycle_length(statements: Sequence[Statement], stated: float | None) -> None:
    """The one cycle length of a passage is that of every treatment with days of a cycle and no length of its own.

    `stated` is one that a sentence of its own tells ("Each cycle lasts 28 days"): it holds for treatments without days too.
    """
    lengths = {one.schedule.cycle_length for one in statements if one.schedule.cycle_length is not None}
    if stated is not None:
        lengths.add(stated)
    if len(lengths) != 1:
        return
    (length,) = lengths
    for statement in statements:
        schedule = statement.schedule
        if schedule.cycle_length is not None or (schedule.days is None and stated is None):
            continue
        if stated is None and any(one.days is not None and one.days >= _WEEK_DAYS for one in schedule.frequencies):
            # "Every 2 weeks, D1 and D15" beside another phase in cycles of 4 weeks.
            continue
        is_outside = schedule.days is not None and (max(schedule.days) > length or min(schedule.days) < 1)
        if not is_outside:
            schedule.cycle_length = length
