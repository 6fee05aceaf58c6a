"""Containers: what is read through, what is refused, and that nothing hostile or damaged is handed out as data."""

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.sources import containers
from pipelines.sources.containers import ContainerError, Leaf, Limits, Member, Rejected
from pipelines.sources.records import Reason

TEXT = b"Forty adults received 5 mg of the study drug once daily.\n"
TIGHT = Limits(max_member_bytes=10_000_000, max_ratio=50, ratio_floor_bytes=100_000)


def zip_bytes(members: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip with these members in this order."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def write(path: Path, data: bytes) -> Path:
    """Write a file and give its path back."""
    path.write_bytes(data)
    return path


def read_all(path: Path, *, limits: Limits = containers.DEFAULT_LIMITS) -> bytes:
    """Everything `open_stream` gives."""
    with containers.open_stream(path, limits=limits) as stream:
        return stream.read()


def read_zip(path: Path, *, limits: Limits = containers.DEFAULT_LIMITS) -> dict[str, bytes]:
    """The readable members of a zip by name."""
    members, _ = containers.list_members(path, limits=limits)
    with containers.open_archive(path) as archive:
        return {member.name: containers.read_member(archive, member, limits=limits) for member in members}


def patched_directory(data: bytes, offset: int, value: bytes) -> bytes:
    """The zip with `value` written at `offset` of its first directory entry."""
    start = data.index(b"PK\x01\x02") + offset
    return data[:start] + value + data[start + len(value) :]


# Which container it is


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (gzip.compress(TEXT, mtime=0), "gzip"),
        (zstandard.compress(TEXT), "zstd"),
        (struct.pack("<II", 0x184D2A53, 2) + b"ab", "zstd"),
        (zip_bytes({"a.txt": TEXT}), "zip"),
        (zip_bytes({}), "zip"),
        (TEXT, None),
        (b"PK is a drug code", None),
        (b"\x1f\x8b", None),
        (b"", None),
    ],
)
def test_the_kind_is_read_from_the_first_bytes(data: bytes, expected: str | None) -> None:
    """Only magic numbers decide."""
    assert containers.kind(data[:4]) == expected


@pytest.mark.parametrize("name", ["trial.txt", "trial.gz", "trial.zip"])
def test_a_file_name_decides_nothing(tmp_path: Path, name: str) -> None:
    """Plain text called `.gz` is plain text, and gzip called `.txt` is decompressed."""
    assert read_all(write(tmp_path / name, TEXT)) == TEXT
    assert read_all(write(tmp_path / name, gzip.compress(TEXT))) == TEXT


# gzip and zstd


def test_several_gzip_members_are_one_stream(tmp_path: Path) -> None:
    """Concatenated gzip files decompress to the concatenation, also with an empty one between."""
    data = gzip.compress(TEXT) + gzip.compress(b"") + gzip.compress(b"second")
    assert read_all(write(tmp_path / "a", data)) == TEXT + b"second"


@pytest.mark.parametrize("garbage", [b"\0" * 512, b"no gzip", b"\x1f"])
def test_bytes_after_the_last_gzip_member_are_left_out(tmp_path: Path, garbage: bytes) -> None:
    """Padding or garbage at the end does not spoil what was complete before it."""
    assert read_all(write(tmp_path / "a", gzip.compress(TEXT) + garbage)) == TEXT


