"""Grade bands in posted titles."""

import pytest

from pipelines.text.grades import grade_band


@pytest.mark.parametrize(
    ("text", "band"),
    [
        ("Grade 3 or higher anemia", (3, 5)),
        ("Participants with grade ≥3 events", (3, 5)),
        ("Events of ≥ Grade 3", (3, 5)),
        ("Neutropenia (Gr 3-4)", (3, 4)),
        ("Grades 3 to 5 toxicity", (3, 5)),
        ("Grade III/IV rash", (3, 4)),
        ("Diarrhea, Grade 2", (2, 2)),
        ("Grade 3+ fatigue", (3, 5)),
    ],
)
def test_one_band_is_read(text: str, band: tuple[int, int]) -> None:
    """A band in any of the usual notations."""
    assert grade_band(text) == band


@pytest.mark.parametrize(
    "text",
    [
        "Any event",
        "High-grade 3 glioma",
        "Gleason grade 4 tumours",
        "Grade 1 events; Grade 3 events",
        "Grade 30 sandpaper",
        "Upgrade 3 of the device",
        "Grade 4 to 3",
    ],
)
def test_no_band_or_several_are_none(text: str) -> None:
    """Tumour grades, several bands and mere numbers are no band."""
    assert grade_band(text) is None
