"""What stands behind the page: questions are suggested without anybody's waiting for them."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest

import ui.desk
from qa import HoidapError
from ui.desk import Suggested


class Maker:
    """Makes questions when it is let, in place of `suggestions`."""

    def __init__(self) -> None:
        self.begun, self.let, self.runs = threading.Semaphore(0), threading.Semaphore(0), 0
        self.error: Exception | None = None

    def __call__(self, assistant: Any) -> list[str]:
        self.runs += 1
        self.begun.release()
        assert self.let.acquire(timeout=60)
        if self.error is not None:
            raise self.error
        return [f"Câu hỏi {self.runs}?"]


@pytest.fixture
def maker(monkeypatch: pytest.MonkeyPatch) -> Maker:
    made = Maker()
    monkeypatch.setattr(ui.desk, "suggestions", made)
    return made


def finish(maker: Maker) -> None:
    maker.let.release()
    for thread in threading.enumerate():
        if thread.name == "suggesting":
            thread.join(60)


def test_nobody_waits_for_questions_that_are_being_made(maker: Maker) -> None:
    assistant: Any = SimpleNamespace(revision=1)
    suggested = Suggested(assistant)
    assert [suggested.questions() for _ in range(5)] == [[]] * 5
    finish(maker)
    assert suggested.questions() == ["Câu hỏi 1?"]
    assistant.revision = 2
    assert suggested.questions() == ["Câu hỏi 1?"], "the older ones, meanwhile"
    finish(maker)
    assert [suggested.questions() for _ in range(3)] == [["Câu hỏi 2?"]] * 3
    assert maker.runs == 2


@pytest.mark.parametrize("error", [HoidapError("the index is damaged"), RuntimeError("a defect")])
def test_where_no_questions_can_be_made_there_are_none_until_something_changes(maker: Maker, error: Exception) -> None:
    assistant: Any = SimpleNamespace(revision=1)
    suggested, maker.error = Suggested(assistant), error
    suggested.questions()
    finish(maker)
    assert (suggested.questions(), maker.runs) == ([], 1)
    assistant.revision, maker.error = 2, None
    suggested.questions()
    finish(maker)
    assert suggested.questions() == ["Câu hỏi 2?"]
