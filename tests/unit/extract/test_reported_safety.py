"""Rows of `safety` that articles make: events, their grades and groups, totals, deaths."""

import pytest

from pipelines.extract import articles
from pipelines.extract.subject import Row, Subject
from pipelines.sources import article

ARMS = "Patients were randomly assigned to arm A or arm B. "


def _said(text: str) -> list[Row]:
    """The rows of `safety` of an article."""
    (record,) = article.read(f"# A study of new drugs\n\n{text}\n".encode())
    assert record.article is not None
    return articles.tables(record.article, Subject("x-1", "d" * 16, "none", "en")).get("safety", [])


def _figures(text: str, *names: str) -> list[tuple[object, ...]]:
    """These columns of the rows; `figure` for the percentage or, without one, the number affected."""
    rows = [row | {"figure": row.get("n_affected") if row.get("percent") is None else row["percent"]} for row in _said(text)]
    return [tuple(row.get(name) for name in names) for row in rows]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Grade 3 adverse events were rash (9%) and fever (7%) in arm A and rash (4%), cough (3%) and fever (2%) in arm B.",
            [("Rash", 9, "arm A"), ("Fever", 7, "arm A"), ("Rash", 4, "arm B"), ("Cough", 3, "arm B"), ("Fever", 2, "arm B")],
        ),
        (
            "Toxicity: more fatigue (arm A, 46%; arm B, 62%) and bone pain (arm A, 11%; arm B, 23%).",
            [("Fatigue", 46, "arm A"), ("Fatigue", 62, "arm B"), ("Bone pain", 11, "arm A"), ("Bone pain", 23, "arm B")],
        ),
        (
            "Adverse events: rash (35% versus 5% with arm A) was more common with arm B, fever (19% versus 6% with arm B) with arm A.",
            [("Rash", 35, "arm B"), ("Rash", 5, "arm A"), ("Fever", 19, "arm A"), ("Fever", 6, "arm B")],
        ),
        ("Of adverse events, rash (9% versus 4%) was more common with arm A.", [("Rash", 9, "arm A"), ("Rash", 4, "arm B")]),
        ("Of adverse events, rash was more frequent in arm B (9% v 4%).", [("Rash", 9, "arm B"), ("Rash", 4, "arm A")]),
        ("Compared with arm A, arm B had more toxicity such as rash (20% vs 10%).", [("Rash", 20, "arm B"), ("Rash", 10, "arm A")]),
    ],
)
def test_every_percentage_is_of_its_own_arm(text: str, expected: list[tuple[object, ...]]) -> None:
    """Groups stand before their events, after them, or beside one of two values that are compared."""
    assert _figures(ARMS + text, "term", "figure", "group_raw") == expected
