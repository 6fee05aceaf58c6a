"""The census reads small files of every shape by its own plain parsers, and says what each record states."""

import json
from collections.abc import Mapping as Words
from pathlib import Path

import duckdb
import pytest

from pipelines.quality.census import values
from pipelines.quality.census.counting import FIELD_NAMES, census
from pipelines.quality.census.fields import FIELDS
from pipelines.quality.census.mappings import FORMATS, MAPPINGS
from pipelines.quality.census.tree import Path as Place
from pipelines.quality.census.tree import Walk, path
from pipelines.quality.census.values import COUNT, STATED, TEXT, Kind
from pipelines.settings import PROJECT

RAW = PROJECT / "raw"


def counted(data: bytes, name: str = "file") -> list[dict[str, list[str]]]:
    """The records of a file: field → values."""
    return [{FIELD_NAMES[field]: found.values for field, found in one.found.items()} for one in census(data, name).records]


def table(rows: Words[str, str], delimiter: str = ",") -> bytes:
    """A table of one row."""
    return f"{delimiter.join(rows)}\n{delimiter.join(rows.values())}\n".encode()


@pytest.mark.parametrize(
    ("file", "name", "n_records"),
    [
        ("ctgov/api/NCT90000101.json", "ctgov_json", 1),
        ("ctgov/daily.ndjson", "ctgov_json", 3),
        ("ctgov/classic/full-studies.json", "ctgov_classic_json", 2),
        ("ctgov/xml/NCT90000201.xml", "ctgov_xml", 1),
        ("ctgov/ctg-studies.csv", "ctgov_csv", 5),
        ("ctgov/search-results-legacy.csv", "ctgov_csv before 2023", 3),
        ("aact/studies.txt", "aact studies", None),
        ("aact/conditions.txt", "aact conditions", None),
        ("registers/isrctn/90000107.json", "isrctn", 1),
        ("registers/ictrp/ICTRP-Results.xml", "ictrp in XML", 3),
        ("registers/ictrp/ICTRPWeek.csv", "ictrp", 2),
        ("registers/ctis/2035-500101-42-00.json", "ctis", 1),
        ("registers/euctr/2035-000102-93-IE.json", "euctr", 1),
        ("registers/chictr/ChiCTR3500099901.xml", "chictr", 1),
        ("registers/cde/trial_info.csv", "cde trials", 2),
        ("registers/cde/trial_endpoint.csv", "cde endpoints", 2),
    ],
)
def test_every_shape_of_files_is_told_and_counted(file: str, name: str, n_records: int | None) -> None:
    """By its first bytes, not by its place; each record states something."""
    found = census((RAW / file).read_bytes(), file)
    records = list(found.records)
    assert found.mapping is not None
    assert found.mapping.name == name
    assert n_records in (None, len(records))
    assert all(one.found for one in records)


@pytest.mark.parametrize(
    "file", ["articles/saltmarsh-abstract.txt", "articles/halcyon-2-press-release.html", "ctgov/text/gastric-perioperative.txt"]
)
def test_what_has_no_labels_is_not_counted(file: str) -> None:
    """Articles and label-less text are accounted for by their characters."""
    assert census((RAW / file).read_bytes(), file).mapping is None


def test_api_json_states_rows_with_their_parts() -> None:
    """An event belongs to its group and its counts; a total that nobody gives is no row."""
    event = {"term": "Rash", "organSystem": "Skin", "stats": [{"groupId": "E0", "numAffected": 3, "numAtRisk": 40}]}
    results = {"adverseEventsModule": {"otherEvents": [event], "eventGroups": [{"id": "E0", "otherNumAffected": 3, "otherNumAtRisk": 40}]}}
    study = {"protocolSection": {"identificationModule": {"nctId": "NCT91000001"}}, "resultsSection": results, "hasResults": True}
    (found,) = counted(json.dumps(study).encode())
    assert found["safety: other events"] == ["Skin|Rash|E0|3|40|"]
    assert found["safety: totals of other events"] == ["E0|3|40"]
    assert "safety: deaths" not in found
    assert found["trials.has_results"] == ["true"]


def test_a_cell_of_the_export_is_taken_apart() -> None:
    """Items, labels behind colons, treatments by their type; a record's own id among the others is not one."""
    row = {
        "NCT Number": "NCT91000001",
        "Study Title": "Cold caps",
        "Conditions": "Alopecia|Breast Cancer",
        "Interventions": "DEVICE: cap|DRUG: minoxidil",
        "Study Design": "Allocation: RANDOMIZED|Masking: DOUBLE (PARTICIPANT\\, INVESTIGATOR)|Primary Purpose: TREATMENT".replace(
            "\\,", ""
        ),
        "Other IDs": "CC-1|NCT91000001",
        "Start Date": "2021-03",
    }
    (found,) = counted(table(row))
    assert found["conditions.condition_raw"] == ["Alopecia", "BreastCancer"]
    assert found["regimens"] == ["stated"]
    assert found["trials.allocation_raw"] == ["RANDOMIZED"]
    assert found["trials.masking_raw"] == ["DOUBLE"]
    assert found["trials.other_ids"] == ["CC-1"]
    assert found["trials.start_date"] == ["2021-03"]


