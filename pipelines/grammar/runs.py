"""Runs: which subject, which landmark and which group each value has that stands in a row with others.

Here belongs what happens when a run of values ends: its values become findings. How a run is filled belongs to `findings.py`.
"""

from collections.abc import Sequence
from itertools import pairwise

from msgspec.structs import replace

from pipelines.grammar.directions import as_said
from pipelines.grammar.groups import against_last, is_addition, name_words
from pipelines.grammar.lexicon import DRUG
from pipelines.grammar.report_lexicon import EVENT, OUTCOME
from pipelines.grammar.reported import EVENTS, OTHER, SUBJECTS, Landmark, Reading, Run, Subject, Value, Whose
from pipelines.grammar.tokens import Token
from pipelines.grammar.values import Grades, Time


def end_run(reading: Reading) -> None:
    """Make findings of the values of the run; what was named for values that did not come waits for others."""
    run, reading.run = reading.run, Run()
    if not run.values:
        reading.groups = [*run.groups, *reading.groups]
        return
    if not run.subjects:
        run.subjects += _of_last(reading, run)
    subjects = [one for one in run.subjects if one.kind != OTHER]
    if not subjects:
        return
    fill_units(run.values)
    for value in run.values:
        if value.is_difference and len(subjects) == 1 and not (value.percent is not None and subjects[0].is_time_to_event):
            reading.say(subjects[0], value, "difference")
    _say_values(reading, run, [value for value in run.values if not value.is_difference])
    reading.context.last_subjects = subjects


def _of_last(reading: Reading, run: Run) -> list[Subject]:
    """What the sentence before told of another group: "在安慰剂组中发生率为3%", "对照组分别为43%、50%"."""
    last = reading.context.last_subjects
    if not SUBJECTS.isdisjoint(reading.kinds) or not (run.groups or reading.named) or len(run.values) != len(last):
        return []
    at = reading.place(run.values[0].tokens[0]) - 1
    before = at - (reading.kinds[at] == "IS")
    is_rate = before > 0 and reading.tokens[before].text == "发 生 率" and reading.kinds[before - 1] != "OF" and last[0].kind == EVENT
    is_next = at == 1 and len(last) > 1 and reading.kinds[:_PAIR] == ["GROUP", "RESP"] and not reading.tokens[at].text.isascii()
    return [replace(one) for one in last] if is_next or (is_rate and len(last) == 1) else []


def fill_units(values: Sequence[Value]) -> None:
    """Give the unit that stands with the last to those before it: "21.5 vs. 2.5 months"."""
    for left, right in reversed(list(pairwise(values))):
        if left.number is not None and right.time is not None:
            left.time, left.number = Time(left.number, right.time.unit), None
        elif left.number is not None and right.percent is not None:
            left.percent, left.number = left.number, None
    for left, right in pairwise(values):
        if right.number is not None and right.interval is not None and left.time is not None and right.token.text[:1].isdigit():
            # "2.8 (95% CI, 1.9-4.0) months in all and 3.1 (95% CI, 2.0-4.4) in carriers".
            right.time, right.number = Time(right.number, left.time.unit), None


def _say_values(reading: Reading, run: Run, values: Sequence[Value]) -> None:
    if len(values) == 1 and run.is_each and len(run.subjects) == 1 and _are_listed(reading, run.groups[-_PAIR:]):
        # "TC与EC-T方案的5年DFS率均达到90%".
        for group in run.groups[-_PAIR:]:
            reading.say(run.subjects[0], values[0], "each", whose=group, landmark=values[0].landmark or _landmark_of(run, 0, 1))
        return
    if run.is_respective and len(values) > _PAIR and _of_own_grade(run.subjects[-1], 0) is not None and not _second_half(reading, run):
        # "Grade 3 and 4 rash in 9% and 1% with A versus 5% with B, respectively": of which grade each is cannot be told.
        return
    groups = _groups_of(reading, run, values)
    _keep_order(reading, groups)
    rule = "in_order" if len(values) > 1 else "value"
    for number, value in enumerate(values):
        landmark = value.landmark or (_landmark_of_other(reading, values, number) or _landmark_of(run, number, len(values)))
        for subject in _subjects_of(run, number, len(values)):
            if subject.kind == OTHER:
                continue
            reading.say(_graded(subject, value), value, rule, whose=groups[number], landmark=landmark)
            for inner in run.bracketed:
                if inner.parent is value:
                    reading.say(_graded(subject, inner), inner, "in_brackets", whose=groups[number], landmark=inner.landmark or landmark)


