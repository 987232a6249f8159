"""What other programs call over HTTP, by name: `ask`, `retrieve` and `articles`; over MCP, they are the three tools."""

from __future__ import annotations

import importlib.util
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, get_type_hints

import gradio as gr
from gradio.components.api_component import Api
from pydantic import ValidationError

from qa import Answer, Hit, HoidapError, list_articles
from ui.calls import HITS, LISTED, Asked, Listed, Retrieved, one_line
from ui.formats import answer_json, hits_json

log = logging.getLogger(__name__)

_FAILED = "the server failed on this; its log says why"


class Assistant(Protocol):
    """The part of `qa.Assistant` that programs reach."""

    @property
    def folder(self) -> Path:
        """The index."""

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
        """Answer a question with a quotation, or refuse."""

    def retrieve(
        self,
        question: str,
        k: int = 5,
        *,
        history: Sequence[str] = (),
        articles: Sequence[str] = (),
        sources: Sequence[str] = (),
        since: date | None = None,
        until: date | None = None,
    ) -> list[Hit]:
        """Give the passages that fit a question best."""


class Blocks(gr.Blocks):  # type: ignore[misc]
    """A page of Gradio's whose named endpoints may be given fewer values than they take, the last ones left out."""

    async def process_api(self, block_fn: Any, inputs: list[Any], *args: Any, **named: Any) -> Any:
        """Do what Gradio does, with the defaults of what a call left out; by itself, Gradio fails and says nothing."""
        expected = (self.fns[block_fn] if isinstance(block_fn, int) else block_fn).inputs[len(inputs) :]
        if all(isinstance(block, Api) for block in expected):
            inputs = [*inputs, *(block.value for block in expected)]
        return await super().process_api(block_fn, inputs, *args, **named)


def register(assistant: Assistant) -> None:
    """Give the Blocks being laid out the endpoints `/ask`, `/retrieve` and `/articles`."""
    endpoints = Endpoints(assistant)
    for name in ("ask", "retrieve", "articles"):
        # Gradio looks at them with every call, and evaluates what is a string anew.
        method = getattr(Endpoints, name)
        method.__annotations__ = get_type_hints(method)
        # Not queued: one request gets its answer, and a question does not wait for the page's own events.
        gr.api(getattr(endpoints, name), api_name=name, queue=False)


def check_mcp() -> None:
    """Raise HoidapError where the package that MCP needs is not installed."""
    if importlib.util.find_spec("mcp") is None:
        raise HoidapError("--mcp needs the package mcp, which is not installed; run: pip install 'hoidap[mcp]'")


def tell_mcp_in_json(chat: gr.Blocks) -> None:
    """Have the MCP server of a mounted page tell its results as JSON; Gradio writes them in Python's own notation."""
    from mcp.types import TextContent

    def told(data: Sequence[object], root_url: str) -> list[TextContent]:
        return [TextContent(type="text", text=json.dumps(value, ensure_ascii=False)) for value in data]

    chat.mcp_server_obj.postprocess_output_data = told


