"""Ids of trial registers: shapes, spellings, checks."""

import time
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.text.registry_ids import FoundId, Registry, find_ids, normalise

# One canonical id or more for each register, among them each of a register's forms.
CANONICAL = [
    (Registry.CLINICALTRIALS_GOV, "NCT02481632"),
    (Registry.EUCTR, "2004-000119-24"),
    (Registry.CTIS, "2022-500024-30-00"),
    (Registry.CTIS, "2025-520964-16"),
    (Registry.ISRCTN, "ISRCTN04310587"),
    (Registry.CHICTR, "ChiCTR2200061743"),
    (Registry.CHICTR, "ChiCTR-TRC-13003169"),
    (Registry.CHICTR, "ChiCTR-TTRCC-14004829"),
    (Registry.ITMCTR, "ITMCTR2200006530"),
    (Registry.CDE, "CTR20191745"),
    (Registry.ANZCTR, "ACTRN12605000055606"),
    (Registry.UMIN, "UMIN000041387"),
    (Registry.JRCT, "jRCT2031210573"),
    (Registry.JRCT, "jRCTs052190046"),
    (Registry.JAPIC, "JapicCTI-132195"),
    (Registry.JMACCT, "JMA-IIA00078"),
    (Registry.DRKS, "DRKS00031743"),
    (Registry.CTRI, "CTRI/2021/11/037942"),
    (Registry.CTRI, "CTRI/2009/091/000287"),
    (Registry.NTR, "NTR4269"),
    (Registry.NTR, "NTR854"),
    (Registry.NTR, "NL8152"),
    (Registry.OMON, "NL-OMON36374"),
    (Registry.IRCT, "IRCT20111224008505N47"),
    (Registry.IRCT, "IRCT138706211241N1"),
    (Registry.CRIS, "KCT0008933"),
    (Registry.PACTR, "PACTR202108841661192"),
    (Registry.PACTR, "PACTR2010030001971409"),
    (Registry.REBEC, "RBR-6gdyvz"),
    (Registry.REBEC, "RBR-2b9qf7h"),
    (Registry.REBEC, "RBR-10znr9xn"),
    (Registry.RPCEC, "RPCEC00000446"),
    (Registry.REPEC, "PER-040-07"),
    (Registry.REPEC, "PER-002-99-A"),
    (Registry.SLCTR, "SLCTR/2018/002"),
    (Registry.TCTR, "TCTR20210709003"),
    (Registry.LBCTR, "LBCTR2022074978"),
    (Registry.SNCTP, "SNCTP000002833"),
    (Registry.UTN, "U1111-1131-4384"),
]
# Registers whose prefix is a word or too short to be told from one in small letters.
IN_CAPITALS_ONLY = {Registry.NTR, Registry.REPEC}

WIDE = str.maketrans({chr(narrow): chr(narrow + 0xFEE0) for narrow in (*range(48, 58), *range(65, 91), *range(97, 123))})


def only(text: str) -> str:
    """The id that the text holds, and no other."""
    found = find_ids(text)
    assert len(found) == 1, found
    return found[0].id


def test_every_register_has_an_example() -> None:
    """The list above leaves out no register."""
    assert {registry for registry, _ in CANONICAL} == set(Registry)


