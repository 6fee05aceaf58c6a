"""What is measured where no vocabulary knows it: the words of the sentence, with the figures of groups that it compares.

Here belongs what becomes of comparisons whose figures nothing known has taken. Finding comparisons belongs to `comparisons.py`; measures
and events that have a name of their own, to `findings.py`.
"""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from pipelines.grammar.comparisons import Figure, Side
from pipelines.grammar.groups import GROUP, written
from pipelines.grammar.report_lexicon import EVENT, OUTCOME, Outcome
from pipelines.grammar.reported import EVENTS, FOLLOW_UP, SUBJECTS, Finding, Landmark, Subject, Value
from pipelines.grammar.tokens import Token
from pipelines.grammar.values import Count, PValue

_NOT_REPORTED = frozenset({"BASELINE", "AGE", "BACK", "PLAN"})
_KNOWN = SUBJECTS - {EVENT, "REDUCED"}


def of_unknown(tokens: Sequence[Token], compared: Sequence[Sequence[Side]], found: Sequence[Finding], text: str) -> list[Finding]:
    """Findings of the figures side by side that are of nothing known."""
    if not compared or not _NOT_REPORTED.isdisjoint(token.kind for token in tokens):
        return []
    claimed = {token.start for one in found if _makes_row(one) for token in one.value.tokens}
    made: list[Finding] = []
    for sides in compared:
        if any(token.start in claimed for side in sides for token in side.figure.value.tokens):
            continue
        subject = _told_after(tokens, sides) or _measured(tokens, sides, text)
        if subject is None:
            continue
        made += _findings_of(tokens, sides, subject, text)
        if (ratio := _ratio_after(tokens, sides[-1].last)) is not None and ratio.token.start not in claimed:
            made.append(Finding(subject, ratio, None, None, None, "side_by_side"))
    return made


def measure_incidence(tokens: Sequence[Token], found: Sequence[Finding], text: str) -> None:
    """Let the cumulative incidence of an event at some time be a measure: "the cumulative incidence of thrombosis was 9% at 6 months"."""
    if all(one.subject.kind != EVENT for one in found):
        return
    places = {token.start: place for place, token in enumerate(tokens)}
    for one in found:
        place = places.get(one.subject.token.start, 0)
        before = tokens[max(0, place - _MOST_TO_INCIDENCE) : place]
        begin = next((token.start for token in before if token.text == "cumulative"), None)
        if one.subject.kind == EVENT and one.landmark is not None and begin is not None and one.value.percent is not None:
            named = Token(OUTCOME, text[begin : one.subject.token.end], begin, one.subject.token.end)
            one.subject = Subject(OUTCOME, named, outcome=Outcome(None, "safety"))


_MOST_TO_INCIDENCE = 7


def _makes_row(finding: Finding) -> bool:
    """Whether what was found is told: not that an event became rarer by so much, nor how often doses were reduced."""
    kind = finding.subject.kind
    return kind in (OUTCOME, FOLLOW_UP) or (kind in EVENTS and not finding.value.is_difference)


def _findings_of(tokens: Sequence[Token], sides: Sequence[Side], subject: Subject, text: str) -> Iterator[Finding]:
    is_average = subject.is_mean or subject.is_median
    is_counted = subject.outcome is None or not (sides[0].figure.counted is None or is_average)
    is_change = not is_average and _tells_change(tokens, sides[0])
    p, landmark = _p_value_after(tokens, sides[-1].last), _landmark_of(tokens, sides[0].first) or _landmark_behind(tokens, subject)
    for side in sides:
        value = replace(_counted(side.figure, is_counted=is_counted), p=p, is_difference=is_change)
        yield Finding(subject, value, _written(side, text), side.group, landmark, "side_by_side")


def give_groups(compared: Sequence[Sequence[Side]], found: Sequence[Finding], text: str) -> None:
    """Give each figure the group beside it, where its sentence has given it none or one that another sentence named."""
    by_place = {side.figure.value.token.start: side for sides in compared for side in sides if side.shape != "in_order"}
    for one in found:
        side = next((by_place[token.start] for token in one.value.tokens if token.start in by_place), None)
        if side is not None and one.group_token is None and one.value.estimate is None and not one.value.is_difference:
            one.group, one.group_token = _written(side, text), side.group


def _written(side: Side, text: str) -> str | None:
    return None if side.group is None else written(side.group, text)


# --- what is told behind the figures -------------------------------------------------------------------------------------

_MOST_TO_SUBJECT = 4


