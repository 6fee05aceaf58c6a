"""Adverse events: phrases in English and Chinese, and the CTCAE term and system organ class of each.

Here belongs reading `data/adverse_events.tsv`. Which events a text reports does not.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.vocab.data_files import read_rows, vocabulary_paths


@dataclass(frozen=True, slots=True)
class Term:
    """A CTCAE term, or one written in its manner, with its system organ class."""

    name: str
    system_organ_class: str | None


def adverse_event_phrases() -> Iterator[tuple[str, Term]]:
    """Phrase and term; a phrase that begins with ^ counts in capitals only."""
    for path in vocabulary_paths("adverse_events.tsv"):
        for row in read_rows(path):
            term = Term(row["term"], row["system_organ_class"] or None)
            yield row["term"].lower(), term
            for words in (row["words"], row["chinese"]):
                yield from ((phrase, term) for phrase in words.split("|") if phrase)
