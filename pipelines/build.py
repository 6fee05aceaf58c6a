"""The steps of a refresh, one function per asset: read what earlier steps left in the build folder, compute, write.

How a step computes is the business of the packages it calls; what Dagster makes of it, of `assets/`. The steps that find repeated content
are in `pipelines.deduplication`.
"""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import msgspec
import polars as pl

from pipelines.aligning import bring_together
from pipelines.build_folder import (
    Stamp,
    lay_out,
    note_rows,
    parts,
    pass_stamp,
    path,
    read,
    replace_table,
    set_stamp,
    write,
    write_frame,
)
from pipelines.build_records import Extraction, Reading, document_ids, read_keys, read_results, records, reject_schema, rejects
from pipelines.changing import CHANGED
from pipelines.dedup.versions import chosen
from pipelines.deduplication import ARTICLE_TEXTS, cut_spans
from pipelines.engine import extract_stage, read_plan, read_stage
from pipelines.engine.executor import Executor
from pipelines.engine.extract_stage import CANDIDATES, Assignment, to_arrow, write_parquet
from pipelines.engine.progress import Progress, with_progress
from pipelines.engine.scan import RawFile, fingerprint, scan
from pipelines.engine.state import build_digest, remove_unused
from pipelines.extract.subject import Row
from pipelines.link.assignment import article_trial, assign, assign_articles, share, with_present_ids, with_versions
from pipelines.linking import LINKS, linked
from pipelines.quarantine import Rules, screen_tables
from pipelines.schema.arrow import arrow_schema
from pipelines.schema.tables import TABLES
from pipelines.settings import Settings
from pipelines.vocab.drugs import find_drug

EXTRACTED = ("trials", "conditions", "arms", "regimens", "endpoints", "endpoint_results", "safety", "document_texts", "evidence")
"""Tables that extraction fills."""

OF_SEVERAL_DOCUMENTS = ("trial_values", "discrepancies")
"""Tables on trials that several documents speak of; made with `trials`."""

BUILT_TABLES = (
    *("raw_files", "documents", "repeated_blocks", "lookalikes", "quarantine"),
    *EXTRACTED,
    *("link_candidates", *OF_SEVERAL_DOCUMENTS, "trial_documents", "trial_aliases", "drugs"),
    *CHANGED,
)
"""All tables that a refresh builds; the others are published without rows until something fills them, or are history.

Of those of history a refresh builds what the raw folder shows; publication adds what is new in it.
"""


class Manifest(msgspec.Struct):
    """The raw folder as it was scanned."""

    raw: str
    fingerprint: str
    files: list[RawFile]


def scan_raw(settings: Settings, *, full: bool = False) -> Manifest:
    """List the raw folder with digests. A missing folder is an error, an empty one is not.

    `full`: open every file again, and forget what earlier refreshes read and extracted.
    """
    if not settings.raw.is_dir():
        raise FileNotFoundError(f"there is no raw folder at {settings.raw}")
    if full:
        for stage in ("read", "sign", "describe", "extract", "census"):
            shutil.rmtree(settings.state / stage, ignore_errors=True)
    files = scan(settings.raw, memory=settings.state / "scan.msgpack", trust_stamps=not full)
    manifest = Manifest(str(settings.raw), fingerprint(files, decisions=settings.decision_files), files)
    write(settings, "manifest", manifest)
    set_stamp(settings, "manifest", Stamp(manifest.fingerprint, build_digest()))
    return manifest


def read_records(settings: Settings, executor: Executor, *, progress: Progress | None = None) -> Reading:
    """Read every file of the manifest into batches of records; batches that were read before are taken as they are."""
    manifest = read(settings, "manifest", Manifest)
    folder, spool = settings.state / "read", settings.state / "spool"
    plan = read_plan.plan(manifest.files, folder=folder, spool=spool)
    known = {task.key: result for task in plan.tasks if (result := read_stage.finished(task))}
    todo = [task for task in plan.tasks if task.key not in known]
    for result in with_progress(executor.run(read_stage.run, todo), "reading", len(todo), progress):
        known[result.key] = result
    shutil.rmtree(spool, ignore_errors=True)
    reading = Reading([known[task.key] for task in plan.tasks], plan.rejects, plan.joined, len(plan.tasks) - len(todo))
    write(settings, "records", reading)
    pass_stamp(settings, "records", ["manifest"])
    return reading


