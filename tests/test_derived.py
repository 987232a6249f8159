"""The derived indexes: whatever happens to their files, the next opening answers as before and encodes nothing."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import filelock
import pytest
from corpora import PLACES, copied, editions, file_name, found, questions, write_articles
from encoders import HashEncoder, NoNewPassages

from embeddings.vectors import VectorIndex
from qa import Assistant, UpdateOptions, derived, remove_articles, update_index, verify
from qa.errors import IndexUnusable
from qa.index import STORE_NAME
from qa.store import Store

ReadOnly = Callable[[Path], Path]
ASKED = questions(PLACES[:6])
SEALS = ("lexical.seal.json", "vectors.seal.json")


@dataclass(frozen=True)
class Whole:
    """An index, and what it answers."""

    folder: Path
    hits: list[list[tuple[object, ...]]]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    folder = tmp_path_factory.mktemp("whole")
    update_index(write_articles(folder / "bài", PLACES[:6]), folder / "index", encoder=HashEncoder())
    return Whole(folder / "index", answers(folder / "index"))


@pytest.fixture
def index(whole: Whole, tmp_path: Path) -> Path:
    """Give a copy to damage."""
    return copied(whole.folder, tmp_path / "index")


def answers(index: Path) -> list[list[tuple[object, ...]]]:
    return found(Assistant.open(index, encoder=NoNewPassages()), ASKED)


def derived_files(folder: Path) -> list[str]:
    """List the files of both derived indexes and their seals."""
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    return sorted(name for name in names if name.startswith(("lexical", "vectors")) and not name.endswith(".lock"))


def _missing(path: Path) -> None:
    path.unlink()


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _garbage(path: Path) -> None:
    path.write_bytes(b'{"garbage": [' * 50)


def _other_json(path: Path) -> None:
    path.write_text("[1, null]", encoding="utf-8")


DAMAGES: tuple[Callable[[Path], None], ...] = (_missing, _empty, _truncated, _garbage, _other_json)


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_to_any_file_changes_no_answer_and_costs_no_encoding(
    whole: Whole, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    names = derived_files(whole.folder)
    assert {"lexical/meta.json", "vectors.faiss", *SEALS} < set(names)
    for i, name in enumerate(names):
        index = copied(whole.folder, tmp_path / f"{i}")
        damage(index / name)
        assert answers(index) == whole.hits, name
        assert verify(index).problems == (), name


def test_a_flipped_bit_anywhere_changes_no_answer(whole: Whole, tmp_path: Path) -> None:
    chance = random.Random(7)
    for i, name in enumerate(derived_files(whole.folder)):
        index = copied(whole.folder, tmp_path / f"{i}")
        content = bytearray((index / name).read_bytes())
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        (index / name).write_bytes(content)
        assert answers(index) == whole.hits, name
        assert verify(index).problems == (), name


@pytest.mark.parametrize("name", SEALS)
@pytest.mark.parametrize("revision", [0, 2, 7, -1, "1", None])
def test_a_seal_that_names_another_revision_changes_no_answer(
    whole: Whole, index: Path, name: str, revision: object
) -> None:
    record = json.loads((index / name).read_text(encoding="utf-8"))
    (index / name).write_text(json.dumps({**record, "revision": revision}, indent=1), encoding="utf-8")
    assert answers(index) == whole.hits
    assert verify(index).problems == ()


@pytest.mark.parametrize("name", ["lexical", "vectors.faiss", *SEALS])
def test_a_file_where_a_folder_was_and_the_reverse_changes_no_answer(whole: Whole, index: Path, name: str) -> None:
    if (index / name).is_dir():
        shutil.rmtree(index / name)
        (index / name).write_text("", encoding="utf-8")
    else:
        (index / name).unlink()
        (index / name).mkdir()
    assert answers(index) == whole.hits


def test_all_of_it_deleted_is_made_again(whole: Whole, index: Path) -> None:
    for name in derived_files(index):
        (index / name).unlink()
    assert answers(index) == whole.hits
    assert set(SEALS) < set(derived_files(index)), "for the next time"
    assert verify(index).problems == ()


@pytest.mark.parametrize("names", [("lexical", SEALS[0]), ("vectors.faiss", SEALS[1])], ids=["lexical", "vectors"])
def test_files_of_another_index_are_not_believed(
    whole: Whole, index: Path, tmp_path: Path, names: tuple[str, str]
) -> None:
    update_index(write_articles(tmp_path / "khác", PLACES[10:16]), tmp_path / "other", encoder=HashEncoder())
    for name in names:
        old, new = index / name, tmp_path / "other" / name
        shutil.rmtree(old) if old.is_dir() else old.unlink()
        shutil.copytree(new, old) if new.is_dir() else shutil.copy(new, old)
    assert answers(index) == whole.hits
    assert verify(index).problems == ()


# --- catching up -----------------------------------------------------------------------------------------


def stale(index: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Update, but be killed between publishing and catching up."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(derived, "refresh", killed)
        with pytest.raises(KeyboardInterrupt):
            update_index(corpus, index, encoder=HashEncoder(), options=UpdateOptions(prune=True))


def test_a_published_revision_is_answered_from_though_its_writer_was_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, index = write_articles(tmp_path / "bài", PLACES[:6]), tmp_path / "index"
    update_index(corpus, index, encoder=HashEncoder())
    write_articles(corpus, PLACES[:6], edition=2)
    stale(index, corpus, monkeypatch)
    assistant = Assistant.open(index, encoder=NoNewPassages())
    assert {edition for asked in ASKED for edition in editions(assistant.retrieve(asked, k=10))} == {2}
    assert assistant.summary().revision == 2
    assert verify(index).problems == ()


@pytest.mark.parametrize("interrupted", [False, True], ids=["caught up", "made again"])
def test_answers_do_not_depend_on_what_the_index_went_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interrupted: bool
) -> None:
    """An index that was updated twice, and one made at once of the same articles, rank and score alike."""
    corpus = write_articles(tmp_path / "bài", PLACES[:12])
    update_index(corpus, tmp_path / "index", encoder=HashEncoder())
    for place in PLACES[6:12]:
        (corpus / file_name(place)).unlink()
    write_articles(corpus, PLACES[:3], edition=2)
    if interrupted:
        stale(tmp_path / "index", corpus, monkeypatch)
    update_index(corpus, tmp_path / "index", encoder=HashEncoder(), options=UpdateOptions(prune=True))
    update_index(corpus, tmp_path / "anew", encoder=HashEncoder())
    assert _without_order_of_equals(answers(tmp_path / "index")) == _without_order_of_equals(answers(tmp_path / "anew"))


def _without_order_of_equals(hits: list[list[tuple[object, ...]]]) -> list[list[tuple[object, ...]]]:
    """Sort what has the same score: the index breaks ties by age, which differs."""
    return [sorted(of_question, key=lambda hit: (-float(str(hit[-1])), *map(str, hit))) for of_question in hits]


def test_many_small_updates_leave_it_whole(tmp_path: Path) -> None:
    """The lexical index merges its segments now and then, and may not go on with that once it is sealed."""
    for place in PLACES[:12]:
        update_index(write_articles(tmp_path / "bài", [place]), tmp_path / "index", encoder=HashEncoder())
        assert verify(tmp_path / "index").problems == ()
    assert len(Assistant.open(tmp_path / "index", encoder=NoNewPassages()).retrieve("đảng bộ", k=100)) == 48


def test_deleting_the_lexical_index_after_an_update_changes_no_answer(tmp_path: Path) -> None:
    corpus, index = write_articles(tmp_path / "bài", PLACES[:6]), tmp_path / "index"
    update_index(corpus, index, encoder=HashEncoder())
    for edition in (2, 3):
        write_articles(corpus, PLACES[:4], edition)
        update_index(corpus, index, encoder=HashEncoder())
    before = answers(index)
    shutil.rmtree(index / "lexical")
    assert answers(index) == before


def test_a_reader_of_the_old_files_does_not_keep_them_from_being_made_again(whole: Whole, index: Path) -> None:
    """Readers watch their folder, and may put a lock file there while it is being deleted."""
    readers = [Assistant.open(index, encoder=NoNewPassages()) for _ in range(3)]
    for _ in range(5):
        (index / SEALS[0]).unlink()
        assert answers(index) == whole.hits
        assert verify(index).problems == ()
    assert found(readers[0], ASKED) == whole.hits


# --- the file of a large vector index -----------------------------------------------------------------------


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have thirty sentences be many, of which two thirds may come and go before their file is written again."""
    monkeypatch.setattr(derived, "_REWRITE_BELOW", 30)
    monkeypatch.setattr(derived, "_REWRITE_SHARE", 1.5)


