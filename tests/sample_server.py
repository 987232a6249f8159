"""A server with the real door and page, and behind it a room and an assistant that say what they were asked."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
import httpx
from sample_answers import FakeAssistant, Stock, answer, article, citation

from qa import Answer
from ui.chat import ServeOptions, serve_page
from ui.endpoints import register
from ui.page import build_chat
from ui.passwords import Account, set_entry

NAME, PASSWORD = "toà-soạn", "mật khẩu dài"
SOURCE = article("Đảng bộ huyện có 5.350 đảng viên. Câu khác.", title="Tin huyện")
SAID = "Đảng bộ huyện có 5.350 đảng viên."


class Echo:
    """A room of the page that gives back what the script sent, and who asked."""

    def functions(self) -> dict[str, Callable[[Any, str], dict[str, Any]]]:
        return {"echo": lambda data, owner: {"data": dict(data), "owner": owner}, "fail": lambda data, owner: 1 / 0}


def respond(question: str) -> Answer:
    return answer(citation(SOURCE, SOURCE.text, SAID))


def page(folder: Path) -> gr.Blocks:
    """Lay out the real page with the echoing room and the named endpoints."""
    assistant = FakeAssistant(respond)
    assistant.folder = folder  # type: ignore[attr-defined]
    return build_chat([Echo()], Stock, examples=("Câu hỏi mẫu?",), endpoints=lambda: register(assistant))


def serve_sample(folder: Path, options: ServeOptions = ServeOptions(), host: str = "127.0.0.1") -> str:
    """Serve the sample on a free port for as long as the tests run; return its address."""
    ready = threading.Event()
    addresses: list[str] = []

    def on_ready(address: str) -> None:
        addresses.append(address)
        ready.set()

    def run() -> None:
        serve_page(lambda: page(folder), host, 0, on_ready=on_ready, options=options)

    threading.Thread(target=run, daemon=True).start()
    assert ready.wait(60), "the server did not start"
    return addresses[0].rstrip("/")


def password_file(folder: Path, name: str = NAME, password: str = PASSWORD) -> Path:
    """Write a file of one name and its password."""
    path = folder / "auth"
    set_entry(path, Account.of(name, password))
    return path


def browser(address: str, **headers: str) -> httpx.Client:
    """Give a client that asks as a browser does, and follows nothing by itself."""
    return httpx.Client(base_url=address, trust_env=False, timeout=30, headers={"Accept": "text/html", **headers})


def program(address: str, **settings: Any) -> httpx.Client:
    """Give a client that asks as a program does."""
    return httpx.Client(base_url=address, trust_env=False, timeout=30, **settings)


def server_call(name: str, data: Any) -> dict[str, Any]:
    """Give the body with which the page's script calls a server function; the page's component is the only HTML one."""
    return {"data": data, "fn_name": name, "component_id": 1, "session_hash": "abc"}
