"""Every rule of `expectations/` lets through what keeps it and stops what breaks it, as Great Expectations sees it.

The one module of unit tests that imports great_expectations, which takes seconds.
"""

import datetime
import json
import os
from pathlib import Path
from typing import Any

import pytest

from expectations import RULES, listing
from pipelines.quality.gx import run_suite, write_data_docs
from pipelines.quality.relations import RELATIONS
from pipelines.quality.results import CheckResult
from pipelines.quality.rules import Rule, between, condition, in_order
from pipelines.quality.shape import CHECK_NAME
from pipelines.schema.tables import TABLES

Values = dict[str, Any]
_DAY = datetime.date

CASES: dict[str, list[tuple[Values, Values]]] = {
    "trials.nct_id_well_formed": [
        ({"nct_id": "NCT01234567"}, {"nct_id": "NCT0123456"}),
        ({"nct_id": None}, {"nct_id": "xNCT01234567"}),
    ],
    "trials.trial_id_is_nct_id": [({"trial_id": "kept", "nct_id": "kept"}, {"nct_id": "NCT01234567"})],
    "trials.trial_id_well_formed": [({"trial_id": "kept"}, {"trial_id": "a trial"})],
    "trials.registered_trial_has_title": [
        ({"brief_title": "A trial"}, {"brief_title": " "}),
        ({"registry": "none", "brief_title": None}, {"brief_title": None}),
    ],
    "trials.interventional_has_phase": [
        ({"study_type": "INTERVENTIONAL", "phase": "NA"}, {"study_type": "INTERVENTIONAL"}),
        ({"study_type": "OBSERVATIONAL"}, {"study_type": "INTERVENTIONAL", "phase_raw": "phase seven"}),
    ],
    "trials.single_arm_has_one_arm": [
        ({"is_single_arm": True, "n_arms": 1}, {"is_single_arm": True, "n_arms": 2}),
        ({"is_single_arm": True, "n_arms": 0}, {"is_single_arm": False, "n_arms": 1}),
    ],
    "trials.randomized_has_two_arms": [({"is_randomized": True, "n_arms": 2}, {"is_randomized": True, "n_arms": 1})],
    "trials.randomized_follows_allocation": [
        ({"is_randomized": True, "allocation": "RANDOMIZED"}, {"is_randomized": True, "allocation": "NA"}),
        ({"is_randomized": True, "allocation": None}, {"is_randomized": False, "allocation": "RANDOMIZED"}),
    ],
    "trials.open_label_follows_masking": [
        ({"is_open_label": True, "masking": "NONE"}, {"is_open_label": True, "masking": "DOUBLE"}),
    ],
    "trials.start_before_primary_completion": [
        (
            {
                "start_date": _DAY(2020, 3, 15),
                "primary_completion_date": _DAY(2020, 3, 1),
                "primary_completion_date_precision": "month",
            },
            {
                "start_date": _DAY(2020, 3, 15),
                "primary_completion_date": _DAY(2020, 3, 1),
                "primary_completion_date_precision": "day",
            },
        ),
        (
            {
                "start_date": _DAY(2020, 11, 2),
                "primary_completion_date": _DAY(2020, 1, 1),
                "primary_completion_date_precision": "year",
            },
            {
                "start_date": _DAY(2021, 1, 1),
                "primary_completion_date": _DAY(2020, 1, 1),
                "primary_completion_date_precision": "year",
            },
        ),
        (
            {
                "start_date": _DAY(2020, 2, 29),
                "primary_completion_date": _DAY(2020, 2, 1),
                "primary_completion_date_precision": "month",
            },
            {
                "start_date": _DAY(2020, 3, 1),
                "primary_completion_date": _DAY(2020, 2, 1),
                "primary_completion_date_precision": "month",
            },
        ),
    ],
    "trials.primary_completion_before_completion": [
        (
            {"primary_completion_date": _DAY(2020, 3, 1), "completion_date": _DAY(2020, 3, 1)},
            {"primary_completion_date": _DAY(2020, 3, 2), "completion_date": _DAY(2020, 3, 1)},
        ),
    ],
    "trials.dates_plausible": [
        ({"start_date": _DAY(1985, 1, 1)}, {"start_date": _DAY(1850, 1, 1)}),
        (
            {"completion_date": _DAY(2099, 12, 31)},
            {"start_date": _DAY(2020, 1, 1), "completion_date": _DAY(2109, 1, 1)},
        ),
    ],
    "trials.posted_before_updated": [
        (
            {"first_posted_date": _DAY(2020, 1, 1), "last_update_date": _DAY(2020, 1, 1)},
            {"first_posted_date": _DAY(2020, 1, 2), "last_update_date": _DAY(2020, 1, 1)},
        ),
        (
            {"first_posted_date": _DAY(2020, 1, 1)},
            {"first_posted_date": _DAY(2021, 1, 1), "last_update_date": _DAY(2020, 12, 31)},
        ),
    ],
    "trials.ages_in_order": [
        (
            {"minimum_age_years": 18.0, "maximum_age_years": 18.0},
            {"minimum_age_years": 65.0, "maximum_age_years": 18.0},
        ),
        ({"minimum_age_years": 18.0}, {"minimum_age_years": 1.0, "maximum_age_years": 0.5}),
    ],
    "trials.enrollment_plausible": [({"enrollment": 0}, {"enrollment": 99_999_999})],
    "trials.withdrawn_enrolled_nobody": [
        (
            {"overall_status": "WITHDRAWN", "enrollment": 0, "enrollment_type": "ACTUAL"},
            {"overall_status": "WITHDRAWN", "enrollment": 3, "enrollment_type": "ACTUAL"},
        ),
    ],
    "conditions.condition_named": [({"condition_raw": "asthma"}, {"condition_raw": ""})],
    "conditions.mesh_id_well_formed": [
        ({"mesh_id": "D001249"}, {"mesh_id": "asthma"}),
        ({"mesh_id": "C000657245"}, {"mesh_id": "D00124"}),
    ],
    "conditions.mesh_id_has_term": [({"mesh_id": "D001249", "condition": "asthma"}, {"mesh_id": "D001249"})],
    "conditions.condition_in_lower_case": [({"condition": "asthma"}, {"condition": "Asthma"})],
    "arms.arm_has_label": [({"label": "Arm A"}, {"label": None})],
    "arms.label_is_a_label": [({"label": "面" * 1000}, {"label": "x" * 1001})],
    "arms.participants_plausible": [({"n_participants": 12}, {"n_participants": 99_999_999})],
    "regimens.component_named": [
        ({"drug_name": "cisplatin"}, {"intervention_raw": " "}),
        ({"intervention_raw": "抗体"}, {}),
    ],
    "regimens.drug_name_in_lower_case": [({"drug_name": "s-1"}, {"drug_name": "Cisplatin"})],
    "regimens.dose_in_order": [({"dose_low": 5.0, "dose_high": 5.0}, {"dose_low": 10.0, "dose_high": 5.0})],
    "regimens.dose_has_both_ends": [({"dose_low": 5.0, "dose_high": 5.0}, {"dose_low": 5.0}), ({}, {"dose_high": 5.0})],
    "regimens.dose_has_unit": [({"dose_low": 5.0, "dose_unit": "mg"}, {"dose_low": 5.0})],
    "regimens.dose_unit_is_one_word": [
        ({"dose_unit": "mg/m2"}, {"dose_unit": "mg per day"}),
        ({"dose_unit": "[iU]/kg"}, {"dose_unit": ""}),
    ],
    "regimens.dose_plausible": [
        ({"dose_high": 240.0, "dose_unit": "g"}, {"dose_high": 2e6, "dose_unit": "mg"}),
        ({"dose_high": 5e12, "dose_unit": "{vp}"}, {"dose_high": 6000.0, "dose_unit": "Gy"}),
    ],
    "regimens.interval_agrees_with_frequency": [
        ({"frequency": "BID", "interval_days": 0.5}, {"frequency": "BID", "interval_days": 2.0}),
        ({"frequency": "PRN", "interval_days": 2.0}, {"frequency": "Q3W", "interval_days": 28.0}),
    ],
    "regimens.cycle_days_within_cycle": [
        ({"cycle_days": [1, 8, 15], "cycle_length_days": 21.0}, {"cycle_days": [1, 22], "cycle_length_days": 21.0}),
        ({"cycle_days": [], "cycle_length_days": 21.0}, {"cycle_days": [29], "cycle_length_days": 28.0}),
    ],
    "regimens.fully_specified_is_complete": [
        (
            {
                "is_fully_specified": True,
                "drug_name": "d",
                "dose_low": 1.0,
                "dose_unit": "mg",
                "route": "oral",
                "cycle_days": [1],
            },
            {"is_fully_specified": True, "drug_name": "d", "dose_low": 1.0, "dose_unit": "mg", "route": "oral"},
        ),
        (
            {"is_fully_specified": False},
            {"is_fully_specified": True, "drug_name": "d", "dose_low": 1.0, "dose_unit": "mg", "frequency": "QD"},
        ),
    ],
    "regimens.radiation_in_gray": [
        (
            {"drug_name": "radiotherapy", "route": "external_beam", "dose_low": 60.0, "dose_unit": "Gy"},
            {"drug_name": "radiotherapy", "route": "external_beam", "dose_low": 60.0, "dose_unit": "mg"},
        ),
    ],
    "regimens.fractions_are_of_radiation": [
        ({"n_fractions": 30, "drug_name": "radiotherapy"}, {"n_fractions": 30, "drug_name": "cisplatin"}),
        ({"n_fractions": 30, "intervention_type": "RADIATION"}, {"n_fractions": 30}),
    ],
    "regimens.placebo_is_no_treatment": [
        (
            {"drug_name": "placebo", "component_role": "placebo"},
            {"drug_name": "placebo", "component_role": "investigational"},
        ),
    ],
    "regimens.dose_fits_drug": [
        (
            {"drug_name": "vincristine", "dose_low": 1.4, "dose_high": 1.4, "dose_unit": "mg/m2"},
            {"drug_name": "vincristine", "dose_low": 1.4, "dose_high": 1.4, "dose_unit": "g/m2"},
        ),
        (
            {"drug_name": "oxaliplatin", "dose_low": 0.0, "dose_high": 85.0, "dose_unit": "mg/m2"},
            {"drug_name": "oxaliplatin", "dose_low": 0.85, "dose_high": 85.0, "dose_unit": "mg/m2"},
        ),
        (
            {"drug_name": "an antibody", "dose_low": 1e5, "dose_high": 1e5, "dose_unit": "mg"},
            {"drug_name": "rituximab", "dose_low": 375.0, "dose_high": 375.0, "dose_unit": "g/m2"},
        ),
    ],
    "regimens.dose_is_possible": [
        (
            {"drug_name": "filgrastim", "dose_high": 0.3, "dose_unit": "mg"},
            {"drug_name": "filgrastim", "dose_high": 300.0, "dose_unit": "mg"},
        ),
        (
            {"drug_name": "everolimus", "dose_high": 10.0, "dose_unit": "mg"},
            {"drug_name": "everolimus", "dose_high": 10.0, "dose_unit": "g"},
        ),
    ],
    "regimens.gray_is_of_radiation": [
        ({"drug_name": "radiotherapy", "dose_unit": "Gy"}, {"drug_name": "cisplatin", "dose_unit": "Gy"}),
        ({"intervention_type": "RADIATION", "dose_unit": "Gy"}, {"dose_unit": "Gy"}),
    ],
    "regimens.cycle_length_plausible": [({"cycle_length_days": 21.0}, {"cycle_length_days": 3000.0})],
    "regimens.cycles_plausible": [({"n_cycles": 6}, {"n_cycles": 2019})],
    "endpoints.measure_present": [({"measure": "Survival"}, {"measure": None})],
    "endpoints.time_frame_present": [({"time_frame_raw": "Week 12"}, {"time_frame_raw": ""})],
    "endpoints.measure_is_a_title": [({"measure": "x" * 1000}, {"measure": "x" * 1001})],
    "endpoints.concept_is_a_code": [
        ({"concept": "CR_RATE"}, {"concept": "Overall survival"}),
        ({"concept": "R0"}, {"concept": "os"}),
    ],
    "endpoints.concept_has_class": [({"concept": "OS", "endpoint_class": "time_to_event"}, {"concept": "OS"})],
    "endpoints.time_read_from_words": [
        ({"time_frame_days": 84.0, "time_frame_raw": "12 weeks"}, {"time_frame_days": 84.0}),
        ({}, {"time_frame_every_days": 7.0}),
    ],
    "endpoints.time_frame_plausible": [({"time_frame_days": 3652.5}, {"time_frame_days": 1e6})],
    "endpoints.repeats_within_horizon": [
        (
            {"time_frame_every_days": 7.0, "time_frame_days": 84.0},
            {"time_frame_every_days": 84.0, "time_frame_days": 7.0},
        ),
    ],
    "endpoints.duration_is_iso": [
        ({"time_frame_iso": "P12W"}, {"time_frame_iso": "12 weeks"}),
        ({"time_frame_iso": "P1Y6M"}, {"time_frame_iso": "P12"}),
        ({"time_frame_iso": "PT36H"}, {"time_frame_iso": "P1DT"}),
        ({"time_frame_iso": "P0.5D"}, {"time_frame_iso": "P"}),
    ],
    "endpoints.duration_has_days": [({"time_frame_iso": "P1D", "time_frame_days": 1.0}, {"time_frame_iso": "P1D"})],
    "endpoints.duration_is_the_days": [
        ({"time_frame_iso": "P12W", "time_frame_days": 84.0}, {"time_frame_iso": "P12W", "time_frame_days": 360.0}),
        ({"time_frame_iso": "P1Y6M", "time_frame_days": 547.875}, {"time_frame_iso": "P2Y", "time_frame_days": 24.0}),
        ({"time_frame_iso": "PT36H", "time_frame_days": 1.5}, {"time_frame_iso": "PT36M", "time_frame_days": 1.5}),
    ],
    "endpoint_results.measure_present": [({"measure_raw": "Survival"}, {})],
    "endpoint_results.group_named": [({"group_raw": "Arm A"}, {})],
    "endpoint_results.row_says_something": [
        ({"value": 0.0}, {}),
        ({"is_not_reached": True}, {"is_not_reached": False}),
        ({"comment_raw": "No participant analysed"}, {"unit": "mo"}),
    ],
    "endpoint_results.ci_in_order": [({"ci_low": 0.5, "ci_high": 0.5}, {"ci_low": 0.9, "ci_high": 0.5})],
    "endpoint_results.value_within_ci": [
        ({"value": 0.7, "ci_low": 0.5, "ci_high": 0.9}, {"value": 0.95, "ci_low": 0.5, "ci_high": 0.9}),
        ({"value": 0.7, "ci_low": 0.5}, {"value": 0.4, "ci_low": 0.5}),
    ],
    "endpoint_results.dispersion_in_order": [
        ({"dispersion_low": 1.0, "dispersion_high": 2.0}, {"dispersion_low": 2.0, "dispersion_high": 1.0})
    ],
    "endpoint_results.value_within_full_range": [
        (
            {"value": 3.0, "dispersion_type": "Full Range", "dispersion_low": 1.0, "dispersion_high": 4.0},
            {"value": 5.0, "dispersion_type": "Full Range", "dispersion_low": 1.0, "dispersion_high": 4.0},
        ),
    ],
    "endpoint_results.ratio_not_negative": [
        ({"statistic": "hazard_ratio", "value": 0.7}, {"statistic": "hazard_ratio", "value": -0.3}),
        ({"statistic": "difference", "value": -3.0}, {"statistic": "odds_ratio", "value": 0.2, "ci_low": -0.1}),
    ],
    "endpoint_results.count_not_negative": [({"statistic": "count", "value": 0.0}, {"statistic": "count", "value": -1.0})],
    "endpoint_results.rate_within_100_percent": [
        ({"statistic": "rate", "unit": "%", "value": 100.0}, {"statistic": "rate", "unit": "%", "value": 101.0}),
        ({"statistic": "difference", "unit": "%", "value": -12.0}, {"statistic": "rate", "unit": "%", "value": -1.0}),
    ],
    "endpoint_results.events_within_total": [
        ({"n_events": 5, "n_total": 5}, {"n_events": 6, "n_total": 5}),
        ({"n_events": 6}, {"n_events": 1, "n_total": 0}),
    ],
    "endpoint_results.ci_level_plausible": [({"ci_level_pct": 97.5}, {"ci_level_pct": 0.95})],
    "endpoint_results.p_value_has_operator": [
        ({"p_value": 0.05, "p_operator": "<"}, {"p_value": 0.05}),
        ({}, {"p_operator": "="}),
    ],
    "endpoint_results.not_reached_has_no_value": [({"is_not_reached": True}, {"is_not_reached": True, "value": 3.0})],
    "endpoint_results.limit_not_reached_has_no_value": [({"ci_high_not_reached": True}, {"ci_high_not_reached": True, "ci_high": 3.0})],
    "endpoint_results.concept_is_a_code": [({"concept": "PFS"}, {"concept": "PFS rate"})],
    "endpoint_results.percent_agrees_with_counts": [
        (
            {"statistic": "rate", "unit": "%", "value": 33.3, "n_events": 5, "n_total": 15},
            {"statistic": "rate", "unit": "%", "value": 53.3, "n_events": 5, "n_total": 15},
        ),
        (
            {"statistic": "rate", "unit": "%", "value": 60.0, "n_events": 5, "n_total": 15, "landmark_months": 12.0},
            {"statistic": "rate", "unit": "%", "value": 5.0, "n_events": 5, "n_total": 15},
        ),
    ],
    "endpoint_results.p_value_fits_ci": [
        (
            {"statistic": "hazard_ratio", "ci_level_pct": 95.0, "ci_low": 0.6, "ci_high": 0.9, "p_operator": "=", "p_value": 0.003},
            {"statistic": "hazard_ratio", "ci_level_pct": 95.0, "ci_low": 0.6, "ci_high": 0.9, "p_operator": "=", "p_value": 0.3},
        ),
        (
            {"statistic": "odds_ratio", "ci_level_pct": 95.0, "ci_low": 0.6, "ci_high": 1.9, "p_operator": "=", "p_value": 0.4},
            {"statistic": "odds_ratio", "ci_level_pct": 95.0, "ci_low": 0.6, "ci_high": 1.9, "p_operator": "<", "p_value": 0.001},
        ),
    ],
    "endpoint_results.ratio_plausible": [
        ({"statistic": "hazard_ratio", "value": 0.08}, {"statistic": "hazard_ratio", "value": 2010.0}),
    ],
    "endpoint_results.landmark_plausible": [({"landmark_months": 240.0}, {"landmark_months": 24_000.0})],
    "endpoint_results.time_unit_is_the_words": [
        ({"unit": "mo", "unit_raw": "Months"}, {"unit": "mo", "unit_raw": "weeks"}),
        ({"unit": "wk", "unit_raw": "周"}, {"unit": "d", "unit_raw": "hours"}),
        ({"unit": "a", "unit_raw": "years"}, {"unit": "a", "unit_raw": "months"}),
        ({"unit": "mo"}, {"unit": "wk", "unit_raw": "天"}),
    ],
    "endpoint_results.read_rate_within_100_percent": [
        (
            {"statistic": "rate", "unit": "%", "value": 41.0, "method": "text"},
            {"statistic": "rate", "unit": "%", "value": 410.0, "method": "text"},
        ),
        (
            {"statistic": "rate", "unit": "%", "value": 101.0, "method": "structured"},
            {"statistic": "rate", "unit": "%", "value": -3.0, "method": "text"},
        ),
    ],
    "safety.death_is_grade_5": [
        ({"kind": "death", "grade_min": 5, "grade_max": 5}, {"kind": "death", "grade_min": 3, "grade_max": 4}),
        ({"kind": "event", "grade_min": 3, "grade_max": 4}, {"kind": "death", "grade_min": 1, "grade_max": 1}),
    ],
    "safety.absent_has_no_percentage": [
        ({"is_absent": True, "percent": 0.0}, {"is_absent": True, "percent": 12.0}),
        ({"percent": 12.0}, {"is_absent": True, "n_events": 2}),
    ],
    "safety.planned_counts_nothing": [
        ({"kind": "planned_assessment"}, {"kind": "planned_assessment", "n_affected": 4}),
        ({"kind": "event", "percent": 4.0}, {"kind": "planned_assessment", "percent": 4.0}),
    ],
    "safety.event_is_named": [
        ({"kind": "event", "term_raw": "Nausea"}, {"kind": "event"}),
        ({"kind": "death"}, {"kind": "event", "term_raw": " "}),
    ],
    "safety.counted_group_named": [
        ({"n_affected": 1, "group_raw": "Arm A"}, {"n_affected": 1}),
        ({}, {"n_affected": 0, "group_id": ""}),
    ],
    "safety.affected_within_at_risk": [
        ({"n_affected": 5, "n_at_risk": 5}, {"n_affected": 6, "n_at_risk": 5}),
        ({"n_affected": 6}, {"n_affected": 1, "n_at_risk": 0}),
    ],
    "safety.affected_have_at_risk": [({"n_affected": 0, "n_at_risk": 0}, {"n_affected": 1, "n_at_risk": 0})],
    "safety.events_at_least_affected": [({"n_affected": 5, "n_events": 9}, {"n_affected": 5, "n_events": 4})],
    "safety.percent_within_100": [({"percent": 100.0}, {"percent": 100.5}), ({"percent": 0.0}, {"percent": -1.0})],
    "safety.percent_computed_within_100": [({"percent_computed": 100.0}, {"percent_computed": 120.0})],
    "safety.percent_computed_is_the_ratio": [
        (
            {"percent_computed": 33.33, "n_affected": 1, "n_at_risk": 3},
            {"percent_computed": 0.3333, "n_affected": 1, "n_at_risk": 3},
        ),
        ({"n_affected": 1, "n_at_risk": 3}, {"percent_computed": 34.0, "n_affected": 1, "n_at_risk": 3}),
    ],
    "safety.percent_agrees_with_counts": [({"percent": 33.0, "percent_computed": 33.3}, {"percent": 3.3, "percent_computed": 33.3})],
    "safety.grades_in_order": [({"grade_min": 3, "grade_max": 5}, {"grade_min": 4, "grade_max": 3})],
    "safety.grades_have_both_ends": [({"grade_min": 3, "grade_max": 3}, {"grade_min": 3})],
    "safety.absent_affects_nobody": [({"is_absent": True, "n_affected": 0}, {"is_absent": True, "n_affected": 2})],
    "safety.tolerated_dose_stated": [
        ({"kind": "maximum_tolerated_dose", "dose_raw": "75 mg"}, {"kind": "maximum_tolerated_dose"}),
    ],
}
"""Per rule: rows that keep it, each beside one that breaks it."""

