"""Ids of trial registers, told by their shape and, where they carry a check, by the check.

Here belong the registers' shapes, how people misspell them, and the one spelling that the warehouse keeps. Which document belongs to which
trial is decided elsewhere; nothing here asks whether a trial with an id exists. Ids of protocols, grants, ethics committees and reviews
(`NL73529.041.20`, `CRD42011001329`) are not registrations and are not found.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from zlib import crc32

NCT_ID = re.compile(r"\bNCT\d{8}\b")
"""An id of ClinicalTrials.gov."""


class Registry(StrEnum):
    """Who gives the ids. Values are the names that they go by."""

    CLINICALTRIALS_GOV = "ClinicalTrials.gov"
    EUCTR = "EudraCT"
    CTIS = "CTIS"
    ISRCTN = "ISRCTN"
    CHICTR = "ChiCTR"
    ITMCTR = "ITMCTR"
    CDE = "CDE"  # China's register of drug trials, chinadrugtrials.org.cn
    ANZCTR = "ANZCTR"
    UMIN = "UMIN-CTR"
    JRCT = "jRCT"
    JAPIC = "JapicCTI"
    JMACCT = "JMACCT"  # JMA-IIA…
    DRKS = "DRKS"
    CTRI = "CTRI"
    NTR = "NTR"
    OMON = "NL-OMON"  # what took over from NTR in 2022
    IRCT = "IRCT"
    CRIS = "CRiS"
    PACTR = "PACTR"
    REBEC = "ReBEC"
    RPCEC = "RPCEC"  # Cuba
    REPEC = "REPEC"  # Peru: PER-…
    SLCTR = "SLCTR"
    TCTR = "TCTR"
    LBCTR = "LBCTR"
    SNCTP = "SNCTP"
    UTN = "WHO UTN"

    @property
    def ictrp_name(self) -> str | None:
        """`Source_Register` of the WHO's search portal, None for what the portal does not take records from."""
        return _ICTRP_NAMES.get(self, self.value)

    @property
    def is_registration(self) -> bool:
        """False for the WHO's universal trial number: it is had for the asking, before and without any registration."""
        return self is not Registry.UTN


_ICTRP_NAMES: dict[Registry, str | None] = {
    Registry.EUCTR: "EU Clinical Trials Register",
    Registry.CTIS: "Clinical Trials Information System",
    Registry.UMIN: "JPRN",
    Registry.JRCT: "JPRN",
    Registry.JAPIC: "JPRN",
    Registry.JMACCT: "JPRN",
    Registry.DRKS: "German Clinical Trials Register",
    Registry.NTR: "Netherlands Trial Register",
    Registry.CRIS: "CRIS",
    Registry.REBEC: "REBEC",
    Registry.CDE: None,
    Registry.SNCTP: None,
    Registry.UTN: None,
}


@dataclass(frozen=True, slots=True)
class FoundId:
    """An id in a text: `text[start:end]` shows it, with a prefix or label that is part of it ("JPRN-", "NCT number: ")."""

    registry: Registry
    id: str
    start: int
    end: int

    @property
    def key(self) -> str:
        """What every id of the same registration shares: `id`, but for two registers.

        A resubmitted application keeps its EU CT number and counts up the last two digits (`2023-508143-51-00`, `-01`), which many leave
        out. ChiCTR numbers its trials through, whatever the letters of the study type, and since 2018 writes two zeros
        between year and number: `ChiCTR-IOR-17010085` and `ChiCTR1700010085` are one.
        """
        if self.registry is Registry.CTIS:
            return self.id[:14]
        if self.registry is Registry.CHICTR:
            digits = self.id.rpartition("-")[2].removeprefix("ChiCTR")
            return f"ChiCTR{digits[:2]}00{digits[-6:]}"
        return self.id


def find_ids(text: str) -> list[FoundId]:
    """All ids in a text, in order, none overlapping another; the same id as often as it stands there.

    Case, full-width letters and digits, the kind of dash and stray spaces do not matter; letters, digits and Chinese characters may touch
    an id wherever it stays clear where it ends. Linear in the length of the text.
    """
    written = _written(text)
    found: list[FoundId] = []
    capitals = b""
    for start, end in _stretches(written):
        capitals = capitals or written.upper()
        position = max(start, found[-1].end) if found else start
        while head := _HEAD.search(capitals, position, end):
            one = _read(written, capitals, head)
            if one is not None:
                found.append(one)
            position = head.start() + 1 if one is None else one.end
    return found


