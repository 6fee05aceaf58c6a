"""Claims about `pipelines.vocab.data_files`: the tab-separated files of the vocabularies."""

from pathlib import Path

import pytest

from pipelines.vocab.data_files import read_rows


def test_comments_and_empty_lines_are_skipped_and_missing_cells_are_empty(tmp_path: Path) -> None:
    """A row may end before its last columns."""
    path = tmp_path / "words.tsv"
    path.write_text("# what this is\nname\tother\n\none\ntwo\tzwei\n", encoding="utf-8")
    assert list(read_rows(path)) == [{"name": "one", "other": ""}, {"name": "two", "other": "zwei"}]


def test_a_line_with_too_many_cells_is_an_error_that_names_the_line(tmp_path: Path) -> None:
    """A stray tab would shift columns silently."""
    path = tmp_path / "words.tsv"
    path.write_text("name\none\ttwo\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"words\.tsv, line 2"):
        list(read_rows(path))
