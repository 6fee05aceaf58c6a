"""What several documents of a trial state, brought together trial by trial: its row, its facts, and where they disagree.

Here belongs finding the rows of a trial in the files of the extract stage, in bounded memory, and writing what becomes of them. What is the
same is told by `pipelines.link.alignment`, which value of `trials` stands by `pipelines.link.merge`, what contradicts by
`pipelines.link.discrepancies`.
"""

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb
import msgspec
import polars as pl

from pipelines.engine.extract_stage import ALIGNED, CANDIDATES, SHARED, to_arrow, write_parquet
from pipelines.extract.subject import Row
from pipelines.link import discrepancies
from pipelines.link.alignment import ARTICLES, ROW_ID, Aligned, align
from pipelines.link.merge import Candidate, merge
from pipelines.quality.scan import rows_of
from pipelines.schema.ddl import quoted
from pipelines.schema.tables import TABLES

DISCREPANCIES, TRIAL_VALUES = "discrepancies", "trial_values"


class _Document(NamedTuple):
    """What is known of a document beside its rows."""

    source: int
    """Place of its source in the order of precedence."""
    rank: int
    registration: str | None
    version: str | None
    carried: frozenset[str] | None


def bring_together(
    folders: Sequence[Path], studies: pl.DataFrame, articles: pl.DataFrame, *, target: Path, names: Collection[str], spill: Path
) -> dict[str, int]:
    """Write the rows of all trials that several documents speak of into `target/<table>/` of the named tables; returns rows by table.

    `folders` are those of the extract stage; `studies` and `articles` its documents. The row of `trials` that a document gives alone is
    there already.
    """
    documents = _documents(studies, articles)
    written = dict.fromkeys(names, 0)
    with duckdb.connect() as connection:
        connection.execute("SET memory_limit = '512MB'")
        connection.execute(f"SET temp_directory = {quoted(str(spill))}")
        of_rows = (_aligned(rows, documents) for rows in _by_trial(connection, folders))
        of_trials = (_merged(trial, rows, documents) for trial, rows in _candidates(connection, folders, target / "trials"))
        for kind, found in (("aligned", of_rows), ("merged", of_trials if "trials" in names else ())):
            for number, tables in enumerate(_in_batches(found)):
                for name, rows in ((name, rows) for name, rows in tables.items() if name in written):
                    write_parquet(to_arrow(rows, TABLES[name]), target / name / f"{kind}-{number:05d}.parquet")
                    written[name] += len(rows)
    return written


def _documents(studies: pl.DataFrame, articles: pl.DataFrame) -> dict[str, _Document]:
    first = studies.group_by("trial_id", "registration").agg(pl.col("rank").min())
    places = first.with_columns(source=pl.col("rank").rank("ordinal").over("trial_id").cast(pl.Int64)).drop("rank")
    of_studies = studies.join(places, on=["trial_id", "registration"]).select(
        "document_id", "source", "rank", "registration", "version_date", "carried"
    )
    found: dict[str, _Document] = {}
    for document, source, rank, registration, version, carried in of_studies.iter_rows():
        found[document] = _Document(source, rank, registration, version, None if carried is None else frozenset(carried))
    ordered = articles.sort("source_path", "record_index")["document_id"]
    return found | {one: _Document(ARTICLES + n, ARTICLES + n, None, None, None) for n, one in enumerate(ordered)}


_Tables = dict[str, list[Row]]


def _in_batches(found: Iterable[_Tables], size: int = 20_000) -> Iterator[_Tables]:
    """The rows of several trials together, so that a file holds some thousands."""
    batch: _Tables = {}
    for tables in found:
        for name, rows in tables.items():
            batch.setdefault(name, []).extend(rows)
        if sum(map(len, batch.values())) >= size:
            yield batch
            batch = {}
    if batch:
        yield batch


# --- facts -----------------------------------------------------------------------------------------------------------------


def _aligned(rows: _Tables, documents: Mapping[str, _Document]) -> _Tables:
    evidence: dict[tuple[str, str], list[Row]] = {}
    for place in rows.pop("evidence", []):
        evidence.setdefault((place["table_name"], place["row_id"]), []).append(place)
    sources = {row["document_id"]: documents[row["document_id"]].source for some in rows.values() for row in some}
    reported: _Tables = {}
    for row in rows.get("endpoint_results", []):
        if sources[row["document_id"]] >= ARTICLES:
            reported.setdefault(row["document_id"], []).append(dict(row))
    found: Aligned = align(rows, evidence, sources)
    conflicts = [*found.conflicts, *discrepancies.left_out(found.tables.get("endpoints", []), reported)]
    tables = {name: [_declared(name, row) for row in some] for name, some in found.tables.items()}
    return {**tables, DISCREPANCIES: list(discrepancies.of_rows(conflicts))} if conflicts else tables


