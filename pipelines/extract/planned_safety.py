"""Rows of `safety` for what a protocol will look for: its planned outcomes that are adverse events, toxicities, complications or a dose.

Here belongs telling which outcomes those are, and which words of them name what is looked for. Counts of events belong to `safety.py`; the
outcomes themselves are rows of `endpoints`. Outcomes on anything else make no row, however often their descriptions speak of safety.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pipelines.extract.endpoints import planned, window
from pipelines.extract.subject import Row, Subject, evidence, span
from pipelines.extract.trials import is_oncology
from pipelines.shapes import Outcome, Study
from pipelines.text.grades import grade_band
from pipelines.text.repair import repair, repaired_text
from pipelines.vocab.adverse_events import Term, find_term
from pipelines.vocab.concepts import find_concept
from pipelines.vocab.criteria import grading_criteria

ASSESSMENT, LIMITING, DOSE = "planned_assessment", "dose_limiting_toxicity", "maximum_tolerated_dose"
_KIND = {"AE": ASSESSMENT, "SAE": ASSESSMENT, "SURGICAL_COMPLICATION": ASSESSMENT, "DLT": LIMITING, "MTD": DOSE, "RP2D": DOSE}


class _Planned(NamedTuple):
    """An outcome, its texts after repair, and where it stands."""

    outcome: Outcome
    path: str
    measure: str
    description: str | None
    study: Study
    subject: Subject


class _Said(NamedTuple):
    """One thing that an outcome looks for."""

    kind: str
    term_raw: str
    place: Row
    event: Term | None = None
    is_serious: bool | None = None
    is_listed: bool = False


def rows(study: Study, subject: Subject) -> Iterator[Row]:
    """Rows in the order of the outcomes; of each what its title says, then the events that it lists."""
    oncology = is_oncology(study) is True
    conditions = {find_term(one) for one in study.protocol_section.conditions_module.conditions} - {None}
    for identifier, _, _, path, outcome in planned(study, subject):
        if not outcome.measure or not _MAY_BE_SAFETY.search(f"{outcome.measure} {outcome.description or ''}"):
            continue
        description = repaired_text(outcome.description) if outcome.description else None
        one = _Planned(outcome, path, repaired_text(outcome.measure), description, study, subject)
        found = list(_said(one, oncology=oncology, conditions=conditions))
        if not found:
            continue
        common: Row = {
            "trial_id": subject.trial_id,
            "criteria": grading_criteria(one.measure, description),
            **window(outcome.time_frame, study, subject),
        }
        band = grade_band(one.measure)
        for number, said in enumerate(found, start=1):
            event = said.event
            row: Row = {
                **common,
                "safety_id": f"{identifier.replace('/', '/planned-')}.{number:02d}",
                "kind": said.kind,
                "term_raw": said.term_raw,
                "term": event.name if event else None,
                "system_organ_class": event.system_organ_class if event else None,
                **said.place,
            }
            if not said.is_listed:
                row |= {"is_serious": said.is_serious, "attribution": attribution(one.measure)}
                row |= {"grade_min": band[0], "grade_max": band[1]} if band else {}
            yield row


def attribution(text: str) -> str | None:
    """The one attribution that a title names; None where it names none, or several ("treatment-emergent and treatment-related")."""
    found = {name for name, pattern in _ATTRIBUTIONS if pattern.search(text)}
    return found.pop() if len(found) == 1 else None


_ATTRIBUTIONS = (
    ("treatment_emergent", re.compile(r"(?i:treatment[- ]?emerg(?:ent|ing))|\bTE(?:S)?AEs?\b|\bTESAEs?\b|治疗(?:期间|中|过程中)出现")),
    (
        "treatment_related",
        re.compile(
            r"(?i:\b(?:treatment|therapy|drug|medication|product|vaccine|device|procedure|radiation|radiotherapy|chemotherapy"
            r"|infusion)s?[- ]related)"
            r"|(?i:\brelated to (?:the )?(?:study |trial |investigational )?(?:treatment|therapy|drug|product|medication"
            r"|intervention|vaccine|device))"
            r"|\bTR(?:S)?AEs?\b|(?:治疗|药物)相关"
        ),
    ),
    ("immune_related", re.compile(r"(?i:\bimmun(?:e|o)[- ]?(?:related|mediated))|\bi[rm]AEs?\b|免疫(?:治疗)?(?:介导|相关)")),
)

# --- what an outcome is about ------------------------------------------------------------------------------------------

# Before anything else is read: few outcomes are about safety.
_MAY_BE_SAFETY = re.compile(
    r"(?i:adverse|toxic|side[- ]?effect|complication|safe|tolera|grade|recommended)|AE|DLT|MTD|RP\dD|RDE|SADR|ADR|CTC|ASTCT|Clavi"
    r"|不良|毒性|并发症|安全"
)
_EVENTS = (
    r"(?:adverse[- ](?:drug )?(?:events?|reactions?|effects?|experiences?)|side[- ]?effects?|toxicit(?:y|ies)|complications?"
    r"|(?-i:\b(?:TE|TR|TRS|TES|S|ir|im)?AE(?:s|SI|SIs)?\b|\bADRs?\b)|不良(?:事件|反应)|毒性|并发症)"
)
_HAS_EVENTS = re.compile(_EVENTS, re.IGNORECASE)
# "Infectious complications", "Long term adverse events"; not "Adjustment of the follow-up of diabetic complications".
_MODIFIER = (
    r"(?:serious|severe|non-?serious|major|minor|any|all|other|new|early|late|acute|chronic|long[- ]term|short[- ]term|general"
    r"|local|systemic|clinical"
    r"|(?:post|peri|intra|pre)[- ]?(?:operative|procedural|surgical|treatment)|surgical|procedural|wound|infectious|bleeding"
    r"|hemorrhagic|thrombotic|respiratory"
    r"|pulmonary|cardiac|gastrointestinal|genitourinary|gi|gu|neurologic(?:al)?|ha?ematologic(?:al)?|non-?ha?ematologic(?:al)?"
    r"|hepatic|renal|ocular|skin"
    r"|treatment|therapy|drug|study|immune|infusion|radiation|vaccine|device|procedure|related|emergent|mediated|associated"
    r"|limiting|dose|unanticipated"
    r"|unexpected|suspected|solicited|unsolicited|possible|potential|grade|grades|ctcae|severity|and|or|of|the|[1-5](?:[-/][1-5])?"
    r"|≥|higher|greater|above|adverse|type)"
)
_STARTS_WITH_EVENTS = re.compile(rf"(?:{_MODIFIER}[\s,/&-]+){{0,8}}{_EVENTS}", re.IGNORECASE)
_SAFETY_BY_EVENTS = re.compile(rf"(?:general |overall )?safety\b.*{_EVENTS}", re.IGNORECASE | re.DOTALL)
_OF_TOXICITY = re.compile(r"toxi", re.IGNORECASE)
_DLT = re.compile(
    r"(?:dose\s?[- ]?\s?limiting (?:toxicit(?:y|ies)|adverse events?)|剂量限制性毒性)(?:\s*[(（](?:TLD|DLTs?)[)）])?|(?-i:\bDLTs?\b)",
    re.IGNORECASE,
)
_DOSES = (
    re.compile(
        r"(?:maxim(?:um|al|ally)[- ]tolera(?:ted|ble)[- ]doses?|最大耐受剂量)(?:\s*[(（]MTD[)）])?|(?-i:\bMTD\b)",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:recommended (?:(?:phase \w+|study|expansion|part \w+) )*doses?(?: for (?:dose )?expansion)?"
        r"|(?:II期)?推荐剂量)(?:\s*[(（](?:RP[123]D|RPTD|RDE|RDFE|RD)[)）])?"
        r"|(?-i:\bRP[123]D\b|\bRPTD\b|\bRDE\b)",
        re.IGNORECASE,
    ),
)
# "If side effects are a risk factor for failure"; "changes of the score in the absence of severe adverse events".
_SOMETHING_ELSE = re.compile(
    r"(?:(?:mean|absolute|percent\w*|relative) )?changes?\b|improvement|if\b|whether\b|effects? (?:of|on)\b", re.IGNORECASE
)
# "Antitumour activity at the MTD" looks for no dose.
_AT = re.compile(r"\b(?:at|at or above|receiving|above|below) (?:the |each )?(?:mtd\s*(?:/|and/or|and|or)\s*)?$", re.IGNORECASE)
# "Use of an app to report data and learn about irAEs" looks for no event.
_AT_ONCE = re.compile(rf"(?:\w+ ){{0,3}}(?:safety|tolerab|tolerat|tolerance)|.{{0,80}}?{_EVENTS}", re.IGNORECASE | re.DOTALL)


def _said(one: _Planned, *, oncology: bool, conditions: set[Term | None]) -> Iterator[_Said]:
    """What one outcome looks for."""
    concept = find_concept(one.measure, is_oncology=oncology)
    kind = _KIND.get(concept.name) if concept else None
    if concept is not None and kind is None:
        return
    if kind == DOSE:
        for pattern in _DOSES:
            yield from _phrase(pattern, DOSE, one)
        return
    words = named(one.measure)
    event = _single_event(words)
    if _SOMETHING_ELSE.match(words) or (kind is None and not _is_safety(one, words, event, conditions)):
        return
    if concept is not None and concept.name == "AE" and event is None and not _AT_ONCE.match(words):
        return
    is_limiting = kind == LIMITING or (kind is None and _DLT.search(one.measure) is not None)
    if kind != LIMITING and not (is_limiting and not _DLT.sub("", words).strip(" ,.()")):
        place = evidence(one.subject, one.study, f"{one.path}.measure", "planned_outcome")
        yield _Said(ASSESSMENT, words, place, event, True if concept and concept.name == "SAE" else None)
    if is_limiting:
        # The description of a dose-limiting toxicity lists what is none too: "grade 3 nausea that resolves within 72 hours".
        yield from _phrase(_DLT, LIMITING, one)
    else:
        yield from _events_listed(one, event)


def _is_safety(one: _Planned, words: str, event: Term | None, conditions: set[Term | None]) -> bool:
    """Whether a title that no concept fits is on safety: its words start with events, or are one event that is graded or called toxic.

    "Number of patients with stroke" is what a trial on stroke hopes to change.
    """
    if event is None:
        return _STARTS_WITH_EVENTS.match(words) is not None or _SAFETY_BY_EVENTS.match(one.measure) is not None
    if event in conditions:
        return False
    is_graded = grade_band(one.measure) is not None or grading_criteria(one.measure, one.description) is not None
    return is_graded or _HAS_EVENTS.search(one.measure) is not None or _OF_TOXICITY.search(words) is not None


def _phrase(pattern: re.Pattern[str], kind: str, one: _Planned) -> Iterator[_Said]:
    """The phrase as the title has it; where the title has an abbreviation alone, as the description spells it out."""
    match = next((found for found in pattern.finditer(one.measure) if not _AT.search(one.measure[: found.start()])), None)
    if match is None:
        return
    if match[0].isupper() and one.measure.strip(" .") == match[0] and (spelt := pattern.match(one.description or "")):
        shown = _stretch("description", 0, spelt.end(), "planned_abbreviation", one)
        if shown is not None:
            yield _Said(kind, *shown)
            return
    yield _Said(kind, match[0], evidence(one.subject, one.study, f"{one.path}.measure", "planned_outcome"))


def _events_listed(one: _Planned, main: Term | None) -> Iterator[_Said]:
    """Events that title and description list, each once, where the published text shows them."""
    seen = {main}
    for part, text in (("measure", one.measure), ("description", one.description)):
        for start, end, event in _listed(text or ""):
            if event not in seen and (shown := _stretch(part, start, end, "planned_list", one)) is not None:
                seen.add(event)
                yield _Said(ASSESSMENT, *shown, event, is_listed=True)


def _stretch(part: str, start: int, end: int, rule: str, one: _Planned) -> tuple[str, Row] | None:
    """Words of a part of an outcome, after repair, and their evidence; None where the published text does not show them."""
    raw, path = getattr(one.outcome, part), f"{one.path}.{part}"
    repaired = repair(raw)
    shown = span(raw, repaired.original_span(start, end), path, one.study)
    if not shown:
        return None
    return repaired.text[start:end], {**evidence(one.subject, one.study, path, rule), "method": "text", **shown}


# --- which words name it -----------------------------------------------------------------------------------------------

_QUANTITY = (
    r"(?:numbers?|no\.|#|percentages?|percent|%|proportions?|rates?|incidences?|frequenc(?:y|ies)|occurrences?|prevalence|severity"
    r"|severities|nature|types?"
    r"|intensity|grades?|grading|durations?|presence|absence|relationship|relatedness|causality|seriousness|counts?|descriptions?"
    r"|evidence|development)"
)
_LEADS = tuple(
    re.compile(words, re.IGNORECASE)
    for words in (
        r"(?:parts?|phase|cohorts?|stage|arm|group|period)\s+[\w/-]+(?:\s+(?:and|&)\s+\w+"
        r"|\s+cohorts?\s+[\w-]+(?:\s+and\s+\w+)?)?\s*[-–:：]\s*",
        r"(?:safety|toxicity|tolerability|safety (?:and|&) tolerability|safety evaluation"
        r"|safety assessment)\s*[:：–-]\s*(?=[\w#%])(?!(?:nci|ctc))",
        r"(?:to )?(?:evaluate|assess|determine|measure|compare|describe|characteri[sz]e|monitor|estimate|explore|establish|identify"
        r"|evaluation of"
        r"|assessment of|measurement of|analysis of|monitoring(?: and recording)? of|recording of|determination of"
        r"|identification of)\s+(?:of\s+)?(?:the\s+)?",
        rf"(?:the\s+)?(?:(?:total|overall|cumulative|average|mean)\s+)?{_QUANTITY}(?:(?:\s*,\s*(?:and|or)?\s*|\s*/\s*|\s+(?:and|or"
        rf"|&)\s+)(?:the\s+)?(?:\w+\s+)?{_QUANTITY})*"
        r"\s*(?:\([^)]{1,12}\)\s*)?(?:of|in|for)\s+",
        r"(?:the\s+)?(?:all\s+)?(?:(?:study|treated|enrolled|eligible)\s+)?(?:participants?|patients?|subjects?|individuals?|people"
        r"|persons|women|men"
        r"|children|adults|volunteers)(?:\(s\))?\s+(?:(?:who|that)\s+(?:(?:experienced?|experience|have|had|develop(?:ed)?"
        r"|report(?:ed)?)\s+)?"
        r"|with\s*|experiencing\s+|having\s+|reporting\s+|developing\s+|experienced?\s+|in\s+whom\s+)",
        r"(?:at least (?:one|1)|one or more|1 or more|≥\s?1|the|an?)\s+",
    )
)
_TAILS = re.compile(
    r"[\s,;(–-]*(?:"
    r"\b(?:will be |is |are |was |were )?(?:as\s+)?(?:assessed|graded|measured|evaluated|determined|classified|categori[sz]ed"
    r"|scored|recorded|characteri[sz]ed|defined"
    r"|evidenced|rated|coded|monitored)\s+(?:by|per|using|according|with|on|via|based|through|in|following|as)\b\s*"
    r"|\b(?:according to|in accordance with|based on|using|as per|per(?= (?:the )?(?:nci|ctcae|common|national)))\b\s*"
    r"|\bby (?=(?:the )?(?:nci|ctcae|common t|national c|who |severity|grade|grading|type|system organ|soc|maximum|worst|greatest"
    r"|intensity|causality))"
    r"|\((?=(?:nci|ctcae|common t|national c))"
    r"|\bas (?:a |an )?(?:measure|indicator|assessment)s? of\b|[(\[](?=safety|tolerability)"
    r")",
    re.IGNORECASE,
)
_STRAY = " \t\n,;:.–-"


def named(measure: str) -> str:
    """The words of a title that name what is looked for.

    "Number of participants with treatment-related adverse events as assessed by CTCAE v4.0" looks for "treatment-related adverse events";
    "safety as measured by the occurrence of adverse events" for "adverse events".
    """
    words = _without_lead(measure)
    tail = _TAILS.search(words)
    if tail is not None:
        head, rest = words[: tail.start()], _without_lead(words[tail.end() :])
        if not head.strip(_STRAY):
            return measure
        # "Safety of omalizumab assessed by AEs and SAEs".
        by_events = not _HAS_EVENTS.search(head) and not _DLT.search(head) and _STARTS_WITH_EVENTS.match(rest)
        words = rest if by_events else head
        if by_events and (more := _TAILS.search(words)):
            words = words[: more.start()]
    words = words.strip(_STRAY)
    if words.count("(") > words.count(")"):
        words = words[: words.rindex("(")].strip(_STRAY)
    return words or measure


def _without_lead(text: str) -> str:
    """A title without what says only how often or in whom: "Incidence and severity of", "Part 1: Number of participants with"."""
    at = 0
    while True:
        match = next((found for lead in _LEADS if (found := lead.match(text, at)) and found.end() > at), None)
        if match is None or not text[match.end() :].strip(_STRAY):
            return text[at:]
        at = match.end()


_BRACKETS = re.compile(r"\s*[(（][^)）]*[)）]")
_BEFORE_TERM = re.compile(
    r"^(?:(?:any|severe|serious|symptomatic|clinically[- ]significant|acute|late|early|chronic|treatment|therapy|drug|immune"
    r"|infusion|related|emergent|mediated"
    r"|ctcae|grade|grades|≥|>=|[1-5](?:\s?[-/–]\s?[1-5])?|or|and|higher|greater|more|above|adverse events? of(?: special interest)?"
    r"|aes? of special interest"
    r"|(?:te|tr)aes? of special interest)[\s:–-]+)+",
    re.IGNORECASE,
)
# "Surgical complications" are events of many kinds.
_OF_ANY_KIND = re.compile(r"complications?$|并发症$", re.IGNORECASE)
_PARTS = re.compile(r"\s*[:：]\s*|\s+[-–]\s+")


def _single_event(words: str) -> Term | None:
    """The event that a title is about as a whole: "Toxicity: Cytokine Release Syndrome (CRS)", "grade 3 or higher febrile neutropenia"."""
    bare = _BRACKETS.sub("", words).strip(_STRAY)
    if _OF_ANY_KIND.search(bare):
        return None
    for candidate in (bare, _PARTS.split(bare)[-1]):
        for form in (candidate, _BEFORE_TERM.sub("", candidate)):
            if (event := find_term(form, is_posted=False)) is not None:
                return event
    return None


# --- events that are listed --------------------------------------------------------------------------------------------

_LIST = re.compile(
    r"(?:\b(?:including(?:,? but not limited to)?|includes?|such as|e\.g\.|i\.e\.|namely)\s*[,:]?"
    r"|[(:（：])\s*(?P<items>[^.;()（）。；\n]{4,400})",
    re.IGNORECASE,
)
_BEFORE_LIST = re.compile(
    r"adverse|side[- ]?effects?|toxic|symptom|reaction|complication|\bevents?\b|\bsigns?\b|effects|不良|毒性|并发症", re.IGNORECASE
)
_EXCLUDED = re.compile(r"except|exclud|other than|\bnot\b|\bno\b|unless|without|baseline|除外|除了", re.IGNORECASE)
_ITEM = re.compile(r"(?:(?!\band/or\b|\band\b|\bor\b|\betc\b)[^,，、/])+", re.IGNORECASE)
_FEWEST_LISTED = 2


def _listed(text: str) -> Iterator[tuple[int, int, Term]]:
    """(start, end, event) of the events in lists such as "side effects including nausea, vomiting and rash".

    A list counts where at least two of its items, and half of them, are events by their very words.
    """
    read_to = 0
    for match in _LIST.finditer(text):
        before = text[max(0, match.start() - 60) : match.start()]
        if match.start() < read_to or not _BEFORE_LIST.search(before) or _EXCLUDED.search(before[-30:]):
            continue
        items = [one for one in _ITEM.finditer(text, match.start("items"), match.end("items")) if one[0].strip(_STRAY)]
        found = [(*_stripped(one), event) for one in items if (event := find_term(one[0].strip(_STRAY), is_posted=False)) is not None]
        if len(found) >= _FEWEST_LISTED and 2 * len(found) >= len(items):
            read_to = match.end()
            yield from found


def _stripped(match: re.Match[str]) -> tuple[int, int]:
    words = match[0]
    start = match.start() + len(words) - len(words.lstrip(_STRAY))
    return start, start + len(words.strip(_STRAY))
