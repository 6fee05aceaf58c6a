"""Which registered trial an article reports, when it states no id: by the words that both use for what was done, to whom and with what.

Here belongs how an article and a record become words, and their comparison. What a document says in whole sentences belongs to
`statements.py`; an article that repeats its record word for word is linked by those.

Each word counts by how few records use it. The article's title and opening must have most of a trial's name (titles, acronym, conditions,
interventions), the record most of the article's title, and what else the record says (summary, primary outcomes, sponsor) must come up in
the article too. The sum of these parts has to be high, and well above that of any other trial: two trials of the same drugs stay apart.
"""

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from pipelines.link.statements import opening, titles
from pipelines.shapes import Article, Study
from pipelines.text.registry_ids import NCT_ID

NAME, REST = 0, 1
"""Words of a record: of its name, and of what else it says. Of an article: of its title, and of its opening."""
_WORD = re.compile(r"[^\W\d_][^\W_]*(?:-?\d+)?|\d{2,}")
_LEAST_WORD = 3

MOST_TRIALS = 200
"""A word that more records use leads to no candidate."""
MOST_CANDIDATES = 20
"""Candidates of an article that are weighed in full, by either measure."""
LEAST_SCORE = 1.4
LEAST_MARGIN = 0.35
LEAST_REST = 0.2
_LEAST_TITLE = 0.9
"""Of the article's title, where the record says little but names."""
_LEAST_SAID = 10
"""Words that a record says beside its name; a sponsor alone is few."""
_SAME_SIZE = 0.3
"""What the number of participants, found in the article, adds."""
_LEAST_SIZE = 20


class Topic(NamedTuple):
    """The words of a document."""

    name: frozenset[str]
    rest: frozenset[str]


def words(text: str) -> frozenset[str]:
    """Words and numbers of a text, in lower case; what is too short says nothing."""
    return frozenset(word for word in _WORD.findall(text.casefold()) if len(word) >= _LEAST_WORD or word.isdigit())


def topic(document: Study | Article) -> Topic:
    """What a document is about."""
    if isinstance(document, Article):
        return Topic(words(" ".join(titles(document))), words(NCT_ID.sub(" ", opening(document))))
    protocol = document.protocol_section
    identification, sponsors = protocol.identification_module, protocol.sponsor_collaborators_module
    named = (
        *titles(document),
        identification.acronym,
        *protocol.conditions_module.conditions,
        *(one.name for one in protocol.arms_interventions_module.interventions),
    )
    said = (
        protocol.description_module.brief_summary,
        *(one.measure for one in protocol.outcomes_module.primary_outcomes),
        *protocol.conditions_module.keywords,
        sponsors.lead_sponsor.name if sponsors.lead_sponsor else None,
    )
    name = words(" ".join(filter(None, named)))
    return Topic(name, words(" ".join(filter(None, said))) - name)


class KnownWords(NamedTuple):
    """What is known of the registered trials, weighed once for all articles."""

    said: pl.DataFrame
    """`trial`, `part`, `word`, `n` (trials that use it), `weight`."""
    whole: pl.DataFrame
    """`trial`, `part`, `whole` (their weight), `n` (how many)."""
    sizes: pl.DataFrame
    """`trial`, `size`: the number of its participants as a word."""


def known_words(trials: pl.DataFrame, sizes: pl.DataFrame) -> KnownWords:
    """`trials` has `trial`, `part`, `word`, unique rows."""
    n_trials = max(trials["trial"].n_unique(), 2)
    counted = trials.select("trial", "word").unique().group_by("word").agg(n=pl.len())
    weighed = counted.with_columns(weight=math.log(n_trials) - pl.col("n").cast(pl.Float64).log())
    said = trials.join(weighed, on="word")
    return KnownWords(said, said.group_by("trial", "part").agg(whole=pl.col("weight").sum(), n=pl.len()), sizes)


