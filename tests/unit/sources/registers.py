"""What the tests of the readers of registers share."""

from typing import Any, Protocol

from pipelines.extract import trials
from pipelines.extract.subject import Subject
from pipelines.shapes import Study
from pipelines.sources.records import Record, Reject


class Readable(Protocol):
    def read(self, data: bytes, *, first_index: int = 0, header: bytes = b"") -> Any: ...


def studies(reader: Readable, data: bytes) -> list[Study]:
    """The studies of a file in which nothing is rejected."""
    found: list[Study] = []
    for one in reader.read(data):
        assert isinstance(one, Record), one
        assert one.study is not None
        found.append(one.study)
    return found


def rejects(reader: Readable, data: bytes) -> list[Reject]:
    """What is rejected of a file."""
    return [one for one in reader.read(data) if isinstance(one, Reject)]


def trial(study: Study) -> dict[str, Any]:
    """The row of `trials` of a study."""
    subject = Subject(study.protocol_section.identification_module.nct_id or "", "d" * 20, study.registry or "", "en")
    return trials.row(study, subject)


def outcomes(study: Study, role: str) -> list[tuple[str | None, str | None, str | None]]:
    """(measure, description, time frame) of the outcomes of a role."""
    found = getattr(study.protocol_section.outcomes_module, f"{role}_outcomes")
    return [(one.measure, one.description, one.time_frame) for one in found]


def interventions(study: Study) -> list[tuple[str | None, str | None, str | None, list[str]]]:
    """(type, name, description, arms) of the interventions."""
    module = study.protocol_section.arms_interventions_module
    return [(one.type, one.name, one.description, one.arm_group_labels) for one in module.interventions]


def check_places(study: Study) -> None:
    """Every text that has a place in the source is what stands there."""
    modules = study.protocol_section
    for path, origin in (study.origins or {}).items():
        if origin.field not in (study.source_texts or {}):
            # The place of a posted value: a member of the source as a whole.
            assert origin.start is None
            continue
        value: Any = study.results_section if path.startswith(("outcomeMeasures", "adverseEvents")) else modules
        for step in path.replace("[", ".[").split("."):
            if step.startswith("["):
                value = value[int(step[1:-1])]
            else:
                value = getattr(value, "".join(f"_{c.lower()}" if c.isupper() else c for c in step))
        text = (study.source_texts or {})[origin.field]
        assert text[origin.start : origin.end] == value, path
