"""Drug names: from what a registry's intervention field says to the one drug that it names, or to nothing.

Here belongs the lookup of a **whole** name ("KEYTRUDA® 200 mg infusion") against `data/drugs.tsv.gz` (made by
`build_drugs.py`), corrected by `data/drugs_overlay.tsv` and `data/drugs_not.tsv`. Finding drug names inside sentences, and
splitting a phrase that names several drugs, do not belong here: a phrase that names more than one thing is no drug,
however well one part of it is known.
"""

import gzip
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache

from pipelines.vocab.data_files import DATA, own_path, read_rows

PLACEBO = "placebo"
"""`drug_name` of any placebo."""
RADIOTHERAPY = "radiotherapy"
"""`drug_name` of any radiation; radiation is told by its intervention type, not by its name."""

DRUGS_PATH = DATA / "drugs.tsv.gz"
_OVERLAY = "drugs_overlay.tsv"
_CHINESE = "drugs_chinese.tsv"
_NOT = "drugs_not.tsv"
_PARTS_PATH = DATA / "drug_name_parts.tsv"


@dataclass(frozen=True, slots=True)
class Drug:
    """One drug, or one named combination.

    `name`: INN in lower case (exceptions are rows of the overlay). `ids`: vocabulary ("drugbank", "medline_plus") to id.
    `components`: names of the drugs of a combination, empty where the name alone does not settle them ("tc").
    """

    name: str
    ids: Mapping[str, str] = field(default_factory=dict, hash=False)
    is_combination: bool = False
    components: tuple[str, ...] = ()
    is_class: bool = False
    """A kind of treatment that prose names in place of a drug: it has no `drug_name`."""
    is_component: bool = True
    """False for a class so wide that it is no component of a regimen: "chemotherapy"."""

    @property
    def is_cells(self) -> bool:
        """Whether it is a product of living human cells."""
        return _CELL_PRODUCT.search(self.name) is not None and not self.is_counted

    @property
    def is_counted(self) -> bool:
        """Whether it is of other cells or particles, so that a dose of it may be a number of cells: a vaccine, a bacterium."""
        return _COUNTED.search(self.name) is not None


_CELL_PRODUCT = re.compile(r"cel(?:-t)?$|\bcells?\b|\blymphocytes?\b")
_COUNTED = re.compile(
    r"vaccin|bacill|bacter|lact|sacchar|clostrid|bifid|strept|salmon|escherich|biotic"
    r"|platelet|leukocyte|granulocyte|erythrocyte|red blood|bcg"
)

_LONGEST_ABBREVIATION = 3
_MARKS = re.compile("[®™©]")
_IGNORED = re.compile(r"[\s\-_.'’`´\u2010-\u2015\u2212]+")
_GREEK = str.maketrans({"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ω": "omega", "κ": "kappa", "μ": "mu", "λ": "lambda"})


def name_key(name: str) -> str:
    """The form in which names are compared: "5-FU", "5 fu" and "5FU®" are one.

    Case, marks, accents, spaces, hyphens and full stops do not count: "as part" has the key of "aspart". That is no harm
    in a field that holds a name; whoever reads sentences must compare word by word.
    """
    return _key_of_words(name_words(name))


def name_words(name: str) -> str:
    """The words of a name as `name_key` reads them, with one space between: "Interleukin-2" gives "interleukin 2"."""
    if not name.isascii():
        decomposed = unicodedata.normalize("NFKD", _MARKS.sub("", name)).casefold().translate(_GREEK)
        name = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return _IGNORED.sub(" ", name.lower()).strip()


def _key_of_words(words: str) -> str:
    key = words.replace(" ", "")
    # "AC-T" (a regimen) is not "ACT" (a therapy).
    return key if len(key) > _LONGEST_ABBREVIATION or not key.isalpha() else words.replace(" ", "-")


@dataclass(frozen=True, slots=True)
class _Parts:
    """The words of `drug_name_parts.tsv` by kind."""

    form: frozenset[str]
    lead: frozenset[str]
    salt: frozenset[str]
    element: frozenset[str]
    sham: frozenset[str]


