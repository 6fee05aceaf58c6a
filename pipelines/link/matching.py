"""Which registered trial a document without a registry id speaks of: candidates, their score in plain terms, and the decision.

Here belongs the comparison of documents by what they say (`statements.py`). Where statements come from and what becomes of a link
belongs to `pipelines.linking`.

Candidates share a statement that few trials make, so that the work grows with the documents, not with their square. A candidate's weight is
that of the statements it shares, each by how rare it is; its score is the part of what the document says that the trial says too, of the
kinds of statement that both make. A link needs a title, or sentences that no other trial has, more of them the less the titles are alike;
what a trial has once must not differ; and no other candidate may come close.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from pipelines.link.statements import KINDS, OUTCOME, SENTENCE, TITLE, TITLE_PART, Facts

Row = dict[str, Any]

MOST_TRIALS = 50
"""A statement that more trials make leads to no candidate."""
MOST_CANDIDATES = 20
"""Candidates of a document that are weighed in full."""

_WEIGHTS = {TITLE: 2.0, TITLE_PART: 0.1, "condition": 0.5, "intervention": 1.0, "outcome": 1.0, "sponsor": 0.5, SENTENCE: 1.0}
_WEIGHT = pl.col("kind").replace_strict({place: _WEIGHTS[kind] for place, kind in enumerate(KINDS)}, return_dtype=pl.Float64)
_IS_TITLE = pl.col("kind") == KINDS.index(TITLE)
_IS_TITLE_PART = pl.col("kind") == KINDS.index(TITLE_PART)
_IS_OWN_WORDS = pl.col("kind").is_in([KINDS.index(SENTENCE), KINDS.index(OUTCOME)])
_LEAST_MARGIN = 4.0
_AGREEMENT = {"start": 4.0, "enrolment": 4.0, "phases": 1.0}
_LEAST_TITLE = 40
"""Letters of a title that may stand for a trial where nothing else can be compared."""


class Match(NamedTuple):
    """A document and a trial that may be the same, `score` 0 to 1, with what speaks for and against it in words."""

    document: str
    trial: str
    weight: float
    score: float
    is_link: bool
    reasons: list[str]
    method: str = "title"


TOPIC = "acronym_and_intervention"
"""The method of a link by what an article is about (`topics.py`)."""


class Title(NamedTuple):
    """A title by its words, for telling how alike two are."""

    words: frozenset[str]
    marks: frozenset[str]
    """Numbers, Roman numerals and single letters: what tells the second part of a study from the first."""
    n_letters: int


_WORD = re.compile(r"\w+")
_MARK = re.compile(r"\d+|[ivx]{1,5}|[a-z]")


def title(words: str) -> Title:
    """A title taken apart."""
    found = _WORD.findall(words.casefold())
    marks = frozenset(word for word in found if _MARK.fullmatch(word)) - {"a", "s"}
    return Title(frozenset(found), marks, sum(map(len, found)))


def weights(trials: pl.DataFrame) -> pl.DataFrame:
    """`kind`, `key`, `n_trials`, `weight` of every statement of `trials` (`trial`, `kind`, `key`; unique rows)."""
    n_trials = max(trials["trial"].n_unique(), 2)
    return (
        trials.group_by("kind", "key")
        .agg(n_trials=pl.len())
        .with_columns(weight=_WEIGHT * (math.log(n_trials) - pl.col("n_trials").cast(pl.Float64).log()))
    )


def candidates(documents: pl.DataFrame, trials: pl.DataFrame) -> pl.DataFrame:
    """One row per document and trial that share a rare statement, the heaviest candidates of each document.

    `documents` has `document`, `kind` (place in `KINDS`), `key`; `trials` has `trial`, `kind`, `key`. Gives `document`, `trial`, `weight`,
    `score`, `n_shared`, `n_unique` (statements that only this trial makes) and `has_title`.
    """
    asked = documents.select("kind", "key").unique()
    weighed = weights(trials)
    said = trials.join(asked, on=["kind", "key"], how="semi").join(weighed, on=["kind", "key"])
    rare = said.filter(pl.col("n_trials") <= MOST_TRIALS)
    pairs = documents.join(rare, on=["kind", "key"]).group_by("document", "trial").agg(rare_weight=pl.col("weight").sum())
    pairs = pairs.filter(pl.col("rare_weight").rank("ordinal", descending=True).over("document") <= MOST_CANDIDATES)
    shared = (
        pairs.join(documents, on="document")
        .join(said, on=["trial", "kind", "key"])
        .group_by("document", "trial")
        .agg(
            weight=pl.col("weight").sum(),
            n_shared=(~_IS_TITLE_PART).sum(),
            n_unique=((pl.col("n_trials") == 1) & _IS_OWN_WORDS).sum(),
            has_title=_IS_TITLE.any(),
        )
    )
    # A statement that no trial makes is as rare as can be.
    rarest = math.log(max(trials["trial"].n_unique(), 2))
    own = documents.join(weighed, on=["kind", "key"], how="left").with_columns(weight=pl.coalesce("weight", _WEIGHT * rarest))
    by_kind = own.group_by("document", "kind").agg(own=pl.col("weight").sum())
    kinds = trials.join(pairs.select("trial").unique(), on="trial", how="semi").select("trial", "kind").unique()
    comparable = (
        pairs.select("document", "trial").join(by_kind, on="document").join(kinds, on=["trial", "kind"]).group_by("document", "trial")
    ).agg(comparable=pl.col("own").sum())
    return shared.join(comparable, on=["document", "trial"]).with_columns(score=pl.col("weight") / pl.col("comparable"))


def contradictions(one: Facts, other: Facts) -> list[str]:
    """What a trial has once and the two state differently. Numbers and dates may change a little between versions."""
    found: list[str] = []
    if one.study_type and other.study_type and one.study_type != other.study_type:
        found.append("another study type")
    if one.phases and other.phases and not one.phases & other.phases:
        found.append("another phase")
    if one.enrolment and other.enrolment and max(one.enrolment, other.enrolment) > 2 * min(one.enrolment, other.enrolment) + 10:
        found.append("another enrolment" + _BY_FAR)
    if one.start and other.start and abs(_months(one.start) - _months(other.start)) > _MOST_MONTHS:
        found.append("another start" + _BY_FAR)
    if one.sponsor and other.sponsor and one.sponsor != other.sponsor:
        found.append("another sponsor")
    return found


_MOST_MONTHS = 12
_BY_FAR = " by far"


def _months(start: str) -> int:
    return int(start[:4]) * 12 + int(start[5:7])


def agreements(one: Facts, other: Facts) -> list[str]:
    """What both state alike of that; a number of participants or a month is seldom the same by chance."""
    found = ["start"] if one.start is not None and one.start == other.start else []
    found += ["enrolment"] if one.enrolment and one.enrolment == other.enrolment else []
    return found + (["phases"] if one.phases and one.phases == other.phases else [])


class Told(NamedTuple):
    """What a document or a trial tells beside its statements."""

    titles: Sequence[Title]
    facts: Sequence[Facts]
    """Of each of a trial's documents: versions may differ, and one that agrees is enough."""


