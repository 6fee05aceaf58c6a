"""Claims about `pipelines.vocab.data_files`: the tab-separated files of the vocabularies."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.vocab.data_files import DATA, EXTENSIBLE, VARIABLE, check_own, own_folder, read_rows, vocabulary_paths

TIMES = "kind\tvalue\twords\n"
OUTCOMES = "concept\tendpoint_class\tis_adverse\twords\tchinese\tform\n"
EVENTS = "term\tsystem_organ_class\twords\tchinese\tis_ctcae\n"
CRITERIA = "name\tuse\tletters\tversions\tneeds\tpattern\tunless\n"
OVERLAY = "kind\tname\tpackage_names\tother_names\tcomponents\n"
ROUTES = "# mine\nkind\tvalue\twords\nROUTE\toral\tby the spoon\n"


def test_comments_and_empty_lines_are_skipped_and_missing_cells_are_empty(tmp_path: Path) -> None:
    """A row may end before its last columns."""
    path = tmp_path / "words.tsv"
    path.write_text("# what this is\nname\tother\n\none\ntwo\tzwei\n", encoding="utf-8")
    assert list(read_rows(path)) == [{"name": "one", "other": ""}, {"name": "two", "other": "zwei"}]


def test_a_line_with_too_many_cells_is_an_error_that_names_the_line(tmp_path: Path) -> None:
    """A stray tab would shift columns silently."""
    path = tmp_path / "words.tsv"
    path.write_text("name\none\ttwo\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"words\.tsv, line 2"):
        list(read_rows(path))


# --- a user's own folder -------------------------------------------------------------------------------------------------


def test_without_the_variable_only_the_projects_files_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty one is none."""
    assert own_folder({}) is None
    assert own_folder({VARIABLE: ""}) is None
    monkeypatch.delenv(VARIABLE, raising=False)
    assert list(vocabulary_paths("drugs_not.tsv")) == [DATA / "drugs_not.tsv"]


def test_a_users_file_is_read_before_the_projects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is there; the other files of the project stand alone."""
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    (tmp_path / "regimen_words.tsv").write_text(ROUTES)
    assert own_folder() == tmp_path
    assert list(vocabulary_paths("regimen_words.tsv")) == [tmp_path / "regimen_words.tsv", DATA / "regimen_words.tsv"]
    assert list(vocabulary_paths("drugs_not.tsv")) == [DATA / "drugs_not.tsv"]


def test_every_file_that_may_be_extended_is_one_of_the_projects() -> None:
    """Its header is what a user's file is held against."""
    for name in EXTENSIBLE:
        check_own(DATA)
        assert next(read_rows(DATA / name))


