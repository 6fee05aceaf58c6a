"""Phrases: which of them stand in a text, and where, as plain searching for each of them finds them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.dedup.phrases import PhraseTree, code_points, holds_any, lowered, phrase_places, phrase_tree, plain

LETTER = "[a-zß-öø-ɏ]"


def found(tree: PhraseTree, text: str) -> list[tuple[str, int]]:
    return [(text[start:end], number) for start, end, number in phrase_places(tree, code_points(text))]


def plainly(phrases: list[str], behind_numbers: list[str], text: str) -> list[list[int]]:
    """The same by a regular expression for each phrase."""
    places: list[list[int]] = []
    for number, phrase in enumerate([*phrases, *behind_numbers]):
        words = phrase.strip("*")
        pattern = re.escape(words)
        if number >= len(phrases):
            pattern = r"\d\s?" + pattern
        elif re.match(LETTER, words) and not phrase.startswith("*"):
            pattern = f"(?<!{LETTER}){pattern}"
        if re.match(LETTER, words[-1]) and not phrase.endswith("*"):
            pattern += f"(?!{LETTER})"
        places += [[match.start(), match.end(1), number] for match in re.finditer(f"(?=({pattern}))", text)]
    return sorted(places)


PHRASES = st.lists(st.from_regex(r"\*?[abé中文 -]{1,4}\*?", fullmatch=True).filter(lambda phrase: phrase.strip("*")), max_size=12)


@given(PHRASES, PHRASES.map(lambda phrases: [phrase.lstrip("*") for phrase in phrases]), st.text("abé中文 -1\n", max_size=40))
def test_every_phrase_is_found_wherever_it_stands(phrases: list[str], behind_numbers: list[str], text: str) -> None:
    """Also phrases within phrases, the same phrase twice, and none at all."""
    tree = phrase_tree(phrases, behind_numbers=behind_numbers)
    expected = plainly(phrases, behind_numbers, text)
    assert sorted(phrase_places(tree, code_points(text))) == expected
    assert holds_any(tree, code_points(text)) == bool(expected)


def test_more_phrases_are_found_than_first_room_was_made_for() -> None:
    """Many at every place."""
    phrases = ["*" + "a" * n + "*" for n in range(1, 9)]
    text = "a" * 100
    assert phrase_places(phrase_tree(phrases), code_points(text)) == [
        [start, start + n, n - 1] for start in range(100) for n in range(1, 9) if start + n <= 100
    ]


@pytest.mark.parametrize("text", ["免責聲明", "免责声明", "免責声明"])
def test_a_phrase_is_found_in_either_script(text: str) -> None:
    """Also in both at once, as converted pages mix them."""
    assert found(phrase_tree(["免责声明"]), f"見{text}：") == [(text, 0)]


@pytest.mark.parametrize("text", ["All rights reserved", "ALL RIGHTS RESERVED", "Ａｌｌ　rights　reserved"])
def test_case_and_width_make_no_difference(text: str) -> None:
    """Letters and blanks."""
    assert found(phrase_tree(["all rights reserved"]), f"({text})") == [(text, 0)]


def test_a_word_is_found_where_it_begins_and_ends() -> None:
    """Letters beside it hide it unless a star allows them; digits, signs and Chinese characters do not."""
    tree = phrase_tree(["dose", "bleed*", "*mab"])
    assert found(tree, "dose") == [("dose", 0)]
    assert found(tree, "2dose3 药dose药") == [("dose", 0), ("dose", 0)]
    assert found(tree, "doses overdose dosé") == []
    assert found(tree, "bleeding nosebleed") == [("bleed", 1)]
    assert found(tree, "mab trastuzumab mabs") == [("mab", 2), ("mab", 2)]


def test_a_unit_is_found_behind_a_number_only() -> None:
    """With one blank or none, and with the digit before it."""
    tree = phrase_tree(["mg"], behind_numbers=["mg", "月"])
    assert found(tree, "80 mg") == [("0 mg", 1), ("mg", 0)]
    assert found(tree, "80mg") == [("0mg", 1), ("mg", 0)]
    assert found(tree, "80  mg, mg, ８月") == [("mg", 0), ("mg", 0), ("８月", 2)]


@given(st.text())
def test_places_are_those_of_characters(text: str) -> None:
    """Whatever stands before a phrase, also characters of two code units."""
    assert len(code_points(text)) == len(plain(text)) == len(lowered(text)) == len(text)
    place = phrase_places(phrase_tree(["中文"]), code_points(f"{text} 中文"))[-1]
    assert place == [len(text) + 1, len(text) + 3, 0]


def test_a_text_is_read_in_plain_width_and_simplified_script() -> None:
    """Case is kept or not, as asked; what has no plain form stays."""
    assert plain("ＡＢＣ，１０　發佈 𠮷 é’") == "ABC,10 发布 𠮷 é'"
    assert lowered("ＡＢＣ，１０　發佈 İ É’") == "abc,10 发布 İ é'"
