"""The two shapes in the middle: a `Study` (a registry record) and an `Article` (a text that may report a trial).

Every reader in `pipelines/sources/` produces these; every extractor in `pipelines/extract/` reads nothing else. A `Study` has the
structure and names of the ClinicalTrials.gov API v2 (only the parts in use; camelCase in JSON, snake_case here).
Strings are the source's own words, **before** any repair; extractors call `pipelines.text.repair`.
What does not belong here: parsing of any format, normalisation, table rows.
"""

from typing import Literal

import msgspec

Count = int | float | str | None
"""A posted count or number: the registry writes 12, "12", "1,234" or "NA"; `pipelines.text.numbers` reads it."""


class Shape(msgspec.Struct, rename="camel", omit_defaults=True, gc=False, kw_only=True):
    """Base of all shapes: camelCase outside, defaults left out, unknown members of the source ignored."""


class IdInfo(Shape):
    id: str | None = None
    type: str | None = None
    domain: str | None = None


class Organization(Shape):
    full_name: str | None = None
    class_: str | None = msgspec.field(name="class", default=None)


class IdentificationModule(Shape):
    nct_id: str | None = None
    """Id of the record in its register: an NCT id, or the id of the register that `Study.registry` names."""
    nct_id_aliases: list[str] = []
    org_study_id_info: IdInfo | None = None
    secondary_id_infos: list[IdInfo] = []
    brief_title: str | None = None
    official_title: str | None = None
    acronym: str | None = None
    organization: Organization | None = None


class DateStruct(Shape):
    date: str | None = None
    type: str | None = None


class StatusModule(Shape):
    overall_status: str | None = None
    last_known_status: str | None = None
    why_stopped: str | None = None
    start_date_struct: DateStruct | None = None
    primary_completion_date_struct: DateStruct | None = None
    completion_date_struct: DateStruct | None = None
    study_first_post_date_struct: DateStruct | None = None
    results_first_post_date_struct: DateStruct | None = None
    last_update_post_date_struct: DateStruct | None = None
    last_update_submit_date: str | None = None


class Sponsor(Shape):
    name: str | None = None
    class_: str | None = msgspec.field(name="class", default=None)


class SponsorCollaboratorsModule(Shape):
    lead_sponsor: Sponsor | None = None
    collaborators: list[Sponsor] = []


class DescriptionModule(Shape):
    brief_summary: str | None = None
    detailed_description: str | None = None


class ConditionsModule(Shape):
    conditions: list[str] = []
    keywords: list[str] = []


class MaskingInfo(Shape):
    masking: str | None = None
    who_masked: list[str] = []


class DesignInfo(Shape):
    allocation: str | None = None
    intervention_model: str | None = None
    intervention_model_description: str | None = None
    observational_model: str | None = None
    time_perspective: str | None = None
    primary_purpose: str | None = None
    masking_info: MaskingInfo | None = None


class EnrollmentInfo(Shape):
    count: Count = None
    type: str | None = None


class DesignModule(Shape):
    study_type: str | None = None
    phases: list[str] = []
    design_info: DesignInfo | None = None
    enrollment_info: EnrollmentInfo | None = None
    number_of_arms: Count = None
    """Not in API v2 (there it is the number of arm groups); legacy XML and AACT state it."""


class ArmGroup(Shape):
    label: str | None = None
    type: str | None = None
    description: str | None = None
    intervention_names: list[str] = []
    """As in API v2: "Drug: Pembrolizumab" (type in words, colon, name)."""


class Intervention(Shape):
    type: str | None = None
    name: str | None = None
    description: str | None = None
    arm_group_labels: list[str] = []
    other_names: list[str] = []


class ArmsInterventionsModule(Shape):
    arm_groups: list[ArmGroup] = []
    interventions: list[Intervention] = []


class Outcome(Shape):
    measure: str | None = None
    description: str | None = None
    time_frame: str | None = None


