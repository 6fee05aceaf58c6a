"""De-duplication measured on corpora with known truth: `python -m benchmarks.duplicates`.

A corpus is made (`corpus.py`), this project's search and, with `--peers`, others run over it, each in a process of its own, and their
decisions are held against the truth. Corpora, exact pairs and environments are kept in a cache folder and used again. Nothing is
asserted; tables go to standard output, all figures to a JSON file.
"""

import argparse
import hashlib
import json
import os
import platform
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.duplicates import corpus, peers, score, truth

EXACT = ((3, 0.6), (5, 0.8))
"""Tokens of a shingle and similarity of the exact pairs that methods are held against: ours, and what peers usually ask for."""

_ALONE = "this project's comparison of the same texts as the others are given"
_OURS = "this project's steps from a raw folder of zipped text files to decisions and located stretches; the others are given texts"


@dataclass(frozen=True)
class Material:
    """A corpus on disk: all of it; ids and texts alone, by language, for peers; as a raw folder for us; and the exact pairs by name."""

    files: list[Path]
    texts: Path
    raw: Path
    exact: dict[str, pl.DataFrame]
    megabytes: float


def make_material(cache: Path, n_documents: int, seed: int) -> Material:
    """A corpus and what belongs to it, from the cache where it is there."""
    folder = cache / f"corpus-{n_documents}-{seed}-{_generator_version()}"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        _say(f"making {n_documents:,} documents")
        written = corpus.write_corpus(folder / "corpus", n_documents, seed=seed)
        _write_texts(written, folder / "texts")
        _write_raw(written, folder / "raw")
        (folder / "complete").touch()
    files = sorted((folder / "corpus").glob("*.parquet"))
    exact = {_exact_name(k, threshold): _exact(folder, k, threshold) for k, threshold in EXACT}
    n_bytes = pl.scan_parquet(files).select(pl.col("text").str.len_bytes().sum()).collect().item()
    return Material(files, folder / "texts", folder / "raw", exact, n_bytes / 1e6)


def _generator_version() -> str:
    """Changes with the code and the words that a corpus is made of."""
    here = Path(__file__).parent
    names = ("corpus.py", "grammar.py", "grammar_en.txt", "grammar_zh.txt")
    return hashlib.sha256(b"".join((here / name).read_bytes() for name in names)).hexdigest()[:8]


def _write_texts(files: Iterable[Path], folder: Path) -> None:
    """What methods are given: ids and texts, English and Chinese in folders of their own."""
    for path in files:
        table = pl.read_parquet(path, columns=["document_id", "text", "language"])
        for language in score.LANGUAGES:
            (folder / language).mkdir(parents=True, exist_ok=True)
            table.filter(pl.col("language") == language).drop("language").write_parquet(folder / language / path.name)


def _write_raw(files: Iterable[Path], folder: Path) -> None:
    """The texts as they may lie in a raw folder: a zip for each file of the corpus, with a text file for each document."""
    folder.mkdir()
    for path in files:
        with zipfile.ZipFile(folder / f"{path.stem}.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for name, text in pl.read_parquet(path, columns=["document_id", "text"]).iter_rows():
                archive.writestr(f"{name}.txt", text)


def _exact_name(k: int, threshold: float) -> str:
    return f"J ≥ {threshold} in {k}s"


def _exact(folder: Path, k: int, threshold: float) -> pl.DataFrame:
    path = folder / f"exact-{k}-{threshold}.parquet"
    if not path.exists():
        _say(f"joining all pairs: {_exact_name(k, threshold)}")
        truth.exact_pairs(_batches(folder / "texts"), threshold=threshold, k=k).write_parquet(path)
    return pl.read_parquet(path)


def _batches(texts: Path) -> Iterable[pa.Table]:
    for path in sorted(texts.rglob("*.parquet")):
        for batch in pq.ParquetFile(path).iter_batches(1_000, columns=["document_id", "text"]):
            yield pa.Table.from_batches([batch])


# --- running -----------------------------------------------------------------------------------------------------------


def judged(material: Material, name: str, meaning: str, cost: Any, output: Path) -> dict[str, Any]:
    """All figures for one method."""
    known, decisions, blocks = score.read_truth(material.files), peers.read_decisions(output), peers.read_blocks(output)
    result: dict[str, Any] = {
        "name": name,
        "meaning": meaning,
        "cost": asdict(cost),
        "megabytes": material.megabytes,
        "mb_per_cpu_second": material.megabytes / cost.cpu_seconds,
    }
    result["duplicates"] = score.score_duplicates(known, decisions)
    result["exact"] = {kind: score.against_exact(known, decisions, pairs) for kind, pairs in material.exact.items()}
    result["steps"] = peers.read_steps(output)
    if blocks is not None:
        cut = blocks.filter("is_cut")
        result["blocks"] = {"recorded": score.score_blocks(known, decisions, blocks), "cut": score.score_blocks(known, decisions, cut)}
        result["places"] = score.check_places(material.files, decisions, cut)
    return result


def run_methods(material: Material, given: argparse.Namespace) -> list[dict[str, Any]]:
    """Every method that was asked for, ours first. A peer that fails is reported as failed, with the end of what it said."""
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="duplicates-") as work:
        if not given.without_ours:
            _say("ours")
            _warm_up(given.cache, Path(work))
            output = Path(work) / "ours"
            results.append(judged(material, peers.OURS, _OURS, peers.run_ours(material.raw, output), output))
            _say("ours, comparing alone")
            output = Path(work) / "alone"
            results.append(judged(material, peers.OURS_ALONE, _ALONE, peers.run_ours_alone(material.texts, output), output))
        for method in peers.METHODS if given.peers else ():
            if given.only and not any(word.lower() in method.name.lower() for word in given.only):
                continue
            _say(method.name)
            python = peers.make_environment(given.environments or given.cache / "environments", method.environment)
            meaning = f"{method.package} {peers.version(python, method.package)}: {method.meaning}"
            output = Path(work) / hashlib.sha256(method.name.encode()).hexdigest()[:8]
            try:
                results.append(judged(material, method.name, meaning, peers.run_peer(method, python, material.texts, output), output))
            except RuntimeError as error:
                results.append({"name": method.name, "meaning": meaning, "failed": str(error)[-2_000:]})
    return results


