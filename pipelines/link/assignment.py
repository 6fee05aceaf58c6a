"""Which document gives which table of its trial.

A trial has sources: each register that has it, and each article. The documents of one registration say the same: the best of them gives
every table that its format can carry, another only tables that no better one can. Rows of several sources are brought together trial by
trial in `pipelines.link.alignment`, single values of `trials` in `pipelines.link.merge`.
"""

import polars as pl

from pipelines.dedup.same_record import ranked
from pipelines.engine.extract_stage import CANDIDATES, ENDPOINT_EVIDENCE, PLANNED_SAFETY, VERSIONS
from pipelines.engine.state import digest
from pipelines.link.registrations import own_key
from pipelines.text.registry_ids import NCT_ID, Registry, normalise

FACT_TABLES = ("conditions", "arms", "regimens", "endpoints", "endpoint_results", "safety")


def with_versions(assigned: pl.DataFrame, versions: pl.DataFrame) -> pl.DataFrame:
    """The documents that extraction works on: those of `assign`, and the older `versions`, which give only what versions are compared by.

    `versions` are the documents of `dedup.versions.chosen`. The newest of each registration is kept, and gives that beside its tables: it
    may be compared with what an earlier refresh saw.
    """
    is_newest = (pl.col("rank_in_registration") == 0) & ~pl.col("registration").str.starts_with("x-")
    is_version = pl.col("document_id").is_in(versions["document_id"].implode()) | is_newest
    gives = pl.when(is_version).then(pl.concat_list("tables", pl.lit(VERSIONS))).otherwise("tables")
    older = versions.join(assigned, on="document_id", how="anti").with_columns(tables=pl.concat_list(pl.lit(VERSIONS)))
    return pl.concat([assigned.with_columns(tables=gives), older], how="diagonal")


def ranked_in_trial(kept: pl.DataFrame) -> pl.DataFrame:
    """The studies with `rank` in their trial and `rank_in_registration`, in order.

    `kept` has the columns of `same_record.ranked`, and `registration` (NULL: `trial_id`). The registration that the trial is known by comes
    first, then those of other registers in the order of `Registry`.
    """
    by_registration = kept.with_columns(main=pl.col("trial_id"), trial_id=pl.coalesce("registration", "trial_id")).drop("registration")
    found = ranked(by_registration).rename({"trial_id": "registration", "main": "trial_id", "rank": "rank_in_registration"})
    found = found.with_columns(
        place=pl.col("registration").map_elements(_place_of_register, return_dtype=pl.Int64),
        is_other=pl.col("registration") != pl.col("trial_id"),
    ).sort("trial_id", "is_other", "place", "registration", "rank_in_registration")
    return found.with_columns(rank=pl.int_range(pl.len()).over("trial_id")).drop("is_other", "place")


def _can_give(name: str) -> pl.Expr:
    """Whether a document can carry the table, or a part of it where no document of its registration can carry it whole."""
    whole = pl.col("carried").is_null() | pl.col("carried").list.contains(name)
    return whole | (pl.col("carried").list.contains(f"{name}.part") & ~whole.any().over("trial_id", "registration"))


_REGISTERS = {register.value: place for place, register in enumerate(Registry)}


def _place_of_register(registration: str) -> int:
    found = normalise(registration)
    return _REGISTERS[found.registry.value] if found else len(_REGISTERS)


