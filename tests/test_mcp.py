"""The chat as a language model's client sees it: the three tools over MCP, through the door of the real server."""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from encoders import HashEncoder
from sample_server import NAME, PASSWORD, password_file, program

pytest.importorskip("mcp")

from corpora import PLACES, write_articles
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from qa import Assistant, update_index
from ui.chat import ServeOptions, serve

QUESTION = "Đảng bộ có bao nhiêu đảng viên?"
HEADERS = {"Accept": "application/json, text/event-stream"}
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("mcp")
    update_index(write_articles(place / "bài", PLACES[:3]), place / "index", encoder=HashEncoder())
    return place


def served(index: Path, options: ServeOptions) -> str:
    """Serve the chat as `hoidap chat --mcp` does, for as long as the tests run; return its address."""
    ready = threading.Event()
    addresses: list[str] = []

    def on_ready(address: str) -> None:
        addresses.append(address)
        ready.set()

    assistant = Assistant.open(index, encoder=HashEncoder())
    settings: dict[str, Any] = {"port": 0, "on_ready": on_ready, "options": options}
    threading.Thread(target=serve, args=(assistant,), kwargs=settings, daemon=True).start()
    assert ready.wait(60), "the server did not start"
    return addresses[0].rstrip("/")


@pytest.fixture(scope="module")
def address(folder: Path) -> str:
    return served(folder / "index", ServeOptions(mcp=True))


@pytest.fixture(scope="module")
def closed_address(folder: Path) -> str:
    copy = shutil.copytree(folder / "index", folder / "another")
    return served(copy, ServeOptions(auth=password_file(folder), mcp=True))


def talk(address: str, work: Callable[[ClientSession], Awaitable[None]], auth: httpx.Auth | None = None) -> None:
    """Connect as an MCP client does, and work with its session."""

    async def connected() -> None:
        async with (
            httpx.AsyncClient(auth=auth, trust_env=False, timeout=30) as http,
            streamable_http_client(f"{address}/gradio_api/mcp/", http_client=http) as (reading, writing, _),
            ClientSession(reading, writing) as session,
        ):
            await session.initialize()
            await work(session)

    asyncio.run(connected())


def told(result: Any) -> dict[str, Any]:
    """Give the JSON of a tool's answer, of which there is one."""
    (content,) = result.content
    assert not result.isError
    value = json.loads(content.text)
    assert isinstance(value, dict)
    return value


def test_a_client_lists_and_calls_the_three_tools(address: str) -> None:
    async def work(session: ClientSession) -> None:
        assert {tool.name for tool in (await session.list_tools()).tools} == {"ask", "retrieve", "articles"}
        listed = told(await session.call_tool("articles", {}))
        assert listed["total"] == len(listed["articles"]) == 3
        hits = told(await session.call_tool("retrieve", {"question": QUESTION, "k": 2}))["hits"]
        assert len(hits) == 2
        assert {hit["article"] for hit in hits} <= {article["id"] for article in listed["articles"]}
        answered = told(await session.call_tool("ask", {"question": QUESTION}))
        assert answered["question"] == QUESTION
        assert isinstance(answered["answered"], bool)

    talk(address, work)


def test_what_a_client_can_mend_is_told_it(address: str) -> None:
    async def work(session: ClientSession) -> None:
        refused = await session.call_tool("retrieve", {"question": QUESTION, "k": 1000})
        assert refused.isError
        assert "less than or equal to 100" in refused.content[0].text  # type: ignore[union-attr]
        assert (await session.call_tool("echo", {})).isError

    talk(address, work)


def test_with_passwords_a_client_comes_in_by_http_basic(closed_address: str) -> None:
    async def work(session: ClientSession) -> None:
        assert told(await session.call_tool("articles", {}))["total"] == 3

    talk(closed_address, work, httpx.BasicAuth(NAME, PASSWORD))


@pytest.fixture
def http(address: str) -> Iterator[httpx.Client]:
    with program(address) as client:
        yield client


@pytest.mark.parametrize("auth", [None, (NAME, "sai mật khẩu rồi")], ids=["none", "wrong"])
def test_without_the_password_nothing_is_said(closed_address: str, auth: tuple[str, str] | None) -> None:
    with program(closed_address, auth=auth) as http:
        for reply in (
            http.post("/gradio_api/mcp/", json=HELLO, headers=HEADERS),
            http.get("/gradio_api/mcp/", headers=HEADERS),
            http.delete("/gradio_api/mcp/"),
        ):
            assert reply.status_code == 401
            assert list(reply.json()) == ["error"]


def test_the_older_way_of_mcp_and_the_schema_are_closed(http: httpx.Client) -> None:
    assert http.post("/gradio_api/mcp/", json=HELLO, headers=HEADERS).status_code == 200
    for path in ("sse", "messages/", "messages", "schema", "sse/", "messages/?session_id=abc"):
        assert http.get(f"/gradio_api/mcp/{path}").status_code == 404
        assert http.post(f"/gradio_api/mcp/{path}", json=HELLO).status_code == 404


def test_a_page_of_another_site_reaches_no_tool(http: httpx.Client) -> None:
    for said in ({"Origin": "http://attacker.invalid"}, {"Sec-Fetch-Site": "cross-site"}):
        assert http.post("/gradio_api/mcp/", json=HELLO, headers={**HEADERS, **said}).status_code == 403
    assert http.post("/gradio_api/mcp/", json=HELLO, headers={**HEADERS, "Host": "attacker.invalid"}).status_code == 421
