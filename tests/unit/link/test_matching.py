"""Which registered trial a document without a registry id speaks of."""

from collections.abc import Sequence

import polars as pl
import pytest

from pipelines.link.matching import Match, Told, candidates, contradictions, decide, title
from pipelines.link.statements import CONDITION, INTERVENTION, KINDS, SENTENCE, TITLE, Facts

Said = Sequence[tuple[str, int]]
N_STRANGERS = 60
"""Trials that make a common statement and none of the others."""


def frame(name: str, said: dict[str, Said]) -> pl.DataFrame:
    rows = [(who, KINDS.index(kind), key) for who, some in said.items() for kind, key in some]
    return pl.DataFrame(rows, schema={name: pl.String, "kind": pl.UInt8, "key": pl.Int64}, orient="row")


def matches(
    document: Said,
    trials: dict[str, Said],
    *,
    name: str = "Tablets for Birch Pollen Allergy in School Children",
    facts: Facts | None = None,
    names: dict[str, str] | None = None,
    of_trials: dict[str, Facts] | None = None,
) -> list[Match]:
    """Candidates of one document among the trials and many strangers; titles are the same unless told."""
    strangers = {f"S{n}": [(CONDITION, 1), (SENTENCE, 10_000 + n)] for n in range(N_STRANGERS)}
    found = candidates(frame("document", {"d": document}), frame("trial", {**trials, **strangers}))
    told = {
        trial: Told([title((names or {}).get(trial, name))], [(of_trials or {}).get(trial, Facts())]) for trial in (*trials, *strangers)
    }
    return decide(found.iter_rows(named=True), Told([title(name)], [facts or Facts()]), told)


def link(found: Sequence[Match]) -> str | None:
    """The trial that is linked; never more than one."""
    linked = [one.trial for one in found if one.is_link]
    assert len(linked) <= 1
    return linked[0] if linked else None


SAME: Said = [(TITLE, 5), (CONDITION, 1), (INTERVENTION, 6), (SENTENCE, 7), (SENTENCE, 8)]


def test_the_same_words_are_the_same_trial() -> None:
    """The score is the part of what the document says that the trial says too."""
    found = matches(SAME, {"A": SAME, "B": [(INTERVENTION, 6)]})
    assert link(found) == "A"
    assert found[0].score == pytest.approx(1.0)


def test_what_stands_in_most_records_leads_nowhere() -> None:
    """A condition that sixty trials have is no trace; no stranger is even weighed."""
    assert matches([(CONDITION, 1), (SENTENCE, 3)], {"A": [(SENTENCE, 4)]}) == []


def test_two_trials_that_come_as_close_give_no_link() -> None:
    """Two records with the same words: a person must say which."""
    found = matches(SAME, {"A": SAME, "B": SAME})
    assert link(found) is None
    assert "another trial comes as close" in found[0].reasons


@pytest.mark.parametrize(
    ("own", "of_trial", "reason"),
    [
        (Facts(phases=frozenset("2")), Facts(phases=frozenset("3")), "another phase"),
        (Facts(enrolment=40), Facts(enrolment=400), "another enrolment by far"),
        (Facts(start="2015-03"), Facts(start="2018-03"), "another start by far"),
        (Facts(sponsor=1), Facts(sponsor=2), "another sponsor"),
        (Facts(study_type="interventional"), Facts(study_type="observational"), "another study type"),
    ],
)
def test_what_a_trial_has_once_breaks_a_link(own: Facts, of_trial: Facts, reason: str) -> None:
    """The same title is not the same trial; the near miss says why."""
    found = matches(SAME, {"A": SAME}, facts=own, of_trials={"A": of_trial})
    assert link(found) is None
    assert reason in found[0].reasons


def test_a_start_may_move_where_all_else_is_the_same() -> None:
    """A trial is put off from one version of its record to the next."""
    sentences: Said = [(TITLE, 5), *((SENTENCE, n) for n in range(20, 30))]
    found = matches(sentences, {"A": sentences}, facts=Facts(start="2019-01"), of_trials={"A": Facts(start="2021-06")})
    assert link(found) == "A"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (Facts(enrolment=100), Facts(enrolment=180), []),
        (Facts(start="2020-01"), Facts(start="2020-09"), []),
        (Facts(phases=frozenset("12")), Facts(phases=frozenset("2")), []),
        (Facts(), Facts(phases=frozenset("2"), enrolment=3, start="2020-01", sponsor=4, study_type="interventional"), []),
    ],
)
def test_what_may_change_between_versions_is_no_contradiction(one: Facts, other: Facts, expected: list[str]) -> None:
    """Nor is what only one of the two states."""
    assert contradictions(one, other) == contradictions(other, one) == expected


def test_the_second_part_of_a_study_is_another_trial() -> None:
    """Its title differs in a number, and most of its words are the same."""
    words: Said = [(INTERVENTION, 6), *((SENTENCE, n) for n in range(20, 30))]
    name = "Tablets for Birch Pollen Allergy in School Children, Part {}"
    found = matches(words, {"A": words}, name=name.format("I"), names={"A": name.format("II")})
    assert link(found) is None
    assert "another number in the title" in found[0].reasons


def test_shared_treatment_and_condition_are_not_enough() -> None:
    """Where the titles tell of different things."""
    shared: Said = [(CONDITION, 2), (INTERVENTION, 6), (INTERVENTION, 9)]
    assert link(matches(shared, {"A": shared}, names={"A": "Injections Against Ragweed Before the Season"})) is None


def test_a_document_is_linked_to_one_trial_whatever_the_order() -> None:
    """The rows of the candidates come in any order."""
    trials: dict[str, Said] = {"B": SAME[:3], "A": SAME, "C": SAME[2:4]}
    assert link(matches(SAME, trials)) == link(matches(SAME[::-1], dict(reversed(trials.items())))) == "A"


def test_a_document_without_a_title_needs_words_of_its_own() -> None:
    """Two sentences that no other trial has are enough where no other trial comes near."""
    own: Said = [(SENTENCE, 7), (SENTENCE, 8), (SENTENCE, 9), (SENTENCE, 11)]
    trials: dict[str, Said] = {"A": [*SAME, (SENTENCE, 12)], "B": [(SENTENCE, 90)]}
    found = candidates(frame("document", {"d": own}), frame("trial", {**trials, **{f"S{n}": [(SENTENCE, 10_000 + n)] for n in range(9)}}))
    told = {trial: Told([title("Birch")], [Facts()]) for trial in (*trials, *(f"S{n}" for n in range(9)))}
    assert link(decide(found.iter_rows(named=True), Told([], [Facts()]), told)) == "A"
