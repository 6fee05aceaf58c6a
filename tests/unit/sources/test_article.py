"""Articles: every kind of text becomes one document whose spans read as prose, and nothing else becomes one."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.shapes import Article
from pipelines.sources import article
from pipelines.sources.records import MAX_RECORD_BYTES, Reason, Record, Reject


def read_all(data: bytes | str, **options: Any) -> list[Record | Reject]:
    """Everything `read` gives for a file."""
    return list(article.read(data.encode() if isinstance(data, str) else data, **options))


def read_one(data: bytes | str) -> tuple[Record, Article]:
    """The only record of a file, and its article."""
    (record,) = read_all(data)
    assert isinstance(record, Record)
    assert record.article is not None
    return record, record.article


def spans(data: bytes | str) -> list[tuple[str, str]]:
    """Kind and words of every paragraph."""
    _, found = read_one(data)
    return [(span.kind, found.text[span.start : span.end]) for span in found.paragraphs]


def reject(data: bytes | str) -> Reject:
    """The only reject of a file."""
    (found,) = read_all(data)
    assert isinstance(found, Reject)
    return found


SENTENCE = "Forty adults with gastric cancer received the study drug at 5 mg/kg every three weeks until progression."
SENTENCE_ZH = "本研究共纳入四十例晚期胃癌患者，每三周一次静脉滴注试验药物，直至疾病进展或出现不可耐受的毒性反应为止，并随访两年以上。"

# Plain text


def test_plain_text_is_one_document_with_a_paragraph_per_line() -> None:
    """Unwrapped text: the short first line is the title, every other line a paragraph."""
    text = f"A trial of drug A in gastric cancer\n{SENTENCE}\n{SENTENCE} It was safe.\n"
    record, found = read_one(text)
    assert spans(text) == [
        ("title", "A trial of drug A in gastric cancer"),
        ("paragraph", SENTENCE),
        ("paragraph", f"{SENTENCE} It was safe."),
    ]
    assert (found.text, found.title, record.title) == (text, "A trial of drug A in gastric cancer", found.title)
    assert (record.format, record.n_chars, record.language, record.encoding) == ("article", len(text), "en", "utf-8")


def test_line_ends_stay_and_offsets_count_them() -> None:
    """CRLF is not translated; the hash does not depend on it nor on white space at the end."""
    unix, dos = f"Title\n\n{SENTENCE}\n\nEnd of it.", f"Title\r\n\r\n{SENTENCE}\r\n\r\nEnd of it.\r\n  "
    assert read_one(dos)[1].text == dos
    assert spans(dos) == spans(unix)
    assert read_one(dos)[0].content_sha256 == read_one(unix)[0].content_sha256


def test_a_byte_order_mark_is_not_text() -> None:
    """Offsets count from the first character after the mark."""
    _, found = read_one(b"\xef\xbb\xbf" + SENTENCE.encode())
    assert found.text == SENTENCE


def test_wrapped_lines_are_joined_to_paragraphs() -> None:
    """Text wrapped at a column: lines of one paragraph belong together, and a line that ends early ends it."""
    words = (SENTENCE + " ") * 4
    lines: list[str] = [""]
    for word in words.split():
        if len(lines[-1]) + len(word) + 1 > 60:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    block = "\n".join(lines)
    assert spans(f"{block}\n\n{block}\n") == [("paragraph", block), ("paragraph", block)]


def test_short_lines_above_long_ones_are_headings() -> None:
    """Chinese articles on the web have headings without any mark; captions and bylines are none."""
    short = ["肿瘤免疫治疗的新进展", "研究结果\n中位总生存期延长", "图1 生存曲线", "编辑：某某"]
    text = "\n".join(f"{line}\n{SENTENCE_ZH}" for line in short)
    assert [kind for kind, _ in spans(text)] == [
        "title", "paragraph", "heading", "heading", "paragraph", "paragraph", "paragraph", "paragraph", "paragraph",
    ]  # fmt: skip


def test_a_first_line_that_names_a_section_is_no_title() -> None:
    """Words such as "前 言" or "Abstract" are the first heading of an article whose title is not there."""
    for name in ("前 言", "Abstract", "**Background:**", "1. Introduction"):
        record, _ = read_one(f"{name}\n{SENTENCE}")
        assert record.title is None


def test_an_abstract_in_one_line_has_no_title() -> None:
    """A long first line is a paragraph, not a title of 300 characters and more."""
    record, found = read_one(SENTENCE * 4)
    assert record.title is None
    assert [span.kind for span in found.paragraphs] == ["paragraph"]


@pytest.mark.parametrize(
    "text", [f"TITLE: A trial of drug A\n\nABSTRACT:\n{SENTENCE}", f"TITLE: \nA trial of drug A\n\nABSTRACT:\n{SENTENCE}"]
)
def test_a_label_before_the_title_is_left_out(text: str) -> None:
    """The label is read, on the same line or on a line of its own."""
    assert read_one(text)[0].title == "A trial of drug A"
    assert ("title", "A trial of drug A") in spans(text)
    assert ("heading", "ABSTRACT:") in spans(text)


def test_underlined_lines_are_headings() -> None:
    """Underlines of reStructuredText and setext headings; the underline itself is nothing."""
    text = f"Drug A in gastric cancer\n========================\n\nResults\n~~~~~~~\n{SENTENCE}\n"
    assert spans(text) == [("title", "Drug A in gastric cancer"), ("heading", "Results"), ("paragraph", SENTENCE)]


def test_the_entries_of_a_reference_list_are_metadata() -> None:
    """Other people's trials stand there; what follows the list is prose again."""
    text = f"{SENTENCE * 4}\n参考文献：\n[1] Doe J, et al. 2020.\n2. Roe R. 2021.\n{SENTENCE} It was safe."
    assert [kind for kind, _ in spans(text)] == ["paragraph", "heading", "metadata", "metadata", "paragraph"]


