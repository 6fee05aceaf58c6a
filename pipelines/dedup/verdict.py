"""Is one document a copy of another? The rules, and the word for each.

Belongs here: what follows from the measures of a pair (`pairs`) and from what the two documents say of themselves. Not here: measuring,
and which of two copies is kept (`clusters`).

Texts that agree in more than the stated share of their 3-token shingles are copies unless something says that they speak of different
things: registry ids, a title that announces a follow-up, numbers that differ where the words agree, a name that is another throughout.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from math import exp, lgamma
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

from pipelines.dedup.pairs import Measures

NEAR = 0.6
"""Least Jaccard similarity of 3-token shingles at which two documents are copies."""
CONTAINED = 0.8
"""Least share of a document's shingles in another, larger one that may swallow it."""
CONTAINED_WITH_OTHERS = 0.55
"""The same for a copy of a document that is swallowed: 10% of words edited leave .6 to .75."""
NEAR_RECORD = 0.9
"""Least Jaccard similarity at which two registry records without any id are one: different trials of one sponsor may share .87."""
MISSING = 40
"""A document that has a stretch of so many tokens of its own is not swallowed: something would be lost."""
LEAST = 60
"""A document of fewer tokens is a copy only when it has no sequence of its own: a title and a sentence are soon alike. It is never
swallowed, for they stand in many texts.
"""

_CHANCE_BY_PLACE = 3e-4
"""Below this probability, that so many of the places at which two texts differ hold numbers is no accident."""
_CHANCE = 1e-5
"""The same for tokens. Less, because those of one place are no independent witnesses."""
_LEAST_NUMBER_SHARE = 0.1
"""A template filled in twice differs in more of its numbers; a long text read by two machines may differ in a few."""
_NUMBER_SHARE = 0.2
"""Where no word differs, this share of the numbers is enough."""
_SWAPPED = 2
"""At so many places a name stands where the other text has another. The names of two sites stand in frames of their own."""
_RENAMED = 3
_RENAMED_SHARE = 0.3


class Verdict(StrEnum):
    """What a pair of documents is; all but the first two are reasons to keep both (`vocabularies.LOOKALIKE_REASON` has them in words)."""

    NEAR = "near"
    CONTAINED = "contained"
    UNLIKE = "unlike"
    OTHER_IDS = "other_ids"
    OTHER_TITLE = "other_title"
    OTHER_NUMBERS = "other_numbers"
    OTHER_NAMES = "other_names"


@dataclass(frozen=True)
class Facts:
    """What a document says of itself: the registry ids in it, its title if it has one, how it begins (200 characters or so), its size.

    What title and head say is looked at only for the few pairs for which it matters.
    """

    ids: frozenset[str]
    title: str | None
    beginning: str
    n_tokens: int

    @cached_property
    def plain_title(self) -> str:
        return normalize("NFKC", self.title or "").casefold()

    @cached_property
    def head(self) -> tuple[str, ...]:
        """The words that it begins with: what stands for a title where there is none."""
        return tuple(_WORD.findall(normalize("NFKC", self.beginning).casefold())[:_HEAD_WORDS])

    @cached_property
    def title_announces(self) -> bool:
        """Whether the title announces a follow-up, an update and the like."""
        return _announces(self.plain_title)

    @cached_property
    def head_announces(self) -> bool:
        return _announces(" ".join(self.head))

    @property
    def announces(self) -> bool:
        return self.title_announces if self.title else self.head_announces

    @cached_property
    def designations(self) -> frozenset[str]:
        """Which parts, cohorts, phases or issues the title names."""
        return _designations(self.plain_title)


@dataclass(frozen=True)
class Rule:
    """How alike two documents have to be."""

    near: float
    contained: float


ARTICLES = Rule(NEAR, CONTAINED)
ARTICLES_OF_A_GROUP = Rule(NEAR, CONTAINED_WITH_OTHERS)
"""For documents that a chain of pairs joins."""
RECORDS = Rule(NEAR_RECORD, 2.0)
"""A record is never part of another."""
SIBLINGS = Rule(0.8, 2.0)
"""For records with ids, which are never copies: trials of one sponsor that differ in a dose or a condition."""


def have_other_ids(one: Facts, other: Facts) -> bool:
    """Whether each names a registration that the other does not name."""
    return bool(one.ids - other.ids and other.ids - one.ids)


