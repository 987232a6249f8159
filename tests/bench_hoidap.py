"""What Hoidap does to be measured, each function in a process of its own. `langchain_pipeline` is its counterpart."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

from bench_timing import FIRST_QUESTION, QUESTIONS, Stopwatch, ask_each, seconds


def index(spawned: float, corpus: str, folder: str, encoder: str, question: str) -> dict[str, Any]:
    """Index a corpus until a question is answered; give how long it took without loading the model."""
    from qa import Assistant, update_index

    encodes = _encoder(encoder)
    encodes.encode_queries(["hỏi đáp"])
    start = time.perf_counter()
    report = update_index(corpus, folder, encoder=encodes)
    Assistant.open(folder, encoder=encodes).retrieve(question)
    return {
        "seconds": time.perf_counter() - start,
        "articles": report.articles,
        "passages": report.passages,
        "pieces": report.sentences,
    }


def ask(spawned: float, folder: str, encoder: str) -> Generator[dict[str, Any], list[str], None]:
    """Open an index, and ask it as a program does that goes on running.

    Yield the seconds from the process's start until the index was open, without loading the model, and until the first
    question was answered; then, warmed up, what `ask_each` gives of the questions that are sent.
    """
    from qa import Assistant

    assistant = Assistant.open(folder, encoder=_encoder(encoder))
    opened = time.monotonic() - spawned
    assistant.retrieve(FIRST_QUESTION)
    answered = time.monotonic() - spawned
    for question in QUESTIONS:
        assistant.retrieve(question)
    encoding = assistant.encoder.encode_queries = Stopwatch(assistant.encoder.encode_queries)
    questions = yield {"opened": opened, "answered": answered}
    while True:
        questions = yield ask_each(questions, assistant.retrieve, encoding, lambda hit: (hit.article.id, hit.quote))


def add(spawned: float, corpus: str, more: str, folder: str, encoder: str) -> dict[str, Any]:
    """Time indexing a file of one new article, and going over the whole corpus again."""
    from qa import update_index

    encodes = _encoder(encoder)
    encodes.encode_queries(["hỏi đáp"])
    return {
        "adding": seconds(lambda: update_index(more, folder, encoder=encodes)),
        "unchanged": seconds(lambda: update_index(corpus, folder, encoder=encodes)),
    }


def nearest(spawned: float, folder: str, encoder: str, questions: list[str]) -> dict[str, Any]:
    """Give the share of ten nearest sentences that searching the vectors finds, by the vectors in the store."""
    import numpy as np

    from qa.snapshot import Snapshot

    snapshot = Snapshot.open(Path(folder))
    assert snapshot is not None
    asked = _encoder(encoder).encode_queries(questions)
    found = np.full((len(asked), 10), -1)
    for row, vector in enumerate(asked):
        near, _ = snapshot.vectors.search(vector, 10)
        found[row, : len(near)] = near
    best, reached = np.full((len(asked), 10), -np.inf), np.full((len(asked), 10), -np.inf)
    for ids, vectors in _stored_vectors(snapshot):
        cosines = asked @ vectors.T
        best = -np.partition(-np.hstack([best, cosines]), 9, axis=1)[:, :10]
        at = np.minimum(np.searchsorted(ids, found), len(ids) - 1)
        here = np.take_along_axis(cosines, at, axis=1)
        reached = np.where(ids[at] == found, here, reached)
    # Of sentences that are equally near, whichever is found counts.
    return {"recall": float(np.mean(reached >= best.min(axis=1, keepdims=True) - 1e-6))}


def _stored_vectors(snapshot: Any, articles: int = 500) -> Iterator[tuple[Any, Any]]:
    """Yield ids and vectors of all sentences, some articles at a time, ids in order."""
    import numpy as np

    sentences_of: dict[int, list[Any]] = {}
    for passage in snapshot.passages.tolist():
        sentences_of.setdefault(snapshot.article_of(passage), []).append(snapshot.sentences_of(passage))
    rows = list(sentences_of)
    for start in range(0, len(rows), articles):
        block = rows[start : start + articles]
        ids = np.concatenate([ids for row in block for ids in sentences_of[row]])
        yield ids, np.concatenate([snapshot.store.vectors(row) for row in block]).astype(np.float32)


def _encoder(name: str) -> Any:
    if name == "faked":
        from encoders import DriftedEncoder

        return DriftedEncoder()
    from embeddings.encoder import LazyEncoder
    from embeddings.models import find_model

    return LazyEncoder(find_model())
