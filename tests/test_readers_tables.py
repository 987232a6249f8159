"""CSV as people and spreadsheets write it, well formed or not: every row is an article or says why it is none."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.readers import tables
from qa.readers.values import Extracted, Unreadable

FILE = Path(__file__).parent / "files" / "articles.csv"
TEXT = "Sáng 14/3, huyện Cao Lộc khởi công cầu Bản Lỉm. Vốn là 45 tỷ đồng."


def read(table: str | bytes) -> list[Extracted | Unreadable]:
    return list(tables.read(io.BytesIO(table.encode() if isinstance(table, str) else table)))


def articles(table: str | bytes) -> list[Extracted]:
    return [found for found in read(table) if isinstance(found, Extracted)]


def faults(table: str | bytes) -> list[tuple[int | None, str]]:
    return [(found.line, found.reason) for found in read(table) if isinstance(found, Unreadable)]


def test_a_table_of_articles_is_read_row_by_row() -> None:
    with FILE.open("rb") as file:
        bridge, market, library = tables.read(file)
    assert isinstance(bridge, Extracted)
    assert bridge.name == "cau-ban-lim"
    assert bridge.title == "Khởi công cầu Bản Lỉm"
    assert bridge.text.endswith('\n\nBà con gọi đây là "cây cầu mười năm".')
    assert (bridge.published, bridge.source, bridge.author) == ("2021-03-14", "Báo Xứ Lạng", "Hồng Vân")
    assert bridge.url == "https://xulang.example.vn/cau-ban-lim"
    assert isinstance(market, Extracted)
    assert (market.line, market.published, market.source) == (5, "2021-05-02", None)
    assert library == Unreadable("it lacks 'Nội dung'", line=6, byte_count=64)
    rows = FILE.read_bytes().split(b"\n", 1)[1]
    assert bridge.byte_count + market.byte_count + library.byte_count == len(rows)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "bar"])
@pytest.mark.parametrize(
    "names",
    [
        ("title", "text", "date"),
        ("Tiêu đề", "Nội dung", "Ngày"),
        ("TIEU DE", "noi_dung", "Ngay dang"),
        (" Tiêu đề:", "NỘI DUNG", "ngày xuất bản"),
    ],
    ids=["English", "Vietnamese", "without diacritics", "untidy"],
)
def test_columns_are_known_by_their_names(names: tuple[str, ...], delimiter: str) -> None:
    row = ("Cầu mới", "Cầu dài 120 mét, rộng 8 mét; vốn 45 tỷ | đủ.", "5/4/2021")
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([names, row])
    [article] = articles(out.getvalue())
    assert (article.title, article.text, article.published) == (row[0], row[1], "2021-04-05")


@pytest.mark.parametrize(
    ("stated", "published"),
    [
        ("13/4/2021", "2021-04-13"),
        ("13/04/2021 10:30", "2021-04-13"),
        ("13/04/2021, 10:30", "2021-04-13"),
        ("10:30 13/4/2021", "2021-04-13"),
        ("10h30, ngày 13-4-2021", "2021-04-13"),
        ("10:30:05 - 2021-04-13", "2021-04-13"),
        ("8:30 AM 4/5/2021", None),
        ("10:30", None),
    ],
)
def test_a_day_is_known_before_or_behind_its_time(stated: str, published: str | None) -> None:
    found = [article.published for article in articles(f"text;date\n{TEXT};{stated}\n")]
    assert found == ([published] if published else [])


def test_a_delimiter_is_not_taken_from_the_text_of_the_rows() -> None:
    [article] = articles("title;text\nCầu;Một, hai, ba, bốn, năm, sáu\n")
    assert article.text == "Một, hai, ba, bốn, năm, sáu"


@pytest.mark.parametrize(
    "codec",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"],
)
def test_unicode_is_read_however_it_is_encoded(codec: str) -> None:
    [article] = articles(f"id\ttext\r\nđ1\t{TEXT}\r\n".encode(codec))
    assert (article.name, article.text, article.line) == ("đ1", TEXT, 2)


def test_what_a_spreadsheet_adds_is_no_article() -> None:
    assert [article.text for article in articles(f"sep=;\r\ntext;title;;\r\n{TEXT};A;;\r\n;;;\r\n\r\n")] == [TEXT]


def test_a_missing_text_column_is_named_with_those_that_are_there() -> None:
    [(line, reason)] = faults("id,tên\n1,Cầu\n")
    assert line == 1
    assert "'id', 'tên'" in reason
    assert "nội dung" in reason


@pytest.mark.parametrize("table", ["", "\n\n", "\ufeff", "text,title\n", "text\n\n\n"])
def test_a_table_without_rows_is_empty(table: str) -> None:
    [(_, reason)] = faults(table)
    assert reason.startswith("empty: ")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("x,A,31/2/2021", "'published' must be a date like 2021-04-13 or 13/4/2021, found '31/2/2021'"),
        ("x,A,hôm qua", "'published' must be a date like 2021-04-13 or 13/4/2021, found 'hôm qua'"),
        (" ,A,", "it lacks 'text'"),
        ("x,A", "it has 2 columns where the header has 3"),
        ("x,A,,B", "it has 4 columns where the header has 3"),
        ("x\0y,A,", "binary: it holds NUL bytes"),
        ('x,"A "tốt" B",', "a quotation mark is opened here"),
        ('x,"A,', "a quotation mark is opened here"),
        ('"x,A,', "a quotation mark is opened here"),
    ],
    ids=["no day", "no date", "no text", "short", "long", "NUL", "inner quotes", "open quote", "open at its start"],
)
def test_a_wrong_row_is_told_and_the_rest_is_read(row: str, reason: str) -> None:
    table = f'text,title,published\nmột,A,\n{row}\nhai,B,\n"ba,\n3",C,2021-04-13\n'
    [(line, told)] = faults(table)
    assert line == 3
    assert told.startswith(reason)
    assert [(article.text, article.line) for article in articles(table)] == [("một", 2), ("hai", 4), ("ba,\n3", 5)]


def test_a_row_that_is_not_utf_8_is_told_and_the_rest_is_read() -> None:
    filler = "".join(f'{i},"{TEXT}"\n' for i in range(5000))
    table = f"id,text\n{filler}".encode() + b'x,"Hu\xe9,\nCao"\n' + f'y,"{TEXT}"\n'.encode()
    assert len(articles(table)) == 5001
    [(line, reason)] = faults(table)
    assert line == 5002
    assert "0xe9" in reason


def test_an_overlong_row_is_told_and_the_rest_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "TEXT_MOST", 1000)
    monkeypatch.setattr(tables, "_ROW_MOST", 2000)
    for name, row in [("text", "á" * 700), ("row", "á" * 5000), ("unclosed", '"' + "á\n" * 5000)]:
        first, *others = faults(f"text,id\n{row},{name}\nmột,A\n")
        assert first[0] == 2
        assert others == [] or name == "unclosed"
        assert [article.name for article in articles(f"text,id\n{row},{name}\nmột,A\n")][-1] == "A"


def test_an_open_quotation_mark_does_not_swallow_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "_ROW_MOST", 2000)
    rows = "".join(f"{i},Thôn {i} có điện.\n" for i in range(2000))
    table = f'id,text\nx,"mở\n{rows}'
    assert len(articles(table)) == 2000
    assert [line for line, _ in faults(table)] == [2]


class CountingFile(io.BytesIO):
    most = 0

    def read(self, size: int | None = -1) -> bytes:
        found = super().read(size)
        self.most = max(self.most, len(found))
        return found


def test_a_long_table_is_not_loaded_whole() -> None:
    file = CountingFile(("id,text\n" + f'x,"{TEXT}"\n' * 20_000).encode())
    assert sum(isinstance(found, Extracted) for found in tables.read(file)) == 20_000
    assert file.most <= 300_000


CELL = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\r"), max_size=30)


@settings(max_examples=150)
@given(rows=st.lists(st.tuples(CELL, CELL), max_size=6), delimiter=st.sampled_from(",;\t|"))
def test_what_csv_writes_is_read_back_to_the_character(rows: list[tuple[str, str]], delimiter: str) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(
        [("title", "text"), *((title, f"Huyện {text}.") for title, text in rows)]
    )
    assert [article.text for article in articles(out.getvalue())] == [f"Huyện {text}." for _, text in rows]


@given(table=st.binary(max_size=200))
def test_any_bytes_are_articles_or_reasons(table: bytes) -> None:
    for found in read(b"text,id\n" + table):
        assert isinstance(found, Extracted) or (found.reason and "\n" not in found.reason)


@given(table=st.text(alphabet='a"\n,;', max_size=60))
def test_every_row_is_accounted_for(table: str) -> None:
    lines = [found.line for found in read(f"text,id\n{table}")]
    assert lines == sorted(lines, key=lambda line: line or 0)
    assert len(lines) == len(set(lines))
