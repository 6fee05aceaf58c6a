"""How a raw folder is cut into tasks: every file somewhere, large ones in pieces, most tasks untouched by a new file."""

import gzip
import io
import json
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
import zstandard

from pipelines.engine import read_plan, read_stage
from pipelines.engine.read_plan import ReadPlan, ReadTask
from pipelines.engine.scan import scan
from pipelines.sources.records import Reason
from tests.refreshing import as_json, fill, study, zipped

AACT_STUDIES = b"nct_id|brief_title|overall_status|study_type|source\nNCT91000001|Title|COMPLETED|Interventional|X\n"
AACT_CONDITIONS = b"id|nct_id|name|downcase_name\n1|NCT91000001|Glioma|glioma\n"
CSV_HEADER = b"NCT Number,Study Title,Conditions\n"


def plan(raw: Path) -> ReadPlan:
    """The plan of a folder."""
    state = raw.parent / "state"
    files = scan(raw, memory=state / "scan.msgpack")
    return read_plan.plan(files, folder=state / "read", spool=state / "spool")


def read(tasks: Sequence[ReadTask]) -> tuple[list[tuple[str, int, str]], list[tuple[str, int, str]]]:
    """(path, number, trial) of every record and (path, number, reason) of every reject of the tasks, sorted."""
    records: list[tuple[str, int, str]] = []
    rejects: list[tuple[str, int, str]] = []
    for task in tasks:
        folder = Path(read_stage.run(task).folder)
        rows = read_stage.pq.read_table(folder / read_stage.RECORDS).to_pylist()
        records += [(row["source_path"], row["record_index"], row["trial_id"]) for row in rows]
        rows = read_stage.pq.read_table(folder / read_stage.REJECTS).to_pylist()
        rejects += [(row["source_path"], row["record_index"], row["reason"]) for row in rows]
    return sorted(records), sorted(rejects)


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits so low that small files count as large ones."""
    monkeypatch.setattr(read_plan, "TARGET_BYTES", 3_000)
    monkeypatch.setattr(read_plan, "LARGE_BYTES", 6_000)
    monkeypatch.setattr(read_plan, "MAX_RECORD_BYTES", 20_000)


def test_small_files_are_read_together(tmp_path: Path) -> None:
    """Fifty files of a kilobyte are a few tasks, not fifty."""
    raw = fill(tmp_path / "raw", {f"{number}.json": as_json(number) for number in range(1, 51)})
    found = plan(raw)
    assert len(found.tasks) < 5
    assert read(found.tasks)[0] == sorted((f"{n}.json", 0, f"NCT9100{n:04}") for n in range(1, 51))


def test_an_empty_file_needs_no_task(tmp_path: Path) -> None:
    """It is accounted for in `raw_files`."""
    found = plan(fill(tmp_path / "raw", {"empty.json": b""}))
    assert (found.tasks, found.rejects) == ([], [])


def test_a_new_file_changes_few_of_many_tasks(tmp_path: Path) -> None:
    """Runs of small files end at places that the paths decide, so what was read of the others stays valid."""
    raw = fill(tmp_path / "raw", {f"{number:04}.json": b"{}" for number in range(2_000)})
    before = {task.key for task in plan(raw).tasks}
    assert 3 <= len(before) <= 40
    fill(raw, {"1000-and-a-half.json": b"{}"})
    after = {task.key for task in plan(raw).tasks}
    assert 1 <= len(after - before) <= 2
    assert len(before - after) <= 1
    (raw / "1000-and-a-half.json").unlink()
    assert {task.key for task in plan(raw).tasks} == before


def test_a_task_is_named_by_place_content_and_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another name, another byte or another program is other work; another time of change is not."""
    raw = fill(tmp_path / "raw", {"a.json": as_json(1)})

    def key() -> str:
        (task,) = plan(raw).tasks
        return task.key

    first = key()
    os.utime(raw / "a.json", (1, 1))
    assert key() == first
    (raw / "a.json").write_bytes(as_json(2))
    second = key()
    (raw / "a.json").rename(raw / "b.json")
    third = key()
    monkeypatch.setattr(read_plan, "code_digest", lambda: "other")
    assert len({first, second, third, key()}) == 4


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize(
    "content",
    [
        as_json(*range(1, 31)),
        b'{"studies": ' + as_json(*range(1, 31)) + b', "nextPageToken": "x"}',
        b"\n".join(as_json(number) for number in range(1, 31)),
        json.dumps([study(number) for number in range(1, 31)], indent=2).encode(),
        CSV_HEADER
        + b"".join(b'NCT9100%04d,"A title\nof two lines",Glioblastoma and more words to fill the row\n' % n for n in range(1, 201)),
    ],
    ids=["array", "page", "lines", "pretty", "csv"],
)
def test_a_large_file_gives_the_same_records_in_pieces(tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """However it is cut, every record has the number that it has in the whole file."""
    raw = fill(tmp_path / "raw", {"large": content})
    in_pieces = plan(raw).tasks
    assert len(in_pieces) > 2
    monkeypatch.setattr(read_plan, "LARGE_BYTES", 10**9)
    (whole,) = plan(raw).tasks
    assert read(in_pieces) == read([whole])
    assert len(read([whole])[0]) in (30, 200)


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize(
    "wrap", [gzip.compress, zstandard.compress, lambda content: zipped(("in.json", content))], ids=["gz", "zst", "zip"]
)
def test_a_large_file_in_a_container_is_cut_like_a_plain_one(tmp_path: Path, wrap, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is unpacked beside the state first, so that it costs no more memory than a plain one."""
    content = as_json(*range(1, 31))
    container = wrap(content)
    monkeypatch.setattr(read_plan, "LARGE_BYTES", len(container) + 1)
    found = plan(fill(tmp_path / "raw", {"export": container}))
    assert len(found.tasks) > 2
    records, rejects = read(found.tasks)
    assert [(number, trial) for _, number, trial in records] == [(n, f"NCT9100{n + 1:04}") for n in range(30)]
    assert rejects == []


@pytest.mark.usefixtures("small_limits")
def test_a_large_file_that_is_cut_short_keeps_its_whole_studies(tmp_path: Path) -> None:
    """A download that broke off has lost its last study only."""
    found = plan(fill(tmp_path / "raw", {"cut.json": as_json(*range(1, 31))[:-200]}))
    assert len(found.tasks) > 2
    records, rejects = read(found.tasks)
    assert [trial for _, _, trial in records] == [f"NCT9100{n:04}" for n in range(1, 30)]
    assert rejects == [("cut.json", 29, "truncated")]


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize(
    ("content", "kept"),
    [
        (b"[" + as_json(1) + b', {"protocolSection": {"x": "' + b"a" * 30_000 + b'"}}, ' + as_json(2) + b"]", 2),
        (as_json(1) + b'\n{"protocolSection": {"x": "' + b"a" * 30_000 + b'"}}\n' + as_json(2), 2),
        (b'{"protocolSection": {"x": "' + b"a" * 30_000 + b'"}}', 0),
        (b"Some words of an article. " * 2_000, 0),
        (b"<clinical_study><brief_title>" + b"a" * 30_000 + b"</brief_title></clinical_study>", 0),
    ],
    ids=["array", "lines", "object", "text", "xml"],
)
def test_what_is_larger_than_a_record_may_be_is_not_read(tmp_path: Path, content: bytes, kept: int) -> None:
    """Memory stays bounded, and the records before and after it are kept."""
    found = plan(fill(tmp_path / "raw", {"huge": content}))
    assert [(entry.source_path, entry.reject.reason) for entry in found.rejects] == [("huge", Reason.TOO_LARGE)]
    assert "bytes" in found.rejects[0].reject.detail
    assert len(read(found.tasks)[0]) == kept


@pytest.mark.usefixtures("small_limits")
def test_a_row_larger_than_a_record_may_be_costs_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of the table before and after it are kept."""
    monkeypatch.setattr("pipelines.sources.delimited.MAX_RECORD_BYTES", 20_000)
    rows = [b"NCT9100%04d,Title,Glioblastoma\n" % number for number in range(1, 401)]
    rows[100] = b"NCT91000101,Title," + b"a" * 100_000 + b"\n"
    found = plan(fill(tmp_path / "raw", {"huge.csv": CSV_HEADER + b"".join(rows)}))
    assert [entry.reject.reason for entry in found.rejects] == [Reason.TOO_LARGE]
    records, rejects = read(found.tasks)
    assert [trial for _, _, trial in records] == [f"NCT9100{n:04}" for n in range(1, 401) if n != 101]
    assert [number for _, number, _ in records] == [n for n in range(400) if n != 100]
    assert rejects == []


@pytest.mark.usefixtures("small_limits")
def test_a_large_file_of_no_known_format_is_rejected_unread(tmp_path: Path) -> None:
    """Whatever its size, it is named with its reason."""
    found = plan(fill(tmp_path / "raw", {"disk.img": bytes(range(256)) * 100}))
    assert found.tasks == []
    assert [(entry.source_path, entry.reject.index) for entry in found.rejects] == [("disk.img", -1)]
    assert found.rejects[0].reject.reason in (Reason.UNKNOWN_FORMAT, Reason.BINARY)


@pytest.mark.parametrize("size", [100, 10_000])
@pytest.mark.usefixtures("small_limits")
def test_a_file_that_vanishes_after_the_scan_is_rejected_by_name(tmp_path: Path, size: int) -> None:
    """Somebody may tidy up the folder during a refresh; all else goes on."""
    raw = fill(
        tmp_path / "raw", {"a.json": as_json(1), "gone.txt": b"Words. " * size, "gone|too.txt": b"a|b\n", "gone.gz": gzip.compress(b"x")}
    )
    files = scan(raw, memory=tmp_path / "scan.msgpack")
    for path in raw.glob("gone*"):
        path.unlink()
    found = read_plan.plan(files, folder=tmp_path / "read", spool=tmp_path / "spool")
    records, rejects = read(found.tasks)
    assert records == [("a.json", 0, "NCT91000001")]
    rejects += [(entry.source_path, -1, entry.reject.reason.value) for entry in found.rejects]
    assert sorted(rejects) == [(name, -1, "unreadable_file") for name in ("gone.gz", "gone.txt", "gone|too.txt")]


def test_a_reading_that_the_operating_system_refused_is_tried_again(tmp_path: Path) -> None:
    """A network drive that was away for a moment must not be remembered as an unreadable file."""
    raw = fill(tmp_path / "raw", {"a.json": as_json(1)})
    (task,) = plan(raw).tasks
    (raw / "a.json").rename(tmp_path / "aside")
    assert read([task]) == ([], [("a.json", -1, "unreadable_file")])
    assert read_stage.finished(task) is None
    (tmp_path / "aside").rename(raw / "a.json")
    assert read([task]) == ([("a.json", 0, "NCT91000001")], [])
    assert read_stage.finished(task) is not None


def test_damaged_results_are_not_taken_for_finished_work(tmp_path: Path) -> None:
    """A state folder may be damaged: the work is done again, and its new result counts."""
    (task,) = plan(fill(tmp_path / "raw", {"a.json": as_json(1)})).tasks
    result = read_stage.run(task)
    for damage in (lambda path: path.write_bytes(path.read_bytes()[:-10]), lambda path: path.unlink()):
        for name in (read_stage.RECORDS, read_stage.REJECTS):
            damage(Path(result.folder) / name)
            assert read_stage.finished(task) is None
            assert read_stage.run(task) == result
            assert read_stage.finished(task) == result


def test_the_tables_of_an_aact_folder_are_one_source(tmp_path: Path) -> None:
    """The other tables are joined to the studies, whatever the files are called; tables of another folder are not."""
    raw = fill(tmp_path / "raw", {"aact/1.txt": AACT_STUDIES, "aact/2.txt": AACT_CONDITIONS, "elsewhere/3.txt": AACT_CONDITIONS})
    found = plan(raw)
    assert list(found.joined) == ["aact/2.txt"]
    records, rejects = read(found.tasks)
    assert records == [("aact/1.txt", 0, "NCT91000001")]
    assert rejects == [("elsewhere/3.txt", 0, "missing_key")]


def test_a_change_in_any_table_of_a_set_is_new_work(tmp_path: Path) -> None:
    """The studies table alone does not decide what its trials say."""
    raw = fill(tmp_path / "raw", {"aact/studies.txt": AACT_STUDIES, "aact/conditions.txt": AACT_CONDITIONS})
    (before,) = plan(raw).tasks
    (raw / "aact" / "conditions.txt").write_bytes(AACT_CONDITIONS.replace(b"Glioma", b"Myeloma"))
    (after,) = plan(raw).tasks
    assert before.key != after.key


@pytest.mark.parametrize("damaged", ["conditions.txt", "studies.txt"])
def test_a_damaged_table_in_an_archive_costs_only_itself(tmp_path: Path, damaged: str) -> None:
    """Its checksum is wrong, which shows only at its end; everything else in the archive is read."""
    content = zipped(("studies.txt", AACT_STUDIES), ("conditions.txt", AACT_CONDITIONS), ("other.json", as_json(2)))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        checksum = archive.getinfo(damaged).CRC
    content = content.replace(checksum.to_bytes(4, "little"), (checksum ^ 1).to_bytes(4, "little"))
    found = plan(fill(tmp_path / "raw", {"a.zip": content}))
    records, rejects = read(found.tasks)
    rejects += [(entry.source_path, entry.reject.index, entry.reject.reason.value) for entry in found.rejects]
    assert (f"a.zip!/{damaged}", -1, "invalid_archive") in rejects
    assert ("a.zip!/other.json", 0, "NCT91000002") in records
    assert (("a.zip!/studies.txt", 0, "NCT91000001") in records) == (damaged != "studies.txt")


def test_members_of_an_archive_and_of_one_inside_it_have_names_of_their_own(tmp_path: Path) -> None:
    """A folder called `b!` in a zip is told from an archive `b` in it."""
    content = zipped(("b!/c.json", as_json(1)), ("b", zipped(("c.json", as_json(2)))))
    records, rejects = read(plan(fill(tmp_path / "raw", {"a.zip": content})).tasks)
    assert records == [("a.zip!/b!/c.json", 0, "NCT91000002"), (r"a.zip!/b\x21/c.json", 0, "NCT91000001")]
    assert rejects == []


def test_what_lies_too_deep_is_rejected_by_name(tmp_path: Path) -> None:
    """An archive in an archive is opened, a third is not; nor is one compressed file in another."""
    files = {
        "deep.zip": zipped(("in.zip", zipped(("in.zip", zipped(("a.json", as_json(1))))))),
        "twice.gz": gzip.compress(gzip.compress(as_json(2))),
        "fine.zip": zipped(("in.zip", zipped(("a.json", as_json(3)))), ("b.json.gz", gzip.compress(as_json(4)))),
        "fine.gz": gzip.compress(zipped(("a.json", as_json(5)))),
    }
    found = plan(fill(tmp_path / "raw", files))
    records, rejects = read(found.tasks)
    rejects += [(entry.source_path, -1, entry.reject.reason.value) for entry in found.rejects]
    assert sorted(rejects) == [("deep.zip!/in.zip!/in.zip", -1, "too_deep"), ("twice.gz", -1, "too_deep")]
    assert [path for path, _, _ in records] == ["fine.gz!/a.json", "fine.zip!/b.json.gz", "fine.zip!/in.zip!/a.json"]


def test_a_record_that_no_table_can_hold_costs_only_itself(tmp_path: Path) -> None:
    """An integer of 30 digits, a text with half a character: neighbours in the file are kept."""
    odd = as_json(1).replace(b'"count": 41', b'"count": ' + b"9" * 30)
    half = b"<clinical_study><id_info><nct_id>NCT91000003</nct_id></id_info><enrollment>" + b"9" * 30 + b"</enrollment></clinical_study>"
    found = plan(fill(tmp_path / "raw", {"a.json": b"[" + odd + b"," + as_json(2) + b"]", "b.xml": half}))
    records, rejects = read(found.tasks)
    assert ("a.json", 1, "NCT91000002") in records
    assert rejects[0] == ("a.json", 0, "invalid_field")
    assert {(path, reason) for path, _, reason in rejects} <= {("a.json", "invalid_field"), ("b.xml", "invalid_field")}