BY_KEY = {f"{table}.{rule.name}": (table, rule) for table, rules in RULES.items() for rule in rules}


def one(table: str, rule: Rule, files: list[Path]) -> CheckResult:
    """The result of one rule."""
    (result,) = run_suite(TABLES[table], [rule], files)
    return result


def test_every_rule_has_a_case() -> None:
    """A rule without a test, and a test without a rule, are both mistakes."""
    assert set(CASES) == set(BY_KEY)


def test_the_list_of_rules_is_not_stale() -> None:
    """`docs/rules.md` is what the rules render; `make docs` writes it."""
    assert listing.PATH.read_text(encoding="utf-8") == listing.render()


def test_names_of_checks_are_unique_in_their_table() -> None:
    """Names are keys of `check_results` and of checks in Dagster: one meaning each, in letters, digits and underscores."""
    keys = [*BY_KEY, *RELATIONS, *(f"{table}.{CHECK_NAME}" for table in TABLES)]
    assert len(keys) == len(set(keys)) == sum(map(len, RULES.values())) + len(RELATIONS) + len(TABLES)
    assert all(key.replace(".", "").replace("_", "").isalnum() and key.isascii() for key in keys)


@pytest.mark.parametrize(("table", "rule"), BY_KEY.values(), ids=BY_KEY)
def test_rules_say_why_and_read_declared_columns(table: str, rule: Rule) -> None:
    """A rule has a sentence for the person who sees it fail, and no column that the schema does not know."""
    assert rule.why.endswith(".")
    assert set(rule.columns) <= set(TABLES[table].column_names)


