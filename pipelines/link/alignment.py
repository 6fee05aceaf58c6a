"""The rows of one trial from several sources, aligned: what two of them state is one row, with the places of both.

Here belongs telling when two rows say the same, what one adds to the other, and where they contradict each other. Which documents speak
of a trial belongs to `pipelines.linking`, reading and writing the rows to `pipelines.aligning`, the row of `trials` to `merge.py`.

Sources come in order of precedence: the register that the trial is known by, other registers, articles. A row of a later source is taken
into one of an earlier source that says the same; it fills what that leaves open and never changes what it says. Rows of one source are
never put together: what a source lists twice it means twice.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pipelines.extract.subject import Row, label_key, place_columns
from pipelines.grammar.groups import name_words
from pipelines.link.same_arms import SameArms

ARTICLES = 1_000_000
"""Place from which on articles stand in the order of sources: after all registers."""

ROW_ID = {
    "arms": "arm_id",
    "regimens": "regimen_id",
    "endpoints": "endpoint_id",
    "endpoint_results": "result_id",
    "safety": "safety_id",
}
Evidence = dict[tuple[str, str], list[Row]]
"""(table, row id) → rows of `evidence`."""


class Aligned(NamedTuple):
    """The rows of a trial by table, `evidence` among them, and pairs of rows that state one thing differently."""

    tables: dict[str, list[Row]]
    conflicts: list["Conflict"]


class Conflict(NamedTuple):
    """Two rows of one thing, and the column in which they differ; `other` None: its document says nothing of the thing."""

    table: str
    column: str
    row: Row
    other: Row | None
    document: str
    """The document of the other row, or the one that says nothing."""


def align(rows: Mapping[str, Sequence[Row]], evidence: Evidence, sources: Mapping[str, int]) -> Aligned:
    """Align the rows of one trial. `sources` has the place of each document's source; every row has its `document_id`."""
    if len({sources[row["document_id"]] for some in rows.values() for row in some}) <= 1:
        found = {name: list(some) for name, some in rows.items()}
        return Aligned({**found, "evidence": [place for places in evidence.values() for place in places]}, [])
    work = _Work(evidence, sources)
    ordered = {name: sorted(some, key=lambda row: sources[row["document_id"]]) for name, some in rows.items()}
    tables = {"conditions": _conditions(ordered.get("conditions", []))}
    tables["arms"], arm_of = _arms(ordered.get("arms", []), ordered.get("regimens", []), work)
    for name in ("regimens", "endpoint_results", "safety"):
        for row in ordered.get(name, ()):
            row["arm_id"] = arm_of.get(row.get("arm_id"), row.get("arm_id"))
    tables["regimens"] = work.aligned("regimens", ordered.get("regimens", []), _same_component)
    planned = ordered.get("endpoints", [])
    tables["endpoints"] = work.aligned("endpoints", planned, _same_endpoint(_alone(planned)))
    arms = SameArms(tables["arms"], tables["regimens"])
    for name in ("endpoint_results", "safety"):
        for row in ordered.get(name, ()):
            row["arm_id"] = row.get("arm_id") or arms.find(row.get("group_raw"))
    role_of = {row["endpoint_id"]: row["role"] for row in tables["endpoints"]}
    for row in ordered.get("endpoint_results", ()):
        known = row.get("endpoint_id")
        row["endpoint_id"] = work.kept_id("endpoints", known) if known else _planned(row, tables["endpoints"])
        row["role"] = row.get("role") or role_of.get(row["endpoint_id"])
    is_single = len(tables["arms"]) <= 1
    tables["endpoint_results"] = work.aligned("endpoint_results", ordered.get("endpoint_results", []), _same_result(is_single=is_single))
    tables["safety"] = work.aligned("safety", ordered.get("safety", []), _same_event(is_single=is_single))
    tables["evidence"] = list(work.evidence())
    return Aligned({name: some for name, some in tables.items() if some}, work.conflicts)


Verdict = tuple[int, list[str]] | None
"""How much two rows have in common and in which columns they differ; None: they are about different things."""
Compare = Callable[[Row, Row], Verdict]