def _graded(subject: Subject, value: Value) -> Subject:
    """The subject with the grades that are said of one value alone."""
    return subject if value.grades is None else replace(subject, grades=value.grades)


def _subjects_of(run: Run, number: int, n_values: int) -> list[Subject]:
    """Those of one value: all of "rash and pruritus (33% each)", one of "PFS and OS were 5 and 9 months", the last of others."""
    subjects = run.subjects
    if run.is_each:
        return subjects
    if run.is_respective and not run.groups and n_values in (_PAIR, 2 * _PAIR) and (one := _of_own_grade(subjects[-1], number)) is not None:
        return [one]
    n_subjects = len(subjects)
    if "VS" in run.joins and n_subjects == n_values and all(one.kind == EVENT for one in subjects):
        # "Nausea/vomiting (39% vs 30%)".
        return subjects
    is_of_two_groups = n_subjects > 1 and n_values == 2 * n_subjects and "COMMA" in run.joins
    return [subjects[number % n_subjects]] if 1 < n_values == n_subjects or is_of_two_groups else subjects[-1:]


def _landmark_of_other(reading: Reading, values: Sequence[Value], number: int) -> Landmark | None:
    """The landmark of the value that one is compared with: "at 3 years 28% vs 9%; at 7 years 42% vs 19%"."""
    if not number or reading.before(reading.place(values[number].tokens[0]), 1) != ["VS"]:
        return None
    return values[number - 1].landmark


def _of_own_grade(subject: Subject, number: int) -> Subject | None:
    """One of two grades that are told in order: "grade 3 and 4 rash occurred in 9% and 1% with A versus 5% and 0 with B, respectively"."""
    if subject.grades is None or not subject.grades.are_two:
        return None
    grade = subject.grades.low + number % _PAIR
    return replace(subject, grades=Grades(grade, grade))


