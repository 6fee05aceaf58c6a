"""`regimens`: one row per arm and treatment that the structured part of a record ties together.

Doses and schedules written in prose are not read here yet. Procedures, devices, tests and behavioural interventions are no
treatment in the sense of this table.
"""

from collections.abc import Iterator

from pipelines.extract.arms import arm_id, arm_ids_by_label
from pipelines.extract.subject import Row, Subject, coded, evidence, label_key
from pipelines.schema import vocabularies as v
from pipelines.shapes import ArmGroup, Intervention, Study
from pipelines.text.repair import repaired_text
from pipelines.vocab.drugs import PLACEBO, RADIOTHERAPY, Drug, find_drug

_TREATMENTS = frozenset({"DRUG", "BIOLOGICAL", "RADIATION", "DIETARY_SUPPLEMENT", "GENETIC", "COMBINATION_PRODUCT"})
_CONTROL_ARMS = frozenset({"ACTIVE_COMPARATOR", "PLACEBO_COMPARATOR", "SHAM_COMPARATOR"})


def rows(study: Study, subject: Subject) -> Iterator[Row]:
    """Rows in the order of the record's interventions, and of its arms within each."""
    arms = study.protocol_section.arms_interventions_module
    by_label = arm_ids_by_label(study, subject)
    ordinal = 0
    for number, intervention in enumerate(arms.interventions):
        name = repaired_text(intervention.name).strip() if intervention.name else None
        code = coded("intervention_type", v.INTERVENTION_TYPE, intervention.type)
        drug = _drug(code.get("intervention_type"), name)
        if not _is_treatment(code.get("intervention_type"), drug):
            continue
        tied = _arms_of(intervention, arms.arm_groups, subject, by_label)
        role = _role(drug, [arms.arm_groups[place] for place in tied], arms.arm_groups)
        for place in tied or [None]:
            ordinal += 1
            yield {
                "regimen_id": f"{subject.trial_id}/regimen-{ordinal}",
                "trial_id": subject.trial_id,
                "arm_id": None if place is None else arm_id(subject, place + 1),
                "ordinal": ordinal,
                "intervention_raw": name,
                **code,
                "drug_name": drug.name if drug else None,
                "drug_ids": list(drug.ids.items()) if drug and drug.ids else None,
                "component_role": role,
                "is_fully_specified": False,
                **evidence(subject, study, f"armsInterventionsModule.interventions[{number}].name", "registered_intervention"),
            }


def evidence_rows(study: Study, subject: Subject) -> Iterator[Row]:
    """Places that speak for a regimen tied to an arm: the intervention, and the label of the arm."""
    arms = study.protocol_section.arms_interventions_module
    places = {arm_id(subject, n): n - 1 for n in range(1, len(arms.arm_groups) + 1)}
    for row in rows(study, subject):
        if row["arm_id"] is None:
            continue
        arm = evidence(subject, study, f"armsInterventionsModule.armGroups[{places[row['arm_id']]}].label", "registered_arm_link")
        for ordinal, (role, place) in enumerate((("drug", row), ("group", arm)), start=1):
            yield {
                "table_name": "regimens",
                "row_id": row["regimen_id"],
                "ordinal": ordinal,
                "role": role,
                **{name: place[name] for name in ("document_id", "field", "start_char", "end_char", "rule")},
            }


def _arms_of(intervention: Intervention, groups: list[ArmGroup], subject: Subject, by_label: dict[str, str]) -> list[int]:
    """Places (from 0) of the arms that receive the intervention: by its arm labels, and by the arms' intervention names.

    An arm names its interventions as "Drug: Pembrolizumab"; a type may be left out.
    """
    wanted = {by_label.get(label_key(label)) for label in intervention.arm_group_labels}
    name = label_key(intervention.name)
    return [
        place
        for place, group in enumerate(groups)
        if arm_id(subject, place + 1) in wanted or (name and any(_names(text, name) for text in group.intervention_names))
    ]


def _names(text: str, name: str) -> bool:
    key = label_key(text)
    return key == name or key.partition(": ")[2] == name


def _drug(intervention_type: str | None, name: str | None) -> Drug | None:
    if intervention_type == "RADIATION":
        return Drug(RADIOTHERAPY)
    return find_drug(name) if name else None


def _is_treatment(intervention_type: str | None, drug: Drug | None) -> bool:
    """Treatments by type. "Other" and unknown types are treatments when the name is a drug's or a placebo's."""
    if intervention_type in _TREATMENTS:
        return True
    return intervention_type in (None, "OTHER") and drug is not None


def _role(drug: Drug | None, tied: list[ArmGroup], groups: list[ArmGroup]) -> str | None:
    """Role by the kinds of arm that receive it; None where the record does not tell."""
    if drug is not None and drug.name == PLACEBO:
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
