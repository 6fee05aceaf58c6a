"""What is said of a document: why it was kept or dropped, and what is lost with it."""

import json
import shutil
from pathlib import Path

import msgspec
import pytest

from pipelines.explain import (
    SeveralDocumentsError,
    UnknownDocumentError,
    explain,
    largest_clusters,
    least_alike,
    rule_counts,
)
from pipelines.settings import Settings
from tests.refreshing import as_json, build_all, fill, query, refresh, study

TITLE = "# Quavolimab after surgery in bladder cancer"
BODY = (
    "The trial asked whether a year of quavolimab given after the bladder had been taken out keeps the disease away for longer.",
    "Between spring and autumn some 212 people from nine hospitals joined, and a computer told each of them which group they were in.",
    "Half of them received an infusion every four weeks, the others came to the same visits and had nothing but careful looking after.",
    "After a median of 31 months the disease had come back in 40 people of the first group and in 66 of the second one.",
    "Tiredness was the most common complaint; two nurses kept a diary of everything that patients told them on the telephone.",
    "The authors think that a longer look is needed before anybody can say who gains the most, and a registry has been opened for that.",
)
OTHER = (
    "# How a clinic counted its infusions",
    "A small clinic by the sea wanted to know how many minutes an infusion takes when everybody is in a hurry on Monday mornings.",
    "Its pharmacist drew a chart on the wall, and whoever hung up a bag wrote the time beside it with a green pencil.",
    "By the end of the winter the chart had three thousand entries, and the slowest chair turned out to stand next to the coffee machine.",
)
LETTER = (
    "Dear readers, the corridor of the third floor has been painted yellow at last, and nobody misses the brown of forty years.",
    "Our visitors now find the kitchen without asking, because the children of the day nursery have drawn a line of ducks on the floor.",
    "Two volunteers come on Thursdays and read aloud from novels that are not too sad; one of them does all the voices.",
    "If you have a radio that still works, or a pack of cards that is complete, the sister at the desk will be glad to have it.",
)


def article(*paragraphs: str) -> bytes:
    """A Markdown file."""
    return "\n\n".join(paragraphs).encode()


