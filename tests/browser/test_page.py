"""The conversation as a person sees it: asking, checking, editing, stopping, rating."""

from __future__ import annotations

import re
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from attacks import SCRIPTS
from looks import LOOKS, ask, visit
from playwright.sync_api import Page, expect
from sample_answers import FakeAssistant, answer, article, citation, serve_in_background

import qa
from qa import Answer, Assistant, Conversations

CAO_LOC = "Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?"
UNANSWERABLE = "Thủ đô của nước Pháp là thành phố nào?"
# What no article can hold is left out: NUL, carriage returns, half surrogates.
HOSTILE = re.sub(r"[\0\r\ud800-\udfff]", "", " ".join(SCRIPTS.values()))
SOURCE = article("Câu đầu. Đảng bộ huyện có 5.350 đảng viên. Câu cuối.", "Tin huyện", published="2020-05-22")


def respond(question: str) -> Answer:
    return answer(citation(SOURCE, SOURCE.text, "Đảng bộ huyện có 5.350 đảng viên."), answered="vàng" not in question)


@pytest.fixture(scope="module")
def seeds(bundled_encoder: qa.assistant.Encoder) -> Iterator[Assistant]:
    """The five articles, for this module to write beside; in a place that may stand in the README's picture."""
    with tempfile.TemporaryDirectory(prefix="hoidap-") as place:
        articles = shutil.copytree(Path(__file__).parents[2] / "seeds" / "articles", Path(place) / "bài báo")
        qa.update_index(articles, Path(place) / "index", encoder=bundled_encoder)
        yield Assistant.open(Path(place) / "index", encoder=bundled_encoder)


@pytest.fixture(scope="module")
def address(seeds: Assistant) -> str:
    return serve_in_background(seeds)


@pytest.fixture(scope="module")
def simple() -> str:
    """A page over an assistant that answers everything alike, at once."""
    return serve_in_background(FakeAssistant(respond))


@pytest.mark.parametrize("page", LOOKS, indirect=True)
def test_a_question_is_answered_from_the_seeds_and_nothing_moves(
    page: Page, address: str, take_screenshot: Callable[[str], None], check_access: Callable[[], None]
) -> None:
    visit(page, address)
    expect(page).to_have_title("Hoidap — Hỏi đáp trên tài liệu của bạn")
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    expect(page.get_by_text("Hãy viết câu hỏi bằng tiếng Việt:")).to_be_visible()
    expect(page.locator("#stock")).to_contain_text("5 bài báo")
    expect(page.locator("#suggestions button").first).to_be_visible()
    page.wait_for_timeout(500)
    take_screenshot("start")
    check_access()

    page.evaluate("window.shifts.length = 0")
    ask(page, CAO_LOC)
    first = page.locator("#luot-1")
    expect(first.locator(".question")).to_contain_text(CAO_LOC)
    expect(first.locator("blockquote")).to_contain_text("5.350 đảng viên")
    expect(first.locator(".card mark.sentence").first).to_contain_text("5.350 đảng viên")
    expect(first.locator(".card .quote").first).to_be_visible()
    expect(first.locator(".card .title").first).to_contain_text("Cao Lộc")
    page.wait_for_timeout(300)
    # The box becomes smaller as it is emptied, which is no doing of the answer's.
    assert [shift for shift in page.evaluate("window.shifts") if shift["moved"] != ["composer"]] == []
    take_screenshot("answered")
    first.locator(".why summary").first.click()
    check_access()

    ask(page, UNANSWERABLE)
    second = page.locator("#luot-2")
    expect(second.locator(".not-found")).to_contain_text("Không tìm thấy trong tài liệu")
    expect(second).to_contain_text("Các bài báo trong kho không có câu trả lời cho câu hỏi này.")
    expect(second).to_contain_text("Những đoạn gần nhất")
    expect(second.locator("blockquote")).to_have_count(0)
    second.locator("details").last.locator("summary").click()
    expect(second.locator(".card .quote").last).to_be_visible()
    expect(page.get_by_label("Câu hỏi", exact=True)).to_be_in_viewport()
    page.wait_for_timeout(300)
    take_screenshot("unanswered")
    check_access()
    fonts = page.evaluate("[...document.fonts].filter(font => font.status === 'loaded').map(font => font.family)")
    assert {name.strip('"') for name in fonts} == {"Be Vietnam Pro"}


@pytest.mark.parametrize("page", LOOKS, indirect=True)
def test_the_article_opens_beside_the_answer_at_the_sentence(
    page: Page, address: str, take_screenshot: Callable[[str], None], check_access: Callable[[], None]
) -> None:
    visit(page, address)
    ask(page, CAO_LOC)
    page.locator("#luot-1").get_by_role("button", name="Mở đoạn trích số 1").click()
    reader = page.locator("#reader")
    expect(reader.locator("mark.sentence")).to_contain_text("5.350 đảng viên")
    expect(reader.locator("mark.sentence")).to_be_in_viewport()
    expect(reader.locator("mark.passage").first).to_be_visible()
    expect(reader).to_contain_text("22/05/2020")
    expect(reader).to_contain_text("Đoạn trích 1/3")
    page.wait_for_timeout(300)
    # The one in the README is desk-light-beside: `make screenshot`.
    take_screenshot("beside")
    check_access()
    page.keyboard.press("Escape")
    expect(reader).to_be_hidden()
    expect(page.locator("#luot-1 blockquote .cite")).to_be_focused()


