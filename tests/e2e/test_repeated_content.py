"""From raw files to what is kept: copies, stretches, and that nothing is lost."""

import polars as pl
import pytest

from pipelines.build_folder import parts, path
from pipelines.dedup.comparable import kept_spans
from pipelines.settings import Settings
from tests.refreshing import build_all, check_tables, fill

BODY = """\
Nadirolimab slows the growth of thymoma in adults who had surgery before. In the first winter forty people came to the clinic, and
all of them were followed until the next. Half of them took the tablets in the morning, the others in the evening with a meal.

The tumours of eighteen people became smaller, and those of nine stayed as they were for more than half a year. Nobody stopped the
tablets because of side effects, although a rash on the hands was seen in every third person during the first month of the study.

Doctors who looked after the patients say that sleep improved as well, which had not been expected by anyone who planned the
visits. The hospital now prepares a second study in which two doses are compared, together with clinics on the other side of the
border."""
COMMENT = """\
A comment from the ward: nurses there noticed that people who walked to the clinic came more often, and that those who came by bus
were late in the cold months. Whether this matters for the answer of the tumour is not known, and it was not part of the plan."""
DOSE = """\
Lumiretinib is given by mouth in the evening for fourteen days of each round, the capsules are swallowed whole with a glass of
water, and the next round begins after a week of rest unless the blood count is too low or the skin is sore, when one more week is
added before it."""
NOTICE = """\
Disclaimer: the content of this page is for information only, does not replace professional medical advice, and the publisher
accepts no liability for decisions that are based on it. All rights reserved; reprinting in any form requires the written consent
of the publisher."""
OTHER = """\
In Porto the spring meeting of the society began with a lecture on how beds are counted. Later sessions were about bandages, the
price of oxygen, and a register of broken hips that three regions want to share. A prize went to two students for a model of a
waiting room."""
REGIMENS = "\n\n".join(f"## Regimen {name}\n\n{DOSE}" for name in ("Ash", "Birch", "Cedar", "Elm", "Fir", "Holly"))


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A build of a few articles that repeat each other and themselves."""
    folder = tmp_path_factory.mktemp("repeated")
    files = {
        "a/original.md": f"# Nadirolimab in thymoma\n\n{BODY}\n",
        "b/edited.txt": BODY.replace("first winter", "very first winter").replace("expected by anyone", "foreseen by anyone"),
        "c/twice.md": f"# Nadirolimab in thymoma, with a comment\n\n{BODY}\n\n{COMMENT}\n\n{BODY}\n\n{NOTICE}\n",
        "d/handbook.md": f"# How tablets are given\n\n{REGIMENS}\n",
        "e/meeting.md": f"# The spring meeting\n\n{OTHER}\n\n{NOTICE}\n",
    }
    found = Settings(raw=fill(folder / "raw", {name: text.encode() for name, text in files.items()}), warehouse=folder / "warehouse")
    build_all(found)
    check_tables(found)
    return found


@pytest.fixture(scope="module")
def documents(settings: Settings) -> pl.DataFrame:
    return pl.read_parquet(parts(settings, "documents")).select("document_id", "source_path", "status", "match_rule", "duplicate_of")


@pytest.fixture(scope="module")
def blocks(settings: Settings, documents: pl.DataFrame) -> pl.DataFrame:
    return pl.read_parquet(parts(settings, "repeated_blocks")).join(documents, on="document_id")


def test_the_longest_of_several_copies_is_kept(documents: pl.DataFrame) -> None:
    """It says all that the others say."""
    found = dict(documents.select("source_path", "status").iter_rows())
    assert found == {
        "a/original.md": "duplicate",
        "b/edited.txt": "duplicate",
        "c/twice.md": "kept",
        "d/handbook.md": "kept",
        "e/meeting.md": "kept",
    }
    assert set(documents.filter(pl.col("status") == "duplicate")["duplicate_of"]) == set(
        documents.filter(pl.col("source_path") == "c/twice.md")["document_id"]
    )


def test_one_body_and_what_was_put_in_between_remain(settings: Settings, blocks: pl.DataFrame) -> None:
    """The second body is cut, word for word; the comment stays."""
    cut = blocks.filter((pl.col("source_path") == "c/twice.md") & (pl.col("reason") == "said_before")).sort("start_char")
    text = (settings.raw / "c/twice.md").read_text(encoding="utf-8")
    left = "".join(text[start:end] for start, end in kept_spans(0, len(text), list(cut.select("start_char", "end_char").iter_rows())))
    left = " ".join(left.split())
    assert left.count("Nadirolimab slows") == left.count("other side of the border") == left.count("A comment from the ward") == 1
    assert "".join(text[start:end] for start, end in cut.select("start_char", "end_char").iter_rows()).split() == BODY.split()


def test_a_dose_said_again_of_another_regimen_stays(blocks: pl.DataFrame) -> None:
    """Recorded five times, cut never."""
    found = blocks.filter(pl.col("source_path") == "d/handbook.md")
    assert set(found["reason"]) <= {"said_again", "part_of_sentence"}
    assert not found["is_cut"].any()
    assert len(found.filter(pl.col("reason") == "said_again")) == 5


def test_a_notice_under_two_articles_is_cut_from_one(blocks: pl.DataFrame) -> None:
    """From the second by path; what the two articles themselves say is untouched."""
    found = blocks.filter(pl.col("source_path") == "e/meeting.md")
    assert found["is_cut"].all()
    assert set(found["reason"]) <= {"disclaimer", "copyright"}


def test_kept_text_and_stretches_rebuild_each_document(settings: Settings, blocks: pl.DataFrame) -> None:
    """Every character of every document is in one or the other."""
    for (name,), found in blocks.group_by("source_path"):
        text = (settings.raw / str(name)).read_text(encoding="utf-8")
        spans = sorted(found.select("start_char", "end_char").iter_rows())
        kept = list(kept_spans(0, len(text), spans))
        assert min([*spans, *kept])[0] == 0
        assert "".join(text[start:end] for start, end in sorted([*spans, *kept])) == text


def test_what_is_cut_is_named_beside_each_kept_document(settings: Settings, blocks: pl.DataFrame) -> None:
    """So that whatever reads its prose can leave it out."""
    canonical = pl.read_parquet(path(settings, "canonical_documents"))
    n_cut = {source_path: len(cut or []) for source_path, cut in canonical.select("source_path", "cut").iter_rows()}
    expected = blocks.filter("is_cut").group_by("source_path").len()
    assert {name: n for name, n in n_cut.items() if n} == dict(expected.iter_rows())
