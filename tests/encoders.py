"""A small encoder without a model: texts that share syllables get near vectors."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

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


def _vector(text: str, dimension: int) -> np.ndarray:
    words = tokens(text) or [text]
    total = np.sum([_random(word, dimension) + 0.5 * _random(fold(word), dimension) for word in words], axis=0)
    return np.asarray(total / np.linalg.norm(total), np.float32)


@lru_cache(maxsize=1 << 14)
def _random(word: str, dimension: int) -> np.ndarray:
    seed = int.from_bytes(hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest(), "big")
    return np.random.default_rng(seed).standard_normal(dimension)
