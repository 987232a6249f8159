"""Coming in and going out: the login page, sessions of browsers and of `gradio_client`, HTTP Basic for programs."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import ipaddress
import math
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from html import escape
from unicodedata import normalize
from urllib.parse import parse_qs, quote

from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import Scope

from ui.passwords import Account, Passwords
from ui.sessions import Guesses, Sessions

__all__ = ["Login", "TooManyGuesses", "login_html", "login_path", "safe_path"]

# The login page runs no script and loads its style and fonts alone.
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
WRONG = "Tên hoặc mật khẩu không đúng. Bạn hãy kiểm tra rồi thử lại."
INCOMPLETE = "Bạn hãy điền cả tên và mật khẩu."
WAIT = "Đã có quá nhiều lần thử. Bạn hãy đợi {seconds} giây rồi thử lại."

_SAFE_PATH = re.compile(r"/(?:[!-.0-\[\]-~][!-\[\]-~]*)?")  # printable ASCII without backslash, and no second slash
_LONGEST_PATH = 2000
_MOST_WAITING = 50


class TooManyGuesses(Exception):
    """A name or an address that must wait before another password is looked at."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = max(1, math.ceil(seconds))


class Login:
    """Who a request comes from, and the answers of `/login` and `/logout`. `port` tells two servers' cookies apart."""

    def __init__(self, passwords: Passwords, port: int) -> None:
        self._passwords = passwords
        self._cookie = f"hoidap_{port}"
        self._sessions = Sessions()
        # Behind a proxy everyone has its address: what one mistypes there, or guesses, must not keep out the others. So
        # it is a name from an address that waits long; either alone is slowed after very many, and by little.
        self._pairs = Guesses(free=5, longest_wait_seconds=60)
        self._names = Guesses(free=100, longest_wait_seconds=10)
        self._addresses = Guesses(free=100, longest_wait_seconds=1)
        # Each check takes 32 MB and a core; the event loop goes on meanwhile.
        self._workers = ThreadPoolExecutor(2, thread_name_prefix="password")
        self._checks: dict[bytes, asyncio.Task[Account | None]] = {}

    async def name(self, scope: Scope) -> str | None:
        """Give the name of whoever sent a request, None for a stranger. Raises TooManyGuesses."""
        headers = Headers(scope=scope)
        if (authorization := headers.get("authorization", "")).lower().startswith("basic "):
            entry = self._known(f"basic {authorization}") or await self._basic(authorization[6:], scope)
            if entry:
                self._sessions.open(entry, f"basic {authorization}")
        else:
            entry = self._known(self._token(headers))
        return entry.name if entry else None

    async def answer(self, scope: Scope, body: bytes) -> Response:
        """Answer a request for `/login` or `/logout`."""
        headers = Headers(scope=scope)
        if scope["path"] == "/logout":
            self._sessions.close(self._token(headers))
            left = RedirectResponse("/login", status_code=303)
            left.delete_cookie(self._cookie, httponly=True, samesite="strict")
            return left
        return await (self._enter(scope, headers, body) if scope["method"] == "POST" else self._page(scope, headers))

    async def _page(self, scope: Scope, headers: Headers) -> Response:
        onward = safe_path(Request(scope).query_params.get("next", ""))
        if self._known(self._token(headers)):
            return RedirectResponse(onward, status_code=303)
        # A link from another site brings no Strict cookie; the page's own reload does.
        again = headers.get("sec-fetch-site") in ("cross-site", "same-site")
        return HTMLResponse(login_html(onward, reload=again))

    async def _enter(self, scope: Scope, headers: Headers, body: bytes) -> Response:
        try:
            fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=10)
        except ValueError:
            fields = {}
        name, password, onward = (fields.get(field, [""])[0] for field in ("username", "password", "next"))
        onward = safe_path(onward)
        entry, trouble, status, wait = None, WRONG, 401, 0
        try:
            if name and password:
                entry = await self._checked(name, password, scope)
            else:
                trouble = INCOMPLETE
        except TooManyGuesses as guesses:
            trouble, status, wait = WAIT.format(seconds=guesses.seconds), 429, guesses.seconds
        in_browser = "text/html" in headers.get("accept", "")
        if entry is None:
            response: Response = (
                HTMLResponse(login_html(onward, name, trouble), status_code=status)
                if in_browser
                else JSONResponse({"error": trouble}, status_code=status)
            )
            if wait:
                response.headers["Retry-After"] = str(wait)
            return response
        self._sessions.close(self._token(headers))
        entered = RedirectResponse(onward, status_code=303) if in_browser else JSONResponse({"success": True})
        # A browser names the scheme that it sees, also where something before this server does the TLS.
        secure = headers.get("origin", "").startswith("https://")
        entered.set_cookie(self._cookie, self._sessions.open(entry), httponly=True, samesite="strict", secure=secure)
        return entered

    def _token(self, headers: Headers) -> str:
        for cookies in headers.getlist("cookie"):
            if token := cookie_parser(cookies).get(self._cookie):
                return token
        return ""

    def _known(self, token: str) -> Account | None:
        entry = self._sessions.entry(token) if token else None
        # Whose password was changed, or whose name was taken out, is out.
        return entry if entry and self._passwords.entry(entry.name) == entry else None

    async def _basic(self, coded: str, scope: Scope) -> Account | None:
        try:
            name, _, password = base64.b64decode(coded, validate=True).decode().partition(":")
        except (ValueError, binascii.Error):
            return None
        return await self._checked(name, password, scope) if name and password else None

    async def _checked(self, name: str, password: str, scope: Scope) -> Account | None:
        # The same pair many times at once, as a program's first requests come, is one guess.
        pair = hashlib.sha256(f"{name}\0{password}".encode("utf-8", "replace")).digest()
        check = self._checks.get(pair)
        if check is None:
            # As the file is looked up: another way to write "ậ" is not another name to guess at.
            who, address = normalize("NFC", name)[:64], _network(scope)
            counted = ((self._pairs, f"{address} {who}"), (self._names, who), (self._addresses, address))
            wait = max(guesses.wait_seconds(key) for guesses, key in counted)
            if wait or len(self._checks) >= _MOST_WAITING:
                raise TooManyGuesses(wait or 5)
            for guesses, key in counted:
                guesses.failed(key)
            check = self._checks[pair] = asyncio.create_task(self._check(name, password, counted))
            check.add_done_callback(lambda _: self._checks.pop(pair, None))
        return await asyncio.shield(check)

    async def _check(self, name: str, password: str, counted: Iterable[tuple[Guesses, str]]) -> Account | None:
        loop = asyncio.get_running_loop()
        account = await loop.run_in_executor(self._workers, self._passwords.checked, name, password)
        if account:
            for guesses, key in counted:
                guesses.take_back(key, every=guesses is self._pairs)
        return account


