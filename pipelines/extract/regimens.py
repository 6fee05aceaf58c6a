"""`regimens`: one row per arm, treatment, dose and schedule, from the structured part of a record and from its prose.

Here belongs making rows and their evidence. Which treatments a record has belongs to `regimen_treatments.py`, which passages speak of
them to `regimen_passages.py`, how their statements come together to `regimen_merging.py`, and how prose is read to `pipelines/grammar`.
Procedures, devices, tests and behavioural interventions are no treatment in the sense of this table.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from pipelines.extract.arms import arm_id
from pipelines.extract.regimen_merging import Component, components
from pipelines.extract.regimen_passages import Said, said
from pipelines.extract.regimen_treatments import Treatment, Treatments
from pipelines.extract.subject import Row, Subject, evidence, place_columns, span
from pipelines.grammar.lexicon import DRUG, tagged, words
from pipelines.schema import vocabularies as v
from pipelines.shapes import ArmGroup, Study
from pipelines.text.repair import repair
from pipelines.vocab.drugs import PLACEBO

_LONGEST_GAP_CHARS = 60
_NEW_ITEM = re.compile(r"\n\s*(?:\n|[-*•])")
_CONTROL_ARMS = frozenset({"ACTIVE_COMPARATOR", "PLACEBO_COMPARATOR", "SHAM_COMPARATOR"})


def rows(study: Study, subject: Subject) -> Iterator[Row]:
    """Rows in the order in which the record names the treatments, and of the arms within each."""
    for row, _ in made(study, subject):
        yield row


def evidence_rows(study: Study, subject: Subject) -> Iterator[Row]:
    """Places that speak for a regimen: its parts in the prose, or the intervention and the label of the arm that the record ties it to."""
    yield from evidence_of(study, subject, made(study, subject))


def evidence_of(study: Study, subject: Subject, found: Iterable[tuple[Row, Component]]) -> Iterator[Row]:
    """The same for rows that have been made."""
    for row, component in found:
        places = list(_places(row, component, study, subject))
        if len(places) == 1 and not component.sources:
            # The row's own columns show the one place.
            continue
        for ordinal, (role, place) in enumerate(places, start=1):
            yield {
                "table_name": "regimens",
                "row_id": row["regimen_id"],
                "ordinal": ordinal,
                "role": role,
                **place_columns(place),
            }


_last: list[tuple[Study, Subject, list[tuple[Row, Component]]]] = []
"""The rows of the record that was read last: two tables are made of them, one after the other."""


def made(study: Study, subject: Subject) -> list[tuple[Row, Component]]:
    """Rows, and what each was made from."""
    if not _last or _last[0][0] is not study or _last[0][1] != subject:
        _last[:] = [(study, subject, list(_made(study, subject)))]
    return _last[0][2]


def cycle_length(study: Study, subject: Subject) -> tuple[int, Row] | None:
    """Days of a cycle, and the row that says so, where all regimens of a record that state a length state the same."""
    stated = {row["cycle_length_days"]: row for row, _ in reversed(made(study, subject)) if row["cycle_length_days"] is not None}
    return stated.popitem() if len(stated) == 1 else None


def _made(study: Study, subject: Subject) -> Iterator[tuple[Row, Component]]:
    treatments = Treatments(study, subject)
    yield from made_of(study, subject, treatments, said(study, treatments))


def made_of(study: Study, subject: Subject, treatments: Treatments, statements: Sequence[Said]) -> Iterator[tuple[Row, Component]]:
    """Rows, and what each was made from, of the statements of a document."""
    by_treatment: dict[int, list[Said]] = {}
    named: dict[int, Treatment] = {id(one): one for one in treatments.registered}
    for one in statements:
        by_treatment.setdefault(id(one.treatment), []).append(one)
        named.setdefault(id(one.treatment), one.treatment)
    groups = study.protocol_section.arms_interventions_module.arm_groups
    ordinal = 0
    for key, treatment in named.items():
        if _is_replaced(treatment, treatments, statements):
            continue
        for component in components(treatment, by_treatment.get(key, [])):
            ordinal += 1
            yield _row(component, ordinal, study, subject, groups), component


def _is_replaced(treatment: Treatment, treatments: Treatments, statements: Sequence[Said]) -> bool:
    """Whether an intervention that names no drug ("Chemotherapy") is spelt out by prose, which makes rows of its own."""
    if treatment.name is not None or not treatment.places:
        return False
    places, arms = set(treatment.places), set(treatment.arms)
    if any(one.treatment is treatment and one.statement.dose is not None for one in statements):
        return False
    in_name = {token.value.name for token in tagged(treatment.raw, (words(),)) if token.kind == DRUG and not token.value.is_class}
    if len(in_name) > 1 and in_name <= {one.treatment.name for one in statements}:
        # "Doublet (RAD001 and LBH589)".
        return True
    return any(
        one.treatment.name is not None
        and not one.treatment.places
        and (one.passage.place in places if one.kind == "intervention" else one.kind == "arm" and one.passage.place in arms)
        for one in statements
    )


def _row(component: Component, ordinal: int, study: Study, subject: Subject, groups: Sequence[ArmGroup]) -> Row:
    treatment = component.treatment
    time = component.time()
    schedule = component.schedule
    dose = component.dose
    drug = treatment.drug
    statements = [one.statement for one in component.sources]
    tied = [groups[place] for place in (treatment.arms or ([] if component.arm is None else [component.arm]))]
    return {
        "regimen_id": f"{subject.id_base}/regimen-{ordinal}",
        "trial_id": subject.trial_id,
        "arm_id": None if component.arm is None else arm_id(subject, component.arm + 1),
        "ordinal": ordinal,
        "intervention_raw": _raw_name(component),
        **treatment.code,
        "drug_name": treatment.name,
        "drug_ids": list(drug.ids.items()) if drug and drug.ids else None,
        "component_role": _role(treatment, tied, groups),
        "is_optional": any(one.is_optional for one in statements) or None,
        "alternative_group": next((one.alternative for one in statements if one.alternative is not None), None),
        "dose_raw": _words(component, "dose"),
        "dose_low": dose.low if dose else None,
        "dose_high": dose.high if dose else None,
        "dose_unit": dose.unit if dose else None,
        "dose_level": next((one.level for one in statements if one.level is not None), None),
        "n_fractions": component.n_fractions,
        "route": component.route,
        "route_raw": _words(component, "route"),
        "schedule_raw": _words(component, "schedule"),
        "frequency": time.frequency if time.frequency in v.FREQUENCY.members else None,
        "interval_days": time.interval_days,
        "cycle_days": list(time.cycle_days) if time.cycle_days else None,
        "cycle_length_days": time.cycle_length_days,
        "n_cycles": component.n_cycles(),
        "duration_days": schedule.duration,
        "until_raw": _words(component, "until"),
        "care_phase": next((one.phase for one in statements if one.phase is not None), None),
        "is_fully_specified": bool(
            treatment.name and dose and component.route and (time.frequency or time.interval_days is not None or time.cycle_days)
        ),
        **_main_evidence(component, study, subject),
    }


def _words(component: Component, role: str) -> str | None:
    """The source's own words for a part, in the first statement that has it: from its first word on, as far as the rest stands close.

    Another paragraph or item of a list is not close.
    """
    for one in component.sources:
        spans = sorted({(token.start, token.end) for name, token in one.statement.parts if name == role})
        if spans:
            start, end = spans[0]
            for first, last in spans[1:]:
                if first - end > _LONGEST_GAP_CHARS or _NEW_ITEM.search(one.repaired.text, end, first):
                    break
                end = max(end, last)
            return one.repaired.text[start:end]
    return None


def _raw_name(component: Component) -> str | None:
    """The source's words for the treatment: the registered name, or those of the prose."""
    treatment = component.treatment
    return treatment.raw or None if treatment.places else _words(component, "drug") or treatment.raw


