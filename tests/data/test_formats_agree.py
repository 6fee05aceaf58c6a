"""The same version of a trial, read from different formats alone, gives the same values wherever both formats carry them.

Formats are compared on trials whose last update bears the same date. What a format itself loses is the only difference
allowed; each such loss is named where it is allowed for.
"""

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

Tables = dict[str, pl.DataFrame]

PAIRS = (("json", "xml"), ("json", "csv"), ("xml", "csv"), ("classic", "xml"))
AT_LEAST = {("json", "xml"): 5, ("json", "csv"): 100, ("xml", "csv"): 150, ("classic", "xml"): 2}
"""Trials that the corpus has in the same version in both formats, about: fewer would mean that the comparison ran dry."""

NOT_COMPARED = {
    "trial_id": "the key",
    "is_single_arm": "follows from the number of arms, which CSV does not state: see the test of its own",
    "is_oncology": "rests on MeSH ancestors, which only the API states: see the test of its own",
}
LISTED = re.compile(r"^\s*(?:[*-]|\d+\.)\s+", re.MULTILINE)


FORMATS = {"json": "ctgov_json", "classic": "ctgov_classic_json", "xml": "ctgov_xml", "csv": "ctgov_csv"}


def same_version(pair: tuple[str, str], by_format: dict[str, Tables]) -> list[str]:
    """Trials of which the newest version has the same date in both formats."""
    dated: list[pl.DataFrame] = []
    for name in pair:
        tables = by_format[name]
        best = tables["studies"].filter((pl.col("rank") == 0) & (pl.col("source_format") == FORMATS[name]))
        dated.append(tables["trials"].join(best, on="trial_id", how="semi").select("trial_id", "last_update_date").drop_nulls())
    return dated[0].join(dated[1], on=["trial_id", "last_update_date"])["trial_id"].to_list()


def carried(tables: Tables) -> dict[str, set[str] | None]:
    """What the kept documents of each trial are able to state, by their readers' account; None: everything."""
    found: dict[str, set[str] | None] = {}
    for trial, names in tables["studies"].select("trial_id", "carried").iter_rows():
        known = found.get(trial, set())
        found[trial] = None if names is None or known is None else known | set(names)
    return found


def carry(what: str, trials: list[str], *formats: Tables) -> list[str]:
    """Those of the trials that all formats carry this for."""
    accounts = [carried(tables) for tables in formats]
    return [trial for trial in trials if all(account[trial] is None or what in (account[trial] or ()) for account in accounts)]


def column(tables: Tables, name: str) -> dict[str, Any]:
    return dict(tables["trials"].select("trial_id", name).iter_rows())


def differences(a: dict[str, Any], b: dict[str, Any], trials: list[str], same: Callable[[Any, Any], bool]) -> dict[str, tuple[Any, Any]]:
    return {trial: (a[trial], b[trial]) for trial in trials if not same(a[trial], b[trial])}


def without_former_ids(ids: list[str]) -> list[str]:
    return [i for i in ids if not re.fullmatch(r"NCT\d{8}", i)]


def plain(text: str | None) -> str | None:
    """Without list marks and line breaks, which the classic API has dropped."""
    return " ".join(LISTED.sub("", text).split()) if text else None


def allowed(name: str, pair: tuple[str, str]) -> Callable[[Any, Any], bool]:
    """When two values of a column are the same, as far as the pair of formats can tell."""
    if name == "sponsor_class" and "xml" in pair:
        # The legacy formats know NIH, U.S. Fed, Industry and Other: the other classes of the API are all "Other" there.
        merged = {None: None, "NIH": "NIH", "FED": "FED", "INDUSTRY": "INDUSTRY"}
        return lambda a, b: merged.get(a, "OTHER") == merged.get(b, "OTHER")
    if name == "other_ids" and "csv" in pair:
        # The export leaves former NCT ids out.
        return lambda a, b: without_former_ids(a) == without_former_ids(b)
    if name in ("allocation", "is_randomized") and pair == ("xml", "csv"):
        # The registry wrote "N/A" into older records of a single group without a new version: downloads differ.
        return lambda a, b: {a, b} <= {None, "NA", False} or a == b
    if pair == ("classic", "xml"):
        return lambda a, b: plain(a) == plain(b) if isinstance(a, str) else a == b
    return lambda a, b: a == b


