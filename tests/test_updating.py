"""A run over a corpus: files of the same bytes are left alone, those in motion wait, removed articles stay away."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from corpora import PLACES, article_text, file_name, write_articles, write_jsonl
from encoders import HashEncoder, NoNewPassages
from test_readers_legacy import as_tcvn3

import qa
import qa.updating
from qa import (
    Assistant,
    Converted,
    CorpusError,
    IndexReport,
    Progress,
    Skipped,
    UpdateOptions,
    remove_articles,
    update_index,
    verify,
)
from qa.articles import CorpusReader, Document
from qa.index import STORE_NAME
from qa.store import Store
from qa.types import Article

PRUNE = UpdateOptions(prune=True)
REBUILD = UpdateOptions(rebuild=True)
FIRST, SECOND, THIRD = (file_name(place) for place in PLACES[:3])


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_articles(tmp_path / "bài", PLACES[:4])


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have nobody wait for a file that changes while it is read."""
    monkeypatch.setattr(qa.updating, "_PAUSE_SECONDS", 0.01)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note the names of the files that are parsed, in order."""
    names: list[str] = []
    original = CorpusReader.read

    def noted(self: CorpusReader, path: Path) -> Iterator[Document | Skipped]:
        names.append(path.name)
        return original(self, path)

    monkeypatch.setattr(CorpusReader, "read", noted)
    return names


def update(
    paths: Path | Sequence[Path], index: Path, options: UpdateOptions = UpdateOptions(), **rest: object
) -> IndexReport:
    return update_index(paths, index, **{"encoder": HashEncoder(), "options": options, **rest})  # type: ignore[arg-type]


def articles(index: Path) -> dict[str, Article]:
    """Give what the index holds, by id."""
    store = Store.open(index / STORE_NAME)
    held = {article.id: article for _, article in store.articles(store.revision)}
    store.close()
    return held


def rewrite(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


# --- files of the same bytes -----------------------------------------------------------------------------


def test_files_whose_bytes_are_the_same_are_not_parsed_again(corpus: Path, index: Path, read: list[str]) -> None:
    update(corpus, index)
    assert sorted(read) == [file_name(place) for place in PLACES[:4]]
    read.clear()
    for path in corpus.iterdir():
        os.utime(path, (0, 0))
    report = update(corpus, index, encoder=NoNewPassages())
    assert (read, report.unchanged) == ([], 4)


def test_only_the_file_that_changed_is_parsed(corpus: Path, index: Path, read: list[str]) -> None:
    update(corpus, index)
    read.clear()
    write_articles(corpus, [PLACES[1]], edition=2)
    assert update(corpus, index).changed == 1
    assert read == [SECOND]


def test_a_file_rewritten_to_the_same_size_with_an_older_date_is_noticed(corpus: Path, index: Path) -> None:
    path = corpus / FIRST
    update(corpus, index)
    before = path.stat()
    rewrite(path, article_text(PLACES[0]).replace("ấn bản 1", "ấn bản 2"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns - 10**12))
    assert path.stat().st_size == before.st_size
    assert update(corpus, index).changed == 1
    assert "ấn bản 2" in articles(index)[FIRST].text


def test_a_file_with_a_complaint_is_read_again_until_there_is_none(tmp_path: Path, index: Path) -> None:
    corpus = tmp_path / "bài.jsonl"
    write_jsonl(corpus, [{"id": "a", "text": article_text(PLACES[0])}])
    whole = corpus.read_text(encoding="utf-8")
    rewrite(corpus, whole + "{sai\n")
    for _ in range(2):
        report = update(corpus, index)
        assert [item.line for item in report.skipped] == [2]
    rewrite(corpus, whole)
    assert update(corpus, index, encoder=NoNewPassages()).skipped == []


def test_files_read_by_an_older_version_are_read_again_and_not_encoded(
    corpus: Path, index: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    update(corpus, index)
    read.clear()
    monkeypatch.setattr(qa.updating, "READING_VERSION", qa.updating.READING_VERSION + 1)
    assert update(corpus, index, encoder=NoNewPassages()).unchanged == 4
    assert len(read) == 4
    assert update(corpus, index, encoder=NoNewPassages()).unchanged == 4
    assert len(read) == 4


def test_a_file_of_many_articles_is_left_alone_as_one(tmp_path: Path, index: Path, read: list[str]) -> None:
    corpus = write_jsonl(tmp_path / "bài.jsonl", [{"id": place, "text": article_text(place)} for place in PLACES[:5]])
    update(corpus, index)
    read.clear()
    report = update(corpus, index, PRUNE, encoder=NoNewPassages())
    assert (read, report.unchanged, report.removed) == ([], 5, 0)


# --- files in motion -------------------------------------------------------------------------------------


class Moving:
    """Rewrites a file each time it has been read, so many times, as a writer that is still at it would."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, path: Path, times: int) -> None:
        self.left, self.path, self.reads = times, path, 0
        original = CorpusReader.read

        def moving(reader: CorpusReader, read: Path) -> Iterator[Document | Skipped]:
            yield from original(reader, read)
            if read == path:
                self.reads += 1
                if self.left > 0:
                    self.left -= 1
                    rewrite(path, article_text(PLACES[0], edition=2 + self.reads))

        monkeypatch.setattr(CorpusReader, "read", moving)


