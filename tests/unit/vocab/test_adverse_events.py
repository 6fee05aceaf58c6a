"""Claims about `pipelines.vocab.adverse_events`: the terms that the words of reports name."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.vocab import adverse_events
from pipelines.vocab.adverse_events import find_term
from pipelines.vocab.data_files import DATA, VARIABLE, check_own, read_rows

ROWS = list(read_rows(DATA / "adverse_events.tsv"))


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A user's folder of vocabularies."""

    def forget() -> None:
        find_term.cache_clear()
        for cached in (adverse_events._phrases, adverse_events._meddra):
            cached.cache_clear()

    monkeypatch.setenv(VARIABLE, str(tmp_path))
    forget()
    yield tmp_path
    forget()


def term(words: str, *, is_posted: bool = True) -> str | None:
    event = find_term(words, is_posted=is_posted)
    return event.name if event else None


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Anaemia", "Anemia"),
        ("NAUSEA", "Nausea"),
        ("Neutropenia", "Neutrophil count decreased"),
        ("Neuropathy: sensory", "Peripheral sensory neuropathy"),
        ("infusion-related reaction", "Infusion related reaction"),
        ("13200 Anemia", "Anemia"),
        ("Anemia NOS", "Anemia"),
        ("Nausea (Grade 3-4)", "Nausea"),
        ("Investigations - Other, specify: weight loss", "Weight loss"),
        ("恶心", "Nausea"),
        ("腹瀉", "Diarrhea"),
        ("Fall", "Fall"),
        ("Nausea in the morning", None),
        ("", None),
    ],
)
def test_whole_words_give_the_term(words: str, expected: str | None) -> None:
    """Case, hyphens, spelling and script do not count, nor what registers add; a part of the words is nothing."""
    assert term(words) == expected


def test_some_words_name_an_event_only_in_a_field_for_terms() -> None:
    """Platelets and a fall are something else in prose."""
    assert term("Platelets") == "Platelet count decreased"
    assert term("Platelets", is_posted=False) is None


def test_every_term_has_one_row_and_no_phrase_two_terms() -> None:
    """What a phrase means does not depend on the order of rows."""
    assert len({row["term"] for row in ROWS}) == len(ROWS)
    assert {row["is_ctcae"] for row in ROWS} == {"y", "n"}
    terms: dict[str, str] = {}
    for row in ROWS:
        for phrase in filter(None, f"{row['words']}|{row['chinese']}".split("|")):
            key = adverse_events._key(phrase.lstrip("=^"))
            assert key
            assert terms.setdefault(key, row["term"]) == row["term"], phrase


def test_meddra_of_the_user_is_read_where_the_vocabulary_is_silent(own: Path) -> None:
    """A lowest-level term gives its preferred term and class, or the CTCAE term that the preferred term is."""
    (own / "meddra").mkdir()
    (own / "meddra" / "soc.asc").write_text("1$Congenital things$Cong$\n")
    (own / "meddra" / "pt.asc").write_text("11$Blue toe finding$$1$$$\n12$Anaemia$$1$$$\n")
    (own / "meddra" / "llt.asc").write_text("111$Toe gone blue$11$$$\n112$Blood thin as water$12$$$\n113$Nausea$11$$$\n")
    check_own(own)
    event = find_term("Toe gone blue")
    assert event is not None and (event.name, event.system_organ_class) == ("Blue toe finding", "Congenital things")
    assert term("Blood thin as water") == "Anemia"
    assert term("Nausea") == "Nausea"
    assert term("Toe gone blue", is_posted=False) is None


def test_a_folder_with_a_part_of_meddra_is_refused(own: Path) -> None:
    """Terms without their classes would be half an answer."""
    (own / "llt.asc").write_text("1$Toe gone blue$11$\n")
    with pytest.raises(ValueError, match=r"soc\.asc"):
        check_own(own)


def test_the_users_own_phrases_come_first(own: Path) -> None:
    """A line of theirs changes what a phrase of the project means."""
    header = "term\tsystem_organ_class\twords\tchinese\tis_ctcae\n"
    (own / "adverse_events.tsv").write_text(f"{header}Stomach trouble\tGastrointestinal disorders\tnausea\t\tn\n")
    check_own(own)
    assert term("Nausea") == "Stomach trouble"
    assert term("Vomiting") == "Vomiting"
