"""Claims about `pipelines.vocab.drugs`: whole intervention names and the one drug that they name."""

import gzip
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.vocab import drugs
from pipelines.vocab.data_files import read_rows
from pipelines.vocab.drugs import PLACEBO, find_drug, name_key, name_words, shorter_names

_DATA = drugs.DRUGS_PATH.parent


def _name(intervention: str) -> str | None:
    drug = find_drug(intervention)
    return None if drug is None else drug.name


@pytest.mark.parametrize(
    ("intervention", "name"),
    [
        ("Pembrolizumab", "pembrolizumab"),
        ("Pembrolizumab (MK-3475)", "pembrolizumab"),
        ("MK-3475 (pembrolizumab)", "pembrolizumab"),
        ("KEYTRUDA®", "pembrolizumab"),
        ("Keytruda / pembrolizumab", "pembrolizumab"),
        ("Cisplatin Injection", "cisplatin"),
        ("Gemcitabine hydrochloride for injection", "gemcitabine"),
        ("5-FU", "fluorouracil"),
        ("5-fluorouracil (5-FU)", "fluorouracil"),
        ("Drug: Aspirin", "aspirin"),
        ("Oral aspirin, 81 mg tablets, once daily", "aspirin"),
        ("Paclitaxel 175 mg/m2", "paclitaxel"),
        ("Carboplatin AUC 5", "carboplatin"),
        ("interleukin 2", "aldesleukin"),
        ("10 mg of dapagliflozin", "dapagliflozin"),
        ("Arm A: Docetaxel", "docetaxel"),
        ("trastuzumab-emtansine", "trastuzumab emtansine"),
        ("T-DXd", "trastuzumab deruxtecan"),
        ("rhIL-2", "aldesleukin"),
    ],
)
def test_a_whole_name_is_found_through_brand_code_dose_form_and_salt(intervention: str, name: str) -> None:
    """What stands around a name in a registry field does not hide it."""
    assert _name(intervention) == name


@pytest.mark.parametrize(
    "intervention",
    [
        "Pembrolizumab plus chemotherapy",
        "Pembrolizumab (plus chemotherapy)",
        "aspirin or placebo",
        "Aspirin (or clopidogrel)",
        "Standard of care",
        "chemotherapy",
        "VEGF",
        "monoclonal antibody",
        "control",
        "vaccine",
        "cisplatin, gemcitabine",
        "Tumor lysate vaccine (GM-CSF)",
        "CTX-009 (ABL001)",
        "(R)-CHOP",
        "x" * 2_000,
        "",
        "(",
        "®",
    ],
)
def test_more_than_one_thing_or_no_drug_is_not_found(intervention: str) -> None:
    """A known part does not make a drug of a phrase that names other things."""
    assert find_drug(intervention) is None


@pytest.mark.parametrize(
    "intervention",
    [
        "Placebo",
        "Matching placebo tablet",
        "Placebo to dapagliflozin",
        "Dapagliflozin 10 mg/day placebo",
        "Placebo matching X",
        "Placebo (0.9% saline)",
        "Placebo tablet and placebo patch",
        "sugar pill",
    ],
)
def test_a_name_that_is_a_placebo_as_a_whole_is_placebo(intervention: str) -> None:
    """What a placebo imitates does not matter."""
    assert _name(intervention) == PLACEBO


@pytest.mark.parametrize("intervention", ["Placebo and zolpidem", "Aspirin/placebo", "Placebo acupuncture", "No placebo", "Sham"])
def test_a_placebo_beside_a_drug_or_a_sham_procedure_is_not_placebo(intervention: str) -> None:
    """Only a whole name counts, and a procedure is no drug."""
    assert find_drug(intervention) is None


@pytest.mark.parametrize(
    ("intervention", "name"),
    [
        ("cyclosporine", "ciclosporin"),
        ("Acetaminophen", "paracetamol"),
        ("leuprolide acetate", "leuprorelin"),
        ("imatinib mesylate", "imatinib"),
        ("apatinib mesylate", "apatinib"),
        ("rivoceranib", "apatinib"),
        ("almonertinib", "aumolertinib"),
        ("chidamide", "tucidinostat"),
        ("magnesium sulfate", "magnesium sulfate"),
        ("Ad-hoc name of a product", None),
    ],
)
def test_the_name_given_is_the_inn_without_salt_or_the_name_in_use(intervention: str, name: str | None) -> None:
    """American names become INN, salts their base; minerals keep theirs."""
    assert _name(intervention) == name


@pytest.mark.parametrize(
    ("intervention", "name"),
    [
        ("Abraxane", "nab-paclitaxel"),
        ("Paclitaxel for injection (albumin bound)", "nab-paclitaxel"),
        ("Paclitaxel (Taxol)", "paclitaxel"),
        ("Doxorubicin hydrochloride (liposomal)", "liposomal doxorubicin"),
        ("Doxil", "pegylated liposomal doxorubicin"),
        ("Docetaxel (liposomal)", None),
    ],
)
def test_another_formulation_is_another_drug(intervention: str, name: str | None) -> None:
    """Albumin-bound and liposomal products are dosed differently from their base."""
    assert _name(intervention) == name


