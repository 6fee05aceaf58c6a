"""Claims about `pipelines.vocab.data_files`: the tab-separated files of the vocabularies."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.vocab.data_files import DATA, EXTENSIBLE, VARIABLE, check_own, own_folder, read_rows, vocabulary_paths

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
    ],
)
def test_a_file_that_is_broken_is_named(name: str, content: str, message: str, tmp_path: Path) -> None:
    """With what is wrong in it, and where; a name with a slip is no file that is read."""
    (tmp_path / name).write_text(content)
    with pytest.raises(ValueError, match=message):
        check_own(tmp_path)


@pytest.mark.parametrize("name", ["absent", "file"])
def test_a_folder_that_is_none_is_refused_with_the_name_of_the_variable(name: str, tmp_path: Path) -> None:
    """A file is no folder either."""
    (tmp_path / "file").write_text(ROUTES)
    with pytest.raises(ValueError, match=rf"{VARIABLE}: .*{name} is no folder"):
        check_own(tmp_path / name)


def _regimen(folder: Path | None) -> str:
    """What a fresh process reads of one intervention, with the vocabularies of a folder: drug, route and frequency."""
    code = (
        "from pipelines.extract import regimens\n"
        "from pipelines.extract.subject import Subject\n"
        "from pipelines.shapes import ArmsInterventionsModule, Intervention, ProtocolSection, Study\n"
        "given = Intervention(type='DRUG', name='Zyxine', description='5 mg by the spoon each dusk')\n"
        "study = Study(ProtocolSection(arms_interventions_module=ArmsInterventionsModule(interventions=[given])))\n"
        "(row,) = regimens.rows(study, Subject('NCT1', 'd', 'ClinicalTrials.gov', 'en'))\n"
        "print(row['drug_name'], row['route'], row['frequency'])\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    if folder is not None:
        environment[VARIABLE] = str(folder)
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True).stdout.strip()


def test_a_users_phrases_and_drugs_are_read_on_top(tmp_path: Path) -> None:
    """In prose, by any process that the environment reaches; what the project knows stays known."""
    assert _regimen(None) == "None None None"
    (tmp_path / "regimen_words.tsv").write_text(ROUTES + "FREQ\tQD 1\teach dusk\n")
    (tmp_path / "drugs_overlay.tsv").write_text("kind\tname\tpackage_names\tother_names\tcomponents\ndrug\tzyxinol\t\tZyxine|ZX-1\n")
    assert _regimen(tmp_path) == "zyxinol oral QD"


def test_what_a_user_says_of_a_phrase_counts_before_what_the_project_says(tmp_path: Path) -> None:
    """Of a drug's name too."""
    (tmp_path / "regimen_words.tsv").write_text("kind\tvalue\twords\nROUTE\ttopical\tby the spoon\nFREQ\tBID 0.5\teach dusk|daily\n")
    (tmp_path / "drugs_chinese.tsv").write_text("name\tother_names\nzyxinol\tZyxine\n")
    assert _regimen(tmp_path) == "zyxinol topical BID"
