"""Which trial a sentence of an article reports, where the article tells of several.

Here belongs finding the names of trials and cutting an article into the parts that report one each. What a part reports is read by
`report_passages.py`; which registered trial a name stands for belongs to `pipelines/link`.
"""

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pipelines.text.folding import folded

_END = r"(?![A-Za-z0-9])"
_WORD = r"研究|試驗|试验|临床|臨床|[ -]?(?i:trials?|stud(?:y|ies))\b"
_CODE = rf"(?:[A-Z][A-Za-z]{{2,}}(?:[ -][A-Z][a-z]+)?(?:[ -]?|[ -][A-Z]-?)\d{{1,4}}(?:-\d{{1,3}})?[A-Z]{{0,2}}|[A-Z]{{2}}-?\d{{3,5}}){_END}"
_ACRONYM = rf"[A-Za-z]{{0,8}}[A-Z][A-Za-z]{{0,8}}[A-Z][A-Za-z]*(?:-[A-Z]+)?{_END}"
_REGISTERED = rf"NCT\d{{8}}{_END}"
_ANY = rf"(?:{_REGISTERED}|{_CODE}|{_ACRONYM})"
_NAME = re.compile(
    rf"(?<![A-Za-z0-9-])(?P<name>{_REGISTERED}|(?:{_CODE}|{_ACRONYM})(?=\s*(?:[（(][^（）()]*[)）])?\s*(?:{_WORD}|(?i:phase)\b|I{{1,3}}[ab]?期|[1-4一二三]期|IV期)"
    rf"|,\sa(?:n\s(?:earlier|older)|\s(?:prior|previous))\s(?:[a-z]+\s){{0,3}}(?:trial|study)\b)"
    # "LARCH (NCT01234567)", "[LARCH](/clinicaltrials/NCT01234567)"; "a double-blind trial (LARCH 101)".
    rf"|(?:{_CODE}|{_ACRONYM})(?=\s?[（(\[]{{1,2}}{_REGISTERED}|\]\([^()\s]{{0,40}}{_REGISTERED}\))"
    rf"|(?<=\btrial \(|\bstudy \(){_CODE}(?=\)))"
)
_LEADING = "近期|最近|此外|另外|同时|同样|随后|根据|首先|其次|其中|而|在|与此同时"
"""What may stand before the name that a Chinese sentence begins with."""
_AT_START = re.compile(
    rf"^[\s\W\d]{{0,8}}?(?:[A-Z]\.\s*|(?:{_LEADING})[，,]?\s?)?(?P<name>{_ANY})(?=\s*(?:Phase|phase|[（(:：]|研究|试验|試驗|[IVb]+期))"
)
_BARE_HEADING = re.compile(rf"[\s\W\d]{{0,8}}?(?P<name>{_CODE})\W*")
_OTHER_STUDY = re.compile(r"[\s\W\d]{0,8}?(?:此外|另外|同时|近期)?[，,]?(?:另有?)?(?:一项|多项|几项|有研究)")
"""How a sentence begins that tells of a study without its name, after others that have one."""
_ADJECTIVES = r"(?:(?!(?:of|in|from|with|for|to|by|at|on|the|this|that|who|was|were|is|are|had|has)\b)[\w/-]+,? ){0,10}"
_OTHER_IN_ENGLISH = re.compile(
    r"[\s\W\d]{0,8}?(?:(?:Subsequently|Similarly|Additionally|In addition|Moreover|Furthermore|More recently|Also), )?"
    r"(?:(?:[Ii]n|[Ff]rom) )?"
    rf"(?:[Aa]n?|[Aa]nother|[Oo]ne|[Tt]wo|[Tt]hree|[Ss]everal|[Oo]ther) {_ADJECTIVES}(?:trials?|stud(?:y|ies)|meta-analys[ei]s)\b"
    rf"|.{{0,200}}?\b(?:an?|another|one|two) {_ADJECTIVES}(?:trials?|stud(?:y|ies)) (?:of|in|with|that (?:included|enrolled)|involving) \d"
)
"""How a sentence tells of a study without its name in English: "Another trial compared ...", "was shown in a study of 120 women"."""
_NOT_YET = re.compile(r"\b(?:ongoing|planned|underway|under way|will|needed|warranted|recruiting|same|substudy)\b")
_TOLD = re.compile(r"\d\s?%|\d months?\b|\bHR\b|[Hh]azard ratio")
_OF_ONE_TRIAL = re.compile(
    r"(?i)\W*(?:[\d.]+\s*)?(?:(?:key|main|primary|secondary|other|study|trial|patient|clinical|treatment|adverse) )*"
    r"(?:background|introduction|methods?|design|patients?|characteristics|results?|findings|outcomes?|end ?points?|efficacy|survival"
    r"|response|safety|toxicity|tolerability|events|effects|subgroups?|discussion|conclusions?)\b.{0,30}"
)
"""Headings within what is told of one trial: "Efficacy", "Secondary endpoints"."""
_EVIDENCE = re.compile(r"Evidence\b.{0,150}:")
_IN_HEADING = re.compile(rf"[（(](?P<name>{_CODE})[)）]")
_LONGEST_HEADING = 60
_NO_NAMES = re.compile(
    r"(?:PHASE|GRADE|TABLE|FIGURE|PART|ARM|COHORT|GROUP|WEEK|DAY|CYCLE|STAGE|VERSION|CTCAE|RECIST|ECOG|PURPOSE|BACKGROUND|METHODS?|RESULTS?|FINDINGS"
    r"|CONCLUSIONS?|INTERPRETATION|INTRODUCTION|OBJECTIVES?|AIMS?|DESIGN|SETTING|IMPORTANCE|FUNDING|PATIENTS|[IVX]+[AB]?|PMID|PMCID|DOI|FDA|EMA|NMPA|ASCO|ESMO|CSCO|NCCN"
    r"|RCT|HR|CI|OS|PFS|DFS|EFS|ORR|AE|SAE|TRAE|TEAE|HER|BRCA|EGFR|ALK|PD|PDL|CD|IL|IGG"
    r"|INTERLEUKIN|CTLA|DDI|PK|MOA|ADR|DLT|MTD|IHC|ISH|FISH|NGS|PCR|DNA|RNA|ECG|MRI|CT|PET)[S]?(?: \d.*)?"
)


