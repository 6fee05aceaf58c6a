"""Groups `trials`, `regimens`, `endpoints` and `safety`: the rows that the kept studies state.

And `provenance`: the places that speak for them, and what stayed outside.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import polars as pl

from assets.tables import OWNERS, counts_table, table_asset, table_attributes, table_metadata
from assets.workspace import Workspace
from expectations import RULES
from pipelines import build
from pipelines.build_folder import table_files
from pipelines.quality.scan import connection, rows_of
from pipelines.quarantine import write_quarantine
from pipelines.settings import Settings

EXTRACTED = (*build.EXTRACTED, *build.OF_SEVERAL_DOCUMENTS)


@dg.asset(
    deps=["canonical_documents", "link_candidates"],
    group_name="trials",
    kinds={"polars"},
    owners=OWNERS,
    description="Which document speaks for which trial: one row per kept registry record with its trial, its rank among the trial's "
    "documents (newest version, then fullest format) and the tables that it gives.",
)
def studies(workspace: Workspace) -> dg.MaterializeResult[Any]:
    found = build.assign_studies(workspace.settings)
    return dg.MaterializeResult(
        metadata={
            "studies": len(found),
            "trials": found["trial_id"].n_unique(),
            "trials_in_several_documents": int((found["rank"] == 1).sum()),
            "trials_in_several_registers": found.filter(pl.col("registration") != pl.col("trial_id"))["trial_id"].n_unique(),
            "trials_of_several_sources": found.filter("is_shared")["trial_id"].n_unique(),
        }
    )


@dg.multi_asset(
    specs=[dg.AssetSpec(**table_attributes(name, deps=["studies"]), skippable=True) for name in EXTRACTED],
    can_subset=True,
)
def extracted_tables(context: dg.AssetExecutionContext, workspace: Workspace) -> Iterator[dg.MaterializeResult[Any]]:
    wanted = context.selected_asset_keys
    chosen = [name for name in EXTRACTED if dg.AssetKey(name) in wanted]
    beside = set(build.OF_SEVERAL_DOCUMENTS)
    tables = [name for name in build.EXTRACTED if name in chosen or (name == "trials" and not beside.isdisjoint(chosen))]
    build.extract_tables(workspace.settings, workspace.executor, tables, rules=RULES, progress=workspace.progress)
    for name in chosen:
        of_fields = {"by_field": _by_field(workspace.settings)} if name == "discrepancies" else {}
        yield dg.MaterializeResult(
            asset_key=name, metadata={**table_metadata(workspace.settings, name, by=_COUNTED_BY.get(name)), **of_fields}
        )


_COUNTED_BY = {"discrepancies": "kind"}


def _by_field(settings: Settings) -> dg.MarkdownMetadataValue:
    """The columns in which documents disagree, the most frequent first."""
    with connection() as connected:
        rows = rows_of(table_files(settings, "discrepancies"))
        found = connected.execute(
            f"SELECT table_name || '.' || field, count(*) FROM {rows} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 30"
        ).fetchall()
    return dg.MetadataValue.md(counts_table(dict(found), of="field"))


@table_asset("trial_documents", deps=["trials", "records"])
def trial_documents(workspace: Workspace) -> dg.MaterializeResult[Any]:
    build.write_trial_documents(workspace.settings)
    return dg.MaterializeResult(metadata=table_metadata(workspace.settings, "trial_documents", by="match_method"))


@table_asset("trial_aliases", deps=["trials", "studies"])
def trial_aliases(workspace: Workspace) -> dg.MaterializeResult[Any]:
    build.write_trial_aliases(workspace.settings)
    return dg.MaterializeResult(metadata=table_metadata(workspace.settings, "trial_aliases"))


@table_asset("drugs", deps=["regimens"])
def drugs(workspace: Workspace) -> dg.MaterializeResult[Any]:
    build.write_drugs(workspace.settings)
    return dg.MaterializeResult(metadata=table_metadata(workspace.settings, "drugs"))


@table_asset("quarantine", deps=["records", "trials"])
def quarantine(workspace: Workspace) -> dg.MaterializeResult[Any]:
    write_quarantine(workspace.settings)
    return dg.MaterializeResult(metadata=table_metadata(workspace.settings, "quarantine", by="reason"))
