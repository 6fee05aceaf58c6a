"""Damage done to a good build: each kind is caught, by the check that is meant for it, before anything is published.

The build is that of the samples in `raw/` and of enough small records for shares to mean something. A damage changes built tables as a
defect of ours, a disk or a careless hand would; what the sources themselves get wrong is the business of the tests of rules.
"""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from expectations import RULES
from pipelines import checking
from pipelines.build_folder import table_files
from pipelines.engine.executor import Inline
from pipelines.engine.extract_stage import write_parquet
from pipelines.quality import reconciliation
from pipelines.quality.gx import run_suite
from pipelines.quality.relations import RELATIONS, run_relations
from pipelines.quality.results import CheckResult
from pipelines.quality.scan import rows_of
from pipelines.quality.shape import CHECK_NAME, check_shape
from pipelines.reconciling import reconcile
from pipelines.schema.arrow import arrow_schema
from pipelines.schema.tables import TABLES
from pipelines.settings import PROJECT, Settings
from tests import refreshing

Damage = Callable[[Settings], None]


@dataclass(frozen=True)
class Case:
    """A damage, the tables that it touches, and the check that catches it; `warns` where that check alone would not stop publication."""

    damage: Damage
    caught_by: str
    warns: bool = False


def changed(table: str, *changes: str, where: str = "TRUE") -> Damage:
    """Gives columns other values (`expression AS column`) in the rows `where`."""

    def damage(settings: Settings) -> None:
        parts = [change.rpartition(" AS ") for change in changes]
        of_row = [f"CASE WHEN {where} THEN ({value}) ELSE {column} END AS {column}" for value, _, column in parts]
        _rewrite(settings, table, f"SELECT * REPLACE ({', '.join(of_row)}) FROM {{rows}}")

    return damage


def only(table: str, where: str) -> Damage:
    """Keeps the rows `where` alone."""
    return lambda settings: _rewrite(settings, table, f"SELECT * FROM {{rows}} WHERE {where}")


def more(table: str, *changes: str) -> Damage:
    """Adds every row once more, with other values in some columns."""
    again = f"* REPLACE ({', '.join(changes)})" if changes else "*"
    return lambda settings: _rewrite(settings, table, f"SELECT * FROM {{rows}} UNION ALL SELECT {again} FROM {{rows}}")


def from_next(table: str, *columns: str, among: str = "TRUE") -> Damage:
    """Moves the values of columns one row on, as a list that is off by one does."""
    key = TABLES[table].primary_key[0]
    moved = ", ".join(
        f"CASE WHEN {among} THEN coalesce(lag({name}) OVER (PARTITION BY {among} ORDER BY {key}), {name}) ELSE {name} END AS {name}"
        for name in columns
    )
    return lambda settings: _rewrite(settings, table, f"SELECT * REPLACE ({moved}) FROM {{rows}}")


def reshaped(table: str, change: Callable[[pa.Table], pa.Table]) -> Damage:
    """Changes what columns there are."""

    def damage(settings: Settings) -> None:
        rows = pa.concat_tables(pq.read_table(file) for file in table_files(settings, table))
        _put(settings, table, change(rows))

    return damage


def _rewrite(settings: Settings, table: str, query: str) -> None:
    with duckdb.connect() as connection:
        rows = connection.sql(query.format(rows=rows_of(table_files(settings, table)))).to_arrow_table()
    _put(settings, table, rows.cast(arrow_schema(TABLES[table])))


def _put(settings: Settings, table: str, rows: pa.Table) -> None:
    for file in table_files(settings, table):
        file.unlink()
    write_parquet(rows, settings.build_parquet / table / "part-00000.parquet")


def _enrollment_as_float(rows: pa.Table) -> pa.Table:
    return rows.set_column(rows.schema.get_field_index("enrollment"), "enrollment", rows["enrollment"].cast(pa.float64()))


