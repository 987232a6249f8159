"""An index that follows its folders: real files, told of by the real system."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import watchfiles
from corpora import PLACES, article_text, file_name, write_articles
from encoders import HashEncoder, NoNewPassages
from filelock import FileLock

import qa.index
from qa import Assistant, CorpusError, IndexUnusable, Skipped, UpdateOptions, remove_articles, update_index, verify
from qa.index import LOCK_NAME, STORE_NAME
from qa.store import Store
from qa.types import Article
from qa.watching import Batch, watch

MOST_SECONDS = 30.0
KEEP = UpdateOptions()
PRUNE = UpdateOptions(prune=True)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_articles(tmp_path / "bài", PLACES[:3])


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def watcher(corpus: Path, index: Path) -> Iterator[Watcher]:
    with Watcher(corpus, index) as watching:
        yield watching


class Watcher:
    """Watches in a thread, and notes what it is told."""

    def __init__(
        self, paths: Path | list[Path], index: Path, options: UpdateOptions = PRUNE, poll: bool = False
    ) -> None:
        self.index, self.encoder = index, HashEncoder()
        self.batches: list[Batch] = []
        self.lines: list[str] = []
        self.skipped: list[Skipped] = []
        self.stop = threading.Event()
        self.error: BaseException | None = None
        self._how = (paths, options, poll)
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        paths, options, poll = self._how
        try:
            watch(
                paths,
                self.index,
                encoder=self.encoder,
                options=options,
                settle_seconds=0.1,
                poll=poll,
                on_batch=self.batches.append,
                skipped=self.skipped.append,
                report=self.lines.append,
                stop=self.stop,
            )
        except BaseException as error:  # noqa: BLE001 - for the thread that waits
            self.error = error

    def __enter__(self) -> Watcher:
        self._thread.start()
        self.until(lambda: self.says("following"))
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Have it end: what it is at is then done."""
        self.stop.set()
        self._thread.join(MOST_SECONDS)
        assert not self._thread.is_alive()
        assert self.error is None

    def until(self, happened: Callable[[], object]) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + MOST_SECONDS
        while not happened():
            assert self.error is None, self.error
            assert time.monotonic() < deadline, (self.lines, self.skipped, self.batches, held(self.index))
            time.sleep(0.02)

    def until_holds(self, *names: str) -> None:
        """Wait until the index holds the articles of just these files."""
        self.until(lambda: held(self.index).keys() == set(names))

    def says(self, words: str) -> int:
        return sum(words in line for line in self.lines)


def held(index: Path) -> dict[str, Article]:
    """Give the articles that a reader of the index sees, by the names of their files and what else tells them apart."""
    store = Store.open(index / STORE_NAME)
    try:
        return {Path(article.path).name: article for _, article in store.articles(store.revision)}
    finally:
        store.close()


def texts(index: Path) -> dict[str, str]:
    return {name: article.text for name, article in held(index).items()}


NAMES = [file_name(place) for place in PLACES]


# --- what comes, changes and goes ------------------------------------------------------------------------


def test_what_comes_changes_and_goes_is_followed(corpus: Path, index: Path, watcher: Watcher) -> None:
    assert held(index).keys() == set(NAMES[:3])
    write_articles(corpus, PLACES[3:4])
    watcher.until_holds(*NAMES[:4])
    write_articles(corpus, PLACES[:1], edition=2)
    watcher.until(lambda: texts(index)[NAMES[0]] == article_text(PLACES[0], 2))
    (corpus / NAMES[1]).unlink()
    watcher.until_holds(NAMES[0], *NAMES[2:4])
    watcher.until(lambda: len(watcher.batches) == 4)
    watcher.end()
    first, *reports = [batch.report for batch in watcher.batches]
    assert (first.added, first.revision) == (3, 1)
    assert [(report.added, report.changed, report.removed) for report in reports] == [(1, 0, 0), (0, 1, 0), (0, 0, 1)]
    assert [report.revision for report in reports] == [2, 3, 4]
    assert verify(index).problems == ()


