"""Rules for amounts: numbers, ranges, units, doses, fractions of radiation.

Here belongs everything that reads how much. When it is given belongs to `schedules.py`, to what it belongs to `binding.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pipelines.grammar.cascade import Rule
from pipelines.grammar.tokens import Token
from pipelines.vocab.word_values import Amount


@dataclass(frozen=True, slots=True)
class Dose:
    """An amount. `unit` is UCUM; `low` equals `high` for a single value.

    `is_strength`: how much a tablet or a millilitre holds, which says nothing of what is given.
    `per_fraction`: of radiation, what one fraction gives. `is_total`: said to be the total.
    """

    low: float
    high: float
    unit: str
    is_strength: bool = False
    per_fraction: bool = False
    is_total: bool = False
    is_count: bool = False
    """A number of tablets, capsules, millilitres, or what they hold: what is given only where no other amount is said."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit with its denominators: `code` UCUM without factor, `factor` how many of it one is."""

    code: str
    factor: float
    is_count: bool = False
    is_concentration: bool = False
    per_fraction: bool = False


MACROS = {
    "RANGE": "DASH | TO | TILDE",
    "PERS": "PER | SLASH",
    "TIME": "DAY | WEEK | MONTH | YEAR | HOUR | MINUTE | SECOND",
    "LIST": "COMMA AND | COMMA OR | COMMA | AND | OR | SLASH | PLUS | SEMI | TO | THEN",
    "DOTS": "DOT | BULLET",
    "INVERSE": "DASH (NUM | SUP)",
}

_LARGE = 1e4
"""Counts of cells and particles are at least this; below it a bare number counts something else."""


def _numbers(found: Sequence[Token]) -> list[float]:
    """The numbers; what multiplies the last, multiplies those before it too: "5 to 10 million", "1-5 × 10^7"."""
    numbers = [token for token in found if token.kind in ("NUM", "BIG")]
    last = numbers[-1]
    most = float(last.parts[0].value) if last.rule in _MULTIPLIED else 0.0
    if most == 0:
        return [float(token.value) for token in numbers]
    scale = float(last.value) / most
    return [float(one.value) * (scale if one.rule not in _MULTIPLIED and one.value <= most else 1.0) for one in numbers]


_MULTIPLIED = frozenset({"power_of_ten", "lost_power_of_ten", "scientific", "million"})


def _power(found: Sequence[Token]) -> float | None:
    """5 × 10^7, 5x10e7, 10^6, 10⁷."""
    numbers = [token for token in found if token.kind in ("NUM", "SUP")]
    base = numbers[-2]
    if base.text != "10":
        return None
    factor = float(numbers[0].value) if len(numbers) == 3 else 1.0
    exponent = float(numbers[-1].value)
    return factor * 10.0**exponent if exponent.is_integer() and 1 <= exponent <= 15 else None


def _lost_power(found: Sequence[Token]) -> float | None:
    """0.3 x 106 cells: the exponent has lost its height."""
    factor, power = [token for token in found if token.kind == "NUM"][:2]
    digits = power.text
    if not digits.startswith("10") or not 3 <= len(digits) <= 4 or not digits.isdigit():
        return None
    exponent = int(digits[2:])
    return float(factor.value) * 10.0**exponent if 4 <= exponent <= 14 else None


def _scientific(found: Sequence[Token]) -> float | None:
    mantissa, _, exponent = found
    return float(mantissa.value) * 10.0 ** float(exponent.value) if 3 <= exponent.value <= 15 else None


def _million(found: Sequence[Token]) -> float:
    return float(found[0].value) * float(found[-1].value)


def _spaced_thousands(found: Sequence[Token]) -> float | None:
    """10 000 U."""
    first, *others = found
    if len(first.text) > 3 or any(len(other.text) != 3 or not other.text.isdigit() for other in others) or not first.text.isdigit():
        return None
    return float("".join(token.text for token in found))


