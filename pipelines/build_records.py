"""What the read and extract steps left: the records of all batches, what could not be read, and where the rows lie.

Reading itself is `pipelines.engine.read_stage`; what becomes of a record is decided later.
"""

from pathlib import Path

import msgspec
import polars as pl
import pyarrow as pa

from pipelines.build_folder import read
from pipelines.engine import read_plan, read_stage
from pipelines.settings import Settings


class Reading(msgspec.Struct):
    """Results of the read stage, and what is no record of any task."""

    results: list[read_stage.ReadResult]
    rejects: list[read_plan.FileReject]
    joined: dict[str, str]
    n_reused: int


class Extraction(msgspec.Struct):
    """Where the results of the extract stage lie, in the order of the batches."""

    folders: list[str]


def read_results(settings: Settings) -> Reading:
    """The results of the last read step."""
    return read(settings, "records", Reading)


def records(settings: Settings) -> pl.DataFrame:
    """All records without their payload, with the read result (`read_key`, `records_folder`) and row that hold it."""
    found = read_results(settings)
    columns = [name for name in read_stage.RECORD_SCHEMA.names if name != "payload"]
    schema = pl.DataFrame(pa.Table.from_pylist([], read_stage.RECORD_SCHEMA).select(columns)).schema
    frames = [pl.DataFrame(schema={**schema, "row": pl.Int64, "read_key": pl.String, "records_folder": pl.String})]
    for result in found.results:
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


def rejects(found: Reading) -> pl.DataFrame:
    frames = [pl.DataFrame(schema=reject_schema())]
    frames += [pl.read_parquet(Path(result.folder) / read_stage.REJECTS) for result in found.results if result.n_rejects]
    own = [read_stage.reject_row(entry.source_path, entry.reject) for entry in found.rejects]
    frames.append(pl.DataFrame(own, schema=reject_schema()))
    return pl.concat(frames)


def document_ids() -> pl.Expr:
    """`document_id` from `source_path` and `record_index`."""
    place = pl.struct("source_path", "record_index")
    return place.map_elements(lambda r: read_stage.document_id(r["source_path"], r["record_index"]), return_dtype=pl.String)


def reject_schema() -> dict[str, pl.DataType]:
    return {name: pl.Int64() if name == "record_index" else pl.String() for name in read_stage.REJECT_SCHEMA.names}


def read_keys(settings: Settings) -> set[str]:
    return {result.key for result in read_results(settings).results}
