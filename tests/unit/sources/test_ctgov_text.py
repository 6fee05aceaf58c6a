"""Label-less text: the cells of a registry record, one per line."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.sources import ctgov_text
from pipelines.sources.records import Reason, Record, Reject

TITLE = "A Study of Drug A With Drug B in Adults With Advanced Sarcoma"
SUMMARY = "This is an open-label study of Drug A with Drug B.\n\nThe second paragraph tells why, and for whom."
CONDITIONS = "Advanced Sarcoma|Soft Tissue Sarcoma"
INTERVENTIONS = "DRUG: Drug A|DIETARY_SUPPLEMENT: Vitamin: D"
PRIMARY = "Objective response rate, Share of participants with a complete or partial response by RECIST 1.1, Up to 12 months"
SECONDARY = "Overall survival, Time from enrollment to death, Up to 24 months|Fatigue, Week 6"
OTHER = "Cytokine levels, Cytokines in serum, Baseline and week 4"
DESCRIPTION = (
    "Sarcoma is a rare disease. Treatment has not changed much in many years, and new combinations are needed. "
    "Participants will be given both drugs every three weeks.\n\nThey will then be followed for two years."
)
CRITERIA = "Inclusion Criteria:\n\n* Age 18 years or older\n* Written consent\n\nExclusion Criteria:\n\n* Pregnancy"
ALL = (TITLE, SUMMARY, CONDITIONS, INTERVENTIONS, PRIMARY, SECONDARY, OTHER, DESCRIPTION, CRITERIA)


def read_cells(text: str) -> tuple[str, ...]:
    """The nine cells as found, "" where there is none."""
    found = ctgov_text.cells(text)
    assert found is not None
    title, summary, conditions, interventions, outcomes, description, criteria = found
    spans = (title, summary, conditions, interventions, *outcomes, description, criteria)
    return tuple(text[slice(*span)] if span else "" for span in spans)


def record(data: bytes) -> Record:
    """The one record of a file."""
    (found,) = ctgov_text.read(data)
    assert isinstance(found, Record)
    return found


def test_all_nine_cells_are_found() -> None:
    """Cells with line breaks inside, one after another, without any mark between them."""
    text = "\n".join(ALL)
    assert ctgov_text.sniff(text.encode())
    assert read_cells(text) == ALL


@pytest.mark.parametrize("missing", [(1,), (5,), (6,), (7,), (8,), (5, 6), (6, 7), (5, 6, 7), (6, 8), (1, 6, 7, 8)])
@pytest.mark.parametrize("as_empty_line", [True, False])
def test_a_cell_may_be_missing_as_an_empty_line_or_as_no_line(missing: tuple[int, ...], as_empty_line: bool) -> None:
    """Without a line, a lone outcome cell after the primary one can only be taken for the secondary one."""
    wanted = tuple("" if number in missing else cell for number, cell in enumerate(ALL))
    text = "\n".join(cell for cell in wanted if cell or as_empty_line)
    found = read_cells(text)
    if not as_empty_line and 5 in missing and 6 not in missing:
        assert found[5:7] == (OTHER, "")
        found = (*found[:5], "", OTHER, *found[7:])
    assert found == wanted


@pytest.mark.parametrize("layout", ["{}", "\ufeff{}", "{}\n\n\n", "\n{}"])
def test_byte_order_marks_and_blank_lines_around_do_not_matter(layout: str) -> None:
    """The cells are the same, and so is the hash."""
    text = "\n".join(ALL)
    other = record(layout.format(text).encode())
    assert other.content_sha256 == record(text.encode()).content_sha256
    assert other.title == TITLE


def test_windows_line_ends_stay_in_the_text_and_are_no_part_of_a_cell() -> None:
    """Offsets hold in the file as it is."""
    text = "\n".join(ALL).replace("\n", "\r\n")
    assert read_cells(text) == tuple(cell.replace("\n", "\r\n") for cell in ALL)
    assert record(text.encode()).content_sha256 == record("\n".join(ALL).encode()).content_sha256


def test_blank_lines_between_all_cells_are_layout() -> None:
    """They are no missing cells."""
    assert read_cells("\n\n".join(ALL)) == ALL


def test_blank_lines_never_push_an_outcome_cell_out() -> None:
    """More blank lines than missing cells can be: the cells there are keep their order."""
    text = "\n".join([*ALL[:4], "", "", PRIMARY, "", SECONDARY, "", DESCRIPTION])
    assert read_cells(text)[5:7] == (PRIMARY, SECONDARY)


def test_an_outcome_cell_may_have_line_breaks() -> None:
    """A line that closes no outcome is continued by the next."""
    primary = "Quality of life, The questionnaire asks about:\n\n* pain\n* sleep\n\nHigher is better., Week 12|Pain, Week 6"
    cells = (*ALL[:4], primary, *ALL[5:])
    assert read_cells("\n".join(cells)) == cells


def test_criteria_inside_a_description_stay_there() -> None:
    """What follows them shows that they are part of a protocol's text."""
    description = f"{DESCRIPTION}\n\n{CRITERIA}\n\nIntervention Strategy:\n\nBoth drugs are given together."
    cells = (*ALL[:7], description)
    assert read_cells("\n".join(cells)) == (*cells, "")


