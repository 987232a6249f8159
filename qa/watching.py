"""Following folders: what changes in them is brought into the index once it holds still.

The operating system tells that something happened; what happened is found by looking: the folders are listed again
and compared with what was last indexed. A notice is lost where a queue is full, a folder is filled while it is being
made, or the drive is elsewhere on the network; a look finds what it missed.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from embeddings.encoder import Encoder
from qa.assistant import DEFAULT_INDEX, PathLike, encoder_of
from qa.changes import Root, Settling, Stamp, signs, stamp_of
from qa.corpus import Skipped
from qa.errors import CorpusError, HoidapError, IndexBusy
from qa.index import UpdateOptions, update
from qa.reports import Converted, IndexReport, Progress, told_apart

# How often to look unasked: where changes are told, and where they are not; and at most so large a part of the time.
_LOOK_SECONDS, _POLL_SECONDS, _LOOK_SHARE = 60.0, 1.0, 1 / 20
_TICK_SECONDS = 0.5
# For another writer, at a time: whoever sets `stop` is not to wait longer.
_WAIT_SECONDS = 1.0
_PAUSE_MOST_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Batch:
    """One update of an index that follows its folders."""

    report: IndexReport
    seconds: float


def watch(
    paths: PathLike | Iterable[PathLike],
    index: PathLike = DEFAULT_INDEX,
    *,
    model: str | None = None,
    encoder: Encoder | None = None,
    options: UpdateOptions = UpdateOptions(prune=True),
    settle_seconds: float = 1.0,
    poll: bool = False,
    on_batch: Callable[[Batch], None] = lambda batch: None,
    progress: Callable[[Progress], None] = lambda progress: None,
    skipped: Callable[[Skipped], None] = lambda skipped: None,
    converted: Callable[[Converted], None] = lambda converted: None,
    report: Callable[[str], None] = lambda line: None,
    stop: threading.Event | None = None,
) -> None:
    """Bring an index up to date with the files under `paths`, and go on with what changes there until `stop` is set.

    A file is taken once it has not changed for `settle_seconds`. With `options.prune`, articles go with their files;
    they stay where what was given is gone as a whole, as when a drive is pulled out. `poll` is for drives that do not
    tell of changes: they are looked for every second. While another process writes, changes wait.

    `report` is told, in lines for a person, what takes time or is waited for, and what is gone as a whole and back.
    Raises HoidapError for what is wrong at first, as `update_index` does, but not for a folder without articles, which
    may wait for its first; what goes wrong later is told and tried again.
    """
    given = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
    if not given:
        raise CorpusError("name a folder or file to watch")
    roots = [Root(Path(path), options.exclude) for path in dict.fromkeys(map(os.path.abspath, given))]
    folder, stopping = Path(index), stop or threading.Event()
    chosen, used = replace(options, wait_seconds=_WAIT_SECONDS), encoder or encoder_of(folder, model, report)

    def goes_on(shown: Progress) -> None:
        if stopping.is_set():
            raise _Stopped
        progress(shown)

    def bring(files: list[Path], gone: list[Path] | None) -> IndexReport:
        return update(folder, files, used, chosen, goes_on, told_apart(skipped, converted), gone)

    follower = _Follower(
        roots,
        Path(os.path.abspath(folder)),
        bring,
        options.prune,
        Settling(settle_seconds),
        stopping,
        poll,
        on_batch,
        skipped,
        report,
    )
    with contextlib.suppress(_Stopped):
        follower.follow()


class _Stopped(Exception):
    """Somebody set `stop` while an update was running."""


@dataclass(slots=True)
class _Follower:
    """Looks, waits for what changed to hold still, and has it indexed."""

    roots: list[Root]
    index: Path
    bring: Callable[[list[Path], list[Path] | None], IndexReport]
    prunes: bool
    settling: Settling
    stop: threading.Event
    polls: bool
    on_batch: Callable[[Batch], None]
    skipped: Callable[[Skipped], None]
    report: Callable[[str], None]
    _indexed: dict[Path, Stamp] = field(default_factory=dict)
    """What is in the index, as it was when it was looked at."""
    _away: set[Path] = field(default_factory=set)
    _unreadable: set[str] = field(default_factory=set)
    _next_look: float = 0.0
    _next_try: float = 0.0
    _trouble: str = ""
    _pause: float = 0.0

    def follow(self) -> None:
        """Begin with all there is, then go on until the end."""
        self._unreadable = {item.path for root in self.roots for item in root.unreadable}  # the update tells of them
        self._begin()
        if not self.stop.is_set():
            self.report(f"following {', '.join(str(root.given) for root in self.roots)}")
        while not self.stop.is_set():
            self._next_look = 0.0  # for what happened before there was anybody to tell of it
            followed = self._followed()
            with contextlib.closing(self._signs([str(folder) for folder, _ in followed])) as told:
                for sign in told:
                    self._step(sign)
                    if self._followed() != followed:
                        break

    def _begin(self) -> None:
        filled = [root for root in self.roots if root.files or root.unreadable]
        files = {path: stamp for root in filled for path, stamp in root.files.items()}
        while filled and not self.stop.is_set():
            try:
                self._update([root.given for root in filled], None)
            except IndexBusy:
                self._tell_busy()
            else:
                self._indexed = files
                return

    def _followed(self) -> set[tuple[Path, tuple[int, int]]]:
        """Give the folders that can be listened to, each with what tells it from another of its name.

        Files are left out: editors save by putting another file in their place, of which their watch knows nothing.
        """
        return {(root.folder, root.identity) for root in self.roots if not root.is_file and root.identity is not None}

    def _signs(self, folders: list[str]) -> Generator[bool, None, None]:
        tick = min(_TICK_SECONDS, max(self.settling.seconds, 0.05))
        return signs([] if self.polls else folders, self.index, tick, self.stop, self._poll)

    def _poll(self, reason: str) -> None:
        self.polls = True
        self.report(
            f"the system does not tell of changes ({reason}): they are looked for every second instead; on Linux, "
            "a higher fs.inotify.max_user_watches helps"
        )

    def _step(self, sign: bool) -> None:
        """Look where there is reason to, and index what holds still."""
        if sign or time.monotonic() >= self._next_look or self._calls_for_a_look():
            self._look()
        elif waiting := self.settling.paths:
            self._note({path: stamp_of(path, self._indexed.get(path)) for path in waiting})
        now = time.monotonic()
        settled = self.settling.settled(now)
        # What is gone may be gone with its drive, since the look.
        if settled and now >= self._next_try and not self._calls_for_a_look():
            self._take(settled)

    def _calls_for_a_look(self) -> bool:
        return any(root.calls_for_a_look() for root in self.roots)

    def _look(self) -> None:
        """Find what differs from the index."""
        start = time.monotonic()
        found: dict[Path, Stamp | None] = dict.fromkeys(self._indexed)
        for root in self.roots:
            root.look()
            self._tell_of(root)
            found.update(root.files)
        for path in (path for root in self.roots if root.is_away for path in root.files):
            found[path] = self._indexed.get(path)
        self._note(found)
        took = time.monotonic() - start
        self._next_look = start + max(_POLL_SECONDS if self.polls else _LOOK_SECONDS, took / _LOOK_SHARE)

    def _note(self, found: dict[Path, Stamp | None]) -> None:
        self.settling.note(
            {path: stamp for path, stamp in found.items() if stamp != self._indexed.get(path)}, time.monotonic()
        )

    def _take(self, settled: dict[Path, Stamp | None]) -> None:
        """Index what holds still; what goes wrong is told once, and tried again after a while."""
        there = sorted(path for path, stamp in settled.items() if stamp is not None)
        gone = sorted(path for path, stamp in settled.items() if stamp is None)
        try:
            if there or self.prunes:
                self._update(there, gone)
        except IndexBusy:
            self._tell_busy()
            return
        except HoidapError as error:
            self._tell_once(str(error))
            self._pause = min(max(1.0, 2 * self._pause), _PAUSE_MOST_SECONDS)
            self._next_try = time.monotonic() + self._pause
            return
        for path, stamp in settled.items():
            self._indexed.pop(path, None)
            if stamp is not None:
                self._indexed[path] = stamp
        self._note({path: stamp_of(path, self._indexed.get(path)) for path in self.settling.paths})

    def _update(self, files: list[Path], gone: list[Path] | None) -> None:
        start = time.perf_counter()
        report = self.bring(files, gone)
        self._trouble, self._pause = "", 0.0
        self.on_batch(Batch(report, time.perf_counter() - start))

    def _tell_busy(self) -> None:
        self._tell_once(f"another process is writing to the index {self.index}; what changed waits until it is done")

    def _tell_once(self, line: str) -> None:
        if line != self._trouble:
            self.report(line)
        self._trouble = line

    def _tell_of(self, root: Root) -> None:
        """Say which folders went out of sight, and which came back."""
        if root.is_away and root.given not in self._away:
            self._away.add(root.given)
            self.report(f"{root.given} is gone as a whole: its articles stay, and it is followed again once it is back")
        elif not root.is_away and root.given in self._away:
            self._away.discard(root.given)
            self.report(f"{root.given} is back")
        for item in root.unreadable:
            if item.path not in self._unreadable:
                self.skipped(item)
        self._unreadable |= {item.path for item in root.unreadable}
