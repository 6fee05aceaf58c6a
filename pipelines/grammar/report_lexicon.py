"""The words of reported results: what was measured, what went wrong, and the small words between.

Here belongs which phrases a report's grammar knows, of which kind and with which value. What they mean together belongs to `values.py`
and `findings.py`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from pipelines.grammar.lexicon import DRUG, SIGN_KINDS, Lexicon, add_treatments, keep
from pipelines.vocab.adverse_events import Phrase, adverse_event_phrases
from pipelines.vocab.data_files import read_rows, vocabulary_paths

OUTCOME = "OUTCOME"
EVENT = "EVENT"
SYSTEM = "SYSTEM"
"""What toxicities are of: "haematological"; an event where a list of toxicities names it so."""
MEASURED = "MEASURED"
"""What a laboratory measures: "aspartate aminotransferase"; an event in a list of what rose or fell."""
_NUMBERS = frozenset({"NUM", "ROMAN", "TEN", "HUNDRED", "THOUSAND"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was measured. `concept` None for what has none ("stable disease"); `endpoint_class` as in `endpoints`.

    `is_adverse`: the value counts the opposite ("progression or death" of `PFS`). `form`: `state` for what patients did or were
    ("responded"), `bare` for a word that names an outcome only directly beside a value ("survival"), else empty.
    """

    concept: str | None
    endpoint_class: str
    is_adverse: bool = False
    form: str = ""


@cache
def report_words() -> Lexicon:
    """All phrases that reports are read by; the closed words first."""
    lexicon = Lexicon()
    for path in vocabulary_paths("report_words.tsv"):
        for row in read_rows(path):
            value: Any = float(row["value"]) if row["kind"] in _NUMBERS else row["value"] or None
            _add(lexicon, row["words"], row["kind"], value)
    for path in vocabulary_paths("outcome_words.tsv"):
        for row in read_rows(path):
            concept = None if row["concept"] == "-" else row["concept"]
            outcome = Outcome(concept, row["endpoint_class"], row["is_adverse"] == "y", row["form"])
            _add(lexicon, row["words"], OUTCOME, outcome)
            _add(lexicon, row["chinese"], OUTCOME, outcome)
    for phrase in adverse_event_phrases():
        if _is_reported_in_prose(phrase):
            lexicon.add(phrase.words, EVENT, phrase.term, in_capitals=phrase.in_capitals)
            if (system := _SYSTEM.fullmatch(phrase.words)) is not None:
                lexicon.add(system[1], SYSTEM, phrase.term)
        elif phrase.is_whole and phrase.term.name.endswith(_CHANGED) and not phrase.words.endswith(_CHANGED):
            lexicon.add(phrase.words, MEASURED, phrase.term, in_capitals=phrase.in_capitals)
    add_treatments(lexicon)
    keep()
    return lexicon


_SYSTEM = re.compile(r"([a-z-]+(?:al|ic|ac|ary)) toxicity")
_CHANGED = ("increased", "decreased")

_SECOND = (
    "second",
    "new primary",
    "treatment related",
    "therapy related",
    "tumor ",
    "tumour ",
    "squamous cell",
    "basal cell",
    "继发",
    "第二",
    "肿瘤溶解",
    "肿瘤出血",
)


def _is_reported_in_prose(phrase: Phrase) -> bool:
    """Whether prose that names it reports an event: a cancer is what is treated, unless it is a second one."""
    is_neoplasm = (phrase.term.system_organ_class or "").startswith("Neoplasms")
    return not phrase.is_whole and (not is_neoplasm or phrase.words.startswith(_SECOND))


def _add(lexicon: Lexicon, phrases: str, kind: str, value: Any) -> None:
    for phrase in phrases.split("|"):
        if phrase:
            lexicon.add(phrase.lstrip("^="), kind, value, in_capitals=phrase[0] == "^", exactly=phrase[0] == "=")


def kinds() -> Iterator[str]:
    """All kinds of tokens that the words of reports have."""
    yield from SIGN_KINDS
    yield from (DRUG, OUTCOME, EVENT, SYSTEM, MEASURED)
    yield from dict.fromkeys(row["kind"] for path in vocabulary_paths("report_words.tsv") for row in read_rows(path))
