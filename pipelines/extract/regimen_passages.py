"""The passages of a record that speak of treatment, each read into statements.

Here belongs which fields are read, in what order, whom they speak of by default, and what in them is not about this trial. How a
passage is read belongs to `pipelines/grammar`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from pipelines.extract.regimen_treatments import Treatment, Treatments
from pipelines.grammar.binding import CLASS, bound
from pipelines.grammar.lexicon import DRUG
from pipelines.grammar.statements import Statement
from pipelines.grammar.tokens import Token, tokens
from pipelines.grammar.treatment import parsed
from pipelines.shapes import Study
from pipelines.text.repair import Repaired, repair
from pipelines.vocab.data_files import read_rows, vocabulary_paths
from pipelines.vocab.drugs import PLACEBO, RADIOTHERAPY

Kind = Literal["arm", "intervention", "description"]


@dataclass(frozen=True, slots=True)
class Passage:
    """One text field. `place` is the arm's or the intervention's place from 0."""

    kind: Kind
    path: str
    text: str
    place: int = -1


@dataclass(slots=True)
class Said:
    """A statement, and where it stands. `arms`: places of the arms that it is said of; empty where the passage names none."""

    statement: Statement
    passage: Passage
    repaired: Repaired
    arms: tuple[int, ...]
    kind: Kind

    @property
    def treatment(self) -> Treatment:
        """Whom it is said of."""
        return self.statement.treatment


def passages(study: Study) -> Iterator[Passage]:
    """The fields that may say what is given: labels and descriptions of arms, names and descriptions of interventions, the descriptions."""
    protocol = study.protocol_section
    module = protocol.arms_interventions_module
    for place, arm in enumerate(module.arm_groups):
        if arm.label:
            yield Passage("arm", f"armsInterventionsModule.armGroups[{place}].label", arm.label, place)
        if arm.description:
            yield Passage("arm", f"armsInterventionsModule.armGroups[{place}].description", arm.description, place)
    for place, intervention in enumerate(module.interventions):
        if intervention.name:
            yield Passage("intervention", f"armsInterventionsModule.interventions[{place}].name", intervention.name, place)
        if intervention.description:
            yield Passage("intervention", f"armsInterventionsModule.interventions[{place}].description", intervention.description, place)
    description = protocol.description_module
    if description.brief_summary:
        yield Passage("description", "descriptionModule.briefSummary", description.brief_summary)
    if description.detailed_description:
        yield Passage("description", "descriptionModule.detailedDescription", description.detailed_description)


def said(study: Study, treatments: Treatments) -> list[Said]:
    """All statements of a record that are about what the trial gives, in the order of the record."""
    found: list[Said] = []
    for passage in passages(study):
        repaired = repair(passage.text)
        defaults, arms = _context(passage, treatments)
        found_tokens = _with_placebos(
            [_resolved(token, treatments, repaired.text, defaults) for token in parsed(repaired.text, (treatments.lexicon,))]
        )
        statements = [one for one in bound(found_tokens, repaired.text, defaults) if _is_given(one, passage, treatments)]
        _share_routes(statements)
        found += (Said(one, passage, repaired, arms, passage.kind) for one in statements)
    return found


def _share_routes(statements: Sequence[Statement]) -> None:
    """Within one passage a treatment goes one way: what is said of its first dose holds for the next ("then reduced to 30 mg/day")."""
    routes: dict[int, list[Statement]] = {}
    for one in statements:
        if one.route is None and one.treatment.name == RADIOTHERAPY:
            one.route = next((radiation_route(token.text) for role, token in one.parts if role == "drug"), None) or radiation_route(
                one.treatment.raw
            )
        if one.route is not None:
            routes.setdefault(id(one.treatment), []).append(one)
    for one in statements:
        known = routes.get(id(one.treatment), [])
        if one.route is None and one.dose is not None and len({other.route for other in known}) == 1:
            one.route = known[0].route
            one.parts += [part for part in known[0].parts if part[0] == "route"]


@cache
def _radiation_phrases() -> dict[str, str]:
    """Words that say how radiation is given, and the route."""
    return {
        " ".join(token.text for token in tokens(phrase) if token.text not in "-."): row["value"]
        for path in vocabulary_paths("regimen_words.tsv")
        for row in read_rows(path)
        if row["kind"] == "ROUTE" and row["value"] in ("external_beam", "brachytherapy")
        for phrase in row["words"].split("|")
    }


def radiation_route(name: str) -> str | None:
    """The route that the name of a course of radiation tells: "HDR brachytherapy", "SBRT", "whole brain radiotherapy"."""
    words = " ".join(token.text for token in tokens(name) if token.text not in "-.")
    found = [(len(phrase), route) for phrase, route in _radiation_phrases().items() if f" {phrase} " in f" {words} "]
    return max(found)[1] if found else None


def _context(passage: Passage, treatments: Treatments) -> tuple[Sequence[Treatment], tuple[int, ...]]:
    if passage.kind == "arm":
        return [one for one in treatments.registered if passage.place in one.arms], (passage.place,)
    if passage.kind == "intervention":
        return treatments.by_place.get(passage.place, []), tuple(treatments.arms_by_place.get(passage.place, ()))
    return (), ()


def _resolved(token: Token, treatments: Treatments, text: str, defaults: Sequence[Treatment]) -> Token:
    if token.kind == DRUG:
        token.value = treatments.of(token.value, text[token.start : token.end], defaults)
    elif token.kind in ("DOSE", "DOSES"):
        for part in token.parts:
            _resolved(part, treatments, text, defaults)
    return token


_BETWEEN_PLACEBO = frozenset({"DASH", "OF", "FOR", "TO", "SLASH"})


def _with_placebos(tokens: list[Token]) -> list[Token]:
    """The tokens with "tiragolumab placebo" and "placebo matching tiragolumab" as one name of the placebo."""
    result: list[Token] = []
    place = 0
    while place < len(tokens):
        token = tokens[place]
        if token.kind != DRUG:
            result.append(token)
            place += 1
            continue
        end = place + 1
        while (
            end < len(tokens)
            and end - place <= 3
            and (tokens[end].kind in _BETWEEN_PLACEBO or tokens[end].text in ("matching", "matched", "match", "matches"))
        ):
            end += 1
        other = tokens[end] if end < len(tokens) else None
        is_pair = other is not None and other.kind == DRUG and (token.value.name == PLACEBO) != (other.value.name == PLACEBO)
        is_close = (
            end - place <= 1
            or any(one.text.startswith("match") for one in tokens[place:end])
            or tokens[place + 1].kind in ("OF", "FOR", "DASH")
        )
        if other is not None and is_pair and is_close and token.kind == DRUG:
            placebo = token if token.value.name == PLACEBO else other
            result.append(Token(DRUG, "placebo", token.start, other.end, placebo.value, "placebo_of_drug"))
            place = end + 1
        else:
            result.append(token)
            place += 1
    return result


def _is_given(statement: Statement, passage: Passage, treatments: Treatments) -> bool:
    """Whether the statement says what the trial gives, rather than what stands in the text for another reason."""
    treatment: Treatment = statement.treatment
    cues = statement.cues
    is_registered = bool(treatment.places)
    if "RESCUE" in cues or ("REDUCED" in cues and "TOXIC" in cues):
        return not statement.says_something() and is_registered
    if passage.kind == "intervention" and passage.place not in treatments.by_place:
        # A procedure or a device whose description names what is injected.
        return statement.is_named and statement.dose is not None and "STUDYREF" not in cues
    if passage.kind != "description":
        if is_registered:
            return True
        if passage.kind == "intervention" and all(one.name is None for one in treatments.by_place.get(passage.place, ())):
            # "Chemotherapy": its description says what that is.
            return True
        return statement.says_something() and not ("STUDYREF" in cues and "GIVEN" not in cues)
    if "INCLUDES" in cues and CLASS in cues and "STUDYREF" not in cues:
        # "Standard chemotherapy (which includes cyclophosphamide, vincristine, ...)".
        return True
    is_prescribed = "GIVEN" in cues or (statement.dose is not None and statement.has_time())
    if "STUDYREF" in cues or not is_prescribed or "NOTGIVEN" in cues or "LESS" in cues:
        return False
    return statement.says_something() and (is_registered or statement.dose is not None or statement.has_time())
