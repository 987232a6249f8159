"""Who may come in: a file of names and hashed passwords, a line each, `name:scrypt$log2(n)$r$p$salt$digest`."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import logging
import os
import re
import secrets
import stat
import tempfile
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from qa import HoidapError

__all__ = ["Account", "Passwords", "read_entries", "remove_entry", "set_entry"]

log = logging.getLogger(__name__)

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 1000

_NAME = re.compile(r"[\w.@+-]{1,64}")
_LONGEST_FILE = 1_000_000
_MOST_MEMORY_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True)
class Account:
    """A name and what its password is checked against."""

    name: str
    salt: bytes = field(repr=False)
    digest: bytes = field(repr=False)
    # 32 MB and a tenth of a second: costly to guess, and yet a desk's small server can afford two at a time.
    log2_n: int = 15
    r: int = 8
    p: int = 1

    @classmethod
    def of(cls, name: str, password: str) -> Account:
        """Make the entry of a name and its password. Raises HoidapError where either cannot be used."""
        name = unicodedata.normalize("NFC", name)
        if not _NAME.fullmatch(name):
            raise HoidapError(f"a name is 1 to 64 letters, digits and . _ - + @, without spaces; found {name!r}")
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            raise HoidapError(
                f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters, found {len(password)}"
            )
        blank = cls(name, secrets.token_bytes(16), b"")
        return cls(name, blank.salt, blank._digest_of(password))

    @classmethod
    def parse(cls, line: str) -> Account:
        """Read a line of the file. Raises ValueError, saying what is wrong with it."""
        name, colon, coded = line.partition(":")
        if not colon or not _NAME.fullmatch(name):
            raise ValueError("a line is NAME:HASH")
        try:
            scheme, log2_n, r, p, salt, digest = coded.split("$")
            numbers = [int(number) for number in (log2_n, r, p) if number.isascii() and number.isdecimal()]
            raw = [base64.b64decode(part, validate=True) for part in (salt, digest)]
        except (ValueError, binascii.Error):
            raise ValueError("its hash is not one that `hoidap passwd` writes") from None
        if scheme != "scrypt" or len(numbers) != 3 or len(raw[0]) < 8 or len(raw[1]) != 32:
            raise ValueError("its hash is not one that `hoidap passwd` writes")
        entry = cls(unicodedata.normalize("NFC", name), raw[0], raw[1], *numbers)
        if not (
            1 <= entry.log2_n <= 20 and entry.r >= 1 and 1 <= entry.p <= 16 and entry._memory <= _MOST_MEMORY_BYTES
        ):
            raise ValueError("its hash asks for more memory or time than a password is worth")
        return entry

    def __str__(self) -> str:
        salt, digest = (base64.b64encode(part).decode() for part in (self.salt, self.digest))
        return f"{self.name}:scrypt${self.log2_n}${self.r}${self.p}${salt}${digest}"

    def fits(self, password: str) -> bool:
        """Tell whether this is the password; takes a tenth of a second."""
        return hmac.compare_digest(self._digest_of(password[:LONGEST_PASSWORD]), self.digest)

    @property
    def _memory(self) -> int:
        return 128 * self.r * ((1 << self.log2_n) + self.p)

    def _digest_of(self, password: str) -> bytes:
        # A keyboard may send "ậ" as one code point or as three: the password is the same.
        typed = unicodedata.normalize("NFC", password).encode("utf-8", "replace")
        return hashlib.scrypt(
            typed, salt=self.salt, n=1 << self.log2_n, r=self.r, p=self.p, maxmem=self._memory + 1_000_000, dklen=32
        )


class Passwords:
    """A file of entries, read again whenever it has changed, so that whom it no longer names is out at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entries = read_entries(path)
        self._stamp = self._stamp_now()
        self._stranger = Account.of("stranger", secrets.token_hex(16))

    def entry(self, name: str) -> Account | None:
        """Give the entry of a name, None where there is none."""
        self._refresh()
        return self._entries.get(unicodedata.normalize("NFC", name))

    def checked(self, name: str, password: str) -> Account | None:
        """Give the entry that a name and password fit, else None; an unknown name takes as long as a known one."""
        entry = self.entry(name)
        fits = (entry or self._stranger).fits(password)
        return entry if fits else None

    def _refresh(self) -> None:
        stamp = self._stamp_now()
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._entries = read_entries(self._path)
        except HoidapError as error:
            log.error("%s; until that is mended nobody is let in", error)
            self._entries = {}

    def _stamp_now(self) -> tuple[int, ...]:
        try:
            found = self._path.stat()
        except OSError:
            return ()
        return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_mode


def read_entries(path: Path) -> dict[str, Account]:
    """Read a file of entries, by name. Raises HoidapError where it cannot be trusted or understood."""
    entries: dict[str, Account] = {}
    for number, line in enumerate(_lines(path), 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            entry = Account.parse(line.strip())
        except ValueError as error:
            raise HoidapError(f"{path}, line {number}: {error}; make it anew with: hoidap passwd {path} NAME") from None
        if entry.name in entries:
            raise HoidapError(f"{path}, line {number}: the name {entry.name} is there twice; keep one of the lines")
        entries[entry.name] = entry
    if not entries:
        raise HoidapError(f"{path} names nobody; add a name with: hoidap passwd {path} NAME")
    return entries


def set_entry(path: Path, entry: Account) -> bool:
    """Write an entry into a file, which is made where there is none; tell whether the name was there before.

    Raises HoidapError where the file cannot be trusted, understood or written.
    """
    lines, had = _lines_without(path, entry.name) if path.exists() else ([], False)
    _write(path, [*lines, str(entry)])
    return had


def remove_entry(path: Path, name: str) -> None:
    """Take a name out of a file. Raises HoidapError where it is not there, or the file cannot be used."""
    lines, had = _lines_without(path, name)
    if not had:
        raise HoidapError(f"{path} does not name {name!r}: nothing was changed")
    _write(path, lines)


def _lines(path: Path) -> list[str]:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise HoidapError(f"{path} is not a file of names and passwords")
        # Windows has no such bits; its permissions are the folder's.
        if os.name != "nt" and found.st_mode & 0o027:
            raise HoidapError(f"{path} can be read or changed by others on this machine; run: chmod 600 {path}")
        if found.st_size > _LONGEST_FILE:
            raise HoidapError(f"{path} is too large for a file of names and passwords")
        return path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise HoidapError(f"there is no file {path}; make one with: hoidap passwd {path} NAME") from None
    except OSError as error:
        raise HoidapError(f"{path} cannot be read ({error.strerror or error})") from None
    except ValueError:
        raise HoidapError(f"{path} is not a file of names and passwords") from None


def _lines_without(path: Path, name: str) -> tuple[list[str], bool]:
    lines = _lines(path)
    if any(line.strip() and not line.startswith("#") for line in lines):
        read_entries(path)  # so that a wrong file is told of, not added to
    name = unicodedata.normalize("NFC", name)
    kept = [line for line in lines if unicodedata.normalize("NFC", line.strip().partition(":")[0]) != name]
    return kept, len(kept) < len(lines)


def _write(path: Path, lines: list[str]) -> None:
    path = path.resolve()  # a link stays a link
    try:
        # mkstemp makes files that only their owner can read.
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.writelines(f"{line}\n" for line in lines)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        except BaseException:
            Path(part).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise HoidapError(f"{path} cannot be written ({error.strerror or error})") from None
