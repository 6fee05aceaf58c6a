"""What the words around a token tell of it: whether it is a time at which something was measured, a denominator, a part of another value.

Here belong the questions about a place in a sentence; none of them changes what has been read. Whether a figure is a result at all belongs
to `no_results.py`, what follows from the answers to `findings.py`, the questions about a subject to `subjects.py`.
"""

from collections.abc import Sequence

from pipelines.grammar.lexicon import DRUG
from pipelines.grammar.report_lexicon import EVENT, OUTCOME
from pipelines.grammar.reported import SUBJECTS, TIME_TO_EVENT, UNITS, VALUES, Reading, Subject, Value
from pipelines.grammar.times_told import LISTED, is_of_treatment
from pipelines.grammar.tokens import Token

_AMONG = frozenset({"在", "among", "among the", "of the", "of all", "of", "out of", "in the", "for the"})
_TIMED_CONCEPTS = frozenset({"DOR", "TTR", "TTP"})


def clause_after(reading: Reading, place: int) -> Sequence[Token]:
    """The tokens after a place up to a comma, a bracket or the next value: "降低<30%>患者的死亡风险"."""
    ends = (at for at in range(place + 1, len(reading.kinds)) if reading.kinds[at] in _ENDS_CLAUSE)
    return reading.tokens[place + 1 : next(ends, len(reading.kinds))]


_ENDS_CLAUSE = frozenset({"COMMA", "SEMI", "COLON", "LPAR", "RPAR", "VS", *VALUES} - {"NUM"})


_AGAINST = frozenset({"VS", "THAN"})
_MOST_TO_BACKGROUND = 4


def background_from(reading: Reading) -> int:
    """Where figures begin that others found: those of the whole sentence, or what is held against its own.

    "The response rate was 42%, which was higher than the historical 9%".
    """
    if "BACK" not in reading.kinds:
        return len(reading.kinds)
    place = reading.kinds.index("BACK")
    before = reading.before(place, _MOST_TO_BACKGROUND)
    is_held_against = reading.tokens[place].text.startswith("histor") and not _AGAINST.isdisjoint(before)
    return place if is_held_against else 0


# --- numbers without a unit ----------------------------------------------------------------------------------------------


def has_limits(reading: Reading, place: int) -> bool:
    """Whether an interval stands right after a number: "no prior chemotherapy, 0.51 (95% CI 0.29-0.90)"."""
    following = reading.after(place, 2)
    return following[:1] == ["CIX"] or (following[:1] in (["COMMA"], ["LPAR"]) and following[1:] in (["CIX"], ["SPAN"]))


def has_limits_of_ratio(reading: Reading, place: int) -> bool:
    """Whether limits stand right after a ratio, or behind a semicolon: "hazard ratio, 0.21; 95% CI, 0.08-0.55"."""
    return has_limits(reading, place) or reading.after(place, 2) == ["SEMI", "CIX"]


def is_announced_ratio(reading: Reading, place: int) -> bool:
    """Whether a number is a ratio that was named before: "hazard ratio for A versus B 1.04; 95% CI, 0.79-1.36"."""
    is_of_next = outcome_behind(reading, place) is not None and reading.before(place, 1) == ["AND"]
    is_told = is_of_next or has_limits_of_ratio(reading, place)
    return reading.ratio is not None and is_told and not _is_time_beside(reading, place)


def outcome_behind(reading: Reading, place: int) -> Token | None:
    """The outcome that a ratio names right behind it, with limits to come: "0.99 for DFS (95% CI, 0.77-1.26)"."""
    is_named = reading.after(place, 2) == ["IN", OUTCOME] and "CIX" in reading.after(place, _MOST_TO_LIMITS)
    return reading.tokens[place + 2] if is_named and reading.tokens[place + 1].text in ("for", "in") else None


_MOST_TO_LIMITS = 8


def _is_time_beside(reading: Reading, place: int) -> bool:
    """Whether a number with limits is a time, as the one that it is held against: "24.4 months versus 7.8 (95% CI 5.2-10.3) months"."""
    value = reading.open_value()
    is_held_against = value is not None and value.is_time() and reading.before(place, 1) == ["VS"]
    return is_held_against or _beyond_brackets(reading, place)[:1] in [[unit] for unit in UNITS]


