"""The graph that Dagster is given, as readable JSON: what depends on what, what is checked, what runs when.

`python -m tests.dagster.graph` writes `graph.json` anew; read the difference before you commit it.
"""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import dagster as dg

from assets.definitions import defs

PATH = Path(__file__).with_name("graph.json")


def render() -> str:
    """The whole graph."""
    repository = defs.get_repository_def()
    graph = {
        "assets": _assets(),
        "jobs": {job.name: _job(job) for job in sorted(defs.resolve_all_job_defs(), key=lambda job: job.name)},
        "schedules": {schedule.name: _schedule(schedule) for schedule in repository.schedule_defs},
        "sensors": {sensor.name: _sensor(sensor) for sensor in repository.sensor_defs},
    }
    return json.dumps(graph, indent=1, ensure_ascii=False) + "\n"


def _assets() -> dict[str, Any]:
    checks = _checks()
    specs = sorted(defs.resolve_all_asset_specs(), key=lambda spec: (spec.group_name or "", spec.key))
    return {
        spec.key.to_user_string(): {
            "group": spec.group_name,
            "kinds": ", ".join(sorted(spec.kinds)),
            "owners": ", ".join(spec.owners),
            "columns": len(schema.columns) if (schema := spec.metadata.get("dagster/column_schema")) else 0,
            "depends on": ", ".join(sorted(dep.asset_key.to_user_string() for dep in spec.deps)),
            "checks": checks[spec.key],
        }
        for spec in specs
    }


def _checks() -> defaultdict[dg.AssetKey, dict[str, str]]:
    """By asset: check → the step that runs it, and "not blocking" where what depends on the asset does not wait for it."""
    found: defaultdict[dg.AssetKey, dict[str, str]] = defaultdict(dict)
    definitions = {id(checks): checks for checks in defs.get_repository_def().asset_checks_defs_by_key.values()}
    for checks in definitions.values():
        for spec in checks.check_specs:
            found[spec.asset_key][spec.name] = checks.op.name if spec.blocking else f"{checks.op.name}, not blocking"
    return defaultdict(dict, {key: dict(sorted(of_asset.items())) for key, of_asset in found.items()})


def _job(job: dg.JobDefinition) -> dict[str, Any]:
    return {"executor": job.executor_def.name, "steps": len(job.nodes)}


def _schedule(schedule: dg.ScheduleDefinition) -> dict[str, Any]:
    return {
        "job": schedule.job_name,
        "cron": schedule.cron_schedule,
        "timezone": schedule.execution_timezone,
        "by default": schedule.default_status.value,
    }


def _sensor(sensor: dg.SensorDefinition) -> dict[str, Any]:
    return {
        "job": ", ".join(target.job_name for target in sensor.targets),
        "seconds between ticks": sensor.minimum_interval_seconds,
        "by default": sensor.default_status.value,
    }


if __name__ == "__main__":
    PATH.write_text(render(), encoding="utf-8")
