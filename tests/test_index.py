"""Bringing an index up to date: only what changed is encoded, and nothing that was committed is ever lost."""

from __future__ import annotations

import errno
import itertools
import os
import random
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import faiss
import filelock
import pytest
import tantivy
from corpora import PLACES, article_text, copied, editions, file_name, found, questions, write_articles, write_jsonl
from encoders import HashEncoder, NoNewPassages
from victim import BATCH_SENTENCES, Steps, Victims

import qa.lexical
import qa.store
import qa.updating
from qa import Assistant, HoidapError, IndexBusy, IndexReport, IndexUnusable, Progress, UpdateOptions, verify
from qa.index import STORE_NAME
from qa.passages import SplitterSettings
from qa.store import Store
from qa.types import Article

PRUNE = UpdateOptions(prune=True)
REBUILD = UpdateOptions(rebuild=True)
ASKED = questions(PLACES[:12])


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_articles(tmp_path / "bài", PLACES[:6])


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "index"


def update(
    paths: Path | Sequence[Path],
    index: Path,
    options: UpdateOptions = UpdateOptions(),
    encoder: HashEncoder | None = None,
) -> IndexReport:
    return qa.update_index(paths, index, encoder=encoder or HashEncoder(), options=options)


def articles(index: Path) -> dict[str, Article]:
    """Give what the index holds, by id."""
    store = Store.open(index / STORE_NAME)
    held = {article.id: article for _, article in store.articles(store.revision)}
    store.close()
    return held


def opened(index: Path) -> Assistant:
    return Assistant.open(index, encoder=NoNewPassages())


def one_line(error: BaseException) -> str:
    message = str(error)
    assert message
    assert "\n" not in message
    return message


# --- only what changed -----------------------------------------------------------------------------------


def test_the_first_update_reports_what_it_made(corpus: Path, index: Path, encoder: HashEncoder) -> None:
    report = update(corpus, index, encoder=encoder)
    assert (report.added, report.changed, report.unchanged, report.removed, report.skipped) == (6, 0, 0, 0, [])
    assert (report.articles, report.revision) == (6, 1)
    assert report.sentences == report.sentences_encoded == encoder.passages_encoded > report.passages > 6
    assert set(articles(index)) == {file_name(place) for place in PLACES[:6]}
    assert verify(index).problems == ()


def test_unchanged_articles_cost_nothing(corpus: Path, index: Path) -> None:
    update(corpus, index)
    for path in corpus.iterdir():
        os.utime(path, (0, 0))
    report = update(corpus, index, encoder=NoNewPassages())
    assert (report.unchanged, report.added, report.changed, report.sentences_encoded) == (6, 0, 0, 0)
    assert report.revision == 1, "nothing new, no revision"


def test_a_changed_article_is_replaced_and_the_others_are_not_encoded(
    corpus: Path, index: Path, encoder: HashEncoder
) -> None:
    update(corpus, index)
    write_articles(corpus, [PLACES[2]], edition=2)
    report = update(corpus, index, encoder=encoder)
    assert (report.added, report.changed, report.unchanged, report.revision) == (0, 1, 5, 2)
    assert encoder.passages_encoded == report.sentences // 6
    held = articles(index)
    assert len(held) == 6
    assert held[file_name(PLACES[2])].text == article_text(PLACES[2], edition=2)
    assert verify(index).problems == ()
    assert editions(opened(index).retrieve(f"Đại hội đảng bộ {PLACES[2]}", k=3)[:1]) == {2}


def test_an_article_changed_back_is_what_it_was(corpus: Path, index: Path) -> None:
    update(corpus, index)
    before = found(opened(index), ASKED)
    for edition in (2, 1):
        write_articles(corpus, PLACES[:6], edition)
        update(corpus, index)
    assert found(opened(index), ASKED) == before
    assert verify(index).problems == ()


