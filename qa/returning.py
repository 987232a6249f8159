"""Taking a removal back: the article as it was, by its vectors too, whatever has become of its file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qa import derived, duplicates
from qa.assistant import DEFAULT_INDEX, PathLike
from qa.duplicates import Signature
from qa.errors import CorpusError, IndexUnusable
from qa.index import STORE_NAME, _forget_old_revisions, writing
from qa.store import Built, Known, NewArticle, Store
from qa.types import Article, Passage


@dataclass(frozen=True, slots=True, eq=False)
class Removed:
    """An article that was taken out, and all that is needed to put it back without reading or encoding anything."""

    article: Article
    name: str
    titled: bool
    passages: tuple[Passage, ...]
    vectors: np.ndarray
    """Of its sentences, float32, shape (sentences, dimension)."""
    built: Built
    """What made the vectors: they are of no use to an index that another model built."""

    @property
    def byte_count(self) -> int:
        """About how much memory it takes."""
        return 4 * len(self.article.text) + self.vectors.nbytes


def take_out(article_ids: Sequence[str], index: PathLike = DEFAULT_INDEX, wait_seconds: float = 10.0) -> list[Removed]:
    """Remove articles as `remove_articles` does, and return what `put_back` needs. Raises what it raises."""
    folder, names = Path(index), dict.fromkeys(article_ids)
    with _open(folder, wait_seconds) as store:  # What is read is what goes: nobody else writes in between.
        _forget_old_revisions(folder, store)
        known = {article.public_id: article for article in store.known()}
        for name in names:
            # What a run that was killed removed and did not publish is still shown: it goes now.
            if name not in known and store.article_row(name, store.revision) is None:
                raise CorpusError(f"the index {folder} holds no article {name!r}; see: hoidap list --index {folder}")
        kept = [_removed(store, name, known[name]) for name in names if name in known]
        with store.transaction():
            for name in names:
                if name in known:
                    store.remove(known[name])
                    store.note_dropped(known[name])
        store.publish()
        derived.refresh(folder, store)
    return kept


def put_back(removed: Sequence[Removed], index: PathLike = DEFAULT_INDEX, wait_seconds: float = 10.0) -> list[str]:
    """Put articles back, at once or none of them, with the ids and spans that they had; return the ids.

    One that has come back already, as when its file was indexed again, is left as it is. Raises CorpusError where
    another article has its id or place by now, IndexUnusable where the index was rebuilt by another model, IndexBusy
    while another process writes.
    """
    folder = Path(index)
    with _open(folder, wait_seconds) as store:
        if any(item.built != store.built for item in removed):
            raise IndexUnusable(f"the index {folder} was rebuilt since; index the articles' files again")
        places = {(known.path, known.name): known for known in store.known()}
        ids = {known.public_id: known for known in places.values()}
        missing = []
        for item in removed:
            known = places.get((item.article.path, item.name)) or ids.get(item.article.id)
            if known is None:
                missing.append(item)
            elif (known.public_id, known.sha256) != (item.article.id, item.article.sha256):
                raise CorpusError(f"the index {folder} holds another article in the place of {item.article.id!r}")
        with store.transaction():
            for item in missing:
                _add(store, item)
        store.publish()
        derived.refresh(folder, store)
    return [item.article.id for item in removed]


@contextlib.contextmanager
def _open(folder: Path, wait_seconds: float) -> Iterator[Store]:
    if not (folder / STORE_NAME).is_file():
        Store.open(folder / STORE_NAME)  # says that there is no index; a lock is not to make its folder
    with writing(folder, wait_seconds), contextlib.closing(Store.open(folder / STORE_NAME, write=True)) as store:
        yield store


def _removed(store: Store, public_id: str, known: Known) -> Removed:
    article = store.article(known.row)
    if article is None:  # purged by another process, since it was listed
        raise CorpusError(f"the index {store.path.parent} holds no article {public_id!r}")
    found = (store.passage(passage, article) for passage, _, _ in store.passage_spans(known.row))
    passages = tuple(passage for passage in found if passage is not None)
    titled, vectors = store.was_titled(known.row), store.vectors(known.row)
    return Removed(article, known.name, titled, passages, vectors, store.built)


def _add(store: Store, item: Removed) -> None:
    # As it was told when it was indexed; the first of its story may be another by now.
    signature = duplicates.describe("\n\n".join(passage.quote for passage in item.passages))
    keys = duplicates.keys(signature)
    stories = (
        story for story, other in store.alike(keys) if duplicates.same_story(signature, Signature.from_bytes(other))
    )
    store.forget_dropped(item.article.path, item.name)
    store.add(
        NewArticle(
            item.article, item.name, item.titled, item.passages, item.vectors, signature.to_bytes(), keys,
            next(stories, None),
        )
    )  # fmt: skip
