"""What a rule about one table is, and the forms in which rules are written. The rules are in `expectations/`.

A rule is data. Great Expectations checks it (`pipelines.quality.gx`); the same condition in SQL finds example rows.
What the declaration of a table already says (types, NULLs, vocabularies, bounds, keys) is no rule:
`pipelines.quality.shape` checks that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipelines.quality.results import Severity
from pipelines.schema.ddl import quoted


@dataclass(frozen=True)
class Rule:
    """One rule. A row for which `holds` is NULL is one that the rule does not speak of.

    `holds`: SQL over the table's columns, true where the rule is kept.
    `expectation`, `kwargs`: the same as an expectation of GX over `columns`, or, for conditions that GX has no words
    for, over the column `flag`, which the runner computes from `holds`.
    """

    name: str
    severity: Severity
    why: str
    columns: tuple[str, ...]
    holds: str
    expectation: str
    kwargs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def flag(self) -> str:
        """Name of the computed column."""
        return f"rule__{self.name}"

    @property
    def is_computed(self) -> bool:
        """Whether GX reads the computed column."""
        return self.kwargs.get("column") == self.flag


def condition(name: str, severity: Severity, why: str, *, columns: Sequence[str], holds: str) -> Rule:
    """Any condition over `columns` in SQL; NULL where it does not apply."""
    return Rule(
        name,
        severity,
        why,
        tuple(columns),
        holds,
        "expect_column_values_to_be_in_set",
        {"column": f"rule__{name}", "value_set": [True]},
    )


def present(name: str, severity: Severity, why: str, *, column: str, where: str = "TRUE", also: Sequence[str] = ()) -> Rule:
    """`column` says something in every row for which `where` is true; `also` are the columns that `where` reads."""
    holds = f"CASE WHEN {where} THEN {says_something(column)} END"
    return condition(name, severity, why, columns=(column, *also), holds=holds)


def says_something(column: str) -> str:
    """SQL: the text column is neither NULL nor blank."""
    return f"coalesce(trim({column}) <> '', FALSE)"


def in_order(name: str, severity: Severity, why: str, *, low: str, high: str) -> Rule:
    """`low` ≤ `high` where both are known."""
    return Rule(
        name,
        severity,
        why,
        (low, high),
        f"{low} <= {high}",
        "expect_column_pair_values_a_to_be_greater_than_b",
        {"column_A": high, "column_B": low, "or_equal": True, "ignore_row_if": "either_value_is_missing"},
    )


def between(name: str, severity: Severity, why: str, *, column: str, minimum: float, maximum: float) -> Rule:
    """`minimum` ≤ `column` ≤ `maximum` where known."""
    return Rule(
        name,
        severity,
        why,
        (column,),
        f"{column} BETWEEN {minimum!r} AND {maximum!r}",
        "expect_column_values_to_be_between",
        {"column": column, "min_value": minimum, "max_value": maximum},
    )


def matches(name: str, severity: Severity, why: str, *, column: str, regex: str) -> Rule:
    """`column` matches, where known; the regular expression means the same in Python and RE2."""
    return Rule(
        name,
        severity,
        why,
        (column,),
        f"regexp_matches({column}, {quoted(regex)})",
        "expect_column_values_to_match_regex",
        {"column": column, "regex": regex},
    )


def at_most_chars(name: str, severity: Severity, why: str, *, column: str, longest: int) -> Rule:
    """`column` has at most `longest` characters, where known."""
    return Rule(
        name,
        severity,
        why,
        (column,),
        f"length({column}) <= {longest}",
        "expect_column_value_lengths_to_be_between",
        {"column": column, "min_value": 0, "max_value": longest},
    )


def last_day(date: str) -> str:
    """SQL: the last day that the partial date `date` can mean, by its `<date>_precision`."""
    return f"""
        CASE {date}_precision WHEN 'year' THEN make_date(year({date}), 12, 31) WHEN 'month' THEN last_day({date})
        ELSE {date} END"""
