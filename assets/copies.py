"""What the UI shows of the documents that were dropped: how many by which rule, for which others, and what such a copy looks like.

The numbers come from `pipelines.explain`; here they become Markdown, of a few kB however many documents there are.
"""

from typing import Any

import dagster as dg

from pipelines.explain import Cluster, LeastAlike, largest_clusters, least_alike, rule_counts
from pipelines.schema.vocabularies import MATCH_RULE
from pipelines.settings import Settings

_PLOTTED = {
    "same_content": "exact_duplicates",
    "similar_text": "similar_texts",
    "contained_text": "contained_texts",
    "same_registry_id": "superseded_versions",
}
"""The name under which the count of each rule is plotted over time."""
_CHARS = 70
_PLACES = 10


def copies_metadata(settings: Settings) -> dict[str, Any]:
    """Documents dropped by each rule, and the largest clusters and the copy that is least alike where there are any."""
    counts = rule_counts(settings)
    found: dict[str, Any] = {name: counts[rule] for rule, name in _PLOTTED.items()}
    if any(counts.values()):
        # Two columns: the page leaves little room, and shows a table of this size without being asked.
        rows = [f"| {count:,} | **{rule}** {MATCH_RULE.members[rule]} |" for rule, count in counts.items()]
        found["by_rule"] = _table("| dropped | by |\n| ---: | --- |", rows)
        found["largest_clusters"] = _clusters(largest_clusters(settings))
    if copy := least_alike(settings):
        found["least_alike_copy"] = _least_alike(copy)
    return found


def _clusters(clusters: list[Cluster]) -> dg.MarkdownMetadataValue:
    rows = [
        f"| {_cell(cluster.kept.label, from_end=True)} | {_cell(cluster.kept.title or '')} | {cluster.n_chars:,} | {cluster.n_dropped:,} "
        f"| {_rules(cluster)} | {_similarity(cluster.lowest_similarity)} |"
        for cluster in clusters
    ]
    head = "| kept | title | characters | dropped | by | lowest similarity |\n| --- | --- | ---: | ---: | --- | ---: |"
    return _table(head, rows)


def _rules(cluster: Cluster) -> str:
    if len(cluster.rules) == 1:
        return next(iter(cluster.rules))
    return ", ".join(f"{rule}\u00a0{count:,}" for rule, count in cluster.rules.items())


def _least_alike(copy: LeastAlike) -> dg.MarkdownMetadataValue:
    # Comparing words loads compiled code: where there is something to compare.
    from pipelines.dedup.difference import as_markdown  # noqa: PLC0415

    changes = [place.change for place in copy.differences.places]
    summary = copy.differences.summary
    lines = [
        f"{_cell(copy.dropped.label, from_end=True)} was dropped for {_cell(copy.kept.label, from_end=True)}: "
        f"{_similarity(copy.similarity)} of their three-word sequences are the same. In {summary.n_places:,} places they differ: "
        f"{summary.n_removed:,} words stand only in the ~~dropped~~ one, {summary.n_added:,} only in the **kept** one.",
        as_markdown(changes, _PLACES),
    ]
    return dg.MetadataValue.md("\n\n".join(lines))


def _table(head: str, rows: list[str]) -> dg.MarkdownMetadataValue:
    return dg.MetadataValue.md("\n".join([head, *rows]))


def _similarity(share: float | None) -> str:
    return "" if share is None else "100%" if share == 1 else f"{min(99.9, 100 * share):.1f}%"


def _cell(words: str, *, from_end: bool = False) -> str:
    """Words of strangers in one line, cut; of a path the end says more."""
    from pipelines.dedup.difference import escaped  # noqa: PLC0415

    line = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    if len(line) > _CHARS:
        line = f"…{line[1 - _CHARS :]}" if from_end else f"{line[: _CHARS - 1]}…"
    return escaped(line)
