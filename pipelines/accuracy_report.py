"""The page of errors: figures, and each labelled document with what was read right, missed and read wrong, as one file of HTML.

Here belongs only how it looks; what is right is decided by `pipelines/accuracy.py`. The page needs nothing from the net.
"""

from collections.abc import Iterable
from html import escape
from itertools import pairwise
from typing import Any

from pipelines.accuracy import Accuracy, Figures, Judged, Scored

TABLE_TITLES = {"regimens": "Regimens", "endpoint_results": "Results", "safety": "Safety"}
_ORDER = ("wrong", "missed", "right")
"""Where marks overlap, the first of these is shown."""

_STYLE = """
:root{color-scheme:light dark;--ink:#20262c;--soft:#67717b;--line:#dfe3e7;--page:#f6f7f8;--card:#fff;
--right:#d5efd9;--right-ink:#17662b;--missed:#ffe7b3;--missed-ink:#8a5a00;--wrong:#fbd3d0;--wrong-ink:#a3221b}
@media (prefers-color-scheme:dark){:root{--ink:#e4e8ec;--soft:#9aa5b0;--line:#343b43;--page:#15191d;--card:#1d2227;
--right:#1d4a2a;--right-ink:#8fdba3;--missed:#5a4310;--missed-ink:#f5cf7d;--wrong:#632521;--wrong-ink:#ffb1aa}}
*{box-sizing:border-box}
body{margin:0 auto;padding:2.5rem 1.5rem 5rem;max-width:76rem;background:var(--page);color:var(--ink);
font:16px/1.6 system-ui,"Noto Sans","Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .4rem}
h2{font-size:1.15rem;margin:0;overflow-wrap:anywhere}
h3{font-size:.95rem;margin:1.3rem 0 .4rem}
p{margin:.3rem 0}
.soft,.field{color:var(--soft)}
.field{font-size:.78rem;margin:1rem 0 .1rem;overflow-wrap:anywhere}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(27rem,1fr));gap:1rem;margin:1.5rem 0;align-items:start}
.cards .card{padding:1rem;overflow-x:auto}td:first-child{white-space:nowrap}
.lists{display:grid;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr));gap:0 2rem}
.card,article{background:var(--card);border:1px solid var(--line);border-radius:.7rem;padding:1.1rem 1.3rem}
article{margin:1.3rem 0;scroll-margin-top:1rem}
article header{display:flex;flex-wrap:wrap;gap:.3rem .8rem;align-items:center;justify-content:space-between}
table{border-collapse:collapse;width:100%;font-size:.83rem;font-variant-numeric:tabular-nums}
th{font-weight:600;color:var(--soft);text-align:right}
th,td{padding:.22rem .25rem;border-bottom:1px solid var(--line)}
td{text-align:right}th:first-child,td:first-child{text-align:left}
tr:last-child td{border-bottom:0}
.text{white-space:pre-wrap;overflow-wrap:anywhere}
mark{border-radius:.25rem;padding:.08rem .12rem;color:inherit}
.right{background:var(--right)}.missed{background:var(--missed)}.wrong{background:var(--wrong)}
mark.missed{border-bottom:2px dashed var(--missed-ink)}mark.wrong{border-bottom:2px solid var(--wrong-ink)}
.text{max-width:60rem}
.count{border-radius:1rem;padding:.05rem .65rem;font-size:.82rem;white-space:nowrap}
.count.right{color:var(--right-ink)}.count.missed{color:var(--missed-ink)}.count.wrong{color:var(--wrong-ink)}
ul{margin:.2rem 0;padding:0;list-style:none}
li{padding:.25rem .7rem;margin:.3rem 0;border-left:4px solid;border-radius:.2rem}
li.missed{border-color:var(--missed-ink);background:none}li.wrong{border-color:var(--wrong-ink);background:none}
li small{color:var(--soft);display:block}
nav{columns:18rem;font-size:.9rem}nav a{display:block;color:inherit;text-decoration:none;padding:.15rem 0;break-inside:avoid}
nav a:hover{text-decoration:underline}
.problem{border-left:4px solid var(--wrong-ink);padding:.3rem .8rem;margin:.4rem 0}
@media print{body{background:#fff;max-width:none}article{break-inside:avoid}}
"""