NUMBERS = (
    Rule("power_of_ten", "NUM TIMES NUM W? CARET W? DASH? NUM | NUM TIMES NUM SUP | NUM TIMES NUM E NUM", "BIG", _power),
    Rule("bare_power_of_ten", "NUM W? CARET NUM | NUM SUP", "BIG", _power, join=True),
    Rule(
        "lost_power_of_ten",
        "NUM TIMES NUM (?= (COMMA | AND | OR | RANGE | NUM | TIMES)* (W | DRUG | PLUS | DASH | PERS | COMMA)?"
        " (W | DRUG | PLUS | DASH)* (CELLS | UNIT | KG | PERS))",
        "BIG",
        _lost_power,
    ),
    Rule("scientific", "NUM E NUM", "BIG", _scientific, join=True),
    Rule("million", "NUM DASH? MILLION", "NUM", _million),
    # "Days 1-28 400 mg", "dose level 2 600 mg", "I-125 100 Gy": what stands before the number is no part of the dose.
    Rule(
        "spaced_thousands",
        "(?<! DAY) (?<! LEVEL) (?<! W DASH) (?<! DAY NUM DASH) (?<! DAY NUM TO) NUM NUM NUM? (?= UNIT)",
        "NUM",
        _spaced_thousands,
    ),
)


_HIGHEST_LEVEL = 30


def _level_numbers(found: Sequence[Token]) -> tuple[int, ...] | None:
    """Dose level 2, dose levels 1-3, DL1. Level -1 is below the first: no number."""
    numbers: list[int] = []
    for before, token in pairwise(found):
        if token.kind != "NUM":
            continue
        if not float(token.value).is_integer() or not 0 <= token.value <= _HIGHEST_LEVEL:
            return None
        number = int(token.value)
        is_below = before.kind == "DASH" and not numbers
        if before.kind in ("DASH", "TO", "TILDE") and numbers:
            numbers += range(numbers[-1] + 1, number + 1)
        elif number > 0 and not is_below:
            numbers.append(number)
    return tuple(numbers)


LEVEL_NUMBERS = (
    Rule(
        "number_of_level",
        "(?<! SLASH) LEVEL DASH? NUM (?! NODAY) ((RANGE | COMMA AND | COMMA OR | COMMA | AND | OR) LEVEL? NUM (?! NODAY))*",
        "LEVELNO",
        _level_numbers,
    ),
)


_DENOMINATORS = {"AREA": "m2", "KG": "kg", "DAY": "d", "WEEK": "wk", "HOUR": "h", "MINUTE": "min"}
_VOLUMES = frozenset({"mL", "L", "uL"})
_HOURS_A_DAY = 24


def _unit(found: Sequence[Token]) -> Unit | None:
    """mg/m2/day, mg per square metre per day, mg/(m2.d), U/m2 BSA."""
    head, *rest = found
    base: Amount = head.value
    is_per_24_hours = any(token.kind == "NUM" and token.value == _HOURS_A_DAY for token in rest)
    denominators = [_DENOMINATORS[token.kind] for token in rest if token.kind in _DENOMINATORS]
    if is_per_24_hours:
        denominators = ["d" if one == "h" else one for one in denominators]
    return Unit(
        "/".join([base.code, *dict.fromkeys(denominators)]),
        base.number or 1.0,
        is_count=base.code in _VOLUMES,
        is_concentration=any(_is_concentration(token, head) for token in rest),
        per_fraction=any(token.kind == "FRACTION" or (base.code == "Gy" and token.kind in ("DOSEW", "TIMESW")) for token in rest),
    )


def _is_concentration(token: Token, head: Token) -> bool:
    """Whether a denominator makes the amount one of what a vial, a tablet or a blood sample holds: "50 mg/10 mL", "cells/mm3"."""
    match token.kind:
        case "NUM":
            return token.value != _HOURS_A_DAY
        case "UNIT":
            return token.value.code in _VOLUMES
        case "PERCENT" | "COUNTU":
            return True
        case _:
            return token.kind == "W" and head.kind == "CELLS" and token.text in ("mm", "cmm")


