"""How the raw folder is cut into reading tasks of bounded size, each named by what its result depends on.

Small files are read together, members of an archive in runs, large files in runs of whole records. A compressed file, and a large
member of an archive, is first unpacked beside the state, so that a large export in an archive costs no more memory than a plain one.
The tables of an AACT download are one source, read in buckets of studies.
"""

import contextlib
import itertools
import mmap
import os
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import msgspec

from pipelines.engine.scan import RawFile
from pipelines.engine.state import code_digest, digest
from pipelines.sources import aact, article, chictr, containers, ctgov_csv, ctgov_json, ctis, euctr, ictrp, isrctn
from pipelines.sources.readers import identify
from pipelines.sources.records import MAX_RECORD_BYTES, SNIFF_BYTES, Reason, Reject, Slice

TARGET_BYTES = 8 * 2**20
"""How much raw content one task reads: large enough to make its start-up cheap, small enough to bound memory."""
LARGE_BYTES = 32 * 2**20
"""From this size on a file is read in slices."""
_MOST_BUCKETS = 400
"""Buckets of an AACT set; each is an open file while the set is split."""

_SLICERS = {reader.FORMAT: reader.slices for reader in (ctgov_json, ctgov_csv, ictrp, ctis, euctr, isrctn, chictr, article)}


class Piece(msgspec.Struct, omit_defaults=True):
    """Part of a task: a whole file, some members of a zip, or a slice of a large file (in `source_format`).

    `path` is opened, `source_path` is named; for a slice of something unpacked the two differ.
    """

    source_path: str
    path: str
    members: list[containers.Member] | None = None
    slice: Slice | None = None
    source_format: str | None = None


class AactSet(msgspec.Struct):
    """One bucket of the studies in a set of AACT tables: table name → path, and the source path of the studies table."""

    source_path: str
    tables: dict[str, str]
    bucket: int
    n_buckets: int


class ReadTask(msgspec.Struct):
    """Work for one process; its result is the folder `key` below `folder`."""

    key: str
    folder: str
    pieces: list[Piece]
    aact_set: AactSet | None = None


class FileReject(msgspec.Struct):
    """Something that cannot be read and is no record of any task: a whole file or a member of an archive."""

    source_path: str
    reject: Reject


class ReadPlan(msgspec.Struct):
    """The tasks, what cannot be read at all, and the files that are read as part of another's set."""

    tasks: list[ReadTask]
    rejects: list[FileReject]
    joined: dict[str, str]
    """Source path of a joined table → its AACT table name."""


def plan(files: Iterable[RawFile], *, folder: Path, spool: Path) -> ReadPlan:
    """Cut `files` into tasks whose results are kept in `folder`; unpacked content goes to `spool`, emptied first."""
    shutil.rmtree(spool, ignore_errors=True)
    plain: list[RawFile] = []
    rejects: list[FileReject] = []
    tasks: list[ReadTask] = []
    for file in files:
        if file.error:
            rejects.append(_rejected(file.source_path, Reason.UNREADABLE_FILE, file.error))
        elif file.container == "zip":
            tasks.extend(_archive(file, folder, spool, rejects))
        elif file.container is not None:
            tasks.extend(_compressed(file, folder, spool, rejects))
        elif file.bytes:
            plain.append(file)
    joined, sets = _aact_sets(plain, folder, spool)
    tasks.extend(sets)
    small: list[RawFile] = []
    for file in plain:
        if file.source_path in joined:
            continue
        if file.bytes >= LARGE_BYTES:
            tasks.extend(_large(file.source_path, Path(file.path), file.sha256 or "", folder, rejects))
        else:
            small.append(file)
    tasks.extend(_group(run, folder) for run in runs_of_small_files(small))
    main_tables = {task.aact_set.source_path for task in sets if task.aact_set}
    return ReadPlan(tasks, rejects, {path: table for path, table in joined.items() if path not in main_tables})


def _rejected(source_path: str, reason: Reason, detail: str) -> FileReject:
    return FileReject(source_path, Reject(index=-1, format=None, reason=reason, detail=detail, stage="read"))


def _task(folder: Path, identity: Iterable[str], pieces: list[Piece], aact_set: AactSet | None = None) -> ReadTask:
    return ReadTask(digest(("read", code_digest(), *identity)), str(folder), pieces, aact_set)


def runs_of_small_files(files: list[RawFile]) -> Iterator[list[RawFile]]:
    """Runs of small files. A run ends after a file whose path's digest says so, so that a file more or less changes one run only."""
    run: list[RawFile] = []
    size = 0
    for file in files:
        run.append(file)
        size += file.bytes
        if size >= TARGET_BYTES or int(digest([file.source_path])[:2], 16) == 0:
            yield run
            run, size = [], 0
    if run:
        yield run


