"""Reading through `.gz`, `.zst` and `.zip`, decided by the first bytes, never by the name.

Belongs here: everything between a file on disk and the plain bytes inside it, and every limit that keeps a hostile or
damaged container from filling memory. Not here: what the plain bytes mean, and writing of any kind: nothing is ever
unpacked to disk.

Nothing is lost silently: what is not handed out is a `Rejected` (one member) or a `ContainerError` (the whole
container). Only folders and what macOS adds (`__MACOSX/`, `.DS_Store`) are passed over.
"""

import contextlib
import io
import itertools
import lzma
import re
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

import zstandard

from pipelines.sources.records import Reason

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Kind = Literal["gzip", "zstd", "zip"]

_GZIP_MAGIC = b"\x1f\x8b\x08"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_ZSTD_SKIPPABLE_MAGIC = b"\x2a\x4d\x18"
"""Bytes 2 to 4 of a skippable frame (RFC 8878, 3.1.2); the first is 0x50 to 0x5F."""
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_ZIP_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_DRIVE = re.compile("[A-Za-z]:")
_ENCRYPTED_FLAGS = 0x0001 | 0x0040 | 0x2000
_UTF8_NAME_FLAG = 0x0800
_LOCAL_HEADER_BYTES = 30

_CHUNK_BYTES = 2**20
_ZSTD_INPUT_BYTES = 1024
"""zstd turns 4 bytes into at most 128 KiB and has no output limit per call, so it is fed 1 KiB at a time: at most 32
MiB come back."""
_ZSTD_WINDOW_BYTES = 2**27
"""The window that the zstd command line accepts without `--long`; a frame may ask for gigabytes."""

_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    struct.error,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
)
"""What `zipfile` raises on damaged members: of these, RuntimeError for a password, OSError for broken bzip2 data,
ValueError for offsets outside the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far a container may expand. Sizes are in bytes.

    `max_ratio` (decompressed to compressed) holds from `ratio_floor_bytes` on: a small file of blanks is no bomb.
    Of 7,000 registry records in zips none compresses more than 34 times.
    """

    max_member_bytes: int = 4 * 2**30
    max_ratio: int = 200
    ratio_floor_bytes: int = 64 * 2**20
    max_depth: int = 2
    """Containers around a plain file: 2 allows a zip in a zip and a `.gz` in a zip."""
    max_members: int = 2_000_000
    """Members of one zip; ClinicalTrials.gov alone holds over 550,000 studies."""


DEFAULT_LIMITS = Limits()


