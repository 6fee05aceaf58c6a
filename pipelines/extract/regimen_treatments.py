"""The treatments of one record: what its interventions name, and what its prose names beside them.

Here belongs telling which names mean the same treatment, and which arms the record ties to it. Doses and schedules do not.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pipelines.extract.arms import arm_id, arm_ids_by_label
from pipelines.extract.subject import Subject, coded, label_key
from pipelines.grammar.lexicon import DRUG, Lexicon, tagged, words
from pipelines.schema import vocabularies as v
from pipelines.shapes import ArmGroup, Intervention, Study
from pipelines.text.repair import repaired_text
from pipelines.vocab.drugs import PLACEBO, RADIOTHERAPY, Drug, find_drug, may_be, name_key, shorter_names

_TREATMENT_TYPES = frozenset({"DRUG", "BIOLOGICAL", "RADIATION", "DIETARY_SUPPLEMENT", "GENETIC", "COMBINATION_PRODUCT"})
_NEVER_TREATMENT_TYPES = frozenset({"DEVICE", "BEHAVIORAL", "DIAGNOSTIC_TEST"})


@dataclass(eq=False, slots=True)
class Treatment:
    """One thing that participants are given. `raw`: the source's words; `places`: its interventions, from 0; `arms`: places of the arms
    that the record ties it to.
    """

    raw: str
    drug: Drug | None = None
    code: dict[str, str | None] = field(default_factory=dict)
    places: list[int] = field(default_factory=list)
    arms: list[int] = field(default_factory=list)
    product: str | None = None
    """Name of a product that no vocabulary knows, in lower case: a development code, a cell product."""

    @property
    def name(self) -> str | None:
        """`drug_name` of its rows."""
        return (None if self.drug.is_class else self.drug.name) if self.drug else self.product


class Treatments:
    """All treatments of a record, and the lexicon of its own names."""

    def __init__(self, study: Study, subject: Subject) -> None:
        module = study.protocol_section.arms_interventions_module
        by_label = arm_ids_by_label(study, subject)
        self.registered: list[Treatment] = []
        self.by_place: dict[int, list[Treatment]] = {}
        self.arms_by_place: dict[int, list[int]] = {}
        self.lexicon = Lexicon()
        self._by_key: dict[str, Treatment] = {}
        for place, intervention in enumerate(module.interventions):
            name = repaired_text(intervention.name).strip() if intervention.name else ""
            code = coded("intervention_type", v.INTERVENTION_TYPE, intervention.type)
            arms = _arms_of(intervention, module.arm_groups, subject, by_label)
            self.arms_by_place[place] = arms
            parts = list(_named_parts(name, code.get("intervention_type")))
            if not _is_treatment(code.get("intervention_type"), name, [drug for _, drug in parts]):
                continue
            found = [self._add(raw, drug, code, place, arms) for raw, drug in parts]
            self.by_place[place] = list({id(one): one for one in found}.values())
        self._name_registered(module.interventions)

    def _add(self, raw: str, drug: Drug | None, code: dict[str, str | None], place: int, arms: Sequence[int]) -> Treatment:
        # Two courses of radiation are two treatments; the same drug in two interventions is one.
        key = drug.name if drug and drug.name != RADIOTHERAPY else f"{drug.name if drug else ''}:{name_key(raw)}"
        known = self._by_key.get(key)
        if known is None:
            known = Treatment(raw, drug, code, product=None if drug else product_name(raw) or _without_dose(raw))
            self._by_key[key] = known
            self.registered.append(known)
        known.places.append(place)
        known.arms += [arm for arm in arms if arm not in known.arms]
        return known

    def _name_registered(self, interventions: Sequence[Intervention]) -> None:
        """Names by which the prose may call what is registered: the name itself, what is left of it without doses, other names."""
        for place, treatments in self.by_place.items():
            for treatment in treatments:
                for name in _spellings(treatment):
                    self.lexicon.add(name, DRUG, treatment)
            if len(treatments) == 1 and treatments[0].name != PLACEBO:
                for other in interventions[place].other_names:
                    for name in re.split(r"[,;]\s+", repaired_text(other)):
                        drug = find_drug(name)
                        own = treatments[0].drug
                        is_same = drug is None or (own is not None and may_be(drug, own))
                        if len(name_key(name)) > 2 and is_same and _may_be_name(name):
                            # "Oral insulin" tells a route beside the name.
                            shortest = [name, *(short for short in shorter_names(name) if drug is not None and find_drug(short) == drug)][
                                -1
                            ]
                            self.lexicon.add(shortest, DRUG, treatments[0])

        cells = [one for one in self.registered if _is_cells(one)]
        if len(cells) == 1:
            for name in _CELL_ALIASES:
                self.lexicon.add(name, DRUG, cells[0])

    def define_abbreviations(self, text: str) -> None:
        """Add what a text calls a drug for short, where it says so: "inotuzumab ozogamicin (InO)"."""
        for match in _DEFINED.finditer(text):
            short = match[1]
            if sum(map(str.isupper, short)) < 2 or self.lexicon.knows(short) or words().knows(short):
                continue
            before = text[max(0, match.start() - _LONGEST_DEFINED_CHARS) : match.start()].rstrip()
            found = tagged(before, (self.lexicon, words()))
            if found and found[-1].kind == DRUG:
                self.lexicon.add(short, DRUG, self.of(found[-1].value, found[-1].text), in_capitals=False)

    def of(self, value: object, words: str, defaults: Sequence[Treatment] = ()) -> Treatment:
        """The treatment of a token of kind DRUG, whose value is a drug of the vocabulary or a treatment of the record.

        Where a name fits several ("radiotherapy"), it means the one among `defaults`.
        """
        if isinstance(value, Treatment):
            return value
        if not isinstance(value, Drug):
            raise TypeError(f"{value!r} is no treatment")
        if value.name == RADIOTHERAPY:
            courses = [one for one in defaults or self.registered if one.name == RADIOTHERAPY]
            if courses:
                return courses[0]
        known = self._by_key.get(value.name)
        if known is None:
            # "Sargramostim (GM-CSF)": the name of a group means the one product of it that the record names.
            known = next((one for one in self._by_key.values() if one.drug is not None and may_be(value, one.drug)), None)
        if known is None:
            known = self._by_key[value.name] = Treatment(words, value)
        return known


def _is_cells(treatment: Treatment) -> bool:
    """Whether it is a product of cells, of the vocabulary or not."""
    if treatment.drug is not None:
        return treatment.drug.is_cells
    return treatment.product is not None and _CELLS.search(treatment.product) is not None and "vaccine" not in treatment.product


_GENERIC = frozenset(
    [
        "drug",
        "therapy",
        "treatment",
        "treatments",
        "chemotherapy",
        "standard",
        "control",
        "arm",
        "group",
        "placebo",
        "vaccine",
        "vaccines",
        "radiation",
        "surgery",
        "injection",
        "infusion",
        "cells",
        "cell",
        "dose",
        "study",
        "product",
        "combination",
        "regimen",
        "care",
        "intervention",
        "experimental",
        "active",
        "oral",
        "tablet",
        "capsule",
    ]
)


def _may_be_name(words: str) -> bool:
    """Whether prose that says these words means the product: no common word, no class."""
    lower = words.strip().lower()
    return (
        2 < len(lower) <= 80
        and lower not in _GENERIC
        and not lower.isdigit()
        and sum(1 for word in lower.split() if word not in _GENERIC) > 0
    )


_DEFINED = re.compile(r"\(([A-Za-z][A-Za-z0-9-]{1,9})\)")
_LONGEST_DEFINED_CHARS = 60
_BRACKETED = re.compile(r"\s*[(\[（]([^()\[\]（）]*)[)\]）]\s*")


def _spellings(treatment: Treatment) -> Iterator[str]:
    """What the prose may call it: the name of a drug or a product without dose, form and route, in and outside brackets."""
    raw = treatment.raw
    base = _BRACKETED.sub(" ", raw).strip()
    if treatment.name in (PLACEBO, RADIOTHERAPY):
        yield from (raw, base)
    for whole in dict.fromkeys((base, *_BRACKETED.findall(raw))):
        names = [whole, *shorter_names(whole)]
        if treatment.drug is not None:
            names = [name for name in names if (found := find_drug(name)) and found.name == treatment.drug.name]
            yield from names[-1:]
        elif treatment.product is None:
            # "Viaskin Peanut 250 mcg" is called Viaskin Peanut.
            bare = _FROM_DIGIT.sub("", base)
            yield from (raw, base) if len(bare) < _SHORTEST_BARE_NAME or bare == base else (bare,)
    if treatment.product is not None:
        yield treatment.product
        if _CELLS.search(treatment.product):
            yield raw
            yield base


def _without_dose(raw: str) -> str | None:
    """The name of a product whose intervention tells a dose after it, in lower case: "Viaskin Peanut 250 mcg"."""
    bare = _FROM_DIGIT.sub("", raw)
    return bare.lower() if bare != raw and len(bare) >= _SHORTEST_BARE_NAME else None


_FROM_DIGIT = re.compile(r"[\s,;:_-]+\d[\d.,]*\s?(?:mg|mcg|g|ml|iu|units?|μg|ug)\b.*$", re.IGNORECASE)
_SHORTEST_BARE_NAME = 6
_CELL_ALIASES = (
    *("car-t cells", "car t-cells", "car t cell", "car-t", "car transduced autologous t cells", "transduced cells", "transduced t cells"),
    *("t cells", "t-cells", "autologous t cells", "modified t cells", "engineered t cells", "nk cells", "cell infusion", "the cells"),
)
"""What the prose calls the cell product of a record that has one."""


_JOINT = re.compile(
    r"\s*(?:\+/-|±|[+＋&、，；;]|(?<!\d),(?!\d)|/(?=\s*[A-Za-z]{3})"
    r"|\b(?:in combination with|combined with|combination with|plus|with|and|or|followed by)\b)\s*",
    re.IGNORECASE,
)


def _named_parts(name: str, intervention_type: str | None) -> Iterator[tuple[str, Drug | None]]:
    """The treatments that an intervention's name names: one, or the parts of "A plus B" where at least one of them is a drug."""
    if intervention_type == "RADIATION":
        drug = find_drug(name)
        is_product = drug is not None and drug.name != RADIOTHERAPY
        yield name, drug if is_product else Drug(RADIOTHERAPY)
        return
    drug = find_drug(name)
    if drug is None:
        bare = _BRACKETED.sub(" ", name)
        parts = [part for part in _JOINT.split(name if bare.strip() == name.strip() else bare) if part.strip()]
        found = [(part.strip(), find_drug(part)) for part in parts]
        if len(found) > 1 and (any(one for _, one in found) and all(one or _looks_like_product(part) for part, one in found)):
            yield from ((part if part in name else name, one) for part, one in found)
            return
    yield name, drug or _only_drug_in(name)


