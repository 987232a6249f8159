"""The chat in the browser, served from this machine and needing no other."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

# First, since it keeps Gradio, imported below, from phoning home.
from ui.page import EXAMPLES, Assistant, build_chat

# isort: split

import fastapi
import gradio as gr
import uvicorn
from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa import HoidapError

__all__ = ["EXAMPLES", "Assistant", "build_chat", "serve"]

_HERE = Path(__file__).parent

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

# Nothing is fetched from, or sent to, any other host; an `onerror=` that slipped through would not run either.
_CONTENT_POLICY = (
    "default-src 'self' data: blob:; script-src 'self' 'unsafe-inline' 'unsafe-eval'; script-src-attr 'none'; "
    "style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'self'; form-action 'self'"
)

# Routes that every Gradio app has and this one has no use for: the chat neither takes nor gives files.
_CLOSED_ROUTES = ("/gradio_api/upload", "/gradio_api/file", "/gradio_api/proxy", "/file", "/proxy")


def serve(
    assistant: Assistant,
    host: str = "127.0.0.1",
    port: int = 7860,
    *,
    examples: Sequence[str] = EXAMPLES,
    on_ready: Callable[[str], None] = lambda url: None,
) -> None:
    """Serve the chat until it is interrupted; call `on_ready` with its address once it answers.

    Port 0 takes any free one. Raises HoidapError where the address cannot be had.
    """
    listener = _listen(host, port)
    try:
        app = _app(build_chat(assistant, examples))
        # An open page holds a connection for as long as it is open: do not wait for it on the way out.
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)
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


class _Door:
    """Close the routes that the chat has no use for, and declare what the page may load."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        if path.startswith(_CLOSED_ROUTES):
            await PlainTextResponse("Not found", status_code=404)(scope, receive, send)
            return

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Content-Security-Policy"] = _CONTENT_POLICY
            await send(message)

        await self.app(scope, receive, send_on)


def _app(chat: gr.Blocks) -> fastapi.FastAPI:
    # Mounted rather than launched: launch() tries its own address through any proxy that is set, takes other ports
    # than the one asked for, and prints.
    app = fastapi.FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(_Door)
    app.mount("/fonts", StaticFiles(directory=_HERE / "fonts"))
    theme = gr.themes.Default(
        primary_hue="teal",
        neutral_hue="slate",
        font=[gr.themes.Font("Be Vietnam Pro"), "system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    ).set(
        body_text_color_subdued="*neutral_500",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
        link_text_color="*primary_700",
        link_text_color_dark="*primary_300",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover_dark="*primary_600",
    )
    gr.mount_gradio_app(
        app,
        chat,
        path="/",
        theme=theme,
        # Gradio declares the language of its own words, whatever the page holds.
        js="() => { document.documentElement.lang = 'vi'; }",
        css_paths=[_HERE / "chat.css"],
        i18n=_GRADIO_WORDS,
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        enable_monitoring=False,
    )
    return app


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        # Listening is the test: a port that is merely looked at may be gone a moment later.
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        reason = error.strerror or str(error)
    except OverflowError:
        reason = "a port is a number from 0 to 65535"
    raise HoidapError(f"The chat cannot listen on {host}, port {port} ({reason}): choose another with --port.")


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - shown, not bound
    return f"http://[{shown}]:{port}/" if ":" in shown else f"http://{shown}:{port}/"
