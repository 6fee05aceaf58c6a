"""Reconciliation: the census of the raw files against the tables of the build, one check per format, and the account of files and records.

Compared are the records that alone speak for what they state: kept, first among the documents of their trial, which no other register
and no article has a part in. What the others are (copies, older versions, trials of several sources) is said by number. The census is
made by `pipelines.engine.census_stage`; what is compared is declared in `pipelines.quality.census`.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from pipelines.quality.census.exceptions import EXCEPTIONS
from pipelines.quality.census.fields import FIELDS
from pipelines.quality.census.mappings import FORMATS, MAPPINGS
from pipelines.quality.census.values import HASH_SQL, HASHES
from pipelines.quality.results import MAX_EXAMPLES, CheckResult, message
from pipelines.quality.scan import DEFAULT_MEMORY, connection, examples, parts, rows_of
from pipelines.schema.ddl import quoted

TABLE = "trials"
"""The table that the checks of formats stand on."""


class Check(NamedTuple):
    """A check of this module: its table, name and description."""

    table_name: str
    name: str
    description: str


def _of_format(source_format: str) -> Check:
    return Check(
        TABLE,
        f"reconciles_{source_format}",
        f"Every labelled value in the raw files of {source_format} is in the tables, and no more, counted in the bytes field by field.",
    )


FORMAT_CHECKS: dict[str, Check] = {source_format: _of_format(source_format) for source_format in FORMATS}
FILES = Check(
    "raw_files", "every_file_is_accounted_for", "Every file and every member of an archive gave a document, is in quarantine, or is blank."
)
RECORDS = Check(
    "documents",
    "every_record_is_a_document",
    "Every record that the census counts is a document, and every document of such a format is a record that it counts.",
)
CHARACTERS = Check("documents", "every_character_is_read", "An article in a file of its own has as many characters as the file.")
CHECKS: tuple[Check, ...] = (*FORMAT_CHECKS.values(), FILES, RECORDS, CHARACTERS)
"""All checks, whatever the raw folder holds."""


def reconcile(census: Sequence[Path], parquet_dir: Path, studies: Path, *, memory_limit: str = DEFAULT_MEMORY) -> list[CheckResult]:
    """All checks, in the order of `CHECKS`.

    `census` are the folders of the census, `parquet_dir` the tables, `studies` the account of which kept record speaks for which trial.
    """
    with connection(memory_limit=memory_limit) as connected:
        try:
            _prepare(connected, census, parquet_dir, studies)
        except duckdb.Error as error:
            return [_result(check, passed=False, error=message(error)) for check in CHECKS]
        formats = _formats(connected)
        accounts = [_account(connected, check, account) for check, account in _ACCOUNTS.items()]
        return [*formats, *accounts]


def _formats(connected: duckdb.DuckDBPyConnection) -> list[CheckResult]:
    try:
        _compare(connected)
        return [_reconciled(connected, source_format, check) for source_format, check in FORMAT_CHECKS.items()]
    except duckdb.Error as error:
        return [_result(check, passed=False, error=message(error)) for check in FORMAT_CHECKS.values()]


def _result(check: Check, **what: Any) -> CheckResult:
    return CheckResult(table_name=check.table_name, check_name=check.name, severity="error", description=check.description, **what)


# ---- what is compared -------------------------------------------------------------------------------------------------

_USED_TABLES = ("documents", "trial_documents", "raw_files", "quarantine", "document_texts")

_RECORDS = """
    CREATE TEMP TABLE looked AS
    SELECT studies.trial_id, studies.source_format, studies.document_id, census_records.record,
        count(*) OVER (PARTITION BY studies.trial_id) = 1 AS is_alone, studies.rank, census_records.shape::VARCHAR AS shape
    FROM studies LEFT JOIN census_records USING (source_path, record_index);
    DELETE FROM looked WHERE rank > 0 OR record IS NULL OR trial_id IN (SELECT trial_id FROM studies WHERE is_shared)
    OR document_id IN (SELECT document_id FROM quarantine WHERE stage IN ('extract', 'check'));
