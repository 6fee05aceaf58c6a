"""The extractors by table: each is a pure function from a study and its subject to rows of that table."""

from collections.abc import Callable, Iterator

from pipelines.extract import arms, conditions, document_texts, endpoint_results, endpoints, regimens, safety, trials
from pipelines.extract.subject import Row, Subject
from pipelines.shapes import Study


def _one_trial(study: Study, subject: Subject) -> Iterator[Row]:
    yield trials.row(study, subject)


EXTRACTORS: dict[str, Callable[[Study, Subject], Iterator[Row]]] = {
    "trials": _one_trial,
    "conditions": conditions.rows,
    "arms": arms.rows,
    "regimens": regimens.rows,
    "endpoints": endpoints.rows,
    "endpoint_results": endpoint_results.rows,
    "safety": safety.rows,
    "document_texts": document_texts.rows,
    "evidence": regimens.evidence_rows,
}
