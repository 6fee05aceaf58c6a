"""Group `deduplication`, too: which registered trial a document without a registry id speaks of."""

from typing import Any

import dagster as dg

from assets.tables import table_asset, table_metadata
from assets.workspace import Workspace
from pipelines import linking


@table_asset("link_candidates", deps=["records", "duplicates"])
def link_candidates(workspace: Workspace) -> dg.MaterializeResult[Any]:
    links = linking.find_links(workspace.settings, workspace.executor, progress=workspace.progress)
    by_method = {f"linked_by_{method}": count for method, count in links.group_by("match_method").len().iter_rows()}
    return dg.MaterializeResult(metadata={"linked": len(links), **by_method, **table_metadata(workspace.settings, "link_candidates")})
