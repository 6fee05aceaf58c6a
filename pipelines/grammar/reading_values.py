"""Values: how a figure of a sentence is taken in while the sentence is read, and what is said of it.

Here belongs what a percentage, a time, a count, a ratio or a bare number does to the run that is being read, and which value an interval, a
unit or a p value is of. The way through the sentence belongs to `findings.py`, what a place's surroundings say to `surroundings.py`, what
becomes of a run of values to `runs.py`; what makes a value of words, to `values.py`.
"""

from msgspec.structs import replace

from pipelines.grammar import events
from pipelines.grammar.places_of_groups import is_told_out
from pipelines.grammar.report_lexicon import EVENT, OUTCOME, Outcome
from pipelines.grammar.reported import FOLLOW_UP, VALUES, Reading, Run, Subject, Value
from pipelines.grammar.runs import end_run
from pipelines.grammar.surroundings import (
    fits,
    graded_of,
    has_limits,
    has_limits_of_ratio,
    is_announced_ratio,
    is_bare_value,
    is_before_its_subject,
    is_count_of_response,
    is_gain,
    is_of_bracket_grades,
    is_of_factors,
    is_of_whom,
    is_parallel,
    is_reported_count,
    is_whole,
    outcome_behind,
    words_of_next,
)
from pipelines.grammar.times_told import follow_up_of, is_beyond_follow_up
from pipelines.grammar.tokens import Token
from pipelines.grammar.values import Count, Estimate, Interval, Time, with_level


def take_number(reading: Reading, place: int) -> None:
    """A bare number, which may be a result too."""
    if reading.is_planned:
        return
    token = reading.tokens[place]
    number = float(token.value)
    if reading.ratio is not None and is_announced_ratio(reading, place):
        # "HR for OS in subgroups were: no prior chemotherapy, 0.51 (95% CI 0.29-0.90); yes, 1.13 (0.79-1.64)".
        _estimate(reading, Value(token, estimate=Estimate(reading.ratio, number), tokens=[token]))
    elif is_of_whom(reading, place):
        reading.denominator = int(number)
    elif events.is_before_counted(reading, place) or events.is_of_dead(reading, place):
        _wait_for_subject(reading, place, Value(token, count=Count(int(number)), tokens=[token]))
    elif (of_groups := events.counted_by_group(reading, place)) is not None:
        events.begin_by_group(reading, of_groups)
        _add(reading, place, Value(token, count=Count(int(number)), tokens=[token]))
    elif is_count_of_response(reading, place):
        _count_in_brackets(reading, Value(token, count=Count(int(number)), tokens=[token]))
    elif events.is_count_of_event(reading, place):
        reading.run.is_each |= events.is_of_each(reading, place)
        take_value(reading, place, Value(token, count=Count(int(number)), tokens=[token]))
    elif is_bare_value(reading, place) and not (token.text.isalpha() and has_limits(reading, place)):
        # But "the interval crossed one (0.3 to 1.1)" is none.
        take_value(reading, place, Value(token, number=number, tokens=[token]))


def value_of(token: Token) -> Value:
    """A percentage, a time, a number of patients, a ratio or "not reached" as a value of its own."""
    made = Value(token, tokens=[token])
    match token.kind:
        case "PCT":
            made.percent = token.value
        case "TIMEV":
            made.time = token.value
        case "NR":
            made.not_reached = True
        case "EST":
            made.estimate = token.value
        case _:
            made.count = token.value
            made.percent = next((part.value for part in token.parts if part.kind == "PCT"), None)
    return made