def test_two_files_that_swap_their_texts_keep_their_ids(corpus: Path, index: Path) -> None:
    update(corpus, index)
    one, other = (corpus / file_name(place) for place in PLACES[:2])
    one.rename(corpus / "between")
    other.rename(one)
    (corpus / "between").rename(other)
    assert update(corpus, index).changed == 2
    assert articles(index)[one.name].text == article_text(PLACES[1])
    assert articles(index)[other.name].text == article_text(PLACES[0])


def test_other_articles_can_be_added_from_elsewhere(corpus: Path, index: Path, tmp_path: Path) -> None:
    update(corpus, index)
    more = write_articles(tmp_path / "nữa", PLACES[6:8])
    report = update(more, index)
    assert (report.added, report.unchanged, report.articles) == (2, 0, 8)


def test_a_file_given_twice_is_read_once(corpus: Path, index: Path) -> None:
    report = update([corpus, corpus / file_name(PLACES[0]), corpus], index)
    assert (report.added, report.skipped) == (6, [])


def test_progress_goes_from_nothing_to_everything(corpus: Path, index: Path, encoder: HashEncoder) -> None:
    seen: list[Progress] = []
    qa.update_index(corpus, index, encoder=encoder, progress=seen.append)
    size = sum(path.stat().st_size for path in corpus.iterdir())
    assert {progress.bytes_total for progress in seen} == {size}
    assert [progress.bytes_done for progress in seen] == sorted(progress.bytes_done for progress in seen)
    assert (seen[-1].bytes_done, seen[-1].articles, seen[-1].sentences) == (size, 6, encoder.passages_encoded)


# --- what vanished ---------------------------------------------------------------------------------------


def test_a_vanished_article_stays_unless_it_is_pruned(corpus: Path, index: Path) -> None:
    update(corpus, index)
    (corpus / file_name(PLACES[0])).unlink()
    assert update(corpus, index).removed == 0
    assert len(articles(index)) == 6
    report = update(corpus, index, PRUNE)
    assert (report.removed, report.articles, report.sentences_encoded) == (1, 5, 0)
    assert file_name(PLACES[0]) not in articles(index)
    assert all(hit.article.id != file_name(PLACES[0]) for hit in opened(index).retrieve(f"Đảng bộ {PLACES[0]}", 50))
    assert verify(index).problems == ()


def test_only_what_is_under_the_given_paths_is_pruned(index: Path, tmp_path: Path) -> None:
    folders = [
        write_articles(tmp_path / name, [place]) for name, place in zip(("a", "ab", "a/b"), PLACES, strict=False)
    ]
    update(folders, index)
    for path in tmp_path.rglob("*.txt"):
        path.rename(path.with_suffix(".away"))
    write_articles(tmp_path / "a", [PLACES[5]])
    update(tmp_path / "a", index, PRUNE)
    assert set(articles(index)) == {file_name(PLACES[1]), file_name(PLACES[5])}, "ab/ only begins like a/"


def test_pruning_can_leave_an_index_empty_and_it_answers_so(index: Path, tmp_path: Path) -> None:
    corpus = write_jsonl(tmp_path / "bài.jsonl", [{"id": "a", "text": article_text(PLACES[0])}])
    update(corpus, index)
    write_jsonl(corpus, [{"id": "b", "text": article_text(PLACES[1])}])
    update(corpus, index, PRUNE)
    assert set(articles(index)) == {"b"}
    assert verify(index).problems == ()


@pytest.mark.parametrize("now", [b"\0\0", b"\xff\xfe\xfa", b"", b" \n "], ids=["binary", "not UTF-8", "empty", "blank"])
def test_a_file_that_cannot_be_read_today_is_not_gone(corpus: Path, index: Path, now: bytes) -> None:
    update(corpus, index)
    (corpus / file_name(PLACES[0])).write_bytes(now)
    report = update(corpus, index, PRUNE)
    assert [Path(item.path).name for item in report.skipped] == [file_name(PLACES[0])]
    assert report.removed == 0
    assert articles(index)[file_name(PLACES[0])].text == article_text(PLACES[0])


