"""Checks across tables, each an SQL query that returns the offending rows: keys, accounting of documents, evidence.

What one table alone can tell is in `pipelines.quality.shape` and `expectations/`.
"""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import duckdb

from pipelines.quality import evidence_words, plausibility
from pipelines.quality.relation import FACT_TABLES, Relation
from pipelines.quality.results import CheckResult, message
from pipelines.quality.scan import DEFAULT_MEMORY, connection, example_columns, examples, named, parts, rows_of
from pipelines.schema.columns import ForeignKey, Table
from pipelines.schema.ddl import quoted
from pipelines.schema.tables import TABLES


def _container(source_paths: str) -> str:
    """SQL that finds for each `source_path` of a query the raw file that holds it, NULL where there is none.

    `a.zip!/b.zip!/c.json` lies in `a.zip`, but `!/` may also be the end of a folder's name: every prefix is tried, and
    the longest that is a raw file counts.
    """
    return f"""
        SELECT prefixes.source_path, max_by(raw_files.source_path, length(prefix)) AS raw_file
        FROM (
            SELECT source_path, unnest([array_to_string(steps[1:n], '!/') FOR n IN range(1, len(steps) + 1)]) AS prefix
            FROM (SELECT source_path, string_split(source_path, '!/') AS steps FROM ({source_paths}))
        ) AS prefixes
        LEFT JOIN raw_files ON raw_files.source_path = prefix
        GROUP BY ALL"""


_PREPARED = {
    "text_lengths": "SELECT document_id, field, length(text) AS n_chars FROM document_texts",
    "document_files": f"""
        SELECT source_path, raw_file, n_documents
        FROM ({_container("SELECT DISTINCT source_path FROM documents")})
        JOIN (SELECT source_path, count(*) AS n_documents FROM documents GROUP BY source_path) USING (source_path)""",
    **evidence_words.PREPARED,
    "quarantine_files": f"SELECT DISTINCT raw_file FROM ({_container('SELECT DISTINCT source_path FROM quarantine')})",
}
"""Temporary tables that several relations read, made once where one needs them."""


def _foreign_key(table: Table, key: ForeignKey) -> Relation:
    equal = " AND ".join(f'child."{column}" = parent."{other}"' for column, other in zip(key.columns, key.parent_columns, strict=True))
    known = " AND ".join(f'child."{column}" IS NOT NULL' for column in key.columns)
    shown = named(example_columns(table, key.columns), of="child")
    return Relation(
        name=f"foreign_key_{'_'.join(key.columns)}",
        table_name=table.name,
        action="block",
        description=f"Every `{', '.join(key.columns)}` exists in `{key.references}`: a join loses no row.",
        sql=f"""
            SELECT {shown} FROM "{table.name}" AS child ANTI JOIN "{key.references}" AS parent ON {equal}
            WHERE {known}""",
    )


def _of_documents() -> Iterator[Relation]:
    yield Relation(
        name="duplicate_ends_in_kept",
        table_name="documents",
        action="block",
        description="From every duplicate the chain of `duplicate_of` ends in a kept document: no content is lost.",
        sql="""
            WITH RECURSIVE pointing AS (SELECT document_id, duplicate_of FROM documents WHERE status <> 'kept'),
            reaching AS (
                SELECT pointing.document_id FROM pointing JOIN documents AS kept
                ON kept.document_id = pointing.duplicate_of WHERE kept.status = 'kept'
                UNION
                SELECT pointing.document_id FROM pointing JOIN reaching ON reaching.document_id = pointing.duplicate_of
            )
            SELECT document_id, status, duplicate_of, source_path, record_index
            FROM documents ANTI JOIN reaching USING (document_id)
            WHERE status = 'duplicate' OR (status <> 'kept' AND duplicate_of IS NOT NULL)""",
    )
    yield Relation(
        name="kept_repeats_nothing",
        table_name="documents",
        action="block",
        description="A kept document names no other that is kept instead.",
        sql="""
            SELECT document_id, status, duplicate_of, source_path, record_index
            FROM documents WHERE status = 'kept' AND duplicate_of IS NOT NULL""",
    )
    yield Relation(
        name="source_path_is_a_raw_file",
        table_name="documents",
        action="block",
        description="Every document lies in a file of `raw_files`, or in an archive there.",
        sql="""
            SELECT document_id, source_path, record_index
            FROM documents JOIN document_files USING (source_path) WHERE raw_file IS NULL""",
        needs=("document_files",),
    )
    yield Relation(
        name="quarantined_has_reason",
        table_name="documents",
        action="block",
        description="Every quarantined document has its reason in `quarantine`, so that a person can act.",
        sql="""
            SELECT document_id, source_path, record_index
            FROM documents ANTI JOIN quarantine USING (source_path, record_index)
            WHERE documents.status = 'quarantined'""",
    )
    yield Relation(
        name="records_are_documents",
        table_name="raw_files",
        action="block",
        description="Each file's `n_records` is the number of its documents: nothing is lost silently.",
        sql="""
            SELECT source_path, n_records, coalesce(found.n_documents, 0) AS n_documents
            FROM raw_files LEFT JOIN (
                SELECT raw_file, sum(n_documents) AS n_documents FROM document_files GROUP BY raw_file
            ) AS found ON found.raw_file = raw_files.source_path
            WHERE n_records IS DISTINCT FROM coalesce(found.n_documents, 0)""",
        needs=("document_files",),
    )
    yield Relation(
        name="quarantined_file_has_reason",
        table_name="raw_files",
        action="block",
        description="Every quarantined file has its reason in `quarantine`, so that a person can act.",
        sql="""
            SELECT source_path, status
            FROM raw_files ANTI JOIN quarantine_files ON quarantine_files.raw_file = raw_files.source_path
            WHERE status = 'quarantined'""",
        needs=("quarantine_files",),
    )
    yield Relation(
        name="blocks_are_spans",
        table_name="repeated_blocks",
        action="block",
        description="A repeated stretch and the place that is kept both begin before they end.",
        sql="""
            SELECT document_id, block_index, start_char, end_char, kept_document_id, kept_start_char, kept_end_char
            FROM repeated_blocks WHERE start_char >= end_char OR kept_start_char >= kept_end_char""",
    )


