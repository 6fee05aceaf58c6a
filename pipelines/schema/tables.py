"""Every table of the warehouse, declared once.

Arrow schemas, DuckDB DDL with comments, the Columns tab in the UI, shape checks and the data dictionary are rendered from here by
the sibling modules. Nothing that computes a row belongs here.
"""

from pipelines.schema import vocabularies as v
from pipelines.schema.columns import Column, ForeignKey, Table, Type

TEXT, COUNT, NUMBER, FLAG = Type.TEXT, Type.COUNT, Type.NUMBER, Type.FLAG
DATE, TIMESTAMP, TEXTS, COUNTS, IDS = Type.DATE, Type.TIMESTAMP, Type.TEXTS, Type.COUNTS, Type.IDS


def _required(name: str, type_: Type, description: str, vocabulary: v.Vocabulary | None = None) -> Column:
    return Column(name, type_, description, required=True, vocabulary=vocabulary)


def _coded(name: str, description: str, vocabulary: v.Vocabulary) -> tuple[Column, Column]:
    """A column of a closed list, and beside it the source's own words."""
    return (
        Column(name, TEXT, description, vocabulary=vocabulary),
        Column(f"{name}_raw", TEXT, f"The source's own words for `{name}`; where `{name}` is NULL they match no known value."),
    )


def _partial_date(name: str, description: str) -> tuple[Column, Column]:
    return (
        Column(f"{name}_date", DATE, f"{description}; the first day of the stated period."),
        Column(f"{name}_date_precision", TEXT, f"How exactly `{name}_date` is stated.", vocabulary=v.PRECISION),
    )


TRIAL_ID = _required("trial_id", TEXT, "The trial: NCT id, else another register's id, else `x-` and a hash.")
_TRIAL_KEY = ForeignKey(("trial_id",), "trials", ("trial_id",))
_DOCUMENT_KEY = ForeignKey(("document_id",), "documents", ("document_id",))
_ARM_KEY = ForeignKey(("arm_id",), "arms", ("arm_id",))

EVIDENCE = (
    _required("document_id", TEXT, "Main evidence: the document that the row was made from."),
    _required("field", TEXT, "Main evidence: dotted path into the record, or `text` for an article."),
    Column("start_char", COUNT, "First character of the evidence in `document_texts.text`, from 0; NULL: the whole field.", minimum=0),
    Column("end_char", COUNT, "End of the evidence, exclusive; NULL: the whole field.", minimum=0),
    _required("method", TEXT, "Read from a structured field, or from prose.", v.EVIDENCE_METHOD),
    _required("rule", TEXT, "Name of the mapping or grammar rule that made the row."),
    Column("flags", TEXTS, "What a reader should know of the row: `source_error`, `percent_disagrees`, …; empty when nothing."),
)

RAW_FILES = Table(
    "raw_files",
    grain="one row per file in the raw folder",
    description="Every file that lies in the raw folder, what it was recognised as, and how many records it gave.",
    group="sources",
    primary_key=("source_path",),
    columns=(
        _required("source_path", TEXT, "Path below the raw folder, with `/`."),
        _required("bytes", COUNT, "Size on disk."),
        Column("sha256", TEXT, "Digest of the file's bytes; NULL when it cannot be read."),
        Column("source_format", TEXT, "Format found by looking at the bytes.", vocabulary=v.SOURCE_FORMAT),
        _required("n_records", COUNT, "Rows in `documents` that come from it."),
        _required("status", TEXT, "What became of the file.", v.FILE_STATUS),
        Column("modified_at", TIMESTAMP, "When the file was last changed (UTC)."),
    ),
)

DOCUMENTS = Table(
    "documents",
    grain="one row per record found in a raw file",
    description="Every record that any file held, exactly once, with what became of it.",
    caveat="`superseded` and `duplicate` documents fill no table; `trial_documents` still says which trial they speak of.",
    group="deduplication",
    primary_key=("document_id",),
    foreign_keys=(ForeignKey(("duplicate_of",), "documents", ("document_id",)),),
    columns=(
        _required("document_id", TEXT, "Hash of (`source_path`, `record_index`)."),
        _required("source_path", TEXT, "File, or `archive.zip!/member`, below the raw folder."),
        _required("record_index", COUNT, "Number of the record in its file, from 0."),
        Column("source_format", TEXT, "Format of the record.", vocabulary=v.SOURCE_FORMAT),
        Column("encoding", TEXT, "Encoding that the text was decoded from."),
        Column("language", TEXT, "Language: `en`, `zh-Hans`, `zh-Hant`, …"),
        Column("title", TEXT, "Title of the record."),
        Column("content_sha256", TEXT, "Digest of the record's content, whatever container it came in."),
        Column("n_chars", COUNT, "Length of the record's text in code points.", minimum=0),
        Column("repairs", TEXTS, "Repairs made to its text: `mojibake`, `markdown_escape`, `html`, `layout`, `encoding`, …"),
        _required("status", TEXT, "What became of the record.", v.DOCUMENT_STATUS),
        Column("duplicate_of", TEXT, "The document that is kept instead."),
        Column("match_kind", TEXT, "In what way it repeats the other.", vocabulary=v.MATCH_KIND),
        Column("match_rule", TEXT, "By which rule that was found.", vocabulary=v.MATCH_RULE),
        Column(
            "similarity",
            NUMBER,
            "How similar the two are: the share of three-token sequences in common, for a contained text the share of its own.",
            minimum=0,
            maximum=1,
        ),
        Column("repeated_chars", COUNT, "Characters of it that are kept elsewhere.", minimum=0),
        Column("version_date", DATE, "Date of this version of a registry record (last update posted)."),
    ),
)

