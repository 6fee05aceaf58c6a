"""The words by which registers other than ClinicalTrials.gov state coded facts: design, phase, status, sex, dates, sizes.

Belongs here: reading one field that several registers write alike. What a word of one register's own list means stands as a spelling in
`pipelines.schema.vocabularies`; here are the fields that say several things at once. Words that are not understood are passed on as they
stand, so that the `_raw` column shows them; nothing is guessed.
"""

import re
from collections.abc import Iterable
from itertools import zip_longest

from pipelines.schema import vocabularies as v
from pipelines.schema.vocabularies import Vocabulary
from pipelines.shapes import DateStruct, DesignInfo, EnrollmentInfo, IdInfo, MaskingInfo
from pipelines.sources.places import Span
from pipelines.text.dates import parse_date
from pipelines.text.registry_ids import FoundId, Registry, normalise

NO_VALUE = re.compile(
    r"\s*(?:n/?a|n\.a\.?|null|none|nil|nil known|none known|not (?:available|applicable|provided|known|yet known|stated)|unknown|tbd"
    r"|-+|/+|\.+"
    r"|无|暂无|未知|不适用|企业选择不公示|(?:登记人)?暂未填写(?:该|此)信息[；;]?|not provided at time of registration|nd|\?+|&nbsp;)?\s*",
    re.IGNORECASE,
)
"""What stands in a field that says nothing; CSV files made with R write NULL and NA."""


def stated(words: str | None) -> str | None:
    """The words of a field without the white space around them, None for what only says that nothing is said."""
    return None if words is None or NO_VALUE.fullmatch(words) else words.strip()


def telling(found: Span | None) -> Span | None:
    """A span where it says something."""
    return found if found is not None and stated(found.text) else None


# ---- dates ----------------------------------------------------------------------------------------------------------


def iso_date(words: str | None, *, day_first: bool | None = True) -> str | None:
    """A date in ISO form with the precision stated; `03/02/2020` is 3 February unless `day_first` says otherwise."""
    found = parse_date(words, day_first=day_first) if words else None
    if found is None:
        return None
    return found.date.isoformat()[: {"day": 10, "month": 7, "year": 4}[found.precision]]


def date_struct(words: str | None, *, day_first: bool | None = True, type: str | None = None) -> DateStruct | None:
    date = iso_date(words, day_first=day_first)
    return DateStruct(date=date, type=type) if date else None


# ---- ids ------------------------------------------------------------------------------------------------------------

_BETWEEN_IDS = re.compile(r"\s*[;；|\n]\s*|<br\s*/?>")


def own_id(words: str | None) -> FoundId | None:
    """The id of a record in its own register."""
    return normalise(words.strip()) if words and words.strip() else None


def secondary_ids(*fields: str | None, own: str | None = None) -> list[IdInfo]:
    """Ids of other registers and of sponsors, each once: those of registers in their one spelling, with the register's name as type.

    Placeholders and "Nil known" are none. A field may hold several, divided by `;`.
    """
    found: dict[str, IdInfo] = {}
    for field in fields:
        for words in _BETWEEN_IDS.split(field or ""):
            text = stated(words)
            if text is None:
                continue
            known = normalise(text)
            if (
                known is not None
                and text.upper().replace(" ", "").find(known.id.upper().replace(" ", "")) < 0
                and len(text) > _LONGEST_ID_CHARS
            ):
                known = None
            if known is not None:
                if known.id != own:
                    found.setdefault(known.id, IdInfo(id=known.id, type=known.registry.value))
            elif not _is_placeholder(text):
                found.setdefault(text, IdInfo(id=text))
    return list(found.values())


_LONGEST_ID_CHARS = 80
_SIGNS = re.compile(r"[^0-9A-Za-z]")
_EMPTY_NCT = re.compile(r"NCT\s?0*", re.IGNORECASE)


def _is_placeholder(text: str) -> bool:
    """Whether an id that no register gave is made up: all digits equal, or the name of a register without any."""
    digits = "".join(filter(str.isdigit, text))
    if not digits:
        return len(_SIGNS.sub("", text)) < _SHORTEST_ID_CHARS or text.upper() in _REGISTER_NAMES
    return len(digits) >= _SHORTEST_EQUAL_DIGITS and len(set(digits)) == 1


_SHORTEST_ID_CHARS = 3
_SHORTEST_EQUAL_DIGITS = 4
_REGISTER_NAMES = frozenset(name.value.upper() for name in Registry) | {"NCT", "EUDRACT", "ACTRN", "CTR"}

# ---- sizes ----------------------------------------------------------------------------------------------------------

