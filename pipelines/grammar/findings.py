"""Findings: what a sentence of a report says was measured, in whom, and with which result.

Here belongs the way through a sentence, from left to right: what each kind of token does to what has been read. How values and what is
said of them are taken in belongs to `reading_values.py`, what a place's surroundings say to `surroundings.py`, what becomes of a run of
values to `runs.py`. Which trial a sentence reports, and whether it reports one at all, belongs to `pipelines/extract/report_passages.py`.
"""

from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from pipelines.grammar import events, groups
from pipelines.grammar.comparisons import comparisons
from pipelines.grammar.groups import name_words
from pipelines.grammar.no_results import is_no_result
from pipelines.grammar.places_of_groups import (
    is_before_next_group,
    is_gloss,
    is_in_aside,
    is_in_brackets_of_value,
    is_in_remark,
    is_more_often_in,
    is_of_lost_value,
    is_of_next_value,
    is_right_after_said,
    is_right_after_value,
)
from pipelines.grammar.reading_grades import CLOSE, is_close, take_any_grade, take_grade
from pipelines.grammar.reading_values import (
    take_difference,
    take_interval,
    take_level,
    take_number,
    take_p_value,
    take_ratio,
    take_span,
    take_unit,
    take_value,
    value_of,
)
from pipelines.grammar.report_lexicon import MEASURED, OUTCOME, SYSTEM
from pipelines.grammar.reported import (
    EVENTS,
    FOLLOW_UP,
    SUBJECTS,
    UNITS,
    VALUES,
    Context,
    Finding,
    Landmark,
    Reading,
    Run,
    Said,
    Subject,
    Value,
)
from pipelines.grammar.runs import end_run
from pipelines.grammar.subjects import (
    begin_with_pronoun,
    is_absent,
    is_alias,
    is_listed,
    is_no_subject,
    is_none_seen,
    subject_of,
    worded,
)
from pipelines.grammar.surroundings import (
    background_from,
    is_before_unknown,
    is_begun_anew,
    is_description,
    is_list_of_subject,
    is_of_brackets,
    is_within_brackets,
)
from pipelines.grammar.times_told import is_after_value, is_landmark, is_right_after_its_subject, landmark_that_goes_on
from pipelines.grammar.tokens import Token
from pipelines.grammar.unknown_measures import give_groups, measure_incidence, of_unknown
from pipelines.grammar.values import HEADLESS, Count, Time


def findings(tokens: Sequence[Token], context: Context, text: str) -> list[Finding]:
    """The findings of a sentence; `context` is brought up to date."""
    if not tokens:
        # Of what stands where nothing can be reported, no later "it" is said.
        context.last_named = context.told_group = None
        return []
    kinds = {token.kind for token in tokens}
    has_groups = groups.GROUP in kinds
    lead = groups.lead_of(tokens, context.arms) if has_groups else None
    if lead is not None:
        context.lead = text[lead.start : lead.end]
    elif not kinds.isdisjoint(groups.OF_ALL) and groups.is_of_all(tokens):
        context.lead = None
    named = groups.groups_in(tokens, context.arms) if has_groups else []
    reading = Reading(tokens, context, named)
    begin_with_pronoun(reading)
    said = _said_in(reading)
    if lead is not None and not said and not groups.is_told_first(tokens, lead):
        context.lead = None
    context.last_named = worded(reading.last_outcome, text)
    by_value = {one.value: one for one in said}
    if has_groups:
        context.glosses |= dict(
            (*groups.combined_name(tokens, text), *groups.treated_name(tokens, context.groups), *groups.glosses(tokens, text))
        )
        context.combined |= dict(groups.combinations(tokens, text))
    found = [_finding(one, by_value, text, context) for one in said]
    compared = comparisons(tokens, context.arms)
    found += of_unknown(tokens, compared, found, text)
    give_groups(compared, found, text)
    measure_incidence(tokens, found, text)
    events.drop_doubtful_groups(found)
    events.go_on_in_group(reading, found)
    context.last_subjects = [one for last in context.last_subjects if (one := worded(last, text)) is not None]
    if has_groups and groups.are_namesakes(tokens):
        context.groups = []
    elif len(named) > 1 and groups.is_comparison(tokens):
        context.groups = [text[one.start : one.end] for one in groups.against_last(tokens, named)]
        if lead is None:
            context.lead = None
    return found