DOCUMENT_TEXTS = Table(
    "document_texts",
    grain="one row per document and text field",
    description="The texts that evidence points into, as published: decoded, before any repair.",
    group="provenance",
    primary_key=("document_id", "field"),
    foreign_keys=(_DOCUMENT_KEY,),
    columns=(
        _required("document_id", TEXT, "The document."),
        _required("field", TEXT, "Dotted path into the record; `text` for an article."),
        _required("text", TEXT, "The text. `text[start_char + 1 : end_char]` is the evidence."),
    ),
)

EVIDENCE_TABLE = Table(
    "evidence",
    grain="one row per row of a fact table and place that speaks for it, where there is more than one",
    description="All places that speak for a row: the dose here, its schedule there; two documents that say the same.",
    group="provenance",
    primary_key=("table_name", "row_id", "ordinal"),
    foreign_keys=(_DOCUMENT_KEY,),
    columns=(
        _required("table_name", TEXT, "Table of the row."),
        _required("row_id", TEXT, "Primary key of the row."),
        _required("ordinal", COUNT, "Number of the place, from 1."),
        _required("document_id", TEXT, "The document."),
        _required("field", TEXT, "Dotted path into the record; `text` for an article."),
        Column("start_char", COUNT, "First character, from 0; NULL: the whole field.", minimum=0),
        Column("end_char", COUNT, "End, exclusive; NULL: the whole field.", minimum=0),
        _required("role", TEXT, "What the place says: `drug`, `dose`, `route`, `schedule`, `value`, `group`, `term`, `whole`, …"),
        _required("rule", TEXT, "Name of the mapping or grammar rule."),
    ),
)

REPEATED_BLOCKS = Table(
    "repeated_blocks",
    grain="one row per stretch of text that is kept elsewhere",
    description="Stretches of kept documents that repeat within a document or across documents, and the place that is kept.",
    caveat="Repeats are recorded always and cut only from articles: see `is_cut` and `reason`. Of several records of one trial the best "
    "speaks for all.",
    group="deduplication",
    primary_key=("document_id", "block_index"),
    foreign_keys=(_DOCUMENT_KEY, ForeignKey(("kept_document_id",), "documents", ("document_id",))),
    columns=(
        _required("document_id", TEXT, "The document that repeats."),
        _required("block_index", COUNT, "Number of the stretch in its document, from 0."),
        _required("field", TEXT, "Dotted path into the record; `text` for an article."),
        _required(
            "start_char",
            COUNT,
            "First character in `document_texts.text`, from 0.",
        ),
        _required("end_char", COUNT, "End, exclusive."),
        _required("kept_document_id", TEXT, "The document in which the text is kept."),
        _required("kept_field", TEXT, "The field of it."),
        _required("kept_start_char", COUNT, "First character of the kept place."),
        _required("kept_end_char", COUNT, "End of the kept place, exclusive."),
        _required("n_chars", COUNT, "Length of the stretch."),
        _required("kind", TEXT, "Where it repeats.", v.BLOCK_KIND),
        _required("is_cut", FLAG, "Whether extraction leaves it out."),
        _required("reason", TEXT, "Why it is cut, or why not.", v.BLOCK_REASON),
    ),
)

LOOKALIKES = Table(
    "lookalikes",
    grain="one row per pair of kept documents that look like copies and are none",
    description="Reports and records with nearly the same text, and what tells them apart: siblings, follow-ups, filled-in templates.",
    group="deduplication",
    primary_key=("document_id", "other_document_id"),
    foreign_keys=(_DOCUMENT_KEY, ForeignKey(("other_document_id",), "documents", ("document_id",))),
    columns=(
        _required("document_id", TEXT, "One of the two; its id is the lower."),
        _required("other_document_id", TEXT, "The other."),
        _required("reason", TEXT, "What tells them apart.", v.LOOKALIKE_REASON),
        Column("similarity", NUMBER, "How similar they are, as in `documents`.", minimum=0, maximum=1),
    ),
)

