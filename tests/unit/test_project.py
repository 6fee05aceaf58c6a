"""Claims about the project as a whole: layers, samples, packages."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.build import BUILT_TABLES, EXTRACTED
from pipelines.extract import EXTRACTORS
from pipelines.schema.tables import TABLES
from pipelines.settings import PROJECT
from pipelines.sources import containers, readers
from pipelines.sources.records import REASON_TEXT, SNIFF_BYTES, Reason

LATER = {"link_candidates", "discrepancies"}
"""Tables that are declared and published, and that nothing fills yet."""


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """(module, stands at top level) of every import in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = set(map(id, tree.body))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((name.name, id(node) in top) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, id(node) in top


def test_pipelines_know_neither_dagster_nor_great_expectations() -> None:
    """But for the GX runner, inside functions, and the command line, which starts the job."""
    for path in (PROJECT / "pipelines").rglob("*.py"):
        for module, at_top in imports(path):
            root = module.partition(".")[0]
            if root in {"dagster", "great_expectations", "assets"}:
                allowed = {"dagster": "cli.py", "assets": "cli.py", "great_expectations": "gx.py"}[root]
                inside_type_checking = not at_top
                assert path.name == allowed, f"{path} imports {module}"
                assert inside_type_checking, f"{path} imports {module} at module level"


def test_nothing_reaches_into_dagster_internals() -> None:
    """`dagster._core` may change at any release."""
    for folder in ("pipelines", "assets", "expectations"):
        for path in (PROJECT / folder).rglob("*.py"):
            assert not [module for module, _ in imports(path) if module.startswith("dagster._")], path


def test_every_table_is_filled_or_named_as_not_yet() -> None:
    """A declared table has an extractor, a step of its own, is history, or is on the short list of later work."""
    history = {name for name, table in TABLES.items() if table.history}
    assert set(TABLES) == set(BUILT_TABLES) | history | LATER
    assert set(EXTRACTED) == set(EXTRACTORS)


def test_every_reason_has_its_sentence() -> None:
    """A code in `quarantine` is never shown alone."""
    assert set(REASON_TEXT) == set(Reason)


def test_every_source_has_a_sample() -> None:
    """`raw/` holds a file for each reader, so that the first refresh shows all of them."""
    found = set()
    for path in (PROJECT / "raw").rglob("*"):
        if path.is_file() and path.stat().st_size:
            head = path.read_bytes()[:SNIFF_BYTES]
            if containers.kind(head) is None and (reader := readers.identify(head)):
                found.add(reader.FORMAT)
    assert {reader.FORMAT for reader in readers.READERS} <= found


def test_every_package_is_listed() -> None:
    """A folder with code that the package list forgets would be missing from an installation."""
    listed = set(tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    there = {
        ".".join(path.parent.relative_to(PROJECT).parts)
        for folder in ("pipelines", "assets", "expectations")
        for path in (PROJECT / folder).rglob("__init__.py")
    }
    assert there == listed


def test_every_module_says_what_belongs_in_it() -> None:
    """The first thing in a module is its docstring."""
    for folder in ("pipelines", "assets", "expectations"):
        for path in (PROJECT / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            if text.strip():
                assert ast.get_docstring(ast.parse(text)), path


@pytest.mark.parametrize("name", ["README.md", "docs/architecture.md"])
def test_links_in_the_documentation_lead_somewhere(name: str) -> None:
    """Every relative link names a file that is there."""
    import re

    page = PROJECT / name
    for target in re.findall(r"\]\((?!http)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{name} links to {target}"