def test_marks_of_a_summary_data_set_are_left_out() -> None:
    """`(secondQuint)` is glued to the title and `@highlight` to its repetition."""
    text = f"(secondQuint)Drug A in Gastric Cancer.\n\n {SENTENCE}\n\n.\n\n Drug A in Gastric Cancer@highlight\n\n{SENTENCE}\n"
    assert spans(text) == [
        ("title", "Drug A in Gastric Cancer."),
        ("paragraph", SENTENCE),
        ("heading", "Drug A in Gastric Cancer"),
        ("paragraph", SENTENCE),
    ]


@pytest.mark.parametrize("data", [b"", b" \r\n\t ", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n\n", b"[]"])
def test_a_file_without_content_holds_no_record(data: bytes) -> None:
    """Empty files are claimed and yield nothing."""
    assert article.sniff(data) == (data != b"[]")
    assert read_all(data) == []


def test_the_record_tells_encoding_and_repairs() -> None:
    """What decoding and repairing would change is named; the text stays as it came."""
    record, found = read_one("五年总生存率为百分之五十，安全性良好。".encode("gb18030") * 3)
    assert (record.encoding, record.language) == ("gb18030", "zh-Hans")
    text = f"{SENTENCE} NexagonÂ® at 10\\^9/L &lt;br&gt;"
    record, found = read_one(text)
    assert set(record.repairs) == {"mojibake", "markdown_escape", "html"}
    assert found.text == text


# Markdown

MARKDOWN = f"""---
title: "Drug A: what is known"
date: 2024-05-01
sourceUrl: https://example.org/drug-a
tags: [oncology, "gastric, advanced"]
authors:
  - Ada Doe
  - 'Bo O''Roe'
citation: NCI,
  2025
---

> [!info]
>
> See [[Drug B|its sister]]

# Drug A: what is known

![figure](figure.png)

{SENTENCE}

## Results ##

- Median survival was 12 months
  in the drug arm.
* [x] Nausea in 5%
1. First,
2) second.

| Arm | n |
|-----|--:|
| A   | 20 |

---

**Safety**

{SENTENCE}
"""


def test_markdown_is_read_without_its_marks() -> None:
    """Marks at the ends are outside the spans, rules, images and table rules are nothing, items keep their lines."""
    assert [one for one in spans(MARKDOWN) if one[0] != "metadata"] == [
        ("paragraph", "See [[Drug B|its sister]]"),
        ("title", "Drug A: what is known"),
        ("paragraph", SENTENCE),
        ("heading", "Results"),
        ("list_item", "Median survival was 12 months\n  in the drug arm."),
        ("list_item", "Nausea in 5%"),
        ("list_item", "1. First,"),
        ("list_item", "2) second."),
        ("table_row", "| Arm | n |"),
        ("table_row", "| A   | 20 |"),
        ("heading", "**Safety**"),
        ("paragraph", SENTENCE),
    ]


def test_front_matter_is_metadata() -> None:
    """Strings, lists in both styles, values that go on, and names brought to ours; the title is taken from it."""
    _, found = read_one(MARKDOWN)
    assert found.title == "Drug A: what is known"
    assert found.metadata == {
        "date": "2024-05-01",
        "url": "https://example.org/drug-a",
        "tags": "oncology; gastric, advanced",
        "authors": "Ada Doe; Bo O'Roe",
        "citation": "NCI, 2025",
    }
    assert [words for kind, words in spans(MARKDOWN) if kind == "metadata"][:2] == ['title: "Drug A: what is known"', "date: 2024-05-01"]


def test_identifiers_in_front_matter_come_under_one_name() -> None:
    """`DOI`, `PubMedID` and `NCT_Number` are found; a path is no url, and what is not known keeps its name."""
    _, found = read_one(f"---\nDOI: 10.1000/x\nPubMedID: 123\nNCT_Number: NCT01234567\npermalink: /papers/x\n---\n{SENTENCE}")
    assert found.metadata == {"doi": "10.1000/x", "pmid": "123", "nct_ids": "NCT01234567", "permalink": "/papers/x"}


@pytest.mark.parametrize(
    "front",
    [
        '---\ntitle: "never closed\ntags: [a, b\n---\n',
        "---\n: : :\n\t&x *y {{\nkey: value\n---\n",
        "---\ntitle: no end\ndate: 2024\n",
        "---\n---\n",
        "---\n",
        "---\n\n",
        "---\ntitle: |\n  two\n  lines\n---\n",
    ],
)
def test_broken_front_matter_does_not_lose_the_document(front: str) -> None:
    """Whatever stands between the lines, the text below is there and is prose."""
    text = f"{front}\n{SENTENCE}\n"
    assert read_one(text)[1].text == text
    assert ("paragraph", SENTENCE) in spans(text)


def test_a_rule_at_the_begin_is_no_front_matter() -> None:
    """Prose between two rules stays prose."""
    text = f"---\n\n{SENTENCE * 4}\n\n---\n\n{SENTENCE * 4}\n"
    assert spans(text) == [("paragraph", SENTENCE * 4)] * 2


def test_the_first_markdown_heading_is_the_title() -> None:
    """Also below a note, and without its markup; a section's name is none."""
    assert read_one(f"> a note\n\n# The *new* [drug A](http://x.org) &amp; B\n\n{SENTENCE}")[0].title == "The new drug A & B"
    assert read_one(f"Drug A in practice\n\n# Background\n\n{SENTENCE}")[0].title == "Drug A in practice"


def test_code_is_no_prose_unless_it_is_prose() -> None:
    """A fenced block of a programming language is left out; one without a language, or never closed, is kept."""
    hidden = "Notes on the drug\n\n```python\nprint('dose')\n```\n\nIt was safe, as the authors say.\n"
    assert spans(hidden) == [("title", "Notes on the drug"), ("paragraph", "It was safe, as the authors say.")]
    for fence in ("```\n{}\n```\n", "```python\n{}\n"):
        assert ("paragraph", SENTENCE) in spans("Notes on the drug\n\n" + fence.format(SENTENCE))


def test_tables_in_html_inside_markdown_are_rows() -> None:
    """Rows written as HTML in one line of a Markdown text are found one by one."""
    text = f"# Guideline\n\n{SENTENCE}\n\n<table><tr><td>Arm</td><td>n</td></tr><tr><td>A &lt;1</td><td>20</td></tr></table>\n\n{SENTENCE}"
    assert spans(text)[2:] == [("table_row", "Arm</td><td>n"), ("table_row", "A &lt;1</td><td>20"), ("paragraph", SENTENCE)]


def test_columns_of_blanks_are_rows() -> None:
    """Tables drawn with blanks are rows, not wrapped prose or headings."""
    text = f"{SENTENCE * 4}\n\nArm           n          Deaths\nDrug A        20         3\n\n{SENTENCE}"
    assert [kind for kind, _ in spans(text)] == ["paragraph", "table_row", "table_row", "paragraph"]


def test_markdown_that_lost_its_line_breaks_is_divided_at_its_headings() -> None:
    """A line such as "# Abstract ## Objective To find out …" is read as sections."""
    text = f"# Abstract ## Objective {SENTENCE} ## Methods {SENTENCE} {SENTENCE} # RESULTS {SENTENCE}"
    assert spans(text) == [
        ("heading", "Abstract"),
        ("heading", "Objective"),
        ("paragraph", SENTENCE),
        ("heading", "Methods"),
        ("paragraph", f"{SENTENCE} {SENTENCE}"),
        ("heading", "RESULTS"),
        ("paragraph", SENTENCE),
    ]


# HTML

PAGE = f"""<!DOCTYPE html>
<html><head>
<title>Drug A &amp; survival - Example News</title>
<meta name="citation_doi" content="10.1000/x"><meta content='2024-05-01' property='article:published_time'>
<link rel="canonical" href="https://example.org/a">
<style>p {{ color: red }}</style><script>var a = "<p>not prose</p>";</script>
</head><body>
<nav><ul><li>Home</li><li>About</li></ul></nav>
<!-- <p>commented out</p> -->
<h1 class="t">Drug A</h1>
<div><p>  <b>Forty adults</b> received <a href="/x?a=1&b=2>">5&nbsp;mg</a>.<br/>It was safe.&nbsp;</p></div>
<ul><li>Nausea <span>5%</span></li><li><p>Fatigue</p></li></ul>
<table><thead><tr><th>Arm</th><th>n</th></tr></thead><tr><td><p>A</p></td><td>20</td></tr></table>
<p>&nbsp;<br></p>
{SENTENCE}
</body></html>
"""


def test_a_page_shows_its_visible_text() -> None:
    """Blocks of visible text as spans into the source; scripts, styles, comments and navigation are not there."""
    assert spans(PAGE) == [
        ("title", "Drug A &amp; survival - Example News"),
        ("heading", "Drug A"),
        ("paragraph", '<b>Forty adults</b> received <a href="/x?a=1&b=2>">5&nbsp;mg</a>.'),
        ("paragraph", "It was safe."),
        ("list_item", "Nausea <span>5%</span>"),
        ("list_item", "Fatigue"),
        ("table_row", "Arm</th><th>n"),
        ("table_row", "A</p></td><td>20"),
        ("paragraph", SENTENCE),
    ]


def test_a_page_states_its_title_and_metadata() -> None:
    """`<title>` in plain words, and what the `<meta>` elements say."""
    record, found = read_one(PAGE)
    assert record.title == "Drug A & survival - Example News"
    assert found.metadata == {"doi": "10.1000/x", "date": "2024-05-01", "url": "https://example.org/a"}
    assert (record.language, found.text) == ("en", PAGE)
    assert "html" in record.repairs


def test_a_page_behind_php_is_a_page() -> None:
    """A view of a PHP site: code before and inside the HTML is no text, the first line of it is the title."""
    page = (
        "\ufeff<?php\r\n$base = 'a > b';\r\n?>\r\n<style>\r\n p{}\r\n</style>\r\n<div class=\"c\">\r\n"
        '<p style="x"><span><strong>早期胃癌的治疗进展</strong></span></p>\r\n<img src="<?php echo $base; ?>/a.jpg" />\r\n'
        f"<span>{SENTENCE_ZH}</span><br />\r\n<?= $footer ?>\r\n</div>"
    )
    record, _ = read_one(page)
    assert record.title == "早期胃癌的治疗进展"
    assert record.language == "zh-Hans"
    assert spans(page) == [("title", "早期胃癌的治疗进展"), ("paragraph", SENTENCE_ZH)]


def test_less_than_signs_are_not_tags() -> None:
    """Comparisons in a page or a text are words."""
    assert spans("<p>Age <65 years and p<0.05 in <sixty> patients</p>") == [("paragraph", "Age <65 years and p<0.05 in <sixty> patients")]
    text = f"{SENTENCE} Platelets <100 and p<i in one.\n<EF 50% was an exclusion criterion in this trial of the study drug.\n"
    assert len(spans(text)) == 2


@pytest.mark.parametrize(
    "broken", ['<div class="a><p>one dose</p>', "<nav><p>one dose</p>", "</b><td>one dose</p></i>", "<p <b>one dose</p>"]
)
def test_broken_html_loses_no_text(broken: str) -> None:
    """A quote too many, tags that never close or never opened, and a navigation without end hide nothing."""
    words = " ".join(words for _, words in spans(f"<html>{broken}<p>{SENTENCE}"))
    assert "one dose" in words
    assert SENTENCE in words


def test_layout_tables_are_not_rows() -> None:
    """A cell that holds a whole page is divided into its paragraphs."""
    page = f"<html><table><tr><td>menu of it</td><td><p>{SENTENCE * 7}</p><p>{SENTENCE * 3}</p></td></tr></table></html>"
    assert spans(page)[1:] == [("paragraph", SENTENCE * 7), ("paragraph", SENTENCE * 3)]


# JATS

JATS = """<?xml version="1.0" encoding="utf-8"?>
<pmc-articleset><article xmlns:xlink="http://www.w3.org/1999/xlink" article-type="research-article">
<front><journal-meta><journal-title-group><journal-title>Journal of Doses</journal-title></journal-title-group></journal-meta>
<article-meta><article-id pub-id-type="pmid">123</article-id><article-id pub-id-type="doi">10.1000/x</article-id>
<title-group><article-title>Drug A: <italic>a trial</italic></article-title></title-group>
<contrib-group><contrib contrib-type="author"><name><surname>Doe</surname><given-names>Ada</given-names></name></contrib></contrib-group>
<pub-date pub-type="epub"><day>3</day><month>5</month><year>2024</year></pub-date>
<abstract><sec><title>Results</title><p>Cells fell to 10<sup>9</sup>/L in 12<sup><xref ref-type="bibr">7</xref></sup> of 40
  at 5 mg/m<sup>2</sup>. See <ext-link xlink:href="https://clinicaltrials.gov/show/NCT01234567">registration</ext-link>.</p></sec></abstract>
</article-meta></front>
<body><sec><label>1</label><title>Methods</title><p>Two arms:<list><list-item><p>drug A</p></list-item></list> were compared.</p>
<table-wrap><label>Table 1.</label><caption><title>Deaths</title></caption>
<table><tr><th>Arm</th><th>n</th></tr><tr><td>A</td><td>3</td></tr></table></table-wrap>
</sec></body>
<back><ref-list><title>References</title><ref><label>1</label><mixed-citation>Roe R. Another trial.</mixed-citation></ref></ref-list></back>
<sub-article><body><p>Peer review.</p></body></sub-article>
</article><article><front><article-meta><title-group><article-title>Second</article-title></title-group></article-meta></front></article>
</pmc-articleset>
"""


def test_jats_gives_a_line_per_block() -> None:
    """The text is built in reading order; superscripts and citations do not run into the digits before them."""
    records = read_all(JATS)
    assert [record.title for record in records if isinstance(record, Record)] == ["Drug A: a trial", "Second"]
    assert [record.index for record in records] == [0, 1]
    first = records[0]
    assert isinstance(first, Record)
    assert first.article is not None
    text = first.article.text
    assert [(span.kind, text[span.start : span.end]) for span in first.article.paragraphs] == [
        ("title", "Drug A: a trial"),
        ("heading", "Results"),
        ("paragraph", "Cells fell to 10^9/L in 12[7] of 40 at 5 mg/m2. See registration."),
        ("heading", "Methods"),
        ("paragraph", "Two arms: were compared."),
        ("list_item", "drug A"),
        ("paragraph", "Table 1."),
        ("paragraph", "Deaths"),
        ("table_row", "Arm | n"),
        ("table_row", "A | 3"),
        ("heading", "References"),
        ("metadata", "Roe R. Another trial."),
    ]
    assert "\n".join(text[span.start : span.end] for span in first.article.paragraphs) == text


def test_jats_states_its_metadata() -> None:
    """Ids, date, journal, authors, and the registration that the article links to."""
    first = read_all(JATS)[0]
    assert isinstance(first, Record)
    assert first.article is not None
    assert first.article.metadata == {
        "pmid": "123",
        "doi": "10.1000/x",
        "journal": "Journal of Doses",
        "authors": "Doe, Ada",
        "date": "2024-05-03",
        "nct_ids": "NCT01234567",
    }


def test_entities_are_refused_and_a_plain_document_type_is_not() -> None:
    """A declared entity is unsafe; the document type of the standard is normal, and its undeclared entities are read."""
    body = "<article><front/><body><p>5&nbsp;mg of drug A</p></body></article>"
    assert read_one(f'<!DOCTYPE article PUBLIC "-//NLM//DTD JATS" "JATS.dtd">{body}')[1].text == "5 mg of drug A"
    found = reject(f'<!DOCTYPE article [<!ENTITY a "aaaa">]>{body}')
    assert found.reason == Reason.UNSAFE_XML


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (JATS[:1500], Reason.TRUNCATED),
        (JATS.replace("</front>", "</fron>"), Reason.INVALID_XML),
        ("<article><front/>" + "<sec>" * 5_000 + "</sec>" * 5_000 + "</article>", Reason.INVALID_XML),
        ("<?xml version='1.0'?><records><record>text</record></records>", Reason.UNKNOWN_FORMAT),
        ("<records><record>text</record></records>", Reason.UNKNOWN_FORMAT),
    ],
    ids=["truncated", "not well-formed", "nested", "unknown root", "unknown root without declaration"],
)
def test_xml_that_is_no_article_is_rejected(data: str, reason: Reason) -> None:
    """Damage and other people's XML have their own reasons."""
    assert reject(data).reason == reason


