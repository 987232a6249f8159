"""An index folder: bringing it up to date with a corpus, and opening it to read."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from embeddings.encoder import Encoder
from qa import derived, updating
from qa.articles import CorpusReader
from qa.corpus import Skipped, corpus_files
from qa.errors import CorpusError, HoidapError, IndexBusy, IndexUnusable
from qa.reports import Converted, IndexReport, Progress
from qa.store import Built, Store
from qa.types import Article
from qa.updating import Update

STORE_NAME = "hoidap.sqlite"
LOCK_NAME = "writer.lock"
REBUILD_NAME = "rebuild.part"
_INDEXED_AT_ONCE = 20_000
"""Sentences: a second's work."""
# No room, no files left, too large for its file system, a drive that fails or has become read-only. FAISS and tantivy
# give no number.
_REFUSALS = (None, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS)


@dataclass(frozen=True, slots=True)
class UpdateOptions:
    """What an update does besides adding and replacing."""

    prune: bool = False
    """Remove the articles whose files under the given paths are gone."""
    rebuild: bool = False
    """Split and encode everything again, the articles already in the index included."""
    wait_seconds: float = 10.0
    """How long to wait for another writer."""
    exclude: tuple[str, ...] = ()
    """Patterns of the files and folders that are not to be read."""


def update(
    folder: Path,
    paths: Sequence[Path],
    encoder: Encoder,
    options: UpdateOptions = UpdateOptions(),
    progress: Callable[[Progress], None] = lambda progress: None,
    said: Callable[[Skipped | Converted], None] = lambda said: None,
    gone: Sequence[Path] | None = None,
) -> IndexReport:
    """Bring the index in `folder` up to date with the files under `paths`, encoding only what changed.

    Progress is committed every thousand sentences: a kill or Ctrl-C loses less than that, and the next run
    goes on from there. What comes of it becomes visible at once, at the end. `said` is told at once what could not
    be read, and what was not in Unicode. With `gone`, nobody named the paths: they are files that were noticed to have
    changed, and `gone` those that are no more. Raises HoidapError: CorpusError for the paths, IndexBusy while another
    process writes, IndexUnusable for an index of another model, splitter or version, and where the disk is full.
    """
    files, unreadable = corpus_files(paths, options.exclude) if paths and gone is None else (list(paths), [])
    named = {path for path in (Path(os.path.abspath(given)) for given in paths) if gone is None and not path.is_dir()}
    with writing(folder, options.wait_seconds):
        if options.rebuild:
            pruned = paths if options.prune else ()
            return _rebuild(folder, files, unreadable, pruned, encoder, progress, said, named)
        store = _open_for_writing(folder / STORE_NAME, encoder)
        with contextlib.closing(store), CorpusReader() as reader:
            _forget_old_revisions(folder, store)
            work = Update(store, encoder, progress, said, named)
            work.skip(unreadable)
            try:
                work.read(files, reader)
                if options.prune:
                    work.prune([*paths, *(gone or ())])
            except KeyboardInterrupt:
                # What was committed is worth asking. Where indexing it takes long, the next command does so.
                if store.counts(store.publish())[2] <= _INDEXED_AT_ONCE:
                    derived.refresh(folder, store)
                raise
            except BaseException:
                store.publish()
                derived.refresh(folder, store)
                raise
            store.publish()
            derived.refresh(folder, store)
            return work.finished()


def remove(folder: Path, article_ids: Sequence[str], wait_seconds: float = 10.0) -> list[Article]:
    """Remove articles by their ids, at once or none of them; return them without their texts.

    They stay away while their files say the same, unless a file is named to `update` itself. Raises CorpusError
    for an id that the index does not hold, IndexBusy and IndexUnusable as `update` does.
    """
    if not (folder / STORE_NAME).is_file():
        Store.open(folder / STORE_NAME)  # says that there is no index; a lock is not to make its folder
    with writing(folder, wait_seconds), contextlib.closing(Store.open(folder / STORE_NAME, write=True)) as store:
        _forget_old_revisions(folder, store)
        ids = dict.fromkeys(article_ids)
        known = {article.public_id: article for article in store.known()}
        facts = {article.id: article for _, article in store.facts(store.revision + 1)}
        # What a run that was killed removed and did not publish is still shown: it goes now.
        shown = {article.id: article for _, article in store.facts(store.revision)}
        if missing := [name for name in ids if name not in known and name not in shown]:
            raise CorpusError(f"the index {folder} holds no article {missing[0]!r}; see: hoidap list --index {folder}")
        with store.transaction():
            for name in ids:
                if name in known:
                    store.remove(known[name])
                    store.note_dropped(known[name])
        store.publish()
        derived.refresh(folder, store)
        return [facts[name] if name in known else shown[name] for name in ids]


def _rebuild(
    folder: Path,
    files: list[Path],
    unreadable: list[Skipped],
    pruned: Sequence[Path],
    encoder: Encoder,
    progress: Callable[[Progress], None],
    said: Callable[[Skipped | Converted], None],
    named: Collection[Path],
) -> IndexReport:
    """Make a new store beside the old one, from the files and the old one's articles, and swap it in whole."""
    path, temporary = folder / STORE_NAME, folder / REBUILD_NAME
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    try:
        with (
            contextlib.closing(Store.create(temporary / STORE_NAME, _built(encoder))) as store,
            CorpusReader() as reader,
        ):
            if path.is_file():
                with contextlib.closing(Store.open(path)) as old:
                    store.take_dropped(old.dropped())
            work = Update(store, encoder, progress, said, named)
            work.skip(unreadable)
            work.read(files, reader)
            work.carry_over(path, pruned)
            store.publish()
            report = work.finished()
            store.fold_log()
        replace_store(folder, temporary / STORE_NAME)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return report


def replace_store(folder: Path, new: Path) -> None:
    """Put another whole store in the place of a folder's, and make the derived indexes of it. Needs the lock."""
    path = folder / STORE_NAME
    _retire(path)
    os.replace(new, path)
    with contextlib.closing(Store.open(path, write=True)) as store:
        derived.refresh(folder, store)


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


# --- the folder ------------------------------------------------------------------------------------------


def _built(encoder: Encoder) -> Built:
    return Built(encoder.name, encoder.fingerprint, updating.SETTINGS.as_dict())


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
    if built.splitter != updating.SETTINGS.as_dict():
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
def writing(folder: Path, wait_seconds: float = 10.0) -> Iterator[None]:
    """Hold the folder for writing; make it where it is missing. What the machine refuses is said in one line."""
    if folder.exists() and not folder.is_dir():
        raise IndexUnusable(f"the index {folder} is a file, not a folder; name another with --index")
    try:
        with _plain_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            with FileLock(folder / LOCK_NAME, timeout=wait_seconds):
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
    except Timeout:  # an OSError too
        raise
    except OSError as error:
        if error.errno not in _REFUSALS:
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
        if loaded is not None and loaded.revision == store.revision and not loaded.is_behind:
            return loaded
        try:
            # Where nobody is writing, nobody else will mend it.
            with (
                FileLock(folder / LOCK_NAME, timeout=0),
                contextlib.closing(Store.open(store.path, write=True)) as writable,
            ):
                derived.refresh(folder, writable)
                mended = derived.load(folder, store)
                if mended is None:  # sealed, and yet not to be opened: by other versions of FAISS or tantivy, say
                    derived.make_again(folder, writable)
                    mended = derived.load(folder, store)
            if mended is not None:
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
