"""Files that people add on the page: received piece by piece, checked, and kept in the index folder.

What is kept is the original that citations name. A file that has not arrived whole, or is not what its name says, is
never there under a name of its own.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import re
import shutil
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import anyio
import anyio.to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from qa import SUFFIXES
from ui.contents import content_fault
from ui.file_names import NAME_BYTES, safe_name
from ui.served import FAILED, Refused

log = logging.getLogger(__name__)

FOLDER = "added"
"""In the index folder."""
_UNFINISHED = ".arriving-"  # the dot keeps `hoidap index` and `watch` off it
_ABANDONED_SECONDS = 3600
_UNCLAIMED_SECONDS = 60
_HEAD = 4096
_CHECK_ROOM_EVERY = 16_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be added; bytes."""

    file_bytes: int = 100_000_000
    """Half of what a reader takes whole, so that no file is let in that no reader would read."""
    batch_files: int = 200
    batch_bytes: int = 1_000_000_000
    free_bytes: int = 500_000_000
    """Left free on the disk: an index that has no room can neither be updated nor mended."""


@dataclass(frozen=True, slots=True)
class Received:
    """A file that arrived whole."""

    name: str
    byte_count: int
    is_new: bool
    """Whether it was not there already, byte for byte."""


class TooMany(Refused):
    """There is no room for a file just now."""


class Uploads:
    """Receives files into one folder. Safe to share by threads."""

    def __init__(self, index: Path, limits: Limits = Limits()) -> None:
        """Receive into the index folder; what killed servers left half there is cleared."""
        self.folder, self.limits = Path(os.path.abspath(index)) / FOLDER, limits
        self._lock = threading.Lock()
        self._waiting: dict[str, int] = {}
        self._unclaimed: dict[str, float] = {}
        for path in self.folder.glob(f"{_UNFINISHED}*"):
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > _ABANDONED_SECONDS:
                    path.unlink()

    # --- what waits to be indexed --------------------------------------------------------------------------

    def claim(self, name: str) -> Path | None:
        """Give the path of a file that was received, to whoever indexes it; None where there is none of that name."""
        with self._lock:
            self._unclaimed.pop(name, None)
        # What the script sends is a name as it was given to it, or an attempt to reach another folder.
        if not name.isprintable() or name.startswith(".") or re.search(r"[/\\:]", name):
            return None
        if not 0 < len(name.encode()) <= NAME_BYTES:
            return None
        path = self.folder / name
        if path.is_file() and not path.is_symlink():
            return path
        self.done_with(name)
        return None

    def done_with(self, name: str) -> None:
        """Count a file no more among those that wait."""
        with self._lock:
            self._waiting.pop(name, None)
            self._unclaimed.pop(name, None)

    def unclaimed(self) -> list[str]:
        """List what was received a while ago and that nobody had indexed: its page was closed."""
        with self._lock:
            return [name for name, at in self._unclaimed.items() if time.monotonic() - at > _UNCLAIMED_SECONDS]

    def names(self) -> list[str]:
        """List what is kept, sorted."""
        with contextlib.suppress(OSError):
            return sorted(path.name for path in self.folder.iterdir() if path.is_file() and path.name[:1] != ".")
        return []

    # --- receiving -------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def arriving(self, given: str, byte_count: int | None) -> Iterator[Arriving]:
        """Receive a file of the name that somebody gave it; whatever breaks off leaves nothing behind.

        Raises Refused, with the reason in Vietnamese, where the name or the announced size will not do.
        """
        name = safe_name(given)
        if os.path.splitext(name)[1] not in SUFFIXES:
            raise Refused(f"Hoidap không đọc được loại tệp này. Các loại đọc được: {', '.join(SUFFIXES)}.")
        if byte_count is not None and byte_count > self.limits.file_bytes:
            raise Refused(self.too_large())
        self._check_room(byte_count or 0)
        # Of an unknown length it may become as large as one may be.
        reserved = self.limits.file_bytes if byte_count is None else byte_count
        place = uuid.uuid4().hex
        with self._lock:
            if len(self._waiting) >= self.limits.batch_files:
                raise TooMany(
                    f"Đang có {self.limits.batch_files} tệp chờ đưa vào kho; hãy đợi các tệp ấy xong rồi thêm tiếp."
                )
            if sum(self._waiting.values()) + reserved > self.limits.batch_bytes:
                raise TooMany(
                    f"Các tệp đang chờ đưa vào kho vượt quá {megabytes(self.limits.batch_bytes)}; hãy đợi các tệp ấy "
                    "xong rồi thêm tiếp."
                )
            self._waiting[place] = reserved
        part = self.folder / f"{_UNFINISHED}{place}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with part.open("xb") as file:
                yield Arriving(self, name, file, part)
        finally:
            with self._lock:
                self._waiting.pop(place, None)
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)

    def too_large(self) -> str:
        """Say how large a file may be."""
        return f"Tệp quá lớn: mỗi tệp nhiều nhất là {megabytes(self.limits.file_bytes)}."

    def _check_room(self, byte_count: int) -> None:
        folder = next(path for path in (self.folder, *self.folder.parents) if path.exists())
        if shutil.disk_usage(folder).free - byte_count < self.limits.free_bytes:
            raise TooMany("Ổ đĩa không còn đủ chỗ để thêm tệp này; hãy dọn bớt ổ đĩa rồi thử lại.")

    def _keep(self, arriving: Arriving) -> Received:
        """Give what arrived its name, another where that is taken by another content."""
        stem, suffix = os.path.splitext(arriving.name)
        for number in range(1, 1000):
            name = arriving.name if number == 1 else f"{stem} ({number}){suffix}"
            target = self.folder / name
            while not (is_there := os.path.lexists(target)) or arriving.is_same(target):
                with self._lock:
                    if os.path.lexists(target) != is_there:
                        continue  # Another came, or was taken away, since: look again.
                    if not is_there:
                        os.replace(arriving.part, target)
                    self._waiting[name] = arriving.byte_count
                    self._unclaimed[name] = time.monotonic()
                    return Received(name, arriving.byte_count, not is_there)
        raise Refused("Kho đã có quá nhiều tệp cùng tên này; hãy đổi tên tệp rồi thêm lại.")


