"""Saying how far a long step is. Who listens, and how it looks there, is the business of the callers."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

Progress = Callable[[str, int, int], None]
"""Called with (what, done, total)."""


def in_tenths(say: Callable[[str], object]) -> Progress:
    """A progress that says a line whenever another tenth is done."""
    said: dict[str, int] = {}

    def tell(what: str, done: int, total: int) -> None:
        if total and said.get(what) != (tenth := done * 10 // total):
            said[what] = tenth
            say(f"{what}: {done:,} of {total:,}")

    return tell


def with_progress(results: Iterable[T], what: str, total: int, progress: Progress | None) -> Iterator[T]:
    """Pass results on and tell `progress` of each."""
    if progress:
        progress(what, 0, total)
    for done, result in enumerate(results, start=1):
        if progress:
            progress(what, done, total)
        yield result
