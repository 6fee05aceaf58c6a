"""Corpora of clinical-trial articles in which it is known what repeats what: `write_corpus`.

Belongs here: which documents there are, how each is made from another, and what is true of it. Not here: sentences and words
(`grammar.py`), judging decisions (`score.py`).

A corpus is a plan, one row per document, and every document is made from the plan by itself: from the seed, its own position and, for a
copy, the position of its source. So a corpus of any size is written as a stream, and the same seed and number of documents give the same
bytes. What is written is `document_id`, `text`, `language` and the truth:

- `kind`: see `Kind`; `form`: how an exact copy was disguised; `flattened`: whether the text is one line
- `source_id`: documents with the same one say the same thing, but for copies in `contained`, which say more
- `lookalike_of`: for a document that is no copy, the one that it resembles
- `edit_share`: share of what was changed: words edited or moved or added or removed, numbers that differ, length that is boilerplate
- `blocks`: for documents with blocks, stretches of the text in code points: `own`, `first` (stands first in the order of the corpus) or
  `repeat`, with the block that it is a use of and the block's kind (`within` the document, `anonymous`, or one of worded boilerplate)
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks.duplicates import grammar as words


class Kind(StrEnum):
    INDEPENDENT = "independent"
    EXACT = "exact"
    DISGUISED = "disguised"
    EDITED = "edited"
    MOVED = "moved"
    SECTION = "section"
    CONTAINED = "contained"
    DISCLAIMERS = "disclaimers"
    BOILERPLATE = "boilerplate"
    NUMBERS = "numbers"
    REGISTRY_ID = "registry_id"
    SIBLING = "sibling"
    FOLLOW_UP = "follow_up"
    TWICE = "twice"
    THIRD = "third"


MEANING = {
    Kind.INDEPENDENT: "an article of its own",
    Kind.EXACT: "byte by byte the same",
    Kind.DISGUISED: "the same in another form (`form`)",
    Kind.EDITED: "1–10% of the words substituted, deleted or inserted",
    Kind.MOVED: "10–40% of the paragraphs moved",
    Kind.SECTION: "a section of 5–25% added or removed",
    Kind.CONTAINED: "holds a whole other article among words of its own, in half of the cases with 1–5% of its words edited",
    Kind.DISCLAIMERS: "two copies of one article, each with a disclaimer of its own",
    Kind.BOILERPLATE: "an article of its own, 20–90% of which are blocks that others have too",
    Kind.NUMBERS: "the same words with 30–100% of the numbers different",
    Kind.REGISTRY_ID: "the same text with another registry id",
    Kind.SIBLING: "the same text with 6–12 of its names replaced",
    Kind.FOLLOW_UP: "nearly the same text, which says it is a later report, with 30–70% of the numbers different",
    Kind.TWICE: "a body that stands twice, with a new section in between",
    Kind.THIRD: "a third of the paragraphs stand twice",
}
COPIES = frozenset({Kind.EXACT, Kind.DISGUISED, Kind.EDITED, Kind.MOVED, Kind.SECTION, Kind.CONTAINED, Kind.DISCLAIMERS})
LOOKALIKES = frozenset({Kind.NUMBERS, Kind.REGISTRY_ID, Kind.SIBLING, Kind.FOLLOW_UP})

SHARES = {
    Kind.EXACT: 0.04,
    Kind.DISGUISED: 0.05,
    Kind.EDITED: 0.14,
    Kind.MOVED: 0.03,
    Kind.SECTION: 0.05,
    Kind.CONTAINED: 0.05,
    Kind.DISCLAIMERS: 0.04,
    Kind.BOILERPLATE: 0.10,
    Kind.NUMBERS: 0.05,
    Kind.REGISTRY_ID: 0.03,
    Kind.SIBLING: 0.05,
    Kind.FOLLOW_UP: 0.03,
    Kind.TWICE: 0.015,
    Kind.THIRD: 0.015,
}
"""Share of the documents that each kind has; the rest are independent, and what copies and lookalikes are made from."""

FORMS = {
    "en": ("crlf", "bom", "nfd", "trailing_blanks", "full_width_digits"),
    "zh": ("crlf", "bom", "full_width", "traditional", "trailing_blanks"),
}

_CHINESE_SHARE = 0.2
_FLATTENED_SHARE = 0.5
_REGISTERED_SHARE = 0.7
_WORDED_SHARE = 0.5
_N_BLOCKS = {"en": 90, "zh": 30}
_POPULAR_SHARE = 0.02
"""Three copies in ten are of one of so many articles, which therefore have many."""
_LEAST_BYTES, _MOST_BYTES = 1_000, 20_000

_BLOCK = pa.struct(
    [("start_char", pa.int32()), ("end_char", pa.int32()), ("label", pa.string()), ("block", pa.string()), ("block_kind", pa.string())]
)
SCHEMA = pa.schema(
    [
        ("document_id", pa.string()),
        ("text", pa.string()),
        ("language", pa.string()),
        ("kind", pa.string()),
        ("form", pa.string()),
        ("source_id", pa.string()),
        ("lookalike_of", pa.string()),
        ("edit_share", pa.float64()),
        ("flattened", pa.bool_()),
        ("blocks", pa.list_(_BLOCK)),
    ]
)
TRUTH_COLUMNS = [name for name in SCHEMA.names if name != "text"]

Paragraphs = list[list[str]]


@dataclass(frozen=True)
class Stretch:
    """Paragraphs that share a label; of an unlabelled document nothing is noted."""

    paragraphs: list[str]
    label: str = "own"
    block: str | None = None
    block_kind: str | None = None


@dataclass(frozen=True)
class Block:
    """Boilerplate that several documents have."""

    name: str
    kind: str
    paragraphs: list[str]

    @property
    def n_bytes(self) -> int:
        return sum(len(paragraph.encode()) for paragraph in self.paragraphs)


@dataclass(frozen=True)
class Plan:
    """What each document is, by position. `sources` holds the position of what a document is made from, or its own.

    `uses` holds, for a document with boilerplate, its blocks in order, each with whether this is its first use in the corpus.
    """

    seed: int
    kinds: list[Kind]
    sources: NDArray[np.int64]
    is_chinese: NDArray[np.bool_]
    n_bytes: NDArray[np.float64]
    is_registered: NDArray[np.bool_]
    is_flattened: NDArray[np.bool_]
    uses: dict[int, list[tuple[int, bool]]]
    pool: list[Block] = field(repr=False)

    def __len__(self) -> int:
        return len(self.kinds)

    def language(self, position: int) -> str:
        return "zh" if self.is_chinese[position] else "en"

    def grammar(self, position: int) -> words.Grammar:
        return words.grammar(self.language(position), self.seed)

    def generator(self, position: int, purpose: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, position, purpose])


def document_id(position: int) -> str:
    return f"D{position:07d}"


# --- the plan ----------------------------------------------------------------------------------------------------------


def make_plan(n_documents: int, *, seed: int) -> Plan:
    """What the documents of a corpus are. Kinds are spread over it at random."""
    rng = np.random.default_rng([seed, n_documents])
    kinds = _kinds(n_documents, rng)
    is_chinese = rng.random(n_documents) < _CHINESE_SHARE
    is_registered = rng.random(n_documents) < _REGISTERED_SHARE
    n_bytes = np.clip(np.exp(rng.normal(8.3, 0.7, n_documents)), _LEAST_BYTES, _MOST_BYTES)
    sources = _sources(kinds, is_registered, rng)
    is_chinese, is_registered = is_chinese[sources], is_registered[sources]
    pool = _block_pool(seed)
    return Plan(
        seed=seed,
        kinds=kinds,
        sources=sources,
        is_chinese=is_chinese,
        n_bytes=n_bytes[sources],
        is_registered=is_registered,
        is_flattened=rng.random(n_documents) < _FLATTENED_SHARE,
        uses=_uses(kinds, is_chinese, pool, rng),
        pool=pool,
    )


def _kinds(n_documents: int, rng: np.random.Generator) -> list[Kind]:
    kinds: list[Kind] = []
    for kind, share in SHARES.items():
        kinds += [kind] * round(share * n_documents)
    # Disclaimers come in pairs.
    kinds += [Kind.DISCLAIMERS] * (kinds.count(Kind.DISCLAIMERS) % 2)
    kinds += [Kind.INDEPENDENT] * (n_documents - len(kinds))
    return [kinds[i] for i in rng.permutation(len(kinds))]


def _sources(kinds: Sequence[Kind], is_registered: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.int64]:
    """Position that each document is made from. Raises `ValueError` when there are too few documents to make copies from."""
    # In any order, so that those with many copies do not all stand first.
    independent = rng.permutation([i for i, kind in enumerate(kinds) if kind is Kind.INDEPENDENT]).astype(np.int64)
    registered = independent[is_registered[independent]]
    if not len(registered):
        raise ValueError(f"a corpus of {len(kinds)} documents has none to make copies from")
    sources = np.arange(len(kinds))
    first: int | None = None
    for i, kind in enumerate(kinds):
        if kind is Kind.DISCLAIMERS:
            # The first of a pair is its own source.
            sources[i], first = (i, i) if first is None else (first, None)
        elif kind in COPIES | LOOKALIKES:
            candidates = registered if kind is Kind.REGISTRY_ID else independent
            popular = max(1, int(_POPULAR_SHARE * len(candidates)))
            sources[i] = candidates[rng.integers(0, popular if rng.random() < 0.3 else len(candidates))]
    return sources


@cache
def _block_pool(seed: int) -> list[Block]:
    """Blocks that the documents of a corpus draw on, of 250 to 2,500 bytes."""
    pool: list[Block] = []
    for language, count in _N_BLOCKS.items():
        rng = np.random.default_rng([seed, 7, count])
        language_words = words.grammar(language, seed)
        for i in range(count):
            n_bytes = rng.uniform(250, 2_500)
            if i < count * _WORDED_SHARE:
                kind = words.BLOCK_KINDS[i % len(words.BLOCK_KINDS)]
                paragraphs = words.worded_block(language_words, rng, kind=kind, n_bytes=n_bytes)
            else:
                kind = "anonymous"
                draft = words.draft_section(language_words, rng, n_bytes=n_bytes)
                names = words.draw_names(language_words, rng)
                paragraphs = [words.joined(one, language) for one in words.written(language_words, draft, names)]
            pool.append(Block(f"{language}-{i:03d}", kind, paragraphs))
    return pool


def _uses(
    kinds: Sequence[Kind], is_chinese: NDArray[np.bool_], pool: Sequence[Block], rng: np.random.Generator
) -> dict[int, list[tuple[int, bool]]]:
    """Blocks of each document with boilerplate: one to four, or one of disclaimers where those come in pairs."""
    by_language = {zh: np.array([i for i, block in enumerate(pool) if block.name.startswith("zh") == zh]) for zh in (False, True)}
    worded = {zh: np.array([i for i in found if pool[i].kind != "anonymous"]) for zh, found in by_language.items()}
    uses: dict[int, list[tuple[int, bool]]] = {}
    seen: set[int] = set()
    of_pair: list[int] = []
    for i, kind in enumerate(kinds):
        if kind is Kind.DISCLAIMERS:
            # The second of a pair takes what is left of a draw of two.
            of_pair = of_pair or rng.choice(worded[bool(is_chinese[i])], 2, replace=False).tolist()
            chosen = np.array([of_pair.pop()])
        elif kind is Kind.BOILERPLATE:
            chosen = rng.choice(by_language[bool(is_chinese[i])], rng.integers(1, 5), replace=False)
        else:
            continue
        uses[i] = [(block, block not in seen) for block in chosen.tolist()]
        seen.update(chosen.tolist())
    return uses


# --- documents ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Made:
    """A document's stretches in order, and what is true of it beside the plan."""

    stretches: list[Stretch]
    edit_share: float = 0.0
    form: str | None = None
    flattened: bool | None = None


