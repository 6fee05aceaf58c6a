"""Time frames of outcome measures: how far they reach, how often they repeat, what they count from.

Here belongs what a time frame as a whole comes to (`read_time_frame`), and why it comes to nothing where it does. The rules that find
times, cycles and events in it belong to `time_frame_rules.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from pipelines.grammar.time_frame_values import CycleTime, Time, TimeAnchor, TimeKind, iso_duration
from pipelines.grammar.time_frame_words import parsed
from pipelines.grammar.tokens import Token

_CACHED = 65_536


class NoHorizon(StrEnum):
    """Why a time frame has no horizon: `schema.vocabularies.NO_HORIZON` says what each is."""

    UNTIL_EVENT = "until_event"
    STUDY_PERIOD = "study_period"
    TREATMENT_PERIOD = "treatment_period"
    PERIOPERATIVE = "perioperative"
    HOSPITAL_STAY = "hospital_stay"
    AT_START = "at_start"
    NO_CYCLE_LENGTH = "no_cycle_length"
    NO_END = "no_end"
    VISITS = "visits"
    CALENDAR = "calendar"
    NO_TIME = "no_time"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class TimeFrame:
    """What a time frame says, in the columns of `endpoints`.

    `days` is the latest time named, in days; with an anchor such as `last_dose` it counts from there. `reason` is set where there is no
    such time, and only there. `rule` names the rule that made the horizon, or the interval where there is none; else it is the reason.
    `asks_cycle_length`: with the length of a cycle, which the words do not say, more could be told.
    """

    kind: TimeKind | None
    days: float | None
    every_days: float | None
    iso: str | None
    anchor: TimeAnchor | None
    rule: str
    reason: NoHorizon | None
    asks_cycle_length: bool = False


@lru_cache(maxsize=_CACHED)
def read_time_frame(text: str, *, cycle_days: float | None = None) -> TimeFrame:
    """The time frame in these words. `cycle_days` is the length of a cycle that the trial states elsewhere; the text's own comes first."""
    tokens = parsed(text)
    length = _cycle_length(tokens, cycle_days)
    every, every_days = _repetition(tokens, length)
    times = _times(tokens, length)
    chosen = max(times, key=_rank, default=None)
    reason = _reason(tokens, every_days)
    asks = length is None and any(token.kind in ("CYCTIME", "EVERYCYC") for token in _with_parts(tokens))
    is_open = chosen is None or chosen[0].days < 0 or _goes_on(tokens, chosen, times) or _is_outlasted(tokens, chosen, every, every_days)
    if chosen is None or is_open or _is_start_only(tokens, chosen, reason):
        anchor = _start(tokens, len(tokens)) if reason is not NoHorizon.AT_START else None
        kind = TimeKind.EVERY if every is not None else None
        return TimeFrame(kind, None, every_days, None, anchor, every.rule if every else reason.value, reason, asks)
    time, place, rule = chosen
    kind = time.kind
    start = _start(tokens, place)
    if kind is TimeKind.AT and _is_reached_from(tokens, place):
        kind = TimeKind.UP_TO
    if kind is TimeKind.AT and any(one.kind is TimeKind.AVERAGE and one.iso[-1] == time.iso[-1] for one, _, _ in times) and not time.anchor:
        # "Median follow-up of 34.3 months for one arm and 34.4 months for the other".
        kind = TimeKind.AVERAGE
    if every is not None and kind is not TimeKind.AVERAGE:
        kind = TimeKind.EVERY
    anchor = time.anchor or start or (None if rule.startswith("point_") else _follows(tokens))
    return TimeFrame(kind, time.whole_days(), every_days, time.iso, anchor, rule, None, asks)


_Placed = tuple[Time, int, str]
"""A time, the place of its token, and the rule that made it."""


def _rank(placed: _Placed) -> tuple[float, bool, bool]:
    """The latest; of two that are equally late the one that says what it counts from, or that it is a limit: "week 52 (up to 52 weeks)"."""
    time = placed[0]
    return round(time.days, 2), time.anchor is not None, time.kind is not TimeKind.AT


