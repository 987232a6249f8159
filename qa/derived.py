"""The lexical and the vector index: made from the store, sealed, and made again where a seal is broken.

What is stale or damaged is caught up or rebuilt without encoding anything. The file of a large vector index may be
some revisions old: what came and went since is a matter of milliseconds when it is opened, and rewriting the file
for every new article is not.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embeddings.errors import EncoderError
from embeddings.vectors import VectorIndex
from qa.abbreviations import other_forms, table_of
from qa.dates import date_runs
from qa.lexical import LexicalIndex, PassageText
from qa.seals import Seal, break_seal, read_seal, write_seal
from qa.store import Store
from qa.text import tokens

# Raised when what is indexed of a text changes.
_FORMAT = 3
# tantivy counts what was removed in its frequencies until it merges. Below so many passages, making the index again
# takes less than two seconds and gives the scores of an index that never held them; above, they hardly matter.
_CATCH_UP_FROM = 20_000
# The file of a large vector index stays as it is while fewer than one sentence in so many came or went since.
_REWRITE_SHARE = 20
_REWRITE_BELOW = 20_000
_LEXICAL, _LEXICAL_SEAL = "lexical", "lexical.seal.json"
_VECTORS, _VECTORS_SEAL = "vectors.faiss", "vectors.seal.json"


@dataclass(frozen=True, slots=True)
class Derived:
    """Both indexes, at one revision of the store."""

    lexical: LexicalIndex
    vectors: VectorIndex
    revision: int
    is_behind: bool = False
    """Whether the vectors' file is of an earlier revision, and ought to be written anew."""


def sealed_revisions(folder: Path, store: Store) -> tuple[int | None, int | None]:
    """Tell which revision the lexical and the vector index reflect; None for one that is missing or damaged."""
    lexical, vectors = _seals(folder, store)
    return None if lexical is None else lexical.revision, None if vectors is None else vectors.revision


def _seals(folder: Path, store: Store) -> tuple[Seal | None, Seal | None]:
    identity = store.identity
    lexical = read_seal(folder / _LEXICAL_SEAL, identity, _FORMAT)
    return lexical, read_seal(folder / _VECTORS_SEAL, identity, _FORMAT)


def complaints(folder: Path, store: Store) -> list[str]:
    """Say which of the indexes is missing, damaged, or of another revision than it may be, as their seals tell."""
    found = []
    for name, revision in zip((f"{_LEXICAL}/", _VECTORS), sealed_revisions(folder, store), strict=True):
        if revision is None:
            found.append(f"{name} is missing or damaged")
        elif revision != store.revision and not (name == _VECTORS and may_stay(store, revision)):
            found.append(f"{name} reflects revision {revision}, the store is at {store.revision}")
    return found


def load(folder: Path, store: Store) -> Derived | None:
    """Load both indexes where both are whole, at a revision that the store can still show."""
    lexical, vectors = _seals(folder, store)
    if lexical is None or vectors is None or not store.floor <= vectors.revision <= lexical.revision <= store.revision:
        return None
    try:
        derived = Derived(
            LexicalIndex(folder / _LEXICAL),
            VectorIndex.read(folder / _VECTORS),
            lexical.revision,
            is_behind=vectors.revision < lexical.revision and not may_stay(store, vectors.revision),
        )
    except (EncoderError, ValueError, OSError):
        return None
    if vectors.revision < lexical.revision and not _catch_up(
        derived.vectors, store, vectors.revision, lexical.revision
    ):
        return None
    # A writer may have replaced a file between the check of its seal and the reading.
    return derived if lexical.still_holds() and vectors.still_holds() else None


def refresh(folder: Path, store: Store) -> None:
    """Bring both indexes in `folder` to the store's published revision. Needs the writer's lock."""
    revision = store.revision
    lexical, vectors = sealed_revisions(folder, store)
    if lexical != revision:
        _refresh_lexical(folder, store, lexical, revision)
    if vectors != revision and (vectors is None or not may_stay(store, vectors)):
        _refresh_vectors(folder, store, vectors, revision)


def make_again(folder: Path, store: Store) -> None:
    """Make both indexes anew, whatever is there. Needs the writer's lock."""
    for name in (_LEXICAL_SEAL, _VECTORS_SEAL):
        break_seal(folder / name)
    refresh(folder, store)


def may_stay(store: Store, sealed: int) -> bool:
    """Tell whether a vectors' file of some revision is near enough to the store to be caught up when it is opened."""
    revision = store.revision
    if not store.floor <= sealed <= revision:
        return False
    sentences = store.counts(revision)[2]
    return sentences >= _REWRITE_BELOW and store.sentences_between(sealed, revision) * _REWRITE_SHARE <= sentences


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
        break_seal(folder / _LEXICAL_SEAL)
        _clear(path)
        path.mkdir()
        _new_lexical(path).update([], _passages(store, store.article_rows(revision)))
    write_seal(folder / _LEXICAL_SEAL, store.identity, revision, _FORMAT, filter(_counts, path.iterdir()))


def _new_lexical(path: Path) -> LexicalIndex:
    try:
        return LexicalIndex(path)
    except ValueError as error:  # so tantivy says that the disk is full
        raise OSError(f"the lexical index cannot be written: {str(error).splitlines()[0]}") from error


def _counts(path: Path) -> bool:
    """Leave tantivy's lock files out: they come and go."""
    return path.is_file() and not path.name.endswith(".lock")


def _clear(path: Path) -> None:
    """Take a file or folder away at once.

    A reader that has the folder open may write a lock into it while it is being deleted; elsewhere, that harms nothing.
    """
    for left in path.parent.glob(f"{path.name}.old-*"):  # by a run that was killed meanwhile
        shutil.rmtree(left, ignore_errors=True)
    if path.is_dir():
        away = path.with_name(f"{path.name}.old-{os.getpid()}")
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
    if index is None or sealed is None or not _catch_up(index, store, sealed, revision) or not index.suits:
        index = _vectors(store, revision)
    if path.is_dir():
        shutil.rmtree(path)
    index.write(path)
    try:
        VectorIndex.read(path)  # FAISS does not notice that the last of a file found no room
    except EncoderError as error:
        path.unlink()
        raise OSError(f"{path} cannot be written whole: is the disk full?") from error
    write_seal(folder / _VECTORS_SEAL, store.identity, revision, _FORMAT, [path])


def _catch_up(index: VectorIndex, store: Store, sealed: int, revision: int) -> bool:
    """Bring a vector index from one revision to another; False where it cannot go on."""
    if index.dimension != (store.dimension or 1):
        return False  # it began empty, without a dimension
    for row in store.removed_rows(sealed, revision):
        index.remove(store.sentence_ids(row))
    for ids, vectors in _id_vectors(store, store.article_rows(revision, after=sealed)):
        index.add(ids, vectors)
    return True


def _vectors(store: Store, revision: int) -> VectorIndex:
    rows = store.article_rows(revision)
    return VectorIndex.for_vectors(store.dimension or 1, store.counts(revision)[2], lambda: _id_vectors(store, rows))


def _id_vectors(store: Store, rows: Iterable[int]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for row in rows:
        yield store.sentence_ids(row), store.vectors(row)


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
