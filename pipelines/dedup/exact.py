"""Exact duplicates: documents whose content has the same digest."""

import polars as pl


def exact_duplicates(documents: pl.DataFrame) -> pl.DataFrame:
    """(`document_id`, `duplicate_of`) of every document that repeats another's content.

    `documents` has `document_id`, `content_sha256`, `kind`, `source_path` and `record_index`. The first by path and place is
    kept, so that the order in which files were read does not matter. Documents without a digest repeat nothing.
    """
    return (
        documents.filter(pl.col("content_sha256").is_not_null())
        .sort("source_path", "record_index")
        .with_columns(duplicate_of=pl.col("document_id").first().over("kind", "content_sha256"))
        .filter(pl.col("duplicate_of") != pl.col("document_id"))
        .select("document_id", "duplicate_of")
    )
