"""The reader of ClinicalTrials.gov's legacy XML."""

import re
from typing import Any
from xml.sax.saxutils import escape

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.shapes import EventStats, Study
from pipelines.sources import ctgov_xml
from pipelines.sources.records import Reason, Record, Reject

HEADER = """
  <required_header>
    <download_date>ClinicalTrials.gov processed this data on March 09, 2021</download_date>
    <url>https://clinicaltrials.gov/show/NCT09990001</url>
  </required_header>
  <id_info><org_study_id>MAPLE-1</org_study_id><secondary_id>2020-000001-11</secondary_id>
    <nct_id>NCT09990001</nct_id><nct_alias>NCT09990000</nct_alias></id_info>
  <brief_title>Maplinib in Sarcoma</brief_title>"""

ARMS = """
  <arm_group><arm_group_label>Arm A</arm_group_label><arm_group_type>Experimental</arm_group_type>
    <description>Maplinib daily</description></arm_group>
  <arm_group><arm_group_label>Arm B</arm_group_label></arm_group>
  <intervention><intervention_type>Drug</intervention_type><intervention_name>Maplinib</intervention_name>
    <description>20 mg by mouth</description><arm_group_label>Arm A</arm_group_label>
    <other_name>ML-7</other_name><other_name>Mapl</other_name></intervention>
  <intervention><intervention_type>Procedure</intervention_type><intervention_name>Biopsy</intervention_name>
    <arm_group_label>Arm A</arm_group_label><arm_group_label>Arm B</arm_group_label></intervention>"""

RESULTS = """
  <clinical_results>
    <participant_flow>
      <group_list><group group_id="P1"><title>A</title><description>Given A</description></group></group_list>
      <period_list><period><title>Overall Study</title><milestone_list><milestone><title>STARTED</title>
        <participants_list><participants group_id="P1" count="12"/></participants_list>
      </milestone></milestone_list></period></period_list>
    </participant_flow>
    <outcome_list>
      <outcome>
        <type>Primary</type><title>Response</title><description>Share of responders</description>
        <time_frame>week 8</time_frame><population>All treated</population>
        <group_list><group group_id="O1"><title>A</title></group></group_list>
        <measure>
          <title>Response</title><units>percent</units><param>Number</param><dispersion>95% CI</dispersion>
          <analyzed_list><analyzed><units>Participants</units><scope>Measure</scope>
            <count_list><count group_id="O1" value="12"/></count_list></analyzed></analyzed_list>
          <class_list><class><title>Week 8</title><category_list><category><title>Complete</title><measurement_list>
            <measurement group_id="O1" value="25" lower_limit="5.5" upper_limit="NA">not reached</measurement>
          </measurement_list></category></category_list></class></class_list>
        </measure>
        <analysis_list><analysis><group_id_list><group_id>O1</group_id><group_id>O2</group_id></group_id_list>
          <groups_desc>all</groups_desc><p_value>&lt;0.001</p_value><method>Log Rank</method>
          <param_type>Hazard Ratio (HR)</param_type><param_value>0.7</param_value><ci_percent>95</ci_percent>
          <ci_n_sides>2-Sided</ci_n_sides><ci_lower_limit>0.5</ci_lower_limit><ci_upper_limit>0.9</ci_upper_limit>
        </analysis></analysis_list>
      </outcome>
      <outcome><type>Secondary</type><title>Survival</title></outcome>
    </outcome_list>
    <reported_events>
      <time_frame>60 days</time_frame><desc>Asked at visits</desc>
      <group_list><group group_id="E1"><title>A</title></group></group_list>
      <serious_events>
        <default_vocab>MedDRA 20</default_vocab><default_assessment>Systematic Assessment</default_assessment>
        <category_list>
          <category><title>Total</title><event_list>
            <event><sub_title>Total, all-cause mortality</sub_title>
              <counts group_id="E1" subjects_affected="1" subjects_at_risk="12"/></event>
            <event><sub_title>Total, serious adverse events</sub_title>
              <counts group_id="E1" subjects_affected="3" subjects_at_risk="11"/></event>
          </event_list></category>
          <category><title>Cardiac disorders</title><event_list>
            <event><sub_title vocab="CTCAE 4">Angina</sub_title><assessment>Asked</assessment>
              <description>after exercise</description>
              <counts group_id="E1" subjects_affected="2" subjects_at_risk="11" events="4"/></event>
            <event><sub_title>Palpitations</sub_title><counts group_id="E1" subjects_affected="0"/></event>
          </event_list></category>
        </category_list>
      </serious_events>
      <other_events><frequency_threshold>5</frequency_threshold><category_list>
        <category><title>Total</title><event_list><event><sub_title>Total, other adverse events</sub_title>
          <counts group_id="E1" subjects_affected="9" subjects_at_risk="12"/></event></event_list></category>
      </category_list></other_events>
    </reported_events>
  </clinical_results>"""


