"""Files that were received into the index, one run after another, while questions go on."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from embeddings.encoder import Encoder
from qa import Held, HoidapError, IndexBusy, Progress, Skipped, copy_of, held_files, unread_files, update_index
from ui.reasons import fault_words
from ui.served import FAILED
from ui.uploads import Uploads

log = logging.getLogger(__name__)

State = Literal["waiting", "reading", "indexing", "done", "there", "refused", "stopped"]

BUSY = "Kho đang được một chương trình khác cập nhật. Tệp vẫn còn; hãy bấm “Thử lại” khi chương trình ấy xong."
NOT_WRITTEN = "Không ghi được vào kho (có thể ổ đĩa đã đầy). Tệp vẫn còn; hãy bấm “Thử lại” sau khi khắc phục."
INTERRUPTED = "Việc đưa vào kho bị ngắt giữa chừng. Tệp vẫn còn; hãy bấm “Thử lại”."
GONE = "Tệp không còn trên máy chủ; hãy thêm lại."
STAYS_OUT = "Bài trong tệp này đã bị xóa khỏi kho trước đây dưới một tên tệp khác."

_SHOWN_MOST = 500
_FAULTS_MOST = 5


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file on its way into the index."""

    name: str
    state: State = "waiting"
    said: str = ""
    """Why it was refused, or why it waits for somebody to try again."""
    articles: tuple[Held, ...] = ()
    faults: tuple[str, ...] = ()
    """What of it could not be read, the first few."""
    fault_count: int = 0
    share: float = 0.0
    """How much of it is done, 0 to 1."""

    @property
    def is_settled(self) -> bool:
        """Tell whether nothing more will become of it."""
        return self.state in ("done", "there", "refused")


