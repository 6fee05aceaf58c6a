"""Subjects: what a token says is measured, counted or absent, and how it stands to the subject before it.

Here belongs making a subject from a token and its surroundings. Which values are of it belongs to `findings.py` and `runs.py`.
"""

from collections.abc import Callable

from msgspec.structs import replace

from pipelines.grammar.lexicon import DRUG
from pipelines.grammar.report_lexicon import EVENT, OUTCOME, Outcome
from pipelines.grammar.reported import FOLLOW_UP, OTHER, VALUES, Reading, Run, Subject
from pipelines.grammar.values import HEADLESS


def subject_of(reading: Reading, place: int) -> Subject | None:
    """The subject that a token names, with what was said of it before; None where it names none here."""
    token = reading.tokens[place]
    plain = Subject(
        token.kind,
        token,
        grades=reading.grades,
        attribution=reading.attribution,
        is_serious=reading.is_serious,
        is_median=reading.is_median,
        is_mean=reading.is_mean,
    )
    make = _MAKE.get(token.kind)
    return plain if make is None else make(reading, place, plain)


def _outcome(reading: Reading, place: int, plain: Subject) -> Subject | None:
    outcome: Outcome = plain.token.value
    if reading.next_kind(place) == FOLLOW_UP or not _names_measure(reading, place, outcome):
        return None
    return replace(plain, outcome=outcome, grades=None)


def _names_measure(reading: Reading, place: int, outcome: Outcome) -> bool:
    """Whether a general word names what was measured here: "survival was 12 months", "12 patients responded"."""
    if not outcome.form:
        return True
    if place and reading.kinds[place - 1] == "NUM" and reading.run.parent is not None:
        # "26% (five CR, 16 PR)".
        return True
    is_waited_for = bool(reading.run.values and not reading.run.subjects)
    if is_waited_for and "ACHIEVED" in reading.before(place, 4):
        # "14 (39%) had a confirmed PR".
        return True
    following = reading.after(place, 5)
    is_apart = following[:1] != ["NPTS"] and not {"SEMI", "COMMA"}.isdisjoint(following[:2])
    is_beside = not VALUES.isdisjoint(following) and not is_apart
    if outcome.form == "state" and "RATE" in reading.before(place, 4):
        # "The proportion of patients achieving a response, as judged by investigators, was 30%".
        return True
    if outcome.form == "state":
        return is_beside or is_waited_for
    return is_beside or not {"MEDIAN", "TIMEV", "RATE"}.isdisjoint(reading.before(place, 2)) or following[:1] == ["RATE"]


_HEADS = {
    ("overall", "response"): Outcome("ORR", "response"),
    ("objective", "response"): Outcome("ORR", "response"),
    ("complete", "response"): Outcome("CR_RATE", "response"),
    ("clinical", "pathology"): Outcome("CCR", "response"),
    ("overall", "time_to_event"): Outcome("OS", "time_to_event"),
}


def _headless(reading: Reading, place: int, plain: Subject) -> Subject | None:
    """The first outcome of "overall and complete response rates", which the next one names."""
    named = next(token.value for token in reading.tokens[place + 1 :] if token.kind == OUTCOME)
    outcome = _HEADS.get((plain.token.value, named.endpoint_class))
    return None if outcome is None or named.form else replace(plain, kind=OUTCOME, outcome=outcome, grades=None)


def _event(reading: Reading, place: int, plain: Subject) -> Subject:
    outcome = reading.run.subjects[-1].outcome if reading.run.waits() else None
    if outcome is not None and outcome.is_adverse and reading.tokens[place - 1].text in ("from", "due to"):
        # "The probability of death from infection was 6%" tells how many had neither.
        return replace(plain, kind=OTHER)
    if reading.after(place, 2) == ["DASH", "RELATED"] or is_lacked(reading, place):
        # "Neutropenia-related hospitalisation (1% v 14%)".
        return replace(plain, kind=OTHER)
    return replace(plain, term=plain.token.value)


def _any_event(_reading: Reading, _place: int, plain: Subject) -> Subject:
    said = plain.token.value
    if said == "serious":
        return replace(plain, is_serious=True)
    return replace(plain, attribution=said or plain.attribution)


