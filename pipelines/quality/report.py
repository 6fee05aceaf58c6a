"""The page that a person opens to see every check: one offline HTML file, and the same as JSON.

Data Docs of Great Expectations are written by `pipelines.quality.gx`. No check is run here.
"""

import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from pipelines.quality.results import CheckResult, n_rows_text, write_results

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark;
  --text: #1c2430; --soft: #5d6879; --line: #dde2ea; --page: #f5f7fa; --card: #fff;
  --passed: #1a7f4b; --warning: #9a6200; --blocked: #b3261e; --fault: #6b3fa0; }}
@media (prefers-color-scheme: dark) {{ :root {{
  --text: #e4e8ef; --soft: #9aa5b5; --line: #313a48; --page: #12161d; --card: #1a202a;
  --passed: #57c38b; --warning: #e0a94a; --blocked: #f08078; --fault: #b794e6; }} }}
* {{ box-sizing: border-box; }}
body {{ margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; }}
main {{ max-width: 1180px; margin: 0 auto; padding: 32px 24px 64px; }}
h1 {{ font-size: 26px; margin: 0; }}
.about {{ color: var(--soft); margin: 4px 0 24px; }}
a {{ color: inherit; }}
.tiles {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; }}
.tiles {{ margin-bottom: 24px; }}
.tile {{ background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px 16px; }}
.tile b {{ display: block; font-size: 26px; line-height: 1.25; font-variant-numeric: tabular-nums; }}
.tile span {{ color: var(--soft); }}
label {{ display: inline-flex; gap: 8px; align-items: center; margin-bottom: 12px; cursor: pointer; }}
section {{ background: var(--card); border: 1px solid var(--line); border-radius: 8px; margin-bottom: 16px; }}
section {{ overflow: hidden; }}
section > h2 {{ font-size: 17px; margin: 0; padding: 12px 16px; display: flex; align-items: baseline; gap: 12px; }}
section > h2 small {{ font-weight: 400; font-size: 14px; color: var(--soft); }}
.check {{ display: grid; grid-template-columns: 116px minmax(0, 1fr) 190px; gap: 4px 16px; }}
.check {{ padding: 10px 16px; border-top: 1px solid var(--line); }}
.state {{ font-weight: 600; }}
.passed .state {{ color: var(--passed); }} .warning .state {{ color: var(--warning); }}
.blocked .state {{ color: var(--blocked); }} .fault .state {{ color: var(--fault); }}
.blocked {{ box-shadow: inset 3px 0 var(--blocked); }} .warning {{ box-shadow: inset 3px 0 var(--warning); }}
.fault {{ box-shadow: inset 3px 0 var(--fault); }}
code {{ font: 13px/1.5 ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace; }}
.name {{ font-weight: 600; overflow-wrap: anywhere; }}
.why {{ color: var(--soft); }}
.counts {{ text-align: right; color: var(--soft); font-variant-numeric: tabular-nums; }}
.more {{ grid-column: 2 / -1; overflow-x: auto; }}
.more ul {{ margin: 0 0 6px; padding-left: 20px; }}
.more pre {{ margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; color: var(--fault); }}
.more pre {{ font: 13px/1.5 ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace; }}
summary {{ cursor: pointer; color: var(--soft); }}
table {{ border-collapse: collapse; font-size: 13px; margin-top: 6px; }}
th, td {{ text-align: left; vertical-align: top; padding: 4px 14px 4px 0; border-top: 1px solid var(--line); }}
td {{ max-width: 340px; overflow-wrap: break-word; }}
th {{ font-weight: 600; color: var(--soft); border-top: 0; white-space: nowrap; }}
td.null {{ color: var(--soft); font-style: italic; }}
body.failing .passed, body.failing section.clean {{ display: none; }}
@media (max-width: 700px) {{
  .check {{ grid-template-columns: 1fr; }} .counts {{ text-align: left; }} .more {{ grid-column: 1; }} }}
@media print {{ label {{ display: none; }} section {{ break-inside: avoid-page; }} }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p class="about">{about}</p>
<div class="tiles">{tiles}</div>
{open_tables}<label><input type="checkbox" id="failing"> Only checks that did not pass</label>
{sections}
</main>
<script>
document.getElementById("failing").addEventListener("change", (event) => {{
  document.body.classList.toggle("failing", event.target.checked);
}});
</script>
</body>
</html>
"""

_ORDER = ("blocked", "fault", "warning", "passed")
_STATES = {"passed": "Passed", "warning": "Warning", "blocked": "Failed", "fault": "Could not run"}


def write_report(results: Sequence[CheckResult], folder: Path, *, title: str = "Data quality", about: str = "") -> None:
    """Writes `<folder>/index.html` and `<folder>/results.json`. Tables in which something did not pass come first.

    `about` is a line of text under the title. The page links to `<folder>/data_docs` and the pages of `<folder>/accuracy`, where they are.
    """
    write_results(results, folder / "results.json")
    by_table: dict[str, list[CheckResult]] = {}
    for result in results:
        by_table.setdefault(result.table_name, []).append(result)
    links = [escape(about)] if about else []
    links.append('<a href="results.json">results.json</a>')
    if (folder / "data_docs" / "index.html").is_file():
        links.append('<a href="data_docs/index.html">Data Docs of Great Expectations</a> (need the net)')
    links += [
        f'<a href="accuracy/{escape(page.name)}">Accuracy on labelled documents ({escape(page.stem)})</a>'
        for page in sorted((folder / "accuracy").glob("*.html"))
    ]
    page = _PAGE.format(
        title=escape(title),
        about=" · ".join(links),
        tiles=_tiles(results),
        open_tables=_open_tables(by_table),
        sections="\n".join(_section(name, of_table) for name, of_table in sorted(by_table.items(), key=lambda one: _rank(one[1]))),
    )
    (folder / "index.html").write_text(page, encoding="utf-8")


def _state(result: CheckResult) -> str:
    if result.error is not None:
        return "fault"
    if result.passed:
        return "passed"
    return "blocked" if result.blocks else "warning"


def _tiles(results: Sequence[CheckResult]) -> str:
    states = [_state(result) for result in results]
    tiles = {
        "Checks": len(results),
        "Passed": states.count("passed"),
        "Warnings": states.count("warning"),
        "Failed": states.count("blocked"),
        "Could not run": states.count("fault"),
    }
    return "".join(f'<div class="tile"><b>{count:,}</b><span>{name}</span></div>' for name, count in tiles.items())


def _open_tables(by_table: Mapping[str, Sequence[CheckResult]]) -> str:
    """Links to the tables with checks that did not pass."""
    counts = {name: sum(not result.passed for result in of_table) for name, of_table in by_table.items()}
    links = ", ".join(f'<a href="#{escape(name)}">{escape(name)}</a> ({count})' for name, count in counts.items() if count)
    return f"<p>Not passed: {links}</p>\n" if links else ""


def _rank(results: Sequence[CheckResult]) -> int:
    """Tables with what blocks come first, then those with what could not run, then with warnings; else they keep their order."""
    return min(_ORDER.index(_state(result)) for result in results)


def _section(name: str, results: Sequence[CheckResult]) -> str:
    ranked = sorted(results, key=lambda result: _ORDER.index(_state(result)))
    n_open = sum(not result.passed for result in results)
    clean = ' class="clean"' if not n_open else ""
    note = f"{len(results)} {'check' if len(results) == 1 else 'checks'}, " + (f"{n_open} did not pass" if n_open else "all passed")
    checks = "\n".join(_check(result) for result in ranked)
    heading = f"<h2>{escape(name)} <small>{note}</small></h2>"
    return f'<section id="{escape(name)}"{clean}>{heading}\n{checks}\n</section>'


def _check(result: CheckResult) -> str:
    state = _state(result)
    counts = n_rows_text(result.element_count) if result.element_count else "nothing to look at"
    if result.unexpected_count:
        counts = f"<b>{result.unexpected_count:,}</b> of {counts}"
    if not result.passed:
        counts += "<br>blocks publication" if result.blocks else "<br>does not block"
    more = ""
    if result.error is not None:
        more += f"<pre>{escape(result.error)}</pre>"
    if result.findings:
        more += "<ul>" + "".join(f"<li>{_words(finding)}</li>" for finding in result.findings) + "</ul>"
    if result.examples:
        more += f"<details open><summary>Examples</summary>{_examples(result.examples)}</details>"
    if more:
        more = f'<div class="more">{more}</div>'
    return (
        f'<div class="check {state}"><span class="state">{_STATES[state]}</span>'
        f'<div><code class="name">{escape(result.check_name)}</code>'
        f'<div class="why">{_words(result.description)}</div></div>'
        f'<div class="counts">{counts}</div>{more}</div>'
    )


def _words(text: str) -> str:
    """A sentence with `names` in backquotes as code."""
    pieces = escape(text).split("`")
    return "".join(f"<code>{piece}</code>" if number % 2 else piece for number, piece in enumerate(pieces))


def _examples(rows: Sequence[Mapping[str, Any]]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(f"<tr>{''.join(_cell(row, name) for name in names)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(row: Mapping[str, Any], name: str) -> str:
    if name not in row:
        return "<td></td>"
    value = row[name]
    if value is None:
        return '<td class="null">NULL</td>'
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"<td>{_words(text) if name == 'problem' else escape(text)}</td>"