def test_why_the_confidence_is_what_it_is_can_be_read(page: Page, address: str) -> None:
    visit(page, address)
    ask(page, CAO_LOC)
    why = page.locator("#luot-1 .why").first
    why.locator("summary").click()
    expect(why).to_contain_text("Từ của câu hỏi có trong đoạn hoặc tên bài:")
    expect(why).to_contain_text("Cao Lộc")
    expect(why).to_contain_text("Về nghĩa, câu trích")
    expect(why).to_contain_text("So với đoạn kế tiếp")


def test_the_words_that_answer_stand_out(page: Page, address: str) -> None:
    visit(page, address)
    ask(page, "Hội nghị tổng kết xây dựng hệ thống chính trị 2015-2020 của tỉnh họp ngày nào?")
    expect(page.locator("#luot-1 blockquote mark.short")).to_have_text("Chiều 6/11")


def test_a_follow_up_is_understood_and_leads_back_to_what_was_typed(page: Page, address: str) -> None:
    visit(page, address)
    ask(page, "dang bo KCCQ tinh co bao nhieu dang vien")
    expect(page.locator("#luot-1 .note").first).to_contain_text("Đã hiểu là: đảng bộ KCCQ tỉnh")
    expect(page.locator("#luot-1 blockquote")).to_contain_text("4.300 đảng viên")
    ask(page, "Còn huyện Cao Lộc thì sao?")
    expect(page.locator("#luot-2 .note").first).to_contain_text("Hiểu theo câu hỏi trước:")
    expect(page.locator("#luot-2 blockquote")).to_contain_text("5.350 đảng viên")
    page.locator("#luot-1").get_by_role("button", name="Tìm đúng như đã gõ").click()
    expect(page.locator("#luot-3 .question")).to_contain_text('"dang bo KCCQ tinh co bao nhieu dang vien"')
    expect(page.locator("#luot-3 .note")).to_have_count(0)


def test_a_question_is_edited_and_asked_again_in_its_place(page: Page, address: str) -> None:
    visit(page, address)
    for number, question in enumerate((CAO_LOC, "Ai là trưởng đoàn giám sát số 1?", UNANSWERABLE), 1):
        ask(page, question)
        expect(page.locator(f"#luot-{number}")).to_be_visible()
    page.locator("#luot-2").get_by_role("button", name="Sửa câu hỏi này").click()
    box = page.get_by_label("Sửa câu hỏi", exact=True)
    expect(box).to_be_focused()
    box.press("Escape")
    expect(page.locator("#luot-2 .edit")).to_be_focused()
    page.locator("#luot-2 .edit").press("Enter")
    box.fill("Phần mềm nào được dùng để quản lý văn bản?")
    box.press("Enter")
    expect(page.locator("#luot-2 blockquote")).to_contain_text("VNPT iOffice")
    expect(page.locator(".turn")).to_have_count(2)


def test_a_question_in_the_address_is_asked(page: Page, address: str) -> None:
    visit(page, f"{address}?q={quote(CAO_LOC)}")
    expect(page.locator("#luot-1 blockquote")).to_contain_text("5.350 đảng viên")
    page.locator("#luot-1").get_by_role("button", name="Sao chép liên kết").click()
    expect(page.locator("#said")).to_have_text("Đã sao chép")
    link = page.evaluate("navigator.clipboard.readText()")
    visit(page, link)
    expect(page.locator("#luot-1 .question")).to_contain_text(CAO_LOC)


def test_a_question_is_suggested_from_the_corpus_and_answered(page: Page, address: str) -> None:
    visit(page, address)
    suggestion = page.locator("#suggestions button").first
    words = suggestion.inner_text()
    suggestion.click()
    expect(page.locator("#luot-1 .question")).to_contain_text(words)
    expect(page.locator("#luot-1 blockquote")).to_be_visible()


def test_the_quotation_is_copied_with_its_reference(page: Page, address: str) -> None:
    visit(page, address)
    ask(page, CAO_LOC)
    page.locator("#luot-1 .actions .copy").click()
    expect(page.locator("#said")).to_have_text("Đã sao chép")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("“")
    for part in ("5.350 đảng viên", "22/05/2020", "LSO", ".txt, ký tự "):
        assert part in copied


def test_a_rating_and_the_right_answer_are_kept(page: Page, seeds: Assistant, address: str) -> None:
    visit(page, address)
    ask(page, CAO_LOC)
    rating = page.locator("#luot-1 .rating")
    rating.get_by_role("button", name="Chưa đúng").click()
    expect(rating.get_by_role("button", name="Chưa đúng")).to_have_attribute("aria-pressed", "true")
    answer_box = rating.get_by_label("Câu trả lời đúng là gì?")
    expect(answer_box).to_be_focused()
    answer_box.fill("5.350 đảng viên")
    answer_box.press("Enter")
    expect(rating.get_by_role("status")).to_contain_text("Cảm ơn bạn")
    kept = list(Conversations.open(seeds.folder).ratings())[-1].turn
    assert (kept.question, kept.rating, kept.right_answer) == (CAO_LOC, "down", "5.350 đảng viên")


