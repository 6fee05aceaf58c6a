"""Other de-duplicators on the same corpus: which settings, in which environments, and what a run of each costs.

Belongs here: the list of peers, making their environments, running a method as a process of its own and measuring that process. Not
here: calling a peer's library (`peer_process.py`, which runs in the peer's environment).

Each peer is run as its documentation says, and again with settings as near to ours as it allows: words in threes, similarity 0.6. Peers
that do not check what shares a band cannot be given bands that find everything at 0.6, as these join what is half as similar; theirs are
a compromise (0.9 found at 0.6, 0.2 at 0.4).
"""

import hashlib
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.refresh import Cost, measured
from pipelines.settings import PROJECT

OURS, OURS_ALONE = "ours, from raw files", "ours, comparing alone"


@dataclass(frozen=True)
class Method:
    """A package with settings. `environment` is the folder of its interpreter below that of all environments."""

    name: str
    package: str
    environment: str
    method: str
    settings: dict[str, Any]
    meaning: str


METHODS = (
    Method(
        "datasketch, default",
        "datasketch",
        "peers",
        "datasketch",
        {"k": 5, "threshold": 0.8, "num_perm": 128, "params": None, "verify": False, "fast_hash": False},
        "MinHash of 128, MinHashLSH(threshold=0.8) with the bands that it chooses, hits as they come; words in fives",
    ),
    Method(
        "datasketch, near ours",
        "datasketch",
        "peers",
        "datasketch",
        {"k": 3, "threshold": 0.6, "num_perm": 256, "params": [64, 4], "verify": True, "fast_hash": True},
        "MinHash of 256 with xxhash for SHA-1, 64 bands of 4, hits whose estimated similarity is 0.6; words in threes",
    ),
    Method(
        "rensa, README",
        "rensa",
        "peers",
        "rensa",
        {"k": 5, "threshold": 0.8, "num_perm": 128},
        "RMinHashDeduplicator(threshold=0.8, num_perm=128, use_lsh=True); words in fives",
    ),
    Method(
        "rensa, near ours",
        "rensa",
        "peers",
        "rensa_index",
        {"k": 3, "threshold": 0.6, "num_perm": 256, "bands": 64},
        "RMinHash of 256, RMinHashLSH of 64 bands, hits whose estimated similarity is 0.6; words in threes",
    ),
    Method(
        "rensa, rho",
        "rensa",
        "peers",
        "rensa_rho",
        {"threshold": 0.8, "num_perm": 128, "bands": 8},
        "the batch pipeline that its speed is claimed for, on words, 128 slots, 8 bands, threshold 0.8; it names no partner",
    ),
    Method(
        "datatrove, default",
        "datatrove",
        "peers",
        "datatrove",
        {"k": 5, "buckets": 14, "hashes": 8, "tokenizer": "language", "norm_numbers": True},
        "MinhashConfig() as it comes (14 buckets of 8, words in fives, numbers folded), each language with its own tokeniser",
    ),
    Method(
        "datatrove, near ours",
        "datatrove",
        "peers",
        "datatrove",
        {"k": 3, "buckets": 50, "hashes": 6, "tokenizer": "ours", "norm_numbers": False},
        "50 buckets of 6, words in threes, numbers kept, the tokens of the exact join",
    ),
    Method(
        "Daft, guide",
        "daft",
        "daft",
        "daft",
        {"k": 5, "bands": 8, "rows": 8, "split_han": False},
        "the guide's settings: 64 hashes in 8 bands of 8, words in fives, normalize() of everything",
    ),
    Method(
        "Daft, near ours",
        "daft",
        "daft",
        "daft",
        {"k": 3, "bands": 50, "rows": 6, "split_han": True},
        "300 hashes in 50 bands of 6, words in threes, Han characters set apart by blanks",
    ),
)


def requirements(environment: str) -> list[str]:
    """What is installed into an environment. Daft's pins exclude the pyarrow of this project, so it is no extra of it."""
    if environment == "daft":
        return ["daft>=0.7,<0.8"]
    return tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]["bench"]


def make_environment(folder: Path, environment: str) -> Path:
    """The interpreter of a peer's environment, which is made when it is missing or other packages are wanted.

    Raises `subprocess.CalledProcessError` when it cannot be made.
    """
    root, wanted = folder / environment, requirements(environment)
    python, marker = root / "bin" / "python", root / f".installed-{hashlib.sha256(json.dumps(wanted).encode()).hexdigest()[:12]}"
    if not marker.exists():
        subprocess.run([sys.executable, "-m", "venv", str(root)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted]
        subprocess.run(install, check=True)
        marker.touch()
    return python


def version(python: Path, package: str) -> str:
    """The version of a package that is installed there."""
    code = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))"
    return subprocess.run([str(python), "-c", code, package], check=True, capture_output=True, text=True).stdout.strip()


def run_peer(method: Method, python: Path, texts: Path, output: Path) -> Cost:
    """Run a peer; its decisions are in `output` afterwards. Raises `RuntimeError` when it fails."""
    program = Path(__file__).with_name("peer_process.py")
    return _run([str(python), str(program), method.method, json.dumps(method.settings), str(texts), str(output)], output)


def run_ours(raw: Path, output: Path) -> Cost:
    """Run this project's own steps on a raw folder in the same way."""
    return _run([sys.executable, "-m", "benchmarks.duplicates.ours", str(raw), str(output)], output)


def run_ours_alone(texts: Path, output: Path) -> Cost:
    """Run this project's comparison on the texts that peers are given."""
    return _run([sys.executable, "-m", "benchmarks.duplicates.ours_alone", str(texts), str(output)], output)


def _run(command: Sequence[str], output: Path) -> Cost:
    output.mkdir(parents=True, exist_ok=True)
    cost, _ = measured(["nice", "-n", "10", *command], dict(os.environ))
    return cost


def read_decisions(output: Path) -> pl.DataFrame:
    return pl.read_parquet(output / "decisions.parquet")


def read_blocks(output: Path) -> pl.DataFrame | None:
    """Blocks of a method that finds them, with `is_cut`."""
    path = output / "blocks.parquet"
    return pl.read_parquet(path) if path.exists() else None


def read_steps(output: Path) -> dict[str, float]:
    """Processor seconds of the steps of a method that tells them."""
    path = output / "steps.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
