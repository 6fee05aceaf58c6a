"""Languages, told from scripts and frequent words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.text.language import detect_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("A study of the new drug in patients with lung cancer", "en"),
        ("The concentration of TGF-β and of IFN-γ was measured in 30 patients (Prof. 王)", "en"),
        ("评价该药治疗晚期胃癌患者的有效性", "zh-Hans"),
        ("評估該藥治療晚期胃癌病人的療效", "zh-Hant"),
        ("mFOLFOX6 聯合 bevacizumab 治療 metastatic colorectal cancer 的療效與副作用", "zh-Hant"),
        ("胃癌", "zh"),
        ("進行胃がんに対する新しい薬の試験", "ja"),
        ("위암 환자에 대한 연구", "ko"),
        ("Исследование препарата у больных раком", "ru"),
        ("Étude du traitement par chimiothérapie chez les patients avec une tumeur", "fr"),
        ("Eine Studie über die Behandlung von Patienten mit Krebs", "de"),
        ("Estudio de la eficacia del tratamiento en los pacientes con cáncer", "es"),
        ("Studio della terapia nei pazienti con il tumore dopo una recidiva", "it"),
        ("Estudo da eficácia do tratamento em doentes com uma recidiva não tratada", "pt"),
        ("Een onderzoek naar het effect van de behandeling bij patiënten", "nl"),
        ("Pembrolizumab", "und"),
        ("12.5 ± 3", "und"),
        ("", "und"),
    ],
)
def test_the_language_is_named(text: str, language: str) -> None:
    """A title is enough where it has a word or a character that tells."""
    assert detect_language(text) == language


def test_only_the_beginning_is_read() -> None:
    """What stands behind the first 4,000 characters does not count."""
    assert detect_language("the study of the drug " * 200 + "评价该药" * 5_000) == "en"


@given(st.text(max_size=50))
def test_any_text_gets_some_language(text: str) -> None:
    """The answer is a code, whatever the text."""
    assert detect_language(text).split("-")[0].isalpha()
