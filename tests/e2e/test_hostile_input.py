"""A folder full of damaged and hostile files beside good ones: what is good is published, what is not is named with its reason."""

import ast
import gzip
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import zstandard

from pipelines.settings import Settings
from tests.refreshing import as_json, fill, query, refresh, study, zipped

CSV_HEADER = "NCT Number,Study Title,Conditions\n"
NOT_UTF_8 = b"caf\xe9.json"
LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE clinical_study [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>
<clinical_study><id_info><nct_id>NCT91000090</nct_id></id_info><brief_title>&c;&c;&c;&c;</brief_title></clinical_study>
"""
STEALS = b"""<?xml version="1.0"?><!DOCTYPE clinical_study [<!ENTITY a SYSTEM "file:///etc/hostname">]>
<clinical_study><id_info><nct_id>NCT91000091</nct_id></id_info><brief_title>&a;</brief_title></clinical_study>
"""


def with_count(number: int, count: bytes) -> bytes:
    """A study whose enrolment is written like this."""
    return as_json(number).replace(b'"count": %d' % (40 + number), b'"count": ' + count)


FILES: dict[str, bytes] = {
    # Good ones.
    "good-1.json": as_json(1),
    "below/good-2.json": as_json(2),
    # Good ones that look bad: mislabelled, mis-encoded, oddly named.
    "is-json.csv": as_json(3),
    "is-csv.json": f"{CSV_HEADER}NCT91000004,Title,Glioblastoma\n".encode(),
    "utf-16.csv": f"{CSV_HEADER}NCT91000005,Étude,Glioblastoma\n".encode("utf-16"),
    "latin-1.csv": f"{CSV_HEADER}NCT91000006,Étude à Liège,Glioblastoma\n".encode("latin-1"),
    "utf-16.json": as_json(7).decode().encode("utf-16"),
    "quotes \"'\n.json": as_json(8),
    "x.zip!/a.json": as_json(9),
    "x.zip": zipped(("a.json", as_json(10)), ("in.zip", zipped(("b.json", as_json(11))))),
    "no-name": gzip.compress(as_json(12)),
    # Good ones around bad ones.
    "one-line-broken.ndjson": b"\n".join([as_json(20), as_json(21)[:-40], as_json(22)]),
    "cut.json": as_json(23, 24, 25)[:-100],
    "one-invalid.json": json.dumps([study(26), {"protocolSection": {"identificationModule": {"nctId": ["x"]}}}, study(27)]).encode(),
    "one-row.csv": f"{CSV_HEADER}NCT91000028,A,B\nNCT91000029,A\nNCT91000030,A,B\n".encode(),
    "climbs.zip": zipped(("../evil.json", as_json(31)), ("/etc/evil.json", as_json(32)), ("fine.json", as_json(33))),
    "number.json": b"[" + with_count(34, b"9" * 30) + b"," + with_count(35, b"9" * 19) + b"," + as_json(36) + b"]",
    "deep.json": b"[" + as_json(37) + b', {"protocolSection": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]",
    # Bad ones.
    "bomb.zip": zipped(("a.json", b'[{"protocolSection":' + b" " * 100_000_000)),
    "bomb.json.gz": gzip.compress(b'[{"protocolSection":' + b" " * 100_000_000),
    "cut.json.gz": gzip.compress(as_json(40, 41, 42))[:-30],
    "cut.json.zst": zstandard.compress(as_json(40, 41, 42))[:-30],
    "cut.zip": zipped(("a.json", as_json(43)))[:-30],
    "deep.zip": zipped(("in.zip", zipped(("in.zip", zipped(("a.json", as_json(44))))))),
    "laughs.xml": LAUGHS,
    "steals.xml": STEALS,
    "picture.json": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)),
    "numbers.txt": b"".join(number.to_bytes(2, "big") for number in range(200)),
    "nothing.json": b'{"protocolSection": {}}',
    # Nothing in them.
    "empty.json": b"",
    "blank.txt": b" \n\n",
    "header-only.csv": CSV_HEADER.encode(),
    "empty.zip": zipped(),
}

TRIALS = {*range(1, 13), 20, 22, 23, 24, 26, 27, 28, 30, 33, 35, 36, 37, 50}
"""Last digits of the NCT ids that must be there."""

REJECTED: dict[str, list[tuple[int, str]]] = {
    "one-line-broken.ndjson": [(1, "invalid_json")],
    "cut.json": [(2, "truncated")],
    "one-invalid.json": [(1, "invalid_field")],
    "one-row.csv": [(1, "invalid_csv")],
    "climbs.zip!/../evil.json": [(-1, "unsafe_path")],
    "climbs.zip!//etc/evil.json": [(-1, "unsafe_path")],
    "number.json": [(0, "invalid_field")],
    "deep.json": [(1, "invalid_json")],
    "bomb.zip!/a.json": [(-1, "too_large")],
    "bomb.json.gz": [(-1, "too_large")],
    "cut.json.gz": [(-1, "truncated")],
    "cut.json.zst": [(-1, "truncated")],
    "cut.zip": [(-1, "invalid_archive")],
    "deep.zip!/in.zip!/in.zip": [(-1, "too_deep")],
    "laughs.xml": [(0, "unsafe_xml")],
    "steals.xml": [(0, "unsafe_xml")],
    "picture.json": [(-1, "binary")],
    "numbers.txt": [(-1, "binary")],
    "nothing.json": [(0, "not_a_trial")],
    "pipe.json": [(-1, "unreadable_file")],
    "lost.json": [(-1, "unreadable_file")],
    "again": [(-1, "unreadable_file")],
}
if os.geteuid() != 0:
    REJECTED["forbidden.json"] = [(-1, "unreadable_file")]

NO_RECORDS = {"empty.json", "blank.txt", "header-only.csv", "empty.zip"}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A warehouse published from all of them."""
    folder = tmp_path_factory.mktemp("it's hostile")
    raw = fill(folder / "raw", FILES)
    Path(os.fsdecode(os.fsencode(raw) + b"/" + NOT_UTF_8)).write_bytes(as_json(50))
    os.mkfifo(raw / "pipe.json")
    (raw / "lost.json").symlink_to("/nowhere")
    (raw / "again").symlink_to(raw)
    (raw / "empty folder").mkdir()
    if os.geteuid() != 0:
        fill(raw, {"forbidden.json": as_json(51)})
        (raw / "forbidden.json").chmod(0)
    settings = Settings(raw=raw, warehouse=folder / "warehouse")
    assert refresh(settings).outcome == "published"
    return settings


@pytest.fixture(scope="module")
def rejected(warehouse: Settings) -> dict[str, list[tuple[int, str]]]:
    """(record, reason) of each path in quarantine."""
    found: dict[str, list[tuple[int, str]]] = {}
    for path, record, reason in query(warehouse, "SELECT source_path, record_index, reason FROM quarantine ORDER BY ALL"):
        found.setdefault(path, []).append((record, reason))
    return found


@pytest.mark.parametrize("path", REJECTED)
def test_what_cannot_be_read_is_named_with_its_reason(path: str, rejected: dict[str, list[tuple[int, str]]]) -> None:
    """File, record (-1: the whole file) and reason, so that a person can act."""
    assert rejected.get(path) == REJECTED[path]


def test_nothing_else_is_in_quarantine(rejected: dict[str, list[tuple[int, str]]]) -> None:
    """Files that only look bad are read."""
    assert set(rejected) - set(REJECTED) == set()


def test_every_good_study_is_published_beside_the_bad_ones(warehouse: Settings) -> None:
    """One bad file, member, line or record costs only itself, and nothing of a bad one is believed."""
    found = {trial_id for (trial_id,) in query(warehouse, "SELECT trial_id FROM trials")}
    assert found == {f"NCT9100{number:04}" for number in TRIALS}


def test_every_file_is_accounted_for(warehouse: Settings) -> None:
    """Each is listed once, with what became of it; empty ones and headers alone are no fault."""
    status = dict(query(warehouse, "SELECT source_path, status FROM raw_files"))
    names = {*FILES, "pipe.json", "lost.json", "again", rb"caf\xe9.json".decode(), *(["forbidden.json"] if os.geteuid() else [])}
    names = names - {"x.zip!/a.json"} | {r"x.zip\x21/a.json"}
    assert set(status) == names
    assert {name for name, word in status.items() if word == "no_records"} == NO_RECORDS
    quarantined = {name for name, word in status.items() if word == "quarantined"}
    partly = {"one-line-broken.ndjson", "cut.json", "one-invalid.json", "one-row.csv", "climbs.zip", "number.json", "deep.json"}
    assert quarantined == {path.split("!/")[0] for path in REJECTED} - partly


def test_every_record_is_accounted_for(warehouse: Settings) -> None:
    """Documents and rejected records add up to what the files hold."""
    rows = query(warehouse, "SELECT source_path, record_index, status FROM documents")
    per_file = Counter(path.split("!/")[0] for path, _, _ in rows)
    assert per_file == Counter({path: n for path, n in query(warehouse, "SELECT source_path, n_records FROM raw_files") if n})
    quarantined = {(path, record) for path, record, status in rows if status == "quarantined"}
    assert quarantined == {(path, record) for path, found in REJECTED.items() for record, _ in found if record >= 0}


def test_nothing_was_written_outside_of_the_warehouse(warehouse: Settings) -> None:
    """A path that climbs out of an archive leads nowhere, and raw files stay as they are."""
    folder = warehouse.warehouse.parent
    assert {path.name for path in folder.iterdir()} == {"raw", "warehouse"}
    assert not list(folder.rglob("*evil*"))
    assert all((warehouse.raw / name).read_bytes() == content for name, content in FILES.items())


def test_the_content_of_no_other_file_gets_in(warehouse: Settings) -> None:
    """An external entity is not followed."""
    hostname = Path("/etc/hostname")
    secret = hostname.read_text().strip() if hostname.is_file() else "no such file"
    excerpts = query(warehouse, "SELECT excerpt FROM quarantine WHERE source_path = 'steals.xml'")
    assert secret not in str(excerpts)


def test_reasons_come_with_words_for_people(warehouse: Settings) -> None:
    """`reason_text` explains the code; `detail` says what exactly."""
    assert query(warehouse, "SELECT count(*) FROM quarantine WHERE reason_text IS NULL OR detail IS NULL OR length(detail) < 5") == [(0,)]


@pytest.mark.parametrize("files", [{}, {"empty.csv": b""}, {"picture.png": b"\x89PNG\r\n\x1a\n\0"}], ids=["no file", "empty", "bad"])
def test_a_folder_that_yields_no_trial_still_publishes(tmp_path: Path, files: dict[str, bytes]) -> None:
    """A warehouse without rows is an answer, with every table there."""
    settings = Settings(raw=fill(tmp_path / "raw", files), warehouse=tmp_path / "warehouse")
    assert refresh(settings).outcome == "published"
    assert query(settings, "SELECT count(*) FROM trials") == [(0,)]
    assert query(settings, "SELECT count(*) FROM raw_files") == [(len(files),)]
    assert query(settings, "SELECT * FROM trial_overview") == []


BOUNDED = """
import resource, sys
from pathlib import Path
from pipelines import build
from pipelines.engine.executor import Inline
from pipelines.settings import Settings
resource.setrlimit(resource.RLIMIT_DATA, (1_000_000_000, 1_000_000_000))
settings = Settings(raw=Path(sys.argv[1]), warehouse=Path(sys.argv[2]))
build.scan_raw(settings)
reading = build.read_records(settings, Inline())
print([(entry.source_path, entry.reject.reason.value) for entry in reading.rejects])
print(sum(result.n_records for result in reading.results))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of private memory is Linux's")
def test_a_line_of_two_gigabytes_is_rejected_without_being_read_into_memory(tmp_path: Path) -> None:
    """Under a limit of 1 GB the reading goes on: the study and the row before the long line are kept."""
    json_start = b'[{"protocolSection":{"identificationModule":{"nctId":"NCT91000002","briefTitle":"'
    raw = fill(
        tmp_path / "raw",
        {
            "good.json": as_json(1),
            "huge.json": json_start,
            "huge.csv": f"{CSV_HEADER}NCT91000003,Title,Glioblastoma\nNCT91000004,{'a' * 70_000}".encode(),
        },
    )
    os.truncate(raw / "huge.json", 2**31 + 1)
    os.truncate(raw / "huge.csv", 2**27)
    done = subprocess.run(
        [sys.executable, "-c", BOUNDED, str(raw), str(tmp_path / "warehouse")], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    rejects, n_records = done.stdout.splitlines()
    assert sorted(ast.literal_eval(rejects)) == [("huge.csv", "too_large"), ("huge.json", "too_large")]
    assert n_records == "2"
