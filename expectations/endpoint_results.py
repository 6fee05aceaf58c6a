"""Rules for `endpoint_results`: values and their intervals.

Sponsors post intervals upside down, percentages above 100 and events above totals: what a source can get wrong warns.
"""

from pipelines.quality.rules import Rule, between, condition, in_order, matches, present

RULES: tuple[Rule, ...] = (
    present("measure_present", "warning", "A result says what was measured.", column="measure_raw"),
    present("group_named", "warning", "A result says whose value it is.", column="group_raw"),
    condition(
        "row_says_something",
        "warning",
        "A row holds a value, words for it, an interval, a p value, or a reason why not; some posted measurements are empty.",
        columns=(
            "value",
            "value_raw",
            "is_not_reached",
            "ci_low",
            "ci_high",
            "dispersion",
            "p_value",
            "comment_raw",
            "analysis_method",
        ),
        holds="""
            coalesce(value, ci_low, ci_high, dispersion, dispersion_low, dispersion_high, p_value) IS NOT NULL
            OR coalesce(value_raw, comment_raw, analysis_method) IS NOT NULL OR coalesce(is_not_reached, FALSE)""",
    ),
    in_order("ci_in_order", "warning", "The lower limit is not above the upper.", low="ci_low", high="ci_high"),
    condition(
        "value_within_ci",
        "warning",
        "An estimate lies within its confidence interval.",
        columns=("value", "ci_low", "ci_high", "value_raw"),
        holds="value BETWEEN ci_low AND ci_high",
    ),
    in_order(
        "dispersion_in_order",
        "warning",
        "The lower end of a dispersion is not above the upper.",
        low="dispersion_low",
        high="dispersion_high",
    ),
    condition(
        "value_within_full_range",
        "warning",
        "A mean or median lies within the full range of its values.",
        columns=("value", "dispersion_type", "dispersion_low", "dispersion_high"),
        holds="CASE WHEN lower(dispersion_type) = 'full range' THEN value BETWEEN dispersion_low AND dispersion_high END",
    ),
    condition(
        "ratio_not_negative",
        "warning",
        "Ratios and their intervals are not below zero; a logarithm was posted instead.",
        columns=("statistic", "value", "ci_low", "statistic_raw"),
        holds="""
            CASE WHEN statistic IN ('hazard_ratio', 'odds_ratio', 'risk_ratio', 'rate_ratio')
            THEN least(value, ci_low) >= 0 END""",
    ),
    condition(
        "count_not_negative",
        "warning",
        "Participants and units are counted from zero.",
        columns=("statistic", "value", "unit"),
        holds="CASE WHEN statistic = 'count' THEN value >= 0 END",
    ),
    condition(
        "rate_within_100_percent",
        "warning",
        "A share of participants lies between 0 and 100 percent.",
        columns=("statistic", "value", "unit"),
        holds="CASE WHEN statistic = 'rate' AND unit = '%' THEN value BETWEEN 0 AND 100 END",
    ),
    in_order(
        "events_within_total",
        "warning",
        "No more participants are counted than analysed.",
        low="n_events",
        high="n_total",
    ),
    between(
        "ci_level_plausible",
        "warning",
        "Levels lie between 50 and 100 percent; 0.95 is a share in place of a percentage.",
        column="ci_level_pct",
        minimum=50,
        maximum=100,
    ),
    condition(
        "p_value_has_operator",
        "error",
        "A p value is stated as below, equal to or above a number.",
        columns=("p_value", "p_operator"),
        holds="(p_value IS NULL) = (p_operator IS NULL)",
    ),
    condition(
        "not_reached_has_no_value",
        "error",
        "What was not reached has no value.",
        columns=("is_not_reached", "value", "value_raw"),
        holds="CASE WHEN is_not_reached THEN value IS NULL END",
    ),
    condition(
        "limit_not_reached_has_no_value",
        "error",
        "An upper limit that was not reached has no value.",
        columns=("ci_high_not_reached", "ci_high"),
        holds="CASE WHEN ci_high_not_reached THEN ci_high IS NULL END",
    ),
    matches(
        "concept_is_a_code",
        "error",
        "Concepts are codes such as `OS`: words of the source belong in `measure_raw`.",
        column="concept",
        regex="^[A-Z][A-Z0-9_]*$",
    ),
)
