"""What the raw files state is in the tables: proved over the samples of every format, and missed wherever something is taken away."""

import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from pipelines.build_folder import parts
from pipelines.engine.executor import Inline
from pipelines.quality import store
from pipelines.quality.reconciliation import CHECKS, FORMAT_CHECKS
from pipelines.quality.results import CheckResult
from pipelines.reconciling import count_raw, reconcile
from pipelines.refresh import BlockedError, finish
from pipelines.settings import PROJECT, Settings
from tests.refreshing import as_json, build_all, fill, refresh, zipped


def reconciled(settings: Settings) -> dict[str, CheckResult]:
    return {result.check_name: result for result in reconcile(settings, Inline())}


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The samples of the project, built."""
    settings = Settings(raw=PROJECT / "raw", warehouse=tmp_path_factory.mktemp("samples"))
    build_all(settings)
    return settings


def test_the_samples_of_every_format_reconcile(samples: Settings) -> None:
    """Each format has records that are compared, and nothing differs; one line of each of the accounts, too."""
    found = reconciled(samples)
    assert list(found) == [check.name for check in CHECKS]
    assert {name: result.findings or result.examples or result.error for name, result in found.items() if not result.passed} == {}
    assert any(told.startswith("`ctgov_json`: ") for told in found["every_record_is_a_document"].findings)
    assert [name for name in (check.name for check in FORMAT_CHECKS.values()) if not found[name].element_count] == []


def test_an_empty_folder_reconciles(tmp_path: Path) -> None:
    """The checks are the same, with nothing looked at."""
    settings = Settings(raw=fill(tmp_path / "raw", {}), warehouse=tmp_path / "warehouse")
    build_all(settings)
    found = reconciled(settings)
    assert list(found) == [check.name for check in CHECKS]
    assert all(result.passed and not result.element_count for result in found.values())


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Four studies in three files, one of them an archive."""
    folder = tmp_path_factory.mktemp("sound")
    files = {"a.json": as_json(1, 2), "b.zip": zipped(("c.json", as_json(3))), "d.json": as_json(4), "note.txt": b"A note on nothing.\n"}
    settings = Settings(raw=fill(folder / "raw", files), warehouse=folder / "warehouse")
    build_all(settings)
    return settings


Damage = Callable[[pl.DataFrame], pl.DataFrame]
OF_THIRD = pl.col("trial_id") == "NCT91000003"
DAMAGES: dict[str, tuple[str, Damage, str, str]] = {
    "a value dropped": (
        "trials",
        lambda rows: rows.with_columns(brief_title=pl.when(~OF_THIRD).then("brief_title")),
        "reconciles_ctgov_json",
        "`trials.brief_title`: 4 values in the raw files, 3 in the table; 4 / 3 distinct; 1 record differs.",
    ),
    "a value changed": (
        "trials",
        lambda rows: rows.with_columns(enrollment=pl.col("enrollment") + OF_THIRD.cast(pl.Int64)),
        "reconciles_ctgov_json",
        "`trials.enrollment`: 4 values in the raw files, 4 in the table; 4 / 3 distinct; 1 record differs.",
    ),
    "a column emptied": (
        "endpoints",
        lambda rows: rows.with_columns(time_frame_raw=pl.lit(None, pl.String)),
        "reconciles_ctgov_json",
        "`endpoints.time_frame_raw (PRIMARY)`: 4 values in the raw files, 0 in the table; 1 / 0 distinct; 4 records differ.",
    ),
    "a batch doubled": (
        "conditions",
        lambda rows: pl.concat([rows, rows]),
        "reconciles_ctgov_json",
        "`conditions.condition_raw`: 4 values in the raw files, 8 in the table; 1 / 1 distinct; 4 records differ.",
    ),
    "a batch dropped": (
        "arms",
        lambda rows: rows.filter(~OF_THIRD),
        "reconciles_ctgov_json",
        "`arms.label`: 4 values in the raw files, 3 in the table; 1 / 1 distinct; 1 record differs.",
    ),
    "a treatment lost": (
        "regimens",
        lambda rows: rows.filter(~OF_THIRD),
        "reconciles_ctgov_json",
        "`regimens`: 4 values in the raw files, 3 in the table; 1 / 1 distinct; 1 record differs.",
    ),
    "a record lost": ("documents", lambda rows: rows.filter(pl.col("source_path") != "b.zip!/c.json"), "every_record_is_a_document", ""),
    "a file lost": ("documents", lambda rows: rows.filter(pl.col("source_path") != "note.txt"), "every_file_is_accounted_for", ""),
    "characters lost": ("documents", lambda rows: rows.with_columns(n_chars=pl.col("n_chars") - 1), "every_character_is_read", ""),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_found_by_name(name: str, sound: Settings, tmp_path: Path) -> None:
    """Each damage to a table fails its check, with a sentence of the field and the record that lacks it."""
    table, damage, check, finding = DAMAGES[name]
    shutil.copytree(sound.warehouse, tmp_path / "warehouse")
    settings = Settings(raw=sound.raw, warehouse=tmp_path / "warehouse")
    assert all(result.passed for result in reconcile(settings, Inline()))
    files = parts(settings, table)
    frame = damage(pl.concat([pl.read_parquet(file) for file in files]))
    for file in files:
        file.unlink()
    frame.write_parquet(files[0])
    result = reconciled(settings)[check]
    assert not result.passed
    assert not finding or finding in result.findings
    assert {"source_path"} <= result.examples[0].keys()
    if "lost" not in name and name in ("a value dropped", "a batch dropped"):
        shown = result.examples[0]
        assert (shown["source_path"], shown["record_index"], shown["n_raw"], shown["n_table"]) == ("b.zip!/c.json", 0, 1, 0)


def test_nothing_is_published_without_it(tmp_path: Path) -> None:
    """A build that was not reconciled, or does not reconcile, is not published; unchanged files are not counted again."""
    settings = Settings(raw=fill(tmp_path / "raw", {"a.json": as_json(1)}), warehouse=tmp_path / "warehouse")
    assert refresh(settings).outcome == "published"
    made_at = [folder.stat().st_ino for folder in count_raw(settings, Inline())]
    assert [folder.stat().st_ino for folder in count_raw(settings, Inline())] == made_at
    (settings.build / "checks" / f"{store.RECONCILIATION}.json").unlink()
    with pytest.raises(BlockedError, match="reconciliation"):
        finish(settings, run_id="bbbbbb", started_at=None, rules={})
