"""Records of the EU Clinical Trials Register (EudraCT): its protocol text, and the JSON that the package `ctrdata` makes of it.

Belongs here: which question of the form says what. Not here: what single words mean (`register_words`), posted results
(`euctr_results`).

Both forms have the questions by their numbers, "E.5.1 Primary end point(s): …" or `e51_primary_end_points`, so that one mapping does for
both. A trial has a record for each member state, which differ in sites, dates and wording: they are told apart in `carried`, so that none
counts as a copy of another. Ages are stated as groups ("Adults (18-64 years): Yes"), which are no limits.
"""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

from pipelines.shapes import (
    ArmsInterventionsModule,
    ConditionsModule,
    ContactsLocationsModule,
    DescriptionModule,
    DesignModule,
    EligibilityModule,
    IdentificationModule,
    IdInfo,
    Intervention,
    Location,
    Outcome,
    OutcomesModule,
    ProtocolSection,
    Sponsor,
    SponsorCollaboratorsModule,
    StatusModule,
    Study,
)
from pipelines.sources import euctr_results, json_records, register_words
from pipelines.sources.json_records import Json
from pipelines.sources.outcome_lists import listed, time_in_words, times_of
from pipelines.sources.places import Places, Span, criteria, joined, span_of
from pipelines.sources.records import Reason, Record, Reject, Slice, excerpt, runs
from pipelines.sources.register_words import date_struct, stated
from pipelines.sources.study_record import study_record
from pipelines.text.encoding import decode
from pipelines.text.registry_ids import Registry

FORMAT = "euctr"

CARRIED = (
    *("conditions", "endpoints", "regimens"),
    *("trials.nct_id", "trials.registry", "trials.other_ids", "trials.acronym", "trials.brief_title", "trials.official_title"),
    *("trials.detailed_description", "trials.study_type", "trials.phase", "trials.overall_status", "trials.allocation"),
    *("trials.intervention_model", "trials.masking", "trials.primary_purpose", "trials.is_randomized", "trials.is_open_label"),
    *("trials.n_arms", "trials.is_single_arm", "trials.enrollment", "trials.enrollment_type", "trials.countries", "trials.sex"),
    *("trials.lead_sponsor", "trials.sponsor_class", "trials.eligibility_criteria", "trials.first_posted_date"),
    *("trials.completion_date", "trials.completion_date_precision", "trials.is_oncology"),
)

_SUMMARY = re.compile(r"^Summary[ \t]*\r?\n(?=EudraCT Number:)", re.MULTILINE)
_SUMMARY_BYTES = re.compile(rb"^Summary[ \t]*\r?\n(?=EudraCT Number:)", re.MULTILINE)
_NUMBER_LINE = re.compile(rb"^(?:EudraCT Number|A\.2 EudraCT number):\s*\d{4}-", re.MULTILINE)
_QUESTION = re.compile(
    r"^(?P<code>[A-Z](?:\.\d+)+|[A-Z]\.(?=IMP)|[NP]\.)\s*(?P<label>[^\n:]*?)"
    r"(?:\s\((?P<language>[a-z]{2})\))?\s*:[ \t]*",
    re.MULTILINE,
)
_HEADING = re.compile(r"^[A-Z]\. [A-Z][^\n:]*$|^[A-Z](?:\.\d+)+ [^\n:]*$|^MedDRA Classification$", re.MULTILINE)
_SUMMARY_KEYS = {
    "EudraCT Number": "x2",
    "Trial Status": "x5",
    "Date on which this record was first entered in the EudraCT database": "x6",
    "Link": "link",
}
_SUMMARY_LINE = re.compile(rf"^(?P<key>{'|'.join(_SUMMARY_KEYS)}):[ \t]*(?P<value>[^\n]*)", re.MULTILINE)
_KEY = re.compile(r"(?P<code>[a-z]\d+)(?=_|[a-z])(?P<rest>.*)")
_LANGUAGE = re.compile(r"_(?P<language>[a-z]{2})$")


class Form(NamedTuple):
    """A filled-in form: the answers by the code of their question ("e51" for E.5.1), in English; those of each product; the sponsors'."""

    answers: dict[str, Span]
    products: list[dict[str, Span]]
    sponsors: list[dict[str, Span]]


def sniff(head: bytes) -> bool:
    """Does a file that begins with these bytes hold such records?"""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] in (b"{", b"["):
        return b'"a2_eudract_number"' in head or (b'"eudractNumber"' in head and b'"e11_' in head)
    return start[:1] != b"<" and _NUMBER_LINE.search(head.replace(b"\r\n", b"\n")) is not None and b"EudraCT Number:" in head


