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
        self._suggested = Suggested(assistant)

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


class Suggested:
    """Questions made from the articles, made again where those have changed. Safe to share by threads."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._lock = threading.Lock()
        self._revision, self._questions = -1, list[str]()
        self._is_making = False

    def questions(self) -> list[str]:
        """Give those at hand at once: the older ones, or none yet, while a thread makes those of the newest revision.

        To make them takes as long as to ask 20 questions, and every page asks for them as soon as something changes.
        """
        revision = self._assistant.revision
        with self._lock:
            if revision != self._revision and not self._is_making:
                self._is_making = True
                threading.Thread(target=self._make, args=[revision], name="suggesting", daemon=True).start()
            return self._questions

    def _make(self, revision: int) -> None:
        made: list[str] = []
        try:
            made = suggestions(self._assistant)
        except HoidapError as error:
            log.error("%s", error)
        except Exception:
            log.exception("No questions could be made to suggest")
        with self._lock:
            self._revision, self._questions, self._is_making = revision, made, False


def _conversations(folder: Path) -> Conversations:
    """Open the conversations; where they cannot be yet, say why, and let people ask all the same."""
    try:
        return Conversations.open(folder)
    except HoidapError as error:
        log.error("%s", error)
        return Conversations(folder)
