"""How well and how fast regimens are read: `python -m benchmarks.regimens --data <records> … [--gold FILE … --corpus DIR]`.

Speed: megabytes of records, and of their treatment prose, per CPU second, over records in memory. Coverage, without labels: what becomes
of every expression of a dose in the texts of arms and interventions; each ends in a row or in a named reason why not. Plausibility: doses
that no medicine is given at. Accuracy, where labels are at hand: precision, recall and F1 per field, on distinct tuples over all labelled
documents. Figures of other stages belong to `benchmarks/refresh.py`.
"""

import sys
import time
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.labels import options, print_figures
from pipelines.accuracy import Figure, measure, records_of
from pipelines.extract import articles, regimens
from pipelines.extract.regimen_passages import passages
from pipelines.extract.regimen_treatments import Treatments
from pipelines.extract.subject import Row, Subject
from pipelines.grammar.binding import sentences
from pipelines.grammar.doses import Dose, as_list
from pipelines.grammar.lexicon import DRUG
from pipelines.grammar.tokens import Token
from pipelines.grammar.treatment import parsed
from pipelines.shapes import Study
from pipelines.sources.records import Record
from pipelines.text.repair import repair

_MOST_EXAMPLES = 8

REASONS = {
    "row": "became a row",
    "same": "says again what a row says",
    "strength": "what a tablet, vial or millilitre holds",
    "limit": "a limit, a maximum or a criterion",
    "volume": "a volume or a number of pieces beside an amount, or of a vehicle",
    "reduced": "a reduction for toxicity, or a rescue",
    "reference": "told with something other than its being given: a measurement, a sample, another study",
    "no_treatment": "the passage names no treatment, and is tied to none or to several",
    "other": "none of these: to be looked at",
}


@dataclass
class Coverage:
    """What became of the expressions of doses, with a few examples of each."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def records(path: Path) -> Iterator[Record]:
    """The registry records of a file, or of the members of a zip."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                yield from records_of(archive.read(name))
    else:
        yield from records_of(path.read_bytes())


def rows_of(record: Record) -> list[Row]:
    """Regimens of a record, as the extract stage makes them."""
    if record.study is not None:
        nct_id = record.study.protocol_section.identification_module.nct_id
        return list(regimens.rows(record.study, Subject(nct_id or "x-0", "document", "none")))
    if record.article is not None:
        return articles.tables(record.article, Subject("x-0", "document-of-article", "none")).get("regimens", [])
    return []


def speed(found: Sequence[Record]) -> str:
    """Megabytes per CPU second over whole records, and over the prose that is read."""
    studies = [record for record in found if record.study is not None]
    rows_of(studies[0])
    start = time.process_time()
    n_rows = sum(len(rows_of(record)) for record in studies)
    seconds = time.process_time() - start
    n_chars = sum(record.n_chars for record in studies)
    n_prose = sum(len(passage.text) for record in studies if record.study is not None for passage in passages(record.study))
    return (
        f"{len(studies)} records, {n_rows} rows, {seconds:.1f} CPU s: {n_chars / seconds / 1e6:.1f} MB of records per CPU second, "
        f"{n_prose / seconds / 1e6:.2f} MB of treatment prose"
    )


def coverage(found: Iterable[Record]) -> Coverage:
    """What becomes of every dose in the texts of arms and interventions."""
    result = Coverage()
    for record in found:
        if record.study is not None:
            _cover(record.study, result)
    return result


def _cover(study: Study, result: Coverage) -> None:
    subject = Subject(study.protocol_section.identification_module.nct_id or "x-0", "document", "none")
    made = list(regimens.made(study, subject))
    used = {
        (one.passage.path, token.start)
        for _, component in made
        for one in component.sources
        for role, token in one.statement.parts
        if role == "dose"
    }
    known = {(value, _plain(row["dose_unit"])) for row, _ in made if row["dose_unit"] for value in (row["dose_low"], row["dose_high"])}
    treatments = Treatments(study, subject)
    for passage in passages(study):
        if passage.kind == "description":
            continue
        text = repair(passage.text).text
        for sentence in sentences(parsed(text, (treatments.lexicon,)), text):
            for place, token in enumerate(sentence):
                if token.kind not in ("DOSE", "DOSES", "COURSE", "STRONG"):
                    continue
                reason = "row" if (passage.path, token.start) in used else _reason(sentence, place, known)
                result.counts[reason] += 1
                if reason != "row" and len(result.examples[reason]) < _MOST_EXAMPLES:
                    words = text[max(0, token.start - 60) : token.end + 30].replace("\n", " ")
                    result.examples[reason].append(f"{subject.trial_id}: …{words}…")