def test_an_html_article_element_is_a_page() -> None:
    """`<article>` is also an element of HTML."""
    assert spans(f"<article><h1>Drug A</h1><div>{SENTENCE}</div></article>") == [("heading", "Drug A"), ("paragraph", SENTENCE)]


# JSON


def test_json_lines_are_one_record_each() -> None:
    """Title, an empty line, the abstract; metadata by key; a bad line costs only itself."""
    lines = [
        json.dumps({"Title": "Drug A", "abstractNote": SENTENCE, "DOI": "10.1000/x", "issued": {"date-parts": [[2024, 5]]}}),
        "",
        '{"status": "pwned"}',
        '{"title": "broken, "abstract": 5}',
        json.dumps({"title": "药物", "abstract": SENTENCE_ZH, "authors": [{"family": "Doe", "given": "Ada"}, "Bo Roe"]}),
        '{"title": "cut off", "abstract": "Forty ad',
    ]
    first, pwned, broken, second, cut = read_all("\n".join(lines), first_index=10)
    assert [one.index for one in (first, pwned, broken, second, cut)] == [10, 11, 12, 13, 14]
    assert isinstance(first, Record)
    assert first.article is not None
    assert first.article.text == f"Drug A\n\n{SENTENCE}"
    assert first.article.metadata == {"doi": "10.1000/x", "date": "2024-05"}
    assert [(span.kind, span.start, span.end) for span in first.article.paragraphs] == [
        ("title", 0, 6),
        ("paragraph", 8, 8 + len(SENTENCE)),
    ]
    assert isinstance(second, Record)
    assert second.article is not None
    assert (second.language, second.article.metadata) == ("zh-Hans", {"authors": "Doe, Ada; Bo Roe"})
    assert [one.reason for one in (pwned, broken, cut) if isinstance(one, Reject)] == [
        Reason.NOT_A_TRIAL, Reason.INVALID_JSON, Reason.TRUNCATED,
    ]  # fmt: skip


