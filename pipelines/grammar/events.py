"""How reports tell of adverse events in particular: what somebody died of, how many before what, who was meant by those already named.

Here belong the turns of phrase in which a subject, its cause, its attribution or its group comes after the value. The walk over the
sentence belongs to `findings.py`, what a single token names to `subjects.py`.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from pipelines.grammar.report_lexicon import EVENT, MEASURED, SYSTEM
from pipelines.grammar.reported import EVENTS, OTHER, SUBJECTS, VALUES, Finding, Reading, Run, Said, Subject, Value
from pipelines.grammar.tokens import Token

_ENDED = frozenset({"DEATH", "DISC"})
_MOST_TO_CAUSE = 4

# --- causes --------------------------------------------------------------------------------------------------------------


def caused(reading: Reading, place: int) -> Subject | None:
    """Whom an event killed or made stop, told just before it: "two patients died of sepsis", "three (4%) stopped because of rash"."""
    if reading.kinds[place] != EVENT:
        return None
    last = reading.run.subjects[-1] if reading.run.waits() else None
    if last is None and not (reading.run.subjects or reading.run.values) and reading.said:
        last = reading.said[-1].subject
    if last is None or last.kind not in _ENDED or reading.place(last.token) != reading.last_subject_at:
        return None
    between = reading.tokens[reading.last_subject_at + 1 : place]
    return last if _tells_cause(between) else None


def another_caused(reading: Reading, place: int) -> Subject | None:
    """The same end of another cause, whose number stands before it: "three died of sepsis and one (1%) from haemorrhage"."""
    value = reading.open_value()
    if reading.kinds[place] != EVENT or value is None or reading.run.subjects or not reading.said:
        return None
    last = reading.said[-1].subject
    between = reading.tokens[reading.place(value.tokens[-1]) + 1 : place]
    return replace(last, term=None) if last.kind in _ENDED and _tells_cause(between) else None


def is_led_to(reading: Reading, place: int) -> bool:
    """Whether adverse events that were just counted led to the end of treatment: "26% had an adverse event leading to discontinuation"."""
    if reading.kinds[place] != "DISC" or reading.run.subjects or reading.run.values or not reading.said:
        return False
    last, between = reading.said[-1].subject, reading.since_subject(place)
    is_last = last.kind == "ANYAE" and reading.place(last.token) == reading.last_subject_at
    return is_last and between[:1] == ["DUETO"] and {"DUETO", "THE", "W", "OF"}.issuperset(between)


def let_stop(reading: Reading, stop: Subject) -> None:
    """Let those who had the events that were just counted be those who stopped treatment."""
    events = reading.said[-1].subject
    for one in reading.said:
        if one.subject.token is events.token:
            one.subject = replace(stop, attribution=events.attribution, grades=events.grades)


def _tells_cause(between: Sequence[Token]) -> bool:
    words = [token for token in between if token.kind != "RPAR"]
    is_told = any(token.kind == "DUETO" or token.text in ("of", "from") for token in words)
    return is_told and len(words) <= _MOST_TO_CAUSE and all(token.kind in ("DUETO", "OF", "IN", "W", "THE", "GRADEX") for token in words)


# --- grades and percentages after their value ----------------------------------------------------------------------------


def is_cause_of_death(reading: Reading, place: int) -> bool:
    """Whether treatment is told to be what those died of who were just counted: "3 patients died of treatment-related toxicity"."""
    last = reading.said[-1].subject if reading.said else None
    if last is None or last.kind != "DEATH" or reading.run.subjects or reading.run.values:
        return False
    between = reading.tokens[reading.last_subject_at + 1 : place]
    return 0 < len(between) <= 2 and all(one.kind in ("OF", "IN", "DUETO", "THE") or one.text == "from" for one in between)


_OF_VALUE = (
    ["IS"],
    ["ACHIEVED"],
    ["OF", "W"],
    ["RPAR"],
    ["RPAR", "IS"],
    ["RPAR", "ACHIEVED"],
    ["RPAR", "OF", "W"],
    ["RPAR", "OF", "W", "IS"],
)
"""What may stand between a value and the grade that is said of it."""


def is_grade_of_value(reading: Reading, place: int, value: Value, *, is_in_brackets: bool) -> bool:
    """Whether a grade is said of one value alone: "29%, of which 7% were grade 3", "14% (8%; grades 3 and 4)", "8% (4/51) grade 3"."""
    between = reading.since_value(value, place)
    if is_in_brackets:
        return reading.next_kind(place) == "RPAR" and reading.kinds[place - 1] in ("SEMI", "COMMA")
    if not between:
        # "12 (13%) had grade 3 and 67 (73%) grade 4 events".
        return value.count is not None
    return between in _OF_VALUE and reading.next_kind(place) != EVENT


def is_grade_of_said(reading: Reading, place: int) -> bool:
    """Whether a grade belongs to a figure whose event is named once more after it: "headache (22%), with 3% headaches of grade 3"."""
    if reading.before(place, 2) != [EVENT, "OF"] or not reading.said or not reading.run.waits():
        return False
    last, named = reading.said[-1], reading.run.subjects[-1]
    is_same = last.subject.term is not None and last.subject.term == named.term and last.subject.token is not named.token
    return is_same and {"W", "RPAR"}.issuperset(reading.since_value(last.value, place - 2))


def is_heading_of_grade(reading: Reading, place: int) -> bool:
    """Whether the one grade of a sentence heads all of its lists: "grade 5 events: sepsis 2, stroke 1; in arm B: heart failure 1".

    Or what stands behind a semicolon is the next of a list: "the commonest grade 3 toxicities were fever (9%) and rash (8%); fatigue (6%)".
    """
    if reading.kinds.count("GRADEX") != 1:
        return False
    graded = reading.kinds.index("GRADEX")
    if "COLON" in reading.after(graded, 3):
        return True
    following = [kind for kind in reading.after(place, 3) if kind != "AND"]
    is_item = following[:1] == [EVENT] and following[1:2] in (["LPAR"], ["PCT"], ["COUNTX"])
    return is_item and "ANYAE" in reading.after(graded, 3)


def is_late_percent(reading: Reading, place: int, value: Value) -> bool:
    """Whether a percentage in brackets is of the count that its clause began with: "1 death was related to transplantation (4%)"."""
    is_alone = reading.before(place, 1) == ["LPAR"] and (reading.next_kind(place) == "RPAR" or reading.after(place, 2)[1:] == ["CIX"])
    run = reading.run
    if not is_alone or value.percent is None or value.count is not None or run.subjects or run.values or not reading.said:
        return False
    last, between = reading.said[-1].value, reading.since_subject(place)
    if last.count is None or last.percent is not None or not VALUES.isdisjoint(between) or "COMMA" in between or "AND" in between:
        return False
    last.percent = value.percent
    last.tokens.append(value.token)
    return True


# --- counts before what they count ---------------------------------------------------------------------------------------

_BEFORE_COUNTED = frozenset({"GRADEX", "TREL", "IREL", "TEM", "SERIOUS", "SEVERE"})


def is_before_counted(reading: Reading, place: int) -> bool:
    """Whether a bare number counts what stands right after it: "one died", "two treatment-related deaths", "3 grade 4 infections"."""
    number = float(reading.tokens[place].value)
    if not number.is_integer() or number < 1 or reading.before(place, 1) in (["GRADE"], ["NSIZE"], ["VS"]):
        return False
    following = reading.after(place, 4)
    if place == 1 and reading.kinds[0] in ("IN", "AT") and following[:2] == ["DEATH", "COMMA"]:
        # "With 120 deaths, median survival was 9 months": so many had been counted when it was analysed.
        return False
    n_words = next((n for n, kind in enumerate(following) if kind not in _BEFORE_COUNTED), len(following))
    counted = following[n_words] if n_words < len(following) else ""
    if n_words == 0 and counted == EVENT:
        # "Cardiac events in 5% (2 strokes, 1 infarction)".
        return bool(reading.brackets) and reading.kinds[place - 1] in ("LPAR", "COMMA", "AND", "INCLUDES")
    is_fatal = n_words > 0 and counted == "ANYAE" and reading.tokens[place + 1].text == "fatal"
    return is_fatal or counted in ("TDEATH", "DEATH", EVENT)


def is_of_dead(reading: Reading, place: int) -> bool:
    """Whether a number tells how many of the deaths before were due to treatment: "20 died, 6 of them related to treatment"."""
    return (
        "TREL" in reading.after(place, 4) and bool(reading.said) and reading.said[-1].subject.kind == "DEATH" and not reading.run.subjects
    )


def is_of_earlier(reading: Reading, place: int) -> bool:
    """Whether values told of something before them are not of the subject after them: "hepatic events occurred in 7%, infections in 5%"."""
    value = reading.run.values[-1]
    before = reading.before(reading.place(value.tokens[0]), 2)
    is_told = before[-1:] == ["REPORTED"] or before == ["REPORTED", "IN"]
    return is_told and reading.since_value(value, place) in (["COMMA"], ["AND"], ["COMMA", "AND"])


def is_of_each(reading: Reading, place: int) -> bool:
    """Whether a number counts each of the events before it: "stroke and sepsis (one each)", "卒中与败血症各1"."""
    before = reading.tokens[place - 1] if place else None
    return before is not None and ((before.kind == "LPAR" and reading.next_kind(place) == "EACH") or before.text == "各")


def is_count_of_event(reading: Reading, place: int) -> bool:
    """Whether a bare number counts an event: "pneumonia 2, stroke 1", "retinopathy 7 (7%) vs 0"."""
    before = reading.before(place, 1)
    number = float(reading.tokens[place].value)
    values = reading.run.values
    if before == ["VS"] and number == 0 and values and values[-1].count is not None:
        return True
    if reading.run.waits() and reading.run.subjects[-1].kind == EVENT and number.is_integer() and is_of_each(reading, place):
        return True
    if before == ["LPAR"]:
        return number.is_integer() and number > 0 and _is_in_counted_list(reading, place)
    is_listed = reading.next_kind(place) in ("", "COMMA", "SEMI", "LPAR", "RPAR", "AND") and "SPAN" not in reading.after(place, 3)
    return before == [EVENT] and number.is_integer() and number < 1000 and is_listed


def _is_in_counted_list(reading: Reading, place: int) -> bool:
    """Whether a number in brackets is one of a list that says what it counts: "rash (five patients), fever (3), pain (1)"."""
    items = (reading.kinds[at : at + 4] for at in range(max(0, place - 2)))
    is_alone = reading.before(place, 2) == [EVENT, "LPAR"] and reading.next_kind(place) == "RPAR"
    return is_alone and [EVENT, "LPAR", "NPTS", "RPAR"] in items


_SAYS_EVENTS = frozenset({"GRADEX", "TREL", "IREL", "TEM", "SERIOUS"})


def more_events(reading: Reading, place: int) -> Subject | None:
    """Adverse events that are only called events: "grade 5 events", "treatment-related events"; no row of "events" of any other kind."""
    token, before = reading.tokens[place], reading.before(place, 1)
    if token.text == "events" and before == ["W"] and reading.next_kind(place) == "REPORTED":
        # "Hepatic events occurred in 7%" are not the next event of the sentence.
        return Subject(OTHER, token)
    if token.text != "events" or _SAYS_EVENTS.isdisjoint(before):
        return None
    return Subject("ANYAE", token, grades=reading.grades, attribution=reading.attribution, is_serious=reading.is_serious)


# --- events in lists -----------------------------------------------------------------------------------------------------

_IN_LIST = frozenset({"IS", "INCLUDES", "COMMA", "AND", "OR"})


def named_in_list(reading: Reading, place: int) -> Subject | None:
    """An event that only its list makes one: "toxicities were haematological (24%) and cardiac (3%)", "elevated ALT (9%) and AST (7%)".

    Or what stands behind it: "hepatic events".
    """
    if reading.kinds[place] == SYSTEM and [one.text for one in reading.tokens[place + 1 : place + 2]] == ["events"]:
        return Subject(
            EVENT, reading.tokens[place], term=reading.tokens[place].value, grades=reading.grades, attribution=reading.attribution
        )
    if _IN_LIST.isdisjoint(reading.before(place, 1)) or not reading.run.subjects:
        return None
    token, last = reading.tokens[place], reading.run.subjects[-1]
    of_toxicities = token.kind == SYSTEM and reading.last_any is not None and (last.kind == "ANYAE" or last.token.kind == SYSTEM)
    is_alike = last.term is not None and last.term.name.split()[-1] == token.value.name.split()[-1]
    if not (of_toxicities or (token.kind == MEASURED and is_alike)):
        return None
    return replace(last, kind=EVENT, token=token, term=token.value, words=None)


_LISTED_WORDS = frozenset({"W", "OF", "THE", "DASH", "IN"})
_LONG = 3


def words_of_listed(reading: Reading, place: int) -> Token | None:
    """The words of the next of a list, where no vocabulary knows them: "nausea (24%), and discolouration of nails (21%)"."""
    run = reading.run
    if reading.before(place, 1) != ["LPAR"] or not (run.values and run.subjects) or run.subjects[-1].kind != EVENT:
        return None
    last = reading.place(run.values[-1].tokens[-1])
    if reading.place(run.values[0].tokens[0]) != reading.place(run.subjects[-1].token) + 2 or reading.next_kind(last) != "RPAR":
        return None
    begin = next((at + 1 for at in range(place - 2, last, -1) if reading.kinds[at] in ("COMMA", "SEMI", "AND")), last)
    words = reading.tokens[begin : place - 1]
    is_item = begin > last and all(one.kind in _LISTED_WORDS for one in words)
    is_item = is_item and any(one.kind == "W" and len(one.text) >= _LONG for one in words)
    return Token(EVENT, " ".join(one.text for one in words), words[0].start, words[-1].end) if is_item else None


def begun_again(run: Run, words: Token) -> Run:
    """A run of the event that its list tells in words of its own, with what was said of the one before."""
    return run.again(subjects=[replace(run.subjects[-1], token=words, term=None, words=None)])


# --- of those already named ----------------------------------------------------------------------------------------------


def of_these(reading: Reading, place: int) -> Subject | None:
    """What a number before an attribution counts: "20 patients died; 6 were considered treatment-related"."""
    run = reading.run
    if run.subjects or not run.values or not reading.said or not SUBJECTS.isdisjoint(reading.after(place, 2)):
        return None
    last = reading.said[-1].subject
    return last if last.kind == "DEATH" or last.is_serious else None


def counted_by_group(reading: Reading, place: int) -> Subject | None:
    """What a number after a group in brackets counts: "five patients died (letrozole: 2; exemestane: 3)"."""
    if reading.before(place, 2) != ["GROUP", "COLON"] or not reading.brackets:
        return None
    subjects = reading.run.subjects or ([reading.said[-1].subject] if reading.said else [])
    return subjects[-1] if subjects and subjects[-1].kind in EVENTS else None


def begin_by_group(reading: Reading, subject: Subject) -> None:
    """Let the counts of groups in brackets be of the subject before the bracket."""
    if not reading.run.subjects:
        reading.run = Run([subject], groups=reading.take_groups())


# --- events without a word of safety ---

_CLOSE_TO_EVENT = 4
_NOT_OCCURRED = frozenset(
    {
        *("disappeared", "relieved", "unchanged", "improved", "duration", "margin", "expect", "control", "reduction", "elevated", "loss"),
        "ranged",
    }
)


def is_told_to_occur(tokens: Sequence[Token], finding: Finding) -> bool:
    """Whether the words beside an event tell how often it occurred: "thrombosis occurred in 5%", "the incidence of rash was 12%".

    So do two groups in the brackets behind it: "rash (9% vs 4%)".
    """
    place = next((at for at, token in enumerate(tokens) if token is finding.subject.token), None)
    if place is None or finding.value.is_difference or finding.value.is_time():
        return False
    beside = tokens[max(0, place - _CLOSE_TO_EVENT) : place + _CLOSE_TO_EVENT + 1]
    if any(one.text in _NOT_OCCURRED or one.kind in ("DIFF", "REDUCED", "BASELINE") for one in beside):
        return False
    if finding.subject.is_absent:
        is_denied = any(one.kind == "REPORTED" for one in tokens[place + 1 : place + _CLOSE_TO_EVENT])
        return is_denied and all(one.kind != "PCT" for one in tokens)
    is_occurring = any(one.kind in ("REPORTED", "RATE") and one.text != "seen" for one in beside)
    behind = [one.kind for one in tokens[place + 1 : place + _CLOSE_TO_EVENT]]
    return is_occurring or (behind[:1] == ["LPAR"] and behind[1:] in (["PCT", "VS"], ["COUNTX", "VS"])) or finding.value.p is not None


# --- groups after all ----------------------------------------------------------------------------------------------------

_MOST_DRUGS = 6


_TWO = 2
_RECEIVED = frozenset({"who received", "receiving", "received", "treated with", "given"})


def is_joined_treatment(reading: Reading, place: int, end: int) -> bool:
    """Whether two drugs are what one group received: "10 months for women who received letrozole and ribociclib, and 7 months for"."""
    if reading.kinds[place + 1 : end] != ["AND", "GROUP"] or not place:
        return False
    values = reading.run.values
    if len(values) == _TWO and values[0].group is not None and reading.kinds[place - 1] == "IN":
        # "23 months with letrozole, ribociclib, and aspirin vs 22 months with letrozole and aspirin".
        return reading.kinds[end : end + 1] in ([], ["SEMI"], ["RPAR"], ["DOT"], ["COMMA"])
    if reading.tokens[place - 1].text not in _RECEIVED:
        return False
    if len(values) == 1 and reading.kinds[end : end + 1] in ([], ["DOT"], ["SEMI"], ["LPAR"]):
        # "4.2 months for patients who received letrozole and ribociclib".
        return True
    following = [kind for kind in reading.kinds[end : end + 4] if kind not in ("COMMA", "THE")]
    return bool(following) and following[0] in ("AND", "VS") and following[1:2] in (["TIMEV"], ["PCT"], ["COUNTX"])


def listed_name(reading: Reading, place: int) -> Token:
    """The whole name of a group that takes several drugs: "84% with letrozole, metformin, and aspirin"; asked where one figure is."""
    members, at = [place], place + 1
    while len(members) < _MOST_DRUGS:
        joined = at
        while reading.kinds[joined : joined + 1] in (["COMMA"], ["AND"], ["THE"], ["W"], ["DASH"]) and joined - at < _MOST_DRUGS - 1:
            joined += 1
        between = reading.kinds[at:joined]
        if between[:1] not in (["COMMA"], ["AND"]) or reading.kinds[joined : joined + 1] != ["GROUP"]:
            break
        members.append(joined)
        at = joined + 1
        if "AND" in between:
            break
    if len(members) < 3 and not (len(members) == _TWO and is_joined_treatment(reading, place, at)):
        return reading.tokens[place]
    reading.group_until = members[-1]
    parts = reading.tokens[place : members[-1] + 1]
    return Token("GROUP", " ".join(part.text for part in parts), parts[0].start, parts[-1].end, rule="group_of_list")


_TO_GROUP = frozenset({"IN", "THE", "PTS", "REPORTED", "OF", "W"})


def without_group(reading: Reading, place: int) -> list[Said]:
    """What was said just before a group, in whom: "12 (13%) had grade 3 events with letrozole"."""
    if reading.run.subjects or reading.run.values or reading.last_subject_at < 0:
        return []
    between = reading.since_subject(place)
    if "IN" not in between or not _TO_GROUP.issuperset(between):
        return []
    last = reading.tokens[reading.last_subject_at]
    return [one for one in reading.said if one.subject.token is last and one.whose is None and not one.subject.is_absent]


def is_where_all(reading: Reading, place: int) -> bool:
    """Whether brackets behind a list tell in whom all of it was seen: "肺炎2、卒中1（皆在试验组）"."""
    before = reading.before(place, 3)
    return before[:2] == ["LPAR", "EACH"] and reading.tokens[place - 1].text == "在" and reading.next_kind(place) == "RPAR"


def give_to_all(reading: Reading, group: Token) -> None:
    """Give a group to all of a list."""
    for one in reading.said[reading.listed_from :]:
        one.whose = one.whose or group
    for value in reading.run.values:
        value.group = value.group or group
    reading.listed_from = len(reading.said) + len(reading.run.values)


def go_on_in_group(reading: Reading, found: Sequence[Finding]) -> None:
    """Give events the group of the sentence before: "Events occurred in 65% with letrozole. The most common were rash (9%), ..."."""
    told, begins = reading.context.told_group, [kind for kind in reading.kinds[:3] if kind != "THE"]
    if told is not None and begins[:1] == ["MOSTCOMMON"] and not reading.named and "VS" not in reading.kinds:
        for one in found:
            if one.group is None and one.subject.kind == EVENT:
                one.group = told
    groups = {one.group for one in found}
    is_of_one = len(groups) == 1 and len(reading.named) == 1 and all(one.subject.kind == "ANYAE" for one in found)
    reading.context.told_group = found[0].group if is_of_one else None


def drop_doubtful_groups(found: Sequence[Finding]) -> None:
    """Leave out the group where two figures of one event claim the same: "20% with A, B and C; 30% with A, D and E" named A twice."""
    claimed: dict[tuple[object, ...], list[Finding]] = {}
    for one in found:
        if one.group is not None and one.subject.kind in EVENTS:
            subject = one.subject
            key = (subject.token.start, subject.kind, subject.term, subject.grades, one.landmark, one.group.casefold())
            claimed.setdefault(key, []).append(one)
    for claims in claimed.values():
        if len({(one.value.percent, one.value.count) for one in claims}) > 1:
            for one in claims:
                one.group = one.group_token = None
