"""What speaks for and against a document and a trial being one, in points and in words.

Here belongs the comparison of what two sides tell: titles, treatments, and what a trial has once. Which pairs are compared, and which of
them become links, belongs to `matching.py`.

A point is about one step of the natural logarithm of the odds: what is seen in every pair of the same trial, and in one in three of the
strangers that come this far, is worth one. The points were set by hand after such counts, and are kept round.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from pipelines.link.statements import Facts

Row = dict[str, Any]


class Title(NamedTuple):
    """A title by its words, for telling how alike two are."""

    letters: str
    words: frozenset[str]
    marks: frozenset[str]
    """Numbers, Roman numerals and single letters: what tells the second part of a study from the first."""
    kin: frozenset[str]
    """What names a study after another one, or after the people that it is repeated in."""
    bare: frozenset[str]
    """Its words but for marks and kin."""


_WORD = re.compile(r"\w+")
_MARK = re.compile(r"\d+|[ivx]{1,5}|[a-z]")
_PHASE = re.compile(r"\bphase\s+[\divab]+(?:\s?[/-]\s?[\divab]+)?\b")
_KIN = {
    "extension": r"extension",
    "rollover": r"roll-?over",
    "follow-up": r"follow(?:ed)?[- ]?up",
    "long-term": r"long[- ]?term",
    "continuation": r"continu(?:ation|ed)",
    "retreatment": r"re-?treatment",
    "substudy": r"sub-?study",
    "expanded access": r"expanded access",
    "Japan": r"japan(?:ese)?",
    "China": r"chin(?:a|ese)",
    "Korea": r"korean?s?",
    "Taiwan": r"taiwan(?:ese)?",
    "India": r"indian?s?",
    "Asia": r"asian?s?",
    "children": r"pa?ediatrics?|child(?:ren|hood)?",
    "adolescents": r"adolescents?|teenagers?",
    "infants": r"infants?|newborns?|neonat(?:es|al)",
}
_ANY_KIN = re.compile("|".join(rf"\b(?P<k{place}>{form})\b" for place, form in enumerate(_KIN.values())))


def title(words: str) -> Title:
    """A title taken apart."""
    plain = _PHASE.sub(" ", words.casefold())
    found = frozenset(_WORD.findall(plain))
    marks = frozenset(word for word in found if _MARK.fullmatch(word)) - {"a", "s"}
    kin = frozenset(list(_KIN)[int(match.lastgroup[1:])] for match in _ANY_KIN.finditer(plain) if match.lastgroup)
    bare = frozenset(_WORD.findall(_ANY_KIN.sub(" ", plain))) - marks
    return Title("".join(_WORD.findall(words.casefold())).replace("_", ""), found, marks, kin, bare)


class Told(NamedTuple):
    """What a document or a trial tells beside its statements."""

    titles: Sequence[Title]
    facts: Sequence[Facts]
    """Of each of a trial's documents: versions may differ, and one that agrees is enough."""


class WordWeights(NamedTuple):
    """How rare the words of titles are: `log(trials / trials that use it)`; a word that no trial uses is as rare as can be."""

    known: Mapping[str, float]
    rarest: float

    def of(self, words: Iterable[str]) -> float:
        return sum(self.known.get(word, self.rarest) for word in words)


class Evidence(NamedTuple):
    """Points for, with what was found in words."""

    points: float
    reasons: list[str]
    against: list[str]
    """What a trial has once and the two state differently: no link, whatever else is alike."""


_SAME_TITLE = 5.0
_LIKE_TITLE = 3.0
_LEAST_LIKE = 0.3
_TURN = 0.7
_SENTENCE = 1.5
_MOST = 6
"""Turns of titles, and sentences, that count: the seventh tells nothing new."""
_SAME_TREATMENTS = 1.5
_TREATMENT_WEIGHT = 0.1
_MOST_TREATMENT_WEIGHT = 20.0
_SAME_CONDITIONS = 0.6
_AGREEMENT = {"sponsor": 0.5, "phases": 0.5, "start": 2.0, "enrolment": 2.0, "number": 3.0}
_DISAGREEMENT = {"sponsor": 2.0, "conditions": 1.0, "treatments": 3.0}
_MARKED = 2.0
_OVERWHELMING = 5
"""Sentences that no other trial has: then what may change from one version to the next is no contradiction."""


def evidence(row: Row, document: Told, trial: Told, weights: WordWeights) -> Evidence:
    """All that is known of a pair. `row` is one of `matching.candidates`."""
    titles = compare_titles(document.titles, trial.titles, weights)
    facts = [(one, other) for one in document.facts for other in trial.facts]
    against = min((contradictions(one, other) for one, other in facts), key=len, default=[])
    alike = max((agreements(one, other) for one, other in facts), key=len, default=[])
    if row["n_unique"] >= _OVERWHELMING and row["score"] >= _MOST_ALIKE:
        against = [one for one in against if one not in CHANGING]
    if row.get("is_listed"):
        against = [*against, "its own record is in the same file"]
    found = [*_of_titles(titles, row), *_of_words(row), *((_AGREEMENT[one], f"same {one}") for one in alike)]
    found += [(-_DISAGREEMENT[one], words) for one, words in _OTHERS.items() if all(are_others(*both, one) for both in facts)]
    if titles.sequel:
        against = [*against, titles.sequel]
    elif titles.is_marked:
        found.append((-_MARKED, "other numbers in the title"))
    return Evidence(sum(points for points, _ in found), [words for _, words in found], against)


_MOST_ALIKE = 0.8
_OTHERS = {"sponsor": "another sponsor", "treatments": "other treatments"}
_LEAST_SHARED = {"sponsor": 0.35, "treatments": 0.0}


