"""Where batches run: in this process, or in a pool of processes on this machine.

An executor is one function, `run(function, tasks)`, that yields results in the order of the tasks. Functions and tasks must be
importable and picklable. What the work is does not belong here.
"""

import multiprocessing
import os
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Protocol, TypeVar

TaskT = TypeVar("TaskT")
ResultT = TypeVar("ResultT")


class Executor(Protocol):
    """Runs a pure function over tasks."""

    def run(self, function: Callable[[TaskT], ResultT], tasks: Sequence[TaskT]) -> Iterator[ResultT]: ...

    def rest(self) -> None:
        """Give back what the executor holds; the next work starts it anew."""
        ...


class Inline:
    """One task after another, in this process."""

    def run(self, function: Callable[[TaskT], ResultT], tasks: Sequence[TaskT]) -> Iterator[ResultT]:
        return map(function, tasks)

    def rest(self) -> None:
        pass


class Processes:
    """A pool of spawned processes, started when the first work arrives.

    Spawned, never forked: a forked child of a process in which polars or DuckDB has threads can hang.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def run(self, function: Callable[[TaskT], ResultT], tasks: Sequence[TaskT]) -> Iterator[ResultT]:
        if len(tasks) < 2:
            return map(function, tasks)
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._workers, mp_context=context, initializer=_end_with_parent)
        return self._pool.map(function, tasks)

    def rest(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None


def _end_with_parent() -> None:
    """Let a process of the pool end when the refresh is killed: it would wait for its next task for ever."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


@contextmanager
def executor(workers: int) -> Generator[Executor]:
    """`Inline` for one worker, else a pool that is closed at the end."""
    if workers == 1:
        yield Inline()
        return
    pool = Processes(workers)
    try:
        yield pool
    finally:
        pool.rest()
