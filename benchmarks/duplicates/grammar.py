"""Words and sentences of the benchmark's articles: composing a draft, and putting names and numbers into it.

Belongs here: the grammar files, the vocabulary generated around them, drafts of articles, blocks of boilerplate. Not here: which
documents a corpus is made of and what is true of them (`corpus.py`).

An article is drafted as slots first and given words afterwards, so that a text that differs in its names or its numbers only can be made
from the same draft. A word is what stands between blanks (Chinese: a word of 1–4 characters), with its punctuation.
"""

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

LITERAL, NOUN, PLURAL, ADJECTIVE, VERB, ADVERB, INT, DEC, PCT, RANGE, P_VALUE, YEAR, UNIT, TIME = range(14)
SLOTS = {name: slot for slot, name in enumerate(("", "N", "NS", "J", "V", "A", "INT", "DEC", "PCT", "RANGE", "PV", "YEAR", "UNIT", "TIME"))}
NUMBERS = (INT, DEC, PCT, RANGE, P_VALUE, YEAR)
NAMES = ("DRUG", "COMP", "COND", "ORGAN", "TARGET", "CODE", "TRIAL", "ACRO", "SPONSOR", "PLACE", "PERSON", "REGIMEN")
"""What identifies a study, one word each; slot `FIRST_NAME + i` is `NAMES[i]`."""
FIRST_NAME = 14
_PATTERNS = ("titles", "headings", "openings", "registrations", "clinical", "clauses", "joints")
BLOCK_KINDS = ("disclaimer", "copyright", "navigation", "contact")

_DRAWS = 1 << 16
"""Words of a class are drawn from a table of so many entries, in which each stands as often as it is frequent."""
_ZIPF = 1.05
_N_PHRASES = 3_000
_CLINICAL_SHARE = {"en": 0.17, "zh": 0.31}
"""Share of sentences that report figures, fitted so that 8% of the tokens are numbers."""
_LEAST_CLINICAL = 3
"""So many an article has at least, so that there are numbers by which another can differ."""
_JOINED_SHARE, _PHRASE_SHARE = 0.45, 0.3
"""Of the other sentences: two clauses, or a clause and a stock phrase; the rest are one clause."""
_MEAN_SENTENCE = {"en": 15.5, "zh": 13.0}
_BYTES_PER_WORD = {"en": 6.9, "zh": 6.2}

_CLASSES = {"nouns": NOUN, "adjectives": ADJECTIVE, "verbs": VERB, "adverbs": ADVERB}
_MADE_WORDS = {NOUN: 12_000, ADJECTIVE: 6_000, VERB: 4_000, ADVERB: 800}
_CHINESE_LENGTHS = (0.08, 0.62, 0.2, 0.1)
"""Shares of words of one to four characters."""
_ACCENTED_SHARE = 0.04
_ACCENTS = str.maketrans({"a": "á", "e": "é", "o": "ö", "u": "ü", "i": "ï"})


@dataclass(frozen=True)
class Draft:
    """An article before it has words: per word its slot, what was drawn for it and its punctuation; where paragraphs start, title first."""

    language: str
    slots: NDArray[np.uint8]
    draws: NDArray[np.int64]
    marks: NDArray[np.int64]
    starts: list[int]

    @property
    def number_places(self) -> NDArray[np.int64]:
        return np.flatnonzero(np.isin(self.slots, NUMBERS))


@dataclass(frozen=True)
class Grammar:
    """Sentence patterns and vocabulary of one language, made from a seed.

    A pattern is an array of words, each packed into one integer: slot, marks before and after it, number of the literal.
    """

    language: str
    titles: list[NDArray[np.int64]]
    headings: list[NDArray[np.int64]]
    openings: list[NDArray[np.int64]]
    registrations: list[NDArray[np.int64]]
    clinical: list[NDArray[np.int64]]
    clauses: list[NDArray[np.int64]]
    joints: list[NDArray[np.int64]]
    phrases: list[NDArray[np.int64]]
    tables: NDArray[np.object_]
    names: dict[str, list[str]]
    punctuation: list[str]
    blocks: dict[str, list[str]]

    @property
    def stop(self) -> str:
        return "." if self.language == "en" else "。"


