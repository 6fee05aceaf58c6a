"""The checks that need all tables of a build: each runs one kind of them, and keeps the results until they are published.

What they check is in `pipelines.quality`; checks of one table alone are run where the table is made.
"""

import duckdb
import msgspec

from pipelines import history
from pipelines.build import BUILT_TABLES
from pipelines.build_folder import MissingStepError, read, rows_made, table_files, write
from pipelines.quality import accounts, drift, floors, measures, store
from pipelines.quality.measures import Measure
from pipelines.quality.relations import run_relations
from pipelines.quality.results import CheckResult, message
from pipelines.settings import Settings

OF_REFRESH = tuple(name for name in BUILT_TABLES if name not in history.HISTORY_TABLES)
"""Tables that a refresh makes whole: those of history only grow."""


MEASURES, ACCURACY_MEASURES = "measures", "accuracy_measures"
"""Parts of the build that hold the numbers of tables, and those of accuracy (`pipelines.accuracy_over_time`)."""


class Measured(msgspec.Struct):
    """Numbers of a build."""

    measures: list[Measure]


def check_relations(settings: Settings) -> list[CheckResult]:
    """Checks across tables."""
    results = run_relations(settings.build_parquet, tables=BUILT_TABLES)
    store.keep(settings, store.RELATIONS, results)
    return results


def check_accounts(settings: Settings) -> list[CheckResult]:
    """Rows of each table against those that were made for it."""
    made = rows_made(settings)
    results = [accounts.check_rows(name, table_files(settings, name), made) for name in OF_REFRESH]
    store.keep(settings, store.ACCOUNTS, results)
    return results


def check_drift(settings: Settings, *, accepted: bool = False) -> list[CheckResult]:
    """Numbers of all tables against those of the last refreshes; keeps them for publication.

    `accepted`: a person knows why they differ; the next refreshes are held against this one.
    """
    try:
        found = measures.measure_tables(settings.build_parquet, OF_REFRESH)
    except duckdb.Error as error:
        told = [*((one.check_name, one.why) for one in drift.TOLERANCES), (floors.NAME, floors.DESCRIPTION)]
        results = [drift.not_compared(name, why, message(error)) for name, why in told]
        store.keep(settings, store.DRIFT, results)
        return results
    before = drift.baseline(known_measures(settings))
    results = [drift.compare(tolerance, found, before, accepted=accepted) for tolerance in drift.TOLERANCES]
    results.append(floors.check_floors(found))
    if accepted:
        found.append(Measure(drift.ALL_TABLES, measures.ACCEPTED, "", measures.ALL, 1.0, 1))
    write(settings, MEASURES, Measured(found))
    store.keep(settings, store.DRIFT, results)
    return results


def known_measures(settings: Settings) -> list[tuple[str, Measure]]:
    """(refresh, measure) of the refreshes that count: history grows, what is compared does not."""
    rows = history.table(settings, "quality_measures", last=drift.REFRESHES).to_pylist()
    return [(row.pop("refresh_id"), msgspec.convert(row, Measure)) for row in rows]


def measured(settings: Settings) -> list[Measure]:
    """All numbers of the build, accuracy included."""
    found: list[Measure] = []
    for name in (MEASURES, ACCURACY_MEASURES):
        try:
            found += read(settings, name, Measured).measures
        except MissingStepError:
            continue
    return found
