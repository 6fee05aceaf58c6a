"""Rules for `arms`."""

from pipelines.quality.rules import Rule, at_most_chars, between, present

RULES: tuple[Rule, ...] = (
    present("arm_has_label", "warn", "An arm without a label cannot be told from its neighbours.", column="label"),
    at_most_chars(
        "label_is_a_label",
        "warn",
        "A label of more than 1,000 characters is a description in the wrong place.",
        column="label",
        longest=1000,
    ),
    between(
        "participants_plausible",
        "warn",
        "No arm of a trial has tens of millions of participants.",
        column="n_participants",
        minimum=0,
        maximum=10_000_000,
    ),
)
