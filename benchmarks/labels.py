"""The command line and the table of figures: what the benchmarks of reading share.

Label files, when a row fits a label and the counting are in `pipelines/accuracy.py`.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from pipelines.accuracy import Figure


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