def page(accuracy: Accuracy) -> str:
    """The whole page; documents with most faults come first."""
    documents = sorted(accuracy.documents, key=lambda one: -len(_faulty(one.labels)) - len(_faulty(one.rows)))
    problems = "".join(f'<p class="problem">{escape(one)}</p>' for one in accuracy.problems)
    n = len(documents)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Accuracy of extraction</title><style>{_STYLE}</style></head><body>\n"
        f"<h1>How well the documents were read</h1><p class='soft'>{n} labelled {'document' if n == 1 else 'documents'}. "
        "Marks in the texts: <mark class='right'>read right</mark>, <mark class='missed'>missed</mark>, "
        "<mark class='wrong'>read, but wrong in something</mark>; a pointer held over a mark shows what.</p>\n"
        f"{problems}{_figures(accuracy.figures)}"
        f'<nav class="card" aria-label="Documents">{"".join(_link(number, one) for number, one in enumerate(documents))}</nav>\n'
        f"{''.join(_document(number, one) for number, one in enumerate(documents))}</body></html>\n"
    )


def _figures(figures: Figures) -> str:
    cards = []
    for table, named in figures.items():
        rows = "".join(
            f"<tr><td>{name}</td><td>{one.precision:.3f}</td><td>{one.recall:.3f}</td><td><b>{one.f1:.3f}</b></td>"
            f"<td>{one.demanded}</td><td>{one.given}</td></tr>"
            for name, one in named.items()
            if one.demanded or one.given
        )
        if rows:
            head = "".join(f"<th>{word}</th>" for word in ("", "precision", "recall", "F1", "labels", "rows"))
            cards.append(f'<section class="card"><h2>{TABLE_TITLES[table]}</h2><table><tr>{head}</tr>{rows}</table></section>')
    return f'<div class="cards">{"".join(cards)}</div>\n'


def _link(number: int, document: Scored) -> str:
    return f'<a href="#d{number}">{escape(document.name)} {_counts(document)}</a>'


_NOTHING = '<span class="soft">nothing to read</span>'


def _counts(document: Scored) -> str:
    wrong = len(_faulty(document.rows))
    counts = (("right", len(document.rows) - wrong), ("missed", len(_faulty(document.labels))), ("wrong", wrong))
    return " ".join(f'<span class="count {kind}">{n} {kind}</span>' for kind, n in counts if n) or _NOTHING


def _document(number: int, document: Scored) -> str:
    marks = _marks(document)
    several = len(document.passages) > 1
    texts = "".join(
        (f'<p class="field">{escape(name)}</p>' if several else "") + f'<div class="text">{_marked(text, marks.get(name, []))}</div>'
        for name, text in document.passages.items()
        if text.strip() and (marks.get(name) or not several or name.endswith("description"))
    )
    lists = _listed("Missed", "missed", document.labels) + _listed("Wrong", "wrong", document.rows)
    header = f"<header><h2>{escape(document.name)}</h2><span>{_counts(document)}</span></header>"
    return f'<article id="d{number}">{header}{texts}<div class="lists">{lists}</div></article>\n'


Mark = tuple[int, int, str, str]


def _marks(document: Scored) -> dict[str, list[Mark]]:
    """By passage: start, end, kind and what is said of it."""
    found: dict[str, list[Mark]] = {}
    for one in document.rows:
        start, end, name = one.row.get("start_char"), one.row.get("end_char"), str(one.row.get("field") or "text")
        if start is not None and end is not None:
            kind = "wrong" if one.faults else "right"
            found.setdefault(name, []).append((start, end, kind, f"{kind}: {_told(one)}"))
    for one in _faulty(document.labels):
        for name, text in document.passages.items():
            quote = str(one.row.get("quote") or "")
            if quote and (start := text.find(quote)) >= 0:
                found.setdefault(name, []).append((start, start + len(quote), "missed", f"missed: {_told(one)}"))
    return found