QUARANTINE = Table(
    "quarantine",
    grain="one row per thing that could not be read, or row that a check stopped",
    description="What stayed outside and why, with the first words of it, so that a person can act.",
    group="provenance",
    primary_key=("source_path", "record_index", "stage", "ordinal"),
    columns=(
        _required("source_path", TEXT, "File, or `archive.zip!/member`, below the raw folder."),
        _required("record_index", COUNT, "Number of the record in its file, from 0; -1 for the file as a whole."),
        _required("ordinal", COUNT, "Number among the entries of that record, from 0."),
        Column("document_id", TEXT, "The document, where there is one."),
        _required("stage", TEXT, "Where it failed.", v.STAGE),
        _required("reason", TEXT, "Why, as a stable code."),
        _required("reason_text", TEXT, "Why, as a sentence."),
        Column("detail", TEXT, "What exactly was wrong."),
        Column("excerpt", TEXT, "Its first words, at most 200 characters."),
        Column("table_name", TEXT, "For a row stopped by a check: its table."),
        Column("check_name", TEXT, "For a row stopped by a check: the check."),
        Column("row_json", TEXT, "For a row stopped by a check: the row."),
        _required("entry", TEXT, "Name of the entry for decisions: the same in every refresh, as long as what it holds is the same."),
        _required("is_dismissed", FLAG, "A person has looked at it and left it."),
    ),
)

TRIALS = Table(
    "trials",
    grain="one row per trial",
    description="What a trial is: titles, design, size, dates, sponsor, eligibility.",
    source="The newest version of the trial's registration; another format of it fills only what that format cannot carry.",
    caveat="NULL means that the source does not say. A date is the first day of the stated period: see its precision.",
    group="trials",
    primary_key=("trial_id",),
    columns=(
        TRIAL_ID,
        _required("registry", TEXT, "Register of the record: `ClinicalTrials.gov`, …, or `none` for a text without an id."),
        Column("nct_id", TEXT, "NCT id."),
        Column("other_ids", TEXTS, "Other ids: sponsor's, other registers', former NCT ids."),
        Column("acronym", TEXT, "Acronym."),
        Column("brief_title", TEXT, "Brief title."),
        Column("official_title", TEXT, "Official title."),
        Column("brief_summary", TEXT, "Brief summary."),
        Column("detailed_description", TEXT, "Detailed description."),
        *_coded("study_type", "Interventional, observational or expanded access.", v.STUDY_TYPE),
        *_coded("phase", "Phase.", v.PHASE),
        *_coded("allocation", "How participants are assigned.", v.ALLOCATION),
        *_coded("intervention_model", "How groups receive interventions.", v.INTERVENTION_MODEL),
        *_coded("masking", "Who does not know the assignment.", v.MASKING),
        *_coded("primary_purpose", "What the trial is for.", v.PRIMARY_PURPOSE),
        *_coded("overall_status", "Recruitment status.", v.OVERALL_STATUS),
        Column("why_stopped", TEXT, "Why it was stopped, in the source's words."),
        Column("enrollment", COUNT, "Participants, planned or counted.", minimum=0),
        *_coded("enrollment_type", "Whether enrolment is planned or counted.", v.ENROLLMENT_TYPE),
        Column("n_arms", COUNT, "Arms or groups.", minimum=0),
        Column("is_single_arm", FLAG, "One arm only."),
        Column("is_randomized", FLAG, "Participants are randomised."),
        Column("is_open_label", FLAG, "Nobody is masked."),
        Column("n_sites", COUNT, "Locations listed.", minimum=0),
        Column("is_multicenter", FLAG, "More than one location listed."),
        Column("countries", TEXTS, "Countries of the locations, in order of first mention."),
        *_coded("sex", "Sexes eligible.", v.SEX),
        Column("minimum_age_years", NUMBER, "Youngest age eligible.", minimum=0, maximum=130),
        Column("maximum_age_years", NUMBER, "Oldest age eligible.", minimum=0, maximum=1000),
        Column("eligibility_criteria", TEXT, "Eligibility criteria."),
        *_partial_date("start", "Start"),
        *_partial_date("primary_completion", "Primary completion"),
        *_partial_date("completion", "Completion"),
        Column("first_posted_date", DATE, "First posted on the register."),
        Column("last_update_date", DATE, "Last update posted on the register."),
        Column("has_results", FLAG, "Results are posted."),
        Column("lead_sponsor", TEXT, "Lead sponsor."),
        *_coded("sponsor_class", "Kind of lead sponsor.", v.SPONSOR_CLASS),
        Column("dose_escalation_design", TEXT, "Design of a dose escalation, where named.", vocabulary=v.DOSE_ESCALATION_DESIGN),
        Column("is_oncology", FLAG, "A condition is a neoplasm; NULL where nothing tells."),
        Column("language", TEXT, "Language of the record."),
    ),
)

