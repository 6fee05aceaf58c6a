"""Are the tables of this refresh like those of the last ones? Each kind of number has a tolerance; beyond it rings, a collapse blocks.

The numbers themselves are counted in `pipelines.quality.measures` and, for accuracy, in `pipelines.accuracy`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from pipelines.quality import measures
from pipelines.quality.measures import Measure
from pipelines.quality.results import CheckResult

ALL_TABLES = "table_set"
"""What checks over all tables together are filed under."""

REFRESHES = 5
"""So many of the last published refreshes count, each number by its median."""

_MOST_FINDINGS = 25

Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class Tolerance:
    """How far numbers of one kind may move from what they were.

    `fall`, `rise`: beyond these a warning; `collapse`, `surge`: beyond these nothing is published. All are differences, of shares in
    absolute terms (0.05: five points), with `relative` as a part of what was; `collapse_to` is a part of what was, too. `least_rows`: with
    fewer rows, now or then, a share says little and is not compared; for `relative` numbers it is the number itself that must have been so
    large. `least`: what was below it cannot collapse.
    """

    check_name: str
    measure: str
    why: str
    fall: float | None = None
    rise: float | None = None
    collapse: float | None = None
    surge: float | None = None
    collapse_to: float | None = None
    relative: bool = False
    least_rows: int = 0
    least: float = 0.0


TOLERANCES = (
    Tolerance(
        "rows_steady",
        measures.ROWS,
        "No table loses a tenth of its rows or grows by half from one refresh to the next; a loss of more than half blocks.",
        fall=0.1,
        rise=0.5,
        collapse=0.5,
        relative=True,
        least_rows=200,
    ),
    Tolerance(
        "coverage_steady",
        measures.COVERAGE,
        "Columns are as full as they were, for each format of the sources, to five points; one that was in use and is empty now blocks.",
        fall=0.05,
        collapse_to=0.1,
        least_rows=30,
        least=0.2,
    ),
    Tolerance(
        "shares_steady",
        measures.SHARE,
        "Each value of a coded column is as frequent as it was, to ten points.",
        fall=0.1,
        rise=0.1,
        least_rows=50,
    ),
    Tolerance(
        "quarantine_steady",
        measures.QUARANTINED,
        "No more stays outside than before, to two points; with twenty points more nothing is published.",
        rise=0.02,
        surge=0.2,
        least_rows=50,
    ),
    Tolerance(
        "parsing_steady",
        measures.UNPARSED,
        "As many doses and time frames are understood as before, to five points; with twenty-five points fewer nothing is published.",
        rise=0.05,
        surge=0.25,
        least_rows=50,
    ),
)

ACCURACY_STEADY = Tolerance(
    "accuracy_steady",
    measures.ACCURACY,
    "On the same labels no figure falls by half a point; with five points less nothing is published.",
    fall=0.005,
    collapse=0.05,
)


def baseline(history: Sequence[tuple[str, Measure]]) -> dict[Key, tuple[float, int]]:
    """What was: by key the median value and number of rows of the last refreshes, from (refresh, measure) pairs.

    Refreshes before one whose differences a person accepted no longer count.
    """
    accepted = max((refresh for refresh, one in history if one.measure == measures.ACCEPTED), default="")
    refreshes = sorted({refresh for refresh, _ in history if refresh >= accepted})[-REFRESHES:]
    found: dict[Key, list[Measure]] = {}
    for refresh, one in history:
        if refresh in refreshes:
            found.setdefault(one.key, []).append(one)
    return {key: (median(one.value for one in of_key), round(median(one.n for one in of_key))) for key, of_key in found.items()}


def compare(
    tolerance: Tolerance,
    now: Sequence[Measure],
    before: Mapping[Key, tuple[float, int]],
    *,
    accepted: bool = False,
    table_name: str = ALL_TABLES,
) -> CheckResult:
    """One check: the numbers of one kind against what they were. Numbers that are new are not compared; those that are gone count as 0.

    `accepted`: a person knows that the raw folder has changed so much; a collapse warns then like any other difference.
    """
    present = {one.key: one for one in now if one.measure == tolerance.measure}
    gone = {key: Measure(*key, 0.0, 0) for key in before if key[1] == tolerance.measure and key not in present and _may_be_gone(key, now)}
    compared = 0
    found: list[tuple[float, bool, str]] = []
    for key, one in (present | gone).items():
        if key not in before or not _counts(tolerance, one, before[key]):
            continue
        compared += 1
        was = before[key][0]
        change = (one.value - was) / was if tolerance.relative else one.value - was
        if _beyond(change, tolerance.fall, tolerance.rise):
            found.append((abs(change), _collapsed(tolerance, one.value, was, change), _words(tolerance, one, was)))
    found.sort(key=lambda finding: (not finding[1], -finding[0], finding[2]))
    findings = [words for _, _, words in found[:_MOST_FINDINGS]]
    if len(found) > _MOST_FINDINGS:
        findings.append(f"and {len(found) - _MOST_FINDINGS:,} more")
    blocks = any(collapsed for _, collapsed, _ in found) and not accepted
    return CheckResult(
        table_name=table_name,
        check_name=tolerance.check_name,
        severity="error" if blocks else "warning",
        description=tolerance.why,
        passed=not found,
        unexpected_count=len(found),
        element_count=compared,
        findings=findings,
    )


def not_compared(name: str, why: str, error: str) -> CheckResult:
    """A check when a table cannot be read: that alone is told by the check of its shape, and blocks."""
    return CheckResult(table_name=ALL_TABLES, check_name=name, severity="warning", description=why, passed=False, error=error)


def _may_be_gone(key: Key, now: Sequence[Measure]) -> bool:
    """A share of a format or table without any row now is no share of nothing: that its rows are gone is another number's business."""
    table, measure, _, source_format = key
    if measure == measures.ROWS:
        return True
    if measure == measures.SHARE:
        return any(one.table_name == table and one.measure == measures.ROWS and one.value for one in now)
    return measure == measures.COVERAGE and any(one.key[:2] == key[:2] and one.source_format == source_format for one in now)


def _counts(tolerance: Tolerance, one: Measure, before: tuple[float, int]) -> bool:
    was, n_was = before
    if tolerance.relative:
        return was >= max(1, tolerance.least_rows)
    return n_was >= tolerance.least_rows and (one.n >= tolerance.least_rows or one.n == 0)


def _beyond(change: float, fall: float | None, rise: float | None) -> bool:
    return (fall is not None and change < -fall) or (rise is not None and change > rise)


def _collapsed(tolerance: Tolerance, value: float, was: float, change: float) -> bool:
    if was < tolerance.least:
        return False
    if tolerance.collapse_to is not None and value < tolerance.collapse_to * was:
        return True
    return _beyond(change, tolerance.collapse, tolerance.surge)


def _words(tolerance: Tolerance, one: Measure, was: float) -> str:
    of = f" of {one.source_format}" if one.source_format != measures.ALL else ""
    if tolerance.relative:
        return f"`{one.table_name}`: {one.value:,.0f} rows, {was:,.0f} before ({(one.value - was) / was:+.0%})"
    return f"`{one.table_name}.{one.item}`{of}: {one.value:.1%}, {was:.1%} before"
