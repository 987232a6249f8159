"""Zip archives: every article in them is found, under its path, and nothing else that an archive may hold is obeyed."""

from __future__ import annotations

import io
import json
import os
import stat
import struct
import unicodedata
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.readers import archives, isolation
from qa.readers.isolation import IsolatedReader
from qa.readers.values import FILE_MOST, Extracted, Unreadable

TEXT = "Đảng bộ huyện Cao Lộc\n\nToàn huyện có 5.350 đảng viên, sinh hoạt ở 45 tổ chức cơ sở đảng.\n"


def zipped(*members: tuple[str | zipfile.ZipInfo, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    file.seek(0)
    return file


def read(file: io.BytesIO) -> list[Extracted | Unreadable]:
    return list(archives.read(file))


def reasons(file: io.BytesIO) -> dict[str | None, str]:
    """Give what could not be read, by name; what could be is "read"."""
    return {item.name: item.reason if isinstance(item, Unreadable) else "read" for item in read(file)}


def entry(name: str, **attributes: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    for attribute, value in attributes.items():
        setattr(info, attribute, value)
    return info


def raw_name(file: io.BytesIO, name: bytes, new: bytes, utf8: bool = False) -> io.BytesIO:
    """Write other bytes over a member's name, and say whether they are UTF-8."""
    assert len(name) == len(new)
    data = bytearray(file.getvalue().replace(name, new))
    for signature, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        flags = data.index(signature) + at
        data[flags : flags + 2] = struct.pack("<H", 0x800 if utf8 else 0)
    return io.BytesIO(bytes(data))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_members_are_read_in_their_order_under_their_paths(method: int) -> None:
    file = zipped(("b/hai.txt", TEXT + "2"), ("a/một.TXT", TEXT), ("ba.txt", TEXT + "3"), method=method)
    items = read(file)
    assert [(item.name, item.text) for item in items if isinstance(item, Extracted)] == [
        ("b/hai.txt", TEXT + "2"),
        ("a/một.TXT", TEXT),
        ("ba.txt", TEXT + "3"),
    ]


def test_members_that_hold_several_articles_name_each() -> None:
    lines = "".join(json.dumps({"id": f"bài-{n}", "title": "Tít", "text": TEXT}) + "\n" for n in range(3)) + "{\n"
    items = read(zipped(("tin/bài.jsonl", lines)))
    assert [item.name for item in items[:3]] == ["tin/bài.jsonl#bài-0", "tin/bài.jsonl#bài-1", "tin/bài.jsonl#bài-2"]
    assert isinstance(items[3], Unreadable)
    assert [item.line for item in items] == [1, 2, 3, 4]


def test_the_items_take_about_what_the_archive_has() -> None:
    rows = "id,title,text\n" + "".join(f"{n},Tít {n},Huyện có {n * 7919} đảng viên.\n" for n in range(1000))
    file = zipped(("a.csv", rows), ("b.txt", TEXT * 100))
    taken = [item.byte_count for item in read(file)]
    assert 0 not in taken
    assert sum(taken) <= 2 * len(file.getvalue())


def test_what_is_no_article_is_passed_over_in_silence() -> None:
    silent = ["ảnh.jpg", "thư mục/", "thư mục.txt/", ".ẩn.txt", ".git/a.txt", "__MACOSX/._a.txt", "a/__MACOSX/b.txt"]
    silent += ["a/.b.txt", "readme", "x.exe", "y.txt.gz"]
    assert reasons(zipped(*((name, b"") for name in silent), ("a.txt", TEXT))) == {"a.txt": "read"}


def test_an_archive_without_articles_says_so() -> None:
    for file in (zipped(), zipped(("ảnh.jpg", b"x"), ("thư mục/", b""))):
        assert reasons(file) == {None: "empty: it holds no file that can be read"}


def test_what_is_not_read_says_why_and_the_rest_is() -> None:
    link = entry("liên kết.txt", external_attr=(stat.S_IFLNK | 0o777) << 16, create_system=3)
    file = zipped((link, "/etc/passwd"), ("trong.zip", zipped(("a.txt", TEXT)).getvalue()), ("a.txt", TEXT))
    assert reasons(file) == {
        "liên kết.txt": "a link: links are not followed",
        "trong.zip": "an archive within an archive is not read",
        "a.txt": "read",
    }


def test_a_member_under_a_password_says_so() -> None:
    data = bytearray(zipped(("mật.txt", TEXT), ("a.txt", TEXT)).getvalue())
    data[data.index(b"PK\3\4") + 6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    assert reasons(io.BytesIO(bytes(data))) == {"mật.txt": "protected by a password", "a.txt": "read"}


# --- names --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("../../etc/a.txt", "etc/a.txt"),
        ("/etc/a.txt", "etc/a.txt"),
        ("C:\\Users\\a.txt", "Users/a.txt"),
        ("\\\\máy\\a.txt", "máy/a.txt"),
        ("a/./b//c/../d.txt", "a/b/c/d.txt"),
        (unicodedata.normalize("NFD", "Đảng bộ/Lộc.txt"), "Đảng bộ/Lộc.txt"),
        ("a\x1b[31m\nb.txt", "a�[31m�b.txt"),
        ("x" * 3000 + ".txt", "…" + "x" * 195 + ".txt"),
    ],
)
def test_names_are_labels_and_lead_nowhere(name: str, label: str) -> None:
    assert reasons(zipped((name, TEXT))) == {label: "read"}


def test_names_of_older_programs_are_read() -> None:
    named = zipped(("bai-viet-001.txt", TEXT))
    unflagged = raw_name(named, b"bai-viet-001", "bài viết".encode().ljust(12, b"1"))
    assert list(reasons(unflagged)) == ["bài viết1.txt"]
    cp437 = raw_name(named, b"bai-viet-001", "résumé-00001".encode("cp437"))
    assert list(reasons(cp437)) == ["résumé-00001.txt"]


def test_a_name_said_to_be_utf8_that_is_not_is_told() -> None:
    (item,) = read(raw_name(zipped(("a.txt", TEXT)), b"a.txt", b"\xff.txt", utf8=True))
    assert isinstance(item, Unreadable)
    assert item.reason.startswith("not a zip archive, or damaged: ")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_of_one_name_are_told_apart() -> None:
    items = read(zipped(("a.txt", TEXT), ("a.txt", TEXT + "2"), ("../a.txt", TEXT + "3")))
    assert [item.name for item in items] == ["a.txt", "a.txt (2)", "a.txt (3)"]


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=50))
def test_every_name_becomes_a_line_that_stays_inside(name: str) -> None:
    label = archives.name_of(zipfile.ZipInfo(name))
    assert label.isprintable()
    assert 0 < len(label) <= 200
    assert not {"", ".", ".."} & set(label.split("/"))
    assert "\\" not in label