def test_several_zstd_frames_and_skippable_ones_are_one_stream(tmp_path: Path) -> None:
    """Frames follow each other; a skippable frame says nothing."""
    skippable = struct.pack("<II", 0x184D2A50, 5) + b"notes"
    data = skippable + zstandard.compress(TEXT) + skippable + zstandard.compress(b"second")
    assert read_all(write(tmp_path / "a", data)) == TEXT + b"second"


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
@settings(max_examples=20)
@given(keep=st.integers(min_value=4, max_value=10_000))
def test_a_stream_cut_anywhere_is_truncated(
    tmp_path_factory: pytest.TempPathFactory, compress: Callable[[bytes], bytes], keep: int
) -> None:
    """Wherever a stream is cut inside, reading ends with TRUNCATED and not with half a file."""
    data = compress(bytes(range(256)) * 40)
    path = write(tmp_path_factory.mktemp("cut") / "a", data[: min(keep, len(data) - 1)])
    with pytest.raises(ContainerError) as caught:
        read_all(path)
    assert caught.value.reason == Reason.TRUNCATED


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(TEXT)[:-8] + b"\0" * 8,
        gzip.compress(TEXT)[:10] + b"\xff" * 20,
        zstandard.ZstdCompressor(write_checksum=True).compress(TEXT)[:-4] + b"\0" * 4,
        zstandard.compress(TEXT) + b"garbage!",
        b"\x28\xb5\x2f\xfd" + b"\xff" * 40,
    ],
    ids=["gzip checksum", "gzip data", "zstd checksum", "zstd garbage", "zstd header"],
)
def test_a_damaged_stream_is_an_invalid_archive(tmp_path: Path, data: bytes) -> None:
    """A wrong checksum or impossible data is damage, not text."""
    with pytest.raises(ContainerError) as caught:
        read_all(write(tmp_path / "a", data))
    assert caught.value.reason == Reason.INVALID_ARCHIVE


def test_a_cut_second_gzip_member_is_truncated(tmp_path: Path) -> None:
    """The first member being whole does not excuse the second."""
    with pytest.raises(ContainerError) as caught:
        read_all(write(tmp_path / "a", gzip.compress(TEXT) + gzip.compress(TEXT)[:15]))
    assert caught.value.reason == Reason.TRUNCATED