CASES: dict[str, Case] = {
    # numbers
    "bounds of intervals swapped": Case(
        changed("endpoint_results", "ci_high AS ci_low", "ci_low AS ci_high", where="ci_low < ci_high"), "endpoint_results.ci_in_order"
    ),
    "a decimal point lost": Case(
        changed("endpoint_results", "value * 10 AS value", where="ci_high > 0"), "endpoint_results.value_within_ci"
    ),
    "values one row on": Case(
        from_next("endpoint_results", "value", among="method = 'text' AND value IS NOT NULL"), "endpoint_results.value_is_in_its_words"
    ),
    "p values as percentages": Case(changed("endpoint_results", "p_value * 100 AS p_value"), "endpoint_results.shape"),
    "operators of p values lost": Case(changed("endpoint_results", "NULL AS p_operator"), "endpoint_results.p_value_has_operator"),
    "a result that is no number": Case(
        changed("endpoint_results", "'nan'::DOUBLE AS value", where="value IS NOT NULL"), "endpoint_results.shape"
    ),
    "not reached, with a value": Case(changed("endpoint_results", "TRUE AS is_not_reached"), "endpoint_results.not_reached_has_no_value"),
    "percentages ten times too high": Case(changed("safety", "percent * 10 AS percent"), "safety.percent_within_100"),
    "shares instead of percentages": Case(
        changed("safety", "percent_computed / 100 AS percent_computed"), "safety.percent_computed_is_the_ratio"
    ),
    "affected and at risk swapped": Case(
        changed("safety", "n_at_risk AS n_affected", "n_affected AS n_at_risk", where="n_affected > 0"), "safety.affected_within_at_risk"
    ),
    "grades upside down": Case(
        changed("safety", "5 AS grade_min", "1 AS grade_max", where="grade_min IS NOT NULL"), "safety.grades_in_order"
    ),
    "a grade that does not exist": Case(changed("safety", "grade_max + 4 AS grade_max", where="grade_max IS NOT NULL"), "safety.shape"),
    "absent events counted": Case(changed("safety", "3 AS n_affected", where="is_absent"), "safety.absent_affects_nobody"),
    # units, schedules, times
    "milligrams become grams": Case(changed("regimens", "'g' AS dose_unit", where="dose_unit = 'mg'"), "regimens.dose_fits_drug"),
    "doses of the neighbouring row": Case(
        from_next("regimens", "dose_low", "dose_high", among="method = 'text' AND dose_high IS NOT NULL"), "regimens.dose_is_in_its_words"
    ),
    "low and high dose swapped": Case(
        changed("regimens", "dose_high + 1 AS dose_low", where="dose_high IS NOT NULL"), "regimens.dose_in_order"
    ),
    "another frequency": Case(
        changed("regimens", "'QD' AS frequency", where="interval_days > 1"), "regimens.interval_agrees_with_frequency"
    ),
    "days beyond the cycle": Case(
        changed("regimens", "[40] AS cycle_days", where="cycle_length_days < 40"), "regimens.cycle_days_within_cycle"
    ),
    "months become weeks": Case(
        changed("endpoint_results", "'wk' AS unit", where="unit = 'mo'"), "endpoint_results.time_unit_is_the_words"
    ),
    "days of time frames as months": Case(
        changed("endpoints", "time_frame_days / 30 AS time_frame_days"), "endpoints.duration_is_the_days"
    ),
    # whose it is
    "arms mixed up": Case(from_next("safety", "arm_id", among="arm_id IS NOT NULL"), "safety.arm_is_the_group"),
    "arms of another trial": Case(
        changed("endpoint_results", "'NCT91000001/arm-1' AS arm_id", where="arm_id IS NOT NULL"), "endpoint_results.arm_of_same_trial"
    ),
    "arms lost": Case(only("arms", "ordinal > 1"), "regimens.foreign_key_arm_id"),
    "rows of another trial": Case(from_next("regimens", "trial_id"), "regimens.document_of_same_trial"),
    "keys of trials cut": Case(changed("trials", "left(trial_id, 10) || '0' AS trial_id"), "trials.trial_id_is_nct_id"),
    # words
    "offsets of evidence by one": Case(
        changed("evidence", "start_char + 1 AS start_char", "end_char + 1 AS end_char"), "endpoint_results.value_is_in_its_words"
    ),
    "offsets of rows by one": Case(
        changed("safety", "start_char + 1 AS start_char", "end_char + 1 AS end_char"), "safety.place_is_in_evidence"
    ),
    "offsets beyond the text": Case(
        changed("regimens", "end_char + 100000 AS end_char", where="end_char IS NOT NULL"), "regimens.evidence_within_text"
    ),
    "texts repaired in place": Case(
        changed("document_texts", "regexp_replace(text, '[0-9]', '', 'g') AS text"), "regimens.dose_is_in_its_words"
    ),
    "texts lost": Case(only("document_texts", "field <> 'text'"), "endpoint_results.evidence_has_text"),
    "evidence of no row": Case(changed("evidence", "row_id || '?' AS row_id"), "evidence.evidence_of_a_row"),
    # rows and columns
    "a batch dropped": Case(only("safety", "hash(safety_id) % 3 > 0"), "safety.rows_are_those_made"),
    "a batch doubled": Case(more("endpoints"), "endpoints.shape"),
    "a batch doubled under other keys": Case(more("endpoints", "endpoint_id || 'b' AS endpoint_id"), "endpoints.rows_are_those_made"),
    "a column emptied": Case(changed("trials", "NULL AS overall_status", "NULL AS overall_status_raw"), "table_set.coverage_steady"),
    "titles lost": Case(changed("trials", "NULL AS brief_title"), "table_set.coverage_above_floor", warns=True),
    "a code for everything": Case(changed("trials", "'PHASE4' AS phase", where="phase IS NOT NULL"), "table_set.shares_steady", warns=True),
    "a code that does not exist": Case(changed("regimens", "'i.v.' AS route", where="route = 'intravenous'"), "regimens.shape"),
    "a column lost": Case(reshaped("arms", lambda rows: rows.drop_columns(["label"])), "arms.shape"),
    "a column of another type": Case(
        reshaped(
            "trials",
            lambda rows: rows.set_column(rows.schema.get_field_index("enrollment"), "enrollment", rows["enrollment"].cast(pa.float64())),
        ),
        "trials.shape",
    ),
    "words in place of codes": Case(
        changed("endpoints", "lower(concept) AS concept", where="concept IS NOT NULL"), "endpoints.concept_is_a_code"
    ),
    # against the raw files
    "acronyms lost": Case(changed("trials", "NULL AS acronym"), "trials.reconciles_ctgov_json"),
    "one more participant": Case(changed("trials", "enrollment + 1 AS enrollment"), "trials.reconciles_ctgov_json"),
    "dates a day early": Case(changed("trials", "start_date - 1 AS start_date"), "trials.reconciles_ctgov_xml"),
    "counts of the neighbouring group": Case(
        from_next("safety", "n_affected", "n_at_risk", among="method = 'structured'"), "trials.reconciles_ctgov_json"
    ),
    "labels of arms in lower case": Case(changed("arms", "lower(label) AS label"), "trials.reconciles_ctgov_json"),
    # documents
    "primary endpoints lost": Case(only("endpoints", "role <> 'PRIMARY' OR hash(trial_id) % 2 = 0"), "endpoints.rows_are_those_made"),
    "dropped documents that feed rows": Case(
        changed("documents", "'superseded' AS status", where="status = 'kept'"), "regimens.document_is_kept"
    ),
    "duplicates of nothing": Case(
        changed("documents", "NULL AS duplicate_of", where="status = 'duplicate'"), "documents.duplicate_ends_in_kept"
    ),
    "quarantine emptied": Case(only("quarantine", "FALSE"), "raw_files.quarantined_file_has_reason"),
    "records lost": Case(only("documents", "record_index < 100"), "raw_files.records_are_documents"),
    "trials lost": Case(only("trials", "hash(trial_id) % 4 > 0"), "documents.kept_record_has_trial"),
}


