"""Exact duplicates: the same content in several places."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipelines.dedup.exact import exact_duplicates

COLUMNS = ("document_id", "content_sha256", "kind", "source_path", "record_index")
Row = tuple[str, str | None, str, str, int]


def repeated(*rows: Row) -> dict[str, str]:
    frame = pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS[:4], pl.String) | {"record_index": pl.Int64}, orient="row")
    return dict(exact_duplicates(frame).iter_rows())


def test_the_first_by_path_and_place_is_kept() -> None:
    """Whatever order the records come in: "a.json" before "b.json", and in a file the earlier record."""
    assert repeated(
        ("3", "same", "study", "b.json", 0),
        ("2", "same", "study", "a.json", 10),
        ("1", "same", "study", "a.json", 2),
    ) == {"2": "1", "3": "1"}


def test_content_that_differs_repeats_nothing() -> None:
    """Another digest is another document."""
    assert repeated(("1", "one", "study", "a", 0), ("2", "two", "study", "b", 0)) == {}


def test_documents_without_a_digest_repeat_nothing() -> None:
    """What was not digested cannot be told to be the same."""
    assert repeated(("1", None, "article", "a", 0), ("2", None, "article", "b", 0)) == {}


def test_a_record_and_an_article_are_never_the_same() -> None:
    """Digests of the two kinds are over different things."""
    assert repeated(("1", "same", "study", "a", 0), ("2", "same", "article", "b", 0)) == {}


ROWS = st.lists(
    st.tuples(st.sampled_from(["x", "y", None]), st.sampled_from(["study", "article"]), st.sampled_from("ab"), st.integers(0, 3)),
    unique_by=lambda row: row[2:],
    max_size=8,
)


@given(ROWS, st.randoms())
def test_the_order_of_records_does_not_matter(rows: list[tuple[str | None, str, str, int]], random) -> None:
    """Shuffled input gives the same answer, and what is kept repeats nothing itself."""
    named: list[Row] = [(f"{path}{index}", digest, kind, path, index) for digest, kind, path, index in rows]
    found = repeated(*named)
    random.shuffle(named)
    assert repeated(*named) == found
    assert not set(found) & set(found.values())
