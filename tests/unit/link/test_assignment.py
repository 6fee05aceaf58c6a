"""Which document gives which table of its trial."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import pytest

from pipelines.dedup.versions import chosen
from pipelines.engine.extract_stage import CANDIDATES, ENDPOINT_EVIDENCE, PLANNED_SAFETY, VERSIONS
from pipelines.link.assignment import ARTICLE_TABLES, FACT_TABLES, assign, assign_articles, share, with_versions
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
    """Beside its tables the newest of each registration, and nothing else the older ones."""
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
    newest = {document: [*before[document], VERSIONS] for document in ("new", "b")}
    assert tables == {**before, **newest, "old": [VERSIONS]}


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
    studies = pl.DataFrame(
        {"trial_id": registered, "registration": registered, "registry": ["ClinicalTrials.gov"] * len(registered), "aliases": merged},
        schema={"trial_id": pl.String, "registration": pl.String, "registry": pl.String, "aliases": pl.List(pl.String)},
    )
    return assign_articles(pl.DataFrame(given, schema=schema), studies)


def by_document(found: pl.DataFrame, *columns: str) -> dict[str, Any]:
    """Document → the column, or the columns."""
    rows = {row["document_id"]: tuple(row[name] for name in columns) for row in found.iter_rows(named=True)}
    return {document: values[0] if len(columns) == 1 else values for document, values in rows.items()}


def test_the_one_id_that_an_article_states_is_its_trial() -> None:
    """One that states none or several has a trial of its own."""
    found = articles(
        {"document_id": "one", "stated_ids": ["NCT91000001"]},
        {"document_id": "none", "title": "B"},
        {"document_id": "two", "title": "C", "stated_ids": ["NCT91000001", "NCT91000002"]},
    )
    trials = by_document(found, "trial_id", "registry")
    assert trials["one"] == ("NCT91000001", "ClinicalTrials.gov")
    own = [trials["none"], trials["two"]]
    assert all(trial.startswith("x-") and registry == "none" for trial, registry in own)
    assert own[0] != own[1]


def test_an_article_knows_whether_its_trial_has_a_record() -> None:
    """It gives the same tables either way, and what it gives is aligned with what others give."""
    found = articles(
        {"document_id": "a", "stated_ids": ["NCT1"]}, {"document_id": "b", "stated_ids": ["NCT2"]}, registered=["NCT1", "NCT9"]
    )
    assert by_document(found, "trial_id", "has_record", "is_shared") == {"a": ("NCT1", True, True), "b": ("NCT2", False, True)}
    assert by_document(found, "tables") == {"a": list(ARTICLE_TABLES), "b": list(ARTICLE_TABLES)}


def test_ids_of_other_registers_lead_to_their_trial() -> None:
    """However they are spelled; the register is told by the id where no record has it."""
    found = articles(
        {"document_id": "a", "stated_ids": ["2023-508143-51-00"]},
        {"document_id": "b", "stated_ids": ["ISRCTN51695599"]},
        registered=["2023-508143-51"],
    )
    assert by_document(found, "trial_id") == {"a": "2023-508143-51", "b": "ISRCTN51695599"}
    assert by_document(found, "registry")["b"] == "ISRCTN"


def test_a_trial_of_several_sources_is_shared() -> None:
    """Of two registers, or of a register and an article that states its id, alone or beside others; copies of one record are one source."""
    kept = frame(
        {"document_id": "nct", "trial_id": "NCT1"},
        {"document_id": "isrctn", "trial_id": "NCT1", "registration": "ISRCTN51695599", "source_format": "isrctn"},
        {"document_id": "json", "trial_id": "NCT2"},
        {"document_id": "xml", "trial_id": "NCT2", "source_format": "ctgov_xml"},
        {"document_id": "lone", "trial_id": "NCT3"},
        {"document_id": "named", "trial_id": "NCT4"},
    )
    digest = articles({"document_id": "digest", "stated_ids": ["NCT4", "NCT5"]})
    found = share(assign(kept), digest)
    assert by_document(found, "is_shared") == {"nct": True, "isrctn": True, "json": False, "xml": False, "lone": False, "named": True}
    tables = by_document(found, "tables")
    assert CANDIDATES in tables["named"]
    assert "trials" in tables["lone"]


def test_every_register_of_a_trial_gives_its_tables() -> None:
    """The one that the trial is known by comes first, whatever is newer."""
    kept = frame(
        {"document_id": "isrctn", "registration": "ISRCTN51695599", "source_format": "isrctn", "version_date": "2025-01-01"},
        {"document_id": "nct", "registration": "NCT1"},
    )
    found = assign(kept)
    assert by_document(found, "rank") == {"nct": 0, "isrctn": 1}
    assert all({"endpoints", "regimens"} <= set(tables) for tables in by_document(found, "tables").values())


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
    assert all(given == list(ARTICLE_TABLES) for given in by_document(found, "tables").values())


def test_without_articles_there_is_nothing_to_assign() -> None:
    """The columns are there all the same."""
    found = articles(registered=["NCT1"])
    assert found.is_empty()
    assert {"trial_id", "registry", "rank", "tables"} <= set(found.columns)
