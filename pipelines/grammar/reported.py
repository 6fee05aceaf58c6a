"""What a sentence reports, and the sentence while it is being read.

Here belong the shapes that reading a sentence fills, and which kinds of tokens fill them. Filling them belongs to `findings.py`, ending a
run of values to `runs.py`.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from msgspec import field

from pipelines.grammar.report_lexicon import EVENT, OUTCOME, Outcome
from pipelines.grammar.tokens import Token
from pipelines.grammar.values import Count, Estimate, Grades, Interval, PValue, Time
from pipelines.vocab.adverse_events import Term

OTHER = "OTHER"
"""Kind of a subject that is measured and makes no row: the duration of treatment, a dose intensity."""
FOLLOW_UP = "FOLLOWUP"
SUBJECTS = frozenset({OUTCOME, EVENT, "ANYAE", "DEATH", "TDEATH", "DISC", "DLTW", "REDUCED", FOLLOW_UP, "OTHERM"})
EVENTS = frozenset({EVENT, "ANYAE", "DEATH", "DISC", "DLTW"})
TOLERATED = frozenset({"MTDW", "RP2DW"})
"""The maximum tolerated dose, and the one recommended for phase 2."""
VALUES = frozenset({"PCT", "TIMEV", "COUNTX", "NEQ", "NPTS", "NR", "EST", "NUM"})
UNITS = frozenset({"MONTH", "YEAR", "WEEK", "DAY"})
TIME_TO_EVENT = "time_to_event"


class Landmark(NamedTuple):
    """A time at which something was measured, and the token that says it."""

    time: Time
    token: Token


class Subject(msgspec.Struct, eq=False):
    """What a value is of. `kind` is `OUTCOME`, `FOLLOW_UP`, `OTHER`, or that of a token which tells of events."""

    kind: str
    token: Token
    outcome: Outcome | None = None
    term: Term | None = None
    grades: Grades | None = None
    attribution: str | None = None
    is_serious: bool = False
    is_median: bool = False
    is_mean: bool = False
    is_absent: bool = False
    words: str | None = None
    """Its words, where they stand in another sentence or in the head of a column; `token` is then none of this sentence."""

    @property
    def is_follow_up(self) -> bool:
        """Whether it is for how long patients were watched."""
        return self.kind == FOLLOW_UP

    @property
    def is_time_to_event(self) -> bool:
        """Whether it is an outcome that is told as a time or a rate at a time."""
        return self.outcome is not None and self.outcome.endpoint_class == TIME_TO_EVENT


class Value(msgspec.Struct, eq=False):
    """One value with what stands with it."""

    token: Token
    percent: float | None = None
    time: Time | None = None
    number: float | None = None
    """A number whose unit stands elsewhere, or nowhere."""
    count: Count | None = None
    not_reached: bool = False
    estimate: Estimate | None = None
    interval: Interval | None = None
    p: PValue | None = None
    group: Token | None = None
    landmark: Landmark | None = None
    parent: "Value | None" = None
    """The value in whose brackets it stands."""
    is_difference: bool = False
    grades: Grades | None = None
    """Said of this value alone."""
    tokens: list[Token] = field(default_factory=list)

    def is_time(self) -> bool:
        """Whether it is a length of time, reached or not."""
        return self.time is not None or self.not_reached


Whose = Token | str | Value | None
"""Whose a value is: a group that the sentence names, one by its name, that of another value, or nobody's in particular."""


class Said(msgspec.Struct, eq=False):
    """A value of a subject while its sentence is being read."""

    subject: Subject
    value: Value
    whose: Whose
    landmark: Landmark | None
    rule: str


class Finding(msgspec.Struct, eq=False):
    """One value of one subject in one group (None where the sentence names none and none can be told)."""

    subject: Subject
    value: Value
    group: str | None
    group_token: Token | None
    landmark: Landmark | None
    rule: str


class Context(msgspec.Struct):
    """What is carried from sentence to sentence: the groups that are compared, in their order, and the one that the text is on."""

    arms: frozenset[str] = frozenset()
    """Words of the names of the groups that the document compares; empty where it compares none."""
    has_intervals: bool = True
    """Whether the document tells confidence intervals: then a bare range after a value is one, else it may be any range."""
    groups: list[str] = field(default_factory=list)
    lead: str | None = None
    glosses: dict[frozenset[str], str] = field(default_factory=dict)
    """For the words of a group's name the name with what the group got, where brackets said so."""
    combined: dict[frozenset[str], str] = field(default_factory=dict)
    """The names so far that say of several drugs that they are given together, by their words."""
    last_subjects: list[Subject] = field(default_factory=list)
    last_named: Subject | None = None
    """The outcome that the sentence before named last."""
    told_group: str | None = None
    """The one group of which the sentence before told how many had adverse events at all."""


class Run(msgspec.Struct, eq=False):
    """Values that stand together and are of the same subjects."""

    subjects: list[Subject] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    groups: list[Token] = field(default_factory=list)
    """Groups named before the first value."""
    joins: list[str] = field(default_factory=list)
    """Kinds of what stands between the values."""
    landmarks: list[Landmark] = field(default_factory=list)
    bracketed: list[Value] = field(default_factory=list)
    """Percentages of the grades that brackets stand for, each in the brackets of one of the values."""
    is_each: bool = False
    is_respective: bool = False
    parent: Value | None = None
    """The value in whose brackets the run stands."""

    def again(self, *, subjects: list[Subject] | None = None, landmarks: Sequence[Landmark] = ()) -> "Run":
        """An empty run that goes on about the same."""
        return Run(self.subjects if subjects is None else subjects, groups=list(self.groups), landmarks=list(landmarks), parent=self.parent)

    def waits(self) -> bool:
        """Whether a subject is named and its value still to come."""
        return bool(self.subjects) and not self.values


