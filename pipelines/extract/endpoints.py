"""`endpoints`: one row per planned outcome measure, with its parts as given and the concept that its title names.

Time frames are kept in the source's words here; posted values belong to `endpoint_results`.
"""

from collections.abc import Iterator

from pipelines.extract.subject import Row, Subject, evidence, label_key
from pipelines.extract.trials import is_oncology
from pipelines.shapes import Outcome, Study
from pipelines.text.repair import repaired_text
from pipelines.vocab.concepts import find_concept
from pipelines.vocab.criteria import find_criteria

ROLES = (("PRIMARY", "primary"), ("SECONDARY", "secondary"), ("OTHER", "other"))


def planned(study: Study, subject: Subject) -> Iterator[tuple[str, str, int, str, Outcome]]:
    """(endpoint id, role, place in its role from 1, path, outcome) of every planned outcome."""
    for role, word in ROLES:
        outcomes: list[Outcome] = getattr(study.protocol_section.outcomes_module, f"{word}_outcomes")
        for ordinal, outcome in enumerate(outcomes, start=1):
            path = f"outcomesModule.{word}Outcomes[{ordinal - 1}]"
            yield f"{subject.trial_id}/{word}-{ordinal}", role, ordinal, path, outcome


def endpoint_ids_by_measure(study: Study, subject: Subject) -> dict[tuple[str, str], str]:
    """(role, measure) → endpoint id, and (role, measure + time frame) where the measure alone is not unique."""
    found: dict[tuple[str, str], str | None] = {}
    for identifier, role, _, _, outcome in planned(study, subject):
        for key in measure_keys(role, outcome.measure, outcome.time_frame):
            found[key] = None if key in found else identifier
    return {key: identifier for key, identifier in found.items() if identifier}


def measure_keys(role: str, measure: str | None, time_frame: str | None) -> tuple[tuple[str, str], tuple[str, str]]:
    """The keys under which an outcome is looked up, the more exact one first."""
    title = label_key(measure)
    return (role, f"{title}\n{label_key(time_frame)}"), (role, title)


def rows(study: Study, subject: Subject) -> Iterator[Row]:
    """Rows by role, in the source's order."""
    oncology = is_oncology(study) is True
    for identifier, role, ordinal, path, outcome in planned(study, subject):
        measure = repaired_text(outcome.measure) if outcome.measure else None
        description = repaired_text(outcome.description) if outcome.description else None
        concept = find_concept(measure, is_oncology=oncology) if measure else None
        yield {
            "endpoint_id": identifier,
            "trial_id": subject.trial_id,
            "role": role,
            "ordinal": ordinal,
            "measure": measure,
            "description": description,
            "time_frame_raw": repaired_text(outcome.time_frame) if outcome.time_frame else None,
            "concept": concept.name if concept else None,
            "endpoint_class": concept.endpoint_class if concept else None,
            "criteria": [one.name for one in find_criteria(measure, description)] or None,
            **evidence(subject, study, f"{path}.measure", "registered_outcome"),
        }
