"""Binding: which dose, route and schedule of a passage belong to which treatment.

Here belongs the way from tokens to statements: cutting into sentences, telling who stands before and after whom, carrying on from the
sentence before. What becomes of a statement when something is said of it belongs to `attaching.py`, what is said once for several to
`sharing.py`. Whether a statement is about this trial, and how several passages come together, is not told here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipelines.grammar.attaching import (
    AMOUNTS,
    ATTRIBUTES,
    attached,
    is_dose_of_other_cells,
    is_filled,
    is_of_cycles,
    is_radiation_dose,
    names_in,
)
from pipelines.grammar.doses import as_list
from pipelines.grammar.lexicon import DRUG
from pipelines.grammar.schedules import lie_within
from pipelines.grammar.sharing import (
    complete_clones,
    give_lead,
    number_alternatives,
    share_cycle_length,
    share_in_groups,
    share_with_members,
)
from pipelines.grammar.statements import Sentence, Statement
from pipelines.grammar.tokens import Token
from pipelines.vocab.drugs import RADIOTHERAPY

_ENDS = frozenset({"STOP", "NL", "BULLET"})
_SEPARATORS = frozenset({"COMMA", "SEMI", "AND", "OR", "PLUS", "WITH", "THEN", "COLON", "VERSUS", "SLASH", "RPAR", "LPAR", "INCLUDES"})
_WEAK_SEPARATORS = frozenset({"COLON", "LPAR", "RPAR"})
"""What stands between a name and what is said of it as often as between two treatments."""
_STRONG_JOINS = frozenset({"OR", "THEN", "VERSUS"})
_WEAK_JOINS = frozenset({"", "COMMA", "COLON", "LPAR", "RPAR"})
_MAY_PRECEDE = AMOUNTS | {"ROUTE", "FREQX", "PHASE", "DAYS", "NCYC"}
"""What may stand before the name it is said of: "600 mg IV of the drug", "weekly trastuzumab"."""
_TIGHT = frozenset({"OF", "ROUTE", "FREQX", "DOSEW", "PER", "LOADING", "PHASE", "W", "COUNTU", "ABOUT", "CONCX"})
_TIGHT_FOR_ROUTES = _TIGHT | AMOUNTS | {"GIVEN", "WITH"}
"""For "subcutaneously injected with 100 units of the drug"."""
_LOOSE_WORDS = frozenset({"will", "is", "patients", "subjects", "participants"})
_MOST_WORDS_TO_TIGHT = 3
_CYCLE_ONLY = frozenset({"CYCLELEN", "NCYC", "DURATION", "ENDS", "CYCREF", "SPAN", "PHASE"})
_CUES = frozenset(
    {
        "GIVEN",
        "STUDYREF",
        "EARLIER",
        "STANDARD",
        "REDUCED",
        "TOXIC",
        "RESCUE",
        "ASSESS",
        "NOTGIVEN",
        "EXCLUDED",
        "OPTIONAL",
        "STRENGTH",
        "STRONG",
        "LESS",
        "VERSUS",
        "INCLUDES",
        "RESULT",
    }
)
CLASS = "CLASS"
"""Cue of a sentence that names a treatment which is no drug: "standard chemotherapy"."""


@dataclass(slots=True)
class _Passage:
    """What is carried from sentence to sentence. `last`: statements of the last sentence that made any."""

    defaults: Sequence[Any]
    done: list[Statement] = field(default_factory=list)
    last: list[Statement] = field(default_factory=list)
    cycle_length: float | None = None
    n_alternatives: int = 0


def bound(tokens: Sequence[Token], text: str, defaults: Sequence[Any]) -> list[Statement]:
    """The statements of a passage. `defaults` are the treatments that it speaks of where it names none."""
    passage = _Passage(defaults)
    for sentence in sentences(tokens, text):
        _bind(Sentence(sentence), passage)
    share_with_members(passage.done)
    share_cycle_length(passage.done, passage.cycle_length)
    return passage.done


# --- sentences -----------------------------------------------------------------------------------------------------------


def sentences(tokens: Sequence[Token], text: str) -> Iterator[list[Token]]:
    """The tokens cut at the ends of sentences; a full stop ends one where a capital, a digit or nothing follows."""
    sentence: list[Token] = []
    for number, token in enumerate(tokens):
        if token.kind in _ENDS or (token.kind == "DOT" and _ends_sentence(token, tokens[number + 1 : number + 2], text, sentence)):
            if sentence:
                yield sentence
            sentence = []
        else:
            sentence.append(token)
    if sentence:
        yield sentence


def _ends_sentence(dot: Token, following: Sequence[Token], text: str, before: Sequence[Token]) -> bool:
    if not following:
        return True
    after = following[0]
    if after.start == dot.end:
        return _ends_glued(dot, after, text, before)
    first = text[after.start]
    if not before or before[-1].end != dot.start:
        return first.isupper()
    # "80 mg iv. D1 and D15": a full stop after an abbreviation, with more of the same to come.
    is_abbreviation = before[-1].kind in ("ROUTE", "FREQX") and len(before[-1].text) <= 3
    # "1. Patients receive": the number of a list.
    is_list_number = before[-1].kind == "NUM" and len(before) == 1
    if is_list_number or (is_abbreviation and after.kind in ATTRIBUTES):
        return False
    return first.isupper() or first.isdigit() or not first.isascii() or first in "\"'(-"


_SHORTEST_WORD = 3


def _ends_glued(dot: Token, after: Token, text: str, before: Sequence[Token]) -> bool:
    """Whether a space is missing after a sentence: "in every setting.The median"; not "e.g.Foo", "clinicaltrials.gov", "1.5"."""
    is_word = bool(before) and before[-1].end == dot.start and text[max(0, dot.start - _SHORTEST_WORD) : dot.start].isalpha()
    begins = text[after.start : after.start + 2]
    return is_word and text[dot.start - 1].islower() and begins[:1].isupper() and begins[1:].islower()


def _bind(sentence: Sentence, passage: _Passage) -> None:
    tokens = sentence.tokens
    names = [place for place, token in enumerate(tokens) if token.kind == DRUG]
    has_name = any(not _is_reference(tokens, place) for place in names)
    cues = _CUES.intersection([token.kind for token in tokens])
    if any(tokens[place].value.name is None for place in names):
        cues |= {CLASS}
    if "EARLIER" in cues:
        cues |= {"STUDYREF"}
    if has_name:
        walk = _Walk(sentence, _implied(tokens, passage))
        walk.through()
        _give_grays(walk.grays, sentence, passage)
        give_lead(sentence, walk.lead)
        complete_clones(sentence.statements)
        share_in_groups(sentence.statements)
        passage.n_alternatives = number_alternatives(sentence.statements, passage.n_alternatives)
    else:
        lead = [token for token in _without_assessments(_without_excluded(tokens)) if token.kind in ATTRIBUTES]
        if lead and not any(token.kind == "VEHICLE" for token in tokens):
            _carry_on(lead, sentence, passage)
    sentence.statements = [statement for statement in sentence.statements if not statement.is_paired]
    excluded = [token.start for token in _excluded_names(tokens)] if "EXCLUDED" in cues else []
    for statement in sentence.statements:
        is_excluded = not statement.is_named or any(token.start in excluded for role, token in statement.parts if role == "drug")
        statement.cues |= cues if is_excluded else cues - {"EXCLUDED"}
    passage.done += sentence.statements
    if sentence.statements:
        passage.last = sentence.statements


def _excluded_names(tokens: Sequence[Token]) -> Iterator[Token]:
    """Names in the part of a sentence that says that something has no place in the trial; a semicolon ends such a part."""
    part: list[Token] = []
    for token in (*tokens, None):
        if token is not None and token.kind != "SEMI":
            part.append(token)
            continue
        if any(one.kind == "EXCLUDED" for one in part):
            yield from (one for one in part if one.kind == DRUG)
        part = []


# --- a sentence that names treatments ------------------------------------------------------------------------------------


def _implied(tokens: Sequence[Token], passage: _Passage) -> Statement | None:
    """The treatment that a sentence goes on about before it names what is given with it: "7.5 to 25 mg once a week, with folic acid"."""
    place = next(place for place, token in enumerate(tokens) if token.kind == DRUG)
    before = tokens[:place]
    is_told = any(token.kind in AMOUNTS for token in before[:-1]) and before[-1].kind in ("WITH", "PLUS")
    targets = _targets(passage)
    if not is_told or len(targets) != 1 or targets[0] is tokens[place].value:
        return None
    return Statement(targets[0], is_named=False, rule="carried_on")


class _Walk:
    """One way through a sentence, from left to right.

    `lead` are the attributes before the first name, `grays` doses of radiation that stand with another treatment.
    """

    def __init__(self, sentence: Sentence, implied: Statement | None = None) -> None:
        self.sentence = sentence
        self.lead: list[Token] = []
        self.grays: list[Token] = []
        self._pending: list[Token] = []
        self._brackets: list[Statement | None] = []
        self._current = implied
        if implied is not None:
            sentence.statements.append(implied)
        self._is_dose_first = _is_dose_first(sentence.tokens)
        self._begin()

    def _begin(self, *, joined_by: str = "") -> None:
        """After a name, or where something else begins."""
        self._is_assessed = False
        self._is_separated = False
        self._joined_by = joined_by
        self._is_optional = False
        self._is_not_given = False

    def through(self) -> None:
        """Read all tokens."""
        for place, token in enumerate(self.sentence.tokens):
            if token.kind == DRUG:
                self._name(place, token)
            elif token.kind in ATTRIBUTES:
                self._attribute(place, token)
            elif token.kind == "ASSESS":
                self._is_assessed = True
            elif token.kind == "SAMEAS" and self._current is not None:
                self._current.is_told_elsewhere = True
            elif token.kind in ("PM", "OPTIONAL"):
                self._is_optional = self._is_separated = True
                self._joined_by = token.kind
            elif token.kind in _SEPARATORS:
                self._separator(token.kind)

    def _name(self, place: int, token: Token) -> None:
        tokens, current = self.sentence.tokens, self._current
        if _is_reference(tokens, place):
            self._is_separated = True
            self._is_not_given = _start_of_exclusion(tokens, place) is not None
            return
        is_again = current is not None and token.value is current.treatment and not self._pending
        if current is not None and is_again and (not current.says_something() or tokens[place - 1].kind == "LPAR"):
            # "Docetaxel (Taxotere)", "Cyclosporine: cyclosporine 3 mg/kg".
            current.add("drug", token)
            return
        made = Statement(token.value, parts=[("drug", token)], joined_by=self._joined_by, is_optional=self._is_optional)
        if self._pending:
            made.rule = "before_name"
            for attribute in self._pending:
                made = attached(made, attribute, self.sentence)
            self._pending = []
        made.member_of = next((one for one in reversed(self._brackets) if one is not None and _has_members(one)), None)
        self.sentence.statements.append(made)
        self._current = made
        self._begin()

    def _attribute(self, place: int, token: Token) -> None:
        if token.kind == "ROUTE" and _is_treatment(self.sentence.tokens, place):
            return
        inner = names_in((token,), DRUG) if self._current is not None else None
        if inner is not None and self._current is not None and inner.value is not self._current.treatment:
            # "Fludarabine on days 1-3, then 2x10^6 CAR-T cells/kg".
            self._name(place, inner)
        if self._current is not None and is_dose_of_other_cells(token, self._current) and not self._is_before_name(place):
            # "Fludarabine on days 1-3, then 2x10^6 cells/kg on day 5": nor is day 5 said of the drug.
            self._is_not_given = True
        if self._is_not_given or (self._is_assessed and token.kind not in AMOUNTS and token.kind != "ROUTE"):
            # "Metformin 500 mg, no prior exenatide 10 µg": a dose of what is not given is nobody's.
            return
        if is_radiation_dose(token) and self._is_of_drug(place):
            # "Radiotherapy with EP (15 Gy in 5 fractions)", "54 Gy with concurrent gefitinib": grays are those of the radiation.
            self.grays.append(token)
            return
        if token.kind in _MAY_PRECEDE and self._is_before_name(place):
            self._pending.append(token)
        elif self._current is None:
            self.lead.append(token)
        else:
            made = attached(self._current, token, self.sentence)
            if made is not self._current:
                self.sentence.statements.append(made)
                self._current = made
        self._is_separated = False

    def _is_of_drug(self, place: int) -> bool:
        """Whether the treatment before the token at `place`, or where none is, the next one, is a drug."""
        if self._current is not None:
            return self._current.treatment.name != RADIOTHERAPY
        named = next(token.value for token in self.sentence.tokens[place:] if token.kind == DRUG)
        return named.drug is not None and named.name != RADIOTHERAPY

    def _is_before_name(self, place: int) -> bool:
        return _is_tight(self.sentence.tokens, place) and self._looks_ahead(self.sentence.tokens[place].kind)

    def _looks_ahead(self, kind: str) -> bool:
        """Whether an attribute that stands close to the next name is said of that, not of the treatment before it."""
        if self._current is None or self._is_separated or self._pending:
            return True
        return (self._is_dose_first and kind in AMOUNTS) or is_filled(self._current, kind)

    def _separator(self, kind: str) -> None:
        if kind == "LPAR":
            self._brackets.append(self._current)
        elif kind == "RPAR" and self._brackets:
            self._brackets.pop()
        if kind == "SEMI":
            self._is_assessed = self._is_optional = False
        self._is_not_given = self._is_not_given and kind not in ("COMMA", "SEMI", "RPAR")
        self._is_separated = self._is_separated or kind not in _WEAK_SEPARATORS
        if kind in _STRONG_JOINS or self._joined_by in _WEAK_JOINS:
            self._joined_by = kind


def _give_grays(grays: Sequence[Token], sentence: Sentence, passage: _Passage) -> None:
    """Doses in grays go to the radiotherapy of the sentence, or to that of the passage before; where none is named, to nobody."""
    course = next((one for one in reversed(sentence.statements) if one.treatment.name == RADIOTHERAPY), None)
    if course is None and grays:
        known = next((one for one in reversed(passage.done) if one.treatment.name == RADIOTHERAPY), None)
        if known is None:
            return
        course = Statement(known.treatment, is_named=False, rule="carried_on", joined_by="SEMI")
        sentence.statements.append(course)
    for token in grays:
        made = attached(course, token, sentence) if course is not None else None
        if made is not None and made is not course:
            sentence.statements.append(made)
            course = made


def _has_members(statement: Statement) -> bool:
    """Whether what brackets after it name may be its parts or examples: a class, a named combination, an intervention without a drug."""
    drug = statement.treatment.drug
    return drug is None or drug.is_class or drug.is_combination


_TIME_NOUNS = frozenset({"WEEK", "DAY", "DAYS", "MONTH", "CYCLE", "CYCREF"})
_BESIDES = frozenset({"medication", "premedication", "medications", "premedications", "premeds", "antidote"})
_TIME_WORDS = frozenset({"start", "end", "completion", "initiation", "beginning", "onset", "discontinuation", "cessation", "last", "first"})


_NOT_GIVEN = frozenset({"NOTGIVEN", "EXCLUDED"})


def _is_reference(tokens: Sequence[Token], place: int) -> bool:
    """Whether the name at `place` says no more than when something else happens, or what is not given: "before each FT516 dose"."""
    if place > 1 and tokens[place - 1].kind == "OF" and (tokens[place - 2].kind in _TIME_NOUNS or tokens[place - 2].text in _TIME_WORDS):
        # "On days 1-5 of the first week of radiotherapy", "day 8, cycle 1 of lenalidomide".
        return True
    if place > 1 and tokens[place - 1].kind == "FOR" and tokens[place - 2].text in _BESIDES:
        # "Premedication for rituximab: 650 mg orally".
        return True
    for back in range(place - 1, max(place - 6, -1), -1):
        kind = tokens[back].kind
        if kind == "DAYS" and back == place - 1 and tokens[back].parts and tokens[back].parts[-1].kind == "OFF":
            # "5 days followed by 2 days without the drug".
            return True
        if kind == "BEFORE" and _has_dose_behind(tokens, place):
            # "Dexamethasone 8 mg before docetaxel 75 mg/m2".
            return False
        if kind in ("BEFORE", "OFF") or kind in _NOT_GIVEN:
            return kind != "OFF" or back == place - 1
        if kind in ATTRIBUTES or kind in _SEPARATORS or kind in ("GIVEN", DRUG):
            return False
    return False


_OWN_TREATMENTS = frozenset(
    name.replace(" ", "")
    for name in (
        *("haic", "hai", "hepatic arterial infusion chemotherapy", "hepatic arterial infusion hai", "hepatic artery infusion hai", "hipec"),
        *("tace", "pipac", "transarterial chemoembolization", "transarterial chemoembolisation", "trans arterial chemoembolization"),
        *("trans arterial chemoembolisation", "动脉灌注化疗", "肝动脉灌注化疗", "动脉化疗栓塞", "动脉化疗栓塞术"),
        *("肝动脉化疗栓塞", "肝动脉化疗栓塞术"),
    )
)
"""Words of routes that name a treatment where nothing is said to be given by it."""
_JOINS = frozenset({"PLUS", "WITH", "AND", "OR", "PM", "VERSUS", "THEN"})


def _is_treatment(tokens: Sequence[Token], place: int) -> bool:
    """Whether the route at `place` stands between joins as a treatment of its own: "HAIC + camrelizumab", "TACE联合卡瑞利珠单抗".

    "HAIC with oxaliplatin" says what the infusion is of, "FOLFOX-HAIC" what is infused.
    """
    if tokens[place].text.replace(" ", "") not in _OWN_TREATMENTS:
        return False
    before, after = _around(tokens, place)
    if after is not None and after.kind in _JOINS and after.text != "with":
        return before is None or (before.kind != DRUG and before.kind not in ATTRIBUTES and before.kind != "OF")
    return before is not None and before.kind in _JOINS and not _is_tight(tokens, place)


def _around(tokens: Sequence[Token], place: int) -> tuple[Token | None, Token | None]:
    """What stands before and after a name, its short form in brackets and what a hyphen joins to it left out."""
    first, last = place, place
    while first > 0 and tokens[first - 1].kind in ("LPAR", "DASH", "ROUTE"):
        first -= 1
    while last + 1 < len(tokens) and (
        tokens[last + 1].kind in ("RPAR", "ROUTE") or [one.kind for one in tokens[last + 1 : last + 4]] == ["LPAR", "ROUTE", "RPAR"]
    ):
        last += 1
    return tokens[first - 1] if first else None, tokens[last + 1] if last + 1 < len(tokens) else None


def _has_dose_behind(tokens: Sequence[Token], place: int) -> bool:
    """Whether an amount stands directly behind the name at `place`, or behind a bracket or colon after it."""
    following = [one.kind for one in tokens[place + 1 : place + 3]]
    return following[:1] != [] and (following[0] in AMOUNTS or (following[0] in ("LPAR", "COLON") and following[-1] in AMOUNTS))


def _is_dose_first(tokens: Sequence[Token]) -> bool:
    """Whether the sentence writes doses before names: "2 mg/m2 pentostatin IV; 3 mg alemtuzumab SC"."""
    for place, token in enumerate(tokens):
        if token.kind == DRUG:
            return False
        if token.kind in AMOUNTS:
            return _is_tight(tokens, place)
    return False


def _is_tight(tokens: Sequence[Token], place: int) -> bool:
    """Whether nothing stands between the token at `place` and the next name but what may stand inside "600 mg IV of the drug"."""
    n_words = 0
    tight = _TIGHT_FOR_ROUTES if tokens[place].kind == "ROUTE" else _TIGHT
    for token in tokens[place + 1 :]:
        if token.kind == DRUG:
            return True
        if token.kind not in tight or token.text in _LOOSE_WORDS:
            return False
        n_words += token.kind == "W"
        if n_words > _MOST_WORDS_TO_TIGHT:
            return False
    return False


# --- a sentence that names none ------------------------------------------------------------------------------------------


def _without_assessments(tokens: Sequence[Token]) -> Sequence[Token]:
    """The sentence without the times that stand after a word of an assessment: they say when something is looked at.

    "After surgery" is no assessment. A sentence about assessments that tells no dose says nothing of treatment.
    """
    for place, token in enumerate(tokens):
        if token.kind == "ASSESS" and not any(one.kind == "BEFORE" for one in tokens[max(0, place - 2) : place]):
            if not any(one.kind in AMOUNTS for one in tokens):
                return ()
            return [*tokens[:place], *(one for one in tokens[place:] if one.kind in AMOUNTS or one.kind == "ROUTE")]
    return tokens


def _without_excluded(tokens: Sequence[Token]) -> Sequence[Token]:
    """The sentence up to a treatment that is not given: "prior exenatide 10 µg twice daily is not allowed" tells no dose of what is."""
    for place, token in enumerate(tokens):
        if token.kind == DRUG and (start := _start_of_exclusion(tokens, place)) is not None:
            return tokens[:start]
    return tokens


def _start_of_exclusion(tokens: Sequence[Token], place: int) -> int | None:
    """Place of the word that says that the treatment at `place`, a reference, is not given; None where none does."""
    for back in range(place - 1, max(place - 6, -1), -1):
        if tokens[back].kind in _NOT_GIVEN or (tokens[back].kind == "OFF" and back == place - 1):
            return back
        if tokens[back].kind == "BEFORE":
            return None
    return None


def _carry_on(lead: Sequence[Token], sentence: Sentence, passage: _Passage) -> None:
    """A sentence without a name goes on about the treatments before it, or about those that the passage is on."""
    kinds = {token.kind for token in lead}
    has_time = len(passage.last) > 1 or any(one.has_time() for one in passage.last)
    if kinds <= _CYCLE_ONLY or (has_time and _repeats(lead)):
        _tell_cycles(lead, sentence, passage)
        return
    inner = names_in(lead, DRUG)
    for target in [inner.value] if inner is not None else _targets(passage):
        earlier = passage.last[-1] if passage.last and passage.last[-1].treatment is target else None
        says_other = bool(kinds & AMOUNTS) or (earlier is not None and earlier.has_regular_time() and bool(kinds & {"DAYS", "FREQX"}))
        if earlier is not None and not says_other:
            for token in lead:
                attached(earlier, token, sentence)
        elif not _is_volume(lead):
            _begin_anew(target, lead, sentence)


def _begin_anew(target: Any, lead: Sequence[Token], sentence: Sentence) -> None:
    current = Statement(target, is_named=False, rule="carried_on")
    chain = Sentence(sentence.tokens, [current])
    for token in lead:
        made = attached(current, token, chain)
        if made is not current:
            chain.statements.append(made)
            current = made
    complete_clones(chain.statements)
    sentence.statements += chain.statements


def _tell_cycles(lead: Sequence[Token], sentence: Sentence, passage: _Passage) -> None:
    """What is said of cycles alone holds for all treatments so far, and for those to come: "Each cycle lasts 28 days"."""
    lengths = [token.value.length for token in lead if token.kind in ("CYCLELEN", "NCYC") and token.value.length]
    lengths += [token.value.days for token in lead if token.kind == "FREQX"]
    if lengths:
        passage.cycle_length = lengths[0]
    for statement in passage.done:
        is_last = any(one is statement for one in passage.last)
        if lengths and not is_last and not lie_within(statement.schedule.days, lengths[0]):
            # "Induction on days 1-56 ... Consolidation on days 1-7. Treatment repeats every 28 days".
            continue
        for token in lead:
            if token.kind in ("CYCLELEN", "NCYC", "ENDS"):
                attached(statement, token, sentence)


def _repeats(lead: Sequence[Token]) -> bool:
    """Whether a sentence tells only how cycles follow one another: "Treatment continues every 21 days for 4 courses"."""
    return all(
        token.kind in _CYCLE_ONLY or (token.kind == "FREQX" and following is not None and is_of_cycles(token.value, following))
        for token, following in zip(lead, [*lead[1:], None], strict=True)
    )


def _is_volume(lead: Sequence[Token]) -> bool:
    """Whether the sentence tells no more than a volume, which is what something is given in."""
    return all(token.kind in ("DOSE", "DOSES") and all(dose.unit == "mL" for dose in as_list(token.value)) for token in lead)


def _targets(passage: _Passage) -> Sequence[Any]:
    named = list({id(statement.treatment): statement.treatment for statement in passage.last}.values())
    if len(named) == 1:
        return named
    return passage.defaults if len(passage.defaults) == 1 else ()
