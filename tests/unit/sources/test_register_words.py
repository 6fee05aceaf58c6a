"""Fields of registers that say several things at once, and words that stand for coded values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.schema import vocabularies as v
from pipelines.shapes import DesignInfo, IdInfo
from pipelines.sources import register_words


@pytest.mark.parametrize(
    ("words", "phase"),
    [
        ("1-2", "PHASE1_PHASE2"),
        ("4", "PHASE4"),
        ("Phase4", "PHASE4"),
        ("Phase 2/ Phase 3", "PHASE2_PHASE3"),
        ("IIIb", "PHASE3"),
        ("III (Phase III study)", "PHASE3"),
        ("III期临床试验", "PHASE3"),
        ("其它其他说明:Ib/IIa期", "PHASE1_PHASE2"),
        ("Phase I and Phase II (Integrated)- Other", "PHASE1_PHASE2"),
        ("Therapeutic use (Phase IV)", "PHASE4"),
        ("Human pharmacology (Phase I): noTherapeutic exploratory (Phase II): yesTherapeutic confirmatory - (Phase III): ", "PHASE2"),
        ("Human pharmacology (Phase I): no Therapeutic exploratory (Phase II): no", None),
        ("N/A", "NA"),
        # The Chinese register's 0 is a pilot study.
        ("0", None),
        ("Retrospective study", None),
        ("其它其他说明:生物等效性试验", None),
        ("1/2/3", None),
        ("", None),
    ],
)
def test_a_phase_is_what_the_words_can_only_mean(words: str, phase: str | None) -> None:
    """Unknown words stay as they are, so that `phase_raw` shows them."""
    assert v.PHASE.find("|".join(register_words.phases(words))) == phase


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        # allocation, model, masking, purpose
        (
            "Allocation: Randomized. Intervention model: Crossover Assignment. Primary purpose: Prevention. Masking: Double (Participant).",
            ("RANDOMIZED", "CROSSOVER", "DOUBLE", "PREVENTION"),
        ),
        (
            "Purpose: Diagnosis; Allocation: Non-randomised trial; Masking: Open (masking not used);",
            ("NON_RANDOMIZED", None, "NONE", "DIAGNOSTIC"),
        ),
        (
            "Primary Purpose : Treatment, Intervention Model : Single Group, Blinding/Masking : Open, Allocation : Not Applicable",
            ("NA", "SINGLE_GROUP", "NONE", "TREATMENT"),
        ),
        (
            "Randomization: Not randomized, Blinding: Triple blinded, Placebo: Used, Assignment: Parallel, Purpose: Treatment.",
            ("NON_RANDOMIZED", "PARALLEL", "TRIPLE", "TREATMENT"),
        ),
        (
            "Randomized, Parallel Group Trial<br>  Method of generating randomization sequence:Drawn lots  Blinding and masking:"
            "Participant and Outcome Assessor Blinded",
            ("RANDOMIZED", "PARALLEL", "DOUBLE", None),
        ),
        (
            "randomized controlled trial, open(masking not used), active control, parallel assignment, treatment purpose",
            ("RANDOMIZED", "PARALLEL", "NONE", "TREATMENT"),
        ),
        (
            "Controlled: yes<br>Randomised: yes<br>Open: no<br>Single blind: no<br>Double blind: yes<br>Parallel group: yes<br>"
            "Cross over: no<br>",
            ("RANDOMIZED", "PARALLEL", "DOUBLE", None),
        ),
        ("Controlled: no Randomised: no Open: yes Number of treatment arms in the trial: 1", ("NA", "SINGLE_GROUP", "NONE", None)),
        ("Parallel", (None, "PARALLEL", None, None)),
        # How participants are enrolled, not how groups follow one another.
        ("Sequential", (None, None, None, None)),
        ("Non randomized control", ("NON_RANDOMIZED", None, None, None)),
        ("随机平行对照", ("RANDOMIZED", "PARALLEL", None, None)),
        ("NA", (None, None, None, None)),
    ],
)
def test_a_design_is_taken_apart(words: str, codes: tuple[str | None, ...]) -> None:
    """As keys with values, as questions, as a phrase, in English and Chinese."""
    info = register_words.design(words) or DesignInfo()
    masking = info.masking_info.masking if info.masking_info and info.masking_info.masking else None
    found = (
        v.ALLOCATION.find(info.allocation),
        v.INTERVENTION_MODEL.find(info.intervention_model),
        v.MASKING.find(masking.partition("(")[0]) or v.MASKING.find(masking) if masking else None,
        v.PRIMARY_PURPOSE.find(info.primary_purpose),
    )
    assert found == codes


@pytest.mark.parametrize(
    ("words", "size"),
    [
        ("120", 120),
        ("1,200", 1200),
        ("Mild group:200;Severe group:150", 350),
        ("组一：20；组二：30；", 50),
        ("0", None),
        ("group A:20;about thirty", None),
        (None, None),
    ],
)
def test_a_target_size_is_the_sum_of_its_groups(words: str | None, size: int | None) -> None:
    """Unless some of it cannot be read."""
    assert register_words.target_size(words) == size


@pytest.mark.parametrize(
    ("words", "sex"),
    [
        ("<br>Female: yes<br>Male: yes<br>", "ALL"),
        ("<br> Female: no<br> Male: yes<br>", "MALE"),
        ("男+女", "ALL"),
        ("女", "FEMALE"),
        ("-", None),
    ],
)
def test_sex_is_read_from_words_and_from_questions(words: str, sex: str | None) -> None:
    """A question that is answered no counts as such."""
    assert v.SEX.find(register_words.sex(words)) == sex


@pytest.mark.parametrize(
    ("words", "iso"),
    [("03/02/2020", "2020-02-03"), ("2020-02-03", "2020-02-03"), ("20200203", "2020-02-03"), ("February 2020", "2020-02"), ("tbd", None)],
)
def test_a_date_has_its_day_first_and_keeps_its_precision(words: str, iso: str | None) -> None:
    """As the WHO and the registers of Europe and India write it."""
    assert register_words.iso_date(words) == iso


def test_ids_are_kept_once_in_one_spelling_and_placeholders_are_not() -> None:
    """Ids of registers are told by shape and check, what no register gave stays as it is written."""
    found = register_words.secondary_ids(
        "EUCTR2004-000119-24-DE; nct 02481632;Nil known", "NCT00000000", "TBD;11111", "AB-17", own="NCT02481632"
    )
    assert found == [IdInfo(id="2004-000119-24", type="EudraCT"), IdInfo(id="AB-17")]


@given(st.text(max_size=80))
def test_no_words_are_too_strange(words: str) -> None:
    """Whatever is in a field, reading it does not fail."""
    register_words.phases(words)
    register_words.design(words)
    register_words.target_size(words)
    register_words.sex(words)
    register_words.iso_date(words)
    register_words.secondary_ids(words)
