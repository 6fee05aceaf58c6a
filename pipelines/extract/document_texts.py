"""`document_texts`: the texts of a record that evidence points into, as published."""

from collections.abc import Iterator

from pipelines.extract.subject import Row, Subject
from pipelines.shapes import Study
from pipelines.sources.study_record import texts


def rows(study: Study, subject: Subject) -> Iterator[Row]:
    """One row per text field."""
    for field, text in texts(study):
        yield {"document_id": subject.document_id, "field": field, "text": text}
