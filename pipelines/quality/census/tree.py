"""Paths into a raw record, and the walk that takes all values of a record in one pass.

A record is a tree as `json.loads` makes it; XML and rows of tables are brought into that form before (`xml_files`, `table_files`). What
the paths of a format are is data, in `mappings`.

A path has steps between dots: `a`, the member of that name; `a[]`, each member of a list, or the one value that stands without a list;
`a|`, each item of a cell that joins its items by that sign. What is taken at its end:

    title               the member of that name
    title/sub_title     the first of these that is there
    .                   the value itself
    -                   nothing: a part of a row that this format does not have
    @unit               the attribute of an XML element
    facility.country    the member of a member
    ^title              the member of the object around this one (`^^` around that)
    #sites              how many members a list has, or items a cell
    +phases             the members of a list, joined
    Design:Masking      what stands behind that label in a cell of "label: value" items
    first(sponsors)     the first item of a cell
    only(funders)       the item of a cell that has one
"""

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from pipelines.quality.census.values import Kind

Json = Any
"""A value of a tree."""


class Path(NamedTuple):
    """Where the values of a field stand in a record of one format."""

    unit: str
    """The place where a value arises, or a row with its parts; "" is the record."""
    take: tuple[str, ...] = (".",)
    """One part, or several that stay together."""
    only: tuple[str, str] | None = None
    """Only units of which what is taken so is this word, whatever its case; `!word`: is not."""
    unlike: str = ""
    """Values that are the same as what is taken so are left out: a record's own id among its other ids."""
    unless_bare: bool = False
    """A row with nothing but its first part is none."""
    kinds: tuple[Kind, ...] = ()
    """How the parts are read, where not as the field has it."""


def path(words: str, **how: Any) -> Path:
    """The path of single values, written in one piece: `a.b[].c`."""
    unit, _, last = words.rpartition(".")
    return Path(words, **how) if last[-1:] in ("]", "|") else Path(unit, (last,), **how)


class Found:
    """What a record says of one field: the values that can be compared, and how many cannot."""

    __slots__ = ("left_out", "values")

    def __init__(self) -> None:
        self.values: list[str] = []
        self.left_out = 0


class _Part(NamedTuple):
    """What is taken of a place: a member of the object so many levels up, or something else of it."""

    up: int
    name: str
    other: Callable[[Json], Json] | None
    read: Callable[[Any], str | None]

    def of(self, around: Sequence[Json]) -> Json:
        if len(around) < -self.up:
            return None
        value = around[self.up]
        if self.other is not None:
            return self.other(value)
        value = value.get(self.name) if value.__class__ is dict else None
        return words_of(value) or None if value.__class__ is dict or value.__class__ is list else value


class _Taker(NamedTuple):
    field: int
    parts: tuple[_Part, ...]
    only: _Part | None
    wanted: bool
    word: str
    unlike: _Part | None
    unless_bare: bool

    @property
    def is_plain(self) -> bool:
        """Takes a member of the value itself, whatever else it has."""
        (part, *more) = self.parts
        return not more and part.up == -1 and (part.other is None or part.name == ".") and self.only is None and self.unlike is None


class _Node:
    """One place in the tree of all paths of a format."""

    def __init__(self) -> None:
        self.below: list[tuple[str, str, _Node]] = []
        """Name of a member, kind of the step, and what is taken there."""
        self.takers: list[_Taker] = []
        self.plain: list[tuple[int, str, Callable[[Any], str | None]]] = []
        """What is most: field, name of a member and how it is read, without any condition."""

    def step(self, words: str) -> "_Node":
        """The place one step below."""
        name, kind = words.rstrip("[]|"), words[-1] if words[-1] in "]|" else ""
        for known, of_kind, node in self.below:
            if (known, of_kind) == (name, kind):
                return node
        self.below.append((name, kind, _Node()))
        return self.below[-1][2]


class Walk:
    """All paths of a format, compiled into one tree."""

    def __init__(self, paths: Sequence[tuple[int, Path, Sequence[Kind]]], *, nothing: str = "") -> None:
        """`paths`: number of the field, path, kinds of its parts. `nothing`: what a source writes where it says nothing."""
        self.names = frozenset(name for _, where, _ in paths for name in _names(where))
        """Every name on the way to a value: what else a record has need not be looked at."""
        self._root = _Node()
        self._nothing = re.compile(nothing, re.IGNORECASE) if nothing else None
        for field, where, kinds in paths:
            node = self._root
            for step in filter(None, where.unit.split(".")):
                node = node.step(step)
            taker = _taker(field, where, kinds)
            if taker.is_plain and not nothing:
                node.plain.append((field, taker.parts[0].name, taker.parts[0].read))
            else:
                node.takers.append(taker)

    def found(self, record: Json) -> dict[int, Found]:
        """What a record says, by field."""
        found: dict[int, Found] = {}
        self._walk(self._root, [record], found)
        return found

    def _walk(self, node: _Node, around: list[Json], found: dict[int, Found]) -> None:
        """Take what is to be taken of the last value of `around`, and go on below it. Lists are no values of their own in `around`."""
        for taker in node.takers:
            self._take(taker, around, found)
        value = around[-1]
        for field, name, read in node.plain:
            taken = value if name == "." else value.get(name) if value.__class__ is dict else None
            if taken is not None and taken != "":
                if taken.__class__ is dict or taken.__class__ is list:
                    taken = words_of(taken)
                _add(found, field, read(taken), taken)
        if value.__class__ is dict:
            for name, step, below in node.below:
                if (member := value.get(name)) is not None:
                    for one in _STEPS[step](member):
                        self._walk(below, [*around, one], found)

    def _take(self, taker: _Taker, around: list[Json], found: dict[int, Found]) -> None:
        if taker.only is not None and (words_of(taker.only.of(around)).strip().casefold() == taker.word) is not taker.wanted:
            return
        if len(taker.parts) == 1:
            (part,) = taker.parts
            taken = part.of(around)
            if taken is None or taken == "" or (taker.unlike is not None and taken == taker.unlike.of(around)):
                return
            value = None if self._nothing and self._nothing.fullmatch(words_of(taken).strip()) else part.read(taken)
            _add(found, taker.field, value, taken)
        else:
            read = [part.read(taken) if (taken := part.of(around)) is not None else None for part in taker.parts]
            if taker.unless_bare and not any(read[1:]):
                return
            _add(found, taker.field, "|".join([one or "" for one in read]), "")