def trial_columns() -> list[str]:
    from pipelines.schema.tables import TRIALS

    return [name for name in TRIALS.column_names if not name.endswith("_raw") and name not in NOT_COMPARED]


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_the_corpus_has_trials_to_compare(pair: tuple[str, str], by_format: dict[str, Tables]) -> None:
    """Enough trials are there in the same version."""
    assert len(same_version(pair, by_format)) >= AT_LEAST[pair]


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_columns_of_trials_are_the_same(pair: tuple[str, str], by_format: dict[str, Tables]) -> None:
    """Every column of `trials` that both formats carry."""
    a, b = (by_format[name] for name in pair)
    trials = same_version(pair, by_format)
    wrong: dict[str, dict[str, tuple[Any, Any]]] = {}
    compared = 0
    for name in trial_columns():
        both = carry(f"trials.{name}", trials, a, b)
        compared += len(both)
        if found := differences(column(a, name), column(b, name), both, allowed(name, pair)):
            wrong[name] = found
    assert not wrong, {name: list(found.items())[:2] for name, found in wrong.items()}
    assert compared > 15 * len(trials), "most columns are carried by both"


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_a_neoplasm_is_one_in_every_format(pair: tuple[str, str], by_format: dict[str, Tables]) -> None:
    """Only the API has MeSH ancestors, which say that a trial is none, and which also rest on keywords: 98% must be seen without."""
    a, b = (by_format[name] for name in pair)
    trials = carry("trials.is_oncology", same_version(pair, by_format), a, b)
    in_a, in_b = column(a, "is_oncology"), column(b, "is_oncology")
    assert not differences(in_a, in_b, trials, lambda x, y: {x, y} != {True, False})
    neoplasms = [trial for trial in trials if in_a[trial] or in_b[trial]]
    assert sum(bool(in_a[trial] and in_b[trial]) for trial in neoplasms) >= 0.98 * len(neoplasms) - 1


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if "csv" in pair], ids="-".join)
def test_the_model_says_single_arm_as_the_number_of_arms_does(pair: tuple[str, str], by_format: dict[str, Tables]) -> None:
    """CSV has no number of arms; what it tells from the model is wrong for at most 2%, where the record contradicts itself."""
    a, b = (by_format[name] for name in pair)
    trials = carry("trials.is_single_arm", same_version(pair, by_format), a, b)
    both = [trial for trial in trials if None not in (column(a, "is_single_arm")[trial], column(b, "is_single_arm")[trial])]
    wrong = differences(column(a, "is_single_arm"), column(b, "is_single_arm"), both, lambda x, y: x == y)
    assert len(both) > 50
    assert len(wrong) <= 0.02 * len(both), wrong


ROWS: dict[str, tuple[str, ...]] = {
    "conditions": ("ordinal", "condition_raw"),
    "arms": ("arm_id", "ordinal", "label", "arm_type", "description", "n_participants"),
    "endpoints": ("endpoint_id", "role", "ordinal", "measure", "description", "time_frame_raw", "concept", "endpoint_class"),
    "endpoint_results": (
        *("endpoint_id", "concept", "role", "measure_raw", "time_frame_raw", "arm_id", "group_raw", "class_raw"),
        *("category_raw", "statistic", "value_raw", "value", "unit", "is_not_reached", "ci_level_pct", "ci_low", "ci_high"),
        *("ci_high_not_reached", "dispersion_type", "dispersion", "dispersion_low", "dispersion_high", "n_events", "n_total"),
        *("p_value", "p_operator", "analysis_method", "analysis_population", "comment_raw"),
    ),
    "safety": (
        *("arm_id", "group_raw", "kind", "term_raw", "system_organ_class", "is_serious", "grade_min", "grade_max"),
        *("n_affected", "n_at_risk", "n_events", "percent_computed", "assessment_type", "source_vocabulary", "window_raw"),
    ),
}


