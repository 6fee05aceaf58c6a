"""What lies in a raw folder, and what is remembered of it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.engine.scan import RawFile, at_rest_signature, fingerprint, scan
from tests.refreshing import fill


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """A folder with two files."""
    return fill(tmp_path / "raw", {"b.json": b"{}", "a/c.csv": b"NCT Number\n"})


def found(raw: Path, **options: bool) -> dict[str, RawFile]:
    """The files of a scan by source path."""
    return {file.source_path: file for file in scan(raw, memory=raw.parent / "state" / "scan.msgpack", **options)}


def test_files_come_by_path_in_whatever_order_the_folder_lists_them(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches are cut along this order, so it must not depend on the file system."""
    real = os.scandir

    class Reversed:
        def __init__(self, folder: str) -> None:
            self._entries = sorted(real(folder), key=lambda entry: entry.name, reverse=True)

        def __enter__(self) -> list[os.DirEntry[str]]:
            return self._entries

        def __exit__(self, *_: object) -> None:
            return None

    fill(raw, {f"{name}.json": b"{}" for name in "xyz"})
    expected = list(found(raw))
    monkeypatch.setattr(os, "scandir", Reversed)
    assert list(found(raw, trust_stamps=False)) == expected == ["a/c.csv", "b.json", "x.json", "y.json", "z.json"]


def test_hidden_files_and_folders_are_no_documents(raw: Path) -> None:
    """What macOS, git and editors leave behind is passed over."""
    fill(raw, {".DS_Store": b"\0", ".git/config": b"[core]", "a/.c.csv.swp": b"x"})
    assert list(found(raw)) == ["a/c.csv", "b.json"]


