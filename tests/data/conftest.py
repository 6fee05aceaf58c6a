"""Warehouses of the real files that several data tests read, each built once."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from pipelines.settings import Settings

Tables = dict[str, pl.DataFrame]


def tables_of(settings: Settings) -> Tables:
    """All built tables, and `studies`, which says what each kept registry record is able to state."""
    found = {folder.name: pl.read_parquet(sorted(folder.glob("*.parquet"))) for folder in settings.build_parquet.iterdir()}
    return {**found, "studies": pl.read_parquet(settings.build / "studies.parquet")}


@pytest.fixture(scope="session")
def whole(corpus: Path, build_tables: Callable[..., Settings]) -> Tables:
    """The tables of the whole corpus."""
    return tables_of(build_tables(corpus))


@pytest.fixture(scope="session")
def by_format(corpus: Path, build_tables: Callable[..., Settings]) -> dict[str, Tables]:
    """The tables of each registry format alone."""
    folders = {
        "json": [corpus / "ctgov_json", corpus / "large" / "ctg-studies.json.zip"],
        "xml": [corpus / "ctgov_xml", corpus / "large" / "AllPublicXML.zip"],
        "csv": [corpus / "ctgov_csv"],
    }
    found = {name: tables_of(build_tables(paths)) for name, paths in folders.items()}
    # Files of the classic API lie among those of the current one.
    return {**found, "classic": found["json"]}
