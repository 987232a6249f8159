"""One run over a corpus: what is new, changed, moved or gone, encoded in batches and committed."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Collection, Iterable, Sequence, Set
from dataclasses import replace
from pathlib import Path

from embeddings.encoder import Encoder
from qa.articles import READING_VERSION, CorpusReader, Document, file_sha256
from qa.batch import Batch
from qa.corpus import Skipped
from qa.files import bytes_of
from qa.pages import read_page
from qa.passages import SplitterSettings, split
from qa.reports import Converted, IndexReport, Progress
from qa.store import Known, Store
from qa.types import Article

# A batch is what a kill can cost, and what sorting by length needs: a few seconds of encoding.
BATCH_SENTENCES = 1024
# Up to this size a file's articles wait until it is known that the file did not change while it was read.
_HELD_BYTES_MOST = 50_000_000
_ATTEMPTS = 3
_PAUSE_SECONDS = 0.2
SETTINGS = SplitterSettings()


class Update:
    """One run over a corpus: reads, compares, encodes in batches, commits."""

    def __init__(
        self,
        store: Store,
        encoder: Encoder,
        progress: Callable[[Progress], None] = lambda progress: None,
        said: Callable[[Skipped | Converted], None] = lambda said: None,
        named: Collection[Path] = (),
    ) -> None:
        """Begin a run. `named` are files that a person named: of these, articles removed by hand come back too."""
        self.store = store
        self.report = IndexReport()
        self._tell_progress, self._say = progress, said
        known = store.known()
        self._known = {(article.path, article.name): article for article in known}
        self._by_content = {article.sha256: article for article in known}
        self._ids = {article.public_id: article for article in known}
        self._files = store.read_files()
        self._dropped = store.dropped()
        for key in [key for key in self._dropped if Path(key[0]) in named]:
            del self._dropped[key]
            self._files.pop(key[0], None)
        self._dropped_at: dict[str, list[str]] = {}
        for (path, _), sha256 in self._dropped.items():
            self._dropped_at.setdefault(sha256, []).append(path)
        self._seen: set[tuple[str, str]] = set()
        self._skipped_paths: set[str] = set()
        self._batch = Batch(store, encoder, self.report, self._show_progress)
        self._bytes_done = self._bytes_total = 0

    def skip(self, items: Iterable[Skipped]) -> None:
        """Note what could not be read."""
        for item in items:
            self.report.skipped.append(item)
            self._skipped_paths.add(item.path)
            self._say(item)

    def read(self, files: Sequence[Path], reader: CorpusReader) -> None:
        """Add what is new, replace what changed."""
        self._bytes_total = sum(map(bytes_of, files))
        at_path: dict[str, list[Known]] = {}
        for known in self._known.values():
            at_path.setdefault(known.path, []).append(known)
        for path in files:
            self._read_file(path, at_path.get(str(path), []), reader)
            self._show_progress()
        self._flush()

    def _read_file(self, path: Path, known: Sequence[Known], reader: CorpusReader) -> None:
        """Take a file's articles, unless its bytes are those that were read before.

        Bytes are compared by hash and not by date: a clock may have been set back. A file that changes while it is
        read is read again, so that no half of one version stands beside half of another.
        """
        size = bytes_of(path)
        held: list[Document | Skipped] = []
        # What is not held is in the store by then, as it was read: the next run reads it again.
        for _ in range(_ATTEMPTS if size <= _HELD_BYTES_MOST else 1):
            digest = file_sha256(path)
            if digest is not None and self._files.get(str(path)) == (digest, READING_VERSION):
                self._leave(known, size)
                return
            if size > _HELD_BYTES_MOST:
                self._take_all(reader.read(path))
                held = []
            else:
                held = list(reader.read(path))
            if file_sha256(path) == digest:
                break
            time.sleep(_PAUSE_SECONDS)
        else:
            if size <= _HELD_BYTES_MOST:
                self._bytes_done += size
            reason = "it changed while it was read; index it again once it is complete"
            self.skip([Skipped(str(path), None, reason, size)])
            return
        self._take_all(held)
        # A file that no longer says all that it did is read again until those articles are pruned.
        says_all = all((article.path, article.name) in self._seen for article in known)
        if digest is not None and says_all and str(path) not in self._skipped_paths:
            self._batch.finish_file(str(path), digest, READING_VERSION)

    def _leave(self, known: Sequence[Known], size: int) -> None:
        """Leave a file's articles as they are."""
        self._seen.update((article.path, article.name) for article in known)
        self.report.unchanged += len(known)
        self._bytes_done += size

    def _take_all(self, items: Iterable[Document | Skipped]) -> None:
        for item in items:
            if isinstance(item, Skipped):
                self.skip([item])
                self._bytes_done += item.byte_count
            else:
                self._take(item)
            self._show_progress()

    def _take(self, document: Document) -> None:
        article, key = document.article, (document.article.path, document.name)
        if key in self._seen:
            self._bytes_done += document.byte_count
            self.skip([Skipped(article.path, None, f"the id {document.name!r} occurs twice in it; the first counts")])
            return
        self._seen.add(key)
        if self._stays_away(key, article.sha256):
            self._bytes_done += document.byte_count
            return
        before = self._known.get(key) or self._moved_from(document)
        if before is not None and before.sha256 == article.sha256:
            self.report.unchanged += 1
            self._bytes_done += document.byte_count
            return
        if article.encoding is not None:
            self.report.converted.append(Converted(article.path, document.name, article.encoding))
            self._say(self.report.converted[-1])
        article = self._with_free_id(document) if before is None else replace(article, id=before.public_id)
        passages = list(split(article, document.paragraphs, SETTINGS))
        self._batch.add(replace(document, article=article), before, passages)
        if self._batch.sentences >= BATCH_SENTENCES:
            self._flush()

    def _stays_away(self, key: tuple[str, str], sha256: str) -> bool:
        """Tell whether a person removed an article that said the same, here or in a file that is no more."""
        return self._dropped.get(key) == sha256 or any(
            not os.path.exists(path) for path in self._dropped_at.get(sha256, ())
        )

    def _moved_from(self, document: Document) -> Known | None:
        """Recognise an article whose file was moved or renamed: the same content, and the old file gone."""
        article = document.article
        found = self._by_content.get(article.sha256)
        if found is None or (found.path, found.name) in self._seen or os.path.exists(found.path):
            return None
        if document.name != Path(article.path).name and found.name != document.name:
            return None  # an id that the file itself gives
        self._batch.move(found, article.path, document.name)
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
        self._bytes_done += self._batch.commit()
        self._show_progress()

    def _show_progress(self) -> None:
        report = self.report
        articles = report.added + report.changed + report.unchanged
        done = self._bytes_done + self._batch.bytes_encoded
        self._tell_progress(Progress(done, self._bytes_total, articles, report.sentences_encoded))

    def prune(self, paths: Sequence[Path]) -> None:
        """Remove what the index holds from under the paths and the corpus no longer does."""
        roots = _absolute(paths)
        gone = [
            article
            for key, article in self._known.items()
            if key not in self._seen
            and _is_under(article.path, roots)
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
            rows, roots = {known.row: known for known in old.known()}, _absolute(pruned)
            for row, article in old.articles(old.revision):
                known = rows.get(row)
                if known is None or (known.path, known.name) in self._seen:
                    continue
                if _is_under(known.path, roots) and not _is_under(known.path, self._skipped_paths):
                    self.report.removed += 1
                else:
                    self._take(_again(article, known, old.was_titled(row)))
            self._flush()

    def finished(self) -> IndexReport:
        """Complete the report with what the index now holds."""
        report = self.report
        report.revision = self.store.revision
        report.articles, report.passages, report.sentences = self.store.counts(report.revision)
        return report


def _again(article: Article, known: Known, titled: bool) -> Document:
    """Make the document of an article that is in an index, for splitting it anew."""
    return Document(
        article, known.name, read_page(article.text, article.title if titled else None).paragraphs, 0, titled
    )


def _absolute(paths: Iterable[Path]) -> set[str]:
    return set(map(os.path.abspath, paths))


def _is_under(path: str, roots: Set[str]) -> bool:
    """Tell whether a path is one of the roots or lies below one."""
    return path in roots or any(str(parent) in roots for parent in Path(path).parents)
