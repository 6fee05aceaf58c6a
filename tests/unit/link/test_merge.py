"""One `trials` row from several documents: who may fill what."""

import datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipelines.link.merge import Candidate, merge

Row = dict[str, Any]


def document(name: str, carried: set[str] | None = None, *, source: int = 0, **values: Any) -> Candidate:
    names = None if carried is None else frozenset(f"trials.{column}" for column in carried)
    row = {"trial_id": "NCT1", "registry": "ClinicalTrials.gov", **values}
    places = {column: (f"module.{column}", None, None) for column in values}
    return Candidate(name, source, row, names, places, None if source > 1 else ("NCT1", "ISRCTN51695599")[source])


def chosen(stated: list[Row]) -> dict[str, str]:
    return {row["field"]: row["document_id"] for row in stated if row["is_chosen"]}


def test_the_best_document_stands_where_the_others_say_otherwise() -> None:
    """The other value is kept beside it, not chosen."""
    row, stated = merge([document("json", brief_title="New title"), document("csv", {"brief_title"}, brief_title="Old title")])
    assert row["brief_title"] == "New title"
    assert {(r["document_id"], r["value"], r["is_chosen"]) for r in stated if r["field"] == "brief_title"} == {
        ("json", "New title", True),
        ("csv", "Old title", False),
    }


def test_silence_of_a_document_that_could_speak_stands() -> None:
    """JSON carries the acronym: where it has none, an export's acronym fills nothing."""
    row, stated = merge([document("json", acronym=None), document("csv", {"acronym"}, acronym="OLD")])
    assert row.get("acronym") is None
    assert "acronym" not in chosen(stated)


def test_what_the_best_format_cannot_carry_is_filled_by_the_next_that_states_it() -> None:
    """A CSV row knows no official title; the first document that could state it decides, if it says something."""
    row, stated = merge(
        [
            document("csv", {"brief_title"}, brief_title="Short"),
            document("text", {"brief_title"}, brief_title="Shorter"),
            document("xml", official_title="Long"),
            document("other", official_title="Longer"),
        ]
    )
    assert (row["brief_title"], row["official_title"]) == ("Short", "Long")
    assert chosen(stated) == {"brief_title": "csv", "official_title": "xml"}


def test_a_date_and_its_precision_come_from_one_document() -> None:
    """The month of one is never given the precision of the other."""
    row, _ = merge(
        [
            document("csv", {"start_date", "start_date_precision"}, start_date=datetime.date(2020, 3, 1), start_date_precision="month"),
            document("xml", start_date=datetime.date(2020, 3, 17), start_date_precision="day"),
        ]
    )
    assert (row["start_date"], row["start_date_precision"]) == (datetime.date(2020, 3, 1), "month")


def test_a_value_and_its_words_come_from_one_document() -> None:
    """Words of the best that are not understood are not replaced by another document's member."""
    row, _ = merge(
        [
            document("json", phase=None, phase_raw="PHASE2_5"),
            document("csv", {"phase"}, phase="PHASE2", phase_raw="PHASE2"),
        ]
    )
    assert (row["phase"], row["phase_raw"]) == (None, "PHASE2_5")


def test_sites_and_countries_come_from_one_document() -> None:
    """Two sites of the best are not mixed with the countries of another."""
    row, _ = merge(
        [
            document("csv", {"n_sites", "countries", "is_multicenter"}, n_sites=2, is_multicenter=True, countries=["Chile"]),
            document("xml", n_sites=5, is_multicenter=True, countries=["Chile", "Peru"]),
        ]
    )
    assert (row["n_sites"], row["countries"]) == (2, ["Chile"])


def test_what_follows_from_a_value_comes_with_it() -> None:
    """`is_randomized` is that of the document that gave the allocation; likewise masking and the number of arms."""
    row, _ = merge(
        [
            document("csv", {"brief_title"}, brief_title="x", is_single_arm=None),
            document("xml", allocation="RANDOMIZED", masking="NONE", n_arms=2, is_randomized=True, is_open_label=True, is_single_arm=False),
        ]
    )
    assert (row["is_randomized"], row["is_open_label"], row["is_single_arm"]) == (True, True, False)


def test_an_empty_list_is_nothing_stated() -> None:
    """It is no row of `trial_values`, and does not stand in the way of a format that carries the ids."""
    row, stated = merge(
        [document("text", {"brief_title"}, brief_title="x", other_ids=[]), document("csv", {"other_ids"}, other_ids=["A-1"])]
    )
    assert row["other_ids"] == ["A-1"]
    assert [(r["value"], r["document_id"]) for r in stated if r["field"] == "other_ids"] == [("A-1", "csv")]


def test_what_one_source_leaves_open_the_next_fills() -> None:
    """Another register's record is no poorer copy; what both state is the first one's, and every place is kept."""
    row, stated = merge(
        [
            document("nct", enrollment=40, acronym=None, other_ids=["A-1"]),
            document("isrctn", source=1, enrollment=60, acronym="LARCH", other_ids=["NCT1", "B-2"]),
            document("article", source=2, enrollment=58, phase="PHASE2"),
        ]
    )
    assert (row["enrollment"], row["acronym"], row["phase"]) == (40, "LARCH", "PHASE2")
    assert row["other_ids"] == ["A-1", "ISRCTN51695599", "B-2"]
    assert {r["document_id"]: (r["value"], r["field_in_document"]) for r in stated if r["field"] == "enrollment"} == {
        "nct": ("40", "module.enrollment"),
        "isrctn": ("60", "module.enrollment"),
        "article": ("58", "module.enrollment"),
    }


NAMES = ("brief_title", "acronym", "why_stopped", "lead_sponsor")
DOCUMENTS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.sets(st.sampled_from(NAMES))),
        st.dictionaries(st.sampled_from(NAMES), st.one_of(st.none(), st.sampled_from("abc"))),
    ),
    min_size=1,
    max_size=4,
)


@given(DOCUMENTS)
def test_the_first_document_that_can_speak_decides(given_documents: list[tuple[set[str] | None, Row]]) -> None:
    """The best where it can carry the column, else the first of those that can and that say something."""
    # A reader states nothing that it does not carry.
    documents = [
        (f"d{n}", carried, {name: value for name, value in values.items() if carried is None or name in carried})
        for n, (carried, values) in enumerate(given_documents)
    ]
    row, stated = merge([document(name, carried, **values) for name, carried, values in documents])
    for column in NAMES:
        able = [values.get(column) for _, carried, values in documents if carried is None or column in carried]
        best_is_able = documents[0][1] is None or column in documents[0][1]
        expected = able[0] if best_is_able else next(filter(None, able), None)
        assert row.get(column) == expected
        assert sum(r["is_chosen"] for r in stated if r["field"] == column) == (expected is not None)
