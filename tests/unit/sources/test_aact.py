"""AACT's pipe files: single tables, sets of tables, wide tables."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.shapes import Study
from pipelines.sources import aact
from pipelines.sources.records import Reason, Record, Reject


def pipe(*lines: str) -> bytes:
    """A file of these lines."""
    return "".join(f"{line}\n" for line in lines).encode()


TABLES = {
    "studies": pipe(
        "nct_id|study_first_posted_date|last_update_posted_date|start_month_year|start_date_type|start_date|"
        "completion_date|study_type|acronym|brief_title|official_title|overall_status|phase|enrollment|"
        "enrollment_type|source|number_of_arms|why_stopped",
        "NCT09000001|2020-01-02|2021-03-04|2020-02|ACTUAL|2020-02-29|2022-05-06|INTERVENTIONAL||"
        '"Drug A | Drug B"|Long title|COMPLETED|PHASE1/PHASE2|40|ACTUAL|X|2|No money~left',
        "NCT09000002||2021-01-01||||2022-06-30|OBSERVATIONAL||Second||UNKNOWN|NA|||Y||",
    ),
    "conditions": pipe("id|nct_id|name|downcase_name", "9|NCT09000001|Sarcoma|sarcoma", "3|NCT09000001|Pain|pain", "4|NCT08|x|x"),
    "interventions": pipe(
        "id|nct_id|intervention_type|name|description",
        "7|NCT09000001|DIETARY_SUPPLEMENT|Iron|10 mg~daily",
        "8|NCT09000001|DRUG|Drug A|",
    ),
    "intervention_other_names": pipe("id|nct_id|intervention_id|name", "1|NCT09000001|8|A-1"),
    "design_groups": pipe("id|nct_id|group_type|title|description", "5|NCT09000001|EXPERIMENTAL|Arm 1|Both"),
    "design_group_interventions": pipe("id|nct_id|design_group_id|intervention_id", "1|NCT09000001|5|7", "2|NCT09000001|5|8"),
    "design_outcomes": pipe(
        "id|nct_id|outcome_type|measure|time_frame|population|description",
        "2|NCT09000001|secondary|Fatigue|6 weeks||",
        "1|NCT09000001|primary|Survival|12 months||From~start",
    ),
    "designs": pipe(
        "id|nct_id|allocation|intervention_model|observational_model|primary_purpose|time_perspective|masking|"
        "masking_description|intervention_model_description|subject_masked|caregiver_masked|investigator_masked|"
        "outcomes_assessor_masked",
        "1|NCT09000001|RANDOMIZED|PARALLEL||TREATMENT||DOUBLE|||t||t|",
    ),
    "eligibilities": pipe(
        "id|nct_id|sampling_method|gender|minimum_age|maximum_age|healthy_volunteers|population|criteria|gender_based",
        "1|NCT09000001||ALL|18 Years|N/A|f||Inclusion Criteria:~~* Adults|",
    ),
    "sponsors": pipe(
        "id|nct_id|agency_class|lead_or_collaborator|name",
        "2|NCT09000001|OTHER|collaborator|Fund",
        "1|NCT09000001|INDUSTRY|lead|Company",
    ),
    "id_information": pipe(
        "id|nct_id|id_source|id_value|id_type|id_type_description|id_link",
        "1|NCT09000001|org_study_id|EX-1|||",
        "2|NCT09000001|secondary_id|2020-000000-00|EUDRACT_NUMBER||",
    ),
    "brief_summaries": pipe("id|nct_id|description", "1|NCT09000001|One~~Two"),
    "calculated_values": pipe("id|nct_id|number_of_facilities|were_results_reported", "1|NCT09000001|2|t"),
    "facilities": pipe(
        "id|nct_id|status|name|city|state|zip|country",
        "1|NCT09000001||Ward|Seoul|||Korea, Republic of",
        "2|NCT09000001||Clinic|Oslo|||Norway",
    ),
    "result_groups": pipe(
        "id|nct_id|ctgov_group_code|result_type|title|description",
        "11|NCT09000001|OG000|Outcome|Arm 1|",
        "12|NCT09000001|EG000|Reported Event|Arm 1|",
        "13|NCT09000001|FG000|Participant Flow|Arm 1|",
    ),
    "outcomes": pipe(
        "id|nct_id|outcome_type|title|description|time_frame|population|units|units_analyzed|dispersion_type|param_type",
        "21|NCT09000001|PRIMARY|Survival||12 months||months||95% Confidence Interval|MEDIAN",
    ),
    "outcome_counts": pipe(
        "id|nct_id|outcome_id|result_group_id|ctgov_group_code|scope|units|count",
        "1|NCT09000001|21|11|OG000|Measure|Participants|20",
    ),
    "outcome_measurements": pipe(
        "id|nct_id|outcome_id|result_group_id|ctgov_group_code|classification|category|title|units|param_type|"
        "param_value|dispersion_value|dispersion_lower_limit|dispersion_upper_limit|explanation_of_na",
        "1|NCT09000001|21|11|OG000|||Survival|months|MEDIAN|10.5||8.1|NA|not reached",
    ),
    "outcome_analyses": pipe(
        "id|nct_id|outcome_id|param_type|param_value|p_value_modifier|p_value|ci_percent|ci_lower_limit|method",
        "31|NCT09000001|21|Hazard Ratio (HR)|0.7|<|0.001|95|0.5|Log Rank",
    ),
    "outcome_analysis_groups": pipe("id|nct_id|outcome_analysis_id|result_group_id|ctgov_group_code", "1|NCT09000001|31|11|OG000"),
    "reported_events": pipe(
        "id|nct_id|result_group_id|ctgov_group_code|time_frame|event_type|default_vocab|subjects_affected|"
        "subjects_at_risk|event_count|organ_system|adverse_event_term|frequency_threshold|vocab|assessment",
        "1|NCT09000001|12|EG000|1 year|serious|MedDRA|1|20|2|Cardiac disorders|Arrhythmia|5||",
        "2|NCT09000001|12|EG000|1 year|other|MedDRA|9|20||General disorders|Fatigue|5||",
    ),
    "reported_event_totals": pipe(
        "id|nct_id|ctgov_group_code|event_type|classification|subjects_affected|subjects_at_risk",
        '1|NCT09000001|EG000|deaths|"Total, all-cause mortality"|3|20',
        '2|NCT09000001|EG000|serious|"Total, serious adverse events"|1|20',
    ),
    "milestones": pipe(
        "id|nct_id|result_group_id|ctgov_group_code|title|period|description|count",
        "1|NCT09000001|13|FG000|STARTED|Overall Study||20",
    ),
    "browse_conditions": pipe(
        "id|nct_id|mesh_term|downcase_mesh_term|mesh_type",
        "1|NCT09000001|Sarcoma|sarcoma|mesh-list",
        "2|NCT09000001|Neoplasms|neoplasms|mesh-ancestor",
    ),
}


def joined() -> Study:
    """The first study of the set."""
    first = next(found for found in aact.read_set(TABLES) if isinstance(found, Record))
    assert first.study is not None
    return first.study


@pytest.mark.parametrize("table", list(TABLES))
def test_each_table_is_known_by_its_columns(table: str) -> None:
    """The name only decides between tables that have the same columns."""
    twins = {"conditions", "brief_summaries", "browse_conditions"}
    assert aact.table_of(TABLES[table], name=f"{table}.txt") == table
    assert aact.table_of(TABLES[table], name="a.txt") == (None if table in twins else table)
    assert aact.sniff(TABLES[table])


def test_the_protocol_is_joined() -> None:
    """Children come in the order of their ids, `~` is a line break, months keep their precision."""
    found = joined()
    protocol = found.protocol_section
    assert protocol.identification_module.brief_title == "Drug A | Drug B"
    assert protocol.identification_module.org_study_id_info is not None
    assert protocol.identification_module.secondary_id_infos[0].type == "EUDRACT_NUMBER"
    assert protocol.conditions_module.conditions == ["Pain", "Sarcoma"]
    iron, drug = protocol.arms_interventions_module.interventions
    assert (iron.description, iron.arm_group_labels) == ("10 mg\ndaily", ["Arm 1"])
    assert drug.other_names == ["A-1"]
    assert protocol.arms_interventions_module.arm_groups[0].intervention_names == [
        "Dietary Supplement: Iron",
        "Drug: Drug A",
    ]
    assert protocol.outcomes_module.primary_outcomes[0].description == "From\nstart"
    assert protocol.outcomes_module.secondary_outcomes[0].time_frame == "6 weeks"
    status = protocol.status_module
    assert status.start_date_struct is not None
    assert (status.start_date_struct.date, status.start_date_struct.type) == ("2020-02", "ACTUAL")
    assert status.completion_date_struct is not None
    assert status.completion_date_struct.date == "2022-05-06"
    assert protocol.design_module.phases == ["PHASE1", "PHASE2"]
    design = protocol.design_module.design_info
    assert design is not None
    assert design.masking_info is not None
    assert design.masking_info.who_masked == ["PARTICIPANT", "INVESTIGATOR"]
    assert protocol.eligibility_module.maximum_age is None
    assert protocol.sponsor_collaborators_module.lead_sponsor is not None
    assert protocol.sponsor_collaborators_module.lead_sponsor.name == "Company"
    assert [place.country for place in protocol.contacts_locations_module.locations] == ["Korea, Republic of", "Norway"]
    assert [term.term for term in found.derived_section.condition_browse_module.meshes] == ["Sarcoma"]
    assert found.has_results is True


def test_texts_keep_their_source_and_its_offsets() -> None:
    """The source keeps `~`; the study's text has the same length."""
    found = joined()
    origin = found.origin("eligibilityModule.eligibilityCriteria")
    assert origin.field == "eligibilities.criteria"
    raw = (found.source_texts or {})[origin.field]
    assert raw == "Inclusion Criteria:~~* Adults"
    assert found.protocol_section.eligibility_module.eligibility_criteria == raw.replace("~", "\n")
    assert found.origin("outcomesModule.primaryOutcomes[0].measure").field == "design_outcomes[0].measure"
    assert (found.source_texts or {})["studies.why_stopped"] == "No money~left"