def _declared(name: str, row: Row) -> Row:
    return row if "document_id" in TABLES[name].by_name else {column: value for column, value in row.items() if column != "document_id"}


def _by_trial(connection: duckdb.DuckDBPyConnection, folders: Sequence[Path]) -> Iterator[_Tables]:
    """The shared rows of one trial after another, by table, each in the order of its file."""
    files = {name: _files(folders, f"{SHARED}{name}") for name in ALIGNED}
    ids = [
        f"SELECT trial_id, '{name}' AS table_name, {key} AS row_id FROM {rows_of(files[name])}"
        for name, key in ROW_ID.items()
        if files[name]
    ]
    if not ids:
        return
    streams: dict[str, Iterator[tuple[str, list[Row]]]] = {}
    for name, some in files.items():
        if not some:
            continue
        source = f"read_parquet([{', '.join(quoted(str(file)) for file in some)}], filename = true, file_row_number = true)"
        if name == "evidence":
            source = f"(SELECT ids.trial_id, places.* FROM {source} places JOIN ({' UNION ALL '.join(ids)}) ids USING (table_name, row_id))"
        streams[name] = _groups(
            connection, f"SELECT * EXCLUDE (filename, file_row_number) FROM {source} ORDER BY trial_id, filename, file_row_number"
        )
    heads = {name: next(stream, None) for name, stream in streams.items()}
    while trials := [head[0] for head in heads.values() if head]:
        trial = min(trials)
        found: _Tables = {}
        for name, head in heads.items():
            if head and head[0] == trial:
                found[name] = head[1]
                heads[name] = next(streams[name], None)
        for place in found.get("evidence", []):
            del place["trial_id"]
        yield found


def _groups(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[tuple[str, list[Row]]]:
    """Trial and rows, of a query that is sorted by trial."""
    # Each stream is read bit by bit beside the others: a connection gives one result at a time.
    reader = connection.cursor().sql(query).to_arrow_reader(1_000)
    rows = (row for batch in reader for row in batch.to_pylist())
    return ((trial, list(some)) for trial, some in itertools.groupby(rows, key=lambda row: row["trial_id"]))


def _files(folders: Sequence[Path], name: str) -> list[Path]:
    return [part for folder in folders if (part := folder / f"{name}.parquet").is_file()]


# --- the row of `trials` -----------------------------------------------------------------------------------------------------


def _candidates(connection: duckdb.DuckDBPyConnection, folders: Sequence[Path], stated: Path) -> Iterator[tuple[str, list[Row]]]:
    """The candidates for the row of each trial. An article may name a trial whose record gives its row alone: then it gives none."""
    files = _files(folders, CANDIDATES)
    if not files:
        return
    alone = f"ANTI JOIN {rows_of(sorted(stated.glob('*.parquet')))} AS stated USING (trial_id)"
    yield from _groups(connection, f"SELECT found.* FROM {rows_of(files)} AS found {alone} ORDER BY trial_id, document_id")


_places = msgspec.json.Decoder(dict[str, tuple[str, int | None, int | None]])


def _merged(trial: str, rows: Sequence[Row], documents: Mapping[str, _Document]) -> _Tables:
    ordered = sorted(rows, key=lambda row: (documents[row["document_id"]].source, documents[row["document_id"]].rank))
    candidates: list[Candidate] = []
    statements: list[discrepancies.Statement] = []
    for row in ordered:
        document_id, places = row.pop("document_id"), _places.decode(row.pop("places"))
        known = documents[document_id]
        candidates.append(Candidate(document_id, known.source, row, known.carried, places, known.registration))
        statements.append(discrepancies.Statement(document_id, known.registration, known.version, row, places))
    merged, values = merge(candidates)
    found: _Tables = {"trials": [merged], TRIAL_VALUES: values if len(candidates) > 1 else []}
    return {**found, DISCREPANCIES: list(discrepancies.of_trial(trial, statements))}