def test_a_folder_that_cannot_be_read_today_is_not_gone(
    corpus: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = write_articles(corpus / "khóa" / "trong", PLACES[6:8]).parent
    update(corpus, index)
    scandir = os.scandir

    def refused(path: str) -> object:
        if Path(path) == locked:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)
    report = update(corpus, index, PRUNE)
    assert [item.path for item in report.skipped] == [str(locked)]
    assert report.removed == 0
    assert len(articles(index)) == 8


def test_a_damaged_line_of_a_file_does_not_remove_its_article(index: Path, tmp_path: Path) -> None:
    records: list[dict[str, object]] = [{"id": place, "text": article_text(place)} for place in PLACES[:3]]
    corpus = write_jsonl(tmp_path / "bài.jsonl", records)
    update(corpus, index)
    lines = corpus.read_text(encoding="utf-8").splitlines(keepends=True)
    corpus.write_text(lines[0] + lines[1][:50] + "\n" + lines[2], encoding="utf-8")
    report = update(corpus, index, PRUNE)
    assert (len(report.skipped), report.removed) == (1, 0)
    assert set(articles(index)) == set(PLACES[:3])


# --- what moved ------------------------------------------------------------------------------------------


def test_a_moved_folder_keeps_its_articles_without_encoding(corpus: Path, index: Path, tmp_path: Path) -> None:
    update(corpus, index)
    before = found(opened(index), ASKED)
    moved = corpus.rename(tmp_path / "chỗ mới")
    report = update(tmp_path / "chỗ mới", index, PRUNE, NoNewPassages())
    assert (report.unchanged, report.added, report.removed) == (6, 0, 0)
    assert {Path(article.path).parent for article in articles(index).values()} == {moved}
    assert found(opened(index), ASKED) == before
    assert verify(index).problems == ()


def test_a_renamed_file_keeps_its_article_without_encoding(corpus: Path, index: Path) -> None:
    update(corpus, index)
    (corpus / file_name(PLACES[0])).rename(corpus / "tên khác.txt")
    report = update(corpus, index, PRUNE, NoNewPassages())
    assert (report.unchanged, report.added, report.removed) == (6, 0, 0)
    assert str(corpus / "tên khác.txt") in {article.path for article in articles(index).values()}
    assert verify(index).problems == ()


def test_a_moved_jsonl_file_keeps_its_articles_without_encoding(index: Path, tmp_path: Path) -> None:
    records: list[dict[str, object]] = [{"id": place, "text": article_text(place)} for place in PLACES[:3]]
    update(write_jsonl(tmp_path / "bài.jsonl", records), index)
    (tmp_path / "sub").mkdir()
    (tmp_path / "bài.jsonl").rename(tmp_path / "sub" / "bài khác.jsonl")
    report = update(tmp_path / "sub", index, PRUNE, NoNewPassages())
    assert (report.unchanged, report.added, report.removed) == (3, 0, 0)


def test_a_copy_is_an_article_of_its_own(corpus: Path, index: Path, tmp_path: Path) -> None:
    update(corpus, index)
    copy = copied(corpus, tmp_path / "bản sao")
    assert update(copy, index).added == 6
    assert len(articles(index)) == 12
    assert update([copy, corpus], index, encoder=NoNewPassages()).unchanged == 12


# --- ids -------------------------------------------------------------------------------------------------


def test_the_same_name_in_two_folders_gets_an_id_that_names_the_folder(index: Path, tmp_path: Path) -> None:
    for folder, place in zip(("x/t", "y/t", "z"), PLACES, strict=False):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "bài.txt").write_text(article_text(place), encoding="utf-8")
    update([tmp_path / "x", tmp_path / "y", tmp_path / "z"], index)
    expected = {"bài.txt": PLACES[0], "t/bài.txt": PLACES[1], "z/bài.txt": PLACES[2]}
    assert {name: article.text for name, article in articles(index).items()} == {
        name: article_text(place) for name, place in expected.items()
    }
    report = update([tmp_path / "z", tmp_path / "y", tmp_path / "x"], index, encoder=NoNewPassages())
    assert report.unchanged == 3
    (tmp_path / "x/t/bài.txt").write_text(article_text(PLACES[5]), encoding="utf-8")
    (tmp_path / "y/t/bài.txt").unlink()
    update(tmp_path, index, PRUNE)
    assert {name: article.text for name, article in articles(index).items()} == {
        "bài.txt": article_text(PLACES[5]),
        "z/bài.txt": article_text(PLACES[2]),
    }


