"""`safety`: adverse events, their totals and deaths per group, from the adverse-event section of a results posting.

What a protocol only plans to look for belongs to `planned_safety.py`.
"""

from collections.abc import Iterator

from pipelines.extract.arms import arm_ids_by_label
from pipelines.extract.endpoints import window
from pipelines.extract.row_flags import flags_of
from pipelines.extract.subject import Row, Subject, coded, evidence, label_key
from pipelines.schema import vocabularies as v
from pipelines.shapes import AdverseEvent, AdverseEventsModule, Count, EventGroup, Study
from pipelines.text.grades import grade_band
from pipelines.text.numbers import parse_count, parse_number
from pipelines.text.repair import repaired_text
from pipelines.vocab.adverse_events import find_term
from pipelines.vocab.criteria import grading_criteria


def rows(study: Study, subject: Subject) -> Iterator[Row]:
    """Deaths and totals of each group, then every serious and every other event per group, in the posted order."""
    if study.results_section is None:
        return
    module = study.results_section.adverse_events_module
    arms = arm_ids_by_label(study, subject)
    common: Row = {"trial_id": subject.trial_id, **window(module.time_frame, study, subject)}
    titles = {group.id: repaired_text(group.title) if group.title else None for group in module.event_groups}
    groups: dict[str | None, Row] = {
        group_id: {**common, "arm_id": arms.get(label_key(title)), "group_id": group_id, "group_raw": title}
        for group_id, title in titles.items()
    }
    yield from _totals(study, subject, module, groups)
    for is_serious, name, listed, events in (
        (True, "serious", "seriousEvents", module.serious_events),
        (False, "other", "otherEvents", module.other_events),
        (None, "event", "events", module.events),
    ):
        for n, event in enumerate(events):
            path = f"adverseEventsModule.{listed}[{n}]"
            described = _described(event, is_serious)
            for k, stats in enumerate(event.stats):
                yield {
                    **groups.get(stats.group_id, common),
                    "safety_id": f"{subject.id_base}/{name}-{n + 1:04d}.{k + 1:02d}",
                    **described,
                    **_counts(stats.num_affected, stats.num_at_risk, stats.percent),
                    "n_events": parse_count(stats.num_events),
                    **evidence(subject, study, f"{path}.stats[{k}]", "posted_adverse_event"),
                }


def _totals(study: Study, subject: Subject, module: AdverseEventsModule, groups: dict[str | None, Row]) -> Iterator[Row]:
    for n, group in enumerate(module.event_groups):
        for name, row, affected, at_risk in _group_totals(group):
            if affected is None and at_risk is None:
                continue
            yield {
                **groups[group.id],
                "safety_id": f"{subject.id_base}/{name}-{n + 1:02d}",
                **row,
                **_counts(affected, at_risk),
                **evidence(subject, study, f"adverseEventsModule.eventGroups[{n}]", f"posted_{name.replace('-', '_')}"),
            }


def _group_totals(group: EventGroup) -> Iterator[tuple[str, Row, Count, Count]]:
    yield "all-cause-death", {"kind": "death"}, group.deaths_num_affected, group.deaths_num_at_risk
    yield "any-serious", {"kind": "any_event", "is_serious": True}, group.serious_num_affected, group.serious_num_at_risk
    yield "any-other", {"kind": "any_event", "is_serious": False}, group.other_num_affected, group.other_num_at_risk
    yield "any", {"kind": "any_event"}, group.all_num_affected, group.all_num_at_risk


def _described(event: AdverseEvent, is_serious: bool | None) -> Row:
    term = repaired_text(event.term) if event.term else None
    known = find_term(term) if term else None
    organ_system = repaired_text(event.organ_system) if event.organ_system else None
    return {
        "kind": "event",
        "term_raw": term,
        "term": known.name if known else None,
        "system_organ_class": organ_system or (known.system_organ_class if known else None),
        "is_serious": is_serious,
        **coded("assessment_type", v.ASSESSMENT_TYPE, event.assessment_type),
        "source_vocabulary": event.source_vocabulary,
        "criteria": grading_criteria(event.source_vocabulary),
        **_grades(term),
    }


def _grades(term: str | None) -> Row:
    band = grade_band(term) if term else None
    return {"grade_min": band[0], "grade_max": band[1]} if band else {}


def _counts(affected: Count, at_risk: Count, printed: Count = None) -> Row:
    a, n = parse_count(affected), parse_count(at_risk)
    row: Row = {"n_affected": a, "n_at_risk": n, "percent_computed": 100 * a / n if a is not None and n else None}
    return {**row, "percent": parse_number(printed), "flags": flags_of({**row, "percent": parse_number(printed)})} if printed else row
