"""An index folder: bringing it up to date with a corpus, and opening it to read."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from filelock import FileLock, Timeout

from embeddings.encoder import Encoder
from qa import derived
from qa.articles import Document, Skipped, corpus_files, read_file
from qa.errors import HoidapError, IndexBusy, IndexUnusable
from qa.pages import read_page
from qa.passages import SplitterSettings, split
from qa.store import Built, Known, Store
from qa.text import spelling
from qa.types import Article, Passage

STORE_NAME = "hoidap.sqlite"
_LOCK_NAME = "writer.lock"
_REBUILD_NAME = "rebuild.part"
# A batch is what a kill can cost, and what sorting by length needs: a few seconds of encoding.
_BATCH_SENTENCES = 1024
_SETTINGS = SplitterSettings()


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


@dataclass(frozen=True, slots=True)
class UpdateOptions:
    """What an update does besides adding and replacing."""

    prune: bool = False
    """Remove the articles whose files under the given paths are gone."""
    rebuild: bool = False
    """Split and encode everything again, the articles already in the index included."""
    wait_seconds: float = 10.0
    """How long to wait for another writer."""


def update(
    folder: Path,
    paths: Sequence[Path],
    encoder: Encoder,
    options: UpdateOptions = UpdateOptions(),
    progress: Callable[[Progress], None] = lambda progress: None,
    skipped: Callable[[Skipped], None] = lambda skipped: None,
) -> IndexReport:
    """Bring the index in `folder` up to date with the files under `paths`, encoding only what changed.

    Progress is committed every thousand sentences: a kill or Ctrl-C loses less than that, and the next run
    goes on from there. What comes of it becomes visible at once, at the end. Raises HoidapError: CorpusError
    for the paths, IndexBusy while another process writes, IndexUnusable for an index of another model,
    splitter or version, and where the disk is full.
    """
    files, unreadable = corpus_files(paths) if paths else ([], [])
    with _writing(folder, options.wait_seconds), _plain_errors(folder):
        if options.rebuild:
            pruned = paths if options.prune else ()
            return _rebuild(folder, files, unreadable, pruned, encoder, progress, skipped)
        store = _open_for_writing(folder / STORE_NAME, encoder)
        with contextlib.closing(store):
            _forget_old_revisions(folder, store)
            work = _Update(store, encoder, progress, skipped)
            work.skip(unreadable)
            try:
                work.read(files)
                if options.prune:
                    work.prune(paths)
            finally:
                # After Ctrl-C too: what was committed is worth asking.
                store.publish()
                derived.refresh(folder, store)
            return work.finished()


def _rebuild(
    folder: Path,
    files: list[Path],
    unreadable: list[Skipped],
    pruned: Sequence[Path],
    encoder: Encoder,
    progress: Callable[[Progress], None],
    skipped: Callable[[Skipped], None],
) -> IndexReport:
    """Make a new store beside the old one, from the files and the old one's articles, and swap it in whole."""
    path, temporary = folder / STORE_NAME, folder / _REBUILD_NAME
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    try:
        with contextlib.closing(Store.create(temporary / STORE_NAME, _built(encoder))) as store:
            work = _Update(store, encoder, progress, skipped)
            work.skip(unreadable)
            work.read(files)
            work.carry_over(path, pruned)
            store.publish()
            report = work.finished()
            store.fold_log()
        _retire(path)
        os.replace(temporary / STORE_NAME, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    with contextlib.closing(Store.open(path, write=True)) as store:
        derived.refresh(folder, store)
    return report


class _Update:
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
        passages = list(split(article, document.paragraphs, _SETTINGS))
        self._batch.append((replace(document, article=article), before, passages))
        self._batch_bytes += document.byte_count
        self._batch_sentences += sum(len(passage.sentences) for passage in passages)
        if self._batch_sentences >= _BATCH_SENTENCES:
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


def _retire(path: Path) -> None:
    """Leave an old store whole in its one file, so that another can take its name.

    A log of its own left behind would be replayed onto the other; one deleted unread would lose commits.
    """
    if not path.is_file():
        return
    with contextlib.suppress(IndexUnusable), contextlib.closing(Store.open(path, write=True)) as old:
        deadline = time.monotonic() + 10
        while not old.fold_log():
            if time.monotonic() > deadline:
                raise IndexBusy(f"{path} is being read without a pause; try again in a moment")
            time.sleep(0.05)
    for suffix in ("-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


# --- the folder ------------------------------------------------------------------------------------------


def _built(encoder: Encoder) -> Built:
    return Built(encoder.name, encoder.fingerprint, _SETTINGS.as_dict())


def _open_for_writing(path: Path, encoder: Encoder) -> Store:
    if not path.exists():
        return Store.create(path, _built(encoder))
    store = Store.open(path, write=True)
    try:
        check_built(store, encoder.name, encoder.fingerprint)
    except HoidapError:
        store.close()
        raise
    return store


def check_built(store: Store, model: str, fingerprint: str) -> None:
    """Raise IndexUnusable where a store was built by another model, or with another splitter."""
    built, folder = store.built, store.path.parent
    if built.fingerprint != fingerprint:
        other = f"{built.model!r} ({built.fingerprint}), not {model!r} ({fingerprint})"
        raise IndexUnusable(
            f"the index {folder} was built by the model {other}: use --model {built.model}, or rebuild it with: "
            f"hoidap index --rebuild --index {folder} --model {model}"
        )
    if built.splitter != _SETTINGS.as_dict():
        raise IndexUnusable(
            f"the index {folder} was split by other rules than this version's; rebuild it with: "
            f"hoidap index --rebuild --index {folder}"
        )


def _forget_old_revisions(folder: Path, store: Store) -> None:
    """Drop rows that no derived index needs any more to be caught up, and so no reader still reads."""
    sealed = [revision for revision in derived.sealed_revisions(folder, store) if revision is not None]
    oldest = min([store.revision, *sealed])
    if oldest > store.floor:
        store.purge(oldest)


@contextlib.contextmanager
def _writing(folder: Path, wait_seconds: float) -> Iterator[None]:
    """Hold the folder for writing; make it where it is missing."""
    if folder.exists() and not folder.is_dir():
        raise IndexUnusable(f"the index {folder} is a file, not a folder; name another with --index")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / _LOCK_NAME, timeout=wait_seconds):
            yield
    except Timeout:
        raise IndexBusy(
            f"another process is writing to the index {folder} and was not done after {wait_seconds:.0f} s; "
            "try again when it has finished"
        ) from None
    except (PermissionError, NotADirectoryError, FileExistsError) as error:
        raise IndexUnusable(f"cannot write to the index {folder}: {error.strerror}") from error


@contextlib.contextmanager
def _plain_errors(folder: Path) -> Iterator[None]:
    """Say in one line what the machine refused: room on the disk, or the permission to write."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "full" in str(error) or "readonly" in str(error) or "unable to open" in str(error) or "I/O" in str(error):
            raise IndexUnusable(f"cannot write to the index {folder}: {error}; what was committed is kept") from error
        raise
    except OSError as error:
        if error.errno not in (None, errno.ENOSPC, errno.EDQUOT):  # FAISS and tantivy give no number
            raise
        reason = error.strerror or str(error)
        raise IndexUnusable(f"cannot write to the index {folder}: {reason}; what was committed is kept") from error


def open_derived(folder: Path, store: Store, wait_seconds: float = 5.0) -> derived.Derived | None:
    """Load the derived indexes, mended where they are stale or damaged; in memory where the folder forbids it.

    While another process writes, wait for it; with no time to wait, return None if they are not ready.
    """
    deadline = time.monotonic() + wait_seconds
    while True:
        loaded = derived.load(folder, store)
        if loaded is not None and loaded.revision == store.revision:
            return loaded
        try:
            # Where nobody is writing, nobody else will mend it.
            with (
                FileLock(folder / _LOCK_NAME, timeout=0),
                contextlib.closing(Store.open(store.path, write=True)) as writable,
            ):
                derived.refresh(folder, writable)
            if (mended := derived.load(folder, store)) is not None:
                return mended
        except Timeout:
            # While a writer is at it, the revision before is whole.
            if loaded is not None or wait_seconds <= 0:
                return loaded
        except (OSError, sqlite3.OperationalError, IndexUnusable):
            break  # a folder that may not be written, or has no room
        if time.monotonic() > deadline:
            break
        time.sleep(0.1)
    return loaded or derived.build_in_memory(store)
