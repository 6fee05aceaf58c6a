"""What became of a document and why: kept or dropped, by which rule, for which other, and what would be lost.

Belongs here: the answers, from the published database and from the texts that the last refresh left. Not here: how they are printed (`cli`,
`assets/`), and how it was decided (`deduplication`, `pipelines.dedup`).
"""

# ruff: noqa: PLC0415 - compiled code is loaded where there are texts to compare

import os
from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import msgspec
import polars as pl
import pyarrow.parquet as pq

from pipelines.build_folder import MissingStepError, path
from pipelines.build_records import read_results
from pipelines.engine.read_stage import RECORDS
from pipelines.engine.sign_stage import decoded
from pipelines.schema import vocabularies
from pipelines.settings import Settings
from pipelines.shapes import Article, Study

if TYPE_CHECKING:
    from pipelines.dedup.comparable import Comparable
    from pipelines.dedup.difference import Change, Summary

_LEAST_ID = 4
"""Characters of an id that are enough to name a document."""
_FIRST_CHARS = 160
_MOST_COMPARED = 20_000_000
"""Characters of two texts together that are compared word by word: 10 s."""


class UnknownDocumentError(Exception):
    """No document has this id or path; the message says what to do."""


class SeveralDocumentsError(Exception):
    """Several documents have this beginning of an id or end of a path."""

    def __init__(self, words: str, places: "Sequence[Place]") -> None:
        super().__init__(f"{len(places):,} documents are meant by {words!r}")
        self.places = places


class Place(msgspec.Struct, frozen=True):
    """Where a document stands."""

    document_id: str
    source_path: str
    record_index: int
    title: str | None
    is_alone: bool
    """Whether it is the only record of its file."""

    @property
    def label(self) -> str:
        return self.source_path if self.is_alone else f"{self.source_path}#{self.record_index}"


class Step(msgspec.Struct, frozen=True):
    """A document is, by a rule, a copy or an older version of the one at `of`."""

    rule: str
    similarity: float | None
    of: Place


class Dropped(msgspec.Struct, frozen=True):
    """A document that was dropped for another."""

    place: Place
    rule: str
    similarity: float | None


class Lookalike(msgspec.Struct, frozen=True):
    """A kept document that looks like a copy and is none."""

    place: Place
    reason: str
    sentence: str
    similarity: float | None


class Stretch(msgspec.Struct, frozen=True):
    """A stretch of the document's text that stands elsewhere as well; `words` are its first ones."""

    field: str
    start_char: int
    end_char: int
    kept: Place
    kept_field: str
    kept_start_char: int
    kept_end_char: int
    is_within: bool
    is_cut: bool
    reason: str
    sentence: str
    words: str | None


class FieldChange(msgspec.Struct, frozen=True):
    """In what the next version of a registry record differs."""

    field: str
    change: str
    value_before: str | None
    value_after: str | None
    version_date: date | None


class SpokenOf(msgspec.Struct, frozen=True):
    """A trial that the document speaks of, and how that is known."""

    trial_id: str
    title: str | None
    role: str
    sentence: str


class Difference(msgspec.Struct, frozen=True):
    """A change, and for a registry record the field in which it stands."""

    field: str | None
    change: "Change"


class Differences(msgspec.Struct, frozen=True):
    """The words in which a document differs from the one that is kept for it: removed are those that only it has."""

    summary: "Summary"
    own_chars: int
    """Characters that only the document has."""
    places: list[Difference]


class Explanation(msgspec.Struct, kw_only=True):
    """All that is known of what became of a document."""

    document: Place
    source_format: str | None
    encoding: str | None
    language: str | None
    n_chars: int | None
    repairs: list[str]
    version_date: date | None
    status: str
    sentences: list[str]
    """What became of it and why."""
    repeated_chars: int | None
    """Characters of it that are kept elsewhere."""
    chain: list[Step] = []
    """From the document to the one that is kept."""
    differences: Differences | None = None
    no_differences: str | None = None
    """Why there are none to show, where that is not clear from the rule."""
    changes: list[FieldChange] = []
    dropped: list[Dropped] = []
    lookalikes: list[Lookalike] = []
    stretches: list[Stretch] = []
    n_kept_here: int = 0
    """Stretches of other documents that are kept in this one."""
    trials: list[SpokenOf] = []