TRIAL_DOCUMENTS = Table(
    "trial_documents",
    grain="one row per trial and document that speaks of it",
    description="Which documents speak of which trial, and how that is known; superseded and duplicate documents too.",
    group="trials",
    primary_key=("trial_id", "document_id"),
    foreign_keys=(_TRIAL_KEY, _DOCUMENT_KEY),
    columns=(
        TRIAL_ID,
        _required("document_id", TEXT, "The document."),
        _required("match_method", TEXT, "How the document was tied to the trial.", v.MATCH_METHOD),
        Column("score", NUMBER, "How certain the tie is.", minimum=0, maximum=1),
        _required("role", TEXT, "What the document is for the trial.", v.DOCUMENT_ROLE),
    ),
)

CONDITIONS = Table(
    "conditions",
    grain="one row per trial and condition",
    description="Conditions studied, as listed by the source.",
    group="trials",
    primary_key=("trial_id", "ordinal"),
    foreign_keys=(_TRIAL_KEY,),
    columns=(
        TRIAL_ID,
        _required("ordinal", COUNT, "Place in the source's list, from 1."),
        _required("condition_raw", TEXT, "The source's words."),
        Column("condition", TEXT, "MeSH term, where the condition is one; lower case."),
        Column("mesh_id", TEXT, "MeSH id, where the condition is a MeSH term."),
        Column("cancer_type", TEXT, "Tumour type."),
        Column("stage_setting", TEXT, "Stage or line of treatment."),
    ),
)

ARMS = Table(
    "arms",
    grain="one row per arm or group of a trial",
    description="Arms as registered.",
    group="trials",
    primary_key=("arm_id",),
    foreign_keys=(_TRIAL_KEY,),
    columns=(
        _required("arm_id", TEXT, "Trial id and the arm's place."),
        TRIAL_ID,
        _required("ordinal", COUNT, "Place in the source's list, from 1."),
        Column("label", TEXT, "Label."),
        *_coded("arm_type", "Kind of arm.", v.ARM_TYPE),
        Column("description", TEXT, "Description."),
        Column("n_participants", COUNT, "Participants who started in it, where posted results say so.", minimum=0),
    ),
)

REGIMENS = Table(
    "regimens",
    grain="one row per trial, arm, component, dose level and schedule",
    description="What the trial gives its participants: drugs, biologicals, cells, vaccines, radiation, supplements, placebo.",
    source="Arm and intervention lists of registry records, the prose of their arms, interventions and descriptions, and articles.",
    caveat="Procedures, devices, assessments and questionnaires make no regimen. A row made from prose (`method` is `text`) replaces the "
    "bare structured row of the same treatment and arm; docs/regimens.md says how often prose is read rightly.",
    group="regimens",
    primary_key=("regimen_id",),
    foreign_keys=(_TRIAL_KEY, _ARM_KEY, _DOCUMENT_KEY),
    columns=(
        _required("regimen_id", TEXT, "Trial id, intervention and arm."),
        TRIAL_ID,
        Column("arm_id", TEXT, "The arm; NULL where the source ties the component to none."),
        _required("ordinal", COUNT, "Place among the trial's rows, from 1."),
        Column("intervention_raw", TEXT, "The source's words for the component."),
        *_coded("intervention_type", "Kind of intervention.", v.INTERVENTION_TYPE),
        Column("drug_name", TEXT, "INN in lower case; `radiotherapy` for any radiation; `placebo`."),
        Column("drug_ids", IDS, "Ids of the drug by vocabulary."),
        Column("component_role", TEXT, "What the component is in its arm.", vocabulary=v.COMPONENT_ROLE),
        Column("is_optional", FLAG, "May be given or not."),
        Column("alternative_group", COUNT, "Components that replace one another share a number."),
        Column("dose_raw", TEXT, "The source's words for the dose."),
        Column("dose_low", NUMBER, "Lowest dose.", minimum=0),
        Column("dose_high", NUMBER, "Highest dose; equal to `dose_low` for a single value.", minimum=0),
        Column("dose_unit", TEXT, "UCUM unit of the dose."),
        Column("dose_level", COUNT, "Escalation level, from 1.", minimum=1),
        Column("n_fractions", COUNT, "Fractions of radiotherapy.", minimum=1),
        Column("route", TEXT, "Route of administration.", vocabulary=v.ROUTE),
        Column("route_raw", TEXT, "The source's words for the route."),
        Column("schedule_raw", TEXT, "The source's words for the schedule."),
        Column("frequency", TEXT, "Frequency code.", vocabulary=v.FREQUENCY),
        Column("interval_days", NUMBER, "Days between administrations.", minimum=0),
        Column("cycle_days", COUNTS, "Days of the cycle on which it is given."),
        Column("cycle_length_days", NUMBER, "Length of a cycle.", minimum=0),
        Column("n_cycles", COUNT, "Most cycles given.", minimum=0),
        Column("duration_days", NUMBER, "Duration of treatment.", minimum=0),
        Column("until_raw", TEXT, "The source's words for when treatment ends."),
        Column("care_phase", TEXT, "Phase of care.", vocabulary=v.CARE_PHASE),
        _required("is_fully_specified", FLAG, "Drug, dose, unit, route and schedule are all known."),
        *EVIDENCE,
    ),
)

