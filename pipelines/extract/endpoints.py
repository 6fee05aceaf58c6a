"""`endpoints`: one row per planned outcome measure: its parts as given, the concept that its title names, its time frame in days.

How words are read belongs to `vocab/concepts.py`, `vocab/criteria.py` and `grammar/time_frames.py`; posted values to `endpoint_results.py`.
"""

from collections.abc import Iterator

from pipelines.extract.regimens import cycle_length
from pipelines.extract.subject import Row, Subject, evidence, label_key, place_columns
from pipelines.extract.trials import is_oncology
from pipelines.grammar.time_frames import TimeFrame, read_time_frame
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
            yield f"{subject.id_base}/{word}-{ordinal}", role, ordinal, path, outcome


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
            **_time_columns(outcome, study, subject),
            **evidence(subject, study, f"{path}.measure", "registered_outcome"),
        }


def time_frame(words: str | None, study: Study, subject: Subject) -> tuple[TimeFrame, Row | None] | None:
    """What a time frame says; and the regimen that says how long a cycle is, where that was needed and only one length is stated."""
    if not words:
        return None
    frame = read_time_frame(repaired_text(words))
    if frame.asks_cycle_length and (known := cycle_length(study, subject)) is not None:
        told = read_time_frame(repaired_text(words), cycle_days=known[0])
        if (told.days, told.every_days) != (frame.days, frame.every_days):
            return told, known[1]
    return frame, None


def _time_columns(outcome: Outcome, study: Study, subject: Subject) -> Row:
    found = time_frame(outcome.time_frame, study, subject)
    if found is None:
        return {}
    frame, _ = found
    return {
        "time_frame_kind": frame.kind,
        "time_frame_days": frame.days,
        "time_frame_every_days": frame.every_days,
        "time_frame_iso": frame.iso,
        "time_anchor": frame.anchor,
        "no_horizon_reason": frame.reason,
    }


def window(words: str | None, study: Study, subject: Subject) -> Row:
    """The columns of `safety` for the time over which events are collected."""
    found = time_frame(words, study, subject)
    return {"window_raw": repaired_text(words), "window_days": found[0].days} if words and found else {}


def evidence_rows(study: Study, subject: Subject) -> Iterator[Row]:
    """Places that speak for an endpoint with a time frame: its title, its time frame, and the regimen that says how long a cycle is."""
    for identifier, _, _, path, outcome in planned(study, subject):
        found = time_frame(outcome.time_frame, study, subject)
        if found is None:
            continue
        frame, regimen = found
        places = [
            ("measure", evidence(subject, study, f"{path}.measure", "registered_outcome")),
            ("time_frame", evidence(subject, study, f"{path}.timeFrame", frame.rule)),
        ]
        if regimen is not None:
            places.append(("cycle_length", regimen))
        for ordinal, (role, place) in enumerate(places, start=1):
            yield {"table_name": "endpoints", "row_id": identifier, "ordinal": ordinal, "role": role, **place_columns(place)}