# --- reading the grammar and making up a vocabulary ---------------------------------------------------------------------


@cache
def grammar(language: str, seed: int) -> Grammar:
    """The grammar of "en" or "zh" with the vocabulary of a seed."""
    sections = _sections(language)
    rng = np.random.default_rng([seed, 1 if language == "zh" else 0])
    words = _vocabulary(language, sections, rng)
    tables = np.full((FIRST_NAME, _DRAWS), "", dtype=object)
    for slot, found in words.items():
        tables[slot] = _by_frequency(found, rng)
    if language == "en":
        tables[PLURAL] = np.array([f"{word}s" for word in tables[NOUN]], dtype=object)
    else:
        tables[PLURAL] = tables[NOUN]
    _number_tables(tables, sections["times"], rng)
    literals: dict[str, int] = {}
    punctuation: dict[str, int] = {"": 0}
    parse = _parser(literals, punctuation)
    patterns = {name: [parse(line.split()) for line in sections[name]] for name in _PATTERNS}
    phrases = [parse(phrase) for phrase in _phrases(language, tables, sections["function words"], rng)]
    tables[LITERAL, : len(literals)] = list(literals)
    return Grammar(
        language=language,
        phrases=phrases,
        tables=tables,
        names=_names(language, sections, rng),
        punctuation=list(punctuation),
        blocks={kind: sections[kind] for kind in BLOCK_KINDS},
        **patterns,
    )


