"""The steps of a refresh that find repeated content: a decision on every record, and the stretches that repeat others.

How documents are compared is the business of `pipelines.dedup`; what Dagster makes of it, of `assets/`.
"""

# ruff: noqa: PLC0415 - compiled code is loaded where there is work for it

import shutil
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.build_folder import parts, pass_stamp, path, write_frame
from pipelines.build_records import records
from pipelines.dedup.exact import exact_duplicates
from pipelines.dedup.same_record import ranked, superseded
from pipelines.engine import locate_stage, sign_stage
from pipelines.engine.batches import over_batches
from pipelines.engine.executor import Executor
from pipelines.engine.extract_stage import write_parquet
from pipelines.engine.locate_stage import LocateTask, Request
from pipelines.engine.progress import Progress, with_progress
from pipelines.linking import LINKS, linked
from pipelines.schema.arrow import arrow_schema
from pipelines.schema.tables import TABLES
from pipelines.settings import Settings

_BODY_SHARE = 0.2
_LEAST_PART = 4
"""A part of a sentence of fewer tokens is not recorded: that words go on alike for so long is chance."""
ARTICLE_TEXTS = "article_texts"
"""Rows of `document_texts` for the articles that `repeated_blocks` points into."""
_RULES = {"near": "similar_text", "contained": "contained_text"}
TOLD_APART = "told_apart"
"""Rows of `lookalikes`, of which some documents may have been dropped."""
BLOCKED = ("other_ids", "other_title", "other_numbers", "other_names")
"""Verdicts on documents that look like copies and are none."""


def find_duplicates(settings: Settings, executor: Executor, *, progress: Progress | None = None) -> pl.DataFrame:
    """Decide for every record whether it is kept.

    Columns: `document_id`, `status`, `duplicate_of`, `match_kind`, `match_rule`, `similarity`, `repeated_chars`.
    """
    documents = _numbered_records(settings)
    signed = _sign(settings, executor, documents, progress)
    exact = exact_duplicates(documents).with_columns(match_kind=pl.lit("exact"), match_rule=pl.lit("same_content"), similarity=pl.lit(1.0))
    rest = documents.join(exact, on="document_id", how="anti")
    older = superseded(rest.filter(pl.col("kind") == "study")).with_columns(
        match_kind=pl.lit("same_record"), match_rule=pl.lit("same_registry_id"), similarity=pl.lit(None, pl.Float64)
    )
    left = rest.join(older, on="document_id", how="anti")
    copies, told_apart = _find_copies(settings, executor, signed, documents, left)
    told_apart.write_parquet(path(settings, TOLD_APART))
    found = _decided(documents, exact, older, copies)
    found.write_parquet(path(settings, "duplicates"))
    pass_stamp(settings, "duplicates", ["records"])
    return found


def _decided(documents: pl.DataFrame, exact: pl.DataFrame, older: pl.DataFrame, copies: pl.DataFrame) -> pl.DataFrame:
    # An exact copy of a document that is dropped for a similar one is similar to that, too.
    moved = exact.select("document_id", first="duplicate_of").join(copies, left_on="first", right_on="document_id").drop("first")
    exact = exact.join(moved, on="document_id", how="anti")
    decided = pl.concat(
        [
            exact.with_columns(status=pl.lit("duplicate"), repeated_share=pl.lit(1.0)),
            older.with_columns(status=pl.lit("superseded"), repeated_share=pl.lit(0.0)),
            pl.concat([copies, moved], how="diagonal").with_columns(status=pl.lit("duplicate")),
        ],
        how="diagonal",
    )
    return (
        documents.select("document_id", "n_chars")
        .join(decided, on="document_id", how="left")
        .select(
            "document_id",
            pl.col("status").fill_null("kept"),
            "duplicate_of",
            "match_kind",
            "match_rule",
            "similarity",
            repeated_chars=(pl.col("n_chars") * pl.col("repeated_share").fill_null(0.0)).round().cast(pl.Int64),
        )
    )


