"""The article beside the chat, in headless Chromium: opened at a citation, stepped through, copied from, closed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from looks import LOOKS, ask, visit
from playwright.sync_api import Locator, Page, expect
from sample_answers import Stock, article, citation

from qa import Answer, Article, Question
from ui.chat import serve_page
from ui.page import build_chat
from ui.reading import Reading
from ui.records import answer_record
from ui.render_answer import turn_html

LINE = "Đây là một câu ở giữa rất nhiều câu khác của một bài dài, 🇻🇳 có cả cờ.\n"
SENTENCE = "Đảng bộ huyện có 5.350 đảng viên."
HOSTILE = "<img src=x onerror=\"document.title='hacked'\"> </mark><script>document.title='hacked'</script> ${1} {{x}}"


def story(name: str, lines: int, **facts: Any) -> tuple[Article, str]:
    """Give an article of so many lines with the quotation in the middle."""
    quote = f"Mở đầu đoạn “{name}”. {SENTENCE} Hết đoạn."
    half = LINE * (lines // 2)
    made = article(f"{half}{quote}\n{half}Hết bài {name}.", f"Bài {name}", **facts)
    return replace(made, id=name, path=f"bai/{name}.txt"), quote


SHORT, SHORT_QUOTE = story("ngắn", 60, source="Báo Lạng Sơn", published="2021-04-13", author="An Bình")
LONG, LONG_QUOTE = story("dài", 15_000, url="https://vi.example/dai")
PAGED, PAGED_QUOTE = story("trang", 4)
PAGED = replace(PAGED, pages=(0, PAGED.text.index(SENTENCE) + 8))
WICKED = replace(article(f"Đầu.\n{HOSTILE}\nCuối.", HOSTILE, source=HOSTILE), id="wicked")
TWIN = replace(article(f"Lời dẫn khác.\n{SENTENCE}\nCâu thêm.", "Bản khác", source="Báo B"), id="twin")
CITED = [(SHORT, SHORT_QUOTE), (LONG, LONG_QUOTE), (PAGED, PAGED_QUOTE)]


class Room:
    """A conversation of one answer, and articles that a test may change."""

    def __init__(self) -> None:
        self.held = {source.id: source for source in (SHORT, LONG, PAGED, WICKED, TWIN)}

    def article(self, article_id: str) -> Article | None:
        return self.held.get(article_id)

    def functions(self) -> dict[str, Any]:
        return {"ask": self.ask, "suggestions": lambda data, owner: {"questions": []}}

    def ask(self, data: Mapping[str, Any], owner: str) -> dict[str, Any]:
        cited = [citation(source, quote, SENTENCE, number) for number, (source, quote) in enumerate(CITED, 1)]
        cited.append(citation(WICKED, HOSTILE, HOSTILE, 4))
        record = answer_record(Answer(Question("?", "?", "vi"), True, SENTENCE, 0.9, tuple(cited)))
        return {"conversation": "", "number": 1, "html": turn_html("?", record, 1, is_kept=False), "answered": True}


@pytest.fixture(scope="module")
def room() -> Room:
    return Room()


@pytest.fixture(scope="module")
def address(room: Room) -> str:
    ready = threading.Event()
    addresses: list[str] = []

    def on_ready(address: str) -> None:
        addresses.append(address)
        ready.set()

    def run() -> None:
        serve_page(lambda: build_chat([room, Reading(room)], Stock), "127.0.0.1", 0, on_ready=on_ready)

    threading.Thread(target=run, daemon=True).start()
    assert ready.wait(60), "the page did not start"
    return addresses[0]


@pytest.fixture
def chat(page: Page, address: str) -> Page:
    """A conversation with one answer, whose citations can be opened."""
    visit(page, address)
    ask(page, "Có bao nhiêu đảng viên?")
    expect(page.locator(".card")).to_have_count(4)
    return page


def card(chat: Page, number: int) -> Locator:
    return chat.locator(f"#luot-1-doan-{number} .open")


def open_citation(chat: Page, number: int, title: str) -> Locator:
    card(chat, number).click()
    reader = chat.locator("#reader")
    expect(reader.locator("h2")).to_have_text(title)
    return reader


def middle(chat: Page) -> float:
    """Give how far the mark's middle is from that of the text's window, as a share of its height."""
    return chat.evaluate(
        """() => {
            const box = (name) => document.querySelector(name).getBoundingClientRect();
            const [text, mark] = [box('#reader .text'), box('#reader-place')];
            return (mark.top + mark.height / 2 - text.top - text.height / 2) / text.height;
        }"""
    )


@pytest.mark.parametrize("page", LOOKS, indirect=True)
def test_a_citation_opens_its_article_at_the_sentence(
    chat: Page, check_access: Callable[[], None], take_screenshot: Callable[[str], None]
) -> None:
    reader = open_citation(chat, 1, "Bài ngắn")
    expect(reader.locator("mark.passage")).to_have_text(SHORT_QUOTE)
    expect(reader.locator("mark.sentence")).to_have_text(SENTENCE)
    expect(reader.locator("mark.sentence")).to_be_focused()
    expect(reader.locator("mark.sentence")).to_be_in_viewport()
    assert abs(middle(chat)) < 0.05
    expect(reader.locator(".meta")).to_have_text("13/04/2021 · Báo Lạng Sơn · Tác giả: An Bình")
    expect(reader.get_by_role("status")).to_have_text("Đoạn trích 1 trên 4, bài “Bài ngắn”.")
    assert reader.locator(".body").evaluate("body => body.textContent") == SHORT.text
    box = reader.bounding_box()
    narrow = chat.viewport_size and chat.viewport_size["width"] <= 900
    assert box
    assert (box["width"] == chat.viewport_size["width"]) == bool(narrow)
    for button in reader.get_by_role("button").all():
        size = button.bounding_box()
        assert size
        assert min(size["width"], size["height"]) >= (36 if narrow else 24), button.text_content()
    check_access()
    take_screenshot("reader")

    chat.keyboard.press("Escape")
    expect(reader).to_be_hidden()
    expect(card(chat, 1)).to_be_focused()


def test_the_text_scrolls_by_keyboard(chat: Page) -> None:
    reader = open_citation(chat, 1, "Bài ngắn")
    before = reader.get_by_role("region", name="Nội dung bài").evaluate("text => text.scrollTop")
    chat.keyboard.press("PageDown")
    chat.wait_for_function("before => document.querySelector('#reader .text').scrollTop > before + 100", arg=before)


def test_citations_are_stepped_through_and_the_focus_stays_on_the_step(chat: Page) -> None:
    reader = open_citation(chat, 1, "Bài ngắn")
    forward, back = (reader.get_by_role("button", name=name) for name in ("Đoạn trích sau", "Đoạn trích trước"))
    expect(back).to_be_disabled()
    forward.focus()
    for title in ("Bài dài", "Bài trang"):
        chat.keyboard.press("Enter")
        expect(reader.locator("h2")).to_have_text(title)
        expect(forward).to_be_focused()
        expect(reader.locator("#reader-place")).to_be_in_viewport()
    expect(reader.locator(".steps")).to_contain_text("Đoạn trích 3/4")
    chat.keyboard.press("Enter")
    expect(forward).to_be_disabled()
    expect(back).to_be_focused()
    chat.keyboard.press("Enter")
    expect(reader.locator("h2")).to_have_text("Bài trang")
    reader.get_by_role("button", name="Đóng").click()
    expect(card(chat, 3)).to_be_focused()


def test_pages_are_shown_and_a_sentence_across_them_is_marked_on_both(chat: Page) -> None:
    reader = open_citation(chat, 3, "Bài trang")
    expect(reader.get_by_role("separator")).to_have_count(2)
    expect(reader.locator("mark.sentence")).to_have_text([SENTENCE[:8], SENTENCE[8:]])
    expect(reader.locator(".meta")).to_have_text("trang 1")


def test_a_long_article_opens_in_the_middle_and_shows_more_without_moving(chat: Page) -> None:
    reader = open_citation(chat, 2, "Bài dài")
    expect(reader.get_by_role("link", name="Bài gốc")).to_have_attribute("href", "https://vi.example/dai")
    assert abs(middle(chat)) < 0.05
    shown = reader.locator(".body").evaluate("body => body.textContent.length")
    assert shown < len(LONG.text) / 5
    for name in ("Xem phần trước", "Xem phần sau"):
        button = reader.get_by_role("button", name=name)
        place = reader.locator("#reader-place")
        button.evaluate("button => button.click()")
        chat.wait_for_function("shown => document.querySelector('#reader .body').textContent.length > shown", arg=shown)
        shown = reader.locator(".body").evaluate("body => body.textContent.length")
        assert place.bounding_box()
        expect(place).to_be_in_viewport()
        assert abs(middle(chat)) < 0.05
    while reader.locator("[data-more]").count():
        before = reader.locator(".body").evaluate("body => body.textContent.length")
        reader.locator("[data-more]").first.evaluate("button => button.click()")
        chat.wait_for_function(
            "shown => document.querySelector('#reader .body').textContent.length > shown", arg=before
        )
    assert reader.locator(".body").evaluate("body => body.textContent") == LONG.text


@pytest.mark.parametrize("has_clipboard", [True, False], ids=["secure", "plain-http"])
def test_the_quotation_and_the_path_are_copied(chat: Page, has_clipboard: bool) -> None:
    reader = open_citation(chat, 1, "Bài ngắn")
    if not has_clipboard:
        chat.evaluate(
            """() => {
                window.read = navigator.clipboard.readText.bind(navigator.clipboard);
                Object.defineProperty(navigator, 'clipboard', { value: undefined });
            }"""
        )
    read = "navigator.clipboard.readText()" if has_clipboard else "window.read()"
    start = SHORT.text.index(SENTENCE)
    reader.get_by_role("button", name="Sao chép trích dẫn").click()
    expect(reader.get_by_role("status")).to_have_text("Đã sao chép trích dẫn.")
    span = f"ký tự {start}–{start + len(SENTENCE)}"
    facts = "Bài ngắn, 13/04/2021, Báo Lạng Sơn; bai/ngắn.txt"
    assert chat.evaluate(read) == f"“{SENTENCE}” ({facts}, {span})"
    reader.get_by_role("button", name="Sao chép đường dẫn").click()
    expect(reader.get_by_role("status")).to_have_text("Đã sao chép đường dẫn.")
    assert chat.evaluate(read) == "bai/ngắn.txt"


def test_hostile_text_is_shown_to_the_letter(chat: Page) -> None:
    title = chat.title()
    reader = open_citation(chat, 4, " ".join(HOSTILE.split()))
    expect(reader.locator("mark.sentence")).to_have_text(HOSTILE)
    assert reader.locator("img, script").count() == 0
    assert chat.title() == title


def test_an_article_that_changed_or_went_says_so(chat: Page, room: Room) -> None:
    try:
        room.held["ngắn"] = replace(SHORT, text=f"Thêm một dòng.\n{SHORT.text}", sha256="1" * 64)
        reader = open_citation(chat, 1, "Bài ngắn")
        expect(reader.locator(".notice")).to_contain_text("Bài này đã thay đổi từ khi trả lời.")
        expect(reader.locator("mark.sentence")).to_have_text(SENTENCE)
        chat.keyboard.press("Escape")
        del room.held["ngắn"]
        reader = open_citation(chat, 1, "Bài ngắn")
        expect(reader.locator(".notice")).to_have_text("Bài này không còn trong kho.")
        expect(reader.locator("blockquote")).to_have_text(SHORT_QUOTE)
        expect(reader.locator("mark")).to_have_count(0)
    finally:
        room.held["ngắn"] = SHORT


def test_another_copy_of_the_story_is_opened_and_left_again(chat: Page) -> None:
    chat.locator("#luot-1-doan-1").evaluate(
        """card => {
            card.dataset.citation = JSON.stringify({ ...JSON.parse(card.dataset.citation), also_in: ['twin'] });
        }"""
    )
    reader = open_citation(chat, 1, "Bài ngắn")
    reader.get_by_text("Cũng có trong 1 bài khác").click()
    reader.get_by_role("button", name="Báo B · Bản khác").click()
    expect(reader.locator("h2")).to_have_text("Bản khác")
    expect(reader.locator("mark.sentence")).to_have_text(SENTENCE)
    expect(reader.locator(".notice")).to_have_count(0)
    reader.get_by_text("Cũng có trong 1 bài khác").click()
    reader.get_by_role("button", name="Báo Lạng Sơn · Bài ngắn").click()
    expect(reader.locator("h2")).to_have_text("Bài ngắn")
    chat.keyboard.press("Escape")
    expect(card(chat, 1)).to_be_focused()


@pytest.mark.parametrize("page", [((844, 390), "light")], indirect=True, ids=["phone-on-its-side"])
def test_on_a_low_screen_the_whole_sheet_scrolls_to_the_sentence(chat: Page) -> None:
    reader = open_citation(chat, 1, "Bài ngắn")
    expect(reader.locator("mark.sentence")).to_be_in_viewport(ratio=1)
    chat.keyboard.press("PageUp")
    chat.wait_for_function("document.querySelector('#reader').scrollTop > 0")
    chat.keyboard.press("Escape")
    expect(reader).to_be_hidden()
