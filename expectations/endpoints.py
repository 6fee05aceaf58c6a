"""Rules for `endpoints`: the measure and its time frame."""

from pipelines.quality.rules import Rule, at_most_chars, between, condition, days_of_duration, in_order, matches, present

RULES: tuple[Rule, ...] = (
    present("measure_present", "warn", "An endpoint says what is measured.", column="measure"),
    present("time_frame_present", "warn", "Registers ask when an outcome is measured.", column="time_frame_raw"),
    at_most_chars(
        "measure_is_a_title",
        "warn",
        "A measure of more than 1,000 characters holds several outcomes, or its description.",
        column="measure",
        longest=1000,
    ),
    matches(
        "concept_is_a_code",
        "quarantine",
        "Concepts are codes such as `OS`: words of the source belong in `measure`.",
        column="concept",
        regex="^[A-Z][A-Z0-9_]*$",
    ),
    condition(
        "concept_has_class",
        "quarantine",
        "Every concept belongs to a kind of endpoint.",
        columns=("concept", "endpoint_class"),
        holds="CASE WHEN concept IS NOT NULL THEN endpoint_class IS NOT NULL END",
    ),
    condition(
        "time_read_from_words",
        "quarantine",
        "Days come from a time frame that the source states.",
        columns=("time_frame_days", "time_frame_every_days", "time_frame_raw"),
        holds="CASE WHEN coalesce(time_frame_days, time_frame_every_days) IS NOT NULL THEN time_frame_raw IS NOT NULL END",
    ),
    between(
        "time_frame_plausible",
        "flag",
        "No endpoint is measured after more than a hundred years.",
        column="time_frame_days",
        minimum=0,
        maximum=36_525,
        flag="implausible_time",
    ),
    in_order(
        "repeats_within_horizon",
        "flag",
        "What repeats does so within the latest time named.",
        low="time_frame_every_days",
        high="time_frame_days",
        flag="schedule_disagrees",
    ),
    matches(
        "duration_is_iso",
        "quarantine",
        "`time_frame_iso` is an ISO 8601 duration, so that other software can read it.",
        column="time_frame_iso",
        regex="^P(?:[0-9.]+[YMWD])*(?:[0-9.]+[YMWD]|T(?:[0-9.]+[HMS])+)$",
    ),
    condition(
        "duration_has_days",
        "quarantine",
        "A duration and its days are known together.",
        columns=("time_frame_iso", "time_frame_days"),
        holds="CASE WHEN time_frame_iso IS NOT NULL THEN time_frame_days IS NOT NULL END",
    ),
    condition(
        "duration_is_the_days",
        "quarantine",
        "The ISO duration and the days are one length of time; a year has 365.25 days and a month a twelfth of it.",
        columns=("time_frame_iso", "time_frame_days", "time_frame_raw"),
        holds=f"abs({days_of_duration('time_frame_iso')} - time_frame_days) <= 0.01 + 0.02 * time_frame_days",
    ),
)
