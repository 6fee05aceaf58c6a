"""What an article says of a trial itself: its name, phase, design and how many took part.

Here belongs reading the facts of `trials` that prose states plainly. Results and regimens do not.
"""

import re
from collections.abc import Sequence

from pipelines.extract.report_passages import Sentence
from pipelines.extract.subject import Row
from pipelines.text.folding import folded

_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "1": 1, "2": 2, "3": 3, "4": 4, "一": 1, "二": 2, "三": 3, "四": 4}
_PHASE = re.compile(
    r"\bphase\s?(?P<first>iv|i{1,3}|[1-4])[abc]?(?:\s?(?:/|-|and|to)\s?(?P<second>iv|i{1,3}|[1-4])[abc]?)?\b"
    r"(?!\s(?:\w+\s){0,2}(?:trials|studies|doses?)\b)"
    r"|(?:第)?(?P<zh>iv|i{1,3}|[1-4一二三四])[ab]?\s?期(?:临床|随机|研究|试验|[,，。、(])"
)
_RANDOM = re.compile(r"(?<!non)(?<!non[- ])(?:randomi[sz]ed|randomly)|(?<!非)随机")
_SINGLE_ARM = re.compile(r"single[- ]arm|单臂|单组")
_DOUBLE_BLIND = re.compile(r"double[- ](?:blind|mask)|双盲")
_OPEN_LABEL = re.compile(r"open[- ]label|开放标签|开放性|开放(?=[,，、])")
_MULTICENTRE = re.compile(r"multi[- ]?cent(?:er|re)|多中心")
_N = r"\d{1,2},\d{3}|\d{2,4}"
_WHO = r"(?:eligible\s|adult\s)?(?:patients|participants|subjects|women|men|pts)"
_ENROLLED = re.compile(
    rf"(?P<n>{_N})\s{_WHO}\s(?:were\s)?(?:enrolled|randomi[sz]ed|randomly|underwent randomi[sz]ation|included)"
    rf"|(?:enrolled|randomi[sz]ed|included)\s(?:a total of\s)?(?P<n2>{_N})\s{_WHO}"
    r"|(?:入组|纳入|共纳入|共入组|随机)(?:了)?\s?(?P<n3>\d{2,4})\s?(?:例|名|人|位)"
)


_INTRODUCTION = 12
"""Sentences of an article, or of a digest's passage about a trial, that tell what the trial is."""

Places = dict[str, tuple[int, int]]
"""Column → the stretch of the article's text that states it."""


def facts(sentences: Sequence[Sentence], name: str | None) -> tuple[Row, Places]:
    """Columns of `trials` that the sentences about a trial state, and where; the first statement counts. `name` becomes the acronym.

    A trial is introduced before it is discussed: what stands far down is said of others, or of what should be done next.
    """
    sentences = sentences[:_INTRODUCTION]
    text = folded("\n".join(one.text for one in sentences))
    row: Row = {}
    stated: dict[str, re.Match[str]] = {}
    if name is not None and not name.startswith("NCT"):
        row["acronym"] = name
    if (phase := _phase(text)) is not None:
        row["phase"], stated["phase"] = phase
    if (match := _RANDOM.search(text)) is not None:
        row |= {"allocation": "RANDOMIZED", "is_randomized": True}
        stated["allocation"] = match
    elif _SINGLE_ARM.search(text):
        row["is_single_arm"] = True
    if (match := _DOUBLE_BLIND.search(text)) is not None:
        row |= {"masking": "DOUBLE", "is_open_label": False}
        stated["masking"] = match
    elif (match := _OPEN_LABEL.search(text)) is not None:
        row |= {"masking": "NONE", "is_open_label": True}
        stated["masking"] = match
    if (match := _MULTICENTRE.search(text)) is not None:
        row["is_multicenter"], stated["is_multicenter"] = True, match
    if (match := _ENROLLED.search(text)) is not None:
        row["enrollment"] = int(next(filter(None, match.groups())).replace(",", ""))
        stated["enrollment"] = match
    return row, {column: _place(sentences, match) for column, match in stated.items()}


def _place(sentences: Sequence[Sentence], match: re.Match[str]) -> tuple[int, int]:
    """Where a stretch of the sentences' joined texts stands in the article."""
    start, end = match.span()
    for one in sentences:
        length = len(one.text)
        if start <= length:
            first = one.tokens[0].start if one.tokens else 0
            return one.span(first + start, first + min(end, length))
        start, end = start - length - 1, end - length - 1
    raise ValueError("the match is not of these sentences")


def _phase(text: str) -> tuple[str, re.Match[str]] | None:
    match = _PHASE.search(text) if "phase" in text or "期" in text else None
    if match is None:
        return None
    numbers = sorted({_ROMAN[word] for word in (match["first"], match["second"], match["zh"]) if word})
    if len(numbers) == 2 and numbers[1] - numbers[0] == 1:
        return (f"PHASE{numbers[0]}_PHASE{numbers[1]}", match) if numbers[1] < 4 else None
    return f"PHASE{numbers[0]}", match