def _grades_here(reading: Reading, place: int, plain: Subject) -> Subject:
    """An end of treatment or life with the grades of its own clause: "≥3级TRAE为18%，导致停药的TRAE为5%" tells none of the latter."""
    since = next((at for at in range(place, -1, -1) if reading.kinds[at] in ("COMMA", "SEMI")), 0)
    return plain if "GRADEX" in reading.kinds[since:place] else replace(plain, grades=None)


def _treatment_death(reading: Reading, place: int, plain: Subject) -> Subject:
    return replace(_grades_here(reading, place, plain), kind="DEATH", attribution=plain.token.value)


def _death(reading: Reading, place: int, plain: Subject) -> Subject | None:
    """A death that is counted; not that of "progression or death", "HR for death", "time to death"."""
    before = reading.before(place, 3)
    return None if "HR" in before or before[-1:] in (["OR"], ["SLASH"], ["TO"]) else _grades_here(reading, place, plain)


def _follow_up(reading: Reading, place: int, plain: Subject) -> Subject:
    """The follow-up, with the outcome that it was of: "median OS follow-up"; a minimum, as 随访3个月 for all, is no median."""
    is_least = any(one.text in ("minimum", "maximum") for one in reading.tokens[max(0, place - 2) : place]) and not plain.is_median
    if is_least or (not plain.token.text.isascii() and not {"MEDIAN", "MEAN"}.intersection(reading.kinds)):
        return replace(plain, kind=OTHER)
    known = [token for token in reading.tokens[max(0, place - 2) : place] if token.kind == OUTCOME]
    return replace(plain, outcome=known[-1].value if known else None)


def _other(_reading: Reading, _place: int, plain: Subject) -> Subject:
    return replace(plain, kind=OTHER)


def _discontinuation(reading: Reading, place: int, plain: Subject) -> Subject:
    """Stopping because of toxicity; for whatever other reason it is nothing that is counted."""
    run = reading.run
    if run.values and run.subjects and run.subjects[-1].kind == EVENT:
        # "Grade 3 rash in five, leading to discontinuation in two": the grade is of the rash.
        plain = replace(plain, grades=None)
    plain = _grades_here(reading, place, plain)
    is_of_events = plain.attribution is not None or "ANYAE" in reading.kinds or EVENT in reading.kinds
    return plain if is_of_events else replace(plain, kind=OTHER)


_MAKE: dict[str, Callable[[Reading, int, Subject], Subject | None]] = {
    OUTCOME: _outcome,
    HEADLESS: _headless,
    EVENT: _event,
    "ANYAE": _any_event,
    "TDEATH": _treatment_death,
    "DEATH": _death,
    FOLLOW_UP: _follow_up,
    "OTHERM": _other,
    "DISC": _discontinuation,
}


def worded(subject: Subject | None, text: str) -> Subject | None:
    """The subject with its words, by which other sentences may go on about it."""
    return None if subject is None else replace(subject, words=subject.words or text[subject.token.start : subject.token.end])


def begin_with_pronoun(reading: Reading) -> None:
    """Begin with what the sentence before named, where this one only says "it": "OS was alike. It was 10 months with A and 11 with B"."""
    last = reading.context.last_named
    if last is not None and reading.tokens and reading.tokens[0].text == "it" and reading.kinds[1:2] == ["IS"]:
        is_value = reading.kinds[2:3] in (["TIMEV"], ["PCT"], ["NR"])
        reading.run = Run([last]) if is_value else reading.run


# --- beside the subject before -------------------------------------------------------------------------------------------


def is_no_subject(reading: Reading, place: int) -> bool:
    """Whether a token that names a subject elsewhere names none here."""
    return any(is_none(reading, place) for is_none in _NO_SUBJECTS)


_RELIEVED = frozenset(
    {
        *("relief", "control", "score", "scores", "intensity", "management", "prophylaxis", "prevention", "free", "threshold"),
        *("medication", "treatment", "reduction", "improvement", "severity", "questionnaire", "缓解", "评分", "控制", "预防"),
    }
)