def is_of_whom(reading: Reading, place: int) -> bool:
    """Whether a number is that of the patients whom the sentence goes on to speak of: "among 70 response-evaluable patients"."""
    if not is_after_among(reading, place):
        return False
    number = float(reading.tokens[place].value)
    is_whole_number = number.is_integer() and number > 1
    if any(one.text in ("with", "without", "who") for one in reading.tokens[place + 1 : place + 2]):
        # "Of the 30 without relapse".
        return is_whole_number
    for kind in reading.after(place, 5):
        if kind == "PTS":
            return is_whole_number
        if kind in VALUES or kind in ("COMMA", "SEMI", "LPAR"):
            return False
    return False


def is_after_among(reading: Reading, place: int) -> bool:
    """Whether the word before says that part of these is told of: "among", "of the", 在; "in 38 treated women, ..."."""
    is_opening = reading.kinds[place - 1 : place] == ["IN"] and reading.next_kind(place) == "COMMA"
    return place > 0 and (reading.tokens[place - 1].text in _AMONG or is_opening)


def is_whole(reading: Reading, place: int) -> bool:
    """Whether a number of patients is that of whom something is told: "among 22 patients", "20例患者的中位OS", "30例患者中，"."""
    following = clause_after(reading, place)
    texts = [one.text for one in following]
    is_among = texts[-1:] == ["中"] and len(texts) <= _MOST_TO_AMONG and SUBJECTS.isdisjoint(one.kind for one in following)
    return is_after_among(reading, place) or is_among or texts[:1] in (["的"], ["中"])


_MOST_TO_AMONG = 4


def is_bare_value(reading: Reading, place: int) -> bool:
    """Whether a number without a unit is a value: "21.5 vs. 2.5 months", "median PFS: 4.2 vs 5.9"."""
    values = reading.run.values
    later = next((one.text for one in reading.tokens[place + 1 : place + 5] if one.kind not in ("NUM", "VS", "AND")), "")
    if later == "per" or reading.next_kind(place) == "YEAR" or (place and reading.tokens[place - 1].text == "between"):
        # "从1990年代至2010年": years of the calendar; "6.2 v 9.1 per 1000 patient-years".
        return False
    if values and values[-1].number is not None and reading.before(place, 1)[-1:] in (["VS"], ["COMMA"], ["AND"], ["OR"]):
        return True
    subjects = reading.run.subjects
    is_timed = bool(subjects) and subjects[-1].is_time_to_event
    is_held_against = reading.before(place, 1) == ["VS"] and reading.after(place, 2) == ["IN", "GROUP"]
    if is_timed and is_held_against and values and values[-1].time is not None:
        # "13.0 months (95% CI: 9.5-16.5) vs. 31.0 for letrozole (95% CI: 20.6-41.4)".
        return True
    is_timed = bool(subjects) and (subjects[-1].is_time_to_event or (subjects[-1].is_follow_up and subjects[-1].is_median))
    if is_timed and reading.bracket_landmark is not None and reading.after(place, 3) == ["LPAR", "PCT", "RPAR"]:
        # "Median (5-year) survival was 8.0 (73%), 4.2 (40%) and 2 (14%) years".
        return True
    following = _beyond_brackets(reading, place)
    if is_timed and (has_limits(reading, place) or (following[:1] and following[0] in UNITS)):
        # "2.8 (95% CI, 1.9-4.0) months", "3.1 (95% CI, 2.0-4.4) in carriers".
        return True
    if len(following) < 2 or following[0] not in ("VS", "AND", "COMMA", "SLASH", "IN", "OF"):
        return False
    later = next((kind for kind in following[1:] if kind not in ("THE", "AND", "GROUP", "VS", "IN", "OF", "COMMA")), "")
    if later == "NUM":
        return is_timed and (following[0] == "VS" or _ends_in_unit(following))
    if later == "TIMEV" and is_of_treatment(reading, reading.kinds.index("TIMEV", place)):
        # "Two and five years of tamoxifen".
        return False
    is_told_in_time = is_timed or (bool(subjects) and subjects[-1].outcome is not None and subjects[-1].outcome.concept in _TIMED_CONCEPTS)
    return later == "PCT" or (later == "TIMEV" and (is_told_in_time or not subjects))


