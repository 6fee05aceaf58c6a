"""Controlled vocabularies: the closed lists that columns take their values from, each member with its known spellings.

A value that no spelling matches is unknown: the normalised column stays NULL, the `_raw` column keeps the words, and the
refresh counts it. Members of the registry's own lists are those of the ClinicalTrials.gov API v2. Open-ended
vocabularies (drugs, endpoint concepts, adverse-event terms) are data files in `pipelines/vocab/`, not here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

_SEPARATORS = re.compile(r"[\s_\-/,.()|]+")


@lru_cache(maxsize=65_536)
def spelling(words: str) -> str:
    """The form in which spellings are compared: lower case, one space for each run of separators."""
    return _SEPARATORS.sub(" ", words.casefold()).strip()


@dataclass(frozen=True)
class Vocabulary:
    """A closed list. `members` maps each value to what it means; `variants` maps other spellings to a value.

    A member's own spelling ("PHASE1", "Phase1", "phase 1" do not all agree) is always known; compare with `spelling`.
    """

    name: str
    members: Mapping[str, str]
    variants: Mapping[str, str] = field(default_factory=dict)
    _by_spelling: dict[str, str] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __hash__(self) -> int:
        return hash(self.name)

    def __post_init__(self) -> None:
        self._by_spelling.update({spelling(member): member for member in self.members})
        for words, member in self.variants.items():
            if member not in self.members:
                raise ValueError(f"vocabulary {self.name}: variant {words!r} names the unknown member {member!r}")
            self._by_spelling[spelling(words)] = member

    def find(self, words: str | None) -> str | None:
        """The member that these words stand for, or None."""
        return self._by_spelling.get(spelling(words)) if words else None


def _plain(name: str, *members: str) -> Vocabulary:
    """A list whose members say what they mean and have one spelling."""
    return Vocabulary(name, dict.fromkeys(members, ""))


STUDY_TYPE = Vocabulary(
    "study_type",
    {
        "INTERVENTIONAL": "Participants are assigned to interventions by a protocol.",
        "OBSERVATIONAL": "Participants are observed without assignment.",
        "EXPANDED_ACCESS": "Treatment outside a trial.",
    },
    {
        "Observational [Patient Registry]": "OBSERVATIONAL",
        "Observational study": "OBSERVATIONAL",
        "观察性研究": "OBSERVATIONAL",
        "Interventional study": "INTERVENTIONAL",
        "Intervention": "INTERVENTIONAL",
        "Interventional clinical trial of medicinal product": "INTERVENTIONAL",
        "干预性研究": "INTERVENTIONAL",
    },
)

PHASE = Vocabulary(
    "phase",
    {
        "EARLY_PHASE1": "Early phase 1 (formerly phase 0).",
        "PHASE1": "Phase 1.",
        "PHASE1_PHASE2": "Phases 1 and 2 in one trial.",
        "PHASE2": "Phase 2.",
        "PHASE2_PHASE3": "Phases 2 and 3 in one trial.",
        "PHASE3": "Phase 3.",
        "PHASE4": "Phase 4.",
        "NA": "The register states that phases do not apply.",
    },
    {
        "Early Phase 1": "EARLY_PHASE1",
        "Phase 0": "EARLY_PHASE1",
        "Phase 1": "PHASE1",
        "Phase I": "PHASE1",
        "Phase 1/Phase 2": "PHASE1_PHASE2",
        "PHASE1|PHASE2": "PHASE1_PHASE2",
        "Phase 1|Phase 2": "PHASE1_PHASE2",
        "PHASE1 PHASE2": "PHASE1_PHASE2",
        "Phase I/II": "PHASE1_PHASE2",
        "Phase 2": "PHASE2",
        "Phase II": "PHASE2",
        "Phase 2/Phase 3": "PHASE2_PHASE3",
        "PHASE2|PHASE3": "PHASE2_PHASE3",
        "Phase 2|Phase 3": "PHASE2_PHASE3",
        "PHASE2 PHASE3": "PHASE2_PHASE3",
        "Phase II/III": "PHASE2_PHASE3",
        "Phase 3": "PHASE3",
        "Phase III": "PHASE3",
        "Phase 4": "PHASE4",
        "Phase IV": "PHASE4",
        "1": "PHASE1",
        "1-2": "PHASE1_PHASE2",
        "2": "PHASE2",
        "2-3": "PHASE2_PHASE3",
        "3": "PHASE3",
        "4": "PHASE4",
        "I期": "PHASE1",
        "I/II期": "PHASE1_PHASE2",
        "II期": "PHASE2",
        "II/III期": "PHASE2_PHASE3",
        "III期": "PHASE3",
        "IV期": "PHASE4",
        "Therapeutic exploratory (Phase II)": "PHASE2",
        "Therapeutic confirmatory (Phase III)": "PHASE3",
        "Therapeutic use (Phase IV)": "PHASE4",
        "N/A": "NA",
        "Not Applicable": "NA",
    },
)

ALLOCATION = Vocabulary(
    "allocation",
    {
        "RANDOMIZED": "Assigned by chance.",
        "NON_RANDOMIZED": "Assigned, but not by chance.",
        "NA": "One arm only: nothing to allocate.",
    },
    {
        "Randomised": "RANDOMIZED",
        "Randomized Controlled Trial": "RANDOMIZED",
        "Randomised Controlled Trial": "RANDOMIZED",
        "RCT": "RANDOMIZED",
        "随机化": "RANDOMIZED",
        "Non-Randomized": "NON_RANDOMIZED",
        "Nonrandomized": "NON_RANDOMIZED",
        "Non-Randomized Trial": "NON_RANDOMIZED",
        "Non-Randomised Trial": "NON_RANDOMIZED",
        "Not Randomized": "NON_RANDOMIZED",
        "非随机化": "NON_RANDOMIZED",
        "N/A": "NA",
        "Not Applicable": "NA",
    },
)

INTERVENTION_MODEL = Vocabulary(
    "intervention_model",
    {
        "SINGLE_GROUP": "All participants receive the same.",
        "PARALLEL": "Groups receive different interventions side by side.",
        "CROSSOVER": "Participants change between interventions.",
        "FACTORIAL": "Groups receive combinations of interventions.",
        "SEQUENTIAL": "Groups enter after one another.",
    },
    {
        "Single Group Assignment": "SINGLE_GROUP",
        "Parallel Assignment": "PARALLEL",
        "Crossover Assignment": "CROSSOVER",
        "Cross-Over": "CROSSOVER",
        "Factorial Assignment": "FACTORIAL",
        "Sequential Assignment": "SEQUENTIAL",
        "Single arm": "SINGLE_GROUP",
        "Single group": "SINGLE_GROUP",
        "单臂试验": "SINGLE_GROUP",
        "平行分组": "PARALLEL",
        "交叉设计": "CROSSOVER",
        "析因设计": "FACTORIAL",
    },
)

MASKING = Vocabulary(
    "masking",
    {
        "NONE": "Open label.",
        "SINGLE": "One party does not know the assignment.",
        "DOUBLE": "Two parties do not know the assignment.",
        "TRIPLE": "Three parties do not know the assignment.",
        "QUADRUPLE": "Four parties do not know the assignment.",
    },
    {
        "None (Open Label)": "NONE",
        "Open Label": "NONE",
        "No masking": "NONE",
        "Single Blind": "SINGLE",
        "Double Blind": "DOUBLE",
        "Double-Blind": "DOUBLE",
        "Double Blinded": "DOUBLE",
        "Open": "NONE",
        "Open (masking not used)": "NONE",
        "Not blinded": "NONE",
        "Single Blinded": "SINGLE",
        "Triple Blinded": "TRIPLE",
        "开放": "NONE",
        "单盲": "SINGLE",
        "双盲": "DOUBLE",
    },
)

PRIMARY_PURPOSE = Vocabulary(
    "primary_purpose",
    dict.fromkeys(
        (
            "TREATMENT",
            "PREVENTION",
            "DIAGNOSTIC",
            "ECT",
            "SUPPORTIVE_CARE",
            "SCREENING",
            "HEALTH_SERVICES_RESEARCH",
            "BASIC_SCIENCE",
            "DEVICE_FEASIBILITY",
            "OTHER",
        ),
        "",
    ),
    {"Educational/Counseling/Training": "OTHER", "Diagnosis": "DIAGNOSTIC"},
)

OVERALL_STATUS = Vocabulary(
    "overall_status",
    dict.fromkeys(
        (
            "ACTIVE_NOT_RECRUITING",
            "COMPLETED",
            "ENROLLING_BY_INVITATION",
            "NOT_YET_RECRUITING",
            "RECRUITING",
            "SUSPENDED",
            "TERMINATED",
            "WITHDRAWN",
            "AVAILABLE",
            "NO_LONGER_AVAILABLE",
            "TEMPORARILY_NOT_AVAILABLE",
            "APPROVED_FOR_MARKETING",
            "WITHHELD",
            "UNKNOWN",
        ),
        "",
    ),
    {
        "Active, not recruiting": "ACTIVE_NOT_RECRUITING",
        "Unknown status": "UNKNOWN",
        "Temporarily not available": "TEMPORARILY_NOT_AVAILABLE",
        "Withheld from publication": "WITHHELD",
        # What other registers call it. "Not recruiting", "Ongoing" and "Authorised" leave open which of several it is: no spellings.
        "Complete": "COMPLETED",
        "Complete: follow-up complete": "COMPLETED",
        "Completed: follow-up complete": "COMPLETED",
        "Closed: follow-up complete": "COMPLETED",
        "Complete: follow-up continuing": "ACTIVE_NOT_RECRUITING",
        "Closed: follow-up continuing": "ACTIVE_NOT_RECRUITING",
        "Closed to recruitment of participants": "ACTIVE_NOT_RECRUITING",
        "Ongoing, recruitment ended": "ACTIVE_NOT_RECRUITING",
        "Open to recruitment": "RECRUITING",
        "Open public recruiting": "RECRUITING",
        "Ongoing, recruiting": "RECRUITING",
        "Authorised, recruiting": "RECRUITING",
        "Pending": "NOT_YET_RECRUITING",
        "Pending (not yet recruiting)": "NOT_YET_RECRUITING",
        "Authorised, not started": "NOT_YET_RECRUITING",
        "Authorised, recruitment pending": "NOT_YET_RECRUITING",
        "Ongoing, not yet recruiting": "NOT_YET_RECRUITING",
        "Prematurely ended": "TERMINATED",
        "Stopped": "TERMINATED",
        "Stopped early": "TERMINATED",
        "Temporarily halted": "SUSPENDED",
        "Suspending": "SUSPENDED",
        "进行中（尚未招募）": "NOT_YET_RECRUITING",
        "进行中（招募中）": "RECRUITING",
        "进行中（招募完成）": "ACTIVE_NOT_RECRUITING",
        "已完成": "COMPLETED",
        "主动终止": "TERMINATED",
        "主动暂停": "SUSPENDED",
    },
)

ENROLLMENT_TYPE = Vocabulary(
    "enrollment_type",
    {"ACTUAL": "Counted.", "ESTIMATED": "Planned."},
    {"Anticipated": "ESTIMATED", "Estimate": "ESTIMATED"},
)

SEX = Vocabulary(
    "sex",
    dict.fromkeys(("ALL", "FEMALE", "MALE"), ""),
    {
        "Both": "ALL",
        "Both males and females": "ALL",
        "Both, male and female": "ALL",
        "Male and female": "ALL",
        "Female, male": "ALL",
        "男+女": "ALL",
        "男女均可": "ALL",
        "Women": "FEMALE",
        "Females": "FEMALE",
        "女": "FEMALE",
        "Men": "MALE",
        "Males": "MALE",
        "男": "MALE",
    },
)

SPONSOR_CLASS = Vocabulary(
    "sponsor_class",
    {
        "NIH": "US National Institutes of Health.",
        "FED": "Another US federal agency.",
        "OTHER_GOV": "Another government.",
        "INDIV": "A person.",
        "INDUSTRY": "A company.",
        "NETWORK": "A research network.",
        "AMBIG": "The register calls it ambiguous.",
        "OTHER": "Universities, hospitals and others.",
        "UNKNOWN": "The register calls it unknown.",
    },
    {
        "U.S. Fed": "FED",
        "Individual": "INDIV",
        "Other Government": "OTHER_GOV",
        "Commercial": "INDUSTRY",
        "Pharmaceutical company": "INDUSTRY",
        "Hospital/Clinic/Other health care facility": "OTHER",
        "Educational Institution": "OTHER",
    },
)

ARM_TYPE = Vocabulary(
    "arm_type",
    dict.fromkeys(
        (
            "EXPERIMENTAL",
            "ACTIVE_COMPARATOR",
            "PLACEBO_COMPARATOR",
            "SHAM_COMPARATOR",
            "NO_INTERVENTION",
            "OTHER",
        ),
        "",
    ),
    {"Comparator": "ACTIVE_COMPARATOR", "Experimental arm": "EXPERIMENTAL"},
)

INTERVENTION_TYPE = Vocabulary(
    "intervention_type",
    dict.fromkeys(
        (
            "BEHAVIORAL",
            "BIOLOGICAL",
            "COMBINATION_PRODUCT",
            "DEVICE",
            "DIAGNOSTIC_TEST",
            "DIETARY_SUPPLEMENT",
            "DRUG",
            "GENETIC",
            "PROCEDURE",
            "RADIATION",
            "OTHER",
        ),
        "",
    ),
    {"Biological/Vaccine": "BIOLOGICAL", "Gene Transfer": "GENETIC"},
)

PRECISION = Vocabulary(
    "precision",
    {"day": "The day is stated.", "month": "Only month and year are stated.", "year": "Only the year is stated."},
)

ENDPOINT_ROLE = Vocabulary(
    "endpoint_role",
    {"PRIMARY": "Primary outcome.", "SECONDARY": "Secondary outcome.", "OTHER": "Other pre-specified outcome."},
    {"Other Pre-specified": "OTHER", "OTHER_PRE_SPECIFIED": "OTHER", "POST_HOC": "OTHER", "Post-Hoc": "OTHER"},
)

STATISTIC = Vocabulary(
    "statistic",
    {
        "median": "Median.",
        "mean": "Arithmetic mean.",
        "geometric_mean": "Geometric mean.",
        "least_squares_mean": "Least-squares mean.",
        "geometric_least_squares_mean": "Geometric least-squares mean.",
        "log_mean": "Mean of logarithms.",
        "rate": "A percentage, or a rate at a landmark.",
        "count": "Participants or units counted.",
        "number": "A number of the unit stated.",
        "hazard_ratio": "Hazard ratio.",
        "odds_ratio": "Odds ratio.",
        "risk_ratio": "Risk ratio.",
        "rate_ratio": "Ratio of rates.",
        "difference": "Difference between groups.",
        "follow_up_median": "Median follow-up: no efficacy result.",
    },
    {
        "Count of Participants": "count",
        "Count of Units": "count",
        "Hazard Ratio (HR)": "hazard_ratio",
        "Cox Proportional Hazard": "hazard_ratio",
        "Odds Ratio (OR)": "odds_ratio",
        "Risk Ratio (RR)": "risk_ratio",
        "Relative Risk": "risk_ratio",
        "Incidence rate ratio": "rate_ratio",
        "Risk Difference (RD)": "difference",
    },
)

P_OPERATOR = Vocabulary("p_operator", {"<": "Below (or not above) the value.", "=": "The value.", ">": "Above the value."})

SAFETY_KIND = Vocabulary(
    "safety_kind",
    {
        "event": "A named adverse event.",
        "any_event": "A summary over events, such as all serious events.",
        "death": "Deaths.",
        "discontinuation": "Treatment stopped because of events.",
        "dose_limiting_toxicity": "Dose-limiting toxicities.",
        "maximum_tolerated_dose": "The maximum tolerated or recommended dose.",
        "planned_assessment": "What the protocol will look for.",
    },
)

ATTRIBUTION = Vocabulary(
    "attribution",
    {
        "treatment_emergent": "Arose during treatment.",
        "treatment_related": "Attributed to treatment.",
        "immune_related": "Attributed to immune activation.",
    },
)

ASSESSMENT_TYPE = Vocabulary(
    "assessment_type",
    {
        "SYSTEMATIC_ASSESSMENT": "Participants were asked or examined for it.",
        "NON_SYSTEMATIC_ASSESSMENT": "Recorded when reported.",
    },
    {"Systematic Assessment": "SYSTEMATIC_ASSESSMENT", "Non-systematic Assessment": "NON_SYSTEMATIC_ASSESSMENT"},
)

COMPONENT_ROLE = Vocabulary(
    "component_role",
    {
        "investigational": "What the trial tests.",
        "comparator": "What it is compared with.",
        "background": "Given to all beside it.",
        "placebo": "Placebo or sham.",
    },
)

ROUTE = _plain(
    "route",
    *("oral", "intravenous", "subcutaneous", "intramuscular", "intra-arterial", "intrathecal", "intratumoral"),
    *("intravesical", "intraperitoneal", "intrapleural", "intradermal", "inhalation", "intranasal", "topical"),
    *("transdermal", "ophthalmic", "intravitreal", "rectal", "vaginal", "sublingual", "external_beam", "brachytherapy"),
)

FREQUENCY = _plain(
    "frequency",
    *("ONCE", "QD", "BID", "TID", "QID", "QOD", "QW", "BIW", "TIW", "Q2W", "Q3W", "Q4W", "Q5W", "Q6W", "Q8W", "Q9W"),
    *("Q10W", "Q12W", "QM", "Q2M", "Q3M", "Q6M", "QY", "Q4H", "Q6H", "Q8H", "Q12H", "CONTINUOUS", "PRN"),
)

CARE_PHASE = _plain(
    "care_phase",
    *("neoadjuvant", "adjuvant", "perioperative", "induction", "consolidation", "maintenance", "concurrent"),
    *("monotherapy", "combination", "lead_in", "conditioning", "salvage"),
)

ENDPOINT_CLASS = _plain(
    "endpoint_class",
    *("time_to_event", "response", "pathology", "safety", "dose_finding", "pharmacokinetics", "immunogenicity"),
    *("biomarker", "patient_reported", "surgical", "feasibility", "other"),
)

TIME_FRAME_KIND = Vocabulary(
    "time_frame_kind",
    {
        "up_to": "A stretch that ends at the horizon: up to 2 years.",
        "at": "One or several points of time, of which the horizon is the last: at 1, 3 and 6 months.",
        "every": "Again and again, up to the horizon where there is one: every 6 weeks, up to 24 months.",
        "range": "From one stated time to another: day 1 to day 28.",
        "average": "As long as it takes on average: through study completion, an average of 1 year.",
    },
)

TIME_ANCHOR = Vocabulary(
    "time_anchor",
    {
        "baseline": "The measurement before treatment.",
        "enrollment": "Inclusion, consent, registration, start of the study.",
        "randomization": "The assignment to an arm.",
        "first_dose": "The first dose, the start of treatment.",
        "dose": "The dose, infusion or injection in question.",
        "last_dose": "The last dose, the discontinuation of a drug.",
        "treatment": "A treatment whose start and end are not told apart: 6 months after treatment.",
        "end_of_treatment": "The completion of treatment.",
        "surgery": "An operation or procedure.",
        "transplant": "A transplantation of cells or of an organ.",
        "vaccination": "A vaccination.",
        "start_of_radiotherapy": "The start of radiotherapy.",
        "end_of_radiotherapy": "The completion of radiotherapy.",
        "response": "The first response to treatment.",
        "diagnosis": "The diagnosis.",
        "admission": "The admission to hospital.",
        "discharge": "The discharge from hospital.",
        "birth": "A birth, or delivery; ages count from it too.",
        "gestation": "The beginning of a pregnancy: 36 weeks gestation.",
        "end_of_study": "The end of the study, the last visit.",
        "end_of_enrollment": "When the last participant was enrolled.",
    },
)

NO_HORIZON = Vocabulary(
    "no_horizon",
    {
        "until_event": "At or until an event of which nobody knows when it will be: until disease progression or death.",
        "study_period": "For as long as the study goes on: through study completion.",
        "treatment_period": "During treatment, at its end or right after it, however long it takes.",
        "perioperative": "At an operation or procedure, or right before or after it.",
        "hospital_stay": "Until discharge.",
        "at_start": "Nothing after the start: baseline, 15 minutes before surgery.",
        "no_cycle_length": "Told in cycles of a length that is not said: end of cycle 2.",
        "no_end": "Repeated without an end: every 8 weeks.",
        "visits": "At visits or assessments without a time.",
        "calendar": "Dates of the calendar: December 2014 to May 2015.",
        "no_time": "No time at all: N/A.",
        "unreadable": "There are numbers or names of units that no rule reads.",
    },
)

DOSE_ESCALATION_DESIGN = _plain(
    "dose_escalation_design",
    *("3+3", "3+3+3", "i3+3", "rolling six", "BOIN", "TITE-BOIN", "mTPI", "mTPI-2", "Keyboard", "CRM", "TITE-CRM"),
    *("BLRM", "EWOC", "accelerated titration"),
)

FILE_STATUS = Vocabulary(
    "file_status",
    {
        "read": "Records were found.",
        "no_records": "Nothing in it: an empty file, or a header alone.",
        "joined": "One table of a set of files, read together with the set's main table.",
        "quarantined": "Nothing of it could be read.",
    },
)

DOCUMENT_STATUS = Vocabulary(
    "document_status",
    {
        "kept": "Its content is in the tables.",
        "duplicate": "The same content is kept elsewhere.",
        "superseded": "An older version of a record that is here in a newer one.",
        "quarantined": "It could not be read.",
    },
)

MATCH_KIND = Vocabulary(
    "match_kind",
    {
        "exact": "The same content after decoding and normalisation.",
        "near": "Nearly the same words.",
        "same_record": "Another version of the same registry record.",
    },
)

MATCH_RULE = Vocabulary(
    "match_rule",
    {
        "same_content": "The content has the same digest, after decoding and normalisation of blanks and Unicode.",
        "same_registry_id": "Both are versions or copies of the record with one registry id.",
        "similar_text": "The texts have at least 60% of their three-word sequences in common.",
        "contained_text": "The whole text stands in the other, larger one.",
    },
)

LOOKALIKE_REASON = Vocabulary(
    "lookalike_reason",
    {
        "other_ids": "Each names a registration that the other does not name.",
        "other_title": "The titles announce different reports: another part, cohort or phase, a follow-up, an update.",
        "other_numbers": "The words agree and the numbers differ.",
        "other_names": "A name is another throughout, in otherwise the same words.",
    },
)

BLOCK_KIND = _plain("block_kind", "within_document", "across_documents")

BLOCK_REASON = Vocabulary(
    "block_reason",
    {
        "said_before": "Cut: the body of the document, or a good part of it, stands twice.",
        "disclaimer": "Cut: a disclaimer.",
        "copyright": "Cut: a copyright or reprint notice.",
        "navigation": "Cut: navigation of a site.",
        "contact": "Cut: contacts.",
        "invitation": "Cut: an invitation to follow, subscribe, scan or download.",
        "about": "Cut: what a site or company says of itself.",
        "credits": "Cut: who wrote, edited and approved the text, and where it stood first.",
        "disclosure": "Cut: interests of the authors.",
        "forward_looking": "Cut: a notice on forward-looking statements.",
        "references": "Cut: entries of a reference list.",
        "said_again": "Kept: a passage said again in the same document may be of something else.",
        "part_of_sentence": "Kept: the sentence begins or ends otherwise.",
        "in_several_documents": "Kept: what two articles say is said by both.",
        "of_another_trial": "Kept: in a document about several trials it stands under another registry id.",
        "in_a_record": "Kept: what two registry records state is a fact of both.",
    },
)

MATCH_METHOD = Vocabulary(
    "match_method",
    {
        "registry_id": "The document states the trial's registry id.",
        "other_id": "The document states another id of the trial.",
        "title": "Title and content agree.",
        "acronym_and_intervention": "Acronym and treatment agree.",
        "self": "The trial is known from this document alone.",
    },
)

DOCUMENT_ROLE = _plain("document_role", "registration", "results_posting", "article")
EVIDENCE_METHOD = _plain("evidence_method", "structured", "text")
STAGE = _plain("stage", "read", "parse", "extract", "check")
SEVERITY = _plain("severity", "error", "warning")
CHANGE = _plain("change", "added", "changed", "removed")
DECISION = _plain("decision", "same", "different")
MEASURE = Vocabulary(
    "measure",
    {
        "rows": "Rows of the table.",
        "coverage": "Share of the rows in which the column says something.",
        "share": "Share of the value among the rows in which the column says something.",
        "quarantined": "Share of the records, or rows, that stay outside.",
        "unparsed": "Share of the texts from which no number was read.",
        "accuracy": "Precision, recall or F1 on labelled documents.",
        "accepted": "A person accepted how this refresh differs from those before.",
    },
)
PRESENCE_EVENT = _plain("presence_event", "appeared", "vanished", "returned")

DISCREPANCY_KIND = _plain("discrepancy_kind", "conflict", "missing_in_article", "changed_version")

SOURCE_FORMAT = Vocabulary(
    "source_format",
    {
        "ctgov_json": "ClinicalTrials.gov API v2 JSON.",
        "ctgov_classic_json": "ClinicalTrials.gov classic API JSON.",
        "ctgov_xml": "ClinicalTrials.gov legacy XML.",
        "ctgov_csv": "ClinicalTrials.gov CSV or TSV export.",
        "ctgov_text": "The cells of an export, one per line, without labels.",
        "ctgov_flattened_json": "Four sections of lines as JSON, in English or translated.",
        "aact": "AACT pipe files.",
        "article": "An article or other prose.",
        "ictrp": "WHO ICTRP export.",
        "ctis": "EU CTIS.",
        "euctr": "EU Clinical Trials Register.",
        "isrctn": "ISRCTN registry.",
        "chictr": "Chinese Clinical Trial Registry.",
        "cde": "China CDE registration platform.",
    },
)