def make_document(plan: Plan, position: int) -> dict[str, object]:
    """One row of the corpus, by column of `SCHEMA`."""
    kind, source = plan.kinds[position], int(plan.sources[position])
    made = _MAKERS[kind](plan, position)
    flattened = bool(plan.is_flattened[position]) if made.flattened is None else made.flattened
    text, blocks = _laid_out(made.stretches, plan.language(position), flattened=flattened)
    if made.form:
        text = _disguised(text, made.form)
    is_copy = kind in COPIES
    return {
        "document_id": document_id(position),
        "text": text,
        "language": plan.language(position),
        "kind": str(kind),
        "form": made.form,
        "source_id": document_id(source if is_copy else position),
        "lookalike_of": document_id(source) if kind in LOOKALIKES else None,
        "edit_share": made.edit_share,
        "flattened": flattened,
        "blocks": blocks if any(stretch.block for stretch in made.stretches) else None,
    }


def _laid_out(stretches: Sequence[Stretch], language: str, *, flattened: bool) -> tuple[str, list[dict[str, object]]]:
    """The text, and where each stretch stands in it. Neighbours with the same label stay apart, as they were made."""
    separator = "\n" if not flattened else " " if language == "en" else ""
    texts = [separator.join(stretch.paragraphs) for stretch in stretches]
    spans: list[dict[str, object]] = []
    start = 0
    for stretch, text in zip(stretches, texts, strict=True):
        end = start + len(text)
        named = {"label": stretch.label, "block": stretch.block, "block_kind": stretch.block_kind}
        spans.append({"start_char": start, "end_char": end, **named})
        start = end + len(separator)
    return separator.join(texts), spans


