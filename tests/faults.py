"""`make faults`: hundreds of kills, full disks, damaged files and other faults, the index looked at after each.

    PYTHONPATH=. python tests/faults.py [SEED]

Prints what was done and what was found, and ends with 1 where anything was lost or wrong. `tests/test_faults.py` runs
a little of each part.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import io
import itertools
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from corpora import PLACES, article_text, copied, editions, file_name, found, questions, write_articles
from encoders import HashEncoder, NoNewPassages
from victim import BALLAST, BATCH_SENTENCES, NOT_REACHED, Victims, mirror

import qa.updating
from qa import Assistant, HoidapError, UpdateOptions, back_up, remove_articles, restore, update_index, verify
from qa.confidence import CONFIDENCE_NAME, save_confidence, shipped
from qa.index import STORE_NAME
from qa.restoring import ASIDE_INFIX
from qa.store import Store

KILLS = 36
"""Of each command, in the long form."""
ASKED = questions(PLACES[:18:2])
DISK_BYTES, DISK_FILES = 12 << 20, 600
_LEFTOVERS = ("*.part", "*.part-*", "*.part.*", "lexical.old-*", "lexical/.tmp*")
_MENDED_BY_OPENING = ("lexical/ ", "vectors.faiss ", "the derived indexes ")
_DAMAGED = "hoidap restore"

Articles = dict[str, str]
"""Texts by id."""


class Wrong(Exception):
    """Something was lost, or is not as it should be."""


def check(holds: bool, what: str) -> None:
    """Raise Wrong where something does not hold."""
    if not holds:
        raise Wrong(what)


@dataclass
class Tally:
    """What was done of one kind, and what came of it."""

    done: int = 0
    intact: int = 0
    mended: int = 0
    """Where a derived index had to be made again, which the next command did."""
    wrong: list[str] = field(default_factory=list)

    @contextlib.contextmanager
    def run(self, what: str) -> Iterator[None]:
        """Note what is found wrong meanwhile, and go on."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it is, a person would see it
            where = traceback.extract_tb(error.__traceback__)[-1]
            self.wrong.append(f"{what}: {type(error).__name__} at {Path(where.filename).name}:{where.lineno}: {error}")


# --- what is seen of an index ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Look:
    """What a person has after a command: the index, its backup, its fitted confidence, an import's files."""

    index: tuple[Articles, list[list[tuple[object, ...]]]] | None
    kept: Articles | None
    confidence: str | None
    imported: tuple[str | None, str | None]


def articles(store: Path) -> Articles:
    """Give what a store or backup holds."""
    with contextlib.closing(Store.open(store)) as opened:
        check(not opened.problems(), f"{store} is damaged")
        return {article.id: article.text for _, article in opened.articles(opened.revision)}


def look(here: Path) -> Look:
    """Look at all there is as the next process does. Nothing is encoded."""
    index, kept = here / "index", here / "kept.hoidap"
    seen = None
    if (index / STORE_NAME).exists():
        # Of hits with the same score the older one is first, and the age depends on what the index went through.
        hits = [sorted(of, key=lambda hit: (-float(str(hit[-1])), *map(str, hit))) for of in asked(index)]
        seen = (articles(index / STORE_NAME), hits)
    return Look(
        seen,
        articles(kept) if kept.exists() else None,
        _text(index / CONFIDENCE_NAME),
        (_text(here / "c.jsonl"), _text(here / "q.jsonl")),
    )


def asked(index: Path) -> list[list[tuple[object, ...]]]:
    """Ask an index everything."""
    return found(Assistant.open(index, encoder=NoNewPassages()), ASKED)


def _text(path: Path) -> str | None:
    return path.read_text("utf-8", "replace") if path.exists() else None


def problems(index: Path) -> list[str]:
    """Verify an index; leave out that files have changed since: here they have."""
    if not (index / STORE_NAME).exists():
        return []
    return [problem.what for problem in verify(index).problems if "has changed since" not in problem.what]


def discard(folder: Path) -> None:
    """Delete a folder; readers that are still open may put a lock into it meanwhile, and take its room."""
    gc.collect()
    shutil.rmtree(folder, ignore_errors=True)


def leftovers(here: Path) -> list[str]:
    """List what only a run that is going on may have in its folders."""
    return sorted({path.name for folder in (here, here / "index") for what in _LEFTOVERS for path in folder.glob(what)})


