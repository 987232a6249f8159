"""The chat in the browser, served from this machine and needing no other."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypedDict

# First, since it keeps Gradio, imported below, from phoning home.
from ui.page import STATIC

# isort: split

import fastapi
import gradio as gr
import uvicorn
from starlette.routing import BaseRoute
from starlette.staticfiles import StaticFiles

from qa import Assistant, HoidapError
from ui.door import Door
from ui.endpoints import tell_mcp_in_json
from ui.hosts import Hosts, check_exposure
from ui.login import Login
from ui.passwords import Passwords
from ui.routes import OPEN, OPEN_WITH_LOGIN, OPEN_WITH_MCP, Route

__all__ = ["ServeOptions", "serve", "serve_page"]

_HERE = Path(__file__).parent

_STYLES = ("fonts", "base", "conversation", "conversations", "reader", "corpus")

# Gradio has no Vietnamese and falls back on English; a whole key as one word takes precedence over its nested own.
_GRADIO_WORDS = gr.I18n(
    en={
        "common.clear": "Xóa",
        "common.complete": "Xong",
        "common.error": "Lỗi",
        "common.loading": "Đang tải",
        "common.progress": "Tiến độ",
        "status.queue_position": "Đang chờ đến lượt",
    }
)


@dataclass(frozen=True)
class ServeOptions:
    """How the chat is served: to whom, and with what besides the page.

    `auth` is the file of names and passwords that `hoidap passwd` writes; without it the chat is this machine's own.
    `names` are host names that people reach it by, as behind a proxy; `mcp` adds the endpoint for language models.
    """

    auth: Path | None = None
    names: Sequence[str] = ()
    mcp: bool = False


def serve(
    assistant: Assistant,
    host: str = "127.0.0.1",
    port: int = 7860,
    *,
    examples: Sequence[str] = (),
    on_ready: Callable[[str], None] = lambda url: None,
    options: ServeOptions = ServeOptions(),
) -> None:
    """Serve the chat over an index until it is interrupted; call `on_ready` with its address once it answers.

    Port 0 takes any free one. Raises HoidapError where the address cannot be had, or others could reach it without a
    password, or the file of passwords cannot be used.
    """
    from ui.desk import Desk
    from ui.uploads import upload_routes

    check_exposure(host, options.auth)
    desk = Desk(assistant, examples)
    serve_page(
        partial(desk.page, has_names=options.auth is not None),
        host,
        port,
        on_ready=on_ready,
        options=options,
        routes=upload_routes(desk.stocking.uploads),
    )


def serve_page(
    page: Callable[[], gr.Blocks],
    host: str = "127.0.0.1",
    port: int = 7860,
    *,
    on_ready: Callable[[str], None] = lambda url: None,
    options: ServeOptions = ServeOptions(),
    routes: Sequence[BaseRoute] = (),
) -> None:
    """Serve a page, and `routes` beside it, as `serve` does; the page is made once the address is had."""
    check_exposure(host, options.auth)
    passwords = Passwords(options.auth) if options.auth else None
    listener = _listen(host, port)
    try:
        bound, port = listener.getsockname()[:2]
        check_exposure(bound, options.auth)
        door = _Way(
            routes=(*OPEN, *(OPEN_WITH_LOGIN if passwords else ()), *(OPEN_WITH_MCP if options.mcp else ())),
            hosts=Hosts.of(bound, host, options.names),
            login=Login(passwords, port) if passwords else None,
        )
        config = uvicorn.Config(
            _app(page(), door, routes, mcp=options.mcp),
            log_level="warning",
            # An open page holds a connection for as long as it is open: do not wait for it on the way out.
            timeout_graceful_shutdown=1,
            # It asks every few seconds whether the articles changed: not over a new connection each time.
            timeout_keep_alive=75,
            # Any client could claim another address; nothing here needs web sockets.
            proxy_headers=False,
            server_header=False,
            http="h11",
            ws="none",
        )
        _Server(config, partial(on_ready, _address(listener))).run(sockets=[listener])
    except KeyboardInterrupt:
        pass
    finally:
        listener.close()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Pages still open are cut off here, which uvicorn would report as errors, each with its traceback.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)


class _Way(TypedDict):
    routes: Sequence[Route]
    hosts: Hosts
    login: Login | None


def _app(chat: gr.Blocks, door: _Way, routes: Sequence[BaseRoute] = (), *, mcp: bool = False) -> fastapi.FastAPI:
    # Mounted rather than launched: launch() tries its own address through any proxy that is set, takes other ports
    # than the one asked for, and prints.
    app = fastapi.FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Door, **door)
    app.mount("/fonts", StaticFiles(directory=_HERE / "fonts"))
    # The one file of Gradio's own under the address that is ours here.
    app.mount("/static/js", StaticFiles(directory=Path(gr.routes.STATIC_PATH_LIB) / "js"))
    app.mount("/static", StaticFiles(directory=STATIC))
    app.router.routes.extend(routes)
    theme = gr.themes.Default(
        primary_hue="teal",
        neutral_hue="slate",
        font=[gr.themes.Font("Be Vietnam Pro"), "system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    )
    gr.mount_gradio_app(
        app,
        chat,
        path="/",
        theme=theme,
        # Gradio declares the language of its own words, whatever the page holds.
        js="() => { document.documentElement.lang = 'vi'; }",
        # Linked, as Gradio rewrites the rules that it is given itself, and breaks those with a comma in `:is()`.
        head="".join(f'<link rel="stylesheet" href="/static/{name}.css">' for name in _STYLES),
        i18n=_GRADIO_WORDS,
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=mcp,
        enable_monitoring=False,
    )
    if mcp:
        tell_mcp_in_json(chat)
    return app


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        # Listening is the test: a port that is merely looked at may be gone a moment later.
        listener = socket.create_server((host, port), family=family, backlog=128)
        # A reply is sent in two pieces, of which the second would wait for the first's acknowledgement.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except OSError as error:
        reason = error.strerror or str(error)
    except OverflowError:
        reason = "a port is a number from 0 to 65535"
    raise HoidapError(f"The chat cannot listen on {host}, port {port} ({reason}): choose another with --port.")


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - shown, not bound
    return f"http://[{shown}]:{port}/" if ":" in shown else f"http://{shown}:{port}/"