class ContainerError(Exception):
    """A container, or one member of it, cannot be read."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Member:
    """A readable file in a zip, with what the zip's directory says of it. `index` is its place there, the only sure key:
    names may repeat.
    """

    name: str
    index: int
    compressed_bytes: int
    declared_bytes: int
    header_offset: int
    method: int
    crc: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """A member that is not read, and why."""

    name: str
    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class Leaf:
    """A plain file inside containers; `name` joins the names of zip and member with `!/` (a gzip or zstd stream adds
    nothing).
    """

    name: str
    data: bytes


def kind(head: bytes) -> Kind | None:
    """Which container begins with these bytes, if any; four bytes are enough."""
    if head.startswith(_GZIP_MAGIC):
        return "gzip"
    if head.startswith(_ZSTD_MAGIC) or (head[1:4] == _ZSTD_SKIPPABLE_MAGIC and 0x50 <= head[0] <= 0x5F):
        return "zstd"
    if head.startswith(_ZIP_MAGIC):
        return "zip"
    return None


def open_stream(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> BinaryIO:
    """The bytes of a plain, gzip or zstd file, decompressed as they are read.

    Several gzip members or zstd frames are one stream. Bytes after the last gzip member that are no gzip are left out,
    as gzip(1) does. Reading raises `ContainerError`: TRUNCATED (the file ends early), INVALID_ARCHIVE (damage),
    TOO_LARGE (a bomb). One layer is removed; whether the result is a container again is for the caller to see. A zip is
    refused with ValueError.
    """
    try:
        source = path.open("rb")
    except OSError as error:
        raise ContainerError(Reason.UNREADABLE_FILE, str(error)) from error
    try:
        found = kind(source.peek(4)[:4])
    except OSError as error:
        source.close()
        raise ContainerError(Reason.UNREADABLE_FILE, str(error)) from error
    match found:
        case None:
            return source
        case "zip":
            source.close()
            raise ValueError(f"{path} is a zip: use list_members and read_member")
        case "gzip" | "zstd":
            return io.BufferedReader(_DecompressedFile(source, found, limits), _CHUNK_BYTES)


def open_archive(source: Path | BinaryIO, *, limits: Limits = DEFAULT_LIMITS) -> zipfile.ZipFile:
    """Open a zip for `read_member`; ContainerError when its directory cannot be read or has too many members."""
    try:
        with source.open("rb") if isinstance(source, Path) else contextlib.nullcontext(source) as file:
            n_declared = _declared_members(file)
        if n_declared > limits.max_members:
            detail = f"the zip lists {n_declared:,} members, more than {limits.max_members:,}"
            raise ContainerError(Reason.TOO_LARGE, detail)
        archive = zipfile.ZipFile(source)
    except zipfile.BadZipFile as error:
        detail = f"{error}; the directory at the end of the zip is missing or damaged, as when the file is cut short"
        raise ContainerError(Reason.INVALID_ARCHIVE, detail) from error
    except (UnicodeDecodeError, struct.error, NotImplementedError, ValueError) as error:
        raise ContainerError(Reason.INVALID_ARCHIVE, f"the zip's directory is damaged: {error}") from error
    except OSError as error:
        raise ContainerError(Reason.UNREADABLE_FILE, str(error)) from error
    # The count at the end of the file is only a claim.
    if len(archive.infolist()) > limits.max_members:
        archive.close()
        raise ContainerError(Reason.TOO_LARGE, f"the zip has more than {limits.max_members:,} members")
    return archive


def list_members(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> tuple[list[Member], list[Rejected]]:
    """The files in a zip in the order of its directory, and those that will not be read.

    Of members with the same name the last one counts, as when unpacking; the earlier ones are rejected. ContainerError
    when the zip itself is damaged or expands beyond the limits as a whole.
    """
    with open_archive(path, limits=limits) as archive:
        return _members(archive, archive_bytes=path.stat().st_size, limits=limits)


def read_member(archive: zipfile.ZipFile, member: Member, *, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """The bytes of one member; see `member_chunks` for what it raises."""
    return b"".join(member_chunks(archive, member, limits=limits))


def read_members(
    path: Path, members: Iterable[Member], *, limits: Limits = DEFAULT_LIMITS
) -> Iterator[tuple[Member, bytes | ContainerError]]:
    """Each member with its bytes, or why it cannot be read; ContainerError when the zip itself cannot be opened.

    For members that fit into memory, from a zip that has not changed since it was listed. They are found by their
    offsets: the directory, which may list half a million, is read again only for rare ways of compression.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise ContainerError(Reason.UNREADABLE_FILE, str(error)) from error
    with file:
        for member in members:
            try:
                if member.method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    content = _read_at_offset(file, member)
                else:
                    with open_archive(path, limits=limits) as archive:
                        content = read_member(archive, member, limits=limits)
            except ContainerError as error:
                yield member, error
            else:
                yield member, content


def _read_at_offset(file: BinaryIO, member: Member) -> bytes:
    """The bytes of a stored or deflated member. Its size was held against the limits when it was listed, and no more
    than that comes out.
    """
    try:
        if not 0 <= member.header_offset <= file.seek(0, io.SEEK_END) - _LOCAL_HEADER_BYTES - member.compressed_bytes:
            raise ContainerError(Reason.INVALID_ARCHIVE, "its data lie beyond the end of the zip")
        file.seek(member.header_offset)
        header = file.read(_LOCAL_HEADER_BYTES)
        if not header.startswith(_ZIP_MAGIC[0]):
            raise ContainerError(Reason.INVALID_ARCHIVE, "no member begins where the directory says")
        name_bytes, extra_bytes = struct.unpack_from("<HH", header, 26)
        file.seek(name_bytes + extra_bytes, io.SEEK_CUR)
        content = file.read(member.compressed_bytes)
    except OSError as error:
        raise ContainerError(Reason.UNREADABLE_FILE, str(error)) from error
    if member.method == zipfile.ZIP_DEFLATED:
        try:
            # 0 would mean no limit.
            content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(content, max(1, member.declared_bytes))
        except zlib.error as error:
            raise ContainerError(Reason.INVALID_ARCHIVE, str(error)) from error
    if len(content) != member.declared_bytes:
        detail = f"{len(content):,} bytes came out where {member.declared_bytes:,} are declared"
        raise ContainerError(Reason.INVALID_ARCHIVE, detail)
    if zlib.crc32(content) != member.crc:
        raise ContainerError(Reason.INVALID_ARCHIVE, "the checksum is wrong")
    return content