def write_documents(settings: Settings) -> int:
    """`documents`: every record with what became of it, those that could not be read included."""
    reading = read_results(settings)
    decided = pl.read_parquet(path(settings, "duplicates"))
    blocks = pl.read_parquet(parts(settings, "repeated_blocks"), columns=["document_id", "n_chars"])
    documents = (
        records(settings)
        .join(decided, on="document_id", how="left")
        .join(blocks.group_by("document_id").agg(in_blocks=pl.col("n_chars").sum()), on="document_id", how="left")
        .with_columns(repeated_chars=pl.col("repeated_chars") + pl.col("in_blocks").fill_null(0))
        .drop("in_blocks")
    )
    rejected = rejects(reading).filter(pl.col("record_index") >= 0).unique(["source_path", "record_index"], maintain_order=True)
    quarantined = rejected.select(
        document_ids().alias("document_id"),
        "source_path",
        "record_index",
        "source_format",
        pl.lit("quarantined").alias("status"),
    ).join(documents, on="document_id", how="anti")
    table = pl.concat([documents, quarantined], how="diagonal").sort("source_path", "record_index")
    table = table.with_columns(
        version_date=pl.col("version_date").str.to_date("%Y-%m-%d", strict=False),
        repairs=pl.col("repairs").fill_null([]),
    )
    return write_frame(settings, "documents", table, ["records", "duplicates", "repeated_blocks"])


def write_raw_files(settings: Settings) -> int:
    """`raw_files`: every file with what it was recognised as."""
    manifest, reading = read(settings, "manifest", Manifest), read_results(settings)
    root = pl.col("source_path").str.split("!/").list.first().alias("file")
    read_from = records(settings).group_by(root).agg(n_read=pl.len(), format=pl.col("source_format").mode().sort().first())
    rejected = rejects(reading)
    failed = rejected.group_by(root).agg(
        n_rejected=pl.struct("source_path", "record_index").filter(pl.col("record_index") >= 0).n_unique(),
        rejected_format=pl.col("source_format").drop_nulls().first(),
    )
    files = pl.DataFrame(
        {
            "source_path": [file.source_path for file in manifest.files],
            "bytes": [file.bytes for file in manifest.files],
            "sha256": [file.sha256 for file in manifest.files],
            "modified_at": [datetime.fromtimestamp(file.modified_ns / 1e9, UTC).replace(tzinfo=None) for file in manifest.files],
            "is_joined": [file.source_path in reading.joined for file in manifest.files],
        },
        schema_overrides={"source_path": pl.String, "sha256": pl.String, "modified_at": pl.Datetime("us"), "is_joined": pl.Boolean},
    )
    table = (
        files.join(read_from, left_on="source_path", right_on="file", how="left")
        .join(failed, left_on="source_path", right_on="file", how="left")
        .with_columns(
            n_records=pl.col("n_read").fill_null(0) + pl.col("n_rejected").fill_null(0),
            source_format=pl.when("is_joined").then(pl.lit("aact")).otherwise(pl.coalesce("format", "rejected_format")),
            status=pl.when("is_joined")
            .then(pl.lit("joined"))
            .when(pl.col("n_read") > 0)
            .then(pl.lit("read"))
            .when(pl.col("n_rejected").is_not_null())
            .then(pl.lit("quarantined"))
            .otherwise(pl.lit("no_records")),
        )
    )
    return write_frame(settings, "raw_files", table, ["records"])


def choose_canonical(settings: Settings) -> pl.DataFrame:
    """The kept documents, with the stretches that are cut from them."""
    decided = pl.read_parquet(path(settings, "duplicates"))
    kept = records(settings).join(decided.filter(pl.col("status") == "kept").select("document_id"), on="document_id", how="semi")
    kept = kept.join(cut_spans(settings), on="document_id", how="left")
    kept.write_parquet(path(settings, "canonical_documents"))
    pass_stamp(settings, "canonical_documents", ["duplicates", "repeated_blocks"])
    return kept


def assign_studies(settings: Settings) -> pl.DataFrame:
    """One row per kept registry record: its trial, its rank among the trial's documents, the tables it gives.

    Beside it, which documents stand for the versions of a trial that are compared with each other.
    """
    links = pl.read_parquet(path(settings, LINKS))
    documents = linked(pl.read_parquet(path(settings, "canonical_documents")), links)
    kept = documents.filter(pl.col("kind") == "study")
    found = assign(kept)
    articles = assign_articles(documents.filter(pl.col("kind") == "article"), found)
    articles.write_parquet(path(settings, "articles"))
    found = share(found, articles)
    found.write_parquet(path(settings, "studies"))
    older = pl.read_parquet(path(settings, "duplicates")).filter(pl.col("status") == "superseded")
    superseded_records = linked(records(settings).join(older, on="document_id", how="semi"), links)
    # Only what one register says at different times are versions of one record.
    by_registration = pl.concat([kept, superseded_records], how="diagonal").with_columns(trial_id="registration", of_trial="trial_id")
    versions = chosen(by_registration).with_columns(trial_id="of_trial").drop("of_trial")
    versions.write_parquet(path(settings, "versions"))
    pass_stamp(settings, "studies", ["canonical_documents", LINKS])
    return found