def is_relieved(reading: Reading, place: int) -> bool:
    """Whether an event only names what was eased or measured: "pain relief in 73%", "nausea control", "fatigue score"."""
    following = reading.tokens[place + 1 : place + 2]
    if reading.kinds[place] == OUTCOME:
        # "The Quality of Life Questionnaire was completed on day 1 of cycles 5 and 11".
        return any(token.text in ("questionnaire", "questionnaires") for token in following)
    return reading.kinds[place] == EVENT and any(token.text in _RELIEVED for token in following)


def is_reason(reading: Reading, place: int) -> bool:
    """Whether events are only why something was done: "20% stopped, with toxicity being the commonest reason (85%)"."""
    following = reading.tokens[place + 1 : place + 6]
    is_said = any(one.kind == "IS" for one in following[:2])
    return reading.kinds[place] in (EVENT, "ANYAE") and is_said and any(one.text in ("reason", "reasons") for one in following)


def is_said_of_last(reading: Reading, place: int) -> bool:
    """Whether adverse events only say what the last subject is: "neutropenia was the most common adverse event", "stopped for toxicity"."""
    if reading.kinds[place] != "ANYAE" or not reading.run.waits():
        return False
    last, between = reading.run.subjects[-1].kind, reading.since_subject(place)
    if last != EVENT:
        return last in ("DISC", "REDUCED")
    # "Neutropenia was the most common adverse event", "rash was the only side effect of letrozole".
    return "MOSTCOMMON" in between or ("IS" in between and not reading.tokens[place].text.endswith("s"))


def is_alias(reading: Reading, place: int) -> bool:
    """Whether the subject only names again, in brackets or after a comma, what was named just before: "overall survival (OS)"."""
    following = reading.next_kind(place)
    if not reading.run.waits() or following in ("COLON", "IS") or following in VALUES:
        return False
    last, token = reading.run.subjects[-1], reading.tokens[place]
    between = reading.since_subject(place)
    if between[:1] == ["LPAR"] and len(between) <= 2 and "RPAR" not in between:
        return token.kind in (last.token.kind, EVENT)
    return not between and token.kind == OUTCOME and last.outcome is not None and last.outcome.concept == token.value.concept


_GOES_ON = frozenset({"COMMA", "MEDIAN", "TIMEV", OUTCOME})


def is_of_patients(reading: Reading, place: int) -> bool:
    """Whether a word only tells which patients are spoken of: "在20例出现进展的患者中", "达到CR者的5年生存率"; not "缓解的患者为30%"."""
    following = [one for one in reading.tokens[place + 1 : place + 6] if one.text != "的"]
    if [one.kind for one in following[:1]] == ["NPTS"] and reading.kinds[place] == "DEATH":
        # "死亡的341名病人中，223名……".
        return [one.text for one in following[1:2]] == ["中"]
    if reading.kinds[place] not in (OUTCOME, EVENT, "ANYAE") or not following or following[0].text.isascii():
        return False
    after = [one for one in following[1:] if one.kind != "PTS"]
    is_whom = following[0].kind in ("PTS", "SUBGROUPW") or following[0].text == "者"
    return is_whom and bool(after) and (after[0].text == "中" or after[0].kind in _GOES_ON)


def is_lacked(reading: Reading, place: int) -> bool:
    """Whether a share had no such event: "no severe neutropenia was observed in 56% of patients"."""
    if reading.none_at is None or place - reading.none_at > _TO_KIND:
        return False
    following = [kind for kind in reading.after(place, 5) if kind not in ("IS", "REPORTED")]
    return following[:2] in (["IN", "PCT"], ["IN", "COUNTX"])