def vectors_file(index: Path) -> tuple[int, bytes]:
    """Give what tells whether the file was written again."""
    path = index / "vectors.faiss"
    return path.stat().st_ino, path.read_bytes()


def sealed(index: Path) -> tuple[int | None, int | None, int]:
    """Give the revisions of the lexical index, of the vectors' file, and of the store."""
    store = Store.open(index / STORE_NAME)
    lexical, vectors = derived.sealed_revisions(index, store)
    revision = store.revision
    store.close()
    return lexical, vectors, revision


def of_articles(index: Path, *names: str) -> set[tuple[str, int]]:
    """Ask for each article by its place, and give which is found first and of which edition."""
    assistant = Assistant.open(index, encoder=NoNewPassages())
    hits = [assistant.retrieve(f"Đảng bộ {place} đặt mục tiêu gì?")[0] for place in names]
    return {(hit.article.id, editions([hit]).pop()) for hit in hits}


@pytest.mark.usefixtures("large")
def test_while_little_changes_a_large_file_stays_and_what_changed_is_found(tmp_path: Path) -> None:
    corpus, index = write_articles(tmp_path / "bài", PLACES[:8]), tmp_path / "index"
    update_index(corpus, index, encoder=HashEncoder())
    before = vectors_file(index)
    write_articles(corpus, PLACES[8:9])
    write_articles(corpus, PLACES[:1], edition=2)
    update_index(corpus, index, encoder=HashEncoder())
    assert vectors_file(index) == before
    assert sealed(index) == (2, 1, 2)
    assert of_articles(index, *PLACES[:9:4]) == {
        (file_name(PLACES[0]), 2), (file_name(PLACES[4]), 1), (file_name(PLACES[8]), 1),
    }  # fmt: skip
    assert verify(index).problems == ()
    update_index(corpus, tmp_path / "anew", encoder=HashEncoder())
    assert _without_order_of_equals(answers(index)) == _without_order_of_equals(answers(tmp_path / "anew"))