def test_only_what_changed_is_encoded(corpus: Path, index: Path, watcher: Watcher) -> None:
    before = watcher.encoder.passages_encoded
    os.utime(corpus / NAMES[0])
    (corpus / "thêm.txt").write_text("Một tin ngắn\n\nXã Tân Liên có 12 thôn và 3.400 dân.\n")
    watcher.until(lambda: "thêm.txt" in held(index))
    assert watcher.encoder.passages_encoded - before <= 3


def test_a_reader_sees_every_batch(corpus: Path, index: Path, watcher: Watcher) -> None:
    assistant = Assistant.open(index, encoder=NoNewPassages())
    for edition in (2, 3):
        write_articles(corpus, PLACES[:1], edition)
        watcher.until(
            lambda edition=edition: any(
                f"ấn bản {edition}," in hit.article.text for hit in assistant.retrieve(f"Đảng bộ {PLACES[0]}", 10)
            )
        )


def test_a_renamed_file_keeps_its_article(corpus: Path, index: Path, watcher: Watcher) -> None:
    before, encoded = held(index)[NAMES[0]], watcher.encoder.passages_encoded
    (corpus / NAMES[0]).rename(corpus / "tên mới.txt")
    watcher.until_holds("tên mới.txt", *NAMES[1:3])
    assert held(index)["tên mới.txt"].id == before.id
    assert watcher.encoder.passages_encoded == encoded
    (corpus / "tên mới.txt").rename(corpus / NAMES[0])
    watcher.until_holds(*NAMES[:3])
    assert watcher.encoder.passages_encoded == encoded


def test_a_renamed_folder_keeps_its_articles(corpus: Path, index: Path, watcher: Watcher) -> None:
    write_articles(corpus / "2019", PLACES[3:6])
    watcher.until_holds(*NAMES[:6])
    encoded = watcher.encoder.passages_encoded
    (corpus / "2019").rename(corpus / "2020")
    watcher.until(lambda: Path(held(index)[NAMES[3]].path).parent.name == "2020")
    assert held(index).keys() == set(NAMES[:6])
    assert watcher.encoder.passages_encoded == encoded
    write_articles(corpus / "2020", PLACES[6:7])
    watcher.until_holds(*NAMES[:7])


def test_a_folder_moved_in_is_indexed_and_one_moved_out_is_not(
    tmp_path: Path, corpus: Path, index: Path, watcher: Watcher
) -> None:
    outside = write_articles(tmp_path / "ngoài", PLACES[3:6])
    outside.rename(corpus / "trong")
    watcher.until_holds(*NAMES[:6])
    (corpus / "trong").rename(outside)
    watcher.until_holds(*NAMES[:3])


def test_a_deleted_file_that_comes_back_is_indexed_again(corpus: Path, index: Path, watcher: Watcher) -> None:
    text = (corpus / NAMES[0]).read_text()
    (corpus / NAMES[0]).unlink()
    watcher.until_holds(*NAMES[1:3])
    (corpus / NAMES[0]).write_text(text)
    watcher.until_holds(*NAMES[:3])


def test_a_file_saved_by_putting_another_in_its_place_stays(corpus: Path, index: Path, watcher: Watcher) -> None:
    for edition in (2, 3):
        (corpus / "nháp").write_text(article_text(PLACES[0], edition))
        os.replace(corpus / "nháp", corpus / NAMES[0])
        watcher.until(lambda edition=edition: texts(index)[NAMES[0]] == article_text(PLACES[0], edition))
    assert all(batch.report.removed == 0 for batch in watcher.batches)


def test_a_burst_makes_few_updates(corpus: Path, index: Path, watcher: Watcher) -> None:
    for number in range(200):
        folder = corpus / f"{number % 7}"
        folder.mkdir(exist_ok=True)
        (folder / f"bài {number}.txt").write_text(f"Bài {number}\n\nThôn {number} có {number * 7} hộ dân.\n")
    watcher.until(lambda: len(held(index)) == 203)
    assert len(watcher.batches) <= 10
    shutil.rmtree(corpus / "0")
    watcher.until(lambda: len(held(index)) == 203 - 29)
    watcher.end()
    assert verify(index).problems == ()


