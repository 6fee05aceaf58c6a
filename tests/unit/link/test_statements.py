"""What a document says that another document of the same trial would say in the same words."""

import pytest

from pipelines.link.statements import OUTCOME, SENTENCE, TITLE, Facts, facts, key, statements, titles
from pipelines.shapes import (
    Article,
    DateStruct,
    DesignModule,
    EligibilityModule,
    EnrollmentInfo,
    IdentificationModule,
    IdInfo,
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


def criteria(text: str) -> Study:
    return Study(protocol_section=ProtocolSection(eligibility_module=EligibilityModule(eligibility_criteria=text)))


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
    assert found.sponsor == {"allergy", "clinic", "graz"}
    assert facts(article("Anything")) == Facts(treatments=frozenset({"anything"}))


def test_a_title_that_was_cut_after_vs_goes_on() -> None:
    """As texts that were cut into sentences are."""
    cut = article("(firstQuint)Tablets vs.\n\n Drops for Birch Pollen Allergy.\n\n Children take them in spring.")
    assert titles(cut) == ["Tablets vs. Drops for Birch Pollen Allergy."]


def test_items_of_a_list_without_bullets_are_statements() -> None:
    """One rendering keeps the bullets of a list, another its lines alone."""
    items = ("No tablets against pollen within one year", "Written consent of the parents before the first dose")
    bulleted, bare = ("\n".join(mark + one for one in items) for mark in (" * ", "  "))
    both = [statements(criteria(text)) for text in (bulleted, bare)]
    assert {one for one in both[0] if one.kind == SENTENCE} <= both[1]


def test_a_study_is_numbered_by_its_sponsor_and_others() -> None:
    """But not by what stands for no number, nor by an id of the register."""
    identification = IdentificationModule(
        org_study_id_info=IdInfo(id="BP-2021/07"), secondary_id_infos=[IdInfo(id="N/A"), IdInfo(id="0000"), IdInfo(id="NCT90000001")]
    )
    assert len(facts(Study(protocol_section=ProtocolSection(identification_module=identification))).numbers) == 1
