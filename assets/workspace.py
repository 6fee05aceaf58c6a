"""The warehouse as a Dagster resource: its settings, its lock for the time of a run, and the processes that do the work.

With the in-process executor a run initialises its resources once, so one run holds the lock from its first step to its last.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager

import dagster as dg
from pydantic import PrivateAttr

from pipelines import settings as settings_module
from pipelines.engine.executor import Executor, executor
from pipelines.engine.progress import Progress, in_tenths
from pipelines.lock import warehouse_lock
from pipelines.settings import Settings

DEFAULT_WAIT_SECONDS = 6 * 3600.0


class Workspace(dg.ConfigurableResource["Workspace"]):
    """Folders and limits of the warehouse; what is left out comes from `TRIALHOUSE_*` variables, then from defaults."""

    raw: str | None = None
    warehouse: str | None = None
    workers: int | None = None
    full: bool = False
    accept_drift: bool = False
    """Publish although the tables differ much from those of the last refreshes: the raw folder was changed on purpose."""
    wait_seconds: float = DEFAULT_WAIT_SECONDS

    _say: Callable[[str], object] | None = PrivateAttr(default=None)
    _progress: Progress | None = PrivateAttr(default=None)
    _executor: Executor | None = PrivateAttr(default=None)

    @property
    def settings(self) -> Settings:
        return settings_module.load(raw=self.raw, warehouse=self.warehouse, workers=self.workers)

    @property
    def executor(self) -> Executor:
        if self._executor is None:
            raise RuntimeError("the workspace is used outside of a run")
        return self._executor

    @property
    def progress(self) -> Progress:
        """Where long steps tell how far they are: the run's log, unless `reporting` says otherwise."""
        return self._progress or in_tenths(dg.get_dagster_logger().info)

    def report(self, what: str) -> None:
        """Say what is being done, where somebody listens."""
        if self._progress:
            self._progress(what, 0, 0)

    def reporting(self, say: Callable[[str], object], progress: Progress) -> dg.ResourceDefinition:
        """This workspace as a resource that tells `say` and `progress` instead of the run's log.

        Given as it is, Dagster would make a new one of its public fields, without those two.
        """
        self._say, self._progress = say, progress
        return dg.ResourceDefinition(self.yield_for_execution)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Generator["Workspace"]:
        """Hold the warehouse and a pool of processes while the run lasts."""
        settings = self.settings
        say = self._say or (context.log.info if context.log else print)
        with (
            warehouse_lock(
                settings,
                holder=f"run {context.run.run_id}" if context.run else "a process without a run",
                wait_seconds=self.wait_seconds,
                on_wait=lambda holder: say(f"waiting for {holder}, which holds the warehouse"),
            ),
            executor(settings.workers) as processes,
        ):
            self._executor = processes
            try:
                yield self
            finally:
                self._executor = None
