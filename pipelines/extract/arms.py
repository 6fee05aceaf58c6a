"""`arms`: one row per arm or group that the source lists, and the ties from group titles to them."""

from collections.abc import Iterator

from pipelines.extract.subject import Row, Subject, coded, label_key, unique_by_label
from pipelines.schema import vocabularies as v
from pipelines.shapes import Study
from pipelines.text.numbers import parse_count
from pipelines.text.repair import repaired_text


def arm_id(subject: Subject, ordinal: int) -> str:
    """Id of the trial's arm at this place (from 1)."""
    return f"{subject.id_base}/arm-{ordinal}"


def arm_ids_by_label(study: Study, subject: Subject) -> dict[str, str]:
    """Label (see `label_key`) → arm id. Only an exact and unique label ties a group to an arm: a wrong arm is the worst error."""
    groups = study.protocol_section.arms_interventions_module.arm_groups
    return unique_by_label((group.label, arm_id(subject, n)) for n, group in enumerate(groups, start=1))


def rows(study: Study, subject: Subject) -> Iterator[Row]:
    """Rows in the source's order."""
    started = _started(study)
    for ordinal, group in enumerate(study.protocol_section.arms_interventions_module.arm_groups, start=1):
        yield {
            "arm_id": arm_id(subject, ordinal),
            "trial_id": subject.trial_id,
            "ordinal": ordinal,
            "label": repaired_text(group.label) if group.label else None,
            **coded("arm_type", v.ARM_TYPE, group.type),
            "description": repaired_text(group.description) if group.description else None,
            "n_participants": started.get(label_key(group.label)),
        }


def _started(study: Study) -> dict[str, int]:
    """Label → participants who started the first period, for groups of the participant flow whose title is unique."""
    if study.results_section is None:
        return {}
    flow = study.results_section.participant_flow_module
    if not flow.periods:
        return {}
    first = next((m for m in flow.periods[0].milestones if (m.type or "").upper() == "STARTED"), None)
    counts = {a.group_id: parse_count(a.num_subjects) for a in first.achievements} if first else {}
    titles = unique_by_label((group.title, group.id) for group in flow.groups if group.id)
    return {title: count for title, group_id in titles.items() if (count := counts.get(group_id)) is not None}