def _of_trials() -> Iterator[Relation]:
    yield Relation(
        name="kept_record_has_trial",
        table_name="documents",
        action="block",
        description="Every kept record of a register speaks of a trial that is there, or is in quarantine with its reason.",
        sql="""
            SELECT document_id, source_format, source_path, record_index
            FROM documents
            ANTI JOIN (SELECT document_id FROM trial_documents SEMI JOIN trials USING (trial_id)) AS speaking USING (document_id)
            ANTI JOIN (SELECT document_id FROM quarantine WHERE document_id IS NOT NULL) AS stopped USING (document_id)
            WHERE status = 'kept' AND coalesce(source_format, '') <> 'article'""",
    )
    yield Relation(
        name="trial_has_document",
        table_name="trials",
        action="block",
        description="Every trial is known from a document.",
        sql="SELECT trial_id FROM trials ANTI JOIN trial_documents USING (trial_id)",
    )
    yield Relation(
        name="endpoint_of_same_trial",
        table_name="endpoint_results",
        action="block",
        description="A result is tied to an endpoint of its own trial.",
        sql="""
            SELECT result.result_id, result.trial_id, result.endpoint_id, planned.trial_id AS trial_of_endpoint,
                result.document_id, result.field
            FROM endpoint_results AS result JOIN endpoints AS planned USING (endpoint_id)
            WHERE planned.trial_id <> result.trial_id""",
    )


def _of_facts(table: Table) -> Iterator[Relation]:
    shown = named(example_columns(table, ["trial_id"]), of="fact")
    if "arm_id" in table.by_name:
        yield Relation(
            name="arm_of_same_trial",
            table_name=table.name,
            action="block",
            description="A row is tied to an arm of its own trial.",
            sql=f"""
                SELECT {shown}, fact.arm_id, arms.trial_id AS trial_of_arm
                FROM "{table.name}" AS fact JOIN arms USING (arm_id) WHERE arms.trial_id <> fact.trial_id""",
        )
    if "group_raw" in table.by_name:
        yield Relation(
            name="arm_is_the_group",
            table_name=table.name,
            action="block",
            description="A row of a group that bears the label of an arm is tied to an arm of that label, not to its neighbour.",
            sql=f"""
                SELECT {shown}, fact.group_raw, fact.arm_id, arms.label
                FROM "{table.name}" AS fact JOIN arms USING (arm_id)
                WHERE lower(trim(arms.label)) <> lower(trim(fact.group_raw)) AND EXISTS (
                    SELECT 1 FROM arms AS other
                    WHERE other.trial_id = fact.trial_id AND lower(trim(other.label)) = lower(trim(fact.group_raw)))""",
        )
    yield Relation(
        name="document_of_same_trial",
        table_name=table.name,
        action="block",
        description="The document that a row was made from speaks of the row's trial.",
        sql=f'SELECT {shown} FROM "{table.name}" AS fact ANTI JOIN trial_documents USING (trial_id, document_id)',
    )
    yield Relation(
        name="place_is_in_evidence",
        table_name=table.name,
        action="block",
        description="The place that a row from prose points at is one of those that `evidence` lists for it.",
        sql=f"""
            SELECT {shown}, fact.start_char, fact.end_char
            FROM "{table.name}" AS fact
            SEMI JOIN (SELECT row_id FROM evidence WHERE table_name = '{table.name}') AS told ON told.row_id = fact."{table.primary_key[0]}"
            ANTI JOIN (
                SELECT row_id, document_id, field, start_char, end_char FROM evidence WHERE table_name = '{table.name}' AND role = 'whole'
            ) AS whole ON whole.row_id = fact."{table.primary_key[0]}" AND whole.document_id = fact.document_id AND whole.field = fact.field
                AND whole.start_char IS NOT DISTINCT FROM fact.start_char AND whole.end_char IS NOT DISTINCT FROM fact.end_char
            WHERE fact.method = 'text'""",
    )
    yield Relation(
        name="document_is_kept",
        table_name=table.name,
        action="block",
        description="Rows come from kept documents only: superseded and duplicate ones feed no fact.",
        sql=f"""
            SELECT {shown}, documents.status
            FROM "{table.name}" AS fact JOIN documents USING (document_id) WHERE documents.status <> 'kept'""",
    )
    yield from _of_spans(table)


