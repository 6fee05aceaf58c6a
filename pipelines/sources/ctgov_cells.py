"""The grammar of ClinicalTrials.gov's flat cells: lists joined by `|`, `TYPE: name`, `Key: value`, addresses, ages.

Belongs here: what the CSV export and the label-less text share. Not here: columns, rows, lines, and how an outcome is
split (`outcome_split`).

The grammar is exact but without escapes: joining the parts of a trial's JSON rebuilds its cells byte for byte. Every
text that is taken out of a cell is noted in `origins` as a span of `field`, with `base` as the position of the cell in
it.
"""

import re
from collections.abc import Sequence

from pipelines.shapes import DesignInfo, Intervention, MaskingInfo, Origin, Outcome, OutcomesModule
from pipelines.sources.outcome_split import OutcomeSpan, split_outcome_cells

_TYPES = "Behavioral|Biological|Combination Product|Device|Diagnostic Test|Dietary Supplement|Drug|Genetic|Procedure|Radiation|Other"
INTERVENTION = re.compile(rf"(?P<type>[A-Z][A-Z_]{{3,}}|{_TYPES}):(?: |(?=\||$))")
"""How an item of an interventions cell begins: an enum word of API v2 (also one not yet known), or one of the old
words.
"""

_INTERVENTION_START = re.compile(rf"(?:^|\|)\s*{INTERVENTION.pattern}")

COUNTRIES_WITH_COMMA = (
    "Bolivia, Plurinational State of",
    "Bonaire, Saint Eustatius and Saba",
    "Bonaire, Sint Eustatius and Saba",
    "Congo, Democratic Republic of",
    "Congo, The Democratic Republic of the",
    "Iran, Islamic Republic of",
    "Korea, Democratic People's Republic of",
    "Korea, Republic of",
    "Macedonia, The Former Yugoslav Republic of",
    "Micronesia, Federated States of",
    "Moldova, Republic of",
    "Palestinian Territories, Occupied",
    "Palestinian Territory, Occupied",
    "Palestinian Territory, occupied",
    "Saint Helena, Ascension and Tristan da Cunha",
    "Taiwan, Province of China",
    "Tanzania, United Republic of",
    "Venezuela, Bolivarian Republic of",
    "Virgin Islands, British",
    "Virgin Islands, U.S.",
)
"""Country names of the registry (ISO 3166 short names, in both the old and the present form) that hold the
separator.
"""


def items(cell: str) -> list[tuple[int, int]]:
    """Spans of the items joined by `|`; empty items are none."""
    spans: list[tuple[int, int]] = []
    start = 0
    for item in cell.split("|"):
        end = start + len(item)
        if item and not item.isspace():
            spans.append((start, end))
        start = end + 1
    return spans


def texts(cell: str, *, path: str, field: str, base: int, origins: dict[str, Origin]) -> list[str]:
    """The items of a cell, noted as `path[0]`, `path[1]`, …"""
    found: list[str] = []
    for number, (start, end) in enumerate(items(cell)):
        origins[f"{path}[{number}]"] = Origin(field, base + start, base + end)
        found.append(cell[start:end])
    return found


def interventions(cell: str, *, field: str, base: int, origins: dict[str, Origin]) -> list[Intervention]:
    """Interventions of a cell such as "DRUG: toripalimab|PROCEDURE: biopsy".

    What follows a `|` without a type belongs to the name before it. A name may hold ": " ("DRUG: Phase 1b: LB-LR1109")
    or be empty.
    """
    starts = list(_INTERVENTION_START.finditer(cell))
    spans = [
        (match["type"], match.end(), following.start() if following else len(cell))
        for match, following in zip(starts, [*starts[1:], None], strict=False)
    ]
    if cell and (not starts or starts[0].start() > 0):
        spans.insert(0, (None, 0, starts[0].start() if starts else len(cell)))
    found: list[Intervention] = []
    for kind, start, end in spans:
        path = f"armsInterventionsModule.interventions[{len(found)}].name"
        if end > start:
            origins[path] = Origin(field, base + start, base + end)
        found.append(Intervention(type=kind, name=cell[start:end] or None))
    return found


