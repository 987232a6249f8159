"""What the server lets in, what it says about itself, and where it may be served."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sample_server import page, program, serve_sample
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse

from ui import door
from ui.chat import _app
from ui.cli import main
from ui.door import Door
from ui.hosts import Hosts
from ui.routes import OPEN, matching

# What Gradio's app answers and the page, gradio_client or the endpoints need. All else that it has is closed: when a
# new Gradio brings a route, it is closed too, and this list says so.
OPEN_OF_GRADIO = {
    "GET /",
    "HEAD /",
    "GET /config",
    "GET /favicon.ico",
    "GET /manifest.json",
    "GET /robots.txt",
    "GET /theme.css",
    "GET /assets/{path:path}",
    "GET /gradio_api/theme.css",
    "GET /gradio_api/info",
    "GET /gradio_api/startup-events",
    "GET /gradio_api/heartbeat/{session_hash}",
    "POST /gradio_api/component_server",
    "POST /gradio_api/component_server/",
    "POST /gradio_api/queue/join",
    "GET /gradio_api/queue/data",
    "POST /gradio_api/cancel",
    "POST /gradio_api/reset",
    "POST /gradio_api/run/{api_name}",
    "POST /gradio_api/call/{api_name}",
    "GET /gradio_api/call/{api_name}/{event_id}",
    "POST /gradio_api/call/v2/{api_name}",
    "GET /gradio_api/call/v2/{api_name}/{event_id}",
    # Gradio's own, which ours stands before; its files are not found there.
    "GET /static/{path:path}",
}
CLOSED_OF_GRADIO = (
    "upload",
    "file=",
    "proxy=",
    "stream",
    "dev/reload",
    "vibe",
    "token",
    "user",
    "openapi.json",
    "custom_component",
    "deep_link",
    "monitoring",
    "process_recording",
    "pwa_icon",
    "svelte",
)
LOCAL: Any = {"routes": OPEN, "hosts": Hosts.of("127.0.0.1", "127.0.0.1"), "login": None}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    return serve_sample(tmp_path_factory.mktemp("index"))


def routes_of(routes: Any) -> Iterator[str]:
    """Give "METHOD template" for every route, those within mounted apps and routers too."""
    for route in routes:
        inner = getattr(route, "original_router", None) or getattr(route, "app", None)
        if inner is not None and hasattr(inner, "routes"):
            yield from routes_of(inner.routes)
        for method in getattr(route, "methods", None) or ():
            yield f"{method} {route.path}"


def is_open(route: str) -> bool:
    method, template = route.split(" ")
    for value in ("abc", "abc.js", "abc.css"):
        opened = matching(OPEN, re.sub(r"\{[^}]*\}", value, template))
        if opened and method in opened.methods:
            return True
    return False


def test_of_gradios_routes_exactly_these_are_open(tmp_path: Path) -> None:
    found = set(routes_of(_app(page(tmp_path), LOCAL).routes))
    assert {route for route in found if is_open(route)} == OPEN_OF_GRADIO
    for name in CLOSED_OF_GRADIO:
        assert any(name in route for route in found), f"Gradio has no {name} any more"


def test_what_the_page_is_made_of_is_served(address: str) -> None:
    with program(address) as http:
        html = http.get("/").text
        wanted = set(re.findall(r'(?:src|href)="\.?(/(?:assets|theme|static)[^"?]*)', html))
        assert wanted
        for path in (*wanted, "/static/base.css", "/static/chat.js", "/fonts/be-vietnam-pro-latin-400-normal.woff2"):
            assert http.get(path).status_code == 200, path


def test_every_answer_says_what_a_browser_may_do_with_it(address: str) -> None:
    with program(address) as http:
        for path in ("/", "/config", "/static/base.css", "/khong-co", "/gradio_api/upload"):
            headers = http.get(path).headers
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["cross-origin-opener-policy"] == "same-origin"
            assert headers["cross-origin-resource-policy"] == "same-origin"
            assert headers["referrer-policy"] == ("same-origin" if path == "/" else "no-referrer")
            assert headers["cache-control"] == ("private, no-cache" if path == "/static/base.css" else "no-store")
            assert "server" not in headers


def test_what_may_be_kept_is_not_sent_twice(address: str) -> None:
    with program(address) as http:
        first = http.get("/static/chat.js")
        again = http.get("/static/chat.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "[::1]", "127.0.0.2"])
def test_this_machine_by_any_of_its_names_and_through_a_tunnel(address: str, host: str) -> None:
    with program(address) as http:
        assert http.get("/config", headers={"Host": host}).status_code == 200
        own = {"Host": f"{host}:9000", "Origin": f"http://{host}:9000", "Sec-Fetch-Site": "same-origin"}
        assert http.post("/gradio_api/reset", json={"event_id": "a"}, headers=own).status_code == 200


def test_a_form_of_the_page_without_referrer_is_the_pages_own(address: str) -> None:
    with program(address) as http:
        for site, status in (("same-origin", 200), ("cross-site", 403), (None, 403)):
            said = {"Origin": "null", **({"Sec-Fetch-Site": site} if site else {})}
            assert http.post("/gradio_api/reset", json={"event_id": "a"}, headers=said).status_code == status


def test_a_wrong_file_of_passwords_is_one_line_before_anything_is_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["chat", "--auth", str(tmp_path / "none"), "--index", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_what_gradio_stumbles_over_is_one_line_in_the_log(address: str, caplog: pytest.LogCaptureFixture) -> None:
    body = {"data": {}, "fn_name": "echo", "component_id": 10**6, "session_hash": "abc"}
    with program(address) as http:
        assert http.post("/gradio_api/component_server", json=body).status_code == 500
    # It is logged when the reply has gone.
    until = time.monotonic() + 10
    while not (lines := [record for record in caplog.records if record.name == "ui.door"]) and time.monotonic() < until:
        time.sleep(0.01)
    (line,) = lines
    assert "\n" not in line.getMessage()
    assert line.exc_info is None


async def taken(
    pieces: Iterable[bytes], *, seconds_between: float = 0, is_stuck: bool = False
) -> tuple[int, dict[str, Any], bytes]:
    """Send a file, then nothing more where it is stuck; return the answer's status and text, and what arrived."""
    left, arrived, answered = iter(pieces), bytearray(), []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            async for piece in Request(scope, receive).stream():
                arrived.extend(piece)
        except ClientDisconnect:
            await JSONResponse({"error": "went"}, 400)(scope, receive, send)
            return
        await JSONResponse({})(scope, receive, send)

    async def receive() -> dict[str, Any]:
        if arrived:
            await asyncio.sleep(seconds_between)
        piece = next(left, b"")
        if not piece and is_stuck:
            await asyncio.sleep(3600)
        return {"type": "http.request", "body": piece, "more_body": bool(piece)}

    async def send(message: Any) -> None:
        answered.append(message)

    scope = {"type": "http", "method": "POST", "path": "/upload", "query_string": b"", "headers": [(b"host", b"[::1]")]}
    await Door(app, **LOCAL)(scope, receive, send)
    text = b"".join(message.get("body", b"") for message in answered[1:])
    return answered[0]["status"], {**json.loads(text), **dict(answered[0]["headers"])}, bytes(arrived)


def test_a_file_that_stops_coming_is_refused_and_its_connection_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "_FILE_SECONDS", 0.05)
    status, told, arrived = asyncio.run(taken([b"a" * 1000] * 3, is_stuck=True))
    assert (status, told["error"], told[b"connection"]) == (408, "Nội dung gửi đến quá chậm.", b"close")
    assert arrived == b"a" * 3000


def test_a_file_may_take_long_as_long_as_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "_FILE_SECONDS", 0.05)
    monkeypatch.setattr(door, "_FILE_BYTES_A_SECOND", 10)
    status, _, arrived = asyncio.run(taken([b"a" * 1000] * 3, seconds_between=0.1))
    assert (status, arrived) == (200, b"a" * 3000)