ENDPOINTS = Table(
    "endpoints",
    grain="one row per planned outcome measure of a trial",
    description="Primary, secondary and other outcome measures as registered.",
    source="Outcome lists of registry records; cells of exports are split into their parts by a trained model.",
    group="endpoints",
    primary_key=("endpoint_id",),
    foreign_keys=(_TRIAL_KEY, _DOCUMENT_KEY),
    columns=(
        _required("endpoint_id", TEXT, "Trial id, role and place."),
        TRIAL_ID,
        _required("role", TEXT, "Primary, secondary or other.", v.ENDPOINT_ROLE),
        _required("ordinal", COUNT, "Place in the list of its role, from 1."),
        Column("measure", TEXT, "What is measured."),
        Column("description", TEXT, "How it is measured."),
        Column("time_frame_raw", TEXT, "When it is measured, in the source's words."),
        Column("concept", TEXT, "`OS`, `PFS`, `ORR`, `AE`, …; NULL where none fits."),
        Column("endpoint_class", TEXT, "Kind of endpoint.", vocabulary=v.ENDPOINT_CLASS),
        Column(
            "criteria",
            TEXTS,
            "Criteria, scales and questionnaires named: `RECIST 1.1`, `CTCAE 5.0`, `EORTC QLQ-C30`, …",
        ),
        Column("time_frame_kind", TEXT, "Form of the time frame.", vocabulary=v.TIME_FRAME_KIND),
        Column("time_frame_days", NUMBER, "The horizon: the latest time named.", minimum=0),
        Column("time_frame_every_days", NUMBER, "Days between repetitions; of several intervals the first.", minimum=0),
        Column("time_frame_iso", TEXT, "ISO 8601 duration of the horizon, in the source's own unit."),
        Column("time_anchor", TEXT, "What the horizon counts from.", vocabulary=v.TIME_ANCHOR),
        Column("no_horizon_reason", TEXT, "Why a stated time frame has no `time_frame_days`.", vocabulary=v.NO_HORIZON),
        *EVIDENCE,
    ),
)

ENDPOINT_RESULTS = Table(
    "endpoint_results",
    grain="one row per reported value",
    description="Posted measurements per group, class and category, and statistical analyses between groups.",
    source="Results sections of registry records.",
    caveat="Values that are no plain number keep `value_raw` with `value` NULL; percent and proportion are told apart by `unit`.",
    group="endpoints",
    primary_key=("result_id",),
    foreign_keys=(_TRIAL_KEY, _ARM_KEY, _DOCUMENT_KEY, ForeignKey(("endpoint_id",), "endpoints", ("endpoint_id",))),
    columns=(
        _required("result_id", TEXT, "Trial id and the value's place."),
        TRIAL_ID,
        Column("endpoint_id", TEXT, "The planned endpoint; NULL where none has the same measure."),
        Column("concept", TEXT, "`OS`, `PFS`, `ORR`, …"),
        Column("role", TEXT, "Role of the posted outcome.", vocabulary=v.ENDPOINT_ROLE),
        Column("measure_raw", TEXT, "Title of the outcome as posted."),
        Column("time_frame_raw", TEXT, "Time frame as posted."),
        Column("arm_id", TEXT, "The registered arm; NULL where the group's title is no arm's label."),
        Column("group_id", TEXT, "The group's id in the source; for an analysis the ids compared."),
        Column("group_raw", TEXT, "The group's title; for an analysis the titles compared, joined by ` vs `."),
        Column("class_raw", TEXT, "Class (row heading) as posted."),
        Column("category_raw", TEXT, "Category as posted."),
        Column("subgroup_raw", TEXT, "Subgroup."),
        Column("grade_min", COUNT, "Lowest grade, where the value counts adverse events of a grade.", minimum=1, maximum=5),
        Column("grade_max", COUNT, "Highest grade, where the value counts adverse events of a grade.", minimum=1, maximum=5),
        *_coded("statistic", "What the value is.", v.STATISTIC),
        Column("value_raw", TEXT, "The value as posted or written."),
        Column("value", NUMBER, "The value."),
        Column("unit", TEXT, "`mo`, `wk`, `d`, `a`, `%`, or the source's own words."),
        Column("unit_raw", TEXT, "The unit as posted."),
        Column("is_not_reached", FLAG, "The source says that the value was not reached."),
        Column("landmark_months", NUMBER, "Landmark of a rate: 24 for a 2-year rate.", minimum=0),
        Column("ci_level_pct", NUMBER, "Level of the confidence interval.", minimum=0, maximum=100),
        Column("ci_low", NUMBER, "Lower limit of the confidence interval."),
        Column("ci_high", NUMBER, "Upper limit of the confidence interval."),
        Column("ci_high_not_reached", FLAG, "The upper limit is stated as not available."),
        Column("dispersion_type", TEXT, "Kind of dispersion as posted: `Standard Deviation`, `Full Range`, …"),
        Column("dispersion", NUMBER, "Dispersion where it is one number."),
        Column("dispersion_low", NUMBER, "Lower end where the dispersion is a range."),
        Column("dispersion_high", NUMBER, "Upper end where the dispersion is a range."),
        Column("n_events", COUNT, "Participants counted by the value.", minimum=0),
        Column("n_total", COUNT, "Participants analysed.", minimum=0),
        Column("p_value", NUMBER, "p value.", minimum=0, maximum=1),
        Column("p_operator", TEXT, "How the p value is stated.", vocabulary=v.P_OPERATOR),
        Column("analysis_method", TEXT, "Statistical method as posted."),
        Column("analysis_population", TEXT, "Population analysed, in the source's words."),
        Column("comment_raw", TEXT, "The source's comment on the value."),
        Column("data_cutoff_date", DATE, "Data cut-off."),
        *EVIDENCE,
    ),
)

