"""A little of everything that `make faults` does; and what broke before."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import faults
import pytest
from corpora import PLACES, article_text, editions, file_name, write_articles, write_jsonl
from encoders import HashEncoder, NoNewPassages
from faults import PHASES, Lab, Tally

import qa.updating
from qa import Assistant, IndexUnusable, derived, remove_articles, update_index, verify
from qa.articles import CorpusReader
from qa.index import STORE_NAME
from qa.store import Store

# Kills of the others are in test_index.py, by the dozen.
KILLED = ("remove", "watch", "backup", "restore", "calibrate", "import")
# Bytes left on the disk, by phase.
FULL = {
    "growing the log": 0,
    "lexical index": 0,
    "vectors": 16384,
    "seals": -1,
    "rebuild": 0,
    "backup": 0,
    "restore": 0,
    "confidence": 0,
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(qa.updating, "BATCH_SENTENCES", faults.BATCH_SENTENCES)
        lab = Lab(tmp_path_factory.mktemp("lab"), seed=1)
        yield lab
        lab.close()


def nothing_wrong(*tallies: Tally) -> bool:
    assert [what for tally in tallies for what in tally.wrong] == []
    return all(tally.done for tally in tallies)


@pytest.mark.parametrize("name", KILLED)
def test_a_killed_command_loses_nothing_and_the_next_one_completes_it(lab: Lab, name: str) -> None:
    scene = next(scene for scene in lab.scenes if scene.name == name)
    assert nothing_wrong(faults.kill(lab, scene, 3))


def test_a_full_disk_is_one_line_in_every_phase_and_loses_nothing(lab: Lab) -> None:
    first_of = {phase: (phase, *rest) for phase, *rest in reversed(PHASES)}
    assert nothing_wrong(*faults.fill_disks(lab, [(first_of[phase], leave) for phase, leave in FULL.items()]).values())


def test_damage_to_derived_files_changes_no_answer_and_costs_no_encoding(lab: Lab) -> None:
    assert nothing_wrong(faults.damage_derived(lab, 10))


def test_damage_to_the_store_is_told_with_the_way_to_restore_it(lab: Lab) -> None:
    assert nothing_wrong(faults.damage_store(lab, 12))


def test_two_writers_lose_nothing_of_each_other(lab: Lab) -> None:
    assert nothing_wrong(faults.two_writers(lab, 2))


def test_a_reader_sees_whole_revisions_only(lab: Lab) -> None:
    assert nothing_wrong(faults.read_through(lab, 10))


def test_a_clock_that_is_set_back_hides_no_change(lab: Lab) -> None:
    assert nothing_wrong(faults.clock_back(lab, 1))


def test_of_a_file_that_changes_while_it_is_read_one_whole_version_is_kept(lab: Lab) -> None:
    assert nothing_wrong(faults.change_while_read(lab, 3))


# --- found by `make faults` --------------------------------------------------------------------------------


@pytest.fixture
def index(tmp_path: Path) -> Path:
    update_index(write_articles(tmp_path / "bài", PLACES[:3]), tmp_path / "index", encoder=HashEncoder())
    return tmp_path / "index"


def test_what_a_killed_run_left_of_the_lexical_index_is_cleared(index: Path, tmp_path: Path) -> None:
    (index / "lexical").rename(index / "lexical.old-1")
    Assistant.open(index, encoder=NoNewPassages())
    assert not list(index.glob("lexical.old-*"))
    assert verify(index).problems == ()


def test_a_vectors_file_that_is_behind_is_written_anew_by_opening(index: Path, tmp_path: Path) -> None:
    vectors = {name: (index / name).read_bytes() for name in ("vectors.faiss", "vectors.seal.json")}
    update_index(write_articles(tmp_path / "bài", PLACES[3:4]), index, encoder=HashEncoder())
    for name, content in vectors.items():
        (index / name).write_bytes(content)
    Assistant.open(index, encoder=NoNewPassages())
    assert verify(index).problems == ()


def test_a_sealed_file_that_no_library_opens_is_made_again(index: Path) -> None:
    """FAISS once left a file cut short on a full disk without a word, and a seal vouched for it."""
    store = Store.open(index / STORE_NAME)
    (index / "vectors.faiss").write_bytes((index / "vectors.faiss").read_bytes()[:1000])
    derived.write_seal(index / "vectors.seal.json", store.identity, 1, derived._FORMAT, [index / "vectors.faiss"])
    Assistant.open(index, encoder=NoNewPassages())
    assert verify(index).problems == ()


@pytest.mark.parametrize("name", ["lexical.seal.json", "vectors.seal.json"])
def test_a_folder_in_the_place_of_a_seal_is_replaced(index: Path, name: str) -> None:
    (index / name).unlink()
    (index / name).mkdir()
    Assistant.open(index, encoder=NoNewPassages())
    assert verify(index).problems == ()


def test_a_text_that_is_no_longer_utf_8_is_damage_told_in_one_line(index: Path) -> None:
    path, text = index / STORE_NAME, "đại biểu tại".encode()
    path.write_bytes(path.read_bytes().replace(text, text[:-1] + b"\xff"))
    (problem,) = verify(index).problems
    with pytest.raises(IndexUnusable) as caught:
        Assistant.open(index, encoder=NoNewPassages()).retrieve("đại biểu")
    for message in (problem.what, str(caught.value)):
        assert "hoidap restore" in message
        assert "\n" not in message
        assert len(message) < 1000


def test_a_letter_that_changed_in_the_store_is_not_quoted(index: Path) -> None:
    path, text = index / STORE_NAME, "đại biểu tại".encode()
    path.write_bytes(path.read_bytes().replace(text, text[:-1] + b"y"))
    with pytest.raises(IndexUnusable, match="hoidap restore"):
        Assistant.open(index, encoder=NoNewPassages()).retrieve("đại biểu")


def test_an_assistant_that_nobody_asked_for_two_updates_waits_for_the_second(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assistant, reached = Assistant.open(index, encoder=NoNewPassages()), threading.Event()
    corpus = write_articles(tmp_path / "bài", PLACES[:3], edition=2)
    update_index(corpus, index, encoder=HashEncoder())
    refresh_lexical = derived._refresh_lexical

    def slow(folder: Path, *rest: object) -> None:
        (folder / "lexical.seal.json").unlink()
        reached.set()
        time.sleep(0.3)
        refresh_lexical(folder, *rest)

    monkeypatch.setattr(derived, "_refresh_lexical", slow)
    write_articles(corpus, PLACES[:3], edition=3)
    writer = threading.Thread(target=update_index, args=(corpus, index), kwargs={"encoder": HashEncoder()})
    writer.start()
    assert reached.wait(30)
    hits = assistant.retrieve("đảng bộ", k=50)
    writer.join()
    assert len(hits) == 12
    assert editions(hits) == {3}


def test_a_large_file_that_changes_while_it_is_read_is_told_of_once_and_read_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def records(edition: int) -> list[dict[str, object]]:
        return [{"id": file_name(place), "text": article_text(place, edition)} for place in PLACES[:4]]

    corpus, read, changes = write_jsonl(tmp_path / "lớn.jsonl", records(1)), CorpusReader.read, iter([2])

    def changing(reader: CorpusReader, path: Path) -> Iterator[object]:
        yield from read(reader, path)
        for edition in changes:
            write_jsonl(corpus, records(edition))

    monkeypatch.setattr(qa.updating, "_HELD_BYTES_MOST", 0)
    monkeypatch.setattr(CorpusReader, "read", changing)
    report = update_index(corpus, tmp_path / "index", encoder=HashEncoder())
    assert [item.reason for item in report.skipped] == [
        "it changed while it was read; index it again once it is complete"
    ]
    report = update_index(corpus, tmp_path / "index", encoder=HashEncoder())
    assert (report.skipped, report.changed) == ([], 4)
    assert verify(tmp_path / "index").problems == ()


def test_a_removal_that_was_killed_before_it_was_published_is_completed_by_the_next(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(store: Store) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Store, "publish", killed)
        with pytest.raises(KeyboardInterrupt):
            remove_articles([file_name(PLACES[0])], index)
    assert file_name(PLACES[0]) in faults.articles(index / STORE_NAME)
    assert [article.id for article in remove_articles([file_name(PLACES[0])], index)] == [file_name(PLACES[0])]
    assert set(faults.articles(index / STORE_NAME)) == set(map(file_name, PLACES[1:3]))
    assert verify(index).problems == ()
