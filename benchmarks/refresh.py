"""How fast a refresh is, and how much memory it takes: `python -m benchmarks.refresh`.

Every figure is set beside a bare `orjson.loads` of the same bytes in the same run, because machines differ and are noisy: the ratios are
what counts. Nothing is asserted here; whether a refresh is right is the business of `tests/`.

For each number of studies a zip like the registry's bulk download is made, of copies with ids of their own. Then `trialhouse refresh` is
run as a user runs it: on an empty warehouse, again with nothing changed, and again with every hundredth study changed. Last, the steps of a
refresh are run one after another in one process, which tells where the processor time goes.
"""

import argparse
import itertools
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import orjson
import psutil
import pyarrow.parquet as pq

from expectations import RULES
from pipelines.settings import PROJECT

if TYPE_CHECKING:
    from datetime import datetime

    from pipelines.engine.executor import Executor
    from pipelines.quality.results import CheckResult
    from pipelines.settings import Settings

SAMPLES = PROJECT / "raw" / "ctgov" / "api"
CHANGED_EVERY = 100
"""In the third refresh every one in so many studies has another title."""

_NCT_ID = re.compile(rb'"nctId"\s*:\s*"(NCT\d{8})"')
_TITLE = re.compile(rb'("briefTitle"\s*:\s*")')
_SAMPLE_SECONDS = 0.05
_BARE_SECONDS = 0.5
"""The bare pass is repeated until it has taken this long, since one over 1,600 studies takes a tenth of a second."""


Timed = Callable[[str, str, Callable[[], Any]], Any]
"""Runs a step of a part and notes the processor time that it takes."""


@dataclass(frozen=True)
class Cost:
    """What a command took: wall and processor seconds of it and its children, and the most memory that they held together, in MB.

    Memory is the sum of what each process has resident: pages that processes share count in each of them.
    """

    seconds: float
    cpu_seconds: float
    peak_mb: float


@dataclass(frozen=True)
class Step:
    """One step of a refresh in one process; `part` is the group that it is summed up in."""

    part: str
    name: str
    cpu_seconds: float


@dataclass(frozen=True)
class Run:
    """All figures for one number of studies.

    `bare_cpu` is the mean of bare passes before and after the refreshes; `least_cpu` is what parts of the work cost by themselves.
    """

    studies: int
    megabytes: float
    bare_cpu: float
    least_cpu: dict[str, float]
    first: Cost
    unchanged: Cost
    changed: Cost
    steps: list[Step]
    steps_peak_mb: float

    @property
    def structured_cpu(self) -> float:
        return sum(step.cpu_seconds for step in self.steps if step.part in STRUCTURED)

    @property
    def quality_share(self) -> float:
        """What part of all steps is the quality layer."""
        return sum(step.cpu_seconds for step in self.steps if step.part in QUALITY) / self.steps_cpu

    def part_cpu(self, part: str) -> float:
        return sum(step.cpu_seconds for step in self.steps if step.part == part)

    @property
    def steps_cpu(self) -> float:
        return sum(step.cpu_seconds for step in self.steps)


STRUCTURED = ("reading", "repeated content", "studies", "extraction", "other tables")
"""Parts that make up the structured part: from the raw folder to the Parquet files of all tables, without checks and publication."""
QUALITY = (
    *("screening", "shape checks", "rules (Great Expectations)", "checks across tables", "reconciliation", "account and drift", "accuracy"),
    "quality pages",
)
"""Parts that make up the quality layer."""
PARTS = ("importing", *STRUCTURED, *QUALITY, "publication")


# --- material ----------------------------------------------------------------------------------------------------------


def originals(data: Path | None) -> list[bytes]:
    """The studies to copy: those of a zip of API JSON, one per member, or the project's own samples."""
    if data is None:
        return [path.read_bytes() for path in sorted(SAMPLES.glob("*.json"))]
    with zipfile.ZipFile(data) as archive:
        return [archive.read(name) for name in archive.namelist() if name.endswith(".json")]


