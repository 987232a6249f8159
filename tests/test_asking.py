"""Asking in the page: answers kept in conversations, edited questions, stopping, limits."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from sample_answers import FakeAssistant, answer, article, citation

from qa import Answer, Conversations, ConversationsUnusable
from ui.asking import Asking
from ui.served import Refused

SOURCE = article("Đảng bộ huyện có 5.350 đảng viên. Câu khác.")


def respond(question: str) -> Answer:
    return answer(citation(SOURCE, SOURCE.text, "Câu khác."), answered="vàng" not in question)


@pytest.fixture
def assistant() -> FakeAssistant:
    return FakeAssistant(respond)


@pytest.fixture
def conversations(tmp_path: Path) -> Conversations:
    return Conversations.open(tmp_path)


@pytest.fixture
def asking(assistant: FakeAssistant, conversations: Conversations) -> Asking:
    return Asking(assistant, conversations, lambda: ["Gợi ý?"])


def test_a_question_begins_a_conversation_and_the_next_leans_on_it(
    asking: Asking, assistant: FakeAssistant, conversations: Conversations
) -> None:
    first = asking.ask({"question": " Có bao nhiêu? "}, "an")
    second = asking.ask({"question": "Còn Cao Lộc?", "conversation": first["conversation"]}, "an")
    assert (first["number"], second["number"]) == (1, 2)
    assert assistant.asked[1]["history"] == ("Có bao nhiêu?",)
    assert [turn.question for turn in conversations.turns("an", first["conversation"])] == [
        "Có bao nhiêu?",
        "Còn Cao Lộc?",
    ]
    assert "Có bao nhiêu?" in first["html"]


def test_an_edited_question_takes_the_place_of_what_followed(
    asking: Asking, assistant: FakeAssistant, conversations: Conversations
) -> None:
    conversation = asking.ask({"question": "một"}, "")["conversation"]
    for question in ("hai", "ba"):
        asking.ask({"question": question, "conversation": conversation}, "")
    again = asking.ask({"question": "hai khác", "conversation": conversation, "replace": 2}, "")
    assert again["number"] == 2
    assert assistant.asked[-1]["history"] == ("một",)
    assert [turn.question for turn in conversations.turns("", conversation)] == ["một", "hai khác"]


def test_another_persons_conversation_is_neither_read_nor_written(
    asking: Asking, assistant: FakeAssistant, conversations: Conversations
) -> None:
    mine = asking.ask({"question": "bí mật"}, "an")["conversation"]
    reply = asking.ask({"question": "hỏi", "conversation": mine}, "bình")
    assert reply["conversation"] != mine
    assert assistant.asked[-1]["history"] == ()
    assert [turn.question for turn in conversations.turns("an", mine)] == ["bí mật"]


def test_limits_reach_the_assistant_and_are_kept(
    asking: Asking, assistant: FakeAssistant, conversations: Conversations
) -> None:
    scope = {"articles": ["a.txt"], "sources": [], "since": "2021-04-01", "until": None}
    reply = asking.ask({"question": "giá vàng", "scope": scope}, "")
    assert assistant.asked[-1]["articles"] == ["a.txt"]
    assert assistant.asked[-1]["since"].isoformat() == "2021-04-01"
    assert "sources" not in assistant.asked[-1]
    assert "Phần kho mà bạn chọn" in reply["html"]
    assert conversations.turns("", reply["conversation"])[0].scope == {"articles": ["a.txt"], "since": "2021-04-01"}


@pytest.mark.parametrize(
    "data",
    [
        {"question": "?!…"},
        {"question": ""},
        {},
        {"question": 5},
        {"question": "a", "scope": "tất cả"},
        {"question": "a", "scope": {"articles": "a.txt"}},
        {"question": "a", "scope": {"articles": [1]}},
        {"question": "a", "scope": {"since": "hôm qua"}},
        {"question": "a", "replace": "1"},
        {"question": "a", "replace": -1},
        {"question": "a", "replace": True},
        {"question": "a", "conversation": ["x"]},
        {"question": "a", "token": {}},
    ],
)
def test_misuse_is_refused_in_one_line(asking: Asking, assistant: FakeAssistant, data: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        asking.ask(data, "")
    assert "\n" not in str(refused.value)
    assert not assistant.asked


def test_a_question_of_100000_characters_is_answered(asking: Asking) -> None:
    reply = asking.ask({"question": "dài " * 25_000}, "")
    assert len(reply["html"]) < 20_000


def test_a_stopped_question_leaves_nothing_behind(conversations: Conversations) -> None:
    began, may_end = threading.Event(), threading.Event()

    def slowly(question: str) -> Answer:
        began.set()
        may_end.wait(10)
        return respond(question)

    asking, replies = Asking(FakeAssistant(slowly), conversations), []
    thread = threading.Thread(target=lambda: replies.append(asking.ask({"question": "chậm", "token": "t"}, "")))
    thread.start()
    began.wait(10)
    asking.stop({"token": "t"}, "")
    may_end.set()
    thread.join(10)
    assert replies == [{"stopped": True}]
    assert conversations.entries("") == []


def test_a_question_without_a_token_cannot_be_stopped_by_another(asking: Asking) -> None:
    asking.stop({}, "an")
    assert "html" in asking.ask({"question": "hỏi"}, "an")


def test_stopping_is_ones_own(asking: Asking) -> None:
    asking.stop({"token": "t"}, "an")
    assert "html" in asking.ask({"question": "hỏi", "token": "t"}, "bình")


def test_what_cannot_be_kept_is_answered_all_the_same(assistant: FakeAssistant) -> None:
    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise ConversationsUnusable("no room on the disk")

    asking = Asking(assistant, Broken())  # type: ignore[arg-type]
    reply = asking.ask({"question": "hỏi", "conversation": "x", "shown": ["một", "hai"], "number": 2}, "")
    assert "Câu khác." in reply["html"]
    assert "chưa lưu được" in reply["html"]
    assert "Sửa" not in reply["html"]
    # It is told from the others on the page, and may lean on them.
    assert 'id="luot-3-doan-1"' in reply["html"]
    assert assistant.asked[-1]["history"] == ("một", "hai")


def test_an_empty_chat_offers_questions(asking: Asking) -> None:
    assert asking.suggestions({}, "") == {"questions": ["Gợi ý?"]}
