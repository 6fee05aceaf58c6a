"""The API v2 studies of the corpus, read by the standard library alone: what the pipeline gives is compared with them."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]


def studies_in(corpus: Path) -> Iterator[Json]:
    """Every API v2 study of the corpus, by the standard library alone."""
    for path in sorted((corpus / "ctgov_json").rglob("*.json")):
        loaded = json.loads(path.read_text(encoding="utf-8-sig"))
        yield from loaded if isinstance(loaded, list) else [loaded]
    with zipfile.ZipFile(corpus / "large" / "ctg-studies.json.zip") as archive:
        for name in archive.namelist():
            yield json.loads(archive.read(name))
