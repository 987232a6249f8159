"""Folders that are made once, kept in the user's cache, and never trusted unchecked."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_path

from embeddings.errors import EncoderError

_MANIFEST = "manifest.json"


def cache_folder() -> Path:
    """Give the folder for what can be made again: ``HOIDAP_CACHE``, or the platform's cache folder."""
    chosen = os.environ.get("HOIDAP_CACHE")
    return Path(chosen) if chosen else user_cache_path("hoidap", appauthor=False)


def sha256_of(path: Path) -> str:
    """Hash a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_intact(folder: Path) -> bool:
    """Tell whether every file of a made folder is as it was written.

    A file whose size or time differs from the manifest is hashed: a copied cache stays valid, a truncated
    or altered one does not, and the usual case costs one `stat` a file.
    """
    try:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        for name, recorded in manifest["files"].items():
            found = (folder / name).stat()
            if found.st_size != recorded["bytes"]:
                return False
            if found.st_mtime_ns != recorded["mtime_ns"] and sha256_of(folder / name) != recorded["sha256"]:
                return False
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    return True


def made_folder(folder: Path, make: Callable[[Path], None], bytes_needed: int) -> Path:
    """Return `folder`, made by `make` in a temporary place and renamed into it where it is not intact.

    Safe for several processes at once: one makes, the others wait. Raises EncoderError where the cache
    cannot be written or the disk is full; whatever `make` raises passes through. Nothing half-made stays.
    """
    if is_intact(folder):
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(folder.name + ".lock")):
            if not is_intact(folder):
                _make(folder, make)
    except OSError as error:
        reason = "the disk is full" if error.errno == errno.ENOSPC else (error.strerror or str(error))
        raise EncoderError(
            f"cannot write the model to {folder.parent}: {reason}; it needs {bytes_needed // 10**6} MB "
            "(set HOIDAP_CACHE to a folder that has room)"
        ) from error
    return folder


def _make(folder: Path, make: Callable[[Path], None]) -> None:
    prefix = folder.name + ".part-"
    # The lock is ours, so whatever else carries the prefix was left by a process that died.
    for leftover in folder.parent.glob(prefix + "*"):
        shutil.rmtree(leftover, ignore_errors=True)
    temporary = Path(tempfile.mkdtemp(prefix=prefix, dir=folder.parent))
    try:
        make(temporary)
        _write_manifest(temporary)
        if folder.exists():
            shutil.rmtree(folder)
        temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _write_manifest(folder: Path) -> None:
    files = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found = path.stat()
            files[path.relative_to(folder).as_posix()] = {
                "bytes": found.st_size,
                "mtime_ns": found.st_mtime_ns,
                "sha256": sha256_of(path),
            }
    (folder / _MANIFEST).write_text(json.dumps({"files": files}, indent=1), encoding="utf-8")