def test_a_file_that_changes_once_while_it_is_read_is_read_again(
    corpus: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moving = Moving(monkeypatch, corpus / FIRST, times=1)
    report = update(corpus, index)
    assert (report.added, report.skipped, moving.reads) == (4, [], 2)
    assert articles(index)[FIRST].text == (corpus / FIRST).read_text(encoding="utf-8")
    assert verify(index).problems == ()
    assert update(corpus, index, encoder=NoNewPassages()).unchanged == 4


@pytest.mark.parametrize("size_most", [50_000_000, 0], ids=["held", "too large to be held"])
def test_a_file_that_goes_on_changing_is_skipped_once_and_read_when_it_stands_still(
    corpus: Path, index: Path, monkeypatch: pytest.MonkeyPatch, size_most: int
) -> None:
    update(corpus, index)
    monkeypatch.setattr(qa.updating, "_HELD_BYTES_MOST", size_most)
    rewrite(corpus / FIRST, article_text(PLACES[0], edition=2))
    with monkeypatch.context() as patch:
        Moving(patch, corpus / FIRST, times=100)
        report = update(corpus, index, PRUNE)
    assert [str(item) for item in report.skipped] == [
        f"{corpus / FIRST}: it changed while it was read; index it again once it is complete"
    ]
    assert (report.removed, len(articles(index))) == (0, 4)
    if size_most:
        assert articles(index)[FIRST].text == article_text(PLACES[0]), "no half of what was being written"
    assert update(corpus, index).changed == 1
    assert articles(index)[FIRST].text == (corpus / FIRST).read_text(encoding="utf-8")
    assert verify(index).problems == ()


def test_a_file_that_is_being_written_by_another_is_taken_whole_or_not_at_all(corpus: Path, index: Path) -> None:
    path, stop = corpus / FIRST, threading.Event()
    texts = [article_text(PLACES[0], edition) * 20 for edition in (1, 2)]
    rewrite(path, texts[0])

    def writing() -> None:
        edition = 0
        while not stop.is_set():
            edition = 1 - edition
            rewrite(path.with_suffix(".mới"), texts[edition])
            path.with_suffix(".mới").replace(path)

    thread = threading.Thread(target=writing)
    thread.start()
    try:
        for _ in range(4):
            report = update(corpus, index)
            held = articles(index)
            assert FIRST not in held or held[FIRST].text in texts
            assert FIRST in held or [Path(item.path).name for item in report.skipped] == [FIRST]
    finally:
        stop.set()
        thread.join()
    assert update(corpus, index).skipped == []
    assert articles(index)[FIRST].text == path.read_text(encoding="utf-8")


def test_a_file_that_vanishes_while_it_is_read_is_not_gone(
    corpus: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    update(corpus, index)
    rewrite(corpus / FIRST, article_text(PLACES[0], edition=2))
    original = CorpusReader.read

    def vanishing(reader: CorpusReader, path: Path) -> Iterator[Document | Skipped]:
        yield from original(reader, path)
        if path.name == FIRST:
            path.unlink(missing_ok=True)

    with monkeypatch.context() as patch:
        patch.setattr(CorpusReader, "read", vanishing)
        report = update(corpus, index, PRUNE)
    assert [item.path for item in report.skipped] == [str(corpus / FIRST)]
    assert (report.removed, len(articles(index))) == (0, 4)


# --- articles removed by hand ----------------------------------------------------------------------------


def test_an_article_that_was_removed_stays_away(corpus: Path, index: Path, read: list[str]) -> None:
    update(corpus, index)
    (gone,) = remove_articles([FIRST], index)
    assert (gone.id, gone.path) == (FIRST, str(corpus / FIRST))
    assert set(articles(index)) == {file_name(place) for place in PLACES[1:4]}
    read.clear()
    for options in (UpdateOptions(), PRUNE, UpdateOptions()):
        report = update(corpus, index, options, encoder=NoNewPassages())
        assert (report.added, report.unchanged, report.skipped, report.articles) == (0, 3, [], 3)
    assert read == [FIRST], "once, and then its bytes are known"
    os.utime(corpus / FIRST)
    assert update(corpus, index, encoder=NoNewPassages()).articles == 3
    assert verify(index).problems == ()


def test_a_removed_article_comes_back_when_its_file_says_something_else(corpus: Path, index: Path) -> None:
    update(corpus, index)
    remove_articles([FIRST], index)
    write_articles(corpus, PLACES[:1], edition=2)
    assert update(corpus, index).added == 1
    assert articles(index)[FIRST].text == article_text(PLACES[0], edition=2)
    write_articles(corpus, PLACES[:1], edition=1)
    assert update(corpus, index).changed == 1, "and then it is an article like any other"
    assert articles(index)[FIRST].text == article_text(PLACES[0])


def test_a_removed_article_comes_back_when_its_file_is_named(corpus: Path, index: Path) -> None:
    update(corpus, index)
    remove_articles([FIRST, SECOND], index)
    assert update(corpus / FIRST, index).added == 1
    assert set(articles(index)) == {file_name(place) for place in (PLACES[0], *PLACES[2:4])}
    assert update(corpus, index, encoder=NoNewPassages()).articles == 3, "the other one was not named"


def test_of_a_file_of_many_only_the_removed_article_stays_away(tmp_path: Path, index: Path) -> None:
    records: list[dict[str, object]] = [{"id": place, "text": article_text(place)} for place in PLACES[:3]]
    corpus = write_jsonl(tmp_path / "bài" / "bài.jsonl", records)
    update(corpus.parent, index)
    remove_articles([PLACES[1]], index)
    write_jsonl(corpus, [*records, {"id": "mới", "text": article_text(PLACES[5])}])
    assert update(corpus.parent, index, PRUNE).added == 1
    assert set(articles(index)) == {PLACES[0], PLACES[2], "mới"}
    records[1]["text"] = article_text(PLACES[1], edition=2)
    write_jsonl(corpus, records)
    update(corpus.parent, index, PRUNE)
    assert set(articles(index)) == set(PLACES[:3])


def test_removing_what_is_not_there_removes_nothing(corpus: Path, index: Path) -> None:
    update(corpus, index)
    with pytest.raises(CorpusError, match="holds no article 'không có'") as caught:
        remove_articles([FIRST, "không có"], index)
    assert len(str(caught.value).splitlines()) == 1
    assert len(articles(index)) == 4


def test_an_article_removed_twice_over_and_all_of_them_at_once(corpus: Path, index: Path) -> None:
    update(corpus, index)
    assert len(remove_articles([FIRST, FIRST], index)) == 1
    remove_articles(sorted(articles(index)), index)
    assert articles(index) == {}
    assert Assistant.open(index, encoder=HashEncoder()).retrieve("Đảng bộ") == []
    assert update(corpus, index, encoder=NoNewPassages()).articles == 0
    assert verify(index).problems == ()


def test_rebuilding_keeps_removed_articles_away(corpus: Path, index: Path) -> None:
    update(corpus, index)
    remove_articles([FIRST], index)
    for paths in (corpus, []):
        assert update(paths, index, REBUILD).articles == 3
    assert update(corpus, index, encoder=NoNewPassages()).articles == 3
    write_articles(corpus, PLACES[:1], edition=2)
    assert update(corpus, index).added == 1


# --- files that go, come back, or get another name -------------------------------------------------------


@pytest.mark.parametrize("pruned", [False, True], ids=["kept meanwhile", "pruned meanwhile"])
def test_a_file_removed_and_put_back_with_the_same_bytes_is_there_again(
    corpus: Path, index: Path, pruned: bool
) -> None:
    update(corpus, index)
    content = (corpus / FIRST).read_bytes()
    (corpus / FIRST).unlink()
    report = update(corpus, index, PRUNE if pruned else UpdateOptions())
    assert (report.removed, report.articles) == ((1, 3) if pruned else (0, 4))
    (corpus / FIRST).write_bytes(content)
    report = update(corpus, index, PRUNE)
    assert (report.added, report.articles) == (int(pruned), 4)
    assert articles(index)[FIRST].text == article_text(PLACES[0])
    assert verify(index).problems == ()


def test_a_file_renamed_there_and_back_keeps_its_article_without_encoding(corpus: Path, index: Path) -> None:
    update(corpus, index)
    for old, new in ((FIRST, "khác.txt"), ("khác.txt", FIRST), (FIRST, "nữa.txt")):
        (corpus / old).rename(corpus / new)
        report = update(corpus, index, PRUNE, encoder=NoNewPassages())
        assert (report.unchanged, report.added, report.removed, report.articles) == (4, 0, 0, 4)
        assert articles(index)[FIRST].path == str(corpus / new), "its id stays what it was"
    assert verify(index).problems == ()


def test_a_renamed_file_that_changed_as_well_is_another_article(corpus: Path, index: Path) -> None:
    update(corpus, index)
    (corpus / FIRST).unlink()
    rewrite(corpus / "khác.txt", article_text(PLACES[0], edition=2))
    report = update(corpus, index, PRUNE)
    assert (report.added, report.removed) == (1, 1)
    assert FIRST not in articles(index)


def test_two_names_that_change_places_keep_both_articles(corpus: Path, index: Path) -> None:
    update(corpus, index)
    (corpus / FIRST).rename(corpus / "giữa")
    (corpus / SECOND).rename(corpus / FIRST)
    (corpus / "giữa").rename(corpus / SECOND)
    update(corpus, index, PRUNE)
    assert {name: article.text for name, article in articles(index).items()} == {
        path.name: path.read_text(encoding="utf-8") for path in corpus.iterdir()
    }


def test_pruning_takes_what_is_gone_from_a_file_of_many(tmp_path: Path, index: Path) -> None:
    records: list[dict[str, object]] = [{"id": place, "text": article_text(place)} for place in PLACES[:3]]
    corpus = write_jsonl(tmp_path / "bài.jsonl", records)
    update(corpus, index)
    write_jsonl(corpus, records[:2])
    assert update(corpus, index).removed == 0
    assert update(corpus, index, PRUNE).removed == 1, "though its bytes are the same as before"
    write_jsonl(corpus, records)
    assert update(corpus, index).added == 1


# --- what is told ----------------------------------------------------------------------------------------


def test_converted_files_are_told_once_with_their_encoding(corpus: Path, index: Path) -> None:
    old = corpus / "cũ.txt"
    old.write_bytes(as_tcvn3("Hội nghị\n\n" + article_text(PLACES[5]).lower()))
    told: list[Converted] = []
    report = update(corpus, index, converted=told.append)
    assert [str(item) for item in told] == [f"{old}: read as TCVN3 (ABC)"]
    assert report.converted == told
    assert articles(index)["cũ.txt"].encoding == "TCVN3 (ABC)"
    assert update(corpus, index, converted=told.append).converted == []
    write_articles(corpus, PLACES[:1], edition=2)
    assert update(corpus, index, converted=told.append).converted == []
    assert len(told) == 1
    hit = Assistant.open(index, encoder=HashEncoder()).retrieve(f"đảng bộ {PLACES[5]} đặt mục tiêu gì?")[0]
    assert hit.article.text[hit.sentence.start : hit.sentence.end] == hit.sentence_text
    assert verify(index).problems == ()


def test_what_cannot_be_read_is_told_at_once_and_in_the_report(corpus: Path, index: Path) -> None:
    (corpus / "a.txt").write_bytes(b"\0\1\2")
    (corpus / "b.txt").symlink_to(corpus / "không có")
    told: list[Skipped] = []
    report = update(corpus, index, skipped=told.append)
    assert report.skipped == told
    assert {Path(item.path).name: item.reason for item in told} == {
        "a.txt": "binary: it holds NUL bytes",
        "b.txt": "a link to nothing",
    }
    assert report.added == 4


def test_a_second_telling_of_a_story_is_counted(corpus: Path, index: Path) -> None:
    rewrite(corpus / "chép.txt", "Tin khác\n\n" + article_text(PLACES[0]).partition("\n\n")[2])
    assert update(corpus, index).retold == 1
    assert update(corpus, index).retold == 0


@pytest.mark.parametrize("batch", [1, 1024])
def test_progress_ends_where_everything_is_done(
    corpus: Path, index: Path, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qa.updating, "BATCH_SENTENCES", batch)
    size = sum(path.stat().st_size for path in corpus.iterdir())
    for _ in range(2):
        seen: list[Progress] = []
        update(corpus, index, progress=seen.append)
        assert [progress.bytes_done for progress in seen] == sorted(progress.bytes_done for progress in seen)
        assert (seen[-1].bytes_done, seen[-1].bytes_total, seen[-1].articles) == (size, size, 4)


# --- interrupted -----------------------------------------------------------------------------------------


def interrupting(after: int) -> Callable[[Progress], None]:
    """Press Ctrl-C at some call of the progress bar."""
    count = 0

    def progress(_: Progress) -> None:
        nonlocal count
        count += 1
        if count == after:
            raise KeyboardInterrupt

    return progress


@pytest.mark.parametrize("after", [1, 2, 7, 20, 33, 34, 35, 36, 50])
def test_an_interrupted_run_keeps_what_was_committed_and_the_next_completes_it(
    corpus: Path, index: Path, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qa.updating, "BATCH_SENTENCES", 1)  # a commit an article
    first, second = HashEncoder(), HashEncoder()
    with pytest.raises(KeyboardInterrupt):
        update(corpus, index, encoder=first, progress=interrupting(after))
    held = articles(index)
    assert all(article.text == (corpus / name).read_text(encoding="utf-8") for name, article in held.items())
    assert Assistant.open(index, encoder=HashEncoder()).summary().articles == len(held)
    report = update(corpus, index, encoder=second)
    assert (report.added, report.unchanged, report.articles) == (4 - len(held), len(held), 4)
    assert second.passages_encoded == sum(12 for _ in range(report.added))
    assert verify(index).problems == ()
    assert update(corpus, index, encoder=NoNewPassages()).unchanged == 4


@pytest.mark.parametrize("after", [3, 20, 40])
def test_an_interrupted_replacement_leaves_each_article_old_or_new(
    corpus: Path, index: Path, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    update(corpus, index)
    monkeypatch.setattr(qa.updating, "BATCH_SENTENCES", 1)
    write_articles(corpus, PLACES[:4], edition=2)
    with pytest.raises(KeyboardInterrupt):
        update(corpus, index, PRUNE, progress=interrupting(after))
    held = articles(index)
    assert len(held) == 4
    for place in PLACES[:4]:
        assert held[file_name(place)].text in {article_text(place, edition) for edition in (1, 2)}
    update(corpus, index, PRUNE)
    assert {article.text for article in articles(index).values()} == {article_text(p, 2) for p in PLACES[:4]}
    assert verify(index).problems == ()


def test_a_file_cut_short_by_an_interruption_is_read_again(
    tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qa.updating, "BATCH_SENTENCES", 1)
    corpus = write_jsonl(tmp_path / "bài.jsonl", [{"id": place, "text": article_text(place)} for place in PLACES[:6]])
    with pytest.raises(KeyboardInterrupt):
        update(corpus, index, progress=interrupting(30))
    held = set(articles(index))
    assert 0 < len(held) < 6
    report = update(corpus, index, PRUNE)
    assert (report.unchanged, report.added, report.removed) == (len(held), 6 - len(held), 0)
    assert set(articles(index)) == set(PLACES[:6])


# --- rebuilding ------------------------------------------------------------------------------------------


def test_rebuilding_needs_no_files_for_articles_whose_files_are_gone(corpus: Path, index: Path) -> None:
    """Nor does it need them to say the same in the meantime: what is given is read, the rest is in the index."""
    update(corpus, index)
    before = articles(index)
    (corpus / FIRST).unlink()
    write_articles(corpus, PLACES[1:2], edition=2)
    encoder = HashEncoder(fingerprint="hash:2")
    report = update(corpus, index, REBUILD, encoder=encoder)
    after = articles(index)
    assert (report.articles, set(after)) == (4, set(before))
    assert after[FIRST] == before[FIRST]
    assert after[SECOND].text == article_text(PLACES[1], edition=2)
    assert after[THIRD] == before[THIRD]
    assert verify(index).problems == ()


def test_rebuilding_and_pruning_drops_what_is_gone(corpus: Path, index: Path) -> None:
    update(corpus, index)
    (corpus / FIRST).unlink()
    report = update(corpus, index, UpdateOptions(rebuild=True, prune=True))
    assert (report.removed, set(articles(index))) == (1, {file_name(place) for place in PLACES[1:4]})


def test_a_rebuilt_index_reads_only_what_changes_after_it(corpus: Path, index: Path, read: list[str]) -> None:
    update(corpus, index)
    update(corpus, index, REBUILD)
    read.clear()
    assert update(corpus, index, encoder=NoNewPassages()).unchanged == 4
    assert read == []
