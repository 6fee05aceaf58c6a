"""The steps of a refresh, one function per asset: read what earlier steps left in the build folder, compute, write.

Each step leaves a stamp that says from which raw content and which code it was made; a set can be published only when all stamps agree.
How a step computes is the business of the packages it calls; what Dagster makes of it, of `assets/`.
"""

import itertools
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import duckdb
import msgspec
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.dedup.exact import exact_duplicates
from pipelines.dedup.same_record import superseded
from pipelines.engine import extract_stage, read_plan, read_stage
from pipelines.engine.executor import Executor
from pipelines.engine.extract_stage import CANDIDATES, Assignment, to_arrow, write_parquet
from pipelines.engine.progress import Progress
from pipelines.engine.scan import RawFile, fingerprint, scan
from pipelines.engine.state import code_digest, remove_unused
from pipelines.extract.subject import Row
from pipelines.link.assignment import assign
from pipelines.link.merge import merge
from pipelines.quality import store
from pipelines.schema.arrow import arrow_schema, empty
from pipelines.schema.ddl import quoted
from pipelines.schema.tables import TABLES
from pipelines.settings import Settings
from pipelines.sources.records import REASON_TEXT, Reason
from pipelines.vocab.drugs import find_drug

EXTRACTED = ("trials", "conditions", "arms", "regimens", "endpoints", "endpoint_results", "safety", "document_texts", "evidence")
"""Tables that extraction fills."""

BUILT_TABLES = (
    *("raw_files", "documents", "quarantine"),
    *EXTRACTED,
    *("trial_values", "trial_documents", "trial_aliases", "drugs"),
)
"""All tables that a refresh builds; the others are published without rows until something fills them, or are history."""

T = TypeVar("T")


class InconsistentBuildError(Exception):
    """Parts of the build were made from different raw content or by different code."""


