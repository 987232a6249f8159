"""The kept side of the page: the list of conversations, opening, naming, deleting and exporting one, and rating."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from typing import Any

from qa import LONGEST_RIGHT_ANSWER, LONGEST_TITLE, Conversations, ConversationsUnusable, NoConversation, Turn
from ui.export import as_json, as_markdown, file_name
from ui.render import notice_html
from ui.render_keeping import found_words, list_html, panel_html
from ui.served import MISUSED, Data, Refused, number_of, text_of

log = logging.getLogger(__name__)

GONE = "Không tìm thấy cuộc trò chuyện này: có thể nó đã bị xóa."
UNUSABLE = (
    "Hoidap không đọc hoặc không ghi được các cuộc trò chuyện đã lưu. Bạn vẫn hỏi được; nguyên nhân có ở cửa sổ đang "
    "chạy Hoidap."
)
NO_TITLE = "Tên cuộc trò chuyện không được để trống."
UNREADABLE_TURN = "Câu trả lời này do một bản Hoidap khác lưu lại nên không hiện được."

LISTED_MOST = 200
_LONGEST_ID = 200
_FORMATS = {"markdown": (as_markdown, "md", "text/markdown"), "json": (as_json, "json", "application/json")}

Reply = dict[str, Any]


class Keeping:
    """Serves what the page asks of an asker's own conversations."""

    def __init__(self, conversations: Conversations, turn_html: Callable[[Turn], str]) -> None:
        """Give what shows a kept turn as `turn_html`."""
        self._conversations = conversations
        self._turn_html = turn_html

    def functions(self) -> dict[str, Callable[[Data, str], Reply]]:
        """Give what the script may call, by name."""
        functions = (
            self.conversations,
            self.open_conversation,
            self.rename_conversation,
            self.delete_conversation,
            self.undelete_conversation,
            self.export_conversation,
            self.rate_turn,
        )
        return {function.__name__: function for function in functions}

    def conversations(self, data: Data, owner: str) -> Reply:
        """List the conversations that hold "text", all where there is none, the newest first.

        With "frame", give what stands in the panel around the list instead.
        """
        if data.get("frame") is True:
            return {"html": panel_html()}
        text = text_of(data, "text", 1_000)
        with _plainly():
            found = self._conversations.entries(owner, text)
        entries, more = found[:LISTED_MOST], max(0, len(found) - LISTED_MOST)
        return {
            "html": list_html(entries, more=more, is_search=bool(text)),
            "found": found_words(entries, more) if text else "",
        }

    def open_conversation(self, data: Data, owner: str) -> Reply:
        """Give the turns of the conversation "id" as HTML."""
        conversation = _id(data)
        with _plainly():
            entry = self._conversations.entry(owner, conversation)
            turns = self._conversations.turns(owner, conversation)
        return {"id": entry.id, "html": "".join(map(self._shown, turns))}

    def rename_conversation(self, data: Data, owner: str) -> Reply:
        """Give the conversation "id" another "title"."""
        conversation, title = _id(data), text_of(data, "title", LONGEST_TITLE)
        if not title:
            raise Refused(NO_TITLE)
        with _plainly():
            self._conversations.rename(owner, conversation, title)
            return {"id": conversation, "title": self._conversations.entry(owner, conversation).title}

    def delete_conversation(self, data: Data, owner: str) -> Reply:
        """Take the conversation "id" out of the list."""
        conversation = _id(data)
        with _plainly():
            title = self._conversations.entry(owner, conversation).title
            self._conversations.delete(owner, conversation)
        return {"id": conversation, "message": f"Đã xóa “{title}”."}

    def undelete_conversation(self, data: Data, owner: str) -> Reply:
        """Take back that the conversation "id" was deleted."""
        conversation = _id(data)
        with _plainly():
            self._conversations.undelete(owner, conversation)
            title = self._conversations.entry(owner, conversation).title
        return {"id": conversation, "message": f"Đã lấy lại “{title}”."}

    def export_conversation(self, data: Data, owner: str) -> Reply:
        """Give the conversation "id" as a file to save, in "format": markdown or json."""
        conversation, wanted = _id(data), text_of(data, "format", 20)
        if wanted not in _FORMATS:
            raise Refused(MISUSED)
        write, ending, kind = _FORMATS[wanted]
        with _plainly():
            title = self._conversations.entry(owner, conversation).title
            turns = self._conversations.turns(owner, conversation)
        try:
            text = write(title, turns)
        except (KeyError, TypeError, ValueError, AttributeError):
            log.exception("The conversation %s could not be exported", conversation)
            raise Refused(UNREADABLE_TURN) from None
        return {"filename": file_name(title, ending), "type": f"{kind};charset=utf-8", "text": text}

    def rate_turn(self, data: Data, owner: str) -> Reply:
        """Note the "rating" of the turn "number" of the conversation "id": "up", "down", or null to take it back.

        With "down" may come a "right_answer", up to 2,000 characters.
        """
        conversation, number, rating = _id(data), number_of(data, "number"), data.get("rating")
        if number is None or not (rating is None or rating in ("up", "down")):
            raise Refused(MISUSED)
        right = text_of(data, "right_answer", LONGEST_RIGHT_ANSWER) if data.get("right_answer") is not None else ""
        with _plainly():
            self._conversations.rate(owner, conversation, number, rating, right or None)
        return {}

    def _shown(self, turn: Turn) -> str:
        try:
            return self._turn_html(turn)
        except (KeyError, TypeError, ValueError, AttributeError):
            log.exception("A kept answer could not be shown")
            return notice_html(UNREADABLE_TURN)


def _id(data: Data) -> str:
    conversation = text_of(data, "id", _LONGEST_ID)
    if not conversation:
        raise Refused(MISUSED)
    return conversation


@contextlib.contextmanager
def _plainly() -> Iterator[None]:
    """Say in Vietnamese what keeps a conversation from being had."""
    try:
        yield
    except NoConversation:
        raise Refused(GONE) from None
    except ConversationsUnusable as error:
        log.error("%s", error)
        raise Refused(UNUSABLE) from None
