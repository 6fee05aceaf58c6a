"""What is published, and whether the raw folder and the code still give the same: told from a few small files.

A refresh that finds nothing to do imports no more than this, and importing is most of what it costs: neither readers, Arrow and polars nor
Dagster belong here.
"""

import json
from datetime import datetime

import msgspec

from pipelines import history
from pipelines.engine.scan import fingerprint, scan
from pipelines.engine.state import build_digest
from pipelines.settings import Settings

PACKAGE = "datapackage.json"


class Published(msgspec.Struct):
    """What a snapshot says of itself, read from its `datapackage.json`."""

    refresh_id: str
    raw_fingerprint: str
    code_version: str
    rows: dict[str, int]


def current(settings: Settings) -> Published | None:
    """The published snapshot, if there is a whole one."""
    try:
        package = json.loads((settings.current / PACKAGE).read_text(encoding="utf-8"))
        rows = {resource["name"]: resource["rows"] for resource in package["resources"] if "rows" in resource}
        return Published(package["id"], package["raw_fingerprint"], package["version"], rows)
    except (OSError, ValueError, KeyError):
        return None


def nothing_to_do(settings: Settings, *, open_files: bool = True) -> Published | None:
    """The published snapshot when the raw folder, what people have decided and the code are as they were for it, else None.

    Without `open_files` a file that changed in any way since the last scan counts as new content: nothing is read, however much there is.
    A snapshot that history does not know yet has to be finished.
    """
    published = current(settings)
    if published is None or published.code_version != build_digest() or not settings.raw.is_dir():
        return None
    if not history.has(settings, published.refresh_id):
        return None
    files = scan(settings.raw, memory=settings.state / "scan.msgpack", open_files=open_files)
    return published if fingerprint(files, decisions=settings.decision_files) == published.raw_fingerprint else None


def record_unchanged(settings: Settings, *, refresh: str, started_at: datetime, published: Published) -> None:
    """Write into history that there was nothing to do: the counts of the published refresh hold for this one."""
    history.repeat(settings, published.refresh_id, refresh=refresh, started_at=started_at, outcome="unchanged")
