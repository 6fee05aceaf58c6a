"""The step of a refresh that links documents to trials: registrations in several registers, and documents without a registry id.

How documents are compared is the business of `pipelines.link`; which tables a linked document then gives, of `pipelines.link.assignment`;
what Dagster makes of the step, of `assets/`.
"""

import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from pipelines.build_folder import pass_stamp, path, write_frame
from pipelines.build_records import read_results, records
from pipelines.engine import describe_stage
from pipelines.engine.batches import over_batches
from pipelines.engine.executor import Executor
from pipelines.engine.progress import Progress
from pipelines.link.decisions import DIFFERENT, SAME, read_decisions
from pipelines.link.evidence import Told, WordWeights, are_others, contradictions, title, word_weights
from pipelines.link.matching import TOPIC, Match, asked_for, best_of_pairs, candidates, decide, each_once, known
from pipelines.link.registrations import Registration, joins, own_key, speaks_against
from pipelines.link.statements import Facts
from pipelines.link.topics import LEAST_SCORE, compare, is_link, known_words, reasons, size_word
from pipelines.settings import Settings

LINKS = "links"
OTHER_ID = "other_id"
"""The method of a link between registrations that state each other's ids (`registrations.py`)."""
_LINK_SCHEMA = {
    "document_id": pl.String,
    "own_trial_id": pl.String,
    "trial_id": pl.String,
    "registry": pl.String,
    "match_method": pl.String,
    "score": pl.Float64,
}
_LEAST_SCORE = 0.3
"""A candidate that shares less is no near miss."""
_MOST_NEAR_MISSES = 3


def find_links(settings: Settings, executor: Executor, *, progress: Progress | None = None) -> pl.DataFrame:
    """Link records of one trial in several registers, and the kept documents that state no registry id of one trial.

    Columns: those of `_LINK_SCHEMA`. Beside it, `link_candidates`: documents and trials that nearly matched, with what a person has decided
    of them.
    """
    decided = pl.read_parquet(path(settings, "duplicates"), columns=["document_id", "status"])
    kept = records(settings).join(decided.filter(pl.col("status") == "kept"), on="document_id", how="semi")
    is_study = pl.col("kind") == "study"
    registered = kept.filter(is_study & (pl.col("registry") != "none"))
    unlinked = kept.filter((is_study & (pl.col("registry") == "none")) | (~is_study & (pl.col("stated_ids").list.len() != 1)))
    matches: list[Match] = []
    if len(registered) and (len(unlinked) or registered["other_registrations"].list.len().sum()):
        folders = _described(settings, executor, progress)
        matches = _by_registrations(settings, folders, registered)
        registered = _by_main_registration(registered, matches)
        matches += matched(folders, registered, unlinked) if len(unlinked) else []
    else:
        shutil.rmtree(settings.state / "describe", ignore_errors=True)
    own = kept.select("document_id", "content_sha256", own_trial_id="trial_id")
    registers = registered.select("trial_id", "registry").unique("trial_id")
    table = _decided(settings, matches, own).join(registers, on="trial_id", how="left")
    links = table.filter("is_link").select(*_LINK_SCHEMA)
    links.write_parquet(path(settings, LINKS))
    pass_stamp(settings, LINKS, ["duplicates"])
    near = table.filter(~pl.col("is_link")).sort("document_id", "trial_id")
    write_frame(settings, "link_candidates", near, ["duplicates"])
    return links


def matched(folders: Sequence[Path], registered: pl.DataFrame, unlinked: pl.DataFrame) -> list[Match]:
    """The candidates of unlinked documents, decided; `folders` hold what `describe_stage` tells of both.

    Both have `document_id`, `source_path` and `kind`, the registered records `trial_id`.
    """
    matches = _by_statements(folders, registered, unlinked)
    linked_already = {one.document for one in matches if one.is_link}
    rest = unlinked.filter((pl.col("kind") != "study") & ~pl.col("document_id").is_in(list(linked_already)))
    return matches + (_by_topics(folders, registered, rest) if len(rest) else [])


