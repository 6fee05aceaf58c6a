"""The grammar of treatment prose: which rules there are, and in which order they run.

Here belongs the order of the stages. The rules themselves belong to `doses.py` and `schedules.py`; what is made of what they find, to
`binding.py`.
"""

from collections.abc import Sequence
from functools import cache

from pipelines.grammar import doses, schedules
from pipelines.grammar.cascade import Cascade, Rule
from pipelines.grammar.lexicon import Lexicon, kinds, tagged, words
from pipelines.grammar.tokens import Token

STAGES: tuple[tuple[Rule, ...], ...] = (
    doses.NUMBERS,
    doses.UNITS,
    doses.LEVEL_NUMBERS,
    schedules.CYCLES,
    schedules.REFERENCES,
    schedules.NUMBERS_OF_CYCLES,
    schedules.DAYS,
    schedules.FREQUENCIES,
    doses.CONCENTRATIONS,
    doses.DOSES,
    doses.RANGES,
    doses.LEVELS,
    schedules.DAYS_AFTER_DOSES,
    doses.FRACTIONS,
    doses.STRENGTHS,
    doses.LIMITS,
    schedules.DURATIONS,
    schedules.ENDS,
)


@cache
def cascade() -> Cascade:
    """The grammar, compiled."""
    return Cascade(kinds(), STAGES, {**doses.MACROS, "NODAY": schedules.NO_DAY, "INEND": schedules.IN_END})


def parsed(text: str, own: Sequence[Lexicon] = ()) -> list[Token]:
    """Tokens of a repaired text after all rules. `own` are lexicons of the record's own names, which come before the common one."""
    return cascade().run(tagged(text, (*own, words())))