@pytest.mark.usefixtures("large")
def test_what_was_removed_from_a_large_index_is_found_no_more(tmp_path: Path) -> None:
    corpus, index = write_articles(tmp_path / "bài", PLACES[:8]), tmp_path / "index"
    update_index(corpus, index, encoder=HashEncoder())
    before = vectors_file(index)
    remove_articles([file_name(PLACES[0])], index)
    remove_articles([file_name(PLACES[1])], index)
    assert vectors_file(index) == before
    assert sealed(index) == (3, 1, 3)
    hits = Assistant.open(index, encoder=NoNewPassages()).retrieve(f"Đảng bộ {PLACES[0]}", k=100)
    assert len({hit.article.id for hit in hits}) == 6
    assert verify(index).problems == ()


@pytest.mark.usefixtures("large")
def test_what_came_and_went_before_the_file_was_written_leaves_nothing(tmp_path: Path) -> None:
    corpus, index = write_articles(tmp_path / "bài", PLACES[:8]), tmp_path / "index"
    update_index(corpus, index, encoder=HashEncoder())
    expected = answers(index)
    for place in PLACES[8:10]:
        write_articles(corpus, [place])
        update_index(corpus, index, encoder=HashEncoder())
        (corpus / file_name(place)).unlink()
        update_index(corpus, index, encoder=HashEncoder(), options=UpdateOptions(prune=True))
        assert verify(index).problems == ()
    assert sealed(index) == (5, 1, 5)
    assert answers(index) == expected