class _Weighed(NamedTuple):
    match: Match
    is_possible: bool
    """Nothing speaks against it."""
    is_likely: bool
    """Less than enough is shared, but more than by chance: a link where no other trial comes near."""


def decide(rows: Iterable[Row], document: Told, trials: Mapping[str, Told]) -> list[Match]:
    """The candidates of one document, the heaviest first; at most one is a link. `rows` are those of `candidates`."""
    weighed = sorted((_weigh(row, document, trials[row["trial"]]) for row in rows), key=lambda one: (-one.match.weight, one.match.trial))
    best = next((one for one in weighed if one.match.is_link), None)
    if best is None:
        likely = weighed[0] if weighed and weighed[0].is_likely else None
        return [_with(one.match, is_link=one is likely and _is_ahead(one, weighed)) for one in weighed]
    rivals = [one.match.weight for one in weighed if one is not best and one.is_possible]
    is_alone = best.match.weight - max(rivals, default=0.0) >= _LEAST_MARGIN
    if not is_alone:
        best.match.reasons.append("another trial comes as close")
    return [_with(one.match, is_link=one is best and is_alone) for one in weighed]


def _with(match: Match, *, is_link: bool) -> Match:
    return match._replace(is_link=is_link)


def _is_ahead(best: _Weighed, weighed: Sequence[_Weighed]) -> bool:
    return all(best.match.weight >= 2 * one.match.weight for one in weighed if one is not best)


