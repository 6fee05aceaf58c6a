"""What a document says that another document of the same trial would say in the same words.

Here belongs how a record or an article becomes statements: its titles, conditions, interventions, outcomes, its sentences and the few facts
that a trial has once. Which documents share enough of them belongs to `matching.py`.

A statement is compared by its letters and digits alone, in lower case, so that a bullet, a line break or a lost comma makes no difference.
"""

import re
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import NamedTuple

from pipelines.shapes import Article, DateStruct, Study
from pipelines.text.dates import PartialDate, parse_date
from pipelines.text.numbers import parse_count
from pipelines.text.repair import repaired_text

TITLE, TITLE_PART, CONDITION, INTERVENTION = "title", "title_part", "condition", "intervention"
OUTCOME, SPONSOR, SENTENCE, NUMBER = "outcome", "sponsor", "sentence", "number"
KINDS = (TITLE, TITLE_PART, CONDITION, INTERVENTION, OUTCOME, SPONSOR, SENTENCE, NUMBER)
_WORD = re.compile(r"\w+")
_END = re.compile(r"[.!?。！？;；:：~|]|\n\s*\n|\n\s*(?:[-*•·]|\(?[0-9a-z]{1,2}[.)])\s")
"""Where a sentence or an item of a list ends. A line break does not end one: some sources break lines at a width."""
_ITEM = re.compile(r"\n\s*(?=[A-Z])")
"""Where a list without bullets goes on: a line that begins with a capital. In a text that is broken at a width it may be any line."""
_LEAST_SENTENCE = 30
"""Letters and digits of a sentence that says something of its own; "18 years and older" stands in any record."""
_MOST_SENTENCES = 400


_OPENING = 4_000
"""Characters of an article that tell what it is about."""
_PHASE = re.compile(r"\bphase\s+(iv|i{1,3}|[1-4])(?:[ab]?\s?(?:/|-|and)\s?(i{1,3}|[1-4]))?(?:[abc]?\b)", re.IGNORECASE)
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}
_LONGEST_TITLE = 600
_GLUED = re.compile(r"^\([^()\s]{1,20}\)(?=\w)")
"""What some renderings glue to the front of a title: "(firstQuint)A Trial of ..."."""
_UNFINISHED = re.compile(r"\b(?:vs|v)\.?$", re.IGNORECASE)
"""A line that does not end a title: texts that were cut into sentences are cut after "vs." too."""


class Statement(NamedTuple):
    """A kind, and the hash of what is said, 63 bits."""

    kind: str
    key: int


class Facts(NamedTuple):
    """What a trial has once, for telling two trials apart; None and empty where the document does not say."""

    study_type: str | None = None
    phases: frozenset[str] = frozenset()
    enrolment: int | None = None
    start: str | None = None
    """Year and month."""
    sponsor: frozenset[str] = frozenset()
    """Words of its name."""
    posted: str | None = None
    """The day on which the register first showed the record; it never changes."""
    acronym: int | None = None
    numbers: frozenset[int] = frozenset()
    """What the sponsor and others number the study by."""
    treatments: frozenset[str] = frozenset()
    """Words of the names of what is given; of an article, which has no names apart, of its opening."""


def statements(document: Study | Article) -> set[Statement]:
    """All statements of a document."""
    return set(_of_article(document) if isinstance(document, Article) else _of_study(document))


def titles(document: Study | Article) -> list[str]:
    """The titles of a document; of a text without markup its first line, when it is short."""
    if isinstance(document, Article):
        first = document.title or ""
        if not first or _UNFINISHED.search(first):
            first = _first_line(document.text[: _LONGEST_TITLE + 1])
        return [_GLUED.sub("", first).strip()] if first and len(first) <= _LONGEST_TITLE else []
    identification = document.protocol_section.identification_module
    return [one for one in (identification.brief_title, identification.official_title) if one]


def _first_line(text: str) -> str:
    first, _, rest = text.strip().partition("\n")
    return f"{first.rstrip()} {_first_line(rest)}" if rest and _UNFINISHED.search(first) else first


def key(words: str) -> str:
    """Letters and digits of some words, in lower case."""
    return "".join(_WORD.findall(repaired_text(words).casefold())).replace("_", "")


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()) >> 1


def _some(kind: str, texts: Iterable[str | None], least: int = 3) -> Iterator[Statement]:
    for text in texts:
        if text and len(letters := key(text)) >= least:
            yield Statement(kind, _hash(letters))


def _parts(some: Iterable[str]) -> Iterator[Statement]:
    """Runs of four words of titles: they lead from a title to one that was reworded."""
    for one in some:
        words = _WORD.findall(one.casefold())
        yield from (Statement(TITLE_PART, _hash(" ".join(words[n : n + _PART]))) for n in range(len(words) - _PART + 1))


