r"""What lies in the raw folder: every file with its size, digest and container.

A file whose size, times and inode are as at the last scan keeps its digest and is not opened. Names are not looked at, but for hidden
files (".DS_Store", ".gitkeep"), which are no documents. What a file holds is found out by the read stage.

A source path is text, and no two files have the same: what is not UTF-8 in a name is written out as `\xe9`, and so is the `!` at the
end of a folder's name, because `!/` stands before a member of an archive.
"""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from pipelines.engine.state import digest
from pipelines.sources import containers
from pipelines.sources.records import SNIFF_BYTES


class RawFile(msgspec.Struct, kw_only=True):
    """One file, or a folder that cannot be listed. `error` says why it cannot be read; `stamp` is what tells whether it changed since
    the last scan. `location` is the path as the operating system has it, which need not be text.
    """

    source_path: str
    location: bytes
    bytes: int
    modified_ns: int
    stamp: tuple[int, int, int, int]
    sha256: str | None = None
    container: str | None = None
    error: str | None = None

    @property
    def path(self) -> str:
        """The path to open."""
        return os.fsdecode(self.location)


_decoder = msgspec.msgpack.Decoder(dict[str, RawFile])


def scan(raw: Path, *, memory: Path, trust_stamps: bool = True, open_files: bool = True) -> list[RawFile]:
    """Every file below `raw`, by path. `memory` keeps digests between scans; damaged memory is as good as none.

    Without `open_files` nothing is read or remembered: a file that is not as at the last scan has neither digest nor error.
    """
    known: dict[str, RawFile] = {}
    if trust_stamps and memory.is_file():
        try:
            known = _decoder.decode(memory.read_bytes())
        except msgspec.MsgspecError:
            known = {}
    files = sorted(_files(raw, known, open_files=open_files), key=lambda file: file.source_path)
    found = {file.source_path: file for file in files}
    if open_files and found != known:
        memory.parent.mkdir(parents=True, exist_ok=True)
        # Whoever asks whether there is anything to do scans without the lock, perhaps at the same moment.
        partial = memory.with_suffix(f".{os.getpid()}.partial")
        partial.write_bytes(msgspec.msgpack.encode(found))
        partial.replace(memory)
    return files


def fingerprint(files: Iterable[RawFile], *, decisions: Iterable[Path] = ()) -> str:
    """Digest of the folder's contents: paths and bytes, not times; and of what people have decided, where there are such files."""
    parts = [f"{file.source_path}\n{file.sha256 or file.error}" for file in files]
    parts += [f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}" for file in decisions if file.is_file()]
    return digest(parts)


def _files(raw: Path, known: dict[str, RawFile], *, open_files: bool) -> Iterator[RawFile]:
    folders = [(str(raw), "")]
    while folders:
        folder, prefix = folders.pop()
        try:
            with os.scandir(folder) as entries:
                found = [entry for entry in entries if not entry.name.startswith(".")]
        except OSError as error:
            if not prefix:
                raise
            yield _unreadable(folder, prefix.removesuffix("/"), f"the folder cannot be listed: {error.strerror}")
            continue
        for entry in found:
            name = _printable(entry.name)
            if entry.is_dir(follow_symlinks=False):
                folders.append((entry.path, prefix + f"{name}/".replace("!/", r"\x21/")))
            else:
                yield _file(entry, prefix + name, known, open_files=open_files)


def _file(entry: os.DirEntry[str], source_path: str, known: dict[str, RawFile], *, open_files: bool) -> RawFile:
    try:
        status = entry.stat()
    except OSError as error:
        return _unreadable(entry.path, source_path, str(error.strerror))
    stamp = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
    location = os.fsencode(entry.path)
    before = known.get(source_path)
    if before is not None and before.stamp == stamp and before.location == location and (before.error is None or not open_files):
        return before
    file = RawFile(source_path=source_path, location=location, bytes=status.st_size, modified_ns=status.st_mtime_ns, stamp=stamp)
    if not stat.S_ISREG(status.st_mode):
        file.error = "not a regular file"
        return file
    if not open_files:
        return file
    try:
        with Path(entry.path).open("rb") as content:
            head = content.read(SNIFF_BYTES)
            content.seek(0)
            file.sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        file.container = containers.kind(head)
    except OSError as error:
        file.error = error.strerror or type(error).__name__
    return file


def _unreadable(path: str, source_path: str, error: str) -> RawFile:
    return RawFile(source_path=source_path, location=os.fsencode(path), bytes=0, modified_ns=0, stamp=(0, 0, 0, 0), error=error)


def _printable(name: str) -> str:
    r"""A file name as text: bytes that are not UTF-8 are written out, and a `\x` that is in the name as `\x5cx`."""
    return os.fsencode(name).replace(rb"\x", rb"\x5cx").decode("utf-8", "backslashreplace")


def at_rest_signature(raw: Path) -> tuple[str, float]:
    """A digest of paths, sizes and times of all files, and the time of the latest change (seconds since 1970; 0 for no file).

    Two equal signatures some time apart mean that nothing is being written; no file is opened.
    """
    try:
        files = sorted(_files(raw, {}, open_files=False), key=lambda file: file.source_path)
    except OSError:  # a folder that cannot be listed has nothing in it yet
        files = []
    newest = max((file.modified_ns for file in files), default=0) / 1e9
    return digest(f"{file.source_path}\n{file.bytes}\n{file.modified_ns}" for file in files), newest
