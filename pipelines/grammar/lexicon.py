"""The words that grammars know: phrases of `vocab/data/regimen_words.tsv`, names of drugs, and names of a record's own.

Here belongs finding the longest known phrase at each place of a text and giving its tokens that phrase's kind. What kinds mean together
belongs to the grammars.
"""

import atexit
import gc
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.grammar.tokens import Token, tokens
from pipelines.vocab.data_files import DATA, own_path, read_rows, vocabulary_paths
from pipelines.vocab.drugs import RADIOTHERAPY, Drug, drug_names, own_drug_names
from pipelines.vocab.word_values import word_value

DRUG = "DRUG"
"""Kind of a treatment's name; its value is a `vocab.drugs.Drug`, or what a record's own lexicon says."""

_SIGNS = {
    ",": "COMMA",
    "、": "COMMA",
    ";": "SEMI",
    ":": "COLON",
    ".": "DOT",
    "·": "DOT",
    "。": "STOP",
    "(": "LPAR",
    ")": "RPAR",
    "/": "SLASH",
    "-": "DASH",
    "~": "TILDE",
    "+": "PLUS",
    "±": "PM",
    "=": "IS",
    "x": "TIMES",
    "*": "TIMES",
    "^": "CARET",
    "%": "PERCENT",
    "≤": "LESS",
    "≥": "ABOUT",
    "<": "LESS",
    ">": "LESS",
    "&": "AND",
    "•": "BULLET",
    "→": "THEN",
    "@": "ON",
}
SIGN_KINDS = tuple(dict.fromkeys(_SIGNS.values()))
_SKIPPED = frozenset("-.'®™·")
RADIATION_ROUTES = frozenset({"external_beam", "brachytherapy"})
_NUMBERED_WORD = re.compile(r"(?:day|arm)[ -]?\d+")
"""DAY101 is tovorafenib and ARM210 a drug too, "day 101" and "arm 210" are none."""
_LONGEST_ABBREVIATION = 3
_LONGEST_REGIMEN = 5
# "Or2" and "As Part" are names; "2 or 3" and "as part" are none.
_WORDS_IN_BETWEEN = frozenset(
    ["or", "and", "in", "of", "to", "the", "a", "on", "at", "by", "for", "with", "no", "not", "is", "as", "if", "it", "be"]
)
_TIMES = frozenset({"DAY", "WEEK", "HOUR"})
_SHORTENED = frozenset({"max", "approx", "incl", "vs"})
"""Words whose full stop ends no sentence: "max. 8 cycles", "A vs. B". "Min." is left out: "over 30 min." ends one."""
_END = ""
"""Key of the entries of a node; no token is empty."""

# A node of the tree of phrases: token → node, and under `_END` the entries that end here.
_Node = dict[str, Any]
_Entry = tuple[str, Any, bool | str]
"""Kind, value, and whether the text must write it in capitals, or the one way in which it must write it."""