def _ends_in_unit(following: Sequence[str]) -> bool:
    """Whether the last of a list of numbers has the unit of all: "9.4, 15.2, and 22.0 months"."""
    later = next((kind for kind in following if kind not in ("NUM", "VS", *LISTED)), "")
    return later in ("TIMEV", "PCT", *UNITS)


def _beyond_brackets(reading: Reading, place: int) -> list[str]:
    """Kinds of the tokens after a place without what stands in brackets."""
    found: list[str] = []
    depth = 0
    for kind in reading.after(place, 15):
        depth += (kind == "LPAR") - (kind == "RPAR")
        if depth < 0:
            break
        if depth == 0 and kind not in ("RPAR", "CIX", "PX", "SPAN"):
            found.append(kind)
    return found


def is_count_of_response(reading: Reading, place: int) -> bool:
    """Whether a bare number in brackets counts the responses named after it: "26% (five CR, 16 PR)", "(3 of 20, including one CR)"."""
    number = float(reading.tokens[place].value)
    named = next((one for one in reading.tokens[place + 1 : place + 3] if one.text not in ("confirmed", "unconfirmed")), None)
    if not reading.brackets or not number.is_integer() or named is None or named.kind != OUTCOME:
        return False
    is_response = named.value.endpoint_class == "response"
    return is_response and reading.kinds[place - 1] in ("LPAR", "COMMA", "AND", "INCLUDES", "PLUS", "SEMI")


_FACTORS = frozenset({"factors", "factor", "predictors", "predictor"})


def is_of_factors(reading: Reading) -> bool:
    """Whether ratios are those of what makes the subject more likely: "risk factors for thrombosis: obesity (HR 3.4) and age (HR 2)"."""
    before = reading.tokens[max(0, reading.last_subject_at - 3) : reading.last_subject_at]
    return any(one.text in _FACTORS for one in before)


# --- values beside others ------------------------------------------------------------------------------------------------


def is_of_brackets(reading: Reading, place: int) -> bool:
    """Whether a time is that of the rates in brackets to come: "median (5-year) survival", "中位（5年）存活期"."""
    is_alone = reading.before(place, 2) == ["MEDIAN", "LPAR"] and reading.after(place, 1) in (["RPAR"], ["DASH"])
    return is_alone and OUTCOME in reading.after(place, 4)


def is_of_bracket_grades(reading: Reading, place: int, value: Value) -> bool:
    """Whether a percentage stands alone in the brackets right after a value, and such stand for a grade or a time: "21% (9%)"."""
    last = reading.last_value
    if (reading.bracket_grades is None and reading.bracket_landmark is None) or value.percent is None or last is None:
        return False
    return place > 1 and reading.since_value(last, place) == ["LPAR"] and reading.next_kind(place) == "RPAR"


def is_before_its_subject(reading: Reading, place: int) -> bool:
    """Whether what a value is of stands right after it: "with 22% CR", "没有达到中位PFS"."""
    if reading.kinds[place] == "NR":
        # "没有达到中位PFS（95%CI：19.3，NE）".
        following = reading.tokens[place + 1 + (reading.next_kind(place) == "MEDIAN") :][:1]
        return not reading.run.waits() and any(one.kind == OUTCOME and one.value.endpoint_class == TIME_TO_EVENT for one in following)
    if reading.kinds[place] == "NPTS" and reading.after(place, 2) == ["OF", EVENT]:
        # "4 cases of infection, 2 cases of sepsis".
        return True
    if reading.kinds[place] == "COUNTX" and reading.run.subjects and _is_before_deaths(reading, place):
        return True
    if reading.kinds[place] == "NPTS" and reading.run.subjects:
        if _is_of_clause(reading, place):
            return True
        # "At a follow-up of 80 months, 270 patients had died".
        return [kind for kind in reading.after(place, 2) if kind != "ACHIEVED"][:1] == ["DEATH"]
    if reading.kinds[place] != "PCT":
        return False
    if _is_with_those(reading, place):
        return True
    if (achieved := achieved_by(reading, place)) is not None:
        return reading.kinds[achieved : achieved + 1] == [OUTCOME]
    if _is_of_those_who(reading, place):
        return True
    if reading.next_kind(place) not in (OUTCOME, EVENT):
        return False
    before = reading.before(place, 1)[-1:]
    return before in (["IN"], ["INCLUDES"], ["AND"], ["COMMA"]) or (before == ["LPAR"] and not reading.run.waits())