@lru_cache(maxsize=65_536)
def normalise(text: str) -> FoundId | None:
    """Read a field that holds one id, with or without label and remarks; None where it holds none, or ids of several registrations.

    Beside a registration the WHO's number does not count. A field may hold what would be too little in running text: `NL854`, an ACTRN
    without its letters.
    """
    found = find_ids(text) or _only_in_a_field(text)
    found = [one for one in found if one.registry.is_registration] or found
    return found[0] if len({one.key for one in found}) == 1 else None


def _only_in_a_field(text: str) -> list[FoundId]:
    if match := _SHORT_NL.fullmatch(text):
        return [FoundId(Registry.NTR, match[1], *match.span(1))]
    if match := _BARE_ACTRN.fullmatch(text):
        return [FoundId(one.registry, one.id, *match.span(1)) for one in find_ids(f"ACTRN{match[1]}")]
    return []


def _written(text: str) -> bytes:
    """One byte for each character: "?" for what has no like in ASCII, in an id at most a label ("NCT编号01234568")."""
    written = text.encode("ascii", "replace")
    if text.isascii():
        return written
    narrowed = bytearray(written)
    for match in _WIDE.finditer(text):
        narrowed[match.start()] = _NARROW[match[0]]
    return bytes(narrowed)


def _read(written: bytes, capitals: bytes, head: re.Match[bytes]) -> FoundId | None:
    for rule in _RULES_BY_HEAD[head[0]]:
        match = rule.pattern.match(written if rule.is_case_sensitive else capitals, head.start())
        if match and (canonical := rule.canonical(match)) and canonical not in _PLACEHOLDERS:
            return FoundId(rule.registry, canonical, match.start(), match.end())
    return None


# Letters, digits, signs of full width; dashes; spaces and what shows as none.
_NARROW = (
    {chr(narrow + 0xFEE0): narrow for narrow in range(33, 127)}
    | dict.fromkeys("‐‑‒–—―−﹣", ord("-"))
    | dict.fromkeys("\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000", ord(" "))
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", ord(" "))
)
_WIDE = re.compile(f"[{''.join(_NARROW)}]")


# ---- where to look: stretches of text in which an id could begin -----------------------------------------------------
# Most text is not ids, and looking for heads of ids ("NCT", "20", …) in all of it is slow. But every id has, in one place, five digits in
# a row, or four and three with one character between ("0123 4567", "SLCTR/2020/014", "U1111-1234"), after one of few things; or NL with a
# digit; or one of NTR, RBR and PER. So characters are mapped to classes and these sequences of classes are searched for, both at the
# speed of memory.

_CHARACTER_CLASSES = bytes.maketrans(b"0123456789 -\t\r\n\f\v/NRPrTBEb", b"0000000000--------NNNNTTTT")
_LETTERS = (b"NL0", b"NTN")
_NUMBERS = (b"00000", b"0000-000")
_BETWEEN = b" \t\r\n\f\v-?#:._=()[]*/"
_NEVER_BEFORE = b"0123456789\"',;<>{}|+$%&"
_ALWAYS_BEFORE = tuple(
    b"NCT NCTO RCT KCT CTN TCN CNT TRN RTN ZRN CTI CTRI CTIS IIA RKS KRS CEC CTP MON U"
    b" ID NO NR NUMBER IDENTIFIER CODE REGISTRATION REGISTRY REGISTER TRIAL".split()
)
# How far before its sequence an id may begin: "JPRN-UMIN-CTR Registration Number: ". How far on the next letters are looked for: heads that
# begin in between lie within the stretch, and so do their ends.
_REACH, _STEP = 64, 8