def _plain(unit: str) -> str:
    return unit.removesuffix("/d")


def _doses(token: Token) -> list[Dose]:
    if token.kind == "STRONG":
        return list(token.value)
    return as_list(token.value.dose if token.kind == "COURSE" else token.value)


def _reason(sentence: Sequence[Token], place: int, known: set[tuple[Any, str]]) -> str:
    token = sentence[place]
    doses = _doses(token)
    kinds = [one.kind for one in sentence]
    before = kinds[max(0, place - 4) : place]
    if any((dose.low, _plain(dose.unit)) in known for dose in doses):
        return "same"
    if token.kind == "STRONG" or all(dose.is_strength for dose in doses) or "STRENGTH" in kinds:
        return "strength"
    if not {"LESS", "UPTO", "DVH", "TOTAL"}.isdisjoint(before) or doses[0].is_total:
        return "limit"
    if "VEHICLE" in kinds[place : place + 4] or all(dose.is_count for dose in doses):
        return "volume"
    if not {"REDUCED", "TOXIC", "RESCUE"}.isdisjoint(kinds):
        return "reduced"
    if not {"ASSESS", "STUDYREF", "BEFORE"}.isdisjoint(kinds):
        return "reference"
    return "other" if DRUG in kinds else "no_treatment"


# Above these no medicine is given, whatever it is: a misread unit or number. Bowel preparations reach 240 g, chemotherapy 20 g/m2.
PLAUSIBLE = {
    "mg": 300_000.0,
    "mg/m2": 20_000.0,
    "mg/kg": 5_000.0,
    "g/m2": 30.0,
    "g": 400.0,
    "ug": 1e7,
    "Gy": 200.0,
    "mg.min/mL": 12.0,
    "{cells}/kg": 1e10,
}


def implausible(found: Iterable[Record]) -> list[str]:
    """Doses above all bounds, with the words they were read from."""
    return [
        f"{row['trial_id']} {row['drug_name'] or row['intervention_raw']}: {row['dose_high']:g} {row['dose_unit']} ({row['dose_raw']})"
        for record in found
        for row in rows_of(record)
        if row["dose_high"] is not None and row["dose_high"] > PLAUSIBLE.get(_plain(row["dose_unit"]), float("inf"))
    ]


# --- accuracy ------------------------------------------------------------------------------------------------------------


def accuracy(gold: Sequence[Path], corpus: Path) -> dict[str, Figure]:
    """Figures over all documents of the label files whose sources lie in `corpus`, or beside the labels."""
    return measure(gold, corpus).figures["regimens"]


# --- report --------------------------------------------------------------------------------------------------------------


def main() -> None:
    """Print the report in Markdown."""
    given = options(__doc__, data="files of registry records, or zips of them", examples="show examples of what made no row")
    out = sys.stdout.write
    for path in given.data:
        found = list(records(path))
        out(f"## {path.name}\n\n{speed(found)}\n\n")
        covered = coverage(found)
        total = max(1, sum(covered.counts.values()))
        out(f"| {total} expressions of doses in texts of arms and interventions | share |\n|---|---|\n")
        for name, meaning in REASONS.items():
            out(f"| {meaning} | {covered.counts[name] / total:.1%} |\n")
        if given.examples:
            for name, examples in covered.examples.items():
                out(f"\n{name}\n" + "".join(f"- {example}\n" for example in examples))
        out("\nDoses above all bounds: " + ("; ".join(implausible(found)) or "none") + "\n\n")
    if given.gold:
        print_figures(accuracy(given.gold, given.corpus))


if __name__ == "__main__":
    main()