def safe_path(path: str) -> str:
    """Give a path of this server to go on to, "/" for anything that might lead elsewhere."""
    if len(path) > _LONGEST_PATH or not _SAFE_PATH.fullmatch(path) or re.match(r"/log(in|out)\b", path):
        return "/"
    return path


def login_path(scope: Scope) -> str:
    """Give the address of the login page that leads back to what a request asked for."""
    query = scope.get("query_string", b"").decode("latin-1")
    onward = safe_path(quote(scope["path"]) + (f"?{query}" if query else ""))
    return "/login" if onward == "/" else f"/login?next={quote(onward, safe='/')}"


def login_html(onward: str = "/", name: str = "", trouble: str = "", *, reload: bool = False) -> str:
    """Give the login page; `name` is what was typed, `trouble` what was wrong with it."""
    alert = f'<p class="trouble" id="trouble" role="alert">{escape(trouble)}</p>' if trouble else ""
    marks = ' aria-invalid="true" aria-describedby="trouble"' if trouble else ""
    first, second = (" autofocus", "") if not (trouble and name) else ("", " autofocus")
    return f"""<!doctype html>
<html lang="vi">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
{'<meta http-equiv="refresh" content="0">' if reload else ""}
<title>{"Chưa đăng nhập được" if trouble else "Đăng nhập"} — Hoidap</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/fonts.css">
<link rel="stylesheet" href="/static/login.css">
</head>
<body class="hoidap-page">
<main>
<h1>Đăng nhập vào Hoidap</h1>
<p>Hỏi đáp trên kho bài viết của bạn. Nếu chưa có tên và mật khẩu, bạn hãy hỏi người quản lý kho.</p>
{alert}
<form method="post" action="/login">
<input type="hidden" name="next" value="{escape(onward)}">
<label for="username">Tên</label>
<input id="username" name="username" value="{escape(name[:64])}" required maxlength="64" autocomplete="username"
 autocapitalize="none" spellcheck="false"{marks}{first}>
<label for="password">Mật khẩu</label>
<input id="password" name="password" type="password" required maxlength="1000"
 autocomplete="current-password"{marks}{second}>
<button type="submit">Đăng nhập</button>
</form>
</main>
</body>
</html>
"""


def _network(scope: Scope) -> str:
    """Give the address of a client; of IPv6 the half that one person can not change at will."""
    host = (scope.get("client") or ("", 0))[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return str(host)
    return str(address) if address.version == 4 else str(ipaddress.ip_network(f"{address}/64", strict=False))
