"""What changed between the versions of one registry record: what a version says, and how two of them are compared.

Belongs here: which document stands for a version, the values that are compared, and the rows of `trial_changes` they give. Not here: which
version is kept (`same_record`), reading or writing files, what history knows already (`pipelines.publish`).
"""

import datetime
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple
from unicodedata import normalize

import msgspec
import polars as pl

from pipelines.dedup.same_record import ranked
from pipelines.extract import trials
from pipelines.extract.endpoints import ROLES, planned
from pipelines.extract.subject import Row, Subject, label_key
from pipelines.link.merge import DERIVED
from pipelines.schema import vocabularies as v
from pipelines.schema.tables import TRIALS
from pipelines.schema.vocabularies import Vocabulary
from pipelines.shapes import Study
from pipelines.text.registry_ids import NCT_ID
from pipelines.text.repair import repaired_text

_FOLLOWS = DERIVED | {"is_multicenter"}
"""Columns of `trials` that follow from others: no changes of their own."""

_COLUMNS = tuple(name for name in TRIALS.column_names if name not in _FOLLOWS and not name.endswith(("_precision", "_raw")))

_ALWAYS_STATED = frozenset(
    {
        *("brief_title", "brief_summary", "overall_status", "study_type", "lead_sponsor", "sponsor_class", "has_results"),
        *("first_posted_date", "last_update_date"),
    }
)
"""Columns that every registration states: a copy that does not has lost them, which is no change of the record."""

_DATE_CHARS = {"year": 4, "month": 7}
"""How much of an ISO date is stated."""

_NAME_CHARS = 120
"""Characters of a member's name in `field`; registered measures have 250, those of exports with everything in one cell thousands."""

_SAME_WORDS = 0.5
"""A name that came and shares more than this of its words with one that went is that one, reworded: "Overall survival (OS)" is "Overall
survival", but "Dose level 4" is not "Dose level 1".
"""

_MAX_COMPARED = 1_000_000
"""Names that came, times names that went, up to which they are compared by their words; real records stay below a tenth of it."""

_EXPORT = "ctgov_csv"
"""Format that writes measure, description and time frame of an endpoint into one cell, lists an intervention of two arms once, and leaves
former NCT ids out.
"""

_LEGACY = "ctgov_xml"
"""Format that knows three classes of sponsors and calls every other one "Other"."""

_RENAMED_COUNTRIES = {
    "Congo, The Democratic Republic of the": "Democratic Republic of the Congo",
    "Czech Republic": "Czechia",
    "Iran, Islamic Republic of": "Iran",
    "Korea, Republic of": "South Korea",
    "Lao People's Democratic Republic": "Laos",
    "Macedonia, The Former Yugoslav Republic of": "North Macedonia",
    "Moldova, Republic of": "Moldova",
    "Russian Federation": "Russia",
    "Swaziland": "Eswatini",
    "Syrian Arab Republic": "Syria",
    "Turkey": "Turkey (Türkiye)",
    "Viet Nam": "Vietnam",
}
"""Countries that the registry calls otherwise than it did, in all records at once: exports of 2024 have "Korea, Republic of", those of 2026
"South Korea".
"""

_LIST_MARK = re.compile(r"^[^\S\n]*(?:[*-]|\d+\.)[^\S\n]+", re.MULTILINE)
"""What stands before an item of a list. The classic API and some tables made from AACT have dropped it."""

_WORD = re.compile(r"\w+")

_MEMBER = re.compile(r"(?P<list>[\w.]+)\[.*\](?P<detail>[\w.]*)(?: \(\d+\))?", re.DOTALL)
"""A field of a list's member: its name, and the number of a second one of that name, are left out where fields are counted."""

_Value = str | list[str]


class Member(msgspec.Struct):
    """One member of a list: a condition, an intervention, an arm, an endpoint. `details` are stated beside its name."""

    name: str
    details: dict[str, str] = {}
    whole: str = ""
    """The words of an endpoint's measure, description and time frame, for formats that do not keep them apart."""


class Version(msgspec.Struct):
    """What one document says of its trial; what it does not state is left out."""

    document_id: str
    source_format: str
    carried: list[str] | None
    """Tables and `trials.<column>` that the document's format can state; None: all."""
    is_partial: bool
    """Was it downloaded with some fields only? Then what it does not state may be what was not asked for."""
    values: dict[str, _Value]
    """Column of `trials` → value as text; coded values by their code, where the words are known."""
    lists: dict[str, list[Member]]


