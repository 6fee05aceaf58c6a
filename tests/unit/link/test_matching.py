"""Which registered trial a document without a registry id speaks of."""

from collections.abc import Sequence

import polars as pl
import pytest

from pipelines.link.evidence import Told, are_others, contradictions, title, word_weights
from pipelines.link.matching import Match, asked_for, best_of_pairs, candidates, decide, each_once, known
from pipelines.link.statements import CONDITION, INTERVENTION, KINDS, SENTENCE, TITLE, TITLE_PART, Facts

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
    found = candidates(frame("document", {"d": document}), known(frame("trial", {**trials, **strangers}), len(trials) + N_STRANGERS))
    told = {
        trial: Told([title((names or {}).get(trial, name))], [(of_trials or {}).get(trial, Facts())]) for trial in (*trials, *strangers)
    }
    return decide(found.iter_rows(named=True), Told([title(name)], [facts or Facts()]), told, word_weights({}, N_STRANGERS))


def link(found: Sequence[Match]) -> str | None:
    """The trial that is linked; never more than one."""
    linked = [one.trial for one in found if one.is_link]
    assert len(linked) <= 1
    return linked[0] if linked else None


SAME: Said = [(TITLE, 5), (CONDITION, 1), (INTERVENTION, 6), (SENTENCE, 7), (SENTENCE, 8)]


def test_the_same_words_are_the_same_trial() -> None:
    """A link has half of the score at least."""
    found = matches(SAME, {"A": SAME, "B": [(INTERVENTION, 6)]}, names={"B": "Injections Against Ragweed Before the Season"})
    assert link(found) == "A"
    assert 0.5 <= found[0].score <= 1.0
    assert found[1].score < 0.5


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
        (Facts(numbers=frozenset({1})), Facts(numbers=frozenset({2})), "another study number"),
        (Facts(acronym=1), Facts(acronym=2), "another acronym"),
        (Facts(posted="2012-04-02"), Facts(posted="2013-04-02"), "registered at another time"),
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
        (Facts(posted="2012-04-02"), Facts(posted="2012-04-20"), []),
        (Facts(numbers=frozenset({1, 2})), Facts(numbers=frozenset({2, 3})), []),
        (Facts(), Facts(phases=frozenset("2"), enrolment=3, start="2020-01", acronym=4, study_type="interventional"), []),
    ],
)
def test_what_may_change_between_versions_is_no_contradiction(one: Facts, other: Facts, expected: list[str]) -> None:
    """Nor is what only one of the two states."""
    assert contradictions(one, other) == contradictions(other, one) == expected


NAME = "Tablets for Birch Pollen Allergy in School Children"


@pytest.mark.parametrize(
    ("own", "of_trial", "reason"),
    [
        (f"{NAME}, Part I", f"{NAME}, Part II", "another number in the title"),
        (NAME, f"{NAME} 2", "another number in the title"),
        (f"Study 301: {NAME}", f"Study 302: {NAME}", "another number in the title"),
        (f"An Extension of {NAME}", NAME, "only one title says extension"),
        (NAME, f"Long-Term Follow-up of {NAME}", "only one title says follow-up, long-term"),
        (f"{NAME} in Japan", NAME, "only one title says Japan"),
        (f"{NAME}: a Rollover Study", NAME, "only one title says rollover"),
    ],
)
def test_a_study_that_is_named_after_another_is_another_trial(own: str, of_trial: str, reason: str) -> None:
    """Its title differs in a word, and treatments and people are the same."""
    words: Said = [(INTERVENTION, 6), *((SENTENCE, n) for n in range(20, 24))]
    found = matches(words, {"A": words}, name=own, names={"A": of_trial})
    assert link(found) is None
    assert reason in found[0].reasons