def write_material(path: Path, sources: Sequence[bytes], studies: int, *, changed: bool = False) -> None:
    """A zip of `studies` copies, one per member, each with an id of its own; with `changed`, some with another title."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number, source in enumerate(itertools.islice(itertools.cycle(sources), studies)):
            found = _NCT_ID.search(source)
            nct_id = f"NCT{number + 1:08d}".encode()
            study = source.replace(found[1], nct_id) if found else source
            if changed and number % CHANGED_EVERY == 0:
                study = _TITLE.sub(rb"\1Amended: ", study, count=1)
            archive.writestr(f"{nct_id.decode()}.json", study)


def contents(path: Path) -> Iterator[bytes]:
    """The studies of a zip, one in memory at a time."""
    with zipfile.ZipFile(path) as archive:
        yield from map(archive.read, archive.namelist())


# --- measuring ---------------------------------------------------------------------------------------------------------


def bare_orjson(path: Path) -> float:
    """Processor seconds of `orjson.loads` over every study, unpacking not counted."""
    spent, passes = 0.0, 0
    while spent < _BARE_SECONDS:
        passes += 1
        for study in contents(path):
            started = time.process_time()
            orjson.loads(study)
            spent += time.process_time() - started
    return spent / passes


def least_costs(path: Path, parquet: Path) -> dict[str, float]:
    """Processor seconds of what no other way of doing the work could leave out: unpacking, decoding, writing the same tables."""
    from pipelines.engine.extract_stage import write_parquet
    from pipelines.shapes import Study

    spent = {"unpacking the zip": 0.0, "decoding into typed records (msgspec)": 0.0, "writing the published tables as Parquet": 0.0}

    def timed(what: str, call: Callable[[], Any]) -> Any:
        started = time.process_time()
        result = call()
        spent[what] += time.process_time() - started
        return result

    decode = msgspec.json.Decoder(Study, strict=False).decode
    with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
        for name in archive.namelist():
            study = timed("unpacking the zip", lambda name=name: archive.read(name))
            timed("decoding into typed records (msgspec)", lambda study=study: decode(study))
        for file in parquet.glob("*/*.parquet"):
            table = pq.read_table(file)
            timed("writing the published tables as Parquet", lambda table=table: write_parquet(table, Path(folder, "table.parquet")))
    return spent


def measured(arguments: Sequence[str], environment: dict[str, str]) -> tuple[Cost, str]:
    """Cost and standard output of a command. Raises `RuntimeError` with its error output when it fails."""
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        started = time.perf_counter()
        process = subprocess.Popen(arguments, stdout=output, stderr=errors, env=environment, cwd=PROJECT)
        peak: list[float] = [0.0]
        over = threading.Event()
        sampler = threading.Thread(target=_sample_memory, args=(process.pid, peak, over))
        sampler.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        over.set()
        sampler.join()
        output.seek(0)
        errors.seek(0)
        said = output.read()
        if os.waitstatus_to_exitcode(status):
            raise RuntimeError(f"{' '.join(arguments)} failed:\n{said[-3000:]}\n{errors.read()[-3000:]}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, peak[0]), said


def _sample_memory(pid: int, peak: list[float], over: threading.Event) -> None:
    root = psutil.Process(pid)
    while not over.wait(_SAMPLE_SECONDS):
        total = 0
        try:
            for process in (root, *root.children(recursive=True)):
                total += process.memory_info().rss
        except psutil.Error:
            # A process ended while it was looked at.
            continue
        peak[0] = max(peak[0], total / 2**20)


def refresh(raw: Path, work: Path, workers: int | None) -> Cost:
    """One `trialhouse refresh`. Raises `RuntimeError` unless it publishes or finds nothing to do."""
    command = [sys.executable, "-m", "pipelines.cli", "refresh", "--json", "--raw", str(raw), "--warehouse", str(work / "warehouse")]
    if workers is not None:
        command += ["--workers", str(workers)]
    environment = {**os.environ, "DAGSTER_HOME": str(work / "dagster")}
    cost, _ = measured(command, environment)
    return cost


def step_by_step(raw: Path, work: Path) -> tuple[list[Step], float]:
    """Every step of a refresh in one fresh process: processor seconds of each, and the memory that the process took in MB."""
    command = [sys.executable, "-m", "benchmarks.refresh", "--steps", str(raw), str(work / "steps")]
    cost, said = measured(command, dict(os.environ))
    return [Step(*step) for step in json.loads(said)], cost.peak_mb


def run_steps(raw: Path, warehouse: Path) -> list[Step]:
    """The steps of a refresh in this process, as its assets and checks call them."""
    steps: list[Step] = []

    def timed(part: str, name: str, call: Callable[[], Any]) -> Any:
        before = time.process_time()
        result = call()
        steps.append(Step(part, name, time.process_time() - before))
        return result

    steps.append(Step("importing", "interpreter", time.process_time()))
    timed("importing", "pipelines and libraries", _import_everything)
    from pipelines import build, build_folder, changing, deduplication, linking, publish
    from pipelines.engine.executor import Inline
    from pipelines.quarantine import write_quarantine
    from pipelines.settings import Settings

    settings, executor = Settings(raw=raw, warehouse=warehouse), Inline()
    timed("reading", "scan_raw", lambda: build.scan_raw(settings))
    timed("reading", "read_records", lambda: build.read_records(settings, executor))
    timed("repeated content", "find_duplicates", lambda: deduplication.find_duplicates(settings, executor))
    timed("studies", "find_links", lambda: linking.find_links(settings, executor))
    timed("repeated content", "find_repeated_blocks", lambda: deduplication.find_repeated_blocks(settings, executor))
    timed("repeated content", "lookalikes", lambda: deduplication.write_lookalikes(settings))
    timed("studies", "choose_canonical", lambda: build.choose_canonical(settings))
    timed("studies", "assign_studies", lambda: build.assign_studies(settings))
    screen = build.screen_tables
    build.screen_tables = lambda *given: timed("screening", "screen_tables", lambda: screen(*given))
    timed("extraction", "extract_tables", lambda: build.extract_tables(settings, executor, build.EXTRACTED, rules=RULES))
    screening, extraction = steps[-2:]
    steps[-1] = replace(extraction, cpu_seconds=extraction.cpu_seconds - screening.cpu_seconds)
    timed("other tables", "documents", lambda: build.write_documents(settings))
    timed("other tables", "raw_files", lambda: build.write_raw_files(settings))
    timed("other tables", "quarantine", lambda: write_quarantine(settings))
    timed("other tables", "trial_documents", lambda: build.write_trial_documents(settings))
    timed("other tables", "trial_aliases", lambda: build.write_trial_aliases(settings))
    timed("other tables", "drugs", lambda: build.write_drugs(settings))
    timed("other tables", "trial_changes", lambda: changing.find_changes(settings))
    checks, started, identifier = _run_quality_steps(settings, executor, timed)
    stamp = build_folder.consistent_stamp(settings, ["manifest", *build.BUILT_TABLES])
    timed(
        "publication",
        "publish",
        lambda: publish.publish(settings, refresh=identifier, started_at=started, stamp=stamp, built=build.BUILT_TABLES, checks=checks),
    )
    return steps


def _run_quality_steps(settings: "Settings", executor: "Executor", timed: Timed) -> tuple[list["CheckResult"], "datetime", str]:
    """The checks of a build and their pages; gives the results, and time and name of the refresh."""
    from pipelines import accuracy_over_time, build, build_folder, checking, history, reconciling
    from pipelines.quality import gx, report, shape
    from pipelines.schema.tables import TABLES

    checks = []
    for name in build.BUILT_TABLES:
        files = build_folder.table_files(settings, name)
        checks.append(timed("shape checks", name, lambda name=name, files=files: shape.check_shape(TABLES[name], files)))
    for name, rules in RULES.items():
        files = build_folder.table_files(settings, name)
        checks += timed("rules (Great Expectations)", name, lambda n=name, r=rules, f=files: gx.run_suite(TABLES[n], r, f))
    checks += timed("checks across tables", "relations", lambda: checking.check_relations(settings))
    checks += timed("reconciliation", "census", lambda: reconciling.count_raw(settings, executor)) and []
    checks += timed("reconciliation", "comparison", lambda: reconciling.reconcile(settings, executor))
    checks += timed("account and drift", "account", lambda: checking.check_accounts(settings))
    checks += timed("account and drift", "drift", lambda: checking.check_drift(settings))
    timed("accuracy", "accuracy", lambda: accuracy_over_time.measure_accuracy(settings))
    checks.append(timed("accuracy", "check", lambda: accuracy_over_time.check_accuracy(settings)))
    started, pages = history.now(), settings.build / "quality"
    identifier = history.refresh_id(started, "0" * 6)
    pages.mkdir()
    timed("quality pages", "Data Docs", lambda: gx.write_data_docs(checks, RULES, pages, run_name=identifier, run_at=started))
    timed("quality pages", "report", lambda: report.write_report(checks, pages, about=identifier))
    return checks, started, identifier


def _import_everything() -> None:
    import great_expectations  # noqa: F401
    import pandas  # noqa: F401

    import pipelines.refresh  # noqa: F401
    from pipelines.vocab import concepts, drugs

    drugs.find_drug("placebo")
    concepts.find_concept("overall survival")


def measure(sources: Sequence[bytes], studies: int, workers: int | None) -> Run:
    """All figures for so many studies, with everything written to a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="trialhouse-bench-") as folder:
        work = Path(folder)
        raw = work / "raw"
        raw.mkdir()
        material = raw / "ctg-studies.json.zip"
        _say(f"{studies:,} studies: making the material")
        write_material(material, sources, studies)
        megabytes = sum(map(len, contents(material))) / 1e6
        bare = [bare_orjson(material)]
        _say(f"{studies:,} studies: first refresh")
        first = refresh(raw, work, workers)
        _say(f"{studies:,} studies: unchanged refresh")
        unchanged = refresh(raw, work, workers)
        bare.append(bare_orjson(material))
        least = least_costs(material, work / "warehouse" / "current" / "parquet")
        _say(f"{studies:,} studies: step by step")
        steps, steps_peak_mb = step_by_step(raw, work)
        shutil.rmtree(work / "steps")
        _say(f"{studies:,} studies: refresh with 1 in {CHANGED_EVERY} changed")
        write_material(material, sources, studies, changed=True)
        changed = refresh(raw, work, workers)
        return Run(studies, megabytes, sum(bare) / len(bare), least, first, unchanged, changed, steps, steps_peak_mb)


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


