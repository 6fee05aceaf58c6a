"""Columns that are never nearly empty, whatever the refreshes before had: floors of coverage for the formats that state them.

Beside what they were (`pipelines.quality.drift`) columns are held against these from the first refresh on. They warn: a folder of chosen
records may be unlike the registers.
"""

from collections.abc import Sequence

from pipelines.quality import measures
from pipelines.quality.drift import ALL_TABLES
from pipelines.quality.measures import Measure
from pipelines.quality.results import CheckResult

NAME = "coverage_above_floor"
DESCRIPTION = "Columns that the registers' records nearly always fill are filled, in each format of which there are many rows."
LEAST_ROWS = 100

_RECORDS = ("ctgov_json", "ctgov_xml", "ctgov_csv", "aact", "ictrp")
_POSTED = ("ctgov_json", "ctgov_xml")

FLOORS: dict[tuple[str, str], tuple[tuple[str, ...], float]] = {
    ("trials", "brief_title"): (_RECORDS, 0.9),
    ("trials", "overall_status"): (("ctgov_json", "ctgov_xml", "ctgov_csv", "aact"), 0.9),
    ("trials", "study_type"): (_RECORDS, 0.8),
    ("trials", "lead_sponsor"): (("ctgov_json", "ctgov_xml", "aact"), 0.9),
    ("trials", "enrollment"): (_POSTED, 0.6),
    ("trials", "start_date"): (_POSTED, 0.7),
    ("arms", "label"): (_RECORDS, 0.9),
    ("regimens", "drug_name"): (_RECORDS, 0.6),
    ("regimens", "dose_low"): (_POSTED, 0.1),
    ("endpoints", "measure"): (_RECORDS, 0.9),
    ("endpoints", "time_frame_days"): (_POSTED, 0.5),
    ("endpoints", "concept"): (_POSTED, 0.1),
    ("endpoint_results", "value"): (_POSTED, 0.7),
    ("endpoint_results", "statistic"): (_POSTED, 0.7),
    ("safety", "n_affected"): (_POSTED, 0.7),
    ("safety", "n_at_risk"): (_POSTED, 0.7),
    ("safety", "term"): (_POSTED, 0.4),
}
"""(table, column) → formats, and the least share of rows in which the column says something; well below what the formats usually have."""


def check_floors(now: Sequence[Measure]) -> CheckResult:
    """Coverage of every column with a floor, of formats with at least `LEAST_ROWS` rows."""
    compared = 0
    found: list[tuple[float, str]] = []
    for one in now:
        formats, floor = FLOORS.get((one.table_name, one.item), ((), 0.0))
        if one.measure != measures.COVERAGE or one.source_format not in formats or one.n < LEAST_ROWS:
            continue
        compared += 1
        if one.value < floor:
            where = f"`{one.table_name}.{one.item}` of {one.source_format}"
            found.append((one.value, f"{where}: filled in {one.value:.1%} of {one.n:,} rows, at least {floor:.0%} expected"))
    found.sort()
    return CheckResult(
        table_name=ALL_TABLES,
        check_name=NAME,
        severity="warning",
        description=DESCRIPTION,
        passed=not found,
        unexpected_count=len(found),
        element_count=compared,
        findings=[words for _, words in found],
    )
