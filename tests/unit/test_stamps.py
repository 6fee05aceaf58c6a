"""What a part of the build was made from is passed on to what is made of it."""

from pathlib import Path

import pytest

from pipelines import build, build_folder, deduplication
from pipelines.engine.executor import Inline
from pipelines.settings import Settings
from tests.refreshing import as_json, build_all, fill

PARTS = ["manifest", *build.BUILT_TABLES]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A build of one study."""
    raw = tmp_path / "raw"
    fill(raw, {"one.json": as_json(1)})
    found = Settings(raw=raw, warehouse=tmp_path / "warehouse")
    build_all(found)
    return found


def test_a_build_made_in_one_go_has_one_stamp(settings: Settings) -> None:
    """The raw content and code of its manifest."""
    assert build_folder.consistent_stamp(settings, PARTS).raw_fingerprint == build.scan_raw(settings).fingerprint


def test_records_read_by_older_code_are_not_made_new_by_later_steps(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a change of code, scanning again and making the later tables again is not enough."""
    monkeypatch.setattr(build, "build_digest", lambda: "newer code")
    build.scan_raw(settings)
    deduplication.find_duplicates(settings, Inline())
    deduplication.find_repeated_blocks(settings, Inline())
    for step in (build.write_documents, build.choose_canonical, build.assign_studies):
        step(settings)
    with pytest.raises(build_folder.InconsistentBuildError):
        build_folder.consistent_stamp(settings, ["manifest", "documents"])


def test_a_part_that_was_never_built_is_named(settings: Settings) -> None:
    """With what to do about it."""
    with pytest.raises(build_folder.MissingStepError, match="lookouts was not built yet; materialise it first"):
        build_folder.consistent_stamp(settings, ["lookouts"])
