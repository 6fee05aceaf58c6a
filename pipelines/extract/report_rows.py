"""Rows of `endpoint_results` and `safety`, and their evidence, from the findings of an article.

Here belongs which columns a finding fills. How findings are read belongs to `pipelines/grammar/findings.py`, which passages report a trial
to `report_passages.py`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pipelines.extract.group_sizes import name_key, sizes_by_group
from pipelines.extract.report_passages import Reported, Sentence
from pipelines.extract.row_flags import flags_of
from pipelines.extract.subject import Row, Subject
from pipelines.grammar.report_lexicon import EVENT, OUTCOME
from pipelines.grammar.reported import TOLERATED, Finding
from pipelines.grammar.reported import Subject as Measured
from pipelines.grammar.values import Count
from pipelines.text.folding import simplified

RESULT, SAFETY = "endpoint_results", "safety"
_SAFETY_KINDS = {
    EVENT: "event",
    "ANYAE": "any_event",
    "DEATH": "death",
    "DISC": "discontinuation",
    "DLTW": "dose_limiting_toxicity",
    **dict.fromkeys(TOLERATED, "maximum_tolerated_dose"),
}


def rows(said: Iterable[Reported], sentences: Sequence[Sentence], subject: Subject, field: str) -> Iterator[tuple[str, Row, Reported]]:
    """Table, row and finding, in the order of the text; what is said again of the same group is one row, the fuller statement of it."""
    made: dict[tuple[object, ...], tuple[str, Row, Reported]] = {}
    for one in said:
        finding, text = one.finding, one.sentence.passage
        for table, row in ((RESULT, result_row(finding, text)), (SAFETY, safety_row(finding, text))):
            if row is None:
                continue
            same: tuple[object, ...] = (table, *(row.get(name) for name in _SAME[table]))
            known = made.get(same)
            if known is not None and _is_of_another(one, known[2]):
                same = (*same, finding.subject.token.text)
                known = made.get(same)
            if known is None:
                made[same] = (table, row, one)
            elif sum(value is not None for value in row.values()) > sum(value is not None for value in known[1].values()):
                made[same] = (table, {**known[1], **{name: value for name, value in row.items() if value is not None}}, one)
    sizes = sizes_of(sentences)
    is_converted = any(_PINYIN_NOTE.search(one.passage) for one in sentences)
    taken = _sizes_of_groups([row for _, row, _ in made.values()])
    of_groups = sizes_by_group(sentences)
    for _, row, _ in made.values():
        _complete(row, sizes - taken.get(row.get("group_raw"), frozenset()))
        _complete_from_group(row, of_groups)
        if is_converted:
            # Such notes come from a machine that wrote a simplified text in traditional script: its words are given back.
            row |= {name: simplified(row[name]) for name in _NAMES if row.get(name)}
    counts = {RESULT: 0, SAFETY: 0}
    for table, row, one in made.values():
        counts[table] += 1
        name = "result" if table == RESULT else "event"
        key = "result_id" if table == RESULT else "safety_id"
        start, end = one.sentence.span(*_stretch(one))
        yield (
            table,
            {
                key: f"{subject.trial_id}/{subject.document_id[:12]}-{name}-{counts[table]}",
                "trial_id": subject.trial_id,
                **row,
                "document_id": subject.document_id,
                "field": field,
                "start_char": start,
                "end_char": end,
                "method": "text",
                "rule": one.finding.rule,
                "flags": flags_of(row),
            },
            one,
        )


def _is_of_another(one: Reported, other: Reported) -> bool:
    """Whether a sentence tells the same figure of two measures without a concept: "(partial response, 14%; stable disease, 14%)"."""
    mine, its = one.finding.subject, other.finding.subject
    is_without_concept = mine.outcome is not None and mine.outcome.concept is None and mine.kind == OUTCOME
    return is_without_concept and one.sentence is other.sentence and mine.token.text != its.token.text


_NAMES = ("group_raw", "term_raw", "measure_raw")


def sizes_of(sentences: Sequence[Sentence]) -> frozenset[int]:
    """The numbers of patients that a text speaks of: enrolled, in a group, analysed."""
    sizes: set[int] = set()
    for sentence in sentences:
        for token in sentence.tokens:
            if isinstance(token.value, Count):
                sizes.update(number for number in (token.value.n, token.value.total) if number is not None and number >= _SMALLEST_GROUP)
    return frozenset(sizes)


_SMALLEST_GROUP = 5


def _sizes_of_groups(rows: Sequence[Row]) -> dict[str | None, frozenset[int]]:
    """For each group, and for none, the numbers of patients that are those of other groups alone: of "8/101 with A" the 101."""
    whose: dict[int, set[str | None]] = {}
    for row in rows:
        total = row.get("n_total") or row.get("n_at_risk")
        if total is not None:
            whose.setdefault(total, set()).add(row.get("group_raw"))
    names = {row.get("group_raw") for row in rows}
    return {name: frozenset(size for size, groups in whose.items() if name not in groups and None not in groups) for name in names}


def _complete(row: Row, sizes: frozenset[int]) -> None:
    """Fill in of how many, where a count and its percentage fit one number of patients that the text speaks of, and no other."""
    n, total = ("n_events", "n_total") if "statistic" in row else ("n_affected", "n_at_risk")
    percent = row.get("value") if row.get("statistic") == "rate" else row.get("percent")
    if row.get(n) is None or row.get(total) is not None or percent is None:
        return
    half = 0.5 if float(percent).is_integer() else 0.05
    fitting = [size for size in sizes if size >= row[n] and abs(100 * row[n] / size - percent) <= half + 1e-9]
    # One of 5% may be one of any number from 19 to 22, one of 1% of nearly anything.
    if len(fitting) == 1 and half <= _SUREST * percent:
        row[total] = fitting[0]
        if total == "n_at_risk":
            row["percent_computed"] = 100 * row[n] / fitting[0]


def _complete_from_group(row: Row, sizes: Mapping[str, int]) -> None:
    """Fill in of how many a result is counted, where the text says how many there are in its group and no percentage contradicts.

    Events are left alone: they are counted among those who were treated, or could be assessed, which a group's size need not be.
    """
    size = sizes.get(name_key(row.get("group_raw") or ""))
    n = row.get("n_events")
    if n is None or row.get("n_total") is not None or size is None or n > size:
        return
    percent = row.get("value") if row.get("statistic") == "rate" else None
    if percent is None or abs(100 * n / size - percent) <= 1:
        row["n_total"] = size


_SUREST = 0.1
"""The most by which a percentage may have been rounded, as a part of it, for a total to be told from it."""

_SAME = {
    RESULT: ("concept", "statistic", "value", "unit", "group_raw", "landmark_months", "is_not_reached", "ci_low", "ci_high"),
    SAFETY: (
        *("kind", "term", "term_raw", "grade_min", "grade_max", "attribution", "group_raw", "percent", "n_affected", "is_absent"),
        "dose_raw",
    ),
}


def places(one: Reported, table: str, row_id: str, subject: Subject, field: str, sentences: Sequence[Sentence]) -> Iterator[Row]:
    """Rows of `evidence`: the stretch that a row was made from, and the words of each part of it.

    `sentences` are those about the trial: what a row is about may be said in one before, and go on ("in the placebo group it was 3%").
    """
    finding = one.finding
    of_subject = "term" if table == SAFETY else "measure"
    parts = [] if finding.subject.words is not None else [(of_subject, finding.subject.token)]
    parts += [(_ROLES.get(token.kind, "value"), token) for token in finding.value.tokens]
    if finding.landmark is not None:
        parts.append(("landmark", finding.landmark.token))
    if finding.group_token is not None:
        parts.append(("group", finding.group_token))
    found = [("whole", *_stretch(one), finding.rule)]
    found += ((role, token.start, token.end, token.rule or finding.rule) for role, token in parts)
    spans = [(role, *one.sentence.span(first, last), rule) for role, first, last, rule in found]
    if (named := _named_before(one, sentences)) is not None:
        spans.append((of_subject, *named, finding.rule))
    for ordinal, (role, start, end, rule) in enumerate(spans, start=1):
        yield {
            "table_name": table,
            "row_id": row_id,
            "ordinal": ordinal,
            "role": role,
            "document_id": subject.document_id,
            "field": field,
            "start_char": start,
            "end_char": end,
            "rule": rule,
        }


def _named_before(one: Reported, sentences: Sequence[Sentence]) -> tuple[int, int] | None:
    """Where the words of a subject stand that its own sentence does not name: the nearest place before."""
    words = one.finding.subject.words
    if words is None or words in one.sentence.passage:
        return None
    place = next((number for number, sentence in enumerate(sentences) if sentence is one.sentence), 0)
    for sentence in reversed(sentences[:place]):
        start = sentence.passage.rfind(words)
        if start >= 0:
            return sentence.span(start, start + len(words))
    return None


_ROLES = {"DOSE": "dose", "FREQX": "schedule", "CIX": "interval", "SPAN": "interval", "PX": "p_value"}


def _stretch(one: Reported) -> tuple[int, int]:
    """From the first to the last word that a row was made from."""
    finding = one.finding
    tokens = [*finding.value.tokens] if finding.subject.words is not None else [finding.subject.token, *finding.value.tokens]
    tokens += [finding.landmark.token] if finding.landmark is not None else []
    tokens += [finding.group_token] if finding.group_token is not None else []
    return min(token.start for token in tokens), max(token.end for token in tokens)


_PINYIN_NOTE = re.compile(r"\([a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü' ]*[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ][a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü' ]*\)")


def plain(words: str) -> str:
    """The source's words without notes of pinyin: "化療組" for "化療(liáo)組"."""
    return _PINYIN_NOTE.sub("", words) if "(" in words else words