def test_a_gzip_whose_output_ends_on_a_chunk_border_is_whole(tmp_path: Path) -> None:
    """Output that fills the last chunk exactly is not mistaken for a stream that ends early."""
    for n_bytes in (2**20 - 1, 2**20, 2**20 + 1, 2**21):
        path = write(tmp_path / "a", gzip.compress(b"ab" * (n_bytes // 2) + b"c" * (n_bytes % 2)))
        assert len(read_all(path)) == n_bytes


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
def test_a_bomb_stops_soon_after_the_limit(tmp_path: Path, compress: Callable[[bytes], bytes]) -> None:
    """A stream that expands beyond ratio or size is TOO_LARGE, and not much beyond the limit was made of it."""
    path = write(tmp_path / "a", compress(b"\0" * 60_000_000))
    with containers.open_stream(path, limits=TIGHT) as stream:
        chunks: list[bytes] = []
        with pytest.raises(ContainerError) as caught:
            chunks.extend(iter(lambda: stream.read(65_536), b""))
    assert caught.value.reason == Reason.TOO_LARGE
    assert sum(map(len, chunks)) <= TIGHT.max_member_bytes
    with pytest.raises(ContainerError, match="more than 1,000 bytes"):
        read_all(path, limits=Limits(max_member_bytes=1_000))


def test_a_well_compressed_file_below_the_floor_is_no_bomb(tmp_path: Path) -> None:
    """A high ratio alone is normal for a small file of one repeated line."""
    data = TEXT * 5_000
    assert read_all(write(tmp_path / "a", gzip.compress(data))) == data


def test_a_stream_can_be_read_by_line(tmp_path: Path) -> None:
    """The stream is an ordinary binary file for whoever reads it."""
    with containers.open_stream(write(tmp_path / "a", zstandard.compress(TEXT * 3))) as stream:
        assert list(stream) == [TEXT] * 3


def test_a_missing_file_is_unreadable(tmp_path: Path) -> None:
    """The system's refusal becomes a reason."""
    for call in (containers.open_stream, containers.list_members):
        with pytest.raises(ContainerError) as caught:
            call(tmp_path / "nowhere")
        assert caught.value.reason == Reason.UNREADABLE_FILE


def test_a_zip_is_no_stream(tmp_path: Path) -> None:
    """Asking for a zip as one stream is a mistake of the caller."""
    with pytest.raises(ValueError, match="list_members"):
        containers.open_stream(write(tmp_path / "a", zip_bytes({"a": TEXT})))


# zip


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_members_are_listed_in_order_and_read_back(tmp_path: Path, method: int) -> None:
    """Folders and what macOS adds are passed over; the rest comes in the order of the directory."""
    data = zip_bytes({"b/": b"", "b/NCT2.json": TEXT, "__MACOSX/b/._NCT2.json": b"x", "b/.DS_Store": b"x", "a.txt": b""}, method=method)
    path = write(tmp_path / "a.zip", data)
    members, rejected = containers.list_members(path)
    assert [(member.name, member.declared_bytes) for member in members] == [("b/NCT2.json", len(TEXT)), ("a.txt", 0)]
    assert rejected == []
    assert read_zip(path) == {"b/NCT2.json": TEXT, "a.txt": b""}


def test_an_empty_zip_has_no_members(tmp_path: Path) -> None:
    """An archive without members is valid."""
    assert containers.list_members(write(tmp_path / "a.zip", zip_bytes({}))) == ([], [])


@pytest.mark.parametrize("name", ["/etc/trial", "../trial", "a/../../trial", "C:/trial", "c:trial", "a\\b", "x\0.txt"])
def test_an_unsafe_path_is_rejected_and_the_rest_is_kept(tmp_path: Path, name: str) -> None:
    """Absolute paths, drives, climbing, backslashes and NUL are refused, one by one."""
    placeholder = "n" * len(name)
    data = zip_bytes({placeholder: TEXT, "good.txt": TEXT}).replace(placeholder.encode(), name.encode())
    members, rejected = containers.list_members(write(tmp_path / "a.zip", data))
    assert [member.name for member in members] == ["good.txt"]
    assert [one.reason for one in rejected] == [Reason.UNSAFE_PATH]


def test_a_name_with_dots_in_it_is_safe(tmp_path: Path) -> None:
    """Only a whole path part of two dots climbs."""
    path = write(tmp_path / "a.zip", zip_bytes({"a..b/..c.txt": TEXT}))
    assert read_zip(path) == {"a..b/..c.txt": TEXT}


def test_a_symbolic_link_is_rejected(tmp_path: Path) -> None:
    """A link's content is a path, not a document."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo("link")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/hostname")
    members, rejected = containers.list_members(write(tmp_path / "a.zip", buffer.getvalue()))
    assert (members, [one.reason for one in rejected]) == ([], [Reason.UNSAFE_PATH])


def test_an_encrypted_member_is_rejected_by_name(tmp_path: Path) -> None:
    """Encryption shows in the directory, before anything is read."""
    data = patched_directory(zip_bytes({"secret.json": TEXT, "open.json": TEXT}), 8, struct.pack("<H", 1))
    members, rejected = containers.list_members(write(tmp_path / "a.zip", data))
    assert [member.name for member in members] == ["open.json"]
    assert rejected == [Rejected("secret.json", Reason.INVALID_ARCHIVE, "encrypted")]


def test_an_unknown_compression_method_is_rejected(tmp_path: Path) -> None:
    """Deflate64 (9), which Windows writes for large files, is named in the detail."""
    data = patched_directory(zip_bytes({"a.json": TEXT}), 10, struct.pack("<H", 9))
    _, rejected = containers.list_members(write(tmp_path / "a.zip", data))
    assert rejected == [Rejected("a.json", Reason.INVALID_ARCHIVE, "compression method 9 is not supported")]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_members_with_one_name_the_last_is_read_and_the_others_are_reported(tmp_path: Path) -> None:
    """As when unpacking, the later member replaces the earlier; the earlier does not vanish in silence."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for data in (b"first", b"second", b"third"):
            archive.writestr("a.txt", data)
    path = write(tmp_path / "a.zip", buffer.getvalue())
    members, rejected = containers.list_members(path)
    assert [member.index for member in members] == [2]
    assert [(one.name, one.reason) for one in rejected] == [("a.txt", Reason.INVALID_ARCHIVE)] * 2
    assert read_zip(path) == {"a.txt": b"third"}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("肺癌研究.txt".encode(), "肺癌研究.txt"),
        ("肺癌研究.txt".encode("gbk"), "肺癌研究.txt"),
        ("朱镕.txt".encode("gbk"), "朱镕.txt"),
        ("Résumé für Ärzte.txt".encode("cp437"), "Résumé für Ärzte.txt"),
        ("étude.txt".encode(), "étude.txt"),
    ],
)
def test_a_name_without_the_utf8_flag_is_decoded_by_what_it_is(tmp_path: Path, raw: bytes, expected: str) -> None:
    """UTF-8 of Unix tools, GBK of Chinese Windows, and cp437 as the standard says."""
    placeholder = b"n" * len(raw)
    data = zip_bytes({placeholder.decode(): TEXT}).replace(placeholder, raw)
    assert read_zip(write(tmp_path / "a.zip", data)) == {expected: TEXT}


def test_a_name_with_the_utf8_flag_is_utf8(tmp_path: Path) -> None:
    """What the archive says about its names is believed."""
    assert read_zip(write(tmp_path / "a.zip", zip_bytes({"研究.txt": TEXT}))) == {"研究.txt": TEXT}


def test_a_wrong_checksum_spoils_one_member_only(tmp_path: Path) -> None:
    """A flipped bit in stored data is found by the checksum."""
    data = zip_bytes({"bad.txt": b"dose 5 mg", "good.txt": TEXT}, method=zipfile.ZIP_STORED).replace(b"dose 5", b"dose 6")
    path = write(tmp_path / "a.zip", data)
    (bad, good), _ = containers.list_members(path)
    with containers.open_archive(path) as archive:
        with pytest.raises(ContainerError) as caught:
            containers.read_member(archive, bad)
        assert containers.read_member(archive, good) == TEXT
    assert caught.value.reason == Reason.INVALID_ARCHIVE


@pytest.mark.parametrize("declared", [10, 10_000])
def test_a_wrong_declared_size_is_damage(tmp_path: Path, declared: int) -> None:
    """Neither a smaller nor a larger size than the real one passes."""
    path = write(tmp_path / "a.zip", patched_directory(zip_bytes({"a": TEXT}), 24, struct.pack("<I", declared)))
    with pytest.raises(ContainerError) as caught:
        read_zip(path)
    assert caught.value.reason == Reason.INVALID_ARCHIVE


@settings(max_examples=30)
@given(keep=st.floats(min_value=0.02, max_value=0.99))
def test_a_truncated_zip_says_so(tmp_path_factory: pytest.TempPathFactory, keep: float) -> None:
    """Cut anywhere, the directory at the end is missing and the whole zip is refused with that detail."""
    data = zip_bytes({f"NCT{number}.json": TEXT * number for number in range(20)})
    path = write(tmp_path_factory.mktemp("cut") / "a.zip", data[: int(len(data) * keep)])
    with pytest.raises(ContainerError, match="cut short") as caught:
        containers.list_members(path)
    assert caught.value.reason == Reason.INVALID_ARCHIVE


@settings(max_examples=150, deadline=None)
@given(position=st.integers(min_value=0, max_value=10_000), value=st.integers(min_value=0, max_value=255))
def test_one_changed_byte_never_raises_anything_else_and_never_changes_data(
    tmp_path_factory: pytest.TempPathFactory, position: int, value: int
) -> None:
    """Whatever byte of a zip is changed: a ContainerError, or members with exactly their content."""
    whole = {"a.json": TEXT * 3, "b.json": b"{}", "c.json": bytes(range(256))}
    data = bytearray(zip_bytes(whole))
    data[position % len(data)] = value
    path = write(tmp_path_factory.mktemp("flip") / "a.zip", bytes(data))
    try:
        members, _ = containers.list_members(path)
    except ContainerError:
        return
    with containers.open_archive(path) as archive:
        for member in members:
            try:
                content = containers.read_member(archive, member)
            except ContainerError:
                continue
            assert content in whole.values()
    for _, content in containers.read_members(path, members):
        assert isinstance(content, ContainerError) or content in whole.values()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_members_found_by_their_offsets_are_those_of_the_directory(tmp_path: Path, method: int) -> None:
    """Any run of members is read as it is through the zip's directory, however it is compressed, also behind other bytes."""
    whole = {"a.json": TEXT * 3, "empty": b"", "研究.json": bytes(range(256)) * 40}
    path = write(tmp_path / "a.zip", b"#!/bin/sh\n" + zip_bytes(whole, method=method))
    members, _ = containers.list_members(path)
    assert {member.name: content for member, content in containers.read_members(path, members[1:])} == dict(list(whole.items())[1:])


def test_a_damaged_member_found_by_its_offset_spoils_itself_only(tmp_path: Path) -> None:
    """The reason stands in its place."""
    data = zip_bytes({"bad.txt": b"dose 5 mg", "good.txt": TEXT}, method=zipfile.ZIP_STORED).replace(b"dose 5", b"dose 6")
    path = write(tmp_path / "a.zip", data)
    bad, good = (content for _, content in containers.read_members(path, containers.list_members(path)[0]))
    assert isinstance(bad, ContainerError)
    assert bad.reason == Reason.INVALID_ARCHIVE
    assert good == TEXT


def test_a_member_that_expands_too_far_is_rejected_and_the_others_stay(tmp_path: Path) -> None:
    """The declared ratio is enough to refuse one member."""
    path = write(tmp_path / "a.zip", zip_bytes({"bomb": b"\0" * 5_000_000, "good": TEXT}))
    members, rejected = containers.list_members(path, limits=TIGHT)
    assert [member.name for member in members] == ["good"]
    assert [(one.name, one.reason) for one in rejected] == [("bomb", Reason.TOO_LARGE)]


def test_reading_counts_for_itself(tmp_path: Path) -> None:
    """A member listed under wide limits is still stopped by narrower ones while reading."""
    path = write(tmp_path / "a.zip", zip_bytes({"bomb": b"\0" * 5_000_000}))
    (member,), _ = containers.list_members(path)
    with containers.open_archive(path) as archive, pytest.raises(ContainerError) as caught:
        containers.read_member(archive, member, limits=TIGHT)
    assert caught.value.reason == Reason.TOO_LARGE


def test_many_members_below_the_floor_are_a_bomb_together(tmp_path: Path) -> None:
    """What all members declare together is held against the size of the file."""
    data = zip_bytes({f"{number}": b"\0" * 90_000 for number in range(100)})
    with pytest.raises(ContainerError) as caught:
        containers.list_members(write(tmp_path / "a.zip", data), limits=TIGHT)
    assert caught.value.reason == Reason.TOO_LARGE


def test_members_that_share_their_data_are_rejected(tmp_path: Path) -> None:
    """Directory entries that point at one another's data are how a small zip holds the same bytes many times."""
    name = b"a.txt"
    packed = zlib.compressobj(wbits=-15)
    body = packed.compress(TEXT) + packed.flush()
    common = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, zlib.crc32(TEXT), len(body), len(TEXT), len(name), 0)
    local = b"PK\x03\x04" + common + name + body
    entry = b"PK\x01\x02\x14\x00" + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    data = local + entry * 3 + struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 3, 3, len(entry) * 3, len(local), 0)
    members, rejected = containers.list_members(write(tmp_path / "a.zip", data))
    assert [member.index for member in members] == [2]
    assert {one.detail for one in rejected} == {"its data overlap those of another member"}


