"""What the tables say: the fields that are compared with the raw files, each with its column or columns.

A field is a column of a table, perhaps of some of its rows only; or several columns of one row that must stay together. Where a field
stands in a raw record is in `mappings`. Columns that only follow from others (`is_single_arm`), or that interpretation makes
(`concept`, doses), are not compared: their rules are in `expectations/`.
"""

from typing import NamedTuple

from pipelines.quality.census.values import (
    AGE,
    COUNT,
    DAY,
    FLAG,
    LABEL,
    LETTERS,
    NUMBER,
    PARTIAL_DATE,
    PROSE,
    STATED,
    TEXT,
    WITH_DIGIT,
    Kind,
)


class Part(NamedTuple):
    """One part of a field: SQL for a value of a row, and how it is compared."""

    column: str
    kind: Kind
    beside: tuple[str, ...] = ()
    """Further columns that the kind needs."""

    @property
    def sql(self) -> str:
        return self.kind.of_column.format(self.column, *self.beside)


class Field(NamedTuple):
    """One field of a table.

    One of several `parts` is a row: what is compared are its parts together, each that is missing as nothing.
    """

    table: str
    parts: tuple[Part, ...]
    where: str = "true"
    once: bool = False
    """Values are compared as a set: a value that the source repeats stands once in the table."""
    at_least: bool = False
    """The table may hold more: what prose says makes rows, too."""

    @property
    def value(self) -> str:
        """SQL: the comparable value of a row."""
        if len(self.parts) == 1:
            return self.parts[0].sql
        return " || '|' || ".join(f"coalesce({part.sql}, '')" for part in self.parts)

    @property
    def sql(self) -> str:
        """SQL: `trial_id` and the comparable `value` of each row that has one."""
        found = f"SELECT {'DISTINCT ' if self.once else ''}trial_id, {self.value} AS value FROM {self.table} WHERE {self.where}"
        return f"SELECT trial_id, value FROM ({found}) WHERE value IS NOT NULL"


def _column(table: str, name: str, kind: Kind = TEXT) -> tuple[str, Field]:
    return f"{table}.{name}", Field(table, (Part(f'"{name}"', kind),))


def _date(name: str) -> tuple[str, Field]:
    return f"trials.{name}", Field("trials", (Part(f'"{name}"', PARTIAL_DATE, (f'"{name}_precision"',)),))


def _of_role(role: str) -> list[tuple[str, Field]]:
    where = f"role = '{role}'"
    return [
        *((f"endpoints.{name} ({role})", Field("endpoints", (Part(name, TEXT),), where)) for name in ("measure", "description")),
        (f"endpoints.time_frame_raw ({role})", Field("endpoints", (Part("time_frame_raw", TEXT),), where)),
        (
            f"endpoints.measure, description, time_frame_raw ({role})",
            Field("endpoints", (Part("concat_ws('', measure, description, time_frame_raw)", LETTERS),), where),
        ),
    ]


def _row(table: str, where: str, *parts: Part) -> Field:
    return Field(table, parts, where)


_EVENT = (
    *(Part("system_organ_class", TEXT), Part("term_raw", TEXT), Part("group_id", TEXT)),
    *(Part("n_affected", COUNT), Part("n_at_risk", COUNT), Part("n_events", COUNT)),
)
_TOTAL = (Part("group_id", TEXT), Part("n_affected", COUNT), Part("n_at_risk", COUNT))
_MEASURED = (
    *(Part("measure_raw", TEXT), Part("statistic_raw", TEXT), Part("unit_raw", TEXT), Part("class_raw", TEXT)),
    *(Part("category_raw", TEXT), Part("group_id", TEXT), Part("value_raw", TEXT)),
)
_LIMITS = (
    Part("group_id", TEXT),
    Part("dispersion", NUMBER),
    Part("coalesce(ci_low, dispersion_low)", NUMBER),
    Part("coalesce(ci_high, dispersion_high)", NUMBER),
)
_ANALYSED = (
    *(Part("measure_raw", TEXT), Part("statistic_raw", TEXT), Part("value_raw", TEXT), Part("ci_low", NUMBER), Part("ci_high", NUMBER)),
)
_EVENTS = "rule = 'posted_adverse_event' AND is_serious"
_OTHER_EVENTS = "rule = 'posted_adverse_event' AND NOT is_serious"

FIELDS: dict[str, Field] = dict(
    (
        *(
            _column("trials", name)
            for name in (
                *("nct_id", "acronym", "brief_title", "official_title", "why_stopped"),
                *("lead_sponsor", "study_type_raw", "allocation_raw", "intervention_model_raw"),
                *("primary_purpose_raw", "overall_status_raw", "enrollment_type_raw", "sex_raw", "sponsor_class_raw"),
            )
        ),
        *(_column("trials", name, PROSE) for name in ("brief_summary", "detailed_description", "eligibility_criteria")),
        ("trials.phase_raw", Field("trials", (Part("phase_raw", LETTERS),))),
        ("trials.masking_raw", Field("trials", (Part("split_part(masking_raw, '(', 1)", LABEL),))),
        _column("trials", "enrollment", COUNT),
        _column("trials", "n_sites", COUNT),
        _column("trials", "minimum_age_years", AGE),
        _column("trials", "maximum_age_years", AGE),
        _column("trials", "has_results", FLAG),
        *(_date(name) for name in ("start_date", "primary_completion_date", "completion_date")),
        *(_column("trials", name, DAY) for name in ("first_posted_date", "last_update_date")),
        ("trials.countries", Field("trials", (Part("unnest(countries)", TEXT),), once=True)),
        ("trials.other_ids", Field("trials", (Part("unnest(other_ids)", TEXT),), once=True)),
        _column("conditions", "condition_raw"),
        ("conditions", Field("conditions", (Part("trial_id", STATED),), once=True)),
        *(_column("arms", name) for name in ("label", "arm_type_raw", "description")),
        ("regimens", Field("regimens", (Part("trial_id", STATED),), once=True, at_least=True)),
        *(
            (f"endpoints ({role})", Field("endpoints", (Part("trial_id", STATED),), f"role = '{role}'", once=True))
            for role in ("PRIMARY", "SECONDARY")
        ),
        *(pair for role in ("PRIMARY", "SECONDARY", "OTHER") for pair in _of_role(role)),
        ("endpoint_results: measurements", _row("endpoint_results", "rule = 'posted_measurement'", *_MEASURED)),
        ("endpoint_results: spread and limits of measurements", _row("endpoint_results", "rule = 'posted_measurement'", *_LIMITS)),
        ("endpoint_results: analyses", _row("endpoint_results", "rule = 'posted_analysis'", *_ANALYSED)),
        ("endpoint_results.p_value", Field("endpoint_results", (Part("p_value", WITH_DIGIT),), "rule = 'posted_analysis'")),
        (
            "endpoint_results.comment_raw",
            Field("endpoint_results", (Part("comment_raw", TEXT),), "rule = 'posted_measurement'"),
        ),
        ("safety: serious events", _row("safety", _EVENTS, *_EVENT)),
        ("safety: other events", _row("safety", _OTHER_EVENTS, *_EVENT)),
        ("safety: deaths", _row("safety", "rule = 'posted_all_cause_death'", *_TOTAL)),
        ("safety: totals of serious events", _row("safety", "rule = 'posted_any_serious'", *_TOTAL)),
        ("safety: totals of other events", _row("safety", "rule = 'posted_any_other'", *_TOTAL)),
    )
)
"""All fields by name. The name is the column, or the table with words that say which of its rows and columns."""