def _words(subject: Measured, text: str) -> str:
    return plain(subject.words or text[subject.token.start : subject.token.end])


def result_row(finding: Finding, text: str) -> Row | None:
    """The row's own columns of a finding about an outcome or the follow-up; None for one that says nothing of either."""
    subject, value = finding.subject, finding.value
    if subject.kind not in (OUTCOME, "FOLLOWUP"):
        return None
    figure = _figure(finding)
    if figure is not None and figure["statistic"] == "rate" and _is_change(finding, text):
        figure["statistic"] = "difference"
    if figure is None or _is_said_in_passing(finding, figure):
        return None
    row: Row = {
        "concept": subject.outcome.concept if subject.outcome and not _is_share_of_events(finding) else None,
        "measure_raw": _words(subject, text),
        "group_raw": finding.group and plain(finding.group),
        **figure,
    }
    if value.count is not None:
        row |= {"n_events": value.count.n, "n_total": value.count.total}
    if finding.landmark is not None and row["statistic"] in ("rate", "count"):
        row["landmark_months"] = round(finding.landmark.time.months, 2)
    return row | _interval_and_p(finding)


def _figure(finding: Finding) -> Row | None:
    """Statistic, value and unit of a finding; None where it has no value that a result can have."""
    value = finding.value
    if value.estimate is not None:
        return {"statistic": value.estimate.kind, "value": value.estimate.value}
    if value.is_difference:
        amount = value.time.number if value.time else value.percent
        return {"statistic": "difference", "value": amount, "unit": value.time.unit if value.time else "%"}
    if value.time is not None:
        return {"statistic": _time_statistic(finding), "value": value.time.number, "unit": value.time.unit}
    if value.not_reached:
        return {"statistic": _time_statistic(finding), "is_not_reached": True}
    if value.percent is not None and not _is_count_of_events(finding):
        return {"statistic": _percent_statistic(finding), "value": value.percent, "unit": "%"}
    if value.count is not None:
        return {"statistic": "count", "value": float(value.count.n), "unit": "participants"}
    outcome = finding.subject.outcome
    if value.number is not None and (outcome is None or outcome.endpoint_class not in _TOLD_WITH_UNIT):
        return {"statistic": _number_statistic(finding), "value": value.number}
    return None