def _article(plan: Plan, source: int, *, n_bytes: float | None = None) -> tuple[words.Draft, dict[str, str]]:
    """The draft and the names of the article at a position; always the same ones."""
    rng = plan.generator(source, 0)
    language = plan.grammar(source)
    names = words.draw_names(language, rng)
    size = plan.n_bytes[source] if n_bytes is None else n_bytes
    return words.draft_article(language, rng, n_bytes=float(size), has_registration=bool(plan.is_registered[source])), names


def _source_paragraphs(plan: Plan, position: int, *, n_bytes: float | None = None) -> Paragraphs:
    source = int(plan.sources[position])
    draft, names = _article(plan, source, n_bytes=n_bytes)
    return words.written(plan.grammar(position), draft, names)


def _new_paragraphs(plan: Plan, position: int, rng: np.random.Generator, *, n_bytes: float) -> Paragraphs:
    """More paragraphs on the study of the document's source."""
    language = plan.grammar(position)
    _, names = _article(plan, int(plan.sources[position]), n_bytes=_LEAST_BYTES)
    return words.written(language, words.draft_section(language, rng, n_bytes=n_bytes), names)


def _texts(paragraphs: Paragraphs, language: str) -> list[str]:
    return [words.joined(paragraph, language) for paragraph in paragraphs if paragraph]


