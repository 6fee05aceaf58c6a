"""What sentences of English reports say was measured, in whom."""

import pytest

from pipelines.extract.report_passages import reported
from pipelines.grammar.reported import Value
from pipelines.sources import article


def figure(value: Value) -> float | None:
    """The percentage, the time or else the count of a value."""
    if value.percent is not None:
        return value.percent
    return value.time.number if value.time is not None else value.count.n if value.count is not None else None


def told(text: str) -> list[tuple[str | None, float | None, str | None]]:
    """Concept, figure and group of every outcome that a text reports."""
    (record,) = article.read(text.encode())
    assert record.article is not None
    found = [one.finding for one in reported(record.article).found]
    return [
        (one.subject.outcome.concept, figure(one.value), one.group)
        for one in found
        if one.subject.outcome is not None and one.value.estimate is None
    ]


_RANDOMISED = "Results: Patients were randomly assigned to placebo (n=40) or sorafenib (n=41). "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "Results: Median PFS was 2.8 (95% CI, 1.9-4.0) months overall and 3.1 (95% CI, 2.0-4.4) in carriers.",
            [("PFS", 2.8, None), ("PFS", 3.1, None)],
            id="unit behind the interval, and said once",
        ),
        pytest.param(
            "Results: Median OS was 9.4, 15.2, and 22.0 months in the untreated, low-dose, and high-dose groups, respectively.",
            [("OS", 9.4, "untreated"), ("OS", 15.2, "low-dose"), ("OS", 22.0, "high-dose groups")],
            id="a list of three with their groups after them",
        ),
        pytest.param(
            "Results: Median TTP was longer in arm C (9.2 months) than in arms A (7.9 months) and B (5.1 months).",
            [("TTP", 9.2, "arm C"), ("TTP", 7.9, "A"), ("TTP", 5.1, "B")],
            id="arms by letter, their values in brackets",
        ),
        pytest.param(
            "Results: In group A the response rate was 26.3% (5 CR, 16 PR), whereas in group B with 81 patients, the response "
            "rate was 33.3%.",
            [("CR_RATE", 5, "group A"), (None, 16, "group A"), ("ORR", 26.3, "group A"), ("ORR", 33.3, "group B")],
            id="a group before its value, another after it that begins the next statement",
        ),
        pytest.param(
            "Results: A 51% response rate was seen in arm A, and a 33% response rate was seen in arm B.",
            [("ORR", 51, "arm A"), ("ORR", 33, "arm B")],
            id="a group after the outcome of a value before it",
        ),
        pytest.param(
            _RANDOMISED + "Compared with placebo, sorafenib prolonged OS (9.5 vs 7.5 months).",
            [("OS", 9.5, "sorafenib"), ("OS", 7.5, "placebo")],
            id="the comparator named first",
        ),
        pytest.param(
            _RANDOMISED + "Survival was better with sorafenib (OS, 7.5 months in the placebo group v 9.5 months in the sorafenib group).",
            [("OS", 7.5, "placebo group"), ("OS", 9.5, "sorafenib group")],
            id="a group beside a value before one named earlier",
        ),
        pytest.param(
            "Results: Response rates in the 30 mg arm were higher than in the 15-mg arm (38% versus 29%).",
            [("ORR", 38, "30 mg arm"), ("ORR", 29, "15-mg arm")],
            id="arms named by dose",
        ),
        pytest.param(
            "Results: Survival rates from complete remission were 41% and 35%.",
            [("OS", 41, None), ("OS", 35, None)],
            id="an outcome as origin",
        ),
        pytest.param(
            "Results: Median follow-up was 14 months in all.The ORR was 31%.", [("ORR", 31, None)], id="no space after a sentence"
        ),
        pytest.param(
            "Results: Overall and complete response rates were 61% and 18%, respectively.",
            [("ORR", 61, None), ("CR_RATE", 18, None)],
            id="two outcomes with one noun",
        ),
        pytest.param(
            "Results: In arm A, the response rate was 26% (two CRs, 11 PRs; 95% CI, 15% to 40%). Arm B was closed.",
            [("CR_RATE", 2, "arm A"), (None, 11, "arm A"), ("ORR", 26, "arm A")],
            id="responses counted in brackets",
        ),
        pytest.param(
            "Results: Of 31 evaluable patients, 12 (39%) had a confirmed PR and 9 (29%) had SD.",
            [(None, 39, None), (None, 29, None)],
            id="short forms",
        ),
        pytest.param("Results: No objective responses were seen among 19 patients.", [("ORR", 0, None)], id="none"),
        pytest.param("Results: At 70% of the expected events, PFS was analysed in patients.", [], id="when it was analysed"),
        pytest.param("Results: PFS was analysed in carriers, who represented 82% of patients.", [], id="a share"),
        pytest.param("Results: The ORR was not judged with PD-L1 of 50% or greater.", [], id="a limit"),
        pytest.param(
            "DFS in women older than 65 years: results of a 6-year follow-up.", [], id="an age, and how long patients were watched"
        ),
        pytest.param(
            "Results: 21% (6/29) of patients had resistance (2 amplifications, 1 KRAS mutation, and 3 others).", [], id="what brackets list"
        ),
        pytest.param("Results: Carriers (11% of the trial population) had a longer PFS.", [], id="a share in brackets"),
        pytest.param(
            _RANDOMISED + "PFS was 8 months for women who received sorafenib and aspirin and 5 months for women who received placebo.",
            [("PFS", 8, "sorafenib and aspirin"), ("PFS", 5, "placebo")],
            id="a group of two drugs",
        ),
        pytest.param(
            "Results: The clinical and pathological complete response rates were 31% and 22%, respectively.",
            [("CCR", 31, None), ("PCR", 22, None)],
            id="two kinds of complete response",
        ),
        pytest.param("Results: With 120 deaths, the median OS was 9 months.", [("OS", 9, None)], id="deaths before the analysis"),
        pytest.param("Results: After a minimum follow-up of 30 months, all were alive.", [], id="the shortest follow-up"),
        pytest.param(
            "Results: The end point was ORR in women with PD-L1 expression (seen in 49% of patients).", [], id="how many are of a kind"
        ),
        pytest.param(
            "Results: Women were randomly assigned to sorafenib plus aspirin (n=40) or placebo (n=41). Median PFS was 8 months with the"
            " combination and 5 months with placebo (HR 0.60). Median OS was 19 versus 13 months.",
            [("PFS", 8, "sorafenib plus aspirin"), ("PFS", 5, "placebo"), ("OS", 19, "sorafenib plus aspirin"), ("OS", 13, "placebo")],
            id="the combination is the group that the text named before",
        ),
        pytest.param("Results: Overall, 77 women were evaluable for response.", [], id="who could be judged"),
        pytest.param("Results: The ORR improved, a 24% relative improvement.", [], id="a change is no rate"),
        pytest.param("OS was measured in adults (mean age, 61 years).", [], id="ages"),
        pytest.param("Relapsed disease has a median OS of between 4 and 6 months.", [], id="what is known of others"),
        pytest.param("Results: A mutation was present at relapse in 7 of 19 patients.", [], id="a moment"),
    ],
)
def test_sentence_tells_outcomes_of_groups(text: str, expected: list[tuple[str | None, float | None, str | None]]) -> None:
    """Each value is of the outcome and of the group that the sentence says."""
    assert told(text) == expected


