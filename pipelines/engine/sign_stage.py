"""Signing: the documents of one batch of records to the files that they are compared by.

A pure function of the task but for the files it reads and the folder it writes. Comparing documents with one another does not belong
here: that needs all of them.
"""

from pathlib import Path

import msgspec
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.engine.read_stage import RECORDS
from pipelines.engine.state import code_digest, digest, written_once
from pipelines.shapes import Article, Study
from pipelines.text.dates import parse_date

FACTS = "facts.parquet"
"""One row per document of the batch, in order: `ids`, registry ids in its text or file name, `head`, how it begins, and its `date`."""

_FILES = (FACTS, "tokens.npy", "ends.npy", "bands.npy", "anchor_keys.npy", "anchor_places.npy", "anchor_ends.npy")
"""What a signed batch consists of; `signatures` is loaded only where there is work for it."""

_article = msgspec.msgpack.Decoder(Article)
_study = msgspec.msgpack.Decoder(Study)


class SignTask(msgspec.Struct):
    """Work for one process; its result is the folder `key` below `folder`."""

    key: str
    folder: str
    records: str
    """Folder of the read stage's result."""


def task(*, folder: Path, records: str, read_key: str) -> SignTask:
    """The task, named by what its result depends on."""
    return SignTask(digest(("sign", code_digest(), read_key)), str(folder), records)


def run(work: SignTask) -> Path:
    """Sign all documents of the batch."""
    # Compiled code takes a second to load: only where there is work for it.
    from pipelines.dedup.comparable import comparable_text  # noqa: PLC0415
    from pipelines.dedup.signatures import save, sign  # noqa: PLC0415

    batch = pq.read_table(Path(work.records) / RECORDS, columns=["kind", "registry", "trial_id", "source_path", "payload"])
    texts: list[str] = []
    ids: list[list[str]] = []
    dates: list[str | None] = []
    for row in batch.to_pylist():
        document = decoded(row["kind"], row["payload"])
        text = comparable_text(document)
        texts.append(text)
        is_registered = row["kind"] == "study" and row["registry"] != "none"
        ids.append([row["trial_id"]] if is_registered else _ids(text, row["source_path"]))
        dates.append(_date(document))
    target = Path(work.folder) / work.key
    with written_once(target) as partial:
        save(sign(pa.array(texts, pa.large_string())), partial)
        facts = pl.DataFrame(
            {"ids": ids, "head": [" ".join(text.lstrip()[:1_000].split())[:200] for text in texts], "date": dates},
            schema={"ids": pl.List(pl.String), "head": pl.String, "date": pl.String},
        )
        facts.write_parquet(partial / FACTS)
    return target


def finished(work: SignTask) -> Path | None:
    """The result of a task whose work was done before."""
    folder = Path(work.folder) / work.key
    return folder if all((folder / name).is_file() for name in _FILES) else None


def decoded(kind: str, payload: bytes | pa.Buffer) -> Study | Article:
    """The record in a row of the read stage."""
    return (_article if kind == "article" else _study).decode(payload)


def _ids(text: str, source_path: str) -> list[str]:
    """Registry ids in the text and in the name of its file."""
    from pipelines.text.registry_ids import find_ids  # noqa: PLC0415

    name = source_path.rsplit("/", 1)[-1]
    return sorted({found.id for found in (*find_ids(text), *find_ids(name))})


def _date(document: Study | Article) -> str | None:
    stated = document.metadata.get("date") if isinstance(document, Article) else None
    found = parse_date(stated)
    return found.date.isoformat() if found else None