_CHANGE = re.compile(r"\b(?:percent(?:age)?|relative|%) changes?\b|变化率|变化百分比", re.IGNORECASE)
_FAR_CHARS = 40


def _is_change(finding: Finding, text: str) -> bool:
    """Whether a percentage tells by how much something changed, which is nobody's share: "the percent change in PSA was -12.5%"."""
    percent, token = finding.value.percent, finding.subject.token
    return percent is not None and (percent < 0 or _CHANGE.search(text, max(0, token.start - _FAR_CHARS), token.end) is not None)


_TOLD_WITH_UNIT = frozenset({"response", "pathology"})
"""Classes of outcomes of which a number without percent sign and patients says nothing."""


def _is_said_in_passing(finding: Finding, figure: Row) -> bool:
    """Whether a bare share of something without a concept is told as no result: without a count, a group, a time or another beside it."""
    outcome = finding.subject.outcome
    has_concept = outcome is not None and (outcome.concept is not None or outcome.endpoint_class in _TOLD_WITH_UNIT)
    is_bare = finding.value.count is None and finding.group is None and finding.landmark is None and finding.rule != "in_order"
    # "生存时间延长50%" says no rate: nothing is a share of a length of time.
    is_of_time = finding.subject.is_time_to_event and finding.subject.token.text.endswith(_LENGTHS) and finding.landmark is None
    # "528 PFS events: 234 in the letrozole group (49%)" tells no PFS rate.
    if finding.subject.token.text.endswith(" events") and finding.value.count is None and finding.subject.is_time_to_event:
        return True
    is_more_than_all = figure["statistic"] == "rate" and figure["value"] > _ALL
    return is_more_than_all or (figure["statistic"] == "rate" and ((is_bare and not has_concept) or is_of_time))