# --- commands --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scene:
    """A command that writes, and what there is before and after it."""

    name: str
    arguments: tuple[str, ...]
    base: Path | None
    corpus: Path
    """What the corpus holds when the command starts."""
    how: dict[str, object]
    before: Look
    after: Look
    seconds: float
    """That the command takes, with a millisecond a text."""
    steps: tuple[int, ...]
    """The last steps, as `victim.Steps` counts them, at which it reaches each line of the index's modules."""
    file_changes: int

    def allows(self, seen: Look, in_parts: bool = False) -> bool:
        """Tell whether something may be seen of a command that was broken off: in each place the old or the new.

        After a full disk, what was committed is published, so that of the articles some may be old and some new.
        """
        index = [self.before.index, self.after.index]
        if self.base is None:
            index.append(({}, [[] for _ in ASKED]))
        if (in_parts or self.name == "watch") and seen.index:  # watch's update may have found half of the changes
            assert self.after.index is not None
            old, new = self.before.index[0] if self.before.index else {}, self.after.index[0]
            texts = seen.index[0]
            whole = all(texts.get(name) in (old.get(name), new.get(name)) for name in {*old, *new, *texts})
        else:
            whole = seen.index in index
        return (
            whole
            and seen.kept in (self.before.kept, self.after.kept)
            and seen.confidence in (self.before.confidence, self.after.confidence)
            and all(
                now in files
                for now, *files in zip(seen.imported, self.before.imported, self.after.imported, strict=True)
            )
        )


