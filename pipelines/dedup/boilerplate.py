"""Boilerplate: what stands around articles and says nothing of a trial (disclaimers, copyright notices, menus, contacts, reference lists).

Belongs here: telling whether a stretch of text is nothing but boilerplate, and where in a document such stretches stand. Not here:
which stretches repeat and what is cut. The phrases are data (`data/boilerplate.tsv`); here is how they are weighed.

A text is read sentence by sentence. Cues of boilerplate add up to a sentence's score. A value with a unit, the id of a register or a
phrase that only a report of a trial uses makes it content whatever else it holds; other words of medicine ask for a higher score. What
has neither cues nor such words nor numbers ("Thank you.") is neutral: it goes with the boilerplate around it. In doubt it is content.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, cast, get_args

from pipelines.vocab.data_files import read_rows

Kind = Literal[
    "disclaimer", "copyright", "navigation", "invitation", "contact", "credits", "about", "disclosure", "forward_looking", "references"
]
"""Kinds of boilerplate. `invitation`: to follow, subscribe, scan or download; `credits`: who wrote, edited and approved, and where it stood
first; `about`: a company or a site on itself; `disclosure`: the interests of authors."""

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
_MAX_SHORT_CHARS = 120

_HAN = re.compile("[\u3400-\u9fff]")
_WORD = re.compile("[a-zà-öø-ÿ]+")
_TOKEN = re.compile("[\u3400-\u9fff]|[^\\W\u3400-\u9fff]+")
_PLAIN = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x2019: 0x27}
"""Full-width characters, the ideographic space and the apostrophe."""
_PINYIN = re.compile(r"(?<=\w)[(（](?=[a-zü]{0,5}[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ])[a-züāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ]{1,6}[)）]")
"""A note that a machine left behind a character ("發(fā)布"); the tone mark tells it from an abbreviation ("總生存(os)")."""
_MARKUP = re.compile(
    r"</?(?P<block>p|br|div|h[1-6]|hr|li|ol|section|table|td|th|tr|ul)\b[^<>]*>|<[a-zA-Z/!][^<>]*>|&(?:[a-zA-Z]{2,8}|#\d{1,6}|#x[0-9a-fA-F]{1,5});"
)
_SENTENCE_END = re.compile(
    r"(?<!\.[A-Z])[.!?…][\"'”’)\]*_]*(?=\s+[^\sa-z]|[A-Z][a-z])|。[”’」』\")]*|[!?;](?=[^\x00-\x7f])|\[\s{0,8}(?:…|\.\.\.)?\s{0,8}\]|\n(?![a-z])"
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
_ENUMERATOR = re.compile(r"\W*\d{1,3}\W*")
_STATISTIC = re.compile(r"(?<![a-z])(?:[pn]\W{0,3}[<>=≤≥]|(?:hr|rr|or|md|smd|ci)\s?[=:,]?\s?\(?\d+[.·]\d)")

# ---- entries of reference lists ----
_ENTRY_START = re.compile(
    r"(?:^|(?<=[\s.。;:：\])]))(?:\[\d{1,3}\]|\(\d{1,3}\)|\d{1,3}[.、．)])\s*(?=[^\W\d]|[\"“\[])|^(?=\S)", re.MULTILINE
)
_CITATION_HINTS = ("et al", "etal", "[j]", "doi", "http", "pmid", "pubmed", "等")
_LOCATOR = re.compile(
    r"(?:19|20)\d\d(?:\s[A-Z][a-z]{2}(?:\s\d{1,2})?)?\s?[;:]\s?[A-Z]?\d{1,4}(?:\s?\([^()]{1,24}\))?(?:\s?:\s?[a-zA-Z]?\d[\w.–-]*)?(?::\d+)?"
    r"|\d{1,4}\s?(?:\([^()]{1,24}\)\s?){1,2}:\s?[a-zA-Z]{0,2}-?[a-zA-Z]{0,3}\d[\w–-]*(?:,\s?\w{1,6})?(?:[,;]\s?(?:19|20)\d\d)?"
    r"|\d{1,4}\s?:\s?(?:[a-zA-Z]?\d{1,6}[–-]\d{1,6})?,\s?(?:19|20)\d\d"
    r"|\d{1,4},\s?[a-zA-Z]?\d{1,6}[–-]\d{1,6}\s?\((?:19|20)\d\d\)"
    r"|\[(?:[JMSDCRNP]|(?:J|EB|DB)/OL)\]"
    r"|(?:doi|DOI)\s?:?\s?(?:https?://doi\.org/)?10\.\d{4,6}/[^\s\])]+|PMID\s?:?\s?\d{6,8}|Version \d\.(?:19|20)\d\d"
    r"|(?P<weak>https?://\S*|\((?:19|20)\d\d\)|\b(?:ASCO|ESMO|AACR|ASH|EHA|WCLC|SABCS|ELCC|CSCO|EASL|AASLD)\b[^.\n]{0,24}?(?:19|20)\d\d)"
)
"""Where a cited text stands: year, volume and pages in the usual orders, a Chinese type mark, a DOI. Weak are those that stand in prose
too: an address, a year, a congress."""
_NUMBERING = re.compile(r"(?:\[\d{1,3}\]|\(\d{1,3}\)|\d{1,3}[.、．)])\s*")
_AUTHOR = re.compile(
    r"(?:[A-Za-z][a-z]{1,4} ){0,2}[^\W\d_][\w'’-]*,? (?:[A-Z]\.?[ -]?){1,4}(?:[,;:.&]|and\b|et ?al\b)"
    r"|[\u4e00-\u9fff]{2,4}[,，、]\s?[\u4e00-\u9fff]{2,4}[,，、.．]"
)
_MORE_AUTHORS = re.compile(r"\bet ?al\b|etal|[,，]\s?等")


@dataclass(frozen=True, slots=True)
class _Cue:
    phrase: str
    kind: Kind
    weight: int
    is_label: bool
    is_stem: bool
    """Ends wherever the phrase ends, also inside a word."""
    words: frozenset[str]
    """Whole Latin words of the phrase."""


@dataclass(frozen=True, slots=True)
class _Hit:
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
class _Index:
    """Cues by what every text with them holds, a Latin word or a pair of characters; `anywhere` are those with neither."""

    by_word: dict[str, list[_Cue]]
    by_pair: dict[tuple[str, str], list[_Cue]]
    anywhere: list[_Cue]


@dataclass(frozen=True, slots=True)
class _Cues:
    """The data: cues that are certain or labels, other cues, names of whole lines, and phrases that say something."""

    seeds: _Index
    others: _Index
    lines: dict[str, Kind]
    trial: re.Pattern[str]
    registry: re.Pattern[str]
    subject: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Reading:
    """A text with width, script, pinyin notes and markup folded; `lower` is `text` in lower case.

    `places`: where in the given text each character stood, when notes were taken out.
    """

    text: str
    lower: str
    places: list[int] | None

    def place(self, position: int, *, is_end: bool = False) -> int:
        """The offset in the given text."""
        if self.places is None or not self.places:
            return position
        return self.places[position - 1] + 1 if is_end and position else self.places[position]

    def position(self, place: int) -> int:
        return place if self.places is None else bisect_left(self.places, place)


@dataclass(frozen=True, slots=True)
class _Unit:
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


def says_nothing(text: str) -> Kind | None:
    """The kind of a stretch that is boilerplate throughout, with several kinds that of most words; None when it may say something.

    Takes one to many sentences, with or without line breaks, in English and in Chinese of either script. The first and the last may be
    cut; what is left of them is read like a sentence unless it is but a word or two. A reference list says nothing of its own article's
    trial.
    """
    reading = _read(text)
    n_tokens: Counter[Kind] = Counter()
    n_all = n_neutral = strongest = 0
    for unit in _units(reading, 0, len(reading.text), _hits(reading.lower), has_entries=_may_cite(reading.lower)):
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


def boilerplate_spans(text: str, paragraphs: Sequence[tuple[int, int]]) -> list[tuple[int, int, Kind]]:
    """Stretches of whole sentences that are boilerplate for certain although seen only once: (start, end, kind), ascending and apart.

    `paragraphs` are the ascending spans of `text` to look at; all offsets are code points. A span may reach over several of them. Beside
    a certain sentence the less certain ones count too, and neutral ones between two.
    """
    reading = _read(text)
    has_entries = _may_cite(reading.lower)
    seeds = _hits(reading.lower, is_only_seeds=True)
    if not seeds.hits and not has_entries:
        return []
    positions = [(reading.position(start), reading.position(end)) for start, end in paragraphs]
    spans: list[tuple[int, int, Kind]] = []
    run: list[_Unit] = []
    n_between = 0
    for unit in _units_near(reading, positions, seeds, has_entries=has_entries):
        n_between = n_between + unit.n_tokens if unit.strength < _ENOUGH else 0
        if unit.is_content or n_between > _MAX_NEUTRAL_TOKENS:
            spans += _merged(run)
            run = []
        elif unit.strength >= _ENOUGH:
            run.append(unit)
    spans += _merged(run)
    return [(reading.place(start), reading.place(end, is_end=True), kind) for start, end, kind in spans]


def _is_remnant(reading: _Reading, unit: _Unit) -> bool:
    """Whether a unit is the last word or two of a sentence that begins before the text, or the first of one that ends behind it."""
    if unit.n_tokens > _MAX_REMNANT_TOKENS or unit.kind is not None:
        return False
    words = reading.lower[unit.start : unit.end]
    is_at_end = unit.start == 0 or unit.end == len(reading.lower)
    return is_at_end and not _NUMBER.search(words) and not _cues().trial.search(words) and not _cues().registry.search(words)


def _merged(run: Sequence[_Unit]) -> Iterator[tuple[int, int, Kind]]:
    """One span for each kind in a row, if a sentence of the run is certain, or several are citations or credits."""
    n_in_lists = sum(unit.kind in ("references", "credits") for unit in run)
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
    lower = folded.lower()
    if len(lower) != len(folded):
        # "İ" is two characters in lower case.
        lower = "".join(small if len(small := character.lower()) == 1 else character for character in folded)
    return _Reading(folded, lower, places)


def _folded(text: str) -> tuple[str, list[int] | None]:
    """Plain width and simplified script, without pinyin notes, and the places of the characters that are left if there were any."""
    if not _HAN.search(text):
        return text.replace("’", "'"), None
    notes = [match.span() for match in _PINYIN.finditer(text)]
    places: list[int] | None = None
    if notes:
        kept = [range(before[1], after[0]) for before, after in pairwise([(0, 0), *notes, (len(text), len(text))])]
        text = "".join(text[part.start : part.stop] for part in kept)
        places = [place for part in kept for place in part]
    return text.translate(_plain_forms()), places


def _may_cite(lower: str) -> bool:
    return any(hint in lower for hint in _CITATION_HINTS)


def _hits(lower: str, *, is_only_seeds: bool = False) -> _Hits:
    """All cues in a text, or those that are certain or labels, in order; of those that overlap, the first and longest."""
    cues = _cues()
    words = set(_WORD.findall(lower))
    pairs = set(pairwise(lower)) if _HAN.search(lower) else set[tuple[str, str]]()
    found: list[_Hit] = []
    for index in (cues.seeds,) if is_only_seeds else (cues.seeds, cues.others):
        for cue in _candidates(index, words, pairs):
            start = lower.find(cue.phrase)
            while start >= 0:
                end = start + len(cue.phrase)
                if _stands_alone(lower, start, end, is_stem=cue.is_stem) and (not cue.is_label or _opens(lower, start, cue)):
                    found.append(_Hit(start, end, cue))
                start = lower.find(cue.phrase, end)
    found.sort(key=lambda hit: (hit.start, -hit.end, -hit.cue.weight))
    apart: list[_Hit] = []
    for hit in found:
        if not apart or hit.start >= apart[-1].end:
            apart.append(hit)
    return _Hits(apart, [hit.start for hit in apart])


def _candidates(index: _Index, words: Set[str], pairs: Set[tuple[str, str]]) -> Iterator[_Cue]:
    """The cues that a text with these words and pairs of characters may hold."""
    for word in index.by_word.keys() & words:
        for cue in index.by_word[word]:
            if cue.words <= words:
                yield cue
    for pair in index.by_pair.keys() & pairs:
        yield from index.by_pair[pair]
    yield from index.anywhere


def _stands_alone(lower: str, start: int, end: int, *, is_stem: bool) -> bool:
    """Whether a Latin phrase begins and ends where words do; Chinese marks no words."""
    if start and _is_latin(lower[start]) and _is_latin(lower[start - 1]):
        return False
    return is_stem or end == len(lower) or not (_is_latin(lower[end - 1]) and _is_latin(lower[end]))


def _is_latin(character: str) -> bool:
    return character < "\u0250" and character.isalnum()


def _opens(lower: str, start: int, cue: _Cue) -> bool:
    """Whether a label begins something: "来源:" does not in "数据来源:"; a certain one may be glued to what stands before it."""
    return cue.weight >= _CERTAIN or _OPENING.search(lower, max(0, start - 8), start) is not None


# ---- sentences ------------------------------------------------------------------------------------------------------


def _units_near(reading: _Reading, paragraphs: Sequence[tuple[int, int]], seeds: _Hits, *, has_entries: bool) -> Iterator[_Unit]:
    """The units of paragraphs with such a cue or an entry of a reference list, and of short ones and those with cues beside them.

    Any other paragraph is one unit of content, unread.
    """
    is_near = [bool(seeds.within(*span)) or (has_entries and any(_entries(reading, *span))) for span in paragraphs]
    if not any(is_near):
        return
    hits = _hits(reading.lower)
    may_be = [
        end - start <= _MAX_SHORT_CHARS or any(hit.cue.weight >= _ENOUGH for hit in hits.within(start, end)) for start, end in paragraphs
    ]
    for order in (range(1, len(paragraphs)), range(len(paragraphs) - 2, -1, -1)):
        for i in order:
            is_near[i] = is_near[i] or (may_be[i] and is_near[i - order.step])
    for (start, end), is_read in zip(paragraphs, is_near, strict=True):
        if is_read:
            yield from _units(reading, start, end, hits, has_entries=has_entries)
        else:
            yield _Unit(start, end, 0, None, is_content=True)


def _units(reading: _Reading, start: int, end: int, hits: _Hits, *, has_entries: bool) -> Iterator[_Unit]:
    """The units of a stretch in order, each read when it is asked for."""
    position = start
    entries = list(_entries(reading, start, end)) if has_entries else []
    for entry_start, entry_end in [*entries, (end, end)]:
        breaks = {match.end() for match in _SENTENCE_END.finditer(reading.text, position, entry_start)}
        breaks.update(hit.start for hit in hits.within(position, entry_start) if hit.cue.is_label or _is_set_apart(reading.lower, hit))
        for unit_start, unit_end in pairwise(sorted(breaks | {position, entry_start})):
            first, last = _stripped(reading.text, unit_start, unit_end)
            unit = _unit(reading, first, last, hits.within(first, last))
            if unit.n_tokens or unit.is_content:
                yield unit
        if entry_start < entry_end:
            yield _Unit(entry_start, entry_end, _n_tokens(reading.text[entry_start:entry_end]), "references", _ENOUGH)
        position = entry_end


def _is_set_apart(lower: str, hit: _Hit) -> bool:
    """Whether a certain cue stands behind a blank, which Chinese writes between parts of a line that lost its ends ("疏导 扫码领取")."""
    return hit.cue.weight >= _CERTAIN and lower[hit.start - 1 : hit.start].isspace() and _HAN.match(hit.cue.phrase) is not None


def _n_tokens(words: str) -> int:
    return len(_TOKEN.findall(words))


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    words = text[start:end]
    return start + len(words) - len(words.lstrip()), end - len(words) + len(words.rstrip())


def _line_kind(words: str) -> Kind | None:
    return _cues().lines.get(words.strip(_LINE_MARKS)) if len(words) <= _MAX_LINE_CHARS else None


def _unit(reading: _Reading, start: int, end: int, hits: Sequence[_Hit]) -> _Unit:
    """What a sentence is, by the cues in it and by what it speaks of beside them."""
    words = reading.lower[start:end]
    prose = _URL.sub(lambda match: " " * len(match[0]), words)
    n_tokens = _n_tokens(prose)
    kind = _line_kind(words)
    if kind is not None:
        return _Unit(start, end, n_tokens, kind, _ENOUGH)
    # The words of a cue say nothing themselves ("Adverse events should be reported to"); those of an address may name a trial.
    prose = _beside([(hit.start - start, hit.end - start) for hit in hits if hit.cue.weight >= _ENOUGH], prose)
    cues = _cues()
    if cues.registry.search(words) or cues.trial.search(prose) or _STATISTIC.search(prose):
        return _Unit(start, end, n_tokens, None, is_content=True)
    n_subjects = len(set(cues.subject.findall(prose)))
    kind, strength = _kind_by_score(dict.fromkeys(hit.cue for hit in hits), n_tokens, n_subjects)
    if kind is not None:
        return _Unit(start, end, n_tokens, kind, strength)
    has_number = _NUMBER.search(_DATE.sub("", prose)) is not None and not _ENUMERATOR.fullmatch(prose)
    is_unknown = n_tokens > _MAX_UNKNOWN_TOKENS and not hits
    return _Unit(start, end, n_tokens, None, is_content=n_subjects > 0 or has_number or is_unknown)


def _beside(spans: Sequence[tuple[int, int]], words: str) -> str:
    """What stands beside the spans."""
    return " ".join(words[before[1] : after[0]] for before, after in pairwise([(0, 0), *spans, (len(words), len(words))]))


def _kind_by_score(cues: Collection[_Cue], n_tokens: int, n_subjects: int) -> tuple[Kind | None, int]:
    """The kind that the label says or that has most of the score, and how strong it is, when the score answers for so many words and so
    many of medicine.
    """
    scores: Counter[Kind] = Counter()
    for cue in cues:
        scores[cue.kind] += cue.weight
    score = scores.total()
    if score < max(_ENOUGH, min(_MOST_NEEDED, n_tokens / _TOKENS_PER_POINT)):
        return None, 0
    labels: list[Kind] = [cue.kind for cue in cues if cue.is_label]
    kind = labels[0] if labels else scores.most_common(1)[0][0]
    strength = max(cue.weight for cue in cues)
    sure = sum(cue.weight for cue in cues if cue.weight >= _ENOUGH)
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
    if not _LOCATOR.search(stretch):
        return
    starts = [match.start() for match in _ENTRY_START.finditer(stretch)]
    for first, last in pairwise([*starts, len(stretch)]):
        length = _entry_length(stretch[first:last], is_last=last == len(stretch))
        if length:
            yield _stripped(reading.text, start + first, start + first + length)


def _entry_length(words: str, *, is_last: bool) -> int:
    """How much of what stands from the begin of an entry to the next belongs to it; 0 when it is none."""
    locators = list(_LOCATOR.finditer(words, 0, _MAX_ENTRY_CHARS))
    if not locators:
        return 0
    numbering = _NUMBERING.match(words)
    begin = numbering.end() if numbering else 0
    is_strong = any(locator["weak"] is None for locator in locators)
    has_authors = _AUTHOR.match(words, begin) is not None or (
        words[begin].isupper() and _MORE_AUTHORS.search(words, begin, begin + _MAX_AUTHORS_CHARS) is not None
    )
    end = locators[-1].end()
    lower = words.lower()
    cues = _cues()
    # Titles of cited trials use the words of trials; values they hold seldom.
    if cues.registry.search(lower, 0, end) or _STATISTIC.search(lower, 0, end):
        return 0
    has_short_tail = len(words) - end <= (_MAX_LAST_TAIL_CHARS if is_last else _MAX_ENTRY_TAIL_CHARS)
    has_short_tail = has_short_tail and not cues.trial.search(lower, end if has_authors else 0)
    has_short_tail = has_short_tail and not (is_last and cues.subject.search(lower, end))
    if numbering is None or not is_strong:
        is_entry = has_authors and (is_strong or (numbering is not None and has_short_tail))
        is_link = numbering is not None and has_short_tail and locators[0].start() <= _MAX_LINK_CHARS
        if not is_entry and not is_link:
            return 0
    return len(words) if has_short_tail else end


# ---- the data -------------------------------------------------------------------------------------------------------


@cache
def _cues() -> _Cues:
    """The data file. Raises ValueError for a kind or a place that is none."""
    content: dict[tuple[str, str], list[str]] = {}
    cues: list[_Cue] = []
    lines: dict[str, Kind] = {}
    for row in read_rows(_CUES_PATH):
        kind, place = row["kind"], row["place"]
        phrases = row["cues"].split("|")
        if kind in _CONTENT_KINDS:
            content.setdefault((kind, place), []).extend(phrases)
        elif kind not in get_args(Kind) or place not in ("any", "label", "line"):
            raise ValueError(f"{_CUES_PATH.name}: kind {kind!r} and place {place!r}")
        elif place == "line":
            lines |= dict.fromkeys(phrases, cast("Kind", kind))
        else:
            cues += [_cue(phrase, cast("Kind", kind), int(row["weight"]), is_label=place == "label") for phrase in phrases]
    patterns = [_pattern(content[kind, "any"], content.get((kind, "number"), [])) for kind in _CONTENT_KINDS]
    seeds, others = _Index({}, {}, []), _Index({}, {}, [])
    for cue in cues:
        _add(seeds if cue.weight >= _CERTAIN or cue.is_label else others, cue)
    return _Cues(seeds, others, lines, *patterns)


def _cue(phrase: str, kind: Kind, weight: int, *, is_label: bool) -> _Cue:
    is_stem = phrase.endswith("*")
    words = _WORD.findall(phrase)
    return _Cue(phrase.removesuffix("*") + ":" * is_label, kind, weight, is_label, is_stem, frozenset(words[:-1] if is_stem else words))


def _add(index: _Index, cue: _Cue) -> None:
    """Put a cue where it is found by its longest whole word, or by its first two characters if it is Chinese."""
    if cue.words:
        index.by_word.setdefault(max(cue.words, key=lambda word: (len(word), word)), []).append(cue)
    elif _HAN.match(cue.phrase) and len(cue.phrase) > 1:
        index.by_pair.setdefault((cue.phrase[0], cue.phrase[1]), []).append(cue)
    else:
        index.anywhere.append(cue)


def _pattern(phrases: Iterable[str], units: Iterable[str]) -> re.Pattern[str]:
    """Finds any of the phrases, and any of the units after a number.

    Alternatives stand by their first letter: where they begin with an assertion instead, each would be tried at every character.
    """
    by_letter: dict[str, list[str]] = {}
    for phrase in phrases:
        if not phrase.startswith("*"):
            by_letter.setdefault(phrase[0], []).append(_escaped(phrase)[len(re.escape(phrase[0])) :])
    grouped = {first: f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in by_letter.items()}
    parts = [
        "(?<![a-z])(?:" + "|".join(group for first, group in grouped.items() if first.isascii()) + ")",
        *(group for first, group in grouped.items() if not first.isascii()),
        *(_escaped(phrase[1:]) for phrase in phrases if phrase.startswith("*")),
    ]
    if units:
        parts.append(rf"\d\s?(?:{'|'.join(map(_escaped, units))})")
    return re.compile("|".join(parts))


def _escaped(phrase: str) -> str:
    is_word = phrase[-1].isascii() and phrase[-1].isalpha()
    return re.escape(phrase.removesuffix("*")) + (r"(?![a-z])" if is_word else "")


@cache
def _plain_forms() -> dict[int, str]:
    """What each character of another width or of the traditional script is read as."""
    # Imported here because it is needed once per process that reads Chinese.
    from opencc import OpenCC  # noqa: PLC0415

    han = [chr(code) for code in range(0x3400, 0xA000)]
    # A line each, so that no two characters are taken for a word.
    simplified = OpenCC("t2s").convert("\n".join(han)).split("\n")
    changed = {ord(old): new for old, new in zip(han, simplified, strict=True) if old != new and len(new) == 1}
    return {code: chr(plain) for code, plain in _PLAIN.items()} | changed
