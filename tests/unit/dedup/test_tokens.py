"""Texts as numbers: what is a token, which spellings are one, and where each stands."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from opencc import OpenCC

from pipelines.dedup.tokens import BREAK, is_number, token_places, tokenize

# --- the same in plain Python --------------------------------------------------------------------------------------------

ALONE_SCRIPTS = ("CJK UNIFIED", "HIRAGANA", "KATAKANA", "COMBINING KATAKANA", "IDEOGRAPHIC", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN")
SIGNS = {"·": ".", "−": "-", "‐": "-", "≤": "<", "≥": ">"}
TONED = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ"
NOTE = re.compile(f"[(（](?=[a-zü]*[{TONED}])[a-zü{TONED}]+[)）]")
WORD_FOLLOWS = re.compile("[0-9A-Za-z０-９Ａ-Ｚａ-ｚ\u00c0-\u04bf]")
DIGIT_FOLLOWS = re.compile("[0-9０-９]")
# L letter, D digit, A a character that is a token alone, B break, N a note of pinyin; "m" is a minus before a digit, "h" one before a
# letter, "p" a point before a digit. Everything else is a blank, or itself.
TOKEN = re.compile(r"(?P<word>L[LDN+\-]*)|(?P<number>D[Dp]*)|(?P<alone>AN*)|(?P<end>B)")


@dataclass(frozen=True)
class Element:
    shape: str
    form: str
    place: int


@cache
def simplified(character: str) -> str:
    return OpenCC("t2s").convert(character)


def elements(text: str) -> list[Element]:
    """Every character of a text as what it is read as."""
    found: list[Element] = []
    place = 0
    while place < len(text):
        shapes = "".join(element.shape for element in found)
        if (note := NOTE.match(text, place)) and re.search(r"(?:L[LDN+\-]*|AN*)\Z", shapes):
            place = note.end()
            found.append(Element("N", "", place - 1))
            continue
        character, following = text[place], text[place + 1 : place + 2]
        form = unicodedata.normalize("NFKC", character).casefold()
        if not "가" <= character <= "힣":
            form = unicodedata.normalize("NFKD", form)
        if character == "\uffff":
            found.append(Element("B", "", place))
        else:
            found += [Element(shape, read, place) for one in form if (shape := shape_of(one, following)) for read in [read_as(one)]]
        place += 1
    return found


def shape_of(character: str, following: str) -> str:
    kind = unicodedata.category(character)
    if character > "\U0001ffff":
        return "A" if character < "\U00040000" else " "
    if unicodedata.name(character, "").startswith(ALONE_SCRIPTS) and kind[0] in "LNM":
        return "A"
    if kind in ("Mn", "Me", "Cf"):
        return ""
    if kind == "Nd":
        return "D"
    if kind[0] in "LNM":
        return "L"
    sign = SIGNS.get(character, character)
    if sign == "-":
        return "m" if DIGIT_FOLLOWS.match(following) else "h" if WORD_FOLLOWS.match(following) else "-"
    if sign == ".":
        return "p" if DIGIT_FOLLOWS.match(following) else " "
    return sign if sign in "+<>" else " "


def read_as(character: str) -> str:
    return simplified(SIGNS.get(character, character))


def reference(text: str) -> list[tuple[str | None, bool, int, int]]:
    """(spelling, whether it is a number, start, end) of every token; the spelling of a break is None."""
    read = elements(text)
    shapes = "".join(element.shape for element in read)
    found: list[tuple[str | None, bool, int, int]] = []
    last, last_kind = 0, "end"
    for match in TOKEN.finditer(shapes):
        own = [element for element in read[match.start() : match.end()] if element.shape != "N"]
        spelling, gap = "".join(element.form for element in own), shapes[last : match.start()]
        if match.lastgroup == "number":
            touches = last_kind != "end"
            signs = [shape for i, shape in enumerate(gap) if shape in "<>" or (shape == "m" and not (i == 0 and touches))]
            spelling = "".join(signs[-1:]).replace("m", "-") + spelling
        is_in_name = last_kind == "word" and gap == "m"
        found.append(
            (
                None if match.lastgroup == "end" else spelling,
                match.lastgroup == "number" and not is_in_name,
                own[0].place,
                own[-1].place + 1,
            )
        )
        last, last_kind = match.end(), match.lastgroup or ""
    return found


PIECES = [
    *("a", "B", "é", "e\u0301", "ß", "ﬁ", "ſ", "λ", "Ж", "ŉ", "Ａ", "ｚ", "Ⅲ", "한", "א", "ع", "\u00ad", "\u200b"),
    *("1", "25", "0", "７", "²", "½", "①", "٣", "𝟘", "๓"),
    *("药", "藥", "乾", "干", "の", "が", "ｶﾞ", "カー", "々", "〇", "ไทย", "㌖", "㍿", "𠀀", "㎎", "℃"),
    *(
        " ",
        "\n",
        "\t",
        "\x00",
        ".",
        "．",
        "·",
        ",",
        "，",
        "；",
        ";",
        "。",
        "、",
        "-",
        "－",
        "−",
        "‐",
        "\u2011",
        "–",
        "+",
        "＋",
        "%",
        "/",
        "_",
        "|",
    ),
    *(
        "<",
        "＜",
        "≤",
        "≥",
        ">",
        "=",
        "(",
        "（",
        ")",
        "）",
        "(yào)",
        "（ái）",
        "(ai)",
        "(lǜ)",
        "🙂",
        "\uffff",
        "\ue000",
        "\ufffd",
        "\U000e0041",
    ),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


@settings(deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=6))
@example(["HER2- <0.05 -5 5-10 PD-1 CD8(ái)x 第-5 a--5 （−５） <\uffff5"])
def test_tokens_and_places_are_those_of_the_rules_in_plain_python(texts: list[str]) -> None:
    """For any mixture of scripts, widths, signs and odd characters: the same tokens equal, the same numbers, the same places."""
    names: dict[int, tuple[str | None, bool]] = {}
    tokens = tokenize(pa.array(texts))
    for i, text in enumerate(texts):
        expected = reference(text)
        values, starts, ends = token_places(text)
        assert values.tolist() == tokens.of(i).tolist()
        assert list(zip(starts.tolist(), ends.tolist(), strict=True)) == [(start, end) for _, _, start, end in expected]
        assert is_number(values).tolist() == [number for _, number, _, _ in expected]
        for value, (spelling, number, _, _) in zip(values.tolist(), expected, strict=True):
            assert (value == BREAK) == (spelling is None)
            assert names.setdefault(value, (spelling, number)) == (spelling, number)
    assert len(set(names.values())) == len(names), "one spelling is one token"


# --- single claims -------------------------------------------------------------------------------------------------------


def spelled(text: str) -> list[str]:
    """The tokens of a text as they stand in it."""
    _, starts, ends = token_places(text)
    return [text[start:end] for start, end in zip(starts, ends, strict=True)]


def same(one: str, other: str) -> bool:
    return token_places(one)[0].tolist() == token_places(other)[0].tolist()


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("CD8 and NCT01234567", ["CD8", "and", "NCT01234567"]),
        ("200mg daily", ["200", "mg", "daily"]),
        ("8.3 or 0·74, ca. 5. Then", ["8.3", "or", "0·74", "ca", "5", "Then"]),
        ("奥希替尼80mg", ["奥", "希", "替", "尼", "80", "mg"]),
        ("ยาใหม่", ["ย", "า", "ใ", "ห", "ม", "\u0e48"]),
        ("HER2- disease, ER+", ["HER2-", "disease", "ER+"]),
        ("5-10 and -5", ["5", "10", "and", "5"]),
        ("Nivolumab-induced", ["Nivolumab", "induced"]),
        ("嗜中性(zhōng xìng)粒", ["嗜", "中", "性", "zhōng", "xìng", "粒"]),
        ("中(zhōng)性粒", ["中", "性", "粒"]),
        ("", []),
        ("  \n…—", []),
    ],
)
def test_a_token_is_a_word_a_number_or_a_character(text: str, tokens: list[str]) -> None:
    """Words keep their digits, numbers their decimals; scripts without spaces go by characters; notes of pinyin are passed over."""
    assert spelled(text) == tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Overall Survival", "OVERALL survival"),
        ("ＰＤ－Ｌ１，５．５％", "pd-l1,5.5%"),
        ("Müller naïve", "Muller naive"),
        ("Mu\u0308ller", "Müller"),
        ("總生存期與無進展", "总生存期与无进展"),
        ("药(yào)物", "药物"),
        ("药（yào）物", "药物"),
        ("0·74", "0.74"),
        ("≤5", "<5"),
        ("−5", "-5"),
        ("PD\u20101 and PD\u20111", "PD-1 and PD-1"),
        ("efficacy", "eﬃcacy"),
        ("10 ㎎", "10 mg"),
        ("HER2-；ER+", "HER2-;ER+"),
        ("\u836f\u200b-5", "\u836f-5"),
        ("Nivo\u00adlumab", "Nivolumab"),
        ("5-10", "5–10"),
    ],
)
def test_spellings_that_say_the_same_are_one_token(one: str, other: str) -> None:
    """Case, width, accents, traditional characters, pinyin, ligatures, invisible characters and kinds of hyphen make no difference."""
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("HER2-", "HER2+"),
        ("HER2-", "HER2"),
        ("<0.05", "0.05"),
        ("<0.05", ">0.05"),
        ("-5", "5"),
        ("<5", "-5"),
        ("PD-1", "PD 1"),
        ("8.3", "83"),
        ("药(ai)物", "药物"),
        ("5 mg", "6 mg"),
        ("NCT01234567", "NCT01234568"),
        ("己", "已"),
    ],
)
def test_what_tells_texts_apart_is_not_folded(one: str, other: str) -> None:
    """Signs, digits, and brackets that hold no pinyin make another token."""
    assert not same(one, other)


def test_numbers_with_different_signs_are_all_different() -> None:
    """No sign before one number looks like another sign before another: "<0.05" is not ">2.05"."""
    texts = [f"{sign}{number}{decimals}" for sign in ("", "-", "<", ">") for number in range(100) for decimals in ("", ".05", ".5")]
    tokens = tokenize(pa.array(texts))
    assert len(tokens.values) == len(texts) == len(set(tokens.values.tolist()))


def test_a_sign_does_not_reach_into_the_next_field() -> None:
    """Nothing reaches across a break, and a break is a token at the place of its character."""
    values, starts, ends = token_places("p <\uffff5")
    assert values.tolist() == [token_places("p")[0][0], BREAK, token_places("5")[0][0]]
    assert (starts.tolist(), ends.tolist()) == ([0, 3, 4], [1, 4, 5])


def test_only_what_is_measured_or_counted_is_a_number() -> None:
    """A number in a name ("PD-1", "CD8", "COVID-19") belongs to the name; one before a unit, after a sign or in a range is a number."""
    values, _, _ = token_places("PD-1 CD8 COVID-19 200mg <0.05 5-10 第3周 2.")
    named = dict(zip(spelled("PD-1 CD8 COVID-19 200mg <0.05 5-10 第3周 2."), is_number(values).tolist(), strict=True))
    numbers = {"200", "0.05", "5", "10", "3", "2"}
    assert {token for token, number in named.items() if number} == numbers


# --- how texts are given ------------------------------------------------------------------------------------------------


def test_a_character_that_is_read_as_many_has_room_for_all_of_them() -> None:
    """Three bytes may be six tokens ("㌖"), and so may a whole text of such."""
    everything = [chr(code) * 3 for code in range(0x20000) if not 0xD800 <= code < 0xE000]
    n_bytes = np.array([len(text.encode()) for text in everything])
    assert (np.diff(tokenize(pa.array(everything)).ends) <= 2 * n_bytes).all()
    values, _, ends = token_places("㌖" * 1_000)
    assert (len(values), ends[-1]) == (6_000, 1_000)
    assert len(tokenize(pa.array(["㌖" * 1_000])).values) == 6_000


@settings(deadline=None)
@given(st.lists(st.none() | TEXTS, max_size=6), st.integers(0, 6), st.integers(0, 6))
def test_tokens_do_not_depend_on_how_texts_lie_in_an_array(texts: list[str | None], start: int, stop: int) -> None:
    """Small and large strings, slices, several chunks and NULLs: text for text the same, and a NULL has none."""
    whole = pa.array(texts, pa.string())
    expected = [tokenize(pa.array([text or ""])).of(0).tolist() for text in texts[start:stop]]
    chunks = pa.chunked_array([whole[start:stop][:2], whole[start:stop][2:]], pa.string())
    for given_as in (whole[start:stop], whole.cast(pa.large_string())[start:stop], chunks):
        tokens = tokenize(given_as)
        assert [tokens.of(i).tolist() for i in range(len(tokens))] == expected
        assert (len(tokens), tokens.ends[-1]) == (len(expected), len(tokens.values))


@settings(deadline=None)
@given(st.text(st.characters(codec=None, categories=None), max_size=60))
@example("\ud800a\udfff5")
def test_places_of_any_text_ascend_within_it(text: str) -> None:
    """Also of text with halves of surrogate pairs, controls and characters of no known kind."""
    values, starts, ends = token_places(text)
    assert (starts < ends).all() and (np.diff(starts) >= 0).all() and (np.diff(ends) >= 0).all()
    assert ends.max(initial=0) <= len(text)
    assert all((value == BREAK) == (text[start] == "\uffff") for value, start in zip(values, starts, strict=True))


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_a_blank_line_between_two_texts_adds_and_takes_nothing(one: str, other: str) -> None:
    """Tokens of a text do not depend on what stands in the paragraph before, but for a sign that stands there alone."""
    together = token_places(f"{one} .\n\n{other}")[0].tolist()
    if not re.search("[<>＜≤≥]", one):
        assert together == token_places(one)[0].tolist() + token_places(other)[0].tolist()
