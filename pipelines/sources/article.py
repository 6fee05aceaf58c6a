"""Articles: every text that no registry format claims, as one document with its paragraphs.

Belongs here: telling which kind of text it is (JSON, JATS XML, HTML, Markdown or plain), and making the record. Not
here: how each kind is laid out (`article_text`, `html_page`, `jats`), and what an article says.

`Article.text` is the decoded file unchanged for plain text, Markdown and HTML. It is built where the file is a
container of fields: for JSON the title, an empty line, the abstract, an empty line, the body; for JATS one line per
block (`jats`).
"""

import csv
import io
import itertools
import json
import re
from collections.abc import Iterator
from typing import Any, Literal

import msgspec
from lxml import etree

from pipelines.shapes import Article, Paragraph
from pipelines.sources import article_text, html_page, jats
from pipelines.sources.article_metadata import canonical_name, collect, front_matter
from pipelines.sources.records import (
    MAX_RECORD_BYTES,
    SNIFF_BYTES,
    Reason,
    Record,
    Reject,
    Slice,
    excerpt,
    text_sha256,
)
from pipelines.text.encoding import decode, looks_binary
from pipelines.text.language import detect_language
from pipelines.text.repair import repair, repaired_text

FORMAT = "article"

_TITLE_KEYS = ("title", "articletitle", "papertitle", "headline")
_ABSTRACT_KEYS = ("abstract", "abstractnote", "abstracttext", "summary")
_BODY_KEYS = ("fulltext", "text", "body", "bodytext", "content", "articletext", "maintext", "plaintext", "markdown")
"""Keys of a JSON object that is an article, compared without case and punctuation: a title and one of the others."""