def slices(data: bytes, *, target_bytes: int) -> list[Slice] | None:
    """Runs of records of a large file: members of a JSON array, texts from one summary to the next."""
    if data[:1] in (b"{", b"["):
        return json_records.slices(data, target_bytes=target_bytes)
    starts = [match.start() for match in _SUMMARY_BYTES.finditer(data)]
    return runs(list(zip(starts, [*starts[1:], len(data)], strict=False)), target_bytes=target_bytes)


def read(data: bytes, *, first_index: int = 0, header: bytes = b"") -> Iterator[Record | Reject]:
    """All records of the file; one without a EudraCT number becomes a `Reject`."""
    if header or data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        yield from json_records.read(data, format=FORMAT, first_index=first_index, header=header, study_of=_of_json)
        return
    decoded = decode(data)
    starts = [match.start() for match in _SUMMARY.finditer(decoded.text)] or [0]
    for index, (start, end) in enumerate(zip(starts, [*starts[1:], len(decoded.text)], strict=True), start=first_index):
        text = decoded.text[start:end].strip()
        study = _study_of(_text_form(text), None)
        if isinstance(study, str):
            yield Reject(index=index, format=FORMAT, reason=Reason.NOT_A_TRIAL, detail=study, excerpt=excerpt(text[:1000]))
        else:
            yield study_record(study, format=FORMAT, index=index, n_chars=len(text), encoding=decoded.encoding, repairs=decoded.repairs)


def _of_json(document: dict[str, Json]) -> Study | str:
    return _study_of(_json_form(document), document)


def _study_of(form: Form, document: Json) -> Study | str:
    number = next((form.answers[code].text for code in ("a2", "x2") if code in form.answers), "")
    trial = register_words.own_id(number)
    if trial is None or trial.registry not in (Registry.EUCTR, Registry.CTIS):
        return f"{number!r} is no EudraCT number"
    return _study(trial.id, form, document)


# ---- forms ----------------------------------------------------------------------------------------------------------


def _text_form(text: str) -> Form:
    """The answers of a protocol text. All stand in its one field `text`, so that evidence shows the place in the file's record."""
    whole = Span("text", text, 0, len(text))
    form = Form({}, [], [])
    for match in _SUMMARY_LINE.finditer(text):
        _keep(form.answers, _SUMMARY_KEYS[match["key"]], whole.group(match, "value"))
    questions = list(_QUESTION.finditer(text))
    borders = sorted({*(match.start() for match in questions), *(match.start() for match in _HEADING.finditer(text)), len(text)})
    after = dict(pairwise(borders))
    for match in questions:
        code = _code(match["code"])
        answer = whole.part(match.end(), after[match.start()]).stripped()
        if match["label"].startswith("IMP") or code == "dimp":
            form.products.append({})
        elif code == "b11":
            form.sponsors.append({})
        if match["language"]:
            continue
        target = form.products[-1] if code.startswith("d") and form.products else form.answers
        target = form.sponsors[-1] if code.startswith("b") and form.sponsors else target
        _keep(target, code, answer if answer.text else None)
        if code in ("n", "p"):
            _keep(form.answers, f"{code} {match['label'].strip().casefold()}", answer if answer.text else None)
    return form


def _code(words: str) -> str:
    return words.replace(".", "").lower()


def _keep(answers: dict[str, Span], code: str, answer: Span | None) -> None:
    if answer is not None:
        answers.setdefault(code, answer)


def _json_form(document: Json) -> Form:
    """The answers of a JSON record; those in other languages have a name that ends in the language."""
    form = Form(_answers(document), [], [])
    for name, target in (("dimp", form.products), ("b1_sponsor", form.sponsors)):
        for n, one in enumerate(json_records.listed(json_records.member(document, name))):
            target.append(_answers(one, name, n))
    for code in ("n", "p"):
        for key in document:
            if key.startswith(f"{code}_"):
                label = key[2:].replace("_", " ")
                _keep(form.answers, f"{code} {label}", json_records.span(document, key))
    return form


def _answers(record: Json, *path: str | int) -> dict[str, Span]:
    found: dict[str, Span] = {}
    for key, value in record.items() if isinstance(record, dict) else ():
        code = _KEY.match(key)
        language = _LANGUAGE.search(key)
        if code is None or (language and key[: language.start()] in record):
            continue
        if isinstance(value, str):
            _keep(found, code["code"], span_of(json_records.field(*path, key), value))
        for n, one in enumerate(value if isinstance(value, list) else ()):
            # What a product is called stands in a list of its own.
            for inner, answer in _answers(one, *path, key, n).items():
                _keep(found, inner, answer)
    return found