class OutcomesModule(Shape):
    primary_outcomes: list[Outcome] = []
    secondary_outcomes: list[Outcome] = []
    other_outcomes: list[Outcome] = []


class EligibilityModule(Shape):
    eligibility_criteria: str | None = None
    healthy_volunteers: bool | str | None = None
    sex: str | None = None
    minimum_age: str | None = None
    maximum_age: str | None = None


class Location(Shape):
    facility: str | None = None
    city: str | None = None
    country: str | None = None


class ContactsLocationsModule(Shape):
    locations: list[Location] = []


class ProtocolSection(Shape):
    identification_module: IdentificationModule = msgspec.field(default_factory=IdentificationModule)
    status_module: StatusModule = msgspec.field(default_factory=StatusModule)
    sponsor_collaborators_module: SponsorCollaboratorsModule = msgspec.field(default_factory=SponsorCollaboratorsModule)
    description_module: DescriptionModule = msgspec.field(default_factory=DescriptionModule)
    conditions_module: ConditionsModule = msgspec.field(default_factory=ConditionsModule)
    design_module: DesignModule = msgspec.field(default_factory=DesignModule)
    arms_interventions_module: ArmsInterventionsModule = msgspec.field(default_factory=ArmsInterventionsModule)
    outcomes_module: OutcomesModule = msgspec.field(default_factory=OutcomesModule)
    eligibility_module: EligibilityModule = msgspec.field(default_factory=EligibilityModule)
    contacts_locations_module: ContactsLocationsModule = msgspec.field(default_factory=ContactsLocationsModule)


class ResultGroup(Shape):
    id: str | None = None
    title: str | None = None
    description: str | None = None


class DenomCount(Shape):
    group_id: str | None = None
    value: Count = None


class Denom(Shape):
    units: str | None = None
    counts: list[DenomCount] = []


class Measurement(Shape):
    group_id: str | None = None
    value: Count = None
    spread: Count = None
    lower_limit: Count = None
    upper_limit: Count = None
    comment: str | None = None


class Category(Shape):
    title: str | None = None
    measurements: list[Measurement] = []


class MeasureClass(Shape):
    title: str | None = None
    denoms: list[Denom] = []
    categories: list[Category] = []


class Analysis(Shape):
    group_ids: list[str] = []
    group_description: str | None = None
    param_type: str | None = None
    param_value: Count = None
    p_value: Count = None
    p_value_comment: str | None = None
    ci_pct_value: Count = None
    ci_num_sides: str | None = None
    ci_lower_limit: Count = None
    ci_upper_limit: Count = None
    dispersion_type: str | None = None
    dispersion_value: Count = None
    statistical_method: str | None = None
    estimate_comment: str | None = None


class OutcomeMeasure(Shape):
    type: str | None = None
    title: str | None = None
    description: str | None = None
    population_description: str | None = None
    reporting_status: str | None = None
    param_type: str | None = None
    dispersion_type: str | None = None
    unit_of_measure: str | None = None
    time_frame: str | None = None
    denom_units_selected: str | None = None
    groups: list[ResultGroup] = []
    denoms: list[Denom] = []
    classes: list[MeasureClass] = []
    analyses: list[Analysis] = []


class OutcomeMeasuresModule(Shape):
    outcome_measures: list[OutcomeMeasure] = []


class EventGroup(Shape):
    id: str | None = None
    title: str | None = None
    description: str | None = None
    deaths_num_affected: Count = None
    deaths_num_at_risk: Count = None
    serious_num_affected: Count = None
    serious_num_at_risk: Count = None
    other_num_affected: Count = None
    other_num_at_risk: Count = None
    all_num_affected: Count = None
    all_num_at_risk: Count = None
    """Any event, where the source does not part serious ones from others."""


class EventStats(Shape):
    group_id: str | None = None
    num_events: Count = None
    num_affected: Count = None
    num_at_risk: Count = None
    percent: Count = None
    """As printed, where the source prints one."""