@pytest.mark.parametrize("key", CASES)
def test_a_rule_tells_rows_that_break_it_from_rows_that_keep_it(key: str, write_table: Any) -> None:
    """GX counts exactly the broken rows, and SQL shows the same rows as examples."""
    table, rule = BY_KEY[key]
    key_column = TABLES[table].primary_key[0]
    rows = []
    for number, (kept, broken) in enumerate(CASES[key]):
        rows += [{key_column: f"kept{number}"} | kept, {key_column: f"broken {number}"} | broken]
    broken_keys = [row[key_column] for row in rows[1::2]]
    result = one(table, rule, write_table(table, rows))
    assert result.error is None
    assert (result.passed, result.unexpected_count, result.element_count) == (False, len(CASES[key]), len(rows))
    assert sorted(row[key_column] for row in result.examples) == sorted(broken_keys)
    assert set(rule.columns) <= set(result.examples[0])
    severity = "error" if rule.is_screened else rule.severity
    assert (result.check_name, result.severity, result.description) == (rule.name, severity, rule.why)


@pytest.mark.parametrize("key", [key for key, (_, rule) in BY_KEY.items() if rule.is_screened])
def test_rows_that_stayed_with_their_flag_do_not_block(key: str, write_table: Any) -> None:
    """A flag says that the row was screened; a row that breaks the rule without it came in afterwards."""
    table, rule = BY_KEY[key]
    key_column = TABLES[table].primary_key[0]
    marked = [{key_column: f"r{n}"} | broken | {"flags": ["other", rule.mark]} for n, (_, broken) in enumerate(CASES[key])]
    result = one(table, rule, write_table(table, marked))
    assert (result.severity, result.passed, result.unexpected_count) == ("warning", False, len(marked))
    (without,) = (run_suite(TABLES[table], [rule], write_table(table, [*marked, {key_column: "r"} | CASES[key][0][1]])),)
    assert (without[0].severity, without[0].blocks) == ("error", True)


