"""Names of the groups that an article compares and that no vocabulary knows: "mIFL", "axi-cel", "PHRAC组".

Here belongs finding such names in a text. Which group a value is of belongs to `pipelines/grammar/findings.py`.
"""

import re
from collections import Counter
from collections.abc import Iterator

from pipelines.grammar.lexicon import DRUG, Lexicon, tagged
from pipelines.grammar.report_lexicon import report_words
from pipelines.grammar.tokens import Token
from pipelines.text.folding import folded
from pipelines.vocab.drugs import RADIOTHERAPY

_NAME = r"[A-Za-z][A-Za-z0-9α-ωΑ-Ω+/]*+(?:[-–][A-Za-z0-9α-ω+]++){0,6}+(?![*]\d)"
_FIGURE = r"[\d.]+\s?(?:%|months?\b|weeks?\b|years?\b|days?\b)?"
_VERSUS = r"(?:and|or|versus|vs?\.?|compared (?:with|to)|than)"
_GIVEN = r"(?:receiv(?:e|ing|ed)|treated with|(?:assigned|randomi[sz]ed|allocated) to|between|comparing)"
_BESIDE = re.compile(
    rf"(?<![A-Za-z])(?<![A-Za-z0-9][-–])(?P<name>{_NAME})"
    rf"(?:\s*[（(;]\s*(?:group|arm)?\s*[nN]\s*[=＝]\s*\d"
    r"|\s*\d+\s*[例位名]"
    rf"|(?:\s*vs|\s+(?:VS|v|versus|compared with|compared to))\.?\s*(?P<other>{_NAME})"
    rf"|\s*[和与與及、]\s*(?={_NAME}\s*[组組])"
    r"|[-\s]?(?:arms?|groups?|cohorts?|组|組)(?![a-z]))"
    rf"|\b(?P<before>for|with|to|in)\s+(?P<first>{_NAME})\s+{_VERSUS}\s+{_FIGURE}\s+(?P=before)\s+(?P<second>{_NAME})"
    rf"|\b{_GIVEN}\s+(?P<given>{_NAME})(?:\s+{_VERSUS}\s+(?P<against>{_NAME}))?"
)
_NUMBERED_NAME = re.compile(r"\b[A-Z]{1,3}\d{1,3}\b")
_WITH_NUMBER = re.compile(r"[A-Z]{1,3}\d{1,3}|[A-Z]?[a-z]{2,5}\d{1,2}")
"""H2, E120; ipi3 for ipilimumab 3 mg/kg."""
_NUMBERED = re.compile(
    r"\b(?:[Gg]roups?|[Aa]rms?|[Cc]ohorts?) [A-Z]{1,3}\d{1,2}(?:,? (?:and|or|vs\.?) [A-Z]{1,3}\d{1,2}|, [A-Z]{1,3}\d{1,2})*"
    r"|\b[A-Z]{1,3}\d{1,2} (?:group|arm|cohort)s?\b"
)
_MOST_NAMES = 40
_CHINESE = re.compile(r"(?P<name>[a-z0-9+\u4e00-\u9fff]{2,12}?)组(?!织|学|建|胺|氨|合[^计并])")
_PAIRED = re.compile(
    r"组\s?(?:[与和及、]|vs\.?|对比|较)\s?(?P<second>(?:(?!组)[a-z0-9+\u4e00-\u9fff]){2,10}?)组(?!织|学|建|胺|氨|合[^计并])"
)
_LONGEST_NAME = 12
_LAST_NAME = re.compile(r"(?:(?!组)[a-z0-9+\u4e00-\u9fff]){2,12}\Z")
"""Two groups side by side: "六周期组与四周期组"."""
_FIGURE_NEXT = re.compile(r"\s?(?:仅?为\s?)?\d[\d.]*\s?(?:%|个月)")
"""What shows that a name before 组 is one, though it stands there but once: "新辅助组 24%"."""
_SIZED = re.compile(
    r"(?P<name>[\u4e00-\u9fff]{2,10}(?<!组))\s?\([^()]{0,12}?n\s?=\s?\d+[^()]{0,12}\)(?=\s?[、,和与及])"
    r"|(?<=[、,和与及])(?P<last>[\u4e00-\u9fff]{2,10}(?<!组))\s?\(n\s?=\s?\d"
)
_BEFORE_NAME = re.compile(r".*[的与和及较比在为于对将被至入分由以或而且两各该此本每单双个例名位]|.*(?:显示|发现|表明|其中)", re.DOTALL)


_HAN = re.compile("[\u4e00-\u9fff]")


def own_names(text: str) -> Lexicon:
    """A lexicon of the short names that a text uses for its groups: those with their size, beside "versus", or before "arm" or "组"."""
    lexicon = Lexicon()
    known = report_words()
    beside = dict.fromkeys(name for match in _BESIDE.finditer(text) for name in match.groups() if name is not None)
    beside |= dict.fromkeys(name for match in _NUMBERED.finditer(text) for name in _NUMBERED_NAME.findall(match[0]))
    names = [name for name in beside if _looks_like_name(name) and known.kinds_of(name) <= {"W"}]
    for name in names[:_MOST_NAMES]:
        lexicon.add(name, "ARMNAME", exactly=False, in_capitals=name.isupper())
    if _HAN.search(text) is not None:
        plain = folded(text)
        for name in dict.fromkeys((*_chinese_names(plain), *_chinese_sides(plain))):
            lexicon.add(name, "ARMNAME")
    return lexicon


