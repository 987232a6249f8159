"""Attacks on the real server, over HTTP: none gets through, and after each it still answers."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import attacks
import httpx
import pytest
from attacks import as_json
from sample_server import NAME, PASSWORD, SAID, browser, password_file, program, serve_sample

from ui.chat import ServeOptions

# Every secret that a wrong path could show holds one of these.
SECRET = "bí-mật-của-toà-soạn"
TELLING = (
    b"root:x:0",
    b"SQLite format 3",
    SECRET.encode(),
    b"import gradio",
    b"scrypt$",
    b"Traceback",
    b"Copyright 2021 The",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("index")
    for name in ("hoidap.sqlite", "conversations.sqlite", "vectors.faiss"):
        (folder / name).write_text(f"SQLite format 3\0{SECRET}")
    return folder


@pytest.fixture(scope="module")
def auth(folder: Path) -> Path:
    return password_file(folder)


@pytest.fixture(scope="module")
def address(folder: Path) -> str:
    return serve_sample(folder)


@pytest.fixture(scope="module")
def closed_address(folder: Path, auth: Path) -> str:
    return serve_sample(folder, ServeOptions(auth=auth))


@pytest.fixture
def http(address: str) -> Iterator[httpx.Client]:
    """Give a client, and afterwards see that the server still answers."""
    with program(address) as client:
        yield client
        assert client.get("/config").status_code == 200


@pytest.fixture(scope="module")
def component(address: str) -> int:
    """Give the number of the page's component."""
    with program(address) as client:
        return int(next(part["id"] for part in client.get("/config").json()["components"] if part["type"] == "html"))


@pytest.fixture(scope="module")
def functions(address: str) -> list[str]:
    """Give every function that the page's script may call, and no fewer."""
    with program(address) as client:
        parts = client.get("/config").json()["components"]
    found = [name for part in parts for name in part["props"].get("server_fns") or []]
    assert found
    return found


@pytest.fixture(scope="module")
def posts(address: str) -> list[str]:
    """Give every address that takes JSON: the page's and those of the endpoints for programs, whatever they are."""
    with program(address) as client:
        names = [call["api_name"] for call in client.get("/config").json()["dependencies"] if call["api_name"]]
    assert {"ask", "retrieve", "articles"} <= set(names)
    calls = [f"/gradio_api/{way}/{name}" for way in ("run", "call", "call/v2") for name in names]
    return ["/gradio_api/component_server", "/gradio_api/queue/join", "/gradio_api/cancel", "/gradio_api/reset", *calls]


def raw(address: str, request: bytes) -> bytes:
    """Send bytes as they are; return what comes back."""
    place = urlsplit(address)
    with socket.create_connection((place.hostname, place.port), timeout=20) as connection:
        connection.sendall(request)
        answered = b""
        while chunk := connection.recv(65536):
            answered += chunk
            if b"\r\n\r\n" in answered:
                break
    return answered


def get(
    address: str, target: str, method: str = "GET", host: str | None = None, headers: str = ""
) -> tuple[int, bytes]:
    """Ask for a target that no client would send; return the status and the answer, as far as it comes at once."""
    host = urlsplit(address).netloc if host is None else host
    line = f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\n\r\n"
    answered = raw(address, line.encode("utf-8", "surrogateescape"))
    return int(answered.split(b" ", 2)[1]), answered


def call(http: httpx.Client, component: int, name: str, data: object) -> httpx.Response:
    body = {"data": data, "fn_name": name, "component_id": component, "session_hash": "abc"}
    return http.post(
        "/gradio_api/component_server", content=as_json(body), headers={"Content-Type": "application/json"}
    )


def assert_tells_nothing(content: bytes) -> None:
    for words in TELLING:
        assert words not in content


# --- paths -----------------------------------------------------------------------------------------------

PLACES = (
    "/static/",
    "/fonts/",
    "/assets/",
    "/gradio_api/file=",
    "/gradio_api/file/",
    "/gradio_api/proxy=",
    "/file=",
    "/svelte/",
    "/gradio_api/call/ask/",
    "/gradio_api/heartbeat/",
    "/pwa_icon/",
    "/",
)


@pytest.mark.parametrize("path", attacks.PATHS.values(), ids=attacks.PATHS)
def test_no_path_leads_to_a_file_that_is_not_the_pages(address: str, folder: Path, path: str) -> None:
    for place in PLACES:
        if place == "/" and path in ("", "."):
            continue
        for target in (f"{place}{path}", f"{place}{folder}/{path}", f"{place}%2e%2e/{path}"):
            status, answered = get(address, target.replace(" ", "%20"))
            assert status in (400, 404), target
            assert_tells_nothing(answered)