def test_an_id_that_occurs_twice_in_a_file_counts_once_and_is_told(index: Path, tmp_path: Path) -> None:
    records: list[dict[str, object]] = [{"id": "a", "text": article_text(place)} for place in PLACES[:2]]
    report = update(write_jsonl(tmp_path / "bài.jsonl", records), index)
    assert [item.reason for item in report.skipped] == ["the id 'a' occurs twice in it; the first counts"]
    assert articles(index)["a"].text == article_text(PLACES[0])


def test_the_same_id_in_two_files_is_two_articles(index: Path, tmp_path: Path) -> None:
    for name, place in zip(("1.jsonl", "2.jsonl"), PLACES, strict=False):
        write_jsonl(tmp_path / "bài" / name, [{"id": "a", "text": article_text(place)}])
    assert update(tmp_path / "bài", index).added == 2
    held = articles(index)
    assert set(held) == {"a", "bài/a"}
    assert held["bài/a"].text == article_text(PLACES[1])


# --- interruptions ---------------------------------------------------------------------------------------


class _Interrupted(HashEncoder):
    """Ctrl-C comes while it encodes the nth batch."""

    def __init__(self, batches: int) -> None:
        super().__init__()
        self.batches = batches

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> object:  # type: ignore[override]
        self.batches -= 1
        if self.batches == 0:
            raise KeyboardInterrupt
        return super().encode_passages(texts, progress)


def test_after_ctrl_c_what_was_committed_can_be_asked_and_is_not_encoded_again(
    corpus: Path, index: Path, encoder: HashEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qa.updating, "BATCH_SENTENCES", 1)  # a commit an article
    interrupted = _Interrupted(batches=5)
    with pytest.raises(KeyboardInterrupt):
        update(corpus, index, encoder=interrupted)
    assert set(articles(index)) == {file_name(place) for place in PLACES[:4]}
    assert opened(index).retrieve(f"Đảng bộ {PLACES[0]}")[0].article.id == file_name(PLACES[0])
    assert verify(index).problems == ()
    report = update(corpus, index, encoder=encoder)
    assert (report.unchanged, report.added, report.articles) == (4, 2, 6)
    assert interrupted.passages_encoded + encoder.passages_encoded == report.sentences


def test_an_article_changed_back_after_an_interrupted_update_is_what_it_was(
    corpus: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qa.updating, "BATCH_SENTENCES", 1)
    update(corpus, index)
    before = articles(index)
    write_articles(corpus, PLACES[:6], edition=2)
    with pytest.raises(KeyboardInterrupt):
        update(corpus, index, encoder=_Interrupted(batches=3))
    write_articles(corpus, PLACES[:6])
    update(corpus, index)
    assert articles(index) == before
    assert verify(index).problems == ()


@dataclass(frozen=True)
class Seen:
    """What a person sees of an index: which articles, and the hits of all questions."""

    articles: dict[str, str]
    hits: list[list[tuple[object, ...]]]


@dataclass(frozen=True)
class Scenario:
    """An update that is going to be killed."""

    base: Path | None
    """The index that it starts from; None for the first update ever."""
    corpus: Path
    rebuild: bool


def seen(index: Path) -> Seen | None:
    """Look at an index as the next process does; None where there is none yet. Nothing is encoded."""
    try:
        assistant = opened(index)
    except IndexUnusable as error:
        assert "there is no index" in str(error)  # noqa: PT017 - any other reason is a failure
        return None
    return Seen({name: article.sha256 for name, article in articles(index).items()}, found(assistant, ASKED))


