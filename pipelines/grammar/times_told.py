"""Times: whether one tells when something was measured, how long patients were watched, or how long they were treated.

Here belong the questions about a time in a sentence; none of them changes what has been read. What else the words around a place tell
belongs to `surroundings.py`, what makes a time no result to `no_results.py`.
"""

from collections.abc import Sequence

from pipelines.grammar.lexicon import DRUG
from pipelines.grammar.report_lexicon import OUTCOME
from pipelines.grammar.reported import FOLLOW_UP, VALUES, Landmark, Reading, Subject
from pipelines.grammar.tokens import Token

LISTED = ("AND", "COMMA", "OR", "SLASH")


def is_landmark(reading: Reading, place: int) -> bool:
    """Whether a time is one at which something was measured: "at 12 months", "the 2-year rate", "5 年 OS 率"."""
    following, before = reading.after(place, 4), reading.before(place, 2)
    if FOLLOW_UP in following[:3] or _is_length_of_follow_up(reading, place):
        return False
    if following[:1] == ["COLON"] and len(following) > 1:
        return True
    is_moment = following[:1] == ["AT"] and reading.tokens[place + 1].text == "时"
    if before[-1:] == ["AT"] or before == ["AT", "THE"] or is_moment:
        return not (reading.run.waits() and reading.run.subjects[-1].is_follow_up)
    if before[-1:] == [OUTCOME] and reading.run.waits() and [one.text for one in reading.tokens[place + 1 : place + 2]] == ["after"]:
        # "Relapse free 5 years after remission was 49%".
        return True
    is_of_rate = _measure_after(following) in (OUTCOME, "RATE")
    if is_of_rate and following[0] != "OF":
        return True
    if following[:1] and following[0] in LISTED:
        return _is_listed_landmark(reading, place, before)
    return is_of_rate and bool(reading.landmarks) and before[-1:] in (["AND"], ["COMMA"], ["OR"])


def _is_length_of_follow_up(reading: Reading, place: int) -> bool:
    """Whether a follow-up is named right before a time: "after a median follow-up of 21 months: ..."."""
    return reading.run.waits() and reading.run.subjects[-1].is_follow_up and set(reading.since_subject(place)) <= {"OF", "IS"}


def _measure_after(following: Sequence[str]) -> str:
    """The first kind that tells anything: of "-year landmark overall survival" that of the outcome."""
    return next((kind for kind in following if kind not in ("DASH", "OF", "W", "AT", "THE")), following[-1] if following else "")


def _is_listed_landmark(reading: Reading, place: int, before: Sequence[str]) -> bool:
    """Whether the rate of a list of times comes after it: "1-year, 2-year and 3-year survival"; not "PFS 15.6 months, OS 29.1 months"."""
    if reading.run.waits() and before[-1:] not in (["AND"], ["COMMA"]):
        return False
    last = reading.open_value()
    is_paired = before[-1:] == ["VS"] or (before[-1:] == ["AND"] and reading.tokens[place + 1].text != "、")
    if is_paired and last is not None and (last.is_time() or last.number is not None):
        # "PFS 8.3 vs 5.1个月，OS 20个月".
        return False
    later = next((kind for kind in reading.kinds[place + 1 :] if kind not in (*LISTED, "TIMEV", "DASH", "NUM")), "")
    return later in (OUTCOME, "RATE")


def is_after_value(reading: Reading, place: int) -> bool:
    """Whether a landmark stands right after the value that it dates: "PFS was 59% at 7 years", "59% ± 4% at 7 years"."""
    before = [kind for kind in reading.before(place, 4) if kind not in ("AT", "THE", "GROUP", "IN", "RPAR")]
    return (
        bool(before)
        and (before[-1] in VALUES or before[-1] in ("CIX", "PX", "SPREAD"))
        and reading.next_kind(place) not in ("COLON", OUTCOME)
    )


def landmark_that_goes_on(reading: Reading, place: int, made: Subject) -> list[Landmark]:
    """The landmark of the outcome before that holds for the next: "the 5-year EFS (77% and 79%) or OS (82% and 84%) did not differ"."""
    last = reading.said[-1] if reading.said else None
    if last is None or last.landmark is None or not (made.is_time_to_event and last.subject.is_time_to_event) or reading.landmarks:
        return []
    before = [kind for kind in reading.before(place, 3) if kind not in ("THE", "MEDIAN")][-2:]
    return [last.landmark] if before in (["RPAR", "OR"], ["RPAR", "AND"]) and reading.next_kind(place) == "LPAR" else []


def is_right_after_its_subject(reading: Reading, place: int) -> bool:
    """Whether a landmark stands right after what the value before was of: "63 (80%) were in remission at 6 months"."""
    last = reading.said[-1] if reading.said else None
    if last is None or last.landmark is not None or reading.run.subjects or reading.run.values:
        return False
    is_of_last = reading.place(last.subject.token) == reading.last_subject_at > reading.place(last.value.token)
    return is_of_last and reading.since_subject(place) == ["AT"]


def follow_up_of(reading: Reading, place: int) -> Token | None:
    """The follow-up that a time right before it is the length of: "at 15 months of median follow-up"."""
    following = reading.after(place, 3)
    if {"SEMI", "COMMA", "RPAR", "LPAR"} & set(following[:2]) or "MEDIAN" not in following or FOLLOW_UP not in following:
        return None
    return reading.tokens[place + 1 + following.index(FOLLOW_UP)]


def is_beyond_follow_up(reading: Reading, place: int) -> bool:
    """Whether a time is told of something else after that of follow-up: "it was 42 months, noninferiority of 3 months ..."."""
    run = reading.run
    if reading.kinds[place] != "TIMEV" or not run.values or not run.subjects or not run.subjects[-1].is_follow_up:
        return False
    return "W" in reading.since_value(run.values[-1], place)


def is_of_treatment(reading: Reading, place: int) -> bool:
    """Whether a time tells how long something is given: "5年内分泌治疗", "2年的来曲唑", "1 year of letrozole"; not "治疗9个月的PFS率".

    Nor is that how long patients were watched: "6-year follow-up of OS".
    """
    if is_landmark(reading, place):
        return False
    following = reading.tokens[place + 1 : place + 3]
    is_named = bool(following) and (following[0].text == "的" or following[0].kind == "OF")
    before = reading.tokens[place - 1] if place else None
    is_given = any(_is_treatment(one) for one in following[: 1 + is_named]) or (before is not None and before.text in _TREATED)
    after = [kind for kind in reading.after(place, 3) if kind != "DASH"]
    is_given |= after[:1] == ["OF"] and _measure_after(after) not in (OUTCOME, FOLLOW_UP, "MEDIAN")
    is_given |= after[:1] == [FOLLOW_UP] and reading.run.waits() and not reading.run.subjects[-1].is_follow_up
    is_of_radiation = reading.tokens[place].value.unit in ("wk", "d") and any(one.text == "gy" for one in reading.tokens)
    return is_given or is_of_radiation


def _is_treatment(token: Token) -> bool:
    return not token.text.isascii() and (token.kind in ("GROUP", DRUG) or token.text.replace(" ", "") in _TREATED)


_TREATED = frozenset({"治 疗", "治疗", "治疗后"})
