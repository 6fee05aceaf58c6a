"""Group `deduplication`: which records repeat others, which are kept, and what became of each."""

from typing import Any

import dagster as dg

from assets.copies import copies_metadata
from assets.tables import OWNERS, table_asset, table_metadata
from assets.workspace import Workspace
from pipelines import build, deduplication


@dg.asset(
    deps=["records"],
    group_name="deduplication",
    kinds={"polars"},
    owners=OWNERS,
    description="A decision on every record: kept, a copy of another (to the letter, edited, or standing in a larger one), or an older "
    "version of the same registry record. Two documents that name different registry ids are never one.",
)
def duplicates(workspace: Workspace) -> dg.MaterializeResult[Any]:
    decided = deduplication.find_duplicates(workspace.settings, workspace.executor, progress=workspace.progress)
    return dg.MaterializeResult(
        metadata={
            "records": len(decided),
            "kept": decided["duplicate_of"].null_count(),
            **copies_metadata(workspace.settings),
        }
    )


@table_asset("repeated_blocks", deps=["records", "duplicates", "link_candidates"])
def repeated_blocks(workspace: Workspace) -> dg.MaterializeResult[Any]:
    deduplication.find_repeated_blocks(workspace.settings, workspace.executor, progress=workspace.progress)
    return dg.MaterializeResult(metadata=table_metadata(workspace.settings, "repeated_blocks", by="reason"))


@table_asset("lookalikes", deps=["duplicates"])
def lookalikes(workspace: Workspace) -> dg.MaterializeResult[Any]:
    deduplication.write_lookalikes(workspace.settings)
    return dg.MaterializeResult(metadata=table_metadata(workspace.settings, "lookalikes", by="reason"))


@dg.asset(
    deps=[duplicates, repeated_blocks],
    group_name="deduplication",
    kinds={"polars"},
    owners=OWNERS,
    description="The kept documents: one of each, the newest version of each registry record. The same version in several formats stays, "
    "because one may state what another cannot carry.",
)
def canonical_documents(workspace: Workspace) -> dg.MaterializeResult[Any]:
    kept = build.choose_canonical(workspace.settings)
    counts = dict(kept.group_by("kind").len().iter_rows())
    return dg.MaterializeResult(metadata={"documents": len(kept), "studies": counts.get("study", 0), "articles": counts.get("article", 0)})


@table_asset("documents", deps=["records", "duplicates", "repeated_blocks"])
def documents(workspace: Workspace) -> dg.MaterializeResult[Any]:
    build.write_documents(workspace.settings)
    return dg.MaterializeResult(metadata=table_metadata(workspace.settings, "documents", by="status"))
