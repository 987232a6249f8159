"""The store: whole revisions, transactions that happen or do not, and files that are no store told as such."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qa.errors import IndexUnusable
from qa.store import SCHEMA_VERSION, Built, Known, NewArticle, Store
from qa.types import Article, Passage, Sentence

BUILT = Built("băm", "hash:1", {"passage": 600, "version": 1})
DIMENSION = 4


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.create(tmp_path / "hoidap.sqlite", BUILT)
    yield store
    store.close()


def made(name: str, text: str = "Một câu. Hai câu.", path: str | None = None) -> Article:
    return Article(id=name, path=path or f"bài/{name}", title=f"Bài {name}", text=text, sha256=f"{hash(text)}")


def add(store: Store, article: Article) -> None:
    """Add an article as one passage of two sentences."""
    half = article.text.index(" Hai") if " Hai" in article.text else len(article.text) // 2
    sentences = (Sentence(0, half), Sentence(half + 1, len(article.text)))
    vectors = np.linspace(0, 1, 2 * DIMENSION, dtype=np.float32).reshape(2, DIMENSION)
    with store.transaction():
        store.note_encoding(DIMENSION, {"query": "hỏi: "})
        passages = [Passage(article, 0, len(article.text), sentences)]
        store.add(NewArticle(article, article.id, True, passages, vectors))


def known(store: Store, name: str) -> Known:
    return next(article for article in store.known() if article.public_id == name)


def remove(store: Store, name: str) -> None:
    with store.transaction():
        store.remove(known(store, name))


def ids(store: Store, revision: int | None = None) -> set[str]:
    at = store.revision if revision is None else revision
    return {article.id for _, article in store.articles(at)}


# --- revisions -------------------------------------------------------------------------------------------


def test_what_is_committed_is_seen_once_it_is_published(store: Store) -> None:
    add(store, made("a"))
    assert (store.revision, ids(store)) == (0, set())
    assert store.publish() == 1
    assert (store.revision, ids(store)) == (1, {"a"})


def test_publishing_nothing_new_makes_no_revision(store: Store) -> None:
    assert store.publish() == 0
    add(store, made("a"))
    assert store.publish() == store.publish() == store.revision == 1


def test_a_replaced_article_is_the_old_one_in_the_old_revision_and_the_new_one_in_the_new(store: Store) -> None:
    add(store, made("a", "Câu cũ. Hai câu."))
    store.publish()
    remove(store, "a")
    add(store, made("a", "Câu mới. Hai câu."))
    assert [article.text for _, article in store.articles(1)] == ["Câu cũ. Hai câu."]
    store.publish()
    assert [article.text for _, article in store.articles(1)] == ["Câu cũ. Hai câu."]
    assert [article.text for _, article in store.articles(2)] == ["Câu mới. Hai câu."]


def test_each_revision_has_its_own_counts_layout_and_changes(store: Store) -> None:
    for name in "ab":
        add(store, made(name))
    store.publish()
    remove(store, "a")
    add(store, made("c"))
    store.publish()
    rows = {article.id: row for row, article in [*store.articles(1), *store.articles(2)]}
    assert store.counts(1) == store.counts(2) == (2, 2, 4)
    assert set(store.layout(1)[:, 2].tolist()) == {rows["a"], rows["b"]}
    assert set(store.layout(2)[:, 2].tolist()) == {rows["b"], rows["c"]}
    assert store.article_rows(2, after=1) == [rows["c"]]
    assert store.removed_rows(1, 2) == [rows["a"]]
    assert store.article_row("a", 1) == rows["a"]
    assert store.article_row("a", 2) is None


def test_purging_drops_what_no_revision_after_it_shows(store: Store) -> None:
    add(store, made("a"))
    add(store, made("b"))
    store.publish()
    row = store.article_row("a", 1)
    assert row is not None
    remove(store, "a")
    store.publish()
    store.purge(2)
    assert (store.floor, ids(store)) == (2, {"b"})
    assert store.article(row) is None
    assert store.passage_spans(row) == []
    assert len(store.vectors(row)) == 0
    assert store.sentence_ids(row).tolist() == []


def test_purging_leaves_what_the_next_revision_has_removed_but_not_published(store: Store) -> None:
    add(store, made("a"))
    store.publish()
    remove(store, "a")
    store.purge(1)
    assert ids(store) == {"a"}


def test_an_article_added_and_removed_before_it_was_published_leaves_nothing(store: Store) -> None:
    add(store, made("a"))
    remove(store, "a")
    assert store.known() == []
    assert store.publish() == 0


def test_row_ids_are_never_used_again(store: Store) -> None:
    add(store, made("a"))
    before = store.layout(1).tolist()
    assert len(before) == 2
    remove(store, "a")
    add(store, made("b"))
    assert not {row[0] for row in before} & {row[0] for row in store.layout(1).tolist()}
    assert not {row[2] for row in before} & {row[2] for row in store.layout(1).tolist()}


# --- articles as they were -------------------------------------------------------------------------------


def test_an_article_comes_back_as_it_was(store: Store) -> None:
    whole = replace(
        made("a", "Đảng\r\nbộ \u200b🙂 e\u0302. Hai câu."), source="QTO", published="2021-04-13", url="https://a.vn",
        author="Hồng Vân", pages=(0, 7), encoding="TCVN3 (ABC)",
    )  # fmt: skip
    add(store, whole)
    store.publish()
    ((row, article),) = store.articles(1)
    assert article == whole
    ((passage_id, start, end),) = store.passage_spans(row)
    passage = store.passage(passage_id, article)
    assert passage is not None
    assert (passage.start, passage.end, passage.quote) == (start, end, whole.text)
    assert [whole.text[s.start : s.end] for s in passage.sentences] == ["Đảng\r\nbộ \u200b🙂 e\u0302.", "Hai câu."]
    assert store.passage(passage_id + 1, article) is None


def test_vectors_come_back_to_float16(store: Store) -> None:
    add(store, made("a"))
    store.publish()
    row = store.article_rows(1)[0]
    expected = np.linspace(0, 1, 2 * DIMENSION, dtype=np.float32).reshape(2, DIMENSION)
    assert store.dimension == DIMENSION
    assert store.vectors(row).dtype == np.float32
    assert np.array_equal(store.vectors(row), expected.astype(np.float16).astype(np.float32))


def test_a_moved_article_keeps_everything_but_its_path(store: Store) -> None:
    add(store, made("a"))
    store.publish()
    with store.transaction():
        store.move(known(store, "a"), "nơi/khác", "tên khác")
    ((_, article),) = store.articles(1)
    assert article == replace(made("a"), path="nơi/khác")


def test_two_articles_cannot_have_one_id_or_one_place(store: Store) -> None:
    add(store, made("a"))
    with pytest.raises(sqlite3.IntegrityError):
        add(store, made("a", path="nơi/khác"))
    assert len(store.known()) == 1


def test_facts_are_articles_without_their_texts(store: Store) -> None:
    whole = replace(made("a"), source="QTO", author="Hồng Vân", pages=(0, 7), encoding="VNI")
    add(store, whole)
    add(store, made("b"))
    store.publish()
    rows = dict(store.articles(1))
    assert dict(store.facts(1)) == {row: replace(article, text="") for row, article in rows.items()}


def test_whether_a_title_was_given_is_kept(store: Store) -> None:
    add(store, made("a"))
    store.publish()
    (row,) = store.article_rows(1)
    assert store.was_titled(row)
    assert not store.was_titled(row + 1)


@pytest.mark.parametrize("text", ["a\0b. Hai câu.", "x" * 3_000_000 + " Hai câu.", "\ufeff. Hai câu."])
def test_odd_texts_come_back_to_the_character(store: Store, text: str) -> None:
    add(store, made("a", text))
    store.publish()
    assert [article.text for _, article in store.articles(1)] == [text]


# --- files and removed articles ---------------------------------------------------------------------------


def note(store: Store, path: str) -> None:
    with store.transaction():
        store.note_file(path, "băm", 1)


def test_a_file_is_known_by_its_bytes_until_something_of_it_changes(store: Store) -> None:
    add(store, made("a", path="bài/1"))
    note(store, "bài/1")
    note(store, "bài/2")
    assert store.read_files() == {"bài/1": ("băm", 1), "bài/2": ("băm", 1)}
    add(store, made("b", path="bài/2"))
    assert set(store.read_files()) == {"bài/1"}
    remove(store, "a")
    assert store.read_files() == {}
    note(store, "bài/2")
    with store.transaction():
        store.move(known(store, "b"), "bài/3", "b")
    assert store.read_files() == {}


def test_a_removed_article_is_known_by_what_it_said_until_that_is_forgotten(store: Store) -> None:
    add(store, made("a"))
    with store.transaction():
        store.note_dropped(known(store, "a"))
    assert store.dropped() == {("bài/a", "a"): made("a").sha256}
    with store.transaction():
        store.forget_dropped("bài/a", "khác")
    assert len(store.dropped()) == 1
    with store.transaction():
        store.forget_dropped("bài/a", "a")
    assert store.dropped() == {}


def test_what_another_store_keeps_away_can_be_taken_over(store: Store) -> None:
    dropped = {("bài/a", "a"): "1", ("bài/b", "b"): "2"}
    store.take_dropped(dropped)
    store.take_dropped({("bài/b", "b"): "3"})
    assert store.dropped() == {**dropped, ("bài/b", "b"): "3"}


# --- stories ---------------------------------------------------------------------------------------------


def tell(store: Store, name: str, keys: tuple[int, ...], story: int | None = None) -> int:
    """Add an article of a story; give its row."""
    article = made(name)
    vectors = np.zeros((1, DIMENSION), np.float32)
    passages = [Passage(article, 0, len(article.text), (Sentence(0, len(article.text)),))]
    with store.transaction():
        store.note_encoding(DIMENSION, {})
        store.add(NewArticle(article, name, True, passages, vectors, name.encode(), keys, story))
    return known(store, name).row


def test_articles_of_a_story_name_each_other(store: Store) -> None:
    a = tell(store, "a", (1, 2))
    b = tell(store, "b", (1, 2), a)
    tell(store, "c", (3,))
    d = tell(store, "d", (2,), a)
    store.publish()
    assert store.stories(1) == {a: (b, d), b: (a, d), d: (a, b)}


def test_a_story_goes_on_without_its_first_article(store: Store) -> None:
    a = tell(store, "a", (1,))
    b = tell(store, "b", (1,), a)
    store.publish()
    remove(store, "a")
    c = tell(store, "c", (1,), a)
    store.publish()
    assert store.stories(1) == {a: (b,), b: (a,)}
    assert store.stories(2) == {b: (c,), c: (b,)}
    store.purge(2)
    assert store.stories(2) == {b: (c,), c: (b,)}


def test_a_story_that_one_article_is_left_of_is_none(store: Store) -> None:
    a = tell(store, "a", (1,))
    tell(store, "b", (1,), a)
    store.publish()
    remove(store, "a")
    store.publish()
    assert store.stories(2) == {}


def test_stories_that_share_a_key_are_found_by_the_signature_of_their_first(store: Store) -> None:
    a = tell(store, "a", (1, 2))
    tell(store, "b", (2, 9), a)
    c = tell(store, "c", (3, -(2**63), 2**63 - 1))
    assert store.alike([9]) == [(a, b"a")]
    assert store.alike([-(2**63), 2]) == [(a, b"a"), (c, b"c")]
    assert store.alike([5]) == store.alike([]) == []
    remove(store, "a")
    assert store.alike([1]) == [], "its other copy has not that key"
    assert store.alike([2]) == [(a, b"b")], "the first that is left stands for the story"


def test_sentences_that_came_and_went_are_counted(store: Store) -> None:
    for name in "abc":
        add(store, made(name))
    store.publish()
    remove(store, "a")
    add(store, made("d"))
    store.publish()
    remove(store, "d")
    store.publish()
    counts = {(after, at): store.sentences_between(after, at) for after in range(4) for at in range(after, 4)}
    assert counts == {
        (0, 0): 0, (1, 1): 0, (2, 2): 0, (3, 3): 0, (0, 1): 6, (1, 2): 4, (2, 3): 2,
        (0, 2): 8, (1, 3): 4, (0, 3): 8,
    }  # fmt: skip


# --- transactions ----------------------------------------------------------------------------------------


def test_a_transaction_that_fails_did_nothing(store: Store) -> None:
    add(store, made("a"))

    def interrupted() -> None:
        with store.transaction():
            store.remove(known(store, "a"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert {article.public_id for article in store.known()} == {"a"}
    remove(store, "a")
    assert store.known() == []


def test_a_reader_sees_one_state_while_another_connection_writes(store: Store) -> None:
    add(store, made("a"))
    store.publish()
    reader = Store.open(store.path)
    with reader.reading():
        assert ids(reader) == {"a"}
        add(store, made("b"))
        store.publish()
        assert (reader.revision, ids(reader)) == (1, {"a"})
    assert (reader.revision, ids(reader)) == (2, {"a", "b"})
    reader.close()


def test_a_full_disk_is_told_and_what_was_committed_stays(store: Store) -> None:
    """SQLite's own limit on pages makes its own error, and its own rollback."""
    add(store, made("a"))
    store.publish()
    pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        add(store, made("b", "Dài. Hai câu." * 100_000))
    store._connection.execute(f"PRAGMA max_page_count = {100_000 + pages}")
    assert {article.public_id for article in store.known()} == {"a"}
    add(store, made("c"))
    assert store.publish() == 2
    assert ids(store) == {"a", "c"}
    assert store.problems() == []