def test_the_results_are_joined() -> None:
    """Measurements, analyses, adverse events and participant flow find their groups."""
    results = joined().results_section
    assert results is not None
    (measure,) = results.outcome_measures_module.outcome_measures
    assert [group.id for group in measure.groups] == ["OG000"]
    assert measure.denoms[0].counts[0].value == "20"
    (measurement,) = measure.classes[0].categories[0].measurements
    assert (measurement.value, measurement.lower_limit, measurement.upper_limit) == ("10.5", "8.1", "NA")
    assert measurement.comment == "not reached"
    assert (measure.analyses[0].p_value, measure.analyses[0].group_ids) == ("<0.001", ["OG000"])
    events = results.adverse_events_module
    assert (events.event_groups[0].title, events.event_groups[0].deaths_num_affected) == ("Arm 1", "3")
    assert (events.serious_events[0].term, events.serious_events[0].stats[0].num_events) == ("Arrhythmia", "2")
    assert events.other_events[0].source_vocabulary == "MedDRA"
    assert results.participant_flow_module.periods[0].milestones[0].achievements[0].num_subjects == "20"


def test_records_are_numbered_by_the_studies_table() -> None:
    """A trial without rows in other tables is a record too; strangers' rows are one reject per table, and no record."""
    found = list(aact.read_set(TABLES))
    assert [record.index for record in found if isinstance(record, Record)] == [0, 1]
    (stranger,) = [reject for reject in found if isinstance(reject, Reject)]
    assert stranger.reason is Reason.MISSING_KEY
    assert "conditions: 1 rows of 1 trials" in stranger.detail
    assert stranger.index == -1