def _add(found: dict[int, Found], field: int, value: str | None, taken: Json) -> None:
    """Add a value, or that what was `taken` is none of its kind; a blank is nothing at all."""
    if value is None and not words_of(taken).strip():
        return
    of_field = found.get(field)
    if of_field is None:
        of_field = found[field] = Found()
    if value is None:
        of_field.left_out += 1
    else:
        of_field.values.append(value)


_STEPS: dict[str, Callable[[Json], Sequence[Json]]] = {
    "": lambda member: (member[0],) if member.__class__ is list and member else (member,),
    "]": lambda member: member if member.__class__ is list else (member,),
    "|": lambda member: [item for item in words_of(member).split("|") if item.strip()],
}
"""Where a step leads, by the sign behind its name."""


def words_of(value: Json) -> str:
    """The text of a value; an XML element with attributes has its text under the empty name."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("")
    return value if isinstance(value, str) else "" if value is None else str(value)


# ---- what is taken ----------------------------------------------------------------------------------------------------

_OF_ITEMS = re.compile(r"(first|only)\((.+)\)")


def _taker(field: int, where: Path, kinds: Sequence[Kind]) -> _Taker:
    parts = tuple(_part(words, kind) for words, kind in zip(where.take, where.kinds or kinds, strict=True))
    only, word = where.only or ("", "")
    return _Taker(
        field,
        parts,
        _part(only, kinds[0]) if only else None,
        not word.startswith("!"),
        word.removeprefix("!").casefold(),
        _part(where.unlike, kinds[0]) if where.unlike else None,
        where.unless_bare,
    )


def _part(words: str, kind: Kind) -> _Part:
    name = words.lstrip("^")
    return _Part(len(name) - len(words) - 1, name, _other(name), kind.of_source)


def _other(name: str) -> Callable[[Json], Json] | None:
    """The function for what is not simply a member."""
    if name == ".":
        return lambda value: words_of(value) or None if isinstance(value, dict | list) else value
    if name == "-":
        return lambda _: None
    if name.startswith("@"):
        return partial(_attribute, name=name)
    if name.startswith("#"):
        return lambda value: len(_members(_member(value, name[1:]))) or None
    if name.startswith("+"):
        return lambda value: "|".join(map(words_of, _members(_member(value, name[1:])))) or None
    if items := _OF_ITEMS.fullmatch(name):
        return partial(_item, which=items[1], name=items[2])
    if "/" in name:
        return lambda value: next((words for one in name.split("/") if (words := words_of(_member(value, one)))), None)
    if "." in name:
        return partial(_far, steps=name.split("."))
    cell, colon, label = name.partition(":")
    if not colon:
        return None
    behind = re.compile(rf"(?:^|\||, )\s*{re.escape(label)}:\s*([^|]*?)\s*(?=$|\||, [A-Z][A-Za-z ]+:)")
    return partial(_labelled, cell=cell, label=behind)


def _names(where: Path) -> set[str]:
    """The names in a path."""
    given = (where.unit, *where.take, *(where.only or ())[:1], where.unlike)
    return {name for words in given for name in re.findall(r"[^.\[\]|^#+/():]+", words)}


def _member(value: Json, name: str) -> Json:
    return value.get(name) if isinstance(value, dict) else None


def _members(value: Json) -> list[Json]:
    if isinstance(value, str):
        return [item for item in value.split("|") if item.strip()]
    return value if isinstance(value, list) else [] if value is None else [value]


def _far(value: Json, steps: Sequence[str]) -> Json:
    for step in steps:
        value = _member(value[0] if isinstance(value, list) and value else value, step)
    return words_of(value) or None


def _attribute(value: Json, name: str) -> Json:
    """An attribute, which XML that was rendered as JSON has among the members, or in an object of its own."""
    found = _member(value, name)
    if found is None:
        found = _member(_member(value, "@attributes"), name[1:])
    return found if found is not None else _member(value, name[1:])


def _item(value: Json, which: str, name: str) -> str | None:
    items = _members(words_of(_member(value, name)))
    return items[0] if items and (which == "first" or len(items) == 1) else None


def _labelled(value: Json, cell: str, label: re.Pattern[str]) -> str | None:
    """Of "Allocation: RANDOMIZED|Masking: NONE" what stands behind the label; the signs between are commas in older files."""
    found = label.search(words_of(_member(value, cell)))
    return found[1] or None if found else None