def _warm_up(cache: Path, work: Path) -> None:
    """Compiled kernels are kept on disk; a run that had to compile them would be charged for it."""
    small = make_material(cache, 200, 1)
    peers.run_ours(small.raw, work / "warm-up")
    peers.run_ours_alone(small.texts, work / "warm-up")


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


# --- the report --------------------------------------------------------------------------------------------------------


def _figure(value: float | None, digits: int = 4) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", "|" + "|".join("---" if i == 0 else "--:" for i in range(len(head))) + "|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def cost_table(results: Sequence[dict[str, Any]]) -> str:
    """What each method costs and how right it is."""
    head = ["method", "CPU s", "MB per CPU s", "peak MB", "precision", "but for lookalikes", "recall en", "zh", "of whole copies en", "zh"]
    head += ["surplus copies gone", "articles lost", "larger texts lost"]
    rows = []
    for found in results:
        if "failed" in found:
            rows.append([found["name"], "failed", *[""] * (len(head) - 2)])
            continue
        pairs, kept = found["duplicates"], found["duplicates"]["kept"]
        cost = [f"{found['cost']['cpu_seconds']:.1f}", f"{found['mb_per_cpu_second']:.1f}", f"{found['cost']['peak_mb']:,.0f}"]
        quality = [_figure(pairs["all"][name]) for name in ("precision", "precision_else")]
        quality += [_figure(pairs[language][name]) for name in ("recall", "recall_whole") for language in score.LANGUAGES]
        left = [_figure(kept["surplus_gone"]), f"{kept['articles_lost']:,} of {kept['articles']:,}"]
        left.append(f"{kept['larger_texts_lost']:,} of {kept['larger_texts']:,}")
        rows.append([found["name"], *cost, *(quality if pairs["names_partners"] else [""] * len(quality)), *left])
    return _table(head, rows)


def exact_table(results: Sequence[dict[str, Any]]) -> str:
    """Recall and precision against pairs of exact similarity."""
    columns = ("copies en", "zh", "found in its closure", "others merged")
    head = ["method", *(f"{name}: {what}" for name in _exact_names(results) for what in columns)]
    rows = []
    for found in results:
        cells = [found["name"]]
        for name in _exact_names(results):
            exact = found["exact"][name]
            cells += [_figure(exact["recall_copies"][language]) for language in score.LANGUAGES]
            cells += [_figure(exact["precision_closure"]), _figure(exact["others_merged"])]
        rows.append(cells)
    return _table(head, rows)


def _exact_names(results: Sequence[dict[str, Any]]) -> list[str]:
    return list(results[0]["exact"]) if results else []


