"""How good decisions on duplicates and repeated blocks are, against the truth that a corpus carries.

Belongs here: counting. Not here: making decisions, measuring their cost.

Decisions are a table of `document_id` and `canonical_id`: its own id for a document that is kept, that of the one kept in its place for
one that is not, or NULL where a method only says that there is one. What it calls the same is the closure of that. Blocks are a table of
`document_id`, `start_char`, `end_char`, `kept_document_id`, `kept_start_char`, `kept_end_char`, in code points. Every figure is a plain
number in a dictionary that goes to JSON as it is.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.duplicates.corpus import LOOKALIKES, TRUTH_COLUMNS, Kind

EDIT_BANDS = {"1–2.5%": (0.0, 0.025), "2.5–5%": (0.025, 0.05), "5–10%": (0.05, 1.0)}
LANGUAGES = ("en", "zh")
OWN_ARTICLES = (*sorted(LOOKALIKES), Kind.BOILERPLATE, Kind.TWICE, Kind.THIRD, Kind.DISCLAIMERS, Kind.INDEPENDENT)
"""Kinds for which wrong merges are counted; a document of a lookalike kind is one of the first four."""

Interval = tuple[int, int]


def read_truth(files: list[Path]) -> pl.DataFrame:
    """The truth of a corpus, and the length of each text as `n_chars`."""
    return pl.scan_parquet(files).select(*TRUTH_COLUMNS, n_chars=pl.col("text").str.len_chars()).collect()


# --- duplicates --------------------------------------------------------------------------------------------------------


def score_duplicates(truth: pl.DataFrame, decisions: pl.DataFrame) -> dict[str, Any]:
    """Pairs of the closure against construction, copies found by kind, wrong merges by kind, what is lost.

    A document without a decision is kept. Raises `ValueError` for a document that the corpus does not have.
    """
    documents = _clustered(truth, decisions)
    result: dict[str, Any] = {"names_partners": decisions["canonical_id"].null_count() == 0, "all": _pairs(documents)}
    result |= {language: _pairs(documents.filter(pl.col("language") == language)) for language in LANGUAGES}
    result["linked_to_source"] = _linked(documents)
    result["edit_bands"] = _edit_bands(documents)
    result["merged_wrongly"] = _merged_wrongly(documents)
    result["kept"] = _kept(documents)
    return result


def _clustered(truth: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """Truth with `is_kept` and the `cluster` of each document."""
    unknown = decisions.join(truth, on="document_id", how="anti")
    if len(unknown):
        raise ValueError(f"the corpus has no document {unknown['document_id'][0]!r}")
    documents = truth.join(
        decisions.select("document_id", "canonical_id", has_decision=True), on="document_id", how="left", maintain_order="left"
    )
    kept = ~pl.col("has_decision").fill_null(value=False) | (pl.col("canonical_id") == pl.col("document_id")).fill_null(value=False)
    documents = documents.with_columns(is_kept=kept, cluster=pl.coalesce("canonical_id", "document_id")).drop("has_decision")
    parents = dict(documents.select("document_id", "cluster").iter_rows())
    return documents.with_columns(cluster=pl.Series([_root(parents, one) for one in parents], dtype=pl.String))


def _root(parents: dict[str, str], one: str) -> str:
    """Where following the parents ends. Parents on the way are shortened."""
    while (parent := parents[one]) != one:
        parents[one] = parents[parent]
        one = parent
    return one


def _n_pairs(documents: pl.DataFrame, *keys: str) -> int:
    """Pairs of documents that agree in all keys."""
    return int(documents.group_by(keys).len().select((pl.col("len").cast(pl.Int64) * (pl.col("len") - 1) // 2).sum()).item() or 0)


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _pairs(documents: pl.DataFrame) -> dict[str, Any]:
    """Precision and recall of pairs.

    `precision_else` leaves lookalikes out, which only a method that looks for the difference can tell from copies; `recall_whole` leaves
    out copies inside larger texts and beside disclaimers.
    """
    whole = documents.filter(~pl.col("kind").is_in([Kind.CONTAINED, Kind.DISCLAIMERS]))
    others = documents.filter(~pl.col("kind").is_in(list(LOOKALIKES)))
    found, right = _n_pairs(documents, "cluster"), _n_pairs(documents, "cluster", "source_id")
    return {
        "documents": len(documents),
        "pairs_found": found,
        "precision": _share(right, found),
        "precision_else": _share(_n_pairs(others, "cluster", "source_id"), _n_pairs(others, "cluster")),
        "recall": _share(right, _n_pairs(documents, "source_id")),
        "recall_whole": _share(_n_pairs(whole, "cluster", "source_id"), _n_pairs(whole, "source_id")),
    }


def _linked(documents: pl.DataFrame) -> list[dict[str, Any]]:
    """By kind, form and language: share of copies that are in the cluster of what they were made from."""
    return (
        _with_link(documents)
        .group_by("kind", "form", "language")
        .agg(copies=pl.len(), linked=pl.col("is_linked").mean())
        .sort("kind", "form", "language")
        .to_dicts()
    )


def _with_link(documents: pl.DataFrame) -> pl.DataFrame:
    sources = documents.select(source_id="document_id", source_cluster="cluster")
    copies = documents.filter(pl.col("source_id") != pl.col("document_id"))
    return copies.join(sources, on="source_id").with_columns(is_linked=pl.col("cluster") == pl.col("source_cluster"))


def _edit_bands(documents: pl.DataFrame) -> list[dict[str, Any]]:
    edited = _with_link(documents.filter(pl.col("kind").is_in([Kind.EDITED, Kind.INDEPENDENT])))
    rows: list[dict[str, Any]] = []
    for (band, (low, high)), language in itertools.product(EDIT_BANDS.items(), LANGUAGES):
        found = edited.filter(pl.col("edit_share").is_between(low, high, closed="left"), pl.col("language") == language)
        rows.append({"band": band, "language": language, "copies": len(found), "linked": found["is_linked"].mean()})
    return rows


def _merged_wrongly(documents: pl.DataFrame) -> list[dict[str, Any]]:
    """By kind: documents in one cluster with another article. An article that only lookalikes were added to is not counted."""
    is_lookalike = pl.col("kind").is_in(list(LOOKALIKES))
    articles = documents.group_by("cluster").agg(
        sources=pl.col("source_id").n_unique(), not_lookalikes=pl.col("source_id").filter(~is_lookalike).n_unique()
    )
    counted = documents.join(articles, on="cluster").with_columns(
        is_wrong=pl.when(is_lookalike).then(pl.col("sources") > 1).otherwise(pl.col("not_lookalikes") > 1)
    )
    by_kind = counted.group_by("kind").agg(documents=pl.len(), wrong=pl.col("is_wrong").sum(), share=pl.col("is_wrong").mean())
    rows = {row["kind"]: row for row in by_kind.to_dicts()}
    return [rows[kind] for kind in OWN_ARTICLES if kind in rows]


def _kept(documents: pl.DataFrame) -> dict[str, Any]:
    """What a user of the decisions has: articles of which nothing is left, surplus copies that are gone.

    A copy that holds more than its source (`contained`) is lost when it goes and none like it stays in its cluster.
    """
    articles = documents.group_by("source_id").agg(n=pl.len(), kept=pl.col("is_kept").sum())
    surplus, gone = int(articles["n"].sum()) - len(articles), int((articles["n"] - articles["kept"].clip(lower_bound=1)).sum())
    larger = documents.filter(pl.col("kind") == Kind.CONTAINED)
    larger_lost = larger.filter(~pl.col("is_kept")).join(larger.filter("is_kept"), on="cluster", how="anti")
    return {
        "articles": len(articles),
        "articles_lost": int((articles["kept"] == 0).sum()),
        "surplus_copies": surplus,
        "surplus_gone": _share(gone, surplus),
        "larger_texts": len(larger),
        "larger_texts_lost": len(larger_lost),
    }


def against_exact(truth: pl.DataFrame, decisions: pl.DataFrame, exact: pl.DataFrame) -> dict[str, Any]:
    """Recall of the pairs of an exact join, precision against their closure; pairs as similar that are no copies."""
    documents = _clustered(truth, decisions)
    of = documents.select("document_id", "cluster", "source_id", "language")
    pairs = exact.join(of, left_on="document_a", right_on="document_id").join(of, left_on="document_b", right_on="document_id", suffix="_b")
    pairs = pairs.with_columns(is_found=pl.col("cluster") == pl.col("cluster_b"), is_copy=pl.col("source_id") == pl.col("source_id_b"))
    parents = {one: one for one in documents["document_id"]}
    for a, b in exact.select("document_a", "document_b").iter_rows():
        parents[_root(parents, b)] = _root(parents, a)
    components = documents.with_columns(component=pl.Series([_root(parents, one) for one in parents], dtype=pl.String))
    copies, others = pairs.filter("is_copy"), pairs.filter(~pl.col("is_copy"))
    return {
        "pairs": len(pairs),
        "recall": pairs["is_found"].mean(),
        "precision_closure": _share(_n_pairs(components, "cluster", "component"), _n_pairs(documents, "cluster")),
        "copies": len(copies),
        "recall_copies": {language: copies.filter(pl.col("language") == language)["is_found"].mean() for language in LANGUAGES},
        "others": len(others),
        "others_merged": others["is_found"].mean(),
    }


# --- blocks ------------------------------------------------------------------------------------------------------------


def score_blocks(truth: pl.DataFrame, decisions: pl.DataFrame, blocks: pl.DataFrame) -> list[dict[str, Any]]:
    """By kind of document and block, language and layout: characters that repeat and were found, that are lost, that were cut wrongly.

    Only documents that are kept count. Of the uses of a block that they hold one should stay, whichever: the one least cut. `lost` is what
    is cut of that one too. `own` is text that stands nowhere else; in documents without blocks that is all of it (block kind NULL).
    """
    documents = _clustered(truth, decisions).filter("is_kept").sort("document_id")
    cuts = cut_intervals(blocks)
    stretches = documents.select("document_id", "kind", "language", "flattened", "n_chars", "blocks").iter_rows(named=True)
    rows = [row for document in stretches for row in _stretch_rows(document, cuts.get(document["document_id"], []))]
    found = pl.DataFrame(rows, schema=_STRETCH, orient="row")
    stays = (pl.col("cut_share") == pl.col("cut_share").min()).over("block") & pl.col("block").is_not_null()
    # Of several that are cut as little, the first one stays.
    found = found.with_columns(stays=stays & (stays.cast(pl.UInt32).cum_sum().over("block") == 1))
    of_block, own = pl.col("block").is_not_null(), pl.col("block").is_null()
    return (
        found.group_by("kind", "block_kind", "language", "flattened")
        .agg(
            repeated=pl.col("chars").filter(of_block & ~pl.col("stays")).sum(),
            found=pl.col("cut").filter(of_block & ~pl.col("stays")).sum(),
            stays=pl.col("chars").filter(of_block & pl.col("stays")).sum(),
            lost=pl.col("cut").filter(of_block & pl.col("stays")).sum(),
            own=pl.col("chars").filter(own).sum(),
            own_cut=pl.col("cut").filter(own).sum(),
        )
        .sort("kind", "block_kind", "language", "flattened")
        .to_dicts()
    )


_STRETCH = {
    "kind": pl.String,
    "language": pl.String,
    "flattened": pl.Boolean,
    "block": pl.String,
    "block_kind": pl.String,
    "chars": pl.Int64,
    "cut": pl.Int64,
    "cut_share": pl.Float64,
}


def _stretch_rows(document: dict[str, Any], cuts: Sequence[Interval]) -> Iterable[tuple[Any, ...]]:
    of_document = (document["kind"], document["language"], document["flattened"])
    whole = [{"start_char": 0, "end_char": document["n_chars"], "block": None, "block_kind": None}]
    for stretch in document["blocks"] or whole:
        start, end = stretch["start_char"], stretch["end_char"]
        cut = sum(max(0, min(end, b) - max(start, a)) for a, b in cuts)
        yield (*of_document, stretch["block"], stretch["block_kind"], end - start, cut, _share(cut, end - start))


def cut_intervals(blocks: pl.DataFrame) -> dict[str, list[Interval]]:
    """What is cut of each document: intervals in order, none touching another."""
    cuts: dict[str, list[Interval]] = {}
    for name, start, end in blocks.select("document_id", "start_char", "end_char").sort("document_id", "start_char").iter_rows():
        of_document = cuts.setdefault(name, [])
        if of_document and start <= of_document[-1][1]:
            of_document[-1] = (of_document[-1][0], max(end, of_document[-1][1]))
        else:
            of_document.append((start, end))
    return cuts


def check_places(files: list[Path], decisions: pl.DataFrame, blocks: pl.DataFrame) -> dict[str, int]:
    """Whether what is cut stands where it is said to stand: words the same, in a document that is kept, and not cut there as well."""
    names = pl.concat([blocks["document_id"], blocks["kept_document_id"]]).unique().implode()
    texts = dict(pl.scan_parquet(files).select("document_id", "text").filter(pl.col("document_id").is_in(names)).collect().iter_rows())
    gone = set(decisions.filter(pl.col("document_id").ne_missing(pl.col("canonical_id")))["document_id"])
    cuts = cut_intervals(blocks)
    counts = {"blocks": len(blocks), "other_words": 0, "kept_document_gone": 0, "kept_place_cut": 0}
    for name, start, end, kept, kept_start, kept_end in blocks.select(
        "document_id", "start_char", "end_char", "kept_document_id", "kept_start_char", "kept_end_char"
    ).iter_rows():
        counts["other_words"] += _words(texts[name][start:end]) != _words(texts[kept][kept_start:kept_end])
        counts["kept_document_gone"] += kept in gone
        counts["kept_place_cut"] += any(a < kept_end and kept_start < b for a, b in cuts.get(kept, []))
    return counts


def _words(text: str) -> str:
    return re.sub(r"\W+", "", unicodedata.normalize("NFKC", text).lower())