EDITED = tuple(line.replace("nine hospitals", "ten clinics").replace("careful ", "") for line in BODY)
FILES = {
    "report.md": article(TITLE, *BODY, "The last lines of the report thank everybody who took part in it, and the funders."),
    "press/edited.md": article(TITLE, *EDITED),
    "press/again.md": article(TITLE, *EDITED),
    "digest.md": article(
        "# What was new in spring", *OTHER[1:], *BODY[:4], "So much for this season; more will follow when the leaves have come down again."
    ),
    "later.md": article(TITLE + ": five-year follow-up", *BODY),
    "clinic.md": article(*OTHER),
    "twice.md": article("# A letter from the ward", *LETTER, *LETTER),
    "credited.md": article("# Names", "Everybody who lent a hand in this is named below in the order of the alphabet, with thanks."),
    "old.json": json.dumps(study(1, updated="2023-01-02")).encode(),
    "older/again.json": json.dumps(study(1, updated="2023-01-02"), indent=2).encode(),
    "new.json": json.dumps(study(1, updated="2024-05-06", title="Veliparib Given With Temozolomide and Radiotherapy, Part 1")).encode(),
    "several.json": as_json(2, 3),
    "three.json": as_json(3),
    "cut.json": as_json(4, 5)[:-80],
    "noise.bin": b"\0\1\2\3",
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("explain")
    found = Settings(raw=fill(folder / "raw", FILES), warehouse=folder / "warehouse")
    refresh(found)
    return found


def test_a_copy_is_explained_by_rule_likeness_and_words(settings: Settings) -> None:
    """Which document is kept for it, how much of it stands there, and the very words that do not."""
    found = explain(settings, "press/again.md")
    ((rule, similarity, of),) = ((step.rule, step.similarity, step.of) for step in found.chain)
    assert (rule, of.label) == ("similar_text", "report.md")
    assert found.sentences[0].startswith("Dropped: a copy of report.md")
    assert f"{100 * (similarity or 0):.3g}%" in found.sentences[0]
    assert found.differences
    changes = [(place.change.removed, place.change.added) for place in found.differences.places]
    assert changes[:2] == [("ten clinics", "nine hospitals"), ("", "careful")]
    assert found.differences.summary.n_removed == 2
    n_words = found.differences.summary.n_words
    assert found.sentences[-1] == f"Of its {n_words} words that were compared 2 do not stand in the one that is kept: 11 characters."


def test_a_copy_to_the_letter_of_a_copy_is_followed_to_what_is_kept(settings: Settings) -> None:
    """The published row names only the last of the chain; the other has the same digest."""
    copies = [explain(settings, name) for name in ("press/again.md", "press/edited.md")]
    longer, shorter = sorted(copies, key=lambda found: -len(found.chain))
    assert [(step.rule, step.of.label) for step in longer.chain] == [
        ("same_content", shorter.document.label),
        ("similar_text", "report.md"),
    ]
    assert [step.rule for step in shorter.chain] == ["similar_text"]
    assert any(shorter.document.label in sentence for sentence in longer.sentences)
    assert longer.differences and shorter.differences
    assert longer.differences.summary == shorter.differences.summary


def test_a_text_in_a_larger_one_is_explained(settings: Settings) -> None:
    """What the larger one says beside is counted, and no loss."""
    found = explain(settings, "clinic.md")
    assert [(step.rule, step.of.label) for step in found.chain] == [("contained_text", "digest.md")]
    assert found.sentences[0].startswith("Dropped: it stands in digest.md")
    assert found.differences
    removed = [place.change.removed for place in found.differences.places if place.change.removed]
    assert removed == ["How a clinic counted its infusions"]
    assert found.differences.summary.n_added > 60


def test_an_older_version_is_explained_by_what_the_next_one_changed(settings: Settings) -> None:
    """Fields, and the words of the record's prose with the field that they stand in."""
    found = explain(settings, "old.json")
    assert found.sentences == ["Superseded: the version of 2023-01-02 of a registry record; new.json has the version of 2024-05-06."]
    assert {"brief_title", "last_update_date"} <= {change.field for change in found.changes}
    assert found.differences
    (place,) = found.differences.places
    assert (place.field, place.change.added) == ("identificationModule.briefTitle", "and Radiotherapy")
    assert [trial.trial_id for trial in found.trials] == ["NCT91000001"]


def test_a_copy_of_an_older_version_is_followed_to_the_newer_one(settings: Settings) -> None:
    """Through a document that is not kept either."""
    found = explain(settings, "older/again.json")
    assert [(step.rule, step.of.label) for step in found.chain] == [("same_content", "old.json"), ("same_registry_id", "new.json")]
    assert found.sentences[0].startswith("Superseded")
    assert "old.json" in found.sentences[1]


def test_a_copy_to_the_letter_has_no_differences_to_show(settings: Settings) -> None:
    """And nothing is said about why."""
    found = explain(settings, "three.json")
    assert [step.rule for step in found.chain] == ["same_content"]
    assert "to the letter" in found.sentences[0]
    assert (found.differences, found.no_differences) == (None, None)


def test_a_kept_document_names_those_that_were_dropped_for_it(settings: Settings) -> None:
    """With the rule, and those that only look like it with what tells them apart."""
    found = explain(settings, "report.md")
    assert found.chain == []
    assert found.sentences[0] == "Kept; 2 other documents were dropped for it."
    assert [(dropped.place.label, dropped.rule) for dropped in found.dropped] == [
        ("press/again.md", "similar_text"),
        ("press/edited.md", "similar_text"),
    ]
    assert [(one.place.label, one.reason) for one in found.lookalikes] == [("later.md", "other_title")]
    assert "follow-up" in found.lookalikes[0].sentence
    assert [one.place.label for one in explain(settings, "later.md").lookalikes] == ["report.md"]


def test_a_repeated_stretch_is_shown_with_its_first_words(settings: Settings) -> None:
    """From where to where, where it is kept, whether it is cut and why."""
    found = explain(settings, "twice.md")
    (stretch,) = found.stretches
    text = FILES["twice.md"].decode()
    assert stretch.is_within and stretch.is_cut
    assert stretch.kept == found.document
    assert text[stretch.start_char : stretch.end_char] == text[stretch.kept_start_char : stretch.kept_end_char]
    assert text[stretch.start_char :].startswith(stretch.words or "?")
    assert stretch.sentence.startswith("Cut:")
    assert found.repeated_chars == stretch.end_char - stretch.start_char
    assert "all of them are cut" in found.sentences[1]


def test_a_stretch_that_others_repeat_is_counted_where_it_is_kept(settings: Settings) -> None:
    """It is no repeat of the document that keeps it."""
    found = explain(settings, "digest.md")
    assert found.stretches == []
    assert (
        found.n_kept_here
        == query(settings, "SELECT count(*) FROM repeated_blocks WHERE kept_field = 'text' AND kind = 'across_documents'")[0][0] - 1
    )


def test_a_record_in_quarantine_is_explained(settings: Settings) -> None:
    """It has a document_id, and a reason."""
    found = explain(settings, "cut.json#1")
    assert found.status == "quarantined"
    assert found.sentences[0].startswith("In quarantine: The file or record ends in the middle")


def test_every_document_can_be_explained(settings: Settings) -> None:
    """Whatever became of it, in at least one sentence, as JSON too."""
    rows = query(settings, "SELECT document_id, status FROM documents")
    assert {status for _, status in rows} == {"kept", "duplicate", "superseded", "quarantined"}
    for document_id, status in rows:
        found = explain(settings, document_id)
        assert found.document.document_id == document_id
        assert found.sentences and all(sentence.endswith((".", ")")) for sentence in found.sentences)
        assert json.loads(json.dumps(msgspec.to_builtins(found)))["status"] == status


@pytest.mark.parametrize(
    "words",
    [
        "press/edited.md",
        "edited.md",
        "ss/edited.md",
        "press/edited.md#0",
        "{id}",
        "{beginning}",
        "{raw}/press/edited.md",
        "{raw}/press/edited.md#0",
    ],
)
def test_a_document_is_found_by_id_or_path(settings: Settings, words: str) -> None:
    """Whole or in part, and as a shell completes it."""
    ((document_id,),) = query(settings, "SELECT document_id FROM documents WHERE source_path = 'press/edited.md'")
    found = explain(settings, words.format(id=document_id, beginning=document_id[:8], raw=settings.raw))
    assert found.document.label == "press/edited.md"


def test_a_path_from_the_working_directory_is_found(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one types it."""
    monkeypatch.chdir(settings.raw / "press")
    assert explain(settings, "../report.md").document.label == "report.md"
    assert explain(settings, "./edited.md").document.label == "press/edited.md"


@pytest.mark.parametrize(
    ("words", "labels"),
    [
        ("several.json", ["several.json#0", "several.json#1"]),
        (".json#1", ["cut.json#1", "several.json#1"]),
        ("dited.md", ["credited.md", "press/edited.md"]),
    ],
)
def test_several_documents_are_listed(settings: Settings, words: str, labels: list[str]) -> None:
    """The records of a file, and files whose names end alike."""
    with pytest.raises(SeveralDocumentsError) as error:
        explain(settings, words)
    assert [place.label for place in error.value.places] == labels


def test_a_whole_name_goes_before_the_end_of_another(settings: Settings) -> None:
    """`edited.md` is no part of `credited.md`."""
    assert explain(settings, "edited.md").document.label == "press/edited.md"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("press/editted.md", "press/edited.md"),
        ("noise.bin", "binary"),
        ("nothing like it", "source_path"),
        ("", "document_id"),
        ("#1", "document_id"),
        ("%", "source_path"),
    ],
)
def test_what_is_not_there_gets_a_hint(settings: Settings, words: str, hint: str) -> None:
    """A name that is like it, why the file gave no document, or how documents are named."""
    with pytest.raises(UnknownDocumentError, match=hint):
        explain(settings, words)


def test_without_the_texts_the_rest_is_said(settings: Settings, tmp_path: Path) -> None:
    """The state may be deleted at any time, and a later refresh may have read other content."""
    shutil.copytree(settings.warehouse, tmp_path / "warehouse", symlinks=True)
    raw = fill(tmp_path / "raw", {**FILES, "press/edited.md": FILES["press/edited.md"] + b"\n\nAnd one more line."})
    copy = Settings(raw=raw, warehouse=tmp_path / "warehouse")
    build_all(copy)
    found = explain(copy, "press/edited.md")
    assert f"{found.repeated_chars} of its {found.n_chars} characters" in found.sentences[-1]
    assert found.chain and found.differences is None
    assert found.no_differences and "refresh" in found.no_differences
    shutil.rmtree(copy.state)
    assert explain(copy, "clinic.md").differences is None
    shutil.rmtree(copy.build)
    assert explain(copy, "clinic.md").chain


# --- while it is built -------------------------------------------------------------------------------------------------


def test_the_largest_clusters_name_the_kept_one(settings: Settings) -> None:
    """Also where a copy is entered under an older version, which is not kept itself."""
    clusters = {cluster.kept.label: cluster for cluster in largest_clusters(settings)}
    assert {name: cluster.rules for name, cluster in clusters.items()} == {
        "report.md": {"similar_text": 2},
        "new.json": {"same_content": 1, "same_registry_id": 1},
        "digest.md": {"contained_text": 1},
        "several.json#1": {"same_content": 1},
    }
    assert clusters["report.md"].lowest_similarity == explain(settings, "press/edited.md").chain[-1].similarity
    assert [cluster.n_dropped for cluster in largest_clusters(settings, limit=2)] == [2, 2]


def test_the_copy_that_is_least_alike_is_found(settings: Settings) -> None:
    """With the words in which it differs."""
    found = least_alike(settings)
    assert found is not None
    assert found.kept.label == "report.md"
    assert found.differences.places[0].change.removed == "ten clinics"


def test_counts_name_every_rule(settings: Settings) -> None:
    """Those without a document too, so that a plot has no gap."""
    assert rule_counts(settings) == {"same_content": 2, "same_registry_id": 1, "similar_text": 2, "contained_text": 1}


def test_a_build_without_duplicates_has_nothing_to_show(tmp_path: Path) -> None:
    """No cluster, no copy, and counts of 0."""
    settings = Settings(raw=fill(tmp_path / "raw", {"a.json": as_json(1)}), warehouse=tmp_path / "warehouse")
    build_all(settings)
    assert largest_clusters(settings) == []
    assert least_alike(settings) is None
    assert set(rule_counts(settings).values()) == {0}
