"""One lock per warehouse: command line, UI, sensor and schedule take the same one, so that two refreshes never write at once."""

import json
import os
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime

from filelock import FileLock, Timeout

from pipelines.settings import Settings


class WarehouseBusyError(Exception):
    """Another refresh holds the warehouse."""


@contextmanager
def warehouse_lock(
    settings: Settings, *, holder: str, wait_seconds: float, on_wait: Callable[[str], object] | None = None
) -> Generator[None]:
    """Hold the warehouse. `holder` says who, for those who wait; `on_wait` is called once with who holds it, when somebody does.

    Waits at most `wait_seconds`, then raises `WarehouseBusyError` with the name of the holder. The operating system frees the lock when
    its holder dies, however it dies.
    """
    settings.warehouse.mkdir(parents=True, exist_ok=True)
    about = settings.lock.with_suffix(".json")
    lock = FileLock(settings.lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        if on_wait:
            on_wait(_holder(settings))
        _wait(lock, settings, wait_seconds)
    try:
        since = datetime.now(UTC).isoformat(timespec="seconds")
        about.write_text(json.dumps({"holder": holder, "pid": os.getpid(), "host": socket.gethostname(), "since": since}))
        yield
    finally:
        about.unlink(missing_ok=True)
        lock.release()


def _wait(lock: FileLock, settings: Settings, seconds: float) -> None:
    try:
        lock.acquire(timeout=seconds)
    except Timeout:
        raise WarehouseBusyError(f"{settings.warehouse} is held by {_holder(settings)}; waited {seconds:g} s") from None


def _holder(settings: Settings) -> str:
    try:
        found = json.loads(settings.lock.with_suffix(".json").read_text())
        return f"{found['holder']} (process {found['pid']} on {found['host']}, since {found['since']})"
    except (OSError, ValueError, KeyError):
        return "another process"