def _inverse_unit(found: Sequence[Token]) -> Unit | None:
    """mg·kg-1·d-1, U kg⁻¹, mg/kg·d: a dot between units multiplies, and a power of minus one divides."""
    for left, right in pairwise(found):
        is_apart = left.end != right.start
        if (left.kind in ("DOT", "BULLET", "DASH") and is_apart) or (right.kind in ("NUM", "SUP") and right.value != 1):
            return None
    return _unit([token for token in found if token.kind not in ("NUM", "SUP")])


UNITS = (
    Rule(
        "unit_of_inverses",
        "UNIT (DOTS? KG INVERSE | DOTS (KG | AREA) | SLASH (KG | AREA) (?= DOTS) | AREA (?= DOTS))"
        " (DOTS? TIME INVERSE | DOTS TIME (?! NUM | DASH))?",
        "UNITX",
        _inverse_unit,
    ),
    Rule(
        "unit",
        "UNIT ((PERS | DOT | DASH)? LPAR? (AREA | KG) (DOT | SLASH) (DAY|HOUR) RPAR"
        " | PERS LPAR? (NUM? (UNIT | COUNTU | HOUR | MINUTE) | AREA | KG | DOSEW | FRACTION | TIMESW | DAY | WEEK | EYE)"
        " (BODY | OF BODY)? RPAR?"
        " | (AREA | KG) BODY?)*",
        "UNITX",
        _unit,
    ),
    Rule(
        "cells",
        "CELLS (DOSEW? PERS (AREA | KG | DOSEW | TIMESW | DAY | UNIT | W) BODY?)*",
        "CELLX",
        _unit,
    ),
)


def _dose(found: Sequence[Token]) -> Dose | None:
    """A number or a range and a unit."""
    units = [token.value for token in found if token.kind in ("UNITX", "CELLX")]
    numbers = _numbers(found)
    unit = units[-1]
    if len(units) > 1 and units[0].code.split("/")[0] != unit.code.split("/")[0]:
        return None
    first = units[0].factor if len(units) > 1 else unit.factor
    low, high = numbers[0] * first, numbers[-1] * unit.factor
    if not unit.code or low > high or len(numbers) > 2:
        return None
    return Dose(
        _rounded(low),
        _rounded(high),
        unit.code,
        is_strength=unit.is_concentration,
        per_fraction=unit.per_fraction,
        is_count=unit.is_count,
        is_total=any(token.kind == "TOTAL" for token in found),
    )


def _rounded(value: float) -> float:
    """Without the dust of binary multiplication: 0.1 × 3 is 0.3."""
    return float(f"{value:.12g}")


def _cell_dose(found: Sequence[Token]) -> Dose | None:
    """5 × 10^6 CAR-T cells/kg, 1 million cells. A number below ten thousand is no dose of cells."""
    dose = _dose([token for token in found if token.kind in ("NUM", "BIG", "CELLX")])
    return dose if dose is not None and dose.high >= _LARGE and not dose.is_strength else None


def _named_cells(found: Sequence[Token]) -> Dose | None:
    """2 × 10^6 CAR-T cells/kg, where the name of the product ends in what is counted."""
    name = next(token for token in found if token.kind == "DRUG")
    if not name.text.split()[-1].startswith(("cell", "胞")):
        return None
    numbers = _numbers(found)
    unit = (
        "{cells}/kg"
        if any(token.kind == "KG" for token in found)
        else "{cells}/m2"
        if any(token.kind == "AREA" for token in found)
        else "{cells}"
    )
    return Dose(_rounded(numbers[0]), _rounded(numbers[-1]), unit) if _LARGE <= numbers[0] <= numbers[-1] else None


def _bare_cells(found: Sequence[Token]) -> Dose | None:
    """10^6/kg: what is counted is not said, but nothing else is given by the million and the kilogram."""
    number = _numbers(found)
    kinds = {token.kind for token in found}
    return Dose(number[0], number[-1], "{cells}/kg" if "KG" in kinds else "{cells}/m2")


BARE_CELLS = "dose_of_cells_after_name"
"""Rule of a number that counts cells only where the name before it is one of cells."""


