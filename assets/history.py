"""Group `history`: what changed over time.

The other tables of history, `refreshes` and `check_results`, come into being by refreshes themselves.
"""

from typing import Any

import dagster as dg

from assets.tables import counts_table, table_asset, table_metadata
from assets.workspace import Workspace
from pipelines import build


@table_asset("trial_changes", deps=["trials"])
def trial_changes(workspace: Workspace) -> dg.MaterializeResult[Any]:
    by_field = build.find_changes(workspace.settings)
    return dg.MaterializeResult(
        metadata={
            **table_metadata(workspace.settings, "trial_changes", by="change"),
            "changes_by_field": dg.MetadataValue.md(counts_table(by_field, of="field")),
        }
    )