SAFETY = Table(
    "safety",
    grain="one row per trial, group, term, grade band and attribution",
    description="Adverse events per group with counts and numbers at risk, totals and deaths, and what the protocol will look for.",
    source="Adverse-event sections of registry records; planned outcomes on safety (`rule` starts with `planned_`: nothing is counted).",
    caveat="A registry posts counts, not percentages: `percent_computed` is affected / at risk.",
    group="safety",
    primary_key=("safety_id",),
    foreign_keys=(_TRIAL_KEY, _ARM_KEY, _DOCUMENT_KEY),
    columns=(
        _required("safety_id", TEXT, "Trial id and the row's place."),
        TRIAL_ID,
        Column("arm_id", TEXT, "The registered arm; NULL where the group's title is no arm's label."),
        Column("group_id", TEXT, "The group's id in the source."),
        Column("group_raw", TEXT, "The group's title."),
        _required("kind", TEXT, "What the row counts.", v.SAFETY_KIND),
        Column("term_raw", TEXT, "The event as posted or written."),
        Column(
            "term",
            TEXT,
            "CTCAE v5.0 term, or for what CTCAE does not have a term in its manner; NULL where the words name no single event.",
        ),
        Column("system_organ_class", TEXT, "System organ class: as posted, else that of `term`."),
        Column("grade_min", COUNT, "Lowest grade counted.", minimum=1, maximum=5),
        Column("grade_max", COUNT, "Highest grade counted.", minimum=1, maximum=5),
        Column("is_serious", FLAG, "Serious events."),
        Column("attribution", TEXT, "Attribution.", vocabulary=v.ATTRIBUTION),
        Column("n_affected", COUNT, "Participants affected.", minimum=0),
        Column("n_at_risk", COUNT, "Participants at risk.", minimum=0),
        Column("n_events", COUNT, "Events.", minimum=0),
        Column("percent", NUMBER, "Percent as reported."),
        Column("percent_computed", NUMBER, "100 × affected / at risk."),
        Column("is_absent", FLAG, "The source says that none was reported."),
        Column("criteria", TEXT, "Grading criteria: `CTCAE 5.0`, `ASTCT`, …"),
        *_coded("assessment_type", "How events were collected.", v.ASSESSMENT_TYPE),
        Column("source_vocabulary", TEXT, "Vocabulary of the term, as posted."),
        Column("window_raw", TEXT, "Time over which events were collected, in the source's words."),
        Column("window_days", NUMBER, "The latest time that it names, in days.", minimum=0),
        Column("dose_raw", TEXT, "Dose of a maximum tolerated or recommended dose."),
        *EVIDENCE,
    ),
)

LINK_CANDIDATES = Table(
    "link_candidates",
    grain="one row per document and trial that nearly matched",
    description="Near misses of linking, for a person to judge.",
    group="deduplication",
    primary_key=("document_id", "trial_id"),
    foreign_keys=(_DOCUMENT_KEY,),
    columns=(
        _required("document_id", TEXT, "The document."),
        TRIAL_ID,
        Column("score", NUMBER, "How nearly.", minimum=0, maximum=1),
        Column("reasons", TEXTS, "What speaks for and against."),
        Column("decision", TEXT, "A person's judgement.", vocabulary=v.DECISION),
    ),
)

TRIAL_VALUES = Table(
    "trial_values",
    grain="one row per trial, field and document that states it, for trials of more than one document",
    description="Which document gave each merged value of `trials`.",
    group="trials",
    primary_key=("trial_id", "field", "document_id"),
    foreign_keys=(_TRIAL_KEY, _DOCUMENT_KEY),
    columns=(
        TRIAL_ID,
        _required("field", TEXT, "Column of `trials`."),
        Column("value", TEXT, "The value, as text."),
        _required("document_id", TEXT, "The document that states it."),
        Column("field_in_document", TEXT, "Where it states it."),
        _required("is_chosen", FLAG, "The value stands in `trials`."),
    ),
)