def _group(files: list[RawFile], folder: Path) -> ReadTask:
    identity = [f"{file.source_path}\n{file.sha256}" for file in files]
    return _task(folder, identity, [Piece(file.source_path, file.path) for file in files])


def _large(source_path: str, path: Path, content: str, folder: Path, rejects: list[FileReject]) -> Iterator[ReadTask]:
    """Slices of a large file. What cannot be cut into pieces of at most the size of one record is rejected, unread."""
    try:
        source_format, parts = _cut(path)
    except (OSError, ValueError) as error:
        # It was there when the folder was scanned; an empty file (ValueError) cannot be mapped.
        rejects.append(_rejected(source_path, Reason.UNREADABLE_FILE, str(error)))
        return
    if source_format is None:
        rejects.append(_rejected(source_path, Reason.UNKNOWN_FORMAT, "no reader knows what this file begins with"))
        return
    for part in parts:
        size = part.end - part.start
        if size > MAX_RECORD_BYTES:
            detail = f"{size:,} bytes from byte {part.start:,} that cannot be cut into {source_format} records"
            rejects.append(_rejected(source_path, Reason.TOO_LARGE, detail))
        else:
            piece = Piece(source_path, str(path), slice=part, source_format=source_format)
            yield _task(folder, (source_path, content, f"{part.start}-{part.end}"), [piece])


def _cut(path: Path) -> tuple[str | None, list[Slice]]:
    """Format and slices of a large file; None for a format that no reader knows."""
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        reader = identify(data[:SNIFF_BYTES])
        if reader is None:
            return None, []
        slicer = _SLICERS.get(reader.FORMAT)
        # A reader's slicer reads a memory map like bytes.
        found = slicer(data, target_bytes=TARGET_BYTES) if slicer else None  # type: ignore[arg-type]
        return reader.FORMAT, found or [Slice(0, len(data), 0)]


def _compressed(file: RawFile, folder: Path, spool: Path, rejects: list[FileReject]) -> Iterator[ReadTask]:
    """A gzip or zstd file, unpacked; what it holds may be a container again."""
    path = spool / (file.sha256 or "")
    spool.mkdir(parents=True, exist_ok=True)
    try:
        with containers.open_stream(Path(file.path)) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target, 2**20)
    except containers.ContainerError as error:
        path.unlink(missing_ok=True)
        rejects.append(_rejected(file.source_path, error.reason, error.detail))
        return
    except OSError as error:
        rejects.append(_rejected(file.source_path, Reason.UNREADABLE_FILE, str(error)))
        return
    yield from _unpacked(file.source_path, path, file.sha256 or "", folder, spool, rejects)


def _unpacked(source_path: str, path: Path, content: str, folder: Path, spool: Path, rejects: list[FileReject]) -> Iterator[ReadTask]:
    size = path.stat().st_size
    with path.open("rb") as stream:
        container = containers.kind(stream.read(4))
    if container == "zip":
        inner = RawFile(source_path=source_path, location=os.fsencode(path), bytes=size, modified_ns=0, stamp=(0, 0, 0, 0), sha256=content)
        yield from _archive(inner, folder, spool, rejects)
    elif container is not None:
        rejects.append(_rejected(source_path, Reason.TOO_DEEP, f"a {container} file in a compressed file"))
    elif size >= LARGE_BYTES:
        yield from _large(source_path, path, content, folder, rejects)
    elif size:
        yield _task(folder, (source_path, content, "unpacked"), [Piece(source_path, str(path))])


def _archive(file: RawFile, folder: Path, spool: Path, rejects: list[FileReject]) -> Iterator[ReadTask]:
    """Runs of members, by their sizes."""
    try:
        members, refused = containers.list_members(Path(file.path))
    except containers.ContainerError as error:
        rejects.append(_rejected(file.source_path, error.reason, error.detail))
        return
    rejects.extend(_rejected(f"{file.source_path}!/{one.name}", one.reason, one.detail) for one in refused)
    tables = _aact_members(file, members, spool) if len(members) <= 200 else {}
    if "studies" in tables:
        main_table, paths = tables["studies"][0], {table: path for table, (_, path) in tables.items()}
        yield from _aact_set(f"{file.source_path}!/{main_table}", paths, file.sha256 or "", folder, spool)
        inside = {name for name, _ in tables.values()}
        members = [member for member in members if member.name not in inside]
    run: list[containers.Member] = []
    size = 0
    for member in members:
        if member.declared_bytes >= LARGE_BYTES:
            yield from _large_member(file, member, folder, spool, rejects)
            continue
        run.append(member)
        size += member.declared_bytes
        if size >= TARGET_BYTES or len(run) >= 2_000:
            yield _members_task(file, run, folder)
            run, size = [], 0
    if run:
        yield _members_task(file, run, folder)