class Lab:
    """A folder with an index, its corpora and its backup, and the commands to break off."""

    def __init__(self, folder: Path, seed: int, names: Sequence[str] = ()) -> None:
        self.folder, self.seed = folder, seed
        self.corpus, self.numbers = folder / "corpus", itertools.count(1)
        qa.updating.BATCH_SENTENCES = BATCH_SENTENCES
        self.victims = Victims()
        self._afresh = functools.cache(self._afresh_of)
        self._prepare()
        self.scenes = [self._scene(name, *rest) for name, *rest in self._commands() if not names or name in names]

    def close(self) -> None:
        self.victims.close()

    def _prepare(self) -> None:
        """Make an index whose last commits stand in SQLite's log, a backup of another one, and what to do next.

        Between the corpora every article but one changes, three go, and three come.
        """
        old = write_articles(self.folder / "old", PLACES[:15])
        new = write_articles(self.folder / "new", PLACES[:1])
        write_articles(new, [*PLACES[1:12], *PLACES[15:18]], edition=2)
        base, other = self.folder / "base", self.folder / "other"
        base.mkdir()
        update_index(write_articles(self.folder / "third", PLACES[:9], edition=3), other, encoder=HashEncoder())
        save_confidence(other / CONFIDENCE_NAME, shipped(), HashEncoder().fingerprint, {"of": "the other"})
        back_up(base / "kept.hoidap", other)
        mirror(old, self.corpus)
        for place in PLACES[12:15]:
            (self.corpus / file_name(place)).unlink()
        live = self.folder / "live"
        update_index(self.corpus, live, encoder=HashEncoder())
        save_confidence(live / CONFIDENCE_NAME, shipped(), HashEncoder().fingerprint, {"of": "the first"})
        reader = Assistant.open(live, encoder=NoNewPassages())  # keeps the next writer from emptying the log
        mirror(old, self.corpus)
        update_index(self.corpus, live, encoder=HashEncoder())
        copied(live, base / "index")
        del reader
        check((base / "index" / f"{STORE_NAME}-wal").stat().st_size > 0, "the base has no log")
        for name in ("c.jsonl", "q.jsonl"):
            (base / name).write_text("of an earlier import\n", "utf-8")
        (self.folder / "squad.json").write_text(json.dumps(_squad()), "utf-8")
        (self.folder / "asked.jsonl").write_text(
            json.dumps({"id": "1", "question": ASKED[0], "article": None, "answers": [], "answerable": False}), "utf-8"
        )

    def _commands(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Give the commands that write: name, state of the corpus, arguments."""
        corpus, index = str(self.corpus), ("--index", "{here}/index")
        yield "first", "new", ("index", corpus, *index)
        yield "update", "new", ("index", corpus, "--prune", *index)
        yield "rebuild", "new", ("index", corpus, "--prune", "--rebuild", *index)
        yield "remove", "old", ("remove", *map(file_name, PLACES[3:6]), *index)
        yield "watch", "old", ("watch", corpus, "--settle", "0.1", *index)
        yield "backup", "old", ("backup", "{here}/kept.hoidap", *index)
        yield "restore", "old", ("restore", "{here}/kept.hoidap", "--replace", *index)
        yield "calibrate", "old", ("calibrate", f"{self.folder}/asked.jsonl", *index)
        squad = ("import", "squad", f"{self.folder}/squad.json")
        yield "import", "old", (*squad, "--corpus", "{here}/c.jsonl", "--questions", "{here}/q.jsonl")

    def _scene(self, name: str, corpus: str, arguments: tuple[str, ...]) -> Scene:
        """Run a command undisturbed, and look at what it does."""
        how = {"later": str(self.folder / "new")} if name == "watch" else {}
        nothing = Look(None, None, None, (None, None))
        base = None if name == "first" else self.folder / "base"
        scene = Scene(name, arguments, base, self.folder / corpus, how, nothing, nothing, 0.0, (), 0)
        here = self.fresh(scene)
        before = look(here)
        start = time.perf_counter()
        check(self.run(scene, here, seconds_a_text=0.001) == 0, f"{name} failed: {self.said(here)}")
        seconds = time.perf_counter() - start
        check(not problems(here / "index"), f"{name} left problems")
        counted, counts = self.fresh(scene), self.folder / "counts.json"
        check(self.run(scene, counted, count_to=str(counts)) == 0, f"{name} failed: {self.said(counted)}")
        reached = json.loads(counts.read_text("utf-8"))
        scene = Scene(
            name, arguments, base, self.folder / corpus, how, before, look(here), seconds,
            tuple(reached["steps"]), reached["file_changes"],
        )  # fmt: skip
        self._check_afresh(scene)
        return scene

    def _check_afresh(self, scene: Scene) -> None:
        """Check that a command leads where making the index at once would."""
        names = {"first": "new", "update": "new", "rebuild": "new", "watch": "new", "restore": "third"}
        if scene.name in names:
            anew = self._afresh(names[scene.name])
            check(scene.after.index == anew, f"{scene.name} does not give the index that is made afresh")

    def _afresh_of(self, corpus: str) -> tuple[Articles, list[list[tuple[object, ...]]]] | None:
        here = self.folder / f"afresh {corpus}"
        update_index(self.folder / corpus, here / "index", encoder=HashEncoder())
        return look(here).index

    def fresh(self, scene: Scene, within: Path | None = None) -> Path:
        """Give a folder, and the corpus, in the state that a scene starts from."""
        mirror(scene.corpus, self.corpus)
        here = (within or self.folder) / f"{scene.name} {next(self.numbers)}"
        if scene.base is None:
            here.mkdir()
            return here
        return copied(scene.base, here)

    def run(self, scene: Scene, here: Path, after_seconds: float | None = None, **how: object) -> int:
        """Run a scene's command in a folder, and kill it after a while where one is given; return its exit code."""
        arguments = [argument.format(here=here) for argument in scene.arguments]
        if after_seconds is None:
            return self.victims.run(arguments, self._said, **scene.how, **how)
        return self.victims.run_killed(after_seconds, arguments, self._said, **scene.how, **how)

    @property
    def _said(self) -> Path:
        return self.folder / "said.txt"

    def said(self, _: Path | None = None) -> str:
        """Give what the last command said to the person, without its progress bar."""
        lines = self._said.read_text("utf-8", "replace").replace("\r", "\n").splitlines()
        return "\n".join(line for line in lines if line.strip() and not line.startswith(("Indexing", "Asking")))

    def check_broken_off(self, scene: Scene, here: Path, in_parts: bool = False) -> bool:
        """Check what a command that was broken off left; tell whether nothing had to be mended."""
        index = here / "index"
        found_wrong = problems(index)
        check(all(what.startswith(_MENDED_BY_OPENING) for what in found_wrong), f"verify finds {found_wrong}")
        seen = look(here)
        check(scene.allows(seen, in_parts), f"lost or torn: {_difference(scene, seen)}")
        return not found_wrong

    def check_goes_on(self, scene: Scene, here: Path) -> None:
        """Check that the next run completes what was broken off, and leaves nothing behind."""
        index = here / "index"
        check(not problems(index), f"not mended by opening: {problems(index)}")
        is_removed = scene.name == "remove" and look(here).index == scene.after.index
        code = self.run(scene, here)
        check(code == (2 if is_removed else 0), f"the next run ends with {code}: {self.said()}")
        seen = look(here)
        check(seen == scene.after, f"the next run gives something else: {_difference(scene, seen)}")
        check(not problems(index), f"the next run leaves {problems(index)}")
        check(not leftovers(here), f"left behind: {leftovers(here)}")
        if scene.name == "restore":
            assert scene.before.index is not None
            asides = [p for p in index.glob(f"*{ASIDE_INFIX}*") if not p.name.endswith(("-wal", "-shm"))]
            held = [articles(aside) for aside in asides if aside.name.startswith(STORE_NAME)]
            check(scene.before.index[0] in held, "what was there before the restore is gone")


def _difference(scene: Scene, seen: Look) -> str:
    """Say in which place something is neither the old nor the new."""
    wrong = []
    for name in ("index", "kept", "confidence", "imported"):
        now, old, new = (getattr(of, name) for of in (seen, scene.before, scene.after))
        if now not in (old, new):
            wrong.append(f"{name} is neither the old nor the new")
        elif now != new:
            wrong.append(f"{name} is the old one")
    return "; ".join(wrong)


def _squad() -> dict[str, object]:
    """Give a SQuAD file of some length, so that its corpus is not written at one go."""
    paragraphs = [
        {
            "context": article_text(place, edition),
            "qas": [{"id": f"{place} {edition}", "question": f"{place}?", "answers": [{"text": place}]}],
        }
        for place in PLACES[:12]
        for edition in (1, 2)
    ]
    return {"version": "1.1", "data": [{"title": "Đại hội", "paragraphs": paragraphs}]}


# --- kills -----------------------------------------------------------------------------------------------


def kill(lab: Lab, scene: Scene, wanted: int) -> Tally:
    """Kill a command at random moments, at random lines and before random changes of files, by turns."""
    chance = random.Random(f"{lab.seed} kill {scene.name}")
    steps = chance.sample(scene.steps, len(scene.steps))
    changes = chance.sample(range(1, scene.file_changes + 1), scene.file_changes)
    tally = Tally()
    for turn in range(3 * wanted):
        if tally.done == wanted:
            break
        here = lab.fresh(scene)
        how: dict[str, object] = {}
        moment = None
        if turn % 3 == 0 and changes:
            how = {"die_before_file_change": changes.pop()}
        elif turn % 3 == 1 and steps:
            how = {"die_at_step": steps.pop()}
        else:
            how, moment = {"seconds_a_text": 0.001}, chance.uniform(0, scene.seconds)
        with tally.run(f"{scene.name} {how} {moment or ''}"):
            code = lab.run(scene, here, moment, **how)
            check(code in (0, -9), f"ended with {code}: {lab.said()}")
            tally.done += code == -9
            intact = lab.check_broken_off(scene, here)
            lab.check_goes_on(scene, here)
            tally.intact += code == -9 and intact
            tally.mended += code == -9 and not intact
        discard(here)
    return tally


# --- full disks ------------------------------------------------------------------------------------------

Phase = tuple[str, str, str, int]
"""Name, scene, and the function on the nth call of which the disk is full."""
PHASES: tuple[Phase, ...] = (
    ("creating the folder", "first", "qa/index.py:writing", 1),
    ("creating the store", "first", "qa/store.py:create", 1),
    ("growing the log", "first", "qa/store.py:add", 3),
    ("growing the log", "update", "qa/store.py:add", 2),
    ("forgetting", "update", "qa/store.py:purge", 1),
    ("committing", "update", "qa/store.py:note_file", 1),
    ("publishing", "update", "qa/store.py:publish", 1),
    ("removing", "remove", "qa/store.py:note_dropped", 1),
    ("lexical index", "update", "qa/derived.py:_refresh_lexical", 1),
    ("lexical index", "first", "qa/lexical.py:_write", 1),
    ("vectors", "update", "qa/derived.py:_refresh_vectors", 1),
    ("seals", "update", "qa/seals.py:write_seal", 1),
    ("seals", "first", "qa/seals.py:write_seal", 2),
    ("rebuild", "rebuild", "qa/index.py:_rebuild", 1),
    ("rebuild", "rebuild", "qa/store.py:add", 5),
    ("rebuild", "rebuild", "qa/index.py:replace_store", 1),
    ("rebuild", "rebuild", "qa/derived.py:refresh", 1),
    ("backup", "backup", "qa/backup.py:back_up", 1),
    ("backup", "backup", "qa/backup.py:changing", 1),
    ("restore", "restore", "qa/restoring.py:_copied", 1),
    ("restore", "restore", "qa/restoring.py:_swap", 1),
    ("restore", "restore", "qa/derived.py:refresh", 1),
    ("confidence", "calibrate", "qa/confidence.py:save_confidence", 1),
    ("import", "import", "ui/eval_command.py:_write", 1),
)
LEAVES = (0, 16384, 65536, -1)
"""Bytes that are still free then; where negative, there is room, but for no further file."""


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path | None]:
    """Mount a small file system; give None where that is not allowed, for a limit on every file to stand in."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},nr_inodes={DISK_FILES}", "tmpfs", str(folder)]
    try:
        mounted = os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)


def fill(lab: Lab, scene: Scene, function: str, nth: int, leave: int, disk: Path | None, tally: Tally) -> None:
    """Run a command on a disk that is full from a call of a function on, and again once there is room."""
    here = lab.fresh(scene, disk)
    where = {"function": function, "nth": nth, "leave": leave, "disk": None if disk is None else str(disk)}
    with tally.run(f"{scene.name} {where}"):
        code = lab.run(scene, here, fill=where)
        check(code != NOT_REACHED, "the function is not called so often")
        if code == 0:  # there was room enough
            check(scene.allows(look(here)), f"lost or torn: {_difference(scene, look(here))}")
        else:
            tally.done += 1
            said = lab.said()
            one_line = said.startswith("hoidap: ") and "\n" not in said
            check(code == 2 and one_line, f"exit code {code}, and said: {said[-300:]}")
            intact = lab.check_broken_off(scene, here, in_parts=True)
            tally.intact += intact
            tally.mended += not intact
        if disk is not None:
            _empty(disk)
        look(here)  # opened by whoever comes first, which mends
        lab.check_goes_on(scene, here)
    _clear(here)
    if disk is not None:
        _empty(disk)


def _empty(disk: Path) -> None:
    for path in disk.glob(f"{BALLAST}*"):
        path.unlink()


def _clear(folder: Path) -> None:
    """Delete a folder, into which tantivy's watchers of it may write a lock meanwhile."""
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)
    shutil.rmtree(folder)


