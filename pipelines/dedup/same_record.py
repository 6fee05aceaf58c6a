"""Versions of one registry record: the newest is kept, older ones are superseded.

The same version in another format stays, because it may state what the fuller format cannot carry. Two documents with different registry
ids are never compared here.
"""

import polars as pl

FORMAT_ORDER = (
    *("ctgov_json", "ctgov_classic_json", "ctgov_xml", "aact", "ctgov_csv"),
    *("ctis", "euctr", "isrctn", "chictr", "cde"),
    *("ictrp", "ctgov_flattened_json", "ctgov_text"),
)
"""Formats of registry records, the fullest first; what the WHO copies from a register comes after the register's own."""


def ranked(studies: pl.DataFrame) -> pl.DataFrame:
    """The studies with `rank` (0 for the best document of its trial), in order of trial and rank.

    `studies` has `document_id`, `trial_id`, `source_path`, `record_index`, `source_format`, `carried` (NULL: everything),
    `version_date`, `download_date` (ISO dates) and `n_chars`. Newest version first, then the fullest format, then
    the latest download, then the longest, then by path. A document that states no version comes after those that do.
    """
    by_format = {name: place for place, name in enumerate(FORMAT_ORDER)}
    return (
        studies.with_columns(
            format_place=pl.col("source_format").replace_strict(by_format, default=len(FORMAT_ORDER), return_dtype=pl.Int32),
            n_carried=pl.col("carried").list.len().cast(pl.Int64).fill_null(1_000_000),
        )
        .sort(
            ["trial_id", "version_date", "format_place", "n_carried", "download_date", "n_chars", "source_path", "record_index"],
            descending=[False, True, False, True, True, True, False, False],
            nulls_last=True,
        )
        .with_columns(rank=pl.int_range(pl.len()).over("trial_id"))
    )


def superseded(studies: pl.DataFrame) -> pl.DataFrame:
    """(`document_id`, `duplicate_of`) of every older version, and of all but the latest copy of a version in one format.

    Copies that can state different things (two exports with different columns) are not copies of each other.
    """
    ordered = ranked(studies)
    newest = pl.col("version_date").max().over("trial_id")
    is_older = pl.col("version_date").is_not_null() & (pl.col("version_date") < newest)
    return (
        ordered.with_columns(
            carries=pl.col("carried").list.sort().list.join(",").fill_null("*"),
            version=pl.col("version_date").fill_null("unknown"),
        )
        .with_columns(
            best=pl.col("document_id").first().over("trial_id"),
            best_copy=pl.col("document_id").first().over("trial_id", "version", "source_format", "carries"),
        )
        .with_columns(duplicate_of=pl.when(is_older).then("best").otherwise("best_copy"))
        .filter(pl.col("duplicate_of") != pl.col("document_id"))
        .select("document_id", "duplicate_of")
    )
