"""What a person has decided about near misses of linking."""

from pathlib import Path

import pytest

from pipelines.decisions import DecisionsError
from pipelines.link.decisions import read_decisions

HEAD = "content_sha256,trial_id,decision,note\n"


def test_decisions_are_read_by_content_and_trial(tmp_path: Path) -> None:
    """Other columns are for people."""
    path = tmp_path / "links.csv"
    path.write_text(f"{HEAD}aa,NCT00000001,same,asked the sponsor\nbb,NCT00000002, different ,\n", encoding="utf-8")
    assert read_decisions(path) == {("aa", "NCT00000001"): "same", ("bb", "NCT00000002"): "different"}


def test_no_file_is_no_decision(tmp_path: Path) -> None:
    """Nobody needs to make one."""
    assert read_decisions(tmp_path / "links.csv") == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("content_sha256,decision\n", "lacks trial_id"),
        (f"{HEAD}aa,NCT00000001,maybe,\n", "line 2: 'maybe'"),
        (f"{HEAD}aa,NCT00000001,same,\naa,NCT00000001,different,\n", "line 3: an earlier line says the opposite"),
    ],
)
def test_a_file_that_cannot_be_followed_is_refused(text: str, message: str, tmp_path: Path) -> None:
    """With its name, the line and the reason."""
    path = tmp_path / "links.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DecisionsError, match=message):
        read_decisions(path)