def compare(articles: pl.DataFrame, trials: KnownWords) -> pl.DataFrame:
    """The best candidates of each article: `document`, `trial`, `score`, `rest`, `margin`, `says_more` (than its name), the best first.

    `articles` has `document`, `part` (`NAME`, `REST`), `word`. `score` is 0 to 2.8; `margin` is how far the next trial lies below.
    """
    asked = articles.select("document", "word").unique()
    # Words that no article of this run uses take part in the wholes alone.
    known = trials.said.join(asked.select("word").unique(), on="word", how="semi")
    idf = known.select("word", "weight").unique("word")
    whole = trials.whole.select("trial", "part", "whole")
    rare = known.filter((pl.col("n") <= MOST_TRIALS) & (pl.col("part") == NAME)).select("trial", "word", "weight")
    pairs = (
        asked.join(rare, on="word")
        .group_by("document", "trial")
        .agg(pl.col("weight").sum())
        .join(whole.filter(pl.col("part") == NAME).drop("part"), on="trial")
        # A long record shares more words with any text than a short one: the most shared, and the most of their own.
        .filter((_rank(pl.col("weight")) <= MOST_CANDIDATES) | (_rank(pl.col("weight") / pl.col("whole")) <= MOST_CANDIDATES))
        .select("document", "trial")
    )
    of_trials = (
        pairs.join(known, on="trial")
        .join(asked, on=["document", "word"])
        .group_by("document", "trial", "part")
        .agg(shared=pl.col("weight").sum())
        .join(whole, on=["trial", "part"])
        .with_columns(share=pl.col("shared") / pl.max_horizontal("whole", 1e-9))
    )
    by_title = articles.filter(pl.col("part") == NAME).join(idf, on="word")
    whole_title = by_title.group_by("document").agg(whole=pl.col("weight").sum())
    of_titles = (
        pairs.join(by_title.select("document", "word", "weight"), on="document")
        .join(known.select("trial", "word").unique(), on=["trial", "word"])
        .group_by("document", "trial")
        .agg(shared=pl.col("weight").sum())
        .join(whole_title, on="document")
        .select("document", "trial", title=pl.col("shared") / pl.max_horizontal("whole", 1e-9))
    )
    sized = pairs.join(trials.sizes, on="trial").join(asked, left_on=["document", "size"], right_on=["document", "word"], how="semi")
    return (
        pairs.join(_share(of_trials, NAME, "name"), on=["document", "trial"], how="left")
        .join(_share(of_trials, REST, "rest"), on=["document", "trial"], how="left")
        .join(of_titles, on=["document", "trial"], how="left")
        .join(sized.select("document", "trial", sized=pl.lit(_SAME_SIZE)), on=["document", "trial"], how="left")
        .fill_null(0.0)
        .join(trials.whole.filter(pl.col("part") == REST).select("trial", says_more=pl.col("n") >= _LEAST_SAID), on="trial", how="left")
        .with_columns(pl.col("says_more").fill_null(value=False))
        .with_columns(score=pl.col("name") + pl.col("title") + pl.col("rest") / 2 + pl.col("sized"))
        .sort(["document", "score", "trial"], descending=[False, True, False])
        .with_columns(margin=pl.col("score") - pl.col("score").shift(-1).over("document").fill_null(0.0))
    )


def _rank(by: pl.Expr) -> pl.Expr:
    return by.rank("ordinal", descending=True).over("document")


def _share(of_trials: pl.DataFrame, part: int, name: str) -> pl.DataFrame:
    return of_trials.filter(pl.col("part") == part).select("document", "trial", pl.col("share").alias(name))


def size_word(enrolment: int | None) -> str | None:
    """The number of participants as a word; a small number stands in any text."""
    return str(enrolment) if enrolment is not None and enrolment >= _LEAST_SIZE else None


def reasons(row: dict[str, float]) -> list[str]:
    """What speaks for a candidate, in words."""
    found = [f"{row['name']:.0%} of the record's name", f"{row['title']:.0%} of the article's title", f"{row['rest']:.0%} of its summary"]
    return [*found, *(["same number of participants"] if row["sized"] else [])]


def is_link(row: dict[str, float], contradicted: Sequence[str]) -> bool:
    """Whether the best candidate can only be the article's trial. A record that is but names must have the article's title."""
    is_told = row["rest"] >= LEAST_REST if row["says_more"] else row["title"] >= _LEAST_TITLE
    return row["score"] >= LEAST_SCORE and row["margin"] >= LEAST_MARGIN and is_told and not contradicted
