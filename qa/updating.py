"""One run over a corpus: what is new, changed, moved or gone, encoded in batches and committed."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from embeddings.encoder import Encoder
from qa.articles import Document, Skipped, read_file
from qa.pages import read_page
from qa.passages import SplitterSettings, split
from qa.store import Known, Store
from qa.text import spelling
from qa.types import Article, Passage

# A batch is what a kill can cost, and what sorting by length needs: a few seconds of encoding.
BATCH_SENTENCES = 1024
SETTINGS = SplitterSettings()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an update is; bytes are of the corpus dealt with so far, of how many in all."""

    bytes_done: int
    bytes_total: int
    articles: int
    sentences: int
    """Encoded so far."""


@dataclass(slots=True)
class IndexReport:
    """What an update did."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    sentences_encoded: int = 0
    encoding_seconds: float = 0.0
    articles: int = 0
    passages: int = 0
    sentences: int = 0
    revision: int = 0


class Update:
    """One run over a corpus: reads, compares, encodes in batches, commits."""

    def __init__(
        self,
        store: Store,
        encoder: Encoder,
        progress: Callable[[Progress], None],
        skipped: Callable[[Skipped], None],
    ) -> None:
        self.store, self.encoder = store, encoder
        self.report = IndexReport()
        self._tell_progress, self._tell_skipped = progress, skipped
        known = store.known()
        self._known = {(article.path, article.name): article for article in known}
        self._by_content = {article.sha256: article for article in known}
        self._ids = {article.public_id: article for article in known}
        self._seen: set[tuple[str, str]] = set()
        self._skipped_paths: set[str] = set()
        self._batch: list[tuple[Document, Known | None, list[Passage]]] = []
        self._batch_sentences = self._batch_encoded = self._batch_bytes = 0
        self._bytes_done = self._bytes_total = 0

    def skip(self, items: Iterable[Skipped]) -> None:
        """Note what could not be read."""
        for item in items:
            self.report.skipped.append(item)
            self._skipped_paths.add(item.path)
            self._tell_skipped(item)

    def read(self, files: Sequence[Path]) -> None:
        """Add what is new, replace what changed."""
        self._bytes_total = sum(_size(path) for path in files)
        for path in files:
            for item in read_file(path):
                if isinstance(item, Skipped):
                    self.skip([item])
                    self._bytes_done += item.byte_count
                else:
                    self._take(item)
                self._show_progress()
        self._flush()

    def _take(self, document: Document) -> None:
        article, key = document.article, (document.article.path, document.name)
        if key in self._seen:
            self._bytes_done += document.byte_count
            self.skip([Skipped(article.path, None, f"the id {document.name!r} occurs twice in it; the first counts")])
            return
        self._seen.add(key)
        before = self._known.get(key) or self._moved_from(document)
        if before is not None and before.sha256 == article.sha256:
            self.report.unchanged += 1
            self._bytes_done += document.byte_count
            return
        article = self._with_free_id(document) if before is None else replace(article, id=before.public_id)
        passages = list(split(article, document.paragraphs, SETTINGS))
        self._batch.append((replace(document, article=article), before, passages))
        self._batch_bytes += document.byte_count
        self._batch_sentences += sum(len(passage.sentences) for passage in passages)
        if self._batch_sentences >= BATCH_SENTENCES:
            self._flush()

    def _moved_from(self, document: Document) -> Known | None:
        """Recognise an article whose file was moved or renamed: the same content, and the old file gone."""
        article = document.article
        found = self._by_content.get(article.sha256)
        if found is None or (found.path, found.name) in self._seen or os.path.exists(found.path):
            return None
        if article.path.lower().endswith(".jsonl") and found.name != document.name:
            return None  # an id that the line itself gives
        with self.store.transaction():
            self.store.move(found, article.path, document.name)
        del self._known[found.path, found.name]
        return found

    def _with_free_id(self, document: Document) -> Article:
        """Qualify an id that another article has with the folders above its file, as far as it takes."""
        article, name = document.article, document.name
        parents = [part for part in Path(article.path).parent.parts if part != os.sep]
        while name in self._ids and parents:
            name = f"{parents.pop()}/{name}"
        count = 2
        while name in self._ids:
            name, count = f"{document.name}~{count}", count + 1
        article = replace(article, id=name)
        self._ids[name] = Known(0, name, article.path, document.name, article.sha256, 0)
        return article

    def _flush(self) -> None:
        """Encode what has gathered and commit it."""
        if not self._batch:
            return
        texts = [
            spelling(passage.article.text[sentence.start : sentence.end])
            for _, _, passages in self._batch
            for passage in passages
            for sentence in passage.sentences
        ]
        prompts = self.encoder.prompts  # loads the model, which is not to count as encoding
        start = time.perf_counter()
        vectors = self.encoder.encode_passages(texts, self._count_encoded)
        self.report.encoding_seconds += time.perf_counter() - start
        at = 0
        with self.store.transaction():
            self.store.note_encoding(vectors.shape[1], prompts)
            for document, before, passages in self._batch:
                if before is not None:
                    self.store.remove(before)
                count = sum(len(passage.sentences) for passage in passages)
                self.store.add(document.article, document.name, passages, vectors[at : at + count])
                at += count
        for _, before, _ in self._batch:
            self.report.added += before is None
            self.report.changed += before is not None
        self._bytes_done += self._batch_bytes
        self._batch, self._batch_sentences, self._batch_encoded, self._batch_bytes = [], 0, 0, 0
        self._show_progress()

    def _count_encoded(self, count: int) -> None:
        self.report.sentences_encoded += count
        self._batch_encoded += count
        self._show_progress()

    def _show_progress(self) -> None:
        report = self.report
        articles = report.added + report.changed + report.unchanged
        encoded = self._batch_bytes * self._batch_encoded // max(1, self._batch_sentences)
        self._tell_progress(Progress(self._bytes_done + encoded, self._bytes_total, articles, report.sentences_encoded))

    def prune(self, paths: Sequence[Path]) -> None:
        """Remove what the index holds from under the paths and the corpus no longer does."""
        gone = [
            article
            for key, article in self._known.items()
            if key not in self._seen
            and _is_under(article.path, paths)
            and not _is_under(article.path, self._skipped_paths)  # unreadable today is not gone
        ]
        with self.store.transaction():
            for article in gone:
                self.store.remove(article)
        self.report.removed = len(gone)

    def carry_over(self, path: Path, pruned: Sequence[Path]) -> None:
        """Add the articles of an older store that the files did not bring, but for those gone from `pruned`."""
        if not path.is_file():
            return
        with contextlib.closing(Store.open(path)) as old:
            rows = {known.row: known for known in old.known()}
            for row, article in old.articles(old.revision):
                known = rows.get(row)
                if known is None or (known.path, known.name) in self._seen:
                    continue
                if _is_under(known.path, pruned) and not _is_under(known.path, self._skipped_paths):
                    self.report.removed += 1
                else:
                    self._take(_again(article, known))
            self._flush()

    def finished(self) -> IndexReport:
        """Complete the report with what the index now holds."""
        report = self.report
        report.revision = self.store.revision
        report.articles, report.passages, report.sentences = self.store.counts(report.revision)
        return report


def _again(article: Article, known: Known) -> Document:
    """Make the document of an article that is in an index, for splitting it anew."""
    given = article.title if article.path.lower().endswith(".jsonl") else None
    return Document(article, known.name, read_page(article.text, given).paragraphs, 0)


def _is_under(path: str, roots: Iterable[str | Path]) -> bool:
    """Tell whether a path is one of the roots or lies below one."""
    return any(path == root or path.startswith(root.rstrip(os.sep) + os.sep) for root in map(os.path.abspath, roots))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
