"""The list of all rules, `docs/rules.md`, rendered from the rules themselves.

`python -m expectations.listing` writes it; a test fails when the file and the rules differ.
"""

from collections.abc import Iterator
from pathlib import Path

from expectations import RULES
from pipelines.quality import accounts, drift, floors, reconciliation
from pipelines.quality.relations import RELATIONS
from pipelines.quality.rules import Rule
from pipelines.schema.tables import TABLES

PATH = Path(__file__).resolve().parents[1] / "docs" / "rules.md"

_INTRODUCTION = """# Rules

Rendered from `expectations/` and `pipelines/quality/` by `python -m expectations.listing`; do not edit by hand.

What follows for a row that breaks a rule: **block**: nothing is published; **quarantine**: the row stays out of its table and goes to
`quarantine`; **flag**: the row stays, with that word in `flags`; **warn**: the row stays and the check says so. Beside these every table
is held against its declaration ([data-dictionary.md](data-dictionary.md)): columns, types, NULLs, vocabularies, bounds, keys (`shape`,
blocks). How the rules work: [quality.md](quality.md)."""


def _line(name: str, follows: str, why: str) -> str:
    return f"| `{name}` | {follows} | {why.replace('|', chr(92) + '|')} |"


def _follows(rule: Rule) -> str:
    return f"flag `{rule.mark}`" if rule.action == "flag" else rule.action


def _lines() -> Iterator[str]:
    yield _INTRODUCTION
    for name in TABLES:
        of_table = [_line(rule.name, _follows(rule), rule.why) for rule in RULES.get(name, ())]
        of_table += [_line(one.name, one.action, one.description) for one in RELATIONS.values() if one.table_name == name]
        if of_table:
            yield f"\n## {name}\n\n| rule | follows | why |\n|---|---|---|"
            yield from of_table
    yield "\n## All tables\n\n| rule | follows | why |\n|---|---|---|"
    yield _line(accounts.NAME, "block", accounts.DESCRIPTION)
    for check in reconciliation.CHECKS:
        yield _line(f"{check.table_name}__{check.name}", "block", check.description)
    yield _line(floors.NAME, "warn", floors.DESCRIPTION)
    for tolerance in (*drift.TOLERANCES, drift.ACCURACY_STEADY):
        stops = any(limit is not None for limit in (tolerance.collapse, tolerance.surge, tolerance.collapse_to))
        yield _line(tolerance.check_name, "warn, or block" if stops else "warn", tolerance.why)


def render() -> str:
    """The whole list as Markdown."""
    return "\n".join(_lines()).rstrip() + "\n"


if __name__ == "__main__":
    PATH.write_text(render(), encoding="utf-8")
