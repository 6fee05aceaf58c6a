"""Where the visible text of an HTML page stands in its source.

Belongs here: what is markup, what of it ends a paragraph, and what a page says about itself. Not here: rendering,
entities and tags inside a paragraph (`pipelines.text.repair` removes them, with offsets).

HTML parsers give text without offsets into the source, but every piece of evidence has to point there. So this reads
the source itself: comments, scripts, styles and PHP are blanked at equal length, tags are found by one pattern, and
what lies between tags that end a block becomes a `Paragraph`. All steps are linear in the length of the page, whatever
it holds.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Literal, NamedTuple

from pipelines.shapes import Paragraph
from pipelines.sources.article_metadata import canonical_name, collect

Kind = Literal["title", "heading", "paragraph", "list_item", "table_row", "metadata"]

_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6 jats:title".split())  # noqa: SIM905
_CELLS = frozenset(("td", "th"))
_ROW_ENDS = frozenset("tr table tbody thead tfoot".split())  # noqa: SIM905
_LIST_ITEMS = frozenset("li dd jats:list-item".split())  # noqa: SIM905
_BLOCKS = (
    _HEADINGS
    | _CELLS
    | _ROW_ENDS
    | _LIST_ITEMS
    | frozenset(
        "address article aside blockquote body br caption center details dialog div dl dt fieldset figcaption figure footer "  # noqa: SIM905
        "form head header hr html legend main menu ol option p pre section summary title ul abstracttext jats:list jats:p "
        "jats:sec".split()
    )
)
_SKIPPED = frozenset("nav svg select button noscript canvas audio video map datalist".split())  # noqa: SIM905
_INLINE = frozenset(
    "a abbr acronym b base basefont bdi bdo big cite code col colgroup data del dfn em embed font i img input ins kbd label "  # noqa: SIM905
    "link mark meta meter object output param picture q rp rt ruby s samp small source span strike strong sub sup time track "
    "tt u var wbr".split()
)
_VOID = frozenset("basefont col embed img input link meta param source track wbr".split())  # noqa: SIM905
_PAGE_ROOTS = frozenset("html head body title meta link".split())  # noqa: SIM905

_HIDDEN = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<\?(?:php\b|=).*?(?:\?>|\Z)|<\?[^>]{0,2000}\?>"
    r"|<!doctype\b[^>]*>|<!\[CDATA\[|\]\]>"
    r"|<(?P<raw>script|style|template|textarea|iframe)\b[^>]*>.*?(?:</(?P=raw)\s*>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_BREAK = "\x01"
"""What a blanked script or PHP block begins with: it ends a paragraph; a comment does not ("5<!-- --> mg")."""
_TAG = re.compile(
    r"<(?P<close>/?)(?P<name>[A-Za-z][\w:.-]*+)(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+>"
    # A tag with a quote too many still ends at the next ">".
    r"|<(?P<close_2>/?)(?P<name_2>[A-Za-z][\w:.-]*+)[^<>]*+>"
    r"|\x01"
)
_ATTRIBUTE = re.compile(r"([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_META = re.compile(r"<(?:meta|link)\b[^<>]*>", re.IGNORECASE)
_BLANKS = frozenset(" \t\r\n\f\v\0\xa0\u200b\u3000\ufeff")
_BLANK_ENTITIES = ("&nbsp;", "&#160;", "&#xa0;", "&ensp;", "&emsp;", "&thinsp;", "&zwnj;", "&#8203;")
_MAX_CELL_CHARS = 600
"""A cell with more visible text than this is part of a page's layout, not of a table."""


@dataclass(slots=True)
class Page:
    """What a page shows: spans into its source, its title in plain words, and what its `<meta>` elements state."""

    paragraphs: list[Paragraph]
    title: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)


class _Tag(NamedTuple):
    start: int
    end: int
    name: str
    is_closing: bool


def is_page(text: str) -> bool:
    """Whether a text, or its first part, is HTML: it begins like a page, or blocks of HTML make up most of it.

    Markdown may begin with a `<div>` and hold tables as HTML, so its own marks count against.
    """
    masked = _masked(text[:200_000])
    first = re.match(r"[\s\0\x01\ufeff]*<(/?[A-Za-z][\w:.-]*)", masked)
    if first is not None and first[1].lower() in _PAGE_ROOTS:
        return True
    n_tags = sum(1 for _ in _block_tags(masked))
    if not n_tags:
        return False
    n_marks = len(re.findall(r"(?m)^(?:#{1,6} |[-*] |\|)\S", masked))
    if first is not None and first[1].lower().strip("/") in _BLOCKS | _INLINE | _SKIPPED:
        return n_tags > 4 * n_marks
    n_lines = masked.count("\n") + 1
    return not n_marks and n_tags >= 3 and 2 * n_tags >= n_lines


