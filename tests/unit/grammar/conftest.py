"""What made a token of a parsed text, however deep in others it stands."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from pipelines.grammar.lexicon import DRUG, Lexicon
from pipelines.grammar.report import parsed_report
from pipelines.grammar.tokens import Token
from pipelines.grammar.treatment import parsed


@pytest.fixture(scope="session", autouse=True)
def _compiled() -> None:
    """The grammars and their words, read before hypothesis times the first example."""
    parsed("静脉滴注")
    parsed_report("中位生存期")


@pytest.fixture(scope="session")
def made_by() -> Callable[[str, str], list[tuple[str, Any]]]:
    """A function from a text and the name of a rule to kind and value of every token that this rule made of the text."""
    own = Lexicon()
    own.add("CAR-T cells", DRUG, "a cell product")

    def made(text: str, rule: str) -> list[tuple[str, Any]]:
        return [(token.kind, token.value) for token in _with_parts(parsed(text, (own,))) if token.rule == rule]

    return made


@pytest.fixture(scope="session")
def reported_by() -> Callable[[str, str], list[tuple[str, Any]]]:
    """The same of the grammar of reports."""
    return lambda text, rule: [(token.kind, token.value) for token in _with_parts(parsed_report(text)) if token.rule == rule]


def _with_parts(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _with_parts(token.parts)
