"""XML files of registers, cut into the elements of their records, each parsed alone: a damaged one costs only itself.

Belongs here: what the readers of such files share, whatever the elements mean. (`ctgov_xml` has its own way, which also reads other
renderings of the same tree.)
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree
from lxml.etree import _Element as Element  # pyright: ignore[reportPrivateUsage] - the name that lxml gives the type

from pipelines.sources.records import MAX_RECORD_BYTES, Reason, Reject, Slice, excerpt, runs
from pipelines.text.encoding import Decoded, decode

_ENTITY_DECLARATION = re.compile(r"<!ENTITY\b")
_BEFORE_ROOT = re.compile(rb"(?:\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>)*", re.DOTALL)
_ROOT_NAME = re.compile(rb"<([A-Za-z_][\w.:-]*)")
_AFTER_NAME = (b" ", b">", b"/", b"\t", b"\r", b"\n")
_BEFORE_TEXT = b"\xef\xbb\xbf\xff\xfe \t\r\n"

_PARSER = etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)


class Found(NamedTuple):
    """An element of a record, its place among them, and how many characters it has."""

    number: int
    element: Element
    n_chars: int


def text_of(element: Element) -> str:
    """All text of an element as it stands."""
    return "".join(str(part) for part in element.itertext())


def root_name(head: bytes) -> str | None:
    """Name of the root element of a file that begins with these bytes."""
    # Without its zero bytes UTF-16 reads as ASCII where it is ASCII, as all markup is.
    head = head.replace(b"\x00", b"").lstrip(_BEFORE_TEXT)
    root = _ROOT_NAME.match(head, _BEFORE_ROOT.match(head).end())  # pyright: ignore[reportOptionalMemberAccess]
    return root[1].decode("ascii") if root else None


def slices(data: bytes, name: str, *, target_bytes: int) -> list[Slice] | None:
    """Runs of elements of that name of a large file, the first with what stands before them; None for UTF-16, whose bytes show none.

    `data` may be a memory map.
    """
    if b"\x00" in data[:100]:
        return None
    tag = f"<{name}".encode()
    starts: list[int] = []
    position = data.find(tag)
    while position >= 0:
        if data[position + len(tag) : position + len(tag) + 1] in _AFTER_NAME:
            starts.append(position)
        position = data.find(tag, position + len(tag))
    if not starts:
        return None
    return runs(list(zip([0, *starts[1:]], [*starts[1:], len(data)], strict=True)), target_bytes=target_bytes)


def elements(data: bytes, name: str, *, format: str, first_index: int = 0) -> tuple[Decoded, Iterator[Found | Reject]]:
    """The elements of that name, in order; none may stand within another."""
    decoded = decode(data)
    return decoded, _elements(decoded.text, name, format=format, first_index=first_index)


def _elements(text: str, name: str, *, format: str, first_index: int) -> Iterator[Found | Reject]:
    starts = [match.start() for match in re.finditer(rf"<{name}(?=[\s/>])", text)]
    prolog = text[: starts[0]] if starts else text[:4096]
    if _ENTITY_DECLARATION.search(prolog):
        yield _reject(format, first_index, Reason.UNSAFE_XML, "The document type declares entities.", text)
        return
    if not starts:
        yield _reject(format, first_index, Reason.NOT_A_TRIAL, f"There is no {name} element.", text)
        return
    closing = f"</{name}>"
    for index, (start, limit) in enumerate(zip(starts, [*starts[1:], len(text)], strict=True), start=first_index):
        end = text.rfind(closing, start, limit)
        source = text[start : end + len(closing)] if end >= 0 else text[start:limit]
        if len(source) > MAX_RECORD_BYTES:
            yield _reject(format, index, Reason.TOO_LARGE, f"The record has {len(source):,} characters.", source)
            continue
        try:
            element = etree.fromstring(source.encode("utf-8", "surrogatepass"), _PARSER)
        except etree.XMLSyntaxError as error:
            yield _reject(format, index, Reason.INVALID_XML if end >= 0 else Reason.TRUNCATED, str(error.msg), source)
            continue
        if not text_of(element).strip():
            yield _reject(format, index, Reason.EMPTY_RECORD, f"The {name} element is empty.", source)
            continue
        yield Found(index, element, len(source))


def _reject(format: str, index: int, reason: Reason, detail: str, text: str) -> Reject:
    return Reject(index=index, format=format, reason=reason, detail=detail, excerpt=excerpt(text))
