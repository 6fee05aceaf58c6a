"""Repairs: what is undone, what is left alone, and where it stood before."""

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.text.repair import repair, repaired_text, repairs_of


@pytest.mark.parametrize(
    ("damaged", "expected", "repairs"),
    [
        (r"5 x 10\^9/L and 1.73 m\^2", "5 x 10^9/L and 1.73 m^2", ("markdown_escape",)),
        (r"\>Grade 1, \<= 7, p\<0.05", ">Grade 1, <= 7, p<0.05", ("markdown_escape",)),
        (r"lymph node \[LN\]", "lymph node [LN]", ("markdown_escape",)),
        (r"HLA-A\*02:01, aged 20\~40, data\_sharing", "HLA-A*02:01, aged 20~40, data_sharing", ("markdown_escape",)),
        (
            r"18\. Infection" + "\n" + r"1\) Consent" + "\n" + r"\- Men",
            "18. Infection\n1) Consent\n- Men",
            ("markdown_escape",),
        ),
        (r"this or \\ that", r"this or \ that", ("markdown_escape",)),
        ("l&#39;île", "l'île", ("html",)),
        (r"system\&amp;#39;s", "system's", ("markdown_escape", "html")),
        ("&lt;.0001, 5&nbsp;mg, R&amp;D, R&Amp;D", "<.0001, 5 mg, R&D, R&D", ("html",)),
        ("first&lt;br&gt;second<br/>third", "first\nsecond\nthird", ("html",)),
        ("from Day 29.&#xD;Then", "from Day 29.\nThen", ("html",)),
        ("<p>One.</p><p>Two.</p>", "One.\nTwo.", ("html",)),
        ("<ul><li>a</li><li>b</li></ul>", "* a\n* b", ("html",)),
        ("<tr><td>12</td><td>34</td></tr>", "12 34", ("html",)),
        ("m<sup>2</sup>, CO<sub>2</sub>, <jats:sup>®</jats:sup>", "m2, CO2, ®", ("html",)),
        ("10<sup>9</sup>/L, 10<sup>-3</sup>5", "10^9/L, 10^-3 5", ("html",)),
        ('<i>BRCA1</i> <a href="x">link</a>', "BRCA1 link", ("html",)),
        ("NexagonÂ® 5Â\xa0mg", "Nexagon® 5\xa0mg", ("mojibake",)),
        ("â‰¥5% of TGF-Î², 10 Âµg", "≥5% of TGF-β, 10 µg", ("mojibake",)),
        ("UniversitÃ© at PaÅ¡ko", "Université at Paško", ("mojibake",)),
        ("“NexagonÂ®”", "“Nexagon®”", ("mojibake",)),
        ("patientâ€™s, patientÃ¢â‚¬â„¢s, COâ‚‚", "patient’s, patient’s, CO₂", ("mojibake",)),
        ("æ‚£è€… 12", "患者 12", ("mojibake",)),
    ],
)
def test_damage_is_undone_and_named(damaged: str, expected: str, repairs: tuple[str, ...]) -> None:
    """Each kind of damage seen in real records is repaired under its name, and the result is a fixed point."""
    repaired = repair(damaged)
    assert (repaired.text, repaired.repairs) == (expected, repairs)
    assert repair(expected).repairs == ()


@pytest.mark.parametrize(
    "text",
    [
        r"\alpha and \beta_1",
        r"C:\data\_new\*.txt",
        r"\\server\share\_x",
        r"50\% of \"them\"",
        "EF <50%, <18 years>, <Hematology>, n<p, p<i>0",
        "AT&T, R&D; and a&b=1&copy=2",
        "&#0; &bogus;",
        "grade ��3, Servi�os, (EF  50%)",
        "TriapineÃÂ® lost a byte",
        "“CAFÉ” „groß“ «É» CAFÉ® é…” à…»",
        "ï¼‘",
        "1.4 mg/m2 ｆｕｌｌ　ｗｉｄｔｈ “quotes” ＜50％",
        "\nOne line break, no block",
        "Two  spaces\n    and an indented line",
        "",
    ],
)
def test_what_may_be_meant_is_left_alone(text: str) -> None:
    """Paths, LaTeX, comparison signs, legitimate accents and lost characters come back as the same object."""
    assert repair(text).repairs == ()
    assert repaired_text(text) is text


