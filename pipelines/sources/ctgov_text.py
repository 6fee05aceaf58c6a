"""ClinicalTrials.gov records as text without labels: the cells of the export, one per line, in a fixed order.

Belongs here: telling such a file from any other text, and which lines are which cell. Not here: what is inside a cell
(`ctgov_cells`), how the weights were fitted (`ctgov_text_train`).

The order is brief title, brief summary, conditions, interventions, primary, secondary and other outcomes, detailed
description, eligibility criteria. A missing cell is an empty line or no line at all, and a cell may have line breaks
inside. What is certain:
- title, conditions and interventions are one line each (in all of 1,725 records read for this);
- the interventions line is known by its enum words in capitals ("DRUG: …|PROCEDURE: …"), and the conditions stand
before it;
- the criteria are the last cell and begin with a heading that says so.
Where one outcome cell ends and the next, or the description, begins is not marked. It is decided jointly for all lines
after the interventions: each is the start of an outcome cell, its continuation, the start of the description or inside
it, and the most probable sequence in that order is taken. The probabilities are a logistic regression over the shapes
and words of a line.
"""

import json
import math
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pipelines.shapes import Origin, OutcomesModule, ProtocolSection, Study
from pipelines.sources import ctgov_cells
from pipelines.sources.records import MAX_RECORD_BYTES, Reason, Record, Reject, excerpt, text_sha256
from pipelines.sources.study_record import study_record
from pipelines.text.encoding import decode
from pipelines.text.language import detect_language

FORMAT = "ctgov_text"

CARRIED = [
    "conditions",
    "endpoints",
    "regimens",
    "trials.brief_summary",
    "trials.brief_title",
    "trials.detailed_description",
    "trials.eligibility_criteria",
    "trials.is_oncology",
]

STATES = ("outcomes", "outcomes continued", "description", "description continued")
"""What a line after the interventions can be; the order of the weights."""

_TYPE = "BEHAVIORAL|BIOLOGICAL|COMBINATION_PRODUCT|DEVICE|DIAGNOSTIC_TEST|DIETARY_SUPPLEMENT|DRUG|GENETIC|OTHER|PROCEDURE|RADIATION"
_INTERVENTIONS = re.compile(rf"(?:{_TYPE}): \S.*")
_INTERVENTION = re.compile(rf"(?:{_TYPE}): ")
_CRITERIA = re.compile(
    r"\W{0,5}(?:\d+\. ?)?(?:[\w-]+ ){0,3}?(?:inclusion|eligibility|entry)(?: (?:and|&|/) ?exclusion)? criteri(?:a|on)\b"
    r"(?:\s*:.*|.{0,30})|\W{0,5}inclusion\s*:?|disease characteristics:.*",
    re.IGNORECASE,
)
# "Intervention Strategy:", "Secondary Indicators:" after the criteria show that these stand within a description.
_NOT_CRITERIA = re.compile(
    r"\W{0,4}(?:interventions?|procedures?|treatment|objectives?|aims?|primary|secondary|exploratory|outcomes?|endpoints?|"
    r"study design|methods?|statistic|sample size|follow|randomi[sz]ation|background|indicators?)\b[^.;,]{0,50}:\s*",
    re.IGNORECASE,
)
# Markup, JSON, and rows or headers of tables ("id,name,status,…").
_NO_TITLE = re.compile(r'[#<>{|*=-]|\[[\[{"]|[^\t]*\t|(?:[^,\s][^,]*,){4}[^,\s]')
_MAX_TITLE = 400
"""Characters in a title line; the registry allows 300."""
_MAX_CONDITIONS = 4_000
_MAX_JUDGED = 400
"""Lines after the interventions that are judged one by one; outcome cells of real records end long before."""


class Line(NamedTuple):
    start: int
    end: int
    text: str


