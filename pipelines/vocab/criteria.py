"""Assessment criteria: from the words of an outcome to the criteria, grading scales and questionnaires that it names, with their versions.

Here belongs the reading of "graded by NCI CTCAE v. 4.03" as `CTCAE 4.03`, by the rows of `data/assessment_criteria.tsv`. What an
outcome measures belongs to `concepts.py`; what its grades mean belongs to `pipelines/text/grades.py`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from pipelines.text.folding import folded
from pipelines.vocab.data_files import read_rows, vocabulary_paths

_FILE = "assessment_criteria.tsv"
_NO_NAME = "-"
_LONGEST_BEFORE_CHARS = 60
_WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Criterion:
    """`name`: as in the column `criteria` ("CTCAE 5.0"). `use`: `response`, `grading`, `classification` or `questionnaire`."""

    name: str
    use: str


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    use: str
    versions: tuple[str, ...]
    """Versions that exist, or the one word that says how the version is read; empty where none is."""
    needs_version: bool
    unless: re.Pattern[str] | None
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Rules:
    """Rules, each with its place in the file, by what a text must hold for them to match: a word, or a stretch of it as written."""

    words: dict[str, list[tuple[int, _Rule]]]
    chinese: dict[str, list[tuple[int, _Rule]]]
    caps: dict[str, list[tuple[int, _Rule]]]


_FORMS = frozenset({"year", "digit", "code", "tail"})
_NEED_ONE = frozenset({"code", "tail"})
"""Forms without which the row names nothing: "QLQ" and then no module."""


@cache
def _rules() -> _Rules:
    rules = _Rules({}, {}, {})
    for place, row in enumerate(row for path in vocabulary_paths(_FILE) for row in read_rows(path)):
        is_caps = row["letters"] == "caps"
        versions = row["versions"].removeprefix("!").split()
        # "根据RECIST1.1版" and "CTCAEv5.0" stand without spaces.
        letter = "A-Za-z" if is_caps else "a-z"
        end = "" if versions and versions[0] in _NEED_ONE else rf"(?:(?![{letter}])|(?=[vV]\.?\s?\d))"
        rule = _Rule(
            row["name"],
            row["use"],
            tuple(versions),
            row["versions"].startswith("!") or bool(versions and versions[0] in _NEED_ONE),
            re.compile(row["unless"]) if row["unless"] else None,
            re.compile(rf"(?<![{letter}0-9])(?:{row['pattern']}){end}"),
        )
        by_need = rules.caps if is_caps else rules.words if row["needs"].isascii() else rules.chinese
        for need in row["needs"].split("|"):
            by_need.setdefault(need, []).append((place, rule))
    return rules


def find_criteria(*texts: str | None) -> tuple[Criterion, ...]:
    """The criteria that the texts of an outcome name, in the order of first mention.

    "CTCAE" in the title and "CTCAE v5.0" in the description are one: a name alone is left out where it stands with a version too.
    """
    found = list(dict.fromkeys(one for text in texts if text for one in _named(text)))
    return tuple(one for one in found if not any(_is_fuller(other.name, one.name) for other in found))


def grading_criteria(*texts: str | None) -> str | None:
    """Name of the first criteria for grading events that the texts name."""
    return next((one.name for one in find_criteria(*texts) if one.use == "grading"), None)


@lru_cache(maxsize=4_096)
def _named(text: str) -> tuple[Criterion, ...]:
    rules = _rules()
    plain = folded(text)
    chosen = {rule for word in rules.words.keys() & set(_WORD.findall(plain)) for rule in rules.words[word]}
    if not plain.isascii():
        chosen |= {rule for stretch, some in rules.chinese.items() if stretch in plain for rule in some}
    found = list(_matches(plain, plain, chosen))
    found += _matches(text, plain, [rule for stretch, some in rules.caps.items() if stretch in text for rule in some])
    found.sort(key=lambda match: (match[0], -match[1], match[2]))
    named: list[Criterion] = []
    read_to = 0
    for start, end, _, rule, names in found:
        if start < read_to:
            continue
        read_to = end
        if rule.name != _NO_NAME:
            named += (Criterion(name, rule.use) for name in names)
    return tuple(named)


def _is_fuller(name: str, than: str) -> bool:
    return name.startswith(than) and (name[len(than) : len(than) + 1] in {" ", "-"} or name[len(than) : len(than) + 1].isdigit())


def _matches(text: str, plain: str, rules: Iterable[tuple[int, _Rule]]) -> Iterator[tuple[int, int, int, _Rule, tuple[str, ...]]]:
    """(start, end, place of the rule, rule, names) of every match, whose version exists where the rule needs one."""
    for place, rule in rules:
        for match in rule.pattern.finditer(text):
            if rule.unless is not None and rule.unless.search(plain):
                break
            names = _names(rule, plain, text, match.start(), match.end())
            if names:
                yield match.start(), match.end(), place, rule, names


def _names(rule: _Rule, plain: str, text: str, start: int, end: int) -> tuple[str, ...]:
    """What the column says: the name with the version that stands beside it, alone, or nothing where it must have one."""
    form = rule.versions[0] if rule.versions else ""
    if form == "code":
        return tuple(f"{rule.name}-{code}" for code in _codes(plain, end))
    if form == "tail":
        return (f"{rule.name}-{match[0]}",) if (match := _TAIL.match(text, end)) else ()
    if form == "digit":
        return (f"{rule.name}{match[1]}" if (match := _DIGIT.match(plain, end)) else rule.name,)
    if form == "year":
        year = _YEAR.match(plain, end) or _YEAR_BEFORE.search(plain[max(0, start - _LONGEST_BEFORE_CHARS) : start])
        return (f"{rule.name} {year[1]}" if year else rule.name,)
    version = _version(rule.versions, plain, start, end) if rule.versions else None
    if version is None:
        return () if rule.needs_version else (rule.name,)
    return (f"{rule.name} {version}",)


# --- versions ----------------------------------------------------------------------------------------------------------

# "Common Terminology Criteria for Adverse Events (CTCAE), Version 5.0", "RECIST criteria (v 1.1)".
_BETWEEN = (
    r"(?:[\s,;:()'\"*®™\-_/的]"
    r"|(?:nci|criteria|criterion|guidelines?|scale|grading|scoring|system|classification|standards?|toxicity|ctcae|ctc|recist|common"
    r"|terminology|the|current|标准|分级|评价|第)(?![a-z])){0,12}"
)
_NUMBER = r"\d+(?:[.,]\d+)*"
_SAID = re.compile(rf"{_BETWEEN}(?:versions?|vers?|v|edition|版本)[\s.:#\-(]{{0,3}}(?:v\)?[\s.]*)?({_NUMBER})")
_BARE = re.compile(rf"{_BETWEEN}(\d+[.,]\d+(?:[.,]\d+)?)(?!\s?[-+/]\s?\d)")
_BARE_WHOLE = re.compile(r"[\s(\-]*(\d)(?:\s*版|(?=\s*(?:$|[.,;)])(?!\s?,\s?\d)))")
_SAID_BEFORE = re.compile(
    rf"(?:(?<![a-z])(?:version|vers?|v)[\s.]*({_NUMBER})|(\d\.\d+))\s*(?:版本?的?)?\s*(?:of |for |in )?(?:the )?"
    r"(?:nci|national cancer institute)?(?:'?s)?[\s()\-]*$"
)
_YEAR = re.compile(
    r"(?:[\s,()'\-]"
    r"|(?:et al\.?|criteria|guidelines?|classification|recommendations?|response|risk|eln|iwcll|iwg|cll|mds|aml)(?![a-z])){0,10}"
    r"((?:19|20)\d\d)(?!\d)"
)
_YEAR_BEFORE = re.compile(r"(?<!\d)((?:19|20)\d\d) (?:revised |modified |updated )?$")
_DIGIT = re.compile(r"[\s(\-]*(?:criteria )?(\d)(?![\d.])")
_TAIL = re.compile(r"[A-Za-z&]+")


def _version(known: Iterable[str], plain: str, start: int, end: int) -> str | None:
    """The version that stands after a name or before it; one that does not exist is none."""
    for match in (
        _SAID.match(plain, end),
        _BARE.match(plain, end),
        _BARE_WHOLE.match(plain, end),
        _SAID_BEFORE.search(plain[max(0, start - _LONGEST_BEFORE_CHARS) : start]),
    ):
        if match is not None and (version := _canonical(next(number for number in match.groups() if number))) in known:
            return version
    return None


def _canonical(number: str) -> str:
    """A whole number is the first of its series, "5" is 5.0; "4.0.3" is 4.03."""
    first, *rest = number.replace(",", ".").split(".")
    return f"{first}.{''.join(rest) or '0'}"


# --- modules of a questionnaire ----------------------------------------------------------------------------------------

_CODE = re.compile(r"\(?([a-z&]{1,6})[\s\-]?(\d\d)(?!\d)(?:[\s\-]?(pal)(?![a-z]))?")
_MORE = re.compile(r"\)?\s*(?:/|,|&|\+|and|plus|with)\s*(?:the |its )?(?:module |eortc )?(?=(?!c\d)[a-z&]{2,6}-?\d\d(?!\d))")


def _codes(plain: str, end: int) -> Iterator[str]:
    """Codes of the modules named: "QLQ-C30/LC13" has two. A blank inside is none of theirs: "QLQ-C 30"."""
    match = _CODE.match(plain, end)
    while match is not None:
        yield "".join(match.group(1, 2)).upper() + (f"-{match[3].upper()}" if match[3] else "")
        more = _MORE.match(plain, match.end())
        match = _CODE.match(plain, more.end()) if more else None
