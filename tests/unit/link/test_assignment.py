"""Which document gives which table of its trial."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import pytest

from pipelines.dedup.versions import chosen
from pipelines.engine.extract_stage import CANDIDATES, ENDPOINT_EVIDENCE, PLANNED_SAFETY, VERSIONS
from pipelines.link.assignment import ARTICLE_TABLES, FACT_TABLES, REPORT_TABLES, assign, assign_articles, with_versions
from tests.records import frame

OF_ENDPOINTS = (PLANNED_SAFETY, ENDPOINT_EVIDENCE)


def tables_by_document(*records: dict[str, Any]) -> dict[str, set[str]]:
    found = assign(frame(*records))
    return {document: set(tables) for document, tables in found.select("document_id", "tables").iter_rows()}


def test_a_lone_document_gives_everything_that_it_can_carry() -> None:
    """Its row of `trials` needs no merging."""
    assert tables_by_document({"document_id": "a"}) == {"a": {"trials", *FACT_TABLES, *OF_ENDPOINTS, "document_texts", "evidence"}}
    csv = {"document_id": "b", "source_format": "ctgov_csv", "carried": ["conditions", "trials.phase"]}
    assert tables_by_document(csv) == {"b": {"trials", "conditions", "document_texts"}}


def test_documents_of_one_trial_give_candidates_for_its_row() -> None:
    """`trials` is merged from all of them; facts come from the fullest alone."""
    json, csv = {"document_id": "json"}, {"document_id": "csv", "source_format": "ctgov_csv", "carried": ["conditions", "regimens"]}
    assert tables_by_document(csv, json) == {
        "json": {CANDIDATES, *FACT_TABLES, *OF_ENDPOINTS, "document_texts", "evidence"},
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
        "wide": {CANDIDATES, "endpoints", "regimens", *OF_ENDPOINTS, "document_texts", "evidence"},
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


# --- articles ------------------------------------------------------------------------------------------------------------


def articles(*found: dict[str, Any], registered: Sequence[str] = (), aliases: Mapping[str, Sequence[str]] | None = None) -> pl.DataFrame:
    """Articles assigned; what is not given is that of an article with a title and no id. `aliases`: registered id → ids merged into it."""
    given = [
        {"source_path": one["document_id"], "record_index": 0, "title": "A trial", "content_sha256": one["document_id"], "stated_ids": []}
        | one
        for one in found
    ]
    schema = {
        "document_id": pl.String,
        "source_path": pl.String,
        "record_index": pl.Int64,
        "title": pl.String,
        "content_sha256": pl.String,
        "stated_ids": pl.List(pl.String),
    }
    merged = [list((aliases or {}).get(trial, ())) for trial in registered]
    studies = pl.DataFrame({"trial_id": registered, "aliases": merged}, schema={"trial_id": pl.String, "aliases": pl.List(pl.String)})
    return assign_articles(pl.DataFrame(given, schema=schema), studies)


def by_document(found: pl.DataFrame, *columns: str) -> dict[str, Any]:
    """Document → the column, or the columns."""
    rows = {row["document_id"]: tuple(row[name] for name in columns) for row in found.iter_rows(named=True)}
    return {document: values[0] if len(columns) == 1 else values for document, values in rows.items()}


def test_the_one_id_that_an_article_states_is_its_trial() -> None:
    """One that states none or several has a trial of its own."""
    found = articles(
        {"document_id": "one", "stated_ids": ["NCT1"]},
        {"document_id": "none", "title": "B"},
        {"document_id": "two", "title": "C", "stated_ids": ["NCT1", "NCT2"]},
    )
    trials = by_document(found, "trial_id", "registry")
    assert trials["one"] == ("NCT1", "ClinicalTrials.gov")
    own = [trials["none"], trials["two"]]
    assert all(trial.startswith("x-") and registry == "none" for trial, registry in own)
    assert own[0] != own[1]


def test_an_article_of_a_trial_with_a_record_gives_results_and_safety() -> None:
    """Under the record's trial; its arms and regimens are those of the record."""
    found = articles(
        {"document_id": "a", "stated_ids": ["NCT1"]}, {"document_id": "b", "stated_ids": ["NCT2"]}, registered=["NCT1", "NCT9"]
    )
    assert by_document(found, "trial_id") == {"a": "NCT1", "b": "NCT2"}
    assert by_document(found, "tables") == {"a": [CANDIDATES, *REPORT_TABLES], "b": [CANDIDATES, *ARTICLE_TABLES]}


