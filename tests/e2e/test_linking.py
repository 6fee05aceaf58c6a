"""Documents without a registry id are linked to their record, whatever the order of files; a person's decision counts for ever."""

import json
from pathlib import Path

import polars as pl
import pytest

from pipelines.build_folder import parts
from pipelines.settings import Settings
from tests.refreshing import build_all, check_tables, fill, study

TITLE = "Evening Doses of Veliparib for Glioblastoma After Surgery in Older Adults"
SUMMARY = (
    "People older than sixty whose glioblastoma was removed take veliparib in the evening. The clinic asks whether sleep is better than "
    "with morning doses. Blood is drawn on every second visit to see how long the drug stays in the body."
)


def record() -> dict[str, object]:
    found = study(1, title=TITLE)
    found["protocolSection"]["descriptionModule"] = {"briefSummary": SUMMARY}
    return found


LABELLESS = f"""{TITLE}
{SUMMARY}
Glioblastoma
DRUG: Veliparib
Progression-free survival, 24 months
Inclusion Criteria:

* Age over 60 years
"""


def files(prefix: str) -> dict[str, bytes]:
    """A record, the same without labels, and another record of the same drug; `prefix` orders them."""
    return {
        f"{prefix}record.json": json.dumps(record()).encode(),
        "text.txt": LABELLESS.encode(),
        "other.json": json.dumps(study(2, title="Veliparib in the Morning for Thymoma")).encode(),
    }


def built(folder: Path, content: dict[str, bytes]) -> Settings:
    settings = Settings(raw=fill(folder / "raw", content), warehouse=folder / "warehouse")
    build_all(settings)
    check_tables(settings)
    return settings


def table(settings: Settings, name: str) -> pl.DataFrame:
    return pl.read_parquet(parts(settings, name))


@pytest.mark.parametrize("prefix", ["a-", "z-"])
def test_a_text_without_an_id_is_linked_to_its_record(prefix: str, tmp_path: Path) -> None:
    """Its own id stays as an alias, and it makes no second trial."""
    settings = built(tmp_path, files(prefix))
    assert sorted(table(settings, "trials")["trial_id"]) == ["NCT91000001", "NCT91000002"]
    links = table(settings, "trial_documents").filter(pl.col("match_method") == "title")
    assert links["trial_id"].to_list() == ["NCT91000001"]
    assert 0.5 < links["score"][0] <= 1
    (alias,) = table(settings, "trial_aliases").iter_rows(named=True)
    assert alias["alias_id"].startswith("x-")
    assert alias["trial_id"] == "NCT91000001"


def test_a_record_that_comes_later_takes_the_text_over(tmp_path: Path) -> None:
    """And when the record goes, the text is a trial of its own again."""
    content = files("")
    late = content.pop("record.json")
    settings = built(tmp_path, content)
    (own,) = table(settings, "trials").filter(pl.col("registry") == "none")["trial_id"]
    (settings.raw / "record.json").write_bytes(late)
    build_all(settings)
    assert own not in table(settings, "trials")["trial_id"].to_list()
    assert own in table(settings, "trial_aliases")["alias_id"].to_list()
    (settings.raw / "record.json").unlink()
    build_all(settings)
    assert own in table(settings, "trials")["trial_id"].to_list()


def test_what_a_person_decided_counts(tmp_path: Path) -> None:
    """Against a link, and again at every refresh."""
    settings = built(tmp_path, files(""))
    text = table(settings, "documents").filter(pl.col("source_path") == "text.txt")
    settings.decisions.parent.mkdir(parents=True)
    settings.decisions.write_text(
        f"content_sha256,trial_id,decision\n{text['content_sha256'][0]},NCT91000001,different\n", encoding="utf-8"
    )
    build_all(settings)
    assert len(table(settings, "trials")) == 3
    (near,) = table(settings, "link_candidates").iter_rows(named=True)
    assert (near["document_id"], near["trial_id"], near["decision"]) == (text["document_id"][0], "NCT91000001", "different")


def test_documents_whose_ids_are_all_known_need_no_look(tmp_path: Path) -> None:
    """Then nothing is described, and there is no near miss."""
    content = files("")
    del content["text.txt"]
    settings = built(tmp_path, content)
    assert len(table(settings, "link_candidates")) == 0
    assert not (settings.state / "describe").exists()
