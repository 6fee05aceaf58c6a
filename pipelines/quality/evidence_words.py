"""Do the words that a row points at hold its numbers? Checked for every row that was read from prose.

A span that is off by one character, or that lies in another sentence, cuts a number or has another one. Where a place is (within its text,
in a document of the trial) is the business of `pipelines.quality.relations`.
"""

from collections.abc import Iterator

from pipelines.quality.relation import Relation
from pipelines.quality.rules import mark_of
from pipelines.schema.tables import TABLES

_PLAIN = "translate(words, '·•∙繚，．０１２３４５６７８９{}~～', '....,.0123456789    ')"
_GROUPED = f"regexp_replace({_PLAIN}, '(\\d)[,\u00a0\u2009 ](\\d{{3}})', '\\1\\2', 'g')"
_SPACED = f"regexp_replace({_PLAIN}, '\\s+([\\d.])', '\\1', 'g')"
_WITH_COMMA = f"regexp_replace({_PLAIN}, '(\\d),(\\d)', '\\1.\\2', 'g')"
_NUMBER = "'\\d*\\.?\\d+'"

PREPARED = {
    "said_numbers": f"""
        SELECT table_name, row_id, role, words,
            list_transform(
                list_distinct(list_concat(
                    regexp_extract_all({_PLAIN}, {_NUMBER}),
                    regexp_extract_all({_GROUPED}, {_NUMBER}),
                    regexp_extract_all({_SPACED}, {_NUMBER}),
                    regexp_extract_all({_WITH_COMMA}, {_NUMBER}))),
                lambda number: try_cast(number AS DOUBLE)) AS numbers
        FROM (
            SELECT table_name, row_id, role, text[start_char + 1 : end_char] AS words
            FROM evidence JOIN document_texts USING (document_id, field)
            WHERE role IN ('value', 'interval', 'p_value', 'dose') AND start_char IS NOT NULL
        )""",
}
"""The numbers in figures of each place that speaks for a number of a row; grouped (`1,200`), spaced (`8 . 3`) and with a decimal comma
(`1,4`), too."""

_IN_WORDS = (
    "(?i)(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
    "|hundred|single|once|both|\\ban?\\b|no|none|neither|half|third|quarter|[〇零一二三四五六七八九十百千两半壹贰叁无未]|[½¼¾⅓⅔ⅠⅡⅢⅣ])"
)
"""Words that can be a number: what is told in them is not recomputed here."""

_SAID = {
    ("endpoint_results", "value"): ("value",),
    ("endpoint_results", "interval"): ("ci_low", "ci_high"),
    ("endpoint_results", "p_value"): ("p_value",),
    ("safety", "value"): ("coalesce(percent, n_affected)",),
    ("regimens", "dose"): ("dose_high",),
}
"""(table, role of the place) → the numbers that its words must hold. A count may be computed from a percentage that is said."""


def _relations() -> Iterator[Relation]:
    for (table, role), numbers in _SAID.items():
        name = f"{role}_is_in_its_words"
        key = TABLES[table].primary_key[0]
        said = " AND ".join(f"coalesce({_is_said(number, scaled=role == 'dose')}, TRUE)" for number in numbers)
        any_number = " OR ".join(f"{number} IS NOT NULL" for number in numbers)
        yield Relation(
            name=name,
            table_name=table,
            action="quarantine",
            description=f"The words that a row from prose points at hold its {' and '.join(_shown(number) for number in numbers)}.",
            sql=f"""
                SELECT fact."{key}", any_value(fact.document_id) AS document_id, any_value(fact.field) AS field,
                    {", ".join(f"any_value({number}) AS n{place}" for place, number in enumerate(numbers))},
                    string_agg(said.words, ' | ') AS words
                FROM "{table}" AS fact JOIN said_numbers AS said
                ON said.table_name = '{table}' AND said.row_id = fact."{key}" AND said.role = '{role}'
                WHERE fact.method = 'text' AND ({any_number}) AND NOT coalesce(list_contains(fact.flags, '{mark_of(name)}'), FALSE)
                GROUP BY fact."{key}"
                HAVING NOT bool_or({said})""",
            needs=("said_numbers",),
        )


def _is_said(number: str, *, scaled: bool) -> str:
    """SQL: the number stands in the words in figures, or the words have no figures and name a number.

    `scaled`: up to a power of ten, which a unit in words or letters makes (`5 million IU`, `180 cGy`), or as a product (`5 x 7.25 Gy`).
    """
    equal = f"list_contains(said.numbers, abs({number})::DOUBLE)"
    if scaled:
        power = f"log10(abs({number}) / figure)"
        near = f"len(list_filter(said.numbers, lambda figure: figure > 0 AND abs({power} - round({power})) < 1e-6)) > 0"
        product = f"len(list_filter(said.numbers, lambda figure: figure > 0 AND list_contains(said.numbers, {number} / figure))) > 0"
        equal = f"({equal} OR {number} = 0 OR {near} OR {product})"
    in_words = f"regexp_matches(said.words, '{_IN_WORDS}') AND len(said.numbers) = 0 OR regexp_matches(said.words, '^{_IN_WORDS}')"
    return f"({equal} OR {in_words})"


def _shown(number: str) -> str:
    return " or ".join(f"`{name}`" for name in number.removeprefix("coalesce(").removesuffix(")").split(", "))


RELATIONS = tuple(_relations())