def _can_have_number(written: bytes, start: int) -> bool:
    """Whether what stands before a number lets it be part of an id: "ISRCTN) ", "CTRI/2019/05/" and "2014-" do, "Texas, " does not."""
    # The first look is for numbers in JSON and CSV, and for what is the middle of a number.
    if written[start - 1 : start] in _NEVER_BEFORE:
        return False
    before = written[max(0, start - _REACH) : start].upper().rstrip(_BETWEEN)
    if before[-1:].isdigit():
        return written[start - 1] in b" \t\r\n\f\v-/"
    # Some have letters of their own before the digits: "ChiCTR-IOR-17010085", "UMIN-CTR C000000079", "jRCTs052190046".
    return before.endswith(_ALWAYS_BEFORE) or b"CTR" in before or b"UMIN" in before or b"JPRN" in before or b"JRCT" in before


def _hits(written: bytes) -> Iterator[int]:
    """Where sequences begin; for each of them in ascending order."""
    classes = written.translate(_CHARACTER_CLASSES)
    for sequence in _LETTERS:
        hit = classes.find(sequence)
        while hit >= 0:
            yield hit
            hit = classes.find(sequence, hit + _STEP)
    for sequence in _NUMBERS:
        hit = classes.find(sequence)
        while hit >= 0:
            if _can_have_number(written, hit):
                yield hit
            # Another number begins after the digits of this one.
            hit = classes.find(sequence, hit + 5)


def _stretches(written: bytes) -> Iterator[tuple[int, int]]:
    """Ascending, none overlapping the next: (start, end) of stretches that hold the head of each id."""
    start, end = 0, 0
    for hit in sorted(_hits(written)):
        if hit - _REACH > end:
            if end:
                yield start, end
            start = hit - _REACH
        end = hit + 2 * _STEP
    if end:
        yield start, end


# ---- what ids look like ---------------------------------------------------------------------------------------------

# Nothing here reads the clock: a text gives the same ids whenever it is read.
_LAST_YEAR = 2035
_GAP = r"[\s\-]"
_FILLER = r"[\s\-?#:._=()\[\]*]{0,5}"
# "NCT Number: 03849118", "DRKS No Number: 00013730", "ISRCTN Register 51695599".
_LABEL = rf"{_FILLER}(?:(?i:ID|NO|NR|NUMBER|IDENTIFIER|CODE|REGISTRATION|REGISTRY|REGISTER|TRIAL){_FILLER}){{0,2}}"
_NO_LETTER = "(?<![A-Za-z])"
_NO_LETTER_OR_DIGIT = "(?<![A-Za-z0-9])"
_END = "(?![0-9])"

# Ids that people write where they have none, in the spelling that they would have as ids.
_PLACEHOLDERS = frozenset(
    {
        "NCT01234567",  # digits counted up: forms, manuals, program examples
        "NCT09876543",  # and down; so far above all numbers given yet
        "ISRCTN12345678",  # ISRCTN draws its numbers by lot, so that none of these is likely ever to be a trial
        "ISRCTN01234567",
        "ISRCTN87654321",
        "U1111-1111-1111",  # the example beside the field in a register's form
        "U1111-1234-5678",
        "U1111-0000-0000",
    }
)


_NO_DIGITS = bytes(byte for byte in range(256) if not 48 <= byte <= 57)


def _digits(match: re.Match[bytes]) -> str:
    return match[0].translate(None, _NO_DIGITS).decode()


def _part(match: re.Match[bytes], group: str) -> str:
    """What a group caught, empty where it caught nothing."""
    return (match[group] or b"").decode()


def _is_year(digits: str, first: int) -> bool:
    return first <= int(digits) <= _LAST_YEAR


def _nct(match: re.Match[bytes]) -> str | None:
    digits = _digits(match)[-7:]
    # NCT00000102 is the lowest that was given.
    return f"NCT0{digits}" if int(digits) >= 102 else None


def _eudract(match: re.Match[bytes]) -> str | None:
    year, number, check = _part(match, "year"), _part(match, "number"), _part(match, "check")
    return f"{year}-{number}-{check}" if _is_year(year, 2004) and _is_checked_by_ema(year + number, check) else None


def _ctis(match: re.Match[bytes]) -> str | None:
    year, number, check, submission = (_part(match, group) for group in ("year", "number", "check", "submission"))
    if not _is_year(year, 2021) or not _is_checked_by_ema(year + number, check):
        return None
    return f"{year}-{number}-{check}" + (f"-{submission}" if submission else "")


