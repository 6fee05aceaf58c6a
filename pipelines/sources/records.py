"""What a reader gives: records found in a file, and what could not be read.

Belongs here: the contract between `pipelines/sources/<format>.py` and the engine. Not here: any format's knowledge.

A format module has
- `FORMAT`: its `source_format` name;
- `sniff(head: bytes) -> bool`: does a file that begins with these bytes (at most `SNIFF_BYTES`) hold this format? Never by its name;
- `read(data: bytes, *, first_index: int = 0, header: bytes = b"") -> Iterator[Record | Reject]`: all records of the file or slice, in
  order, counted from `first_index`. It never raises on bad input: what cannot be read becomes a `Reject` and the rest goes on;
- optionally `slices(data, *, target_bytes) -> list[Slice]`: how a large file is cut into runs of whole records.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Protocol
from unicodedata import normalize

import msgspec

from pipelines.shapes import Article, Study

SNIFF_BYTES = 65_536
"""How much of a file's beginning decides its format."""

MAX_RECORD_BYTES = 64 * 2**20
"""A single record above this is not a clinical-trial record (the largest real one has 2.5 MB) and is quarantined."""


class Reason(StrEnum):
    """Why something could not be read; the value is stored, the docstring-like sentence is `REASON_TEXT`."""

    EMPTY_RECORD = "empty_record"
    UNKNOWN_FORMAT = "unknown_format"
    BINARY = "binary"
    TRUNCATED = "truncated"
    INVALID_JSON = "invalid_json"
    INVALID_XML = "invalid_xml"
    INVALID_CSV = "invalid_csv"
    INVALID_ARCHIVE = "invalid_archive"
    INVALID_FIELD = "invalid_field"
    NOT_A_TRIAL = "not_a_trial"
    UNSAFE_PATH = "unsafe_path"
    UNSAFE_XML = "unsafe_xml"
    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    UNREADABLE_FILE = "unreadable_file"
    MISSING_KEY = "missing_key"
    FAILED_CHECK = "failed_check"
    INTERNAL_ERROR = "internal_error"


REASON_TEXT: dict[Reason, str] = {
    Reason.EMPTY_RECORD: "The record holds no content.",
    Reason.UNKNOWN_FORMAT: "The bytes match no format that can be read.",
    Reason.BINARY: "The file is binary data, not text.",
    Reason.TRUNCATED: "The file or record ends in the middle.",
    Reason.INVALID_JSON: "The text is not valid JSON.",
    Reason.INVALID_XML: "The text is not well-formed XML.",
    Reason.INVALID_CSV: "The row does not fit the header of its table.",
    Reason.INVALID_ARCHIVE: "The archive is damaged or encrypted.",
    Reason.INVALID_FIELD: "A field has a type that its format does not allow.",
    Reason.NOT_A_TRIAL: "The record is well-formed but describes no trial.",
    Reason.UNSAFE_PATH: "An archive member's path points outside the archive.",
    Reason.UNSAFE_XML: "The XML declares entities, which are not expanded.",
    Reason.TOO_LARGE: "The file, member or record is larger than the stated limit.",
    Reason.TOO_DEEP: "Archives are nested in archives beyond the stated depth.",
    Reason.UNREADABLE_FILE: "The operating system refused to read the file.",
    Reason.MISSING_KEY: "The row names no trial that it could be joined to.",
    Reason.FAILED_CHECK: "The row breaks a quality rule.",
    Reason.INTERNAL_ERROR: "The reader failed on this record; this is a defect of the program.",
}


class Record(msgspec.Struct, gc=False, kw_only=True):
    """One record found in a source: exactly one of `study` and `article` is set.

    `content_sha256` is over the record's own content, so that the same record in another container has the same hash.
    """

    index: int
    format: str
    content_sha256: str
    n_chars: int
    study: Study | None = None
    article: Article | None = None
    title: str | None = None
    encoding: str = "utf-8"
    language: str | None = None
    repairs: list[str] = []
    version_date: str | None = None
    """ISO date of this version of the record: last update posted, else None."""
    download_date: str | None = None
    """ISO date on which the registry produced this copy, where the copy says so."""


class Reject(msgspec.Struct, gc=False, kw_only=True):
    """Something found that could not be read: the record number, the reason, what exactly, and its first words."""

    index: int
    format: str | None
    reason: Reason
    detail: str
    excerpt: str = ""
    stage: str = "parse"


class Slice(msgspec.Struct, gc=False, array_like=True):
    """A run of whole records of a large file: bytes `start` to `end`, its first record's number, and the header line it needs."""

    start: int
    end: int
    first_index: int
    header: bytes = b""


def runs(places: Sequence[tuple[int, int]], *, target_bytes: int, header: bytes = b"") -> list[Slice] | None:
    """Runs of records of about `target_bytes`, given where each begins and ends; None where there are none."""
    found: list[Slice] = []
    first = 0
    for index, (_, end) in enumerate(places):
        if index > first and end - places[first][0] > target_bytes:
            found.append(Slice(places[first][0], places[index - 1][1], first, header))
            first = index
    if places:
        found.append(Slice(places[first][0], places[-1][1], first, header))
    return found or None


class Reader(Protocol):
    """A format module."""

    @property
    def FORMAT(self) -> str: ...  # noqa: N802 - a constant of the module

    def sniff(self, head: bytes) -> bool: ...
    def read(self, data: bytes, *, first_index: int = 0, header: bytes = b"") -> Iterator[Record | Reject]: ...


def sha256(content: bytes | str) -> str:
    """Hex digest of a record's content; text is hashed as UTF-8."""
    return hashlib.sha256(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content).hexdigest()


_WIDE = re.compile("[\uff01-\uff5e\u3000]+")


def text_sha256(text: str) -> str:
    """Hex digest of what a text says, whatever its blanks and line ends, and whichever of two equal forms (composed or not, full width or
    plain) its characters have.
    """
    if not text.isascii():
        text = _WIDE.sub(lambda wide: normalize("NFKC", wide[0]), text.replace("\ufeff", "").replace("\u200b", ""))
        text = normalize("NFC", text)
    return sha256(" ".join(text.split()))


def excerpt(content: bytes | str, limit: int = 200) -> str:
    """First words of something rejected, in printable characters, at most `limit` of them."""
    text = content[: limit * 4].decode("utf-8", "replace") if isinstance(content, bytes) else content[: limit * 2]
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)[:limit]