def _cycle_length(tokens: Sequence[Token], known: float | None) -> float | None:
    """Length of a cycle as the text states it, "(each cycle is 21 days)"; of several the longest."""
    stated = [length for token in tokens if (length := _stated_length(token)) is not None]
    return max(stated, default=known)


def _stated_length(token: Token) -> float | None:
    if token.kind == "CYCLELEN":
        return token.value
    if token.rule == "first_cycle_lasts":
        return token.value.day
    return max((length for part in token.parts if (length := _stated_length(part)) is not None), default=None)


def _repetition(tokens: Sequence[Token], length: float | None) -> tuple[Token | None, float | None]:
    """The first word for how often, and its days: "every 4 weeks in the first 4 cycles, then every 8 weeks" is every 28 days."""
    found = next((token for token in _with_parts(tokens) if token.kind == "EVERYX"), None)
    if found is not None:
        return found, None if found.value == 0 else _whole(found.value)
    found = next((token for token in _with_parts(tokens) if token.kind == "EVERYCYC"), None)
    if found is None:
        return None, None
    return found, None if length is None else _whole(found.value * length)


def _with_parts(tokens: Sequence[Token]) -> Sequence[Token]:
    """Tokens, and in place of a spell of treatment what it was joined from."""
    return [part for token in tokens for part in (token.parts if token.rule in _JOINED else (token,))]


_JOINED = frozenset({"spells", "day_of_every_cycle"})


def _whole(days: float) -> float:
    """Days of an interval; those of months and years are rounded, as those of a horizon are."""
    return float(round(days)) if days > 30 else round(days, 4)


def _times(tokens: Sequence[Token], length: float | None) -> list[_Placed]:
    """All times of a text, in days."""
    found: list[_Placed] = []
    unknown = False
    in_first_cycle: list[_Placed] = []
    for place, token in enumerate(tokens):
        if token.kind == "TIME":
            found.append((token.value, place, token.rule))
        elif token.kind == "CYCTIME":
            cycle: CycleTime = token.value
            days = cycle.in_days(length)
            if days is not None:
                is_limit = cycle.is_number or (place > 0 and tokens[place - 1].kind in ("LIMIT", "TO", "MAX"))
                time = Time(days, iso_duration(days), TimeKind.UP_TO if is_limit else TimeKind.AT)
                (found if length is not None else in_first_cycle).append((time, place, token.rule))
            elif cycle.last > 1 or cycle.is_number:
                unknown = True
    if unknown:
        # "Predose, 2 and 4 hours postdose on day 8 of cycle 1 and day 1 of cycle 2": the last of these is some weeks away.
        return [one for one in found if one[0].is_long]
    found += in_first_cycle
    return _with_additions(tokens, found)


def _with_additions(tokens: Sequence[Token], found: list[_Placed]) -> list[_Placed]:
    """Times that come on top of what was said before them: "up to 2 years on treatment, then for an additional 2 years"."""
    for place, token in enumerate(tokens):
        if token.kind != "TIMEMORE":
            continue
        more: Time = token.value
        before = [one for one in found if one[1] < place and one[0].days > 0]
        if before:
            base = max(before, key=_rank)
            total = base[0].plus(more)
            found = [*found, (replace(total, kind=TimeKind.UP_TO), place, token.rule)]
        else:
            found = [*found, (more, place, token.rule)]
    return found


def _goes_on(tokens: Sequence[Token], chosen: _Placed, times: Sequence[_Placed]) -> bool:
    """Whether it repeats without an end after the last time named: "every 6 weeks for 24 weeks, then every 9 weeks until progression"."""
    last, place, _ = max(times, key=lambda one: one[1])
    if last.days < chosen[0].days and chosen[0].kind is TimeKind.UP_TO:
        return False
    for number in range(place + 1, len(tokens)):
        if tokens[number].kind in ("EVERYX", "EVERYCYC"):
            between = {token.kind for token in tokens[place + 1 : number]}
            is_then = not between.isdisjoint({"THEN", "HOU"}) or (number + 1 < len(tokens) and tokens[number + 1].kind == "THEN")
            is_next = not between - {"COMMA", "AND", "W"} and bool(between)
            # In brackets it says how often within the time before them: "up to 4 years (at screening, then every 3 months)".
            is_aside = any(token.kind == "LPAR" for token in tokens[chosen[1] + 1 : number])
            if not is_aside and (is_then or (is_next and chosen[0].kind in (TimeKind.AT, TimeKind.RANGE))):
                return True
    return False