class Lexicon:
    """Phrases with the kind and value of each. Of two phrases that are written alike the one that was added first stands."""

    def __init__(self) -> None:
        self._root: _Node = {}
        self.first_words = self._root.keys()
        """The words that phrases begin with."""

    def add(self, phrase: str, kind: str, value: Any = None, *, in_capitals: bool = False, exactly: bool = False) -> None:
        """Add a phrase, in any case and script, or `exactly` as it is written here. One of signs alone is not added."""
        node = self._root
        words = [token.text for token in tokens(phrase) if token.text not in _SKIPPED]
        if all(word in _SIGNS for word in words):
            return
        for word in words:
            node = node.setdefault(word, {})
        node.setdefault(_END, []).append((kind, value, phrase if exactly else in_capitals))

    def knows(self, phrase: str) -> bool:
        """Whether this very phrase, in whatever case, is one of the lexicon's."""
        return bool(self.kinds_of(phrase))

    def kinds_of(self, phrase: str) -> frozenset[str]:
        """The kinds that this very phrase has, in whatever case; none where the lexicon does not know it."""
        node: _Node | None = self._root
        for token in tokens(phrase):
            if token.text not in _SKIPPED:
                node = node.get(token.text) if node else None
        return frozenset(entry[0] for entry in node.get(_END, ())) if node is not None else frozenset()

    def longest(self, found: list[Token], at: int, text: str) -> tuple[int, _Entry] | None:
        """End (a place in `found`) and entry of the longest phrase that starts with the token at `at`."""
        first: _Node | None = self._root.get(found[at].text)
        if first is None:
            return None
        node = first
        best: tuple[int, _Entry] | None = None
        place = at
        n_found = len(found)
        while True:
            entries = node.get(_END)
            if entries is not None:
                entry = _first_allowed(entries, text[found[at].start : found[place].end])
                if entry is not None:
                    best = (place + 1, entry)
            place += 1
            if place >= n_found:
                return best
            following = node.get(found[place].text)
            if following is None:
                # A hyphen or full stop inside a phrase does not count where it touches what it joins.
                token = found[place]
                if _is_short_form(found, place):
                    # "Interleukin (IL)-2": an abbreviation in the middle of a name.
                    place += 3 + (found[place + 3].text == "-")
                    following = node.get(found[place].text)
                    if following is None:
                        return best
                    node = following
                    continue
                if (
                    token.text not in _SKIPPED
                    or found[place - 1].end != token.start
                    or place + 1 >= n_found
                    or found[place + 1].start != token.end
                ):
                    return best
                place += 1
                following = node.get(found[place].text)
                if following is None:
                    return best
            node = following


def _is_short_form(found: list[Token], place: int) -> bool:
    """Whether one word in brackets stands at `place`, and something after it."""
    return found[place].text == "(" and place + 4 < len(found) and found[place + 2].text == ")"


_NOTE = re.compile(r"\([^()]*\)")


def _first_allowed(entries: list[_Entry], words: str) -> _Entry | None:
    for entry in entries:
        # A note of pinyin in the middle, "P(guān)FS", is no part of the word.
        how = entry[2]
        plain = _NOTE.sub("", words) if how and "(" in words else words
        if not how or (plain == how if isinstance(how, str) else plain.isupper()):
            return entry
    return None


@cache
def words() -> Lexicon:
    """All phrases and drug names, those of a user's own vocabulary first, whichever of its files they stand in."""
    lexicon = Lexicon()
    _add_all(lexicon, with_phrases=True)
    keep()
    return lexicon


def keep() -> None:
    """Spare what has been read so far from the collection of garbage, which would go through all its entries every time."""
    gc.freeze()
    # At the end of the process everything is collected as ever.
    atexit.register(gc.unfreeze)


def add_treatments(lexicon: Lexicon) -> None:
    """Add the names of drugs and kinds of treatment alone."""
    _add_all(lexicon, with_phrases=False)


def _add_all(lexicon: Lexicon, *, with_phrases: bool) -> None:
    own = dict(own_drug_names())
    _add_files(lexicon, own_path, own.items(), with_phrases=with_phrases)
    no_names = _add_files(lexicon, DATA.joinpath, (), with_phrases=with_phrases)
    for name, drug in drug_names():
        if name not in no_names:
            _add_drug(lexicon, name, drug)


