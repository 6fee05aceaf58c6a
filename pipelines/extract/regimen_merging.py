"""From statements to regimens: what several passages say of one treatment in one arm, brought together.

Here belongs deciding which statements speak of the same component and which of different ones. An arm's own words come before those of the
intervention, and these before the descriptions of the trial; what a passage leaves open, the next may fill, where the two do not contradict
each other. Reading a passage belongs to `pipelines/grammar`, making rows to `regimens.py`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pipelines.extract.regimen_passages import Said
from pipelines.extract.regimen_treatments import Treatment
from pipelines.grammar.doses import Dose
from pipelines.grammar.schedules import Resolved, Schedule, lie_within, resolved
from pipelines.grammar.statements import Statement

_LONG_INTERVAL_DAYS = 2
_DESCRIPTION_LEVEL = 2
"""Level of the trial's descriptions, after the arm's own words and those of the intervention."""


@dataclass(slots=True)
class Component:
    """One row in the making: a treatment in an arm (a place from 0, or None) with all that speaks for it."""

    treatment: Treatment
    arm: int | None
    dose: Dose | None = None
    route: str | None = None
    schedule: Schedule = field(default_factory=Schedule)
    n_fractions: int | None = None
    sources: list[Said] = field(default_factory=list)

    def time(self) -> Resolved:
        """The columns of its schedule."""
        return resolved(self.schedule)

    def key(self) -> tuple[object, ...]:
        """What two rows of one arm must differ in."""
        time = self.time()
        dose = (self.dose.low, self.dose.high, self.dose.unit) if self.dose else None
        return dose, self.route, time, self.n_cycles(), self.n_fractions

    def n_cycles(self) -> int | None:
        """Cycles, or doses of what is given every other day or less often: of a daily drug a number of doses counts no cycles."""
        if self.schedule.n_cycles is not None:
            return self.schedule.n_cycles
        interval = self.time().interval_days
        return self.schedule.n_doses if interval is not None and interval >= _LONG_INTERVAL_DAYS else None


def _component(one: Said, arm: int | None) -> Component:
    said = one.statement
    schedule = said.schedule
    return Component(
        said.treatment,
        arm,
        None if said.dose is None or said.dose.is_strength else said.dose,
        said.route,
        Schedule(
            list(schedule.frequencies),
            schedule.days,
            schedule.cycle_length,
            schedule.n_cycles,
            schedule.n_doses,
            schedule.is_one_cycle,
            schedule.duration,
            schedule.is_per_day,
        ),
        said.n_fractions,
        [one],
    )


def components(treatment: Treatment, found: Sequence[Said]) -> list[Component]:
    """The rows of one treatment: by arm where the record ties it to arms, and one bare row for an arm of which nothing is said."""
    informative = [one for one in found if one.statement.says_something() or not treatment.places]
    by_kind = {kind: [one for one in informative if one.kind == kind] for kind in ("arm", "intervention", "description")}
    arms = list(treatment.arms)
    # What spells out "Chemotherapy" is given in the arms of that intervention.
    for one in by_kind["arm"] if treatment.places else (*by_kind["arm"], *by_kind["intervention"]):
        arms += [arm for arm in one.arms if arm not in arms]
    used: set[int] = set()
    rows: list[Component] = []
    for arm in sorted(arms):
        own = [one for one in by_kind["arm"] if arm in one.arms]
        registered = [one for one in by_kind["intervention"] if arm in one.arms or not one.arms]
        described = [one for one in by_kind["description"] if arm in one.arms or not one.arms]
        rows += _of_arm(treatment, arm, own, registered, described, used)
    left = [one for one in by_kind["intervention"] if id(one) not in used]
    if not arms and treatment.places:
        rows += _of_arm(treatment, None, [], left, by_kind["description"], used)
    elif not arms:
        rows += (
            _of_arm(treatment, None, left, [], by_kind["description"], used)
            if left
            else _of_arm(treatment, None, by_kind["description"], [], [], used)
        )
    elif left:
        rows += _left_over(treatment, left, rows)
    rows += _left_over(treatment, [one for one in by_kind["description"] if id(one) not in used and one.statement.dose], rows)
    if not rows and treatment.places:
        rows = [Component(treatment, None)]
    return rows


def _of_arm(
    treatment: Treatment, arm: int | None, own: Sequence[Said], registered: Sequence[Said], described: Sequence[Said], used: set[int]
) -> list[Component]:
    """Rows of one arm. `used` takes the identities of the statements that went into one."""
    rows: list[Component] = []
    for level, found in enumerate((own, registered, described)):
        if level == _DESCRIPTION_LEVEL and not rows and treatment.places and (arm in treatment.arms or arm is None):
            rows.append(Component(treatment, arm))
        rows = _with_doses(rows, [one for one in found if one.statement.dose is not None], arm, level, used)
        for one in found:
            if one.statement.dose is None:
                _take_in(rows, one, arm, level, used)
    return _distinct(rows)


def _with_doses(rows: list[Component], dosed: Sequence[Said], arm: int | None, level: int, used: set[int]) -> list[Component]:
    """The rows with what statements of one level say that tell a dose: a row without a dose becomes one row for each."""
    has_own_doses = any(row.dose is not None for row in rows)
    made: list[Component] = []
    filled: set[int] = set()
    for one in dosed:
        matching = [row for row in (*rows, *made) if _is_same_dose(row.dose, one.statement.dose) and _agrees(row, one.statement)]
        open_rows = [row for row in rows if row.dose is None and _agrees(row, one.statement)]
        if not matching and open_rows:
            filled |= {id(row) for row in open_rows}
            matching = [_copied(row) for row in open_rows]
            made += matching
        elif not matching and not has_own_doses and level < _DESCRIPTION_LEVEL:
            matching = [_component(one, arm)]
            made += matching
        for row in matching:
            _fill(row, one)
        if matching:
            used.add(id(one))
    return [row for row in rows if id(row) not in filled] + made


def _take_in(rows: list[Component], one: Said, arm: int | None, level: int, used: set[int]) -> None:
    """Add to the rows what a statement without a dose says: to those that it fits, or as a row of its own."""
    matching = [row for row in rows if _agrees(row, one.statement)]
    for row in matching:
        _fill(row, one)
    is_own = (
        level == 0 or one.statement.schedule.days is not None or (level < _DESCRIPTION_LEVEL and (not rows or one.statement.has_time()))
    )
    if not matching and is_own:
        matching = [_component(one, arm)]
        rows += matching
    if matching:
        used.add(id(one))


def _copied(row: Component) -> Component:
    schedule = row.schedule
    return Component(
        row.treatment,
        row.arm,
        row.dose,
        row.route,
        Schedule(
            list(schedule.frequencies),
            schedule.days,
            schedule.cycle_length,
            schedule.n_cycles,
            schedule.n_doses,
            schedule.is_one_cycle,
            schedule.duration,
            schedule.is_per_day,
        ),
        row.n_fractions,
        list(row.sources),
    )


def _left_over(treatment: Treatment, left: Sequence[Said], rows: Sequence[Component]) -> list[Component]:
    """Rows of what no arm has taken up, where it says a dose or a time that none of the rows has."""
    made: list[Component] = []
    for one in left:
        known = [
            row
            for row in (*rows, *made)
            if row.dose is not None and _is_same_dose(row.dose, one.statement.dose) and _agrees(row, one.statement)
        ]
        if known or (one.statement.dose is None and not one.statement.has_time()):
            continue
        arms = one.arms if len(one.arms) == 1 else (None,)
        made += [_component(one, arm) for arm in arms]
    return _distinct(made)


def _distinct(rows: Iterable[Component]) -> list[Component]:
    """Rows that differ; what says the same with less goes."""
    kept: dict[tuple[object, ...], Component] = {}
    for row in rows:
        known = kept.setdefault(row.key(), row)
        if known is not row:
            known.sources += [one for one in row.sources if one not in known.sources]
    return list(kept.values())


def _is_same_dose(mine: Dose | None, other: Dose | None) -> bool:
    if mine is None or other is None:
        return mine is other
    return mine.low == other.low and mine.high == other.high and mine.unit.removesuffix("/d") == other.unit.removesuffix("/d")


def _agrees(row: Component, statement: Statement) -> bool:
    """Whether nothing that both say is different; a dose may be told for more days than a row without a dose names."""
    days, others = row.schedule.days, statement.schedule.days
    if days is not None and others is not None and days != others and (row.dose is not None or statement.dose is None):
        return False
    if row.dose is not None and statement.dose is not None and not _is_same_dose(row.dose, statement.dose):
        return False
    if row.route is not None and statement.route is not None and row.route != statement.route:
        return False
    if row.n_fractions is not None and statement.n_fractions is not None and row.n_fractions != statement.n_fractions:
        return False
    return _times_agree(row.schedule, statement.schedule)


def _times_agree(mine: Schedule, other: Schedule) -> bool:
    if mine.days is not None and other.days is not None and not (set(mine.days) <= set(other.days) or set(other.days) <= set(mine.days)):
        return False
    if mine.cycle_length is not None and other.cycle_length is not None and mine.cycle_length != other.cycle_length:
        return False
    if (
        mine.n_cycles is not None
        and other.n_cycles is not None
        and mine.n_cycles != other.n_cycles
        and mine.days is not None
        and other.days is not None
    ):
        return False
    left, right = resolved(mine), resolved(other)
    if left.interval_days is None or right.interval_days is None:
        return True
    if left.interval_days == right.interval_days:
        return True
    if left.cycle_length_days is not None and right.cycle_length_days is not None and left.cycle_length_days != right.cycle_length_days:
        return False
    # One says how often in the cycle, the other how often the cycle.
    return (left.interval_days < 7) != (right.interval_days < 7) and _lengths_allow(left, right)


def _lengths_allow(left: Resolved, right: Resolved) -> bool:
    short, long = (left, right) if (left.interval_days or 0) < 7 else (right, left)
    return short.cycle_length_days in (None, long.interval_days)


def _fill(row: Component, one: Said) -> None:
    """Take from a statement what the row does not say yet."""
    said = one.statement
    schedule, theirs = row.schedule, said.schedule
    gave = _fill_dose(row, said)
    gave |= _fill_frequency(schedule, theirs)
    if row.route is None and said.route is not None:
        row.route, gave = said.route, True
    if row.n_fractions is None and said.n_fractions is not None:
        row.n_fractions, gave = said.n_fractions, True
    if schedule.days is not None and theirs.days is not None and set(schedule.days) < set(theirs.days):
        # "Etoposide on day 1 ... participants will also receive etoposide on days 2 and 3" beside "on days 1, 2 and 3".
        schedule.days, gave = theirs.days, True
        schedule.frequencies = list(theirs.frequencies)
    for name in _taken(schedule, theirs):
        if getattr(schedule, name) is None and getattr(theirs, name) is not None:
            setattr(schedule, name, getattr(theirs, name))
            gave = True
    schedule.duration = schedule.duration if schedule.duration is not None else theirs.duration
    if (gave or not row.sources) and not any(known is one for known in row.sources):
        row.sources.append(one)


def _taken(schedule: Schedule, theirs: Schedule) -> Sequence[str]:
    """What of another schedule may fill this one: where the days of one lie beyond the cycle of the other, its length is another course's.

    "Cycles of 21 days" after surgery are none of carboplatin "on days 1, 8, 15, 22, 29 and 36" of radiotherapy.
    """
    if schedule.days is None and theirs.cycle_length is None and not lie_within(theirs.days, schedule.cycle_length):
        schedule.cycle_length = schedule.n_cycles = None
    is_other = schedule.cycle_length is None and not lie_within(schedule.days, theirs.cycle_length)
    return ("days", "n_doses") if is_other else ("days", "cycle_length", "n_cycles", "n_doses")


def _fill_dose(row: Component, said: Statement) -> bool:
    """Take the dose where there is none, or where the same amount is said by administration and not by day."""
    if said.dose is None:
        return False
    is_plainer = row.dose is not None and row.dose.unit.endswith("/d") and not said.dose.unit.endswith("/d")
    if row.dose is not None and not is_plainer:
        return False
    row.dose = said.dose
    row.schedule.is_per_day = said.schedule.is_per_day
    return True


def _fill_frequency(schedule: Schedule, theirs: Schedule) -> bool:
    known, added = resolved(schedule), resolved(theirs)
    if not theirs.frequencies:
        return False
    if known.interval_days is None and known.frequency is None:
        is_taken = schedule.days is None or theirs.days is None or schedule.days == theirs.days
    else:
        is_taken = None not in (known.interval_days, added.interval_days) and known.interval_days != added.interval_days
    if is_taken:
        schedule.frequencies = [*schedule.frequencies, *theirs.frequencies]
    return is_taken