def test_what_goes_is_kept_where_one_says_so(corpus: Path, index: Path) -> None:
    with Watcher(corpus, index, KEEP) as watcher:
        (corpus / NAMES[0]).unlink()
        write_articles(corpus, PLACES[3:4])
        watcher.until_holds(*NAMES[:4])


def test_an_empty_folder_may_wait_for_its_first_article(tmp_path: Path, index: Path) -> None:
    inbox = tmp_path / "hộp thư"
    inbox.mkdir()
    with Watcher(inbox, index) as watcher:
        assert watcher.batches == []
        write_articles(inbox, PLACES[:1])
        watcher.until(lambda: watcher.batches)
        assert held(index).keys() == {NAMES[0]}


def test_a_single_file_and_a_pattern_are_followed(tmp_path: Path, corpus: Path, index: Path) -> None:
    one = tmp_path / "một.txt"
    one.write_text(article_text(PLACES[9]))
    with Watcher([one, corpus / "**" / "0*.txt"], index) as watcher:
        (tmp_path / "khác.txt").write_text(article_text(PLACES[10]))
        write_articles(corpus, [*PLACES[3:4], PLACES[30]])
        watcher.until_holds("một.txt", *NAMES[:4])
        one.write_text(article_text(PLACES[9], 2))
        watcher.until(lambda: texts(index)["một.txt"] == article_text(PLACES[9], 2))
        one.unlink()
        watcher.until_holds(*NAMES[:4])


def test_polling_follows_too(corpus: Path, index: Path) -> None:
    with Watcher(corpus, index, poll=True) as watcher:
        write_articles(corpus, PLACES[3:4])
        (corpus / NAMES[0]).unlink()
        watcher.until_holds(*NAMES[1:4])


def test_where_the_system_cannot_tell_of_changes_they_are_looked_for(
    corpus: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object, **__: object) -> None:
        raise OSError("OS file watch limit reached.")

    monkeypatch.setattr(watchfiles, "watch", refuses)
    with Watcher(corpus, index) as watcher:
        write_articles(corpus, PLACES[3:4])
        watcher.until_holds(*NAMES[:4])
    assert watcher.says("OS file watch limit reached") == 1
    assert "\n" not in "".join(watcher.lines)


# --- what is not to be indexed ---------------------------------------------------------------------------


def test_excluded_hidden_and_unknown_files_are_passed_over(corpus: Path, index: Path) -> None:
    with Watcher(corpus, index, UpdateOptions(prune=True, exclude=("nháp*", "cũ"))) as watcher:
        for name in ("nháp 1.txt", "cũ/a.txt", ".ẩn.txt", ".git/b.txt", "c.exe", "d.txt.part"):
            (corpus / name).parent.mkdir(exist_ok=True)
            (corpus / name).write_text(article_text(PLACES[20]))
        write_articles(corpus, PLACES[3:4])
        watcher.until_holds(*NAMES[:4])
        os.rename(corpus / "d.txt.part", corpus / "d.txt")
        watcher.until_holds("d.txt", *NAMES[:4])
    assert watcher.skipped == []


def test_an_index_within_its_folder_does_not_wake_itself(tmp_path: Path) -> None:
    corpus = write_articles(tmp_path / "bài", PLACES[:2])
    with Watcher(corpus, corpus / "index") as watcher:
        for number in (2, 3):
            write_articles(corpus, PLACES[number : number + 1])
            watcher.until_holds(*NAMES[: number + 1])
    assert len(watcher.batches) == 3


def test_an_article_removed_by_hand_stays_away_until_it_says_something_else(
    corpus: Path, index: Path, watcher: Watcher
) -> None:
    remove_articles([NAMES[0]], index)
    os.utime(corpus / NAMES[0])
    write_articles(corpus, PLACES[3:4])
    watcher.until_holds(*NAMES[1:4])
    write_articles(corpus, PLACES[:1], edition=2)
    watcher.until_holds(*NAMES[:4])