@cache
def _sections(language: str) -> dict[str, list[str]]:
    """The grammar file of a language by section: lines, or words where a section is a list of them."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in Path(__file__).with_name(f"grammar_{language}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            lines = found.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            lines.append(line)
    return {name: lines if name in (*_PATTERNS, *BLOCK_KINDS) else " ".join(lines).split() for name, lines in found.items()}


def _parser(literals: dict[str, int], punctuation: dict[str, int]) -> Callable[[Sequence[str]], NDArray[np.int64]]:
    """Makes patterns of pieces; literals and punctuation are numbered as they are met."""
    slots = {**SLOTS, **{name: FIRST_NAME + i for i, name in enumerate(NAMES)}}

    def parse(pieces: Sequence[str]) -> NDArray[np.int64]:
        words: list[list[int]] = []
        before = ""
        for piece in pieces:
            if piece in ("(", "（"):
                before = piece
            elif words and re.fullmatch(r"[^\w\s]+", piece):
                words[-1][2] = punctuation.setdefault(list(punctuation)[words[-1][2]] + piece, len(punctuation))
            else:
                mark = punctuation.setdefault(before, len(punctuation))
                slot = slots.get(piece, LITERAL)
                word = literals.setdefault(piece, len(literals)) if slot == LITERAL else 0
                words.append([slot, mark, 0, word])
                before = ""
        return np.array([slot | mark << 8 | after << 16 | word << 24 for slot, mark, after, word in words], np.int64)

    return parse


def _vocabulary(language: str, sections: dict[str, list[str]], rng: np.random.Generator) -> dict[int, list[str]]:
    """Words of each open class, the real ones first."""
    words: dict[int, list[str]] = {}
    for name, slot in _CLASSES.items():
        n = _MADE_WORDS[slot]
        made = _english_words(n, sections[f"{name}: endings"], rng) if language == "en" else _chinese_words(n, rng)
        words[slot] = list(dict.fromkeys(sections[name] + made))
    return words


def _english_words(n: int, endings: Sequence[str], rng: np.random.Generator) -> list[str]:
    """One word in 25 has an accent, so that decomposed Unicode makes a difference."""
    syllables = np.array(["", *_sections("en")["syllables"]], dtype=object)
    words: dict[str, None] = {}
    while len(words) < n:
        parts = rng.integers(1, len(syllables), (n, 3))
        # Of one to three syllables: the others are empty.
        parts[np.arange(3) >= rng.integers(1, 4, (n, 1))] = 0
        stems = syllables[parts].sum(axis=1) + np.array(endings, dtype=object)[rng.integers(0, len(endings), n)]
        accented = rng.random(n) < _ACCENTED_SHARE
        words |= dict.fromkeys(word.translate(_ACCENTS) if accent else word for word, accent in zip(stems, accented, strict=True))
    return list(words)[:n]


@cache
def common_characters() -> str:
    """The characters of the first level of GB 2312, which are the common ones, but 乾: it is also the traditional form of another."""
    rows = (bytes([high, low]) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF))
    return "".join(row.decode("gb2312", "ignore") for row in rows).replace("乾", "")


def _chinese_words(n: int, rng: np.random.Generator) -> list[str]:
    """Words of one to four characters, frequent characters in many of them."""
    characters = rng.permutation(list(common_characters())).astype(object)
    words: dict[str, None] = {}
    while len(words) < n:
        parts = characters[np.minimum((rng.pareto(0.8, (n, 4)) * 60).astype(int), len(characters) - 1)]
        parts[np.arange(4) >= rng.choice([1, 2, 3, 4], (n, 1), p=_CHINESE_LENGTHS)] = ""
        words |= dict.fromkeys(parts.sum(axis=1))
    return list(words)[:n]


def _by_frequency(words: Sequence[str], rng: np.random.Generator) -> NDArray[np.object_]:
    """A table to draw from, in which the word of rank r stands in proportion to 1 / (r + 2.7)^1.05."""
    weights = 1 / (np.arange(len(words)) + 3.7) ** _ZIPF
    return np.array(words, dtype=object)[rng.choice(len(words), _DRAWS, p=weights / weights.sum())]


def _number_tables(tables: NDArray[np.object_], times: Sequence[str], rng: np.random.Generator) -> None:
    """Fill the tables of numbers and units. Small numbers are more frequent, as they are in articles."""
    whole = np.maximum(1, np.exp(rng.uniform(0, np.log(900), _DRAWS))).astype(int)
    decimal = np.round(np.exp(rng.uniform(np.log(0.2), np.log(90), _DRAWS)), 1)
    percent = np.round(rng.uniform(0.4, 99.6, _DRAWS), 1)
    low, width = np.round(rng.uniform(0.3, 30, _DRAWS), 2), np.round(rng.uniform(0.2, 9, _DRAWS), 2)
    p_value = rng.integers(1, 990, _DRAWS)
    texts: dict[int, Sequence[str]] = {
        INT: [str(n) for n in whole],
        DEC: [f"{x:.1f}" for x in decimal],
        PCT: [f"{x:.1f}%" if i % 3 else f"{x:.0f}%" for i, x in enumerate(percent)],
        RANGE: [f"{a:.2f}–{a + b:.2f}" if i % 2 else f"{a:.1f}–{a + b:.1f}" for i, (a, b) in enumerate(zip(low, width, strict=True))],
        P_VALUE: [f"P={p / 1000:.3f}" if p > 20 else "P<0.001" for p in p_value],
        YEAR: [str(year) for year in rng.integers(2004, 2027, _DRAWS)],
        UNIT: rng.choice(_sections("en")["units"], _DRAWS).tolist(),
        TIME: rng.choice(times, _DRAWS).tolist(),
    }
    for slot, found in texts.items():
        tables[slot] = np.array(list(found), dtype=object)


def _phrases(language: str, tables: NDArray[np.object_], function_words: Sequence[str], rng: np.random.Generator) -> Iterator[list[str]]:
    """Stock phrases of 4 to 13 words (Chinese: 3 to 7): what unrelated articles have in common."""
    for _ in range(_N_PHRASES):
        length = rng.integers(4, 14) if language == "en" else rng.integers(3, 8)
        slots = rng.choice([NOUN, ADJECTIVE, VERB], length)
        words = tables[slots, rng.integers(0, _DRAWS, length)]
        fillers = rng.random(length) < 0.35
        words[fillers] = rng.choice(function_words, fillers.sum())
        yield words.tolist()


def _names(language: str, sections: dict[str, list[str]], rng: np.random.Generator) -> dict[str, list[str]]:
    """Names to choose from, for each of `NAMES` but the trial's number."""

    def latin(n: int, kind: str) -> list[str]:
        return _english_words(n, _sections("en")[f"{kind}: endings"], rng)

    def capital(words: Sequence[str]) -> list[str]:
        return [word.capitalize() for word in words]

    drugs = latin(8_000, "drugs")
    names = {
        "TARGET": [f"{word[:4].upper()}{i % 23 + 1}" for i, word in enumerate(latin(1_500, "conditions"))],
        "CODE": [f"{chr(65 + i % 26)}{chr(65 + i // 26 % 26)}-{1000 + i * 7 % 9000}" for i in rng.permutation(8_000).tolist()],
        "ACRO": [f"{word[:7].upper()}-{i % 9 + 1}" for i, word in enumerate(latin(4_000, "places"))],
        "REGIMEN": [f"{word[:4].upper()}OX" for word in latin(800, "conditions")],
    }
    if language == "en":
        return names | {
            "DRUG": drugs[:4_000],
            "COMP": drugs[4_000:],
            "COND": latin(1_500, "conditions"),
            "ORGAN": latin(300, "organs"),
            "SPONSOR": capital(latin(2_000, "sponsors")),
            "PLACE": capital(latin(2_000, "places")),
            "PERSON": capital(latin(4_000, "persons")),
        }
    han = _chinese_words(20_000, rng)
    pairs = [word for word in han if len(word) == 2]

    def ended(first: int, last: int, kind: str) -> list[str]:
        endings = sections[f"{kind}: endings"]
        return [f"{word}{endings[i % len(endings)]}" for i, word in enumerate(pairs[first:last])]

    return names | {
        "DRUG": drugs[:2_000] + ended(0, 1_000, "drugs"),
        "COMP": drugs[2_000:4_000] + ended(1_000, 2_000, "drugs"),
        "COND": ended(2_000, 3_500, "conditions"),
        "ORGAN": ended(3_500, 3_800, "organs"),
        "SPONSOR": ended(4_000, 6_000, "sponsors"),
        "PLACE": ended(6_000, 8_000, "places"),
        "PERSON": [word for word in han if 2 <= len(word) <= 3][-4_000:],
    }


