"""Where batches run."""

import multiprocessing
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from pipelines.engine.executor import Inline, Processes, executor
from pipelines.settings import PROJECT


def square(number: int) -> int:
    """Something to compute in another process."""
    return number * number


def reciprocal(number: int) -> float:
    """Something that fails on 0."""
    return 1 / number


def process(_: int) -> int:
    """Where it ran."""
    return os.getpid()


def test_one_worker_needs_no_other_process() -> None:
    """Starting processes costs more than a small folder."""
    with executor(1) as inline:
        assert isinstance(inline, Inline)
        assert set(inline.run(process, range(3))) == {os.getpid()}


def test_a_pool_gives_results_in_the_order_of_the_tasks_and_raises_what_a_task_raised() -> None:
    """Rows are laid out in this order, so it decides what is published; a failed task is not passed over."""
    with executor(2) as pool:
        assert isinstance(pool, Processes)
        assert list(pool.run(square, range(20))) == [number * number for number in range(20)]
        assert os.getpid() not in set(pool.run(process, range(4)))
        with pytest.raises(ZeroDivisionError):
            list(pool.run(reciprocal, [1, 0, 2]))
        assert list(pool.run(reciprocal, [1, 2])) == [1, 0.5], "the pool goes on"


POOL = """
import sys, time
from pipelines.engine.executor import executor
from tests.unit.engine.test_executor import slowly
if __name__ == "__main__":
    with executor(2) as pool:
        for pid in pool.run(slowly, range(1000)):
            print(pid, flush=True)
"""


def slowly(_: int) -> int:
    """Where it ran, after a while."""
    time.sleep(0.05)
    return os.getpid()


def test_no_process_of_the_pool_outlives_a_killed_refresh(tmp_path: Path) -> None:
    """It would hold its memory for ever, and might write into the state of the next refresh."""
    script = tmp_path / "pool.py"
    script.write_text(POOL)
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, str(script)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as refresh:
        assert refresh.stdout is not None
        workers = {psutil.Process(int(refresh.stdout.readline())) for _ in range(8)}
        assert all(worker.is_running() for worker in workers)
        refresh.kill()
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


def test_a_single_task_is_not_worth_a_pool() -> None:
    """A refresh of one new file starts no process."""
    with executor(2) as pool:
        assert list(pool.run(process, [0])) == [os.getpid()]
        assert list(pool.run(process, [])) == []


def test_a_pool_at_rest_holds_no_processes_and_starts_again() -> None:
    """Checks and publication have the memory to themselves; one table may be materialised again afterwards."""
    with executor(2) as pool:
        before = set(pool.run(process, range(4)))
        pool.rest()
        assert not {child.pid for child in multiprocessing.active_children()} & before
        assert list(pool.run(square, [2, 3])) == [4, 9]
