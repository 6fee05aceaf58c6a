"""The accounts of the whole corpus add up: every file, every record and every document of a trial is somewhere, once."""

import polars as pl
import pytest

from pipelines.schema.tables import TABLES

Tables = dict[str, pl.DataFrame]

FACTS = ("conditions", "arms", "regimens", "endpoints", "endpoint_results", "safety")


def file_of(path: pl.Expr) -> pl.Expr:
    """The file on disk: a member of an archive belongs to the archive."""
    return path.str.split("!/").list.first()


def test_every_file_is_in_the_account(whole: Tables, corpus) -> None:
    """`raw_files` lists what lies on disk, hidden files apart, each once."""
    on_disk = {path.relative_to(corpus).as_posix() for path in corpus.rglob("*") if path.is_file() and not path.name.startswith(".")}
    assert set(whole["raw_files"]["source_path"]) == on_disk
    assert whole["raw_files"].height == len(on_disk)


def test_records_of_a_file_are_its_documents(whole: Tables) -> None:
    """`n_records` is the number of its rows in `documents`."""
    counted = whole["documents"].group_by(file_of(pl.col("source_path")).alias("source_path")).len()
    both = whole["raw_files"].join(counted, on="source_path", how="left").with_columns(pl.col("len").fill_null(0))
    # The files of an AACT set give their records together, under one of their names.
    wrong = both.filter((pl.col("n_records") != pl.col("len")) & (pl.col("status") != "joined"))
    assert wrong.is_empty(), wrong.head(5).to_dicts()
    assert both["len"].sum() == whole["documents"].height


def test_every_document_has_one_status(whole: Tables) -> None:
    """The statuses add up to the records found, and no record is there twice."""
    documents = whole["documents"]
    counts = dict(documents.group_by("status").len().iter_rows())
    assert set(counts) == {"kept", "duplicate", "superseded", "quarantined"}
    assert sum(counts.values()) == documents.height == documents.select("source_path", "record_index").n_unique()
    assert documents["document_id"].n_unique() == documents.height


def test_what_is_in_quarantine_says_why(whole: Tables) -> None:
    """Each quarantined document has an entry with a sentence, and each entry of a record is a document."""
    quarantined = whole["documents"].filter(pl.col("status") == "quarantined")
    entries = whole["quarantine"]
    assert quarantined.join(entries, on="document_id", how="anti").is_empty()
    of_records = entries.filter(pl.col("document_id").is_not_null())
    assert of_records.join(whole["documents"], on="document_id", how="anti").is_empty()
    assert entries["reason_text"].null_count() == 0
    assert entries["excerpt"].str.len_chars().max() <= 200


def test_a_file_without_records_is_in_quarantine_or_holds_nothing(whole: Tables) -> None:
    """`quarantined` files have an entry; `no_records` files have none."""
    entries = whole["quarantine"].select(file_of(pl.col("source_path")).alias("source_path")).unique()
    files = whole["raw_files"]
    assert files.filter(pl.col("status") == "quarantined").join(entries, on="source_path", how="anti").is_empty()
    assert files.filter(pl.col("status") == "no_records").join(entries, on="source_path", how="semi").is_empty()


def test_a_repeated_document_names_the_one_that_is_kept(whole: Tables) -> None:
    """What is kept instead is no repetition itself, and the chain ends there."""
    documents = whole["documents"]
    repeated = documents.filter(pl.col("status").is_in(["duplicate", "superseded"]))
    assert repeated["duplicate_of"].null_count() == repeated["match_kind"].null_count() == 0
    targets = repeated.join(documents, left_on="duplicate_of", right_on="document_id", suffix="_of")
    assert targets.height == repeated.height
    # An exact copy of an older version names its first copy, which in turn names the newest version.
    chained = targets.filter(pl.col("status_of") != "kept")
    assert chained.filter((pl.col("match_kind") != "exact") | (pl.col("status_of") != "superseded")).is_empty()
    assert documents.filter(pl.col("status") == "kept")["duplicate_of"].count() == 0


def test_an_older_version_is_older(whole: Tables) -> None:
    """A superseded record has a date before, or the same date as, the record that is kept instead, never a later one."""
    documents = whole["documents"]
    older = documents.filter(pl.col("status") == "superseded").join(documents, left_on="duplicate_of", right_on="document_id", suffix="_of")
    assert older.height > 100
    assert older.filter(pl.col("version_date") > pl.col("version_date_of")).is_empty()


