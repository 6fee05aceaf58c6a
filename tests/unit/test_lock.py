"""One lock per warehouse."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pipelines.lock import WarehouseBusyError, warehouse_lock
from pipelines.settings import Settings

HOLD = """
import sys, time
from pathlib import Path
from pipelines.lock import warehouse_lock
from pipelines.settings import Settings
with warehouse_lock(Settings(raw=Path("raw"), warehouse=Path(sys.argv[1])), holder="the night's refresh", wait_seconds=0):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A warehouse that is not there yet."""
    return Settings(raw=tmp_path / "raw", warehouse=tmp_path / "warehouse")


def test_the_second_is_told_who_holds_the_warehouse(settings: Settings) -> None:
    """A person can go and look at that run."""
    with warehouse_lock(settings, holder="run 17", wait_seconds=0):
        with pytest.raises(WarehouseBusyError, match=r"run 17 \(process \d+ on .+, since \d{4}-"), _locked(settings, "run 18"):
            pass
        assert settings.lock.with_suffix(".json").is_file(), "whoever did not get the lock must not remove the holder's name"


def test_who_waits_is_told_once_and_then_gets_the_warehouse(settings: Settings) -> None:
    """A second refresh waits for the first instead of failing."""
    said: list[str] = []
    release = threading.Event()

    def told(holder: str) -> None:
        said.append(holder)
        release.set()

    def hold(held: threading.Event) -> None:
        with warehouse_lock(settings, holder="run 1", wait_seconds=0):
            held.set()
            release.wait(10)

    held = threading.Event()
    first = threading.Thread(target=hold, args=(held,))
    first.start()
    assert held.wait(10)
    with warehouse_lock(settings, holder="run 2", wait_seconds=10, on_wait=told):
        assert len(said) == 1
        assert said[0].startswith("run 1 ")
    first.join()


def test_nobody_is_told_anything_when_the_warehouse_is_free(settings: Settings) -> None:
    """No line about waiting where nobody waits."""
    said: list[str] = []
    with warehouse_lock(settings, holder="run 1", wait_seconds=0, on_wait=said.append):
        pass
    assert said == []


def test_the_warehouse_is_free_again_after_an_error(settings: Settings) -> None:
    """A refresh that fails does not lock everyone out."""
    with pytest.raises(ZeroDivisionError), _locked(settings, "run 1"):
        raise ZeroDivisionError
    with _locked(settings, "run 2"):
        pass
    assert not settings.lock.with_suffix(".json").exists()


def test_the_lock_of_a_killed_process_is_free(settings: Settings) -> None:
    """The operating system frees it; the name that the dead holder left behind stops nobody."""
    with subprocess.Popen([sys.executable, "-c", HOLD, str(settings.warehouse)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(WarehouseBusyError, match="the night's refresh"), _locked(settings, "run 2"):
            pass
        holder.kill()
    with warehouse_lock(settings, holder="run 3", wait_seconds=5):
        assert "run 3" in settings.lock.with_suffix(".json").read_text()


@pytest.mark.parametrize("words", ["", "{", '{"holder": "x"}'])
def test_a_damaged_note_of_the_holder_does_not_hide_that_it_is_held(settings: Settings, words: str) -> None:
    """The note is for people; the lock is what counts."""
    with _locked(settings, "run 1"):
        settings.lock.with_suffix(".json").write_text(words)
        with pytest.raises(WarehouseBusyError, match="another process"), _locked(settings, "run 2"):
            pass


def _locked(settings: Settings, holder: str):
    return warehouse_lock(settings, holder=holder, wait_seconds=0)