def find_repeated_blocks(settings: Settings, executor: Executor, *, progress: Progress | None = None) -> int:
    """`repeated_blocks`: stretches of kept documents that are kept elsewhere as well; and the texts of the articles that have any."""
    from pipelines.dedup.signatures import Corpus
    from pipelines.dedup.stretches import find_stretches

    documents = _numbered_records(settings)
    decided = pl.read_parquet(path(settings, "duplicates"), columns=["document_id", "status"])
    kept = documents.join(decided.filter(pl.col("status") == "kept"), on="document_id", how="semi")
    kept = linked(kept, pl.read_parquet(path(settings, LINKS)))
    # Of several kept records of one trial the best speaks for it: its formats say the same.
    studies = ranked(kept.filter(pl.col("kind") == "study")).filter(pl.col("rank") == 0)
    chosen = pl.concat([kept.filter(pl.col("kind") == "article"), studies.select(kept.columns)]).sort("source_path", "record_index")
    takes_part = np.zeros(len(documents), np.bool_)
    order = chosen["number"].to_numpy()
    takes_part[order] = True
    with _work(settings) as work:
        corpus = Corpus(_sign(settings, executor, documents, progress), work)
        tokens = corpus.tokens()
        found = find_stretches(tokens, corpus.anchored(takes_part), order)
        owners = np.searchsorted(corpus.ends, found["start"], side="right") - 1
        keepers = np.searchsorted(corpus.ends, found["kept_start"], side="right") - 1
        first, first_kept = corpus.ends[owners], corpus.ends[keepers]
        repeats = pl.DataFrame(
            {
                "owner": owners,
                "start": found["start"] - first,
                "end": found["end"] - first,
                "keeper": keepers,
                "kept_start": found["kept_start"] - first_kept,
                "n_tokens": corpus.ends[owners + 1] - first,
            }
        )
    repeats = _split(executor, documents, _with_bodies(repeats), progress)
    located, texts = _locate(executor, documents, repeats, progress)
    _write_texts(settings, documents, texts)
    rows = _rows(documents, repeats, located)
    return write_frame(settings, "repeated_blocks", rows, ["duplicates", LINKS])


def write_lookalikes(settings: Settings) -> int:
    """`lookalikes`: pairs of kept documents that look like copies and are none."""
    decided = pl.read_parquet(path(settings, "duplicates"), columns=["document_id", "status"])
    kept = decided.filter(pl.col("status") == "kept").select("document_id")
    pairs = pl.read_parquet(path(settings, TOLD_APART))
    pairs = pairs.join(kept, on="document_id", how="semi").join(kept, left_on="other_document_id", right_on="document_id", how="semi")
    pairs = pairs.unique(["document_id", "other_document_id"], keep="first").sort("document_id", "other_document_id")
    return write_frame(settings, "lookalikes", pairs, ["duplicates"])


def cut_spans(settings: Settings) -> pl.DataFrame:
    """(`document_id`, `cut`): of each article of which anything is cut, the spans of its text, sorted, that do not overlap."""
    blocks = pl.read_parquet(parts(settings, "repeated_blocks")).filter("is_cut").sort("document_id", "start_char")
    return blocks.group_by("document_id", maintain_order=True).agg(cut=pl.struct("start_char", "end_char"))


def _numbered_records(settings: Settings) -> pl.DataFrame:
    """The records with the `number` of each, by which the comparison knows its document."""
    return records(settings).with_columns(number=pl.int_range(pl.len()))


# --- copies ------------------------------------------------------------------------------------------------------------


def _sign(settings: Settings, executor: Executor, documents: pl.DataFrame, progress: Progress | None) -> list[Path]:
    """Sign every batch of records that was not signed before; the results in the order of the records."""
    batches = documents.select("read_key", "records_folder").unique(maintain_order=True)
    folder = settings.state / "sign"
    tasks = [sign_stage.task(folder=folder, records=records, read_key=key) for key, records in batches.iter_rows()]
    return over_batches(
        executor, tasks, run=sign_stage.run, finished=sign_stage.finished, folder=folder, doing="comparing", progress=progress
    )


