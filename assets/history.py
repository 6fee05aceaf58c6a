"""Group `history`: what changed over time.

The other tables of history, `refreshes` and `check_results`, come into being by refreshes themselves.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from assets.tables import counts_table, table_attributes, table_metadata
from assets.workspace import Workspace
from pipelines import changing


@dg.multi_asset(specs=[dg.AssetSpec(**table_attributes(name, deps=["trials"])) for name in changing.CHANGED])
def changes(workspace: Workspace) -> Iterator[dg.MaterializeResult[Any]]:
    by_field = changing.find_changes(workspace.settings)
    of_fields = {"changes_by_field": dg.MetadataValue.md(counts_table(by_field, of="field"))}
    yield dg.MaterializeResult(
        asset_key=changing.CHANGES, metadata={**table_metadata(workspace.settings, changing.CHANGES, by="change"), **of_fields}
    )
    yield dg.MaterializeResult(asset_key=changing.PRESENCE, metadata=table_metadata(workspace.settings, changing.PRESENCE, by="event"))