def _weigh(row: Row, document: Told, trial: Told) -> _Weighed:
    against = min((contradictions(one, other) for one in document.facts for other in trial.facts), key=len, default=[])
    alike = max((agreements(one, other) for one in document.facts for other in trial.facts), key=len, default=[])
    likeness, is_sequel, n_letters = _likeness(document.titles, trial.titles)
    weight = row["weight"] + sum(_AGREEMENT[one] for one in alike)
    score = min(1.0, row["score"])
    if is_sequel:
        against = [*against, "another number in the title"]
    elif row["has_title"] and row["n_unique"] >= _OVERWHELMING and score >= 0.8:
        # An enrolment or a start may move by far from one version to the next.
        against = [one for one in against if not one.endswith(_BY_FAR)]
    reasons = [f"{row['n_shared']} statements alike", f"{row['n_unique']} of them of no other trial"]
    reasons += [f"titles {likeness:.0%} alike"] if likeness is not None else []
    reasons += [f"same {one}" for one in alike]
    is_same = _is_enough(row, score, likeness, len(alike), n_letters)
    is_likely = likeness is None and row["n_unique"] >= _LEAST_UNIQUE
    match = Match(row["document"], row["trial"], weight, score, is_same and not against, [*reasons, *against])
    return _Weighed(match, not against, is_likely and not against)


_LEAST_UNIQUE = 2
_OVERWHELMING = 5


def _likeness(some: Sequence[Title], others: Sequence[Title]) -> tuple[float | None, bool, int]:
    """How alike the most similar titles are (Jaccard over words; None where one has none), whether they differ in a number and hardly in
    anything else ("Part I", "Part II"), and the letters of the shorter.
    """
    best: tuple[float, bool, int] | None = None
    for one in some:
        for other in others:
            likeness = _share(one.words, other.words)
            is_sequel = one.marks != other.marks and _share(one.words - one.marks, other.words - other.marks) >= _SEQUEL
            found = (likeness, is_sequel, min(one.n_letters, other.n_letters))
            best = found if best is None else max(best, found)
    return best or (None, False, 0)


_SEQUEL = 0.8


def _share(some: frozenset[str], others: frozenset[str]) -> float:
    return len(some & others) / max(1, len(some | others))


def _is_enough(row: Row, score: float, likeness: float | None, n_alike: int, n_letters: int) -> bool:
    """Whether what is shared can only be the same trial: the more alike the titles are, the less else is asked for."""
    n_shared, n_unique = row["n_shared"], row["n_unique"]
    if row["has_title"]:
        if n_shared > 1:
            return score >= 0.3 or n_unique >= 1 or n_alike > 1
        # Nothing else can be compared, or nothing else is alike.
        return score >= 0.15 and n_letters >= _LEAST_TITLE
    if likeness is None:
        return n_unique >= 3 and score >= 0.5
    if likeness >= 0.9:
        return n_letters >= _LEAST_TITLE or (n_shared >= 1 and score >= 0.35)
    if likeness >= 0.75:
        return n_shared >= 2 and (score >= 0.4 or n_unique >= 1)
    if likeness >= 0.5:
        return score >= 0.4 and (n_unique >= 2 or n_alike > 1)
    return n_unique >= 5 and score >= 0.6
