"""Who hears of a failed run: the log and `refreshes` always, a webhook and a mailbox where they are configured.

`TRIALHOUSE_ALERT_WEBHOOK` is a URL that takes a JSON object with a `text`; `TRIALHOUSE_ALERT_MAIL` is an address, reached through
`TRIALHOUSE_SMTP_HOST` (default `localhost`) from `TRIALHOUSE_ALERT_FROM`.
"""

import json
import os
import re
import smtplib
import urllib.request
from collections.abc import Iterable, Mapping
from email.message import EmailMessage

import dagster as dg

from assets.checks import read_back
from pipelines import settings as settings_module
from pipelines.quality.results import CheckResult
from pipelines.refresh import record_failed

_TIMEOUT_SECONDS = 20

_MODULE = re.compile(r"^(?:\w+\.)+(?=\w+(?:Error|Exception|Failed)\b)")
"""`pipelines.lock.` in `pipelines.lock.WarehouseBusyError: …`"""

_NEXT_STEPS = (
    (
        "_steady",
        "The tables differ much from those of the last refreshes. Is the raw folder whole? If so: `refresh --accept-drift`.",
    ),
    ("WarehouseBusyError", "Another refresh is running; wait for it to end, then run the job again."),
    ("InconsistentBuildError", "Run the `refresh` job, which builds all tables from the same raw content."),
    ("BlockedError", "Run the `refresh` job; if checks fail, open them in the UI: their examples name the rows and the documents."),
    ("blocking asset check", "Open the failed checks of the run in the UI; their examples name the rows and the documents they come from."),
    ("FileNotFoundError", "Check that the raw folder exists (`TRIALHOUSE_RAW`) and can be read."),
    ("marked as failed from outside", "Its process died: was the machine out of memory (fewer `TRIALHOUSE_WORKERS` help) or restarted?"),
    ("No space left", "Free disk space; `warehouse/state` may be deleted at any time."),
)
"""Words in an error → what to do; the first that is found counts."""


def next_step(error: str) -> str:
    """What a person should do about this error."""
    found = (step for words, step in _NEXT_STEPS if words in error)
    return next(found, "Open the run in the UI and read the log of the failed step; running the job again does only the work left.")


def message(*, what: str, run_id: str, error: str) -> str:
    """The alert as plain text."""
    return (
        f"trialhouse: {what} failed (run {run_id}).\n\n{error}\n\n"
        f"What to do: {next_step(error)}\nThe warehouse published before is untouched and can be queried."
    )


def send(text: str, environment: Mapping[str, str]) -> list[str]:
    """Send the alert wherever one is configured; returns what went wrong on the way, so that one channel does not silence another."""
    problems: list[str] = []
    if url := environment.get("TRIALHOUSE_ALERT_WEBHOOK"):
        body = json.dumps({"text": text}).encode()
        request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})  # noqa: S310 - the owner's own setting
        try:
            urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS).close()  # noqa: S310
        except (OSError, ValueError) as error:
            problems.append(f"webhook: {error}")
    if address := environment.get("TRIALHOUSE_ALERT_MAIL"):
        mail = EmailMessage()
        mail["Subject"] = text.splitlines()[0]
        mail["To"] = address
        mail["From"] = environment.get("TRIALHOUSE_ALERT_FROM") or address
        mail.set_content(text)
        try:
            with smtplib.SMTP(environment.get("TRIALHOUSE_SMTP_HOST") or "localhost", timeout=_TIMEOUT_SECONDS) as server:
                server.send_message(mail)
        except (OSError, smtplib.SMTPException) as error:
            problems.append(f"mail: {error}")
    return problems


@dg.run_failure_sensor(
    name="run_failure_alert",
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=30,
    description="Writes every failed refresh into the table `refreshes`, and says of every failed run what to do next: in the log, "
    "and by webhook or mail where one is configured.",
)
def run_failure_alert(context: dg.RunFailureSensorContext) -> None:
    run = context.dagster_run
    error = reasons([*context.get_step_failure_events(), context.failure_event])
    text = message(what=what_ran(run), run_id=run.run_id, error=error)
    context.log.error(text)
    for problem in send(text, os.environ):
        context.log.error(f"the alert was not delivered: {problem}")
    # Last, because what made the run fail (a full disk) may make this fail too.
    if is_refresh(run):
        started, checks = context.instance.get_run_stats(run.run_id).start_time, checks_of(context.instance, run.run_id)
        record_failed(settings_module.load(), run_id=run.run_id, started_at=started, message=error, checks=checks)


def checks_of(instance: dg.DagsterInstance, run_id: str) -> list[CheckResult]:
    """What the checks of a run found, from the run's own events: the build folder may hold those of another by now."""
    events = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    found = [entry.dagster_event.event_specific_data for entry in events if entry.dagster_event]
    return [read_back(evaluation) for evaluation in found if isinstance(evaluation, dg.AssetCheckEvaluation)]


def is_refresh(run: dg.DagsterRun) -> bool:
    """Would the run have published, had it not failed? Single assets, checks alone and the clean-up would not."""
    if run.asset_selection:
        return dg.AssetKey("warehouse") in run.asset_selection
    return run.job_name == "refresh" and not run.asset_check_selection


def what_ran(run: dg.DagsterRun) -> str:
    """The run in a word: the job, or the assets that somebody chose."""
    if is_refresh(run):
        return "refresh"
    chosen = sorted(key.to_user_string() for key in run.asset_selection or ())
    return f"materialising {', '.join(chosen)}" if chosen else run.job_name


def reasons(failures: Iterable[dg.DagsterEvent]) -> str:
    """The failed steps, each with its innermost error; what the run itself says when no step failed."""
    found: dict[str | None, str] = {}
    for event in failures:
        error = getattr(event.event_specific_data, "error", None)
        while error is not None and error.cause is not None:
            error = error.cause
        text = (error.message if error else event.message or "").strip()
        found.setdefault(event.step_key, _MODULE.sub("", text))
    steps = [f"{step}: {text}" for step, text in found.items() if step]
    return "\n".join(steps) or found.get(None) or "no reason was recorded"