@pytest.mark.parametrize("n_members", [5, 70_000])
def test_too_many_members_refuse_the_zip(tmp_path: Path, n_members: int) -> None:
    """The number at the end of the zip (zip64 above 65,535) is looked at before the directory is read."""
    path = write(tmp_path / "a.zip", zip_bytes({f"{number}": b"" for number in range(n_members)}, method=zipfile.ZIP_STORED))
    with pytest.raises(ContainerError, match=f"lists {n_members:,} members") as caught:
        containers.list_members(path, limits=Limits(max_members=n_members - 1))
    assert caught.value.reason == Reason.TOO_LARGE
    members, _ = containers.list_members(path, limits=Limits(max_members=n_members))
    assert len(members) == n_members


def test_a_false_count_does_not_pass_the_limit(tmp_path: Path) -> None:
    """A zip that claims one member and has five is counted again after opening."""
    data = bytearray(zip_bytes({f"{number}": b"" for number in range(5)}))
    data[-14:-10] = struct.pack("<HH", 1, 1)
    with pytest.raises(ContainerError) as caught:
        containers.list_members(write(tmp_path / "a.zip", bytes(data)), limits=Limits(max_members=4))
    assert caught.value.reason == Reason.TOO_LARGE


def test_a_zip_with_something_before_it_is_read(tmp_path: Path) -> None:
    """Offsets count from the zip's own begin, as in archives with a header glued on."""
    assert read_zip(write(tmp_path / "a.zip", b"header\n" + zip_bytes({"a": TEXT}))) == {"a": TEXT}