@pytest.mark.parametrize("shape", ["object", "array", "pretty array", "envelope"])
def test_articles_in_json_come_in_several_shapes(shape: str) -> None:
    """One object, an array, and an array inside an object give the same record."""
    one = {"headline": "Drug A", "body": SENTENCE}
    data = {
        "object": json.dumps(one),
        "array": json.dumps([one]),
        "pretty array": json.dumps([one], indent=2),
        "envelope": json.dumps({"count": 1, "articles": [one]}),
    }[shape]
    assert article.sniff(data.encode())
    assert read_one(data)[1].text == f"Drug A\n\n{SENTENCE}"


def test_abstract_and_body_are_both_kept() -> None:
    """An abstract that the body repeats is there once; another one stands before the body."""
    assert read_one(json.dumps({"title": "T", "abstract": "Short.", "text": f"Short. {SENTENCE}"}))[1].text == f"T\n\nShort. {SENTENCE}"
    assert read_one(json.dumps({"title": "T", "abstract": "Short.", "text": SENTENCE}))[1].text == f"T\n\nShort.\n\n{SENTENCE}"


def test_paragraphs_of_an_abstract_follow_its_layout() -> None:
    """Sections of a list, tags of JATS and PubMed, and plain headings inside a string."""
    sections = [{"heading": "Methods", "text": SENTENCE}, SENTENCE]
    assert spans(json.dumps({"title": "T", "abstract": sections})) == [
        ("title", "T"), ("heading", "Methods"), ("paragraph", SENTENCE), ("paragraph", SENTENCE),
    ]  # fmt: skip
    tagged = f'<jats:title>Methods</jats:title><jats:p>{SENTENCE}</jats:p><AbstractText Label="RESULTS">{SENTENCE}</AbstractText>'
    assert spans(json.dumps({"title": "T", "abstract": tagged}))[1:] == [
        ("heading", "Methods"), ("paragraph", SENTENCE), ("paragraph", SENTENCE),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ('{"status": "pwned"}', Reason.NOT_A_TRIAL),
        ('{"Clinical Trial ID": "NCT01234567", "Results": ["a"]}', Reason.NOT_A_TRIAL),
        ('{"title": "only a title"}', Reason.NOT_A_TRIAL),
        ('{"title": "T", "abstract": " "}', Reason.EMPTY_RECORD),
        ('["a", "b"]', Reason.UNKNOWN_FORMAT),
        ('{"title": "T", "abstract": "cut', Reason.TRUNCATED),
        ('{"title": "T" "abstract"}', Reason.INVALID_JSON),
        ('{"title":"T","text":' + "[" * 100_000, Reason.INVALID_JSON),
        ('[{"a":' * 50_000, Reason.INVALID_JSON),
    ],
)
def test_other_json_is_rejected_with_its_reason(data: str, reason: Reason) -> None:
    """Unknown objects are no articles, and damage is told from them; hostile nesting is damage."""
    assert reject(data).reason == reason
    assert not article.sniff(data.encode()) or reason in (Reason.TRUNCATED, Reason.INVALID_JSON)


