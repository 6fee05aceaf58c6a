"""Where paragraphs, headings, list items and table rows stand in plain text, Markdown and text with underlined
headings.

Belongs here: reading the layout of lines. Not here: front matter (`article_metadata`), whole HTML pages (`html_page`),
and the meaning of any section but one: entries of a reference list are marked `metadata`, because they name other
people's trials.

Offsets are those of the text as it is, with its own line ends. Markup at the ends (`#`, `>`, a bullet) is outside a
span; markup inside stays.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.shapes import Paragraph
from pipelines.sources import html_page
from pipelines.sources.html_page import Kind

MAX_TITLE_CHARS = 300

SECTION_NAMES = frozenset(
    "abstract|summary|introduction|background|objective|objectives|aim|aims|purpose|method|methods|materials and methods|"  # noqa: SIM905
    "patients and methods|methods and materials|results|findings|discussion|interpretation|conclusion|conclusions|"
    "keywords|key words|acknowledgements|acknowledgments|contents|table of contents|full text|title|"
    "摘要|背景|目的|方法|结果|結果|结论|結論|讨论|討論|前言|引言|导语|導語|简介|簡介|概述|重要性|关键词|關鍵詞|目录|目錄|"
    "致谢|致謝|正文|标题|標題".split("|")
)
"""Headings that every article has: none of them is its title."""
REFERENCE_SECTIONS = frozenset(
    "references|reference|reference list|reference documentation|bibliography|literature cited|works cited|"  # noqa: SIM905
    "参考文献|參考文獻|参考资料|參考資料|主要参考文献|主要參考文獻".split("|")
)

_LINE = re.compile(r"[^\r\n]+")
_MAX_LINE_END_CHARS = 2
_EMPTY_LINE = re.compile(r"(?:\r\n|\r|\n)[ \t]*(?:\r\n|\r|\n)")
_MARKER = re.compile(
    r"[ \t]*(?:"
    r"(?P<heading>#{1,6})(?:[ \t]+|(?<=##)(?=[\u4e00-\u9fff]))"
    r"|(?P<rule>(?:[-*_=~^][ \t]*+){3,}+$)"
    r"|(?P<bullet>[-*+•●○▪◦‣■◆\uf0b7][ \t]+(?:\[[ xX]\][ \t]+)?|[•●○▪◦‣■◆\uf0b7])"
    r"|(?P<number>(?:"
    r"\(\d{1,3}\)|（\d{1,3}）|\[(?:\d{1,3}|\^\w{1,20})\]:?(?!\()|\d{1,3}[.)、．](?!\d)|\([a-z]\)|[a-z]\)|[①-⑳]"
    r")[ \t]*)(?=\S)"
    r"|(?P<quote>(?:>(?![=\d])[ \t]?)+)"
    r"|(?P<row>\|)"
    r")"
)
_FENCE = re.compile(r"[ \t]*(?P<mark>```|~~~)[ \t]*(?P<language>[\w+-]*)")
_NEXT_FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
_PROSE_LANGUAGES = frozenset(("", "text", "txt", "markdown", "md"))
_NOT_PROSE = re.compile(
    r"\s*(?:!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])?|!\[\[[^\]]*\]\]|\[![\w-]+\][+-]?|\[[^\]]{1,60}\]:\s*\S+(?:\s+\"[^\"]*\")?|:{3,}.{0,80})\s*$"
)
"""Nothing but an image, the mark of a call-out (`[!info]`) or of a block (`:::`), or the target of a link."""
_COLUMN_GAP = re.compile(r"(?<=\S)(?: {3,}|\t+)(?=\S)")
_ROW_RULE = re.compile(r"[\s|:+=-]+$")
_QUOTE_MARK = re.compile(r"[\r\n][ \t]*(?:>(?![=\d])[ \t]?)+\Z")
_CAPITALS = re.compile(r"[A-Z][A-Z &/,.()-]{2,60}:")
_LOST_LINE_BREAK = re.compile(r"(?<=\s)#{1,6}\s+(?=\S)")
_BOLD_LINE = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1[:：]?$")
_LABEL = re.compile(r"(?:title|题目|題目|标题|標題)\s*[:：]\s*", re.IGNORECASE)
_CAPTION = re.compile(r"(?:图|圖|表|Fig(?:ure)?\b\.?|Table\b)\s*[\d一二三四五六七八九十]", re.IGNORECASE)
_NUMBERED_HEADING = re.compile(
    r"[一二三四五六七八九十]{1,3}、|[(（][一二三四五六七八九十]{1,3}[)）]|第[一二三四五六七八九十\d]{1,3}[章节節部]"
)
_STORY_PREFIX = re.compile(r"\((?:first|second|third|fourth|fifth|\w{1,10})Quint\)")
_STORY_SUFFIX = "@highlight"
"""Marks of a summarisation data set made from registry records, glued to the title."""
_WIDE = re.compile("[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]")
_WORD = re.compile(r"[^\W_]")
_SENTENCE_END = tuple(".!?;,。！？；，、…")
_SENTENCE_BREAK = re.compile(r"[a-z0-9)\]%][.!?]\s+[A-Z]|[。！？].")
_LEADING_SECTION = re.compile(
    rf"#{{1,6}}\s+({'|'.join(sorted(filter(str.isascii, SECTION_NAMES), key=len, reverse=True))})(?:\s+|$)", re.IGNORECASE
)
_NUMBERING = re.compile(r"(?:\d{1,2}(?:\.\d{1,2})*[.、．)]?\s+|[一二三四五六七八九十]{1,3}[、．])")
_HEADING_MARKS = " \t\r\n#*_:：."

_MAX_SPANS_ABOVE_TITLE = 8
_MAX_HEADING_COLUMNS = 60
_MAX_NUMBERED_HEADING_COLUMNS = 100
_MIN_PROSE_COLUMNS = 60
_WRAP_COLUMNS = range(30, 133)
_MIN_WRAPPED_SHARE = 0.6
_MIN_WRAPPED_PAIRS = 3


@dataclass(slots=True)
class _Line:
    """A line or, after joining, several: where its words are, what it is, and whether it directly follows the line before."""

    kind: Kind
    start: int
    end: int
    follows: bool
    indent: int = 0
    is_marked: bool = False
    """Its kind comes from a mark of its own, so it is not the continuation of a paragraph."""


def paragraphs(text: str, start: int = 0) -> list[Paragraph]:
    """The paragraphs of `text` from `start` on.

    A line is a paragraph of its own, unless the text is wrapped at a column, which shows in most lines being as long as
    they can be: then lines are joined. A short line without a full stop above a long one is a heading.
    """
    spans = [Paragraph(line.kind, line.start, line.end) for line in _joined(text, list(_lines(text, start)))]
    mark_sections(text, spans)
    return spans


def mark_sections(text: str, spans: list[Paragraph]) -> None:
    """Find headings among paragraphs that no mark shows to be one, and make entries of reference lists metadata."""
    _mark_headings(text, spans)
    _mark_references(text, spans)


def title_span(text: str, spans: list[Paragraph]) -> Paragraph | None:
    """The paragraph that is the title: the first `# ` heading, else the first line if it is short and no section's name.

    A text of one paragraph is all text.
    """
    prose = [span for span in spans if span.kind != "metadata"]
    if len(prose) < 2:
        return None
    for span in prose[:_MAX_SPANS_ABOVE_TITLE]:
        is_first_level = text.endswith("# ", 0, span.start) and not text.endswith("## ", 0, span.start)
        if span.kind == "heading" and is_first_level and _may_be_title(text, span):
            return span
    for span in prose[:2]:
        if span.kind in ("heading", "paragraph") and _may_be_title(text, span):
            return span
        # "TITLE:" alone on its line: the title is on the next.
        if section_name(text[span.start : span.end]) not in ("title", "标题", "標題", "题目", "題目"):
            break
    return None


def plain_title(source: str) -> str:
    """A title without markup: links, emphasis, tags, entities."""
    words = re.sub(r"\[\[(?:[^\]|]*\|)?([^\]]*)\]\]", r"\1", source)
    words = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", words)
    words = re.sub(r"(\*\*|__|\*|`)(?=\S)(.+?)(?<=\S)\1", r"\2", words)
    words = re.sub(r"\\(?=[\\`*_\[\]<>#+\-.~^&])", "", words)
    return html_page.visible_text(_LABEL.sub("", words, count=1) if _LABEL.match(words) else words)


def section_name(heading: str) -> str:
    """A heading for comparison: "**1. Methods:**" → "methods", "前 言" → "前言"."""
    name = _NUMBERING.sub("", heading[:MAX_TITLE_CHARS].strip(_HEADING_MARKS), count=1).strip(_HEADING_MARKS).casefold()
    return name if name.isascii() else "".join(name.split())


def _may_be_title(text: str, span: Paragraph) -> bool:
    if span.end - span.start > MAX_TITLE_CHARS:
        return False
    words = text[span.start : span.end]
    name = section_name(words)
    return name not in SECTION_NAMES and name not in REFERENCE_SECTIONS and len(_SENTENCE_BREAK.findall(words)) < 2


def _lines(text: str, start: int) -> Iterator[_Line]:
    """All lines that show words, each with what its own marks say."""
    skipped_to = start
    last_end = -_MAX_LINE_END_CHARS - 1
    for match in _LINE.finditer(text, start):
        line_start, line_end = match.span()
        if line_start < skipped_to or match[0].isspace():
            continue
        follows = line_start - last_end <= _MAX_LINE_END_CHARS and text[last_end:line_start] in ("\n", "\r\n", "\r")
        last_end = -_MAX_LINE_END_CHARS - 1
        fence = _FENCE.match(match[0])
        if fence is not None and (fence["mark"] == "```" or not follows):
            skipped_to = _code_end(text, fence, line_end)
        elif "<" in match[0] and html_page.starts_block(match[0]):
            empty_line = _EMPTY_LINE.search(text, line_start)
            skipped_to = empty_line.start() if empty_line else len(text)
            for span in html_page.paragraphs(text, line_start, skipped_to):
                yield _Line(span.kind, span.start, span.end, follows=False, is_marked=True)
        elif line_end - line_start > MAX_TITLE_CHARS and match[0].startswith("#"):
            yield from _unbroken(text, line_start, line_end)
        elif (found := _line(text, line_start, line_end, follows=follows)) is not None:
            yield found
            last_end = line_end


def _code_end(text: str, fence: re.Match[str], line_end: int) -> int:
    """Where the code below a fence ends; at once when it is prose, or never closed."""
    if fence["language"].lower() in _PROSE_LANGUAGES:
        return line_end
    closing = _NEXT_FENCE.search(text, line_end)
    return closing.end() if closing else line_end


def _unbroken(text: str, start: int, end: int) -> Iterator[_Line]:
    """The parts of a line of Markdown that has lost its line breaks: "# Abstract ## Objective To determine … ## Methods"."""
    starts = [start, *(match.start() for match in _LOST_LINE_BREAK.finditer(text, start, end)), end]
    for part_start, part_end in itertools.pairwise(starts):
        heading = _LEADING_SECTION.match(text, part_start, part_end)
        if heading is not None:
            yield _Line("heading", heading.start(1), heading.end(1), follows=False, is_marked=True)
        line = _line(text, heading.end() if heading else part_start, part_end, follows=False)
        if line is not None:
            yield line


def _line(text: str, start: int, end: int, *, follows: bool) -> _Line | None:
    """One line without its marks; None when nothing is left that could be read."""
    marker = _MARKER.match(text, start, end)
    first = start
    if marker is not None and marker.lastgroup == "quote":
        first = marker.end()
        marker = _MARKER.match(text, first, end)
    name = marker.lastgroup if marker else None
    if name == "rule":
        # Under a line of text it makes that line a heading, which `_joined` sees.
        return _Line("heading", first, first, follows=follows) if follows else None
    kind = _kind(text, first, end, name)
    if kind is None:
        return None
    if marker is not None and name in ("heading", "bullet"):
        first = marker.end()
    indent = len(text[start:end]) - len(text[start:end].lstrip())
    last = end
    if name == "heading":
        last = len(text[first:end].rstrip().rstrip("#")) + first
    return _words_of_line(text, _Line(kind, first, last, follows=follows, indent=indent, is_marked=kind != "paragraph"))


def _kind(text: str, start: int, end: int, marker: str | None) -> Kind | None:
    """What the marker at its begin makes of a line; None for the rule below a table's head."""
    if marker == "heading":
        # A heading of a thousand words is a paragraph whose line break was lost.
        return "heading" if end - start <= MAX_TITLE_CHARS else "paragraph"
    if marker in ("bullet", "number"):
        return "list_item"
    if marker == "row" and text[start:end].rstrip().endswith("|") and text.count("|", start, end) > 1:
        return None if _ROW_RULE.match(text, start, end) else "table_row"
    if next(itertools.islice(_COLUMN_GAP.finditer(text, start, end), 1, None), None):
        return "table_row"
    return "paragraph"