def judge(one: Facts, other: Facts, measures: Measures, rule: Rule = ARTICLES) -> Verdict:
    """The verdict on a pair; `measures` are those of (one, other)."""
    smaller, larger = (one, other) if one.n_tokens <= other.n_tokens else (other, one)
    is_near = measures.jaccard >= (rule.near if smaller.n_tokens >= LEAST else 1.0)
    if not is_near:
        # Of two of one size each has to stand in the other: which one is dropped is not yet known.
        ways = [(measures.first_in_second, measures.first_own_run)] * (one.n_tokens <= other.n_tokens)
        ways += [(measures.second_in_first, measures.second_own_run)] * (other.n_tokens <= one.n_tokens)
        contained, own_run = min(share for share, _ in ways), max(run for _, run in ways)
        if contained < rule.contained or own_run >= MISSING or smaller.n_tokens < LEAST:
            return Verdict.UNLIKE
    if have_other_ids(one, other):
        return Verdict.OTHER_IDS
    if _titles_differ(one, other) if is_near else _announces_more(smaller, larger):
        return Verdict.OTHER_TITLE
    if _numbers_differ(measures):
        return Verdict.OTHER_NUMBERS
    if measures.swapped >= _SWAPPED or (measures.swapped and measures.renamed >= max(_RENAMED, _RENAMED_SHARE * measures.words_changed)):
        return Verdict.OTHER_NAMES
    return Verdict.NEAR if is_near else Verdict.CONTAINED


def judge_all(
    pairs: Sequence[tuple[int, int]], rows: NDArray[np.void], facts_of: Callable[[int], Facts], rule: Rule = ARTICLES
) -> list[Verdict]:
    """`judge` for each pair of numbers and its row of `MEASURES`; most pairs are plain, and are judged together."""
    numbers, places = np.unique(np.array(pairs, np.int64).reshape(-1, 2), return_inverse=True)
    described = [facts_of(number) for number in numbers.tolist()]
    places = places.reshape(-1, 2)
    known_ids: dict[frozenset[str], int] = {}
    known_titles: dict[tuple[str | None, str], int] = {}
    ids = np.array([known_ids.setdefault(one.ids, len(known_ids)) for one in described], np.int64)[places]
    called = [(one.title, "" if one.title else one.beginning) for one in described]
    titles = np.array([known_titles.setdefault(one, len(known_titles)) for one in called], np.int64)[places]
    sizes = np.array([one.n_tokens for one in described], np.int64)[places]
    is_plain = (
        (rows["jaccard"] >= rule.near)
        & (sizes.min(axis=1, initial=np.iinfo(np.int64).max) >= LEAST)
        & (ids[:, 0] == ids[:, 1])
        & (titles[:, 0] == titles[:, 1])
        & (rows["numbers_changed"] < 2)
        & (rows["swapped"] == 0)
    )
    verdicts = [Verdict.NEAR] * len(pairs)
    for at in np.flatnonzero(~is_plain).tolist():
        one, other = places[at]
        verdicts[at] = judge(described[one], described[other], Measures(*rows[at].tolist()), rule)
    return verdicts


def similarity(measures: Measures) -> float:
    """How similar the two are: the share of shingles in common, or of the contained one's where that is what decides."""
    return measures.jaccard if measures.jaccard >= NEAR else max(measures.first_in_second, measures.second_in_first)


def _numbers_differ(measures: Measures) -> bool:
    """Whether the changes fall on numbers more often than chance explains.

    Edits fall on numbers and words alike. A single place at which numbers differ among others may be a date line or a counter.
    """
    if measures.word_places == 0 and measures.numbers_changed > 1 and measures.numbers_changed >= _NUMBER_SHARE * measures.numbers:
        return True
    if measures.number_places < 2 or measures.numbers_changed < _LEAST_NUMBER_SHARE * measures.numbers:
        return False
    tokens = measures.numbers + measures.words
    places, changed = measures.number_places + measures.word_places, measures.numbers_changed + measures.words_changed
    return (
        _tail(measures.number_places, changed=places, numbers=measures.numbers, tokens=tokens) < _CHANCE_BY_PLACE
        or _tail(measures.numbers_changed, changed=changed, numbers=measures.numbers, tokens=tokens) < _CHANCE
    )