class Cells(NamedTuple):
    """Spans of the cells in the text; None for what is missing. `outcomes` are primary, secondary and other."""

    title: tuple[int, int]
    summary: tuple[int, int] | None
    conditions: tuple[int, int] | None
    interventions: tuple[int, int] | None
    outcomes: tuple[tuple[int, int] | None, tuple[int, int] | None, tuple[int, int] | None]
    description: tuple[int, int] | None
    criteria: tuple[int, int] | None


def sniff(head: bytes) -> bool:
    """Is this one record? Said only if its cells are found, and outcomes, criteria or a second intervention bear them
    out.
    """
    text = decode(head).text
    found = cells(text)
    if found is None:
        return False
    listed = found.interventions is not None and "|" in text[slice(*found.interventions)]
    # Nearly every outcome has a time frame, joined to it by ", "; a sentence after "DRUG: Use with care." may have none.
    outcomes = any(span and ", " in text[slice(*span)] for span in found.outcomes)
    return outcomes or listed or found.criteria is not None


def read(data: bytes, *, first_index: int = 0, header: bytes = b"") -> Iterator[Record | Reject]:
    """The one record of the file."""
    if len(data) > MAX_RECORD_BYTES:
        yield _reject(first_index, Reason.TOO_LARGE, f"{len(data)} bytes", data[:1000])
        return
    decoded = decode(header + data)
    text = decoded.text
    found = cells(text)
    if found is None:
        reason = Reason.UNKNOWN_FORMAT if text.strip() else Reason.EMPTY_RECORD
        yield _reject(first_index, reason, "no line of interventions or conditions", data[:1000])
        return
    yield study_record(
        _study(text, found),
        format=FORMAT,
        index=first_index,
        n_chars=len(text),
        encoding=decoded.encoding,
        language=detect_language(text),
        repairs=decoded.repairs,
        content_sha256=text_sha256(text),
    )


def _reject(index: int, reason: Reason, detail: str, head: bytes) -> Reject:
    return Reject(index=index, format=FORMAT, reason=reason, detail=detail, excerpt=excerpt(head))


def _study(text: str, found: Cells) -> Study:
    origins: dict[str, Origin] = {}

    def part(span: tuple[int, int] | None, path: str) -> str | None:
        if span is None:
            return None
        origins[path] = Origin("text", *span)
        return text[slice(*span)]

    protocol = ProtocolSection()
    protocol.identification_module.brief_title = part(found.title, "identificationModule.briefTitle")
    protocol.description_module.brief_summary = part(found.summary, "descriptionModule.briefSummary")
    protocol.description_module.detailed_description = part(found.description, "descriptionModule.detailedDescription")
    protocol.eligibility_module.eligibility_criteria = part(found.criteria, "eligibilityModule.eligibilityCriteria")
    if found.conditions:
        protocol.conditions_module.conditions = ctgov_cells.texts(
            text[slice(*found.conditions)],
            path="conditionsModule.conditions",
            field="text",
            base=found.conditions[0],
            origins=origins,
        )
    if found.interventions:
        protocol.arms_interventions_module.interventions = ctgov_cells.interventions(
            text[slice(*found.interventions)], field="text", base=found.interventions[0], origins=origins
        )
    protocol.outcomes_module = _outcomes(text, found, origins)
    return Study(protocol_section=protocol, origins=origins, source_texts={"text": text}, carried=CARRIED)


def _outcomes(text: str, found: Cells, origins: dict[str, Origin]) -> OutcomesModule:
    return ctgov_cells.outcomes(
        [text[slice(*span)] if span else "" for span in found.outcomes],
        fields=("text",) * 3,
        bases=[span[0] if span else 0 for span in found.outcomes],
        origins=origins,
    )