@pytest.mark.parametrize(
    ("own", "of_trial"),
    [
        (f"Phase I/II Study of {NAME}", NAME),
        (f"CTRC#269: {NAME}", NAME),
        (f"{NAME} in Japan", f"{NAME} in Japanese"),
        (f"{NAME}, a Pilot Study in Japan", f"Pilot: {NAME} (Japan)"),
    ],
)
def test_a_phase_or_a_number_of_the_centre_in_a_title_makes_no_other_trial(own: str, of_trial: str) -> None:
    """Titles are put so and otherwise from one version of a record to the next."""
    words: Said = [(INTERVENTION, 6), *((SENTENCE, n) for n in range(20, 24))]
    assert link(matches(words, {"A": words}, name=own, names={"A": of_trial})) == "A"


def test_the_same_title_alone_is_not_the_same_trial() -> None:
    """Many are called "Chemotherapy in Older Adults"; with the same treatments it is one."""
    only_title: Said = [(TITLE, 5)]
    assert link(matches(only_title, {"A": [*only_title, (INTERVENTION, 9)]})) is None
    with_treatment: Said = [*only_title, (INTERVENTION, 9), (INTERVENTION, 10)]
    assert link(matches(with_treatment, {"A": with_treatment})) == "A"


def test_a_trial_that_was_withdrawn_and_registered_again_is_another() -> None:
    """The words are the same to the letter; the day of registration is not, nor the number of the study."""
    words: Said = [(TITLE, 5), (INTERVENTION, 6), *((SENTENCE, n) for n in range(20, 30))]
    old, new = Facts(posted="2014-02-03", start="2014-03"), Facts(posted="2014-11-20", start="2015-01")
    found = matches(words, {"A": words}, facts=new, of_trials={"A": old})
    assert link(found) is None
    assert "registered at another time" in found[0].reasons
    assert link(matches(words, {"A": words}, facts=new, of_trials={"A": new})) == "A"


def test_another_drug_under_the_same_title_is_another_trial() -> None:
    """One that only these trials bear is not enough against it."""
    shared: Said = [(TITLE, 5), (CONDITION, 2), (TITLE_PART, 3), (TITLE_PART, 4)]
    own, other = Facts(treatments=frozenset({"cetirizine"})), Facts(treatments=frozenset({"loratadine"}))
    found = matches([*shared, (INTERVENTION, 6)], {"A": [*shared, (INTERVENTION, 7)]}, facts=own, of_trials={"A": other})
    assert link(found) is None
    assert "other treatments" in found[0].reasons


def test_an_article_that_names_no_treatment_of_a_record_is_of_another_trial() -> None:
    """Its opening has the words of its disease, as those of many records."""
    opening = Facts(treatments=frozenset({"erlotinib", "brain", "metastases"}))
    assert are_others(opening, Facts(treatments=frozenset({"temozolomide"})), "treatments")
    assert not are_others(opening, Facts(treatments=frozenset({"erlotinib", "tarceva"})), "treatments")
    assert not are_others(opening, Facts(), "treatments")


def test_a_sponsor_may_change_its_name() -> None:
    """From one version of a record to the next; it speaks against the link, not more."""
    own, other = Facts(sponsor=frozenset({"graz", "clinic"})), Facts(sponsor=frozenset({"alpine", "cancer", "network"}))
    found = matches(SAME, {"A": SAME}, facts=own, of_trials={"A": other})
    assert link(found) == "A"
    assert "another sponsor" in found[0].reasons
    half = Facts(sponsor=frozenset({"graz", "university", "clinic"}))
    assert "another sponsor" not in matches(SAME, {"A": SAME}, facts=own, of_trials={"A": half})[0].reasons


