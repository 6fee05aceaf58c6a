"""Which registered trial a document without a registry id speaks of: candidates, and the decision.

Here belongs the search for trials that say the same (`statements.py`), and the choice among them. What a pair is compared by belongs to
`evidence.py`; where statements come from and what becomes of a link, to `pipelines.linking`.

Candidates share a statement that few trials make, so that the work grows with the documents, not with their square. A link needs enough
points and nothing against it, and no other candidate may come close.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import polars as pl

from pipelines.link.evidence import Evidence, Row, Told, WordWeights, evidence
from pipelines.link.statements import CONDITION, INTERVENTION, KINDS, OUTCOME, SENTENCE, TITLE, TITLE_PART

MOST_TRIALS = 50
"""A statement that more trials make leads to no candidate."""
MOST_CANDIDATES = 20
"""Candidates of a document that are weighed in full."""

_WEIGHTS = {
    TITLE: 2.0,
    TITLE_PART: 0.1,
    "condition": 0.5,
    "intervention": 1.0,
    "outcome": 1.0,
    "sponsor": 0.5,
    SENTENCE: 1.0,
    "number": 1.0,
}
_WEIGHT = pl.col("kind").replace_strict({place: _WEIGHTS[kind] for place, kind in enumerate(KINDS)}, return_dtype=pl.Float64)
_OWN_WORDS = [KINDS.index(SENTENCE), KINDS.index(OUTCOME)]
_SETS = {"treatments": KINDS.index(INTERVENTION), "conditions": KINDS.index(CONDITION)}
"""Kinds of which a trial has few: there it counts too what one side has and the other has not."""

_LEAST_RARITY = 0.01
"""What all trials say weighs little, but it is no difference."""
LEAST_POINTS = 6.0
LEAST_MARGIN = 2.0


class Match(NamedTuple):
    """A document and a trial that may be the same, `score` 0 to 1 (0.5 at least for a link), with what speaks for and against it."""

    document: str
    trial: str
    points: float
    score: float
    is_link: bool
    reasons: list[str]
    method: str = "title"


def best_of_pairs(matches: Iterable[Match]) -> list[Match]:
    """Of each document and trial one match, where several methods found the pair: a link rather than a near miss, then the likelier."""
    best: dict[tuple[str, str], Match] = {}
    for one in matches:
        pair = (one.document, one.trial)
        if pair not in best or (one.is_link, one.score) > (best[pair].is_link, best[pair].score):
            best[pair] = one
    return list(best.values())


TOPIC = "acronym_and_intervention"
"""The method of a link by what an article is about (`topics.py`)."""


class Known(NamedTuple):
    """What is known of the registered trials, weighed once for all documents."""

    said: pl.DataFrame
    """`trial`, `kind`, `key`, `n_trials`, `weight`: statements that some document makes too, and all treatments and conditions."""
    kinds: pl.DataFrame
    """`trial`, `kind`, `whole`: which kinds of statement a trial makes; `whole` is their weight, of the kinds in `_SETS`."""
    rarest: float
    """The weight of what one trial says."""


def asked_for(said: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """Of statements those that some document makes too (`keys`: `kind`, `key`), and all of the kinds in `_SETS`."""
    is_set = pl.col("kind").is_in(list(_SETS.values()))
    return pl.concat([said.filter(is_set), said.filter(~is_set).join(keys, on=["kind", "key"], how="semi")])


def known(trials: pl.DataFrame, n_trials: int) -> Known:
    """`trials` has `trial`, `kind`, `key`, unique rows: at least what is asked for and all of the kinds in `_SETS`."""
    rarest = math.log(max(n_trials, 2))
    counted = trials.group_by("kind", "key").agg(n_trials=pl.len())
    rarity = pl.max_horizontal(rarest - pl.col("n_trials").cast(pl.Float64).log(), _LEAST_RARITY)
    weighed = counted.with_columns(weight=_WEIGHT * rarity)
    said = trials.join(weighed, on=["kind", "key"])
    return Known(said, said.group_by("trial", "kind").agg(whole=pl.col("weight").sum()), rarest)


def candidates(documents: pl.DataFrame, trials: Known) -> pl.DataFrame:
    """One row per document and trial that share a rare statement, the heaviest candidates of each document.

    `documents` has `document`, `kind` (place in `KINDS`), `key`. Gives `document`, `trial`, and

    - `score`: the part of what the document says that the trial says too, of the kinds that both make
    - `n_unique`: sentences and outcomes that only this trial has; `n_turns`: runs of words of titles
    - `treatments`, `conditions`: the part that both have, null where one has none; `treatment_weight`
    """
    shared = documents.join(trials.said, on=["kind", "key"])
    pairs = (
        shared.filter(pl.col("n_trials") <= MOST_TRIALS)
        .group_by("document", "trial")
        .agg(rare=pl.col("weight").sum())
        .filter(pl.col("rare").rank("ordinal", descending=True).over("document") <= MOST_CANDIDATES)
        .select("document", "trial")
    )
    is_unique = pl.col("n_trials") == 1
    alike = shared.join(pairs, on=["document", "trial"], how="semi")
    summed = alike.group_by("document", "trial").agg(
        weight=pl.col("weight").sum(),
        n_unique=(is_unique & pl.col("kind").is_in(_OWN_WORDS)).sum(),
        n_turns=(is_unique & (pl.col("kind") == KINDS.index(TITLE_PART))).sum(),
        treatment_weight=pl.col("weight").filter(pl.col("kind") == _SETS["treatments"]).sum(),
    )
    # A statement that no trial makes is as rare as can be.
    weights = trials.said.select("kind", "key", "weight").unique(["kind", "key"])
    own = documents.join(weights, on=["kind", "key"], how="left").with_columns(weight=pl.coalesce("weight", _WEIGHT * trials.rarest))
    by_kind = own.group_by("document", "kind").agg(own=pl.col("weight").sum())
    both = pairs.join(by_kind, on="document").join(trials.kinds, on=["trial", "kind"])
    comparable = both.group_by("document", "trial").agg(comparable=pl.col("own").sum())
    found = summed.join(comparable, on=["document", "trial"]).with_columns(score=pl.col("weight") / pl.max_horizontal("comparable", 1e-9))
    for name, kind in _SETS.items():
        of_kind = alike.filter(pl.col("kind") == kind).group_by("document", "trial").agg(alike=pl.col("weight").sum())
        part = (
            both.filter(pl.col("kind") == kind)
            .join(of_kind, on=["document", "trial"], how="left")
            .select("document", "trial", (pl.col("alike").fill_null(0.0) / pl.max_horizontal("own", "whole", 1e-9)).alias(name))
        )
        found = found.join(part, on=["document", "trial"], how="left")
    return found


def decide(rows: Iterable[Row], document: Told, trials: Mapping[str, Told], weights: WordWeights) -> list[Match]:
    """The candidates of one document, the best first; at most one is a link. `rows` are those of `candidates`."""
    weighed = [(row, evidence(row, document, trials[row["trial"]], weights)) for row in rows]
    weighed.sort(key=lambda one: (-one[1].points, one[0]["trial"]))
    possible = [row["trial"] for row, found in weighed if not found.against]
    return [_match(row, found, possible[:1], weighed) for row, found in weighed]


def _match(row: Row, found: Evidence, best: Sequence[str], weighed: Sequence[tuple[Row, Evidence]]) -> Match:
    is_best = row["trial"] in best and found.points >= LEAST_POINTS
    rivals = [other.points for one, other in weighed if one is not row and not other.against]
    is_alone = found.points - max(rivals, default=-math.inf) >= LEAST_MARGIN
    close = ["another trial comes as close"] if is_best and not is_alone else []
    score = min(1.0, max(0.0, found.points / LEAST_POINTS / 2))
    return Match(row["document"], row["trial"], found.points, score, is_best and is_alone, [*found.reasons, *found.against, *close])


def each_once(matches: Sequence[Match], files: Mapping[str, str]) -> list[Match]:
    """The matches, where of all records of a file one at most is a trial's: a list of trials has each of them once.

    `files` tells the file of each record; a document that is not in it, an article, may be one of many of its trial.
    """
    points: dict[tuple[str, str], list[float]] = {}
    for one in matches:
        if one.is_link and one.document in files:
            points.setdefault((files[one.document], one.trial), []).append(one.points)
    found = []
    for one in matches:
        rivals = points.get((files.get(one.document, ""), one.trial), [])
        is_second = one.is_link and one.document in files and _is_close(one.points, rivals)
        found.append(one._replace(is_link=False, reasons=[*one.reasons, "another record of the file comes as close"]) if is_second else one)
    return found


def _is_close(points: float, rivals: Sequence[float]) -> bool:
    others = sorted(rivals, reverse=True)
    others.remove(points)
    return bool(others) and points - others[0] < LEAST_MARGIN