def explain(settings: Settings, words: str) -> Explanation:
    """What became of the document that `words` name: an id or the beginning of one, or a path below the raw folder or the end of one, with
    `#` and the record's number where a file has several.

    Raises `UnknownDocumentError`, `SeveralDocumentsError`, and `duckdb.Error` when nothing is published.
    """
    with duckdb.connect(str(settings.database.resolve()), read_only=True) as connection:
        published = _Published(connection)
        place = _found(published, settings, words)
        (row,) = published.rows("SELECT * FROM documents WHERE document_id = $1", place.document_id)
        chain = _chain(published, row)
        found = Explanation(
            document=place,
            **{
                name: row[name] for name in ("source_format", "encoding", "language", "n_chars", "version_date", "status", "repeated_chars")
            },
            repairs=row["repairs"] or [],
            sentences=[],
            chain=chain,
            dropped=_dropped(published, place),
            lookalikes=_lookalikes(published, place),
            stretches=_stretches(published, place),
            n_kept_here=_n_kept_here(published, place),
            trials=_trials(published, place),
            changes=_changes(published, place) if row["status"] == "superseded" else [],
        )
        if any(step.rule != "same_content" for step in chain):
            kept = chain[-1].of
            found.differences, found.no_differences = _compared(settings, place, kept, published.digests([place, kept]))
        found.sentences = _quarantined(published, place) if row["status"] == "quarantined" else _sentences(found, published)
    return found


# --- which document ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Published:
    """The published database."""

    connection: duckdb.DuckDBPyConnection

    def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        cursor = self.connection.execute(sql, list(values))
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def places(self, ids: Collection[str]) -> dict[str, Place]:
        """Where each of the documents stands, by id, in order of path and number."""
        found = self.rows(
            """
            SELECT d.document_id, d.source_path, d.record_index, d.title, n.n = 1 AS is_alone
            FROM documents d
            JOIN (SELECT source_path, count(*) AS n FROM documents
                  WHERE source_path IN (SELECT source_path FROM documents WHERE document_id IN (SELECT unnest($1)))
                  GROUP BY source_path) n USING (source_path)
            WHERE d.document_id IN (SELECT unnest($1)) ORDER BY d.source_path, d.record_index
            """,
            list(ids),
        )
        return {row["document_id"]: Place(**row) for row in found}

    def digests(self, places: Collection[Place]) -> dict[str, str | None]:
        ids = [place.document_id for place in places]
        rows = self.rows("SELECT document_id, content_sha256 FROM documents WHERE document_id IN (SELECT unnest($1))", ids)
        return {row["document_id"]: row["content_sha256"] for row in rows}


def _found(published: _Published, settings: Settings, words: str) -> Place:
    """The one document that is meant."""
    ids = _exactly(published, settings, words) or _nearly(published, words)
    places = list(published.places(ids).values())
    if len(places) > 1:
        raise SeveralDocumentsError(words, places)
    if not places:
        raise UnknownDocumentError(_hint(published, words))
    return places[0]


def _exactly(published: _Published, settings: Settings, words: str) -> list[str]:
    """Documents with this id or at this path; a path may also lead there from the working directory or from the root."""
    paths = [words]
    whole = Path(os.path.normpath(Path(words).absolute()))
    if whole.is_relative_to(settings.raw):
        paths.append(whole.relative_to(settings.raw).as_posix())
    paths, indexes = _split(paths)
    rows = published.rows(
        """
        SELECT d.document_id FROM documents d JOIN (SELECT unnest($1) AS path, unnest($2) AS record_index) w
        ON d.document_id = w.path OR (d.source_path = w.path AND d.record_index = coalesce(w.record_index, d.record_index))
        """,
        paths,
        indexes,
    )
    return [row["document_id"] for row in rows]