# --- opening ---------------------------------------------------------------------------------------------


def test_a_store_says_what_built_it(store: Store) -> None:
    again = Store.open(store.path)
    assert again.built == BUILT
    assert again.identity == store.identity
    assert again.dimension is None
    again.close()
    again.close()


def test_no_two_stores_are_the_same(store: Store, tmp_path: Path) -> None:
    other = Store.create(tmp_path / "other.sqlite", BUILT)
    assert other.identity != store.identity
    other.close()


def test_creating_leaves_one_file_even_after_an_unfinished_attempt(tmp_path: Path) -> None:
    (tmp_path / "hoidap.sqlite.part").write_bytes(b"half a store")
    Store.create(tmp_path / "hoidap.sqlite", BUILT).close()
    assert [path.name for path in tmp_path.iterdir()] == ["hoidap.sqlite"]


def test_a_store_that_another_replaced_is_told(store: Store, tmp_path: Path) -> None:
    assert not store.was_replaced()
    Store.create(tmp_path / "other.sqlite", BUILT).close()
    (tmp_path / "other.sqlite").replace(store.path)
    assert store.was_replaced()
    store.path.unlink()
    assert not store.was_replaced(), "gone is not replaced"


def test_a_missing_store_names_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(IndexUnusable, match="hoidap index PATH --index") as caught:
        Store.open(tmp_path / "hoidap.sqlite")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == [], "looking made nothing"


