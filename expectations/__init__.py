"""The hand-written rules of every table that has some."""

from expectations import arms, conditions, endpoint_results, endpoints, regimens, safety, trials
from pipelines.quality.rules import Rule

RULES: dict[str, tuple[Rule, ...]] = {
    "trials": trials.RULES,
    "conditions": conditions.RULES,
    "arms": arms.RULES,
    "regimens": regimens.RULES,
    "endpoints": endpoints.RULES,
    "endpoint_results": endpoint_results.RULES,
    "safety": safety.RULES,
}
"""Rules by table."""
