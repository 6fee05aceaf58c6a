"""Group `publish`: the set of all tables, and what analysts query."""

from typing import Any

import dagster as dg

from assets.tables import OWNERS, counts_table
from assets.workspace import Workspace
from expectations import RULES
from pipelines.accuracy_over_time import ASSET
from pipelines.build import BUILT_TABLES
from pipelines.build_folder import consistent_stamp
from pipelines.refresh import finish


@dg.asset(
    deps=[dg.AssetKey(name) for name in (*BUILT_TABLES, ASSET)],
    group_name="publish",
    kinds={"parquet"},
    owners=OWNERS,
    description="All tables of one refresh, built from the same raw content by the same code. "
    "Its checks are those across tables: foreign keys, the account of files and documents, evidence. What fails here is not published.",
)
def table_set(workspace: Workspace) -> dg.MaterializeResult[Any]:
    stamp = consistent_stamp(workspace.settings, ["manifest", *BUILT_TABLES])
    return dg.MaterializeResult(
        metadata={"tables": len(BUILT_TABLES), "raw_fingerprint": stamp.raw_fingerprint, "code_version": stamp.code}
    )


@dg.asset(
    deps=[table_set],
    group_name="publish",
    kinds={"duckdb", "parquet"},
    owners=OWNERS,
    description="What analysts query: `trials.duckdb` and one Parquet folder per table, with quality results and a `datapackage.json`. "
    "A snapshot is built beside the published one and one rename switches to it; readers keep what they have open. "
    "Nothing is published when a blocking check failed, or when tables were built from different raw content.",
)
def warehouse(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult[Any]:
    workspace.report("publishing")
    started = context.instance.get_run_stats(context.run.run_id).start_time
    done = finish(workspace.settings, run_id=context.run.run_id, started_at=started, rules=RULES, force=workspace.full)
    return dg.MaterializeResult(
        metadata={
            "outcome": done.outcome,
            "refresh_id": done.refresh_id,
            "rows": sum(done.rows.values()),
            "dagster/size_bytes": workspace.settings.database.stat().st_size,
            "rows_by_table": dg.MetadataValue.md(counts_table(done.rows)),
            "database": dg.MetadataValue.path(workspace.settings.database),
            "quality_report": dg.MetadataValue.path(workspace.settings.current / "quality" / "index.html"),
            "data_docs": dg.MetadataValue.path(workspace.settings.current / "quality" / "data_docs" / "index.html"),
        }
    )