def _words_of_line(text: str, line: _Line) -> _Line | None:
    """The line without blanks and labels at its ends; None when it shows no words."""
    start, end = line.start, line.end
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    if _NOT_PROSE.match(text, start, end) or not _WORD.search(text, start, end):
        return None
    if text.endswith(_STORY_SUFFIX, start, end):
        end -= len(_STORY_SUFFIX)
        line.kind, line.is_marked = "heading", True
    for label in (_STORY_PREFIX, _LABEL):
        if line.kind == "paragraph" and (found := label.match(text, start, end)) and _WORD.search(text, found.end(), end):
            start = found.end()
    line.start, line.end = start, end
    return line


def _joined(text: str, lines: list[_Line]) -> list[_Line]:
    """Lines of one paragraph joined, and lines above an underline made headings."""
    is_wrapped, columns = _wrapping(lines)
    joined: list[_Line] = []
    last: _Line | None = None
    for line in lines:
        before = joined[-1] if joined else None
        if line.start == line.end:
            if before is not None and before.kind == "paragraph" and before is last and before.end - before.start <= MAX_TITLE_CHARS:
                before.kind, before.is_marked = "heading", True
            last = None
            continue
        if before is not None and last is not None and line.follows and not line.is_marked:
            if before.kind == "list_item":
                continues = is_wrapped or line.indent > last.indent or (line.indent > 0 and last is not before)
            else:
                continues = before.kind == "paragraph" and is_wrapped and _is_full(text, last, line, columns)
            if continues:
                before.end = line.end
                last = line
                continue
        joined.append(line)
        last = line
    return joined