def test_buckets_together_are_the_whole(tmp_path: Path) -> None:
    """Each trial and each reject is in exactly one bucket, and reading from files is the same as from bytes."""
    for table, data in TABLES.items():
        (tmp_path / table).write_bytes(data)
    paths = {table: tmp_path / table for table in TABLES}
    parts = [found for bucket in range(3) for found in aact.read_set(paths, bucket=bucket, n_buckets=3)]
    hashes = {record.content_sha256 for record in parts if isinstance(record, Record)}
    assert hashes == {record.content_sha256 for record in aact.read_set(TABLES) if isinstance(record, Record)}
    assert len(parts) == 3


def test_a_split_set_gives_what_the_tables_give(tmp_path: Path) -> None:
    """Bucket by bucket the same records and rejects, with rows that are broken or name no trial among them."""
    damaged = {**TABLES, "conditions": TABLES["conditions"] + b"77|NCT09000001\n78||Nobody's condition|x\n"}
    for table, data in damaged.items():
        (tmp_path / table).write_bytes(data)
    paths = {table: tmp_path / table for table in damaged}
    aact.split_set(paths, tmp_path / "split", 3)
    for bucket in range(3):
        split = {table: tmp_path / "split" / str(bucket) / f"{table}.rows" for table in damaged}
        whole = list(aact.read_set(paths, bucket=bucket, n_buckets=3))
        assert list(aact.read_set(split, bucket=bucket, n_buckets=3)) == whole
    everything = [found for bucket in range(3) for found in aact.read_set(paths, bucket=bucket, n_buckets=3)]
    assert any(isinstance(found, Record) for found in everything)
    assert any(isinstance(found, Reject) for found in everything)