# --- damage and bombs ---------------------------------------------------------------------------------------


def test_what_is_no_archive_says_so() -> None:
    whole = zipped(("a.txt", TEXT)).getvalue()
    for data in (b"", b"PK", b"no zip" * 100, whole[:-10], whole[: len(whole) // 2]):
        (item,) = read(io.BytesIO(data))
        assert isinstance(item, Unreadable)
        assert item.reason.startswith("not a zip archive, or damaged: ")


def test_a_damaged_member_is_the_only_one_lost() -> None:
    file = zipped(("a.txt", TEXT), ("b.txt", TEXT[::-1]), ("c.txt", TEXT), method=zipfile.ZIP_STORED)
    damaged = io.BytesIO(file.getvalue().replace(TEXT[::-1].encode(), TEXT[::-1].upper().encode()))
    found = reasons(damaged)
    assert found["a.txt"] == found["c.txt"] == "read"
    assert found["b.txt"].startswith("damaged in the archive: ")


def test_a_method_that_is_not_known_is_told() -> None:
    data = bytearray(zipped(("a.txt", TEXT), ("b.txt", TEXT)).getvalue())
    data[data.index(b"PK\3\4") + 8] = data[data.index(b"PK\1\2") + 10] = 99
    found = reasons(io.BytesIO(bytes(data)))
    assert found["b.txt"] == "read"
    assert found["a.txt"].startswith("damaged in the archive: ")


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    file = zipped(("bom.txt", bytes(15_000_000)), ("a.txt", TEXT))
    assert "a decompression bomb?" in (found := reasons(file))["bom.txt"]
    assert found["a.txt"] == "read"


def test_a_member_over_the_limit_is_refused() -> None:
    file = zipped(("to.txt", TEXT), ("a.txt", TEXT))
    data = bytearray(file.getvalue())
    at = data.index(b"PK\1\2") + 24
    data[at : at + 4] = struct.pack("<I", FILE_MOST + 1)
    assert reasons(io.BytesIO(bytes(data))) == {
        "to.txt": "too large for an article: 200 MB, the limit is 200 MB",
        "a.txt": "read",
    }


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_member_larger_than_it_says_is_cut_off(method: int) -> None:
    data = bytearray(zipped(("a.txt", bytes(9_000_000)), method=method).getvalue())
    at = data.index(b"PK\1\2") + 24
    data[at : at + 4] = struct.pack("<I", 100)
    assert reasons(io.BytesIO(bytes(data)))["a.txt"].startswith("damaged in the archive: ")


def test_the_whole_is_bounded_however_its_members_share_their_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "TOTAL_MOST", 1_000_000)
    file = zipped(*((f"{number}.txt", b"a" * 300_000) for number in range(10)))
    items = read(file)
    assert [isinstance(item, Extracted) for item in items] == [True, True, True, False]
    assert items[-1] == Unreadable("unpacks to more than 0.001 GB: not read from here on", "3.txt")


def test_entries_that_share_their_bytes_do_not_multiply(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "TOTAL_MOST", 100_000_000)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("00000.txt", bytes(9_000_000))
        archive.filelist += archive.filelist * 20_000
    assert len(read(file)) < 20


def test_an_archive_of_too_many_entries_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MEMBERS_MOST", 3)
    assert reasons(zipped(*((f"{n}.txt", TEXT) for n in range(4)))) == {None: "holds 4 entries, the limit is 3"}


@given(st.integers(0, 500), st.integers(0, 255), st.integers(0, 600))
def test_no_damage_raises(at: int, value: int, end: int) -> None:
    data = bytearray(zipped(("tin/a.txt", TEXT), ("b.txt", TEXT), ("c.jsonl", "{}")).getvalue())
    data[at % len(data)] = value
    for file in (io.BytesIO(bytes(data)), io.BytesIO(bytes(data[:end]))):
        for item in read(file):
            assert isinstance(item, Extracted) or item.reason.isprintable()


# --- in a worker --------------------------------------------------------------------------------------------

BREAKING = """
import mmap, os
from qa.readers.values import Extracted

kept = []

def read(file):
    yield Extracted("trước")
    content = file.read()
    if content == b"break":
        os.abort()
    if content == b"leak":
        kept.append(mmap.mmap(-1, 400_000_000))
"""


def broken_in_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: io.BytesIO) -> list[Extracted | Unreadable]:
    (tmp_path / "breaking.py").write_text(BREAKING)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    start = "import qa.readers; qa.readers._MODULES['.md'] = 'breaking'\nmain()"
    monkeypatch.setattr(isolation, "_START", isolation._START.replace("main()", start))
    (tmp_path / "a.zip").write_bytes(file.getvalue())
    with IsolatedReader() as reader:
        return list(reader.read(tmp_path / "a.zip", ".zip"))


