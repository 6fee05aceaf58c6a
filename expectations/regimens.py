"""Rules for `regimens`: the component, its dose, and a schedule that agrees with itself."""

from expectations.doses import bound, in_milligrams
from pipelines.quality.rules import Rule, between, condition, in_order, matches, says_something

_INTERVAL_DAYS = {
    "BID": 0.5,
    "QD": 1,
    "QOD": 2,
    "QW": 7,
    "Q2W": 14,
    "Q3W": 21,
    "Q4W": 28,
    "Q5W": 35,
    "Q6W": 42,
    "Q8W": 56,
    "Q12W": 84,
}
_INTERVALS = " ".join(f"WHEN '{code}' THEN {days}" for code, days in _INTERVAL_DAYS.items())

RULES: tuple[Rule, ...] = (
    condition(
        "component_named",
        "quarantine",
        "A regimen says what is given, as a drug or in the source's words.",
        columns=("drug_name", "intervention_raw"),
        holds=f"{says_something('drug_name')} OR {says_something('intervention_raw')}",
    ),
    condition(
        "drug_name_in_lower_case",
        "quarantine",
        "Drug names are in lower case, so that one drug has one spelling.",
        columns=("drug_name",),
        holds="drug_name = lower(drug_name)",
    ),
    in_order("dose_in_order", "quarantine", "`dose_low` is the lowest dose.", low="dose_low", high="dose_high"),
    condition(
        "dose_has_both_ends",
        "quarantine",
        "A single dose is both the lowest and the highest.",
        columns=("dose_low", "dose_high"),
        holds="(dose_low IS NULL) = (dose_high IS NULL)",
    ),
    condition(
        "dose_has_unit",
        "flag",
        "A dose without a unit cannot be compared with another.",
        columns=("dose_low", "dose_unit", "dose_raw"),
        holds="CASE WHEN dose_low IS NOT NULL THEN dose_unit IS NOT NULL END",
        flag="no_unit",
    ),
    matches(
        "dose_unit_is_one_word",
        "quarantine",
        "UCUM units contain no spaces: words of the source belong in `dose_raw`.",
        column="dose_unit",
        regex="^[^\\s]+$",
    ),
    condition(
        "dose_plausible",
        "flag",
        "More than a kilogram of a substance, 200 Gy or an AUC of 50 is a misread unit or number; bowel preparations reach 240 g.",
        columns=("dose_high", "dose_unit", "dose_raw"),
        holds="""
            CASE dose_unit WHEN 'ug' THEN dose_high <= 1e9 WHEN 'mg' THEN dose_high <= 1e6 WHEN 'g' THEN dose_high <= 1000
            WHEN 'mg/m2' THEN dose_high <= 25000 WHEN 'mg/kg' THEN dose_high <= 5000 WHEN 'Gy' THEN dose_high <= 200
            WHEN 'mg.min/mL' THEN dose_high <= 50 END""",
        flag="implausible_dose",
    ),
    condition(
        "dose_fits_drug",
        "flag",
        "A drug is given in amounts that a body can be given of it; another unit or a slipped point is outside.",
        columns=("drug_name", "dose_low", "dose_high", "dose_unit", "dose_raw"),
        holds=f"""
            coalesce({in_milligrams("dose_high")} <= {bound(1)}, TRUE)
            AND coalesce(dose_low = 0 OR {in_milligrams("dose_low")} >= {bound(0)}, TRUE)""",
        flag="implausible_dose",
    ),
    condition(
        "dose_is_possible",
        "quarantine",
        "Twenty times the most that anyone is given of a drug is a slip, of the source or of reading: a person has to look.",
        columns=("drug_name", "dose_high", "dose_unit", "dose_raw"),
        holds=f"{in_milligrams('dose_high')} <= 20 * {bound(1)}",
    ),
    condition(
        "gray_is_of_radiation",
        "flag",
        "Only radiation is dosed in gray.",
        columns=("drug_name", "intervention_type", "dose_unit", "dose_raw"),
        holds="""
            CASE WHEN dose_unit = 'Gy'
            THEN coalesce(drug_name = 'radiotherapy', FALSE) OR coalesce(intervention_type = 'RADIATION', FALSE) END""",
        flag="unit_does_not_fit",
    ),
    between(
        "cycle_length_plausible",
        "flag",
        "A cycle lasts between a day and a year.",
        column="cycle_length_days",
        minimum=1,
        maximum=366,
        flag="implausible_schedule",
    ),
    between(
        "cycles_plausible",
        "flag",
        "Nobody is promised more than two hundred cycles.",
        column="n_cycles",
        minimum=0,
        maximum=200,
        flag="implausible_schedule",
    ),
    condition(
        "interval_agrees_with_frequency",
        "flag",
        "A frequency code and the days between administrations say the same.",
        columns=("frequency", "interval_days", "cycle_days", "schedule_raw"),
        holds=f"abs(interval_days - CASE frequency {_INTERVALS} END) < 0.01",
        flag="schedule_disagrees",
    ),
    condition(
        "cycle_days_within_cycle",
        "flag",
        "Days of a cycle lie within its length.",
        columns=("cycle_days", "cycle_length_days", "schedule_raw"),
        holds="list_max(cycle_days) <= cycle_length_days",
        flag="schedule_disagrees",
    ),
    condition(
        "fully_specified_is_complete",
        "quarantine",
        "`is_fully_specified` promises drug, dose, unit, route and schedule.",
        columns=(
            "is_fully_specified",
            "drug_name",
            "dose_low",
            "dose_unit",
            "route",
            "frequency",
            "interval_days",
            "cycle_days",
        ),
        holds="""
            CASE WHEN is_fully_specified THEN drug_name IS NOT NULL AND dose_low IS NOT NULL AND dose_unit IS NOT NULL
            AND route IS NOT NULL AND coalesce(frequency, interval_days::VARCHAR, cycle_days::VARCHAR) IS NOT NULL END""",
    ),
    condition(
        "radiation_in_gray",
        "flag",
        "Doses of external radiation are in gray.",
        columns=("drug_name", "route", "dose_low", "dose_unit", "dose_raw"),
        holds="CASE WHEN drug_name = 'radiotherapy' AND route = 'external_beam' AND dose_low IS NOT NULL THEN dose_unit = 'Gy' END",
        flag="unit_does_not_fit",
    ),
    condition(
        "fractions_are_of_radiation",
        "flag",
        "Only radiation is given in fractions.",
        columns=("n_fractions", "drug_name", "intervention_type"),
        holds="""
            CASE WHEN n_fractions IS NOT NULL
            THEN coalesce(drug_name = 'radiotherapy', FALSE) OR coalesce(intervention_type = 'RADIATION', FALSE) END""",
        flag="unit_does_not_fit",
    ),
    condition(
        "placebo_is_no_treatment",
        "warn",
        "A placebo has the role of a placebo.",
        columns=("drug_name", "component_role"),
        holds="CASE WHEN drug_name = 'placebo' THEN component_role = 'placebo' END",
    ),
)
