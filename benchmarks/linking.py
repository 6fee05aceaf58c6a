"""How linking grows with the number of trials: `python -m benchmarks.linking [--trials 50000 --documents 5000]`.

Records are made up: their words, conditions, treatments, outcomes and many of their sentences are drawn from vocabularies of which few are
used by many and most by few, as in a register. Some of them have another document without an id: a row of an export, a text without labels,
or an article in other words. For half as many and for all it tells CPU seconds of describing and of linking, the most memory that the
process held, and what became of the documents; last, how many times more all took than half: 2 is a step that grows with the records, 4
one that grows with their square. Whether links of real documents are right is told in `docs/linking.md`.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from pipelines.engine import describe_stage, read_stage
from pipelines.linking import matched
from pipelines.shapes import (
    Article,
    ConditionsModule,
    DescriptionModule,
    EnrollmentInfo,
    IdentificationModule,
    Intervention,
    Outcome,
    Paragraph,
    Sponsor,
    Study,
)

BATCH = 1_000
"""Documents of one batch of records."""
SEED = 7


@dataclass(frozen=True)
class Cost:
    """Of one size: CPU seconds, the most memory in MB, and the documents that were linked."""

    trials: int
    documents: int
    describing: float
    linking: float
    peak_mb: float
    right: int
    wrong: int


# --- material ----------------------------------------------------------------------------------------------------------


class Vocabulary:
    """Words or phrases, the first used most often and each later one less."""

    def __init__(self, chance: random.Random, size: int, make: Callable[[], str]) -> None:
        self._chance = chance
        self._members = [make() for _ in range(size)]
        self._weights = list(accumulate(1 / (place + 10) for place in range(size)))

    def some(self, n: int) -> list[str]:
        """`n` members, drawn by how often they are used."""
        return self._chance.choices(self._members, cum_weights=self._weights, k=n)


class Register:
    """Makes up records and their other documents."""

    def __init__(self) -> None:
        chance = self._chance = random.Random(SEED)
        syllables = [first + vowel + last for first in "bcdfglmnprstv" for vowel in "aeiou" for last in ("", "n", "r", "s", "x")]
        self._words = Vocabulary(chance, 20_000, lambda: "".join(chance.choices(syllables, k=chance.choice((2, 3, 3, 4)))))
        self._conditions = Vocabulary(chance, 4_000, lambda: self._phrase(1, 3))
        self._drugs = Vocabulary(chance, 10_000, lambda: self._phrase(1, 2))
        self._outcomes = Vocabulary(chance, 20_000, lambda: self._phrase(3, 8))
        self._sponsors = Vocabulary(chance, 4_000, lambda: self._phrase(2, 4))
        self._sentences = Vocabulary(chance, 5_000, lambda: self._phrase(8, 16))

    def _phrase(self, least: int, most: int) -> str:
        return " ".join(self._words.some(self._chance.randint(least, most)))

    def record(self) -> Study:
        """A record as the API has it; a third of its sentences stand in other records too."""
        study = Study()
        protocol = study.protocol_section
        drugs, conditions = self._drugs.some(self._chance.randint(1, 3)), self._conditions.some(self._chance.randint(1, 2))
        protocol.identification_module = IdentificationModule(brief_title=f"{drugs[0]} in {conditions[0]} {self._phrase(4, 10)}")
        protocol.conditions_module = ConditionsModule(conditions=conditions)
        protocol.arms_interventions_module.interventions = [Intervention(name=name) for name in drugs]
        protocol.outcomes_module.primary_outcomes = [Outcome(measure=measure) for measure in self._outcomes.some(2)]
        protocol.outcomes_module.secondary_outcomes = [Outcome(measure=measure) for measure in self._outcomes.some(4)]
        protocol.sponsor_collaborators_module.lead_sponsor = Sponsor(name=self._sponsors.some(1)[0])
        protocol.design_module.phases = [f"PHASE{self._chance.randint(1, 3)}"]
        protocol.design_module.enrollment_info = EnrollmentInfo(count=self._chance.randint(20, 900))
        own, shared = [self._phrase(8, 16) for _ in range(20)], self._sentences.some(10)
        protocol.description_module = DescriptionModule(brief_summary=". ".join(own[:4]), detailed_description=". ".join(own[4:]))
        protocol.eligibility_module.eligibility_criteria = "\n* ".join(shared)
        return study

    def row(self, record: Study) -> Study:
        """A row of an export of few columns."""
        study = Study()
        mine, its = study.protocol_section, record.protocol_section
        mine.identification_module = its.identification_module
        mine.conditions_module = its.conditions_module
        mine.arms_interventions_module = its.arms_interventions_module
        mine.sponsor_collaborators_module = its.sponsor_collaborators_module
        return study

    def text(self, record: Study) -> Article:
        """A text without labels: the title, and prose of an older version."""
        protocol = record.protocol_section
        prose = (protocol.description_module.detailed_description or "").split(". ")
        return _article(protocol.identification_module.brief_title or "", ". ".join(prose[:8]))

    def article(self, record: Study) -> Article:
        """An article that says what the record says, in another order of words."""
        protocol = record.protocol_section
        words = (protocol.identification_module.brief_title or "").split()
        measures = [one.measure or "" for one in protocol.outcomes_module.primary_outcomes]
        shuffled = " ".join([protocol.description_module.brief_summary or "", *measures]).replace(".", "").split()
        self._chance.shuffle(words)
        self._chance.shuffle(shuffled)
        return _article(" ".join(words), " ".join([*shuffled, *self._words.some(300)]))


def _article(title: str, prose: str) -> Article:
    text = f"{title}\n\n{prose}"
    end = len(title)
    return Article(text=text, title=title, paragraphs=[Paragraph("title", 0, end), Paragraph("paragraph", end + 2, len(text))])


def documents(trials: int, others: int) -> Iterator[tuple[str, str, str, Study | Article]]:
    """`document_id`, `trial_id` (of a document without an id the one that is right), kind and document: records, and then the others."""
    register = Register()
    every = max(1, trials // max(1, others))
    kept: list[tuple[str, Study]] = []
    for place in range(trials):
        record = register.record()
        yield f"record-{place}", f"NCT{place:08d}", "record", record
        if place % every == 0 and len(kept) < others:
            kept.append((f"NCT{place:08d}", record))
    forms = (register.row, register.text, register.article)
    for place, (trial, record) in enumerate(kept):
        yield f"other-{place}", trial, "other", forms[place % len(forms)](record)


def described(folder: Path, trials: int, others: int) -> tuple[list[Path], pl.DataFrame, float]:
    """Batches as the describe stage leaves them, their documents, and the CPU seconds that describing took."""
    found, rows, spent = [], [], 0.0
    encode = msgspec.msgpack.encode
    made = documents(trials, others)
    for place, batch in enumerate(iter(lambda: list(islice(made, BATCH)), [])):
        records = folder / f"records-{place}"
        records.mkdir()
        kinds = ["study" if isinstance(document, Study) else "article" for *_, document in batch]
        payloads = [encode(document) for *_, document in batch]
        frame = pl.DataFrame({"document_id": [one[0] for one in batch], "kind": kinds, "payload": payloads})
        frame.write_parquet(records / read_stage.RECORDS)
        rows += [(one[0], one[1], one[2], kind) for one, kind in zip(batch, kinds, strict=True)]
        started = time.process_time()
        found.append(describe_stage.run(describe_stage.task(folder=folder / "described", records=str(records), read_key=str(place))))
        spent += time.process_time() - started
    table = pl.DataFrame(rows, schema=["document_id", "trial_id", "place", "kind"], orient="row")
    return found, table.with_columns(source_path=pl.col("document_id")), spent


# --- measuring ---------------------------------------------------------------------------------------------------------


def measure(trials: int, others: int) -> Cost:
    """One size, in this process."""
    with tempfile.TemporaryDirectory(prefix="linking-") as folder:
        folders, table, describing = described(Path(folder), trials, others)
        started = time.process_time()
        found = matched(folders, table.filter(pl.col("place") == "record"), table.filter(pl.col("place") == "other").drop("trial_id"))
        linking = time.process_time() - started
    right = dict(table.filter(pl.col("place") == "other").select("document_id", "trial_id").iter_rows())
    linked = Counter(one.trial == right[one.document] for one in found if one.is_link)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Cost(trials, others, describing, linking, peak, linked[True], linked[False])


def apart(trials: int, others: int) -> Cost:
    """The same in a process of its own, so that memory is that of this size alone."""
    command = [sys.executable, "-m", "benchmarks.linking", "--one", "--trials", str(trials), "--documents", str(others)]
    return Cost(**json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def report(half: Cost, full: Cost) -> str:
    """Both sizes, and what twice as much takes."""
    lines = ["| trials | documents without an id | describing, CPU s | linking, CPU s | peak MB | right | wrong |"]
    lines.append("|" + "--:|" * 7)
    for one in (half, full):
        costs = f"{one.describing:.1f} | {one.linking:.1f} | {one.peak_mb:,.0f}"
        lines.append(f"| {one.trials:,} | {one.documents:,} | {costs} | {one.right:,} | {one.wrong} |")
    describing, linking = full.describing / half.describing, full.linking / half.linking
    return "\n".join([*lines, "", f"twice as much takes {describing:.2f} times the time to describe, {linking:.2f} times to link"])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.linking", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--trials", type=int, default=50_000)
    parser.add_argument("--documents", type=int, default=5_000, help="how many documents have no id")
    parser.add_argument("--one", action="store_true", help="this size alone, as JSON")
    given: Any = parser.parse_args(arguments)
    if given.one:
        print(json.dumps(asdict(measure(given.trials, given.documents))))
    else:
        print(report(apart(given.trials // 2, given.documents // 2), apart(given.trials, given.documents)))


if __name__ == "__main__":
    main()
