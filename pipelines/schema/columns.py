"""What a column, a key and a table are. The tables themselves are declared in `pipelines.schema.tables`.

Rendering to Arrow, DuckDB, documentation or Dagster does not belong here.
"""

from dataclasses import dataclass, field
from enum import Enum

from pipelines.schema.vocabularies import Vocabulary


class Type(Enum):
    """Types a column can have; the value is DuckDB's name. Measurements are DOUBLE, counts BIGINT, never DECIMAL."""

    TEXT = "VARCHAR"
    COUNT = "BIGINT"
    NUMBER = "DOUBLE"
    FLAG = "BOOLEAN"
    DATE = "DATE"
    TIMESTAMP = "TIMESTAMP"
    TEXTS = "VARCHAR[]"
    COUNTS = "INTEGER[]"
    IDS = "MAP(VARCHAR, VARCHAR)"


@dataclass(frozen=True)
class Column:
    """One column. `required` columns are never NULL; `vocabulary` is the closed list that values come from; `minimum` and `maximum`
    are bounds that no true value can leave.
    """

    name: str
    type: Type
    description: str
    required: bool = False
    vocabulary: Vocabulary | None = None
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True)
class ForeignKey:
    """`columns` of the table must exist as `references(parent_columns)` wherever they are not NULL."""

    columns: tuple[str, ...]
    references: str
    parent_columns: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """One table: its grain in words, what it is for, where it comes from and what to beware of, its keys and columns.

    `group` is the Dagster asset group; `history` tables are append-only and the only ones in which the clock appears.
    """

    name: str
    grain: str
    description: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...] = ()
    source: str = ""
    caveat: str = ""
    group: str = ""
    history: bool = False
    by_name: dict[str, Column] = field(init=False, repr=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        by_name = {column.name: column for column in self.columns}
        if len(by_name) != len(self.columns):
            raise ValueError(f"table {self.name} declares a column twice")
        unknown = set(self.primary_key) - set(by_name)
        if unknown:
            raise ValueError(f"table {self.name}: the primary key names unknown columns {sorted(unknown)}")
        object.__setattr__(self, "by_name", by_name)

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(self.by_name)
