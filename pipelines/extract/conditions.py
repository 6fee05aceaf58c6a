"""`conditions`: one row per condition that the source lists."""

import re
from collections.abc import Iterator

from pipelines.extract.subject import Row, Subject, label_key
from pipelines.shapes import Study
from pipelines.text.repair import repaired_text

_PADDED_MESH_ID = re.compile(r"D000(0[0-5]\d{4}|06[0-5]\d{3})")
"""A descriptor's id of six digits, padded to nine as the API did for a time: D000003924. Ids from D000066000 on have nine."""


def rows(study: Study, subject: Subject) -> Iterator[Row]:
    """Rows in the source's order. The MeSH id is given where the condition's own words are one of the registry's MeSH terms."""
    mesh = {label_key(term.term): term for term in study.derived_section.condition_browse_module.meshes}
    for ordinal, words in enumerate(study.protocol_section.conditions_module.conditions, start=1):
        raw = repaired_text(words)
        term = mesh.get(label_key(raw))
        yield {
            "trial_id": subject.trial_id,
            "ordinal": ordinal,
            "condition_raw": raw,
            "condition": term.term.lower() if term and term.term else None,
            "mesh_id": _PADDED_MESH_ID.sub(r"D\1", term.id) if term and term.id else None,
        }