@cache
def _parts() -> _Parts:
    words: dict[str, set[str]] = {name: set() for name in _Parts.__dataclass_fields__}
    for row in read_rows(_PARTS_PATH):
        words[row["kind"]].update(row["words"].split())
    return _Parts(**{kind: frozenset(found) for kind, found in words.items()})


# "200 mg", "175mg/m2", "0.1-0.5 %", "1,000 IU/day", "AUC 5", "q3w", "x 6", "2 x 10^6 cells/kg". A number without a unit
# may belong to the name ("interleukin 2").
_NUMBER = r"(?:\d[\d.,]*(?:\s*[x×*]\s*10\s*\^?\s*\d+)?)"
_UNIT = (
    r"(?:%|mg|milligrams?|g|grams?|gm|mcg|[uμµ]g|micrograms?|ng|kg|m[il]?u|iu|i\.u\.|units?|u|ml|cc|l|"
    r"mmol|meq|mci|mbq|gbq|gy|ppm|vp|pfu|cfu|cells|"
    r"m2|m²|m\^2|sqm|h|hr|hours?|min|minutes?|d|days?|wk|weeks?|months?|years?|doses?|puffs?|times|x)"
)
_AMOUNT = rf"{_NUMBER}\s*{_UNIT}(?:\s*/\s*(?:{_NUMBER}\s*)?{_UNIT})*"
_DOSE_TAIL = re.compile(
    r"(?:^|[\s,;:@\-])(?:"
    rf"(?:{_NUMBER}\s*(?:-|–|to|/)\s*)*{_AMOUNT}"
    rf"|auc\s*(?:of|=)?\s*{_NUMBER}"
    r"|q\d+[dhw]|every\s+\d+\s+(?:days?|weeks?|hours?|months?)"
    r"|(?:dose|part|cohort|arm|group|level|option|phase)\s+(?:[a-d]|\d{1,2}[a-d]?|i{1,3})"
    r"|(?:per|a|each)\s+(?:day|week|month|kg|m2)"
    r"|(?:up\s+to|at|for|of|as|in|on)"
    r"|x\s*\d+"
    r")[\s,;:.]*$",
    re.IGNORECASE,
)
_AMOUNT_ANYWHERE = re.compile(_AMOUNT, re.IGNORECASE)
_LEAD = re.compile(
    r"^(?:(?:infusion|injection|administration|treatment|therapy|lymphodepletion|premedication)s?\s+(?:of|with)\s+"
    rf"|{_AMOUNT}\s+(?:of\s+)?)",
    re.IGNORECASE,
)
_LAST_WORD = re.compile(r"^(?P<rest>.*?\S)[\s,;:]+(?P<word>[^\s,;:]+)[\s,;:]*$", re.DOTALL)
_FIRST_WORD = re.compile(r"^(?P<word>[^\s,;:]+)[\s,;:]+(?P<rest>\S.*)$", re.DOTALL)


def _without_tail(name: str) -> str | None:
    """The name without one dose, form or salt at its end; None where none is there."""
    dose = _DOSE_TAIL.search(name)
    if dose is not None and dose.start() > 0:
        return name[: dose.start()].rstrip(" ,;:-")
    words = _LAST_WORD.match(name)
    if words is None:
        return None
    rest, word, parts = words["rest"], words["word"].lower(), _parts()
    if word in parts.form:
        return rest.rstrip(" ,;:-")
    if word in parts.salt and rest.split()[-1].lower() not in parts.element:
        return rest
    return None


def _without_lead(name: str) -> str | None:
    lead = _LEAD.match(name)
    if lead is not None:
        return name[lead.end() :]
    words = _FIRST_WORD.match(name)
    return words["rest"] if words is not None and words["word"].lower() in _parts().lead else None


