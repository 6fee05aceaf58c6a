"""Saying how far a long step is. Who listens, and how it looks there, is the business of the callers."""

from collections.abc import Callable

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