def _nearly(published: _Published, words: str) -> list[str]:
    """Documents whose id begins or whose path ends so; a path that ends in whole names goes before one that does not."""
    paths, indexes = _split([words])
    rows = published.rows(
        """
        WITH meant AS (SELECT unnest($1) AS path, unnest($2) AS record_index), candidates AS (
            SELECT d.document_id, CASE
                WHEN len(w.path) >= $3 AND starts_with(d.document_id, lower(w.path)) THEN 0
                WHEN w.record_index IS NOT NULL AND w.record_index <> d.record_index THEN NULL
                WHEN ends_with(d.source_path, '/' || w.path) OR starts_with(d.source_path, w.path || '!/') THEN 0
                WHEN ends_with(d.source_path, w.path) THEN 1
            END AS place FROM documents d, meant w WHERE w.path <> ''
        )
        SELECT DISTINCT document_id FROM candidates WHERE place = (SELECT min(place) FROM candidates)
        """,
        paths,
        indexes,
        _LEAST_ID,
    )
    return [row["document_id"] for row in rows]


def _split(paths: Sequence[str]) -> tuple[list[str], list[int | None]]:
    """Each path as it is, which may hold a `#`, and again without the number behind its last `#`."""
    found: list[tuple[str, int | None]] = []
    for one in paths:
        found.append((one, None))
        before, sign, number = one.rpartition("#")
        if sign and number.isdecimal() and len(number) < 10:
            found.append((before, int(number)))
    return [one for one, _ in found], [number for _, number in found]


def _hint(published: _Published, words: str) -> str:
    meant = _split([words])[0][-1]
    if not meant:
        return "name a document: by its document_id or the beginning of one, or by its source_path or the end of one"
    reasons = published.rows(
        "SELECT source_path, reason_text FROM quarantine WHERE ends_with(source_path, $1) ORDER BY ALL LIMIT 1",
        meant,
    )
    if reasons:
        return f"no document was read from {reasons[0]['source_path']}: {reasons[0]['reason_text']}"
    name = meant.rpartition("/")[2]
    similar = published.rows(
        """
        SELECT source_path FROM (SELECT DISTINCT source_path FROM documents)
        WHERE jaro_winkler_similarity(regexp_extract(source_path, '[^/]*$'), $1) > 0.9
        ORDER BY jaro_winkler_similarity(regexp_extract(source_path, '[^/]*$'), $1) DESC, source_path LIMIT 3
        """,
        name,
    )
    if similar:
        return f"no document is named {words}; is it {' or '.join(row['source_path'] for row in similar)}?"
    return (
        f"no document is named {words}: give a document_id or its first {_LEAST_ID} characters, or the end of a source_path "
        "(`trialhouse query \"SELECT document_id, source_path FROM documents WHERE title ILIKE '%…%'\"` finds them)"
    )


# --- what became of it -------------------------------------------------------------------------------------------------


def _chain(published: _Published, row: Mapping[str, Any]) -> list[Step]:
    """Steps from the document to the one that is kept for it."""
    steps: list[Step] = []
    seen: set[str] = set()
    while row["duplicate_of"] and row["document_id"] not in seen:
        seen.add(row["document_id"])
        rule, similarity, of = row["match_rule"], row["similarity"], row["duplicate_of"]
        # A copy to the letter of a document that was dropped is entered with what that one was dropped for.
        first = _first_of_content(published, row) if rule != "same_content" else None
        if first:
            steps.append(Step("same_content", 1.0, published.places([first])[first]))
        steps.append(Step(rule, similarity, published.places([of])[of]))
        (row,) = published.rows("SELECT * FROM documents WHERE document_id = $1", of)
    return steps


def _first_of_content(published: _Published, row: Mapping[str, Any]) -> str | None:
    """The document with the same content, dropped for the same one, that was compared in this one's place."""
    rows = published.rows(
        """
        SELECT document_id FROM documents
        WHERE content_sha256 = $1 AND duplicate_of = $2 AND match_rule = $3 AND (source_path, record_index) < ($4, $5)
        ORDER BY source_path, record_index LIMIT 1
        """,
        *(row[name] for name in ("content_sha256", "duplicate_of", "match_rule", "source_path", "record_index")),
    )
    return rows[0]["document_id"] if rows else None


