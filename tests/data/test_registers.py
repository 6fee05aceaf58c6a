"""Every record of the other registers in the corpus is read: its id, what its register always states, and where its texts stand."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.extract.subject import Subject
from pipelines.extract.trials import row as trial_row
from pipelines.sources.readers import identify
from pipelines.sources.records import SNIFF_BYTES, Record
from pipelines.text.registry_ids import Registry, find_ids, normalise
from tests.unit.sources.registers import check_places

FOLDERS = {"ictrp": "ictrp", "ctis": "ctis", "euctr": "euctr", "isrctn": "isrctn", "chictr": "chictr", "cde_china": "cde"}

ALWAYS = {
    "ictrp": ("brief_title", "first_posted_date", "eligibility_criteria", "lead_sponsor"),
    "ctis": ("brief_title", "phase", "overall_status", "enrollment", "n_sites", "lead_sponsor", "last_update_date"),
    "euctr": ("brief_title", "phase", "sex", "first_posted_date", "lead_sponsor", "sponsor_class", "allocation"),
    "isrctn": ("brief_title", "phase", "allocation", "enrollment", "start_date", "completion_date"),
    "chictr": ("brief_title", "enrollment", "sex", "start_date", "first_posted_date", "overall_status"),
}
"""What all records of a format in the corpus state."""


def records(corpus: Path, folder: str) -> Iterator[Record]:
    files = sorted((corpus / folder).iterdir())
    if not files:
        pytest.skip(f"no files in {folder}")
    for path in files:
        data = path.read_bytes()
        reader = identify(data[:SNIFF_BYTES])
        assert reader is not None, path
        assert FOLDERS[folder] == reader.FORMAT, path
        for one in reader.read(data):
            assert isinstance(one, Record), (path, one)
            yield one


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_record_is_read_with_its_id_and_its_places(corpus: Path, folder: str) -> None:
    """Nothing is rejected; an id is in the one spelling of its register; a text is what stands at its place."""
    for record in records(corpus, folder):
        study = record.study
        assert study is not None
        own = study.protocol_section.identification_module.nct_id or ""
        found = normalise(own)
        assert found is not None
        assert (found.registry.value, found.id) == (study.registry, own)
        check_places(study)


@pytest.mark.parametrize("folder", [folder for folder in FOLDERS if FOLDERS[folder] in ALWAYS])
def test_what_a_register_always_states_is_there(corpus: Path, folder: str) -> None:
    """In the vocabularies of the tables, for each record."""
    for record in records(corpus, folder):
        assert record.study is not None
        subject = Subject(record.study.protocol_section.identification_module.nct_id or "", "d" * 20, "x", "en")
        row = trial_row(record.study, subject)
        missing = [name for name in ALWAYS[FOLDERS[folder]] if row.get(name) is None]
        assert not missing, (subject.trial_id, missing)


def test_ids_of_other_registers_are_kept_in_their_one_spelling(corpus: Path) -> None:
    """An id among the others is either nobody's or canonical, never a spelling of one."""
    for folder in FOLDERS:
        for record in records(corpus, folder):
            assert record.study is not None
            for info in record.study.protocol_section.identification_module.secondary_id_infos:
                if info.type is not None:
                    assert [one.id for one in find_ids(info.id or "")] == [info.id]
                    assert info.type in {one.value for one in Registry}
