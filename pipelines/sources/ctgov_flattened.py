"""ClinicalTrials.gov records flattened into four sections of lines: JSON with one list of lines per section, in English or translated.

Belongs here: telling such a file, and which line is what. The sections are `Intervention` (the arms), `Eligibility`, `Results` (one outcome
with its groups) and `Adverse Events` (counts per group); their names stay English where the lines are translated. Not here: what the words
of a line mean (`pipelines/extract`), and the forms in which the registry itself gives its records.

A line that ends in a number and a colon opens a group ("Results 2:", "结果二:"). Inside one, the lines "name: value" are told by the words
of their names. The source does not say whether an outcome is primary, or an event serious, so that neither is claimed. A translation may
have lost a line or the meaning of a word; what is no longer a number is left out, never guessed.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from pipelines.shapes import (
    AdverseEvent,
    AdverseEventsModule,
    ArmGroup,
    Category,
    Denom,
    DenomCount,
    EventGroup,
    EventStats,
    MeasureClass,
    Measurement,
    Origin,
    OutcomeMeasure,
    ProtocolSection,
    ResultGroup,
    ResultsSection,
    Study,
)
from pipelines.sources.records import MAX_RECORD_BYTES, Reason, Record, Reject, excerpt
from pipelines.sources.study_record import study_record
from pipelines.text.encoding import decode
from pipelines.text.language import detect_language

FORMAT = "ctgov_flattened_json"

CARRIED = ["arms", "endpoint_results", "regimens", "safety", "trials.eligibility_criteria"]

_ID, _ARMS, _CRITERIA, _RESULTS, _EVENTS = "Clinical Trial ID", "Intervention", "Eligibility", "Results", "Adverse Events"
_SECTIONS = (_ARMS, _CRITERIA, _RESULTS, _EVENTS)
_NCT_ID = re.compile(r"NCT\d{8}")

_OPENING = re.compile(r"[^\W\d][^:：(（]{0,30}?\s*(?:\d{1,2}|[一二三四五六七八九十]{1,3})\s*[:：]\s*")
"""A line that opens a group, in capitals, words or another script: "INTERVENTION 1:", "Results 2:", "干预一:"."""
_NAMED = re.compile(r"(?P<name>[^:：]{2,40})[:：]\s*(?P<value>.*)", re.DOTALL)
_NAMES = (
    ("time", re.compile(r"time ?frame|时间(?:框架|范围)", re.IGNORECASE)),
    ("title", re.compile(r"arm/group title|(?:手臂|组).*名称", re.IGNORECASE)),
    ("about", re.compile(r"arm/group description|(?:手臂|组).*描述", re.IGNORECASE)),
    ("analysed", re.compile(r"overall number of participants analyzed|参与者.*总数", re.IGNORECASE)),
    ("type", re.compile(r"measure type|(?:类型|型)$", re.IGNORECASE)),
    ("unit", re.compile(r"unit of measure|单位$", re.IGNORECASE)),
)
_AVERAGE = re.compile(
    r"(?P<kind>(?:geometric |least squares |log )?mean|median|平均值?|中位[数值]?)(?: ?\((?P<spread>[^)]*)\))?", re.IGNORECASE
)
_MEDIAN = re.compile(r"中位")
"""A machine writes 平均 for a mean and for a median; only 中位 can be believed."""

_NUMBER = r"-?(?:(?!0\d)\d[\d,]*(?:\.\d+)?|\.\d+)"
_TRAILING_UNITS = r"名参与者|个?月|[人名例天周年]"
_VALUE = re.compile(
    rf"(?P<before>.*?)(?<![A-Za-z0-9.,/第-])(?P<value>{_NUMBER}) ?(?P<unit>{_TRAILING_UNITS})?"
    rf"(?:\s+(?P<percent>\d+(?:\.\d+)?)\s?%"
    rf"|\s*[(（](?:(?P<low>{_NUMBER}|NA)\s*(?:to|至|到)\s*(?P<high>{_NUMBER}|NA)\D{{0,3}}|(?P<spread>{_NUMBER}))[)）])?\s*",
    re.DOTALL,
)
"""The number at the end of a line, with what stands before it: "Grade 2: 3  10.0%", "months  9.3        (4.1 to NA)"."""
_CLASS_SIZE = re.compile(r"(?P<before>.*\S)\s*[:：]\s*(?P<n>\d+)\s*(?:participants|名?参与者|人)\s*", re.DOTALL)
"""The size of a class, whose value stands on the next line: "Premenopausal: 4 participants"."""
_COUNTS = re.compile(
    r"(?P<term>.*?)\s*(?:\[\d+\])?\s*[:：]?\s*(?<!\d)(?P<affected>\d+)\s?/\s?(?P<at_risk>\d+)"
    r"\s*(?:[(（]\s*(?P<percent>\d+(?:[.,]\d+)?)\s*[%％]\s*[)）])?\s*",
    re.DOTALL,
)
_TOTAL = re.compile(r"\s*(?:total|总[数共计]|共计)\s*$", re.IGNORECASE)
_MARKS = " *†‡:："
"""What may stand behind the name of an event: the mark of a footnote, a colon."""


class Line(NamedTuple):
    """A line of a section: its words and their place in the section's text."""

    text: str
    start: int
    end: int