def rows(tables: Tables, table: str, trials: list[str], names: tuple[str, ...], *, as_plain: bool) -> dict[str, Counter[tuple[Any, ...]]]:
    found: dict[str, Counter[tuple[Any, ...]]] = {trial: Counter() for trial in trials}
    for trial, *values in tables[table].filter(pl.col("trial_id").is_in(trials)).select("trial_id", *names).iter_rows():
        found[trial][tuple(plain(value) if as_plain and isinstance(value, str) else value for value in values)] += 1
    return found


def unequal(pair: tuple[str, str], by_format: dict[str, Tables], table: str, names: tuple[str, ...]) -> tuple[int, dict[str, Any]]:
    """(trials with rows, trial → what only the one and only the other has)."""
    a, b = (by_format[name] for name in pair)
    trials = carry(table, same_version(pair, by_format), a, b)
    in_a, in_b = (rows(tables, table, trials, names, as_plain="classic" in pair) for tables in (a, b))
    wrong = {trial: (list(in_a[trial] - in_b[trial]), list(in_b[trial] - in_a[trial])) for trial in trials if in_a[trial] != in_b[trial]}
    return sum(bool(in_a[trial]) for trial in trials), wrong


@pytest.mark.parametrize(
    ("pair", "table"),
    [
        *((pair, table) for pair in (("json", "xml"), ("classic", "xml")) for table in ROWS),
        *((pair, "conditions") for pair in (("json", "csv"), ("xml", "csv"))),
    ],
)
def test_rows_are_the_same(pair: tuple[str, str], table: str, by_format: dict[str, Tables]) -> None:
    """Every value of every row, apart from evidence and the registry's own numbers of groups, which formats order differently."""
    _, wrong = unequal(pair, by_format, table, ROWS[table])
    assert not wrong, list(wrong.items())[:2]


@pytest.mark.parametrize("pair", [("json", "csv"), ("xml", "csv")], ids="-".join)
def test_outcome_cells_come_apart_as_they_were_joined(pair: tuple[str, str], by_format: dict[str, Tables]) -> None:
    """Cells lose the borders between measure, description and time frame: 0.97 of the outcomes must come back whole, with their concept."""
    trials, wrong = unequal(pair, by_format, "endpoints", ROWS["endpoints"])
    assert trials >= 1
    a, b = (by_format[name] for name in pair)
    shared = carry("endpoints", same_version(pair, by_format), a, b)
    n_outcomes = a["endpoints"].filter(pl.col("trial_id").is_in(shared)).height
    n_wrong = sum(len(only_a) for only_a, _ in wrong.values())
    assert n_wrong <= 0.03 * n_outcomes, (n_wrong, n_outcomes, list(wrong.items())[:2])


@pytest.mark.parametrize("pair", [("json", "csv"), ("xml", "csv")], ids="-".join)
def test_outcomes_of_a_cell_keep_their_number_and_order(pair: tuple[str, str], by_format: dict[str, Tables]) -> None:
    """Whatever becomes of the parts, each outcome is one row with its role and place."""
    _, wrong = unequal(pair, by_format, "endpoints", ("endpoint_id", "role", "ordinal"))
    assert not wrong


SAID = (
    *(
        "arm_id",
        "component_role",
        "intervention_raw",
        "intervention_type",
        "drug_name",
        "dose_low",
        "dose_high",
        "dose_unit",
        "n_fractions",
    ),
    *("route", "frequency", "interval_days", "cycle_length_days", "n_cycles", "is_fully_specified"),
)


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if "csv" not in pair], ids="-".join)
def test_the_same_words_are_the_same_regimens(pair: tuple[str, str], by_format: dict[str, Tables]) -> None:
    """Every dose, route and schedule, whichever format carries the words."""
    _, wrong = unequal(pair, by_format, "regimens", SAID)
    assert not wrong, list(wrong.items())[:2]


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if "csv" in pair], ids="-".join)
def test_the_same_treatments_are_regimens(pair: tuple[str, str], by_format: dict[str, Tables]) -> None:
    """A CSV row has the registered treatments, without the descriptions that may spell out what has no drug's name."""
    a, b = (by_format[name] for name in pair)
    trials = carry("regimens", same_version(pair, by_format), a, b)
    names = ("intervention_raw", "intervention_type", "drug_name")
    registered = [{**tables, "regimens": tables["regimens"].filter(pl.col("intervention_type").is_not_null())} for tables in (a, b)]
    fuller, cells = (rows(tables, "regimens", trials, names, as_plain=False) for tables in registered)
    wrong = {
        t: (fuller[t], cells[t])
        for t in trials
        if not set(fuller[t]) <= set(cells[t]) or any(d for *_, d in set(cells[t]) - set(fuller[t]))
    }
    assert not wrong, list(wrong.items())[:2]


