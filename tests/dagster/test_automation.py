"""What runs by itself: the schedule, the sensor on the raw folder, and the alert after a failed run."""

import http.server
import json
import os
import smtplib
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

from assets import alerts
from assets.automation import STABLE_SECONDS, clean_up_job, nightly_schedule, raw_folder_sensor, refresh_job
from pipelines import history
from pipelines.settings import Settings
from tests import refreshing

# --- schedule ----------------------------------------------------------------------------------------------------------


def test_the_nightly_refresh_is_on_and_says_its_timezone() -> None:
    """Whoever starts the UI need not switch anything on, and reads when it runs."""
    schedule = nightly_schedule({})
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("30 2 * * *", "UTC")
    assert "UTC" in (schedule.description or "")


def test_time_and_timezone_of_the_refresh_can_be_set() -> None:
    """From the environment, without editing code."""
    schedule = nightly_schedule({"TRIALHOUSE_CRON": "0 22 * * 1-5", "TRIALHOUSE_TIMEZONE": "Asia/Shanghai"})
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 22 * * 1-5", "Asia/Shanghai")


def test_old_runs_are_deleted_and_recent_ones_kept() -> None:
    """The instance does not grow for ever."""
    with dg.DagsterInstance.ephemeral() as instance:
        assert clean_up_job.execute_in_process(instance=instance).output_for_node("delete_old_runs") == 0
        assert len(instance.get_runs()) == 1


# --- sensor ------------------------------------------------------------------------------------------------------------


class Sensor:
    """The sensor with its cursor, ticked by hand."""

    def __init__(self) -> None:
        self.cursor: str | None = None

    def tick(self) -> dg.SensorResult:
        """One evaluation."""
        result = raw_folder_sensor(dg.build_sensor_context(cursor=self.cursor))
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor or self.cursor
        return result

    def says(self) -> str:
        """One evaluation: why nothing was asked for, or `refresh`."""
        result = self.tick()
        if result.run_requests:
            assert len(result.run_requests) == 1
            return "refresh"
        return str(result.skip_reason.skip_message) if isinstance(result.skip_reason, dg.SkipReason) else str(result.skip_reason)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A raw folder with one file, at rest, and a warehouse beside it that nothing was published to."""
    found = Settings(raw=tmp_path / "raw", warehouse=tmp_path / "warehouse")
    refreshing.fill(found.raw, {"one.json": refreshing.as_json(1)})
    at_rest(found.raw)
    monkeypatch.setenv("TRIALHOUSE_RAW", str(found.raw))
    monkeypatch.setenv("TRIALHOUSE_WAREHOUSE", str(found.warehouse))
    return found


def at_rest(folder: Path) -> None:
    """As if every file had been written long ago."""
    then = time.time() - STABLE_SECONDS - 5
    for path in folder.rglob("*"):
        os.utime(path, (then, then))


def test_a_new_file_is_read_once_it_is_at_rest(settings: Settings) -> None:
    """The first tick cannot tell whether it still grows; the second can."""
    sensor = Sensor()
    assert "at rest" in sensor.says()
    assert sensor.says() == "refresh"


def test_a_growing_file_is_waited_for(settings: Settings) -> None:
    """A copy that keeps the time of its original grows under an old date: its size tells."""
    sensor = Sensor()
    sensor.says()
    for _ in range(3):
        with (settings.raw / "one.json").open("ab") as file:
            file.write(b"\n")
        at_rest(settings.raw)
        assert "at rest" in sensor.says()
    assert sensor.says() == "refresh"


def test_a_file_that_was_written_just_now_is_waited_for(settings: Settings) -> None:
    """A slow download may write nothing between two ticks."""
    (settings.raw / "one.json").touch()
    sensor = Sensor()
    sensor.says()
    assert "at rest" in sensor.says()


def test_a_file_from_the_future_does_not_stop_the_sensor(settings: Settings) -> None:
    """A clock that was wrong is no reason to wait until next year."""
    os.utime(settings.raw / "one.json", (time.time() + 1e7,) * 2)
    sensor = Sensor()
    sensor.says()
    assert sensor.says() == "refresh"


def test_the_same_content_is_asked_for_once(settings: Settings) -> None:
    """A refresh that fails on this content is not started again every minute; other content is a new reason."""
    sensor = Sensor()
    sensor.says()
    assert sensor.says() == "refresh"
    assert "asked for already" in sensor.says()
    refreshing.fill(settings.raw, {"two.json": refreshing.as_json(2)})
    at_rest(settings.raw)
    assert "at rest" in sensor.says()
    assert sensor.says() == "refresh"


def test_what_is_published_is_not_read_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refresh on the command line leaves the sensor nothing to do, which it finds out without opening a file."""
    refreshing.refresh(settings)
    opened, really_open = [], Path.open
    monkeypatch.setattr(Path, "open", lambda path, *given, **named: (opened.append(path), really_open(path, *given, **named))[1])
    sensor = Sensor()
    sensor.says()
    assert "published was made from this" in sensor.says()
    (settings.raw / "one.json").rename(settings.raw / "other.json")
    sensor.says()
    assert sensor.says() == "refresh"
    assert not [path for path in opened if path.is_relative_to(settings.raw)]


