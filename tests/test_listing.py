"""Listing articles: whatever somebody remembers of one finds it, however that is spelt."""

from __future__ import annotations

import contextlib
import unicodedata
from datetime import date
from pathlib import Path

import pytest
from corpora import PLACES, article_text, write_articles, write_jsonl
from encoders import HashEncoder
from hypothesis import given
from hypothesis import strategies as st

from qa import IndexUnusable, UpdateOptions, remove_articles, update_index
from qa.index import STORE_NAME
from qa.listing import Sought, count_articles, list_articles, near_ids
from qa.text import fold

RECORDS: list[dict[str, object]] = [
    {"id": "a", "title": "Sân bay Quảng Trị", "text": article_text("Đông Hà"), "source": "Báo Quảng Trị"},
    {
        "id": "b",
        "title": "Vụ lúa ở xã Hoà Bình",
        "text": "Nước về đồng rất sớm.\n\nThủy lợi xong việc.",
        "published": "2021-04-13",
    },
    {"id": "c", "title": "Thị trường", "text": "Giá lúa tăng.", "published": "2021-05-01", "source": "VnExpress"},
]


@pytest.fixture
def index(tmp_path: Path) -> Path:
    corpus = write_jsonl(tmp_path / "bài" / "nhiều.jsonl", RECORDS)
    update_index(corpus, tmp_path / "index", encoder=HashEncoder())
    return tmp_path / "index"


def ids(index: Path, **wanted: object) -> list[str]:
    return [article.id for article in list_articles(index, **wanted)]  # type: ignore[arg-type]


def test_every_article_is_listed_with_what_is_known_of_it(index: Path, tmp_path: Path) -> None:
    first, second, third = list_articles(index)
    assert (first.id, first.title, first.source, first.published) == ("a", "Sân bay Quảng Trị", "Báo Quảng Trị", None)
    assert (second.published, third.source) == ("2021-04-13", "VnExpress")
    assert {article.path for article in (first, second, third)} == {str(tmp_path / "bài" / "nhiều.jsonl")}
    assert first.sentences > first.passages >= 1
    assert (third.passages, third.sentences) == (1, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sân bay", "a"),
        ("SAN BAY", "a"),
        ("Hòa Bình", "b"),
        ("hoà bình", "b"),
        ("hoa binh", "b"),
        (unicodedata.normalize("NFD", "Hòa Bình"), "b"),
        ("thuỷ lợi", "b"),
        ("lua", "bc"),
        ("lúa", "bc"),
        ("lùa", ""),
        ("lúa tă", ""),
        ("(lúa", ""),
        ("lúa tăng.", "c"),
        ("đồng  rất", "b"),
        ("nhieu.jsonl", "abc"),
        ("nhiều.js", "abc"),
        ("", "abc"),
        ("không có ở đâu", ""),
        ("\ud800", ""),
    ],
)
def test_text_is_found_however_it_is_typed(index: Path, text: str, expected: str) -> None:
    assert ids(index, text=text) == list(expected)


def test_source_and_dates_narrow_the_list(index: Path) -> None:
    assert ids(index, source="bao quang tri") == ["a"]
    assert ids(index, source="vnexpress", text="lúa") == ["c"]
    assert ids(index, since=date(2021, 4, 13)) == ["b", "c"]
    assert ids(index, until=date(2021, 4, 13)) == ["b"]
    assert ids(index, since=date(2021, 4, 14), until=date(2021, 4, 30)) == []


def test_what_was_removed_or_replaced_is_listed_no_more(index: Path, tmp_path: Path) -> None:
    remove_articles(["b"], index)
    write_jsonl(tmp_path / "bài" / "nhiều.jsonl", [*RECORDS[1:], {**RECORDS[0], "title": "Cảng biển"}])
    update_index(tmp_path / "bài", index, encoder=HashEncoder())
    assert sorted((article.id, article.title) for article in list_articles(index)) == [
        ("a", "Cảng biển"),
        ("c", "Thị trường"),
    ]


def test_articles_that_tell_the_same_story_name_each_other(tmp_path: Path) -> None:
    corpus = write_articles(tmp_path / "bài", PLACES[:2])
    (corpus / "chép.txt").write_text(article_text(PLACES[0]), encoding="utf-8")
    update_index(corpus, tmp_path / "index", encoder=HashEncoder())
    assert {article.id: article.also_in for article in list_articles(tmp_path / "index")} == {
        "00.txt": ("chép.txt",),
        "01.txt": (),
        "chép.txt": ("00.txt",),
    }


