"""The file of names and passwords, and the command that writes it."""

from __future__ import annotations

import io
import os
import stat
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa import HoidapError
from ui.cli import main
from ui.passwords import Account, Passwords, read_entries, remove_entry, set_entry

GOOD = "mật khẩu dài"


@pytest.fixture
def auth(tmp_path: Path) -> Path:
    path = tmp_path / "auth"
    set_entry(path, Account.of("lan", GOOD))
    return path


def typed(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(line))


@settings(max_examples=10)
@given(st.text(min_size=8, max_size=40), st.text(min_size=8, max_size=40))
def test_an_entry_read_back_fits_its_password_and_no_other(password: str, other: str) -> None:
    entry = Account.parse(str(Account.of("lan", password)))
    assert entry.fits(password)
    typed = [unicodedata.normalize("NFC", text).encode("utf-8", "replace") for text in (password, other)]
    assert entry.fits(other) == (typed[0] == typed[1])


@given(st.text(max_size=120))
def test_any_line_is_read_or_refused_in_words(line: str) -> None:
    try:
        entry = Account.parse(line)
    except ValueError:
        return
    assert Account.parse(str(entry)) == entry


def test_the_same_password_typed_as_other_code_points_fits() -> None:
    entry = Account.of("lan", "Đảng bộ huyện")
    assert entry.fits("Đa\u0309ng bô\u0323 huyê\u0323n")
    assert not entry.fits("Đang bo huyen")


def test_neither_the_password_nor_its_length_is_in_the_file(auth: Path) -> None:
    assert GOOD not in auth.read_text()
    assert str(Account.of("an", GOOD)) != str(Account.of("an", GOOD))  # salted
    assert len(str(Account.of("an", GOOD))) == len(str(Account.of("an", GOOD * 20)))


@pytest.mark.parametrize("name", ["", "hai từ", "a:b", "a$b\n", "x" * 65, "a/b", "#a"])
def test_a_name_that_a_line_cannot_hold_is_refused(name: str) -> None:
    with pytest.raises(HoidapError, match="a name is"):
        Account.of(name, GOOD)


@pytest.mark.parametrize("password", ["", "ngắn", "x" * 1_001], ids=["none", "short", "long"])
def test_a_password_too_short_or_long_is_refused(password: str) -> None:
    with pytest.raises(HoidapError, match="8 to 1000"):
        Account.of("lan", password)


LINE = str(Account.of("lan", GOOD))
WRONG_FILES = {
    "empty": "",
    "comments": "# nobody\n\n",
    "no-hash": "lan\n",
    "plain-password": "lan:secret-password\n",
    "other-scheme": LINE.replace("scrypt", "md5"),
    "cut": LINE[:-10],
    "no-salt": LINE.replace(LINE.split("$")[4], ""),
    "greedy": LINE.replace("$15$", "$40$"),
    "negative": LINE.replace("$15$", "$-1$"),
    "twice": f"{LINE}\n{LINE}\n",
    "one-wrong": f"{LINE}\nan:x\n",
}


@pytest.mark.parametrize("content", WRONG_FILES.values(), ids=WRONG_FILES)
def test_a_wrong_file_is_one_line_that_says_where(tmp_path: Path, content: str) -> None:
    path = tmp_path / "auth"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(HoidapError) as raised:
        Passwords(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)
    assert "secret-password" not in str(raised.value)


def test_what_is_no_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\0")
    (tmp_path / "binary").chmod(0o600)
    for path in (tmp_path / "none", tmp_path, tmp_path / "binary", Path("/dev/null")):
        with pytest.raises(HoidapError) as raised:
            read_entries(path)
        assert "\n" not in str(raised.value)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
@pytest.mark.parametrize("mode", [0o644, 0o604, 0o620, 0o602, 0o666])
def test_a_file_that_others_can_read_or_change_is_refused(auth: Path, mode: int) -> None:
    auth.chmod(mode)
    with pytest.raises(HoidapError, match="chmod 600"):
        read_entries(auth)


def test_whom_the_file_no_longer_names_is_out_at_once(auth: Path) -> None:
    passwords = Passwords(auth)
    assert passwords.checked("lan", GOOD)
    set_entry(auth, Account.of("an", GOOD))
    remove_entry(auth, "lan")
    assert passwords.checked("lan", GOOD) is None
    assert passwords.checked("an", GOOD)
    auth.write_text("nonsense")
    assert passwords.entry("an") is None  # nobody, rather than those of before
    auth.unlink()
    assert passwords.entry("an") is None


def test_an_unknown_name_costs_the_work_of_a_known_one(auth: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worked: list[str] = []
    fits = Account.fits
    monkeypatch.setattr(Account, "fits", lambda entry, password: worked.append(entry.name) or fits(entry, password))
    passwords = Passwords(auth)
    assert passwords.checked("lan", "sai mật khẩu") is None
    assert passwords.checked("không-có", GOOD) is None
    assert len(worked) == 2


# --- hoidap passwd ---------------------------------------------------------------------------------------


def test_passwd_adds_changes_and_removes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "auth"
    for name, password in (("lan", GOOD), ("Ánh", "một mật khẩu"), ("lan", "mật khẩu khác")):
        typed(monkeypatch, f"{password}\n")
        assert main(["passwd", str(path), name]) == 0
    assert set(read_entries(path)) == {"lan", "Ánh"}
    assert Passwords(path).checked("lan", "mật khẩu khác")
    assert not Passwords(path).checked("lan", GOOD)
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert main(["passwd", str(path), "A\u0301nh", "--remove"]) == 0
    assert set(read_entries(path)) == {"lan"}
    assert main(["passwd", str(path), "Ánh", "--remove"]) == 2
    assert "does not name" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["auth"]


def test_passwd_keeps_comments_and_refuses_a_wrong_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "auth"
    path.write_text(f"# toà soạn\n{LINE}\n")
    path.chmod(0o600)
    typed(monkeypatch, GOOD)
    assert main(["passwd", str(path), "an"]) == 0
    assert path.read_text().startswith("# toà soạn\n")
    path.write_text("nonsense\n")
    typed(monkeypatch, GOOD)
    assert main(["passwd", str(path), "an"]) == 2
    assert path.read_text() == "nonsense\n"


@pytest.mark.parametrize("name", ["hai từ", ""])
def test_passwd_refuses_a_wrong_name_before_it_asks(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", None)  # asking would fail
    assert main(["passwd", str(tmp_path / "auth"), name]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_passwd_asks_twice_without_echo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal())
    answers = iter([GOOD, GOOD, GOOD, "khác hẳn nhau"])
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(answers))
    assert main(["passwd", str(tmp_path / "auth"), "lan"]) == 0
    assert main(["passwd", str(tmp_path / "auth"), "an"]) == 2
    assert "differ" in capsys.readouterr().err
    assert set(read_entries(tmp_path / "auth")) == {"lan"}


def test_a_folder_that_is_not_there_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch, GOOD)
    assert main(["passwd", str(tmp_path / "none" / "auth"), "lan"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