def test_a_member_that_breaks_its_reader_is_the_only_one_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = zipped(("1.md", ""), ("2.md", "break"), ("3.md", ""), ("4.zip", ""), ("5.md", "break"), ("6.txt", TEXT))
    items = broken_in_worker(tmp_path, monkeypatch, file)
    assert [(item.name, isinstance(item, Extracted)) for item in items] == [
        ("1.md", True),
        ("2.md", True),
        ("2.md", False),
        ("3.md", True),
        ("4.zip", False),
        ("5.md", True),
        ("5.md", False),
        ("6.txt", True),
    ]
    assert items[2] == Unreadable("its reader broke down (SIGABRT)", "2.md")


def test_an_archive_that_breaks_reader_after_reader_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = broken_in_worker(tmp_path, monkeypatch, zipped(*((f"{number}.md", "break") for number in range(50))))
    assert len(items) < 50
    assert items[-1] == Unreadable("its reader broke down 10 times: the rest is not read")


def test_an_archive_whose_readers_leak_is_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    items = broken_in_worker(tmp_path, monkeypatch, zipped(*((f"{number}.md", "leak") for number in range(10))))
    assert items == [
        Extracted("trước", f"{number}.md", byte_count=item.byte_count) for number, item in enumerate(items)
    ]
    assert len(items) == 10


def test_nothing_is_laid_out_on_the_disk(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    (folder / "x.zip").write_bytes(zipped(("../../ra.txt", TEXT), ("tin/a.txt", TEXT)).getvalue())
    with IsolatedReader() as reader:
        assert [item.name for item in reader.read(folder / "x.zip", ".zip")] == ["ra.txt", "tin/a.txt"]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [folder / "x.zip"]