WRAPPED = """
        Inclusion Criteria:\r

          -  Age over 18, able to read the form and\r
             to sign it.\r

          -  Any of:

               -  ECOG 0\r
\r
               -  ECOG 1

          -  5 mg or less

          9. Nine

         10. Ten - not
             eleven

        Exclusion Criteria:
      """


def test_a_wrapped_block_gets_its_lines_back() -> None:
    """Lines of a paragraph are joined, items stand on lines of their own, as in the registry's API."""
    repaired = repair(WRAPPED)
    assert repaired.repairs == ("layout",)
    assert repaired.text.split("\n") == [
        "Inclusion Criteria:",
        "",
        "* Age over 18, able to read the form and to sign it.",
        "* Any of:",
        "",
        "  * ECOG 0",
        "  * ECOG 1",
        "",
        "* 5 mg or less",
        "9. Nine",
        "10. Ten - not eleven",
        "",
        "Exclusion Criteria:",
    ]


def test_paragraphs_of_a_wrapped_block_are_kept_apart() -> None:
    """An empty line stays a paragraph break, indentation and the blanks around the block go."""
    block = "\n      First line of the\n      paragraph goes on.\n\n      Second paragraph.\n    "
    assert repaired_text(block) == "First line of the paragraph goes on.\n\nSecond paragraph."


def test_spans_of_a_wrapped_block_lead_back_to_its_words() -> None:
    """Every word of the repaired block is found at its place in the original."""
    repaired = repair(WRAPPED)
    for word in re.finditer(r"[A-Za-z0-9:]+", repaired.text):
        start, end = repaired.original_span(*word.span())
        assert WRAPPED[start:end] == word[0]


def test_a_span_over_a_repair_covers_the_whole_of_what_stood_there() -> None:
    """Half of a replaced stretch leads to all of it, a deletion at the edge of a span stays outside."""
    repaired = repair(r"a &amp;#39; 10\^9 b<br>c")
    assert repaired.text == "a ' 10^9 b\nc"
    assert repaired.original_span(2, 3) == (2, 11)
    assert repaired.original_span(4, 6) == (12, 14)
    assert repaired.original_span(6, 8) == (15, 17)
    assert repaired.original_span(4, 8) == (12, 17)
    assert repaired.original_span(9, 12) == (18, 24)
    assert repaired.original_span(6, 6) == (15, 15)


@pytest.mark.parametrize("span", [(-1, 0), (2, 1), (0, 4)])
def test_a_span_outside_the_text_is_refused(span: tuple[int, int]) -> None:
    """A wrong span is an error, not a guess."""
    with pytest.raises(ValueError, match="outside a text of 3 characters"):
        repair("abc").original_span(*span)


DAMAGE = {
    r"\>": ">",
    r"\^2": "^2",
    r"\[": "[",
    "&amp;#39;": "'",
    "&lt;": "<",
    "<br>": "\n",
    "<em>": "",
    "Â®": "®",
    "â‰¥": "≥",
    "ÃƒÂ©": "é",
    "&#x3b2;": "β",
}
CLEAN_WORD = st.text(st.sampled_from("abcXYZ 012.,;µ患者日é-+%()"), min_size=1, max_size=8)
PIECES = st.lists(st.tuples(CLEAN_WORD, st.sampled_from(sorted(DAMAGE))), min_size=1, max_size=12)


