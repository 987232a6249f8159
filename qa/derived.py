"""The lexical and the vector index: made from the store, sealed, and made again where a seal is broken.

A seal is a small JSON file beside what it covers: which store, which of its revisions, and the size and
checksum of every file. What is stale or damaged is caught up or rebuilt without encoding anything.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embeddings.errors import EncoderError
from embeddings.vectors import VectorIndex
from qa.abbreviations import other_forms, table_of
from qa.dates import date_runs
from qa.lexical import LexicalIndex, PassageText
from qa.store import Store
from qa.text import tokens

# Raised when what is indexed of a text changes.
_FORMAT = 2
# tantivy counts what was removed in its frequencies until it merges. Below so many passages, making the index again
# takes less than two seconds and gives the scores of an index that never held them; above, they hardly matter.
_CATCH_UP_FROM = 20_000
_LEXICAL, _LEXICAL_SEAL = "lexical", "lexical.seal.json"
_VECTORS, _VECTORS_SEAL = "vectors.faiss", "vectors.seal.json"


@dataclass(frozen=True, slots=True)
class Derived:
    """Both indexes, at one revision of the store."""

    lexical: LexicalIndex
    vectors: VectorIndex
    revision: int


def sealed_revisions(folder: Path, store: Store) -> tuple[int | None, int | None]:
    """Tell which revision the lexical and the vector index reflect; None for one that is missing or damaged."""
    return _unsealed(folder, _LEXICAL_SEAL, store), _unsealed(folder, _VECTORS_SEAL, store)


def load(folder: Path, store: Store) -> Derived | None:
    """Load both indexes where both are whole and at one revision that the store can still show."""
    lexical, vectors = sealed_revisions(folder, store)
    if lexical is None or lexical != vectors or not store.floor <= lexical <= store.revision:
        return None
    try:
        derived = Derived(LexicalIndex(folder / _LEXICAL), VectorIndex.read(folder / _VECTORS), lexical)
    except (EncoderError, ValueError, OSError):
        return None
    # A writer may have replaced a file between the check of its seal and the reading.
    return derived if sealed_revisions(folder, store) == (lexical, vectors) else None


def refresh(folder: Path, store: Store) -> None:
    """Bring both indexes in `folder` to the store's published revision. Needs the writer's lock."""
    revision = store.revision
    lexical, vectors = sealed_revisions(folder, store)
    if lexical != revision:
        _refresh_lexical(folder, store, lexical, revision)
    if vectors != revision:
        _refresh_vectors(folder, store, vectors, revision)


def build_in_memory(store: Store) -> Derived:
    """Make both indexes in memory, for an index folder that may not be written or is being written."""
    with store.reading():
        revision = store.revision
        lexical = LexicalIndex()
        lexical.update([], _passages(store, store.article_rows(revision)))
        return Derived(lexical, _vectors(store, revision), revision)


def _refresh_lexical(folder: Path, store: Store, sealed: int | None, revision: int) -> None:
    path = folder / _LEXICAL
    if sealed is None or not store.floor <= sealed <= revision or not _caught_up(path, store, sealed, revision):
        (folder / _LEXICAL_SEAL).unlink(missing_ok=True)
        _clear(path)
        path.mkdir()
        LexicalIndex(path).update([], _passages(store, store.article_rows(revision)))
    _seal(folder, _LEXICAL_SEAL, store, revision, path.iterdir())


def _clear(path: Path) -> None:
    """Take a file or folder away at once.

    A reader that has the folder open may write a lock into it while it is being deleted; elsewhere, that harms nothing.
    """
    if path.is_dir():
        away = path.with_name(f"{path.name}.old-{os.getpid()}")
        shutil.rmtree(away, ignore_errors=True)
        path.rename(away)
        shutil.rmtree(away, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _caught_up(path: Path, store: Store, sealed: int, revision: int) -> bool:
    """Bring the lexical index from one revision to another, unless making it again is better."""
    removed = store.removed_rows(sealed, revision)
    try:
        index = LexicalIndex(path)
        if removed and len(index) < _CATCH_UP_FROM:
            return False
        index.update(removed, _passages(store, store.article_rows(revision, after=sealed)))
    except (ValueError, OSError):
        return False
    return True


def _refresh_vectors(folder: Path, store: Store, sealed: int | None, revision: int) -> None:
    path = folder / _VECTORS
    index: VectorIndex | None = None
    if sealed is not None and store.floor <= sealed <= revision:
        with contextlib.suppress(EncoderError):
            index = VectorIndex.read(path)
    # An index that began empty has no dimension to go on with.
    if index is None or sealed is None or index.dimension != (store.dimension or 1):
        index = _vectors(store, revision)
    else:
        for row in store.removed_rows(sealed, revision):
            index.remove(store.sentence_ids(row))
        _add_vectors(index, store, store.article_rows(revision, after=sealed))
    if path.is_dir():
        shutil.rmtree(path)
    index.write(path)
    _seal(folder, _VECTORS_SEAL, store, revision, [path])


def _vectors(store: Store, revision: int) -> VectorIndex:
    index = VectorIndex(store.dimension or 1)
    _add_vectors(index, store, store.article_rows(revision))
    return index


def _add_vectors(index: VectorIndex, store: Store, rows: Iterable[int]) -> None:
    for row in rows:
        index.add(store.sentence_ids(row), store.vectors(row))


def _passages(store: Store, rows: Iterable[int]) -> Iterator[PassageText]:
    for row in rows:
        article = store.article(row)
        if article is not None:
            table = table_of(article.text)
            for passage, start, end in store.passage_spans(row):
                text = article.text[start:end]
                also = [
                    *other_forms(tokens(f"{article.title} {text}"), table),
                    *date_runs(text, article.published),
                ]
                yield PassageText(passage, row, article.title, text, tuple(also))


# --- seals -----------------------------------------------------------------------------------------------


def _seal(folder: Path, name: str, store: Store, revision: int, files: Iterable[Path]) -> None:
    record = {
        "format": _FORMAT,
        "store": store.identity,
        "revision": revision,
        "files": {path.relative_to(folder).as_posix(): _fingerprint(path) for path in sorted(files) if _counts(path)},
    }
    record["checksum"] = _checksum(record)
    temporary = folder / (name + ".part")
    temporary.write_text(json.dumps(record, indent=1), encoding="utf-8")
    os.replace(temporary, folder / name)


def _unsealed(folder: Path, name: str, store: Store) -> int | None:
    """Give the revision that a seal vouches for, or None where it is broken, absent or another store's."""
    try:
        record = json.loads((folder / name).read_text(encoding="utf-8"))
        if record.pop("checksum") != _checksum(record):
            return None
        if record["format"] != _FORMAT or record["store"] != store.identity or not record["files"]:
            return None
        if any(_fingerprint(folder / path) != found for path, found in record["files"].items()):
            return None
        return int(record["revision"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _checksum(record: dict[str, object]) -> int:
    return zlib.crc32(json.dumps(record, sort_keys=True).encode())


def _counts(path: Path) -> bool:
    """Leave tantivy's lock files out: they come and go."""
    return path.is_file() and not path.name.endswith(".lock")


def _fingerprint(path: Path) -> list[int]:
    """Give a file's size and CRC-32: enough against damage, and 1 GB a second."""
    checksum = size = 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            checksum = zlib.crc32(chunk, checksum)
            size += len(chunk)
    return [size, checksum]


def differences(derived: Derived, store: Store, layout: np.ndarray) -> list[str]:
    """Compare both indexes with the store, id by id and vector by vector; list what differs."""
    found = []
    if sorted(derived.lexical.passages()) != sorted(set(layout[:, 1].tolist())):
        found.append("the lexical index does not hold exactly the store's passages")
    if len(derived.vectors) != len(layout):
        found.append(f"the vector index holds {len(derived.vectors)} vectors, the store {len(layout)} sentences")
        return found
    for row in store.article_rows(derived.revision):
        ids = store.sentence_ids(row)
        if not derived.vectors.holds(ids, store.vectors(row)):
            found.append(f"the vector index differs from the store's vectors of article {row}")
    return found
