"""Tables of results in an article: a row per group and a column per measure, or a row per measure and a column per group or grade.

Here belongs reading rows of cells between bars, as Markdown writes them. Prose is read by `pipelines/grammar/findings.py`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from msgspec.structs import replace

from pipelines.grammar.groups import written
from pipelines.grammar.report_lexicon import EVENT, OUTCOME
from pipelines.grammar.reported import FOLLOW_UP, UNITS, Finding, Landmark, Subject, Value
from pipelines.grammar.tokens import Token
from pipelines.grammar.values import Count, Estimate, Grades, PValue, Time, with_level

_BAR = "BAR"
_MEASURES = frozenset({OUTCOME, EVENT, "ANYAE", "DISC", FOLLOW_UP})
_RATIOS = frozenset({"HR", "ODDS", "RISK"})
_FIGURES = frozenset({"NUM", "PCT", "TIMEV", "NR", "COUNTX"})
_NAMES_GROUP = frozenset({"GROUP", "ARMNAME", "GROUPW", "NEQ"})
_GROUP_COLUMNS = frozenset({"治 疗", "组", "组 别", "方 案", "arm", "group", "treatment", "regimen", "arms", "treatments"})
_OF_EVENTS = frozenset({"ANYAE", "GRADEX", "ANYGRADE", "TREL", "TEM", "IREL"})
_FIRST_WORDS = frozenset(
    {"指", "项", "终", "不 良 事 件", "不 良 反 应", "变", "特", "组", "组 别", "endpoint", "event", "adverse events", "outcome"}
)
_HOW_MANY = frozenset({"n", "no", "number", "例", "例 数"})


@dataclass(slots=True)
class _Measure:
    """What a cell says is measured, in which unit and when: "Median PFS (months)", "1年OS率(%)"."""

    subject: Subject
    unit: str | None = None
    landmark: Landmark | None = None
    is_count: bool = False
    """Whether numbers come first: "ORR, n (%)"."""
    level: float | None = None
    """Of the intervals in its cells: "median PFS (95% CI)"."""


@dataclass(slots=True)
class _Column:
    """The head of a column: a measure, a ratio between groups, p values, a group, or grades."""

    measure: _Measure | None = None
    ratio: str | None = None
    level: float | None = None
    is_p: bool = False
    group: str | None = None
    size: int | None = None
    grades: Grades | None = None
    is_of_grades: bool = False
    names_groups: bool = False
    """Whether its cells are the names of the groups of their rows."""

    @property
    def has_values(self) -> bool:
        """Whether its cells may tell how much was measured."""
        return not (self.is_p or self.ratio or self.names_groups)


@dataclass(slots=True)
class Table:
    """The header of the table that is being read; its rows become findings."""

    _columns: list[_Column] = field(default_factory=list)
    _is_of_events: bool = False
    """Whether the table tells of adverse events: of who had hypertension, others tell before treatment."""
    _is_after_events: bool = False

    def end(self, *, is_safety: bool) -> None:
        """Forget the header, at a sentence that is none of a table's; `is_safety`: that speaks of adverse events."""
        self._columns, self._is_after_events = [], is_safety

    def findings(self, tokens: Sequence[Token], text: str) -> Iterator[Finding]:
        """Findings of one row; the first row, and one that names measures without figures, is a header and has none."""
        cells = _cells(tokens)
        heads = [_column(cell, text) for cell in cells]
        has_figures = any(one.kind in _FIGURES for cell in cells[1:] for one in cell)
        if not self._columns or (not has_figures and self._is_header(cells, heads)):
            self._columns = heads
            self._is_of_events = self._is_after_events or any(one.kind in _OF_EVENTS for one in tokens)
        elif len(cells) != len(self._columns) or not any(cells[:2]):
            return
        elif any(column.measure for column in self._columns[1:]):
            yield from self._of_group(cells, text)
        else:
            yield from self._of_measure(cells, text)

    def _is_header(self, cells: Sequence[Sequence[Token]], heads: Sequence[_Column]) -> bool:
        """Whether a row without figures begins another table."""
        is_named = any(cells[:1]) and cells[0][0].text in _FIRST_WORDS
        return is_named or len(cells) != len(self._columns) or any(head.measure for head in heads[1:])

    def _of_group(self, cells: Sequence[Sequence[Token]], text: str) -> Iterator[Finding]:
        """A row that tells of one group, whose name stands in its first cell or under "treatment"."""
        at = next((at for at, column in enumerate(self._columns) if column.names_groups and cells[at]), 0)
        if not cells[at]:
            return
        label = Token("GROUP", "", cells[at][0].start, cells[at][-1].end, rule="row_of_table")
        group = text[label.start : label.end].strip(" *|")
        last: _Measure | None = None
        for column, cell in zip(self._columns, cells, strict=True):
            last = column.measure or last
            measure = column.measure if column.measure is not None and self._is_reported(column.measure.subject) else None
            if measure is not None and (value := _value(cell, measure)) is not None:
                yield Finding(measure.subject, value, group, label, measure.landmark, "table")
            elif column.ratio is not None and last is not None and (value := _ratio(cell, column.ratio, column.level)) is not None:
                yield Finding(last.subject, value, None, None, None, "table")

    def _of_measure(self, cells: Sequence[Sequence[Token]], text: str) -> Iterator[Finding]:
        """A row that tells of one measure, with a value for each group or grade whose column it is."""
        measure = _measure(cells[0], text)
        columns = [column for column in self._columns[1:] if column.has_values]
        is_clear = len(columns) == 1 or all(column.group or column.is_of_grades for column in columns)
        if measure is None or not is_clear or not self._is_reported(measure.subject):
            return
        measure.subject.words = None
        found: list[Finding] = []
        p: PValue | None = None
        for column, cell in zip(self._columns[1:], cells[1:], strict=True):
            if column.is_p:
                p = _p_value(cell)
            value = _ratio(cell, column.ratio, column.level) if column.ratio else _value(cell, measure) if column.has_values else None
            if value is not None:
                value.count = value.count and _of_size(value.count, column.size)
                subject = replace(measure.subject, grades=column.grades) if column.is_of_grades else measure.subject
                found.append(Finding(subject, value, column.group, None, measure.landmark, "table"))
        _give_p(found, p)
        yield from found

    def _is_reported(self, subject: Subject) -> bool:
        return subject.kind != EVENT or self._is_of_events or subject.grades is not None


