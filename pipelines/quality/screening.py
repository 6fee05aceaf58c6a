"""Rules at work on single rows: what breaks one leaves its table for quarantine, or stays with a flag, as the rule says.

Belongs here: which rows of built Parquet parts that are, and the parts without them. Not here: what is a rule (`expectations/`), how
quarantine is published (`pipelines.build`), and what a whole table must fulfil.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.engine.extract_stage import write_parquet
from pipelines.quality.rules import Rule
from pipelines.quality.scan import connection, rows_of
from pipelines.schema.arrow import arrow_schema
from pipelines.schema.columns import Table
from pipelines.schema.ddl import quoted

Excused = Collection[str]
"""Entries (`Stopped.entry`) that a person wants published although they break the rule."""


class Stopped(msgspec.Struct, frozen=True):
    """A row that stays outside, and the first rule that it breaks.

    `entry` names it by rule and content: where its document lies does not matter.
    """

    entry: str
    table_name: str
    check_name: str
    why: str
    row_id: str
    document_id: str
    field: str
    start_char: int | None
    end_char: int | None
    row_json: str


def screen(table: Table, rules: Sequence[Rule], files: Sequence[Path], *, excused: Excused = ()) -> list[Stopped]:
    """Screen the parts of a table: those with a row that breaks a rule are written anew; the rows that stay outside are returned.

    A part that is a link to a file kept elsewhere is replaced, never changed in place. Rules that DuckDB cannot evaluate screen nothing:
    the check of the rule says so.
    """
    rules = [rule for rule in rules if rule.is_screened]
    stopped: list[Stopped] = []
    with connection() as connected:
        rules = [rule for rule in rules if _runs(connected, rule, files)]
        for file in _broken(connected, rules, files):
            part = pq.read_table(file, schema=arrow_schema(table))
            kept, out = _screened(connected, table, rules, part, excused)
            stopped += out
            _replace(file, kept)
    return stopped


def forget_rows(table: Table, files: Sequence[Path], *, of: str, ids: Collection[str]) -> int:
    """Take from `evidence` the rows that speak for rows `ids` of the table `of`; returns how many."""
    n_gone = 0
    for file in _files_where_one_of(files, "row_id", ids):
        part = pq.read_table(file, schema=arrow_schema(table))
        places = zip(part["table_name"].to_pylist(), part["row_id"].to_pylist(), strict=True)
        stays = [name != of or row_id not in ids for name, row_id in places]
        n_gone += stays.count(False)
        _replace(file, part.filter(pa.array(stays)))
    return n_gone


def forget_references(table: Table, files: Sequence[Path], *, column: str, ids: Collection[str]) -> None:
    """Make `column` NULL where it names one of `ids`."""
    for file in _files_where_one_of(files, column, ids):
        part = pq.read_table(file, schema=arrow_schema(table))
        values = [None if value in ids else value for value in part[column].to_pylist()]
        place = part.schema.get_field_index(column)
        _replace(file, part.set_column(place, part.schema.field(column), pa.array(values, part.schema.field(column).type)))


def _files_where_one_of(files: Sequence[Path], column: str, ids: Collection[str]) -> list[Path]:
    if not ids or not files:
        return []
    with connection() as connected:
        return _files_where(connected, f'"{column}" IN ({", ".join(map(quoted, sorted(ids)))})', files)


def _runs(connected: duckdb.DuckDBPyConnection, rule: Rule, files: Sequence[Path]) -> bool:
    try:
        connected.execute(f"EXPLAIN SELECT {_breaks(rule)} FROM {rows_of(files)}")
    except duckdb.Error:
        return False
    return True


def _breaks(rule: Rule) -> str:
    return f"NOT coalesce(({rule.holds})::BOOLEAN, TRUE)"


def _broken(connected: duckdb.DuckDBPyConnection, rules: Sequence[Rule], files: Sequence[Path]) -> list[Path]:
    return _files_where(connected, " OR ".join(_breaks(rule) for rule in rules), files) if rules else []


def _files_where(connected: duckdb.DuckDBPyConnection, condition: str, files: Sequence[Path]) -> list[Path]:
    """The parts that hold a row like that."""
    rows = rows_of(files, with_name=True)
    return [Path(name) for (name,) in connected.execute(f"SELECT DISTINCT filename FROM {rows} WHERE {condition} ORDER BY 1").fetchall()]


def _screened(
    connected: duckdb.DuckDBPyConnection, table: Table, rules: Sequence[Rule], part: pa.Table, excused: Excused
) -> tuple[pa.Table, list[Stopped]]:
    """The rows that stay, in their order and with their flags, and those that do not."""
    connected.register("part", part.append_column("place", pa.array(range(len(part)))))
    broken = ", ".join(f'{_breaks(rule)} AS "{rule.computed_column}"' for rule in rules)
    any_broken = " OR ".join(f'"{rule.computed_column}"' for rule in rules)
    found = connected.execute(f"SELECT * FROM (SELECT place, {broken} FROM part) WHERE {any_broken} ORDER BY place").fetchall()
    connected.unregister("part")
    flags: list[list[str]] = [row or [] for row in part["flags"].to_pylist()]
    stays = [True] * len(part)
    stopped: list[Stopped] = []
    for place, *verdicts in found:
        marks: list[str] = []
        for rule in (rule for rule, breaks in zip(rules, verdicts, strict=True) if breaks):
            if rule.action == "quarantine":
                out = _stopped(table, rule, part.slice(place, 1).to_pylist()[0])
                if out.entry not in excused:
                    stays[place] = False
                    stopped.append(out)
                    break
            marks.append(rule.mark)
        flags[place] = list(dict.fromkeys([*flags[place], *marks]))
    column = part.schema.get_field_index("flags")
    flagged = part.set_column(column, part.schema.field(column), pa.array(flags, part.schema.field(column).type))
    return flagged.filter(pa.array(stays)), stopped


def _stopped(table: Table, rule: Rule, row: Mapping[str, Any]) -> Stopped:
    said = {name: value for name, value in row.items() if value not in (None, [])}
    content = msgspec.json.encode({name: value for name, value in said.items() if name != "document_id"})
    return Stopped(
        entry=hashlib.sha256(f"{table.name}.{rule.name}\n".encode() + content).hexdigest()[:12],
        table_name=table.name,
        check_name=rule.name,
        why=rule.why,
        row_id=row[table.primary_key[0]],
        document_id=row["document_id"],
        field=row["field"],
        start_char=row["start_char"],
        end_char=row["end_char"],
        row_json=msgspec.json.encode(said).decode(),
    )


def _replace(file: Path, rows: pa.Table) -> None:
    temporary = file.with_name(f".{file.name}.partial")
    write_parquet(rows, temporary)
    temporary.replace(file)