def _is_of_clause(reading: Reading, place: int) -> bool:
    """Whether a number of patients begins a clause of its own: "12 (40%) had rash, and three patients had grade 3 events"."""
    begins = reading.before(place, 1) in (["AND"], ["COMMA"], ["SEMI"], ["IN"])
    return begins and not reading.brackets and reading.tokens[place + 1 : place + 2] != [] and reading.tokens[place + 1].text in _HAD


def _is_before_deaths(reading: Reading, place: int) -> bool:
    """Whether counts are of deaths, named right behind them: "OS was longer, and there were 2/48 (4%) and 10/49 (20%) deaths"."""
    first = next((kind for kind in reading.after(place, _MOST_TO_GIVEN) if kind not in _COUNTED), "")
    is_beside = reading.next_kind(place) == "DEATH" or reading.after(place, 4) == ["LPAR", "PCT", "RPAR", "DEATH"]
    return first == "DEATH" and (reading.before(place, 1) == ["IS"] or is_beside)


_HAVING = frozenset({"being", "having", "experiencing", "developing", "reporting", "achieving"})


def _is_with_those(reading: Reading, place: int) -> bool:
    """Whether a percentage begins what is told of part of the patients: "in 58%, with 9% of patients experiencing grade 4 toxicity"."""
    if reading.before(place, 1) != ["IN"] or reading.tokens[place - 1].text != "with" or not reading.run.subjects:
        return False
    following = next((one for one in reading.tokens[place + 1 : place + _MOST_TO_GIVEN] if one.kind not in _OF_PATIENTS), None)
    return following is not None and following.text in _HAVING


_OF_PATIENTS = frozenset({"LPAR", "RPAR", "PCT", "COUNTX", "AND", "OF", "PTS", "THE", "IN", "GROUP"})
_COUNTED = frozenset({"LPAR", "RPAR", "PCT", "COUNTX", "AND", "VS"})
_HAD = frozenset({"had", "having", "experienced", "developed"})


def _is_of_those_who(reading: Reading, place: int) -> bool:
    """Whether a percentage begins a clause about those whom it is of: "，2%受试者因不良事件退出治疗", "，12%的患者出现腹泻"."""
    if reading.before(place, 1) not in (["COMMA"], ["SEMI"]) or not reading.run.waits():
        return False
    following = [one for one in reading.tokens[place + 1 : place + _MOST_TO_GIVEN] if one.text != "的"]
    if not following or following[0].kind != "PTS" or following[0].text.isascii():
        return False
    told = next((one.kind for one in following[1:] if one.kind in SUBJECTS or one.kind in VALUES or one.kind == "COMMA"), "")
    return told in SUBJECTS


_MOST_TO_GIVEN = 12


def achieved_by(reading: Reading, place: int) -> int | None:
    """Place of what those achieved of whom a percentage is told: "12% (95% CI, 7%-18%) who achieved a complete remission"."""
    at = place + 1
    if reading.kinds[at : at + 1] == ["LPAR"] and "RPAR" in reading.kinds[at:]:
        at = reading.kinds.index("RPAR", at) + 1
    if at + 1 >= len(reading.kinds) or reading.tokens[at].text != "who" or reading.kinds[at + 1] != "ACHIEVED":
        return None
    return at + 2 + (reading.kinds[at + 2 : at + 3] == ["THE"])


def is_parallel(reading: Reading, place: int) -> bool:
    """Whether a bracket begins the same again for another subgroup: "in del(17p) (80.5% v 50.0%) and del(11q) (83.6% v 69.1%)"."""
    values = reading.run.values
    following = reading.after(place, 6)
    is_of_several = "RPAR" in following and not {"VS", "COMMA", "AND", "SLASH"}.isdisjoint(following[: following.index("RPAR")])
    if len(values) < 2 or values[-1] is not reading.last_value or not is_of_several:
        return False
    between = reading.since_value(values[-1], place)
    return "RPAR" in between and between[-1] == "LPAR" and "GROUP" not in between and "VS" not in between


_GAINS = frozenset({"increase", "improvement", "prolongation", "extension", "gain", "benefit", "advantage", "decrease", "reduction"})
_MOST_TO_GAIN = 4


