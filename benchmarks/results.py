"""How well and how fast results and safety are read: `python -m benchmarks.results --data <articles> … [--gold FILE … --corpus DIR]`.

Speed: megabytes of text per CPU second over whole documents in memory, those that report nothing included. Agreement, without labels: of
rows that have n, N and a percentage, how many agree. Coverage, without labels: how many of the figures that stand in a sentence with a
measure or an event make a row. Accuracy, where labels are at hand: precision, recall and F1 on distinct tuples over all labelled documents.
Figures of other stages belong to `benchmarks/refresh.py`, those of treatment to `benchmarks/regimens.py`.
"""

import json
import re
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.labels import Figure, labelled, options, print_figures
from benchmarks.regimens import records
from pipelines.extract import articles
from pipelines.extract.report_passages import reported
from pipelines.extract.subject import Row, Subject
from pipelines.grammar.report_lexicon import EVENT, OUTCOME
from pipelines.shapes import Article

SUBJECT = Subject("x-0", "document-of-article", "none")
_FIGURES = frozenset({"PCT", "TIMEV", "COUNTX", "EST"})
_ROUNDING = 0.51
_MOST_EXAMPLES = 20


def articles_in(paths: Iterable[Path]) -> Iterator[Article]:
    """The articles of files, of zips, and of all files below folders."""
    for path in paths:
        for file in sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]:
            yield from (record.article for record in records(file) if record.article is not None)


def tables(article: Article) -> tuple[list[Row], list[Row]]:
    """Rows of results and of safety, as the extract stage makes them."""
    found = articles.tables(article, SUBJECT)
    return found.get("endpoint_results", []), found.get("safety", [])


def speed(found: Sequence[Article]) -> str:
    """Megabytes of text per CPU second: reading results and safety alone, and all that an article gives."""
    tables(found[0])
    n_bytes = sum(len(article.text.encode()) for article in found)
    start = time.process_time()
    for article in found:
        reported(article)
    between = time.process_time()
    n_rows = sum(len(rows) for article in found for rows in tables(article))
    end = time.process_time()
    return (
        f"{len(found)} articles, {n_bytes / 1e6:.1f} MB, {n_rows} rows: {n_bytes / (between - start) / 1e6:.2f} MB per CPU second "
        f"for results and safety, {n_bytes / (end - between) / 1e6:.2f} MB for all tables"
    )


@dataclass
class Coverage:
    """Rows with n, N and a percentage, and figures beside a measure or an event."""

    counted: int = 0
    agreeing: int = 0
    figures: int = 0
    read: int = 0


def coverage(found: Iterable[Article]) -> tuple[Coverage, list[str]]:
    """What the documents themselves tell of how well they were read, and examples of figures that made no row."""
    result, examples = Coverage(), []
    for article in found:
        for rows in tables(article):
            _count(rows, result)
        report = reported(article)
        used = {id(token) for one in report.found for token in one.finding.value.tokens}
        for sentence in (one for own in report.sentences.values() for one in own):
            kinds = {token.kind for token in sentence.tokens}
            if kinds.isdisjoint((OUTCOME, EVENT, "ANYAE")):
                continue
            of_sentence = [token for token in sentence.tokens if token.kind in _FIGURES]
            n_read = sum(id(token) in used for token in of_sentence)
            result.figures += len(of_sentence)
            result.read += n_read
            if of_sentence and not n_read and len(examples) < _MOST_EXAMPLES:
                examples.append(" ".join(sentence.text.split())[:200])
    return result, examples


def _count(rows: Iterable[Row], result: Coverage) -> None:
    for row in rows:
        is_result = "statistic" in row
        n, total = (row.get("n_events"), row.get("n_total")) if is_result else (row.get("n_affected"), row.get("n_at_risk"))
        share = (row.get("value") if row["statistic"] == "rate" else None) if is_result else row.get("percent")
        if n is not None and total and share is not None:
            result.counted += 1
            result.agreeing += abs(100 * n / total - share) <= _ROUNDING


# --- accuracy ------------------------------------------------------------------------------------------------------------

RESULTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "value": (("statistic", "value"), ("value",)),
    "value with concept": (("concept", "statistic", "value", "unit"), ("concept", "value")),
    "value with arm": (("statistic", "value", "group"), ("value", "group")),
    "interval": (("value", "ci_level_pct", "ci_low", "ci_high"), ("value", "ci_low", "ci_high")),
    "landmark": (("concept", "landmark_months", "value"), ("landmark_months", "value")),
    "p value": (("p_operator", "p_value"), ("p_value",)),
}
EVENTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "event": (("term", "figure"), ("term", "figure")),
    "event with grade": (("term", "figure", "grade_min", "grade_max", "attribution"), ("term", "figure")),
    "event with arm": (("term", "figure", "group"), ("term", "figure", "group")),
    "summary": (("kind", "figure", "grade_min", "grade_max", "attribution"), ("summary", "figure")),
    "absent": (("term", "is_absent"), ("is_absent",)),
}
"""By name: the fields that must agree, and those that a row or a label must have to count."""
_SUMMARIES = frozenset({"any_event", "death", "discontinuation"})
_UNITS = frozenset({"mo", "wk", "d", "a", "%"})