def fill_disks(lab: Lab, runs: Iterable[tuple[Phase, int]]) -> dict[str, Tally]:
    """Fill the disk in phases of the commands, each with so many bytes left."""
    tallies: dict[str, Tally] = {}
    by_name = {scene.name: scene for scene in lab.scenes}
    with small_disk(lab.folder / "disk") as disk:
        stand_in = "limits on the size of files, as nothing may be mounted here"
        print("full disks:", f"a tmpfs of {DISK_BYTES >> 20} MB" if disk else stand_in)
        for (phase, name, function, nth), leave in runs:
            fill(lab, by_name[name], function, nth, leave, disk, tallies.setdefault(phase, Tally()))
    return tallies


# --- damage ----------------------------------------------------------------------------------------------


def _truncated(path: Path, chance: random.Random) -> None:
    os.truncate(path, chance.randrange(path.stat().st_size))


def _flipped(path: Path, chance: random.Random) -> None:
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def _deleted(path: Path, _: random.Random) -> None:
    path.unlink()


def _folder(path: Path, _: random.Random) -> None:
    path.unlink()
    path.mkdir()


def _zeroed(path: Path, chance: random.Random) -> None:
    """Fill a stretch, or all of it, with zeros, as after a power cut."""
    content = bytearray(path.read_bytes())
    start = chance.choice([0, chance.randrange(len(content))])
    end = chance.randrange(start, len(content)) + 1
    content[start:end] = bytes(end - start)
    path.write_bytes(content)