def shorter_names(name: str) -> Iterator[str]:
    """The names that remain when doses, forms, routes and salts are taken off one after another; not `name` itself.

    "Oral aspirin 81 mg" gives "Oral aspirin", "aspirin 81 mg", "aspirin".
    """
    start: str | None = name
    while start is not None:
        end: str | None = start
        while end:
            if end != name:
                yield end
            end = _without_tail(end)
        start = _without_lead(start)


@dataclass(frozen=True, slots=True)
class _Names:
    """`rows`: key to a line of `drugs.tsv.gz` (taken apart when asked for) or a drug of the overlay.

    `words`: names that our own files add, in words; `own`: those among them that a user's files say. `overlay`: a name of the package to
    our drug. `groups`: names that leave open which of several products is meant ("granulocyte colony-stimulating factor"), and these
    products.
    """

    rows: dict[str, str | Drug]
    words: dict[str, Drug]
    own: dict[str, Drug]
    overlay: dict[str, Drug]
    groups: dict[str, frozenset[str]]


def _row_ids(line: str) -> dict[str, str]:
    _, drugbank, medline_plus, _, _ = line.split("\t")
    found = {"drugbank": drugbank, "medline_plus": medline_plus}
    return {vocabulary: id_ for vocabulary, id_ in found.items() if id_}


@cache
def _names() -> _Names:
    rows = _package_rows()
    names = _Names(rows, {}, {}, {}, {})
    own_no_drugs = {name_key(row["name"]) for row in _own_rows(_NOT)}
    # What a user's file says of a name counts before all that the project's files say of it.
    _add_drugs(names, read_rows(DATA / _OVERLAY), read_rows(DATA / _CHINESE), names.words, own_no_drugs)
    _add_drugs(names, _own_rows(_OVERLAY), _own_rows(_CHINESE), names.own, set())
    names.words.update(names.own)
    rows.update({_key_of_words(words): drug for words, drug in names.words.items()})
    return names


def _package_rows() -> dict[str, str | Drug]:
    """Key to line of `drugs.tsv.gz`, without what is no drug."""
    rows: dict[str, str | Drug] = {}
    no_drugs = {row["name"] for row in (*read_rows(DATA / _NOT), *_own_rows(_NOT))}
    with gzip.open(DRUGS_PATH, "rt", encoding="utf-8") as file:
        for line in file.read().splitlines():
            if not line.startswith("#") and line[: line.find("\t")] not in no_drugs:
                for words in line[line.rfind("\t") + 1 :].split("|"):
                    rows[_key_of_words(words)] = line
    for name in no_drugs:
        rows.pop(name_key(name), None)
    return rows


def _add_drugs(
    names: _Names, overlay: Iterable[Mapping[str, str]], chinese: Iterable[Mapping[str, str]], added: dict[str, Drug], no_drugs: set[str]
) -> None:
    """Add the drugs of one folder's files to `added`, without the names whose keys are `no_drugs`."""
    for row in overlay:
        if name_key(row["name"]) not in no_drugs:
            drug = _add_overlay(names, row)
            spellings = (row["name"], *row["package_names"].split("|"), *row["other_names"].split("|"))
            _add_names(added, spellings, drug, no_drugs)
    for row in chinese:
        if name_key(row["name"]) not in no_drugs:
            known = added.get(name_words(row["name"])) or names.words.get(name_words(row["name"])) or names.rows.get(name_key(row["name"]))
            drug = known if isinstance(known, Drug) else Drug(row["name"], _row_ids(known) if known else {})
            _add_names(added, (row["name"], *row["other_names"].split("|")), drug, no_drugs)


def _add_names(added: dict[str, Drug], spellings: Iterable[str], drug: Drug, no_drugs: set[str]) -> None:
    added.update({name_words(name): drug for name in spellings if name and name_key(name) not in no_drugs})


def _add_overlay(names: _Names, row: Mapping[str, str]) -> Drug:
    """The drug of a line of the overlay; what the package calls it is noted."""
    package_names = [name for name in (row["name"], *row["package_names"].split("|")) if name]
    ids: dict[str, str] = {}
    for package_name in package_names:
        known = names.rows.get(name_key(package_name))
        if isinstance(known, str) and known.startswith(package_name + "\t"):
            ids = _row_ids(known) | ids
    components = tuple(part for part in row["components"].split("|") if part)
    is_combination = row["kind"] == "combination"
    drug = Drug(row["name"], ids, is_combination, components if is_combination else ())
    if row["kind"] == "group":
        names.groups[drug.name] = frozenset(components)
    names.overlay.update(dict.fromkeys(package_names, drug))
    return drug


