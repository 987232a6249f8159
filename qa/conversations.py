"""Conversations that are kept: who asked what, what was answered then, and what they thought of it.

conversations = Conversations.open(Path("index"))
conversation = conversations.start("", "Cao Lộc có bao nhiêu đảng viên?")
conversations.add_turn("", conversation, "Cao Lộc có bao nhiêu đảng viên?", {"answered": True, "answer": "…"})
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from qa.conversation_file import CONVERSATIONS_NAME, ConversationFile, ConversationsUnusable
from qa.conversation_values import (
    LONGEST_QUESTION,
    LONGEST_RECORD,
    LONGEST_RIGHT_ANSWER,
    LONGEST_TITLE,
    Entry,
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
from qa.listing import Sought

__all__ = ["Conversations", "ConversationsUnusable", "Entry", "NoConversation", "Rated", "Turn"]

KEPT_FOR_UNDO = timedelta(days=1)


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

    @classmethod
    def open(cls, folder: str | Path, *, write: bool = True) -> Conversations:
        """Open the conversations of an index folder at once; with `write`, begin them where there are none."""
        opened = cls(folder, write=write)
        if write:
            opened.purge()
        else:
            opened._current()
        return opened

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
            return _start(file, owner, title)

    def entries(self, owner: str, text: str = "") -> list[Entry]:
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
        entries = [Entry(*row) for row in listed]
        if not text.strip():
            return entries
        found = self._holding(owner, Sought(sound(text)))
        return [entry for entry in entries if entry.id in found]

    def _holding(self, owner: str, sought: Sought) -> set[str]:
        """Find the owner's conversations that hold a text, those that are deleted too."""
        file = self._current()
        titles = dict(file.rows("SELECT id, title FROM conversations WHERE owner = ?", (sound(owner),)))
        texts = {conversation: [title] for conversation, title in titles.items()}
        turns = (
            "SELECT conversation, question, answer FROM turns JOIN conversations ON id = conversation WHERE owner = ?"
        )
        for conversation, question, answer in file.rows(turns, (sound(owner),)):
            texts.setdefault(conversation, []).extend((question, answer))
        # Looked through together: most of the time goes to beginning with a text.
        return {
            conversation
            for conversation, told in texts.items()
            if sought.in_text(_APART.join(told)) or sought.in_name(titles.get(conversation, ""))
        }

    def entry(self, owner: str, conversation: str) -> Entry:
        """Give one conversation's line of the list."""
        rows = self._current().rows(
            "SELECT id, title, started, changed, (SELECT count(*) FROM turns WHERE conversation = id)"
            " FROM conversations WHERE id = ? AND owner = ? AND deleted IS NULL",
            (sound(conversation), sound(owner)),
        )
        if not rows:
            raise NoConversation("there is no such conversation")
        return Entry(*rows[0])

    def rename(self, owner: str, conversation: str, title: str) -> None:
        """Give a conversation another title; its place in the list stays."""
        self._change(owner, conversation, "title = ?", shortened(title, LONGEST_TITLE))

    def delete(self, owner: str, conversation: str) -> None:
        """Take a conversation out of the list; for a day it can be taken back."""
        self._change(owner, conversation, "deleted = ?", _now())
        self.purge()

    def undelete(self, owner: str, conversation: str) -> None:
        """Take back what was deleted; what was not deleted is left as it is."""
        self._change(owner, conversation, "deleted = ?", None, also_deleted=True)

    def purge(self, older_than: timedelta = KEPT_FOR_UNDO) -> None:
        """Forget for good what was deleted that long ago."""
        until = _iso(datetime.now(UTC) - older_than)
        if self._current().rows("SELECT 1 FROM conversations WHERE deleted <= ? LIMIT 1", (until,)):
            with self._current().writing() as file:
                file.rows("DELETE FROM conversations WHERE deleted <= ?", (until,))

    def _change(
        self, owner: str, conversation: str, what: str, value: str | None, *, also_deleted: bool = False
    ) -> None:
        with self._current().writing() as file:
            self._own(file, owner, conversation, also_deleted=also_deleted)
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

        A question is kept up to 2,000 characters. A record longer than 1,000,000 as JSON raises TooLong.
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
                conversation = _start(file, owner, question)
            self._own(file, owner, conversation)
            if replaced is not None:
                file.rows("DELETE FROM turns WHERE conversation = ? AND number >= ?", (conversation, replaced))
            ((last,),) = file.rows("SELECT max(number) FROM turns WHERE conversation = ?", (conversation,))
            number, now = int(last or 0) + 1, _now()
            file.rows(
                "INSERT INTO turns VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL)",
                (conversation, number, asked, answer, *kept, now),
            )
            file.rows("UPDATE conversations SET changed = ? WHERE id = ?", (now, conversation))
        return conversation, number

    def turns(self, owner: str, conversation: str) -> list[Turn]:
        """Give a conversation's turns, the oldest first."""
        file = self._current()
        with file.reading():
            self._own(file, owner, conversation)
            rows = file.rows(f"SELECT {_TURN} FROM turns WHERE conversation = ? ORDER BY number", (conversation,))
        return [self._turn(row) for row in rows]

    def rate(
        self, owner: str, conversation: str, number: int, rating: Rating | None, right_answer: str | None = None
    ) -> None:
        """Note what somebody thought of an answer, instead of what they thought before; None takes it back.

        A right answer is kept beside "down" alone, up to 2,000 characters.
        """
        better = cut(sound(right_answer or "").strip(), LONGEST_RIGHT_ANSWER) if rating == "down" else ""
        with self._current().writing() as file:
            self._own(file, owner, conversation)
            rated = file.rows(
                "UPDATE turns SET rating = ?, right_answer = ?, rated = ? WHERE conversation = ? AND number = ?"
                " RETURNING number",
                (rating, better or None, _now() if rating else None, conversation, number),
            )
            if not rated:
                raise NoConversation("there is no such question in this conversation")

    def ratings(self) -> Iterator[Rated]:
        """Yield what any owner rated and has not deleted, in the order in which it was rated."""
        file = self._current()
        rated = (
            f"SELECT t.conversation, t.rated, {_TURN} FROM turns t JOIN conversations c ON c.id = t.conversation"
            " WHERE t.rating IS NOT NULL AND c.deleted IS NULL ORDER BY t.rated"
        )
        for conversation, moment, *row in file.rows(rated):
            before = "SELECT question FROM turns WHERE conversation = ? AND number < ? ORDER BY number"
            context = tuple(question for (question,) in file.rows(before, (conversation, row[0])))
            yield Rated(conversation, self._turn(row), context, moment)

    # ------------------------------------------------------------------------------------------------------

    def _turn(self, row: Sequence[Any]) -> Turn:
        number, question, record, scope, *rest = row
        try:
            return Turn(number, question, json.loads(record), json.loads(scope), *rest)
        except ValueError as error:
            raise ConversationsUnusable(f"{self._path} holds an answer that cannot be read ({error})") from error

    def _own(self, file: ConversationFile, owner: str, conversation: str, *, also_deleted: bool = False) -> None:
        """Raise NoConversation unless a conversation is an owner's, and not deleted."""
        sql = "SELECT deleted FROM conversations WHERE id = ? AND owner = ?"
        rows = file.rows(sql, (sound(conversation), sound(owner)))
        if not rows or (rows[0][0] is not None and not also_deleted):
            raise NoConversation("there is no such conversation")

    def _current(self) -> ConversationFile:
        """Give the open file, opened anew where another has taken its name or it was moved away."""
        with self._opening:
            if self._file is None or (self._write and not self._file.is_current()):
                # One that was open is not closed: another thread may be reading from it.
                self._file = ConversationFile.open(self._path, write=self._write)
            return self._file


_APART = "\ue000"
"""Stands between texts that are no one text; nothing that is looked for runs across it."""
_TURN = "number, question, record, scope, asked, rating, right_answer"


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")


def _start(file: ConversationFile, owner: str, title: str) -> str:
    conversation, now = secrets.token_urlsafe(16), _now()
    row = (conversation, sound(owner), shortened(title, LONGEST_TITLE), now, now)
    file.rows("INSERT INTO conversations VALUES (?, ?, ?, ?, ?, NULL)", row)
    return conversation


def _now() -> str:
    return _iso(datetime.now(UTC))
