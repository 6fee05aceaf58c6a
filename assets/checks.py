"""Asset checks: the shape of each table, keys and accounting across tables, and the rules of `expectations/`.

All checks are `blocking`, which makes what comes after wait for them; only a failed one of severity `error` stops it. What is checked is
declared in `pipelines.quality` and `expectations/`; this module only runs it and shows the results.
"""

from collections.abc import Callable, Iterator, Sequence

import dagster as dg

from assets.workspace import Workspace
from expectations import RULES
from pipelines import checking
from pipelines.build import BUILT_TABLES
from pipelines.build_folder import table_files
from pipelines.quality import accounts, drift, floors, known_values, reconciliation, store
from pipelines.quality.gx import run_suite
from pipelines.quality.relations import RELATIONS
from pipelines.quality.results import CheckResult, Severity
from pipelines.quality.shape import check_shape
from pipelines.reconciling import reconcile
from pipelines.schema.tables import TABLES

TABLE_SET = dg.AssetKey(drift.ALL_TABLES)
"""Stands for all tables: checks across tables are shown on it."""


def shown(result: CheckResult) -> dg.AssetCheckResult:
    """A result as the UI shows it; one of severity `warning` never fails a run, also when it could not be computed.

    What is checked stands in the description of the check itself; the result says what was found.
    """
    metadata: dict[str, dg.MetadataValue | int] = {"unexpected": result.unexpected_count, "looked_at": result.element_count}
    if result.findings:
        metadata["findings"] = dg.MetadataValue.md("\n".join(f"- {finding}" for finding in result.findings))
    if result.examples:
        metadata["examples"] = dg.MetadataValue.json(result.examples)
    return dg.AssetCheckResult(
        asset_key=result.table_name,
        check_name=result.check_name,
        passed=result.passed,
        severity=dg.AssetCheckSeverity.ERROR if result.severity == "error" else dg.AssetCheckSeverity.WARN,
        description=f"The check could not run: {result.error}" if result.error else _found(result),
        metadata=metadata,
    )


def read_back(evaluation: dg.AssetCheckEvaluation) -> CheckResult:
    """The result that `shown` was made of, without findings and examples."""
    table, name = evaluation.asset_key.to_user_string(), evaluation.check_name
    if evaluation.asset_key == TABLE_SET and "__" in name:
        table, _, name = name.partition("__")
    counts = {label: value.value or 0 for label, value in evaluation.metadata.items() if isinstance(value, dg.IntMetadataValue)}
    return CheckResult(
        table_name=table,
        check_name=name,
        severity="error" if evaluation.severity is dg.AssetCheckSeverity.ERROR else "warning",
        description=evaluation.description or "",
        passed=evaluation.passed,
        unexpected_count=counts.get("unexpected", 0),
        element_count=counts.get("looked_at", 0),
    )


def _found(result: CheckResult) -> str:
    if not result.passed:
        return f"Does not hold for {result.unexpected_count:,} of {result.element_count:,}."
    return f"Holds for all {result.element_count:,}." if result.element_count else "There was nothing to look at."


def _described(description: str, severity: Severity) -> str:
    """The UI calls every check blocking, so it is said of those that stop nothing."""
    return description if severity == "error" else f"{description}\n\n*A warning: it does not stop publication.*"


def _shape_check(name: str) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=name,
        name="shape",
        blocking=True,
        description="Columns, types, NULLs, closed vocabularies, bounds and the key are as declared.",
    )
    def check(workspace: Workspace) -> dg.AssetCheckResult:
        workspace.report(f"checking {name}")
        result = check_shape(TABLES[name], table_files(workspace.settings, name))
        store.keep(workspace.settings, f"{name}.shape", [result])
        return shown(result)

    return check


