"""Directions: which of two groups a Chinese sentence says has more, and whether the values that stand in order agree.

"与常规组相比，热疗组复发率显著降低（25% vs 10%）" tells the value of the group that it is held against first. Here belongs nothing else: in
which order groups are otherwise told belongs to `runs.py`.
"""

import re
from collections.abc import Sequence

from pipelines.grammar.reported import SUBJECTS, Reading, Run, Value, Whose
from pipelines.grammar.tokens import Token

_LOWER = "降低|下降|减少|更低|较低|低于|更少|缩短|短于"
_HIGHER = "升高|延长|提高|提升|增加|更高|较高|高于|更长|长于"
_DIRECTION = re.compile(rf"(?P<lower>{_LOWER})|{_HIGHER}")


def as_said(reading: Reading, run: Run, values: Sequence[Value], whose: Sequence[Whose]) -> Sequence[Whose]:
    """The groups of two values, the first of which is said to have more or less than the other, as the values have it.

    Turned round where nothing but what is measured stands between that word and the values; else left open.
    """
    first, second = (_size(value) for value in values)
    if first is None or second is None or first == second or not all(isinstance(one, Token) for one in whose):
        return whose
    start = max(reading.place(one) for one in whose if isinstance(one, Token)) - 1
    place = reading.place(values[0].tokens[0])
    between = reading.tokens[max(0, start) : place]
    said = "".join(token.text for token in between).replace(" ", "")
    found = list(_DIRECTION.finditer(said))
    if not found or said.isascii() or _is_of_other(run, between) or (found[-1]["lower"] is not None) == (first < second):
        return whose
    is_beside = len(said) - found[-1].end() <= _MOST_BESIDE or not between
    return [*whose][::-1] if is_beside else [None, None]


_MOST_BESIDE = 2
"""Characters between the word and the first value: "降低（25%", "了".."""


def _is_of_other(run: Run, between: Sequence[Token]) -> bool:
    """Whether another measure is what became less: "显著降低死亡风险（OS 20 vs 15个月）"."""
    named = [token for token in between if token.kind in SUBJECTS]
    return len(named) > 1 or any(token is not run.subjects[-1].token for token in named)


def _size(value: Value) -> float | None:
    if value.percent is not None:
        return value.percent
    return value.time.months if value.time is not None else None
