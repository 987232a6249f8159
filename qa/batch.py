"""What an update has read and not yet committed: encoded together, committed together."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from embeddings.encoder import Encoder
from qa import duplicates
from qa.articles import Document
from qa.duplicates import Signature
from qa.reports import IndexReport
from qa.store import Known, NewArticle, Store
from qa.text import spelling
from qa.types import Passage


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An article that is to be encoded."""

    document: Document
    before: Known | None
    passages: Sequence[Passage]

    @property
    def body(self) -> str:
        """The article without what stands around it."""
        return "\n\n".join(passage.quote for passage in self.passages)


class Batch:
    """Articles to add or replace, articles that were moved, and the files that are thereby done with."""

    def __init__(self, store: Store, encoder: Encoder, report: IndexReport, encoded: Callable[[], None]) -> None:
        """Begin an empty batch; `report` is kept up to date, and `encoded` called after every few sentences."""
        self._store, self._encoder, self._report, self._tell_encoded = store, encoder, report, encoded
        self._clear()
        self._moves: list[tuple[Known, str, str]] = []
        self._files: dict[str, tuple[str, int]] = {}

    def _clear(self) -> None:
        self._waiting: list[_Waiting] = []
        self.sentences = self.byte_count = self._encoded = 0

    @property
    def bytes_encoded(self) -> int:
        """How much of the corpus is encoded that is not committed yet."""
        return self.byte_count * self._encoded // max(1, self.sentences)

    def add(self, document: Document, before: Known | None, passages: Sequence[Passage]) -> None:
        """Have an article added, in the place of the one before it where there is one."""
        self._waiting.append(_Waiting(document, before, passages))
        self.byte_count += document.byte_count
        self.sentences += sum(len(passage.sentences) for passage in passages)

    def move(self, article: Known, path: str, name: str) -> None:
        """Have an article noted as moved to another file."""
        self._moves.append((article, path, name))

    def finish_file(self, path: str, sha256: str, reading: int) -> None:
        """Have a file noted, by the hash of its bytes, as one whose articles are all in the store."""
        self._files[path] = sha256, reading

    def commit(self) -> int:
        """Encode what waits, commit it all, and begin anew; return how many bytes of the corpus it took."""
        if self._moves:
            with self._store.transaction():
                for article, place, name in self._moves:
                    self._store.move(article, place, name)
            self._moves = []
        byte_count = self.byte_count
        if self._waiting:
            self._commit_articles()
        if self._files:  # not before all that they hold
            with self._store.transaction():
                for path, (sha256, reading) in self._files.items():
                    self._store.note_file(path, sha256, reading)
            self._files = {}
        return byte_count

    def _commit_articles(self) -> None:
        vectors, prompts = self._encode()
        signatures = [duplicates.describe(waiting.body) for waiting in self._waiting]
        at = 0
        with self._store.transaction():
            self._store.note_encoding(vectors.shape[1], prompts)
            for waiting, signature in zip(self._waiting, signatures, strict=True):
                if waiting.before is not None:
                    self._store.remove(waiting.before)
                count = sum(len(passage.sentences) for passage in waiting.passages)
                self._add(waiting, signature, vectors[at : at + count])
                at += count
        for waiting in self._waiting:
            self._report.added += waiting.before is None
            self._report.changed += waiting.before is not None
        self._clear()

    def _encode(self) -> tuple[np.ndarray, dict[str, str]]:
        texts = [
            spelling(passage.article.text[sentence.start : sentence.end])
            for waiting in self._waiting
            for passage in waiting.passages
            for sentence in passage.sentences
        ]
        prompts = dict(self._encoder.prompts)  # loads the model, which is not to count as encoding
        start = time.perf_counter()
        vectors = self._encoder.encode_passages(texts, self._count_encoded)
        self._report.encoding_seconds += time.perf_counter() - start
        return vectors, prompts

    def _count_encoded(self, count: int) -> None:
        self._report.sentences_encoded += count
        self._encoded += count
        self._tell_encoded()

    def _add(self, waiting: _Waiting, signature: Signature, vectors: np.ndarray) -> None:
        document, keys = waiting.document, duplicates.keys(signature)
        story = self._story(signature, keys)
        self._report.retold += story is not None
        self._store.forget_dropped(document.article.path, document.name)
        self._store.add(
            NewArticle(
                document.article,
                document.name,
                document.titled,
                waiting.passages,
                vectors,
                signature.to_bytes(),
                keys,
                story,
            )
        )

    def _story(self, signature: Signature, keys: Sequence[int]) -> int | None:
        """Find the story that an article tells, if another that is there tells it too."""
        for story, other in self._store.alike(keys):
            if duplicates.same_story(signature, Signature.from_bytes(other)):
                return story
        return None