def _side(side: str, which: str) -> tuple[Column, ...]:
    """What one of two documents says, and where."""
    return (
        _required(f"document_id_{side}", TEXT, f"{which} document."),
        Column(
            f"row_id_{side}",
            TEXT,
            "Key of its row."
            if side == "a"
            else "Key of its row; NULL where it says nothing of the thing, or its row went into the other.",
            required=side == "a",
        ),
        Column(f"value_{side}", TEXT, "Its value."),
        Column(f"field_{side}", TEXT, "Where it says so: a field of the document, as in `document_texts`."),
        Column(f"start_char_{side}", COUNT, "First character there, from 0; NULL: the whole field.", minimum=0),
        Column(f"end_char_{side}", COUNT, "End, exclusive; NULL: the whole field.", minimum=0),
    )


DISCREPANCIES = Table(
    "discrepancies",
    grain="one row per field on which two documents of one trial disagree",
    description="What the documents of one trial say differently: numbers, dates and codes of `trials`, time frames and roles of "
    "endpoints, doses and schedules, values of results, counts of events. The first document is the one whose value stands.",
    source="Registrations of a trial in several registers, other versions of a record, and articles.",
    caveat="Other words for one value are no discrepancy, nor is a thing that one document states several times with different values.",
    group="trials",
    primary_key=("trial_id", "table_name", "field", "document_id_a", "row_id_a", "document_id_b"),
    foreign_keys=(_TRIAL_KEY,),
    columns=(
        TRIAL_ID,
        _required("table_name", TEXT, "Table."),
        _required("field", TEXT, "Column."),
        _required(
            "kind",
            TEXT,
            "`conflict`; `changed_version`: the same source at another time, or planned against actual enrolment; `missing_in_article`: a "
            "primary endpoint of which an article with results says nothing.",
            v.DISCREPANCY_KIND,
        ),
        *_side("a", "One"),
        *_side("b", "The other"),
    ),
)

DRUGS = Table(
    "drugs",
    grain="one row per drug in use",
    description="The drugs that regimens name, with their ids, synonyms and the number of trials that give them.",
    group="regimens",
    primary_key=("drug_name",),
    columns=(
        _required("drug_name", TEXT, "INN in lower case."),
        Column("drug_ids", IDS, "Ids by vocabulary."),
        Column("drug_class", TEXT, "Class."),
        Column("synonyms", TEXTS, "Other names that the sources use for it."),
        Column("is_combination", FLAG, "A named combination."),
        Column("components", TEXTS, "Parts of a combination."),
        _required("n_trials", COUNT, "Trials that give it."),
    ),
)

TRIAL_ALIASES = Table(
    "trial_aliases",
    grain="one row per id that a trial had before",
    description="Former ids of trials, which keep answering.",
    group="trials",
    primary_key=("alias_id", "trial_id"),
    foreign_keys=(_TRIAL_KEY,),
    columns=(
        _required("alias_id", TEXT, "The former id."),
        TRIAL_ID,
        Column("since_refresh_id", TEXT, "The refresh that found it."),
    ),
)

REFRESHES = Table(
    "refreshes",
    grain="one row per refresh, failed and unchanged ones too",
    description="What each refresh read and published.",
    group="history",
    primary_key=("refresh_id",),
    history=True,
    columns=(
        _required("refresh_id", TEXT, "The refresh: start time (UTC) and a few hex digits."),
        _required("started_at", TIMESTAMP, "Start (UTC)."),
        Column("finished_at", TIMESTAMP, "End (UTC)."),
        _required("outcome", TEXT, "`published`, `unchanged` or `failed`."),
        Column("code_version", TEXT, "Version of the code and a digest of it."),
        Column("raw_fingerprint", TEXT, "Digest of the raw folder's contents."),
        Column("n_files", COUNT, "Files in the raw folder."),
        Column("n_records", COUNT, "Records found."),
        Column("n_kept", COUNT, "Records kept."),
        Column("n_duplicate", COUNT, "Records that repeat another."),
        Column("n_superseded", COUNT, "Older versions."),
        Column("n_quarantined", COUNT, "Entries in quarantine."),
        Column("rows_by_table", IDS, "Rows of each table."),
        Column("message", TEXT, "Why it failed."),
    ),
)