def member_chunks(archive: zipfile.ZipFile, member: Member, *, limits: Limits = DEFAULT_LIMITS) -> Iterator[bytes]:
    """The bytes of one member in chunks, counted while they are decompressed: what the zip declares is not trusted.

    ContainerError INVALID_ARCHIVE for damage (also a wrong checksum or size), TOO_LARGE beyond the limits.
    """
    info = archive.infolist()[member.index]
    n_bytes = 0
    try:
        with archive.open(info) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                n_bytes += len(chunk)
                _check_expansion(n_bytes, info.compress_size, limits)
                yield chunk
    except _DAMAGE as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise ContainerError(Reason.UNREADABLE_FILE, str(error)) from error
        raise ContainerError(Reason.INVALID_ARCHIVE, str(error) or type(error).__name__) from error
    # zipfile stops at the end of the compressed data without a word when fewer bytes came than declared.
    if n_bytes != info.file_size:
        detail = f"{n_bytes:,} bytes came out where {info.file_size:,} are declared"
        raise ContainerError(Reason.INVALID_ARCHIVE, detail)


def leaves(name: str, data: bytes, *, depth: int = 1, limits: Limits = DEFAULT_LIMITS) -> Iterator[Leaf | Rejected]:
    """The plain files in the bytes of a member, opening containers in memory down to `limits.max_depth`.

    `depth` is the number of containers already around `data` (1 for a member of a zip, 0 for a file). A plain file is
    its own only leaf.
    """
    found = kind(data[:4])
    if found is None:
        yield Leaf(name, data)
        return
    if depth >= limits.max_depth:
        yield Rejected(name, Reason.TOO_DEEP, f"a {found} inside {depth} containers; {limits.max_depth} are opened")
        return
    try:
        if found == "zip":
            yield from _zip_leaves(name, data, depth=depth, limits=limits)
        else:
            plain = b"".join(_decompress(io.BytesIO(data), found, limits))
            yield from leaves(name, plain, depth=depth + 1, limits=limits)
    except ContainerError as error:
        yield Rejected(name, error.reason, error.detail)


def _zip_leaves(name: str, data: bytes, *, depth: int, limits: Limits) -> Iterator[Leaf | Rejected]:
    with open_archive(io.BytesIO(data), limits=limits) as archive:
        members, rejected = _members(archive, archive_bytes=len(data), limits=limits)
        for one in rejected:
            yield Rejected(f"{name}!/{one.name}", one.reason, one.detail)
        for member in members:
            inner = f"{name}!/{member.name}"
            try:
                content = read_member(archive, member, limits=limits)
            except ContainerError as error:
                yield Rejected(inner, error.reason, error.detail)
            else:
                yield from leaves(inner, content, depth=depth + 1, limits=limits)


class _DecompressedFile(io.RawIOBase):
    """A file-like view of the decompressed chunks of `source`, which it owns and closes."""

    def __init__(self, source: BinaryIO, found: Literal["gzip", "zstd"], limits: Limits) -> None:
        super().__init__()
        self._source = source
        self._chunks = _decompress(source, found, limits)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        if not self._rest:
            self._rest = memoryview(next(self._chunks, b""))
        target = memoryview(buffer)
        n_bytes = min(len(target), len(self._rest))
        target[:n_bytes] = self._rest[:n_bytes]
        self._rest = self._rest[n_bytes:]
        return n_bytes

    def close(self) -> None:
        self._source.close()
        super().close()


