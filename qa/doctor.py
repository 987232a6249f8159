"""Looking for what keeps an index from working on this machine, and the command that mends it.

Nothing here loads the model or changes the index, and nothing fails for what it finds: that is what it is to report.
Whether every citation equals its source is for `verify`, which reads the sources again.
"""

from __future__ import annotations

import contextlib
import functools
import shutil
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from qa import derived, machine_checks, store_checks
from qa.assistant import DEFAULT_INDEX, PathLike
from qa.checks import Check, Commands, guarded
from qa.errors import IndexUnusable
from qa.index import STORE_NAME, writing
from qa.restoring import forget_killed
from qa.store import Store

_STORE_LOOKS: dict[str, Callable[[Store, Commands], Iterable[Check]]] = {
    "texts": store_checks.texts,
    "runs": store_checks.leavings,
    "model": machine_checks.model,
    "derived indexes": store_checks.derived_indexes,
    "confidence": store_checks.confidence,
    "sources": store_checks.sources,
}
_UNSETTLED = {"runs", "derived indexes"}


@dataclass(frozen=True, slots=True)
class Examination:
    """All that was looked at."""

    folder: Path
    checks: tuple[Check, ...]

    @property
    def problems(self) -> tuple[Check, ...]:
        """What keeps the index from working as it should."""
        return tuple(check for check in self.checks if check.status == "problem")


def examine(index: PathLike = DEFAULT_INDEX) -> Examination:
    """Look at the libraries, the machine, the index folder and all that is in it. Never fails for what it finds."""
    folder = Path(index)
    commands = Commands.of(folder)
    looks: list[tuple[str, Callable[[], Iterable[Check]]]] = [
        ("libraries", machine_checks.libraries),
        ("memory", lambda: machine_checks.memory(folder)),
        ("folder", lambda: machine_checks.index_folder(folder, commands)),
        ("disk", lambda: machine_checks.disk(folder)),
    ]
    checks = [check for name, look in looks for check in guarded(name, look, commands)]
    with contextlib.ExitStack() as stack:
        store, found = store_checks.opened(folder, commands)
        checks += found
        if store is not None:
            stack.enter_context(contextlib.closing(store))
            written = store_checks.is_written(folder)
            for name, look_at in _STORE_LOOKS.items():
                # What a writer is in the middle of says nothing about what it will leave.
                if not written or name not in _UNSETTLED:
                    checks += guarded(name, functools.partial(look_at, store, commands), commands)
            if written:
                checks.append(Check("writer", "note", "another process is writing; what it changes was not looked at"))
    return Examination(folder, tuple(checks))


def mend(index: PathLike = DEFAULT_INDEX, wait_seconds: float = 10.0) -> None:
    """Do what needs nobody's decision: clear what killed runs left, fold the log, make the derived indexes again.

    Deletes nothing that cannot be made again. Raises IndexUnusable where the store cannot be read or the folder not be
    written, IndexBusy while another process writes.
    """
    folder = Path(index)
    if not (folder / STORE_NAME).is_file():
        Store.open(folder / STORE_NAME)  # says that there is no index; a lock is not to make its folder
    with writing(folder, wait_seconds), contextlib.closing(Store.open(folder / STORE_NAME, write=True)) as store:
        for path in store_checks.leftovers(folder):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        forget_killed(store.path)
        try:
            store.fold_log()
            derived.refresh(folder, store)
        except (sqlite3.DatabaseError, ValueError, TypeError, AssertionError) as error:
            raise IndexUnusable(f"{store.path} is damaged: {error}") from error
