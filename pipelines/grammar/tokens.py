"""Tokens of prose: words, numbers, Chinese characters and signs, each with its place.

Here belongs cutting a text into tokens. What a token means belongs to `lexicon.py`; what several mean together, to the rules.
"""

import re
from typing import Any

from pipelines.text.folding import folded


class Token:
    """A stretch `[start, end)` of a text. `kind` is its word class, `value` what it says; `rule` names what made it.

    `parts` are the tokens that a rule joined, in order. A word that no lexicon knows is of kind `W`.
    """

    __slots__ = ("end", "kind", "parts", "rule", "start", "text", "value")

    def __init__(
        self, kind: str, text: str, start: int, end: int, value: Any = None, rule: str = "", parts: tuple["Token", ...] = ()
    ) -> None:
        self.kind = kind
        self.text = text
        self.start = start
        self.end = end
        self.value = value
        self.rule = rule
        self.parts = parts

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
# after a token are taken with it.
_TOKEN = re.compile(rf"([a-z]++(?:{_LETTER}+)?|[一-鿿]|{_NUMBER}|[{_SUPERSCRIPTS}]+|{_PINYIN}|{_LETTER}{_LETTER}*|\n\s*|\S)[ ]*")
_WORD = re.compile(_LETTER)
_SUPERSCRIPT = str.maketrans(_SUPERSCRIPTS, "0123456789")


def tokens(text: str) -> list[Token]:
    """Tokens in order. Kinds: `NUM` (value: float), `SUP` (a superscript number), `W`, and `NL` for line ends; signs are `W` too."""
    found: list[Token] = []
    skipped_to = -1
    for match in _TOKEN.finditer(folded(text)):
        word = match[1]
        start = match.start()
        end = start + len(word)
        first = word[0]
        if skipped_to == start and _continues(word) and found and _is_cut_word(found[-1], text):
            found[-1] = Token("W", found[-1].text + word, found[-1].start, end)
        elif "a" <= first <= "z" or "一" <= first <= "鿿":
            found.append(Token("W", word, start, end))
        elif first.isdecimal() or (first == "." and len(word) > 1):
            found.append(Token("NUM", word, start, end, _number(word)))
        elif first == "\n":
            if _ends_line(text, start, end):
                found.append(Token("NL", "\n", start, end))
        elif first in _SUPERSCRIPTS:
            found.append(Token("SUP", word, start, end, float(word.translate(_SUPERSCRIPT))))
        elif first == "(" and len(word) > 1:
            skipped_to = end
        else:
            is_bullet = text[start] in _BULLETS and _begins_item(text, start, end)
            found.append(Token("NL" if is_bullet else "W", word, start, end))
    return found


def _continues(word: str) -> bool:
    """Whether a token is a word of letters, which may go on with what stood before a note of pinyin."""
    return word[0] not in _SUPERSCRIPTS and _WORD.match(word) is not None


def _is_cut_word(token: Token, text: str) -> bool:
    """Whether a word of Latin letters ends where a note of pinyin stands."""
    return token.kind == "W" and token.text.isascii() and token.text.isalpha() and text[token.end] == "("


_BULLETS = frozenset("*-•·●▪◦")
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
