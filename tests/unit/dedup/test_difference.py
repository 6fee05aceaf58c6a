"""The words in which two texts differ, and how they are shown."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.dedup.alignment import Kind
from pipelines.dedup.comparable import FIELD_END
from pipelines.dedup.difference import MARKS, Change, as_markdown, differences, pieces, summary

PARAGRAPH = (
    "Of the forty people who came to the clinic in the first winter, thirty were asked again after a year, and all but two of them "
    "said that they would rather walk than take the bus. "
)
MORE = (
    "Nobody had expected that the stairs would be the topic on which opinions differ most between the young visitors and those who had "
    "been coming for a long time. "
)


def shown(one: str, other: str) -> str:
    """All changes as they are printed without colours."""
    return printed(differences(one, other))


def printed(changes: list[Change]) -> str:
    """One line per change."""
    return "\n".join("".join(MARKS[kind].format(words) for kind, words in pieces(change)) for change in changes)


def changed(one: str, other: str) -> list[tuple[str, str]]:
    """(removed, added) of each change."""
    return [(change.removed, change.added) for change in differences(one, other)]


def test_changed_words_stand_between_their_neighbours() -> None:
    """As many as were asked for."""
    one, other = "A dose of 200 mg was given to every patient on day 1", "A dose of 300 mg was given to each of the patients on day 1"
    assert shown(one, other).splitlines() == [
        "… A dose of [-200-] {+300+} mg was given to every patient …",
        "… of 200 mg was given to [-every patient-] {+each of the patients+} on day 1 …",
    ]
    (change, _) = differences(one, other, context=2)
    assert (change.before, change.after) == ("dose of ", " mg was")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Response rate, overall.", "RESPONSE  RATE\noverall"),
        ("naïve patients", "naive patients"),
        ("ＨＥＲ２ positive", "HER2 positive"),
        ("患者接受治療", "患者接受治疗"),
        ("", ""),
        ("", " .\n"),
    ],
)
def test_spelling_that_documents_are_compared_without_is_no_difference(one: str, other: str) -> None:
    """Case, blanks, punctuation, accents, width, the script of Chinese."""
    assert differences(one, other) == []


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("p <0.05 in both", "p >0.05 in both", ("<0.05", ">0.05")),
        ("p < 0.05 in both", "p ≥ 0.05 in both", ("< 0.05", "≥ 0.05")),
        ("HER2- disease", "HER2+ disease", ("HER2-", "HER2+")),
        ("a change of -5 points", "a change of 5 points", ("-5", "5")),
    ],
)
def test_a_sign_is_shown_with_what_it_belongs_to(one: str, other: str, expected: tuple[str, str]) -> None:
    """It is all the difference."""
    assert changed(one, other) == [expected]


def test_chinese_differs_by_character() -> None:
    """Without blanks in between; one word of context is two characters."""
    one, other = "患者每三周接受一次静脉输注治疗直到疾病进展", "患者每两周接受一次静脉输注治疗直到疾病进展"
    assert shown(one, other) == "… 患者每[-三-] {+两+}周接受一次静脉输注治疗直 …"


def test_a_moved_paragraph_is_shown_once() -> None:
    """With what was changed in it."""
    one, other = PARAGRAPH + MORE + "The end.", MORE + PARAGRAPH.replace("thirty", "some") + "The end."
    found = differences(one, other)
    assert sorted(change.kind for change in found) == [Kind.CHANGED, Kind.MOVED]
    assert [(change.removed, change.added) for change in found if change.kind == Kind.CHANGED] == [("thirty", "some")]
    assert "moved: Of the forty people" in shown(one, other)


def test_a_paragraph_that_is_pasted_again_is_said_once_more() -> None:
    """By the text that has it twice."""
    once, twice = PARAGRAPH + MORE, PARAGRAPH + MORE + PARAGRAPH
    assert shown(twice, once).startswith("said once more: Of the forty people")
    assert shown(once, twice).startswith("said once more in the other: Of the forty people")
    found = summary(differences(once, twice), once, twice)
    assert (found.n_places, found.n_repeated, found.share) == (0, 1, 0)


def test_additions_stand_apart_from_the_words_around_them() -> None:
    """At the beginning, in between and at the end."""
    assert shown("b c", "a b c") == "{+a+} b c …"
    assert shown("a c", "a b c") == "… a {+b+} c …"
    assert shown("a b", "a b c") == "… a b {+c+}"


def test_the_end_of_a_field_is_no_word() -> None:
    """Fields that one has more than the other are shown without it."""
    assert changed(f"a{FIELD_END}b", f"a{FIELD_END}new words{FIELD_END}b") == [("", "new words")]
    assert differences(f"a{FIELD_END}b", "a b") == []


def test_a_summary_counts_words_of_either() -> None:
    """Not those that are only moved."""
    one, other = "one two three four", "one 2 three four five six"
    found = summary(differences(one, other), one, other)
    assert (found.n_places, found.n_removed, found.n_added, found.n_words, found.n_other_words) == (2, 1, 3, 4, 6)
    assert found.share == pytest.approx(0.4)


def test_long_stretches_and_many_places_are_cut() -> None:
    """So that what is shown has a size."""
    long = " ".join(f"word{n}" for n in range(1_000))
    line = shown("a b", f"a {long} b")
    assert len(line) < 300
    assert "(1,000 words)" in line
    one, other = (" ".join(f"{mark}{n} same of them all" for n in range(40)) for mark in "xy")
    lines = as_markdown(differences(one, other), 3)
    assert len(lines.splitlines()) == 4
    assert lines.endswith("… and 37 more places")


@given(st.text(), st.text())
def test_any_two_texts_can_be_compared(one: str, other: str) -> None:
    """In lines without characters that command a terminal."""
    found = differences(one, other)
    numbers = summary(found, one, other)
    assert numbers.n_removed <= numbers.n_words
    assert numbers.n_added <= numbers.n_other_words
    lines = printed(found).split("\n")
    assert len(lines) == max(1, len(found))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", "".join(lines))


# --- Markdown ----------------------------------------------------------------------------------------------------------


def test_markdown_marks_what_is_removed_and_added() -> None:
    """With blanks around the marks: beside a letter they are none."""
    assert as_markdown(differences("a dose of 200 mg", "a dose of 300 mg"), 9) == "- … a dose of ~~200~~ **300** mg …"
    assert as_markdown(differences("为HER2-阳性的", "为HER2+阳性的"), 9) == "- … 为 ~~HER2-~~ **HER2+** 阳性的 …"
    assert as_markdown(differences("we saw two, then", "we saw three, then"), 9) == "- … we saw ~~two~~ **three**, then …"
    assert as_markdown(differences("b c", "a b c"), 9) == "- **a** b c …"


@pytest.mark.parametrize(
    "words", ["**bold**", "~~gone~~", "`code`", "[a](http://b)", "<script>x</script>", "a | b", "_so_", "&lt;", "\\*", "![x](y)"]
)
def test_markup_of_strangers_is_shown_as_it_is(words: str) -> None:
    """Every character that Markdown would take for its own is escaped."""
    text = as_markdown([Change("before ", words, "x", f" {words}", 1, 1, 0, 0)], 9)
    marks = text.replace(" ~~", " ", 1).replace("~~ **x**", " x", 1)
    assert not re.search(r"(?<!\\)(?:\\\\)*[*_`~\[\]|]", marks)
    assert not re.search("[<>]", marks)
    shown = re.sub(r"\\(.)", r"\1", marks).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert shown == f"- … before {words} x {words} …"
