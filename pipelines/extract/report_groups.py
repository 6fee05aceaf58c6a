"""Names of the groups that an article compares and that no vocabulary knows: "mIFL", "axi-cel", "PHRAC组".

Here belongs finding such names in a text. Which group a value is of belongs to `pipelines/grammar/findings.py`.
"""

import re

from pipelines.grammar.lexicon import Lexicon
from pipelines.grammar.report_lexicon import report_words

_NAME = r"[A-Za-z][A-Za-z0-9α-ωΑ-Ω+/]*+(?:[-–][A-Za-z0-9α-ω+]++)*"
_BESIDE = re.compile(
    rf"(?<![A-Za-z])(?P<name>{_NAME})"
    rf"(?:\s*[（(]\s*(?:group|arm)?\s*[nN]\s*[=＝]\s*\d"
    rf"|\s+(?:vs?\.?|versus|compared with|compared to)\s+(?P<other>{_NAME})"
    r"|[-\s]?(?:arms?|groups?|cohorts?|组|組)(?![a-z]))"
)
_MOST_NAMES = 40


def own_names(text: str) -> Lexicon:
    """A lexicon of the short names that a text uses for its groups: those with their size, beside "versus", or before "arm" or "组"."""
    lexicon = Lexicon()
    known = report_words()
    names = dict.fromkeys(
        name
        for match in _BESIDE.finditer(text)
        for name in match.groups()
        if name is not None and _looks_like_name(name) and not known.knows(name)
    )
    for name in list(names)[:_MOST_NAMES]:
        lexicon.add(name, "ARMNAME", exactly=False, in_capitals=name.isupper())
    return lexicon


def _looks_like_name(name: str) -> bool:
    """Whether a word is written as no ordinary word is: with a capital inside, a plus sign, or all in capitals."""
    return len(name) > 1 and (any(map(str.isupper, name[1:])) or "+" in name)