def _is_checked_by_ema(digits: str, check: str) -> bool:
    """Whether the check digits are the first two decimal digits of the CRC-32 of the ten digits before them.

    No rule is published. This one holds for 400 of 401 numbers that records of other registers and articles state (349 EudraCT, 51 EU CT;
    one EudraCT number fails) and for 126 of 126 that the EU register itself shows; numbers made up as examples (2014-001234-56) fail it.
    """
    return str(crc32(digits.encode()))[:2] == check


def _isrctn(match: re.Match[bytes]) -> str | None:
    # Drawn by lot, without check digit. ISRCTN00000000 is shared by strangers.
    digits = _digits(match)
    return f"ISRCTN{digits}" if len(set(digits)) > 1 else None


def _actrn(match: re.Match[bytes]) -> str | None:
    """126, year, six digits of a number, then three check digits: each brings a sum of digits to a multiple of ten.

    The first does so for 126 and year, the second for the number, the third for all eleven digits. No source states it; 47 of 47 real ids
    keep it. Ids of 2005 to 2007 were also written with a 0 before the 126, and some listings put a p behind: neither is part of the number.
    """
    digits = _digits(match)[-14:]
    head, number = digits[:5], digits[5:11]
    check = "".join(str(-sum(map(int, part)) % 10) for part in (head, number, head + number))
    return f"ACTRN{digits}" if check == digits[11:] and 5 <= int(digits[3:5]) <= _LAST_YEAR % 100 and int(number) else None


def _chictr(match: re.Match[bytes]) -> str | None:
    digits, study_type = _digits(match), _part(match, "type")
    year, number = int(digits[:2]), digits[-6:]
    if not int(number):
        return None
    if len(digits) == 10:
        return f"ChiCTR{digits}" if 5 <= year <= _LAST_YEAR % 100 and digits[2:4] == "00" else None
    # Ten digits since 2018; the first hundreds of all (ChiCTR-TRC-00000022) have no year.
    if year and not 5 <= year <= 18:
        return None
    return f"ChiCTR-{study_type}-{digits}" if study_type else f"ChiCTR{digits}"


def _itmctr(match: re.Match[bytes]) -> str | None:
    digits = _digits(match)
    return f"ITMCTR{digits}" if 18 <= int(digits[:2]) <= _LAST_YEAR % 100 and int(digits[4:]) else None


def _cde(match: re.Match[bytes]) -> str | None:
    digits = _digits(match)
    return f"CTR{digits}" if _is_year(digits[:4], 2012) and int(digits[4:]) else None


def _jrct(match: re.Match[bytes]) -> str | None:
    digits, law = _digits(match), _part(match, "law").lower()
    return f"jRCT{law}{digits}" if len(digits) == (9 if law else 10) and int(digits) else None


def _japic(match: re.Match[bytes]) -> str | None:
    # The register took new trials from 2005 until jRCT replaced it in 2020.
    digits = _digits(match)
    return f"JapicCTI-{digits}" if 5 <= int(digits[:2]) <= 22 else None


def _ctri(match: re.Match[bytes]) -> str | None:
    year, month, number = _part(match, "year"), _part(match, "month").zfill(2), _part(match, "number")
    # Ids of 2007 to 2010 have a third digit behind the month: CTRI/2009/091/000051.
    if not _is_year(year, 2007) or not 1 <= int(month[:2]) <= 12 or not int(number):
        return None
    return f"CTRI/{year}/{month}/{number}"


def _irct(match: re.Match[bytes]) -> str | None:
    date, user, number = _part(match, "date"), _part(match, "user"), int(_part(match, "number"))
    # Of the year of registration, Gregorian or, at first, Persian: IRCT138706211241N1.
    year, month, day = int(date[:4]), int(date[4:6]), int(date[6:])
    is_date = (2008 <= year <= _LAST_YEAR or 1386 <= year <= 1399) and 1 <= month <= 12 and 1 <= day <= 31
    return f"IRCT{date}{user}N{number}" if is_date and number else None


