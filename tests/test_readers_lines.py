"""Articles a line: what a line says, lines that are wrong among those that are not, and letters of any encoding."""

from __future__ import annotations

import codecs
import io
import json
import unicodedata
from collections.abc import Callable
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_readers_legacy import as_tcvn3, as_viscii, as_vni

from qa.readers import legacy
from qa.readers.lines import read
from qa.readers.values import Extracted, Unreadable

RECORD: dict[str, object] = {
    "id": "cau-moi",
    "title": "Cầu mới",
    "text": "Cầu dài 120 mét.\n\nDân rất vui.",
    "published": "2021-04-13",
    "source": "Báo Lạng Sơn",
    "url": "https://example.vn/cau-moi",
    "author": "Hồng Vân, Trần Tuyền",
}
GOOD = {"text": "Dân rất vui."}
LONG = "Sáng nay, đảng bộ huyện tổ chức hội nghị tổng kết công tác xây dựng nông thôn mới, nhân dân rất phấn khởi."


def json_lines(*lines: object, end: bytes = b"\n") -> bytes:
    """Give lines, each the bytes given or the JSON of the object given."""
    return b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + end for line in lines)


def found(raw: bytes) -> list[Extracted | Unreadable]:
    return list(read(io.BytesIO(raw)))


def articles(raw: bytes) -> list[Extracted]:
    items = found(raw)
    assert not [item for item in items if isinstance(item, Unreadable)]
    return [item for item in items if isinstance(item, Extracted)]


def texts(raw: bytes) -> list[str]:
    return [article.text for article in articles(raw)]


def assert_one_line(item: Extracted | Unreadable) -> None:
    assert isinstance(item, Unreadable)
    assert 0 < len(item.reason) < 300
    assert len(item.reason.splitlines()) == 1


# --- what a line says ------------------------------------------------------------------------------------


def test_a_line_gives_all_that_it_says() -> None:
    raw = json_lines(RECORD)
    (article,) = articles(raw)
    assert asdict(article) == {
        **{key: value for key, value in RECORD.items() if key != "id"},
        "name": "cau-moi",
        "pages": (),
        "encoding": None,
        "line": 1,
        "byte_count": len(raw),
    }


def test_what_else_a_line_says_is_passed_over() -> None:
    assert articles(json_lines({**RECORD, "tags": ["cầu"], "views": 1e400, "Text": 5})) != []


def test_a_line_with_a_text_alone_says_no_more() -> None:
    (article,) = articles(json_lines(GOOD))
    assert (article.name, article.title, article.author, article.source, article.published, article.url) == (None,) * 6


@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_field_is_a_field_left_out(empty: str | None) -> None:
    (article,) = articles(json_lines({**dict.fromkeys(RECORD, empty), **GOOD}))
    assert (article.name, article.title, article.author, article.source, article.published, article.url) == (None,) * 6


def test_a_blank_title_is_left_out_and_any_other_stands_on_one_line() -> None:
    blank, wrapped = articles(json_lines({**GOOD, "title": " \n"}, {**GOOD, "title": " Cầu\n  mới "}))
    assert (blank.title, wrapped.title) == (None, "Cầu mới")


def test_what_lines_took_of_the_file_is_all_of_it() -> None:
    raw = json_lines(RECORD, b"no JSON", GOOD, ["Một."])
    assert sum(item.byte_count for item in found(raw)) == len(raw)
    assert [item.line for item in found(raw)] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("written", "published"),
    [
        ("2021-04-13", "2021-04-13"),
        (" 2021-04-13 ", "2021-04-13"),
        ("2021-04-13T10:30:00+07:00", "2021-04-13"),
        ("2021-04-13 10:30", "2021-04-13"),
        ("13/4/2021", "2021-04-13"),
        ("13/04/2021", "2021-04-13"),
        ("13-4-2021", "2021-04-13"),
        ("13.4.2021", "2021-04-13"),
        ("13/4/2021 08:00", "2021-04-13"),
        ("2024-02-29", "2024-02-29"),
    ],
)
def test_the_day_of_publication_is_written_one_way(written: str, published: str) -> None:
    (article,) = articles(json_lines({**GOOD, "published": written}))
    assert article.published == published