def is_of_kind(reading: Reading, place: int) -> bool:
    """Whether an event only tells of which patients values are: "9 months for patients with ascites and 12 for those without ascites"."""
    if reading.kinds[place] == OUTCOME and reading.tokens[place].text.startswith("in "):
        # "The 5-year OS was 75% for patients in CR".
        return reading.before(place, 2) == ["IN", "PTS"] and bool(reading.run.subjects or reading.said)
    if reading.kinds[place] == OUTCOME and reading.tokens[place].text.endswith("responders") and reading.before(place, 2) == ["PCT", "OF"]:
        # "Surgery converted 30% of partial responders".
        return True
    if reading.kinds[place] != EVENT or place < _TO_KIND:
        return False
    before = reading.tokens[place - _TO_KIND : place]
    is_whom = before[1].kind == "PTS" or before[1].text == "those"
    return before[0].kind == "IN" and is_whom and before[2].text in ("with", "without")


_TO_KIND = 3
_MOST_TO_CONDITION = 9


def is_condition(reading: Reading, place: int) -> bool:
    """Whether a tumour or marker only tells which patients were treated: "women with advanced squamous cell cancer were assigned"."""
    value = reading.tokens[place].value
    is_tumour = reading.kinds[place] == EVENT and (value.system_organ_class or "").startswith("Neoplasms")
    is_marker = reading.kinds[place] == OUTCOME and value.concept == "BIOMARKER"
    if not (is_tumour or is_marker):
        return False
    before = reading.tokens[max(0, place - _MOST_TO_CONDITION) : place]
    at = next((at for at in range(len(before) - 1, 0, -1) if before[at].text == "with" and before[at - 1].kind in ("PTS", "NPTS")), None)
    return at is not None and all(one.kind in ("W", "AND", "OR", "COMMA", "DASH", "BASELINE") for one in before[at + 1 :])


def is_origin(reading: Reading, place: int) -> bool:
    """Whether an outcome only says from when another was counted: "survival from complete remission was 14 months".

    Or after what: "relapse free 5 years after achieving a CR".
    """
    between = [one for one in reading.tokens[reading.last_subject_at + 1 : place] if one.kind not in ("THE", "ACHIEVED")]
    return reading.kinds[place] == OUTCOME and reading.run.waits() and bool(between) and between[-1].text in ("from", "after")


def is_method(reading: Reading, place: int) -> bool:
    """Whether PCR is how something was measured: "clearance by ASO-PCR in 38%"."""
    is_named = reading.kinds[place] == OUTCOME and reading.tokens[place].value.concept == "PCR" and place > 1
    return is_named and reading.kinds[place - 1] == "DASH" and any(one.text in ("by", "with", "using") for one in reading.tokens[:place])


_MOMENTS = frozenset({"RECURRENCE", "TTP"})


def is_moment(reading: Reading, place: int) -> bool:
    """Whether an outcome only says when something was seen: "a mutation was present at relapse in 7 of 19"."""
    outcome = reading.tokens[place].value
    return place > 0 and reading.kinds[place] == OUTCOME and reading.tokens[place - 1].text in _AT and outcome.concept in _MOMENTS


def is_sequence(reading: Reading, place: int) -> bool:
    """Whether something else was given later, and nobody watched: "cisplatin, followed 2 hours later by gemcitabine"."""
    return reading.tokens[place].text == "followed" and any(one.text == "by" for one in reading.tokens[place + 1 : place + 7])


def is_cause(reading: Reading, place: int) -> bool:
    """Whether adverse events are only why patients stopped, which is told right after them: "2%患者因血液学不良事件退出治疗"."""
    if reading.kinds[place] == "ANYAE" and reading.said and reading.said[-1].subject.kind == "DISC" and not reading.run.subjects:
        # "Seven (11%) stopped treatment because of an adverse event in arm A, and four (7%) in arm B".
        between = reading.since_subject(place)
        return "DUETO" in between and {"DUETO", "THE", "W", "OF", "SERIOUS"}.issuperset(between)
    is_due = "DUETO" in reading.before(place, 5) and not reading.tokens[place].text.isascii()
    return is_due and reading.kinds[place] == "ANYAE" and "DISC" in reading.after(place, 2)


def is_of_counted(reading: Reading, place: int) -> bool:
    """Whether a word only tells which patients were counted: "of the 50 without relapse, 10 had a response"."""
    before = reading.before(place, 3)
    is_counted = before[1:] == ["NUM", "NONE"] or before[1:] == ["NUM", "IN"]
    return is_counted and before[0] in ("OF", "IN") and reading.denominator == reading.tokens[place - 2].value


