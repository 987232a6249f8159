"""The facade: build an index, open it, ask it. For scripts, the command line and the chat alike."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from embeddings.encoder import Encoder, LazyEncoder
from embeddings.models import DEFAULT_MODEL, find_model
from qa import answers, retriever
from qa.articles import Skipped
from qa.index import STORE_NAME, UpdateOptions, check_built, update
from qa.questions import understand
from qa.snapshot import Snapshot
from qa.store import Store
from qa.types import Answer, Hit, Question
from qa.updating import IndexReport, Progress

DEFAULT_INDEX = "index"
_HITS_FOR_ANSWER = 10

PathLike = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class Summary:
    """What an index holds."""

    articles: int
    passages: int
    sentences: int
    revision: int
    model: str


class Assistant:
    """Answers questions from one index. Safe to share by threads; follows the index as it is updated."""

    def __init__(self, folder: Path, encoder: Encoder, snapshot: Snapshot) -> None:
        """Use `Assistant.open` or `Assistant.build`."""
        self.folder = folder
        self.encoder = encoder
        self._snapshot = snapshot
        self._refreshing = threading.Lock()
        # A conversation asks the same question of `retrieve` and `ask`, and evaluation asks it in variants.
        self._encoded = lru_cache(maxsize=256)(self._encode)

    @classmethod
    def build(
        cls,
        paths: PathLike | Iterable[PathLike],
        index: PathLike = DEFAULT_INDEX,
        *,
        model: str | None = None,
        encoder: Encoder | None = None,
        options: UpdateOptions = UpdateOptions(),
        progress: Callable[[Progress], None] = lambda progress: None,
        skipped: Callable[[Skipped], None] = lambda skipped: None,
    ) -> Assistant:
        """Bring the index up to date with the files under `paths`, and open it.

        Only what changed is encoded. Raises HoidapError with a line for a person: no such path, nothing to
        read, another process writing, an index of another model or version, no room on the disk.
        """
        update_index(paths, index, model=model, encoder=encoder, options=options, progress=progress, skipped=skipped)
        return cls.open(index, model=model, encoder=encoder)

    @classmethod
    def open(
        cls, index: PathLike = DEFAULT_INDEX, *, model: str | None = None, encoder: Encoder | None = None
    ) -> Assistant:
        """Open an index with the model that built it; the model itself is loaded by the first question.

        Raises IndexUnusable where there is no index, it is damaged, or another model is asked for;
        EncoderError where its model is not on this machine.
        """
        folder = Path(index)
        snapshot = Snapshot.open(folder)
        assert snapshot is not None  # only an opening that may not wait gives up
        if encoder is None:
            encoder = LazyEncoder(find_model(model or snapshot.store.built.model))
        check_built(snapshot.store, encoder.name, encoder.fingerprint)
        return cls(folder, encoder, snapshot)

    def retrieve(self, question: str, k: int = 5) -> list[Hit]:
        """Return the k passages that fit a question best, best first; none where it has no word to search.

        Raises ValueError where k is not positive.
        """
        if k < 1:
            raise ValueError(f"k must be at least 1, found {k}")
        snapshot = self._current()
        return self._hits(understand(question, snapshot.lexical), snapshot, k)

    def ask(self, question: str) -> Answer:
        """Answer a question with a quotation, or say that the articles do not answer it. Never fails for its text."""
        snapshot = self._current()
        understood = understand(question, snapshot.lexical)
        return answers.answer(understood, self._hits(understood, snapshot, _HITS_FOR_ANSWER))

    def ask_all(
        self, questions: Sequence[str], *, k: int = _HITS_FOR_ANSWER, hidden: Sequence[str | None] | None = None
    ) -> Iterator[tuple[Answer, list[Hit]]]:
        """Answer many questions, encoded together: yield each one's answer and its k best hits, in order.

        With `hidden`, a question is answered as if the article of that id were not in the index.
        """
        snapshot = self._current()
        understood = [understand(question, snapshot.lexical) for question in questions]
        vectors = self.encoder.encode_queries([question.searched for question in understood])
        for i, question in enumerate(understood):
            away = hidden[i] if hidden is not None else None
            passages = frozenset[int]() if away is None else snapshot.passages_in(away)
            hits = _retrieve(question, vectors[i], snapshot, max(k, _HITS_FOR_ANSWER), passages)
            yield answers.answer(question, hits[:_HITS_FOR_ANSWER]), hits[:k]

    def warm_up(self) -> None:
        """Load the model now, so that the first question does not wait for it."""
        self.encoder.encode_queries(["hỏi đáp"])

    def summary(self) -> Summary:
        """Tell what the index holds."""
        snapshot = self._current()
        articles, passages, sentences = snapshot.store.counts(snapshot.revision)
        return Summary(articles, passages, sentences, snapshot.revision, snapshot.store.built.model)

    def _hits(self, question: Question, snapshot: Snapshot, k: int) -> list[Hit]:
        vector = self._encoded(question.searched) if question.searched else np.empty(0)
        return _retrieve(question, vector, snapshot, k)

    def _encode(self, text: str) -> np.ndarray:
        return np.asarray(self.encoder.encode_queries([text])[0])

    def _current(self) -> Snapshot:
        """Give the newest whole revision; the one at hand where a newer one is not ready yet."""
        if self._snapshot.is_stale() and self._refreshing.acquire(blocking=False):
            try:
                newer = Snapshot.open(self.folder, wait_seconds=0)
                if newer is not None and newer.store.built.fingerprint == self.encoder.fingerprint:
                    self._snapshot = newer
                elif newer is not None:
                    newer.store.close()  # rebuilt with another model, whose vectors this one's do not compare with
            finally:
                self._refreshing.release()
        return self._snapshot


def _retrieve(
    question: Question, vector: np.ndarray, snapshot: Snapshot, k: int, hidden: frozenset[int] = frozenset()
) -> list[Hit]:
    if not question.searched or not len(snapshot.vectors):
        return []
    return retriever.retrieve(question, vector, snapshot, k, hidden=hidden)


def update_index(
    paths: PathLike | Iterable[PathLike],
    index: PathLike = DEFAULT_INDEX,
    *,
    model: str | None = None,
    encoder: Encoder | None = None,
    options: UpdateOptions = UpdateOptions(),
    progress: Callable[[Progress], None] = lambda progress: None,
    skipped: Callable[[Skipped], None] = lambda skipped: None,
    report: Callable[[str], None] = lambda line: None,
) -> IndexReport:
    """Bring an index up to date with the files under `paths`; tell what was done. Raises as `Assistant.build`.

    `report` is told, in lines for a person, of what takes time: a model written out or loaded.
    """
    folder = Path(index)
    if encoder is None:
        encoder = LazyEncoder(find_model(model or _model_of(folder, options) or DEFAULT_MODEL, report), report)
    given = [paths] if isinstance(paths, (str, os.PathLike)) else paths
    return update(folder, [Path(path) for path in given], encoder, options, progress, skipped)


def _model_of(folder: Path, options: UpdateOptions) -> str | None:
    """Give the model that an index was built with, where there is one to go on with."""
    if not (folder / STORE_NAME).is_file():
        return None
    store = Store.open(folder / STORE_NAME)
    try:
        return store.built.model
    finally:
        store.close()


@lru_cache(maxsize=1)
def _default_assistant(folder: Path) -> Assistant:
    return Assistant.open(folder)


def retrieve(question: str, k: int = 5) -> list[Hit]:
    """Return the k best passages of the default index: the folder `index`, or the one that HOIDAP_INDEX names.

    Raises as `Assistant.open` and `Assistant.retrieve`.
    """
    return _default_assistant(Path(os.environ.get("HOIDAP_INDEX", DEFAULT_INDEX)).absolute()).retrieve(question, k)
