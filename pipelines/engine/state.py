"""Work that is not done again: folders named by the digest of everything that their content depends on.

A folder exists whole or not at all. What is in a folder is the business of the stage that writes it.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from pipelines.settings import PROJECT
from pipelines.vocab.data_files import own_files

_PARTIAL = ".partial-"
_CODE = ("*.py", "*.tsv", "*.gz", "*.json", "*.toml", "*.txt")


@cache
def code_digest() -> str:
    """Digest of all that can change what is computed: the code and data files of `pipelines/`, and a user's own vocabularies."""
    digest = hashlib.sha256()
    package = PROJECT / "pipelines"
    files = sorted({path for pattern in _CODE for path in package.rglob(pattern)})
    for path in files:
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    for path in own_files():
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


@cache
def build_digest() -> str:
    """Digest of all that can change what is published: `code_digest`, and the rules that rows are screened by."""
    rules = sorted((PROJECT / "expectations").rglob("*.py"))
    return digest([code_digest(), *(f"{path.name}\n{path.read_text(encoding='utf-8')}" for path in rules)])[:16]


def digest(parts: Iterable[str]) -> str:
    """Name of a folder: digest of the parts that decide its content."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


@contextmanager
def written_once(folder: Path) -> Generator[Path]:
    """A temporary folder beside `folder` to write into; it becomes `folder`, in place of a damaged one, when the block ends without an
    error.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=folder.parent))
    try:
        yield temporary
        if folder.exists():
            _remove(folder)
        temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def remove_unused(parent: Path, used: set[str]) -> int:
    """Delete folders below `parent` that the last refresh did not use, and remains of killed ones; returns how many."""
    removed = 0
    if parent.is_dir():
        for folder in parent.iterdir():
            if folder.name not in used:
                _remove(folder)
                removed += 1
    return removed


def _remove(folder: Path) -> None:
    """Delete a folder. It loses its name first: one that is half deleted when the process is killed must not pass for whole."""
    doomed = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=folder.parent))
    folder.rename(doomed / folder.name)
    shutil.rmtree(doomed, ignore_errors=True)
