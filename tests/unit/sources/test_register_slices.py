"""Large files of registers are read in slices, which give the same records as the whole."""

import json

import pytest

from pipelines.sources import chictr, ctis, euctr, ictrp, isrctn
from pipelines.sources.records import Record, Reject
from tests.unit.sources import test_chictr, test_ctis, test_euctr, test_ictrp, test_isrctn

ROWS = [{"TrialID": f"NCT0248{n:04}", "Public_title": f'A "trial",\n{n}', "Source_registry": "X"} for n in range(40)]
FILES = {
    "ictrp csv": (ictrp, test_ictrp.table(*ROWS)),
    "ictrp csv with a byte order mark": (ictrp, b"\xef\xbb\xbf" + test_ictrp.table(*ROWS)),
    "ictrp xml": (ictrp, test_ictrp.XML.encode()),
    "ctis": (ctis, json.dumps([test_ctis.NEW, test_ctis.OLD] * 3).encode()),
    "isrctn": (isrctn, json.dumps([test_isrctn.RECORD] * 5, indent=1).encode()),
    "isrctn lines": (isrctn, b"\n".join([json.dumps(test_isrctn.RECORD).encode()] * 5)),
    "euctr text": (euctr, test_euctr.TEXT.encode()),
    "euctr json": (euctr, json.dumps([test_euctr.JSON] * 4).encode()),
    "chictr": (chictr, test_chictr.XML.encode()),
}


def told(items: list[Record | Reject]) -> list[tuple[int, str]]:
    return [(one.index, one.content_sha256 if isinstance(one, Record) else one.reason) for one in items]


@pytest.mark.parametrize("target_bytes", [1, 700, 3000, 10**6])
@pytest.mark.parametrize("name", FILES)
def test_slices_give_the_same_records_as_the_whole(name: str, target_bytes: int) -> None:
    """With the same numbers, and all of the file between them."""
    reader, data = FILES[name]
    parts = reader.slices(data, target_bytes=target_bytes)
    assert parts
    found: list[Record | Reject] = []
    for part in parts:
        found += reader.read(data[part.start : part.end], first_index=part.first_index, header=part.header)
    assert told(found) == told(list(reader.read(data)))
    assert target_bytes > 1 or len(parts) > 1


@pytest.mark.parametrize("reader", [ictrp, ctis, euctr, isrctn, chictr])
def test_what_cannot_be_cut_is_one_piece(reader: object) -> None:
    """Damaged JSON, a file of another kind."""
    for data in (b'[{"a": ', b"nothing", b'{"a": 1}'):
        assert reader.slices(data, target_bytes=10) is None  # type: ignore[attr-defined]
