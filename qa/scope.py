"""Limiting a question to some of the articles: what is asked for, and both derived indexes with only that in sight.

What is best within the limits is looked for within them: of a whole archive's best passages none need lie there.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import faiss
import numpy as np
import tantivy

from embeddings.vectors import FLAT_MOST, VectorIndex
from qa.lexical import Field, LexicalIndex

# Of the clusters, where not all are looked into: what VectorIndex itself does.
_PROBED_SHARE = 0.04
# From this share of the passages on, the best of all are soon enough of the part: 1.1 ms instead of 5 over 85,000.
_LARGE_SHARE = 0.1
_SPARE = 2


@dataclass(frozen=True, slots=True)
class Scope:
    """The articles that a question is limited to: those that are of all that is named here; of all where nothing is."""

    articles: frozenset[str] = frozenset()
    """Public ids, any of which counts."""
    sources: frozenset[str] = frozenset()
    """In NFC, any of which counts."""
    since: date | None = None
    until: date | None = None
    """Both days are included; articles without a date are left out where either is named."""

    @classmethod
    def of(
        cls, articles: Iterable[str] = (), sources: Iterable[str] = (), since: date | None = None,
        until: date | None = None,
    ) -> Scope:  # fmt: skip
        """Take what somebody typed, in whatever normal form. Raises TypeError for a lone string."""
        for given in (articles, sources):
            if isinstance(given, str):  # whose letters would be taken for ids
                raise TypeError(f"articles and sources are lists of names, found the string {given!r}")
        return cls(frozenset(map(nfc, articles)), frozenset(map(nfc, sources)), since, until)

    @property
    def is_everything(self) -> bool:
        """Tell whether nothing limits the question."""
        return not (self.articles or self.sources or self.since or self.until)

    def holds_day(self, published: str | None) -> bool:
        """Tell whether an article published at this ISO date, or at no known one, is within the days."""
        first, last = (self.since or date.min).isoformat(), (self.until or date.max).isoformat()
        return published is not None and first <= published[:10] <= last


def nfc(text: str) -> str:
    """Give the form in which ids and sources are compared."""
    return unicodedata.normalize("NFC", text)


class VectorsWithin(VectorIndex):
    """A vector index of which only some vectors are found. Safe to share by threads; not to be written to."""

    def __init__(self, whole: VectorIndex, ids: np.ndarray) -> None:
        """Show only the vectors of these ids, which the whole index has."""
        self._index = whole._index
        self._count = len(ids)
        inside = np.zeros(int(ids.max()) + 1 if len(ids) else 0, bool)
        inside[ids] = True
        # FAISS points to the bits.
        self._bits = np.packbits(inside, bitorder="little")
        self._among = faiss.IDSelectorBitmap(self._bits)  # type: ignore[call-arg, arg-type]
        clusters = int(self._index.nlist) if isinstance(self._index, faiss.IndexIVF) else 0
        self._usual, self._exact = self._parameters(self._probes(clusters)), self._parameters(clusters)

    def _parameters(self, probes: int) -> faiss.SearchParameters:
        options: dict[str, object] = {"sel": self._among}
        if self.is_clustered:
            options["nprobe"] = probes
        kind = faiss.SearchParametersIVF if self.is_clustered else faiss.SearchParameters
        return kind(**options)

    def _probes(self, clusters: int) -> int:
        """Give how many clusters to look into: all for a part that an index of its own would compare as a whole, else
        as many as hold as many vectors of the part as are compared where there is no limit.
        """
        if self._count <= FLAT_MOST:
            return clusters
        return min(clusters, math.ceil(_PROBED_SHARE * clusters * int(self._index.ntotal) / self._count))

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
        ids, cosines = self._nearest(vector, k, self._usual)
        if len(ids) < k:  # the part lies in other clusters than the nearest of all
            ids, cosines = self._nearest(vector, k, self._exact)
        return ids, cosines

    def _nearest(self, vector: np.ndarray, k: int, parameters: faiss.SearchParameters) -> tuple[np.ndarray, np.ndarray]:
        cosines, ids = self._index.search(np.ascontiguousarray(vector[None], np.float32), k, params=parameters)
        found = ids[0] >= 0
        return ids[0][found], cosines[0][found]


class WordsWithin(LexicalIndex):
    """A lexical index of which only some passages are found; frequencies are those of the whole. Safe to share."""

    def __init__(self, whole: LexicalIndex, articles: np.ndarray, passages: np.ndarray) -> None:
        """Show only the passages of these articles: rows, and their passages' ids, sorted."""
        vars(self).update(vars(whole))  # what is open stays open once
        self._passages = passages
        self._share = len(passages) / max(1, len(whole))
        rows = tantivy.Query.term_set_query(self._schema, "article", articles.tolist())
        self._among = tantivy.Query.const_score_query(rows, 0.0)

    def search(
        self, terms: Sequence[str], field: Field, k: int, without: Collection[int] = ()
    ) -> tuple[np.ndarray, np.ndarray]:
        """Find as `LexicalIndex.search`. Raises ValueError where more is to be left out."""
        if without:
            raise ValueError("what is found within limits cannot be limited again")
        if not len(self._passages):
            return np.empty(0, np.int64), np.empty(0, np.float64)
        if self._share >= _LARGE_SHARE:
            depth = math.ceil(_SPARE * k / self._share)
            ids, scores = super().search(terms, field, depth)
            at = np.searchsorted(self._passages, ids)
            inside = self._passages[np.minimum(at, len(self._passages) - 1)] == ids
            if inside.sum() >= k or len(ids) < depth:
                return ids[inside][:k], scores[inside][:k]
        wanted = self._any_of(terms, field)
        query = tantivy.Query.boolean_query([(tantivy.Occur.Must, wanted), (tantivy.Occur.Must, self._among)])
        return self._run(query, k)
