"""What of a document is compared, the way back to its published texts, and an article without what is cut."""

from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.dedup.comparable import ARTICLE_FIELD, FIELD_END, Comparable, Place, clipped, comparable, comparable_text, kept_spans
from pipelines.dedup.tokens import BREAK, token_places
from pipelines.shapes import (
    Article,
    ConditionsModule,
    DescriptionModule,
    IdentificationModule,
    Outcome,
    OutcomesModule,
    Paragraph,
    ProtocolSection,
    Study,
)
from pipelines.sources.study_record import texts
from pipelines.text.repair import repaired_text

KINDS = get_args(Paragraph.__annotations__["kind"])
PIECES = st.sampled_from(
    [
        *("response", "HER2-", "Café", "药", "隨訪", "12.5", "<0.05", "-5", "10", "(yào)", "🙂", "\uffff", "\u200b", "a"),
        *(" ", " ", "\n", "\n\n", ". ", "，", "\r\n", "\n      ", "  -  "),
        *("&lt;", "&amp;", "&nbsp;", "&#39;", "<em>", "</em>", "<br>", "<sup>", "</sup>", "<p>", "\\>", "\\*", "10\\^9", "â‰¥", "Ã©"),
    ]
)
TEXTS = st.lists(PIECES, max_size=12).map("".join)


@st.composite
def articles(draw: st.DrawFn) -> Article:
    """Lines of text, of which some are paragraphs of any kind, some parts of one, and some nothing."""
    text, spans = draw(st.sampled_from(["", "\n", "\ufeff"])), list[Paragraph]()
    for _ in range(draw(st.integers(0, 5))):
        line, kind = draw(TEXTS), draw(st.sampled_from([*KINDS, None]))
        if line and kind:
            spans.append(Paragraph(kind, len(text), len(text) + len(line)))
        text += line + draw(st.sampled_from(["\n", "\n\n", " "]))
    return Article(text=text, title=draw(st.none() | TEXTS), paragraphs=spans, metadata={"url": "https://example.org"})


@st.composite
def studies(draw: st.DrawFn) -> Study:
    """A registry record with texts of any kind in some fields."""
    text = st.none() | TEXTS
    outcomes = st.lists(st.builds(Outcome, measure=text, description=text, time_frame=text), max_size=2)
    protocol = ProtocolSection(
        identification_module=IdentificationModule(brief_title=draw(text), official_title=draw(text)),
        description_module=DescriptionModule(brief_summary=draw(text), detailed_description=draw(text)),
        conditions_module=ConditionsModule(conditions=draw(st.lists(TEXTS, max_size=2))),
        outcomes_module=OutcomesModule(primary_outcomes=draw(outcomes)),
    )
    sources = st.none() | st.dictionaries(st.sampled_from(["Brief Summary", "Conditions", "Title"]), TEXTS)
    return Study(protocol_section=protocol, source_texts=draw(sources))


DOCUMENTS = articles() | studies()


def published(document: Study | Article) -> dict[str, str]:
    """The texts that places point into, by field; in that of an article all that is no prose is blank."""
    if isinstance(document, Study):
        return dict(texts(document))
    prose = [span for span in document.paragraphs if span.kind != "metadata"]
    is_prose = [any(span.start <= i < span.end for span in prose) for i in range(len(document.text))]
    return {ARTICLE_FIELD: "".join(letter if kept else " " for letter, kept in zip(document.text, is_prose, strict=True))}


def spans_of_tokens(compared: Comparable, data: st.DataObject) -> tuple[int, int] | None:
    """Some tokens in a row, in one field, as a span of the compared text."""
    values, starts, ends = token_places(compared.text)
    tokens = [i for i in range(len(values)) if values[i] != BREAK]
    if not tokens:
        return None
    first = data.draw(st.sampled_from(tokens))
    field = next((i for i in range(first, len(values)) if values[i] == BREAK), len(values))
    last = data.draw(st.integers(first, field - 1))
    return int(starts[first]), int(ends[last])


@settings(deadline=None, max_examples=150)
@given(DOCUMENTS, st.data())
def test_the_published_place_of_any_tokens_shows_the_same_tokens(document: Study | Article, data: st.DataObject) -> None:
    """In the field's own text, which was repaired for the comparison: with what the repair took away, and with nothing beside it."""
    compared = comparable(document)
    span = spans_of_tokens(compared, data)
    if span is None:
        return
    start, end = span
    place = compared.place(start, end)
    text = published(document)[place.field]
    assert 0 <= place.start < place.end <= len(text)
    shown = repaired_text(text[place.start : place.end].replace(FIELD_END, " "))
    assert token_places(shown)[0].tolist() == token_places(compared.text[start:end])[0].tolist()