def document(*bodies: str, prolog: str = '<?xml version="1.0" encoding="UTF-8"?>', rank: str = "") -> str:
    """A file with one study, or with several under one root."""
    studies = "\n".join(f"<clinical_study{rank}>{body}</clinical_study>" for body in bodies)
    return f"{prolog}\n{studies}" if len(bodies) == 1 else f"{prolog}\n<search_results>{studies}</search_results>"


def record_of(text: str) -> Record:
    """The one record of a file."""
    (record,) = ctgov_xml.read(text.encode())
    assert isinstance(record, Record), record
    return record


def study_of(body: str) -> Study:
    """The study of a file with one study."""
    study = record_of(document(body)).study
    assert study is not None
    return study


def rejects_of(data: bytes) -> list[Reject]:
    """What a file holds, when nothing of it can be read."""
    found = list(ctgov_xml.read(data))
    assert all(isinstance(reject, Reject) for reject in found)
    return [reject for reject in found if isinstance(reject, Reject)]


def text_at(study: Study, path: str) -> Any:
    """The text at a path such as `outcomesModule.primaryOutcomes[0].measure`."""
    sections = msgspec.to_builtins(study)
    node: Any = {**sections["protocolSection"], **sections.get("resultsSection", {})}
    for name in re.findall(r"\w+", path):
        node = node[int(name)] if name.isdigit() else node[name]
    return node


def test_a_record_states_its_title_version_download_and_size() -> None:
    """What the engine needs to order versions is in the record."""
    text = document(HEADER + '<last_update_posted type="Actual">January 31, 2021</last_update_posted>')
    record = record_of(text)
    assert (record.format, record.index, record.title) == ("ctgov_xml", 0, "Maplinib in Sarcoma")
    assert (record.version_date, record.download_date, record.encoding) == ("2021-01-31", "2021-03-09", "utf-8")
    assert record.n_chars == len(text) - len('<?xml version="1.0" encoding="UTF-8"?>\n')


def test_ids_are_kept_by_kind() -> None:
    """Registry id, the sponsor's own, further ids and aliases do not mix."""
    ids = study_of(HEADER).protocol_section.identification_module
    assert ids.nct_id == "NCT09990001"
    assert ids.org_study_id_info
    assert ids.org_study_id_info.id == "MAPLE-1"
    assert [other.id for other in ids.secondary_id_infos] == ["2020-000001-11"]
    assert ids.nct_id_aliases == ["NCT09990000"]


def test_sponsors_status_dates_and_enrollment_keep_the_words_of_the_source() -> None:
    """Words are not normalised here."""
    protocol = study_of(
        HEADER
        + """<sponsors><lead_sponsor><agency>Elm Ltd</agency><agency_class>Industry</agency_class></lead_sponsor>
        <collaborator><agency>Oak Trust</agency></collaborator></sponsors><source>Elm</source>
        <overall_status>Active, not recruiting</overall_status><why_stopped> slow accrual </why_stopped>
        <start_date>May 2019</start_date><completion_date type="Anticipated">June 1, 2024</completion_date>
        <enrollment type="Actual">1,204</enrollment>"""
    ).protocol_section
    sponsors, status = protocol.sponsor_collaborators_module, protocol.status_module
    assert sponsors.lead_sponsor
    assert (sponsors.lead_sponsor.name, sponsors.lead_sponsor.class_) == (
        "Elm Ltd",
        "Industry",
    )
    assert [collaborator.name for collaborator in sponsors.collaborators] == ["Oak Trust"]
    assert (status.overall_status, status.why_stopped) == ("Active, not recruiting", "slow accrual")
    assert status.start_date_struct
    assert (status.start_date_struct.date, status.start_date_struct.type) == (
        "May 2019",
        None,
    )
    assert status.completion_date_struct
    assert status.completion_date_struct.type == "Anticipated"
    enrollment = protocol.design_module.enrollment_info
    assert enrollment
    assert (enrollment.count, enrollment.type) == ("1,204", "Actual")


