"""Encodings: what `decode` makes of bytes, and which bytes are no text."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.text.encoding import Decoded, decode, looks_binary

SIMPLIFIED = "本研究评价该药联合化疗治疗晚期胃癌患者的有效性和安全性，每3周给药1次。"
TRADITIONAL = "本研究評估該藥合併化療治療晚期胃癌病人的療效與安全性，每3週給藥1次。"
WESTERN = "Étude ouverte à Besançon – Hôpital général – posologie 5 mg «matin»"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"plain ASCII", "utf-8"),
        (b"", "utf-8"),
        (SIMPLIFIED.encode(), "utf-8"),
        (SIMPLIFIED.encode("utf-8-sig"), "utf-8-sig"),
        (SIMPLIFIED.encode("gb18030"), "gb18030"),
        (SIMPLIFIED.encode("gb2312"), "gb18030"),
        (TRADITIONAL.encode("big5"), "big5"),
        (b"\xff\xfe" + WESTERN.encode("utf-16-le"), "utf-16-le"),
        (b"\xfe\xff" + SIMPLIFIED.encode("utf-16-be"), "utf-16-be"),
        (b"\xff\xfe\0\0" + SIMPLIFIED.encode("utf-32-le"), "utf-32-le"),
        (WESTERN.encode("utf-16-le"), "utf-16-le"),
        (b"NCT00000000 in plain words".decode().encode("utf-16-be"), "utf-16-be"),
        (WESTERN.encode("windows-1252"), "windows-1252"),
        ("5 µg ±2 °C®".encode("latin-1"), "windows-1252"),
    ],
)
def test_each_encoding_is_recognised_and_decoded_whole(data: bytes, encoding: str) -> None:
    """The name of the encoding is right, nothing is replaced and the mark is gone."""
    decoded = decode(data)
    assert (decoded.encoding, decoded.repairs) == (encoding, ())
    expected = [SIMPLIFIED, TRADITIONAL, WESTERN, "plain ASCII", "", "NCT00000000 in plain words", "5 µg ±2 °C®"]
    assert decoded.text in expected


def test_chinese_is_recognised_behind_a_long_stretch_of_ascii() -> None:
    """The sample that is judged begins where the text stops being ASCII."""
    data = b"x" * 200_000 + SIMPLIFIED.encode("gb18030")
    assert decode(data) == Decoded("x" * 200_000 + SIMPLIFIED, "gb18030")


def test_a_chinese_file_cut_inside_a_character_is_still_chinese() -> None:
    """One broken byte at the end does not turn a Chinese file into windows-1252."""
    decoded = decode(SIMPLIFIED.encode("gb18030")[:-1])
    assert (decoded.encoding, decoded.repairs) == ("gb18030", ("encoding",))
    assert decoded.text.startswith(SIMPLIFIED[:-1])


@pytest.mark.parametrize("text", [SIMPLIFIED, "TGF-β ≥ 5 µg/m² in naïve “responders”", WESTERN])
def test_utf_8_with_one_broken_byte_stays_utf_8(text: str) -> None:
    """The broken byte becomes U+FFFD, everything else is read as it was meant."""
    data = text.encode()
    middle = len(text[: len(text) // 2].encode())
    decoded = decode(data[:middle] + b"\xff" + data[middle:])
    half = len(text) // 2
    assert decoded == Decoded(text[:half] + "\ufffd" + text[half:], "utf-8", ("encoding",))


def test_line_ends_are_not_translated() -> None:
    """Offsets count the carriage returns of the file."""
    assert decode(b"a\r\nb\rc\n").text == "a\r\nb\rc\n"


def test_a_replacement_character_in_the_file_is_not_a_repair() -> None:
    """A file that already holds U+FFFD is valid UTF-8."""
    assert decode("grade \ufffd3".encode()).repairs == ()


@given(st.binary(max_size=300))
def test_no_bytes_make_decode_raise(data: bytes) -> None:
    """Whatever comes is decoded, and a second time in the same way."""
    assert decode(data) == decode(data)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff")))
def test_utf_8_comes_back_as_it_was(text: str) -> None:
    """Valid UTF-8 is never taken for anything else."""
    assert decode(text.encode()) == Decoded(text, "utf-8")


@pytest.mark.parametrize(
    "head",
    [
        b"NCT00000000\tphase 2\r\n\x0c",
        SIMPLIFIED.encode("gb18030"),
        TRADITIONAL.encode("big5"),
        WESTERN.encode("windows-1252"),
        WESTERN.encode("utf-16-le"),
        b"\xff\xfe" + SIMPLIFIED.encode("utf-16-le"),
        SIMPLIFIED.encode()[:-1],
        b"",
    ],
)
def test_text_in_any_encoding_is_not_binary(head: bytes) -> None:
    """A head of text, also one cut inside a character, is text."""
    assert not looks_binary(head)


@pytest.mark.parametrize(
    "head",
    [
        gzip.compress(SIMPLIFIED.encode() * 50, mtime=0),
        b"PK\x03\x04" + b"word/document.xml",
        b"%PDF-1.7 and words and words",
        b"words \0 and words",
        bytes(range(1, 256)),
    ],
)
def test_archives_documents_and_control_characters_are_binary(head: bytes) -> None:
    """What is no text is told by its signature, its zero bytes or its control characters."""
    assert looks_binary(head)