def _sentences(found: Explanation, published: _Published) -> list[str]:
    if not found.chain:
        return _sentences_of_kept(found)
    first, kept = found.chain[0], found.chain[-1].of
    decisive = next((step for step in found.chain if step.rule != "same_content"), first)
    left_out = "without disclaimers and what else several texts share"
    says = {
        "same_content": f"Dropped: its content is, to the letter, that of {kept.label}, which is kept.",
        "similar_text": f"Dropped: a copy of {kept.label}, with changes. "
        f"{_percent(decisive)} of their three-word sequences are the same, {left_out}.",
        "contained_text": f"Dropped: it stands in {kept.label}. {_percent(decisive)} of its three-word sequences are there, {left_out}.",
        "same_registry_id": _superseded_by(found, kept, published),
    }
    sentences = [says.get(decisive.rule, "Dropped.")]
    if decisive is not first:
        sentences.append(f"It is, to the letter, the same as {first.of.label}, and shares its fate.")
    if decisive.rule in ("similar_text", "contained_text"):
        sentences.append(_shares(found))
    return sentences


def _sentences_of_kept(found: Explanation) -> list[str]:
    n_dropped, n_cut = len(found.dropped), sum(stretch.end_char - stretch.start_char for stretch in found.stretches if stretch.is_cut)
    is_one = n_dropped == 1
    sentences = [
        f"Kept; {n_dropped:,} other {'document was' if is_one else 'documents were'} dropped for it."
        if n_dropped
        else "Kept; no other document was dropped for it."
    ]
    if found.repeated_chars:
        cut = "none is cut" if not n_cut else "all of them are cut" if n_cut == found.repeated_chars else f"{n_cut:,} of them are cut"
        sentences.append(f"{found.repeated_chars:,} of its {found.n_chars or 0:,} characters stand in another place as well; {cut}.")
    return sentences


def _superseded_by(found: Explanation, kept: Place, published: _Published) -> str:
    (row,) = published.rows("SELECT version_date FROM documents WHERE document_id = $1", kept.document_id)
    own, newer = found.version_date, row["version_date"]
    if own and newer and own < newer:
        return f"Superseded: the version of {own} of a registry record; {kept.label} has the version of {newer}."
    return f"Superseded: a copy of the version of a registry record that {kept.label} has in the same format."


def _shares(found: Explanation) -> str:
    """How much of it stands in the kept one: word by word where the texts are at hand, or else as the shingles have it."""
    if found.differences is None:
        return (
            f"By that measure about {found.repeated_chars or 0:,} of its {found.n_chars or 0:,} characters stand in the one that is kept."
        )
    n_words, n_own, own_chars = found.differences.summary.n_words, found.differences.summary.n_removed, found.differences.own_chars
    if not n_own:
        return f"All of its {n_words:,} words that were compared stand in the one that is kept."
    is_one = n_own == 1
    return (
        f"Of its {n_words:,} words that were compared {n_own:,} {'does' if is_one else 'do'} not stand in the one that is kept: "
        f"{own_chars:,} characters."
    )


def _percent(step: Step) -> str:
    """Without rounding anything up to all."""
    share = step.similarity or 0.0
    return "All" if share == 1.0 else f"{min(99.9, 100 * share):.3g}%"


def _quarantined(published: _Published, place: Place) -> list[str]:
    rows = published.rows(
        "SELECT reason_text, detail FROM quarantine WHERE source_path = $1 AND record_index = $2 ORDER BY ordinal",
        place.source_path,
        place.record_index,
    )
    return [f"In quarantine: {row['reason_text']}" + (f" ({row['detail']})" if row["detail"] else "") for row in rows] or ["In quarantine."]


# --- what goes with it -------------------------------------------------------------------------------------------------


def _dropped(published: _Published, place: Place) -> list[Dropped]:
    rows = published.rows("SELECT document_id, match_rule, similarity FROM documents WHERE duplicate_of = $1", place.document_id)
    by_id = {row["document_id"]: row for row in rows}
    places = published.places(by_id)
    return [Dropped(one, by_id[name]["match_rule"], by_id[name]["similarity"]) for name, one in places.items()]


def _lookalikes(published: _Published, place: Place) -> list[Lookalike]:
    rows = published.rows(
        """
        SELECT CASE WHEN document_id = $1 THEN other_document_id ELSE document_id END AS other, reason, similarity FROM lookalikes
        WHERE document_id = $1 OR other_document_id = $1 ORDER BY similarity DESC, other
        """,
        place.document_id,
    )
    places = published.places([row["other"] for row in rows])
    sentences = vocabularies.LOOKALIKE_REASON.members
    return [Lookalike(places[row["other"]], row["reason"], sentences[row["reason"]], row["similarity"]) for row in rows]


