"""The facade: build an index, open it, ask it. For scripts, the command line and the chat alike."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from embeddings.apart import EncoderApart
from embeddings.encoder import Encoder, LazyEncoder
from embeddings.models import DEFAULT_MODEL, find_model
from qa import answers, retriever
from qa.confidence import Confidence, FollowedConfidence
from qa.corpus import Skipped
from qa.database import damaged
from qa.index import STORE_NAME, UpdateOptions, check_built, remove, update
from qa.questions import readings
from qa.reports import Converted, IndexReport, Progress, told_apart
from qa.scope import Scope, nfc
from qa.snapshot import Snapshot
from qa.store import Store
from qa.suggesting import suggested
from qa.types import Answer, Article, Hit, Question
from qa.verify import damage

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

    def __init__(self, folder: Path, encoder: Encoder, snapshot: Snapshot, confidence: FollowedConfidence) -> None:
        """Use `Assistant.open` or `Assistant.build`."""
        self.folder = folder
        self.encoder = encoder
        self._confidence = confidence
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
        cls,
        index: PathLike = DEFAULT_INDEX,
        *,
        model: str | None = None,
        encoder: Encoder | None = None,
        answer_from: float | None = None,
        fitted: bool = True,
        apart: bool = False,
    ) -> Assistant:
        """Open an index with the model that built it; the model itself is loaded by the first question.

        With `apart`, for servers, the model is loaded at once, in a process of its own: many questions at the same time
        are answered faster, and a script that does this must have a main part that can be imported.

        `answer_from` is the confidence from which on an answer is given, 0 to 1, where it should not be the one
        that `hoidap calibrate` chose, or the shipped one. Where `fitted` is false, what was fitted to the index is
        not looked at.

        Raises IndexUnusable where there is no index, it is damaged, or another model is asked for;
        EncoderError where its model is not on this machine.
        """
        if answer_from is not None and not 0 <= answer_from <= 1:
            raise ValueError(f"answer_from must be from 0 to 1, found {answer_from}")
        folder = Path(index)
        snapshot = Snapshot.open(folder)
        assert snapshot is not None  # only an opening that may not wait gives up
        if encoder is None:
            encoder = (EncoderApart if apart else LazyEncoder)(find_model(model or snapshot.store.built.model))
        check_built(snapshot.store, encoder.name, encoder.fingerprint)
        confidence = FollowedConfidence(folder, encoder.fingerprint if fitted else None, answer_from)
        return cls(folder, encoder, snapshot, confidence)

    @property
    def revision(self) -> int:
        """The newest whole revision of the index, which the next question is asked of."""
        return self._current().revision

    @property
    def confidence(self) -> Confidence:
        """The models that tell how sure an answer is, and from when on it is given."""
        return self._confidence.current()

    def retrieve(
        self,
        question: str,
        k: int = 5,
        *,
        history: Sequence[str] = (),
        articles: Sequence[str] = (),
        sources: Sequence[str] = (),
        since: date | None = None,
        until: date | None = None,
    ) -> list[Hit]:
        """Return the k passages that fit a question best, best first; none where it has no word to search.

        `history` are the questions asked before, oldest first: "Còn huyện Cao Lộc thì sao?" leans on them.

        `articles` keeps to the articles of these ids, `sources` to those whose source is exactly one of these, `since`
        and `until`, both included, to those published then; an article has to be of all that is given. Ids and sources
        that the index does not hold match nothing, articles without a source or date none of those. The best of these
        articles are found wherever they stand among all; `Hit.also_in` may still name others.

        Raises ValueError where k is not positive, TypeError for `articles` or `sources` that are a lone string.
        """
        if k < 1:
            raise ValueError(f"k must be at least 1, found {k}")
        scope = Scope.of(articles, sources, since, until)
        _, hits = self._best(question, history, max(k, _HITS_FOR_ANSWER), scope)
        return hits[:k]

    def ask(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        articles: Sequence[str] = (),
        sources: Sequence[str] = (),
        since: date | None = None,
        until: date | None = None,
    ) -> Answer:
        """Answer a question with a quotation, or say that the articles do not answer it. Never fails for its text.

        `history`, `articles`, `sources`, `since` and `until` are as in `retrieve`.
        """
        answer, _ = self._best(question, history, _HITS_FOR_ANSWER, Scope.of(articles, sources, since, until))
        return answer

    def ask_all(
        self,
        questions: Sequence[str],
        *,
        k: int = _HITS_FOR_ANSWER,
        hidden: Sequence[str | None] | None = None,
        histories: Sequence[Sequence[str]] | None = None,
    ) -> Iterator[tuple[Answer, list[Hit]]]:
        """Answer many questions, encoded together: yield each one's answer and its k best hits, in order.

        With `hidden`, a question is answered as if the article of that id, and other copies of its story, were not in
        the index; `histories` are the questions asked before each.
        """
        snapshot = self._current()
        all_readings = [
            readings(question, histories[i] if histories is not None else (), snapshot.lexical)
            for i, question in enumerate(questions)
        ]
        texts = list(dict.fromkeys(reading.searched for found in all_readings for reading in found))
        vectors = dict(zip(texts, self.encoder.encode_queries(texts), strict=True))
        for i, found in enumerate(all_readings):
            away = hidden[i] if hidden is not None else None
            passages = frozenset[int]() if away is None else snapshot.passages_in(away)
            answer, hits = _choose(
                found, vectors.__getitem__, snapshot, self.confidence, max(k, _HITS_FOR_ANSWER), passages
            )
            yield answer, hits[:k]

    def warm_up(self) -> None:
        """Load the model now, so that the first question does not wait for it."""
        self.encoder.encode_queries(["hỏi đáp"])

    def summary(self) -> Summary:
        """Tell what the index holds."""
        snapshot = self._current()
        articles, passages, sentences = snapshot.store.counts(snapshot.revision)
        return Summary(articles, passages, sentences, snapshot.revision, snapshot.store.built.model)

    def article(self, id: str) -> Article | None:
        """Give the article of this id with its text, as the newest revision has it; None where it has none.

        Raises IndexUnusable where its text is damaged.
        """
        snapshot = self._current()
        row = snapshot.store.article_row(nfc(id), snapshot.revision)
        return None if row is None else snapshot.article(row)

    def sources(self) -> list[tuple[str, int]]:
        """List where the articles come from, each source in NFC with its number of articles, most first."""
        return self._current().sources()

    def suggestions(self, count: int = 4, *, seed: int = 0) -> list[str]:
        """Give up to `count` Vietnamese questions that the articles answer; fewer, or none, where they offer no more.

        Of the articles looked at, at most 200, half are the newest and the others from everywhere. A question is given
        only where asking it finds the very sentence that it was made of; at most 20 are asked, encoded together. The
        same revision and seed give the same questions. Raises IndexUnusable, as `ask`, for a damaged index.
        """
        return suggested(self._current(), self.ask_all, count, seed)

    def _best(self, question: str, history: Sequence[str], k: int, scope: Scope) -> tuple[Answer, list[Hit]]:
        snapshot = self._current()
        found = readings(question, history, snapshot.lexical)
        return _choose(found, self._encoded, snapshot.within(scope), self.confidence, k)

    def _encode(self, text: str) -> np.ndarray:
        return np.asarray(self.encoder.encode_queries([text])[0])

    def _current(self) -> Snapshot:
        """Give the newest whole revision; the one at hand where a newer one is not ready yet."""
        # Of an assistant that nobody asked for long, a writer may have purged what it still shows: that one waits.
        is_whole = self._snapshot.is_whole()
        if self._snapshot.is_stale() and self._refreshing.acquire(blocking=not is_whole):
            try:
                newer = Snapshot.open(self.folder, wait_seconds=0.0 if is_whole else 5.0)
                if newer is not None and newer.store.built.fingerprint == self.encoder.fingerprint:
                    self._snapshot = newer
                elif newer is not None:
                    newer.store.close()  # rebuilt with another model, whose vectors this one's do not compare with
            finally:
                self._refreshing.release()
        return self._snapshot


def _choose(
    found: Sequence[Question],
    encoded: Callable[[str], np.ndarray],
    snapshot: Snapshot,
    confidence: Confidence,
    k: int,
    hidden: frozenset[int] = frozenset(),
) -> tuple[Answer, list[Hit]]:
    """Answer by the first reading that the articles answer; where they answer none, by the surest."""
    best: tuple[Answer, list[Hit]] | None = None
    for question in found:
        try:
            hits = _retrieve(question, encoded, snapshot, k, hidden)
        except (LookupError, ValueError, TypeError, OverflowError, sqlite3.Error) as error:
            if found_damage := damage(snapshot.store.path.parent):
                raise damaged(snapshot.store.path, ValueError(found_damage)) from error
            raise
        frequency = partial(snapshot.lexical.frequency, field="exact")
        answer = answers.answer(question, hits[:_HITS_FOR_ANSWER], confidence, frequency)
        if best is None or answer.confidence > best[0].confidence:
            best = answer, hits
        if answer.answered:
            break
    assert best is not None  # a question has a reading
    return best


def _retrieve(
    question: Question,
    encoded: Callable[[str], np.ndarray],
    snapshot: Snapshot,
    k: int,
    hidden: frozenset[int] = frozenset(),
) -> list[Hit]:
    if not question.searched or not len(snapshot.vectors):
        return []
    return retriever.retrieve(question, encoded(question.searched), snapshot, k, hidden=hidden)


def update_index(
    paths: PathLike | Iterable[PathLike],
    index: PathLike = DEFAULT_INDEX,
    *,
    model: str | None = None,
    encoder: Encoder | None = None,
    options: UpdateOptions = UpdateOptions(),
    progress: Callable[[Progress], None] = lambda progress: None,
    skipped: Callable[[Skipped], None] = lambda skipped: None,
    converted: Callable[[Converted], None] = lambda converted: None,
    report: Callable[[str], None] = lambda line: None,
) -> IndexReport:
    """Bring an index up to date with the files under `paths`; tell what was done. Raises as `Assistant.build`.

    `skipped` and `converted` are told at once what could not be read, and what was not in Unicode; `report`, in lines
    for a person, what takes time: a model written out or loaded.
    """
    folder = Path(index)
    if encoder is None:
        encoder = encoder_of(folder, model, report)
    given = [paths] if isinstance(paths, (str, os.PathLike)) else paths

    return update(folder, [Path(path) for path in given], encoder, options, progress, told_apart(skipped, converted))


def suggestions(assistant: Assistant, count: int = 4, *, seed: int = 0) -> list[str]:
    """Give questions that the articles answer, as `Assistant.suggestions`."""
    return assistant.suggestions(count, seed=seed)


def remove_articles(article_ids: Sequence[str], index: PathLike = DEFAULT_INDEX) -> list[Article]:
    """Remove articles from an index by their ids, all or none; return them without their texts.

    They stay away while their files say the same, unless a file itself is given to `update_index`. Raises CorpusError
    for an id that the index does not hold.
    """
    return remove(Path(index), article_ids)


def encoder_of(folder: Path, model: str | None, report: Callable[[str], None]) -> Encoder:
    """Give the model named, or else the one that an index was built with, or the bundled one, to be loaded by its use.

    Raises EncoderError where it is not on this machine, IndexUnusable for a damaged index.
    """
    return LazyEncoder(find_model(model or _model_of(folder) or DEFAULT_MODEL, report), report)


def _model_of(folder: Path) -> str | None:
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


def retrieve(
    question: str,
    k: int = 5,
    *,
    history: Sequence[str] = (),
    articles: Sequence[str] = (),
    sources: Sequence[str] = (),
    since: date | None = None,
    until: date | None = None,
) -> list[Hit]:
    """Return the k best passages of the default index: the folder `index`, or the one that HOIDAP_INDEX names.

    Takes and raises what `Assistant.open` and `Assistant.retrieve` do.
    """
    assistant = _default_assistant(Path(os.environ.get("HOIDAP_INDEX", DEFAULT_INDEX)).absolute())
    return assistant.retrieve(
        question, k, history=history, articles=articles, sources=sources, since=since, until=until
    )