def has_blocks(text: str) -> bool:
    """Whether a short text (the abstract in a JSON record) is divided by tags."""
    return "<" in text and next(_block_tags(text), None) is not None


def read_page(text: str) -> Page:
    """The paragraphs, title and metadata of a whole page."""
    masked = _masked(text)
    spans = list(_paragraphs(masked))
    stated = collect(_stated(masked), keep_others=False)
    title = next((visible_text(text[span.start : span.end]) for span in spans if span.kind == "title"), None)
    if title is None:
        heading = next((span for span in spans if span.kind == "heading"), None)
        title = stated.get("title") or (visible_text(text[heading.start : heading.end]) if heading else None)
    stated.pop("title", None)
    return Page(spans, title or None, stated)


def paragraphs(text: str, start: int, end: int) -> Iterator[Paragraph]:
    """The paragraphs of the HTML in `text[start:end]`, as spans into `text`."""
    for span in _paragraphs(_masked(text[start:end])):
        yield Paragraph(span.kind, span.start + start, span.end + start)


def visible_text(source: str) -> str:
    """The words of a piece of HTML: no tags, no entities, single spaces."""
    return " ".join(unescape(_TAG.sub(_blank_or_keep, _masked(source))).replace("\0", " ").split())


def starts_block(line: str) -> bool:
    """Whether a line of Markdown begins a block of HTML or a comment."""
    begin = len(line) - len(line.lstrip())
    tag = _TAG.match(line, begin)
    return line.startswith("<!--", begin) or (tag is not None and _name(tag) in _BLOCKS)


def _masked(text: str) -> str:
    if "<" not in text:
        return text
    return _HIDDEN.sub(_blanked, text)


def _blanked(match: re.Match[str]) -> str:
    hidden = match[0]
    ends_block = match["raw"] is not None or hidden.startswith("<?")
    return _BREAK + "\0" * (len(hidden) - 1) if ends_block else "\0" * len(hidden)


def _name(match: re.Match[str]) -> str:
    return (match["name"] or match["name_2"] or "").lower()


def _blank_or_keep(match: re.Match[str]) -> str:
    name = _name(match)
    if name in _BLOCKS or not name:
        return " "
    return "" if _is_tag(name) else match[0]


def _is_tag(name: str) -> bool:
    """Known elements and those with a colon or hyphen; `<EF 50>` and `<sixty days>` are text."""
    return name in _INLINE or name in _BLOCKS or name in _SKIPPED or ":" in name or "-" in name


def _block_tags(masked: str) -> Iterator[_Tag]:
    for match in _TAG.finditer(masked):
        name = _name(match)
        if name in _BLOCKS or name in _SKIPPED or not name:
            yield _Tag(match.start(), match.end(), name, bool(match["close"] or match["close_2"]))


def _paragraphs(masked: str) -> Iterator[Paragraph]:
    tags = list(_block_tags(masked))
    hidden = _hidden_ranges(masked, tags)
    position = 0
    kind: Kind = "paragraph"
    n_lists = 0
    i = 0
    while i < len(tags):
        tag = tags[i]
        yield from _span(masked, position, tag.start, kind)
        position, name = tag.end, tag.name
        if tag.start in hidden:
            position = hidden[tag.start]
            while i < len(tags) and tags[i].start < position:
                i += 1
            continue
        if name == "tr" and not tag.is_closing and (row_end := _data_row_end(masked, tags, i)) is not None:
            position = tags[row_end].start if row_end < len(tags) else len(masked)
            yield from _span(masked, tag.end, position, "table_row")
            i = row_end
            continue
        if name in ("ul", "ol", "jats:list"):
            n_lists = max(0, n_lists + (-1 if tag.is_closing else 1))
        kind = _kind_after(tag, kind, in_list=n_lists > 0)
        i += 1
    yield from _span(masked, position, len(masked), kind)


def _kind_after(tag: _Tag, kind: Kind, *, in_list: bool) -> Kind:
    if tag.name in ("br", ""):
        return kind
    if tag.is_closing:
        return "list_item" if in_list and tag.name not in _LIST_ITEMS else "paragraph"
    if tag.name in _HEADINGS:
        return "heading"
    if tag.name == "title":
        return "title"
    if tag.name in _LIST_ITEMS or (in_list and tag.name in ("p", "div", "jats:p")):
        return "list_item"
    return "paragraph"


