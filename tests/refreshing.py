"""A refresh without Dagster, and small registry records to feed it.

Belongs here: what several end-to-end tests do to a raw folder and to a warehouse. Not here: any claim.
"""

import io
import json
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from expectations import RULES
from pipelines import build, changing, checking, deduplication, linking
from pipelines.build_folder import table_files
from pipelines.build_records import Reading
from pipelines.engine.executor import Executor, Inline
from pipelines.quality import store
from pipelines.quality.shape import check_shape
from pipelines.quarantine import write_quarantine
from pipelines.reconciling import reconcile
from pipelines.refresh import Ended, finish
from pipelines.schema.tables import TABLES
from pipelines.settings import Settings

FACTS = tuple(name for name, table in TABLES.items() if not table.history)
"""Tables whose rows depend on the raw files and the code alone."""


def study(number: int, *, title: str | None = None, updated: str = "2024-05-06") -> dict[str, Any]:
    """A small API v2 record; `number` becomes the last digits of its NCT id."""
    return {
        "protocolSection": {
            "identificationModule": {
                "nctId": f"NCT9100{number:04}",
                "briefTitle": title or f"Veliparib Given With Temozolomide, Part {number}",
            },
            "statusModule": {"overallStatus": "COMPLETED", "lastUpdatePostDateStruct": {"date": updated}},
            "conditionsModule": {"conditions": ["Glioblastoma"]},
            "designModule": {"studyType": "INTERVENTIONAL", "phases": ["PHASE2"], "enrollmentInfo": {"count": 40 + number}},
            "armsInterventionsModule": {
                "armGroups": [{"label": "Both drugs", "type": "EXPERIMENTAL", "interventionNames": ["Drug: Veliparib"]}],
                "interventions": [{"type": "DRUG", "name": "Veliparib", "armGroupLabels": ["Both drugs"]}],
            },
            "outcomesModule": {"primaryOutcomes": [{"measure": "Progression-free survival", "timeFrame": "24 months"}]},
        },
        "hasResults": False,
    }


def as_json(*numbers: int) -> bytes:
    """One study as an object, several as an array."""
    studies = [study(number) for number in numbers]
    return json.dumps(studies if len(studies) != 1 else studies[0]).encode()


def fill(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files below a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def build_all(settings: Settings, executor: Executor | None = None) -> Reading:
    """Every step of a refresh up to the tables, in the order of the job."""
    executor = executor or Inline()
    build.scan_raw(settings)
    reading = build.read_records(settings, executor)
    deduplication.find_duplicates(settings, executor)
    linking.find_links(settings, executor)
    deduplication.find_repeated_blocks(settings, executor)
    deduplication.write_lookalikes(settings)
    build.write_documents(settings)
    build.write_raw_files(settings)
    build.choose_canonical(settings)
    build.assign_studies(settings)
    build.extract_tables(settings, executor, build.EXTRACTED, rules=RULES)
    write_quarantine(settings)
    build.write_trial_documents(settings)
    build.write_trial_aliases(settings)
    build.write_drugs(settings)
    changing.find_changes(settings)
    return reading


def check_tables(settings: Settings) -> None:
    """The checks that block: the shape of each table, and those across tables. Rules are tested elsewhere."""
    for name in build.BUILT_TABLES:
        store.keep(settings, f"{name}.shape", [check_shape(TABLES[name], table_files(settings, name))])
    checking.check_relations(settings)
    checking.check_accounts(settings)
    checking.check_drift(settings)
    reconcile(settings, Inline())


def refresh(settings: Settings, executor: Executor | None = None, *, run_id: str = "aaaaaa", force: bool = False) -> Ended:
    """A whole refresh."""
    build_all(settings, executor)
    check_tables(settings)
    return finish(settings, run_id=run_id, started_at=None, rules={}, force=force)


def query(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    """Rows of a query against the published database."""
    with duckdb.connect(str(settings.database), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def built(settings: Settings, *, without: Collection[str] = ()) -> dict[str, list[str]]:
    """All rows of the build, as sorted texts by table; `without` names columns to leave out."""
    found: dict[str, list[str]] = {}
    for name in build.BUILT_TABLES:
        table = pa.concat_tables(pq.read_table(file) for file in table_files(settings, name))
        kept = table.drop_columns([column for column in without if column in table.column_names])
        found[name] = sorted(map(repr, kept.to_pylist()))
    return found


def published(settings: Settings) -> dict[str, list[str]]:
    """All published rows but those of history, as sorted texts by table."""
    with duckdb.connect(str(settings.database), read_only=True) as connection:
        return {name: sorted(map(repr, connection.execute(f'SELECT * FROM "{name}"').fetchall())) for name in FACTS}


def zipped(*members: tuple[str, bytes]) -> bytes:
    """A zip with these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()
