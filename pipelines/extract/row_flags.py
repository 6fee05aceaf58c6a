"""`flags` of rows of results and safety: what the source itself got wrong.

Not here: what is wrong with how a row was read (`expectations/`).
"""

from pipelines.extract.subject import Row

_ROUNDING = 1.0


def flags_of(row: Row) -> list[str]:
    """What the source itself got wrong: an interval that does not hold its value, a percentage that its counts contradict."""
    flags: list[str] = []
    low, high, value = row.get("ci_low"), row.get("ci_high"), row.get("value")
    if (
        (low is not None and value is not None and value < low)
        or (high is not None and value is not None and value > high)
        or (low is not None and high is not None and low > high)
    ):
        flags.append("source_error")
    percent, computed = row.get("percent"), row.get("percent_computed")
    if percent is not None and computed is not None and abs(percent - computed) > _ROUNDING:
        flags.append("percent_disagrees")
    return flags
