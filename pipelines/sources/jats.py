"""Full texts of articles in JATS XML, as PubMed Central gives them: `<article>`, also many in a `<pmc-articleset>`.

Belongs here: which elements are text and in which order, and what the front part states. The text is built: one line
per block, white space made single, so offsets count in this text and not in the file. Not here: floats as pictures,
formulas as TeX, peer reviews.
"""

import re
from collections.abc import Iterator
from html import unescape

from lxml import etree
from lxml.etree import _Element as Element  # pyright: ignore[reportPrivateUsage]

from pipelines.shapes import Article, Paragraph
from pipelines.sources.article_metadata import collect
from pipelines.sources.html_page import Kind

_ROOTS = frozenset(("article", "pmc-articleset"))
_BEFORE_ROOT = re.compile(r"(?:\s++|<\?.*?\?>|<!--.*?-->|(?P<doctype><!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>))*+", re.DOTALL)
_ROOT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)")
_OF_JATS = re.compile(r"<front\b|<article-meta\b|\barticle-type=|\bdtd-version=|<sec\b|<!DOCTYPE\s+article\b|JATS|NLM//DTD")
_HTML_PAGE_PART = re.compile(r"<(?:div|h[1-6]|section|span)\b", re.IGNORECASE)
_NCT_ID = re.compile(r"NCT\d{8}")
_SPACE = re.compile(r"\s+")

_BLOCKS: dict[str, Kind] = {
    "title": "heading",
    "p": "paragraph",
    "label": "paragraph",
    "verse-line": "paragraph",
    "attrib": "paragraph",
    "def": "list_item",
    "term": "list_item",
    "td": "table_row",
    "th": "table_row",
    "mixed-citation": "metadata",
    "element-citation": "metadata",
    "citation": "metadata",
}
"""Elements whose words are a line of text."""
_LEFT_OUT = frozenset(
    "journal-meta contrib-group aff author-notes pub-date history permissions self-uri related-article article-categories "  # noqa: SIM905
    "counts custom-meta-group processing-meta kwd-group funding-group article-id issue volume tex-math object-id "
    "sub-article response graphic media inline-graphic inline-supplementary-material xref-group trans-title-group".split()
)
"""Elements without prose. Peer reviews (`sub-article`) are other documents."""
_TRANSPARENT_LABELS = frozenset(("fig", "table-wrap", "boxed-text"))
"""Of labels only "Table 1." and "Figure 2." are words; those of sections and footnotes are numbers."""


def is_jats(text: str) -> bool:
    """Whether a text, or its first part, is JATS XML; an HTML `<article>` is not."""
    before = _BEFORE_ROOT.match(text)
    root = _ROOT.match(text, before.end() if before else 0)
    if root is None or root[1] not in _ROOTS:
        return False
    if root[1] == "pmc-articleset" or (before and before["doctype"] and " article" in before["doctype"]):
        return True
    return _OF_JATS.search(text) is not None and not _HTML_PAGE_PART.search(text[: root.end() + 2000])


def declares_entities(text: str) -> bool:
    """Whether the document type before the root declares entities, which are never expanded."""
    before = _BEFORE_ROOT.match(text)
    return before is not None and "<!ENTITY" in before[0]


