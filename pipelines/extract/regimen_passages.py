"""The passages of a record that speak of treatment, each read into statements.

Here belongs which fields are read, in what order, whom they speak of by default, and what in them is not about this trial. How a
passage is read belongs to `pipelines/grammar`.
"""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cache
from typing import Literal

from pipelines.extract.regimen_arms import Stretch, arm_at, arm_stretches
from pipelines.extract.regimen_treatments import Treatment, Treatments
from pipelines.grammar.attaching import AMOUNTS
from pipelines.grammar.binding import CLASS, bound
from pipelines.grammar.lexicon import DRUG, RADIATION_ROUTES, tagged, words
from pipelines.grammar.statements import Statement
from pipelines.grammar.tokens import Token, tokens
from pipelines.grammar.treatment import cascade
from pipelines.shapes import Article, Study
from pipelines.text.folding import folded
from pipelines.text.repair import Repaired, repair, repaired_text
from pipelines.vocab.data_files import read_rows, vocabulary_paths
from pipelines.vocab.drugs import PLACEBO, RADIOTHERAPY, Drug

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
    read = [(passage, repair(passage.text)) for passage in passages(study)]
    for title in (study.protocol_section.identification_module.brief_title, study.protocol_section.identification_module.official_title):
        treatments.define_abbreviations(title or "")
    for _, repaired in read:
        treatments.define_abbreviations(repaired.text)
    labels = [repaired_text(arm.label or "") for arm in study.protocol_section.arms_interventions_module.arm_groups]
    for passage, repaired in read:
        defaults, arms = _context(passage, treatments)
        statements = [one for one in _statements(repaired.text, treatments, defaults) if _is_given(one, passage, treatments)]
        _share_routes(statements)
        stretches = arm_stretches(repaired.text, labels) if passage.kind == "description" else ()
        found += (Said(one, passage, repaired, _arms_under(one, stretches) or arms, passage.kind) for one in statements)
    return found


def _arms_under(statement: Statement, stretches: Sequence[Stretch]) -> tuple[int, ...]:
    """The arm whose heading the statement stands under, where the record ties its treatment to it."""
    # Routes and times may be those of another sentence.
    places = {role: token.start for role, token in reversed(statement.parts)}
    place = places.get("dose", places.get("drug", min(places.values(), default=0)))
    arm = arm_at(stretches, place)
    return () if arm is None or arm not in statement.treatment.arms else (arm,)


def _statements(text: str, treatments: Treatments, defaults: Sequence[Treatment], *, only_doses: bool = False) -> list[Statement]:
    """The statements of a text; `only_doses`: none where it tells no dose."""
    known = tagged(text, (treatments.lexicon, words()))
    if not defaults and all(token.kind != DRUG for token in known):
        return []
    found = [_resolved(token, treatments, text, defaults) for token in cascade().run(known)]
    if only_doses and AMOUNTS.isdisjoint([token.kind for token in found]):
        return []
    return bound(_with_sequences(_with_placebos(found), treatments), text, defaults)


def _with_sequences(tokens: list[Token], treatments: Treatments) -> list[Token]:
    """The tokens with two regimens that a hyphen joins as one name: "TP-AC"."""
    result: list[Token] = []
    for one in tokens:
        token = one
        is_regimen = token.kind == DRUG and token.value.drug is not None and token.value.drug.is_combination
        if is_regimen and len(result) > 1 and result[-1].kind == "DASH" and result[-1].end == token.start:
            first = result[-2]
            if first.kind == DRUG and first.end == result[-1].start and first.value.drug is not None and first.value.drug.is_combination:
                drug = Drug(f"{first.value.name}-{token.value.name}", is_combination=True)
                result[-2:] = []
                token = Token(
                    DRUG, f"{first.text}-{token.text}", first.start, token.end, treatments.of(drug, drug.name), "sequence_of_regimens"
                )
        result.append(token)
    return result


_TRIAL = re.compile(
    r"\b(?:trials?|study|studies|randomi[sz]ed|randomly|phase\s?(?:[1-4]|i{1,3}|iv)[ab]?|cohorts?|arms?|groups?|nct\d{8}|enrol\w+)\b"
    r"|研究|试验|随机|期临床|入组|[组臂]\b|对照|队列|nct\d{8}"
)
"""What a passage must say before a treatment that it names is one of a trial."""
_DIGIT = re.compile(r"[\d一二三四五六七八九十两半]")
_NUMBER_IN_WORDS = re.compile(r"\b(?:a|one|two|three|four|five|six|eight|ten|half)\b")
"""One of these any other must hold to tell a dose."""


def said_in_article(article: Article, treatments: Treatments) -> list[Said]:
    """Statements of an article about what a trial gives: of its prose, not of its front matter and reference list."""
    found: list[Said] = []
    if not _TRIAL.search(folded(article.text)):
        return found
    for number, paragraph in enumerate(article.paragraphs):
        text = article.text[paragraph.start : paragraph.end]
        if paragraph.kind == "metadata" or not text.strip():
            continue
        plain = folded(text)
        is_of_trial = _TRIAL.search(plain) is not None
        if not is_of_trial and _DIGIT.search(plain) is None and _NUMBER_IN_WORDS.search(plain) is None:
            continue
        passage = Passage("description", article_path(number), text)
        repaired = repair(text)
        read = _statements(repaired.text, treatments, (), only_doses=not is_of_trial)
        statements = [one for one in read if _is_reported(one, is_of_trial=is_of_trial)]
        for one in statements:
            _forget_result(one)
        _share_routes(statements)
        found += (Said(one, passage, repaired, (), passage.kind) for one in statements)
    return found