@pytest.mark.parametrize("table", [name for name in RULES if "flags" in TABLES[name].by_name])
def test_every_rule_of_a_table_with_flags_says_what_becomes_of_the_row(table: str) -> None:
    """A row that breaks a rule is stopped, marked or shown; it never stops everything else."""
    assert {rule.action for rule in RULES[table]} <= {"quarantine", "flag", "warn"}
    assert all(rule.flag for rule in RULES[table] if rule.action == "flag")


@pytest.mark.parametrize("table", RULES)
def test_rules_pass_over_no_rows(table: str, write_table: Any) -> None:
    """A table without rows breaks no rule, and no rule stumbles over it."""
    results = run_suite(TABLES[table], RULES[table], write_table(table, []))
    assert [result for result in results if not result.passed or result.element_count] == []
    assert [result.check_name for result in results] == [rule.name for rule in RULES[table]]


def test_counts_add_up_over_batches(write_table: Any) -> None:
    """The size of a batch does not change the result, examples included, and examples carry the evidence."""
    rows = [
        {"safety_id": f"s{n:05}", "n_affected": n % 3, "n_at_risk": 1, "document_id": "d", "field": "f", "flags": ["count_above_total"]}
        for n in range(9000)
    ]
    files = write_table("safety", rows)
    rules = RULES["safety"]
    small = run_suite(TABLES["safety"], rules, files, batch_rows=2048)
    assert small == run_suite(TABLES["safety"], rules, files)
    broken = next(result for result in small if result.check_name == "affected_within_at_risk")
    assert (broken.unexpected_count, broken.element_count, broken.severity, broken.blocks) == (
        3000,
        9000,
        "warning",
        False,
    )
    assert broken.examples[0] == {
        "safety_id": "s00002",
        "n_affected": 2,
        "n_at_risk": 1,
        "document_id": "d",
        "field": "f",
    }
    assert len(broken.examples) == 5


