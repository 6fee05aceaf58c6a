"""What is kept of a batch of texts, on disk, so that new documents can be compared with old ones without reading those again.

Belongs here: the files of a signed batch, and many batches opened as one corpus. Not here: how the values are computed (`tokens`,
`sketches`), which batches there are, and what is concluded.

Files are plain arrays that are mapped into memory, not read: `Corpus` holds a few numbers per document, and what is looked at.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.dedup import postings
from pipelines.dedup.sketches import N_BANDS, anchors, band_keys
from pipelines.dedup.stretches import Anchored
from pipelines.dedup.tokens import Tokens, tokenize

_PARTS = 64
"""Anchors lie in so many parts by their key, each of which can be grouped alone."""
_PART_SHIFT = np.uint64(64 - 6)
ANCHORS_AT_ONCE = 16_000_000
"""Anchors grouped at one time; 40 bytes each."""


@dataclass(frozen=True)
class Signed:
    """A batch: the tokens of its documents, band keys (bands × documents), and anchors in order of their parts."""

    tokens: Tokens
    bands: NDArray[np.uint64]
    anchor_keys: NDArray[np.uint64]
    anchor_places: NDArray[np.int64]
    anchor_ends: NDArray[np.int64]


def sign(texts: pa.Array) -> Signed:
    """Sign a batch of texts."""
    tokens = tokenize(texts)
    keys, places = anchors(tokens)
    part = (keys >> _PART_SHIFT).astype(np.uint8)
    order = np.argsort(part, kind="stable")
    ends = np.searchsorted(part[order], np.arange(_PARTS + 1))
    return Signed(tokens, np.ascontiguousarray(band_keys(tokens).T), keys[order], places[order], ends)


def save(signed: Signed, folder: Path) -> None:
    """Write the files of a batch into a folder."""
    for name, array in _arrays(signed).items():
        np.save(folder / f"{name}.npy", array)


def _arrays(signed: Signed) -> dict[str, NDArray[np.generic]]:
    return {
        "tokens": signed.tokens.values,
        "ends": signed.tokens.ends,
        "bands": signed.bands,
        "anchor_keys": signed.anchor_keys,
        "anchor_places": signed.anchor_places.astype(np.uint32),
        "anchor_ends": signed.anchor_ends,
    }


class Corpus:
    """Signed batches as one: documents are numbered through, in the order of the batches.

    The tokens of all batches are copied into one file in `work`, which is mapped into memory.
    """

    def __init__(self, folders: Sequence[Path], work: Path) -> None:
        self._folders = list(folders)
        ends = [np.load(folder / "ends.npy") for folder in self._folders]
        self.n_documents = [len(one) - 1 for one in ends]
        sizes = [int(one[-1]) for one in ends]
        self._token_bases = np.cumsum([0, *sizes])
        self._document_bases = np.cumsum([0, *self.n_documents])
        whole = [one[1:] + base for one, base in zip(ends, self._token_bases[:-1], strict=True)]
        self.ends = np.concatenate([np.zeros(1, np.int64), *whole]).astype(np.int64)
        self._path = work / "tokens.u32"
        with self._path.open("wb") as stream:
            for folder in self._folders:
                np.load(folder / "tokens.npy", mmap_mode="r").tofile(stream)

    def __len__(self) -> int:
        return len(self.ends) - 1

    def tokens(self) -> Tokens:
        """All tokens; what is changed in them is changed in memory, not in the file."""
        n = int(self.ends[-1])
        values = np.memmap(self._path, np.uint32, mode="c", shape=(n,)) if n else np.zeros(0, np.uint32)
        return Tokens(values, self.ends)

    def band(self, number: int) -> NDArray[np.uint64]:
        """Keys of one band, by document."""
        # Copies, so that no more than one file is open at a time.
        parts = [np.load(folder / "bands.npy", mmap_mode="r")[number].copy() for folder in self._folders]
        return np.concatenate([np.zeros(0, np.uint64), *parts])

    def bands(self) -> Iterator[NDArray[np.uint64]]:
        return (self.band(number) for number in range(N_BANDS))

    def anchored(self, documents: NDArray[np.bool_], *, at_once: int = ANCHORS_AT_ONCE) -> Anchored:
        """The anchors that stand more than once in the chosen documents, with at most about `at_once` in memory at a time."""
        is_chosen = [self._is_chosen(number, documents) for number in range(len(self._folders))]
        part_ends = [np.load(folder / "anchor_ends.npy") for folder in self._folders]
        sizes = np.sum([np.diff(ends) for ends in part_ends], axis=0) if part_ends else np.zeros(_PARTS, np.int64)
        places: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
        groups: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
        n_groups = 0
        for first, last in _together(sizes, at_once):
            keys_here: list[NDArray[np.uint64]] = [np.zeros(0, np.uint64)]
            places_here: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
            for number, (folder, ends) in enumerate(zip(self._folders, part_ends, strict=True)):
                part = slice(int(ends[first]), int(ends[last]))
                where = np.load(folder / "anchor_places.npy", mmap_mode="r")[part].astype(np.int64)
                chosen = is_chosen[number](where)
                keys_here.append(np.array(np.load(folder / "anchor_keys.npy", mmap_mode="r")[part][chosen]))
                places_here.append(where[chosen] + self._token_bases[number])
            found = postings.repeated(np.concatenate(keys_here))
            several = found >= 0
            places.append(np.concatenate(places_here)[several])
            groups.append(found[several] + n_groups)
            n_groups += int(found.max(initial=-1)) + 1
        all_places, all_groups = np.concatenate(places), np.concatenate(groups)
        order = np.argsort(all_places)
        return Anchored(all_places[order], all_groups[order], n_groups)

    def _is_chosen(self, number: int, documents: NDArray[np.bool_]) -> "_Chosen":
        base, n = self._document_bases[number], self.n_documents[number]
        return _Chosen(self.ends[base : base + n + 1] - self._token_bases[number], documents[base : base + n])


class _Chosen:
    """Which places of a batch lie in chosen documents."""

    def __init__(self, ends: NDArray[np.int64], documents: NDArray[np.bool_]) -> None:
        self._ends, self._documents = ends, documents

    def __call__(self, places: NDArray[np.int64]) -> NDArray[np.bool_] | slice:
        if self._documents.all():
            return slice(None)
        return self._documents[np.searchsorted(self._ends, places, side="right") - 1]


def _together(sizes: NDArray[np.int64], at_once: int) -> Iterator[tuple[int, int]]:
    """Runs of parts with at most `at_once` anchors, or one part."""
    first, total = 0, 0
    for part, size in enumerate(sizes):
        if part > first and total + size > at_once:
            yield first, part
            first, total = part, 0
        total += int(size)
    yield first, len(sizes)