def cells(text: str) -> Cells | None:
    """Where the cells of a record stand in `text`; None when this is no such record."""
    lines = _lines(text)
    if len(lines) < 3 or len(lines[0].text) > _MAX_TITLE or _NO_TITLE.match(lines[0].text):
        return None
    anchor = _interventions_line(lines)
    end = _criteria_start(lines, (anchor or 1) + 1)
    conditions = _conditions_line(lines, end) if anchor is None else anchor - 1
    # Blank lines between all cells are layout; elsewhere a blank line is a cell that is missing.
    spaced = anchor is not None and anchor > 3 and not lines[1].text and lines[2].text and not lines[anchor - 1].text
    if conditions is None or conditions < 1:
        return None
    if spaced:
        conditions -= 1
    if len(lines[conditions].text) > _MAX_CONDITIONS or _INTERVENTION.match(lines[conditions].text):
        return None
    last = anchor if anchor is not None else conditions if lines[conditions + 1].text else conditions + 1
    judged = [number for number in range(last, end) if not spaced or lines[number].text or not lines[number - 1].text]
    roles: list[tuple[int, int] | None] = [None, None, None]
    description = None
    role = -1
    marks = segments([lines[number].text for number in judged])
    stops = [*(offset for _, offset in marks[1:]), len(judged)]
    to_come = sum(state == "outcomes" for state, _ in marks)
    previous = 0
    for (state, offset), stop in zip(marks, stops, strict=False):
        span = _span(lines, judged[offset], judged[stop] if stop < len(judged) else end)
        if state == "outcomes":
            # A blank line stands for an outcome cell that is missing, as long as those to come still have a place.
            filled = next((n for n in range(offset - 1, previous, -1) if lines[judged[n]].text), previous)
            to_come -= 1
            role = min(role + offset - filled, len(roles) - 1 - to_come)
            roles[role] = span
        else:
            description = span
        previous = offset
    return Cells(
        title=(lines[0].start, lines[0].end),
        summary=_span(lines, 1, conditions),
        conditions=_span(lines, conditions, conditions + 1),
        interventions=_span(lines, anchor, anchor + 1) if anchor is not None else None,
        outcomes=(roles[0], roles[1], roles[2]),
        description=description,
        criteria=_span(lines, end, len(lines)),
    )


def _lines(text: str) -> list[Line]:
    """Lines from the first to the last that is not blank; a blank line has the text ""."""
    found: list[Line] = []
    for match in re.finditer(r"[^\n]*", text):
        if match.end() == match.start() and match.start() and text[match.start() - 1] != "\n":
            continue
        line = match[0]
        bare = line.rstrip()
        if bare or found:
            found.append(Line(match.start(), match.start() + len(bare), bare))
    while found and not found[-1].text:
        found.pop()
    return found


def _span(lines: Sequence[Line], first: int, stop: int) -> tuple[int, int] | None:
    """Span of the lines `first` to before `stop`, without blank lines at either end; None when nothing is left."""
    while first < stop and not lines[first].text:
        first += 1
    while first < stop and not lines[stop - 1].text:
        stop -= 1
    return (lines[first].start, lines[stop - 1].end) if first < stop else None


def _interventions_line(lines: Sequence[Line]) -> int | None:
    """The first line made of "TYPE: name" items, if no line of the same kind is next to it (that would be a list of
    labels).
    """
    for number in range(2, len(lines)):
        if _INTERVENTIONS.fullmatch(lines[number].text):
            beside = (lines[near].text for near in (number - 1, number + 1) if near < len(lines))
            return None if any(_INTERVENTIONS.fullmatch(text) for text in beside) else number
    return None


def _criteria_start(lines: Sequence[Line], first: int) -> int:
    """The line from `first` on where the eligibility criteria begin; the number of lines when there are none.

    Criteria within a description ("… Exclusion Criteria: … Intervention Strategy: …") are left there.
    """
    after = max((n for n, line in enumerate(lines) if _NOT_CRITERIA.fullmatch(line.text)), default=0) + 1
    for number in range(max(first, after), len(lines)):
        if lines[number].text and _CRITERIA.fullmatch(lines[number].text):
            return number
    return len(lines)


