"""Versions and copies of one registry record: which is best, and which are kept beside it."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipelines.dedup.same_record import ranked, superseded
from tests.records import frame


def order(*records: dict[str, Any]) -> list[str]:
    return ranked(frame(*records))["document_id"].to_list()


def put_aside(*records: dict[str, Any]) -> dict[str, str]:
    return dict(superseded(frame(*records)).iter_rows())


def test_the_newest_version_is_best_in_whatever_format() -> None:
    """A CSV row of today comes before yesterday's JSON."""
    json = {"document_id": "json", "version_date": "2024-01-01"}
    csv = {"document_id": "csv", "version_date": "2024-02-01", "source_format": "ctgov_csv", "carried": ["conditions"]}
    assert order(json, csv) == ["csv", "json"]
    assert put_aside(json, csv) == {"json": "csv"}


def test_of_one_version_the_fullest_format_is_best_and_the_others_stay() -> None:
    """JSON before XML before CSV; none of them is put aside."""
    records = (
        {"document_id": "csv", "source_format": "ctgov_csv", "carried": ["conditions"]},
        {"document_id": "xml", "source_format": "ctgov_xml"},
        {"document_id": "json"},
    )
    assert order(*records) == ["json", "xml", "csv"]
    assert put_aside(*records) == {}


def test_a_record_without_a_date_comes_last_and_is_not_called_older() -> None:
    """An export without a column of dates may be of any version."""
    dated = {"document_id": "dated", "source_format": "ctgov_csv", "carried": ["conditions", "trials.phase"]}
    undated = {"document_id": "undated", "version_date": None}
    assert order(dated, undated) == ["dated", "undated"]
    assert put_aside(dated, undated) == {}


def test_of_two_downloads_of_one_version_the_later_is_kept() -> None:
    """Derived parts, such as MeSH terms, may have been renewed since."""
    early = {"document_id": "early", "download_date": "2024-03-01", "n_chars": 900}
    late = {"document_id": "late", "download_date": "2024-04-01", "n_chars": 100}
    assert put_aside(early, late) == {"early": "late"}


def test_exports_with_different_columns_are_no_copies() -> None:
    """Each states what the other cannot; the order of columns makes no difference."""
    short = {"document_id": "short", "source_format": "ctgov_csv", "carried": ["conditions"]}
    wide = {"document_id": "wide", "source_format": "ctgov_csv", "carried": ["trials.phase", "conditions"]}
    turned = {"document_id": "turned", "source_format": "ctgov_csv", "carried": ["conditions", "trials.phase"], "n_chars": 90}
    assert order(short, wide, turned) == ["wide", "turned", "short"]
    assert put_aside(short, wide, turned) == {"turned": "wide"}


def test_an_old_version_names_the_best_document_of_all() -> None:
    """Not merely the next newer one."""
    records = tuple({"document_id": f"v{n}", "version_date": f"202{n}-01-01"} for n in range(3))
    assert put_aside(*records) == {"v0": "v2", "v1": "v2"}


def test_other_numbers_are_other_records() -> None:
    """Two documents with different registry ids are never compared."""
    assert put_aside({"document_id": "a"}, {"document_id": "b", "trial_id": "NCT2", "version_date": "2020-01-01"}) == {}


RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "trial_id": st.sampled_from(["NCT1", "NCT2"]),
            "source_format": st.sampled_from(["ctgov_json", "ctgov_xml", "ctgov_csv", "something_new"]),
            "carried": st.sampled_from([None, ["conditions"], ["trials.phase"]]),
            "version_date": st.sampled_from([None, "2023-05-01", "2024-05-01"]),
            "download_date": st.sampled_from([None, "2024-06-01"]),
            "n_chars": st.integers(1, 3),
        }
    ),
    min_size=1,
    max_size=8,
)


@given(RECORDS, st.randoms())
def test_the_order_of_records_does_not_matter(records: list[dict[str, Any]], random) -> None:
    """Shuffled input gives the same ranks, every trial keeps one document, and none is put aside for a worse one."""
    named = [{**record, "document_id": f"d{n}"} for n, record in enumerate(records)]
    places = dict(ranked(frame(*named)).select("document_id", "rank").iter_rows())
    aside = put_aside(*named)
    random.shuffle(named)
    assert dict(ranked(frame(*named)).select("document_id", "rank").iter_rows()) == places
    assert put_aside(*named) == aside
    kept = {record["trial_id"] for record in named if record["document_id"] not in aside}
    assert kept == {record["trial_id"] for record in named}
    assert all(places[instead] < places[document] for document, instead in aside.items())
    assert not set(aside) & set(aside.values())