def test_whole_elements_before_the_damage_are_kept() -> None:
    """An array that is cut off gives its whole elements, then a reject."""
    data = json.dumps([{"title": f"T{number}", "abstract": SENTENCE} for number in range(3)])
    first, second, rest = read_all(data[:-60])
    assert [one.title for one in (first, second) if isinstance(one, Record)] == ["T0", "T1"]
    assert isinstance(rest, Reject)
    assert (rest.index, rest.reason) == (2, Reason.TRUNCATED)


def test_json_with_what_json_forbids_is_read() -> None:
    """NaN, line breaks inside strings and half a surrogate pair occur; the text stays storable."""
    _, found = read_one('{"title": "T", "score": NaN, "abstract": "one\ntwo \\ud83d"}')
    assert found.text == "T\n\none\ntwo \N{REPLACEMENT CHARACTER}"
    found.text.encode()


def test_a_markdown_link_is_not_json() -> None:
    """Text may begin with a bracket."""
    assert read_one(f"[1] {SENTENCE}\n\n{SENTENCE}")[0].format == "article"
    assert read_one(f"[Drug A](http://example.org) is new.\n\n{SENTENCE}")[0].format == "article"


@given(st.lists(st.text(alphabet="ab\n é", max_size=20), max_size=12), st.integers(min_value=1, max_value=200))
def test_slices_of_json_lines_read_like_the_whole(texts: list[str], target_bytes: int) -> None:
    """Cut anywhere, the slices cover the file and give the same records with the same numbers."""
    data = "\n".join(json.dumps({"title": "T", "abstract": text}) if text.strip() else text.replace("\n", "") for text in texts).encode()
    cut = article.slices(data, target_bytes=target_bytes)
    assert b"".join(data[one.start : one.end] for one in cut) == data
    whole = read_all(data)
    parts = [found for one in cut for found in read_all(data[one.start : one.end], first_index=one.first_index)]
    assert parts == whole


