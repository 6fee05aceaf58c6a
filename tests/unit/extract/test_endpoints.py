"""Planned outcomes as rows."""

from collections.abc import Callable

from pipelines.extract import endpoints
from pipelines.extract.subject import Subject
from pipelines.shapes import Study

Make = Callable[..., Study]


def test_outcomes_are_rows_by_role_and_place(make_study: Make, subject: Subject) -> None:
    """Places count from 1 within a role; what is not stated is NULL."""
    study = make_study(
        outcomesModule={
            "otherOutcomes": [{"measure": "Steps per day"}],
            "primaryOutcomes": [{"measure": "Overall survival", "description": "Until death", "timeFrame": "2 years"}],
            "secondaryOutcomes": [{"measure": "Sleep"}, {"measure": "Fever \\> 38", "timeFrame": "Day 1"}],
        }
    )
    found = list(endpoints.rows(study, subject))
    assert [(r["endpoint_id"], r["role"], r["ordinal"], r["measure"], r["description"], r["time_frame_raw"]) for r in found] == [
        ("NCT00000001/primary-1", "PRIMARY", 1, "Overall survival", "Until death", "2 years"),
        ("NCT00000001/secondary-1", "SECONDARY", 1, "Sleep", None, None),
        ("NCT00000001/secondary-2", "SECONDARY", 2, "Fever > 38", None, "Day 1"),
        ("NCT00000001/other-1", "OTHER", 1, "Steps per day", None, None),
    ]
    assert [r["concept"] for r in found] == ["OS", None, None, None]
    assert found[2]["field"] == "outcomesModule.secondaryOutcomes[1].measure"


def test_an_outcome_without_a_title_is_a_row_without_concept(make_study: Make, subject: Subject) -> None:
    """Its time frame is not lost."""
    (row,) = endpoints.rows(make_study(outcomesModule={"primaryOutcomes": [{"timeFrame": "Week 4"}]}), subject)
    assert (row["measure"], row["concept"], row["time_frame_raw"]) == (None, None, "Week 4")


def test_criteria_are_a_list_from_measure_and_description(make_study: Make, subject: Subject) -> None:
    """A bare name and the same with its version are one; an outcome that names none has none."""
    study = make_study(
        outcomesModule={
            "primaryOutcomes": [{"measure": "ORR by RECIST", "description": "RECIST version 1.1, and iRECIST as a second reading"}],
            "secondaryOutcomes": [{"measure": "Steps per day"}],
        }
    )
    assert [row["criteria"] for row in endpoints.rows(study, subject)] == [["RECIST 1.1", "iRECIST"], None]


def test_some_titles_name_a_concept_only_in_oncology(make_study: Make, subject: Subject) -> None:
    """The title "Response rate" is the tumour's in a trial on cancer, and anything elsewhere."""
    outcome = {"outcomesModule": {"primaryOutcomes": [{"measure": "Response rate"}]}}
    (cancer,) = endpoints.rows(make_study(conditionsModule={"conditions": ["Lung Cancer"]}, **outcome), subject)
    (mood,) = endpoints.rows(make_study(conditionsModule={"conditions": ["Low Mood"]}, **outcome), subject)
    assert (cancer["concept"], mood["concept"]) == ("ORR", None)


def test_a_measure_is_found_again_by_role_and_title_or_with_its_time_frame(make_study: Make, subject: Subject) -> None:
    """A title that stands twice in a role is told apart by the time frame, and alone it finds nothing."""
    study = make_study(
        outcomesModule={
            "primaryOutcomes": [{"measure": "Pain", "timeFrame": "Week 4"}],
            "secondaryOutcomes": [{"measure": "Pain", "timeFrame": "Week 4"}, {"measure": "pain ", "timeFrame": "Week 8"}],
        }
    )
    ids = endpoints.endpoint_ids_by_measure(study, subject)

    def found(role: str, measure: str, time_frame: str | None) -> str | None:
        return next((ids[key] for key in endpoints.measure_keys(role, measure, time_frame) if key in ids), None)

    assert found("PRIMARY", "PAIN", None) == "NCT00000001/primary-1"
    assert found("SECONDARY", "Pain", "week 8") == "NCT00000001/secondary-2"
    assert found("SECONDARY", "Pain", None) is None
    assert found("OTHER", "Pain", "Week 4") is None
