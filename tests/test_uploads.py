"""Receiving files: names that any system can keep, contents that are what they say, limits, and nothing half there."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.testclient import TestClient

from qa import SUFFIXES
from ui.served import Refused
from ui.uploads import FOLDER, Limits, Uploads, content_fault, safe_name, upload_routes

FILES = Path(__file__).parent / "files"
ELF, PNG = b"\x7fELF\x02\x01\x01" + b"\0" * 57, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"

Send = Callable[..., tuple[int, dict[str, object]]]


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path / "index", Limits(file_bytes=1_000_000, batch_files=3, batch_bytes=1_500_000, free_bytes=0))


@pytest.fixture
def send(uploads: Uploads) -> Send:
    client = TestClient(Starlette(routes=upload_routes(uploads)))

    def sent(name: str, content: bytes, **headers: str) -> tuple[int, dict[str, object]]:
        reply = client.post(f"/upload?name={quote(name)}", content=content, headers={"X-Hoidap": "1", **headers})
        return reply.status_code, reply.json()

    return sent


def kept(uploads: Uploads) -> list[str]:
    """List all that is in the folder, half-received files too."""
    return sorted(os.listdir(uploads.folder)) if uploads.folder.exists() else []


# --- receiving --------------------------------------------------------------------------------


@pytest.mark.parametrize("file", sorted(FILES.iterdir()), ids=lambda path: path.name)
def test_every_kind_of_file_arrives_byte_for_byte(uploads: Uploads, send: Send, file: Path) -> None:
    status, reply = send(file.name, file.read_bytes())
    assert (status, reply) == (200, {"file": file.name, "bytes": file.stat().st_size, "new": True})
    assert kept(uploads) == [file.name]
    assert (uploads.folder / file.name).read_bytes() == file.read_bytes()
    assert uploads.folder.name == FOLDER


def test_a_vietnamese_name_stays_readable(uploads: Uploads, send: Send) -> None:
    assert send("Đại hội Đảng bộ huyện Cao Lộc – lần thứ 23.TXT", "Đại hội".encode())[1]["file"] == (
        "Đại hội Đảng bộ huyện Cao Lộc – lần thứ 23.txt"
    )


def test_the_same_file_again_is_kept_once_and_another_of_its_name_beside_it(uploads: Uploads, send: Send) -> None:
    assert send("a.txt", b"one")[1] == {"file": "a.txt", "bytes": 3, "new": True}
    assert send("a.txt", b"one")[1] == {"file": "a.txt", "bytes": 3, "new": False}
    assert send("a.txt", b"two")[1]["file"] == "a (2).txt"
    assert send("a.txt", b"two")[1] == {"file": "a (2).txt", "bytes": 3, "new": False}
    assert kept(uploads) == ["a (2).txt", "a.txt"]
    assert (uploads.folder / "a.txt").read_bytes() == b"one"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("chương trình.exe", b"MZ\x90", "không đọc được loại tệp này"),
        ("không đuôi", b"text", "không đọc được loại tệp này"),
        ("bài.pdf", ELF, "nội dung là chương trình máy tính"),
        ("trang.html", PNG, "nội dung là ảnh PNG"),
        ("bài.txt", b"%PDF-1.7\n", "nội dung là tệp PDF"),
        ("bài.docx", "chỉ là chữ".encode(), "Nội dung không phải của tệp .docx"),
        ("cũ.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "Office kiểu cũ hoặc có mật khẩu"),
        ("bảng.csv", bytes(range(255)) * 20, "Nội dung không phải của tệp .csv"),
        ("rỗng.txt", b"", "Tệp rỗng"),
        ("lớn.txt", b"a" * 1_000_001, "Tệp quá lớn: mỗi tệp nhiều nhất là 1 MB"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_will_not_do_is_refused_with_its_reason(
    uploads: Uploads, send: Send, name: str, content: bytes, reason: str
) -> None:
    status, reply = send(name, content)
    assert status == 422
    assert reason in str(reply["error"])
    assert kept(uploads) == []


def test_a_file_of_no_announced_length_is_held_to_the_limit_too(uploads: Uploads) -> None:
    with uploads.arriving("a.txt", None) as arriving:
        arriving.take(b"a" * 1_000_000)
        with pytest.raises(Refused, match="quá lớn"):
            arriving.take(b"a")
    assert kept(uploads) == []


def test_what_breaks_off_leaves_nothing(uploads: Uploads) -> None:
    def receive() -> None:
        with uploads.arriving("a.txt", 100) as arriving:
            arriving.take(b"half")
            assert [name[:1] for name in kept(uploads)] == ["."]
            raise ConnectionError

    with pytest.raises(ConnectionError):
        receive()
    assert kept(uploads) == []


def test_a_body_shorter_than_it_said_is_not_kept(uploads: Uploads, send: Send) -> None:
    status, reply = send("a.txt", b"half", **{"Content-Length": "100"})
    assert status == 400
    assert "ngắt giữa chừng" in str(reply["error"])
    assert kept(uploads) == []


def test_too_many_at_a_time_wait_until_there_is_room(uploads: Uploads, send: Send) -> None:
    for number in range(3):
        assert send(f"{number}.txt", b"text")[0] == 200
    status, reply = send("3.txt", b"text")
    assert status == 429
    assert "3 tệp chờ" in str(reply["error"])
    uploads.done_with("1.txt")
    assert send("3.txt", b"text")[0] == 200


def test_too_much_at_a_time_is_refused(uploads: Uploads, send: Send) -> None:
    assert send("a.txt", b"a" * 900_000)[0] == 200
    assert send("b.txt", b"b" * 900_000)[0] == 429
    assert kept(uploads) == ["a.txt"]


def test_room_is_left_on_the_disk(tmp_path: Path) -> None:
    full = Uploads(tmp_path / "index", Limits(free_bytes=1 << 60))
    with pytest.raises(Refused, match="không còn đủ chỗ"), full.arriving("a.txt", 10):
        pass
    assert kept(full) == []


def test_another_site_cannot_send_files(uploads: Uploads, send: Send) -> None:
    assert send("a.txt", b"text", **{"X-Hoidap": ""})[0] == 403
    assert kept(uploads) == []


def test_leftovers_of_a_killed_server_go(uploads: Uploads) -> None:
    uploads.folder.mkdir(parents=True)
    old, new = uploads.folder / ".arriving-1", uploads.folder / ".arriving-2"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    Uploads(uploads.folder.parent)
    assert kept(uploads) == [".arriving-2"]
    assert uploads.names() == []


# --- names --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\bài\\tin.txt", "tin.txt"),
        ("a\0b\n\u202ec.TXT", "ab c.txt"),
        ("CON.txt", "_CON.txt"),
        ("lpt1.báo cáo.txt", "_lpt1.báo cáo.txt"),
        ("...ẩn.txt", "ẩn.txt"),
        ("tin: “nóng”?.txt", "tin_ “nóng”_.txt"),
        ("Lo\u0323\u0302c.txt", "Lộc.txt"),
        ("tin . .txt", "tin.txt"),
    ],
)
def test_names_are_made_safe_and_stay_readable(given: str, expected: str) -> None:
    assert safe_name(given) == expected


@given(st.text(max_size=400), st.sampled_from(["", *SUFFIXES]))
@example("ệ" * 300, ".txt")
@example("..", ".txt")
@example("\ud800", ".pdf")
def test_every_name_can_be_kept(stem: str, suffix: str) -> None:
    name = safe_name(stem + suffix)
    assert 0 < len(name.encode()) <= 255 - len(" (999)")
    assert name.isprintable()
    assert not set(name) & set('/\\<>:"|?*')
    assert not name.startswith((".", " "))
    assert not name.endswith((".", " "))
    assert safe_name(name) == name


@given(st.text(max_size=50))
@example("..")
@example("../index/hoidap.sqlite")
@example("\0")
@example("")
def test_only_files_of_the_folder_can_be_claimed(name: str) -> None:
    assert Uploads(FILES.parent).claim(name) is None


# --- contents --------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1258"])
def test_text_of_any_encoding_is_text(encoding: str) -> None:
    # NFD in UTF-16 has NULs on both sides: combining marks are U+0300 and on.
    text = "Dai hoi" if encoding == "cp1258" else "Đa\u0323i ho\u0323\u0302i va\u0300 nha\u0300 ma\u0301y"
    for suffix in (".txt", ".md", ".html", ".csv", ".jsonl"):
        assert content_fault(suffix, text.encode(encoding)) is None


@given(st.binary(max_size=5000), st.sampled_from(SUFFIXES))
def test_whatever_a_file_begins_with_is_told_in_one_line(head: bytes, suffix: str) -> None:
    fault = content_fault(suffix, head)
    assert fault is None or (fault and "\n" not in fault)