def _finding(said: Said, by_value: Mapping[Value, Said], text: str, context: Context) -> Finding:
    whose = said.whose
    while isinstance(whose, Value):
        # What stands in the brackets of a value is of that value's group.
        outer = by_value.get(whose)
        whose = outer.whose if outer is not None else None
    token = whose if isinstance(whose, Token) else None
    name = groups.written(whose, text) if isinstance(whose, Token) else whose
    if name is not None and context.glosses:
        # A token has the simplified words of its name.
        name = context.glosses.get(name_words(token.text if token is not None else name.casefold()), name)
    if name is not None and len(context.combined) == 1 and groups.is_the_combination(name):
        # "The combination arm" is that of the one combination that the text has named.
        (name,) = context.combined.values()
    return Finding(said.subject, said.value, name, token, said.landmark, said.rule)


def _said_in(reading: Reading) -> list[Said]:
    from_background = background_from(reading)
    for place, kind in enumerate(reading.kinds):
        read = _READ.get(kind)
        if read is not None and not (place >= from_background and kind in VALUES):
            read(reading, place)
    while reading.brackets:
        _close(reading, len(reading.tokens))
    end_run(reading)
    if len(reading.named) == 1:
        # "One death was reported in arm B" is none of the arm that the sentence before was about.
        for one in reading.said:
            if isinstance(one.whose, str) and one.whose == reading.context.lead:
                one.whose = reading.named[0] if one.subject.kind in EVENTS else None
    return reading.said


# --- subjects ------------------------------------------------------------------------------------------------------------


_NAMED_BESIDE: dict[str, Callable[[Reading, int], Subject | None]] = {
    "PTS": events.more_events,
    SYSTEM: events.named_in_list,
    MEASURED: events.named_in_list,
}
"""Kinds of tokens that name a subject only by what stands beside them."""


def _subject(reading: Reading, place: int) -> None:
    made = _NAMED_BESIDE.get(reading.kinds[place], subject_of)(reading, place)
    if made is None or is_no_subject(reading, place):
        return
    if events.is_led_to(reading, place):
        events.let_stop(reading, made)
        reading.last_subject_at = place
        return
    if (ended := events.caused(reading, place)) is not None:
        ended.term, reading.last_cause_at = made.term, place
        return
    if (ended := events.another_caused(reading, place)) is not None:
        made = replace(ended, token=made.token, term=made.term)
    if is_alias(reading, place):
        return
    if is_begun_anew(reading, place):
        reading.run = Run()
    has_waiting = reading.run.values and not reading.run.subjects and not is_within_brackets(reading, place)
    # "68% were women, median tumour size 2 cm": what is a median has its value to come.
    if has_waiting and reading.before(place, 2) != ["COMMA", "MEDIAN"] and not events.is_of_earlier(reading, place):
        _end_waiting(reading, made)
    else:
        _begin_subject(reading, place, made)
        _keep(reading, made)
    reading.last_subject_at = place
    _none_of(reading, place, made)


def _none_of(reading: Reading, place: int, made: Subject) -> None:
    """Take in that a subject was not seen, where the sentence says so."""
    if is_absent(reading, place, made):
        if reading.after(place, 2) == ["IS", "GRADEX"]:
            # "No adverse effect was grade 3 or higher".
            made.grades = reading.tokens[place + 2].value
        made.is_absent = True
        _say_none(reading, made)
    elif is_none_seen(reading, place):
        _say_none(reading, made, Count(0))


def _keep(reading: Reading, made: Subject) -> None:
    """Remember the subject that others may be told of."""
    if made.is_follow_up:
        # "With a median follow-up of 94 months the mortality was 11%".
        reading.is_median = False
    elif made.kind == OUTCOME:
        reading.last_outcome = made
    elif made.kind == "ANYAE":
        reading.last_any = made