@pytest.mark.parametrize(
    ("phase", "phases"),
    [("Phase 1/Phase 2", ["Phase 1", "Phase 2"]), ("N/A", ["N/A"]), ("Early Phase 1", ["Early Phase 1"])],
)
def test_a_combined_phase_is_two_phases(phase: str, phases: list[str]) -> None:
    """The slash of "N/A" separates nothing."""
    assert study_of(f"{HEADER}<phase>{phase}</phase>").protocol_section.design_module.phases == phases


@pytest.mark.parametrize(
    ("masking", "label", "roles"),
    [
        ("Double (Participant, Care Provider)", "Double", ["Participant", "Care Provider"]),
        ("Double Blind (Subject, Investigator)", "Double Blind", ["Subject", "Investigator"]),
        ("None (Open Label)", "None (Open Label)", []),
        ("Open Label", "Open Label", []),
        ("Participant, Outcomes Assessor", None, ["Participant", "Outcomes Assessor"]),
    ],
)
def test_masking_is_told_from_who_is_masked(masking: str, label: str | None, roles: list[str]) -> None:
    """Only known roles in the brackets are taken for roles."""
    body = f"{HEADER}<study_design_info><masking>{masking}</masking></study_design_info>"
    info = study_of(body).protocol_section.design_module.design_info
    assert info
    assert info.masking_info
    assert (info.masking_info.masking, info.masking_info.who_masked) == (label, roles)


def test_the_older_one_string_design_is_split_at_its_labels() -> None:
    """Commas inside a part do not end it."""
    info = study_of(
        HEADER + "<study_design>Allocation:  Randomized, Endpoint Classification: Safety Study, Intervention Model: "
        "Parallel Assignment, Masking: Double Blind (Subject, Caregiver), Primary Purpose: Treatment</study_design>"
    ).protocol_section.design_module.design_info
    assert info
    assert info.masking_info
    assert (info.allocation, info.intervention_model) == ("Randomized", "Parallel Assignment")
    assert (info.primary_purpose, info.masking_info.who_masked) == ("Treatment", ["Subject", "Caregiver"])


def test_a_file_from_before_2017_has_the_version_of_its_last_change() -> None:
    """The old date is one of submission, and does not pass for a posting."""
    record = record_of(document(HEADER + "<lastchanged_date>July 8, 2014</lastchanged_date>"))
    assert record.version_date == "2014-07-08"
    assert record.study
    status = record.study.protocol_section.status_module
    assert (status.last_update_submit_date, status.last_update_post_date_struct) == ("July 8, 2014", None)


def test_a_textblock_keeps_its_indentation() -> None:
    """Indentation carries the list structure of criteria; other texts lose the white space around them."""
    block = "\n        Inclusion:\n\n          -  adults &gt; 18\n      "
    study = study_of(f"{HEADER}<eligibility><criteria><textblock>{block}</textblock></criteria></eligibility>")
    assert study.protocol_section.eligibility_module.eligibility_criteria == block.replace("&gt;", ">")


def test_an_age_limit_that_does_not_apply_is_none() -> None:
    """API v2 leaves such a limit out."""
    eligibility = study_of(
        HEADER + "<eligibility><gender>Both</gender><minimum_age>6 Months</minimum_age><maximum_age>N/A</maximum_age>"
        "<healthy_volunteers>No</healthy_volunteers></eligibility>"
    ).protocol_section.eligibility_module
    assert (eligibility.minimum_age, eligibility.maximum_age) == ("6 Months", None)
    assert (eligibility.sex, eligibility.healthy_volunteers) == ("Both", "No")


