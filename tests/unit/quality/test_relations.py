"""A consistent small warehouse passes every relation; each kind of damage to it is caught."""

import copy
import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.quality.relation import FACT_TABLES
from pipelines.quality.relations import RELATIONS, broken_rows, run_relations
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
_OS = {"trial_id": "T1", "concept": "OS", "document_id": "d1", "field": "title"}
_RATE = {**_OS, "statistic": "rate", "unit": "%", "group_raw": "Arm A"}


def _set(name: str, row: int = 0, **values: Any) -> Callable[[Warehouse], None]:
    """Changes values of one row."""
    return lambda warehouse: warehouse[name][row].update(values)


def _lose(name: str, row: int) -> Callable[[Warehouse], None]:
    """Takes one row away."""
    return lambda warehouse: warehouse[name].__delitem__(row)


def _add(name: str, *rows: dict[str, Any]) -> Callable[[Warehouse], None]:
    """Puts rows beside those that are there."""
    return lambda warehouse: warehouse[name].extend(rows)


def _both(*damages: Callable[[Warehouse], None]) -> Callable[[Warehouse], None]:
    """Several changes at once."""

    def damage(warehouse: Warehouse) -> None:
        for one in damages:
            one(warehouse)

    return damage


def _read(name: str, role: str, words: str, **numbers: Any) -> Callable[[Warehouse], None]:
    """Makes the first row of a table one that was read from these words."""
    return _both(
        _set("document_texts", text=words),
        _set(name, 0, method="text", end_char=len(words), **numbers),
        _add("evidence", {"table_name": name, "row_id": _KEYS[name], "ordinal": 1, "role": role, **_EVIDENCE, "end_char": len(words)}),
    )


