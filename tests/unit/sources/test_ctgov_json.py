"""The API v2 JSON reader: every container of studies, damage, and slices."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.sources import ctgov_json
from pipelines.sources.records import Reason, Record, Reject


def study(number: int, **modules: object) -> dict[str, object]:
    return {
        "protocolSection": {
            "identificationModule": {"nctId": f"NCT{number:08d}", "briefTitle": f"Trial {number} of a new tablet"},
            **modules,
        },
        "hasResults": False,
    }


def ids(data: bytes, **options: object) -> list[str | None]:
    """NCT ids of the records, None for a rejection."""
    return [
        item.study.protocol_section.identification_module.nct_id if isinstance(item, Record) and item.study else None
        for item in ctgov_json.read(data, **options)
    ]


THREE = [study(1), study(2), study(3)]
IDS = ["NCT00000001", "NCT00000002", "NCT00000003"]


@pytest.mark.parametrize(
    "data",
    [
        json.dumps(THREE).encode(),
        json.dumps(THREE, indent=2).encode(),
        json.dumps({"totalCount": 3, "studies": THREE}).encode(),
        "\n".join(map(json.dumps, THREE)).encode(),
        "\r\n".join(map(json.dumps, THREE)).encode() + b"\r\n\r\n",
        b"\xef\xbb\xbf" + json.dumps(THREE).encode(),
        "\n\n".join(json.dumps(s, indent=1) for s in THREE).encode(),
    ],
    ids=["array", "pretty", "page", "lines", "CRLF lines", "BOM", "pretty objects one after another"],
)
def test_every_container_of_studies_is_read(data: bytes) -> None:
    """The same three studies, whatever they came in, numbered from 0."""
    assert ctgov_json.sniff(data)
    assert ids(data) == IDS
    assert [item.index for item in ctgov_json.read(data)] == [0, 1, 2]


def test_a_single_study_is_one_record() -> None:
    """A file of the bulk download."""
    (record,) = ctgov_json.read(json.dumps(study(7)).encode())
    assert isinstance(record, Record)
    assert record.title == "Trial 7 of a new tablet"


def test_one_bad_study_costs_itself_only_and_is_named_with_its_path() -> None:
    """A wrong type in one of three: two records, and a rejection that says where."""
    bad = study(2, statusModule={"overallStatus": ["RECRUITING"]})
    items = list(ctgov_json.read(json.dumps([study(1), bad, study(3)]).encode()))
    assert [isinstance(item, Record) for item in items] == [True, False, True]
    assert isinstance(items[1], Reject)
    assert items[1].reason is Reason.INVALID_FIELD
    assert "statusModule.overallStatus" in items[1].detail


def test_an_array_cut_in_the_middle_keeps_what_is_whole() -> None:
    """Studies before the cut are records; the last one is truncated."""
    data = json.dumps(THREE).encode()
    *whole, last = ctgov_json.read(data[:-40])
    assert [item.index for item in whole] == [0, 1]
    assert isinstance(last, Reject)
    assert last.reason is Reason.TRUNCATED
    assert last.index == 2


def test_damage_in_the_middle_of_an_array_costs_one_study() -> None:
    """Reading goes on at the next study."""
    data = json.dumps(THREE).replace('"nctId": "NCT00000002"', '"nctId": NCT00000002').encode()
    assert ids(data) == ["NCT00000001", None, "NCT00000003"]


def test_a_broken_line_costs_one_study() -> None:
    """The other lines are read."""
    lines = [json.dumps(THREE[0]), json.dumps(THREE[1])[:-10], json.dumps(THREE[2])]
    assert ids("\n".join(lines).encode()) == ["NCT00000001", None, "NCT00000003"]


def test_a_well_formed_object_that_is_no_trial_is_rejected() -> None:
    """Neither id nor title."""
    (item,) = ctgov_json.read(b'{"protocolSection": {"statusModule": {}}}')
    assert isinstance(item, Reject)
    assert item.reason is Reason.NOT_A_TRIAL


def test_unknown_members_and_unknown_values_are_no_error() -> None:
    """The registry adds fields and values; both pass."""
    data = json.dumps(study(1, statusModule={"overallStatus": "PAUSED_FOR_REVIEW"}, newModule={"a": 1})).encode()
    (record,) = ctgov_json.read(data)
    assert isinstance(record, Record)
    assert record.study
    assert record.study.protocol_section.status_module.overall_status == "PAUSED_FOR_REVIEW"


def test_the_day_of_download_does_not_change_the_content() -> None:
    """Pretty or compact, produced today or tomorrow: one digest."""
    today = study(1) | {"derivedSection": {"miscInfoModule": {"versionHolder": "2025-01-01"}}}
    tomorrow = study(1) | {"derivedSection": {"miscInfoModule": {"versionHolder": "2025-01-02"}}}
    first, second = (next(iter(ctgov_json.read(d))) for d in (json.dumps(today).encode(), json.dumps(tomorrow, indent=3).encode()))
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert first.content_sha256 == second.content_sha256
    assert (first.download_date, second.download_date) == ("2025-01-01", "2025-01-02")


def test_other_json_is_not_claimed() -> None:
    """The older API and arbitrary objects belong to others."""
    assert not ctgov_json.sniff(b'{"status": "pwned"}')
    assert not ctgov_json.sniff(b'{"FullStudiesResponse": {"FullStudies": []}}')
    assert not ctgov_json.sniff(b"NCT Number,Study Title")


def test_a_byte_that_is_no_utf8_costs_nothing_but_itself() -> None:
    """The study is read; the byte is taken for what it most likely is."""
    data = json.dumps(study(1)).encode().replace(b"new tablet", b"new tabl\xe9t")
    (record,) = ctgov_json.read(data)
    assert isinstance(record, Record)
    assert record.title == "Trial 1 of a new tablét"


@given(st.integers(1, 12), st.integers(50, 2_000), st.booleans(), st.booleans())
def test_slices_give_the_same_records_as_the_whole(n: int, target: int, page: bool, pretty: bool) -> None:
    """Cut anywhere between records, the numbers and studies stay."""
    studies = [study(i) for i in range(n)]
    data = json.dumps({"studies": studies} if page else studies, indent=1 if pretty else None).encode()
    found = ctgov_json.slices(data, target_bytes=target)
    assert found
    pieces = [item for s in found for item in ctgov_json.read(data[s.start : s.end], first_index=s.first_index, header=s.header)]
    assert [(i.index, i.content_sha256) for i in pieces if isinstance(i, Record)] == [
        (i.index, i.content_sha256) for i in ctgov_json.read(data) if isinstance(i, Record)
    ]


@given(st.integers(2, 12), st.integers(50, 2_000))
def test_slices_of_damaged_json_give_the_same_as_the_whole(n: int, target: int) -> None:
    """A long download that was cut is read in pieces too."""
    data = json.dumps([study(i) for i in range(n)]).encode()[:-30]
    found = ctgov_json.slices(data, target_bytes=target)
    assert found
    pieces = [i for s in found for i in ctgov_json.read(data[s.start : s.end], first_index=s.first_index, header=s.header)]
    assert [(i.index, type(i)) for i in pieces] == [(i.index, type(i)) for i in ctgov_json.read(data)]
    assert len(pieces) == n


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_raise(data: bytes) -> None:
    """Whatever comes after a beginning that looks like a study."""
    for item in ctgov_json.read(b'{"protocolSection": ' + data):
        assert isinstance(item, Record | Reject)
