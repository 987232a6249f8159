"""Every address that the chat answers at, how large a body it takes there, and who may ask: all others are closed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["OPEN", "OPEN_WITH_LOGIN", "OPEN_WITH_MCP", "Route", "matching"]

JSON_BYTES = 1_000_000
UPLOAD_BYTES = 110_000_000  # somewhat more than a file may have, which the route itself tells better
FORM_BYTES = 10_000

NEVER_KEPT = "no-store"
ASKED_AGAIN = "private, no-cache"
KEPT_A_DAY = "private, max-age=86400"


@dataclass(frozen=True)
class Route:
    """A path, as a pattern for all of it, and what is taken there.

    `body` is what a POST carries: "json", "form", "files" (any) or "" for none; `most_bytes`, its largest size.
    `public` is open to who has not come in; `cache` is what a browser may keep.
    """

    pattern: str
    methods: tuple[str, ...] = ("GET", "HEAD")
    body: str = ""
    most_bytes: int = 0
    public: bool = False
    cache: str = NEVER_KEPT

    def matches(self, path: str) -> bool:
        """Tell whether a path, decoded, is this route's."""
        return re.fullmatch(self.pattern, path, re.ASCII) is not None


def _json(pattern: str) -> Route:
    return Route(pattern, ("POST",), "json", JSON_BYTES)


_ID = r"[A-Za-z0-9_-]{1,64}"
_API = "/gradio_api"

OPEN = (
    # The page, and what it is made of. The login page needs its style and fonts before anyone has come in.
    Route("/"),
    Route(r"/static/(?:login|fonts)\.css", public=True, cache=ASKED_AGAIN),
    Route(r"/static/[a-z0-9_-]+\.(?:js|css|svg)", cache=ASKED_AGAIN),
    Route(r"/static/js/iframeResizer\.contentWindow\.min\.js", cache=KEPT_A_DAY),
    Route(r"/fonts/[a-z0-9-]+\.woff2", public=True, cache=KEPT_A_DAY),
    Route(r"/assets/[A-Za-z0-9_.-]+\.(?:js|css|svg|ttf|woff2?)", cache=KEPT_A_DAY),
    Route(r"(?:/gradio_api)?/theme\.css"),
    Route("/config"),
    Route(r"/favicon\.ico"),
    Route(r"/manifest\.json"),
    Route(r"/robots\.txt", public=True),
    # What the page's script and gradio_client call.
    Route(f"{_API}/info"),
    Route(f"{_API}/startup-events"),
    Route(f"{_API}/heartbeat/{_ID}"),
    _json(rf"{_API}/component_server/?"),
    _json(f"{_API}/queue/join"),
    Route(f"{_API}/queue/data"),
    _json(f"{_API}/cancel"),
    _json(f"{_API}/reset"),
    # The endpoints for programs, at once or as events.
    _json(f"{_API}/run/{_ID}"),
    _json(rf"{_API}/call/(?:v2/)?{_ID}"),
    Route(rf"{_API}/call/(?:v2/)?{_ID}/{_ID}"),
    # Files for the corpus; not Gradio's own upload, which is closed.
    Route("/upload", ("POST",), "files", UPLOAD_BYTES),
)
OPEN_WITH_LOGIN = (
    Route("/login", ("GET", "HEAD", "POST"), "form", FORM_BYTES, public=True),
    Route("/logout", ("POST",), "form", FORM_BYTES, public=True),
)
# Streamable HTTP; the two addresses of the older way, which no client needs any more, stay closed.
OPEN_WITH_MCP = (Route(f"{_API}/mcp/?", ("GET", "POST", "DELETE"), "json", JSON_BYTES),)


def matching(routes: Iterable[Route], path: str) -> Route | None:
    """Give the first route that a path is of, None where it is closed."""
    return next((route for route in routes if route.matches(path)), None)