@pytest.mark.parametrize("name", ["hoidap.sqlite", "conversations.sqlite", "vectors.faiss", "auth"])
def test_the_files_of_the_index_are_not_given(address: str, auth: Path, name: str) -> None:
    path = auth.parent / name
    assert path.exists()
    for target in (
        f"/{name}",
        f"/static/{name}",
        f"/gradio_api/file={path}",
        f"/file={path}",
        f"/gradio_api/file={name}",
        str(path),
    ):
        status, answered = get(address, target)
        assert status == 404
        assert_tells_nothing(answered)


@pytest.mark.parametrize("path", attacks.PATHS.values(), ids=attacks.PATHS)
def test_no_path_as_an_id_is_followed(
    http: httpx.Client, component: int, functions: list[str], posts: list[str], path: str
) -> None:
    for name in functions:
        for field in ("article", "id", "conversation", "name", "path", "quote"):
            replied = call(http, component, name, {field: path, "start": 0, "end": 1, "sha256": path})
            assert replied.status_code in (200, 500)
            if name != "echo":
                assert_tells_nothing(replied.content)
    for target in posts[4:7]:
        assert_tells_nothing(http.post(target, json={"data": [path, [path], [path], [path], None, None]}).content)


# --- bodies ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", attacks.BODIES.values(), ids=attacks.BODIES)
def test_what_no_page_sends_is_refused_before_gradio_sees_it(http: httpx.Client, posts: list[str], body: bytes) -> None:
    for target in posts:
        replied = http.post(target, content=body, headers={"Content-Type": "application/json"})
        assert replied.status_code == 400
        assert list(replied.json()) == ["error"]


def test_gradio_fetches_no_address_for_anyone(http: httpx.Client, posts: list[str]) -> None:
    reached = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as other:
        url = f"http://127.0.0.1:{other.getsockname()[1]}/x.png"
        threading.Thread(target=lambda: (other.accept(), reached.set()), daemon=True).start()
        for given in (
            {"path": url},
            {"path": "x", "url": url},
            {"path": url, "meta": {"_type": "gradio.FileData"}},
            url,
        ):
            for target in posts:
                http.post(target, json={"data": [given] * 6, "fn_index": 0, "session_hash": "abc"})
        http.get(f"/gradio_api/proxy={url}")
        http.get(f"/gradio_api/file={url}")
        assert not reached.wait(0.5)


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_only_json_is_read_as_json(http: httpx.Client, posts: list[str], kind: str) -> None:
    for target in posts:
        assert http.post(target, content=b'{"data": []}', headers={"Content-Type": kind}).status_code == 415


def test_a_body_beyond_its_limit_is_refused_announced_or_not(address: str, posts: list[str]) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 50_000

    with program(address) as http:
        for target in posts:
            json_header = {"Content-Type": "application/json"}
            for content in (b" " * 1_000_001, pieces()):
                # It may have closed the door while this was still sending.
                with contextlib.suppress(httpx.TransportError):
                    assert http.post(target, content=content, headers=json_header).status_code == 413
        for length in ("99999999999999", "9" * 40, "-1", "1e3", "x"):
            line = f"POST {posts[0]} HTTP/1.1\r\nHost: {urlsplit(address).netloc}\r\nContent-Length: {length}\r\n\r\n"
            assert raw(address, line.encode()).split(b" ", 2)[1] in (b"400", b"413")


@pytest.mark.parametrize(
    "headers",
    [
        "X-Long: " + "x" * 100_000 + "\r\n",
        "".join(f"X-{n}: {'y' * 50}\r\n" for n in range(3_000)),
        "Cookie: " + "a=b; " * 30_000 + "\r\n",
    ],
    ids=["long", "many", "cookies"],
)
def test_endless_headers_are_refused(address: str, headers: str) -> None:
    status, _ = get(address, "/config", headers=headers)
    assert status in (400, 431)


def test_a_get_with_a_body_is_not_read(address: str) -> None:
    line = f"GET /config HTTP/1.1\r\nHost: {urlsplit(address).netloc}\r\nContent-Length: 5\r\n\r\nhello"
    assert_tells_nothing(raw(address, line.encode()))


@pytest.mark.parametrize("text", attacks.SCRIPTS.values(), ids=attacks.SCRIPTS)
def test_hostile_text_comes_back_as_json_text_and_nothing_else(
    http: httpx.Client, component: int, functions: list[str], text: str
) -> None:
    for name in functions:
        replied = call(http, component, name, {"question": text, "text": text, "name": text, "id": text})
        assert replied.headers["content-type"] == "application/json"
        assert replied.headers["x-content-type-options"] == "nosniff"
        assert replied.status_code == 200
        if name == "echo":
            assert replied.json()["data"]["question"] == text.encode("utf-8", "replace").decode()


