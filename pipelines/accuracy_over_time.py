"""Accuracy as a part of every refresh: measured once for the same code and labels, kept in history, held against the refreshes before.

How labels are compared is the business of `pipelines.accuracy`, how the page of errors looks of `pipelines.accuracy_report`.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from pipelines.accuracy import Figures, label_files, measure
from pipelines.accuracy_report import page
from pipelines.build_folder import read, write
from pipelines.checking import ACCURACY_MEASURES as _MEASURES
from pipelines.checking import Measured, known_measures
from pipelines.engine.state import code_digest, digest, remove_unused, written_once
from pipelines.quality import drift, measures, store
from pipelines.quality.measures import Measure
from pipelines.quality.results import CheckResult
from pipelines.settings import PROJECT, Settings

OWN_LABELS = PROJECT / "tests" / "gold"
F1, PRECISION, RECALL = "F1", "precision", "recall"
ASSET = "accuracy"
_RESULT, _PAGE = "result.json", "page.html"


class Scores(msgspec.Struct):
    """Figures of one folder of labels. `labels` is its name and a digest of its content: other labels are another measure."""

    name: str
    labels: str
    documents: int
    problems: list[str]
    measures: list[Measure]


def label_folders(settings: Settings) -> list[Path]:
    """The project's own labels, where the project's folder is there, and those that a user points to."""
    return [folder for folder in (OWN_LABELS, *settings.gold) if folder.is_dir()]


def measure_accuracy(settings: Settings) -> list[Scores]:
    """Figures of every folder of labels, for the build; the pages of errors lie in `build/accuracy/`."""
    pages = settings.build / "accuracy"
    pages.mkdir(parents=True, exist_ok=True)
    for old in pages.glob("*.html"):
        old.unlink()
    found: list[Scores] = []
    used: set[str] = set()
    for number, folder in enumerate(label_folders(settings)):
        kept = _measured(settings, folder)
        used.add(kept.name)
        scores = msgspec.json.decode((kept / _RESULT).read_bytes(), type=Scores)
        found.append(scores)
        name = scores.name if number == 0 or scores.name != found[0].name else f"{scores.name}-{number + 1}"
        (pages / f"{name}.html").write_bytes((kept / _PAGE).read_bytes())
    remove_unused(settings.state / "accuracy", used)
    write(settings, _MEASURES, Measured([one for scores in found for one in scores.measures]))
    return found


def check_accuracy(settings: Settings, *, accepted: bool = False) -> CheckResult:
    """F1 of every figure that was measured for the build, against the last refreshes that were measured on the same labels."""
    now = [one for one in read(settings, _MEASURES, Measured).measures if one.item.endswith(F1)]
    before = drift.baseline(known_measures(settings))
    result = drift.compare(drift.ACCURACY_STEADY, now, before, accepted=accepted, table_name=ASSET)
    store.keep(settings, store.ACCURACY, [result])
    return result


def _measured(settings: Settings, folder: Path) -> Path:
    """The folder with the figures for these labels by this code, measured now if they were not before."""
    content = _digest(folder)
    target = settings.state / "accuracy" / digest(("accuracy", code_digest(), folder.name, content))
    if not (target / _PAGE).is_file():
        accuracy = measure(label_files(folder), None)
        labels = f"{folder.name}@{content[:8]}"
        scores = Scores(folder.name, labels, len(accuracy.documents), accuracy.problems, list(_measures(accuracy.figures, labels)))
        with written_once(target) as partial:
            (partial / _RESULT).write_bytes(msgspec.json.encode(scores))
            (partial / _PAGE).write_text(page(accuracy), encoding="utf-8")
    return target


def _digest(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return digest(f"{file.relative_to(folder).as_posix()} {hashlib.sha256(file.read_bytes()).hexdigest()}" for file in files)


def _measures(figures: Figures, labels: str) -> Iterable[Measure]:
    for table, of_table in figures.items():
        for name, figure in of_table.items():
            if figure.demanded or figure.given:
                for score, value in ((PRECISION, figure.precision), (RECALL, figure.recall), (F1, figure.f1)):
                    yield Measure(table, measures.ACCURACY, f"{labels}: {name} {score}", measures.ALL, value, figure.demanded)
