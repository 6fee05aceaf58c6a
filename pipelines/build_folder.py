"""The build folder: what the steps of a refresh leave for each other and for publication, each part with a stamp.

A stamp says from which raw content and which code a part was made; a set can be published only when all stamps agree. What a part holds
is the business of the step that writes it.
"""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.engine.extract_stage import write_parquet
from pipelines.engine.state import build_digest
from pipelines.quality import store
from pipelines.schema.arrow import arrow_schema, empty
from pipelines.schema.tables import TABLES
from pipelines.settings import Settings

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


def consistent_stamp(settings: Settings, names: Sequence[str]) -> Stamp:
    """The one stamp of all named parts.

    Raises `MissingStepError` for a part that was never built and `InconsistentBuildError` when parts do not belong together.
    """
    stamps = {name: stamp(settings, name) for name in names}
    first = stamps[names[0]]
    differing = sorted(name for name, stamp in stamps.items() if stamp != first)
    if differing:
        raise InconsistentBuildError(
            f"{', '.join(differing)} were built from other raw content or by other code than {names[0]}; "
            "nothing was published. Run the refresh job, which builds all tables."
        )
    if first.code != build_digest():
        raise InconsistentBuildError("the code changed while the tables were built; run the refresh job again.")
    return first


def table_files(settings: Settings, name: str) -> list[Path]:
    """Parquet parts of a built table."""
    files = parts(settings, name)
    if not files:
        raise MissingStepError(name)
    return files


def path(settings: Settings, name: str) -> Path:
    settings.build.mkdir(parents=True, exist_ok=True)
    return settings.build / f"{name}.parquet"


def parts(settings: Settings, name: str) -> list[Path]:
    return sorted((settings.build_parquet / name).glob("*.parquet"))


def write(settings: Settings, name: str, value: msgspec.Struct) -> None:
    settings.build.mkdir(parents=True, exist_ok=True)
    (settings.build / f"{name}.msgpack").write_bytes(msgspec.msgpack.encode(value))


def read(settings: Settings, name: str, kind: type[T]) -> T:
    try:
        return msgspec.msgpack.decode((settings.build / f"{name}.msgpack").read_bytes(), type=kind)
    except FileNotFoundError:
        raise MissingStepError(name) from None


def set_stamp(settings: Settings, name: str, stamp: Stamp) -> None:
    folder = settings.build / "stamps"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_bytes(msgspec.json.encode(stamp))


def stamp(settings: Settings, name: str) -> Stamp:
    try:
        return msgspec.json.decode((settings.build / "stamps" / f"{name}.json").read_bytes(), type=Stamp)
    except FileNotFoundError:
        raise MissingStepError(name) from None


def pass_stamp(settings: Settings, name: str, inputs: Sequence[str]) -> None:
    """Pass the inputs' stamp on to a part; inputs that do not belong together, or were made by other code, give one that agrees with
    nothing.
    """
    stamps = {stamp(settings, source) for source in inputs}
    first = next(iter(stamps))
    if len(stamps) > 1 or first.code != build_digest():
        mixed = "+".join(sorted(f"{stamp.raw_fingerprint[:8]}/{stamp.code[:8]}" for stamp in stamps))
        first = Stamp(f"mixed:{mixed}", build_digest())
    set_stamp(settings, name, first)


def replace_table(settings: Settings, name: str, table: pa.Table) -> None:
    """Write a table anew."""
    write_parquet(table, fresh_folder(settings, name) / "part-00000.parquet")
    note_rows(settings, name, len(table))


def fresh_folder(settings: Settings, name: str) -> Path:
    """An empty folder for a table; what was checked of its former content no longer counts."""
    folder = settings.build_parquet / name
    store.forget(settings, name)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def note_rows(settings: Settings, name: str, rows: int) -> None:
    """Note how many rows were made for a table: so many must be published."""
    folder = settings.build / "rows"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_bytes(msgspec.json.encode(rows))


def rows_made(settings: Settings) -> dict[str, int]:
    """Rows made by table, as noted."""
    return {file.stem: msgspec.json.decode(file.read_bytes(), type=int) for file in sorted((settings.build / "rows").glob("*.json"))}


def write_frame(settings: Settings, name: str, frame: pl.DataFrame, inputs: Sequence[str]) -> int:
    """Write a frame as the declared table; columns that it lacks are NULL."""
    schema = arrow_schema(TABLES[name])
    given = frame.select([column for column in schema.names if column in frame.columns]).to_arrow()
    columns = [
        given[field.name].cast(field.type) if field.name in given.column_names else pa.nulls(len(frame), field.type) for field in schema
    ]
    replace_table(settings, name, pa.Table.from_arrays(columns, schema=schema))
    pass_stamp(settings, name, inputs)
    return len(frame)


def lay_out(settings: Settings, name: str, parts: list[Path]) -> int:
    """Put the parts of a table in place without copying them; a table without rows is one empty part."""
    folder = fresh_folder(settings, name)
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