def _conditions_line(lines: Sequence[Line], end: int) -> int | None:
    """The conditions of a record without interventions: a line that is no sentence, before one that is clearly
    outcomes.

    Observational studies often have none. A heading in an article looks much like conditions, so that more is asked
    than such a pair of lines: a list with `|` in one of them, or criteria at the end.
    """
    if lines[0].text.endswith("."):
        return None
    title = {word for word in _WORD.findall(lines[0].text.lower()) if len(word) > 3}
    has_criteria = end < len(lines)
    for number in range(1, min(end, 60)):
        text = lines[number].text
        if not text or text[-1] in ".:;?!" or ": " in text or _BULLET.match(text) or len(text) > 300:
            continue
        listed = "|" in text
        if not listed and not title & set(_WORD.findall(text.lower())):
            continue
        # One blank line may stand for the interventions.
        below = number + 1 + (number + 1 < end and not lines[number + 1].text)
        window = [text, *(line.text for line in lines[below:end])]
        follower = next((n for n in range(1, len(window)) if window[n]), None)
        if follower is None:
            if has_criteria and (listed or number <= 2):
                return number
            continue
        features = line_features(window, follower, bars_later(window))
        bar = listed or "|" in window[follower]
        if not (has_criteria or (bar and "short time frame" in features)):
            continue
        if "commas 0" not in features and _scores(features)[0] > math.log(0.5):
            return number
    return None


TIME = re.compile(
    r"(?:\d|\b)(?:(?:second|sec|minute|min|hour|hr|h|day|week|wk|month|mo|year|yr|cycle)s?|baseline|time|visit|study|"
    r"treatment|surgery|follow[- ]?up|completion|discharge|enrol?lment|randomi[sz]ation|progression|death|up to|"
    r"through|until|from|before|after|during|within|at|every|average|immediately|post|pre|end)\b",
    re.IGNORECASE,
)
"""Words of time frames."""

_WORD = re.compile(r"\w+")
_BULLET = re.compile(r"(?:[*•·◦\-–o]|\(?\d{1,2}[.)]|\(?[a-zA-Z][.)])\s")
_SENTENCE = re.compile(r"[.!?] +[A-Z(]")


def _bucket(number: float, limits: Sequence[float]) -> int:
    return next((n for n, limit in enumerate(limits) if number <= limit), len(limits))


def _kind(character: str) -> str:
    return "#" if character.isdigit() else "u" if character.isupper() else "a" if character.isalpha() else character


def _shape(line: str, prefix: str) -> list[str]:
    """Features of one line by itself, above all of its end: does it close an outcome with a time frame?"""
    tail = line.rsplit("|", 1)[-1].rsplit(", ", 1)[-1][-200:]
    words = _WORD.findall(tail)
    times = len(TIME.findall(tail))
    last = "" if not words else "#" if words[-1][0].isdigit() else words[-1].lower()
    found = [
        f"{prefix}last word {last}",
        f"{prefix}last sign {_kind(line[-1])}",
        f"{prefix}first sign {_kind(line[0])}",
        f"{prefix}time words {_bucket(times, (0, 1, 2, 3, 5))}",
        f"{prefix}tail words {_bucket(len(words), (1, 2, 4, 8, 15, 30))}",
        f"{prefix}time share {_bucket(10 * times / (len(words) or 1), (0, 1, 2, 3, 4, 6))}",
        f"{prefix}commas {_bucket(line.count(', '), (0, 1, 2, 3, 6))}",
        f"{prefix}length {_bucket(len(line), (20, 50, 100, 200, 400, 800, 1600))}",
        f"{prefix}sentences {_bucket(len(_SENTENCE.findall(line)), (0, 1, 2, 4, 8))}",
        f"{prefix}bars {_bucket(line.count('|'), (0, 1, 3, 6))}",
        f"{prefix}head {_bucket(len(line.split(', ', 1)[0]), (10, 25, 50, 100, 200))}",
    ]
    if len(words) <= 12 and times and (last == "#" or TIME.fullmatch(words[-1])):
        found.append(f"{prefix}short time frame")
    if _BULLET.match(line):
        found.append(f"{prefix}bullet")
    return found