def test_xml_has_attributes_and_repeated_elements() -> None:
    """The totals among the events are totals."""
    event = '<event><sub_title>{}</sub_title><counts group_id="E1" subjects_affected="2" subjects_at_risk="9"/></event>'
    events = "".join(
        f"<category><title>{title}</title><event_list>{event.format(name)}</event_list></category>"
        for title, name in (("Total", "Total, serious adverse events"), ("Eye", "Uveitis"))
    )
    xml = (
        "<clinical_study><condition>Uveal melanoma</condition><condition>Metastasis</condition>"
        '<enrollment type="Actual">1,204</enrollment><clinical_results><reported_events><serious_events>'
        f"<category_list>{events}</category_list></serious_events></reported_events></clinical_results></clinical_study>"
    )
    (found,) = counted(xml.encode())
    assert found["conditions.condition_raw"] == ["Uvealmelanoma", "Metastasis"]
    assert (found["trials.enrollment"], found["trials.enrollment_type_raw"]) == (["1204"], ["Actual"])
    assert found["safety: serious events"] == ["Eye|Uveitis|E1|2|9|"]
    assert found["safety: totals of serious events"] == ["E1|2|9"]


def test_what_a_register_writes_for_nothing_is_left_out() -> None:
    """It is counted as such, and is missed in no table."""
    (one,) = census(b"TrialID,Public title,Scientific title\nACTRN1,Sleep and pain,NULL\n", "x.csv").records
    found = {FIELD_NAMES[field]: (of.values, of.left_out) for field, of in one.found.items()}
    assert found["trials.brief_title"] == (["Sleepandpain"], 0)
    assert found["trials.official_title"] == ([], 1)


def test_a_damaged_file_says_so() -> None:
    """Records before the damage are counted; what follows is a `ValueError`."""
    with pytest.raises(ValueError, match="cells under a header"):
        list(census(b"NCT Number,Study Title\nNCT91000001,One\nNCT91000002\n", "x.csv").records)
    with pytest.raises(ValueError, match="truncated"):
        list(census(b'{"protocolSection": {"identificationModule"', "x.json").records)


def test_a_walk_takes_from_around_and_under_conditions() -> None:
    """One pass; only units that are asked for; a row that has nothing but its name is none."""
    walk = Walk(
        [
            (0, Place("arms[]", ("^title", "n"), unless_bare=True), (TEXT, COUNT)),
            (1, Place("arms[]", ("name",), only=("kind", "!Placebo")), (TEXT,)),
            (2, path("arms[].#sites"), (COUNT,)),
            (3, Place("", ("lead/sponsor",), kinds=(STATED,)), (TEXT,)),
        ]
    )
    arms = [{"name": "A", "n": "12", "kind": "Drug", "sites": ["x", "y"]}, {"name": "B", "kind": "placebo"}]
    found = walk.found({"title": "T", "arms": arms, "sponsor": "S"})
    assert {field: of.values for field, of in found.items()} == {0: ["T|12"], 1: ["A"], 2: ["2"], 3: ["stated"]}


@pytest.mark.parametrize(
    ("kind", "source", "column"),
    [
        (values.TEXT, " Not  randomised;\n5 \u2265 mg ", "'Not randomised; 5 \u2265 mg'"),
        (values.PROSE, "\n  Inclusion:\n\n    -  Age 18", "'Inclusion: * Age 18'"),
        (values.LETTERS, "OS, from day 1, 2 years", "'OSfrom day 12 years'"),
        (values.COUNT, "1,204", "1204"),
        (values.NUMBER, ".50", "0.5::DOUBLE"),
        (values.NUMBER, "1e-7", "0.0000001::DOUBLE"),
        (values.DAY, "October 2018", "DATE '2018-10-01'"),
        (values.DAY_FIRST, "03/02/2020", "DATE '2020-02-03'"),
        (values.AGE, "6 Months", "0.5::DOUBLE"),
        (values.AGE_TO, "18 Years to 75 Years   (Adult)", "75.0::DOUBLE"),
        (values.FLAG, "No Results Available", "false"),
    ],
)
def test_source_and_column_are_made_alike(kind: Kind, source: str, column: str) -> None:
    """Each kind says in Python and in SQL the same of the same value, and both hash alike."""
    value = kind.of_source(source)
    assert value is not None
    ((held, hashed),) = duckdb.sql(
        f"SELECT value, {values.HASH_SQL.format('value')} FROM (SELECT {kind.of_column.format('c')} AS value FROM (SELECT {column} AS c))"
    ).fetchall()
    assert (held, hashed) == (value, values.hashed(value))


@pytest.mark.parametrize(
    ("kind", "source"),
    [(values.COUNT, "NA"), (values.NUMBER, "<0.1"), (values.AGE, "N/A"), (values.DAY, "4/10/2017"), (values.LABEL, "Investigator")],
)
def test_what_is_no_such_value_is_none(kind: Kind, source: str) -> None:
    """With a reason in words."""
    assert kind.of_source(source) is None
    assert kind.left_out


def test_mappings_name_known_fields_with_all_their_parts() -> None:
    """A misspelt field or a part too many would compare nothing."""
    for mapping in MAPPINGS:
        assert set(mapping.places) <= set(FIELDS), mapping.name
        for field, where in mapping.places.items():
            for place in where if isinstance(where, list) else [where]:
                if not isinstance(place, str):
                    assert len(place.take) == len(FIELDS[field].parts), (mapping.name, field)
    assert len({mapping.name for mapping in MAPPINGS}) == len(MAPPINGS)
    assert {field for mapping in MAPPINGS for field in mapping.places} == set(FIELDS)


def test_every_format_has_a_sample() -> None:
    """So that the end-to-end test reconciles each."""
    told = {found.format for file in RAW.rglob("*") if file.is_file() and (found := census(file.read_bytes(), str(Path(file))).mapping)}
    assert told == set(FORMATS)