@pytest.mark.parametrize("text", attacks.SCRIPTS.values(), ids=attacks.SCRIPTS)
def test_endpoints_answer_hostile_questions(http: httpx.Client, text: str) -> None:
    question = f"đảng viên {text}"[:2_000]
    body = as_json({"data": [question, [text[:2_000]], [], [], None, None]})
    replied = http.post("/gradio_api/run/ask", content=body, headers={"Content-Type": "application/json"})
    assert replied.headers["content-type"] == "application/json"
    assert SAID in replied.text


def test_no_value_breaks_a_function_or_an_endpoint(
    http: httpx.Client, component: int, functions: list[str], posts: list[str]
) -> None:
    for value in (*attacks.VALUES, "dài " * 25_000, ["x"] * 30_000):
        for name in functions:
            assert call(http, component, name, value).status_code == 200
        for target in posts:
            for data in ([value] * 6, value):
                replied = http.post(target, json={"data": data, "session_hash": "abc", "fn_index": 0})
                assert replied.status_code in (200, 400, 404, 413, 422, 500), target
                assert_tells_nothing(replied.content)


def test_unknown_functions_and_components_are_refused(http: httpx.Client, component: int, functions: list[str]) -> None:
    for name in (
        "__init__",
        "__class__",
        "value",
        "postprocess",
        "preprocess",
        "get_config",
        "render",
        "constructor",
        "",
        "echo.x",
    ):
        assert call(http, component, name, {}).status_code == 404
    for number in (-1, 0, 10**6, "x", None, [], {}, 1.5, 2**62):
        body = {"data": {}, "fn_name": functions[0], "component_id": number, "session_hash": "abc"}
        replied = http.post("/gradio_api/component_server", json=body)
        assert replied.status_code >= 400
        assert_tells_nothing(replied.content)


# --- other sites -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", attacks.ORIGINS)
def test_other_sites_may_call_nothing(http: httpx.Client, address: str, posts: list[str], origin: str) -> None:
    origin = origin.format(host=urlsplit(address).netloc)
    for target in (*posts, "/upload", "/login", "/logout"):
        assert http.post(target, json={"data": []}, headers={"Origin": origin}).status_code == 403
    for method in ("OPTIONS", "GET", "DELETE", "PUT"):
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        replied = http.request(method, "/config", headers=asked)
        assert replied.status_code == 403
        assert not [name for name in replied.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "SAME-ORIGIN", "x"])
def test_a_request_that_the_browser_says_is_another_sites_is_refused(
    http: httpx.Client, posts: list[str], site: str
) -> None:
    said = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    for target in posts:
        assert http.post(target, json={"data": []}, headers=said).status_code == 403
    for target in ("/config", "/static/base.css", "/gradio_api/info", "/gradio_api/queue/data?session_hash=a"):
        assert http.get(target, headers=said).status_code == 403
    assert http.get("/", headers=said).status_code == 200  # a link to the page, opened
    assert http.get("/", headers={**said, "Sec-Fetch-Dest": "iframe"}).status_code == 403


@pytest.mark.parametrize("host", attacks.HOSTS)
def test_a_name_that_is_not_this_machines_is_not_served(address: str, host: str) -> None:
    for target in ("/", "/config", "/static/base.css"):
        status, answered = get(address, target, host=host.format(port=urlsplit(address).port))
        assert status in (400, 421)
        assert_tells_nothing(answered)


def test_two_hosts_or_none_or_one_in_the_target_are_refused(address: str) -> None:
    host = urlsplit(address).netloc
    for request in (
        f"GET / HTTP/1.1\r\nHost: {host}\r\nHost: attacker.invalid\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        f"GET http://attacker.invalid/ HTTP/1.1\r\nHost: {host}\r\n\r\n",
        f"CONNECT attacker.invalid:80 HTTP/1.1\r\nHost: {host}\r\n\r\n",
    ):
        assert int(raw(address, request.encode()).split(b" ", 2)[1]) >= 400


def test_a_proxys_headers_do_not_change_where_the_page_thinks_it_is(http: httpx.Client) -> None:
    said = {
        "X-Forwarded-Host": "attacker.invalid",
        "X-Gradio-Server": "http://attacker.invalid",
        "X-Forwarded-Server": "attacker.invalid",
        "Forwarded": "host=attacker.invalid",
    }
    for target in ("/", "/config"):
        assert "attacker" not in http.get(target, headers=said).text


# --- methods, and many at once ---------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "HACK"])
def test_other_methods_are_refused_however_they_are_said(http: httpx.Client, posts: list[str], method: str) -> None:
    for target in ("/", "/config", "/static/base.css", *posts):
        assert http.request(method, target).status_code == 405
    for name in ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"):
        assert http.get(posts[0], headers={name: "POST"}).status_code == 405
        assert http.get(f"{posts[0]}?_method=POST").status_code == 405


