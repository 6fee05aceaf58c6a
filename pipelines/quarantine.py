"""What stays outside the tables: rows that a rule stops, records that could not be read, and what people have decided about both.

Here belongs the step that screens built tables, and the table `quarantine`. Not here: what a rule is (`expectations/`), and how single
parts are screened (`pipelines.quality.screening`).

Decisions are a CSV file in the warehouse, `decisions/quarantine.csv`, with the columns `entry` and `decision` and, for people, `note`. An
`entry` is named by what it holds: it stays the same from refresh to refresh, and is another one as soon as the row is.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import duckdb
import msgspec
import polars as pl

from pipelines import decisions
from pipelines.build_folder import MissingStepError, parts, path, read, table_files, write, write_frame
from pipelines.build_records import document_ids, read_results, records, reject_schema, rejects
from pipelines.quality.relation import Relation
from pipelines.quality.relations import RELATIONS, broken_rows
from pipelines.quality.rules import Rule, condition
from pipelines.quality.scan import rows_of
from pipelines.quality.screening import Stopped, forget_references, forget_rows, screen
from pipelines.schema.ddl import quoted
from pipelines.schema.tables import TABLES
from pipelines.settings import Settings
from pipelines.sources.records import REASON_TEXT, Reason, excerpt

Rules = Mapping[str, Sequence[Rule]]

PUBLISH, DISMISS = "publish", "dismiss"
"""`publish`: the row goes into its table all the same, with a flag. `dismiss`: the entry is known, and no longer listed as open."""

FLAGGED = tuple(name for name, table in TABLES.items() if "flags" in table.by_name)
"""Tables whose rows can be screened: they know their document, and have a place for flags."""


class _Screened(msgspec.Struct):
    """The rows of one table that stay outside."""

    stopped: list[Stopped]


def screen_tables(settings: Settings, names: Collection[str], rules: Rules) -> dict[str, int]:
    """Screen those of the named tables that have rules; returns how many rows of each table are gone.

    What pointed at such a row no longer does: its evidence goes, and a result of a stopped endpoint keeps its measure alone.
    """
    excused = {entry for entry, decision in read_decisions(settings.quarantine_decisions).items() if decision == PUBLISH}
    chosen = [name for name in FLAGGED if name in names]
    stopped = {name: screen(TABLES[name], rules.get(name, ()), table_files(settings, name), excused=excused) for name in chosen}
    relations = [relation for relation in RELATIONS.values() if relation.action == "quarantine" and relation.table_name in chosen]
    for relation, broken in zip(relations, broken_rows(settings.build_parquet, relations), strict=True):
        if broken:
            name, rule = relation.table_name, _not_one_of(relation, broken)
            stopped[name] += screen(TABLES[name], [rule], table_files(settings, name), excused=excused)
    for name in chosen:
        write(settings, _kept(name), _Screened(stopped[name]))
    outside = {name: {row.row_id for row in _stopped(settings, name)} for name in FLAGGED}
    gone = {name: len(ids) for name, ids in outside.items() if name in names}
    for name, ids in outside.items():
        if "evidence" in names:
            n_gone = forget_rows(TABLES["evidence"], table_files(settings, "evidence"), of=name, ids=ids)
            gone["evidence"] = gone.get("evidence", 0) + n_gone
        for other in (other for other in names if other in TABLES):
            for key in (key for key in TABLES[other].foreign_keys if key.references == name):
                forget_references(TABLES[other], table_files(settings, other), column=key.columns[0], ids=ids)
    return gone


def write_quarantine(settings: Settings) -> int:
    """`quarantine`: all that could not be read or extracted, and rows that rules keep outside."""
    decided = read_decisions(settings.quarantine_decisions)
    reading = read_results(settings)
    unread = pl.concat([rejects(reading), pl.read_parquet(path(settings, "extract_rejects"))]).with_columns(
        reason_text=pl.col("reason").replace_strict({reason.value: REASON_TEXT[reason] for reason in Reason}),
        document_id=pl.when(pl.col("record_index") >= 0).then(document_ids()),
        entry=_entry("source_path", "record_index", "stage", "reason", "detail"),
    )
    stopped = [row for name in FLAGGED for row in _stopped(settings, name)]
    table = pl.concat([unread, _of_rows(settings, stopped)], how="diagonal").sort(
        "source_path", "record_index", "stage", maintain_order=True
    )
    table = table.with_columns(
        ordinal=pl.int_range(pl.len()).over("source_path", "record_index", "stage"),
        is_dismissed=pl.col("entry").is_in([entry for entry, decision in decided.items() if decision == DISMISS]),
    )
    return write_frame(settings, "quarantine", table, ["records"])


def read_decisions(path: Path) -> dict[str, str]:
    """Entry → decision; empty when there is no file. Raises `decisions.DecisionsError`."""
    found = decisions.read_decisions(path, keys=("entry",), words=(PUBLISH, DISMISS), contrary="otherwise of {}")
    return {entry: decision for (entry,), decision in found.items()}


def _not_one_of(relation: Relation, rows: Collection[str]) -> Rule:
    """A relation as a rule about single rows, now that those that break it are known."""
    key = TABLES[relation.table_name].primary_key[0]
    listed = ", ".join(map(quoted, sorted(rows)))
    return condition(relation.name, "quarantine", relation.description, columns=(key,), holds=f"{key} NOT IN ({listed})")


def _kept(name: str) -> str:
    return f"stopped_{name}"


def _stopped(settings: Settings, name: str) -> list[Stopped]:
    """The rows of a table that stay outside; none for a table that was not screened."""
    try:
        return read(settings, _kept(name), _Screened).stopped
    except MissingStepError:
        return []


def _entry(*columns: str) -> pl.Expr:
    """The name of what could not be read, by where it is and why."""
    words = pl.concat_str([pl.col(name).cast(pl.String).fill_null("") for name in columns], separator="\n")
    return words.map_elements(lambda text: hashlib.sha256(text.encode()).hexdigest()[:12], return_dtype=pl.String)


def _of_rows(settings: Settings, stopped: Sequence[Stopped]) -> pl.DataFrame:
    """Entries for rows of tables."""
    if not stopped:
        return pl.DataFrame(schema=reject_schema())
    words = _words(settings, stopped)
    known = records(settings).select("document_id", "source_path", "record_index", "source_format")
    rows = pl.DataFrame(
        {
            "document_id": [row.document_id for row in stopped],
            "stage": "check",
            "reason": Reason.FAILED_CHECK.value,
            "reason_text": [row.why for row in stopped],
            "detail": [f"{row.table_name}.{row.check_name}: {row.row_id}" for row in stopped],
            "excerpt": [words.get((row.document_id, row.field, row.start_char, row.end_char)) for row in stopped],
            "table_name": [row.table_name for row in stopped],
            "check_name": [row.check_name for row in stopped],
            "row_json": [row.row_json for row in stopped],
            "entry": [row.entry for row in stopped],
        }
    )
    return rows.join(known, on="document_id", how="left", maintain_order="left")


def _words(settings: Settings, stopped: Sequence[Stopped]) -> dict[tuple[str, str, int | None, int | None], str]:
    """The words that the rows were made from, as far as they have a place in a text."""
    places = [(row.document_id, row.field, row.start_char, row.end_char) for row in stopped if row.start_char is not None]
    if not places:
        return {}
    asked = pl.DataFrame(places, schema=["document_id", "field", "start_char", "end_char"], orient="row").unique()
    with duckdb.connect() as connection:
        connection.register("asked", asked.to_arrow())
        texts = rows_of(parts(settings, "document_texts"))
        found = connection.execute(
            f"SELECT document_id, field, start_char, end_char, text[start_char + 1 : end_char] "
            f"FROM asked JOIN {texts} USING (document_id, field)"
        ).fetchall()
    return {tuple(place): excerpt(text) for *place, text in found}