def read_articles(data: bytes) -> Iterator[Article]:
    """The articles of a file in order. Raises `lxml.etree.XMLSyntaxError` for what is not well-formed or nested beyond
    256 levels.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    root = etree.fromstring(data, parser)
    for element in [root] if _local(root) == "article" else root:
        if _local(element) == "article":
            yield _article(element)


def _article(root: Element) -> Article:
    lines: list[tuple[Kind, str]] = []
    title = root.find(".//{*}title-group/{*}article-title")
    if title is not None and (words := _words(title)):
        lines.append(("title", words))
    for part in root:
        if _local(part) in ("front", "body", "back", "floats-group"):
            lines.extend(_lines(part))
    spans: list[Paragraph] = []
    position = 0
    for kind, words in lines:
        spans.append(Paragraph(kind, position, position + len(words)))
        position += len(words) + 1
    return Article(
        text="\n".join(words for _, words in lines),
        title=lines[0][1] if lines and lines[0][0] == "title" else None,
        paragraphs=spans,
        metadata=_metadata(root),
    )


def _lines(part: Element) -> Iterator[tuple[Kind, str]]:
    """Kind and words of every block below an element, in document order; without recursion, as depth is the file's
    choice.
    """
    pending: list[Element] = [part]
    while pending:
        element = pending.pop()
        name = _local(element)
        if not name or name in _LEFT_OUT or (name == "title-group" and _local(element.getparent()) == "article-meta"):
            continue
        if name == "tr":
            cells = [_words(cell) for cell in element if _local(cell) in ("td", "th")]
            if any(cells):
                yield "table_row", " | ".join(cells)
            continue
        kind = _BLOCKS.get(name)
        if kind is None:
            pending.extend(reversed(element))
            continue
        if name == "label" and _local(element.getparent()) not in _TRANSPARENT_LABELS:
            continue
        # A paragraph may hold a list or a table: its own words first, then those blocks.
        inner = _inner_blocks(element) if name == "p" else []
        if words := _words(element, without=frozenset(inner)):
            yield _kind_in(element, kind), words
        pending.extend(reversed(inner))


_INNER_BLOCKS = frozenset("list table-wrap fig disp-quote boxed-text def-list table disp-formula-group".split())  # noqa: SIM905


def _inner_blocks(paragraph: Element) -> list[Element]:
    found: list[Element] = []
    pending = list(reversed(paragraph))
    while pending:
        element = pending.pop()
        if _local(element) in _INNER_BLOCKS:
            found.append(element)
        else:
            pending.extend(reversed(element))
    return found


def _kind_in(element: Element, kind: Kind) -> Kind:
    """What a block is where it stands: a paragraph in a list is an item, one in a reference list is metadata."""
    if kind == "heading" and _local(element.getparent()) == "caption":
        return "paragraph"
    if kind != "paragraph":
        return kind
    for ancestor in element.iterancestors():
        name = _local(ancestor)
        if name == "list-item":
            return "list_item"
        if name == "ref-list":
            return "metadata"
        if name in ("sec", "body", "abstract", "table-wrap"):
            break
    return kind


def _words(element: Element, without: frozenset[Element] = frozenset()) -> str:
    """The words of an element. "10<sup>9</sup>" becomes "10^9", as `pipelines.text.repair` does it in HTML, and a
    raised citation "[9]": no digits may run together with those before them.
    """
    pieces: list[str] = []
    pending: list[Element | str] = [element]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            pieces.append(item)
            continue
        if item is not element and item.tail:
            pending.append(item.tail)
        name = _local(item)
        if item in without or (name in _LEFT_OUT and item is not element):
            continue
        if not name:
            # An entity that the file does not declare, such as "&nbsp;": written out.
            pieces.append(unescape(item.text or ""))
            continue
        if name in ("sup", "sub") and item is not element:
            pieces.append(_raised(item, pieces))
            continue
        if name in ("break", "p", "title") and pieces:
            pieces.append(" ")
        pending.extend(reversed(item))
        if item.text:
            pieces.append(item.text)
    return _SPACE.sub(" ", "".join(pieces)).strip()


def _raised(element: Element, pieces: list[str]) -> str:
    words = _words(element)
    parent = element.getparent()
    citing = [parent, *element.iter("{*}xref")] if parent is not None else []
    if any(_local(one) == "xref" and one.get("ref-type") == "bibr" for one in citing):
        return words if words[:1] in "[(," else f"[{words}]"
    before = next((piece for piece in reversed(pieces) if piece), "")
    is_glued = before[-1:].isdecimal() and (words[:1].isalnum() or words[:1] in ("+", "-", "−", "–"))
    return f"^{words}" if is_glued else words


def _metadata(root: Element) -> dict[str, str]:
    meta = root.find(".//{*}article-meta")
    if meta is None:
        return {}
    pairs = [(one.get("pub-id-type") or "", _words(one)) for one in meta.findall("{*}article-id")]
    journal = root.find(".//{*}journal-meta//{*}journal-title")
    if journal is not None:
        pairs.append(("journal", _words(journal)))
    for contributor in meta.iterfind(".//{*}contrib"):
        name = contributor.find("{*}name")
        if name is not None and contributor.get("contrib-type") in (None, "author"):
            parts = (name.findtext("{*}surname"), name.findtext("{*}given-names"))
            pairs.append(("authors", ", ".join(part.strip() for part in parts if part)))
    dates = sorted(filter(None, (_date(date) for date in meta.findall("{*}pub-date"))))
    if dates:
        pairs.append(("date", dates[0]))
    linked = " ".join(
        [link.get(name) or "" for link in meta.iter() for name in link.attrib if str(name).endswith("href") or name == "source-id"]
    )
    pairs.extend(("nct_ids", nct_id) for nct_id in dict.fromkeys(_NCT_ID.findall(linked)))
    return collect(pairs, keep_others=False)


def _date(element: Element) -> str | None:
    """Year, month and day as far as they are stated and are numbers."""
    parts: list[str] = []
    for name, width in (("year", 4), ("month", 2), ("day", 2)):
        value = (element.findtext(f"{{*}}{name}") or "").strip()
        if not value.isdecimal():
            break
        parts.append(value.zfill(width))
    return "-".join(parts) or None


def _local(element: Element | None) -> str:
    """The name of an element without namespace; empty for comments, entities and nothing."""
    # The tag of an entity is a function, whatever the stubs say.
    if element is None or not isinstance(element.tag, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        return ""
    return element.tag.rpartition("}")[2]