# --- articles ----------------------------------------------------------------------------------------------------------


def draw_names(language: Grammar, rng: np.random.Generator) -> dict[str, str]:
    """The names of a study, its registry number among them."""
    names = {name: found[rng.integers(0, len(found))] for name, found in language.names.items()}
    return names | {"TRIAL": _registry_number(language.language, rng)}


def _registry_number(language: str, rng: np.random.Generator) -> str:
    """A number as registers give them: in the range that is in use, with check digits where there are any."""
    forms = ["NCT"] * 6 + (["ISRCTN", "EUCTR"] if language == "en" else ["ChiCTR", "ChiCTR", "ChiCTR", "CTR"])
    match forms[rng.integers(0, len(forms))]:
        case "EUCTR":
            year, number = rng.integers(2005, 2023), rng.integers(1, 10_000)
            # As EMA's numbers have them, which nobody documents: the first two digits of a CRC.
            return f"{year}-{number:06d}-{str(crc32(f'{year}{number:06d}'.encode()))[:2]}"
        case "ISRCTN":
            return f"ISRCTN{rng.integers(10**7, 10**8)}"
        case "ChiCTR":
            return f"ChiCTR{rng.integers(18, 26)}000{rng.integers(10**4, 10**5)}"
        case "CTR":
            return f"CTR20{rng.integers(13, 26)}{rng.integers(1, 5_000):04d}"
        case _:
            return f"NCT{rng.integers(10**5, 7_500_000):08d}"


def draft_article(language: Grammar, rng: np.random.Generator, *, n_bytes: float, has_registration: bool) -> Draft:
    """A title, an opening and body paragraphs of about `n_bytes` bytes of UTF-8 altogether."""
    openings = rng.choice(len(language.openings), 2, replace=False)
    first = [[_one(language.titles, rng)], [language.openings[i] for i in openings]]
    if has_registration:
        first[1].append(_one(language.registrations, rng))
    used = sum(len(sentence) for paragraph in first for sentence in paragraph)
    wanted = n_bytes / _BYTES_PER_WORD[language.language] - used
    return _drafted(language, first + _body(language, rng, wanted, n_clinical=_LEAST_CLINICAL), rng)


