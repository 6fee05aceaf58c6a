"""Known phrases and names become one token each: the longest, in any case, width and script."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.grammar.lexicon import DRUG, RADIATION_ROUTES, Lexicon, kinds, tagged, words
from pipelines.grammar.tokens import Token, tokens
from pipelines.schema import vocabularies as v
from pipelines.vocab.data_files import read_rows, vocabulary_paths
from pipelines.vocab.word_values import Amount

ROWS = [row for path in vocabulary_paths("regimen_words.tsv") for row in read_rows(path)]


def _tagged(text: str, *own: Lexicon) -> list[Token]:
    return tagged(text, (*own, words()))


def _only(text: str) -> Token:
    (token,) = _tagged(text)
    return token


# --- the file of words ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "vocabulary"), [("ROUTE", v.ROUTE), ("FREQ", v.FREQUENCY), ("PHASE", v.CARE_PHASE)])
def test_what_the_file_of_words_gives_for_a_column_is_of_its_vocabulary(kind: str, vocabulary: v.Vocabulary) -> None:
    """Routes, codes of frequencies and phases of care leave the grammar as they stand in the file."""
    values = {row["value"].split(" ")[0] for row in ROWS if row["kind"] == kind}
    assert values
    assert values <= set(vocabulary.members)


def test_every_route_of_the_vocabulary_can_be_said() -> None:
    """A route that no phrase says is one that no row would ever have."""
    assert {row["value"] for row in ROWS if row["kind"] == "ROUTE"} == set(v.ROUTE.members)


def test_every_phrase_of_the_file_is_one_token_of_the_kind_that_has_it_first() -> None:
    """No phrase is cut, and where two rows have it the earlier one stands; a way of giving radiation names the treatment."""
    first: dict[str, str] = {}
    for row in ROWS:
        for phrase in row["words"].split("|"):
            text = phrase[1:].upper() if phrase.startswith("^") else phrase
            key = " ".join(token.text for token in tokens(text) if token.text not in "-.'")
            kind = first.setdefault(key, DRUG if row["value"] in RADIATION_ROUTES else row["kind"])
            assert [token.kind for token in _tagged(text)] == [kind], phrase


def test_the_phrases_of_the_file_are_written_in_lower_case_and_simplified_script() -> None:
    """As its header says."""
    for row in ROWS:
        for phrase in row["words"].split("|"):
            written = phrase.removeprefix("^").lower() if phrase.startswith("^") else phrase
            assert "".join(token.text for token in tokens(written)) == "".join(written.split()), phrase


def test_every_kind_of_the_file_is_a_kind_of_the_grammar() -> None:
    """Signs and names of drugs beside them."""
    assert {row["kind"] for row in ROWS} | {"COMMA", "SLASH", "TIMES", DRUG} <= set(kinds())


# --- finding phrases -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("TWICE DAILY", "FREQ", Amount("BID", 0.5)),
        ("twice-daily", "FREQ", Amount("BID", 0.5)),
        ("Q.D.", "FREQ", Amount("QD", 1.0)),
        ("b.i.d.", "FREQ", Amount("BID", 0.5)),
        ("T.I.D.", "FREQ", Amount("TID", 0.3333333333)),
        ("q.i.d.", "FREQ", Amount("QID", 0.25)),
        ("q.o.d.", "FREQ", Amount("QOD", 2.0)),
        ("b.i.w.", "FREQ", Amount("BIW", 3.5)),
        ("PRN", "FREQ", Amount("PRN", None)),
        ("ｍｇ", "UNIT", Amount("mg", 1.0)),
        ("µg", "UNIT", Amount("ug", 1.0)),
        ("cGy", "UNIT", Amount("Gy", 0.01)),
        ("每日兩次", "FREQ", Amount("BID", 0.5)),
        ("靜脈滴注", "ROUTE", "intravenous"),
        ("p.o.", "ROUTE", "oral"),
        ("i.v.", "ROUTE", "intravenous"),
        ("s.c.", "ROUTE", "subcutaneous"),
        ("i.m.", "ROUTE", "intramuscular"),
        ("intra-arterial", "ROUTE", "intra-arterial"),
        ("Weeks", "WEEK", 7.0),
        ("个月", "MONTH", 30.4375),
        ("twenty-one", "NUM", 21.0),
        ("十四", "NUM", 14.0),
        ("neo-adjuvant", "PHASE", "neoadjuvant"),
        ("followed by", "THEN", None),
        ("%", "PERCENT", None),
        ("≥", "ABOUT", None),
        ("。", "STOP", None),
        ("（", "LPAR", None),
        ("、", "COMMA", None),
        ("×", "TIMES", None),
    ],
)
def test_a_phrase_is_found_in_any_case_width_script_and_hyphenation(text: str, kind: str, value: object) -> None:
    """One token with the value of the file, or the kind of a sign."""
    token = _only(text)
    assert (token.kind, token.value) == (kind, value)
    assert (token.start, token.end) == (0, len(text))


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("every other week", ["FREQ"]),
        ("every other patient", ["EVERY", "OTHER", "W"]),
        ("twice daily dosing", ["FREQ", "GIVEN"]),
        ("hepatic arterial infusion pump", ["ROUTE", "W"]),
        ("once - daily", ["ONCE", "DASH", "FREQ"]),
        ("每日一次口服", ["FREQ", "ROUTE"]),
        ("mg·kg", ["UNIT", "DOT", "KG"]),
    ],
)
def test_the_longest_phrase_is_taken(text: str, cut: list[str]) -> None:
    """And no longer one where a hyphen stands apart."""
    assert [token.kind for token in _tagged(text)] == cut


@pytest.mark.parametrize(
    ("text", "route"),
    [("15 mg IT", "intrathecal"), ("take it", None), ("IP", "intraperitoneal"), ("ip", None), ("patient ID", "intradermal"), ("id", None)],
)
def test_a_route_that_is_a_common_word_counts_in_capitals_only(text: str, route: str | None) -> None:
    """The words "it" and "id" stand in every text."""
    assert [token.value for token in _tagged(text) if token.kind == "ROUTE"] == ([route] if route else [])


@pytest.mark.parametrize(("text", "n_times"), [("RP2D", 0), ("the B7H3 antigen", 0), ("q2w", 1), ("D1", 1), ("2 d", 1), ("3h", 1)])
def test_a_letter_inside_a_name_is_no_time(text: str, n_times: int) -> None:
    """But a letter after a number by itself is."""
    assert sum(1 for token in _tagged(text) if token.kind in ("DAY", "WEEK", "HOUR")) == n_times


def test_the_full_stop_of_an_abbreviation_belongs_to_it() -> None:
    """Otherwise it would end a sentence; that after a word ends one."""
    assert [token.kind for token in _tagged("20 mg p.o. daily.")] == ["NUM", "UNIT", "ROUTE", "FREQ", "DOT"]
    assert [token.kind for token in _tagged("max. 20 mg, e.g. daily max.")] == ["UPTO", "NUM", "UNIT", "COMMA", "INCLUDES", "FREQ", "UPTO"]


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("in D5W", ["ON", "VEHICLE"]),
        ("dextrose 5%", ["VEHICLE", "NUM", "PERCENT"]),
        ("D5", ["DAY", "NUM"]),
        ("D1-D5", ["DAY", "NUM", "DASH", "DAY", "NUM"]),
    ],
)
def test_the_fifth_day_is_no_dextrose(text: str, cut: list[str]) -> None:
    """Only what says that it is a solution in water."""
    assert [token.kind for token in _tagged(text)] == cut


# --- names of drugs ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Cisplatin", "cisplatin"),
        ("顺铂", "cisplatin"),
        ("順鉑", "cisplatin"),
        ("5-FU", "fluorouracil"),
        ("5-fu", "fluorouracil"),
        ("Keytruda®", "pembrolizumab"),
        ("nab-paclitaxel", "nab-paclitaxel"),
        ("trastuzumab deruxtecan", "trastuzumab deruxtecan"),
        ("ATO", "arsenic trioxide"),
        ("DAY101", "tovorafenib"),
    ],
)
def test_a_drug_of_the_vocabulary_is_one_token(text: str, name: str) -> None:
    """Whatever name or script it is written in."""
    assert [token.value.name for token in _tagged(text) if token.kind == DRUG] == [name]


@pytest.mark.parametrize("text", ["ato", "day 101", "arm 210", "normal saline", "blood glucose", "2 or 3", "as part of", "water"])
def test_a_common_word_is_no_drug(text: str) -> None:
    """Short names count in capitals; vehicles and laboratory values are no treatment in prose."""
    assert all(token.kind != DRUG for token in _tagged(text))


# --- a record's own names ------------------------------------------------------------------------------------------------


def test_a_records_own_name_comes_before_the_common_one() -> None:
    """Of phrases of the same length that of the earlier lexicon is taken, of others the longer."""
    own = Lexicon()
    own.add("cisplatin", DRUG, "its own cisplatin")
    own.add("daily", "OWN")
    found = _tagged("Cisplatin twice daily", own)
    assert [(token.kind, token.value) for token in found] == [(DRUG, "its own cisplatin"), ("FREQ", Amount("BID", 0.5))]


def test_of_two_phrases_that_are_written_alike_the_first_stands() -> None:
    """Adding again changes nothing."""
    own = Lexicon()
    own.add("AB-12", DRUG, "first")
    own.add("ab 12", DRUG, "second")
    assert [token.value for token in tagged("ab12", (own,)) if token.kind == DRUG] == ["first"]


@pytest.mark.parametrize("phrase", ["+", "", "(/)", ", ."])
def test_a_phrase_of_signs_alone_is_not_added(phrase: str) -> None:
    """An intervention that is called "+" would be everywhere."""
    own = Lexicon()
    own.add(phrase, DRUG, "x")
    assert all(token.kind != DRUG for token in tagged("5 + 5 (/), . -", (own,)))


@given(st.lists(st.sampled_from(["twice", "daily", "q", "3", "w", ".", "-", "p.o.", "顺铂", "每日", " ", "\n", "IV", "×"]), max_size=30))
def test_tagging_loses_nothing(pieces: list[str]) -> None:
    """Every plain token lies inside exactly one tagged token, in order."""
    text = "".join(pieces)
    found = _tagged(text)
    assert all(left.end <= right.start for left, right in pairwise(found))
    for token in tokens(text):
        assert sum(1 for one in found if one.start <= token.start and token.end <= one.end) == 1
