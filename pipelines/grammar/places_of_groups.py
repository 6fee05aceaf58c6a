"""Where a group stands in a sentence: whether it is the one of the value before it, of the next one, or of none.

Here belong the questions about the place of a group's name; none of them changes what has been read. Which value gets which group where
several wait belongs to `runs.py`, how groups are named to `groups.py`.
"""

from pipelines.grammar.report_lexicon import EVENT
from pipelines.grammar.reported import SUBJECTS, VALUES, Reading
from pipelines.grammar.tokens import Token


def is_in_aside(reading: Reading, place: int) -> bool:
    """Whether the bracket around a place tells a p value or an estimate: "(P = .004 for the comparison with FOLFIRI)".

    Not where its own value follows: "(arm A = 57%, 95% CI = 51% to 63%; arm B = 54%)".
    """
    if reading.before(place, 1) == ["SEMI"] and reading.next_kind(place) in ("IS", "COLON"):
        return False
    for kind in reversed(reading.kinds[:place]):
        if kind in ("LPAR", "RPAR"):
            return False
        if kind in ("PX", "EST", "CIX"):
            return bool(reading.brackets)
    return False


def is_more_often_in(reading: Reading, place: int) -> bool:
    """Whether the first of two values is of the group after them: "rash (9% versus 4%) was more common with XELOX"."""
    run = reading.run
    before = [kind for kind in reading.before(place, 5) if kind != "THE"]
    is_compared = bool(run.subjects) and run.subjects[-1].kind == EVENT and "VS" in run.joins and len(run.values) <= 2
    return is_compared and before[-1:] == ["IN"] and "HIGHER" in before and not any(one.group for one in run.values)


def is_in_brackets_of_value(reading: Reading, place: int) -> bool:
    """Whether a group stands alone in the brackets right after a value: "13% (placebo), 9% (tamoxifen)"."""
    before = reading.before(place, 2)
    return before[-1:] == ["LPAR"] and before[0] in VALUES and reading.next_kind(place) == "RPAR"


def is_in_remark(reading: Reading, place: int) -> bool:
    """Whether brackets behind values only compare groups: "13% (A), 16% (B) (A vs B: not significant)"."""
    opened = next((at for at in range(place - 1, -1, -1) if reading.kinds[at] in ("LPAR", "RPAR")), -1)
    if opened < 1 or reading.kinds[opened] == "RPAR" or reading.kinds[opened - 1] not in (*VALUES, "RPAR"):
        return False
    inside = reading.kinds[opened + 1 :]
    inside = inside[: inside.index("RPAR")] if "RPAR" in inside else inside
    return "VS" in inside and VALUES.isdisjoint(inside)


def is_gloss(reading: Reading, place: int) -> bool:
    """Whether a group stands in the brackets that explain another: "对照组（单用来曲唑）", "the control arm (letrozole)"."""
    for at in range(place - 1, -1, -1):
        if reading.kinds[at] == "LPAR":
            return at > 0 and reading.kinds[at - 1] == "GROUP"
        if reading.kinds[at] == "RPAR" or reading.kinds[at] in VALUES:
            return False
    return False


def is_told_out(reading: Reading) -> bool:
    """Whether each value has its group behind it, and others begin: "18% and 5% in arms A and B, respectively, and 35% and 11% in ..."."""
    values = reading.run.values
    if not reading.run.is_respective or len(values) < _PAIR or values[-1].group is None or reading.run.groups:
        return False
    groups = [values[-1].group, *reading.groups]
    last = reading.place(values[-1].tokens[0])
    return len(groups) == len(values) and all(reading.place(one) > last for one in groups) and not any(one.group for one in values[:-1])


_PAIR = 2


def is_before_next_group(reading: Reading, place: int) -> bool:
    """Whether a semicolon stands between what is told of one group and of the next: "ORR: letrozole, 36%; anastrozole, 35%"."""
    run, following = reading.run, reading.after(place, 3)
    is_next = (
        following[:1] == ["GROUP"]
        and following[1:2] in (["COMMA"], ["COLON"], ["IS"])
        and following[2:] in (["PCT"], ["TIMEV"], ["COUNTX"])
    )
    return is_next and len(run.values) == len(run.groups) == 1 and bool(run.subjects) and not reading.brackets


_MOST_WORDS_TO_GROUP = 5
_CONTRAST = frozenset({"whereas", "while", "although", "but"})
"""What begins another statement: "was 26%, whereas in group B the rate was 31%"."""


