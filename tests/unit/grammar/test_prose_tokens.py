"""Prose is cut into words, numbers, Chinese characters, signs and line ends, each with its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.grammar.tokens import Token, tokens
from pipelines.text.folding import folded


def _kinds_and_texts(text: str) -> list[str]:
    """`NUM:75` and the like; a word without its kind."""
    return [token.text if token.kind == "W" else "NL" if token.kind == "NL" else f"{token.kind}:{token.text}" for token in tokens(text)]


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("Cisplatin 75 mg/m2", ["cisplatin", "NUM:75", "mg", "/", "m", "NUM:2"]),
        ("q3w", ["q", "NUM:3", "w"]),
        ("D1-D14", ["d", "NUM:1", "-", "d", "NUM:14"]),
        ("口服200毫克", ["口", "服", "NUM:200", "毫", "克"]),
        ("静滴Day1", ["静", "滴", "day", "NUM:1"]),
        ("10⁶/kg", ["NUM:10", "SUP:⁶", "/", "kg"]),
        ("naïve µg", ["naïve", "μg"]),
        ("arm_1", ["arm", "_", "NUM:1"]),
        ("", []),
    ],
)
def test_words_numbers_signs_and_chinese_characters_are_tokens(text: str, cut: list[str]) -> None:
    """Letters and digits part where they touch, and every Chinese character stands alone."""
    assert _kinds_and_texts(text) == cut


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1,250", [1250.0]),
        ("1,250,000.5", [1250000.5]),
        ("0,75", [0.75]),
        ("1·5", [1.5]),
        (".5", [0.5]),
        ("１２．５", [12.5]),
        ("1,8,15", [1.0, 8.0, 15.0]),
        ("1、5 mg", [1.0, 5.0]),
        ("0、5", [0.0, 5.0]),
        ("1,2500", [1.0, 2500.0]),
        ("day.5", [5.0]),
        ("10¹²", [10.0, 12.0]),
        ("5.", [5.0]),
    ],
)
def test_a_number_has_the_value_that_is_written(text: str, values: list[float]) -> None:
    """Commas between thousands, a comma after a leading zero, points on the line and in mid-height; a list of days stays one."""
    assert [token.value for token in tokens(text) if token.kind in ("NUM", "SUP")] == values


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("Dose A\nDose B", ["dose", "a", "NL", "dose", "b"]),
        ("given\nonce daily", ["given", "once", "daily"]),
        ("given\n\nonce daily", ["given", "NL", "once", "daily"]),
        ("on days\n\n1 to 21", ["on", "days", "NUM:1", "to", "NUM:21"]),
        ("20 mg\n2. rest", ["NUM:20", "mg", "NL", "NUM:2", ".", "rest"]),
        ("口服\n静滴", ["口", "服", "NL", "静", "滴"]),
        ("once\n", ["once", "NL"]),
    ],
)
def test_a_line_end_counts_where_something_begins_after_it(text: str, cut: list[str]) -> None:
    """A line that was only cut at the width of a page goes on."""
    assert _kinds_and_texts(text) == cut


@pytest.mark.parametrize(
    ("text", "n_items"),
    [("• iron tablets", 1), ("- iron\n- zinc", 3), ("Iron 20 mg * Zinc 5 mg", 1), ("2 * 5 mg", 0), ("twice-daily", 0), ("days 1 - 5", 0)],
)
def test_a_sign_before_an_item_of_a_list_is_a_line_end(text: str, n_items: int) -> None:
    """At the beginning of a line, or before a capital where lines were joined; elsewhere it multiplies, joins or subtracts."""
    assert sum(1 for token in tokens(text) if token.kind == "NL") == n_items


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("帕(pà)博(bó)", ["帕", "博"]),
        ("铂（bó）", ["铂"]),
        ("铂(bo)", ["铂", "(", "bo", ")"]),
        ("dose (bó)", ["dose", "(", "bó", ")"]),
    ],
)
def test_a_note_of_pinyin_is_no_token(text: str, cut: list[str]) -> None:
    """Only after a Chinese character, and only with a tone mark: other brackets say something."""
    assert _kinds_and_texts(text) == cut


@given(st.text())
def test_tokens_stand_in_order_at_their_places(text: str) -> None:
    """No two overlap, and each is the folded text of its stretch."""
    position = 0
    for token in tokens(text):
        assert position <= token.start < token.end <= len(text)
        if token.kind != "NL":
            assert token.text == folded(text)[token.start : token.end]
        position = token.end


@given(st.text(st.characters(exclude_characters="()（）[]【】［］〔〕﹝﹞「」『』﹙﹚❨❩⁽⁾₍₎｢｣")))
def test_nothing_but_blanks_stands_between_tokens(text: str) -> None:
    """What is skipped without a bracket in the text is white space."""
    left = list(text)
    for token in tokens(text):
        left[token.start : token.end] = " " * (token.end - token.start)
    assert not "".join(left).strip()


def test_a_token_shows_what_it_is() -> None:
    """The value only where there is one."""
    assert repr(tokens("daily")[0]) == "W('daily')"
    assert repr(Token("ROUTE", "iv", 0, 2, "intravenous")) == "ROUTE('iv'='intravenous')"