# --- lines that are wrong --------------------------------------------------------------------------------

MALFORMED: dict[str, object] = {
    "Latin-1": b'{"text": "h\xe0"}',
    "cut within a character": b'{"text": "D\xc3',
    "cut": b'{"text": "thi',
    "no JSON": "Không phải JSON".encode(),
    "single quotes": b"{'text': 'x'}",
    "two objects": b'{"text": "x"} {"text": "y"}',
    "too deep": b"[" * 100_000,
    "a number of 5,000 digits": b'{"text": "x", "n": ' + b"9" * 5000 + b"}",
    "NUL": b'{"text": "x\0"}',
    "a line end within a string": b'{"text": "x\x0by"}',
    "a list": ["Một."],
    "a string": "Một.",
    "a number": 5,
    "null": None,
    "an empty object": {},
    "no text": {"title": "Cầu mới"},
    "text null": {"text": None},
    "text empty": {"text": ""},
    "text a number": {"text": 5},
    "text a list": {"text": ["Một.", "Hai."]},
    "id a number": {"text": "Một.", "id": 7},
    "title a list": {"text": "Một.", "title": ["Cầu"]},
    "source an object": {"text": "Một.", "source": {"name": "LSO"}},
    "author a list": {"text": "Một.", "author": ["Hồng Vân"]},
    "url a number": {"text": "Một.", "url": 5},
    "published a number": {"text": "Một.", "published": 20210413},
    "published a word": {"text": "Một.", "published": "hôm qua"},
    "published no such day": {"text": "Một.", "published": "2021-02-30"},
    "published no such day in figures": {"text": "Một.", "published": "31/2/2021"},
    "published endless": {"text": "Một.", "published": "x" * 100_000},
    "half a pair in the text": {"text": "Một \ud800."},
    "half a pair in the title": {"text": "Một.", "title": "\udfff"},
    "half a pair in the id": {"text": "Một.", "id": "\ud83d"},
    "half a pair in the author": {"text": "Một.", "author": "\ud83d"},
    "half a pair in bytes": b'{"text": "M\xed\xa0\x80"}',
}


@pytest.mark.parametrize("what", MALFORMED)
def test_a_malformed_line_is_told_by_its_number_and_the_others_are_read(what: str) -> None:
    before, wrong, after = found(json_lines(GOOD, MALFORMED[what], GOOD))
    assert isinstance(before, Extracted)
    assert isinstance(after, Extracted)
    assert_one_line(wrong)
    assert (wrong.line, after.line) == (2, 3)


def test_a_wrong_field_is_named_with_what_was_found() -> None:
    raw = json_lines({**GOOD, "author": 5}, {**GOOD, "published": "hôm qua"}, {"title": "Cầu"}, [1])
    assert [item.reason for item in found(raw) if isinstance(item, Unreadable)] == [
        "'author' must be a string, found int",
        "'published' must be a date like 2021-04-13, found 'hôm qua'",
        "it lacks 'text'",
        "expected a JSON object, found list",
    ]


def test_a_whole_surrogate_pair_is_a_character() -> None:
    assert texts(b'{"text": "Vui \\ud83d\\ude00."}') == ["Vui 😀."]


@pytest.mark.parametrize("most", [100, 101, 1000])
@pytest.mark.parametrize("last", [False, True], ids=["in the middle", "at the end"])
def test_an_overlong_line_is_told_and_the_next_ones_keep_their_numbers(
    monkeypatch: pytest.MonkeyPatch, most: int, last: bool
) -> None:
    monkeypatch.setattr("qa.readers.lines.TEXT_MOST", most)
    lines: list[object] = [{"text": "Một."}, {"text": "x" * 5_000}, {"text": "Hai."}, b"no JSON"]
    if last:
        lines = [lines[0], lines[2], lines[3], lines[1]]
    items = found(json_lines(*lines))
    assert [item.text for item in items if isinstance(item, Extracted)] == ["Một.", "Hai."]
    wrong = {item.line: item.reason for item in items if isinstance(item, Unreadable)}
    assert set(wrong) == ({3, 4} if last else {2, 4})
    assert "too large" in wrong[4 if last else 2]