def _is_outlasted(tokens: Sequence[Token], chosen: _Placed, every: Token | None, every_days: float | None) -> bool:
    """Whether it repeats at longer intervals than the latest time named: "day 30 and every 3 months", "2 hours after each monthly dose".

    That time ends nothing, unless it comes last and counts from the end: "every 12 weeks and 4 weeks after the end of treatment".
    """
    time, place, _ = chosen
    if every is None or every_days is None or every_days <= time.days:
        return False
    repeats_at = next(number for number, token in enumerate(tokens) if token is every or any(part is every for part in token.parts))
    return place < repeats_at or time.anchor not in _NO_STARTS


def _is_start_only(tokens: Sequence[Token], chosen: _Placed, reason: NoHorizon) -> bool:
    """Whether the only time is where it begins: "from day 1 until progression"."""
    time, place, _ = chosen
    is_left = any(token.kind in ("TO", "LIMIT") for token in tokens[place + 1 :])
    return is_left and time.days <= 1 and time.iso[-1] == "D" and time.anchor is None and reason in _ENDS


_NO_STARTS = frozenset(
    {TimeAnchor.END_OF_STUDY, TimeAnchor.END_OF_TREATMENT, TimeAnchor.LAST_DOSE, TimeAnchor.DISCHARGE, TimeAnchor.RESPONSE}
)


def _start(tokens: Sequence[Token], before: int) -> TimeAnchor | None:
    """What the whole runs from: "from randomization until …", "baseline to week 12", "at enrollment and 6 months"."""
    named = next((token for token in tokens if token.kind == "FROMEV"), None)
    if named is not None:
        return named.value
    for token in tokens[:before]:
        if token.kind == "EVENT" and token.value not in _NO_STARTS:
            return token.value
    return TimeAnchor.BASELINE if any(one.kind == "EVENT" and one.value is TimeAnchor.BASELINE for one in tokens) else None


def _follows(tokens: Sequence[Token]) -> TimeAnchor | None:
    """What the times follow where it is said once: "after surgery: 1 month, 3 months", "术后1个月、3个月"."""
    followed = [token.value if token.kind == "AFTEREV" else token.value.anchor for token in tokens if token.kind in ("AFTEREV", "TIME")]
    return next((anchor for anchor in followed if anchor is not None and anchor not in _NO_STARTS), None)


def _is_reached_from(tokens: Sequence[Token], place: int) -> bool:
    """Whether a stretch leads to the time at `place`: "from enrollment to the end of treatment at 8 weeks"."""
    kinds = [token.kind for token in tokens[:place]]
    return "FROMEV" in kinds and ("TO" in kinds or "LIMIT" in kinds)


