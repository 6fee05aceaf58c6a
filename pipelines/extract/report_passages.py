"""The sentences of an article that report a trial's results, each read into findings.

Here belongs which sentences are read, which trial they report, and which only speak of others. How a sentence is read belongs to
`pipelines/grammar/findings.py`; what becomes of its findings, to `report_rows.py`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from pipelines.extract.report_groups import own_names
from pipelines.extract.report_tables import Table, tells_in_words
from pipelines.extract.report_trials import parts
from pipelines.grammar.binding import sentences
from pipelines.grammar.events import is_told_to_occur
from pipelines.grammar.findings import findings
from pipelines.grammar.groups import compared_arms
from pipelines.grammar.report import parsed_report
from pipelines.grammar.report_lexicon import EVENT, OUTCOME
from pipelines.grammar.reported import TOLERATED, Context, Finding
from pipelines.grammar.tokens import Token
from pipelines.grammar.tolerated_doses import tolerated_doses
from pipelines.shapes import Article, Paragraph
from pipelines.text.folding import folded
from pipelines.text.readable import readable
from pipelines.text.repair import Repaired


@dataclass(slots=True)
class Sentence:
    """A sentence, or a stretch of several in which nothing can be reported: that has no tokens.

    `passage` is the stretch of its repaired paragraph that its tokens point into, `offset` where that begins.
    """

    tokens: Sequence[Token]
    passage: str
    offset: int
    paragraph: Paragraph
    repaired: Repaired

    @property
    def text(self) -> str:
        """Its words, as repaired."""
        return self.passage[self.tokens[0].start : self.tokens[-1].end] if self.tokens else self.passage.rstrip(" \n.。")

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch of the passage stands in the article's text."""
        first, last = self.repaired.original_span(self.offset + start, self.offset + end)
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


_WHO = r"\s*(?:patients?|participants?|subjects?|cases?|deaths?|pts?\b|women|men\b|persons?|例|名|人|位)"
_MAY_REPORT = tuple(
    # Each begins with one character or class, or with the same, so that the machine passes over what cannot begin there.
    re.compile(expression)
    for expression in (
        # A length of time, a count of how many, a grade.
        rf"\d(?:[- ]?(?:months?|mos?\b|weeks?|wks?\b|years?|yrs?\b|days?|个?月|年|天|周|日)"
        rf"|\s?/\s?\d| (?:\w+ )?of (?:\w+ )?\d|(?: \w+){{0,2}}{_WHO}|级)",
        # A share, a ratio, a p value, what was not reached.
        r"%|percent|百分之|\(n\s?=|hazard|ratio|风险比|比值比|p值|置信|可信|not (?:yet )?(?:been )?(?:reached|estim\w+|eval\w+)"
        # Events: how many, or none.
        r"|未|没有|无|adverse|toxic|died|fatal|死亡|tolera|rp2d|recommended|耐受|推荐|grade|不良|毒性"
        # Groups: who is compared is said without a figure too.
        r"|versus|compar|random|assign|组|臂|较|随机|对比|相比",
        # Short words of all these.
        r"\b(?:hr|rr|ci|p|n[rea]|no(?:ne)?|without|never|mtd|vs?|arms?|groups?|cohorts?)\b",
        rf"(?:\b(?:one|two|three|four|five|six|seven|eight|nine|ten)\b|[一二三四五六七八九十两])(?: \w+){{0,2}}{_WHO}",
    )
)
"""What a sentence must hold one of, in folded words, to report anything or to say who is compared; any other is not taken apart."""
_SURE_END = re.compile(r"\.(?:(?<=[a-z]{4}\.)(?<!incl\.)(?<!prox\.)|(?<=[%)]\.))\s+(?=[A-Z])|。")
"""Ends of sentences that need no grammar to be told: not after a short word ("vs.") or a number ("1.")."""
_SAFETY_CUES = frozenset({"ANYAE", "GRADEX", "TREL", "TEM", "IREL", "MOSTCOMMON", "SERIOUS", "DISC", "DLTW", "TDEATH"})