@pytest.mark.parametrize(
    "broken",
    [
        condition("r", "block", "Why.", columns=("percent",), holds="percent <> no_such_column"),
        condition("r", "block", "Why.", columns=("percent",), holds="percent >"),
        between("r", "block", "Why.", column="no_such_column", minimum=0, maximum=1),
        Rule("r", "block", "Why.", ("percent",), "percent > 0", "expect_the_unexpected", {"column": "percent"}),
        Rule(
            "r",
            "block",
            "Why.",
            ("percent",),
            "percent > 0",
            "expect_column_values_to_be_between",
            {"column": "percent"},
        ),
        Rule(
            "r",
            "block",
            "Why.",
            ("percent",),
            "percent > 0",
            "expect_column_values_to_match_regex",
            {"column": "percent", "regex": "("},
        ),
        Rule(
            "r",
            "block",
            "Why.",
            ("percent",),
            "percent > 0",
            "expect_column_values_to_be_between",
            {"column": "n_events", "max_value": 1},
        ),
    ],
    ids=[
        "unknown column",
        "no SQL",
        "unknown column in GX",
        "unknown expectation",
        "refused arguments",
        "no regex",
        "column not loaded",
    ],
)
def test_a_broken_rule_is_an_error_of_the_check(broken: Rule, write_table: Any) -> None:
    """What cannot run is reported as such, never as a finding, and the rules beside it still run."""
    sound = in_order("sound", "block", "Why.", low="n_affected", high="n_at_risk")
    files = write_table("safety", [{"safety_id": "s1", "percent": 1.0, "n_affected": 2, "n_at_risk": 1}])
    first, second = run_suite(TABLES["safety"], [broken, sound], files)
    assert first.error
    assert not first.passed
    assert (first.unexpected_count, first.examples) == (0, [])
    assert second.error is None
    assert second.unexpected_count == 1


