"""What changed between versions of a record: one row per field that differs, and none for what only looks different."""

import datetime
import random
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.dedup.versions import Version, changes, chosen, kind_of_field, version_of
from pipelines.extract.subject import Row, Subject
from pipelines.shapes import Study
from tests.records import frame

Json = dict[str, Any]


def record(**modules: Json) -> Json:
    """The modules of a complete registration; those named are put in place of its own, key by key."""
    whole: dict[str, Json] = {
        "identificationModule": {"nctId": "NCT91000001", "briefTitle": "Veliparib in Glioma", "orgStudyIdInfo": {"id": "VG-1"}},
        "statusModule": {
            "overallStatus": "RECRUITING",
            "startDateStruct": {"date": "2020-03"},
            "studyFirstPostDateStruct": {"date": "2020-01-02"},
        },
        "sponsorCollaboratorsModule": {"leadSponsor": {"name": "Northern Lakes Hospital", "class": "OTHER"}},
        "descriptionModule": {"briefSummary": "Whether veliparib helps."},
        "conditionsModule": {"conditions": ["Glioma"]},
        "designModule": {"studyType": "INTERVENTIONAL", "phases": ["PHASE2"], "enrollmentInfo": {"count": 40, "type": "ESTIMATED"}},
        "armsInterventionsModule": {
            "armGroups": [{"label": "Both drugs", "type": "EXPERIMENTAL", "description": "For six cycles"}],
            "interventions": [{"type": "DRUG", "name": "Veliparib", "description": "50 mg twice a day"}],
        },
        "outcomesModule": {
            "primaryOutcomes": [{"measure": "Overall survival", "timeFrame": "12 months"}],
            "secondaryOutcomes": [{"measure": "Response rate", "timeFrame": "6 months"}],
        },
        "eligibilityModule": {"eligibilityCriteria": "Inclusion Criteria:\n\n* Adults\n* Consent", "sex": "ALL"},
    }
    return {name: {**whole.get(name, {}), **modules.get(name, {})} for name in (*whole, *(modules.keys() - whole.keys()))}


def version(name: str, tree: Json, *, carried: Sequence[str] | None = None, source_format: str = "ctgov_json") -> Version:
    """What a document of this name says."""
    study = msgspec.convert({"protocolSection": tree, "hasResults": False}, Study)
    study.carried = list(carried) if carried is not None else None
    return version_of(study, Subject("NCT91000001", name, "ClinicalTrials.gov"), source_format)


def compared(*versions: Version) -> list[Row]:
    """Rows for versions a month apart."""
    return list(changes("NCT91000001", [(each, datetime.date(2024, month, 1)) for month, each in enumerate(versions, start=1)]))


def differences(before: Json, after: Json) -> dict[str, tuple[str | None, str | None]]:
    """Field → values before and after, of two JSON versions."""
    rows = compared(version("old", before), version("new", after))
    found = {row["field"]: (row["value_before"], row["value_after"]) for row in rows}
    assert len(found) == len(rows), "every field of a step is there once"
    return found


def primary(*outcomes: tuple[str, str]) -> Json:
    """A record with these primary endpoints (measure, time frame)."""
    return record(outcomesModule={"primaryOutcomes": [{"measure": measure, "timeFrame": time} for measure, time in outcomes]})


# --- columns of trials -----------------------------------------------------------------------------------------------


def test_each_column_that_differs_gives_one_row() -> None:
    """With both documents, both values and the newer version's date; what is the same gives none."""
    before = version("old", record())
    after = version("new", record(statusModule={"overallStatus": "COMPLETED"}, designModule={"enrollmentInfo": {"count": 38}}))
    same = {"trial_id": "NCT91000001", "document_id_before": "old", "document_id_after": "new", "version_date": datetime.date(2024, 2, 1)}
    assert compared(before, after) == [
        {"field": "overall_status", "change": "changed", "value_before": "RECRUITING", "value_after": "COMPLETED", **same},
        {"field": "enrollment", "change": "changed", "value_before": "40", "value_after": "38", **same},
        {"field": "enrollment_type", "change": "removed", "value_before": "ESTIMATED", "value_after": None, **same},
    ]


def test_versions_that_say_the_same_give_no_rows() -> None:
    """A step in which only contacts changed."""
    assert compared(version("old", record()), version("new", record())) == []
    assert compared(version("only", record())) == []


