"""The texts that evidence points into."""

from collections.abc import Callable

from pipelines.extract import document_texts
from pipelines.extract.subject import Subject
from pipelines.shapes import Study

Make = Callable[..., Study]


def test_texts_are_those_of_the_source_before_any_repair(make_study: Make, subject: Subject) -> None:
    """Escapes stay: offsets of evidence count in this text."""
    study = make_study(
        identificationModule={"briefTitle": "Dose \\> 5"},
        outcomesModule={"primaryOutcomes": [{"measure": "Pain &amp; sleep", "timeFrame": "Day 8"}]},
    )
    found = {row["field"]: row["text"] for row in document_texts.rows(study, subject)}
    assert found == {
        "identificationModule.briefTitle": "Dose \\> 5",
        "outcomesModule.primaryOutcomes[0].measure": "Pain &amp; sleep",
        "outcomesModule.primaryOutcomes[0].timeFrame": "Day 8",
    }


def test_a_source_with_fields_of_its_own_has_these(subject: Subject) -> None:
    """A CSV cell is one text, whatever was taken out of it."""
    study = Study(source_texts={"Conditions": "Warts|Burns"})
    assert [(row["document_id"], row["field"], row["text"]) for row in document_texts.rows(study, subject)] == [
        ("d1", "Conditions", "Warts|Burns")
    ]
