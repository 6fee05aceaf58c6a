"""Folding makes spellings comparable and moves no character."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.text.folding import folded


@pytest.fixture(scope="module", autouse=True)
def _table() -> None:
    """The table of characters, built before hypothesis times the first example."""
    folded("静")


@given(st.text())
@example("İstanbul ß ﬁ ㎡ Ⅲ ℃ ½ 10⁷ ｶﾞ")
@example("\U0001f48a 100 mg \U00020000")
def test_any_text_keeps_its_length(text: str) -> None:
    """One character stands for one, also where lower case, plain width or NFKC would make two of it: offsets stay."""
    assert len(folded(text)) == len(text)


@given(st.text(st.characters(codec="ascii") | st.sampled_from("×（靜Ｍ、⁷µ")))
def test_a_character_is_folded_without_regard_to_its_neighbours(text: str) -> None:
    """The short way for texts of ASCII alone gives what the long way gives."""
    assert folded(text) == "".join(folded(character) for character in text)
    assert folded(text) == folded(text + "静").removesuffix("静")


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("Twice Daily", "twice daily"),
        ("１００ ＭＧ", "100 mg"),
        ("靜脈滴註，每週兩次", "静脉滴注,每周两次"),
        ("（第１天，第８天）", "(第1天,第8天)"),
        ("5 × 10^7", "5 * 10^7"),
        ("5 ✕ 10^7", "5 ＊ 10^7"),
        ("day −5 – day ‑3", "day -5 - day -3"),
        ("10～20", "10~20"),
        ("µg", "μg"),
        ("[20 mg]", "(20 mg)"),
        ("investigator’s", "investigator's"),
        ("二〇", "二0"),
        ("20\u00a0mg\u3000qd", "20 mg qd"),
        ("● one ▪ two", "• one • two"),
        ("①年龄 ②体重", "•年龄 •体重"),
    ],
)
def test_spellings_that_differ_in_case_width_script_or_twin_signs_become_one(text: str, same: str) -> None:
    """What prose writes in several ways is written in one."""
    assert folded(text) == folded(same)


@pytest.mark.parametrize("text", ["10⁷", "m²", "㎡", "10·5", "5.5", "1、5", "。", "≥ 18", "每3周", "q3w (d1,8)"])
def test_signs_that_mean_something_else_stay(text: str) -> None:
    """A raised exponent is no digit, a point in mid-height is a decimal point, "、" is none, a Chinese full stop ends a sentence."""
    assert folded(text) == text