def test_arms_name_their_interventions_as_api_v2_does() -> None:
    """The XML ties interventions to arms only from the intervention's side."""
    module = study_of(HEADER + ARMS).protocol_section.arms_interventions_module
    assert [arm.intervention_names for arm in module.arm_groups] == [
        ["Drug: Maplinib", "Procedure: Biopsy"],
        ["Procedure: Biopsy"],
    ]
    assert (module.arm_groups[0].type, module.arm_groups[0].description) == ("Experimental", "Maplinib daily")
    assert module.interventions[0].other_names == ["ML-7", "Mapl"]
    assert module.interventions[1].arm_group_labels == ["Arm A", "Arm B"]


def test_planned_outcomes_locations_and_mesh_terms_are_read() -> None:
    """The rest of the protocol arrives in its module."""
    study = study_of(
        HEADER
        + """<primary_outcome><measure>Response</measure><time_frame>week 8</time_frame></primary_outcome>
        <secondary_outcome><measure>Survival</measure><description>to death</description></secondary_outcome>
        <other_outcome><measure>Cost</measure></other_outcome>
        <condition>Sarcoma</condition><condition>Fibroma</condition><keyword>soft tissue</keyword>
        <location><facility><name>Elm Clinic</name><address><city>Ulm</city><country>Germany</country></address>
        </facility></location><condition_browse><mesh_term>Sarcoma</mesh_term></condition_browse>"""
    )
    protocol = study.protocol_section
    outcomes = protocol.outcomes_module
    assert (outcomes.primary_outcomes[0].measure, outcomes.primary_outcomes[0].time_frame) == ("Response", "week 8")
    assert outcomes.secondary_outcomes[0].description == "to death"
    assert outcomes.other_outcomes[0].measure == "Cost"
    assert protocol.conditions_module.conditions == ["Sarcoma", "Fibroma"]
    (location,) = protocol.contacts_locations_module.locations
    assert (location.facility, location.city, location.country) == ("Elm Clinic", "Ulm", "Germany")
    assert study.derived_section.condition_browse_module.meshes[0].term == "Sarcoma"


def test_posted_outcomes_keep_values_limits_and_comments() -> None:
    """A limit of "NA" and its comment are the registry's way to say that it was not reached."""
    study = study_of(HEADER + RESULTS)
    assert study.has_results
    assert study.results_section
    posted, unposted = study.results_section.outcome_measures_module.outcome_measures
    assert (posted.type, posted.unit_of_measure, posted.param_type, posted.reporting_status) == (
        "Primary",
        "percent",
        "Number",
        "Posted",
    )
    assert [(count.group_id, count.value) for count in posted.denoms[0].counts] == [("O1", "12")]
    (posted_class,) = posted.classes
    (category,) = posted_class.categories
    (measurement,) = category.measurements
    assert (posted_class.title, category.title) == ("Week 8", "Complete")
    assert (measurement.value, measurement.lower_limit, measurement.upper_limit) == ("25", "5.5", "NA")
    assert measurement.comment == "not reached"
    (analysis,) = posted.analyses
    assert analysis.group_ids == ["O1", "O2"]
    assert (analysis.p_value, analysis.param_value, analysis.ci_upper_limit) == ("<0.001", "0.7", "0.9")
    assert (unposted.reporting_status, unposted.classes) == ("Not Posted", [])
    (period,) = study.results_section.participant_flow_module.periods
    assert period.milestones[0].achievements[0].num_subjects == "12"


def test_in_older_files_the_number_of_participants_is_the_denominator() -> None:
    """Two measures, categories without classes: the shape of files before 2017."""
    measurements = '<measurement group_id="O1" value="{}"/><measurement group_id="O2" value="{}"/>'
    counts, women, men = (measurements.format(*pair) for pair in ((30, 31), (12, 13), (18, 18)))
    study = study_of(
        HEADER
        + f"""<clinical_results><outcome_list><outcome><title>Recovered</title><measure_list>
        <measure><title>Number of Participants</title><units>participants</units><category_list><category>
          <measurement_list>{counts}</measurement_list></category></category_list></measure>
        <measure><title>Recovered</title><units>patients</units><category_list>
          <category><sub_title>Women</sub_title><measurement_list>{women}</measurement_list></category>
          <category><sub_title>Men</sub_title><measurement_list>{men}</measurement_list></category>
        </category_list></measure></measure_list></outcome></outcome_list></clinical_results>"""
    )
    assert study.results_section
    (outcome,) = study.results_section.outcome_measures_module.outcome_measures
    assert [(count.group_id, count.value) for count in outcome.denoms[0].counts] == [("O1", "30"), ("O2", "31")]
    assert outcome.unit_of_measure == "patients"
    assert [(c.title, c.categories[0].measurements[1].value) for c in outcome.classes] == [
        ("Women", "13"),
        ("Men", "18"),
    ]