# --- the report --------------------------------------------------------------------------------------------------------


def speed_table(runs: Sequence[Run]) -> str:
    """Per number of studies: each refresh with speed, ratio and memory."""
    lines = [
        "| studies | MB of JSON | | wall s | CPU s | studies/s | MB/s | CPU ÷ bare orjson | peak MB |",
        "|--:|--:|---|--:|--:|--:|--:|--:|--:|",
    ]
    for run in runs:
        size = f"{run.studies:,} | {run.megabytes:,.0f}"
        bare, structured = run.bare_cpu, run.structured_cpu
        lines.append(f"| {size} | bare `orjson.loads` | | {bare:.2f} | | {run.megabytes / bare:.0f} | 1 | |")
        lines.append(
            f"| | | structured part, one process | | {structured:.2f} | {run.studies / structured:,.0f} "
            f"| {run.megabytes / structured:.1f} | **{structured / bare:.1f}** | |"
        )
        for name, cost in (("first refresh", run.first), ("1% changed", run.changed), ("unchanged", run.unchanged)):
            lines.append(
                f"| | | {name} | {cost.seconds:.1f} | {cost.cpu_seconds:.2f} | {run.studies / cost.seconds:,.0f} "
                f"| {run.megabytes / cost.seconds:.1f} | {cost.cpu_seconds / bare:.1f} | {cost.peak_mb:,.0f} |"
            )
    return "\n".join(lines)