_SPACE = " \t\r\n\f\v\ufeff\0"
_OBJECT_START = re.compile(r"\{\s*[\"}]")
_ARRAY_START = re.compile(r"\[\s*(?:\{|\]\s*\Z)")
_XML_START = re.compile(r"<(?:\?xml\b|!DOCTYPE\s+(?!html\b))", re.IGNORECASE)
_ELEMENT_START = re.compile(r"<[A-Za-z_][\w:.-]*(?:\s+[\w:.-]+\s*=|\s*/?>)")
_XML_ENCODING = re.compile(r"(<\?xml[^>]*?)\s+encoding\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_SURROGATES = re.compile("[\ud800-\udfff]")
_LANGUAGE_CHARS = 6_000
_TABLE_ROWS = 40
_MIN_COLUMNS = 8
_MIN_NAMED_COLUMNS = 3
_MAX_NAME_CHARS = 64

_Shape = Literal["json", "jats", "xml", "html", "table", "text"]


def sniff(head: bytes) -> bool:
    """Whether a file that begins like this is a text to read as an article, when no other format claims it.

    Not binary data, not a table, not XML but JATS, and of JSON only objects with a title and a text. An empty file is
    one (and holds no record).
    """
    if looks_binary(head):
        return False
    text = decode(head).text
    shape = _shape(text)
    if shape == "json":
        return _has_article_objects(text, is_whole=len(head) < SNIFF_BYTES)
    return shape in ("jats", "html", "text")


def read(data: bytes, *, first_index: int = 0, header: bytes = b"") -> Iterator[Record | Reject]:
    """The articles of a file: one, or as many as a JSON file or a collection of JATS articles holds."""
    head = data[:SNIFF_BYTES]
    if looks_binary(head):
        yield _reject(first_index, Reason.BINARY, "the file holds control bytes", data)
        return
    if _shape(decode(head).text) == "json":
        yield from _read_json(data, first_index)
        return
    if len(data) > MAX_RECORD_BYTES:
        yield _reject(first_index, Reason.TOO_LARGE, f"{len(data):,} bytes as one article", data)
        return
    decoded = decode(data)
    if not decoded.text.strip(_SPACE):
        return
    shape = _shape(decoded.text)
    match shape:
        case "jats":
            found = _read_jats(decoded.text, first_index)
        case "html":
            found = iter([_page_article(decoded.text)])
        case "text":
            found = iter([_text_article(decoded.text)])
        case "json" | "xml" | "table":
            what = {"json": "JSON", "xml": "XML with an unknown root", "table": "a table with unknown columns"}[shape]
            found = iter([_reject(first_index, Reason.UNKNOWN_FORMAT, what, decoded.text)])
    for index, one in enumerate(found, first_index):
        yield one if isinstance(one, Reject) else _record(one, index, encoding=decoded.encoding, repairs=decoded.repairs)


def slices(data: bytes, *, target_bytes: int) -> list[Slice]:
    """Cut JSON Lines into runs of whole lines of about `target_bytes`; anything else is one slice."""
    if not _is_json_lines(data):
        return [Slice(0, len(data), 0)]
    found: list[Slice] = []
    start = first_index = 0
    while start < len(data):
        line_end = data.find(b"\n", min(start + max(target_bytes, 1), len(data)) - 1)
        end = len(data) if line_end < 0 else line_end + 1
        found.append(Slice(start, end, first_index))
        first_index += sum(1 for line in data[start:end].split(b"\n") if line.strip())
        start = end
    return found


def _shape(text: str) -> _Shape:
    """What kind of text it is, from all of it or its first part."""
    begin = len(text) - len(text.lstrip(_SPACE))
    if _OBJECT_START.match(text, begin) or _ARRAY_START.match(text, begin):
        return "json"
    if text.startswith("<", begin):
        if jats.is_jats(text[begin:]):
            return "jats"
        if html_page.is_page(text):
            return "html"
        is_xml = _XML_START.match(text, begin) or (_ELEMENT_START.match(text, begin) and "</" in text)
        return "xml" if is_xml else "text"
    if text.startswith("[", begin) and _is_json(text):
        return "json"
    if _is_table(text[begin : begin + SNIFF_BYTES]):
        return "table"
    return "html" if html_page.is_page(text) else "text"


def _is_json(text: str) -> bool:
    """Whether a text that begins with `[` is JSON and not a Markdown link: only a short one can be neither object nor
    article.
    """
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


_LIST_MARK = re.compile(r"^\s*(?:[•·●▪◦‣*-]|\(?\d{1,2}[.)、])\t")


def _is_table(text: str) -> bool:
    """Whether the lines are rows: always the same number of cells, parted by tabs, pipes, commas or semicolons.

    A few columns are believed only below a row of short names, as two lines of prose may have the same number of
    commas.
    """
    sample = text[:SNIFF_BYTES]
    # The tab after the mark of a list item parts no cells.
    lines = (_LIST_MARK.sub("", line) for line in filter(str.strip, sample.splitlines()))
    n_tabs = [line.count("\t") for line in itertools.islice(lines, _TABLE_ROWS)]
    if len(n_tabs) > 2 and min(n_tabs) > 0 and n_tabs.count(n_tabs[0]) >= 0.9 * len(n_tabs):
        return True
    for delimiter in "\t|,;":
        if sample.count(delimiter) < 2 * _MIN_NAMED_COLUMNS - 2:
            continue
        try:
            reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
            rows = [row for row in itertools.islice(reader, _TABLE_ROWS) if row]
        except csv.Error:
            continue
        # The last row may be cut off in the middle.
        counts = [len(row) for row in (rows[:-1] if len(rows) > 2 else rows)]
        if len(counts) < 2 or len(set(counts)) > 1:
            continue
        names = "|".join(rows[0]).rstrip("|").split("|")
        is_named = all(name and not name[0].isspace() and len(name) <= _MAX_NAME_CHARS for name in names)
        if counts[0] >= (_MIN_NAMED_COLUMNS if is_named else _MIN_COLUMNS):
            return True
    return False


# Plain text, Markdown, HTML


def _text_article(text: str) -> Article:
    matter = front_matter(text)
    if matter is None:
        metadata: dict[str, str] = {}
        spans = article_text.paragraphs(text)
    else:
        metadata = collect(matter.values.items(), keep_others=True)
        spans = [Paragraph("metadata", *span) for span in matter.spans] + article_text.paragraphs(text, matter.end)
    stated = metadata.pop("title", None)
    title_span = article_text.title_span(text, spans)
    title = article_text.plain_title(stated) if stated else None
    if title_span is not None:
        shown = article_text.plain_title(text[title_span.start : title_span.end])
        title = title or shown
        if title == shown:
            title_span.kind = "title"
    return Article(text=text, title=title or None, paragraphs=spans, metadata=metadata)


def _page_article(text: str) -> Article:
    page = html_page.read_page(text)
    title = page.title
    spans = page.paragraphs
    article_text.mark_sections(text, spans)
    if title is None and (span := article_text.title_span(text, spans)) is not None:
        title = html_page.visible_text(text[span.start : span.end])
        span.kind = "title"
    return Article(text=text, title=title, paragraphs=spans, metadata=page.metadata)


# JATS


def _read_jats(text: str, first_index: int) -> Iterator[Article | Reject]:
    if jats.declares_entities(text):
        yield _reject(first_index, Reason.UNSAFE_XML, "the document type declares entities", text)
        return
    # The text is decoded: what the file says about its encoding no longer holds.
    source = _XML_ENCODING.sub(r"\1", text.lstrip(_SPACE), count=1).encode("utf-8", "replace")
    try:
        yield from jats.read_articles(source)
    except etree.XMLSyntaxError as error:
        is_whole = re.search(r"</[\w.:-]+\s*>\s*\Z", text[-200:]) is not None and "Premature end" not in str(error)
        reason = Reason.INVALID_XML if is_whole else Reason.TRUNCATED
        yield _reject(first_index, reason, str(error), text)


# JSON


def _read_json(data: bytes, first_index: int) -> Iterator[Record | Reject]:
    encoding = decode(data[:SNIFF_BYTES]).encoding
    if encoding.startswith(("utf-16", "utf-32")):
        data = decode(data).text.encode("utf-8", "replace")
    if _is_json_lines(data):
        parts: Iterator[bytes | Reject] = _json_lines(data)
    else:
        parts = _json_parts(data)
    index = first_index
    for part in parts:
        if isinstance(part, Reject):
            part.index = index
            yield part
        else:
            yield _json_record(part, index)
        index += 1


def _json_lines(data: bytes) -> Iterator[bytes]:
    position = 0
    while position < len(data):
        end = data.find(b"\n", position)
        end = len(data) if end < 0 else end
        line = data[position:end].strip()
        if line:
            yield line
        position = end + 1


def _is_json_lines(data: bytes) -> bool:
    """Whether the first lines are one JSON object each."""
    begin = data[: SNIFF_BYTES * 16].lstrip(b"\xef\xbb\xbf \t\r\n")
    lines = [line.strip() for line in begin.split(b"\n", 8)[:8] if line.strip()]
    return len(lines) > 1 and all(line.startswith(b"{") for line in lines) and lines[0].endswith(b"}")


def _json_parts(data: bytes) -> Iterator[bytes | Reject]:
    """The bytes of the object, of each element of the array, or of each element of the array inside an object."""
    data = data.removeprefix(b"\xef\xbb\xbf").strip(_SPACE.encode())
    if data.startswith(b"{"):
        inside = _inner_array(data)
        if inside is None:
            yield data
            return
        data = inside
    elif not _ARRAY_START.match(data[:SNIFF_BYTES].decode("utf-8", "replace")):
        yield _reject(0, Reason.UNKNOWN_FORMAT, "a JSON array without objects", data)
        return
    try:
        yield from (bytes(part) for part in msgspec.json.decode(data, type=list[msgspec.Raw]))
    except RecursionError:
        yield _reject(0, Reason.INVALID_JSON, "nested too deeply", data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        yield from _parts_before_damage(data)


def _inner_array(data: bytes) -> bytes | None:
    """The array of articles in an object such as `{"count": 2, "articles": [...]}` that is no article itself."""
    try:
        members = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
        if _is_article(members):
            return None
        for member in members.values():
            raw = bytes(member)
            if raw[:1] == b"[" and any(_is_article(one) for one in msgspec.json.decode(raw) if isinstance(one, dict)):
                return raw
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return None


def _parts_before_damage(data: bytes) -> Iterator[bytes | Reject]:
    """The whole elements of an array that is cut off or broken somewhere, then a reject for the rest."""
    text = decode(data).text
    decoder = json.JSONDecoder(strict=False)
    position = 1
    while True:
        while position < len(text) and text[position] in " \t\r\n,":
            position += 1
        if text[position : position + 1] == "]":
            return
        try:
            _, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            yield _invalid_json(text[position:], error)
            return
        yield text[position:end].encode("utf-8", "replace")
        position = end


def _json_record(part: bytes, index: int) -> Record | Reject:
    if len(part) > MAX_RECORD_BYTES:
        return _reject(index, Reason.TOO_LARGE, f"{len(part):,} bytes as one article", part)
    encoding, repairs = "utf-8", ()
    try:
        value = msgspec.json.decode(part)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        decoded = decode(part)
        encoding, repairs = decoded.encoding, decoded.repairs
        try:
            # Also reads NaN, control characters in strings and halves of surrogate pairs.
            value = json.loads(decoded.text, strict=False)
        except (ValueError, RecursionError) as error:
            reject = _invalid_json(decoded.text, error)
            reject.index = index
            return reject
    if not isinstance(value, dict) or not _is_article(value):
        return _reject(index, Reason.NOT_A_TRIAL, "no title with an abstract or text beside it", part)
    article = _object_article(value)
    if article is None:
        return _reject(index, Reason.EMPTY_RECORD, "the abstract or text is empty", part)
    return _record(article, index, encoding=encoding, repairs=repairs)


def _invalid_json(text: str, error: ValueError | RecursionError) -> Reject:
    if isinstance(error, RecursionError):
        return _reject(0, Reason.INVALID_JSON, "nested too deeply", text)
    is_cut = isinstance(error, json.JSONDecodeError) and (
        error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated string")
    )
    return _reject(0, Reason.TRUNCATED if is_cut else Reason.INVALID_JSON, str(error), text)


def _has_article_objects(text: str, *, is_whole: bool) -> bool:
    """Whether the first part of a JSON file shows an article: an object that is one, or the two keys it needs."""
    parts: list[bytes | Reject] = []
    data = text.encode("utf-8", "replace")
    if _is_json_lines(data):
        parts = list(itertools.islice(_json_lines(data), 50))
    elif is_whole:
        parts = list(itertools.islice(_json_parts(data), 50))
    for part in parts:
        if not isinstance(part, Reject) and isinstance(_json_record(part, 0), Record):
            return True
    if is_whole:
        return False
    keys = {_plain_key(key) for key in re.findall(r"\"([A-Za-z_ -]{2,20})\"\s*:\s*[\"\[{]", text)}
    return not keys.isdisjoint(_TITLE_KEYS) and not keys.isdisjoint((*_ABSTRACT_KEYS, *_BODY_KEYS))


def _plain_key(key: str) -> str:
    return re.sub(r"[^a-z]", "", key.casefold())


def _is_article(value: dict[str, Any]) -> bool:
    keys = {_plain_key(key) for key in value}
    return not keys.isdisjoint(_TITLE_KEYS) and not keys.isdisjoint((*_ABSTRACT_KEYS, *_BODY_KEYS))


def _object_article(value: dict[str, Any]) -> Article | None:
    """The article in an object; None when it has no text but its title."""
    members = {_plain_key(key): member for key, member in reversed(value.items())}
    title = next((words for key in _TITLE_KEYS if (words := _words(members.get(key)))), "")
    texts: list[str] = []
    for keys in (_ABSTRACT_KEYS, _BODY_KEYS):
        words = next((words for key in keys if (words := _words(members.get(key)))), "")
        # A body often begins with the abstract, or is the same.
        if words and not any(words in other for other in texts):
            texts = [other for other in texts if other not in words] + [words]
    if not texts:
        return None
    spans = [Paragraph("title", 0, len(title))] if title else []
    text = title
    for words in texts:
        text += "\n\n" if text else ""
        start = len(text)
        text += words
        if html_page.has_blocks(words):
            spans.extend(html_page.paragraphs(text, start, len(text)))
        else:
            spans.extend(article_text.paragraphs(text, start))
    pairs = [(key, _stated(member)) for key, member in value.items() if canonical_name(key) not in (None, "title")]
    return Article(
        text=text,
        title=article_text.plain_title(title) or None,
        paragraphs=spans,
        metadata=collect(pairs, keep_others=False),
    )


def _words(value: Any) -> str:
    """The text of a member: a string, a list of paragraphs, or sections with headings."""
    match value:
        case str():
            return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", value).strip()
        case list():
            return "\n\n".join(filter(None, (_section(one) for one in value)))
        case dict():
            return "\n\n".join(f"{key}: {words}" for key, one in value.items() if isinstance(one, str) and (words := _words(one)))
        case _:
            return ""


def _section(value: Any) -> str:
    """One element of a list of paragraphs: a string, or an object with a heading and a text."""
    if isinstance(value, str):
        return _words(value)
    if not isinstance(value, dict):
        return ""
    members = {_plain_key(key): one for key, one in value.items() if isinstance(one, str)}
    heading = next((members[key] for key in ("heading", "label", "section", *_TITLE_KEYS) if key in members), "")
    words = next((members[key] for key in (*_BODY_KEYS, *_ABSTRACT_KEYS, "paragraph") if key in members), "")
    return "\n".join(filter(None, (_words(heading), _words(words))))


def _stated(value: Any) -> str:
    """A metadata value as text: names of authors, the parts of a date."""
    match value:
        case str():
            return _words(value)
        case bool() | None:
            return ""
        case int() | float():
            return str(value)
        case list():
            return "; ".join(filter(None, (_stated(one) for one in value if not isinstance(one, list))))
        case {"date-parts": [[*parts], *_]}:
            return "-".join(str(part).zfill(2) for part in parts)
        case dict():
            names = [value.get(key) for key in ("name", "literal", "family", "lastName", "given", "firstName")]
            return ", ".join(name for name in names if isinstance(name, str) and name)
        case _:
            return ""


# Records


def _record(article: Article, index: int, *, encoding: str, repairs: tuple[str, ...]) -> Record:
    text = article.text
    return Record(
        index=index,
        format=FORMAT,
        content_sha256=text_sha256(text),
        n_chars=len(text),
        article=article,
        title=article.title,
        encoding=encoding,
        language=detect_language(_prose(article)),
        repairs=list(dict.fromkeys((*repairs, *repair(text).repairs))),
    )


def _prose(article: Article) -> str:
    """The first words of an article as a reader sees them, for telling its language."""
    pieces: list[str] = []
    n_chars = 0
    for span in article.paragraphs:
        if span.kind == "metadata":
            continue
        piece = repaired_text(article.text[span.start : span.end])
        pieces.append(piece)
        n_chars += len(piece)
        if n_chars > _LANGUAGE_CHARS:
            break
    return "\n".join(pieces) or article.title or ""


def _reject(index: int, reason: Reason, detail: str, content: bytes | str) -> Reject:
    return Reject(index=index, format=FORMAT, reason=reason, detail=detail, excerpt=excerpt(content))