def are_others(one: Facts, other: Facts, name: str) -> bool:
    """Whether two names have hardly a word in common; a sponsor that changes its name seldom changes all of it."""
    some, others = getattr(one, name), getattr(other, name)
    return bool(some and others) and len(some & others) <= _LEAST_SHARED[name] * len(some | others)


class TitleLikeness(NamedTuple):
    likeness: float | None
    is_same: bool
    is_marked: bool
    sequel: str
    """Why they name two studies; empty where they do not."""


def compare_titles(some: Sequence[Title], others: Sequence[Title], weights: WordWeights) -> TitleLikeness:
    """The most similar titles: the part of their words, by weight, that both have; None where one side has no title."""
    best: tuple[bool, float, bool, str] | None = None
    for one in some:
        for other in others:
            is_same = one.letters == other.letters
            likeness = 1.0 if is_same else _share(one.words, other.words, weights)
            is_marked = not is_same and bool(one.marks - other.marks and other.marks - one.marks)
            found = (is_same, likeness, is_marked, "" if is_same else _sequel(one, other))
            best = found if best is None else max(best, found)
    return TitleLikeness(None, False, False, "") if best is None else TitleLikeness(best[1], best[0], best[2], best[3])


def _share(some: frozenset[str], others: frozenset[str], weights: WordWeights) -> float:
    shared = weights.of(some & others)
    return shared / max(weights.of(some) + weights.of(others) - shared, 1e-9)


def _sequel(one: Title, other: Title) -> str:
    """Why two titles that are otherwise alike name two studies: "Part I", "Part II"; "... , an Extension in Japan"."""
    if len(one.bare & other.bare) < _ALIKE * len(one.bare | other.bare):
        return ""
    if one.kin != other.kin:
        return f"only one title says {', '.join(sorted(one.kin ^ other.kin))}"
    mine, theirs = one.marks - other.marks, other.marks - one.marks
    return "another number in the title" if (mine and theirs) or (mine | theirs) & _ORDINALS else ""


_ALIKE = 0.7
_ORDINALS = frozenset({"2", "3", "4", "ii", "iii", "iv"})
"""What a second part is named by, when the first had no number."""


def _of_titles(titles: TitleLikeness, row: Row) -> list[tuple[float, str]]:
    if titles.likeness is None:
        return []
    found = [(_LIKE_TITLE * max(0.0, (titles.likeness - _LEAST_LIKE) / (1 - _LEAST_LIKE)), f"titles {titles.likeness:.0%} alike")]
    if titles.is_same:
        found = [(_SAME_TITLE, "the same title")]
    if row["n_turns"]:
        found.append((_TURN * min(row["n_turns"], _MOST), f"{row['n_turns']} turns of a title that no other trial has"))
    return found


def _of_words(row: Row) -> list[tuple[float, str]]:
    found: list[tuple[float, str]] = []
    if row["n_unique"]:
        found.append((_SENTENCE * min(row["n_unique"], _MOST), f"{row['n_unique']} statements that no other trial makes"))
    treatments, conditions = row["treatments"], row["conditions"]
    if treatments is not None and treatments >= _ALL:
        weight = min(row["treatment_weight"], _MOST_TREATMENT_WEIGHT)
        found.append((_SAME_TREATMENTS + _TREATMENT_WEIGHT * weight, "the same treatments"))
    elif treatments:
        found.append((treatments, f"{treatments:.0%} of the treatments"))
    if conditions is not None:
        words = f"{conditions:.0%} of the conditions" if conditions else "other conditions"
        found.append((_SAME_CONDITIONS * conditions if conditions else -_DISAGREEMENT["conditions"], words))
    return found


_ALL = 0.95


def agreements(one: Facts, other: Facts) -> list[str]:
    """What both state alike of what a trial has once; a number of participants or a month is seldom the same by chance."""
    found = [
        name for name in ("sponsor", "start", "enrolment", "phases") if getattr(one, name) and getattr(one, name) == getattr(other, name)
    ]
    return [*found, *(["number"] if one.numbers & other.numbers else [])]


def contradictions(one: Facts, other: Facts) -> list[str]:
    """What a trial has once and the two state differently. Numbers and dates may change a little between versions."""
    found: list[str] = []
    if one.study_type and other.study_type and one.study_type != other.study_type:
        found.append("another study type")
    if one.phases and other.phases and not one.phases & other.phases:
        found.append("another phase")
    if one.enrolment and other.enrolment and max(one.enrolment, other.enrolment) > 2 * min(one.enrolment, other.enrolment) + 10:
        found.append(OTHER_ENROLMENT)
    if one.start and other.start and abs(_months(one.start) - _months(other.start)) > _MOST_MONTHS:
        found.append(_OTHER_START)
    if one.posted and other.posted and abs((date.fromisoformat(one.posted) - date.fromisoformat(other.posted)).days) > _MOST_DAYS:
        found.append("registered at another time")
    if one.numbers and other.numbers and not one.numbers & other.numbers:
        found.append("another study number")
    if one.acronym and other.acronym and one.acronym != other.acronym:
        found.append("another acronym")
    return found


OTHER_ENROLMENT, _OTHER_START = "another enrolment by far", "another start by far"
CHANGING = frozenset({OTHER_ENROLMENT, _OTHER_START})
"""What may change by far from one version of a record to the next: a trial is put off."""
_MOST_MONTHS = 12
_MOST_DAYS = 60
"""Some sources give the day of submission for that of posting."""


def _months(start: str) -> int:
    return int(start[:4]) * 12 + int(start[5:7])


def word_weights(counts: Mapping[str, int], n_trials: int) -> WordWeights:
    """Weights of words, each counted once for each title that has it."""
    rarest = math.log(max(n_trials, 2))
    return WordWeights({word: max(0.0, rarest - math.log(n)) for word, n in counts.items()}, rarest)
