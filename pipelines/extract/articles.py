"""Rows of an article that reports trials: the trials as the article knows them, their groups, regimens, results and safety.

Here belongs bringing the tables of one article together. How regimens and results are read belongs to `regimen_passages.py` and
`report_passages.py`, which registered trial an article speaks of to `pipelines/link`.
"""

import re
from collections.abc import Iterator
from hashlib import sha256

from pipelines.extract import document_texts, trials
from pipelines.extract.article_trials import Places, facts
from pipelines.extract.regimen_passages import article_path, said_in_article
from pipelines.extract.regimen_treatments import Treatments
from pipelines.extract.regimens import evidence_of, made_of
from pipelines.extract.report_passages import Report, Reported, Sentence, reported
from pipelines.extract.report_rows import RESULT, places, rows
from pipelines.extract.report_trials import as_written
from pipelines.extract.subject import Row, Subject
from pipelines.grammar.groups import name_words
from pipelines.shapes import Article, IdentificationModule, Origin, ProtocolSection, Study
from pipelines.text.registry_ids import NCT_ID

TEXT = "text"
"""The field of an article's evidence."""


def tables(article: Article, subject: Subject, *, has_record: bool = False) -> dict[str, list[Row]]:
    """Table name → rows. An article that tells no regimen and reports nothing gives nothing at all.

    A row of `trials` has `places` beside its columns: column → field and stretch. `has_record`: a registry record of the subject's trial is
    there, which says what its arms are.
    """
    places = {article_path(n): Origin(TEXT, one.start, one.end) for n, one in enumerate(article.paragraphs)}
    study = _as_study(article, subject, title=article.title, places=places)
    found: dict[str, list[Row]] = {"trials": [], "arms": [], "regimens": [], "endpoint_results": [], "safety": [], "evidence": []}
    _add_regimens(found, article, study, subject)
    report = reported(article)
    written = as_written([name for name in report.trials if name], article.text)
    for own, names in _subjects(report, subject):
        is_registered = has_record and own is subject
        said = [one for one in report.found if one.trial in names]
        _add_report(found, said, [one for name in names for one in report.sentences[name]], own, with_arms=not is_registered)
        for name in names:
            stated = facts(report.sentences[name], name and written[name])
            _add_trial(found["trials"], article, own, stated, is_own=own is subject)
    if not (found["regimens"] or found["endpoint_results"] or found["safety"]):
        return {}
    return {**{name: some for name, some in found.items() if some}, "document_texts": list(document_texts.rows(study, subject))}


def _add_trial(rows: list[Row], article: Article, subject: Subject, stated: tuple[Row, Places], *, is_own: bool) -> None:
    """Add the row of a trial, or to it what it does not say yet. The article's title is that of its own trial only."""
    known = next((row for row in rows if row["trial_id"] == subject.trial_id), None)
    if known is None:
        known = {**trials.row(_as_study(article, subject, title=article.title if is_own else None), subject), "places": {}}
        rows.append(known)
    values, places = stated
    new = {name: value for name, value in values.items() if known.get(name) is None}
    known |= new
    known["places"] |= {name: (TEXT, *place) for name, place in places.items() if name in new}


def _add_regimens(found: dict[str, list[Row]], article: Article, study: Study, subject: Subject) -> None:
    treatments = Treatments(study, subject)
    made = list(made_of(study, subject, treatments, said_in_article(article, treatments)))
    if not made:
        return
    # Several articles may tell of one trial: their rows are numbered apart.
    ids = {row["regimen_id"]: f"{subject.trial_id}/{subject.document_id[:12]}-{row['ordinal']}" for row, _ in made}
    found["trials"].append({**trials.row(study, subject), "places": {}})
    found["regimens"] += ({**row, "regimen_id": ids[row["regimen_id"]]} for row, _ in made)
    found["evidence"] += ({**row, "row_id": ids[row["row_id"]]} for row in evidence_of(study, subject, made))


def _subjects(report: Report, subject: Subject) -> Iterator[tuple[Subject, list[str | None]]]:
    """The trials of a report, each with the names that stand for it: an id beside no name, two spellings of one name."""
    found: dict[str, tuple[Subject, list[str | None]]] = {}
    for name in report.trials:
        own = _subject_of(name, report, subject)
        found.setdefault(own.trial_id, (own, []))[1].append(name)
    yield from found.values()


def _subject_of(name: str | None, report: Report, subject: Subject) -> Subject:
    """Whose rows a named trial's are: the article's own trial where it reports but one, else one of the name."""
    if name is None or name == subject.trial_id or len(report.trials) == 1:
        return subject
    if NCT_ID.fullmatch(name):
        return Subject(name, subject.document_id, "ClinicalTrials.gov", subject.language)
    key = "x-" + sha256(f"trial\n{re.sub(r'[^a-z0-9]', '', name.casefold())}".encode()).hexdigest()[:16]
    return Subject(key, subject.document_id, "none", subject.language)


def _add_report(found: dict[str, list[Row]], said: list[Reported], sentences: list[Sentence], subject: Subject, *, with_arms: bool) -> None:
    arms = _Arms(subject)
    for table, row, one in rows(said, sentences, subject, TEXT):
        if with_arms and one.finding.group is not None:
            row["arm_id"] = arms.of(one.finding.group)
        found[table].append(row)
        key = "result_id" if table == RESULT else "safety_id"
        found["evidence"] += places(one, table, row[key], subject, TEXT, sentences)
    found["arms"] += arms.rows()


class _Arms:
    """The groups that an article's results name, each once however it is worded."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._labels: dict[frozenset[str], str] = {}

    def of(self, group: str) -> str:
        """Id of the arm that a group's name stands for."""
        words = name_words(group.casefold())
        if words not in self._labels:
            self._labels[words] = group
        return self._id(list(self._labels).index(words) + 1)

    def _id(self, ordinal: int) -> str:
        return f"{self._subject.trial_id}/{self._subject.document_id[:12]}-arm-{ordinal}"

    def rows(self) -> Iterator[Row]:
        for ordinal, label in enumerate(self._labels.values(), start=1):
            yield {"arm_id": self._id(ordinal), "trial_id": self._subject.trial_id, "ordinal": ordinal, "label": label}


def _as_study(article: Article, subject: Subject, *, title: str | None, places: dict[str, Origin] | None = None) -> Study:
    """The article in the shape of a record: a title, the trial's id, and the `places` of its paragraphs."""
    is_registered = not subject.trial_id.startswith("x-")
    identification = IdentificationModule(nct_id=subject.trial_id if is_registered else None, brief_title=title)
    return Study(
        protocol_section=ProtocolSection(identification_module=identification),
        origins=places,
        source_texts={TEXT: article.text},
    )