def test_a_folder_of_good_files_is_accepted(tmp_path: Path) -> None:
    """Whatever else lies in it; line ends and missing last cells do not matter."""
    (tmp_path / "regimen_words.tsv").write_bytes(ROUTES.replace("\n", "\r\n").encode())
    (tmp_path / "drugs_not.tsv").write_text("name\treason\nzyxomab\n")
    (tmp_path / "notes.txt").write_text("not\ta\tvocabulary")
    check_own(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "regimen_words.tsv",
            "kind\twords\nROUTE\tby the spoon\n",
            r"regimen_words\.tsv: the columns must be kind, value, words, not kind, words",
        ),
        ("drugs_not.tsv", "reason\tname\nclass\tzyxomab\n", r"drugs_not\.tsv: the columns must be name, reason, not reason, name"),
        ("regimen_words.tsv", f"{ROUTES}ROUTE\toral\ta\tb\n", r"regimen_words\.tsv, line 4: 4 cells under 3 columns"),
        ("regimen_word.tsv", ROUTES, r"holds none of .*regimen_words\.tsv"),
        ("regimen_words.tsv", f"{ROUTES}NUM\tmany\tx\n", r"regimen_words\.tsv, line 4: 'many' is no number"),
        ("regimen_words.tsv", f"{ROUTES}FREQ\tQ3W xx\tx\n", r"regimen_words\.tsv, line 4: 'xx' is no number"),
        ("regimen_words.tsv", f"{ROUTES}FREQ\tQ3W\tx\n", r"regimen_words\.tsv, line 4: the value of FREQ must be a code and a number"),
        ("regimen_words.tsv", f"{ROUTES}ROUTE\tby spoon\tx\n", r"line 4: the value of ROUTE must be one of oral, .*'by spoon'"),
        ("regimen_words.tsv", f"{ROUTES}ROUT\toral\tx\n", r"regimen_words\.tsv, line 4: there is no kind 'ROUT'"),
        ("regimen_words.tsv", f"{ROUTES}OPTIONAL\tyes\tx\n", r"regimen_words\.tsv, line 4: OPTIONAL has no value"),
        ("regimen_words.tsv", f"{ROUTES}ROUTE\toral\n", r"regimen_words\.tsv, line 4: words are missing"),
        ("drugs_overlay.tsv", f"{OVERLAY}drugs\tzyxinol\n", r"drugs_overlay\.tsv, line 2: the kind must be one of drug, .*'drugs'"),
        ("drugs_chinese.tsv", "name\tother_names\n\t顺铂\n", r"drugs_chinese\.tsv, line 2: the name is missing"),
        ("treatment_classes.tsv", "name\tis_component\twords\nspoons\tno\tspoon\n", r"line 2: is_component must be y or empty, not 'no'"),
        ("time_words.tsv", f"{TIMES}FORTNIGHT\t14\tx\n", r"time_words\.tsv, line 2: there is no kind 'FORTNIGHT'"),
        ("time_words.tsv", f"{TIMES}WEEK\tseven\tx\n", r"line 2: the value of WEEK must be a number, not 'seven'"),
        ("time_words.tsv", f"{TIMES}EVENT\tholiday\tx\n", r"line 2: the value of EVENT must be one of baseline, .*'holiday'"),
        ("time_words.tsv", f"{TIMES}LIMIT\t3\tx\n", r"line 2: LIMIT has no value, so not '3'"),
        ("report_words.tsv", f"{TIMES}MEDIANS\t\tx\n", r"report_words\.tsv, line 2: there is no kind 'MEDIANS'"),
        ("outcome_words.tsv", f"{OUTCOMES}Overall\ttime_to_event\t\tx\n", r"line 2: the concept must be a code such as OS"),
        ("outcome_words.tsv", f"{OUTCOMES}OS\tsurvival\t\tx\n", r"line 2: the endpoint_class must be one of time_to_event, .*'survival'"),
        ("outcome_words.tsv", f"{OUTCOMES}OS\ttime_to_event\tno\tx\n", r"line 2: is_adverse must be y or empty, not 'no'"),
        ("outcome_words.tsv", f"{OUTCOMES}OS\ttime_to_event\t\tx\t\tverb\n", r"line 2: the form must be one of .*'verb'"),
        ("outcome_words.tsv", f"{OUTCOMES}OS\ttime_to_event\n", r"line 2: words are missing"),
        ("adverse_events.tsv", f"{EVENTS}\t\tblue toe\n", r"adverse_events\.tsv, line 2: the term is missing"),
        ("adverse_events.tsv", f"{EVENTS}Blue toe\t\ttoe||blue\n", r"line 2: words are missing"),
        ("assessment_criteria.tsv", f"{CRITERIA}TOES\tgrading\twords\t\ttoes\ttoes(\n", r"line 2: the pattern 'toes\(' cannot be read"),
        ("assessment_criteria.tsv", f"{CRITERIA}TOES\tgrading\twords\t\ttoes\t(toes)\n", r"line 2: the pattern '\(toes\)' has a group"),
        ("assessment_criteria.tsv", f"{CRITERIA}TOES\tgrading\twords\t\t\ttoes\n", r"line 2: the needs is missing"),
        ("assessment_criteria.tsv", f"{CRITERIA}TOES\tcounting\twords\t\ttoes\ttoes\n", r"line 2: the use must be one of .*'counting'"),
        ("drugs_not.tsv", "name\treason\n", r"drugs_not\.tsv: there is no line under the header name, reason"),
        ("drugs_not.tsv", "", r"drugs_not\.tsv: there is no line"),
        ("drugs_not.tsv", "name,reason\n", r"drugs_not\.tsv: the columns must be"),
    ],
)
def test_a_file_that_is_broken_is_named(name: str, content: str, message: str, tmp_path: Path) -> None:
    """With what is wrong in it, and where; a name with a slip is no file that is read."""
    (tmp_path / name).write_text(content)
    with pytest.raises(ValueError, match=message):
        check_own(tmp_path)


def test_a_file_in_another_encoding_is_named_with_the_line(tmp_path: Path) -> None:
    """As Chinese spreadsheets write them."""
    (tmp_path / "drugs_chinese.tsv").write_bytes("name\tother_names\ncisplatin\t顺铂\n".encode("gb18030"))
    with pytest.raises(ValueError, match=r"drugs_chinese\.tsv, line 2: the file is not UTF-8"):
        check_own(tmp_path)


def test_a_mark_of_byte_order_does_not_matter(tmp_path: Path) -> None:
    """Other spreadsheets write it before the header."""
    (tmp_path / "regimen_words.tsv").write_text(ROUTES.removeprefix("# mine\n"), encoding="utf-8-sig")
    check_own(tmp_path)
    assert list(read_rows(tmp_path / "regimen_words.tsv")) == [{"kind": "ROUTE", "value": "oral", "words": "by the spoon"}]


def test_a_whole_number_a_fraction_and_an_open_interval_can_be_read(tmp_path: Path) -> None:
    """Each where its kind has it."""
    (tmp_path / "regimen_words.tsv").write_text(
        f"{ROUTES}NUM\t13\ta baker's dozen\nFREQ\tQ5D 5\tq5\nFREQ\tPRN -\tif need be\nOR\t\tor else\n"
    )
    check_own(tmp_path)


