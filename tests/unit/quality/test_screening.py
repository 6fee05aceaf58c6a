"""Rows that break a rule leave their table or get a flag; the others stay as and where they are."""

import json
import os
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipelines.quality.rules import condition, in_order
from pipelines.quality.screening import forget_references, forget_rows, screen
from pipelines.schema.tables import TABLES

STOPS = in_order("grades_in_order", "quarantine", "Why.", low="grade_min", high="grade_max")
FLAGS = in_order("affected_within_at_risk", "flag", "Why.", low="n_affected", high="n_at_risk", flag="count_above_total")
SHOWS = condition("named", "warn", "Why.", columns=("term_raw",), holds="term_raw IS NOT NULL")
SAFETY = TABLES["safety"]
ROWS: list[dict[str, Any]] = [
    {"safety_id": "sound", "n_affected": 1, "n_at_risk": 3},
    {"safety_id": "source", "n_affected": 4, "n_at_risk": 3, "flags": ["percent_disagrees"]},
    {"safety_id": "ours", "grade_min": 4, "grade_max": 2, "document_id": "d1", "field": "text", "start_char": 7, "end_char": 19},
    {"safety_id": "both", "n_affected": 4, "n_at_risk": 3, "grade_min": 4, "grade_max": 2},
    {"safety_id": "last", "term_raw": "Nausea"},
]


def rows_of(files: list[Path]) -> dict[str, list[str]]:
    """Flags by row, in the order of the file."""
    found = [row for file in files for row in pq.read_table(file).to_pylist()]
    return {row["safety_id"]: row["flags"] for row in found}


def test_rows_leave_or_are_flagged_as_their_rule_says(write_table: Any) -> None:
    """What is left stands in its order, with the flags that it had."""
    files = write_table("safety", ROWS)
    stopped = screen(SAFETY, [STOPS, FLAGS, SHOWS], files)
    assert [(row.row_id, row.check_name, row.why) for row in stopped] == [(name, "grades_in_order", "Why.") for name in ("ours", "both")]
    assert rows_of(files) == {"sound": [], "source": ["percent_disagrees", "count_above_total"], "last": []}
    assert (stopped[0].document_id, stopped[0].field, stopped[0].start_char, stopped[0].end_char) == ("d1", "text", 7, 19)
    assert json.loads(stopped[0].row_json)["grade_min"] == 4


def test_a_flag_is_given_once(write_table: Any) -> None:
    """A table that was screened is not changed by screening it again."""
    files = write_table("safety", ROWS)
    screen(SAFETY, [STOPS, FLAGS], files)
    before = files[0].read_bytes()
    assert screen(SAFETY, [STOPS, FLAGS], files) == []
    assert rows_of(files)["source"] == ["percent_disagrees", "count_above_total"]
    assert pq.read_table(files[0]).num_rows == 3
    assert len(before) == len(files[0].read_bytes())


def test_what_a_person_wants_published_stays_with_a_flag(write_table: Any) -> None:
    """The decision is about this row and this rule; the other row stays outside."""
    (ours, both) = screen(SAFETY, [STOPS, FLAGS], write_table("safety", ROWS))
    assert ours.entry != both.entry
    files = write_table("safety", ROWS)
    assert screen(SAFETY, [STOPS, FLAGS], files, excused={both.entry}) == [ours]
    assert rows_of(files)["both"] == ["breaks_grades_in_order", "count_above_total"]


def test_an_entry_is_named_by_what_the_row_says_not_by_where_it_lies(write_table: Any) -> None:
    """A file that was renamed gives the same entry, a value that was corrected another."""
    entries = [
        screen(SAFETY, [STOPS], write_table("safety", [{**ROWS[2], **change}]))[0].entry
        for change in ({}, {"document_id": "d2"}, {"grade_min": 3})
    ]
    assert entries[0] == entries[1] != entries[2]


def test_files_of_earlier_stages_are_left_alone(write_table: Any, tmp_path: Path) -> None:
    """A built part may be a link to a file that the next refresh uses again."""
    (file,) = write_table("safety", ROWS)
    os.link(file, tmp_path / "kept.parquet")
    before = (tmp_path / "kept.parquet").read_bytes()
    screen(SAFETY, [STOPS, FLAGS], [file])
    assert (tmp_path / "kept.parquet").read_bytes() == before
    assert pq.read_schema(file).equals(pq.read_schema(tmp_path / "kept.parquet"))


def test_parts_without_a_broken_row_are_not_written(write_table: Any) -> None:
    """Sound tables cost one look."""
    (file,) = write_table("safety", [ROWS[0], ROWS[4]])
    before = file.stat().st_ino
    assert screen(SAFETY, [STOPS, FLAGS], [file]) == []
    assert file.stat().st_ino == before


def test_a_rule_that_cannot_be_evaluated_stops_nothing(write_table: Any) -> None:
    """It is an error of its check; the rules beside it screen."""
    broken = condition("odd", "quarantine", "Why.", columns=("percent",), holds="no_such_column > 1")
    assert [row.row_id for row in screen(SAFETY, [broken, STOPS], write_table("safety", ROWS))] == ["ours", "both"]


def test_what_pointed_at_a_stopped_row_does_so_no_longer(write_table: Any) -> None:
    """Evidence of the row goes; a row of another table of the same id keeps its own, and a result loses its endpoint alone."""
    pairs = [("safety", "a"), ("safety", "b"), ("endpoints", "a")]
    files = write_table("evidence", [{"table_name": table, "row_id": row, "ordinal": 1} for table, row in pairs])
    forget_rows(TABLES["evidence"], files, of="safety", ids={"a"})
    assert [(row["table_name"], row["row_id"]) for row in pq.read_table(files[0]).to_pylist()] == pairs[1:]
    files = write_table("endpoint_results", [{"result_id": "1", "endpoint_id": "a"}, {"result_id": "2", "endpoint_id": "b"}])
    forget_references(TABLES["endpoint_results"], files, column="endpoint_id", ids={"a"})
    assert pq.read_table(files[0])["endpoint_id"].to_pylist() == [None, "b"]