def tells_in_words(tokens: Sequence[Token]) -> bool:
    """Whether a row tells its result as a sentence would: "| survival of all | OS, HR 0.92; 95% CI 0.87-0.98 |"."""
    return any(token.kind == "EST" for token in tokens)


def _cells(tokens: Sequence[Token]) -> list[list[Token]]:
    """The tokens of each cell; a bar at the beginning and one at the end stand before and after all."""
    cells: list[list[Token]] = [[]]
    for token in tokens:
        if token.kind == _BAR:
            cells.append([])
        else:
            cells[-1].append(token)
    first = 1 if tokens and tokens[0].kind == _BAR else 0
    last = len(cells) - 1 if tokens and tokens[-1].kind == _BAR else len(cells)
    return cells[first:last]


# --- heads of columns and rows -------------------------------------------------------------------------------------------


def _column(cell: Sequence[Token], text: str) -> _Column:
    kinds = {token.kind for token in cell}
    ratio = next((str(token.value) for token in cell if token.kind in _RATIOS), None)
    if ratio is not None or "PV" in kinds:
        return _Column(ratio=ratio, level=_level(cell), is_p=ratio is None)
    if (measure := _measure(cell, text)) is not None:
        return _Column(measure=measure)
    grades = next((token.value for token in cell if token.kind == "GRADEX"), None)
    if not _NAMES_GROUP.isdisjoint(kinds) and {token.text for token in cell}.isdisjoint(_GROUP_COLUMNS):
        size = next((token.value.n for token in cell if token.kind == "NEQ"), None)
        return _Column(group=_group_of(cell, text), size=size, grades=grades, is_of_grades=grades is not None)
    is_of_grades = grades is not None or "ANYGRADE" in kinds
    names_groups = not {token.text for token in cell}.isdisjoint(_GROUP_COLUMNS)
    return _Column(grades=grades, is_of_grades=is_of_grades, names_groups=names_groups)


def _group_of(cell: Sequence[Token], text: str) -> str:
    """The name of a group in the head of its column, without its size: "试验组（n=60）"."""
    named = next((token for token in cell if token.kind == "GROUP"), None)
    if named is not None:
        return written(named, text)
    end = next((left.start for left, right in pairwise(cell) if left.kind == "LPAR" and right.kind == "NEQ"), cell[-1].end)
    return text[cell[0].start : end].strip(" *（(")


