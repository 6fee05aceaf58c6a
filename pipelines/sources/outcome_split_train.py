"""Fitting the weights of the outcome splitter (`outcome_split`) to studies whose outcomes come in parts.

Belongs here: reading training studies, fitting, measuring. Does not belong here: anything that splitting itself needs.

    python -m pipelines.sources.outcome_split_train --data DIR [DIR ...] --output FILE

reads every ClinicalTrials.gov API v2 study (.json: one study, a list, or an object with `studies`) and every legacy XML
study under the folders, also inside .zip files. A fifth of the trials, chosen by their NCT id, is held out; weights
fitted to the others are measured on it through the code that splits for the pipeline. Then weights are fitted to all
trials and written. Needs numpy and scipy; splitting needs neither.
"""

import argparse
import hashlib
import re
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from lxml import etree
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from pipelines.sources.outcome_split import (
    Candidates,
    Outcome,
    Reading,
    Weights,
    add_votes,
    border_features,
    choose_readings,
    habit_features,
    likely,
    make_weights,
    part_words,
    read_outcome,
    reading_features,
    readings,
    word_features,
    write_weights,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FOLDS = 5
# Legacy XML is older trials with shorter outcomes (51% without description, in API records 16%). At full weight they
# cost API records 0.1 points, at none they lose 2 points themselves.
_LEGACY_WEIGHT = 0.2
# Rarer features are left out: with 6, 12 and 25 here the share of right outcomes was the same within 0.1 points.
_LEAST_COUNT = 8
_PENALTY_ALONE = 2.0
_PENALTY_HABITS = 3.0
_ITERATIONS = 150
# Smaller weights are dropped; the accuracy in the header is measured without them.
_LEAST_WEIGHT = 0.02


class Parts(NamedTuple):
    """One outcome as the registry has it; "" for a missing part."""

    measure: str
    description: str
    time_frame: str

    @property
    def joined(self) -> str:
        """The outcome as a CSV export writes it."""
        return ", ".join(part for part in self if part)


@dataclass(frozen=True, slots=True)
class Trial:
    """All outcomes of one trial, primary to other, and whether they come from a legacy XML file."""

    nct_id: str
    legacy: bool
    outcomes: list[Parts]


@dataclass(frozen=True, slots=True)
class Example:
    """A trial's outcomes read for fitting, with the true reading of each."""

    outcomes: list[Outcome]
    truth: list[Reading]
    weight: float
    fold: int


@dataclass(frozen=True, slots=True)
class Choices:
    """Many outcomes, each with the readings that can be chosen, as one flat list of readings.

    `first[o]` is where the readings of outcome o begin, `outcome[r]` the outcome of reading r, `truth[o]` the flat
    position of the true reading, `weight[o]` how much outcome o counts. The score of reading r sums the rows
    `rows[r, :]` of `features` (sparse, one row per border or reading, one column per feature) and adds a multiple of
    `base[r]`.
    """

    first: Ints
    outcome: Ints
    truth: Ints
    weight: Floats
    rows: Ints
    features: csr_matrix
    base: Floats


class Accuracy(NamedTuple):
    """Outcomes split, those with all three parts right, and the same among outcomes whose text was not trained on."""

    outcomes: int
    right: int
    unseen_outcomes: int
    unseen_right: int


# --- training studies


def read_trials(folders: Sequence[Path]) -> list[Trial]:
    """Every trial with outcomes under the folders, once, ordered by NCT id; an API record goes before a legacy one.

    Files that hold no study are counted on standard error, by reason.
    """
    skipped: Counter[str] = Counter()
    trials: dict[str, Trial] = {}
    for name, content in _files(folders):
        try:
            found = list(_legacy_trials(content) if name.endswith(".xml") else _api_trials(content))
        except (msgspec.DecodeError, etree.XMLSyntaxError) as error:
            skipped[type(error).__name__] += 1
            continue
        if not found:
            skipped["no outcomes"] += 1
        for trial in found:
            known = trials.get(trial.nct_id)
            if known is None or (known.legacy and not trial.legacy):
                trials[trial.nct_id] = trial
    for reason, count in sorted(skipped.items()):
        print(f"skipped {count} files: {reason}", file=sys.stderr)
    return [trials[nct_id] for nct_id in sorted(trials)]


def _files(folders: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    """Name and content of every .json and .xml file, also inside .zip files, in the order of their paths."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".json", ".xml"):
                yield path.name, path.read_bytes()
            elif path.suffix == ".zip":
                with zipfile.ZipFile(path) as archive:
                    for name in sorted(archive.namelist()):
                        if name.endswith((".json", ".xml")):
                            yield name, archive.read(name)


def _api_trials(content: bytes) -> Iterator[Trial]:
    parsed: Any = msgspec.json.decode(content)
    if isinstance(parsed, dict):
        parsed = parsed.get("studies", [parsed])
    for study in parsed if isinstance(parsed, list) else []:
        protocol = study.get("protocolSection") if isinstance(study, dict) else None
        if not isinstance(protocol, dict):
            continue
        nct_id = protocol.get("identificationModule", {}).get("nctId")
        module = protocol.get("outcomesModule", {})
        outcomes = [
            Parts(*((outcome.get(key) or "").strip() for key in ("measure", "description", "timeFrame")))
            for role in ("primaryOutcomes", "secondaryOutcomes", "otherOutcomes")
            for outcome in module.get(role) or []
        ]
        if nct_id and outcomes:
            yield Trial(nct_id, legacy=False, outcomes=outcomes)


def _legacy_trials(content: bytes) -> Iterator[Trial]:
    root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    nct_id = root.findtext("id_info/nct_id")
    outcomes = [
        Parts(*(_one_line(element.findtext(key)) for key in ("measure", "description", "time_frame")))
        for role in ("primary_outcome", "secondary_outcome", "other_outcome")
        for element in root.findall(role)
    ]
    if nct_id and outcomes:
        yield Trial(nct_id, legacy=True, outcomes=outcomes)


def _one_line(text: str | None) -> str:
    """Text without the indentation and wrapping of legacy elements."""
    return re.sub(r"\s+", " ", text or "").strip()


def fold_of(nct_id: str) -> int:
    """The fold of a trial, the same wherever it is found."""
    return int(hashlib.sha1(nct_id.encode(), usedforsecurity=False).hexdigest()[:8], 16) % FOLDS


def usable(parts: Parts) -> bool:
    """Whether the parts can be told from their joined text at all: there is a measure and no "|" inside."""
    return bool(parts.measure) and "|" not in parts.joined


def true_reading(parts: Parts) -> Reading:
    """The reading of the joined text that gives back the parts."""
    measure, described = parts.measure, ", ".join(part for part in parts[:2] if part)
    return Reading(read_outcome(measure).n, read_outcome(described).n)


def make_example(trial: Trial) -> Example:
    """Read a trial for fitting."""
    outcomes = [parts for parts in trial.outcomes if usable(parts)]
    return Example(
        outcomes=[read_outcome(parts.joined) for parts in outcomes],
        truth=[true_reading(parts) for parts in outcomes],
        weight=_LEGACY_WEIGHT if trial.legacy else 1.0,
        fold=fold_of(trial.nct_id),
    )


# --- fitting


class _Rows:
    """Collects rows of feature names into a sparse matrix. Row 0 is empty."""

    def __init__(self) -> None:
        self.columns: dict[str, int] = {}
        self._indices: list[int] = []
        self._ends: list[int] = [0, 0]

    def add(self, names: Sequence[str]) -> int:
        """Add a row and return its number."""
        columns = self.columns
        self._indices += [columns.setdefault(name, len(columns)) for name in names]
        self._ends.append(len(self._indices))
        return len(self._ends) - 2

    def matrix(self) -> csr_matrix:
        data = np.ones(len(self._indices), dtype=np.float32)
        shape = (len(self._ends) - 1, len(self.columns))
        return csr_matrix((data, np.array(self._indices, dtype=np.int32), np.array(self._ends)), shape=shape)


def choices_alone(examples: Sequence[Example]) -> tuple[Choices, list[str]]:
    """Every outcome of every example with every reading, for the first model, and the names of the features.

    Outcomes come in the order of the examples. Raises ValueError where the true reading is not among those considered.
    """
    table = _Rows()
    first: list[int] = []
    truth: list[int] = []
    weight: list[float] = []
    rows: list[tuple[int, int, int, int]] = []
    for example in examples:
        for outcome, borders, true in zip(example.outcomes, border_features(example.outcomes), example.truth, strict=True):
            n = outcome.n
            words: list[str] = []
            measure: dict[int, int] = {}
            for k, names in borders.measure.items():
                words += word_features("measure", part_words(outcome, k - 1, joined=k > 1))
                measure[k] = table.add([*words, *names])
            description = {k: table.add(names) for k, names in borders.description.items()}
            words = []
            time_frame = {n: 0}
            for k, names in borders.time_frame.items():
                words += word_features("time_frame", part_words(outcome, k, joined=k < n - 1))
                time_frame[k] = table.add([*words, *names])
            considered = readings(outcome)
            first.append(len(rows))
            truth.append(len(rows) + considered.index(true))
            weight.append(example.weight)
            for reading in considered:
                a, b = reading
                whole = table.add(reading_features(outcome, reading))
                rows.append((measure[a], description[a] if a < b else 0, time_frame[b], whole))
    choices = _choices(first=first, truth=truth, weight=weight, rows=rows, features=table.matrix(), base=np.zeros(len(rows)))
    return choices, list(table.columns)


def choices_habits(examples: Sequence[Example], record: Sequence[Sequence[Candidates]]) -> tuple[Choices, list[str]]:
    """Every outcome that has others beside it with its likely readings, for the second model, and the features' names.

    `record` holds each example's outcomes as `likely` gives them. The first model's score is the base. An outcome whose
    true reading is not among the likely ones teaches nothing and is left out.
    """
    table = _Rows()
    first: list[int] = []
    truth: list[int] = []
    weight: list[float] = []
    rows: list[tuple[int]] = []
    base: list[float] = []
    for example, outcomes in zip(examples, record, strict=True):
        others = len(outcomes) - 1
        if others < 1:
            continue
        votes = add_votes(outcomes)
        for (candidates, own_votes), true in zip(outcomes, example.truth, strict=True):
            offered = [candidate.reading for candidate in candidates]
            if true not in offered:
                continue
            first.append(len(rows))
            truth.append(len(rows) + offered.index(true))
            weight.append(example.weight)
            for candidate in candidates:
                rows.append((table.add(habit_features(candidate.habits, votes, own_votes, others)),))
                base.append(candidate.score)
    choices = _choices(first=first, truth=truth, weight=weight, rows=rows, features=table.matrix(), base=np.array(base))
    return choices, list(table.columns)


def _choices(
    *,
    first: list[int],
    truth: list[int],
    weight: list[float],
    rows: Sequence[tuple[int, ...]],
    features: csr_matrix,
    base: Floats,
) -> Choices:
    counts = np.diff([*first, len(rows)])
    return Choices(
        first=np.array(first, dtype=np.int64),
        outcome=np.repeat(np.arange(len(first)), counts),
        truth=np.array(truth, dtype=np.int64),
        weight=np.array(weight),
        rows=np.array(rows, dtype=np.int64),
        features=features,
        base=base,
    )


def subset(choices: Choices, keep: NDArray[np.bool_]) -> Choices:
    """The choices of the outcomes to keep; the feature rows stay whole."""
    kept = keep[choices.outcome]
    counts = np.bincount(choices.outcome[kept], minlength=len(keep))[keep]
    first = np.cumsum(counts) - counts
    return Choices(
        first=first,
        outcome=np.repeat(np.arange(len(first)), counts),
        truth=choices.truth[keep] - choices.first[keep] + first,
        weight=choices.weight[keep],
        rows=choices.rows[kept],
        features=choices.features,
        base=choices.base[kept],
    )


def scores(choices: Choices, weights: Floats, weight_of_base: float) -> Floats:
    """The score of every reading."""
    by_row: Floats = choices.features @ weights
    return by_row[choices.rows].sum(axis=1) + weight_of_base * choices.base


def fit(choices: Choices, penalty: float, *, with_base: bool) -> tuple[Floats, float]:
    """Weights (and the weight of `base`, 1 unless `with_base`) under which the true readings are likeliest.

    Maximises the log probability of the true reading among the offered, less `penalty` times half the squared distance
    of the weights from 0 (of the base's weight from 1).
    """
    transposed = choices.features.T.tocsr()
    n_rows, n_features = len(choices.features.indptr) - 1, transposed.indptr.size - 1

    def loss(point: Floats) -> tuple[float, Floats]:
        weights, weight_of_base = point[:-1], point[-1]
        score = scores(choices, weights, weight_of_base)
        best = np.maximum.reduceat(score, choices.first)
        relative = np.exp(score - best[choices.outcome])
        total = np.add.reduceat(relative, choices.first)
        value = choices.weight @ (best + np.log(total) - score[choices.truth])
        value += penalty / 2 * (weights @ weights + (weight_of_base - 1) ** 2)
        surplus = relative / total[choices.outcome] * choices.weight[choices.outcome]
        surplus[choices.truth] -= choices.weight
        by_row = np.zeros(n_rows)
        for column in choices.rows.T:
            by_row += np.bincount(column, surplus, n_rows)
        slope_of_base = surplus @ choices.base + penalty * (weight_of_base - 1) if with_base else 0.0
        return value, np.append(transposed @ by_row + penalty * weights, slope_of_base)

    start = np.append(np.zeros(n_features), 1.0)
    point = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _ITERATIONS}).x
    return point[:-1], float(point[-1])


def fit_weights(examples: Sequence[Example]) -> Weights:
    """Fit both models. The second learns from scores that the first gives to trials it was not fitted to, as in use."""
    alone, names = choices_alone(examples)
    counts = np.bincount(alone.features.indices, minlength=len(names))
    frequent = np.flatnonzero(counts >= _LEAST_COUNT)
    alone = replace(alone, features=alone.features[:, frequent].tocsr())
    names = [names[column] for column in frequent]
    folds = np.array([example.fold for example in examples for _ in example.outcomes])
    unseen_scores = np.zeros(len(alone.rows))
    for fold in np.unique(folds):
        fitted, _ = fit(subset(alone, folds != fold), _PENALTY_ALONE, with_base=False)
        mine = folds[alone.outcome] == fold
        unseen_scores[mine] = scores(subset(alone, folds == fold), fitted, 1.0)
    bounds = iter(np.split(unseen_scores, alone.first[1:]))
    record = [
        [likely(outcome, list(zip(readings(outcome), next(bounds).tolist(), strict=True))) for outcome in example.outcomes]
        for example in examples
    ]
    weights_alone, _ = fit(alone, _PENALTY_ALONE, with_base=False)
    together, habit_names = choices_habits(examples, record)
    weights_habits, weight_of_base = fit(together, _PENALTY_HABITS, with_base=True)
    return make_weights(_pruned(names, weights_alone), {"alone": weight_of_base} | _pruned(habit_names, weights_habits))


def _pruned(names: Sequence[str], weights: Floats) -> dict[str, float]:
    rounded: list[float] = np.round(weights, 3).tolist()
    return {name: weight for name, weight in zip(names, rounded, strict=True) if abs(weight) >= _LEAST_WEIGHT}


# --- measuring


def measure_accuracy(trials: Sequence[Trial], weights: Weights, known_texts: set[str]) -> Accuracy:
    """Split the outcomes of each trial as the pipeline would and count those with all three parts right."""
    total = right = unseen = unseen_right = 0
    for trial in trials:
        outcomes = [parts for parts in trial.outcomes if usable(parts)]
        chosen = choose_readings([read_outcome(parts.joined) for parts in outcomes], weights)
        for parts, reading in zip(outcomes, chosen, strict=True):
            hit = reading == true_reading(parts)
            new = parts.joined not in known_texts
            total += 1
            right += hit
            unseen += new
            unseen_right += hit and new
    return Accuracy(total, right, unseen, unseen_right)


def describe(trials: Sequence[Trial], api: Accuracy, legacy: Accuracy) -> dict[str, str]:
    """What the header of the weights' file says."""
    from_legacy = sum(len(trial.outcomes) for trial in trials if trial.legacy)
    from_api = sum(len(trial.outcomes) for trial in trials) - from_legacy
    return {
        "what": "weights of pipelines.sources.outcome_split: model, feature, weight; positive speaks for a reading",
        "made by": "python -m pipelines.sources.outcome_split_train",
        "fitted to": f"{from_api} outcomes of API v2 records and {from_legacy} of legacy XML, {len(trials)} trials",
        "measured": "all three parts right, on a fifth of the trials held out by NCT id, weights fitted to the rest",
        "right, API v2 records": _share(api.right, api.outcomes),
        "right, API v2 records, texts not in training": _share(api.unseen_right, api.unseen_outcomes),
        "right, legacy XML records": _share(legacy.right, legacy.outcomes),
    }


def _share(right: int, total: int) -> str:
    return f"{right} of {total} ({right / total:.1%})" if total else "not measured"


def held_out_accuracy(trials: Sequence[Trial], fold: int) -> tuple[Accuracy, Accuracy]:
    """Accuracy on the API v2 and the legacy trials of one fold, with weights fitted to all other trials."""
    train = [trial for trial in trials if fold_of(trial.nct_id) != fold]
    test = [trial for trial in trials if fold_of(trial.nct_id) == fold]
    weights = fit_weights([make_example(trial) for trial in train])
    known = {parts.joined for trial in train for parts in trial.outcomes}
    return (
        measure_accuracy([trial for trial in test if not trial.legacy], weights, known),
        measure_accuracy([trial for trial in test if trial.legacy], weights, known),
    )


def main() -> None:
    """Command line: read, measure, fit, write."""
    parser = argparse.ArgumentParser(description="Fit the weights of the outcome splitter.")
    parser.add_argument("--data", nargs="+", type=Path, required=True, help="folders with API v2 and legacy studies")
    parser.add_argument("--output", type=Path, required=True, help="file to write (.tsv.gz)")
    options = parser.parse_args()
    trials = read_trials(options.data)
    if not trials:
        parser.error("no trial with outcomes under " + ", ".join(map(str, options.data)))
    about = describe(trials, *held_out_accuracy(trials, fold=0))
    weights = fit_weights([make_example(trial) for trial in trials])
    write_weights(options.output, make_weights(weights.alone, weights.habits, about))
    for key, value in about.items():
        print(f"{key}: {value}")


if __name__ == "__main__":
    main()
