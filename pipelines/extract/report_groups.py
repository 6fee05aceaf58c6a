"""Names of the groups that an article compares and that no vocabulary knows: "mIFL", "axi-cel", "PHRAC组".

Here belongs finding such names in a text. Which group a value is of belongs to `pipelines/grammar/findings.py`.
"""

import re
from collections import Counter

from pipelines.grammar.lexicon import Lexicon
from pipelines.grammar.report_lexicon import report_words
from pipelines.text.folding import folded

_NAME = r"[A-Za-z][A-Za-z0-9α-ωΑ-Ω+/]*+(?:[-–][A-Za-z0-9α-ω+]++){0,6}"
_FIGURE = r"[\d.]+\s?(?:%|months?\b|weeks?\b|years?\b|days?\b)?"
_VERSUS = r"(?:and|or|versus|vs?\.?|compared (?:with|to)|than)"
_GIVEN = r"(?:receiv(?:e|ing|ed)|treated with|(?:assigned|randomi[sz]ed|allocated) to|between|comparing)"
_BESIDE = re.compile(
    rf"(?<![A-Za-z])(?<![A-Za-z0-9][-–])(?P<name>{_NAME})"
    rf"(?:\s*[（(]\s*(?:group|arm)?\s*[nN]\s*[=＝]\s*\d"
    r"|\s*\d+\s*[例位名]"
    rf"|(?:\s*vs|\s+(?:VS|v|versus|compared with|compared to))\.?\s*(?P<other>{_NAME})"
    rf"|\s*[和与與及、]\s*(?={_NAME}\s*[组組])"
    r"|[-\s]?(?:arms?|groups?|cohorts?|组|組)(?![a-z]))"
    rf"|\b(?P<before>for|with|to|in)\s+(?P<first>{_NAME})\s+{_VERSUS}\s+{_FIGURE}\s+(?P=before)\s+(?P<second>{_NAME})"
    rf"|\b{_GIVEN}\s+(?P<given>{_NAME})(?:\s+{_VERSUS}\s+(?P<against>{_NAME}))?"
)
_MOST_NAMES = 40
_CHINESE = re.compile(r"(?P<name>[a-z0-9+\u4e00-\u9fff]{2,12}?)组(?!织|学|建|胺|氨|合[^计并])")
_BEFORE_NAME = re.compile(r".*[的与和及较比在为于对将被至入分由以或而且两各该此本每单双个例名位]|.*(?:显示|发现|表明|其中)", re.DOTALL)


def own_names(text: str) -> Lexicon:
    """A lexicon of the short names that a text uses for its groups: those with their size, beside "versus", or before "arm" or "组"."""
    lexicon = Lexicon()
    known = report_words()
    beside = dict.fromkeys(name for match in _BESIDE.finditer(text) for name in match.groups() if name is not None)
    names = [name for name in beside if _looks_like_name(name) and known.kinds_of(name) <= {"W"}]
    for name in names[:_MOST_NAMES]:
        lexicon.add(name, "ARMNAME", exactly=False, in_capitals=name.isupper())
    for name in _chinese_names(text):
        lexicon.add(name, "ARMNAME")
    return lexicon


def _chinese_names(text: str) -> list[str]:
    """What stands before 组 more than once, back to a word that begins no name: "热疗组" of "显示热疗组的中位生存期", "与热疗组比较"."""
    if "组" not in text and "組" not in text:
        return []
    found = (_BEFORE_NAME.sub("", match["name"]) for match in _CHINESE.finditer(folded(text)))
    counts = Counter(name for name in found if len(name) > 1)
    return [f"{name}组" for name, n in counts.most_common(_MOST_NAMES) if n > 1]


def _looks_like_name(name: str) -> bool:
    """Whether a word is written as no ordinary word is: with a capital inside, a plus sign, or all in capitals."""
    return len(name) > 1 and (any(map(str.isupper, name[1:])) or "+" in name)