_ALL = 100
"""Percent; "延长了110%" is no rate."""
_LENGTHS = ("期", "间", "time", "duration")


def _is_count_of_events(finding: Finding) -> bool:
    """Whether a value counts the events of a measure: "24 (80%) progressed or died" is no rate of progression-free survival."""
    return _is_of_events(finding) and _EITHER.search(finding.subject.token.text) is not None


def _is_share_of_events(finding: Finding) -> bool:
    """Whether a value tells who had one of those events, which is the rate of no measure: "progression was seen in 12 (40%)"."""
    return _is_of_events(finding) and finding.value.percent is not None and not _is_count_of_events(finding)


_EITHER = re.compile(r"\b(?:and|or)\b|[或和及/]")


def _is_of_events(finding: Finding) -> bool:
    outcome = finding.subject.outcome
    is_event = finding.subject.is_time_to_event and outcome is not None and outcome.is_adverse and outcome.concept is not None
    return is_event and finding.value.count is not None


def _percent_statistic(finding: Finding) -> str:
    """A share is a rate, unless what was measured is itself told in percent: "the median change in tumour size was -30%"."""
    outcome = finding.subject.outcome
    is_size = outcome is not None and outcome.concept == "TUMOR_SIZE"
    is_measured = outcome is not None and (is_size or outcome.endpoint_class not in ("time_to_event", "response", "pathology"))
    if finding.subject.is_mean and is_size:
        return "mean"
    return "median" if finding.subject.is_median and is_measured and finding.value.count is None else "rate"


def _time_statistic(finding: Finding) -> str:
    if finding.subject.is_follow_up:
        return "mean" if finding.subject.is_mean and not finding.subject.is_median else "follow_up_median"
    return "mean" if finding.subject.is_mean and not finding.subject.is_median else "median"


def _number_statistic(finding: Finding) -> str:
    """A bare number is what the sentence calls it; of what no vocabulary knows it is a number without more."""
    subject = finding.subject
    is_told = subject.is_mean or subject.is_median or subject.outcome is None or subject.outcome.endpoint_class != "other"
    return _time_statistic(finding) if is_told else "number"


def _interval_and_p(finding: Finding) -> Row:
    row: Row = {}
    interval, p = finding.value.interval, finding.value.p
    if interval is not None:
        row |= {"ci_level_pct": interval.level, "ci_low": interval.low, "ci_high": interval.high}
        if interval.high_not_reached:
            row["ci_high_not_reached"] = True
    if p is not None:
        row |= {"p_value": p.value, "p_operator": p.operator}
    return row


def _without_open_bracket(words: str) -> str:
    """The words without a bracket at their end that was opened before them: "(MTD 40 mg/m2)"."""
    bare = words.rstrip()
    return bare[:-1].rstrip() if bare.endswith((")", "）")) and "(" not in bare and "（" not in bare else bare


def safety_row(finding: Finding, text: str) -> Row | None:
    """The row's own columns of a finding about events; None for one that is about an outcome."""
    subject, value = finding.subject, finding.value
    kind = _SAFETY_KINDS.get(subject.kind)
    if kind is None or value.estimate is not None or value.is_time() or value.is_difference:
        return None
    row: Row = {
        "kind": kind,
        "term_raw": _words(subject, text),
        "group_raw": finding.group and plain(finding.group),
        "attribution": subject.attribution,
    }
    if subject.term is not None:
        row |= {"term": subject.term.name, "system_organ_class": subject.term.system_organ_class}
    if subject.grades is not None:
        row |= {"grade_min": subject.grades.low, "grade_max": subject.grades.high}
    if subject.is_serious:
        row["is_serious"] = True
    if subject.is_absent:
        return row | {"is_absent": True, "n_affected": 0}
    if subject.kind in TOLERATED:
        return row | {"dose_raw": _without_open_bracket(text[value.tokens[0].start : value.tokens[-1].end])}
    if (value.percent is None and value.count is None) or (value.percent or 0) < 0:
        return None
    row["percent"] = value.percent
    if value.count is not None:
        row |= {"n_affected": value.count.n, "n_at_risk": value.count.total}
        if value.count.total:
            row["percent_computed"] = 100 * value.count.n / value.count.total
    return row
