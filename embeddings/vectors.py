"""Near vectors found exactly: a FAISS index over float16 unit vectors, by the ids of what they stand for."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import faiss
import numpy as np

from embeddings.errors import EncoderError

FLAT_MOST = 150_000
"""Up to so many vectors, all are compared: 5 ms. Beyond, those of the nearest clusters are."""
_CLUSTERS = 1024
_PROBES = 40
"""Clusters looked into: with 1,024, a recall of 0.99 and more at 10 against comparing all (`make bench-scale`)."""
_TRAINING_MOST = 64 * _CLUSTERS
_ROUNDS = 10


class VectorIndex:
    """Inner-product search over unit vectors, so scores are cosines; vectors are kept in float16.

    A small index compares all vectors. A large one (`clustered`) sorts them into clusters by k-means and compares
    those of the clusters nearest to the question: 3 ms instead of 13 over 400,000 vectors of 384.
    """

    def __init__(self, dimension: int) -> None:
        """Make an empty index that compares all."""
        flat = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        # IndexIDMap (without 2) cannot reconstruct by id.
        self._index: faiss.Index = faiss.IndexIDMap2(flat)

    @classmethod
    def clustered(cls, sample: np.ndarray) -> VectorIndex:
        """Make an empty index whose clusters are learnt from a sample, float32, shape (n, dimension), n ≥ 1,024."""
        index = cls.__new__(cls)
        dimension = sample.shape[1]
        clusters = faiss.IndexIVFScalarQuantizer(
            faiss.IndexFlatIP(dimension), dimension, _CLUSTERS, faiss.ScalarQuantizer.QT_fp16,
            faiss.METRIC_INNER_PRODUCT, False,
        )  # fmt: skip
        clusters.cp.niter, clusters.cp.seed, clusters.cp.min_points_per_centroid = _ROUNDS, 1, 1
        clusters.train(np.ascontiguousarray(sample[:_TRAINING_MOST], np.float32))
        index._index = _ready(clusters)
        return index

    @classmethod
    def for_vectors(
        cls, dimension: int, count: int, batches: Callable[[], Iterable[tuple[np.ndarray, np.ndarray]]]
    ) -> VectorIndex:
        """Make an index of so many vectors: `batches` yields ids and vectors, twice over where there are many."""
        index = cls(dimension) if count <= FLAT_MOST else cls.clustered(_sample(count, batches()))
        for ids, vectors in batches():
            index.add(ids, vectors)
        return index

    @classmethod
    def read(cls, path: Path) -> VectorIndex:
        """Read an index written by `write`; check its bytes first, for FAISS trusts them.

        Raises EncoderError where it is not such an index.
        """
        index = cls.__new__(cls)
        try:
            index._index = _ready(faiss.read_index(str(path)))
        except RuntimeError as error:
            raise EncoderError(f"{path} is not a vector index") from error
        if not isinstance(index._index, (faiss.IndexIDMap2, faiss.IndexIVFScalarQuantizer)):
            raise EncoderError(f"{path} is a vector index of another kind")
        return index

    @property
    def is_clustered(self) -> bool:
        """Tell whether a search compares only the vectors of the nearest clusters."""
        return isinstance(self._index, faiss.IndexIVF)

    @property
    def suits(self) -> bool:
        """Tell whether an index of this size would be made as this one was."""
        return self.is_clustered == (len(self) > FLAT_MOST)

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
            # An array: the only form that the clusters' map of ids takes.
            selector = faiss.IDSelectorArray if self.is_clustered else faiss.IDSelectorBatch
            self._index.remove_ids(selector(doomed))

    def search(self, vector: np.ndarray, k: int, without: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Find the k nearest of a vector, shape (dimension,), some ids left out: their ids and cosines, best first.

        Fewer than k where the index is smaller (FAISS itself pads with id -1).
        """
        # It is memory that this waits for: one thread is as fast as several, and never waits for a busy core.
        faiss.omp_set_num_threads(1)
        k = min(k, len(self))
        if k == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        options: dict[str, object] = {"nprobe": _PROBES} if self.is_clustered else {}
        if without is not None and len(without):
            left_out = faiss.IDSelectorBatch(np.asarray(without, np.int64))
            options["sel"] = faiss.IDSelectorNot(left_out)
        kind = faiss.SearchParametersIVF if self.is_clustered else faiss.SearchParameters
        parameters = kind(**options) if options else None
        return _nearest(self._index, vector, k, parameters)

    def within(self, ids: np.ndarray) -> VectorsWithin:
        """Give the part of these int64 ids, all of which are in the index, to be searched alone."""
        return VectorsWithin(self._index, ids)

    def vectors(self, ids: np.ndarray) -> np.ndarray:
        """Give the vectors of these ids, float32, shape (n, dimension), in their order."""
        return _vectors(self._index, ids)

    def holds(self, ids: np.ndarray, vectors: np.ndarray) -> bool:
        """Tell whether exactly these vectors, shape (n, dimension), stand under these ids."""
        if not len(ids):
            return True
        try:
            return bool(np.array_equal(self._index.reconstruct_batch(np.asarray(ids, np.int64)), vectors))
        except RuntimeError:  # an id that is not there
            return False


