"""Which arm a stretch of a description is about: "Arm A: docetaxel every 3 weeks. Arm B: docetaxel weekly."

Here belongs finding the headings and how far each reaches. What is said under them belongs to `regimen_passages.py`.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_NUMERALS = {"一": "1", "二": "2", "三": "3", "四": "4", "ⅰ": "i", "ⅱ": "ii", "ⅲ": "iii"}
_MARK = r"(?:[a-z]|\d{1,2}[a-z]?|i{1,3}|iv)"
_SHORT = rf"(?:(?P<kind>arm|group|cohort)\s+(?P<mark>{_MARK})\b|(?P<chinese>[a-z\d一二三四])\s?组)"
_IN_LABEL = re.compile(rf"(?<![a-z]){_SHORT}", re.IGNORECASE)
_BEFORE = r"(?P<before>^|[\n.;,。；，(（•*●·-]|(?<!\d)\d[.)、])\s*"
_SHORT_HEADING = re.compile(rf"{_BEFORE}{_SHORT}(?P<after>\s*[:：)）–-])?", re.IGNORECASE)
_INSIDE_A_SENTENCE = frozenset(",，(（")
# "Arm A and Arm B: docetaxel" is said of neither alone.
_MORE_ARMS = re.compile(r"\s*(?:and\b|or\b|to\b|[&,/+、，]|和|及|与|或)", re.IGNORECASE)
_ALL_ARMS = re.compile(
    r"\n\s*\n|(?:^|[\n.;。；])\s*(?:in\s+|for\s+)?(?:all|both|each|every|either|the two|patients in (?:all|both|each)"
    r"|所有|两组|各组|全部|均)(?![a-z])",
    re.IGNORECASE,
)


class Stretch(NamedTuple):
    """Of a text, what stands under a heading; `arm` is None for a heading that tells no arm of the record."""

    start: int
    end: int
    arm: int | None


def arm_stretches(text: str, labels: Sequence[str]) -> list[Stretch]:
    """The stretches of a description that are about one arm each, in order. `labels`: those of the arms."""
    headings = sorted({(start, end): arm for start, end, arm in _headings(text, labels)}.items())
    found: list[Stretch] = []
    for number, ((start, end), arm) in enumerate(headings):
        following = headings[number + 1][0][0] if number + 1 < len(headings) else len(text)
        # What a heading on a line of its own is about begins on the next.
        begins = end + len(text[end:]) - len(text[end:].lstrip(" \t:：\n"))
        ends = _ALL_ARMS.search(text, begins, following)
        found.append(Stretch(start, ends.start() if ends is not None else following, arm))
    return found


def arm_at(stretches: Sequence[Stretch], place: int) -> int | None:
    """Arm of what stands at a place of the text."""
    return next((one.arm for one in stretches if one.start <= place < one.end), None)


def _headings(text: str, labels: Sequence[str]) -> Iterator[tuple[int, int, int | None]]:
    """Start, end and arm of each heading."""
    known = arms_by_mark(labels)
    for match in _SHORT_HEADING.finditer(text):
        if match["after"] is None and match["before"] in _INSIDE_A_SENTENCE:
            continue
        is_several = match["after"] is None and _MORE_ARMS.match(text, match.end()) is not None
        yield match.end("before"), match.end(), None if is_several else known.get(_mark(match))
    for arm, label in enumerate(labels):
        words = label.split()
        if not words or Counter(one.casefold() for one in labels)[label.casefold()] > 1:
            continue
        # A label may be a drug's name, which begins many sentences: only a sign or "arm" after it makes it a heading.
        pattern = _BEFORE + r"\s+".join(map(re.escape, words)) + r"\s*(?:[:：–]|-\s|\s(?:arm|group|cohort)\b|组)"
        for match in re.finditer(pattern, text, re.IGNORECASE):
            if match["before"] not in _INSIDE_A_SENTENCE:
                yield match.end("before"), match.end(), arm


def arms_by_mark(labels: Sequence[str]) -> dict[tuple[str, str], int]:
    """Kind and mark → arm, for those that one label alone has: "Arm B: weekly docetaxel", "B"."""
    found: dict[tuple[str, str], set[int]] = {}
    for arm, label in enumerate(labels):
        for match in _IN_LABEL.finditer(label):
            found.setdefault(_mark(match), set()).add(arm)
        if re.fullmatch(_MARK, label.strip(), re.IGNORECASE):
            found.setdefault(("arm", label.strip().casefold()), set()).add(arm)
    return {mark: next(iter(arms)) for mark, arms in found.items() if len(arms) == 1}


def mark_of(name: str) -> tuple[str, str] | None:
    """Kind and mark of a group's name that is nothing else: "Arm B", "B组"."""
    match = re.fullmatch(rf"\s*(?:the\s+)?{_SHORT}\s*", name, re.IGNORECASE)
    return _mark(match) if match else None


def _mark(match: re.Match[str]) -> tuple[str, str]:
    """Arms and groups are the same, cohorts are not."""
    words = (match["mark"] or match["chinese"]).casefold()
    kind = "cohort" if (match["kind"] or "").casefold() == "cohort" else "arm"
    return kind, _NUMERALS.get(words, words)
