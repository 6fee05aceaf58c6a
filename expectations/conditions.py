"""Rules for `conditions`: the term and its MeSH id."""

from pipelines.quality.rules import Rule, condition, matches, present

RULES: tuple[Rule, ...] = (
    present("condition_named", "block", "A condition without words is no condition.", column="condition_raw"),
    matches(
        "mesh_id_well_formed",
        "block",
        "A MeSH descriptor is `D` and digits, a supplementary concept `C` and digits.",
        column="mesh_id",
        regex="^[CD][0-9]{6,9}$",
    ),
    condition(
        "mesh_id_has_term",
        "block",
        "Whoever groups by `condition` finds every row that has a MeSH id.",
        columns=("mesh_id", "condition"),
        holds="CASE WHEN mesh_id IS NOT NULL THEN condition IS NOT NULL END",
    ),
    condition(
        "condition_in_lower_case",
        "block",
        "Terms are in lower case, so that one condition has one spelling.",
        columns=("condition",),
        holds="condition = lower(condition)",
    ),
)
