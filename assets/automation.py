"""When a refresh runs: the job, the nightly schedule, the sensor on the raw folder, and the weekly clean-up of old runs.

Who hears of a failure is the business of `assets.alerts`.
"""

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import dagster as dg

from pipelines import settings as settings_module
from pipelines.engine.scan import at_rest_signature
from pipelines.published import nothing_to_do

STABLE_SECONDS = 60
"""The raw folder is read when none of its files has changed for this long: a download may still be going on."""

RUNS_KEPT_DAYS = 180
"""Older runs are deleted with their logs; what was published stays in `warehouse/history/`."""

refresh_job = dg.define_asset_job(
    "refresh",
    selection=dg.AssetSelection.all(),
    description="Read the raw folder, build and check every table, publish. Does only the work that was not done before.",
    executor_def=dg.in_process_executor,
)


def nightly_schedule(environment: Mapping[str, str]) -> dg.ScheduleDefinition:
    """The nightly refresh, at 02:30 UTC unless `TRIALHOUSE_CRON` and `TRIALHOUSE_TIMEZONE` say otherwise."""
    cron = environment.get("TRIALHOUSE_CRON") or "30 2 * * *"
    timezone = environment.get("TRIALHOUSE_TIMEZONE") or "UTC"
    return dg.ScheduleDefinition(
        name="nightly_refresh",
        job=refresh_job,
        cron_schedule=cron,
        execution_timezone=timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Refreshes at `{cron}` ({timezone}); set `TRIALHOUSE_CRON` and `TRIALHOUSE_TIMEZONE` to change that.",
    )


@dg.sensor(
    name="raw_folder",
    job=refresh_job,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Refreshes when the raw folder is not what is published, once none of its files has changed for a minute.",
)
def raw_folder_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """A tick opens no file, so that it is done within Dagster's minute however much there is to read."""
    settings = settings_module.load()
    if not settings.raw.is_dir():
        return dg.SensorResult(skip_reason=f"There is no raw folder at {settings.raw}.")
    seen = json.loads(context.cursor) if context.cursor else {}
    signature, newest = at_rest_signature(settings.raw)
    cursor = {"signature": signature, "requested": seen.get("requested")}
    if seen.get("signature") != signature or 0 <= time.time() - newest < STABLE_SECONDS:
        reason = "The raw folder changed just now; waiting until it is at rest."
    elif seen.get("requested") == signature:
        reason = "A refresh of this content was asked for already."
    elif nothing_to_do(settings, open_files=False):
        reason = "What is published was made from this content."
    else:
        cursor["requested"] = signature
        return dg.SensorResult(run_requests=[dg.RunRequest()], cursor=json.dumps(cursor))
    return dg.SensorResult(skip_reason=reason, cursor=json.dumps(cursor))


@dg.op(description=f"Delete finished runs older than {RUNS_KEPT_DAYS} days, with their logs.")
def delete_old_runs(context: dg.OpExecutionContext) -> int:
    before = datetime.now(UTC) - timedelta(days=RUNS_KEPT_DAYS)
    finished = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
    old = context.instance.get_run_records(dg.RunsFilter(statuses=finished, created_before=before))
    for record in old:
        context.instance.delete_run(record.dagster_run.run_id)
    context.log.info(f"deleted {len(old)} runs from before {before:%Y-%m-%d}")
    return len(old)


@dg.job(
    name="clean_up_runs",
    executor_def=dg.in_process_executor,
    description="Keeps the instance small: deletes runs that nobody will look at any more.",
)
def clean_up_job() -> None:
    delete_old_runs()


weekly_clean_up = dg.ScheduleDefinition(
    name="weekly_clean_up",
    job=clean_up_job,
    cron_schedule="0 5 * * 0",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Sundays at 05:00 UTC.",
)