@dataclass(slots=True)
class Part:
    """Sentences (by number) that report one trial; `name` None where the article names none for them."""

    name: str | None
    sentences: list[int] = field(default_factory=list)
    is_background: bool = False


_FEW = 2


def parts(sentences: Sequence[str], title: str | None, headings: Container[int] = ()) -> list[Part]:
    """The parts of an article, in order.

    An article that is about one trial has one part, and of sentences that speak of another trial alone a part of background each. One that
    names several trials at the heads of sentences, one after the other, has a part for each. `headings` are the numbers of the sentences
    that are headings.
    """
    short_forms = _short_forms("\n".join(sentences))
    heads = [None if (head := _head(text)) in short_forms else head for text in sentences]
    named = [[name for name in _names(text) if name not in short_forms] for text in sentences]
    counts = Counter(name for head, names in zip(heads, named, strict=True) for name in dict.fromkeys((head, *names)) if name is not None)
    # An id beside a name is that of the named trial; alone at the head of a sentence it names another.
    beside = {name for names in named if len(names) > 1 for name in names if name.startswith("NCT")}
    distinct = list(dict.fromkeys(head for head in heads if head is not None and head not in beside))
    main = _main(counts, title)
    is_of_one = (
        main is not None and len(distinct) <= _FEW and counts[main] >= 3 * max([counts[one] for one in distinct if one != main], default=0)
    )
    is_digest = len(counts) > _FEW and main is not None and counts[main] * 2 < counts.total()
    if (len(distinct) > 1 and not is_of_one) or is_digest:
        return _one_by_one(heads, named, list(_ends(sentences, headings)))
    own = Part(main)
    others: list[Part] = []
    for number, names in enumerate(named):
        if main is not None and names and main not in names and not _is_same_family(main, names):
            others.append(Part(names[0], [number], is_background=True))
        else:
            own.sentences.append(number)
    return [own, *others]


def _ends(sentences: Sequence[str], headings: Container[int]) -> Iterator[bool]:
    """For each sentence whether what was told of a trial ends before it, unless its name follows: at a heading, at another study.

    What a heading or a study without a name begins with is of the trial that was named last, as long as nothing was told of it.
    """
    is_told = False
    for number, text in enumerate(sentences):
        is_end = is_told and (_begins_section(text, is_heading=number in headings) or _tells_of_another(text))
        yield is_end or _OTHER_STUDY.match(text) is not None
        is_told = (is_told and not is_end) or _TOLD.search(text) is not None


