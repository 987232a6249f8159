"""What the page's script calls: a function of one JSON value, and of who asks, that never fails."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr

from qa import HoidapError

log = logging.getLogger(__name__)

FAILED = "Hoidap gặp sự cố khi làm việc này. Bạn hãy thử lại; nếu vẫn không được, hãy xem cửa sổ đang chạy Hoidap."
MISUSED = "Hoidap không hiểu yêu cầu này."

Data = Mapping[str, Any]


class Refused(Exception):
    """What a person asked of the page cannot be done; the message, in Vietnamese, says why."""


def owner_of(request: gr.Request | None) -> str:
    """Give the name of who asks, where the page is served with names and passwords, else the empty one."""
    # Server functions are handed Starlette's request itself, endpoints one of Gradio's around it.
    scope = getattr(getattr(request, "request", request), "scope", None) or {}
    return str(scope.get("user_name") or "")


def served(name: str, function: Callable[[Data, str], dict[str, Any]]) -> Callable[[Any, gr.Request], dict[str, Any]]:
    """Make a server function called `name` of one that takes what the script sent, and the asker's name.

    Whatever goes wrong comes back as {"error": one line in Vietnamese}; the rest is told to the log.
    """

    def call(data: Any, request: gr.Request) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            return {"error": MISUSED}
        try:
            return function(data, owner_of(request))
        except Refused as refusal:
            return {"error": str(refusal)}
        except HoidapError as error:
            log.error("%s", error)
        except Exception:
            log.exception("The page's %s failed", name)
        return {"error": FAILED}

    # Gradio looks for these two: the hints are strings here, and `call` is a name of this function alone.
    call.__name__ = name
    call.__annotations__ = {"data": Any, "request": gr.Request, "return": dict}
    return call


def text_of(data: Data, name: str, longest: int) -> str:
    """Give a text that the script sent, blanks around it gone; raise Refused where it is none, or too long."""
    value = data.get(name, "")
    if not isinstance(value, str):
        raise Refused(MISUSED)
    if len(value) > longest:
        raise Refused(f"Nội dung quá dài: nhiều nhất là {longest:,} ký tự.".replace(",", "."))
    return value.strip()


def number_of(data: Data, name: str) -> int | None:
    """Give a whole number that the script sent, None where it sent none; raise Refused for anything else."""
    value = data.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
        raise Refused(MISUSED)
    return value


def texts_of(data: Data, name: str, most: int = 10_000, longest: int = 2_000) -> tuple[str, ...]:
    """Give a list of texts that the script sent; raise Refused where it is none, or too long."""
    value = data.get(name, [])
    if not isinstance(value, list) or len(value) > most:
        raise Refused(MISUSED)
    if not all(isinstance(text, str) and len(text) <= longest for text in value):
        raise Refused(MISUSED)
    return tuple(value)