def _plain(
    plan: Plan, position: int, paragraphs: Paragraphs, *, edit_share: float = 0.0, form: str | None = None, flattened: bool | None = None
) -> Made:
    """A document without blocks."""
    return Made([Stretch(_texts(paragraphs, plan.language(position)))], edit_share, form, flattened)


def _independent(plan: Plan, position: int) -> Made:
    return _plain(plan, position, _source_paragraphs(plan, position))


def _exact(plan: Plan, position: int) -> Made:
    source = int(plan.sources[position])
    return _plain(plan, position, _source_paragraphs(plan, position), flattened=bool(plan.is_flattened[source]))


def _disguised_copy(plan: Plan, position: int) -> Made:
    source = int(plan.sources[position])
    forms = FORMS[plan.language(position)]
    form = forms[plan.generator(position, 1).integers(0, len(forms))]
    return _plain(plan, position, _source_paragraphs(plan, position), form=form, flattened=bool(plan.is_flattened[source]))


def _edited(plan: Plan, position: int) -> Made:
    rng = plan.generator(position, 1)
    paragraphs, share = _with_edits(plan, position, rng, share=rng.uniform(0.01, 0.10))
    return _plain(plan, position, paragraphs, edit_share=share)


def _with_edits(plan: Plan, position: int, rng: np.random.Generator, *, share: float) -> tuple[Paragraphs, float]:
    """The source with words substituted, deleted or inserted before, at places that are spread evenly, and the share of words edited.

    A number gives way to a number. Only the registry number stays: of two texts that differ in nothing else, nobody could say which one a
    copy without it is of.
    """
    draft, names = _article(plan, int(plan.sources[position]))
    language = plan.grammar(position)
    paragraphs = words.written(language, draft, names)
    all_words = [word for paragraph in paragraphs for word in paragraph]
    n_words = len(all_words)
    n_edits = max(1, round(share * n_words))
    places = np.sort(rng.choice([i for i, word in enumerate(all_words) if names["TRIAL"] not in word], n_edits, replace=False))
    actions = rng.integers(0, 3, n_edits)
    new_words = words.random_words(language, rng, n_edits)
    edited = [list(paragraph) for paragraph in paragraphs]
    starts = np.cumsum([0, *map(len, paragraphs)])
    of_paragraph = np.searchsorted(starts, places, side="right") - 1
    # From the end, so that places before stay where they are.
    for place, action, p, new in zip(places[::-1], actions[::-1], of_paragraph[::-1], new_words, strict=True):
        paragraph, i = edited[p], int(place - starts[p])
        word = words.random_number(language, rng) if any(map(str.isdigit, paragraph[i])) else new
        paragraph[i : i + (action != 2)] = [] if action == 1 else [word]
    return edited, n_edits / n_words