TRIAL_CHANGES = Table(
    "trial_changes",
    grain="one row per trial, field and step between two versions",
    description="What changed between successive versions of a registry record: status, size, dates, design, titles, sites, conditions, "
    "interventions, arms and endpoints. `field LIKE 'endpoints.primary%'` are the changes of primary endpoints.",
    source="Versions of a record that lie in the raw folder together, one document for each, the best; and the version that the last "
    "published refresh saw. What a version's format cannot carry is compared across it, with the last version before that could.",
    caveat="Rows are never changed or taken back: a version that is found later between two known ones adds its own steps. "
    "What history has already, by trial, field, date and values, is not added again. Every step changes `last_update_date`.",
    group="history",
    primary_key=("refresh_id", "trial_id", "field", "document_id_after"),
    history=True,
    columns=(
        _required("refresh_id", TEXT, "The refresh that found the change first."),
        TRIAL_ID,
        _required(
            "field",
            TEXT,
            "What changed: a column of `trials`, or a member of a list by its name: `conditions[…]`, `interventions[…]`, `arms[…]`, "
            "`endpoints.primary[…]`, `endpoints.secondary[…]`, `endpoints.other[…]`. Alone it says that the member came or went; with "
            "`.time_frame`, `.type`, `.description`, or `.measure`, `.label`, `.name` for another wording, what changed in it. "
            "The name is the newer one, the older for what went, cut at 120 characters; a second of that name in one step ends in ` (2)`.",
        ),
        _required("change", TEXT, "Whether the value came, changed or went.", v.CHANGE),
        Column(
            "value_before",
            TEXT,
            "The older value: codes where the words have one, dates as exactly as stated (`2020-03`), lists joined by `; `, "
            "a member in words: `DRUG: Veliparib`, `Overall survival [24 months]`. NULL for what came.",
        ),
        Column("value_after", TEXT, "The newer value, likewise; NULL for what went."),
        Column("document_id_before", TEXT, "The document of the older version; it may have left the raw folder since."),
        Column("document_id_after", TEXT, "The document of the newer version, likewise."),
        Column("version_date", DATE, "Date of the newer version: last update posted; NULL where its source has none."),
    ),
)

TRIAL_PRESENCE = Table(
    "trial_presence",
    grain="one row per registration and time that it came or went",
    description="When a registration was first seen in the raw folder, when it was gone, when it was back: a trial that vanished from an "
    "export is told from one that was withdrawn, which is still there and says so.",
    source="The registrations of a refresh against those of the last published one.",
    caveat="`vanished` says nothing about the trial: the export that held it may have been cut. The view `trial_history` sums it up.",
    group="history",
    primary_key=("refresh_id", "registration"),
    history=True,
    columns=(
        _required("refresh_id", TEXT, "The refresh that saw it."),
        TRIAL_ID,
        _required("registration", TEXT, "The id under which a register has the trial; that of the trial where one register has it."),
        _required("event", TEXT, "What was seen.", v.PRESENCE_EVENT),
        Column("overall_status", TEXT, "The status that it states, or stated last."),
        Column("document_id", TEXT, "The document that states it; it may have left the raw folder since."),
    ),
)

CHECK_RESULTS = Table(
    "check_results",
    grain="one row per quality check per refresh",
    description="Every check of every refresh.",
    group="history",
    primary_key=("refresh_id", "table_name", "check_name"),
    history=True,
    columns=(
        _required("refresh_id", TEXT, "The refresh."),
        _required("table_name", TEXT, "The table checked."),
        _required("check_name", TEXT, "The check."),
        _required("severity", TEXT, "Whether it blocks publication.", v.SEVERITY),
        _required("passed", FLAG, "Passed."),
        Column("unexpected_count", COUNT, "Rows that break the rule."),
        Column("element_count", COUNT, "Rows looked at."),
    ),
)

QUALITY_MEASURES = Table(
    "quality_measures",
    grain="one row per number that a published refresh is held against",
    description="How large, how full and how composed the tables were at each refresh, how much stayed outside or was not understood, "
    "and how accurately labelled documents were read.",
    caveat="A share is between 0 and 1; `n` is of how many rows.",
    group="history",
    primary_key=("refresh_id", "table_name", "measure", "item", "source_format"),
    history=True,
    columns=(
        _required("refresh_id", TEXT, "The refresh."),
        _required("table_name", TEXT, "The table; `table_set` for all of them, the set of labels for accuracy."),
        _required("measure", TEXT, "What the number is.", v.MEASURE),
        _required("item", TEXT, "The column; for a share the column and its value; for accuracy the kind of row, figure and score."),
        _required("source_format", TEXT, "Format of the sources that the rows came from; `all` for any."),
        _required("value", NUMBER, "The number."),
        _required("n", COUNT, "Rows that it is a share of, or their number."),
    ),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        RAW_FILES,
        DOCUMENTS,
        DOCUMENT_TEXTS,
        EVIDENCE_TABLE,
        REPEATED_BLOCKS,
        LOOKALIKES,
        QUARANTINE,
        TRIALS,
        TRIAL_DOCUMENTS,
        CONDITIONS,
        ARMS,
        REGIMENS,
        ENDPOINTS,
        ENDPOINT_RESULTS,
        SAFETY,
        LINK_CANDIDATES,
        TRIAL_VALUES,
        DISCREPANCIES,
        DRUGS,
        TRIAL_ALIASES,
        REFRESHES,
        TRIAL_CHANGES,
        TRIAL_PRESENCE,
        CHECK_RESULTS,
        QUALITY_MEASURES,
    )
}
"""All tables by name, in the order in which documentation lists them."""