def _decompress(source: BinaryIO, found: Literal["gzip", "zstd"], limits: Limits) -> Iterator[bytes]:
    """The decompressed chunks of a gzip or zstd stream, none of them empty."""
    chunks = _gunzip(source) if found == "gzip" else _unzstd(source)
    n_out = 0
    for n_in, chunk in chunks:
        n_out += len(chunk)
        _check_expansion(n_out, n_in, limits)
        if chunk:
            yield chunk


def _check_expansion(n_out: int, n_in: int, limits: Limits) -> None:
    if n_out > limits.max_member_bytes:
        raise ContainerError(Reason.TOO_LARGE, f"it decompresses to more than {limits.max_member_bytes:,} bytes")
    if n_out > limits.ratio_floor_bytes and n_out > limits.max_ratio * n_in:
        detail = f"{n_in:,} bytes decompress to {n_out:,} or more, over {limits.max_ratio} times as many"
        raise ContainerError(Reason.TOO_LARGE, detail)


def _gunzip(source: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Pairs of compressed bytes taken so far and the next decompressed chunk."""
    n_in = 0
    pending = b""
    while True:
        # At a member's begin: at least its magic number, or what is there.
        while len(pending) < len(_GZIP_MAGIC) and (more := _read_some(source, _CHUNK_BYTES)):
            pending += more
            n_in += len(more)
        if not pending.startswith(_GZIP_MAGIC):
            return
        member = zlib.decompressobj(wbits=31)
        while not member.eof:
            if not pending:
                pending = _read_some(source, _CHUNK_BYTES)
                n_in += len(pending)
            try:
                # Also without input: zlib may still hold output that did not fit into the last chunk.
                chunk = member.decompress(pending, _CHUNK_BYTES)
            except zlib.error as error:
                raise ContainerError(Reason.INVALID_ARCHIVE, f"the gzip stream is damaged: {error}") from error
            if not (pending or chunk or member.eof):
                raise ContainerError(Reason.TRUNCATED, f"the gzip stream ends early, after {n_in:,} compressed bytes")
            pending = member.unused_data if member.eof else member.unconsumed_tail
            yield n_in, chunk


def _unzstd(source: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Pairs of compressed bytes taken so far and the next decompressed chunk."""
    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES)
    frame = decompressor.decompressobj()
    n_in = 0
    inside = False
    while pending := _read_some(source, _ZSTD_INPUT_BYTES):
        n_in += len(pending)
        while pending:
            try:
                chunk = frame.decompress(pending)
            except (zstandard.ZstdError, MemoryError) as error:
                raise ContainerError(Reason.INVALID_ARCHIVE, f"the zstd stream is damaged: {error}") from error
            inside = not frame.eof
            if inside:
                pending = b""
            else:
                pending = frame.unused_data
                frame = decompressor.decompressobj()
            yield n_in, chunk
    if inside:
        raise ContainerError(Reason.TRUNCATED, f"the zstd stream ends early, after {n_in:,} compressed bytes")


def _read_some(source: BinaryIO, n_bytes: int) -> bytes:
    try:
        return source.read(n_bytes)
    except OSError as error:
        raise ContainerError(Reason.UNREADABLE_FILE, str(error)) from error


def _members(archive: zipfile.ZipFile, *, archive_bytes: int, limits: Limits) -> tuple[list[Member], list[Rejected]]:
    infos = archive.infolist()
    names = [_member_name(info) for info in infos]
    overlapping = _overlapping(infos)
    remaining = Counter(names)
    members: list[Member] = []
    rejected: list[Rejected] = []
    for index, (info, name) in enumerate(zip(infos, names, strict=True)):
        remaining[name] -= 1
        is_empty_folder = name.endswith("/") and not info.file_size
        if is_empty_folder or name.startswith("__MACOSX/") or name.rsplit("/", 1)[-1] == ".DS_Store":
            continue
        problem = _problem(info, name, limits)
        if problem is None and index in overlapping:
            problem = Reason.INVALID_ARCHIVE, "its data overlap those of another member"
        if problem is None and remaining[name]:
            problem = Reason.INVALID_ARCHIVE, "a later member of the zip has the same name and is read instead"
        if problem is None:
            # `!/` stands between a zip and its member, so the end of a folder's name that ends with `!` is written otherwise.
            written = name.replace("!/", r"\x21/")
            place = info.header_offset, info.compress_type, info.CRC
            members.append(Member(written, index, info.compress_size, info.file_size, *place))
        else:
            rejected.append(Rejected(name, *problem))
    total = sum(member.declared_bytes for member in members)
    if total > limits.ratio_floor_bytes and total > limits.max_ratio * archive_bytes:
        detail = f"{archive_bytes:,} bytes declare {total:,}, over {limits.max_ratio} times as many"
        raise ContainerError(Reason.TOO_LARGE, detail)
    return members, rejected