def _text_instead(path: Path, _: random.Random) -> None:
    path.write_text(article_text(PLACES[0]), "utf-8")


def _page_of_noise(path: Path, chance: random.Random) -> None:
    with path.open("r+b") as file:
        file.seek(4096 * chance.randrange(path.stat().st_size // 4096))
        file.write(chance.randbytes(4096))


def _header(path: Path, chance: random.Random) -> None:
    with path.open("r+b") as file:
        file.seek(chance.randrange(100))
        file.write(chance.randbytes(1))


DERIVED_DAMAGES = (_truncated, _flipped, _deleted, _folder)
STORE_DAMAGES = (_header, _page_of_noise, _flipped, _truncated, _zeroed, _text_instead)
LOG_DAMAGES = (_flipped, _truncated, _zeroed, _text_instead, _deleted)


def damage_derived(lab: Lab, most: int) -> Tally:
    """Damage files of the derived indexes, or put another index's there; opening must mend that without encoding."""
    chance, tally = random.Random(f"{lab.seed} derived"), Tally()
    base, other = lab.folder / "base" / "index", lab.folder / "other"
    whole = asked(base)
    names = [path.relative_to(base) for path in (*base.glob("lexical*"), *base.glob("lexical/*"), *base.glob("vec*"))]
    files = sorted(name for name in names if (base / name).is_file() and name.suffix != ".lock")
    swaps = [("lexical", "lexical.seal.json"), ("vectors.faiss", "vectors.seal.json"), ("lexical",), ("vectors.faiss",)]
    trials: list[tuple[str, Callable[[Path], None]]] = [
        (f"{name} {damage.__name__}", lambda index, n=name, d=damage: d(index / n, chance))
        for name in files
        for damage in DERIVED_DAMAGES
    ]
    trials += [(f"{swap} of another index", lambda index, s=swap: _swap(index, other, s)) for swap in swaps]
    for what, damage in chance.sample(trials, min(most, len(trials))):
        index = copied(base, lab.folder / f"damaged {next(lab.numbers)}")
        with tally.run(what):
            damage(index)
            tally.done += 1
            check(asked(index) == whole, "other answers than before")
            check(not problems(index), f"not mended: {problems(index)}")
            tally.mended += 1
        discard(index)
    return tally


def _swap(index: Path, other: Path, names: Sequence[str]) -> None:
    for name in names:
        shutil.rmtree(index / name) if (index / name).is_dir() else (index / name).unlink()
        (shutil.copytree if (other / name).is_dir() else shutil.copy)(other / name, index / name)


def damage_store(lab: Lab, most: int) -> Tally:
    """Damage the SQLite file, or its log: whatever is still said is right, and a backup can take its place."""
    chance, tally = random.Random(f"{lab.seed} store"), Tally()
    kept = lab.folder / "of the base.hoidap"
    if not kept.exists():
        back_up(kept, lab.folder / "base" / "index")
    written = {article_text(place, edition) for place in PLACES for edition in (1, 2, 3)}
    for turn in range(most):
        is_log = turn % 4 == 3
        damages = LOG_DAMAGES if is_log else STORE_DAMAGES
        damage = damages[(turn // 4 if is_log else turn - turn // 4) % len(damages)]
        index = copied(lab.folder / "base" / "index", lab.folder / f"damaged {next(lab.numbers)}")
        if not is_log:
            with contextlib.closing(Store.open(index / STORE_NAME, write=True)) as store:
                store.fold_log()
        path = index / (f"{STORE_NAME}-wal" if is_log else STORE_NAME)
        with tally.run(f"{path.name} {damage.__name__}, turn {turn}"):
            damage(path, chance)
            tally.done += 1
            looks = (functools.partial(verify, index), functools.partial(_check_says, index, written))
            refused = [_refused(attempt) for attempt in looks]
            if any(refused) or problems(index):
                restore(kept, index, replace=True)
                tally.mended += 1
            else:
                tally.intact += 1
            check(not problems(index), f"problems stay: {problems(index)}")
            _check_says(index, written)
        discard(index)
    return tally


def _refused(attempt: Callable[[], object]) -> bool:
    """Tell whether something is refused, in one line that says how a backup is restored."""
    try:
        attempt()
    except HoidapError as error:
        check("\n" not in str(error) and _DAMAGED in str(error), f"refused so: {error}")
        return True
    return False


def _check_says(index: Path, written: set[str]) -> None:
    """Ask an index: all that is found was written, to the letter."""
    assistant = Assistant.open(index, encoder=NoNewPassages())
    for question in ASKED:
        for hit in assistant.retrieve(question, k=10):
            check(hit.article.text in written, f"the text of {hit.article.id} is none that was written")
            check(hit.quote == hit.article.text[hit.passage.start : hit.passage.end], "a quotation is not in its place")


# --- several at once -------------------------------------------------------------------------------------


def two_writers(lab: Lab, rounds: int) -> Tally:
    """Let two processes write at the same time, and kill one of them now and then: what the other wrote is there."""
    chance, tally, second = random.Random(f"{lab.seed} writers"), Tally(), Victims()
    corpora = [write_articles(lab.folder / name, PLACES[i : i + 6]) for name, i in (("a", 18), ("b", 24))]
    for number in range(rounds):
        index = lab.folder / f"written {next(lab.numbers)}"
        kills = number % 2 == 1
        with tally.run(f"round {number}"):
            first = lab.victims.start(index, corpora[0], seconds_a_text=0.0005)
            second.start(index, corpora[1], seconds_a_text=0.0005)
            if kills:
                time.sleep(chance.uniform(0, 0.3))
                with contextlib.suppress(ProcessLookupError):
                    os.kill(first, 9)
            codes = (lab.victims.ended(), second.ended())
            check(codes[1] == 0 and codes[0] in (0, -9), f"they end with {codes}")
            wanted = {file_name(place): article_text(place) for place in PLACES[18:30]}
            held = articles(index / STORE_NAME)
            check(held.items() <= wanted.items() and len(held) >= (6 if codes[0] else 12), "an article is missing")
            asked(index)
            check(not problems(index), f"verify finds {problems(index)}")
            tally.done += 1
            tally.intact += 1
        discard(index)
    second.close()
    return tally


def read_through(lab: Lab, updates: int) -> Tally:
    """Let a process ask all the time while an index is changed in every way; it may see whole revisions only."""
    chance, tally = random.Random(f"{lab.seed} readers"), Tally()
    folder = lab.folder / f"read {next(lab.numbers)}"
    corpus, index, until = folder / "corpus", folder / "index", folder / "until"
    places = list(PLACES[:8])
    update_index(write_articles(corpus, places), index, encoder=HashEncoder())
    states = [([1], sorted(map(file_name, places)))]
    lab.victims.start_reader(index, folder / "seen.json", until)
    for edition in range(2, updates + 2):
        kind = chance.choice(["change", "change", "add", "prune", "rebuild", "remove"])
        if kind == "remove" and len(places) > 5:
            gone = places.pop(chance.randrange(len(places)))
            (corpus / file_name(gone)).unlink()
            states.append((states[-1][0], sorted(map(file_name, places))))
            remove_articles([file_name(gone)], index)
            continue
        if kind == "add" and len(places) < 10:
            places.append(chance.choice([place for place in PLACES if place not in places]))
        if kind == "prune" and len(places) > 5:
            (corpus / file_name(places.pop(0))).unlink()
        write_articles(corpus, places, edition)
        states.append(([edition], sorted(map(file_name, places))))
        update_index(corpus, index, encoder=HashEncoder(), options=UpdateOptions(prune=True, rebuild=kind == "rebuild"))
    until.touch()
    with tally.run("a reader"):
        check(lab.victims.ended() == 0, "the reader broke down")
        seen = json.loads((folder / "seen.json").read_text("utf-8"))
        for follows in (True, False):
            at = 0
            for found_editions, ids, was_following in seen["states"]:
                if was_following is follows:
                    state = (found_editions, ids)
                    check(state in states[at:], f"seen: {state}, no revision, or an earlier one again")
                    at = states.index(state, at)
            check(states[at] == states[-1], f"at last revision {at + 1} of {len(states)} is seen")
        tally.done = tally.intact = updates
        tally.wrong += [] if seen["looks"] > updates / 5 else [f"only {seen['looks']} looks"]
    discard(folder)
    return tally


# --- the clock, and files that change ----------------------------------------------------------------------


def clock_back(lab: Lab, rounds: int) -> Tally:
    """Run commands while the clock runs backwards; change files to others of the same size and an earlier date."""
    tally, index, folder = Tally(), lab.folder / "clock", lab.folder / "clocked"
    options, said = ("--prune", "--index", str(index)), lab.folder / "said.txt"
    write_articles(folder, PLACES[:4])
    for number in range(rounds + 1):
        text = article_text(PLACES[0]).replace("ấn bản 1", f"ấn bản {number % 10}")
        (folder / file_name(PLACES[0])).write_text(text, "utf-8")
        for path in folder.iterdir():
            os.utime(path, (10**9 - 1000 * number,) * 2)
        with tally.run(f"round {number}"):
            code = lab.victims.run(["index", str(folder), *options], said, clock_goes_back=True)
            check(code == 0, f"exit code {code}: {lab.said()}")
            check(articles(index / STORE_NAME)[file_name(PLACES[0])] == text, "the change was not noticed")
            hits = Assistant.open(index, encoder=NoNewPassages()).retrieve(PLACES[0], k=3)
            check(editions(hits[:1]) == {number % 10}, "the index answers from an older revision")
            for arguments in (
                ["backup", f"{lab.folder}/clock.hoidap"],
                ["restore", f"{lab.folder}/clock.hoidap", "--replace"],
            ):
                code = lab.victims.run([*arguments, "--index", str(index)], said, clock_goes_back=True)
                check(code == 0, f"{arguments[0]}: exit code {code}: {lab.said()}")
            check(not problems(index), f"verify finds {problems(index)}")
            tally.done += 1
            tally.intact += 1
    return tally


def change_while_read(lab: Lab, updates: int) -> Tally:
    """Rewrite files over and over while they are indexed: of each, one whole version is in the index."""
    chance, tally = random.Random(f"{lab.seed} changing"), Tally()
    folder, index = lab.folder / "changing", lab.folder / "changed"
    folder.mkdir()
    versions = {name: _versions(name) for name in ("a.txt", "b.jsonl", "c.zip")}
    for name, contents in versions.items():
        (folder / name).write_bytes(contents[0])
    ended = threading.Event()

    def rewrite() -> None:
        turn = random.Random(lab.seed)
        following = {name: itertools.cycle(contents) for name, contents in versions.items()}
        while not ended.is_set():
            name = turn.choice(list(versions))
            # At one go and of one length: a file that is half written and holds still is a whole file to everyone.
            with (folder / name).open("r+b", buffering=0) as file:
                file.write(next(following[name]))
            time.sleep(turn.choice([0.001, 0.02, 0.1]))

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        for number in range(updates):
            with tally.run(f"update {number}"):
                report = update_index(folder, index, encoder=HashEncoder())
                tally.done += 1
                tally.mended += bool(report.skipped)
                tally.intact += not report.skipped
                wrong = [str(item) for item in report.skipped if "changed while it was read" not in item.reason]
                check(not wrong, f"skipped for another reason: {wrong}")
                _check_whole_versions(index, set())
            time.sleep(chance.uniform(0, 0.05))
    finally:
        ended.set()
        writer.join()
    with tally.run("the update after all changes"):
        check(not update_index(folder, index, encoder=HashEncoder()).skipped, "files are skipped that hold still")
        _check_whole_versions(index, set(versions))
        check(not problems(index), f"verify finds {problems(index)}")
    discard(index)
    discard(folder)
    return tally


def _versions(name: str) -> list[bytes]:
    """Make ten versions of a file, of one length, every paragraph of which names its version."""
    texts = [
        [article_text(place).replace("ấn bản 1", f"ấn bản {number}") for place in PLACES[:6]] for number in range(10)
    ]
    if name.endswith(".txt"):
        return ["\n\n".join(of).encode() for of in texts]
    lines = [[json.dumps({"id": str(i), "text": text}) + "\n" for i, text in enumerate(of)] for of in texts]
    if name.endswith(".jsonl"):
        return ["".join(of).encode() for of in lines]
    packed = []
    for of in texts:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for i, text in enumerate(of):
                archive.writestr(zipfile.ZipInfo(f"{i}.txt"), text)
        packed.append(buffer.getvalue())
    return packed


def _check_whole_versions(index: Path, names: set[str]) -> None:
    """Check that all articles of a file are of one version of it, and that there are any of the files named."""
    with contextlib.closing(Store.open(index / STORE_NAME)) as store:
        of_files: dict[str, set[str]] = {}
        for _, article in store.articles(store.revision):
            of_files.setdefault(Path(article.path).name, set()).update(re.findall(r"ấn bản (\d)", article.text))
    mixed = {name: sorted(found_in) for name, found_in in of_files.items() if len(found_in) != 1}
    check(not mixed, f"several versions of a file at once: {mixed}")
    check(names <= of_files.keys(), f"in the index are only {sorted(of_files)}")


# --- all of it -------------------------------------------------------------------------------------------


def main(arguments: Sequence[str]) -> int:
    """Do everything, print what came of it; return 1 where something was lost or wrong."""
    seed = int(arguments[0]) if arguments else random.SystemRandom().randrange(10**6)
    print(f"seed {seed}", flush=True)
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="hoidap-faults-") as folder:
        lab = Lab(Path(folder), seed)
        try:
            wrong = _all(lab)
        finally:
            lab.close()
    print(
        f"{time.perf_counter() - start:.0f} seconds, seed {seed}: {f'{wrong} WRONG' if wrong else 'nothing was lost'}"
    )
    return 1 if wrong else 0


def _all(lab: Lab) -> int:
    print(f"{'':28}{'done':>8}{'intact':>8}{'mended':>8}{'wrong':>8}")
    wrong = _rows("killed", ((scene.name, kill(lab, scene, KILLS)) for scene in lab.scenes))
    wrong += _rows("disk full", fill_disks(lab, itertools.product(PHASES, LEAVES)).items())
    others: dict[str, Callable[[], Tally]] = {
        "derived files damaged": lambda: damage_derived(lab, 1000),
        "SQLite file damaged": lambda: damage_store(lab, 80),
        "two writers": lambda: two_writers(lab, 16),
        "a reader through updates": lambda: read_through(lab, 100),
        "clock set back": lambda: clock_back(lab, 8),
        "files that change": lambda: change_while_read(lab, 12),
    }
    return wrong + _rows("", ((name, run()) for name, run in others.items()))


def _rows(title: str, tallies: Iterable[tuple[str, Tally]]) -> int:
    """Print what was done of each kind as it comes, and then all of them; return how much was wrong."""
    total = Tally()
    for name, tally in tallies:
        _print_row(f"{title} {name}".strip(), tally)
        total = Tally(
            total.done + tally.done, total.intact + tally.intact, total.mended + tally.mended, total.wrong + tally.wrong
        )
    if title:
        _print_row(f"{title}, in all", total)
    for what in total.wrong:
        print(f"    WRONG {what}", flush=True)
    return len(total.wrong)


def _print_row(name: str, tally: Tally) -> None:
    print(f"{name:28}{tally.done:8}{tally.intact:8}{tally.mended:8}{len(tally.wrong):8}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
