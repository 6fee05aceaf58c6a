"""Texts as the grammars of reports read them, and the way back to what was written."""

import pytest

from pipelines.text.readable import readable


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"HR更低（ $H R { = } 0 . 7 1$ ， $9 5 \%  C I 0 . 5 2 { \sim } 0 . 9 8$ ）", "HR更低（ HR=0.71 ， 95%CI0.52~0.98 ）"),
        (r"达到 $6 4 \% ^ { [ 1 2 ] }$ 。", "达到 64% [12] 。"),
        (r"每次 $7 5 \mathrm { m g / m } ^ { 2 }$ ，$1 0 ^ { 9 } / \mathrm{L}$", "每次 75mg/m2 ，10^9/L"),
        (r"$\geqslant 3$ 级， $P { < } 0 . 0 5$", "≥3 级， P<0.05"),
        ("The HRdeath was 0.7, HRPFS 0.6; HRQoL and HRs", "The HR death was 0.7, HR PFS 0.6; HRQoL and HRs"),
        ("中位OS为9. 4个月（95%CI：0. 41～0. 94），P＜0. 05", "中位OS为9.4个月（95%CI：0.41～0.94），P＜0.05"),
    ],
)
def test_formulas_and_broken_numbers_are_written_plainly(written: str, read: str) -> None:
    """No digit is added, removed or altered."""
    assert readable(written).text == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("HR 0á74 (95% CI 0á60Ð0á91)", "HR 0·74 (95% CI 0·60–0·91)"),
        ("4繚8 months [IQR 3繚3\ufffd\ufffd7繚1]", "4·8 months [IQR 3·3–7·1]"),
        ("HR 0ï¿½74 (0ï¿½60ï¿½0ï¿½91)", "HR 0·74 (0·60–0·91)"),
        ("stage IIIB\ufffd\ufffdIV, 5\ufffd6, café", "stage IIIB\ufffd\ufffdIV, 5\ufffd6, café"),
    ],
)
def test_points_and_dashes_that_an_encoding_has_lost_are_read(written: str, read: str) -> None:
    """Where only one sign can have stood; what may have been either stays."""
    assert readable(written).text == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("該藥的 → 緩解率為 40%", "該藥的緩解率為 40%"),
        ("在 ↣ 術後患者中 ✖ 不適用", "在術後患者中不適用"),
        ("A → B 的用法", "A → B 的用法"),
    ],
)
def test_ornaments_of_notes_are_passed_over(written: str, read: str) -> None:
    """An arrow that leads from one to the next stays."""
    assert readable(written).text == read


@pytest.mark.parametrize(
    "text",
    ["It costs $5 million or $6 million.", "<?php $menu = $items; ?>", "入组30例. 5例出现进展. 共2例。", "In 2010. 5 patients were lost."],
)
def test_what_may_be_meant_stays(text: str) -> None:
    """A dollar sign is money in prose, and a full stop may end a sentence."""
    assert readable(text).text == text


def test_every_word_is_found_where_it_was_written() -> None:
    """Evidence shows the source's own signs."""
    text = r"结果（ $H R { = } 0 . 7 1$ ）"
    found = readable(text)
    start = found.text.index("0.71")
    assert text[slice(*found.original_span(start, start + 4))] == "0 . 7 1"