def test_a_list_that_was_begun_goes_on_while_the_index_is_written(index: Path, tmp_path: Path) -> None:
    listed = list_articles(index)
    seen = [next(listed).id]
    write_jsonl(tmp_path / "bài" / "nhiều.jsonl", [{"id": "d", "text": article_text("Cam Lộ")}])
    update_index(tmp_path / "bài", index, encoder=HashEncoder(), options=UpdateOptions(prune=True))
    seen += [article.id for article in listed]
    assert seen == ["a", "b", "c"]
    assert (ids(index), count_articles(index)) == (["d"], 1)


def test_neither_the_vectors_nor_the_words_are_needed(index: Path) -> None:
    for name in ("vectors.faiss", "vectors.seal.json", "lexical.seal.json"):
        (index / name).unlink()
    assert ids(index) == ["a", "b", "c"]
    assert not (index / "vectors.faiss").exists()


def test_no_index_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(IndexUnusable, match="there is no index"):
        list_articles(tmp_path / "không")
    with pytest.raises(IndexUnusable, match="there is no index"):
        count_articles(tmp_path / "không")


@given(at=st.floats(0, 0.999), length=st.integers(1, 3000), byte=st.integers(0, 255))
def test_a_damaged_store_is_one_line_or_a_list(
    tmp_path_factory: pytest.TempPathFactory, at: float, length: int, byte: int
) -> None:
    folder = damaged_copy(tmp_path_factory, at, length, byte)
    for look in (lambda: ids(folder), lambda: ids(folder, text="đồng"), lambda: near_ids("x", folder)):
        with contextlib.suppress(IndexUnusable):
            assert all(isinstance(name, str) for name in look())


def damaged_copy(factory: pytest.TempPathFactory, at: float, length: int, byte: int) -> Path:
    """Give the folder of a small index with some bytes of its store overwritten."""
    place = factory.getbasetemp() / "để hỏng: danh sách"
    if not place.exists():
        place.mkdir()
        update_index(write_jsonl(place / "bài.jsonl", RECORDS), place / "index", encoder=HashEncoder())
    whole = (place / "index" / STORE_NAME).read_bytes()
    folder = place / "hỏng"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    start = int(at * len(whole))
    (folder / STORE_NAME).write_bytes(whole[:start] + bytes([byte]) * length + whole[start + length :])
    return folder


def test_near_ids_are_those_spelt_alike_and_those_of_a_path(tmp_path: Path) -> None:
    corpus = write_articles(tmp_path / "bài", PLACES[:12])
    (corpus / "Hội nghị Cao Lộc.txt").write_text(article_text("Cao Lộc"), encoding="utf-8")
    update_index(corpus, tmp_path / "index", encoder=HashEncoder())
    assert near_ids("hoi nghi cao loc", tmp_path / "index") == ["Hội nghị Cao Lộc.txt"]
    assert near_ids("7", tmp_path / "index") == ["07.txt"] or near_ids("7.txt", tmp_path / "index")[0] == "07.txt"
    assert near_ids(str(corpus / "03.txt"), tmp_path / "index")[0] == "03.txt"
    assert near_ids("hoàn toàn khác hẳn", tmp_path / "index") == []


@given(st.text("aăâbdđeêhioôơuưyàảãạấộ ,.", max_size=30), st.data())
def test_any_words_of_a_text_find_it_with_their_diacritics_or_without(text: str, data: st.DataObject) -> None:
    words = text.split() or [""]
    start = data.draw(st.integers(0, len(words) - 1))
    said = " ".join(words[start : data.draw(st.integers(start, len(words))) + 1])
    assert Sought(said).in_text(text)
    assert Sought(fold(said)).in_text(text)
    assert Sought(unicodedata.normalize("NFD", said.upper())).in_text(text)


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_any_part_of_a_name_finds_it(before: str, part: str, after: str) -> None:
    name = unicodedata.normalize("NFC", before + part + after)
    start = name.find(unicodedata.normalize("NFC", part))
    assert start < 0 or Sought(part).in_name(name)