def test_an_id_that_was_merged_into_a_record_is_that_of_the_record() -> None:
    """Beside the present id too: both are one trial."""
    merged = {"NCT1": ["NCT7"]}
    stated = [{"document_id": "old", "stated_ids": ["NCT7"]}, {"document_id": "both", "stated_ids": ["NCT1", "NCT7"]}]
    assert by_document(articles(*stated, registered=["NCT1"], aliases=merged), "trial_id") == {"old": "NCT1", "both": "NCT1"}
    found = articles({"document_id": "c", "stated_ids": ["NCT2", "NCT7"]}, registered=["NCT1", "NCT3"], aliases=merged)
    assert found["registry"].to_list() == ["none"]


@pytest.mark.parametrize("aliases", [{"NCT1": ["NCT7"], "NCT3": ["NCT7"]}, {"NCT1": ["NCT7"], "NCT7": []}])
def test_a_merged_id_that_is_not_sure_stays_what_it_is(aliases: dict[str, list[str]]) -> None:
    """Two records claim it, or it has one of its own, which then is its trial."""
    found = articles({"document_id": "a", "stated_ids": ["NCT7"]}, registered=list(aliases), aliases=aliases)
    assert by_document(found, "trial_id") == {"a": "NCT7"}


@pytest.mark.parametrize(
    ("titles", "count"),
    [
        (("The ALDER trial", "the  ALDER\ttrial "), 1),
        (("The ALDER trial", "The ALDER trial: safety"), 2),
        ((None, None), 2),
        (("紫杉醇周疗", "紫杉醇周疗"), 1),
    ],
)
def test_articles_of_one_title_are_of_one_trial(titles: tuple[str | None, str | None], count: int) -> None:
    """Case and white space do not count; without a title the text decides."""
    found = articles(*({"document_id": document, "title": title} for document, title in zip("ab", titles, strict=True)))
    assert found["trial_id"].n_unique() == count


def test_an_own_trial_has_the_same_id_wherever_the_article_lies() -> None:
    """Beside others, under another path, in another order."""
    alone = by_document(articles({"document_id": "a"}), "trial_id")
    moved = by_document(articles({"document_id": "z", "title": "Another"}, {"document_id": "a", "source_path": "zz/9.md"}), "trial_id")
    assert moved["a"] == alone["a"]


def test_articles_of_one_trial_are_ranked_by_their_places() -> None:
    """All of them give candidates for its row, and their regimens, results and safety."""
    found = articles(
        {"document_id": "late", "source_path": "b.md", "stated_ids": ["NCT1"]},
        {"document_id": "second", "source_path": "a.json", "record_index": 1, "stated_ids": ["NCT1"]},
        {"document_id": "first", "source_path": "a.json", "record_index": 0, "stated_ids": ["NCT1"]},
        {"document_id": "lone"},
    )
    assert by_document(found, "rank") == {"first": 0, "second": 1, "late": 2, "lone": 0}
    assert all(given == [CANDIDATES, *ARTICLE_TABLES] for given in by_document(found, "tables").values())


def test_without_articles_there_is_nothing_to_assign() -> None:
    """The columns are there all the same."""
    found = articles(registered=["NCT1"])
    assert found.is_empty()
    assert {"trial_id", "registry", "rank", "tables"} <= set(found.columns)
