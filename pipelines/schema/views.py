"""Views for analysts, created in the published DuckDB file.

Each view is one SQL statement over the declared tables; nothing here computes what a table should hold.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class View:
    """A view: its name, what a row is and is for, and its SELECT."""

    name: str
    description: str
    sql: str


TRIAL_OVERVIEW = View(
    "trial_overview",
    "One line a trial: phase, design, enrolment, conditions, regimens in words, primary endpoints, headline results, worst safety.",
    """
    SELECT
        t.trial_id, t.acronym, t.brief_title, t.phase, t.overall_status, t.study_type,
        concat_ws(', ',
            CASE WHEN t.is_randomized THEN 'randomised' WHEN t.is_single_arm THEN 'single arm' END,
            CASE WHEN t.is_open_label THEN 'open label' WHEN t.masking IS NOT NULL THEN lower(t.masking) || ' masked' END,
            CASE WHEN t.is_multicenter THEN t.n_sites || ' sites' END) AS design,
        t.enrollment, t.enrollment_type, t.start_date, t.lead_sponsor,
        c.conditions, r.regimens, e.primary_endpoints, x.headline_results, s.worst_safety
    FROM trials t
    LEFT JOIN (SELECT trial_id, list(condition_raw ORDER BY ordinal) AS conditions FROM conditions GROUP BY ALL) c USING (trial_id)
    LEFT JOIN (
        SELECT trial_id, list(regimen ORDER BY first_ordinal) AS regimens
        FROM (SELECT trial_id, regimen, min(ordinal) AS first_ordinal FROM regimen_text GROUP BY ALL) GROUP BY ALL
    ) r USING (trial_id)
    LEFT JOIN (
        SELECT trial_id, list(measure ORDER BY ordinal) AS primary_endpoints
        FROM endpoints WHERE role = 'PRIMARY' GROUP BY ALL
    ) e USING (trial_id)
    LEFT JOIN (
        SELECT trial_id, list(headline ORDER BY result_id) AS headline_results
        FROM (
            SELECT trial_id, result_id,
                concat_ws(', ', measure_raw, class_raw, category_raw)
                || coalesce(' [' || group_raw || ']', '') || ': ' || result_text AS headline
            FROM efficacy WHERE role = 'PRIMARY' AND result_text IS NOT NULL
            QUALIFY row_number() OVER (PARTITION BY trial_id ORDER BY result_id) <= 6
        ) GROUP BY ALL
    ) x USING (trial_id)
    LEFT JOIN (
        SELECT trial_id, list(worst ORDER BY share DESC, worst) AS worst_safety
        FROM (
            SELECT trial_id, n_affected / n_at_risk AS share,
                coalesce(term, term_raw) || coalesce(' [' || group_raw || ']', '') || ': ' || n_affected || '/' || n_at_risk AS worst
            FROM safety
            WHERE kind = 'event' AND (is_serious OR grade_min >= 3) AND n_affected > 0 AND n_at_risk > 0
            QUALIFY row_number() OVER (PARTITION BY trial_id ORDER BY n_affected / n_at_risk DESC, safety_id) <= 3
        ) GROUP BY ALL
    ) s USING (trial_id)
    """,
)

REGIMEN_TEXT = View(
    "regimen_text",
    "A regimen as a clinician would write it: drug, dose, route, schedule, days, cycles.",
    """
    SELECT
        regimen_id, trial_id, arm_id, ordinal,
        concat_ws(' ',
            coalesce(drug_name, intervention_raw),
            CASE WHEN dose_low IS NULL THEN dose_raw
                 WHEN dose_low = dose_high OR dose_high IS NULL THEN format('{:g} {}', dose_low, coalesce(dose_unit, ''))
                 ELSE format('{:g}–{:g} {}', dose_low, dose_high, coalesce(dose_unit, '')) END,
            CASE WHEN n_fractions IS NOT NULL THEN 'in ' || n_fractions || ' fractions' END,
            route,
            coalesce(frequency, schedule_raw),
            CASE WHEN len(cycle_days) = 1 THEN 'on day ' || cycle_days[1]
                 WHEN len(cycle_days) > 2 AND cycle_days[-1] - cycle_days[1] = len(cycle_days) - 1
                 THEN format('on days {} to {}', cycle_days[1], cycle_days[-1])
                 WHEN len(cycle_days) > 0 THEN 'on days ' || array_to_string(cycle_days, ', ') END,
            CASE WHEN cycle_length_days IS NOT NULL THEN format('of each {:g}-day cycle', cycle_length_days) END,
            CASE WHEN n_cycles IS NOT NULL THEN 'for up to ' || n_cycles || ' cycles' END,
            CASE WHEN is_optional THEN '(optional)' END) AS regimen
    FROM regimens
    """,
)

EFFICACY = View(
    "efficacy",
    "Reported values with arm and interval, ready to plot: one row per numeric or not-reached value, adverse-event outcomes included.",
    """
    SELECT
        r.result_id, r.trial_id, r.role, r.concept, r.measure_raw, a.label AS arm, r.group_raw, r.class_raw, r.category_raw,
        r.statistic, r.value, r.unit, r.is_not_reached, r.landmark_months,
        coalesce(r.ci_low, r.dispersion_low) AS low, coalesce(r.ci_high, r.dispersion_high) AS high,
        CASE WHEN r.ci_low IS NOT NULL OR r.ci_high IS NOT NULL THEN coalesce(format('{:g}% CI', r.ci_level_pct), 'CI')
             ELSE r.dispersion_type END AS interval_kind,
        r.n_events, r.n_total, r.p_value, r.p_operator,
        CASE WHEN r.is_not_reached THEN 'not reached'
             WHEN r.rule = 'posted_analysis'
                THEN replace(coalesce(r.statistic, r.statistic_raw, 'estimate'), '_', ' ') || format(' {:g}', r.value)
             WHEN r.value IS NOT NULL THEN format('{:g}', r.value) || coalesce(' ' || r.unit, '') END
        || coalesce(format(' ({:g}% CI {:g} to {:g})', r.ci_level_pct, r.ci_low, r.ci_high), '') AS result_text
    FROM endpoint_results r
    LEFT JOIN arms a USING (arm_id)
    WHERE r.value IS NOT NULL OR r.is_not_reached
    """,
)

SAFETY_PROFILE = View(
    "safety_profile",
    "Adverse events by term, arm and grade band: affected, at risk and percent. Rows of `safety`, and values of posted outcomes that count "
    "events of a grade (`source` tells them apart; their `term` is the heading under which they were posted).",
    """
    SELECT
        'safety' AS source, s.trial_id, s.kind, coalesce(s.term, s.term_raw) AS term, s.system_organ_class,
        coalesce(a.label, s.group_raw) AS arm, s.grade_min, s.grade_max, s.is_serious, s.attribution,
        s.n_affected, s.n_at_risk, coalesce(s.percent, s.percent_computed) AS percent, s.is_absent
    FROM safety s
    LEFT JOIN arms a USING (arm_id)
    WHERE NOT starts_with(s.rule, 'planned_')
    UNION ALL
    SELECT
        'endpoint_results', r.trial_id, 'event', coalesce(nullif(concat_ws(', ', r.class_raw, r.category_raw), ''), r.measure_raw), NULL,
        coalesce(a.label, r.group_raw), r.grade_min, r.grade_max, NULL, NULL,
        CASE WHEN r.unit <> '%' THEN CAST(r.value AS BIGINT) END, r.n_total,
        CASE WHEN r.unit = '%' THEN r.value ELSE 100 * r.value / nullif(r.n_total, 0) END, NULL
    FROM endpoint_results r
    LEFT JOIN arms a USING (arm_id)
    WHERE r.grade_min IS NOT NULL AND r.value IS NOT NULL AND r.statistic IN ('count', 'number')
      AND (r.unit = '%' OR lower(r.unit) IN ('participants', 'patients', 'subjects'))
    """,
)

TRIAL_HISTORY = View(
    "trial_history",
    "One line a registration that was ever seen: when first and last, whether it is still there, its last status, how often it changed.",
    """
    WITH seen AS (
        SELECT p.*, r.started_at FROM trial_presence p LEFT JOIN refreshes r USING (refresh_id)
    ),
    before AS (
        SELECT s.registration, max(r.started_at) AS last_seen_at
        FROM seen s JOIN refreshes r ON r.started_at < s.started_at AND r.outcome <> 'failed'
        WHERE s.event = 'vanished' GROUP BY ALL
    ),
    newest AS (SELECT max(started_at) AS started_at FROM refreshes WHERE outcome <> 'failed')
    SELECT
        s.registration, arg_max(s.trial_id, s.refresh_id) AS trial_id,
        min(s.started_at) AS first_seen_at,
        CASE arg_max(s.event, s.refresh_id) WHEN 'vanished' THEN max(l.last_seen_at) ELSE max(n.started_at) END AS last_seen_at,
        arg_max(s.event, s.refresh_id) <> 'vanished' AS is_present,
        coalesce(any_value(t.overall_status), arg_max(s.overall_status, s.refresh_id)) AS overall_status,
        count(*) FILTER (s.event = 'vanished') AS times_vanished,
        coalesce(any_value(c.n_changes), 0) AS n_changes
    FROM seen s CROSS JOIN newest n
    LEFT JOIN before l USING (registration)
    LEFT JOIN trials t ON t.trial_id = s.registration
    LEFT JOIN (SELECT trial_id, count(*) AS n_changes FROM trial_changes GROUP BY ALL) c ON c.trial_id = s.trial_id
    GROUP BY s.registration
    """,
)

VIEWS = (REGIMEN_TEXT, EFFICACY, SAFETY_PROFILE, TRIAL_OVERVIEW, TRIAL_HISTORY)
"""All views, in an order in which they can be created."""