def line_features(lines: Sequence[str], number: int, bar_later: Sequence[bool]) -> list[str]:
    """Features of `lines[number]`, which is not blank; `lines[0]` is the last line before the outcomes."""
    line = lines[number]
    before = number - 1
    while before > 0 and not lines[before]:
        before -= 1
    found = _shape(line, "")
    words = [word.lower() for word in _WORD.findall(line[:80])]
    found += [f"first word {words[0]}"] if words else []
    found += [f"first words {words[0]} {words[1]}"] if len(words) > 1 else []
    found.append(f"blank lines before {min(3, number - 1 - before)}")
    found += _shape(lines[before], "before: ") if before else ["after interventions"]
    following = lines[number + 1] if number + 1 < len(lines) else None
    if following is None:
        found.append("next none")
    else:
        found.append("next blank" if not following else "next bullet" if _BULLET.match(following) else "next text")
    # No description was seen with a `|`, and an outcome cell without one is rare: what stands before a `|` is no
    # description.
    found += ["bar later"] if bar_later[number] else []
    found.append(f"lines left {_bucket(len(lines) - 1 - number, (0, 1, 2, 4, 10))}")
    return found


def bars_later(lines: Sequence[str]) -> list[bool]:
    """For each line: does a later one hold `|`?"""
    last = max((number for number, line in enumerate(lines) if "|" in line), default=-1)
    return [number < last for number in range(len(lines))]


@cache
def _weights() -> tuple[tuple[float, ...], dict[str, tuple[float, ...]]]:
    path = Path(__file__).with_name("data") / "ctgov_text_lines.json"
    stored = json.loads(path.read_text(encoding="utf-8"))
    return tuple(stored["intercept"]), {name: tuple(weights) for name, weights in stored["weights"].items()}


def _scores(features: Sequence[str]) -> list[float]:
    """Log probability of each of `STATES`."""
    intercept, weights = _weights()
    sums = list(intercept)
    for feature in features:
        if (values := weights.get(feature)) is not None:
            for state, value in enumerate(values):
                sums[state] += value
    top = max(sums)
    total = top + math.log(sum(math.exp(value - top) for value in sums))
    return [value - total for value in sums]


def segments(lines: Sequence[str]) -> list[tuple[str, int]]:
    """Starts of the outcome cells (at most three) and of the description: (state, line number), in order.

    `lines[0]` is the line of interventions (or of conditions, where there are none); blank lines are "".
    """
    bar_later = bars_later(lines)
    # State of the path: how many outcome cells have begun, and whether the description has. Paths are kept as linked
    # pairs.
    best: dict[tuple[int, bool], tuple[float, list[tuple[str, int]]]] = {(0, False): (0.0, [])}
    judged = 0
    for number in range(1, len(lines)):
        if not lines[number]:
            continue
        judged += 1
        if judged > _MAX_JUDGED:
            break
        start, more, description, inside = _scores(line_features(lines, number, bar_later))
        following: dict[tuple[int, bool], tuple[float, list[tuple[str, int]]]] = {}

        def offer(state: tuple[int, bool], score: float, path: list[tuple[str, int]]) -> None:
            if state not in following or following[state][0] < score:  # noqa: B023 - called in this turn only
                following[state] = (score, path)  # noqa: B023

        for (n_cells, described), (score, path) in best.items():
            if described:
                offer((n_cells, True), score + inside, path)
                continue
            if n_cells < 3:
                offer((n_cells + 1, False), score + start, [*path, ("outcomes", number)])
            if n_cells:
                offer((n_cells, False), score + more, path)
            offer((n_cells, True), score + description, [*path, ("description", number)])
        best = following
    return max(best.values(), key=lambda found: found[0])[1]