def _stretches(published: _Published, place: Place) -> list[Stretch]:
    rows = published.rows(
        f"""
        SELECT b.* EXCLUDE (document_id), substr(t.text, (b.start_char + 1)::BIGINT, least(b.n_chars, {_FIRST_CHARS})) AS words
        FROM repeated_blocks b LEFT JOIN document_texts t USING (document_id, field) WHERE b.document_id = $1 ORDER BY b.block_index
        """,
        place.document_id,
    )
    places = published.places({row["kept_document_id"] for row in rows})
    same = ("field", "start_char", "end_char", "kept_field", "kept_start_char", "kept_end_char", "is_cut", "reason", "words")
    return [
        Stretch(
            **{name: row[name] for name in same},
            kept=places[row["kept_document_id"]],
            is_within=row["kind"] == "within_document",
            sentence=vocabularies.BLOCK_REASON.members[row["reason"]],
        )
        for row in rows
    ]


def _n_kept_here(published: _Published, place: Place) -> int:
    sql = "SELECT count(*) AS n FROM repeated_blocks WHERE kept_document_id = $1 AND document_id <> $1"
    return published.rows(sql, place.document_id)[0]["n"]


def _trials(published: _Published, place: Place) -> list[SpokenOf]:
    rows = published.rows(
        """
        SELECT trial_id, coalesce(t.brief_title, t.official_title) AS title, role, match_method
        FROM trial_documents d JOIN trials t USING (trial_id) WHERE d.document_id = $1 ORDER BY trial_id
        """,
        place.document_id,
    )
    sentences = vocabularies.MATCH_METHOD.members
    return [SpokenOf(row["trial_id"], row["title"], row["role"], sentences[row["match_method"]]) for row in rows]


def _changes(published: _Published, place: Place) -> list[FieldChange]:
    rows = published.rows(
        """
        SELECT DISTINCT field, change, value_before, value_after, version_date FROM trial_changes
        WHERE document_id_before = $1 ORDER BY field
        """,
        place.document_id,
    )
    return [FieldChange(**row) for row in rows]


# --- the words ---------------------------------------------------------------------------------------------------------


def _compared(settings: Settings, place: Place, kept: Place, digests: Mapping[str, str | None]) -> tuple[Differences | None, str | None]:
    """The differences of a document from the one that is kept, or why there are none to show."""
    documents = {name: _document(record) for name, record in _read(settings, digests).items() if record.content_sha256 == digests[name]}
    one, other = documents.get(place.document_id), documents.get(kept.document_id)
    if one is None or other is None:
        return None, "The texts of the two are not at hand as they were published; after the next refresh they are."
    found = _differences(one, other)
    return found, None if found else "The texts are too long to be compared word by word."


def _differences(one: Study | Article, other: Study | Article) -> Differences | None:
    from pipelines.dedup.comparable import comparable
    from pipelines.dedup.difference import differences, summary

    first, second = comparable(one), comparable(other)
    if len(first.text) + len(second.text) > _MOST_COMPARED:
        return None
    found = differences(first.text, second.text)
    fields = [_field(change, first, second) if isinstance(one, Study) else None for change in found]
    places = [Difference(field, change) for field, change in zip(fields, found, strict=True)]
    own_chars = sum(len(change.removed) for change in found if change.kind == "changed")
    return Differences(summary(found, first.text, second.text), own_chars, places)


def _field(change: "Change", one: "Comparable", other: "Comparable") -> str:
    """The field of a record in which a change stands."""
    compared, start = (one, change.start) if change.removed else (other, change.other_start)
    return compared.fields[bisect_right(compared.starts, start) - 1]


@dataclass(frozen=True)
class _Record:
    """A record as the last read step left it: what is known of it, and the file and row that hold it."""

    place: Place
    n_chars: int
    content_sha256: str | None
    file: Path
    row: int


