"""The command line: `trialhouse refresh | query | status | quarantine | explain | accuracy | ui`.

What is printed and how a command exits; the work itself is elsewhere. Dagster is imported only by the commands that run it.
"""

import csv
import itertools
import json
import os
import re
import shutil
import sys
import uuid
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines import settings as settings_module
from pipelines.settings import PROJECT, Settings

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from pipelines.accuracy import Accuracy
    from pipelines.engine.progress import Progress
    from pipelines.explain import Difference, Differences, Explanation, Stretch

app = typer.Typer(
    help="Clinical-trial documents in, a warehouse of trials, regimens, endpoints and safety out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

RawOption = Annotated[Path | None, typer.Option("--raw", help="Folder of raw documents [TRIALHOUSE_RAW, raw/].")]
WarehouseOption = Annotated[Path | None, typer.Option("--warehouse", help="Folder of the warehouse [TRIALHOUSE_WAREHOUSE, warehouse/].")]

FAILED, WRONG_USAGE = 1, 2

_STATUS_STYLES = {"kept": "green", "duplicate": "yellow", "superseded": "cyan", "quarantined": "red"}
_DIFFERENCES_SHOWN = 10
_ROWS_SHOWN = 12
_FINDINGS_SHOWN = 5


@app.command()
def refresh(
    raw: RawOption = None,
    warehouse: WarehouseOption = None,
    full: Annotated[bool, typer.Option("--full", help="Do all work again, also what has not changed.")] = False,
    workers: Annotated[int | None, typer.Option("--workers", help="Processes [TRIALHOUSE_WORKERS, one per core].")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as one JSON object.")] = False,
    accept_drift: Annotated[
        bool,
        typer.Option(
            "--accept-drift", help="Publish although tables differ much from the last refreshes: the raw folder was meant to change."
        ),
    ] = False,
    wait: Annotated[float, typer.Option("--wait", help="Seconds to wait for another refresh to end.")] = 3600.0,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show Dagster's log.")] = False,
) -> None:
    """Read the raw folder, build and check every table, publish the warehouse.

    Exits 0 when a warehouse was published or nothing had changed, 1 when the refresh failed (nothing is published), 2 on wrong usage.
    """
    settings = _settings(raw, warehouse, workers)
    if not settings.raw.is_dir():
        _fail(f"there is no raw folder at {settings.raw}", WRONG_USAGE)
    started = datetime.now(UTC)
    summary = None if full else _unchanged(settings, started)
    if summary is None:
        summary = _run_job(settings, full=full, accept_drift=accept_drift, wait=wait, verbose=verbose)
    summary["seconds"] = round((datetime.now(UTC) - started).total_seconds(), 1)
    if as_json:
        print(json.dumps(summary, ensure_ascii=False))
    else:
        _print_summary(summary)
    raise typer.Exit(FAILED if summary["outcome"] == "failed" else 0)


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="The query.")],
    warehouse: WarehouseOption = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False,
    limit: Annotated[int, typer.Option("--limit", help="Rows to show in the table.")] = 100,
) -> None:
    """Run a read-only query against the published warehouse."""
    import duckdb

    database = _database(_settings(None, warehouse, None))
    try:
        with duckdb.connect(str(database), read_only=True) as connection:
            cursor = connection.execute(sql)
            columns = [column[0] for column in cursor.description or ()]
            if as_csv:
                _print_csv(columns, cursor)
            elif as_json:
                _print_json(columns, cursor)
            else:
                _print_table(columns, cursor.fetchmany(limit + 1), limit)
    except duckdb.Error as error:
        _fail(str(error), FAILED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@app.command()
def status(warehouse: WarehouseOption = None) -> None:
    """The last refreshes, what is published, and what is in quarantine."""
    import duckdb

    from pipelines import history
    from pipelines.published import current

    settings = _settings(None, warehouse, None)
    console = _console(stderr=False)
    refreshes = history.table(settings, "refreshes").to_pylist()[-10:]
    columns = ["refresh", "started (UTC)", "outcome", "files", "records", "kept", "quarantined", "message"]
    rows = [
        (
            r["refresh_id"],
            f"{r['started_at']:%Y-%m-%d %H:%M:%S}",
            r["outcome"],
            r["n_files"],
            r["n_records"],
            r["n_kept"],
            r["n_quarantined"],
            (r["message"] or "").splitlines()[0] if r["message"] else None,
        )
        for r in reversed(refreshes)
    ]
    _print_titled(console, "Last refreshes", columns, rows)
    published = current(settings)
    if published is None:
        console.print(f"Nothing is published in {settings.warehouse} yet: run [bold]trialhouse refresh[/bold].")
        return
    _print_titled(console, f"Published: {published.refresh_id}", ["table", "rows"], [i for i in published.rows.items() if i[1]])
    with duckdb.connect(str(settings.database), read_only=True) as connection:
        found = connection.execute(
            "SELECT coalesce(check_name, reason), count(*), any_value(reason_text), min(source_path) FROM quarantine "
            "WHERE NOT is_dismissed GROUP BY 1 ORDER BY 2 DESC, 1"
        ).fetchall()
    _print_titled(console, "Quarantine (trialhouse quarantine lists it)", ["reason", "entries", "meaning", "for example"], found)


@app.command()
def quarantine(
    warehouse: WarehouseOption = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Only entries of this reason or check.")] = None,
    dismissed: Annotated[bool, typer.Option("--dismissed", help="Also entries that a person has dismissed.")] = False,
    limit: Annotated[int, typer.Option("--limit", help="Entries to show of each reason.")] = 5,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print all entries as CSV, ready to be filled in as a file of decisions.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print all entries as a JSON array.")] = False,
) -> None:
    """What stayed outside the tables, by reason: records that could not be read, and rows that a rule stopped.

    What is corrected in the raw folder is read again by the next refresh. What is right as it is, or known, is decided in
    `decisions/quarantine.csv` of the warehouse: `publish` puts the row into its table with a flag, `dismiss` ends the listing.
    """
    import duckdb

    settings = _settings(None, warehouse, None)
    with duckdb.connect(str(_database(settings)), read_only=True) as connection:
        entries = connection.execute(
            "SELECT *, coalesce(check_name, reason) AS why FROM quarantine WHERE ($1 OR NOT is_dismissed) "
            "AND ($2 IS NULL OR $2 IN (reason, check_name)) "
            "ORDER BY count(*) OVER (PARTITION BY why) DESC, why, source_path, record_index, ordinal",
            [dismissed, reason],
        )
        columns = [column[0] for column in entries.description or ()]
        if as_json:
            _print_json(columns, entries)
            return
        rows = [dict(zip(columns, row, strict=True)) for row in entries.fetchall()]
    if as_csv:
        _write_csv(_ENTRY_COLUMNS, [_entry_line(row) for row in rows])
        return
    _print_quarantine(_console(stderr=False), settings, rows, limit)


@app.command()
def explain(
    document: Annotated[
        str,
        typer.Argument(
            help="A document_id or its beginning; a source_path or its end, with #N for record N of a file.", metavar="DOCUMENT"
        ),
    ],
    raw: RawOption = None,
    warehouse: WarehouseOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all that is known as one JSON object.")] = False,
) -> None:
    """What became of a document and why: kept or dropped, for which other, and in which words they differ.

    Exits 1 when there is no such document, 2 when several are meant.
    """
    import duckdb
    import msgspec

    from pipelines.explain import SeveralDocumentsError, UnknownDocumentError
    from pipelines.explain import explain as explained

    settings = _settings(raw, warehouse, None)
    _database(settings)
    try:
        found = explained(settings, document)
    except SeveralDocumentsError as error:
        lines = [f"  {place.document_id}  {_one_line(place.label)}" for place in error.places[:_ROWS_SHOWN]]
        left = len(error.places) - len(lines)
        _fail("\n".join([f"{error}:", *lines, *([f"  … and {left:,} more"] if left else [])]), WRONG_USAGE)
    except (UnknownDocumentError, duckdb.Error) as error:
        _fail(str(error), FAILED)
    else:
        if as_json:
            print(json.dumps(msgspec.to_builtins(found), ensure_ascii=False))
        else:
            _print_explanation(_console(stderr=False), found)


@app.command()
def accuracy(
    gold: Annotated[
        Path | None, typer.Option("--gold", help="Folder of label files (*.jsonl) with their documents, or one such file [tests/gold/].")
    ] = None,
    corpus: Annotated[Path | None, typer.Option("--corpus", help="Where the labelled documents lie, if not beside the labels.")] = None,
    report: Annotated[Path | None, typer.Option("--report", help="Write a page that shows each document with what was missed.")] = None,
) -> None:
    """Extract labelled documents and compare: precision, recall and F1 per table and figure.

    Exits 0 when something was measured, 1 when no labelled document could be, 2 on wrong usage.
    """
    from pipelines.accuracy import label_files, measure

    folder = gold or PROJECT / "tests" / "gold"
    files = label_files(folder) if folder.exists() else []
    if not files:
        _fail(f"there are no labels at {folder}: --gold names a folder with *.jsonl", WRONG_USAGE)
    found = measure(files, corpus)
    for problem in found.problems:
        print(f"trialhouse: {_one_line(problem)}", file=sys.stderr)
    if not found.documents:
        _fail(f"no labelled document of {folder} could be measured", FAILED)
    _print_accuracy(_console(stderr=False), found)
    if report is not None:
        from pipelines.accuracy_report import page

        try:
            report.write_text(page(found), encoding="utf-8")
        except OSError as error:
            _fail(f"the report cannot be written: {error}", WRONG_USAGE)
        print(f"\nEach document with what is right, missed and wrong: {report}")


@app.command()
def ui(
    raw: RawOption = None,
    warehouse: WarehouseOption = None,
    port: Annotated[int, typer.Option("--port", help="Port of the UI.")] = 3000,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Start the Dagster UI with its daemon, which runs the schedule and the sensors."""
    settings = _settings(raw, warehouse, None)
    home = _dagster_home()
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(home),
        "TRIALHOUSE_RAW": str(settings.raw),
        "TRIALHOUSE_WAREHOUSE": str(settings.warehouse),
        # `dg dev`, which Dagster would like better, is not among what is installed to run this project.
        "PYTHONWARNINGS": "ignore:Function `dev_command` is superseded",
    }
    print(f"Dagster UI: http://{host}:{port}\n  raw folder {settings.raw}\n  warehouse  {settings.warehouse}", file=sys.stderr)
    print(f"  instance   {home} (DAGSTER_HOME)", file=sys.stderr)
    # Dagster warns of a dagster.yaml in the working directory that is not the one it uses.
    os.chdir(home)
    dagster = str(Path(sys.executable).parent / "dagster")
    arguments = [dagster, "dev", "-w", str(PROJECT / "workspace.yaml"), "-h", host, "-p", str(port)]
    os.execvpe(dagster, arguments, environment)  # noqa: S606 - the UI takes the place of this process


# --- refresh -----------------------------------------------------------------------------------------------------------


def _unchanged(settings: Settings, started: datetime) -> dict[str, Any] | None:
    """The summary when there is nothing to do; Dagster need not start for that."""
    from pipelines import history
    from pipelines.published import nothing_to_do, record_unchanged

    published = nothing_to_do(settings)
    if published is None:
        return None
    start = started.replace(tzinfo=None)
    refresh_id = history.refresh_id(start, uuid.uuid4().hex)
    record_unchanged(settings, refresh=refresh_id, started_at=start, published=published)
    return _summary(settings, refresh_id)


def _run_job(settings: Settings, *, full: bool, accept_drift: bool, wait: float, verbose: bool) -> dict[str, Any]:
    os.environ["DAGSTER_HOME"] = str(_dagster_home())
    with _status_line() as (say, progress):
        say("starting Dagster")
        import dagster as dg

        from assets.alerts import checks_of, reasons
        from assets.definitions import defs
        from assets.workspace import Workspace
        from pipelines import history
        from pipelines.refresh import record_failed

        workspace = Workspace(
            raw=str(settings.raw),
            warehouse=str(settings.warehouse),
            workers=settings.workers,
            full=full,
            accept_drift=accept_drift,
            wait_seconds=wait,
        ).reporting(say, progress)
        level = "INFO" if verbose else "CRITICAL"
        run_id = str(uuid.uuid4())
        started = datetime.now(UTC)
        with dg.DagsterInstance.get() as instance:
            result = defs.resolve_job_def("refresh").execute_in_process(
                run_config={"loggers": {"console": {"config": {"log_level": level}}}},
                instance=instance,
                raise_on_error=False,
                run_id=run_id,
                resources={"workspace": workspace},
                # As the UI marks its own runs: without it the job's page does not show those of the command line.
                tags={".dagster/repository": "__repository__@trialhouse"},
            )
            start_time = instance.get_run_stats(run_id).start_time or started.timestamp()
            if not result.success:
                message = reasons(event for event in result.all_events if event.is_failure)
                checks = checks_of(instance, run_id)
                record_failed(settings, run_id=run_id, started_at=start_time, message=message, checks=checks)
    refresh_id = history.refresh_id(datetime.fromtimestamp(start_time, UTC).replace(tzinfo=None), run_id)
    return _summary(settings, refresh_id)


def _summary(settings: Settings, refresh_id: str) -> dict[str, Any]:
    """What `refreshes` and `check_results` say of the refresh."""
    from pipelines import history
    from pipelines.quality import store

    (row,) = history.of_refresh(settings, "refreshes", refresh_id)
    checks = history.of_refresh(settings, "check_results", refresh_id)
    failed = sorted((c for c in checks if not c["passed"]), key=lambda c: c["severity"])
    findings = {(kept.table_name, kept.check_name): kept.findings for kept in store.kept(settings)} if failed else {}
    return {
        "refresh_id": refresh_id,
        "outcome": row["outcome"],
        "message": row["message"],
        "raw": str(settings.raw),
        "warehouse": str(settings.warehouse),
        "files": row["n_files"],
        "records": row["n_records"],
        "kept": row["n_kept"],
        "duplicate": row["n_duplicate"],
        "superseded": row["n_superseded"],
        "quarantined": row["n_quarantined"],
        "rows": {name: int(count) for name, count in (row["rows_by_table"] or {}).items()},
        "checks": {
            "run": len(checks),
            "failed": sum(c["severity"] == "error" for c in failed),
            "warnings": sum(c["severity"] == "warning" for c in failed),
        },
        "failed_checks": [
            {name: c[name] for name in ("table_name", "check_name", "severity", "unexpected_count", "element_count")}
            | {"findings": findings.get((c["table_name"], c["check_name"]), [])}
            for c in failed
        ],
    }


def _print_summary(summary: dict[str, Any]) -> None:
    console = _console(stderr=False)
    outcome = summary["outcome"]
    style = {"published": "green", "unchanged": "cyan", "failed": "red"}[outcome]
    console.print(f"[bold {style}]{outcome}[/] {summary['refresh_id']} in {summary['seconds']} s")
    if outcome == "failed":
        console.print(summary["message"] or "", markup=False)
        console.print("Nothing was published; the warehouse published before is untouched.")
    if summary["files"] is not None:
        words = ("files", "records", "kept", "duplicate", "superseded", "quarantined")
        console.print("  ".join(f"{word} [bold]{summary[word]:,}[/]" for word in words))
    if outcome == "published":
        rows = [(name, f"{count:,}") for name, count in summary["rows"].items() if count]
        console.print(_table(["table", "rows"], rows))
    if summary["checks"]["run"]:
        checks = summary["checks"]
        console.print(f"checks: {checks['run']} run, {checks['failed']} failed, {checks['warnings']} with warnings")
        for check in summary["failed_checks"]:
            line = f"{check['table_name']}.{check['check_name']}: {check['unexpected_count']:,} of {check['element_count']:,}"
            console.print(f"  {check['severity']:<8} {line}", markup=False)
            if check["severity"] == "error":
                for finding in check["findings"][:_FINDINGS_SHOWN]:
                    console.print(f"           {finding.replace('`', '')}", markup=False)
    if outcome == "published":
        console.print('\nQuery it: [bold]trialhouse query "SELECT * FROM trial_overview LIMIT 5"[/]')


@contextmanager
def _status_line() -> Generator[tuple[Any, "Progress"]]:
    """(say, progress): one moving line on a terminal, plain lines elsewhere, always on standard error."""
    console = _console(stderr=True)
    if not console.is_terminal:
        from pipelines.engine.progress import in_tenths

        def plain(words: str) -> None:
            print(words, file=sys.stderr, flush=True)

        yield plain, in_tenths(plain)
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    with Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console, transient=True) as bars:
        line = bars.add_task("", total=None)

        def show(what: str, done: int, total: int) -> None:
            bars.update(line, description=f"{what}  {done:,} of {total:,} batches" if total else what)

        yield (lambda words: show(words, 0, 0)), show


# --- explain -----------------------------------------------------------------------------------------------------------


def _print_explanation(console: "Console", found: "Explanation") -> None:
    from rich.markup import escape
    from rich.text import Text

    document = found.document
    console.print(Text(_one_line(document.label), style="bold"))
    if document.title:
        console.print(Text(_one_line(document.title)))
    facts = [
        f"document {document.document_id}",
        found.source_format,
        found.encoding,
        found.language,
        None if found.n_chars is None else f"{found.n_chars:,} characters",
        found.version_date and f"version of {found.version_date}",
        f"repaired: {', '.join(found.repairs)}" if found.repairs else None,
    ]
    console.print(Text(" · ".join(fact for fact in facts if fact), style="dim"))
    first, *others = map(_one_line, found.sentences)
    verdict = re.split("[:;]", first)[0]
    console.print(f"\n[bold {_STATUS_STYLES[found.status]}]{escape(verdict)}[/]{escape(first.removeprefix(verdict))}")
    for sentence in others:
        console.print(Text(sentence))
    if len(found.chain) > 1:
        _print_titled(
            console,
            "Step by step",
            ["by", "similarity", "the same as"],
            [(step.rule, _rounded(step.similarity), _one_line(step.of.label)) for step in found.chain],
        )
    if found.differences:
        _print_differences(console, found, found.differences)
    elif found.no_differences:
        console.print(Text(f"\n{found.no_differences}"))
    _print_relations(console, found)


def _print_differences(console: "Console", found: "Explanation", differences: "Differences") -> None:
    from rich.text import Text

    summary, kept = differences.summary, found.chain[-1].of
    console.print(Text.assemble("\n", ("In which words it differs from ", "bold"), (_one_line(kept.label), "bold")))
    if not differences.places:
        console.print("In none: only blanks, punctuation, case, accents, width or the script of Chinese differ.")
        return
    counts = [
        _counted(summary.n_places, "place"),
        f"{_counted(summary.n_removed, 'word')} of {summary.n_words:,} only here",
        f"{summary.n_added:,} of {summary.n_other_words:,} only there",
        _counted(summary.n_moved, "passage") + " moved" if summary.n_moved else None,
        _counted(summary.n_repeated, "passage") + " said once more" if summary.n_repeated else None,
    ]
    console.print("; ".join(count for count in counts if count) + ".")
    # What is lost comes before what only stands somewhere else.
    places = sorted(differences.places, key=lambda place: place.change.kind != "changed")
    if any(step.rule == "contained_text" for step in found.chain):
        # What the larger one says beside is no difference that anybody asks for.
        places = [place for place in places if place.change.removed]
        if not summary.n_removed:
            console.print("Every word of it stands there.")
    marked = not console.is_terminal or console.no_color
    _print_lines(console, [_difference(place, marked=marked) for place in places], shown=_DIFFERENCES_SHOWN)


def _difference(place: "Difference", *, marked: bool) -> "Text":
    """One line; colours say what is removed and added, or marks where there are no colours."""
    from rich.text import Text

    from pipelines.dedup.difference import MARKS, pieces

    styles = {"removed": "red strike", "added": "bold green", "same": "", "note": "italic"}
    line = Text(f"{place.field}: " if place.field else "", style="dim")
    for kind, words in pieces(place.change):
        line.append(MARKS[kind].format(words) if marked else words, style="not dim" if marked else f"not dim {styles[kind]}")
    return line


def _print_relations(console: "Console", found: "Explanation") -> None:
    """Tables of what goes with the document, those that have rows."""
    changes = [(one.field, one.change, one.value_before, one.value_after) for one in found.changes]
    _print_rows(console, "What the next version changed", ["field", "change", "before", "after"], changes)
    dropped = [(one.place.label, one.rule, _rounded(one.similarity)) for one in found.dropped]
    _print_rows(console, "Dropped for it", ["document", "by", "similarity"], dropped)
    lookalikes = [(one.place.label, _rounded(one.similarity), one.sentence) for one in found.lookalikes]
    _print_rows(console, "Looks like it, and is kept as well", ["document", "similarity", "why they are two"], lookalikes)
    if found.stretches:
        console.print(f"\n[bold]Stands in another place as well ({len(found.stretches):,})[/]")
        # What is cut comes first: it is what extraction does not see.
        stretches = sorted(found.stretches, key=lambda one: not one.is_cut)
        _print_lines(console, [_stretch(one) for one in stretches], shown=_ROWS_SHOWN)
    if n := found.n_kept_here:
        console.print(f"\n{_counted(n, 'stretch', 'stretches')} of other documents {'is' if n == 1 else 'are'} kept in this one.")
    trials = [(one.trial_id, one.title, one.role, one.sentence) for one in found.trials]
    _print_rows(console, "Speaks of", ["trial", "title", "as", "known by"], trials)


def _stretch(one: "Stretch") -> "Text":
    from rich.text import Text

    where = "this document" if one.is_within else _one_line(one.kept.label)
    place = _span(one.kept_start_char, one.kept_end_char, one.kept_field)
    line = Text.assemble((_span(one.start_char, one.end_char, one.field), "bold"), f" as {where} {place}: ")
    if one.words:
        line.append(f"“{_one_line(one.words[:80])}{' …' if one.end_char - one.start_char > 80 else ''}” ", style="dim")
    return line.append(one.sentence)


def _print_rows(console: "Console", title: str, columns: list[str], rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        shown = [[_one_line(value) if isinstance(value, str) else value for value in row] for row in rows[:_ROWS_SHOWN]]
        _print_titled(console, f"{title} ({len(rows):,})", columns, shown)
        _print_rest(console, len(rows) - len(shown))


def _print_lines(console: "Console", lines: Sequence["Text"], *, shown: int) -> None:
    """A list; a line that is too long for a terminal goes on under itself, elsewhere it stays one line."""
    from rich.padding import Padding

    for line in lines[:shown]:
        if console.is_terminal:
            console.print(Padding(line, (0, 0, 0, 2), expand=False))
        else:
            console.print(line, soft_wrap=True)
    _print_rest(console, len(lines) - shown)


def _print_rest(console: "Console", n: int) -> None:
    if n > 0:
        console.print(f"… and {n:,} more; --json has them all", style="dim")


def _span(start: int, end: int, field: str) -> str:
    return f"{start:,}–{end:,}" if field == "text" else f"{field} {start:,}–{end:,}"


def _rounded(similarity: float | None) -> float | None:
    """To three places, without rounding anything up to 1."""
    return None if similarity is None else similarity if similarity == 1 else min(round(similarity, 3), 0.999)


def _counted(n: int, one: str, several: str | None = None) -> str:
    return f"{n:,} {one if n == 1 else several or one + 's'}"


def _one_line(text: str) -> str:
    """Text of strangers as it may be printed: without line breaks and what else would command a terminal."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


# --- accuracy ----------------------------------------------------------------------------------------------------------


def _print_accuracy(console: "Console", found: "Accuracy") -> None:
    from pipelines.accuracy_report import TABLE_TITLES

    columns = ["figure", "precision", "recall", "F1", "labels", "found", "rows", "right"]
    for table, figures in found.figures.items():
        rows = [
            (name, f"{one.precision:.3f}", f"{one.recall:.3f}", f"{one.f1:.3f}", one.demanded, one.found, one.given, one.right)
            for name, one in figures.items()
            if one.demanded or one.given
        ]
        if rows:
            _print_titled(console, TABLE_TITLES[table], columns, rows)
    console.print(f"\nMeasured on {_counted(len(found.documents), 'labelled document')}.")


# --- output ------------------------------------------------------------------------------------------------------------


def _console(*, stderr: bool) -> "Console":
    from rich.console import Console

    console = Console(stderr=stderr, highlight=False)
    if not console.is_terminal:
        console.width = 200
    return console


def _table(columns: list[str], rows: list[Any]) -> Any:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    numeric = [bool(rows) and all(_is_number(row[n]) for row in rows) for n in range(len(columns))]
    for name, is_number in zip(columns, numeric, strict=True):
        table.add_column(name, justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*("" if value is None else escape(_words(value)) for value in row))
    return table


def _print_titled(console: "Console", title: str, columns: list[str], rows: list[Any]) -> None:
    console.print(f"\n[bold]{title}[/]")
    console.print(_table(columns, rows))


def _is_number(value: Any) -> bool:
    return value is None or isinstance(value, int | float) or (isinstance(value, str) and value.replace(",", "").isdecimal())


def _words(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return str(value)


_ENTRY_COLUMNS = ("entry", "decision", "note", "why", "source_path", "record_index", "detail", "excerpt")


def _entry_line(row: dict[str, Any]) -> list[Any]:
    """An entry as a line of a file of decisions."""
    return [{**row, "decision": "dismiss" if row["is_dismissed"] else None, "note": None}[name] for name in _ENTRY_COLUMNS]


def _print_quarantine(console: "Console", settings: Settings, rows: Sequence[dict[str, Any]], limit: int) -> None:
    from rich.markup import escape

    if not rows:
        console.print("Nothing is in quarantine.")
        return
    by_reason: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_reason.setdefault(row["why"], []).append(row)
    for why, entries in by_reason.items():
        n = f"{len(entries):,} {'entry' if len(entries) == 1 else 'entries'}"
        console.print(f"[bold]{escape(why)}[/bold]  {n}\n{escape(entries[0]['reason_text'])}")
        for row in entries[:limit]:
            number = f"#{row['record_index']}" if row["record_index"] >= 0 else ""
            dismissed = " [dim](dismissed)[/dim]" if row["is_dismissed"] else ""
            console.print(f"  [cyan]{row['entry']}[/cyan] {escape(_one_line(row['source_path']))}{number}{dismissed}", soft_wrap=True)
            for label in ("detail", "excerpt"):
                if row[label]:
                    console.print(f"    [dim]{label}[/dim] {escape(_one_line(row[label]))}", overflow="ellipsis", no_wrap=True)
        if len(entries) > limit:
            console.print(f"  … and {len(entries) - limit:,} more: trialhouse quarantine --reason {escape(why)} --limit {len(entries)}")
        console.print()
    console.print(f"Decisions: {settings.quarantine_decisions} (trialhouse quarantine --csv prints a file to fill in)", soft_wrap=True)


def _print_table(columns: list[str], rows: list[Any], limit: int) -> None:
    _console(stderr=False).print(_table(columns, rows[:limit]))
    if len(rows) > limit:
        print(f"more than {limit} rows; --limit shows more, --csv and --json all", file=sys.stderr)


def _print_csv(columns: list[str], cursor: Any) -> None:
    _write_csv(columns, itertools.chain.from_iterable(iter(lambda: cursor.fetchmany(10_000), [])))


def _write_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(columns)
    writer.writerows(rows)


def _print_json(columns: list[str], cursor: Any) -> None:
    separator = "[\n"
    while rows := cursor.fetchmany(10_000):
        for row in rows:
            members = {name: _json_value(value) for name, value in zip(columns, row, strict=True)}
            print(separator, json.dumps(members, ensure_ascii=False, default=str), sep="", end="")
            separator = ",\n"
    print("[]" if separator == "[\n" else "\n]")


def _json_value(value: Any) -> Any:
    """A value as JSON can hold it: decimals as numbers, NaN and infinity, for which it has no word, as null."""
    if isinstance(value, Decimal | float):
        return float(value) if isfinite(value) else None
    return [_json_value(member) for member in value] if isinstance(value, list) else value


# --- setting up --------------------------------------------------------------------------------------------------------


def _settings(raw: Path | None, warehouse: Path | None, workers: int | None) -> Settings:
    try:
        return settings_module.load(raw=raw, warehouse=warehouse, workers=workers)
    except ValueError as error:
        _fail(str(error), WRONG_USAGE)
        raise


def _database(settings: Settings) -> Path:
    if not settings.database.exists():
        _fail(f"nothing is published in {settings.warehouse} yet: run `trialhouse refresh`", FAILED)
    return settings.database.resolve()


def _dagster_home() -> Path:
    """`DAGSTER_HOME`, or `.dagster/` in the project; created, with the project's `dagster.yaml` where it has none of its own."""
    stated = os.environ.get("DAGSTER_HOME")
    home = Path(stated) if stated else PROJECT / ".dagster"
    home.mkdir(parents=True, exist_ok=True)
    source, target = PROJECT / "dagster.yaml", home / "dagster.yaml"
    if not target.exists() or (not stated and target.read_bytes() != source.read_bytes()):
        shutil.copyfile(source, target)
    return home


def _fail(message: str, code: int) -> None:
    print(f"trialhouse: {message}", file=sys.stderr)
    raise typer.Exit(code)


if __name__ == "__main__":
    app()