def test_each_version_is_compared_with_the_one_before() -> None:
    """Three versions are two steps; a value that comes back is two changes."""
    trees = [record(statusModule={"overallStatus": status}) for status in ("RECRUITING", "SUSPENDED", "RECRUITING")]
    rows = compared(*(version(f"v{n}", tree) for n, tree in enumerate(trees)))
    assert [(r["document_id_before"], r["document_id_after"], r["value_before"], r["value_after"]) for r in rows] == [
        ("v0", "v1", "RECRUITING", "SUSPENDED"),
        ("v1", "v2", "SUSPENDED", "RECRUITING"),
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [("2020-03", "2020-03-01"), ("2020", "2020-01"), ("March 2020", "March 1, 2020")],
)
def test_a_date_that_is_stated_more_exactly_has_changed(before: str, after: str) -> None:
    """The values are as exact as the source: a month and the first of that month are not the same."""
    found = differences(
        record(statusModule={"startDateStruct": {"date": before}}), record(statusModule={"startDateStruct": {"date": after}})
    )
    old, new = found.pop("start_date")
    assert found == {}
    assert old and new and new.startswith(old) and len(old) < len(new)


def test_a_date_in_other_words_is_the_same() -> None:
    """A month by its name is that month."""
    words = record(statusModule={"startDateStruct": {"date": "March 2020"}})
    assert differences(record(), words) == {}


def test_coded_values_are_compared_by_their_codes_and_unknown_ones_by_their_words() -> None:
    """`phase`, and never `phase_raw` beside it."""
    written = record(designModule={"phases": ["Phase 2"]}, statusModule={"overallStatus": "Recruiting"})
    assert differences(record(), written) == {}
    assert differences(record(), record(designModule={"phases": ["PHASE2", "PHASE3"]})) == {"phase": ("PHASE2", "PHASE2_PHASE3")}
    assert differences(record(), record(designModule={"phases": ["PHASE2.5"]})) == {"phase": ("PHASE2", "PHASE2.5")}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Dose  of\n10 mg ", "Dose of 10 mg"),
        ("Age \\> 18", "Age > 18"),
        ("R&amp;D &lt;5", "R&D <5"),
        ("Se\u0301ance", "Séance"),
        ("A\r\nB", "A\nB"),
        ("Inclusion:\n\n* Adults\n* Consent", "Inclusion:\nAdults\nConsent"),
        ("Inclusion:\n1. Adults\n2. Consent", "Inclusion:\n\n* Adults\n* Consent"),
    ],
)
def test_white_space_escapes_entities_and_list_marks_are_no_change(before: str, after: str) -> None:
    """What a format or an export does to a text."""
    old, new = (record(eligibilityModule={"eligibilityCriteria": text}) for text in (before, after))
    assert differences(old, new) == {}


def test_numbers_in_a_text_are_a_change() -> None:
    """A number that begins a line is no list mark without its full stop."""
    old, new = (record(eligibilityModule={"eligibilityCriteria": f"Age\n{n} years"}) for n in (18, 21))
    assert differences(old, new) == {"eligibility_criteria": ("Age\n18 years", "Age\n21 years")}


def sites(*countries: str) -> Json:
    return record(contactsLocationsModule={"locations": [{"city": "X", "country": country} for country in countries]})


def test_the_order_of_sites_does_not_matter_and_their_number_is_one_change() -> None:
    """`is_multicenter` follows from it. Countries that the registry calls otherwise today are the same."""
    assert differences(sites("Chile", "Peru"), sites("Peru", "Chile")) == {}
    assert differences(sites("Korea, Republic of", "Turkey"), sites("Turkey (Türkiye)", "South Korea")) == {}
    assert differences(sites("Chile"), sites("Chile", "Peru")) == {"n_sites": ("1", "2"), "countries": ("Chile", "Chile; Peru")}


def test_no_allocation_and_not_applicable_are_the_same() -> None:
    """The registry wrote the one into records that had the other, without a new version."""
    said = record(designModule={"designInfo": {"allocation": "NA"}})
    assert differences(record(), said) == {}
    assert differences(said, record(designModule={"designInfo": {"allocation": "RANDOMIZED"}})) == {"allocation": ("NA", "RANDOMIZED")}


# --- lists -------------------------------------------------------------------------------------------------------------


def test_an_endpoint_that_came_and_one_that_went_are_rows_of_their_own() -> None:
    """Named in the field, in words with the time frame in the value."""
    found = differences(primary(("Overall survival", "12 months")), primary(("Local control", "2 years")))
    assert found == {
        "endpoints.primary[Overall survival]": ("Overall survival [12 months]", None),
        "endpoints.primary[Local control]": (None, "Local control [2 years]"),
    }


