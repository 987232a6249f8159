"""The conversation's side of the page: a question is answered and kept, suggestions are offered."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Protocol

from qa import Answer, Conversations, HoidapError
from ui.calls import LONGEST_QUESTION
from ui.records import answer_record
from ui.render_answer import turn_html
from ui.served import MISUSED, Data, Refused, number_of, text_of, texts_of

log = logging.getLogger(__name__)

KEPT_HISTORY = 30
NO_QUESTION = "Bạn chưa viết câu hỏi. Hãy viết câu hỏi vào ô bên dưới rồi bấm “Hỏi”."

_STOPPED_MOST = 1000


class Assistant(Protocol):
    """The part of `qa.Assistant` that answers."""

    def ask(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        articles: Sequence[str] = (),
        sources: Sequence[str] = (),
        since: date | None = None,
        until: date | None = None,
    ) -> Answer:
        """Answer a question asked after others, the oldest first, from a part of the corpus."""


class Asking:
    """Answers what the page asks, and keeps it in the asker's conversations."""

    def __init__(
        self, assistant: Assistant, conversations: Conversations, suggested: Callable[[], Sequence[str]] = lambda: ()
    ) -> None:
        """Give the questions that an empty chat offers by `suggested`."""
        self._assistant = assistant
        self._conversations = conversations
        self._suggested = suggested
        # Those that were stopped before they began or while they ran, the oldest forgotten first.
        self._stopped: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._lock = threading.Lock()

    def functions(self) -> dict[str, Callable[[Data, str], dict[str, Any]]]:
        """Give what the script may call, by name."""
        return {"ask": self.ask, "stop": self.stop, "suggestions": self.suggestions}

    def ask(self, data: Data, owner: str) -> dict[str, Any]:
        """Answer a question in a conversation, a new one where none is named; give the turn as HTML.

        With "replace", the turns from that number on make way for this one: it is an edited question. "shown" and
        "number" are the questions on the page and how many those are.
        """
        question = text_of(data, "question", 1_000_000)
        if not any(sign.isalnum() for sign in question):
            raise Refused(NO_QUESTION)
        conversation, replaced = text_of(data, "conversation", 200), number_of(data, "replace")
        token = (owner, text_of(data, "token", 200))
        scope = scope_of(data)
        # What the page shows, where none of it could be kept, or it was deleted in another window.
        history = [asked for asked in texts_of(data, "shown", longest=LONGEST_QUESTION + 1) if asked]
        number = (number_of(data, "number") or 0) + 1
        if conversation:
            try:
                turns = self._conversations.turns(owner, conversation)
                history = [turn.question for turn in turns if replaced is None or turn.number < replaced]
            except HoidapError as error:
                log.error("%s", error)
                conversation, replaced = "", None
        if self._was_stopped(token):
            return {"stopped": True}
        answer = self._assistant.ask(question, history=tuple(history[-KEPT_HISTORY:]), **arguments(scope))
        record, is_kept = answer_record(answer), True
        with self._lock:
            if self._was_stopped(token):
                return {"stopped": True}
            try:
                conversation, number = self._conversations.keep(
                    owner, conversation or None, question, record, scope, replaced=replaced
                )
            except HoidapError as error:
                # An answer is worth showing where the disk is full.
                log.error("%s", error)
                is_kept = False
        html = turn_html(question, record, number, is_limited=bool(scope), is_kept=is_kept)
        return {"conversation": conversation, "number": number, "html": html}

    def stop(self, data: Data, owner: str) -> dict[str, Any]:
        """Leave a question unanswered, if it has not been yet: nothing of it is kept."""
        if token := text_of(data, "token", 200):
            with self._lock:
                self._stopped[owner, token] = None
                while len(self._stopped) > _STOPPED_MOST:
                    self._stopped.popitem(last=False)
        return {}

    def suggestions(self, data: Data, owner: str) -> dict[str, Any]:
        """Give questions that the corpus answers."""
        return {"questions": list(self._suggested())}

    def _was_stopped(self, token: tuple[str, str]) -> bool:
        return token in self._stopped


def scope_of(data: Data) -> dict[str, Any]:
    """Read the part of the corpus that a question is limited to; empty where it is not. Raises Refused for misuse."""
    given = data.get("scope") or {}
    if not isinstance(given, dict):
        raise Refused(MISUSED)
    scope: dict[str, Any] = {name: list(texts) for name in ("articles", "sources") if (texts := texts_of(given, name))}
    for name in ("since", "until"):
        if day := text_of(given, name, 40) if given.get(name) else "":
            try:
                scope[name] = date.fromisoformat(day).isoformat()
            except ValueError:
                raise Refused("Ngày không hợp lệ: hãy chọn lại ngày.") from None
    return scope


def arguments(scope: dict[str, Any]) -> dict[str, Any]:
    """Give a scope as the assistant takes it."""
    return {name: date.fromisoformat(value) if isinstance(value, str) else value for name, value in scope.items()}