def test_totals_of_adverse_events_belong_to_the_group_and_are_no_events() -> None:
    """As in API v2; a term with its own vocabulary does not take the default."""
    study = study_of(HEADER + RESULTS)
    assert study.results_section
    module = study.results_section.adverse_events_module
    (group,) = module.event_groups
    assert (group.id, group.deaths_num_affected, group.deaths_num_at_risk) == ("E1", "1", "12")
    assert (group.serious_num_affected, group.serious_num_at_risk) == ("3", "11")
    assert (group.other_num_affected, module.frequency_threshold, module.other_events) == ("9", "5", [])
    angina, palpitations = module.serious_events
    assert (angina.term, angina.organ_system, angina.notes) == ("Angina", "Cardiac disorders", "after exercise")
    assert (angina.source_vocabulary, angina.assessment_type) == ("CTCAE 4", "Asked")
    assert (palpitations.source_vocabulary, palpitations.assessment_type) == ("MedDRA 20", "Systematic Assessment")
    assert angina.stats == [EventStats(group_id="E1", num_events="4", num_affected="2", num_at_risk="11")]


def test_every_origin_leads_to_the_text_that_the_study_has_there() -> None:
    """Evidence is shown from `source_texts`, so it must be the same words."""
    study = study_of(HEADER + ARMS + RESULTS + "<keyword>soft</keyword><keyword></keyword><keyword>hard</keyword>")
    assert study.origins
    assert study.source_texts
    assert study.origins["armsInterventionsModule.interventions[0].otherNames[1]"].field == ("clinical_study.intervention[0].other_name[1]")
    assert "outcomeMeasuresModule.outcomeMeasures[0].description" in study.origins
    for path, origin in study.origins.items():
        assert study.source_texts[origin.field] == text_at(study, path)


def test_rank_and_download_day_are_not_content() -> None:
    """The same version downloaded twice has one hash; another word makes another."""
    first = record_of(document(HEADER, rank=' rank="7"'))
    again = record_of(document(HEADER.replace("March 09", "April 11"), prolog="", rank=' rank="12"'))
    other = record_of(document(HEADER.replace("Maplinib", "Mapelinib")))
    assert first.content_sha256 == again.content_sha256 != other.content_sha256


def test_declared_entities_are_refused() -> None:
    """Neither a local file nor a bomb is expanded."""
    prolog = '<?xml version="1.0"?><!DOCTYPE clinical_study [<!ENTITY leak SYSTEM "file:///etc/hostname">]>'
    (reject,) = rejects_of(document(HEADER + "<acronym>&leak;</acronym>", prolog=prolog).encode())
    assert reject.reason is Reason.UNSAFE_XML
    (hidden,) = rejects_of(document(HEADER, prolog=prolog).encode("utf-16"))
    assert hidden.reason is Reason.UNSAFE_XML


def test_a_document_type_without_entities_does_no_harm() -> None:
    """Its address is never looked up."""
    prolog = '<!DOCTYPE clinical_study SYSTEM "http://registry.invalid/public.dtd">'
    assert record_of(document(HEADER, prolog=prolog)).title == "Maplinib in Sarcoma"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<clinical_study><brief_title>Cut sho", Reason.TRUNCATED),
        ("<clinical_study><brief_title>A</brief_summary></clinical_study>", Reason.INVALID_XML),
        ("<clinical_study><brief_title>a &nbsp; b</brief_title></clinical_study>", Reason.INVALID_XML),
        ("<clinical_study rank='1'></clinical_study>", Reason.EMPTY_RECORD),
        ("<clinical_study><lunch>soup</lunch></clinical_study>", Reason.NOT_A_TRIAL),
        ("<study><nct_id>NCT09990001</nct_id></study>", Reason.NOT_A_TRIAL),
    ],
)
def test_what_cannot_be_read_says_why(text: str, reason: Reason) -> None:
    """Each kind of damage has its own reason."""
    (reject,) = rejects_of(text.encode())
    assert reject.reason is reason
    assert reject.excerpt


