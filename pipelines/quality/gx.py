"""Great Expectations: runs the rules of a table batch by batch, and writes its suites and Data Docs.

The only module of `pipelines` that imports great_expectations, inside functions, since the import takes seconds.
DuckDB reads the Parquet parts, computes the flags of rules that GX has no words for, and finds example rows; GX (1.24)
judges pandas frames: over `duckdb-engine` it fetches after its connection is closed, and asked for the index of
unexpected rows it is 40 times slower.
"""

# ruff: noqa: PLC0415 - great_expectations is imported where it is used

import datetime
import json
import logging
import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from pipelines.quality.results import CheckResult, Severity, message, n_rows_text
from pipelines.quality.rules import Rule
from pipelines.quality.scan import DEFAULT_MEMORY, connection, example_columns, examples, named, rows_of
from pipelines.schema.columns import Table
from pipelines.schema.ddl import quoted

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations import ExpectationSuite
    from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext
    from great_expectations.expectations.expectation import Expectation
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

_SOURCE = "warehouse"


class _Tally:
    """What the batches said of one rule so far."""

    def __init__(self) -> None:
        self.unexpected = 0
        self.elements = 0
        self.error: str | None = None


def run_suite(
    table: Table,
    rules: Sequence[Rule],
    files: Sequence[Path],
    *,
    batch_rows: int = 250_000,
    memory_limit: str = DEFAULT_MEMORY,
) -> list[CheckResult]:
    """One result per rule, in their order. A rule that cannot be evaluated has an `error`; the others are not affected.

    Memory: one frame of `batch_rows` rows with the columns that rules read, beside DuckDB's `memory_limit`.
    """
    tallies = {rule.name: _Tally() for rule in rules}
    rows = rows_of(files)
    with connection(memory_limit=memory_limit) as connected:
        for rule in rules:
            tallies[rule.name].error = _fault(connected, rule, rows)
        runnable = [rule for rule in rules if tallies[rule.name].error is None]
        if runnable:
            _judge(table, runnable, _frames(connected, runnable, rows, batch_rows), tallies)
        return [_result(connected, table, rule, rows, tallies[rule.name]) for rule in rules]


def _fault(connected: duckdb.DuckDBPyConnection, rule: Rule, rows: str) -> str | None:
    """Why DuckDB cannot evaluate the rule over these columns."""
    try:
        connected.execute(f"EXPLAIN SELECT {named(rule.columns)}, ({rule.holds})::BOOLEAN FROM {rows}")
    except duckdb.Error as error:
        return message(error)
    return None


def _frames(connected: duckdb.DuckDBPyConnection, rules: Sequence[Rule], rows: str, batch_rows: int) -> Iterator["pd.DataFrame"]:
    """The columns that the rules' expectations read, as frames; at least one, which may have no rows."""
    plain = dict.fromkeys(column for rule in rules if not rule.is_computed for column in rule.columns)
    flags = [f'({rule.holds}) AS "{rule.computed_column}"' for rule in rules if rule.is_computed]
    chosen = [f'"{column}"' for column in plain] + flags
    reader = connected.sql(f"SELECT {', '.join(chosen)} FROM {rows}").to_arrow_reader(batch_rows)
    n_batches = 0
    for batch in reader:
        n_batches += 1
        yield batch.to_pandas()
    if not n_batches:
        yield reader.schema.empty_table().to_pandas()


def _judge(table: Table, rules: Sequence[Rule], frames: Iterator["pd.DataFrame"], tallies: Mapping[str, _Tally]) -> None:
    """Adds up what GX says of each frame. An exception outside of any expectation is an error of every rule."""
    try:
        with _quiet():
            context = _context()
            suite, faults = _suite(context, table.name, rules)
            for name, fault in faults.items():
                tallies[name].error = fault
            source = context.data_sources.add_pandas(_SOURCE)
            definition = source.add_dataframe_asset(table.name).add_batch_definition_whole_dataframe("all")
            for frame in frames:
                batch = definition.get_batch({"dataframe": frame})
                judged = batch.validate(suite, result_format={"result_format": "BASIC", "partial_unexpected_count": 0})
                for verdict in judged.results:
                    _add(
                        tallies[_rule_name(verdict.expectation_config)],
                        verdict.success,
                        verdict.result,
                        verdict.exception_info,
                    )
    # GX and pandas raise whatever their insides raise; it must end as the error of these checks, not as a crash.
    except Exception as error:  # noqa: BLE001
        for rule in rules:
            tallies[rule.name].error = tallies[rule.name].error or message(error)