def _begin_subject(reading: Reading, place: int, made: Subject) -> None:
    """Let the values to come be of this subject, or of it too."""
    if is_listed(reading, place):
        reading.run.subjects.append(made)
    elif reading.run.values and reading.brackets and reading.brackets[-1][0] is reading.run:
        # "ORR 57.6% (CR 21.7%) vs 43.1% (CR 11.8%)": what brackets tell of another outcome belongs to the value before them.
        reading.run = Run([made], parent=reading.last_value, landmarks=reading.take_landmarks())
    else:
        is_aside = made.is_follow_up and reading.run.waits() and "AT" in reading.before(place, 3)
        reading.outer = reading.run if is_aside and reading.run.subjects[-1].kind == OUTCOME else None
        end_run(reading)
        goes_on = landmark_that_goes_on(reading, place, made)
        reading.run = Run([made], groups=reading.take_groups(), landmarks=reading.take_landmarks() or goes_on)


def _end_waiting(reading: Reading, made: Subject) -> None:
    """Give the values that came before it to a subject: "42 (93%) achieved remission"."""
    if made.is_follow_up or is_description(reading, reading.place(made.token)):
        reading.run = Run()
        return
    reading.run.values = _beside(reading, reading.run.values)
    reading.run.subjects.append(made)
    end_run(reading)


_TO_NEXT_GROUP = frozenset({"OF", "PTS", "IN", "THE", "GROUP", "AND", "COMMA", "LPAR", "RPAR"})
_OWN_WORDS = frozenset({"W", "PTS", "IN", "ACHIEVED", "ARMWORD"})


def _beside(reading: Reading, waiting: list[Value]) -> list[Value]:
    """The values that the subject after them is said of: not "4 (13%) are on treatment" before "24 (80%) progressed"."""
    for number in range(len(waiting) - 1, 0, -1):
        between = reading.since_value(waiting[number - 1], reading.place(waiting[number].tokens[0]))
        is_of_group = "GROUP" in between and _TO_NEXT_GROUP.issuperset(between)
        if sum(kind in _OWN_WORDS for kind in between) > 1 and not is_of_group:
            return waiting[number:]
    return waiting


def _say_none(reading: Reading, subject: Subject, count: Count | None = None) -> None:
    none = reading.tokens[reading.none_at or 0]
    reading.say(subject, Value(none, count=count), "none_reported", whose=reading.groups[-1] if len(reading.groups) == 1 else None)
    if reading.run.subjects and reading.run.subjects[-1] is subject:
        reading.run = Run()


# --- what is said of subjects --------------------------------------------------------------------------------------------


def _attribution(reading: Reading, place: int) -> None:
    reading.attribution = reading.tokens[place].value


def _treatment_related(reading: Reading, place: int) -> None:
    """Treatment-related adverse events; "deaths possibly related to treatment"; "20 died, 6 of them related to treatment"."""
    if (these := events.of_these(reading, place)) is not None:
        reading.run.values = reading.run.values[-1:]
        _end_waiting(reading, replace(these, attribution=reading.tokens[place].value))
        return
    if place - reading.last_cause_at <= CLOSE and reading.said and reading.last_cause_at > 0:
        # "Two died of sepsis related to treatment".
        reading.said[-1].subject.attribution = reading.tokens[place].value
        return
    if events.is_cause_of_death(reading, place):
        reading.said[-1].subject.attribution = reading.tokens[place].value
        return
    if reading.tokens[place].text.startswith("与") and reading.said and not reading.run.values and reading.said[-1].subject.kind == "DEATH":
        # "1例死亡（脑血管意外）被判定与试验药有关".
        reading.said[-1].subject.attribution = reading.tokens[place].value
        return
    _attribution(reading, place)
    if is_close(reading, place):
        reading.run.subjects[-1].attribution = reading.attribution


def _serious(reading: Reading, place: int) -> None:
    """Serious adverse events; 严重腹泻 is severe, and no more than that, unless it is said of adverse events as a whole."""
    reading.is_serious = reading.tokens[place].text.isascii() or "ANYAE" in reading.after(place, 3)
    reading.grades = None


def _severe(reading: Reading, _place: int) -> None:
    # "Grade 3 rash in 5%, severe fatigue in 8%".
    reading.grades = None


def _none(reading: Reading, place: int) -> None:
    # "Neutropenia with or without fever" denies nothing.
    if reading.tokens[place].text != "without" or reading.before(place, 1) != ["OR"]:
        reading.none_at = place


def _none_related(reading: Reading, place: int) -> None:
    """No treatment-related deaths; no treatment-emergent infections."""
    reading.none_at, reading.attribution = place, reading.tokens[place].value


_TIMES = frozenset({"time", "times"})


