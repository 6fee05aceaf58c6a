"""The user's five documents: three trials as text without labels, read as a person labelled them, and two articles.

The expected values are in the gold file beside the corpus, which says for each where another reading is right too
(`<field>_alt`; "*" is any).
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.settings import Settings

Tables = dict[str, pl.DataFrame]
Gold = dict[str, Any]

TRIALS = ("000_3e01cc9505428105.txt", "001_f5322eca6a6f370d.txt", "004_50a128dab802263e.txt")
ARTICLES = {"002_e230c91d0180c05b.txt": ("zh-Hant", False), "003_f0062a3678d82139.txt": ("en", True)}
"""Document → its language, and whether it has a title: the first begins with its foreword."""

SURE_CLASSES = {"OS", "PFS", "ORR", "PCR", "CCR", "MPR", "R0", "AE", "MTD", "SURGICAL_COMPLICATION"}
"""Concepts that the titles of measures name outright; those of laboratory values may stay open."""


@pytest.fixture(scope="module")
def gold(corpus: Path) -> dict[str, Gold]:
    path = corpus.parent / "gold" / "seeds.jsonl"
    if not path.is_file():
        pytest.skip(f"needs the labels of the five documents at {path}")
    return {label["doc"]: label for label in map(json.loads, path.read_text(encoding="utf-8").splitlines())}


@pytest.fixture(scope="module")
def tables(corpus: Path, build_tables: Callable[..., Settings]) -> Tables:
    settings = build_tables(corpus / "seeds")
    return {folder.name: pl.read_parquet(sorted(folder.glob("*.parquet"))) for folder in settings.build_parquet.iterdir()}


def trial_row(tables: Tables, document: str) -> dict[str, Any]:
    """The one trial that the document makes."""
    documents = tables["documents"].filter(pl.col("source_path") == document)
    ids = tables["trial_documents"].join(documents, on="document_id", how="semi")["trial_id"]
    (row,) = tables["trials"].filter(pl.col("trial_id").is_in(ids.to_list())).to_dicts()
    return row


def rows(tables: Tables, table: str, document: str) -> list[dict[str, Any]]:
    return tables[table].filter(pl.col("trial_id") == trial_row(tables, document)["trial_id"]).sort("ordinal").to_dicts()


def lines(corpus: Path, document: str) -> list[str]:
    return (corpus / "seeds" / document).read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("document", TRIALS)
def test_title_and_summary_are_the_first_two_lines(document: str, corpus: Path, tables: Tables, gold: dict[str, Gold]) -> None:
    """The title is as labelled, the summary is the document's second line, to the letter."""
    row = trial_row(tables, document)
    assert row["brief_title"] == gold[document]["brief_title"] == lines(corpus, document)[0]
    assert row["brief_summary"] == lines(corpus, document)[1]
    assert (row["registry"], row["nct_id"], row["trial_id"][:2]) == ("none", None, "x-")


@pytest.mark.parametrize("document", TRIALS)
def test_conditions_are_as_labelled(document: str, tables: Tables, gold: dict[str, Gold]) -> None:
    """All of them, in their order."""
    assert [row["condition_raw"] for row in rows(tables, "conditions", document)] == gold[document]["conditions"]


@pytest.mark.parametrize("document", TRIALS)
def test_interventions_are_as_labelled(document: str, tables: Tables, gold: dict[str, Gold]) -> None:
    """Type and name of each intervention stand in `regimens`, as all of them are treatments."""
    found = {(row["intervention_type"], row["intervention_raw"]) for row in rows(tables, "regimens", document)}
    expected = {(item["type"], item["name"]) for item in gold[document]["interventions"]}
    # A name of several treatments is a row for each, under its part of the name.
    assert all(any(kind == other and words in name for other, words in found if words) for kind, name in expected)
    # Prose may add rows for what it prescribes beside them, but never another registered intervention.
    structured = {
        (row["intervention_type"], row["intervention_raw"]) for row in rows(tables, "regimens", document) if row["method"] == "structured"
    }
    assert all(any(kind == other and words in name for other, name in expected) for kind, words in structured)


@pytest.mark.parametrize("document", TRIALS)
def test_primary_and_secondary_endpoints_are_as_labelled(document: str, tables: Tables, gold: dict[str, Gold]) -> None:
    """Role, measure, description and time frame of every endpoint, in order, and no more endpoints than that."""
    found = sorted(rows(tables, "endpoints", document), key=lambda row: (row["role"], row["ordinal"]))
    assert [(e["role"], e["measure"], e["description"], e["time_frame_raw"]) for e in found] == [
        (e["role"], e["measure"], e["description"], e["time_frame"]) for e in gold[document]["endpoints"]
    ]


@pytest.mark.parametrize("document", TRIALS)
def test_concepts_are_never_other_than_labelled(document: str, tables: Tables, gold: dict[str, Gold]) -> None:
    """The concept of an endpoint is the labelled one, or one that is right too; survival, response and safety are all found."""
    found = sorted(rows(tables, "endpoints", document), key=lambda row: (row["role"], row["ordinal"]))
    labels = gold[document]["endpoints"]
    wrong = [
        (label["measure"], row["concept"])
        for row, label in zip(found, labels, strict=True)
        if row["concept"] not in (None, *right(label, "concept"))
    ]
    assert not wrong
    open_ = [label["measure"] for row, label in zip(found, labels, strict=True) if label["concept"] in SURE_CLASSES and not row["concept"]]
    assert not open_


def right(label: Gold, name: str) -> Iterator[Any]:
    yield label[name]
    yield from label.get(f"{name}_alt", [])


@pytest.mark.parametrize("document", TRIALS)
def test_the_dose_escalation_design_is_as_labelled(document: str, tables: Tables, gold: dict[str, Gold]) -> None:
    """Named where the text names it, NULL elsewhere."""
    assert trial_row(tables, document)["dose_escalation_design"] == gold[document].get("dose_escalation_design")


@pytest.mark.parametrize("document", TRIALS)
def test_no_text_is_lost_between_description_and_criteria(document: str, corpus: Path, tables: Tables) -> None:
    """Every paragraph of the document after its outcomes is in one of the two."""
    row = trial_row(tables, document)
    texts = tables["document_texts"].filter(pl.col("document_id").is_in(tables["documents"]["document_id"].to_list()))["text"]
    kept = squeezed(f"{row['detailed_description'] or ''} {row['eligibility_criteria'] or ''}")
    after = [line for line in lines(corpus, document)[6:] if line.strip()]
    assert after
    assert any("\n".join(lines(corpus, document)[:3]) in text for text in texts)
    from pipelines.text.repair import repaired_text

    assert [line for line in after if squeezed(repaired_text(line)) not in kept] == []


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("document", ARTICLES)
def test_an_article_is_a_kept_document(document: str, tables: Tables) -> None:
    """It is one article, and no record of a register."""
    (row,) = tables["documents"].filter(pl.col("source_path") == document).to_dicts()
    assert (row["source_format"], row["status"], row["record_index"]) == ("article", "kept", 0)
    assert (row["language"], row["title"] is not None) == ARTICLES[document]


def test_the_five_files_are_all_read(tables: Tables) -> None:
    """Five documents from five files, nothing in quarantine."""
    assert tables["raw_files"]["status"].to_list() == ["read"] * 5
    assert tables["documents"].height == 5
    assert tables["quarantine"].is_empty()
    assert tables["trials"].height >= 3