class MissingStepError(Exception):
    """A step was asked for before the step that it builds on."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} was not built yet; materialise it first, or run the refresh job.")


class Stamp(msgspec.Struct, frozen=True):
    """What a part of the build was made from."""

    raw_fingerprint: str
    code: str


class Manifest(msgspec.Struct):
    """The raw folder as it was scanned."""

    raw: str
    fingerprint: str
    files: list[RawFile]


class Reading(msgspec.Struct):
    """Results of the read stage, and what is no record of any task."""

    results: list[read_stage.ReadResult]
    rejects: list[read_plan.FileReject]
    joined: dict[str, str]
    n_reused: int


def scan_raw(settings: Settings, *, full: bool = False) -> Manifest:
    """List the raw folder with digests. A missing folder is an error, an empty one is not.

    `full`: open every file again, and forget what earlier refreshes read and extracted.
    """
    if not settings.raw.is_dir():
        raise FileNotFoundError(f"there is no raw folder at {settings.raw}")
    if full:
        for stage in ("read", "extract"):
            shutil.rmtree(settings.state / stage, ignore_errors=True)
    files = scan(settings.raw, memory=settings.state / "scan.msgpack", trust_stamps=not full)
    manifest = Manifest(str(settings.raw), fingerprint(files), files)
    _write(settings, "manifest", manifest)
    _set_stamp(settings, "manifest", Stamp(manifest.fingerprint, code_digest()))
    return manifest


def read_records(settings: Settings, executor: Executor, *, progress: Progress | None = None) -> Reading:
    """Read every file of the manifest into batches of records; batches that were read before are taken as they are."""
    manifest = _read(settings, "manifest", Manifest)
    folder, spool = settings.state / "read", settings.state / "spool"
    plan = read_plan.plan(manifest.files, folder=folder, spool=spool)
    known = {task.key: result for task in plan.tasks if (result := read_stage.finished(task))}
    todo = [task for task in plan.tasks if task.key not in known]
    for result in _with_progress(executor.run(read_stage.run, todo), "reading", len(todo), progress):
        known[result.key] = result
    shutil.rmtree(spool, ignore_errors=True)
    reading = Reading([known[task.key] for task in plan.tasks], plan.rejects, plan.joined, len(plan.tasks) - len(todo))
    _write(settings, "records", reading)
    _pass_stamp(settings, "records", ["manifest"])
    return reading


def find_duplicates(settings: Settings) -> pl.DataFrame:
    """Decide for every record whether it is kept.

    Columns: `document_id`, `status`, `duplicate_of`, `match_kind`, `similarity`, `repeated_chars`.
    """
    documents = _records(settings)
    exact = exact_duplicates(documents)
    rest = documents.join(exact, on="document_id", how="anti").filter(pl.col("kind") == "study")
    older = superseded(rest)
    decided = pl.concat(
        [
            exact.with_columns(status=pl.lit("duplicate"), match_kind=pl.lit("exact"), similarity=pl.lit(1.0)),
            older.with_columns(status=pl.lit("superseded"), match_kind=pl.lit("same_record"), similarity=pl.lit(None, pl.Float64)),
        ]
    )
    found = (
        documents.select("document_id", "n_chars")
        .join(decided, on="document_id", how="left")
        .with_columns(
            status=pl.col("status").fill_null("kept"),
            repeated_chars=pl.when(pl.col("match_kind") == "exact").then("n_chars").otherwise(0),
        )
        .drop("n_chars")
    )
    found.write_parquet(_path(settings, "duplicates"))
    _pass_stamp(settings, "duplicates", ["records"])
    return found


def write_documents(settings: Settings) -> int:
    """`documents`: every record with what became of it, those that could not be read included."""
    reading = _read(settings, "records", Reading)
    decided = pl.read_parquet(_path(settings, "duplicates"))
    documents = _records(settings).join(decided, on="document_id", how="left")
    rejected = _rejects(reading).filter(pl.col("record_index") >= 0).unique(["source_path", "record_index"], maintain_order=True)
    quarantined = rejected.select(
        _document_ids().alias("document_id"),
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
    return _write_frame(settings, "documents", table, ["records", "duplicates"])


def write_raw_files(settings: Settings) -> int:
    """`raw_files`: every file with what it was recognised as."""
    manifest, reading = _read(settings, "manifest", Manifest), _read(settings, "records", Reading)
    root = pl.col("source_path").str.split("!/").list.first().alias("file")
    records = _records(settings).group_by(root).agg(n_read=pl.len(), format=pl.col("source_format").mode().sort().first())
    rejects = _rejects(reading)
    failed = rejects.group_by(root).agg(
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
        files.join(records, left_on="source_path", right_on="file", how="left")
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
    return _write_frame(settings, "raw_files", table, ["records"])


def choose_canonical(settings: Settings) -> pl.DataFrame:
    """The kept documents."""
    decided = pl.read_parquet(_path(settings, "duplicates"))
    kept = _records(settings).join(decided.filter(pl.col("status") == "kept").select("document_id"), on="document_id", how="semi")
    kept.write_parquet(_path(settings, "canonical_documents"))
    _pass_stamp(settings, "canonical_documents", ["duplicates"])
    return kept


def assign_studies(settings: Settings) -> pl.DataFrame:
    """One row per kept registry record: its trial, its rank among the trial's documents, the tables it gives."""
    kept = pl.read_parquet(_path(settings, "canonical_documents")).filter(pl.col("kind") == "study")
    found = assign(kept)
    found.write_parquet(_path(settings, "studies"))
    _pass_stamp(settings, "studies", ["canonical_documents"])
    return found


def extract_tables(settings: Settings, executor: Executor, tables: Iterable[str], *, progress: Progress | None = None) -> dict[str, int]:
    """Extract the rows of all studies and lay out the named tables; returns rows by table.

    Batches that were extracted before are taken as they are, whichever tables are asked for.
    """
    studies = pl.read_parquet(_path(settings, "studies"))
    tasks = list(_extract_tasks(settings, studies))
    known = {task.key: folder for task in tasks if (folder := extract_stage.finished(task))}
    todo = [task for task in tasks if task.key not in known]
    for folder in _with_progress(executor.run(extract_stage.run, todo), "extracting", len(todo), progress):
        known[folder.name] = folder
    # Checks and publication need the memory, and no processes.
    executor.rest()
    folders = [known[task.key] for task in tasks]
    names = [*tables, "trial_values"] if "trials" in tables else list(tables)
    rows: dict[str, int] = {}
    for name in names:
        parts = [part for folder in folders if (part := folder / f"{name}.parquet").is_file()]
        rows[name] = _lay_out(settings, name, parts)
    if "trials" in names:
        for number, merged in enumerate(_merge_candidates(settings, folders, studies)):
            for name, table in merged.items():
                write_parquet(table, settings.build_parquet / name / f"merged-{number:05d}.parquet")
                rows[name] += table.num_rows
    for name in names:
        _pass_stamp(settings, name, ["studies"])
    rejects = [pl.read_parquet(part) for folder in folders if (part := folder / extract_stage.REJECTS).is_file()]
    pl.concat([pl.DataFrame(schema=_reject_schema()), *rejects]).write_parquet(_path(settings, "extract_rejects"))
    remove_unused(settings.state / "extract", {folder.name for folder in folders})
    remove_unused(settings.state / "read", {Path(task.records).name for task in tasks} | _read_keys(settings))
    return rows