def test_a_missing_raw_folder_is_said(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network drive that is away is no failure of the sensor."""
    monkeypatch.setenv("TRIALHOUSE_RAW", str(settings.raw / "elsewhere"))
    assert "no raw folder" in Sensor().says()


# --- alert -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        ("pipelines.lock.WarehouseBusyError: /w is held by run 1", "wait for it to end"),
        ("InconsistentBuildError: trials were built from other raw content", "`refresh` job"),
        ("DagsterAssetCheckFailedError: 1 blocking asset check failed with ERROR severity:\narms: shape", "Open the failed checks"),
        ("BlockedError: not checked since they were built: relations", "`refresh` job"),
        ("FileNotFoundError: there is no raw folder at /r", "TRIALHOUSE_RAW"),
        ("This run has been marked as failed from outside the execution context.", "process died"),
        ("OSError: [Errno 28] No space left on device", "Free disk space"),
        ("ZeroDivisionError: division by zero", "log of the failed step"),
    ],
)
def test_the_alert_says_what_to_do(error: str, advice: str) -> None:
    """Of each known cause; of an unknown one, where to look."""
    text = alerts.message(what="refresh", run_id="r1", error=error)
    assert error in text
    assert advice in text.partition("What to do: ")[2]
    assert "untouched" in text


def test_a_webhook_gets_the_alert_as_json() -> None:
    """One object with a `text`, as chat services take it."""
    got: list[dict[str, str]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with serving(http.server.HTTPServer(("127.0.0.1", 0), Handler)) as port:
        assert alerts.send("it failed — 失败", {"TRIALHOUSE_ALERT_WEBHOOK": f"http://127.0.0.1:{port}/hook"}) == []
    assert got == [{"text": "it failed — 失败"}]


def test_a_mailbox_gets_the_alert(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its first line is the subject."""
    got: list[str] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            for line in self.rfile:
                if line.upper().startswith(b"DATA"):
                    self.wfile.write(b"354 go on\r\n")
                    mail = iter(self.rfile.readline, b".\r\n")
                    got.append(b"".join(mail).decode())
                self.wfile.write(b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 ok\r\n")

    with serving(socketserver.TCPServer(("127.0.0.1", 0), Handler)) as port:
        monkeypatch.setattr(smtplib, "SMTP_PORT", port)
        environment = {"TRIALHOUSE_ALERT_MAIL": "data@example.org", "TRIALHOUSE_SMTP_HOST": f"127.0.0.1:{port}"}
        assert alerts.send("trialhouse: refresh failed\n\nbecause", environment) == []
    assert "Subject: trialhouse: refresh failed" in got[0]
    assert "To: data@example.org" in got[0]
    assert "because" in got[0]


def test_one_channel_does_not_silence_the_other() -> None:
    """What could not be delivered is said, channel by channel."""
    environment = {
        "TRIALHOUSE_ALERT_WEBHOOK": "http://127.0.0.1:9/",
        "TRIALHOUSE_ALERT_MAIL": "data@example.org",
        "TRIALHOUSE_SMTP_HOST": "127.0.0.1:9",
    }
    assert [problem.partition(":")[0] for problem in alerts.send("it failed", environment)] == ["webhook", "mail"]


def test_nothing_is_sent_where_nothing_is_configured() -> None:
    """The log is enough then."""
    assert alerts.send("it failed", {}) == []


def test_a_failed_refresh_is_in_history_with_its_reason_and_checks(settings: Settings) -> None:
    """Also when it failed in the daemon, with nobody looking; the checks are those of the run, not of the build folder."""
    with failed_run(job_name="refresh") as (instance, context):
        alerts.run_failure_alert(context)
        run_id = instance.get_runs()[0].run_id
    (row,) = history.table(settings, "refreshes").to_pylist()
    assert row["outcome"] == "failed"
    assert row["message"] == "trials: ValueError: no such thing"
    assert row["refresh_id"].endswith(run_id[:6])
    checks = history.table(settings, "check_results").to_pylist()
    found = [(c["table_name"], c["check_name"], c["severity"], c["passed"], c["unexpected_count"], c["element_count"]) for c in checks]
    assert found == [("arms", "shape", "error", True, 0, 7)]


def test_a_failed_run_that_would_not_have_published_is_no_refresh(settings: Settings) -> None:
    """It is alerted, but `refreshes` holds one row per refresh."""
    with failed_run(job_name="clean_up_runs") as (_, context):
        alerts.run_failure_alert(context)
    assert history.table(settings, "refreshes").num_rows == 0


def test_runs_are_named_by_what_they_do() -> None:
    """The name that Dagster gives to the run of a few assets says nothing."""
    some = frozenset({dg.AssetKey("trials"), dg.AssetKey("arms")})
    whole = frozenset({dg.AssetKey("trials"), dg.AssetKey("warehouse")})
    runs = [dg.DagsterRun(job_name="__ASSET_JOB", asset_selection=chosen) for chosen in (some, whole)]
    assert [alerts.what_ran(run) for run in runs] == ["materialising arms, trials", "refresh"]
    assert alerts.what_ran(dg.DagsterRun(job_name=clean_up_job.name)) == "clean_up_runs"
    assert alerts.what_ran(dg.DagsterRun(job_name=refresh_job.name)) == "refresh"


@contextmanager
def serving(server: socketserver.TCPServer) -> Iterator[int]:
    """The port of a server that runs in a thread."""
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


@contextmanager
def failed_run(*, job_name: str) -> Iterator[tuple[dg.DagsterInstance, dg.RunFailureSensorContext]]:
    """A run in which a check passed and a step failed, and the context that Dagster gives the alert."""

    @dg.asset(check_specs=[dg.AssetCheckSpec("shape", asset="arms")])
    def arms() -> dg.MaterializeResult:
        return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=True, metadata={"unexpected": 0, "looked_at": 7})])

    @dg.asset(deps=[arms])
    def trials() -> None:
        raise ValueError("no such thing")

    definitions = dg.Definitions(assets=[arms, trials], jobs=[dg.define_asset_job(job_name)], executor=dg.in_process_executor)
    with dg.DagsterInstance.ephemeral() as instance:
        result = definitions.resolve_job_def(job_name).execute_in_process(instance=instance, raise_on_error=False)
        event = next(event for event in result.all_events if event.event_type is dg.DagsterEventType.RUN_FAILURE)
        context = dg.build_run_status_sensor_context(
            sensor_name="run_failure_alert", dagster_event=event, dagster_instance=instance, dagster_run=result.dagster_run
        )
        yield instance, context.for_run_failure()
