"""What the rows of one trial must say together, as medicine and statistics have it: rates, follow-up, people at risk, dose finding.

All of these warn: a register or an article can contradict itself. What one row alone must fulfil is in `expectations/`.
"""

from pipelines.quality.relation import Relation

_TO_EVENT = "('OS', 'PFS', 'DFS', 'EFS', 'RFS', 'LRFS', 'DMFS')"
"""Concepts whose rates are shares without an event: they fall with time."""

RELATIONS = (
    Relation(
        name="interventional_has_primary_endpoint",
        table_name="trials",
        action="warn",
        description="A trial that began since 2008, when registers began to ask, names a primary endpoint, if it names any.",
        sql="""
            SELECT trial_id, trials.registry, start_date FROM trials
            SEMI JOIN endpoints USING (trial_id)
            ANTI JOIN (SELECT trial_id FROM endpoints WHERE role = 'PRIMARY') AS with_primary USING (trial_id)
            WHERE study_type = 'INTERVENTIONAL' AND start_date >= DATE '2008-01-01'""",
    ),
    Relation(
        name="at_risk_within_enrollment",
        table_name="safety",
        action="warn",
        description="No group at risk is larger than the trial, give or take a tenth; people counted twice after crossing over are.",
        sql="""
            SELECT safety_id, trial_id, group_raw, n_at_risk, enrollment, document_id, field
            FROM safety JOIN trials USING (trial_id)
            WHERE enrollment_type = 'ACTUAL' AND n_at_risk > 1.1 * enrollment + 1""",
    ),
    Relation(
        name="dose_limits_where_dose_is_sought",
        table_name="safety",
        action="warn",
        description="Dose-limiting toxicity and tolerated doses belong to trials that seek a dose: of phase 1, or with an escalation.",
        sql="""
            SELECT safety_id, trial_id, kind, term_raw, phase, document_id, field
            FROM safety JOIN trials USING (trial_id)
            WHERE kind IN ('dose_limiting_toxicity', 'maximum_tolerated_dose')
            AND phase IN ('PHASE2', 'PHASE2_PHASE3', 'PHASE3', 'PHASE4') AND dose_escalation_design IS NULL
            AND NOT EXISTS (SELECT 1 FROM regimens WHERE regimens.trial_id = safety.trial_id AND dose_level > 1)""",
    ),
    Relation(
        name="landmark_rates_do_not_rise",
        table_name="endpoint_results",
        action="warn",
        description="The share without an event at two years is not above that at one year of the same group.",
        sql=f"""
            SELECT result_id, trial_id, concept, group_raw, landmark_months, value, later_months, later_value, document_id, field
            FROM (
                SELECT *, lead(landmark_months) OVER later AS later_months, lead(value) OVER later AS later_value
                FROM endpoint_results
                WHERE statistic = 'rate' AND unit = '%' AND landmark_months IS NOT NULL AND value IS NOT NULL AND concept IN {_TO_EVENT}
                AND group_raw IS NOT NULL
                WINDOW later AS (
                    PARTITION BY trial_id, document_id, concept, measure_raw, group_raw, subgroup_raw, class_raw, analysis_population
                    ORDER BY landmark_months, value DESC)
            )
            WHERE later_months > landmark_months AND later_value > value""",
    ),
    Relation(
        name="median_within_follow_up",
        table_name="endpoint_results",
        action="warn",
        description="A median time that was reached lies within the follow-up: its range, or two and a half times its median.",
        sql=f"""
            SELECT reached.result_id, reached.trial_id, reached.concept, reached.value, followed.median, followed.longest,
                reached.document_id, reached.field
            FROM endpoint_results AS reached JOIN (
                SELECT trial_id, document_id, max(value) AS median, max(coalesce(dispersion_high, ci_high)) AS longest
                FROM endpoint_results WHERE statistic = 'follow_up_median' AND unit = 'mo' AND value > 0 GROUP BY ALL
            ) AS followed USING (trial_id, document_id)
            WHERE reached.statistic = 'median' AND reached.unit = 'mo' AND reached.concept IN {_TO_EVENT}
            AND reached.value > greatest(2.5 * followed.median, coalesce(followed.longest, 0))""",
    ),
)
