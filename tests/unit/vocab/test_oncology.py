"""Claims about `pipelines.vocab.oncology`: which condition names are neoplasms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.vocab.oncology import is_neoplasm


@pytest.mark.parametrize(
    "condition",
    [
        "Stage III Breast Cancer",
        "Non-small Cell Lung Carcinoma",
        "Brain Tumour",
        "Chronic Lymphocytic Leukaemia",
        "Hodgkin Disease",
        "Oligometastasis",
        "Relapsed B-ALL",
        "DLBCL",
        "Glioblastoma Multiforme",
        "Waldenström Macroglobulinemia",
        "Uterine Fibroids",
        "Cancer Prevention",
        "局部晚期胃癌",
        "急性淋巴细胞白血病",
        "腦膠質瘤",
    ],
)
def test_names_of_neoplasms_are_known(condition: str) -> None:
    """Stems, spellings of both sides of the ocean and usual abbreviations count."""
    assert is_neoplasm([condition])


@pytest.mark.parametrize(
    "condition",
    [
        "Chronic Non-cancer Pain",
        "Benign Prostatic Hyperplasia",
        "Tumor Necrosis Factor Receptor-Associated Periodic Syndrome",
        "Human Papillomavirus Infection",
        "Hemophagocytic Lymphohistiocytosis",
        "Malignant Hyperthermia",
        "腹主动脉瘤",
        "抑郁症",
        "Nasal Polyposis",
        "ALL PATIENTS UNDERGOING SURGERY",
        "Sarcoidosis",
        "Asthma",
        "",
    ],
)
def test_look_alikes_are_not(condition: str) -> None:
    """Words that only contain a stem of a neoplasm do not count."""
    assert not is_neoplasm([condition])


def test_one_neoplasm_among_other_conditions_is_enough() -> None:
    """A trial on pain in cancer is one on neoplasms; one without conditions is not."""
    assert is_neoplasm(["Erectile Dysfunction", "Prostate Cancer"])
    assert not is_neoplasm([])


@given(st.lists(st.text(max_size=60), max_size=4))
def test_any_text_is_answered_the_same_in_any_order(conditions: list[str]) -> None:
    """No text raises, and the order of conditions does not matter."""
    assert is_neoplasm(conditions) == is_neoplasm(conditions[::-1])
