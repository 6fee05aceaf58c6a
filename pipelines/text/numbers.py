"""Numbers, counts and p-values that stand alone in a field, such as a posted result.

Here belongs reading a whole field that is one number, and refusing everything else. Numbers inside prose, with
units or as words do not.
"""

import re
from functools import lru_cache
from math import isfinite
from typing import Literal

Operator = Literal["<", "=", ">"]

# Full-width digits and signs to ASCII (U+FF0B plus, U+FF0C comma, U+FF0D minus, U+FF0E stop), and the minus sign.
_TO_ASCII = {0xFF10 + digit: str(digit) for digit in range(10)} | {
    0xFF0B: "+",
    0xFF0C: ",",
    0xFF0D: "-",
    0xFF0E: ".",
    0xFF1C: "<",
    0xFF1D: "=",
    0xFF1E: ">",
    0x2212: "-",
}
# A comma is a thousands separator only where it can be nothing else but by a foreign habit: "1,234", never "1,23"
# and never "0,123".
_WHOLE = r"(?:[1-9]\d{0,2}(?:,\d{3})+|\d+)"
_NUMBER = re.compile(rf"[+-]?(?:{_WHOLE}(?:[.·]\d*)?|[.·]\d+)(?:[eE][+-]?\d{{1,3}})?", re.ASCII)
_COUNT = re.compile(rf"\+?({_WHOLE})(?:\.0*)?", re.ASCII)

# What a column of counts can hold; a longer row of digits counts nothing.
_MAX_COUNT = 10**18

# Longer texts are comments that landed in the wrong field.
_MAX_P_VALUE_CHARS = 250

_OPERATORS: dict[str, Operator] = {
    "<": "<",
    "≤": "<",
    "<=": "<",
    "=<": "<",
    "=": "=",
    "": "=",
    ">": ">",
    "≥": ">",
    ">=": ">",
    "=>": ">",
}
_P_VALUE = re.compile(
    r"(?:p(?:[\s-]*values?)?\s*:?\s*)?"
    r"(?P<operator><=|=<|>=|=>|[<≤=>≥])?\s*"
    r"(?P<value>\d+(?:[.,·]\d*)?|[.·]\d+)"
    r"(?:e(?P<exponent>[+-]?\d{1,3})|\s*[x×*]\s*10\s*\^?\s*(?P<power>-\d{1,3}))?"
    r"\s*(?:\*+|[,;]?\s*(?:n\.?s\.?|(?:one|two|1|2)[- ](?:sided|tailed))|[(\[].*)?",
    re.IGNORECASE | re.ASCII | re.DOTALL,
)


@lru_cache(maxsize=65_536)
def parse_number(text: str | float | None) -> float | None:
    """Read a field that is one number; None for anything else, also for what could be read in two ways.

    `1,234.5`, `.23`, `-0.4`, `1.2E-3`, `0·97` (mid-dot, as the Lancet prints it) and full-width digits are numbers.
    `NA`, `<0.1`, `12 (3)`, `5%`, `--` are not, nor is `1,23`: a decimal comma or a slip. A JSON number is itself.
    """
    if isinstance(text, int | float):
        return float(text) if isfinite(text) else None
    if not text:
        return None
    text = text.strip()
    if not text.isascii():
        text = text.translate(_TO_ASCII)
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text.replace(",", "").replace("·", "."))
    return value if isfinite(value) else None


def parse_count(value: str | int | float | None) -> int | None:
    """Read a count of people or events: a whole number from 0 to 10^18 (`1,234`, `12.0`), None for anything else."""
    if isinstance(value, str):
        text = value.strip()
        if not text.isascii():
            text = text.translate(_TO_ASCII)
        match = _COUNT.fullmatch(text) if len(text) < 100 else None
        value = int(match[1].replace(",", "")) if match else None
    if value is None or isinstance(value, bool) or not 0 <= value <= _MAX_COUNT:
        return None
    return int(value) if isinstance(value, int) or value.is_integer() else None


@lru_cache(maxsize=16_384)
def parse_p_value(text: str | None) -> tuple[Operator, float] | None:
    """Read a posted p-value as (operator, value): `<0.001`, `P = .02`, `5.2E-5`, `3 x 10^-5`, `0.05 (one-sided)`.

    The warehouse knows three operators, so `≤` is given as `<` and `≥` as `>`; the words of the source are kept in
    a column of their own. A p-value is between 0 and 1, so the comma of `0,03` can only be a decimal comma and the
    value is 0.03, while `1,23`, `5%` and `NS` are None.
    """
    if not text or len(text) > _MAX_P_VALUE_CHARS:
        return None
    text = text.strip()
    if not text.isascii():
        text = text.translate(_TO_ASCII)
    match = _P_VALUE.fullmatch(text)
    if not match:
        return None
    exponent = match["exponent"] or match["power"] or "0"
    value = float(f"{match['value'].replace(',', '.').replace('·', '.')}e{exponent}")
    return (_OPERATORS[match["operator"] or ""], value) if 0.0 <= value <= 1.0 else None
