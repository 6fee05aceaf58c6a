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
        self._stages = [[(rule, re.compile(self._expression(rule))) for rule in stage] for stage in stages]
        self._needed = [
            [(needed, number) for number, (_, expression) in enumerate(stage) for needed in _needed(expression.pattern)]
            for stage in self._stages
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
        for rules, needs in zip(self._stages, self._needed, strict=True):
            # Most rules miss something that they need in most texts.
            numbers = {number for needed, number in needs if needed <= present}
            made = _made([rules[number] for number in sorted(numbers)], letters, tokens) if numbers else ()
            if made:
                tokens, letters = self._replaced(tokens, letters, made)
                present = set(letters)
        return tokens

    def _replaced(self, tokens: list[Token], letters: str, made: Sequence[tuple[int, int, Token]]) -> tuple[list[Token], str]:
        """The tokens and their letters with each new token in the place of those that it was made from."""
        kept: list[Token] = []
        written: list[str] = []
        position = 0
        for first, last, token in made:
            kept += tokens[position:first]
            kept.append(token)
            written += (letters[position:first], self._codes[token.kind])
            position = last
        return kept + tokens[position:], "".join(written) + letters[position:]


_PART = re.compile(rf"[{chr(_FIRST_CODE)}-\uf8ff]|\(\?(?::|<?[=!])|[|)*+?]|\{{\d[^}}]*\}}")


_Needed = frozenset[frozenset[str]]
"""For each way in which an expression can match, the letters that it cannot do without."""
_NOTHING: _Needed = frozenset({frozenset()})
_MOST_WAYS = 8


def _needed(expression: str) -> _Needed:
    """What an expression needs: most rules miss something in most texts."""
    return _alternatives(_PART.findall(expression)[::-1])


def _alternatives(parts: list[str]) -> _Needed:
    """The same of the parts of an expression up to the end of their group, the next one last."""
    found: _Needed = frozenset()
    needed = last = _NOTHING
    while parts:
        part = parts.pop()
        if part in "|)":
            found |= _both(needed, last)
            needed = last = _NOTHING
            if part == ")":
                return found
        elif part in "*?" or part.startswith("{0"):
            last = _NOTHING
        elif part[0] == "(":
            needed = _both(needed, last)
            inner = _alternatives(parts)
            last = inner if "!" not in part else _NOTHING
        elif part != "+" and part[0] != "{":
            needed, last = _both(needed, last), frozenset({frozenset(part)})
    return found | _both(needed, last)


def _both(left: _Needed, right: _Needed) -> _Needed:
    """What two expressions need, one behind the other; of too many ways, what all have in common."""
    ways = {one | other for one in left for other in right}
    if len(ways) > _MOST_WAYS:
        return frozenset({frozenset.intersection(*ways)})
    return frozenset(way for way in ways if not any(other < way for other in ways))


def _made(rules: Sequence[tuple[Rule, re.Pattern[str]]], letters: str, tokens: Sequence[Token]) -> list[tuple[int, int, Token]]:
    """The tokens that these rules of one stage make, in order, each with where what it is made from begins and ends."""
    # For every rule the next place where it matches: of those that match first, that which stands first is tried.
    waiting = {number: match for number, (_, expression) in enumerate(rules) if (match := expression.search(letters)) is not None}
    made: list[tuple[int, int, Token]] = []
    position = 0
    while waiting:
        first, number = min((match.start(), number) for number, match in waiting.items())
        last = waiting[number].end()
        rule, expression = rules[number]
        if first >= position and first < last and (token := _built(rule, tokens[first:last])) is not None:
            made.append((first, last, token))
            position = last
        start = max(position, first + 1)
        if start < len(letters) and (following := expression.search(letters, start)) is not None:
            waiting[number] = following
        else:
            del waiting[number]
    return made


def _built(rule: Rule, found: Sequence[Token]) -> Token | None:
    """The token that a rule makes of what it matched; None where it does not hold after all."""
    if rule.join and any(left.end != right.start for left, right in pairwise(found)):
        return None
    value = rule.build(found)
    if value is None:
        return None
    text = found[0].text if len(found) == 1 else " ".join([token.text for token in found])
    return Token(rule.gives, text, found[0].start, found[-1].end, value, rule.name, tuple(found))