def take_value(reading: Reading, place: int, value: Value) -> None:
    """Take in a value: as part of the one before it, with its subject to come, or in the run."""
    if _is_merged(reading, place, value) or events.is_late_percent(reading, place, value):
        return
    if reading.outer is not None and value.percent is not None and reading.run.values and reading.run.subjects[-1].is_follow_up:
        outer, reading.outer = reading.outer, None
        end_run(reading)
        reading.run = outer
    if is_beyond_follow_up(reading, place):
        reading.lost_at = place
    elif value.estimate is not None:
        _estimate(reading, value)
    elif is_of_bracket_grades(reading, place, value):
        value.grades, value.landmark, value.parent = reading.bracket_grades, reading.bracket_landmark, reading.last_value
        reading.run.bracketed.append(value)
    elif value.time is not None and (follow_up := follow_up_of(reading, place)) is not None:
        reading.say(Subject(FOLLOW_UP, follow_up, is_median=True), value, "value")
    elif (words := words_of_next(reading, place)) is not None:
        end_run(reading)
        reading.run = Run([Subject(OUTCOME, words, outcome=Outcome(None, "other"))])
        _add(reading, place, value)
    elif (words := events.words_of_listed(reading, place)) is not None:
        run = reading.run
        end_run(reading)
        reading.run = events.begun_again(run, words)
        _add(reading, place, value)
    elif is_before_its_subject(reading, place) or (value.token.kind == "NPTS" and events.is_of_dead(reading, place)):
        _wait_for_subject(reading, place, value)
    elif value.token.kind == "NPTS" and value.count is not None and is_whole(reading, place):
        # "Among 22 patients with progression".
        reading.denominator = value.count.n
    elif fits(reading.run.subjects, value) and is_reported_count(reading, place, value):
        _add(reading, place, value)
    else:
        reading.lost_at = place


def _is_merged(reading: Reading, place: int, value: Value) -> bool:
    """A count and its percentage are one value: "8 (16%)", "15% (3 of 20)", "n=65, 86%"."""
    last = reading.open_value()
    if last is None or value.estimate is not None:
        return False
    between = reading.since_value(last, place)
    if len(between) > 3 or not _BETWEEN_MERGED.issuperset(between):
        return False
    is_beside = "LPAR" in between or between in ([], ["COMMA"], ["SLASH"])
    if value.percent is not None and value.count is None and last.count is not None and last.percent is None and is_beside:
        last.percent = value.percent
    elif value.count is not None and value.percent is None and last.percent is not None and last.count is None and "LPAR" in between:
        is_median = bool(reading.run.subjects) and reading.run.subjects[-1].is_median
        if value.token.kind != "NEQ" or (_may_be_part(value.count.n, last.percent) and not is_median):
            last.count = value.count
    else:
        return False
    last.tokens.append(value.token)
    return True


def _may_be_part(n: int, percent: float) -> bool:
    """Whether so many are that percentage of some whole number: 3 are 15% of 20; not "a median reduction of 88.4% (n = 14)"."""
    if percent <= 0:
        return n == 0
    half = 0.5 if percent.is_integer() else 0.05
    whole = round(100 * n / percent)
    return whole >= n and abs(100 * n / max(whole, 1) - percent) <= half + 1e-9


_BETWEEN_MERGED = frozenset({"LPAR", "COMMA", "IS", "SEMI", "OF", "IN", "THE", "W", "SLASH"})


def _wait_for_subject(reading: Reading, place: int, value: Value) -> None:
    """Begin a run whose subject comes after its value: "with 22% CR", "(19% grade 3 neutropenia)"."""
    value.parent = reading.open_value() if reading.before(place, 1) == ["LPAR"] else None
    if value.parent is None:
        end_run(reading)
    named = [] if value.parent is not None else reading.take_groups()
    reading.run = Run(values=[value], parent=value.parent, landmarks=list(reading.landmarks), groups=named)
    reading.last_value = value


def _count_in_brackets(reading: Reading, value: Value) -> None:
    """Begin a run of a count that tells part of the value before the brackets: "26% (five CR, 16 PR; 95% CI 17-37)"."""
    outer = reading.brackets[-1][0]
    value.parent = outer.values[-1] if outer.values else None
    if value.parent is not None and value.parent.count is not None and value.count is not None:
        # "15% (3 of 20, including one CR)".
        value.count = replace(value.count, total=value.parent.count.total)
    if reading.run is not outer:
        end_run(reading)
    reading.run = Run(values=[value], parent=value.parent)