@pytest.mark.parametrize(("registry", "id"), CANONICAL)
def test_canonical_spelling_is_read_as_it_is(registry: Registry, id: str) -> None:
    """The spelling that is kept is itself an id, alone and in a sentence."""
    assert find_ids(id) == [FoundId(registry, id, 0, len(id))]
    assert find_ids(f"The trial ({id}), closed early.") == [FoundId(registry, id, 11, 11 + len(id))]


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("NCT 0248 1632", "NCT02481632"),
        ("nct-02481632", "NCT02481632"),
        ("NCT#02481632", "NCT02481632"),
        ("NCT Number: 02481632", "NCT02481632"),
        ("NCTO2481632", "NCT02481632"),
        ("see NCT02481632_1", "NCT02481632"),
        ("EudraCT-No.:2004-000119-24", "2004-000119-24"),
        ("2004-000119 - 24", "2004-000119-24"),
        ("EUCTR2004-000119-24-FR", "2004-000119-24"),
        ("https://register.example/trial/2004-000119-24/DE", "2004-000119-24"),
        ("CTIS2022-500024-30-00", "2022-500024-30-00"),
        ("ISRCTN 04310587", "ISRCTN04310587"),
        ("ISRCTN Register 04310587", "ISRCTN04310587"),
        ("Trial Number (ISRCTN) 04310587", "ISRCTN04310587"),
        ("doi 10.1186/ISRCTN04310587", "ISRCTN04310587"),
        ("ISCRTN04310587", "ISRCTN04310587"),
        ("ChiCTR 2200061743", "ChiCTR2200061743"),
        ("Chi CTR2200061743", "ChiCTR2200061743"),
        ("CHICTR-trc-13003169", "ChiCTR-TRC-13003169"),
        ("ChiCTR-TRC13003169", "ChiCTR-TRC-13003169"),
        ("ChiCTR 13003169", "ChiCTR13003169"),
        ("CTR 20191745", "CTR20191745"),
        ("ACTRN 12605 000055 606", "ACTRN12605000055606"),
        ("ACTRN 1260 5000 0556 06", "ACTRN12605000055606"),
        ("ACTRN012605000055606", "ACTRN12605000055606"),
        ("ACTRN12605000055606p", "ACTRN12605000055606"),
        ("ACTRN12605000055606at that time", "ACTRN12605000055606"),
        ("ANZCTRN 12605000055606", "ACTRN12605000055606"),
        ("Review.aspx?ACTRN=12605000055606", "ACTRN12605000055606"),
        ("JPRN-UMIN000041387", "UMIN000041387"),
        ("UMIN-CTR: 000041387", "UMIN000041387"),
        ("JPRN-C000000079", "UMIN000000079"),
        ("UMIN-CTR C000000079", "UMIN000000079"),
        ("JPRN-jRCTs052190046", "jRCTs052190046"),
        ("JRCT 2031210573", "jRCT2031210573"),
        ("jRCT s052190046", "jRCTs052190046"),
        ("JapicCTI 132195", "JapicCTI-132195"),
        ("DRKS-ID: 00031743", "DRKS00031743"),
        ("DRKS No Number: 00031743", "DRKS00031743"),
        ("DRKS-IDDRKS00031743", "DRKS00031743"),
        ("CTRI 2021/11/037942", "CTRI/2021/11/037942"),
        ("CTRI/2021/3/037942", "CTRI/2021/03/037942"),
        ("NTR-2051", "NTR2051"),
        ("NTR number 1867", "NTR1867"),
        ("IRCT20111224008505 N47", "IRCT20111224008505N47"),
        ("KCT 0008933", "KCT0008933"),
        ("PACTR 202108841661192", "PACTR202108841661192"),
        ("RBR-6GDYVZ", "RBR-6gdyvz"),
        ("rg/rbr-6gdyvz/", "RBR-6gdyvz"),
        ("SLCTR-2018-002", "SLCTR/2018/002"),
        ("UTN: U111111314384", "U1111-1131-4384"),
    ],
)
def test_spellings_of_real_texts_are_one_id(text: str, id: str) -> None:
    """Labels, gaps, slips of the key and prefixes of other people's databases."""
    assert only(text) == id


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("注册号NCT02481632，另见ChiCTR2200061743。", ["NCT02481632", "ChiCTR2200061743"]),
        ("ＮＣＴ０２４８１６３２", ["NCT02481632"]),
        ("NCT编号：02481632", ["NCT02481632"]),
        ("登记号CTR20191745已公示", ["CTR20191745"]),
        ("NCT02481632NCT02481633", ["NCT02481632", "NCT02481633"]),
        ("NL4187/NTR4337", ["NL4187", "NTR4337"]),
        ("NTR854 NTR4269", ["NTR854", "NTR4269"]),
        ("NL8152 NL8152 NL-OMON36374", ["NL8152", "NL8152", "NL-OMON36374"]),
        ("IMPACTNCT02481632", ["NCT02481632"]),
        ("NCT–02481632 and 2004‑000119‑24", ["NCT02481632", "2004-000119-24"]),
        ("ISRCTN Registry: ISRCTN04310587", ["ISRCTN04310587"]),
        ("ISRCTN00000000 or rather ISRCTN04310587", ["ISRCTN04310587"]),
    ],
)
def test_ids_touch_other_words(text: str, ids: list[str]) -> None:
    """What stands around an id is not needed to see it."""
    assert [one.id for one in find_ids(text)] == ids


