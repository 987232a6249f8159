"""What a request must be before the chat sees it: to this server, from its own page or a program, small, and let in."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable, Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.bodies import TOO_LARGE, Refusal, checked_json, limited, read, replayed
from ui.hosts import Hosts
from ui.login import PAGE_POLICY, WAIT, Login, TooManyGuesses, login_path
from ui.routes import NEVER_KEPT, Route, matching

__all__ = ["Door"]

log = logging.getLogger(__name__)

# Nothing is fetched from, or sent to, any other host; an `onerror=` that slipped through would not run either. Gradio
# needs inline scripts and `eval`.
CONTENT_POLICY = (
    "default-src 'self' data: blob:; script-src 'self' 'unsafe-inline' 'unsafe-eval'; script-src-attr 'none'; "
    "style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_MOST_HEADER_BYTES = 32_000
# A file comes at this speed at least, once a minute is over: 100 MB over 256 kbit/s are an hour.
_FILE_SECONDS = 60.0
_FILE_BYTES_A_SECOND = 30_000
_PAGES = ("/", "/login")
# Gradio believes these about its own address; of what a proxy adds, only the scheme is let through.
_NOT_BELIEVED = (b"x-forwarded-host", b"x-gradio-server", b"x-direct-url")

_HEADERS_TOO_LARGE = (431, "Phần đầu của yêu cầu quá dài.")
_CLOSED = (404, "Không có gì ở địa chỉ này.")
_METHOD = (405, "Địa chỉ này không nhận cách gọi ấy.")
_ELSEWHERE = (403, "Yêu cầu này đến từ một trang khác nên không được nhận.")
_SLOW = (408, "Nội dung gửi đến quá chậm.")
_STRANGER = (401, "Bạn cần đăng nhập.")
_NOT_SERVED = (421, "Hoidap không phục vụ ở tên máy này. Bạn hãy mở đúng địa chỉ mà lệnh `hoidap chat` đã in ra.")


class Door:
    """ASGI middleware: refuse what has no business here, name who asks in `scope["user_name"]`, add the headers."""

    def __init__(self, app: ASGIApp, routes: Iterable[Route], hosts: Hosts, login: Login | None = None) -> None:
        self.app = app
        self._routes = tuple(routes)
        self._hosts = hosts
        self._login = login

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope.pop("user_name", None)
        route = matching(self._routes, scope["path"])
        started = False

        async def send_on(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                kept = route.cache if route and message["status"] < 400 else NEVER_KEPT
                _add_headers(MutableHeaders(scope=message), scope["path"], kept)
            await send(message)

        try:
            await self._let_in(scope, receive, send_on, route)
        except Refusal as refusal:
            if not started:
                await _refused(scope, refusal)(scope, receive, send_on)
        except TooManyGuesses as guesses:
            wait = Refusal(429, WAIT.format(seconds=guesses.seconds))
            await _refused(scope, wait, {"Retry-After": str(guesses.seconds)})(scope, receive, send_on)
        except ClientDisconnect:
            pass
        except Exception as error:
            # Gradio stumbles over some of what it does not expect; that is the asker's mistake, and one line.
            log.error("%s %r failed: %s: %s", scope["method"], scope["path"], type(error).__name__, error)
            log.debug("", exc_info=True)
            if not started:
                await _refused(scope, Refusal(500, "Hoidap gặp sự cố khi làm việc này."))(scope, receive, send_on)

    async def _let_in(self, scope: Scope, receive: Receive, send: Send, route: Route | None) -> None:
        headers = Headers(scope=scope)
        if sum(len(name) + len(value) for name, value in headers.raw) > _MOST_HEADER_BYTES:
            raise Refusal(*_HEADERS_TOO_LARGE)
        if not self._hosts.allow(headers.get("host", "")):
            raise Refusal(*_NOT_SERVED)
        if not _is_own(scope, headers):
            raise Refusal(*_ELSEWHERE)
        if route is None or not route.public:
            await self._ask_for_name(scope, headers)
        if route is None:
            raise Refusal(*_CLOSED)
        if scope["method"] not in route.methods:
            raise Refusal(*_METHOD)
        _set_headers(scope, dict.fromkeys(_NOT_BELIEVED))
        if scope["method"] != "POST":
            inner = receive if scope["path"] not in ("/login", "/logout") else replayed(b"", receive)
            await self._go_on(scope, limited(inner, 0), send, b"")
            return
        _check_length(headers, route.most_bytes)
        if route.body == "files":
            await self._take_file(scope, limited(receive, route.most_bytes), send)
            return
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        wanted = "application/json" if route.body == "json" else "application/x-www-form-urlencoded"
        body = await read(receive, route.most_bytes)
        if kind != wanted and (body or route.body == "json"):
            raise Refusal(415, f"Địa chỉ này chỉ nhận nội dung loại {wanted}.")
        if route.body == "json":
            body = checked_json(body)
            own = [
                (name, value) for name, value in scope["headers"] if name not in (b"content-length", b"content-type")
            ]
            scope["headers"] = [
                *own,
                (b"content-length", str(len(body)).encode()),
                (b"content-type", b"application/json"),
            ]
        await self._go_on(scope, replayed(body, receive), send, body)

    async def _take_file(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on a body of any length as it comes. Raises Refusal where it comes too slowly."""
        loop = asyncio.get_running_loop()
        size, waited, is_whole, is_late = 0, 0.0, False, False

        async def receive_on() -> Message:
            nonlocal size, waited, is_whole, is_late
            if is_whole:
                return await receive()
            # Of the time, only what was waited for the sender counts: not how long a disk takes.
            began = loop.time()
            try:
                async with asyncio.timeout(_FILE_SECONDS + size / _FILE_BYTES_A_SECOND - waited):
                    message = await receive()
            except TimeoutError:
                is_late = True
                raise ClientDisconnect from None
            waited += loop.time() - began
            size += len(message.get("body", b""))
            is_whole = not message.get("more_body")
            return message

        async def send_on(message: Message) -> None:
            # What the app says of a sender that went is not for one that is slow.
            if not is_late:
                await send(message)

        await self.app(scope, receive_on, send_on)
        if is_late:
            raise Refusal(*_SLOW)

    async def _ask_for_name(self, scope: Scope, headers: Headers) -> None:
        if self._login is None:
            return
        name = await self._login.name(scope)
        if name is None:
            raise Refusal(*_STRANGER)
        scope["user_name"] = name

    async def _go_on(self, scope: Scope, receive: Receive, send: Send, body: bytes) -> None:
        if self._login and scope["path"] in ("/login", "/logout"):
            await (await self._login.answer(scope, body))(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _is_own(scope: Scope, headers: Headers) -> bool:
    """Tell whether a request comes from this server's page, an address that a person opened, or no browser."""
    site = headers.getlist("sec-fetch-site")
    if any(value not in ("same-origin", "none") for value in site):
        # A link to the page from elsewhere is no harm: it is opened, and shown on its own.
        opened = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
        return opened and scope["method"] in ("GET", "HEAD") and scope["path"] in _PAGES
    origins = headers.getlist("origin")
    # A form on a page without referrer says "null"; so does a frame elsewhere, which the line above knows.
    if origins == ["null"] and site == ["same-origin"]:
        return True
    host = headers.get("host", "").lower()
    return all(origin.lower() in (f"http://{host}", f"https://{host}") for origin in origins)


def _set_headers(scope: Scope, wanted: Mapping[bytes, bytes | None]) -> None:
    """Give a request other headers than it came with; None takes one out."""
    kept = [(name, value) for name, value in scope["headers"] if name not in wanted]
    scope["headers"] = [*kept, *((name, value) for name, value in wanted.items() if value is not None)]


def _check_length(headers: Headers, most_bytes: int) -> None:
    length = headers.get("content-length", "0")
    if len(length) > 18 or not length.isdecimal() or int(length) > most_bytes:
        raise Refusal(*TOO_LARGE)


def _refused(scope: Scope, refusal: Refusal, extra: dict[str, str] | None = None) -> Response:
    headers = Headers(scope=scope)
    is_read = scope["method"] in ("GET", "HEAD") and "text/html" in headers.get("accept", "")
    if refusal.status == 401 and is_read and not scope["path"].startswith("/gradio_api"):
        return RedirectResponse(login_path(scope), status_code=303)
    extra = dict(extra or {})
    if refusal.status == 401 and "sec-fetch-mode" not in headers:
        extra["WWW-Authenticate"] = 'Basic realm="Hoidap", charset="UTF-8"'  # a browser would ask in a box of its own
    if refusal.status in (408, 413):
        extra["Connection"] = "close"
    if is_read:
        return PlainTextResponse(f"{refusal.reason}\n", refusal.status, extra)
    told = json.dumps({"error": refusal.reason}, ensure_ascii=False)
    return Response(told, refusal.status, extra, "application/json")


def _add_headers(headers: MutableHeaders, path: str, cache: str) -> None:
    for name in [name for name in headers if name.startswith("access-control-")]:
        del headers[name]
    headers.update(_HEADERS)
    headers["Content-Security-Policy"] = PAGE_POLICY if path == "/login" else CONTENT_POLICY
    # Without a referrer the page's own forms would come from "null". Neither tells other sites anything.
    headers["Referrer-Policy"] = "same-origin" if path in _PAGES else "no-referrer"
    headers["Cache-Control"] = cache