def _problem(info: zipfile.ZipInfo, name: str, limits: Limits) -> tuple[Reason, str] | None:
    """Why a member is not read, as far as the zip's directory shows."""
    parts = name.split("/")
    if "\0" in info.orig_filename or "\\" in name or not parts[0] or ".." in parts or _DRIVE.match(name):
        return Reason.UNSAFE_PATH, "the path is absolute, names a drive, climbs with .. or has a backslash or a NUL"
    if name.endswith("/"):
        return Reason.INVALID_ARCHIVE, "a folder with content"
    if stat.S_ISLNK(info.external_attr >> 16):
        return Reason.UNSAFE_PATH, "a symbolic link"
    if info.flag_bits & _ENCRYPTED_FLAGS:
        return Reason.INVALID_ARCHIVE, "encrypted"
    if info.compress_type not in _ZIP_METHODS:
        return Reason.INVALID_ARCHIVE, f"compression method {info.compress_type} is not supported"
    try:
        _check_expansion(info.file_size, info.compress_size, limits)
    except ContainerError as error:
        return error.reason, error.detail
    return None


def _overlapping(infos: list[zipfile.ZipInfo]) -> set[int]:
    """Members whose data run into the next member's header: how a small zip holds the same bytes a thousand times.

    The local header repeats the name and may have extra fields of another length, so its least length is taken.
    """
    order = sorted(range(len(infos)), key=lambda index: infos[index].header_offset)
    found: set[int] = set()
    for index, following in itertools.pairwise(order):
        info = infos[index]
        end = info.header_offset + _LOCAL_HEADER_BYTES + len(_raw_name(info)) + info.compress_size
        if end > infos[following].header_offset:
            found.add(index)
    return found


def _raw_name(info: zipfile.ZipInfo) -> bytes:
    return info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8_NAME_FLAG else "cp437")


def _member_name(info: zipfile.ZipInfo) -> str:
    """The name in the encoding it was most likely written in.

    Without the UTF-8 flag the standard says cp437, but Unix tools write UTF-8 and Chinese Windows GBK. A cp437 name
    with an accent can pass for GBK by accident, then with a rare character: at least half must be of the everyday GB
    2312.
    """
    if info.flag_bits & _UTF8_NAME_FLAG or info.filename.isascii():
        return info.filename
    raw = info.filename.encode("cp437")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        name = raw.decode("gbk")
    except UnicodeDecodeError:
        return info.filename
    n_wide = sum(not character.isascii() for character in name)
    n_everyday = sum(not character.isascii() for character in name.encode("gb2312", "ignore").decode("gb2312"))
    return name if 2 * n_everyday >= n_wide else info.filename


def _declared_members(file: BinaryIO) -> int:
    """How many members the end of a zip says it has, 0 when it does not say: asked before all of the directory is read
    to memory.
    """
    size = file.seek(0, io.SEEK_END)
    tail_start = max(0, size - 65_557)
    file.seek(tail_start)
    tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 12:
        return 0
    n_members: int = struct.unpack_from("<H", tail, end + 10)[0]
    locator = tail[end - 20 : end] if end >= 20 else b""
    if n_members == 0xFFFF and locator.startswith(b"PK\x06\x07"):
        file.seek(min(struct.unpack_from("<Q", locator, 8)[0], size))
        record = file.read(40)
        if record.startswith(b"PK\x06\x06") and len(record) == 40:
            n_members = struct.unpack_from("<Q", record, 32)[0]
    return n_members
