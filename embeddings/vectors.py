"""Near vectors found exactly: a FAISS index over float16 unit vectors, by the ids of what they stand for."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import faiss
import numpy as np

from embeddings.errors import EncoderError

_ONE_THREAD_MOST = 100_000


class VectorIndex:
    """Inner-product search over unit vectors, so scores are cosines.

    A flat float16 index: exact but for rounding, 12 ms over 400,000 vectors of 384 (float32: 32 ms) where
    an HNSW graph takes minutes to build and approximates.
    """

    def __init__(self, dimension: int) -> None:
        self._index: faiss.Index
        flat = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        # IndexIDMap (without 2) cannot reconstruct by id.
        self._index = faiss.IndexIDMap2(flat)

    @classmethod
    def read(cls, path: Path) -> VectorIndex:
        """Read an index written by `write`; check its bytes first, for FAISS trusts them.

        Raises EncoderError where it is not such an index.
        """
        index = cls.__new__(cls)
        try:
            index._index = faiss.read_index(str(path))
        except RuntimeError as error:
            raise EncoderError(f"{path} is not a vector index") from error
        if not isinstance(index._index, faiss.IndexIDMap2):
            raise EncoderError(f"{path} is a vector index of another kind")
        return index

    def write(self, path: Path) -> None:
        """Write to `path` through a temporary file beside it: a reader sees the old file or the new one."""
        temporary = path.with_name(path.name + ".part")
        try:
            faiss.write_index(self._index, str(temporary))
        except RuntimeError as error:  # FAISS reports a full disk so
            temporary.unlink(missing_ok=True)
            raise OSError(f"cannot write {path}: {str(error).splitlines()[0]}") from error
        os.replace(temporary, path)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """The vectors' length."""
        return int(self._index.d)

    def add(self, ids: np.ndarray, vectors: np.ndarray) -> None:
        """Add float32 unit vectors, shape (n, dimension), under int64 ids that are not in the index yet."""
        if len(ids):
            self._index.add_with_ids(np.ascontiguousarray(vectors, np.float32), np.asarray(ids, np.int64))

    def remove(self, ids: Iterable[int]) -> None:
        """Remove the vectors of these ids."""
        doomed = np.fromiter(ids, np.int64)
        if len(doomed):
            self._index.remove_ids(faiss.IDSelectorBatch(doomed))

    def search(self, vector: np.ndarray, k: int, without: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Find the k nearest of a vector, shape (dimension,), some ids left out: their ids and cosines, best first.

        Fewer than k where the index is smaller (FAISS itself pads with id -1).
        """
        # One thread reads an index of this size from the cache as fast as several, and never waits for a busy core.
        faiss.omp_set_num_threads(1 if len(self) < _ONE_THREAD_MOST else os.cpu_count() or 1)
        k = min(k, len(self))
        if k == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        parameters = None
        if without is not None and len(without):
            left_out = faiss.IDSelectorBatch(np.asarray(without, np.int64))
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorNot(left_out))  # type: ignore[call-arg]
        cosines, ids = self._index.search(np.ascontiguousarray(vector[None], np.float32), k, params=parameters)
        found = ids[0] >= 0
        return ids[0][found], cosines[0][found]

    def vectors(self, ids: np.ndarray) -> np.ndarray:
        """Give the vectors of these ids, float32, shape (n, dimension), in their order."""
        if not len(ids):
            return np.empty((0, self.dimension), np.float32)
        return np.asarray(self._index.reconstruct_batch(np.asarray(ids, np.int64)), np.float32)

    def holds(self, ids: np.ndarray, vectors: np.ndarray) -> bool:
        """Tell whether exactly these vectors, shape (n, dimension), stand under these ids."""
        if not len(ids):
            return True
        try:
            return bool(np.array_equal(self._index.reconstruct_batch(np.asarray(ids, np.int64)), vectors))
        except RuntimeError:  # an id that is not there
            return False
