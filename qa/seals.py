"""What vouches for a derived file: which store and revision it was made from, and what its bytes were.

A seal is a small JSON file beside what it covers. Damage is told by a hash of every byte (XXH3: 10 GB a second), each
time an index is opened.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import xxhash

_State = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal that held when it was looked at."""

    folder: Path
    revision: int
    """Of the store, that the files reflect."""
    states: Mapping[str, _State]

    def still_holds(self) -> bool:
        """Tell whether no file was replaced or written to since, without reading them again."""
        try:
            return all(_state(self.folder / name) == state for name, state in self.states.items())
        except OSError:
            return False


def write_seal(path: Path, store: str, revision: int, form: int, files: Iterable[Path]) -> None:
    """Vouch for some files below the seal's folder, at a revision of the store of this identity."""
    record: dict[str, object] = {
        "format": form,
        "store": store,
        "revision": revision,
        "files": {file.relative_to(path.parent).as_posix(): _fingerprint(file) for file in sorted(files)},
    }
    record["checksum"] = _checksum(record)
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(json.dumps(record, indent=1), encoding="utf-8")
    if path.is_dir():
        break_seal(path)
    os.replace(temporary, path)


def break_seal(path: Path) -> None:
    """Take a seal away, whatever is in its place."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def read_seal(path: Path, store: str, form: int) -> Seal | None:
    """Give a seal whose files are as it says; None where it is broken, absent, or another store's."""
    folder = path.parent
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record.pop("checksum") != _checksum(record):
            return None
        if record["format"] != form or record["store"] != store or not record["files"]:
            return None
        states = {name: _state(folder / name) for name in record["files"]}
        if any(_fingerprint(folder / name) != found for name, found in record["files"].items()):
            return None
        return Seal(folder, int(record["revision"]), states)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _checksum(record: Mapping[str, object]) -> int:
    return xxhash.xxh32_intdigest(json.dumps(record, sort_keys=True).encode())


def _state(path: Path) -> _State:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def _fingerprint(path: Path) -> list[int]:
    """Give a file's size and hash."""
    found, size = xxhash.xxh3_64(), 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 22):
            found.update(chunk)
            size += len(chunk)
    return [size, found.intdigest()]