@pytest.mark.parametrize("name", ["absent", "file"])
def test_a_folder_that_is_none_is_refused_with_the_name_of_the_variable(name: str, tmp_path: Path) -> None:
    """A file is no folder either."""
    (tmp_path / "file").write_text(ROUTES)
    with pytest.raises(ValueError, match=rf"{VARIABLE}: .*{name} is no folder"):
        check_own(tmp_path / name)


def _regimen(folder: Path | None, *, name: str = "Zyxine", text: str = "5 mg by the spoon each dusk") -> str:
    """What a fresh process reads of one intervention, with the vocabularies of a folder: drug, route and frequency."""
    code = (
        "import sys\n"
        "from pipelines.extract import regimens\n"
        "from pipelines.extract.subject import Subject\n"
        "from pipelines.shapes import ArmsInterventionsModule, Intervention, ProtocolSection, Study\n"
        "given = Intervention(type='DRUG', name=sys.argv[1], description=sys.argv[2])\n"
        "study = Study(ProtocolSection(arms_interventions_module=ArmsInterventionsModule(interventions=[given])))\n"
        "(row,) = regimens.rows(study, Subject('NCT1', 'd', 'ClinicalTrials.gov', 'en'))\n"
        "print(row['drug_name'], row['route'], row['frequency'])\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    if folder is not None:
        environment[VARIABLE] = str(folder)
    return subprocess.run(
        [sys.executable, "-c", code, name, text], env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_a_users_phrases_and_drugs_are_read_on_top(tmp_path: Path) -> None:
    """In prose, by any process that the environment reaches; what the project knows stays known."""
    assert _regimen(None) == "None None None"
    (tmp_path / "regimen_words.tsv").write_text(ROUTES + "FREQ\tQD 1\teach dusk\n")
    (tmp_path / "drugs_overlay.tsv").write_text(f"{OVERLAY}drug\tzyxinol\t\tZyxine|ZX-1\n")
    assert _regimen(tmp_path) == "zyxinol oral QD"


def test_what_a_user_says_of_a_phrase_counts_before_what_the_project_says(tmp_path: Path) -> None:
    """Of a drug's name too."""
    (tmp_path / "regimen_words.tsv").write_text("kind\tvalue\twords\nROUTE\ttopical\tby the spoon\nFREQ\tBID 0.5\teach dusk|daily\n")
    (tmp_path / "drugs_chinese.tsv").write_text("name\tother_names\nzyxinol\tZyxine\n")
    assert _regimen(tmp_path) == "zyxinol topical BID"


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"drugs_overlay.tsv": f"{OVERLAY}drug\tzyxinol\t\t顺铂\n"}, "zyxinol"),
        ({"drugs_not.tsv": "name\treason\n顺铂\tclass\n"}, "None"),
        ({"drugs_not.tsv": "name\treason\ncisplatin\tclass\n"}, "None"),
        ({"drugs_not.tsv": "name\treason\ncisplatin\tclass\n", "drugs_chinese.tsv": "name\tother_names\nzyxinol\t顺铂\n"}, "zyxinol"),
        ({"drugs_not.tsv": "name\treason\nzyxomab\tclass\n"}, "cisplatin"),
    ],
)
def test_a_users_line_counts_before_every_file_of_the_projects(files: dict[str, str], found: str, tmp_path: Path) -> None:
    """Not only before that of the same name: the Chinese names are read over the overlay, and the overlay over what is no drug."""
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    assert _regimen(tmp_path, name="顺铂").split()[0] == found


def test_a_users_phrase_counts_before_the_projects_of_another_file(tmp_path: Path) -> None:
    """A name that the project leaves to prose, a word of its grammar."""
    (tmp_path / "drugs_overlay.tsv").write_text(f"{OVERLAY}drug\tspoonol\t\tglucose|orally\n")
    for words in ("glucose", "orally"):
        assert _regimen(tmp_path, name="Chemotherapy", text=f"{words} 5 mg daily") == "spoonol None QD"


def test_a_line_in_one_language_can_be_read(tmp_path: Path) -> None:
    """Words in English or in Chinese; an anchor that the project's own words do not use is one all the same."""
    (tmp_path / "outcome_words.tsv").write_text(f"{OUTCOMES}TOE_COUNT\tother\t\t\t脚趾数\n")
    (tmp_path / "adverse_events.tsv").write_text(f"{EVENTS}Blue toe\t\tblue toe\n")
    (tmp_path / "time_words.tsv").write_text(f"{TIMES}EVENT\tfirst_dose\tkick off\nNUM\t13\ta baker's dozen\n")
    (tmp_path / "report_words.tsv").write_text(f"{TIMES}MEDIAN\t\tmidmost\n")
    check_own(tmp_path)
