"""An independent reading of API JSON, with nothing of the pipeline, against the tables: every value is there, and nothing more."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.grammar.lexicon import DRUG, tagged, words
from pipelines.settings import Settings
from pipelines.text.repair import repaired_text
from tests.data.api_studies import Json, studies_in


@pytest.fixture(scope="module")
def tables(corpus: Path, build_tables: Callable[..., Settings]) -> dict[str, pl.DataFrame]:
    settings = build_tables([corpus / "ctgov_json", corpus / "large" / "ctg-studies.json.zip"])
    return {folder.name: pl.read_parquet(sorted(folder.glob("*.parquet"))) for folder in settings.build_parquet.iterdir()}


@pytest.fixture(scope="module")
def newest(corpus: Path) -> dict[str, Json]:
    """The newest version of each trial whose newest version is one study only, so that there is no choice to make."""
    versions: dict[str, dict[str, list[Json]]] = {}
    for study in studies_in(corpus):
        if "protocolSection" in study:
            protocol = study["protocolSection"]
            nct_id = protocol["identificationModule"]["nctId"]
            updated = protocol["statusModule"].get("lastUpdatePostDateStruct", {}).get("date", "")
            versions.setdefault(nct_id, {}).setdefault(updated, []).append(study)
    chosen = {nct_id: found[max(found)] for nct_id, found in versions.items()}
    return {nct_id: found[0] for nct_id, found in chosen.items() if len(found) == 1}


def rows_of(frame: pl.DataFrame, newest: dict[str, Json]) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {nct_id: [] for nct_id in newest}
    for row in frame.filter(pl.col("trial_id").is_in(list(newest))).iter_rows(named=True):
        found[row["trial_id"]].append(row)
    return found


def at(node: Any, path: str) -> Any:
    for step in path.split("."):
        node = node.get(step) if isinstance(node, dict) else None
    return node


def text(words: str | None) -> str | None:
    return repaired_text(words).strip() or None if words else None


def iso(words: str | None) -> str | None:
    return None if words is None else words + {10: "", 7: "-01", 4: "-01-01"}[len(words)]


def test_the_corpus_has_the_trials_that_the_tables_have(tables: dict[str, pl.DataFrame], corpus: Path) -> None:
    """Every NCT id of the JSON is a trial; further trials come from the classic files only."""
    expected = {s["protocolSection"]["identificationModule"]["nctId"] for s in studies_in(corpus) if "protocolSection" in s}
    found = set(tables["trials"]["trial_id"])
    assert expected <= found
    classic = tables["documents"].filter(pl.col("source_format") == "ctgov_classic_json")["document_id"]
    of_classic = tables["trial_documents"].filter(pl.col("document_id").is_in(classic.to_list()))["trial_id"]
    assert found - expected <= set(of_classic)


TRIAL_FIELDS: dict[str, Callable[[Json], Any]] = {
    "nct_id": lambda s: at(s, "protocolSection.identificationModule.nctId"),
    "acronym": lambda s: text(at(s, "protocolSection.identificationModule.acronym")),
    "brief_title": lambda s: text(at(s, "protocolSection.identificationModule.briefTitle")),
    "official_title": lambda s: text(at(s, "protocolSection.identificationModule.officialTitle")),
    "brief_summary": lambda s: text(at(s, "protocolSection.descriptionModule.briefSummary")),
    "detailed_description": lambda s: text(at(s, "protocolSection.descriptionModule.detailedDescription")),
    "study_type": lambda s: at(s, "protocolSection.designModule.studyType"),
    "phase": lambda s: "_".join(at(s, "protocolSection.designModule.phases") or []) or None,
    "allocation": lambda s: at(s, "protocolSection.designModule.designInfo.allocation"),
    "intervention_model": lambda s: at(s, "protocolSection.designModule.designInfo.interventionModel"),
    "masking": lambda s: at(s, "protocolSection.designModule.designInfo.maskingInfo.masking"),
    "primary_purpose": lambda s: at(s, "protocolSection.designModule.designInfo.primaryPurpose"),
    "overall_status": lambda s: at(s, "protocolSection.statusModule.overallStatus"),
    "why_stopped": lambda s: text(at(s, "protocolSection.statusModule.whyStopped")),
    "enrollment": lambda s: at(s, "protocolSection.designModule.enrollmentInfo.count"),
    "enrollment_type": lambda s: at(s, "protocolSection.designModule.enrollmentInfo.type"),
    "n_sites": lambda s: len(at(s, "protocolSection.contactsLocationsModule.locations") or []) or None,
    "sex": lambda s: at(s, "protocolSection.eligibilityModule.sex"),
    "eligibility_criteria": lambda s: text(at(s, "protocolSection.eligibilityModule.eligibilityCriteria")),
    "start_date": lambda s: iso(at(s, "protocolSection.statusModule.startDateStruct.date")),
    "primary_completion_date": lambda s: iso(at(s, "protocolSection.statusModule.primaryCompletionDateStruct.date")),
    "completion_date": lambda s: iso(at(s, "protocolSection.statusModule.completionDateStruct.date")),
    "first_posted_date": lambda s: iso(at(s, "protocolSection.statusModule.studyFirstPostDateStruct.date")),
    "last_update_date": lambda s: iso(at(s, "protocolSection.statusModule.lastUpdatePostDateStruct.date")),
    "lead_sponsor": lambda s: text(at(s, "protocolSection.sponsorCollaboratorsModule.leadSponsor.name")),
    "sponsor_class": lambda s: at(s, "protocolSection.sponsorCollaboratorsModule.leadSponsor.class"),
}


@pytest.mark.parametrize("column", TRIAL_FIELDS)
def test_every_trial_field_is_as_in_the_json(column: str, tables: dict[str, pl.DataFrame], newest: dict[str, Json]) -> None:
    """The column holds what the newest record says, and NULL where it says nothing."""
    values = dict(tables["trials"].select("trial_id", pl.col(column)).iter_rows())
    expected = {nct_id: TRIAL_FIELDS[column](study) for nct_id, study in newest.items()}
    wrong = {
        i: (e, values[i]) for i, e in expected.items() if e != (str(values[i]) if column.endswith("_date") and values[i] else values[i])
    }
    assert not wrong, list(wrong.items())[:3]


def test_partial_dates_keep_their_precision(tables: dict[str, pl.DataFrame], newest: dict[str, Json]) -> None:
    """A date stated as year and month has the precision `month`."""
    found = dict(tables["trials"].select("trial_id", "start_date_precision").iter_rows())
    for nct_id, study in newest.items():
        words = at(study, "protocolSection.statusModule.startDateStruct.date")
        assert found[nct_id] == (None if words is None else {10: "day", 7: "month", 4: "year"}[len(words)])


def test_conditions_are_the_list(tables: dict[str, pl.DataFrame], newest: dict[str, Json]) -> None:
    """All conditions in their order."""
    rows = rows_of(tables["conditions"], newest)
    for nct_id, study in newest.items():
        listed = at(study, "protocolSection.conditionsModule.conditions") or []
        assert [r["condition_raw"] for r in sorted(rows[nct_id], key=lambda r: r["ordinal"])] == [repaired_text(c) for c in listed]


def test_arms_are_the_list(tables: dict[str, pl.DataFrame], newest: dict[str, Json]) -> None:
    """All arms in their order, with type and description."""
    rows = rows_of(tables["arms"], newest)
    for nct_id, study in newest.items():
        listed = at(study, "protocolSection.armsInterventionsModule.armGroups") or []
        expected = [(repaired_text(a["label"]), a.get("type"), repaired_text(a.get("description") or "") or None) for a in listed]
        assert [(r["label"], r["arm_type"], r["description"]) for r in sorted(rows[nct_id], key=lambda r: r["ordinal"])] == expected


def test_endpoints_are_the_lists(tables: dict[str, pl.DataFrame], newest: dict[str, Json]) -> None:
    """Every primary, secondary and other outcome with its three parts, and no more."""
    rows = rows_of(tables["endpoints"], newest)
    for nct_id, study in newest.items():
        expected = {
            (role.upper(), n, *(repaired_text(o[part]) if o.get(part) else None for part in ("measure", "description", "timeFrame")))
            for role in ("primary", "secondary", "other")
            for n, o in enumerate(at(study, f"protocolSection.outcomesModule.{role}Outcomes") or [], start=1)
        }
        found = [(r["role"], r["ordinal"], r["measure"], r["description"], r["time_frame_raw"]) for r in rows[nct_id]]
        assert len(found) == len(expected)
        assert set(found) == expected


def posted(study: Json) -> Iterator[tuple[Any, ...]]:
    """(title, class, category, group title, value words, spread, low, high) of every posted measurement."""
    for outcome in at(study, "resultsSection.outcomeMeasuresModule.outcomeMeasures") or []:
        titles = {g["id"]: g.get("title") for g in outcome.get("groups", [])}
        for klass in outcome.get("classes", []):
            for category in klass.get("categories", []):
                for m in category.get("measurements", []):
                    yield (
                        text(outcome["title"]),
                        text(klass.get("title")),
                        text(category.get("title")),
                        text(titles.get(m["groupId"])),
                        m.get("value"),
                        number(m.get("spread")),
                        number(m.get("lowerLimit")),
                        number(m.get("upperLimit")),
                    )


def number(words: str | None) -> float | None:
    """A plain number with thousands commas, else None."""
    cleaned = (words or "").strip()
    if not re.fullmatch(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:[eE][+-]?\d+)?", cleaned) or not re.search(r"\d", cleaned):
        return None
    return float(cleaned.replace(",", ""))


def test_every_measurement_is_a_row(tables: dict[str, pl.DataFrame], newest: dict[str, Json]) -> None:
    """Values, spreads and limits of every posted measurement, and no more rows than that."""
    rows = rows_of(tables["endpoint_results"].filter(pl.col("rule") == "posted_measurement"), newest)
    total = 0
    for nct_id, study in newest.items():
        expected = Counter(posted(study))
        found = Counter(
            (
                text(r["measure_raw"]),
                text(r["class_raw"]),
                text(r["category_raw"]),
                text(r["group_raw"]),
                r["value_raw"],
                r["dispersion"],
                r["ci_low"] if r["ci_level_pct"] else r["dispersion_low"],
                r["ci_high"] if r["ci_level_pct"] else r["dispersion_high"],
            )
            for r in rows[nct_id]
        )
        total += found.total()
        assert found == expected, (nct_id, (found - expected).most_common(2), (expected - found).most_common(2))
    assert total > 10_000


def test_values_are_the_numbers_of_their_words(tables: dict[str, pl.DataFrame]) -> None:
    """`value` is the plain number that was posted, and NULL for anything else."""
    frame = tables["endpoint_results"].filter(pl.col("value_raw").is_not_null()).select("value_raw", "value").unique()
    wrong = [(w, v) for w, v in frame.iter_rows() if not same(number(w), v)]
    assert not wrong, wrong[:10]


def same(a: float | None, b: float | None) -> bool:
    return a == b if a is None or b is None else math.isclose(a, b, rel_tol=1e-12)


def test_every_analysis_is_a_row(tables: dict[str, pl.DataFrame], newest: dict[str, Json]) -> None:
    """Estimate, interval and p value of every statistical analysis, and no more rows than that."""
    rows = rows_of(tables["endpoint_results"].filter(pl.col("rule") == "posted_analysis"), newest)
    for nct_id, study in newest.items():
        expected = Counter(
            (text(o["title"]), a.get("paramType"), a.get("paramValue"), number(a.get("ciLowerLimit")), number(a.get("ciUpperLimit")))
            for o in at(study, "resultsSection.outcomeMeasuresModule.outcomeMeasures") or []
            for a in o.get("analyses", [])
        )
        found = Counter((text(r["measure_raw"]), r["statistic_raw"], r["value_raw"], r["ci_low"], r["ci_high"]) for r in rows[nct_id])
        assert found == expected, (nct_id, found - expected, expected - found)


def test_every_p_value_is_kept(tables: dict[str, pl.DataFrame], newest: dict[str, Json]) -> None:
    """As many p values as the JSON states, with operator."""
    stated = sum(
        1
        for study in newest.values()
        for o in at(study, "resultsSection.outcomeMeasuresModule.outcomeMeasures") or []
        for a in o.get("analyses", [])
        if re.search(r"\d", a.get("pValue") or "")
    )
    mine = tables["endpoint_results"].filter(pl.col("trial_id").is_in(list(newest)))
    assert mine["p_value"].count() == stated == mine["p_operator"].count()


def test_every_adverse_event_is_a_row(tables: dict[str, pl.DataFrame], newest: dict[str, Json]) -> None:
    """Each event and group with affected, at risk and events, and no more rows than that."""
    rows = rows_of(tables["safety"].filter(pl.col("kind") == "event"), newest)
    for nct_id, study in newest.items():
        module = at(study, "resultsSection.adverseEventsModule") or {}
        titles = {g["id"]: text(g.get("title")) for g in module.get("eventGroups", [])}
        expected = Counter(
            (
                serious,
                text(event.get("term")),
                text(event.get("organSystem")),
                event.get("assessmentType"),
                event.get("sourceVocabulary"),
                titles.get(stats["groupId"]),
                stats.get("numAffected"),
                stats.get("numAtRisk"),
                stats.get("numEvents"),
            )
            for serious, name in ((True, "seriousEvents"), (False, "otherEvents"))
            for event in module.get(name, [])
            for stats in event.get("stats", [])
        )
        found = Counter(
            (
                r["is_serious"],
                text(r["term_raw"]),
                text(r["system_organ_class"]),
                r["assessment_type"],
                r["source_vocabulary"],
                text(r["group_raw"]),
                r["n_affected"],
                r["n_at_risk"],
                r["n_events"],
            )
            for r in rows[nct_id]
        )
        assert found == expected, (nct_id, found - expected, expected - found)


def test_totals_and_deaths_are_rows(tables: dict[str, pl.DataFrame], newest: dict[str, Json]) -> None:
    """Serious, other and death totals of every group that states them."""
    posted = tables["safety"].filter((pl.col("kind") != "event") & ~pl.col("rule").str.starts_with("planned_"))
    rows = rows_of(posted, newest)
    for nct_id, study in newest.items():
        expected = Counter(
            (kind, serious, group.get(f"{name}NumAffected"), group.get(f"{name}NumAtRisk"))
            for group in at(study, "resultsSection.adverseEventsModule.eventGroups") or []
            for name, kind, serious in (("deaths", "death", None), ("serious", "any_event", True), ("other", "any_event", False))
            if group.get(f"{name}NumAffected") is not None or group.get(f"{name}NumAtRisk") is not None
        )
        found = Counter((r["kind"], r["is_serious"], r["n_affected"], r["n_at_risk"]) for r in rows[nct_id])
        assert found == expected


def test_treatments_are_regimens_and_nothing_else_is(tables: dict[str, pl.DataFrame], newest: dict[str, Json]) -> None:
    """Each drug, biological, radiation, supplement, genetic or combination product stands in a row under its name or a part of it, or is
    spelt out by rows that the prose makes; procedures make none but radiation, devices and tests none at all.
    """
    treatments = {"DRUG", "BIOLOGICAL", "RADIATION", "DIETARY_SUPPLEMENT", "COMBINATION_PRODUCT"}
    never = {"DEVICE", "BEHAVIORAL", "DIAGNOSTIC_TEST"}
    rows = rows_of(tables["regimens"], newest)
    missing: list[tuple[str, str]] = []
    for nct_id, study in newest.items():
        listed = at(study, "protocolSection.armsInterventionsModule.interventions") or []
        missing += [
            (nct_id, item["name"])
            for item in listed
            if item.get("type") in treatments and not any(stands_for(row, text(item.get("name")) or "") for row in rows[nct_id])
        ]
        assert not {r["intervention_type"] for r in rows[nct_id]} & never
        assert all(r["drug_name"] == "radiotherapy" for r in rows[nct_id] if r["intervention_type"] == "PROCEDURE")
    assert missing[:5] == []


def stands_for(row: dict[str, Any], name: str) -> bool:
    """Whether a row is of the intervention of this name: by its words, by the drug they name, or because prose spells it out."""
    drugs = {token.value.name for token in tagged(name, (words(),)) if token.kind == DRUG}
    return (
        (row["intervention_raw"] or "").casefold() in name.casefold()
        or row["drug_name"] in drugs
        or (row["intervention_type"] is None and row["method"] == "text")
    )


def test_evidence_paths_lead_to_the_value(tables: dict[str, pl.DataFrame], newest: dict[str, Json]) -> None:
    """`field` walks from the section of its module to what the row was made from."""
    frame = tables["safety"].filter(pl.col("kind") == "event")
    for nct_id, rows in list(rows_of(frame, newest).items()):
        for row in rows[:50]:
            stats = walk(newest[nct_id]["resultsSection"], row["field"])
            assert stats.get("numAffected") == row["n_affected"]
    for nct_id, rows in rows_of(tables["endpoints"], newest).items():
        for row in rows:
            assert repaired_text(walk(newest[nct_id]["protocolSection"], row["field"])) == row["measure"]


def walk(section: Json, path: str) -> Any:
    node: Any = section
    for step in re.findall(r"[^.\[\]]+", path):
        node = node[int(step)] if step.isdigit() else node[step]
    return node