class Endpoints:
    """The three functions, over one assistant. What is wrong with a call becomes a `gradio.Error` of one line.

    Their docstrings are what programs and language models are told of them.
    """

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def ask(
        self,
        question: str,
        history: list[str] = [],  # noqa: B006 - shown to programs as the default, and never changed
        articles: list[str] = [],  # noqa: B006
        sources: list[str] = [],  # noqa: B006
        since: str | None = None,
        until: str | None = None,
    ) -> dict[str, Any]:
        """Answer a question, in Vietnamese, by quoting the articles word for word, or say that they do not answer it.

        Returns JSON: "answered", "answer" (the quotation), "confidence" from 0 to 1, and "citations", each with its
        article's id and title and the quotation's place. Where "answered" is false, the citations are merely the
        nearest passages. Quote the answer and name the article; add nothing to it.

        Parameters:
            question: The question, at most 2,000 characters.
            history: Earlier questions of the conversation, oldest first, which this one may lean on.
            articles: Ids of the articles to search, as `articles` lists them; none means all.
            sources: Names of the sources to search, exactly as `articles` lists them; none means all.
            since: Search only articles published on or after this day, such as 2021-04-13.
            until: Search only articles published on or before this day.
        """
        given = {"question": question, "history": history, "articles": articles, "sources": sources}

        def answered() -> object:
            call = Asked.model_validate({**given, "since": since, "until": until})
            return answer_json(self._assistant.ask(call.question, history=call.history, **call.scope()))

        return _told(answered)

    def retrieve(
        self,
        question: str,
        k: int = HITS,
        articles: list[str] = [],  # noqa: B006
        sources: list[str] = [],  # noqa: B006
        since: str | None = None,
        until: str | None = None,
    ) -> dict[str, Any]:
        """List the passages of the articles that fit a question best, best first, quoted word for word.

        Returns JSON: "hits", each with "article" (its id), "title", "quote", "start", "end", the best "sentence", and
        "score".

        Parameters:
            question: A question or words to search, in Vietnamese, at most 2,000 characters.
            k: How many passages, 1 to 100.
            articles: Ids of the articles to search, as `articles` lists them; none means all.
            sources: Names of the sources to search, exactly as `articles` lists them; none means all.
            since: Search only articles published on or after this day, such as 2021-04-13.
            until: Search only articles published on or before this day.
        """
        given = {"question": question, "k": k, "articles": articles, "sources": sources}

        def retrieved() -> object:
            call = Retrieved.model_validate({**given, "since": since, "until": until})
            return hits_json(call.question, self._assistant.retrieve(call.question, call.k, **call.scope()))

        return _told(retrieved)

    def articles(
        self,
        text: str = "",
        source: str = "",
        since: str | None = None,
        until: str | None = None,
        limit: int = LISTED,
        offset: int = 0,
    ) -> dict[str, Any]:
        """List the articles without their texts, in the order in which they were indexed.

        Returns JSON: "total", how many there are, and "articles", each with "id", "title", "source", "published",
        "author" and "url".

        Parameters:
            text: Only articles that have these words in their title, text or file name; diacritics may be left out.
            source: Only articles whose source has these words in its name.
            since: Only articles published on or after this day, such as 2021-04-13.
            until: Only articles published on or before this day.
            limit: How many to list at most, 1 to 1000.
            offset: How many to pass over first.
        """
        given = {"text": text, "source": source, "since": since, "until": until, "limit": limit, "offset": offset}

        def listed() -> object:
            call = Listed.model_validate(given)
            found = list_articles(
                self._assistant.folder, text=call.text, source=call.source, since=call.since, until=call.until
            )
            passed = sum(1 for _ in islice(found, call.offset))
            page = [asdict(article) for article in islice(found, call.limit)]
            return {"total": passed + len(page) + sum(1 for _ in found), "articles": page}

        return _told(listed)


def _told(work: Callable[[], object]) -> dict[str, Any]:
    """Do the work; raise `gradio.Error` with one line for what a caller can mend, and without detail for a failure."""
    try:
        result = _public(work())
        assert isinstance(result, dict)
        return result
    except ValidationError as error:
        message = one_line(error)
    except HoidapError as error:
        log.error("%s", error)
        message = _FAILED
    except Exception:
        log.exception("A call could not be answered")
        message = _FAILED
    # Gradio would print a traceback; that of a failure is in the log already.
    raise gr.Error(message, print_exception=False)


def _public(value: object) -> object:
    """Leave out where files lie on the server, which is nobody else's concern.

    It would also have gradio_client take whatever has a "path" for a file, and try to fetch it.
    """
    if isinstance(value, dict):
        return {key: _public(inner) for key, inner in value.items() if key != "path"}
    return [_public(inner) for inner in value] if isinstance(value, (list, tuple)) else value
