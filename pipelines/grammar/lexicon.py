"""The words that grammars know: phrases of `vocab/data/regimen_words.tsv`, names of drugs, and names of a record's own.

Here belongs finding the longest known phrase at each place of a text and giving its tokens that phrase's kind. What kinds mean together
belongs to the grammars.
"""

import atexit
import gc
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.grammar.tokens import BULLETS, Token, Words, is_number, kind_and_value
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
    "|": "BAR",
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
_Reading = tuple[str, Any, str, frozenset[str]]
"""Kind, value and rule of the token that a word becomes, and what may stand behind it where it begins a longer phrase."""


class Lexicon:
    """Phrases with the kind and value of each. Of two phrases that are written alike the one that was added first stands."""

    def __init__(self) -> None:
        self._root: _Node = {}
        self.first_words = self._root.keys()
        """The words that phrases begin with."""
        self.readings = _Readings(self._root)
        self.unsure_words: set[str] = set(_SHORTENED | BULLETS)
        """The words whose reading holds in some places only."""

    def add(self, phrase: str, kind: str, value: Any = None, *, in_capitals: bool = False, exactly: bool = False) -> None:
        """Add a phrase, in any case and script, or `exactly` as it is written here. One of signs alone is not added."""
        node = self._root
        words = [word for word in Words(phrase).words if word not in _SKIPPED]
        if all(word in _SIGNS for word in words):
            return
        for word in words:
            node = node.setdefault(word, {})
        entries = node.setdefault(_END, [])
        # "mOS" is a median survival though "mos" are months.
        entries.insert(0 if exactly else len(entries), (kind, value, phrase if exactly else in_capitals))
        if len(words) == 1 and (entries[0][2] or kind in _TIMES):
            self.unsure_words.add(words[0])
        self.readings.pop(words[0], None)

    def knows(self, phrase: str) -> bool:
        """Whether this very phrase, in whatever case, is one of the lexicon's."""
        return bool(self.kinds_of(phrase))

    def kinds_of(self, phrase: str) -> frozenset[str]:
        """The kinds that this very phrase has, in whatever case; none where the lexicon does not know it."""
        node: _Node | None = self._root
        for word in Words(phrase).words:
            if word not in _SKIPPED:
                node = node.get(word) if node else None
        return frozenset(entry[0] for entry in node.get(_END, ())) if node is not None else frozenset()

    def longest(self, found: Words, at: int) -> tuple[int, _Entry] | None:
        """End (a place in `found`) and entry of the longest phrase that starts with the word at `at`."""
        words = found.words
        first: _Node | None = self._root.get(words[at])
        if first is None:
            return None
        node = first
        best: tuple[int, _Entry] | None = None
        place = at
        n_found = len(words)
        while True:
            entries = node.get(_END)
            if entries is not None:
                entry = entries[0] if not entries[0][2] else _first_allowed(entries, found.text[found.starts[at] : found.ends[place]])
                if entry is not None:
                    best = (place + 1, entry)
            place += 1
            if place >= n_found:
                return best
            word = words[place]
            following = node.get(word)
            if following is None:
                if word not in _INSIDE:
                    return best
                place = _after_aside(found, place)
                following = node.get(words[place]) if place else None
                if following is None:
                    return best
            node = following


class _Readings(dict[str, _Reading]):
    """What words are, each looked up but once: a text has few words that no other had before it."""

    def __init__(self, root: _Node) -> None:
        super().__init__()
        self._root = root

    def __missing__(self, word: str) -> _Reading:
        if len(self) > _MOST_READINGS:
            self.clear()
        node = self._root.get(word, {})
        followers = frozenset((*node, *_INSIDE)) if node.keys() - {_END} else frozenset()
        if (entries := node.get(_END)) and not entries[0][2]:
            kind, value, _ = entries[0]
            found = kind, value, "lexicon", followers
        else:
            kind, value = kind_and_value(word)
            found = _SIGNS.get(word, kind), value, "", followers
        self[word] = found
        return found


_MOST_READINGS = 100_000
_INSIDE = _SKIPPED | {"("}


def _after_aside(found: Words, place: int) -> int:
    """Where a phrase goes on after a sign that does not count in it; 0 where it cannot."""
    words, starts, ends = found.words, found.starts, found.ends
    if words[place] == "(":
        # "Interleukin (IL)-2": an abbreviation in the middle of a name.
        is_short_form = place + 4 < len(words) and words[place + 2] == ")"
        return place + 3 + (words[place + 3] == "-") if is_short_form else 0
    # A hyphen or full stop inside a phrase does not count where it touches what it joins.
    is_inside = place + 1 < len(words) and ends[place - 1] == starts[place] and starts[place + 1] == ends[place]
    return place + 1 if is_inside else 0


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


def _is_inside_name(found: Words, place: int) -> bool:
    """Whether the letter at `place` stands in a word of letters and digits, as in "RP2D" or "B7H3"."""
    words, starts, ends = found.words, found.starts, found.ends
    return (
        place > 1
        and ends[place - 1] == starts[place]
        and ends[place - 2] == starts[place - 1]
        and words[place - 2].isalpha()
        and words[place - 2] not in "qxdc"
        and is_number(words[place - 1])
    )


def tagged(text: str, lexicons: Sequence[Lexicon]) -> list[Token]:
    """The tokens of a text, each known phrase one token of its kind. A longer phrase wins; of equal ones that of the earlier lexicon.

    The last lexicon is the one that knows most.
    """
    found = Words(text)
    words, starts, ends = found.words, found.starts, found.ends
    *own, common = lexicons
    read = list(map(common.readings.__getitem__, words))
    tokens = [
        Token(kind, word, start, end, value, rule)
        for (kind, value, rule, _), word, start, end in zip(read, words, starts, ends, strict=True)
    ]
    distinct = set(words)
    unsure = distinct & common.unsure_words
    for lexicon in own:
        unsure |= distinct & lexicon.first_words
    result: list[Token] = []
    done = 0
    for place, (word, (_, _, _, followers), following) in enumerate(zip(words, read, [*words[1:], ""], strict=False)):
        if (following in followers or word in unsure) and place >= done and (made := _at(found, place, lexicons)) is not None:
            token, last = made
            result += tokens[done:place]
            result.append(token)
            done = last
    return result + tokens[done:] if result else tokens


def _at(found: Words, place: int, lexicons: Sequence[Lexicon]) -> tuple[Token, int] | None:
    """The token that begins with a word, and the place where the next begins; None where the word is what it is anywhere."""
    words, starts, ends = found.words, found.starts, found.ends
    word, start = words[place], starts[place]
    best: tuple[int, _Entry] | None = None
    for lexicon in lexicons:
        match = lexicon.longest(found, place)
        if match is not None and (best is None or match[0] > best[0]):
            best = match
    if best is None:
        return (Token("NL", word, start, ends[place]), place + 1) if found.is_bullet(place) else None
    if best[1][0] in _TIMES and len(word) == 1 and word.isascii() and _is_inside_name(found, place):
        # The "d" of RP2D is no day.
        return Token("W", word, start, ends[place]), place + 1
    last, (kind, value, _) = best
    phrase = word if last == place + 1 else " ".join(words[place:last])
    end = ends[last - 1]
    # "p.o." and "approx." end with a full stop of their own, which ends no sentence.
    if last < len(words) and words[last] == "." and starts[last] == end and ("." in phrase or phrase in _SHORTENED):
        return Token(kind, phrase, start, ends[last], value, "lexicon"), last + 1
    return Token(kind, phrase, start, end, value, "lexicon"), last