"""
"""The records that are compared; those of which something is in quarantine are accounted for there. `is_alone`: no other document may
have filled what this one leaves open."""

_STATED = """
    CREATE TEMP TABLE stated AS
    SELECT looked.trial_id, field::VARCHAR AS field, sum(n)::BIGINT AS n, sum(left_out)::BIGINT AS left_out,
        (sum(fingerprint) % {hashes})::UBIGINT AS fingerprint
    FROM census_values JOIN looked USING (record) WHERE NOT is_once GROUP BY ALL
    UNION ALL
    SELECT trial_id, field, count(*), max(left_out), (sum(hash) % {hashes})::UBIGINT FROM (
        SELECT DISTINCT looked.trial_id, field::VARCHAR AS field, left_out, unnest(hashes) AS hash
        FROM census_values JOIN looked USING (record) WHERE is_once
    ) GROUP BY ALL
"""


def _prepare(connected: duckdb.DuckDBPyConnection, census: Sequence[Path], parquet_dir: Path, studies: Path) -> None:
    for name in {*_USED_TABLES, *(field.table for field in FIELDS.values())}:
        connected.execute(f'CREATE VIEW "{name}" AS SELECT * FROM {rows_of(parts(parquet_dir / name))}')
    connected.execute(f"CREATE VIEW studies AS SELECT * FROM {rows_of([studies])}")
    once = ", ".join(quoted(name) for name, field in FIELDS.items() if field.once)
    for name in ("files", "records", "values"):
        columns = f"*, field::VARCHAR IN ({once}) AS is_once" if name == "values" else "*"
        found = [folder / f"{name}.parquet" for folder in census]
        connected.execute(f"CREATE VIEW census_{name} AS SELECT {columns} FROM {rows_of(found)}")
    connected.execute(_RECORDS)


def _compare(connected: duckdb.DuckDBPyConnection) -> None:
    """Make the table of all that is compared: one row per record and field, with what the raw file and the table have."""
    connected.execute(_STATED.format(hashes=HASHES))
    connected.execute(f"CREATE TEMP TABLE held AS {' UNION ALL '.join(_held())}")
    shapes = sorted({(mapping.of_set or mapping.name, field) for mapping in MAPPINGS for field in mapping.places})
    mapped = ", ".join(f"({quoted(shape)}, {quoted(field)}, {FIELDS[field].at_least})" for shape, field in shapes)
    connected.execute(f"CREATE TEMP TABLE mapped AS SELECT * FROM (VALUES {mapped}) AS pairs(shape, field, at_least)")
    connected.execute(
        """
        CREATE TEMP TABLE compared AS
        SELECT looked.source_format, mapped.field, looked.trial_id, looked.record, looked.document_id,
            coalesce(stated.n, 0) AS n_raw, coalesce(held.n, 0) AS n_table, coalesce(stated.left_out, 0) AS left_out,
            is_alone, coalesce(stated.fingerprint, 0) <> coalesce(held.fingerprint, 0)
            AND NOT (at_least AND n_raw = 0) AND NOT (left_out > 0 AND n_table BETWEEN n_raw AND n_raw + left_out) AS differs
        FROM looked JOIN mapped USING (shape)
        LEFT JOIN stated USING (trial_id, field) LEFT JOIN held USING (trial_id, field)
        WHERE stated.n > 0 OR stated.left_out > 0 OR (held.n > 0 AND is_alone)
        """
    )


def _held() -> Iterator[str]:
    """SQL of what the tables hold of the trials that are looked at: number and fingerprint of the values by trial and field.

    Each table is read once for all its fields, but for those whose repeated values count once.
    """
    by_table: defaultdict[str, list[str]] = defaultdict(list)
    for name, field in FIELDS.items():
        if field.once:
            values = f"SELECT DISTINCT trial_id, {field.value} AS value FROM {field.table} WHERE {field.where}"
            hashed = f"{{'field': {quoted(name)}, 'n': count(value), 'fingerprint': {_FINGERPRINT.format(HASH_SQL.format('value'))}}}"
            yield f"SELECT trial_id, unnest({hashed}) FROM ({values}) SEMI JOIN looked USING (trial_id) GROUP BY trial_id"
        else:
            hashed = f"CASE WHEN {field.where} THEN {HASH_SQL.format(field.value)} END"
            by_table[field.table].append(f"{{'field': {quoted(name)}, 'n': count({hashed}), 'fingerprint': {_FINGERPRINT.format(hashed)}}}")
    for table, fields in by_table.items():
        found = f"SELECT trial_id, unnest([{', '.join(fields)}]) AS found FROM {table} SEMI JOIN looked USING (trial_id) GROUP BY trial_id"
        yield f"SELECT trial_id, unnest(found) FROM ({found}) WHERE found.n > 0"


_FINGERPRINT = f"(sum({{0}}) % {HASHES})::UBIGINT"


def _reconciled(connected: duckdb.DuckDBPyConnection, source_format: str, check: Check) -> CheckResult:
    of_format = f"FROM compared WHERE source_format = {quoted(source_format)}"
    excused = " OR ".join(f"({exception.sql})" for exception in EXCEPTIONS if exception.source_format == source_format) or "false"
    connected.execute(f"CREATE OR REPLACE TEMP TABLE offending AS SELECT * {of_format} AND differs AND NOT ({excused})")
    ((n_values,),) = connected.execute(f"SELECT coalesce(sum(n_raw), 0)::BIGINT {of_format}").fetchall()
    ((n_offending,),) = connected.execute("SELECT count(*) FROM offending").fetchall()
    if not n_offending:
        return _result(check, passed=True, element_count=n_values)
    shown = examples(
        connected,
        """
        SELECT field, source_path, record_index, n_raw, n_table, trial_id, document_id FROM (
            SELECT *, row_number() OVER (PARTITION BY field ORDER BY document_id) AS place FROM offending
        ) JOIN documents USING (document_id) ORDER BY place, field LIMIT 5
        """,
        limit=MAX_EXAMPLES,
    )
    return _result(
        check,
        passed=False,
        unexpected_count=n_offending,
        element_count=n_values,
        findings=_findings(connected, source_format),
        examples=shown,
    )


def _findings(connected: duckdb.DuckDBPyConnection, source_format: str) -> list[str]:
    """A sentence for each field that differs, over all records compared for it."""
    fields = connected.execute("SELECT field, count(*) FROM offending GROUP BY field ORDER BY 2 DESC, 1").fetchall()
    found: list[str] = []
    for name, n_records in fields:
        ((n_raw, n_table),) = connected.execute(
            "SELECT sum(n_raw)::BIGINT, sum(n_table)::BIGINT FROM compared WHERE source_format = ? AND field = ?", [source_format, name]
        ).fetchall()
        of_format = f"SELECT trial_id FROM looked WHERE source_format = {quoted(source_format)}"
        ((distinct_raw,),) = connected.execute(
            f"""SELECT count(DISTINCT hash) FROM (
                SELECT unnest(hashes) AS hash FROM census_values JOIN looked USING (record)
                WHERE field::VARCHAR = {quoted(name)} AND source_format = {quoted(source_format)})"""
        ).fetchall()
        ((distinct_table,),) = connected.execute(
            f"SELECT count(DISTINCT value) FROM ({FIELDS[name].sql}) WHERE trial_id IN ({of_format})"
        ).fetchall()
        records = "1 record" if n_records == 1 else f"{n_records:,} records"
        found.append(
            f"`{name}`: {n_raw:,} values in the raw files, {n_table:,} in the table; {distinct_raw:,} / {distinct_table:,} distinct; "
            f"{records} differ{'s' if n_records == 1 else ''}."
        )
    return found


# ---- accounts ---------------------------------------------------------------------------------------------------------


class Account(NamedTuple):
    """What is missing in an account, and what it looks at, as SQL."""

    missing: str
    of: str


_ACCOUNTS: Mapping[Check, Account] = {
    FILES: Account(
        """
        SELECT source_path, source_format, n_records, problem FROM census_files
        WHERE NOT is_blank AND NOT part_of_set AND (source_format IS NULL OR n_records > 0 OR problem IS NOT NULL)
        AND NOT contains(source_path, '__MACOSX/') AND NOT ends_with(source_path, '.DS_Store')
        AND source_path NOT IN (SELECT source_path FROM documents) AND source_path NOT IN (SELECT source_path FROM quarantine)
        AND source_path NOT IN (SELECT source_path FROM raw_files WHERE status = 'joined')
        AND split_part(source_path, '!/', 1) NOT IN (SELECT source_path FROM quarantine WHERE record_index < 0)
        """,
        "census_files",
    ),
    RECORDS: Account(
        """
        WITH read AS (
            SELECT source_path FROM census_files WHERE source_format IS NOT NULL AND problem IS NULL AND NOT part_of_set
            AND source_path NOT IN (SELECT source_path FROM quarantine WHERE record_index < 0)
        )
        SELECT source_path, record_index, counted.source_format::VARCHAR AS counted_as, found.source_format, found.document_id
        FROM (SELECT * FROM census_records SEMI JOIN read USING (source_path)) AS counted
        FULL JOIN (SELECT * FROM documents SEMI JOIN read USING (source_path)) AS found USING (source_path, record_index)
        WHERE counted.source_format IS NULL OR found.document_id IS NULL
        OR (found.source_format <> counted.source_format AND found.status <> 'quarantined')
        """,
        "census_records",
    ),
    CHARACTERS: Account(
        """
        SELECT source_path, census_files.n_chars AS chars_in_file, sum(documents.n_chars) AS chars_in_documents
        FROM census_files JOIN documents USING (source_path)
        WHERE census_files.source_format IS NULL AND documents.source_format = 'article' AND documents.status <> 'quarantined'
        GROUP BY ALL HAVING count(*) = 1 AND chars_in_file <> chars_in_documents
        """,
        "(SELECT * FROM documents WHERE source_format = 'article')",
    ),
}


def _account(connected: duckdb.DuckDBPyConnection, check: Check, account: Account) -> CheckResult:
    try:
        ((element_count,),) = connected.execute(f"SELECT count(*) FROM {account.of}").fetchall()
        ((unexpected,),) = connected.execute(f"SELECT count(*) FROM ({account.missing})").fetchall()
        shown = examples(connected, account.missing) if unexpected else []
        told = _numbers(connected) if check is RECORDS else []
    except duckdb.Error as error:
        return _result(check, passed=False, error=message(error))
    return _result(check, passed=not unexpected, unexpected_count=unexpected, element_count=element_count, findings=told, examples=shown)


def _numbers(connected: duckdb.DuckDBPyConnection) -> list[str]:
    """A sentence for each format: what became of its records, and how many values were compared."""
    found = connected.execute(
        """
        SELECT source_format, count(*), count(looked.document_id), count_if(status = 'kept' AND looked.document_id IS NULL),
            count_if(status = 'duplicate'), count_if(status = 'superseded'), count_if(status = 'quarantined'),
            coalesce(any_value(n), 0), coalesce(any_value(left_out), 0)
        FROM documents LEFT JOIN (SELECT document_id FROM looked) AS looked USING (document_id)
        LEFT JOIN (
            SELECT source_format, sum(n_raw)::BIGINT AS n, sum(left_out)::BIGINT AS left_out FROM compared GROUP BY source_format
        ) USING (source_format)
        GROUP BY source_format ORDER BY source_format
        """
    ).fetchall()
    return [
        f"`{source_format}`: {n:,} records, {n_looked:,} compared ({n_values:,} values, {n_left_out:,} left out), "
        f"{n_others:,} without labels or of trials of several documents, {n_copies:,} copies, {n_older:,} older versions, "
        f"{n_bad:,} in quarantine."
        for source_format, n, n_looked, n_others, n_copies, n_older, n_bad, n_values, n_left_out in found
    ]