# --- half-written files ----------------------------------------------------------------------------------


def test_a_half_written_file_keeps_its_articles_until_it_is_whole(tmp_path: Path, index: Path) -> None:
    corpus = tmp_path / "bài"
    corpus.mkdir()
    lines = [
        json.dumps({"id": f"{number}", "title": place, "text": article_text(place)}, ensure_ascii=False) + "\n"
        for number, place in enumerate(PLACES[:2])
    ]
    whole = "".join(lines)

    def ids() -> set[str]:
        return {article.id for article in articles(index)}

    (corpus / "a.jsonl").write_text(whole)
    with Watcher(corpus, index) as watcher:
        with (corpus / "a.jsonl").open("w") as file:
            file.write(lines[0] + lines[1][:200])
            file.flush()
            watcher.until(lambda: watcher.skipped)
            assert ids() == {"0", "1"}
            file.write(lines[1][200:] + lines[0].replace('"0"', '"2"', 1).replace("Theo", "Nay theo"))
        watcher.until(lambda: ids() == {"0", "1", "2"})
        (corpus / "a.jsonl").write_text(lines[1])
        watcher.until(lambda: ids() == {"1"})


def test_a_file_that_grows_is_taken_when_it_is_complete(corpus: Path, index: Path, watcher: Watcher) -> None:
    text = article_text(PLACES[5])
    with (corpus / NAMES[5]).open("w") as file:
        for start in range(0, len(text), 100):
            file.write(text[start : start + 100])
            file.flush()
            time.sleep(0.01)
    watcher.until(lambda: texts(index).get(NAMES[5]) == text)


# --- gone as a whole -------------------------------------------------------------------------------------


def articles(index: Path) -> list[Article]:
    store = Store.open(index / STORE_NAME)
    try:
        return [article for _, article in store.articles(store.revision)]
    finally:
        store.close()


@pytest.mark.parametrize("place", ["nothing", "an empty folder"])
def test_a_folder_gone_as_a_whole_keeps_its_articles_and_is_followed_when_it_is_back(
    tmp_path: Path, corpus: Path, index: Path, watcher: Watcher, place: str
) -> None:
    corpus.rename(tmp_path / "xa")
    if place == "an empty folder":
        corpus.mkdir()
    watcher.until(lambda: watcher.says("is gone as a whole"))
    write_articles(tmp_path / "xa", PLACES[:1], edition=2)
    (tmp_path / "xa" / NAMES[1]).unlink()
    assert held(index).keys() == set(NAMES[:3])
    if place == "an empty folder":
        corpus.rmdir()
    (tmp_path / "xa").rename(corpus)
    watcher.until_holds(NAMES[0], NAMES[2])
    watcher.until(lambda: texts(index)[NAMES[0]] == article_text(PLACES[0], 2))
    assert watcher.says(f"{corpus} is back") == watcher.says("is gone as a whole") == 1
    write_articles(corpus, PLACES[3:4])
    watcher.until_holds(NAMES[0], *NAMES[2:4])


def test_a_folder_deleted_and_made_again_is_followed(corpus: Path, index: Path, watcher: Watcher) -> None:
    shutil.rmtree(corpus)
    watcher.until(lambda: watcher.says("is gone as a whole"))
    write_articles(corpus, PLACES[2:4])
    watcher.until_holds(*NAMES[2:4])
    write_articles(corpus, PLACES[4:5])
    watcher.until_holds(*NAMES[2:5])


def test_one_folder_gone_does_not_hold_up_another(tmp_path: Path, corpus: Path, index: Path) -> None:
    other = write_articles(tmp_path / "khác", PLACES[3:5])
    with Watcher([corpus, other], index) as watcher:
        shutil.rmtree(other)
        watcher.until(lambda: watcher.says("is gone as a whole"))
        (corpus / NAMES[0]).unlink()
        write_articles(corpus, PLACES[5:6])
        watcher.until_holds(*NAMES[1:6])


# --- other writers, and what goes wrong ------------------------------------------------------------------


