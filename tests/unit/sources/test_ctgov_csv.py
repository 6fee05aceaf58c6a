"""The CSV, TSV and flattened exports of ClinicalTrials.gov."""

import codecs
import csv
import io
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.shapes import Study
from pipelines.sources import ctgov_cells, ctgov_csv
from pipelines.sources.records import Reason, Record, Reject

COLUMNS = [
    "NCT Number",
    "Study Title",
    "Study URL",
    "Acronym",
    "Study Status",
    "Brief Summary",
    "Study Results",
    "Conditions",
    "Interventions",
    "Primary Outcome Measures",
    "Secondary Outcome Measures",
    "Other Outcome Measures",
    "Sponsor",
    "Collaborators",
    "Sex",
    "Age",
    "Phases",
    "Enrollment",
    "Funder Type",
    "Study Type",
    "Study Design",
    "Other IDs",
    "Start Date",
    "Last Update Posted",
    "Locations",
]
ROW = {
    "NCT Number": "NCT09000001",
    "Study Title": "Drug A, Given Twice, in Adults",
    "Study URL": "https://clinicaltrials.gov/study/NCT09000001",
    "Acronym": "TWICE",
    "Study Status": "RECRUITING",
    "Brief Summary": "First paragraph.\n\nSecond paragraph.",
    "Study Results": "NO",
    "Conditions": "Impotence, Arteriogenic|Sarcoma",
    "Interventions": "DRUG: Phase 1b: Drug A|DIETARY_SUPPLEMENT: Iron",
    "Primary Outcome Measures": "Overall survival, 12 months",
    "Secondary Outcome Measures": "Fatigue, 6 weeks|Weight, 6 weeks",
    "Sponsor": "Example Hospital",
    "Collaborators": "Example Fund|Example Institute",
    "Sex": "ALL",
    "Age": "ADULT, OLDER_ADULT",
    "Phases": "PHASE1|PHASE2",
    "Enrollment": "40",
    "Funder Type": "OTHER",
    "Study Type": "INTERVENTIONAL",
    "Study Design": "Allocation: NA|Intervention Model: SINGLE_GROUP|Masking: DOUBLE (PARTICIPANT, INVESTIGATOR)",
    "Other IDs": "EX-1|2020-000000-00",
    "Start Date": "2020-03",
    "Last Update Posted": "2024-10-24",
    "Locations": "Ward 3, Seoul, 12345, Korea, Republic of|Clinic, Oslo, Norway",
}


def table(
    *rows: dict[str, str],
    columns: list[str] = COLUMNS,
    delimiter: str = ",",
    end: str = "\n",
    quoting: Literal[0, 1] = csv.QUOTE_MINIMAL,
) -> bytes:
    """A file with these rows."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerow(columns)
    writer.writerows([row.get(column, "") for column in columns] for row in rows)
    return out.getvalue().encode()


def records(data: bytes) -> list[Record]:
    """The file's records, when there is nothing else."""
    found = list(ctgov_csv.read(data))
    assert all(isinstance(record, Record) for record in found), found
    return [record for record in found if isinstance(record, Record)]


def study(data: bytes) -> Study:
    """The study of a file with one row."""
    (record,) = records(data)
    assert record.study is not None
    return record.study


def numbered(n: int) -> dict[str, str]:
    """A row with its own number."""
    return {**ROW, "NCT Number": f"NCT0900{n:04}"}


def test_a_row_states_everything_that_its_columns_can() -> None:
    """Each column of the present export ends in its place of the study."""
    found = study(table(ROW))
    protocol = found.protocol_section
    assert protocol.identification_module.nct_id == "NCT09000001"
    assert protocol.identification_module.acronym == "TWICE"
    assert [number.id for number in protocol.identification_module.secondary_id_infos] == ["2020-000000-00"]
    assert protocol.identification_module.org_study_id_info is not None
    assert protocol.identification_module.org_study_id_info.id == "EX-1"
    assert protocol.conditions_module.conditions == ["Impotence, Arteriogenic", "Sarcoma"]
    assert [(i.type, i.name) for i in protocol.arms_interventions_module.interventions] == [
        ("DRUG", "Phase 1b: Drug A"),
        ("DIETARY_SUPPLEMENT", "Iron"),
    ]
    assert protocol.design_module.phases == ["PHASE1", "PHASE2"]
    design = protocol.design_module.design_info
    assert design is not None
    assert design.masking_info is not None
    assert (design.allocation, design.intervention_model) == ("NA", "SINGLE_GROUP")
    assert (design.masking_info.masking, design.masking_info.who_masked) == ("DOUBLE", ["PARTICIPANT", "INVESTIGATOR"])
    assert [place.country for place in protocol.contacts_locations_module.locations] == [
        "Korea, Republic of",
        "Norway",
    ]
    assert found.has_results is False
    assert protocol.eligibility_module.minimum_age is None
    outcomes = protocol.outcomes_module
    assert (len(outcomes.primary_outcomes), len(outcomes.secondary_outcomes)) == (1, 2)


