"""What the page's script is told of the conversations that are kept."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_conversations import record
from test_export import HOSTILE

from qa import Conversations, Turn
from qa.conversation_file import CONVERSATIONS_NAME
from ui import keeping, render_keeping
from ui.keeping import Keeping
from ui.served import MISUSED, served


@pytest.fixture
def kept(tmp_path: Path) -> Conversations:
    return Conversations.open(tmp_path)


@pytest.fixture
def page(kept: Conversations) -> Page:
    return Page(Keeping(kept, shown))


class Page:
    """Calls the functions as Gradio does: one value in, JSON out."""

    def __init__(self, room: Keeping) -> None:
        self._functions = {name: served(name, function) for name, function in room.functions().items()}
        self.names = set(self._functions)

    def __call__(self, name: str, data: Any, owner: str = "") -> dict[str, Any]:
        request = SimpleNamespace(request=SimpleNamespace(scope={"user_name": owner}))
        reply: dict[str, Any] = json.loads(json.dumps(self._functions[name](data, request)))
        return reply


def shown(turn: Turn) -> str:
    return f"<p>{turn.number} {turn.record['answer'] and 'đáp'}</p>"


def asked(kept: Conversations, title: str = "Có bao nhiêu?", owner: str = "", turns: int = 1) -> str:
    name = kept.start(owner, title)
    for number in range(turns):
        kept.add_turn(owner, name, f"{title} {number}", record())
    return name


class Reading(HTMLParser):
    """The text of a piece of HTML, its elements, and the values of an attribute."""

    def __init__(self, html: str, attribute: str = "data-id") -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.elements, self.values, self._attribute = "", [], [], attribute
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.values += [value for name, value in attrs if name == self._attribute]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_list_shows_title_when_and_how_many(page: Page, kept: Conversations) -> None:
    name = asked(kept, "Cao Lộc có bao nhiêu đảng viên?", turns=3)
    reply = page("conversations", {"text": ""})
    reading = Reading(reply["html"])
    assert reading.values == [name]
    assert "Cao Lộc có bao nhiêu đảng viên?" in reading.text
    assert "Hôm nay" in reading.text
    assert "3 câu hỏi" in reading.text


def test_an_empty_list_and_an_empty_search_say_so(page: Page, kept: Conversations) -> None:
    assert render_keeping.NONE_YET in page("conversations", {})["html"]
    asked(kept)
    reply = page("conversations", {"text": "Hữu Lũng"})
    assert render_keeping.NONE_FOUND in reply["html"]
    assert reply["found"] == "Tìm thấy 0 cuộc trò chuyện."


def test_a_long_list_is_cut_and_says_so(page: Page, kept: Conversations, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "LISTED_MOST", 2)
    for number in range(5):
        asked(kept, f"Câu {number}")
    reply = page("conversations", {})
    assert Reading(reply["html"], "data-title").values == ["Câu 4", "Câu 3"]
    assert "Còn 3 cuộc trò chuyện cũ hơn" in reply["html"]


def test_a_conversation_opens_with_its_turns(page: Page, kept: Conversations) -> None:
    name = asked(kept, turns=2)
    reply = page("open_conversation", {"id": name})
    assert reply == {"id": name, "html": "<p>1 đáp</p><p>2 đáp</p>"}


def test_one_answer_that_cannot_be_shown_does_not_hide_the_others(page: Page, kept: Conversations) -> None:
    name = asked(kept)
    kept.add_turn("", name, "Hai", {})
    html = page("open_conversation", {"id": name})["html"]
    assert html.startswith("<p>1 đáp</p>")
    assert "bản Hoidap khác" in html


def test_renaming_deleting_and_taking_back(page: Page, kept: Conversations) -> None:
    name = asked(kept)
    assert page("rename_conversation", {"id": name, "title": " Tên  mới "})["title"] == "Tên mới"
    assert page("delete_conversation", {"id": name})["message"] == "Đã xóa “Tên mới”."
    assert render_keeping.NONE_YET in page("conversations", {})["html"]
    assert page("open_conversation", {"id": name}) == {"error": keeping.GONE}
    assert "error" not in page("undelete_conversation", {"id": name})
    assert Reading(page("conversations", {})["html"], "data-title").values == ["Tên mới"]


@pytest.mark.parametrize(("wanted", "ending"), [("markdown", ".md"), ("json", ".json")])
def test_a_conversation_is_exported(page: Page, kept: Conversations, wanted: str, ending: str) -> None:
    name = asked(kept)
    reply = page("export_conversation", {"id": name, "format": wanted})
    assert reply["filename"] == f"hoidap-Có-bao-nhiêu{ending}"
    assert "đảng viên" in reply["text"]
    assert wanted in reply["type"]


def test_an_answer_is_rated_and_the_rating_taken_back(page: Page, kept: Conversations) -> None:
    name = asked(kept)
    assert page("rate_turn", {"id": name, "number": 1, "rating": "down", "right_answer": " 5.350 "}) == {}
    (turn,) = kept.turns("", name)
    assert (turn.rating, turn.right_answer) == ("down", "5.350")
    page("rate_turn", {"id": name, "number": 1, "rating": None, "right_answer": None})
    assert kept.turns("", name)[0].rating is None


# --- misuse ----------------------------------------------------------------------------------------------

VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=9), inner, max_size=3)),
    max_leaves=5,
)
KEYS = st.sampled_from(["id", "title", "text", "number", "rating", "right_answer", "format", "frame"])


@given(st.one_of(VALUES, st.dictionaries(KEYS, VALUES, max_size=5)), st.data())
def test_whatever_is_sent_comes_back_as_an_answer_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, data: Any, chosen: st.DataObject
) -> None:
    folder = tmp_path_factory.getbasetemp() / "mặc kệ"
    folder.mkdir(exist_ok=True)
    page = Page(Keeping(Conversations(folder), shown))
    reply = page(chosen.draw(st.sampled_from(sorted(page.names))), data)
    assert "\n" not in reply.get("error", "")
    assert reply.get("error") != keeping.UNUSABLE


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("rename_conversation", {"title": "x" * 100_000}),
        ("rename_conversation", {"title": " \n "}),
        ("rename_conversation", {"title": 5}),
        ("rename_conversation", {"title": None}),
        ("open_conversation", {"id": ""}),
        ("open_conversation", {"id": None}),
        ("open_conversation", {"id": ["a"]}),
        ("open_conversation", {"id": "x" * 100_000}),
        ("open_conversation", {"id": "../../etc/passwd"}),
        ("open_conversation", {"id": "\ud83d"}),
        ("export_conversation", {"format": "exe"}),
        ("export_conversation", {}),
        ("rate_turn", {"number": True, "rating": "up"}),
        ("rate_turn", {"number": 1.5, "rating": "up"}),
        ("rate_turn", {"number": 99, "rating": "up"}),
        ("rate_turn", {"rating": "up"}),
        ("rate_turn", {"number": 1, "rating": "rất hay"}),
        ("rate_turn", {"number": 1, "rating": ["up"]}),
        ("rate_turn", {"number": 1, "rating": "down", "right_answer": "x" * 100_000}),
        ("rate_turn", {"number": 1, "rating": "down", "right_answer": {"a": 1}}),
        ("conversations", {"text": "x" * 100_000}),
        ("conversations", "chữ"),
        ("conversations", None),
    ],
)
def test_misuse_is_one_line_in_vietnamese_and_changes_nothing(
    page: Page, kept: Conversations, name: str, data: Any
) -> None:
    conversation = asked(kept)
    before = kept.turns("", conversation), kept.entries("")
    reply = page(name, {"id": conversation} | data if isinstance(data, dict) else data)
    assert set(reply) == {"error"}
    assert reply["error"] == MISUSED or len(reply["error"]) > 20
    assert "\n" not in reply["error"]
    assert (kept.turns("", conversation), kept.entries("")) == before


def test_another_persons_conversation_is_not_there(page: Page, kept: Conversations) -> None:
    name = asked(kept, owner="an")
    for function in sorted(page.names - {"conversations"}):
        data = {"id": name, "title": "x", "number": 1, "rating": "up", "format": "json"}
        assert page(function, data, "bình") == {"error": keeping.GONE}, function
    assert Reading(page("conversations", {}, "bình")["html"]).values == []
    assert page("open_conversation", {"id": name}, "an")["id"] == name


def test_a_damaged_file_is_said_in_vietnamese_and_told_to_the_log(
    page: Page, kept: Conversations, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept.close()
    (tmp_path / CONVERSATIONS_NAME).write_bytes(b"not a database")
    assert page("conversations", {}) == {"error": keeping.UNUSABLE}
    (line,) = {record.getMessage() for record in caplog.records}
    assert str(tmp_path) in line


# --- the list as HTML ------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE)
def test_a_title_is_only_text(page: Page, kept: Conversations, text: str) -> None:
    name = asked(kept, "chữ")
    calm = Reading(page("conversations", {})["html"])
    kept.rename("", name, text)
    reading = Reading(page("conversations", {})["html"], "data-title")
    assert reading.elements == calm.elements
    assert reading.values == [" ".join(text.split())]
    assert reading.text.count(" ".join(text.split())) == 6  # the title, and whose each of the five things is


def test_every_button_of_the_list_says_what_it_is_for(page: Page, kept: Conversations) -> None:
    asked(kept, "Chuyện")
    text = Reading(page("conversations", {})["html"]).text
    for words in ("Đổi tên “Chuyện”", "Xuất Markdown “Chuyện”", "Xuất JSON “Chuyện”", "Xóa “Chuyện”"):
        assert words in text


def test_when_is_said_as_people_say_it() -> None:
    now = datetime(2021, 4, 13, 9, 0, tzinfo=timezone(timedelta(hours=7)))
    assert render_keeping.shown_moment("2021-04-13T01:15:00.000000+00:00", now) == "Hôm nay, 08:15"
    assert render_keeping.shown_moment("2021-04-12T16:59:00.000000+00:00", now) == "Hôm qua, 23:59"
    assert render_keeping.shown_moment("2021-04-02T10:00:00.000000+00:00", now) == "02/04/2021"
    assert render_keeping.shown_moment("lúc nào đó", now) == "lúc nào đó"