def _marked(text: str, marks: Iterable[Mark]) -> str:
    """The text as HTML, cut where marks begin and end; each piece tells all that is said of it."""
    found = list(marks)
    cuts = sorted({0, len(text), *(min(place, len(text)) for start, end, _, _ in found for place in (start, end))})
    pieces = []
    for start, end in pairwise(cuts):
        here = [mark for mark in found if mark[0] <= start and end <= mark[1]]
        words = escape(text[start:end])
        if here:
            kind = min((mark[2] for mark in here), key=_ORDER.index)
            words = f'<mark class="{kind}" title="{escape("; ".join(dict.fromkeys(mark[3] for mark in here)))}">{words}</mark>'
        pieces.append(words)
    return "".join(pieces)


def _listed(title: str, kind: str, judged: Iterable[Judged]) -> str:
    items = "".join(
        f'<li class="{kind}">{escape(_told(one))}<small>{TABLE_TITLES[one.table].lower()}: {escape(", ".join(one.faults))}</small></li>'
        for one in _faulty(judged)
    )
    return f"<section><h3>{title}</h3><ul>{items}</ul></section>" if items else ""


def _faulty(judged: Iterable[Judged]) -> list[Judged]:
    return [one for one in judged if one.faults]


# --- a row in words ------------------------------------------------------------------------------------------------------


def _told(one: Judged) -> str:
    """A label or a row as a short line: `PFS median 5.6 mo, 95% CI 4.3 to 6.9, in lenvatinib`."""
    words = {"regimens": _regimen, "endpoint_results": _result, "safety": _event}[one.table](one.row)
    group = f"in {one.row['group']}" if one.row.get("group") else ""
    return ", ".join(word for word in (*words, group) if word)


def _regimen(row: dict[str, Any]) -> list[str]:
    drug = row["drug"][0] if isinstance(row["drug"], list) else row["drug"]
    low, high = row.get("dose_low"), row.get("dose_high")
    amount = "" if low is None else f"{low:g}" if high in (None, low) else f"{low:g} to {high:g}"
    days = row.get("cycle_days")
    every = row.get("interval_days")
    return [
        " ".join(str(word) for word in (drug, amount, row.get("dose_unit")) if word),
        str(row.get("route") or "").replace("_", " "),
        f"every {every:g} days" if every is not None else "",
        f"days {', '.join(map(str, days))}" if days else "",
        f"cycles of {row['cycle_length_days']:g} days" if row.get("cycle_length_days") else "",
    ]


def _result(row: dict[str, Any]) -> list[str]:
    value = (
        "not reached"
        if row.get("is_not_reached")
        else ""
        if row.get("value") is None
        else f"{row['value']:g} {row.get('unit') or ''}".replace(" %", "%")
    )
    at = f"at {row['landmark_months']:g} months" if row.get("landmark_months") is not None else ""
    low, high = row.get("ci_low"), row.get("ci_high")
    level = f"{row['ci_level_pct']:g}% " if row.get("ci_level_pct") is not None else ""
    counts = f"{row['n_events']} of {row.get('n_total') or '?'}" if row.get("n_events") is not None else ""
    return [
        " ".join(f"{row.get('concept') or ''} {row['statistic'].replace('_', ' ')} {value} {at}".split()),
        f"{level}CI {low:g} to {high:g}" if low is not None and high is not None else "",
        counts,
        f"p {row.get('p_operator') or '='} {row['p_value']:g}" if row.get("p_value") is not None else "",
    ]


def _event(row: dict[str, Any]) -> list[str]:
    term = row.get("term")
    name = (term[0] if isinstance(term, list) else term) or str(row.get("kind")).replace("_", " ")
    low, high = row.get("grade_min"), row.get("grade_max")
    percent, n = row.get("percent"), row.get("n_affected")
    figure = "none" if row.get("is_absent") else f"{percent:g}%" if percent is not None else ""
    return [
        f"{name} {figure}".strip(),
        f"{n} of {row.get('n_at_risk') or '?'}" if n is not None and not row.get("is_absent") else "",
        f"grade {low}" if low is not None and low == high else f"grade {low} to {high}" if low is not None else "",
        str(row.get("attribution") or "").replace("_", " "),
    ]