def test_several_landmarks_of_a_rate_are_told_apart() -> None:
    """The first rate is that of the first time."""
    (record,) = article.read(b"Results: The 6- and 12-month PFS were 71% (95% CI, 60 to 80) and 52% (95% CI, 41 to 62).")
    assert record.article is not None
    found = [one.finding for one in reported(record.article).found]
    assert [(one.landmark and one.landmark.time.months, one.value.percent) for one in found] == [(6, 71), (12, 52)]


def test_a_list_of_hazard_ratios_goes_on_without_the_words() -> None:
    """What has an interval right after it goes on with the ratio."""
    text = "Results: The HR for OS was 0.74 (95% CI 0.55-0.96; P=.03) for low doses and 0.95 (0.71-1.27; P=.74) for high doses."
    (record,) = article.read(text.encode())
    assert record.article is not None
    found = [one.finding for one in reported(record.article).found]
    assert [(one.value.estimate.value, one.value.p.value) for one in found if one.value.estimate and one.value.p] == [
        (0.74, 0.03),
        (0.95, 0.74),
    ]


def test_a_ratio_whose_word_stood_below_the_line_is_read() -> None:
    """As where a text was copied from a page."""
    (record,) = article.read(b"Results: The median DFS was 20 months. The HRrelapse or death was 0.72 (95% CI, 0.58-0.89).")
    assert record.article is not None
    found = [one.finding.value for one in reported(record.article).found]
    assert [(one.estimate.value, one.interval.low) for one in found if one.estimate and one.interval] == [(0.72, 0.58)]


def test_limits_of_a_ratio_are_not_those_of_a_time() -> None:
    """Nor is the one that they cross a value."""
    (record,) = article.read(b"Results: Median OS was 26 months, and the interval crossed one (95% CI, 0.41-1.19).")
    assert record.article is not None
    found = [one.finding.value for one in reported(record.article).found]
    assert [(figure(one), one.interval) for one in found] == [(26, None)]