def extract_tables(
    settings: Settings, executor: Executor, tables: Iterable[str], *, rules: Rules, progress: Progress | None = None
) -> dict[str, int]:
    """Extract the rows of all studies and lay out the named tables, screened by `rules`; returns rows by table.

    Batches that were extracted before are taken as they are, whichever tables are asked for.
    """
    studies = pl.read_parquet(path(settings, "studies"))
    articles = pl.read_parquet(path(settings, "articles"))
    documents = pl.concat([with_versions(studies, pl.read_parquet(path(settings, "versions"))), articles], how="diagonal_relaxed")
    documents = documents.with_columns(pl.col("has_record", "is_shared").fill_null(value=False))
    tasks = list(_extract_tasks(settings, documents))
    known = {task.key: folder for task in tasks if (folder := extract_stage.finished(task))}
    todo = [task for task in tasks if task.key not in known]
    for folder in with_progress(executor.run(extract_stage.run, todo), "extracting", len(todo), progress):
        known[folder.name] = folder
    # Checks and publication need the memory, and no processes.
    executor.rest()
    folders = [known[task.key] for task in tasks]
    names = [*tables, *OF_SEVERAL_DOCUMENTS] if "trials" in tables else list(tables)
    rows: dict[str, int] = {}
    for name in names:
        files = [part for folder in folders if (part := folder / f"{name}.parquet").is_file()]
        if name == "document_texts":
            files.append(_other_article_texts(settings, files))
        rows[name] = lay_out(settings, name, files)
    together = bring_together(folders, studies, articles, target=settings.build_parquet, names=names, spill=settings.build / "spill")
    for name, count in together.items():
        rows[name] += count
    for name, count in screen_tables(settings, names, rules).items():
        rows[name] -= count
    for name in names:
        note_rows(settings, name, rows[name])
    for name in names:
        pass_stamp(settings, name, ["studies"])
    rejected = [pl.read_parquet(part) for folder in folders if (part := folder / extract_stage.REJECTS).is_file()]
    pl.concat([pl.DataFrame(schema=reject_schema()), *rejected]).write_parquet(path(settings, "extract_rejects"))
    write(settings, "extraction", Extraction([str(folder) for folder in folders]))
    pass_stamp(settings, "extraction", ["studies"])
    remove_unused(settings.state / "extract", {folder.name for folder in folders})
    remove_unused(settings.state / "read", {Path(task.records).name for task in tasks} | read_keys(settings))
    return rows


def _other_article_texts(settings: Settings, files: Sequence[Path]) -> Path:
    """The texts of articles that repeated blocks point into and that extraction has not given already."""
    target = path(settings, "other_article_texts")
    given = pl.concat(
        [pl.DataFrame(schema={"document_id": pl.String}), *(pl.read_parquet(part, columns=["document_id"]) for part in files)]
    )
    rest = pl.read_parquet(path(settings, ARTICLE_TEXTS)).join(given.unique(), on="document_id", how="anti")
    write_parquet(rest.to_arrow().cast(arrow_schema(TABLES["document_texts"])), target)
    return target


def write_trial_documents(settings: Settings) -> int:
    """`trial_documents`: every record of a trial, of any status, and articles that state the id of one known trial or are known alone."""
    links = pl.read_parquet(path(settings, LINKS))
    found = linked(records(settings), links)
    trials = pl.read_parquet(parts(settings, "trials"), columns=["trial_id"])
    studies = found.filter(pl.col("kind") == "study").select(
        "trial_id",
        "document_id",
        match_method=pl.when(pl.col("registry") == "none").then(pl.lit("self")).otherwise(pl.lit("registry_id")),
        role=pl.when("has_results").then(pl.lit("results_posting")).otherwise(pl.lit("registration")),
    )
    registered = pl.read_parquet(path(settings, "studies"), columns=["trial_id", "registration", "aliases"])
    articles = with_present_ids(found.filter(pl.col("kind") == "article"), registered).select(
        article_trial().alias("trial_id"),
        "document_id",
        match_method=pl.when(pl.col("stated_ids").list.len() == 1).then(pl.lit("registry_id")).otherwise(pl.lit("self")),
        role=pl.lit("article"),
    )
    named = pl.concat([studies, articles, _named_in_articles(settings)]).unique(
        ["trial_id", "document_id"], keep="first", maintain_order=True
    )
    table = (
        named.join(trials, on="trial_id", how="semi")
        .join(links.select("document_id", "trial_id", by="match_method", likeness="score"), on=["document_id", "trial_id"], how="left")
        .with_columns(match_method=pl.coalesce("by", "match_method"), score=pl.coalesce("likeness", pl.lit(1.0)))
    )
    return write_frame(settings, "trial_documents", table.sort("trial_id", "document_id"), ["trials", "records"])