@pytest.mark.parametrize("length", range(96, 104))
def test_a_line_of_about_the_limit_is_read_or_told_and_hides_no_other(
    monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    monkeypatch.setattr("qa.readers.lines.TEXT_MOST", 100)
    line = json.dumps({"text": ""})[:-2].encode()
    raw = json_lines(line + b"x" * (length - len(line) - 2) + b'"}', GOOD)
    first, second = found(raw)
    assert isinstance(first, Extracted) == (length + 1 <= 100)
    assert isinstance(second, Extracted)
    assert second.line == 2


@pytest.mark.parametrize(
    "end", [b"\n", b"\r\n", b"\n\n", b"\n \t\r\n"], ids=["LF", "CRLF", "blank lines", "lines of blanks"]
)
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8], ids=["plain", "BOM"])
def test_line_ends_blank_lines_and_a_byte_order_mark_are_no_errors(end: bytes, mark: bytes) -> None:
    assert texts(mark + json_lines({"text": "Một."}, {"text": "Hai."}, end=end)) == ["Một.", "Hai."]


def test_the_last_line_may_lack_its_end() -> None:
    assert texts(json_lines({"text": "Một."}, {"text": "Hai."}).rstrip()) == ["Một.", "Hai."]


@pytest.mark.parametrize("raw", [b"", b"\n\n", b" \r\n"])
def test_a_file_without_lines_is_told(raw: bytes) -> None:
    assert found(raw) == [Unreadable("empty: it holds no articles")]


# --- encodings -------------------------------------------------------------------------------------------