class _Change(NamedTuple):
    field: str
    before: str | None
    after: str | None


class _Unit(NamedTuple):
    """What is compared as one: its name, what a format must carry for it, does a version state it, and how two versions differ in it."""

    name: str
    needs: frozenset[str]
    is_stated: Callable[[Version], bool]
    compare: Callable[[Version, Version], Iterable[_Change]]


def chosen(studies: pl.DataFrame) -> pl.DataFrame:
    """The best document of each version of the trials that have several, in order of trial and age, oldest first.

    `studies` has the columns of `same_record.ranked`. A document that does not say which version it is stands for none.
    """
    return (
        ranked(studies.filter(pl.col("version_date").is_not_null()))
        .unique(["trial_id", "version_date"], keep="first", maintain_order=True)
        .filter(pl.len().over("trial_id") > 1)
        .sort("trial_id", "version_date")
        .drop("rank", "format_place", "n_carried")
    )


# --- what a version says -------------------------------------------------------------------------------------------------


def version_of(study: Study, subject: Subject, source_format: str) -> Version:
    """What is compared of a study, in the repaired words of its source."""
    row = trials.row(study, subject)
    values = {name: value for name in _COLUMNS if (value := _stated(row, name))}
    protocol = study.protocol_section
    arms = protocol.arms_interventions_module
    lists = {
        "conditions": [_member(words) for words in protocol.conditions_module.conditions],
        "interventions": [_member(i.name, type=_code(v.INTERVENTION_TYPE, i.type), description=i.description) for i in arms.interventions],
        "arms": [_member(arm.label, type=_code(v.ARM_TYPE, arm.type), description=arm.description) for arm in arms.arm_groups],
    }
    for _, role, _, _, outcome in planned(study, subject):
        member = _member(outcome.measure, time_frame=outcome.time_frame)
        member.whole = " ".join(_words(" ".join(filter(None, (outcome.measure, outcome.description, outcome.time_frame)))))
        lists.setdefault(f"endpoints.{role.lower()}", []).append(member)
    lists = {name: [member for member in members if member.name or member.details] for name, members in lists.items()}
    return Version(subject.document_id, source_format, study.carried, _is_partial(study), values, lists)


def _is_partial(study: Study) -> bool:
    """Does a record of the registry lack what every registration states? The API gives the fields that are asked for, and no others."""
    protocol = study.protocol_section
    return study.carried is None and not (
        protocol.sponsor_collaborators_module.lead_sponsor
        and protocol.description_module.brief_summary
        and protocol.conditions_module.conditions
        and protocol.design_module.study_type
    )


def _stated(row: Row, name: str) -> _Value | None:
    """The value of a column as text; a date as exactly as it is stated, a code's own words where they are no known ones."""
    value: Any = row.get(name)
    if value is None:
        value = row.get(f"{name}_raw")
    match value:
        case None:
            return None
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
        case datetime.date():
            return value.isoformat()[: _DATE_CHARS.get(str(row.get(f"{name}_precision")), 10)]
        case list():
            return [_clean(item) for item in value]
        case _:
            return _clean(str(value))


def _member(name: str | None, **details: str | None) -> Member:
    return Member(_clean(name or ""), {key: text for key, words in details.items() if words and (text := _clean(words))})


def _code(vocabulary: Vocabulary, words: str | None) -> str | None:
    return vocabulary.find(words) or words


def _clean(words: str) -> str:
    return repaired_text(words).strip()


# --- how two versions differ ---------------------------------------------------------------------------------------------


def changes(trial_id: str, versions: Iterable[tuple[Version, datetime.date]]) -> Iterator[Row]:
    """Rows of `trial_changes`, without their refresh, from the versions of a trial with their dates, oldest first.

    What a version's format cannot carry is compared across it, with the last version before that could.
    """
    last: dict[str, Version] = {}
    for version, date in versions:
        fields: Counter[str] = Counter()
        for unit in _UNITS:
            if not _can_state(unit, version):
                continue
            before = last.get(unit.name)
            last[unit.name] = version
            if before is None:
                continue
            for change in unit.compare(before, version):
                # An endpoint may be listed twice with different time frames.
                fields[change.field] += 1
                number = fields[change.field]
                yield {
                    "trial_id": trial_id,
                    "field": change.field if number == 1 else f"{change.field} ({number})",
                    "change": "added" if change.before is None else "removed" if change.after is None else "changed",
                    "value_before": change.before,
                    "value_after": change.after,
                    "document_id_before": before.document_id,
                    "document_id_after": version.document_id,
                    "version_date": date,
                }


