"""Arms as listed, and which groups are tied to them."""

from collections.abc import Callable
from typing import Any

from pipelines.extract import arms
from pipelines.extract.subject import Subject
from pipelines.shapes import Study

Make = Callable[..., Study]

ARMS = [{"label": "Amber", "type": "EXPERIMENTAL", "description": "Drops &amp; pads"}, {"label": "Control", "type": "WAITING"}]


def flow(*groups: tuple[str, str, str], milestone: str = "STARTED") -> dict[str, Any]:
    """A participant flow of (id, title, number who started)."""
    return {
        "groups": [{"id": i, "title": title} for i, title, _ in groups],
        "periods": [
            {"milestones": [{"type": milestone, "achievements": [{"groupId": i, "numSubjects": n} for i, _, n in groups]}]},
            {"milestones": [{"type": "STARTED", "achievements": [{"groupId": i, "numSubjects": "1"} for i, _, _ in groups]}]},
        ],
    }


def test_arms_are_rows_in_their_order(make_study: Make, subject: Subject) -> None:
    """An unknown kind keeps its words with NULL."""
    first, second = arms.rows(make_study(armsInterventionsModule={"armGroups": ARMS}), subject)
    assert (first["arm_id"], first["ordinal"], first["label"]) == ("NCT00000001/arm-1", 1, "Amber")
    assert (first["arm_type"], first["description"]) == ("EXPERIMENTAL", "Drops & pads")
    assert (second["arm_type"], second["arm_type_raw"], second["description"]) == (None, "WAITING", None)


def test_participants_are_those_who_started_under_the_arms_own_title(make_study: Make, subject: Subject) -> None:
    """Of the first period; case and spaces do not count, other words do."""
    study = make_study(
        armsInterventionsModule={"armGroups": ARMS},
        participantFlowModule=flow(("FG000", "  amber ", "1,041"), ("FG001", "Control group", "40")),
    )
    assert [row["n_participants"] for row in arms.rows(study, subject)] == [1041, None]


def test_two_groups_of_one_title_give_no_number(make_study: Make, subject: Subject) -> None:
    """It cannot be told which of them is the arm."""
    study = make_study(
        armsInterventionsModule={"armGroups": ARMS}, participantFlowModule=flow(("FG000", "Amber", "10"), ("FG001", "Amber", "12"))
    )
    assert [row["n_participants"] for row in arms.rows(study, subject)] == [None, None]


def test_a_flow_without_a_start_gives_no_number(make_study: Make, subject: Subject) -> None:
    """Those who completed a period are not those who started it."""
    study = make_study(
        armsInterventionsModule={"armGroups": ARMS}, participantFlowModule=flow(("FG000", "Amber", "10"), milestone="COMPLETED")
    )
    assert [row["n_participants"] for row in arms.rows(study, subject)] == [None, None]


def test_only_an_exact_and_unique_label_ties(make_study: Make, subject: Subject) -> None:
    """An ambiguous label is no key, and part of a label is none either."""
    study = make_study(armsInterventionsModule={"armGroups": [{"label": "Amber"}, {"label": "Blue"}, {"label": "AMBER"}, {}]})
    assert arms.arm_ids_by_label(study, subject) == {"blue": "NCT00000001/arm-2"}