def write_quarantine(settings: Settings) -> int:
    """`quarantine`: all that could not be read or extracted."""
    reading = _read(settings, "records", Reading)
    table = pl.concat([_rejects(reading), pl.read_parquet(_path(settings, "extract_rejects"))])
    table = table.sort("source_path", "record_index", "stage", maintain_order=True).with_columns(
        ordinal=pl.int_range(pl.len()).over("source_path", "record_index", "stage"),
        reason_text=pl.col("reason").replace_strict({reason.value: REASON_TEXT[reason] for reason in Reason}),
        document_id=pl.when(pl.col("record_index") >= 0).then(_document_ids()),
    )
    return _write_frame(settings, "quarantine", table, ["records"])


def write_trial_documents(settings: Settings) -> int:
    """`trial_documents`: every record of a trial, of any status, and articles that state the id of one known trial."""
    records = _records(settings)
    trials = pl.read_parquet(_parts(settings, "trials"), columns=["trial_id"])
    studies = records.filter(pl.col("kind") == "study").select(
        "trial_id",
        "document_id",
        match_method=pl.when(pl.col("registry") == "none").then(pl.lit("self")).otherwise(pl.lit("registry_id")),
        role=pl.when("has_results").then(pl.lit("results_posting")).otherwise(pl.lit("registration")),
    )
    articles = records.filter((pl.col("kind") == "article") & (pl.col("stated_ids").list.len() == 1)).select(
        pl.col("stated_ids").list.first().alias("trial_id"),
        "document_id",
        match_method=pl.lit("registry_id"),
        role=pl.lit("article"),
    )
    table = pl.concat([studies, articles]).join(trials, on="trial_id", how="semi").with_columns(score=pl.lit(1.0))
    return _write_frame(settings, "trial_documents", table.sort("trial_id", "document_id"), ["trials", "records"])


def write_trial_aliases(settings: Settings) -> int:
    """`trial_aliases`: NCT ids that the register has merged into another record."""
    trials = pl.read_parquet(_parts(settings, "trials"), columns=["trial_id"])
    table = (
        pl.read_parquet(_path(settings, "studies"))
        .select("trial_id", alias_id="aliases")
        .explode("alias_id")
        .drop_nulls("alias_id")
        .unique()
        .join(trials, on="trial_id", how="semi")
        .join(trials.select(alias_id="trial_id"), on="alias_id", how="anti")
        .sort("alias_id", "trial_id")
    )
    return _write_frame(settings, "trial_aliases", table, ["trials"])