def _add(tally: _Tally, success: bool | None, result: Mapping[str, Any], exception_info: Mapping[str, Any]) -> None:
    raised = _exception(exception_info)
    if raised is None and not success and not result.get("unexpected_count"):
        raised = f"Great Expectations rejected the batch without an unexpected row: {dict(result)}"
    if raised is not None:
        tally.error = tally.error or raised
        return
    tally.unexpected += result.get("unexpected_count", 0)
    tally.elements += result.get("element_count", 0)


def _exception(exception_info: Mapping[str, Any]) -> str | None:
    """GX gives one description of an exception, or one for each metric that raised."""
    infos = [exception_info] if "raised_exception" in exception_info else exception_info.values()
    for info in infos:
        if info["raised_exception"]:
            return " ".join(str(info["exception_message"]).split())
    return None


def _result(connected: duckdb.DuckDBPyConnection, table: Table, rule: Rule, rows: str, tally: _Tally) -> CheckResult:
    shown: list[dict[str, Any]] = []
    severity, findings = rule.severity, list[str]()
    if tally.error is None and tally.unexpected:
        columns = named(example_columns(table, rule.columns))
        broken = f"FROM {rows} WHERE NOT ({rule.holds})"
        if rule.is_screened:
            severity, findings = _marked(connected, rule, broken)
        shown = examples(connected, f"SELECT {columns} {broken}")
    return CheckResult(
        table_name=table.name,
        check_name=rule.name,
        severity=severity,
        description=rule.why,
        passed=tally.error is None and not tally.unexpected,
        unexpected_count=0 if tally.error else tally.unexpected,
        element_count=0 if tally.error else tally.elements,
        findings=findings,
        examples=shown,
        error=tally.error,
    )


def _marked(connected: duckdb.DuckDBPyConnection, rule: Rule, broken: str) -> tuple[Severity, list[str]]:
    """How grave it is that rows break a rule by which rows were screened: one that stayed without its flag came in some other way."""
    is_marked = f"coalesce(list_contains(flags, {quoted(rule.mark)}), FALSE)"
    marked, unmarked = connected.execute(f"SELECT count(*) FILTER ({is_marked}), count(*) FILTER (NOT {is_marked}) {broken}").fetchall()[0]
    findings = [f"{n_rows_text(marked)} with the flag `{rule.mark}`"] if marked else []
    if unmarked:
        findings.append(f"{n_rows_text(unmarked)} without it: the table was changed after its rows were screened")
    return ("error" if unmarked else "warning"), findings


@contextmanager
def _quiet() -> Generator[None]:
    """GX logs every exception that it also returns; Data Docs and notebooks are not for this process's log."""
    # Read when GX is first imported. The context's own setting says the same; versions differ in which they look at.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    logger = logging.getLogger("great_expectations")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


def _context() -> "EphemeralDataContext":
    import great_expectations
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    return great_expectations.get_context(
        mode="ephemeral",
        project_config=DataContextConfig(
            analytics_enabled=False,
            # By default each context makes a folder for Data Docs in /tmp, which nobody deletes.
            store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
            progress_bars=ProgressBarsConfig(globally=False),
        ),
    )


def _suite(context: "EphemeralDataContext", table_name: str, rules: Sequence[Rule]) -> tuple["ExpectationSuite", dict[str, str]]:
    """The suite of those rules that GX accepts, and by rule why it does not accept the others."""
    from great_expectations import ExpectationSuite

    expectations: list[Expectation] = []
    faults: dict[str, str] = {}
    for rule in rules:
        try:
            expectations.append(_expectation(rule))
        # An unknown expectation, arguments that it refuses: GX and pydantic have many exceptions for it.
        except Exception as error:  # noqa: BLE001
            faults[rule.name] = message(error)
    return context.suites.add(ExpectationSuite(name=table_name, expectations=expectations)), faults


def _expectation(rule: Rule) -> "Expectation":
    from great_expectations.expectations.metadata_types import FailureSeverity
    from great_expectations.expectations.registry import get_expectation_impl

    severity = FailureSeverity.CRITICAL if rule.severity == "error" else FailureSeverity.WARNING
    make = get_expectation_impl(rule.expectation)
    return make(**rule.kwargs, meta={"rule": rule.name}, notes=rule.why, severity=severity)


def _rule_name(expectation: "Expectation | ExpectationConfiguration | None") -> str:
    return ((expectation and expectation.meta) or {})["rule"]