# ---- the study ------------------------------------------------------------------------------------------------------

_AUTHORITY = re.compile(r"\s+-\s+.*", re.DOTALL)
_COUNTRY_NAMES = {"UK": "United Kingdom", "Outside EU/EEA": None, "3rd": None}
_LONGEST_ACRONYM_CHARS = 30


def _study(trial_id: str, form: Form, document: Json) -> Study:
    places = Places()

    def said(code: str) -> Span | None:
        found = form.answers.get(code)
        return found if found is not None and _is_answer(found.text) else None

    def words(code: str) -> str | None:
        found = said(code)
        return found.text if found is not None else None

    def is_yes(code: str) -> bool:
        return (words(code) or "").casefold() == "yes"

    title, short = said("a31") or said("a3"), said("a32")
    state = _AUTHORITY.sub("", words("a1") or "").strip()
    sponsor = next((one for one in form.sponsors if "b11" in one), {}) or {
        code: form.answers[code] for code in ("b11", "b31") if code in form.answers
    }
    study = Study(
        registry=Registry.EUCTR.value,
        carried=sorted((*CARRIED, *([f"member_state.{state}"] if state else []))),
        protocol_section=ProtocolSection(
            identification_module=IdentificationModule(
                nct_id=trial_id,
                org_study_id_info=IdInfo(id=code) if (code := stated(words("a41"))) else None,
                secondary_id_infos=register_words.secondary_ids(*(words(code) for code in ("a51", "a52", "a53", "a54")), own=trial_id),
                brief_title=places.note(title, "identificationModule.briefTitle"),
                official_title=places.note(said("a3"), "identificationModule.officialTitle"),
                acronym=places.note(
                    short if short is not None and len(short.text) <= _LONGEST_ACRONYM_CHARS else None, "identificationModule.acronym"
                ),
            ),
            status_module=StatusModule(
                overall_status=words("p end of trial status") or words("x5"),
                completion_date_struct=date_struct(words("p date of the global end of the trial")),
                study_first_post_date_struct=date_struct(words("x6")),
            ),
            sponsor_collaborators_module=SponsorCollaboratorsModule(
                lead_sponsor=Sponsor(name=sponsor["b11"].text, class_=sponsor["b31"].text if "b31" in sponsor else None)
                if "b11" in sponsor
                else None
            ),
            description_module=DescriptionModule(
                detailed_description=places.note(joined([said("e21"), said("e22")]), "descriptionModule.detailedDescription")
            ),
            conditions_module=ConditionsModule(
                conditions=places.note_all(_conditions(said("e11") or said("e111")), "conditionsModule.conditions")
            ),
            design_module=_design(is_yes, words),
            arms_interventions_module=ArmsInterventionsModule(interventions=list(_interventions(form, places))),
            outcomes_module=OutcomesModule(
                primary_outcomes=list(_outcomes(said("e51"), said("e511"), "primary", places)),
                secondary_outcomes=list(_outcomes(said("e52"), said("e521"), "secondary", places)),
            ),
            eligibility_module=EligibilityModule(
                eligibility_criteria=places.note(criteria(said("e3"), said("e4")), "eligibilityModule.eligibilityCriteria"),
                sex={(True, True): "ALL", (True, False): "FEMALE", (False, True): "MALE"}.get((is_yes("f21"), is_yes("f22"))),
            ),
            contacts_locations_module=ContactsLocationsModule(
                locations=[
                    Location(country=one) for one in dict.fromkeys((_COUNTRY_NAMES.get(state, state), *_countries(words("e863")))) if one
                ]
            ),
        ),
    )
    study.origins = places.origins or None
    study.source_texts = places.texts or None
    euctr_results.add(study, document, places)
    return study


_NO_ANSWER = re.compile(r"\s*(?:information not present in eudract|not applicable|n/?a|none|-+|\.+)?\s*", re.IGNORECASE)


def _is_answer(text: str) -> bool:
    return _NO_ANSWER.fullmatch(text) is None


def _conditions(words: Span | None) -> list[Span]:
    return words.split(re.compile(r"\s*(?:;|\n)\s*")) if words is not None else []


_PHASES = (("e71", 1), ("e72", 2), ("e73", 3), ("e74", 4))
_PURPOSES = (("e61", "DIAGNOSTIC"), ("e62", "PREVENTION"), ("e63", "TREATMENT"))
_DESIGN = {"e81": "controlled", "e811": "randomised", "e812": "open", "e813": "single blind", "e814": "double blind"} | {
    "e815": "parallel group",
    "e816": "cross over",
}