def events_told(text: str) -> list[tuple[str, float | None, str | None]]:
    """Kind, figure and group of every adverse event that a text reports."""
    (record,) = article.read(text.encode())
    assert record.article is not None
    found = [one.finding for one in reported(record.article).found]
    return [(one.subject.token.text, figure(one.value), one.group) for one in found if one.subject.outcome is None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "Adverse events occurred in 65% of women in the sorafenib group. The most common were rash (14%) and fatigue (8%).",
            [("adverse events", 65, "sorafenib group"), ("rash", 14, "sorafenib group"), ("fatigue", 8, "sorafenib group")],
            id="of the group of the sentence before",
        ),
        pytest.param(
            "Adverse events occurred in 65% with sorafenib and 30% with placebo. The most common were rash (14%) and fatigue (8%).",
            [("adverse events", 65, "sorafenib"), ("adverse events", 30, "placebo"), ("rash", 14, None), ("fatigue", 8, None)],
            id="of either",
        ),
        pytest.param(
            "Seven women (11%) stopped treatment because of an adverse event in the sorafenib arm, and four (7%) in the placebo arm.",
            [("stopped treatment", 11, None)],
            id="what made them stop is not counted",
        ),
        pytest.param(
            "Grade 3 and 4 rash occurred in 9 (9%) and 2 (2%) women with sorafenib versus 4 (4%) and 0 women with placebo, respectively.",
            [("rash", 9, "sorafenib"), ("rash", 2, "sorafenib"), ("rash", 4, "placebo"), ("rash", 0, "placebo")],
            id="two grades in two groups",
        ),
        pytest.param(
            "Grade 3 and 4 rash occurred in 9% and 2% with sorafenib, and in 4%, respectively.",
            [],
            id="of which grade is not said",
        ),
    ],
)
def test_sentence_tells_events_of_groups(text: str, expected: list[tuple[str, float | None, str | None]]) -> None:
    """A group is told where the sentence, or the one before it, leaves no doubt."""
    assert events_told(_RANDOMISED + text) == expected


def intervals(text: str) -> list[tuple[float | None, tuple[float | None, float | None] | None]]:
    """Ratio or other figure of every outcome that a text reports, with its limits."""
    (record,) = article.read(text.encode())
    assert record.article is not None
    values = [one.finding.value for one in reported(record.article).found]
    return [
        (value.estimate.value if value.estimate else figure(value), (value.interval.low, value.interval.high) if value.interval else None)
        for value in values
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "Median PFS was 8.2 months with sorafenib and 5.1 months with placebo (HRprogression, 0.71; 95% CI, 0.55-0.92).",
            [(0.71, (0.55, 0.92)), (8.2, None), (5.1, None)],
            id="the short form of a ratio with its outcome written close to it",
        ),
        pytest.param(
            "The 3-year OS rate was 81% with sorafenib and 74% with placebo (relative excess hazard, 0.83; 95% CI, 0.61-1.13).",
            [(81, None), (74, None)],
            id="limits of a ratio that has no known name",
        ),
        pytest.param(
            "The ORR was 35% with sorafenib and 24% with placebo (rate ratio, 1.46; 95% CI, 1.02-2.09).",
            [(1.46, (1.02, 2.09)), (35, None), (24, None)],
            id="a ratio of rates",
        ),
        pytest.param("The ORR was 35% (95% CI, 38-51) with sorafenib.", [(35, (38, 51))], id="right behind it, a slip of the source"),
        pytest.param("The ORR was 35% (21 of 60; 95% CI, 24-48) with sorafenib.", [(35, (24, 48))], id="behind a count"),
    ],
)
def test_limits_that_cannot_hold_a_value_are_not_taken_for_its_own(
    text: str, expected: list[tuple[float | None, tuple[float | None, float | None] | None]]
) -> None:
    """Unless they stand right behind it, so that the source itself is wrong."""
    assert sorted(intervals(_RANDOMISED + text), key=str) == sorted(expected, key=str)


@pytest.mark.parametrize(("first", "second"), [("older drugs", "sorafenib"), ("sorafenib", "older drugs"), ("placebo", "sorafenib")])
def test_rates_of_a_group_that_is_not_known_are_not_those_of_the_other(first: str, second: str) -> None:
    """Of two times for each group, the third rate begins another group."""
    found = told(f"{_RANDOMISED}The 1- and 2-year OS rates were 72% and 60% for {first} and 78% and 65% for {second}.")
    known = [name if name in ("placebo", "sorafenib") else None for name in (first, second)]
    assert found == [("OS", 72, known[0]), ("OS", 60, known[0]), ("OS", 78, known[1]), ("OS", 65, known[1])]
