"""One trial in two registers and an article: one row of `trials`, each thing once with the places of all, and what they disagree on."""

import itertools
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.settings import Settings
from tests.e2e.test_linking import built, table
from tests.refreshing import study

TITLE = "Veliparib With or Without Temozolomide in Recurrent Glioblastoma"


def record() -> dict[str, Any]:
    """A trial of two arms, registered with 42 participants."""
    found = study(2, title=TITLE)
    protocol = found["protocolSection"]
    protocol["identificationModule"]["secondaryIdInfos"] = [{"id": "ISRCTN51695599"}]
    protocol["armsInterventionsModule"] = {
        "armGroups": [
            {"label": "Veliparib", "type": "EXPERIMENTAL", "interventionNames": ["Drug: Veliparib"]},
            {"label": "Placebo", "type": "PLACEBO_COMPARATOR", "interventionNames": ["Drug: Placebo"]},
        ],
        "interventions": [
            {"type": "DRUG", "name": "Veliparib", "description": "200 mg by mouth twice a day", "armGroupLabels": ["Veliparib"]},
            {"type": "DRUG", "name": "Placebo", "armGroupLabels": ["Placebo"]},
        ],
    }
    return found


ICTRP = "\n".join(
    (
        "TrialID,Secondary_ID,public_title,Scientific_title,Primary_sponsor,Source_Register,Date_registration,Target_size,Phase,"
        "Study_type,Condition,Intervention,Primary_outcome",
        f"ISRCTN51695599,NCT91000002,{TITLE},{TITLE},University of Leith,ISRCTN,2023-01-05,64,Phase II,"
        "Interventional,Glioblastoma,Veliparib 200 mg,Overall survival",
    )
)

ARTICLE = f"""# {TITLE}: results

**Methods.** In this randomised, double-blind trial (NCT91000002), 58 patients were randomised to veliparib or placebo.

**Results.** Median progression-free survival was 8.3 months (95% CI 6.1-10.2) with veliparib and 4.9 months (95% CI 3.8-6.0) with placebo.
Grade 3 or higher neutropenia occurred in 12 (41%) patients in the veliparib arm.
"""

NOTE = """# 维利帕尼 NCT91000002

该研究（NCT91000002）结果显示，维利帕尼组和安慰剂组的中位PFS分别为8.3个月和4.9个月。
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    content = {
        "a.json": json.dumps(record()).encode(),
        "b.csv": ICTRP.encode(),
        "c.md": ARTICLE.encode(),
        "d.md": NOTE.encode(),
    }
    return built(tmp_path_factory.mktemp("several"), content)


def test_registrations_that_state_each_other_are_one_trial(settings: Settings) -> None:
    (trial,) = table(settings, "trials").iter_rows(named=True)
    assert trial["trial_id"] == "NCT91000002"
    assert "ISRCTN51695599" in trial["other_ids"]
    methods = table(settings, "trial_documents")["match_method"].to_list()
    assert sorted(methods) == ["other_id", "registry_id", "registry_id", "registry_id"]
    aliases = table(settings, "trial_aliases").select("alias_id", "trial_id").rows()
    assert aliases == [("ISRCTN51695599", "NCT91000002")]


def test_every_value_of_the_trial_names_its_document(settings: Settings) -> None:
    """The register that the trial is known by comes first."""
    values = table(settings, "trial_values").filter(pl.col("field") == "enrollment").sort("is_chosen")
    assert values["value"].to_list()[-1] == "42"
    assert sorted(values["value"]) == ["42", "58", "64"]
    assert values.filter("is_chosen")["field_in_document"].item() == "designModule.enrollmentInfo.count"


def test_a_result_of_two_articles_is_one_row_under_the_arm_of_the_record(settings: Settings) -> None:
    """And the Chinese note speaks for it as well."""
    results = table(settings, "endpoint_results").filter(pl.col("concept") == "PFS").sort("value")
    assert results["value"].to_list() == [4.9, 8.3]
    assert results["arm_id"].to_list() == ["NCT91000002/arm-2", "NCT91000002/arm-1"]
    assert results["endpoint_id"].null_count() == 0
    places = table(settings, "evidence").filter(pl.col("row_id").is_in(results["result_id"].implode()))
    assert places["document_id"].n_unique() == 2
    assert places.filter(pl.col("role") == "whole").height == 4


def test_an_endpoint_that_both_registers_plan_is_one_row(settings: Settings) -> None:
    """One that only the second has is a row of its own."""
    endpoints = table(settings, "endpoints").sort("concept")
    assert endpoints["concept"].to_list() == ["OS", "PFS"]


def test_what_the_documents_say_differently(settings: Settings) -> None:
    found = table(settings, "discrepancies").filter(pl.col("table_name") == "trials")
    sizes = found.filter(pl.col("field") == "enrollment")
    assert sorted(sizes["value_b"]) == ["58", "64"]
    assert set(sizes["value_a"]) == {"42"}
    article = sizes.filter(pl.col("value_b") == "58").row(0, named=True)
    assert ARTICLE[article["start_char_b"] : article["end_char_b"]].startswith("58 patients")


def test_the_order_of_files_does_not_matter(tmp_path: Path) -> None:
    """The same documents under names that are read in another order give the same trial and facts."""
    content = (json.dumps(record()), ICTRP, ARTICLE)
    names = ("a.json", "b.csv", "c.md"), ("z.json", "b.csv", "a.md"), ("m.json", "z.csv", "a.md")
    found = []
    for n, some in enumerate(names):
        one = built(tmp_path / str(n), {name: text.encode() for name, text in zip(some, content, strict=True)})
        shown = [table(one, name).drop("document_id", "last_update_date", strict=False) for name in ("trials", "arms", "endpoints")]
        found.append([sorted(map(repr, frame.rows())) for frame in shown])
    assert all(one == other for one, other in itertools.pairwise(found))


def test_what_is_taken_away_is_told_apart_again(tmp_path: Path) -> None:
    """Without the record the other registration is a trial by its own id; the article, which states the record's id, stays with that."""
    content = {"a.json": json.dumps(record()).encode(), "b.csv": ICTRP.encode(), "c.md": ARTICLE.encode()}
    settings = built(tmp_path, content)
    del content["a.json"]
    (settings.raw / "a.json").unlink()
    from tests.refreshing import build_all, check_tables

    build_all(settings)
    check_tables(settings)
    assert sorted(table(settings, "trials")["trial_id"]) == ["ISRCTN51695599", "NCT91000002"]