def _own_rows(name: str) -> Iterator[dict[str, str]]:
    """Rows of a user's own file of this name."""
    path = own_path(name)
    if path is not None:
        yield from read_rows(path)


def own_drug_names() -> Iterator[tuple[str, Drug]]:
    """The names among `drug_names` that a user's own files say."""
    yield from _names().own.items()


def drug_names() -> Iterator[tuple[str, Drug]]:
    """Every name of every drug, in words (see `name_words`), for looking names up in prose."""
    names = _names()
    yield from names.words.items()
    for line in dict.fromkeys(row for row in names.rows.values() if isinstance(row, str)):
        drug = _drug_of(line)
        for words in line[line.rfind("\t") + 1 :].split("|"):
            if names.rows.get(_key_of_words(words)) is line:
                yield words, drug


def _named(name: str) -> Drug | None:
    """The drug of exactly this name."""
    row = _names().rows.get(name_key(name))
    return row if row is None or isinstance(row, Drug) else _drug_of(row)


def _drug_of(row: str) -> Drug:
    """The drug of a line of `drugs.tsv.gz`."""
    names = _names()
    own_name, *_, components_cell, _ = row.split("\t")
    if own_name in names.overlay:
        return names.overlay[own_name]
    if not components_cell:
        return Drug(own_name, _row_ids(row))
    components = tuple(names.overlay[part].name if part in names.overlay else part for part in components_cell.split("|"))
    return Drug("/".join(components), _row_ids(row), is_combination=True, components=components)


def _shortened(name: str) -> Drug | None:
    """The drug of this name, or of what is left of it without doses, forms, routes and salts."""
    found = _named(name)
    if found is not None:
        return found
    return next((drug for shorter in shorter_names(name) if (drug := _named(shorter)) is not None), None)


_PREFIX = re.compile(
    r"^\s*(?:(?:drug|biological|dietary supplement|combination product|genetic|other|experimental|(?:active )?comparator)\s*:"
    r"|(?:experimental\s+)?(?:arm|cohort|group|part|stage|step|stratum)\s+\w{1,3}\s*[:\-–])\s*",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"\s*[(\[（【]([^()\[\]（）【】]*)[)\]）】]\s*")
_PIECES = re.compile(r"\s*[/,;|=:]\s*|\s+(?:-|–|—|or|aka|a\.k\.a\.?|also known as|formerly|brand name|trade name)\s+", re.IGNORECASE)
_MOST_WORDS_TO_CUT = 4
_LONGEST_NAME_CHARS = 250
_CODE = re.compile(r"^[A-Za-z]{0,6}[- ]?\d[\w\-/]*$")
_JOINED = re.compile(
    r"\s*(?:\b(?:and|or|plus|with|without|versus|vs|followed|then|combined|combination|before|after|instead)\b|[+&/,;])\s*",
    re.IGNORECASE,
)
_FORMULATION = re.compile(r"liposom|albumin|pegylat|micell|lipid|nanopart|polymer", re.IGNORECASE)
_PLACEBO = re.compile(r"\bplacebos?\b", re.IGNORECASE)
_NO_PLACEBO = re.compile(r"\b(?:no|non|none|without)[\s\-]placebo|placebo[\s\-](?:controlled|effect|response)|\bsham\b", re.IGNORECASE)


def _is_placebo(name: str) -> bool:
    """Whether the whole name is a placebo: every part that "and", "+" or "/" join says so, none names a sham procedure."""
    if not _PLACEBO.search(name) or _NO_PLACEBO.search(name):
        return False
    words = re.findall(r"[a-z]+", name.lower())
    # The slash of "10 mg/day" joins no two treatments.
    parts = [part for part in _JOINED.split(_AMOUNT_ANYWHERE.sub(" ", name)) if part.strip()]
    # "Haloperidol-Placebo" is one after the other; "GSK189075-Placebo" is not told apart from it.
    return _parts().sham.isdisjoint(words) and all(_PLACEBO.search(part) for part in parts)