class VectorsWithin:
    """A vector index of which only some vectors are found. Safe to share by threads."""

    def __init__(self, index: faiss.Index, ids: np.ndarray) -> None:
        """Use `VectorIndex.within`."""
        self._index, self._count = index, len(ids)
        inside = np.zeros(int(ids.max()) + 1 if len(ids) else 0, bool)
        inside[ids] = True
        # FAISS points to the bits.
        self._bits = np.packbits(inside, bitorder="little")
        self._among = faiss.IDSelectorBitmap(self._bits)  # type: ignore[call-arg, arg-type]
        clusters = int(index.nlist) if isinstance(index, faiss.IndexIVF) else 0
        self._usual, self._exact = self._parameters(self._probes(clusters)), self._parameters(clusters)

    def _parameters(self, probes: int) -> faiss.SearchParameters:
        if isinstance(self._index, faiss.IndexIVF):
            return faiss.SearchParametersIVF(sel=self._among, nprobe=probes)  # type: ignore[call-arg]
        return faiss.SearchParameters(sel=self._among)  # type: ignore[call-arg]

    def _probes(self, clusters: int) -> int:
        """Give how many clusters to look into: all for a part that an index of its own would compare as a whole, else
        as many as hold as many vectors of the part as are compared where there is no limit.
        """
        if self._count <= FLAT_MOST:
            return clusters
        return min(clusters, math.ceil(_PROBES * int(self._index.ntotal) / self._count))

    def __len__(self) -> int:
        return self._count

    def search(self, vector: np.ndarray, k: int, without: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Find as `VectorIndex.search`. Raises ValueError where more is to be left out."""
        if without is not None and len(without):
            raise ValueError("what is found within limits cannot be limited again")
        faiss.omp_set_num_threads(1)
        k = min(k, len(self))
        if k == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        ids, cosines = _nearest(self._index, vector, k, self._usual)
        if len(ids) < k:  # the part lies in other clusters than the nearest of all
            ids, cosines = _nearest(self._index, vector, k, self._exact)
        return ids, cosines

    def vectors(self, ids: np.ndarray) -> np.ndarray:
        """Give vectors as `VectorIndex.vectors`."""
        return _vectors(self._index, ids)


def _nearest(
    index: faiss.Index, vector: np.ndarray, k: int, parameters: faiss.SearchParameters | None
) -> tuple[np.ndarray, np.ndarray]:
    cosines, ids = index.search(np.ascontiguousarray(vector[None], np.float32), k, params=parameters)
    found = ids[0] >= 0
    return ids[0][found], cosines[0][found]


def _vectors(index: faiss.Index, ids: np.ndarray) -> np.ndarray:
    if not len(ids):
        return np.empty((0, int(index.d)), np.float32)
    return np.asarray(index.reconstruct_batch(np.asarray(ids, np.int64)), np.float32)


def _ready(index: faiss.Index) -> faiss.Index:
    """Have a clustered index know its vectors by their ids."""
    if isinstance(index, faiss.IndexIVF):
        index.set_direct_map_type(faiss.DirectMap.Hashtable)  # type: ignore[attr-defined]
    return index


def _sample(count: int, batches: Iterable[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Take every nth vector, as many as training needs."""
    step = max(1, count // _TRAINING_MOST)
    taken, at = [], 0
    for _, vectors in batches:
        taken.append(vectors[(-at) % step :: step])
        at += len(vectors)
    return np.concatenate(taken)