def is_gain(reading: Reading, place: int) -> bool:
    """Whether a value tells by how much the measure right before it rose: "an increase in median OS of 4.7 months"."""
    if not reading.run.waits() or reading.since_subject(place) not in (["OF"], ["LPAR", OUTCOME, "RPAR", "OF"]):
        return False
    before = reading.tokens[max(0, reading.last_subject_at - _MOST_TO_GAIN) : reading.last_subject_at]
    named = next((at for at, one in enumerate(before) if one.text in _GAINS), None)
    return named is not None and all(one.kind in ("IN", "THE", "MEDIAN", "MEAN", "W") for one in before[named + 1 :])


def words_of_next(reading: Reading, place: int) -> Token | None:
    """The words of what a list tells next, where no vocabulary knows it: "rash (1% v 17%), and use of antibiotics (2% v 10%)".

    Only of a list whose figures stand each in brackets right behind what they are of, and are compared.
    """
    run = reading.run
    is_compared = len(run.values) > 1 and "VS" in run.joins and reading.before(place, 1) == ["LPAR"] and reading.next_kind(place) == "VS"
    if not (is_compared and run.subjects) or reading.place(run.values[0].tokens[0]) != reading.place(run.subjects[-1].token) + 2:
        return None
    begin = next((at + 1 for at in range(place - 2, -1, -1) if reading.kinds[at] in _ENDS_ITEM), 0)
    words = reading.tokens[begin : place - 1]
    is_item = all(one.kind in _ITEM for one in words) and any(one.kind == "W" and len(one.text) > _SHORT for one in words)
    return Token(OUTCOME, " ".join(one.text for one in words), words[0].start, words[-1].end) if is_item else None


_ENDS_ITEM = frozenset({"AND", "COMMA", "SEMI", "RPAR"})
_ITEM = frozenset({"W", "OF", "THE", "DASH", "ROMAN", "NUM", "RATE"})
_SHORT = 2


def is_before_unknown(reading: Reading, place: int) -> bool:
    """Whether a semicolon stands before an item that no vocabulary knows: "(stable disease, 29%; and own wish, 4%)"."""
    values = reading.run.values
    if not values or reading.place(values[-1].tokens[-1]) + 1 < place - 1 or not reading.run.subjects:
        return False
    item = reading.tokens[place + 1 : place + 1 + _MOST_IN_ITEM]
    end = next((at for at, one in enumerate(item) if one.kind in ("PCT", "COUNTX")), 0)
    words = [one for one in item[:end] if one.kind != "AND"]
    return len(words) > 1 and words[-1].kind == "COMMA" and all(one.kind == "W" for one in words[:-1])


_MOST_IN_ITEM = 8


def is_list_of_subject(reading: Reading, place: int) -> bool:
    """Whether a semicolon stands between items of one subject: "median PFS: all, 3.1 vs 2.2 months; PD-L1 positive, 5.9 vs 2.4 months"."""
    run = reading.run
    if not run.values or not run.subjects or not run.subjects[-1].is_time_to_event or run.groups or reading.next_subject(place):
        return False
    return reading.kinds[reading.last_subject_at + 1 : reading.last_subject_at + 2] == ["COLON"]


def graded_of(reading: Reading, place: int) -> Subject | None:
    """The adverse events whose grade stands right before a value, named earlier: "adverse events 98%; grade >=3 47%"."""
    if reading.run.subjects or reading.run.values or reading.before(place, 1) != ["GRADEX"]:
        return None
    if reading.last_any is not None:
        return reading.last_any
    return next((one for one in reversed(reading.context.last_subjects) if one.kind == "ANYAE"), None)


def fits(subjects: Sequence[Subject], value: Value) -> bool:
    """Whether a value can be one of these: a response is no length of time, a follow-up no percentage."""
    if not subjects:
        return True
    subject = subjects[-1]
    if subject.is_follow_up:
        return value.time is not None or value.number is not None
    outcome = subject.outcome
    if outcome is not None and outcome.concept == "RECURRENCE" and value.is_time() and not subject.token.text.isascii():
        # "5年治疗后的患者也存在远期复发的风险".
        return subject.is_median
    is_timed = subject.is_time_to_event or (outcome is not None and outcome.concept in _TIMED_CONCEPTS)
    return is_timed or not value.is_time()


