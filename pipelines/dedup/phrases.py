"""Phrases: where each of some thousand phrases stands in a text, found in one walk over its characters.

Belongs here: which characters are read as one, where words begin and end, and the tree of phrases. Not here: what a phrase means.

A phrase is written in lower case, plain width and simplified script, and found in any. It stands where Latin words begin and end: no
letter goes before or behind it; digits and Chinese characters may. "bleed*" may go on as a word does, and "*mab" begin inside one.

Measured (2 busy cores, numba 0.68): 1030 phrases that a text does not hold take 5 ns a character, or 24 µs for one of 5 kB; where polars'
`contains_any` looks for them it takes 57 µs.
"""

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

_TABLE_SIZE = 0x10000
_PLAIN = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {"\u3000": " ", "’": "'"}
"""Full-width characters, the ideographic space and the apostrophe."""
_FIRST_ACCENTED, _END_OF_LATIN = 0xC0, 0x250
_LETTER, _BLANK, _DIGIT, _BEGINS_AT_WORD, _BEGINS_ANYWHERE, _CLASS = (np.uint32(1 << i) for i in range(6))
"""What is known of a character: whether it is a letter of a Latin word, whether phrases begin with it or follow it, and its class, which
is a multiple of `_CLASS`."""
_CLASS_SHIFT = np.uint32(5)
_ELSEWHERE = np.uint32(_DIGIT | _BEGINS_ANYWHERE)
_WORD, _ANYWHERE, _NUMBER, _N_ROOTS = range(4)
"""Roots: of phrases that begin where a word does, of those that begin anywhere, of those behind a number."""
_NOTHING = np.uint32(0)
_PLACES_AT_LEAST = 16
_CHARS_PER_PLACE = 4
"""Room for what is found; a text with more is walked twice."""
_BEYOND_TABLE = re.compile("[\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class PhraseTree:
    """A trie in arrays: the child of a node for characters of a class is node `bases[node] + class`, if that one's parent is the node.

    `characters`: what is known of each code point, of class 0 if it is in no phrase. `ends`: the last phrase that ends at a node, or -1.
    `phrases`: rows of (the phrase before it that ends at the same node or -1, whether its last word may go on).
    """

    characters: NDArray[np.uint32]
    bases: NDArray[np.uint32]
    parents: NDArray[np.uint32]
    ends: NDArray[np.int32]
    phrases: NDArray[np.int32]


def phrase_tree(phrases: Sequence[str], *, behind_numbers: Sequence[str] = ()) -> PhraseTree:
    """The tree of phrases, numbered in order, and then of those that stand behind a number ("mg"), with or without a blank."""
    children: list[dict[str, int]] = [{} for _ in range(_N_ROOTS)]
    ends: list[int] = [-1] * _N_ROOTS
    rows: list[tuple[int, bool]] = []
    roots = [_ANYWHERE if phrase.startswith("*") else _WORD for phrase in phrases] + [_NUMBER] * len(behind_numbers)
    for node, phrase in zip(roots, [*phrases, *behind_numbers], strict=True):
        for character in phrase.strip("*"):
            if character not in children[node]:
                children[node][character] = len(children)
                children.append({})
                ends.append(-1)
            node = children[node][character]  # noqa: PLW2901 - walks down from the root
        rows.append((ends[node], phrase.endswith("*")))
        ends[node] = len(rows) - 1
    classes = {character: i for i, character in enumerate(sorted({one for some in children for one in some}), start=1)}
    by_class = [{classes[character]: child for character, child in some.items()} for some in children]
    return PhraseTree(_characters(classes, children), *_packed(by_class, ends, len(classes)), np.array(rows, np.int32).reshape(-1, 2))


def plain(text: str) -> str:
    """The text in plain width and simplified script, character by character."""
    return text if text.isascii() else _read_as(text, _plain_forms())


def lowered(text: str) -> str:
    """The text in lower case, character by character: "İ", which is two in lower case, stays."""
    return text.lower() if text.isascii() else _read_as(text, _small_forms())


def code_points(text: str) -> NDArray[np.uint16]:
    """One for each character: U+FFFD for those above U+FFFF, which no phrase holds."""
    codes = _utf_16(text)
    return codes if len(codes) == len(text) else _utf_16(_BEYOND_TABLE.sub("\ufffd", text))


def holds_any(tree: PhraseTree, codes: NDArray[np.uint16]) -> bool:
    """Whether any of the phrases stands in the text of these code points."""
    return _find(tree, codes, np.empty((0, 3), np.int32), is_one_enough=True) > 0


def phrase_places(tree: PhraseTree, codes: NDArray[np.uint16]) -> list[list[int]]:
    """[start, end, number of the phrase] of every phrase, also of those that overlap, ascending by start. That of a phrase behind a number
    is the number's last digit.
    """
    found = np.empty((_PLACES_AT_LEAST + len(codes) // _CHARS_PER_PLACE, 3), np.int32)
    while (n := _find(tree, codes, found)) > len(found):
        found = np.empty((n, 3), np.int32)
    return found[:n].tolist()


def _read_as(text: str, forms: NDArray[np.uint16]) -> str:
    return _folded(_utf_16(text), forms).tobytes().decode("utf-16-le", "surrogatepass")


def _utf_16(text: str) -> NDArray[np.uint16]:
    # A copy can be written to; compiled code would be compiled once more for an array that cannot.
    return np.frombuffer(text.encode("utf-16-le", "surrogatepass"), np.uint16).copy()


def _find(tree: PhraseTree, codes: NDArray[np.uint16], found: NDArray[np.int32], *, is_one_enough: bool = False) -> int:
    return _walk(codes, tree.characters, tree.bases, tree.parents, tree.ends, tree.phrases, found, is_one_enough)


@njit(cache=True, nogil=True)
def _folded(codes: NDArray[np.uint16], forms: NDArray[np.uint16]) -> NDArray[np.uint16]:
    folded = np.empty_like(codes)
    for i in range(len(codes)):
        folded[i] = forms[codes[i]]
    return folded


@njit(cache=True, nogil=True)
def _walk(
    codes: NDArray[np.uint16],
    characters: NDArray[np.uint32],
    bases: NDArray[np.uint32],
    parents: NDArray[np.uint32],
    ends: NDArray[np.int32],
    phrases: NDArray[np.int32],
    found: NDArray[np.int32],
    is_one_enough: bool,
) -> int:
    """Write what is found as far as there is room, and return how much it is."""
    n_codes = len(codes)
    n = 0
    before = np.uint32(0)
    for start in range(n_codes):
        first = characters[codes[start]]
        # Roots to begin at: from `root` to `last`, of which the one behind that of numbers stands for numbers with a blank.
        root = _ANYWHERE if before & first & _LETTER or not first & _BEGINS_AT_WORD else _WORD
        before = first
        if not first & _ELSEWHERE and root == _ANYWHERE:
            continue
        last = _ANYWHERE
        if first & _DIGIT:
            last = _NUMBER + 1 if start + 1 < n_codes and characters[codes[start + 1]] & _BLANK else _NUMBER
        while root <= last:
            i = start + max(0, root - _ANYWHERE)
            node = np.uint32(min(root, _NUMBER))
            root += 1
            here = characters[codes[i]] if i < n_codes else _NOTHING
            while here >= _CLASS:
                child = bases[node] + (here >> _CLASS_SHIFT)
                if parents[child] != node:
                    break
                node = child
                i += 1
                after = characters[codes[i]] if i < n_codes else _NOTHING
                phrase = ends[node]
                while phrase >= 0:
                    if phrases[phrase, 1] or not here & after & _LETTER:
                        if is_one_enough:
                            return 1
                        if n < len(found):
                            found[n, 0] = start
                            found[n, 1] = i
                            found[n, 2] = phrase
                        n += 1
                    phrase = phrases[phrase, 0]
                here = after
    return n


def _packed(
    children: Sequence[dict[int, int]], ends: Sequence[int], n_classes: int
) -> tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.int32]]:
    """Bases, parents and ends of the nodes of a `PhraseTree`. Several children go behind those of other nodes, as near as may be, and an
    only child goes into the first gap.
    """
    nodes: dict[int, list[int]] = {root: [0, -1, ends[root]] for root in range(_N_ROOTS)}
    waiting = deque((root, root) for root in range(_N_ROOTS))
    # No base is negative.
    gap = latest = _N_ROOTS + n_classes
    while waiting:
        node, place = waiting.popleft()
        if not children[node]:
            continue
        while gap in nodes:
            gap += 1
        base = (gap if len(children[node]) == 1 else latest) - min(children[node])
        while any(base + one in nodes for one in children[node]):
            base += 1
        nodes[place][0] = base
        if len(children[node]) > 1:
            latest = base + min(children[node])
        for one, child in children[node].items():
            nodes[base + one] = [0, place, ends[child]]
            waiting.append((child, base + one))
    table = np.full((3, max(nodes) + n_classes + 1), -1, np.int32)
    table[:, list(nodes)] = np.array(list(nodes.values())).T
    return table[0].astype(np.uint32), table[1].astype(np.uint32), table[2]


def _characters(classes: dict[str, int], children: Sequence[dict[str, int]]) -> NDArray[np.uint32]:
    """What is known of each code point below `_TABLE_SIZE`, by the character that it is read as."""
    known = np.zeros(_TABLE_SIZE, np.uint32)
    for character, number in classes.items():
        begins = _BEGINS_AT_WORD * (character in children[_WORD]) | _BEGINS_ANYWHERE * (character in children[_ANYWHERE])
        known[ord(character)] = number * _CLASS | begins
    for code in range(_TABLE_SIZE):
        character = chr(code)
        if character.isalpha() and (character.isascii() or _FIRST_ACCENTED <= code < _END_OF_LATIN):
            known[code] |= _LETTER
        elif character.isspace():
            known[code] |= _BLANK
        elif children[_NUMBER] and character.isdecimal():
            known[code] |= _DIGIT
    return known[_small_forms()]


@cache
def _small_forms() -> NDArray[np.uint16]:
    """The plain forms, in lower case."""
    forms = _plain_forms().copy()
    for code in range(_TABLE_SIZE):
        small = chr(forms[code]).lower()
        # "İ" is two characters in lower case.
        if len(small) == 1:
            forms[code] = ord(small)
    return forms


@cache
def _plain_forms() -> NDArray[np.uint16]:
    """What each code point below `_TABLE_SIZE` is read as when width and script make no difference."""
    # Imported here because it is needed once per process, and only by one that looks for phrases.
    from opencc import OpenCC  # noqa: PLC0415

    han = [chr(code) for code in range(0x3400, 0xA000)]
    # A line each, so that no two characters are taken for a word.
    simplified = OpenCC("t2s").convert("\n".join(han)).split("\n")
    forms = np.arange(_TABLE_SIZE, dtype=np.uint16)
    for old, new in [*zip(han, simplified, strict=True), *_PLAIN.items()]:
        if len(new) == 1 and ord(new) < _TABLE_SIZE:
            forms[ord(old)] = ord(new)
    return forms
