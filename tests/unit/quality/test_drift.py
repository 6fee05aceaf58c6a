"""Numbers of a refresh against those of the last ones: what rings, what blocks, what is no difference."""

from typing import Any

import pytest

from pipelines.quality import drift, measures
from pipelines.quality.drift import TOLERANCES, baseline, compare
from pipelines.quality.floors import FLOORS, check_floors
from pipelines.quality.measures import Measure, measure_tables
from pipelines.schema.tables import TABLES

BY_NAME = {tolerance.check_name: tolerance for tolerance in TOLERANCES}


def rows(count: int, table: str = "safety") -> Measure:
    return Measure(table, measures.ROWS, "", measures.ALL, float(count), count)


def share(measure: str, value: float, n: int = 1000, item: str = "phase", source_format: str = "all") -> Measure:
    return Measure("trials", measure, item, source_format, value, n)


def before(*refreshes: list[Measure]) -> dict[drift.Key, tuple[float, int]]:
    return baseline([(f"2026010{n}", one) for n, found in enumerate(refreshes) for one in found])


CASES: list[tuple[str, Measure, Measure, str]] = [
    ("rows_steady", rows(1000), rows(950), "passes"),
    ("rows_steady", rows(1000), rows(880), "warns"),
    ("rows_steady", rows(1000), rows(1600), "warns"),
    ("rows_steady", rows(1000), rows(400), "blocks"),
    ("rows_steady", rows(1000), rows(0), "blocks"),
    ("rows_steady", rows(150), rows(10), "passes"),
    ("coverage_steady", share("coverage", 0.8), share("coverage", 0.78), "passes"),
    ("coverage_steady", share("coverage", 0.8), share("coverage", 0.7), "warns"),
    ("coverage_steady", share("coverage", 0.8), share("coverage", 1.0), "passes"),
    ("coverage_steady", share("coverage", 0.8), share("coverage", 0.0), "blocks"),
    ("coverage_steady", share("coverage", 0.1), share("coverage", 0.0), "warns"),
    ("coverage_steady", share("coverage", 0.8, n=20), share("coverage", 0.0), "passes"),
    ("coverage_steady", share("coverage", 0.8), share("coverage", 0.0, n=12), "passes"),
    ("shares_steady", share("share", 0.4, item="phase=PHASE2"), share("share", 0.55, item="phase=PHASE2"), "warns"),
    ("shares_steady", share("share", 0.4, item="phase=PHASE2"), share("share", 0.1, item="phase=PHASE2"), "warns"),
    ("shares_steady", share("share", 0.4, item="phase=PHASE2"), share("share", 0.35, item="phase=PHASE2"), "passes"),
    ("quarantine_steady", share("quarantined", 0.01), share("quarantined", 0.02), "passes"),
    ("quarantine_steady", share("quarantined", 0.01), share("quarantined", 0.05), "warns"),
    ("quarantine_steady", share("quarantined", 0.01), share("quarantined", 0.31), "blocks"),
    ("quarantine_steady", share("quarantined", 0.3), share("quarantined", 0.01), "passes"),
    ("parsing_steady", share("unparsed", 0.1), share("unparsed", 0.12), "passes"),
    ("parsing_steady", share("unparsed", 0.1), share("unparsed", 0.2), "warns"),
    ("parsing_steady", share("unparsed", 0.1), share("unparsed", 0.4), "blocks"),
]


@pytest.mark.parametrize(("check", "was", "now", "outcome"), CASES)
def test_each_kind_of_number_has_its_tolerance(check: str, was: Measure, now: Measure, outcome: str) -> None:
    result = compare(BY_NAME[check], [now], before([was]))
    assert (result.passed, result.blocks) == {"passes": (True, False), "warns": (False, False), "blocks": (False, True)}[outcome]
    assert len(result.findings) == (not result.passed)


def test_every_kind_of_number_can_warn_and_pass() -> None:
    seen = {(check, outcome) for check, _, _, outcome in CASES}
    assert {(name, outcome) for name in BY_NAME for outcome in ("warns", "passes")} <= seen


def test_what_a_person_accepts_warns_and_is_the_new_measure() -> None:
    """The refreshes before count no longer, or each night would ring again."""
    shrunk = [rows(300)]
    assert not compare(BY_NAME["rows_steady"], shrunk, before([rows(1000)]), accepted=True).blocks
    accepted = Measure(drift.ALL_TABLES, measures.ACCEPTED, "", measures.ALL, 1.0, 1)
    assert compare(BY_NAME["rows_steady"], shrunk, before([rows(1000)], [rows(1000)], [*shrunk, accepted])).passed


