"""Grade bands of adverse events in a posted title or term: "Grade 3 or higher anemia", "Neutropenia (Gr 3-4)", "grade ≥3".

Tumour grades ("high-grade glioma", "Gleason grade 4") are no grades of events; who calls this must know that events are spoken of.
"""

import re
from functools import lru_cache

_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5}
_GRADE = r"(?:[1-5]|III|II|IV|I|V)"
_BAND = re.compile(
    rf"\b(?:grades?|gr\.?)\s*(?P<least>≥|>=|=>|at least)?\s*(?P<low>{_GRADE})(?![\w.])"
    rf"(?:\s*(?:-|–|to|through|/|and|or|,)\s*(?:grades?\s*)?(?P<high>{_GRADE})(?![\w.])"
    r"|(?P<up>\s*(?:\+|or (?:higher|greater|above|more|worse)|and (?:higher|greater|above)|≥)))?",
    re.IGNORECASE,
)
_LEAST_BEFORE = re.compile(r"(?:≥|>=|at least|worse than or equal to)\s*$", re.IGNORECASE)
_OTHER_GRADES = re.compile(r"\b(?:gleason|histolog\w*|tumou?r|nuclear|fuhrman|who|high|low)[\s-]*$", re.IGNORECASE)


@lru_cache(maxsize=65_536)
def grade_band(text: str) -> tuple[int, int] | None:
    """(lowest, highest) grade of the one band that the text names; ≥3 is (3, 5). None where it names none or several."""
    if "gr" not in text.lower():
        return None
    bands = {band for match in _BAND.finditer(text) if (band := _band(text, match))}
    return bands.pop() if len(bands) == 1 else None


def _band(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    before = text[: match.start()]
    if _OTHER_GRADES.search(before):
        return None
    low = _number(match["low"])
    if match["high"]:
        high = _number(match["high"])
    elif match["least"] or match["up"] or _LEAST_BEFORE.search(before):
        high = 5
    else:
        high = low
    return (low, high) if low <= high else None


def _number(words: str) -> int:
    return _ROMAN.get(words.lower()) or int(words)