_KEYS = {"endpoint_results": "v1", "safety": "s1", "regimens": "r1", "endpoints": "e1"}
READ: dict[str, list[tuple[Callable[[Warehouse], None], Callable[[Warehouse], None]]]] = {
    "endpoint_results.value_is_in_its_words": [
        (_read("endpoint_results", "value", "8.3 months", value=8.3), _read("endpoint_results", "value", ".3 months,", value=8.3)),
        (_read("endpoint_results", "value", "8·3 m", value=8.3), _read("endpoint_results", "value", "m: 8.", value=8.3)),
        (_read("endpoint_results", "value", "five of 12", value=5.0), _read("endpoint_results", "value", "④患者", value=4.0)),
        (_read("endpoint_results", "value", "1,204 people", value=1204.0), _read("endpoint_results", "value", "1,20", value=1204.0)),
        (_read("endpoint_results", "value", "-4.5 points", value=-4.5), _read("endpoint_results", "value", "4.55", value=4.5)),
        (_read("endpoint_results", "value", "０．５ 个月", value=0.5), _read("endpoint_results", "value", "个月", value=0.5)),
    ],
    "endpoint_results.interval_is_in_its_words": [
        (
            _read("endpoint_results", "interval", "95% CI 0.48 to 0.73", ci_low=0.48, ci_high=0.73),
            _read("endpoint_results", "interval", "95% CI 0.48 to 0.7", ci_low=0.48, ci_high=0.73),
        ),
        (
            _read("endpoint_results", "interval", "C I 0 . 4 8 ~ 0 . 7 3", ci_low=0.48, ci_high=0.73),
            _read("endpoint_results", "interval", "5% CI .48 to 0.73", ci_low=0.84, ci_high=0.73),
        ),
        (
            _read("endpoint_results", "interval", "12.1 to NE", ci_low=12.1),
            _read("endpoint_results", "interval", "2.1 to NE", ci_low=12.1),
        ),
    ],
    "endpoint_results.p_value_is_in_its_words": [
        (_read("endpoint_results", "p_value", "P<.001", p_value=0.001), _read("endpoint_results", "p_value", "P<.00", p_value=0.001)),
    ],
    "safety.value_is_in_its_words": [
        (_read("safety", "value", "24例(80%)", percent=80.0, n_affected=24), _read("safety", "value", "24例(8", percent=80.0)),
        (_read("safety", "value", "两例", n_affected=2), _read("safety", "value", "患者", n_affected=2)),
    ],
    "regimens.dose_is_in_its_words": [
        (_read("regimens", "dose", "5 x 7.25 Gy", dose_high=36.25), _read("regimens", "dose", "5 x .25 Gy", dose_high=36.25)),
        (_read("regimens", "dose", "180 cGy", dose_high=1.8), _read("regimens", "dose", "18 cGy", dose_high=2.8)),
        (_read("regimens", "dose", "1,4 mg", dose_high=1.4), _read("regimens", "dose", "4 mg", dose_high=1.4)),
    ],
}
"""Per relation: words that hold the number, each beside some that do not."""

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
    "documents.kept_record_has_trial": [_lose("trial_documents", 3), _lose("trials", 1)],
    "trials.interventional_has_primary_endpoint": [
        _both(
            _set("trials", study_type="INTERVENTIONAL", start_date=datetime.date(2019, 3, 1)),
            _set("endpoints", role="SECONDARY"),
        )
    ],
    "safety.at_risk_within_enrollment": [
        _both(_set("trials", enrollment=40, enrollment_type="ACTUAL"), _set("safety", n_at_risk=60)),
    ],
    "safety.dose_limits_where_dose_is_sought": [
        _both(_set("trials", phase="PHASE3"), _set("safety", kind="dose_limiting_toxicity")),
    ],
    "endpoint_results.landmark_rates_do_not_rise": [
        _add(
            "endpoint_results",
            {"result_id": "v2", "value": 60.0, "landmark_months": 12.0, **_RATE},
            {"result_id": "v3", "value": 72.0, "landmark_months": 24.0, **_RATE},
        )
    ],
    "endpoint_results.median_within_follow_up": [
        _add(
            "endpoint_results",
            {"result_id": "v2", "statistic": "median", "unit": "mo", "value": 63.0, **_OS},
            {"result_id": "v3", "statistic": "follow_up_median", "unit": "mo", "value": 12.0, "ci_high": 30.0, **_OS, "concept": None},
        )
    ],
    "trials.trial_has_document": [_lose("trial_documents", 3)],
    "endpoint_results.endpoint_of_same_trial": [_set("endpoint_results", endpoint_id="e2")],
    "evidence.evidence_of_a_row": [_set("evidence", row_id="s9"), _set("evidence", table_name="regimens")],
}
for _name in FACT_TABLES:
    DAMAGES[f"{_name}.document_of_same_trial"] = [_set(_name, document_id="d5")]
    DAMAGES[f"{_name}.place_is_in_evidence"] = [
        _both(
            _set(_name, method="text", start_char=1),
            _add("evidence", {"table_name": _name, "row_id": _KEYS[_name], "ordinal": 9, "role": "whole", **_EVIDENCE}),
        )
    ]
    DAMAGES[f"{_name}.document_is_kept"] = [_set(_name, document_id="d3"), _set(_name, document_id="d4")]
    if "arm_id" in TABLES[_name].by_name:
        DAMAGES[f"{_name}.arm_of_same_trial"] = [_set(_name, arm_id="T2-1")]
    if "group_raw" in TABLES[_name].by_name:
        DAMAGES[f"{_name}.arm_is_the_group"] = [
            _both(
                _set("arms", label="Arm A"),
                _add("arms", {"arm_id": "T1-2", "trial_id": "T1", "label": "Arm B"}),
                _set(_name, group_raw="arm B "),
            )
        ]
DAMAGES |= {key: [broken for _, broken in cases] for key, cases in READ.items()}
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
    assert result.severity == RELATIONS[key].severity
    assert result.unexpected_count >= 1
    assert set(result.examples[0]) >= set(TABLES[result.table_name].primary_key)


@pytest.mark.parametrize(("key", "number"), [(key, number) for key, cases in READ.items() for number in range(len(cases))])
def test_numbers_are_found_in_their_words(key: str, number: int, consistent_folder: Path, write_table: Any, tmp_path: Path) -> None:
    """Figures of any kind, numbers in words and doses in other units are no damage; what is, is named by its row."""
    table_name, _ = key.split(".")
    broken: list[set[str]] = []
    for make in READ[key][number]:
        warehouse = copy.deepcopy(CONSISTENT)
        make(warehouse)
        for name in ("document_texts", "evidence", table_name):
            write_table(name, warehouse[name])
        broken += broken_rows(tmp_path, [RELATIONS[key]])
    assert broken == [set(), {_KEYS[table_name]}]
    warehouse[table_name][0]["flags"] = [RELATIONS[key].mark]
    write_table(table_name, warehouse[table_name])
    assert broken_rows(tmp_path, [RELATIONS[key]]) == [set()]


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