@settings(deadline=None)
@given(DOCUMENTS)
def test_every_field_is_compared_once_and_ends_at_a_break(document: Study | Article) -> None:
    """Repaired, in order, with one break between two: none is in the text of a field, whatever it holds."""
    compared = comparable(document)
    assert compared.text == comparable_text(document)
    fields = published(document)
    assert compared.fields == tuple(fields)
    if isinstance(document, Article):
        # Blanks may be line ends, and a break may stand where text is left out.
        shown = [repaired_text(text.replace(FIELD_END, " ")) for text in fields.values()]
        assert compared.text.replace(FIELD_END, " ").split() == " ".join(shown).split()
        return
    pieces = compared.text.split(FIELD_END) if fields else []
    assert pieces == [repaired_text(text.replace(FIELD_END, " ")) for text in fields.values()]
    assert list(compared.starts) == [sum(len(piece) + 1 for piece in pieces[:i]) for i in range(len(pieces))]


def test_nothing_reaches_across_text_that_is_left_out() -> None:
    """A stretch that stands on both sides of a reference list is two; front matter needs no break."""
    text = "front\none two\n[1] Doe J.\nthree four\n"
    spans = [Paragraph("metadata", 0, 5), Paragraph("paragraph", 6, 13), Paragraph("metadata", 14, 24), Paragraph("paragraph", 25, 35)]
    found = comparable_text(Article(text=text, paragraphs=spans))
    assert found == "\n\n    one two" + FIELD_END + "\n" + " " * 10 + "three four "
    assert len(found) == len(text)


@settings(deadline=None)
@given(DOCUMENTS)
def test_the_place_of_a_whole_field_is_that_field(document: Study | Article) -> None:
    """From its first letter that is left to its last."""
    compared = comparable(document)
    for name, start, one in zip(compared.fields, compared.starts, compared.repaired, strict=True):
        if one.text:
            place = compared.place(start, start + len(one.text))
            assert place.field == name
            # A dash that begins a line of a wrapped block is an asterisk once the block is unwrapped.
            whole = repaired_text(published(document)[name].replace(FIELD_END, " ")).replace("*", "-")
            assert whole.split() == one.text.replace(FIELD_END, " ").replace("*", "-").split()
            assert 0 <= place.start < place.end <= len(published(document)[name])


def test_of_an_article_its_prose_is_compared() -> None:
    """Front matter and what belongs to no paragraph are blank, so that offsets stay."""
    text = "url: x\n\nA &amp; B\nmenu\n药 works."
    spans = [Paragraph("metadata", 0, 6), Paragraph("title", 8, 17), Paragraph("paragraph", 23, 31)]
    compared = comparable(Article(text=text, title="Another title", paragraphs=spans))
    assert compared.text == "\n\n      A & B\n\n    药 works."
    assert compared.place(8, 13) == Place(ARTICLE_FIELD, 8, 17)
    assert compared.place(19, 20) == Place(ARTICLE_FIELD, 23, 24)


def test_a_document_without_any_text_is_an_empty_text() -> None:
    """A study that says nothing has no field; an article without prose is blank."""
    assert comparable(Study()) == Comparable("", (), (), ())
    assert comparable(Article(text="menu")).text == "    "


# --- cutting -------------------------------------------------------------------------------------------------------------

SPANS = st.lists(st.integers(0, 40), max_size=10).map(sorted).map(lambda cuts: list(zip(cuts[::2], cuts[1::2], strict=False)))


@given(st.integers(0, 40), st.integers(0, 40), SPANS)
def test_what_is_kept_and_what_is_cut_are_everything_once(start: int, length: int, cut: list[tuple[int, int]]) -> None:
    """No character of a stretch is lost, kept twice, or kept although it is cut; pieces are in order, and none is empty."""
    end = start + length
    kept = list(kept_spans(start, end, cut))
    assert all(first < last for first, last in kept)
    assert kept == sorted(kept)
    covered = [place for first, last in kept for place in range(first, last)]
    is_cut = {place for first, last in cut for place in range(first, last)}
    assert covered == [place for place in range(start, end) if place not in is_cut]


@given(articles(), st.data())
def test_a_clipped_article_keeps_its_text_and_all_offsets(article: Article, data: st.DataObject) -> None:
    """Paragraphs shrink to what is kept of them; what is left without a letter is no paragraph."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(article.text)), max_size=8)))
    cut = list(zip(cuts[::2], cuts[1::2], strict=False))
    found = clipped(article, cut)
    assert (found.text, found.title, found.metadata) == (article.text, article.title, article.metadata)
    is_cut = {place for first, last in cut for place in range(first, last)}

    def letters(spans: list[Paragraph]) -> list[tuple[str, int]]:
        places = [(span.kind, place) for span in spans for place in range(span.start, span.end)]
        return [(kind, place) for kind, place in places if place not in is_cut and not article.text[place].isspace()]

    assert letters(found.paragraphs) == letters(article.paragraphs)
    assert all(article.text[span.start : span.end].strip() for span in found.paragraphs if cut)
    assert not {place for span in found.paragraphs for place in range(span.start, span.end)} & is_cut


def test_clipping_nothing_changes_nothing() -> None:
    """Not even an empty paragraph is taken away."""
    article = Article(text=" a", paragraphs=[Paragraph("paragraph", 0, 1), Paragraph("paragraph", 1, 2)])
    assert clipped(article, []) is article
