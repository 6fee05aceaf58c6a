"""Claims about `pipelines.vocab.build_drugs`: what is kept of the package's names and how they are merged."""

import gzip

import pytest

from pipelines.vocab import drugs
from pipelines.vocab.build_drugs import build, main

_FACTS: dict[str, dict[str, object]] = {
    "examplinib": {"drugbank_id": "DB00001"},
    "examplinib mesylate": {"mesh_id": "D000001", "mesh_tree": ["D03.1"], "medline_plus_id": "a2"},
    "otherumab-abcd": {"drugbank_id": "DB00002"},
    "toy receptor": {"mesh_id": "D000002", "mesh_tree": ["D12.776.543"]},
    "toy agents": {"mesh_id": "D000003", "mesh_tree": ["D27.505"]},
    "examplinib and otherumab": {"medline_plus_id": "a1"},
    "hormone, toy": {"drugbank_id": "DB00003"},
}
_VARIANTS = {
    "examplinib": ["examplinib"],
    "brandex": ["examplinib mesylate"],
    "examplinib mesylate": ["examplinib mesylate"],
    "otherumab": ["otherumab-abcd"],
    "toyr": ["toy receptor"],
    "agents": ["toy agents"],
    "duobrand": ["examplinib and otherumab"],
    "shared": ["examplinib"],
    "sha-red": ["otherumab-abcd"],
    "caps": ["examplinib"],
    "mesylate, examplinib": ["examplinib mesylate"],
    "toyhormone brand": ["hormone, toy"],
}


def _rows(data: bytes) -> dict[str, list[str]]:
    lines = gzip.decompress(data).decode().splitlines()
    return {line.split("\t")[0]: line.split("\t")[1:] for line in lines if not line.startswith("#")}


def test_salts_and_makers_suffixes_go_to_their_base() -> None:
    """The base takes the names and ids of its salt, its own ids first."""
    rows = _rows(build(_VARIANTS, _FACTS, header="# x\n"))
    assert "examplinib mesylate" not in rows
    assert rows["examplinib"][:2] == ["DB00001", "a2"]
    assert "brandex" in rows["examplinib"][3].split("|")
    assert "otherumab" in rows
    assert "toy hormone" in rows


def test_the_mesh_id_of_a_drugs_class_is_no_id_of_the_drug() -> None:
    """The package's MeSH ids name pharmacological classes."""
    assert b"D000001" not in gzip.decompress(build(_VARIANTS, _FACTS, header="# x\n"))


def test_receptors_and_classes_are_left_out() -> None:
    """MeSH's proteins and its list of uses are not drugs."""
    rows = _rows(build(_VARIANTS, _FACTS, header="# x\n"))
    assert not {"toy receptor", "toy agents"} & set(rows)


def test_a_fixed_combination_names_its_components() -> None:
    """The name "A and B" becomes a combination where both are known."""
    rows = _rows(build(_VARIANTS, _FACTS, header="# x\n"))
    assert rows["examplinib/otherumab"][2] == "examplinib|otherumab"
    assert "duobrand" in rows["examplinib/otherumab"][3].split("|")


def test_a_key_of_two_drugs_a_short_rare_name_and_a_turned_name_are_dropped() -> None:
    """What would be a guess, or never stands in a record, is not kept."""
    keys = {key for row in _rows(build(_VARIANTS, _FACTS, header="# x\n")).values() for key in row[3].split("|")}
    assert not {"shared", "sha red", "caps", "mesylate, examplinib"} & keys


def test_the_same_names_in_any_order_give_the_same_bytes() -> None:
    """The file does not depend on the order of dictionaries."""
    turned = build(dict(reversed(_VARIANTS.items())), dict(reversed(_FACTS.items())), header="# x\n")
    assert turned == build(_VARIANTS, _FACTS, header="# x\n")


def test_the_file_in_the_checkout_is_what_a_rebuild_gives(tmp_path) -> None:
    """Nobody edited the built file by hand (only where the package is installed)."""
    pytest.importorskip("drug_named_entity_recognition")
    path = tmp_path / "drugs.tsv.gz"
    main(path)
    assert gzip.decompress(path.read_bytes()) == gzip.decompress(drugs.DRUGS_PATH.read_bytes())