def _mean(reading: Reading, place: int) -> None:
    reading.is_mean = True
    if reading.run.waits() and any(one.text in _TIMES for one in reading.tokens[place + 1 : place + 2]):
        # "DFS was analyzed in 92 patients with the mean time of 5.1 years".
        reading.run = Run()


_OF_MEDIAN = VALUES | {OUTCOME, FOLLOW_UP, "DASH", "CIX"}


def _median(reading: Reading, place: int) -> None:
    reading.is_median, reading.is_mean = True, False
    following = [kind for kind in reading.after(place, 7) if kind not in ("IS", "OF", "THE", "COLON", "COMMA")]
    is_of_other = bool(following) and following[0] not in _OF_MEDIAN
    if not is_of_other and reading.run.waits():
        reading.run.subjects[-1].is_median = True
    elif is_of_other and reading.run.subjects and OUTCOME not in following and FOLLOW_UP not in following[:3]:
        # "The median number of cycles was 6" says nothing of the outcome before it.
        end_run(reading)
        reading.run = Run()


# --- groups and landmarks ------------------------------------------------------------------------------------------------


def _group(reading: Reading, place: int) -> None:
    token = reading.tokens[place]
    words = name_words(token.text)
    is_part = place <= reading.group_until
    if is_part or words.isdisjoint(reading.context.arms) or is_in_aside(reading, place) or is_gloss(reading, place):
        return
    if all(name_words(one.text) != words for one in reading.named):
        reading.named.append(token)
    if said := events.without_group(reading, place):
        reading.groups_follow = True
        named = events.listed_name(reading, place)
        for one in said:
            one.whose = named
        return
    if events.is_where_all(reading, place):
        events.give_to_all(reading, token)
        return
    value = reading.open_value()
    if value is not None and is_more_often_in(reading, place):
        reading.run.values[0].group = token
        return
    is_after = is_right_after_value(reading, place)
    if is_after and is_of_lost_value(reading, place):
        return
    if value is None and is_right_after_said(reading, place):
        reading.said[-1].whose = token
        return
    is_its_own = is_in_brackets_of_value(reading, place) or (is_after and not is_of_next_value(reading, place))
    if value is None or value.group is not None or not is_its_own:
        if not is_in_remark(reading, place):
            reading.groups.append(token)
        return
    is_of_one = sum(one.group is None for one in reading.run.values) == 1
    value.group = token = events.listed_name(reading, place) if is_of_one else token
    if reading.run.subjects and reading.run.subjects[-1].kind in EVENTS:
        _give_to_listed(reading, token)


def _give_to_listed(reading: Reading, group: Token) -> None:
    """Give a group to the events before the one that it stands after: "neutropenia (29%) and diarrhoea (17%) in the weekly arm"."""
    if not reading.run.groups and len(reading.run.values) == 1:
        for one in reading.said[reading.listed_from :]:
            if one.subject.kind in EVENTS and not isinstance(one.whose, Token):
                one.whose = group
    reading.groups_follow = True
    reading.listed_from = len(reading.said) + len(reading.run.values)


def _landmarks(reading: Reading, place: int) -> None:
    for time in reading.tokens[place].value:
        _landmark(reading, place, time)


def _landmark(reading: Reading, place: int, time: Time) -> None:
    landmark = Landmark(time, reading.tokens[place])
    run = reading.run
    if run.subjects and run.values and reading.next_kind(place) == "COLON":
        # "(18 months: 19% vs 21%; 36 months: 19% vs 26%)".
        end_run(reading)
        reading.run = run = run.again()
    if run.waits() and reading.next_kind(place) != OUTCOME:
        run.landmarks.append(landmark)
    elif run.subjects and reading.last_value is not None and is_after_value(reading, place):
        # "PFS was 59% at 7 years".
        for value in run.values:
            if value.landmark is None and value.percent is not None:
                value.landmark = landmark
    elif is_right_after_its_subject(reading, place):
        reading.said[-1].landmark = landmark
    else:
        reading.landmarks.append(landmark)


# --- values --------------------------------------------------------------------------------------------------------------


