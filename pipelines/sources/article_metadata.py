"""What a document states about itself: front matter, and the names under which url, date, authors and ids are given.

Belongs here: reading the `key: value` block before a document's text, and bringing the names that blogs, publishers and
reference managers use to one. Not here: finding any of this in prose, and normalising values: they stay as written.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_NAMES: dict[str, tuple[str, ...]] = {
    "title": ("title", "citation_title"),
    "url": ("url", "sourceurl", "source_url", "citation_abstract_html_url", "canonical", "og:url", "link", "permalink", "uri"),
    "date": (
        "date", "citation_publication_date", "publication_date", "publicationdate", "article:published_time",
        "datepublished", "publisheddate", "published", "published_at", "pubdate", "pub_date", "dc.date",
        "citation_date", "issued", "year",
    ),
    "authors": ("authors", "author", "citation_author", "dc.creator", "creator", "creators", "byline"),
    "doi": ("doi", "citation_doi"),
    "pmid": ("pmid", "citation_pmid", "pubmed", "pubmedid", "pubmed_id"),
    "pmcid": ("pmcid", "pmc", "citation_pmcid", "pmc_id"),
    "journal": ("journal", "citation_journal_title", "container-title", "journaltitle"),
    "nct_ids": ("nct_ids", "nct_id", "nctid", "nctids", "nct", "nct_number", "nctnumber"),
}  # fmt: skip
"""Our name and the ones found in use, the surest first; compared without case."""
_CANONICAL = {alias: name for name, aliases in _NAMES.items() for alias in aliases}
_RANK = {alias: rank for aliases in _NAMES.values() for rank, alias in enumerate(aliases)}
_MULTIPLE = frozenset({"authors", "nct_ids"})

_LINE = re.compile(r"([^\r\n]*)(?:\r\n|\r|\n|\Z)")
_FENCE = re.compile(r"[\ufeff\s]*---[ \t]*(?:\r\n|\r|\n)")
_KEY = re.compile(r"(?P<quote>[\"']?)(?P<key>[\w@$][\w .:/@-]{0,78}?)(?P=quote)[ \t]*:(?:[ \t]+(?P<value>.*)|[ \t]*)$")
_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "/": "/", "r": "\r"}
_MAX_FRONT_MATTER_CHARS = 65_536
_MIN_UNCLOSED_ENTRIES = 2


@dataclass(slots=True)
class FrontMatter:
    """A document's front matter: `values` by the names as written, `spans` of its entries, and where the text
    begins.
    """

    values: dict[str, str] = field(default_factory=dict)
    spans: list[tuple[int, int]] = field(default_factory=list)
    end: int = 0


def canonical_name(name: str) -> str | None:
    """Our name for a stated one: `sourceUrl` → `url`; None when it is none of those we look for."""
    return _CANONICAL.get(name.casefold())


def collect(pairs: Iterable[tuple[str, str]], *, keep_others: bool) -> dict[str, str]:
    """Metadata under our names, from pairs of stated name and value.

    Of several names for one thing the surest wins and the others keep their own name; repeated authors are joined by `;
    `. A value that can not be what it is called (a DOI without `10.`, a url that is a path) counts as another thing.
    `keep_others` keeps what has no name of ours.
    """
    found: dict[str, str] = {}
    others: dict[str, str] = {}
    for stated, raw in sorted(pairs, key=lambda pair: _RANK.get(pair[0].casefold(), 0)):
        value = raw.strip()
        if not value:
            continue
        name = canonical_name(stated)
        if name is None or not _is_plausible(name, value):
            others.setdefault(stated, value)
        elif name not in found:
            found[name] = value
        elif name in _MULTIPLE:
            if value not in found[name].split("; "):
                found[name] += f"; {value}"
        elif value != found[name]:
            others.setdefault(stated, value)
    return {**others, **found} if keep_others else found


def front_matter(text: str) -> FrontMatter | None:
    """Read the front matter at the begin of a text; None when there is none.

    A small tolerant reading of what is YAML by intention: `key: value`, quoted strings, lists in both styles, values
    that go on in indented lines. Without a closing line it ends at the first line that is not of such a form. What
    cannot be read is left out; the text after it is never lost.
    """
    opening = _FENCE.match(text)
    if opening is None:
        return None
    matter = FrontMatter()
    lines: list[tuple[int, int, str]] = []
    closed = False
    for line in _LINE.finditer(text, opening.end(), opening.end() + _MAX_FRONT_MATTER_CHARS):
        content = line[1].rstrip()
        if content in ("---", "..."):
            closed, matter.end = True, line.end()
            break
        lines.append((line.start(1), line.start(1) + len(content), content))
    if not closed:
        n_usable = next((i for i, line in enumerate(lines) if not _continues(line[2])), len(lines))
        lines = lines[:n_usable]
        matter.end = lines[-1][1] if lines else opening.start()
    _read_entries(lines, matter)
    # A horizontal rule may begin a text in the same way, with prose below it.
    if closed:
        return matter if matter.values or not any(line[2] for line in lines) else None
    return matter if len(matter.values) >= _MIN_UNCLOSED_ENTRIES else None


def _continues(line: str) -> bool:
    """Whether a line can belong to front matter whose end is not marked."""
    return bool(line) and (_KEY.match(line) is not None or line[0] in " \t#" or line.startswith("- "))


def _read_entries(lines: list[tuple[int, int, str]], matter: FrontMatter) -> None:
    key: str | None = None
    start = end = 0
    values: list[str] = []

    def finish() -> None:
        if key is not None:
            matter.values.setdefault(key, _value(values))
            matter.spans.append((start, end))

    for line_start, line_end, content in lines:
        if not content or content.startswith("#"):
            continue
        entry = _KEY.match(content)
        if entry is not None:
            finish()
            key, start, end = entry["key"], line_start, line_end
            values = [entry["value"] or ""]
        elif key is not None and (content[0] in " \t" or content.startswith("- ") or content == "-"):
            values.append(content.strip())
            end = line_end
        else:
            finish()
            key = None
    finish()


def _value(lines: list[str]) -> str:
    """The value of an entry from what stands behind its colon and on the lines below it; items of a list joined by `;
    `.
    """
    first, rest = lines[0].strip(), lines[1:]
    if rest and all(line.startswith("-") for line in rest) and not first:
        return "; ".join(filter(None, (_scalar(line[1:].strip()) for line in rest)))
    if first[:1] in ("|", ">") and len(first) <= 3:
        return ("\n" if first[0] == "|" else " ").join(rest)
    joined = " ".join([first, *rest]).strip()
    if joined.startswith("[") and joined.endswith("]"):
        return "; ".join(filter(None, (_scalar(item) for item in _flow_items(joined[1:-1]))))
    return _scalar(joined)


def _flow_items(inside: str) -> list[str]:
    """The items of `a, "b, c", d`: commas in quotes do not part."""
    items: list[str] = []
    start = 0
    quote = ""
    for position, character in enumerate(inside):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'" and not inside[start:position].strip():
            quote = character
        elif character == ",":
            items.append(inside[start:position].strip())
            start = position + 1
    return [*items, inside[start:].strip()]


def _scalar(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] == '"':
        return re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[0]), value[1:-1])
    if len(value) >= 2 and value[0] == value[-1] == "'":
        return value[1:-1].replace("''", "'")
    return "" if value in ("~", "null") else value


def _is_plausible(name: str, value: str) -> bool:
    match name:
        case "url":
            return "://" in value
        case "doi":
            return "10." in value
        case "pmid" | "date":
            return any(character.isdecimal() for character in value)
        case "nct_ids":
            return "nct" in value.casefold()
        case _:
            return True
