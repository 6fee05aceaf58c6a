"""The machine of rules: which match wins, what becomes of it, and that nothing of the text is lost."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.grammar.cascade import Cascade, Rule
from pipelines.grammar.lexicon import tagged, words
from pipelines.grammar.tokens import Token
from pipelines.grammar.treatment import STAGES, parsed

KINDS = "ABCDX"


def _tokens(letters: str) -> list[Token]:
    """One token per letter, of the kind of that letter; blanks set apart."""
    return [Token(letter, letter.lower(), place, place + 1) for place, letter in enumerate(letters) if letter != " "]


def _said(found: Sequence[Token]) -> str:
    return "".join(token.text for token in found)


def _rule(name: str, pattern: str, gives: str = "Y", *, only: str | None = None, join: bool = False) -> Rule:
    """A rule whose value is the words matched; with `only`, one that holds for these words alone."""

    def build(found: Sequence[Token]) -> str | None:
        return _said(found) if only in (None, _said(found)) else None

    return Rule(name, pattern, gives, build, join)


def _run(letters: str, *stages: Sequence[Rule], macros: dict[str, str] | None = None) -> str:
    """What the stages make of the letters: `name(words)` for what a rule made, the words of other tokens."""
    found = Cascade(KINDS, stages, macros).run(_tokens(letters))
    return " ".join(f"{token.rule}({token.value})" if token.rule else token.text for token in found)


@pytest.mark.parametrize(
    ("letters", "made"),
    [
        ("AB", "one(ab)"),
        ("XABX", "x one(ab) x"),
        ("ABAB", "one(ab) one(ab)"),
        ("BA", "b a"),
        ("A", "a"),
        ("", ""),
    ],
)
def test_a_match_becomes_one_token(letters: str, made: str) -> None:
    """Wherever it stands, and as often as it stands there."""
    assert _run(letters, [_rule("one", "A B")]) == made


def test_what_is_made_has_the_place_the_words_and_the_parts_of_its_tokens() -> None:
    """From the first token's start to the last one's end."""
    given_tokens = _tokens("X A  B")
    _, made = Cascade(KINDS, [[_rule("one", "A B")]]).run(given_tokens)
    assert (made.kind, made.text, made.start, made.end, made.rule) == ("Y", "a b", 2, 6, "one")
    assert made.parts == tuple(given_tokens[1:])


def test_the_leftmost_match_wins() -> None:
    """Also over a rule that stands first, or a longer match."""
    assert _run("ABCD", [_rule("first", "B C D"), _rule("second", "A B")]) == "second(ab) c d"


def test_of_matches_that_start_together_that_of_the_first_rule_wins() -> None:
    """Even where another would take more."""
    assert _run("ABC", [_rule("short", "A B"), _rule("long", "A B C")]) == "short(ab) c"


@pytest.mark.parametrize(
    ("letters", "made"),
    [("AB", "second(ab)"), ("AX", "first(ax)"), ("ABAX", "second(ab) first(ax)"), ("AC", "a third(c)")],
)
def test_where_a_builder_refuses_the_next_rule_is_tried_and_then_the_next_place(letters: str, made: str) -> None:
    """A pattern proposes, its builder decides."""
    stage = [_rule("first", "A (B | X | C)", only="ax"), _rule("second", "A B"), _rule("third", "C")]
    assert _run(letters, stage) == made


def test_a_value_that_is_false_is_a_value() -> None:
    """Only None refuses: a dose may be 0."""
    zero = Rule("zero", "A", "Y", lambda found: 0)
    (made,) = Cascade(KINDS, [[zero]]).run(_tokens("A"))
    assert (made.kind, made.value) == ("Y", 0)


def test_a_later_stage_reads_what_an_earlier_one_made() -> None:
    """And the same stage does not."""
    assert _run("ABC", [_rule("inner", "A B")], [_rule("outer", "Y C", "Z")]) == "outer(a bc)"
    assert _run("ABC", [_rule("inner", "A B"), _rule("outer", "Y C", "Z")]) == "inner(ab) c"


@pytest.mark.parametrize(("letters", "made"), [("AB", "one(ab)"), ("A B", "a b"), ("A B AB", "a b one(ab)")])
def test_a_rule_that_joins_needs_tokens_that_touch(letters: str, made: str) -> None:
    """Blanks count for no other rule."""
    assert _run(letters, [_rule("one", "A B", join=True)]) == made
    assert _run(letters, [_rule("one", "A B")]).startswith("one")


@pytest.mark.parametrize(
    ("pattern", "letters", "made"),
    [
        ("A? B", "B AB", "one(b) one(ab)"),
        ("A (B | C)+ D", "ABCBD", "one(abcbd)"),
        ("A X{0,2} B", "AXXB AXXXB", "one(axxb) a x x x b"),
        ("A (?= B)", "AB AC", "one(a) b a c"),
        ("A (?! B)", "AB AC", "a b one(a) c"),
        ("(?<= B) A", "BA CA", "b one(a) c a"),
        ("A | B C", "A BC", "one(a) one(bc)"),
        ("(?<! A) B", "B AB", "one(b) a b"),
        ("A (B | C D)? X", "AX ABX ACDX ACX", "one(ax) one(abx) one(acdx) a c x"),
        ("A (?! C | D) (B | C){0,2} X", "AX ABCX ACX", "one(ax) one(abcx) a c x"),
        ("(A | B X)+ C?", "A BXC", "one(abxc)"),
    ],
)
def test_a_pattern_is_a_regular_expression_over_kinds(pattern: str, letters: str, made: str) -> None:
    """Options, groups, repetitions, and looks to either side, which take nothing."""
    assert _run(letters, [_rule("one", pattern)]) == made


@given(st.text(alphabet=KINDS + " ", max_size=12))
def test_a_stage_is_passed_over_only_where_no_rule_of_it_can_match(letters: str) -> None:
    """Beside a rule that matches anywhere, which keeps the stage from being passed over, the others find the same."""
    rules = [_rule("one", "A (B | C)? D"), _rule("two", "(?<= B) C (?! D) X{0,2}"), _rule("three", "B{2,3} (?= A | X)")]
    anywhere = _rule("never", "A | B | C | D | X", only="none")
    assert _run(letters, rules) == _run(letters, [*rules, anywhere])


def test_macros_stand_for_patterns_also_in_one_another() -> None:
    """As a group of their own: what follows applies to all of it."""
    assert _run("ABAC", [_rule("one", "PAIR+")], macros={"PAIR": "A LAST", "LAST": "B | C"}) == "one(abac)"


@pytest.mark.parametrize("letters", ["", "B", "AB", "BA"])
def test_a_pattern_that_may_match_nothing_comes_to_an_end(letters: str) -> None:
    """Also behind the last token, where it would match nothing for ever."""
    assert _run(letters, [_rule("one", "A?")]) == " ".join({"A": "one(a)", "B": "b"}[letter] for letter in letters)


def test_a_kind_that_nobody_gives_is_refused() -> None:
    """A slip in a pattern is found when the grammar is compiled."""
    with pytest.raises(KeyError, match="UNHEARD"):
        Cascade(KINDS, [[_rule("one", "A UNHEARD")]])


# --- the grammar of treatment --------------------------------------------------------------------------------------------


def test_no_two_rules_have_one_name() -> None:
    """The name is what a reader of the evidence sees."""
    names = [rule.name for stage in STAGES for rule in stage]
    assert len(names) == len(set(names))


def _leaves(found: Iterable[Token]) -> Iterator[Token]:
    for token in found:
        if token.parts:
            yield from _leaves(token.parts)
        else:
            yield token


def _essence(found: Iterable[Token]) -> list[tuple[Any, ...]]:
    return [(token.kind, token.text, token.start, token.end) for token in found]


PIECES = [
    *("cisplatin", "顺铂", "75", "1", "8", "15", "2.5", "mg", "mg/m2", "cells", "Gy", "10", "×", "^", "6", "AUC", "tablets", "fractions"),
    *(
        "days",
        "d",
        "第",
        "天",
        "day",
        "week",
        "周",
        "每",
        "every",
        "q",
        "twice",
        "once daily",
        "bid",
        "cycle",
        "cycles",
        "for",
        "over",
        "x",
    ),
    *(
        "hours",
        "rest",
        "off",
        "on",
        "IV",
        "口服",
        ",",
        "，",
        "、",
        ".",
        "。",
        "-",
        "to",
        "and",
        "or",
        "/",
        "(",
        ")",
        ":",
        ";",
        "=",
        "%",
        "\n",
    ),
]


@given(st.lists(st.sampled_from(PIECES), max_size=40), st.sampled_from(["", " "]))
def test_no_rule_loses_or_doubles_a_token_of_the_text(pieces: list[str], blank: str) -> None:
    """What all stages made, taken apart again, is what went in."""
    text = blank.join(pieces)
    assert _essence(_leaves(parsed(text))) == _essence(tagged(text, (words(),)))


@given(st.text(max_size=200))
def test_any_text_is_parsed(text: str) -> None:
    """Tokens come in order and within the text."""
    position = 0
    for token in parsed(text):
        assert position <= token.start < token.end <= len(text)
        position = token.end