def _tail(hits: int, *, changed: int, numbers: int, tokens: int) -> float:
    """Probability of at least `hits` numbers among `changed` tokens drawn from `tokens`, `numbers` of which are numbers."""
    total = _log_choose(tokens, changed)
    return sum(
        exp(_log_choose(numbers, k) + _log_choose(tokens - numbers, changed - k) - total)
        for k in range(hits, min(numbers, changed) + 1)
        if changed - k <= tokens - numbers
    )


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


# --- titles ------------------------------------------------------------------------------------------------------------

_WORD = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+")
_HEAD_WORDS = 25
_SAME_HEAD = 0.5
"""Two texts begin alike when so many of the first words are the same."""
_ANNOUNCES = re.compile(
    r"follow[\s-]?ups?|extension|roll[\s-]?over|long[\s-]?term|update[sd]?|interim|final\b|post[\s-]?hoc|sub[\s-]?(?:group|study)"
    r"|erratum|corrigendum|correction|retract(?:ed|ion)|protocol"
    r"|随\s?访|隨\s?訪|延长期|延長期|延伸|扩展期|擴展期|更新|中期|最终|最終|长期|長期|亚组|亞組|勘误|更正|撤稿",
    re.IGNORECASE,
)
"""What makes a report another one when one title has it and the other has not."""
_DESIGNATED = re.compile(
    r"(?:part|cohort|arm|phase|stage|group|study|trial|issue|volume|chapter|section|day|week|month|year|no\.?)\s*[-#:]?\s*"
    r"(\d+(?:\.\d+)?[a-z]?|[ivx]+|[a-h])\b"
    r"|\b([ivx]+|\d+)\W*$"
    r"|(\d+)[\s-]*(?:year|month|week|day)s?\b|\b(first|second|third|fourth|fifth)\b"
    r"|第\s*([\d一二三四五六七八九十]+)|([\d一二三四五六七八九十]+|[ivx]+)\s*(?:期|年|队列|隊列|部分|个月|個月)"
    r"|(?:队列|隊列)\s*([\da-h一二三四五六七八九十]+)",
    re.IGNORECASE,
)
"""Which part, cohort, phase or issue a title names."""
_OTHER_ROMAN = {"iv": "4", "v": "5", "vi": "6"}
_ROMAN = re.compile(r"(?<![a-z])(?:i{1,3}|iv|vi?)(?![a-z])")
_OF_A_PHASE = re.compile(r"phase\s*[\di]+(?:\s?[ab])?|[\di]+\s*期")
"""A title may or may not say the phase: where one is silent, nothing differs."""


def _announces_more(smaller: Facts, larger: Facts) -> bool:
    """Whether a text that stands in a larger one is announced as something that the larger one is not."""
    if smaller.announces and not larger.announces:
        return True
    return bool(smaller.designations and larger.designations and smaller.designations - larger.designations)


def _titles_differ(one: Facts, other: Facts) -> bool:
    if not one.title or not other.title:
        # What the texts begin with stands for a title, unless one begins with something else.
        words, others = set(one.head), set(other.head)
        is_same_head = len(words & others) >= _SAME_HEAD * min(len(words), len(others))
        return is_same_head and one.head_announces != other.head_announces
    first, second = one.plain_title, other.plain_title
    if first == second:
        return False
    if first in second or second in first:
        # One has the name of the site behind it, or was cut off; what is added may still announce something.
        longer, shorter = sorted((first, second), key=len, reverse=True)
        added = _OF_A_PHASE.sub(" ", longer.replace(shorter, " "))
        return _announces(added) or bool(_designations(added))
    if one.title_announces != other.title_announces:
        return True
    return bool(one.designations - other.designations and other.designations - one.designations)


def _announces(words: str) -> bool:
    return _ANNOUNCES.search(words) is not None


def _designations(words: str) -> frozenset[str]:
    words = _ROMAN.sub(lambda roman: str(len(roman[0])) if set(roman[0]) == {"i"} else _OTHER_ROMAN[roman[0]], words)
    return frozenset(next(group for group in match.groups() if group) for match in _DESIGNATED.finditer(words))


def floors(rule: Rule) -> tuple[float, float]:
    """What `pairs.measure` has to be given so that every pair that can be a copy by the rule is measured in full."""
    return min(NEAR, rule.near), rule.contained


def worth_judging(measures: NDArray[np.void], rule: Rule) -> NDArray[np.bool_]:
    """Which pairs of an array of `MEASURES` can be copies at all."""
    contained = np.maximum(measures["first_in_second"], measures["second_in_first"])
    return (measures["jaccard"] >= rule.near) | (contained >= rule.contained)