class _Work:
    """What happens to the rows of a trial: which row stands for which, whose places it has, and who contradicts whom."""

    def __init__(self, evidence: Evidence, sources: Mapping[str, int]) -> None:
        self._evidence = evidence
        self._sources = sources
        self._kept: dict[tuple[str, str], str] = {}
        self.conflicts: list[Conflict] = []

    def kept_id(self, table: str, row_id: str) -> str:
        return self._kept.get((table, row_id), row_id)

    def is_article(self, document: str) -> bool:
        return self._sources[document] >= ARTICLES

    def aligned(self, table: str, rows: Sequence[Row], compare: Compare) -> list[Row]:
        """The rows of a table without those that an earlier source's row stands for."""
        kept: list[Row] = []
        of_source: dict[int, list[Row]] = {}
        for row in rows:
            of_source.setdefault(self._sources[row["document_id"]], []).append(row)
        for some in of_source.values():
            kept += self._taken_in(table, some, kept, compare)
        return kept

    def _taken_in(self, table: str, rows: Sequence[Row], kept: Sequence[Row], compare: Compare) -> list[Row]:
        """Take the rows of a source into those of earlier ones; returns what is left. A row takes in one row of a source at most."""
        left: list[Row] = []
        used: set[int] = set()
        found = [(row, [(i, verdict) for i, one in enumerate(kept) if (verdict := compare(one, row)) is not None]) for row in rows]
        for row, verdicts in found:
            # An endpoint with another time frame or role is still that endpoint; another dose or value is a row of its own.
            same = [(weight, i) for i, (weight, differing) in verdicts if (not differing or table == "endpoints") and i not in used]
            best = max((weight for weight, _ in same), default=0)
            fitting = [i for weight, i in same if weight == best]
            self._note_conflict(table, row, verdicts, kept, found)
            if fitting:
                # Two rows that fit alike (the same drug in two arms) both say it: the first shows the place, neither is changed.
                used.add(fitting[0])
                self._take_in(table, kept[fitting[0]], row, fill=len(fitting) == 1)
            elif self._is_new(table, row, kept):
                left.append(row)
            else:
                self._evidence.pop((table, row[ROW_ID[table]]), None)
        return left

    def _is_new(self, table: str, row: Row, kept: Sequence[Row]) -> bool:
        """What a trial gives its participants a register says; an article tells of rescue drugs, other studies and laboratories as well."""
        return not (
            table == "regimens" and self.is_article(row["document_id"]) and not all(self.is_article(one["document_id"]) for one in kept)
        )

    def _note_conflict(
        self,
        table: str,
        row: Row,
        verdicts: Sequence[tuple[int, tuple[int, list[str]]]],
        kept: Sequence[Row],
        found: Sequence[tuple[Row, Sequence[tuple[int, Any]]]],
    ) -> None:
        """Only where each of two sources says the thing once: of several values none contradicts another."""
        if len(verdicts) != 1:
            return
        place, (_, differing) = verdicts[0]
        if differing and sum(any(i == place for i, _ in others) for _, others in found) == 1:
            self.conflicts += [Conflict(table, column, kept[place], row, row["document_id"]) for column in differing]

    def _take_in(self, table: str, kept: Row, row: Row, *, fill: bool) -> None:
        kept_id, row_id = kept[ROW_ID[table]], row[ROW_ID[table]]
        self._kept[table, row_id] = kept_id
        places = self._places(table, kept_id, kept)
        places += self._places(table, row_id, row)
        self._evidence.pop((table, row_id), None)
        self._evidence[table, kept_id] = places
        if fill:
            kept |= {name: row[name] for name in _FILLED[table] if kept.get(name) is None and row.get(name) is not None}

    def _places(self, table: str, row_id: str, row: Row) -> list[Row]:
        own = {"table_name": table, "role": "whole", **place_columns(row)}
        return self._evidence.get((table, row_id)) or [own]

    def evidence(self) -> Iterator[Row]:
        """All places, numbered anew."""
        for (table, row_id), places in self._evidence.items():
            for ordinal, place in enumerate(places, start=1):
                yield {**place, "table_name": table, "row_id": row_id, "ordinal": ordinal}


_FILLED = {
    "regimens": (
        *("arm_id", "dose_raw", "dose_low", "dose_high", "dose_unit", "n_fractions", "route", "route_raw", "schedule_raw", "frequency"),
        *("interval_days", "cycle_days", "cycle_length_days", "n_cycles", "duration_days", "until_raw", "care_phase"),
    ),
    "endpoints": (
        *("description", "time_frame_raw", "time_frame_kind", "time_frame_days", "time_frame_every_days", "time_frame_iso"),
        *("time_anchor", "concept", "endpoint_class"),
    ),
    "endpoint_results": (
        *("endpoint_id", "arm_id", "group_raw", "ci_level_pct", "ci_low", "ci_high", "ci_high_not_reached", "n_events", "n_total"),
        *("p_value", "p_operator", "analysis_population", "data_cutoff_date"),
    ),
    "safety": (
        *("arm_id", "group_raw", "n_affected", "n_at_risk", "percent", "percent_computed", "system_organ_class", "criteria"),
        *("window_raw", "window_days"),
    ),
}


