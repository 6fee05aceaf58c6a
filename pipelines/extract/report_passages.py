"""The sentences of an article that report a trial's results, each read into findings.

Here belongs which sentences are read, which trial they report, and which only speak of others. How a sentence is read belongs to
`pipelines/grammar/findings.py`; what becomes of its findings, to `report_rows.py`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from pipelines.extract.report_groups import own_names
from pipelines.extract.report_tables import Table
from pipelines.extract.report_trials import parts
from pipelines.grammar.binding import sentences
from pipelines.grammar.findings import findings
from pipelines.grammar.groups import compared_arms
from pipelines.grammar.report import parsed_report
from pipelines.grammar.report_lexicon import EVENT, OUTCOME
from pipelines.grammar.reported import Context, Finding
from pipelines.grammar.tokens import Token
from pipelines.shapes import Article, Paragraph
from pipelines.text.repair import Repaired, repair


@dataclass(slots=True)
class Sentence:
    """A sentence that may report something, and where it stands."""

    tokens: Sequence[Token]
    paragraph: Paragraph
    repaired: Repaired

    @property
    def text(self) -> str:
        """Its words, as repaired."""
        return self.repaired.text[self.tokens[0].start : self.tokens[-1].end]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch of the repaired paragraph stands in the article's text."""
        first, last = self.repaired.original_span(start, end)
        return self.paragraph.start + first, self.paragraph.start + last


@dataclass(slots=True)
class Reported:
    """A finding, its sentence, and the name of the trial that it is about; None for the article's own where it names none."""

    finding: Finding
    sentence: Sentence
    trial: str | None


@dataclass(slots=True)
class Report:
    """What an article reports: its trials by name in the order of the text, and all findings."""

    trials: list[str | None]
    found: list[Reported]
    sentences: dict[str | None, list[Sentence]]


_MAY_REPORT = re.compile(
    r"[%％]|\d\s*(?:个月|個月|月|months?\b|mo\b|weeks?\b|years?\b|年|天|days?\b)|\b(?:HR|OR)\b|hazard|ratio|风险比|風險比|not (?:been )?reached|未达到|未達到|未报告|未報告"
    r"|\bno\b|\bnone\b|未见|未見|未出现|未出現|\bpatients?\b|患者|例",
    re.IGNORECASE,
)
"""What a paragraph must hold for anything to be reported in it."""
_SAFETY_CUES = frozenset({"ANYAE", "GRADEX", "TREL", "TEM", "IREL", "MOSTCOMMON", "SERIOUS", "DISC", "DLTW", "TDEATH"})


def reported(article: Article) -> Report:
    """All findings of an article about the trials that it reports."""
    read = list(_sentences(article))
    report = Report([], [], {})
    for part in parts([one.text for one in read], article.title):
        if part.is_background:
            continue
        own = [read[number] for number in part.sentences]
        report.sentences.setdefault(part.name, []).extend(own)
        found = list(_findings_of(own))
        if found and part.name not in report.trials:
            report.trials.append(part.name)
        report.found += (Reported(finding, sentence, part.name) for finding, sentence in found)
    return report


def _findings_of(own: Sequence[Sentence]) -> Iterator[tuple[Finding, Sentence]]:
    has_intervals = any(token.kind == "CIX" for one in own for token in one.tokens)
    context = Context(arms=compared_arms(one.tokens for one in own), has_intervals=has_intervals)
    table = Table()
    was_safety = False
    before: Paragraph | None = None
    for sentence in own:
        has_cue = any(token.kind in _SAFETY_CUES for token in sentence.tokens)
        is_safety = has_cue or (was_safety and before is sentence.paragraph)
        is_row = sentence.paragraph.kind == "table_row"
        read = table.findings if is_row else partial(findings, context=context)
        told_safety = False
        for finding in read(sentence.tokens, text=sentence.repaired.text):
            if finding.subject.kind != EVENT or is_safety or finding.group is not None:
                told_safety = told_safety or finding.subject.kind not in (OUTCOME, "FOLLOWUP")
                yield finding, sentence
        was_safety, before = told_safety, sentence.paragraph


def _sentences(article: Article) -> Iterator[Sentence]:
    own = (own_names(article.text),)
    for paragraph in article.paragraphs:
        text = article.text[paragraph.start : paragraph.end]
        if paragraph.kind == "metadata" or not text.strip():
            continue
        repaired = repair(text)
        parsed = parsed_report(repaired.text, own)
        if paragraph.kind == "table_row":
            if parsed:
                yield Sentence(parsed, paragraph, repaired)
            continue
        for tokens in sentences(parsed, repaired.text):
            yield Sentence(tokens, paragraph, repaired)
