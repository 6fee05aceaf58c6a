"""What every extractor is told beside the study: whose row it makes, and how evidence and coded values are written.

Row contents of any table do not belong here.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from pipelines.schema.vocabularies import Vocabulary
from pipelines.shapes import Study

Row = dict[str, Any]
"""One row of a table, by column name; a column left out is NULL."""


class Subject(msgspec.Struct, frozen=True, gc=False):
    """The trial that a document speaks of."""

    trial_id: str
    document_id: str
    registry: str
    language: str | None = None
    registration: str | None = None
    """The id under which the document's register has the trial, where the trial is known by that of another."""

    @property
    def id_base(self) -> str:
        """What the ids of a registry record's rows begin with."""
        return self.registration or self.trial_id


def evidence(subject: Subject, study: Study, path: str, rule: str) -> Row:
    """Evidence columns of a row that was read from the structured field at `path`."""
    origin = study.origins.get(path) if study.origins else None
    if origin is None:
        field, start, end = path, None, None
    else:
        field, start, end = origin.field, origin.start, origin.end
    return {
        "document_id": subject.document_id,
        "field": field,
        "start_char": start,
        "end_char": end,
        "method": "structured",
        "rule": rule,
    }


def place_columns(found: Row) -> Row:
    """The columns of `evidence` that the evidence columns of a row fill."""
    return {name: found[name] for name in ("document_id", "field", "start_char", "end_char", "rule")}


def span(text: str, place: tuple[int, int], path: str, study: Study) -> Row:
    """The evidence columns of a stretch of the text at `path`, where the published field holds that text as it stands; none otherwise."""
    origin = study.origin(path)
    published = (study.source_texts or {}).get(origin.field) if study.source_texts is not None else text
    if published is None:
        return {}
    base = origin.start or 0
    if published[base : origin.end if origin.end is not None else len(published)] != text:
        return {}
    return {"start_char": base + place[0], "end_char": base + place[1]}


def coded(name: str, vocabulary: Vocabulary, words: str | None) -> Row:
    """The two columns of a coded value: the member, or NULL when the words are unknown, and the words themselves."""
    return {name: vocabulary.find(words), f"{name}_raw": words} if words else {}


def label_key(words: str | None) -> str:
    """The form in which labels of arms, groups and measures are compared: case and white space do not count."""
    return " ".join((words or "").casefold().split())


def unique_by_label(items: Iterable[tuple[str | None, str]]) -> dict[str, str]:
    """Label → id, for labels that stand for one thing only: an ambiguous label ties nothing."""
    found: dict[str, str | None] = {}
    for label, identifier in items:
        key = label_key(label)
        if key:
            found[key] = None if key in found else identifier
    return {key: identifier for key, identifier in found.items() if identifier}
