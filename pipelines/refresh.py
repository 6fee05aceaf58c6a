"""A refresh from beginning to end: does anything have to be done, and how does it end.

The steps between are assets. Neither Dagster nor the command line is known here.
"""

import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from pipelines import history, publish
from pipelines.build import BUILT_TABLES
from pipelines.build_folder import consistent_stamp
from pipelines.checking import measured
from pipelines.published import current, record_unchanged
from pipelines.quality import store
from pipelines.quality.gx import write_data_docs
from pipelines.quality.report import write_report
from pipelines.quality.results import CheckResult
from pipelines.quality.rules import Rule
from pipelines.settings import Settings


class Ended(msgspec.Struct):
    """How a refresh ended: `published` a new snapshot, or `unchanged`."""

    outcome: str
    refresh_id: str
    rows: dict[str, int]


class BlockedError(Exception):
    """A blocking check failed or is missing; nothing was published."""


def finish(settings: Settings, *, run_id: str, started_at: float | None, rules: Mapping[str, Sequence[Rule]], force: bool = False) -> Ended:
    """Publish the build if its parts belong together and all checks that block have passed.

    `rules` are those that the build was checked by, for the quality pages. A build from the same raw content by the same code as
    the published one is not published again unless `force`.
    Raises `InconsistentBuildError`, `MissingStepError` or `BlockedError`.
    """
    started = datetime.fromtimestamp(started_at, UTC).replace(tzinfo=None) if started_at else history.now()
    refresh = history.refresh_id(started, run_id)
    stamp = consistent_stamp(settings, ["manifest", *BUILT_TABLES])
    checks = store.kept(settings)
    _require_passed(settings, checks, rules)
    publish.restore_history(settings)
    published = current(settings)
    if published and not force and (published.raw_fingerprint, published.code_version) == (stamp.raw_fingerprint, stamp.code):
        record_unchanged(settings, refresh=refresh, started_at=started, published=published)
        return Ended("unchanged", refresh, published.rows)
    _write_quality(settings, refresh, started, checks, rules)
    done = publish.publish(
        settings, refresh=refresh, started_at=started, stamp=stamp, built=BUILT_TABLES, checks=checks, measures=measured(settings)
    )
    return Ended("published", refresh, done.rows)


def record_failed(settings: Settings, *, run_id: str, started_at: float | None, message: str, checks: Sequence[CheckResult]) -> None:
    """Write into history that a refresh failed, with the results of the checks that it ran."""
    started = datetime.fromtimestamp(started_at, UTC).replace(tzinfo=None) if started_at else history.now()
    refresh = history.refresh_id(started, run_id)
    row = publish.refresh_row(None, refresh=refresh, started_at=started, outcome="failed", stamp=None, rows={}, message=message)
    history.append(settings, refresh, {"refreshes": [row], "check_results": publish.check_rows(refresh, checks)})


def _require_passed(settings: Settings, checks: Sequence[CheckResult], rules: Mapping[str, Sequence[Rule]]) -> None:
    expected = [*(f"{name}.shape" for name in BUILT_TABLES), *(f"{name}.rules" for name in rules), *store.OF_ALL_TABLES]
    if missing := store.missing(settings, expected):
        raise BlockedError(f"not checked since they were built: {', '.join(missing)}; run the refresh job, which checks all tables.")
    if failed := [check for check in checks if check.blocks]:
        names = ", ".join(f"{check.table_name}.{check.check_name}" for check in failed)
        raise BlockedError(f"blocking checks failed: {names}; nothing was published.")


def _write_quality(
    settings: Settings, refresh: str, started: datetime, checks: Sequence[CheckResult], rules: Mapping[str, Sequence[Rule]]
) -> None:
    folder = settings.build / "quality"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write_data_docs(checks, rules, folder, run_name=refresh, run_at=started)
    if (pages := settings.build / "accuracy").is_dir():
        shutil.copytree(pages, folder / "accuracy")
    write_report(checks, folder, about=f"Refresh {refresh}")
