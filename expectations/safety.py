"""Rules for `safety`: counts, percentages and grades that fit together.

Posted counts may exceed the number at risk, and percentages may be rounded or wrong: what a source can get wrong warns.
"""

from pipelines.quality.rules import Rule, between, condition, in_order, present, says_something

RULES: tuple[Rule, ...] = (
    present("event_is_named", "warning", "An event has a name.", column="term_raw", where="kind = 'event'", also=("kind",)),
    condition(
        "counted_group_named",
        "warning",
        "A count says whose it is.",
        columns=("n_affected", "group_raw", "group_id"),
        holds=f"CASE WHEN n_affected IS NOT NULL THEN {says_something('group_raw')} OR {says_something('group_id')} END",
    ),
    in_order(
        "affected_within_at_risk",
        "warning",
        "No more participants are affected than are at risk.",
        low="n_affected",
        high="n_at_risk",
    ),
    condition(
        "affected_have_at_risk",
        "warning",
        "Where participants were affected, some were at risk.",
        columns=("n_affected", "n_at_risk"),
        holds="CASE WHEN n_affected > 0 THEN n_at_risk > 0 END",
    ),
    in_order(
        "events_at_least_affected",
        "warning",
        "Every affected participant had at least one event.",
        low="n_affected",
        high="n_events",
    ),
    between(
        "percent_within_100",
        "warning",
        "A percentage of participants lies between 0 and 100.",
        column="percent",
        minimum=0,
        maximum=100,
    ),
    between(
        "percent_computed_within_100",
        "warning",
        "A computed percentage above 100 has more participants affected than at risk.",
        column="percent_computed",
        minimum=0,
        maximum=100,
    ),
    condition(
        "percent_computed_is_the_ratio",
        "error",
        "`percent_computed` is 100 × affected / at risk.",
        columns=("percent_computed", "n_affected", "n_at_risk"),
        holds="abs(percent_computed - 100.0 * n_affected / nullif(n_at_risk, 0)) < 0.05",
    ),
    condition(
        "percent_agrees_with_counts",
        "warning",
        "The percentage reported and the counts agree to one point.",
        columns=("percent", "percent_computed", "n_affected", "n_at_risk"),
        holds="abs(percent - percent_computed) <= 1",
    ),
    in_order("grades_in_order", "error", "The lowest grade is not above the highest.", low="grade_min", high="grade_max"),
    condition(
        "grades_have_both_ends",
        "error",
        "A single grade is both the lowest and the highest; grade 3 or higher is 3 to 5.",
        columns=("grade_min", "grade_max"),
        holds="(grade_min IS NULL) = (grade_max IS NULL)",
    ),
    condition(
        "absent_affects_nobody",
        "error",
        "Where none was reported, nobody was affected.",
        columns=("is_absent", "n_affected"),
        holds="CASE WHEN is_absent THEN n_affected = 0 END",
    ),
    present(
        "tolerated_dose_stated",
        "warning",
        "A maximum tolerated dose that was found says the dose.",
        column="dose_raw",
        where="kind = 'maximum_tolerated_dose' AND NOT coalesce(starts_with(rule, 'planned_'), false)",
        also=("kind", "rule"),
    ),
)
