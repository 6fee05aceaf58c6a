"""What of a document is compared, and the way back from there to its own characters.

Belongs here: one string per document (the prose of an article, all prose fields of a registry record), repaired, and a map of its
characters. Not here: tokens, and what is concluded.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from pipelines.shapes import Article, Study
from pipelines.sources.study_record import texts
from pipelines.text.repair import Repaired, repair, repaired_text

FIELD_END = "\uffff"
"""Stands between the fields of a record: `tokens` makes a break of it. No text holds this code point: it is no character."""

ARTICLE_FIELD = "text"


@dataclass(frozen=True)
class Place:
    """A stretch of a published text: `document_texts` of that field, `[start:end]`."""

    field: str
    start: int
    end: int


@dataclass(frozen=True)
class Comparable:
    """A document's comparable text, which is that of its fields, repaired, one after another."""

    text: str
    fields: tuple[str, ...]
    starts: tuple[int, ...]
    repaired: tuple[Repaired, ...]

    def place(self, start: int, end: int) -> Place:
        """The published place of `text[start:end]`, which lies in one field."""
        number = bisect_right(self.starts, start) - 1
        base = self.starts[number]
        first, last = self.repaired[number].original_span(start - base, end - base)
        return Place(self.fields[number], first, last)


def comparable_text(document: Study | Article) -> str:
    """`comparable(document).text`, without the way back."""
    return FIELD_END.join(repaired_text(text) for _, text in _fields(document))


def comparable(document: Study | Article) -> Comparable:
    """The text and the way back to the fields."""
    fields = list(_fields(document))
    repaired = tuple(repair(text) for _, text in fields)
    starts = accumulate((len(one.text) + 1 for one in repaired[:-1]), initial=0)
    return Comparable(
        FIELD_END.join(one.text for one in repaired), tuple(name for name, _ in fields), tuple(starts) if fields else (), repaired
    )


def _fields(document: Study | Article) -> Iterator[tuple[str, str]]:
    if isinstance(document, Article):
        yield ARTICLE_FIELD, _prose(document)
    else:
        yield from ((name, text.replace(FIELD_END, " ")) for name, text in texts(document))


def _prose(article: Article) -> str:
    """The text of an article with line ends and blanks in place of all that is none of its paragraphs: as long as the text itself.

    Where text is left out (front matter, entries of a reference list) stands a `FIELD_END`: nothing reaches across it.
    """
    pieces: list[str] = []
    end, is_left_out = 0, False
    for span in article.paragraphs:
        if span.start < end:
            continue
        if span.kind == "metadata":
            is_left_out |= span.start < span.end
            continue
        # Line ends, so that a paragraph ends a sentence.
        gap = "\n" * min(2, span.start - end) + " " * (span.start - end - 2)
        pieces += (
            FIELD_END + gap[1:] if is_left_out and pieces and gap else gap,
            article.text[span.start : span.end].replace(FIELD_END, " "),
        )
        end, is_left_out = span.end, False
    pieces.append(" " * (len(article.text) - end))
    return "".join(pieces)


def clipped(article: Article, cut: Sequence[tuple[int, int]]) -> Article:
    """The article without the paragraphs, and parts of paragraphs, that are cut; its text and all offsets stay.

    `cut` are spans of the text, sorted, that do not overlap.
    """
    if not cut:
        return article
    paragraphs = [
        type(span)(span.kind, start, end)
        for span in article.paragraphs
        for start, end in kept_spans(span.start, span.end, cut)
        if article.text[start:end].strip()
    ]
    return Article(text=article.text, title=article.title, paragraphs=paragraphs, metadata=article.metadata)


def kept_spans(start: int, end: int, cut: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What is left of `[start, end)` when sorted spans that do not overlap are cut out of it."""
    for first, last in cut:
        if last <= start or first >= end:
            continue
        if first > start:
            yield start, first
        start = max(start, last)
    if start < end:
        yield start, end
