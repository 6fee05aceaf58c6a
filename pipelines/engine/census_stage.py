"""The census: what the raw files themselves hold, counted beside the read stage and without its readers.

A task is a run of small files, a run of members of an archive, or one large file, named by the digest of its content and the code; its
result says of each file how many records and characters it has, and of each record which values. A large file is one task: it is read
record by record, in bounded memory. How a file is counted is `pipelines.quality.census`; comparing with the tables,
`pipelines.quality.reconciliation`.
"""

import itertools
import mmap
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.engine.read_plan import LARGE_BYTES, TARGET_BYTES, runs_of_small_files
from pipelines.engine.read_stage import document_id
from pipelines.engine.scan import RawFile
from pipelines.engine.state import code_digest, digest, written_once
from pipelines.quality.census.counting import FIELD_NAMES, Census, census
from pipelines.quality.census.values import fingerprint, hashed
from pipelines.sources import containers

FILES = "files.parquet"
RECORDS = "records.parquet"
VALUES = "values.parquet"
_FILES = (FILES, RECORDS, VALUES)

_NAMES = pa.dictionary(pa.int32(), pa.string())
FILE_SCHEMA = pa.schema(
    [
        ("source_path", pa.string()),
        ("source_format", pa.string()),
        ("part_of_set", pa.bool_()),
        ("is_blank", pa.bool_()),
        ("n_records", pa.int64()),
        ("n_chars", pa.int64()),
        ("problem", pa.string()),
    ]
)
"""One row per file and member of an archive. `source_format` is NULL where there are no labels, `n_chars` where it is not all UTF-8;
`problem` says why a plain parser could not go on.
"""
RECORD_SCHEMA = pa.schema(
    [("record", pa.string()), ("source_path", pa.string()), ("record_index", pa.int64()), ("source_format", _NAMES), ("shape", _NAMES)]
)
"""One row per record of a format with labels. `record` is its `document_id`, or folder and number where a set of tables knows it so."""
VALUE_SCHEMA = pa.schema(
    [
        ("record", pa.string()),
        ("field", _NAMES),
        ("n", pa.int64()),
        ("left_out", pa.int64()),
        ("fingerprint", pa.uint64()),
        ("hashes", pa.list_(pa.uint64())),
    ]
)
"""What a record says of a field; several rows where several tables of a set do. `left_out` values are of no kind that can be compared."""
_ROWS_AT_ONCE = 20_000
_JATS = re.compile(rb"<(?:pmc-articleset|article)[\s>]")


class CensusTask(msgspec.Struct):
    """Work for one process; its result is the folder `key` below `folder`."""

    key: str
    folder: str
    files: list[RawFile]
    members: tuple[int, int] | None = None
    """First and last number of the members of an archive."""


def plan(files: Iterable[RawFile], *, folder: Path) -> list[CensusTask]:
    """Tasks for all files that could be opened."""
    tasks: list[CensusTask] = []
    small: list[RawFile] = []
    for file in files:
        if file.error:
            continue
        if file.container == "zip":
            tasks += _archive(file, folder)
        elif file.container is not None or file.bytes >= LARGE_BYTES:
            tasks.append(_task(folder, [file]))
        else:
            small.append(file)
    tasks += [_task(folder, run) for run in runs_of_small_files(small)]
    # An empty folder is counted, too.
    return tasks or [_task(folder, [])]


def _task(folder: Path, files: list[RawFile], members: tuple[int, int] | None = None) -> CensusTask:
    named = [f"{file.source_path}\n{file.sha256}" for file in files]
    return CensusTask(digest(("census", code_digest(), str(members), *named)), str(folder), files, members)


def _archive(file: RawFile, folder: Path) -> Iterator[CensusTask]:
    """Runs of members by their unpacked size. The directory is that of `zipfile`, which knows nothing of what the readers refuse."""
    try:
        with zipfile.ZipFile(Path(file.path)) as archive:
            sizes = [info.file_size for info in archive.infolist()]
    except (OSError, zipfile.BadZipFile):
        yield _task(folder, [file])
        return
    first = size = 0
    for number, n_bytes in enumerate(sizes):
        size += n_bytes
        if size >= 2 * TARGET_BYTES or number == len(sizes) - 1:
            yield _task(folder, [file], (first, number))
            first, size = number + 1, 0


def finished(work: CensusTask) -> Path | None:
    """The result of a task whose work was done before."""
    folder = Path(work.folder) / work.key
    return folder if all((folder / name).is_file() for name in _FILES) else None


def run(work: CensusTask) -> Path:
    """Count everything that the task names."""
    target = Path(work.folder) / work.key
    with written_once(target) as partial:
        files: list[dict[str, object]] = []
        with _Writer(partial / RECORDS, RECORD_SCHEMA) as records, _Writer(partial / VALUES, VALUE_SCHEMA) as values:
            for file in work.files:
                for source_path, data in _contents(file, work.members):
                    files.append(_file(source_path, data, records, values))
        pq.write_table(pa.Table.from_pylist(files, FILE_SCHEMA), partial / FILES)
    return target


