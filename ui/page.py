"""The page: one component of Gradio's, whose script calls the functions gathered here."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

# Gradio reads these while it is imported: no usage statistics, and nothing is looked up on a hub.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

import gradio as gr

from ui.calls import LONGEST_QUESTION
from ui.endpoints import Blocks
from ui.served import Data, served
from ui.shell import TITLE, introduction_html, shell_html

STATIC = Path(__file__).parent / "static"

# A script that Gradio runs may not import by itself: it is a function's body.
_SCRIPT = "import('/static/chat.js').then((chat) => chat.start(element.querySelector('#hoidap'), server));"


class Room(Protocol):
    """A part of the page on the server."""

    def functions(self) -> dict[str, Callable[[Data, str], dict[str, Any]]]:
        """Give what the script may call, by name."""


class Summary(Protocol):
    """What an index holds."""

    @property
    def articles(self) -> int:
        """How many articles."""

    @property
    def passages(self) -> int:
        """How many passages."""


def build_chat(
    rooms: Sequence[Room],
    summary: Callable[[], Summary],
    *,
    examples: Sequence[str] = (),
    has_names: bool = False,
    endpoints: Callable[[], None] = lambda: None,
) -> gr.Blocks:
    """Lay out the page, with what its rooms do for its script; `endpoints` adds those for programs."""
    functions = [served(name, do) for room in rooms for name, do in room.functions().items()]
    chat = Blocks(title=TITLE, analytics_enabled=False)
    held = summary()
    with chat:
        introduction = introduction_html(held.articles, held.passages, examples)
        gr.HTML(
            shell_html(introduction, LONGEST_QUESTION, has_names=has_names),
            apply_default_css=False,
            js_on_load=_SCRIPT,
            server_functions=functions,
        )
        endpoints()
    return chat