def kind_of_field(field: str) -> str:
    """A field without the name of its member: `endpoints.primary[…].time_frame`."""
    member = _MEMBER.fullmatch(field)
    return f"{member['list']}[…]{member['detail']}" if member else field


def _can_state(unit: _Unit, version: Version) -> bool:
    if version.is_partial or unit.name in _ALWAYS_STATED:
        return unit.is_stated(version)
    if version.carried is None:
        return True
    # Flattened records name the roles that they have columns for; other formats have all or none.
    roles = {name for name in version.carried if name.startswith("endpoints.")}
    return unit.needs <= set(version.carried) and (unit.name in roles or not roles or not unit.name.startswith("endpoints."))


def _column(name: str) -> _Unit:
    def compare(before: Version, after: Version) -> Iterator[_Change]:
        old, new = before.values.get(name), after.values.get(name)
        formats = {before.source_format, after.source_format}
        if _said(name, old, formats) != _said(name, new, formats):
            yield _Change(name, _shown(old), _shown(new))

    return _Unit(name, frozenset({f"trials.{name}"}), lambda version: name in version.values, compare)


def _said(name: str, value: _Value | None, formats: set[str]) -> object:
    """What a value says, as far as both formats can say it."""
    if isinstance(value, list):
        items = {_RENAMED_COUNTRIES.get(item, item) if name == "countries" else _key(item) for item in value}
        return {item for item in items if not NCT_ID.fullmatch(item)} if _EXPORT in formats else items
    if name == "sponsor_class" and _LEGACY in formats and value not in (None, "NIH", "FED", "INDUSTRY"):
        return "OTHER"
    # The registry wrote "N/A" into older records of a single group, without a new version.
    return "" if name == "allocation" and value == "NA" else _key(value or "")


def _list(name: str, *needs: str, called: str | None = None, details: Sequence[str] = ()) -> _Unit:
    """Members that came and went, that have another name now, or another detail.

    `called` is the tables' word for a member's name; without it a name is a thing of its own, and another name another thing.
    """

    def compare(before: Version, after: Version) -> Iterator[_Change]:
        pairs, gone, come = _matched(before, after, name, is_reworded=called is not None)
        for old, new in pairs:
            if _key(old.name) != _key(new.name):
                place = _place(name, new)
                yield _Change(f"{place}.{called}" if called else place, old.name, new.name)
            yield from _details(name, old, new, details)
        yield from (_Change(_place(name, old), _whole(old), None) for old in gone)
        yield from (_Change(_place(name, new), None, _whole(new)) for new in come)

    return _Unit(name, frozenset(needs), lambda version: bool(version.lists.get(name)), compare)


def _descriptions(name: str, *needs: str) -> _Unit:
    """Descriptions of members, which fewer formats state than their names."""

    def compare(before: Version, after: Version) -> Iterator[_Change]:
        for old, new in _matched(before, after, name, is_reworded=True)[0]:
            yield from _details(name, old, new, ("description",))

    def is_stated(version: Version) -> bool:
        return any("description" in member.details for member in version.lists.get(name, ()))

    return _Unit(f"{name}.description", frozenset(needs), is_stated, compare)


def _details(name: str, old: Member, new: Member, details: Sequence[str]) -> Iterator[_Change]:
    for detail in details:
        before, after = old.details.get(detail), new.details.get(detail)
        if _key(before or "") != _key(after or ""):
            yield _Change(f"{_place(name, new)}.{detail}", before, after)