@pytest.mark.usefixtures("large")
def test_beyond_its_share_of_changes_a_large_file_is_written_again(tmp_path: Path) -> None:
    corpus, index = write_articles(tmp_path / "bài", PLACES[:8]), tmp_path / "index"
    update_index(corpus, index, encoder=HashEncoder())
    written = []
    for edition in range(2, 8):
        write_articles(corpus, PLACES[:1], edition)
        update_index(corpus, index, encoder=HashEncoder())
        lexical, vectors, revision = sealed(index)
        assert lexical == revision == edition
        written.append(vectors)
        assert of_articles(index, PLACES[0]) == {(file_name(PLACES[0]), edition)}
        assert verify(index).problems == ()
    # The first edition went and others came: six articles' sentences are more than two thirds of eight's.
    assert written == [1, 1, 1, 1, 6, 6]


@pytest.mark.usefixtures("large")
def test_rows_that_an_old_file_needs_stay_until_it_is_written_again(tmp_path: Path) -> None:
    corpus, index = write_articles(tmp_path / "bài", PLACES[:8]), tmp_path / "index"
    update_index(corpus, index, encoder=HashEncoder())
    floors = []
    for edition in range(2, 9):
        write_articles(corpus, PLACES[:1], edition)
        update_index(corpus, index, encoder=HashEncoder())
        store = Store.open(index / STORE_NAME)
        floors.append(store.floor)
        store.close()
        assert store_rows(index) >= 8
    assert floors[0] == floors[1] < floors[-1], "and are dropped then"
    assert store_rows(index) < 8 + 8


def store_rows(index: Path) -> int:
    store = Store.open(index / STORE_NAME)
    count = store._rows("SELECT count(*) FROM articles")[0][0]
    store.close()
    return int(count)


@pytest.mark.usefixtures("large")
def test_a_large_file_that_is_damaged_is_made_again_at_the_newest_revision(tmp_path: Path) -> None:
    corpus, index = write_articles(tmp_path / "bài", PLACES[:8]), tmp_path / "index"
    update_index(corpus, index, encoder=HashEncoder())
    write_articles(corpus, PLACES[8:9])
    update_index(corpus, index, encoder=HashEncoder())
    expected = answers(index)
    (index / "vectors.faiss").write_bytes(bytes(100))
    assert answers(index) == expected
    assert sealed(index) == (2, 2, 2)
    assert verify(index).problems == ()


@pytest.mark.usefixtures("large")
def test_an_open_reader_follows_a_large_index(tmp_path: Path) -> None:
    corpus, index = write_articles(tmp_path / "bài", PLACES[:8]), tmp_path / "index"
    update_index(corpus, index, encoder=HashEncoder())
    reader = Assistant.open(index, encoder=NoNewPassages())
    for edition in range(2, 6):
        write_articles(corpus, PLACES[:1], edition)
        update_index(corpus, index, encoder=HashEncoder())
        assert editions(reader.retrieve(f"Đảng bộ {PLACES[0]} đặt mục tiêu gì?")[:1]) == {edition}


@pytest.mark.usefixtures("large")
def test_a_large_index_in_a_read_only_folder_is_caught_up_in_memory(tmp_path: Path, read_only: ReadOnly) -> None:
    corpus, index = write_articles(tmp_path / "bài", PLACES[:8]), tmp_path / "index"
    update_index(corpus, index, encoder=HashEncoder())
    write_articles(corpus, PLACES[8:9])
    update_index(corpus, index, encoder=HashEncoder())
    expected = answers(index)
    assert answers(read_only(index)) == expected


def test_the_file_of_a_small_index_is_written_with_every_change(tmp_path: Path) -> None:
    corpus, index = write_articles(tmp_path / "bài", PLACES[:8]), tmp_path / "index"
    update_index(corpus, index, encoder=HashEncoder())
    write_articles(corpus, PLACES[8:9])
    update_index(corpus, index, encoder=HashEncoder())
    assert sealed(index) == (2, 2, 2)