def _landmark_of(run: Run, number: int, n_values: int) -> Landmark | None:
    landmarks = run.landmarks
    if len(landmarks) < 2:
        return landmarks[0] if landmarks else None
    if n_values % len(landmarks):
        return landmarks[-1] if n_values == 1 else None
    if "VS" in run.joins:
        # "46% vs 30% and 21% vs 7%" after "at 6 and 12 months".
        return landmarks[number // (n_values // len(landmarks))]
    # "术前放化疗为5.0%和7.1%，术后放化疗为9.7%和10.1%" after "5年和10年".
    return landmarks[number % len(landmarks)]


def _keep_order(reading: Reading, groups: Sequence[Whose]) -> None:
    """Remember the order of the groups of several values, for values that follow in the same order."""
    named = [one for one in groups if isinstance(one, Token | str)]
    if 1 < len(named) == len(groups) == len({_words_of(one) for one in named}) and any(isinstance(one, Token) for one in named):
        reading.order = named


def _words_of(group: Token | str) -> frozenset[str]:
    return name_words(group.text if isinstance(group, Token) else group.casefold())


# --- groups --------------------------------------------------------------------------------------------------------------


def _groups_of(reading: Reading, run: Run, values: Sequence[Value]) -> Sequence[Whose]:
    """Whose each value is."""
    n = len(values)
    if n == 1 and run.subjects[-1].is_follow_up:
        return [_watched(reading, run)]
    if n == 1 and run.parent is not None:
        return [run.parent]
    own = [value.group for value in values]
    after = _named_after(reading, run, own)
    if after:
        reading.groups = []
        return after
    if any(one is not None for one in own):
        return _named_beside(reading, run, own)
    if n == 1:
        return [_group_of_one(reading, run, values[0])]
    whose = _by_order(reading, run, values)
    return as_said(reading, run, values, whose) if n == _PAIR and "VS" in run.joins and run.groups else whose


def _watched(reading: Reading, run: Run) -> Token | None:
    """Whose a single follow-up is: of the group beside it, or of the one that its sentence begins with; else that of all."""
    lead = [one for one in run.groups if reading.kinds[: reading.place(one)] in (["IN"], ["IN", "THE"])]
    return None if run.is_respective else run.values[0].group or (lead[0] if len(run.groups) == len(lead) == 1 else None)


_BETWEEN_GROUPS = frozenset({"AND", "VS", "COMMA", "THE", "IN", "OF", "SLASH", "THAN"})


def _named_after(reading: Reading, run: Run, own: Sequence[Token | None]) -> list[Token]:
    """One group for each value, all after them: "40% versus 20% for A versus B", "17% and 20% of those with A and B, respectively"."""
    n = len(own)
    if n < 2 or len(run.groups) == n or any(one is not None for one in own[:-1]):
        return []
    if own[-1] is not None and reading.place(own[-1]) < reading.place(run.values[-1].tokens[0]):
        # "The rate in arm A (15%) was twice that in arm B (7%), respectively, though letrozole ...".
        return []
    after = [*(one for one in own[-1:] if one is not None), *reading.groups]
    return after if len(after) == n and (run.is_respective or _are_listed(reading, after)) else []


def _are_listed(reading: Reading, groups: Sequence[Token]) -> bool:
    """Whether nothing but a join stands between each group and the next: "in the surgery and control groups"."""
    places = [reading.place(one) for one in groups]
    return len(groups) > 1 and all(_BETWEEN_GROUPS.issuperset(reading.kinds[left + 1 : right]) for left, right in pairwise(places))


def _named_beside(reading: Reading, run: Run, own: Sequence[Token | None]) -> list[Whose]:
    """A group before each value or after it, "A 5 months, B 4 months"; the first value takes what was named before all."""
    whose: list[Whose] = list(own)
    if (second := _second_half(reading, run)) and own[-1] is not None and not any(own[:-1]):
        # "In arm A 50% at 6 and 26% at 12 months, compared with 35% and 11% in arm B".
        first = run.groups[-1] if run.groups and not _is_same(run.groups[-1], own[-1]) else _other_than(reading, own[-1])
        return [first] * second + [own[-1]] * second
    if second and own[second - 1] is not None and not any(own[: second - 1]) and not any(own[second:-1]):
        # "9% and 1% with A versus 5% and 2% with B".
        waiting = [one for one in reading.named if reading.place(one) > reading.place(run.values[-1].tokens[-1])]
        last = own[-1] or (waiting[0] if len(waiting) == 1 else None)
        return [*[own[second - 1]] * second, *[last] * second]
    if (n_each := _each_has(run, own)) > 1:
        return [own[number - number % n_each + n_each - 1] for number in range(len(own))]
    if own[0] is None and len(own) == 2 and own[1] is not None and "VS" in run.joins:
        # "Rash was more common with A, fever (19% versus 5% with A)".
        named = [one for one in run.groups[-1:] if not _is_same(one, own[1])]
        whose[0] = named[0] if named else _other_than(reading, own[1])
    elif own[0] is not None and len(own) == 2 and own[1] is None and "VS" in run.joins:
        # "Rash (9% versus 4%) was more common with A".
        whose[1] = _other_than(reading, own[0])
    elif own[0] is None and run.groups:
        whose[0] = run.groups[-1]
    elif own[0] is None and len(run.landmarks) > 1:
        # "Two- and 3-year survival was 44% and 34% with A, and 24% and 14% with B".
        whose = _goes_on_through(run, whose[::-1])[::-1]
    if len(run.landmarks) > 1 or (1 < len(run.subjects) < len(own) and len(own) % len(run.subjects) == 0):
        # "At 1 and 2 years 80% and 60% in arm A", "A组ORR和DCR分别为45%和80%，B组30%和70%": it goes on until the next.
        whose = _goes_on_through(run, whose)
    return whose


def _goes_on_through(run: Run, whose: Sequence[Whose]) -> list[Whose]:
    """The groups of values in a row, that of each given to those after it which have none and can be of the same group.

    Of two times for each group, the third value is of another than the second: "at 1 and 2 years 72% and 67% for the older regimen and 76%
    and 73% for A", where the older regimen is none of the groups that are known.
    """
    n_each, n = len(run.landmarks), len(whose)
    is_in_sets = 1 < n_each < n and n % n_each == 0
    made: list[Whose] = [*whose[:1]]
    for number in range(1, n):
        begins_set = is_in_sets and number % n_each == 0
        made.append(whose[number] if whose[number] is not None or begins_set else made[-1])
    return made


def _each_has(run: Run, own: Sequence[Token | None]) -> int:
    """How many values each group has that is named right after them: "PFS and OS were 7 and 12 months with A, and 5 and 9 with B"."""
    for n_each in (len(run.subjects), len(run.landmarks)):
        if 1 < n_each < len(own) and all((one is not None) == (number % n_each == n_each - 1) for number, one in enumerate(own)):
            return n_each
    return 0


def _second_half(reading: Reading, run: Run) -> int:
    """The number of the first value of the second half, where the two halves of four or more values are set against each other; else 0."""
    half, rest = divmod(len(run.values), _PAIR)
    if rest or half < _PAIR:
        return 0
    set_against = [n for n in range(1, len(run.values)) if _is_set_against(reading, run.values[n - 1], run.values[n])]
    return half if set_against == [half] else 0


def _is_set_against(reading: Reading, value: Value, later: Value) -> bool:
    place = reading.place(later.tokens[0])
    between = reading.tokens[reading.place(value.tokens[-1]) + 1 : place]
    return any(one.kind in ("VS", "THAN") or one.text in ("while", "whereas") for one in between)


def _is_same(one: Token, other: Token) -> bool:
    return name_words(one.text) == name_words(other.text)


def _other_than(reading: Reading, group: Token) -> Whose:
    """The other of the two groups that a sentence compares, or the sentences before it."""
    others: list[Whose] = [one for one in reading.compared if not _is_same(one, group)]
    if not others and len(reading.context.groups) == 2:
        others = [one for one in reading.context.groups if name_words(one.casefold()) != name_words(group.text)]
    return others[0] if len(others) == 1 else None


def _group_of_one(reading: Reading, run: Run, value: Value) -> Whose:
    """The group named before the value, the one that the sentence names at all, or the one that the text is on."""
    if run.groups:
        return run.groups[0] if all(_is_same(one, run.groups[0]) for one in run.groups) else None
    if run.subjects[-1].kind in EVENTS and (head := _head_of_list(reading, value)) is not None:
        return head
    if reading.groups_follow and len(reading.compared) > 1:
        return None
    if len(reading.named) == 1 and _is_only_compared(reading, reading.named[0]):
        return None
    is_of_named = len(reading.named) == 1 and (run.subjects[-1].kind != OUTCOME or _is_set_in(reading, value))
    return reading.named[0] if is_of_named else reading.context.lead


_BEGINS_CLAUSE = frozenset({"COMMA", "SEMI", "COLON", "STOP", "IN"})
_IN_LIST = frozenset(
    {*EVENTS, "COMMA", "AND", "COLON", "REPORTED", "INCLUDES", "W", "IS", "RATE", "GRADEX", "LPAR", "RPAR", "PCT", "COUNTX", "NPTS"}
)


def _head_of_list(reading: Reading, value: Value) -> Token | None:
    """The group that a list of events begins with: "对照组发生恶心12例（30%）、呕吐8例（20%），观察组……"."""
    place = reading.place(value.tokens[0])
    at = next((at for at in range(place - 1, -1, -1) if reading.kinds[at] == "GROUP"), -1)
    last = reading.said[-1].whose if reading.said else None
    is_head = at == 0 or reading.kinds[at - 1] in _BEGINS_CLAUSE
    is_same = at >= 0 and last is reading.tokens[at] and reading.said[-1].subject.kind in EVENTS
    if not is_same or not is_head or reading.tokens[at].text.isascii():
        return None
    return reading.tokens[at] if _IN_LIST.issuperset(reading.kinds[at + 1 : place]) else None


def _is_only_compared(reading: Reading, group: Token) -> bool:
    """Whether the group is the one that another is set against: "compared with placebo, ... with 30 deaths"."""
    before = [kind for kind in reading.before(reading.place(group), 2) if kind != "THE"]
    return before[-1:] in (["VS"], ["THAN"])


def _is_of_whom(reading: Reading, group: Token) -> bool:
    """Whether a group only tells among whom others are compared: "among women who received letrozole, the younger had more rash"."""
    place = reading.place(group)
    return "PTS" in reading.before(place, 3) and reading.next_kind(place) == "COMMA"


def _by_order(reading: Reading, run: Run, values: Sequence[Value]) -> Sequence[Whose]:
    """The groups of several values that have none of their own."""
    n, n_landmarks, before = len(values), len(run.landmarks), run.groups
    if n == _PAIR and _is_change(reading, values):
        return _changed_by(reading, before)
    if len(before) == n and len(run.subjects) != n:
        return _in_order(reading, run, values)
    if len(before) == _PAIR and n > _PAIR and _are_pairs(reading, values):
        # "Higher in arm A than in arm B: 65% vs 38% in all, 70% vs 51% in the acute period".
        return against_last(reading.tokens, before) * (n // _PAIR)
    if len(before) == 1 and n == _PAIR and _is_of_whom(reading, before[0]):
        return [None] * n
    if len(before) == 1 and n == _PAIR and "VS" in run.joins and run.subjects[-1].kind in EVENTS:
        # "More often in arm A (25% v 19%)".
        return [before[0], _other_than(reading, before[0])]
    if len(before) == 1 and (n_landmarks == n or (len(run.subjects) == n and "VS" not in run.joins)):
        # "At 1 and 2 years", "观察组恶心、呕吐发生率分别为20%、25%".
        return before * n
    if not before and n not in (len(run.subjects), n_landmarks) and (compared := _compared(reading, run, values)):
        return _in_own_brackets(reading, values, compared)
    if len(before) == 1 and n == _PAIR and "VS" in run.joins:
        return _against_other(reading, run, values)
    if again := _at_each_time(reading, run, n):
        return again
    if len(before) > n:
        return against_last(reading.tokens, before[-n:])
    if not before and _is_all_of_named(reading, run, values):
        return reading.named * n
    is_pair = len(reading.named) == n and run.subjects[-1].kind == EVENT and set(run.joins) <= {"COMMA"}
    return reading.named if is_pair else [None] * n


def _at_each_time(reading: Reading, run: Run, n: int) -> Sequence[Whose]:
    """The groups once for each landmark: "at 6 and 12 months 46% vs 30% and 21% vs 7%"; none where there are not as many values."""
    n_landmarks, known = len(run.landmarks), run.groups or reading.context.groups
    is_so = n_landmarks > 1 and "VS" in run.joins and len(known) * n_landmarks == n
    return [*known] * n_landmarks if is_so else []


def _in_order(reading: Reading, run: Run, values: Sequence[Value]) -> Sequence[Whose]:
    """The groups named before as many values; none where they are one that others are held against.

    "Shorter in those who received letrozole than in those who did not receive letrozole (8 vs 12 months)".
    """
    is_one = len(run.landmarks) < len(values) and len({name_words(one.text) for one in run.groups}) == 1
    return [None] * len(values) if is_one and "VS" in run.joins else against_last(reading.tokens, run.groups)


def _are_pairs(reading: Reading, values: Sequence[Value]) -> bool:
    """Whether every second of several values is set against the one before it, and no other."""
    set_against = [n for n in range(1, len(values)) if _is_set_against(reading, values[n - 1], values[n])]
    return len(values) % _PAIR == 0 and set_against == list(range(1, len(values), _PAIR))


def _in_own_brackets(reading: Reading, values: Sequence[Value], compared: Sequence[Whose]) -> Sequence[Whose]:
    """The groups where brackets after each value tell them by one of their words: "9% (switched) versus 12% (reference)"."""
    found: list[Whose] = []
    for value in values:
        after = reading.place(value.tokens[-1]) + 1
        if reading.kinds[after : after + 3] != ["LPAR", "W", "RPAR"]:
            return compared
        word = reading.tokens[after + 1].text
        fitting = [one for one in compared if isinstance(one, Token | str) and word in _words_of(one)]
        found.append(fitting[0] if len(fitting) == 1 else None)
    return found


def _compared(reading: Reading, run: Run, values: Sequence[Value]) -> Sequence[Whose]:
    """The groups that the sentence or those before it compare, for "5.4 versus 3.1 months", "分别为5.4和3.1个月"."""
    n = len(values)
    is_in_order = len(reading.order) == n
    if is_in_order and _goes_on(reading, run, values):
        return reading.order
    if not ("VS" in run.joins or run.is_respective or (is_in_order and n > _PAIR)) or _is_of_subgroups(reading, values):
        return []
    if is_in_order:
        return reading.order
    if not reading.named and "GE" in reading.kinds[: reading.place(values[0].tokens[0])]:
        # "采用新模式的病人明显高于其他病人，分别是66%和52%": whom it compares, the sentence says in other words.
        return []
    if _has_own_words(reading, values):
        return []
    if len(reading.named) == n:
        return against_last(reading.tokens, reading.named)
    known = [name_words(one) for one in reading.context.groups]
    is_of_context = all(name_words(one.text) in known for one in reading.named)
    return reading.context.groups if len(known) == n and is_of_context else []


_GIVEN = frozenset(
    {"assigned to", "allocated to", "randomized to", "randomised to", "assigned", "allocated", "given", "receiving", "received"}
)


def _has_own_words(reading: Reading, values: Sequence[Value]) -> bool:
    """Whether a sentence tells behind its first value who was given what, in words that name no known group.

    "By 442 patients assigned to regional anaesthesia and 456 allocated to general anaesthesia".
    """
    first = reading.place(values[0].tokens[0])
    given = [place for place in range(first, len(reading.tokens) - 1) if reading.tokens[place].text in _GIVEN]
    return any(reading.kinds[place + 1 + (reading.kinds[place + 1] == "THE")] in ("W", DRUG) for place in given)


def _goes_on(reading: Reading, run: Run, values: Sequence[Value]) -> bool:
    """Whether two values joined by 和 go on in the order of those before: "三年OS率分别是67%和54%，五年OS率是50%和43%"."""
    said = [one for one in reading.said if one.subject.kind == OUTCOME]
    is_joined = len(values) == _PAIR and run.joins == ["AND"] and not reading.tokens[reading.place(values[1].tokens[0]) - 1].text.isascii()
    return is_joined and len(run.subjects) == 1 and len(run.landmarks) <= 1 and bool(said) and said[-1].landmark is not None


_PAIR = 2
VERSUS = frozenset({"VS", "THAN"})
_IMPROVED = frozenset({"DIFF", "HIGHER"})
_IMPROVED_WORDS = frozenset({"improved", "improves", "longer", "better", "superior", "increased", "更", "优", "延", "改", "益"})


def _against_other(reading: Reading, run: Run, values: Sequence[Value]) -> Sequence[Whose]:
    """The one group that was named, and the other of the two that the text compares: "加用热疗显著延长PFS（9.1个月vs.6.2个月）"."""
    named = run.groups[0]
    place = reading.place(named)
    between = reading.tokens[place + 1 : reading.place(values[0].tokens[0])]
    if _is_improved_with(reading, named):
        between = reading.tokens[:place]
    is_better = any(one.kind in _IMPROVED or one.text in _IMPROVED_WORDS for one in between) or _is_less(reading, named, values)
    is_held_against = not {"VS", "THAN"}.isdisjoint(reading.before(place, 2))
    return [named, _other_than(reading, named)] if is_better and not is_held_against else [None] * _PAIR


def _is_improved_with(reading: Reading, group: Token) -> bool:
    """Whether the sentence begins with what a group improved: "Longer PFS was seen with letrozole (median, 8 v 6 months)"."""
    place = reading.place(group)
    return reading.tokens[0].text in _IMPROVED_WORDS and reading.before(place, 2) == ["REPORTED", "IN"]


_LESS = frozenset({"lower", "shorter", "worse", "reduced", "fewer", "less", "inferior"})
_MOST_TO_LESS = 5


def _is_less(reading: Reading, group: Token, values: Sequence[Value]) -> bool:
    """Whether a group is said to have less, and the first of two values is less: "OS was lower in the surgery group (41% vs 58%)"."""
    place = reading.place(group)
    before = reading.tokens[max(0, place - _MOST_TO_LESS) : place]
    sizes = [value.percent if value.percent is not None else value.time.number if value.time is not None else None for value in values]
    first, second = sizes[0], sizes[-1]
    is_said = any(one.text in _LESS for one in before) and reading.before(place, 1) in (["IN"], ["THE"])
    return is_said and first is not None and second is not None and first < second


def _is_change(reading: Reading, values: Sequence[Value]) -> bool:
    """Whether the second of two values is what the first became, in whomever: "从57%提高至66%", "rose from 5 to 8 months"."""
    before = [reading.tokens[reading.place(value.tokens[0]) - 1].text for value in values]
    return before[0] in ("从", "由", "from") and before[1] in ("至", "到", "to")


def _changed_by(reading: Reading, before: Sequence[Token]) -> Sequence[Whose]:
    """Whose both values of a change are, where it is told between groups: "与单药相比，联合方案的缓解率从57%提升至66%".

    What one treatment changed is what it became: "基础上联合伊那利塞，PFS从7个月延长至15个月".
    """
    pair = before[-_PAIR:]
    if len(pair) == _PAIR and VERSUS.intersection(reading.kinds[reading.place(pair[0]) : reading.place(pair[1]) + 2]):
        own, against = against_last(reading.tokens, pair)
        return [against, own]
    return [None, before[0]] if len(before) == 1 and is_addition(before[0]) else [None] * _PAIR


def _is_of_subgroups(reading: Reading, values: Sequence[Value]) -> bool:
    """Whether values are told of kinds of patients.

    "11.1 versus 22.5 months in patients with versus without the mutation"; "shorter than in patients with metastases (5 vs 9 months)".
    """
    if _compares_kinds(reading, reading.place(values[0].tokens[0])):
        return True
    following = reading.after(reading.place(values[-1].tokens[-1]), 3)
    return following[:2] == ["IN", "PTS"] or following == ["IN", "THE", "PTS"]


def _compares_kinds(reading: Reading, place: int) -> bool:
    """Whether what is held against others before a place are patients with something, and no group."""
    for at in range(place - 1, 0, -1):
        if reading.kinds[at] in ("VS", "THAN"):
            following = [kind for kind in reading.after(at, 6) if kind != "THE"]
            return following[:1] == ["PTS"] and "GROUP" not in following
        if reading.kinds[at] == "GROUP":
            return False
    return False


def _is_all_of_named(reading: Reading, run: Run, values: Sequence[Value]) -> bool:
    return len(reading.named) == 1 and "VS" not in run.joins and _is_set_in(reading, values[0])


def _is_set_in(reading: Reading, value: Value) -> bool:
    """Whether the one group of the sentence was named before a value as where it was seen: "in the PPP cohort, ... with an ORR of 28%"."""
    place = reading.place(reading.named[0])
    return 0 < place < reading.place(value.tokens[0]) and reading.kinds[place - 1] == "IN"