def _read(settings: Settings, ids: Collection[str]) -> dict[str, _Record]:
    """The records with these ids, those that are still there: the state may be deleted at any time."""
    try:
        files = [Path(result.folder) / RECORDS for result in read_results(settings).results if result.n_records]
    except (MissingStepError, msgspec.DecodeError):
        return {}
    columns = ["document_id", "source_path", "record_index", "title", "n_chars", "content_sha256"]
    found: dict[str, _Record] = {}
    for file in files:
        if not file.is_file():
            continue
        frame = pl.read_parquet(file, columns=columns).with_row_index("row")
        # A large file lies in several batches, and each has more than one of its records.
        frame = frame.with_columns(is_alone=(pl.len().over("source_path") == 1) & (pl.col("record_index") == 0))
        for row in frame.filter(pl.col("document_id").is_in(list(ids))).iter_rows(named=True):
            place = Place(**{name: row[name] for name in Place.__struct_fields__})
            found[row["document_id"]] = _Record(place, row["n_chars"], row["content_sha256"], file, row["row"])
        if len(found) == len(ids):
            break
    return found


def _document(record: _Record) -> Study | Article | None:
    """The document itself; None when other code wrote it."""
    table = pq.read_table(record.file, columns=["kind", "payload"]).slice(record.row, 1)
    try:
        return decoded(table["kind"][0].as_py(), table["payload"][0].as_buffer())
    except msgspec.DecodeError:
        return None


# --- while it is built -------------------------------------------------------------------------------------------------


class Cluster(msgspec.Struct, frozen=True):
    """A kept document and those that were dropped for it."""

    kept: Place
    n_chars: int
    rules: dict[str, int]
    """Documents dropped by each rule."""
    lowest_similarity: float | None

    @property
    def n_dropped(self) -> int:
        return sum(self.rules.values())


class LeastAlike(msgspec.Struct, frozen=True):
    """The dropped document that is least like the one that is kept for it."""

    dropped: Place
    kept: Place
    similarity: float
    differences: Differences


def rule_counts(settings: Settings) -> dict[str, int]:
    """Documents dropped by each rule, all rules named, as the build has it."""
    counts = dict(_decided(settings).drop_nulls("match_rule").group_by("match_rule").len().iter_rows())
    return {rule: counts.get(rule, 0) for rule in vocabularies.MATCH_RULE.members}


def largest_clusters(settings: Settings, *, limit: int = 10) -> list[Cluster]:
    """The kept documents for which most others were dropped, as the build has it."""
    decided = _decided(settings)
    dropped = decided.drop_nulls("duplicate_of")
    # A copy to the letter of an older version is entered as a copy of that, which is not kept itself.
    further = dropped.select(duplicate_of="document_id", kept="duplicate_of")
    dropped = dropped.join(further, on="duplicate_of", how="left").with_columns(kept=pl.coalesce("kept", "duplicate_of"))
    largest = (
        dropped.group_by("kept")
        .agg(n=pl.len(), rules=pl.col("match_rule").value_counts(sort=True), lowest=pl.col("similarity").min())
        .sort("n", "kept", descending=[True, False])
        .head(limit)
    )
    read = _read(settings, largest["kept"].to_list())
    return [
        Cluster(record.place, record.n_chars, {rule["match_rule"]: rule["count"] for rule in row["rules"]}, row["lowest"])
        for row in largest.iter_rows(named=True)
        if (record := read.get(row["kept"]))
    ]


def least_alike(settings: Settings) -> LeastAlike | None:
    """The copy by similar text that is least like what is kept for it, as the build has it; None where there is none."""
    similar = _decided(settings).filter(pl.col("match_rule") == "similar_text").sort("similarity", "document_id")
    if similar.is_empty():
        return None
    row = similar.row(0, named=True)
    read = _read(settings, [row["document_id"], row["duplicate_of"]])
    dropped, kept = read.get(row["document_id"]), read.get(row["duplicate_of"])
    one, other = (_document(record) if record else None for record in (dropped, kept))
    if dropped is None or kept is None or one is None or other is None:
        return None
    found = _differences(one, other)
    return LeastAlike(dropped.place, kept.place, row["similarity"], found) if found else None


def _decided(settings: Settings) -> pl.DataFrame:
    return pl.read_parquet(path(settings, "duplicates"))