def test_every_registry_record_is_a_document_of_one_trial(whole: Tables) -> None:
    """Whatever its status: duplicates and older versions too are named in `trial_documents`."""
    records = whole["documents"].filter(~pl.col("source_format").is_in(["article"]), pl.col("status") != "quarantined")
    named = whole["trial_documents"].filter(pl.col("role") != "article")
    assert records.join(named, on="document_id", how="anti").is_empty()
    assert named["document_id"].is_unique().all()


def test_a_record_in_a_file_named_by_its_number_is_of_that_trial(whole: Tables) -> None:
    """The registry's own files bear the number of their record: none is counted to another trial, but one the register merged."""
    aliases = dict(whole["trial_aliases"].select("alias_id", "trial_id").iter_rows())
    number = pl.col("source_path").str.extract(r"(?:^|/)(NCT\d{8})\.(?:json|xml)$").alias("number")
    named = whole["trial_documents"].join(whole["documents"].with_columns(number), on="document_id").drop_nulls("number")
    assert named.height > 5_000
    wrong = [row for row in named.select("trial_id", "number").unique().iter_rows() if row[0] not in (row[1], aliases.get(row[1]))]
    assert wrong == []


def test_only_kept_documents_make_rows(whole: Tables) -> None:
    """Rows and merged values come from kept documents alone."""
    kept = whole["documents"].filter(pl.col("status") == "kept")
    for table in ("regimens", "endpoints", "endpoint_results", "safety", "trial_values"):
        assert whole[table].join(kept, on="document_id", how="anti").is_empty(), table


@pytest.mark.parametrize("table", FACTS)
def test_one_document_of_a_trial_gives_a_table(table: str, whole: Tables) -> None:
    """Rows of two registry records are never mixed: another document gives a table only where the better one cannot carry it."""
    frame = whole[table]
    assert frame.join(whole["trials"], on="trial_id", how="anti").is_empty()
    if "document_id" in frame.columns:
        records = whole["documents"].filter(pl.col("source_format") != "article")
        givers = frame.filter(pl.col("method") == "structured").join(records, on="document_id", how="semi")
        assert (givers.group_by("trial_id").agg(pl.col("document_id").n_unique())["document_id"] == 1).all()
    assert frame.select(TABLES[table].primary_key).is_unique().all()


def test_the_newest_version_wins(whole: Tables) -> None:
    """`last_update_date` of a trial is the latest date among its registry records."""
    dated = whole["trial_documents"].join(whole["documents"], on="document_id").filter(pl.col("source_format") != "article")
    newest = dated.group_by("trial_id").agg(pl.col("version_date").max())
    stated = whole["trials"].join(newest, on="trial_id").filter(pl.col("last_update_date").is_not_null())
    wrong = stated.filter(pl.col("last_update_date") != pl.col("version_date"))
    assert wrong.is_empty(), wrong.select("trial_id", "last_update_date", "version_date").head(5).to_dicts()


def test_each_merged_value_has_one_giver(whole: Tables) -> None:
    """Every trial of several documents names for each value of its row the one document that gave it, with that value."""
    chosen = whole["trial_values"].filter("is_chosen")
    assert chosen.select("trial_id", "field").is_unique().all()
    for field in ("brief_title", "phase", "overall_status", "lead_sponsor"):
        given = chosen.filter(pl.col("field") == field).select("trial_id", "value")
        both = given.join(whole["trials"].select("trial_id", field), on="trial_id")
        assert both.height > 100
        assert both.filter(pl.col("value") != pl.col(field)).is_empty(), field


def test_every_kept_record_gives_its_trial(whole: Tables) -> None:
    """Each trial that a kept record states is in `trials`, and each trial of the register comes from a record."""
    trials = set(whole["trials"]["trial_id"])
    assert set(whole["studies"]["trial_id"]) <= trials
    assert whole["trials"].filter(pl.col("trial_id").is_duplicated()).is_empty()


def test_drugs_are_those_of_regimens(whole: Tables) -> None:
    """The vocabulary in use is what regimens name, with the number of their trials."""
    named = whole["regimens"].drop_nulls("drug_name").group_by("drug_name").agg(pl.col("trial_id").n_unique().alias("n"))
    both = whole["drugs"].join(named, on="drug_name", how="full")
    assert both.filter(pl.col("drug_name").is_null() | pl.col("drug_name_right").is_null()).is_empty()
    assert both.filter(pl.col("n") != pl.col("n_trials")).is_empty()
