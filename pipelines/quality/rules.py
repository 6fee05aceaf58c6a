"""What a rule about one table is, and the forms in which rules are written. The rules are in `expectations/`.

A rule is data. The same condition in SQL screens rows before they are published (`pipelines.quality.screening`) and finds example rows;
Great Expectations checks what stayed (`pipelines.quality.gx`).
What the declaration of a table already says (types, NULLs, vocabularies, bounds, keys) is no rule:
`pipelines.quality.shape` checks that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pipelines.quality.results import Severity
from pipelines.schema.ddl import quoted

Action = Literal["block", "warn", "quarantine", "flag"]
"""What follows for a row that breaks a rule.

`block`: nothing is published. `warn`: the row is published and the check says so. `quarantine`: it stays out of the table and goes to
`quarantine`. `flag`: what is wrong is the source's own; the row stays, and `flags` tells its reader.
"""


def severity_of(action: Action) -> Severity:
    """Of a check: what blocks, and what should not have stayed in the table, is an error."""
    return "error" if action in ("block", "quarantine") else "warning"


def mark_of(name: str) -> str:
    """The word in `flags` for a row that breaks the rule of this name and stays, where the rule has no word of its own."""
    return f"breaks_{name}"


@dataclass(frozen=True)
class Rule:
    """One rule. A row for which `holds` is NULL is one that the rule does not speak of.

    `flag`: what `flags` holds for a row that stays although it breaks the rule: for action `flag`, or by a person's decision.
    `holds`: SQL over the table's columns, true where the rule is kept.
    `expectation`, `kwargs`: the same as an expectation of GX over `columns`, or, for conditions that GX has no words
    for, over `computed_column`, which the runner computes from `holds`.
    """

    name: str
    action: Action
    why: str
    columns: tuple[str, ...]
    holds: str
    expectation: str
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    flag: str | None = None

    @property
    def severity(self) -> Severity:
        return severity_of(self.action)

    @property
    def is_screened(self) -> bool:
        """Whether rows are looked at one by one before publication."""
        return self.action in ("quarantine", "flag")

    @property
    def mark(self) -> str:
        """The word in `flags` for a row that breaks the rule and stays."""
        return self.flag or mark_of(self.name)

    @property
    def computed_column(self) -> str:
        return f"rule__{self.name}"

    @property
    def is_computed(self) -> bool:
        """Whether GX reads the computed column."""
        return self.kwargs.get("column") == self.computed_column


def condition(name: str, action: Action, why: str, *, columns: Sequence[str], holds: str, flag: str | None = None) -> Rule:
    """Any condition over `columns` in SQL; NULL where it does not apply."""
    return Rule(
        name,
        action,
        why,
        tuple(columns),
        holds,
        "expect_column_values_to_be_in_set",
        {"column": f"rule__{name}", "value_set": [True]},
        flag,
    )


def present(
    name: str, action: Action, why: str, *, column: str, where: str = "TRUE", also: Sequence[str] = (), flag: str | None = None
) -> Rule:
    """`column` says something in every row for which `where` is true; `also` are the columns that `where` reads."""
    holds = f"CASE WHEN {where} THEN {says_something(column)} END"
    return condition(name, action, why, columns=(column, *also), holds=holds, flag=flag)


def says_something(column: str) -> str:
    """SQL: the text column is neither NULL nor blank."""
    return f"coalesce(trim({column}) <> '', FALSE)"


def in_order(name: str, action: Action, why: str, *, low: str, high: str, flag: str | None = None) -> Rule:
    """`low` ≤ `high` where both are known."""
    return Rule(
        name,
        action,
        why,
        (low, high),
        f"{low} <= {high}",
        "expect_column_pair_values_a_to_be_greater_than_b",
        {"column_A": high, "column_B": low, "or_equal": True, "ignore_row_if": "either_value_is_missing"},
        flag,
    )


def between(name: str, action: Action, why: str, *, column: str, minimum: float, maximum: float, flag: str | None = None) -> Rule:
    """`minimum` ≤ `column` ≤ `maximum` where known."""
    return Rule(
        name,
        action,
        why,
        (column,),
        f"{column} BETWEEN {minimum!r} AND {maximum!r}",
        "expect_column_values_to_be_between",
        {"column": column, "min_value": minimum, "max_value": maximum},
        flag,
    )


def matches(name: str, action: Action, why: str, *, column: str, regex: str, flag: str | None = None) -> Rule:
    """`column` matches, where known; the regular expression means the same in Python and RE2."""
    return Rule(
        name,
        action,
        why,
        (column,),
        f"regexp_matches({column}, {quoted(regex)})",
        "expect_column_values_to_match_regex",
        {"column": column, "regex": regex},
        flag,
    )


def at_most_chars(name: str, action: Action, why: str, *, column: str, longest: int, flag: str | None = None) -> Rule:
    """`column` has at most `longest` characters, where known."""
    return Rule(
        name,
        action,
        why,
        (column,),
        f"length({column}) <= {longest}",
        "expect_column_value_lengths_to_be_between",
        {"column": column, "min_value": 0, "max_value": longest},
        flag,
    )


def last_day(date: str) -> str:
    """SQL: the last day that the partial date `date` can mean, by its `<date>_precision`."""
    return f"""
        CASE {date}_precision WHEN 'year' THEN make_date(year({date}), 12, 31) WHEN 'month' THEN last_day({date})
        ELSE {date} END"""


def days_of_duration(duration: str) -> str:
    """SQL: days of the ISO 8601 duration `duration`; NULL for NULL."""
    date, time = f"split_part({duration}, 'T', 1)", f"split_part({duration}, 'T', 2)"
    parts = [(date, "Y", 365.25), (date, "M", 30.4375), (date, "W", 7.0), (date, "D", 1.0)]
    parts += [(time, "H", 1 / 24), (time, "M", 1 / 1440), (time, "S", 1 / 86_400)]
    summed = " + ".join(
        f"{days!r} * coalesce(try_cast(regexp_extract({part}, '([0-9.]+){unit}', 1) AS DOUBLE), 0)" for part, unit, days in parts
    )
    return f"CASE WHEN {duration} IS NOT NULL THEN {summed} END"