def test_a_group_beside_one_of_its_products_is_the_product() -> None:
    """The name "G-CSF" leaves open which; "Filgrastim (G-CSF)" does not, and "or" between strangers stays unknown."""
    assert _name("G-CSF") == "granulocyte colony-stimulating factor"
    assert _name("Filgrastim (G-CSF)") == "filgrastim"
    assert _name("Liposomal doxorubicin or mitoxantrone") is None


def test_a_regimen_has_components_that_are_drugs_themselves() -> None:
    """`is_combination` and `components` are given for regimens and fixed combinations."""
    capox = find_drug("XELOX")
    assert capox is not None
    assert (capox.name, capox.is_combination, capox.components) == ("capox", True, ("capecitabine", "oxaliplatin"))
    tas_102 = find_drug("TAS-102")
    assert tas_102 is not None
    assert (tas_102.name, tas_102.components) == ("trifluridine/tipiracil", ("trifluridine", "tipiracil"))
    ambiguous = find_drug("TC")
    assert ambiguous is not None
    assert ambiguous.is_combination
    assert ambiguous.components == ()


def test_ids_come_with_the_name_also_where_the_overlay_renames() -> None:
    """A renamed drug keeps the ids of the name that it had."""
    pembrolizumab, apatinib = find_drug("Keytruda"), find_drug("apatinib")
    assert pembrolizumab is not None
    assert apatinib is not None
    assert pembrolizumab.ids["drugbank"] == "DB09037"
    assert apatinib.ids["drugbank"] == "DB14765"


def test_a_hyphen_tells_short_names_apart() -> None:
    """The name "AC-T" is a regimen, "ACT" is not."""
    assert _name("AC-T") == "ac-t"
    assert _name("ACT") is None
    assert name_key("5-FU") == name_key("5 fu") == name_key("5FU")


def test_doses_forms_and_salts_are_taken_off_from_both_ends() -> None:
    """The longest name is tried first."""
    assert list(shorter_names("Oral aspirin 81 mg")) == ["Oral aspirin", "aspirin 81 mg", "aspirin"]


def test_every_name_of_the_overlay_leads_to_its_own_row() -> None:
    """No name stands in two rows, every name is reachable, every component is a drug of that name."""
    owners: dict[str, str] = {}
    for row in read_rows(_DATA / "drugs_overlay.tsv"):
        for name in (row["name"], *filter(None, row["other_names"].split("|"))):
            assert owners.setdefault(name_key(name), row["name"]) == row["name"], name
            assert _name(name) == row["name"], name
        if row["kind"] != "drug":
            for component in filter(None, row["components"].split("|")):
                assert _name(component) == component, f"{row['name']}: {component}"


def test_every_name_that_the_overlay_takes_over_is_in_the_built_file() -> None:
    """A rebuild that drops such a name would silently lose its brands."""
    with gzip.open(drugs.DRUGS_PATH, "rt", encoding="utf-8") as file:
        heads = {line.split("\t", 1)[0] for line in file}
    for row in read_rows(_DATA / "drugs_overlay.tsv"):
        missing = [name for name in row["package_names"].split("|") if name and name not in heads]
        assert not missing, row["name"]


def test_a_stopped_name_is_no_drug() -> None:
    """What the stop list holds stays out, also where the built file knows it."""
    for row in read_rows(_DATA / "drugs_not.tsv"):
        assert find_drug(row["name"]) is None, row["name"]


def test_built_names_are_spelt_as_names_are_compared() -> None:
    """A change of `name_words` without a rebuild would lose names."""
    with gzip.open(drugs.DRUGS_PATH, "rt", encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file if not line.startswith("#")]
    assert all(len(row) == 5 and row[4] for row in rows)
    assert all(words == name_words(words) for row in rows for words in row[4].split("|"))


def test_import_reads_no_vocabulary() -> None:
    """Data files are read at the first lookup, not at import: every worker process imports this."""
    code = (
        "import sys, pipelines.vocab.drugs as d; assert d._names.cache_info().currsize == 0; "
        "assert 'drug_named_entity_recognition' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@given(st.text(max_size=300))
def test_any_text_is_answered(text: str) -> None:
    """No text raises, and what is found is named in lower case."""
    drug = find_drug(text)
    assert drug is None or drug.name == drug.name.lower()


@given(st.lists(st.sampled_from(["1", "11", ".", ",", " ", "-", "/", "mg", "x", "(", ")", "placebo", "iv", "to"]), max_size=120))
def test_long_runs_of_numbers_and_separators_are_answered(pieces: list[str]) -> None:
    """The patterns for doses do not backtrack without end (hypothesis holds each example to its deadline)."""
    assert find_drug("".join(pieces)) is None or "placebo" in "".join(pieces)


@pytest.mark.parametrize(
    ("name", "is_cells", "is_counted"),
    [
        ("tisagenlecleucel", True, False),
        ("sipuleucel-t", True, False),
        ("CD19 CAR-T cells", True, False),
        ("TIL", True, False),
        ("docetaxel", False, False),
        ("fludarabine", False, False),
        ("Dendritic cell vaccine", False, True),
        ("BCG vaccine", False, True),
    ],
)
def test_products_of_cells_are_known_by_their_names(name: str, is_cells: bool, is_counted: bool) -> None:
    """Vaccines and bacteria are counted in cells too."""
    drug = find_drug(name)
    assert drug is not None
    assert (drug.is_cells, drug.is_counted) == (is_cells, is_counted)