def _pactr(match: re.Match[bytes]) -> str | None:
    digits = _digits(match)
    return f"PACTR{digits}" if _is_year(digits[:4], 2007) and 1 <= int(digits[4:6]) <= 12 and int(digits[6:]) else None


def _slctr(match: re.Match[bytes]) -> str | None:
    digits = _digits(match)
    return f"SLCTR/{digits[:4]}/{digits[4:]}" if _is_year(digits[:4], 2006) and int(digits[4:]) else None


def _tctr(match: re.Match[bytes]) -> str | None:
    digits = _digits(match)
    return f"TCTR{digits}" if _is_year(digits[:4], 2009) and int(digits[4:]) else None


def _lbctr(match: re.Match[bytes]) -> str | None:
    digits = _digits(match)
    return f"LBCTR{digits}" if _is_year(digits[:4], 2017) and 1 <= int(digits[4:6]) <= 12 and int(digits[6:]) else None


def _ntr(match: re.Match[bytes]) -> str | None:
    digits, filler = _digits(match), _part(match, "filler")
    if filler.isspace() and 1990 <= int(digits) <= _LAST_YEAR:
        return None  # "registered in the NTR 2012": a year
    return f"NTR{digits}"


def _nl(match: re.Match[bytes]) -> str | None:
    return f"NL{_digits(match)}"


def _rebec(match: re.Match[bytes]) -> str | None:
    return f"RBR-{_part(match, 'code').lower()}"


def _repec(match: re.Match[bytes]) -> str | None:
    digits, part = _digits(match), _part(match, "part")
    # The register holds trials since 1995.
    if not (int(digits[3:]) <= _LAST_YEAR % 100 or int(digits[3:]) >= 95) or not int(digits[:3]):
        return None
    return f"PER-{digits[:3]}-{digits[3:]}" + (f"-{part}" if part else "")


def _utn(match: re.Match[bytes]) -> str | None:
    # No check digit: no sum, product or CRC over other digits gives the last one of 51 real numbers.
    digits = _digits(match)
    return f"U{digits[:4]}-{digits[4:8]}-{digits[8:]}"


def _numbered(prefix: str) -> Callable[[re.Match[bytes]], str | None]:
    """Ids that are a prefix and a number of fixed length, of which only zero is impossible."""

    def canonical(match: re.Match[bytes]) -> str | None:
        digits = _digits(match)
        return prefix + digits if int(digits) else None

    return canonical


@dataclass(frozen=True, slots=True)
class _Rule:
    """How ids of a register begin and go on; `canonical` gives the one spelling kept, or None for what is none of its ids.

    The pattern meets the text in capitals, unless it is case-sensitive.
    """

    registry: Registry
    heads: tuple[str, ...]
    pattern: re.Pattern[bytes]
    canonical: Callable[[re.Match[bytes]], str | None]
    is_case_sensitive: bool


def _rule(
    registry: Registry, heads: str, pattern: str, canonical: Callable[[re.Match[bytes]], str | None], *, is_case_sensitive: bool = False
) -> _Rule:
    return _Rule(registry, tuple(heads.split()), re.compile(pattern.encode()), canonical, is_case_sensitive)


def _ema_number(prefix: str, first_digit: str) -> str:
    """What the numbers of both registers of EMA have in common."""
    joint = r"\s?-\s?"
    year, number, check = r"(?P<year>20[0-9]{2})", rf"(?P<number>{first_digit}[0-9]{{5}})", r"(?P<check>[0-9]{2})"
    return rf"(?:{prefix}{_FILLER})?(?<![0-9]){year}{joint}{number}{joint}{check}{_END}"


