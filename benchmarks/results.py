"""How well and how fast results and safety are read: `python -m benchmarks.results --data <articles> … [--gold FILE … --corpus DIR]`.

Speed: megabytes of text per CPU second over whole documents in memory, those that report nothing included. Agreement, without labels: of
rows that have n, N and a percentage, how many agree. Coverage, without labels: how many of the figures that stand in a sentence with a
measure or an event make a row. Accuracy, where labels are at hand: precision, recall and F1 on distinct tuples over all labelled documents.
Figures of other stages belong to `benchmarks/refresh.py`, those of treatment to `benchmarks/regimens.py`.
"""

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.labels import options, print_figures
from benchmarks.regimens import records
from pipelines.accuracy import Figure, measure
from pipelines.extract import articles
from pipelines.extract.report_passages import reported
from pipelines.extract.subject import Row, Subject
from pipelines.grammar.report import parsed_report
from pipelines.grammar.report_lexicon import EVENT, OUTCOME
from pipelines.grammar.treatment import parsed
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
    # Vocabularies are read and grammars compiled by whoever comes first.
    parsed_report("")
    parsed("")
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


def accuracy(gold: Sequence[Path], corpus: Path) -> dict[str, Figure]:
    """Figures over all documents of the label files whose sources lie in `corpus`, or beside the labels."""
    figures = measure(gold, corpus).figures
    return {**figures["endpoint_results"], **figures["safety"]}


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
