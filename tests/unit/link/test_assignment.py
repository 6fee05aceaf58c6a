"""Which document gives which table of its trial."""

from typing import Any

from pipelines.dedup.versions import chosen
from pipelines.engine.extract_stage import CANDIDATES, VERSIONS
from pipelines.link.assignment import FACT_TABLES, assign, with_versions
from tests.records import frame


def tables_by_document(*records: dict[str, Any]) -> dict[str, set[str]]:
    found = assign(frame(*records))
    return {document: set(tables) for document, tables in found.select("document_id", "tables").iter_rows()}


def test_a_lone_document_gives_everything_that_it_can_carry() -> None:
    """Its row of `trials` needs no merging."""
    assert tables_by_document({"document_id": "a"}) == {"a": {"trials", *FACT_TABLES, "document_texts", "evidence"}}
    csv = {"document_id": "b", "source_format": "ctgov_csv", "carried": ["conditions", "trials.phase"]}
    assert tables_by_document(csv) == {"b": {"trials", "conditions", "document_texts"}}


def test_documents_of_one_trial_give_candidates_for_its_row() -> None:
    """`trials` is merged from all of them; facts come from the fullest alone."""
    json, csv = {"document_id": "json"}, {"document_id": "csv", "source_format": "ctgov_csv", "carried": ["conditions", "regimens"]}
    assert tables_by_document(csv, json) == {
        "json": {CANDIDATES, *FACT_TABLES, "document_texts", "evidence"},
        "csv": {CANDIDATES},
    }


def test_a_table_that_the_best_cannot_carry_comes_from_the_next_that_can() -> None:
    """A newer row without outcome columns leaves the endpoints to the next document, and only to that one."""
    found = tables_by_document(
        {"document_id": "new", "source_format": "ctgov_csv", "carried": ["conditions"]},
        {"document_id": "wide", "source_format": "ctgov_csv", "carried": ["conditions", "endpoints", "regimens"], "version_date": None},
        {"document_id": "text", "source_format": "ctgov_text", "carried": ["endpoints", "regimens"], "version_date": None},
    )
    assert found == {
        "new": {CANDIDATES, "conditions", "document_texts"},
        "wide": {CANDIDATES, "endpoints", "regimens", "document_texts", "evidence"},
        "text": {CANDIDATES},
    }


def test_trials_do_not_take_from_each_other() -> None:
    """A fuller document of another trial gives nothing here."""
    found = tables_by_document(
        {"document_id": "a", "source_format": "ctgov_csv", "carried": ["conditions"]},
        {"document_id": "b", "trial_id": "NCT2"},
    )
    assert found["a"] == {"trials", "conditions", "document_texts"}
    assert found["b"] >= set(FACT_TABLES)


def test_versions_that_are_compared_give_what_they_are_compared_by() -> None:
    """Beside its tables the newest, and nothing else the older ones; a trial with one version is left as it is."""
    old = {"document_id": "old", "version_date": "2023-01-01"}
    kept = (
        {"document_id": "new"},
        {"document_id": "csv", "source_format": "ctgov_csv", "carried": []},
        {"document_id": "b", "trial_id": "NCT2"},
    )
    assigned = assign(frame(*kept))
    found = with_versions(assigned, chosen(frame(old, *kept)))
    tables = dict(found.select("document_id", "tables").iter_rows())
    before = dict(assigned.select("document_id", "tables").iter_rows())
    assert tables == {**before, "new": [*before["new"], VERSIONS], "old": [VERSIONS]}
