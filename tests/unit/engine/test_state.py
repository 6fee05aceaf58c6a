"""Folders that exist whole or not at all."""

import inspect
import shutil
from pathlib import Path

import pytest

from pipelines.engine import state
from pipelines.engine.state import digest, remove_unused, written_once
from pipelines.vocab.data_files import VARIABLE


def names(folder: Path) -> set[str]:
    """What lies in a folder."""
    return {path.name for path in folder.iterdir()}


def test_a_folder_appears_when_it_is_whole(tmp_path: Path) -> None:
    """Until its block ends there is no folder of that name, whoever looks."""
    with written_once(tmp_path / "state" / "key") as folder:
        (folder / "a").write_text("1")
        assert not (tmp_path / "state" / "key").exists()
    assert names(tmp_path / "state") == {"key"}
    assert (tmp_path / "state" / "key" / "a").read_text() == "1"


def test_work_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """Neither a half-written folder nor remains."""

    def work() -> None:
        with written_once(tmp_path / "key") as folder:
            (folder / "a").write_text("1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert names(tmp_path) == set()


def test_a_damaged_folder_is_replaced(tmp_path: Path) -> None:
    """Work is done again only where its result was found to be unusable, so the new one counts."""
    (tmp_path / "key").mkdir()
    (tmp_path / "key" / "a").write_text("damaged")
    (tmp_path / "key" / "b").write_text("left over")
    with written_once(tmp_path / "key") as folder:
        (folder / "a").write_text("whole")
    assert names(tmp_path) == {"key"}
    assert names(tmp_path / "key") == {"a"}
    assert (tmp_path / "key" / "a").read_text() == "whole"


def test_what_was_not_used_is_deleted(tmp_path: Path) -> None:
    """The state holds what the last refresh used, and no remains of killed ones."""
    for name in ("used", "old", ".partial-x"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    assert remove_unused(tmp_path, {"used"}) == 2
    assert names(tmp_path) == {"used"}
    assert remove_unused(tmp_path / "absent", set()) == 0


def test_a_folder_loses_its_name_before_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed in the middle of deleting, half a folder under its old name would pass for finished work."""
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "done").touch()

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(state.shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            remove_unused(tmp_path, set())
    assert "old" not in names(tmp_path)
    remove_unused(tmp_path, set())
    assert names(tmp_path) == set()


def test_digests_tell_parts_apart() -> None:
    """Neither the order nor where one part ends and the next begins is lost; text that is no Unicode has one too."""
    different = [["a", "b"], ["b", "a"], ["ab"], ["a", "b", ""], [], ["a\udce9"]]
    assert len({digest(parts) for parts in different}) == len(different)
    assert digest(iter(["a", "b"])) == digest(["a", "b"])


def test_the_code_digest_changes_with_code_and_with_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new drug name changes results as much as a new line of code; a file that nobody reads does not."""
    package = tmp_path / "pipelines"
    shutil.copytree(state.PROJECT / "pipelines" / "engine", package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "drugs.tsv.gz").write_bytes(b"1")
    monkeypatch.setattr(state, "PROJECT", tmp_path)
    digest_now = state.code_digest.__wrapped__
    first = digest_now()
    assert digest_now() == first
    (package / "notes.bak").write_text("x")
    assert digest_now() == first
    (package / "drugs.tsv.gz").write_bytes(b"2")
    second = digest_now()
    (package / "scan.py").rename(package / "scanning.py")
    assert len({first, second, digest_now()}) == 3


def test_the_digest_of_the_code_changes_with_a_users_vocabularies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which are there, how they are called, what stands in them; other files of the folder do not count, nor does where it lies."""
    digest_now = inspect.unwrap(state.code_digest)
    monkeypatch.delenv(VARIABLE, raising=False)
    without = digest_now()
    for name, content in (("a/drugs_not.tsv", "1"), ("b/drugs_not.tsv", "1"), ("c/drugs_not.tsv", "2"), ("d/drugs_chinese.tsv", "1")):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(content)
    (tmp_path / "b" / "notes.txt").write_text("1")
    (tmp_path / "empty").mkdir()
    found = {}
    for name in ("a", "b", "c", "d", "empty"):
        monkeypatch.setenv(VARIABLE, str(tmp_path / name))
        found[name] = digest_now()
    assert found["a"] == found["b"]
    assert found["empty"] == without
    assert len({without, found["a"], found["c"], found["d"]}) == 4
