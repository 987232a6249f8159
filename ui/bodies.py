"""What a request carries: read no further than its limit, and JSON handed on only as it was understood here."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

__all__ = ["Refusal", "checked_json", "limited", "read", "replayed"]

DEEPEST = 40
_SLOWEST_SECONDS = 60
_LARGEST_NUMBER = 2.0**63


class Refusal(Exception):
    """A request that is turned away: the status, and one line of why."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


TOO_LARGE = (413, "Nội dung gửi đến quá lớn.")
_NOT_JSON = (400, "Nội dung gửi đến không phải là JSON đúng cách.")
_FILES = (400, "Hoidap không nhận tệp hay địa chỉ tệp ở đây.")


async def read(receive: Receive, most_bytes: int) -> bytes:
    """Give the whole body. Raises Refusal where it is larger than `most_bytes` or too slow to come."""
    chunks, size = [], 0
    try:
        async with asyncio.timeout(_SLOWEST_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                chunks.append(message.get("body", b""))
                size += len(chunks[-1])
                if size > most_bytes:
                    raise Refusal(*TOO_LARGE)
                if not message.get("more_body"):
                    return b"".join(chunks)
    except TimeoutError:
        raise Refusal(408, "Nội dung gửi đến quá chậm.") from None


def limited(receive: Receive, most_bytes: int) -> Receive:
    """Give a body on piece by piece, and raise Refusal once it is larger than `most_bytes`."""
    size = 0

    async def receive_on() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > most_bytes:
            raise Refusal(*TOO_LARGE)
        return message

    return receive_on


def replayed(body: bytes, receive: Receive) -> Receive:
    """Give a body that was read already, then what follows it: the client's going."""
    given = False

    async def receive_on() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_on


def checked_json(body: bytes) -> bytes:
    """Write JSON anew, so that what was checked is what is read later. Raises Refusal for what no page would send.

    That is: NaN and numbers beyond 64 bits, nesting deeper than 40, and Gradio's descriptions of files, whose addresses
    it would fetch. A half of a surrogate pair becomes "?": no text, file or database can hold it.
    """
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant, parse_int=_whole, parse_float=_real)
        _check(value, DEEPEST)
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    except (ValueError, RecursionError):
        raise Refusal(*_NOT_JSON) from None


def _check(value: Any, deeper: int) -> None:
    if not isinstance(value, dict | list):
        return
    if deeper == 0:
        raise Refusal(*_NOT_JSON)
    if isinstance(value, dict):
        meta = value.get("meta")
        if isinstance(meta, dict) and "_type" in meta:
            raise Refusal(*_FILES)
    for part in value.values() if isinstance(value, dict) else value:
        _check(part, deeper - 1)


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


def _whole(digits: str) -> int:
    if len(digits) > 20 or abs(int(digits)) >= _LARGEST_NUMBER:
        raise ValueError("too large a number")
    return int(digits)


def _real(digits: str) -> float:
    number = float(digits)
    if abs(number) >= _LARGEST_NUMBER:
        raise ValueError("too large a number")
    return number
