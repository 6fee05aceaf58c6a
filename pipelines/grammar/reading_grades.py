"""Grades: how a grade is taken in while a sentence is read, and which events or figures it is said of.

Here belongs what a grade does to the run that is being read. What makes a grade of words belongs to `values.py`, which grades hold for
which figures after their value to `events.py`.
"""

from msgspec.structs import replace

from pipelines.grammar import events
from pipelines.grammar.report_lexicon import OUTCOME
from pipelines.grammar.reported import EVENTS, Reading
from pipelines.grammar.runs import end_run
from pipelines.grammar.tokens import Token

CLOSE = 3
"""How many tokens after a subject its grade or attribution may stand: "neutropenia of grade 3", "deaths possibly related to treatment"."""


def is_close(reading: Reading, place: int) -> bool:
    """Whether a word stands right after a subject that waits, or says what it was: "toxicities of the regimen were grade 1"."""
    is_said = reading.since_subject(place) in (["OF", "W", "IS"], ["OF", "GROUP", "IS"], ["OF", "THE", "W", "IS"])
    return reading.run.waits() and (is_said or place - reading.last_subject_at <= CLOSE)


def take_grade(reading: Reading, place: int) -> None:
    """A grade, of the value or the events before it, or of those to come."""
    before = reading.before(place, 4)
    if "MOSTLY" in before:
        # "Adverse events were mostly grade 1 or 2".
        return
    token, value = reading.tokens[place], reading.open_value()
    if before[-1:] == ["W"] and reading.tokens[place - 1].text == "其 中":
        before.pop()
        if not reading.brackets and reading.run.values and reading.run.subjects and reading.run.subjects[-1].kind in EVENTS:
            # "发生率35%，其中3~4级8%"; in brackets, "（28%，其中3~4级12%）", the same.
            _grade_in_brackets(reading, token)
            return
    is_in_brackets = bool(reading.brackets) and before[-1:] in (["LPAR"], ["COMMA"], ["SEMI"], ["IN"])
    if is_in_brackets and before[-2:] == ["ANYGRADE", "LPAR"]:
        reading.bracket_grades = token.value
    elif value is not None and events.is_grade_of_value(reading, place, value, is_in_brackets=is_in_brackets):
        value.grades = token.value
    elif events.is_grade_of_said(reading, place):
        reading.said[-1].subject = replace(reading.said[-1].subject, grades=token.value)
    elif is_in_brackets and reading.run.subjects and reading.run.subjects[-1].kind != OUTCOME:
        _grade_in_brackets(reading, token)
    else:
        reading.grades = token.value
        if is_close(reading, place) and reading.run.subjects[-1].grades is None and reading.run.subjects[-1].kind != OUTCOME:
            reading.run.subjects[-1].grades = token.value


def take_any_grade(reading: Reading, place: int) -> None:
    """Serious adverse events of any grade: what stood of grades before is said of others."""
    if "grade" not in reading.tokens[place].text:
        # "Of any cause".
        return
    reading.grades = None
    if is_close(reading, place) and reading.before(place, 1) == ["OF"] and reading.run.subjects[-1].kind in EVENTS:
        reading.run.subjects[-1].grades = None


def _grade_in_brackets(reading: Reading, token: Token) -> None:
    """Neutropenia (any grade, 75%; grade 3 or 4, 59%); "rash 40% (grade 3, 5%)"."""
    run = reading.run
    if run.values:
        end_run(reading)
        reading.run = run.again(subjects=[replace(one, grades=token.value) for one in run.subjects])
    else:
        run.subjects[-1].grades = token.value