def test_every_text_points_at_its_own_words_in_its_cell() -> None:
    """An origin's span of the cell is the text itself."""
    found = study(table(ROW))
    assert found.origins is not None
    assert found.source_texts is not None
    origin = found.origins["armsInterventionsModule.interventions[1].name"]
    assert found.source_texts["Interventions"][origin.start : origin.end] == "Iron"
    origin = found.origins["conditionsModule.conditions[1]"]
    assert found.source_texts[origin.field][origin.start : origin.end] == "Sarcoma"
    assert found.source_texts["Brief Summary"] == ROW["Brief Summary"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_container_and_column_order_do_not_change_a_record(delimiter: str, end: str, mark: bytes) -> None:
    """Delimiter, line ends, byte order mark and order of columns are no content."""
    other = mark + table(ROW, columns=COLUMNS[::-1], delimiter=delimiter, end=end)
    assert ctgov_csv.sniff(other)
    (one,), (two,) = records(table(ROW)), records(other)
    assert one.content_sha256 == two.content_sha256
    assert one.study is not None
    assert two.study is not None
    assert one.study.protocol_section == two.study.protocol_section


def test_the_hash_changes_with_the_content_and_not_with_the_rank() -> None:
    """The same row on another day has another rank; a changed status is another version."""
    columns = ["Rank", *COLUMNS]
    (first,) = records(table({**ROW, "Rank": "7"}, columns=columns))
    (same,) = records(table({**ROW, "Rank": "9"}, columns=columns))
    (changed,) = records(table({**ROW, "Rank": "7", "Study Status": "COMPLETED"}, columns=columns))
    assert first.content_sha256 == same.content_sha256 != changed.content_sha256


def test_utf_16_is_read() -> None:
    """Excel's "Unicode text" is UTF-16 with tabs."""
    data = codecs.BOM_UTF16_LE + table(ROW, delimiter="\t").decode().encode("utf-16-le")
    assert ctgov_csv.sniff(data)
    assert study(data).protocol_section.identification_module.nct_id == "NCT09000001"
    assert len(ctgov_csv.slices(data, target_bytes=10)) == 1


def test_the_version_is_the_day_of_the_last_update() -> None:
    """ISO today, in words before 2023."""
    (now,) = records(table(ROW))
    (then,) = records(table({**ROW, "Last Update Posted": "May 14, 2020"}))
    assert (now.version_date, then.version_date) == ("2024-10-24", "2020-05-14")


def test_carried_names_only_what_the_columns_state() -> None:
    """Without all three outcome columns there is a part of the endpoints only; ages are never in the present export."""
    full = study(table(ROW)).carried or []
    assert {"endpoints", "regimens", "conditions", "trials.phase", "trials.countries"} <= set(full)
    assert not {"arms", "safety", "endpoint_results", "trials.minimum_age_years", "trials.enrollment_type"} & set(full)
    few = study(table(ROW, columns=["NCT Number", "Study Title", "Primary Outcome Measures"])).carried or []
    assert few == ["endpoints.part", "trials.brief_title", "trials.nct_id", "trials.registry"]


LEGACY = {
    "Rank": "1",
    "NCT Number": "NCT09000002",
    "Title": "Older Export",
    "Status": "Completed",
    "Study Results": "Has Results",
    "Conditions": "Asthma",
    "Interventions": "Drug: Drug B|Combination Product: Kit",
    "Outcome Measures": "Lung function|Cough",
    "Sponsor/Collaborators": "Example University|Example Company",
    "Gender": "Female",
    "Age": "6 Months to 20 Years \xa0 (Child, Adult)",
    "Funded Bys": "Other|Industry",
    "Study Designs": "Allocation: Randomized|Masking: None (Open Label)",
    "Results First Posted": "null",
    "Last Update Posted": "March 1, 2018",
}


def test_the_export_before_2023_states_ages_and_no_roles() -> None:
    """Ages come in words; titles of measures have no role, so they are text and no outcomes."""
    found = study(table(LEGACY, columns=list(LEGACY)))
    protocol = found.protocol_section
    eligibility = protocol.eligibility_module
    assert (eligibility.minimum_age, eligibility.maximum_age) == ("6 Months", "20 Years")
    assert protocol.outcomes_module.primary_outcomes == []
    assert (found.source_texts or {})["Outcome Measures"] == "Lung function|Cough"
    assert "endpoints" not in (found.carried or [])
    assert "trials.minimum_age_years" in (found.carried or [])
    assert protocol.status_module.results_first_post_date_struct is None
    assert found.has_results is True
    lead = protocol.sponsor_collaborators_module.lead_sponsor
    assert lead is not None
    assert (lead.name, lead.class_) == ("Example University", None)
    assert protocol.design_module.design_info is not None
    assert protocol.design_module.design_info.masking_info is not None
    assert protocol.design_module.design_info.masking_info.masking == "None (Open Label)"
    assert [i.type for i in protocol.arms_interventions_module.interventions] == ["Drug", "Combination Product"]


def test_tabs_without_quoting_keep_quotation_marks() -> None:
    """The registry's TSV does not quote: a title in quotation marks is just that."""
    title = '"Spark" and Flame'
    line = "\t".join(["NCT09000003", title, "Completed", '"Plan", https://example.org'])
    data = f"NCT Number\tTitle\tStatus\tStudy Documents\r\n{line}\r\n".encode()
    assert study(data).protocol_section.identification_module.brief_title == title


def test_tabs_with_quoting_may_hold_line_breaks() -> None:
    """A table that pandas wrote quotes the cells that need it."""
    data = table(ROW, delimiter="\t")
    assert study(data).protocol_section.description_module.brief_summary == ROW["Brief Summary"]


def test_trailing_columns_without_a_name_take_what_overflows() -> None:
    """Excel leaves columns without a name; blank rows and a repeated header are no records."""
    columns = ["NCT Number", "Study Title", "Study Documents", "", ""]
    data = table({"NCT Number": "NCT09000001", "Study Title": "A"}, columns=columns)
    data += b",,,,\n\n" + data + b"NCT09000002,B,Plan,Consent,\nNCT09000003,C,\n"
    assert [record.index for record in records(data)] == [0, 1, 2, 3]


def test_a_row_that_does_not_fit_is_put_aside_with_its_line() -> None:
    """Its neighbours are read, and the numbering goes on."""
    data = table(ROW, columns=["NCT Number", "Study Title"]) + b"NCT09000002,too,many\nNCT09000003,fine\n"
    good, bad, last = ctgov_csv.read(data)
    assert isinstance(bad, Reject)
    assert (bad.reason, bad.index) == (Reason.INVALID_CSV, 1)
    assert "line 3" in bad.detail
    assert isinstance(good, Record)
    assert isinstance(last, Record)
    assert last.index == 2


def test_a_quote_that_is_never_closed_costs_one_record() -> None:
    """Reading goes on at the next line that begins like a row."""
    data = b'NCT Number,Study Title,Conditions\nNCT09000001,"open,Asthma\nNCT09000002,"Next",Asthma\nNCT09000003,C,Cough\n'
    found = list(ctgov_csv.read(data))
    assert [type(item) for item in found] == [Reject, Record, Record]
    assert [item.index for item in found] == [0, 1, 2]


def test_a_file_that_is_cut_loses_only_its_last_row() -> None:
    """A cut inside a quoted cell and a cut between cells are both truncation."""
    whole = table(numbered(1), numbered(2))
    for cut in (whole[: whole.rindex(b"Second") + 3], whole[: whole.rindex(b"INTERVENTIONAL")]):
        good, bad = ctgov_csv.read(cut)
        assert isinstance(good, Record)
        assert isinstance(bad, Reject)
        assert bad.reason is Reason.TRUNCATED


def test_a_row_without_number_and_title_is_empty() -> None:
    """A title alone is enough for a record."""
    columns = ["NCT Number", "Study Title", "Conditions"]
    titled, empty = ctgov_csv.read(table({"Study Title": "A"}, {"Conditions": "Asthma"}, columns=columns))
    assert isinstance(titled, Record)
    assert isinstance(empty, Reject)
    assert empty.reason is Reason.EMPTY_RECORD


def test_a_cell_above_the_limit_is_put_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    """One monstrous record does not stop the others."""
    monkeypatch.setattr("pipelines.sources.delimited.MAX_RECORD_BYTES", 2_000)
    big, small = ctgov_csv.read(table({**ROW, "Brief Summary": "x" * 3_000}, ROW))
    assert isinstance(big, Reject)
    assert big.reason is Reason.TOO_LARGE
    assert isinstance(small, Record)


def test_large_cells_are_read() -> None:
    """The csv module's own limit of 131,072 characters is no limit here."""
    assert study(table({**ROW, "Brief Summary": "x" * 200_000})).protocol_section.description_module.brief_summary


FLAT = {
    "_target": "X",
    "identification_nctId": "NCT09000004",
    "identification_briefTitle": "Flattened",
    "armsInterventions_interventions": '[{"type": "DRUG", "name": "Drug C", "description": "5 mg"}]',
    "outcomes_primaryOutcomes": "[{'measure': 'Pain', 'timeFrame': '1 week'}]",
    "conditions_conditions": "Sarcoma, Pain",
    "design_phases": "PHASE1, PHASE2",
    "design_enrollmentInfo_count": "30",
    "design_designInfo_maskingInfo_masking": "NONE",
    "status_startDate_date": "2022-09",
    "status_lastUpdatePostDate_date": "2022-10-01",
    "miscInfo_versionHolder": "2026-03-13",
    "eligibility_healthyVolunteers": "False",
    "hasResults": "True",
}


def test_columns_named_by_paths_become_the_structure_again() -> None:
    """JSON and Python lists in cells, joined lists, flags and shortened names of dates."""
    data = codecs.BOM_UTF8 + table(FLAT, columns=list(FLAT))
    assert ctgov_csv.sniff(data)
    (record,) = records(data)
    assert record.study is not None
    protocol = record.study.protocol_section
    assert protocol.arms_interventions_module.interventions[0].description == "5 mg"
    assert protocol.outcomes_module.primary_outcomes[0].time_frame == "1 week"
    assert protocol.design_module.phases == ["PHASE1", "PHASE2"]
    assert protocol.status_module.start_date_struct is not None
    assert protocol.status_module.start_date_struct.date == "2022-09"
    assert protocol.eligibility_module.healthy_volunteers is False
    assert record.study.has_results is True
    assert (record.version_date, record.download_date) == ("2022-10-01", "2026-03-13")
    assert "conditions" not in (record.study.carried or [])
    assert record.study.source_texts is None


def test_full_paths_as_pandas_writes_them_are_known() -> None:
    """`json_normalize` joins the whole path with dots."""
    found = study(b"protocolSection.identificationModule.nctId,protocolSection.eligibilityModule.sex\nNCT09000001,ALL\n")
    assert found.protocol_section.eligibility_module.sex == "ALL"


@pytest.mark.parametrize(("cell", "reason"), [('[{"type": "DR', Reason.INVALID_JSON), ('[{"type": 5}]', Reason.INVALID_FIELD)])
def test_a_damaged_structure_in_a_cell_is_put_aside(cell: str, reason: Reason) -> None:
    """The record is not given without it."""
    (bad,) = ctgov_csv.read(table({**FLAT, "armsInterventions_interventions": cell}, columns=list(FLAT)))
    assert isinstance(bad, Reject)
    assert bad.reason is reason


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"A title, with a comma\nand text",
        b"id,name,status\n1,a,b\n",
        b"nct_id|brief_title|overall_status\n",
        b'{"NCT Number": 1, "Study Title": 2}',
        b"TrialID,Public_title,Conditions\n",
        b'"NCT Number\x00',
    ],
)
def test_other_files_are_not_claimed(head: bytes) -> None:
    """Neither prose nor other tables nor JSON with the same words."""
    assert not ctgov_csv.sniff(head)