_MOST_WORDS_TO_DIFFERENCE = 5


def _add(reading: Reading, place: int, value: Value) -> None:
    """Take in a value of the run's subjects, or of one to come: "94% of patients had adverse events"."""
    graded = graded_of(reading, place)
    if graded is not None:
        reading.run = Run([replace(graded, grades=reading.tokens[place - 1].value)], groups=reading.take_groups())
    if not reading.run.subjects and not reading.run.values and value.percent is None and value.count is None:
        return
    if is_parallel(reading, place) or is_told_out(reading):
        run = reading.run
        end_run(reading)
        reading.run = run.again(landmarks=run.landmarks)
    run = reading.run
    value.is_difference = reading.is_difference and place - reading.difference_at <= _MOST_WORDS_TO_DIFFERENCE
    value.is_difference |= is_gain(reading, place)
    value.is_difference |= bool(run.values) and run.values[-1].is_difference and reading.before(place, 1) == ["AND"]
    value.is_difference |= run.is_respective and bool(run.values) and run.values[-1].is_difference
    reading.is_difference = False
    value.parent = run.parent
    if not run.values:
        run.groups = [*run.groups, *reading.take_groups()]
        run.landmarks = [*run.landmarks, *reading.take_landmarks()]
    elif reading.groups:
        named = reading.take_groups()[-1]
        if reading.before(place, 2) in (["GROUP", "VS"], ["GROUP", "AND"]) and run.values[-1].group is None:
            # "45% was reported for letrozole compared to 35% for placebo".
            run.values[-1].group = named
        else:
            value.group = named
    if reading.landmarks:
        value.landmark = reading.take_landmarks()[-1]
    run.values.append(value)
    reading.last_value = value


def _estimate(reading: Reading, value: Value) -> None:
    """Take in a ratio between groups, of the outcome before it or of the one that it names itself: "hazard ratio for death, 0.75"."""
    reading.ratio = value.estimate.kind if value.estimate is not None else reading.ratio
    outer = next((run.subjects for run, _ in reading.brackets if run.subjects), [])
    before = [reading.last_outcome] if reading.last_outcome is not None else reading.context.last_subjects
    subjects = reading.run.subjects or outer or before
    subject = subjects[-1] if subjects else None
    if subject is not None and subject.kind == EVENT and subject.token is reading.tokens[reading.last_subject_at]:
        if "RPAR" in reading.since_subject(reading.place(value.tokens[0])) and not is_of_factors(reading):
            # "Rash (odds ratio, 1.4), and sore eyes (odds ratio, 1.8)": of what no vocabulary knows.
            reading.last_value = None
            return
        # "Acute neuropathy (hazard ratio, 0.60)": how much less likely an event was is a result, that of no outcome named before.
        subject = Subject(OUTCOME, subject.token, outcome=Outcome(None, "safety"))
    elif (subject is None or subject.kind != OUTCOME) and reading.last_outcome is not None:
        subject = reading.last_outcome
    if (behind := outcome_behind(reading, reading.place(value.tokens[-1]))) is not None:
        subject = Subject(OUTCOME, behind, outcome=behind.value)
    subject = _named_by_ratio(value, subject)
    if subject is None and has_limits_of_ratio(reading, reading.place(value.tokens[-1])):
        # "The HRs (95% CI) were 3.1 (2.1-4.3) and 2.4 (1.9-3.2)": of which outcome, the sentence does not say.
        named = value.token.parts[0] if value.token.parts else reading.ratio_token
        subject = Subject(OUTCOME, named or value.token, outcome=Outcome(None, "other"))
    if subject is None or subject.kind != OUTCOME:
        reading.last_value = None
        return
    reading.last_value, reading.last_outcome = value, subject
    reading.say(subject, value, "estimate")