def _known_values_check(name: str) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=name,
        name=known_values.NAME,
        blocking=True,
        description=_described(
            "Values of the sources that no closed vocabulary knows: counted, kept in the `_raw` column, NULL in the coded one.", "warning"
        ),
    )
    def check(workspace: Workspace) -> dg.AssetCheckResult:
        result = known_values.check_known_values(TABLES[name], table_files(workspace.settings, name))
        store.keep(workspace.settings, f"{name}.{known_values.NAME}", [result])
        return shown(result)

    return check


def _rule_checks(name: str) -> dg.AssetChecksDefinition:
    specs = [
        dg.AssetCheckSpec(rule.name, asset=name, description=_described(rule.why, rule.severity), blocking=True) for rule in RULES[name]
    ]

    @dg.multi_asset_check(name=f"{name}_rules", specs=specs)
    def check(workspace: Workspace) -> Iterator[dg.AssetCheckResult]:
        workspace.report(f"checking {name}")
        results = run_suite(TABLES[name], RULES[name], table_files(workspace.settings, name))
        store.keep(workspace.settings, f"{name}.rules", results)
        yield from map(shown, results)

    return check


_Declared = tuple[str, str, str, Severity]


def _of_all_tables(name: str, checks: Sequence[_Declared], run: Callable[[Workspace], Sequence[CheckResult]]) -> dg.AssetChecksDefinition:
    """Checks that need all tables, given as (table, check, description, severity).

    They stand on `table_set`, where all tables are there; on the tables themselves they would wait for each other.
    """
    specs = [
        dg.AssetCheckSpec(_on_table_set(table, check), asset=TABLE_SET, description=_described(description, severity), blocking=True)
        for table, check, description, severity in checks
    ]

    @dg.multi_asset_check(name=name, specs=specs)
    def check(workspace: Workspace) -> Iterator[dg.AssetCheckResult]:
        workspace.report(f"checking {name}")
        for result in run(workspace):
            yield shown(result)._replace(asset_key=TABLE_SET, check_name=_on_table_set(result.table_name, result.check_name))

    return check


def _on_table_set(table: str, check: str) -> str:
    return check if table == drift.ALL_TABLES else f"{table}__{check}"


def _relation_checks() -> dg.AssetChecksDefinition:
    relations = [relation for relation in RELATIONS.values() if relation.table_name in BUILT_TABLES]
    declared: list[_Declared] = [(one.table_name, one.name, one.description, one.severity) for one in relations]
    return _of_all_tables("relations", declared, lambda workspace: checking.check_relations(workspace.settings))


def _reconciliation_checks() -> dg.AssetChecksDefinition:
    """The raw files, counted on their own, against the tables."""
    declared: list[_Declared] = [(one.table_name, one.name, one.description, "error") for one in reconciliation.CHECKS]
    return _of_all_tables(
        "reconciliation",
        declared,
        lambda workspace: reconcile(workspace.settings, workspace.executor, progress=workspace.progress),
    )


def _account_checks() -> dg.AssetChecksDefinition:
    declared: list[_Declared] = [(name, accounts.NAME, accounts.DESCRIPTION, "error") for name in checking.OF_REFRESH]
    return _of_all_tables("accounts", declared, lambda workspace: checking.check_accounts(workspace.settings))


def _drift_checks() -> dg.AssetChecksDefinition:
    declared: list[_Declared] = [(drift.ALL_TABLES, one.check_name, one.why, "error") for one in drift.TOLERANCES]
    declared.append((drift.ALL_TABLES, floors.NAME, floors.DESCRIPTION, "warning"))
    return _of_all_tables("drift", declared, lambda workspace: checking.check_drift(workspace.settings, accepted=workspace.accept_drift))


CHECKS: Sequence[dg.AssetChecksDefinition] = (
    *(_shape_check(name) for name in BUILT_TABLES),
    *(_known_values_check(name) for name in BUILT_TABLES if known_values.coded_columns(TABLES[name])),
    *(_rule_checks(name) for name in RULES),
    _relation_checks(),
    _reconciliation_checks(),
    _account_checks(),
    _drift_checks(),
)
