"""What is read from, and written to, the tables of kept conversations."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from qa.conversation_file import ConversationFile, ConversationsUnusable
from qa.conversation_values import LONGEST_TITLE, NoConversation, Rated, Turn, shortened, sound
from qa.listing import Sought

_TURN = "number, question, record, scope, asked, rating, right_answer"
_APART = "\ue000"
"""Stands between texts that are no one text; nothing that is looked for runs across it."""


def begin(file: ConversationFile, owner: str, title: str) -> str:
    """Add a conversation without turns; give its id."""
    conversation, now = secrets.token_urlsafe(16), moment()
    row = (conversation, sound(owner), shortened(title, LONGEST_TITLE), now, now)
    file.rows("INSERT INTO conversations VALUES (?, ?, ?, ?, ?, NULL)", row)
    return conversation


def check_owned(file: ConversationFile, owner: str, conversation: str, *, also_deleted: bool = False) -> None:
    """Raise NoConversation unless a conversation is an owner's, and not deleted."""
    sql = "SELECT deleted FROM conversations WHERE id = ? AND owner = ?"
    rows = file.rows(sql, (sound(conversation), sound(owner)))
    if not rows or (rows[0][0] is not None and not also_deleted):
        raise NoConversation("there is no such conversation")


def holding(file: ConversationFile, owner: str, text: str) -> set[str]:
    """Find the ids of the owner's conversations that hold a text, those that are deleted too."""
    sought, owner = Sought(sound(text)), sound(owner)
    titles = dict(file.rows("SELECT id, title FROM conversations WHERE owner = ?", (owner,)))
    texts = {conversation: [title] for conversation, title in titles.items()}
    turns = "SELECT conversation, question, answer FROM turns JOIN conversations ON id = conversation WHERE owner = ?"
    for conversation, question, answer in file.rows(turns, (owner,)):
        texts.setdefault(conversation, []).extend((question, answer))
    # Looked through together: most of the time goes to beginning with a text.
    return {
        conversation
        for conversation, told in texts.items()
        if sought.in_text(_APART.join(told)) or sought.in_name(titles.get(conversation, ""))
    }


def turns_of(file: ConversationFile, conversation: str) -> list[Turn]:
    """Read a conversation's turns, the oldest first."""
    rows = file.rows(f"SELECT {_TURN} FROM turns WHERE conversation = ? ORDER BY number", (conversation,))
    return [_turn(file, row) for row in rows]


def ratings_in(file: ConversationFile) -> Iterator[Rated]:
    """Yield what was rated and is not deleted, in the order in which it was rated."""
    rated = (
        f"SELECT t.conversation, t.rated, {_TURN} FROM turns t JOIN conversations c ON c.id = t.conversation"
        " WHERE t.rating IS NOT NULL AND c.deleted IS NULL ORDER BY t.rated"
    )
    for conversation, when, *row in file.rows(rated):
        before = "SELECT question FROM turns WHERE conversation = ? AND number < ? ORDER BY number"
        context = tuple(question for (question,) in file.rows(before, (conversation, row[0])))
        yield Rated(conversation, _turn(file, row), context, when)


def _turn(file: ConversationFile, row: Sequence[Any]) -> Turn:
    number, question, record, scope, *rest = row
    try:
        return Turn(number, question, json.loads(record), json.loads(scope), *rest)
    except ValueError as error:
        raise ConversationsUnusable(f"{file.path} holds an answer that cannot be read ({error})") from error


def moment(when: datetime | None = None) -> str:
    """Write a moment, now where none is given, as the tables hold it."""
    return (when or datetime.now(UTC)).isoformat(timespec="microseconds")
