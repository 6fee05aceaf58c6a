"""From a `Study` to the `Record` that a reader gives: title, digest, dates and repairs, the same way for all registry formats.

Parsing of a format does not belong here.
"""

import hashlib
from collections.abc import Iterator, Sequence

import msgspec

from pipelines.shapes import Study
from pipelines.sources.records import Record
from pipelines.text.dates import parse_date
from pipelines.text.repair import repaired_text, repairs_of

_encoder = msgspec.msgpack.Encoder(order="deterministic")


def study_record(
    study: Study,
    *,
    format: str,
    index: int,
    n_chars: int,
    encoding: str = "utf-8",
    language: str | None = "en",
    repairs: tuple[str, ...] = (),
    content_sha256: str | None = None,
) -> Record:
    """The record of a study. `repairs` are those made while decoding; those that its texts will need are added.

    The digest, unless given, is over what is read from the record, without the registry's stamp of the day on which it was produced: the
    same study in pretty and in compact JSON, downloaded on two days, is the same content.
    """
    protocol, derived = study.protocol_section, study.derived_section
    status = protocol.status_module
    identification = protocol.identification_module
    if content_sha256 is None:
        stamp = derived.misc_info_module.version_holder
        derived.misc_info_module.version_holder = None
        content_sha256 = hashlib.sha256(_encoder.encode(study)).hexdigest()
        derived.misc_info_module.version_holder = stamp
    updated = status.last_update_post_date_struct
    return Record(
        index=index,
        format=format,
        content_sha256=content_sha256,
        n_chars=n_chars,
        study=study,
        title=repaired_text(identification.brief_title or identification.official_title or "") or None,
        encoding=encoding,
        language=language,
        repairs=sorted({*repairs, *needed_repairs(study)}),
        version_date=_iso(updated.date if updated else None) or _iso(status.last_update_submit_date),
        download_date=_iso(derived.misc_info_module.version_holder),
    )


def texts(study: Study) -> Iterator[tuple[str, str]]:
    """(field, text) of every prose text of a study, as published: what evidence can point into.

    For a record whose source has fields of its own (a CSV cell, an XML element) these are the source's fields.
    """
    if study.source_texts is not None:
        yield from study.source_texts.items()
        return
    protocol = study.protocol_section
    identification, description = protocol.identification_module, protocol.description_module
    single = (
        ("identificationModule.briefTitle", identification.brief_title),
        ("identificationModule.officialTitle", identification.official_title),
        ("identificationModule.acronym", identification.acronym),
        ("descriptionModule.briefSummary", description.brief_summary),
        ("descriptionModule.detailedDescription", description.detailed_description),
        ("statusModule.whyStopped", protocol.status_module.why_stopped),
        ("eligibilityModule.eligibilityCriteria", protocol.eligibility_module.eligibility_criteria),
    )
    yield from ((field, text) for field, text in single if text)
    for i, condition in enumerate(protocol.conditions_module.conditions):
        yield f"conditionsModule.conditions[{i}]", condition
    for i, keyword in enumerate(protocol.conditions_module.keywords):
        yield f"conditionsModule.keywords[{i}]", keyword
    arms = protocol.arms_interventions_module
    yield from _members("armsInterventionsModule.armGroups", arms.arm_groups, ("label", "description"))
    yield from _members("armsInterventionsModule.interventions", arms.interventions, ("name", "description"))
    for role in ("primary", "secondary", "other"):
        outcomes = getattr(protocol.outcomes_module, f"{role}_outcomes")
        yield from _members(f"outcomesModule.{role}Outcomes", outcomes, ("measure", "description", "time_frame"))
    if study.results_section:
        measures = study.results_section.outcome_measures_module.outcome_measures
        names = ("title", "description", "time_frame", "population_description")
        yield from _members("outcomeMeasuresModule.outcomeMeasures", measures, names)


def _members(path: str, items: Sequence[object], names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for i, item in enumerate(items):
        for name in names:
            if text := getattr(item, name):
                yield f"{path}[{i}].{_CAMEL.get(name, name)}", text


_CAMEL = {"time_frame": "timeFrame", "population_description": "populationDescription"}


def needed_repairs(study: Study) -> set[str]:
    """Names of the repairs that the texts of a study will need."""
    return {name for _, text in texts(study) for name in repairs_of(text)}


def _iso(words: str | None) -> str | None:
    found = parse_date(words)
    return found.date.isoformat() if found else None