def _moved(plan: Plan, position: int) -> Made:
    rng = plan.generator(position, 1)
    paragraphs = _source_paragraphs(plan, position)
    n_moved = max(1, round(rng.uniform(0.1, 0.4) * (len(paragraphs) - 1)))
    chosen = set((1 + rng.choice(len(paragraphs) - 1, n_moved, replace=False)).tolist())
    kept = [paragraph for i, paragraph in enumerate(paragraphs) if i not in chosen]
    for i in sorted(chosen):
        # Anywhere after the title.
        kept.insert(int(rng.integers(1, len(kept) + 1)), paragraphs[i])
    return _plain(plan, position, kept, edit_share=n_moved / len(paragraphs))


def _section(plan: Plan, position: int) -> Made:
    """Removed: words in a row, wherever paragraphs end, but not of the opening, which has the registry number. Added: paragraphs between
    two others.
    """
    rng = plan.generator(position, 1)
    share = rng.uniform(0.05, 0.25)
    paragraphs = _source_paragraphs(plan, position)
    if rng.random() < 0.5:
        new = _new_paragraphs(plan, position, rng, n_bytes=share * plan.n_bytes[position])
        at = int(rng.integers(1, len(paragraphs) + 1))
        share = sum(map(len, new)) / sum(map(len, paragraphs))
        return _plain(plan, position, paragraphs[:at] + new + paragraphs[at:], edit_share=share)
    n_words, n_opening = sum(map(len, paragraphs)), sum(map(len, paragraphs[:2]))
    n_gone = min(max(1, round(share * n_words)), n_words - n_opening)
    first = int(rng.integers(n_opening, n_words - n_gone + 1))
    starts = np.cumsum([0, *map(len, paragraphs)]).tolist()
    kept = [
        paragraph[: max(0, first - start)] + paragraph[max(0, first + n_gone - start) :]
        for start, paragraph in zip(starts, paragraphs, strict=False)
    ]
    return _plain(plan, position, kept, edit_share=n_gone / n_words)


def _contained(plan: Plan, position: int) -> Made:
    rng = plan.generator(position, 1)
    inner, share = _source_paragraphs(plan, position), 0.0
    if rng.random() < 0.5:
        inner, share = _with_edits(plan, position, rng, share=rng.uniform(0.01, 0.05))
    around = plan.n_bytes[position] * rng.uniform(0.4, 2.0)
    language = plan.grammar(position)
    draft = words.draft_article(language, rng, n_bytes=around, has_registration=False)
    outer = words.written(language, draft, words.draw_names(language, rng))
    at = int(rng.integers(1, len(outer) + 1))
    return _plain(plan, position, outer[:at] + inner + outer[at:], edit_share=share)


def _block_stretch(plan: Plan, block: int, *, is_first: bool) -> Stretch:
    used = plan.pool[block]
    return Stretch(used.paragraphs, "first" if is_first else "repeat", used.name, used.kind)


def _disclaimers(plan: Plan, position: int) -> Made:
    language = plan.language(position)
    own = Stretch(_texts(_source_paragraphs(plan, position), language))
    blocks = [_block_stretch(plan, block, is_first=first) for block, first in plan.uses[position]]
    n_block = sum(plan.pool[block].n_bytes for block, _ in plan.uses[position])
    share = n_block / (n_block + sum(len(text.encode()) for text in own.paragraphs))
    return Made([own, *blocks] if plan.generator(position, 1).random() < 0.7 else [*blocks, own], share)