def _add_files(
    lexicon: Lexicon, path_of: Callable[[str], Path | None], drugs: Iterable[tuple[str, Drug]], *, with_phrases: bool
) -> set[str]:
    """Add the phrases of one folder's files, and of its drugs those that prose may name; returns the names that are none in prose."""
    for row in _rows(path_of("regimen_words.tsv")) if with_phrases else ():
        # "IMRT" and "brachytherapy" name the treatment; that they tell the route too, its name is asked for.
        is_radiation = row["kind"] == "ROUTE" and row["value"] in RADIATION_ROUTES
        kind, value = (DRUG, Drug(RADIOTHERAPY)) if is_radiation else (row["kind"], word_value(row["kind"], row["value"]))
        for phrase in row["words"].split("|"):
            lexicon.add(phrase.removeprefix("^"), kind, value, in_capitals=phrase.startswith("^"))
    for row in _rows(path_of("treatment_classes.tsv")):
        drug = Drug(row["name"], is_class=True, is_component=row["is_component"] == "y")
        for phrase in row["words"].split("|"):
            lexicon.add(phrase, DRUG, drug, in_capitals=_is_abbreviation(phrase, drug))
    no_names = {row["name"] for row in _rows(path_of("drugs_not_in_prose.tsv"))}
    for name in no_names:
        # "Insulin-like growth factor" must not be read as insulin.
        if any(map(str.isalpha, name)):
            lexicon.add(name, "W")
    for name, drug in drugs:
        if name not in no_names:
            _add_drug(lexicon, name, drug)
    return no_names


def _rows(path: Path | None) -> Iterator[dict[str, str]]:
    return iter(()) if path is None else read_rows(path)


def _add_drug(lexicon: Lexicon, name: str, drug: Drug) -> None:
    if _WORDS_IN_BETWEEN.isdisjoint(re.findall(r"[a-z]+", name)):
        lexicon.add(name, DRUG, drug, in_capitals=_is_abbreviation(name, drug))


def _is_abbreviation(name: str, drug: Drug) -> bool:
    """Whether only capitals are the name: "ATO" is arsenic trioxide, "ato" nothing; "BEAM" a regimen; but "5-FU" may be "5-fu"."""
    if _NUMBERED_WORD.fullmatch(name):
        return True
    letters = name.replace(" ", "").replace("-", "")
    longest = _LONGEST_REGIMEN if drug.is_combination else _LONGEST_ABBREVIATION
    return len(letters) <= longest and letters.isascii() and letters.isalpha()


def kinds() -> Iterator[str]:
    """All kinds of tokens that a lexicon gives."""
    yield from SIGN_KINDS
    yield DRUG
    yield from dict.fromkeys(row["kind"] for path in vocabulary_paths("regimen_words.tsv") for row in read_rows(path))


def _is_inside_name(found: list[Token], place: int) -> bool:
    """Whether the letter at `place` stands in a word of letters and digits, as in "RP2D" or "B7H3"."""
    return (
        place > 1
        and found[place - 1].end == found[place].start
        and found[place - 2].end == found[place - 1].start
        and (
            found[place - 2].kind == "W"
            and found[place - 2].text.isalpha()
            and found[place - 1].kind == "NUM"
            and found[place - 2].text not in "qxdc"
        )
    )


def tagged(text: str, lexicons: Iterable[Lexicon]) -> list[Token]:
    """The tokens of a text, each known phrase one token of its kind. A longer phrase wins; of equal ones that of the earlier lexicon."""
    found = tokens(text)
    known = tuple(lexicons)
    result: list[Token] = []
    place = 0
    while place < len(found):
        token = found[place]
        best: tuple[int, _Entry] | None = None
        for lexicon in known:
            if token.text in lexicon.first_words:
                match = lexicon.longest(found, place, text)
                if match is not None and (best is None or match[0] > best[0]):
                    best = match
        if best is None:
            if token.kind == "W":
                sign = _SIGNS.get(token.text)
                if sign is not None:
                    token.kind = sign
            result.append(token)
            place += 1
            continue
        end, (kind, value, _) = best
        last = found[end - 1]
        if kind in _TIMES and len(token.text) == 1 and token.text.isascii() and _is_inside_name(found, place):
            # The "d" of RP2D is no day.
            result.append(token)
            place += 1
            continue
        words = token.text if end == place + 1 else " ".join([one.text for one in found[place:end]])
        result.append(Token(kind, words, token.start, last.end, value, "lexicon"))
        place = end
        # "p.o." and "approx." end with a full stop of their own, which ends no sentence.
        has_stop = place < len(found) and found[place].text == "." and found[place].start == last.end
        if has_stop and ("." in words or words in _SHORTENED):
            result[-1].end = found[place].end
            place += 1
    return result
