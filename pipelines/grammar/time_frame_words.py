"""The words of time frames, `vocab/data/time_words.tsv`, and the tokens of a time frame after all rules.

Here belongs what a word is, misspelt ones too. What words mean together belongs to `time_frame_rules.py`.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from pipelines.grammar.cascade import Cascade
from pipelines.grammar.lexicon import SIGN_KINDS, Lexicon, tagged
from pipelines.grammar.time_frame_rules import MACROS, STAGES
from pipelines.grammar.time_frame_values import UNIT_LETTERS, TimeAnchor
from pipelines.grammar.tokens import Token
from pipelines.vocab.data_files import read_rows, vocabulary_paths

WORDS = "time_words.tsv"
_ANCHORED = frozenset({"EVENT", "POSTEVENT", "PREEVENT"})
_NUMBERED = frozenset({"NUM", "HALF", "A", "FIRST", "NTH", "OTHER", "ONCE", "RATE", "EVERYCYC", *UNIT_LETTERS})


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of time frames: the lexicon, how names of units are spelt, and ends of words that name an event."""

    lexicon: Lexicon
    units: dict[str, tuple[str, Any]]
    suffixes: dict[str, TimeAnchor]


@cache
def _words() -> _Words:
    """Words of the data file, those of a user's own first."""
    lexicon = Lexicon()
    units: dict[str, tuple[str, Any]] = {}
    suffixes: dict[str, TimeAnchor] = {}
    for path in vocabulary_paths(WORDS):
        for row in read_rows(path):
            kind, value = row["kind"], _cell(row["kind"], row["value"])
            for phrase in row["words"].split("|"):
                if kind == "SUFFIX":
                    suffixes[phrase] = TimeAnchor(row["value"])
                    continue
                lexicon.add(phrase, kind, value)
                if kind in UNIT_LETTERS and phrase.isascii():
                    units.setdefault(phrase, (kind, value))
    return _Words(lexicon, units, suffixes)


def _cell(kind: str, cell: str) -> Any:
    """What the second column says. Raises ValueError where it is not of the form of its kind."""
    if kind in _ANCHORED:
        return TimeAnchor(cell)
    return float(cell) if kind in _NUMBERED and cell else None


@cache
def _cascade() -> Cascade:
    named = [row["kind"] for path in vocabulary_paths(WORDS) for row in read_rows(path)]
    return Cascade([*SIGN_KINDS, *named], STAGES, MACROS)


_LETTER_UNITS = frozenset("hdw")
_SHORTEST_MENDED = 4
"""Letters of a word that may have a wrong one."""


@lru_cache(maxsize=4096)
def _meant(word: str) -> tuple[str, Any] | None:
    """The unit whose name this is with one letter wrong, missing, too many, or two exchanged: "montsh", "yers"; None for another word."""
    if len(word) < _SHORTEST_MENDED or not word.isascii() or not word.isalpha():
        return None
    known = _words().units.items()
    return next((unit for name, unit in known if len(name) >= _SHORTEST_MENDED and name[0] == word[0] and _differ_by_one(name, word)), None)


def _differ_by_one(one: str, other: str) -> bool:
    if abs(len(one) - len(other)) > 1:
        return False
    same = 0
    while same < min(len(one), len(other)) and one[same] == other[same]:
        same += 1
    rest, other_rest = one[same:], other[same:]
    is_exchanged = len(rest) > 1 and rest[:2] == other_rest[:2][::-1] and rest[2:] == other_rest[2:]
    return rest[1:] == other_rest[1:] or rest[1:] == other_rest or rest == other_rest[1:] or is_exchanged


def _mended(found: list[Token]) -> list[Token]:
    """Misspelt units beside a number become units; words such as "prostatectomy" become the event that they end with."""
    units, suffixes = _words().units, _words().suffixes
    for place, token in enumerate(found):
        if token.kind == "NUM" and place > 0 and _is_name(found[place - 1], token):
            token.kind = "W"
        if token.kind != "W":
            continue
        if token.text in _LETTER_UNITS and place > 1 and found[place - 1].kind == "NUM" and not found[place - 2].text.isascii():
            # The lexicon takes the h of B7H3 for part of a name; that of 给药后24h is a unit.
            token.kind, token.value = units[token.text]
            continue
        if len(token.text) < _SHORTEST_MENDED:
            continue
        beside = {one.kind for one in (*found[max(0, place - 2) : place], *found[place + 1 : place + 2])}
        unit = _meant(token.text) if "NUM" in beside else None
        if unit is not None:
            token.kind, token.value = unit
            continue
        for suffix, anchor in suffixes.items():
            if token.text.endswith(suffix):
                token.kind, token.value = "EVENT", anchor
    return found


def _is_name(word: Token, number: Token) -> bool:
    """Whether word and number are one name: "FT516 or 28 days". After a single letter a time may stand: "T24 hours"."""
    return word.kind == "W" and word.end == number.start and len(word.text) > 1 and word.text.isascii() and word.text.isalpha()


def parsed(text: str) -> list[Token]:
    """The tokens of a time frame after all rules."""
    tokens = [token for token in tagged(text, (_words().lexicon,)) if token.kind != "NL"]
    return _cascade().run(_mended(tokens))