def _matched(
    before: Version, after: Version, name: str, *, is_reworded: bool
) -> tuple[list[tuple[Member, Member]], list[Member], list[Member]]:
    """Pairs of what is one thing in both versions, and what is in the older or the newer alone, whatever the order in the source."""
    old, new = _ordered(before.lists.get(name, ())), _ordered(after.lists.get(name, ()))
    is_export = _EXPORT in (before.source_format, after.source_format)
    if is_export:
        # The same words differently split are no change.
        _, old, new = _paired(old, new, lambda member: member.whole)
    pairs: list[tuple[Member, Member]] = []
    for key in (lambda m: (_key(m.name), _key(m.details.get("time_frame", ""))), _label):
        found, old, new = _paired(old, new, key)
        pairs += found
    if is_export and not name.startswith("endpoints."):
        labels = {_label(member) for pair in pairs for member in pair}
        old, new = ([member for member in some if _label(member) not in labels] for some in (old, new))
    if is_reworded:
        found, old, new = _reworded(old, new)
        pairs += found
    return pairs, old, new


def _ordered(members: Iterable[Member]) -> list[Member]:
    return sorted(members, key=lambda member: (_key(member.name), sorted(member.details.items())))


def _paired(
    old: list[Member], new: list[Member], key: Callable[[Member], object]
) -> tuple[list[tuple[Member, Member]], list[Member], list[Member]]:
    """Pairs of equal key, each member in one at most, and the rest. An empty key equals nothing."""
    waiting: dict[object, list[Member]] = {}
    for member in new:
        waiting.setdefault(key(member), []).append(member)
    waiting.pop("", None)
    pairs = [(member, same.pop(0)) for member in old if (same := waiting.get(key(member)))]
    return pairs, *_without(old, new, pairs)


def _reworded(old: list[Member], new: list[Member]) -> tuple[list[tuple[Member, Member]], list[Member], list[Member]]:
    """Pairs whose names share most words, the most alike first."""
    if len(old) * len(new) > _MAX_COMPARED:
        return [], old, new
    words_of_new = [set(_words(member.name)) for member in new]
    likeness: list[tuple[float, int, int]] = []
    for i, member in enumerate(old):
        words = set(_words(member.name))
        for j, others in enumerate(words_of_new):
            share = len(words & others) / (len(words | others) or 1)
            if share > _SAME_WORDS:
                likeness.append((-share, i, j))
    pairs: list[tuple[Member, Member]] = []
    used_old: set[int] = set()
    used_new: set[int] = set()
    for _, i, j in sorted(likeness):
        if i not in used_old and j not in used_new:
            used_old.add(i)
            used_new.add(j)
            pairs.append((old[i], new[j]))
    return pairs, *_without(old, new, pairs)


def _without(old: list[Member], new: list[Member], pairs: list[tuple[Member, Member]]) -> tuple[list[Member], list[Member]]:
    taken = {id(member) for pair in pairs for member in pair}
    return [member for member in old if id(member) not in taken], [member for member in new if id(member) not in taken]


def _place(name: str, member: Member) -> str:
    words = " ".join(member.name.split())
    return f"{name}[{words if len(words) <= _NAME_CHARS else words[: _NAME_CHARS - 1] + '…'}]"


def _whole(member: Member) -> str:
    """A member in words: `DRUG: Veliparib`, `Overall survival [24 months]`."""
    kind, time_frame = member.details.get("type"), member.details.get("time_frame")
    return "".join((f"{kind}: " if kind else "", member.name, f" [{time_frame}]" if time_frame else ""))


def _shown(value: _Value | None) -> str | None:
    return "; ".join(value) if isinstance(value, list) else value


def _label(member: Member) -> str:
    return label_key(_key(member.name))


def _key(words: str) -> str:
    """Words as they are compared: white space, marks of lists, and how an accented letter is encoded, say nothing."""
    return " ".join(_LIST_MARK.sub("", normalize("NFC", words)).split())


def _words(text: str) -> list[str]:
    return _WORD.findall(normalize("NFC", text).casefold())


_UNITS = (
    *map(_column, _COLUMNS),
    _list("conditions", "conditions"),
    _list("interventions", "regimens", called="name", details=("type",)),
    # The exports' cell of interventions has no descriptions; formats that list arms have.
    _descriptions("interventions", "regimens", "arms"),
    _list("arms", "arms", called="label", details=("type", "description")),
    *(_list(f"endpoints.{role.lower()}", "endpoints", called="measure", details=("time_frame",)) for role, _ in ROLES),
)
