"""Rows of an article that reports a trial: its regimens, the places that speak for them, and the trial as the article knows it.

Here belongs reading an article as far as tables go today. Which registered trial an article speaks of belongs to `pipelines/link`.
"""

from pipelines.extract import document_texts, trials
from pipelines.extract.regimen_passages import article_path, said_in_article
from pipelines.extract.regimen_treatments import Treatments
from pipelines.extract.regimens import evidence_of, made_of
from pipelines.extract.subject import Row, Subject
from pipelines.shapes import Article, IdentificationModule, Origin, ProtocolSection, Study

TEXT = "text"
"""The field of an article's evidence."""


def tables(article: Article, subject: Subject) -> dict[str, list[Row]]:
    """Table name → rows. An article that tells no regimen gives nothing at all."""
    study = _as_study(article, subject)
    treatments = Treatments(study, subject)
    made = list(made_of(study, subject, treatments, said_in_article(article, treatments)))
    if not made:
        return {}
    evidence = list(evidence_of(study, subject, made))
    # Several articles may tell of one trial: their rows are numbered apart.
    ids = {row["regimen_id"]: f"{subject.trial_id}/{subject.document_id[:12]}-{row['ordinal']}" for row, _ in made}
    return {
        "trials": [trials.row(study, subject)],
        "regimens": [{**row, "regimen_id": ids[row["regimen_id"]]} for row, _ in made],
        "evidence": [{**row, "row_id": ids[row["row_id"]]} for row in evidence],
        "document_texts": list(document_texts.rows(study, subject)),
    }


def _as_study(article: Article, subject: Subject) -> Study:
    """The article in the shape of a record: its title, its id, and the places of its paragraphs."""
    is_registered = not subject.trial_id.startswith("x-")
    identification = IdentificationModule(nct_id=subject.trial_id if is_registered else None, brief_title=article.title)
    return Study(
        protocol_section=ProtocolSection(identification_module=identification),
        origins={article_path(n): Origin(TEXT, one.start, one.end) for n, one in enumerate(article.paragraphs)},
        source_texts={TEXT: article.text},
    )