def _measure(cell: Sequence[Token], text: str) -> _Measure | None:
    """What a cell says is measured; None where it tells a figure, or nothing that is known."""
    named = next((token for token in cell if token.kind in _MEASURES), None)
    is_level = [left.kind == "PCT" and right.kind == "CI" for left, right in pairwise(cell)]
    n_percentages = sum(token.kind == "PCT" for token in cell)
    if named is None or n_percentages > sum(is_level) or any(token.kind in ("NUM", "COUNTX", "NPTS", "CIX") for token in cell):
        return None
    unit = next((str(token.value) for token in cell if token.kind in UNITS), None)
    time = next((token for token in cell if token.kind == "TIMEV"), None)
    kinds = {token.kind for token in cell}
    subject = Subject(
        named.kind,
        named,
        outcome=named.value if named.kind == OUTCOME else None,
        term=named.value if named.kind == EVENT else None,
        grades=next((token.value for token in cell if token.kind == "GRADEX"), None),
        attribution=next((token.value for token in cell if token.kind in ("TREL", "TEM", "IREL")), None),
        is_median="MEDIAN" in kinds,
        words=text[cell[0].start : cell[-1].end],
    )
    if named.kind == "ANYAE" and named.value is not None:
        is_serious = named.value == "serious"
        subject = replace(subject, is_serious=is_serious, attribution=subject.attribution if is_serious else named.value)
    landmark = Landmark(time.value, time) if time is not None else None
    is_count = any(token.text in _HOW_MANY for token in cell)
    return _Measure(subject, "%" if "PERCENT" in kinds else unit, landmark, is_count, _level(cell))


def _level(cell: Sequence[Token]) -> float | None:
    return next((float(left.value) for left, right in pairwise(cell) if left.kind == "PCT" and right.kind == "CI"), None)


# --- values --------------------------------------------------------------------------------------------------------------


def _value(cell: Sequence[Token], measure: _Measure) -> Value | None:
    found = next((token for token in cell if token.kind in _FIGURES), None)
    if found is None or any(token.kind in ("VS", "RANGEW") for token in cell):
        return None
    value = Value(found, tokens=[found])
    match found.kind:
        case "PCT":
            value.percent = found.value
        case "TIMEV":
            value.time = found.value
        case "NR":
            value.not_reached = True
        case "COUNTX":
            value.count = found.value
            value.percent = next((token.value for token in (*found.parts, *cell) if token.kind == "PCT"), None)
        case _:
            if not _take_number(value, cell, measure):
                return None
    interval = next((token for token in cell if token.kind in ("CIX", "SPAN")), None)
    if interval is not None and value.count is None:
        value.interval = with_level(interval.value, measure.level)
        value.tokens.append(interval)
    return value


def _take_number(value: Value, cell: Sequence[Token], measure: _Measure) -> bool:
    """Read a bare number as the head of its column or row says; False where it says too little."""
    number = float(value.token.value)
    outcome = measure.subject.outcome
    if measure.unit == "%" and measure.is_count:
        # "12 (20.0)" under "n (%)".
        if [token.kind for token in cell[:4]] != ["NUM", "LPAR", "NUM", "RPAR"] or not number.is_integer():
            return False
        value.count, value.percent = Count(int(number)), float(cell[2].value)
        value.tokens.append(cell[2])
    elif measure.unit == "%":
        value.percent = number
    elif measure.unit is not None:
        value.time = Time(number, measure.unit)
    elif measure.subject.is_time_to_event and measure.landmark is None and outcome is not None and outcome.concept is not None:
        # "| mPFS | 23.9 |": whoever writes no unit tells months, but does not say so.
        value.number = number
    else:
        return False
    return True


def _ratio(cell: Sequence[Token], kind: str, level: float | None) -> Value | None:
    """A ratio between groups: "0.56 (0.46-0.69)", which may have limits."""
    found = next((token for token in cell if token.kind in _FIGURES), None)
    if found is None or found.kind != "NUM" or not 0 < float(found.value) < _HIGHEST_RATIO:
        return None
    value = Value(found, estimate=Estimate(kind, float(found.value)), tokens=[found])
    interval = next((token for token in cell if token.kind in ("CIX", "SPAN")), None)
    if interval is not None:
        value.interval = with_level(interval.value, level)
        value.tokens.append(interval)
    return value


_HIGHEST_RATIO = 100


def _p_value(cell: Sequence[Token]) -> PValue | None:
    """A p value without its letter, "0.03", "<0.001"."""
    said = next((token.value for token in cell if token.kind == "PX"), None)
    number = next((float(token.value) for token in cell if token.kind == "NUM"), None)
    if said is not None or number is None or number > 1:
        return said
    return PValue(cell[0].text if cell[0].text in ("<", ">") else "=", number)


def _give_p(found: Sequence[Finding], p: PValue | None) -> None:
    """Give the p value of a row to its ratio, or to all that it compares."""
    ratios = [one for one in found if one.value.estimate is not None]
    for one in ratios or found:
        one.value.p = one.value.p or p


def _of_size(count: Count, size: int | None) -> Count:
    """A count of those whom the head of its column counts."""
    return Count(count.n, size) if count.total is None and size is not None and count.n <= size else count
