"""Labelled documents, and figures of how well a reading agrees with them: what the benchmarks of reading share.

Here belong the command line, the label files and their sources, the counting and the table of figures. What a label demands and when a row
fits it belongs to each benchmark.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Fits = Callable[[list[Any], list[Any]], bool]
"""Whether a row's tuple fits a label's, in which each place lists what is right."""


@dataclass
class Figure:
    """Distinct tuples: demanded by the labels and found, given by the program and right."""

    demanded: int = 0
    found: int = 0
    given: int = 0
    right: int = 0

    @property
    def precision(self) -> float:
        return self.right / self.given if self.given else 0.0

    @property
    def recall(self) -> float:
        return self.found / self.demanded if self.demanded else 0.0

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    def add(self, patterns: Mapping[str, bool], given: set[str], fits: Fits) -> None:
        """Count a document: its labels' tuples as JSON, each with whether it is demanded or only allowed, and those of its rows."""
        wanted = {pattern: json.loads(pattern) for pattern in patterns}
        rows = [json.loads(one) for one in given]
        for pattern, is_demanded in patterns.items():
            if is_demanded:
                self.demanded += 1
                self.found += any(fits(wanted[pattern], one) for one in rows)
        for one in rows:
            self.given += 1
            self.right += any(fits(pattern, one) for pattern in wanted.values())


def labelled(gold: Sequence[Path], corpus: Path, *, with_key: str) -> Iterator[tuple[dict[str, Any], Path]]:
    """The documents of the label files that have such labels, with their sources, which lie in `corpus` or beside the labels."""
    for path in gold:
        for line in path.read_text(encoding="utf-8").splitlines():
            document = json.loads(line)
            if with_key in document and (source := _source_of(document, path.parent, corpus)) is not None:
                yield document, source


def _source_of(document: dict[str, Any], labels: Path, corpus: Path) -> Path | None:
    names = [document.get(key) for key in ("text_file", "source", "doc")]
    places = (folder / name for name in names if name for folder in (labels, corpus, corpus / "seeds"))
    return next((place for place in places if place.is_file()), None)


def options(description: str | None, *, data: str, examples: str) -> argparse.Namespace:
    """`data`, `gold`, `corpus` and `examples` from the command line; what is missing is said."""
    parser = argparse.ArgumentParser(description=(description or "").splitlines()[0])
    parser.add_argument("--data", type=Path, nargs="+", default=[], help=data)
    parser.add_argument("--gold", type=Path, nargs="+", default=[], help="label files (JSON Lines)")
    parser.add_argument("--corpus", type=Path, help="folder in which the labelled sources lie")
    parser.add_argument("--examples", action="store_true", help=examples)
    found = parser.parse_args()
    if not found.data and not found.gold:
        parser.error("nothing to measure: give --data or --gold")
    if found.gold and found.corpus is None:
        parser.error("--gold needs --corpus")
    return found


def print_figures(figures: Mapping[str, Figure]) -> None:
    """The table of figures in Markdown."""
    out = sys.stdout.write
    out("| | precision | recall | F1 | labels | rows |\n|---|---|---|---|---|---|\n")
    for name, figure in figures.items():
        out(f"| {name} | {figure.precision:.3f} | {figure.recall:.3f} | {figure.f1:.3f} | {figure.demanded} | {figure.given} |\n")