def _design(is_yes: Callable[[str], bool], words: Callable[[str], str | None]) -> DesignModule:
    """Design by the two ways of asking the form: is a question answered yes, and in which words."""
    answers = {name: is_yes(code) for code, name in _DESIGN.items() if words(code) is not None}
    n_arms = register_words.target_size(words("e824"))
    info = register_words.design_of_answers(answers, n_arms=n_arms)
    purposes = [purpose for code, purpose in _PURPOSES if is_yes(code)]
    if info is not None and len(purposes) == 1:
        info.primary_purpose = purposes[0]
    # The part of the member state is the whole where no other takes part.
    everywhere = register_words.target_size(words("f422"))
    here = register_words.target_size(words("f41")) if not is_yes("e85") and not is_yes("e861") else None
    return DesignModule(
        # The register holds interventional trials of medicinal products only: Directive 2001/20/EC, article 2.
        study_type="INTERVENTIONAL",
        phases=register_words.phases_of(number for code, number in _PHASES if is_yes(code)),
        design_info=info,
        enrollment_info=register_words.enrollment(everywhere or here),
        number_of_arms=n_arms,
    )


_NAMES = ("d38", "d31", "d2111", "d393", "d32", "d391", "d392")
"""INN, product name, trade name, other name, codes: the first that is given is what the product is called."""


def _interventions(form: Form, places: Places) -> Iterator[Intervention]:
    """The products, each name once, with the route as description; a strength is no dose."""
    seen: set[str] = set()
    for product in form.products:
        names = [one for code in _NAMES if (one := product.get(code)) is not None and _is_answer(one.text)]
        if not names or names[0].text.casefold() in seen:
            continue
        path = f"armsInterventionsModule.interventions[{len(seen)}]"
        seen.add(names[0].text.casefold())
        biological = any((product[code].text.casefold() == "yes") for code in ("d3112", "d3113") if code in product)
        gene_therapy = "d31132" in product and product["d31132"].text.casefold() == "yes"
        route = product.get("d37")
        yield Intervention(
            type="GENETIC" if gene_therapy else "BIOLOGICAL" if biological else "DRUG",
            name=places.note(names[0], f"{path}.name"),
            description=places.note(route if route is not None and "\n" not in route.text else None, f"{path}.description"),
            other_names=list(dict.fromkeys(one.text for one in names[1:] if one.text.casefold() != names[0].text.casefold())),
        )


def _outcomes(measure: Span | None, time: Span | None, role: str, places: Places) -> Iterator[Outcome]:
    if measure is None:
        return
    items = listed(measure)
    times = times_of(time, len(items))
    for n, (item, when) in enumerate(zip(items, times, strict=True)):
        path = f"outcomesModule.{role}Outcomes[{n}]"
        yield Outcome(
            measure=places.note(item, f"{path}.measure"),
            time_frame=places.note(when or (time_in_words(item) if time is None else None), f"{path}.timeFrame"),
        )


_TWO_WORDS = (
    "United States|United Kingdom|United Arab Emirates|Korea, Republic of|Korea, Democratic People's Republic of|Russian Federation"
    "|Saudi Arabia|South Africa|New Zealand|Czech Republic|Hong Kong|Costa Rica|Puerto Rico|Dominican Republic|El Salvador|Sri Lanka"
    "|Bosnia and Herzegovina|Taiwan, Province of China|Viet Nam|North Macedonia|Macedonia, the former Yugoslav Republic of"
    "|Moldova, Republic of|Iran, Islamic Republic of|Tanzania, United Republic of|Burkina Faso|Sierra Leone|Cote d'Ivoire|Côte d'Ivoire"
    "|Congo, The Democratic Republic of the|Congo|Papua New Guinea|San Marino|Trinidad and Tobago|Serbia and Montenegro"
    "|Palestinian Territory, Occupied|Bolivia, Plurinational State of|Venezuela, Bolivarian Republic of|European Union"
)
_COUNTRY = re.compile(rf"{_TWO_WORDS}|[^\s,]+(?: Islands)?")


def _countries(words: str | None) -> list[str]:
    """Countries a line each, or, in JSON, one after another without any sign between: "Argentina Korea, Republic of Latvia"."""
    if words is None:
        return []
    return [name.strip() for name in words.splitlines()] if "\n" in words else _COUNTRY.findall(words)