def test_a_file_that_did_not_change_is_not_opened_again(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unchanged refresh costs one look at each file's size and times."""
    first = found(raw)
    opened: list[str] = []
    real = Path.open

    def noted(path: Path, *arguments: Any, **options: Any) -> Any:
        opened.append(path.name)
        return real(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", noted)
    assert found(raw) == first
    assert "b.json" not in opened
    (raw / "b.json").write_bytes(b"[]")
    opened.clear()
    assert found(raw)["b.json"].sha256 != first["b.json"].sha256
    assert "b.json" in opened
    assert "c.csv" not in opened


def test_new_content_of_the_same_size_and_time_is_noticed(raw: Path) -> None:
    """`touch -r` and archivers restore times; the inode's change time cannot be set."""
    path = raw / "b.json"
    before, times = found(raw)["b.json"], path.stat()
    path.write_bytes(b"[]")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert found(raw)["b.json"].sha256 != before.sha256


def test_without_trust_every_file_is_read(raw: Path) -> None:
    """`--full` does not believe what was remembered."""
    first = found(raw)
    memory = raw.parent / "state" / "scan.msgpack"
    memory.write_bytes(memory.read_bytes().replace(first["b.json"].sha256.encode(), b"0" * 64))  # type: ignore[union-attr]
    assert found(raw)["b.json"].sha256 == "0" * 64, "the test must reach the memory"
    assert found(raw, trust_stamps=False) == first


@pytest.mark.parametrize("content", [b"", b"\xff\xff", b"\x81\xa1a\x01", b"not msgpack at all"])
def test_damaged_memory_is_as_good_as_none(raw: Path, content: bytes) -> None:
    """A state folder may be deleted or damaged at any time."""
    first = found(raw)
    (raw.parent / "state" / "scan.msgpack").write_bytes(content)
    assert found(raw) == first


def test_without_opening_files_nothing_is_remembered(raw: Path) -> None:
    """A sensor may look at a folder that is still being filled."""
    assert [file.sha256 for file in found(raw, open_files=False).values()] == [None, None]
    assert not (raw.parent / "state").exists()


def test_the_fingerprint_is_of_contents_not_of_times(raw: Path) -> None:
    """A copy of the folder has the same fingerprint; another byte or another name has not."""
    first = fingerprint(found(raw).values())
    os.utime(raw / "b.json", (1, 1))
    assert fingerprint(found(raw).values()) == first
    (raw / "b.json").rename(raw / "d.json")
    renamed = fingerprint(found(raw).values())
    (raw / "d.json").write_bytes(b"[]")
    assert len({first, renamed, fingerprint(found(raw).values())}) == 3


def test_names_that_are_no_text_are_written_out_and_stay_apart(raw: Path) -> None:
    """Latin-1 names from an old archive have no UTF-8; a name that looks like one written out is another file."""
    folder = os.fsencode(raw)
    for name in (b"caf\xe9.json", rb"caf\xe9.json", rb"caf\x5cxe9.json"):
        Path(os.fsdecode(folder + b"/" + name)).write_bytes(name)
    names = found(raw)
    assert len(names) == 5
    assert rb"caf\xe9.json".decode() in names
    assert all(Path(file.path).read_bytes() for file in names.values())
    assert found(raw) == names, "remembered as they are"


def test_a_folder_named_like_an_archive_is_told_from_the_archive(raw: Path) -> None:
    """`x.zip!/a.json` is a member of `x.zip`, so a folder `x.zip!` is written otherwise."""
    fill(raw, {"x.zip": b"PK", "x.zip!/a.json": b"{}", "x!y/b!.json": b"{}", "x.zip!/z!/q.json": b"{}"})
    assert list(found(raw)) == ["a/c.csv", "b.json", "x!y/b!.json", "x.zip", r"x.zip\x21/a.json", r"x.zip\x21/z\x21/q.json"]


@pytest.mark.parametrize("name", ["a\nb.json", 'a"b.json', "a'b.json", "a|b.json", " .json", "名.json", "a\\b.json"])
def test_odd_names_are_kept(raw: Path, name: str) -> None:
    """A name is what the user sees in their file manager."""
    fill(raw, {name: b"{}"})
    assert name in found(raw)


def test_what_is_no_file_is_listed_with_the_reason_and_not_opened(raw: Path) -> None:
    """A pipe would block for ever; a link to the folder itself would never end."""
    os.mkfifo(raw / "pipe.json")
    (raw / "lost.json").symlink_to(raw / "nowhere")
    (raw / "self.json").symlink_to(raw / "self.json")
    (raw / "again").symlink_to(raw)
    (raw / "linked.csv").symlink_to(raw / "a" / "c.csv")
    files = found(raw)
    errors = {path: file.error for path, file in files.items() if file.error}
    assert errors == {
        "again": "not a regular file",
        "lost.json": "No such file or directory",
        "pipe.json": "not a regular file",
        "self.json": "Too many levels of symbolic links",
    }
    assert files["linked.csv"].sha256 == files["a/c.csv"].sha256


def test_a_folder_that_cannot_be_listed_costs_only_itself(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is accounted for by name, and looked at again the next time."""
    real = os.scandir

    def refused(folder: str) -> Iterator[os.DirEntry[str]]:
        if folder.endswith("/a"):
            raise PermissionError(13, "Permission denied", folder)
        return real(folder)

    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", refused)
        assert found(raw)["a"].error == "the folder cannot be listed: Permission denied"
        assert found(raw)["b.json"].sha256
    assert list(found(raw)) == ["a/c.csv", "b.json"]


def test_a_raw_folder_that_cannot_be_listed_is_an_error(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It must not look like an empty one, which would publish an empty warehouse."""

    def refused(folder: str) -> Iterator[os.DirEntry[str]]:
        raise PermissionError(13, "Permission denied", folder)

    monkeypatch.setattr(os, "scandir", refused)
    with pytest.raises(PermissionError):
        found(raw)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_looked_at_again(raw: Path) -> None:
    """The reason is the operating system's; a file whose mode is mended is read without a change of its content."""
    (raw / "b.json").chmod(0)
    assert found(raw)["b.json"].error == "Permission denied"
    (raw / "b.json").chmod(0o600)
    assert found(raw)["b.json"].error is None


def test_the_signature_changes_while_a_file_grows(raw: Path) -> None:
    """The sensor waits until nothing is being written."""
    before = at_rest_signature(raw)
    assert at_rest_signature(raw) == before
    with (raw / "b.json").open("ab") as growing:
        growing.write(b" ")
    assert at_rest_signature(raw)[0] != before[0]
    assert before[1] == pytest.approx((raw / "a" / "c.csv").stat().st_mtime, abs=5)


def test_the_signature_does_not_fail_on_what_cannot_be_read(raw: Path) -> None:
    """A lost link or an odd name must not stop the sensor."""
    (raw / "lost.json").symlink_to(raw / "nowhere")
    Path(os.fsdecode(os.fsencode(raw) + b"/caf\xe9.json")).write_bytes(b"{}")
    assert at_rest_signature(raw)[1] > 0
    assert at_rest_signature(raw / "a" / "c.csv" / "absent") == at_rest_signature(fill(raw.parent / "empty", {}))