def test_while_another_process_writes_changes_wait(corpus: Path, index: Path, watcher: Watcher) -> None:
    with FileLock(index / LOCK_NAME):
        write_articles(corpus, PLACES[3:4])
        (corpus / NAMES[0]).unlink()
        watcher.until(lambda: watcher.says("another process is writing"))
        write_articles(corpus, PLACES[4:5])
    watcher.until_holds(*NAMES[1:5])
    assert watcher.says("another process is writing") == 1


def test_the_first_update_waits_for_another_process_too(corpus: Path, index: Path) -> None:
    index.mkdir()
    lock = FileLock(index / LOCK_NAME, thread_local=False)
    lock.acquire()
    release = threading.Timer(1.5, lock.release)
    release.start()
    with Watcher(corpus, index) as watcher:
        watcher.until_holds(*NAMES[:3])
    assert watcher.says("another process is writing") == 1


def test_what_goes_wrong_is_told_once_and_tried_again(
    corpus: Path, index: Path, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = iter(range(2))
    refresh = qa.index.derived.refresh

    def full(*arguments: Path) -> None:
        if next(failures, None) is not None:
            raise OSError(28, "No space left on device")
        refresh(*arguments)

    monkeypatch.setattr(qa.index.derived, "refresh", full)
    write_articles(corpus, PLACES[3:4])
    watcher.until(lambda: len(watcher.batches) == 2)
    watcher.until_holds(*NAMES[:4])
    watcher.end()
    assert watcher.says("No space left on device") == 1
    assert verify(index).problems == ()


def test_what_is_wrong_at_first_is_an_error(tmp_path: Path, corpus: Path, index: Path) -> None:
    with pytest.raises(CorpusError, match="no such file or folder"):
        watch(tmp_path / "nothing", index, encoder=HashEncoder())
    with pytest.raises(CorpusError, match="name a folder"):
        watch([], index, encoder=HashEncoder())
    update_index(corpus, index, encoder=HashEncoder())
    with pytest.raises(IndexUnusable, match="was built by the model"):
        watch(corpus, index, encoder=HashEncoder(fingerprint="hash:2"))


# --- ends ------------------------------------------------------------------------------------------------


def test_stop_ends_an_update_and_the_next_watch_goes_on_from_there(
    corpus: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.updating.BATCH_SENTENCES", 30)
    write_articles(corpus, PLACES)
    stop, encoder = threading.Event(), HashEncoder()
    watch(
        corpus,
        index,
        encoder=encoder,
        progress=lambda progress: stop.set() if progress.sentences > 100 else None,
        stop=stop,
    )
    done = len(held(index))
    assert 0 < done < len(PLACES)
    with Watcher(corpus, index) as watcher:
        watcher.until_holds(*NAMES)
        assert watcher.batches[0].report.added == len(PLACES) - done
    assert verify(index).problems == ()


VICTIM = """
import sys
from encoders import HashEncoder
from qa import updating
from qa.watching import watch
updating.BATCH_SENTENCES = 30
watch(sys.argv[1], sys.argv[2], encoder=HashEncoder(seconds_a_text=0.005), settle_seconds=0.1)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_a_kill_in_the_middle_loses_nothing_that_was_committed(corpus: Path, index: Path) -> None:
    update_index(corpus, index, encoder=HashEncoder())
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    victim = subprocess.Popen(
        [sys.executable, "-c", VICTIM, corpus, index], env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        write_articles(corpus, PLACES)
        deadline = time.monotonic() + MOST_SECONDS
        while committed(index) < 8:
            assert victim.poll() is None, victim.stderr and victim.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.005)
    finally:
        victim.kill()
        victim.communicate(timeout=MOST_SECONDS)
    assert verify(index).problems == ()
    left = committed(index)
    with Watcher(corpus, index) as watcher:
        watcher.until_holds(*NAMES)
        assert watcher.batches[0].report.added == len(PLACES) - left
    assert verify(index).problems == ()


def committed(index: Path) -> int:
    store = Store.open(index / STORE_NAME)
    try:
        return len(store.known())
    finally:
        store.close()