def test_a_time_frame_that_changed_is_a_row_with_both_time_frames() -> None:
    """So that one can ask which trials moved their primary endpoint, and by how much."""
    found = differences(primary(("Overall survival", "12 months")), primary(("Overall survival", "24 months")))
    assert found == {"endpoints.primary[Overall survival].time_frame": ("12 months", "24 months")}
    (row,) = compared(version("old", primary(("Overall survival", "12 months"))), version("new", primary(("Overall survival", ""))))
    assert (row["change"], row["value_before"], row["value_after"]) == ("removed", "12 months", None)


def test_a_measure_in_other_words_is_the_same_endpoint_reworded() -> None:
    """Most of its words are there; an endpoint that shares fewer is another one."""
    found = differences(primary(("Overall survival", "12 months")), primary(("Overall survival (OS)", "24 months")))
    assert found == {
        "endpoints.primary[Overall survival (OS)].measure": ("Overall survival", "Overall survival (OS)"),
        "endpoints.primary[Overall survival (OS)].time_frame": ("12 months", "24 months"),
    }
    found = differences(primary(("Overall survival", "12 months")), primary(("Progression-free survival", "12 months")))
    assert {change for change, _ in found.items()} == {
        "endpoints.primary[Overall survival]",
        "endpoints.primary[Progression-free survival]",
    }


def test_an_endpoint_that_changed_its_role_went_from_one_and_came_to_the_other() -> None:
    """A primary endpoint that was made secondary."""
    moved = record(
        outcomesModule={
            "primaryOutcomes": [],
            "secondaryOutcomes": [
                {"measure": "Response rate", "timeFrame": "6 months"},
                {"measure": "Overall survival", "timeFrame": "12 months"},
            ],
        }
    )
    assert differences(record(), moved) == {
        "endpoints.primary[Overall survival]": ("Overall survival [12 months]", None),
        "endpoints.secondary[Overall survival]": (None, "Overall survival [12 months]"),
    }


def test_the_same_measure_at_two_times_is_two_endpoints() -> None:
    """One that stayed is not taken for one that changed; two that came have fields of their own."""
    found = differences(primary(("Pain", "1 week"), ("Pain", "2 weeks")), primary(("Pain", "2 weeks"), ("Pain", "3 weeks")))
    assert found == {"endpoints.primary[Pain].time_frame": ("1 week", "3 weeks")}
    found = differences(primary(("Weight", "1 week")), primary(("Weight", "1 week"), ("Pain", "2 weeks"), ("Pain", "1 week")))
    assert found == {"endpoints.primary[Pain]": (None, "Pain [1 week]"), "endpoints.primary[Pain] (2)": (None, "Pain [2 weeks]")}


def test_conditions_that_came_and_went_and_one_in_other_case() -> None:
    """A condition is never reworded: another name is another condition."""
    old, new = (
        record(conditionsModule={"conditions": names}) for names in (["Covid19", "Lung cancer"], ["COVID19", "Small cell lung cancer"])
    )
    assert differences(old, new) == {
        "conditions[COVID19]": ("Covid19", "COVID19"),
        "conditions[Lung cancer]": ("Lung cancer", None),
        "conditions[Small cell lung cancer]": (None, "Small cell lung cancer"),
    }


def test_arms_and_interventions_change_by_name_type_and_description() -> None:
    """Each on its own; an intervention's type is compared by its code."""
    after = record(
        armsInterventionsModule={
            "armGroups": [
                {"label": "Both drugs", "type": "ACTIVE_COMPARATOR", "description": "For four cycles"},
                {"label": "Placebo", "type": "PLACEBO_COMPARATOR"},
            ],
            "interventions": [{"type": "Drug", "name": "Veliparib tablets", "description": "40 mg twice a day"}],
        }
    )
    after["armsInterventionsModule"]["interventions"][0]["name"] = "Veliparib"
    assert differences(record(), after) == {
        "n_arms": ("1", "2"),
        "arms[Both drugs].type": ("EXPERIMENTAL", "ACTIVE_COMPARATOR"),
        "arms[Both drugs].description": ("For six cycles", "For four cycles"),
        "arms[Placebo]": (None, "PLACEBO_COMPARATOR: Placebo"),
        "interventions[Veliparib].description": ("50 mg twice a day", "40 mg twice a day"),
    }


