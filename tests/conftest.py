"""Fixtures that several kinds of test share: where the shared material lies, and a warehouse built without Dagster."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import hypothesis
import pytest

from pipelines.settings import PROJECT, Settings
from tests.refreshing import build_all

SHARED = PROJECT.parent / "shared"

# An example is too slow only when it seems to have no end: machines are busy, and the first call of compiled code compiles it.
hypothesis.settings.register_profile("project", deadline=timedelta(seconds=20))
hypothesis.settings.load_profile("project")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real files beside the checkout; tests that need it are skipped, saying so, where it is absent."""
    folder = SHARED / "corpus"
    if not folder.is_dir():
        pytest.skip(f"needs the corpus of real files at {folder}")
    return folder


@pytest.fixture(scope="session")
def build_tables(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Sequence[Path] | Path], Settings]:
    """A function that runs every step of a refresh but publication over a raw folder (or a list of files and folders)."""

    def built(raw: Sequence[Path] | Path) -> Settings:
        folder = tmp_path_factory.mktemp("warehouse")
        if not isinstance(raw, Path):
            linked = folder / "raw"
            linked.mkdir()
            for source in raw:
                copy_into(source, linked / source.name)
            raw = linked
        settings = Settings(raw=raw, warehouse=folder / "warehouse")
        build_all(settings)
        return settings

    return built


def copy_into(source: Path, target: Path) -> None:
    """Link files (a scan does not follow links to folders) so that large material is not copied."""
    if source.is_file():
        target.symlink_to(source)
        return
    for path in source.rglob("*"):
        if path.is_file():
            place = target / path.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(path)