# What is no article


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (bytes(range(32)) * 8, Reason.BINARY),
        (b"%PDF-1.7\nabc", Reason.BINARY),
        (b"NCT Number,Title,Status\nNCT1,A trial,Done\nNCT2,Another,Done\n", Reason.UNKNOWN_FORMAT),
        (b"id|name|phase\n1|a|b\n2|c|d\n", Reason.UNKNOWN_FORMAT),
        (b"T1\tdrug 0 5\tDrug A\nT2\tdose 6 9\t5 mg\nT3\tdose 7 9\t5 g\n", Reason.UNKNOWN_FORMAT),
        ('CTR1,"进行中\n二",,,a,b,c,d\nCTR2,"完成",,,a,b,c,d\n'.encode(), Reason.UNKNOWN_FORMAT),
    ],
    ids=["bytes", "pdf", "csv", "pipes", "annotations", "csv without header"],
)
def test_tables_and_binary_data_are_no_articles(data: bytes, reason: Reason) -> None:
    """Neither claimed nor read."""
    assert not article.sniff(data)
    assert reject(data).reason == reason


@pytest.mark.parametrize(
    "text",
    [
        SENTENCE,
        f"Drug A, drug B, and drug C\n{SENTENCE} One, two, three.\n",
        "# A\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
        PAGE,
        MARKDOWN,
        JATS,
        "Drug A|Drug B\nA trial of both in forty adults\nDRUG: A|DRUG: B\n",
    ],
)
def test_readable_text_is_claimed(text: str) -> None:
    """Prose with commas, with a table in it, or with pipes in one line is a text."""
    assert article.sniff(text.encode())
    assert isinstance(read_all(text)[0], Record)