_PART = 4


def _sentences(texts: Iterable[str | None]) -> Iterator[Statement]:
    for text in texts:
        if text:
            found = _END.split(text)[:_MOST_SENTENCES]
            yield from _some(SENTENCE, found, _LEAST_SENTENCE)
            yield from _some(SENTENCE, (item for one in found if "\n" in one.strip() for item in _ITEM.split(one)), _LEAST_SENTENCE)


def _of_study(study: Study) -> Iterator[Statement]:
    protocol = study.protocol_section
    described = protocol.description_module
    outcomes = protocol.outcomes_module
    measures = [*outcomes.primary_outcomes, *outcomes.secondary_outcomes, *outcomes.other_outcomes]
    sponsor = protocol.sponsor_collaborators_module.lead_sponsor
    yield from _some(TITLE, titles(study), 8)
    yield from _parts(titles(study))
    yield from _some(CONDITION, protocol.conditions_module.conditions)
    yield from _some(INTERVENTION, (one.name for one in protocol.arms_interventions_module.interventions))
    yield from _some(OUTCOME, (one.measure for one in measures))
    yield from _some(SPONSOR, (sponsor.name if sponsor else None,))
    yield from (Statement(NUMBER, one) for one in _numbers(study))
    prose = (described.brief_summary, described.detailed_description, protocol.eligibility_module.eligibility_criteria)
    yield from _sentences((*prose, *(one.description for one in measures)))


def opening(article: Article) -> str:
    """The text that tells what an article is about."""
    shown = (article.text[one.start : one.end] for one in article.paragraphs if one.kind in ("title", "paragraph"))
    return "\n".join(shown)[:_OPENING]


def facts(document: Study | Article) -> Facts:
    """What tells a document's trial from others; of an article the phases that it names; its numbers are words (`topics.py`)."""
    if isinstance(document, Article):
        shown = opening(document)
        named = {part.casefold() for match in _PHASE.finditer(shown) for part in match.groups() if part}
        phases = frozenset(_ROMAN.get(part, part) for part in named)
        return Facts(phases=phases, treatments=_words((shown,)) - _ANY_TREATMENT)
    protocol = document.protocol_section
    design, status = protocol.design_module, protocol.status_module
    start, posted = _day(status.start_date_struct), _day(status.study_first_post_date_struct)
    sponsor, acronym = protocol.sponsor_collaborators_module.lead_sponsor, protocol.identification_module.acronym
    treatments = (name for one in protocol.arms_interventions_module.interventions for name in (one.name, *one.other_names))
    return Facts(
        study_type=design.study_type.casefold() if design.study_type else None,
        phases=frozenset(re.sub(r"\W|_|EARLY|phase", "", one, flags=re.IGNORECASE) for one in design.phases) - {"NA"},
        enrolment=parse_count(design.enrollment_info.count) if design.enrollment_info else None,
        start=start.date.strftime("%Y-%m") if start and start.precision != "year" else None,
        sponsor=_words((sponsor.name,)) if sponsor else frozenset(),
        posted=posted.date.isoformat() if posted and posted.precision == "day" else None,
        acronym=_hash(key(acronym)) if acronym and len(key(acronym)) > 1 else None,
        numbers=frozenset(_numbers(document)),
        treatments=_words(treatments) - _ANY_TREATMENT,
    )


def _words(names: Iterable[str | None]) -> frozenset[str]:
    return frozenset(word for word in _WORD.findall(" ".join(filter(None, names)).casefold()) if len(word) > _SHORT)


def _day(stated: DateStruct | None) -> PartialDate | None:
    return parse_date(stated.date) if stated else None


_SHORT = 2
_ANY_TREATMENT = frozenset({"and", "for", "the", "with", "other", "oral", "dose", "drug", "group", "study", "therapy", "treatment"}) | {
    *("care", "standard", "usual", "control", "placebo", "match", "matching", "questionnaire"),
}
"""Words that name no treatment, and stand in any article."""
_LEAST_NUMBER = 4


def _numbers(study: Study) -> Iterator[int]:
    """What a study is numbered by beside the register's own id; "001" and "N/A" are no numbers."""
    identification = study.protocol_section.identification_module
    for one in (identification.org_study_id_info, *identification.secondary_id_infos):
        letters = key(one.id) if one and one.id else ""
        if len(letters) >= _LEAST_NUMBER and re.search(r"[1-9]", letters) and not _NCT.fullmatch(letters):
            yield _hash(letters)


_NCT = re.compile(r"nct\d{8}")


def _of_article(article: Article) -> Iterator[Statement]:
    yield from _some(TITLE, titles(article), 8)
    yield from _parts(titles(article))
    yield from _sentences(article.text[one.start : one.end] for one in article.paragraphs)