@pytest.fixture(scope="module")
def victims() -> Iterator[Victims]:
    victims = Victims()
    yield victims
    victims.close()


@pytest.fixture(scope="module", params=["first", "update", "rebuild"])
def scenario(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """Make an index of which the last commits still stand in SQLite's log, and a corpus that has since changed.

    Every article but one changed, three files are gone, three are new.
    """
    folder = tmp_path_factory.mktemp("killed")
    corpus = write_articles(folder / "bài", PLACES[:12])
    if request.param == "first":
        return Scenario(None, corpus, rebuild=False)
    update(corpus, folder / "live")
    reader = opened(folder / "live")  # keeps the writer that follows from emptying the log
    update(write_articles(corpus, PLACES[12:15]), folder / "live")
    copied(folder / "live", folder / "base")
    del reader
    write_articles(corpus, [*PLACES[1:12], *PLACES[15:18]], edition=2)
    for place in PLACES[12:15]:
        (corpus / file_name(place)).unlink()
    return Scenario(folder / "base", corpus, rebuild=request.param == "rebuild")


@dataclass
class Trial:
    """One scenario's outcomes undisturbed, and its kills."""

    scenario: Scenario
    folder: Path
    victims: Victims

    def __post_init__(self) -> None:
        self.options = UpdateOptions(prune=True, rebuild=self.scenario.rebuild)
        self.before = seen(self.fresh("before"))
        undisturbed, encoder = self.fresh("after"), HashEncoder()
        update(self.scenario.corpus, undisturbed, self.options, encoder)
        self.after, self.texts = seen(undisturbed), encoder.passages_encoded
        assert self.after is not None
        assert verify(undisturbed).problems == ()
        self.kills = self.spared = 0
        """Updates that were killed, and texts that the next ones did not have to encode again."""

    def fresh(self, name: str) -> Path:
        """Give a folder in the state that the scenario starts from."""
        return copied(self.scenario.base, self.folder / name) if self.scenario.base else self.folder / name

    def check(self, index: Path, exit_code: int) -> None:
        """Check what a kill left, and that the next update makes of it what an undisturbed one does."""
        assert exit_code in {0, -9}
        self.kills += exit_code == -9
        empty = Seen({}, [[] for _ in ASKED])
        assert seen(index) in ([self.before, self.after] if self.scenario.base else [None, empty, self.after])
        encoder = HashEncoder()
        update(self.scenario.corpus, index, self.options, encoder)
        assert seen(index) == self.after
        assert verify(index).problems == ()
        self.spared += self.texts - encoder.passages_encoded
        shutil.rmtree(index, ignore_errors=True)


@pytest.fixture
def trial(scenario: Scenario, tmp_path: Path, victims: Victims, monkeypatch: pytest.MonkeyPatch) -> Trial:
    monkeypatch.setattr(qa.updating, "BATCH_SENTENCES", BATCH_SENTENCES)
    return Trial(scenario, tmp_path, victims)


def test_killed_at_any_moment_an_update_loses_nothing_that_was_committed(trial: Trial) -> None:
    chance = random.Random(f"moments {trial.scenario.rebuild} {trial.scenario.base is None}")
    how = {"rebuild": trial.scenario.rebuild, "seconds_a_text": 0.001}
    start = time.perf_counter()
    trial.victims.start(trial.fresh("timed"), trial.scenario.corpus, **how)
    assert trial.victims.ended() == 0
    seconds = time.perf_counter() - start
    for i in range(10):
        index = trial.fresh(f"killed {i}")
        exit_code = trial.victims.kill_after(chance.uniform(0, seconds), index, trial.scenario.corpus, **how)
        trial.check(index, exit_code)
    assert trial.kills > 0
    assert trial.spared > 0 or trial.scenario.rebuild, "a rebuild alone starts anew"


def test_killed_between_any_two_lines_an_update_loses_nothing_that_was_committed(trial: Trial) -> None:
    with Steps() as steps:
        update(trial.scenario.corpus, trial.fresh("counted"), trial.options)
    last_reached = {place: step for step, place in enumerate(steps.places, start=1)}
    chance = random.Random(f"lines {trial.scenario.rebuild} {trial.scenario.base is None}")
    for step in chance.sample(sorted(last_reached.values()), 8):
        index = trial.fresh(f"killed {step}")
        trial.victims.start(index, trial.scenario.corpus, rebuild=trial.scenario.rebuild, die_at_step=step)
        trial.check(index, trial.victims.ended())
    assert trial.kills >= 6


def test_killed_before_any_change_of_a_file_an_update_loses_nothing_that_was_committed(trial: Trial) -> None:
    for number in itertools.count(1):
        index = trial.fresh(f"killed {number}")
        trial.victims.start(index, trial.scenario.corpus, rebuild=trial.scenario.rebuild, die_before_file_change=number)
        exit_code = trial.victims.ended()
        trial.check(index, exit_code)
        if exit_code == 0:
            break
    assert trial.kills > 3


def test_an_index_that_began_empty_can_be_added_to(index: Path, tmp_path: Path) -> None:
    corpus = tmp_path / "bài"
    corpus.mkdir()
    (corpus / "trống.txt").write_text("\n", encoding="utf-8")
    assert update(corpus, index).articles == 0
    assert opened(index).retrieve("Đảng bộ") == []
    assert verify(index).problems == ()
    assert update(write_articles(corpus, PLACES[:3]), index).articles == 3
    assert len(opened(index).retrieve("Đảng bộ", k=3)) == 3
    assert verify(index).problems == ()


# --- two writers -----------------------------------------------------------------------------------------


class _Held(HashEncoder):
    """Stops at the first text until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.let_go = threading.Event(), threading.Event()

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> object:  # type: ignore[override]
        self.reached.set()
        assert self.let_go.wait(30)
        return super().encode_passages(texts, progress)


@pytest.fixture
def first_writer(corpus: Path, index: Path) -> Iterator[_Held]:
    """Start an update that waits in the middle until it is let go."""
    held = _Held()
    thread = threading.Thread(target=update, args=(corpus, index), kwargs={"encoder": held})
    thread.start()
    assert held.reached.wait(30)
    yield held
    held.let_go.set()
    thread.join(30)
    assert not thread.is_alive()


def test_a_second_writer_is_told_that_the_first_is_not_done(first_writer: _Held, corpus: Path, index: Path) -> None:
    with pytest.raises(IndexBusy, match="another process is writing") as caught:
        update(corpus, index, UpdateOptions(wait_seconds=0.1))
    one_line(caught.value)


def test_a_second_writer_waits_for_the_first(first_writer: _Held, index: Path, tmp_path: Path) -> None:
    more = write_articles(tmp_path / "nữa", PLACES[6:8])
    second = threading.Thread(target=update, args=(more, index))
    second.start()
    second.join(0.1)
    assert second.is_alive()
    first_writer.let_go.set()
    second.join(30)
    assert len(articles(index)) == 8
    assert verify(index).problems == ()


# --- what is refused -------------------------------------------------------------------------------------


def test_another_model_is_refused_by_name_with_the_command_that_rebuilds(corpus: Path, index: Path) -> None:
    update(corpus, index)
    for attempt in (
        lambda: update(corpus, index, encoder=HashEncoder("mô-hình-khác", "hash:2")),
        lambda: Assistant.open(index, encoder=HashEncoder("mô-hình-khác", "hash:2")),
    ):
        with pytest.raises(IndexUnusable) as caught:
            attempt()
        message = one_line(caught.value)
        assert "'băm'" in message
        assert "'mô-hình-khác'" in message
        assert f"hoidap index --rebuild --index {index}" in message
    assert verify(index).problems == ()


def test_two_models_of_one_name_are_told_apart(corpus: Path, index: Path) -> None:
    update(corpus, index)
    with pytest.raises(IndexUnusable, match=r"hash:1.*hash:2"):
        Assistant.open(index, encoder=HashEncoder(fingerprint="hash:2"))


def test_an_index_split_by_other_rules_is_refused(corpus: Path, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    update(corpus, index)
    monkeypatch.setattr(qa.updating, "SETTINGS", SplitterSettings(passage=500))
    for attempt in (lambda: update(corpus, index), lambda: opened(index)):
        with pytest.raises(IndexUnusable, match=r"split by other rules.*hoidap index --rebuild --index") as caught:
            attempt()
        one_line(caught.value)
    update([], index, REBUILD)
    assert len(articles(index)) == 6
    assert verify(index).problems == ()


def test_a_newer_index_is_refused(corpus: Path, index: Path) -> None:
    update(corpus, index)
    store = Store.open(index / STORE_NAME, write=True)
    with store.transaction():
        store.set_meta("schema", 99)
    store.close()
    for attempt in (lambda: update(corpus, index), lambda: opened(index), lambda: verify(index)):
        with pytest.raises(IndexUnusable, match=r"newer Hoidap \(schema 99") as caught:
            attempt()
        one_line(caught.value)


def test_a_store_of_garbage_is_refused_and_left_alone(corpus: Path, index: Path) -> None:
    update(corpus, index)
    (index / STORE_NAME).write_bytes(b"garbage" * 1000)
    for attempt in (
        lambda: update(corpus, index),
        lambda: update(corpus, index, REBUILD),
        lambda: opened(index),
        lambda: verify(index),
    ):
        with pytest.raises(IndexUnusable, match="cannot be read as an index") as caught:
            attempt()
        one_line(caught.value)
    assert (index / STORE_NAME).read_bytes() == b"garbage" * 1000


def test_a_missing_index_names_the_command_that_makes_one(index: Path) -> None:
    for attempt in (lambda: opened(index), lambda: verify(index)):
        with pytest.raises(IndexUnusable, match="hoidap index PATH --index") as caught:
            attempt()
        one_line(caught.value)
    assert not index.exists()


def test_an_index_folder_that_is_a_file_is_refused(corpus: Path, index: Path) -> None:
    index.write_text("a file", encoding="utf-8")
    with pytest.raises(IndexUnusable, match="is a file, not a folder") as caught:
        update(corpus, index)
    one_line(caught.value)
    with pytest.raises(IndexUnusable):
        opened(index)
    assert index.read_text(encoding="utf-8") == "a file"


def test_an_index_folder_under_a_file_is_refused(corpus: Path, index: Path) -> None:
    index.write_text("a file", encoding="utf-8")
    with pytest.raises(HoidapError) as caught:
        update(corpus, index / "trong")
    one_line(caught.value)


def test_a_folder_that_may_not_be_written_is_refused(
    corpus: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(filelock.FileLock, "acquire", refused)
    with pytest.raises(IndexUnusable, match=r"cannot write to the index .*Permission denied") as caught:
        update(corpus, index)
    one_line(caught.value)


def test_a_corpus_that_is_not_there_leaves_no_index_behind(index: Path, tmp_path: Path) -> None:
    with pytest.raises(HoidapError, match="no such file or folder"):
        update(tmp_path / "không có", index)
    assert not index.exists()


# --- rebuilding ------------------------------------------------------------------------------------------


def test_rebuilding_with_another_model_keeps_every_article(corpus: Path, index: Path) -> None:
    update(corpus, index)
    before = articles(index)
    (corpus / file_name(PLACES[0])).unlink()
    write_articles(corpus, [PLACES[1]], edition=2)
    other = HashEncoder("mô-hình-khác", "hash:2", dimension=24)
    report = update(corpus, index, REBUILD, other)
    assert report.articles == 6
    assert report.sentences == other.passages_encoded
    held = articles(index)
    assert held.keys() == before.keys()
    assert held[file_name(PLACES[0])] == before[file_name(PLACES[0])], "though its file is gone"
    assert held[file_name(PLACES[1])].text == article_text(PLACES[1], edition=2)
    assert verify(index).problems == ()
    assert not list(index.glob("*.part"))
    hits = Assistant.open(index, encoder=other).retrieve(f"Đảng bộ {PLACES[0]} đặt mục tiêu gì?")
    assert hits[0].article.id == file_name(PLACES[0])


def test_rebuilding_from_the_index_alone_changes_no_answer(corpus: Path, index: Path) -> None:
    jsonl: list[dict[str, object]] = [
        {"id": "j", "title": "Tựa riêng", "text": article_text(PLACES[7]), "source": "QTO"}
    ]
    update([corpus, write_jsonl(corpus.parent / "j.jsonl", jsonl)], index)
    before, hits = articles(index), found(opened(index), ASKED)
    shutil.rmtree(corpus)
    update([], index, REBUILD)
    assert articles(index) == before
    assert found(opened(index), ASKED) == hits


def test_a_rebuild_that_fails_leaves_the_index_as_it_was(corpus: Path, index: Path) -> None:
    update(corpus, index)
    before = seen(index)
    with pytest.raises(KeyboardInterrupt):
        update([], index, REBUILD, _Interrupted(batches=1))
    assert seen(index) == before
    assert not list(index.glob("*.part"))
    assert verify(index).problems == ()


def test_rebuilding_where_there_is_no_index_makes_one(corpus: Path, index: Path) -> None:
    assert update(corpus, index, REBUILD).articles == 6


# --- no room on the disk ---------------------------------------------------------------------------------


def _store_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let SQLite itself refuse to grow its file any more."""
    connect = qa.store.connect

    def limited(path: Path, mode: str) -> sqlite3.Connection:
        connection = connect(path, mode)
        connection.execute("PRAGMA max_page_count = 1")  # as many as it has
        return connection

    monkeypatch.setattr(qa.store, "connect", limited)


def _vectors_do_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*_: object) -> None:
        raise RuntimeError("Error in faiss::FileIOWriter: write error: No space left on device")

    monkeypatch.setattr(faiss, "write_index", no_room)