_OTHER_THINGS = frozenset(
    [
        "vaccine",
        "vaccines",
        "device",
        "pump",
        "antibody",
        "antibodies",
        "antagonist",
        "inhibitor",
        "inhibitors",
        "agonist",
        "lysate",
        "receptor",
        "gene",
        "cell",
        "cells",
        "anti",
        "based",
        "free",
        "sparing",
        "versus",
        "vs",
        "analog",
        "analogue",
        "analogues",
        "like",
        "sensitizer",
        "sensitized",
        "resistant",
        "conjugate",
        "labeled",
        "labelled",
        "gel",
        "foam",
        "training",
        "education",
        "program",
    ]
)


def _only_drug_in(name: str) -> Drug | None:
    """The one drug that a longer name names beside words that name nothing: "Enasidenib mesylat dose escalation"."""
    if "-" in name and re.search(r"\banti-|-based|-free|non-", name, re.IGNORECASE):
        return None
    found = [
        token
        for token in tagged(name, (words(),))
        if (token.kind in (DRUG, "W") and token.text.strip("®™-_'\"").isalnum()) or token.kind == DRUG
    ]
    drugs = {token.value.name: token.value for token in found if token.kind == DRUG and not token.value.is_class}
    others = {token.text for token in found if token.kind == "W"}
    if len(drugs) != 1 or others & _OTHER_THINGS or len(others) > _MOST_OTHER_WORDS:
        return None
    (drug,) = drugs.values()
    return None if drug.name == PLACEBO else drug