_REASON_OF_ANCHOR = {
    TimeAnchor.END_OF_STUDY: NoHorizon.STUDY_PERIOD,
    TimeAnchor.END_OF_ENROLLMENT: NoHorizon.STUDY_PERIOD,
    TimeAnchor.DISCHARGE: NoHorizon.HOSPITAL_STAY,
    TimeAnchor.LAST_DOSE: NoHorizon.TREATMENT_PERIOD,
    TimeAnchor.END_OF_TREATMENT: NoHorizon.TREATMENT_PERIOD,
    TimeAnchor.TREATMENT: NoHorizon.TREATMENT_PERIOD,
    TimeAnchor.DOSE: NoHorizon.TREATMENT_PERIOD,
    TimeAnchor.VACCINATION: NoHorizon.TREATMENT_PERIOD,
    TimeAnchor.END_OF_RADIOTHERAPY: NoHorizon.TREATMENT_PERIOD,
    TimeAnchor.START_OF_RADIOTHERAPY: NoHorizon.TREATMENT_PERIOD,
    TimeAnchor.SURGERY: NoHorizon.PERIOPERATIVE,
    TimeAnchor.TRANSPLANT: NoHorizon.PERIOPERATIVE,
    TimeAnchor.BIRTH: NoHorizon.UNTIL_EVENT,
    TimeAnchor.RESPONSE: NoHorizon.UNTIL_EVENT,
}
_REASON_OF_KIND = {
    "OUTCOME": NoHorizon.UNTIL_EVENT,
    "STUDY": NoHorizon.STUDY_PERIOD,
    "HOSPITAL": NoHorizon.HOSPITAL_STAY,
    "TREAT": NoHorizon.TREATMENT_PERIOD,
    "RADIO": NoHorizon.TREATMENT_PERIOD,
    "DOSE": NoHorizon.TREATMENT_PERIOD,
    "CYCLE": NoHorizon.TREATMENT_PERIOD,
    "PERIOP": NoHorizon.PERIOPERATIVE,
    "VISIT": NoHorizon.VISITS,
    "DATE": NoHorizon.CALENDAR,
    "CYCTIME": NoHorizon.NO_CYCLE_LENGTH,
    "EVERYCYC": NoHorizon.NO_CYCLE_LENGTH,
    "CYCLELEN": NoHorizon.TREATMENT_PERIOD,
    "EVERYX": NoHorizon.NO_END,
    "PAST": NoHorizon.AT_START,
    "BASE": NoHorizon.AT_START,
    "BEFOREEV": NoHorizon.AT_START,
    "BEFORE": NoHorizon.AT_START,
}
_IN_ORDER = (
    NoHorizon.UNTIL_EVENT,
    NoHorizon.STUDY_PERIOD,
    NoHorizon.HOSPITAL_STAY,
    NoHorizon.NO_CYCLE_LENGTH,
    NoHorizon.TREATMENT_PERIOD,
    NoHorizon.PERIOPERATIVE,
    NoHorizon.NO_END,
    NoHorizon.CALENDAR,
    NoHorizon.VISITS,
    NoHorizon.AT_START,
)
"""Of several reasons the first stands: "every 8 weeks until progression" ends with the progression."""
_WOULD_BE_READ = frozenset({"NUM", "DAY", "WEEK", "MONTH", "YEAR", "HOUR", "MINUTE", "SECOND"})


def _reason(tokens: Sequence[Token], every_days: float | None) -> NoHorizon:
    """Why there is no horizon, where there is none."""
    found: set[NoHorizon] = set()
    for token in _with_parts(tokens):
        if token.kind == "EVERYCYC" and every_days is not None:
            found.add(NoHorizon.NO_END)
        elif token.kind in ("EVENT", "AFTEREV", "FROMEV", "OFEV"):
            found.add(_REASON_OF_ANCHOR.get(token.value, NoHorizon.AT_START))
        elif token.kind in _REASON_OF_KIND:
            found.add(_REASON_OF_KIND[token.kind])
        elif token.kind == "TIME" and token.value.days < 0:
            found.add(NoHorizon.AT_START)
    unread = any(_is_unread(tokens, place) for place in range(len(tokens)))
    for reason in _IN_ORDER:
        if reason in found and not (unread and reason in _WEAK):
            return reason
    return NoHorizon.UNREADABLE if unread else NoHorizon.NO_TIME


def _is_unread(tokens: Sequence[Token], place: int) -> bool:
    """Whether here is a number or unit that may be a time. "Part 1", "V3" and "one session" are none."""
    token = tokens[place]
    is_label = token.kind == "NUM" and (token.text.isalpha() or (place > 0 and tokens[place - 1].kind == "W"))
    return token.kind in _WOULD_BE_READ and not is_label


_ENDS = frozenset({NoHorizon.UNTIL_EVENT, NoHorizon.STUDY_PERIOD, NoHorizon.TREATMENT_PERIOD, NoHorizon.HOSPITAL_STAY})
_WEAK = frozenset({NoHorizon.CALENDAR, NoHorizon.VISITS, NoHorizon.AT_START})
"""Reasons that say nothing of how long, so that a number beside them may be what was not read: "baseline, 4 and 8"."""