def result_of(settings: Settings, key: str) -> CheckResult:
    """What one check, named `<table>.<check>`, says of the build."""
    table, name = key.split(".")
    if name == CHECK_NAME:
        return check_shape(TABLES[table], table_files(settings, table))
    if rules := [rule for rule in RULES.get(table, ()) if rule.name == name]:
        (result,) = run_suite(TABLES[table], rules, table_files(settings, table))
        return result
    if key in RELATIONS:
        found = run_relations(settings.build_parquet, tables={table})
    elif (table, name) in {(check.table_name, check.name) for check in reconciliation.CHECKS}:
        found = reconcile(settings, Inline())
    else:
        found = [*checking.check_accounts(settings), *checking.check_drift(settings)]
    (result,) = (result for result in found if (result.table_name, result.check_name) == (table, name))
    return result


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A build that was published: all that blocks has passed."""
    folder = tmp_path_factory.mktemp("good")
    shutil.copytree(PROJECT / "raw", folder / "raw")
    studies = [refreshing.study(number) for number in range(240)]
    refreshing.fill(folder / "raw", {"many.json": json.dumps(studies).encode()})
    settings = Settings(folder / "raw", folder / "warehouse")
    refreshing.refresh(settings)
    return settings


def test_there_are_many_kinds_of_damage() -> None:
    assert len(CASES) >= 30


@pytest.mark.parametrize("name", CASES)
def test_damage_is_caught_before_publication(name: str, good: Settings, tmp_path: Path) -> None:
    """Of the good build the check has nothing to say that would stop it, of the damaged one it has."""
    case = CASES[name]
    before = result_of(good, case.caught_by)
    assert (before.blocks, before.error) == (False, None)
    shutil.copytree(good.build, tmp_path / "build", copy_function=os.link)
    shutil.copytree(good.history, tmp_path / "history")
    shutil.copytree(good.state / "census", tmp_path / "state" / "census")
    damaged = Settings(good.raw, tmp_path)
    case.damage(damaged)
    found = result_of(damaged, case.caught_by)
    assert found.error is None
    assert found.unexpected_count > before.unexpected_count
    assert found.blocks is not case.warns
    assert found.findings or found.examples