_MOST_OTHER_WORDS = 4
_CODE = re.compile(
    r"^[A-Za-z]{1,8}[- ]?\d{2,}[A-Za-z0-9-]*$|^[A-Za-z]{2,6}-[A-Z0-9]*\d[A-Za-z0-9-]*$|^[A-Za-z]{1,6}\d{1,3}[A-Za-z]{0,4}\d+\w*$"
)
_CELLS = re.compile(
    r"\b(?:car[- ]?t|cart|car-nk|til|tils|nk|msc|mscs|stem|dendritic|t)[- ]?cells?\b|\bcar[- ]?t\b|\bcar\b.*cells?\b|cart\b|\bvaccines?\b",
    re.IGNORECASE,
)


def _looks_like_product(words: str) -> bool:
    return product_name(words) is not None


_LAST_PREPOSITION = re.compile(r"\s+(?:by|via|with|for|of|in|at|per|and)$", re.IGNORECASE)
_CELL_SUFFIX = re.compile(r"\s+cells?$", re.IGNORECASE)


def product_name(raw: str) -> str | None:
    """The name of a product that the vocabulary does not know, without dose, form and route: "IP FT516" is ft516.

    Only development codes and cell products have one: any other unknown words may be a class, a regimen, a slip.
    """
    base = _BRACKETED.sub(" ", raw).strip(" .,;:")
    first, comma, _ = base.partition(",")
    if comma and _CODE.match(first.strip()):
        # A code and what else it is called: "FB825, FB825-15D11, Anti-CemX".
        return first.strip().lower()
    names = [base, *shorter_names(base)]
    head, _, rest = base.partition(" ")
    if rest and all(token.kind in ("ROUTE", "DOSEW", "COUNTU") for token in tagged(rest, (words(),))):
        names.append(head)
    code = next((bare for name in names if _CODE.match(bare := _CELL_SUFFIX.sub("", name))), None)
    if code is not None:
        return code.lower()
    if _CELLS.search(base) and not re.search(r"[,;+]|\band\b", base):
        shortest = min(names, key=len)
        return _LAST_PREPOSITION.sub("", shortest if _CELLS.search(shortest) or "CAR" in shortest else base).lower()
    return None


