"""Whose turn it is at the model: questions that wait at the same time go together, and before any passage."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

TOGETHER_MOST = 32
"""Texts that are encoded together, of several calls; one call with more is not divided."""

Encode = Callable[[Sequence[str]], np.ndarray]


@dataclass(eq=False, slots=True)
class _Call:
    texts: Sequence[str]
    vectors: np.ndarray | None = None
    error: Exception | None = None
    is_done: bool = False


class Turns:
    """Lets one thread at a time to a model that must not be shared. Safe to share by threads, which is its purpose.

    A question that comes alone is encoded at once. Those that come meanwhile are encoded together when that is done,
    by the thread of one of them: ten at once take two rounds and not ten. Passages are encoded between the questions.
    """

    def __init__(self, encode: Encode) -> None:
        """Encode questions by `encode`, which gives float32 vectors of shape (len(texts), dimension)."""
        self._encode = encode
        self._changed = threading.Condition()
        self._is_taken = False
        self._waiting: list[_Call] = []

    def questions(self, texts: Sequence[str]) -> np.ndarray:
        """Return the vectors of questions, in the order given, encoded with those of other threads that wait.

        Raises what encoding them by themselves does: no other thread's questions are to blame.
        """
        call = _Call(texts)
        with self._changed:
            self._waiting.append(call)
        while not call.is_done:
            with self._changed:
                self._changed.wait_for(lambda: call.is_done or not self._is_taken)
                calls = [] if call.is_done else self._take()
            if calls:
                try:
                    self._answer(calls)
                finally:
                    self._give_back(calls)
        if call.error is not None:
            raise call.error
        assert call.vectors is not None
        return call.vectors

    @contextmanager
    def passages(self) -> Iterator[None]:
        """Have the model for some passages; only when no question waits for it."""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_taken and not self._waiting)
            self._is_taken = True
        try:
            yield
        finally:
            self._give_back(())

    def _take(self) -> list[_Call]:
        """Take the turn, and those who have waited longest."""
        self._is_taken = True
        count, texts = 0, 0
        for call in self._waiting:
            texts += len(call.texts)
            if count and texts > TOGETHER_MOST:
                break
            count += 1
        calls, self._waiting = self._waiting[:count], self._waiting[count:]
        return calls

    def _answer(self, calls: Sequence[_Call]) -> None:
        try:
            vectors = self._encode([text for call in calls for text in call.texts])
        except Exception as error:  # noqa: BLE001 - raised again by the thread that it belongs to
            if len(calls) == 1:
                calls[0].error, calls[0].is_done = error, True
                return
            for call in calls:
                self._answer([call])
            return
        start = 0
        for call in calls:
            call.vectors = vectors[start : start + len(call.texts)]
            call.is_done = True
            start += len(call.texts)

    def _give_back(self, calls: Sequence[_Call]) -> None:
        with self._changed:
            self._is_taken = False
            # Where this thread was interrupted, another one answers those that it had taken.
            self._waiting[:0] = [call for call in calls if not call.is_done]
            self._changed.notify_all()
