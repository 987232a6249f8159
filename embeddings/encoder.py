"""Sentences and questions into unit vectors, as fast as this machine's CPU can."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from embeddings.batching import TOGETHER_MOST, Turns
from embeddings.errors import EncoderError
from embeddings.models import Model, Report

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BATCH_TOKENS = 1024
"""Padded tokens a batch: measured best of 256 to 2048 on sentences of 45 tokens; larger batches leave the cache."""
_PROBE_SHAPE = (1024, 384, 1536)


class Encoder(Protocol):
    """What turns text into vectors; a test plugs in a small deterministic one."""

    @property
    def name(self) -> str:
        """The model's name, for people."""

    @property
    def fingerprint(self) -> str:
        """What tells this model's vectors from any other's."""

    @property
    def dimension(self) -> int:
        """The vectors' length."""

    @property
    def prompts(self) -> dict[str, str]:
        """What is put before a "query" and before a "document"."""

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> np.ndarray:
        """Return float32 unit vectors of shape (len(texts), dimension); `progress` gets counts of texts done."""

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        """Return float32 unit vectors of shape (len(texts), dimension)."""


class SentenceEncoder:
    """A sentence-transformers model, with the precision that this CPU runs faster. Safe to share by threads."""

    def __init__(self, model: Model) -> None:
        """Load the model; takes seconds. Raises EncoderError where it cannot be loaded."""
        self.name = model.name
        self.fingerprint = model.fingerprint
        # Hugging Face tokenizers keep padding state: two threads in one raise "Already borrowed".
        self._turns = Turns(self._encode_questions)
        self._model = _load(model)
        self.prompts = {
            "query": _prompt(self._model, "query"),
            "document": _prompt(self._model, "document", "passage", "corpus"),
        }
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        self.precision = self._choose_precision()
        self._skip_full_masks()

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> np.ndarray:
        """Return float32 unit vectors of shape (len(texts), dimension), in the order given."""
        vectors, prompt = np.empty((len(texts), self.dimension), np.float32), self.prompts["document"]
        with self._turns.passages():
            batches = list(self._batches(texts, prompt))
        for batch in batches:
            with self._turns.passages():
                vectors[batch] = self._encode([texts[i] for i in batch], prompt)
            if progress is not None:
                progress(len(batch))
        return vectors

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        """Return float32 unit vectors of shape (len(texts), dimension), in the order given.

        Questions of other threads that wait meanwhile are encoded with them: the vectors differ by no more than what
        padding does to the last digits (cosines of 0.99997 and more).
        """
        return self._turns.questions(texts)

    def _encode_questions(self, texts: Sequence[str]) -> np.ndarray:
        vectors, prompt = np.empty((len(texts), self.dimension), np.float32), self.prompts["query"]
        # A few short texts gain nothing from several threads, which wait for each other wherever a core is busy: five
        # to ten times slower on a loaded machine.
        with _one_thread() if len(texts) <= TOGETHER_MOST else contextlib.nullcontext():
            for batch in self._batches(texts, prompt):
                vectors[batch] = self._encode([texts[i] for i in batch], prompt)
        return vectors

    def _encode(self, texts: Sequence[str], prompt: str) -> np.ndarray:
        return np.asarray(
            self._model.encode(
                list(texts),
                prompt=prompt,
                batch_size=len(texts),
                normalize_embeddings=True,
                show_progress_bar=False,
            )
        )

    def _batches(self, texts: Sequence[str], prompt: str) -> Iterator[list[int]]:
        """Group the texts' positions by length, longest first, so that little is padding.

        Sorting by tokens rather than characters is worth 10 % in padding. A batch ends at its token budget,
        or past half of it where the length changes: without padding there is no mask to apply.
        """
        if len(texts) <= 1:
            yield from [[0]] * len(texts)
            return
        limit = self._model.max_seq_length or 512
        lengths = [
            min(len(ids), limit) for ids in self._model.tokenizer([prompt + text for text in texts])["input_ids"]
        ]
        batch: list[int] = []
        for i in sorted(range(len(texts)), key=lambda i: -lengths[i]):
            if batch:
                padded = (len(batch) + 1) * lengths[batch[0]]
                if padded > BATCH_TOKENS or (lengths[i] != lengths[batch[-1]] and padded > BATCH_TOKENS // 2):
                    yield batch
                    batch = []
            batch.append(i)
        if batch:
            yield batch

    def _choose_precision(self) -> str:
        """Use bfloat16 for the transformer where this CPU multiplies it faster; pool in float32 all the same.

        Pooling and normalising in bfloat16 costs cosines a hundred times the error that the matrices do
        (0.9963 against 0.99996, least of 1,000 sentences).
        """
        import torch

        if self._model.device.type != "cpu":
            return f"float32 on {self._model.device.type}"
        if not _bfloat16_is_faster():
            return "float32"
        transformer: Any = self._model[0]
        transformer.to(torch.bfloat16)

        def to_float32(_module: Any, _inputs: Any, features: dict[str, Any]) -> dict[str, Any]:
            return {**features, "token_embeddings": features["token_embeddings"].float()}

        transformer.register_forward_hook(to_float32)
        return "bfloat16"

    def _skip_full_masks(self) -> None:
        """Give the transformer no attention mask where nothing is padded: the plain kernel is faster."""

        def drop(_module: Any, args: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
            mask = kwargs.get("attention_mask")
            if mask is not None and bool(mask.all()):
                kwargs = {**kwargs, "attention_mask": None}
            return args, kwargs

        transformer = getattr(self._model[0], "auto_model", None)
        if transformer is not None and getattr(transformer.config, "model_type", "") == "bert":
            transformer.register_forward_pre_hook(drop, with_kwargs=True)


_loading = threading.Lock()
_loaded_encoders: dict[tuple[str, str], SentenceEncoder] = {}


class LazyEncoder:
    """An encoder that is loaded by its first use: opening an index or finding nothing to encode costs no torch."""

    def __init__(self, model: Model, report: Report = lambda line: None) -> None:
        self.name = model.name
        self.fingerprint = model.fingerprint
        self._model, self._report = model, report

    def _loaded(self) -> SentenceEncoder:
        with _loading:
            key = self._model.location, self._model.fingerprint
            if key not in _loaded_encoders:
                # One model a process: two would fill a laptop's memory.
                _loaded_encoders.clear()
                _loaded_encoders[key] = SentenceEncoder(self._model)
                self._report(f"Loaded {self.name}, computing in {_loaded_encoders[key].precision}")
            return _loaded_encoders[key]

    @property
    def dimension(self) -> int:
        """The vectors' length."""
        return self._loaded().dimension

    @property
    def prompts(self) -> dict[str, str]:
        """What is put before a query and before a passage."""
        return self._loaded().prompts

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> np.ndarray:
        """Return float32 unit vectors of shape (len(texts), dimension), in the order given."""
        return self._loaded().encode_passages(texts, progress)

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        """Return float32 unit vectors of shape (len(texts), dimension), in the order given."""
        return self._loaded().encode_queries(texts)


def _load(model: Model) -> SentenceTransformer:
    with _quiet():
        try:
            from sentence_transformers import SentenceTransformer

            return SentenceTransformer(model.location, prompts=model.prompts, local_files_only=not model.may_download)
        except (OSError, ValueError, ImportError, KeyError, RuntimeError) as error:
            first_line = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise EncoderError(f"cannot load the model {model.name!r} from {model.location}: {first_line}") from error


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the libraries' progress bars, load reports and warnings off a person's screen."""
    for name in ("TRANSFORMERS_VERBOSITY",):
        os.environ.setdefault(name, "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    # oneDNN keeps compiled code for every shape that it met, by default 1,024 of them: half a gigabyte over an archive.
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "64")
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        from transformers.utils import logging as transformers_logging

        transformers_logging.set_verbosity_error()
        transformers_logging.disable_progress_bar()
        logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
        yield


def _prompt(model: SentenceTransformer, *names: str) -> str:
    """Give the model's own prompt for a role.

    Not `encode_document`: it prefers an empty "document" prompt, which the library adds itself, to a
    "passage" prompt that the model came with.
    """
    return next((model.prompts[name] for name in names if model.prompts.get(name)), "")


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _bfloat16_is_faster() -> bool:
    """Multiply one matrix of the usual shape in both precisions and compare the best of several times."""
    import torch

    rows, inner, columns = _PROBE_SHAPE
    best = {}
    with torch.inference_mode():
        for dtype in (torch.float32, torch.bfloat16):
            left, right = torch.ones(rows, inner, dtype=dtype), torch.ones(columns, inner, dtype=dtype)
            multiply = partial(torch.nn.functional.linear, left, right)
            best[dtype] = min(_seconds(multiply) for _ in range(8))
    return best[torch.bfloat16] < 0.8 * best[torch.float32]


def _seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
