"""Texts as numbers that can be compared: one 32-bit value per word, number or Chinese character.

Belongs here: what counts as a token and which spellings are one token. Not here: what is done with tokens.

A run of letters is a token, with digits that follow it ("cd8", "nct01234567"); a number with its decimals is one ("8.3", "0·74"),
also before a unit ("200mg" is two); and every character of a script that is written without spaces is one. Case, width, accents,
traditional forms of Chinese characters and notes of their pinyin make no difference. Digits are never folded: doses and ids tell texts
apart, and so do signs ("HER2-", "<0.05", "-5"). The lowest bit of a token says whether it is a number, and no part of a name ("PD-1").

Measured (2 cores, numba 0.68): 200 to 330 MB of UTF-8 a second on one core.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any
from unicodedata import category, normalize

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

BREAK = 0
"""A value that is no token: nothing reaches across it."""

_TABLE_SIZE = 0x20000
_SEPARATOR, _LETTER, _DIGIT, _ALONE, _NOTHING, _SEVERAL, _END = range(7)
_END_CODE = 0xFFFF
"""A code point that is no character, and makes a break."""

# Scripts written without spaces between words: Han, kana, Thai, Lao, Khmer, Myanmar, Tibetan.
_ALONE_RANGES = (
    *((0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x3040, 0x30FF), (0x31F0, 0x31FF), (0x3005, 0x3007)),
    *((0x0E00, 0x0EFF), (0x1780, 0x17FF), (0x1000, 0x109F), (0x0F00, 0x0FFF)),
)
_SIGNS = {"·": ".", "−": "-", "‐": "-", "≤": "<", "≦": "<", "⩽": "<", "≥": ">", "≧": ">", "⩾": ">"}
_HANGUL = range(0xAC00, 0xD7A4)
_TONES = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ"
_MAX_PINYIN_BYTES = 12
_TOKENS_PER_BYTE = 2
"""No text has more: "㌖", of three bytes, is read as six characters."""

_P1 = np.uint64(0x9E3779B97F4A7C15)
_P2 = np.uint64(0xFF51AFD7ED558CCD)
_P3 = np.uint64(0xC4CEB9FE1A85EC53)
_ONE = np.uint64(1)


@dataclass(frozen=True)
class Tokens:
    """Tokens of several texts one after another: those of text `i` are `values[ends[i]:ends[i + 1]]`, `ends[0]` being 0."""

    values: NDArray[np.uint32]
    ends: NDArray[np.int64]

    def of(self, i: int) -> NDArray[np.uint32]:
        return self.values[self.ends[i] : self.ends[i + 1]]

    def __len__(self) -> int:
        return len(self.ends) - 1


@dataclass(frozen=True)
class Folding:
    """What becomes of each code point below `_TABLE_SIZE`: its kind and what it is read as; for one that is read as several, `folded`
    is a place in `several_ends`.
    """

    kinds: NDArray[np.uint8]
    folded: NDArray[np.uint32]
    several_ends: NDArray[np.int64]
    several_kinds: NDArray[np.uint8]
    several_folded: NDArray[np.uint32]


def tokenize(texts: pa.Array) -> Tokens:
    """The tokens of an array of strings; a NULL has none."""
    data, offsets = _bytes_of(texts)
    values = np.empty(_TOKENS_PER_BYTE * len(data) + 1, np.uint32)
    ends = np.zeros(len(texts) + 1, np.int64)
    nowhere = np.empty(0, np.int32)
    n = _tokenize(data, offsets, values, ends, nowhere, nowhere, *_tables())
    return Tokens(values[:n].copy(), ends)


def token_places(text: str) -> tuple[NDArray[np.uint32], NDArray[np.int32], NDArray[np.int32]]:
    """The tokens of one text, and where each starts and ends in it, in code points."""
    data = np.frombuffer(text.encode("utf-8", "replace"), np.uint8)
    room = _TOKENS_PER_BYTE * len(data) + 1
    values, starts, ends = np.empty(room, np.uint32), np.empty(room, np.int32), np.empty(room, np.int32)
    offsets = np.array([0, len(data)], np.int64)
    n = _tokenize(data, offsets, values, np.zeros(2, np.int64), starts, ends, *_tables())
    return values[:n], starts[:n], ends[:n]


def is_number(tokens: NDArray[np.uint32]) -> NDArray[np.bool_]:
    return (tokens & 1).astype(np.bool_)


def _bytes_of(texts: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """UTF-8 bytes and the offsets of the strings in them, without a copy."""
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    if texts.null_count:
        texts = texts.fill_null("")
    texts = texts.cast(pa.large_string())
    _, offsets, data = texts.buffers()
    found = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1] if len(texts) else np.zeros(1, np.int64)
    return np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8), found


@cache
def _tables() -> tuple[Any, ...]:
    folding = _folding()
    return (folding.kinds, folding.folded, folding.several_ends, folding.several_kinds, folding.several_folded, _tone_table())


def _folding() -> Folding:
    """Compatibility forms, case, accents and traditional characters, one code point at a time."""
    kinds, folded = np.zeros(_TABLE_SIZE, np.uint8), np.zeros(_TABLE_SIZE, np.uint32)
    several: list[list[tuple[int, int]]] = []
    simplified = _simplified()
    for code in range(_TABLE_SIZE):
        if 0xD800 <= code < 0xE000:
            continue
        read_as = [_kind_and_form(character, simplified) for character in _compatible(chr(code))]
        read_as = [one for one in read_as if one[0] != _NOTHING] or [(_NOTHING, 0)]
        if len(read_as) == 1:
            kinds[code], folded[code] = read_as[0]
        else:
            kinds[code], folded[code] = _SEVERAL, len(several)
            several.append(read_as)
    kinds[_END_CODE] = _END
    flat = [one for group in several for one in group]
    return Folding(
        kinds=kinds,
        folded=folded,
        several_ends=np.cumsum([0, *(len(group) for group in several)], dtype=np.int64),
        several_kinds=np.array([kind for kind, _ in flat], np.uint8),
        several_folded=np.array([form for _, form in flat], np.uint32),
    )


def _compatible(character: str) -> str:
    if character.isascii():
        return character.lower()
    form = normalize("NFKC", character).casefold()
    return form if ord(character) in _HANGUL else normalize("NFKD", form)


def _kind_and_form(character: str, simplified: dict[str, str]) -> tuple[int, int]:
    code = ord(character)
    if any(low <= code <= high for low, high in _ALONE_RANGES) and category(character)[0] in "LNM":
        return _ALONE, ord(simplified.get(character, character))
    match category(character):
        case "Nd":
            return _DIGIT, code
        case "Mn" | "Me" | "Cf":
            return _NOTHING, 0
        case kind if kind[0] in "LNM":
            return _LETTER, code
        case _:
            return _SEPARATOR, ord(_SIGNS.get(character, character))


def _simplified() -> dict[str, str]:
    """Traditional character → simplified, where one is one."""
    # Imported here because it is needed once per process that compares texts, and by nothing else.
    from opencc import OpenCC  # noqa: PLC0415

    characters = [chr(code) for code in (*range(0x3400, 0xA000), *range(0xF900, 0xFB00))]
    # A line each, so that no two characters are taken for a word.
    converted = OpenCC("t2s").convert("\n".join(characters)).split("\n")
    return {old: new for old, new in zip(characters, converted, strict=True) if old != new and len(new) == 1}


def _tone_table() -> NDArray[np.uint8]:
    """1 for a letter that pinyin may hold, 2 for one with a tone mark, by code point below U+2000."""
    table = np.zeros(0x2000, np.uint8)
    for letter in "abcdefghijklmnopqrstuvwxyzü":
        table[ord(letter)] = 1
    for letter in _TONES:
        table[ord(letter)] = 2
    return table


@njit(cache=True, nogil=True, inline="always")
def mix(h: np.uint64) -> np.uint64:
    """Spread a value over 64 bits."""
    h ^= h >> np.uint64(33)
    h *= _P2
    h ^= h >> np.uint64(33)
    h *= _P3
    h ^= h >> np.uint64(33)
    return h


@njit(cache=True, nogil=True, inline="always")
def _token(h: np.uint64, number: np.uint64) -> np.uint32:
    """A token is 2 at least: 0 is a break."""
    value = np.uint32((mix(h) >> np.uint64(33)) << _ONE)
    if value == 0:
        value = np.uint32(2)
    return np.uint32(value | np.uint32(number))


@njit(cache=True, nogil=True, inline="always")
def _is_digit_at(data: NDArray[np.uint8], i: int, end: int) -> bool:
    """Whether a digit stands at byte `i`, of plain or of full width."""
    if i >= end:
        return False
    if 0x30 <= data[i] <= 0x39:
        return True
    return i + 2 < end and data[i] == 0xEF and data[i + 1] == 0xBC and 0x90 <= data[i + 2] <= 0x99


@njit(cache=True, nogil=True, inline="always")
def _is_word_at(data: NDArray[np.uint8], i: int, end: int) -> bool:
    """Whether a digit or a letter of a script with words stands at byte `i`, of plain or of full width."""
    if i >= end:
        return False
    byte = data[i]
    if byte < 0x80:
        return 0x30 <= byte <= 0x39 or 0x41 <= byte <= 0x5A or 0x61 <= byte <= 0x7A
    if byte == 0xEF and i + 2 < end:
        third = data[i + 2]
        if data[i + 1] == 0xBC:
            return 0x90 <= third <= 0x99 or 0xA1 <= third <= 0xBA
        return data[i + 1] == 0xBD and 0x81 <= third <= 0x9A
    return 0xC3 <= byte <= 0xD2


@njit(cache=True, nogil=True)
def _after_pinyin(data: NDArray[np.uint8], i: int, end: int, tones: NDArray[np.uint8]) -> tuple[int, int]:
    """Byte after a pinyin note whose opening bracket ends at byte `i`, and its length in code points without that bracket; (-1, 0) when
    what stands there is none.
    """
    n_points, has_tone = 0, False
    last = min(end, i + _MAX_PINYIN_BYTES)
    while i < last:
        byte = data[i]
        if byte < 0x80:
            if byte == 0x29:
                return (i + 1, n_points + 1) if has_tone else (-1, 0)
            code, i = np.int64(byte), i + 1
        elif byte < 0xE0 and i + 1 < end:
            code, i = (np.int64(byte & 0x1F) << 6) | np.int64(data[i + 1] & 0x3F), i + 2
        elif byte == 0xEF and i + 2 < end and data[i + 1] == 0xBC and data[i + 2] == 0x89:
            return (i + 3, n_points + 1) if has_tone else (-1, 0)
        else:
            return -1, 0
        kind = tones[code]
        if kind == 0:
            return -1, 0
        has_tone |= kind == 2
        n_points += 1
    return -1, 0


@njit(cache=True, nogil=True)
def _tokenize(  # noqa: C901, PLR0912, PLR0915 - one loop over the bytes: a call per character would cost more than the rest
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    values: NDArray[np.uint32],
    ends: NDArray[np.int64],
    starts_at: NDArray[np.int32],
    ends_at: NDArray[np.int32],
    kinds: NDArray[np.uint8],
    folded: NDArray[np.uint32],
    several_ends: NDArray[np.int64],
    several_kinds: NDArray[np.uint8],
    several_folded: NDArray[np.uint32],
    tones: NDArray[np.uint8],
) -> int:
    """Write the tokens of all texts to `values` and, unless they are empty, their places to `starts_at` and `ends_at`."""
    n = 0
    with_places = len(starts_at) > 0
    for document in range(len(offsets) - 1):
        i, end = offsets[document], offsets[document + 1]
        h, word, word_start, word_end = np.uint64(0), _SEPARATOR, 0, 0
        place, alone_end, in_name, sign = -1, -1, False, np.uint64(0)
        while i < end:
            byte = data[i]
            place += 1
            if byte < 0x80:
                code, i = np.int64(byte), i + 1
            elif byte < 0xE0:
                code, i = (np.int64(byte & 0x1F) << 6) | np.int64(data[i + 1] & 0x3F), i + 2
            elif byte < 0xF0:
                code = (np.int64(byte & 0x0F) << 12) | (np.int64(data[i + 1] & 0x3F) << 6) | np.int64(data[i + 2] & 0x3F)
                i += 3
            else:
                code = (np.int64(byte & 0x07) << 18) | (np.int64(data[i + 1] & 0x3F) << 12)
                code |= (np.int64(data[i + 2] & 0x3F) << 6) | np.int64(data[i + 3] & 0x3F)
                i += 4
            first, last = 0, 1
            if code < _TABLE_SIZE:
                kind, form = kinds[code], folded[code]
                if kind == _SEVERAL:
                    first, last = several_ends[form], several_ends[form + 1]
                elif kind == _LETTER and word == _LETTER:
                    # What most characters are.
                    h = (h ^ np.uint64(form)) * _P1
                    h ^= h >> np.uint64(29)
                    word_end = place + 1
                    continue
            else:
                kind, form = np.uint8(_ALONE if code < 0x40000 else _SEPARATOR), np.uint32(code)
            several = last - first > 1
            for k in range(first, last):
                if several:
                    kind, form = several_kinds[k], several_folded[k]
                if kind == _NOTHING:
                    if alone_end == place:
                        alone_end = place + 1
                    continue
                if kind == _SEPARATOR:
                    if form in (0x2B, 0x2D):
                        # "HER2+" and "HER2-" are two things, and so are "-5" and "5".
                        if word == _LETTER and (form == 0x2B or not _is_word_at(data, i, end)):
                            h = (h ^ np.uint64(form)) * _P1
                            word_end = place + 1
                            continue
                        if word == _SEPARATOR and form == 0x2D and alone_end != place and _is_digit_at(data, i, end):
                            sign = np.uint64(form)
                    elif form in (0x3C, 0x3E):
                        sign = np.uint64(form)
                    if form == 0x2E and word == _DIGIT and _is_digit_at(data, i, end):
                        h = (h ^ np.uint64(form)) * _P1
                        h ^= h >> np.uint64(29)
                        continue
                    if form == 0x28 and (word == _LETTER or alone_end == place):
                        after, n_points = _after_pinyin(data, i, end, tones)
                        if after > 0:
                            i, place = after, place + n_points
                            if alone_end >= 0:
                                alone_end = place + 1
                            break
                if word == _LETTER and kind == _DIGIT:
                    kind = np.uint8(_LETTER)
                if word != _SEPARATOR and kind != word:  # noqa: PLR1714 - compiled code cannot ask a tuple of two types
                    values[n] = _token(h, np.uint64(word == _DIGIT and not in_name))
                    if with_places:
                        starts_at[n], ends_at[n] = word_start, word_end
                    n += 1
                    in_name = form == 0x2D and word == _LETTER
                    h, word = np.uint64(0), _SEPARATOR
                elif word == _SEPARATOR and kind not in (_DIGIT, _LETTER):
                    in_name = False
                if kind == _END:
                    values[n] = BREAK
                    if with_places:
                        starts_at[n], ends_at[n] = place, place + 1
                    n += 1
                    sign = np.uint64(0)
                elif kind == _ALONE:
                    values[n] = _token((np.uint64(form) + _ONE) * _P1, np.uint64(0))
                    if with_places:
                        starts_at[n], ends_at[n] = place, place + 1
                    n += 1
                    alone_end, sign = place + 1, np.uint64(0)
                elif kind != _SEPARATOR:
                    if word == _SEPARATOR:
                        word, word_start = kind, place
                        if kind == _DIGIT:
                            # Multiplied, or "<0" and ">2" were one.
                            h = sign * _P1
                        sign = np.uint64(0)
                    h = (h ^ np.uint64(form)) * _P1
                    h ^= h >> np.uint64(29)
                    word_end = place + 1
        if word != _SEPARATOR:
            values[n] = _token(h, np.uint64(word == _DIGIT and not in_name))
            if with_places:
                starts_at[n], ends_at[n] = word_start, word_end
            n += 1
        ends[document + 1] = n
    return n
