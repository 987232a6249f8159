"""Attacks on the functions of the real page, over a real index: none tells a secret, and each is answered."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attacks
import httpx
import pytest
from attacks import as_json
from corpora import PLACES, write_articles
from encoders import HashEncoder
from sample_server import program

from qa import Assistant, list_articles, update_index
from ui.chat import serve
from ui.served import FAILED

QUESTION = "Đảng bộ có bao nhiêu đảng viên?"
# What the page has, and no fewer: a function that is new is attacked as soon as it is named here.
FUNCTIONS = {
    *("ask", "stop", "suggestions", "article", "article_part"),
    *("conversations", "open_conversation", "rename_conversation", "delete_conversation", "undelete_conversation"),
    *("export_conversation", "rate_turn", "corpus", "stock", "list_stock", "add", "progress", "retry_adding"),
    *("clear_added", "remove_article", "return_article"),
}
FIELDS = (
    *("question", "id", "conversation", "article", "articles", "sources", "since", "until", "scope", "text", "query"),
    *(
        "name",
        "names",
        "files",
        "title",
        "turn",
        "rating",
        "right",
        "right_answer",
        "note",
        "format",
        "sha256",
        "quote",
    ),
    *("start", "end", "sentence", "part", "token", "offset", "limit", "sort", "order", "source", "path"),
)
TELLING = (b"root:x:0", b"SQLite format 3", b"Traceback", b"import gradio", FAILED.encode())


class Page:
    """What calls the page's functions as its script does."""

    def __init__(self, http: httpx.Client) -> None:
        parts = [part for part in http.get("/config").json()["components"] if part["props"].get("server_fns")]
        (self.number,) = {part["id"] for part in parts}
        self.functions = set(parts[0]["props"]["server_fns"])
        self._http = http

    def call(self, name: str, data: object) -> Any:
        body = as_json({"data": data, "fn_name": name, "component_id": self.number, "session_hash": "abc"})
        headers = {"Content-Type": "application/json"}
        replied = self._http.post("/gradio_api/component_server", content=body, headers=headers)
        assert replied.status_code == 200, (name, data, replied.text)
        for words in TELLING:
            assert words not in replied.content, (name, data)
        return replied.json()


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("page")
    update_index(write_articles(place / "bài", PLACES[:3]), place / "index", encoder=HashEncoder())
    return place / "index"


@pytest.fixture(scope="module")
def page(index: Path) -> Iterator[Page]:
    ready = threading.Event()
    addresses: list[str] = []

    def on_ready(address: str) -> None:
        addresses.append(address)
        ready.set()

    assistant = Assistant.open(index, encoder=HashEncoder())
    settings: dict[str, Any] = {"port": 0, "on_ready": on_ready, "examples": [QUESTION]}
    threading.Thread(target=serve, args=(assistant,), kwargs=settings, daemon=True).start()
    assert ready.wait(60), "the server did not start"
    with program(addresses[0].rstrip("/")) as http:
        yield Page(http)


@pytest.fixture(autouse=True)
def unharmed(page: Page, index: Path) -> Iterator[None]:
    """See that afterwards every article is there, and a question is still answered."""
    before = [article.id for article in list_articles(index)]
    yield
    assert [article.id for article in list_articles(index)] == before
    assert "html" in page.call("ask", {"question": QUESTION})


def test_every_function_is_attacked(page: Page) -> None:
    assert page.functions == FUNCTIONS


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_no_value_breaks_a_function(page: Page, name: str) -> None:
    for value in attacks.VALUES:
        page.call(name, value)
        page.call(name, dict.fromkeys(FIELDS, value))


@pytest.mark.parametrize("name", sorted(FUNCTIONS - {"ask", "suggestions"}))
def test_no_path_in_any_field_is_followed(page: Page, index: Path, name: str) -> None:
    for path in (*attacks.PATHS.values(), str(index / "hoidap.sqlite")):
        page.call(name, dict.fromkeys(FIELDS, path))
        page.call(name, {field: [path] for field in FIELDS})


@pytest.mark.parametrize("text", attacks.SCRIPTS.values(), ids=attacks.SCRIPTS)
def test_hostile_text_is_taken_for_text_everywhere(page: Page, text: str) -> None:
    text = text[:1000]
    asked = page.call("ask", {"question": f"{QUESTION} {text}", "scope": {"articles": [text], "sources": [text]}})
    assert list(asked) == ["error"] or "html" in asked
    for name in sorted(FUNCTIONS - {"ask", "suggestions"}):
        told = json.dumps(page.call(name, dict.fromkeys(FIELDS, text)))
        assert "<script" not in told.lower(), name
        assert "<img" not in told.lower(), name


@pytest.mark.parametrize("text", attacks.SCRIPTS.values(), ids=attacks.SCRIPTS)
def test_a_hostile_right_answer_is_kept_and_exported_as_text(page: Page, text: str) -> None:
    right = text[:1000]
    asked = page.call("ask", {"question": QUESTION})
    conversation = asked["conversation"]
    rated = {"id": conversation, "number": asked["number"], "rating": "down", "right_answer": right}
    assert page.call("rate_turn", rated) == {}
    page.call("rename_conversation", {"id": conversation, "title": right})
    shown = json.dumps([page.call("open_conversation", {"id": conversation})["html"], page.call("conversations", {})])
    assert "<script" not in shown.lower()
    assert "<img" not in shown.lower()
    for form in ("markdown", "json"):
        exported = page.call("export_conversation", {"id": conversation, "format": form})
        assert not set('/\\"\n\r\0') & set(exported["filename"])
        if form == "markdown":
            assert "<script" not in exported["text"].lower()
        else:
            assert json.loads(exported["text"])
