"""Rules for `safety`: counts, percentages and grades that fit together.

Posted counts may exceed the number at risk, and percentages may be rounded or wrong: what a source can get wrong warns.
"""

from pipelines.quality.rules import Rule, between, condition, in_order, present, says_something

RULES: tuple[Rule, ...] = (
    present("event_is_named", "warn", "An event has a name.", column="term_raw", where="kind = 'event'", also=("kind",)),
    condition(
        "counted_group_named",
        "warn",
        "A count says whose it is.",
        columns=("n_affected", "group_raw", "group_id"),
        holds=f"CASE WHEN n_affected IS NOT NULL THEN {says_something('group_raw')} OR {says_something('group_id')} END",
    ),
    in_order(
        "affected_within_at_risk",
        "flag",
        "No more participants are affected than are at risk.",
        low="n_affected",
        high="n_at_risk",
        flag="count_above_total",
    ),
    condition(
        "affected_have_at_risk",
        "flag",
        "Where participants were affected, some were at risk.",
        columns=("n_affected", "n_at_risk"),
        holds="CASE WHEN n_affected > 0 THEN n_at_risk > 0 END",
        flag="nobody_at_risk",
    ),
    in_order(
        "events_at_least_affected",
        "flag",
        "Every affected participant had at least one event.",
        low="n_affected",
        high="n_events",
        flag="fewer_events_than_affected",
    ),
    between(
        "percent_within_100",
        "flag",
        "A percentage of participants lies between 0 and 100.",
        column="percent",
        minimum=0,
        maximum=100,
        flag="above_100_percent",
    ),
    between(
        "percent_computed_within_100",
        "flag",
        "A computed percentage above 100 has more participants affected than at risk.",
        column="percent_computed",
        minimum=0,
        maximum=100,
        flag="count_above_total",
    ),
    condition(
        "percent_computed_is_the_ratio",
        "quarantine",
        "`percent_computed` is 100 × affected / at risk.",
        columns=("percent_computed", "n_affected", "n_at_risk"),
        holds="abs(percent_computed - 100.0 * n_affected / nullif(n_at_risk, 0)) < 0.05",
    ),
    condition(
        "percent_agrees_with_counts",
        "flag",
        "The percentage reported and the counts agree to one point.",
        columns=("percent", "percent_computed", "n_affected", "n_at_risk"),
        holds="abs(percent - percent_computed) <= 1",
        flag="percent_disagrees",
    ),
    in_order("grades_in_order", "quarantine", "The lowest grade is not above the highest.", low="grade_min", high="grade_max"),
    condition(
        "grades_have_both_ends",
        "quarantine",
        "A single grade is both the lowest and the highest; grade 3 or higher is 3 to 5.",
        columns=("grade_min", "grade_max"),
        holds="(grade_min IS NULL) = (grade_max IS NULL)",
    ),
    condition(
        "absent_affects_nobody",
        "quarantine",
        "Where none was reported, nobody was affected.",
        columns=("is_absent", "n_affected"),
        holds="CASE WHEN is_absent THEN n_affected = 0 END",
    ),
    present(
        "tolerated_dose_stated",
        "warn",
        "A maximum tolerated dose that was found says the dose.",
        column="dose_raw",
        where="kind = 'maximum_tolerated_dose' AND NOT coalesce(starts_with(rule, 'planned_'), false)",
        also=("kind", "rule"),
    ),
    condition(
        "death_is_grade_5",
        "quarantine",
        "A death is of grade 5 where it has a grade.",
        columns=("kind", "grade_min", "grade_max"),
        holds="CASE WHEN kind = 'death' AND grade_max IS NOT NULL THEN grade_max = 5 END",
    ),
    condition(
        "absent_has_no_percentage",
        "quarantine",
        "Where none was reported, there is no share and no event either.",
        columns=("is_absent", "percent", "n_events"),
        holds="CASE WHEN is_absent THEN coalesce(percent, 0) = 0 AND coalesce(n_events, 0) = 0 END",
    ),
    condition(
        "planned_counts_nothing",
        "quarantine",
        "What a protocol will look for was not counted yet.",
        columns=("kind", "n_affected", "percent"),
        holds="CASE WHEN kind = 'planned_assessment' THEN n_affected IS NULL AND percent IS NULL END",
    ),
)
