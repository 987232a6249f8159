"""Receiving files: names that any system can keep, contents that are what they say, limits, and nothing half there."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.testclient import TestClient

import ui.uploads
from ui.served import Refused
from ui.uploads import FOLDER, Arriving, Limits, Uploads, upload_routes

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


def test_what_announces_no_length_is_counted_as_large_as_it_may_become(uploads: Uploads, send: Send) -> None:
    with uploads.arriving("a.txt", None) as arriving:
        with pytest.raises(Refused, match="vượt quá"), uploads.arriving("b.txt", None):
            pass
        arriving.take(b"text")
        arriving.finish()
    assert send("b.txt", b"b" * 900_000)[0] == 200, "then it counts as what it is"


def test_others_go_on_while_a_file_is_compared(uploads: Uploads, send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    goes_on, compared = list[bool](), ui.uploads._digest

    def compare(path: Path) -> str:
        other = threading.Thread(target=uploads.done_with, args=["b.txt"], daemon=True)
        other.start()
        other.join(10)
        goes_on.append(not other.is_alive())
        return compared(path)

    monkeypatch.setattr(ui.uploads, "_digest", compare)
    for content in (b"one", b"two", b"two"):
        assert send("a.txt", content)[0] == 200
    assert goes_on
    assert all(goes_on)
    assert kept(uploads) == ["a (2).txt", "a.txt"]


def test_a_file_that_is_taken_away_while_it_is_compared_is_kept_anew(
    uploads: Uploads, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compare(path: Path) -> str:
        path.unlink()
        return digest

    assert send("a.txt", b"one")[0] == 200
    digest = ui.uploads._digest(uploads.folder / "a.txt")
    monkeypatch.setattr(ui.uploads, "_digest", compare)
    assert send("a.txt", b"one")[1] == {"file": "a.txt", "bytes": 3, "new": True}
    assert kept(uploads) == ["a.txt"]


@pytest.mark.parametrize("name", ["a.txt", "a.exe"])
def test_the_event_loop_never_waits_for_the_folder(tmp_path: Path, name: str) -> None:
    in_loop = list[bool]()

    def note() -> None:
        with contextlib.suppress(RuntimeError):
            in_loop.append(bool(asyncio.get_running_loop()))
            return
        in_loop.append(False)

    class Watched(Uploads):
        @contextlib.contextmanager
        def arriving(self, given: str, byte_count: int | None) -> Iterator[Arriving]:
            try:
                note()
                with super().arriving(given, byte_count) as arriving:
                    yield arriving
            finally:
                note()

    client = TestClient(Starlette(routes=upload_routes(Watched(tmp_path / "index", Limits(free_bytes=0)))))
    client.post(f"/upload?name={name}", content=b"text", headers={"X-Hoidap": "1"})
    assert in_loop == [False, False]


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


# --- claiming --------------------------------------------------------------------------------


@given(st.text(max_size=50))
@example("..")
@example("../index/hoidap.sqlite")
@example("\0")
@example("")
def test_only_files_of_the_folder_can_be_claimed(name: str) -> None:
    assert Uploads(FILES.parent).claim(name) is None