def test_stopping_gives_the_question_back(page: Page) -> None:
    began, may_end = threading.Event(), threading.Event()

    def slowly(question: str) -> Answer:
        began.set()
        may_end.wait(20)
        return respond(question)

    visit(page, serve_in_background(FakeAssistant(slowly)))
    ask(page, "Câu hỏi chậm?")
    assert began.wait(10)
    page.get_by_role("button", name="Dừng").click()
    expect(page.locator(".turn .notice")).to_have_text("Đã dừng.")
    expect(page.get_by_label("Câu hỏi", exact=True)).to_have_value("Câu hỏi chậm?")
    may_end.set()
    expect(page.get_by_role("button", name="Hỏi", exact=True)).to_be_visible()
    ask(page, "Câu hỏi khác?")
    expect(page.locator("#luot-1 blockquote")).to_be_visible()


def test_the_keyboard_alone_suffices(page: Page, simple: str) -> None:
    visit(page, simple)
    expect(page.get_by_label("Câu hỏi", exact=True)).to_be_focused()
    page.keyboard.type("Có bao nhiêu đảng viên?")
    page.keyboard.press("Enter")
    expect(page.locator("#luot-1 blockquote")).to_be_visible()
    reached = set()
    for _ in range(25):
        page.keyboard.press("Shift+Tab")
        reached.add(
            page.evaluate("document.activeElement.innerText || document.activeElement.textContent || ''").strip()
        )
    for name in ("[1]", "Cuộc trò chuyện", "Kho bài báo", "👍 Đúng", "👎 Chưa đúng"):
        assert name in reached
    assert any(name.startswith(("Sửa", "Sao chép")) for name in reached)


@pytest.mark.parametrize("text", ["", "   ", "?!…"])
def test_no_question_is_answered_calmly(page: Page, simple: str, text: str) -> None:
    visit(page, simple)
    ask(page, text)
    expect(page.get_by_text("Bạn chưa viết câu hỏi.")).to_be_visible()


def test_a_failure_is_told_in_vietnamese(page: Page) -> None:
    def fail(question: str) -> Answer:
        raise RuntimeError("secret detail")

    visit(page, serve_in_background(FakeAssistant(fail)))
    ask(page, "Hỏng?")
    expect(page.locator(".turn .notice")).to_contain_text("Hoidap gặp sự cố")
    expect(page.locator("body")).not_to_contain_text("secret")
    expect(page.get_by_label("Câu hỏi", exact=True)).to_have_value("Hỏng?")


def test_hostile_text_is_shown_to_the_letter(page: Page, take_screenshot: Callable[[str], None]) -> None:
    source = article(
        f"Câu đầu. {HOSTILE} Câu cuối.", title=HOSTILE[:900], source=HOSTILE[900:], published=HOSTILE[:900]
    )

    def told(question: str) -> Answer:
        return answer(citation(source, source.text, HOSTILE), notes=(HOSTILE,))

    visit(page, serve_in_background(FakeAssistant(told, articles={source.id: source})))
    before = page.locator("script, style, link, iframe, object, embed").count()
    ask(page, HOSTILE[:1900])
    turn = page.locator("#luot-1")
    expect(turn.locator("blockquote")).to_be_visible()
    turn.locator(".card .open").click()
    expect(page.locator("#reader mark").first).to_be_visible()
    page.wait_for_timeout(300)
    take_screenshot("hostile")
    assert page.locator("script, style, link, iframe, object, embed").count() == before
    inside = page.locator("#log, #reader")
    assert inside.locator("img, svg, script, style, iframe, math, b, i, .katex, input[onfocus]").count() == 0
    assert page.evaluate(
        "[...document.querySelectorAll('#hoidap *')].every(e => e.getAttributeNames().every(n => !n.startsWith('on')))"
    )
    assert page.locator("#hoidap a[href^='javascript'], #hoidap a[href^='data']").count() == 0
    expect(page).to_have_title("Hoidap — Hỏi đáp trên tài liệu của bạn")


def test_nothing_english_is_left_on_the_page(page: Page, simple: str) -> None:
    visit(page, simple)
    ask(page, "Có bao nhiêu đảng viên?")
    expect(page.locator("#luot-1 blockquote")).to_be_visible()
    words = page.locator("body").inner_text() + " ".join(
        page.evaluate(
            "[...document.querySelectorAll('body *')].flatMap("
            "e => ['aria-label', 'title', 'placeholder', 'alt'].map(name => e.getAttribute(name) ?? ''))"
        )
    )
    english = {"submit", "clear", "textbox", "loading", "processing", "gradio", "settings", "error", "api", "built"}
    assert not english & set(words.lower().split())
