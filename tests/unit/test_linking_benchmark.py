"""The benchmark of linking: what it makes up, and what it tells."""

from benchmarks.linking import Cost, documents, measure, report
from pipelines.shapes import Article, Study


def test_some_of_the_records_have_another_document_without_an_id() -> None:
    """In three forms; a record of 3 has one, and both are of one trial."""
    made = list(documents(9, 3))
    records, others = made[:9], made[9:]
    assert [kind for _, _, kind, _ in made] == ["record"] * 9 + ["other"] * 3
    assert {trial for _, trial, _, _ in others} < {trial for _, trial, _, _ in records}
    assert [type(document) for *_, document in others] == [Study, Article, Article]


def test_a_small_register_is_linked_without_an_error() -> None:
    """Rows and texts say the same in the same words; an article may be left out."""
    cost = measure(90, 9)
    assert cost.wrong == 0
    assert cost.right >= 6


def test_the_report_tells_how_it_grows() -> None:
    """The ratio of CPU seconds is what shows a quadratic step."""
    half, full = Cost(10, 1, 1.0, 2.0, 100.0, 1, 0), Cost(20, 2, 2.0, 5.0, 150.0, 2, 0)
    assert report(half, full).endswith("twice as much takes 2.00 times the time to describe, 2.50 times to link")
