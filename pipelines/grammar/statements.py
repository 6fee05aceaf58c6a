"""What a sentence says of one treatment, and the sentence while it is being read.

Here belong the two shapes that reading a sentence fills. Filling them belongs to `attaching.py`, `sharing.py` and `binding.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pipelines.grammar.doses import Dose
from pipelines.grammar.schedules import CycleReference, Schedule
from pipelines.grammar.tokens import Token

CLONE = "CLONE"
"""How a further statement of the same treatment is joined to the one before it in its sentence."""


@dataclass(slots=True)
class Statement:
    """What one stretch of prose says of one treatment. `parts` are the tokens it was made from, with the role of each.

    `rule` names the way of binding; `joined_by` the kind of the word that joins it to the statement before it; `cues` the kinds of words in
    its sentence that speak for or against its being about this trial.
    """

    treatment: Any
    dose: Dose | None = None
    route: str | None = None
    schedule: Schedule = field(default_factory=Schedule)
    n_fractions: int | None = None
    until: Token | None = None
    phase: str | None = None
    cycle_reference: CycleReference | None = None
    level: int | None = None
    is_optional: bool = False
    is_named: bool = True
    """Whether the treatment's own name stands there; False where only the context tells what is given."""
    alternative: int | None = None
    rule: str = "after_name"
    parts: list[tuple[str, Token]] = field(default_factory=list)
    cues: set[str] = field(default_factory=set)
    joined_by: str = ""
    member_of: "Statement | None" = field(default=None, repr=False)
    """What it is named as a part or an example of: "a TKI (regorafenib, fruquintinib)", "CAPEOX [oxaliplatin + capecitabine]"."""
    is_told_elsewhere: bool = False
    """Given "as in arm A": what stands beside it is not said of it."""
    is_paired: bool = False
    """Its dose went to another treatment of the sentence: it says nothing itself."""
    companions: list["Statement"] = field(default_factory=list, repr=False)
    """All statements that its sentence joins with it, itself included."""

    def has_time(self) -> bool:
        """Whether anything is said of how often, or on which days."""
        return bool(self.schedule.frequencies) or self.schedule.days is not None

    def has_regular_time(self) -> bool:
        """Whether more is said of its time than that it is given once: "a single infusion", before "on day 1 of each cycle"."""
        return self.schedule.days is not None or any(one.code != "ONCE" for one in self.schedule.frequencies)

    def says_something(self) -> bool:
        """Whether more than the name is said."""
        schedule = self.schedule
        return (
            self.dose is not None
            or self.route is not None
            or self.n_fractions is not None
            or self.has_time()
            or schedule.cycle_length is not None
            or schedule.n_cycles is not None
        )

    def clone(self) -> "Statement":
        """Another statement of the same treatment in the same sentence, which says nothing yet."""
        return Statement(
            self.treatment,
            parts=[part for part in self.parts if part[0] == "drug"],
            rule="repeated_dose",
            joined_by=CLONE,
            is_optional=self.is_optional,
            is_named=self.is_named,
            phase=self.phase,
        )

    def with_other_time(self) -> "Statement":
        """A clone with the same dose and route, for another schedule."""
        other = self.clone()
        other.dose, other.route = self.dose, self.route
        other.level = self.level
        other.schedule.is_per_day = self.schedule.is_per_day
        other.rule = "repeated_schedule"
        other.parts = [part for part in self.parts if part[0] != "schedule"]
        return other

    def add(self, role: str, token: Token) -> None:
        """Note a token that the statement was made from."""
        self.parts.append((role, token))


@dataclass(slots=True)
class Sentence:
    """A sentence's tokens, and the statements that have been made from it so far."""

    tokens: Sequence[Token]
    statements: list[Statement] = field(default_factory=list)

    def before(self, token: Token, n: int) -> list[str]:
        """Kinds of the `n` tokens before this one, in order."""
        return [one.kind for one in self.tokens_before(token, n)]

    def tokens_before(self, token: Token, n: int) -> Sequence[Token]:
        """The `n` tokens before this one, in order."""
        place = self.place(token)
        return self.tokens[max(0, place - n) : place]

    def after(self, token: Token, n: int) -> list[str]:
        """Kinds of the `n` tokens after this one, in order."""
        place = self.place(token)
        return [one.kind for one in self.tokens[place + 1 : place + 1 + n]]

    def place(self, token: Token) -> int:
        """Place of a token; the end of the sentence for one of another sentence."""
        return next((number for number, one in enumerate(self.tokens) if one is token), len(self.tokens))

    def has(self, statement: Statement) -> bool:
        """Whether this very statement has been taken in."""
        return any(one is statement for one in self.statements)
