"""What a document says that another document of the same trial would say in the same words."""

import pytest

from pipelines.link.statements import OUTCOME, SENTENCE, TITLE, facts, key, statements, titles
from pipelines.shapes import (
    Article,
    DateStruct,
    DesignModule,
    EnrollmentInfo,
    IdentificationModule,
    Outcome,
    OutcomesModule,
    Paragraph,
    ProtocolSection,
    Sponsor,
    SponsorCollaboratorsModule,
    StatusModule,
    Study,
)


def article(text: str) -> Article:
    return Article(text=text, paragraphs=[Paragraph("paragraph", 0, len(text))])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Overall Survival (OS)", "overall survival, OS"),
        ("* Age 18 or older", "Age 18 or older"),
        ("HbA\\_1c", "HbA1c"),
        ("β-blockers", "β blockers"),
    ],
)
def test_a_statement_is_compared_by_letters_and_digits(one: str, other: str) -> None:
    """Neither case nor signs, nor what a source escapes."""
    assert key(one) == key(other)


def test_a_line_break_at_a_width_does_not_end_a_sentence() -> None:
    """Some sources break lines at 80 characters; an empty line, or a bullet on the next line, does end one."""
    broken = "Patients treated before\n      with a platinum compound may take part.\n\n  - Women must not be pregnant or nursing a child"
    whole = "Patients treated before with a platinum compound may take part. Women must not be pregnant or nursing a child."
    some, others = statements(article(broken)), statements(article(whole))
    assert {one for one in some if one.kind == SENTENCE} == {one for one in others if one.kind == SENTENCE}


def test_a_sentence_that_any_record_has_says_nothing() -> None:
    """It is too short to tell trials apart."""
    assert not [one for one in statements(article("Ages 18 and over. Both sexes.")) if one.kind == SENTENCE]


def test_the_title_of_a_text_is_its_first_line_without_what_is_glued_to_it() -> None:
    """A text that begins with a long paragraph has none."""
    assert titles(article("(tag)Birch Pollen Tablets in Children\n\nMore text.")) == ["Birch Pollen Tablets in Children"]
    assert titles(article("word " * 300)) == []


def test_a_record_states_its_title_outcomes_and_facts() -> None:
    """Facts are those that a trial has once."""
    study = Study(
        protocol_section=ProtocolSection(
            identification_module=IdentificationModule(brief_title="Birch Pollen Tablets in Children"),
            design_module=DesignModule(study_type="INTERVENTIONAL", phases=["PHASE2", "PHASE3"], enrollment_info=EnrollmentInfo(count=120)),
            status_module=StatusModule(start_date_struct=DateStruct(date="March 2021")),
            sponsor_collaborators_module=SponsorCollaboratorsModule(lead_sponsor=Sponsor(name="Allergy Clinic, Graz")),
            outcomes_module=OutcomesModule(primary_outcomes=[Outcome(measure="Symptom score")]),
        )
    )
    assert {one.kind for one in statements(study)} >= {TITLE, OUTCOME}
    found = facts(study)
    assert (found.study_type, found.phases, found.enrolment, found.start) == ("interventional", {"2", "3"}, 120, "2021-03")
    assert found.sponsor is not None
    assert facts(article("Anything")) == (None, frozenset(), None, None, None)
