"""Check results of the build, kept until they are published with it.

One file per table and kind of check (`trials.shape.json`), and one for each kind of checks across tables, in `build/checks/`.
Running a check does not belong here.
"""

from collections.abc import Sequence
from pathlib import Path

from pipelines.quality.results import CheckResult, read_results, write_results
from pipelines.settings import Settings

RELATIONS, RECONCILIATION, ACCOUNTS, DRIFT, ACCURACY = "relations", "reconciliation", "accounts", "drift", "accuracy"
"""Names under which checks that need all tables are kept; that of accuracy needs none."""

OF_ALL_TABLES = (RELATIONS, RECONCILIATION, ACCOUNTS, DRIFT)
"""What no longer counts when any table is written anew."""


def keep(settings: Settings, name: str, results: Sequence[CheckResult]) -> None:
    """Keep the results of one run of checks, in place of those of the run before."""
    write_results(results, _file(settings, name))


def kept(settings: Settings) -> list[CheckResult]:
    """All results of the build, by table and check."""
    found = [result for path in sorted((settings.build / "checks").glob("*.json")) for result in read_results(path)]
    return sorted(found, key=lambda result: (result.table_name, result.check_name))


def forget(settings: Settings, table_name: str) -> None:
    """Drop what was found of a table that is written anew: its own checks, and those across tables."""
    for path in [*(settings.build / "checks").glob(f"{table_name}.*.json"), *(_file(settings, name) for name in OF_ALL_TABLES)]:
        path.unlink(missing_ok=True)


def missing(settings: Settings, names: Sequence[str]) -> list[str]:
    """Those of the named runs of checks that have no results."""
    return [name for name in names if not _file(settings, name).is_file()]


def _file(settings: Settings, name: str) -> Path:
    return settings.build / "checks" / f"{name}.json"
