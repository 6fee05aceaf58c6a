"""Fit the line model of `pipelines/sources/ctgov_text.py`: its training data is any set of API v2 records, flattened.

    python -m pipelines.sources.ctgov_text_train --data DIR [DIR ...] --output FILE

The folders hold JSON files or zips of them. Prints the share of records whose outcome cells and description come back
exactly, by five-fold cross-validation over NCT ids, then fits on all of them and writes the weights. Needs scikit-learn.
Reading label-less text does not belong here.
"""

import argparse
import hashlib
import json
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from pipelines.sources import ctgov_text

MIN_COUNT = 20
"""Features seen in fewer training lines are left out."""
FOLDS = 5
INSIDE = 6
"""Lines of one description that are learnt from; the others look the same."""
ABOUT = (
    "Weights of the logistic regression that tells what a line of a label-less record is "
    "(pipelines/sources/ctgov_text.py). Fitted by pipelines/sources/ctgov_text_train.py on public ClinicalTrials.gov records "
    "flattened into lines; only words seen in many lines are kept. Each weight list follows ctgov_text.STATES."
)
OUTCOMES = ("primaryOutcomes", "secondaryOutcomes", "otherOutcomes")

Example = tuple[str, list[str], list[tuple[str, int]]]
"""NCT id, the lines from the interventions on, and the true segments."""


def studies(folders: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """API v2 records of JSON files, alone or in lists, and of zips of such files, in folders and the folders in them."""
    for path in sorted(path for folder in folders for path in folder.rglob("*")):
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                yield from (json.loads(archive.read(name)) for name in archive.namelist() if name.endswith(".json"))
        elif path.suffix == ".json":
            found = json.loads(path.read_bytes())
            yield from found if isinstance(found, list) else found.get("studies", [found])


def flat_cells(protocol: dict[str, Any]) -> dict[str, str]:
    """The cells of a record as the export writes them."""
    outcomes = protocol.get("outcomesModule", {})
    interventions = protocol.get("armsInterventionsModule", {}).get("interventions", [])
    description = protocol.get("descriptionModule", {})
    cells = {
        "title": protocol.get("identificationModule", {}).get("briefTitle", ""),
        "summary": description.get("briefSummary", ""),
        "conditions": "|".join(protocol.get("conditionsModule", {}).get("conditions", [])),
        "interventions": "|".join(f"{i.get('type')}: {i.get('name')}" for i in interventions),
    }
    for role in OUTCOMES:
        parts = (", ".join(filter(None, (o.get("measure"), o.get("description"), o.get("timeFrame")))) for o in outcomes.get(role, []))
        cells[role] = "|".join(parts)
    cells["description"] = description.get("detailedDescription", "")
    cells["criteria"] = protocol.get("eligibilityModule", {}).get("eligibilityCriteria", "")
    return cells


def examples(records: Iterator[dict[str, Any]]) -> list[Example]:
    """Each record with interventions twice: with missing cells as empty lines, and without them.

    Every fifth one with a description is there without its outcomes too: records of the 1990s have none, and hardly any of
    those is in a set of present ones.
    """
    found: dict[tuple[str, str], Example] = {}
    for record in records:
        protocol = record.get("protocolSection")
        if not protocol:
            continue
        cells = flat_cells(protocol)
        nct_id = protocol.get("identificationModule", {}).get("nctId", "")
        bare = {**cells, **dict.fromkeys(OUTCOMES, "")}
        variants = [(cells, False), (cells, True)] + [(bare, False)] * (bool(cells["description"]) and len(found) % 5 == 0)
        for chosen, keep_empty in variants:
            lines, marks = [cells["interventions"]], []
            for name in (*OUTCOMES, "description"):
                if chosen[name]:
                    marks.append(("description" if name == "description" else "outcomes", len(lines)))
                    lines += [line.rstrip() for line in chosen[name].split("\n")]
                elif keep_empty:
                    lines.append("")
            if cells["interventions"]:
                found["\n".join(lines), nct_id] = (nct_id, lines, marks)
    return list(found.values())


def labelled(lines: list[str], marks: list[tuple[str, int]]) -> Iterator[tuple[list[str], str]]:
    """Features and true state of each line that is learnt from."""
    starts = {number: state for state, number in marks}
    bar_later = ctgov_text.bars_later(lines)
    current, inside = "", 0
    for number, line in enumerate(lines):
        if number and line:
            state = starts.get(number)
            if state is None:
                inside += current == "description"
                if inside > INSIDE:
                    return
            current = state or current
            yield ctgov_text.line_features(lines, number, bar_later), state or f"{current} continued"


def fit(training: Sequence[Example]) -> dict[str, Any]:
    """The weights, as they are stored."""
    rows = [row for _, lines, marks in training for row in labelled(lines, marks)]
    counts = Counter(feature for features, _ in rows for feature in features)
    vectors = DictVectorizer()
    matrix = vectors.fit_transform([{f: 1 for f in features if counts[f] >= MIN_COUNT} for features, _ in rows])
    model = LogisticRegression(C=0.5, max_iter=5000).fit(matrix, [state for _, state in rows])
    order = [list(model.classes_).index(state) for state in ctgov_text.STATES]
    names = vectors.get_feature_names_out()
    return {
        "about": ABOUT,
        "intercept": [round(float(model.intercept_[state]), 3) for state in order],
        "weights": {name: [round(float(model.coef_[state, number]), 3) for state in order] for number, name in enumerate(names)},
    }


def exact(weights: dict[str, Any], held_out: Sequence[Example]) -> int:
    """How many of the examples come back exactly with these weights."""
    ready = tuple(weights["intercept"]), {name: tuple(values) for name, values in weights["weights"].items()}
    with patch.object(ctgov_text, "_weights", lambda: ready):
        return sum(ctgov_text.segments(lines) == marks for _, lines, marks in held_out)


def main() -> None:
    """Cross-validate, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", type=Path, required=True, help="folders with API v2 studies")
    parser.add_argument("--output", type=Path, required=True, help="file to write (.json)")
    arguments = parser.parse_args()
    found = examples(study for study in studies(arguments.data) if "protocolSection" in study)

    def fold(example: Example) -> int:
        return int(hashlib.sha256(example[0].encode()).hexdigest(), 16) % FOLDS

    right = 0
    for number in range(FOLDS):
        weights = fit([example for example in found if fold(example) != number])
        right += exact(weights, [example for example in found if fold(example) == number])
    print(f"{right} of {len(found)} flattened records exact ({right / len(found):.1%}), {FOLDS}-fold")
    weights = fit(found)
    by_name = weights.pop("weights").items()
    lines = ",\n".join(f"{json.dumps(name, ensure_ascii=False)}: {json.dumps(values)}" for name, values in by_name)
    text = json.dumps(weights, ensure_ascii=False, indent=0)[:-2] + f',\n"weights": {{\n{lines}\n}}\n}}\n'
    arguments.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