# --- conditions and arms -------------------------------------------------------------------------------------------------


def _conditions(rows: Iterable[Row]) -> list[Row]:
    """Each condition once, those of the first source in its order first."""
    found: dict[str, Row] = {}
    for row in rows:
        found.setdefault(label_key(row["condition_raw"]), row)
    return [{**row, "ordinal": ordinal} for ordinal, row in enumerate(found.values(), start=1)]


def _arms(rows: Sequence[Row], regimens: Sequence[Row], work: _Work) -> tuple[list[Row], dict[str | None, str | None]]:
    """The arms, and the one that stands for each that another source names; none for what an article names beside a register's arms."""
    kept: list[Row] = []
    arm_of: dict[str | None, str | None] = {}
    by_document: dict[str, list[Row]] = {}
    for row in rows:
        by_document.setdefault(row["document_id"], []).append(row)
    for document, some in by_document.items():
        known = SameArms(kept, regimens)
        same = {row["arm_id"]: known.find(row.get("label")) for row in some}
        is_told = work.is_article(document) and any(not work.is_article(arm["document_id"]) for arm in kept)
        for row in some:
            arm = same[row["arm_id"]]
            # Two groups that both look like one arm are told apart by their source, so neither is taken for it.
            if arm is not None and list(same.values()).count(arm) == 1:
                arm_of[row["arm_id"]] = arm
            elif is_told:
                arm_of[row["arm_id"]] = None
            else:
                kept.append({**row, "ordinal": len(kept) + 1})
    return kept, arm_of


def _arm_verdict(one: Row, other: Row, *, is_single: bool = False) -> int | None:
    """Do two rows speak of the same group: 2 for sure, 1 perhaps, None no."""
    if one.get("arm_id") and other.get("arm_id"):
        return 2 if one["arm_id"] == other["arm_id"] else None
    groups = [row.get("group_raw") for row in (one, other)]
    if all(groups):
        return 2 if name_words(str(groups[0]).casefold()) == name_words(str(groups[1]).casefold()) else None
    has_group = [bool(group) or bool(row.get("arm_id")) for group, row in zip(groups, (one, other), strict=True)]
    if not any(has_group):
        return 2
    return 1 if is_single else None


# --- regimens and endpoints ----------------------------------------------------------------------------------------------

_COMPONENT_FIELDS = (
    *("dose_low", "dose_high", "dose_unit", "dose_level", "route", "frequency", "interval_days", "cycle_days", "cycle_length_days"),
    *("n_cycles", "n_fractions", "care_phase"),
)


def _same_component(one: Row, other: Row) -> Verdict:
    """The same drug in the same arm, or in one that is not told."""
    if _component_key(one) != _component_key(other):
        return None
    if one.get("arm_id") and other.get("arm_id") and one["arm_id"] != other["arm_id"]:
        return None
    stated = [name for name in _COMPONENT_FIELDS if one.get(name) is not None and other.get(name) is not None]
    differing = [name for name in stated if one[name] != other[name]]
    weight = 1 + len(stated) + 2 * (one.get("arm_id") is not None and one.get("arm_id") == other.get("arm_id"))
    # A dose in another unit is one difference, and what is told is the dose.
    doses = [name for name in differing if name.startswith("dose_")]
    return weight, (["dose_raw"] if doses else []) + [name for name in differing if name not in doses]


def _component_key(row: Row) -> tuple[str, object]:
    return row.get("drug_name") or label_key(row.get("intervention_raw")), row.get("dose_level")


_MANY_OF_ONE = frozenset({"AE", "SAE", "PK", "QOL", "BIOMARKER", "FEASIBILITY"})
"""Concepts of which a trial has several endpoints: they tell none of them from another."""
_SAME_MEASURE = 0.6
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def _alone(endpoints: Sequence[Row]) -> frozenset[str]:
    """The endpoints that are the only ones of their concept and role in their document."""
    counts = Counter((row["document_id"], row["role"], row.get("concept")) for row in endpoints)
    return frozenset(row["endpoint_id"] for row in endpoints if counts[row["document_id"], row["role"], row.get("concept")] == 1)