def test_fifty_at_once_are_all_answered(address: str, component: int) -> None:
    def one(number: int) -> tuple[int, str]:
        with program(address) as http:
            if number % 2:
                replied = http.post("/gradio_api/run/ask", json={"data": [f"câu {number}", [], [], [], None, None]})
                return replied.status_code, SAID if SAID in replied.text else replied.text
            replied = call(http, component, "echo", {"number": number})
            return replied.status_code, SAID if replied.json()["data"] == {"number": number} else replied.text

    with ThreadPoolExecutor(50) as many:
        assert set(many.map(one, range(50))) == {(200, SAID)}


def test_web_sockets_are_refused(address: str) -> None:
    upgrade = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    status, _ = get(address, "/gradio_api/queue/join", headers=upgrade)
    assert status >= 400


# --- past the login page ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", attacks.BYPASSES)
def test_without_a_session_nothing_is_given(closed_address: str, path: str) -> None:
    for method in ("GET", "HEAD", "POST", "PUT", "OPTIONS"):
        status, answered = get(closed_address, path, method)
        leaving = (path, method, status) == ("/logout", "POST", 303)
        assert leaving or status in (400, 401, 404, 405, 411, 413), method
        assert_tells_nothing(answered)
        assert b"gradio_config" not in answered
        assert b"server_fns" not in answered


COOKIES = (
    "",
    "x",
    "null",
    "undefined",
    "true",
    "1",
    "admin",
    NAME,
    "../../auth",
    "%00",
    "'",
    '"',
    "a" * 4_000,
    "[]",
    "{}",
    "basic Basic eDp5",
)


@pytest.mark.parametrize("cookie", COOKIES)
def test_a_made_up_session_is_none(closed_address: str, cookie: str) -> None:
    port = urlsplit(closed_address).port
    made_up = f"hoidap_{port}={cookie}; access-token={cookie}; access-token-unsecure={cookie}; session={cookie}"
    said = {"Cookie": made_up.encode(), "X-Remote-User": NAME.encode(), "X-Forwarded-User": NAME.encode()}
    with program(closed_address) as http:
        assert http.get("/config", headers=said).status_code == 401
        assert http.get("/config", headers={"Authorization": "Bearer x"}).status_code == 401


@pytest.mark.parametrize(
    "authorization",
    [
        "Basic",
        "Basic =",
        "Basic !!!",
        "Basic Og==",
        "Basic eA==",
        "Basic /////w==",
        "Basic " + "eDp5" * 2_000,
        "Digest x",
        "basic bsO0Og==",
    ],
)
def test_what_is_no_name_and_password_is_turned_away(closed_address: str, authorization: str) -> None:
    with program(closed_address) as http:
        assert http.get("/config", headers={"Authorization": authorization}).status_code in (401, 429)


def test_a_session_from_before_the_login_is_not_kept(closed_address: str) -> None:
    cookie = f"hoidap_{urlsplit(closed_address).port}"
    with browser(closed_address) as victim:
        victim.cookies.set(cookie, "planted")
        entered = victim.post("/login", data={"username": NAME, "password": PASSWORD})
        assert entered.status_code == 303
        assert "planted" not in entered.headers["set-cookie"]
    with program(closed_address, cookies={cookie: "planted"}) as attacker:
        assert attacker.get("/config").status_code == 401


@pytest.mark.parametrize("onward", attacks.ONWARD)
def test_a_login_leads_to_this_server_only(closed_address: str, onward: str) -> None:
    with browser(closed_address) as http:
        shown = http.get("/login", params={"next": onward})
        assert 'name="next" value="/"' in shown.text
        entered = http.post("/login", data={"username": NAME, "password": PASSWORD, "next": onward})
        assert entered.headers["location"] == "/"
        assert len(entered.headers.get_list("set-cookie")) == 1


@pytest.mark.parametrize("text", attacks.SCRIPTS.values(), ids=attacks.SCRIPTS)
def test_a_hostile_name_is_shown_as_text(closed_address: str, text: str) -> None:
    typed = text.encode("utf-8", "replace").decode()[:1_000]
    with browser(closed_address) as http:
        shown = http.post("/login", data={"username": typed, "password": ""})
    assert shown.status_code == 401
    # Of markup only the page's own is there: as much as with a harmless name.
    with browser(closed_address) as http:
        harmless = http.post("/login", data={"username": "an", "password": ""})
    assert shown.text.count("<") == harmless.text.count("<")
    assert shown.text.count('"') == harmless.text.count('"')
    assert "script-src" not in shown.headers["content-security-policy"]
    assert shown.headers["content-security-policy"].startswith("default-src 'none'")


def test_the_errors_are_json_of_one_line(http: httpx.Client) -> None:
    replied = http.get("/khong-co")
    assert replied.status_code == 404
    assert json.loads(replied.text) == {"error": "Không có gì ở địa chỉ này."}
