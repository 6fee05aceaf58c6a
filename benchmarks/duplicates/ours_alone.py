"""The comparison alone, on texts that are at hand, as the peers get them: `python -m benchmarks.duplicates.ours_alone TEXTS OUTPUT`.

Belongs here: the way from a folder of Parquet (`document_id`, `text`) through `pipelines.dedup` to `decisions.parquet`, and the processor
seconds of each step in `steps.json`. Not here: reading raw files (`ours.py` runs a whole refresh's steps), measuring the process.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow.parquet as pq
from numpy.typing import NDArray

_BATCH = 2_500
_TITLE_CHARS = 200


def main() -> None:
    texts, output = Path(sys.argv[1]), Path(sys.argv[2])
    steps: dict[str, float] = {"interpreter": time.process_time()}

    def timed(name: str, call: Callable[[], Any]) -> Any:
        before = time.process_time()
        result = call()
        steps[name] = steps.get(name, 0.0) + time.process_time() - before
        return result

    timed("importing", _import)
    from pipelines.dedup.near import Described, find_copies
    from pipelines.dedup.signatures import Corpus, save, sign
    from pipelines.dedup.stretches import find_stretches
    from pipelines.text.registry_ids import find_ids

    names: list[str] = []
    ids: list[frozenset[str]] = []
    heads: list[str] = []
    folders: list[Path] = []
    with tempfile.TemporaryDirectory(prefix="alone-") as work:
        for path in sorted(texts.rglob("*.parquet")):
            batches = pq.ParquetFile(path).iter_batches(_BATCH, columns=["document_id", "text"])
            while (batch := timed("reading", lambda batches=batches: next(batches, None))) is not None:
                folder = Path(work) / f"{len(folders):05d}"
                folder.mkdir()
                timed("signing", lambda batch=batch, folder=folder: save(sign(batch["text"]), folder))
                folders.append(folder)
                names += batch["document_id"].to_pylist()
                some: list[str] = timed("reading", lambda batch=batch: batch["text"].to_pylist())
                ids += timed("finding ids", lambda some=some: [frozenset(one.id for one in find_ids(text)) for text in some])
                heads += [text[:_TITLE_CHARS] for text in some]
        corpus = Corpus(folders, Path(work))
        everyone = np.ones(len(corpus), np.bool_)
        described = Described(ids, [_title(head) for head in heads], heads, np.arange(len(corpus)), everyone)
        found = timed("comparing", lambda: find_copies(corpus, described, lambda asked: _boilerplate(texts, names, asked)))
        kept = everyone.copy()
        kept[[one.dropped for one in found.copies]] = False
        timed("finding repeated stretches", lambda: find_stretches(corpus.tokens(), corpus.anchored(kept), np.flatnonzero(kept)))
    canonical = dict(zip(names, names, strict=True)) | {names[one.dropped]: names[one.kept] for one in found.copies}
    frame = pl.DataFrame({"document_id": list(canonical), "canonical_id": list(canonical.values())})
    frame.write_parquet(output / "decisions.parquet")
    (output / "steps.json").write_text(json.dumps(steps), encoding="utf-8")


def _import() -> None:
    from pipelines.dedup import boilerplate, near  # noqa: F401 - to be charged for it once


def _title(head: str) -> str | None:
    """The first line, where the text has lines."""
    first, end, _ = head.partition("\n")
    return first.strip() or None if end else None


def _boilerplate(texts: Path, names: list[str], asked: NDArray[np.int64]) -> Iterable[tuple[int, int, int]]:
    """Stretches of the documents asked of that certainly say nothing of a trial, by token."""
    from pipelines.dedup.boilerplate import boilerplate_spans
    from pipelines.dedup.tokens import token_places

    wanted = pl.DataFrame({"document_id": [names[number] for number in asked], "number": asked})
    for document, text in (
        pl.scan_parquet(sorted(texts.rglob("*.parquet")))
        .join(wanted.lazy(), on="document_id")
        .select("number", "text")
        .collect()
        .iter_rows()
    ):
        spans = boilerplate_spans(text, [(0, len(text))], references=False)
        if spans:
            _, starts, ends = token_places(text)
            for start, end, _ in spans:
                first, last = int(np.searchsorted(starts, start)), int(np.searchsorted(ends, end, side="right"))
                if last > first:
                    yield document, first, last


if __name__ == "__main__":
    main()