@pytest.mark.parametrize(
    "text",
    [
        # placeholders and numbers that were never given
        "NCT00000000",
        "NCT00000101",
        "NCT01234567",
        "NCT12345678",
        "NCTXXXXXXXX",
        "ISRCTN00000000",
        "ISRCTN99999999",
        "ISRCTN12345678",
        "U1111-1111-1111",
        "ChiCTR2200000000",
        "DRKS00000000",
        # too short, too long
        "NCT0248163",
        "NCT024816321",
        "NCT0061850 3 patients",
        "ISRCTN1150",
        "2007-00835-24",
        "IRCT20111224008505N",
        "UMIN0000413871",
        # years, months and days that no register has
        "ChiCTR5500061743",
        "CTR19991745",
        "CTRI/2021/13/037942",
        "CTRI/1921/11/037942",
        "IRCT20111324008505N1",
        "PACTR199908841661192",
        "PACTR202113841661192",
        "SLCTR/1999/002",
        "TCTR25210709003",
        "LBCTR2022994978",
        "PER-040-60",
        # check digits
        "EudraCT 2004-000119-25",
        "2014-001234-56",
        "2022-500024-31-00",
        "ACTRN12605000055607",
        "ACTRN12605000055616",
        # what looks alike
        "ONCT-808",
        "CNCT19 following transplant",
        "NTR-441 solution",
        "registered in the NTR 2012",
        "NL73529.041.20",
        "NL 68837.091.21",
        "NL1081 HV Amsterdam",
        "NL3000CA",
        "NL-009626",
        "NL007",
        "per 100-12 mg",
        "PD-L1 and NTRK1/2/3",
        "SPECTR20191745",
        "FUI/CTR/2022/5",
        "CTR 2014-2019",
        "albumin 000041387",
        "RBR-abcdef",
        "PubMed 26834241, accessed 2020-05-10",
        "ChiCTR dated 12012018",
        "EUDRACT-58585610",
        "CRD42011001329",
        "ADDITIONAL 2019-000001-1",
    ],
)
def test_no_ids(text: str) -> None:
    """Placeholders, numbers that fail a check, numbers of other things."""
    assert find_ids(text) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2022-500024-30-00", "2022-500024-30-01"),
        ("2022-500024-30", "2022-500024-30-00"),
        ("ChiCTR-IOR-17010085", "ChiCTR17010085"),
        ("ChiCTR-INR-17010085", "ChiCTR1700010085"),
    ],
)
def test_ids_of_one_registration_share_a_key(one: str, other: str) -> None:
    """Resubmissions and study types do not make another trial."""
    first, second = find_ids(f"{one}; {other}")
    assert first.key == second.key
    assert first.id != second.id


def test_keys_of_different_trials_differ() -> None:
    """What tells two trials apart is in the key."""
    keys = [
        one.key for one in find_ids("ChiCTR-TRC-13003169 ChiCTR-TRC-14003169 ChiCTR2200061743 ChiCTR2200061744 2025-520964-16 NCT02481632")
    ]
    assert len(set(keys)) == 6


@pytest.mark.parametrize(
    ("field", "id"),
    [
        (" NCT02481632 ", "NCT02481632"),
        ("ClinicalTrials.gov: NCT02481632 (phase 2)", "NCT02481632"),
        ("EUCTR2004-000119-24-FR;EUCTR2004-000119-24-DE", "2004-000119-24"),
        ("U1111-1131-4384; NCT02481632", "NCT02481632"),
        ("U1111-1131-4384", "U1111-1131-4384"),
        ("NL854", "NL854"),
        (" 12605000055606", "ACTRN12605000055606"),
        ("12605000055607", None),
        ("NCT02481632, NCT02481633", None),
        ("not yet registered", None),
        ("", None),
    ],
)
def test_a_field_holds_one_id(field: str, id: str | None) -> None:
    """Copies of one registration are one; several registrations are none."""
    found = normalise(field)
    assert (found.id if found else None) == id
    assert found is None or field[found.start : found.end].strip() == field[found.start : found.end]


def test_bare_digits_are_an_id_in_a_field_only() -> None:
    """Running text holds numbers of many kinds."""
    assert find_ids("file 12605000055606 and NL854") == []


def test_the_universal_trial_number_is_no_registration() -> None:
    """Nor does the WHO's portal name a register for it."""
    assert [registry for registry in Registry if not registry.is_registration] == [Registry.UTN]
    assert Registry.UTN.ictrp_name is None
    assert Registry.JRCT.ictrp_name == "JPRN"
    assert Registry.CHICTR.ictrp_name == "ChiCTR"


