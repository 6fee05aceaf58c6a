"""Boilerplate: what stands around articles and says nothing of a trial (disclaimers, copyright notices, menus, contacts, reference lists).

Belongs here: telling whether a stretch of text is nothing but boilerplate, and where in a document such stretches stand. Not here:
which stretches repeat and what is cut. The phrases are data (`data/boilerplate.tsv`); here is how they are weighed.

A text is read sentence by sentence. Cues of boilerplate add up to a sentence's score. A value with a unit, the id of a register or a
phrase that only a report of a trial uses makes it content whatever else it holds; other words of medicine ask for a higher score. What
has neither cues nor such words nor numbers ("Thank you.") is neutral: it goes with the boilerplate around it. In doubt it is content.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, NamedTuple, cast, get_args

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.dedup.phrases import PhraseTree, code_points, holds_any, lowered, phrase_places, phrase_tree, plain
from pipelines.vocab.data_files import read_rows

Kind = Literal[
    "disclaimer", "copyright", "navigation", "invitation", "contact", "credits", "about", "disclosure", "forward_looking", "references"
]
"""Kinds of boilerplate. `invitation`: to follow, subscribe, scan or download; `credits`: who wrote, edited and approved, and where it stood
first; `about`: a company or a site on itself; `disclosure`: the interests of authors."""

_LISTED = ("references", "credits")
"""Kinds of which several in a row are certain."""
_CONTENT_KINDS = ("trial", "registry", "subject")
"""Kinds of phrases in the data file that show that something is said."""
_CUES_PATH = Path(__file__).parent / "data" / "boilerplate.tsv"

_CERTAIN = 3
"""Weight of a cue that says so alone, and strength of a sentence with one."""
_ENOUGH = 2
"""Score of a short sentence without a word of medicine."""
_LEANING = 1
_TOKENS_PER_POINT = 20
"""For so many words one point of score answers."""
_MOST_NEEDED = 5
_SUBJECTS_PER_POINT = 2
"""So many words of medicine take a point off where a cue is certain; elsewhere each does."""
_MAX_SUBJECTS = 6
"""With more of them a sentence speaks of medicine, whatever cue is glued to it."""
_MAX_NEUTRAL_TOKENS = 45
_MAX_NEUTRAL_SHARE = 1 / 2
_MAX_UNKNOWN_TOKENS = 7
"""A longer sentence without any cue may say anything, in words that the data file does not list."""
_MIN_ENTRIES = 2
_MAX_REMNANT_TOKENS = 2
_MAX_ENTRY_CHARS = 700
_MAX_ENTRY_TAIL_CHARS = 100
_MAX_LAST_TAIL_CHARS = 25
_MAX_AUTHORS_CHARS = 160
_MAX_LINK_CHARS = 300
_MAX_LINE_CHARS = 60

_MAX_REMEMBERED = 500
"""Stretches: one that stands in many documents is asked for with each."""

_HAN = re.compile("[\u3400-\u9fff]")
_IN_WORD, _ALONE, _FIGURE = 1, 2, 4
"""What a character is: part of a word, a token alone, a digit or sign of comparison."""
_TONED = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ"
_ENDS_OF_PINYIN = ("", "a", "e", "i", "n", "ng", "o", "r", "u")
_PINYIN = re.compile(rf"[(（](?<=\w.)(?=[a-zü]{{0,5}}[{_TONED}])[a-zü{_TONED}]{{1,6}}[)）]")
"""A note that a machine left behind a character ("發(fā)布"); the tone mark tells it from an abbreviation ("總生存(os)")."""
_MARKUP = re.compile(
    r"</?(?P<block>p|br|div|h[1-6]|hr|li|ol|section|table|td|th|tr|ul)\b[^<>]*>|<[a-zA-Z/!][^<>]*>|&(?:[a-zA-Z]{2,8}|#\d{1,6}|#x[0-9a-fA-F]{1,5});"
)
# A pattern that begins with a set of characters is looked for five times as fast as one that begins with an assertion or alternatives.
_SENTENCE_END = re.compile(
    r"[.!?…。;\[\n](?:(?<=[.!?…])(?<!\.[A-Z].)[\"'”’)\]*_]*(?=\s+[^\sa-z]|[A-Z][a-z])|(?<=。)[”’」』\")]*|(?<=[!?;])(?=[^\x00-\x7f])"
    r"|(?<=\[)\s{0,8}(?:…|\.\.\.)?\s{0,8}\]|(?<=\n)(?![a-z]))"
)
"""Also where the blank is missing ("in future.Disclaimer"), after the mark of a cut text ("[…]"), and at a line that begins anew."""
_OPENING = re.compile(r"(?:^|[\n.!?。！？；;…|/【\[(（*#>•·-]|\s\s|[\u3400-\u9fff”」)]\s)\s*\Z")
_LINE_MARKS = " \t\r\n#*_>|-–—•·:：.。【】[]()（）《》"
_URL = re.compile(r"(?:https?://|www\.)[^\s)\]\"'，。；]+|\]\([^()\s]*(?:\s\"[^\"]{0,300}\")?\)")
_DATE = re.compile(
    r"(?:19|20)\d\d(?:[-/.年]\s?\d{1,2}(?:[-/.月]\s?\d{1,2}日?)?|年)?(?:\s\d{1,2}:\d\d(?::\d\d)?)?|\d{1,2}/\d{1,2}/(?:19|20)\d\d"
    r"|(?:\d{1,2} )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.? (?:\d{1,2}, )?(?:19|20)\d\d"
)
_NUMBER = re.compile(r"\d")
_SIGNS = "<>=≤≥"
_ENUMERATOR = re.compile(r"\W*\d{1,3}\W*")
_STATISTIC = re.compile(r"(?<![a-z])(?:[pn]\W{0,3}[<>=≤≥]|(?:hr|rr|or|md|smd|ci)\s?[=:,]?\s?\(?\d+[.·]\d)")

# ---- entries of reference lists ----
_NUMBERING = re.compile(r"[\[(\d](?<![^\s.。;:：\])].)(?:(?<=\[)\d{1,3}\]|(?<=\()\d{1,3}\)|(?<=\d)\d{0,2}[.、．)])\s*")
_NUMBERED = re.compile(rf"{_NUMBERING.pattern}(?=[^\W\d]|[\"“\[])")
_LINE_START = re.compile(r"\n(?=\S)")
_CITATION_HINTS = ("et al", "etal", "[j]", "doi", "http", "pmid", "pubmed", "等")
_CONGRESSES = ("ASCO", "ESMO", "AACR", "ASH", "EHA", "WCLC", "SABCS", "ELCC", "CSCO", "EASL", "AASLD")
_LOCATOR = re.compile(
    r"[\d\[(dDPVhAEWSC](?:"
    r"(?:(?<=1)9|(?<=2)0)\d\d(?:\s[A-Z][a-z]{2}(?:\s\d{1,2})?)?\s?[;:]\s?[A-Z]?\d{1,4}(?:\s?\([^()]{1,24}\))?"
    r"(?:\s?:\s?[a-zA-Z]?\d[\w.–-]*)?(?::\d+)?"
    r"|(?<=\d)\d{0,3}\s?(?:\([^()]{1,24}\)\s?){1,2}:\s?[a-zA-Z]{0,2}-?[a-zA-Z]{0,3}\d[\w–-]*(?:,\s?\w{1,6})?(?:[,;]\s?(?:19|20)\d\d)?"
    r"|(?<=\d)\d{0,3}\s?:\s?(?:[a-zA-Z]?\d{1,6}[–-]\d{1,6})?,\s?(?:19|20)\d\d"
    r"|(?<=\d)\d{0,3},\s?[a-zA-Z]?\d{1,6}[–-]\d{1,6}\s?\((?:19|20)\d\d\)"
    r"|(?<=\[)(?:[JMSDCRNP]|(?:J|EB|DB)/OL)\]"
    r"|(?:(?<=d)oi|(?<=D)OI)\s?:?\s?(?:https?://doi\.org/)?10\.\d{4,6}/[^\s\])]+|(?<=P)MID\s?:?\s?\d{6,8}|(?<=V)ersion \d\.(?:19|20)\d\d"
    r"|(?P<weak>(?<=h)ttps?://\S*|(?<=\()(?:19|20)\d\d\)"
    rf"|(?<!\w.)(?:{'|'.join(f'(?<={name[0]}){name[1:]}' for name in _CONGRESSES)})\b[^.\n]{{0,24}}?(?:19|20)\d\d))"
)
"""Where a cited text stands: year, volume and pages in the usual orders, a Chinese type mark, a DOI. Weak are those that stand in prose
too: an address, a year, a congress."""
_AUTHOR = re.compile(
    r"(?:[A-Za-z][a-z]{1,4} ){0,2}[^\W\d_][\w'’-]*,? (?:[A-Z]\.?[ -]?){1,4}(?:[,;:.&]|and\b|et ?al\b)"
    r"|[\u4e00-\u9fff]{2,4}[,，、]\s?[\u4e00-\u9fff]{2,4}[,，、.．]"
)
_MORE_AUTHORS = re.compile(r"\bet ?al\b|etal|[,，]\s?等")


@dataclass(frozen=True, slots=True, eq=False)
class _Cue:
    phrase: str
    kind: Kind
    weight: int
    is_label: bool
    is_seed: bool
    """Certain or a label: a text without one holds nothing that is boilerplate for certain, but for reference lists."""


class _Hit(NamedTuple):
    start: int
    end: int
    cue: _Cue


@dataclass(frozen=True, slots=True)
class _Hits:
    """Places of cues in a text, ascending and apart."""

    hits: list[_Hit]
    starts: list[int]

    def within(self, start: int, end: int) -> list[_Hit]:
        return self.hits[bisect_left(self.starts, start) : bisect_left(self.starts, end)]


@dataclass(frozen=True, slots=True)
class _Phrases:
    """The data: trees of phrases, what those of two trees are by their numbers, and names of whole lines.

    `seeds` holds also how pinyin notes end, which may hide a seed; `hints`, what no reference list is without.
    """

    seeds: PhraseTree
    hints: PhraseTree
    cues: PhraseTree
    cue_of: list[_Cue]
    registry: PhraseTree
    content: PhraseTree
    of_trials: frozenset[int]
    """Numbers of the phrases of `content` that say something of a trial; the others speak of medicine."""
    lines: dict[str, Kind]


@dataclass(frozen=True)
class _Reading:
    """A text with width, script, pinyin notes and markup folded; `lower` is `text` in lower case, and `codes` as phrases are looked for.

    `places`: where in the given text each character stood, when notes were taken out.
    """

    text: str
    places: list[int] | None

    @cached_property
    def lower(self) -> str:
        return lowered(self.text)

    @cached_property
    def codes(self) -> NDArray[np.uint16]:
        return code_points(self.text)

    @cached_property
    def _registrations(self) -> list[list[int]]:
        return phrase_places(_phrases().registry, self.codes)

    def names_registration(self, start: int, end: int) -> bool:
        found = self._registrations
        return len(found) > 0 and any(start <= first and last <= end for first, last, _ in found)

    @cached_property
    def _counts(self) -> tuple[memoryview, memoryview]:
        # A single element of an array takes three times as long to read.
        tokens, figures = _counted(self.codes, _character_kinds())
        return tokens.data, figures.data

    def n_tokens(self, start: int, end: int) -> int:
        """How many words, numbers and Chinese characters begin in a stretch."""
        tokens, _ = self._counts
        return tokens[end] - tokens[start]

    def has_figures(self, start: int, end: int) -> bool:
        _, figures = self._counts
        return figures[end] > figures[start]

    def place(self, position: int, *, is_end: bool = False) -> int:
        """The offset in the given text."""
        if self.places is None or not self.places:
            return position
        return self.places[position - 1] + 1 if is_end and position else self.places[position]

    def position(self, place: int) -> int:
        return place if self.places is None else bisect_left(self.places, place)


class _Unit(NamedTuple):
    """A sentence, a line, or an entry of a reference list.

    `kind` is None for what says something and for what is neutral. `strength`: `_CERTAIN` alone, `_ENOUGH` beside others, `_LEANING`
    only in the midst of others.
    """

    start: int
    end: int
    n_tokens: int
    kind: Kind | None
    strength: int = 0
    is_content: bool = False


@dataclass(frozen=True, slots=True)
class _Units:
    """The units of a text in order: where each begins and ends, and what it is once it was asked for."""

    reading: _Reading
    hits: _Hits
    bounds: list[tuple[int, int]]
    read: dict[int, _Unit]

    def __iter__(self) -> Iterator[_Unit]:
        return (self[i] for i in range(len(self.bounds)))

    def __getitem__(self, i: int) -> _Unit:
        unit = self.read.get(i)
        if unit is None:
            start, end = self.bounds[i]
            unit = self.read[i] = _unit(self.reading, start, end, self.hits.within(start, end))
        return unit


@lru_cache(_MAX_REMEMBERED)
def says_nothing(text: str) -> Kind | None:
    """The kind of a stretch that is boilerplate throughout, with several kinds that of most words; None when it may say something.

    Takes one to many sentences, with or without line breaks, in English and in Chinese of either script. The first and the last may be
    cut; what is left of them is read like a sentence unless it is but a word or two. A reference list says nothing of its own article's
    trial.
    """
    reading = _read(text)
    whole = (0, len(reading.text))
    entries = list(_entries(reading, *whole)) if holds_any(_phrases().hints, reading.codes) else []
    units = _units(reading, _hits(reading), [whole], [entries])
    n_tokens: Counter[Kind] = Counter()
    n_all = n_neutral = strongest = 0
    for unit in units:
        if _is_remnant(reading, unit):
            continue
        n_neutral = n_neutral + unit.n_tokens if unit.kind is None else 0
        if unit.is_content or n_neutral > _MAX_NEUTRAL_TOKENS:
            return None
        n_all += unit.n_tokens
        strongest = max(strongest, unit.strength)
        if unit.kind is not None:
            n_tokens[unit.kind] += unit.n_tokens
    n_known = n_tokens.total()
    if strongest < _ENOUGH or n_all - n_known > _MAX_NEUTRAL_SHARE * n_all:
        return None
    return n_tokens.most_common(1)[0][0]


def boilerplate_spans(text: str, paragraphs: Sequence[tuple[int, int]], *, references: bool = True) -> list[tuple[int, int, Kind]]:
    """Stretches of whole sentences that are boilerplate for certain although seen only once: (start, end, kind), ascending and apart.

    `paragraphs` are the ascending spans of `text` to look at; all offsets are code points. A span may reach over several of them. Beside
    a certain sentence the less certain ones count too, and neutral ones between two. Without `references`, entries of reference lists are
    not looked for.

    Only what stands around a certain cue or an entry is read. Measured with 10,000 generated articles (2 busy cores): without either 23 µs
    for 4.8 kB, and 120 µs when entries are looked for; with some 0.62 ms for 6.7 kB.
    """
    phrases = _phrases()
    codes = code_points(text)
    may_hold = holds_any(phrases.seeds, codes)
    may_cite = references and holds_any(phrases.hints, codes)
    if not may_hold and not may_cite:
        return []
    reading = _read(text)
    places = [(reading.position(start), reading.position(end)) for start, end in paragraphs]
    entries = [list(_entries(reading, *place)) if may_cite else [] for place in places]
    if not may_hold and not any(entries):
        return []
    hits = _hits(reading)
    if not any(hit.cue.is_seed for hit in hits.hits) and not any(entries):
        return []
    units = _units(reading, hits, places, entries)
    spans = [span for run in _runs(units) for span in _merged(run)]
    return [(reading.place(start), reading.place(end, is_end=True), kind) for start, end, kind in spans]


def _is_remnant(reading: _Reading, unit: _Unit) -> bool:
    """Whether a unit is the last word or two of a sentence that begins before the text, or the first of one that ends behind it."""
    if unit.n_tokens > _MAX_REMNANT_TOKENS or unit.kind is not None or (unit.start > 0 and unit.end < len(reading.text)):
        return False
    words = reading.lower[unit.start : unit.end]
    says_something = reading.names_registration(unit.start, unit.end) or _n_subjects(words, code_points(words)) is None
    return not says_something and not _NUMBER.search(words)


def _runs(units: _Units) -> Iterator[list[_Unit]]:
    """The units that are boilerplate, around each with which a run may be certain, up to content or much that is neutral."""
    starts = [start for start, _ in units.bounds]
    # Entries of reference lists are known from the beginning.
    may_be_certain = {*units.read, *(bisect_right(starts, hit.start) - 1 for hit in units.hits.hits if _may_be_certain(hit.cue))}
    reached = -1
    for i in sorted(may_be_certain - {-1}):
        if i <= reached or units[i].strength < _ENOUGH:
            continue
        before = _reached(units, range(i - 1, reached, -1))
        after = _reached(units, range(i + 1, len(units.bounds)))
        yield [units[j] for j in (*reversed(before), i, *after)]
        reached = after[-1] if after else i


def _may_be_certain(cue: _Cue) -> bool:
    return cue.is_seed or cue.kind in _LISTED


def _reached(units: _Units, order: Iterable[int]) -> list[int]:
    """Which units in order are boilerplate before the first content."""
    found: list[int] = []
    n_between = 0
    for i in order:
        unit = units[i]
        n_between = n_between + unit.n_tokens if unit.strength < _ENOUGH else 0
        if unit.is_content or n_between > _MAX_NEUTRAL_TOKENS:
            break
        if unit.strength >= _ENOUGH:
            found.append(i)
    return found


def _merged(run: Sequence[_Unit]) -> Iterator[tuple[int, int, Kind]]:
    """One span for each kind in a row, if a sentence of the run is certain, or several are citations or credits."""
    n_in_lists = sum(unit.kind in _LISTED for unit in run)
    if n_in_lists < _MIN_ENTRIES and not any(unit.strength >= _CERTAIN for unit in run):
        return
    start = end = 0
    kind: Kind | None = None
    for unit in run:
        if unit.kind != kind:
            if kind is not None:
                yield start, end, kind
            start, kind = unit.start, unit.kind
        end = unit.end
    if kind is not None:
        yield start, end, kind


# ---- what a text holds ----------------------------------------------------------------------------------------------


def _read(text: str) -> _Reading:
    folded, places = (text, None) if text.isascii() else _folded(text)
    if "<" in folded or "&" in folded:
        folded = _MARKUP.sub(lambda match: ("\n" if match["block"] else " ").ljust(len(match[0])), folded)
    return _Reading(folded, places)


def _folded(text: str) -> tuple[str, list[int] | None]:
    """Plain width and simplified script, without pinyin notes, and the places of the characters that are left if there were any."""
    if not _HAN.search(text):
        return plain(text), None
    notes = [match.span() for match in _PINYIN.finditer(text)]
    places: list[int] | None = None
    if notes:
        kept = [range(before[1], after[0]) for before, after in pairwise([(0, 0), *notes, (len(text), len(text))])]
        text = "".join(text[part.start : part.stop] for part in kept)
        places = [place for part in kept for place in part]
    return plain(text), places


def _hits(reading: _Reading) -> _Hits:
    """All cues in a text in order; of those that overlap, the first and longest."""
    phrases = _phrases()
    hits: list[_Hit] = []
    first = last = 0
    for start, end, number in phrase_places(phrases.cues, reading.codes):
        cue = phrases.cue_of[number]
        is_longer = start == first and start < last and (end, cue.weight) > (last, hits[-1].cue.weight)
        if (start < last and not is_longer) or (cue.is_label and not _opens(reading.lower, start, cue)):
            continue
        if is_longer:
            hits.pop()
        hits.append(_Hit(start, end, cue))
        first, last = start, end
    return _Hits(hits, [hit.start for hit in hits])


def _opens(lower: str, start: int, cue: _Cue) -> bool:
    """Whether a label begins something: "来源:" does not in "数据来源:"; a certain one may be glued to what stands before it."""
    return cue.weight >= _CERTAIN or _OPENING.search(lower, max(0, start - 8), start) is not None


@njit(cache=True, nogil=True)
def _counted(codes: NDArray[np.uint16], kinds: NDArray[np.uint8]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """How many tokens, and how many figures, begin before each place."""
    tokens = np.zeros(len(codes) + 1, np.int32)
    figures = np.zeros(len(codes) + 1, np.int32)
    before = 0
    for i in range(len(codes)):
        kind = kinds[codes[i]]
        tokens[i + 1] = tokens[i] + (1 if kind & _ALONE or kind & _IN_WORD & ~before else 0)
        figures[i + 1] = figures[i] + (1 if kind & _FIGURE else 0)
        before = kind
    return tokens, figures


@cache
def _character_kinds() -> NDArray[np.uint8]:
    kinds = np.zeros(0x10000, np.uint8)
    for code in range(0x10000):
        character = chr(code)
        if _HAN.match(character):
            kinds[code] = _ALONE
        elif character.isalnum() or character == "_":
            kinds[code] = _IN_WORD
        if character.isdecimal() or character in _SIGNS:
            kinds[code] |= _FIGURE
    return kinds


# ---- sentences ------------------------------------------------------------------------------------------------------


def _units(reading: _Reading, hits: _Hits, stretches: Sequence[tuple[int, int]], entries: Sequence[Sequence[tuple[int, int]]]) -> _Units:
    """The units of stretches, with the entries of reference lists that stand in each."""
    units = _Units(reading, hits, [], {})
    for (start, end), some in zip(stretches, entries, strict=True):
        position = start
        for entry_start, entry_end in some:
            units.bounds.extend(_sentences(reading, hits, position, entry_start))
            n_tokens = reading.n_tokens(entry_start, entry_end)
            units.read[len(units.bounds)] = _Unit(entry_start, entry_end, n_tokens, "references", _ENOUGH)
            units.bounds.append((entry_start, entry_end))
            position = entry_end
        units.bounds.extend(_sentences(reading, hits, position, end))
    return units


def _sentences(reading: _Reading, hits: _Hits, start: int, end: int) -> Iterator[tuple[int, int]]:
    breaks = {start, end, *(match.end() for match in _SENTENCE_END.finditer(reading.text, start, end))}
    breaks.update(hit.start for hit in hits.within(start, end) if hit.cue.is_label or _is_set_apart(reading.lower, hit))
    return pairwise(sorted(breaks))


def _is_set_apart(lower: str, hit: _Hit) -> bool:
    """Whether a certain cue stands behind a blank, which Chinese writes between parts of a line that lost its ends ("疏导 扫码领取")."""
    return hit.cue.weight >= _CERTAIN and lower[hit.start - 1 : hit.start].isspace() and _HAN.match(hit.cue.phrase) is not None


def _line_kind(words: str) -> Kind | None:
    return _phrases().lines.get(words.strip(_LINE_MARKS)) if len(words) <= _MAX_LINE_CHARS else None


def _unit(reading: _Reading, start: int, end: int, hits: Sequence[_Hit]) -> _Unit:
    """What a sentence is, by the cues in it and by what it speaks of beside them."""
    words = reading.lower[start:end]
    start += len(words) - len(words.lstrip())
    words = words.strip()
    end = start + len(words)
    links = [match.span() for match in _URL.finditer(words)] if "http" in words or "www." in words or "](" in words else []
    n_tokens = reading.n_tokens(start, end) - sum(reading.n_tokens(start + first, start + last) for first, last in links)
    kind = _line_kind(words)
    if kind is not None:
        return _Unit(start, end, n_tokens, kind, _ENOUGH)
    # The words of a cue say nothing themselves ("Adverse events should be reported to"); those of an address may name a trial.
    aside = [*((hit.start - start, hit.end - start) for hit in hits if hit.cue.weight >= _ENOUGH), *links]
    beside = _beside(aside, words) if aside else words
    n_subjects = _n_subjects(beside, code_points(beside) if aside else reading.codes[start:end])
    has_figures = reading.has_figures(start, end)
    if n_subjects is None or reading.names_registration(start, end) or (has_figures and _STATISTIC.search(beside)):
        return _Unit(start, end, n_tokens, None, is_content=True)
    kind, strength = _kind_by_score(dict.fromkeys(hit.cue for hit in hits), n_tokens, n_subjects) if n_tokens else (None, 0)
    if kind is not None:
        return _Unit(start, end, n_tokens, kind, strength)
    has_number = has_figures and _NUMBER.search(_DATE.sub("", beside)) is not None and not _ENUMERATOR.fullmatch(beside)
    is_unknown = n_tokens > _MAX_UNKNOWN_TOKENS and not hits
    return _Unit(start, end, n_tokens, None, is_content=n_subjects > 0 or has_number or is_unknown)


def _beside(spans: Sequence[tuple[int, int]], words: str) -> str:
    """What stands beside spans, which may overlap."""
    position = 0
    parts: list[str] = []
    for start, end in sorted(spans):
        parts.append(words[position:start])
        position = max(position, end)
    return " ".join([*parts, words[position:]])


def _n_subjects(words: str, codes: NDArray[np.uint16]) -> int | None:
    """How many different words of medicine a text holds, of those that begin at one place the first in the data file; None when it says
    something of a trial.
    """
    phrases = _phrases()
    found: list[str] = []
    first = last = 0
    first_listed = -1
    for start, end, number in phrase_places(phrases.content, codes):
        if number in phrases.of_trials:
            return None
        if first < start < last or (found and start == first and number > first_listed):
            continue
        if found and start == first:
            found.pop()
        first, last, first_listed = start, end, number
        found.append(words[start:end])
    return len(set(found))


def _kind_by_score(cues: Collection[_Cue], n_tokens: int, n_subjects: int) -> tuple[Kind | None, int]:
    """The kind that the label says or that has most of the score, and how strong it is, when the score answers for so many words and so
    many of medicine.
    """
    scores: dict[Kind, int] = {}
    label: Kind | None = None
    sure = strength = 0
    for cue in cues:
        scores[cue.kind] = scores.get(cue.kind, 0) + cue.weight
        strength = max(strength, cue.weight)
        if cue.weight >= _ENOUGH:
            sure += cue.weight
        if cue.is_label and label is None:
            label = cue.kind
    score = sum(scores.values())
    if score < max(_ENOUGH, min(_MOST_NEEDED, n_tokens / _TOKENS_PER_POINT)):
        return None, 0
    kind = label or max(scores, key=scores.__getitem__)
    if strength >= _CERTAIN and n_subjects <= _MAX_SUBJECTS and sure - n_subjects / _SUBJECTS_PER_POINT >= _ENOUGH:
        # A certain cue bears words of medicine beside it: "does not replace what your physician says on your treatment".
        return kind, _CERTAIN
    if strength >= _ENOUGH and sure - n_subjects >= _ENOUGH:
        return kind, _ENOUGH
    return (kind, _LEANING) if score >= _ENOUGH * n_subjects else (None, 0)


# ---- entries of reference lists -------------------------------------------------------------------------------------


def _entries(reading: _Reading, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Entries in a stretch: numbered ones anywhere, others with authors at the begin of a line."""
    stretch = reading.text[start:end]
    starts = {0, *(match.start() for match in _NUMBERED.finditer(stretch)), *(match.end() for match in _LINE_START.finditer(stretch))}
    for first, last in pairwise([*sorted(starts), len(stretch)]):
        length = _entry_length(stretch[first:last], is_last=last == len(stretch))
        if length:
            words = stretch[first : first + length]
            yield start + first + len(words) - len(words.lstrip()), start + first + len(words.rstrip())


