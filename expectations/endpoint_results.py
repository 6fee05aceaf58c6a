"""Rules for `endpoint_results`: values and their intervals.

Sponsors post intervals upside down, percentages above 100 and events above totals: what a source can get wrong warns.
"""

from pipelines.quality.rules import Rule, between, condition, in_order, matches, present

RULES: tuple[Rule, ...] = (
    present("measure_present", "warn", "A result says what was measured.", column="measure_raw"),
    present("group_named", "warn", "A result says whose value it is.", column="group_raw"),
    condition(
        "row_says_something",
        "flag",
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
        flag="empty_measurement",
    ),
    in_order("ci_in_order", "flag", "The lower limit is not above the upper.", low="ci_low", high="ci_high", flag="source_error"),
    condition(
        "value_within_ci",
        "flag",
        "An estimate lies within its confidence interval.",
        columns=("value", "ci_low", "ci_high", "value_raw"),
        holds="value BETWEEN ci_low AND ci_high",
        flag="source_error",
    ),
    in_order(
        "dispersion_in_order",
        "flag",
        "The lower end of a dispersion is not above the upper.",
        low="dispersion_low",
        high="dispersion_high",
        flag="source_error",
    ),
    condition(
        "value_within_full_range",
        "flag",
        "A mean or median lies within the full range of its values.",
        columns=("value", "dispersion_type", "dispersion_low", "dispersion_high"),
        holds="CASE WHEN lower(dispersion_type) = 'full range' THEN value BETWEEN dispersion_low AND dispersion_high END",
        flag="source_error",
    ),
    condition(
        "ratio_not_negative",
        "flag",
        "Ratios and their intervals are not below zero; a logarithm was posted instead.",
        columns=("statistic", "value", "ci_low", "statistic_raw"),
        holds="""
            CASE WHEN statistic IN ('hazard_ratio', 'odds_ratio', 'risk_ratio', 'rate_ratio')
            THEN least(value, ci_low) >= 0 END""",
        flag="negative_ratio",
    ),
    condition(
        "count_not_negative",
        "flag",
        "Participants and units are counted from zero.",
        columns=("statistic", "value", "unit"),
        holds="CASE WHEN statistic = 'count' THEN value >= 0 END",
        flag="negative_count",
    ),
    condition(
        "rate_within_100_percent",
        "flag",
        "A share of participants lies between 0 and 100 percent.",
        columns=("statistic", "value", "unit"),
        holds="CASE WHEN statistic = 'rate' AND unit = '%' THEN value BETWEEN 0 AND 100 END",
        flag="above_100_percent",
    ),
    in_order(
        "events_within_total",
        "flag",
        "No more participants are counted than analysed.",
        low="n_events",
        high="n_total",
        flag="count_above_total",
    ),
    between(
        "ci_level_plausible",
        "flag",
        "Levels lie between 50 and 100 percent; 0.95 is a share in place of a percentage.",
        column="ci_level_pct",
        minimum=50,
        maximum=100,
        flag="implausible_ci_level",
    ),
    condition(
        "p_value_has_operator",
        "quarantine",
        "A p value is stated as below, equal to or above a number.",
        columns=("p_value", "p_operator"),
        holds="(p_value IS NULL) = (p_operator IS NULL)",
    ),
    condition(
        "not_reached_has_no_value",
        "quarantine",
        "What was not reached has no value.",
        columns=("is_not_reached", "value", "value_raw"),
        holds="CASE WHEN is_not_reached THEN value IS NULL END",
    ),
    condition(
        "limit_not_reached_has_no_value",
        "quarantine",
        "An upper limit that was not reached has no value.",
        columns=("ci_high_not_reached", "ci_high"),
        holds="CASE WHEN ci_high_not_reached THEN ci_high IS NULL END",
    ),
    matches(
        "concept_is_a_code",
        "quarantine",
        "Concepts are codes such as `OS`: words of the source belong in `measure_raw`.",
        column="concept",
        regex="^[A-Z][A-Z0-9_]*$",
    ),
    condition(
        "percent_agrees_with_counts",
        "flag",
        "A share and the counts beside it agree to one point; estimates at a landmark need not.",
        columns=("statistic", "value", "unit", "n_events", "n_total", "landmark_months"),
        holds="""
            CASE WHEN statistic = 'rate' AND unit = '%' AND landmark_months IS NULL
            THEN abs(value - 100.0 * n_events / nullif(n_total, 0)) <= 1 END""",
        flag="percent_disagrees",
    ),
    condition(
        "p_value_fits_ci",
        "flag",
        "A 95% interval well clear of 1 has no large p value, one that spans 1 no small p value.",
        columns=("statistic", "ci_level_pct", "ci_low", "ci_high", "p_operator", "p_value"),
        holds="""
            CASE WHEN statistic IN ('hazard_ratio', 'odds_ratio', 'risk_ratio', 'rate_ratio') AND ci_level_pct = 95
            THEN NOT ((ci_low > 1.02 OR ci_high < 0.98) AND p_operator IN ('=', '>') AND p_value > 0.1)
            AND NOT (ci_low < 0.9 AND ci_high > 1.1 AND p_operator IN ('=', '<') AND p_value < 0.01) END""",
        flag="p_disagrees_with_ci",
    ),
    condition(
        "ratio_plausible",
        "flag",
        "Hazards do not differ a thousandfold.",
        columns=("statistic", "value", "statistic_raw"),
        holds="CASE WHEN statistic = 'hazard_ratio' AND value >= 0 THEN value BETWEEN 0.001 AND 1000 END",
        flag="implausible_ratio",
    ),
    condition(
        "landmark_plausible",
        "flag",
        "Nobody is followed for more than sixty years.",
        columns=("landmark_months", "measure_raw"),
        holds="landmark_months BETWEEN 0 AND 720",
        flag="implausible_time",
    ),
    condition(
        "time_unit_is_the_words",
        "quarantine",
        "A unit of time is the one that the source states.",
        columns=("unit", "unit_raw", "value_raw"),
        holds="""
            CASE unit WHEN 'mo' THEN regexp_matches(lower(unit_raw), 'mo|月')
            WHEN 'wk' THEN regexp_matches(lower(unit_raw), 'w|周|星期|礼拜')
            WHEN 'a' THEN regexp_matches(lower(unit_raw), 'y|annual|年|岁') WHEN 'd' THEN regexp_matches(lower(unit_raw), 'd|天|日') END""",
    ),
    condition(
        "read_rate_within_100_percent",
        "quarantine",
        "Prose that gives a share above 100 percent was not read rightly.",
        columns=("statistic", "value", "unit", "method"),
        holds="CASE WHEN method = 'text' AND statistic = 'rate' AND unit = '%' THEN value BETWEEN 0 AND 100 END",
    ),
)