def parts_table(runs: Sequence[Run]) -> str:
    """Where processor time goes: seconds and multiples of bare orjson per part, in one process."""
    head = " | ".join(f"{run.studies:,}: s | × orjson" for run in runs)
    lines = [f"| part | {head} |", "|---|" + "--:|--:|" * len(runs)]
    for part in PARTS:
        cells = " | ".join(f"{run.part_cpu(part):.2f} | {run.part_cpu(part) / run.bare_cpu:.1f}" for run in runs)
        lines.append(f"| {part} | {cells} |")
    rest = [run.first.cpu_seconds - run.steps_cpu for run in runs]
    cells = " | ".join(f"{left:.2f} | {left / run.bare_cpu:.1f}" for run, left in zip(runs, rest, strict=True))
    lines.append(f"| Dagster, and starting worker processes | {cells} |")
    cells = " | ".join(f"{run.first.cpu_seconds:.2f} | {run.first.cpu_seconds / run.bare_cpu:.1f}" for run in runs)
    lines.append(f"| **first refresh** | {cells} |")
    return "\n".join(lines)


def steps_table(runs: Sequence[Run]) -> str:
    """The steps that take longest for the largest number of studies."""
    largest = runs[-1]
    lines = [f"| part | step | CPU s, {largest.studies:,} studies | ms per study |", "|---|---|--:|--:|"]
    longest = sorted(largest.steps, key=lambda step: -step.cpu_seconds)[:15]
    lines += [
        f"| {step.part} | {step.name} | {step.cpu_seconds:.2f} | {1000 * step.cpu_seconds / largest.studies:.3f} |" for step in longest
    ]
    return "\n".join(lines)