def accuracy(gold: Sequence[Path], corpus: Path) -> dict[str, Figure]:
    """Figures over all documents of the label files whose sources lie in `corpus`, or beside the labels."""
    figures = {name: Figure() for name in (*RESULTS, *EVENTS)}
    for document, source in labelled(gold, corpus, with_key="results"):
        results, events = next((tables(article) for article in articles_in([source])), ([], []))
        for shapes, labels, rows in ((RESULTS, document["results"], results), (EVENTS, document["safety"], events)):
            _score(shapes, [_plain(one) for one in labels], [_plain(one) for one in rows], figures)
    return figures


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A label or a row with the fields that figures ask for."""
    is_event = row.get("kind") == "event"
    is_absent = row.get("is_absent") or None
    share = row.get("percent") if row.get("percent") is not None else row.get("n_affected")
    return {
        **row,
        "group": row.get("group") or row.get("group_raw"),
        "unit": row.get("unit") if row.get("unit") in _UNITS else None,
        "term": _terms(row) if is_event else None,
        "is_absent": is_absent,
        "figure": None if is_absent else share,
        "summary": row.get("kind") if row.get("kind") in _SUMMARIES else None,
    }


def _terms(row: dict[str, Any]) -> Any:
    """What a label calls an event; of a row its term and the words of the source, either of which may be meant."""
    terms = [one for one in (row.get("term"), row.get("term_raw")) if one]
    return terms if "safety_id" in row else next(iter(terms), None)


def _score(
    shapes: dict[str, tuple[tuple[str, ...], tuple[str, ...]]],
    labels: Sequence[dict[str, Any]],
    rows: Sequence[dict[str, Any]],
    figures: dict[str, Figure],
) -> None:
    for name, (keys, needed) in shapes.items():
        relevant = [one for one in labels if any(one.get(key) is not None for key in needed)]
        patterns = {json.dumps([allowed(one, key) for key in keys]): _is_demanded(one, needed) for one in relevant}
        given = {json.dumps([row.get(key) for key in keys]) for row in rows if all(row.get(key) is not None for key in needed)}
        figures[name].add(patterns, given, partial(_fits, keys))


def _is_demanded(label: dict[str, Any], needed: Sequence[str]) -> bool:
    is_open = any(label.get(key) is None or (key != "term" and None in allowed(label, key)) for key in needed)
    return not (label.get("lenient") or label.get("optional") or is_open)


_ALTERNATIVE = {"ci_level_pct": "ci_level_alt"}


def allowed(label: dict[str, Any], key: str) -> list[Any]:
    """The values of a field that are right; "*" is any."""
    other = label.get(_ALTERNATIVE.get(key, f"{key}_alt"))
    others = other if isinstance(other, list) else [] if other is None else [other]
    return [label.get(key), *(label.get("accept") or {}).get(key, []), *others]


def _fits(keys: Sequence[str], pattern: list[list[Any]], given: list[Any]) -> bool:
    return all(any(_same(key, want, got) for want in wanted) for key, wanted, got in zip(keys, pattern, given, strict=True))


def _same(key: str, want: object, got: object) -> bool:
    if isinstance(got, list):
        return any(_same(key, want, one) for one in got)
    if want == "*" or want is None or got is None:
        return want == "*" or want is got
    if isinstance(want, int | float) and isinstance(got, int | float):
        least = 0.25 if key == "landmark_months" else 1e-6
        return abs(want - got) <= max(least, 2e-3 * abs(want))
    if key == "group":
        return not _name_parts(str(want)).isdisjoint(_name_parts(str(got)))
    return " ".join(re.split(r"[\s-]+", str(want).lower())) == " ".join(re.split(r"[\s-]+", str(got).lower()))


_NO_NAMES = frozenset({"arm", "group", "patients", "the", "and", "plus", "with", "in", "of", "cohort", "treatment", "therapy"})


def _name_parts(name: str) -> set[str]:
    """The words of an arm's name, and each two characters that stand together in Chinese."""
    words = set(re.findall(r"[a-z0-9]{2,}|\d", name.lower())) - _NO_NAMES
    return words | set(re.findall(r"(?=([\u3400-\u9fff]{2}))", name)) or set(name.lower().split())


# --- report --------------------------------------------------------------------------------------------------------------


def main() -> None:
    """Print the report in Markdown."""
    given = options(
        __doc__,
        data="articles: files, zips or folders of them",
        examples="show sentences with a measure and figures that made no row",
    )
    out = sys.stdout.write
    for path in given.data:
        found = list(articles_in([path]))
        out(f"## {path.name}\n\n{speed(found)}\n\n")
        covered, examples = coverage(found)
        out(f"n, N and percentage agree in {covered.agreeing} of {covered.counted} rows that have them all.\n")
        out(f"{covered.read} of {covered.figures} figures that stand in a sentence with a measure or an event make a row.\n\n")
        if given.examples:
            out("".join(f"- {example}\n" for example in examples) + "\n")
    if given.gold:
        print_figures(accuracy(given.gold, given.corpus))


if __name__ == "__main__":
    main()
