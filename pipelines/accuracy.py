"""How well the tables agree with labelled documents: precision, recall and F1 per table and figure.

Here belong label files and their documents, when a row fits a label, and the counting. Which rows there are is decided by extraction; how
figures are shown belongs to `pipelines/cli.py`, the page of errors to `pipelines/accuracy_report.py`.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.extract import articles, regimens
from pipelines.extract.regimen_passages import passages
from pipelines.extract.subject import Row, Subject
from pipelines.sources import article as article_reader
from pipelines.sources.readers import identify
from pipelines.sources.records import SNIFF_BYTES, Record

Shapes = Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
"""Figures by name: the fields that must agree, and those that a row or a label must have to count."""

REGIMENS: Shapes = {
    "drug": (("drug",), ("drug",)),
    "dose": (("drug", "dose_low", "dose_high", "dose_unit"), ("dose_low", "dose_unit")),
    "route": (("drug", "route"), ("route",)),
    "interval": (("drug", "interval_days"), ("interval_days",)),
    "cycle_days": (("drug", "cycle_days"), ("cycle_days",)),
    "cycle_length": (("drug", "cycle_length_days"), ("cycle_length_days",)),
    "n_cycles": (("drug", "n_cycles"), ("n_cycles",)),
    "whole": (("drug", "dose_low", "dose_high", "dose_unit", "route", "interval_days", "cycle_days", "cycle_length_days"), ("drug",)),
}
RESULTS: Shapes = {
    "value": (("statistic", "value"), ("statistic", "value")),
    "value with concept": (("concept", "statistic", "value", "unit"), ("concept", "statistic", "value")),
    "value with arm": (("statistic", "value", "group"), ("statistic", "value", "group")),
    "interval": (("statistic", "value", "ci_level_pct", "ci_low", "ci_high"), ("value", "ci_low", "ci_high")),
    "counts": (("concept", "n_events", "n_total"), ("n_events",)),
    "landmark": (("concept", "landmark_months", "value"), ("landmark_months", "value")),
    "p value": (("p_operator", "p_value"), ("p_value",)),
    "not reached": (("concept", "statistic", "is_not_reached"), ("is_not_reached",)),
}
EVENTS: Shapes = {
    "event": (("term", "figure"), ("term", "figure")),
    "event with grade": (("term", "figure", "grade_min", "grade_max", "attribution"), ("term", "figure")),
    "event with arm": (("term", "figure", "group"), ("term", "figure", "group")),
    "event counts": (("term", "n_affected", "n_at_risk"), ("term", "n_affected")),
    "summary": (("kind", "figure", "grade_min", "grade_max", "attribution"), ("summary", "figure")),
    "absent": (("term", "is_absent"), ("is_absent",)),
}
TABLES: Mapping[str, tuple[str, Shapes]] = {
    "regimens": ("components", REGIMENS),
    "endpoint_results": ("results", RESULTS),
    "safety": ("safety", EVENTS),
}
"""By table: the key of its labels, and its figures."""

_SUMMARIES = frozenset({"any_event", "death", "discontinuation"})
_UNITS = frozenset({"mo", "wk", "d", "a", "%"})
_ALTERNATIVE = {"ci_level_pct": "ci_level_alt"}


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


Figures = dict[str, dict[str, Figure]]


@dataclass
class Judged:
    """A label or a row, and the names of the figures in which it is missed or wrong."""

    table: str
    row: dict[str, Any]
    faults: list[str] = field(default_factory=list)


@dataclass
class Scored:
    """A labelled document: its passages by field, its labels and its rows."""

    name: str
    passages: dict[str, str]
    labels: list[Judged] = field(default_factory=list)
    rows: list[Judged] = field(default_factory=list)


@dataclass
class Accuracy:
    """Figures by table, the documents they were measured on, and what could not be measured."""

    figures: Figures = field(default_factory=lambda: {table: {name: Figure() for name in shapes} for table, (_, shapes) in TABLES.items()})
    documents: list[Scored] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


# --- labels and their documents ------------------------------------------------------------------------------------------


def label_files(folder: Path) -> list[Path]:
    """The files of labels in a folder, or the file itself."""
    return sorted(folder.glob("*.jsonl")) if folder.is_dir() else [folder]


def labelled(files: Iterable[Path], corpus: Path | None, problems: list[str]) -> Iterator[tuple[dict[str, Any], Path]]:
    """Labelled documents with their sources, which lie beside the labels or in `corpus`; what is missing or changed goes to `problems`."""
    for path in files:
        for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if not line.strip():
                continue
            try:
                document = json.loads(line)
            except json.JSONDecodeError as error:
                problems.append(f"{path.name}, line {n}: no JSON: {error}")
                continue
            if not isinstance(document, dict) or not any(key in document for key, _ in TABLES.values()):
                problems.append(f"{path.name}, line {n}: labels nothing: it has none of components, results, safety")
                continue
            source = source_of(document, path.parent, corpus)
            if source is None:
                problems.append(f"{path.name}, line {n}: the labelled document {name_of(document)} is missing")
            elif _is_changed(document, source):
                problems.append(f"{path.name}, line {n}: {name_of(document)} is not the text that was labelled: its text_sha256 differs")
            else:
                yield document, source


def name_of(document: Mapping[str, Any]) -> str:
    """What a label calls its document."""
    return str(document.get("doc") or document.get("nct_id") or document.get("text_file") or document.get("source") or "without a name")


def source_of(document: Mapping[str, Any], labels: Path, corpus: Path | None) -> Path | None:
    """The file of a labelled document."""
    names = [document.get(key) for key in ("text_file", "source", "doc")]
    folders = [labels, *([corpus, corpus / "seeds"] if corpus else [])]
    places = (folder / name for name in names if name for folder in folders)
    return next((place for place in places if place.is_file()), None)


def _is_changed(document: Mapping[str, Any], source: Path) -> bool:
    stated = document.get("text_sha256")
    return bool(stated) and hashlib.sha256(source.read_bytes()).hexdigest() != stated


def records_of(data: bytes) -> Iterator[Record]:
    """The records of a file that can be read."""
    reader = identify(data[:SNIFF_BYTES]) or article_reader
    yield from (found for found in reader.read(data) if isinstance(found, Record))


def extracted(document: Mapping[str, Any], source: Path) -> tuple[dict[str, str], dict[str, list[Row]]]:
    """Of the labelled record of a file: its passages by field, and its rows by table, as the extract stage makes them."""
    for record in records_of(source.read_bytes()):
        if record.study is not None:
            nct_id = record.study.protocol_section.identification_module.nct_id
            if document.get("nct_id") in (None, nct_id):
                rows = list(regimens.rows(record.study, Subject(nct_id or "x-0", "document", "none")))
                return {one.path: one.text for one in passages(record.study)}, {"regimens": rows}
        elif record.article is not None:
            return {"text": record.article.text}, articles.tables(record.article, Subject("x-0", "document-of-article", "none"))
    return {}, {}


# --- scoring -------------------------------------------------------------------------------------------------------------


def measure(files: Sequence[Path], corpus: Path | None = None) -> Accuracy:
    """Accuracy of what extraction gives for all documents of label files."""
    result = Accuracy()
    for document, source in labelled(files, corpus, result.problems):
        texts, rows = extracted(document, source)
        result.documents.append(score(name_of(document), texts, document, rows, result.figures))
    return result


def score(name: str, texts: dict[str, str], document: Mapping[str, Any], rows: Mapping[str, Sequence[Row]], figures: Figures) -> Scored:
    """Count the rows of a document, by table, in `figures`, and judge each."""
    result = Scored(name, texts)
    for table, (key, shapes) in TABLES.items():
        if key not in document:
            continue
        labels = [Judged(table, _plain(one, is_label=True)) for one in document[key]]
        given = [Judged(table, _plain(one, is_label=False)) for one in rows.get(table, [])]
        for figure, (keys, needed) in shapes.items():
            _count(figure, keys, needed, labels, given, figures[table][figure])
        result.labels += labels
        result.rows += given
    return result


def _count(name: str, keys: Sequence[str], needed: Sequence[str], labels: Sequence[Judged], rows: Sequence[Judged], figure: Figure) -> None:
    """Distinct tuples of one figure in one document."""
    patterns = {id(one): [allowed(one.row, key) for key in keys] for one in labels if any(one.row.get(key) is not None for key in needed)}
    # A whole regimen counts by its drug alone, also where a row does not name it.
    counted = [one for one in rows if name == "whole" or all(one.row.get(key) is not None for key in needed)]
    tuples = {id(one): [one.row.get(key) for key in keys] for one in counted}
    demanded: dict[str, bool] = {}
    for one in labels:
        if id(one) in patterns and _is_demanded(one.row, needed):
            is_found = any(_fits(keys, patterns[id(one)], given) for given in tuples.values())
            demanded[json.dumps(patterns[id(one)])] = is_found
            one.faults += [] if is_found else [name]
    given: dict[str, bool] = {}
    for one in counted:
        is_right = any(_fits(keys, pattern, tuples[id(one)]) for pattern in patterns.values())
        given[json.dumps(tuples[id(one)], default=str)] = is_right
        one.faults += [] if is_right else [name]
    figure.demanded += len(demanded)
    figure.found += sum(demanded.values())
    figure.given += len(given)
    figure.right += sum(given.values())


def _plain(row: Mapping[str, Any], *, is_label: bool) -> dict[str, Any]:
    """A label or a row with the fields that figures ask for."""
    is_absent = row.get("is_absent") or None
    share = row.get("percent") if row.get("percent") is not None else row.get("n_affected")
    terms = [one for one in (row.get("term"), row.get("term_raw")) if one] if row.get("kind") == "event" else []
    return {
        **row,
        "drug": row.get("drug") if is_label else row.get("drug_name") or row.get("intervention_raw"),
        "group": row.get("group") or row.get("group_raw"),
        "unit": row.get("unit") if row.get("unit") in _UNITS else None,
        "is_not_reached": row.get("is_not_reached") or None,
        # A row is right by its term or by the words of the source: either may be meant.
        "term": (terms[0] if is_label else terms) if terms else None,
        "term_raw": row.get("term_raw") if terms else None,
        "is_absent": is_absent,
        "figure": None if is_absent else share,
        "summary": row.get("kind") if row.get("kind") in _SUMMARIES else None,
    }


def _is_demanded(label: Mapping[str, Any], needed: Sequence[str]) -> bool:
    is_open = any(label.get(key) is None or (key != "term" and None in allowed(label, key)) for key in needed)
    return not (label.get("lenient") or label.get("optional") or is_open)


def allowed(label: Mapping[str, Any], key: str) -> list[Any]:
    """The values of a field that are right; "*" is any, None that it may be left out."""
    values = list(label[key]) if key == "drug" else [label.get(key)]
    other = label.get(f"{key}_alt") or label.get(_ALTERNATIVE.get(key, "")) or []
    values += (label.get("accept") or {}).get(key, [])
    values += other if isinstance(other, list) else [other]
    if key == "term":
        values.append(label.get("term_raw"))
    if key == "p_value" and label.get("p_optional"):
        values.append(None)
    return values


def _fits(keys: Sequence[str], pattern: Sequence[Sequence[Any]], given: Sequence[Any]) -> bool:
    return all(any(same(key, want, got) for want in wanted) for key, wanted, got in zip(keys, pattern, given, strict=True))


def same(key: str, want: object, got: object) -> bool:
    """Whether a row's value is the one that a label wants."""
    if want == "*" or want is None or got is None:
        return want == "*" or want is got
    if key == "term" and isinstance(got, list):
        return any(same(key, want, one) for one in got)
    if isinstance(want, int | float) and isinstance(got, int | float):
        is_near = key == "landmark_months" and abs(want - got) <= 0.25
        return is_near or abs(want - got) <= 1e-6 + 2e-3 * max(abs(want), abs(got))
    if key == "group":
        return not _name_parts(str(want)).isdisjoint(_name_parts(str(got)))
    if isinstance(want, str) and isinstance(got, str):
        return _words(want) == _words(got)
    return want == got


def _words(text: str) -> str:
    return re.sub(r"[\s\-‐–]+", " ", text.lower()).strip()


_NO_NAMES = frozenset({"arm", "group", "patients", "the", "and", "plus", "with", "in", "of", "cohort", "treatment", "therapy"})


def _name_parts(name: str) -> set[str]:
    """The words of an arm's name, and each two characters that stand together in Chinese."""
    words = set(re.findall(r"[a-z0-9]{2,}|\d", name.lower())) - _NO_NAMES
    return words | set(re.findall(r"(?=([\u3400-\u9fff]{2}))", name)) or set(name.lower().split())