def _find_copies(
    settings: Settings, executor: Executor, signed: Sequence[Path], documents: pl.DataFrame, left: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(copies, pairs told apart) among articles, and among records without any registry id.

    An article is never a copy of a record: what they share is that they are of one trial.
    """
    copies = pl.DataFrame(
        schema={
            **dict.fromkeys(("document_id", "duplicate_of", "match_kind", "match_rule"), pl.String),
            **dict.fromkeys(("similarity", "repeated_share"), pl.Float64),
        }
    )
    told_apart = pl.DataFrame(schema={**dict.fromkeys(("document_id", "other_document_id", "reason"), pl.String), "similarity": pl.Float64})
    chosen = _chosen(left)
    if not any(len(numbers) > 1 for numbers in chosen):
        return copies, told_apart

    from pipelines.dedup.near import Described, find_copies
    from pipelines.dedup.signatures import Corpus
    from pipelines.dedup.verdict import ARTICLES, RECORDS, SIBLINGS

    facts = pl.concat([pl.read_parquet(folder / sign_stage.FACTS) for folder in signed])
    ids = [frozenset(some) for some in facts["ids"].to_list()]
    names = documents["document_id"].to_list()
    titles, heads, order = documents["title"].to_list(), facts["head"].to_list(), _order(documents, facts)

    def boilerplate(asked: NDArray[np.int64]) -> list[tuple[int, int, int]]:
        requests = pl.DataFrame({"number": asked, "document": asked}).with_columns(start=0, end=0)
        return [one for some in executor.run(locate_stage.boilerplate, _tasks(documents, requests)) for one in some]

    with _work(settings) as work:
        corpus = Corpus(signed, work)
        for numbers, rule in zip(chosen, (ARTICLES, RECORDS, SIBLINGS), strict=True):
            if len(numbers) < 2:
                continue
            takes_part = np.zeros(len(documents), np.bool_)
            takes_part[numbers] = True
            described = Described(ids=ids, titles=titles, heads=heads, order=order, takes_part=takes_part, rule=rule)
            found = find_copies(corpus, described, boilerplate if rule is ARTICLES else None)
            copies = pl.concat(
                [
                    copies,
                    pl.DataFrame(
                        [
                            (names[one.dropped], names[one.kept], "near", _RULES[one.verdict], one.similarity, one.repeated_share)
                            for one in found.copies
                        ],
                        schema=copies.schema,
                        orient="row",
                    ),
                ]
            )
            apart = [
                (*sorted((names[a], names[b])), verdict.value, likeness)
                for a, b, verdict, likeness in found.told_apart
                if verdict.value in BLOCKED
            ]
            told_apart = pl.concat([told_apart, pl.DataFrame(apart, schema=told_apart.schema, orient="row")])
    return copies, told_apart


def _chosen(left: pl.DataFrame) -> tuple[list[int], list[int], list[int]]:
    """Numbers of the articles, of the records without an id, and of the best record of each registered trial."""
    records_left = left.filter(pl.col("kind") == "study")
    registered = ranked(records_left.filter(pl.col("registry") != "none")).filter(pl.col("rank") == 0)
    return (
        left.filter(pl.col("kind") == "article")["number"].to_list(),
        records_left.filter(pl.col("registry") == "none")["number"].to_list(),
        registered["number"].to_list(),
    )


def _order(documents: pl.DataFrame, facts: pl.DataFrame) -> NDArray[np.int64]:
    """Rank of each document: the newest first, then by path."""
    ordered = (
        documents.select("source_path", "record_index", "number")
        .with_columns(date=facts["date"])
        .sort("date", "source_path", "record_index", descending=[True, False, False], nulls_last=True)
    )
    ranks = np.empty(len(documents), np.int64)
    ranks[ordered["number"].to_numpy()] = np.arange(len(documents))
    return ranks


@contextmanager
def _work(settings: Settings) -> Generator[Path]:
    """A folder for what the comparison needs on disk while it lasts."""
    work = settings.build / "comparison"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


# --- stretches ---------------------------------------------------------------------------------------------------------


def _with_bodies(repeats: pl.DataFrame) -> pl.DataFrame:
    """The repeats with `is_body`: whether they are parts of a body that stands twice in its document.

    Repeats that follow each other as what they repeat does are one run, whatever was put in between; a run that is a good part of the
    document is a body. A short passage, even if it comes again and again, may well be said of something else each time: the same dose in
    the tables of two regimens.
    """
    within = repeats.filter(pl.col("owner") == pl.col("keeper")).sort("owner", "start")
    within = within.with_columns(length=pl.col("end") - pl.col("start"))
    kept_end = pl.col("kept_start") + pl.col("length")
    within = within.with_columns(run=(pl.col("kept_start") < kept_end.shift(1).fill_null(0)).cum_sum().over("owner")).with_columns(
        is_body=pl.col("length").sum().over("owner", "run") >= _BODY_SHARE * pl.col("n_tokens")
    )
    return repeats.join(within.select("owner", "start", "is_body"), on=["owner", "start"], how="left").with_columns(
        pl.col("is_body").fill_null(False)
    )


def _split(executor: Executor, documents: pl.DataFrame, repeats: pl.DataFrame, progress: Progress | None) -> pl.DataFrame:
    """Repeats of articles as the whole sentences in them, and the parts of sentences before and after (`is_part`).

    The beginning of a sentence that ends otherwise is no repeat of what it says.
    """
    repeats = repeats.with_columns(number=pl.int_range(pl.len(), dtype=pl.Int64))
    articles = documents.filter(pl.col("kind") == "article").select(owner="number")
    of_articles = repeats.join(articles, on="owner", how="semi")
    requests = of_articles.select("number", document="owner", start="start", end="end")
    tasks = _tasks(documents, requests)
    found = with_progress(executor.run(locate_stage.whole_sentences, tasks), "looking at repeats", len(tasks), progress)
    sentences = pl.DataFrame(
        [row for rows in found for row in rows],
        schema={"number": pl.Int64, "first": pl.Int64, "last": pl.Int64},
        orient="row",
    )
    placed = of_articles.join(sentences, on="number")
    parts_of = [
        placed.with_columns(end=pl.col("first"), is_part=True),
        placed.with_columns(start=pl.col("first"), end=pl.col("last"), is_part=False),
        placed.with_columns(start=pl.col("last"), is_part=True),
    ]
    pieces = pl.concat(parts_of).join(of_articles.select("number", begin="start"), on="number")
    pieces = pieces.filter(pl.col("end") - pl.col("start") >= pl.when("is_part").then(_LEAST_PART).otherwise(1))
    rest = repeats.join(articles, on="owner", how="anti").with_columns(is_part=False, begin="start")
    columns = ["owner", "start", "end", "keeper", "kept_start", "is_body", "is_part", "begin"]
    return (
        pl.concat([pieces.select(columns), rest.select(columns)])
        .with_columns(kept_start=pl.col("kept_start") + pl.col("start") - pl.col("begin"))
        .with_columns(kept_end=pl.col("kept_start") + pl.col("end") - pl.col("start"))
        .drop("begin")
        .sort("owner", "start")
    )


def _tasks(documents: pl.DataFrame, requests: pl.DataFrame) -> list[LocateTask]:
    """Requests (`number`, `document`, `start`, `end`, perhaps `is_judged`) by batch."""
    columns = [name for name in ("number", "row", "start", "end", "is_judged") if name in requests.columns or name == "row"]
    placed = requests.join(documents.select("row", "records_folder", document="number"), on="document")
    return [
        LocateTask(str(folder), [Request(*row) for row in part.sort("row", "start").select(columns).iter_rows()])
        for (folder,), part in sorted(placed.partition_by("records_folder", as_dict=True).items(), key=lambda item: str(item[0][0]))
    ]


def _locate(
    executor: Executor, documents: pl.DataFrame, repeats: pl.DataFrame, progress: Progress | None
) -> tuple[pl.DataFrame, list[pa.Table]]:
    """Where the repeats stand in published texts: `LOCATED` rows, of which request `2 n` is the repeat `n` and `2 n + 1` what is kept."""
    numbered = repeats.with_columns(number=pl.int_range(pl.len(), dtype=pl.Int64))
    requests = pl.concat(
        [
            numbered.select(number=2 * pl.col("number"), document="owner", start="start", end="end", is_judged=~pl.col("is_part")),
            numbered.select(
                number=2 * pl.col("number") + 1, document="keeper", start="kept_start", end="kept_end", is_judged=pl.lit(False)
            ),
        ]
    )
    tasks = _tasks(documents, requests)
    located: list[pa.Table] = [locate_stage.LOCATED.empty_table()]
    texts: list[pa.Table] = []
    folders = [task.records for task in tasks]
    results = with_progress(executor.run(locate_stage.run, tasks), "locating repeats", len(tasks), progress)
    for folder, (places, some) in zip(folders, results, strict=True):
        located.append(places)
        texts.append(some.append_column("records_folder", pa.array([folder] * some.num_rows, pa.string())))
    frame = pl.DataFrame(pa.concat_tables(located))
    return frame, texts


def _rows(documents: pl.DataFrame, repeats: pl.DataFrame, located: pl.DataFrame) -> pl.DataFrame:
    """Rows of `repeated_blocks`: each stretch with the blanks and punctuation after it that are the same where it is kept."""
    places = {row["request"]: row for row in located.iter_rows(named=True)}
    names, trials, kinds = documents["document_id"].to_list(), documents["trial_id"].to_list(), documents["kind"].to_list()
    rows: list[dict[str, object]] = []
    for number, (owner, keeper, is_body, is_part) in enumerate(repeats.select("owner", "keeper", "is_body", "is_part").iter_rows()):
        if owner != keeper and trials[owner] is not None and trials[owner] == trials[keeper]:
            continue
        own, kept = places[2 * number], places[2 * number + 1]
        n_tail = next((k for k, both in enumerate(zip(own["tail"], kept["tail"], strict=False)) if both[0] != both[1]), None)
        n_tail = min(len(own["tail"]), len(kept["tail"])) if n_tail is None else n_tail
        start, end = own["start_char"], own["end_chars"][n_tail]
        is_within = owner == keeper
        if kinds[owner] != "article":
            is_cut, reason = False, "in_a_record"
        elif is_part:
            is_cut, reason = False, "part_of_sentence"
        else:
            is_cut, reason = _judged(own, kept, is_within=is_within, is_body=is_body)
        rows.append(
            {
                "document_id": names[owner],
                "field": own["field"],
                "start_char": start,
                "end_char": end,
                "kept_document_id": names[keeper],
                "kept_field": kept["field"],
                "kept_start_char": kept["start_char"],
                "kept_end_char": kept["end_chars"][n_tail],
                "n_chars": end - start,
                "kind": "within_document" if is_within else "across_documents",
                "is_cut": is_cut,
                "reason": reason,
            }
        )
    frame = pl.DataFrame(rows, schema=_BLOCK_SCHEMA)
    return frame.sort("document_id", "field", "start_char").with_columns(block_index=pl.int_range(pl.len()).over("document_id"))


_BLOCK_SCHEMA = {
    **dict.fromkeys(("document_id", "field"), pl.String),
    **dict.fromkeys(("start_char", "end_char"), pl.Int64),
    **dict.fromkeys(("kept_document_id", "kept_field"), pl.String),
    **dict.fromkeys(("kept_start_char", "kept_end_char", "n_chars"), pl.Int64),
    "kind": pl.String,
    "is_cut": pl.Boolean,
    "reason": pl.String,
}


def _judged(own: dict[str, Any], kept: dict[str, Any], *, is_within: bool, is_body: bool) -> tuple[bool, str]:
    """Whether whole sentences of an article are cut, and why or why not.

    A fact that stands in two trials is a fact of both. So what is cut says nothing of a trial, or says it again of the same trial.
    """
    if own["says_nothing"]:
        return True, own["says_nothing"]
    if not is_within:
        return False, "in_several_documents"
    if own["under_id"] != kept["under_id"]:
        return False, "of_another_trial"
    return (True, "said_before") if is_body else (False, "said_again")


def _write_texts(settings: Settings, documents: pl.DataFrame, texts: Sequence[pa.Table]) -> None:
    """`ARTICLE_TEXTS`: the text of each article that a block points into."""
    columns = {"row": pl.Int64, "text": pl.String, "records_folder": pl.String}
    found = pl.concat([pl.DataFrame(schema=columns), *(pl.DataFrame(table) for table in texts)])
    rows = found.join(documents.select("row", "records_folder", "document_id"), on=["row", "records_folder"]).select(
        "document_id", "text", field=pl.lit("text")
    )
    schema = arrow_schema(TABLES["document_texts"])
    write_parquet(rows.sort("document_id").select(schema.names).to_arrow().cast(schema), path(settings, ARTICLE_TEXTS))