def least_table(runs: Sequence[Run]) -> str:
    """What parts of the work cost by themselves."""
    head = " | ".join(f"{run.studies:,}: s | × orjson" for run in runs)
    lines = [f"| by itself | {head} |", "|---|" + "--:|--:|" * len(runs)]
    for what in runs[0].least_cpu:
        cells = " | ".join(f"{run.least_cpu[what]:.2f} | {run.least_cpu[what] / run.bare_cpu:.1f}" for run in runs)
        lines.append(f"| {what} | {cells} |")
    return "\n".join(lines)


def fixed_and_growing(runs: Sequence[Run]) -> str:
    """What a first refresh costs whatever its size, and what each study adds; needs sizes that are far apart."""
    small, large = runs[0], runs[-1]
    if large.studies < 10 * small.studies:
        return ""
    each = (large.first.cpu_seconds - small.first.cpu_seconds) / (large.studies - small.studies)
    fixed = small.first.cpu_seconds - each * small.studies
    return (
        f"A first refresh costs {fixed:.0f} s of processor time whatever its size, and {1000 * each:.2f} ms for each study.\n"
        f"At that rate the whole registry, 607,000 studies, takes {(fixed + 607_000 * each) / 60:.0f} minutes of processor time."
    )


def verdicts(runs: Sequence[Run]) -> str:
    """Each aim with what was measured, and whether it is met."""
    largest, smallest = runs[-1], runs[0]
    lines = ["| aim | measured | |", "|---|---|---|"]

    def aim(words: str, found: str, met: bool) -> None:
        lines.append(f"| {words} | {found} | {'met' if met else '**missed**'} |")

    ratios = [run.structured_cpu / run.bare_cpu for run in runs]
    aim("structured part at most 6 × the CPU of bare orjson", _for_each(runs, [f"{r:.1f} ×" for r in ratios]), max(ratios) <= 6)
    aim(f"at most 2,000 MB at {largest.studies:,} studies", f"{largest.first.peak_mb:,.0f} MB", max(r.first.peak_mb for r in runs) <= 2_000)
    shares = [run.unchanged.cpu_seconds / run.first.cpu_seconds for run in runs]
    aim("an unchanged refresh costs at most 2% of the first (CPU)", _for_each(runs, [f"{s:.1%}" for s in shares]), max(shares) <= 0.02)
    shares = [run.changed.cpu_seconds / run.first.cpu_seconds for run in runs]
    aim("one with 1% changed costs at most 5% (CPU)", _for_each(runs, [f"{s:.0%}" for s in shares]), max(shares) <= 0.05)
    shares = [run.quality_share for run in runs]
    words = f"the quality layer at most 15% of a refresh at {largest.studies:,} studies (CPU)"
    aim(words, _for_each(runs, [f"{s:.0%}" for s in shares]), shares[-1] <= 0.15)
    if len(runs) > 1:
        each = [1000 * run.structured_cpu / run.studies for run in runs]
        growth = (largest.structured_cpu / largest.megabytes) / (smallest.structured_cpu / smallest.megabytes)
        found = f"CPU of the structured part per MB, {largest.studies:,} over {smallest.studies:,}: {growth:.2f}"
        found += f" ({_for_each(runs, [f'{e:.2f} ms per study' for e in each])})"
        aim("time linear in the number of studies", found, growth <= 1.1)
    return "\n".join(lines)


def _for_each(runs: Sequence[Run], values: Sequence[str]) -> str:
    return ", ".join(f"{value} ({run.studies:,})" for run, value in zip(runs, values, strict=True))


