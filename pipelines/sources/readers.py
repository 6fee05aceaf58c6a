"""The readers, in the order in which they are asked whether a file is theirs; an article is what no registry format claims."""

from pipelines.sources import (
    aact,
    article,
    cde,
    chictr,
    ctgov_classic,
    ctgov_csv,
    ctgov_flattened,
    ctgov_json,
    ctgov_text,
    ctgov_xml,
    ctis,
    euctr,
    ictrp,
    isrctn,
)
from pipelines.sources.records import Reader

READERS: tuple[Reader, ...] = (
    ctgov_json,
    ctgov_classic,
    ctgov_flattened,
    ctgov_xml,
    ctgov_csv,
    aact,
    ctis,
    euctr,
    isrctn,
    chictr,
    cde,
    ictrp,
    ctgov_text,
    article,
)


def identify(head: bytes) -> Reader | None:
    """The reader for content that begins with these bytes (at most `SNIFF_BYTES`), or None."""
    return next((reader for reader in READERS if reader.sniff(head)), None)


def reader_of(source_format: str) -> Reader:
    """The reader of a format by its name."""
    return next(reader for reader in READERS if source_format == reader.FORMAT)