def test_a_value_that_no_frame_can_hold_is_an_error_of_every_rule(write_table: Any) -> None:
    """A fault that only shows in the rows does not end as a pass."""
    failing = condition("r", "block", "Why.", columns=("term_raw",), holds="term_raw::INTEGER > 0")
    files = write_table("safety", [{"safety_id": "s1", "term_raw": "Nausea"}])
    result = one("safety", failing, files)
    assert result.error
    assert not result.passed


def test_data_docs_and_suites_are_written(write_table: Any, tmp_path: Path) -> None:
    """Suites are the same in every refresh; the site shows the counts, the reasons and what could not run."""
    files = write_table("safety", [{"safety_id": "s1", "n_affected": 7, "n_at_risk": 3}])
    rules = {"safety": (*RULES["safety"], Rule("odd", "block", "Why odd.", ("percent",), "TRUE", "expect_the_unexpected"))}
    results = run_suite(TABLES["safety"], rules["safety"], files)
    at = datetime.datetime(2024, 5, 6, tzinfo=datetime.UTC)
    for folder in ("one", "two"):
        write_data_docs(results, rules, tmp_path / folder, run_name="refresh-1", run_at=at)
    suite = (tmp_path / "one" / "suites" / "safety.json").read_text()
    assert suite == (tmp_path / "two" / "suites" / "safety.json").read_text()
    names = [expectation["meta"]["rule"] for expectation in json.loads(suite)["expectations"]]
    assert names == [rule.name for rule in RULES["safety"]]
    assert (tmp_path / "one" / "data_docs" / "index.html").is_file()
    (page,) = (tmp_path / "one" / "data_docs" / "validations").rglob("*.html")
    assert "n_affected = 7, n_at_risk = 3" in page.read_text()
    assert "refresh-1" in page.read_text()


def test_no_usage_statistics(write_table: Any) -> None:
    """GX is told not to call home before it is imported."""
    run_suite(TABLES["arms"], RULES["arms"], write_table("arms", []))
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"