class _Writer:
    """A Parquet file, a batch of rows at a time."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._schema = schema
        self._writer = pq.ParquetWriter(path, schema, compression="zstd", compression_level=1)
        self._rows: list[tuple[object, ...]] = []

    def __enter__(self) -> "_Writer":
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()
        self._writer.close()

    def add(self, *row: object) -> None:
        self._rows.append(row)
        if len(self._rows) >= _ROWS_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        columns = zip(*self._rows, strict=True) if self._rows else ([] for _ in self._schema)
        arrays = [pa.array(column, field.type) for column, field in zip(columns, self._schema, strict=True)]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
        self._rows = []


def _contents(file: RawFile, members: tuple[int, int] | None) -> Iterator[tuple[str, bytes | mmap.mmap | None]]:
    """Name and bytes of a file, or of what it holds; None for bytes that cannot be had."""
    path = Path(file.path)
    if members is not None:
        yield from _members(file.source_path, path, members)
    elif file.container == "zip":
        yield file.source_path, None  # its directory cannot be read
    elif file.container is not None:
        yield from _unpacked(file.source_path, path)
    elif file.bytes >= LARGE_BYTES:
        yield from _mapped(file.source_path, path)
    else:
        try:
            yield file.source_path, path.read_bytes()
        except OSError:
            yield file.source_path, None


def _members(source_path: str, path: Path, members: tuple[int, int]) -> Iterator[tuple[str, bytes | mmap.mmap | None]]:
    with zipfile.ZipFile(path) as archive:
        for info in itertools.islice(archive.infolist(), members[0], members[1] + 1):
            name = f"{source_path}!/{info.filename}"
            if info.is_dir():
                continue
            try:
                if _is_bomb(info):
                    yield name, None
                elif info.file_size >= LARGE_BYTES:
                    with archive.open(info) as stream, tempfile.NamedTemporaryFile() as unpacked:
                        shutil.copyfileobj(stream, unpacked, 2**20)
                        unpacked.flush()
                        yield from _leaf(name, Path(unpacked.name))
                else:
                    yield from _leaves(name, archive.read(info))
            except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, ValueError):
                yield name, None


def _is_bomb(info: zipfile.ZipInfo) -> bool:
    """By what the directory declares; more than that `zipfile` does not unpack."""
    limits = containers.DEFAULT_LIMITS
    return info.file_size > limits.max_member_bytes or info.file_size > max(limits.ratio_floor_bytes, info.compress_size * limits.max_ratio)


def _leaves(name: str, data: bytes) -> Iterator[tuple[str, bytes | None]]:
    """What a member holds: a member may be packed itself."""
    for leaf in containers.leaves(name, data):
        yield leaf.name, leaf.data if isinstance(leaf, containers.Leaf) else None


def _unpacked(source_path: str, path: Path) -> Iterator[tuple[str, bytes | mmap.mmap | None]]:
    with tempfile.NamedTemporaryFile() as unpacked:
        try:
            with containers.open_stream(path) as stream:
                shutil.copyfileobj(stream, unpacked, 2**20)
        except (containers.ContainerError, OSError):
            yield source_path, None
            return
        unpacked.flush()
        yield from _leaf(source_path, Path(unpacked.name))


def _leaf(name: str, path: Path) -> Iterator[tuple[str, bytes | mmap.mmap | None]]:
    """An unpacked file, which may be an archive again."""
    with path.open("rb") as stream:
        container = containers.kind(stream.read(4))
    if container == "zip":
        with zipfile.ZipFile(path) as archive:
            n_members = len(archive.infolist())
        yield from _members(name, path, (0, n_members - 1))
    elif container is not None:
        yield name, None
    else:
        yield from _mapped(name, path)


def _mapped(name: str, path: Path) -> Iterator[tuple[str, bytes | mmap.mmap]]:
    with path.open("rb") as stream:
        if path.stat().st_size < LARGE_BYTES:
            yield name, stream.read()
            return
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield name, data


def _file(source_path: str, data: bytes | mmap.mmap | None, records: _Writer, values: _Writer) -> dict[str, object]:
    """Count a file into the two tables; returns its row of `FILE_SCHEMA`."""
    row: dict[str, object] = {"source_path": source_path, "n_records": 0, "part_of_set": False, "is_blank": False}
    if data is None:
        return row | {"problem": "its bytes cannot be had"}
    if not data[: 2**20].strip():
        return row | {"is_blank": not data[:].strip(), "n_chars": len(data)}
    counted = census(data, source_path)
    if counted.mapping is None:
        return row | {"n_chars": _n_chars(data)}
    row |= {"source_format": counted.mapping.format, "part_of_set": counted.mapping.part_of_set}
    try:
        row["n_records"] = _count(source_path, counted, records, values)
    except (ValueError, RecursionError) as error:
        row["problem"] = f"{type(error).__name__}: {error}"[:300]
    return row


def _count(source_path: str, counted: Census, records: _Writer, values: _Writer) -> int:
    mapping = counted.mapping
    if mapping is None:
        return 0
    place = source_path.rpartition("/")[0]
    n_records = 0
    for one in counted.records:
        identity = f"{place}/{one.key}" if one.key is not None else document_id(source_path, one.number)
        if not mapping.part_of_set:
            n_records += 1
            records.add(identity, source_path, one.number, mapping.format, mapping.of_set or mapping.name)
        for field, found in one.found.items():
            hashes = [hashed(value) for value in found.values]
            values.add(identity, FIELD_NAMES[field], len(hashes), found.left_out, fingerprint(hashes), hashes)
    return n_records


def _n_chars(data: bytes | mmap.mmap) -> int | None:
    """Characters of a text in UTF-8, without its byte order mark. A full text in XML is kept as its words, without the markup."""
    if len(data) >= LARGE_BYTES or _JATS.search(data[:4096]):
        return None
    try:
        return len(bytes(data).decode("utf-8-sig"))
    except UnicodeDecodeError:
        return None