def draft_section(language: Grammar, rng: np.random.Generator, *, n_bytes: float) -> Draft:
    """Paragraphs without a title."""
    return _drafted(language, _body(language, rng, n_bytes / _BYTES_PER_WORD[language.language]), rng)


def _one(patterns: Sequence[NDArray[np.int64]], rng: np.random.Generator) -> NDArray[np.int64]:
    return patterns[int(rng.integers(0, len(patterns)))]


def _body(language: Grammar, rng: np.random.Generator, n_words: float, *, n_clinical: int = 0) -> list[list[NDArray[np.int64]]]:
    """Paragraphs of sentences, `n_clinical` of them at least reporting figures, under a heading now and then."""
    n = max(3, round(n_words / _MEAN_SENTENCE[language.language]))
    forms, picks = rng.random(n), rng.integers(0, 1 << 30, (n, 4))
    forms[rng.permutation(n)[:n_clinical]] = 0
    popular = np.minimum((rng.pareto(1.1, n) * 30).astype(int), len(language.phrases) - 1)
    paragraphs: list[list[NDArray[np.int64]]] = []
    done = 0
    while done < n:
        if rng.random() < 0.3:
            paragraphs.append([_one(language.headings, rng)])
        length = int(rng.integers(3, 8))
        paragraphs.append([_sentence(language, forms[i], picks[i], popular[i]) for i in range(done, min(n, done + length))])
        done += length
    return paragraphs


def _sentence(language: Grammar, form: float, picks: NDArray[np.int64], phrase: int) -> NDArray[np.int64]:
    def pick(patterns: list[NDArray[np.int64]], i: int) -> NDArray[np.int64]:
        return patterns[picks[i] % len(patterns)]

    clinical = _CLINICAL_SHARE[language.language]
    if form < clinical:
        return pick(language.clinical, 0)
    form = (form - clinical) / (1 - clinical)
    if form < _JOINED_SHARE:
        return np.concatenate((pick(language.clauses, 0), pick(language.joints, 1), pick(language.clauses, 2)))
    if form < _JOINED_SHARE + _PHRASE_SHARE:
        return np.concatenate((pick(language.clauses, 0), language.phrases[phrase]))
    return pick(language.clauses, 0)


def _drafted(language: Grammar, paragraphs: list[list[NDArray[np.int64]]], rng: np.random.Generator) -> Draft:
    packed = np.concatenate([sentence for paragraph in paragraphs for sentence in paragraph])
    starts = np.cumsum([0, *(sum(map(len, paragraph)) for paragraph in paragraphs)])
    ends = np.cumsum([len(sentence) for paragraph in paragraphs for sentence in paragraph])
    slots = (packed & 0xFF).astype(np.uint8)
    draws = np.where(slots == LITERAL, packed >> 24, rng.integers(0, _DRAWS, len(packed)))
    marks = packed >> 8 & 0xFFFF
    marks[ends - 1] |= 1 << 16
    return Draft(language.language, slots, draws, marks, starts[:-1].tolist())


def written(language: Grammar, draft: Draft, names: dict[str, str]) -> list[list[str]]:
    """The words of a draft, by paragraph. A title or heading has no full stop."""
    words = language.tables[draft.slots % FIRST_NAME, draft.draws]
    chosen = [names[name] for name in NAMES]
    for i in np.flatnonzero(draft.slots >= FIRST_NAME):
        words[i] = chosen[draft.slots[i] - FIRST_NAME]
    words = words.tolist()
    bounds = [*draft.starts, len(words)]
    punctuation = language.punctuation
    for i in np.flatnonzero(draft.marks):
        mark = int(draft.marks[i])
        words[i] = punctuation[mark & 0xFF] + words[i] + punctuation[mark >> 8 & 0xFF]
    sentence_ends = np.flatnonzero(draft.marks >> 16)
    has_stop = set(bounds[1:]) - set(_single_sentences(bounds, sentence_ends))
    last = 0
    for end in (sentence_ends + 1).tolist():
        words[last] = words[last][0].upper() + words[last][1:]
        if (end not in bounds or end in has_stop) and words[end - 1][-1] not in ".。":
            words[end - 1] += language.stop
        last = end
    return [words[a:b] for a, b in itertools.pairwise(bounds)]


