"""Conversations that are kept: who asked what, what was answered then, and what they thought of it.

conversations = Conversations.open(Path("index"))
conversation = conversations.start("", "Cao Lộc có bao nhiêu đảng viên?")
conversations.add_turn("", conversation, "Cao Lộc có bao nhiêu đảng viên?", {"answered": True, "answer": "…"})
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from qa.conversation_file import CONVERSATIONS_NAME, ConversationFile, ConversationsUnusable
from qa.conversation_rows import begin, check_owned, holding, moment, ratings_in, turns_of
from qa.conversation_values import (
    LONGEST_QUESTION,
    LONGEST_RECORD,
    LONGEST_RIGHT_ANSWER,
    LONGEST_TITLE,
    KeptConversation,
    NoConversation,
    Rated,
    Rating,
    TooLong,
    Turn,
    as_json,
    cut,
    shortened,
    sound,
)

__all__ = ["Conversations", "ConversationsUnusable", "KeptConversation", "NoConversation", "Rated", "Turn"]

KEPT_FOR_UNDO = timedelta(days=1)
_PURGED_EVERY = 3600.0
"""Seconds, so that looking for what is to be forgotten costs nothing."""


class Conversations:
    """The conversations kept beside an index; for threads and for several processes.

    What an owner asks for and does not own is not there: NoConversation. Any call raises ConversationsUnusable where
    the file is damaged or cannot be written; what was kept before is then untouched, and once a person has mended that,
    the next call finds the file anew.
    """

    def __init__(self, folder: str | Path, *, write: bool = True) -> None:
        """Keep conversations in an index folder. Nothing is opened, or begun, before the first call."""
        self._path, self._write = Path(folder) / CONVERSATIONS_NAME, write
        self._file: ConversationFile | None = None
        self._opening = threading.Lock()
        self._purged = -math.inf

    @classmethod
    def open(cls, folder: str | Path, *, write: bool = True) -> Conversations:
        """Open the conversations of an index folder at once; with `write`, begin them where there are none."""
        opened = cls(folder, write=write)
        if write:
            opened.purge()
        else:
            opened._current()
        return opened

    def exist(self) -> bool:
        """Tell whether any conversation has ever been kept here. Opens nothing."""
        return self._path.is_file()

    def close(self) -> None:
        """Close the file; closing twice is harmless."""
        with self._opening:
            if self._file is not None:
                self._file.close()
            self._file = None

    # --- the list ----------------------------------------------------------------------------------------

    def start(self, owner: str, title: str) -> str:
        """Begin a conversation; give its id, which cannot be guessed. A title is one line of at most 200 characters."""
        with self._current().writing() as file:
            return begin(file, owner, title)

    def entries(self, owner: str, text: str = "") -> list[KeptConversation]:
        """List an owner's conversations, the one that changed last first.

        `text` keeps to those whose title, questions or answers hold its words; neither case nor, typed without any,
        diacritics matter. In a title it may also stand in the middle of a word.
        """
        listed = self._current().rows(
            "SELECT c.id, c.title, c.started, c.changed, count(t.number) FROM conversations c"
            " LEFT JOIN turns t ON t.conversation = c.id WHERE c.owner = ? AND c.deleted IS NULL"
            " GROUP BY c.id ORDER BY c.changed DESC, c.id",
            (sound(owner),),
        )
        entries = [KeptConversation(*row) for row in listed]
        if not text.strip():
            return entries
        found = holding(self._current(), owner, text)
        return [entry for entry in entries if entry.id in found]

    def entry(self, owner: str, conversation: str) -> KeptConversation:
        """Give one conversation's line of the list."""
        rows = self._current().rows(
            "SELECT id, title, started, changed, (SELECT count(*) FROM turns WHERE conversation = id)"
            " FROM conversations WHERE id = ? AND owner = ? AND deleted IS NULL",
            (sound(conversation), sound(owner)),
        )
        if not rows:
            raise NoConversation("there is no such conversation")
        return KeptConversation(*rows[0])

    def rename(self, owner: str, conversation: str, title: str) -> None:
        """Give a conversation another title; its place in the list stays."""
        self._change(owner, conversation, "title = ?", shortened(title, LONGEST_TITLE))

    def delete(self, owner: str, conversation: str) -> None:
        """Take a conversation out of the list; for a day it can be taken back."""
        self._change(owner, conversation, "deleted = ?", moment())
        self.purge()

    def undelete(self, owner: str, conversation: str) -> None:
        """Take back what was deleted; what was not deleted is left as it is."""
        self._change(owner, conversation, "deleted = ?", None, also_deleted=True)

    def purge(self, older_than: timedelta = KEPT_FOR_UNDO) -> None:
        """Forget for good what was deleted that long ago. Deleting does so, and keeping, once an hour."""
        self._purged = time.monotonic()
        until = moment(datetime.now(UTC) - older_than)
        if self._current().rows("SELECT 1 FROM conversations WHERE deleted <= ? LIMIT 1", (until,)):
            with self._current().writing() as file:
                file.rows("DELETE FROM conversations WHERE deleted <= ?", (until,))

    def _change(
        self, owner: str, conversation: str, what: str, value: str | None, *, also_deleted: bool = False
    ) -> None:
        with self._current().writing() as file:
            check_owned(file, owner, conversation, also_deleted=also_deleted)
            file.rows(f"UPDATE conversations SET {what} WHERE id = ?", (value, sound(conversation)))

    # --- turns -------------------------------------------------------------------------------------------

    def add_turn(
        self,
        owner: str,
        conversation: str,
        question: str,
        record: Mapping[str, Any],
        scope: Mapping[str, Any] | None = None,
    ) -> int:
        """Keep a question and the record of its answer; give its number, from 1.

        A question is kept up to 2,000 characters; a longer one is cut. A record longer than 1,000,000 as JSON raises
        TooLong.
        """
        return self.keep(owner, conversation, question, record, scope)[1]

    def keep(
        self,
        owner: str,
        conversation: str | None,
        question: str,
        record: Mapping[str, Any],
        scope: Mapping[str, Any] | None = None,
        *,
        replaced: int | None = None,
    ) -> tuple[str, int]:
        """Keep a question as `add_turn` does, all or nothing; give its conversation and number.

        Where no conversation is named, one begins that has the question for its title. With `replaced`, the turns from
        that number on make way: it is an edited question.
        """
        kept = [as_json(record), as_json(scope or {})]
        if max(map(len, kept)) > LONGEST_RECORD:
            raise TooLong(f"an answer to keep has at most {LONGEST_RECORD} characters, found {max(map(len, kept))}")
        asked, answer = cut(sound(question), LONGEST_QUESTION), sound(str(record.get("answer") or ""))
        with self._current().writing() as file:
            if conversation is None:
                conversation = begin(file, owner, question)
            check_owned(file, owner, conversation)
            if replaced is not None:
                file.rows("DELETE FROM turns WHERE conversation = ? AND number >= ?", (conversation, replaced))
            ((last,),) = file.rows("SELECT max(number) FROM turns WHERE conversation = ?", (conversation,))
            number, now = int(last or 0) + 1, moment()
            file.rows(
                "INSERT INTO turns VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL)",
                (conversation, number, asked, answer, *kept, now),
            )
            file.rows("UPDATE conversations SET changed = ? WHERE id = ?", (now, conversation))
        if time.monotonic() - self._purged >= _PURGED_EVERY:
            with contextlib.suppress(ConversationsUnusable):  # the question itself is kept
                self.purge()
        return conversation, number

    def turns(self, owner: str, conversation: str) -> list[Turn]:
        """Give a conversation's turns, the oldest first."""
        file = self._current()
        with file.reading():
            check_owned(file, owner, conversation)
            return turns_of(file, conversation)

    def rate(
        self, owner: str, conversation: str, number: int, rating: Rating | None, right_answer: str | None = None
    ) -> None:
        """Note what somebody thought of an answer, instead of what they thought before; None takes it back.

        A right answer is kept beside "down" alone, up to 2,000 characters; a longer one is cut.
        """
        better = cut(sound(right_answer or "").strip(), LONGEST_RIGHT_ANSWER) if rating == "down" else ""
        with self._current().writing() as file:
            check_owned(file, owner, conversation)
            rated = file.rows(
                "UPDATE turns SET rating = ?, right_answer = ?, rated = ? WHERE conversation = ? AND number = ?"
                " RETURNING number",
                (rating, better or None, moment() if rating else None, conversation, number),
            )
            if not rated:
                raise NoConversation("there is no such question in this conversation")

    def ratings(self) -> Iterator[Rated]:
        """Yield what any owner rated and has not deleted, in the order in which it was rated."""
        yield from ratings_in(self._current())

    # ------------------------------------------------------------------------------------------------------

    def _current(self) -> ConversationFile:
        """Give the open file, opened anew where another has taken its name or it was moved away."""
        with self._opening:
            if self._file is None or (self._write and not self._file.is_current()):
                # One that was open is not closed: another thread may be reading from it.
                self._file = ConversationFile.open(self._path, write=self._write)
            return self._file
