"""The process in which files are parsed: it answers requests on its standard input, and may do little else.

A document is a stranger's, and its parser is often C. Here the parser gets bounded memory, no network, no way
to write a file or to start a program; what it breaks is this process alone. Messages are frames of JSON, each
behind its length: they are read by the process that holds the index, and nothing in them can be run.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from qa.readers import reader_for
from qa.readers.values import TEXT_MOST, Extracted, Unreadable, too_large

MEMORY_MOST = 1_500_000_000
"""Bytes of address space above those of a worker that has read nothing."""
FRAME_MOST = 6 * TEXT_MOST + 1_000_000
"""Bytes of a message: a text of control characters takes six times its size in JSON."""
_WORN_MEMORY = 500_000_000
_FILES_MOST = 500

_PR_SET_PDEATHSIG = 1
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_REFUSED = ("socket.", "subprocess.", "os.exec", "os.spawn", "os.posix_spawn", "os.fork", "pty.", "shutil.", "urllib.")
_REFUSED_EXACTLY = frozenset(
    "os.system os.startfile os.startfile/2 os.remove os.rename os.rmdir os.mkdir os.link os.symlink os.truncate "
    "os.chmod os.chown os.utime os.kill os.killpg webbrowser.open sqlite3.connect".split()
)

Message = dict[str, Any]


def send(stream: BinaryIO, message: Message) -> None:
    """Write a message; raises UnicodeEncodeError where a string in it is not text, ValueError where it is too long."""
    frame = json.dumps(message, ensure_ascii=False).encode("utf-8")
    if len(frame) > FRAME_MOST:
        raise ValueError(f"a message of {len(frame)} bytes")
    stream.write(len(frame).to_bytes(4, "big") + frame)
    stream.flush()


def receive(stream: BinaryIO) -> Message | None:
    """Read a message, None where the other side has gone; raises ValueError for what is no message."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    size = int.from_bytes(head, "big")
    if size > FRAME_MOST:
        raise ValueError(f"a message of {size} bytes")
    frame = stream.read(size)
    if len(frame) < size:
        return None
    message = json.loads(frame)
    if not isinstance(message, dict):
        raise ValueError(f"a message that is a {type(message).__name__}")
    return message


def carefully(items: Callable[[], Iterator[Extracted | Unreadable]]) -> Iterator[Extracted | Unreadable]:
    """Yield what a reader finds; what it raises becomes the last item, an Unreadable."""
    try:
        yield from items()
    except GeneratorExit:
        raise
    except BaseException as error:  # noqa: BLE001 - a parser may raise anything, and some raise what is no Exception
        yield Unreadable(_reason(error))


def one_line(text: str) -> str:
    """Give a text as one line of at most 199 characters, with nothing in it that a terminal would obey."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text[:2000]).split())
    return line if len(line) < 200 else line[:198] + "…"


def _reason(error: BaseException) -> str:
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        return f"needs more than {MEMORY_MOST / 1e9:.1f} GB of memory to read"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"cannot be read: {error.strerror}"
    said = (str(error).strip().splitlines() or [""])[0]
    return one_line(f"cannot be read: {type(error).__name__}" + (f": {said}" if said else ""))


def main() -> None:
    """Answer requests until the other side has gone."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    _turn_away_standard_streams()
    _die_with_parent()
    bare = _address_space()
    _limit(bare)
    sys.addaudithook(_refuse)
    count = 0
    with contextlib.suppress(BrokenPipeError):
        while request := receive(requests):
            _answer(request, answers, bare)
            count += 1
            send(answers, {"kind": "end", "worn": count >= _FILES_MOST or _is_worn(bare)})
    # Not through the interpreter's end, at which libraries run code of theirs.
    os._exit(0)


def _is_worn(bare: int) -> bool:
    """Tell whether a new worker is due: parsers leak, and memory in pieces is as good as gone."""
    return _address_space() - bare > _WORN_MEMORY


def _answer(request: Message, answers: BinaryIO, bare: int) -> None:
    first = request["first"]

    def reached(number: int, name: str) -> None:
        worn = number > first and _is_worn(bare)
        send(answers, {"kind": "member", "number": number, "name": name, "worn": worn})

    def items() -> Iterator[Extracted | Unreadable]:
        with open(os.fsdecode(request["path"].encode("latin-1")), "rb") as file:
            if request["suffix"] == ".zip":
                from qa.readers import archives

                yield from archives.read(file, first, reached)
            else:
                yield from reader_for(request["suffix"])(file)

    for item in carefully(items):
        try:
            send(answers, _message(_checked(item)))
        except (UnicodeEncodeError, TypeError, ValueError, MemoryError) as error:
            send(answers, _message(Unreadable(_reason(error), item.name, item.line)))


def _checked(item: Extracted | Unreadable) -> Extracted | Unreadable:
    if isinstance(item, Unreadable):
        return dataclasses.replace(item, reason=one_line(item.reason))
    try:
        size = len(item.text.encode("utf-8"))
    except UnicodeEncodeError:
        return Unreadable("holds half of a surrogate pair, which is no character", item.name, item.line)
    return item if size <= TEXT_MOST else Unreadable(too_large(size), item.name, item.line)


def _message(item: Extracted | Unreadable) -> Message:
    kind = "extracted" if isinstance(item, Extracted) else "unreadable"
    return {"kind": kind} | {name: getattr(item, name) for name in item.__slots__}


def _turn_away_standard_streams() -> None:
    """Let libraries print and ask into the void: on the real streams, they would break the frames."""
    for number, flags in ((0, os.O_RDONLY), (1, os.O_WRONLY), (2, os.O_WRONLY)):
        void = os.open(os.devnull, flags)
        os.dup2(void, number)
        os.close(void)


def _die_with_parent() -> None:
    # Elsewhere, a worker whose parent was killed ends with the file it is reading, as its pipes are closed then.
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _limit(bare: int) -> None:
    sys.dont_write_bytecode = True
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    limits = [(resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)]
    # macOS takes RLIMIT_AS and does not enforce it: there, only time bounds a parser.
    if bare:
        limits.append((resource.RLIMIT_AS, bare + MEMORY_MOST))
    for limit, most in limits:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(limit, (most, most))


def _address_space() -> int:
    """Give the bytes of this process's address space; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open":
        flags = arguments[2]
        refused = isinstance(flags, int) and bool(flags & _WRITING)
    else:
        refused = event in _REFUSED_EXACTLY or event.startswith(_REFUSED)
    if refused:
        raise PermissionError(f"a document may not cause {event}")