class Reading:
    """How far a sentence has been read, and what has been said in it that holds for what follows."""

    def __init__(self, tokens: Sequence[Token], context: Context, compared: Sequence[Token] = ()) -> None:
        self.tokens = tokens
        self.compared = compared
        """The distinct groups of the whole sentence that the document compares."""
        self.kinds = [token.kind for token in tokens]
        self.context = context
        self.said: list[Said] = []
        self.run = Run()
        self.brackets: list[tuple[Run, Grades | None]] = []
        """For every open bracket the run and the grades before it."""
        self.last_value: Value | None = None
        self.lost_at = -1
        """Where the last figure stands that was not taken in."""
        self.outer: Run | None = None
        """The run of an outcome before the follow-up at which it was told: "DFS at a median follow-up of 14 months was 60%"."""
        self.last_subject_at = -1
        self.last_cause_at = -1
        """Where the last event stands that somebody died of."""
        self.last_outcome: Subject | None = None
        self.last_any: Subject | None = None
        """The last mention of adverse events as a whole."""
        # What holds for the subjects to come.
        self.grades: Grades | None = None
        self.attribution: str | None = None
        self.is_serious = self.is_median = self.is_mean = False
        self.none_at: int | None = None
        # What holds for the values to come.
        self.groups: list[Token] = []
        self.landmarks: list[Landmark] = []
        self.bracket_grades: Grades | None = None
        """Of the percentages in brackets: "any-grade (grade >=3) hypertension occurred in 21% (9%)"."""
        self.bracket_landmark: Landmark | None = None
        """Of the percentages in brackets: "median (5-year) survival was 8.0 (73%) years"."""
        self.ratio: str | None = None
        self.ratio_token: Token | None = None
        """What the numbers to come are where they have limits, and the word that said so."""
        self.level: float | None = None
        """Of the intervals, where it was said once."""
        self.denominator: int | None = None
        self.is_planned = False
        self.is_difference = False
        self.difference_at = -1
        self.group_until = -1
        """Where the last name of a group ends that is a list of drugs."""
        self.named: list[Token] = []
        """The distinct groups of the sentence so far."""
        self.order: list[Token | str] = []
        """The distinct groups of the last values that had one each."""
        self.listed_from = 0
        """From which of `said` on a group that follows may still be meant."""
        self.groups_follow = False
        """Whether a group was named after the events that it had: "rash (9%) and fever (7%) with A and rash (4%) with B"."""
        self._places = {token: place for place, token in enumerate(tokens)}

    def place(self, token: Token) -> int:
        """Place of a token in the sentence; -1 for one of another."""
        return self._places.get(token, -1)

    def before(self, place: int, n: int) -> list[str]:
        """Kinds of the `n` tokens before a place, in order."""
        return self.kinds[max(0, place - n) : place]

    def after(self, place: int, n: int) -> list[str]:
        """Kinds of the `n` tokens after a place, in order."""
        return self.kinds[place + 1 : place + 1 + n]

    def next_kind(self, place: int) -> str:
        """Kind of the token after a place; empty at the end."""
        return self.kinds[place + 1] if place + 1 < len(self.kinds) else ""

    def next_subject(self, place: int) -> str:
        """Kind of the next subject before a semicolon; empty where there is none."""
        rest = self.kinds[place + 1 :]
        rest = rest[: rest.index("SEMI")] if "SEMI" in rest else rest
        return next((kind for kind in rest if kind in SUBJECTS), "")

    def since_subject(self, place: int) -> list[str]:
        """Kinds of the tokens between the last subject and a place."""
        return self.kinds[self.last_subject_at + 1 : place]

    def since_value(self, value: Value, place: int) -> list[str]:
        """Kinds of the tokens between the end of a value and a place."""
        return self.kinds[self.place(value.tokens[-1]) + 1 : place]

    def open_value(self) -> Value | None:
        """The last value, where it is one of the run that is being read."""
        return self.last_value if any(one is self.last_value for one in self.run.values) else None

    def take_groups(self) -> list[Token]:
        """The groups named so far, which are no longer to come."""
        taken, self.groups = self.groups, []
        return taken

    def take_landmarks(self) -> list[Landmark]:
        """The landmarks named so far, which are no longer to come."""
        taken, self.landmarks = self.landmarks, []
        return taken

    def say(self, subject: Subject, value: Value, rule: str, *, whose: Whose = None, landmark: Landmark | None = None) -> None:
        """Take in a finding; its count is of the patients whom the sentence spoke of, where its percentage agrees."""
        count = value.count
        if count is not None and count.total is None and self.denominator and value.percent is not None:
            whole = Count(count.n, self.denominator)
            value.count = whole if _agrees(whole, value.percent) else count
        self.said.append(Said(subject, value, whose, landmark, rule))


def _agrees(count: Count, percent: float) -> bool:
    """Whether n of the total is that percentage, as far as it may have been rounded: 7 of 41 are 17%."""
    return count.total is not None and count.n <= count.total and abs(100 * count.n / count.total - percent) < 1