def _told_after(tokens: Sequence[Token], sides: Sequence[Side]) -> Subject | None:
    """What is told behind figures of patients: "40 women in the test group (2%) and 85 in the placebo group (4%) had relapsed"."""
    following = tokens[sides[-1].last : sides[-1].last + _MOST_TO_SUBJECT]
    subject = next((token for token in following if token.kind in (OUTCOME, EVENT)), None)
    if subject is None or following[0].kind not in ("IS", "ACHIEVED", "REPORTED", OUTCOME, EVENT):
        return None
    if subject.kind == OUTCOME:
        return Subject(OUTCOME, subject, outcome=subject.value)
    return Subject(EVENT, subject, term=subject.value)


_CHANGED = frozenset({"improved", "reduced", "decreased", "increased", "prolonged", "declined", "rose", "fell", "dropped", "lowered"})


def _tells_change(tokens: Sequence[Token], side: Side) -> bool:
    """Whether a figure tells by how much something changed: "scores improved by 51% in the test group and by 55% in the control group"."""
    before = " ".join(one.text for one in tokens[max(0, side.figure.start - 2) : side.figure.start]).split()
    return before[-1:] == ["by"] and not _CHANGED.isdisjoint(before[-2:-1])


def _ratio_after(tokens: Sequence[Token], last: int) -> Value | None:
    """The ratio of the groups right behind their figures: "... than in the control group (14%; relative risk, 0.35; 95% CI 0.17-0.73)"."""
    ratio: Value | None = None
    for token in tokens[last : last + _MOST_TO_RATIO]:
        if token.kind == "EST" and ratio is None:
            ratio = Value(token, estimate=token.value, tokens=[token])
        elif token.kind == "CIX" and ratio is not None and ratio.interval is None:
            ratio.interval = token.value
            ratio.tokens.append(token)
        elif token.kind == "PX" and ratio is not None:
            ratio.p = token.value
            ratio.tokens.append(token)
        elif token.kind not in ("LPAR", "RPAR", "SEMI", "COMMA", "PX"):
            break
    return ratio


_MOST_TO_RATIO = 9


def _p_value_after(tokens: Sequence[Token], last: int) -> PValue | None:
    """The p value behind the last figure: "... and 55% in the control group (P < .001)"."""
    following = [token for token in tokens[last : last + 5] if token.kind not in ("LPAR", "SEMI", "COMMA", "RESP", "RPAR")]
    return following[0].value if following and following[0].kind == "PX" else None


# --- what is told before them --------------------------------------------------------------------------------------------

_ENDS_CLAUSE = frozenset({"COMMA", "SEMI", "DOT", "STOP", "COLON", "LPAR", "RPAR", "PCT", "TIMEV", "COUNTX", "PX", "CIX", "EST"})
_PREDICATE = frozenset({"IS", "ACHIEVED", "REPORTED"})
_VERBS = frozenset(
    {
        *("did", "do", "does", "differ", "differed", "decreased"),
        *("increased", "declined", "rose", "fell", "remained", "could", "can"),
    }
)
_ALLOCATED = frozenset(
    {
        *("randomly", "randomized", "randomised", "random", "assigned", "allocated", "recruited", "included", "analyzed", "analysed"),
        *("eligible", "evaluable", "were evaluable", "assessable", "enrolled", "registered", "entered"),
        *("completed", "withdrew", "cycles", "courses", "doses", "diagnosis"),
    }
)
_LEAST_WORD = 3
_NO_MEASURES = frozenset(
    {
        *("but", "and", "not", "between", "significantly", "there", "these", "those", "they", "this", "which", "who", "respectively"),
        *("with", "that", "while", "whereas", "furthermore", "moreover", "also", "however", "similarly"),
    }
)


def _measured(tokens: Sequence[Token], sides: Sequence[Side], text: str) -> Subject | None:
    """What is measured, in the words of its clause: "the mean score" of "the mean score was 7.1 with letrozole and 8.2 with placebo"."""
    first, figure = sides[0].first, sides[0].figure
    begin = _clause_begin(tokens, first)
    while begin > 1 and tokens[begin - 1].kind in ("LPAR", "COLON") and not _says_something(tokens[begin:first]):
        begin = _clause_begin(tokens, begin - 1)
    words = tokens[begin:first]
    stated = _noun_phrase(words)
    if begin > 1 and not _says_something(stated) and any(token.kind == "DIFF" for token in words):
        # "The frequency was lower in H1, while there was no difference between H1 and H2 (29% and 24%)".
        words = tokens[_clause_begin(tokens, begin - 1) : begin - 1]
        stated = _noun_phrase(words)
    if figure.counted is not None and not _says_something(stated) and len(figure.counted.text) >= _LEAST_WORD:
        stated = [figure.counted]
    if not stated or _is_number_of_patients(figure, stated) or any(token.text in _ALLOCATED for token in (*words, *stated)):
        return None
    is_averaged = any(token.kind in ("MEAN", "MEDIAN") for token in stated)
    is_of_known = any(token.kind in _KNOWN for token in words) or (stated[-1].kind == EVENT and not is_averaged)
    kinds = {token.kind for token in tokens[begin : sides[-1].figure.start]}
    if figure.make == "time" and kinds.isdisjoint(("MEAN", "MEDIAN")):
        # "3 versus 6 months of letrozole".
        return None
    if is_of_known or (words and words[0].kind == "VS") or (figure.counted is None and not _says_something(stated)):
        return None
    named = Token(OUTCOME, text[stated[0].start : stated[-1].end], stated[0].start, stated[-1].end)
    is_median = "MEDIAN" in kinds
    is_mean = "MEAN" in kinds or (any(side.figure.has_deviation for side in sides) and not is_median)
    return Subject(OUTCOME, named, outcome=Outcome(None, "other"), is_median=is_median, is_mean=is_mean)