def test_the_first_part_of_a_long_file_is_enough_to_claim_it() -> None:
    """A head that ends inside a record or a character is judged like the whole."""
    lines = "\n".join(json.dumps({"title": f"T{number}", "abstract": SENTENCE * 20}) for number in range(100)).encode()
    array = json.dumps([{"id": 1, "title": "T", "abstract": SENTENCE * 2_000}]).encode()
    other = json.dumps([{"id": 1, "name": "T", "notes": SENTENCE * 2_000}]).encode()
    chinese = (SENTENCE_ZH * 2_000).encode()
    assert [article.sniff(data[:65_536]) for data in (lines, array, other, chinese, JATS.encode()[:700])] == [True, True, False, True, True]


def test_a_file_above_the_limit_is_rejected() -> None:
    """One text of more than the limit is quarantined without being read."""
    found = reject(SENTENCE.encode() * (MAX_RECORD_BYTES // len(SENTENCE) + 1))
    assert found.reason == Reason.TOO_LARGE
    assert found.excerpt.startswith("Forty adults")


# Whatever comes

TAGS = ["<p>", "</p>", "<td>", "<tr>", "<b>", "</b>", "<nav>", "</nav>", "<!--", "-->", "<script>", "</script>", "<?php ", "?>"]
MARKS = ["<", ">", '"', "'", "# ", "- ", "1. ", "> ", "| a | b |", "---", "===", "```", "&nbsp;", "{", "[", "\\", "题目："]
WORDS = ["dose 5 mg", " ", "\n", "\r\n", "\r", "\n\n"]
markup = st.sampled_from([*TAGS, *MARKS, *WORDS])


@given(st.lists(markup, max_size=40).map("".join))
@example("<html><tr><td>a<table><tr><td>b")
@example("---\na: b\n---")
@example("<p>a</p><!--")
def test_spans_are_in_order_inside_the_text_and_show_words(text: str) -> None:
    """For any mixture of markup: spans ascend, do not overlap, begin and end with something visible, and the text is unchanged."""
    for record in read_all(text):
        if isinstance(record, Reject) or record.article is None or text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
            continue
        assert record.article.text == text
        position = 0
        for span in record.article.paragraphs:
            assert position <= span.start < span.end <= len(text)
            assert not text[span.start].isspace()
            assert not text[span.end - 1].isspace()
            assert any(character.isalnum() for character in text[span.start : span.end])
            position = span.end


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_an_error(data: bytes) -> None:
    """Reading and claiming never raise, and what comes out is numbered."""
    article.sniff(data)
    for index, one in enumerate(article.read(data, first_index=3), 3):
        assert one.index == index


@given(st.text(alphabet=st.one_of(st.characters(exclude_categories=("Cc", "Cs")), st.sampled_from(" \n\r\t:-[]\"'#|>")), max_size=200))
def test_any_text_behind_front_matter_is_read(text: str) -> None:
    """Whatever stands between the lines of front matter."""
    for one in article.read(f"---\n{text}\n---\n{SENTENCE}\n".encode("utf-8", "replace")):
        assert isinstance(one, Record)
        assert one.article is not None
        assert SENTENCE in one.article.text


HOSTILE_TAGS = ["<!--", "<a '\"", "<nav>a", "<tr><td>a", "<b>a", "</b>", "<div>", "<script>", "<h1>", "<meta a="]
HOSTILE_MARKS = ["&nbsp;", "# x ", "![a", "[[", "*a", "- ", "\"'", "a   "]


@pytest.mark.parametrize("unit", [*HOSTILE_TAGS, *HOSTILE_MARKS])
def test_hostile_repetition_is_read_to_its_end(unit: str) -> None:
    """200,000 characters of one repeated mark: a pattern that searched to the end again and again would not come back from this."""
    data = ("<html>" + unit * (200_000 // len(unit))).encode()
    assert len(read_all(data)) <= 1


def test_a_document_type_is_not_opened(tmp_path: Path) -> None:
    """The file that an XML document names as its type is not read."""
    target = tmp_path / "secret.txt"
    target.write_text('<!ENTITY secret "opened">', encoding="utf-8")
    body = f'<!DOCTYPE article SYSTEM "{target.as_uri()}"><article><front/><body><p>dose &secret;</p></body></article>'
    assert "opened" not in read_one(body)[1].text


def test_a_sign_of_more_is_no_mark_of_a_quote() -> None:
    """A line of notes may begin with a limit."""
    assert spans("# Notes\n\n- >=3级 TRAE 40%\n- >3 cycles were given\n")[-2:] == [
        ("list_item", ">=3级 TRAE 40%"),
        ("list_item", ">3 cycles were given"),
    ]