def _of_spans(table: Table) -> Iterator[Relation]:
    shown = named(example_columns(table, ["start_char", "end_char"]), of="fact")
    yield Relation(
        name="evidence_has_text",
        table_name=table.name,
        action="block",
        description="The text that a span points into is in `document_texts`.",
        sql=f"""
            SELECT {shown} FROM "{table.name}" AS fact ANTI JOIN text_lengths USING (document_id, field)
            WHERE fact.start_char IS NOT NULL OR fact.end_char IS NOT NULL""",
        needs=("text_lengths",),
    )
    yield Relation(
        name="evidence_within_text",
        table_name=table.name,
        action="block",
        description="A span has both ends, begins before it ends, and ends within its text.",
        sql=f"""
            SELECT {shown}, text_lengths.n_chars
            FROM "{table.name}" AS fact LEFT JOIN text_lengths USING (document_id, field)
            WHERE (fact.start_char IS NULL) <> (fact.end_char IS NULL)
            OR fact.start_char >= fact.end_char OR fact.end_char > text_lengths.n_chars""",
        needs=("text_lengths",),
    )


def _of_evidence() -> Iterator[Relation]:
    table = TABLES["evidence"]
    shown = named(example_columns(table, []), of="fact")
    facts = " UNION ALL ".join(
        f'SELECT {quoted(name)} AS table_name, {named(TABLES[name].primary_key)} AS row_id FROM "{name}"' for name in FACT_TABLES
    )
    yield Relation(
        name="evidence_of_a_row",
        table_name=table.name,
        action="block",
        description="Evidence speaks for a row that is there.",
        sql=f'SELECT {shown} FROM "{table.name}" AS fact ANTI JOIN ({facts}) AS facts USING (table_name, row_id)',
    )
    yield from _of_spans(table)


def _of_repeats() -> Iterator[Relation]:
    table = TABLES["repeated_blocks"]
    shown = named(example_columns(table, ["field", "start_char", "end_char"]), of="block")
    for which in ("", "kept_"):
        yield Relation(
            name=f"{which}stretch_within_text",
            table_name=table.name,
            action="block",
            description=f"The {'kept' if which else 'repeated'} stretch lies in a text of `document_texts`.",
            sql=f"""
                SELECT {shown}, length(texts.text) AS text_chars FROM "{table.name}" AS block LEFT JOIN document_texts AS texts
                ON texts.document_id = block.{which}document_id AND texts.field = block.{which}field
                WHERE texts.text IS NULL OR block.{which}end_char > length(texts.text)""",
        )
    yield Relation(
        name="of_kept_documents",
        table_name=table.name,
        action="block",
        description="Both documents are kept: what repeats a dropped document repeats the one that is kept for it.",
        sql=f"""
            SELECT {shown} FROM "{table.name}" AS block WHERE EXISTS (
                SELECT 1 FROM documents WHERE documents.document_id IN (block.document_id, block.kept_document_id) AND status <> 'kept')""",
    )
    yield Relation(
        name="stretches_are_apart",
        table_name=table.name,
        action="block",
        description="No character is in two stretches of its document: kept text and stretches rebuild it.",
        sql=f"""
            SELECT * FROM (
                SELECT {shown}, lead(start_char) OVER (PARTITION BY document_id, field ORDER BY start_char, end_char) AS next_start_char
                FROM "{table.name}" AS block)
            WHERE next_start_char < end_char""",
    )
    yield Relation(
        name="kept_place_is_not_cut",
        table_name=table.name,
        action="block",
        description="What a stretch is kept for is not cut itself.",
        sql=f"""
            SELECT {shown} FROM "{table.name}" AS block SEMI JOIN "{table.name}" AS cut
            ON cut.is_cut AND cut.document_id = block.kept_document_id AND cut.field = block.kept_field
            AND cut.start_char < block.kept_end_char AND block.kept_start_char < cut.end_char""",
    )


