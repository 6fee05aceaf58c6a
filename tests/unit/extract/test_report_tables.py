"""Tables of results: which cells become values, of what and of whom."""

import pytest

from pipelines.extract import articles
from pipelines.extract.subject import Row, Subject
from pipelines.sources import article


def _tables(text: str) -> dict[str, list[Row]]:
    (record,) = article.read(f"# A trial\n\nIn this study 120 patients were randomized.\n\n{text}\n".encode())
    assert record.article is not None
    return articles.tables(record.article, Subject("x-1", "d" * 16, "none", "en"))


def _results(text: str, *names: str) -> list[tuple[object, ...]]:
    return [tuple(row.get(name) for name in names) for row in _tables(text).get("endpoint_results", [])]


def _events(text: str, *names: str) -> list[tuple[object, ...]]:
    return [tuple(row.get(name) for name in names) for row in _tables(text).get("safety", [])]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "| Endpoint | Letrozole (n = 60) | Placebo (n = 58) |\n| --- |\n| ORR | 41% | 20% |\n| Median PFS, months | 9.2 | 4.4 |",
            [("ORR", 41, "%", "Letrozole"), ("ORR", 20, "%", "Placebo"), ("PFS", 9.2, "mo", "Letrozole"), ("PFS", 4.4, "mo", "Placebo")],
        ),
        (
            "| 组别 | 例数 | ORR(%) | 中位OS(月) |\n| --- |\n| 观察组 | 30 | 47.0 | 13.1 |\n| 对照组 | 30 | 31.0 | 9.8 |",
            [("ORR", 47, "%", "观察组"), ("OS", 13.1, "mo", "观察组"), ("ORR", 31, "%", "对照组"), ("OS", 9.8, "mo", "对照组")],
        ),
        (
            "| 試驗 | 治療 | mPFS | ORR |\n| --- |\n| OAK | letrozole + ribociclib | 21 | 61% |\n| | letrozole | 12 | 40% |",
            [
                *(("PFS", 21, None, "letrozole + ribociclib"), ("ORR", 61, "%", "letrozole + ribociclib")),
                *(("PFS", 12, None, "letrozole"), ("ORR", 40, "%", "letrozole")),
            ],
        ),
        ("| 项目 | 结果 |\n| --- |\n| ORR | 52% |\n| 样本量 | 60 例 |", [("ORR", 52, "%", None)]),
    ],
)
def test_a_cell_is_of_its_row_and_column(text: str, expected: list[tuple[object, ...]]) -> None:
    """Whichever of the two names the group."""
    assert _results(text, "concept", "value", "unit", "group_raw") == expected


def test_heads_say_what_their_cells_hold() -> None:
    """Numbers before percentages, the level of intervals, ratios, p values, a time."""
    text = (
        "| Outcome | Letrozole (n = 60) | Placebo (n = 58) | HR (95% CI) | P |\n| --- |\n"
        "| PFS, median (80% CI), months | 9.2 (7.1-11.2) | 4.4 (3.1-5.6) | 0.56 (0.40-0.79) | <0.001 |\n"
        "| ORR, n (%) | 24 (40.0) | 12 (20.7) | | 0.01 |\n"
        "| 1-year OS rate (%) | 81 | 70 | | |"
    )
    names = ("value", "ci_level_pct", "ci_low", "p_value", "n_events", "n_total", "landmark_months")
    assert _results(text, *names) == [
        (9.2, 80, 7.1, None, None, None, None),
        (4.4, 80, 3.1, None, None, None, None),
        (0.56, 95, 0.4, 0.001, None, None, None),
        (40, None, None, 0.01, 24, 60, None),
        (20.7, None, None, 0.01, 12, 58, None),
        (81, None, None, None, None, None, 12),
        (70, None, None, None, None, None, 12),
    ]


def test_events_stand_in_tables_of_events_alone() -> None:
    """Columns may be grades; what patients had before treatment is none."""
    text = "| Adverse events | Any grade | Grade ≥3 |\n| --- |\n| Hypertension | 41% | 12% |"
    assert _events(text, "term", "percent", "grade_min") == [("Hypertension", 41, None), ("Hypertension", 12, 3)]
    assert not _events("| Characteristic | Letrozole (n = 60) | Placebo (n = 58) |\n| --- |\n| Hypertension | 41% | 40% |", "term")


@pytest.mark.parametrize(
    "text",
    [
        "| Event | Cases | Share |\n| --- |\n| ORR | 45 | 12% |",
        "| Stage | Treatment options |\n| --- |\n| I | Surgery |",
        "| Endpoint | Letrozole | Placebo |\n| --- |\n| ORR | 41% |",
    ],
)
def test_what_heads_do_not_tell_is_left_out(text: str) -> None:
    """Columns of no group, rows of another length."""
    assert not _results(text, "value")
