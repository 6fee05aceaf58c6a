"""Group `sources`: from the raw folder to records, and what became of every file."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import dagster as dg

from assets.tables import OWNERS, table_asset, table_metadata
from assets.workspace import Workspace
from pipelines import build

_RETRIES, _SECONDS_BETWEEN = 2, 10


@contextmanager
def retried_io() -> Generator[None]:
    """For steps that read the raw folder, which may lie on a network drive. What only computes fails the same way twice."""
    try:
        yield
    except OSError as error:
        raise dg.RetryRequested(max_retries=_RETRIES, seconds_to_wait=_SECONDS_BETWEEN) from error


@dg.asset(
    group_name="sources",
    kinds={"file"},
    owners=OWNERS,
    description="What lies in the raw folder: every file with its size and digest. "
    "A file that has not changed since the last scan is not opened again. Hidden files are passed over.",
)
def raw_manifest(workspace: Workspace) -> dg.MaterializeResult[Any]:
    with retried_io():
        manifest = build.scan_raw(workspace.settings, full=workspace.full)
    return dg.MaterializeResult(
        metadata={
            "folder": dg.MetadataValue.path(manifest.raw),
            "files": len(manifest.files),
            "bytes": sum(file.bytes for file in manifest.files),
            "unreadable_files": sum(file.error is not None for file in manifest.files),
            "fingerprint": manifest.fingerprint,
        },
        data_version=dg.DataVersion(manifest.fingerprint),
    )


@dg.asset(
    deps=[raw_manifest],
    group_name="sources",
    kinds={"python", "arrow"},
    owners=OWNERS,
    description="Every record that the files hold, read into batches of `Study` and `Article`, in a pool of processes. "
    "Formats are recognised by their bytes. Batches that were read before, by the same code, are taken as they are.",
)
def records(workspace: Workspace) -> dg.MaterializeResult[Any]:
    with retried_io():
        reading = build.read_records(workspace.settings, workspace.executor, progress=workspace.progress)
    return dg.MaterializeResult(
        metadata={
            "records": sum(result.n_records for result in reading.results),
            "rejected": sum(result.n_rejects for result in reading.results) + len(reading.rejects),
            "batches": len(reading.results),
            "batches_reused": reading.n_reused,
        }
    )


@table_asset("raw_files", deps=["raw_manifest", "records"])
def raw_files(workspace: Workspace) -> dg.MaterializeResult[Any]:
    build.write_raw_files(workspace.settings)
    return dg.MaterializeResult(metadata=table_metadata(workspace.settings, "raw_files", by="status"))
