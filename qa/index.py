"""An index folder: bringing it up to date with a corpus, and opening it to read."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from embeddings.encoder import Encoder
from qa import derived, updating
from qa.articles import Skipped, corpus_files
from qa.errors import HoidapError, IndexBusy, IndexUnusable
from qa.store import Built, Store
from qa.updating import IndexReport, Progress, Update

STORE_NAME = "hoidap.sqlite"
_LOCK_NAME = "writer.lock"
_REBUILD_NAME = "rebuild.part"


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
            work = Update(store, encoder, progress, skipped)
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
            work = Update(store, encoder, progress, skipped)
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
