"""How many patients a text says are in each of its groups: "the weekly arm had 52 assessable patients", "arm A (n = 27)",
"fifty were enrolled: 27 in arm A and 23 in arm B".

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
    kinds = {token.kind for token in tokens}
    is_baseline = "BASELINE" in kinds and kinds.isdisjoint(("OUTCOME", "EVENT"))
    for place, token in enumerate(tokens):
        if token.kind != _GROUP:
            continue
        if is_baseline and place > 1 and tokens[place - 1].kind == "IN":
            yield from ((token, size) for size in _size(tokens[place - 2], is_of_patients=True))
        behind = [one for one in tokens[place + 1 : place + 4] if one.kind != "THE"]
        if len(behind) > 1 and behind[0].kind in _IN_BETWEEN:
            is_of_patients = len(behind) > 2 and behind[2].kind in _OF_PATIENTS
            yield from ((token, size) for size in _size(behind[1], is_of_patients=is_of_patients))


def _size(token: Token, *, is_of_patients: bool) -> Iterator[int]:
    """The number of "52 patients", "n = 52", and where it is one of patients of "52"; none of "52 of 60"."""
    if isinstance(token.value, Count):
        sizes = [token.value.n] if token.value.total is None else []
    elif token.kind == "NUM" and is_of_patients and isinstance(token.value, float) and token.value.is_integer():
        sizes = [int(token.value)]
    else:
        sizes = []
    yield from (size for size in sizes if _SMALLEST <= size <= _LARGEST)
