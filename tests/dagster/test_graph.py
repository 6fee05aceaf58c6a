"""The graph of assets, checks, jobs, schedules and sensors is the one that was agreed on."""

import re
import subprocess
import sys

from assets.definitions import defs
from pipelines.build import BUILT_TABLES
from pipelines.schema.tables import TABLES
from pipelines.settings import PROJECT
from tests.dagster import graph


def test_the_graph_is_as_recorded() -> None:
    """A change of keys, dependencies, checks, jobs, schedules or sensors is seen and meant: `python -m tests.dagster.graph` records it."""
    assert graph.render() == graph.PATH.read_text(encoding="utf-8")


def test_every_built_table_is_an_asset_with_its_declared_columns() -> None:
    """The Columns tab shows a table before anything was run."""
    specs = {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}
    for name in BUILT_TABLES:
        shown = specs[name].metadata["dagster/column_schema"].columns
        assert [(column.name, column.type) for column in shown] == [(c.name, c.type.value) for c in TABLES[name].columns]
        assert all(column.description for column in shown)


def test_groups_follow_one_another_without_a_circle() -> None:
    """The lineage of the groups, which is what one sees first, reads from `sources` to `publish`; labels lie outside of the raw folder."""
    specs = {spec.key: spec for spec in defs.resolve_all_asset_specs()}
    before: dict[str | None, set[str | None]] = {}
    for spec in specs.values():
        groups = {specs[dep.asset_key].group_name for dep in spec.deps} - {spec.group_name}
        before.setdefault(spec.group_name, set()).update(groups)
    order: list[str | None] = []
    while ready := sorted(str(group) for group, needed in before.items() if group not in order and needed <= set(order)):
        order += ready
    assert set(order) == set(before)
    assert order[-1] == "publish"
    assert next(group for group in order if group != "quality") == "sources"


def test_descriptions_begin_with_plain_words() -> None:
    """The catalog shows the first line as it is: Markdown would stand there as asterisks."""
    for spec in defs.resolve_all_asset_specs():
        assert re.match(r"[A-Z][\w ,`']+[.:,]", spec.description or ""), spec.key


def test_what_depends_on_a_table_waits_for_all_its_checks() -> None:
    """Publication comes after the last check: it writes their results, and some of them stop it."""
    for key, checks in defs.get_repository_def().asset_checks_defs_by_key.items():
        assert next(spec for spec in checks.check_specs if spec.key == key).blocking, key


def test_loading_the_definitions_says_nothing() -> None:
    """No warning is printed at every start of the UI and of each run."""
    loaded = subprocess.run(
        [sys.executable, "-W", "default", "-c", "import assets.definitions as d; d.defs.get_repository_def()"],
        capture_output=True,
        text=True,
        check=True,
        cwd=PROJECT,
    )
    assert loaded.stdout + loaded.stderr == ""