_AFTER_COUNTED = frozenset({"AND", "COMMA", "RPAR", "SEMI", "VS", "DOT", "PTS"})


def _is_told_beside(reading: Reading, place: int) -> bool | None:
    """Whether brackets or a count tell whose the value before a group is: "85% (arm A)", "(30% versus 23% arm B)"; None for nothing."""
    before, following = reading.before(place, 2), reading.next_kind(place)
    is_counted = before[-1:] == ["COUNTX"] or reading.before(place, 4) == ["COUNTX", "LPAR", "PCT", "RPAR"]
    if is_counted and reading.run.values and not reading.run.groups:
        # "18 (45%) letrozole and 22 (55%) placebo", "4/40 (10%) letrozole and 9/41 (22%) placebo patients".
        return following in _AFTER_COUNTED
    if before[-1:] == ["LPAR"] and following == "RPAR":
        return before[0] in VALUES
    return True if reading.brackets and before[-1] in VALUES and following in ("RPAR", "SEMI") else None


def is_right_after_value(reading: Reading, place: int) -> bool:
    """Whether a group stands right after a value: "8.0 months in the XELOX arms", "94% of axi-cel patients", "rash (14%) with XELOX"."""
    if (is_beside := _is_told_beside(reading, place)) is not None:
        return is_beside
    n_words = depth = 0
    has_value = False
    for at in range(place - 1, -1, -1):
        kind = reading.kinds[at]
        if kind == "RPAR":
            depth += 1
        elif kind == "LPAR":
            depth -= 1
            if depth < 0:
                return False
            if has_value and depth == 0 and at and reading.kinds[at - 1] in SUBJECTS:
                # Of "OS (86% vs 72%) in arm B" it is not told whose is the second.
                return n_words > 0 and "VS" not in reading.kinds[at:place]
        elif depth:
            has_value = has_value or kind in VALUES
        elif kind == "W" and reading.tokens[at].text in _CONTRAST:
            return False
        elif kind in ("IN", "OF", "WITH") or (kind == "W" and n_words < _MOST_WORDS_TO_GROUP):
            n_words += 1
        elif kind == "TIMEV" and n_words:
            return True
        elif kind not in ("THE", "PTS", "TIMEV", "NEQ", "EST", "CIX", "PX", "PLUS"):
            return kind in VALUES and n_words > 0
    return False


_BESIDE_VALUE = frozenset({"IN", "OF", "THE", "WITH", "PTS"})


def is_of_next_value(reading: Reading, place: int) -> bool:
    """Whether a group further on after a value is not its own, since one was named before it: "in A, it was 26% (6 CR); in B, 31%"."""
    run = reading.run
    return len(run.values) == 1 and bool(run.groups) and not _BESIDE_VALUE.issuperset(reading.since_value(run.values[0], place))


def is_of_lost_value(reading: Reading, place: int) -> bool:
    """Whether a group stands right after a percentage or a time that was not taken in, and so is not that of the next value."""
    figures = (at for at in range(place - 1, -1, -1) if reading.kinds[at] in ("PCT", "TIMEV", "COUNTX", "NR"))
    # "11% at 12 months in arm B": the time dates the value.
    found = next((reading.tokens[at] for at in figures if reading.kinds[at] != "TIMEV" or reading.before(at, 1) != ["AT"]), None)
    if found is None or (found.kind == "COUNTX" and all(part.kind != "PCT" for part in found.parts)):
        return False
    value = reading.open_value()
    is_taken = any(one is found for one in (value.tokens if value is not None else ()))
    return not is_taken and all(one.value.token is not found for one in reading.said)


_BESIDE_SAID = _BESIDE_VALUE | {"IS", "REPORTED", "W", "RATE"}
_MOST_TO_SAID = 6


def is_right_after_said(reading: Reading, place: int) -> bool:
    """Whether a group tells where what was just said was seen: "a 57% response rate was observed in arm B"."""
    last = reading.said[-1] if reading.said else None
    if last is None or not last.value.tokens or reading.run.subjects or reading.run.values:
        return False
    between = reading.since_subject(place)
    at = reading.place(last.value.tokens[-1])
    is_later = at < reading.last_subject_at < place and not (isinstance(last.whose, Token) and reading.place(last.whose) > at)
    return is_later and len(between) <= _MOST_TO_SAID and _BESIDE_SAID.issuperset(between)
