"""Comparisons: figures that a sentence sets side by side, each with the group that it was seen in.

"Scores were 7.5 in the yoga group and 10.1 in the reading group"; "clear margins (87%) with wires compared to (63%) with clips". How such a
sentence is built tells whose each figure is, whatever was measured. Here belongs finding such figures and their groups. What is told of
measures and events that are known belongs to `findings.py`; what the figures of an unknown measure become, to `unknown_measures.py`.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from pipelines.grammar.groups import GROUP, against_last, name_words
from pipelines.grammar.report_lexicon import EVENT, OUTCOME
from pipelines.grammar.reported import SUBJECTS, Value
from pipelines.grammar.runs import fill_units
from pipelines.grammar.tokens import Token
from pipelines.grammar.values import Count


class Figure(msgspec.Struct, eq=False):
    """A figure and what stands with it, at `[start, end)`."""

    value: Value
    start: int
    end: int
    counted: Token | None = None
    """What a bare number counts: "27 relapses in the surgery arm"."""
    has_deviation: bool = False
    """Whether it is told with its deviation, as means are: "426.8 ± 19.6"."""

    @property
    def make(self) -> str:
        """Of what make it is: only figures of one make are set beside each other."""
        if self.value.time is not None:
            return "time"
        if self.value.number is not None:
            return "number"
        return "percent" if self.value.percent is not None else "count"


class Side(msgspec.Struct, eq=False):
    """A figure with its group; `first` is where the words of both begin, `last` where they end."""

    figure: Figure
    group: Token | None
    shape: str
    first: int
    last: int


def comparisons(tokens: Sequence[Token], arms: frozenset[str]) -> list[list[Side]]:
    """The figures that are set side by side, in rows of two or more of one make, each of another group."""
    kinds = [token.kind for token in tokens]
    if sum(kind in _FIGURES for kind in kinds) < 2:
        return []
    rows: list[list[Side]] = []
    alone: list[list[Figure]] = []
    for figure in _figures(tokens, kinds):
        side = _side(tokens, kinds, figure, arms)
        if side is None:
            if alone and _is_listed(kinds, alone[-1][-1], figure):
                alone[-1].append(figure)
            else:
                alone.append([figure])
        elif rows and _goes_on(tokens, rows[-1][-1], side):
            rows[-1].append(side)
        else:
            _end_list(alone, kinds, figure)
            rows.append([side])
    rows += (_in_order(tokens, kinds, figures) for figures in alone if len(figures) > 1)
    return [one for one in rows if _is_of_groups(one, arms)]


def _is_of_groups(sides: Sequence[Side], arms: frozenset[str]) -> bool:
    """Whether each of several figures is of another group, and one of these at least is known where the document names its groups."""
    names = {name_words(side.group.text) for side in sides if side.group is not None}
    is_known = not arms or any(not arms.isdisjoint(name) for name in names)
    return 1 < len(sides) == len(names) and is_known


# --- figures -------------------------------------------------------------------------------------------------------------

_FIGURES = frozenset({"PCT", "TIMEV", "COUNTX", "NPTS", "NUM"})
_MOST_COUNTED = 3
_CONTRAST = frozenset({"whereas", "while", "but", "although", "compared", "only", "when"})
_COUNTED = frozenset({"W", EVENT, "DEATH", "SLASH"})


def _figures(tokens: Sequence[Token], kinds: Sequence[str]) -> Iterator[Figure]:
    at = 0
    while at < len(tokens):
        if kinds[at] in _FIGURES and _may_be_result(tokens, kinds, at):
            figure = _figure(tokens, kinds, at)
            yield figure
            at = figure.end
        else:
            at += 1


_NUMBERED = frozenset({"GRADE", "NSIZE", "GROUPW", "MONTH", "DAY", "WEEK", "YEAR", "SLASH", "DASH", "LESS", "GE", "ABOUT", "HIGHER", "AT"})
_NUMBERED_WORDS = frozenset({"phase", "stage", "cycle", "cycles", "type", "level", "table", "figure", "fig", "version", "score"})
_DOSE_UNITS = frozenset({"mg", "mcg", "µg", "μg", "g", "gy", "iu", "kg", "mci"})


def _may_be_result(tokens: Sequence[Token], kinds: Sequence[str], at: int) -> bool:
    """Whether a figure may tell how much was measured: no limit, no dose, no number of a stage."""
    before = tokens[at - 1] if at else None
    if before is not None and ((before.kind in _NUMBERED and before.text != "by") or before.text in _NUMBERED_WORDS):
        return False
    following = tokens[at + 1].text if at + 1 < len(tokens) else ""
    return kinds[at] != "NUM" or not (following in _DOSE_UNITS and "MEAN" not in kinds and "MEDIAN" not in kinds)


def _figure(tokens: Sequence[Token], kinds: Sequence[str], at: int) -> Figure:
    token = tokens[at]
    value, end, counted, has_deviation = Value(token, tokens=[token]), at + 1, None, False
    match token.kind:
        case "PCT":
            value.percent = token.value
        case "TIMEV":
            value.time = token.value
        case "NUM":
            value.number = float(token.value)
        case _:
            value.count = token.value
            value.percent = next((part.value for part in token.parts if part.kind == "PCT"), None)
    if kinds[end : end + 1] == ["SPREAD"]:
        has_deviation = tokens[end].rule == "deviation"
        end += 1
    if token.kind in ("NUM", "NPTS"):
        last = end
        while last - end < _MOST_COUNTED and kinds[last : last + 1] and kinds[last] in _COUNTED and tokens[last].text not in _CONTRAST:
            last += 1
        if last > end and (token.kind == "NPTS" or kinds[last : last + 1] in (["IN"], ["LPAR"], ["OF"], ["AND"], ["VS"])):
            counted, end = joined(tokens[end:last]), last
        elif kinds[last : last + 1] in (["SEMI"], ["COMMA"], ["RPAR"], ["DOT"], []):
            # "426.75 ± 19.64 ms; ...".
            end = last
    while kinds[end : end + 1] == ["LPAR"] and (closed := _bracket_of_figure(kinds, end)) is not None:
        _add_bracket(value, tokens[end + 1 : closed])
        end = closed + 1
    return Figure(value, at, end, counted, has_deviation)


_IN_BRACKET = frozenset(
    {
        *("PCT", "CIX", "PX", "COUNTX", "NUM", "SPAN", "SPREAD", "COMMA"),
        *("SEMI", "COLON", "IS", "NEQ", "NSIZE", "SDW", "PM", "DASH"),
    }
)


_LONGEST_BRACKET = 30


def _bracket_of_figure(kinds: Sequence[str], at: int) -> int | None:
    """Where brackets end that hold nothing but figures, which belong to the one before them."""
    closed = next((place for place in range(at, min(len(kinds), at + _LONGEST_BRACKET)) if kinds[place] == "RPAR"), at)
    return closed if closed > at + 1 and _IN_BRACKET.issuperset(kinds[at + 1 : closed]) else None


def _add_bracket(value: Value, inside: Sequence[Token]) -> None:
    """Take in what brackets say of a figure: its percentage, its interval, of how many it is."""
    for token in inside:
        if token.kind == "PCT" and value.percent is None and value.time is None:
            value.percent = token.value
            if value.number is not None and value.number.is_integer():
                value.count, value.number = Count(int(value.number)), None
        elif token.kind == "CIX" and value.interval is None:
            value.interval = token.value
        elif token.kind == "COUNTX" and value.count is None:
            value.count = token.value
        else:
            continue
        value.tokens.append(token)


def joined(tokens: Sequence[Token]) -> Token:
    """Several words as one name."""
    return Token(GROUP, " ".join(token.text for token in tokens), tokens[0].start, tokens[-1].end, rule="group_beside")


# --- a group beside each figure ------------------------------------------------------------------------------------------

_IN_NAME = frozenset(
    {
        *("W", "DASH", "PLUS", "ARMNAME", "ARMWORD", "DRUG", "SLASH", "NONE"),
        *("ROMAN", "PTS", "NPTS", "THE", "IN", EVENT, OUTCOME, GROUP),
    }
)
_MOST_IN_NAME = 8


def _side(tokens: Sequence[Token], kinds: Sequence[str], figure: Figure, arms: frozenset[str]) -> Side | None:
    if (after := _group_after(tokens, kinds, figure.end, arms)) is not None:
        group, last = after
        if kinds[last : last + 3] == ["LPAR", "PCT", "RPAR"] and figure.make in ("count", "number"):
            # "40 women in the test group (2%)".
            _add_bracket(figure.value, tokens[last + 1 : last + 2])
            last += 3
        return Side(figure, group, "after", figure.start, last)
    if (before := _group_before(tokens, kinds, figure, arms)) is not None:
        group, first = before
        return Side(figure, group, "before", first, figure.end)
    return None


def _group_after(tokens: Sequence[Token], kinds: Sequence[str], at: int, arms: frozenset[str]) -> tuple[Token, int] | None:
    """The group that a figure was seen in, told right after it, and where its name ends."""
    if kinds[at : at + 2] == ["RPAR", "IN"]:
        # "The rate (5%) in the test group was lower".
        at += 1
    begin = at
    while kinds[begin : begin + 1] and kinds[begin] in ("IN", "OF", "THE") and begin - at < _MOST_COUNTED:
        begin += 1
    if kinds[at : at + 2] == ["OF", EVENT]:
        # "4 cases of infection": what was counted.
        return None
    if begin == at:
        return (tokens[at], at + 1) if kinds[at : at + 1] == [GROUP] and not arms.isdisjoint(name_words(tokens[at].text)) else None
    end = begin
    while end < len(kinds) and end - begin < _MOST_IN_NAME and kinds[end] in _IN_NAME and tokens[end].text not in _CONTRAST:
        end += 1
    group = _named(tokens[begin:end], arms)
    return None if group is None else (group, end)


def _named(name: Sequence[Token], arms: frozenset[str]) -> Token | None:
    """The one group in a name; the words themselves where the document compares no groups by name: "patients without a donor"."""
    known = [one for one in name if one.kind == GROUP]
    if known:
        return known[0] if len({name_words(one.text) for one in known}) == 1 else None
    if arms or not any(one.kind == "W" or one.kind in SUBJECTS for one in name):
        return None
    return joined(name)


def _group_before(tokens: Sequence[Token], kinds: Sequence[str], figure: Figure, arms: frozenset[str]) -> tuple[Token, int] | None:
    """The group that a figure stands behind: "letrozole: 8%", "(letrozole, 6.2 per 1000)", "in arm A (57%)"; and where its name begins."""
    at, end = figure.start, figure.end
    is_open = kinds[at - 1 : at] == ["LPAR"] and at > 1
    if is_open and kinds[end : end + 1] in (["COMMA"], ["VS"], ["AND"], ["SLASH"]) and not _FIGURES.isdisjoint(kinds[end + 1 : end + 3]):
        # "Lower in arm B (41% vs 58%)".
        return None
    if is_open and not arms and (begin := _kind_before(tokens, kinds, at - 1)) is not None:
        return joined(tokens[begin : at - 1]), begin
    last = at - 1 if is_open or kinds[at - 1 : at] in (["COLON"], ["COMMA"]) else at
    token = tokens[last - 1] if last else None
    if token is None or token.kind != GROUP or (arms and arms.isdisjoint(name_words(token.text))):
        return None
    first = last - 2 if kinds[last - 2 : last - 1] == ["GROUPW"] else last - 1
    before = [kind for kind in kinds[max(0, first - 2) : first] if kind != "AND"]
    if not is_open and last < at and kinds[at - 1] == "COMMA" and before[-1:] not in (["LPAR"], ["COMMA"], ["SEMI"]):
        return None
    return token, first


def _kind_before(tokens: Sequence[Token], kinds: Sequence[str], end: int) -> int | None:
    """Where the words begin by which patients of some kind are told right before a bracket: "patients without a donor (15%)"."""
    for at in range(end - 2, max(0, end - _MOST_IN_NAME) - 1, -1):
        if kinds[at] not in _IN_NAME:
            return None
        if kinds[at] == "PTS":
            return at if tokens[at + 1].text in ("with", "without") else None
    return None


_JOINS = frozenset({"COMMA", "AND", "VS", "THAN", "SEMI", "LPAR", "RPAR", "THE", "IN", "IS", "PX"})
_BETWEEN = _CONTRAST | {"by", "that", "those"}
_MOST_BETWEEN = 7
_MOST_IN_CONTRAST = 14


def _goes_on(tokens: Sequence[Token], last: Side, side: Side) -> bool:
    """Whether a figure is set beside the one before it: of the same make, with nothing but a join between."""
    between = tokens[last.last : side.first]
    is_held_against = last.shape == "after" and any(one.kind in ("VS", "THAN") for one in between)
    if last.figure.make != side.figure.make or not between or not (last.shape == side.shape or is_held_against):
        return False
    if any(one.text in ("whereas", "while") for one in between):
        # "57% of those in the test group on the first day, while it was 62% in the control group".
        return len(between) <= _MOST_IN_CONTRAST and not any(one.kind in SUBJECTS or one.kind == "SEMI" for one in between)
    is_joined = any(one.kind in ("COMMA", "AND", "VS", "THAN", "SEMI") or one.text in _CONTRAST for one in between)
    return is_joined and len(between) <= _MOST_BETWEEN and all(one.kind in _JOINS or one.text in _BETWEEN for one in between)


# --- groups in the order of the figures ----------------------------------------------------------------------------------


def _is_listed(kinds: Sequence[str], last: Figure, figure: Figure) -> bool:
    """Whether a figure is the next of a list: "8.1 and 9.0", "57% versus 62%"."""
    between = kinds[last.end : figure.start]
    is_joined = bool(between) and len(between) <= 2 and {"AND", "COMMA", "VS", "SLASH"}.issuperset(between)
    return is_joined and (last.make == figure.make or (last.make == "number" and figure.make in ("time", "percent")))


def _end_list(alone: list[list[Figure]], kinds: Sequence[str], figure: Figure) -> None:
    """Add to a list its last figure, which has a group behind it that may be the first of all: "8.1 and 9.0 in arms A and B"."""
    if alone and _is_listed(kinds, alone[-1][-1], figure):
        alone[-1].append(figure)


_TO_GROUPS = frozenset({"COMMA", "RESP", "IN", "OF", "THE", "RPAR", "PX", "SEMI", "LPAR", "PTS", "W", "GROUPW"})
_BETWEEN_GROUPS = frozenset({"GROUPW", "AND", "COMMA", "VS", "THE", "IN", "SLASH"})


def _in_order(tokens: Sequence[Token], kinds: Sequence[str], figures: Sequence[Figure]) -> list[Side]:
    """The groups of a list of figures that has none beside them: those listed right behind it, or, in that order, those named before it."""
    n, first, last = len(figures), figures[0].start, figures[-1].end
    fill_units([figure.value for figure in figures])
    at = last
    while at < len(kinds) and kinds[at] in _TO_GROUPS and at - last < _MOST_COUNTED:
        at += 1
    behind = _listed_groups(kinds, at)
    groups = [tokens[place] for place in behind] if len(behind) == n else _named_before(tokens, kinds, figures)
    return [Side(figure, group, "in_order", first, last) for figure, group in zip(figures, groups or [None] * n, strict=True)]


def _listed_groups(kinds: Sequence[str], at: int) -> list[int]:
    """The places of the groups that stand in a list from a place on: "in the tablet and placebo groups"."""
    found: list[int] = []
    while at < len(kinds) and (kinds[at] == GROUP or (found and kinds[at] in _BETWEEN_GROUPS)):
        if kinds[at] == GROUP:
            found.append(at)
        at += 1
    return found


def _named_before(tokens: Sequence[Token], kinds: Sequence[str], figures: Sequence[Figure]) -> list[Token]:
    """The groups that the sentence names before a list, where it says that it tells of them in order or against each other."""
    first, last = figures[0].start, figures[-1].end
    is_ordered = "RESP" in kinds[last : last + 3] or any("VS" in kinds[a.end : b.start] for a, b in pairwise(figures))
    named = {name_words(token.text): token for token in tokens[:first] if token.kind == GROUP}
    return against_last(tokens, list(named.values())) if is_ordered and len(named) == len(figures) else []
