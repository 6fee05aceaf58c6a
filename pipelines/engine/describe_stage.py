"""Describing: the documents of one batch of records to what they are linked by.

A pure function of the task but for the files it reads and the folder it writes. Comparing documents with one another does not belong here:
that needs all of them.
"""

from pathlib import Path

import msgspec
import polars as pl
import pyarrow.parquet as pq

from pipelines.engine.read_stage import RECORDS
from pipelines.engine.sign_stage import decoded
from pipelines.engine.state import code_digest, digest, written_once
from pipelines.link.statements import KINDS, Facts, facts, statements, titles
from pipelines.link.topics import topic

STATEMENTS = "statements.parquet"
"""`document_id`, `kind` (place in `KINDS`), `key`: what each document says."""
WORDS = "words.parquet"
"""`document_id`, `part` (`NAME`, `REST` of `pipelines.link.topics`), `word`: what each document is about."""
TOLD = "told.parquet"
"""`document_id`, `titles` and `facts` (MessagePack): what else it is known by."""
_FILES = (STATEMENTS, WORDS, TOLD)


class DescribeTask(msgspec.Struct):
    """Work for one process; its result is the folder `key` below `folder`."""

    key: str
    folder: str
    records: str
    """Folder of the read stage's result."""


def task(*, folder: Path, records: str, read_key: str) -> DescribeTask:
    """The task, named by what its result depends on."""
    return DescribeTask(digest(("describe", code_digest(), read_key)), str(folder), records)


def run(work: DescribeTask) -> Path:
    """Describe all documents of the batch."""
    places = {kind: place for place, kind in enumerate(KINDS)}
    said: dict[str, list[str | int]] = {"document_id": [], "kind": [], "key": []}
    about: dict[str, list[str | int]] = {"document_id": [], "part": [], "word": []}
    told: dict[str, list[object]] = {"document_id": [], "titles": [], "facts": []}
    for row in pq.read_table(Path(work.records) / RECORDS, columns=["document_id", "kind", "payload"]).to_pylist():
        document = decoded(row["kind"], row["payload"])
        found = sorted(statements(document))
        said["document_id"] += [row["document_id"]] * len(found)
        said["kind"] += [places[one.kind] for one in found]
        said["key"] += [one.key for one in found]
        for part, found_words in enumerate(topic(document)):
            about["document_id"] += [row["document_id"]] * len(found_words)
            about["part"] += [part] * len(found_words)
            about["word"] += sorted(found_words)
        told["document_id"].append(row["document_id"])
        told["titles"].append(titles(document))
        told["facts"].append(msgspec.msgpack.encode(facts(document)))
    target = Path(work.folder) / work.key
    with written_once(target) as partial:
        pl.DataFrame(said, schema={"document_id": pl.String, "kind": pl.UInt8, "key": pl.Int64}).write_parquet(partial / STATEMENTS)
        pl.DataFrame(about, schema={"document_id": pl.String, "part": pl.UInt8, "word": pl.String}).write_parquet(partial / WORDS)
        schema = {"document_id": pl.String, "titles": pl.List(pl.String), "facts": pl.Binary}
        pl.DataFrame(told, schema=schema).write_parquet(partial / TOLD)
    return target


def finished(work: DescribeTask) -> Path | None:
    """The result of a task whose work was done before."""
    folder = Path(work.folder) / work.key
    return folder if all((folder / name).is_file() for name in _FILES) else None


unpacked = msgspec.msgpack.Decoder(Facts).decode
"""The facts in a row of `TOLD`."""
