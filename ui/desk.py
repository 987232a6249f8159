"""What stands behind the page: its rooms over one assistant, the conversations, the questions that are suggested."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from pathlib import Path

from ui.page import Room, build_chat  # first, since it keeps Gradio from phoning home

# isort: split

import gradio as gr

from qa import Assistant, Conversations, HoidapError, suggestions
from ui.asking import Asking
from ui.endpoints import register
from ui.keeping import Keeping
from ui.reading import Reading
from ui.render_answer import kept_turn_html
from ui.stocking import Stocking

log = logging.getLogger(__name__)


class Desk:
    """The page and what it needs, for one index."""

    def __init__(self, assistant: Assistant, examples: Sequence[str] = ()) -> None:
        """Offer `examples` where a chat is empty, or else questions made from the articles."""
        self.assistant = assistant
        self.conversations = _conversations(assistant.folder)
        self.stocking = Stocking(assistant)
        self._examples = tuple(examples)
        self._suggested = _Suggested(assistant)

    def page(self, *, has_names: bool = False) -> gr.Blocks:
        """Lay out the page. With `has_names`, whoever uses it gave a name and a password."""
        rooms: list[Room] = [
            Asking(self.assistant, self.conversations, lambda: self._examples or self._suggested.questions()),
            Keeping(self.conversations, kept_turn_html),
            Reading(self.assistant),
            self.stocking,
        ]
        return build_chat(
            rooms,
            self.assistant.summary,
            examples=self._examples,
            has_names=has_names,
            endpoints=lambda: register(self.assistant),
        )


class _Suggested:
    """Questions made from the articles, made again where those have changed."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._lock = threading.Lock()
        self._made: tuple[int, list[str]] = (-1, [])

    def questions(self) -> list[str]:
        with self._lock:
            revision = self._assistant.revision
            if self._made[0] != revision:
                self._made = (revision, suggestions(self._assistant))
            return self._made[1]


def _conversations(folder: Path) -> Conversations:
    """Open the conversations; where they cannot be yet, say why, and let people ask all the same."""
    try:
        return Conversations.open(folder)
    except HoidapError as error:
        log.error("%s", error)
        return Conversations(folder)