def is_reported_count(reading: Reading, place: int, value: Value) -> bool:
    """Whether a number of patients alone is a result: "23 patients relapsed", not "136 patients were randomised"."""
    if value.count is None or value.percent is not None or value.count.total is not None:
        return True
    following = reading.after(place, 6)
    if following[:1] == ["LPAR"] and "PCT" in following[:3]:
        return True
    if value.token.kind == "NUM" and value.count.n == 0 and reading.before(place, 1) == ["VS"]:
        # "Rash occurred in 7 (7%) versus 0".
        return True
    if value.token.kind == "NPTS" and value.count.n == 0 and reading.before(place, 1) == ["AND"] and reading.open_value() is not None:
        # "In 9 (7%) and 0 patients".
        return reading.run.subjects[-1:] != [] and reading.run.subjects[-1].kind == EVENT
    is_size = value.token.kind == "NEQ"
    subjects = reading.run.subjects
    if is_size and not (reading.brackets and subjects):
        return False
    if reading.run.waits() and subjects[-1].kind != OUTCOME:
        # "Letrozole (n = 42)" tells how many took it.
        before = reading.before(place, 2)
        return not (is_size and before[-1] == "LPAR" and before[0] in ("GROUP", DRUG, "ANYAE"))
    if reading.run.waits() and reading.since_subject(place) in ([], ["IS"], ["COLON"]) and _is_response(subjects[-1]):
        # "CR 2例，PR 9例".
        return value.token.kind == "NPTS"
    first = next((kind for kind in following if kind in SUBJECTS or kind in VALUES or kind in ("SEMI", DRUG, "GROUP", "VS")), "")
    return first in SUBJECTS


def _is_response(subject: Subject) -> bool:
    return subject.outcome is not None and subject.outcome.endpoint_class == "response"


_FIT = frozenset(
    {"evaluable", "assessable", "eligible", "analyzable", "analysable", "analyzed", "analysed", "available", "tested", "stratified"}
)


def is_description(reading: Reading, place: int) -> bool:
    """Whether an outcome says which patients are counted, not what became of them.

    "Of these, 41 were evaluable for response"; "the 210 patients who had progressed were grouped"; "including 3 who received a transplant".
    """
    value = reading.run.values[-1]
    first = reading.place(value.tokens[0])
    between = [token.text for token in reading.tokens[first + 1 : place]]
    kinds = reading.kinds[first + 1 : place]
    if not _FIT.isdisjoint(between) or ("POPULATION" in kinds and "ACHIEVED" not in kinds[kinds.index("POPULATION") :]):
        return True
    named = reading.tokens[place].value if reading.kinds[place] == OUTCOME else None
    if named is not None and named.is_adverse and between == ["with"] and value.token.kind == "NPTS":
        # "The study enrolled 103 patients with disease progression".
        return True
    later = _beyond_brackets(reading, place)
    if achieved_by(reading, first) == place:
        return False
    is_where = "IN" in reading.before(first, 1) or "REPORTED" in reading.before(first, 1)
    return "who" in between and (is_where or reading.before(first, 1) == ["INCLUDES"] or later[:1] == ["IS"])


def is_begun_anew(reading: Reading, place: int) -> bool:
    """Whether a number of patients before a comma is not of the measure after it, which has its own: "可评估52例，ORR为32%"."""
    values = reading.run.values
    if reading.run.subjects or len(values) != 1 or values[0].token.kind != "NPTS" or values[0].percent is not None:
        return False
    before = [kind for kind in reading.before(place, 3) if kind != "MEDIAN"]
    following = [kind for kind in reading.after(place, 3) if kind != "RATE"]
    is_told = following[:1] in (["IS"], ["COLON"], ["PCT"], ["TIMEV"], ["COUNTX"])
    return reading.kinds[place] == OUTCOME and before[-1:] in (["COMMA"], ["SEMI"]) and is_told


def is_within_brackets(reading: Reading, place: int) -> bool:
    """Whether brackets behind waiting values say more than what they are of: "19% had resistance (one KRAS mutation, two others)"."""
    is_behind = bool(reading.brackets) and reading.brackets[-1][0] is reading.run
    return is_behind and not (reading.kinds[place - 1] == "LPAR" and reading.next_kind(place) == "RPAR")
