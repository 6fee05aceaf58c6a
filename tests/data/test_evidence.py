"""Evidence of every row of the whole corpus: the place exists, and shows the words that the row was made from."""

from typing import Any

import polars as pl
import pytest

from pipelines.extract.report_rows import plain
from pipelines.text.folding import folded
from pipelines.text.readable import readable
from pipelines.text.repair import repaired_text

Tables = dict[str, pl.DataFrame]

FACTS = {"regimens": "regimen_id", "endpoints": "endpoint_id", "endpoint_results": "result_id", "safety": "safety_id"}
WORDS = {
    "regimens": ("dose_raw", "route_raw", "schedule_raw", "until_raw"),
    "endpoint_results": ("value_raw",),
    "safety": ("term_raw", "dose_raw"),
}
"""Columns of a row read from prose that hold the source's words: each stands in one of the row's places."""


def shown(tables: Tables, frame: pl.DataFrame) -> pl.DataFrame:
    """The places of a frame with `text`, the whole field, and `words`, what the span cuts out of it."""
    texts = tables["document_texts"].select("document_id", "field", "text")
    found = frame.join(texts, on=["document_id", "field"], how="left")
    cut = pl.col("text").str.slice(pl.col("start_char"), pl.col("end_char") - pl.col("start_char"))
    return found.with_columns(words=pl.when(pl.col("start_char").is_null()).then("text").otherwise(cut))


@pytest.mark.parametrize("table", [*FACTS, "evidence"])
def test_a_span_lies_within_its_text(table: str, whole: Tables) -> None:
    """Both ends or none; not empty; not past the end; in a text that is published."""
    frame = whole[table]
    assert frame.height > 0
    assert frame.filter(pl.col("start_char").is_null() != pl.col("end_char").is_null()).is_empty()
    spans = shown(whole, frame.filter(pl.col("start_char").is_not_null()))
    inside = (pl.col("start_char") < pl.col("end_char")) & (pl.col("end_char") <= pl.col("text").str.len_chars())
    wrong = spans.filter(pl.col("text").is_null() | ~inside)
    assert wrong.is_empty(), wrong.head(3).to_dicts()


@pytest.mark.parametrize("table", [*FACTS, "evidence"])
def test_evidence_points_into_documents_whose_texts_are_kept(table: str, whole: Tables) -> None:
    """Every document that a row points to is a kept one and has its texts."""
    pointed = whole[table].select("document_id").unique()
    kept = whole["documents"].filter(pl.col("status") == "kept")
    assert pointed.join(kept, on="document_id", how="anti").is_empty()
    assert pointed.join(whole["document_texts"], on="document_id", how="anti").is_empty()


@pytest.mark.parametrize("table", FACTS)
def test_evidence_is_of_a_document_of_the_trial(table: str, whole: Tables) -> None:
    """No row points to a document that `trial_documents` does not count among its trial's."""
    pairs = whole[table].select("trial_id", "document_id").unique()
    assert pairs.join(whole["trial_documents"], on=["trial_id", "document_id"], how="anti").is_empty()


def unlike(found: pl.DataFrame, column: str) -> list[tuple[Any, ...]]:
    """Rows whose evidence, repaired, is not the column's value to the letter."""
    return [
        row
        for row in found.select("trial_id", "field", "words", column).iter_rows()
        if row[3] is not None and (row[2] is None or repaired_text(row[2]).strip() != row[3].strip())
    ]


def test_evidence_of_an_endpoint_is_its_measure(whole: Tables) -> None:
    """In every format, CSV cells and texts without labels among them."""
    found = shown(whole, whole["endpoints"].filter(pl.col("method") == "structured"))
    assert found["start_char"].count() > 1_000
    assert unlike(found, "measure")[:3] == []


def test_evidence_of_a_time_frame_is_its_words(whole: Tables) -> None:
    """Every endpoint with a time frame has it among its places, with the rule that read it."""
    places = whole["evidence"].filter((pl.col("table_name") == "endpoints") & (pl.col("role") == "time_frame"))
    endpoints = whole["endpoints"].select("endpoint_id", "trial_id", "time_frame_raw")
    assert places.height == endpoints["time_frame_raw"].count()
    found = shown(whole, places.join(endpoints, left_on="row_id", right_on="endpoint_id"))
    assert unlike(found, "time_frame_raw")[:3] == []


def test_evidence_of_a_registered_treatment_is_its_name(whole: Tables) -> None:
    """A structured row points to the name of the intervention."""
    found = shown(whole, whole["regimens"].filter(pl.col("method") == "structured"))
    assert found["start_char"].count() > 1_000
    assert unlike(found, "intervention_raw")[:3] == []


def test_evidence_of_a_tie_to_an_arm_is_the_arms_label(whole: Tables) -> None:
    """The place with the role `group` shows the label of the very arm that the row is tied to."""
    places = whole["evidence"].filter((pl.col("table_name") == "regimens") & (pl.col("rule") == "registered_arm_link"))
    regimens = whole["regimens"].select("regimen_id", "trial_id", "arm_id")
    found = shown(whole, places.join(regimens, left_on="row_id", right_on="regimen_id")).join(
        whole["arms"].select("arm_id", "label"), on="arm_id"
    )
    assert found.height == places.height > 1_000
    assert unlike(found, "label")[:3] == []


@pytest.mark.parametrize("table", FACTS)
def test_rows_of_evidence_belong_to_rows(table: str, whole: Tables) -> None:
    """`row_id` is the key of a row of the table named, and the row's main place is one of its places."""
    places = whole["evidence"].filter(pl.col("table_name") == table)
    rows = whole[table]
    assert places.join(rows, left_on="row_id", right_on=FACTS[table], how="anti").is_empty()
    listed = rows.filter(pl.col(FACTS[table]).is_in(places["row_id"].unique().to_list()))
    by = ["document_id", "field", "start_char", "end_char"]
    main = listed.join(places, left_on=[FACTS[table], *by], right_on=["row_id", *by], how="anti", nulls_equal=True)
    assert main.is_empty(), main.head(3).to_dicts()


@pytest.mark.parametrize("table", WORDS)
def test_a_row_from_prose_shows_its_words(table: str, whole: Tables) -> None:
    """A row read from prose has a span, and the source's words that it keeps stand in its places."""
    key = FACTS[table]
    rows = whole[table].filter(pl.col("method") == "text")
    assert rows["start_char"].null_count() == 0
    places = whole["evidence"].filter(pl.col("table_name") == table).select(pl.col("row_id").alias(key), "document_id", "field", *SPAN)
    every = pl.concat([rows.select(key, "document_id", "field", *SPAN), places.join(rows, on=key, how="semi")])
    seen: dict[str, str] = {}
    for identifier, words in shown(whole, every).select(key, "words").iter_rows():
        seen[identifier] = seen.get(identifier, "") + "\n" + squeezed(words or "")
    wrong = [
        (row[key], name, row[name], seen[row[key]][:200])
        for row in rows.iter_rows(named=True)
        for name in WORDS[table]
        if row[name] and squeezed(row[name]) not in seen[row[key]]
    ]
    assert wrong[:3] == []


SPAN = ("start_char", "end_char")


def squeezed(words: str) -> str:
    """Without what no column keeps: white space, formulas, the script of a converted text, and notes of how a Chinese word sounds."""
    return "".join(folded(plain(readable(repaired_text(words)).text)).split())