@pytest.mark.parametrize(
    ("location", "country"),
    [
        ("Site, Town, Moldova, Republic of", "Moldova, Republic of"),
        ("Hospital, LLC, Columbus, Georgia, 31904, United States", "United States"),
        ("Congo, The Democratic Republic of the", "Congo, The Democratic Republic of the"),
        ("France", "France"),
        (" ", None),
    ],
)
def test_the_country_is_the_last_part_even_with_a_comma(location: str, country: str | None) -> None:
    """A tail such as "Republic of" alone is no country."""
    assert ctgov_cells.country(location) == country


@pytest.mark.parametrize(
    ("cell", "limits"),
    [
        ("18 Years and older \xa0 (Adult, Older Adult)", ("18 Years", None)),
        ("up to 17 Years \xa0 (Child)", (None, "17 Years")),
        ("18 Years to 65 Years \xa0 (Adult)", ("18 Years", "65 Years")),
        ("Child, Adult, Older Adult", (None, None)),
        ("ADULT, OLDER_ADULT", (None, None)),
    ],
)
def test_age_limits_are_words_of_the_cell(cell: str, limits: tuple[str | None, str | None]) -> None:
    """Age groups state no limits."""
    assert ctgov_cells.age_limits(cell) == limits


def test_a_name_may_hold_a_bar_or_be_missing() -> None:
    """What follows a bar without a type belongs to the name before it."""
    found = ctgov_cells.interventions("DRUG: A|B|OTHER: ", field="f", base=0, origins={})
    assert [(i.type, i.name) for i in found] == [("DRUG", "A|B"), ("OTHER", None)]