def _chinese_names(plain: str) -> list[str]:
    """What stands before 组 more than once, back to a word that begins no name: "热疗组" of "显示热疗组的中位生存期", "与热疗组比较".

    And what stands before its size, where others do: "低危（n=58）、中危（n=260）".
    """
    sized = [match["name"] or match["last"] for match in _around(_SIZE, _SIZED, plain)]
    names = [name for name in dict.fromkeys(_BEFORE_NAME.sub("", one) for one in sized) if len(name) > 1] if len(set(sized)) > 1 else []
    if "组" not in plain:
        return names
    found = [(_BEFORE_NAME.sub("", match["name"]), match.end()) for match in _around(_GROUP_SIGN, _CHINESE, plain)]
    counts = Counter(name for name, _ in found)
    counts.update(name for name, end in found if _FIGURE_NEXT.match(plain, end))
    for match in _PAIRED.finditer(plain):
        first = _LAST_NAME.search(plain, max(0, match.start() - _LONGEST_NAME), match.start())
        counts.update({name: 2 for name in (first and _BEFORE_NAME.sub("", first[0]), match["second"]) if name})
    return [*names, *(f"{name}组" for name, n in counts.most_common(_MOST_NAMES) if n > 1 and len(name) > 1)]


_SIZE = re.compile(r"\([^()]{0,12}?n\s?=\s?\d")
_GROUP_SIGN = re.compile("组")
_MOST_BEFORE, _MOST_BEHIND = 12, 40


def _around(sign: re.Pattern[str], expression: re.Pattern[str], plain: str) -> Iterator[re.Match[str]]:
    """The matches of an expression, each of which has a sign behind its name: sought where the sign stands, not at every character."""
    end = 0
    for found in sign.finditer(plain):
        if found.start() < end:
            continue
        match = expression.search(plain, max(end, found.start() - _MOST_BEFORE), found.end() + _MOST_BEHIND)
        if match is not None:
            yield match
            end = match.end()


_SIDE = r"[^，,。；;：:、（）()\n%\d]{2,20}?"
_AFTER_SIDE = r"(?:方案|治疗|使用)?(?:的|可|能|显|明|具|获|更|患|病|[，,。；（(]|$)"
_SET_AGAINST = re.compile(
    rf"与(?P<against>{_SIDE})(?:相比|比较)[，,](?:接受)?(?P<own>{_SIDE}){_AFTER_SIDE}"
    rf"|(?:^|[，,。；：]|显示|表明|支持|证实|提示|发现)(?P<first>{_SIDE})(?:相较于?|相比于?|对比|优于|将比|(?<!比)较(?![高低大小长短好差早晚多少为]))(?P<second>{_SIDE}){_AFTER_SIDE}"
    rf"|[（(](?P<left>{_SIDE})\s?vs\.?\s?(?P<right>{_SIDE})[：:，,]\s?\d"
    rf"|(?:采用|接受|使用|应用)(?P<given>{_SIDE})(?:治疗)?的[^，。；]{{0,15}}(?:病人|患者)[^。；]{{0,30}}?[高低优长短]于"
    rf"(?P<instead>{_SIDE})的?(?:病人|患者)",
    re.MULTILINE,
)
"""Two sides that a Chinese text compares, named in plain words: "与常规方案相比，周疗方案可……", "（加量vs.不加量：97%vs.92%）"."""
_TOLD = re.compile(r"[^。；;\n]{0,80}(?:\d\s?[%个月年周]*\s?vs|分别|从\d)|\s?[\d.]+\s?[%个月]*\s?vs")
_BEFORE_SIDE = re.compile(r".*(?:显示|发现|表明|支持|证实|提示|认为|其中|研究|结果|接受|采用|使用(?!$)|应用|进行|对于|评估了?)", re.DOTALL)
_NO_SIDE = re.compile(
    r"[该此本两各其这那上下于者]|.*(?:基线|治疗前|术前$|前者|历史|以往|既往|[男女]性$|年[龄轻]|阳性|阴性|生存|缓解|反应|[率期组]$|时间|患者|病人|风险|标准差"
    r"|通常|明显|显著|能够|os|pfs|orr|dfs)"
)


def _chinese_sides(plain: str) -> list[str]:
    """The names of both sides of a comparison with figures, where no vocabulary knows them; none where either names no treatment."""
    if "vs" not in plain and "分别" not in plain and "从" not in plain:
        return []
    known = report_words()
    found: list[str] = []
    for match in _SET_AGAINST.finditer(plain):
        sides = [_BEFORE_SIDE.sub("", name).strip() for name in match.groups() if name is not None]
        is_told = _TOLD.match(plain, match.end() - 1) is not None
        if is_told and all(len(name) > 1 and _NO_SIDE.match(name) is None for name in sides):
            found += (name for name in sides if all(map(_is_of_plain_name, tagged(name, (known,)))))
    return list(dict.fromkeys(found))[:_MOST_NAMES]


_KINDS_OF_NAMES = frozenset({"W", "ARMWORD", "IN", "TO", "WITH", "WEEK", "NONE", "NUM", "PLUS"})


def _is_of_plain_name(token: Token) -> bool:
    """Whether a word may stand in a name that the grammar does not read: names of drugs it reads itself."""
    return token.kind in _KINDS_OF_NAMES or (token.kind == DRUG and token.value.name == RADIOTHERAPY)


def _looks_like_name(name: str) -> bool:
    """Whether a word is written as no ordinary word is: with a capital inside, a plus sign, or numbered like "H2" and "ipi3"."""
    return len(name) > 1 and (any(map(str.isupper, name[1:])) or "+" in name or _WITH_NUMBER.fullmatch(name) is not None)