def outcomes(cells: Sequence[str], *, fields: Sequence[str], bases: Sequence[int], origins: dict[str, Origin]) -> OutcomesModule:
    """Outcomes of one record's primary, secondary and other cell ("" where there is none)."""
    module = OutcomesModule()
    if not any(cells):
        return module
    targets = (
        ("primaryOutcomes", module.primary_outcomes),
        ("secondaryOutcomes", module.secondary_outcomes),
        ("otherOutcomes", module.other_outcomes),
    )
    for cell, field, base, spans, (name, target) in zip(cells, fields, bases, split_outcome_cells(cells), targets, strict=True):
        for number, span in enumerate(spans):
            path = f"outcomesModule.{name}[{number}]"
            (start, end), description, time_frame = _without_lost_separator(cell, span)
            outcome = Outcome(measure=cell[start:end] or None)
            origins[f"{path}.measure"] = Origin(field, base + start, base + end)
            if description is not None:
                outcome.description = cell[description[0] : description[1]]
                origins[f"{path}.description"] = Origin(field, base + description[0], base + description[1])
            if time_frame is not None:
                outcome.time_frame = cell[time_frame[0] : time_frame[1]]
                origins[f"{path}.timeFrame"] = Origin(field, base + time_frame[0], base + time_frame[1])
            target.append(outcome)
    return module


def _without_lost_separator(cell: str, span: OutcomeSpan) -> OutcomeSpan:
    """Measure and description apart where the same words stand twice before the time frame with one blank between.

    "R0 resection rate R0 resection rate, From the start …": nobody titles a measure so, but many describe one by its
    title again. One word twice ("Pain Pain") is left as it stands.
    """
    (start, end), description, time_frame = span
    middle = (start + end) // 2
    words = cell[start:middle]
    if description is not None or time_frame is None or " " not in words or cell[middle:end] != f" {words}":
        return span
    return OutcomeSpan((start, middle), (middle + 1, end), time_frame)


def design_info(cell: str) -> DesignInfo | None:
    """Study design from "Allocation: RANDOMIZED|Masking: DOUBLE (PARTICIPANT, INVESTIGATOR)|…"; None when nothing is
    stated.

    The export writes "Observational Model: |Time Perspective: p" for every observational study: its own defect, no
    value.
    """
    stated: dict[str, str] = {}
    for item in cell.split("|"):
        key, _, value = item.partition(":")
        value = value.strip()
        if len(value) > 1:
            stated[key.strip()] = value
    if not stated:
        return None
    masking = stated.get("Masking")
    roles: list[str] = []
    if masking and masking.endswith(")") and "Open Label" not in masking:
        masking, _, inside = masking[:-1].partition(" (")
        roles = inside.split(", ")
    return DesignInfo(
        allocation=stated.get("Allocation"),
        intervention_model=stated.get("Intervention Model"),
        observational_model=stated.get("Observational Model"),
        time_perspective=stated.get("Time Perspective"),
        primary_purpose=stated.get("Primary Purpose"),
        masking_info=MaskingInfo(masking=masking, who_masked=roles) if masking else None,
    )


def country(location: str) -> str | None:
    """Country of "Facility, City, State, Zip, Country"; facility and city cannot be told apart without knowing the
    place.
    """
    place = location.strip()
    if place.endswith(COUNTRIES_WITH_COMMA):
        name = next(name for name in COUNTRIES_WITH_COMMA if place.endswith(name))
        if place == name or place.endswith(f", {name}"):
            return name
    return place.rpartition(", ")[2] or None


_AGE = r"\d+ (?:Year|Month|Week|Day|Hour|Minute)s?"
_AGE_RANGE = re.compile(rf"(?P<low>{_AGE}) (?:to (?P<high>{_AGE})|and older)|up to (?P<below>{_AGE})", re.IGNORECASE)


def age_limits(cell: str) -> tuple[str | None, str | None]:
    """Lowest and highest age in words from a pre-2023 export: "18 Years and older   (Adult, Older Adult)" is ("18
    Years", None).
    """
    match = _AGE_RANGE.match(cell.strip())
    if match is None:
        return None, None
    return match["low"], match["high"] or match["below"]
