"""Attaching: what becomes of a statement when a dose, a route or a time is said of its treatment.

Here belongs one function per kind of token: it fills the statement, leaves it, or begins another statement of the same treatment where
another dose or schedule is said. Which statement a token is said of belongs to `binding.py`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from pipelines.grammar.doses import BARE_CELLS, Course, Dose, as_list
from pipelines.grammar.schedules import Cycles, Days, Frequency, lie_within
from pipelines.grammar.statements import Sentence, Statement
from pipelines.grammar.tokens import Token
from pipelines.vocab.drugs import RADIOTHERAPY, Drug

_LONGEST_RUN_DAYS = 31
_LONG_INTERVAL_DAYS = 7


def attached(statement: Statement, token: Token, sentence: Sentence) -> Statement:
    """The statement that has what the token says: this one, or a new one of the same treatment."""
    attach = _ATTACH.get(token.kind)
    return statement if attach is None else attach(statement, token, sentence)


# --- doses ---------------------------------------------------------------------------------------------------------------


def _dose(current: Statement, token: Token, sentence: Sentence) -> Statement:
    doses = [dose for dose in as_list(token.value) if not dose.is_strength]
    if current.treatment.name == RADIOTHERAPY:
        units = {"Gy"} if is_of_beams(current) else _RADIATION_UNITS
        doses = [dose for dose in doses if dose.unit in units]
    if not doses or is_dose_of_other_cells(token, current) or _is_regimen(current) or _is_no_dose(current, token, doses[0], sentence):
        return current
    if "DAILYDOSE" in sentence.before(token, 3):
        doses = [dose if dose.unit.endswith("/d") or dose.unit == "Gy" else replace(dose, unit=f"{dose.unit}/d") for dose in doses]
    levels = _levels_of(sentence, token, len(doses))
    for place, dose in enumerate(doses):
        known = current.dose
        if known is None:
            _take_dose(current, dose, token)
            current.level = levels[place]
        elif (known.low, known.high, known.unit) == (dose.low, dose.high, dose.unit) or (dose.is_count and not known.is_count):
            continue
        elif known.unit == dose.unit == "Gy" and (known.per_fraction or dose.per_fraction or _is_multiple(known, dose)):
            _join_radiation(current, known, dose, token)
        elif known.is_count:
            current.dose = dose
            current.add("dose", token)
        elif not _is_daily_total(current, known, dose):
            if not sentence.has(current):
                sentence.statements.append(current)
            current = current.clone()
            _take_dose(current, dose, token)
            current.level = levels[place]
    return current


def _is_regimen(statement: Statement) -> bool:
    """Whether it speaks of a regimen of several drugs, which has no dose of its own: "BV (1.2 mg/kg) + R-CHOP". A tablet of two has one."""
    drug = statement.treatment.drug
    return drug is not None and drug.is_combination and "/" not in drug.name


_CELLS = "{cells}"


def is_dose_of_other_cells(token: Token, current: Statement) -> bool:
    """Whether a token tells a number of cells, and the treatment is a drug that is none: "fludarabine ..., then 2x10^6 cells/kg"."""
    drug = current.treatment.drug
    is_other = drug is not None and not (drug.is_class or drug.is_combination or drug.is_cells or drug.is_counted)
    return is_other and token.kind in ("DOSE", "DOSES") and all(dose.unit.startswith(_CELLS) for dose in as_list(token.value))


def _levels_of(sentence: Sentence, token: Token, n_doses: int) -> Sequence[int | None]:
    """The level of each dose of a token: "dose level 1: 25 mg", "25 mg (DL1)", "dose levels of 10, 20 and 40 mg"."""
    place = sentence.place(token)
    before = sentence.tokens[:place][::-1]
    behind = sentence.tokens[place + 1 : place + 3]
    is_behind = [one.kind for one in behind] == ["LPAR", "LEVELNO"]
    named = behind[1] if is_behind else next((one for one in before if one.kind in ("LEVELNO", *AMOUNTS)), None)
    if named is not None and named.kind == "LEVELNO":
        return named.value if len(named.value) == n_doses else [None] * n_doses
    is_list = n_doses > 1 and any(one.kind == "LEVEL" or one.text.startswith("escalat") for one in before[:_NEAR_LEVEL])
    return range(1, n_doses + 1) if is_list else [None] * n_doses


AMOUNTS = frozenset({"DOSE", "DOSES", "COURSE"})
"""What tells how much is given."""
_NEAR_LEVEL = 8
_RADIATION_UNITS = frozenset({"Gy", "MBq", "GBq", "mCi"})
_MOST_FRACTIONS = 60


def _is_multiple(left: Dose, right: Dose) -> bool:
    """Whether one of two doses of radiation is the total of fractions of the other: "1.8 Gy daily, 59.4 Gy"."""
    low, high = sorted((left.low, right.low))
    number = high / low if low else 0
    return 3 <= number <= _MOST_FRACTIONS and abs(number - round(number)) < 0.02 and left.low == left.high and right.low == right.high


def _is_no_dose(current: Statement, token: Token, dose: Dose, sentence: Sentence) -> bool:
    """Whether the amount is a limit, a figure of a plan, a total told beside the dose, a strength, part of a name, or of a vehicle."""
    before = sentence.before(token, 3)
    if _is_of_unknown_name(current, token, sentence) or "DVH" in before[-1:] or "VEHICLE" in sentence.after(token, 2):
        return True
    if _is_limited(sentence, token) or _is_of_other_cells(current, token, dose) or _is_of_a_body(sentence, token, dose):
        return True
    if current.dose is not None and ("UPTO" in before or (dose.is_total and dose.unit != "Gy")):
        return True
    # "Maximum BCNU dose 1440 mg/m2".
    is_maximum = any(one.text.startswith("max") for one in sentence.tokens_before(token, 4)) and "DOSEW" in sentence.before(token, 2)
    return is_maximum or _is_product_strength(sentence, token) or _is_in_name(sentence, token)


_LIGHTEST_BODY_G = 300
_LONG_SUM_DAYS = 14
_SHORT_NAME = 3
_WEIGHED = ("weigh", "birth", "infant", "spun", "centrifug")
_FAR = 8


def _is_of_a_body(sentence: Sentence, token: Token, dose: Dose) -> bool:
    """Whether the amount is what somebody weighs, all that one is given in months, or what an organ takes up.

    "Infants of 500 to 1250 grams", "a cumulative dose of 450 mg/m2", "40 mg/m2 over 20 weeks", "20 Gy absorbed by the kidneys".
    """
    if dose.unit == "g" and dose.high >= _LIGHTEST_BODY_G:
        return any(one.text.startswith(_WEIGHED) for one in sentence.tokens)
    if dose.unit == "Gy":
        return any(one.text.startswith("absorb") for one in sentence.tokens)
    after = sentence.tokens[sentence.place(token) + 1 :][:1]
    is_sum = any(one.kind == "DURATION" and one.text.startswith("over") and one.value >= _LONG_SUM_DAYS for one in after)
    is_sum &= not dose.unit.endswith(("/d", "/h", "/min"))
    return is_sum or any("cumulative" in one.text for one in sentence.tokens_before(token, _FAR))


def _is_of_unknown_name(current: Statement, token: Token, sentence: Sentence) -> bool:
    """Whether a short name that no vocabulary knows stands right before a further amount: "oxaliplatin 85 mg/m2 and XY (400 mg/m2)"."""
    before = [one for one in sentence.tokens_before(token, 3) if one.kind != "LPAR"][-2:]
    is_name = len(before) > 1 and before[1].kind == "W" and before[1].text.isalpha() and len(before[1].text) <= _SHORT_NAME
    return current.dose is not None and is_name and before[0].kind in ("AND", "PLUS", "COMMA", "WITH", "SEMI")


_CELL_NAME = re.compile(r"cel|cyte|stem|marrow|blast|vaccine|\bcar\b|\btils?\b|\bnk\b|\bmscs?\b|胞|髓")


def _is_of_other_cells(current: Statement, token: Token, dose: Dose) -> bool:
    """Whether the amount counts cells that the treatment has none of: "filgrastim until 3 × 10^6 CD34+ cells/kg are collected"."""
    if not dose.unit.startswith("{cells}"):
        return False
    names = [part.text for role, part in current.parts if role == "drug"]
    if token.rule == BARE_CELLS:
        return not names or not names[-1].split()[-1].startswith(("cell", "胞"))
    drug: Drug | None = current.treatment.drug
    return drug is not None and not drug.is_class and not any(_CELL_NAME.search(name) for name in (drug.name, *names))


def _is_limited(sentence: Sentence, token: Token) -> bool:
    """Whether the amount is what must not be exceeded: "below 100 mg", "not to exceed a single dose of 2 mg"."""
    before = sentence.before(token, 4)
    return "LESS" in before and set(before[before.index("LESS") + 1 :]) <= _IN_LIMIT


_IN_LIMIT = frozenset({"LESS", "W", "PER", "OF", "DOSEW", "TOTAL", "DAILYDOSE", "FREQX", "UPTO", "ABOUT"})


def _is_in_name(sentence: Sentence, token: Token) -> bool:
    """Whether the number continues a word: "PTV2_SAbR45Gy", "AS2-1 capsules"."""
    before = sentence.tokens_before(token, 1)
    return bool(before) and before[0].end == token.start and before[0].kind in ("W", "AS")


def _is_product_strength(sentence: Sentence, token: Token) -> bool:
    """Whether the sentence speaks of what the product holds: "supplied as tablets containing 20 mg"."""
    kinds = sentence.before(token, len(sentence.tokens))
    return "STRENGTH" in kinds and "GIVEN" not in kinds[kinds.index("STRENGTH") :]


def _take_dose(statement: Statement, dose: Dose, token: Token) -> None:
    if dose.is_count and dose.unit.endswith("/d"):
        # "1 capsule/day" is one capsule, daily.
        dose = replace(dose, unit=dose.unit.removesuffix("/d"))
        if not statement.schedule.frequencies:
            statement.schedule.frequencies.append(Frequency("QD", 1.0))
    statement.dose = dose
    statement.schedule.is_per_day = dose.unit.endswith("/d")
    statement.add("dose", token)


def _is_daily_total(current: Statement, known: Dose, dose: Dose) -> bool:
    """40 mg four times a day (160 mg daily): the same once more."""
    days = [one.days for one in current.schedule.frequencies if one.days]
    if not days or days[0] >= 1:
        return False
    per_day = known.low / days[0]
    return dose.unit.removesuffix("/d") == known.unit and abs(dose.low - per_day) <= 0.02 * per_day


def _join_radiation(current: Statement, known: Dose, dose: Dose, token: Token) -> None:
    """Dose per fraction and total of one course, in either order."""
    is_known_each = known.per_fraction or (not dose.per_fraction and known.low < dose.low)
    total, each = (dose, known) if is_known_each else (known, dose)
    current.dose = total
    current.add("dose", token)
    if total.per_fraction or current.n_fractions is not None or each.low != each.high or total.low != total.high or each.low == 0:
        return
    number = total.low / each.low
    if number > 1 and float(number).is_integer():
        current.n_fractions = int(number)


def _course(current: Statement, token: Token, sentence: Sentence) -> Statement:
    course: Course = token.value
    known = current.dose
    # "1.8 Gy fractions, five days a week, to 59.4 Gy in 33 fractions".
    is_each = known is not None and abs(known.low * course.n_fractions - course.dose.low) <= 0.01 * course.dose.low
    if known is not None and not known.per_fraction and not is_each:
        if current.n_fractions is None:
            # "A total dose of 56 Gy ... 40 Gy/20 fr ... 16 Gy/8 fr": the parts of a total are told, not rows of their own.
            return current
        if (known.low, known.high) != (course.dose.low, course.dose.high):
            current = current.clone()
    current.dose, current.n_fractions = course.dose, course.n_fractions
    current.add("dose", token)
    return current


def _fractions(current: Statement, token: Token, sentence: Sentence) -> Statement:
    is_drug = current.treatment.drug is not None and current.treatment.name != RADIOTHERAPY
    if current.n_fractions is None and not is_drug:
        current.n_fractions = token.value
        current.add("schedule", token)
    return current


# --- routes --------------------------------------------------------------------------------------------------------------


_BEAM_NAME = re.compile(
    r"radiat|radioth|tomoth|radios|irrad|beam|brachy|stereotac|放疗|放射|照射|^(?:c?rt|ebrt|imrt|sbrt|sabr|srs|wbrt|tbi|pci)$"
)


def is_of_beams(statement: Statement) -> bool:
    """Whether it is radiation from outside or from a source laid in: no vein takes it, as it does "iodine I 131 antibodies"."""
    names = [token.text.replace(" ", "") for role, token in statement.parts if role == "drug"]
    return statement.treatment.name == RADIOTHERAPY and any(_BEAM_NAME.search(name) for name in names)


def _route(current: Statement, token: Token, sentence: Sentence) -> Statement:
    if current.route is None and not is_of_beams(current):
        current.route = token.value
        current.add("route", token)
    return current


_ROUTE_WORDS = {
    "oral": "oral",
    "iv": "intravenous",
    "intravenous": "intravenous",
    "civi": "intravenous",
    "civ": "intravenous",
    "静": "intravenous",
    "泵": "intravenous",
    "subcutaneous": "subcutaneous",
    "intramuscular": "intramuscular",
}


def _route_within(token: Token) -> str | None:
    """The route that a phrase of frequency holds: "single oral dose"."""
    return next((_ROUTE_WORDS[word] for word in token.text.split() if word in _ROUTE_WORDS), None)


# --- times ---------------------------------------------------------------------------------------------------------------


def _frequency(current: Statement, token: Token, sentence: Sentence) -> Statement:
    if isinstance(token.value, tuple):
        return _either_frequency(current, token, sentence)
    new: Frequency = token.value
    schedule = current.schedule
    if current.route is None and (route := _route_within(token)) is not None:
        current.route = route
        current.add("route", token)
    known = [one.days for one in schedule.frequencies if one.days is not None]
    if schedule.frequencies and "UPTO" in sentence.before(token, 2):
        # "As needed, no more than once daily".
        return current
    if schedule.frequencies and (new.days is None or new in schedule.frequencies):
        return current
    is_of_other_length = len(known) == 1 and (known[0] < _LONG_INTERVAL_DAYS) != ((new.days or 0) < _LONG_INTERVAL_DAYS)
    if not known or is_of_other_length:
        schedule.frequencies.append(new)
        current.add("schedule", token)
        return current
    before = sentence.before(token, 4)
    if "OR" not in before and "THEN" not in before:
        return current
    other = current.with_other_time()
    other.schedule.frequencies.append(new)
    other.add("schedule", token)
    if "OR" in before:
        other.schedule.days = schedule.days
        other.schedule.cycle_length = schedule.cycle_length
    return other


def _either_frequency(current: Statement, token: Token, sentence: Sentence) -> Statement:
    """A row for each of "every 2 or 4 weeks"."""
    if current.schedule.frequencies:
        return current
    first, *others = token.value
    current.schedule.frequencies.append(first)
    current.add("schedule", token)
    for frequency in others:
        if not sentence.has(current):
            sentence.statements.append(current)
        current = current.with_other_time()
        current.schedule.frequencies.append(frequency)
        current.add("schedule", token)
    return current


def _days(current: Statement, token: Token, sentence: Sentence) -> Statement:
    new: Days = token.value
    schedule = current.schedule
    is_radiation = current.treatment.name == RADIOTHERAPY or (current.dose is not None and current.dose.unit == "Gy")
    if is_radiation and (token.text.startswith("d ") or any(one.kind == "DVH" for one in sentence.tokens)):
        # "D90", "D2cc" are figures of a plan of radiation.
        return current
    if _is_beginning(sentence, token):
        run = _run_from(current, new)
        if run is None:
            return current
        new = run
    if schedule.days is None:
        schedule.days = new.days
        schedule.cycle_length = schedule.cycle_length or new.cycle_length
        current.add("schedule", token)
        return current
    if set(new.days) <= set(schedule.days):
        return current
    if current.cycle_reference is None:
        if min(new.days) > max(schedule.days) and not _is_apart(sentence, token, _first_days(current)):
            schedule.days = (*schedule.days, *new.days)
            current.add("schedule", token)
        return current
    other = current.with_other_time()
    other.schedule.days = new.days
    other.schedule.frequencies = list(schedule.frequencies)
    other.add("schedule", token)
    return other


def _is_beginning(sentence: Sentence, token: Token) -> bool:
    """Whether the day says when treatment starts or ends, not when it is given."""
    before = sentence.before(token, 3)
    if len(token.value.days) == 1 and [one.text for one in sentence.tokens_before(token, 1)] == ["at"]:
        # "Response at day 7".
        return True
    if len(token.value.days) == 1 and before[-1:] in (["TO"], ["BEFORE"]):
        # "Every 2 weeks till day 43", "after day 85".
        return True
    return ("FROM" in before[-2:] or "UNTIL" in before) and len(token.value.days) < 3


def _run_from(current: Statement, start: Days) -> Days | None:
    """Days of "for 5 days beginning on day 1 and again on day 15"; None where a single day only says when treatment starts."""
    length = int(current.schedule.duration or 0)
    if len(start.days) == 1 or current.schedule.days is not None or not 1 < length <= _LONGEST_RUN_DAYS:
        return None
    return Days(tuple(dict.fromkeys(day + more for day in start.days for more in range(length))))


def _first_days(statement: Statement) -> Token | None:
    return next((token for _, token in statement.parts if token.kind == "DAYS"), None)


def _is_apart(sentence: Sentence, token: Token, first: Token | None) -> bool:
    """Whether "or" or a semicolon stands between these days and the first of the statement."""
    if first is None:
        return False
    between = sentence.tokens[sentence.place(first) : sentence.place(token)]
    return any(one.kind in ("OR", "SEMI") for one in between)


def _is_of_other_course(current: Statement, token: Token, sentence: Sentence) -> bool:
    """Whether a length in which the days do not lie stands behind an "or" or a semicolon: "days 1 to 21, or (2) 2-week cycles of FLOT"."""
    return not lie_within(current.schedule.days, token.value.length) and _is_apart(sentence, token, _first_days(current))


def _cycle_length(current: Statement, token: Token, sentence: Sentence) -> Statement:
    if current.schedule.cycle_length is None and not _is_of_other_course(current, token, sentence):
        current.schedule.cycle_length = token.value.length
        current.add("schedule", token)
    return current


def _cycles(current: Statement, token: Token, sentence: Sentence) -> Statement:
    cycles: Cycles = token.value
    schedule = current.schedule
    if _is_of_other_course(current, token, sentence):
        return current
    if schedule.n_cycles is None and cycles.number is not None:
        schedule.n_cycles = cycles.number
        current.add("schedule", token)
    if schedule.n_doses is None and cycles.n_doses is not None:
        schedule.n_doses = cycles.n_doses
        current.add("schedule", token)
    if schedule.cycle_length is None:
        schedule.cycle_length = cycles.length or _length_of_cycles(current, token, sentence)
    for part in token.parts:
        if part.kind == "FREQ" and not schedule.frequencies:
            schedule.frequencies.append(Frequency(part.value.code, part.value.number))
        elif part.kind == "ROUTE" and current.route is None:
            current.route = part.value
            current.add("route", part)
    return current


def is_of_cycles(frequency: Any, following: Token) -> bool:
    """Whether how often is how often a cycle begins: "every 21 days" before "for 4 courses"."""
    is_long = isinstance(frequency, Frequency) and frequency.days is not None and frequency.days >= _LONG_INTERVAL_DAYS
    return is_long and following.kind == "NCYC" and following.value.number is not None


def _length_of_cycles(current: Statement, token: Token, sentence: Sentence) -> float | None:
    """21 of "days 1-3 every 21 days for 4 courses"."""
    said = [one.value.days for one in sentence.tokens_before(token, 4) if one.kind == "FREQX" and is_of_cycles(one.value, token)]
    return said[-1] if said and current.schedule.days is not None else None


def _cycle_reference(current: Statement, token: Token, sentence: Sentence) -> Statement:
    if current.cycle_reference is None and _stands_by_days(sentence, token):
        current.cycle_reference = token.value
        if token.value.first == token.value.last:
            current.schedule.is_one_cycle = True
            current.schedule.n_cycles = current.schedule.n_cycles or 1
    return current


def _stands_by_days(sentence: Sentence, token: Token) -> bool:
    """Whether a cycle is named beside days: "day 8 of cycle 1", "cycle 1 day 1"; not "8 weeks after day 1 of cycle 6"."""
    before = sentence.before(token, 3)
    around = [*before, *sentence.after(token, 2)]
    return "DAYS" in around and "FROM" not in around and "BEFORE" not in before


def _duration(current: Statement, token: Token, sentence: Sentence) -> Statement:
    if current.schedule.duration is None:
        current.schedule.duration = token.value
        current.add("schedule", token)
    return current


def _phase(current: Statement, token: Token, sentence: Sentence) -> Statement:
    current.phase = current.phase or token.value
    return current


def _until(current: Statement, token: Token, sentence: Sentence) -> Statement:
    if current.until is None:
        current.until = token
        current.add("until", token)
    return current


_ATTACH: dict[str, Callable[[Statement, Token, Sentence], Statement]] = {
    "DOSE": _dose,
    "DOSES": _dose,
    "COURSE": _course,
    "NFRACT": _fractions,
    "ROUTE": _route,
    "FREQX": _frequency,
    "DAYS": _days,
    "CYCLELEN": _cycle_length,
    "NCYC": _cycles,
    "CYCREF": _cycle_reference,
    "DURATION": _duration,
    "SPAN": _duration,
    "PHASE": _phase,
    "ENDS": _until,
}
ATTRIBUTES = frozenset(_ATTACH)
"""Kinds of tokens that say something of a treatment."""


def is_filled(statement: Statement, kind: str) -> bool:
    """Whether the statement already has what a token of this kind would say."""
    match kind:
        case "DOSE" | "DOSES" | "COURSE":
            return statement.dose is not None
        case "ROUTE":
            return statement.route is not None
        case "FREQX":
            return bool(statement.schedule.frequencies)
        case "DAYS":
            return statement.schedule.days is not None
        case _:
            return False


def is_radiation_dose(token: Token) -> bool:
    """Whether a token tells an amount in grays."""
    if token.kind == "COURSE":
        return True
    return token.kind in ("DOSE", "DOSES") and all(dose.unit == "Gy" for dose in as_list(token.value))


def names_in(tokens: Sequence[Token], kind: str) -> Token | None:
    """The first token of a kind among these and inside the doses among them: "3 × 10^7 JK500 cells/kg" holds a name."""
    for token in tokens:
        if token.kind == kind:
            return token
        if token.kind in ("DOSE", "DOSES") and (found := names_in(token.parts, kind)) is not None:
            return found
    return None
