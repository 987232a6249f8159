"""What both sides of the comparison are timed with, and asked. Imports nothing that costs time or memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

QUESTIONS = (
    "Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?",
    "Ai là trưởng đoàn giám sát số 1?",
    "Phần mềm nào được dùng để quản lý văn bản?",
    "Đảng ủy cơ sở ở Đồng Tháp họp định kỳ thế nào?",
    "phan mem nao duoc dung de quan ly van ban",
    "How many party members does Cao Loc have?",
)
FIRST_QUESTION = "Hỏi đáp là gì?"


def seconds(work: Callable[[], object]) -> float:
    """Time one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


class Stopwatch:
    """A function that counts its calls and how long they took."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.calls, self.seconds, self._function = 0, 0.0, function

    def __call__(self, *given: Any) -> Any:
        start = time.perf_counter()
        try:
            return self._function(*given)
        finally:
            self.calls += 1
            self.seconds += time.perf_counter() - start


def ask_each(
    questions: Sequence[str],
    retrieve: Callable[[str], Sequence[Any]],
    encoding: Stopwatch,
    named: Callable[[Any], tuple[str, str]],
) -> dict[str, Any]:
    """Ask one question after another, and time each.

    Give the milliseconds of each, those beyond encoding it, how many were encoded and not remembered, and the article
    and text that `named` tells of its first passage.
    """
    milliseconds, beyond, found, encoded = [], [], [], 0
    for question in questions:
        calls, encoding_before, start = encoding.calls, encoding.seconds, time.perf_counter()
        passages = retrieve(question)
        elapsed = time.perf_counter() - start
        milliseconds.append(1000 * elapsed)
        beyond.append(1000 * (elapsed - (encoding.seconds - encoding_before)))
        encoded += encoding.calls > calls
        found.append(named(passages[0]) if passages else (None, ""))
    return {"ms": milliseconds, "beyond_ms": beyond, "encoded": encoded, "found": found}
