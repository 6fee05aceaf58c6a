"""Check results of the build, kept until they are published with it.

One file per table and kind of check (`trials.shape.json`), one for checks across tables and one for the reconciliation, in `build/checks/`.
Running a check does not belong here.
"""

from collections.abc import Sequence
from pathlib import Path

from pipelines.quality.results import CheckResult, read_results, write_results
from pipelines.settings import Settings

RELATIONS = "relations"
"""Name under which the checks across tables are kept."""

RECONCILIATION = "reconciliation"
"""Name under which the comparison with the raw files is kept."""


def keep(settings: Settings, name: str, results: Sequence[CheckResult]) -> None:
    """Keep the results of one run of checks, in place of those of the run before."""
    write_results(results, _file(settings, name))


def kept(settings: Settings) -> list[CheckResult]:
    """All results of the build, by table and check."""
    found = [result for path in sorted((settings.build / "checks").glob("*.json")) for result in read_results(path)]
    return sorted(found, key=lambda result: (result.table_name, result.check_name))


def forget(settings: Settings, table_name: str) -> None:
    """Drop what was found of a table that is written anew: its own checks, and those that read several tables."""
    across = (_file(settings, name) for name in (RELATIONS, RECONCILIATION))
    for path in [*(settings.build / "checks").glob(f"{table_name}.*.json"), *across]:
        path.unlink(missing_ok=True)


def missing(settings: Settings, names: Sequence[str]) -> list[str]:
    """Those of the named runs of checks that have no results."""
    return [name for name in names if not _file(settings, name).is_file()]


def _file(settings: Settings, name: str) -> Path:
    return settings.build / "checks" / f"{name}.json"