_AT = frozenset({"at", "after", "before", "until", "since"})
_BETWEEN_LISTED = frozenset({"COMMA", "AND", "OR", "THE", "MEDIAN", "LPAR", "RPAR", "SLASH", "W", "RATE", OUTCOME, EVENT})
_MOST_BETWEEN_LISTED = 5


def is_listed(reading: Reading, place: int) -> bool:
    """Whether subjects stand in a list before their values: "pruritus and rash (33% each)", "PFS and OS were 5 and 9 months"."""
    if not reading.run.waits() or FOLLOW_UP in (reading.kinds[place], reading.run.subjects[-1].kind):
        return False
    if reading.run.subjects[-1].kind == "ANYAE" and reading.kinds[place] == EVENT:
        # "Of adverse events, rash (9% versus 4%)": one is of the other.
        return False
    between = reading.since_subject(place)
    if between[-1:] == ["TIMEV"] and reading.landmarks:
        # "1年PFS率和2年OS率".
        between.pop()
    is_joined = not {"COMMA", "AND", "OR", "SLASH"}.isdisjoint(between)
    return is_joined and len(between) <= _MOST_BETWEEN_LISTED and _BETWEEN_LISTED.issuperset(between)


_NO_SUBJECTS = (
    *(is_relieved, is_reason, is_said_of_last, is_of_patients, is_of_kind, is_condition, is_origin, is_moment, is_of_counted),
    *(is_sequence, is_cause, is_method),
)


# --- absent --------------------------------------------------------------------------------------------------------------

_BETWEEN_NONE = frozenset(
    {
        *("W", "GRADEX", "TREL", "TEM", "IREL", "SERIOUS", "SEVERE", "OR", "AND", "COMMA", "OF", "THE", "PTS", "REPORTED", "ACHIEVED"),
        *("ANYAE", "GROUP", "DASH", "DEATH", "DLTW", "NPTS", EVENT, DRUG),
    }
)
_MOST_BETWEEN_NONE = 12
_NO_EVENTS = frozenset({OUTCOME, FOLLOW_UP, OTHER, "REDUCED"})
_BETWEEN_NONE_SEEN = frozenset({"PTS", "ACHIEVED", "THE", "W"})


def is_none_seen(reading: Reading, place: int) -> bool:
    """Whether an outcome is said not to have been seen: "no objective responses were seen", "no patient achieved a complete response"."""
    if reading.none_at is None or reading.kinds[place] != OUTCOME or not reading.tokens[reading.none_at].text.isascii():
        return False
    between = reading.kinds[reading.none_at + 1 : place]
    is_told = "ACHIEVED" in between or "REPORTED" in reading.after(place, 3)
    return is_told and len(between) <= 4 and _BETWEEN_NONE_SEEN.issuperset(between)


_COMPARED = frozenset(
    {"increased", "additional", "excess", "concerns", "concern", "significant", "difference", "new", "unexpected", "evidence", "显著", "新"}
)
_KINDS_OF_ALL = frozenset({"any", "study", "drug"})
_COMPARED_AFTER = frozenset({"signals", "signal", "differences"})


def is_absent(reading: Reading, place: int, subject: Subject) -> bool:
    """Whether an event is said not to have occurred: "no radiation pneumonitis was reported"; not "no new safety signals"."""
    if reading.none_at is None or subject.kind in _NO_EVENTS or reading.tokens[reading.none_at].text == "no new":
        return False
    between = reading.tokens[reading.none_at + 1 : place]
    if len(between) > _MOST_BETWEEN_NONE or any(one.kind not in _BETWEEN_NONE or one.text in _COMPARED for one in between):
        return False
    following = reading.tokens[place + 1 : place + 4]
    if subject.kind == "ANYAE" and any(one.kind == "W" and one.text not in _KINDS_OF_ALL for one in between):
        # "No clinically relevant renal adverse events".
        return False
    return not any(one.kind == "DIFF" or one.text in _COMPARED_AFTER for one in following)