def as_windows_1258(text: str) -> bytes:
    """Encode as Windows does: a letter with its hat or horn, its tone behind it."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    pieces = []
    for letter in unicodedata.normalize("NFC", text):
        parts = unicodedata.normalize("NFD", letter)
        tone = "".join(mark for mark in parts if mark in tones)
        base = unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in tones))
        pieces.append(base + tone)
    return "".join(pieces).encode("cp1258")


def nfc(text: str | None) -> str:
    return unicodedata.normalize("NFC", text or "")


@pytest.mark.parametrize(
    ("codec", "mark", "label"),
    [
        ("utf-8", codecs.BOM_UTF8, None),
        ("utf-16-le", codecs.BOM_UTF16_LE, "UTF-16"),
        ("utf-16-be", codecs.BOM_UTF16_BE, "UTF-16"),
        ("utf-16-le", b"", "UTF-16 without BOM"),
        ("utf-32-le", codecs.BOM_UTF32_LE, "UTF-32"),
    ],
    ids=["UTF-8 BOM", "UTF-16 LE", "UTF-16 BE", "UTF-16 unmarked", "UTF-32"],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_unicode_is_read_however_it_is_encoded(codec: str, mark: bytes, label: str | None, end: str) -> None:
    # "Ċ" holds the byte 0x0A in UTF-16 and ends no line.
    lines = [json.dumps({"text": text}, ensure_ascii=False) for text in (LONG, "Ċ. Hai câu.", "Ba.")]
    items = articles(mark + (end.join(lines) + end).encode(codec))
    assert [item.text for item in items] == [LONG, "Ċ. Hai câu.", "Ba."]
    assert {item.encoding for item in items} == {label}
    assert [item.line for item in items] == [1, 2, 3]


def test_a_wrong_line_of_utf_16_is_told_and_the_others_are_read() -> None:
    raw = f'{{"text": "{LONG}"}}\n{{sai\n{{"text": "Ba."}}\n'.encode("utf-16")
    first, wrong, last = found(raw)
    assert isinstance(first, Extracted)
    assert isinstance(last, Extracted)
    assert_one_line(wrong)
    assert wrong.line == 2


def test_utf_16_that_is_cut_off_is_told() -> None:
    (wrong,) = found(f'{{"text": "{LONG}"}}'.encode("utf-16")[:-1])
    assert_one_line(wrong)


def test_utf_16_too_large_to_be_held_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.readers.lines.FILE_MOST", 100)
    (wrong,) = found(f'{{"text": "{LONG}"}}'.encode("utf-16"))
    assert isinstance(wrong, Unreadable)
    assert "convert it to UTF-8" in wrong.reason


@pytest.mark.parametrize(
    ("encode", "label"),
    [
        (as_tcvn3, legacy.TCVN3),
        (as_vni, legacy.VNI),
        (as_viscii, legacy.VISCII),
        (as_windows_1258, legacy.WINDOWS_1258),
    ],
    ids=["TCVN3", "VNI", "VISCII", "windows-1258"],
)
def test_letters_from_before_unicode_are_converted_line_by_line(encode: Callable[[str], bytes], label: str) -> None:
    raw = b""
    for title, text in (("Hội nghị", LONG), ("Cầu mới", "Nhân dân đều vui."), ("Chợ", "Chợ họp sớm.")):
        raw += b'{"title": "' + encode(title) + b'", "text": "' + encode(text) + b'"}\n'
    items = articles(raw)
    assert [(nfc(item.title), nfc(item.text)) for item in items] == [
        ("Hội nghị", LONG),
        ("Cầu mới", "Nhân dân đều vui."),
        ("Chợ", "Chợ họp sớm."),
    ]
    assert {item.encoding for item in items} == {label}


def test_a_wrong_line_among_old_letters_is_told_and_the_others_are_read() -> None:
    raw = b'{"text": "' + as_tcvn3(LONG) + b'"}\n{"text": \n{"text": "' + as_tcvn3("Chợ họp sớm.") + b'"}\n'
    first, wrong, last = found(raw)
    assert isinstance(first, Extracted)
    assert isinstance(last, Extracted)
    assert (first.text, last.text) == (LONG, "Chợ họp sớm.")
    assert_one_line(wrong)


def test_one_good_line_in_utf_8_tells_that_the_wrong_ones_are_damaged() -> None:
    """A line of another encoding among lines of UTF-8 is refused, not guessed at."""
    raw = json.dumps({"text": LONG}, ensure_ascii=False).encode() + b'\n{"text": "' + as_tcvn3(LONG) + b'"}\n'
    good, wrong = found(raw)
    assert isinstance(good, Extracted)
    assert (good.text, good.encoding) == (LONG, None)
    assert isinstance(wrong, Unreadable)
    assert_one_line(wrong)
    assert "UTF-8" in wrong.reason


# --- whatever it is --------------------------------------------------------------------------------------

_FIELDS = st.dictionaries(
    st.sampled_from([*RECORD, "khác"]), st.one_of(st.none(), st.text(max_size=20), st.integers(), st.booleans())
)


@given(
    records=st.lists(
        st.fixed_dictionaries(
            {"text": st.text(st.characters(codec="utf-8"), min_size=1)},
            optional={key: st.text(st.characters(codec="utf-8")) for key in ("id", "author", "source", "url")},
        ),
        min_size=1,
        max_size=5,
    ),
    ascii_only=st.booleans(),
)
def test_what_json_writes_is_read_back_to_the_character(records: list[dict[str, str]], ascii_only: bool) -> None:
    raw = "".join(json.dumps(record, ensure_ascii=ascii_only) + "\n" for record in records).encode()
    assert texts(raw) == [record["text"] for record in records]
    for record, article in zip(records, articles(raw), strict=True):
        assert (article.name or "", article.author or "") == (record.get("id", ""), record.get("author", ""))


@given(raw=st.lists(st.one_of(st.binary(max_size=60), _FIELDS.map(lambda record: json.dumps(record).encode()))))
def test_any_lines_are_articles_or_reasons(raw: list[bytes]) -> None:
    for item in found(b"\n".join(raw)):
        if isinstance(item, Unreadable):
            assert_one_line(item)
        else:
            assert item.text.encode()


def test_letters_of_an_old_font_are_converted_though_the_lines_are_valid_utf_8() -> None:
    told = {"title": "Đảng bộ xã", "text": "Đảng bộ huyện Cao Lộc có năm nghìn đảng viên, họp sáng nay. " * 5}
    record = {key: as_tcvn3(value).decode("cp1252") for key, value in told.items()}
    (found,) = read(io.BytesIO(json.dumps(record, ensure_ascii=False).encode()))
    assert isinstance(found, Extracted)
    assert (found.title, found.text, found.encoding) == (told["title"], told["text"], "TCVN3 (ABC)")
