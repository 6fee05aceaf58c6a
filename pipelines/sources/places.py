"""Stretches of a source's fields, and where the texts of a `Study` stood among them.

Belongs here: cutting a field into its parts without losing their places. Not here: what any field means.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipelines.shapes import Origin


class Span(NamedTuple):
    """`whole[start:end]`, a stretch of the text `whole` of a source's field."""

    field: str
    whole: str
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.whole[self.start : self.end]

    def stripped(self, signs: str | None = None) -> "Span":
        """Without white space, or the signs given, at both ends."""
        text = self.text
        start = self.start + len(text) - len(text.lstrip(signs))
        return self._replace(start=start, end=max(start, self.start + len(text.rstrip(signs))))

    def part(self, start: int, end: int | None = None) -> "Span":
        """Positions are those of this stretch."""
        return self._replace(start=self.start + start, end=self.end if end is None else self.start + end)

    def group(self, match: re.Match[str], name: str | int) -> "Span | None":
        """What a group of a match in `text` caught; None where it caught nothing but white space."""
        if match[name] is None:
            return None
        found = self.part(*match.span(name)).stripped()
        return found if found.text else None

    def split(self, separator: re.Pattern[str]) -> list["Span"]:
        """The stretches between separators, stripped, without the empty ones."""
        found: list[Span] = []
        start = 0
        text = self.text
        for match in separator.finditer(text):
            found.append(self.part(start, match.start()))
            start = match.end()
        found.append(self.part(start))
        return [one for one in (span.stripped() for span in found) if one.text]


def with_ends(matches: Sequence[re.Match[str]], end: int) -> Iterator[tuple[re.Match[str], int]]:
    """Each match with the place where the next one begins, the last with `end`."""
    return zip(matches, [*(match.start() for match in matches[1:]), end], strict=False)


class Places:
    """The fields of one record; becomes `Study.origins` and `Study.source_texts`."""

    def __init__(self) -> None:
        self.origins: dict[str, Origin] = {}
        self.texts: dict[str, str] = {}

    def note(self, span: Span | None, path: str) -> str | None:
        """Note that the text at `path` in the `Study` is this stretch; gives its words."""
        if span is None or not span.text:
            return None
        is_whole = span.start == 0 and span.end == len(span.whole)
        self.origins[path] = Origin(span.field) if is_whole else Origin(span.field, span.start, span.end)
        self.texts[span.field] = span.whole
        return span.text

    def note_all(self, spans: Iterator[Span] | list[Span], path: str) -> list[str]:
        """The same for the members of a list, as `path[0]`, `path[1]`, …"""
        return [text for n, span in enumerate(spans) if (text := self.note(span, f"{path}[{n}]"))]


def span_of(field: str, text: str | None) -> Span | None:
    """All of a field but the white space around it; None where nothing is left."""
    if text is None:
        return None
    found = Span(field, text, 0, len(text)).stripped()
    return found if found.text else None


def joined(spans: list[Span | None], separator: str = "\n\n") -> Span | None:
    """Several fields as one text: its field is named by all of theirs, since no single one holds it."""
    known = [span for span in spans if span is not None]
    if len(known) < 2:
        return known[0] if known else None
    text = separator.join(span.text for span in known)
    return Span(_joint_field(known), text, 0, len(text))


def _joint_field(spans: list[Span]) -> str:
    fields = list(dict.fromkeys(span.field for span in spans))
    if len(fields) > 1:
        return " + ".join(fields)
    return f"{fields[0]} " + " + ".join(f"{span.start}-{span.end}" for span in spans)


ENGLISH = ("Inclusion criteria:", "Exclusion criteria:")
CHINESE = ("入选标准：", "排除标准：")


def criteria(inclusion: Span | None, exclusion: Span | None, headings: tuple[str, str] = ENGLISH) -> Span | None:
    """Both lists of criteria as one text with the headings that registers print above them, unless they have them already."""
    if inclusion is None or exclusion is None or inclusion.text.casefold().startswith(headings[0][:9].casefold()):
        return joined([inclusion, exclusion])
    text = f"{headings[0]}\n{inclusion.text}\n\n{headings[1]}\n{exclusion.text}"
    return Span(_joint_field([inclusion, exclusion]), text, 0, len(text))
