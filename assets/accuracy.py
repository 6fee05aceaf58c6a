"""Group `quality`: how well prose is read, measured on labelled documents at every refresh and plotted over time."""

from typing import Any

import dagster as dg

from assets.checks import shown
from assets.tables import OWNERS
from assets.workspace import Workspace
from pipelines.accuracy_over_time import ASSET, F1, PRECISION, RECALL, Scores, check_accuracy, measure_accuracy
from pipelines.quality import drift


@dg.asset(
    name=ASSET,
    group_name="quality",
    kinds={"python"},
    owners=OWNERS,
    description="Precision, recall and F1 of regimens, results and safety on labelled documents: the project's own in `tests/gold/`, and "
    "those of the folders in `TRIALHOUSE_GOLD`. Measured anew when the code or the labels change.",
)
def accuracy(workspace: Workspace) -> dg.MaterializeResult[Any]:
    workspace.report("measuring accuracy")
    found = measure_accuracy(workspace.settings)
    plotted = [(scores, one) for scores in found for one in scores.measures if one.item.endswith(F1)]
    numbers = {_label(scores, one.table_name, one.item, len(found)): one.value for scores, one in plotted}
    problems = [problem for scores in found for problem in scores.problems]
    return dg.MaterializeResult(
        metadata={
            "labelled_documents": sum(scores.documents for scores in found),
            **{name: dg.MetadataValue.float(round(value, 3)) for name, value in sorted(numbers.items())},
            "figures": dg.MetadataValue.md("\n\n".join(_table(scores) for scores in found) or "There are no labels."),
            **({"problems": dg.MetadataValue.md("\n".join(f"- {problem}" for problem in problems))} if problems else {}),
            "pages": dg.MetadataValue.path(workspace.settings.build / "accuracy"),
        }
    )


@dg.asset_check(asset=ASSET, name=drift.ACCURACY_STEADY.check_name, blocking=True, description=drift.ACCURACY_STEADY.why)
def accuracy_steady(workspace: Workspace) -> dg.AssetCheckResult:
    return shown(check_accuracy(workspace.settings, accepted=workspace.accept_drift))


def _label(scores: Scores, table: str, item: str, n_folders: int) -> str:
    """Name of a plot: the same for changed labels, which the metadata tells apart by the number of documents."""
    figure = f"{table}: {item.partition(': ')[2]}"
    return f"{scores.name} {figure}" if n_folders > 1 else figure


def _table(scores: Scores) -> str:
    """Figures of one folder as Markdown."""
    by_figure: dict[tuple[str, str], dict[str, float]] = {}
    for one in scores.measures:
        figure, _, score = one.item.partition(": ")[2].rpartition(" ")
        by_figure.setdefault((one.table_name, figure), {})[score] = one.value
    head = "| table | figure | precision | recall | F1 |\n| --- | --- | ---: | ---: | ---: |"
    rows = [(*names, *(f"{value[score]:.3f}" for score in (PRECISION, RECALL, F1))) for names, value in by_figure.items()]
    lines = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"**{scores.name}** ({scores.documents} documents)\n\n{head}\n{lines}"