def _counted_cells(found: Sequence[Token]) -> Dose | None:
    """CAR-T cells 1-5 × 10^7: what the name ends in is what is counted."""
    numbers = _numbers(found)
    return Dose(_rounded(numbers[0]), _rounded(numbers[-1]), "{cells}") if _LARGE <= numbers[0] <= numbers[-1] else None


def _doses(found: Sequence[Token]) -> list[Dose] | None:
    """18/60/180 mg: one dose per number."""
    unit = found[-1].value
    values = [_rounded(number * unit.factor) for number in _numbers(found)]
    # "600/100 mg" of two drugs falls; a list of levels rises.
    is_pair = len(values) == 2 and any(token.kind == "SLASH" for token in found)
    if unit.is_concentration or len(set(values)) != len(values) or (values != sorted(values) and not is_pair):
        return None
    return [Dose(value, value, unit.code, is_count=unit.is_count) for value in values]


def _cell_doses(found: Sequence[Token]) -> list[Dose] | None:
    """1 × 10^6, 3 × 10^6 and 1 × 10^7 cells/kg; 1/3/10 × 10^6 CAR-T cells; but "1/3 × 10^6" is a third."""
    if [token.kind for token in found[:3]] == ["NUM", "SLASH", "BIG"]:
        return None
    doses = _doses([token for token in found if token.kind not in ("W", "DRUG", "DASH", "PLUS", "LPAR", "RPAR")])
    return doses if doses is not None and all(dose.low >= _LARGE for dose in doses) else None


def _count(found: Sequence[Token]) -> Dose | None:
    """2 tablets, 1 capsule/day."""
    numbers = _numbers(found)
    (unit,) = [token.value for token in found if token.kind == "COUNTU"]
    code = f"{unit.code}/d" if any(token.kind == "DAY" for token in found) else unit.code
    return Dose(numbers[0], numbers[-1], code, is_count=True) if numbers[-1] <= 60 else None


def _auc(found: Sequence[Token]) -> Dose | None:
    numbers = [float(token.value) for token in found if token.kind == "NUM"]
    low, high = numbers[0], numbers[-1]
    # Carboplatin is given at AUC 1 to 12; a larger figure is a measured exposure.
    return Dose(low, high, "mg.min/mL") if 0 < low <= high <= 12 else None


_MOST_PIECES = 20


def _pieces(found: Sequence[Token]) -> Dose | None:
    """Two 5 mg tablets, 2 tablets × 5 mg, four 100 microgram puffs: what all of them hold."""
    counts = [(token.value, token.value) for token in found if token.kind == "NUM"]
    held: list[Dose] = []
    for dose in [token.value for token in found if token.kind == "DOSE"]:
        if dose.is_count and dose.unit.startswith("{"):
            counts.append((dose.low, dose.high))
        else:
            held.append(dose)
    if len(counts) != 1 or len(held) != 1 or held[0].is_strength or held[0].unit.endswith("/d"):
        return None
    ((fewest, most),) = counts
    if not float(fewest).is_integer() or not 1 <= fewest <= most <= _MOST_PIECES:
        return None
    return replace(held[0], low=_rounded(held[0].low * fewest), high=_rounded(held[0].high * most), is_count=True)


def _limit(found: Sequence[Token]) -> str | None:
    """(Maximum 100 mg), (max. single dose: 2 mg), (50 mg max). "Up to 100 mg" may be all that is said of a dose."""
    return None if any(token.kind == "UPTO" and token.text.startswith(("up", "as", "total")) for token in found) else found[0].text


LIMITS = (
    Rule(
        "limit_of_dose",
        "(?<= LPAR) (UPTO | LESS) (DOSEW | TOTAL | DAILYDOSE | FREQX | OF | IS | COLON | W){0,4} (DOSE | DOSES)"
        " | (?<= LPAR) DOSE UPTO (?= RPAR) | DOSE UPTO (?= RPAR)",
        "LIMIT",
        _limit,
    ),
)


