"""Which document gives which table of its trial.

Documents with the same registry id are one trial. Its best document gives every table that its format can carry; another document of
the trial gives only tables that no better one can. Merging single values of `trials` is the business of `pipelines.link.merge`.
"""

import polars as pl

from pipelines.dedup.same_record import ranked
from pipelines.engine.extract_stage import CANDIDATES, ENDPOINT_EVIDENCE, PLANNED_SAFETY, VERSIONS
from pipelines.engine.state import digest

FACT_TABLES = ("conditions", "arms", "regimens", "endpoints", "endpoint_results", "safety")


def with_versions(assigned: pl.DataFrame, versions: pl.DataFrame) -> pl.DataFrame:
    """The documents that extraction works on: those of `assign`, and the older `versions`, which give only what versions are compared by.

    `versions` are the documents of `dedup.versions.chosen`; the newest of each trial is kept, and gives that beside its tables.
    """
    is_version = pl.col("document_id").is_in(versions["document_id"].implode())
    gives = pl.when(is_version).then(pl.concat_list("tables", pl.lit(VERSIONS))).otherwise("tables")
    older = versions.join(assigned, on="document_id", how="anti").with_columns(tables=pl.concat_list(pl.lit(VERSIONS)))
    return pl.concat([assigned.with_columns(tables=gives), older], how="diagonal")


def assign(kept: pl.DataFrame) -> pl.DataFrame:
    """The kept studies with `rank` in their trial and `tables`, the files that extraction writes for them.

    `kept` has the columns of `same_record.ranked`; `carried` NULL means that the format can carry everything.
    """
    ordered = ranked(kept).with_columns(n_documents=pl.len().over("trial_id"))
    can = {name: pl.col("carried").is_null() | pl.col("carried").list.contains(name) for name in FACT_TABLES}
    # A document gives a table when it can carry it and no document before it in its trial can.
    ordered = ordered.with_columns(
        **{f"gives_{name}": able & (able.cast(pl.Int32).cum_sum().over("trial_id", order_by="rank") == 1) for name, able in can.items()}
    )
    names = [pl.when(pl.col(f"gives_{name}")).then(pl.lit(name)) for name in FACT_TABLES]
    trials = pl.when(pl.col("n_documents") == 1).then(pl.lit("trials")).otherwise(pl.lit(CANDIDATES))
    # What is planned to be looked for is said where the outcomes are; a format without results has it too.
    of_endpoints = [pl.when(pl.col("gives_endpoints")).then(pl.lit(name)) for name in (PLANNED_SAFETY, ENDPOINT_EVIDENCE)]
    gives_facts = pl.any_horizontal([pl.col(f"gives_{name}") for name in FACT_TABLES])
    texts = pl.when(gives_facts).then(pl.lit("document_texts"))
    evidence = pl.when(pl.col("gives_regimens")).then(pl.lit("evidence"))
    return ordered.with_columns(tables=pl.concat_list(trials, *names, *of_endpoints, texts, evidence).list.drop_nulls()).drop(
        "n_documents", *(f"gives_{name}" for name in FACT_TABLES)
    )


def assign_articles(kept: pl.DataFrame, registered: pl.DataFrame) -> pl.DataFrame:
    """The kept articles with their trial, their rank in it, and the tables that they may give.

    An article's trial is the one whose id it states, where it states one only, else one of its own. `registered` are the studies of
    `assign`: of a trial that has a record an article gives results and safety only, which stand under the record's trial.
    """
    named = with_present_ids(kept, registered).with_columns(
        trial_id=article_trial(),
        registry=pl.when(pl.col("stated_ids").list.len() == 1).then(pl.lit("ClinicalTrials.gov")).otherwise(pl.lit("none")),
    )
    has_record = pl.col("trial_id").is_in(registered["trial_id"].implode())
    ordered = named.sort("trial_id", "source_path", "record_index").with_columns(rank=pl.int_range(pl.len()).over("trial_id"))
    tables = pl.when(has_record).then(pl.lit(list(REPORT_TABLES))).otherwise(pl.lit(list(ARTICLE_TABLES)))
    return ordered.with_columns(tables=pl.concat_list(pl.lit(CANDIDATES), tables))


REPORT_TABLES = ("arms", "endpoint_results", "safety", "evidence", "document_texts")
"""What an article gives of a trial that has a record; arms only of other trials that it names."""
ARTICLE_TABLES = ("regimens", *REPORT_TABLES)
"""What it gives of any other, beside the trial."""


def with_present_ids(articles: pl.DataFrame, registered: pl.DataFrame) -> pl.DataFrame:
    """The articles, each id in `stated_ids` that the register has merged into another record replaced by that of this record.

    `registered` has `trial_id` and `aliases`. An id that has a record of its own, or that several records claim, stays what it is.
    """
    merged = (
        registered.select("trial_id", alias="aliases")
        .explode("alias")
        .drop_nulls("alias")
        .unique()
        .filter(pl.len().over("alias") == 1, ~pl.col("alias").is_in(registered["trial_id"].implode()))
    )
    present = dict(merged.select("alias", "trial_id").iter_rows())
    if not present:
        return articles
    replaced = pl.col("stated_ids").list.eval(pl.element().replace(present)).list.unique().list.sort()
    return articles.with_columns(stated_ids=replaced)


def article_trial() -> pl.Expr:
    """Trial of an article: the only id that it states, else an id made of its title, or of its text where it has none."""
    own = pl.coalesce("title", "content_sha256").map_elements(
        lambda words: "x-" + digest(["article", " ".join(words.casefold().split())])[:16], return_dtype=pl.String
    )
    return pl.when(pl.col("stated_ids").list.len() == 1).then(pl.col("stated_ids").list.first()).otherwise(own)