def test_a_list_of_trials_has_each_of_them_once() -> None:
    """Of two rows of one file that come as close to a trial none is linked; one that comes closer is."""
    rows = [Match("d1", "A", 9.0, 0.75, is_link=True, reasons=[]), Match("d2", "A", 8.5, 0.7, is_link=True, reasons=[])]
    files = {"d1": "export.csv", "d2": "export.csv"}
    assert [one.is_link for one in each_once(rows, files)] == [False, False]
    assert [one.is_link for one in each_once([rows[0], rows[1]._replace(points=6.0)], files)] == [True, False]
    assert [one.is_link for one in each_once(rows, {"d1": "export.csv", "d2": "other.csv"})] == [True, True]
    assert [one.is_link for one in each_once(rows, {})] == [True, True]


def test_a_trial_with_a_record_of_its_own_in_the_file_is_another() -> None:
    """An export has a row with its id."""
    row = {"document": "d", "trial": "A", "score": 1.0, "n_unique": 6, "n_turns": 3, "treatments": 1.0, "conditions": 1.0}
    row |= {"treatment_weight": 9.0}
    told = Told([title(NAME)], [Facts()])
    (found,) = decide([{**row, "is_listed": True}], told, {"A": told}, word_weights({}, 9))
    assert not found.is_link
    assert "its own record is in the same file" in found.reasons
    assert decide([{**row, "is_listed": None}], told, {"A": told}, word_weights({}, 9))[0].is_link


def test_only_what_is_asked_for_is_looked_at() -> None:
    """But all treatments and conditions, of which the whole counts."""
    said = frame("trial", {"A": [(SENTENCE, 1), (SENTENCE, 2), (INTERVENTION, 3), (CONDITION, 4)]})
    keys = frame("trial", {"d": [(SENTENCE, 2), (INTERVENTION, 9)]}).select("kind", "key")
    assert sorted(asked_for(said, keys)["key"]) == [2, 3, 4]


def test_shared_treatment_and_condition_are_not_enough() -> None:
    """Where the titles tell of different things."""
    shared: Said = [(CONDITION, 2), (INTERVENTION, 6), (INTERVENTION, 9)]
    assert link(matches(shared, {"A": shared}, names={"A": "Injections Against Ragweed Before the Season"})) is None


def test_a_document_is_linked_to_one_trial_whatever_the_order() -> None:
    """The rows of the candidates come in any order."""
    trials: dict[str, Said] = {"B": SAME[:3], "A": SAME, "C": SAME[2:4]}
    names = {"B": "Drops for Birch Pollen Allergy", "C": "Tablets in the Spring"}
    turned = dict(reversed(trials.items()))
    assert link(matches(SAME, trials, names=names)) == link(matches(SAME[::-1], turned, names=names)) == "A"


def test_a_document_without_a_title_needs_words_of_its_own() -> None:
    """Four sentences that no other trial has are enough where no other trial comes near."""
    own: Said = [(SENTENCE, 7), (SENTENCE, 8), (SENTENCE, 9), (SENTENCE, 11)]
    trials: dict[str, Said] = {"A": [*own, (SENTENCE, 12)], "B": [(SENTENCE, 90)]}
    strangers = {f"S{n}": [(SENTENCE, 10_000 + n)] for n in range(9)}
    found = candidates(frame("document", {"d": own}), known(frame("trial", {**trials, **strangers}), 11))
    told = {trial: Told([title("Birch")], [Facts()]) for trial in (*trials, *strangers)}
    assert link(decide(found.iter_rows(named=True), Told([], [Facts()]), told, word_weights({}, 11))) == "A"


def test_a_pair_that_several_methods_found_is_one_match() -> None:
    """A link counts rather than a likelier near miss; pairs keep the order in which they were found first."""
    near = Match("d1", "A", 9.0, 0.9, is_link=False, reasons=["by title"])
    link = Match("d1", "A", 6.0, 0.6, is_link=True, reasons=["by topic"], method="acronym_and_intervention")
    other = Match("d1", "B", 3.0, 0.3, is_link=False, reasons=[])
    likelier = Match("d1", "B", 4.0, 0.4, is_link=False, reasons=[])
    assert best_of_pairs([near, other, link, likelier]) == [link, likelier]