class Adding:
    """Brings files into an index, in a thread that lives while there are any. Safe to share by threads."""

    def __init__(self, index: Path, encoder: Encoder, uploads: Uploads) -> None:
        """Begin with what a server that was ended did not finish: it waits for somebody to say so."""
        self._index, self._encoder, self._uploads = index, encoder, uploads
        self._lock = threading.Lock()
        self._arrivals: dict[str, Arrival] = {}
        self._thread: threading.Thread | None = None
        self._note_unfinished()

    def _note_unfinished(self) -> None:
        names = self._uploads.names()
        try:
            left = unread_files([self._uploads.folder / name for name in names], self._index) if names else []
        except HoidapError as error:
            log.error("%s", error)
            return
        self._arrivals = {path.name: Arrival(path.name, "stopped", INTERRUPTED) for path in left}

    def add(self, names: Iterable[str]) -> list[str]:
        """Have files indexed; give the names under which none was received."""
        unknown = []
        for name in dict.fromkeys(names):
            path = self._uploads.claim(name)
            if path is None:
                unknown.append(name)
                continue
            with self._lock:
                if name not in self._arrivals or self._arrivals[name].state not in ("waiting", "reading", "indexing"):
                    self._arrivals.pop(name, None)  # to stand last
                    self._arrivals[name] = Arrival(name)
        self._start()
        return unknown

    def try_again(self) -> None:
        """Have indexed what could not be."""
        with self._lock:
            stopped = [name for name, arrival in self._arrivals.items() if arrival.state == "stopped"]
        for name in self.add(stopped):
            self._settle(name, state="refused", said=GONE)

    def forget_settled(self) -> None:
        """Show no more what is done."""
        with self._lock:
            self._arrivals = {name: arrival for name, arrival in self._arrivals.items() if not arrival.is_settled}

    def arrivals(self) -> list[Arrival]:
        """List the files, in the order in which they came."""
        unclaimed = self._uploads.unclaimed()
        with self._lock:
            for name in unclaimed:
                self._arrivals.setdefault(name, Arrival(name, "stopped", INTERRUPTED))
            settled = [name for name, arrival in self._arrivals.items() if arrival.is_settled]
            for name in settled[: max(0, len(self._arrivals) - _SHOWN_MOST)]:
                del self._arrivals[name]
            return list(self._arrivals.values())

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is being indexed; False where that takes longer."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(seconds)
        return thread is None or not thread.is_alive()

    # --- the thread ------------------------------------------------------------------------------------------

    def _start(self) -> None:
        with self._lock:
            if self._thread is None and any(arrival.state == "waiting" for arrival in self._arrivals.values()):
                self._thread = threading.Thread(target=self._work, name="adding", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while names := self._take():
            try:
                self._bring(names)
                continue
            except IndexBusy:
                said = BUSY
            except (HoidapError, OSError) as error:
                log.error("%s", error)
                said = NOT_WRITTEN
            except Exception:
                log.exception("Files could not be indexed")
                said = FAILED
            if self._refuse_gone(names):
                self._change(names, state="waiting", share=0.0)  # The run may have failed for those alone.
            else:
                self._change(names, state="stopped", said=said, share=0.0)

    def _take(self) -> list[str]:
        """Take all that waits as one run; none ends the thread."""
        with self._lock:
            names = [name for name, arrival in self._arrivals.items() if arrival.state == "waiting"]
            for name in names:
                self._arrivals[name] = replace(self._arrivals[name], state="reading")
            if not names:
                self._thread = None
            return names

    def _refuse_gone(self, names: Iterable[str]) -> bool:
        """Settle files that went while they waited; tell whether there were any."""
        with self._lock:
            left = [name for name in names if name in self._arrivals and not self._arrivals[name].is_settled]
        gone = [name for name in left if not (self._uploads.folder / name).is_file()]
        for name in gone:
            self._settle(name, state="refused", said=GONE)
        return bool(gone)

    def _bring(self, names: Sequence[str]) -> None:
        self._refuse_gone(names)
        paths = {path: name for name in names if (path := self._uploads.folder / name).is_file()}
        before = held_files(paths, self._index)
        for path in [path for path in paths if not before[path]]:
            if there := self._there_already(path):
                path.unlink(missing_ok=True)
                self._settle(paths.pop(path), state="there", articles=there)
        if not paths:
            return
        faults: dict[str, list[Skipped]] = {}
        update_index(
            list(paths),
            self._index,
            encoder=self._encoder,
            progress=self._shows(list(paths.values())),
            skipped=lambda fault: faults.setdefault(fault.path, []).append(fault),
        )
        after = held_files(paths, self._index)
        for path, name in paths.items():
            self._conclude(name, path, before[path], after[path], faults.get(str(path), []))

    def _there_already(self, path: Path) -> tuple[Held, ...]:
        other = copy_of(path, self._index)
        return tuple(held_files([other], self._index)[other]) if other is not None else ()

    def _conclude(
        self, name: str, path: Path, before: Sequence[Held], after: Sequence[Held], faults: Sequence[Skipped]
    ) -> None:
        told = tuple(
            dict.fromkeys(fault_words(fault.reason, fault.name, fault.line) for fault in faults[: 4 * _FAULTS_MOST])
        )[:_FAULTS_MOST]
        if not after:
            path.unlink(missing_ok=True)
            self._settle(name, state="refused", said=told[0] if told else STAYS_OUT, faults=told[1:])
            return
        state = "there" if {held.row for held in after} <= {held.row for held in before} else "done"
        self._settle(name, state=state, articles=tuple(after), faults=told, fault_count=len(faults))

    def _shows(self, names: Sequence[str]) -> Callable[[Progress], None]:
        def show(progress: Progress) -> None:
            share = min(0.98, progress.bytes_done / max(1, progress.bytes_total))
            with self._lock:
                for name in names:
                    arrival = self._arrivals.get(name)
                    if arrival is not None and not arrival.is_settled:
                        state: State = "indexing" if progress.sentences else "reading"
                        self._arrivals[name] = replace(arrival, state=state, share=share)

        return show

    def _settle(self, name: str, **changes: object) -> None:
        self._uploads.done_with(name)
        self._change([name], share=1.0, **changes)

    def _change(self, names: Iterable[str], **changes: object) -> None:
        with self._lock:
            for name in names:
                if name in self._arrivals and not self._arrivals[name].is_settled:
                    self._arrivals[name] = replace(self._arrivals[name], **changes)  # type: ignore[arg-type]