@pytest.mark.parametrize(
    "content",
    [b"", b"garbage", b"SQLite format 3\0" + b"\xff" * 84, b"SQLite format 3\0" + bytes(4096), b"\0" * 8192],
    ids=["empty", "text", "header and noise", "header and zeros", "zeros"],
)
@pytest.mark.parametrize("write", [False, True], ids=["to read", "to write"])
def test_a_file_that_is_no_store_is_told_and_left_alone(tmp_path: Path, content: bytes, write: bool) -> None:
    path = tmp_path / "hoidap.sqlite"
    path.write_bytes(content)
    with pytest.raises(
        IndexUnusable, match=r"cannot be read as an index .*hoidap restore .*hoidap index PATH --index"
    ) as caught:
        Store.open(path, write=write)
    assert "\n" not in str(caught.value)
    assert path.read_bytes()[: len(content)] == content


def test_another_program_s_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "hoidap.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE notes(text)")
    connection.close()
    with pytest.raises(IndexUnusable, match="cannot be read as an index"):
        Store.open(path)


@pytest.mark.parametrize(
    ("found", "expected"),
    [(SCHEMA_VERSION + 1, "made by a newer Hoidap"), (0, "move it away and index again"), ("x", "is of schema x")],
)
def test_a_store_of_another_schema_is_refused(store: Store, found: object, expected: str) -> None:
    with store.transaction():
        store.set_meta("schema", found)
    with pytest.raises(IndexUnusable, match=expected) as caught:
        Store.open(store.path)
    assert "hoidap index PATH" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_store_whose_pages_are_damaged_is_told_as_a_problem(store: Store) -> None:
    for i in range(40):
        add(store, made(f"{i}", f"Câu số {i}. Hai câu." * 40))
    store.publish()
    assert store.problems() == []
    store.close()
    content = bytearray(store.path.read_bytes())
    content[8192:-4096] = bytes(len(content) - 8192 - 4096)
    store.path.write_bytes(content)
    damaged = Store.open(store.path)
    assert damaged.problems() != []
    damaged.close()


def test_a_folder_that_cannot_be_written_to_can_be_read(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite makes files beside a store that it reads; where it may not, the store alone is enough."""
    add(store, made("a"))
    store.publish()
    store.close()
    connect = sqlite3.connect

    def refused(address: str, **options: object) -> sqlite3.Connection:
        if "immutable" not in address:
            raise sqlite3.OperationalError("unable to open database file")
        return connect(address, **options)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(sqlite3, "connect", refused)
    reader = Store.open(store.path)
    assert ids(reader) == {"a"}
    reader.close()