def _of_lookalikes() -> Iterator[Relation]:
    yield Relation(
        name="of_kept_documents",
        table_name="lookalikes",
        action="block",
        description="Both documents are kept.",
        sql="""
            SELECT document_id, other_document_id, reason FROM lookalikes WHERE EXISTS (
                SELECT 1 FROM documents
                WHERE documents.document_id IN (lookalikes.document_id, lookalikes.other_document_id) AND status <> 'kept')""",
    )


def _declared() -> Iterator[Relation]:
    for table in TABLES.values():
        for key in table.foreign_keys:
            yield _foreign_key(table, key)
    yield from _of_documents()
    yield from _of_repeats()
    yield from _of_lookalikes()
    yield from _of_trials()
    for name in FACT_TABLES:
        yield from _of_facts(TABLES[name])
    yield from _of_evidence()
    yield from evidence_words.RELATIONS
    yield from plausibility.RELATIONS


RELATIONS: dict[str, Relation] = {f"{relation.table_name}.{relation.name}": relation for relation in _declared()}
"""All checks across tables, by `<table>.<name>`."""


def run_relations(parquet_dir: Path, *, tables: Collection[str] | None = None, memory_limit: str = DEFAULT_MEMORY) -> list[CheckResult]:
    """Runs the relations of `tables` (None: of all), in declared order, over `<parquet_dir>/<table>/*.parquet`.

    The tables that they refer to are read from the same folder; where one is missing, the result's `error` says so.
    """
    chosen = [relation for relation in RELATIONS.values() if tables is None or relation.table_name in tables]
    with connection(memory_limit=memory_limit) as connected:
        faults = _prepare(connected, parquet_dir, {name for relation in chosen for name in relation.needs})
        return [_run(connected, relation, faults) for relation in chosen]


def broken_rows(parquet_dir: Path, relations: Collection[Relation], *, memory_limit: str = DEFAULT_MEMORY) -> list[set[str]]:
    """Keys of the rows that break each of the relations by which rows are screened; none where a table that they read is missing."""
    with connection(memory_limit=memory_limit) as connected:
        if _prepare(connected, parquet_dir, {name for relation in relations for name in relation.needs}):
            return [set() for _ in relations]
        return [_keys(connected, relation) for relation in relations]


def _keys(connected: duckdb.DuckDBPyConnection, relation: Relation) -> set[str]:
    key = TABLES[relation.table_name].primary_key[0]
    return {row_id for (row_id,) in connected.execute(f'SELECT "{key}" FROM ({relation.sql})').fetchall()}


def _prepare(connected: duckdb.DuckDBPyConnection, parquet_dir: Path, needs: Iterable[str]) -> list[str]:
    """Makes the tables that relations read; returns why, for those that could not be made."""
    statements = {
        name: f'CREATE VIEW "{name}" AS SELECT * FROM {rows_of(files)}' for name in TABLES if (files := parts(parquet_dir / name))
    } | {name: f"CREATE TEMP TABLE {name} AS {_PREPARED[name]}" for name in sorted(needs)}
    faults: list[str] = []
    for name, statement in statements.items():
        try:
            connected.execute(statement)
        except duckdb.Error as error:
            faults.append(f"{name}: {message(error)}")
    return faults


def _run(connected: duckdb.DuckDBPyConnection, relation: Relation, faults: list[str]) -> CheckResult:
    unexpected = element_count = 0
    shown = []
    error = None
    try:
        element_count = connected.execute(f'SELECT count(*) FROM "{relation.table_name}"').fetchall()[0][0]
        unexpected = connected.execute(f"SELECT count(*) FROM ({relation.sql})").fetchall()[0][0]
        shown = examples(connected, relation.sql) if unexpected else []
    except duckdb.Error as raised:
        error = "; ".join((message(raised), *faults))
    return CheckResult(
        table_name=relation.table_name,
        check_name=relation.name,
        severity=relation.severity,
        description=relation.description,
        passed=error is None and not unexpected,
        unexpected_count=unexpected,
        element_count=element_count,
        examples=shown,
        error=error,
    )
