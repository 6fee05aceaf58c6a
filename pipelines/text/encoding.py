"""Bytes to text: which encoding a raw file is in, and whether it is text at all.

Here belongs what can be said from the bytes alone. Repairs of text that was already decoded wrongly by somebody
else (mojibake) are in `repair.py`; what a file contains is the sources' business.
"""

import codecs
import re
from dataclasses import dataclass

_BOMS = (
    # UTF-32 first: its little-endian mark begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_REPLACEMENT = "\ufffd"
_HIGH_BYTES = bytes(range(0x80, 0x100))

# Judging the encoding looks at most at this many bytes, from the first one that is not ASCII.
_SAMPLE_BYTES = 65_536

# One match per character that is not ASCII. In both Chinese encodings the frequent characters fill the first rows
# (GB 2312 level 1: lead bytes B0-D7, Big5 level 1: A4-C6; both have punctuation and full-width letters before them),
# so the share of matches that fall there tells the right reading from a wrong one: real text has .9 and more, the
# other Chinese encoding about .3-.6, windows-1252 about 0 (its accented letters stand alone between ASCII letters).
_GB_CHARACTER = re.compile(
    rb"([\xa1-\xa3\xb0-\xd7][\xa1-\xfe])"
    rb"|[\x81-\xfe][0-9][\x81-\xfe][0-9]|[\x81-\xfe][\x40-\x7e\x80-\xfe]|([\x80-\xff])"
)
_BIG5_CHARACTER = re.compile(rb"([\xa1-\xc6][\x40-\x7e\xa1-\xfe])|[\x81-\xfe][\x40-\x7e\xa1-\xfe]|([\x80-\xff])")
_MIN_FREQUENT_SHARE = 0.5
# "µg", "°C" and "±2" in windows-1252 look like frequent Big5 characters whose second byte is an ASCII one. In real
# Big5 text more than half of the characters have two bytes above 7F, in GB 2312 all of them.
_MIN_HIGH_PAIR_SHARE = 0.3
_MAX_BROKEN_SHARE = 0.05

# Signatures of files that can begin with a long stretch of ordinary text.
_BINARY_SIGNATURES = (b"%PDF-", b"PK\x03\x04", b"\x1f\x8b", b"PAR1", b"\x89PNG", b"\xd0\xcf\x11\xe0", b"{\\rtf")
# Tab, line feed, vertical tab, form feed, carriage return and escape occur in text; 1A ends a DOS text file.
_CONTROL_BYTES = bytes(set(range(0x20)) - {0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x1A, 0x1B}) + b"\x7f"
_MAX_CONTROL_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a file without its byte order mark; `repairs` is `("encoding",)` where bytes became U+FFFD."""

    text: str
    encoding: str
    repairs: tuple[str, ...] = ()


def decode(data: bytes) -> Decoded:
    """Decode a text file in whatever encoding it is; never raises, never translates line ends.

    In this order: a byte order mark; valid UTF-8; UTF-16 without a mark; UTF-8 with a few broken bytes (each becomes
    U+FFFD); GB 18030 or Big5; windows-1252. The same bytes always give the same answer.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _read(data[len(mark) :], "utf-8" if encoding == "utf-8-sig" else encoding, encoding)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        first_broken = error.start
    else:
        if "\0" in text and (utf_16 := _utf_16_without_mark(data)):
            return _read(data, utf_16, utf_16)
        return Decoded(text, "utf-8")
    if utf_16 := _utf_16_without_mark(data):
        return _read(data, utf_16, utf_16)

    lossy = data.decode("utf-8", "replace")
    n_broken = lossy.count(_REPLACEMENT) - data.count(_REPLACEMENT.encode())
    n_intact = len(lossy) - len(data.translate(None, _HIGH_BYTES)) - n_broken
    # In GB 18030 or Big5 read as UTF-8 a pair of bytes is a valid sequence by accident now and then: hence "mostly".
    if n_intact >= 4 * n_broken:
        return Decoded(lossy, "utf-8", ("encoding",))
    if chinese := _chinese_encoding(data, first_broken):
        return _read(data, "big5hkscs" if chinese == "big5" else chinese, chinese)
    # Windows-1252 hardly ever makes a valid UTF-8 sequence, so one of them weighs more than one broken byte.
    if n_intact >= n_broken:
        return Decoded(lossy, "utf-8", ("encoding",))
    return _read(data, "windows-1252", "windows-1252")


def looks_binary(head: bytes) -> bool:
    """Say whether the first bytes of a file (some kilobytes) are not text in any encoding that `decode` reads."""
    if not head:
        return False
    if any(head.startswith(mark) for mark, _ in _BOMS):
        return False
    if head.startswith(_BINARY_SIGNATURES):
        return True
    if b"\0" in head:
        utf_16 = _utf_16_without_mark(head)
        if utf_16 is None:
            return True
        # Rows of small numbers in two bytes each have their zeros on one side too.
        head = head.decode(utf_16, "replace").encode()
    n_control = len(head) - len(head.translate(None, _CONTROL_BYTES))
    return n_control > _MAX_CONTROL_SHARE * len(head)


def _read(data: bytes, codec: str, encoding: str) -> Decoded:
    try:
        return Decoded(data.decode(codec), encoding)
    except UnicodeDecodeError:
        return Decoded(data.decode(codec, "replace"), encoding, ("encoding",))


def _utf_16_without_mark(data: bytes) -> str | None:
    """Recognise UTF-16 by its zero bytes: every ASCII character has one, always on the same side."""
    head = data[:4096]
    n_even, n_odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if n_odd > 0.3 * half and n_even < 0.02 * half:
        return "utf-16-le"
    if n_even > 0.3 * half and n_odd < 0.02 * half:
        return "utf-16-be"
    return None


def _chinese_encoding(data: bytes, first_high: int) -> str | None:
    """Tell `gb18030` or `big5` by where their frequent characters are, or None when neither reading makes sense."""
    # A run of non-ASCII bytes begins with a lead byte: start at the run's begin, not at the byte UTF-8 choked on.
    while first_high and data[first_high - 1] >= 0x80:
        first_high -= 1
    sample = data[first_high : first_high + _SAMPLE_BYTES]
    best, best_share = None, _MIN_FREQUENT_SHARE
    for encoding, character in (("gb18030", _GB_CHARACTER), ("big5", _BIG5_CHARACTER)):
        found: list[tuple[bytes, bytes]] = character.findall(sample)
        n_frequent = sum(1 for frequent, _ in found if frequent)
        n_high_pairs = sum(1 for frequent, _ in found if frequent and frequent[1] >= 0x80)
        n_broken = sum(1 for _, broken in found if broken)
        share = n_frequent / len(found)
        is_chinese = n_high_pairs >= _MIN_HIGH_PAIR_SHARE * len(found) and n_broken <= _MAX_BROKEN_SHARE * len(found) + 1
        if is_chinese and share > best_share:
            best, best_share = encoding, share
    return best