def test_another_format_changes_no_value_of_the_fullest_one(by_format: dict[str, Tables], whole: Tables) -> None:
    """A trial whose best document is API JSON has in the whole corpus the row that the JSON alone gives, but for what only articles say."""
    best = whole["studies"].filter((pl.col("rank") == 0) & (pl.col("source_format") == "ctgov_json"))["trial_id"].to_list()
    told = whole["studies"].filter("is_shared")["trial_id"]
    alone = by_format["json"]["trials"].filter(pl.col("trial_id").is_in(best)).sort("trial_id")
    together = whole["trials"].filter(pl.col("trial_id").is_in(alone["trial_id"].to_list())).sort("trial_id")
    assert alone.height > 1_500
    is_told = pl.col("trial_id").is_in(told.implode())
    assert together.filter(~is_told).rows() == alone.filter(~is_told).rows()
    stated = zip(together.filter(is_told).rows(), alone.filter(is_told).rows(), strict=True)
    assert all(own is None or value == own for row, own_row in stated for value, own in zip(row, own_row, strict=True))


def test_no_older_version_fills_what_a_newer_one_leaves_open(by_format: dict[str, Tables], whole: Tables) -> None:
    """A trial whose newest document is a CSV row has no official title, arms or results, though an older JSON or XML states them."""
    newest_is_csv = (
        whole["studies"]
        .group_by("trial_id")
        .agg(pl.col("source_format").unique().alias("formats"))
        .filter(pl.col("formats").list.len() == 1, pl.col("formats").list.first() == "ctgov_csv")["trial_id"]
        .to_list()
    )
    documents = whole["documents"].filter((pl.col("status") == "superseded") & pl.col("source_format").is_in(["ctgov_json", "ctgov_xml"]))
    older = whole["trial_documents"].join(documents, on="document_id", how="semi")["trial_id"].unique().to_list()
    both = sorted(set(newest_is_csv) & set(older))
    assert both, "the corpus has trials of which a newer CSV row and an older full record are there"
    found = whole["trials"].filter(pl.col("trial_id").is_in(both))
    for name in ("official_title", "detailed_description", "eligibility_criteria", "enrollment_type"):
        assert found[name].null_count() == found.height, name
    for table in ("arms", "endpoint_results"):
        assert whole[table].filter(pl.col("trial_id").is_in(both)).is_empty(), table
    rows = whole["safety"].filter(pl.col("trial_id").is_in(both))
    assert rows.filter(~pl.col("rule").str.starts_with("planned_")).is_empty()


@pytest.mark.parametrize("source_format", ["ctgov_json", "ctgov_classic_json", "ctgov_xml", "ctgov_csv", "ctgov_text", "aact"])
def test_every_format_that_tells_outcomes_tells_what_is_looked_for(source_format: str, whole: Tables) -> None:
    """Rows of planned outcomes on safety come from the very document that gives the endpoints."""
    documents = whole["documents"].filter(pl.col("source_format") == source_format)
    planned = whole["safety"].filter(pl.col("rule").str.starts_with("planned_"))
    found = planned.join(documents, on="document_id", how="semi")
    endpoints = whole["endpoints"].select("trial_id", "document_id").unique()
    assert endpoints.join(documents, on="document_id", how="semi").is_empty() or not found.is_empty()
    assert found.join(endpoints, on=["trial_id", "document_id"], how="anti").is_empty()
