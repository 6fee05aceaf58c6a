"""Has every table the rows that were made for it? A part that was lost, or laid out twice, between building and publishing is seen here.

Whether what was made is all that the raw files hold is the business of reconciliation.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.quality.results import CheckResult, message, n_rows_text

NAME = "rows_are_those_made"
DESCRIPTION = "The table has the rows that were made for it, less those that rules keep outside: no part was lost or doubled."


def check_rows(table_name: str, files: Sequence[Path], made: Mapping[str, int]) -> CheckResult:
    """The check named `rows_are_those_made`; `made` are the rows noted when the tables were written."""
    error, found = None, 0
    try:
        found = sum(pq.read_metadata(file).num_rows for file in files)
    except (OSError, pa.ArrowException) as raised:
        error = message(raised)
    if table_name not in made:
        error = error or "it was not noted how many rows were made"
    expected = made.get(table_name, 0)
    differs = error is None and found != expected
    return CheckResult(
        table_name=table_name,
        check_name=NAME,
        severity="error",
        description=DESCRIPTION,
        passed=error is None and not differs,
        unexpected_count=abs(found - expected) if differs else 0,
        element_count=found,
        findings=[f"{n_rows_text(found)}, but {expected:,} were made"] if differs else [],
        error=error,
    )