def test_the_registrys_defect_in_observational_designs_is_no_value() -> None:
    """It writes "Observational Model: |Time Perspective: p" for every one."""
    assert ctgov_cells.design_info("Observational Model: |Time Perspective: p") is None


NAMES = st.text(st.characters(blacklist_characters="|", blacklist_categories=["Cs"]), min_size=1).filter(
    lambda name: not name.isspace() and not ctgov_cells.INTERVENTION.match(name.lstrip())
)


@given(st.lists(st.tuples(st.sampled_from(["DRUG", "DIETARY_SUPPLEMENT", "Drug", "Dietary Supplement"]), NAMES)))
def test_joined_interventions_come_apart_again(pairs: list[tuple[str, str]]) -> None:
    """Joining by the registry's grammar is undone exactly, with spans on the words."""
    origins: dict[str, ctgov_cells.Origin] = {}
    cell = "|".join(f"{kind}: {name}" for kind, name in pairs)
    found = ctgov_cells.interventions(cell, field="f", base=0, origins=origins)
    assert [(i.type, i.name) for i in found] == pairs
    assert [cell[o.start : o.end] for o in origins.values()] == [name for _, name in pairs]


CELLS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), max_size=30)


@given(st.lists(st.tuples(CELLS, CELLS), max_size=12), st.integers(1, 300))
def test_slices_give_the_same_records_as_the_whole(pairs: list[tuple[str, str]], target_bytes: int) -> None:
    """Cutting at row ends, wherever line breaks and quotes are, changes neither records nor numbers."""
    rows = [{"NCT Number": f"NCT0900{n:04}", "Study Title": title, "Conditions": condition} for n, (title, condition) in enumerate(pairs)]
    data = table(*rows, columns=["NCT Number", "Study Title", "Conditions"], quoting=csv.QUOTE_ALL)
    parts = ctgov_csv.slices(data, target_bytes=target_bytes)
    found = [
        record for part in parts for record in ctgov_csv.read(data[part.start : part.end], first_index=part.first_index, header=part.header)
    ]
    assert [(r.index, r.content_sha256) for r in found if isinstance(r, Record)] == [(r.index, r.content_sha256) for r in records(data)]
    assert [part.end for part in parts[:-1]] == [part.start for part in parts[1:]]


