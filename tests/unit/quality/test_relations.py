"""A consistent small warehouse passes every relation; each kind of damage to it is caught."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.quality.relations import FACT_TABLES, RELATIONS, run_relations
from pipelines.quality.results import CheckResult
from pipelines.schema.tables import TABLES

Warehouse = dict[str, list[dict[str, Any]]]

_EVIDENCE = {"document_id": "d1", "field": "title", "start_char": 0, "end_char": 4}
_BLOCK = {"document_id": "d5", "field": "text", "n_chars": 3}
CONSISTENT: Warehouse = {name: [] for name, table in TABLES.items() if not table.history} | {
    "raw_files": [
        {"source_path": "a.zip", "n_records": 2, "status": "read"},
        {"source_path": "odd!/b.json", "n_records": 3, "status": "read"},
        {"source_path": "broken.xml", "n_records": 0, "status": "quarantined"},
    ],
    "documents": [
        {"document_id": "d1", "source_path": "a.zip!/one.json", "status": "kept"},
        {"document_id": "d2", "source_path": "a.zip!/inner.zip!/two.json", "status": "duplicate", "duplicate_of": "d3"},
        {
            "document_id": "d3",
            "source_path": "odd!/b.json",
            "record_index": 0,
            "status": "superseded",
            "duplicate_of": "d1",
        },
        {"document_id": "d4", "source_path": "odd!/b.json", "record_index": 1, "status": "quarantined"},
        {"document_id": "d5", "source_path": "odd!/b.json", "record_index": 2, "status": "kept"},
    ],
    "document_texts": [
        {"document_id": "d1", "field": "title", "text": "面𠮷条丙"},
        {"document_id": "d5", "field": "text", "text": "面𠮷条丙丁戊"},
    ],
    "quarantine": [
        {"source_path": "odd!/b.json", "record_index": 1, "stage": "parse"},
        {"source_path": "broken.xml", "record_index": -1, "stage": "read"},
    ],
    "repeated_blocks": [
        {"kept_document_id": "d1", "kept_field": "title", "end_char": 3, "kept_end_char": 3, **_BLOCK},
        {"kept_document_id": "d5", "kept_field": "text", "start_char": 3, "end_char": 6, "kept_end_char": 3, **_BLOCK, "block_index": 1},
    ],
    "lookalikes": [{"document_id": "d1", "other_document_id": "d5"}],
    "trials": [{"trial_id": "T1"}, {"trial_id": "T2"}],
    "trial_documents": [
        {"trial_id": "T1", "document_id": "d1"},
        {"trial_id": "T1", "document_id": "d3"},
        {"trial_id": "T1", "document_id": "d4"},
        {"trial_id": "T2", "document_id": "d5"},
    ],
    "trial_values": [{"trial_id": "T1", "document_id": "d1"}],
    "trial_aliases": [{"alias_id": "x-1", "trial_id": "T1"}],
    "discrepancies": [{"trial_id": "T1"}],
    "link_candidates": [{"trial_id": "T9", "document_id": "d5"}],
    "conditions": [{"trial_id": "T1"}],
    "arms": [{"arm_id": "T1-1", "trial_id": "T1"}, {"arm_id": "T2-1", "trial_id": "T2"}],
    "regimens": [
        {"regimen_id": "r1", "trial_id": "T1", "arm_id": "T1-1", **_EVIDENCE},
        {"regimen_id": "r2", "trial_id": "T2", "document_id": "d5"},
    ],
    "endpoints": [
        {"endpoint_id": "e1", "trial_id": "T1", **_EVIDENCE},
        {"endpoint_id": "e2", "trial_id": "T2", "document_id": "d5"},
    ],
    "endpoint_results": [{"result_id": "v1", "trial_id": "T1", "arm_id": "T1-1", "endpoint_id": "e1", **_EVIDENCE}],
    "safety": [{"safety_id": "s1", "trial_id": "T1", "arm_id": "T1-1", **_EVIDENCE}],
    "evidence": [{"table_name": "safety", "row_id": "s1", "ordinal": 1, **_EVIDENCE}],
}


def _set(name: str, row: int = 0, **values: Any) -> Callable[[Warehouse], None]:
    """Changes values of one row."""
    return lambda warehouse: warehouse[name][row].update(values)


def _lose(name: str, row: int) -> Callable[[Warehouse], None]:
    """Takes one row away."""
    return lambda warehouse: warehouse[name].__delitem__(row)


DAMAGES: dict[str, list[Callable[[Warehouse], None]]] = {
    "documents.duplicate_ends_in_kept": [
        _set("documents", 1, duplicate_of=None),
        _set("documents", 1, duplicate_of="d4"),
        _set("documents", 2, duplicate_of="d2"),
        _set("documents", 1, duplicate_of="d2"),
    ],
    "documents.kept_repeats_nothing": [_set("documents", 4, duplicate_of="d1")],
    "documents.source_path_is_a_raw_file": [
        _set("documents", 0, source_path="b.zip!/one.json"),
        _set("documents", 4, source_path="odd"),
        _lose("raw_files", 0),
    ],
    "documents.quarantined_has_reason": [_lose("quarantine", 0)],
    "raw_files.records_are_documents": [
        _set("raw_files", 0, n_records=3),
        _set("raw_files", 2, n_records=1),
        _lose("documents", 4),
        _set("documents", 0, source_path="a.zip.bak!/one.json"),
    ],
    "raw_files.quarantined_file_has_reason": [_lose("quarantine", 1)],
    "repeated_blocks.blocks_are_spans": [
        _set("repeated_blocks", end_char=0),
        _set("repeated_blocks", kept_start_char=3),
    ],
    "repeated_blocks.stretch_within_text": [_set("repeated_blocks", 1, end_char=7), _set("repeated_blocks", field="title")],
    "repeated_blocks.kept_stretch_within_text": [_set("repeated_blocks", kept_end_char=5), _set("repeated_blocks", kept_field="text")],
    "repeated_blocks.of_kept_documents": [
        _set("repeated_blocks", kept_document_id="d3"),
        _set("documents", 0, status="superseded"),
    ],
    "repeated_blocks.stretches_are_apart": [_set("repeated_blocks", 1, start_char=2)],
    "repeated_blocks.kept_place_is_not_cut": [_set("repeated_blocks", is_cut=True)],
    "lookalikes.of_kept_documents": [_set("lookalikes", document_id="d2")],
    "trials.trial_has_document": [_lose("trial_documents", 3)],
    "endpoint_results.endpoint_of_same_trial": [_set("endpoint_results", endpoint_id="e2")],
    "evidence.evidence_of_a_row": [_set("evidence", row_id="s9"), _set("evidence", table_name="regimens")],
}
for _name in FACT_TABLES:
    DAMAGES[f"{_name}.document_of_same_trial"] = [_set(_name, document_id="d5")]
    DAMAGES[f"{_name}.document_is_kept"] = [_set(_name, document_id="d3"), _set(_name, document_id="d4")]
    if "arm_id" in TABLES[_name].by_name:
        DAMAGES[f"{_name}.arm_of_same_trial"] = [_set(_name, arm_id="T2-1")]
for _name in (*FACT_TABLES, "evidence"):
    DAMAGES[f"{_name}.evidence_has_text"] = [_set(_name, field="summary"), _lose("document_texts", 0)]
    DAMAGES[f"{_name}.evidence_within_text"] = [_set(_name, end_char=5)]
DAMAGES["evidence.evidence_within_text"] += [
    _set("evidence", end_char=0),
    _set("evidence", start_char=4),
    _set("evidence", start_char=None),
    _set("evidence", end_char=None),
]
for _table in TABLES.values():
    for _key in _table.foreign_keys:
        DAMAGES[f"{_table.name}.foreign_key_{'_'.join(_key.columns)}"] = [_set(_table.name, 0, **dict.fromkeys(_key.columns, "nowhere"))]


def run(warehouse: Warehouse, write_table: Any, folder: Path, tables: set[str] | None = None) -> dict[str, CheckResult]:
    for name, rows in warehouse.items():
        write_table(name, rows)
    return {f"{result.table_name}.{result.check_name}": result for result in run_relations(folder, tables=tables)}


def test_a_consistent_warehouse_passes_every_relation(write_table: Any, tmp_path: Path) -> None:
    """Archives in archives, chains of duplicates and text beyond the BMP are no findings."""
    results = run(CONSISTENT, write_table, tmp_path)
    assert list(results) == list(RELATIONS)
    assert [result for result in results.values() if not result.passed] == []
    assert results["documents.duplicate_ends_in_kept"].element_count == 5


def test_an_empty_warehouse_passes_every_relation(write_table: Any, tmp_path: Path) -> None:
    """A folder that yields no trial still publishes."""
    results = run({name: [] for name in CONSISTENT}, write_table, tmp_path)
    assert all(result.passed for result in results.values())


def test_every_relation_has_a_damage_to_catch() -> None:
    """A relation without a test, and a test without a relation, are both mistakes."""
    assert set(DAMAGES) == set(RELATIONS)


@pytest.fixture(scope="module")
def consistent_folder(tmp_path_factory: pytest.TempPathFactory, write_table_below: Any) -> Path:
    """The consistent warehouse as Parquet, written once."""
    folder = tmp_path_factory.mktemp("consistent")
    for name, rows in CONSISTENT.items():
        write_table_below(folder, name, rows)
    return folder


@pytest.mark.parametrize(("key", "number"), [(key, number) for key, damages in DAMAGES.items() for number in range(len(damages))])
def test_damage_is_caught(key: str, number: int, consistent_folder: Path, write_table: Any, tmp_path: Path) -> None:
    """Each damage to the consistent warehouse fails its relation, with an example and without an error."""
    warehouse = copy.deepcopy(CONSISTENT)
    DAMAGES[key][number](warehouse)
    for name, rows in warehouse.items():
        if rows != CONSISTENT[name]:
            write_table(name, rows)
        else:
            (tmp_path / name).symlink_to(consistent_folder / name)
    table_name, check_name = key.split(".")
    (result,) = (result for result in run_relations(tmp_path, tables={table_name}) if result.check_name == check_name)
    assert result.error is None
    assert not result.passed
    assert result.blocks
    assert result.unexpected_count >= 1
    assert set(result.examples[0]) >= set(TABLES[result.table_name].primary_key)


def test_a_missing_table_is_an_error_of_the_check(write_table: Any, tmp_path: Path) -> None:
    """A key cannot be judged without its parent; the other relations are not affected."""
    results = run({name: rows for name, rows in CONSISTENT.items() if name != "arms"}, write_table, tmp_path)
    failed = results["safety.foreign_key_arm_id"]
    assert not failed.passed
    assert failed.unexpected_count == 0
    assert "arms" in (failed.error or "")
    assert results["safety.foreign_key_trial_id"].passed


def test_an_unreadable_table_is_an_error_of_the_check(write_table: Any, tmp_path: Path) -> None:
    """The error says which table could not be read."""
    for name, rows in CONSISTENT.items():
        write_table(name, rows)
    (tmp_path / "document_texts" / "part-0.parquet").write_bytes(b"not parquet")
    results = run_relations(tmp_path, tables={"safety"})
    failed = next(result for result in results if result.check_name == "evidence_has_text")
    assert not failed.passed
    assert "document_texts" in (failed.error or "")
    assert next(result for result in results if result.check_name == "foreign_key_trial_id").passed


def test_only_the_tables_asked_for_are_checked(write_table: Any, tmp_path: Path) -> None:
    """An asset checks its own relations."""
    results = run(CONSISTENT, write_table, tmp_path, {"arms"})
    assert list(results) == ["arms.foreign_key_trial_id"]