def test_the_order_of_rows_does_not_matter() -> None:
    """COPY gives rows in no order."""
    header, *lines = TABLES["interventions"].decode().splitlines()
    shuffled = {**TABLES, "interventions": pipe(header, *lines[::-1])}
    one, two = (next(iter(aact.read_set(tables))) for tables in (TABLES, shuffled))
    assert isinstance(one, Reject)
    assert isinstance(two, Reject)
    hashes = [[r.content_sha256 for r in aact.read_set(t) if isinstance(r, Record)] for t in (TABLES, shuffled)]
    assert hashes[0] == hashes[1]


def test_large_tables_are_read_window_by_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows may end anywhere, also inside a quoted cell with a line break."""
    quoted = {**TABLES, "brief_summaries": pipe("id|nct_id|description", '1|NCT09000001|"a ""b""', 'c | d"')}
    whole = [r.content_sha256 for r in aact.read_set(quoted) if isinstance(r, Record)]
    for size in (7, 64, 500):
        monkeypatch.setattr(aact, "_WINDOW_BYTES", size)
        assert [r.content_sha256 for r in aact.read_set(quoted) if isinstance(r, Record)] == whole


def test_carried_names_what_the_tables_state() -> None:
    """A set without facilities cannot state the number of sites."""
    assert {"regimens", "arms", "endpoints", "endpoint_results", "safety", "trials.n_sites"} <= set(joined().carried or [])
    few = next(iter(aact.read_set({"studies": TABLES["studies"]})))
    assert isinstance(few, Record)
    assert few.study is not None
    assert not {"regimens", "conditions", "trials.n_sites", "safety"} & set(few.study.carried or [])


WIDE = pipe(
    "nct_id|start_date|phase|enrollment|brief_title|study_type|rec_status|completion_date|last_update|description|"
    "masking_description|gender|minimum_age|maximum_age|criteria|sponsor|sponsor_type|conditions",
    "NCT09000003|2023-11-30T00:00:00.000|Phase 1/Phase 2|360.0|A title|Interventional|Completed|"
    "2024-02-28T00:00:00.000|2022-04-12T00:00:00.000|First~second|Quadruple|All|18.0||Inclusion:~x|Company|INDUSTRY|"
    '"Pain|Sarcoma"',
    "NCT09000004|only|three",
)


def test_a_wide_table_gives_a_record_per_row() -> None:
    """Its dates have lost their precision: the last day of a month is given as the month."""
    assert aact.sniff(WIDE)
    assert aact.table_of(WIDE) is None
    found, bad = aact.read(WIDE)
    assert isinstance(bad, Reject)
    assert bad.reason is Reason.INVALID_CSV
    assert isinstance(found, Record)
    assert found.version_date == "2022-04-12"
    assert found.study is not None
    protocol = found.study.protocol_section
    assert protocol.status_module.start_date_struct is not None
    assert protocol.status_module.start_date_struct.date == "2023-11"
    assert protocol.status_module.completion_date_struct is not None
    assert protocol.status_module.completion_date_struct.date == "2024-02-28"
    assert protocol.description_module.brief_summary == "First\nsecond"
    assert protocol.conditions_module.conditions == ["Pain", "Sarcoma"]
    assert protocol.eligibility_module.minimum_age == "18 Years"
    assert protocol.design_module.phases == ["Phase 1", "Phase 2"]
    assert protocol.design_module.enrollment_info is not None
    assert protocol.design_module.enrollment_info.count == "360"


def test_a_table_without_its_studies_is_put_aside() -> None:
    """With the number of its rows."""
    (found,) = aact.read(TABLES["interventions"])
    assert isinstance(found, Reject)
    assert found.reason is Reason.MISSING_KEY
    assert "2 rows" in found.detail


@pytest.mark.parametrize("head", [b"", b"a|b|c\n1|2|3\n", b"nct_id,brief_title\n", b"| nct | title |\n|---|---|\n", b"nct_id|x\n"])
def test_other_files_are_not_claimed(head: bytes) -> None:
    """Neither markdown tables nor other pipe files."""
    assert not aact.sniff(head)
    assert aact.table_of(head) is None


@given(st.binary(max_size=300), st.sampled_from(sorted(TABLES)))
def test_reading_never_raises(data: bytes, table: str) -> None:
    """Any bytes under the header of any table become records or rejects."""
    damaged = TABLES[table].splitlines(keepends=True)[0] + data
    aact.table_of(data)
    list(aact.read(damaged))
    list(aact.read(WIDE + data))
    list(aact.read_set({**TABLES, table: damaged}))