def linked(documents: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """The documents with `trial_id`, `registry` and `stated_ids` as the links say. Copies of a linked record follow it by its own trial.

    And `registration`, of records: the id under which a register has the trial, another than `trial_id` where several registers have it.
    """
    told = {"linked": pl.col("trial_id"), "register": pl.col("registry"), "by": pl.col("match_method")}
    by_document = links.select("document_id", **told)
    by_trial = links.drop_nulls("own_trial_id").unique("own_trial_id", maintain_order=True).rename({"trial_id": "main"})
    by_trial = by_trial.select(trial_id="own_trial_id", linked_too="main", register_too="registry", by_too="match_method")
    found = documents.join(by_document, on="document_id", how="left", maintain_order="left")
    found = found.join(by_trial, on="trial_id", how="left", maintain_order="left")
    found = found.with_columns(pl.coalesce(name, f"{name}_too") for name in told)
    is_linked, is_study = pl.col("linked").is_not_null(), pl.col("kind") == "study"
    return found.with_columns(
        trial_id=pl.when(is_linked & is_study).then("linked").otherwise("trial_id"),
        registry=pl.when(is_linked & is_study).then("register").otherwise("registry"),
        registration=pl.when(is_linked & is_study & (pl.col("by") != OTHER_ID)).then("linked").otherwise("trial_id"),
        stated_ids=pl.when(is_linked & ~is_study).then(pl.concat_list("linked")).otherwise("stated_ids"),
    ).drop(*told, *(f"{name}_too" for name in told))


def _by_main_registration(registered: pl.DataFrame, matches: Sequence[Match]) -> pl.DataFrame:
    """The records under the trial that their registration was joined to."""
    trial_of = {one.document: one.trial for one in matches if one.is_link}
    register_of = dict(registered.select("trial_id", "registry").iter_rows())
    moved = registered.with_columns(trial_id=pl.col("document_id").replace_strict(trial_of, default=pl.col("trial_id")))
    return moved.with_columns(registry=pl.col("trial_id").replace_strict(register_of, return_dtype=pl.String))


def _described(settings: Settings, executor: Executor, progress: Progress | None) -> list[Path]:
    """Folders of the described batches; batches that were described before are taken as they are."""
    folder = settings.state / "describe"
    tasks = [
        describe_stage.task(folder=folder, records=result.folder, read_key=result.key)
        for result in read_results(settings).results
        if result.n_records
    ]
    return over_batches(
        executor, tasks, run=describe_stage.run, finished=describe_stage.finished, folder=folder, doing="describing", progress=progress
    )


def _by_registrations(settings: Settings, folders: Sequence[Path], registered: pl.DataFrame) -> list[Match]:
    """Documents of registrations whose ids tie them to a registration in another register, decided."""
    by_trial = registered.group_by("trial_id").agg(
        register=pl.col("registry").first(), stated=pl.col("other_registrations").explode().drop_nulls().unique()
    )
    found = [
        Registration(trial, register, own_key(trial) or f"{register} {trial}", frozenset(stated))
        for trial, register, stated in by_trial.iter_rows()
    ]
    stated = frozenset[str]().union(*(one.stated for one in found))
    involved = [one for one in found if one.stated or one.key in stated]
    of_involved = registered.filter(pl.col("trial_id").is_in([one.trial for one in involved]))
    told = _told(folders, of_involved.select("document_id", who="trial_id"))
    contents = dict(registered.select("content_sha256", "trial_id").iter_rows())
    decided = {
        (contents[content], trial): decision == SAME
        for (content, trial), decision in read_decisions(settings.decisions).items()
        if content in contents
    }
    documents = dict(registered.sort("document_id").group_by("trial_id", maintain_order=True).agg("document_id").iter_rows())
    return [
        Match(document, one.other, one.score, one.score, one.is_link, one.reasons, OTHER_ID)
        for one in joins(involved, lambda trial, other: speaks_against(told[trial], told[other]), decided)
        for document in (documents[one.trial] if one.is_link else documents[one.trial][:1])
    ]


def _by_statements(folders: Sequence[Path], registered: pl.DataFrame, unlinked: pl.DataFrame) -> list[Match]:
    """Candidates of unlinked documents that say the same as a trial, decided."""
    trial_of = registered.select("document_id", trial="trial_id")
    said = [pl.scan_parquet(folder / describe_stage.STATEMENTS) for folder in folders]
    asked = pl.concat([one.join(unlinked.lazy().select("document_id"), on="document_id", how="semi") for one in said]).collect()
    keys = asked.select("kind", "key").unique()
    trials = pl.concat([asked_for(one.collect(), keys).join(trial_of, on="document_id").select("trial", "kind", "key") for one in said])
    compared = known(trials.unique(), trial_of["trial"].n_unique())
    found = pl.concat([candidates(some, compared) for some in _slices(asked)]).join(
        _listed(registered, unlinked), on=["document", "trial"], how="left"
    )
    weights = _title_weights(folders, trial_of)
    told = _told(folders, trial_of.filter(pl.col("trial").is_in(found["trial"].implode())).rename({"trial": "who"}))
    asker = _told(folders, found.select(document_id="document", who="document").unique())
    matches: list[Match] = []
    for (document,), rows in found.sort("document", "trial").group_by("document", maintain_order=True):
        matches += decide(rows.iter_rows(named=True), asker[str(document)], told, weights)
    lists = unlinked.filter(pl.col("kind") == "study").select("document_id", "source_path")
    return each_once(matches, dict(lists.iter_rows()))


def _listed(registered: pl.DataFrame, unlinked: pl.DataFrame) -> pl.DataFrame:
    """`document`, `trial`, `is_listed` for records without an id and the trials that have a record of their own in the same file.

    A file that has a trial twice is no list of trials.
    """
    listed = registered.group_by("source_path", "trial_id").len()
    no_lists = listed.filter(pl.col("len") > 1).select("source_path")
    of_files = unlinked.filter(pl.col("kind") == "study").select("source_path", document="document_id")
    both = of_files.join(listed, on="source_path").join(no_lists, on="source_path", how="anti")
    return both.select("document", trial="trial_id", is_listed=pl.lit(value=True))


def _title_weights(folders: Sequence[Path], trial_of: pl.DataFrame) -> WordWeights:
    """How rare each word of the titles of trials is."""
    counts: Counter[str] = Counter()
    for folder in folders:
        titles = pl.read_parquet(folder / describe_stage.TOLD, columns=["document_id", "titles"]).join(
            trial_of, on="document_id", how="semi"
        )
        for some in titles["titles"].to_list():
            counts.update({word for one in some for word in title(one).words})
    return word_weights(counts, trial_of["trial"].n_unique())


def _by_topics(folders: Sequence[Path], registered: pl.DataFrame, articles: pl.DataFrame) -> list[Match]:
    """The best candidate of each article by what it is about, decided."""
    trial_of = registered.select("document_id", trial="trial_id")
    said = [pl.scan_parquet(folder / describe_stage.WORDS) for folder in folders]
    trials = pl.concat([one.join(trial_of.lazy(), on="document_id").select("trial", "part", "word") for one in said]).unique().collect()
    asked = pl.concat([one.join(articles.lazy().select("document_id"), on="document_id", how="semi") for one in said]).collect()
    described = pl.concat([pl.read_parquet(folder / describe_stage.TOLD, columns=["document_id", "facts"]) for folder in folders])
    facts: dict[str, list[Facts]] = {}
    for trial, packed in described.join(trial_of, on="document_id").select("trial", "facts").iter_rows():
        facts.setdefault(trial, []).append(describe_stage.unpacked(packed))
    own = dict(described.join(articles, on="document_id", how="semi").iter_rows())
    sizes = {(trial, word) for trial, some in facts.items() for one in some if (word := size_word(one.enrolment))}
    by_size = pl.DataFrame(sorted(sizes), schema={"trial": pl.String, "size": pl.String}, orient="row")
    compared = known_words(trials, by_size)
    found = pl.concat([compare(some, compared) for some in _slices(asked)])
    matches: list[Match] = []
    for row in found.unique("document", keep="first", maintain_order=True).iter_rows(named=True):
        mine = describe_stage.unpacked(own[row["document"]])
        against = min((contradictions(mine, one) for one in facts[row["trial"]]), key=len)
        if all(are_others(mine, one, "treatments") for one in facts[row["trial"]]):
            against = [*against, "other treatments"]
        score = min(1.0, row["score"] / LEAST_SCORE / 2)
        matches.append(Match(row["document"], row["trial"], row["score"], score, is_link(row, against), [*reasons(row), *against], TOPIC))
    return matches


def _slices(asked: pl.DataFrame) -> list[pl.DataFrame]:
    """What is asked for in runs of whole documents, so that the pairs of one run fit in memory; one at least."""
    documents = asked["document_id"].unique().sort()
    runs = [documents[start : start + _MOST_AT_ONCE] for start in range(0, max(1, len(documents)), _MOST_AT_ONCE)]
    return [asked.filter(pl.col("document_id").is_in(run.implode())).rename({"document_id": "document"}) for run in runs]


_MOST_AT_ONCE = 1_000


def _told(folders: Sequence[Path], documents: pl.DataFrame) -> dict[str, Told]:
    """What is told by `who` speaks: a document, or a trial by all its documents. `documents` has `document_id` and `who`."""
    said: dict[str, tuple[dict[str, None], list[Facts]]] = {}
    for folder in folders:
        for _, titles, packed, who in pl.read_parquet(folder / describe_stage.TOLD).join(documents, on="document_id").iter_rows():
            own_titles, facts = said.setdefault(who, ({}, []))
            own_titles.update(dict.fromkeys(titles))
            facts.append(describe_stage.unpacked(packed))
    return {who: Told([title(words) for words in titles], facts) for who, (titles, facts) in said.items()}


def _decided(settings: Settings, matches: Sequence[Match], own: pl.DataFrame) -> pl.DataFrame:
    """The links and the near misses, after what a person has decided of them, which counts for ever."""
    matches = best_of_pairs(matches)
    near: dict[str, int] = {}
    rows: list[dict[str, object]] = []
    judged = read_decisions(settings.decisions)
    content = dict(own.select("document_id", "content_sha256").iter_rows())
    own_trial = dict(own.select("document_id", "own_trial_id").iter_rows())
    settled = {(one.document, one.trial): judged.get((content[one.document], one.trial)) for one in matches}
    same = {document for (document, _), decision in settled.items() if decision == SAME}
    for one in matches:
        decision = settled[one.document, one.trial]
        is_link = decision == SAME or (one.is_link and decision != DIFFERENT and one.document not in same)
        if not is_link and decision is None:
            near[one.document] = near.get(one.document, 0) + 1
            if one.score < _LEAST_SCORE or near[one.document] > _MOST_NEAR_MISSES:
                continue
        rows.append(
            {
                "document_id": one.document,
                "own_trial_id": own_trial[one.document],
                "trial_id": one.trial,
                "match_method": one.method,
                "score": round(one.score, 3),
                "reasons": one.reasons,
                "decision": decision,
                "is_link": is_link,
            }
        )
    schema = {name: kind for name, kind in _LINK_SCHEMA.items() if name != "registry"}
    return pl.DataFrame(rows, schema={**schema, "reasons": pl.List(pl.String), "decision": pl.String, "is_link": pl.Boolean})
