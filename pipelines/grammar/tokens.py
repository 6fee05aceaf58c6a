"""Tokens of prose: words, numbers, Chinese characters and signs, each with its place.

Here belongs cutting a text into tokens. What a token means belongs to `lexicon.py`; what several mean together, to the rules.
"""

import re
from itertools import accumulate
from operator import add
from typing import Any

import msgspec

from pipelines.text.folding import folded


class Token(msgspec.Struct, eq=False, gc=False):
    """A stretch `[start, end)` of a text. `kind` is its word class, `value` what it says; `rule` names what made it.

    `parts` are the tokens that a rule joined, in order. A word that no lexicon knows is of kind `W`.
    """

    kind: str
    text: str
    start: int
    end: int
    value: Any = None
    rule: str = ""
    parts: tuple["Token", ...] = ()

    def __repr__(self) -> str:
        return f"{self.kind}({self.text!r})" if self.value is None else f"{self.kind}({self.text!r}={self.value!r})"


# A note of pinyin after a Chinese character, "帕(pà)", or in the middle of a word, "P(guān)FS", is no token: it must hold a letter with a
# tone mark.
_PINYIN = r"\((?<=[a-z一-鿿]\()(?=[^()]{0,40}[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ])[a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü' ]{1,40}\)"
_NUMBER = (
    r"\d(?:\d{0,2}(?:,\d{3})+(?![\d,])(?:\.\d+)?"
    r"|(?<=0),\d+"
    r"|\d{0,2},\d{1,2}(?=\s?(?:mg|mcg|g|ml|kg|mmol|gy|[uμ]g|iu)\b)"
    r"|\d*(?:[.·]\d+)?)"
    r"|\.(?<![\d\w]\.)\d+"
)
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_LETTER = r"[^\W\d_一-鿿]"
# Each alternative begins with one character or class, the most frequent first: the machine passes over what cannot begin there. Blanks
# after a word are taken with it, so that the pieces of a text are all of it.
_PIECE = re.compile(rf"(?:[a-z]++(?:{_LETTER}+)?|[一-鿿]|{_NUMBER}|[{_SUPERSCRIPTS}]+|{_PINYIN}|{_LETTER}{_LETTER}*|\n\s*|\S)[^\S\n]*")
_LEADING = re.compile(r"[^\S\n]*")
_NOTE = re.compile(_PINYIN)
_WORD = re.compile(_LETTER)
_SUPERSCRIPT = str.maketrans(_SUPERSCRIPTS, "0123456789")


class Words:
    """The words of a text in columns: word number `n` is `words[n]`, in lower case, and stands at `[starts[n], ends[n])`."""

    __slots__ = ("ends", "starts", "text", "words")

    def __init__(self, text: str) -> None:
        plain = folded(text)
        leading = _LEADING.match(plain)
        pieces = _PIECE.findall(plain)
        self.text = text
        self.words = list(map(str.rstrip, pieces))
        self.starts = list(accumulate(map(len, pieces), initial=leading.end() if leading is not None else 0))
        del self.starts[-1]
        self.ends = list(map(add, self.starts, map(len, self.words)))
        if "\n" in plain:
            self._keep_line_ends(pieces)
        if _NOTE.search(plain) is not None:
            self._drop_notes()

    def _keep_line_ends(self, pieces: list[str]) -> None:
        """Drop the line ends that are none on purpose."""
        dropped: list[int] = []
        for number, word in enumerate(self.words):
            if not word:
                self.words[number] = "\n"
                self.ends[number] = self.starts[number] + len(pieces[number])
                if not _ends_line(self.text, self.starts[number], self.ends[number]):
                    dropped.append(number)
        for number in reversed(dropped):
            self._drop(number)

    def _drop_notes(self) -> None:
        """Drop notes of pinyin, and join the words that they cut in two."""
        number = 0
        while number < len(self.words):
            if len(self.words[number]) == 1 or self.words[number][0] != "(":
                number += 1
                continue
            at, end = self.starts[number], self.ends[number]
            self._drop(number)
            is_cut = 0 < number < len(self.words) and self.starts[number] == end and self.ends[number - 1] == at and self.text[at] == "("
            if is_cut and _continues(self.words[number]) and _is_latin(self.words[number - 1]):
                self.words[number - 1] += self.words[number]
                self.ends[number - 1] = self.ends[number]
                self._drop(number)

    def _drop(self, number: int) -> None:
        del self.words[number], self.starts[number], self.ends[number]

    def is_bullet(self, number: int) -> bool:
        """Whether a word is a sign that marks an item of a list."""
        start = self.starts[number]
        return self.text[start] in BULLETS and _begins_item(self.text, start, self.ends[number])


def tokens(text: str) -> list[Token]:
    """Tokens in order. Kinds: `NUM` (value: float), `SUP` (a superscript number), `W`, and `NL` for line ends; signs are `W` too."""
    found = Words(text)
    made: list[Token] = []
    for number, word in enumerate(found.words):
        kind, value = kind_and_value(word)
        made.append(Token("NL" if found.is_bullet(number) else kind, word, found.starts[number], found.ends[number], value))
    return made


def kind_and_value(word: str) -> tuple[str, float | None]:
    """What a word is that no lexicon knows, wherever it stands: `NUM` and `SUP` with their value, `NL`, else `W`."""
    if word.isalpha():
        return "W", None
    if is_number(word):
        return "NUM", _number(word)
    if word[0] in _SUPERSCRIPTS:
        return "SUP", float(word.translate(_SUPERSCRIPT))
    return "NL" if word[0] == "\n" else "W", None


def is_number(word: str) -> bool:
    """Whether a word is written in digits."""
    return word[0].isdecimal() or (word[0] == "." and len(word) > 1)


def _continues(word: str) -> bool:
    """Whether a token is a word of letters, which may go on with what stood before a note of pinyin."""
    return word[0] not in _SUPERSCRIPTS and _WORD.match(word) is not None


def _is_latin(word: str) -> bool:
    """Whether it is a word of Latin letters, which a note of pinyin may cut in two."""
    return word.isascii() and word.isalpha()


BULLETS = frozenset("*-•·●▪◦")
"""Signs that mark the items of lists, and stand for other things too."""
_LIST_MARK = re.compile(r"[-*•·●▪◦]|\(?\d{1,2}[.)]\s|\(?[a-zA-Z][.)]\s|[A-Z\u3400-\u9fff\u201c\"]")


def _ends_line(text: str, start: int, end: int) -> bool:
    """Whether a line end is one on purpose: an empty line follows, or something that begins a line."""
    if end == len(text) or _LIST_MARK.match(text, end) is not None:
        return True
    # "on Days", an empty line, "1 to 21": a paragraph that was cut in two.
    is_cut = text[end].isdigit() and text[:start].rstrip()[-1:].isalpha()
    return text.count("\n", start, end) > 1 and not is_cut


def _begins_item(text: str, start: int, end: int) -> bool:
    """Whether a sign marks an item of a list: at the beginning of a line, or before a capital in a line that was joined."""
    is_first = not text[text.rfind("\n", 0, start) + 1 : start].strip()
    return is_first or (text[start] in "*•" and text[end : end + 1] == " " and text[end + 1 : end + 2].isupper())


def _number(word: str) -> float:
    head, comma, tail = word.partition(",")
    if comma and "," not in tail and "." not in tail and (head == "0" or len(tail) < 3):
        # "0,5" and "3,5 mg": a decimal comma. "1,000" is a thousand.
        return float(f"{head}.{tail}")
    return float(word.replace(",", "").replace("·", "."))
