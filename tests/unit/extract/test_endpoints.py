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


TIMES = ("time_frame_kind", "time_frame_days", "time_frame_every_days", "time_frame_iso", "time_anchor", "no_horizon_reason")


def test_a_time_frame_is_numbers_or_a_reason(make_study: Make, subject: Subject) -> None:
    """The horizon with what it counts from, or why there is none; nothing where no time frame is stated."""
    frames = ["Every 6 weeks from randomization, up to 2 years", "Until progression", None]
    study = make_study(outcomesModule={"primaryOutcomes": [{"measure": "Steps", "timeFrame": frame} for frame in frames]})
    assert [tuple(row.get(name) for name in TIMES) for row in endpoints.rows(study, subject)] == [
        ("every", 730, 42, "P2Y", "randomization", None),
        (None, None, None, None, None, "until_event"),
        (None, None, None, None, None, None),
    ]


CYCLES = {"outcomesModule": {"primaryOutcomes": [{"measure": "Steps", "timeFrame": "End of cycle 2"}]}}


def given(*descriptions: str) -> dict[str, object]:
    """A trial of one drug per description, and an outcome at the end of a cycle."""
    names = ("Cisplatin", "Gemcitabine")
    drugs = [{"type": "DRUG", "name": name, "description": words} for name, words in zip(names, descriptions, strict=False)]
    return {**CYCLES, "armsInterventionsModule": {"interventions": drugs}}


def test_cycles_are_as_long_as_the_regimens_say_where_they_say_one_length(make_study: Make, subject: Subject) -> None:
    """Two lengths say nothing of which cycle is meant."""
    day_1 = "75 mg/m2 intravenously on day 1 of each 21-day cycle"
    (one,) = endpoints.rows(make_study(**given(day_1)), subject)
    (two,) = endpoints.rows(make_study(**given(day_1, "1000 mg/m2 intravenously on days 1 and 8 of each 28-day cycle")), subject)
    assert (one["time_frame_days"], one["time_frame_iso"]) == (42, "P42D")
    assert (two["time_frame_days"], two["no_horizon_reason"]) == (None, "no_cycle_length")


def test_evidence_of_a_time_frame_names_its_rule_and_the_cycle(make_study: Make, subject: Subject) -> None:
    """Title, time frame, and the words of the regimen that say how long a cycle is; without a time frame the row's own columns say all."""
    study = make_study(**given("75 mg/m2 intravenously on day 1 of each 21-day cycle"))
    places = list(endpoints.evidence_rows(study, subject))
    assert [(one["ordinal"], one["role"], one["field"], one["rule"]) for one in places[:2]] == [
        (1, "measure", "outcomesModule.primaryOutcomes[0].measure", "registered_outcome"),
        (2, "time_frame", "outcomesModule.primaryOutcomes[0].timeFrame", "cycle"),
    ]
    assert (places[2]["role"], places[2]["field"]) == ("cycle_length", "armsInterventionsModule.interventions[0].description")
    bare = make_study(outcomesModule={"primaryOutcomes": [{"measure": "Steps"}]})
    assert list(endpoints.evidence_rows(bare, subject)) == []


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