def write_drugs(settings: Settings) -> int:
    """`drugs`: the drugs that regimens name."""
    with duckdb.connect() as connection:
        found = connection.execute(
            """
            SELECT drug_name, list_sort(list(DISTINCT intervention_raw)) AS synonyms, count(DISTINCT trial_id) AS n_trials
            FROM read_parquet($1) WHERE drug_name IS NOT NULL GROUP BY drug_name ORDER BY drug_name
            """,
            [[str(part) for part in _parts(settings, "regimens")]],
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
    _replace(settings, "drugs", to_arrow(rows, TABLES["drugs"]))
    _pass_stamp(settings, "drugs", ["regimens"])
    return len(rows)


def consistent_stamp(settings: Settings, names: Sequence[str]) -> Stamp:
    """The one stamp of all named parts.

    Raises `MissingStepError` for a part that was never built and `InconsistentBuildError` when parts do not belong together.
    """
    stamps = {name: _stamp(settings, name) for name in names}
    first = stamps[names[0]]
    differing = sorted(name for name, stamp in stamps.items() if stamp != first)
    if differing:
        raise InconsistentBuildError(
            f"{', '.join(differing)} were built from other raw content or by other code than {names[0]}; "
            "nothing was published. Run the refresh job, which builds all tables."
        )
    if first.code != code_digest():
        raise InconsistentBuildError("the code changed while the tables were built; run the refresh job again.")
    return first


def table_files(settings: Settings, name: str) -> list[Path]:
    """Parquet parts of a built table."""
    files = _parts(settings, name)
    if not files:
        raise MissingStepError(name)
    return files


# --- files of the build folder ---------------------------------------------------------------------------------------


def _path(settings: Settings, name: str) -> Path:
    settings.build.mkdir(parents=True, exist_ok=True)
    return settings.build / f"{name}.parquet"


def _parts(settings: Settings, name: str) -> list[Path]:
    return sorted((settings.build_parquet / name).glob("*.parquet"))


def _write(settings: Settings, name: str, value: msgspec.Struct) -> None:
    settings.build.mkdir(parents=True, exist_ok=True)
    (settings.build / f"{name}.msgpack").write_bytes(msgspec.msgpack.encode(value))


def _read(settings: Settings, name: str, kind: type[T]) -> T:
    try:
        return msgspec.msgpack.decode((settings.build / f"{name}.msgpack").read_bytes(), type=kind)
    except FileNotFoundError:
        raise MissingStepError(name) from None


def _set_stamp(settings: Settings, name: str, stamp: Stamp) -> None:
    folder = settings.build / "stamps"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_bytes(msgspec.json.encode(stamp))


def _stamp(settings: Settings, name: str) -> Stamp:
    try:
        return msgspec.json.decode((settings.build / "stamps" / f"{name}.json").read_bytes(), type=Stamp)
    except FileNotFoundError:
        raise MissingStepError(name) from None


def _pass_stamp(settings: Settings, name: str, inputs: Sequence[str]) -> None:
    """Pass the inputs' stamp on to a part; inputs that do not belong together, or were made by other code, give one that agrees with
    nothing.
    """
    stamps = {_stamp(settings, source) for source in inputs}
    first = next(iter(stamps))
    if len(stamps) > 1 or first.code != code_digest():
        mixed = "+".join(sorted(f"{stamp.raw_fingerprint[:8]}/{stamp.code[:8]}" for stamp in stamps))
        first = Stamp(f"mixed:{mixed}", code_digest())
    _set_stamp(settings, name, first)


def _replace(settings: Settings, name: str, table: pa.Table) -> None:
    """Write a table anew."""
    write_parquet(table, _fresh_folder(settings, name) / "part-00000.parquet")


def _fresh_folder(settings: Settings, name: str) -> Path:
    """An empty folder for a table; what was checked of its former content no longer counts."""
    folder = settings.build_parquet / name
    store.forget(settings, name)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _write_frame(settings: Settings, name: str, frame: pl.DataFrame, inputs: Sequence[str]) -> int:
    """Write a frame as the declared table; columns that it lacks are NULL."""
    schema = arrow_schema(TABLES[name])
    given = frame.select([column for column in schema.names if column in frame.columns]).to_arrow()
    columns = [
        given[field.name].cast(field.type) if field.name in given.column_names else pa.nulls(len(frame), field.type) for field in schema
    ]
    _replace(settings, name, pa.Table.from_arrays(columns, schema=schema))
    _pass_stamp(settings, name, inputs)
    return len(frame)


def _lay_out(settings: Settings, name: str, parts: list[Path]) -> int:
    """Put the parts of a table in place without copying them; a table without rows is one empty part."""
    folder = _fresh_folder(settings, name)
    rows = 0
    for number, part in enumerate(parts):
        target = folder / f"part-{number:05d}.parquet"
        try:
            os.link(part, target)
        except OSError:
            shutil.copyfile(part, target)
        rows += pq.read_metadata(target).num_rows
    if not parts:
        write_parquet(empty(TABLES[name]), folder / "part-00000.parquet")
    return rows


# --- records -----------------------------------------------------------------------------------------------------------


def _records(settings: Settings) -> pl.DataFrame:
    """All records without their payload, with the read result (`read_key`, `records_folder`) and row that hold it."""
    reading = _read(settings, "records", Reading)
    columns = [name for name in read_stage.RECORD_SCHEMA.names if name != "payload"]
    schema = pl.DataFrame(pa.Table.from_pylist([], read_stage.RECORD_SCHEMA).select(columns)).schema
    frames = [pl.DataFrame(schema={**schema, "row": pl.Int64, "read_key": pl.String, "records_folder": pl.String})]
    for result in reading.results:
        if result.n_records:
            frame = pl.read_parquet(Path(result.folder) / read_stage.RECORDS, columns=columns)
            frames.append(
                frame.with_columns(
                    row=pl.int_range(pl.len(), dtype=pl.Int64),
                    read_key=pl.lit(result.key),
                    records_folder=pl.lit(result.folder),
                )
            )
    return pl.concat(frames)


def _rejects(reading: Reading) -> pl.DataFrame:
    frames = [pl.DataFrame(schema=_reject_schema())]
    frames += [pl.read_parquet(Path(result.folder) / read_stage.REJECTS) for result in reading.results if result.n_rejects]
    own = [read_stage.reject_row(entry.source_path, entry.reject) for entry in reading.rejects]
    frames.append(pl.DataFrame(own, schema=_reject_schema()))
    return pl.concat(frames)


def _document_ids() -> pl.Expr:
    """`document_id` from `source_path` and `record_index`."""
    place = pl.struct("source_path", "record_index")
    return place.map_elements(lambda r: read_stage.document_id(r["source_path"], r["record_index"]), return_dtype=pl.String)


def _reject_schema() -> dict[str, pl.DataType]:
    return {name: pl.Int64() if name == "record_index" else pl.String() for name in read_stage.REJECT_SCHEMA.names}


def _read_keys(settings: Settings) -> set[str]:
    return {result.key for result in _read(settings, "records", Reading).results}


# --- extraction --------------------------------------------------------------------------------------------------------


def _extract_tasks(settings: Settings, studies: pl.DataFrame) -> Iterator[extract_stage.ExtractTask]:
    names = ["row", "document_id", "source_path", "record_index", "source_format", "trial_id", "registry", "language", "tables"]
    batches = studies.sort("read_key", "row").partition_by("read_key", as_dict=True)
    order = {key: place for place, key in enumerate(dict.fromkeys(_read_order(settings)))}
    for (key,), batch in sorted(batches.items(), key=lambda item: order[str(item[0][0])]):
        assignments = [Assignment(**row) for row in batch.select(names).iter_rows(named=True)]
        yield extract_stage.task(
            folder=settings.state / "extract",
            records=str(batch["records_folder"][0]),
            read_key=str(key),
            assignments=assignments,
        )


def _read_order(settings: Settings) -> Iterator[str]:
    return (result.key for result in _read(settings, "records", Reading).results)


def _merge_candidates(settings: Settings, folders: Sequence[Path], studies: pl.DataFrame) -> Iterator[dict[str, pa.Table]]:
    """`trials` and `trial_values` of the trials that several kept documents state, in batches of trials.

    DuckDB brings the documents of a trial together, on disk where they are many.
    """
    files = [str(part) for folder in folders if (part := folder / f"{CANDIDATES}.parquet").is_file()]
    if not files:
        return
    carried = {
        document_id: None if names is None else frozenset(names)
        for document_id, names in studies.select("document_id", "carried").iter_rows()
    }
    with duckdb.connect() as connection:
        connection.execute("SET memory_limit = '512MB'")
        connection.execute(f"SET temp_directory = {quoted(str(settings.build / 'spill'))}")
        connection.register("ranks", studies.select("document_id", "rank").to_arrow())
        sorted_rows = connection.sql(
            "SELECT c.* FROM read_parquet($1) c JOIN ranks USING (document_id) ORDER BY trial_id, rank", params=[files]
        ).to_arrow_reader(1_000)
        candidates = (row for batch in sorted_rows for row in batch.to_pylist())
        groups = (list(group) for _, group in itertools.groupby(candidates, key=lambda row: row["trial_id"]))
        while batch := list(itertools.islice(groups, 5_000)):
            trials: list[Row] = []
            values: list[Row] = []
            for group in batch:
                documents = [row.pop("document_id") for row in group]
                trial, stated = merge([(d, row, carried[d]) for d, row in zip(documents, group, strict=True)])
                trials.append(trial)
                values.extend(stated)
            yield {"trials": to_arrow(trials, TABLES["trials"]), "trial_values": to_arrow(values, TABLES["trial_values"])}


def _with_progress(results: Iterator[T], what: str, total: int, progress: Progress | None) -> Iterator[T]:
    if progress:
        progress(what, 0, total)
    for done, result in enumerate(results, start=1):
        if progress:
            progress(what, done, total)
        yield result
