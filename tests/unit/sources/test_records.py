"""What is the same content, whatever it came in."""

import unicodedata

import pytest

from pipelines.sources.records import text_sha256

TEXT = "Café-au-lait spots: 12 of 45 (26.7%)\n不良反应：恶心、呕吐（3级）。\n"


@pytest.mark.parametrize(
    "other",
    [
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("\n", "\r"),
        "\ufeff" + TEXT,
        unicodedata.normalize("NFD", TEXT),
        TEXT.replace("12 of 45", "１２　of　４５"),
        TEXT.replace("：", ":").replace("（3级）", "(3级)"),
        "  " + TEXT.replace(": ", ":\t ") + "\n\n",
        " ".join(TEXT.split()),
    ],
)
def test_blanks_and_equal_forms_make_no_difference(other: str) -> None:
    """A copy that went through another editor is the same content."""
    assert text_sha256(other) == text_sha256(TEXT)


@pytest.mark.parametrize(
    "other",
    [
        TEXT.replace("12", "13"),
        TEXT.replace("26.7", "267"),
        TEXT.lower(),
        TEXT.replace("(26.7%)", "26.7%"),
        TEXT.replace("45", "4 5"),
    ],
)
def test_what_a_reader_would_see_makes_a_difference(other: str) -> None:
    """Digits, letters, case and punctuation are content."""
    assert text_sha256(other) != text_sha256(TEXT)
