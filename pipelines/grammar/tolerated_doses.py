"""The dose that a report found to be tolerated, or recommends for later trials: "the MTD was 200 mg once daily".

Here belongs which dose of a sentence that is. How doses are written is told by the grammar of treatments.
"""

from collections.abc import Iterator, Sequence

from pipelines.grammar.reported import TOLERATED, Finding, Subject, Value
from pipelines.grammar.tokens import Token
from pipelines.grammar.treatment import parsed

_MOST_BETWEEN = 9
_NOT_FOUND = frozenset({"NR", "NONE", "PLAN", "BACK", "SEMI"})
_TELLS = frozenset({"IS", "AT", "OF", "COLON", "LPAR"})
_AS = frozenset({"as", "作", "为"})


def tolerated_doses(tokens: Sequence[Token], text: str) -> Iterator[Finding]:
    """One finding per tolerated or recommended dose; none for one that was sought, not reached, or that another study found."""
    places = [place for place, token in enumerate(tokens) if token.kind in TOLERATED and not _is_alias(tokens, place)]
    if not places or any(token.kind in ("PLAN", "BACK") for token in tokens):
        return
    first, last = tokens[0].start, tokens[-1].end
    doses = list(_doses(text[first:last], first))
    for place in places:
        dose = _after(tokens, place, doses) or _before(tokens, place, doses)
        if dose is not None:
            yield Finding(Subject(tokens[place].kind, tokens[place]), Value(dose[0], tokens=dose), None, None, None, "tolerated_dose")


def _is_alias(tokens: Sequence[Token], place: int) -> bool:
    """Whether the word only says again in brackets what stands before them: "recommended phase 2 dose (RP2D)"."""
    return place > 1 and tokens[place - 1].kind == "LPAR" and tokens[place - 2].kind == tokens[place].kind


def _doses(text: str, offset: int) -> Iterator[list[Token]]:
    """Each dose with the times of giving it that stand right after it, at their places in the passage."""
    tokens = [Token(one.kind, one.text, one.start + offset, one.end + offset, one.value, one.rule) for one in parsed(text)]
    for place, token in enumerate(tokens):
        if token.kind == "DOSE":
            yield [token, *(one for one in tokens[place + 1 : place + 2] if one.kind == "FREQX")]


def _after(tokens: Sequence[Token], place: int, doses: Sequence[list[Token]]) -> list[Token] | None:
    """The MTD was determined to be 200 mg; the RP2D (5 mg/kg)."""
    later = [one for one in doses if one[0].start >= tokens[place].end]
    said = next((token for token in tokens[place + 1 :] if token.kind == "IS"), None)
    if len(later) > 1 and said is not None and tokens[place + 1].kind == "OF" and later[0][0].end <= said.start < later[1][0].start:
        # "The MTD of letrozole with ribociclib 400 mg daily was 2.5 mg".
        later = later[1:]
    dose = next(iter(later), None)
    if dose is None:
        return None
    between = [token for token in tokens[place + 1 :] if token.end <= dose[0].start]
    kinds = {token.kind for token in between}
    is_told = not kinds.isdisjoint(_TELLS) and kinds.isdisjoint(_NOT_FOUND) and len(between) <= _MOST_BETWEEN
    return dose if is_told and not any(token.text == "not" for token in between) else None


def _before(tokens: Sequence[Token], place: int, doses: Sequence[list[Token]]) -> list[Token] | None:
    """1.5 mg/kg was established as the MTD."""
    dose = next((one for one in reversed(doses) if one[-1].end <= tokens[place].start), None)
    if dose is None:
        return None
    between = [token for token in tokens[:place] if token.start >= dose[-1].end]
    is_told = any(_AS.intersection(token.text.split()) for token in between) and len(between) <= _MOST_BETWEEN
    return dose if is_told and not any(token.kind in _NOT_FOUND or token.text == "not" for token in between) else None
