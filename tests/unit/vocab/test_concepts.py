"""Claims about `pipelines.vocab.concepts`: titles of outcome measures and the concepts that they surely name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.schema.vocabularies import ENDPOINT_CLASS
from pipelines.vocab import concepts
from pipelines.vocab.concepts import find_concept
from pipelines.vocab.data_files import DATA, read_rows

_ROWS = list(read_rows(concepts._CONCEPTS_PATH))


def _concept(measure: str, *, is_oncology: bool = True) -> str | None:
    found = find_concept(measure, is_oncology=is_oncology)
    return None if found is None else found.name


@pytest.mark.parametrize(
    ("measure", "concept"),
    [
        ("Overall Survival", "OS"),
        ("Median OS in all randomised patients", "OS"),
        ("Survival", "OS"),
        ("progression-free survival", "PFS"),
        ("PFS per RECIST 1.1", "PFS"),
        ("2-year progression free survival rate", "PFS"),
        ("Disease-free survival (DFS)", "DFS"),
        ("EFS at 24 months", "EFS"),
        ("Relapse-free survival", "RFS"),
        ("Distant metastasis-free survival", "MFS"),
        ("Time to disease progression", "TTP"),
        ("Time to first response", "TTR"),
        ("Duration of objective response", "DOR"),
        ("DoR assessed by the investigator", "DOR"),
        ("Objective response rate (CR + PR)", "ORR"),
        ("Response rate", "ORR"),
        ("Plasma vector copies", "PK"),
        ("Serum IL-8 level", "BIOMARKER"),
        ("Lymphocyte subsets by flow cytometry", "BIOMARKER"),
        ("Stool microbiome", "BIOMARKER"),
        ("Cytokine release syndrome", None),
        ("Serum neutralising antibody titre", "ADA"),
        ("Overall response rate (ORR), complete response plus partial response", "ORR"),
        ("Complete response rate", "CR_RATE"),
        ("Disease control rate", "DCR"),
        ("Clinical benefit rate at 24 weeks", "CBR"),
        ("Pathological complete response (pCR)", "PCR"),
        ("Major pathologic response", "MPR"),
        ("Clinical complete response", "CCR"),
        ("R0 resection rate", "R0"),
        ("Minimal residual disease after induction", "MRD"),
        ("Number of Participants With Treatment-Emergent Adverse Events", "AE"),
        ("Incidence of AEs and SAEs", "AE"),
        ("Toxicity by Common Terminology Criteria for Adverse Events", "AE"),
        ("Serious adverse events", "SAE"),
        ("Dose limiting toxicity", "DLT"),
        ("MTD, as defined by DLTs", "MTD"),
        ("Recommended phase 2 dose", "RP2D"),
        ("Cmax", "PK"),
        ("AUC(0-inf) of the study drug", "PK"),
        ("Terminal half-life", "PK"),
        ("Number of participants with anti-drug antibodies", "ADA"),
        ("Change in EORTC QLQ-C30 score", "QOL"),
        ("Locoregional control at 3 years", "LOCAL_CONTROL"),
        ("Local recurrence rate", "RECURRENCE"),
        ("Change in tumour size", "TUMOR_SIZE"),
        ("Exploratory biomarkers", "BIOMARKER"),
        ("Correlation of biomarkers with PFS", "BIOMARKER"),
        ("Feasibility of the regimen", "FEASIBILITY"),
        ("Postoperative complications (Clavien-Dindo)", "SURGICAL_COMPLICATION"),
        ("Complications within 90 days after the operation", "SURGICAL_COMPLICATION"),
    ],
)
def test_a_title_gives_its_concept(measure: str, concept: str) -> None:
    """Phrases count in any case, abbreviations as they are written."""
    assert _concept(measure) == concept


@pytest.mark.parametrize(
    "measure",
    [
        "Overall survival of the implant",
        "Graft survival",
        "PFS and OS",
        "Non-relapse mortality",
        "Time to second progression or death (PFS2)",
        "Correlation of PD-L1 status with overall survival",
        "Quality-adjusted life years",
        "International Index of Erectile Function, overall satisfaction (OS)",
        "AUC of glucose during a meal test",
        "Maximum tolerated dose of peanut protein",
        "Anti-tumour activity at the RP2D",
        "Ventilator-free survival",
        "Blood pressure",
        "",
    ],
)
def test_a_title_that_is_not_sure_gives_nothing(measure: str) -> None:
    """Look-alikes, relations between measures and two time-to-event concepts at once are left open."""
    assert _concept(measure) is None


@pytest.mark.parametrize("measure", ["Response rate", "Relapse", "Complete response", "Survival", "Overall response"])
def test_words_that_oncology_has_to_itself_need_a_trial_on_neoplasms(measure: str) -> None:
    """A "response rate" of an antidepressant is no ORR."""
    assert _concept(measure, is_oncology=True) is not None
    assert _concept(measure, is_oncology=False) is None


@pytest.mark.parametrize(
    ("measure", "concept"),
    [
        ("无进展生存期（PFS）", "PFS"),
        ("總生存期", "OS"),
        ("3年无复发生存率", "RFS"),
        ("研究者评估的ORR", "ORR"),
        ("病理完全缓解率", "PCR"),
        ("Overall survival (总生存期)", "OS"),
        ("治疗相关不良事件的发生率", "AE"),
        ("严重不良事件", "SAE"),
        ("剂量限制性毒性（DLT）", "DLT"),
        ("最大耐受剂量", "MTD"),
        ("II期推荐剂量", "RP2D"),
        ("术后60天内并发症", "SURGICAL_COMPLICATION"),
        ("生活质量量表评分", "QOL"),
        ("无进展生存期和总生存期", None),
        ("全因死亡率", None),
        ("基线特征与客观缓解率的相关性", None),
        ("步行距离", None),
    ],
)
def test_chinese_titles_name_the_same_concepts(measure: str, concept: str | None) -> None:
    """In either script, and with the Latin abbreviation inside or beside the Chinese words."""
    assert _concept(measure) == concept


def test_every_row_names_a_class_of_the_schema_and_every_concept_has_one_class() -> None:
    """Titles, the prose of reports and the column `endpoint_class` agree."""
    classes: dict[str, set[str]] = {}
    for row in (*_ROWS, *read_rows(DATA / "outcome_words.tsv")):
        if row["concept"] not in {"-", "~"}:
            classes.setdefault(row["concept"], set()).add(row["endpoint_class"])
    assert {name: found for name, found in classes.items() if len(found) > 1} == {}
    assert {cls for found in classes.values() for cls in found} <= set(ENDPOINT_CLASS.members)


def test_every_row_can_be_used() -> None:
    """Letters are of a known kind, strengths are 1 or 2, and lower-case patterns hold no capitals."""
    assert {row["letters"] for row in _ROWS} == {"words", "caps", "chinese"}
    for row in _ROWS:
        if row["concept"] not in {"-", "~"}:
            assert row["strength"] in {"1", "2"}, row
        if row["letters"] != "caps":
            assert row["needs"] == row["needs"].lower(), row


@given(
    st.lists(st.sampled_from([row["needs"] for row in _ROWS] + [" ", "总生存期", "缓解率", "of ", "free ", "OS", "time to "]), max_size=12)
)
def test_any_mixture_of_its_own_words_is_answered(pieces: list[str]) -> None:
    """No title raises, and spaces at its ends do not matter."""
    title = " ".join(pieces)
    assert find_concept(title) == find_concept(f"  {title}  ")
