"""Locating: stretches of tokens as stretches of published texts, whole sentences, and what says nothing of a trial."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.dedup.comparable import comparable_text
from pipelines.dedup.tokens import token_places
from pipelines.engine import locate_stage
from pipelines.engine.locate_stage import LOCATED, TEXTS, LocateTask, Request
from pipelines.engine.read_stage import RECORD_SCHEMA, RECORDS
from pipelines.shapes import Article, DescriptionModule, IdentificationModule, Paragraph, ProtocolSection, Study


def article(text: str) -> Article:
    """All of a text is one paragraph."""
    return Article(text=text, paragraphs=[Paragraph("paragraph", 0, len(text))])


def study(title: str, summary: str) -> Study:
    identification, description = IdentificationModule(brief_title=title), DescriptionModule(brief_summary=summary)
    return Study(protocol_section=ProtocolSection(identification_module=identification, description_module=description))


def written(documents: Sequence[Study | Article], folder: Path) -> str:
    """The result folder of a read stage that read these."""
    rows = [
        {"kind": "article" if isinstance(document, Article) else "study", "payload": msgspec.msgpack.encode(document)}
        for document in documents
    ]
    pq.write_table(pa.Table.from_pylist(rows, RECORD_SCHEMA), folder / RECORDS)
    return str(folder)


def tokens_of(document: Study | Article, words: str) -> tuple[int, int]:
    """The first tokens of a document that these words are, as an interval."""
    values, sought = token_places(comparable_text(document))[0].tolist(), token_places(words)[0].tolist()
    start = next(i for i in range(len(values)) if values[i : i + len(sought)] == sought)
    return start, start + len(sought)


def located(document: Study | Article, words: str, folder: Path) -> dict:
    """The row for the first place of these words."""
    start, end = tokens_of(document, words)
    task = LocateTask(written([document], folder), [Request(7, 0, start, end, is_judged=True)])
    table, _ = locate_stage.run(task)
    (row,) = table.to_pylist()
    assert row["request"] == 7
    return row


# --- places --------------------------------------------------------------------------------------------------------------


def test_a_stretch_is_where_its_words_stand_in_the_published_text(tmp_path: Path) -> None:
    """With what a repair took away within it, and without what stands around it."""
    text = "Methods: the dose was &lt;5 mg/m<sup>2</sup> a day."
    row = located(article(text), "dose was <5 mg/m2 a", tmp_path)
    assert (row["field"], text[row["start_char"] : row["end_chars"][0]]) == ("text", "dose was &lt;5 mg/m<sup>2</sup> a")


def test_a_stretch_of_a_record_lies_in_one_field(tmp_path: Path) -> None:
    """Under the name that `document_texts` has for it, counted from its beginning."""
    row = located(study("Tablets for sleep", "We test whether tablets help."), "tablets help", tmp_path)
    assert (row["field"], row["start_char"], row["end_chars"][0]) == ("descriptionModule.briefSummary", 16, 28)
    assert (row["says_nothing"], row["under_id"]) == (None, None)


def test_the_tail_is_what_stands_before_the_next_word(tmp_path: Path) -> None:
    """Blanks and what ends a sentence, with the end after each of them: how much is the same where the stretch is kept is seen later.

    A bracket, a sign or a heading's mark belongs to what follows.
    """
    text = "They slept &amp; ate.\n\n  (Then nothing)"
    row = located(article(text), "slept & ate", tmp_path)
    assert row["tail"] == ".\n\n  "
    assert [text[row["start_char"] : end] for end in row["end_chars"]] == ["slept &amp; ate" + row["tail"][:k] for k in range(6)]


@pytest.mark.parametrize(
    ("document", "tail"),
    [
        (article("They slept."), "."),
        (article("They slept"), ""),
        (article("They slept" + "…" * 40 + "Then."), "…" * 16),
        (study("They slept!", "Then they ate."), "!"),
    ],
)
def test_a_tail_ends_with_the_text_the_field_or_sixteen_characters(document: Study | Article, tail: str, tmp_path: Path) -> None:
    """More of it matters to nobody."""
    row = located(document, "They slept", tmp_path)
    assert (row["tail"], len(row["end_chars"])) == (tail, len(tail) + 1)


def test_a_stretch_stands_under_the_id_before_it(tmp_path: Path) -> None:
    """Or under the one that it holds; where a text names one trial or none, all of it is of that."""
    text = "NCT04567812: they slept well. NCT02345671: they ate well, and NCT04567812 did not."
    assert located(article(text), "slept well", tmp_path)["under_id"] == "NCT04567812"
    assert located(article(text), "ate well", tmp_path)["under_id"] == "NCT02345671"
    assert located(article(text), "they ate well, and NCT04567812", tmp_path)["under_id"] == "NCT04567812"
    assert located(article("First they ate. " + text), "First they ate", tmp_path)["under_id"] is None
    assert located(article("NCT04567812: they slept well."), "slept well", tmp_path)["under_id"] is None


DISCLAIMER = (
    "Disclaimer: the content of this page is for information exchange only and is no substitute for professional medical advice, "
    "diagnosis or treatment. The publisher accepts no responsibility for errors or omissions."
)


def test_what_a_stretch_says_is_looked_at_when_asked(tmp_path: Path) -> None:
    """Of an article; what a record says is always of its trial."""
    document = article(f"They slept. {DISCLAIMER}")
    assert located(document, DISCLAIMER, tmp_path)["says_nothing"] == "disclaimer"
    start, end = tokens_of(document, DISCLAIMER)
    table, _ = locate_stage.run(LocateTask(str(tmp_path), [Request(0, 0, start, end)]))
    assert table["says_nothing"].to_pylist() == [None]
    assert located(study("Sleep", DISCLAIMER), DISCLAIMER, tmp_path)["says_nothing"] is None


def test_requests_to_several_documents_are_answered_in_order(tmp_path: Path) -> None:
    """Texts are given once for each article that was asked of; nothing asked, nothing given."""
    folder = written([article("One two."), study("Three four", "Five six"), article("Seven"), article("Eight nine.")], tmp_path)
    requests = [Request(5, 0, 0, 1), Request(4, 0, 1, 2), Request(3, 1, 0, 2), Request(2, 3, 1, 2)]
    table, texts = locate_stage.run(LocateTask(folder, requests))
    assert (table.schema, texts.schema) == (LOCATED, TEXTS)
    assert table["request"].to_pylist() == [5, 4, 3, 2]
    assert table["start_char"].to_pylist() == [0, 4, 0, 6]
    assert texts.to_pylist() == [{"row": 0, "text": "One two."}, {"row": 3, "text": "Eight nine."}]
    assert [one.num_rows for one in locate_stage.run(LocateTask(folder, []))] == [0, 0]


# --- whole sentences -----------------------------------------------------------------------------------------------------


def sentences_in(text: str, words: str, folder: Path) -> str:
    """What of a stretch is whole sentences, as it stands in the text."""
    document = article(text)
    start, end = tokens_of(document, words)
    ((number, first, last),) = locate_stage.whole_sentences(LocateTask(written([document], folder), [Request(3, 0, start, end)]))
    assert number == 3 and start <= first <= last <= end
    _, starts, ends = token_places(comparable_text(document))
    return text[starts[first] : ends[last - 1]] if last > first else ""


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("They slept. They ate. They left.", "slept. They ate. They", "They ate"),
        ("They slept. They ate. They left.", "They slept. They ate", "They slept. They ate"),
        ("They slept well and ate.", "slept well", ""),
        ("他们睡觉。他们吃饭；他们离开。", "睡觉。他们吃饭；他们", "他们吃饭"),
        ("They slept\n\nThey ate\n\nThey left", "slept They ate They", "They ate"),
        ("They slept\nand ate well. They left", "slept and ate well", ""),
        ("The dose was 1.5 mg. It was low.", "was 1.5 mg. It was", ""),
        ("They slept.They ate.They left", "slept. They ate. They", "They ate"),
        ('"They slept." They ate. Gone', "slept. They ate. Gone", "They ate. Gone"),
        ("They slept! They ate? They left", "slept They ate They", "They ate"),
    ],
)
def test_the_parts_of_sentences_at_either_end_are_no_whole_ones(text: str, words: str, expected: str, tmp_path: Path) -> None:
    """In both languages; a decimal, or a line that was wrapped, ends no sentence."""
    assert sentences_in(text, words, tmp_path) == expected


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.sampled_from(["We slept", "they ate", "5.5 mg", "他们睡觉", ". ", "。", "\n", "\n\n", ", ", "."]), max_size=14), st.data()
)
def test_whole_sentences_begin_and_end_where_a_sentence_does(pieces: list[str], data: st.DataObject) -> None:
    """Whatever is asked of: what is given lies in it, and a second look at it takes nothing more away."""
    document = article("".join(pieces))
    n_tokens = len(token_places(document.text)[0])
    if not n_tokens:
        return
    start = data.draw(st.integers(0, n_tokens - 1))
    end = data.draw(st.integers(start + 1, n_tokens))
    with tempfile.TemporaryDirectory() as name:
        folder = written([document], Path(name))
        ((_, first, last),) = locate_stage.whole_sentences(LocateTask(folder, [Request(0, 0, start, end)]))
        assert start <= first <= last <= end
        requests = [Request(1, 0, first, last)] * (last > first) + [Request(2, 0, 0, n_tokens)]
        expected = [(1, first, last)] * (last > first) + [(2, 0, n_tokens)]
        assert locate_stage.whole_sentences(LocateTask(folder, requests)) == expected, "whole ones stay, and a document is whole"


# --- boilerplate ---------------------------------------------------------------------------------------------------------


def test_boilerplate_is_told_in_tokens(tmp_path: Path) -> None:
    """Under the number of the request, from the beginning of the document; a record has none."""
    first, second = article(f"They slept through the night. {DISCLAIMER}"), article("They slept.")
    folder = written([first, second, study("Sleep", DISCLAIMER), article(DISCLAIMER)], tmp_path)
    requests = [Request(10 + row, row, 0, 0) for row in range(4)]
    assert locate_stage.boilerplate(LocateTask(folder, requests)) == [
        (10, *tokens_of(first, DISCLAIMER)),
        (13, 0, len(token_places(DISCLAIMER)[0])),
    ]
