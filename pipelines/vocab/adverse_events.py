"""Adverse events: from the words of a report to the CTCAE term and the system organ class that they name, or to nothing.

Here belongs reading the phrases of `data/adverse_events.tsv`, and looking up words that are a term as a whole ("Anaemia" as posted), there
and in a user's own MedDRA. Finding phrases inside prose belongs to `grammar/report_lexicon.py`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from pipelines.text.folding import folded
from pipelines.vocab.data_files import meddra_folder, read_rows, vocabulary_paths

_FILE = "adverse_events.tsv"


@dataclass(frozen=True, slots=True)
class Term:
    """A CTCAE term, or one written in its manner, with its system organ class."""

    name: str
    system_organ_class: str | None


class Phrase(NamedTuple):
    """Words that name a term."""

    words: str
    term: Term
    is_whole: bool = False
    """Counts only as a whole posted term: "Platelets", "Fall"."""
    in_capitals: bool = False
    """Counts only where the text writes it so: "AST"."""


def adverse_event_phrases() -> Iterator[Phrase]:
    """Phrases of the user's own file, then of the project's; of two that are written alike the first stands."""
    for path in vocabulary_paths(_FILE):
        for row in read_rows(path):
            term = Term(row["term"], row["system_organ_class"] or None)
            for words in f"{row['words']}|{row['chinese']}".split("|"):
                if words:
                    yield Phrase(words.lstrip("=^"), term, is_whole=words.startswith("="), in_capitals=words.startswith("^"))


@lru_cache(maxsize=65_536)
def find_term(words: str, *, is_posted: bool = True) -> Term | None:
    """The term that the words as a whole name. `is_posted`: they stand in a field for terms, so that "Fall" can be nothing else.

    What registers add to a term does not count: "Anemia NOS", "Rash (Grade 3-4)", "Investigations - Other, specify: low zinc".
    """
    known = _phrases()
    for candidate in _candidates(words):
        phrase = known.get(_key(candidate))
        if phrase is not None and (is_posted or not phrase.is_whole) and (not phrase.in_capitals or candidate.isupper()):
            return phrase.term
        if phrase is None and is_posted and (term := _meddra().get(_key(candidate))) is not None:
            return term
    return None


# --- the form in which phrases are compared ----------------------------------------------------------------------------

_TOKEN = re.compile(r"[a-z0-9]+|[^\s\-/_,.;:()\"*a-z0-9]")
_VARIANTS = str.maketrans({"粘": "黏"})
_ADDED = re.compile(
    r"^\d{3,}[\s:.-]+"
    r"|[\s,;(-]*\b(?:nos|nec|not otherwise specified)\b[\s)]*$"
    r"|[\s,;(\[-]*\b(?:ctcae\s*)?(?:grades?|gr)\b[\s.]*[≥>=]*\s*(?:[1-5iv]+)(?:\s*(?:-|–|to|/|or|and|\+)\s*(?:grade\s*)?(?:[1-5iv]+"
    r"|higher|above|greater|more)?)*[\s)\]]*$"
    r"|[\s,;(-]*\bfor bmt studies.*$",
    re.IGNORECASE,
)
_SPECIFIED = re.compile(r"^.*\bother\b[\s,(-]*specify\)?\s*[:,;-]\s*(?=\w)", re.IGNORECASE)


def _plain(text: str) -> str:
    return folded(text).translate(_VARIANTS)


def _key(words: str) -> str:
    return " ".join(_TOKEN.findall(_plain(words)))


def _candidates(words: str) -> Iterator[str]:
    """The words themselves, then without what registers add to a term."""
    yield words
    bare = _ADDED.sub("", words).strip()
    if bare and bare != words:
        yield bare
    if match := _SPECIFIED.match(words):
        yield words[match.end() :]


# --- phrases -----------------------------------------------------------------------------------------------------------


@cache
def _phrases() -> dict[str, Phrase]:
    """The phrases by the form in which they are compared."""
    found: dict[str, Phrase] = {}
    for phrase in adverse_event_phrases():
        found.setdefault(_key(phrase.words), phrase)
    return found


@cache
def _meddra() -> dict[str, Term]:
    """Lowest-level terms of the user's MedDRA, each with its preferred term and that term's primary class; empty without one.

    A preferred term that the vocabulary knows is its event: the column holds CTCAE terms where there are any.
    """
    folder = meddra_folder()
    if folder is None:
        return {}
    classes = {row[0]: row[1] for row in _dollar_rows(folder / "soc.asc")}
    preferred = {row[0]: _known(row[1]) or Term(row[1], classes.get(row[3])) for row in _dollar_rows(folder / "pt.asc")}
    return {_key(row[1]): preferred[row[2]] for row in _dollar_rows(folder / "llt.asc") if row[2] in preferred}


def _known(term: str) -> Term | None:
    phrase = _phrases().get(_key(term))
    return None if phrase is None or phrase.in_capitals else phrase.term


def _dollar_rows(path: Path) -> Iterator[list[str]]:
    """Cells of each line of a MedDRA file (code$name$…). Older releases are not UTF-8.

    Raises ValueError for a line of fewer than three cells.
    """
    data = path.read_bytes()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    for number, line in enumerate(text.splitlines(), start=1):
        cells = line.split("$")
        if len(cells) < 3:
            raise ValueError(f"{path}, line {number}: a line of MedDRA has three cells at least")
        yield [*cells, ""]
