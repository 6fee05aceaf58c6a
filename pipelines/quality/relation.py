"""What a check across tables is. The checks are in `pipelines.quality.relations` and the modules that it names."""

from dataclasses import dataclass

from pipelines.quality.results import Severity
from pipelines.quality.rules import Action, mark_of, severity_of
from pipelines.schema.tables import TABLES

FACT_TABLES = tuple(name for name, table in TABLES.items() if "method" in table.by_name)
"""Tables whose rows carry their main evidence."""


@dataclass(frozen=True)
class Relation:
    """One check across tables.

    `sql` returns the rows of `table_name` that break it; it names tables as the warehouse does, and those prepared ones
    (`pipelines.quality.relations`) that `needs` lists. With the action `quarantine` it returns the key of each row, and spares rows that
    carry the flag `mark`.
    """

    name: str
    table_name: str
    action: Action
    description: str
    sql: str
    needs: tuple[str, ...] = ()

    @property
    def severity(self) -> Severity:
        return severity_of(self.action)

    @property
    def mark(self) -> str:
        """The word in `flags` for a row that breaks it and stays by a person's decision."""
        return mark_of(self.name)
