"""A check of an index: what was looked at, what was found, and the command that mends it."""

from __future__ import annotations

import os
import shlex
import shutil
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from qa.backup import one_line
from qa.errors import HoidapError

Status = Literal["ok", "note", "problem"]

DAMAGE = (HoidapError, sqlite3.Error, OSError, ValueError, TypeError, KeyError, AssertionError, OverflowError)
"""What a damaged store makes of anything that reads it, beside IndexUnusable."""
NAMED_MOST = 5
"""How many of many are named."""


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, what was found, and the command that mends it."""

    name: str
    status: Status
    what: str
    mend: str | None = None
    """Given for every problem, and for notes that something can be done about."""


@dataclass(frozen=True, slots=True)
class Commands:
    """What mends an index folder."""

    index: str
    mend: str
    again: str
    restore: str
    replace: str

    @classmethod
    def of(cls, folder: Path) -> Commands:
        """Write the commands for a folder, to be pasted into a shell as they are."""
        index, away = f"--index {shlex.quote(str(folder))}", shlex.quote(f"{os.path.normpath(folder)}.damaged")
        again = f"mv {shlex.quote(str(folder))} {away} && hoidap index PATH {index}"
        return cls(
            index=index,
            mend=f"hoidap doctor --mend {index}",
            again=again,
            restore=f"hoidap restore FILE {index}; or, without a backup: {again}",
            replace=f"hoidap restore FILE --replace {index}; or, without a backup: {again}",
        )


def guarded(name: str, look: Callable[[], Iterable[Check]], commands: Commands) -> list[Check]:
    """Run one check; one that fails is a problem found."""
    found = []
    try:
        for check in look():
            found.append(check)  # noqa: PERF402 - what was found before it fails counts
    except DAMAGE as error:
        found.append(Check(name, "problem", f"cannot be looked at: {one_line(error)}", commands.restore))
    return found


def named(names: Iterable[str]) -> str:
    """Name the first of many, and count the others."""
    every = list(names)
    more = f" and {len(every) - NAMED_MOST} more" if len(every) > NAMED_MOST else ""
    return ", ".join(every[:NAMED_MOST]) + more


def free_disk(path: Path) -> int:
    """Give the bytes free where a folder is, or would be made."""
    place = next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.is_dir())
    return shutil.disk_usage(place).free


def megabytes(byte_count: int) -> str:
    """Write a number of bytes for a person."""
    return f"{byte_count / 1e6:,.0f} MB"
