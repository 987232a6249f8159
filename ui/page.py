"""The page itself: what it says, the example questions, the conversation and the question box."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Protocol

# Gradio reads these while it is imported: no usage statistics, and nothing is looked up on a hub.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

import gradio as gr

from qa import Answer, HoidapError
from ui import render

log = logging.getLogger(__name__)

TITLE = "Hoidap — Hỏi đáp trên tài liệu của bạn"
EXAMPLES = (
    "Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?",
    "Ai là trưởng đoàn giám sát số 1?",
    "Phần mềm nào được dùng để quản lý văn bản?",
)
LONGEST_QUESTION = 2000
KEPT_TURNS = 30

# The page carries a <base>, so a plain #fragment would leave an address that has a query, and lose the conversation.
_LOG_SCRIPT = """
element.addEventListener('click', (event) => {
  const literal = event.target.closest('button.literal');
  if (literal) {
    const box = document.querySelector('#composer textarea');
    box.value = '"' + literal.dataset.question + '"';
    box.dispatchEvent(new Event('input', { bubbles: true }));
    setTimeout(() => document.querySelector('#composer button').click(), 50);
    return;
  }
  const link = event.target.closest('a.cite');
  if (!link) return;
  event.preventDefault();
  const card = document.getElementById(link.getAttribute('href').slice(1));
  if (!card) return;
  card.querySelector('details').open = true;
  card.scrollIntoView({ block: 'center' });
  card.focus({ preventScroll: true });
});
watch('value', () => element.querySelector('.turn:last-child')?.scrollIntoView({ block: 'start' }));
"""


class Summary(Protocol):
    """What an index holds."""

    @property
    def articles(self) -> int:
        """How many articles."""

    @property
    def passages(self) -> int:
        """How many passages."""


class Assistant(Protocol):
    """The part of `qa.Assistant` that the chat uses."""

    def ask(self, question: str, *, history: Sequence[str] = ()) -> Answer:
        """Answer a question asked after others, the oldest first."""

    def summary(self) -> Summary:
        """Tell what the index holds."""


def build_chat(assistant: Assistant, examples: Sequence[str] = EXAMPLES) -> gr.Blocks:
    """Lay out the page: what it is, the example questions, the conversation, the question box."""
    summary = assistant.summary()
    ask = partial(_ask, assistant)
    chat = gr.Blocks(title=TITLE, analytics_enabled=False)
    with chat:
        turns = gr.State({})
        asked = gr.State([])
        introduction = render.introduction_html(summary.articles, summary.passages, examples=bool(examples))
        gr.HTML(introduction, apply_default_css=False, js_on_load=None)
        with gr.Row(elem_id="examples", visible=bool(examples)):
            buttons = [gr.Button(example, size="sm", elem_classes="example") for example in examples]
        conversation = gr.HTML(
            render.log_html([]), apply_default_css=False, js_on_load=_LOG_SCRIPT, elem_id="conversation"
        )
        with gr.Row(elem_id="composer"):
            question = gr.Textbox(
                label="Câu hỏi",
                show_label=False,
                container=False,
                placeholder="Viết câu hỏi của bạn…",
                lines=1,
                max_lines=4,
                max_length=LONGEST_QUESTION,
                autofocus=True,
                scale=1,
                min_width=160,
            )
            send = gr.Button("Hỏi", variant="primary", scale=0, min_width=80)
        outputs = [turns, conversation, question]
        gr.on(
            [question.submit, send.click],
            ask,
            inputs=[question, turns, asked],
            outputs=outputs,
            api_name="ask",
            show_progress="hidden",
        )
        for button, example in zip(buttons, examples, strict=True):
            button.click(
                partial(ask, example),
                inputs=[turns, asked],
                outputs=outputs,
                api_visibility="private",
                show_progress="hidden",
            )
    chat.queue(default_concurrency_limit=4)
    return chat


def _ask(
    assistant: Assistant, question: str | None, turns: dict[int, str], asked: list[str]
) -> Iterator[tuple[Any, ...]]:
    """Show the question at once, then its answer.

    `turns`, by number, and the questions `asked` so far are the session's own, and changed in place.
    """
    question = question or ""  # the API lets null through
    number = max(turns, default=0) + 1
    turns.pop(number - KEPT_TURNS, None)
    turns[number] = render.turn_html(question, render.notice_html(render.SEARCHING), number)
    yield turns, render.log_html(list(turns.values())), ""
    turns[number] = render.turn_html(question, _reply(assistant, question, asked, number), number)
    asked[:] = [*asked, question][-KEPT_TURNS:]
    # The box is left alone: the next question may be half typed by now.
    yield turns, render.log_html(list(turns.values())), gr.skip()


def _reply(assistant: Assistant, question: str, asked: Sequence[str], number: int) -> str:
    if not any(sign.isalnum() for sign in question):
        return render.notice_html(render.NO_QUESTION)
    try:
        return render.answer_html(assistant.ask(question, history=tuple(asked)), number)
    except HoidapError as error:
        log.error("%s", error)
    except Exception:
        log.exception("A question could not be answered")
    return render.notice_html(render.FAILED)
