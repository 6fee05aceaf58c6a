"""Tables of results in an article: a row per group, a column per measure.

Here belongs reading rows of cells between bars, as Markdown writes them. Prose is read by `pipelines/grammar/findings.py`.
"""

from collections.abc import Iterator, Sequence

from pipelines.grammar.report_lexicon import OUTCOME
from pipelines.grammar.reported import UNITS, Finding, Subject, Value
from pipelines.grammar.tokens import Token
from pipelines.grammar.values import Time

_BAR = "|"


class Table:
    """The header of the table that is being read; its rows become findings."""

    def __init__(self) -> None:
        self._columns: list[tuple[Subject, str | None] | None] = []

    def findings(self, tokens: Sequence[Token], text: str) -> Iterator[Finding]:
        """Findings of one row of a table; a row that names measures is a header, and has none."""
        cells = _cells(tokens)
        header = [_measure(cell, text) for cell in cells]
        if any(header):
            self._columns = header
            return
        if len(cells) != len(self._columns) or not cells or not cells[0]:
            return
        label = Token("GROUP", "", cells[0][0].start, cells[0][-1].end, rule="row_of_table")
        group = text[label.start : label.end].strip(" *|")
        for column, cell in zip(self._columns, cells, strict=True):
            if column is None:
                continue
            value = _value(cell, column[1])
            if value is not None:
                yield Finding(column[0], value, group, label, None, "table")


def tells_in_words(tokens: Sequence[Token]) -> bool:
    """Whether a row tells its result as a sentence would: "| survival of all | OS, HR 0.92; 95% CI 0.87-0.98 |"."""
    return any(token.kind == "EST" for token in tokens)


def _cells(tokens: Sequence[Token]) -> list[list[Token]]:
    """The tokens of each cell; a bar at the beginning and one at the end stand before and after all."""
    cells: list[list[Token]] = [[]]
    for token in tokens:
        if token.text == _BAR:
            cells.append([])
        else:
            cells[-1].append(token)
    first = 1 if tokens and tokens[0].text == _BAR else 0
    last = len(cells) - 1 if tokens and tokens[-1].text == _BAR else len(cells)
    return cells[first:last]


def _measure(cell: Sequence[Token], text: str) -> tuple[Subject, str | None] | None:
    """What the head of a column says is measured, and in which unit: "Median PFS (months)"."""
    outcome = next((token for token in cell if token.kind == OUTCOME), None)
    if outcome is None or any(token.kind in ("PCT", "TIMEV", "NUM") for token in cell):
        return None
    unit = next((str(token.value) for token in cell if token.kind in UNITS), None)
    if any(token.kind == "PERCENT" for token in cell):
        unit = "%"
    return Subject(
        OUTCOME,
        outcome,
        outcome=outcome.value,
        is_median=any(token.kind == "MEDIAN" for token in cell),
        words=text[cell[0].start : cell[-1].end],
    ), unit


def _value(cell: Sequence[Token], unit: str | None) -> Value | None:
    found = next((token for token in cell if token.kind in ("NUM", "PCT", "TIMEV", "NR")), None)
    if found is None:
        return None
    value = Value(found, tokens=[found])
    if found.kind == "PCT":
        value.percent = found.value
    elif found.kind == "TIMEV":
        value.time = found.value
    elif found.kind == "NR":
        value.not_reached = True
    elif unit == "%":
        value.percent = float(found.value)
    elif unit is not None:
        value.time = Time(float(found.value), unit)
    else:
        return None
    interval = next((token for token in cell if token.kind in ("CIX", "SPAN")), None)
    if interval is not None:
        value.interval = interval.value
        value.tokens.append(interval)
    return value
