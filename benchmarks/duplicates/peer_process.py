"""One peer over a folder of texts, run by the interpreter of the peer's environment: `peer_process.py METHOD SETTINGS TEXTS OUTPUT`.

Belongs here: calling each peer as its documentation does. It imports nothing of this project, which is not installed there. Not here:
which settings are tried (`peers.py`).

Every method writes `decisions.parquet`: `document_id`, `canonical_id` (the first of its cluster; NULL where the peer gives no partner).
Where a peer leaves it to its user how a text becomes tokens, it is fed the same ones as the exact join: Han characters one by one and
runs of other letters and digits, NFKC, lower case.
"""

import itertools
import json
import re
import struct
import sys
import tempfile
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

_TOKEN = re.compile("[\u3400-\u9fff\uf900-\ufaff]|[^\\W_\u3400-\u9fff\uf900-\ufaff]+")
_BATCH_ROWS = 1_000


def texts(folder: Path) -> Iterator[tuple[list[str], list[str]]]:
    """Ids and texts, a batch at a time."""
    import pyarrow.parquet as pq

    for path in sorted(folder.rglob("*.parquet")):
        for batch in pq.ParquetFile(path).iter_batches(_BATCH_ROWS, columns=["document_id", "text"]):
            yield batch.column("document_id").to_pylist(), batch.column("text").to_pylist()


def tokens(text: str) -> list[str]:
    return _TOKEN.findall(unicodedata.normalize("NFKC", text).lower())


def shingles(text: str, k: int) -> set[str]:
    words = tokens(text)
    return {" ".join(some) for some in zip(*(words[i:] for i in range(k)), strict=False)} or {" ".join(words)}


class Clusters:
    """Union-find over document ids."""

    def __init__(self) -> None:
        self.parents: dict[str, str] = {}

    def root(self, one: str) -> str:
        while (parent := self.parents.setdefault(one, one)) != one:
            self.parents[one] = self.parents[parent]
            one = self.parents[one]
        return one

    def join(self, one: str, other: str) -> None:
        """The smaller id becomes the root."""
        small, large = sorted((self.root(one), self.root(other)))
        self.parents[large] = small

    def decisions(self, ids: Iterable[str]) -> Iterator[tuple[str, str]]:
        for one in ids:
            yield one, self.root(one)


# --- the peers ---------------------------------------------------------------------------------------------------------