def test_a_dose_level_is_not_another_one_reworded() -> None:
    """They share the words that say nothing."""
    old, new = (
        record(armsInterventionsModule={"armGroups": [{"label": f"Dose level {level}"} for level in levels]}) for levels in ((1, 2), (2, 3))
    )
    assert differences(old, new) == {"arms[Dose level 1]": ("Dose level 1", None), "arms[Dose level 3]": (None, "Dose level 3")}


def test_a_long_name_is_cut_in_the_field_and_whole_in_the_value() -> None:
    """Two that begin alike still have a field each."""
    long = [f"{'Very long measure ' * 20}{n}" for n in ("alpha", "omega")]
    found = differences(primary(("Pain", "1 week")), primary(("Pain", "1 week"), *((name, "1 week") for name in long)))
    assert {value for _, value in found.values()} == {f"{name} [1 week]" for name in long}
    assert all(len(field) < 150 for field in found)


def test_fields_are_counted_without_the_names_of_members() -> None:
    """Whatever a name contains."""
    fields = ["phase", "conditions[a]", "conditions[a [b]] (2)", "endpoints.primary[x (3)].time_frame (2)", "arms[a\nb].type"]
    assert [kind_of_field(field) for field in fields] == [
        "phase",
        "conditions[…]",
        "conditions[…]",
        "endpoints.primary[…].time_frame",
        "arms[…].type",
    ]


# --- formats that carry less -----------------------------------------------------------------------------------------

EXPORT = ("conditions", "endpoints", "regimens", "trials.brief_title", "trials.overall_status", "trials.enrollment")


def export(name: str, **modules: Json) -> Version:
    """A row of an export, which knows neither arms nor criteria nor descriptions of interventions."""
    tree = record(**modules)
    for intervention in tree["armsInterventionsModule"]["interventions"]:
        intervention.pop("description", None)
    tree["armsInterventionsModule"]["armGroups"] = []
    tree["eligibilityModule"] = {}
    return version(name, tree, carried=EXPORT, source_format="ctgov_csv")


def test_what_a_format_cannot_carry_was_not_removed() -> None:
    """A CSV row after a JSON record, and before one."""
    json = version("json", record())
    assert compared(json, export("csv")) == []
    assert compared(export("csv"), json) == []
    (row,) = compared(json, export("csv", statusModule={"overallStatus": "COMPLETED"}))
    assert row["field"] == "overall_status"


def test_a_change_across_a_format_that_cannot_carry_it_is_found() -> None:
    """Against the last version before that could: the row names that document."""
    after = record(eligibilityModule={"eligibilityCriteria": "Children"}, statusModule={"overallStatus": "COMPLETED"})
    rows = compared(version("a", record()), export("b", statusModule={"overallStatus": "COMPLETED"}), version("c", after))
    assert [(row["field"], row["document_id_before"], row["document_id_after"]) for row in rows] == [
        ("overall_status", "a", "b"),
        ("eligibility_criteria", "a", "c"),
    ]


def test_the_same_words_of_an_endpoint_differently_split_are_no_change() -> None:
    """The exports' cells do not say where a measure ends and its description begins."""
    json = version(
        "json", record(outcomesModule={"primaryOutcomes": [{"measure": "Pain", "description": "By day 7", "timeFrame": "1 week"}]})
    )
    csv = export("csv", outcomesModule={"primaryOutcomes": [{"measure": "Pain, By day 7", "timeFrame": "1 week"}]})
    assert compared(json, csv) == []
    assert len(compared(json, version("json2", record(outcomesModule={"primaryOutcomes": [{"measure": "Pain, By day 7"}]})))) > 0


def test_what_exports_leave_out_was_not_removed() -> None:
    """Former NCT ids, and the second mention of an intervention."""
    twice = record(
        identificationModule={"nctIdAliases": ["NCT91000099"]},
        armsInterventionsModule={"interventions": [{"type": "DRUG", "name": "Veliparib"}, {"type": "DRUG", "name": "veliparib"}]},
    )
    once = record(armsInterventionsModule={"interventions": [{"type": "DRUG", "name": "Veliparib"}]})
    carried = ("regimens", "trials.other_ids")
    assert compared(version("json", twice), version("csv", once, carried=carried, source_format="ctgov_csv")) == []


def test_sponsor_classes_that_the_legacy_format_does_not_know_are_other_there() -> None:
    """And only there."""
    json = [record(sponsorCollaboratorsModule={"leadSponsor": {"name": "N", "class": name}}) for name in ("NETWORK", "OTHER", "INDUSTRY")]
    assert compared(version("old", json[1], source_format="ctgov_xml"), version("new", json[0])) == []
    assert len(compared(version("old", json[1]), version("new", json[0]))) == 1
    assert len(compared(version("old", json[1], source_format="ctgov_xml"), version("new", json[2]))) == 1


