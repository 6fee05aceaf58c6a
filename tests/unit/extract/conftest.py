"""A trial to extract for, and studies from the structure of API v2."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest

from pipelines.extract.subject import Subject
from pipelines.shapes import Study

Json = dict[str, Any]


@pytest.fixture
def subject() -> Subject:
    return Subject("NCT00000001", "d1", "ClinicalTrials.gov", "en")


@pytest.fixture
def make_study() -> Callable[..., Study]:
    """A function from modules by name (`designModule={…}`) to the study that has them."""
    results = {"outcomeMeasuresModule", "adverseEventsModule", "participantFlowModule"}
    derived = {"conditionBrowseModule", "interventionBrowseModule"}

    def study(*, has_results: bool | None = None, **modules: Json) -> Study:
        tree: Json = {"protocolSection": {k: v for k, v in modules.items() if k not in results | derived}}
        if found := {k: v for k, v in modules.items() if k in results}:
            tree["resultsSection"] = found
        if found := {k: v for k, v in modules.items() if k in derived}:
            tree["derivedSection"] = found
        if has_results is not None:
            tree["hasResults"] = has_results
        return msgspec.convert(tree, Study)

    return study


@pytest.fixture
def make_record(make_study: Callable[..., Study]) -> Callable[..., Study]:
    """A function from interventions (drugs, where no type is given), arms, descriptions and a title to the record that has them."""

    def record(
        *interventions: Json, arms: Sequence[Json] = (), summary: str | None = None, detailed: str | None = None, title: str | None = None
    ) -> Study:
        return make_study(
            identificationModule={"briefTitle": title},
            armsInterventionsModule={"interventions": [{"type": "DRUG"} | one for one in interventions], "armGroups": list(arms)},
            descriptionModule={"briefSummary": summary, "detailedDescription": detailed},
        )

    return record