# Containers in containers


def leaves(name: str, data: bytes, **options: Any) -> list[Leaf | Rejected]:
    """All leaves as a list."""
    return list(containers.leaves(name, data, **options))


def test_a_plain_file_is_its_own_leaf() -> None:
    """Most members are plain."""
    assert leaves("a.txt", TEXT) == [Leaf("a.txt", TEXT)]


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
def test_a_compressed_file_in_a_zip_is_opened(compress: Callable[[bytes], bytes]) -> None:
    """A compressed stream has no inner name, so the name stays."""
    assert leaves("a.json.gz", compress(TEXT)) == [Leaf("a.json.gz", TEXT)]


def test_a_zip_in_a_zip_is_opened_and_names_are_joined() -> None:
    """Every member of the inner zip is a leaf of its own, and a refused one is reported beside them."""
    inner = zip_bytes({"b.txt": TEXT, "../c": TEXT})
    first, second = sorted(leaves("in.zip", inner), key=lambda leaf: isinstance(leaf, Rejected))
    assert first == Leaf("in.zip!/b.txt", TEXT)
    assert isinstance(second, Rejected)
    assert (second.name, second.reason) == ("in.zip!/../c", Reason.UNSAFE_PATH)


def nested(depth: int) -> bytes:
    """Text inside `depth` zips."""
    data = TEXT
    for _ in range(depth):
        data = zip_bytes({"in": data})
    return data