def _named_by_ratio(value: Value, subject: Subject | None) -> Subject | None:
    """The outcome that a ratio names itself, where no other that it can be of was named before, or death alone.

    "The response rate was 39%; the hazard ratio of progression was 1.29, and the hazard ratio of death was 1.38".
    """
    named: Outcome | None = next((part.value for part in value.token.parts if part.kind == OUTCOME), None)
    outcome = subject.outcome if subject is not None else None
    is_death = named is not None and named.concept == "OS" and (outcome is None or outcome.concept != "OS")
    if named is None or not (is_death or outcome is None or outcome.endpoint_class == "response"):
        return subject
    return Subject(OUTCOME, value.token, outcome=named)


# --- what is said of values ----------------------------------------------------------------------------------------------


def take_unit(reading: Reading, place: int) -> None:
    """21.7 (18.6-26.4) vs 18.9 (14.7-22.4) months: the unit stands after the brackets."""
    value, token = reading.open_value(), reading.tokens[place]
    if value is not None and value.number is not None:
        value.time, value.number = Time(value.number, token.value), None
        value.tokens.append(token)


def take_interval(reading: Reading, place: int) -> None:
    """The interval of the last value."""
    value, token = reading.last_value, reading.tokens[place]
    reading.level = token.value.level or reading.level
    is_of_lost = value is not None and reading.lost_at > reading.place(value.tokens[-1])
    if value is None or value.interval is not None or is_of_lost or _is_of_ratio(value, token.value):
        return
    if _holds(token.value, value) or (value.count is None and _BESIDE.issuperset(reading.since_value(value, place))):
        value.interval = with_level(token.value, reading.level)
        value.tokens.append(token)


_FAR = 3


def _is_of_ratio(value: Value, interval: Interval) -> bool:
    """Whether limits are far below a time: "18 months with A, but the interval crossed one (0.3-1.1)" tells those of a ratio."""
    return value.time is not None and interval.high is not None and _FAR * interval.high < value.time.number


_BESIDE = frozenset({"LPAR", "COMMA", "SEMI", "COLON", "IS", "CI"})
"""What stands between a value and limits that are said to be its own, even where they do not hold it: the source's slip."""


def _holds(interval: Interval, value: Value) -> bool:
    """Whether limits can be those of a value: not those of a ratio far behind "9.7 months with B", nor of 83 in "84% (83 of 99)"."""
    estimate = value.estimate.value if value.estimate is not None else None
    stated = (value.percent, value.time and value.time.number, value.number, estimate, value.count and float(value.count.n))
    number = next((one for one in stated if one is not None), None)
    return number is None or ((interval.low is None or interval.low <= number) and (interval.high is None or number <= interval.high))


def take_level(reading: Reading, place: int) -> None:
    """The level of intervals to come, said alone: "HR [95% CI]: 0.52 [0.40-0.66]"."""
    before = reading.tokens[place - 1] if place else None
    if before is not None and before.kind == "PCT":
        reading.level = before.value


def take_span(reading: Reading, place: int) -> None:
    """A bare range in brackets right after a value is its interval: "26.4 (18.6-34.2) months"."""
    value = reading.last_value
    if value is None:
        return
    between = reading.since_value(value, place)
    is_beside = between == ["LPAR"] and reading.context.has_intervals
    if is_beside or (value.estimate is not None and between in (["COMMA"], ["LPAR"], ["SEMI"], [])):
        take_interval(reading, place)


def take_p_value(reading: Reading, place: int) -> None:
    """The p value of the last value, and of those that stand in one run with it."""
    value, token = reading.last_value, reading.tokens[place]
    if value is None:
        return
    for one in [value] if reading.open_value() is None else reading.run.values:
        one.p = one.p or token.value
    value.tokens.append(token)


def take_ratio(reading: Reading, place: int) -> None:
    """The ratio that numbers with limits are, once it was named: "HR for OS in subgroups"."""
    reading.ratio, reading.ratio_token = reading.tokens[place].value, reading.tokens[place]


def take_difference(reading: Reading, place: int) -> None:
    """That the next value is a difference between groups."""
    following = next((kind for kind in reading.after(place, 3) if kind not in ("W", "OF", "IN", "THE", "IS", "RESP")), "")
    reading.is_difference = following in VALUES
    reading.difference_at = place
