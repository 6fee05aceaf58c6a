"""Frames of records as the steps that see all of them get them."""

from typing import Any

import polars as pl

SCHEMA = {
    "document_id": pl.String,
    "trial_id": pl.String,
    "registration": pl.String,
    "source_path": pl.String,
    "record_index": pl.Int64,
    "source_format": pl.String,
    "carried": pl.List(pl.String),
    "version_date": pl.String,
    "download_date": pl.String,
    "n_chars": pl.Int64,
}


def frame(*records: dict[str, Any]) -> pl.DataFrame:
    """One row per record; what is not given is that of an ordinary JSON study of one trial."""
    given_all = [
        {
            "trial_id": "NCT1",
            "source_path": record["document_id"],
            "record_index": 0,
            "source_format": "ctgov_json",
            "carried": None,
            "version_date": "2024-01-01",
            "download_date": None,
            "n_chars": 100,
        }
        | record
        for record in records
    ]
    for given in given_all:
        given.setdefault("registration", given["trial_id"])
    return pl.DataFrame(given_all, schema=SCHEMA)
