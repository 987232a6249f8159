"""Which files a corpus holds: those given, those in the folders given, and those that a pattern names."""

from __future__ import annotations

import glob
import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from qa.errors import CorpusError
from qa.readers import SUFFIXES, suffix_of


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file, or a part of one, that could not be read, and why."""

    path: str
    line: int | None
    reason: str
    byte_count: int = 0
    name: str | None = None
    """The part of the file, where it holds several articles."""

    def __str__(self) -> str:
        where = self.path if self.name is None else f"{self.path}: {self.name}"
        return f"{where if self.line is None else f'{where}:{self.line}'}: {self.reason}"


def corpus_files(paths: Iterable[Path], exclude: Sequence[str] = ()) -> tuple[list[Path], list[Skipped]]:
    """List the readable files under the given files and folders, sorted, each once; and the folders that are not.

    A path that does not exist and holds `*`, `?` or `[` is a pattern, `**` for any folders. `exclude` are patterns
    too: of a file's or folder's name, or of its path from the folder given. Links are followed, each folder read
    once. What begins with a dot is passed over unless it is given itself.

    Raises CorpusError where a given path does not exist or cannot be read, is a file of an unknown kind, or
    where there is nothing to read in any of them.
    """
    files: dict[Path, None] = {}
    skipped: list[Skipped] = []
    paths = list(paths)
    for given in paths:
        for path in _named_by(Path(os.path.abspath(given))):
            if path != Path(os.path.abspath(given)) and _is_excluded(path.name, path.name, exclude):
                continue
            if path.is_dir():
                files.update(dict.fromkeys(sorted(_folder_files(path, exclude, skipped))))
            elif suffix_of(path.name) is not None and os.path.lexists(path):
                files[path] = None
            elif path.exists() and path == Path(os.path.abspath(given)):
                raise CorpusError(f"{path} is neither a folder nor one of: {', '.join(SUFFIXES)}")
            elif not os.path.lexists(path):
                raise CorpusError(f"no such file or folder: {path}")
    if not files and not skipped:
        excluded = " that is not excluded" if exclude else ""
        raise CorpusError(
            f"nothing to read in {', '.join(map(str, paths))}: no file{excluded} of the kinds {' '.join(SUFFIXES)}"
        )
    return list(files), skipped


def _named_by(path: Path) -> Sequence[Path]:
    """Give the paths that a path names: itself, or what matches it as a pattern."""
    if os.path.lexists(path) or not glob.has_magic(str(path)):
        return [path]
    fixed = next(i for i, part in enumerate(path.parts) if glob.has_magic(part))
    found = sorted(set(_matching(Path(*path.parts[:fixed]), path.parts[fixed:])))
    if not found:
        raise CorpusError(f"nothing matches {path}")
    return found


def _matching(folder: Path, parts: Sequence[str]) -> Iterator[Path]:
    """Yield what matches a pattern's parts in a folder; `**` enters each folder once, as links may lead round."""
    if not parts or list(parts) == ["**"]:
        yield folder  # whose folders will be read with it
    elif parts[0] == "**":
        for root, folders, _ in _walk(folder):
            folders[:] = [name for name in folders if not name.startswith(".")]
            yield from _matching(Path(root), parts[1:])
    else:
        for name in glob.glob(parts[0], root_dir=folder):
            yield from _matching(folder / name, parts[1:])


def _folder_files(folder: Path, exclude: Sequence[str], skipped: list[Skipped]) -> Iterator[Path]:
    def unreadable(error: OSError) -> None:
        where = Path(error.filename or folder)
        if where == folder:
            raise CorpusError(f"cannot read the folder {folder}: {error.strerror}") from error
        skipped.append(Skipped(str(where), None, f"cannot read the folder: {error.strerror}"))

    def wanted(root: str, name: str) -> bool:
        below = os.path.relpath(os.path.join(root, name), folder)
        return not name.startswith(".") and not _is_excluded(name, below, exclude)

    for root, folders, names in _walk(folder, unreadable):
        folders[:] = sorted(name for name in folders if wanted(root, name))
        yield from (Path(root, name) for name in names if suffix_of(name) is not None and wanted(root, name))


def _is_excluded(name: str, below: str, exclude: Sequence[str]) -> bool:
    """Tell whether a pattern names a file or folder, however the letters of either are composed."""
    name, below = unicodedata.normalize("NFC", name), unicodedata.normalize("NFC", below)
    patterns = [unicodedata.normalize("NFC", pattern) for pattern in exclude]
    return any(fnmatch(name, pattern) or fnmatch(below, pattern.rstrip("/")) for pattern in patterns)


def _walk(
    folder: Path, unreadable: Callable[[OSError], None] | None = None
) -> Iterator[tuple[str, list[str], list[str]]]:
    """Walk a folder as os.walk does, through links, but each folder once."""
    seen: set[tuple[int, int]] = set()
    for root, folders, names in os.walk(folder, onerror=unreadable, followlinks=True):
        # A link to a folder above leads into it again, without end.
        here = _identity(root)
        if here in seen:
            folders[:] = []
            continue
        seen.add(here)
        yield root, folders, names


def _identity(folder: str) -> tuple[int, int]:
    try:
        found = os.stat(folder)
    except OSError:
        return (0, 0)
    return found.st_dev, found.st_ino