def _strength(found: Sequence[Token]) -> list[Dose]:
    """5 mg strength, tablets of 20 mg, a 20 mg vial: what one piece holds."""
    return [replace(dose, is_strength=True) for token in found if token.kind in ("DOSE", "DOSES") for dose in as_list(token.value)]


def as_list(value: Dose | list[Dose]) -> list[Dose]:
    """The doses of a token of kind `DOSE` or `DOSES`."""
    return value if isinstance(value, list) else [value]


def _concentration(found: Sequence[Token]) -> float:
    return float(found[0].value)


CONCENTRATIONS = (Rule("concentration", "NUM (RANGE NUM)? PERCENT", "CONCX", _concentration),)

DOSES = (
    Rule(
        "dose_of_cells",
        "(NUM | BIG) (RANGE (NUM | BIG))? (W | DRUG | DASH | PLUS | LPAR | RPAR | AND | SLASH){0,7} CELLX",
        "DOSE",
        _cell_dose,
    ),
    Rule(
        "doses_of_cells",
        "(NUM | BIG) ((SLASH | COMMA AND | COMMA OR | COMMA | AND | OR) (NUM | BIG))* (SLASH | COMMA AND | COMMA OR | COMMA | AND | OR) BIG"
        " (W | DRUG | DASH | PLUS | LPAR | RPAR | SLASH){0,7} CELLX",
        "DOSES",
        _cell_doses,
    ),
    Rule(
        "dose_of_named_cells",
        "(NUM RANGE)? BIG (RANGE BIG)? (W | DASH | PLUS | SLASH){0,4} DRUG (PERS (KG | AREA | DOSEW | TIMESW))?",
        "DOSE",
        _named_cells,
    ),
    Rule("dose_of_cells_unnamed", "(NUM RANGE)? BIG (RANGE BIG)? SLASH (KG | AREA)", "DOSE", _bare_cells),
    Rule(
        BARE_CELLS,
        "((?<= DRUG) | (?<= DRUG COLON) | (?<= DRUG LPAR) | (?<= DRUG COMMA) | (?<= DRUG OF) | (?<= DRUG ON))"
        " (NUM RANGE)? BIG (RANGE BIG)? (?! UNITX | CELLX | PERS | RANGE | COMMA BIG)",
        "DOSE",
        _counted_cells,
    ),
    Rule("dose_range", "TOTAL? (NUM | BIG) (UNITX)? RANGE (NUM | BIG) DASH? UNITX", "DOSE", _dose),
    Rule("dose_list", "(NUM | BIG) ((SLASH | COMMA AND | COMMA OR | COMMA | AND | OR) (NUM | BIG))+ DASH? UNITX", "DOSES", _doses),
    Rule("dose_auc", "AUC LPAR? AUC? RPAR? (OF | IS | ON | COLON | TO | DASH | W)? (NUM) ((RANGE | OR) NUM)? (UNITX)?", "DOSE", _auc),
    Rule("dose_in_pieces", "NUM (RANGE NUM)? COUNTU (PERS DAY)? (?! PERS (MONTH | WEEK))", "DOSE", _count),
    Rule("dose", "TOTAL? (NUM | BIG) SLASH? DASH? UNITX", "DOSE", _dose),
)


def _least_and_most(found: Sequence[Token]) -> Dose | None:
    """At least 3 × 10^6 and a maximum of 8 × 10^6 cells/kg."""
    low, high = [token.value for token in found if token.kind == "DOSE"]
    return replace(low, high=high.high) if low.unit == high.unit and low.low < high.high else None


RANGES = (Rule("dose_least_and_most", "DOSE (AND | TO | COMMA | WITH)+ (PER | UPTO)+ OF? DOSE", "DOSE", _least_and_most),)


