"""Which registrations are one trial by the ids that they state."""

import itertools

import pytest

from pipelines.link.evidence import Told, title
from pipelines.link.registrations import Join, Registration, joins, own_key, speaks_against, stated_keys
from pipelines.link.statements import Facts
from pipelines.shapes import IdentificationModule, IdInfo, ProtocolSection, Study

NCT, NCT2, ISRCTN, EUDRACT, CTIS = "NCT91000001", "NCT91000002", "ISRCTN51695599", "2014-000001-21", "2023-508143-51"
REGISTERS = {NCT: "ClinicalTrials.gov", NCT2: "ClinicalTrials.gov", ISRCTN: "ISRCTN", EUDRACT: "EudraCT", CTIS: "CTIS"}
KEYS = {trial: f"{register} {trial}" for trial, register in REGISTERS.items()}


def registration(trial: str, *stated: str) -> Registration:
    return Registration(trial, REGISTERS[trial], KEYS[trial], frozenset(KEYS[one] for one in stated))


def linked(*registrations: Registration, against: dict[tuple[str, str], list[str]] | None = None) -> dict[str, str]:
    """Trial → the one that it is joined to; the same in any order."""
    found = [_joins(some, against) for some in itertools.permutations(registrations)]
    assert all(one == found[0] for one in found)
    return {one.trial: one.other for one in found[0] if one.is_link}


def _joins(registrations: tuple[Registration, ...], against: dict[tuple[str, str], list[str]] | None) -> list[Join]:
    said = against or {}
    return joins(registrations, lambda one, other: said.get((one, other), said.get((other, one), [])))


def test_one_that_states_the_id_of_another_is_joined() -> None:
    """The trial is known by its NCT id, whichever side says so."""
    assert linked(registration(ISRCTN, NCT), registration(NCT)) == {ISRCTN: NCT}
    assert linked(registration(ISRCTN), registration(NCT, ISRCTN)) == {ISRCTN: NCT}


def test_two_that_state_the_same_third_are_joined() -> None:
    """Whether or not a record of the third is there."""
    assert linked(registration(ISRCTN, EUDRACT), registration(NCT, EUDRACT)) == {ISRCTN: NCT}
    three = (registration(ISRCTN, EUDRACT), registration(NCT, EUDRACT), registration(EUDRACT))
    assert linked(*three) == {ISRCTN: NCT, EUDRACT: NCT}


def test_an_id_that_two_records_of_a_register_claim_joins_neither() -> None:
    """An extension study states the number of its parent: only the record that the number's own names back is the trial."""
    assert linked(registration(NCT, EUDRACT), registration(NCT2, EUDRACT), registration(EUDRACT)) == {}
    assert linked(registration(NCT, EUDRACT), registration(NCT2, EUDRACT), registration(EUDRACT, NCT2)) == {EUDRACT: NCT2}


def test_two_ids_of_one_register_are_never_one_trial() -> None:
    """Not by a third that states both, nor by way of two others."""
    assert linked(registration(ISRCTN, NCT, NCT2), registration(NCT), registration(NCT2)) == {}
    found = linked(registration(NCT, ISRCTN), registration(ISRCTN, NCT), registration(EUDRACT, ISRCTN, NCT2), registration(NCT2))
    assert len({NCT, NCT2} & {found.get(trial, trial) for trial in (NCT, NCT2)}) == 2


def test_what_contradicts_breaks_a_statement_of_one_side() -> None:
    """It is shown to a person; a statement of both sides holds."""
    against = {(ISRCTN, NCT): ["another phase"]}
    (near,) = _joins((registration(ISRCTN, NCT), registration(NCT)), against)
    assert (near.trial, near.other, near.is_link, near.reasons) == (
        ISRCTN,
        NCT,
        False,
        ["ISRCTN51695599 states ClinicalTrials.gov NCT91000001", "another phase"],
    )
    assert linked(registration(ISRCTN, NCT), registration(NCT, ISRCTN), against=against) == {ISRCTN: NCT}


@pytest.mark.parametrize("is_same", [True, False])
def test_a_person_decides(is_same: bool) -> None:
    found = joins([registration(ISRCTN, NCT), registration(NCT)], lambda *_: ["another phase"], {(ISRCTN, NCT): is_same})
    assert [(one.trial, one.is_link) for one in found] == ([(ISRCTN, True)] if is_same else [])


def test_ids_are_read_whatever_stands_around_them() -> None:
    """Placeholders, sponsors' numbers and the record's own id are no other registration."""
    infos = ["EudraCT number: 2016-004489-24", "NCT01234567", "UKCRN 1234", NCT, "U1111-1183-5556"]
    identification = IdentificationModule(
        nct_id=NCT, org_study_id_info=IdInfo(id="ISRCTN 51695599"), secondary_id_infos=[IdInfo(id=one) for one in infos]
    )
    study = Study(protocol_section=ProtocolSection(identification_module=identification))
    assert stated_keys(study) == ["EudraCT 2016-004489-24", "ISRCTN ISRCTN51695599", "WHO UTN U1111-1183-5556"]


def test_spellings_of_one_id_have_one_key() -> None:
    assert own_key("ChiCTR-IOR-17010085") == own_key("ChiCTR1700010085")
    assert own_key("2023-508143-51-00") == own_key(CTIS)
    assert own_key("x-0123456789abcdef") is None


def told(words: str, **facts: object) -> Told:
    return Told([title(words)], [Facts(**facts)])  # type: ignore[arg-type]


def test_what_speaks_against_two_registrations() -> None:
    """Sponsors and starts are written otherwise in each register; the same title outweighs a number."""
    one = told("Larotinib for cough in adults", phases=frozenset("2"), enrolment=40, start="2020-01", sponsor=frozenset({"a"}))
    assert speaks_against(one, told("Hustenstudie", phases=frozenset("2"), enrolment=44, start="2023-01", sponsor=frozenset({"b"}))) == []
    assert speaks_against(one, told("Hustenstudie", phases=frozenset("3"))) == ["another phase"]
    assert speaks_against(one, told("Larotinib for cough in adults", phases=frozenset("3"))) == []
    sequel = told("Larotinib for cough in adults, part 2 of the extension", phases=frozenset("2"))
    assert speaks_against(told("Larotinib for cough in adults, part 1 of the extension"), sequel) == ["another number in the title"]