def assign(kept: pl.DataFrame) -> pl.DataFrame:
    """The kept studies with `rank` in their trial and `tables`, the files that extraction writes for them.

    `kept` has the columns of `ranked_in_trial`; `carried` NULL means that the format can carry everything.
    """
    ordered = ranked_in_trial(kept).with_columns(n_documents=pl.len().over("trial_id"))
    can = {name: _can_give(name) for name in FACT_TABLES}
    # A document gives a table when it can carry it and no document before it in its registration can.
    ordered = ordered.with_columns(
        **{
            f"gives_{name}": able & (able.cast(pl.Int32).cum_sum().over("trial_id", "registration", order_by="rank") == 1)
            for name, able in can.items()
        }
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
    """The kept articles with their trial, their rank in it, and the tables that they give.

    An article's trial is the one whose id it states, where it states one only, else one of its own. `registered` are the studies of
    `assign`: where a trial has a record (`has_record`), this says what the trial's arms are.
    """
    register_of = dict(registered.select("trial_id", "registry").iter_rows())
    has_one = pl.col("stated_ids").list.len() == 1
    named = with_present_ids(kept, registered).with_columns(trial_id=article_trial())
    named = named.with_columns(
        registry=pl.when(has_one).then(_register(register_of)).otherwise(pl.lit("none")),
        has_record=pl.col("trial_id").is_in(list(register_of)),
    )
    ordered = named.sort("trial_id", "source_path", "record_index").with_columns(rank=pl.int_range(pl.len()).over("trial_id"))
    return ordered.with_columns(tables=pl.lit(list(ARTICLE_TABLES)), is_shared=pl.lit(value=True))


def share(studies: pl.DataFrame, articles: pl.DataFrame) -> pl.DataFrame:
    """The studies of `assign` with `is_shared`: other sources say something of the trial, or may.

    Then its row is merged from all, and its facts are aligned. `articles` are those of `assign_articles`: one that states the ids of
    several trials may give rows of each of them.
    """
    named = pl.concat([articles.select("trial_id"), articles.select(trial_id="stated_ids").explode("trial_id")]).drop_nulls()
    several = studies.group_by("trial_id").agg(pl.col("registration").n_unique()).filter(pl.col("registration") > 1)
    trials = pl.concat([named, several.select("trial_id")]).unique()["trial_id"]
    of_trial = pl.element().replace({"trials": CANDIDATES})
    return studies.with_columns(is_shared=pl.col("trial_id").is_in(trials.implode())).with_columns(
        tables=pl.when("is_shared").then(pl.col("tables").list.eval(of_trial)).otherwise("tables")
    )


ARTICLE_TABLES = (CANDIDATES, "regimens", "arms", "endpoint_results", "safety", "evidence", "document_texts")
"""What an article gives; arms only of trials without a record."""


def with_present_ids(articles: pl.DataFrame, registered: pl.DataFrame) -> pl.DataFrame:
    """The articles, each id in `stated_ids` replaced by that of the trial which has it.

    `registered` has `trial_id`, `registration` and `aliases`, ids that the register has merged into the record. An id that has a record of
    its own, or that several records claim, stays what it is.
    """
    merged = (
        registered.select("trial_id", alias="aliases")
        .explode("alias")
        .drop_nulls("alias")
        .unique()
        .filter(pl.len().over("alias") == 1, ~pl.col("alias").is_in(registered["trial_id"].implode()))
    )
    present = dict(merged.select("alias", "trial_id").iter_rows())
    registrations = registered.select("registration", "trial_id").drop_nulls().unique()
    by_key = {key: trial for registration, trial in registrations.iter_rows() if (key := own_key(registration))}
    for stated in articles["stated_ids"].explode().drop_nulls().unique():
        # One id has several spellings: with the type of study in it, with the number of the submission.
        trial = by_key.get(own_key(stated) or "")
        if stated not in present and trial and trial != stated:
            present[stated] = trial
    if not present:
        return articles
    replaced = pl.col("stated_ids").list.eval(pl.element().replace(present)).list.unique().list.sort()
    return articles.with_columns(stated_ids=replaced)


def _register(register_of: dict[str, str]) -> pl.Expr:
    """The register of an article's only id: that of the record, else the one whose ids look so."""

    def of(trial: str) -> str:
        found = normalise(trial)
        shaped = found.registry if found else Registry.CLINICALTRIALS_GOV if NCT_ID.fullmatch(trial) else None
        return register_of.get(trial) or (shaped.value if shaped else "none")

    return pl.col("trial_id").map_elements(of, return_dtype=pl.String)


def article_trial() -> pl.Expr:
    """Trial of an article: the only id that it states, else an id made of its title, or of its text where it has none."""
    own = pl.coalesce("title", "content_sha256").map_elements(
        lambda words: "x-" + digest(["article", " ".join(words.casefold().split())])[:16], return_dtype=pl.String
    )
    return pl.when(pl.col("stated_ids").list.len() == 1).then(pl.col("stated_ids").list.first()).otherwise(own)