def _wrapping(lines: list[_Line]) -> tuple[bool, int]:
    """Whether the text is wrapped at a column, and at which."""
    pairs = [
        (above.end - above.start, line.end - line.start)
        for above, line in itertools.pairwise(lines)
        if line.follows and not line.is_marked and line.kind == above.kind == "paragraph"
    ]
    if len(pairs) < _MIN_WRAPPED_PAIRS:
        return False, 0
    lengths = sorted(above for above, _ in pairs)
    columns = lengths[min(len(lengths) - 1, int(len(lengths) * 0.98))]
    n_full = sum(above > 0.8 * columns for above, _ in pairs)
    return columns in _WRAP_COLUMNS and n_full >= _MIN_WRAPPED_SHARE * len(pairs), columns


def _is_full(text: str, above: _Line, line: _Line, columns: int) -> bool:
    """Whether a line had no room for the first word of the next."""
    word = re.compile(r"[\x21-\x7e]+|.").match(text, line.start, line.end)
    n_word = len(word[0]) if word else 0
    return above.end - above.start + 1 + n_word > 0.8 * columns or text[line.start].islower()


def _mark_headings(text: str, spans: list[Paragraph]) -> None:
    """Make short lines above long ones headings; two short lines may stand above one another."""
    is_above_prose = False
    n_headings = 0
    for span in reversed(spans):
        if span.kind in ("list_item", "heading"):
            is_above_prose, n_headings = True, 0
            continue
        if span.kind != "paragraph":
            is_above_prose = False
            continue
        words = text[span.start : min(span.end, span.start + _MAX_NUMBERED_HEADING_COLUMNS + 1)]
        columns = len(words) + len(_WIDE.findall(words))
        limit = _MAX_NUMBERED_HEADING_COLUMNS if _NUMBERED_HEADING.match(words) else _MAX_HEADING_COLUMNS
        name = section_name(words)
        is_bold = span.end - span.start <= MAX_TITLE_CHARS and _BOLD_LINE.fullmatch(text, span.start, span.end)
        is_section = name in SECTION_NAMES or name in REFERENCE_SECTIONS or _CAPITALS.fullmatch(words)
        if is_bold or is_section:
            span.kind = "heading"
            is_above_prose, n_headings = True, 0
        elif (
            is_above_prose
            and n_headings < 2
            and columns <= limit
            and not words.endswith(_SENTENCE_END)
            and ":" not in words
            and "：" not in words
            and not _CAPTION.match(words)
            and not _QUOTE_MARK.search(text, max(0, span.start - 8), span.start)
        ):
            span.kind = "heading"
            n_headings += 1
        else:
            is_above_prose, n_headings = columns >= _MIN_PROSE_COLUMNS, 0


def _mark_references(text: str, spans: list[Paragraph]) -> None:
    """Make the entries of a reference list metadata: they end at the first line that is no entry."""
    in_references = False
    for span in spans:
        if span.kind == "heading":
            in_references = section_name(text[span.start : span.end]) in REFERENCE_SECTIONS
        elif in_references and span.kind == "list_item":
            span.kind = "metadata"
        else:
            in_references = False
