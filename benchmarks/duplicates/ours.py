"""This project's own steps on a raw folder, as a process of its own: `python -m benchmarks.duplicates.ours RAW OUTPUT`.

Belongs here: running the steps of a refresh that find repeated content, and the shape of what comes back. Not here: how content is
compared (`pipelines.dedup`), measuring the process (`peers.py` runs this as it runs the others).

Written to OUTPUT: `decisions.parquet`, `blocks.parquet` (with `is_cut`), and `steps.json`, the processor seconds of each step.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl


def main() -> None:
    raw, output = Path(sys.argv[1]), Path(sys.argv[2])
    steps: dict[str, float] = {"interpreter": time.process_time()}

    def timed(name: str, call: Callable[[], Any]) -> Any:
        before = time.process_time()
        result = call()
        steps[name] = time.process_time() - before
        return result

    build = timed("importing", _pipelines)
    from pipelines import deduplication
    from pipelines.build_folder import parts
    from pipelines.build_records import records
    from pipelines.engine.executor import Inline
    from pipelines.settings import Settings

    settings, executor = Settings(raw=raw, warehouse=output / "warehouse"), Inline()
    timed("listing files", lambda: build.scan_raw(settings))
    timed("reading texts", lambda: build.read_records(settings, executor))
    found = timed("finding copies", lambda: deduplication.find_duplicates(settings, executor))
    timed("finding repeated stretches", lambda: deduplication.find_repeated_blocks(settings, executor))
    # The name of a text's file is the id that it has in the corpus.
    name = pl.col("source_path").str.extract(r"([^/]+)\.txt$")
    names = dict(records(settings).select("document_id", name).iter_rows())
    decisions = found.with_columns(canonical_id=pl.coalesce("duplicate_of", "document_id"))
    _named(decisions, names, "document_id", "canonical_id").select("document_id", "canonical_id").write_parquet(
        output / "decisions.parquet"
    )
    blocks = pl.read_parquet(parts(settings, "repeated_blocks"))
    _named(blocks, names, "document_id", "kept_document_id").write_parquet(output / "blocks.parquet")
    (output / "steps.json").write_text(json.dumps(steps), encoding="utf-8")


def _pipelines() -> Any:
    from pipelines import build
    from pipelines.dedup import near  # noqa: F401 - compiled code, which the steps load where they need it

    return build


def _named(frame: pl.DataFrame, names: dict[str, str], *columns: str) -> pl.DataFrame:
    return frame.with_columns(pl.col(column).replace_strict(names, return_dtype=pl.String) for column in columns)


if __name__ == "__main__":
    main()
