"""What the UI shows of the documents that were dropped."""

from pathlib import Path

import dagster as dg
import pytest

from assets.copies import copies_metadata
from pipelines.settings import Settings
from tests.refreshing import as_json, build_all, fill

LINES = (
    "Sixty people with a cough that would not go away were asked in the autumn to keep a jar of honey beside the bed.",
    "Half of them were told to take a spoonful of it every night, and the others to leave the lid on and wait.",
    "When the first snow fell, a doctor who did not know who was who listened to all of them for a minute.",
    "She heard less of the cough in the first half, but the jars of the second half were not as full as they should have been.",
    "So the question is open, and the next winter will have sealed jars in it, and perhaps some tea.",
)


def shown(settings: Settings) -> dict[str, object]:
    """Values as the UI gets them."""
    return {name: value.value if isinstance(value, dg.MetadataValue) else value for name, value in copies_metadata(settings).items()}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A build with a text whose title holds signs of Markdown, edited copies of it, and two equal records."""
    folder = tmp_path_factory.mktemp("copies")
    text = "\n\n".join(["# Honey | jars of 2_000 g", *LINES])
    edited = {f"copy_{n}.md": text.replace("Half of them", f"Group ~~{n}~~ of them").encode() for n in range(3)}
    files = {
        f"{'folder/' * 20}honey.md": f"{text}\n\nThanks go to all bees.".encode(),
        **edited,
        "a.json": as_json(1),
        "b.json": as_json(1),
    }
    found = Settings(raw=fill(folder / "raw", files), warehouse=folder / "warehouse")
    build_all(found)
    return found


def test_counts_are_numbers_under_names_that_stay(settings: Settings) -> None:
    """They are plotted over time."""
    found = shown(settings)
    names = ("exact_duplicates", "similar_texts", "contained_texts", "superseded_versions")
    assert [found[name] for name in names] == [1, 3, 0, 0]
    assert "| 3 | **similar_text**" in str(found["by_rule"])


def test_tables_have_the_same_columns_in_every_row(settings: Settings) -> None:
    """Whatever stands in a title or in the name of a file; and long ones are cut."""
    found = shown(settings)
    lines = str(found["largest_clusters"]).splitlines()
    assert len(lines) == 2 + 2
    assert {line.replace("\\|", "").count("|") for line in lines} == {7}
    assert "Honey \\| jars of 2\\_000 g" in lines[2]
    assert "/folder/honey.md" in lines[2]
    assert len(lines[2]) < 300


def test_the_copy_that_is_least_alike_is_shown_with_its_words(settings: Settings) -> None:
    """What it lacks, and what of its words is lost."""
    text = str(shown(settings)["least_alike_copy"])
    assert "was dropped for" in text
    assert "**Half**" in text
    assert "Thanks go to all bees" in text


def test_without_copies_only_counts_are_shown(tmp_path: Path) -> None:
    """Nothing odd: no empty table, no difference of nothing."""
    settings = Settings(raw=fill(tmp_path / "raw", {"a.json": as_json(1)}), warehouse=tmp_path / "warehouse")
    build_all(settings)
    assert set(shown(settings)) == {"exact_duplicates", "similar_texts", "contained_texts", "superseded_versions"}
