"""Where batches run: in this process, or in a pool of processes on this machine.

An executor is one function, `run(function, tasks)`, that yields results in the order of the tasks. Functions and tasks must be
importable and picklable. What the work is does not belong here.
"""

import multiprocessing
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Protocol, TypeVar

TaskT = TypeVar("TaskT")
ResultT = TypeVar("ResultT")


class Executor(Protocol):
    """Runs a pure function over tasks."""

    def run(self, function: Callable[[TaskT], ResultT], tasks: Sequence[TaskT]) -> Iterator[ResultT]: ...


class Inline:
    """One task after another, in this process."""

    def run(self, function: Callable[[TaskT], ResultT], tasks: Sequence[TaskT]) -> Iterator[ResultT]:
        return map(function, tasks)


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
            self._pool = ProcessPoolExecutor(self._workers, mp_context=multiprocessing.get_context("spawn"))
        return self._pool.map(function, tasks)

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


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
        pool.close()