_LABORATORY = re.compile(
    r"\b(?:rna-?seq|sequencing|sequence analysis|pcr|assays?|genotyping|profiling|blot|microarray|gene expression|mutation analysis"
    r"|hybridi[sz]ation|polymorphism)\b",
    re.IGNORECASE,
)


def _is_treatment(intervention_type: str | None, name: str, drugs: Sequence[Drug | None]) -> bool:
    """Treatments by type. "Other" and unknown types are treatments when the name is a drug's or a placebo's; genetic ones unless the name
    is that of a laboratory test.
    """
    if intervention_type == "GENETIC" and _LABORATORY.search(name):
        return False
    if intervention_type in _TREATMENT_TYPES:
        return True
    if intervention_type == "PROCEDURE":
        return any(drug is not None and drug.name == RADIOTHERAPY for drug in drugs)
    return intervention_type in (None, "OTHER") and any(drug is not None for drug in drugs)


def _arms_of(intervention: Intervention, groups: list[ArmGroup], subject: Subject, by_label: dict[str, str]) -> list[int]:
    """Places (from 0) of the arms that receive the intervention: by its arm labels, and by the arms' intervention names.

    An arm names its interventions as "Drug: Pembrolizumab"; a type may be left out.
    """
    wanted = {by_label.get(label_key(label)) for label in intervention.arm_group_labels}
    name = label_key(intervention.name)
    return [
        place
        for place, group in enumerate(groups)
        if arm_id(subject, place + 1) in wanted or (name and any(_names(text, name) for text in group.intervention_names))
    ]


def _names(text: str, name: str) -> bool:
    key = label_key(text)
    return key == name or key.partition(": ")[2] == name
