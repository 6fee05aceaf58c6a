"""The preview of a table in the UI shows what a person can read."""

from pathlib import Path

from assets.preview import preview
from pipelines.engine.extract_stage import to_arrow, write_parquet
from pipelines.extract.subject import Row
from pipelines.schema.tables import TABLES


def shown(table: str, rows: list[Row], folder: Path) -> list[list[str]]:
    """Cells of the preview, without the line below the header."""
    write_parquet(to_arrow(rows, TABLES[table]), folder / "part-00000.parquet")
    lines = preview(TABLES[table], [folder / "part-00000.parquet"]).splitlines()
    return [[cell.strip() for cell in line[1:-1].split(" | ")] for line in (lines[0], *lines[2:])]


def trial(number: int, **values: object) -> Row:
    """A row of `trials` with what must be there."""
    return {"trial_id": f"NCT9300{number:04}", "registry": "ClinicalTrials.gov", "nct_id": f"NCT9300{number:04}", **values}


def test_columns_that_repeat_or_say_nothing_are_left_out(tmp_path: Path) -> None:
    """The NCT id stands there once, and an empty column not at all."""
    header, *rows = shown("trials", [trial(1, phase="PHASE2", phase_raw="PHASE2"), trial(2, phase="PHASE3", phase_raw="PHASE3")], tmp_path)
    assert header == ["trial_id", "registry", "phase"]
    assert rows == [["NCT93000001", "ClinicalTrials.gov", "PHASE2"], ["NCT93000002", "ClinicalTrials.gov", "PHASE3"]]


def test_the_words_of_the_source_are_shown_where_they_have_no_code(tmp_path: Path) -> None:
    """Otherwise a row would seem to say nothing."""
    header, *rows = shown("trials", [trial(1, phase="PHASE2", phase_raw="PHASE2"), trial(2, phase_raw="Phase 2/3b")], tmp_path)
    assert header[-2:] == ["phase", "phase_raw"]
    assert rows[1][-1] == "Phase 2/3b"


def test_at_most_two_long_texts_and_each_is_cut(tmp_path: Path) -> None:
    """So that the codes after them still have room."""
    long = {name: f"{name} " * 20 for name in ("brief_title", "official_title", "brief_summary", "detailed_description")}
    header, row = shown("trials", [trial(1, study_type="INTERVENTIONAL", **long)], tmp_path)
    assert header == ["trial_id", "registry", "brief_title", "official_title", "study_type"]
    assert row[2].endswith("…")
    assert max(map(len, row)) <= 48


def test_no_text_breaks_the_table(tmp_path: Path) -> None:
    """A bar, an angle bracket and a line break stay inside of their cell."""
    _, row = shown("trials", [trial(1, brief_title="A|B <b>\n of\x00 it\\")], tmp_path)
    assert row[-1] == r"A\|B &lt;b> of it" + "\\\\"


def test_only_the_first_rows_are_shown(tmp_path: Path) -> None:
    """Five, however many there are."""
    assert len(shown("trials", [trial(number) for number in range(20)], tmp_path)) == 1 + 5