def _same_endpoint(alone: frozenset[str]) -> Compare:
    """The same measure, in other words or under another role; other words are told by the concept, where each side has it once."""

    def compare(one: Row, other: Row) -> Verdict:
        measures = [label_key(row.get("measure")) for row in (one, other)]
        numbers, other_numbers = (set(_NUMBER.findall(measure)) for measure in measures)
        if numbers and other_numbers and numbers != other_numbers:
            # "Survival at 12 months", "survival at 24 months".
            return None
        words, others = (set(measure.split()) for measure in measures)
        likeness = len(words & others) / max(1, len(words | others))
        is_same_concept = one.get("concept") is not None and one.get("concept") == other.get("concept")
        is_one_concept = is_same_concept and one["concept"] not in _MANY_OF_ONE and one["role"] == other["role"]
        is_one_concept = is_one_concept and alone.issuperset((one["endpoint_id"], other["endpoint_id"]))
        if (one.get("concept") and other.get("concept") and not is_same_concept) or not (likeness >= _SAME_MEASURE or is_one_concept):
            return None
        differing = ["role"] if one["role"] != other["role"] else []
        horizons = [row.get("time_frame_days") for row in (one, other)]
        if all(horizons) and horizons[0] != horizons[1]:
            differing.append("time_frame_days")
        return 1 + int(10 * likeness), differing

    return compare


def _planned(result: Row, endpoints: Sequence[Row]) -> str | None:
    """The planned endpoint that a value of prose reports: the only one of its concept, else the only primary one."""
    of_concept = [row for row in endpoints if row.get("concept") and row["concept"] == result.get("concept")]
    primary = [row for row in of_concept if row["role"] == "PRIMARY"]
    for some in (of_concept, primary):
        if len(some) == 1:
            return some[0]["endpoint_id"]
    return None


# --- results and safety --------------------------------------------------------------------------------------------------

_UNITS = {"months": "mo", "month": "mo", "weeks": "wk", "days": "d", "years": "a", "percentage of participants": "%", "percent": "%"}
_STATISTICS = {"number": "rate", "count": "rate"}


def _same_result(*, is_single: bool) -> Compare:
    def compare(one: Row, other: Row) -> Verdict:
        group = _arm_verdict(one, other, is_single=is_single)
        if group is None or _result_key(one) != _result_key(other) or bool(one.get("is_not_reached")) != bool(other.get("is_not_reached")):
            return None
        differing = [] if _is_same_number(one.get("value"), other.get("value")) else ["value"]
        limits = ("ci_low", "ci_high")
        differing += [name for name in limits if not differing and not _is_same_number(one.get(name), other.get(name), is_open=True)]
        if differing and group < 2:
            return None
        return group + sum(one.get(name) is not None and other.get(name) is not None for name in limits), differing

    return compare


def _result_key(row: Row) -> tuple[object, ...]:
    unit = _UNITS.get(label_key(row.get("unit")), label_key(row.get("unit")))
    statistic = row.get("statistic")
    statistic = _STATISTICS.get(str(statistic), statistic) if unit == "%" else statistic
    measure = row.get("concept") or label_key(row.get("measure_raw"))
    landmark = row.get("landmark_months")
    parts = (label_key(row.get(name)) for name in ("subgroup_raw", "class_raw", "category_raw"))
    return measure, statistic, unit, landmark, *parts


def _same_event(*, is_single: bool) -> Compare:
    def compare(one: Row, other: Row) -> Verdict:
        group = _arm_verdict(one, other, is_single=is_single)
        if group is None or _event_key(one) != _event_key(other) or "planned" in str(one.get("rule")) + str(other.get("rule")):
            return None
        counts = ("n_affected", "n_at_risk")
        differing = [name for name in counts if not _is_same_number(one.get(name), other.get(name), is_open=True)]
        if not differing and not _is_same_number(_share(one), _share(other), is_open=True):
            differing = ["percent"]
        if differing and group < 2:
            return None
        return group, differing

    return compare


def _event_key(row: Row) -> tuple[object, ...]:
    term = row.get("term") or label_key(row.get("term_raw")) if row["kind"] == "event" else None
    names = ("grade_min", "grade_max", "attribution", "is_serious", "is_absent", "dose_raw")
    return row["kind"], term, *(row.get(name) or None for name in names)


def _share(row: Row) -> float | None:
    return row.get("percent") if row.get("percent") is not None else row.get("percent_computed")


def _is_same_number(one: Any, other: Any, *, is_open: bool = False) -> bool:
    """The same to as many decimals as the less exact of the two has. `is_open`: a number that is not told contradicts none."""
    if one is None or other is None:
        return is_open or one is other
    decimals = min(_decimals(one), _decimals(other))
    return abs(one - other) <= 0.5 * 10**-decimals + 1e-9


def _decimals(number: float) -> int:
    return len(f"{number:.6f}".rstrip("0").partition(".")[2])
