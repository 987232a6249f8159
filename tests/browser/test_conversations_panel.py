"""The panel of kept conversations in headless Chromium: found, opened, named, exported, deleted and taken back."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from browser.looks import LOOKS, ask, visit
from playwright.sync_api import Page, expect
from sample_answers import FakeAssistant, Stock, answer, article, citation

from ui.page import build_chat  # first, since it keeps Gradio from phoning home

# isort: split

from qa import Answer, Conversations
from ui.asking import Asking
from ui.chat import serve_page
from ui.keeping import Keeping
from ui.render_answer import kept_turn_html

SOURCE = article("Đảng bộ huyện có 5.350 đảng viên. Câu khác.", title="Tin huyện")
HOSTILE = "<img src=x onerror=\"document.title='hacked'\"> **đậm** ${1} {{x}}"


def respond(question: str) -> Answer:
    return answer(citation(SOURCE, SOURCE.text, "Đảng bộ huyện có 5.350 đảng viên."))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Conversations]:
    kept = Conversations.open(tmp_path_factory.mktemp("kept"))
    rooms = [Asking(FakeAssistant(respond), kept), Keeping(kept, kept_turn_html)]
    ready, addresses = threading.Event(), []

    def on_ready(address: str) -> None:
        addresses.append(address)
        ready.set()

    def run() -> None:
        serve_page(lambda: build_chat(rooms, Stock), port=0, on_ready=on_ready)

    threading.Thread(target=run, daemon=True).start()
    assert ready.wait(60), "the chat did not start"
    return addresses[0], kept


@pytest.fixture
def kept(served: tuple[str, Conversations]) -> Iterator[Conversations]:
    yield served[1]
    for entry in served[1].entries(""):
        served[1].delete("", entry.id)


@pytest.fixture
def opened(page: Page, served: tuple[str, Conversations], kept: Conversations) -> Page:
    """The page with the panel open, over three conversations."""
    from ui.records import answer_record

    for title in ("Cao Lộc có bao nhiêu đảng viên?", "Hữu Lũng họp ngày nào?", HOSTILE):
        name = kept.start("", title)
        for question in (title, "Khi nào?"):
            kept.add_turn("", name, question, answer_record(respond(question)))
    visit(page, served[0])
    show(page)
    return page


def show(page: Page) -> None:
    page.get_by_role("button", name="Cuộc trò chuyện", exact=True).click()
    expect(page.locator("#conversations .list > *").first).to_be_visible()


def entry(page: Page, title: str):
    return page.locator(".entry").filter(has_text=title)


def act(page: Page, title: str, words: str) -> None:
    entry(page, title).locator("summary").click()
    entry(page, title).locator(".act").filter(has_text=words).click()


@pytest.mark.parametrize("page", LOOKS, indirect=True)
def test_it_looks_right_everywhere(
    opened: Page, check_access: Callable[[], None], take_screenshot: Callable[[str], None]
) -> None:
    expect(opened.locator(".entry")).to_have_count(3)
    expect(entry(opened, "đậm").locator(".title")).to_have_text(HOSTILE)
    check_access()
    entry(opened, "Cao Lộc").locator("summary").click()
    check_access()
    take_screenshot("conversations")
    act(opened, "Hữu Lũng", "Đổi tên")
    check_access()
    opened.keyboard.press("Escape")
    act(opened, "Hữu Lũng", "Xóa")
    expect(opened.get_by_role("button", name="Hoàn tác")).to_be_focused()
    check_access()
    take_screenshot("conversations-deleted")
    small = opened.evaluate(
        "[...document.querySelectorAll('#conversations :is(button, summary, input)')].map((e) => "
        "e.getBoundingClientRect()).filter((box) => box.width && Math.min(box.width, box.height) < 24).length"
    )
    assert small == 0


def test_an_empty_panel_says_so(page: Page, served: tuple[str, Conversations], kept: Conversations) -> None:
    visit(page, served[0])
    show(page)
    expect(page.locator("#conversations .list")).to_have_text(
        "Chưa có cuộc trò chuyện nào: những câu bạn hỏi sẽ được giữ ở đây."
    )


def test_what_is_asked_is_kept_and_opened_again(
    page: Page, served: tuple[str, Conversations], kept: Conversations
) -> None:
    visit(page, served[0])
    ask(page, "Có bao nhiêu đảng viên?")
    expect(page.locator("#log .answer")).to_have_count(1)
    show(page)
    expect(page.locator(".entry .open[aria-current]")).to_contain_text("Có bao nhiêu đảng viên?")
    expect(page.locator(".entry .when")).to_contain_text("1 câu hỏi")
    page.get_by_role("button", name="Cuộc trò chuyện mới").click()
    expect(page.locator("#log .turn")).to_have_count(0)
    expect(page.locator(".entry .open[aria-current]")).to_have_count(0)
    page.locator(".entry .open").click()
    expect(page.locator("#log .turn")).to_have_count(1)
    page.reload()
    expect(page.locator("#log .turn")).to_have_count(1)
    show(page)
    expect(page.locator(".entry .open[aria-current]")).to_have_count(1)


def test_searching_finds_without_diacritics(opened: Page) -> None:
    opened.get_by_label("Tìm trong các cuộc trò chuyện").fill("huu lung")
    expect(opened.locator(".entry")).to_have_count(1)
    expect(opened.locator("#conversations .found")).to_have_text("Tìm thấy 1 cuộc trò chuyện.")
    opened.get_by_label("Tìm trong các cuộc trò chuyện").fill("Không đâu có")
    expect(opened.locator("#conversations .list")).to_have_text("Không có cuộc trò chuyện nào chứa những từ này.")


def test_everything_goes_by_keyboard(opened: Page, kept: Conversations) -> None:
    keys = opened.keyboard
    expect(opened.get_by_role("button", name="Cuộc trò chuyện mới")).to_be_focused()
    for _ in range(3):  # the search, the first conversation, what else can be done with it
        keys.press("Tab")
    keys.press("Enter")
    keys.press("Tab")
    keys.press("Enter")
    keys.type("Tên mới")
    keys.press("Enter")
    expect(entry(opened, "Tên mới").locator(".open")).to_be_focused()
    assert kept.entries("")[0].title == "Tên mới"
    keys.press("Tab")
    keys.press("Enter")
    keys.press("Escape")
    expect(entry(opened, "Tên mới").locator("details")).not_to_have_attribute("open", "")
    expect(opened.locator("#conversations")).to_be_visible()
    keys.press("Enter")
    for _ in range(4):
        keys.press("Tab")
    keys.press("Enter")
    expect(opened.locator(".entry")).to_have_count(2)
    expect(opened.get_by_role("button", name="Hoàn tác")).to_be_focused()
    keys.press("Enter")
    expect(entry(opened, "Tên mới").locator(".open")).to_be_focused()
    keys.press("Escape")
    expect(opened.locator("#conversations")).to_be_hidden()


def test_deleting_the_open_conversation_and_taking_it_back(opened: Page) -> None:
    entry(opened, "Cao Lộc").locator(".open").click()
    expect(opened.locator("#log .turn")).to_have_count(2)
    act(opened, "Cao Lộc", "Xóa")
    expect(opened.locator("#log .turn")).to_have_count(0)
    expect(opened.locator("#conversations .status")).to_have_text("Đã xóa “Cao Lộc có bao nhiêu đảng viên?”.")
    opened.get_by_role("button", name="Hoàn tác").click()
    expect(opened.locator("#log .turn")).to_have_count(2)
    expect(opened.locator(".entry")).to_have_count(3)


@pytest.mark.parametrize(("words", "ending"), [("Xuất Markdown", "md"), ("Xuất JSON", "json")])
def test_an_export_is_saved_as_a_file(opened: Page, tmp_path: Path, words: str, ending: str) -> None:
    with opened.expect_download() as download:
        act(opened, "Cao Lộc", words)
    assert download.value.suggested_filename == f"hoidap-Cao-Lộc-có-bao-nhiêu-đảng-viên.{ending}"
    saved = tmp_path / "tệp"
    download.value.save_as(saved)
    text = saved.read_text("utf-8")
    if ending == "json":
        cited = json.loads(text)["turns"][0]["answer"]["citations"][0]
        assert SOURCE.text[cited["start"] : cited["end"]] == cited["quote"]
    else:
        assert text.startswith("# Cao Lộc có bao nhiêu đảng viên?\n")


def test_nothing_in_it_moves_by_itself(opened: Page) -> None:
    opened.evaluate("window.shifts = []")  # opening the panel moves the conversation beside it
    entry(opened, "Cao Lộc").locator(".open").click()
    expect(opened.locator("#log .turn")).to_have_count(2)
    act(opened, "Hữu Lũng", "Xóa")
    expect(opened.get_by_role("button", name="Hoàn tác")).to_be_visible()
    moved = [shift for shift in opened.evaluate("window.shifts") if "conversations" in str(shift["moved"])]
    assert sum(shift["value"] for shift in moved) < 0.01, moved


@pytest.mark.parametrize("page", LOOKS[2:3], indirect=True)
def test_on_a_phone_choosing_one_shows_it(opened: Page) -> None:
    entry(opened, "Cao Lộc").locator(".open").click()
    expect(opened.locator("#conversations")).to_be_hidden()
    expect(opened.locator("#log .turn").first).to_be_visible()


def test_a_conversation_that_is_gone_is_said(page: Page, served: tuple[str, Conversations]) -> None:
    visit(page, f"{served[0]}?c=khong-co")
    expect(page.locator("#said")).to_contain_text("Không tìm thấy cuộc trò chuyện này")
