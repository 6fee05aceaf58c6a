"""Whether a trial is one on neoplasms, told from the names of its conditions.

Here belongs the keyword test by `data/neoplasm_words.tsv`, benign neoplasms included as MeSH includes them. Naming the
type of cancer or its stage does not.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from pipelines.vocab.data_files import read_rows

_WORDS_PATH = Path(__file__).parent / "data" / "neoplasm_words.tsv"


@dataclass(frozen=True, slots=True)
class _Words:
    neoplasm: re.Pattern[str]
    abbreviation: re.Pattern[str]
    taken_out: re.Pattern[str]


@cache
def _words() -> _Words:
    by_kind: dict[str, list[str]] = {"part": [], "stem": [], "caps": [], "not": []}
    for row in read_rows(_WORDS_PATH):
        by_kind[row["kind"]].append(row["words"])
    return _Words(
        re.compile("|".join([*by_kind["part"], rf"\b(?:{'|'.join(by_kind['stem'])})"])),
        re.compile(rf"\b(?:{'|'.join(by_kind['caps'])})\b"),
        re.compile(rf"\b(?:{'|'.join(by_kind['not'])})"),
    )


@lru_cache(maxsize=65_536)
def _is_neoplasm(condition: str) -> bool:
    words = _words()
    lower = words.taken_out.sub(" ", condition.lower())
    return words.neoplasm.search(lower) is not None or words.abbreviation.search(condition) is not None


def is_neoplasm(conditions: Sequence[str]) -> bool:
    """Whether any of these condition names is a neoplasm: "Stage III Breast Cancer", "DLBCL", "Uterine Fibroids".

    Prevention, screening and late effects of cancer count.
    """
    return any(_is_neoplasm(condition) for condition in conditions)