def _entry_length(words: str, *, is_last: bool) -> int:
    """How much of what stands from the begin of an entry to the next belongs to it; 0 when it is none."""
    numbering = _NUMBERING.match(words)
    begin = numbering.end() if numbering else 0
    has_authors = _has_authors(words, begin)
    if numbering is None and not has_authors:
        return 0
    locators = list(_LOCATOR.finditer(words, 0, _MAX_ENTRY_CHARS))
    if not locators:
        return 0
    is_strong = any(locator["weak"] is None for locator in locators)
    end = locators[-1].end()
    lower = words.lower()
    phrases = _phrases()
    codes = code_points(lower)
    # Titles of cited trials use the words of trials; values they hold seldom.
    if any(last <= end for _, last, _ in phrase_places(phrases.registry, codes)) or _STATISTIC.search(lower, 0, end):
        return 0
    content = phrase_places(phrases.content, codes)
    has_short_tail = len(words) - end <= (_MAX_LAST_TAIL_CHARS if is_last else _MAX_ENTRY_TAIL_CHARS)
    for first, _, number in content:
        is_of_trial = number in phrases.of_trials
        has_short_tail = has_short_tail and not (first >= (end if has_authors else 0) if is_of_trial else is_last and first >= end)
    if numbering is None or not is_strong:
        is_entry = has_authors and (is_strong or (numbering is not None and has_short_tail))
        is_link = numbering is not None and has_short_tail and locators[0].start() <= _MAX_LINK_CHARS
        if not is_entry and not is_link:
            return 0
    return len(words) if has_short_tail else end


