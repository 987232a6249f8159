"""Encoders without a model, in which texts that share syllables get near vectors: a small one, and one like e5."""

from __future__ import annotations

import hashlib
import time
import zlib
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from scipy import sparse

from qa.text import fold, tokens


class HashEncoder:
    """The mean of fixed random vectors, one a syllable and one for its letters; counts what it is given."""

    def __init__(
        self, name: str = "băm", fingerprint: str = "hash:1", dimension: int = 48, seconds_a_text: float = 0.0
    ) -> None:
        self.name, self.fingerprint, self.dimension = name, fingerprint, dimension
        self.prompts = {"query": "", "document": ""}
        self.seconds_a_text = seconds_a_text
        self.passages_encoded = self.queries_encoded = 0

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> np.ndarray:
        """Return float32 unit vectors of shape (len(texts), dimension)."""
        for _ in texts:
            if self.seconds_a_text:
                time.sleep(self.seconds_a_text)
            if progress is not None:
                progress(1)
        self.passages_encoded += len(texts)
        return self._vectors(texts)

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        """Return float32 unit vectors of shape (len(texts), dimension)."""
        self.queries_encoded += len(texts)
        return self._vectors(texts)

    def _vectors(self, texts: Sequence[str]) -> np.ndarray:
        return np.array([_vector(text, self.dimension) for text in texts], np.float32).reshape(-1, self.dimension)


class NoNewPassages(HashEncoder):
    """Encodes questions; an article that it is asked to encode again is a failure of the test."""

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> np.ndarray:
        raise AssertionError(f"{len(texts)} texts were encoded again, the first of them {texts[0]!r}")


class DriftedEncoder:
    """Vectors that lie as multilingual-e5-small's do, tens of thousands a second: for indexes too large to encode.

    A fixed direction a syllable, summed, beside one direction that all vectors share. Measured on 1,283 sentences of an
    archive, e5 has a mean vector of length 0.93, cosines from 0.79 to 0.92 (98 % of pairs), and variance that falls
    off over the directions as here; its questions drift another way, and lie at 0.79 of most sentences.
    """

    name, fingerprint, dimension = "trôi", "drifted:1", 384
    prompts = {"query": "", "document": ""}  # noqa: RUF012

    _ROWS, _BATCH, _DRIFT, _QUESTIONS_DRIFT = 8192, 1024, 0.93, 0.9

    def __init__(self) -> None:
        random = np.random.default_rng(1)
        turned, _ = np.linalg.qr(random.standard_normal((self.dimension, self.dimension)))
        order = np.arange(self.dimension)
        deviations = np.sqrt((order + 1) ** -0.5 * np.exp(-order / 200))
        # The last two directions, in which the syllables hardly differ, are the drifts.
        self._syllables = ((random.standard_normal((self._ROWS, self.dimension)) * deviations) @ turned).astype(
            np.float32
        )
        self._drift = turned[-1].astype(np.float32)
        share = self._QUESTIONS_DRIFT
        self._questions_drift = (share * turned[-1] + np.sqrt(1 - share**2) * turned[-2]).astype(np.float32)

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> np.ndarray:
        """Return float32 unit vectors of shape (len(texts), 384)."""
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), self._BATCH):
            batch = texts[start : start + self._BATCH]
            vectors[start : start + len(batch)] = self._vectors(batch, self._drift)
            if progress is not None:
                progress(len(batch))
        return vectors

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        """Return float32 unit vectors of shape (len(texts), 384)."""
        return self._vectors(texts, self._questions_drift)

    def _vectors(self, texts: Sequence[str], drift: np.ndarray) -> np.ndarray:
        rows = [[_row(word, self._ROWS) for word in tokens(text) or [text]] for text in texts]
        ends = np.cumsum([0, *map(len, rows)])
        ones = np.ones(ends[-1], np.float32)
        said = sparse.csr_array((ones, np.concatenate([*rows, []]).astype(np.int32), ends), (len(rows), self._ROWS))
        topics = _units(np.asarray(said @ self._syllables))
        return _units(self._DRIFT * drift + np.float32(np.sqrt(1 - self._DRIFT**2)) * topics)


def _units(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


@lru_cache(maxsize=1 << 16)
def _row(word: str, rows: int) -> int:
    return zlib.crc32(word.encode("utf-8", "replace")) % rows


def _vector(text: str, dimension: int) -> np.ndarray:
    words = tokens(text) or [text]
    total = np.sum([_random(word, dimension) + 0.5 * _random(fold(word), dimension) for word in words], axis=0)
    return np.asarray(total / np.linalg.norm(total), np.float32)


@lru_cache(maxsize=1 << 14)
def _random(word: str, dimension: int) -> np.ndarray:
    seed = int.from_bytes(hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest(), "big")
    return np.random.default_rng(seed).standard_normal(dimension)