def _single_sentences(bounds: Sequence[int], sentence_ends: NDArray[np.int64]) -> list[int]:
    """Ends of paragraphs of one short sentence: titles and headings."""
    n_sentences = np.diff(np.searchsorted(sentence_ends, bounds))
    return [end for start, end, n in zip(bounds, bounds[1:], n_sentences, strict=False) if n == 1 and end - start < 20]


def other_numbers(language: Grammar, draft: Draft, rng: np.random.Generator, *, share: float) -> Draft:
    """The same draft with this share of its numbers different, rounded up."""
    places = draft.number_places
    chosen = rng.choice(places, int(np.ceil(share * len(places))), replace=False)
    draws = draft.draws.copy()
    left = chosen
    while len(left):
        draws[left] = rng.integers(0, _DRAWS, len(left))
        left = left[language.tables[draft.slots[left], draws[left]] == language.tables[draft.slots[left], draft.draws[left]]]
    return Draft(draft.language, draft.slots, draws, draft.marks, draft.starts)


def random_words(language: Grammar, rng: np.random.Generator, n: int) -> list[str]:
    """Words as they stand in articles, without numbers."""
    return language.tables[rng.choice([NOUN, PLURAL, ADJECTIVE, VERB, ADVERB], n), rng.integers(0, _DRAWS, n)].tolist()


def random_number(language: Grammar, rng: np.random.Generator) -> str:
    return language.tables[rng.choice([INT, DEC, PCT]), rng.integers(0, _DRAWS)]


def joined(words: Sequence[str], language: str) -> str:
    """The text of a paragraph. Chinese has no blanks but between two Latin words or numbers."""
    if language == "en":
        return " ".join(words)
    pieces = [word for word in words if word]
    return "".join(
        f" {word}" if _is_latin(word[0]) and before and _is_latin(before[-1]) else word
        for before, word in zip(["", *pieces], pieces, strict=False)
    )


def _is_latin(character: str) -> bool:
    return character < "\u0250" and (character.isalnum() or character in "%)")


# --- blocks of boilerplate ---------------------------------------------------------------------------------------------


def worded_block(language: Grammar, rng: np.random.Generator, *, kind: str, n_bytes: float) -> list[str]:
    """Lines of boilerplate in real words, at least one; the organisation that speaks is the block's own."""
    names = draw_names(language, rng)
    name = names["SPONSOR"]
    site = re.sub(r"\W", "", names["ACRO"].lower())
    values = {
        "ORG": name,
        "URL": f"www.{site}.example",
        "MAIL": f"info@{site}.example",
        "YEAR": str(rng.integers(2004, 2027)),
        "PHONE": f"+{rng.integers(20, 99)} {rng.integers(100, 999)} {rng.integers(10**6, 10**7)}",
        "PERSON": names["PERSON"],
        "STREET": f"{rng.integers(1, 300)} {names['PLACE']}",
        "CODE": names["CODE"],
    }
    lines: list[str] = []
    size = 0
    for line in _sentences_of_block(language.blocks, kind, rng):
        # Chinese puts no blank between a slot and the words beside it.
        text = re.sub("[A-Z]{3,6}(?![A-Za-z])", lambda found: values.get(found[0], found[0]), line)
        lines.append(text)
        size += len(text.encode())
        if size >= n_bytes:
            break
    return lines


def _sentences_of_block(blocks: dict[str, list[str]], kind: str, rng: np.random.Generator) -> Iterator[str]:
    """Sentences of one kind, then of the others, each in one of its wordings."""
    kinds = [kind, *rng.permutation([other for other in BLOCK_KINDS if other != kind])]
    for one in kinds:
        for line in rng.permutation(blocks[one]).tolist():
            yield re.sub(r"\{([^{}]*)\}", lambda found: str(rng.choice(found[1].split("|"))), line)
