"""`endpoint_results`: one row per posted measurement and per statistical analysis of a results section.

Values in prose are not read here. A value that is no plain number keeps its words in `value_raw` and has no `value`.
"""

import re
from collections.abc import Iterator

from pipelines.extract.arms import arm_ids_by_label
from pipelines.extract.endpoints import endpoint_ids_by_measure, measure_keys
from pipelines.extract.subject import Row, Subject, evidence, label_key
from pipelines.extract.trials import is_oncology
from pipelines.schema import vocabularies as v
from pipelines.shapes import Analysis, Count, Denom, OutcomeMeasure, Study
from pipelines.text.grades import grade_band
from pipelines.text.numbers import parse_count, parse_number, parse_p_value
from pipelines.text.repair import repaired_text
from pipelines.vocab.concepts import find_concept

_CONFIDENCE_INTERVAL = re.compile(r"(\d+(?:\.\d+)?) ?%\s?(?:confidence interval|的?[置可信][信任赖]?度?(?:区间|间隔))", re.IGNORECASE)
_PERCENT = re.compile(r"\s*(?:per\s?cent(?:ages?)?\b|%)", re.IGNORECASE)
_NOT_REACHED = re.compile(r"\bnot (?:yet )?(?:been )?(?:reached|attained)\b|^\s*NR\b", re.IGNORECASE)
_EVENT_CONCEPTS = frozenset({"AE", "SAE", "DLT"})
_EVENTS = re.compile(r"\badverse|\btoxicit|\bT?R?E?AEs?\b")
"""Titles in which "grade" is the grade of an event, not of a tumour."""
_TIME_UNITS = {
    **dict.fromkeys(("month", "months", "month(s)", "mo"), "mo"),
    **dict.fromkeys(("week", "weeks", "week(s)", "wk"), "wk"),
    **dict.fromkeys(("day", "days", "day(s)", "d"), "d"),
    **dict.fromkeys(("year", "years", "year(s)", "yr"), "a"),
}
_ANALYSIS_DISPERSIONS = {"STANDARD_DEVIATION": "Standard Deviation", "STANDARD_ERROR_OF_MEAN": "Standard Error of the Mean"}
"""The API's enum for analyses in the words that the other formats, and measurements in the API, have for the same."""

_ANALYSIS_STATISTICS = tuple(
    (re.compile(pattern, re.IGNORECASE), statistic)
    for pattern, statistic in (
        (r"\blog\b", None),
        (r"\bhazards? ratio\b|\bHR\b", "hazard_ratio"),
        (r"\bodds ratio\b", "odds_ratio"),
        (r"\brate ratio\b", "rate_ratio"),
        (r"\b(?:risk ratio|relative risk)\b", "risk_ratio"),
        (r"\bdifferences?\b", "difference"),
    )
)
"""Analyses name their parameter freely ("Difference in LS Means"); the first pattern that fits decides, None: no known statistic."""


def rows(study: Study, subject: Subject) -> Iterator[Row]:
    """Measurements of each outcome in the posted order, then its analyses."""
    if study.results_section is None:
        return
    arms = arm_ids_by_label(study, subject)
    endpoints = endpoint_ids_by_measure(study, subject)
    oncology = is_oncology(study) is True
    for number, measure in enumerate(study.results_section.outcome_measures_module.outcome_measures):
        path = f"outcomeMeasuresModule.outcomeMeasures[{number}]"
        common = _common(measure, subject, endpoints, oncology=oncology)
        titles = {group.id: repaired_text(group.title) if group.title else None for group in measure.groups}
        arm_of = {group_id: arms.get(label_key(title)) for group_id, title in titles.items()}
        prefix = f"{subject.id_base}/result-{number + 1:03d}"
        yield from _measurements(study, subject, measure, path, prefix, common, titles, arm_of)
        for n, analysis in enumerate(measure.analyses):
            yield {
                **common,
                "result_id": f"{prefix}.analysis-{n + 1:02d}",
                "group_id": ", ".join(analysis.group_ids) or None,
                "group_raw": " vs ".join(title for g in analysis.group_ids if (title := titles.get(g))) or None,
                **_analysis(analysis),
                **evidence(subject, study, f"{path}.analyses[{n}]", "posted_analysis"),
            }


def _common(measure: OutcomeMeasure, subject: Subject, endpoints: dict[tuple[str, str], str], *, oncology: bool) -> Row:
    """What all rows of one posted outcome share."""
    role = v.ENDPOINT_ROLE.find(measure.type)
    title = repaired_text(measure.title) if measure.title else None
    concept = find_concept(title, is_oncology=oncology) if title else None
    keys = measure_keys(role or "", measure.title, measure.time_frame)
    return {
        "trial_id": subject.trial_id,
        "endpoint_id": next((endpoints[key] for key in keys if key in endpoints), None),
        "concept": concept.name if concept else None,
        "role": role,
        "measure_raw": title,
        "time_frame_raw": repaired_text(measure.time_frame) if measure.time_frame else None,
        "analysis_population": repaired_text(measure.population_description) if measure.population_description else None,
    }


