"""Stages that work on each batch of records by itself, whatever the others hold.

What a stage makes of a batch is its own business; comparing what it made belongs to those who ask for it.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from pipelines.engine.executor import Executor
from pipelines.engine.progress import Progress, with_progress
from pipelines.engine.state import remove_unused


class BatchTask(Protocol):
    """Work on one batch; its result is a folder of this name."""

    key: str


Task = TypeVar("Task", bound=BatchTask)


def over_batches(
    executor: Executor,
    tasks: Sequence[Task],
    *,
    run: Callable[[Task], Path],
    finished: Callable[[Task], Path | None],
    folder: Path,
    doing: str,
    progress: Progress | None,
) -> list[Path]:
    """The results of all tasks below `folder`, in their order. What was done before is taken as it is, what no task asks for is removed."""
    todo = [task for task in tasks if finished(task) is None]
    for _ in with_progress(executor.run(run, todo), doing, len(todo), progress):
        pass
    remove_unused(folder, {task.key for task in tasks})
    return [folder / task.key for task in tasks]