def sniff(head: bytes) -> bool:
    """Does a file that begins with these bytes hold such a record? An object whose first member is the id, with one of the sections."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return (
        text[:1] == b"{" and text[1:200].lstrip().startswith(f'"{_ID}"'.encode()) and any(f'"{one}"'.encode() in text for one in _SECTIONS)
    )


def read(data: bytes, *, first_index: int = 0, header: bytes = b"") -> Iterator[Record | Reject]:
    """The one record of the file."""
    if len(data) > MAX_RECORD_BYTES:
        yield _reject(first_index, Reason.TOO_LARGE, f"{len(data)} bytes", data[:1000])
        return
    decoded = decode(header + data)
    try:
        document = msgspec.json.decode(decoded.text)
        sections = {name: _section(document.get(name)) for name in _SECTIONS}
    except (msgspec.DecodeError, RecursionError) as error:
        is_truncated = "truncated" in str(error)
        yield _reject(first_index, Reason.TRUNCATED if is_truncated else Reason.INVALID_JSON, str(error), decoded.text[:1000])
        return
    except TypeError as error:
        yield _reject(first_index, Reason.INVALID_FIELD, str(error), decoded.text[:1000])
        return
    nct_id = str(document.get(_ID) or "").strip()
    if not _NCT_ID.fullmatch(nct_id):
        yield _reject(first_index, Reason.NOT_A_TRIAL, f"{_ID!r} is {nct_id!r}, no id of the registry", decoded.text[:1000])
        return
    texts = {name: "\n".join(line.text for line in lines) for name, lines in sections.items() if lines}
    yield study_record(
        _study(nct_id, sections, texts),
        format=FORMAT,
        index=first_index,
        n_chars=len(decoded.text),
        encoding=decoded.encoding,
        language=detect_language("\n".join(texts.values())),
        repairs=decoded.repairs,
    )


def _reject(index: int, reason: Reason, detail: str, head: bytes | str) -> Reject:
    return Reject(index=index, format=FORMAT, reason=reason, detail=detail, excerpt=excerpt(head))


def _section(listed: Any) -> list[Line]:
    """The lines of a section with their places in its text, which joins them by line breaks."""
    if listed is None:
        return []
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise TypeError("A section is not a list of lines.")
    found: list[Line] = []
    start = 0
    for text in listed:
        found.append(Line(text, start, start + len(text)))
        start += len(text) + 1
    return found


def _study(nct_id: str, sections: dict[str, list[Line]], texts: dict[str, str]) -> Study:
    origins: dict[str, Origin] = {}
    protocol = ProtocolSection()
    protocol.identification_module.nct_id = nct_id
    if criteria := texts.get(_CRITERIA):
        protocol.eligibility_module.eligibility_criteria = criteria
        origins["eligibilityModule.eligibilityCriteria"] = Origin(_CRITERIA)
    protocol.arms_interventions_module.arm_groups = list(_arms(sections[_ARMS], texts.get(_ARMS, ""), origins))
    results = ResultsSection()
    if measure := _measure(sections[_RESULTS], texts.get(_RESULTS, ""), origins):
        results.outcome_measures_module.outcome_measures = [measure]
    titles = [group.title for group in measure.groups] if measure else []
    results.adverse_events_module = _events(sections[_EVENTS], titles, origins)
    return Study(
        protocol_section=protocol,
        results_section=results,
        has_results=bool(sections[_RESULTS] or sections[_EVENTS]),
        origins=origins,
        source_texts=texts,
        carried=CARRIED,
    )


def _groups(lines: Sequence[Line]) -> tuple[list[Line], list[list[Line]]]:
    """The lines before the first opening, and those under each; blank lines are left out."""
    before: list[Line] = []
    groups: list[list[Line]] = []
    for line in lines:
        if _OPENING.fullmatch(line.text.strip()):
            groups.append([])
        elif line.text.strip():
            (groups[-1] if groups else before).append(line)
    return before, groups


def _place(lines: Sequence[Line], field: str) -> Origin:
    """Where some lines stand, without the blanks around them."""
    first, last = lines[0], lines[-1]
    start = first.start + len(first.text) - len(first.text.lstrip())
    return Origin(field, start, last.end - len(last.text) + len(last.text.rstrip()))


def _arms(lines: Sequence[Line], text: str, origins: dict[str, Origin]) -> Iterator[ArmGroup]:
    """An arm per group: its first line is the label, the others describe it."""
    for n, group in enumerate(one for one in _groups(lines)[1] if one):
        path = f"armsInterventionsModule.armGroups[{n}]"
        origins[f"{path}.label"] = label = _place(group[:1], _ARMS)
        arm = ArmGroup(label=text[label.start : label.end])
        if group[1:]:
            origins[f"{path}.description"] = about = _place(group[1:], _ARMS)
            arm.description = text[about.start : about.end]
        yield arm


# --- results -------------------------------------------------------------------------------------------------------------


def _name_of(line: Line) -> tuple[str | None, str]:
    """What a line states, by the words before its colon, and the words behind it."""
    named = _NAMED.fullmatch(line.text.strip())
    if named is None:
        return None, line.text.strip()
    name = next((name for name, words in _NAMES if words.search(named["name"].strip())), None)
    return name, named["value"] if name else line.text.strip()


def _measure(lines: Sequence[Line], text: str, origins: dict[str, Origin]) -> OutcomeMeasure | None:
    """The outcome, with a group per opening. Its first line is its title, what follows up to the time frame describes it."""
    before, groups = _groups(lines)
    told = before[1:] if before and before[0].text.strip().endswith((":", "：")) else before
    time = next((line for line in told if _name_of(line)[0] == "time"), None)
    words = [line for line in told if line is not time]
    if not words:
        return None
    path = "outcomeMeasuresModule.outcomeMeasures[0]"
    measure = OutcomeMeasure(title=words[0].text.strip())
    origins[f"{path}.title"] = _place(words[:1], _RESULTS)
    if words[1:]:
        origins[f"{path}.description"] = about = _place(words[1:], _RESULTS)
        measure.description = text[about.start : about.end]
    if time is not None:
        measure.time_frame = _name_of(time)[1]
        origins[f"{path}.timeFrame"] = Origin(_RESULTS, time.start + time.text.find(measure.time_frame), time.end)
    analysed = Denom(units="Participants")
    classes: dict[str, MeasureClass] = {}
    for n, group in enumerate(groups):
        group_id = f"OG{n:03d}"
        _read_group(group, group_id, measure, analysed)
        for line, title, value in _values(group, measure):
            value.group_id = group_id
            listed = classes.setdefault(title, MeasureClass(title=title or None, categories=[Category()])).categories[0].measurements
            origins[f"{path}.classes[{list(classes).index(title)}].categories[0].measurements[{len(listed)}]"] = _place([line], _RESULTS)
            listed.append(value)
    measure.denoms = [analysed] if analysed.counts else []
    measure.classes = list(classes.values())
    return measure


def _read_group(lines: Sequence[Line], group_id: str, measure: OutcomeMeasure, analysed: Denom) -> None:
    """Title, number analysed and kind of measure of a group."""
    group = ResultGroup(id=group_id)
    for line in lines:
        name, words = _name_of(line)
        average = _AVERAGE.fullmatch(words)
        if name == "title":
            group.title = words or None
        elif name == "about":
            group.description = words or None
        elif name == "analysed" and (number := re.search(r"\d[\d,]*", words)):
            analysed.counts.append(DenomCount(group_id=group_id, value=number[0]))
        elif name == "type":
            measure.param_type = measure.param_type or words or None
        elif average is not None:
            measure.param_type = "Median" if _MEDIAN.match(average["kind"]) else average["kind"]
            measure.dispersion_type = average["spread"]
    measure.groups.append(group)


def _values(lines: Sequence[Line], measure: OutcomeMeasure) -> Iterator[tuple[Line, str, Measurement]]:
    """The numbers of a group with the title of their class: behind the unit, and on the lines after it."""
    unit = next((n for n, line in enumerate(lines) if _name_of(line)[0] == "unit"), len(lines))
    title = ""
    for line in lines[unit:]:
        name, words = _name_of(line)
        size = _CLASS_SIZE.fullmatch(words)
        found = _VALUE.fullmatch(words) if size is None else None
        before = size["before"] if size is not None else found["before"] if found is not None else ""
        if name == "unit":
            before = _without_unit(f"{before}{(found and found['unit']) or ''}", measure)
        title = before.strip().rstrip(":：").strip() or title
        if found is None or not _is_plain(found):
            continue
        value = Measurement(value=found["value"], lower_limit=found["low"], upper_limit=found["high"], spread=found["spread"])
        value.comment = f"{found['percent']}%" if found["percent"] else None
        yield line, title, value
        title = ""


def _is_plain(found: re.Match[str]) -> bool:
    """Whether a number can only be read one way: a translation may write a decimal point as a comma, "-3,314"."""
    return found.string.isascii() or not any("," in (found[name] or "") for name in ("value", "low", "high", "spread"))


def _without_unit(words: str, measure: OutcomeMeasure) -> str:
    """What is left of the words before a value once the unit is told: two blanks part the two, "participants  Grade 3:"."""
    unit, _, title = words.partition("  ")
    if not title and unit.rstrip().endswith((":", "：")):
        return unit  # A translation without the two blanks: all of it says what was counted.
    measure.unit_of_measure = measure.unit_of_measure or unit.strip() or None
    return title


# --- adverse events ------------------------------------------------------------------------------------------------------


def _events(lines: Sequence[Line], titles: Sequence[str | None], origins: dict[str, Origin]) -> AdverseEventsModule:
    """The events with their counts per group; a group is named as the one of the same number of the results is."""
    module = AdverseEventsModule()
    events: dict[str, AdverseEvent] = {}
    for n, group in enumerate(_groups(lines)[1]):
        totals = EventGroup(id=f"EG{n:03d}", title=titles[n] if n < len(titles) else None)
        module.event_groups.append(totals)
        for line in group:
            if counts := _COUNTS.fullmatch(line.text):
                _add_counts(counts, _place([line], _EVENTS), n, module, events, origins)
    module.events = list(events.values())
    return module


def _add_counts(
    counts: re.Match[str],
    place: Origin,
    n: int,
    module: AdverseEventsModule,
    events: dict[str, AdverseEvent],
    origins: dict[str, Origin],
) -> None:
    """The counts of an event, or of all, in group `n`. Events whose name a translation has lost are kept apart from each other."""
    totals = module.event_groups[n]
    term = counts["term"].strip().rstrip(_MARKS).strip()
    percent = counts["percent"].replace(",", ".") if counts["percent"] else None
    affected, at_risk = _without_footnote(counts["affected"], counts["at_risk"], percent), counts["at_risk"]
    if _TOTAL.fullmatch(term):
        totals.all_num_affected, totals.all_num_at_risk = affected, at_risk
        origins[f"adverseEventsModule.eventGroups[{n}]"] = place
        return
    event = events.setdefault(term or f"\0{len(events)}", AdverseEvent(term=term or None))
    origins[f"adverseEventsModule.events[{list(events.values()).index(event)}].stats[{len(event.stats)}]"] = place
    event.stats.append(EventStats(group_id=totals.id, num_affected=affected, num_at_risk=at_risk, percent=percent))


def _without_footnote(affected: str, at_risk: str, percent: str | None) -> str:
    """The number of those affected, without the digit of a footnote glued to it: "Fatigue 217/284 (5.99%)" is 17 of 284."""
    if percent is None or int(at_risk) == 0 or len(affected) < 2 or _agree(affected, at_risk, percent):
        return affected
    bare = affected[1:]
    return bare if _agree(bare, at_risk, percent) else affected


def _agree(affected: str, at_risk: str, percent: str) -> bool:
    return abs(100 * int(affected) / int(at_risk) - float(percent)) < _LAST_DIGIT


_LAST_DIGIT = 0.011
"""Percentages are printed with two decimals."""