@lru_cache(maxsize=65_536)
def find_drug(name: str) -> Drug | None:
    """The drug that a whole intervention name stands for; None where it is unknown or names more than one thing.

    "Pembrolizumab (MK-3475)", "Drug: Aspirin 81 mg tablets" and "XELOX" are found; "Pembrolizumab plus chemotherapy" and
    "Standard of care" are not.
    """
    bare = _PREFIX.sub("", _MARKS.sub(" ", name)).strip(" \t\r\n.,;:*\"'“”")
    if not bare or len(bare) > _LONGEST_NAME_CHARS:
        return None
    if _is_placebo(bare):
        return _named(PLACEBO)
    found = _shortened(bare)
    if found is not None:
        return found
    if "(" in bare or "[" in bare or "（" in bare or "【" in bare:
        return _bracketed(bare)
    return _one_of_pieces(bare)


def _bracketed(name: str) -> Drug | None:
    """The drug of a name with an addition in brackets, where the addition says no other drug."""
    additions = [addition.strip() for addition in _BRACKETED.findall(name)]
    base = _BRACKETED.sub(" ", name).strip(" ,;:")
    if any(_PLACEBO.search(addition) for addition in additions):
        return None
    formulation = next((addition for addition in additions if _FORMULATION.search(addition)), None)
    if formulation is not None:
        # "Doxorubicin hydrochloride (liposomal)" is not doxorubicin.
        return next(
            (drug for short in (base, *shorter_names(base)) if (drug := _named(f"{short} {formulation}")) is not None),
            None,
        )
    if any(_JOINED.match(addition) for addition in additions) or base.startswith("-"):
        # "Tacrolimus (or cyclosporine)", "(R)-CHOP".
        return None
    named = _shortened(base) or _one_of_pieces(base)
    others = [drug for addition in additions if (drug := _shortened(addition) or _one_of_pieces(addition)) is not None]
    if named is None:
        # "MK-3475 (pembrolizumab)" is pembrolizumab; "Tumor lysate vaccine (GM-CSF)" is not GM-CSF, and of
        # "CTX-009 (ABL001)" nothing is sure.
        is_explained = _CODE.match(base) is not None and not any(_CODE.match(addition) for addition in additions)
        return _same_drug(others) if is_explained else None
    return _same_drug([named, *others])


def may_be(named: Drug, drug: Drug) -> bool:
    """Whether what is called `named` may be `drug`: the same, or the name of a group of products that `drug` is one of."""
    return named.name == drug.name or drug.name in _names().groups.get(named.name, ())


def _same_drug(drugs: list[Drug]) -> Drug | None:
    """The drug that all of these are; a group ("G-CSF") beside one product of it ("filgrastim") says nothing else."""
    groups = _names().groups
    names = {drug.name for drug in drugs}
    names -= {name for name in names if not names.isdisjoint(groups.get(name, ()))}
    return next(drug for drug in drugs if drug.name in names) if len(names) == 1 else None


def _one_of_pieces(name: str) -> Drug | None:
    """The drug that all pieces of a name mean ("Keytruda / pembrolizumab"), or None."""
    pieces = [piece for piece in _PIECES.split(name) if piece]
    if len(pieces) == 1:
        words = name.split()
        cuts = range(1, len(words)) if len(words) <= _MOST_WORDS_TO_CUT else ()
        splits = [(" ".join(words[:at]), " ".join(words[at:])) for at in cuts]
    else:
        splits = [tuple(pieces)]
    for split in splits:
        found = [_shortened(piece) for piece in split]
        known = [drug for drug in found if drug is not None]
        if known and len(known) == len(found) and (drug := _same_drug(known)) is not None:
            return drug
    return None