def _boilerplate(plan: Plan, position: int) -> Made:
    """The article is as long as makes the blocks the share that is wanted, and stands around them."""
    rng = plan.generator(position, 1)
    share = rng.uniform(0.2, 0.9)
    n_block = sum(plan.pool[block].n_bytes for block, _ in plan.uses[position])
    own_bytes = float(np.clip(n_block * (1 - share) / share, 500, _MOST_BYTES))
    paragraphs = _texts(_source_paragraphs(plan, position, n_bytes=own_bytes), plan.language(position))
    cuts = np.sort(rng.integers(0, len(paragraphs) + 1, len(plan.uses[position])))
    stretches: list[Stretch] = []
    last = 0
    for cut, (block, first) in zip(cuts.tolist(), plan.uses[position], strict=True):
        stretches += [Stretch(paragraphs[last:cut]), _block_stretch(plan, block, is_first=first)]
        last = cut
    stretches.append(Stretch(paragraphs[last:]))
    n_own = sum(len(paragraph.encode()) for paragraph in paragraphs)
    return Made([stretch for stretch in stretches if stretch.paragraphs], n_block / (n_block + n_own))


def _other_numbers(plan: Plan, position: int) -> Made:
    rng = plan.generator(position, 1)
    draft, names = _article(plan, int(plan.sources[position]))
    share = rng.uniform(0.3, 1.0)
    language = plan.grammar(position)
    paragraphs = words.written(language, words.other_numbers(language, draft, rng, share=share), names)
    return _plain(plan, position, paragraphs, edit_share=share)


def _other_registry_id(plan: Plan, position: int) -> Made:
    draft, names = _article(plan, int(plan.sources[position]))
    return _plain(plan, position, words.written(plan.grammar(position), draft, _renamed(plan, position, names, ["TRIAL"])))


def _sibling(plan: Plan, position: int) -> Made:
    """The drug always differs, and the registry number where there is one."""
    rng = plan.generator(position, 1)
    draft, names = _article(plan, int(plan.sources[position]))
    stand = [words.NAMES[i] for i in np.unique(draft.slots[draft.slots >= words.FIRST_NAME]) - words.FIRST_NAME]
    rest = [name for name in stand if name not in ("DRUG", "TRIAL")]
    n_others = min(len(rest), int(rng.integers(6, 13)) - (len(stand) - len(rest)))
    chosen = [name for name in stand if name not in rest] + rng.choice(rest, n_others, replace=False).tolist()
    paragraphs = words.written(plan.grammar(position), draft, _renamed(plan, position, names, chosen))
    return _plain(plan, position, paragraphs, edit_share=len(chosen) / len(stand))


def _renamed(plan: Plan, position: int, names: dict[str, str], chosen: Sequence[str]) -> dict[str, str]:
    """Names with the chosen ones replaced by others."""
    rng = plan.generator(position, 2)
    renamed = dict(names)
    while any(renamed[name] == names[name] for name in chosen):
        new = words.draw_names(plan.grammar(position), rng)
        renamed |= {name: new[name] for name in chosen if renamed[name] == names[name]}
    return renamed


_LATER_TITLE = {
    "en": ("{n}-year follow-up of", "Long-term extension of", "Final report after {n} years:", "Updated results of"),
    "zh": ("{n}年随访：", "长期延伸研究：", "{n}年最终报告：", "更新结果："),
}
_LATER_SENTENCE = {
    "en": ("This report adds {n} years of observation to the first analysis.", "All figures are those of the extension, {n} years on."),
    "zh": ("本报告在首次分析之上增加{n}年观察。", "以下均为延伸期{n}年的数据。"),
}


def _follow_up(plan: Plan, position: int) -> Made:
    """Registered under the same number in half of the cases."""
    rng = plan.generator(position, 1)
    language = plan.language(position)
    draft, names = _article(plan, int(plan.sources[position]))
    if rng.random() < 0.5:
        names = _renamed(plan, position, names, ["TRIAL"])
    share, years = rng.uniform(0.3, 0.7), int(rng.integers(3, 11))
    paragraphs = words.written(plan.grammar(position), words.other_numbers(plan.grammar(position), draft, rng, share=share), names)
    title, sentence = (str(rng.choice(wordings[language])).format(n=years) for wordings in (_LATER_TITLE, _LATER_SENTENCE))
    later = [[*title.split(), *paragraphs[0]], [*sentence.split(), *paragraphs[1]], *paragraphs[2:]]
    return _plain(plan, position, later, edit_share=share)