def test_a_damaged_study_costs_only_itself() -> None:
    """Several studies in one file are counted on, whatever becomes of the one between."""
    data = document(HEADER, HEADER + "<acronym>", HEADER.replace("NCT0999", "NCT0998")).encode()
    first, damaged, last = ctgov_xml.read(data, first_index=5)
    assert isinstance(first, Record)
    assert isinstance(damaged, Reject)
    assert isinstance(last, Record)
    assert last.study
    assert (first.index, damaged.index, last.index) == (5, 6, 7)
    assert last.study.protocol_section.identification_module.nct_id == "NCT09980001"


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "utf-16", "utf-8-sig"])
def test_the_declared_encoding_is_used(encoding: str) -> None:
    """Latin-1 is declared by files that others converted."""
    declared = encoding.removesuffix("-sig")
    text = document(HEADER + "<acronym>Étoile</acronym>", prolog=f'<?xml version="1.0" encoding="{declared}"?>')
    data = text.encode(encoding)
    assert ctgov_xml.sniff(data)
    (record,) = ctgov_xml.read(data)
    assert isinstance(record, Record)
    assert record.study
    assert record.study.protocol_section.identification_module.acronym == "Étoile"


def test_a_wrong_declaration_does_not_lose_the_file() -> None:
    """Bytes that are not what the file declares are read as what they are."""
    text = document(HEADER + "<acronym>Étoile</acronym>", prolog='<?xml version="1.0" encoding="us-ascii"?>')
    (record,) = ctgov_xml.read(text.encode("utf-8"))
    assert isinstance(record, Record)
    assert record.study
    assert record.study.protocol_section.identification_module.acronym == "Étoile"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b'<?xml version="1.0"?>\n<!-- schema --><clinical_study rank="1">', True),
        (b"\n\n<!DOCTYPE clinical_study [\n<!ENTITY a 'b'>\n]>\n<clinical_study>", True),
        (b"<search_results><clinical_study>", True),
        (b"<html><body><clinical_study></body></html>", False),
        (b"<clinical_study_list/>", False),
        (b"<Trial><TrialID>NCT09990001</TrialID></Trial>", False),
        (b'{"text": "<clinical_study>"}', False),
        (b"The root element is <clinical_study>.", False),
        (b"", False),
    ],
)
def test_the_format_is_known_by_its_root(head: bytes, expected: bool) -> None:
    """Prose, HTML and JSON about the format are not the format."""
    assert ctgov_xml.sniff(head) is expected


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(lambda text: text.strip(" \t\r\n")))
def test_any_text_of_a_field_arrives_unchanged(text: str) -> None:
    """Escaping is undone exactly once."""
    try:
        study = study_of(f"{HEADER}<why_stopped>{escape(text)}</why_stopped>")
    except AssertionError:
        # U+FFFE and its like are characters that XML itself forbids.
        assert any(ord(character) & 0xFFFE == 0xFFFE for character in text)
        return
    assert study.protocol_section.status_module.why_stopped == text.strip(" \t\r\n")


@given(st.integers(min_value=0, max_value=len(HEADER + ARMS + RESULTS)))
def test_a_file_cut_anywhere_gives_one_reject(length: int) -> None:
    """However short it is, it is neither an error nor half a record."""
    (reject,) = rejects_of(("<clinical_study>" + (HEADER + ARMS + RESULTS)[:length]).encode())
    assert reject.reason is Reason.TRUNCATED


@given(st.binary(), st.sampled_from([b"", b"<clinical_study>", b"<?xml encoding='utf-7'?><clinical_study>"]))
def test_no_bytes_make_the_reader_fail(tail: bytes, start: bytes) -> None:
    """Rubbish is rejected or read, never raised on."""
    data = start + tail + (b"</clinical_study>" if start else b"")
    ctgov_xml.sniff(data)
    assert all(isinstance(found, Record | Reject) for found in ctgov_xml.read(data))