_GROUP_SIZE = re.compile(r"\s*(?P<label>[^;；]*?\S)?\s*[:：]\s*(?P<n>\d[\d,]*)\s*(?:[;；]|$)")
_PLAIN_SIZE = re.compile(r"\s*\d[\d,]*\s*[;；]?\s*")


def target_size(words: str | None) -> int | None:
    """How many participants are planned: one number, or the sum over groups ("Mild group:200;Moderate group:200;")."""
    if not words:
        return None
    if _PLAIN_SIZE.fullmatch(words):
        n = _number(words)
        return n or None
    sizes = group_sizes(words)
    return sum(n for _, n in sizes) or None


def group_sizes(words: str | None) -> list[tuple[str, int]]:
    """(label, size) of every group that a target size names; empty unless all of it can be read so."""
    found: list[tuple[str, int]] = []
    end = 0
    for match in _GROUP_SIZE.finditer(words or ""):
        if match.start() != end:
            return []
        found.append(((match["label"] or "").strip(), _number(match["n"])))
        end = match.end()
    return found if words and not words[end:].strip() else []


def _number(words: str) -> int:
    return int("".join(filter(str.isdigit, words)))


def enrollment(planned: int | None, actual: int | None = None) -> EnrollmentInfo | None:
    """The counted number where there is one, else the planned one."""
    if actual:
        return EnrollmentInfo(count=actual, type="ACTUAL")
    return EnrollmentInfo(count=planned, type="ESTIMATED") if planned else None


# ---- coded values ---------------------------------------------------------------------------------------------------


def coded(vocabulary: Vocabulary, words: str | None, rules: tuple[tuple[re.Pattern[str], str], ...]) -> str | None:
    """The words where the vocabulary knows them, else the value of the one rule that finds something in them, else the words."""
    if words and vocabulary.find(words):
        return words
    words = stated(words)
    if words is None:
        return None
    found = {value for pattern, value in rules if pattern.search(words)}
    return found.pop() if len(found) == 1 else words


def _rules(*rules: tuple[str, str]) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern, re.IGNORECASE), value) for pattern, value in rules)


_FEMALE = re.compile(r"\bfemales?\b|女", re.IGNORECASE)
_MALE = re.compile(r"\bmales?\b|男", re.IGNORECASE)
_NO_AFTER = re.compile(r"\s*[:：]\s*(?:no|否)\b", re.IGNORECASE)


def sex(words: str | None) -> str | None:
    """Sex of "Both males and females", "<br>Female: yes<br>Male: no<br>", "男+女"; the words themselves where the vocabulary knows them."""
    words = stated(words)
    if words is None or v.SEX.find(words):
        return words
    female, male = (any(not _NO_AFTER.match(words, m.end()) for m in pattern.finditer(words)) for pattern in (_FEMALE, _MALE))
    return ("ALL" if female and male else "FEMALE" if female else "MALE" if male else None) or words


_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "ⅰ": 1, "ⅱ": 2, "ⅲ": 3, "ⅳ": 4}
_ASKED_PHASE = re.compile(r"\(phase (?P<phase>i{1,3}|iv)\)\s*[:：]\s*(?P<answer>yes|no)?", re.IGNORECASE)
_PHASE_NUMBER = re.compile(
    r"(?:(?<![a-z0-9])|(?<=phase))(?:(?P<roman>iv|i{1,3}|[ⅰ-ⅳ])|(?P<number>[0-4]))[ab]{0,2}(?![a-z0-9])", re.IGNORECASE
)
_TELLS_PHASE = re.compile(r"phase|期|^(?!0$)[\s\d/+,&\-‐-―ivabⅠ-Ⅳⅰ-ⅳ]+$", re.IGNORECASE)
"""A bare 0 is no phase: the Chinese register writes it for pilot studies (预试验)."""
_PHASES = {
    frozenset({0}): "EARLY_PHASE1",
    frozenset({1}): "PHASE1",
    frozenset({1, 2}): "PHASE1_PHASE2",
    frozenset({2}): "PHASE2",
    frozenset({2, 3}): "PHASE2_PHASE3",
    frozenset({3}): "PHASE3",
    frozenset({4}): "PHASE4",
}


def phases(words: str | None) -> list[str]:
    """A phase as `DesignModule.phases` holds it: the words where the vocabulary knows them, else what they can only mean, else the words.

    "IIIb", "Ib/II期", "III (Phase III study)", "Human pharmacology (Phase I): noTherapeutic exploratory (Phase II): yes…".
    """
    words = (words or "").strip()
    if not words or v.PHASE.find(words):
        return [words] if words else []
    answers = list(_ASKED_PHASE.finditer(words))
    if answers:
        return phases_of(_ROMAN[m["phase"].lower()] for m in answers if (m["answer"] or "").lower() == "yes")
    if not _TELLS_PHASE.search(words):
        return [words]
    numbers = {_ROMAN[m["roman"].lower()] if m["roman"] else int(m["number"]) for m in _PHASE_NUMBER.finditer(words)}
    return phases_of(numbers) or [words]


