"""Outcomes that a register keeps in one text: where the items of a numbered list begin, and which words of an item say when.

Belongs here: what the readers of such registers share. Not here: exports that join the parts of an outcome by commas (`outcome_split`).
"""

import re

from pipelines.sources.places import Span, with_ends

_BREAK = r"(?:<br\s*/?\s*>|[\r\n])"
_ITEM = re.compile(rf"(?:^|{_BREAK})\s*(?P<number>\d{{1,2}})\s*[.)、]\)?\s*(?![\d])")
_FEWEST_ITEMS = 2


def numbered(span: Span) -> list[Span]:
    """The items of "1. … 2. …" where each begins a line and the numbers count up from 1; empty where the text is no such list.

    Items of items ("2.1. …") stay with theirs, words before the first item belong to none.
    """
    starts: list[re.Match[str]] = []
    for match in _ITEM.finditer(span.text):
        if int(match["number"]) == len(starts) + 1:
            starts.append(match)
    if len(starts) < _FEWEST_ITEMS:
        return []
    found = [span.part(match.end(), end).stripped() for match, end in with_ends(starts, len(span.text))]
    return [one for one in found if one.text]


_BULLET = re.compile(rf"(?:^|{_BREAK})\s*[•●▪*?-]\s*(?=\w)")


def bulleted(span: Span) -> list[Span]:
    """The items of a list with bullets, of which the first begins the text; empty where the text is no such list."""
    found = span.split(_BULLET) if _BULLET.match(span.text) else []
    return found if len(found) >= _FEWEST_ITEMS else []


def listed(span: Span) -> list[Span]:
    """The items of a list with numbers or bullets; the whole where it is none."""
    return numbered(span) or bulleted(span) or [span]


_TIMES = re.compile(rf"(?:^|{_BREAK})\s*(?P<numbers>\d{{1,2}}(?:\s*(?:[-–,&]|to|and)\s*\d{{1,2}})*)\s*[.):]\s*(?=\S)")
_RANGE = re.compile(r"(?P<first>\d+)(?:\s*(?:[-–]|to)\s*(?P<last>\d+))?")


def times_of(span: Span | None, n_items: int) -> list[Span | None]:
    """The times of the items of a list, stated in a text of their own.

    "1-6. Baseline to week 112<br>7. Week 48": each by its number; "week 24; week 48" of two items: one by one; any other text holds for
    all, unless it numbers its times and leaves some item out: then none can be told.
    """
    if span is None or n_items < _FEWEST_ITEMS:
        return [span] * n_items
    starts = list(_TIMES.finditer(span.text))
    if starts and starts[0].start() == 0:
        found: list[Span | None] = [None] * n_items
        for match, end in with_ends(starts, len(span.text)):
            words = span.part(match.end(), end).stripped(" ;\t\r\n")
            for numbers in _RANGE.finditer(match["numbers"]):
                first = int(numbers["first"])
                for number in range(first, int(numbers["last"] or first) + 1):
                    if 1 <= number <= n_items:
                        found[number - 1] = words
        return found if all(found) else [None] * n_items
    parts = span.split(re.compile(r";|<br\s*/?\s*>|\n"))
    return list(parts) if len(parts) == n_items else [span] * n_items


_UNIT = r"(?:hour|hr|day|week|wk|month|year|minute|min)s?"
_NUMBER = r"(?:\d+(?:[.,]\d+)?|one|two|three|four|five|six|twelve)"
_TIME = rf"(?:baseline|screening|(?:the )?end of|{_NUMBER}[\s-]{_UNIT}|{_UNIT} \d)"
_MEASURED = r"(?:measured|assessed|evaluated|recorded|collected|determined|calculated|analy[sz]ed)"
_TIME_WORDS = re.compile(
    rf"\b{_MEASURED}\b.*?\b(?P<time>(?:at|after|over|during|within|up to|until|from|between)\s+{_TIME}\b[^;]*)", re.IGNORECASE
)


def time_in_words(span: Span) -> Span | None:
    """The words that say when, of an outcome that says how it is measured before: "… is measured by ECG at baseline and 6 weeks"."""
    found = _TIME_WORDS.search(span.text)
    if found is None or re.search(_BREAK, span.text):
        return None
    return span.part(*found.span("time")).stripped(" .\t\r\n")
