"""Which registered trial an article reports, by the words that both use."""

from typing import Any

import polars as pl
import pytest

from pipelines.link.statements import facts
from pipelines.link.topics import NAME, REST, compare, is_link, known_words, reasons, size_word, topic, words
from pipelines.shapes import (
    Article,
    ConditionsModule,
    DescriptionModule,
    IdentificationModule,
    Paragraph,
    ProtocolSection,
    Study,
)

N_STRANGERS = 300


def article(text: str, *, title: str | None = None) -> Article:
    return Article(text=text, title=title, paragraphs=[Paragraph("paragraph", 0, len(text))])


def frame(name: str, said: dict[str, tuple[str, str]]) -> pl.DataFrame:
    rows = [
        (who, part, word) for who, texts in said.items() for part, text in zip((NAME, REST), texts, strict=True) for word in words(text)
    ]
    return pl.DataFrame(rows, schema={name: pl.String, "part": pl.UInt8, "word": pl.String}, orient="row")


def best(article: tuple[str, str], trials: dict[str, tuple[str, str]], sizes: dict[str, str] | None = None) -> dict[str, Any]:
    """The best candidate of an article among the trials and many strangers that only share common words."""
    strangers = {f"S{n}": (f"study of tablets in adults kw{n}", f"tablets for people with condition c{n}") for n in range(N_STRANGERS)}
    by_size = pl.DataFrame(list((sizes or {}).items()), schema={"trial": pl.String, "size": pl.String}, orient="row")
    found = compare(frame("document", {"d": article}), known_words(frame("trial", {**trials, **strangers}), by_size))
    return found.row(0, named=True)


RECORD = ("Sleep After Evening Veliparib in Glioblastoma", "whether sleep improves with evening doses at the clinic in Graz")
REPORT = (
    "Evening veliparib and sleep in glioblastoma",
    "patients with glioblastoma took evening doses of veliparib at the clinic in Graz, sleep improves",
)


def test_an_article_that_uses_the_records_words_is_linked() -> None:
    """Reasons are the parts of the score, in words."""
    row = best(REPORT, {"A": RECORD, "B": ("Veliparib in Thymoma", "a dose is looked for")})
    assert row["trial"] == "A"
    assert is_link(row, [])
    assert reasons(row)[0].endswith("of the record's name")


def test_two_trials_of_the_same_drug_and_disease_stay_apart() -> None:
    """When both come close, neither is taken."""
    row = best(REPORT, {"A": RECORD, "B": (RECORD[0] + " Again", RECORD[1])})
    assert not is_link(row, [])


def test_a_contradiction_breaks_the_link() -> None:
    """Another phase is another trial."""
    assert not is_link(best(REPORT, {"A": RECORD}), ["another phase"])


def test_a_record_that_says_little_but_names_must_have_the_articles_title() -> None:
    """A row of an export without a summary."""
    short = (RECORD[0], "Clinic of Graz")
    assert is_link(best(REPORT, {"A": short}), [])
    assert not is_link(best((REPORT[0] + " kw7 kw8", REPORT[1]), {"A": short}), [])


def test_a_short_record_is_found_beside_long_ones() -> None:
    """A long record shares more words with any text."""
    long_words = " ".join(f"w{n}x" for n in range(200))
    longer = {f"L{n}": (f"Glioblastoma and sleep {long_words} n{n}", "doses at the clinic in the evening") for n in range(40)}
    text = (REPORT[0], REPORT[1] + " " + " ".join(f"w{n}x" for n in range(60)))
    assert best(text, {"A": RECORD, **longer})["trial"] == "A"


def test_the_number_of_participants_speaks_for_a_trial() -> None:
    """It is a word of the article; a small one stands in any text."""
    sized = (REPORT[0], REPORT[1] + " 214 patients")
    assert best(sized, {"A": RECORD}, {"A": "214"})["score"] == pytest.approx(best(sized, {"A": RECORD})["score"] + 0.3)
    assert (size_word(214), size_word(12), size_word(None)) == ("214", None, None)


def test_a_record_is_named_by_its_titles_conditions_and_treatments() -> None:
    """What else it says is the rest; an article has its title and its opening, without ids."""
    study = Study(
        protocol_section=ProtocolSection(
            identification_module=IdentificationModule(brief_title="Evening Doses", acronym="DUSK-2"),
            conditions_module=ConditionsModule(conditions=["Glioblastoma"], keywords=["sleep"]),
            description_module=DescriptionModule(brief_summary="Glioblastoma and rest"),
        )
    )
    assert topic(study).name == {"evening", "doses", "dusk-2", "glioblastoma"}
    assert topic(study).rest == {"sleep", "and", "rest"}
    assert topic(article("NCT00000001 was small", title="Dusk")) == ({"dusk"}, {"was", "small"})


@pytest.mark.parametrize(
    ("text", "phases"),
    [
        ("A phase II study", {"2"}),
        ("Phase 1/2 trial", {"1", "2"}),
        ("a phase IIb/III trial", {"2", "3"}),
        ("phase IV", {"4"}),
        ("the luteal phase in women", set()),
    ],
)
def test_the_phases_of_an_article_are_those_that_it_names(text: str, phases: set[str]) -> None:
    """In Roman or Arabic numerals."""
    assert facts(article(text)).phases == phases