def _is_number_of_patients(figure: Figure, stated: Sequence[Token]) -> bool:
    """Whether figures only tell how many patients there were: "data of 55 patients with leukaemia and 42 with lymphoma"."""
    is_number = figure.make in ("count", "number")
    return is_number and (figure.value.token.kind == "NPTS" or stated[-1].kind in ("NPTS", "PTS"))


def _says_something(words: Sequence[Token]) -> bool:
    return any(token.kind in ("W", EVENT) and len(token.text) >= _LEAST_WORD and token.text not in _NO_MEASURES for token in words)


def _clause_begin(tokens: Sequence[Token], end: int) -> int:
    ends = (place for place in range(end - 1, -1, -1) if tokens[place].kind in _ENDS_CLAUSE and not _is_moment(tokens, place))
    return next(ends, -1) + 1


def _is_moment(tokens: Sequence[Token], place: int) -> bool:
    """Whether a time says when something was measured: "at 2 years", "after 7 years"."""
    return place > 0 and tokens[place].kind == "TIMEV" and (tokens[place - 1].kind == "AT" or tokens[place - 1].text == "after")


def _landmark_of(tokens: Sequence[Token], end: int) -> Landmark | None:
    """The moment that the clause names before its figures: "the incidence after 7 years was 5.6% in ..."."""
    own = [tokens[place] for place in range(_clause_begin(tokens, end), end) if _is_moment(tokens, place)]
    return Landmark(own[0].value, own[0]) if len(own) == 1 else None


def _landmark_behind(tokens: Sequence[Token], subject: Subject) -> Landmark | None:
    """The moment told right behind a measure that stands after its figures: "86% of A and 82% of B were free of disease at 5 years"."""
    following = tokens[next((place for place, one in enumerate(tokens) if one is subject.token), len(tokens)) + 1 :][:2]
    is_moment = [one.kind for one in following] == ["AT", "TIMEV"]
    return Landmark(following[1].value, following[1]) if is_moment and subject.is_time_to_event else None


def _noun_phrase(words: Sequence[Token]) -> list[Token]:
    """The words up to what is said of them, without articles and joins at their ends."""
    began = next((n for n, token in enumerate(words) if token.text in ("difference", "differences") or token.kind == "REDUCED"), None)
    if began is not None:
        # "No significant difference in bone density"; "tablets reduced the rate of waking"; "the mean loss was reduced".
        is_before = words[began].kind == "REDUCED" and not _says_something(words[began + 1 :])
        words = words[:began] if is_before else words[began + 1 :]
    ends = [n for n in range(1, len(words)) if _begins_predicate(words, n)]
    stated = list(words[: ends[0]] if ends else words)
    while stated and (stated[0].kind in ("THE", "AND", "IN", "IS", "LPAR", "AT") or stated[0].text in _NO_MEASURES):
        stated.pop(0)
    ends = ("IN", "AT", "LPAR", "AND", "THE", "VS", "OF", "IS", GROUP)
    while stated and (stated[-1].kind in ends or stated[-1].text in _NO_MEASURES):
        stated.pop()
    return stated


def _begins_predicate(words: Sequence[Token], n: int) -> bool:
    """Whether a word says no more what was measured: "was" of "the rate was higher", but not of "nodes were removed in 57%".

    Nor does "had" of "the share of women who had oedema was 12%".
    """
    if words[n - 1].text == "who":
        return False
    is_done = words[n].kind == "IS" and any(one.text.endswith(("ed", "found", "done")) and one.kind == "W" for one in words[n + 1 : n + 2])
    return (words[n].kind in _PREDICATE and not is_done) or words[n].text in _VERBS


def _counted(figure: Figure, *, is_counted: bool) -> Value:
    """The value of a figure; a whole number of what was counted is a count."""
    value = figure.value
    if is_counted and value.number is not None and value.number.is_integer():
        return replace(value, number=None, count=Count(int(value.number)))
    return value