def _figure(reading: Reading, place: int) -> None:
    """A percentage, a time or a number of patients, which may be a result."""
    if reading.is_planned or is_no_result(reading, place):
        reading.lost_at = place
        return
    token = reading.tokens[place]
    if token.kind == "TIMEV" and is_of_brackets(reading, place):
        reading.bracket_landmark = Landmark(token.value, token)
    elif token.kind == "TIMEV" and is_landmark(reading, place):
        _landmark(reading, place, token.value)
    elif token.kind == "COUNTX" and reading.bracket_landmark is not None and token.rule == "count_with_percent":
        # "Median (5-year) survival was 26 (94%) and 2 (14%) years".
        _bare_with_rate(reading, token)
    else:
        take_value(reading, place, value_of(token))


def _bare_with_rate(reading: Reading, token: Token) -> None:
    """A number whose unit is to come, and the rate in its brackets."""
    if not reading.run.subjects:
        return
    number, percent = token.parts[0], next(part for part in token.parts if part.kind == "PCT")
    value = Value(token, number=float(number.value), tokens=[token])
    reading.run.values.append(value)
    reading.last_value = value
    inner = Value(percent, percent=percent.value, landmark=reading.bracket_landmark, parent=value, tokens=[percent])
    reading.run.bracketed.append(inner)


def _planned(reading: Reading, _place: int) -> None:
    reading.is_planned = True


def _respective(reading: Reading, _place: int) -> None:
    reading.run.is_respective = True


def _each(reading: Reading, _place: int) -> None:
    reading.run.is_each = True


# --- signs between -------------------------------------------------------------------------------------------------------


def _open(reading: Reading, _place: int) -> None:
    reading.brackets.append((reading.run, reading.grades))


def _close(reading: Reading, _place: int) -> None:
    if not reading.brackets:
        return
    outer, reading.grades = reading.brackets.pop()
    if outer is reading.run or (reading.run.waits() and not (outer.subjects or outer.values)):
        # "The median [progression-free survival] was 7 months".
        return
    end_run(reading)
    reading.run = outer


def _join(reading: Reading, place: int) -> None:
    if reading.run.values:
        reading.run.joins.append(reading.kinds[place])


def _semicolon(reading: Reading, place: int) -> None:
    reading.is_planned = False
    # "73 for letrozole, early; 82 for exemestane": what is named after a value is not of the next.
    is_told = reading.groups_follow or (reading.last_value is not None and reading.last_value.group is not None)
    if reading.brackets:
        reading.groups = [] if is_told else reading.groups
        _join(reading, place)
        if is_before_unknown(reading, place):
            end_run(reading)
        return
    run = reading.run
    goes_on, next_group = is_list_of_subject(reading, place), is_before_next_group(reading, place)
    end_run(reading)
    reading.groups = [] if is_told else reading.groups
    if next_group:
        reading.run = Run(run.subjects, landmarks=list(run.landmarks), parent=run.parent)
    elif goes_on:
        reading.run = run.again()
    if not events.is_heading_of_grade(reading, place):
        reading.grades = None
    reading.landmarks = []


def _than(reading: Reading, place: int) -> None:
    """Longer with A (9 months) than with B (7 months)."""
    if reading.run.values and reading.next_kind(place) in ("GROUP", "THE"):
        reading.run.joins.append("VS")


_READ: dict[str, Callable[[Reading, int], None]] = {
    **dict.fromkeys((*SUBJECTS, HEADLESS, *_NAMED_BESIDE), _subject),
    **dict.fromkeys(VALUES, _figure),
    **dict.fromkeys(UNITS, take_unit),
    **dict.fromkeys(("HR", "ODDS", "RISK"), take_ratio),
    **dict.fromkeys(("VS", "AND", "COMMA", "OR", "SLASH"), _join),
    "NUM": take_number,
    "LANDMARKS": _landmarks,
    "GROUP": _group,
    "CI": take_level,
    "CIX": take_interval,
    "SPAN": take_span,
    "PX": take_p_value,
    "GRADEX": take_grade,
    "ANYGRADE": take_any_grade,
    "TREL": _treatment_related,
    "TEM": _attribution,
    "IREL": _attribution,
    "SERIOUS": _serious,
    "SEVERE": _severe,
    "MEDIAN": _median,
    "MEAN": _mean,
    "PLAN": _planned,
    "DIFF": take_difference,
    "NONE": _none,
    "NOTREL": _none_related,
    "RESP": _respective,
    "EACH": _each,
    "LPAR": _open,
    "RPAR": _close,
    "SEMI": _semicolon,
    "THAN": _than,
}
