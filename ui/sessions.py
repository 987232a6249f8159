"""Who is in, and who has guessed too often: both kept in memory alone, and never without end."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from ui.passwords import Account

__all__ = ["Guesses", "Sessions"]

IDLE_SECONDS = 12 * 3600
_MOST_SESSIONS = 10_000
_MOST_GUESSERS = 10_000

Clock = Callable[[], float]


@dataclass
class _Session:
    entry: Account
    seen: float


class Sessions:
    """Sessions by their token, of which only a hash is kept; each ends 12 hours after it was last used."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._sessions: OrderedDict[bytes, _Session] = OrderedDict()

    def open(self, entry: Account, token: str | None = None) -> str:
        """Begin a session of whoever has this entry; return its token, a new random one where none is given."""
        token = token or secrets.token_urlsafe(32)
        self._sessions[_key(token)] = _Session(entry, self._clock())
        self._sessions.move_to_end(_key(token))
        while len(self._sessions) > _MOST_SESSIONS:
            self._sessions.popitem(last=False)
        return token

    def entry(self, token: str) -> Account | None:
        """Give the entry that a session was begun with, None where there is none, or none any more."""
        session = self._sessions.get(_key(token))
        if session is None:
            return None
        now = self._clock()
        if now - session.seen > IDLE_SECONDS:
            self.close(token)
            return None
        session.seen = now
        self._sessions.move_to_end(_key(token))
        return session.entry

    def close(self, token: str) -> None:
        """End a session, where there is one."""
        self._sessions.pop(_key(token), None)


@dataclass
class _Count:
    failures: int
    wait_until: float
    seen: float


class Guesses:
    """How often a name, or an address, was given a wrong password; from some number on each costs a longer wait."""

    def __init__(self, free: int, longest_wait_seconds: float, clock: Clock = time.monotonic) -> None:
        self._free = free
        self._longest_wait_seconds = longest_wait_seconds
        self._clock = clock
        self._counts: OrderedDict[str, _Count] = OrderedDict()

    def wait_seconds(self, who: str) -> float:
        """Tell how long to wait until the next guess is taken; 0 for none."""
        count = self._counts.get(who)
        return max(0.0, count.wait_until - self._clock()) if count else 0.0

    def failed(self, who: str) -> None:
        """Count a guess. Called before the password is checked, so that a hundred at once do not count as one."""
        now = self._clock()
        count = self._counts.get(who)
        if count is None or now - count.seen > 3600:
            count = self._counts[who] = _Count(0, now, now)
        count.failures += 1
        count.seen = now
        if count.failures >= self._free:
            count.wait_until = now + min(2.0 ** min(count.failures - self._free, 30), self._longest_wait_seconds)
        self._counts.move_to_end(who)
        while len(self._counts) > _MOST_GUESSERS:
            self._counts.popitem(last=False)

    def take_back(self, who: str, *, every: bool = False) -> None:
        """Take back the last guess of one who knew the password after all, or every one."""
        count = self._counts.get(who)
        if count is None:
            return
        count.failures, count.wait_until = count.failures - 1, self._clock()
        if every or count.failures <= 0:
            del self._counts[who]


def _key(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