def _twice(plan: Plan, position: int) -> Made:
    rng = plan.generator(position, 1)
    language, size = plan.language(position), float(plan.n_bytes[position]) / 2.3
    body = _texts(_source_paragraphs(plan, position, n_bytes=max(_LEAST_BYTES, size)), language)
    new = _texts(_new_paragraphs(plan, position, rng, n_bytes=rng.uniform(500, 2_000)), language)
    block = f"{document_id(position)}-body"
    return Made([Stretch(body, "first", block, "within"), Stretch(new), Stretch(body, "repeat", block, "within")], 0.5)


def _third(plan: Plan, position: int) -> Made:
    """A third of the paragraphs in a row, again at the end or further down."""
    rng = plan.generator(position, 1)
    body = _texts(_source_paragraphs(plan, position), plan.language(position))
    length = max(2, len(body) // 3)
    start = int(rng.integers(0, max(1, len(body) - length)))
    stop = min(len(body), start + length)
    at = len(body) if rng.random() < 0.5 else int(rng.integers(stop, len(body) + 1))
    block = f"{document_id(position)}-third"
    repeated = body[start:stop]
    stretches = [Stretch(body[:start]), Stretch(repeated, "first", block, "within"), Stretch(body[stop:at])]
    stretches += [Stretch(repeated, "repeat", block, "within"), Stretch(body[at:])]
    return Made([stretch for stretch in stretches if stretch.paragraphs], length / (len(body) + length))


_MAKERS = {
    Kind.INDEPENDENT: _independent,
    Kind.EXACT: _exact,
    Kind.DISGUISED: _disguised_copy,
    Kind.EDITED: _edited,
    Kind.MOVED: _moved,
    Kind.SECTION: _section,
    Kind.CONTAINED: _contained,
    Kind.DISCLAIMERS: _disclaimers,
    Kind.BOILERPLATE: _boilerplate,
    Kind.NUMBERS: _other_numbers,
    Kind.REGISTRY_ID: _other_registry_id,
    Kind.SIBLING: _sibling,
    Kind.FOLLOW_UP: _follow_up,
    Kind.TWICE: _twice,
    Kind.THIRD: _third,
}

_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_FULL_WIDTH_DIGITS = {code: code + 0xFEE0 for code in range(0x30, 0x3A)}


def _disguised(text: str, form: str) -> str:
    """The same text in one of `FORMS`."""
    match form:
        case "crlf":
            return text.replace("\n", "\r\n") + "\r\n"
        case "bom":
            return "\ufeff" + text
        case "nfd":
            return unicodedata.normalize("NFD", text)
        case "trailing_blanks":
            return text.replace("\n", "  \n") + "  \n\n"
        case "full_width":
            return text.translate(_FULL_WIDTH)
        case "full_width_digits":
            return text.translate(_FULL_WIDTH_DIGITS)
        case "traditional":
            return text.translate(_traditional())
        case _:
            raise ValueError(f"no such form: {form}")


@cache
def _traditional() -> dict[int, str]:
    """Simplified character → traditional, where the way back leads to the same one."""
    from opencc import OpenCC

    to_traditional, to_simplified = OpenCC("s2t"), OpenCC("t2s")
    pairs = {character: to_traditional.convert(character) for character in words.common_characters()}
    return {ord(old): new for old, new in pairs.items() if old != new and to_simplified.convert(new) == old}


# --- files -------------------------------------------------------------------------------------------------------------


def batches(plan: Plan, *, rows: int = 1_000) -> Iterator[pa.Table]:
    """The corpus as tables of `SCHEMA`, in order."""
    for first in range(0, len(plan), rows):
        made = [make_document(plan, position) for position in range(first, min(len(plan), first + rows))]
        yield pa.Table.from_pylist(made, schema=SCHEMA)


def write_corpus(folder: Path, n_documents: int, *, seed: int, shard_rows: int = 10_000) -> list[Path]:
    """Write a corpus as Parquet files of `shard_rows` documents, one batch in memory at a time. Gives the files in order."""
    folder.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []
    writer: pq.ParquetWriter | None = None
    rows = 0
    plan = make_plan(n_documents, seed=seed)
    for batch in batches(plan, rows=min(1_000, shard_rows)):
        if writer is None or rows >= shard_rows:
            if writer:
                writer.close()
            files.append(folder / f"{len(files):05d}.parquet")
            writer, rows = pq.ParquetWriter(files[-1], SCHEMA, compression="zstd"), 0
        writer.write_table(batch)
        rows += len(batch)
    if writer:
        writer.close()
    return files