def test_deeper_than_the_limit_is_too_deep() -> None:
    """Two containers are opened, the third is named and left closed."""
    assert leaves("in", nested(2), depth=0) == [Leaf("in!/in!/in", TEXT)]
    (rejected,) = leaves("in", nested(3), depth=0)
    assert isinstance(rejected, Rejected)
    assert (rejected.name, rejected.reason) == ("in!/in!/in", Reason.TOO_DEEP)


def test_a_nested_bomb_is_rejected_where_it_is() -> None:
    """A bomb inside a zip costs only itself."""
    bomb = gzip.compress(b"\0" * 5_000_000)
    found = leaves("in.zip", zip_bytes({"bomb.gz": bomb, "good.txt": TEXT}), depth=0, limits=TIGHT)
    assert [(one.name, one.reason) for one in found if isinstance(one, Rejected)] == [("in.zip!/bomb.gz", Reason.TOO_LARGE)]
    assert [one for one in found if isinstance(one, Leaf)] == [Leaf("in.zip!/good.txt", TEXT)]


@given(data=st.one_of(st.binary(max_size=200), st.binary(max_size=200).map(lambda tail: b"PK\x03\x04" + tail)))
def test_any_bytes_give_leaves_or_rejects(data: bytes) -> None:
    """Nothing in memory makes `leaves` raise."""
    for prefix in (b"", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"):
        found: Iterator[Leaf | Rejected] = containers.leaves("x", prefix + data)
        assert all(isinstance(one, Leaf | Rejected) for one in found)


def test_a_zip_in_memory_is_read_like_one_on_disk() -> None:
    """An open archive and a member's place in it are all that reading needs."""
    with containers.open_archive(io.BytesIO(zip_bytes({"a": TEXT}, method=zipfile.ZIP_STORED))) as archive:
        assert containers.read_member(archive, Member("a", 0, len(TEXT), len(TEXT), 0, zipfile.ZIP_STORED, zlib.crc32(TEXT))) == TEXT
