"""The step that proves that nothing went missing: counts the raw files on their own, and compares the tables with that.

How files are counted is `pipelines.quality.census`, what is compared `pipelines.quality.reconciliation`.
"""

from pathlib import Path

from pipelines.build import Manifest
from pipelines.build_folder import path, read
from pipelines.engine import census_stage
from pipelines.engine.batches import over_batches
from pipelines.engine.executor import Executor
from pipelines.engine.progress import Progress
from pipelines.quality import reconciliation, store
from pipelines.quality.results import CheckResult
from pipelines.settings import Settings


def count_raw(settings: Settings, executor: Executor, *, progress: Progress | None = None) -> list[Path]:
    """The census of all raw files; files that were counted before are not counted again."""
    folder = settings.state / "census"
    tasks = census_stage.plan(read(settings, "manifest", Manifest).files, folder=folder)
    return over_batches(
        executor,
        tasks,
        run=census_stage.run,
        finished=census_stage.finished,
        folder=folder,
        doing="counting raw values",
        progress=progress,
    )


def reconcile(settings: Settings, executor: Executor, *, progress: Progress | None = None) -> list[CheckResult]:
    """Compare the tables of the build with the census, and keep the results."""
    census = count_raw(settings, executor, progress=progress)
    executor.rest()
    if progress:
        progress("reconciling", 0, 0)
    results = reconciliation.reconcile(census, settings.build_parquet, path(settings, "studies"))
    store.keep(settings, store.RECONCILIATION, results)
    return results
