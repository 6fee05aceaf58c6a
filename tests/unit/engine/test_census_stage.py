"""The census as a stage: every file and member is counted once, whatever it is packed in, and a large one from a memory map."""

import gzip
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.engine import census_stage
from pipelines.engine.scan import scan
from tests.refreshing import as_json, fill, zipped


def counted(raw: Path, folder: Path) -> dict[str, int]:
    """File or member → records."""
    tasks = census_stage.plan(scan(raw, memory=folder / "scan.msgpack", trust_stamps=False), folder=folder / "census")
    tables = [pq.read_table(census_stage.run(task) / census_stage.FILES) for task in tasks]
    assert all(census_stage.finished(task) for task in tasks)
    return {row["source_path"]: row["n_records"] for table in tables for row in table.to_pylist()}


FILES = {
    "a.json": as_json(1, 2),
    "b.json.gz": gzip.compress(as_json(3)),
    "c.zip": zipped(("one.json", as_json(4)), ("note.txt", b"words"), ("inner.zip", zipped(("two.json", as_json(5, 6))))),
    "d.csv": b"NCT Number,Study Title\nNCT91000007,Seven\nNCT91000008,Eight\n",
    "e.xml": b"<clinical_study><brief_title>Nine</brief_title></clinical_study>",
    "cut.zip": zipped(("one.json", as_json(4)))[:-30],
    "empty.json": b"",
}


@pytest.mark.parametrize("large_bytes", [None, 10])
def test_each_file_and_member_is_counted(large_bytes: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when every file counts as large."""
    if large_bytes:
        monkeypatch.setattr(census_stage, "LARGE_BYTES", large_bytes)
    assert counted(fill(tmp_path / "raw", FILES), tmp_path / "state") == {
        "a.json": 2,
        "b.json.gz": 1,
        "c.zip!/one.json": 1,
        "c.zip!/note.txt": 0,
        "c.zip!/inner.zip!/two.json": 2,
        "d.csv": 2,
        "e.xml": 1,
        "cut.zip": 0,
        "empty.json": 0,
    }


def test_members_of_an_archive_are_counted_in_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each member once."""
    monkeypatch.setattr(census_stage, "TARGET_BYTES", 100)
    raw = fill(tmp_path / "raw", {"a.zip": zipped(*((f"{n}.json", as_json(n)) for n in range(1, 6)))})
    assert counted(raw, tmp_path / "state") == {f"a.zip!/{n}.json": 1 for n in range(1, 6)}