def _named_in_articles(settings: Settings) -> pl.DataFrame:
    """Trials that articles name and report beside others: one row per trial and article."""
    folders = [Path(folder) for folder in read(settings, "extraction", Extraction).folders]
    candidates = [part for folder in folders if (part := folder / f"{CANDIDATES}.parquet").is_file()]
    found = [pl.read_parquet(part, columns=["trial_id", "document_id"]) for part in candidates]
    articles = pl.read_parquet(path(settings, "articles"), columns=["document_id"])
    schema = pl.DataFrame(schema={"trial_id": pl.String, "document_id": pl.String})
    named = pl.concat([schema, *found]).join(articles, on="document_id", how="semi")
    return named.with_columns(match_method=pl.lit("self"), role=pl.lit("article"))


def write_trial_aliases(settings: Settings) -> int:
    """`trial_aliases`: NCT ids that the register has merged into another record, and ids that a trial had before its record was found."""
    trials = pl.read_parquet(parts(settings, "trials"), columns=["trial_id"])
    merged = pl.read_parquet(path(settings, "studies")).select("trial_id", alias_id="aliases").explode("alias_id")
    linked_from = pl.read_parquet(path(settings, LINKS)).select("trial_id", alias_id="own_trial_id")
    table = (
        pl.concat([merged, linked_from])
        .drop_nulls("alias_id")
        .unique()
        .join(trials, on="trial_id", how="semi")
        .join(trials.select(alias_id="trial_id"), on="alias_id", how="anti")
        .sort("alias_id", "trial_id")
    )
    return write_frame(settings, "trial_aliases", table, ["trials"])


def write_drugs(settings: Settings) -> int:
    """`drugs`: the drugs that regimens name."""
    with duckdb.connect() as connection:
        found = connection.execute(
            """
            SELECT drug_name, list_sort(list(DISTINCT intervention_raw)) AS synonyms, count(DISTINCT trial_id) AS n_trials
            FROM read_parquet($1) WHERE drug_name IS NOT NULL GROUP BY drug_name ORDER BY drug_name
            """,
            [[str(part) for part in parts(settings, "regimens")]],
        ).fetchall()
    rows: list[Row] = []
    for name, synonyms, n_trials in found:
        drug = find_drug(name)
        rows.append(
            {
                "drug_name": name,
                "drug_ids": list(drug.ids.items()) if drug and drug.ids else None,
                "synonyms": [words for words in synonyms if words and words.lower() != name],
                "is_combination": bool(drug and drug.components),
                "components": list(drug.components) if drug and drug.components else None,
                "n_trials": n_trials,
            }
        )
    replace_table(settings, "drugs", to_arrow(rows, TABLES["drugs"]))
    pass_stamp(settings, "drugs", ["regimens"])
    return len(rows)


# --- extraction --------------------------------------------------------------------------------------------------------


def _extract_tasks(settings: Settings, studies: pl.DataFrame) -> Iterator[extract_stage.ExtractTask]:
    names = [
        "row",
        "document_id",
        "source_path",
        "record_index",
        "source_format",
        "kind",
        "trial_id",
        "registration",
        "registry",
        "language",
        "cut",
        "tables",
        "has_record",
        "is_shared",
    ]
    batches = studies.sort("read_key", "row").partition_by("read_key", as_dict=True)
    order = {key: place for place, key in enumerate(dict.fromkeys(_read_order(settings)))}
    for (key,), batch in sorted(batches.items(), key=lambda item: order[str(item[0][0])]):
        assignments = [Assignment(cut=_spans(row.pop("cut")), **row) for row in batch.select(names).iter_rows(named=True)]
        yield extract_stage.task(
            folder=settings.state / "extract",
            records=str(batch["records_folder"][0]),
            read_key=str(key),
            assignments=assignments,
        )


def _spans(cut: list[dict[str, int]] | None) -> list[tuple[int, int]]:
    return [(span["start_char"], span["end_char"]) for span in cut or ()]


def _read_order(settings: Settings) -> Iterator[str]:
    return (result.key for result in read_results(settings).results)
