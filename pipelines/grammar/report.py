"""The grammar of reports: which rules there are, and in which order they run.

Here belongs the order of the stages. The rules themselves belong to `values.py` and `groups.py`; what is made of what they find, to
`findings.py`.
"""

from collections.abc import Sequence
from functools import cache

from pipelines.grammar import groups, values
from pipelines.grammar.cascade import Cascade, Rule
from pipelines.grammar.lexicon import Lexicon, tagged
from pipelines.grammar.report_lexicon import kinds, report_words
from pipelines.grammar.tokens import Token

STAGES: tuple[tuple[Rule, ...], ...] = (
    values.NUMBERS,
    values.VALUES,
    values.GRADES,
    values.INTERVALS,
    groups.GROUPS,
    values.COUNTS,
)


@cache
def cascade() -> Cascade:
    """The grammar, compiled."""
    return Cascade(kinds(), STAGES, {**values.MACROS, **groups.MACROS})


def parsed_report(text: str, own: Sequence[Lexicon] = ()) -> list[Token]:
    """Tokens of a repaired text after all rules of reports. `own` are lexicons of the document's own names."""
    return cascade().run(tagged(text, (*own, report_words())))
