"""What changed in folders that are followed: found by looking at them again, and waited for until it holds still."""

from __future__ import annotations

import contextlib
import glob
import os
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

from qa.corpus import Skipped, corpus_files
from qa.errors import CorpusError
from qa.readers import suffix_of

# How long to gather what is told of changes.
_GATHER_MS, _QUIET_MS = 1000, 100
BURST_SECONDS = 10.0
"""For so long a file waits for the rest of a burst: copying thousands makes a few updates."""

Stamp = tuple[int, int, int]
"""What changes with a file: size, `st_mtime_ns`, `st_ctime_ns`. No inode: some network drives make it up each time."""


class Root:
    """A folder, file or pattern to follow, and the files that it names."""

    def __init__(self, given: Path, exclude: tuple[str, ...] = ()) -> None:
        """Look for the first time. Raises CorpusError where there is no such thing; a folder may be empty."""
        self.given, self._exclude = given, exclude
        self.is_file = given.is_file()
        self.folder = given.parent if self.is_file else _fixed_part(given)
        self.files: dict[Path, Stamp] = {}
        self.unreadable: list[Skipped] = []
        """Folders in it that cannot be read; what was in them is taken to be there still."""
        self.is_away = False
        """Whether it is out of sight as a whole; `files` are then those that it last had."""
        self.identity = self._home = _identity(self.folder)
        if self.identity is None or not given.is_dir():
            corpus_files([given], exclude)  # says what is wrong
        self.look()

    def look(self) -> None:
        """List the files anew."""
        try:
            found, unreadable = corpus_files([self.given], self._exclude)
        except CorpusError:
            found, unreadable = [], []
        self.identity = _identity(self.folder)
        # A drive that is pulled out leaves no folder, or an empty one that is another.
        self.is_away = self.identity is None or (not found and self.identity != self._home)
        if self.is_away:
            return
        self._home, self.unreadable = self.identity, unreadable
        hidden = {Path(item.path) for item in unreadable}
        files = {path: stamp for path, stamp in self.files.items() if not hidden.isdisjoint(path.parents)}
        for path in found:
            stamp = stamp_of(path, self.files.get(path))
            if stamp is not None:
                files[path] = stamp
        self.files = files

    def calls_for_a_look(self) -> bool:
        """Tell whether it has gone or come, is another, or is a file that changed: of this, nobody gives notice."""
        identity = _identity(self.folder)
        if identity is None or identity != self.identity or not self.is_file:
            return identity != self.identity
        before = self.files.get(self.given)
        return stamp_of(self.given, before) != before


class Settling:
    """Files that are not as they were indexed, until they hold still; what is gone has None for a stamp."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._files: dict[Path, _Restless] = {}

    @property
    def paths(self) -> list[Path]:
        """All that wait."""
        return list(self._files)

    def note(self, differing: Mapping[Path, Stamp | None], now: float) -> None:
        """Take note of all the files that differ, at a time in seconds; those that no longer do are forgotten."""
        before, self._files = self._files, {}
        for path, stamp in differing.items():
            known = before.get(path)
            if known is None:
                known = _Restless(stamp, now, now)
            elif known.stamp != stamp:
                known = replace(known, stamp=stamp, still_since=now)
            self._files[path] = known

    def settled(self, now: float) -> dict[Path, Stamp | None]:
        """Give the files that hold still; none yet while others of their burst keep coming."""
        still = {path: file for path, file in self._files.items() if now - file.still_since >= self.seconds}
        if not still:
            return {}
        # By when each first came: one that never holds still, as a log does, is not to keep the others waiting.
        last = max(file.noticed for file in self._files.values())
        first = min(file.noticed for file in still.values())
        if now - last < self.seconds and now - first < max(BURST_SECONDS, 5 * self.seconds):
            return {}
        return {path: file.stamp for path, file in still.items()}


@dataclass(frozen=True, slots=True)
class _Restless:
    stamp: Stamp | None
    noticed: float
    still_since: float


def signs(
    folders: list[str], but_in: Path, tick_seconds: float, stop: Event, none_for: Callable[[str], None]
) -> Generator[bool, None, None]:
    """Yield, at least every tick, whether something happened in the folders, but in one; end soon after `stop` is set.

    Where the system cannot tell, `none_for` is told why, and there are only ticks; they end for folders that are gone.
    """
    from watchfiles import Change, watch

    def matters(change: Change, path: str) -> bool:
        if Path(path).is_relative_to(but_in):
            return False
        # Nobody can tell any more whether what is gone was a folder.
        return suffix_of(path) is not None or change == Change.deleted or os.path.isdir(path)

    tick_ms = int(tick_seconds * 1000)
    try:
        if folders:
            # Unfiltered: what does not matter is not to hold up the ticks.
            for changes in watch(
                *folders, watch_filter=None, debounce=_GATHER_MS, step=min(_QUIET_MS, tick_ms), rust_timeout=tick_ms,
                yield_on_timeout=True, stop_event=stop, ignore_permission_denied=True,
            ):  # fmt: skip
                yield any(matters(*change) for change in changes)
            return
    except FileNotFoundError:
        yield False
        stop.wait(tick_seconds)
        return
    except (OSError, RuntimeError) as error:
        none_for(" ".join(str(error).split()))
    while not stop.wait(tick_seconds):
        yield False


def stamp_of(path: Path, otherwise: Stamp | None = None) -> Stamp | None:
    """Give a file's stamp, None where there is no file; `otherwise` where it cannot be told just now."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return otherwise
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _identity(folder: Path) -> tuple[int, int] | None:
    """Tell a folder from any other that takes its place; None where there is none that can be read."""
    with contextlib.suppress(OSError), os.scandir(folder):
        found = folder.stat()
        return found.st_dev, found.st_ino
    return None


def _fixed_part(given: Path) -> Path:
    """Give the folder in which a pattern is looked for; a folder itself."""
    while not given.is_dir() and glob.has_magic(str(given)):
        given = given.parent
    return given