def phases_of(numbers: Iterable[int]) -> list[str]:
    """The phase of a trial that these phases apply to; none where no value stands for them together."""
    found = _PHASES.get(frozenset(numbers))
    return [found] if found else []


_ALLOCATION = _rules(
    (r"non[ -]?randomi[sz]|not randomi[sz]|非随机", "NON_RANDOMIZED"),
    (r"(?<!non)(?<!non.)(?<!not.)(?<!quasi)(?<!quasi.)randomi[sz]ed|(?<!非)随机|\bRCT\b", "RANDOMIZED"),
)
_MODEL = _rules(
    (r"single[ -](?:group|arm)|单臂|单组", "SINGLE_GROUP"),
    (r"\bparallel\b|平行", "PARALLEL"),
    (r"cross[ -]?over|交叉", "CROSSOVER"),
    (r"\bfactorial\b|析因", "FACTORIAL"),
    (r"\bsequential assignment\b", "SEQUENTIAL"),
)
_MASKING = _rules(
    (r"\bopen\b|no masking|not blinded|masking not used|unblinded|开放", "NONE"),
    (r"\bsingle[ -]?(?:blind|mask|\()|单盲", "SINGLE"),
    (r"\bdouble[ -]?(?:blind|mask|\()|双盲", "DOUBLE"),
    (r"\btriple[ -]?(?:blind|mask|\()|三盲", "TRIPLE"),
    (r"\bquadruple[ -]?(?:blind|mask|\()|四盲", "QUADRUPLE"),
)
_PURPOSE = _rules(
    (r"\btreatment\b", "TREATMENT"),
    (r"\bprevention\b|\bprophylaxis\b", "PREVENTION"),
    (r"\bdiagnos(?:is|tic)\b", "DIAGNOSTIC"),
    (r"\bsupportive care\b", "SUPPORTIVE_CARE"),
    (r"\bscreening\b", "SCREENING"),
    (r"\bbasic science\b", "BASIC_SCIENCE"),
    (r"\bhealth services? research\b", "HEALTH_SERVICES_RESEARCH"),
)
_BLINDED_PARTIES = re.compile(
    r"(?:(?:participant|investigator|outcome assessor|date-entry operator)s?(?:,\s*|\s+and\s+|\s*))+blinded", re.IGNORECASE
)
_PARTY = re.compile(r"participant|investigator|outcome assessor|date-entry operator", re.IGNORECASE)
_BY_PARTIES = {1: "SINGLE", 2: "DOUBLE", 3: "TRIPLE", 4: "QUADRUPLE"}

_KEYS = {
    "allocation": "allocation",
    "randomization": "allocation",
    "randomisation": "allocation",
    "intervention model": "model",
    "assignment": "model",
    "masking": "masking",
    "blinding": "masking",
    "blinding/masking": "masking",
    "blinding and masking": "masking",
    "primary purpose": "purpose",
    "study design purpose": "purpose",
    "purpose": "purpose",
    "observational model": "observational",
    "observational study model": "observational",
    "time perspective": "time",
    "endpoint classification": "",
    "type of endpoint": "",
    "control": "",
    "placebo": "",
    "blinding target": "",
    "randomization description": "",
    "blinding description": "",
    "method of generating randomization sequence": "",
    "method of allocation concealment": "",
}
_KEYED = re.compile(
    rf"(?:^|(?<=[.;,>\s]))\s*(?P<key>{'|'.join(sorted(map(re.escape, _KEYS), key=len, reverse=True))})\s*[:：]\s*", re.IGNORECASE
)
_BREAK = re.compile(r"<br\s*/?\s*>", re.IGNORECASE)
_END_OF_VALUE = " \t\r\n.;,"
_FLAG = re.compile(
    r"(?P<name>controlled|randomi[sz]ed|open|single blind|double blind|parallel group|cross over)\s*[:：]\s*(?P<answer>yes|no)?",
    re.IGNORECASE,
)