class Arriving:
    """A file on its way."""

    def __init__(self, uploads: Uploads, name: str, file: BinaryIO, part: Path) -> None:
        self.name, self.part, self.byte_count = name, part, 0
        self._uploads, self._file, self._hash = uploads, file, hashlib.sha256()
        self._head = b""

    @property
    def digest(self) -> str:
        """The SHA-256 of what has come so far."""
        return self._hash.hexdigest()

    def is_same(self, path: Path) -> bool:
        """Tell whether a file has the bytes that have come so far."""
        try:
            if path.is_symlink() or not path.is_file() or path.stat().st_size != self.byte_count:
                return False
            return _digest(path) == self.digest
        except OSError:  # It went, or may not be read.
            return False

    def take(self, piece: bytes) -> None:
        """Write a piece to the disk. Raises Refused where the file is too large, not what its name says, or no room."""
        before = self.byte_count
        self.byte_count += len(piece)
        if self.byte_count > self._uploads.limits.file_bytes:
            raise Refused(self._uploads.too_large())
        if before // _CHECK_ROOM_EVERY != self.byte_count // _CHECK_ROOM_EVERY:
            self._uploads._check_room(0)
        if len(self._head) < _HEAD:
            self._head += piece[: _HEAD - len(self._head)]
            if len(self._head) == _HEAD:
                self._check()
        self._hash.update(piece)
        self._file.write(piece)

    def finish(self) -> Received:
        """Check what arrived and keep it. Raises Refused."""
        self._check()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()  # or it could not be renamed everywhere
        return self._uploads._keep(self)

    def _check(self) -> None:
        if fault := content_fault(os.path.splitext(self.name)[1], self._head):
            raise Refused(fault)


def upload_routes(uploads: Uploads) -> list[Route]:
    """Give the route that takes a file as the raw body of `POST /upload?name=…`, with the header `X-Hoidap: 1`.

    Replies {"file", "bytes", "new"}, or {"error"} with one line in Vietnamese. Who may call it is for the door to tell.
    """

    async def upload(request: Request) -> Response:
        # A form of another site cannot set a header of its own.
        if request.headers.get("x-hoidap") != "1":
            return JSONResponse({"error": "Hoidap không hiểu yêu cầu này."}, status_code=403)
        length = request.headers.get("content-length", "")
        byte_count = int(length) if length.isascii() and length.isdigit() and len(length) < 20 else None
        try:
            received = await _receive(uploads, request, byte_count)
        except Refused as refusal:
            return JSONResponse({"error": str(refusal)}, status_code=429 if isinstance(refusal, TooMany) else 422)
        except ClientDisconnect:
            return JSONResponse({"error": "Việc gửi tệp bị ngắt giữa chừng."}, status_code=400)
        except OSError as error:
            log.error("A file could not be kept: %s", error)
            told = "Máy chủ không ghi được tệp này xuống ổ đĩa; hãy kiểm tra chỗ trống rồi thử lại."
            return JSONResponse({"error": told}, status_code=507)
        except Exception:
            log.exception("A file could not be received")
            return JSONResponse({"error": FAILED}, status_code=500)
        return JSONResponse({"file": received.name, "bytes": received.byte_count, "new": received.is_new})

    return [Route("/upload", upload, methods=["POST"])]


async def _receive(uploads: Uploads, request: Request, byte_count: int | None) -> Received:
    # All that waits for the disk or for others does so in threads: the event loop serves everybody.
    run = anyio.to_thread.run_sync
    held = contextlib.ExitStack()
    try:
        arriving = await run(held.enter_context, uploads.arriving(request.query_params.get("name", ""), byte_count))
        async for piece in request.stream():
            await run(arriving.take, piece)
        if byte_count is not None and arriving.byte_count != byte_count:
            raise ClientDisconnect
        return await run(arriving.finish)
    finally:
        with anyio.CancelScope(shield=True):
            await run(held.close)


def megabytes(byte_count: int) -> str:
    """Write a size as a person reads it."""
    if byte_count >= 1_000_000_000:
        return f"{byte_count / 1e9:.1f}".rstrip("0").rstrip(".").replace(".", ",") + " GB"
    return f"{byte_count / 1e6:.0f} MB" if byte_count >= 1_000_000 else f"{max(1, byte_count // 1000)} KB"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
