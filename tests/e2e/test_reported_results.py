"""Results and safety of articles, from files in a raw folder to published rows, under the trials that they are of."""

from pathlib import Path

import pytest

from pipelines.settings import Settings
from tests.refreshing import as_json, fill, query, refresh

ENGLISH = """# Zanotinib or docetaxel after platinum: results of the LARCH-2 trial

In this randomised phase 3 study, 204 patients were assigned to the zanotinib arm (n = 102) or the docetaxel arm (n = 102). In the BIRCH-7 trial, median overall survival was 9.1 months.

Median progression-free survival was 6.8 months in the zanotinib arm and 4.1 months in the docetaxel arm (HR, 0.62; 95% CI, 0.48-0.80).

Grade 3 or higher treatment-related adverse events occurred in 31 patients (30%) in the zanotinib arm.
"""  # noqa: E501 - a paragraph is one line
CHINESE = """# 帕洛替尼治疗晚期胃癌的单臂II期研究

本研究共入组30例患者。中位PFS为7.4个月（80%CI 4.1～9.9个月），1年和2年OS率分别为61.5%和44.0%。

21例（70%）患者发生≥3级TEAE。未发生放射性肺炎。
"""
REGISTERED = """# Veliparib with temozolomide: final results

This trial is registered as NCT91000001. The objective response rate was 31% (13 of 42).
"""
DIGEST = """# News of the congress

ASPEN-7 (phase 2): the ORR was 41% (25 of 61).

NCT91000002 (phase 1): the ORR was 22%.
"""
BACKGROUND = """# Why we need new drugs

Survival of patients with glioma has hardly changed. A trial is planned that will enrol 300 patients for 2 years.
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A warehouse of two records and five articles."""
    folder = tmp_path_factory.mktemp("reported")
    files = {"english.md": ENGLISH, "chinese.md": CHINESE, "registered.md": REGISTERED, "digest.md": DIGEST, "background.md": BACKGROUND}
    raw = fill(folder / "raw", {"records.json": as_json(1, 2), **{name: text.encode() for name, text in files.items()}})
    settings = Settings(raw=raw, warehouse=folder / "warehouse")
    assert refresh(settings).outcome == "published"
    return settings


FROM = "FROM {} r JOIN documents d USING (document_id) WHERE d.source_path = '{}' ORDER BY r.start_char, r.value DESC"


def _results(settings: Settings, columns: str, name: str) -> list[tuple[object, ...]]:
    return query(settings, f"SELECT {columns} {FROM.format('endpoint_results', name)}")


def test_an_english_article_has_its_results_by_arm(published: Settings) -> None:
    """The hazard ratio is of both; the other trial's median is of neither."""
    found = query(
        published,
        "SELECT r.concept, r.statistic, r.value, r.ci_low, a.label FROM endpoint_results r LEFT JOIN arms a USING (arm_id)"
        " JOIN documents d ON d.document_id = r.document_id WHERE d.source_path = 'english.md' ORDER BY r.value DESC",
    )
    assert found == [
        ("PFS", "median", 6.8, None, "zanotinib arm"),
        ("PFS", "median", 4.1, None, "docetaxel arm"),
        ("PFS", "hazard_ratio", 0.62, 0.48, None),
    ]


def test_a_chinese_article_has_its_rates_interval_and_events(published: Settings) -> None:
    """Two rates at two times; an event that did not occur."""
    assert _results(published, "concept, statistic, value, landmark_months, ci_level_pct, ci_low, ci_high", "chinese.md") == [
        ("PFS", "median", 7.4, None, 80.0, 4.1, 9.9),
        ("OS", "rate", 61.5, 12.0, None, None, None),
        ("OS", "rate", 44.0, 24.0, None, None, None),
    ]
    found = query(
        published,
        "SELECT kind, term, grade_min, grade_max, attribution, n_affected, n_at_risk, percent, is_absent FROM safety r"
        " JOIN documents d USING (document_id) WHERE d.source_path = 'chinese.md' ORDER BY r.start_char",
    )
    assert found == [
        ("any_event", None, 3, 5, "treatment_emergent", 21, 30, 70.0, None),
        ("event", "Pneumonitis", None, None, None, 0, None, None, True),
    ]


def test_an_article_that_states_an_id_gives_results_to_the_record_of_that_id(published: Settings) -> None:
    """And the record alone says what the trial is."""
    assert _results(published, "trial_id, concept, value, n_events, n_total", "registered.md") == [("NCT91000001", "ORR", 31.0, 13, 42)]
    assert query(published, "SELECT brief_title FROM trials WHERE trial_id = 'NCT91000001'") == [
        ("Veliparib Given With Temozolomide, Part 1",)
    ]


def test_a_digest_gives_rows_to_each_trial_that_it_names(published: Settings) -> None:
    """A record's trial stays what its record says; another has a row from the article."""
    found = query(
        published,
        "SELECT t.acronym, t.registry, r.value FROM endpoint_results r JOIN trials t USING (trial_id)"
        " JOIN documents d ON d.document_id = r.document_id WHERE d.source_path = 'digest.md' ORDER BY r.value",
    )
    assert [(acronym, value) for acronym, _, value in found] == [(None, 22.0), ("ASPEN-7", 41.0)]
    assert query(published, "SELECT brief_title, phase FROM trials WHERE trial_id = 'NCT91000002'") == [
        ("Veliparib Given With Temozolomide, Part 2", "PHASE2")
    ]


def test_an_article_that_reports_no_trial_makes_none(published: Settings) -> None:
    """Its document is there all the same."""
    assert query(published, "SELECT status FROM documents WHERE source_path = 'background.md'") == [("kept",)]
    assert query(published, "SELECT count(*) FROM trials") == [(5,)]


def test_every_result_is_shown_by_its_evidence(published: Settings) -> None:
    """The stretch that the row points to holds the value as written."""
    found = query(
        published,
        "SELECT r.value, substr(t.text, r.start_char + 1, r.end_char - r.start_char) FROM endpoint_results r"
        " JOIN document_texts t USING (document_id, field) WHERE r.value IS NOT NULL AND r.method = 'text'",
    )
    assert len(found) == 9
    assert all(f"{value:g}" in words for value, words in found)


def test_raw_order_and_names_do_not_matter(published: Settings, tmp_path: Path) -> None:
    """The same texts under other names give the same values for the same trials."""
    files = {
        "z.json": as_json(1, 2),
        "b.md": ENGLISH.encode(),
        "a.md": CHINESE.encode(),
        "c.md": REGISTERED.encode(),
        "0.md": DIGEST.encode(),
    }
    other = Settings(raw=fill(tmp_path / "raw", files), warehouse=tmp_path / "warehouse")
    refresh(other)
    columns = "SELECT trial_id, concept, statistic, value, group_raw, landmark_months FROM endpoint_results ORDER BY ALL"
    assert query(other, columns) == query(published, columns)
