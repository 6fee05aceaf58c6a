"""Amounts in prose: numbers, units, doses, strengths, courses of radiation, each by the rule that reads it."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ucumvert import get_ucum_parser

from pipelines.grammar import doses
from pipelines.grammar.doses import Course, Dose, Unit, as_list
from pipelines.grammar.treatment import STAGES, parsed
from pipelines.vocab.data_files import read_rows, vocabulary_paths

MadeBy = Callable[[str, str], list[tuple[str, Any]]]


def _dose(amount: float, unit: str, high: float | None = None, **said: bool) -> Dose:
    return Dose(amount, amount if high is None else high, unit, **said)


NUMBERS_AND_UNITS: list[tuple[str, str, Any, str]] = [
    ("5 × 10^7 cells", "BIG", 5e7, "power_of_ten"),
    ("2×10⁶个细胞/kg", "BIG", 2e6, "power_of_ten"),
    ("3 x 10e6 cells", "BIG", 3e6, "power_of_ten"),
    ("10^8 vp", "BIG", 1e8, "bare_power_of_ten"),
    ("10⁹ pfu", "BIG", 1e9, "bare_power_of_ten"),
    ("0.4 x 106 cells/kg", "BIG", 4e5, "lost_power_of_ten"),
    ("2 x 108 viral particles", "BIG", 2e8, "lost_power_of_ten"),
    ("1e9 vg/kg", "BIG", 1e9, "scientific"),
    ("2.5 million units", "NUM", 2.5e6, "million"),
    ("10 000 U", "NUM", 1e4, "spaced_thousands"),
    ("1 200 000 IU", "NUM", 1.2e6, "spaced_thousands"),
    ("6 mg", "UNITX", Unit("mg", 1.0), "unit"),
    ("6毫克/平方米", "UNITX", Unit("mg/m2", 1.0), "unit"),
    ("1.2 g/㎡", "UNITX", Unit("g/m2", 1.0), "unit"),
    ("30 mg per kilogram of body weight", "UNITX", Unit("mg/kg", 1.0), "unit"),
    ("2 g per square metre per day", "UNITX", Unit("g/m2/d", 1.0), "unit"),
    ("0.5毫克/公斤/天", "UNITX", Unit("mg/kg/d", 1.0), "unit"),
    ("600 mg/(m2.d)", "UNITX", Unit("mg/m2/d", 1.0), "unit"),
    ("90 mg/m2/24 h", "UNITX", Unit("mg/m2/d", 1.0), "unit"),
    ("2 mg/（kg·d）", "UNITX", Unit("mg/kg/d", 1.0), "unit"),
    ("8 mg·kg-1·d-1", "UNITX", Unit("mg/kg/d", 1.0), "unit_of_inverses"),
    ("0.2 μg•kg⁻¹•h⁻¹", "UNITX", Unit("ug/kg/h", 1.0), "unit_of_inverses"),
    ("40 mg·m⁻²", "UNITX", Unit("mg/m2", 1.0), "unit_of_inverses"),
    ("15 mg/kg·d", "UNITX", Unit("mg/kg/d", 1.0), "unit_of_inverses"),
    ("3 MU", "UNITX", Unit("[iU]", 1e6), "unit"),
    ("300万单位", "UNITX", Unit("[iU]", 1e4), "unit"),
    ("30 mL", "UNITX", Unit("mL", 1.0, is_count=True), "unit"),
    ("50 mg/10 mL", "UNITX", Unit("mg", 1.0, is_concentration=True), "unit"),
    ("5 mg/tablet", "UNITX", Unit("mg", 1.0, is_concentration=True), "unit"),
    ("2 Gy per fraction", "UNITX", Unit("Gy", 1.0, per_fraction=True), "unit"),
    ("3 million cells per kg body weight", "CELLX", Unit("{cells}/kg", 1.0), "cells"),
    ("4 × 10^6 cells/mm3", "CELLX", Unit("{cells}", 1.0, is_concentration=True), "cells"),
]
DOSES: list[tuple[str, str, Any, str]] = [
    ("40 mg", "DOSE", _dose(40, "mg"), "dose"),
    ("100微克", "DOSE", _dose(100, "ug"), "dose"),
    ("1,500 mg/m²", "DOSE", _dose(1500, "mg/m2"), "dose"),
    ("4500 cGy", "DOSE", _dose(45, "Gy"), "dose"),
    ("1.5 million IU/m2/day", "DOSE", _dose(1.5e6, "[iU]/m2/d"), "dose"),
    ("3 x 10^5 TCID50", "DOSE", _dose(3e5, "{TCID_50}"), "dose"),
    ("20 mg per week", "DOSE", _dose(20, "mg/wk"), "dose"),
    ("250-mg", "DOSE", _dose(250, "mg"), "dose"),
    ("总剂量 50 Gy", "DOSE", _dose(50, "Gy", is_total=True), "dose"),
    ("100 U/mL", "DOSE", _dose(100, "[iU]", is_strength=True), "dose"),
    ("15 mL", "DOSE", _dose(15, "mL", is_count=True), "dose"),
    ("2-4 mg", "DOSE", _dose(2, "mg", 4), "dose_range"),
    ("60 mg/m2 to 75 mg/m2", "DOSE", _dose(60, "mg/m2", 75), "dose_range"),
    ("10至20毫克", "DOSE", _dose(10, "mg", 20), "dose_range"),
    ("3 to 9 million IU", "DOSE", _dose(3e6, "[iU]", 9e6), "dose_range"),
    ("300-600万单位", "DOSE", _dose(3e6, "[iU]", 6e6), "dose_range"),
    ("500 to 1 million IU", "DOSE", _dose(500, "[iU]", 1e6), "dose_range"),
    ("1, 3 or 10 million IU", "DOSES", [_dose(1e6, "[iU]"), _dose(3e6, "[iU]"), _dose(1e7, "[iU]")], "dose_list"),
    ("10/20/40 mg", "DOSES", [_dose(10, "mg"), _dose(20, "mg"), _dose(40, "mg")], "dose_list"),
    ("1, 3 or 9 ug/kg", "DOSES", [_dose(1, "ug/kg"), _dose(3, "ug/kg"), _dose(9, "ug/kg")], "dose_list"),
    ("5 mg, 10 mg or 20 mg", "DOSES", [_dose(5, "mg"), _dose(10, "mg"), _dose(20, "mg")], "dose_levels"),
    ("1毫克、2毫克", "DOSES", [_dose(1, "mg"), _dose(2, "mg")], "dose_levels"),
    ("2、5毫克", "DOSES", [_dose(2, "mg"), _dose(5, "mg")], "dose_list"),
    ("AUC 5", "DOSE", _dose(5, "mg.min/mL"), "dose_auc"),
    ("AUC = 6 mg/mL/min", "DOSE", _dose(6, "mg.min/mL"), "dose_auc"),
    ("area under the curve (AUC) of 5-6", "DOSE", _dose(5, "mg.min/mL", 6), "dose_auc"),
    ("曲线下面积2", "DOSE", _dose(2, "mg.min/mL"), "dose_auc"),
    ("2 tablets", "DOSE", _dose(2, "{tablet}", is_count=True), "dose_in_pieces"),
    ("1-2 capsules per day", "DOSE", _dose(1, "{capsule}/d", 2, is_count=True), "dose_in_pieces"),
    ("每次4片", "DOSE", _dose(4, "{tablet}", is_count=True), "dose_in_pieces"),
    ("2 × 10^6 cells/kg", "DOSE", _dose(2e6, "{cells}/kg"), "dose_of_cells"),
    ("1-5 x 10^7 viable nucleated cells", "DOSE", _dose(1e7, "{cells}", 5e7), "dose_of_cells"),
    ("2-10 × 10^6 cells", "DOSE", _dose(2e6, "{cells}", 1e7), "dose_of_cells"),
    ("0.2-1 x 10^7 cells/kg", "DOSE", _dose(2e6, "{cells}/kg", 1e7), "dose_of_cells"),
    ("1 x 10^6 CD3+ cells/kg", "DOSE", _dose(1e6, "{cells}/kg"), "dose_of_cells"),
    ("3×10⁶个细胞/kg", "DOSE", _dose(3e6, "{cells}/kg"), "dose_of_cells"),
    (
        "1 x 10^6, 3 x 10^6 and 1 x 10^7 cells/kg",
        "DOSES",
        [_dose(1e6, "{cells}/kg"), _dose(3e6, "{cells}/kg"), _dose(1e7, "{cells}/kg")],
        "doses_of_cells",
    ),
    ("1/3/10 × 10^6 cells", "DOSES", [_dose(1e6, "{cells}"), _dose(3e6, "{cells}"), _dose(1e7, "{cells}")], "doses_of_cells"),
    ("2 × 10^6 CAR-T cells/kg", "DOSE", _dose(2e6, "{cells}/kg"), "dose_of_named_cells"),
    ("1-5 × 10^7 CAR-T cells", "DOSE", _dose(1e7, "{cells}", 5e7), "dose_of_named_cells"),
    ("CAR-T cells 1-5 × 10^7", "DOSE", _dose(1e7, "{cells}", 5e7), "dose_of_cells_after_name"),
    ("CAR-T cells (2 × 10⁶)", "DOSE", _dose(2e6, "{cells}"), "dose_of_cells_after_name"),
    ("0.5-1 x 10^6/kg", "DOSE", _dose(5e5, "{cells}/kg", 1e6), "dose_of_cells_unnamed"),
    ("5 x 10^7 autologous CAR-T cells", "DOSE", _dose(5e7, "{cells}"), "dose_of_named_cells"),
    ("1 x 10^6 to 5 x 10^6/kg", "DOSE", _dose(1e6, "{cells}/kg", 5e6), "dose_of_cells_unnamed"),
    ("5×10⁶/kg", "DOSE", _dose(5e6, "{cells}/kg"), "dose_of_cells_unnamed"),
    ("30 mg to a maximum of 60 mg", "DOSE", _dose(30, "mg", 60), "dose_least_and_most"),
    ("at least 2 × 10^6 cells/kg and up to 8 × 10^6 cells/kg", "DOSE", _dose(2e6, "{cells}/kg", 8e6), "dose_least_and_most"),
    ("in a 3.5% solution", "CONCX", 3.5, "concentration"),
]
LEVELS: list[tuple[str, str, Any, str]] = [
    ("dose level 2: 50 mg", "LEVELNO", (2,), "number_of_level"),
    ("25 mg (DL1)", "LEVELNO", (1,), "number_of_level"),
    ("dose levels 1, 2 and 3", "LEVELNO", (1, 2, 3), "number_of_level"),
    ("dose levels 1-4", "LEVELNO", (1, 2, 3, 4), "number_of_level"),
    ("dose level -1: 10 mg", "LEVELNO", (), "number_of_level"),
    ("剂量组3", "LEVELNO", (3,), "number_of_level"),
]
STRENGTHS: list[tuple[str, str, Any, str]] = [
    ("two 5 mg tablets", "DOSE", _dose(10, "mg", is_count=True), "dose_of_pieces"),
    ("two 100 microgram puffs bid", "DOSE", _dose(200, "ug", is_count=True), "dose_of_pieces"),
    ("2×150 mg胶囊", "DOSE", _dose(300, "mg", is_count=True), "dose_of_pieces"),
    ("1-2 tablets × 5 mg", "DOSE", _dose(5, "mg", 10, is_count=True), "dose_of_pieces"),
    ("20 mg × 3 capsules", "DOSE", _dose(60, "mg", is_count=True), "dose_of_pieces"),
    ("two 5 mg or 10 mg tablets", "STRONG", [_dose(5, "mg", is_strength=True), _dose(10, "mg", is_strength=True)], "strength_of_pieces"),
    ("100 5 mg tablets", "STRONG", [_dose(5, "mg", is_strength=True)], "strength_of_pieces"),
    ("in 2000 mg vials", "STRONG", [_dose(2000, "mg", is_strength=True)], "strength_of_vials"),
    ("每瓶含20mg", "STRONG", [_dose(20, "mg", is_strength=True)], "strength_named"),
    ("the vial contains 25 mg", "STRONG", [_dose(25, "mg", is_strength=True)], "strength_named"),
    ("10 mg strength", "STRONG", [_dose(10, "mg", is_strength=True)], "strength_named"),
    ("supplied as 25 mg or 100 mg", "STRONG", [_dose(25, "mg", is_strength=True), _dose(100, "mg", is_strength=True)], "strength_named"),
    ("规格20mg", "STRONG", [_dose(20, "mg", is_strength=True)], "strength_named"),
]
LIMITS: list[tuple[str, str, Any, str]] = [
    ("1 mg/kg (maximum 100 mg)", "LIMIT", "maximum", "limit_of_dose"),
    ("15 mg/kg (max. single dose: 1 g)", "LIMIT", "max", "limit_of_dose"),
    ("1.4 mg/m2 (2 mg max)", "LIMIT", "2 mg", "limit_of_dose"),
    ("30 mg/m2 (not to exceed 50 mg)", "LIMIT", "not to exceed", "limit_of_dose"),
    ("每公斤5mg（最大300mg）", "LIMIT", "最 大", "limit_of_dose"),
]
RADIATION: list[tuple[str, str, Any, str]] = [
    ("28 fractions of 2 Gy", "COURSE", Course(_dose(56, "Gy"), 28), "fractions_of_dose"),
    ("5 daily fractions of 7 Gy", "COURSE", Course(_dose(35, "Gy"), 5), "fractions_of_dose"),
    ("60 Gy in 30 fractions", "COURSE", Course(_dose(60, "Gy"), 30), "dose_in_fractions"),
    ("40 Gy/15 fr", "COURSE", Course(_dose(40, "Gy"), 15), "dose_in_fractions"),
    ("6 Gy per fraction for 5 fractions", "COURSE", Course(_dose(30, "Gy"), 5), "dose_in_fractions"),
    ("4500 cGy in 25 fractions", "COURSE", Course(_dose(45, "Gy"), 25), "dose_in_fractions"),
    ("50.4Gy/28次", "COURSE", Course(_dose(50.4, "Gy"), 28), "dose_in_times"),
    ("54Gy/27f", "COURSE", Course(_dose(54, "Gy"), 27), "dose_in_times"),
    ("3 x 8 Gy", "COURSE", Course(_dose(24, "Gy"), 3), "fractions_times_dose"),
    ("8 Gy x 3", "COURSE", Course(_dose(24, "Gy"), 3), "fractions_times_dose"),
    ("5Gy×5次", "COURSE", Course(_dose(25, "Gy"), 5), "fractions_times_dose"),
    ("25 fractions", "NFRACT", 25, "fractions"),
    ("30 daily fractions", "NFRACT", 30, "fractions"),
    ("33次分割", "NFRACT", 33, "fractions"),
]
TABLE = [*NUMBERS_AND_UNITS, *DOSES, *LEVELS, *STRENGTHS, *LIMITS, *RADIATION]


@pytest.mark.parametrize(("text", "kind", "value", "rule"), TABLE)
def test_a_rule_reads_an_amount(text: str, kind: str, value: Any, rule: str, made_by: MadeBy) -> None:
    """Each rule of amounts, by name, makes one token of its kind with this value."""
    assert made_by(text, rule) == [(kind, value)]


def test_every_rule_of_amounts_reads_something() -> None:
    """A rule that no text of the table reaches is dead, or untested."""
    rules = {rule.name for stage in STAGES for rule in stage if rule.build.__module__ == doses.__name__}
    assert {rule for *_, rule in TABLE} == rules


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("2 x 106 patients", "lost_power_of_ten"),
        ("2 x 50 mg", "lost_power_of_ten"),
        ("2 x 10·6 cells", "lost_power_of_ten"),
        ("4 mg/kg - 6 mg/kg", "unit_of_inverses"),
        ("4 mg. Kg 60", "unit_of_inverses"),
        ("3 E 7 cells", "scientific"),
        ("10 ⁶ cells", "bare_power_of_ten"),
        ("1 000 patients", "spaced_thousands"),
        ("days 1-28 400 mg", "spaced_thousands"),
        ("1 50 mg", "spaced_thousands"),
        ("500 cells", "dose_of_cells"),
        ("4 × 10^6 cells/mm3", "dose_of_cells"),
        ("40-20 mg", "dose_range"),
        ("2 mg to 4 mL", "dose_range"),
        ("40, 20, 10 mg", "dose_list"),
        ("20 mg or 10 mg", "dose_levels"),
        ("10 mg and 20 mg", "dose_levels"),
        ("1 g, 2 mL", "dose_levels"),
        ("AUC 900", "dose_auc"),
        ("dose level 50 mg", "number_of_level"),
        ("glucose 90 mg/dL 2 hours later", "number_of_level"),
        ("90 tablets", "dose_in_pieces"),
        ("5 mg × 3 mg", "dose_of_pieces"),
        ("150 mg tablets", "strength_of_vials"),
        ("1/3 × 10^6 cells", "doses_of_cells"),
        ("cisplatin 1 × 10^3", "dose_of_cells_after_name"),
        ("aspirin (up to 300 mg)", "limit_of_dose"),
        ("800 mg (maximum dose)", "limit_of_dose"),
        ("2 capsules per month", "dose_in_pieces"),
        ("30 mg to a maximum of 60 mL", "dose_least_and_most"),
        ("60 mg to a maximum of 30 mg", "dose_least_and_most"),
        ("10 mg in 5 fractions", "dose_in_fractions"),
        ("99 fractions", "fractions"),
        ("2 x 40 mg", "fractions_times_dose"),
    ],
)
def test_a_rule_does_not_read_what_is_no_amount_of_its_kind(text: str, rule: str, made_by: MadeBy) -> None:
    """Other units, falling ranges, sums of pieces, measured exposures, numbers that do not touch."""
    assert made_by(text, rule) == []


@pytest.mark.parametrize("text", ["5 mg/mL", "125 mg per 5 mL", "100 mg/vial", "a 40 mg vial", "含 10 mg", "each containing 5 mg"])
def test_what_a_piece_or_a_volume_holds_is_a_strength(text: str) -> None:
    """Such amounts are no doses: they do not say how much is given."""
    found = [dose for token in parsed(text) if token.kind in ("DOSE", "DOSES", "STRONG") for dose in as_list(token.value)]
    assert found
    assert all(dose.is_strength for dose in found)


UNITS = {"mg": "mg", "mg/m2": "mg/m2", "ug/kg": "ug/kg", "g/m2/day": "g/m2/d", "IU": "[iU]", "毫克": "mg", "mmol": "mmol", "GBq": "GBq"}
AMOUNTS = st.one_of(st.integers(1, 10**6), st.decimals(min_value="0.01", max_value=9999, places=2))


@given(AMOUNTS, st.sampled_from(sorted(UNITS)))
def test_any_number_with_a_unit_is_a_dose(amount: Any, unit: str) -> None:
    """The value is the number itself, with or without commas, without the dust of binary arithmetic."""
    for text in (f"{amount} {unit}", f"{amount:,} {unit}", f"{amount}{unit}"):
        (token,) = parsed(text)
        assert (token.kind, token.value) == ("DOSE", _dose(float(amount), UNITS[unit]))


@given(AMOUNTS, AMOUNTS, st.sampled_from(["-", " - ", "–", " to ", "~", "至"]))
def test_a_range_is_read_where_it_rises(one: Any, other: Any, sign: str) -> None:
    """The ends are `low` and `high`; of a falling pair no range is made."""
    ranges = [token.value for token in parsed(f"{one}{sign}{other} mg") if token.rule == "dose_range"]
    assert ranges == ([Dose(float(one), float(other), "mg")] if one <= other else [])


DENOMINATORS = ("", "/m2", "/kg", "/d", "/m2/d", "/kg/d", "/kg/wk", "/kg/h", "/kg/min")


def _units_of(*kinds: str) -> list[tuple[str, str]]:
    """Code and phrase of every unit of these kinds in the file of words."""
    return [
        (row["value"].split(" ")[0], phrase)
        for path in vocabulary_paths("regimen_words.tsv")
        for row in read_rows(path)
        if row["kind"] in kinds
        for phrase in row["words"].split("|")
    ]


def test_every_unit_that_a_dose_can_have_is_ucum() -> None:
    """Each code of the file, alone and with each denominator, and the unit of carboplatin's AUC, is read by a UCUM library."""
    parser = get_ucum_parser()
    codes = {code for code, _ in _units_of("UNIT", "CELLS", "COUNTU")}
    assert len(codes) > 20
    for unit in sorted({f"{code}{denominator}" for code in codes for denominator in DENOMINATORS} | {"mg.min/mL"}):
        parser.parse(unit)


def test_every_phrase_of_a_unit_gives_its_code_with_the_denominators_of_the_text() -> None:
    """No dose leaves with a unit that the test above has not seen."""
    for code, phrase in _units_of("UNIT", "CELLS"):
        for said, denominator in (("", ""), ("/m2", "/m2"), (" per kg", "/kg"), ("/kg/day", "/kg/d"), ("/d", "/d")):
            found = [token.value.unit for token in parsed(f"2 million {phrase}{said}") if token.kind == "DOSE"]
            assert found == [f"{code}{denominator}"], f"{phrase}{said}"