def design(words: str | None) -> DesignInfo | None:
    """What a field on the study design says, in the ways in which the WHO's export has it.

    Keys and values ("Allocation: Randomized. Intervention model: …", "Purpose: Treatment; Allocation: …", with other keys for other
    registers), perhaps behind a phrase; EudraCT's questions ("Controlled: yes<br>Randomised: yes…"); ChiCTR's one word ("Parallel", which
    says nothing of allocation; "Sequential", which is how participants are enrolled); a phrase ("randomized controlled trial, open(masking
    not used), parallel assignment, treatment purpose").
    """
    words = stated(words)
    if words is None:
        return None
    if re.match(r"\s*controlled\s*[:：]", words, re.IGNORECASE):
        answers = {m["name"].lower().replace("z", "s"): (m["answer"] or "").lower() == "yes" for m in _FLAG.finditer(words)}
        return design_of_answers(answers, n_arms=n_arms_of(words))
    plain = _BREAK.sub("; ", words)
    keyed = list(_KEYED.finditer(plain))
    phrase = plain[: keyed[0].start()] if keyed else plain
    values: dict[str, str] = {}
    for match, following in zip_longest(keyed, keyed[1:]):
        value = plain[match.end() : following.start() if following else len(plain)].strip(_END_OF_VALUE)
        values.setdefault(_KEYS[match["key"].lower()], value)
    masked = values.get("masking")
    info = DesignInfo(
        allocation=coded(v.ALLOCATION, values.get("allocation"), _ALLOCATION) or _only(phrase, v.ALLOCATION, _ALLOCATION),
        intervention_model=coded(v.INTERVENTION_MODEL, values.get("model"), _MODEL) or _only(phrase, v.INTERVENTION_MODEL, _MODEL),
        primary_purpose=coded(v.PRIMARY_PURPOSE, values.get("purpose"), _PURPOSE) or _only(phrase, v.PRIMARY_PURPOSE, _PURPOSE),
        observational_model=values.get("observational"),
        time_perspective=values.get("time"),
        masking_info=masking(masked) or masking(_only(phrase, v.MASKING, _MASKING)),
    )
    return info if info != DesignInfo() else None


def n_arms_of(words: str | None) -> int | None:
    """The answer to EudraCT's question for the number of arms."""
    found = re.search(r"number of treatment arms in the trial\s*[:：]\s*(\d+)", words or "", re.IGNORECASE)
    return int(found[1]) or None if found else None


def _only(words: str, vocabulary: Vocabulary, rules: tuple[tuple[re.Pattern[str], str], ...]) -> str | None:
    """What the rules find in the words, as it stands there where the vocabulary knows it so; None where they find several things."""
    found = {value: match[0] for pattern, value in rules if (match := pattern.search(words))}
    if len(found) != 1:
        return None
    value, text = found.popitem()
    return text if vocabulary.find(text) == value else value


def masking(words: str | None) -> MaskingInfo | None:
    """A field on blinding alone; India's register counts up who is blinded."""
    if not words or v.MASKING.find(words):
        return MaskingInfo(masking=words) if words else None
    words = stated(words)
    if words is None:
        return None
    if parties := _BLINDED_PARTIES.fullmatch(words):
        return MaskingInfo(masking=_BY_PARTIES[len(_PARTY.findall(parties[0]))])
    return MaskingInfo(masking=words if v.MASKING.find(words.partition("(")[0]) else coded(v.MASKING, words, _MASKING))


def allocation(words: str | None) -> str | None:
    """A field on randomisation alone."""
    return coded(v.ALLOCATION, words, _ALLOCATION)


def intervention_model(words: str | None) -> str | None:
    """A field on the assignment of participants alone."""
    return coded(v.INTERVENTION_MODEL, words, _MODEL)


def primary_purpose(words: str | None) -> str | None:
    """A field on the purpose alone."""
    return coded(v.PRIMARY_PURPOSE, words, _PURPOSE)


def design_of_answers(answers: dict[str, bool], *, n_arms: int | None = None) -> DesignInfo | None:
    """Design of a record of the EU register, from its questions; a question that is answered no says nothing of the others."""
    info = DesignInfo()
    if "randomised" in answers:
        is_single = not answers.get("controlled", True) and n_arms == 1
        info.allocation = "RANDOMIZED" if answers["randomised"] else ("NA" if is_single else "NON_RANDOMIZED")
    models = [model for name, model in (("parallel group", "PARALLEL"), ("cross over", "CROSSOVER")) if answers.get(name)]
    if len(models) == 1:
        info.intervention_model = models[0]
    elif not models and n_arms == 1 and not answers.get("controlled", True):
        info.intervention_model = "SINGLE_GROUP"
    masked = [value for name, value in (("open", "NONE"), ("single blind", "SINGLE"), ("double blind", "DOUBLE")) if answers.get(name)]
    if len(masked) == 1:
        info.masking_info = MaskingInfo(masking=masked[0])
    return info if info != DesignInfo() else None