def _seals_do_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    write_text = Path.write_text

    def no_room(path: Path, *content: str, **options: str) -> int:
        if "seal" in path.name:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write_text(path, *content, **options)

    monkeypatch.setattr(Path, "write_text", no_room)


class _FullIndex:
    """A tantivy index on a full disk: says what it said on a file system of 3 MB."""

    def __init__(self, schema: tantivy.Schema, path: str | None = None) -> None:
        self._index, self._path = tantivy.Index(schema, path=path), path

    def __getattr__(self, name: str) -> Any:
        return getattr(self._index, name)

    def writer(self, *options: int) -> Any:
        if self._path is not None:
            raise ValueError("An IO error occurred: 'No space left on device (os error 28)'")
        return self._index.writer(*options)


def _words_do_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {name: getattr(tantivy, name) for name in dir(tantivy) if name[0] != "_"}
    monkeypatch.setattr(qa.lexical, "tantivy", SimpleNamespace(**{**names, "Index": _FullIndex}))


@pytest.mark.parametrize("full", [_store_is_full, _vectors_do_not_fit, _seals_do_not_fit, _words_do_not_fit])
@pytest.mark.parametrize("options", [PRUNE, REBUILD], ids=["update", "rebuild"])
def test_a_full_disk_is_one_line_and_what_was_committed_stays(
    corpus: Path, index: Path, options: UpdateOptions, full: Callable[[pytest.MonkeyPatch], None]
) -> None:
    update(corpus, index)
    before = seen(index)
    write_articles(corpus, PLACES[:9], edition=2)
    with pytest.MonkeyPatch.context() as patch:
        full(patch)
        with pytest.raises(IndexUnusable, match="cannot write to the index") as caught:
            update(corpus, index, options)
        assert "full" in one_line(caught.value)
        opened(index).retrieve(ASKED[0])
    after = seen(index)
    assert after is not None
    assert after == before or len(after.articles) == 9, "the old revision or the new one"
    update(corpus, index, options)
    assert len(articles(index)) == 9
    assert verify(index).problems == ()