def test_a_flattened_record_without_a_column_of_secondary_outcomes_removes_none() -> None:
    """It names the roles that it has columns for."""
    tree = record(outcomesModule={"secondaryOutcomes": [], "primaryOutcomes": []})
    flat = version("flat", tree, carried=("endpoints", "endpoints.primary"), source_format="ctgov_csv")
    assert [row["field"] for row in compared(version("json", record()), flat)] == ["endpoints.primary[Overall survival]"]


def test_a_download_of_chosen_fields_removes_nothing() -> None:
    """The API gives what was asked for: without a sponsor or a summary a record is not whole, and its silence says nothing."""
    tree = record()
    for module in ("descriptionModule", "outcomesModule", "armsInterventionsModule"):
        tree.pop(module)
    tree["statusModule"]["overallStatus"] = "COMPLETED"
    rows = compared(version("whole", record()), version("chosen", tree), version("whole again", record()))
    assert [(row["field"], row["value_after"]) for row in rows] == [("overall_status", "COMPLETED"), ("overall_status", "RECRUITING")]


def test_what_every_registration_states_is_never_removed() -> None:
    """A copy without the date of first posting has lost it."""
    lost = record(statusModule={"studyFirstPostDateStruct": {}, "startDateStruct": {}})
    assert differences(record(), lost) == {"start_date": ("2020-03", None)}


# --- which documents ---------------------------------------------------------------------------------------------------


def test_the_best_document_of_each_version_stands_for_it() -> None:
    """By trial and age; trials with one version, and documents that do not say which they are, are not compared."""
    found = chosen(
        frame(
            {"document_id": "new", "version_date": "2024-05-01"},
            {"document_id": "new as csv", "version_date": "2024-05-01", "source_format": "ctgov_csv", "carried": ["conditions"]},
            {"document_id": "old as csv", "version_date": "2023-05-01", "source_format": "ctgov_csv", "carried": ["conditions"]},
            {"document_id": "undated", "version_date": None},
            {"document_id": "other a", "trial_id": "NCT2", "version_date": "2020-01-01"},
            {"document_id": "other b", "trial_id": "NCT2", "version_date": "2020-01-01", "source_format": "ctgov_xml"},
        )
    )
    assert found["document_id"].to_list() == ["old as csv", "new"]


# --- whatever the versions -------------------------------------------------------------------------------------------

OUTCOMES = st.lists(
    st.tuples(st.sampled_from(["Pain", "pain", "Pain score", "Weight", ""]), st.sampled_from(["1 week", "2 weeks", ""])), max_size=5
)


@given(OUTCOMES, OUTCOMES, st.randoms())
def test_the_order_of_endpoints_does_not_matter(before: list[tuple[str, str]], after: list[tuple[str, str]], chance: random.Random) -> None:
    """Any order gives the same rows, and a list against itself in another order none."""
    found = differences(primary(*before), primary(*after))
    shuffled = [list(before), list(after)]
    for each in shuffled:
        chance.shuffle(each)
    assert differences(primary(*shuffled[0]), primary(*shuffled[1])) == found
    assert differences(primary(*before), primary(*shuffled[0])) == {}


@given(OUTCOMES, OUTCOMES)
def test_what_came_and_what_went_account_for_the_difference_in_number(before: list[tuple[str, str]], after: list[tuple[str, str]]) -> None:
    """No endpoint is lost and none is made up, and the way back undoes every row."""
    there, back = (differences(primary(*a), primary(*b)) for a, b in ((before, after), (after, before)))
    whole = [value for field, value in there.items() if kind_of_field(field) == "endpoints.primary[…]"]
    came, went = (sum(value[side] is None for value in whole) for side in (0, 1))
    assert came - went == sum(map(any, after)) - sum(map(any, before))
    assert sorted((b or "", a or "") for b, a in there.values()) == sorted((b or "", a or "") for a, b in back.values())


def test_thousands_of_names_are_compared_in_no_time() -> None:
    """A hostile record cannot hold a refresh up: beyond a million pairs nothing is taken for reworded."""
    old, new = (primary(*((f"{word} {n} of many words", "1 week") for n in range(1_500))) for word in ("alpha", "omega"))
    found = differences(old, new)
    assert len(found) == 3_000
