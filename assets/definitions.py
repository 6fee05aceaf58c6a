"""The one `Definitions` object: every asset, check, job, schedule and sensor of the project."""

import os

import dagster as dg

from assets import accuracy, deduplication, facts, history, linking, sources, warehouse
from assets.alerts import run_failure_alert
from assets.automation import clean_up_job, nightly_schedule, raw_folder_sensor, refresh_job, weekly_clean_up
from assets.checks import CHECKS
from assets.workspace import Workspace

defs = dg.Definitions(
    assets=dg.load_assets_from_modules([accuracy, sources, deduplication, linking, facts, history, warehouse]),
    asset_checks=[*CHECKS, accuracy.accuracy_steady],
    jobs=[refresh_job, clean_up_job],
    schedules=[nightly_schedule(os.environ), weekly_clean_up],
    sensors=[raw_folder_sensor, run_failure_alert],
    resources={"workspace": Workspace()},
    executor=dg.in_process_executor,
)
"""In process: the batches of a step run in a pool of their own, and one run holds the warehouse's lock from beginning to end."""