_CHINESE = re.compile(r"[\u4e00-\u9fff]{4}")
_STUDY = re.compile(
    r"随机|入组|纳入|收录|耐受剂量|剂量限制|不良事件|研究(?:结果)?(?:显示|发现|表明|证实|提示)|结果显示|本研究|临床试验|期(?:临床)?(?:研究|试验)|[a-z0-9](?:研究|试验)"
    r"|\d\s?(?:例|名|位)|中位|置信|可信区间|信赖区间|(?<![a-z])(?:os|pfs|dfs|efs|rfs|lrfs|orr|dcr|ci|hr|vs)(?![a-z])|(?<![a-z])[pn]\s?[<=>]|(?<![a-z])(?:study|trial)(?![a-z])"
)
"""What a Chinese text must hold somewhere to report a study; popular pages tell survival of whole countries without any of it."""


def reported(article: Article) -> Report:
    """All findings of an article about the trials that it reports."""
    report = Report([], [], {})
    if _CHINESE.search(article.text) is not None and _STUDY.search(folded(article.text)) is None:
        return report
    read = list(_sentences(article))
    headings = {number for number, one in enumerate(read) if one.paragraph.kind == "heading"}
    for part in parts([one.text for one in read], article.title, headings):
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
    kinds = [{token.kind for token in one.tokens} for one in own]
    context = Context(arms=compared_arms(one.tokens for one in own), has_intervals=any("CIX" in of_one for of_one in kinds))
    table = Table()
    was_safety = False
    before: Paragraph | None = None
    for sentence, of_one in zip(own, kinds, strict=True):
        has_cue = not of_one.isdisjoint(_SAFETY_CUES)
        is_safety = has_cue or (was_safety and before is sentence.paragraph)
        is_row = sentence.paragraph.kind == "table_row" and not tells_in_words(sentence.tokens)
        read = table.findings if is_row else partial(findings, context=context)
        told = told_safety = False
        for finding in read(sentence.tokens, text=sentence.passage):
            told = True
            if finding.subject.kind != EVENT or _is_told(sentence, finding, is_safety=is_safety):
                told_safety = told_safety or finding.subject.kind not in (OUTCOME, "FOLLOWUP")
                yield finding, sentence
        if sentence.paragraph.kind != "table_row":
            table.end(is_safety=has_cue)
        if not is_row and not of_one.isdisjoint(TOLERATED):
            yield from ((finding, sentence) for finding in tolerated_doses(sentence.tokens, sentence.passage))
        if told_safety or told or before is not sentence.paragraph:
            was_safety = told_safety
        before = sentence.paragraph


def _is_told(sentence: Sentence, finding: Finding, *, is_safety: bool) -> bool:
    """Whether an event is reported, not only spoken of: among others, of a group, in a table, or where it is said to have occurred."""
    is_row = sentence.paragraph.kind == "table_row"
    return is_safety or is_row or finding.group is not None or is_told_to_occur(sentence.tokens, finding)


def _sentences(article: Article) -> Iterator[Sentence]:
    own = (own_names(article.text),)
    for paragraph in article.paragraphs:
        text = article.text[paragraph.start : paragraph.end]
        if paragraph.kind == "metadata" or not text.strip():
            continue
        repaired = readable(text)
        if paragraph.kind == "table_row":
            if parsed := parsed_report(repaired.text, own):
                yield Sentence(parsed, repaired.text, 0, paragraph, repaired)
            continue
        for start, end in _stretches(repaired.text):
            passage = repaired.text[start:end]
            if not _may_report(passage):
                yield Sentence((), passage, start, paragraph, repaired)
                continue
            for tokens in sentences(parsed_report(passage, own), passage):
                yield Sentence(tokens, passage, start, paragraph, repaired)


def _may_report(passage: str) -> bool:
    plain = folded(passage)
    return any(expression.search(plain) is not None for expression in _MAY_REPORT)


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of stretches of one sentence or a few, which together are the text."""
    start = 0
    for match in _SURE_END.finditer(text):
        if start < match.end() < len(text):
            yield start, match.end()
            start = match.end()
    yield start, len(text)