def _has_authors(words: str, begin: int) -> bool:
    if _AUTHOR.match(words, begin):
        return True
    head = words[begin : begin + _MAX_AUTHORS_CHARS]
    may_go_on = "et al" in head or "etal" in head or "等" in head
    return may_go_on and head[0].isupper() and _MORE_AUTHORS.search(head) is not None


# ---- the data -------------------------------------------------------------------------------------------------------


@cache
def _phrases() -> _Phrases:
    """The data file. Raises ValueError for a kind or a place that is none."""
    content: dict[tuple[str, str], list[str]] = {(kind, place): [] for kind in _CONTENT_KINDS for place in ("any", "number")}
    cues: list[_Cue] = []
    lines: dict[str, Kind] = {}
    for row in read_rows(_CUES_PATH):
        kind, place = row["kind"], row["place"]
        phrases = row["cues"].split("|")
        if kind in _CONTENT_KINDS:
            content[kind, place] += phrases
        elif kind not in get_args(Kind) or place not in ("any", "label", "line"):
            raise ValueError(f"{_CUES_PATH.name}: kind {kind!r} and place {place!r}")
        elif place == "line":
            lines |= dict.fromkeys(phrases, cast("Kind", kind))
        else:
            weight, is_label = int(row["weight"]), place == "label"
            is_seed = is_label or weight >= _CERTAIN
            cues += [_Cue(phrase + ":" * is_label, cast("Kind", kind), weight, is_label, is_seed) for phrase in phrases]
    # What begins inside a word ("*therapy") comes after what it may begin with ("therap*").
    words = [*content["trial", "any"], *sorted(content["subject", "any"], key=lambda phrase: phrase.startswith("*"))]
    return _Phrases(
        seeds=phrase_tree(
            [*(cue.phrase for cue in cues if cue.is_seed), *(f"*{letter}{ending})*" for letter in _TONED for ending in _ENDS_OF_PINYIN)]
        ),
        hints=phrase_tree([f"*{hint}*" for hint in _CITATION_HINTS]),
        cues=phrase_tree([cue.phrase for cue in cues]),
        cue_of=cues,
        registry=phrase_tree(content["registry", "any"]),
        content=phrase_tree(words, behind_numbers=[*content["trial", "number"], *content["subject", "number"]]),
        of_trials=frozenset(range(len(content["trial", "any"])))
        | frozenset(range(len(words), len(words) + len(content["trial", "number"]))),
        lines=lines,
    )
