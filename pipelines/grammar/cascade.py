"""Cascades of finite-state rules over word classes, after the manner of FASTUS and JAPE.

Here belongs the machine: a rule is a regular expression whose letters are kinds of tokens, and what it finds becomes one token of a
new kind, which later stages read. What the kinds are and what rules there are belongs to the grammars.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pipelines.grammar.tokens import Token

Build = Callable[[Sequence[Token]], Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """`pattern` is a regular expression over kinds of tokens: `NUM (TO NUM)? UNIT`. What it matches becomes a token of kind `gives`.

    `build` makes the value from the tokens matched; None means that the rule does not hold there after all. `join` marks a rule whose
    tokens must touch one another, as in "q3w".
    """

    name: str
    pattern: str
    gives: str
    build: Build
    join: bool = False


_KIND = re.compile(r"[A-Z][A-Z0-9_]*")
_FIRST_CODE = 0xE000


class Cascade:
    """Stages of rules. In one stage the leftmost match wins, and of those that start together the rule that stands first."""

    def __init__(self, kinds: Iterable[str], stages: Sequence[Sequence[Rule]], macros: dict[str, str] | None = None) -> None:
        named = [*kinds, *(rule.gives for stage in stages for rule in stage)]
        self._codes = {kind: chr(_FIRST_CODE + number) for number, kind in enumerate(dict.fromkeys(("W", "NUM", "SUP", "NL", *named)))}
        self._macros = macros or {}
        self._stages = [
            (
                # An empty group behind each rule tells which matched; one around it would hide from the machine what the rule begins with.
                re.compile("|".join(f"(?:{self._expression(rule)})()" for rule in stage)),
                tuple((rule, re.compile(self._expression(rule))) for rule in stage),
                frozenset(needed for rule in stage for needed in _needed(self._expression(rule))),
            )
            for stage in stages
        ]

    def _expression(self, rule: Rule) -> str:
        """The rule's pattern as a regular expression over one letter per token, without groups that capture."""
        pattern = rule.pattern
        while any(name in self._macros for name in _KIND.findall(pattern)):
            pattern = _KIND.sub(lambda found: f"({self._macros.get(found[0], found[0])})", pattern)
        letters = "".join(_KIND.sub(lambda found: self._codes[found[0]], pattern).split())
        return re.sub(r"\((?!\?)", "(?:", letters)

    def run(self, tokens: list[Token]) -> list[Token]:
        """The tokens after all stages."""
        codes = self._codes
        letters = "".join([codes[token.kind] for token in tokens])
        present = set(letters)
        for expression, rules, needed in self._stages:
            if not any(map(present.issuperset, needed)):
                continue
            made: list[tuple[int, int, Token]] = []
            position = 0
            while position < len(letters) and (match := expression.search(letters, position)) is not None:
                first = match.start()
                found = _first_that_holds(rules[(match.lastindex or 1) - 1 :], letters, first, tokens)
                if found is None:
                    position = first + 1
                else:
                    made.append((first, *found))
                    position = found[0]
            if made:
                tokens = _replaced(tokens, made)
                letters = "".join([codes[token.kind] for token in tokens])
                present = set(letters)
        return tokens


_PART = re.compile(rf"[{chr(_FIRST_CODE)}-\uf8ff]|\(\?(?::|<?[=!])|[|)*+?]|\{{\d[^}}]*\}}")


def _needed(expression: str) -> list[frozenset[str]]:
    """For each way in which an expression can match, the letters that it cannot do without: most stages find none of them in most texts."""
    return _alternatives(_PART.findall(expression)[::-1])


def _alternatives(parts: list[str]) -> list[frozenset[str]]:
    """The same of the parts of an expression up to the end of their group, the next one last."""
    found: list[frozenset[str]] = []
    needed: frozenset[str] = frozenset()
    last: frozenset[str] = frozenset()
    while parts:
        part = parts.pop()
        if part in "|)":
            found.append(needed | last)
            needed = last = frozenset()
            if part == ")":
                return found
        elif part in "*?" or part.startswith("{0"):
            last = frozenset()
        elif part[0] == "(":
            needed |= last
            inner = frozenset.intersection(*_alternatives(parts))
            last = inner if "!" not in part else frozenset()
        elif part != "+" and part[0] != "{":
            needed, last = needed | last, frozenset(part)
    return [*found, needed | last]


def _first_that_holds(
    rules: Sequence[tuple[Rule, re.Pattern[str]]], letters: str, first: int, tokens: Sequence[Token]
) -> tuple[int, Token] | None:
    """End and token of the first of these rules that matches here and whose builder agrees."""
    for rule, expression in rules:
        match = expression.match(letters, first)
        if match is None or match.end() == first:
            continue
        found = tokens[first : match.end()]
        if rule.join and any(left.end != right.start for left, right in pairwise(found)):
            continue
        value = rule.build(found)
        if value is not None:
            text = " ".join([token.text for token in found])
            return match.end(), Token(rule.gives, text, found[0].start, found[-1].end, value, rule.name, tuple(found))
    return None


def _replaced(tokens: list[Token], made: list[tuple[int, int, Token]]) -> list[Token]:
    result: list[Token] = []
    position = 0
    for first, last, token in made:
        result += tokens[position:first]
        result.append(token)
        position = last
    return result + tokens[position:]
