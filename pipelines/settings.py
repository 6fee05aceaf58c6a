"""Where things are and how much of the machine may be used: from flags, then the environment, then defaults.

The layout of a warehouse folder is stated here and nowhere else. Nothing is created on import or by reading settings.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipelines.vocab.data_files import check_own, own_folder

PROJECT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Settings:
    """Folders and limits of one warehouse. Relative paths count from the working directory."""

    raw: Path
    warehouse: Path
    workers: int = 1
    gold: tuple[Path, ...] = ()
    """A user's own folders of labelled documents."""

    @property
    def state(self) -> Path:
        """What makes the next refresh cheap; may be deleted at any time."""
        return self.warehouse / "state"

    @property
    def build(self) -> Path:
        """Where assets write until a consistent set is published."""
        return self.warehouse / "build"

    @property
    def build_parquet(self) -> Path:
        return self.build / "parquet"

    @property
    def history(self) -> Path:
        """Refreshes, changes and check results; append-only, never deleted."""
        return self.warehouse / "history"

    @property
    def decisions(self) -> Path:
        """What a person has decided of near misses of linking (`pipelines.link.decisions`); written by people, never by a refresh."""
        return self.warehouse / "decisions" / "links.csv"

    @property
    def quarantine_decisions(self) -> Path:
        """What a person has decided of entries in quarantine (`pipelines.quarantine`)."""
        return self.warehouse / "decisions" / "quarantine.csv"

    @property
    def decision_files(self) -> tuple[Path, ...]:
        """All that people have decided."""
        return (self.decisions, self.quarantine_decisions)

    @property
    def snapshots(self) -> Path:
        return self.warehouse / "snapshots"

    @property
    def current(self) -> Path:
        """A link to the published snapshot."""
        return self.warehouse / "current"

    @property
    def database(self) -> Path:
        return self.warehouse / "trials.duckdb"

    @property
    def lock(self) -> Path:
        return self.warehouse / "refresh.lock"


def load(
    *,
    raw: Path | str | None = None,
    warehouse: Path | str | None = None,
    workers: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Settings from arguments, then `TRIALHOUSE_RAW`, `TRIALHOUSE_WAREHOUSE`, `TRIALHOUSE_WORKERS`, then the project's own folders.

    Raises `ValueError` when the number of workers is not a positive whole number, for a folder of vocabularies (`TRIALHOUSE_VOCABULARY`)
    that cannot be read, for a folder of labels (`TRIALHOUSE_GOLD`, several with `:` between) that is not there, and for a warehouse that
    could not work where it is:
    inside the raw folder (it would read itself), or below a name with `*`, `?` or `[` (DuckDB and polars read those as patterns).
    """
    environment = os.environ if environment is None else environment
    words = environment.get("TRIALHOUSE_WORKERS")
    if workers is None and words:
        if not words.isdecimal():
            raise ValueError(f"TRIALHOUSE_WORKERS must be a whole number, not {words!r}")
        workers = int(words)
    if workers is None:
        workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if workers < 1:
        raise ValueError(f"the number of workers must be at least 1, not {workers}")
    found = Settings(
        raw=Path(raw or environment.get("TRIALHOUSE_RAW") or PROJECT / "raw").absolute(),
        warehouse=Path(warehouse or environment.get("TRIALHOUSE_WAREHOUSE") or PROJECT / "warehouse").absolute(),
        workers=workers,
        gold=tuple(Path(folder).absolute() for folder in (environment.get("TRIALHOUSE_GOLD") or "").split(os.pathsep) if folder),
    )
    for folder in found.gold:
        if not folder.is_dir():
            raise ValueError(f"TRIALHOUSE_GOLD names {folder}, which is no folder")
    vocabulary = own_folder(environment)
    if vocabulary is not None:
        check_own(vocabulary)
    if found.warehouse.resolve().is_relative_to(found.raw.resolve()):
        raise ValueError(f"the warehouse {found.warehouse} lies in the raw folder {found.raw}")
    if any(sign in str(found.warehouse) for sign in "*?["):
        raise ValueError(f"the path of the warehouse must not hold *, ? or [: {found.warehouse}")
    return found
