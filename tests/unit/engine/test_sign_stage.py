"""Signing a batch: what later steps compare documents by, without reading them again."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.dedup.comparable import comparable_text
from pipelines.dedup.signatures import Corpus
from pipelines.dedup.tokens import tokenize
from pipelines.engine import sign_stage
from pipelines.engine.read_stage import RECORD_SCHEMA, RECORDS
from pipelines.shapes import Article, DescriptionModule, IdentificationModule, Paragraph, ProtocolSection, Study


@dataclass(frozen=True)
class Recorded:
    """A record as the read stage leaves it."""

    document: Study | Article
    source_path: str = "news/one.html"
    registry: str | None = None
    trial_id: str | None = None


def article(text: str, *, date: str | None = None, front: str = "") -> Article:
    """All of a text is one paragraph, behind front matter."""
    spans = [Paragraph("metadata", 0, len(front))] if front else []
    spans.append(Paragraph("paragraph", len(front), len(front) + len(text)))
    return Article(text=front + text, paragraphs=spans, metadata={"date": date} if date else {})


def study(summary: str) -> Study:
    identification, description = IdentificationModule(brief_title="Tablets for sleep"), DescriptionModule(brief_summary=summary)
    return Study(protocol_section=ProtocolSection(identification_module=identification, description_module=description))


def written(records: Sequence[Recorded], folder: Path) -> Path:
    """The result folder of a read stage that read these."""
    folder.mkdir(parents=True)
    rows = [
        {
            "source_path": record.source_path,
            "kind": "article" if isinstance(record.document, Article) else "study",
            "registry": record.registry,
            "trial_id": record.trial_id,
            "payload": msgspec.msgpack.encode(record.document),
        }
        for record in records
    ]
    pq.write_table(pa.Table.from_pylist(rows, RECORD_SCHEMA), folder / RECORDS)
    return folder


def signed(folder: Path, *records: Recorded) -> tuple[Path, pl.DataFrame]:
    """(folder, facts) of a signed batch."""
    work = sign_stage.task(folder=folder / "sign", records=str(written(records, folder / "read")), read_key="a")
    result = sign_stage.run(work)
    return result, pl.read_parquet(result / sign_stage.FACTS)


def test_a_batch_is_signed_document_by_document(tmp_path: Path) -> None:
    """In the order of the records: the tokens of what is compared of each, and a row of facts."""
    documents = [article("Patients slept better."), study("Whether tablets &amp; rest help."), article("")]
    result, facts = signed(tmp_path, *(Recorded(document, registry="none") for document in documents))
    work = tmp_path / "work"
    work.mkdir()
    corpus = Corpus([result], work)
    expected = tokenize(pa.array([comparable_text(document) for document in documents]))
    assert (corpus.tokens().values == expected.values).all()
    assert (corpus.ends == expected.ends).all()
    assert len(facts) == len(corpus) == 3


def test_ids_of_an_article_stand_in_its_text_and_in_the_name_of_its_file(tmp_path: Path) -> None:
    """Each once, sorted; folders above the file name nothing."""
    texts = ("ChiCTR2000029308, then NCT04567812 and again nct04567812.", "Nothing here.", "Nothing here.")
    paths = ("a/one.txt", "a/report_NCT02345671.txt", "NCT02345671/two.txt")
    _, facts = signed(tmp_path, *(Recorded(article(text), source_path=path) for text, path in zip(texts, paths, strict=True)))
    assert facts["ids"].to_list() == [["ChiCTR2000029308", "NCT04567812"], ["NCT02345671"], []]


def test_a_registered_record_has_its_own_id_alone(tmp_path: Path) -> None:
    """Others that it mentions are those of other trials; a record without one has those that it mentions."""
    mentions = study("A follow-on of NCT04567812.")
    _, facts = signed(
        tmp_path,
        Recorded(mentions, registry="ClinicalTrials.gov", trial_id="NCT00000001", source_path="NCT00000002.json"),
        Recorded(mentions, registry="none", source_path="two.json"),
    )
    assert facts["ids"].to_list() == [["NCT00000001"], ["NCT04567812"]]


@pytest.mark.parametrize("front", ["", "url: https://example.org\n", "author: A. Writer\n" * 100])
def test_the_head_is_how_the_prose_begins(tmp_path: Path, front: str) -> None:
    """On one line, in 200 characters at most, without the front matter however long that is."""
    _, facts = signed(tmp_path, Recorded(article("Sleep \n and  tablets " * 20, front=front)), Recorded(article("…")))
    assert facts["head"].to_list() == [("Sleep and tablets " * 20)[:200], "…"]


def test_the_date_is_that_of_the_front_matter(tmp_path: Path) -> None:
    """As an ISO date, or none where there is none or it is no date; a record has none here."""
    documents = [article("x", date="2024年3月5日"), article("x", date="5 March 2024"), article("x", date="soon"), article("x"), study("x")]
    _, facts = signed(tmp_path, *(Recorded(document, registry="none") for document in documents))
    assert facts["date"].to_list() == ["2024-03-05", "2024-03-05", None, None, None]


def test_a_batch_without_records_is_signed_too(tmp_path: Path) -> None:
    """With the same files, and no rows."""
    result, facts = signed(tmp_path)
    assert len(facts) == 0
    assert len(Corpus([result], tmp_path)) == 0


def test_what_was_signed_is_not_signed_again(tmp_path: Path) -> None:
    """The result is found by its task as long as the batch and the code are the same."""
    folder, records = tmp_path / "sign", str(written([Recorded(article("Sleep."))], tmp_path / "read"))
    work = sign_stage.task(folder=folder, records=records, read_key="a")
    assert sign_stage.finished(work) is None
    result = sign_stage.run(work)
    assert sign_stage.finished(sign_stage.task(folder=folder, records="moved", read_key="a")) == result
    assert sign_stage.finished(sign_stage.task(folder=folder, records=records, read_key="b")) is None
    before = {path.name: path.read_bytes() for path in result.iterdir()}
    assert sign_stage.run(work) == result
    assert {path.name: path.read_bytes() for path in result.iterdir()} == before, "the same files to the byte"
    assert not np.load(result / "anchor_keys.npy").size


def test_a_failed_signing_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is there is whole."""
    work = sign_stage.task(folder=tmp_path / "sign", records=str(written([Recorded(article("Sleep."))], tmp_path / "read")), read_key="a")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(pl.DataFrame, "write_parquet", fail)
    with pytest.raises(OSError, match="disk full"):
        sign_stage.run(work)
    assert sign_stage.finished(work) is None
    assert list((tmp_path / "sign").iterdir()) == []