def test_one_odd_refresh_does_not_move_what_is_expected() -> None:
    """The median of the last refreshes is the measure; older ones are forgotten."""
    history = before(*([rows(count)] for count in (9000, 1000, 1010, 20, 990, 1000)))
    assert compare(BY_NAME["rows_steady"], [rows(1005)], history).passed
    assert history["safety", "rows", "", "all"][0] == 1000


def test_the_first_refresh_has_nothing_to_be_held_against() -> None:
    for tolerance in TOLERANCES:
        assert compare(tolerance, [rows(10), share("coverage", 0.0)], {}).passed


def test_a_code_that_is_gone_is_seen_and_a_format_that_left_the_folder_is_not() -> None:
    """No row of a format is the business of the rows; a code of which no row is left has a share of nothing."""
    was = before([rows(500, "trials"), share("share", 0.4, item="phase=PHASE2"), share("coverage", 0.9, source_format="isrctn")])
    now = [rows(500, "trials"), share("coverage", 0.9, source_format="ctis")]
    assert compare(BY_NAME["shares_steady"], now, was).findings == ["`trials.phase=PHASE2`: 0.0%, 40.0% before"]
    assert compare(BY_NAME["coverage_steady"], now, was).element_count == 0


def test_the_worst_comes_first_and_long_lists_end() -> None:
    was = before([share("coverage", 0.9, item=f"c{n:02}") for n in range(40)])
    now = [share("coverage", 0.9 - n / 100 if n != 7 else 0.0, item=f"c{n:02}") for n in range(40)]
    findings = compare(BY_NAME["coverage_steady"], now, was).findings
    assert findings[0].startswith("`trials.c07`: 0.0%")
    assert findings[1].startswith("`trials.c39`")
    assert findings[-1] == "and 10 more"


@pytest.mark.parametrize(
    ("value", "n", "source_format", "passes"),
    [
        (0.98, 500, "ctgov_json", True),
        (0.5, 500, "ctgov_json", False),
        (0.0, 500, "ctgov_json", False),
        (0.0, 60, "ctgov_json", True),
        (0.0, 500, "article", True),
    ],
)
def test_columns_have_floors_from_the_first_refresh_on(value: float, n: int, source_format: str, passes: bool) -> None:
    result = check_floors([share("coverage", value, n=n, item="brief_title", source_format=source_format)])
    assert (result.passed, result.blocks, len(result.findings)) == (passes, False, not passes)


def test_floors_are_of_declared_columns() -> None:
    assert all(column in TABLES[table].by_name and not TABLES[table].by_name[column].required for table, column in FLOORS)


def test_numbers_are_counted_by_format_and_value(write_table: Any, tmp_path: Any) -> None:
    """An empty list says nothing, and a row without a known source counts under `all`."""
    for name, table in TABLES.items():
        if not table.history:
            write_table(name, [])
    documents = [("d1", "ctis"), ("d2", "isrctn")]
    write_table("documents", [{"document_id": d, "source_format": f, "status": "kept", "record_index": 0} for d, f in documents])
    write_table("trial_documents", [{"trial_id": "T1", "document_id": "d1"}])
    write_table("trials", [{"trial_id": "T1", "phase": "PHASE2", "countries": []}, {"trial_id": "T2", "countries": ["Chile"]}])
    write_table(
        "regimens",
        [
            {"regimen_id": "r1", "document_id": "d1", "drug_name": "cisplatin", "dose_low": 75.0, "cycle_days": [1]},
            {"regimen_id": "r2", "document_id": "d1", "drug_name": "etoposide", "cycle_days": []},
            {"regimen_id": "r3", "document_id": "d2", "dose_low": 2.0},
        ],
    )
    names = [name for name, table in TABLES.items() if not table.history]
    found = {one.key: (one.value, one.n) for one in measure_tables(tmp_path, names)}
    assert found["regimens", "rows", "", "all"] == (3, 3)
    assert found["regimens", "coverage", "dose_low", "ctis"] == (0.5, 2)
    assert found["regimens", "coverage", "cycle_days", "ctis"] == (0.5, 2)
    assert found["regimens", "coverage", "dose_low", "isrctn"] == (1, 1)
    assert found["trials", "coverage", "countries", "ctis"] == (0, 1)
    assert found["trials", "coverage", "countries", "all"] == (1, 1)
    assert found["trials", "share", "phase=PHASE2", "all"] == (1, 1)
    assert found["regimens", "unparsed", "dose_low", "all"] == (0.5, 2)
    assert found["quarantine", "quarantined", "records", "all"] == (0, 2)