@given(st.sampled_from(CANONICAL), st.data())
def test_spelling_does_not_change_the_id(example: tuple[Registry, str], data: st.DataObject) -> None:
    """Case, width, dashes, a gap behind the prefix and neighbours make no other id, and the span shows it."""
    registry, canonical = example
    written = canonical
    if registry not in IN_CAPITALS_ONLY:
        written = data.draw(st.sampled_from([written, written.lower(), written.upper(), written.title()]))
        prefix = len(written) - len(written.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))
        if prefix and written[prefix].isdigit() and registry not in {Registry.UTN, Registry.JRCT}:
            written = written[:prefix] + data.draw(st.sampled_from(["", " ", "-", "\u00a0", "–"])) + written[prefix:]
    written = written.replace("-", data.draw(st.sampled_from(["-", "‐", "‑", "–", "－"])))
    if data.draw(st.booleans()):
        written = written.translate(WIDE)
    before = data.draw(st.sampled_from(["", "(", "编号", "trial ", "see:", "\n", "no. ", "é", "，" * 100, "word " * 50]))
    after = data.draw(st.sampled_from(["", ")", "。", " was", "\n", "; 5", "，共20例", " word" * 50]))
    assert find_ids(before + written + after) == [FoundId(registry, canonical, len(before), len(before) + len(written))]


@given(
    st.lists(st.sampled_from(CANONICAL), max_size=6), st.lists(st.sampled_from([" ", "; ", "，", "\n", " and ", "|", '", "']), min_size=6)
)
def test_all_ids_of_a_list_are_found_in_order(examples: list[tuple[Registry, str]], joints: list[str]) -> None:
    """One id does not hide the next."""
    text = "".join(canonical + joint for (_, canonical), joint in zip(examples, joints, strict=False))
    assert [(one.registry, one.id) for one in find_ids(text)] == examples


@given(st.text() | st.text(alphabet="NCTISRHAPUMjKLEDBG0123456789 -/–？１Ｎ."))
def test_any_text_can_be_searched(text: str) -> None:
    """Nothing raises; spans lie in the text, ascend, and show what reads as the same id again."""
    end = 0
    for one in find_ids(text):
        assert end <= one.start < one.end <= len(text)
        end = one.end
        assert only(text[one.start : one.end]) == one.id
        assert only(one.id) == one.id
    normalise(text)


_FRAGMENTS = [
    "NCT",
    "0248",
    "1632",
    "02481632",
    "ISRCTN",
    "ChiCTR",
    "-TRC-",
    "13003169",
    "2004-",
    "000119",
    "-24",
    "CTR",
    "2019",
    "1745",
    "NL",
    "NTR",
]
_FRAGMENTS += [
    "ACTRN",
    "126",
    "05000055606",
    "U1111",
    "-1131",
    "-4384",
    "UMIN",
    "JPRN-",
    "000041387",
    "RBR-",
    "6gdyvz",
    "PER-",
    "040-07",
    " ",
    "/",
    "。",
    "No. ",
]


@given(st.lists(st.sampled_from(_FRAGMENTS), max_size=14))
def test_pieces_of_ids_make_no_id_that_is_not_shown(pieces: list[str]) -> None:
    """Whatever pieces come together, an id consists of the digits and letters of its span, in their order."""
    text = "".join(pieces)
    for one in find_ids(text):
        digits = [character for character in text[one.start : one.end] if character.isdigit()]
        assert [character for character in one.id if character.isdigit()] == digits[-len([c for c in one.id if c.isdigit()]) :]
        assert only(text[one.start : one.end]) == one.id


@given(st.integers(2004, 2035), st.integers(1, 99_999), st.integers(10, 99))
def test_only_the_right_check_digits_make_a_eudract_number(year: int, number: int, check: int) -> None:
    """Of the ninety pairs of check digits one is right: the head of the CRC-32 of the digits before them."""
    digits = f"{year}{number:06}"
    right = str(crc32(digits.encode()))[:2]
    assert bool(find_ids(f"{digits[:4]}-{digits[4:]}-{check}")) == (str(check) == right)
    assert only(f"{digits[:4]}-{digits[4:]}-{right}") == f"{digits[:4]}-{digits[4:]}-{right}"


@given(st.integers(0, 13), st.integers(1, 9))
def test_no_digit_of_an_actrn_can_be_another(position: int, more: int) -> None:
    """The check digits of the register notice every single wrong digit."""
    digits = "12605000055606"
    wrong = digits[:position] + str((int(digits[position]) + more) % 10) + digits[position + 1 :]
    assert find_ids(f"ACTRN{wrong}") == []


@pytest.mark.parametrize(
    "piece",
    ["1", "NTR ", "RBR-", "NCT00000000", "2014-001234-", "CHICTR-ABC-1234 ", "ISRCTN00000000 ", "NCT ID No: 12345 ", "JPRN-UMIN-", "１"],
)
def test_hostile_texts_take_linear_time(piece: str) -> None:
    """200,000 characters that nearly are ids take seconds at the very most; with a quadratic search they would take hours."""
    started = time.process_time()
    assert find_ids(piece * (200_000 // len(piece))) == []
    assert time.process_time() - started < 20