def _measurements(
    study: Study,
    subject: Subject,
    measure: OutcomeMeasure,
    path: str,
    prefix: str,
    common: Row,
    titles: dict[str | None, str | None],
    arm_of: dict[str | None, str | None],
) -> Iterator[Row]:
    totals = _participants(measure.denoms)
    statistic = v.STATISTIC.find(measure.param_type)
    shared: Row = {
        **common,
        "statistic": statistic,
        "statistic_raw": measure.param_type,
        "unit": unit(measure.unit_of_measure),
        "unit_raw": repaired_text(measure.unit_of_measure) if measure.unit_of_measure else None,
    }
    interval = _CONFIDENCE_INTERVAL.search(measure.dispersion_type or "")
    title = common["measure_raw"]
    of_events = common["concept"] in _EVENT_CONCEPTS or bool(_EVENTS.search(title or ""))
    for c, klass in enumerate(measure.classes):
        class_totals = _participants(klass.denoms) or totals
        class_raw = repaired_text(klass.title) if klass.title else None
        for k, category in enumerate(klass.categories):
            category_raw = repaired_text(category.title) if category.title else None
            for n, posted in enumerate(category.measurements):
                group, value = posted.group_id, parse_number(posted.value)
                band = _grades(title, class_raw, category_raw) if of_events else None
                counted = statistic == "count" and value is not None and value >= 0 and value.is_integer()
                yield {
                    **shared,
                    "result_id": f"{prefix}.{c + 1:02d}.{k + 1:02d}.{n + 1:02d}",
                    "arm_id": arm_of.get(group),
                    "group_id": group,
                    "group_raw": titles.get(group),
                    "class_raw": class_raw,
                    "category_raw": category_raw,
                    "grade_min": band[0] if band else None,
                    "grade_max": band[1] if band else None,
                    "value_raw": _words(posted.value),
                    "value": value,
                    "is_not_reached": value is None and bool(posted.comment and _NOT_REACHED.search(posted.comment)),
                    **_spread(measure.dispersion_type, interval, posted.spread, posted.lower_limit, posted.upper_limit),
                    "n_events": int(value) if counted and value is not None else None,
                    "n_total": class_totals.get(group),
                    "comment_raw": repaired_text(posted.comment) if posted.comment else None,
                    **evidence(
                        subject,
                        study,
                        f"{path}.classes[{c}].categories[{k}].measurements[{n}]",
                        "posted_measurement",
                    ),
                }


def _grades(title: str | None, class_raw: str | None, category_raw: str | None) -> tuple[int, int] | None:
    """The grade band of a value: what its category says counts before its class, that before the outcome's title."""
    return next((band for text in (category_raw, class_raw, title) if text and (band := grade_band(text))), None)


def _spread(kind: str | None, interval: re.Match[str] | None, spread: Count, low: Count, high: Count) -> Row:
    """Limits of a confidence interval, or a dispersion of another kind as a number or a range."""
    if interval:
        return {
            "dispersion_type": kind,
            "ci_level_pct": float(interval.group(1)),
            "ci_low": parse_number(low),
            "ci_high": parse_number(high),
            "ci_high_not_reached": _words(high) is not None and parse_number(high) is None,
            "dispersion": parse_number(spread),
        }
    if kind is None and spread is None and low is None and high is None:
        return {}
    return {
        "dispersion_type": kind,
        "dispersion": parse_number(spread),
        "dispersion_low": parse_number(low),
        "dispersion_high": parse_number(high),
    }


def _analysis(analysis: Analysis) -> Row:
    statistic = v.STATISTIC.find(analysis.param_type)
    if statistic is None and analysis.param_type:
        statistic = next((s for pattern, s in _ANALYSIS_STATISTICS if pattern.search(analysis.param_type)), None)
    p = parse_p_value(_words(analysis.p_value))
    has_interval = analysis.ci_lower_limit is not None or analysis.ci_upper_limit is not None
    return {
        "statistic": statistic,
        "statistic_raw": analysis.param_type,
        "value_raw": _words(analysis.param_value),
        "value": parse_number(analysis.param_value),
        "ci_level_pct": parse_number(analysis.ci_pct_value) if has_interval else None,
        "ci_low": parse_number(analysis.ci_lower_limit),
        "ci_high": parse_number(analysis.ci_upper_limit),
        "ci_high_not_reached": (
            _words(analysis.ci_upper_limit) is not None and parse_number(analysis.ci_upper_limit) is None if has_interval else None
        ),
        "dispersion_type": _ANALYSIS_DISPERSIONS.get(analysis.dispersion_type or "", analysis.dispersion_type),
        "dispersion": parse_number(analysis.dispersion_value),
        "p_value": p[1] if p else None,
        "p_operator": p[0] if p else None,
        "analysis_method": repaired_text(analysis.statistical_method) if analysis.statistical_method else None,
        "comment_raw": repaired_text(analysis.estimate_comment) if analysis.estimate_comment else None,
    }


def unit(words: str | None) -> str | None:
    """`mo`, `wk`, `d`, `a` for times, `%` for any percentage, else the source's own words. A proportion stays a proportion."""
    if not words:
        return None
    text = repaired_text(words).strip()
    if _PERCENT.match(text):
        return "%"
    return _TIME_UNITS.get(text.lower(), text) or None


def _participants(denoms: list[Denom]) -> dict[str | None, int | None]:
    """Group id → participants analysed. Counts of other units (eyes, samples) are no participants."""
    chosen = next((d for d in denoms if label_key(d.units) == "participants"), None)
    return {count.group_id: parse_count(count.value) for count in chosen.counts} if chosen else {}


def _words(posted: Count) -> str | None:
    return None if posted is None else repaired_text(str(posted))