def test_chinese_text_within_is_read() -> None:
    """A description in Chinese after English cells."""
    cells = (*ALL[:7], "本研究为单臂、开放的一期研究。入组后每三周给药一次,直至疾病进展。")
    assert read_cells("\n".join(cells)) == (*cells, "")


def test_a_record_without_interventions_needs_other_evidence() -> None:
    """An observational study: a list of conditions, an outcome with its time frame, and criteria."""
    cells = (TITLE, "How long do adults live?", CONDITIONS, "", PRIMARY, "", "", DESCRIPTION, CRITERIA)
    text = "\n".join(cell for cell in cells if cell)
    assert ctgov_text.sniff(text.encode())
    assert read_cells(text) == cells


def test_the_study_states_the_cells_and_where_they_stand() -> None:
    """Every text is a span of the whole file."""
    text = "\n".join(ALL)
    found = record(text.encode())
    assert found.study is not None
    protocol = found.study.protocol_section
    assert protocol.identification_module.nct_id is None
    assert protocol.conditions_module.conditions == ["Advanced Sarcoma", "Soft Tissue Sarcoma"]
    assert [(i.type, i.name) for i in protocol.arms_interventions_module.interventions] == [
        ("DRUG", "Drug A"),
        ("DIETARY_SUPPLEMENT", "Vitamin: D"),
    ]
    assert protocol.eligibility_module.eligibility_criteria == CRITERIA
    assert len(protocol.outcomes_module.secondary_outcomes) == 2
    assert found.study.source_texts == {"text": text}
    place = found.study.origin("armsInterventionsModule.interventions[1].name")
    assert text[place.start : place.end] == "Vitamin: D"
    measure = protocol.outcomes_module.primary_outcomes[0].measure
    place = found.study.origin("outcomesModule.primaryOutcomes[0].measure")
    assert text[place.start : place.end] == measure
    assert found.language == "en"
    assert "trials.phase" not in (found.study.carried or [])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "One line only",
        f"# {TITLE}\n\nText\n{CONDITIONS}\n{INTERVENTIONS}\n{PRIMARY}",
        f"{TITLE}\n{SUMMARY}\nBackground\nDrug A, given every 3 weeks, was well tolerated in 12 months of treatment.",
        "Name,Status,Conditions,Phase,Sponsor\nA,B,C,D,E\nDRUG: x\nF, Week 3",
        f"{TITLE}\nCONDITION: Sarcoma\nDRUG: A\nDEVICE: B\nPain, 6 weeks",
        f"{TITLE}\n{SUMMARY}\nDrug safety\nDRUG: Use with care in the elderly.\nThe label was changed last year.",
        "NCT Number\tStudy Title\n1\t2\n3\t4",
        f"Summary\nEudraCT Number: 2020-000000-00\nTrial Status: Ongoing\n{CRITERIA}",
    ],
)
def test_other_texts_are_not_claimed(text: str) -> None:
    """Articles, markdown, tables, labelled text."""
    assert not ctgov_text.sniff(text.encode())


@pytest.mark.parametrize(("data", "reason"), [(b" \n", Reason.EMPTY_RECORD), (b"Just a text.", Reason.UNKNOWN_FORMAT)])
def test_what_is_no_record_is_put_aside(data: bytes, reason: Reason) -> None:
    """With the reason."""
    (found,) = ctgov_text.read(data)
    assert isinstance(found, Reject)
    assert found.reason is reason


WORDS = st.text(st.sampled_from("abc DEF,.:;\n*-|123"), max_size=120)


@given(st.lists(WORDS, max_size=8))
def test_cells_never_overlap_and_come_in_order(parts: list[str]) -> None:
    """Whatever stands around an interventions line, each cell lies after the one before it and is not blank."""
    text = "\n".join([TITLE, CONDITIONS, INTERVENTIONS, *parts])
    found = ctgov_text.cells(text)
    assert found is not None
    title, summary, conditions, interventions, outcomes, description, criteria = found
    spans = [s for s in (title, summary, conditions, interventions, *outcomes, description, criteria) if s is not None]
    assert all(before[1] < after[0] for before, after in itertools.pairwise(spans))
    assert all(text[slice(*span)].strip() for span in spans)


@given(st.binary(max_size=300), st.text(max_size=300))
def test_reading_never_raises(data: bytes, text: str) -> None:
    """Bytes and texts of any kind become a record or a reject."""
    for content in (data, text.encode("utf-8", "surrogatepass"), "\n".join([*ALL[:4], text]).encode("utf-8", "replace")):
        ctgov_text.sniff(content)
        assert len(list(ctgov_text.read(content))) == 1
