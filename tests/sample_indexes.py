"""Small indexes for the tests of what looks after them: grown, asked, examined, damaged, and killed on the way."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from corpora import PLACES, write_articles
from encoders import HashEncoder, NoNewPassages

from embeddings.models import find_model
from qa import Assistant, Check, examine, list_articles, update_index
from qa.confidence import CONFIDENCE_NAME
from qa.index import STORE_NAME
from qa.store import Store


def _written_anew(path: Path, content: bytes) -> None:
    # Not in its place: a thread of tantivy's may have it mapped still, and to cut a mapped file kills the process.
    path.unlink()
    path.write_bytes(content)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "deleted": lambda path: path.unlink(),
    "empty": lambda path: _written_anew(path, b""),
    "cut": lambda path: _written_anew(path, path.read_bytes()[: path.stat().st_size // 2]),
    "flipped": lambda path: _written_anew(
        path, bytes(byte ^ 0xFF if at % 97 == 11 else byte for at, byte in enumerate(path.read_bytes()))
    ),
}


def local_encoder(folder: Path) -> HashEncoder:
    """Give an encoder whose model is found on this machine as a folder."""
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text("{}", encoding="utf-8")
    return HashEncoder(name=str(folder), fingerprint=find_model(str(folder)).fingerprint)


def ids(index: Path) -> list[str]:
    return [article.id for article in list_articles(index)]


def grow(corpus: Path, index: Path, places: tuple[str, ...] = PLACES[3:6]) -> None:
    """Bring more articles into an index."""
    update_index(write_articles(corpus, places), index, encoder=HashEncoder())


def grow_into_log(corpus: Path, index: Path) -> None:
    """Bring more articles into an index, and leave them in SQLite's log, as a killed run or a reader does."""
    reader = Store.open(index / STORE_NAME)
    assert reader.revision == 1
    grow(corpus, index)
    reader.close()
    assert Path(f"{index / STORE_NAME}-wal").stat().st_size > 0


def answers(index: Path) -> list[tuple[str, float]]:
    """Ask an index something, without encoding any article."""
    hits = Assistant.open(index, encoder=NoNewPassages()).retrieve("Đảng bộ Đông Hà trồng rừng gỗ lớn", 5)
    return [(hit.sentence_text, round(hit.score, 6)) for hit in hits]


def beside(index: Path) -> list[str]:
    """List what is in an index folder beside what belongs there."""
    known = ("lexical", "vectors", "writer.lock", CONFIDENCE_NAME)
    own = {STORE_NAME, f"{STORE_NAME}-wal", f"{STORE_NAME}-shm"}
    return sorted(path.name for path in index.iterdir() if not path.name.startswith(known) and path.name not in own)


def named_as(file: Path) -> list[str]:
    """List what lies beside a file under a name like its own, and the file."""
    return [path.name for path in file.parent.iterdir() if file.name in path.name]


def problems(index: Path) -> list[Check]:
    """Examine, and see that every problem comes with a command, each in one line."""
    examination = examine(index)
    for check in examination.checks:
        assert "\n" not in check.what + (check.mend or "")
        assert check.what
        assert check.mend or check.status != "problem"
    return list(examination.problems)


def the_problem(index: Path) -> Check:
    (problem,) = problems(index)
    return problem


def notes(index: Path, name: str) -> list[Check]:
    return [check for check in examine(index).checks if (check.name, check.status) == (name, "note")]


def shell(path: object) -> str:
    return shlex.quote(str(path))


# One process that has everything imported, and a child of it to die each time.
_KILLED = """
import json, os, sys
from qa import back_up, restore

def die_at(change):
    left = [change]
    def watch(event, arguments):
        if event in ("os.rename", "os.link", "os.remove", "sqlite3.connect", "os.mkdir"):
            left[0] -= 1
            if left[0] == 0:
                os._exit(9)
    sys.addaudithook(watch)

codes = []
for file, index, change in json.loads(sys.argv[2]):
    child = os.fork()
    if not child:
        die_at(change)
        code = 1
        try:
            back_up(file, index) if sys.argv[1] == "backup" else restore(file, index, True)
            code = 0
        finally:
            os._exit(code)
    codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(json.dumps(codes))
"""


def kill(act: str, jobs: Sequence[tuple[Path, Path, int]]) -> None:
    """Run backups or restores, of a file and an index each, that die at their nth change to the disk."""
    ran = subprocess.run(
        [sys.executable, "-c", _KILLED, act, json.dumps([(str(file), str(index), at) for file, index, at in jobs])],
        cwd=Path(__file__).parent.parent,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert json.loads(ran.stdout) == [9] * len(jobs)