@given(st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(['"', '",', '"x', "\n", ",", '"\n'])), max_size=4), st.integers(1, 3000))
def test_slices_of_a_damaged_file_number_its_records_alike(damage: list[tuple[int, str]], target_bytes: int) -> None:
    """No two slices give one number, and none is left out, wherever quotes and line breaks went astray."""
    data = table(*(numbered(n) for n in range(6))).decode()
    first = data.index("\n") + 1
    for place, stray in damage:
        position = first + place % (len(data) - first)
        data = data[:position] + stray + data[position:]
    encoded = data.encode()
    parts = ctgov_csv.slices(encoded, target_bytes=target_bytes)
    found = [
        record.index
        for part in parts
        for record in ctgov_csv.read(encoded[part.start : part.end], first_index=part.first_index, header=part.header)
    ]
    assert found == [record.index for record in ctgov_csv.read(encoded)] == list(range(len(found)))


@given(st.binary(max_size=400))
def test_reading_never_raises(data: bytes) -> None:
    """Whatever stands under a good header becomes records or rejects."""
    for head in (table(columns=COLUMNS), table(columns=COLUMNS, delimiter="\t"), table(columns=list(FLAT)), b""):
        ctgov_csv.sniff(data)
        list(ctgov_csv.read(head + data))
        ctgov_csv.slices(head + data, target_bytes=50)