def test_an_index_that_grows_large_gets_clusters_and_answers_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, index = write_articles(tmp_path / "bài", PLACES[:8]), tmp_path / "index"
    update_index(corpus, index, encoder=HashEncoder())
    for name, value in (("FLAT_MOST", 150), ("_CLUSTERS", 8), ("_PROBES", 8), ("_TRAINING_MOST", 100)):
        monkeypatch.setattr(f"embeddings.vectors.{name}", value)
    expected = answers(index)
    assert not VectorIndex.read(index / "vectors.faiss").is_clustered
    write_articles(corpus, PLACES[8:16])
    update_index(corpus, index, encoder=HashEncoder())
    assert VectorIndex.read(index / "vectors.faiss").is_clustered
    assert verify(index).problems == ()
    assert of_articles(index, PLACES[0], PLACES[12]) == {(file_name(PLACES[0]), 1), (file_name(PLACES[12]), 1)}
    remove_articles([file_name(place) for place in PLACES[8:16]], index)
    assert not VectorIndex.read(index / "vectors.faiss").is_clustered, "and loses them"
    assert answers(index) == expected
    assert verify(index).problems == ()


# --- a folder that may not be written, or has no room ----------------------------------------------------


def _no_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(filelock.FileLock, "acquire", refused)


def _no_writing_store(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Store.open

    def refused(path: Path, *, write: bool = False) -> Store:
        if write:
            raise IndexUnusable("attempt to write a readonly database")
        return opened(path)

    monkeypatch.setattr(Store, "open", refused)


def _no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(derived, "refresh", refused)


@pytest.mark.parametrize("refusal", [_no_lock, _no_writing_store, _no_room])
def test_a_folder_that_may_not_be_written_is_answered_from_memory(
    whole: Whole, index: Path, monkeypatch: pytest.MonkeyPatch, refusal: Callable[[pytest.MonkeyPatch], None]
) -> None:
    (index / "vectors.faiss").unlink()
    (index / "lexical" / "meta.json").write_text("garbage", encoding="utf-8")
    before = {name: (index / name).read_bytes() for name in derived_files(index)}
    refusal(monkeypatch)
    assert answers(index) == whole.hits
    assert {name: (index / name).read_bytes() for name in derived_files(index)} == before


def test_a_read_only_folder_is_answered_from_as_any_other(whole: Whole, index: Path, read_only: ReadOnly) -> None:
    (index / "vectors.faiss").unlink()
    folders = [read_only(whole.folder), read_only(index)]
    for folder in folders:
        assert answers(folder) == whole.hits
        with pytest.raises(IndexUnusable, match=r"cannot write to the index .*Permission denied"):
            update_index([], folder, encoder=HashEncoder())


def test_a_whole_index_in_a_read_only_folder_has_no_problems(whole: Whole, read_only: ReadOnly) -> None:
    """Its sources may stand where whoever verifies may not look: missing, and no problem either."""
    assert verify(read_only(whole.folder)).problems == ()


# --- comparing -------------------------------------------------------------------------------------------


@pytest.fixture
def loaded(index: Path) -> Iterator[tuple[derived.Derived, Store]]:
    store = Store.open(index / STORE_NAME)
    both = derived.load(index, store)
    assert both is not None
    yield both, store
    store.close()


def test_a_whole_index_does_not_differ_from_its_store(loaded: tuple[derived.Derived, Store]) -> None:
    both, store = loaded
    assert derived.differences(both, store, store.layout(1)) == []
    memory = derived.build_in_memory(store)
    assert derived.differences(memory, store, store.layout(1)) == []


def test_differences_tell_a_missing_passage_a_missing_vector_and_another_vector(
    loaded: tuple[derived.Derived, Store],
) -> None:
    both, store = loaded
    row = store.article_rows(1)[0]
    ids, vectors = store.sentence_ids(row), store.vectors(row)
    both.vectors.remove(ids[:1])
    assert "vectors" in derived.differences(both, store, store.layout(1))[0]
    both.vectors.add(ids[:1], vectors[1:2])
    assert derived.differences(both, store, store.layout(1)) == [
        f"the vector index differs from the store's vectors of article {row}"
    ]
    both.vectors.remove(ids[:1])
    both.vectors.add(ids[:1], vectors[:1])
    assert derived.differences(both, store, store.layout(1)) == []
    both.lexical.update([row], [])
    assert derived.differences(both, store, store.layout(1)) == [
        "the lexical index does not hold exactly the store's passages"
    ]