_RULES = (
    # All numbers yet begin with 0; some write the letter ("NCTO2950051"). With a label the prefix is a word of its own ("distinct. 0…").
    _rule(Registry.CLINICALTRIALS_GOV, "NCT", rf"(?:NCT|{_NO_LETTER}NCT{_LABEL})[0O][0-9]{{3}}{_GAP}?[0-9]{{4}}{_END}", _nct),
    # The country of the member state's copy ("EUCTR2018-002876-41-FR") is not part of the number.
    _rule(Registry.EUCTR, "EUCTR 20", _ema_number("EUCTR", "0") + r"(?:-[A-Z]{2}(?![A-Z0-9]))?", _eudract),
    _rule(Registry.CTIS, "CTIS 20", _ema_number("CTIS", "5") + rf"(?:-(?P<submission>[01][0-9]){_END})?", _ctis),
    _rule(
        Registry.ISRCTN,
        "ISRCTN ISCRTN ISRTCN ISCTRN ISRCNT",
        rf"IS[RCTN]{{4}}{_LABEL}[0-9]{{4}}{_GAP}?[0-9]{{4}}{_END}",
        _isrctn,
    ),
    # Between type and number a dash or nothing: "ChiCTR dated 12012018".
    _rule(
        Registry.CHICTR,
        "CHI",
        rf"CHI{_GAP}?CTR{_LABEL}(?:(?P<type>[A-Z]{{3,5}})(?:\s?-\s?)?)?(?:[0-9]{{8}}|[0-9]{{4}}{_GAP}?[0-9]{{6}}){_END}",
        _chictr,
    ),
    _rule(Registry.ITMCTR, "ITMCTR", rf"ITMCTR{_LABEL}[0-9]{{10}}{_END}", _itmctr),
    _rule(
        Registry.ANZCTR,
        "ANZCTR ANZRN ACTR ACTN",
        rf"(?:ANZCTRN?|ANZRN|ACTRN?|ACTN){_LABEL}0?126"
        rf"(?:[0-9]{{2}}{_GAP}?[0-9]{{6}}{_GAP}?[0-9]{{3}}|[0-9]{_GAP}[0-9]{{4}}{_GAP}[0-9]{{4}}{_GAP}[0-9]{{2}}){_END}(?:P(?![A-Z0-9]))?",
        _actrn,
    ),
    _rule(Registry.CDE, "CTR", rf"{_NO_LETTER}CTR[\s\-:#]{{0,2}}20[0-9]{{6}}{_END}", _cde),
    # UMIN's first ids had a C for a prefix: JPRN-C000000079.
    _rule(
        Registry.UMIN,
        "JPRN UMIN",
        rf"{_NO_LETTER}(?:JPRN{_GAP}?C|(?:JPRN{_GAP}?)?UMIN(?:{_GAP}?CTR)?{_LABEL}C?)000[0-9]{{6}}{_END}",
        _numbered("UMIN"),
    ),
    _rule(Registry.JRCT, "JPRN JRCT", rf"{_NO_LETTER}(?:JPRN{_GAP}?)?JRCT{_LABEL}(?P<law>[SC])?{_GAP}?[0-9]{{9,10}}{_END}", _jrct),
    _rule(Registry.JAPIC, "JPRN JAPIC", rf"{_NO_LETTER}(?:JPRN{_GAP}?)?JAPIC{_GAP}?CTI{_LABEL}[0-9]{{6}}{_END}", _japic),
    _rule(Registry.JMACCT, "JPRN JMA", rf"{_NO_LETTER}(?:JPRN{_GAP}?)?JMA{_GAP}?IIA{_FILLER}[0-9]{{5}}{_END}", _numbered("JMA-IIA")),
    _rule(Registry.DRKS, "DRKS DKRS", rf"D(?:RK|KR)S{_LABEL}000[0-9]{_GAP}?[0-9]{{4}}{_END}", _numbered("DRKS")),
    _rule(
        Registry.CTRI,
        "CTRI",
        rf"{_NO_LETTER}CTRI{_LABEL}/?\s?(?P<year>20[0-9]{{2}})\s?[/\-]\s?(?P<month>[0-9]{{1,3}})\s?[/\-]\s?(?P<number>[0-9]{{6}}){_END}",
        _ctri,
    ),
    # Glued, as registers print it, two digits do; with something between, four are asked for: NTR-441 is a drug, NTR-2051 is not.
    _rule(
        Registry.NTR,
        "NTR",
        rf"{_NO_LETTER_OR_DIGIT}NTR(?:[1-9][0-9]{{1,3}}|(?P<filler>{_LABEL})[1-9][0-9]{{3}})(?![0-9A-Za-z]|[.\-][0-9])",
        _ntr,
        is_case_sensitive=True,
    ),
    # Not NL73529.041.20 (an ethics file), NL1081 HV and NL3000CA (post codes), NL-009626 (a sponsor's number).
    _rule(
        Registry.NTR,
        "NL",
        rf"{_NO_LETTER_OR_DIGIT}NL[1-9][0-9]{{3}}(?!\s?[A-Z]{{2}}(?![A-Za-z0-9\-]))(?![0-9A-Za-z]|[.\-][0-9])",
        _nl,
        is_case_sensitive=True,
    ),
    _rule(Registry.OMON, "NL", rf"{_NO_LETTER_OR_DIGIT}NL{_GAP}?OMON{_GAP}?[0-9]{{5}}{_END}", _numbered("NL-OMON")),
    _rule(
        Registry.IRCT,
        "IRCT",
        rf"{_NO_LETTER}IRCT{_LABEL}(?P<date>[0-9]{{8}})(?P<user>[0-9]{{3,6}}){_GAP}?N{_GAP}?(?P<number>[0-9]{{1,3}}){_END}",
        _irct,
    ),
    _rule(Registry.CRIS, "KCT", rf"{_NO_LETTER}KCT{_LABEL}00[0-9]{{5}}{_END}", _numbered("KCT")),
    _rule(Registry.PACTR, "PACTR", rf"PACTR{_LABEL}20[0-9]{{13,14}}{_END}", _pactr),
    # ReBEC writes without vowels and without 0, 1 and l, but for the 10 at the head of the newest: RBR-96cy3k, RBR-10znr9xn.
    _rule(
        Registry.REBEC,
        "RBR",
        rf"{_NO_LETTER_OR_DIGIT}RBR[\s\-_]{{0,2}}(?P<code>(?:10|[2-9])[2-9BCDFGHJKMNPQRSTVWXYZ]{{5,6}})(?![A-Z0-9])",
        _rebec,
    ),
    _rule(Registry.RPCEC, "RPCEC", rf"RPCEC{_LABEL}0000[0-9]{{4}}{_END}", _numbered("RPCEC")),
    _rule(
        Registry.REPEC,
        "PER",
        rf"{_NO_LETTER_OR_DIGIT}PER-[0-9]{{3}}-[0-9]{{2}}(?:-(?P<part>[A-Z])(?![A-Za-z0-9]))?(?![A-Za-z0-9]|-[0-9])",
        _repec,
        is_case_sensitive=True,
    ),
    _rule(Registry.SLCTR, "SLCTR", rf"SLCTR{_FILLER}/?20[0-9]{{2}}[/\-][0-9]{{3}}{_END}", _slctr),
    _rule(Registry.TCTR, "TCTR", rf"{_NO_LETTER}TCTR{_LABEL}20[0-9]{{9}}{_END}", _tctr),
    _rule(Registry.LBCTR, "LBCTR", rf"LBCTR{_LABEL}20[0-9]{{8}}{_END}", _lbctr),
    _rule(Registry.SNCTP, "SNCTP", rf"SNCTP{_LABEL}000[0-9]{{6}}{_END}", _numbered("SNCTP")),
    _rule(Registry.UTN, "U1111", rf"{_NO_LETTER_OR_DIGIT}U1111{_GAP}?[0-9]{{4}}{_GAP}?[0-9]{{4}}{_END}", _utn),
)
_RULES_BY_HEAD = {head.encode(): [rule for rule in _RULES if head in rule.heads] for rule in _RULES for head in rule.heads}


def _head_pattern() -> bytes:
    """One alternative for each first letter, so that most characters are passed with one look; of two heads the longer comes first."""
    by_letter: dict[str, list[str]] = {}
    for head in sorted((head.decode() for head in _RULES_BY_HEAD), key=len, reverse=True):
        by_letter.setdefault(head[0], []).append(head[1:])
    return "|".join(f"{letter}(?:{'|'.join(rests)})" for letter, rests in by_letter.items()).encode()


_HEAD = re.compile(_head_pattern())
_SHORT_NL = re.compile(r"\s*(NL[1-9][0-9]{0,2})\s*")
_BARE_ACTRN = re.compile(r"\s*(126[0-9]{11}p?)\s*")