def _forget_result(statement: Statement) -> None:
    """Drop a length of time beside a result, which it is: "docetaxel gave a median overall survival of 9 months"."""
    if "RESULT" in statement.cues and statement.schedule.duration is not None:
        statement.schedule.duration = None
        statement.parts = [(role, token) for role, token in statement.parts if token.kind not in ("DURATION", "SPAN")]


def article_path(paragraph: int) -> str:
    """Path of a paragraph of an article, by its number; see `pipelines.extract.articles`."""
    return f"text.paragraphs[{paragraph}]"


def _is_reported(statement: Statement, *, is_of_trial: bool) -> bool:
    """Whether a sentence of an article tells what a trial gave: it says so, compares or joins treatments, or tells dose and schedule.

    `is_of_trial`: the paragraph speaks of a trial; where it does not, only a dose with its schedule counts.
    """
    cues = statement.cues
    drug: Drug | None = statement.treatment.drug
    is_joined = len(statement.companions) > 1
    has_schedule = statement.dose is not None and statement.has_time()
    if _is_excluded(cues) or "EARLIER" in cues:
        # "In an earlier study women received exemestane"; that something was reported is said of the article's own trial too.
        return False
    if not is_of_trial:
        return has_schedule
    if drug is not None and drug.is_class:
        return drug.is_component and (is_joined or statement.has_time())
    if "NOTGIVEN" in cues and cues.isdisjoint(("GIVEN", "RESULT", "VERSUS")):
        return has_schedule
    return has_schedule or not cues.isdisjoint(("GIVEN", "VERSUS", "RESULT")) or is_joined


def _is_excluded(cues: Set[str]) -> bool:
    """Whether a sentence says who or what has no place in the trial: "patients on prednisone 20 mg daily are excluded".

    "Dose reductions are not permitted" excludes no treatment.
    """
    return "EXCLUDED" in cues and "REDUCED" not in cues


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
        for path in reversed(list(vocabulary_paths("regimen_words.tsv")))
        for row in read_rows(path)
        if row["kind"] == "ROUTE" and row["value"] in RADIATION_ROUTES
        for phrase in row["words"].split("|")
    }


def radiation_route(name: str) -> str | None:
    """The route that the name of a course of radiation tells: "HDR brachytherapy", "SBRT", "whole brain radiotherapy"."""
    plain = " ".join(token.text for token in tokens(name) if token.text not in "-.")
    found = [(len(phrase), route) for phrase, route in _radiation_phrases().items() if f" {phrase} " in f" {plain} "]
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


def _are_registered(drug: Drug, treatments: Treatments) -> bool:
    """Whether the parts of a named combination are interventions of the record; of one without known parts, whether several drugs are."""
    registered = {one.name for one in treatments.registered}
    return bool(registered & set(drug.components)) or (not drug.components and len(registered) > 1)


_BETWEEN_PLACEBO = frozenset({"DASH", "OF", "FOR", "TO", "SLASH"})


def _with_placebos(tokens: list[Token]) -> list[Token]:
    """The tokens with "tiragolumab placebo" and "placebo matching tiragolumab" as one name of the placebo."""
    if all(token.kind != DRUG or token.value.name != PLACEBO for token in tokens):
        return tokens
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


_FEW_DRUGS = 2


def _is_given(statement: Statement, passage: Passage, treatments: Treatments) -> bool:
    """Whether the statement says what the trial gives, rather than what stands in the text for another reason."""
    treatment: Treatment = statement.treatment
    cues = statement.cues
    is_registered = bool(treatment.places)
    if not is_registered and _is_excluded(cues):
        return False
    if not is_registered and treatment.drug is not None and treatment.drug.is_class:
        return treatment.drug.is_component and (statement.dose is not None or statement.has_time()) and "STUDYREF" not in cues
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
        if (
            treatment.drug is not None
            and treatment.drug.is_combination
            and statement.dose is None
            and _are_registered(treatment.drug, treatments)
        ):
            # "TC+H" in the label of an arm whose drugs are interventions of their own.
            return False
        is_listed = any(other.treatment.places for other in statement.companions) and len(statement.companions) > 2
        is_said = statement.says_something() or (passage.kind == "arm" and is_listed and cues.isdisjoint(("NOTGIVEN", "STRENGTH")))
        return is_said and not ("STUDYREF" in cues and "GIVEN" not in cues)
    return _is_given_by_description(statement, treatments)


def _is_given_by_description(statement: Statement, treatments: Treatments) -> bool:
    """The same for the descriptions of the trial, which speak of other things too."""
    treatment: Treatment = statement.treatment
    cues = statement.cues
    is_registered = bool(treatment.places)
    if "INCLUDES" in cues and CLASS in cues and "STUDYREF" not in cues:
        # "Standard chemotherapy (which includes cyclophosphamide, vincristine, ...)".
        return True
    # A protocol in short: several drugs with dose and days, one after the other.
    timed = [one for one in statement.companions if one.has_time()]
    is_protocol = statement.has_time() and (len(timed) > _FEW_DRUGS or sum(one.dose is not None for one in timed) > 1)
    has_schedule = is_protocol or (statement.dose is not None and statement.has_time())
    if (
        treatment.drug is not None
        and treatment.drug.is_combination
        and statement.dose is None
        and _are_registered(treatment.drug, treatments)
    ):
        return False
    if "STUDYREF" in cues or _is_excluded(cues) or ("STANDARD" in cues and not is_registered and "GIVEN" not in cues):
        return False
    if not (has_schedule or "GIVEN" in cues) or (not has_schedule and not cues.isdisjoint(("NOTGIVEN", "LESS"))):
        return False
    return statement.says_something() and (
        is_registered or statement.dose is not None or statement.has_time() or statement.route is not None
    )
