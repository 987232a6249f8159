"""A model in a process of its own, for a server: Python runs one thread at a time, and a model leaves little of it.

Ten people asking at once wait for each other's searches, rendering and encoding in one process; with the model in
another, encoding is done meanwhile. It is loaded meanwhile, too, and PyTorch is not imported here at all.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import multiprocessing
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from embeddings.batching import TOGETHER_MOST
from embeddings.encoder import SentenceEncoder
from embeddings.errors import EncoderError
from embeddings.models import Model

log = logging.getLogger(__name__)

# Passages go over in pieces of a few batches, and questions between them.
_PASSAGES_AT_ONCE = 64

_Asked = tuple[int, str, list[str]]
"""A number to answer with, what is asked ("questions", "passages" or "facts"), and the texts."""

_GONE = "the model's process ended before it had answered: see whether this machine ran out of memory"


@dataclass(frozen=True, slots=True)
class _Facts:
    dimension: int
    prompts: dict[str, str]


class EncoderApart:
    """An encoder whose model lives in a process of its own, which is started at once. Safe to share by threads.

    Questions that wait at the same time are encoded together, and before any passage. Anything asked of it waits until
    the model is loaded, and raises EncoderError where that cannot be, or the process has gone; the next call starts
    another one.
    """

    def __init__(self, model: Model) -> None:
        self.name = model.name
        self.fingerprint = model.fingerprint
        self._model = model
        self._lock = threading.Lock()
        self._worker: _Worker | None = _Worker(model)

    @property
    def dimension(self) -> int:
        """The vectors' length."""
        return self._facts().dimension

    @property
    def prompts(self) -> dict[str, str]:
        """What is put before a query and before a passage."""
        return self._facts().prompts

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> np.ndarray:
        """Return float32 unit vectors of shape (len(texts), dimension), in the order given."""
        vectors = np.empty((len(texts), self.dimension), np.float32)
        # Of about one length, so that little is padding.
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        for start in range(0, len(order), _PASSAGES_AT_ONCE):
            piece = order[start : start + _PASSAGES_AT_ONCE]
            vectors[piece] = self._told("passages", [texts[i] for i in piece])
            if progress is not None:
                progress(len(piece))
        return vectors

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        """Return float32 unit vectors of shape (len(texts), dimension), in the order given."""
        return np.asarray(self._told("questions", list(texts)))

    def close(self) -> None:
        """End the process; the next call starts another."""
        with self._lock:
            worker, self._worker = self._worker, None
        if worker is not None:
            worker.stop()

    def _facts(self) -> _Facts:
        facts = self._told("facts", [])
        assert isinstance(facts, _Facts)
        return facts

    def _told(self, what: str, texts: list[str]) -> Any:
        with self._lock:
            if self._worker is None or self._worker.is_gone:
                self._worker = _Worker(self._model)
            worker = self._worker
        return worker.ask(what, texts).result()


class _Worker:
    """The process, and who waits for its answers."""

    def __init__(self, model: Model) -> None:
        # Started afresh: a fork would copy the locks of threads that do not come along.
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, model), name="hoidap-model", daemon=True)
        with _interrupts_held():
            self._process.start()
        theirs.close()
        self._sending, self._numbers = threading.Lock(), itertools.count()
        self._waiting: dict[int, Future[Any]] = {}
        self.is_gone = False
        threading.Thread(target=self._listen, name="hoidap-model-answers", daemon=True).start()

    def ask(self, what: str, texts: list[str]) -> Future[Any]:
        answer: Future[Any] = Future()
        with self._sending:
            number = next(self._numbers)
            self._waiting[number] = answer
            try:
                if not self.is_gone:
                    self._pipe.send((number, what, texts))
            except OSError:
                self.is_gone = True
            if self.is_gone:
                self._waiting.pop(number, None)
                answer.set_exception(EncoderError(_GONE))
        return answer

    def stop(self) -> None:
        """End the process, and whoever waits for it."""
        self._process.terminate()
        self._process.join(5)
        self._process.kill()

    def _listen(self) -> None:
        try:
            while True:
                number, value = self._pipe.recv()
                answer = self._waiting.pop(number, None)
                if answer is None:
                    continue
                if isinstance(value, Exception):
                    answer.set_exception(value)
                else:
                    answer.set_result(value)
        except (EOFError, OSError):
            pass
        except Exception as error:  # noqa: BLE001 - of what cannot be read nobody knows whose answer it was
            log.error("the model's process said what cannot be read: %s: %s", type(error).__name__, error)
        finally:
            with self._sending:
                self.is_gone = True
                waiting, self._waiting = list(self._waiting.values()), {}
            for answer in waiting:
                answer.set_exception(EncoderError(_GONE))
            self._process.terminate()


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back from this thread and from a process started meanwhile, which goes on holding it back.

    It reaches every process of a terminal, and one that is still importing would print a traceback. Here nothing is
    lost: it comes in afterwards. Windows cannot hold it back.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    # It is started with the first process otherwise, and in Python 3.11 lets Ctrl-C in again.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(pipe: Connection, model: Model) -> None:
    """Load the model and answer until the other end is closed: what runs in the process."""
    # Ctrl-C reaches every process of a terminal; it is for the one that asks to end this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        encoder = SentenceEncoder(model)
        encoder.encode_queries(["hỏi đáp"])
    except Exception as error:  # noqa: BLE001 - raised again where something is asked
        _refuse(pipe, error)
        return
    # In order, or Python says at the end that a library's semaphore was left behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    waiting: list[_Asked] = []
    with contextlib.suppress(EOFError, OSError):
        while True:
            while not waiting or pipe.poll():
                waiting.append(pipe.recv())
            now = _next(waiting)
            waiting = [asked for asked in waiting if asked not in now]
            for number, value in _answers(encoder, now):
                pipe.send((number, value))


def _next(waiting: Sequence[_Asked]) -> list[_Asked]:
    """Choose what is encoded next: questions, as many as go together, before anything else."""
    questions = [asked for asked in waiting if asked[1] == "questions"]
    texts = itertools.accumulate(len(asked[2]) for asked in questions)
    together = [asked for asked, count in zip(questions, texts, strict=True) if count <= TOGETHER_MOST]
    return together or questions[:1] or list(waiting[:1])


def _answers(encoder: SentenceEncoder, asked: Sequence[_Asked]) -> Iterator[tuple[int, object]]:
    """Yield the number and value of everything asked; of several questions that fail together, each on its own."""
    number, what, texts = asked[0]
    try:
        if what == "facts":
            yield number, _Facts(encoder.dimension, encoder.prompts)
        elif what == "passages":
            yield number, encoder.encode_passages(texts)
        else:
            vectors = encoder.encode_queries([text for _, _, texts in asked for text in texts])
            starts = itertools.accumulate((len(texts) for _, _, texts in asked), initial=0)
            for (number, _, texts), start in zip(asked, starts, strict=False):
                yield number, vectors[start : start + len(texts)]
    except Exception as error:  # noqa: BLE001 - raised again where it was asked for
        if len(asked) == 1:
            yield number, EncoderError(f"the model failed on this ({type(error).__name__}: {error})")
        else:
            for one in asked:
                yield from _answers(encoder, [one])


def _refuse(pipe: Connection, error: Exception) -> None:
    """Answer everything with why the model could not be loaded."""
    told = error if isinstance(error, EncoderError) else EncoderError(f"the model cannot be loaded ({error})")
    with contextlib.suppress(EOFError, OSError):
        while True:
            number, _, _ = pipe.recv()
            pipe.send((number, told))