def _levels(found: Sequence[Token]) -> list[Dose] | None:
    """25 mg, 50 mg or 100 mg: rising doses in one unit. Two that "and" joins may be of two drugs."""
    doses = [dose for token in found if token.kind == "DOSE" for dose in as_list(token.value)]
    if doses[-1].unit.endswith("/d"):
        # "2.5 mg, 7.5 mg or 22.5 mg per day".
        doses = [dose if dose.unit.endswith("/d") else replace(dose, unit=f"{dose.unit}/d") for dose in doses]
    is_pair = len(doses) == 2 and any(token.kind == "AND" for token in found)
    is_rising = all(left.high < right.low for left, right in pairwise(doses))
    is_alike = len({(dose.unit, dose.is_strength, dose.per_fraction) for dose in doses}) == 1
    return doses if is_rising and is_alike and not is_pair and not doses[0].is_count and doses[0].unit != "Gy" else None


LEVELS = (Rule("dose_levels", "DOSE ((SLASH | COMMA AND | COMMA OR | COMMA | AND | OR) DOSE)+", "DOSES", _levels),)


def _vials(found: Sequence[Token]) -> list[Dose] | None:
    """2000 mg vials, a 25 mg ampoule. Of tablets it may be the dose: "150 mg tablets twice daily"."""
    return _strength(found) if found[-1].value.code == "{vial}" else None


STRENGTHS = (
    Rule("dose_of_pieces", "NUM TIMES? DOSE DASH? COUNTU | DOSE TIMES DOSE | DOSE TIMES NUM COUNTU", "DOSE", _pieces),
    Rule(
        "strength_of_pieces",
        "NUM TIMES? (DOSE | DOSES) DASH? COUNTU | (DOSE | COUNTU) TIMES (DOSE | DOSES) | (DOSE|DOSES) TIMES NUM COUNTU",
        "STRONG",
        _strength,
    ),
    Rule("strength_of_vials", "(DOSE | DOSES) DASH? COUNTU", "STRONG", _vials),
    Rule(
        "strength_named",
        "(DOSE | DOSES) STRENGTH | STRENGTH OF? PER? (DOSE | DOSES) ((AND | OR | COMMA) (DOSE | DOSES))*",
        "STRONG",
        _strength,
    ),
)


@dataclass(frozen=True, slots=True)
class Course:
    """A course of radiation: total dose and number of fractions."""

    dose: Dose
    n_fractions: int


_MOST_FRACTIONS = 60


def _fractions(found: Sequence[Token]) -> int | None:
    number = [token.value for token in found if token.kind == "NUM"][-1]
    return int(number) if float(number).is_integer() and 1 <= number <= _MOST_FRACTIONS else None


def _course(found: Sequence[Token]) -> Course | None:
    """56 Gy in 28 fractions, 40 Gy/20 fr, 15 Gy/5次: a total and its fractions; of "6 Gy per fraction for 5 fractions" it is made."""
    (dose,) = [token.value for token in found if token.kind == "DOSE"]
    number = _fractions([token for token in found if token.kind == "NUM"])
    if dose.unit != "Gy" or number is None or dose.is_strength:
        return None
    is_each = dose.per_fraction or found[0].kind == "NUM" or any(token.kind == "TIMES" for token in found)
    if is_each:
        dose = Dose(_rounded(dose.low * number), _rounded(dose.high * number), "Gy")
    return Course(dose, number)


FRACTIONS = (
    Rule("fractions_of_dose", "NUM DASH? (W | FREQX){0,2} FRACTION (OF | TIMES | ON | COMMA | PER)* DOSE", "COURSE", _course),
    Rule(
        "dose_in_fractions",
        "DOSE (W | ON | SLASH | COMMA | FOR | LPAR | OVER | PER | TOTAL | GIVEN | AND){0,3} NUM DASH? (W | FREQX){0,2} FRACTION",
        "COURSE",
        _course,
    ),
    Rule("dose_in_times", "DOSE SLASH NUM (TIMESW | F)", "COURSE", _course),
    Rule("fractions_times_dose", "DOSE TIMES NUM (FRACTION | TIMESW)? | NUM TIMES DOSE", "COURSE", _course),
    Rule("fractions", "NUM (RANGE NUM)? DASH? (W | FREQX)? FRACTION", "NFRACT", _fractions),
)