class AdverseEvent(Shape):
    term: str | None = None
    organ_system: str | None = None
    source_vocabulary: str | None = None
    assessment_type: str | None = None
    notes: str | None = None
    stats: list[EventStats] = []


class AdverseEventsModule(Shape):
    frequency_threshold: Count = None
    time_frame: str | None = None
    description: str | None = None
    event_groups: list[EventGroup] = []
    serious_events: list[AdverseEvent] = []
    other_events: list[AdverseEvent] = []
    events: list[AdverseEvent] = []
    """Events of which the source does not say whether they are serious."""


class Achievement(Shape):
    group_id: str | None = None
    num_subjects: Count = None


class Milestone(Shape):
    type: str | None = None
    achievements: list[Achievement] = []


class Period(Shape):
    title: str | None = None
    milestones: list[Milestone] = []


class ParticipantFlowModule(Shape):
    groups: list[ResultGroup] = []
    periods: list[Period] = []


class ResultsSection(Shape):
    participant_flow_module: ParticipantFlowModule = msgspec.field(default_factory=ParticipantFlowModule)
    outcome_measures_module: OutcomeMeasuresModule = msgspec.field(default_factory=OutcomeMeasuresModule)
    adverse_events_module: AdverseEventsModule = msgspec.field(default_factory=AdverseEventsModule)


class MeshTerm(Shape):
    id: str | None = None
    term: str | None = None


class BrowseModule(Shape):
    meshes: list[MeshTerm] = []
    ancestors: list[MeshTerm] = []


class MiscInfoModule(Shape):
    version_holder: str | None = None
    """The day on which the registry produced the record; breaks ties between downloads of one version."""


class DerivedSection(Shape):
    misc_info_module: MiscInfoModule = msgspec.field(default_factory=MiscInfoModule)
    condition_browse_module: BrowseModule = msgspec.field(default_factory=BrowseModule)
    intervention_browse_module: BrowseModule = msgspec.field(default_factory=BrowseModule)


class Origin(msgspec.Struct, array_like=True, gc=False):
    """Where a text of a `Study` stood: `source_texts[field][start:end]`, in code points; the whole of it when both are None."""

    field: str
    start: int | None = None
    end: int | None = None


class Study(Shape):
    """One registry record.

    `origins` maps the path of a text in this structure (`outcomesModule.primaryOutcomes[0].measure`, module names without the
    section before them) to its place in the source, and `source_texts` holds the source's text of each field named there (a CSV
    cell, an XML element), decoded, before any repair. A path that is not in `origins` is its own place: the field of that
    name, whole. API v2 JSON needs neither.

    `carried` names the tables, and `trials.<column>` the trial columns, that this record's format (with this file's columns) is able to
    state; None means all of them. What is not carried may be filled from another format of the same version.
    """

    protocol_section: ProtocolSection = msgspec.field(default_factory=ProtocolSection)
    results_section: ResultsSection | None = None
    derived_section: DerivedSection = msgspec.field(default_factory=DerivedSection)
    has_results: bool | None = None
    registry: str | None = None
    """The register that holds the record, when not ClinicalTrials.gov."""
    origins: dict[str, Origin] | None = None
    source_texts: dict[str, str] | None = None
    carried: list[str] | None = None

    def origin(self, path: str) -> Origin:
        """Place of the text at `path` in the source."""
        found = self.origins.get(path) if self.origins else None
        return found or Origin(path)


class Paragraph(msgspec.Struct, array_like=True, gc=False):
    """A stretch of an article's text: `text[start:end]`, in code points of the decoded file."""

    kind: Literal["title", "heading", "paragraph", "list_item", "table_row", "metadata"]
    start: int
    end: int


class Article(Shape):
    """One text document. `text` is the decoded file (or the record's text), unchanged; `paragraphs` say what of it is prose."""

    text: str
    title: str | None = None
    paragraphs: list[Paragraph] = []
    metadata: dict[str, str] = {}
    """Front matter or page metadata as found: url, date, authors, doi, pmid."""