def _members_task(file: RawFile, members: list[containers.Member], folder: Path) -> ReadTask:
    where = f"{members[0].index}-{members[-1].index}-{len(members)}"
    return _task(folder, (file.source_path, file.sha256 or "", where), [Piece(file.source_path, file.path, members=members)])


def _large_member(file: RawFile, member: containers.Member, folder: Path, spool: Path, rejects: list[FileReject]) -> Iterator[ReadTask]:
    source_path = f"{file.source_path}!/{member.name}"
    content = digest([file.sha256 or "", str(member.index)])
    path = spool / content
    try:
        _extract(file, member, path)
    except containers.ContainerError as error:
        rejects.append(_rejected(source_path, error.reason, error.detail))
        return
    yield from _unpacked(source_path, path, content, folder, spool, rejects)


def _extract(file: RawFile, member: containers.Member, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with containers.open_archive(Path(file.path)) as archive, path.open("wb") as target:
        for chunk in containers.member_chunks(archive, member):
            target.write(chunk)


def _aact_sets(files: list[RawFile], folder: Path, spool: Path) -> tuple[dict[str, str], list[ReadTask]]:
    """Source path → table ("" for one that is not read) of every file of a set: the pipe tables of one folder that has a studies table."""
    by_folder: dict[str, dict[str, RawFile]] = defaultdict(dict)
    unread: dict[str, list[RawFile]] = defaultdict(list)
    for file in files:
        header = _header(file)
        if "|" not in header:
            continue
        place = str(PurePosixPath(file.source_path).parent)
        # Some tables have the same header (conditions and keywords): between those, the file's name tells.
        table = aact.table_of(header.encode(), name=PurePosixPath(file.source_path).name)
        if table and table not in by_folder[place]:
            by_folder[place][table] = file
        elif "nct_id" in header.lower().split("|"):
            unread[place].append(file)
    joined: dict[str, str] = {}
    tasks: list[ReadTask] = []
    for place, tables in by_folder.items():
        if "studies" not in tables:
            continue
        content = digest(itertools.chain.from_iterable((t, f.sha256 or "") for t, f in sorted(tables.items())))
        joined.update({file.source_path: table for table, file in tables.items()})
        joined.update({file.source_path: "" for file in unread[place]})
        paths = {table: file.path for table, file in tables.items()}
        tasks.extend(_aact_set(tables["studies"].source_path, paths, content, folder, spool))
    return joined, tasks


def _header(file: RawFile) -> str:
    try:
        with Path(file.path).open("rb") as stream:
            return stream.readline(SNIFF_BYTES).decode("utf-8", "replace").strip("\ufeff\r\n")
    except OSError:
        return ""  # gone since the scan, which is said where its content is read


def _aact_members(file: RawFile, members: list[containers.Member], spool: Path) -> dict[str, tuple[str, str]]:
    """Table → (member name, unpacked path) of the AACT tables in a zip; nothing is unpacked unless a studies table is there."""
    found: dict[str, containers.Member] = {}
    with containers.open_archive(Path(file.path)) as archive:
        for member in members:
            try:
                head = next(iter(containers.member_chunks(archive, member)), b"")[:SNIFF_BYTES]
            except containers.ContainerError:
                continue
            table = aact.table_of(head, name=member.name) if b"|" in head.partition(b"\n")[0] else None
            if table:
                found.setdefault(table, member)
    if "studies" not in found:
        return {}
    unpacked: dict[str, tuple[str, str]] = {}
    for table, member in found.items():
        path = spool / digest([file.sha256 or "", str(member.index)])
        # A damaged table is no part of the set; read like any other member it is rejected with its reason.
        with contextlib.suppress(containers.ContainerError):
            _extract(file, member, path)
            unpacked[table] = (member.name, str(path))
    return unpacked


def _aact_set(source_path: str, tables: dict[str, str], content: str, folder: Path, spool: Path) -> list[ReadTask]:
    """Tasks for the buckets of a set. A large set is first split by bucket, unless all of it was read before."""
    size = sum(Path(path).stat().st_size for path in tables.values())
    n_buckets = min(max(1, size // LARGE_BYTES), _MOST_BUCKETS)
    tasks: list[ReadTask] = []
    for bucket in range(n_buckets):
        split = {table: str(spool / content / str(bucket) / f"{table}.rows") for table in tables}
        part = AactSet(source_path, tables if n_buckets == 1 else split, bucket, n_buckets)
        tasks.append(_task(folder, (source_path, content, f"{bucket}/{n_buckets}"), [], part))
    if n_buckets > 1 and not all((folder / task.key).is_dir() for task in tasks):
        aact.split_set({table: Path(path) for table, path in tables.items()}, spool / content, n_buckets)
    return tasks