def report(runs: Sequence[Run], *, n_originals: int, data: Path | None, workers: int | None) -> str:
    """The whole page."""
    whose = f"records of ClinicalTrials.gov (`{data.name}`)" if data else "samples of this project (`raw/ctgov/api`)"
    return PAGE.format(
        source=f"{n_originals:,} {whose}",
        machine=f"{os.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB, Python {platform.python_version()}",
        workers=workers or len(os.sched_getaffinity(0)),
        verdicts=verdicts(runs),
        speed=speed_table(runs),
        fixed_and_growing=fixed_and_growing(runs),
        parts=parts_table(runs),
        steps=steps_table(runs),
        least=least_table(runs),
        steps_memory=", ".join(f"{run.steps_peak_mb:,.0f} MB for {run.studies:,} studies" for run in runs),
    )


PAGE = """\
# Performance

Written by `make bench ARGS="--data … --output docs/performance.md"`; without `--data` the project's own samples are copied. Processor time
(CPU) is compared with a bare `orjson.loads` of the same bytes in the same run, because machines differ and are noisy: look at the ratios
first, at wall time last. No test depends on any of this.

Material: copies of {source}, each with an id of its own, one per member of one zip,
as the registry's bulk download has them. Copies repeat titles and drug names, which look-ups remember. Up to the number of originals
nothing is repeated, so the smaller size is the fair one for ratios; the larger one is there for growth and memory.
Machine: {machine}; {workers} worker processes.

## Aims

{verdicts}

## Refreshes

{speed}

The *structured part* is everything from the raw folder to the Parquet files of all tables: reading, deciding duplicates, extracting,
writing; without start-up, checks and publication. It is measured in one process. Of the refreshes, which are what a user runs, CPU and
memory are those of the whole tree of processes; peak MB is the largest sum of resident memory, in which shared pages count once for each
process. In the refresh with 1% changed every hundredth study has another title.

## Where the time goes

{fixed_and_growing}

{parts}

The parts are measured one after another in one process; the line for Dagster is what is left of the first refresh, which runs them in
several. *Importing* is done once per process: Dagster, Great Expectations, pandas, DuckDB, polars. *Dagster* is mostly SQLite: every check
and every table is an event in the instance's log, several per check, and each is a transaction of its own. None of that grows with the raw
folder. The *quality layer* is all between other tables and publication: screening of rows, shape, rules, checks across tables,
reconciliation with the raw files (the census of a file is kept while the file is the same), account, drift, accuracy on labelled documents
(kept while code and labels are the same) and the pages. *Rules* go through Great Expectations as pandas frames; their cost is fixed up to
some ten thousand rows per table.
The longest steps:

{steps}

{least}

## Why the aims that are missed are missed

- **6 × bare orjson.** Unpacking, decoding and writing the tables take four to five of the six by themselves (last table above). The rest is
  some 70 rows per study, each made in plain Python from typed records, with its words repaired, its coded values looked up and the place
  that it was read from noted: about ten microseconds a row, spread evenly; no step is left that stands out in a profile. To come near the
  aim, extractors would have to fill columns instead of rows, or leave Python; that was weighed against being able to read them.
- **1% changed.** What is not done again is a batch of 8 MB, some 350 studies, and batches of an archive are named by the digest of the
  whole archive: a new download is read and extracted anew. In a folder of many files or archives only batches with a changed file are.
  Checks and publication always see all tables, because any change can break a relation across them; with everything else taken from
  the last refresh they alone would be more than the 5%.

## Memory

A worker holds one batch and what it made of it. DuckDB is held to 512 MB while a snapshot is written and to 1 GB for checks, and spills to
disk beyond that. What grows with the number of records is their bookkeeping in the main process, without their texts: a few kilobytes per
record for path, ids, digest, dates and the tables that it gives. The worker processes end with extraction, before the checks begin.
In one process the steps peak at {steps_memory}.
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.refresh", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, help="a zip of API JSON, one study per member; without it the samples in raw/ are copied")
    parser.add_argument("--studies", type=int, nargs="+", default=[1_600, 50_000], help="how many studies to measure with")
    parser.add_argument("--workers", type=int, help="processes of a refresh (one per core)")
    parser.add_argument("--output", type=Path, help="write the page to this file")
    parser.add_argument("--steps", type=Path, nargs=2, metavar=("RAW", "WAREHOUSE"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.steps:
        print(json.dumps([[step.part, step.name, step.cpu_seconds] for step in run_steps(*given.steps)]))
        return
    sources = originals(given.data)
    runs = [measure(sources, studies, given.workers) for studies in sorted(given.studies)]
    page = report(runs, n_originals=len(sources), data=given.data, workers=given.workers)
    print(page)
    if given.output:
        given.output.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