def _begins_section(text: str, *, is_heading: bool) -> bool:
    """Whether a text is no part of what is told of one trial: a heading that is none of a trial's own, a statement of evidence."""
    return _EVIDENCE.match(text) is not None or (is_heading and text.isascii() and _OF_ONE_TRIAL.fullmatch(text) is None)


def _tells_of_another(text: str) -> bool:
    """Whether a sentence tells of a study without its name that is not yet to come."""
    return _OTHER_IN_ENGLISH.match(text) is not None and _NOT_YET.search(text) is None


def _one_by_one(heads: Sequence[str | None], named: Sequence[list[str]], are_others: Sequence[bool]) -> list[Part]:
    found = [Part(None)]
    ids = _ids(heads, named)
    for number, head in enumerate(heads):
        own = dict.fromkeys(ids.get(name, name) for name in named[number])
        name = head or (next(iter(own)) if len(own) == 1 else None)
        is_new = are_others[number] if name is None else name != found[-1].name
        if is_new:
            found.append(Part(name))
        found[-1].sentences.append(number)
    return [part for part in found if part.sentences]


def _ids(heads: Sequence[str | None], named: Sequence[list[str]]) -> dict[str, str]:
    """The registry's id of names that stand beside one and head no sentence there: "a phase 3 trial (LARCH [NCT01234567])"."""
    pairs = [names for head, names in zip(heads, named, strict=True) if head is None and len(names) == len(("name", "id"))]
    return {name: id_ for name, id_ in pairs if id_.startswith("NCT") and not name.startswith("NCT")}


_SHORT_FORM = re.compile(r"(?<=[A-Za-z\u4e00-\u9fff])\s*[（(]([A-Za-z -]+)[)）]")


def _short_forms(whole: str) -> frozenset[str]:
    """What the article introduces as short for something else, which names no trial: "chronic lymphocytic leukaemia (CLL)"."""
    return frozenset(match[1].upper() for match in _SHORT_FORM.finditer(whole))


def _head(text: str) -> str | None:
    match = _AT_START.match(text)
    if match is None and len(text) < _LONGEST_HEADING:
        match = _IN_HEADING.search(text) or _BARE_HEADING.fullmatch(text)
    return _tidy(match["name"]) if match is not None else None


_BESIDE_NAMES = ("nct", "trial", "stud", "phase", "期", "研究", "试验", "試驗", "临床", "臨床")
"""One of them is in, or right behind, all that `_NAME` finds."""


def _names(text: str) -> list[str]:
    plain = text.lower()
    if not any(word in plain for word in _BESIDE_NAMES):
        return []
    found = [_tidy(match["name"]) for match in _NAME.finditer(text)]
    return list(dict.fromkeys(name for name in found if name is not None))


def _tidy(name: str) -> str | None:
    """One way of writing for one name: "Checkmate-026" and "CheckMate 026"."""
    key = re.sub(r"[\s-]+", " ", name).strip().upper()
    return None if _NO_NAMES.fullmatch(key) else key


def _main(counts: Counter[str], title: str | None) -> str | None:
    in_title = _names(title) if title else []
    if in_title:
        return in_title[0]
    return counts.most_common(1)[0][0] if counts else None


def _is_same_family(main: str, names: Sequence[str]) -> bool:
    """Whether another name is a way of naming the same trial: its registry id, or a number of the same programme is not."""
    return any(name.startswith("NCT") or name in main or main in name for name in names)


def as_written(names: Iterable[str], text: str) -> dict[str, str]:
    """How a text first writes the names of trials: "CheckMate-026" for `CHECKMATE 026`."""
    # In lower case both, which is found much faster than either case of each letter.
    plain = text.lower()
    if len(plain) != len(text):
        plain = folded(text)
    return {name: _first_spelling(name, plain, text) for name in names}


def _first_spelling(name: str, plain: str, text: str) -> str:
    words = name.lower().split()
    spelling = re.compile(r"[\s-]*".join(map(re.escape, words)))
    at = plain.find(words[0])
    while at >= 0:
        if (found := spelling.match(plain, at)) is not None:
            return text[at : found.end()]
        at = plain.find(words[0], at + 1)
    return name