def write_data_docs(
    results: Sequence[CheckResult],
    rules: Mapping[str, Sequence[Rule]],
    folder: Path,
    *,
    run_name: str,
    run_at: datetime.datetime,
) -> None:
    """Writes `<folder>/suites/<table>.json` and GX's static site at `<folder>/data_docs/index.html`.

    `rules` by table; of `results` those of rules are shown, with `run_name` and `run_at` (the refresh and its start).
    The pages load styles from the net: `pipelines.quality.report` writes one that does not.
    """
    with _quiet():
        context = _context()
        docs = folder.resolve() / "data_docs"
        context.add_data_docs_site(
            "local",
            {
                "class_name": "SiteBuilder",
                "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(docs)},
                "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
                # Left out of GX's own type; without it the index advises people on how to set up GX.
                "show_how_to_buttons": False,  # pyright: ignore[reportArgumentType]
            },
        )
        (folder / "suites").mkdir(parents=True, exist_ok=True)
        by_check = {(result.table_name, result.check_name): result for result in results}
        for table_name, of_table in rules.items():
            suite, _ = _suite(context, table_name, of_table)
            (folder / "suites" / f"{table_name}.json").write_text(_suite_json(suite, of_table), encoding="utf-8")
            judged = [
                (expectation, rule, result)
                for rule, expectation in _paired(of_table, suite)
                if (result := by_check.get((table_name, rule.name))) is not None
            ]
            if judged:
                _store_validation(context, table_name, judged, run_name, run_at)
        context.build_data_docs()


def _paired(rules: Sequence[Rule], suite: "ExpectationSuite") -> Iterator[tuple[Rule, "Expectation"]]:
    by_name = {rule.name: rule for rule in rules}
    for expectation in suite.expectations:
        yield by_name[_rule_name(expectation)], expectation


def _suite_json(suite: "ExpectationSuite", rules: Sequence[Rule]) -> str:
    """The suite as GX reads it, without its random ids, so that it only changes with the rules; with the SQL of flags."""
    document: dict[str, Any] = suite.to_json_dict()
    document.pop("id", None)
    by_name = {rule.name: rule for rule in rules}
    for expectation in document["expectations"]:
        expectation.pop("id", None)
        rule = by_name[expectation["meta"]["rule"]]
        if rule.is_computed:
            expectation["meta"]["sql"] = " ".join(rule.holds.split())
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _store_validation(
    context: "EphemeralDataContext",
    table_name: str,
    judged: Sequence[tuple["Expectation", Rule, CheckResult]],
    run_name: str,
    run_at: datetime.datetime,
) -> None:
    """Puts one validation of the whole table where the site is built from: the sums over its batches."""
    import great_expectations
    from great_expectations.core.expectation_validation_result import (
        ExpectationSuiteValidationResult,
        ExpectationValidationResult,
    )
    from great_expectations.core.run_identifier import RunIdentifier
    from great_expectations.data_context.types.resource_identifiers import (
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )

    verdicts = [
        ExpectationValidationResult(
            success=result.passed,
            expectation_config=expectation.configuration,
            result={
                "element_count": result.element_count,
                "unexpected_count": result.unexpected_count,
                "unexpected_percent": 100 * result.unexpected_count / max(1, result.element_count),
                "partial_unexpected_list": [
                    ", ".join(f"{column} = {row.get(column)}" for column in rule.columns) for row in result.examples
                ],
            },
            exception_info={
                "raised_exception": result.error is not None,
                "exception_message": result.error,
                "exception_traceback": None,
            },
        )
        for expectation, rule, result in judged
    ]
    n_passed = sum(result.passed for _, _, result in judged)
    run = RunIdentifier(run_name=run_name, run_time=run_at)
    batch_id = f"{_SOURCE}-{table_name}"
    validation = ExpectationSuiteValidationResult(
        success=n_passed == len(judged),
        results=verdicts,
        suite_name=table_name,
        statistics={
            "evaluated_expectations": len(judged),
            "successful_expectations": n_passed,
            "unsuccessful_expectations": len(judged) - n_passed,
            "success_percent": 100 * n_passed / len(judged),
        },
        meta={
            "great_expectations_version": great_expectations.__version__,
            "run_id": run.to_json_dict(),
            "batch_spec": {"data_asset_name": table_name},
            "active_batch_definition": {
                "datasource_name": _SOURCE,
                "data_connector_name": "fluent",
                "data_asset_name": table_name,
                "batch_identifiers": {},
            },
        },
    )
    key = ValidationResultIdentifier(
        expectation_suite_identifier=ExpectationSuiteIdentifier(table_name), run_id=run, batch_identifier=batch_id
    )
    context.validation_results_store.add(key, validation)