def kinds_table(results: Sequence[dict[str, Any]]) -> str:
    """Share of copies found, by kind and language, then by band of edits."""
    kinds = sorted(
        {(row["kind"], row["form"] or "", row["language"]) for found in results for row in found["duplicates"]["linked_to_source"]}
    )
    shares = [{(r["kind"], r["form"] or "", r["language"]): r for r in found["duplicates"]["linked_to_source"]} for found in results]
    rows = [
        [f"{' '.join(filter(None, kind))} ({shares[0][kind]['copies']:,})", *(_figure(of[kind]["linked"]) for of in shares)]
        for kind in kinds
    ]
    for i, band in enumerate(results[0]["duplicates"]["edit_bands"]):
        name = f"edited {band['band']} {band['language']} ({band['copies']:,})"
        rows.append([name, *(_figure(found["duplicates"]["edit_bands"][i]["linked"]) for found in results)])
    return _table(["copies linked to their source", *(found["name"] for found in results)], rows)


def wrong_table(results: Sequence[dict[str, Any]]) -> str:
    """Share of documents that were merged with another article, by kind."""
    first = results[0]["duplicates"]["merged_wrongly"]
    rows = [
        [f"{row['kind']} ({row['documents']:,})", *(_figure(found["duplicates"]["merged_wrongly"][i]["share"]) for found in results)]
        for i, row in enumerate(first)
    ]
    return _table(["merged with another article", *(found["name"] for found in results)], rows)


def blocks_table(results: Sequence[dict[str, Any]]) -> str:
    """What of repeated blocks was recorded and what of it is cut, for methods that look for them."""
    head = ["method", "documents", "blocks", "language", "layout", "repeated characters", "recorded", "cut", "lost", "own characters"]
    head += ["own recorded", "own cut"]
    rows = []
    for found in results:
        blocks = found.get("blocks", {"recorded": [], "cut": []})
        for row, cut in zip(blocks["recorded"], blocks["cut"], strict=True):
            layout = "one line" if row["flattened"] else "lines"
            cells = [found["name"], row["kind"], row["block_kind"] or "", row["language"], layout, f"{row['repeated']:,}"]
            cells += [_figure(_ratio(one["found"], one["repeated"])) for one in (row, cut)]
            cells += [_figure(_ratio(cut["lost"], cut["stays"])), f"{row['own']:,}"]
            rows.append([*cells, *(_figure(_ratio(one["own_cut"], one["own"]), 5) for one in (row, cut))])
    return _table(head, rows) if rows else ""


def steps_table(results: Sequence[dict[str, Any]]) -> str:
    """Where the time goes, for methods that tell."""
    rows = [
        [found["name"], step, f"{seconds:.1f}", f"{found['megabytes'] / seconds:.0f}" if seconds else ""]
        for found in results
        for step, seconds in found["steps"].items()
    ]
    return _table(["method", "step", "CPU s", "MB per CPU s"], rows) if rows else ""


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def report(material: Material, results: Sequence[dict[str, Any]]) -> str:
    """All tables."""
    worked = [found for found in results if "failed" not in found and found["duplicates"]["names_partners"]]
    pairs = ", ".join(f"{len(found):,} pairs of {name}" for name, found in material.exact.items())
    tables = [cost_table(results)]
    if worked:
        tables += [steps_table(worked), exact_table(worked), wrong_table(worked), kinds_table(worked), blocks_table(worked)]
    settings = "\n".join(f"- {found['name']}: {found['meaning']}" for found in results)
    places = "\n".join(f"{found['name']}, blocks: {found['places']}" for found in worked if "places" in found)
    return "\n\n".join(part for part in (f"{material.megabytes:.0f} MB; {pairs}", *tables, places, settings) if part)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.duplicates", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--documents", type=int, default=10_000, help="how many documents the corpus has")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "trialhouse-duplicates", help="where corpora are kept")
    parser.add_argument("--peers", action="store_true", help="run the peers too, in environments of their own, which are made when missing")
    parser.add_argument("--only", nargs="+", help="only peers with one of these words in their name")
    parser.add_argument("--environments", type=Path, help="where the peers' environments are (below the cache folder)")
    parser.add_argument("--without-ours", action="store_true", help="do not run this project's own search")
    parser.add_argument("--output", type=Path, help="write all figures to this JSON file")
    given = parser.parse_args()
    material = make_material(given.cache, given.documents, given.seed)
    results = run_methods(material, given)
    print(report(material, results))
    if given.output:
        machine = {"cores": os.cpu_count(), "gib": psutil.virtual_memory().total / 2**30, "python": platform.python_version()}
        figures = {
            "documents": given.documents,
            "seed": given.seed,
            "megabytes": material.megabytes,
            "machine": machine,
            "methods": results,
        }
        given.output.write_text(json.dumps(figures, indent=1, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
