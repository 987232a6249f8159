"""What is wrong with an index's store, and with what belongs to it: derived indexes, confidence, sources."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from qa import derived
from qa.articles import content_sha256, file_sha256
from qa.backup import one_line
from qa.checks import DAMAGE, NAMED_MOST, Check, Commands, megabytes, named
from qa.confidence import CONFIDENCE_NAME, load_confidence
from qa.errors import IndexUnusable
from qa.files import bytes_of, may_write
from qa.index import LOCK_NAME, STORE_NAME
from qa.restoring import unfinished_asides
from qa.store import Store

_LOG_MOST_BYTES = 64_000_000
_LEFTOVERS = ("*.part", "*.part-*", "lexical.old-*")


def opened(folder: Path, commands: Commands) -> tuple[Store | None, list[Check]]:
    """Open the store and let SQLite check it; give it where it is whole."""
    path = folder / STORE_NAME
    if not path.is_file():
        return None, [
            Check("store", "problem", f"there is no index at {folder}", f"hoidap index PATH {commands.index}")
        ]
    try:
        store = Store.open(path)
    except DAMAGE as error:
        damage = error.__cause__ if isinstance(error, IndexUnusable) else error
        if damage is None:
            return None, [Check("store", "problem", str(error), commands.again)]  # of another version
        return None, [Check("store", "problem", f"{path} cannot be read: {one_line(damage)}", commands.restore)]
    try:
        if problems := store.problems():
            found = one_line(problems[0])
        else:
            revision = store.revision
            articles, passages, sentences = store.counts(revision)
            holds = f"{articles} articles, {passages} passages, {sentences} sentences, revision {revision}"
            return store, [Check("store", "ok", f"{path}: {holds}")]
    except DAMAGE as error:
        found = one_line(error)
    store.close()
    return None, [Check("store", "problem", f"{path} is damaged: {found}", commands.restore)]


def is_written(folder: Path) -> bool:
    """Tell whether another process writes."""
    lock = folder / LOCK_NAME
    if lock.exists() and may_write(folder):
        try:
            with FileLock(lock, timeout=0):
                return False
        except Timeout:
            return True
    return False


def leftovers(folder: Path) -> list[Path]:
    """List what killed runs left in a folder; while a writer is at work, some of it is in use."""
    found = {path for pattern in _LEFTOVERS for path in folder.glob(pattern)}
    return sorted(found - {folder / LOCK_NAME})


def texts(store: Store, commands: Commands) -> Iterator[Check]:
    """Compare what is stored of each article with the hash of what was indexed."""
    articles = (article for _, article in store.articles(store.revision))
    altered = [(article.id, article.path) for article in articles if content_sha256(article) != article.sha256]
    if not altered:
        yield Check("texts", "ok", "every stored text is the one that was indexed")
        return
    what = f"{len(altered)} stored texts are not those that were indexed: {named(name for name, _ in altered)}"
    command = commands.replace
    if len(altered) <= NAMED_MOST and all(os.path.isfile(path) for _, path in altered):
        names, files = shlex.join(name for name, _ in altered), shlex.join(dict.fromkeys(path for _, path in altered))
        command = f"hoidap remove {commands.index} -- {names} && hoidap index {commands.index} -- {files}"
    yield Check("texts", "problem", what, command)


def leavings(store: Store, commands: Commands) -> Iterator[Check]:
    """Look for what killed runs left behind: files, a long log, commits that were not published."""
    if left := [*leftovers(store.path.parent), *unfinished_asides(store.path)]:
        what = f"{len(left)} leftovers of killed runs: {named(path.name for path in left)}"
        yield Check("runs", "note", what, commands.mend)
    log = bytes_of(Path(f"{store.path}-wal"))
    if log > _LOG_MOST_BYTES:
        what = f"the write-ahead log takes {megabytes(log)}: a run was killed, or a chat kept it from being folded"
        yield Check("runs", "problem", what, commands.mend)
    revision, known = store.revision, store.known()
    added = sum(article.added > revision for article in known)
    removed = len(set(store.article_rows(revision)) - {article.row for article in known})
    if added or removed:
        what = f"a run was killed: {added} articles added and {removed} gone are not to be seen; index its paths again"
        yield Check("runs", "problem", what, f"hoidap index PATH {commands.index}")
    elif revision == 0:
        yield Check("runs", "note", "nothing was indexed yet", f"hoidap index PATH {commands.index}")


def derived_indexes(store: Store, commands: Commands) -> Iterator[Check]:
    """Tell whether both derived indexes are whole and current; the next command that asks makes them so, too."""
    bad = derived.complaints(store.path.parent, store)
    if store.revision == 0:
        return
    for what in bad:
        yield Check("derived indexes", "problem", what, commands.mend)
    if not bad:
        yield Check("derived indexes", "ok", "lexical/ and vectors.faiss are whole and current")


def confidence(store: Store, commands: Commands) -> Iterator[Check]:
    """Tell which confidence is in use."""
    path = store.path.with_name(CONFIDENCE_NAME)
    try:
        used = load_confidence(path.parent, store.built.fingerprint)
    except IndexUnusable as error:
        yield Check("confidence", "problem", str(error), f"rm -r {shlex.quote(str(path))}")
    else:
        yield Check("confidence", "ok", f"fitted on {used.fitted_on}")


def sources(store: Store, commands: Commands) -> Iterator[Check]:
    """Count the source files that are gone, or hold other bytes than those that were read."""
    files, paths = store.read_files(), dict.fromkeys(article.path for _, article in store.facts(store.revision))
    gone = [path for path in paths if not os.path.exists(path)]
    changed = [path for path in paths if path in files and file_sha256(Path(path)) not in (None, files[path][0])]
    if gone:
        what = f"{len(gone)} of {len(paths)} source files are gone, {gone[0]} first; --prune removes their articles"
        yield Check("sources", "note", what, f"hoidap index --prune FOLDER {commands.index}")
    if changed:
        what = f"{len(changed)} of {len(paths)} source files have changed since they were indexed, {changed[0]} first"
        yield Check("sources", "note", what, f"hoidap index PATH {commands.index}")
    if not gone and not changed:
        yield Check("sources", "ok", f"{len(paths)} source files are there, as they were indexed")