def datasketch(folder: Path, settings: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """Query the index, then insert. With `verify`, a hit counts if the estimated similarity reaches the threshold."""
    from datasketch import MinHash, MinHashLSH

    k, threshold, num_perm, verify = settings["k"], settings["threshold"], settings["num_perm"], settings["verify"]
    params = tuple(settings["params"]) if settings["params"] else None
    index = MinHashLSH(threshold=threshold, num_perm=num_perm, params=params)
    if settings["fast_hash"]:
        from xxhash import xxh32_intdigest

        blank = MinHash(num_perm=num_perm, hashfunc=xxh32_intdigest)
    else:
        blank = MinHash(num_perm=num_perm)
    sketches: dict[str, Any] = {}
    clusters = Clusters()
    ids: list[str] = []
    for names, some in texts(folder):
        ids += names
        for name, text in zip(names, some, strict=True):
            sketch = blank.copy()
            sketch.update_batch([shingle.encode() for shingle in shingles(text, k)])
            for hit in index.query(sketch):
                if not verify or sketches[hit].jaccard(sketch) >= threshold:
                    clusters.join(name, hit)
            index.insert(name, sketch)
            if verify:
                sketches[name] = sketch
    return clusters.decisions(ids)


def rensa(folder: Path, settings: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """The deduplicator of the README: texts that are no duplicate are kept; those that are one are asked whose."""
    from rensa import RMinHash, RMinHashDeduplicator

    deduplicator = RMinHashDeduplicator(threshold=settings["threshold"], num_perm=settings["num_perm"], use_lsh=True)
    clusters = Clusters()
    ids: list[str] = []
    for names, some in texts(folder):
        ids += names
        sketches = RMinHash.from_token_sets([list(shingles(text, settings["k"])) for text in some], settings["num_perm"], 42)
        kept = deduplicator.add_pairs(zip(names, sketches, strict=True))
        gone = [(name, sketch) for name, sketch, keep in zip(names, sketches, kept, strict=True) if not keep]
        for (name, _), hits in zip(gone, deduplicator.get_duplicate_sets([sketch for _, sketch in gone]), strict=True):
            for hit in hits:
                clusters.join(name, hit)
    return clusters.decisions(ids)


def rensa_index(folder: Path, settings: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """Its index with bands of our choice, every hit held against the estimated similarity."""
    from rensa import RMinHash, RMinHashLSH

    threshold, num_perm = settings["threshold"], settings["num_perm"]
    index = RMinHashLSH(threshold, num_perm, settings["bands"])
    sketches: list[Any] = []
    clusters = Clusters()
    ids: list[str] = []
    for names, some in texts(folder):
        first = len(ids)
        ids += names
        new = RMinHash.from_token_sets([list(shingles(text, settings["k"])) for text in some], num_perm, 42)
        sketches += new
        index.insert_many(new, first)
        for i, hits in enumerate(index.query_all(new), first):
            for hit in hits:
                if hit < i and sketches[hit].jaccard(sketches[i]) >= threshold:
                    clusters.join(ids[i], ids[hit])
    return clusters.decisions(ids)


def rensa_rho(folder: Path, settings: dict[str, Any]) -> Iterable[tuple[str, str | None]]:
    """Its fastest way, on words; it flags duplicates and does not say of what."""
    from rensa import RMinHash, RMinHashLSH

    index = RMinHashLSH(settings["threshold"], settings["num_perm"], settings["bands"])
    decisions: list[tuple[str, str | None]] = []
    for names, some in texts(folder):
        matrix = RMinHash.digest_matrix_from_token_sets_rho([tokens(text) for text in some], settings["num_perm"], 42)
        flags = index.insert_matrix_and_query_duplicate_flags(matrix, len(decisions))
        decisions += [(name, None if flag else name) for name, flag in zip(names, flags, strict=True)]
    return decisions


def datatrove(folder: Path, settings: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """Signatures, buckets, clusters in one process; with its own tokenisers, one run per language, else one run with ours."""
    from loguru import logger

    logger.remove()
    runs = [(folder / name, name) for name in ("en", "zh")] if settings["tokenizer"] == "language" else [(folder, None)]
    for texts_of_run, language in runs:
        if any(texts_of_run.rglob("*.parquet")):
            with tempfile.TemporaryDirectory() as work:
                yield from _datatrove_run(texts_of_run, language, settings, Path(work))


def _datatrove_run(folder: Path, language: str | None, settings: dict[str, Any], work: Path) -> Iterator[tuple[str, str]]:
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import MinhashDedupSignature
    from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupBuckets, MinhashDedupCluster
    from datatrove.pipeline.readers import ParquetReader
    from datatrove.utils.text import TextNormConfig
    from datatrove.utils.typeshelper import Languages

    config = MinhashConfig(
        n_grams=settings["k"],
        num_buckets=settings["buckets"],
        hashes_per_bucket=settings["hashes"],
        norm_config=TextNormConfig(norm_numbers=settings["norm_numbers"]),
    )
    tokenizer = {"en": Languages.english, "zh": "zho_Hani", None: None}[language] or _tokenizer()
    stages = [
        [
            ParquetReader(str(folder), text_key="text", id_key="document_id", read_metadata=False, glob_pattern="**/*.parquet"),
            MinhashDedupSignature(output_folder=f"{work}/signatures", config=config, language=tokenizer),
        ],
        [MinhashDedupBuckets(input_folder=f"{work}/signatures", output_folder=f"{work}/buckets", config=config)],
        [MinhashDedupCluster(f"{work}/buckets", f"{work}/clusters", config=config, save_cluster_id=True)],
    ]
    for i, (stage, tasks) in enumerate(zip(stages, (1, settings["buckets"], 1), strict=True)):
        LocalPipelineExecutor(pipeline=stage, tasks=tasks, workers=1, logging_dir=f"{work}/logs{i}").run()
    ids = [name for names, _ in texts(folder) for name in names]
    members: dict[int, list[str]] = defaultdict(list)
    for path in sorted(work.glob("clusters/*.clusters")):
        for document, cluster in struct.iter_unpack("<2I", path.read_bytes()):
            members[cluster].append(ids[document])
    canonical = {name: min(cluster) for cluster in members.values() for name in cluster}
    for name in ids:
        yield name, canonical.get(name, name)


def _tokenizer() -> Any:
    from datatrove.utils.word_tokenizers import WordTokenizer

    class Tokens(WordTokenizer):
        def word_tokenize(self, text: str) -> list[str]:
            return _TOKEN.findall(unicodedata.normalize("NFKC", text))

        def sent_tokenize(self, text: str) -> list[str]:
            return [text]

        def span_tokenize(self, text: str) -> list[tuple[int, int]]:
            return [(0, len(text))]

    return Tokens()


def daft(folder: Path, settings: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """The steps of its guide up to the edges between documents of a band; components are found here, which costs less than its way."""
    import os

    os.environ.setdefault("DAFT_PROGRESS_BAR", "0")
    import daft as library
    from daft import col

    text = col("text")
    if settings["split_han"]:
        # Its n-grams are of what stands between blanks.
        text = text.regexp_replace(r"(\p{Han})", " $1 ")
    text = text.normalize(remove_punct=True, lowercase=True, nfd_unicode=True, white_space=True)
    bands, rows = settings["bands"], settings["rows"]
    sketch = text.minhash(num_hashes=bands * rows, ngram_size=settings["k"], seed=42, hash_function="xxhash")

    @library.func()
    def numbers(found: list[list[int]]) -> list[int]:
        return list(range(len(found)))

    frame = library.read_parquet(f"{folder}/**/*.parquet").select("document_id", sketch.alias("sketch"))
    frame = frame.with_column("bands", col("sketch").chunk(rows)).with_column("band", numbers(col("bands")))
    groups = frame.select("document_id", "bands", "band").explode("bands", "band").groupby("band", "bands")
    found = groups.agg(col("document_id").list_agg().alias("nodes")).where(col("nodes").length() > 1).select("nodes").to_pydict()
    clusters = Clusters()
    for nodes in found["nodes"]:
        for one, other in itertools.pairwise(nodes):
            clusters.join(one, other)
    return clusters.decisions([name for names, _ in texts(folder) for name in names])


METHODS: dict[str, Callable[[Path, dict[str, Any]], Iterable[tuple[str, str | None]]]] = {
    "datasketch": datasketch,
    "rensa": rensa,
    "rensa_index": rensa_index,
    "rensa_rho": rensa_rho,
    "datatrove": datatrove,
    "daft": daft,
}


def main() -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    method, settings, folder, output = sys.argv[1:]
    decisions = list(METHODS[method](Path(folder), json.loads(settings)))
    columns = {"document_id": [name for name, _ in decisions], "canonical_id": [canonical for _, canonical in decisions]}
    schema = pa.schema([("document_id", pa.string()), ("canonical_id", pa.string())])
    pq.write_table(pa.table(columns, schema=schema), Path(output) / "decisions.parquet")


if __name__ == "__main__":
    main()