def _main_evidence(component: Component, study: Study, subject: Subject) -> Row:
    if not component.sources:
        return _registered_name(component.treatment, study, subject)
    return _whole(component.sources[0], study, subject)


def _whole(one: Said, study: Study, subject: Subject) -> Row:
    """Evidence of all that a statement was made from, from its first to its last word."""
    tokens = [token for _, token in one.statement.parts]
    return _place(one, min(token.start for token in tokens), max(token.end for token in tokens), one.statement.rule, study, subject)


def _registered_name(treatment: Treatment, study: Study, subject: Subject) -> Row:
    """Evidence of a treatment in the name of its intervention; of one of several in a name, the part that names it."""
    path = f"armsInterventionsModule.interventions[{treatment.places[0]}].name"
    found = evidence(subject, study, path, "registered_intervention")
    name = study.protocol_section.arms_interventions_module.interventions[treatment.places[0]].name or ""
    repaired = repair(name)
    start = repaired.text.find(treatment.raw)
    if treatment.raw != repaired.text.strip() and start >= 0:
        found |= span(name, repaired.original_span(start, start + len(treatment.raw)), path, study)
    return found


def _place(one: Said, start: int, end: int, rule: str, study: Study, subject: Subject) -> Row:
    """Evidence of a stretch of a passage, in the published text."""
    found = evidence(subject, study, one.passage.path, rule)
    found["method"] = "text"
    return found | span(one.passage.text, one.repaired.original_span(start, end), one.passage.path, study)


def _places(row: Row, component: Component, study: Study, subject: Subject) -> Iterator[tuple[str, Row]]:
    treatment = component.treatment
    for one in component.sources:
        yield "whole", _whole(one, study, subject)
        for role, token in one.statement.parts:
            yield role, _place(one, token.start, token.end, token.rule or one.statement.rule, study, subject)
    if treatment.places:
        yield "drug", _registered_name(treatment, study, subject)
    is_tied = component.arm in treatment.arms or any(one.kind == "intervention" and component.arm in one.arms for one in component.sources)
    if row["arm_id"] is not None and component.arm is not None and is_tied:
        yield "group", evidence(subject, study, f"armsInterventionsModule.armGroups[{component.arm}].label", "registered_arm_link")


def _role(treatment: Treatment, tied: Sequence[ArmGroup], groups: Sequence[ArmGroup]) -> str | None:
    """Role by the kinds of arm that receive it; None where the record does not tell."""
    if treatment.name == PLACEBO:
        return "placebo"
    kinds = {v.ARM_TYPE.find(group.type) for group in tied}
    experimental, control = "EXPERIMENTAL" in kinds, bool(kinds & _CONTROL_ARMS)
    if experimental and not control:
        return "investigational"
    if control and not experimental:
        return "comparator"
    if experimental and control and len(tied) == len(groups):
        return "background"
    return None
