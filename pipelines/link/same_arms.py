"""Which arm of a trial a group is that another document names: "the placebo group", "Arm B", "olaparib plus bevacizumab", "对照组".

Here belongs telling it by label, by what the arm is given and by the arm's type. A group that may be two arms is none: a value under the
wrong arm is worse than one under no arm.
"""

import re
from collections.abc import Callable, Iterable, Sequence

from pipelines.extract.regimen_arms import arms_by_mark, mark_of
from pipelines.extract.subject import Row, label_key
from pipelines.grammar.groups import name_words
from pipelines.vocab.drugs import find_drug

_CONTROL_TYPES = frozenset({"PLACEBO_COMPARATOR", "ACTIVE_COMPARATOR", "SHAM_COMPARATOR", "NO_INTERVENTION"})
_GROUP_WORD = r"(?:\s*(?:arm|group|treatment|therapy|care|组|組|治疗组))?"
_CONTROL = re.compile(rf"(?:the\s+)?(?:control|comparator|standard|对照|對照|常规){_GROUP_WORD}", re.IGNORECASE)
_TREATED = re.compile(
    rf"(?:the\s+)?(?:experimental|intervention|treatment|study|试验|試驗|实验|研究|治疗|观察){_GROUP_WORD}", re.IGNORECASE
)
_COMBINED = re.compile(rf"(?:the\s+)?(?:combination|combined|联合|聯合){_GROUP_WORD}", re.IGNORECASE)
_JOINED = re.compile(
    r"\s*(?:\+|/|,|&|、|＋|联合|聯合|加|\bplus\b|\band\b|\bwith\b|\bcombined with\b|\bin combination with\b)\s*", re.IGNORECASE
)
_TAIL = re.compile(
    r"\s*(?:\balone|\bmonotherapy|\btreatment|\btherapy|\b(?:arm|group|cohort|patient)s?|单药|治疗|组|組)+\s*$", re.IGNORECASE
)
_ALONE = re.compile(r"\balone\b|\bmonotherapy\b|\bonly\b|单药|单独", re.IGNORECASE)
_LEAD = re.compile(r"^(?:the|patients (?:on|receiving|treated with))\s+", re.IGNORECASE)


class SameArms:
    """The arms of a trial, asked for by a group's name."""

    def __init__(self, arms: Sequence[Row], regimens: Iterable[Row]) -> None:
        self._arms = [arm for arm in arms if arm.get("label")]
        self._by_mark = arms_by_mark([arm["label"] for arm in self._arms])
        self._words = {arm["arm_id"]: name_words(arm["label"].casefold()) for arm in self._arms}
        given: dict[str, set[str]] = {arm["arm_id"]: set() for arm in self._arms}
        for row in regimens:
            if row.get("arm_id") in given and row.get("drug_name"):
                given[row["arm_id"]].add(row["drug_name"])
        self._given = {arm: frozenset(drugs) for arm, drugs in given.items()}

    def find(self, group: str | None) -> str | None:
        """The arm's id; None where the name fits none, or several."""
        if not group or not self._arms:
            return None
        if (mark := mark_of(group)) is not None and mark in self._by_mark:
            return self._arms[self._by_mark[mark]]["arm_id"]
        words, drugs = name_words(group.casefold()), drugs_of(group)
        is_alone = _ALONE.search(group) is not None
        tests: tuple[Callable[[Row], bool], ...] = (
            lambda arm: label_key(arm["label"]) == label_key(group),
            lambda arm: bool(words) and self._words[arm["arm_id"]] == words,
            lambda arm: bool(drugs) and self._given[arm["arm_id"]] == drugs,
            lambda arm: bool(words) and not is_alone and words <= self._words[arm["arm_id"]],
            lambda arm: bool(_COMBINED.fullmatch(group.strip())) and len(self._given[arm["arm_id"]]) > 1,
            lambda arm: self._is_of_role(arm, group),
        )
        for test in tests:
            fitting = [arm["arm_id"] for arm in self._arms if test(arm)]
            if fitting:
                return fitting[0] if len(fitting) == 1 else None
        return None

    def _is_of_role(self, arm: Row, group: str) -> bool:
        """Of "the control group": of a trial of two arms is the one that is no experimental one."""
        if len(self._arms) != 2:
            return False
        is_control = arm.get("arm_type") in _CONTROL_TYPES
        if _CONTROL.fullmatch(group.strip()):
            return is_control
        return bool(_TREATED.fullmatch(group.strip())) and arm.get("arm_type") == "EXPERIMENTAL"


def drugs_of(group: str) -> frozenset[str]:
    """The drugs that a group's name is made of; empty where a part of it is no drug."""
    parts = [_TAIL.sub("", _LEAD.sub("", part.strip())) for part in _JOINED.split(group) if part.strip()]
    found = [find_drug(part) for part in parts if part]
    return frozenset(drug.name for drug in found if drug) if found and all(found) else frozenset()
