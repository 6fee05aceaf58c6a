"""How many patients a text says are in each of its groups: "the weekly arm had 52 assessable patients", "arm A (n = 27)".

Belongs here: the size of a group, where the text states but one. What counts it completes is the business of `report_rows`.
"""

import re
from collections.abc import Iterator, Sequence

from pipelines.extract.report_passages import Sentence
from pipelines.grammar.reported import Count
from pipelines.grammar.tokens import Token

_GROUP = "GROUP"
_IN_BETWEEN = frozenset({"ACHIEVED", "LPAR", "INCLUDED", "HAD"})
_OF_PATIENTS = frozenset({"POPULATION", "PATIENTS"})
_SMALLEST, _LARGEST = 2, 100_000
_SIGNS = re.compile(r"[\W_]+")


def sizes_by_group(sentences: Sequence[Sentence]) -> dict[str, int]:
    """Size by the name of the group (`name_key`); a group of which the text states several sizes has none."""
    stated: dict[str, set[int]] = {}
    for sentence in sentences:
        for group, size in _stated(sentence.tokens):
            stated.setdefault(name_key(group.text), set()).add(size)
    return {name: next(iter(sizes)) for name, sizes in stated.items() if len(sizes) == 1}


def name_key(name: str) -> str:
    """A group's name, however it is written: "every-3-weeks arm" and "Every 3 weeks arm"."""
    return _SIGNS.sub("", name.casefold())


def _stated(tokens: Sequence[Token]) -> Iterator[tuple[Token, int]]:
    for place, token in enumerate(tokens):
        if token.kind != _GROUP:
            continue
        behind = [one for one in tokens[place + 1 : place + 4] if one.kind != "THE"]
        if len(behind) > 1 and behind[0].kind in _IN_BETWEEN and (size := _size(behind[1], behind[2:])) is not None:
            yield token, size


def _size(token: Token, behind: Sequence[Token]) -> int | None:
    """The number of "52 assessable patients", "52 patients", "n = 52"; None for "52 of 60" and "52 events"."""
    if isinstance(token.value, Count):
        size = token.value.n if token.value.total is None else None
    elif token.kind == "NUM" and behind and behind[0].kind in _OF_PATIENTS and isinstance(token.value, float) and token.value.is_integer():
        size = int(token.value)
    else:
        size = None
    return size if size is not None and _SMALLEST <= size <= _LARGEST else None