def _hidden_ranges(masked: str, tags: list[_Tag]) -> dict[int, int]:
    """Begin and end of elements such as `<nav>` that show no prose; one that is never closed hides nothing."""
    opened: dict[str, list[int]] = {}
    ranges: dict[int, int] = {}
    for tag in tags:
        if tag.name not in _SKIPPED:
            continue
        starts = opened.setdefault(tag.name, [])
        if not tag.is_closing:
            if masked[tag.end - 2] != "/":
                starts.append(tag.start)
        elif starts:
            ranges[starts.pop()] = tag.end
    return ranges


def _data_row_end(masked: str, tags: list[_Tag], i: int) -> int | None:
    """Index of the tag that ends the table row opened by tag `i`; None when the row is part of the page's layout."""
    j = i + 1
    n_cells = 0
    cell_start = tags[i].end
    while j < len(tags) and tags[j].name not in _ROW_ENDS:
        if tags[j].name in _CELLS and not tags[j].is_closing:
            n_cells += 1
            if _is_long(masked, cell_start, tags[j].start):
                return None
            cell_start = tags[j].end
        j += 1
    end = tags[j].start if j < len(tags) else len(masked)
    is_layout = not n_cells or _is_long(masked, cell_start, end)
    if j < len(tags) and tags[j].name == "table" and not tags[j].is_closing:
        is_layout = True
    if n_cells == 1 and any(tag.name not in _CELLS for tag in tags[i + 1 : j]):
        is_layout = True
    return None if is_layout else j


def _is_long(masked: str, start: int, end: int) -> bool:
    return end - start > _MAX_CELL_CHARS and len(visible_text(masked[start:end])) > _MAX_CELL_CHARS


def _span(masked: str, start: int, end: int, kind: Kind) -> Iterator[Paragraph]:
    """The piece without blanks and inline tags at its ends, if it shows any letter or digit.

    Tags stay when their counterpart is inside ("<b>Dose:</b> 5 mg"), so that whoever removes tags finds pairs.
    """
    first = _first_visible(masked, start, end)
    last = _last_visible(masked, first, end)
    if not _has_word(masked, first, last):
        return
    opened, closed = _unpaired(masked, first, last)
    if closed and (tag := _TAG.search(masked, start, first)):
        first = tag.start()
    if opened:
        last = max(last, masked.rfind(">", last, end) + 1)
    yield Paragraph(kind, first, last)


def _first_visible(masked: str, start: int, end: int) -> int:
    while start < end:
        if masked[start] in _BLANKS:
            start += 1
        elif masked[start] == "<" and (tag := _TAG.match(masked, start, end)) and _is_tag(_name(tag)):
            start = tag.end()
        elif masked[start] == "&" and masked.startswith(_BLANK_ENTITIES, start):
            start = masked.index(";", start) + 1
        else:
            break
    return start


def _last_visible(masked: str, start: int, end: int) -> int:
    while start < end:
        if masked[end - 1] in _BLANKS:
            end -= 1
        elif masked[end - 1] == ">":
            tag_start = masked.rfind("<", start, end)
            tag = _TAG.match(masked, tag_start, end) if tag_start >= 0 else None
            if tag is None or tag.end() != end or not _is_tag(_name(tag)):
                break
            end = tag_start
        elif masked[end - 1] == ";" and masked.endswith(_BLANK_ENTITIES, start, end):
            end = masked.rindex("&", start, end)
        else:
            break
    return end


def _unpaired(masked: str, start: int, end: int) -> tuple[int, int]:
    """How many inline tags are opened and not closed in a piece, and closed and not opened."""
    opened: Counter[str] = Counter()
    n_closed = 0
    for tag in _TAG.finditer(masked, start, end):
        name = _name(tag)
        if name not in _INLINE or name in _VOID:
            continue
        if not (tag["close"] or tag["close_2"]):
            opened[name] += 1
        elif opened[name]:
            opened[name] -= 1
        else:
            n_closed += 1
    return opened.total(), n_closed


_WORD = re.compile(r"<[^<>]*+>|(?P<word>[^\W_])")


def _has_word(masked: str, start: int, end: int) -> bool:
    return any(match["word"] for match in _WORD.finditer(masked, start, end))


def _stated(masked: str) -> Iterator[tuple[str, str]]:
    """Names and values of `<meta>` and of the canonical `<link>`."""
    for element in _META.finditer(masked):
        attributes = {name.lower(): unescape(double or single or bare) for name, double, single, bare in _ATTRIBUTE.findall(element[0])}
        if attributes.get("rel") == "canonical":
            yield "canonical", attributes.get("href", "")
        name = attributes.get("name") or attributes.get("property") or ""
        if canonical_name(name) is not None:
            yield name, attributes.get("content", "")