@given(PIECES)
def test_every_undamaged_stretch_keeps_its_place(pieces: list[tuple[str, str]]) -> None:
    """Between damages of every kind, each stretch maps back to exactly where it stood."""
    # A full stop on either side keeps a repair from depending on its neighbours.
    original = "".join(f".{clean}.{damage}" for clean, damage in pieces) + "."
    repaired = repair(original)
    assert repaired.text == "".join(f".{clean}.{DAMAGE[damage]}" for clean, damage in pieces) + "."
    at, at_original = 0, 0
    for clean, damage in pieces:
        n_clean = len(clean) + 2
        assert repaired.original_span(at, at + n_clean) == (at_original, at_original + n_clean)
        at += n_clean
        at_original += n_clean
        if DAMAGE[damage]:
            start, end = repaired.original_span(at, at + len(DAMAGE[damage]))
            assert at_original <= start < end == at_original + len(damage)
        at += len(DAMAGE[damage])
        at_original += len(damage)
    assert repaired.original_span(0, len(repaired.text)) == (0, len(original))


ANY_TEXT = st.one_of(
    st.text(),
    st.text(st.sampled_from("\\*_[]<>#&;abrpsuli/=\"'0129 \n-Ââ‰¥Ã©€®î²\xa0¼‘ï")),
    st.lists(st.sampled_from(["<p>", "<sup>", "</sup>", "<br>", "</td>", "&lt;", "&amp;", "1", "2", " ", "\n", "x"])).map("".join),
    st.lists(st.sampled_from(["\n      ", "\n\n        ", "-  ", "1. ", "word", " 12", "\r\n", "  "])).map(
        lambda parts: "\n      a" + "".join(parts)
    ),
)


@given(ANY_TEXT)
def test_no_digit_is_added_removed_or_altered(text: str) -> None:
    """The digits of the repaired text are those of the original, entities and tags apart."""
    spelled_out = re.sub(r"&(?:amp;)*#[0-9a-fA-FxX]+;|&(?:amp;)*[A-Za-z][A-Za-z0-9]*;|<[^<>]*>", "", text)
    if spelled_out == text:
        assert [c for c in repaired_text(text) if c.isdecimal()] == [c for c in text if c.isdecimal()]


@given(st.lists(st.sampled_from(["<p>", "<b>", "</b>", "<sup>", "</sup>", "<sub>", "</sub>", "<br>", "<td>", "1", "23", "."])))
def test_tags_leave_the_digits_around_them(parts: list[str]) -> None:
    """What stands between tags keeps its digits in their order."""
    written = [c for part in parts if not part.startswith("<") for c in part if c.isdecimal()]
    assert [c for c in repaired_text("".join(parts)) if c.isdecimal()] == written


@given(ANY_TEXT)
def test_the_fast_path_gives_the_same_text(text: str) -> None:
    """`repaired_text` and `repair` agree, and name a repair exactly where something changed."""
    repaired = repair(text)
    assert repaired_text(text) == repaired.text
    assert repairs_of(text) == repaired.repairs
    assert bool(repaired.repairs) == (repaired.text != text)


@given(ANY_TEXT, st.data())
def test_every_span_leads_into_the_original(text: str, data: st.DataObject) -> None:
    """Spans stay inside the original, in order, and an unrepaired character leads to itself."""
    repaired = repair(text)
    start = data.draw(st.integers(0, len(repaired.text)))
    end = data.draw(st.integers(start, len(repaired.text)))
    original_start, original_end = repaired.original_span(start, end)
    assert 0 <= original_start <= original_end <= len(text)
    assert (original_start < original_end) == (start < end)
    for position in range(start, end):
        a, b = repaired.original_span(position, position + 1)
        assert original_start <= a < b <= original_end


def test_importing_repair_does_not_import_ftfy() -> None:
    """The import costs every process; ftfy is loaded with the first suspicious text."""
    code = "import sys, pipelines.text.repair as r; r.repair('a \\\\> b & ≥'); sys.exit('ftfy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
