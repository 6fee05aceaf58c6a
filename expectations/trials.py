"""Rules for `trials`: identity, design and dates that contradict each other.

Registers carry contradictions, so most rules warn; errors are what the pipeline itself derives.
"""

from pipelines.quality.rules import Rule, between, condition, in_order, last_day, matches, present

RULES: tuple[Rule, ...] = (
    matches("nct_id_well_formed", "block", "An NCT id is `NCT` and eight digits.", column="nct_id", regex="^NCT[0-9]{8}$"),
    condition(
        "trial_id_is_nct_id",
        "block",
        "A trial with an NCT id is known by it, so that the same trial has the same key in every refresh.",
        columns=("trial_id", "nct_id"),
        holds="trial_id = nct_id",
    ),
    matches(
        "trial_id_well_formed",
        "block",
        "A key is a register's id or `x-` and a hash: one word, without spaces.",
        column="trial_id",
        regex="^[^\\s]{3,64}$",
    ),
    present(
        "registered_trial_has_title",
        "warn",
        "Every register asks for a brief title.",
        column="brief_title",
        where="registry <> 'none'",
        also=("registry",),
    ),
    present(
        "interventional_has_phase",
        "warn",
        "Interventional trials state a phase, or that phases do not apply.",
        column="phase",
        where="study_type = 'INTERVENTIONAL'",
        also=("study_type", "phase_raw"),
    ),
    condition(
        "single_arm_has_one_arm",
        "warn",
        "A single-arm trial has one arm and any other has more; a register may list dose levels as arms of a single group.",
        columns=("is_single_arm", "n_arms", "intervention_model"),
        holds="CASE WHEN n_arms > 0 THEN is_single_arm = (n_arms = 1) END",
    ),
    condition(
        "randomized_has_two_arms",
        "warn",
        "Nobody is randomised to the only arm.",
        columns=("is_randomized", "n_arms"),
        holds="CASE WHEN is_randomized THEN n_arms <> 1 END",
    ),
    condition(
        "randomized_follows_allocation",
        "block",
        "`is_randomized` is read off `allocation` where that is known.",
        columns=("is_randomized", "allocation"),
        holds="is_randomized = (allocation = 'RANDOMIZED')",
    ),
    condition(
        "open_label_follows_masking",
        "block",
        "`is_open_label` is read off `masking` where that is known.",
        columns=("is_open_label", "masking"),
        holds="is_open_label = (masking = 'NONE')",
    ),
    condition(
        "start_before_primary_completion",
        "warn",
        "A trial starts before its primary completion; a month or year is taken at its end.",
        columns=("start_date", "primary_completion_date", "primary_completion_date_precision"),
        holds=f"start_date <= {last_day('primary_completion_date')}",
    ),
    condition(
        "primary_completion_before_completion",
        "warn",
        "Primary completion is not after completion; a month or year is taken at its end.",
        columns=("primary_completion_date", "completion_date", "completion_date_precision"),
        holds=f"primary_completion_date <= {last_day('completion_date')}",
    ),
    condition(
        "dates_plausible",
        "warn",
        "Trials on record start after 1900 and are planned to end before 2100.",
        columns=("start_date", "primary_completion_date", "completion_date"),
        holds="""
            coalesce(least(start_date, primary_completion_date, completion_date) >= DATE '1900-01-01'
            AND greatest(start_date, primary_completion_date, completion_date) < DATE '2100-01-01', TRUE)""",
    ),
    in_order(
        "posted_before_updated",
        "warn",
        "A record is updated after it was first posted.",
        low="first_posted_date",
        high="last_update_date",
    ),
    in_order(
        "ages_in_order",
        "warn",
        "The youngest age eligible is not above the oldest.",
        low="minimum_age_years",
        high="maximum_age_years",
    ),
    between(
        "enrollment_plausible",
        "warn",
        "No trial enrols tens of millions; 99,999,999 stands for unknown in some records.",
        column="enrollment",
        minimum=0,
        maximum=10_000_000,
    ),
    condition(
        "withdrawn_enrolled_nobody",
        "warn",
        "A withdrawn trial stopped before its first participant.",
        columns=("overall_status", "enrollment", "enrollment_type"),
        holds="CASE WHEN overall_status = 'WITHDRAWN' AND enrollment_type = 'ACTUAL' THEN enrollment = 0 END",
    ),
)
