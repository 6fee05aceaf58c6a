"""Endpoint concepts: from the title of an outcome measure to the concept that it surely measures, or to nothing.

Here belongs the reading of titles ("Progression-free survival per RECIST 1.1" is `PFS`) by the rows of `data/endpoint_concepts.tsv`; what
those do not say in Chinese is said by the phrases of `data/outcome_words.tsv`, by which reports are read too. Time frames, criteria and
results do not.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from pipelines.text.folding import folded
from pipelines.vocab.data_files import read_rows, vocabulary_paths

_CONCEPTS_PATH = Path(__file__).parent / "data" / "endpoint_concepts.tsv"
_NO_CONCEPT = "-"
_RELATION = "~"


@dataclass(frozen=True, slots=True)
class Concept:
    """`name`: of the column `concept` ("PFS"). `endpoint_class`: of the column of that name ("time_to_event")."""

    name: str
    endpoint_class: str


@dataclass(frozen=True, slots=True)
class _Rule:
    concept: Concept
    strength: int
    needs_oncology: bool
    unless: re.Pattern[str] | None
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Rules:
    """Rules, each with its place in the file, by the letters that a title must hold for them to match.

    `words` are for lower-case titles, `caps` for titles as written, `chinese` for those in simplified script.
    """

    words: dict[str, list[tuple[int, _Rule]]]
    caps: dict[str, list[tuple[int, _Rule]]]
    chinese: dict[str, list[tuple[int, _Rule]]]


# What a long title names late is how something is measured, or in whom.
_READ_CHARS = 150


@cache
def _rules() -> _Rules:
    rules = _Rules({}, {}, {})
    of_letters = {"words": rules.words, "caps": rules.caps, "chinese": rules.chinese}
    n_rows = 0
    for n_rows, row in enumerate(read_rows(_CONCEPTS_PATH), start=1):
        pattern = (
            row["pattern"] if row["letters"] == "chinese" else rf"\b(?:{row['pattern']})" + (r"\b" if row["letters"] == "caps" else "")
        )
        rule = _Rule(
            Concept(row["concept"], row["endpoint_class"]),
            int(row["strength"] or 0),
            row["oncology"] == "y",
            re.compile(row["unless"]) if row["unless"] else None,
            re.compile(pattern),
        )
        of_letters[row["letters"]].setdefault(row["needs"], []).append((n_rows, rule))
    for place, (phrase, concept) in enumerate(_chinese_phrases(), start=n_rows + 1):
        rule = _Rule(concept, _SURE, concept.endpoint_class in _SAID_OF_TUMOURS, None, re.compile(re.escape(phrase)))
        rules.chinese.setdefault(phrase, []).append((place, rule))
    return rules


_SURE = 2
# "缓解率" of depression is no ORR.
_SAID_OF_TUMOURS = frozenset({"response", "time_to_event", "pathology"})


def _chinese_phrases() -> list[tuple[str, Concept]]:
    """Chinese nouns for what is measured, the longest first; those of the opposite ("死亡率") name no concept, but hide what they hold."""
    rows = [row for path in vocabulary_paths("outcome_words.tsv") for row in read_rows(path) if not row["form"]]
    found: dict[str, Concept] = {}
    for row in rows:
        name = _NO_CONCEPT if row["is_adverse"] == "y" else row["concept"]
        for phrase in row["chinese"].split("|"):
            if _CHINESE.search(phrase):
                found.setdefault(folded(phrase), Concept(name, row["endpoint_class"]))
    return sorted(found.items(), key=lambda item: -len(item[0]))


_CHINESE = re.compile("[\u3400-\u9fff]")


def _matches(title: str, by_letters: Mapping[str, list[tuple[int, _Rule]]]) -> list[tuple[int, int, int, _Rule]]:
    """(start, place of the rule, end, rule) of all matches in a title, in that order."""
    return sorted(
        (
            (match.start(), place, match.end(), rule)
            for letters, rules in by_letters.items()
            if letters in title
            for place, rule in rules
            for match in rule.pattern.finditer(title)
        ),
        key=lambda found: found[:2],
    )


@lru_cache(maxsize=65_536)
def find_concept(measure: str, *, is_oncology: bool = False) -> Concept | None:
    """The concept of an outcome measure's title; None where none fits or two that are unrelated compete ("PFS and OS").

    `is_oncology` admits titles that say a concept only of neoplasms: "Response rate" is `ORR` there, something else in a
    trial on depression.
    """
    rules = _rules()
    title = " ".join(measure.split())
    lower = title.lower()
    found: list[tuple[int, _Rule]] = []
    masked: list[tuple[int, int]] = []
    is_relation = False
    read_to = 0
    matches: list[tuple[int, int, int, _Rule]] = []
    if _CHINESE.search(title):
        lower = folded(title)
        matches = _matches(lower[:_READ_CHARS], rules.chinese)
        # A Latin word begins and ends beside a Chinese one too: "评估ORR".
        title, lower = _CHINESE.sub(" ", title), _CHINESE.sub(" ", lower)
    matches += _matches(lower[:_READ_CHARS], rules.words)
    for start, _, end, rule in sorted(matches, key=lambda match: match[:2]):
        if start < read_to:
            continue
        read_to = end
        if rule.concept.name == _NO_CONCEPT:
            masked.append((start, end))
        elif rule.concept.name == _RELATION:
            is_relation = True
        elif _counts(rule, lower, is_oncology=is_oncology):
            found.append((start, rule))
    read_to = 0
    for start, _, end, rule in _matches(title[:_READ_CHARS], rules.caps):
        is_masked = start < read_to or any(low <= start < high for low, high in masked)
        if not is_masked and _counts(rule, lower, is_oncology=is_oncology):
            read_to = end
            found.append((start, rule))
    return _decide(found, is_relation=is_relation)


def _counts(rule: _Rule, title: str, *, is_oncology: bool) -> bool:
    return (is_oncology or not rule.needs_oncology) and not (rule.unless is not None and rule.unless.search(title))


def _decide(found: list[tuple[int, _Rule]], *, is_relation: bool) -> Concept | None:
    """The one concept among those found at their positions."""
    if is_relation:
        # "Correlation of PD-L1 expression with PFS" reports no PFS.
        found = [(at, rule) for at, rule in found if rule.concept.name == "BIOMARKER"]
    strongest = max((rule.strength for _, rule in found), default=0)
    in_order = [rule.concept for _, rule in sorted(found, key=lambda item: item[0]) if rule.strength == strongest]
    concepts = list(dict.fromkeys(in_order))
    if not concepts:
        return None
    names = {concept.name for concept in concepts}
    if len(names) == 1:
        return concepts[0]
    if names == {"AE", "SAE"}:
        return next(concept for concept in concepts if concept.name == "AE")
    if names == {"ORR", "CR_RATE"} or {concept.endpoint_class for concept in concepts} == {"dose_finding"}:
        # "ORR (CR + PR)", "MTD as defined by DLTs": what comes first is measured, the rest says how.
        return concepts[0]
    return None
