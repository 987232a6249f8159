"""BM25 over syllables and pairs of syllables, with and without diacritics, in tantivy.

Derived from the store and rebuilt from it. The corpus's own language model, which restores diacritics, needs
no tables of its own: document frequencies of syllables and pairs are in the index already.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import tantivy

from qa.text import folded_token, tokens, with_pairs

Field = Literal["exact", "folded"]

_WRITER_BYTES = 64_000_000
_VARIANTS_MOST = 24
# From this share of the passages on, the best of all are soon enough of the part: 1.1 ms instead of 5 over 85,000.
_LARGE_SHARE = 0.1
_SPARE = 2


@dataclass(frozen=True, slots=True)
class PassageText:
    """What the lexical index keeps of a passage."""

    passage: int
    article: int
    title: str
    text: str
    also: tuple[tuple[str, ...], ...] = ()
    """Runs of tokens that are to be found as if they stood there: other forms of what does."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What alone is to be found."""

    passages: np.ndarray
    """Ids, sorted."""
    query: tantivy.Query
    """Finds them, and scores nothing."""


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("passage", indexed=True, fast=True)
    builder.add_unsigned_field("article", indexed=True)
    for name in ("exact", "folded"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    # "dang=đảng": what stands in the corpus for letters without diacritics.
    builder.add_text_field("variants", tokenizer_name="whitespace", index_option="basic")
    return builder.build()


class LexicalIndex:
    """Passages by their words. Searching is safe from several threads; updating is for one writer."""

    def __init__(self, folder: Path | None = None) -> None:
        """Open the index in `folder`, which must exist, or a new one there; without a folder, in memory."""
        self._schema = _schema()
        self._part: _Part | None = None
        self._index = tantivy.Index(self._schema, path=None if folder is None else str(folder))
        self._reload()

    def _reload(self) -> None:
        self._index.reload()
        self._searcher = self._index.searcher()
        # Frequencies hold for one state of the index.
        self._frequency = lru_cache(maxsize=1 << 16)(self._searcher.doc_freq)
        self._variants = lru_cache(maxsize=1 << 12)(self._find_variants)

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def update(self, removed_articles: Iterable[int], added: Iterable[PassageText]) -> None:
        """Remove the passages of some articles, add others, and make both visible together.

        Raises OSError where the files cannot be written.
        """
        try:
            self._write(removed_articles, added)
        except ValueError as error:  # so tantivy says that the disk is full
            raise OSError(f"the lexical index cannot be written: {str(error).splitlines()[0]}") from error
        self._reload()

    def _write(self, removed_articles: Iterable[int], added: Iterable[PassageText]) -> None:
        writer = self._index.writer(_WRITER_BYTES, 1)
        for article in removed_articles:
            # By query: delete_documents_by_term takes a Python integer for a signed term and deletes nothing.
            writer.delete_documents_by_query(tantivy.Query.term_query(self._schema, "article", article))
        for passage in added:
            writer.add_document(_document(passage))
        writer.commit()
        # Merges go on after a commit and change the files; sealing them has to wait.
        writer.wait_merging_threads()

    def within(self, articles: np.ndarray, passages: np.ndarray) -> LexicalIndex:
        """Give the index with only the passages of these articles to be found: rows, and their passages' ids, sorted.

        Frequencies stay those of the whole. It is not to be updated, and not to be limited again.
        """
        rows = tantivy.Query.term_set_query(self._schema, "article", articles.tolist())
        part = copy(self)  # what is open stays open once
        part._part = _Part(passages, tantivy.Query.const_score_query(rows, 0.0))
        return part

    def search(
        self, terms: Sequence[str], field: Field, k: int, without: Collection[int] = ()
    ) -> tuple[np.ndarray, np.ndarray]:
        """Find the k best passages, some left out: their ids and BM25 scores, best first.

        Raises ValueError where more is to be left out of what `within` gave.
        """
        if self._part is not None:
            if without:
                raise ValueError("what is found within limits cannot be limited again")
            return self._search_within(self._part, terms, field, k)
        query = self._any_of(terms, field)
        if without:
            left_out = tantivy.Query.term_set_query(self._schema, "passage", list(without))
            query = tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.MustNot, left_out)])
        return self._run(query, k)

    def _search_within(self, part: _Part, terms: Sequence[str], field: Field, k: int) -> tuple[np.ndarray, np.ndarray]:
        if not len(part.passages):
            return np.empty(0, np.int64), np.empty(0, np.float64)
        wanted, share = self._any_of(terms, field), len(part.passages) / max(1, len(self))
        if share >= _LARGE_SHARE:
            depth = math.ceil(_SPARE * k / share)
            ids, scores = self._run(wanted, depth)
            at = np.searchsorted(part.passages, ids)
            inside = part.passages[np.minimum(at, len(part.passages) - 1)] == ids
            if inside.sum() >= k or len(ids) < depth:
                return ids[inside][:k], scores[inside][:k]
        query = tantivy.Query.boolean_query([(tantivy.Occur.Must, wanted), (tantivy.Occur.Must, part.query)])
        return self._run(query, k)

    def scores(self, terms: Sequence[str], field: Field, passages: Sequence[int]) -> dict[int, float]:
        """Give the BM25 score of each of these passages that holds any of the terms."""
        if not passages or not terms:
            return {}
        among = tantivy.Query.const_score_query(
            tantivy.Query.term_set_query(self._schema, "passage", list(passages)), 0.0
        )
        wanted = self._any_of(terms, field)
        query = tantivy.Query.boolean_query([(tantivy.Occur.Must, among), (tantivy.Occur.Must, wanted)])
        ids, scores = self._run(query, len(passages))
        return dict(zip(ids.tolist(), scores.tolist(), strict=True))

    def _any_of(self, terms: Sequence[str], field: Field) -> tantivy.Query:
        return tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Should, tantivy.Query.term_query(self._schema, field, term, index_option="freq"))
                for term in dict.fromkeys(terms)
            ]
        )

    def _run(self, query: tantivy.Query, k: int) -> tuple[np.ndarray, np.ndarray]:
        hits = self._searcher.search(query, limit=max(1, k), count=False).hits
        ids = self._searcher.fast_field_values("passage", [address for _, address in hits])
        return np.array(ids, np.int64), np.array([score for score, _ in hits], np.float64)

    def frequency(self, term: str, field: Field) -> int:
        """Count the passages that hold a term."""
        return int(self._frequency(field, term))

    def idf(self, term: str, field: Field) -> float:
        """Give a term's inverse document frequency, as in BM25: ln(1 + (N - n + 0.5) / (n + 0.5))."""
        count = self.frequency(term, field)
        return math.log(1 + max(0.0, len(self) - count + 0.5) / (count + 0.5))

    def variants(self, folded: str) -> tuple[tuple[str, int], ...]:
        """Give the corpus's syllables that read `folded` without diacritics, with their counts, most frequent first."""
        return self._variants(folded)

    def _find_variants(self, folded: str) -> tuple[tuple[str, int], ...]:
        prefix = folded + "="
        found = self._searcher.terms_with_prefix("variants", prefix, limit=_VARIANTS_MOST)
        return tuple(sorted(((term[len(prefix) :], count) for term, count in found), key=lambda pair: -pair[1]))

    def passages(self) -> Iterator[int]:
        """Yield the ids of all passages, in no order."""
        ids, _ = self._run(tantivy.Query.all_query(), len(self))
        yield from ids.tolist()


def _document(passage: PassageText) -> tantivy.Document:
    title, body = tokens(passage.title), tokens(passage.text)
    runs = [title, body, *map(list, passage.also)]
    exact = [term for run in runs for term in with_pairs(run)]
    folded = [term for run in runs for term in with_pairs([folded_token(token) for token in run])]
    variants = {f"{folded_token(token)}={token}" for token in (*title, *body) if not token[0].isdigit()}
    document = tantivy.Document()
    document.add_unsigned("passage", passage.passage)
    document.add_unsigned("article", passage.article)
    document.add_text("exact", " ".join(exact))
    document.add_text("folded", " ".join(folded))
    document.add_text("variants", " ".join(sorted(variants)))
    return document
